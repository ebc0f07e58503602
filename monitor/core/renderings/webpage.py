"""A digest as one HTML page: no script, no remote content, light and dark, for a phone and for a desk.

Every word goes through the builder, which escapes it; the page's own policy forbids whatever would slip through.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lxml import etree
from lxml.builder import ElementMaker

from monitor.core.bill_paths import Step
from monitor.core.digests import Digest
from monitor.core.language import Language, words_of
from monitor.core.renderings.beside import Beside
from monitor.core.renderings.drawings import heights
from monitor.core.renderings.phrases import Phrase, Piece
from monitor.core.renderings.remarks import Remark
from monitor.core.renderings.scripts import language_of
from monitor.core.renderings.telling import Chapter, Group, Telling, Told, tell

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
# A date, with its time, is not broken at its hyphens.
_LONGEST_WHOLE = 16
_E = ElementMaker()

_STYLE = """
:root { color-scheme: light dark; --ink: #1d1d1b; --quiet: #6a6a66; --line: #dcdad4; --paper: #fdfcfa;
  --new: #2b6a3c; --moved: #17647a; --revised: #84590a; --withdrawn: #a02a25; --link: #1f4f8f; }
@media (prefers-color-scheme: dark) { :root { --ink: #e5e3dd; --quiet: #98968f; --line: #3b3a37; --paper: #191917;
  --new: #86c995; --moved: #7cc4d8; --revised: #dfb362; --withdrawn: #f0938c; --link: #a3c4f2; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); overflow-wrap: anywhere;
  font: 1rem/1.5 Charter, "Bitstream Charter", "Iowan Old Style", Georgia, serif; }
main { max-width: 44rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; }
h1, h2, h3, h4, p, dl, dd, ul { margin: 0; padding: 0; }
h1 { margin-bottom: .4rem; font-size: 1.5rem; line-height: 1.25; }
.seen h4, .brief h4 { font-weight: 400; }
.brief { margin-top: .25rem; }
.brief h4, .brief small { margin-right: .5rem; }
.silent { margin-top: 2.75rem; }
h2 { display: flex; justify-content: space-between; align-items: baseline; gap: 1rem; margin-top: 2.75rem;
  padding-bottom: .3rem; border-bottom: 1px solid var(--line); font-size: 1.25rem; line-height: 1.3; }
.subject { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: baseline; gap: 0 1rem; margin-top: 1.4rem; }
h3 { font-size: 1rem; font-weight: 400; font-style: italic; }
.bars { white-space: nowrap; } .bars svg { fill: currentColor; vertical-align: -1px; }
.short { white-space: nowrap; }
.summary { grid-column: 2; margin: .15rem 0 .3rem; max-width: 36rem; color: var(--quiet); font-size: .9375rem; line-height: 1.45; }
.way { display: flex; flex-wrap: wrap; list-style: none; margin: 0; padding: 0; }
.way li { display: inline-flex; align-items: center; }
.way li::before { content: ""; width: .55rem; height: .55rem; margin-right: .3rem; border: 1.5px solid; border-radius: 50%; }
.way li:not(:last-child)::after { content: ""; width: .9rem; margin: 0 .4rem; border-top: 1.5px solid var(--line); }
.way .past::before, .way .now::before { background: currentColor; }
.way .past, .way .now { color: var(--moved); } .way .now { font-weight: 600; }
.way .ahead { color: var(--quiet); }
.way .failed, .way .failed::before { color: var(--withdrawn); } .way .failed::before { border-radius: 0; background: currentColor; }
.more { margin-top: 1rem; }
h3 :lang(zh), h3 :lang(ja), h3:lang(ja), html:lang(zh) h3 { font-style: normal; }
h4 { font-size: 1rem; line-height: 1.35; }
small, time, dt, .quiet, footer dd { font-family: system-ui, sans-serif; font-size: .8125rem; font-weight: 400;
  color: var(--quiet); font-variant-numeric: tabular-nums; }
small { flex: none; }
article { margin-top: 1rem; }
a { color: var(--link); text-decoration: none; }
a:hover, a:focus { text-decoration: underline; }
del { color: var(--withdrawn); }
ins { color: var(--new); text-decoration-thickness: 1px; text-underline-offset: .15em; }
ul { list-style: none; }
.notice, dt.alarm { color: var(--revised); }
.notice { margin-top: 1rem; padding-left: .75rem; border-left: 3px solid; }
.new { color: var(--new); } .moved { color: var(--moved); } .revised { color: var(--revised); }
.withdrawn { color: var(--withdrawn); }
.folded { margin-top: 1rem; }
summary { cursor: pointer; }
footer { margin-top: 3rem; border-top: 1px solid var(--line); padding-top: 1rem; }
@media (min-width: 34rem) {
  article > time, dt, li > time { flex: none; width: 6.5rem; }
  article, dl > div, ul > li { display: grid; grid-template-columns: 6.5rem minmax(0, 1fr); align-items: baseline; }
  article > dl, details[open] { grid-column: 1 / -1; }
  article.brief { grid-template-columns: 6.5rem 4.5rem minmax(0, 1fr) auto; }
  article.brief small, article.brief h4 { margin: 0; }
  .brief h4 { display: flex; gap: .5rem; align-items: baseline; }
  .brief h4 > :first-child { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
  .brief h4 > .quiet { flex: none; max-width: 50%; }
}
@media (max-width: 33.99rem) { .brief h4, .brief time, .brief small { display: inline; } dt, dd { display: inline; } dt::after { content: " "; } time { display: block; } }
"""


def render(digest: Digest) -> str:
    """The digest as one self-contained page."""
    telling = tell(digest)
    title = words_of(telling.language).joined(telling.title, telling.days)
    page = _E.html(
        {"lang": telling.language},
        _E.head(
            _E.meta({"charset": "utf-8"}),
            _E.meta({"name": "viewport", "content": "width=device-width, initial-scale=1"}),
            _E.meta({"http-equiv": "Content-Security-Policy", "content": _POLICY}),
            _E.meta({"name": "referrer", "content": "no-referrer"}),
            _E.title(title),
            _E.style(_STYLE),
        ),
        _E.body(_E.main(*_body(telling))),
    )
    _tell_apart(page, telling.language)
    markup = etree.tostring(page, method="html", encoding="unicode", doctype="<!DOCTYPE html>")
    return f"{markup}\n"


def _body(telling: Telling) -> Iterator[etree._Element]:
    yield _E.header(
        _E.h1(words_of(telling.language).labelled(telling.title, telling.heading)),
        _E.p({"class": "quiet"}, " · ".join(telling.period)),
        _E.p(" · ".join(telling.summary)),
    )
    for notice in telling.notices:
        yield _E.p({"class": "notice"}, notice)
    for chapter in telling.chapters:
        yield _chapter(chapter)
    if telling.quiet:
        yield _E.section({"class": "silent"}, *(_E.p(words) for words in telling.quiet))
    yield _E.footer(_rows((*telling.sources, *telling.log)), _head(telling))


def _chapter(chapter: Chapter) -> etree._Element:
    tally = [_E.small(chapter.tally)] if chapter.tally else []
    error = [_E.p({"class": "notice"}, chapter.error)] if chapter.error else []
    heading = _E.h2(_E.span(_language(chapter.title), chapter.title), *tally)
    more = [_E.p({"class": "quiet more"}, chapter.more)] if chapter.more else []
    return _E.section(heading, *error, *(_group(group) for group in chapter.groups), *more)


def _group(group: Group) -> etree._Element:
    parts = [_article(told) for told in group.news]
    if group.name:
        zh = _chinese(group.zh) if group.zh != group.name else []
        name = _E.span(_E.span(_language(group.name), group.name), *zh)
        parts.insert(0, _E.div({"class": "subject"}, _E.h3(name), *_activity(group.days, group.in_days)))
    return _E.section(*parts, *_folded(group))


def _activity(days: Sequence[int], in_days: str) -> Iterator[etree._Element]:
    """A bar for each of a subject's last days, which a screen reader reads as their total."""
    if total := sum(days):
        size = {"viewBox": f"0 0 {len(days) * 4} 14", "width": str(len(days) * 4), "height": "14"}
        drawn = (_bar(place, tall) for place, tall in enumerate(heights(days, 13)))
        yield _E.small(
            {"class": "bars", "title": in_days},
            _E.svg({"role": "img", "aria-label": in_days, **size}, *drawn),
            f" {total:,}",
        )


def _bar(place: int, tall: int) -> etree._Element:
    """A day without anything keeps a thin line, so that the days can be counted."""
    faint = {} if tall else {"opacity": ".45"}
    height = tall or 1
    return _E.rect({"x": str(place * 4), "y": str(14 - height), "width": "3", "height": str(height), **faint})


def _chinese(name: str) -> list[etree._Element | str]:
    return [" ", _E.span({"class": "quiet", "lang": "zh"}, name)] if name else []


def _folded(group: Group) -> Iterator[etree._Element]:
    if not group.folded:
        return
    more = [
        _E.details(
            _E.summary({"class": "quiet"}, group.and_more),
            _E.ul(*(_line(told) for told in group.more)),
        )
    ]
    yield _E.div(
        {"class": "folded"},
        _E.p({"class": "quiet"}, group.why_folded),
        _E.ul(*(_line(told) for told in group.folded)),
        *(more if group.more else []),
    )


def _article(told: Told) -> etree._Element:
    aside = f" {told.see}" if told.above else f" {told.beside.due_next}" if told.brief else ""
    see = [_E.span({"class": "quiet"}, aside)] if aside.strip() else []
    zh = _chinese(told.zh)
    remarks = (*told.remarks, *told.beside.due)
    rows = [_rows(remarks, told.beside)] if remarks else []
    if told.brief:
        change = _E.small({"class": told.role}, told.change)
        folded = [_E.details(_E.summary({"class": "quiet"}, told.why), *rows)] if rows else []
        return _E.article({"class": "brief"}, _time(told), change, _E.h4(_name(told), *see), *folded)
    seen = {"class": "seen"} if told.above else {}
    summary = [_E.p({"class": "summary"}, told.beside.summary)] if told.beside.summary else []
    return _E.article(seen, _time(told), _E.h4(_name(told), *zh, *see), *summary, *rows)


def _line(told: Told) -> etree._Element:
    return _E.li(_time(told), _E.span(_name(told)))


def _time(told: Told) -> etree._Element:
    return _E.time({"datetime": told.stamp} if told.day[:1].isdigit() else {}, told.day)


def _name(told: Told) -> etree._Element:
    name = f"{told.citation} {told.title}".strip()
    attributes = _language(name)
    return _E.a({"href": told.url, **attributes}, name) if told.url else _E.span(attributes, name)


def _language(text: str) -> dict[str, str]:
    """The language whose glyphs the text needs."""
    language = language_of(text)
    return {"lang": language} if language else {}


def _tell_apart(page: etree._Element, language: Language) -> None:
    """On a page in Chinese, name what is in Latin letters."""
    for each in page.iter("a", "span", "ins", "del", "p"):
        found = language_of("".join(each.itertext()), language)
        if found == "en" and "lang" not in each.attrib:
            each.set("lang", found)


def _rows(remarks: Sequence[Remark], beside: Beside | None = None) -> etree._Element:
    return _E.dl(*(_row(remark) for remark in remarks), *(_also(beside) if beside else ()))


def _row(remark: Remark) -> etree._Element:
    words = _words(remark.phrases)
    if remark.path and not remark.brief:
        words = [_way(remark.path), *_words(remark.beside)]
    return _E.div(_E.dt({"class": remark.role}, remark.label), _E.dd(*words))


def _words(phrases: Sequence[Phrase]) -> list[etree._Element | str]:
    words: list[etree._Element | str] = []
    for phrase in phrases:
        words += ["\u00a0· "] if words else []  # a line does not begin with the dot
        words += _phrase(phrase)
    return words


def _way(path: Sequence[Step]) -> etree._Element:
    """A bill's way as a list; what joins its stages is drawn, and the list goes over to the next line where it must."""
    return _E.ol({"class": "way"}, *(_E.li({"class": step.state}, step.name) for step in path))


def _also(beside: Beside) -> Iterator[etree._Element]:
    for place, also in enumerate(beside.also):
        title = (
            _E.a({"href": also.url, **_language(also.title)}, also.title) if also.url else _E.span(also.title)
        )
        source = [_E.span({"class": "quiet"}, f" {also.source}")] if also.source else []
        yield _E.div(_E.dt({"class": "aside"}, "" if place else beside.label), _E.dd(title, *source))
    if beside.more:
        yield _E.div(_E.dt(), _E.dd({"class": "quiet"}, beside.more))


def _phrase(phrase: Phrase) -> Iterator[etree._Element | str]:
    for piece in phrase:
        yield _piece(piece)


def _piece(piece: Piece) -> etree._Element | str:
    if piece.role == "quote":
        words = _E.span(_language(piece.text), piece.text) if _language(piece.text) else piece.text
        return _E.span("“", words, "”")
    if piece.role == "quiet":
        return _E.span({"class": "quiet"}, piece.text)
    if piece.role == "strong" and len(piece.text) <= _LONGEST_WHOLE:
        return _E.strong({"class": "short"}, piece.text)
    if tag := {"old": "del", "new": "ins", "strong": "strong"}.get(piece.role):
        return _E(tag, piece.text)
    return {"arrow": " → ", "joint": " – "}.get(piece.role, piece.text)


def _head(telling: Telling) -> etree._Element:
    return _E.dl(_E.div(_E.dt(telling.head_label), _E.dd(_E.code(telling.head), f" {telling.head_at}")))
