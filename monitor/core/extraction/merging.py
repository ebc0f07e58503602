"""Mentions of one thing brought together: by entry, by name in any script, by number, by acronym, by a name nearly the same."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from rapidfuzz import fuzz

from monitor.core.extraction.mentions import Mention, language, loose

# Names nearly the same are of one thing, when both are long.
_ALIKE = 85
_LONG = 9
_YEAR = re.compile(r"^\d{4}年?(?=\D{3})")
_GENERIC = re.compile(r"(?<=.{4})(?:倡议|计划|战略|机制|清单|项目|法案|法)$")
_ORDINAL = re.compile(r"^(?:第[一二三四五六七八九十\d]+(?:届|次|轮)|首(?:届|次))")


def merge(mentions: Sequence[Mention]) -> list[list[Mention]]:
    """Groups of mentions, a group a thing, in order of first place."""
    groups = _Groups(mentions)
    first: dict[str, int] = {}
    for index, one in enumerate(mentions):
        for key in _keys(one):
            groups.join(index, first.setdefault(key, index))
    _join_alike(mentions, groups)
    _join_acronyms(mentions, groups)
    gathered: dict[int, list[Mention]] = defaultdict(list)
    for index, one in enumerate(mentions):
        gathered[groups.root(index)].append(one)
    return [group for group in gathered.values() if not _is_shadow(group)]


class _Groups:
    """Which of many belong together."""

    def __init__(self, mentions: Sequence[Mention]) -> None:
        self._above = list(range(len(mentions)))
        self._entry = [one.entry for one in mentions]

    def root(self, index: int) -> int:
        while self._above[index] != index:
            self._above[index] = self._above[self._above[index]]
            index = self._above[index]
        return index

    def join(self, one: int, other: int) -> None:
        """Bring two together, unless they are two entries of the gazetteer already."""
        low, high = sorted((self.root(one), self.root(other)))
        if not (self._entry[low] and self._entry[high] and self._entry[low] != self._entry[high]):
            self._above[high] = low
            self._entry[low] = self._entry[low] or self._entry[high]


def _keys(one: Mention) -> Iterator[str]:
    """What two mentions of one thing share. Known names count only where they are no acronym."""
    yield from (f"entry {id_}" for id_ in filter(None, [one.entry]))
    # A bill is the same with its Congress known or not.
    yield from (f"id {re.sub(r'^bill:[^-]*-', 'bill:', id_)}" for id_ in one.identifiers)
    for name in one.names:
        key = _GENERIC.sub("", _YEAR.sub("", loose(_ORDINAL.sub("", name))))
        if len(key) > 1:
            yield f"name {key}"
    for name in one.known_as:
        if len(loose(name)) >= 4 or language(name) != "en":
            yield f"name {_GENERIC.sub('', loose(name))}"


def _join_alike(mentions: Sequence[Mention], groups: _Groups) -> None:
    """Long names that differ by little, or of which one is the other with a country or a year before it."""
    names = [
        (loose(name), index)
        for index, one in enumerate(mentions)
        for name in one.names
        if len(loose(name)) >= 5 and not one.is_asked
    ]
    unique = list(dict(names).items())[:1500]
    for n, (name, index) in enumerate(unique):
        for other, its in unique[n + 1 :]:
            if groups.root(index) != groups.root(its) and _is_same(
                name, other, mentions[index], mentions[its]
            ):
                groups.join(index, its)


def _is_same(name: str, other: str, one: Mention, its: Mention) -> bool:
    if one.entry and its.entry:
        return False
    short, long = sorted((name, other), key=len)
    if re.findall(r"\d+", short) != re.findall(r"\d+", long) and len(short) == len(long):
        return False
    before = long.removesuffix(short)
    if before != long and len(before) <= 5 and one.kind == its.kind:
        return True
    return len(short) >= _LONG and fuzz.ratio(name, other) >= _ALIKE


def _join_acronyms(mentions: Sequence[Mention], groups: _Groups) -> None:
    """An acronym alone is what the document, or the gazetteer, defines it as."""
    owners: dict[tuple[str, str], int] = {}
    for index, one in enumerate(mentions):
        for acronym in one.acronyms:
            if one.names:
                owners.setdefault((one.document, acronym), index)
    for index, one in enumerate(mentions):
        for acronym in one.acronyms:
            owner = owners.get((one.document, acronym))
            if owner is not None and not (
                one.entry and mentions[owner].entry and one.entry != mentions[owner].entry
            ):
                groups.join(index, owner)


def _is_shadow(group: Iterable[Mention]) -> bool:
    """Whether it is nothing but a number that another group has as its own section or a lone acronym without a name."""
    return not any(one.names or one.entry or one.acronyms for one in group)
