"""One pass over a text for every phrase of every watchlist.

The text is folded, put in lower case and squeezed (spaces, hyphens and middle dots taken out), then searched by one
Aho–Corasick automaton, so the time does not grow with the number of phrases. Each hit is then checked where it stands:
separators only at a joint of the phrase, word boundaries, case.

A joint is where a phrase has a separator, or could have one: camelCase, letter–digit, and beside Han, Kana or Hangul.
So `Open RAN` is also found as OpenRAN and Open-RAN, and `CHIPS` is not found in "chip S.".
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from ahocorasick_rs import AhoCorasick, Implementation

from monitor.core.text import Folded, fold

Span = tuple[int, int]

_SEPARATORS = " -\u00b7\u30fb"
# Han, Kana, Bopomofo and Hangul: scripts that are written without spaces, or whose words carry endings.
CJK = "\u1100-\u11ff\u2e80-\u2fdf\u3005-\u3007\u3040-\u30fa\u30fc-\u31ff\u3400-\u9fff\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff"
_CJK = re.compile(f"[{CJK}]")
_FEW = 1000
_DECIMAL = re.compile(r"[0-9][.,]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal:
    """A phrase ready to be searched.

    `exact` and `lower` are squeezed. A separator may stand before each index in `joints`. `loose` is a clue for
    another rule: it is found inside words and across any separators.
    """

    exact: str
    lower: str
    joints: frozenset[int]
    case: bool
    loose: bool


def literal(text: str, *, case: bool = False, loose: bool = False) -> Literal:
    """A phrase as written in a watchlist. `exact` is empty where there is no letter and no digit to look for."""
    folded = fold(text.strip())
    exact = squeeze(folded.text) if any(map(str.isalnum, folded.text)) else ""
    return Literal(exact=exact, lower=exact.lower(), joints=_joints(folded.text), case=case, loose=loose)


def squeeze(text: str) -> str:
    """A folded text without its separators."""
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
    """All literals in one automaton. Hits are named by the literal's index."""

    def __init__(self, literals: Sequence[Literal]) -> None:
        self._literals = tuple(literals)
        by_pattern: dict[str, list[tuple[int, str]]] = {}
        for index, one in enumerate(self._literals):
            if one.lower:
                by_pattern.setdefault(one.lower, []).append((index, one.exact if one.case else ""))
        self._users = tuple(by_pattern.values())
        # For few patterns the fastest of the automata, twice as fast, takes some megabytes; for many too many.
        fastest = Implementation.DFA if len(by_pattern) <= _FEW else None
        self._automaton = AhoCorasick(list(by_pattern), implementation=fastest) if by_pattern else None

    def scan(self, folded: Folded) -> Hits:
        """Where each literal stands in `folded.text`: one text, or many, one a line."""
        raw: dict[int, list[Span]] = {}
        squeezed = squeeze(folded.text)
        if self._automaton is not None:
            lower = squeezed.lower() if squeezed.isascii() else squeeze(folded.lower)
            for pattern, start, end in self._automaton.find_matches_as_indexes(lower, overlapping=True):
                raw.setdefault(pattern, []).append((start, end))
        found = {
            index: spans
            for pattern, spans in raw.items()
            for index, capitals in self._users[pattern]
            if capitals in squeezed
        }
        return Hits(self._literals, found, folded.text, squeezed)


class Hits:
    """Where literals stand in a folded text; each is checked when it is first asked for.

    `found` has, unchecked, where the letters and digits of each literal stand in the squeezed text; a literal with case
    is left out of it where its capitals stand nowhere.
    """

    def __init__(
        self, literals: Sequence[Literal], found: Mapping[int, Sequence[Span]], text: str, squeezed: str
    ) -> None:
        self.found = found
        self._literals = literals
        self._text = text
        self._squeezed = squeezed
        self._checked: dict[int, list[Span]] = {}

    def get(self, index: int, default: Sequence[Span] = ()) -> Sequence[Span]:
        """Every place of a literal in the folded text, in order; `default` where it stands nowhere."""
        if index not in self.found:
            return default
        if index not in self._checked:
            spans = (self._check(self._literals[index], start, end) for start, end in self.found[index])
            self._checked[index] = [span for span in spans if span]
        return self._checked[index] or default

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
        if one.case and self._squeezed[start:end] != one.exact:
            return None
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
