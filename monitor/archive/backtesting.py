"""Tries edited watchlists on all that the log holds, beside those in force. Records nothing."""

from __future__ import annotations

import difflib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from monitor.archive.gathering import Archive
from monitor.core.backtests import Backtest, Comparison, Pair, Seen, SubjectResult, pairs
from monitor.core.errors import UsageError
from monitor.core.watchlists import Watchlist
from monitor.core.wording import day_and_time
from monitor.pipeline.watching import document, in_force
from monitor.projections import items, judgements, matches
from monitor.projections.items import StoredItem

_BATCH = 500
_MOST_NAMED = 3

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What to compare: the edited lists, alone (`only_these`) or as all that there shall be; from when; which subject.

    `since` is ISO 8601 UTC or empty, `timezone` decides what day a moment belongs to, `samples` is how many items to
    show for each effect on each subject.
    """

    edited: Sequence[Watchlist]
    only_these: bool
    timezone: str
    since: str = ""
    subject: str = ""
    samples: int = 3


def backtest(
    archive: Archive, choice: Choice, *, progress: Progress = lambda _name, _done, _of: None
) -> Backtest:
    """The edited lists beside those in force, over every item that was first recorded since then.

    Raises UsageError for a subject that neither side has.
    """
    began = time.monotonic()
    chosen = _pairs(archive, choice)
    compared = {pair.watchlist.id for pair in chosen}
    comparison = Comparison(chosen, samples=choice.samples)
    for item in _items(archive, choice.since, progress):
        comparison.take(document(archive.log.database, item), _seen(archive, item, compared, choice.timezone))
    return replace(comparison.result(*_days(archive, choice)), elapsed_s=round(time.monotonic() - began, 2))


def _pairs(archive: Archive, choice: Choice) -> list[Pair]:
    ids = {watchlist.id for watchlist in choice.edited}
    stored = [one for one in in_force(archive.views) if not choice.only_these or one.id in ids]
    found = pairs(stored, choice.edited)
    if not choice.subject:
        return found
    chosen = [pair for pair in found if choice.subject in _names(pair)]
    if not chosen:
        raise UsageError(choice.subject, "no such subject on either side", _meant(choice.subject, found))
    return chosen


def _meant(name: str, known: Sequence[Pair]) -> str:
    """The few subjects that are nearest to a name that none bears; all would fill a screen."""
    names = list(dict.fromkeys(one for pair in known for one in _names(pair)))
    wanted = [one for one in names if ("/" in one) == ("/" in name)]
    close = difflib.get_close_matches(name.lower(), wanted, n=_MOST_NAMED)
    return f"did you mean {' or '.join(close)}?" if close else "`monitor watch list` names them all"


def _names(pair: Pair) -> tuple[str, str]:
    return pair.subject.id, f"{pair.watchlist.id}/{pair.subject.id}"


def _items(archive: Archive, since: str, progress: Progress) -> Iterator[StoredItem]:
    """Every item that was first recorded since then, a few at a time."""
    conn = archive.views.conn
    total = sum(items.counts_by_source(conn).values())
    position = done = 0
    while batch := items.touched_after(conn, position, _BATCH):
        yield from (item for item in batch if item.recorded_at >= since)
        position, done = batch[-1].last_position, done + len(batch)
        progress("items", done, total)


def _seen(archive: Archive, item: StoredItem, compared: set[str], timezone: str) -> Seen:
    conn = archive.views.conn
    judged = judgements.of_item(conn, item.key)
    return Seen(
        key=item.key,
        title=item.title,
        published=str(item.published or ""),
        day=day_and_time(item.recorded_at, timezone)[0],
        is_news=items.was_published_live(conn, item.key),
        was_told=any(
            one.origin == "live" and one.watchlist in compared for one in matches.of_item(conn, item.key)
        ),
        verdict=judged.verdict if judged else "",
    )


def _days(archive: Archive, choice: Choice) -> tuple[str, str]:
    """The first and the last day on which anything was recorded, the first no earlier than was asked for."""
    first = next(archive.log.read(limit=1), None)
    last = next(archive.log.read(until=archive.head.position, last=1), None)
    if first is None or last is None:
        return "", ""
    begun = min(max(first.recorded_at, choice.since), last.recorded_at)
    return day_and_time(begun, choice.timezone)[0], day_and_time(last.recorded_at, choice.timezone)[0]


def as_json(found: Backtest, subjects: Sequence[SubjectResult]) -> Iterator[dict[str, Any]]:
    """A line for the whole, then a line for each of these subjects."""
    whole = msgspec.to_builtins(found)
    del whole["subjects"]
    yield {"type": "backtest", **whole}
    for subject in subjects:
        yield {"type": "subject", **msgspec.to_builtins(subject)}
