"""Tries watchlists over all that the log holds, for what is doubtful about their terms. Changes nothing."""

from __future__ import annotations

from collections.abc import Callable

from monitor.archive.gathering import Archive
from monitor.core.linting.tallies import Tally
from monitor.pipeline.watching import document
from monitor.projections import items, judgements

_BATCH = 500

Progress = Callable[[str, int, int], None]


def count(archive: Archive, tally: Tally, *, progress: Progress = lambda _name, _done, _of: None) -> None:
    """Let the tally count every item as it stands now, with the last verdict on it."""
    conn = archive.views.conn
    verdicts = {one.key: one.verdict for one in judgements.latest(conn)}
    total = sum(items.counts_by_source(conn).values())
    position = done = 0
    while batch := items.touched_after(conn, position, _BATCH):
        for item in batch:
            tally.take(document(archive.log.database, item), verdicts.get(item.key, ""))
        position, done = batch[-1].last_position, done + len(batch)
        progress("items", done, total)
