"""Decides which deliveries are due, and writes each down, with the text that will be sent, before anything is sent.

The id of a delivery is the name of its occasion (a local day, a week, a position of the log), and its stream begins with
the plan: the log itself refuses a second digest of one day.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor import outputs, projections
from monitor.archive import gathering, owing
from monitor.archive.gathering import Archive
from monitor.archive.owing import Owed
from monitor.core import schedules
from monitor.core.dates import to_text
from monitor.core.deliveries import Dispatch, Message, Occasion, Output
from monitor.core.delivery_events import DeliveryFailed, DeliveryPlanned, OutputConfigured
from monitor.core.digests import Digest, SourceLine
from monitor.core.envelopes import NewEvent
from monitor.core.errors import LogError
from monitor.core.occasions import offered
from monitor.core.schedules import Due
from monitor.dispatch import editions
from monitor.pipeline.run import Run
from monitor.projections import deliveries, erasures, items

_IN_TROUBLE = frozenset({"failing", "blocked", "degraded", "gap"})
# The first of these lanes that an output has says what was given up; in two of them it would be said twice.
_TELL_OF_LOSSES = ("daily", "weekly", "alert")
_LENGTHS: Mapping[Occasion, timedelta] = {"daily": timedelta(days=1), "weekly": timedelta(weeks=1)}
# The mark that saves looking moves along with a plan, or when so much was looked through in vain.
_WORTH_A_WRITE = 500


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
class Waiting:
    """News of a lane whose moment has not come yet. `why` says so to a person."""

    output: Output
    occasion: Occasion
    owed: Owed
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What is due of one output; `silent` are the lanes whose moment came with nothing to tell, and its name.

    `waiting` is what is due later. `floor` is the position up to which nothing is owed any more, once the parcels are
    written down.
    """

    parcels: tuple[Parcel, ...]
    waiting: tuple[Waiting, ...]
    silent: tuple[tuple[Occasion, str], ...]
    floor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Desk:
    """What every look at one output needs."""

    archive: Archive
    output: Output
    around: Surroundings
    now: datetime
    lanes: Sequence[Occasion]


def look(archive: Archive, output: Output, around: Surroundings, now: datetime) -> Outlook:
    """The deliveries of an output that are due now. Changes nothing."""
    lanes = lanes_of(output)
    desk = _Desk(archive=archive, output=output, around=around, now=now, lanes=lanes)
    owed = owing.owed(archive, output, lanes, now)
    parcels: list[Parcel] = []
    waiting: list[Waiting] = []
    silent: list[tuple[Occasion, str]] = []
    for lane in lanes:
        name, why = _due(desk, lane, owed[lane])
        parcel = _parcel(desk, lane, name, owed[lane], why) if name else None
        if parcel is not None and why == editions.MAY_DIFFER and _is_as_it_was(desk, parcel):
            silent.append((lane, editions.looked_at(archive, output)))
        elif parcel is not None:
            parcels.append(parcel)
        elif name:
            silent.append((lane, name))
        elif owed[lane].changes:
            why = _why_later(output, lane)
            waiting.append(Waiting(output=output, occasion=lane, owed=owed[lane], why=why))
    return Outlook(
        parcels=tuple(parcels),
        waiting=tuple(waiting),
        silent=tuple(silent),
        floor=_floor(archive, owed, parcels),
    )


def _is_as_it_was(desk: _Desk, parcel: Parcel) -> bool:
    """Whether an edition would say what the last one says; not, where it cannot be rendered, which is told elsewhere."""
    try:
        message = render(parcel, "", to_text(desk.now))
    except Exception:  # noqa: BLE001 - whatever a kind raises, it raises again when the edition is written down
        return False
    return editions.is_last(desk.archive, desk.output, message)


def _why_later(output: Output, lane: Occasion) -> str:
    if lane == "alert":
        return f"an alert went out less than {output.bundle_s} seconds ago; this goes with the next one"
    return f"goes with the next {lane} digest, at {output.at} {output.timezone}"


def lanes_of(output: Output) -> Sequence[Occasion]:
    """The lanes that an output's kind knows and its settings want."""
    return offered(output, outputs.kind(output.kind).OCCASIONS)


def _floor(archive: Archive, owed: Mapping[Occasion, Owed], parcels: Sequence[Parcel]) -> int:
    told = {parcel.lane for parcel in parcels}
    waiting = [found.first for lane, found in owed.items() if found.changes and lane not in told]
    return min(waiting, default=archive.head.position + 1) - 1


