"""A phrase with its typing errors: found near its own words only, and scored by rapidfuzz.

The comparison is dear, so it runs only where at least half of the phrase's words (or half of a single word) stand
within the phrase's length of each other. The one pass of the scanner finds those.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from rapidfuzz import fuzz

from monitor.core.scanning import Span
from monitor.core.text import Folded, fold

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


def find(
    phrase: str, folded: Folded, hits: Sequence[Sequence[Span]], *, least: int
) -> tuple[Span, int] | None:
    """The best stretch of whole words that scores at least `least` of 100, and its score.

    `hits` are the places of each clue of `phrase`, in the order of `clues`.
    """
    needle = fold(phrase).lower
    best: tuple[Span, int] | None = None
    for start, end in _windows(hits, len(needle) + _SLACK, len(folded.lower)):
        window = folded.lower[start:end]
        found = fuzz.partial_ratio_alignment(needle, window, score_cutoff=least - _SNAPPING_GAIN)
        if found is None:
            continue
        span, score = _snap(needle, folded.lower, start + found.dest_start, start + found.dest_end)
        if score >= least and (best is None or score > best[1]):
            best = span, int(score)
    return best


def _windows(hits: Sequence[Sequence[Span]], reach: int, length: int) -> Iterator[Span]:
    """Stretches that hold at least half of the clues within `reach` of each other, joined where they touch."""
    places = sorted((span[0], clue) for clue, spans in enumerate(hits) for span in spans)
    needed = (len(hits) + 1) // 2
    held: Counter[int] = Counter()
    first, window = 0, (0, 0)
    for place, clue in places:
        held[clue] += 1
        while place - places[first][0] > reach:
            held[places[first][1]] -= 1
            first += 1
        if sum(count > 0 for count in held.values()) < needed:
            continue
        start, end = max(0, place - reach), min(length, place + reach)
        if window[1] and start > window[1]:
            yield window
            window = (start, end)
        else:
            window = (window[0] if window[1] else start, end)
    if window[1]:
        yield window


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
