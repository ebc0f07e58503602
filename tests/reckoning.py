"""The model that the log is held against: what follows from the pages that a publisher answered. Knows no program.

Of several histories that may have happened (a poll that was killed recorded all of a page, or nothing of it) each is a
ledger of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, fields, replace
from typing import Literal

from publishing import Shown

FIELDS = tuple(f.name for f in fields(Shown) if f.name != "key")
# Content by content: its origin, and what stood there.
History = tuple[tuple[str, Shown], ...]
# The walk that a page belongs to, and what it showed.
Page = tuple[str, Sequence[Shown]]


@dataclass(slots=True, kw_only=True)
class Kept:
    """One item: all that it was, and what its publisher said last."""

    said: Shown
    history: list[tuple[str, Shown]]


@dataclass(slots=True, kw_only=True)
class Ledger:
    """What a log must hold that was told these pages. `walked` are the keys of the poll that is under way, walk by walk."""

    items: dict[str, Kept] = field(default_factory=dict)
    names: dict[tuple[str, str], str] = field(default_factory=dict)
    guids: dict[str, str] = field(default_factory=dict)
    walked: set[tuple[str, str]] = field(default_factory=set)

    def after(self, pages: Sequence[Page], origin: str) -> Ledger:
        """The ledger after a poll that recorded these pages. Within a walk, the first word on an entry counts."""
        later = deepcopy(self)
        later.walked = set()
        for walk, page in pages:
            later._take(walk, page, origin)
        return later

    def histories(self) -> Mapping[str, History]:
        return {key: tuple(kept.history) for key, kept in self.items.items()}

    def _take(self, walk: str, page: Sequence[Shown], origin: str) -> None:
        present = {shown.key for shown in page}
        named = [replace(shown, key=self._key(shown, present)) for shown in page]
        restamped = self._restamped(named)
        for own, shown in zip(page, named, strict=True):
            if (walk, shown.key) not in self.walked:
                self._take_one(shown, origin, is_restamped=shown.key in restamped)
                self.guids[own.key] = shown.key
            self.walked.add((walk, shown.key))

    def _key(self, shown: Shown, present: set[str]) -> str:
        """An entry under a new guid is known by its title and date, unless what bore them still stands beside it."""
        if shown.key in self.items:
            return shown.key
        known = self.guids.get(shown.key) or self.names.get((shown.title, shown.published)) or shown.key
        return shown.key if known in present else known

    def _restamped(self, page: Sequence[Shown]) -> set[str]:
        """Three entries or more, and more than half of those known, that changed in nothing but their date."""
        known = [shown for shown in page if shown.key in self.items]
        only_dated = {s.key for s in known if _said_anew(s, self.items[s.key].said) == {"published"}}
        return only_dated if len(only_dated) >= 3 and 2 * len(only_dated) > len(known) else set()

    def _take_one(self, shown: Shown, origin: str, *, is_restamped: bool) -> None:
        kept = self.items.get(shown.key)
        if kept is None:
            self.items[shown.key] = Kept(said=shown, history=[(origin, shown)])
            self.names[shown.title, shown.published] = shown.key
            return
        stands = kept.history[-1][1]
        new = _said_anew(shown, kept.said)
        told = {name: getattr(shown, name) for name in new if not (is_restamped and name == "published")}
        if told and replace(stands, **told) != stands:
            kept.history.append((origin, replace(stands, **told)))
        if new:
            self.names[shown.title, shown.published] = shown.key
        kept.said = replace(kept.said, **{name: getattr(shown, name) for name in new})


def _said_anew(shown: Shown, said: Shown) -> set[str]:
    """The fields that the publisher words otherwise than before; one that it leaves out says nothing."""
    return {name for name in FIELDS if getattr(shown, name) not in {"", getattr(said, name)}}


def continuity(before: Sequence[str], now: Sequence[str]) -> Literal["unknown", "broken", "whole", "pinned"]:
    """Whether entries may have come and gone between two windows: keys in the order shown.

    Broken, where they share nothing; whole, where an entry that was known stands below a new one, or nothing is new.
    Where all that is shared stands on top of what is new, it depends on dates whether it counts as pinned there.
    """
    if not before or not now:
        return "unknown"
    known = [key in before for key in now]
    if all(known):
        return "whole"
    if not any(known):
        return "broken"
    return "whole" if True in known[known.index(False) :] else "pinned"


def difference(expected: Mapping[str, History], found: Mapping[str, History]) -> str:
    lines: Sequence[str] = [
        f"{key}: expected {expected.get(key)}, found {found.get(key)}"
        for key in sorted(expected.keys() | found.keys())
        if expected.get(key) != found.get(key)
    ]
    return "\n".join(lines)
