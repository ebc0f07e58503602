"""How each source is: working, failing, blocked, degraded, with a gap, overdue, quiet; now, or as of another moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from monitor import sources
from monitor.archive.gathering import Archive
from monitor.core.dates import to_text
from monitor.core.digests import SourceLine
from monitor.core.exchange import Source
from monitor.core.rhythm import is_quiet, lags
from monitor.core.urls import redact
from monitor.database import Database
from monitor.projections import health, items
from monitor.projections.health import GOOD, SourceHealth

# A source that was not polled well for so many of its intervals is overdue; the service may have been down.
_OVERDUE_AFTER = 3
# Lags of so many days tell how fast a source is seen now.
_LAG_DAYS = 90
_HAVE_RECESS = frozenset({"congress", "billstatus", "govinfo"})
_STATES = {
    "blocked": "blocked",
    "key": "blocked",
    "covered": "degraded",
    "not-understood": "degraded",
    "incomplete": "degraded",
    "encoding": "degraded",
    "too-large": "degraded",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceReport:
    """A source's state, and how it does: the last day (UTC) with something new, the next poll, and how late it is seen.

    Empty where there is none. `lag_s` are the median and the 95th percentile of the seconds from what publishers state
    to our seeing it, or None. `covers` is how many items the source has shown, and as of another moment only those that
    it was the first to show; `url` is where it is asked.
    """

    line: SourceLine
    url: str = ""
    covers: int = 0
    news_on: str = ""
    due_at: str = ""
    lag_s: tuple[float, float] | None = None


def source_reports(archive: Archive, configured: Sequence[Source], *, now: datetime) -> list[SourceReport]:
    """The state of each source, as `source_lines` has it, and how it does."""
    lagging = _lags(archive, now)
    due = {} if archive.as_of else _due(archive.log.database)
    # The log names no source that showed what was known already: only the poller's memory does, which is of the present.
    covers = items.counts_by_source(archive.views.conn) if archive.as_of else _shown(archive.log.database)
    found = {found.source: found for found in health.all_sources(archive.views.conn)}
    urls = {source.id: redact(source.url) for source in configured}
    reports = []
    for line in source_lines(archive, configured, now=now):
        days = health.news_days(archive.views.conn, line.id)
        reports.append(
            SourceReport(
                line=line,
                url=urls.get(line.id) or (found[line.id].url if line.id in found else ""),
                covers=covers.get(line.id, 0),
                news_on=days[-1] if days else "",
                due_at=due.get(line.id, ""),
                lag_s=lags(lagging.get(line.id, ())),
            )
        )
    return reports


def source_lines(archive: Archive, configured: Sequence[Source], *, now: datetime) -> list[SourceLine]:
    """The state of each source that is configured, or that the log then knew.

    `now` is the present, or the moment as of which is told.
    """
    known = {found.source: found for found in health.all_sources(archive.views.conn)}
    polled = _polled(archive.log.database, archive.as_of)
    under_way = {} if archive.as_of else _under_way(archive.log.database)
    by_id = {source.id: source for source in configured}
    names = list(by_id)
    if archive.as_of:
        names = [*(name for name in names if name in known), *(name for name in known if name not in names)]
    lines = []
    for name in names:
        found = known.get(name)
        good_at = max(polled.get(name, ""), found.heard_at if found else "")
        days = health.news_days(archive.views.conn, name)
        asked_at = max(good_at, under_way.get(name, ""))
        state = _state(found, asked_at, now, by_id.get(name), days)
        lines.append(
            SourceLine(
                id=name,
                kind=found.kind if found else "",
                state=state,
                last_good_at=good_at,
                since=_since(found, state, days),
                detail=_detail(found, state, days),
            )
        )
    return lines


def _state(
    found: SourceHealth | None, good_at: str, now: datetime, source: Source | None, days: Sequence[str]
) -> str:
    if found is not None and found.failing_since:
        return _STATES.get(found.failure, "failing")
    if found is not None and found.gap_since:
        return "gap"
    if not good_at:
        return "new"
    waited_s = (now - datetime.fromisoformat(good_at)).total_seconds()
    if source and waited_s > _OVERDUE_AFTER * source.every_s:
        return "overdue"
    quiet = is_quiet(
        [date.fromisoformat(day) for day in days],
        now.date(),
        quiet_after_s=source.quiet_after_s if source else 0,
        has_recess=bool(source) and source.kind in _HAVE_RECESS if source else False,
    )
    return "quiet" if quiet else "ok"


def _since(found: SourceHealth | None, state: str, days: Sequence[str]) -> str:
    if state == "quiet":
        return days[-1]
    return (found.failing_since or found.gap_since) if found else ""


def _detail(found: SourceHealth | None, state: str, days: Sequence[str]) -> str:
    if state == "quiet":
        return f"it answers, and has had nothing new since {days[-1]}, which is long for it; look at it in a browser"
    if found is None:
        return ""
    if found.detail and state == "degraded" and found.failure == "not-understood":
        return f"{found.detail}; `monitor sources refused {found.source}` shows the answer"
    return found.detail or (f"{found.gap}; {_remedy(found)}" if found.gap else _moved(found))


def _remedy(found: SourceHealth) -> str:
    """What a person can do about a gap that stands."""
    if found.gap_why != "overflow":
        return "the next complete poll closes it"
    can = found.kind in sources.kind_names() and hasattr(sources.kind(found.kind), "past")
    load = f"`monitor backfill {found.source} --from DATE`, or " if can else ""
    return f"{load}look there yourself, then `monitor sources accept {found.source}`"


def _moved(found: SourceHealth) -> str:
    if not found.moved_to:
        return ""
    asked = ", where it is asked by now" if found.moved_adopted else ""
    return f"has moved for good to {found.moved_to}{asked}; change its url"


def _polled(database: Database, as_of: str) -> dict[str, str]:
    """When each source was last polled well, as the poller remembers it (unchanged polls are no events)."""
    if not as_of:
        rows = database.conn.execute("SELECT source, last_good_at FROM source_state")
    else:
        good = ", ".join(f"'{outcome}'" for outcome in sorted(GOOD))
        sql = f"SELECT source, max(started_at) AS last_good_at FROM polls WHERE outcome IN ({good}) AND ended_at <= ?"  # noqa: S608 - our own words
        rows = database.conn.execute(f"{sql} GROUP BY source", (as_of,))
    return {row["source"]: row["last_good_at"] for row in rows}


def _under_way(database: Database) -> dict[str, str]:
    """When each source was last asked whose pages take more than one poll: it is not overdue while that goes on."""
    sql = "SELECT source, last_attempt_at FROM source_state WHERE source IN (SELECT source FROM unfinished_visits)"
    return {row["source"]: row["last_attempt_at"] for row in database.conn.execute(sql)}


def _due(database: Database) -> dict[str, str]:
    rows = database.conn.execute("SELECT source, due_at FROM source_state")
    return {row["source"]: row["due_at"] for row in rows}


def _shown(database: Database) -> dict[str, int]:
    """How many items each source has shown by now, whichever showed them first."""
    rows = database.conn.execute("SELECT source, count(*) AS items FROM statements GROUP BY source")
    return {row["source"]: row["items"] for row in rows}


def _lags(archive: Archive, now: datetime) -> dict[str, list[float]]:
    """Seconds from an exact claim to our first sight, of what was new lately, by source."""
    found: dict[str, list[float]] = {}
    for change in items.first_sights(archive.views.conn, to_text(now - timedelta(days=_LAG_DAYS))):
        claimed, seen = datetime.fromisoformat(change[1]), datetime.fromisoformat(change[2])
        if claimed <= seen:  # a date to come says nothing of when it was published
            found.setdefault(change[0], []).append((seen - claimed).total_seconds())
    return found
