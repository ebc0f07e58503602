"""A phrase with its typing errors: found near a piece of it that has none, and scored by rapidfuzz.

The comparison is dear, so it runs only where a clue stands, which the one pass of the scanner finds, and what belongs to
it close by. A clue is a piece of the phrase, cut through its words and long, so that hardly anything else holds it: an end
of another piece belongs to it. Two letters in each other's place may spoil every piece: then the phrase with that error is
a clue, and nothing need belong to it. Or a clue is the longest of several words: all others belong to it, in whatever order.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate, pairwise, product
from operator import add

from rapidfuzz import fuzz

from monitor.core.matching.han import one_form
from monitor.core.matching.scanning import Span, squeeze
from monitor.core.text import fold

# A phrase is cut into two pieces, and into one more for each so many letters.
_PIECE = 12
_THREE_FROM = 18
# So far from a third of the phrase a cut may stand, for the sake of its pieces.
_SHIFT = 4
# What a window may have besides the phrase: letters put in, and the words at its edges.
_SLACK = 12
# Of a short single word, in which there are no edges of words.
_SLACK_OF_A_WORD = 3
# The aligned stretch is at most as long as the phrase, so it lacks a letter where there is one too many, and has one
# of a neighbour where there is one too few: it scores less until it is snapped, and a letter of a short phrase is much.
_SNAPPING_GAIN = 6
# With fewer long words, another order of them says something else.
_WORDS_THAT_MOVE = 3
_LONG = 4
# With one error a word of four letters is 75 % alike.
_LEAST_OF_A_WORD = 70
_WORD = re.compile(r"\w+")
# Other parts of a phrase that stand beside a clue, none if there are none to ask for; and whether any or all must.
Companions = tuple[tuple[str, ...], Callable[[Iterable[bool]], bool]]
_EDGES = " .,;:()[]\"'"
_NO_FIGURE = re.compile(r"[^0-9]+")


def clues(phrase: str) -> tuple[str, ...]:
    """What of a phrase survives a typing error: its pieces in order, errors that spare none, its longest word of several."""
    return (*_pieces(phrase), *_ruinous_swaps(phrase), *_long_words(phrase)[:1])


@lru_cache(maxsize=4096)
def _pieces(phrase: str) -> tuple[str, ...]:
    words = [one_form(squeeze(word)) for word in fold(phrase).lower.split(" ")]
    letters = "".join(words)
    ends = list(accumulate(map(len, words)))[:-1]
    return tuple(letters[start:end] for start, end in pairwise(_cuts(len(letters), ends)))


def _cuts(length: int, ends: Sequence[int]) -> list[int]:
    """Where to cut so many letters, `ends` being where a word ends: where most pieces have parts of two words, which is rare.

    One piece of two survives a typing error, and one of three two errors; a third piece must not be common for that.
    """
    if length >= _PIECE:
        for count, enough in ((3, 2), (2, 0)) if length >= _THREE_FROM else ((2, 0),):
            cuts = max(_cuts_near(length, max(count, length // _PIECE)), key=lambda cuts: _across(cuts, ends))
            if _across(cuts, ends) >= enough:
                return cuts
    return [0, length // 2, length] if length >= 4 else [0, length]


def _cuts_near(length: int, count: int) -> list[list[int]]:
    """The even cuts, and those with some of them moved a little; the least moved first."""
    even = [length * piece // count for piece in range(1, count)]
    if count > 3:
        return [[0, *even, length]]
    shifts = sorted(product(range(-_SHIFT, _SHIFT + 1), repeat=count - 1), key=lambda by: sum(map(abs, by)))
    return [[0, *map(add, even, by), length] for by in shifts]


def _across(cuts: Sequence[int], ends: Sequence[int]) -> int:
    """How many of the pieces have letters of two words."""
    return sum(any(start < end < stop for end in ends) for start, stop in pairwise(cuts))


@lru_cache(maxsize=4096)
def _ruinous_swaps(phrase: str) -> tuple[str, ...]:
    """The letters of a phrase with two neighbours in each other's place, where no piece then has an end of another."""
    pieces = _pieces(phrase)
    letters = "".join(pieces)
    swaps = dict.fromkeys(
        letters[:at] + letters[at + 1] + letters[at] + letters[at + 2 :] for at in range(len(letters) - 1)
    )
    return tuple(swap for swap in swaps if swap != letters and not _spares(swap, pieces))


