"""What an output is owed: all that is news since its plans, of what its watchlists recognise. Changes nothing.

A cursor is a position of the log and follows from the plans that stand in it. What was told is known change by change, so
that a cursor that stands too early repeats nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.archive import gathering
from monitor.archive.activity import with_activity
from monitor.archive.gathering import Archive
from monitor.archive.retelling import DAILY
from monitor.core import grouping, sections
from monitor.core.composing import compose
from monitor.core.dates import to_text
from monitor.core.deliveries import Occasion, Output
from monitor.core.digests import Digest, Period, Section, SourceLine
from monitor.core.occasions import LANES, lane_of, most_urgent
from monitor.core.watchlists import Watchlist
from monitor.database import Database
from monitor.pipeline.watching import in_force
from monitor.projections import deliveries, items, matches
from monitor.projections.items import StoredChange
from monitor.projections.matches import StoredMatch

# A new output is told at once of what is fresh, and of nothing older.
_FIRST_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """What a lane of an output is owed. `changes` and `matches` are positions: all of them are accounted for by its plan.

    `first` is the first position of what is owed that the output was not looked through for, `since` when the first of
    the changes was recorded.
    """

    sections: tuple[Section, ...] = ()
    changes: tuple[int, ...] = ()
    matches: tuple[int, ...] = ()
    first: int = 0
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


def floor(archive: Archive, output: Output, now: datetime) -> int:
    """Up to which position nothing is owed to an output any more, whatever its lanes.

    The mark only saves looking at what was told: without it, the same is owed.
    """
    seen = archive.log.database.checkpoint_position(floor_mark(output.id))
    return max(beginning(archive, output, now), seen)


def floor_mark(output: str) -> str:
    """Under which name `checkpoints` holds an output's floor."""
    return f"output:{output}"


def lane_mark(output: str, lane: Occasion) -> str:
    """Under which name `checkpoints` holds for which day or week a lane was looked through with nothing to tell."""
    return f"output:{output}:{lane}"


def fault_mark(output: str) -> str:
    """Under which name `checkpoints` holds since when nothing could be planned for an output, and why."""
    return f"output:{output}:fault"


def fault(database: Database, output: str) -> tuple[str, str]:
    """Since when (ISO 8601 UTC) the last look at an output came to nothing, and why; empty where it came to its end."""
    since, _, what = database.checkpoint(fault_mark(output)).partition(" ")
    return since, what


def cursor(archive: Archive, output: Output, lane: Occasion, now: datetime) -> int:
    """Up to which position a lane was told: by its last plan, or since then with nothing to tell."""
    planned = deliveries.planned_until(archive.views.conn, output.id, LANES[lane])
    seen = archive.log.database.checkpoint_position(lane_mark(output.id, lane))
    return max(beginning(archive, output, now), planned, seen)


def owed(archive: Archive, output: Output, lanes: Sequence[Occasion], now: datetime) -> dict[Occasion, Owed]:
    """What each lane of an output is owed now.

    An item belongs to the most urgent lane of those watchlists to whose readers it is news, and is told there alone,
    under the reasons of all.
    """
    lists = watchlists_of(archive, output)
    after = floor(archive, output, now)
    begun = beginning(archive, output, now)
    news = list(_news(archive, output.id, (begun, after), {one.id for one in lists}))
    # By the log's clock, whatever the period: what is told follows from positions alone.
    period = Period(since="", until="", clock="recorded", timezone=output.timezone)
    told = [gathering.material(archive.views, one.key, one.changes, one.matches, period) for one in news]
    composed = compose(told, lists, period=period)
    lane_by_key = _lanes(composed, lanes)
    return {
        lane: _owed(composed, [one for one in news if lane_by_key.get(one.key) == lane]) for lane in lanes
    }


