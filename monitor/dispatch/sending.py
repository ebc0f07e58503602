"""Tries what is planned: an attempt is recorded before it is made, and its outcome after.

An attempt without an outcome was cut short: nobody knows whether it arrived. Files are then written again; a message is
sent once more under the same Message-ID, and never a third time.
"""

from __future__ import annotations

import logging
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from monitor import outputs, projections
from monitor.core import schedules
from monitor.core.deliveries import Dispatch, Message, Occasion, Output
from monitor.core.errors import SendError
from monitor.core.events import (
    DeliveryAttempted,
    DeliveryFailed,
    DeliverySucceeded,
    DeliveryUncertain,
    Payload,
)
from monitor.pipeline.run import Run
from monitor.projections import deliveries
from monitor.projections.deliveries import StoredDelivery

_log = logging.getLogger("monitor.dispatch")
# A message of which nobody knows twice whether it arrived is not sent a third time.
_MOST_UNCERTAIN = 2
_LONGEST_ANSWER = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What an attempt came to: `outcome` is succeeded, failed, given up or uncertain; `again_at` when it is tried again."""

    output: str
    delivery: str
    occasion: str
    title: str
    outcome: str
    answer: str
    attempt: int
    again_at: str = ""


def find_cut_short(run: Run) -> None:
    """Record as uncertain every attempt that has no outcome. Nobody else can be at it: this process holds the log."""
    for one in deliveries.open_ones(run.database.conn):
        if one.state == "attempted":
            _record(run, DeliveryUncertain(output=one.output, delivery=one.delivery, attempt=one.attempts))


def ready(run: Run, to: Mapping[str, Output]) -> Iterator[StoredDelivery]:
    """The deliveries of these outputs that may be tried now, as planned in time."""
    now = run.clock()
    for one in deliveries.open_ones(run.database.conn):
        output = to.get(one.output)
        if output is None or output.problem:
            continue
        if one.state == "failed":
            again = schedules.next_attempt(one.attempts, datetime.fromisoformat(one.last_at))
            if again is None or again > now:
                continue
        yield one


def attempt(run: Run, one: StoredDelivery, output: Output) -> Sent:
    """Send a planned delivery, and record how that went."""
    kind = outputs.kind(output.kind)
    if one.uncertain >= _MOST_UNCERTAIN and kind.AFTER_UNCERTAIN == "once more":
        return _give_up(run, one)
    number = one.attempts + 1
    repeat = one.uncertain > 0
    _record(
        run,
        DeliveryAttempted(output=one.output, delivery=one.delivery, attempt=number, repeat=repeat),
    )
    outcome = _outcome(run, one, output, number, repeat=repeat)
    _record(run, outcome)
    return _sent(run, one, number)


def _give_up(run: Run, one: StoredDelivery) -> Sent:
    answer = "it was cut short twice: it may have arrived, and is not sent a third time"
    _record(
        run,
        DeliveryFailed(
            output=one.output, delivery=one.delivery, attempt=one.attempts, answer=answer, final=True
        ),
    )
    return _sent(run, one, one.attempts)


def _outcome(run: Run, one: StoredDelivery, output: Output, number: int, *, repeat: bool) -> Payload:
    named = {"output": one.output, "delivery": one.delivery}
    try:
        answer = outputs.kind(output.kind).send(
            _message(run, one), _dispatch(run, one, output, repeat=repeat)
        )
    except SendError as error:
        if error.unknown:
            return DeliveryUncertain(**named, attempt=number)
        final = error.final or schedules.next_attempt(number, run.clock()) is None
        answer = f"{error.what}; {error.remedy}" if error.remedy else error.what
        return DeliveryFailed(**named, attempt=number, answer=answer[:_LONGEST_ANSWER], final=final)
    except Exception as error:  # noqa: BLE001 - a fault in one output stops no other, and is recorded like a refusal
        _log.debug("internal error in %s", one.output, exc_info=True)
        final = schedules.next_attempt(number, run.clock()) is None
        answer = f"internal error: {type(error).__name__}: {error}"[:_LONGEST_ANSWER]
        return DeliveryFailed(**named, attempt=number, answer=answer, final=final)
    return DeliverySucceeded(**named, attempt=number, answer=answer[:_LONGEST_ANSWER])


def _message(run: Run, one: StoredDelivery) -> Message:
    """The text as it was planned, whatever its renderer would write today."""
    sql = "SELECT data FROM bodies WHERE sha256 = ?"
    row = run.database.conn.execute(sql, (one.rendered_sha256,)).fetchone()
    if row is None:
        raise SendError(one.output, "the planned text was erased", final=True)
    return Message(body=zlib.decompress(row["data"]), media_type=one.media_type, title=one.title)


def _dispatch(run: Run, one: StoredDelivery, output: Output, *, repeat: bool) -> Dispatch:
    occasion: Occasion = one.occasion  # type: ignore[assignment] # the planner writes no others
    return Dispatch(
        output=output,
        delivery=one.delivery,
        occasion=occasion,
        message_id=one.message_id,
        planned_at=one.planned_at,
        attempted_at=run.now(),
        repeat=repeat,
    )


def _record(
    run: Run, payload: DeliveryAttempted | DeliverySucceeded | DeliveryFailed | DeliveryUncertain | Payload
) -> None:
    output, delivery = getattr(payload, "output", ""), getattr(payload, "delivery", "")
    with run.database.write():
        run.append(f"delivery:{output}/{delivery}", payload)
        projections.catch_up(run.database, run.log)


def _sent(run: Run, one: StoredDelivery, number: int) -> Sent:
    now = deliveries.get(run.database.conn, one.output, one.delivery)
    again = None
    if now.state == "failed":
        again = schedules.next_attempt(now.attempts, datetime.fromisoformat(now.last_at))
    return Sent(
        output=one.output,
        delivery=one.delivery,
        occasion=one.occasion,
        title=one.title,
        outcome=now.state,
        answer=now.answer,
        attempt=number,
        again_at=again.isoformat() if again else "",
    )