def _spares(swapped: str, pieces: Sequence[str]) -> bool:
    """Whether a piece is left in the letters, and with it what belongs to it."""
    return any(
        piece in swapped and (not ends or any(map(swapped.__contains__, ends)))
        for piece, ends in zip(pieces, _ends_of_others(pieces), strict=True)
    )


@lru_cache(maxsize=4096)
def _long_words(phrase: str) -> tuple[str, ...]:
    """The words whose order may change, the longest first; none where there are few."""
    words = [
        word for word in dict.fromkeys(_WORD.findall(one_form(fold(phrase).lower))) if len(word) >= _LONG
    ]
    return tuple(sorted(words, key=len, reverse=True)) if len(words) >= _WORDS_THAT_MOVE else ()


def companions(phrase: str) -> tuple[Companions, ...]:
    """For each of the clues of a phrase what belongs to it; in a text without any or all of that the clue tells nothing."""
    return _belonging(one_form(fold(phrase).lower), len(clues(phrase)))


def reach(needle: str) -> int:
    """How many characters before and after a clue are compared."""
    return len(needle) + (_SLACK_OF_A_WORD if _is_short_word(needle) else _SLACK)


def find(needle: str, text: str, hits: Sequence[Sequence[Span]], *, least: int) -> tuple[Span, int] | None:
    """The best stretch of whole words that scores at least `least` of 100, and its score.

    `needle` and `text` are folded and in lower case, `hits` are the places of each clue, in the order of `clues`.
    """
    best: tuple[Span, int] | None = None
    for span, score in (*_aligned(needle, text, hits, least), *_moved(needle, text, hits)):
        is_better = score >= least and (best is None or int(score) > best[1])
        if is_better and _may_mean(needle, text[slice(*span)]):
            best = span, int(score)
    return best


def _may_mean(needle: str, stretch: str) -> bool:
    """Whether errors may be all that parts them. The AI race is not the 5G race, and two words are no short name."""
    figures = _NO_FIGURE.sub("", needle)
    return (not figures or figures == _NO_FIGURE.sub("", stretch)) and not (
        _is_short_word(needle) and " " in stretch
    )


def _has_each_word(needle: str, stretch: str) -> bool:
    """Whether every longer word is nearly there: "the entity is" is not the Entity List."""
    letters = squeeze(stretch)
    words = (word for word in _WORD.findall(needle) if len(word) >= _LONG)
    return all(fuzz.partial_ratio(word, letters) >= _LEAST_OF_A_WORD for word in words)


def _is_short_word(needle: str) -> bool:
    return len(needle) < _PIECE and needle.isalnum()


