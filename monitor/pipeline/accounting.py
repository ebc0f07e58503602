"""Accounts for a visit: what changed about the source itself, and when it is due again. All in one transaction."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from monitor import projections
from monitor.core.dates import to_text
from monitor.core.errors import FetchError, SourceError
from monitor.core.events import (
    GapClosed,
    GapSuspected,
    Payload,
    SourceFailed,
    SourceMoved,
    SourceRecovered,
)
from monitor.core.pacing import Interval, adapted, backoff_s, refused_s, wait_s
from monitor.core.urls import redact
from monitor.pipeline import unfinished
from monitor.pipeline.completing import open_since, seen_until, short_walks
from monitor.pipeline.frontier import SOONEST_S
from monitor.pipeline.recording import asked_as
from monitor.pipeline.run import Run
from monitor.pipeline.settling import settle
from monitor.pipeline.visits import Visit, keep_noted
from monitor.projections import health
from monitor.projections.health import GOOD, SourceHealth

# Another way may bring less than the source itself: only what was asked of that moves the window.
_COMPLETE = frozenset({"ok", "unchanged"})
# A permanent redirect is followed without asking the old address once it has stood for so long, over so many polls.
_STABLE_AFTER = timedelta(days=7)
_STABLE_POLLS = 3
_LOOK_FOR_KEY_S = 300
# Asking sooner than usual would be hammering: the server said that it does not want us, not so often, or not there.
_REFUSALS = frozenset({"blocked", "key", "moved"})
_TOO_OFTEN = 429


@dataclass(frozen=True, slots=True, kw_only=True)
class PollReport:
    """What one source's poll came to, and with it those before it that left the rest to it.

    `outcome` is ok, unchanged (nothing was new), covered (its address failed, and another way brought its news), partial
    (some pages failed or were not to be asked, or fewer items came than were declared), failed, or not-due. `items` were
    read, `new`, `revised`, `moved` and `withdrawn` recorded, `matched` recognised. Of a `baseline` all that is new was there before, and is no news.
    """

    source: str
    outcome: str
    items: int = 0
    new: int = 0
    revised: int = 0
    moved: int = 0
    withdrawn: int = 0
    matched: int = 0
    bytes: int = 0
    elapsed_s: float = 0.0
    error: str = ""
    due_at: str = ""
    problems: tuple[str, ...] = ()
    baseline: bool = False


def account(run: Run, visit: Visit) -> PollReport:
    """Account for a visit, inside the caller's transaction."""
    if visit.is_unfinished:
        return _leave(run, visit)
    unfinished.forget(run, visit.source)
    turnover = settle(run, visit, good=_outcome(visit) in GOOD)
    report = replace(_report(visit), matched=visit.matched)
    keep_noted(run, visit)
    for event in _transitions(visit, report, health.get(run.database.conn, visit.source.id)):
        run.append(f"source:{visit.source.id}", event)
    due_at = _schedule(run.database.conn, visit, report, turnover, now=run.now())
    return replace(report, due_at=due_at)


def account_for_past(run: Run, visit: Visit, *, since: datetime, until: datetime) -> PollReport:
    """Account for a visit to a source's past, inside the caller's transaction.

    It moves neither window nor schedule, but closes a gap that lies in what it loaded.
    """
    report = replace(_report(visit), matched=visit.matched)
    before = health.get(run.database.conn, visit.source.id)
    if before is not None and report.outcome in GOOD and _covers(run, visit, before, since, until):
        event = GapClosed(source=visit.source.id, walk=before.gap_walk, how="past")
        run.append(f"source:{visit.source.id}", event)
    return report


def _covers(run: Run, visit: Visit, before: SourceHealth, since: datetime, until: datetime) -> bool:
    """Whether the overflows that stand lie between two moments: from the last good poll before them to the one that found the last."""
    if before.gap_why != "overflow":
        return False
    first, last = (_poll_at(run, visit, at) for at in (open_since(run, visit.source), before.gap_since))
    return bool(first) and since <= seen_until(run, visit, first) and to_text(until) >= last


def _poll_at(run: Run, visit: Visit, moment: str) -> str:
    """When the poll began in which something was recorded at that moment."""
    sql = "SELECT max(started_at) FROM polls WHERE source = ? AND started_at <= ?"
    return run.database.conn.execute(sql, (visit.source.id, moment)).fetchone()[0] or ""


