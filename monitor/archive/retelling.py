"""When the reader was last told of an item: by a delivery that was taken, or by the daily digest. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from monitor.archive.gathering import Archive
from monitor.core.digests import Change
from monitor.core.envelopes import Event
from monitor.core.histories import Telling, stretches, told_by_digests
from monitor.projections.deliveries import StoredDelivery
from monitor.projections.items import StoredItem

# The reader of the log that is a person with a terminal: under this name `checkpoints` holds the moment until which the
# daily digest was shown, and the log's position at that time.
DAILY = "digest:daily"


def last_telling(
    archive: Archive,
    item: StoredItem,
    changes: Sequence[Change],
    matched: Iterable[Event],
    sent: Iterable[StoredDelivery],
) -> Telling:
    """The telling that reached furthest into the log; by nobody, up to its first sight, where there was none.

    A delivery tells what the log held when it was planned, however late it was taken.
    """
    shown, unsure = _shown(archive)
    tellings = [
        (one.position, Telling(by="delivery", told_until=one.position, at=one.last_at, name=_name(one)))
        for one in sent
        if one.state == "succeeded"
    ]
    if shown:
        until, position = shown
        told = told_by_digests(changes, stretches(matched), until=until, position=position)
        tellings += [(position, Telling(by="digest", told_until=told, at=until))] if told else []
    if not tellings:
        return Telling(by="nobody", told_until=item.first_position, unsure=unsure)
    _, last = max(tellings, key=lambda one: one[0])
    return Telling(
        by=last.by,
        told_until=max(telling.told_until for _, telling in tellings),
        at=last.at,
        name=last.name,
        unsure=unsure,
    )


def _name(delivery: StoredDelivery) -> str:
    return f"{delivery.output}/{delivery.delivery}"


def _shown(archive: Archive) -> tuple[tuple[str, int] | None, bool]:
    """Until when, and at which position, the daily digest was last shown; and whether earlier times are forgotten.

    Only the last showing is remembered: as of a moment before it, nobody can say when there was one.
    """
    row = archive.log.database.conn.execute(
        "SELECT version, position FROM checkpoints WHERE reader = ?", (DAILY,)
    ).fetchone()
    if row is None:
        return None, False
    if archive.as_of and row["version"] > archive.as_of:
        return None, True
    return (row["version"], row["position"]), False
