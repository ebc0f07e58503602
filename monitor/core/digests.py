"""A digest: what happened, to whom it matters, why, and which source could not be heard.

`compose` is pure: the same rows give the same digest, byte for byte, today and in a year.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from monitor.core.bills import Stage
from monitor.core.events import Evidence, FieldChange
from monitor.core.watchlists import Subject, Watchlist

ChangeKind = Literal["new", "revised", "moved", "withdrawn"]
Clock = Literal["recorded", "occurred"]
_URGENCY = ("high", "normal", "low")


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From `since` (inclusive) to `until` (exclusive), aware UTC texts; `label` is how a person named it."""

    since: str
    until: str
    clock: Clock
    timezone: str
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that happened to an item in the period. `run` is the run of the program that recorded it.

    `occurred` is the source's claim (`2021-02-15`, or an instant), empty where it makes none. `text` is the action's
    own words for `moved` and the reason for `withdrawn`; `fields` are old → new for `revised`.
    """

    kind: ChangeKind
    position: int
    occurred: str
    recorded_at: str
    origin: str
    run: str = ""
    text: str = ""
    fields: tuple[FieldChange, ...] = ()
    significance: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Which subject recognised the item, and by which words."""

    subject: str
    name: str
    zh: str
    score: int
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One item in one watchlist: what changed (latest last), why it is here, where it stands."""

    key: str
    kind: str
    title: str
    title_zh: str
    url: str
    source: str
    change: ChangeKind
    origin: str
    occurred: str
    recorded_at: str
    changes: tuple[Change, ...]
    reasons: tuple[Reason, ...]
    stage: Stage | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One watchlist. `entries` are in reading order: by first subject, then by time."""

    id: str
    title: str
    priority: str
    entries: tuple[Entry, ...]
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLine:
    """One source's state as a reader should know it.

    `state` is ok, failing, gap or new (never polled); `last_good_at` is the last poll that went well, or empty.
    """

    id: str
    kind: str
    state: str
    last_good_at: str
    since: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """A whole digest. `head` is the log's chain head at `position`; `first_position` is where the period begins."""

    period: Period
    position: int
    first_position: int
    head: str
    sections: tuple[Section, ...]
    sources: tuple[SourceLine, ...]
    as_of: str = ""
    notices: Sequence[str] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognition:
    """One standing match of an item."""

    watchlist: str
    subject: str
    score: int
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """All that a digest may tell of one item: what happened to it in the period, who recognises it, where it stands."""

    key: str
    kind: str
    title: str
    url: str
    source: str
    changes: tuple[Change, ...]
    recognitions: tuple[Recognition, ...]
    stage: Stage | None = None


def compose(
    materials: Iterable[Material],
    watchlists: Sequence[Watchlist],
    *,
    period: Period,
    only: Sequence[str] = (),
) -> tuple[Section, ...]:
    """One section a watchlist, the more urgent ones first; `only` names the watchlists wanted (all, if empty).

    An item stands once in a section, under all the subjects that recognise it; first those subjects that stand first
    in the watchlist, then by the publisher's own time (clock `occurred`) or by the log's (clock `recorded`).
    """
    told = list(materials)
    return tuple(
        Section(
            id=watchlist.id,
            title=watchlist.title,
            priority=watchlist.priority,
            entries=tuple(_entries(told, watchlist, period.clock)),
        )
        for watchlist in sorted(watchlists, key=lambda one: _URGENCY.index(one.priority))
        if not only or watchlist.id in only
    )


def _entries(materials: Iterable[Material], watchlist: Watchlist, clock: Clock) -> list[Entry]:
    order = {subject.id: n for n, subject in enumerate(watchlist.subjects)}
    subjects = {subject.id: subject for subject in watchlist.subjects}
    entries = []
    for material in materials:
        reasons = [
            _reason(subjects[found.subject], found)
            for found in material.recognitions
            if found.watchlist == watchlist.id and found.subject in subjects
        ]
        changes = _tidy(material.changes, clock)
        if reasons and changes:
            reasons.sort(key=lambda reason: order[reason.subject])
            title_zh = next((r.zh for r in reasons if r.zh and _is_about_itself(subjects[r.subject], r)), "")
            entries.append(_entry(material, changes, reasons, title_zh))
    return sorted(entries, key=lambda e: (order[e.reasons[0].subject], *_time_of(e, clock), e.key))


def _time_of(entry: Entry, clock: Clock) -> tuple[str, str]:
    return (entry.occurred, entry.recorded_at) if clock == "occurred" else (entry.recorded_at, entry.occurred)


def _reason(subject: Subject, found: Recognition) -> Reason:
    return Reason(
        subject=subject.id, name=subject.name, zh=subject.zh, score=found.score, evidence=found.evidence
    )


def _entry(
    material: Material, changes: tuple[Change, ...], reasons: Sequence[Reason], title_zh: str
) -> Entry:
    leading = _leading(changes)
    return Entry(
        key=material.key,
        kind=material.kind,
        title=material.title,
        title_zh=title_zh,
        url=material.url,
        source=material.source,
        change=leading.kind,
        origin=leading.origin,
        occurred=leading.occurred,
        recorded_at=changes[-1].recorded_at,
        changes=changes,
        reasons=tuple(reasons),
        stage=material.stage,
    )


def _leading(changes: Sequence[Change]) -> Change:
    """The change that an entry is told as: gone, else new, else moved, else revised; of several, the latest."""
    for kind in ("withdrawn", "new", "moved", "revised"):
        of_kind = [change for change in changes if change.kind == kind]
        if of_kind:
            return max(of_kind, key=lambda change: (change.occurred, change.position))
    return changes[-1]


def _is_about_itself(subject: Subject, reason: Reason) -> bool:
    """Whether the subject is this very document, so that its Chinese name is the document's too.

    Its number alone does not say so: a subject may list the bills that bear on it. The document also bears the name
    that the subject's first term gives.
    """
    official = subject.any[0].written if subject.any else ""
    named = any(e.field.startswith("title") and e.term == official for e in reason.evidence)
    return named and any(e.rule == "key" for e in reason.evidence)


def _tidy(changes: Sequence[Change], clock: Clock) -> tuple[Change, ...]:
    """In order of time, each step once.

    Chambers and the Library of Congress report the same step in the same words, and the first step of a bill says
    "Introduced", which a new item is already told as. By the log's clock, what the poll that found an item learnt
    further of it (a bill's details and its steps so far) is part of the news that it is there.
    """
    new = next((change for change in changes if change.kind == "new"), None)
    kept: list[Change] = []
    seen: set[tuple[str, str, str]] = set()
    for change in sorted(
        changes, key=lambda change: (change.occurred or change.recorded_at, change.position)
    ):
        step = (change.kind, change.occurred[:10], change.text.casefold().rstrip("."))
        repeated = change.kind == "moved" and step in seen
        restated = change.kind == "moved" and new is not None and step[2].startswith("introduced in ")
        included = new is not None and change is not new and clock == "recorded" and change.run == new.run
        if not (repeated or restated or included):
            kept.append(change)
        seen.add(step)
    return tuple(kept)
