"""A digest as CommonMark: headings for watchlists and subjects, a list item for each document.

What comes from outside is escaped, so that it can open no emphasis, link, image, code or HTML of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from monitor.core.bill_paths import Step
from monitor.core.digests import Digest
from monitor.core.language import Words, words_of
from monitor.core.renderings.drawings import activity, stages
from monitor.core.renderings.phrases import Phrase, Piece
from monitor.core.renderings.remarks import Remark
from monitor.core.renderings.telling import Chapter, Group, Telling, Told, tell
from monitor.core.renderings.wrapping import TYPOGRAPHIC

# Any ASCII punctuation may follow a backslash; these are the ones that could begin something inside of a line.
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#&~|])")
# At the beginning of a block these could begin a list, a heading's underline or a rule.
_BLOCK_START = re.compile(r"^(\d*)([-+=.)])")
_SIGNS = {"arrow": " → ", "joint": " – "}
_AROUND = {
    "quote": ("“", "”"),
    "old": (r"\[-", r"-\]"),
    "new": (r"\{+", r"+\}"),
    "strong": ("**", "**"),
}
# Markdown has no width of its own: what is drawn is drawn in full.
_AMPLE = 200


def render(digest: Digest) -> str:
    """The digest as one Markdown document."""
    return "\n".join(_lines(tell(digest))) + "\n"


def _lines(telling: Telling) -> Iterator[str]:
    say = words_of(telling.language)
    yield f"# {say.labelled(escaped(telling.title), escaped(telling.heading))}"
    yield ""
    yield f"{_dotted(telling.period)}  "
    yield _dotted(telling.summary)
    for notice in telling.notices:
        yield from ("", f"> **!** {escaped(notice)}")
    for chapter in telling.chapters:
        yield from _chapter(chapter, say)
    for words in telling.quiet:
        yield from ("", escaped(words))
    yield from _closing(telling)


def escaped(text: str) -> str:
    """The text as CommonMark that reads as just this text. It must not begin a block."""
    return _SPECIAL.sub(r"\\\1", text)


def _block(markdown: str) -> str:
    return _BLOCK_START.sub(r"\1\\\2", markdown)


def _dotted(phrases: Sequence[str]) -> str:
    return " · ".join(escaped(phrase) for phrase in phrases)


def _chapter(chapter: Chapter, say: Words) -> Iterator[str]:
    tally = say.noted_beside(chapter.tally) if chapter.tally else ""
    yield from ("", f"## {escaped(chapter.title)}{tally}")
    if chapter.error:
        yield from ("", f"> **!** {escaped(chapter.error)}")
    for group in chapter.groups:
        yield from _group(group, say)
    if chapter.more:
        yield from ("", _block(escaped(chapter.more)))


def _group(group: Group, say: Words) -> Iterator[str]:
    zh = f" {escaped(group.zh)}" if group.zh and group.zh != group.name else ""
    if group.name:
        yield from ("", f"### {escaped(group.name)}{zh}")
    if drawn := activity(group.days, group.in_days, _AMPLE, TYPOGRAPHIC):
        yield from ("", drawn)
    yield ""
    for told in group.news:
        yield from _told(told, say)
    if group.folded:
        yield f"- *{escaped(group.why_folded)}*"
        yield from (f"  {line}" for told in group.folded for line in _told(told, say))
        if group.more:
            yield f"  - {escaped(group.where_more)}"


def _told(told: Told, say: Words) -> Iterator[str]:
    above = say.noted_beside(escaped(told.see)) if told.above else ""
    zh = f" {escaped(told.zh)}" if told.zh else ""
    change = f" *{escaped(told.change)}*" if told.change else ""
    due = say.noted_beside(escaped(told.beside.due_next)) if told.brief and told.beside.due_next else ""
    yield f"- {escaped(told.day)}{change} {_title(told)}{zh}{above}{due}"
    if not told.brief:
        yield from (f"  - {line}" for line in _more_of(told, say))


def _more_of(told: Told, say: Words) -> Iterator[str]:
    beside = told.beside
    if beside.summary:
        yield _block(escaped(beside.summary))
    for remark in (*told.remarks, *beside.due):
        yield from _remark_lines(remark, say)
    for also in beside.also:
        title = f"[{escaped(also.title)}](<{also.url}>)" if also.url else escaped(also.title)
        yield _labelled(beside.label, say.joined(title, escaped(also.source)), say)
    if beside.more:
        yield escaped(beside.more)


def _remark_lines(remark: Remark, say: Words) -> Iterator[str]:
    """The row; that of a bill's way has the stages before it."""
    if not remark.path or remark.brief:
        yield _remark(remark, say)
        return
    yield _remark(replace(remark, phrases=(_way(remark.path),)), say)
    if remark.beside:
        yield _remark(replace(remark, label="", phrases=remark.beside), say)


def _way(path: Sequence[Step]) -> Phrase:
    spans = stages(path, _AMPLE, TYPOGRAPHIC)
    return tuple(Piece(text=span.text, role="strong" if span.part == "strong" else "words") for span in spans)


def _title(told: Told) -> str:
    name = escaped(f"{told.citation} {told.title}".strip())
    return f"[**{name}**](<{told.url}>)" if told.url else f"**{name}**"


def _labelled(label: str, markdown: str, say: Words) -> str:
    return f"*{say.labelled(escaped(label), '').rstrip()}* {markdown}"


def _remark(remark: Remark, say: Words) -> str:
    phrases = " · ".join(_phrase(phrase) for phrase in remark.phrases)
    return _labelled(remark.label, phrases, say) if remark.label else _block(phrases)


def _phrase(phrase: Phrase) -> str:
    return "".join(_piece(piece) for piece in phrase)


def _piece(piece: Piece) -> str:
    if piece.role in _SIGNS:
        return _SIGNS[piece.role]
    before, after = _AROUND.get(piece.role, ("", ""))
    return f"{before}{escaped(piece.text)}{after}"


def _closing(telling: Telling) -> Iterator[str]:
    say = words_of(telling.language)
    yield from ("", "---", "")
    for remark in (*telling.sources, *telling.log):
        yield f"- {_remark(remark, say)}"
    if telling.head:
        head = f"`{telling.head.replace('`', '')}` {telling.head_at}"
        yield f"- {_labelled(telling.head_label, head, say)}"