def _due(desk: _Desk, lane: Occasion, found: Owed) -> tuple[str, str]:
    """The id of the delivery that a lane has due, and why; nothing where it has none."""
    if lane == "edition":
        return editions.due(desk.archive, desk.output, found, desk.now)
    if lane == "alert":
        return _alert_due(desk, found)
    due = _moment(desk.output, lane, desk.now)
    conn, database = desk.archive.views.conn, desk.archive.log.database
    if lane == "weekly" and deliveries.begins_after(conn, desk.output.id) is None:
        return "", ""  # a new output's first week ends when its first week ends
    # In another zone it may be the day before again: what was looked through there is not due here.
    next_one = _moment(desk.output, lane, desk.now + _LENGTHS[lane])
    looked = database.checkpoint(owing.lane_mark(desk.output.id, lane)) in {due.id, next_one.id}
    is_done = looked or deliveries.has_plan(conn, desk.output.id, due.id)
    return ("", "") if is_done else (due.id, f"due since {to_text(due.at)}")


def _alert_due(desk: _Desk, found: Owed) -> tuple[str, str]:
    """At once, or when those that followed an alert have gathered for long enough. A clock that was set back waits for nobody."""
    last = deliveries.latest(desk.archive.views.conn, desk.output.id, "alert")
    if last is not None:
        at = datetime.fromisoformat(last.planned_at)
        if at <= desk.now < at + timedelta(seconds=desk.output.bundle_s):
            return "", ""
    return (f"alert-{desk.archive.head.position}", "news of high priority") if found.changes else ("", "")


def _moment(output: Output, lane: Occasion, now: datetime) -> Due:
    if lane == "daily":
        return schedules.latest_daily(now, at=output.at, timezone=output.timezone)
    return schedules.latest_weekly(now, at=output.at, weekday=output.weekday, timezone=output.timezone)


def _parcel(desk: _Desk, lane: Occasion, name: str, found: Owed, why: str) -> Parcel | None:
    """The delivery; None where there is nothing to tell, and nobody asked to be told of that."""
    archive, output = desk.archive, desk.output
    after = owing.cursor(archive, output, lane, desk.now)
    tells = lane == next((one for one in _TELL_OF_LOSSES if one in desk.lanes), None)
    lost = deliveries.given_up(archive.views.conn, after) if tells else []
    notices = [*desk.around.notices, *(lost_notice(one.output, one.delivery, one.answer) for one in lost)]
    occasion = lane
    if not found.changes and lane in {"daily", "weekly"}:
        if output.heartbeat and lane == "daily":
            occasion = "heartbeat"
        elif not lost and not (lane == "daily" and _has_new_trouble(desk, after)):
            return None
    around = replace(desk.around, notices=notices)
    if lane == "edition":
        digest = editions.digest(
            archive, output, found, desk.now, sources=around.sources, notices=around.notices
        )
    else:
        digest = _digest(desk, lane, found, around)
    return Parcel(
        output=output, delivery=name, lane=lane, occasion=occasion, digest=digest, owed=found, why=why
    )


def lost_notice(output: str, delivery: str, answer: str) -> str:
    """What to say of a delivery that was given up."""
    return f"{output}: {delivery} was given up ({answer}); `monitor digest` prints what it told"


def _has_new_trouble(desk: _Desk, after: int) -> bool:
    """Whether a source went bad since a position and still is: a dead source must not pass for silence."""
    streams = {f"source:{one.id}" for one in desk.around.sources if one.state in _IN_TROUBLE}
    events = desk.archive.log.read(after, types=("SourceFailed", "GapSuspected"))
    return any(event.stream in streams for event in events)


def _digest(desk: _Desk, lane: Occasion, found: Owed, around: Surroundings) -> Digest:
    return owing.digest_of(
        desk.archive,
        desk.output,
        lane,
        found,
        lanes=desk.lanes,
        now=desk.now,
        sources=around.sources,
        notices=around.notices,
    )


# Writing it down


def configure(run: Run, output: Output) -> None:
    """Record that an output is delivered to from now on, unless the log knows it."""
    archive = gathering.open_archive(run.database)
    if deliveries.begins_after(archive.views.conn, output.id) is not None:
        return
    begins = owing.beginning(archive, output, run.clock())
    event = OutputConfigured(output=output.id, kind=output.kind, begins_after=begins)
    with run.database.write():
        run.append(f"output:{output.id}", event)
        if "weekly" in lanes_of(output):
            week = _moment(output, "weekly", run.clock()).id
            run.database.set_checkpoint(owing.lane_mark(output.id, "weekly"), week, begins)
        projections.catch_up(run.database, run.log)


def plan(run: Run, output: Output, around: Surroundings) -> None:
    """Write down all that is due of an output, and up to where nothing is owed to it any more."""
    archive = gathering.open_archive(run.database)
    found = look(archive, output, around, run.clock())
    seen = owing.floor(archive, output, run.clock())
    _write_down_each(run, found.parcels)
    made: list[tuple[Occasion, str]] = [
        (one.lane, editions.looked_at(archive, output)) for one in found.parcels if one.lane == "edition"
    ]
    if found.silent or found.parcels or found.floor - seen > _WORTH_A_WRITE:
        with run.database.write():
            for lane, name in (*found.silent, *made):
                run.database.set_checkpoint(owing.lane_mark(output.id, lane), name, archive.head.position)
            if found.floor > seen:
                run.database.set_checkpoint(owing.floor_mark(output.id), "", found.floor)


