"""A digest as one HTML page: no script, no remote content, light and dark, for a phone and for a desk.

Every word goes through the builder, which escapes it; the page's own policy forbids whatever would slip through.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from lxml import etree
from lxml.builder import ElementMaker

from monitor.core.digests import Digest
from monitor.core.renderings.remarks import Phrase, Piece, Remark
from monitor.core.renderings.telling import Chapter, Group, Telling, Told, tell

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_KANA = re.compile("[\u3041-\u30ff\uff66-\uff9d]")
_HANGUL = re.compile("[\u1100-\u11ff\uac00-\ud7a3]")
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
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
h3 { margin-top: 1.4rem; font-size: 1rem; font-weight: 400; font-style: italic; }
h3 :lang(zh), h3 :lang(ja), h3:lang(ja) { font-style: normal; }
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
  article, dl > div, li { display: grid; grid-template-columns: 6.5rem minmax(0, 1fr); align-items: baseline; }
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
    title = f"Digest, {telling.days}"
    page = _E.html(
        {"lang": "en"},
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
    markup = etree.tostring(page, method="html", encoding="unicode", doctype="<!DOCTYPE html>")
    return f"{markup}\n"


def _body(telling: Telling) -> Iterator[etree._Element]:
    yield _E.header(
        _E.h1(f"Digest: {telling.heading}"),
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
    return _E.section(heading, *error, *(_group(group) for group in chapter.groups))


def _group(group: Group) -> etree._Element:
    parts = [_article(told) for told in group.news]
    if group.name:
        zh = _chinese(group.zh) if group.zh != group.name else []
        parts.insert(0, _E.h3(_E.span(_language(group.name), group.name), *zh))
    return _E.section(*parts, *_folded(group))


def _chinese(name: str) -> list[etree._Element | str]:
    return [" ", _E.span({"class": "quiet", "lang": "zh"}, name)] if name else []


def _folded(group: Group) -> Iterator[etree._Element]:
    if not group.folded:
        return
    more = [
        _E.details(
            _E.summary({"class": "quiet"}, f"and {len(group.more):,} more"),
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
    see = [_E.span({"class": "quiet"}, f" see {told.above}")] if told.above else []
    zh = _chinese(told.zh)
    rows = [_rows(told.remarks)] if told.remarks else []
    if told.brief:
        change = _E.small({"class": told.role}, told.change)
        folded = [_E.details(_E.summary({"class": "quiet"}, "why"), *rows)] if rows else []
        return _E.article({"class": "brief"}, _time(told), change, _E.h4(_name(told), *see), *folded)
    seen = {"class": "seen"} if told.above else {}
    return _E.article(seen, _time(told), _E.h4(_name(told), *zh, *see), *rows)


def _line(told: Told) -> etree._Element:
    return _E.li(_time(told), _E.span(_name(told)))


def _time(told: Told) -> etree._Element:
    return _E.time({"datetime": told.stamp} if told.day[:1].isdigit() else {}, told.day)


def _name(told: Told) -> etree._Element:
    name = f"{told.citation} {told.title}".strip()
    attributes = _language(name)
    return _E.a({"href": told.url, **attributes}, name) if told.url else _E.span(attributes, name)


def _language(text: str) -> dict[str, str]:
    """The language whose glyphs the text needs: the same Han character is drawn otherwise in Japan and in China."""
    for language, script in (("ja", _KANA), ("ko", _HANGUL), ("zh", _HAN)):
        if script.search(text):
            return {"lang": language}
    return {}


def _rows(remarks: Sequence[Remark]) -> etree._Element:
    return _E.dl(*(_row(remark) for remark in remarks))


def _row(remark: Remark) -> etree._Element:
    words: list[etree._Element | str] = []
    for phrase in remark.phrases:
        words += [" · "] if words else []
        words += _phrase(phrase)
    return _E.div(_E.dt({"class": remark.role}, remark.label), _E.dd(*words))


def _phrase(phrase: Phrase) -> Iterator[etree._Element | str]:
    for piece in phrase:
        yield _piece(piece)


def _piece(piece: Piece) -> etree._Element | str:
    if piece.role == "quote":
        return _E.span(_language(piece.text), f"“{piece.text}”")
    if piece.role == "quiet":
        return _E.span({"class": "quiet"}, piece.text)
    if tag := {"old": "del", "new": "ins", "strong": "strong"}.get(piece.role):
        return _E(tag, piece.text)
    return {"arrow": " → ", "joint": " – "}.get(piece.role, piece.text)


def _head(telling: Telling) -> etree._Element:
    return _E.dl(_E.div(_E.dt("head"), _E.dd(_E.code(telling.head), f" {telling.head_at}")))
