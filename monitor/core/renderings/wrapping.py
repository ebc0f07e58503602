"""Words set in lines of a given width, as a terminal counts it.

Wide characters (Han, Kana) take two columns and may be parted anywhere but before closing and after opening
punctuation; everything else is parted at spaces, and within a word only where the word is longer than a line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, islice
from typing import Literal

from monitor.core.renderings.neutral import cells, cut

Part = Literal[
    "words", "quiet", "strong", "dot", "quote", "old", "new", "alarm",
    "heading", "chapter", "rule", "subject", "title", "citation", "day", "link", "stage",
    "label-new", "label-revised", "label-moved", "label-withdrawn", "label-aside", "label-alarm",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """The signs that are ours and not the publishers'."""

    rule: str
    dot: str
    open_quote: str
    close_quote: str
    arrow: str
    joint: str
    ellipsis: str
    bars: str
    gone: str
    ahead: str
    failed: str


ASCII = Marks(
    rule="-", dot=" | ", open_quote='"', close_quote='"', arrow=" -> ", joint=" - ", ellipsis="...",
    bars=".:-=#", gone="*", ahead=".", failed="x",
)  # fmt: skip
TYPOGRAPHIC = Marks(
    rule="─", dot=" · ", open_quote="“", close_quote="”", arrow=" → ", joint=" ─ ", ellipsis="…",
    bars="▁▂▃▅▇", gone="●", ahead="○", failed="✗",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Words of one part; `link` is the address that they lead to."""

    text: str
    part: Part = "words"
    link: str = ""


Line = tuple[Span, ...]


_CLOSING = frozenset("、。，．：；？！）］｝〕〉》」』】’”％ーｰ々ぁぃぅぇぉっゃゅょァィゥェォッャュョ…")
_OPENING = frozenset("（［｛〔〈《「『【‘“")


def wrapped(spans: Iterable[Span], width: int, marks: Marks) -> Iterator[Line]:
    """The spans in lines of at most `width` columns; no line begins or ends with a space."""
    line: list[Span] = []
    used = 0
    for word in _words(_characters(spans, marks), width):
        size = sum(cells(span.text) for span in word)
        blank = word[0].text.isspace()
        if used + size > width and line and not blank:
            yield _set(line)
            line, used = [], 0
        if line or not blank:
            line += word
            used += size
    if line:
        yield _set(line)


def _words(characters: Iterable[Span], width: int) -> Iterator[list[Span]]:
    """What may not be broken, spaces apart: a word with all that touches it, in lengths of a line at most."""
    word: list[Span] = []
    size = 0
    for span in characters:
        room = cells(span.text)
        if word and (_may_part(word[-1], span) or size + room > width):
            yield word
            word, size = [], 0
        word.append(span)
        size += room
    if word:
        yield word


def _characters(spans: Iterable[Span], marks: Marks) -> Iterator[Span]:
    for span in spans:
        for character in span.text.replace("…", marks.ellipsis):
            yield replace(span, text=character)


def _may_part(before: Span, after: Span) -> bool:
    """Whether a line may end between two characters. A dot stays with the words that it follows."""
    if after.part == "dot" and not (before.part == "dot" and after.text == " "):
        return False
    if before.text == " " or after.text == " ":
        return before.text != after.text
    if before.text in _OPENING or after.text in _CLOSING:
        return False
    return cells(before.text) == 2 or cells(after.text) == 2


def _set(characters: Sequence[Span]) -> Line:
    """Characters of the same part joined again, without the spaces at the line's end."""
    end = len(characters)
    while end and characters[end - 1].text == " ":
        end -= 1
    groups = groupby(characters[:end], key=lambda span: (span.part, span.link))
    return tuple(
        Span(text="".join(s.text for s in group), part=part, link=link) for (part, link), group in groups
    )


def shortened(spans: Sequence[Span], width: int, marks: Marks) -> Line:
    """The spans on one line of at most `width` columns, cut with an ellipsis where they are longer."""
    first, further = (*islice(wrapped(spans, width, marks), 2), (), ())[:2]
    if not further:
        return first
    kept = list(next(wrapped(spans, width - cells(marks.ellipsis), marks), ()))
    while kept and kept[-1].part == "dot":
        kept.pop()
    if not kept:
        return (Span(text=marks.ellipsis),)
    return (*kept[:-1], replace(kept[-1], text=kept[-1].text.rstrip(" .,;:") + marks.ellipsis))


def fitted(text: str, room: int, marks: Marks) -> str:
    """The text on one line, cut to `room` columns."""
    return cut(text.replace("…", marks.ellipsis), room, marks.ellipsis)
