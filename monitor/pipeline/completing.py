"""Proves that a poll missed nothing, or fills what it may have missed, or says so.

Fewer items than declared: the window is asked in smaller parts, or once more. A window that shares nothing with what
was seen before: the pages below it are asked until they do, or else the publisher's past.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from monitor import projections, sources
from monitor.core.completeness import overflowed
from monitor.core.errors import UsageError
from monitor.core.events import GapClosed, GapSuspected
from monitor.core.exchange import Request, Source
from monitor.core.urls import redact
from monitor.pipeline import listings
from monitor.pipeline.answers import Tally
from monitor.pipeline.frontier import Job
from monitor.pipeline.run import Run
from monitor.pipeline.visits import Visit, job_for, lacks_key, wanted
from monitor.projections import health

# A walk that is short is split at most so many times, and an overflowed window followed over so many pages.
_MOST_PARTS = 64
_MOST_EARLIER = 20


def further_jobs(run: Run, visit: Visit) -> list[Job]:
    """What to ask more, now that all that was asked is recorded, so that nothing stays missing; nothing if all is well."""
    if visit.given_up or visit.deferred_s:
        _leave_open(run, visit)
        return []
    if visit.tally.origin == "backfill":
        return _complete_short_walks(run, visit)
    return [*_complete_short_walks(run, visit), *_fill_overflowed_windows(run, visit)]


def short_walks(tally: Tally) -> list[tuple[str, int, int]]:
    """Walks in which fewer distinct items came than the publisher declared: (walk, received, declared).

    Entries that came and could not be read are no gap: they are named one by one.
    """
    short: list[tuple[str, int, int]] = []
    for name, total in tally.totals.items():
        covering = _with_parts(tally, name)
        received = len(set().union(*(tally.walks.get(walk, {}) for walk in covering)))
        if received + sum(tally.unread.get(walk, 0) for walk in covering) < total:
            short.append((name, received, total))
    return short


def _with_parts(tally: Tally, walk: str) -> set[str]:
    """The walk, and the smaller ones in which it was asked again: together they must bring what it declared."""
    return {walk}.union(*(_with_parts(tally, part) for part in tally.parts.get(walk, ()) if part != walk))


def _complete_short_walks(run: Run, visit: Visit) -> list[Job]:
    jobs: list[Job] = []
    for name, _, _ in short_walks(visit.tally):
        asked = visit.tally.asked.get(name)
        if asked is None or name in visit.retried or len(visit.retried) >= _MOST_PARTS:
            continue
        visit.retried.add(name)
        parts = wanted(visit, partial(sources.split, visit.source, asked))
        if parts:
            visit.tally.parts[name] = {part.walk for part in parts}
        else:
            visit.tally.unread.pop(name, None)
            _forget_asking(visit, name)
        jobs += _jobs(run, visit, parts or [asked])
    return jobs


def _forget_asking(visit: Visit, walk: str) -> None:
    """Let every page of the walk be asked once more: items that moved from page to page meanwhile are found then."""
    visit.asked -= visit.pages_of.pop(walk, set())


def _fill_overflowed_windows(run: Run, visit: Visit) -> list[Job]:
    jobs: list[Job] = []
    for walk in sorted(visit.tally.windows):
        state = visit.gaps.get(walk, "")
        if state in {"", "earlier"} and not _overflowed(run, visit, walk):
            if state:
                _close(run, visit, walk, "earlier pages")
        elif state in {"", "earlier"}:
            if not state:
                _suspect(run, visit, walk)
            jobs += _next_way(run, visit, walk)
        elif state == "past":
            if not (visit.failures or visit.tally.missing or short_walks(visit.tally)):
                _close(run, visit, walk, "past")
            else:
                _stay_open(run, visit, walk)
    return jobs


def _leave_open(run: Run, visit: Visit) -> None:
    """Say which windows overflowed at a poll that may ask no more."""
    for walk in sorted(visit.tally.windows):
        if visit.gaps.get(walk, "") not in {"open", "closed"} and _overflowed(run, visit, walk):
            _stay_open(run, visit, walk)


def _overflowed(run: Run, visit: Visit, walk: str) -> bool:
    before = listings.last(run, visit.source, walk).keys
    return overflowed(before, list(visit.tally.walks.get(walk, {})), visit.tally.dates)


def _next_way(run: Run, visit: Visit, walk: str) -> list[Job]:
    """The next page below the window; at the end of those, the publisher's past; at the end of that, nothing."""
    visit.earlier_pages += 1
    earlier = visit.tally.earlier.pop(walk, ())
    shown = len(visit.tally.walks.get(walk, {}))
    # A site that knows no further pages answers with the first one, whatever page it is asked for.
    leads_on = visit.gaps.get(walk) != "earlier" or shown > visit.shown_above.get(walk, 0)
    visit.shown_above[walk] = shown
    if leads_on and visit.earlier_pages <= _MOST_EARLIER and (jobs := _jobs(run, visit, earlier)):
        visit.gaps[walk] = "earlier"
        return [replace(job, below=True) for job in jobs]
    past = wanted(visit, partial(sources.past, visit.source, seen_until(run, visit), visit.started_at))
    if jobs := _jobs(run, visit, past):
        visit.gaps[walk] = "past"
    else:
        _stay_open(run, visit, walk)
    return jobs


