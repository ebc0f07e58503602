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

from ahocorasick_rs import AhoCorasick

from monitor.core.text import Folded, fold

Span = tuple[int, int]
Hits = Mapping[int, Sequence[Span]]

_SEPARATORS = " \u00b7\u30fb-"  # the dash last: these stand in a character class
_SEPARATOR = re.compile(f"[{_SEPARATORS}]")
# Han, Kana, Bopomofo and Hangul: scripts that are written without spaces, or whose words carry endings.
CJK = "\u1100-\u11ff\u2e80-\u2fdf\u3005-\u3007\u3040-\u30fa\u30fc-\u31ff\u3400-\u9fff\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff"
_CJK = re.compile(f"[{CJK}]")
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
    squeezed = text.replace(" ", "").replace("-", "")
    return squeezed if squeezed.isascii() else squeezed.replace("\u00b7", "").replace("\u30fb", "")


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
        or bool(_CJK.match(before) or _CJK.match(after))
    )


class Scanner:
    """All literals in one automaton. Hits are named by the literal's index."""

    def __init__(self, literals: Sequence[Literal]) -> None:
        self._literals = tuple(literals)
        by_pattern: dict[str, list[int]] = {}
        for index, one in enumerate(self._literals):
            if one.lower:
                by_pattern.setdefault(one.lower, []).append(index)
        self._users = tuple(by_pattern.values())
        self._automaton = AhoCorasick(list(by_pattern)) if by_pattern else None

    def scan(self, folded: Folded) -> dict[int, list[Span]]:
        """Where each literal stands in `folded.text`, in order of place."""
        if self._automaton is None:
            return {}
        raw = self._automaton.find_matches_as_indexes(squeeze(folded.lower), overlapping=True)
        if not raw:
            return {}
        place = _Place(folded)
        hits: dict[int, list[Span]] = {}
        for pattern, start, end in raw:
            for user in self._users[pattern]:
                if span := place.check(self._literals[user], start, end):
                    hits.setdefault(user, []).append(span)
        return hits


class _Place:
    """A squeezed text laid back over the folded one."""

    def __init__(self, folded: Folded) -> None:
        self._text = folded.text
        self._squeezed = squeeze(folded.text)
        separators = _SEPARATOR.finditer(folded.text)
        # How many characters stand before each separator once it and those before it are gone.
        self._parted_at = [match.start() - index for index, match in enumerate(separators)]

    def check(self, one: Literal, start: int, end: int) -> Span | None:
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
    for ending in ("'s", "'S", "s", "S"):
        after = end + len(ending)
        if text.startswith(ending, end) and not (after < len(text) and _in_word(text[after])):
            return after
    return end


def _in_word(character: str) -> bool:
    """Whether a character would make a longer word of a Latin one beside it."""
    return character == "_" or (character.isalnum() and not _CJK.match(character))
