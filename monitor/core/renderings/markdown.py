"""A digest as CommonMark: headings for watchlists and subjects, a list item for each document.

What comes from outside is escaped, so that it can open no emphasis, link, image, code or HTML of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from monitor.core.digests import Digest
from monitor.core.renderings.remarks import Phrase, Piece, Remark
from monitor.core.renderings.telling import Chapter, Group, Telling, Told, tell

# Any ASCII punctuation may follow a backslash; these are the ones that could begin something inside of a line.
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#&~|])")
# At the beginning of a block these could begin a list, a heading's underline or a rule.
_BLOCK_START = re.compile(r"^(\d*)([-+=.)])")


def render(digest: Digest) -> str:
    """The digest as one Markdown document."""
    return "\n".join(_lines(tell(digest))) + "\n"


def _lines(telling: Telling) -> Iterator[str]:
    yield f"# Digest: {escaped(telling.heading)}"
    yield ""
    yield f"{_dotted(telling.period)}  "
    yield _dotted(telling.summary)
    for notice in telling.notices:
        yield from ("", f"> **!** {escaped(notice)}")
    for chapter in telling.chapters:
        yield from _chapter(chapter)
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


def _chapter(chapter: Chapter) -> Iterator[str]:
    tally = f" ({chapter.tally})" if chapter.tally else ""
    yield from ("", f"## {escaped(chapter.title)}{tally}")
    if chapter.error:
        yield from ("", f"> **!** {escaped(chapter.error)}")
    for group in chapter.groups:
        yield from _group(group)


def _group(group: Group) -> Iterator[str]:
    zh = f" {escaped(group.zh)}" if group.zh and group.zh != group.name else ""
    if group.name:
        yield from ("", f"### {escaped(group.name)}{zh}")
    yield ""
    for told in group.news:
        yield from _told(told)
    if group.folded:
        yield f"- *{escaped(group.why_folded)}*"
        yield from (f"  {line}" for told in group.folded for line in _told(told))
        if group.more:
            yield f"  - and {len(group.more):,} more: {escaped(group.where_more)}"


def _told(told: Told) -> Iterator[str]:
    above = f" (see {escaped(told.above)})" if told.above else ""
    zh = f" {escaped(told.zh)}" if told.zh else ""
    change = f" *{escaped(told.change)}*" if told.change else ""
    yield f"- {escaped(told.day)}{change} {_title(told)}{zh}{above}"
    for remark in () if told.brief else told.remarks:
        yield f"  - {_remark(remark)}"


def _title(told: Told) -> str:
    name = escaped(f"{told.citation} {told.title}".strip())
    return f"[**{name}**](<{told.url}>)" if told.url else f"**{name}**"


def _remark(remark: Remark) -> str:
    phrases = " · ".join(_phrase(phrase) for phrase in remark.phrases)
    return f"*{escaped(remark.label)}:* {phrases}" if remark.label else _block(phrases)


def _phrase(phrase: Phrase) -> str:
    return "".join(_piece(piece) for piece in phrase)


def _piece(piece: Piece) -> str:
    text = escaped(piece.text)
    match piece.role:
        case "quote":
            return f"“{text}”"
        case "old":
            return rf"\[-{text}-\]"
        case "new":
            return rf"\{{+{text}+\}}"
        case "arrow":
            return " → "
        case "joint":
            return " – "
        case _:
            return text


def _closing(telling: Telling) -> Iterator[str]:
    yield from ("", "---", "")
    for remark in (*telling.sources, *telling.log):
        yield f"- {_remark(remark)}"
    if telling.head:
        yield f"- *head:* `{telling.head.replace('`', '')}` {telling.head_at}"
