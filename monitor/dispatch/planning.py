"""Decides which deliveries are due, and writes each down, with the text that will be sent, before anything is sent.

The id of a delivery is the name of its occasion (a local day, a week, a position of the log), and its stream begins with
the plan: the log itself refuses a second digest of one day.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor import outputs, projections
from monitor.archive import gathering, owing
from monitor.archive.gathering import Archive
from monitor.archive.owing import Owed
from monitor.core import schedules
from monitor.core.dates import to_text
from monitor.core.deliveries import Dispatch, Message, Occasion, Output
from monitor.core.digests import Digest, Period, SourceLine
from monitor.core.events import DeliveryPlanned, OutputConfigured
from monitor.core.occasions import offered
from monitor.pipeline.run import Run
from monitor.projections import deliveries

# What a file that others fetch shows: a reader who was away for a month misses nothing.
EDITION = timedelta(days=30)
_IN_TROUBLE = frozenset({"failing", "blocked", "degraded", "gap", "overdue"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a digest tells beside its items: how the sources are, and what a reader should know."""

    sources: Sequence[SourceLine]
    notices: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A delivery that is due: its digest, and what it accounts for. `why` says so to a person."""

    output: Output
    delivery: str
    lane: Occasion
    occasion: Occasion
    digest: Digest
    owed: Owed
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What is due of one output, and which lanes were looked through with nothing to tell, under which name."""

    parcels: tuple[Parcel, ...]
    silent: tuple[tuple[Occasion, str], ...]


def due(archive: Archive, output: Output, around: Surroundings, now: datetime) -> Due:
    """The deliveries of an output that are due now. Changes nothing."""
    lanes = offered(output, outputs.kind(output.kind).OCCASIONS)
    owed = owing.owed(archive, output, lanes, now)
    parcels, silent = [], []
    for lane in lanes:
        name, why = _name(archive, output, lane, owed[lane], now)
        if not name:
            continue
        parcel = _parcel(archive, output, lane, name, owed[lane], around, now, why)
        if parcel is None:
            silent.append((lane, name))
        else:
            parcels.append(parcel)
    return Due(parcels=tuple(parcels), silent=tuple(silent))


def _name(archive: Archive, output: Output, lane: Occasion, owed: Owed, now: datetime) -> tuple[str, str]:
    """The id of the delivery that a lane has due, and why; nothing where it has none."""
    conn = archive.views.conn
    position = archive.head.position
    if lane == "edition":
        first = not deliveries.planned_until(conn, output.id, ("edition",))
        return (
            (f"edition-{position}", "first edition" if first else "news")
            if owed.changes or first
            else ("", "")
        )
    if lane == "alert":
        last = next((one for one in deliveries.latest(conn, output.id) if one.occasion == "alert"), None)
        waits = last and now < datetime.fromisoformat(last.planned_at) + timedelta(seconds=output.bundle_s)
        return (f"alert-{position}", "news of high priority") if owed.changes and not waits else ("", "")
    if lane == "daily":
        moment = schedules.latest_daily(now, at=output.at, timezone=output.timezone)
    else:
        moment = schedules.latest_weekly(now, at=output.at, weekday=output.weekday, timezone=output.timezone)
    looked = archive.log.database.checkpoint(owing.checkpoint(output.id, lane)) == moment.id
    is_done = looked or deliveries.has_plan(conn, output.id, moment.id)
    return ("", "") if is_done else (moment.id, f"due since {to_text(moment.at)}")


def _parcel(
    archive: Archive,
    output: Output,
    lane: Occasion,
    name: str,
    owed: Owed,
    around: Surroundings,
    now: datetime,
    why: str,
) -> Parcel | None:
    """The delivery; None where there is nothing to tell, and nobody asked to be told of that."""
    after = owing.cursor(archive, output, lane, now)
    given_up = deliveries.given_up(archive.views.conn, after)
    notices = [
        *around.notices,
        *(f"{one.output}: {one.delivery} was given up: {one.answer}" for one in given_up),
    ]
    around = replace(around, notices=notices)
    if lane == "edition":
        digest = _edition(archive, output, around, now)
    else:
        digest = owing.digest_of(
            archive,
            output,
            owed,
            until=to_text(now),
            sources=around.sources,
            notices=notices,
            everything=lane != "alert",
        )
    occasion = lane
    if lane in {"daily", "weekly"} and not any(section.entries for section in digest.sections):
        if not (_speaks_of_nothing(output, lane) or given_up or _has_new_trouble(archive, after, around)):
            return None
        occasion = "heartbeat"
    return Parcel(
        output=output, delivery=name, lane=lane, occasion=occasion, digest=digest, owed=owed, why=why
    )


