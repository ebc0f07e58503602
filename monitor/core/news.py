"""What of an item's changes is news to the readers of a watchlist: material, once, and compared with what they know."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from monitor.core import deadlines
from monitor.core.digests import Change, Clock
from monitor.core.evidence import FieldChange
from monitor.core.watchlists import Telling

_STEPS: Mapping[str, Telling] = {"new": "new", "moved": "status", "withdrawn": "withdrawn"}
_WEIGHTS = ("typographic", "metadata", "substantive")
# How the Library of Congress opens its account of a step that the chamber has reported in the same words.
_REPORTED_AGAIN = re.compile(r"^passed/agreed to in (house|senate): ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Readers:
    """What is known of those who are told: their clock, what they asked for (`on`), and since when they know the item.

    `known_at` is the position of the first match in their watchlist, `past_until` the one up to which all is past to
    them. `lost` says that no subject of theirs recognises the item any more. `states_deadline`: the item states one.
    """

    clock: Clock
    on: Collection[Telling]
    known_at: int = 0
    past_until: int = 0
    lost: bool = False
    states_deadline: bool = False


def news(changes: Sequence[Change], readers: Readers) -> tuple[Change, ...]:
    """The changes to tell, in order of time; none where nothing is left to tell.

    By the publishers' clock that is all of them: it is asked what happened, not what is new to somebody.
    """
    if readers.clock == "occurred":
        return _tidy(_steady(changes), readers.clock)
    told = _tidy(_live([c for c in _steady(changes) if c.position > readers.past_until]), readers.clock)
    revised = [change for change in told if change.kind == "revised"]
    is_told = any(_is_material(change, readers) for change in revised)
    kept = [c for c in told if c.kind != "revised" and _is_material(c, readers)]
    return tuple(sorted([*kept, *(_merged(revised) if is_told else ())], key=lambda change: change.position))


def _steady(changes: Sequence[Change]) -> list[Change]:
    """Without what a publisher takes back again and again: that is recorded, and told no more."""
    return [change for change in changes if change.significance != "flapping"]


def _live(changes: Sequence[Change]) -> Sequence[Change]:
    """What is news, where anything is; what was there before is told only of what has no news."""
    return [change for change in changes if change.origin == "live"] or changes


def _is_material(change: Change, readers: Readers) -> bool:
    """Whether its readers want to be told.

    By whatever change a watchlist comes to recognise an item, to its readers the item is new.
    """
    if readers.lost and "withdrawn" in readers.on:
        return True
    if change.position < readers.known_at and "new" in readers.on:
        return True
    return not _tellings(change, states_deadline=readers.states_deadline).isdisjoint(readers.on)


def _tellings(change: Change, *, states_deadline: bool) -> set[str]:
    dated = change.kind == "new" and states_deadline
    if change.kind == "revised":
        dated = any(deadlines.is_stated_by(each) for each in change.fields)
    said = _STEPS.get(change.kind, change.significance or "substantive")
    return {said, "deadline"} if dated else {said}


def _merged(revised: Sequence[Change]) -> Iterator[Change]:
    """Several revisions as one: each field from what it was before the first to what it is after the last.

    Nothing of a field that came back to what it was, and nothing at all where all did.
    """
    if len(revised) < 2:
        yield from revised
        return
    first: dict[str, FieldChange] = {}
    last: dict[str, FieldChange] = {}
    for change in revised:
        for each in change.fields:
            first.setdefault(each.field, each)
            last[each.field] = each
    fields = tuple(replace(last[name], old=first[name].old) for name in first)
    if told := tuple(each for each in fields if each.old != each.new):
        yield replace(revised[-1], fields=told, significance=max(revised, key=_weight).significance)


def _weight(change: Change) -> int:
    return _WEIGHTS.index(change.significance) if change.significance in _WEIGHTS else len(_WEIGHTS)


def _tidy(changes: Sequence[Change], clock: Clock) -> tuple[Change, ...]:
    """In order of time (the publishers' or the log's), each step once.

    Chambers and the Library of Congress report the same step in the same words, and the first step of a bill says
    "Introduced", which a new item is already told as. By the log's clock, what the poll that found an item learnt
    further of it (a bill's details and its steps so far) is part of the news that it is there.
    """
    new = next((change for change in changes if change.kind == "new"), None)
    kept: list[Change] = []
    seen: set[tuple[str, str, str]] = set()
    for change in sorted(
        changes, key=lambda change: (_claim(change) if clock == "occurred" else "", change.position)
    ):
        step = (
            change.kind,
            change.occurred[:10],
            _REPORTED_AGAIN.sub("", change.text.casefold()).rstrip("."),
        )
        repeated = change.kind == "moved" and step in seen
        restated = change.kind == "moved" and new is not None and step[2].startswith("introduced in ")
        included = new is not None and change is not new and clock == "recorded" and change.run == new.run
        if not (repeated or restated or included):
            kept.append(change)
        seen.add(step)
    return tuple(kept)


def _claim(change: Change) -> str:
    return change.occurred or change.recorded_at