def let_be(run: Run, source: str) -> str:
    """Close the source's gap because a person knows of it and lets it be; what the gap was, or nothing if there is none."""
    before = health.get(run.database.conn, source)
    if before is None or not before.gap_since:
        return ""
    with run.database.write():
        run.append(f"source:{source}", GapClosed(source=source, walk=before.gap_walk, how="let be"))
        projections.catch_up(run.database, run.log)
        if not before.failing_since:
            _go_on_from_last_poll(run.database.conn, source)
    return before.gap


def _go_on_from_last_poll(conn: sqlite3.Connection, source: str) -> None:
    """Let the next poll ask from the last one on, which was answered: what it lacked is not waited for any longer."""
    conn.execute(
        """
        UPDATE source_state SET failures = 0, last_good_at = max(
            last_good_at,
            coalesce((SELECT max(started_at) FROM polls WHERE polls.source = source_state.source), '')
        ) WHERE source = ?""",
        (source,),
    )


def adopted_address(row: Mapping[str, Any] | sqlite3.Row | None, now: datetime) -> str:
    """The address to which a source has moved for good and for long, by its row of `source_state`; else nothing."""
    if row is None or not row["moved_to"] or row["moved_polls"] < _STABLE_POLLS:
        return ""
    stable = now - datetime.fromisoformat(row["moved_since"]) >= _STABLE_AFTER
    is_whole = "●●●" not in row["moved_to"] and not row["moved_to"].endswith("…")
    return str(row["moved_to"]) if stable and is_whole else ""


def _leave(run: Run, visit: Visit) -> PollReport:
    """Leave what is not asked yet to a later poll; nothing is concluded from the rest before its end."""
    conn, id_, polled = run.database.conn, visit.source.id, to_text(visit.polled_at)
    due_at = to_text(run.clock() + timedelta(seconds=visit.deferred_s))
    conn.execute(
        "INSERT INTO source_state (source, last_attempt_at, due_at) VALUES (?, ?, ?)"
        " ON CONFLICT (source) DO UPDATE SET due_at = excluded.due_at",
        (id_, polled, due_at),
    )
    if not visit.began:
        return PollReport(source=id_, outcome="not-due", due_at=due_at)
    unfinished.keep(run, visit)
    conn.execute("UPDATE source_state SET last_attempt_at = ? WHERE source = ?", (polled, id_))
    if visit.tally.keys:
        sql = "UPDATE source_state SET reached_at = ? WHERE source = ? AND reached_at = ''"
        conn.execute(sql, (to_text(visit.started_at), id_))
    return replace(_report(visit), matched=visit.matched, due_at=due_at)


def _report(visit: Visit) -> PollReport:
    tally = visit.tally
    return PollReport(
        source=visit.source.id,
        outcome=_outcome(visit),
        items=len(tally.keys),
        new=len(tally.new),
        revised=tally.revised,
        moved=tally.moved,
        withdrawn=tally.withdrawn,
        bytes=visit.bytes,
        elapsed_s=round(time.monotonic() - visit.began, 3) if visit.began else 0.0,
        error="; ".join(_errors(visit)),
        problems=tuple(f"{problem.where}: {problem.what}" for problem in tally.problems),
        baseline=tally.origin == "baseline",
    )


def _outcome(visit: Visit) -> str:
    tally = visit.tally
    if visit.is_unfinished:
        return "partial"
    if visit.failures or tally.missing or short_walks(tally):
        return "partial" if tally.keys or tally.missing else "failed"
    if visit.covered:
        return "covered"
    changed = len(tally.new) + tally.revised + tally.moved + tally.withdrawn
    return "ok" if changed else "unchanged"


def _errors(visit: Visit) -> list[str]:
    errors = [str(error) for error in visit.failures[:1]]
    if len(visit.failures) > 1:
        errors.append(f"and {len(visit.failures) - 1} more requests failed")
    instead = "another way failed too" if visit.failures else "its news was read another way"
    errors += [f"{error}; {instead}" for error in visit.covered[:1]]
    errors += [
        f"{visit.source.id}: {got} of {total} declared items came ({redact(name)})"
        for name, got, total in _short(visit)
    ]
    missing = list(visit.tally.missing.items())
    errors += [f"{visit.source.id}: {what} ({redact(name)})" for name, what in missing[:1]]
    if len(missing) > 1:
        errors.append(f"and {len(missing) - 1} more lists were not read whole")
    errors += [
        f"{visit.source.id}: only {left} of {before} entries are left; nothing is taken for withdrawn yet"
        for before, left in visit.shrunk.values()
    ]
    errors += [
        f"{visit.source.id}: entries may have come and gone since the last poll"
        for state in visit.gaps.values()
        if state != "closed"
    ]
    return [*errors, *_left(visit)]


