"""Gathers from the views what a digest tells: now, or from what the log held at another moment. Changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from monitor import projections
from monitor.core.bills import stage
from monitor.core.dates import to_text
from monitor.core.digests import Change, Digest, Material, Period, Recognition, SourceLine, compose
from monitor.core.errors import UsageError
from monitor.database import Database, in_memory
from monitor.eventlog import EventLog, Head
from monitor.pipeline.watching import in_force
from monitor.projections import bills, health, items, matches
from monitor.projections.items import StoredChange

_DATE = len("2021-02-01")


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """The views at one head of the log; `as_of` is empty for the present."""

    views: Database
    head: Head
    log: EventLog
    as_of: str = ""


def open_archive(database: Database, *, as_of: str = "") -> Archive:
    """The views as they stand, or rebuilt in memory from what the log held at `as_of` (ISO 8601 UTC).

    Views that are behind (another version of the program wrote last) are rebuilt in memory too: a reader never writes.
    """
    log = EventLog(database)
    head = log.head_at(as_of) if as_of else log.head()
    if not as_of and projections.are_current(database, log):
        return Archive(views=database, head=head, log=log)
    views = in_memory()
    projections.catch_up(views, log, until=head.position)
    return Archive(views=views, head=head, log=log, as_of=as_of)


def period(
    since: str,
    until: str,
    *,
    clock: str,
    timezone: str,
    now: datetime,
    default: timedelta = timedelta(days=1),
) -> Period:
    """The period that a person means by `--since` and `--until`: dates or ISO 8601 moments, local to `timezone`.

    A date as `since` begins that day, a date as `until` ends it. Without `since` the period is the last `default`.
    """
    zone = ZoneInfo(timezone)
    end = _moment(until, zone, end_of_day=True, name="--until") if until else now + timedelta(seconds=1)
    start = _moment(since, zone, end_of_day=False, name="--since") if since else end - default
    if start >= end:
        raise UsageError(
            "--since", f"{since!r} is not before --until", "give an earlier --since or a later --until"
        )
    label = (
        f"{since or 'the day'} to {until}" if until else (f"since {since}" if since else "the last 24 hours")
    )
    return Period(
        since=to_text(start),
        until=to_text(end),
        clock="occurred" if clock == "occurred" else "recorded",
        timezone=timezone,
        label=label,
    )


def moment(text: str, *, timezone: str, name: str) -> str:
    """A moment that a person typed, as the log writes it; a date means its end."""
    at = _moment(text, ZoneInfo(timezone), end_of_day=True, name=name)
    return to_text(at - timedelta(seconds=1) if len(text) == _DATE else at)


def digest(
    archive: Archive,
    period: Period,
    *,
    sources: Sequence[SourceLine],
    only: Sequence[str],
    notices: Sequence[str],
) -> Digest:
    """The whole digest of a period."""
    lists = in_force(archive.views)
    unknown = sorted(set(only) - {watchlist.id for watchlist in lists})
    if unknown:
        known = ", ".join(watchlist.id for watchlist in lists) or "none"
        raise UsageError("--watchlist", f"no watchlist {unknown[0]!r} is in force", f"in force: {known}")
    changes = _changes(archive.views, period)
    return Digest(
        period=period,
        position=archive.head.position,
        first_position=min((change.position for change in changes), default=archive.head.position),
        head=archive.head.hash,
        sections=compose(_materials(archive.views, changes), lists, period=period, only=only),
        sources=tuple(sources),
        as_of=archive.as_of,
        notices=tuple(notices),
    )


def source_lines(archive: Archive, configured: Sequence[str]) -> list[SourceLine]:
    """The state of each source that is configured, or, as of another moment, that the log then knew."""
    known = {found.source: found for found in health.all_sources(archive.views.conn)}
    polled = {} if archive.as_of else _polled(archive.log.database)
    names = list(known) if archive.as_of else list(configured)
    lines = []
    for name in names:
        found = known.get(name)
        good_at = max(polled.get(name, ""), found.heard_at if found else "")
        lines.append(
            SourceLine(
                id=name,
                kind=found.kind if found else "",
                state=_state(found, good_at),
                last_good_at=good_at,
                since=(found.failing_since or found.gap_since) if found else "",
                detail=(found.detail or found.gap or _moved(found)) if found else "",
            )
        )
    return lines


def _state(found: health.SourceHealth | None, good_at: str) -> str:
    if found is not None and found.failing_since:
        return "failing"
    if found is not None and found.gap_since:
        return "gap"
    return "ok" if good_at else "new"


def _moved(found: health.SourceHealth) -> str:
    return f"has moved for good to {found.moved_to}; change its url" if found.moved_to else ""


def _polled(database: Database) -> dict[str, str]:
    """When each source was last polled well, as the poller remembers it (unchanged polls are no events)."""
    rows = database.conn.execute("SELECT source, last_good_at FROM source_state")
    return {row["source"]: row["last_good_at"] for row in rows}


def _changes(views: Database, period: Period) -> list[StoredChange]:
    if period.clock == "recorded":
        return items.changes_recorded(views.conn, period.since, period.until)
    zone = ZoneInfo(period.timezone)
    first = datetime.fromisoformat(period.since).astimezone(zone).date()
    last = (datetime.fromisoformat(period.until) - timedelta(seconds=1)).astimezone(zone).date()
    return items.changes_occurred(views.conn, period.since, period.until, first.isoformat(), last.isoformat())


def _materials(views: Database, changes: Sequence[StoredChange]) -> list[Material]:
    by_key: dict[str, list[StoredChange]] = {}
    for change in changes:
        by_key.setdefault(change.key, []).append(change)
    recognised: dict[str, list[Recognition]] = {}
    for match in matches.standing(views.conn, by_key):
        recognised.setdefault(match.key, []).append(
            Recognition(
                watchlist=match.watchlist, subject=match.subject, score=match.score, evidence=match.evidence
            )
        )
    return [_material(views, key, by_key[key], found) for key, found in recognised.items()]


def _material(
    views: Database, key: str, changes: Sequence[StoredChange], found: Sequence[Recognition]
) -> Material:
    item = items.get(views.conn, key)
    assert item is not None  # noqa: S101 - its changes stand in the same view
    history = bills.history(views.conn, key)
    return Material(
        key=key,
        kind=item.kind,
        title=item.title,
        url=item.url,
        source=item.source,
        changes=tuple(change_of(change) for change in changes),
        recognitions=tuple(found),
        stage=stage(history, key=key) if history else None,
    )


def change_of(stored: StoredChange) -> Change:
    """A row of the view as a digest tells it."""
    return Change(
        kind=stored.kind,  # type: ignore[arg-type] # the view writes only the four kinds
        position=stored.position,
        occurred=stored.occurred,
        recorded_at=stored.recorded_at,
        origin=stored.origin,
        run=stored.run,
        text=stored.text,
        fields=stored.fields,
        significance=stored.significance,
    )


def _moment(text: str, zone: ZoneInfo, *, end_of_day: bool, name: str) -> datetime:
    try:
        if len(text) == _DATE:
            day = date.fromisoformat(text) + timedelta(days=1 if end_of_day else 0)
            return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            name, f"{text!r} is not a date or a time", "write 2021-02-01 or 2021-02-01T08:00"
        ) from error
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
