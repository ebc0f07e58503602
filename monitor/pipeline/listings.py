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
    """The keys in the order shown, and what is doubtful of them.

    Of a list of all that stands, `absent` is how often each lost key was missed; of a window that showed these keys and
    is empty by now, `empty` is for how many polls.
    """

    keys: Sequence[str] = ()
    absent: Mapping[str, int] = field(default_factory=dict)
    empty: int = 0


def last(run: Run, source: Source, walk: str) -> Listing:
    """What the walk showed last; an empty listing where it was never read, or was read under other options."""
    sql = "SELECT keys, absent, empty FROM listings WHERE source = ? AND walk = ? AND read_as = ?"
    row = run.database.conn.execute(sql, (source.id, walk, read_as(source))).fetchone()
    if row is None:
        return Listing()
    return Listing(
        keys=msgspec.json.decode(row["keys"], type=list[str]),
        absent=msgspec.json.decode(row["absent"], type=dict[str, int]),
        empty=row["empty"],
    )


def keep(run: Run, source: Source, walk: str, listing: Listing) -> None:
    """Keep what a walk shows now, inside the caller's transaction."""
    run.database.conn.execute(
        "REPLACE INTO listings (source, walk, read_as, keys, absent, empty) VALUES (?, ?, ?, ?, ?, ?)",
        (
            source.id,
            walk,
            read_as(source),
            _encode(list(listing.keys)).decode(),
            _encode(dict(listing.absent)).decode(),
            listing.empty,
        ),
    )


def in_doubt(run: Run, source: Source) -> set[str]:
    """The lists in which something was missing when they were last read, and the windows that were empty."""
    sql = "SELECT walk FROM listings WHERE source = ? AND read_as = ? AND (absent <> '{}' OR empty > 0)"
    return {row["walk"] for row in run.database.conn.execute(sql, (source.id, read_as(source)))}