def _left(visit: Visit) -> list[str]:
    """What is said of what was not asked: a later poll goes on with it, but a backfill has none."""
    if not visit.left:
        return []
    is_slow = visit.deferred_s > SOONEST_S
    why = "its host wants to be left alone" if is_slow else "this took long enough"
    where = "unasked" if visit.tally.origin == "backfill" else "to a later poll"
    return [f"{visit.source.id}: {why}; {len(visit.left)} requests are left {where}"]


def _transitions(visit: Visit, report: PollReport, before: SourceHealth | None) -> list[Payload]:
    """What changed about the source: it fails or recovers, shows or loses a gap, moves."""
    return [
        *_failing(visit, before),
        *_gap(visit, report, before),
        *_moving(visit, before, good=report.outcome in GOOD),
    ]


def _failing(visit: Visit, before: SourceHealth | None) -> list[Payload]:
    id_ = visit.source.id
    failure, detail = _failure(visit)
    if failure and (before is None or before.failure != failure):
        return [SourceFailed(source=id_, failure=failure, detail=detail)]
    if not failure and before is not None and before.failing_since:
        return [SourceRecovered(source=id_, failed_since=before.failing_since)]
    return []


def _failure(visit: Visit) -> tuple[str, str]:
    """The word for the failure and what is said of it; empty where there is none."""
    error: SourceError | None = next(iter(visit.failures), None)
    if error is not None:
        return error.failure, str(error)
    error = next(iter(visit.covered), None)
    return ("covered", f"{error}; its news is read another way") if error else ("", "")


def _gap(visit: Visit, report: PollReport, before: SourceHealth | None) -> list[Payload]:
    id_ = visit.source.id
    stands = before is not None and before.gap_since
    short = [] if visit.failures else _short(visit)
    if before is not None and stands:
        is_over = before.gap_why != "overflow" and report.outcome in GOOD and not visit.shrunk
        return [GapClosed(source=id_, walk=before.gap_walk, how="complete walk")] if is_over else []
    if short:
        walk, received, expected = short[0]
        detail = f"{received} of {expected} items came"
    elif visit.tally.missing:
        walk, detail = next(iter(visit.tally.missing.items()))
        expected = received = 0
    elif visit.shrunk:
        walk, (expected, received) = next(iter(visit.shrunk.items()))
        detail = f"only {received} of {expected} entries are left"
    else:
        return []
    why = "short" if short or visit.tally.missing else "shrunk"
    if others := {*(name for name, _, _ in short), *visit.tally.missing, *visit.shrunk} - {walk}:
        detail += f"; so it is with {len(others)} more of its lists"
    return [
        GapSuspected(
            source=id_, walk=redact(walk), why=why, expected=expected, received=received, detail=detail
        )
    ]


def _short(visit: Visit) -> list[tuple[str, int, int]]:
    """The walks that came short, unless the rest of them was left to a later poll."""
    return [] if visit.left else short_walks(visit.tally)


def _moving(visit: Visit, before: SourceHealth | None, *, good: bool) -> list[Payload]:
    """A move is said when it is new, when it is followed, when it is followed no longer, and when it is taken back."""
    said = (before.moved_to, bool(before.moved_adopted)) if before else ("", False)
    now = (visit.adopted or visit.moved_to, bool(visit.adopted) and good)
    old = redact(visit.source.url)
    if not now[0] and said[0] and good and visit.began:
        return [SourceMoved(source=visit.source.id, old_url=said[0], new_url=old)]
    if not now[0] or now == said or (visit.adopted and not good and not said[1]):
        return []
    return [SourceMoved(source=visit.source.id, old_url=old, new_url=now[0], adopted=now[1])]