def note_fault(run: Run, output: Output, what: str) -> None:
    """Remember since when nothing can be planned for an output, and why; or, where `what` is empty, that all is well."""
    since, before = owing.fault(run.database, output.id)
    if what != before:
        with run.database.write():
            version = f"{since or run.now()} {what}" if what else ""
            run.database.set_checkpoint(owing.fault_mark(output.id), version, 0)


def _write_down_each(run: Run, parcels: Sequence[Parcel]) -> None:
    """What cannot be rendered holds back no other; it is raised at the end, before anything counts as told."""
    faults: list[Exception] = []
    for parcel in parcels:
        try:
            _write_down(run, parcel)
        except LogError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a kind raises: the first of them is raised below
            faults.append(error)
    if faults:
        raise faults[0]


def _write_down(run: Run, parcel: Parcel) -> None:
    """Record a plan and keep its text: both or neither."""
    planned_at, message_id = run.now(), _message_id(run, parcel)
    message = render(parcel, message_id, planned_at)
    sha256 = hashlib.sha256(message.body).hexdigest()
    planned = DeliveryPlanned(
        output=parcel.output.id,
        delivery=parcel.delivery,
        matches=list(parcel.owed.matches),
        rendered_sha256=sha256,
        message_id=message_id,
        occasion=parcel.occasion,
        changes=list(parcel.owed.changes),
        until_position=parcel.digest.position,
        title=message.title,
        media_type=message.media_type,
    )
    with run.database.write():
        _keep(run, sha256, message.body)
        if parcel.lane == "edition":
            _replace_older(run, parcel)
        event = NewEvent(data=planned, recorded_at=planned_at, run=run.id)
        run.log.append(f"delivery:{parcel.output.id}/{parcel.delivery}", 0, [event])
        projections.catch_up(run.database, run.log)
        if parcel.lane == "edition":
            _let_go(run, parcel.output)


def _keep(run: Run, sha256: str, body: bytes) -> None:
    """Keep a text under its hash; one that was taken out for good does not come back."""
    if not erasures.reason(run.database.conn, sha256):
        sql = "INSERT INTO bodies (sha256, size, data) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
        run.database.conn.execute(sql, (sha256, len(body), zlib.compress(body)))


def _let_go(run: Run, output: Output) -> None:
    """Drop the texts of editions that a later one has replaced: nothing can send them any more."""
    conn = run.database.conn
    for sha256 in deliveries.superseded_texts(conn, output.id):
        kept = conn.execute("SELECT 1 FROM bodies WHERE sha256 = ?", (sha256,)).fetchone()
        if kept and not items.ever_had_body(conn, sha256):
            conn.execute("DELETE FROM bodies WHERE sha256 = ?", (sha256,))


def _replace_older(run: Run, parcel: Parcel) -> None:
    """An edition that was not taken yet need not be: the new one holds the whole window, and none may follow it."""
    for one in deliveries.open_ones(run.database.conn):
        if one.output == parcel.output.id and one.occasion == "edition":
            replaced = DeliveryFailed(
                output=one.output,
                delivery=one.delivery,
                attempt=one.attempts,
                answer=f"{parcel.delivery} holds all of it",
                final=True,
                replaced_by=parcel.delivery,
            )
            run.append(f"delivery:{one.output}/{one.delivery}", replaced)


def render(parcel: Parcel, message_id: str, at: str) -> Message:
    """The text of a delivery, as its kind writes it, with no more entries than the output shows."""
    dispatch = Dispatch(
        output=parcel.output,
        delivery=parcel.delivery,
        occasion=parcel.occasion,
        message_id=message_id,
        planned_at=at,
    )
    whole = parcel.digest
    digest = whole if parcel.lane == "edition" else owing.shortened(whole, parcel.output.limit)
    return outputs.kind(parcel.output.kind).render(digest, dispatch)


def _message_id(run: Run, parcel: Parcel) -> str:
    """The same for one delivery of one log, whoever asks and when."""
    row = run.database.conn.execute("SELECT hash FROM events WHERE position = 1").fetchone()
    name = f"{row['hash']}\n{parcel.output.id}\n{parcel.delivery}"
    domain = str(getattr(parcel.output.options, "sender", "")).rpartition("@")[2].strip("> ")
    return f"<{hashlib.sha256(name.encode()).hexdigest()[:32]}@{domain or 'policy-monitor.invalid'}>"
