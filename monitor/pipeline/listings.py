"""What each window and each list of a source showed when it was last read: the memory that completeness is proved by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from monitor.core.exchange import Source
from monitor.pipeline.recording import read_as
from monitor.pipeline.run import Run

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The keys in the order shown; of a list of all that stands also how often each lost key was missed."""

    keys: Sequence[str] = ()
    absent: Mapping[str, int] = field(default_factory=dict)


def last(run: Run, source: Source, walk: str) -> Listing:
    """What the walk showed last; an empty listing where it was never read, or was read under other options."""
    sql = "SELECT keys, absent FROM listings WHERE source = ? AND walk = ? AND read_as = ?"
    row = run.database.conn.execute(sql, (source.id, walk, read_as(source))).fetchone()
    if row is None:
        return Listing()
    return Listing(
        keys=msgspec.json.decode(row["keys"], type=list[str]),
        absent=msgspec.json.decode(row["absent"], type=dict[str, int]),
    )


def keep(run: Run, source: Source, walk: str, listing: Listing) -> None:
    """Keep what a walk shows now, inside the caller's transaction."""
    run.database.conn.execute(
        "REPLACE INTO listings (source, walk, read_as, keys, absent) VALUES (?, ?, ?, ?, ?)",
        (
            source.id,
            walk,
            read_as(source),
            _encode(list(listing.keys)).decode(),
            _encode(dict(listing.absent)).decode(),
        ),
    )


def with_absentees(run: Run, source: Source) -> set[str]:
    """The lists in which something was missing when they were last read."""
    sql = "SELECT walk FROM listings WHERE source = ? AND read_as = ? AND absent <> '{}'"
    return {row["walk"] for row in run.database.conn.execute(sql, (source.id, read_as(source)))}
