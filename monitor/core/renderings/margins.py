"""Lines with labels in a narrow margin and words beside them: how a page about one item is set."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from monitor.core.renderings.neutral import cells, plain
from monitor.core.renderings.wrapping import TYPOGRAPHIC, Span, wrapped

INDENT = 2
MARGIN = 16
_NARROWEST = 20


def section(heading: str, lines: Iterable[str]) -> Iterator[str]:
    """A heading over its lines; neither, where there are none."""
    told = list(lines)
    if told:
        yield from ("", heading, *told)


def labelled(label: str, text: str, width: int) -> Iterator[str]:
    """A line with its label in the margin; nothing where there is nothing to say."""
    if said := plain(text):
        yield from beside(f"{' ' * INDENT}{plain(label)}", [said], width, MARGIN)


def beside(
    label: str, paragraphs: Iterable[str], width: int, margin: int, *, further: int = 0
) -> Iterator[str]:
    """Paragraphs beside a label, the later lines of each `further` in; the label alone where it needs the room."""
    begun = cells(label) < margin
    if not begun:
        yield label
    for paragraph in paragraphs:
        for line in words(paragraph, width, margin, further=further):
            yield line if not begun else f"{label.ljust(margin)}{line[margin:]}"
            begun = False


def words(text: str, width: int, indent: int, *, further: int = 0) -> Iterator[str]:
    """Words in lines that begin at `indent`, after the first `further` in; an address or a hash is never broken."""
    said = plain(text)
    room = max(width - indent, _NARROWEST)
    further = further if cells(said) > room else 0
    for line in _whole(said, room - further):
        yield f"{' ' * indent}{line}"
        indent += further
        further = 0


def _whole(said: str, room: int) -> Iterator[str]:
    """Lines of at most `room` columns; what has no place to part, and is longer, has a line of its own."""
    for part in re.split(rf"(?<!\S)([!-~]{{{room + 1},}})(?!\S)", said):
        if part[room:] and " " not in part:
            yield part
            continue
        for line in wrapped([Span(text=part)], room, TYPOGRAPHIC):
            yield "".join(span.text for span in line)
