"""Gathers from the views what a digest tells: now, or from what the log held at another moment. Changes nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from monitor import projections
from monitor.archive.activity import with_activity
from monitor.core import citations, grouping
from monitor.core.bills import Stage, stage
from monitor.core.composing import Material, Recognition, compose
from monitor.core.dates import to_text
from monitor.core.deadlines import Restated, deadlines_of
from monitor.core.digests import Change, Deadline, Digest, Period, SourceLine
from monitor.core.errors import UsageError
from monitor.core.items import Action
from monitor.core.renderings.clocks import exact
from monitor.core.renderings.neutral import excerpt
from monitor.core.toml_reading import did_you_mean
from monitor.core.wording import LAST_DAY
from monitor.database import Database, in_memory
from monitor.eventlog import EventLog, Head
from monitor.pipeline.watching import in_force
from monitor.projections import bills, items, links, matches
from monitor.projections.items import StoredChange, StoredItem
from monitor.projections.matches import StoredMatch

# An abstract may go on for pages; a digest shows how it begins.
_LONGEST_SUMMARY = 1000
_SPAN = re.compile(r"([0-9]+)([hdw])", re.ASCII)
_LONGEST_SPAN = 9999
_SPANS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """The views at one head of the log; `as_of` is empty for the present. `notices` are what a reader should know."""

    views: Database
    head: Head
    log: EventLog
    as_of: str = ""
    notices: tuple[str, ...] = ()


def open_archive(database: Database, *, as_of: str = "") -> Archive:
    """The views as they stand, or rebuilt in memory from what the log held at `as_of` (ISO 8601 UTC).

    Views that are behind (another version of the program wrote last) are rebuilt in memory too: a reader never writes.
    """
    log = EventLog(database)
    head = log.head_at(as_of) if as_of else log.head()
    views = database
    if head != log.head() or not projections.are_current(database, log):
        views = in_memory()
        projections.catch_up(views, log, until=head.position)
    return Archive(views=views, head=head, log=log, as_of=as_of, notices=_unknown(log, head))


def _unknown(log: EventLog, head: Head) -> tuple[str, ...]:
    """A notice of the events that this version cannot read: readers go on without them, and say so."""
    many: dict[str, int] = {}
    for type_, schema in log.unknown_types():
        sql = "SELECT count(*) FROM events WHERE type = ? AND schema = ? AND position <= ?"
        found = log.database.conn.execute(sql, (type_, schema, head.position)).fetchone()[0]
        many[type_] = many.get(type_, 0) + found
    names = ", ".join(sorted(type_ for type_, found in many.items() if found))
    if not names:
        return ()
    total = sum(many.values())
    return (f"{total:,} events of types unknown to this version ({names}) were skipped; update the monitor",)


def period(
    since: str,
    until: str,
    *,
    clock: str,
    timezone: str,
    now: datetime,
    default: timedelta = timedelta(days=1),
    names: tuple[str, str] = ("--since", "--until"),
) -> Period:
    """The period that a person means by `--since` and `--until`: dates or ISO 8601 moments, local to `timezone`.

    `names` are what the command calls the two.

    A date as `since` begins that day, a date as `until` ends it; `since` may be a span like `7d`, counted back from the
    end, or from now where that is still to come. Without `since` the period is the last `default` before the end.
    """
    zone = ZoneInfo(timezone)
    present = now + timedelta(seconds=1)
    end = _moment(until, zone, end_of_day=True, name=names[1]) if until else present
    if not since:
        start = _earlier(end, default)
    elif length := span(since, name=names[0]):
        start = _earlier(min(end, present), length)
    else:
        start = _moment(since, zone, end_of_day=False, name=names[0])
    if start >= end:
        raise UsageError(
            names[0],
            f"{since!r} is not before {names[1]}" if until else f"{since!r} is still to come",
            f"give an earlier {names[0]} or a later {names[1]}" if until else f"give an earlier {names[0]}",
        )
    return Period(
        since=to_text(start),
        until=to_text(end),
        clock="occurred" if clock == "occurred" else "recorded",
        timezone=timezone,
        label="" if since or until else LAST_DAY,
    )


def span(text: str, *, name: str = "--since") -> timedelta | None:
    """How long `12h`, `7d` or `2w` is; None for anything else. Raises UsageError for none at all, and for ages."""
    found = _SPAN.fullmatch(text)
    if not found:
        return None
    if len(found[1]) > len(str(_LONGEST_SPAN)) or not int(found[1]):
        raise UsageError(
            name, f"{text!r} is out of range", f"give 1 to {_LONGEST_SPAN} of h, d or w, as 12h or 7d"
        )
    return int(found[1]) * _SPANS[found[2]]


def _earlier(end: datetime, by: timedelta) -> datetime:
    try:
        return end - by
    except OverflowError as error:
        raise UsageError("--until", "nothing lies before that", "give a later --until") from error


def moment(text: str, *, timezone: str, name: str) -> str:
    """A moment that a person typed, as the log writes it; a date means its end."""
    at = _moment(text, ZoneInfo(timezone), end_of_day=True, name=name)
    return to_text(at - timedelta(seconds=1) if _is_date(text) else at)


def as_of_moment(log: EventLog, text: str, *, timezone: str, now: datetime) -> str:
    """The moment of `--as-of`, as the log writes it; nothing for the present.

    Raises UsageError for one before the log begins, or still to come: a day that has begun is not.
    """
    if not text:
        return ""
    at = moment(text, timezone=timezone, name="--as-of")
    zone = ZoneInfo(timezone)
    if _moment(text, zone, end_of_day=False, name="--as-of") > now:
        raise UsageError(
            "--as-of", f"{text!r} is still to come", "leave it out to read what the log holds now"
        )
    if log.head().position and not log.head_at(at).position:
        first = log.database.conn.execute("SELECT min(recorded_at) FROM events").fetchone()[0]
        what = f"the log begins on {exact(first, timezone)}, and {text!r} is before that"
        raise UsageError("--as-of", what, "give a later moment")
    return at


def digest(
    archive: Archive,
    period: Period,
    *,
    sources: Sequence[SourceLine],
    only: Sequence[str],
    notices: Sequence[str],
    once: bool = False,
) -> Digest:
    """The whole digest of a period. With `once` an item stands in one section, and a story under one entry."""
    lists = in_force(archive.views)
    unknown = sorted(set(only) - {watchlist.id for watchlist in lists})
    if unknown:
        known = [watchlist.id for watchlist in lists]
        remedy = (
            did_you_mean(unknown[0], known) if known else "none is: `monitor poll` brings them into force"
        )
        raise UsageError("--watchlist", f"no watchlist {unknown[0]!r} is in force", remedy)
    changes = _changes(archive.views, period)
    first, last = _range(archive, period, changes)
    sections = compose(_materials(archive.views, changes, period), lists, period=period, only=only, once=once)
    sections = tuple(map(grouping.folded, sections)) if once else sections
    return Digest(
        period=period,
        position=archive.head.position,
        first_position=first,
        last_position=last,
        head=archive.head.hash,
        sections=with_activity(archive.views, sections, lists, period),
        sources=tuple(sources),
        as_of=archive.as_of,
        notices=(*archive.notices, *_before_the_log(archive, period), *notices),
    )


def _range(archive: Archive, period: Period, changes: Sequence[StoredChange]) -> tuple[int, int]:
    """First and last position of the period: all that was recorded in it, or what of it is told."""
    if period.clock == "occurred":
        told = [change.position for change in changes]
        return (min(told), max(told)) if told else (0, 0)
    row = archive.log.database.conn.execute(
        "SELECT min(position) AS first, max(position) AS last FROM events"
        " WHERE recorded_at >= ? AND recorded_at < ? AND position <= ?",
        (period.since, period.until, archive.head.position),
    ).fetchone()
    return row["first"] or 0, row["last"] or 0


def _before_the_log(archive: Archive, period: Period) -> tuple[str, ...]:
    """A notice where the whole period lies before anything was watched."""
    row = archive.log.database.conn.execute("SELECT recorded_at FROM events WHERE position = 1").fetchone()
    if period.clock == "occurred" or row is None or period.until > row["recorded_at"]:
        return ()
    begun = datetime.fromisoformat(row["recorded_at"]).astimezone(ZoneInfo(period.timezone))
    return (f"the log begins {begun:%Y-%m-%d %H:%M}: nothing was watched in this period",)


def _changes(views: Database, period: Period) -> list[StoredChange]:
    """What happened in the period; by the log's clock also the last change of what was recognised only in it.

    An item may be recorded in one period and matched in the next one, when the poll between was cut short.
    """
    if period.clock == "recorded":
        changes = items.changes_recorded(views.conn, period.since, period.until)
        told = {change.key for change in changes}
        late = {match.key for match in matches.newly_recorded(views.conn, period.since, period.until)} - told
        return [*(c for key in sorted(late) for c in items.latest_content_change(views.conn, key)), *changes]
    zone = ZoneInfo(period.timezone)
    first = datetime.fromisoformat(period.since).astimezone(zone).date()
    last = (datetime.fromisoformat(period.until) - timedelta(seconds=1)).astimezone(zone).date()
    return items.changes_occurred(views.conn, period.since, period.until, first.isoformat(), last.isoformat())


def _materials(views: Database, changes: Sequence[StoredChange], period: Period) -> list[Material]:
    by_key: dict[str, list[StoredChange]] = {}
    for change in changes:
        by_key.setdefault(change.key, []).append(change)
    materials = []
    for key, of_key in by_key.items():
        found = [m for m in matches.of_item(views.conn, key) if _stood(m, period)]
        if found:
            materials.append(material(views, key, of_key, found, period))
    return materials


def _stood(match: StoredMatch, period: Period) -> bool:
    """Whether a match holds, or held for a while in this period: who was owed the news is told that it is gone."""
    if not match.withdrawn:
        return True
    return period.clock == "recorded" and match.origin == "live" and match.withdrawn_at >= period.since


def material(
    views: Database, key: str, changes: Sequence[StoredChange], found: Sequence[StoredMatch], period: Period
) -> Material:
    """What a digest may tell of one item: these changes, under these matches."""
    item = items.get(views.conn, key)
    assert item is not None  # noqa: S101 - its changes stand in the same view
    return Material(
        key=key,
        kind=item.kind,
        title=item.title,
        url=item.url,
        source=item.source,
        changes=tuple(change_of(change) for change in changes),
        recognitions=tuple(_recognition(match) for match in found),
        published=str(item.published or ""),
        stage=_stage(bills.history(views.conn, key), key, period),
        deadlines=_deadlines(views, item),
        summary=excerpt(item.summary, _LONGEST_SUMMARY),
        cites=_cites(item),
        linked=frozenset(
            link.b if link.a == key else link.a
            for link in links.of_item(views.conn, key)
            if link.state == "confirmed"
        ),
    )


def _deadlines(views: Database, item: StoredItem) -> tuple[Deadline, ...]:
    """What is due, with the dates as they were before: from the item's details and from all its revisions."""
    history = [
        Restated(position=change.position, fields=change.fields, withdrawn=change.kind == "withdrawn")
        for change in items.changes_of(views.conn, item.key)
        if change.kind in {"revised", "withdrawn"}
    ]
    return deadlines_of(item.kind, item.details, history, item.first_position)


