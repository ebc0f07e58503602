"""Whether a clue of a misspelt phrase leads anywhere: a cheap no for nearly all places where one stands.

To look closer means to bring a text into its words, and to try where a stretch of it begins and ends. Most clues stand
in texts that have nothing of the phrase but the clue. What the closer look would answer there is told beforehand from
the letters alone, without spaces and hyphens: too few of the phrase's letters stand there in their order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil

from rapidfuzz import fuzz

from monitor.core.matching import approximate
from monitor.core.matching.han import one_form
from monitor.core.matching.scanning import squeeze
from monitor.core.text import fold

# Scores are fractions of floats: what they round away must not decide.
_ROUNDING = 1e-6
_AT_ONCE = 500
# It fills letters up, and stands in no text.
_NO_LETTER = "\x01"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prospect:
    """A clue of a phrase whose `letters` have to stand in `some` of as many, at least, and then as `alike` says.

    `alike` has the letters filled up to a length, and how many of them stand, in their order, in that many: one of these
    holds where the phrase is found. Within `reach` of the clue stand the words that belong to it, and `longest` further
    all that may be found for it. Where it `needs_all`, the words may have any order, of which letters tell nothing.
    """

    letters: str
    some: int
    alike: tuple[tuple[str, int], ...]
    reach: int
    longest: int
    words: tuple[str, ...]
    needs_all: bool

    def belongs(self, text: str) -> bool:
        """Whether in the squeezed text there stands what has to stand beside the clue."""
        for word in self.words:
            if (word in text) is not self.needs_all:
                return not self.needs_all
        return self.needs_all or not self.words

    def promises(self, text: str, places: Sequence[int]) -> bool:
        """Whether `approximate.find` may find the phrase, the clue beginning at these places of the squeezed text."""
        far = self.reach + self.longest
        if not self.needs_all:
            # To compare many letters at once costs less than to do it around each place.
            around = text[max(0, places[0] - far) : places[-1] + far]
            if len(around) <= _AT_ONCE * len(places) and not self._is_alike(around):
                return False
        for place in places:
            if self.belongs(text[max(0, place - self.reach) : place + self.reach]) and (
                self.needs_all or len(places) == 1 or self._is_alike(text[max(0, place - far) : place + far])
            ):
                return True
        return False

    def _is_alike(self, text: str) -> bool:
        """Whether the letters may stand in a text, with errors. Of what is shorter than they are that is not told."""
        return (
            self.some <= 0
            or len(text) < len(self.letters)
            or (
                _shares(self.letters, text, self.some)
                and any(_shares(letters[: len(text)], text, count) for letters, count in self.alike)
            )
        )


def _shares(letters: str, text: str, count: int) -> bool:
    """Whether so many of the letters stand in their order in some stretch that is as long as all of them."""
    cutoff = 100 * count / len(letters) - _ROUNDING
    return fuzz.partial_ratio(letters, text, score_cutoff=cutoff) > 0


@lru_cache(maxsize=4096)
def prospects(phrase: str, least: int) -> tuple[Prospect, ...]:
    """One for each of the clues of a phrase that has to score at least `least` of 100, in their order."""
    needle = one_form(fold(phrase).lower)
    letters = squeeze(needle)
    # What scores so much is at most so long, and begins or ends in a window of `find`.
    longest = len(needle) * (200 - least) // least + 1
    alike = _alike(len(needle), len(letters), least, longest)
    return tuple(
        Prospect(
            letters=letters,
            some=min((count - max(0, long - len(letters)) for long, count in alike), default=len(letters)),
            alike=tuple((letters.ljust(long, _NO_LETTER), count) for long, count in alike),
            reach=approximate.reach(needle),
            longest=longest,
            words=words,
            needs_all=enough is all,
        )
        for words, enough in approximate.companions(phrase)
    )


def _alike(length: int, letters: int, least: int, longest: int) -> list[tuple[int, int]]:
    """In stretches of how many letters how many of the phrase's stand in order, if `find` finds any; most likely first.

    What scores enough shares so many characters with the phrase, of which some or all of its separators may be.
    """
    most: dict[int, int] = {}
    for long in range(1, longest + 1):
        shared = ceil(least * (length + long) / 200 - _ROUNDING)
        if shared <= min(long, length):
            for separators in range(length - letters + 1):
                count = min(letters, shared - separators)
                most[count] = max(most.get(count, letters), long - separators)
    return sorted((long, count) for count, long in most.items())
