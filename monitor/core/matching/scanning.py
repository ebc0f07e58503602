"""One pass over a text for every phrase of every watchlist.

The text is folded, put in lower case and squeezed (spaces, hyphens and middle dots taken out), its Chinese characters
brought to one form where a phrase has any, then searched by one Aho–Corasick automaton, so the time does not grow with the number of phrases. Each hit is then checked where it stands:
separators only at a joint of the phrase, word boundaries, case.

A joint is where a phrase has a separator, or could have one: camelCase, letter–digit, and beside Han, Kana or Hangul.
So `Open RAN` is also found as OpenRAN and Open-RAN, and `CHIPS` is not found in "chip S.".
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from ahocorasick_rs import AhoCorasick, Implementation

from monitor.core.matching.han import has_han, one_form
from monitor.core.text import SEAM, Folded, fold, lower_case, unseam

Span = tuple[int, int]

_SEPARATORS = " -\u00b7\u30fb"
# Han, Kana, Bopomofo and Hangul: scripts that are written without spaces, or whose words carry endings.
CJK = "\u1100-\u11ff\u2e80-\u2fdf\u3005-\u3007\u3040-\u30fa\u30fc-\u31ff\u3400-\u9fff\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff"
_CJK = re.compile(f"[{CJK}]")
_FEW = 20_000
_DECIMAL = re.compile(r"[0-9][.,]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal:
    """A phrase ready to be searched.

    `exact` and `lower` are squeezed, with Chinese characters in one form. A separator may stand before each index in `joints`. `loose` is a clue for
    another rule: it is found inside words and across any separators.
    """

    exact: str
    lower: str
    joints: frozenset[int]
    case: bool
    loose: bool


def literal(text: str, *, case: bool = False, loose: bool = False) -> Literal:
    """A phrase as written in a watchlist. `exact` is empty where there is no letter and no digit to look for."""
    folded = fold(text.replace(SEAM, " ").strip())
    exact = one_form(squeeze(folded.text)) if any(map(str.isalnum, folded.text)) else ""
    return Literal(exact=exact, lower=exact.lower(), joints=_joints(folded.text), case=case, loose=loose)


def squeeze(text: str) -> str:
    """A folded text without its separators."""
    if text.isascii():
        return text.encode().translate(None, b" -").decode()
    return _separated(text, "")


def _separated(text: str, by: str) -> str:
    separated = text.replace(" ", by).replace("-", by)
    return separated if separated.isascii() else separated.replace("\u00b7", by).replace("\u30fb", by)


def _joints(text: str) -> frozenset[int]:
    joints: set[int] = set()
    before, index, parted = "", 0, False
    for character in text:
        if character in _SEPARATORS:
            parted = True
            continue
        if before and (parted or _is_joint(before, character)):
            joints.add(index)
        before, index, parted = character, index + 1, False
    return frozenset(joints)


def _is_joint(before: str, after: str) -> bool:
    return (
        (before.islower() and after.isupper())
        or (before.isdigit() and after.isalpha())
        or (before.isalpha() and after.isdigit())
        or (max(before, after) >= "\u1100" and bool(_CJK.match(before) or _CJK.match(after)))
    )


class Scanner:
    """All literals, to be found in one pass. Hits are named by the literal's index.

    `sought` are the literals that the pass is for, all if it is None; the others are looked for when somebody asks.
    Texts in ASCII, most of them, are searched for literals in ASCII alone; literals with case among the capitals.
    """

    def __init__(self, literals: Sequence[Literal], sought: Collection[int] | None = None) -> None:
        self._literals = tuple(literals)
        self._sought = frozenset(range(len(literals)) if sought is None else sought)
        self._passes = {
            (case, in_ascii): _Automaton(self._literals, self._like(case=case, in_ascii=in_ascii), case=case)
            for case in (False, True)
            for in_ascii in (True, False)
        }
        self._form = one_form if any(has_han(one.lower) for one in self._literals) else str

    def _like(self, *, case: bool, in_ascii: bool) -> list[int]:
        return [
            place
            for place, one in enumerate(self._literals)
            if place in self._sought and one.lower and (one.case, one.lower.isascii()) == (case, in_ascii)
        ]

    def scan(self, folded: Folded) -> Hits:
        """Where each literal stands in `folded.text`."""
        return self.scan_each([folded.text])[0]

    def scan_each(self, texts: Sequence[str]) -> list[Hits]:
        """Where each literal stands in each of the texts, all of them folded. Many in one go cost each of them little."""
        together = self._form(SEAM.join(texts))
        squeezed = squeeze(together)
        lower = squeezed.lower() if squeezed.isascii() else squeeze(lower_case(together))
        pieces = unseam(squeezed, len(texts))
        if pieces is None:
            return [hits for text in texts for hits in self.scan_each([text])]
        found: list[dict[int, list[Span]]] = [{} for _ in texts]
        for (case, in_ascii), automaton in self._passes.items():
            if in_ascii or not squeezed.isascii():
                automaton.search(squeezed if case else lower, pieces, found)
        starts = accumulate((len(piece) + len(SEAM) for piece in pieces), initial=0)
        return [
            Hits(self._literals, self._sought, here, text, piece, lower, start)
            for here, text, piece, start in zip(found, texts, pieces, starts, strict=False)
        ]


class _Automaton:
    """Some of the literals, by their places among all; each is a pattern, also where two have the same letters."""

    def __init__(self, literals: Sequence[Literal], places: Sequence[int], *, case: bool) -> None:
        self._places = tuple(places)
        # For few patterns the fastest of the automata, twice as fast, takes some megabytes; for many too many.
        fastest = Implementation.DFA if len(places) <= _FEW else None
        patterns = [literals[place].exact if case else literals[place].lower for place in places]
        self._automaton = AhoCorasick(patterns, implementation=fastest) if places else None

    def search(self, text: str, pieces: Sequence[str], found: Sequence[dict[int, list[Span]]]) -> None:
        """Add to `found` what stands in each of the pieces, which are joined in `text`."""
        if self._automaton is None:
            return
        places = self._places
        ends = accumulate(len(piece) + len(SEAM) for piece in pieces)
        base = end = 0
        each = iter(found)
        for pattern, start, stop in self._automaton.find_matches_as_indexes(text, overlapping=True):
            while start >= end:
                base, end, here = end, next(ends), next(each)
            here.setdefault(places[pattern], []).append((start - base, stop - base))


class Hits:
    """Where literals stand in a folded text; each is checked when it is first asked for.

    `found` has, unchecked, where the letters and digits stand of each literal that was sought: its places in the text
    as it was squeezed.
    """

    def __init__(
        self,
        literals: Sequence[Literal],
        sought: Collection[int],
        found: Mapping[int, Sequence[Span]],
        text: str,
        squeezed: str,
        together: str,
        start: int,
    ) -> None:
        self.found = found
        self._literals = literals
        self._sought = sought
        self._text = text
        self._squeezed = squeezed
        self._together, self._start = together, start
        self._lower: str | None = None
        self._checked: dict[int, list[Span]] = {}

    @property
    def lower(self) -> str:
        """The squeezed text in lower case, as it was searched together with others."""
        if self._lower is None:
            self._lower = self._together[self._start : self._start + len(self._squeezed)]
        return self._lower

    def holds(self, index: int) -> bool:
        """Whether the letters and digits of a literal stand in the squeezed text."""
        if index in self._sought:
            return index in self.found
        one = self._literals[index]
        return bool(one.lower) and (one.exact in self._squeezed if one.case else one.lower in self.lower)

    def unchecked(self, index: int) -> Sequence[Span]:
        """Where they do."""
        if index in self._sought:
            return self.found.get(index, ())
        return list(self._look_for(self._literals[index])) if self.holds(index) else ()

    def _look_for(self, one: Literal) -> Iterator[Span]:
        wanted, text = (one.exact, self._squeezed) if one.case else (one.lower, self.lower)
        start = text.find(wanted)
        while start >= 0:
            yield start, start + len(wanted)
            start = text.find(wanted, start + 1)

    def get(self, index: int, default: Sequence[Span] = ()) -> Sequence[Span]:
        """Every place of a literal in the folded text, in order; `default` where it stands nowhere."""
        checked = self._checked.get(index)
        if checked is None:
            one = self._literals[index]
            spans = [self._check(one, start, end) for start, end in self.unchecked(index)]
            checked = self._checked[index] = [span for span in spans if span]
        return checked or default

    @cached_property
    def _parted_at(self) -> list[int]:
        """How many characters stand before each separator once it and those before it are gone."""
        return list(accumulate(map(len, _separated(self._text, " ").split(" "))))[:-1]

    def _check(self, one: Literal, start: int, end: int) -> Span | None:
        """The span in the folded text of a hit in the squeezed text, or None where it is no true hit."""
        first = bisect_right(self._parted_at, start)
        last = bisect_right(self._parted_at, end - 1)
        span = start + first, end + last
        if one.loose:
            return span
        if any(at - start not in one.joints for at in self._parted_at[first:last]):
            return None
        return self._within_boundaries(one, *span)

    def _within_boundaries(self, one: Literal, start: int, end: int) -> Span | None:
        text = self._text
        if start and _in_word(one.exact[0]) and _in_word(text[start - 1]):
            return None
        if one.exact[0].isdigit() and _DECIMAL.match(text, max(0, start - 2), start):
            return None  # the 5G of 2.5G
        if not _in_word(one.exact[-1]):
            return start, end
        if not one.case:
            end = _after_plural(text, end)
        return None if end < len(text) and _in_word(text[end]) else (start, end)


def _after_plural(text: str, end: int) -> int:
    if end == len(text) or text[end] not in "'sS":
        return end
    for ending in ("'s", "'S", "s", "S"):
        after = end + len(ending)
        if text.startswith(ending, end) and not (after < len(text) and _in_word(text[after])):
            return after
    return end


def _in_word(character: str) -> bool:
    """Whether a character would make a longer word of a Latin one beside it."""
    return character == "_" or (character.isalnum() and not _CJK.match(character))