def _cites(item: StoredItem) -> frozenset[str]:
    """The documents that the item names in its number or its title, by their keys."""
    stated = {citations.parse(identifier) or identifier for identifier in item.identifiers}
    return frozenset(stated | {citation.id for citation in citations.find(item.title)})


def _recognition(match: StoredMatch) -> Recognition:
    """What a backfilled match met was there before: only what comes after it is news."""
    return Recognition(
        watchlist=match.watchlist,
        subject=match.subject,
        score=match.score,
        evidence=match.evidence,
        withdrawn=match.withdrawn,
        past_until=match.position if match.origin == "backfill" else 0,
        since=match.position,
    )


def _stage(history: Sequence[Action], key: str, period: Period) -> Stage | None:
    """Where a bill stands; by the publishers' clock, where it stood when the period ended."""
    if period.clock == "occurred":
        history = [action for action in history if action.when is None or action.when.at < period.until]
    return stage(history, key=key) if history else None


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
        observed_at=stored.observed_at,
    )


def _moment(text: str, zone: ZoneInfo, *, end_of_day: bool, name: str) -> datetime:
    try:
        if _is_date(text):
            day = date.fromisoformat(text) + timedelta(days=1 if end_of_day else 0)
            return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        remedy = "write 2021-02-01 or 2021-02-01T08:00" + (
            "" if end_of_day else ", or so long ago: 12h, 7d or 2w"
        )
        raise UsageError(name, f"{text!r} is not a date or a time", remedy) from error


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
