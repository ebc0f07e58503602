"""A telling laid out in lines of a given width: a narrow gutter for dates and labels, the words beside it.

Each line is a row of spans that name their part; a painter gives parts their look, and without a painter the lines
are plain text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from monitor.core.renderings.neutral import cells
from monitor.core.renderings.remarks import Phrase, Piece, Remark
from monitor.core.renderings.telling import Chapter, Group, Telling, Told
from monitor.core.renderings.wrapping import Line, Marks, Part, Span, fitted, shortened, wrapped

NARROWEST = 40
_INDENT = 2
_GUTTER = 12
_LABEL = 11


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """How to lay out: `addresses` prints each address on a line of its own, for where words cannot carry links."""

    width: int
    marks: Marks
    addresses: bool

    @property
    def measure(self) -> int:
        """The columns left for words beside the gutter."""
        return max(self.width, NARROWEST) - _INDENT - _GUTTER


def lay_out(telling: Telling, page: Page) -> Iterator[Line]:
    """The whole digest, line by line."""
    yield from _opening(telling, page)
    for chapter in telling.chapters:
        yield from _chapter(chapter, page)
    for words in telling.quiet:
        yield ()
        yield from wrapped([Span(text=words)], max(page.width, NARROWEST), page.marks)
    yield from _closing(telling, page)


def _opening(telling: Telling, page: Page) -> Iterator[Line]:
    width = max(page.width, NARROWEST)
    heading = [Span(text="Digest", part="heading"), Span(text=f"  {telling.heading}")]
    yield from wrapped(heading, width, page.marks)
    yield from wrapped(_dotted(telling.period, "quiet", page), width, page.marks)
    yield from wrapped(_dotted(telling.summary, "words", page), width, page.marks)
    for notice in telling.notices:
        yield ()
        yield from _hanging(
            [Span(text="!", part="alarm")], [Span(text=notice, part="alarm")], page, gutter=2, indent=0
        )


def _dotted(phrases: Sequence[str], part: Part, page: Page) -> Iterator[Span]:
    for place, phrase in enumerate(phrases):
        if place:
            yield Span(text=page.marks.dot, part="dot")
        yield Span(text=phrase, part=part)


def _chapter(chapter: Chapter, page: Page) -> Iterator[Line]:
    width = max(page.width, NARROWEST)
    yield ()
    yield ()
    title = fitted(chapter.title, width - len(chapter.tally) - 2, page.marks)
    gap = width - cells(title) - len(chapter.tally)
    yield (
        Span(text=title, part="chapter"),
        *((Span(text=" " * gap), Span(text=chapter.tally, part="quiet")) if chapter.tally else ()),
    )
    yield (Span(text=page.marks.rule * width, part="rule"),)
    if chapter.error:
        yield from _hanging(
            [Span(text="!", part="alarm")], [Span(text=chapter.error, part="alarm")], page, gutter=2, indent=0
        )
    for place, group in enumerate(chapter.groups):
        if (place and not chapter.brief) or (not place and chapter.error):
            yield ()
        yield from _group(group, page)


def _group(group: Group, page: Page) -> Iterator[Line]:
    zh = [Span(text=f"  {group.zh}", part="quiet")] if group.zh and group.zh != group.name else []
    if group.name:
        yield from wrapped(
            [Span(text=group.name, part="subject"), *zh], max(page.width, NARROWEST), page.marks
        )
    blocks = [list(_told(told, page)) for told in group.news]
    for place, block in enumerate(blocks):
        if place and max(len(block), len(blocks[place - 1])) > 1:
            yield ()
        yield from block
    if group.folded:
        if blocks:
            yield ()
        yield from _folded(group, page)


def _folded(group: Group, page: Page) -> Iterator[Line]:
    yield (Span(text=" " * _INDENT), Span(text=group.why_folded, part="quiet"))
    for told in group.folded:
        yield _one_line(told, page)
    if group.more:
        words = f"and {len(group.more):,} more: {group.where_more}"
        yield from _hanging([], [Span(text=words, part="quiet")], page)


def _told(told: Told, page: Page) -> Iterator[Line]:
    if told.above or told.brief:
        yield _one_line(told, page)
        return
    yield from _hanging([Span(text=told.day, part="day")], _title(told, page), page)
    for remark in told.remarks:
        yield from _remark(remark, page)
    if page.addresses and told.url:
        yield (Span(text=" " * (_INDENT + _GUTTER)), Span(text=told.url, part="link"))


def _title(told: Told, page: Page) -> list[Span]:
    link = "" if page.addresses else told.url
    spans = [Span(text=told.citation, part="citation", link=link)] if told.citation else []
    spans += [Span(text="  ")] if told.citation and told.title else []
    spans += [Span(text=told.title, part="title", link=link)] if told.title else []
    return [*spans, *([Span(text=f"  {told.zh}", part="quiet")] if told.zh else [])]


def _one_line(told: Told, page: Page) -> Line:
    """Date, what changed where that is said so briefly, citation and title, and where it is told in full."""
    name = f"{told.citation}  {told.title}".strip() if told.citation else told.title
    change = told.change.ljust(_LABEL) if told.change else ""
    room = page.measure - cells(change)
    see = f"  see {told.above}" if told.above else ""
    see = fitted(see, max(page.measure * 2 // 5, room - cells(name)), page.marks)
    day = told.day.ljust(_GUTTER)
    link = "" if page.addresses else told.url
    title = Span(text=fitted(name, room - cells(see), page.marks), part="words", link=link)
    return (
        Span(text=" " * _INDENT),
        Span(text=day, part="day"),
        *([Span(text=change, part=_LABELS[told.role])] if change else []),
        title,
        *([Span(text=see, part="quiet")] if see else []),
    )


def _remark(remark: Remark, page: Page) -> Iterator[Line]:
    spans: list[Span] = []
    for phrase in remark.phrases:
        if spans:
            spans.append(Span(text=page.marks.dot, part="dot"))
        spans += _phrase(phrase, page.marks)
    part = _LABELS[remark.role]
    words = shortened(spans, page.measure, page.marks) if remark.short else spans
    yield from _hanging([Span(text=remark.label, part=part)], words, page)


_LABELS: dict[str, Part] = {
    "new": "label-new",
    "revised": "label-revised",
    "moved": "label-moved",
    "withdrawn": "label-withdrawn",
    "aside": "label-aside",
    "alarm": "label-alarm",
}


def _phrase(phrase: Phrase, marks: Marks) -> Iterator[Span]:
    for piece in phrase:
        yield from _piece(piece, marks)


def _piece(piece: Piece, marks: Marks) -> Iterator[Span]:
    match piece.role:
        case "quote":
            yield Span(text=f"{marks.open_quote}{piece.text}{marks.close_quote}", part="quote")
        case "old":
            yield Span(text=f"[-{piece.text}-]", part="old")
        case "new":
            yield Span(text=f"{{+{piece.text}+}}", part="new")
        case "arrow":
            yield Span(text=marks.arrow, part="quiet")
        case "joint":
            yield Span(text=marks.joint, part="quiet")
        case _:
            yield Span(text=piece.text, part=piece.role)


def _closing(telling: Telling, page: Page) -> Iterator[Line]:
    yield ()
    yield (Span(text=page.marks.rule * max(page.width, NARROWEST), part="rule"),)
    for remark in (*telling.sources, *telling.log):
        yield from _remark(remark, page)
    yield from _head(telling, page)


def _head(telling: Telling, page: Page) -> Iterator[Line]:
    """The chain head, whole, and at which position it stands."""
    label, at = Span(text="head", part="label-aside"), Span(text=telling.head_at, part="quiet")
    head = Span(text=telling.head, part="quiet")
    if cells(telling.head) <= page.measure:
        yield from _hanging([label], [head, Span(text=" "), at], page)
    elif telling.head:
        # On a line of its own, without a margin where it needs the room: it is there to be copied.
        yield from _hanging([label], [at], page)
        margin = " " * _INDENT if _INDENT + cells(telling.head) <= page.width else ""
        yield (Span(text=f"{margin}{telling.head}", part="quiet"),)


def _hanging(
    label: Sequence[Span], words: Sequence[Span], page: Page, *, gutter: int = _GUTTER, indent: int = _INDENT
) -> Iterator[Line]:
    """The label in the gutter, the words beside it and below one another."""
    used = sum(cells(span.text) for span in label)
    first: Line = (Span(text=" " * indent), *label, Span(text=" " * max(gutter - used, 1)))
    later: Line = (Span(text=" " * (indent + gutter)),)
    for place, line in enumerate(wrapped(words, max(page.width, NARROWEST) - indent - gutter, page.marks)):
        yield (*(first if place == 0 else later), *line)