def _lanes(composed: Sequence[Section], lanes: Sequence[Occasion]) -> dict[str, Occasion | None]:
    priorities: dict[str, list[str]] = {}
    for section in composed:
        for entry in section.entries:
            priorities.setdefault(entry.key, []).append(section.priority)
    return {key: lane_of(most_urgent(found), lanes) for key, found in priorities.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class _News:
    """An item with what of it is untold. `new_matches` are positions of live ones that no plan has told of.

    `first` is the first position of either above the floor.
    """

    key: str
    changes: tuple[StoredChange, ...]
    matches: tuple[StoredMatch, ...]
    new_matches: tuple[int, ...]
    first: int


def watchlists_of(archive: Archive, output: Output) -> list[Watchlist]:
    """The watchlists in force that an output tells of."""
    return [one for one in in_force(archive.views) if not output.watchlists or one.id in output.watchlists]


def _news(archive: Archive, output: str, from_: tuple[int, int], lists: set[str]) -> Iterator[_News]:
    """Of each item what is untold. `from_` is after which positions the output began, and nothing was looked at."""
    conn = archive.views.conn
    begun, after = from_
    by_key: dict[str, list[StoredChange]] = {}
    for change in _candidates(archive, after):
        by_key.setdefault(change.key, []).append(change)
    for key, changes in by_key.items():
        found = [m for m in matches.of_item(conn, key) if m.watchlist in lists and _stands(m, changes)]
        told = deliveries.told_changes(conn, output, (change.position for change in changes))
        past = min((m.position if m.origin == "backfill" else 0 for m in found), default=0)
        untold = [c for c in changes if c.position not in told and c.position > past]
        if found and untold:
            silent = _silent(archive, output, untold, max(begun, past))
            yield _of_item(archive, output, after, [*silent, *untold], found)


def _silent(
    archive: Archive, output: str, untold: Sequence[StoredChange], past: int
) -> Sequence[StoredChange]:
    """Earlier revisions that were not worth telling by themselves: a reader compares with what was told last."""
    conn, first = archive.views.conn, untold[0].position
    if not any(change.kind == "revised" for change in untold):
        return ()
    earlier = [
        change
        for change in items.changes_of(conn, untold[0].key)
        if change.kind == "revised" and change.origin == "live" and past < change.position < first
    ]
    told = deliveries.told_changes(conn, output, (change.position for change in earlier))
    return [change for change in earlier if change.position not in told]


def _of_item(
    archive: Archive,
    output: str,
    after: int,
    untold: Sequence[StoredChange],
    found: Sequence[StoredMatch],
) -> _News:
    live = [match.position for match in found if match.origin == "live"]
    new = sorted(set(live) - deliveries.told_matches(archive.views.conn, output, live))
    positions = [*(change.position for change in untold), *live]
    return _News(
        key=untold[0].key,
        changes=tuple(untold),
        matches=tuple(found),
        new_matches=tuple(new),
        first=min((position for position in positions if position > after), default=after + 1),
    )


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


def _owed(composed: Sequence[Section], news: Sequence[_News]) -> Owed:
    """Of what was composed, the news of one lane; each item once."""
    if not news:
        return Owed()
    keys = {one.key for one in news}
    own = [
        replace(section, entries=tuple(entry for entry in section.entries if entry.key in keys))
        for section in composed
    ]
    changes = [change for one in news for change in one.changes]
    return Owed(
        sections=tuple(map(grouping.folded, sections.told_once(own))),
        changes=tuple(sorted(change.position for change in changes)),
        matches=tuple(sorted(position for one in news for position in one.new_matches)),
        first=min(one.first for one in news),
        since=min(_begins_at(one) for one in news),
    )


def _begins_at(news: _News) -> str:
    """When the first of what was not looked at yet was recorded."""
    fresh = [change.recorded_at for change in news.changes if change.position >= news.first]
    return min(fresh or [change.recorded_at for change in news.changes])


def digest_of(
    archive: Archive,
    output: Output,
    lane: Occasion,
    found: Owed,
    *,
    lanes: Sequence[Occasion],
    now: datetime,
    sources: Sequence[SourceLine],
    notices: Iterable[str],
) -> Digest:
    """What a lane is owed as a digest.

    An alert holds what it is about and no more; a daily or weekly digest all that was recorded since the last one, with
    a section also for those of its watchlists that have nothing to tell.
    """
    first, last, since = min(found.changes, default=0), max(found.changes, default=0), found.since
    told = sections.with_entries(found.sections)
    if lane != "alert":
        first, last = cursor(archive, output, lane, now) + 1, archive.head.position
        since = _recorded_at(archive, first)
        told = _with_silent_ones(found.sections, watchlists_of(archive, output), lane, lanes)
    period = Period(
        since=min(since or to_text(now), to_text(now)),
        until=to_text(now + timedelta(seconds=1)),
        clock="recorded",
        timezone=output.timezone,
        language=output.language,
    )
    return Digest(
        period=period,
        position=archive.head.position,
        first_position=first if first <= last else 0,
        last_position=last if first <= last else 0,
        head=archive.head.hash,
        sections=with_activity(archive.views, told, watchlists_of(archive, output), period),
        sources=tuple(sources),
        notices=(*archive.notices, *notices),
    )


def _recorded_at(archive: Archive, position: int) -> str:
    """When what stands at a position was recorded; nothing where the log does not go so far."""
    return next((event.recorded_at for event in archive.log.read(position - 1, limit=1)), "")


def _with_silent_ones(
    told: Sequence[Section], lists: Sequence[Watchlist], lane: Occasion, lanes: Sequence[Occasion]
) -> tuple[Section, ...]:
    own = {one.id for one in lists if lane_of(one.priority, lanes) == lane}
    period = Period(since="", until="", clock="recorded", timezone="UTC")
    every = told or compose([], lists, period=period)
    return tuple(section for section in every if section.entries or section.id in own)


def shortened(digest: Digest, limit: int) -> Digest:
    """The digest with so many entries at most; what is left out is counted, and was accounted for."""
    return replace(digest, sections=sections.limited(digest.sections, limit))
