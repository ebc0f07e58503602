"""One item's whole history, as `monitor show` tells it, and what of it its reader has not been told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from monitor.core.bills import Stage
from monitor.core.differences import Passages
from monitor.core.digests import Change
from monitor.core.envelopes import Event
from monitor.core.events import ItemMatched, MatchWithdrawn
from monitor.core.evidence import Evidence, FieldChange, Value

Teller = Literal["nobody", "digest", "delivery"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step(Change):
    """A change, and the source that said so."""

    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingMatch:
    """A subject that recognises the item, or did until `withdrawn` says why not any more.

    `conditions` says how those of the subject are met, where it is still in force and they are.
    """

    watchlist: str
    subject: str
    score: int
    origin: str
    position: int
    recorded_at: str
    revision: int
    withdrawn: str
    evidence: tuple[Evidence, ...]
    conditions: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FullText:
    """The item's text as the log keeps it. `size` is in bytes of UTF-8, None where it is lost; `erased` says why."""

    sha256: str
    size: int | None
    erased: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextDifference:
    """Where the full text under one hash differs from that under another; `unread` says why that cannot be said."""

    old: str
    new: str
    passages: Passages
    unread: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A source that showed the item: how many events it led to, and when we recorded the first and the last one."""

    source: str
    events: int
    first_at: str
    last_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Another item that belongs to this one: `state` is proposed, confirmed or rejected, by whose word and when."""

    key: str
    title: str
    relation: str
    state: str
    method: str
    score: int
    said_by: str
    reason: str
    position: int
    recorded_at: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A sending that told of the item, by its matches (`watchlist / subject`); `recorded_at` is of its last word.

    `state` is planned, attempted, succeeded, failed, given up or uncertain.
    """

    output: str
    delivery: str
    state: str
    attempts: int
    answer: str
    message_id: str
    rendered_sha256: str
    position: int
    planned_at: str
    recorded_at: str
    matches: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A reader's last verdict on the item."""

    verdict: str
    note: str
    position: int
    recorded_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """The last time that the reader was told of the item.

    `told_until` is the position up to which what the log says of the item was told. `at` is when a delivery was
    taken, or the moment until which the daily digest was shown; `name` is the delivery's. `unsure` where digests may
    have been shown before the moment as of which is asked: the log does not say.
    """

    by: Teller
    told_until: int
    at: str = ""
    name: str = ""
    unsure: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Untold:
    """What the reader has not been told: each field whose content differs from then, and the steps since."""

    since: Telling
    fields: tuple[FieldChange, ...]
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What an item is, what happened to it in the order of the log, who recognises it, who was told of it.

    `decisions` are the events of its matches, links, deliveries and judgements and of its deadlines, by position.
    """

    key: str
    kind: str
    title: str
    url: str
    source: str
    published: str
    revision: int
    withdrawn: str
    summary: str
    titles: tuple[str, ...]
    subjects: tuple[str, ...]
    identifiers: tuple[str, ...]
    details: tuple[tuple[str, str], ...]
    text: FullText | None
    stage: Stage | None
    judgement: Judgement | None
    sightings: tuple[Sighting, ...]
    untold: Untold
    matches: tuple[StandingMatch, ...]
    links: tuple[Link, ...]
    deliveries: tuple[Delivery, ...]
    changes: tuple[Step, ...]
    texts: tuple[TextDifference, ...]
    decisions: tuple[Event, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A stretch of the log in which a subject recognised the item: from `first` on, up to `end` (None: still)."""

    first: int
    recorded_at: str
    origin: str
    end: int | None = None


def stretches(events: Iterable[Event]) -> list[Stretch]:
    """The stretches that these events of matches come to. Evidence found anew does not begin another one."""
    ended: list[Stretch] = []
    standing: dict[tuple[str, str], Stretch] = {}
    for event in events:
        match event.data:
            case ItemMatched() as data:
                begun = Stretch(first=event.position, recorded_at=event.recorded_at, origin=data.origin)
                standing.setdefault((data.watchlist, data.subject), begun)
            case MatchWithdrawn() as data:
                if found := standing.pop((data.watchlist, data.subject), None):
                    ended.append(replace(found, end=event.position))
            case _:
                pass
    return [*ended, *standing.values()]


def told_by_digests(
    changes: Iterable[Change], recognised: Sequence[Stretch], *, until: str, position: int
) -> int:
    """The position of the last change that a daily digest told of, 0 if none did.

    The digests so far told what was recorded before `until` (ISO 8601 UTC) and stood in the log at `position`: what
    happened while a subject recognised the item, and what a subject that met it live found there; to a subject that
    met its past, only what came afterwards.
    """
    known = [r for r in recognised if r.recorded_at < until and r.first <= position]
    return max(
        (
            change.position
            for change in changes
            if change.recorded_at < until
            and change.position <= position
            and any(_tells(stretch, change.position) for stretch in known)
        ),
        default=0,
    )


def _tells(stretch: Stretch, position: int) -> bool:
    if stretch.end is not None and position > stretch.end:
        return False
    return stretch.origin != "backfill" or position > stretch.first


def untold(changes: Sequence[Step], since: Telling) -> Untold:
    """What these changes of one item, in the order of the log, come to since the reader was told."""
    later = [change for change in changes if change.position > since.told_until]
    return Untold(
        since=since, fields=net(later), steps=tuple(change for change in later if change.kind == "moved")
    )


def net(changes: Iterable[Change]) -> tuple[FieldChange, ...]:
    """Each field's content before the first change and after the last one, where that is not the same."""
    before: dict[str, Value] = {}
    after: dict[str, Value] = {}
    for change in changes:
        for field in _fields(change):
            before.setdefault(field.field, field.old)
            after[field.field] = field.new
    return tuple(
        FieldChange(field=name, old=old, new=after[name])
        for name, old in before.items()
        if _content(old) != _content(after[name])
    )


def _fields(change: Change) -> Sequence[FieldChange]:
    if change.kind == "withdrawn":
        return (FieldChange(field="withdrawn", old=None, new=change.text),)
    return change.fields


def _content(value: Value) -> Value:
    """The value as it counts: the order of a list does not, and nothing is nothing."""
    return sorted(value) if isinstance(value, list) else value or None
