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
from itertools import pairwise

from rapidfuzz import fuzz

from monitor.core.matching.han import one_form
from monitor.core.matching.scanning import Span, squeeze
from monitor.core.text import fold

# A phrase is cut into two pieces, and into one more for each so many letters.
_PIECE = 12
# What a window may have besides the phrase: letters put in, and the words at its edges.
_SLACK = 12
# Of a short single word, in which there are no edges of words.
_SLACK_OF_A_WORD = 3
# The aligned stretch is at most as long as the phrase; a text with letters too many scores less until it is snapped.
_SNAPPING_GAIN = 6
# With fewer long words, another order of them says something else.
_WORDS_THAT_MOVE = 3
_LONG = 4
_WORD = re.compile(r"\w+")


def clues(phrase: str) -> tuple[str, ...]:
    """What of a phrase survives a typing error: its pieces in order, errors that spare none, its longest word of several."""
    return (*_pieces(phrase), *_ruinous_swaps(phrase), *_long_words(phrase)[:1])


@lru_cache(maxsize=4096)
def _pieces(phrase: str) -> tuple[str, ...]:
    letters = one_form(squeeze(fold(phrase).lower))
    count = 1 if len(letters) < 4 else max(2, len(letters) // _PIECE)
    cuts = [len(letters) * piece // count for piece in range(count + 1)]
    return tuple(letters[start:end] for start, end in pairwise(cuts))


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


def may_stand(needle: str, text: str, hits: Sequence[Sequence[Span]]) -> bool:
    """Whether `find` would compare anything, told from the squeezed text and the places of the clues in it."""
    return next(_windows(needle, text, hits, form=str), None) is not None


def find(needle: str, text: str, hits: Sequence[Sequence[Span]], *, least: int) -> tuple[Span, int] | None:
    """The best stretch of whole words that scores at least `least` of 100, and its score.

    `needle` and `text` are folded and in lower case, `hits` are the places of each clue, in the order of `clues`.
    """
    best: tuple[Span, int] | None = None
    for span, score in (*_aligned(needle, text, hits, least), *_moved(needle, text, hits)):
        if score >= least and (best is None or int(score) > best[1]):
            best = span, int(score)
    return best


def _aligned(
    needle: str, text: str, hits: Sequence[Sequence[Span]], least: int
) -> Iterator[tuple[Span, float]]:
    """The stretch of each window that is most like the phrase."""
    for start, end in _joined(_windows(needle, text, hits, form=squeeze)):
        found = fuzz.partial_ratio_alignment(needle, text[start:end], score_cutoff=least - _SNAPPING_GAIN)
        if found is not None:
            yield _snap(needle, text, start + found.dest_start, start + found.dest_end)


def _moved(needle: str, text: str, hits: Sequence[Sequence[Span]]) -> Iterator[tuple[Span, float]]:
    """The stretches of as many words as the phrase has, where all that are long stand in whatever order."""
    before = len(hits) - len(_long_words(needle)[:1])
    if not any(hits[before:]):
        return
    by_word = [*[()] * before, *hits[before:]]
    wanted = sorted(_WORD.findall(needle))
    for start, end in _joined(_windows(needle, text, by_word, form=squeeze)):
        words = [match.span() for match in _WORD.finditer(text, start, end)]
        for (first, _), (_, last) in zip(words, words[len(wanted) - 1 :], strict=False):
            stretch = sorted(_WORD.findall(text[first:last]))
            yield (first, last), fuzz.ratio(" ".join(wanted), " ".join(stretch))


def _windows(
    needle: str, text: str, hits: Sequence[Sequence[Span]], *, form: Callable[[str], str]
) -> Iterator[Span]:
    """The stretch around each place of a clue that has what belongs to it, once it is brought to that form."""
    reach = len(needle) + (_SLACK_OF_A_WORD if len(needle) < _PIECE and needle.isalnum() else _SLACK)
    for places, (belonging, enough) in zip(hits, _belonging(needle, len(hits)), strict=True):
        for place, _ in places:
            start, end = max(0, place - reach), min(len(text), place + reach)
            if not belonging or enough(map(form(text[start:end]).__contains__, belonging)):
                yield start, end


_Belonging = tuple[tuple[str, ...], Callable[[Iterable[bool]], bool]]


@lru_cache(maxsize=4096)
def _belonging(needle: str, count: int) -> tuple[_Belonging, ...]:
    """For each of so many clues what belongs to it, and whether any or all of that is needed."""
    others: list[_Belonging] = [(ends, any) for ends in _ends_of_others(_pieces(needle))]
    alone: list[_Belonging] = [((), any)] * len(_ruinous_swaps(needle))
    return (*others, *alone, (_long_words(needle)[1:], all))[:count]


def _ends_of_others(pieces: Sequence[str]) -> list[tuple[str, ...]]:
    return [_ends([*pieces[:index], *pieces[index + 1 :]]) for index in range(len(pieces))]


def _ends(pieces: Sequence[str]) -> tuple[str, ...]:
    """The beginning and the end of each piece; a typing error in the piece leaves one of them. None for short pieces."""
    length = min((3 if len(piece) >= 6 else 2 for piece in pieces if len(piece) >= 4), default=0)
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
