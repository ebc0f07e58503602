"""A digest: what happened, to whom it matters, why, and which source could not be heard.

`compose` is pure: the same rows give the same digest, byte for byte, today and in a year.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from monitor.core.bills import Stage
from monitor.core.evidence import Evidence, FieldChange
from monitor.core.watchlists import Subject, Watchlist

ChangeKind = Literal["new", "revised", "moved", "withdrawn"]
Clock = Literal["recorded", "occurred"]
_URGENCY = ("high", "normal", "low")
# How the Library of Congress opens its account of a step that the chamber has reported in the same words.
_REPORTED_AGAIN = re.compile(r"^passed/agreed to in (house|senate): ")


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
    own words for `moved` and the reason for `withdrawn`; `fields` are old → new for `revised`. `observed_at` is our fetch.
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
    observed_at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """A date that the item states: `what` is due (comments, letters of intent, a meeting), `when` a date or an instant.

    `moved_from` is the date as it was before, `quote` the document's own words. `moves` is how often it was moved, or
    stated again after its item had been withdrawn.
    """

    what: str
    when: str
    moved_from: str = ""
    quote: str = ""
    position: int = 0
    moves: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """Another item that tells the same story: shown under its entry, and not by itself."""

    key: str
    title: str
    url: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """How many items a subject recognised on each of the last 30 days, the oldest first, the day of the digest last."""

    subject: str
    name: str
    zh: str
    days: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Which subject recognised the item, and by which words; `withdrawn` says why it does so no longer.

    `watchlist` is the title of another watchlist than the section's: an item is told once, with all its reasons.
    """

    subject: str
    name: str
    zh: str
    score: int
    evidence: tuple[Evidence, ...]
    withdrawn: str = ""
    watchlist: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One item in one watchlist: what changed (latest last), why it is here, where it stands, what is due.

    `related` are items that tell the same story; `summary` is the item's own, plain text.
    """

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
    published: str = ""
    deadlines: tuple[Deadline, ...] = ()
    related: tuple[Related, ...] = ()
    summary: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One watchlist. `entries` are in reading order: by first subject, then by time.

    `omitted` is how many entries a cap left out of it; they are accounted for all the same.
    """

    id: str
    title: str
    priority: str
    entries: tuple[Entry, ...]
    error: str = ""
    activity: tuple[Activity, ...] = ()
    omitted: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLine:
    """One source's state as a reader should know it.

    `state` is ok, failing, blocked (it refuses us), degraded (it answers, and not with what it should), gap, overdue
    (nobody asked it for much longer than its interval), quiet (silent against its own rhythm) or new (never polled).
    `last_good_at` is the last poll that went well, or empty.
    """

    id: str
    kind: str
    state: str
    last_good_at: str
    since: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """A whole digest. `head` is the log's chain head at `position`.

    `first_position` to `last_position` are the events that the period holds: all of them by the log's clock, those that
    are told by the publishers'. Both are 0 where it holds none.
    """

    period: Period
    position: int
    first_position: int
    last_position: int
    head: str
    sections: tuple[Section, ...]
    sources: tuple[SourceLine, ...]
    as_of: str = ""
    notices: Sequence[str] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognition:
    """One match of an item. `withdrawn` says why it holds no longer.

    `past_until` is the position up to which what happened to the item was past when the subject met it, and is no news
    to its readers; 0 where all is.
    """

    watchlist: str
    subject: str
    score: int
    evidence: tuple[Evidence, ...]
    withdrawn: str = ""
    past_until: int = 0


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
    published: str = ""


def compose(
    materials: Iterable[Material],
    watchlists: Sequence[Watchlist],
    *,
    period: Period,
    only: Sequence[str] = (),
) -> tuple[Section, ...]:
    """One section a watchlist, the more urgent ones first; `only` names the watchlists wanted (all, if empty).

    An item stands once in a section, under all the subjects that recognise it; first those subjects that stand first
    in the watchlist, then by the publisher's own time.
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
    subjects = {subject.id: subject for subject in watchlist.subjects}
    order = {id_: n for n, id_ in enumerate(subjects)}
    entries = []
    for material in materials:
        found = [r for r in material.recognitions if r.watchlist == watchlist.id and r.subject in subjects]
        past_until = min((r.past_until for r in found), default=0) if clock == "recorded" else 0
        # A publisher who takes back again and again what it said is recorded, and told no more.
        steady = [c for c in material.changes if c.position > past_until and c.significance != "flapping"]
        changes = _tidy(_news(steady, clock), clock)
        if found and changes:
            found.sort(key=lambda r: order[r.subject])
            entries.append(_entry(material, changes, [(subjects[r.subject], r) for r in found]))
    return sorted(entries, key=lambda e: (order[e.reasons[0].subject], *_time_of(e), e.key))


def _news(changes: Sequence[Change], clock: Clock) -> Sequence[Change]:
    """By the log's clock: what is news, where anything is; what was there before is told only of what has no news."""
    live = [change for change in changes if change.origin == "live"] if clock == "recorded" else []
    return live or changes


def _time_of(entry: Entry) -> tuple[str, str]:
    """By what is printed, the publisher's latest claim; what states none comes first, in the order of the log."""
    claim = max((change.occurred for change in entry.changes), default="") or entry.published
    return claim, entry.recorded_at


def _reason(subject: Subject, found: Recognition) -> Reason:
    return Reason(
        subject=subject.id,
        name=subject.name,
        zh=subject.zh,
        score=found.score,
        evidence=found.evidence,
        withdrawn=found.withdrawn,
    )


def _entry(
    material: Material,
    changes: tuple[Change, ...],
    found: Sequence[tuple[Subject, Recognition]],
) -> Entry:
    leading = _leading(changes)
    reasons = [(subject, _reason(subject, recognition)) for subject, recognition in found]
    return Entry(
        key=material.key,
        kind=material.kind,
        title=material.title,
        title_zh=next((r.zh for subject, r in reasons if r.zh and _is_about_itself(subject, r)), ""),
        url=material.url,
        source=material.source,
        change=leading.kind,
        origin=leading.origin,
        occurred=leading.occurred,
        recorded_at=leading.recorded_at,
        changes=changes,
        reasons=tuple(reason for _, reason in reasons),
        stage=material.stage,
        published=material.published,
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
