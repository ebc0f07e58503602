"""When files that others fetch are made anew: on news, and where what they say or where they stand is no longer so.

An edition shows its whole window. Where its kind keeps up, what its readers are not told of by itself, a date that moved
or a document that was taken away, stands right in it all the same.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from monitor import outputs
from monitor.archive import gathering, owing
from monitor.archive.gathering import Archive
from monitor.archive.owing import Owed
from monitor.core.dates import to_text
from monitor.core.deliveries import Message, Output
from monitor.core.digests import Digest, Period, SourceLine
from monitor.projections import deliveries, items
from monitor.projections.deliveries import StoredDelivery

# What a file shows, where its kind does not say: a reader who was away for a month misses nothing.
_WINDOW = timedelta(days=30)
# After so long, files that could not be written are tried anew.
_ANEW = timedelta(days=1)
# Why an edition is due that is to be made only if it says something else than the last one.
MAY_DIFFER = "what it shows may have changed"


def due(archive: Archive, output: Output, found: Owed, now: datetime) -> tuple[str, str]:
    """The id of the edition that an output has due, and why; nothing where it has none."""
    last = deliveries.latest(archive.views.conn, output.id, "edition")
    why = _why(archive, output, found, last, now)
    return (f"edition-{archive.head.position}", why) if why else ("", "")


def _why(archive: Archive, output: Output, found: Owed, last: StoredDelivery | None, now: datetime) -> str:
    if found.changes or last is None:
        return "there is news" if found.changes else "the first edition"
    if last.position == archive.head.position:
        return ""
    if last.state == "given up":
        # What kept the files from being written may have been mended since.
        return "the last edition was given up" if now - datetime.fromisoformat(last.last_at) > _ANEW else ""
    if last.state == "succeeded" and (gone := _missing(archive, output, last)):
        return f"{gone} is not there"
    return MAY_DIFFER if _may_differ(archive, output, last) else ""


def _may_differ(archive: Archive, output: Output, last: StoredDelivery) -> bool:
    """Whether settings or watchlists were edited since the last look, or what is to be kept up with has happened."""
    database, mark = archive.log.database, owing.lane_mark(output.id, "edition")
    if database.checkpoint(mark) not in {"", looked_at(archive, output)}:
        return True
    since = max(last.until_position, database.checkpoint_position(mark))
    lists = [one.id for one in owing.watchlists_of(archive, output)]
    keeps_up = getattr(outputs.kind(output.kind), "KEEPS_UP", False)
    return bool(keeps_up) and items.were_touched(archive.views.conn, since, lists)


def _missing(archive: Archive, output: Output, last: StoredDelivery) -> str:
    """The name of a file of the last edition that is not there any more."""
    places = getattr(outputs.kind(output.kind), "places", None)
    sql = "SELECT data FROM bodies WHERE sha256 = ?"
    row = archive.log.database.conn.execute(sql, (last.rendered_sha256,)).fetchone()
    if places is None or row is None:
        return ""
    body = zlib.decompress(row["data"])
    return next((place.name for place in places(body, output) if not place.exists()), "")


def looked_at(archive: Archive, output: Output) -> str:
    """A hash of what an edition depends on beside the log: the output's settings, and the watchlists that it tells of."""
    lists = [(one.id, one.sha256) for one in owing.watchlists_of(archive, output)]
    return hashlib.sha256(repr((output, lists)).encode()).hexdigest()


def is_last(archive: Archive, output: Output, message: Message) -> bool:
    """Whether a message is what the last edition holds."""
    last = deliveries.latest(archive.views.conn, output.id, "edition")
    return last is not None and last.rendered_sha256 == hashlib.sha256(message.body).hexdigest()


def digest(
    archive: Archive,
    output: Output,
    found: Owed,
    now: datetime,
    *,
    sources: Sequence[SourceLine],
    notices: Sequence[str],
) -> Digest:
    """The whole window, of whatever age its news is to this output: who fetches a new file finds what is there.

    It is wide enough for all that is owed, also where a clock was wrong, or nothing was written for longer than a window.
    """
    window = getattr(outputs.kind(output.kind), "WINDOW", _WINDOW)
    first, last = _recorded(archive, found) or (now, now)
    period = Period(
        since=to_text(min(now - window, first)),
        until=to_text(max(now, last) + timedelta(seconds=1)),
        clock="recorded",
        timezone=output.timezone,
        language=output.language,
    )
    names = {one.id for one in owing.watchlists_of(archive, output)}
    whole = gathering.digest(archive, period, sources=sources, only=(), notices=notices)
    return replace(whole, sections=tuple(section for section in whole.sections if section.id in names))


def _recorded(archive: Archive, found: Owed) -> tuple[datetime, datetime] | None:
    """The earliest and the latest moment at which what is owed, and what came between, was recorded."""
    if not found.changes:
        return None
    sql = "SELECT min(recorded_at), max(recorded_at) FROM events WHERE position BETWEEN ? AND ?"
    row = archive.log.database.conn.execute(sql, (min(found.changes), max(found.changes))).fetchone()
    return datetime.fromisoformat(row[0]), datetime.fromisoformat(row[1])
