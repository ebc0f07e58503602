"""One pass over a text for every phrase of every watchlist.

The text is folded, put in lower case and squeezed (spaces, hyphens and middle dots taken out), its Chinese characters
brought to one form where a phrase has any, then searched by one Aho–Corasick automaton, so the time does not grow with the number of phrases. Each hit is then checked where it stands:
separators only at a joint of the phrase, word boundaries, case.

A joint is where a phrase has a separator, or could have one: camelCase, letter–digit, and beside &, Han, Kana or Hangul.
So `Open RAN` is also found as OpenRAN and Open-RAN, and `CHIPS` is not found in "chip S.".
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate, pairwise

from ahocorasick_rs import AhoCorasick, Implementation

from monitor.core.matching.han import has_han, one_form
from monitor.core.text import SEAM, Folded, fold, lower_case, unseam

Span = tuple[int, int]

_SEPARATORS = " -\u00b7\u30fb"
# Han, Kana, Bopomofo and Hangul: scripts that are written without spaces, or whose words carry endings.
CJK = "\u1100-\u11ff\u2e80-\u2fdf\u3005-\u3007\u3040-\u30fa\u30fc-\u31ff\u3400-\u9fff\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff"
_CJK = re.compile(f"[{CJK}]")
_FEW = 20_000
# Fewer capitals with hyphens between them may be something else: E-O is no EO.
_SPELT_FROM = 4
_PARTED = re.compile(f"[{re.escape(_SEPARATORS)}]+")
# A word that has no joint within it.
_PLAIN = re.compile("[A-Z]?[a-z]*|[A-Z]+|[0-9]+")
# Between words; of single letters R & D is one thing, and R and D may be two.
_AND = re.compile(r"(?<=\w\w )(?:and|&)(?= \w\w)", re.IGNORECASE)
_DECIMAL = re.compile(r"[0-9][.,]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal:
    """A phrase ready to be searched.

    `exact` and `lower` are squeezed, with Chinese characters in one form. A separator may stand before each index in `joints`. `loose` is a clue for
    another rule: it is found inside words and across any separators. `spelt` is a longer acronym, which may have hyphens
    anywhere. `written` has the separators of the watchlist, by which most publishers write it too.
    """

    exact: str
    lower: str
    joints: frozenset[int]
    case: bool
    loose: bool
    spelt: bool
    written: str = field(compare=False)


@lru_cache(maxsize=1 << 14)
def literal(text: str, *, case: bool = False, loose: bool = False) -> Literal:
    """A phrase as written in a watchlist. `exact` is empty where there is no letter and no digit to look for."""
    folded = fold(text.replace(SEAM, " ").strip())
    exact = one_form(squeeze(folded.text)) if any(map(str.isalnum, folded.text)) else ""
    written = (folded.text if case else folded.lower).strip(_SEPARATORS)
    return Literal(
        exact=exact,
        lower=exact.lower(),
        joints=_joints(folded.text),
        case=case,
        loose=loose,
        spelt=case
        and len(exact) >= _SPELT_FROM
        and exact.isalpha()
        and exact.isupper()
        and " " not in folded.text,
        written=written,
    )


def spellings(text: str) -> tuple[str, ...]:
    """The phrase, and with it, where it has an "and" between words or its sign, the phrase with the other one."""
    folded = fold(text).text
    return (text, *(way for sign in ("and", "&") if (way := _AND.sub(sign, folded)) != folded))


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
    index = 0
    for word in filter(None, _PARTED.split(text)):
        if index:
            joints.add(index)
        if not _PLAIN.fullmatch(word):
            joints.update(index + at for at, pair in enumerate(pairwise(word), 1) if _is_joint(*pair))
        index += len(word)
    return frozenset(joints)


def _is_joint(before: str, after: str) -> bool:
    return (
        (before.islower() and after.isupper())
        or (before.isdigit() and after.isalpha())
        or (before.isalpha() and after.isdigit())
        or "&" in (before, after)
        or (max(before, after) >= "\u1100" and bool(_CJK.match(before) or _CJK.match(after)))
    )


class Scanner:
    """All literals, to be found in one pass. Hits are named by the literal's index.

    `sought` are the literals that the pass is for, all if it is None; the others are looked for when somebody asks.
    Texts in ASCII, most of them, are searched for literals in ASCII alone; literals with case among the capitals.
    """

    def __init__(self, literals: Sequence[Literal], sought: Collection[int] | None = None) -> None:
        self.literals = tuple(literals)
        self.found_as = _found_as(self.literals)
        self.sought = frozenset(
            map(self.found_as.__getitem__, range(len(literals)) if sought is None else sought)
        )
        self._wanted: dict[tuple[int, ...], _Wanted] = {}
        self._passes = {
            (case, in_ascii): _Automaton(self.literals, self._like(case=case, in_ascii=in_ascii), case=case)
            for case in (False, True)
            for in_ascii in (True, False)
        }
        self._form = one_form if any(has_han(one.lower) for one in self.literals) else str

    def wanted(self, indices: tuple[int, ...]) -> _Wanted:
        """The letters of some of the literals, to see which of them stand in a text."""
        if indices not in self._wanted:
            self._wanted[indices] = _wanted([(index, self.literals[index]) for index in indices])
        return self._wanted[indices]

    def _like(self, *, case: bool, in_ascii: bool) -> list[int]:
        return [
            place
            for place, one in enumerate(self.literals)
            if place in self.sought and one.lower and (one.case, one.lower.isascii()) == (case, in_ascii)
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
        found: list[dict[int, list[int]]] = [defaultdict(list) for _ in texts]
        for (case, in_ascii), automaton in self._passes.items():
            if in_ascii or not squeezed.isascii():
                automaton.search(squeezed if case else lower, pieces, found)
        starts = accumulate((len(piece) + len(SEAM) for piece in pieces), initial=0)
        return [
            Hits(self, here, text, piece, lower, start)
            for here, text, piece, start in zip(found, texts, pieces, starts, strict=False)
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """Literals by their letters, with case and without; no other stands in a text that has none of the `cores`."""

    cased: tuple[tuple[int, str], ...]
    others: tuple[tuple[int, str], ...]
    cores: tuple[str, ...]


def _wanted(literals: Sequence[tuple[int, Literal]]) -> _Wanted:
    others = [(index, one) for index, one in literals if one.lower and not one.case]
    cores: list[str] = []
    for core in sorted({_core(one) for _, one in others}, key=len):
        if not any(map(core.__contains__, cores)):
            cores.append(core)
    return _Wanted(
        cased=tuple((index, one.exact) for index, one in literals if one.case and one.exact),
        others=tuple((index, one.lower) for index, one in others),
        cores=tuple(cores),
    )


def _core(one: Literal) -> str:
    """The longest word of a literal, which several may have in common."""
    core = max((one_form(squeeze(word)) for word in one.written.lower().split(" ")), key=len)
    return core if core in one.lower else one.lower


def _found_as(literals: Sequence[Literal]) -> tuple[int, ...]:
    """For each literal the first that has the same letters: where one stands, there stands the other."""
    firsts: dict[tuple[bool, str], int] = {}
    return tuple(
        firsts.setdefault((one.case, one.exact if one.case else one.lower), place)
        for place, one in enumerate(literals)
    )


class _Automaton:
    """Some of the literals, by their places among all; no two of them have the same letters."""

    def __init__(self, literals: Sequence[Literal], places: Sequence[int], *, case: bool) -> None:
        self._places = tuple(places)
        # For few patterns the fastest of the automata, twice as fast, takes some megabytes; for many too many.
        fastest = Implementation.DFA if len(places) <= _FEW else None
        patterns = [literals[place].exact if case else literals[place].lower for place in places]
        self._automaton = AhoCorasick(patterns, implementation=fastest) if places else None

    def search(self, text: str, pieces: Sequence[str], found: Sequence[dict[int, list[int]]]) -> None:
        """Add to `found` where in `text`, in which the pieces are joined, something of each of them begins."""
        if self._automaton is None:
            return
        places = self._places
        ends = accumulate(len(piece) + len(SEAM) for piece in pieces)
        each = iter(found)
        end = 0
        for pattern, start, _ in self._automaton.find_matches_as_indexes(text, overlapping=True):
            while start >= end:
                end, here = next(ends), next(each)
            here[places[pattern]].append(start)


class Hits:
    """Where literals stand in a folded text; each is checked when it is first asked for.

    `found` names, unchecked, each literal that was sought and whose letters and digits stand there; of several with the
    same letters that which the scanner has them `found_as`.
    """

    __slots__ = (
        "_checked",
        "_held",
        "_lower",
        "_parted_at",
        "_scanner",
        "_squeezed",
        "_start",
        "_text",
        "_text_in_lower",
        "_together",
        "found",
    )

    def __init__(
        self,
        scanner: Scanner,
        found: Mapping[int, Sequence[int]],
        text: str,
        squeezed: str,
        together: str,
        start: int,
    ) -> None:
        self.found = found
        self._scanner = scanner
        self._text = text
        self._squeezed = squeezed
        self._together, self._start = together, start
        self._lower: str | None = None
        self._text_in_lower: str | None = None
        self._parted_at: list[int] | None = None
        self._checked: dict[int, list[Span]] = {}
        self._held: dict[tuple[int, ...], tuple[int, ...]] = {}

    @property
    def lower(self) -> str:
        """The squeezed text in lower case, as it was searched together with others."""
        if self._lower is None:
            self._lower = self._together[self._start : self._start + len(self._squeezed)]
        return self._lower

    def held(self, indices: tuple[int, ...]) -> tuple[int, ...]:
        """Those of the literals whose letters and digits stand there; many terms ask for the same ones."""
        held = self._held.get(indices)
        if held is None:
            held = self._held[indices] = self._of_those(indices)
        return held

    def _of_those(self, indices: tuple[int, ...]) -> tuple[int, ...]:
        wanted, lower, squeezed = self._scanner.wanted(indices), self.lower, self._squeezed
        held = [index for index, letters in wanted.cased if letters in squeezed]
        for core in wanted.cores:
            if core in lower:
                held += [index for index, letters in wanted.others if letters in lower]
                break
        return tuple(held)

    def unchecked(self, index: int) -> Sequence[int]:
        """Where in the squeezed text those of a literal begin."""
        first = self._scanner.found_as[index]
        if first in self._scanner.sought:
            return [start - self._start for start in self.found.get(first, ())]
        one = self._scanner.literals[index]
        if not one.lower:
            return ()
        return list(
            _occurrences(self._squeezed, one.exact) if one.case else _occurrences(self.lower, one.lower)
        )

    def get(self, index: int, default: Sequence[Span] = ()) -> Sequence[Span]:
        """Every place of a literal in the folded text, in order; `default` where it stands nowhere."""
        checked = self._checked.get(index)
        if checked is None:
            checked = self._checked[index] = self._places(index)
        return checked or default

    def _places(self, index: int) -> list[Span]:
        one, unchecked = self._scanner.literals[index], self.unchecked(index)
        spans = self._as_written(one, len(unchecked)) if unchecked and self._text.isascii() else None
        if spans is None:
            spans = [span for start in unchecked if (span := self._joined(one, start))]
        if one.loose:
            return spans
        return [span for start, end in spans if (span := _within_boundaries(self._text, one, start, end))]

    def _as_written(self, one: Literal, count: int) -> list[Span] | None:
        """The places of a literal in a text in ASCII, where all so many are written as the watchlist writes it."""
        if not one.case and self._text_in_lower is None:
            self._text_in_lower = self._text.lower()
        text = self._text if one.case else self._text_in_lower or ""
        starts = list(_occurrences(text, one.written))
        return [(start, start + len(one.written)) for start in starts] if len(starts) == count else None

    def _joined(self, one: Literal, start: int) -> Span | None:
        """The span in the folded text of a hit in the squeezed text, or None where something else parts it."""
        if self._parted_at is None:
            self._parted_at = _parted_at(self._text)
        end = start + len(one.lower)
        first = bisect_right(self._parted_at, start)
        last = bisect_right(self._parted_at, end - 1)
        if not one.loose and not all(
            self._parted_at[nth] - start in one.joints or (one.spelt and self._separator(nth) == "-")
            for nth in range(first, last)
        ):
            return None
        return start + first, end + last

    def _separator(self, nth: int) -> str:
        """The nth of the separators of the text: so many others and the letters that it has on its left stand before it."""
        return self._text[self._parted_at[nth] + nth] if self._parted_at else ""


def _parted_at(text: str) -> list[int]:
    """How many characters stand before each separator once it and those before it are gone."""
    return list(accumulate(map(len, _separated(text, " ").split(" "))))[:-1]


def _occurrences(text: str, wanted: str) -> Iterator[int]:
    start = text.find(wanted)
    while start >= 0:
        yield start
        start = text.find(wanted, start + 1)


def _within_boundaries(text: str, one: Literal, start: int, end: int) -> Span | None:
    """The span, with the ending of a plural; None where it is a part of a longer word or of a number."""
    opening = one.exact[0]
    if start and _in_word(text[start - 1]) and _in_word(opening):
        return None
    if opening.isdigit() and _DECIMAL.match(text, max(0, start - 2), start):
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


@lru_cache(maxsize=1024)
def _in_word(character: str) -> bool:
    """Whether a character would make a longer word of a Latin one beside it."""
    return character == "_" or (character.isalnum() and not _CJK.match(character))