def _schedule(
    conn: sqlite3.Connection, visit: Visit, report: PollReport, turnover: float | None, *, now: str
) -> str:
    """Remember the poll and when the next one is due; a complete one moves the window that the next one asks for.

    A source is past its baseline once it was reached, even if pages failed: one that never answers must not keep it
    silent for ever.
    """
    id_, good = visit.source.id, report.outcome in GOOD
    found = conn.execute("SELECT * FROM source_state WHERE source = ?", (id_,)).fetchone()
    row: Mapping[str, Any] = dict(found) if found else {}
    started = to_text(visit.started_at)
    failures = 0 if good else row.get("failures", 0) + 1
    interval_s = _interval_s(visit, row, turnover) if good else row.get("interval_s", 0)
    # What an unchanged page does not say again holds on: it was not read.
    stated_s = visit.tally.stated_s if visit.tally.keys else max(visit.tally.stated_s, row.get("stated_s", 0))
    values = {
        "source": id_,
        "last_attempt_at": to_text(visit.polled_at),
        "last_good_at": started if report.outcome in _COMPLETE else row.get("last_good_at", ""),
        "asked_as": asked_as(visit.source) if report.outcome in _COMPLETE else row.get("asked_as", ""),
        "reached_at": row.get("reached_at") or (started if good or report.outcome == "partial" else ""),
        "due_at": to_text(_next_time(visit, failures, interval_s, stated_s)),
        "failures": failures,
        "interval_s": interval_s,
        "stated_s": stated_s,
        **_moved(visit, row, good=good),
    }
    conn.execute(
        f"REPLACE INTO source_state ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})",  # noqa: S608 - the names above
        tuple(values.values()),
    )
    _note_poll(conn, report, started, ended=now)
    return str(values["due_at"])


def _interval_s(visit: Visit, row: Mapping[str, Any], turnover: float | None) -> int:
    """The interval to the next poll, by how much of the window was new."""
    now_s = row.get("interval_s", 0) or 0
    bounds = Interval(every_s=visit.source.every_s, fastest_s=visit.source.fastest_s, now_s=now_s)
    return adapted(bounds, turnover)


def _note_poll(conn: sqlite3.Connection, report: PollReport, started: str, *, ended: str) -> None:
    conn.execute(
        "INSERT INTO polls (source, started_at, ended_at, outcome, items, bytes, error) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (report.source, started, ended, report.outcome, report.items, report.bytes, report.error),
    )


def _moved(visit: Visit, row: Mapping[str, Any], *, good: bool) -> dict[str, Any]:
    """Where the source says that it has moved, since when and over how many polls; forgotten when it fails there."""
    kept = {name: row[name] for name in ("moved_to", "moved_since", "moved_polls") if name in row}
    if visit.adopted:
        return kept if good else {}
    if not visit.moved_to:
        return {} if good else kept
    if kept.get("moved_to") == visit.moved_to:
        return {**kept, "moved_polls": kept["moved_polls"] + visit.is_one_page}
    return {"moved_to": visit.moved_to, "moved_since": to_text(visit.started_at), "moved_polls": 1}


def _next_time(visit: Visit, failures: int, interval_s: int, stated_s: int) -> datetime:
    """After a good poll, the interval; after failures, sooner, then ever later, and never before the server allows."""
    every_s, seed = visit.source.every_s, f"{visit.source.id} {to_text(visit.started_at)}"
    if visit.source.key_problem:
        seconds = float(
            min(every_s, _LOOK_FOR_KEY_S)
        )  # nobody is asked, and somebody may be setting it just now
    elif failures:
        retry_s = refused_s if _is_refused(visit) else backoff_s
        seconds = retry_s(failures, every_s=every_s, seed=seed)
    else:
        seconds = wait_s(interval_s, every_s=every_s, stated_s=stated_s, seed=seed)
    errors = [*visit.failures, *visit.covered]
    asked = [error.retry_at for error in errors if isinstance(error, FetchError) and error.retry_at]
    return max([visit.polled_at + timedelta(seconds=max(seconds, visit.deferred_s)), *asked])


def _is_refused(visit: Visit) -> bool:
    """Whether the server does not want us. A key that is missing here was not refused by anybody."""
    if visit.source.key_problem:
        return False
    return any(
        error.failure in _REFUSALS or (isinstance(error, FetchError) and error.status == _TOO_OFTEN)
        for error in visit.failures
    )