def seen_until(run: Run, visit: Visit, moment: str = "") -> datetime:
    """When the last complete poll before a moment began (now, if none is given); where none was, the first poll at all."""
    sql = """
        SELECT coalesce(max(started_at) FILTER (WHERE outcome IN ('ok', 'unchanged', 'covered')), min(started_at))
        FROM polls WHERE source = ? AND ended_at < ?"""
    found = run.database.conn.execute(sql, (visit.source.id, moment or run.now())).fetchone()[0]
    return datetime.fromisoformat(found) if found else visit.started_at


def _jobs(run: Run, visit: Visit, requests: Iterable[Request]) -> list[Job]:
    jobs = (job_for(run, visit, request) for request in requests)
    return [job for job in jobs if job is not None]


def _suspect(run: Run, visit: Visit, walk: str) -> None:
    """Say that the window overflowed; not yet, where a gap stands already: it would look filled when this one is."""
    found = health.get(run.database.conn, visit.source.id)
    if found is None or not found.gap_since:
        _say_suspected(run, visit, walk)


def _stay_open(run: Run, visit: Visit, walk: str) -> None:
    """This gap is not filled at this poll, and must have been said; at an earlier one, if it was found then."""
    visit.gaps[walk] = "open"
    if walk in visit.reopened and not _overflowed(run, visit, walk):
        return
    if not _stands_since_now(run, visit, walk):
        _say_suspected(run, visit, walk)


def _close(run: Run, visit: Visit, walk: str, how: str) -> None:
    """This gap is filled, and with it any one that stands: out of the past, or if it is this one that stands."""
    visit.gaps[walk] = "closed"
    if how == "past" or _stands_since_now(run, visit, walk):
        _say(run, visit, GapClosed(source=visit.source.id, walk=redact(walk), how=how))


def _stands_since_now(run: Run, visit: Visit, walk: str) -> bool:
    """Whether the gap that stands is the walk's alone, found by this poll or by one that was cut short before its end."""
    found = health.get(run.database.conn, visit.source.id)
    if found is None or not found.gap_since or found.gap_walk != redact(walk):
        return False
    sql = "SELECT 1 FROM polls WHERE source = ? AND ended_at >= ?"
    values = (visit.source.id, open_since(run, visit.source))
    return run.database.conn.execute(sql, values).fetchone() is None


def open_since(run: Run, source: Source) -> str:
    """Since when there has been a gap; empty where none stands. The view tells of the latest one, this of the first."""
    since = ""
    for event in run.log.read(stream=f"source:{source.id}", types=("GapSuspected", "GapClosed")):
        since = "" if isinstance(event.data, GapClosed) else since or event.recorded_at
    return since


def _say_suspected(run: Run, visit: Visit, walk: str) -> None:
    shown = visit.tally.walks.get(walk, {})
    new = len(set(shown).difference(listings.last(run, visit.source, walk).keys))
    many = f"all {new}" if new == len(shown) else f"{new} of the {len(shown)}"
    last = visit.state.last_complete
    since = f" since the complete poll {_ago(visit.started_at - last)} before" if last else ""
    event = GapSuspected(
        source=visit.source.id,
        walk=redact(walk),
        why="overflow",
        expected=1,
        received=0,
        detail=f"{many} entries shown are new{since}: others may have come and gone in between",
    )
    _say(run, visit, event)


def _ago(length: timedelta) -> str:
    minutes = round(length.total_seconds() / 60)
    return (
        f"{minutes} min"
        if minutes < 120
        else f"{minutes // 60} h"
        if minutes < 2880
        else f"{minutes // 1440} days"
    )


def _say(run: Run, visit: Visit, event: GapSuspected | GapClosed) -> None:
    with run.database.write():
        run.append(f"source:{visit.source.id}", event)
        projections.catch_up(run.database, run.log)


def past_jobs(run: Run, visit: Visit, since: datetime, until: datetime) -> list[Job]:
    """What to ask for all that the source published between two moments. Raises UsageError where it cannot be asked."""
    if not sources.offers(visit.source, "past"):
        raise UsageError(
            visit.source.id,
            f"a source of the kind {visit.source.kind} cannot be asked for its past",
            "poll it instead: `monitor sources` names those that can",
        )
    if lacks_key(visit):
        return []
    return _jobs(run, visit, wanted(visit, partial(sources.past, visit.source, since, until)))


def reopen(run: Run, visit: Visit) -> list[Job]:
    """At the beginning of a poll: try again to fill, out of the publisher's past, a gap that is still open."""
    found = health.get(run.database.conn, visit.source.id)
    if (
        found is None
        or found.gap_why != "overflow"
        or visit.source.key_problem
        or not sources.offers(visit.source, "past")
    ):
        return []
    since = seen_until(run, visit, open_since(run, visit.source))
    jobs = _jobs(run, visit, wanted(visit, partial(sources.past, visit.source, since, visit.started_at)))
    if jobs:
        visit.gaps[found.gap_walk] = "past"
        visit.reopened.add(found.gap_walk)
        visit.tally.windows.add(found.gap_walk)
    return jobs
