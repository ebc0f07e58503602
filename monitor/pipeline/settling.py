"""The end of a visit: keeps what windows and lists show now, and withdraws what a complete list lost twice."""

from __future__ import annotations

from dataclasses import replace

from monitor import sources
from monitor.core.completeness import turnover, vanishing
from monitor.core.errors import NotUnderstood
from monitor.core.exchange import Request, Withdrawal
from monitor.core.validators import Validators
from monitor.pipeline import listings
from monitor.pipeline.answers import Answer, Page
from monitor.pipeline.listings import Listing
from monitor.pipeline.run import Run
from monitor.pipeline.taking import Batch, withdraw
from monitor.pipeline.visits import Visit

_EMPTY_POLLS = 2


def settle(run: Run, visit: Visit, *, good: bool) -> float | None:
    """Settle windows, and lists that were read whole, inside the caller's transaction.

    Answers with the largest part of a window that was new, None where nothing tells of it.
    """
    turnovers = [_keep_window(run, visit, walk) for walk in sorted(visit.tally.windows)]
    # What is unchanged since something was missing in it misses that once more.
    unchanged = visit.tally.unchanged & listings.in_doubt(run, visit.source)
    for walk in sorted(unchanged - visit.tally.snapshots):
        if listings.last(run, visit.source, walk).empty:
            _keep_window(run, visit, walk)
    if good:
        for walk in sorted((visit.tally.snapshots | unchanged) - visit.tally.unread.keys()):
            if not listings.last(run, visit.source, walk).empty:
                _settle_snapshot(run, visit, walk)
    return max((each for each in turnovers if each is not None), default=None)


def _keep_window(run: Run, visit: Visit, walk: str) -> float | None:
    now = list(visit.tally.walks.get(walk, {}))
    before = listings.last(run, visit.source, walk)
    if now:
        listings.keep(run, visit.source, walk, Listing(keys=now))
    elif before.keys:
        _doubt_emptiness(run, visit, walk, replace(before, empty=before.empty + 1))
    return turnover(before.keys, now)


def _doubt_emptiness(run: Run, visit: Visit, walk: str, listing: Listing) -> None:
    """A window that showed entries and shows none, twice running, is rather broken than out of news."""
    listings.keep(run, visit.source, walk, listing)
    if listing.empty >= _EMPTY_POLLS:
        what = f"shows no entry any more where it showed {len(listing.keys)}"
        error = NotUnderstood(visit.source.id, what, "look at it in a browser: did it move, was it rebuilt?")
        error.failure = "incomplete"
        visit.failed(error)


def _settle_snapshot(run: Run, visit: Visit, walk: str) -> None:
    before = listings.last(run, visit.source, walk)
    was_read = walk in visit.tally.snapshots
    now = list(visit.tally.walks.get(walk, {})) if was_read else before.keys
    why = _reasons(run, visit, {*before.keys, *before.absent} - set(now))
    found = vanishing(
        [key for key in before.keys if why.get(key, "-")],
        {key: times for key, times in before.absent.items() if why.get(key, "-")},
        now,
    )
    batch = Batch(run)
    for key in found.gone:
        withdraw(batch, _said_by(visit, walk), Withdrawal(key=key, reason=why[key]), visit.tally)
    batch.flush()
    if found.most and found.absent:
        visit.shrunk[walk] = (len(before.keys), len(now))
    listings.keep(run, visit.source, walk, Listing(keys=now, absent=found.absent))


def _reasons(run: Run, visit: Visit, leaving: set[str]) -> dict[str, str]:
    """Why each item that is no longer listed would count as withdrawn; empty where going was to be expected."""
    sql = "SELECT marker FROM statements WHERE source = ? AND key = ?"
    reasons: dict[str, str] = {}
    for key in leaving:
        row = run.database.conn.execute(sql, (visit.source.id, key)).fetchone()
        marker = row["marker"] if row else ""
        reasons[key] = sources.vanished(visit.source, key, marker, visit.state.now)
    return reasons


def _said_by(visit: Visit, walk: str) -> Answer:
    """A withdrawal is said by the list as it was read in this poll."""
    return Answer(
        source=visit.source,
        request=visit.tally.asked.get(walk) or Request(url=visit.source.url),
        page=Page(validators=Validators()),
        observed_at=visit.started_at,
    )
