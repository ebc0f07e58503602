"""A phrase with its typing errors: found near its own words only, and scored by rapidfuzz.

The comparison is dear, so it runs only where at least half of the phrase's words (or half of a single word) stand
within the phrase's length of each other. The one pass of the scanner finds those.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rapidfuzz import fuzz

from monitor.core.scanning import Span
from monitor.core.text import fold

_WORD = re.compile(r"\w+")
# What a window may have besides the phrase: letters put in, and the words at its edges.
_SLACK = 12
# The aligned stretch is at most as long as the phrase; a text with letters too many scores less until it is snapped.
_SNAPPING_GAIN = 6


def clues(phrase: str) -> tuple[str, ...]:
    """The pieces of a phrase of which at least half survive a typing error."""
    words = _WORD.findall(fold(phrase).lower)
    long = [word for word in words if len(word) >= 4] or words
    if len(long) > 1:
        return tuple(dict.fromkeys(long))
    word = "".join(long)
    middle = len(word) // 2
    return (word[:middle], word[middle:]) if middle >= 2 else (word,)


def may_stand(needle: str, hits: Sequence[Sequence[Span]]) -> bool:
    """Whether the clues stand close enough together for `find` to compare anything; a squeezed text answers too."""
    return next(_crowded(hits, len(needle) + _SLACK), None) is not None


def find(needle: str, text: str, hits: Sequence[Sequence[Span]], *, least: int) -> tuple[Span, int] | None:
    """The best stretch of whole words that scores at least `least` of 100, and its score.

    `needle` and `text` are folded and in lower case, `hits` are the places of each clue, in the order of `clues`.
    """
    best: tuple[Span, int] | None = None
    for start, end in _windows(hits, len(needle) + _SLACK, len(text)):
        window = text[start:end]
        found = fuzz.partial_ratio_alignment(needle, window, score_cutoff=least - _SNAPPING_GAIN)
        if found is None:
            continue
        span, score = _snap(needle, text, start + found.dest_start, start + found.dest_end)
        if score >= least and (best is None or score > best[1]):
            best = span, int(score)
    return best


def _windows(hits: Sequence[Sequence[Span]], reach: int, length: int) -> Iterator[Span]:
    """Stretches that hold at least half of the clues within `reach` of each other, joined where they touch."""
    window = (0, 0)
    for place in _crowded(hits, reach):
        start, end = max(0, place - reach), min(length, place + reach)
        if window[1] and start > window[1]:
            yield window
            window = (start, end)
        else:
            window = (window[0] if window[1] else start, end)
    if window[1]:
        yield window


def _crowded(hits: Sequence[Sequence[Span]], reach: int) -> Iterator[int]:
    """Each place of a clue where at least half of all clues were met within the last `reach` characters."""
    needed = (len(hits) + 1) // 2
    if sum(map(bool, hits)) < needed:
        return
    met: dict[int, int] = {}
    for place, clue in sorted((span[0], clue) for clue, spans in enumerate(hits) for span in spans):
        met[clue] = place
        if len(met) >= needed and sum(place - last <= reach for last in met.values()) >= needed:
            yield place


def _snap(needle: str, text: str, start: int, end: int) -> tuple[Span, float]:
    """The stretch moved to word boundaries, outwards or inwards at each end, as it scores best."""
    candidates = [
        (first, last)
        for first in {_outwards(text, start, -1), _inwards(text, start, 1)}
        for last in {_outwards(text, end, 1), _inwards(text, end, -1)}
        if first < last
    ]
    scored = ((fuzz.ratio(needle, text[first:last]), (first, last)) for first, last in candidates)
    score, span = max(scored, default=(0.0, (start, end)))
    return span, score


def _outwards(text: str, at: int, step: int) -> int:
    """The nearest end of a word that lies away from the stretch."""
    while 0 < at < len(text) and text[at - 1].isalnum() and text[at].isalnum():
        at += step
    return at


def _inwards(text: str, at: int, step: int) -> int:
    """The nearest end of a word that lies within the stretch, without the spaces beside it."""
    at = _outwards(text, at, step)
    beside = 0 if step > 0 else -1
    while 0 <= at + beside < len(text) and text[at + beside] == " ":
        at += step
    return at
