"""What an output is owed: all that is news since its plans, of what its watchlists recognise. Changes nothing.

A cursor is a position of the log and follows from the plans that stand in it. What was told is known change by change, so
that a cursor that stands too early repeats nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.archive import gathering
from monitor.archive.gathering import Archive
from monitor.archive.retelling import DAILY
from monitor.core import sections
from monitor.core.dates import to_text
from monitor.core.deliveries import Occasion, Output
from monitor.core.digests import Digest, Material, Period, SourceLine, compose
from monitor.core.occasions import LANES, lane_of, most_urgent
from monitor.core.watchlists import Watchlist
from monitor.pipeline.watching import in_force
from monitor.projections import deliveries, items, matches
from monitor.projections.items import StoredChange
from monitor.projections.matches import StoredMatch

# A new output is told at once of what is fresh, and of nothing older.
_FIRST_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """What a lane of an output is owed. `changes` and `matches` are positions: all of them are accounted for by its plan.

    `since` is when the first of the changes was recorded.
    """

    materials: tuple[Material, ...] = ()
    changes: tuple[int, ...] = ()
    matches: tuple[int, ...] = ()
    since: str = ""


def beginning(archive: Archive, output: Output, now: datetime) -> int:
    """After which position an output is owed news: where the log has it, else a day ago.

    A terminal that was shown the daily digest before deliveries were recorded goes on from there.
    """
    begun = deliveries.begins_after(archive.views.conn, output.id)
    if begun is not None:
        return begun
    shown = archive.log.database.checkpoint_position(DAILY) if output.kind == "terminal" else 0
    return shown or archive.log.head_at(to_text(now - _FIRST_DAY)).position


def cursor(archive: Archive, output: Output, lane: Occasion, now: datetime) -> int:
    """Up to which position a lane was looked through: by its last plan, or since then with nothing to tell."""
    planned = deliveries.planned_until(archive.views.conn, output.id, LANES[lane])
    seen = archive.log.database.checkpoint_position(checkpoint(output.id, lane))
    return max(beginning(archive, output, now), planned, seen)


def checkpoint(output: str, lane: Occasion) -> str:
    """Under which name `checkpoints` holds how far a lane was looked through with nothing to tell."""
    return f"output:{output}:{lane}"


def owed(archive: Archive, output: Output, lanes: Sequence[Occasion], now: datetime) -> dict[Occasion, Owed]:
    """What each lane of an output is owed now. An item belongs to the most urgent lane that any watchlist gives it."""
    lists = _watchlists(archive, output)
    # No lane passes over what another one has yet to tell: a watchlist may have become more urgent meanwhile.
    after = min((cursor(archive, output, lane, now) for lane in lanes), default=0)
    found: dict[Occasion, list[_News]] = {lane: [] for lane in lanes}
    for news in _news(archive, output.id, after, {one.id for one in lists}):
        priority = most_urgent([one.priority for one in lists if one.id in news.lists])
        if (lane := lane_of(priority, lanes)) is not None:
            found[lane].append(news)
    return {lane: _owed(archive, output.id, news) for lane, news in found.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class _News:
    """An item with what of it is untold; `lists` are the watchlists that recognise it."""

    key: str
    changes: tuple[StoredChange, ...]
    matches: tuple[StoredMatch, ...]
    lists: frozenset[str]


def _watchlists(archive: Archive, output: Output) -> list[Watchlist]:
    return [one for one in in_force(archive.views) if not output.watchlists or one.id in output.watchlists]


def _news(archive: Archive, output: str, after: int, lists: set[str]) -> Iterator[_News]:
    conn = archive.views.conn
    by_key: dict[str, list[StoredChange]] = {}
    for change in _candidates(archive, after):
        by_key.setdefault(change.key, []).append(change)
    for key, changes in by_key.items():
        found = [m for m in matches.of_item(conn, key) if m.watchlist in lists and _stands(m, changes)]
        told = deliveries.told_changes(conn, output, (change.position for change in changes))
        past = min((m.position if m.origin == "backfill" else 0 for m in found), default=0)
        untold = [c for c in changes if c.position not in told and c.position > past]
        if found and untold:
            names = frozenset(match.watchlist for match in found)
            yield _News(key=key, changes=tuple(untold), matches=tuple(found), lists=names)


def _candidates(archive: Archive, after: int) -> list[StoredChange]:
    """All live changes after a position, and the last one of each item that was recognised as news only after it."""
    conn = archive.views.conn
    changes = [c for c in items.changes_after(conn, after) if c.origin == "live"]
    known = {change.key for change in changes}
    late = {match.key for match in matches.live_after(conn, after)} - known
    missed = [c for key in sorted(late) for c in items.latest_content_change(conn, key) if c.origin == "live"]
    return [*missed, *changes]


def _stands(match: StoredMatch, changes: Sequence[StoredChange]) -> bool:
    """Whether a match holds, or fell only with what is about to be told: who was owed the news is told that it is gone."""
    return not match.withdrawn or (
        match.origin == "live" and match.withdrawn_at >= min(change.recorded_at for change in changes)
    )


def _owed(archive: Archive, output: str, news: Sequence[_News]) -> Owed:
    if not news:
        return Owed()
    since = min(change.recorded_at for one in news for change in one.changes)
    period = Period(since=since, until="", clock="recorded", timezone="UTC")
    live = [m.position for one in news for m in one.matches if m.origin == "live"]
    told = deliveries.told_matches(archive.views.conn, output, live)
    return Owed(
        materials=tuple(
            gathering.material(archive.views, one.key, one.changes, one.matches, period) for one in news
        ),
        changes=tuple(sorted(change.position for one in news for change in one.changes)),
        matches=tuple(sorted(set(live) - told)),
        since=since,
    )


def digest_of(
    archive: Archive,
    output: Output,
    owed_: Owed,
    *,
    until: str,
    sources: Sequence[SourceLine],
    notices: Iterable[str],
    everything: bool,
) -> Digest:
    """What is owed as a digest. `everything` keeps sections that have nothing to tell."""
    period = Period(
        since=owed_.since or until,
        until=until,
        clock="recorded",
        timezone=output.timezone,
    )
    composed = compose(owed_.materials, _watchlists(archive, output), period=period)
    told = sections.told_once(composed)
    return Digest(
        period=period,
        position=archive.head.position,
        first_position=min(owed_.changes, default=0),
        last_position=max(owed_.changes, default=0),
        head=archive.head.hash,
        sections=told if everything else sections.with_entries(told),
        sources=tuple(sources),
        notices=(*archive.notices, *notices),
    )


def shortened(digest: Digest, limit: int) -> Digest:
    """The digest with so many entries at most; what is left out is counted, and was accounted for."""
    return replace(digest, sections=sections.limited(digest.sections, limit))
