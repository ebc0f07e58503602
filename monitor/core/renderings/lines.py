"""A telling laid out in lines of a given width: a narrow gutter for dates and labels, the words beside it.

Each line is a row of spans that name their part; a painter gives parts their look, and without a painter the lines
are plain text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from monitor.core.bill_paths import Step
from monitor.core.renderings.beside import Also
from monitor.core.renderings.drawings import activity, signs, stages
from monitor.core.renderings.neutral import cells
from monitor.core.renderings.phrases import Phrase, Piece
from monitor.core.renderings.remarks import Remark
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
    heading = [Span(text=telling.title, part="heading"), Span(text=f"  {telling.heading}")]
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
    title = fitted(chapter.title, width - cells(chapter.tally) - 2, page.marks)
    gap = width - cells(title) - cells(chapter.tally)
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
    if chapter.more:
        yield ()
        yield from wrapped([Span(text=chapter.more, part="quiet")], width, page.marks)


def _group(group: Group, page: Page) -> Iterator[Line]:
    if group.name:
        yield from _subject(group, page)
    blocks = [list(_told(told, page)) for told in group.news]
    for place, block in enumerate(blocks):
        if place and max(len(block), len(blocks[place - 1])) > 1:
            yield ()
        yield from block
    if group.folded:
        if blocks:
            yield ()
        yield from _folded(group, page)


def _subject(group: Group, page: Page) -> Iterator[Line]:
    """The name, and at the end of its line what it recognised in the last days, as far as there is room for that."""
    width = max(page.width, NARROWEST)
    zh = [Span(text=f"  {group.zh}", part="quiet")] if group.zh and group.zh != group.name else []
    *lines, last = wrapped([Span(text=group.name, part="subject"), *zh], width, page.marks)
    yield from lines
    room = width - sum(cells(span.text) for span in last) - _INDENT
    drawn = activity(group.days, group.in_days, room, page.marks)
    if not drawn:
        yield last
        return
    gap = " " * (room + _INDENT - cells(drawn))
    yield (*last, Span(text=gap), Span(text=drawn, part="quiet"))


def _folded(group: Group, page: Page) -> Iterator[Line]:
    yield (Span(text=" " * _INDENT), Span(text=group.why_folded, part="quiet"))
    for told in group.folded:
        yield _one_line(told, page)
    if group.more:
        yield from _hanging([], [Span(text=group.where_more, part="quiet")], page)


def _told(told: Told, page: Page) -> Iterator[Line]:
    if told.above or told.brief:
        yield _one_line(told, page)
        return
    yield from _hanging([Span(text=told.day, part="day")], _title(told, page), page)
    for remark in (*told.remarks, *told.beside.due):
        yield from _remark(remark, page)
    yield from _address(told.url, page)
    for place, also in enumerate(told.beside.also):
        yield from _also(also, page, label="" if place else told.beside.label)
    if told.beside.more:
        yield from _hanging([], [Span(text=told.beside.more, part="quiet")], page)


def _address(url: str, page: Page) -> Iterator[Line]:
    if page.addresses and url:
        yield (Span(text=" " * (_INDENT + _GUTTER)), Span(text=url, part="link"))


def _also(also: Also, page: Page, *, label: str) -> Iterator[Line]:
    """Who else tells the same story, in a line, and where."""
    source = f"{page.marks.dot}{also.source}" if also.source else ""
    title = fitted(also.title, max(page.measure - cells(source), NARROWEST // 2), page.marks)
    words = [
        Span(text=title, link="" if page.addresses else also.url),
        *([Span(text=page.marks.dot, part="dot"), Span(text=also.source, part="quiet")] if source else []),
    ]
    yield from _hanging([Span(text=label, part="label-aside")], words, page)
    yield from _address(also.url, page)


def _title(told: Told, page: Page) -> list[Span]:
    link = "" if page.addresses else told.url
    spans = [Span(text=told.citation, part="citation", link=link)] if told.citation else []
    spans += [Span(text="  ")] if told.citation and told.title else []
    spans += [Span(text=told.title, part="title", link=link)] if told.title else []
    return [*spans, *([Span(text=f"  {told.zh}", part="quiet")] if told.zh else [])]


def _one_line(told: Told, page: Page) -> Line:
    """Date, what changed where that is said so briefly, citation and title, and where it is told in full."""
    name = f"{told.citation}  {told.title}".strip() if told.citation else told.title
    change = _padded(told.change, _LABEL) if told.change else ""
    room = page.measure - cells(change)
    see = fitted(_see(told), max(page.measure * 2 // 5, room - cells(name)), page.marks)
    day = _padded(told.day, _GUTTER)
    link = "" if page.addresses else told.url
    title = Span(text=fitted(name, room - cells(see), page.marks), part="words", link=link)
    return (
        Span(text=" " * _INDENT),
        Span(text=day, part="day"),
        *([Span(text=change, part=_LABELS[told.role])] if change else []),
        title,
        *([Span(text=see, part="quiet")] if see else []),
    )


def _padded(text: str, columns: int) -> str:
    return text + " " * (columns - cells(text))


def _see(told: Told) -> str:
    """Where it is told in full, or what is due; at the end of its line."""
    words = told.see if told.above else told.beside.due_next
    return f"  {words}" if words else ""


def _remark(remark: Remark, page: Page) -> Iterator[Line]:
    label = [Span(text=remark.label, part=_LABELS[remark.role])]
    spans = _phrases(remark.phrases, page.marks)
    if remark.path and remark.brief:
        spans = [_signed(span, remark.path, page) for span in _phrases(remark.beside, page.marks)]
    elif remark.path:
        yield from _hanging(label, stages(remark.path, page.measure, page.marks), page)
        label, spans = [], _phrases(remark.beside, page.marks)
    words = shortened(spans, page.measure, page.marks) if remark.short else spans
    yield from _hanging(label, words, page)


def _signed(span: Span, path: Sequence[Step], page: Page) -> Span:
    """The words of the stage with the signs of the whole way before them."""
    if span.part != "stage":
        return span
    return Span(text=f"{signs(path, page.marks)} {span.text}")


def _phrases(phrases: Sequence[Phrase], marks: Marks) -> list[Span]:
    spans: list[Span] = []
    for phrase in phrases:
        if spans:
            spans.append(Span(text=marks.dot, part="dot"))
        spans += _phrase(phrase, marks)
    return spans


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
        case "path":
            yield Span(text=piece.text, part="stage")
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
    label, at = Span(text=telling.head_label, part="label-aside"), Span(text=telling.head_at, part="quiet")
    head = Span(text=telling.head, part="quiet")
    if cells(telling.head) + 1 + cells(telling.head_at) <= page.measure:
        yield from _hanging([label], [head, Span(text=" "), at], page)
    elif cells(telling.head) <= page.measure:
        yield from _hanging([label], [head], page)
        yield from _hanging([], [at], page)
    elif telling.head:
        # On a line of its own, without a margin where it needs the room: it is there to be copied.
        yield from _hanging([label], [at], page)
        margin = " " * _INDENT if _INDENT + cells(telling.head) <= page.width else ""
        yield (Span(text=f"{margin}{telling.head}", part="quiet"),)


def _hanging(
    label: Sequence[Span], words: Iterable[Span], page: Page, *, gutter: int = _GUTTER, indent: int = _INDENT
) -> Iterator[Line]:
    """The label in the gutter, the words beside it and below one another."""
    used = sum(cells(span.text) for span in label)
    first: Line = (Span(text=" " * indent), *label, Span(text=" " * max(gutter - used, 1)))
    later: Line = (Span(text=" " * (indent + gutter)),)
    for place, line in enumerate(wrapped(words, max(page.width, NARROWEST) - indent - gutter, page.marks)):
        yield (*(first if place == 0 else later), *line)