def _aligned(
    needle: str, text: str, hits: Sequence[Sequence[Span]], least: int
) -> Iterator[tuple[Span, float]]:
    """The stretch of each window that is most like the phrase."""
    cutoff = least - max(_SNAPPING_GAIN, 100 // len(needle))
    for start, end in _joined(_windows(needle, text, hits)):
        found = fuzz.partial_ratio_alignment(needle, text[start:end], score_cutoff=cutoff)
        if found is not None:
            span, score = _snap(needle, text, start + found.dest_start, start + found.dest_end)
            if _has_each_word(needle, text[slice(*span)]):
                yield span, score


def _moved(needle: str, text: str, hits: Sequence[Sequence[Span]]) -> Iterator[tuple[Span, float]]:
    """The stretches of as many words as the phrase has, where all that are long stand in whatever order."""
    before = len(hits) - len(_long_words(needle)[:1])
    if not any(hits[before:]):
        return
    by_word = [*[()] * before, *hits[before:]]
    wanted = sorted(_WORD.findall(needle))
    for start, end in _joined(_windows(needle, text, by_word)):
        words = [match.span() for match in _WORD.finditer(text, start, end)]
        for (first, _), (_, last) in zip(words, words[len(wanted) - 1 :], strict=False):
            stretch = sorted(_WORD.findall(text[first:last]))
            yield (first, last), fuzz.ratio(" ".join(wanted), " ".join(stretch))


def _windows(needle: str, text: str, hits: Sequence[Sequence[Span]]) -> Iterator[Span]:
    """The stretch around each place of a clue that has what belongs to it."""
    far = reach(needle)
    for places, (belonging, enough) in zip(hits, _belonging(needle, len(hits)), strict=True):
        for place, _ in places:
            start, end = max(0, place - far), min(len(text), place + far)
            if not belonging or enough(map(squeeze(text[start:end]).__contains__, belonging)):
                yield start, end


@lru_cache(maxsize=4096)
def _belonging(needle: str, count: int) -> tuple[Companions, ...]:
    """For each of so many clues what belongs to it, and whether any or all of that is needed."""
    others: list[Companions] = [(ends, any) for ends in _ends_of_others(_pieces(needle))]
    alone: list[Companions] = [((), any)] * len(_ruinous_swaps(needle))
    return (*others, *alone, (_long_words(needle)[1:], all))[:count]


def _ends_of_others(pieces: Sequence[str]) -> list[tuple[str, ...]]:
    return [_ends([*pieces[:index], *pieces[index + 1 :]]) for index in range(len(pieces))]


def _ends(pieces: Sequence[str]) -> tuple[str, ...]:
    """The beginning and the end of each piece; a typing error in the piece leaves one of them. None for short pieces."""
    shortest = min((len(piece) for piece in pieces if len(piece) >= 4), default=0)
    length = (shortest - 1) // 2 if shortest > 6 else shortest // 2
    return tuple(end for piece in pieces for end in (piece[:length], piece[-length:])) if length else ()


def _joined(windows: Iterator[Span]) -> Iterator[Span]:
    """The windows in order, as one where they touch."""
    together: Span | None = None
    for start, end in sorted(windows):
        if together and start <= together[1]:
            together = together[0], max(end, together[1])
        else:
            yield from [together] if together else ()
            together = start, end
    yield from [together] if together else ()


def _snap(needle: str, text: str, start: int, end: int) -> tuple[Span, float]:
    """The stretch moved to ends of words, as it scores best; what stands at its edges and is no letter falls off."""
    stretches = {
        _trim(text, first, last)
        for first in _ends_of_words(text, start, 1)
        for last in _ends_of_words(text, end, -1)
        if first < last
    }
    scored = ((fuzz.ratio(needle, text[first:last]), (first, last)) for first, last in stretches)
    score, span = max(scored, default=(0.0, (start, end)))
    return span, score


def _ends_of_words(text: str, at: int, inwards: int) -> set[int]:
    """Where a stretch may be cut: at the nearest end of a word either way, or one short word further within."""
    nearest = _end_of_word(text, at, inwards)
    beyond = nearest + inwards
    while 0 < beyond < len(text) and not (text[beyond - 1].isalnum() and text[beyond].isalnum()):
        beyond += inwards
    return {_end_of_word(text, at, -inwards), nearest, _end_of_word(text, beyond, inwards)}


def _end_of_word(text: str, at: int, step: int) -> int:
    """The nearest end of a word in that direction; the place itself where it cuts none."""
    while 0 < at < len(text) and text[at - 1].isalnum() and text[at].isalnum():
        at += step
    return at


def _trim(text: str, start: int, end: int) -> Span:
    stretch = text[start:end]
    return end - len(stretch.lstrip(_EDGES)), start + len(stretch.rstrip(_EDGES))