def _speaks_of_nothing(output: Output, lane: Occasion) -> bool:
    """Whether an output wants to hear that there is nothing: a terminal that somebody looks at every morning does."""
    return lane == "daily" and (output.heartbeat or output.kind == "terminal")


def _has_new_trouble(archive: Archive, after: int, around: Surroundings) -> bool:
    """Whether a source went bad since a position: a silent dead source must not pass for silence."""
    last = next(iter(archive.log.read(after - 1, limit=1)), None)
    since = last.recorded_at if last else ""
    return any(one.state in _IN_TROUBLE and one.since > since for one in around.sources)


def _edition(archive: Archive, output: Output, around: Surroundings, now: datetime) -> Digest:
    period = Period(
        since=to_text(now - EDITION), until=to_text(now), clock="recorded", timezone=output.timezone
    )
    return gathering.digest(
        archive, period, sources=around.sources, only=output.watchlists, notices=around.notices
    )


def configure(run: Run, output: Output) -> None:
    """Record that an output is delivered to from now on, unless the log knows it."""
    archive = gathering.open_archive(run.database)
    if deliveries.begins_after(archive.views.conn, output.id) is None:
        begins = owing.beginning(archive, output, run.clock())
        event = OutputConfigured(output=output.id, kind=output.kind, begins_after=begins)
        with run.database.write():
            run.append(f"output:{output.id}", event)
            projections.catch_up(run.database, run.log)


def write_down(run: Run, parcel: Parcel) -> None:
    """Record a plan and keep its text: both or neither."""
    message_id = _message_id(run, parcel)
    message = render(parcel, message_id, run.now())
    digest = hashlib.sha256(message.body).hexdigest()
    planned = DeliveryPlanned(
        output=parcel.output.id,
        delivery=parcel.delivery,
        matches=list(parcel.owed.matches),
        rendered_sha256=digest,
        message_id=message_id,
        occasion=parcel.occasion,
        changes=list(parcel.owed.changes),
        until_position=parcel.digest.position,
        title=message.title,
        media_type=message.media_type,
    )
    with run.database.write():
        run.database.conn.execute(
            "INSERT INTO bodies (sha256, size, data) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            (digest, len(message.body), zlib.compress(message.body)),
        )
        run.log.append(f"delivery:{parcel.output.id}/{parcel.delivery}", 0, [run.event(planned)])
        projections.catch_up(run.database, run.log)


def pass_over(run: Run, output: Output, silent: Sequence[tuple[Occasion, str]], position: int) -> None:
    """Remember that lanes were looked through up to a position, with nothing to tell."""
    if silent:
        with run.database.write():
            for lane, name in silent:
                run.database.set_checkpoint(owing.checkpoint(output.id, lane), name, position)


def render(parcel: Parcel, message_id: str, at: str) -> Message:
    """The text of a delivery, as its kind writes it, with no more entries than the output shows."""
    dispatch = Dispatch(
        output=parcel.output,
        delivery=parcel.delivery,
        occasion=parcel.occasion,
        message_id=message_id,
        planned_at=at,
    )
    digest = (
        parcel.digest if parcel.lane == "edition" else owing.shortened(parcel.digest, parcel.output.limit)
    )
    return outputs.kind(parcel.output.kind).render(digest, dispatch)


def _message_id(run: Run, parcel: Parcel) -> str:
    """The same for one delivery of one log, whoever asks and when."""
    row = run.database.conn.execute("SELECT hash FROM events WHERE position = 1").fetchone()
    name = f"{row['hash']}\n{parcel.output.id}\n{parcel.delivery}"
    domain = str(getattr(parcel.output.options, "sender", "")).rpartition("@")[2].strip("> ")
    return f"<{hashlib.sha256(name.encode()).hexdigest()[:32]}@{domain or 'policy-monitor.invalid'}>"
