"""Tries what is planned: an attempt is recorded before it is made, and its outcome after. Nothing is held meanwhile.

An attempt without an outcome was cut short: nobody knows whether it arrived. Files are then written again; a message is
sent once more under the same Message-ID, and never a third time. Where it is on record that handing over had not begun,
nothing can have arrived: that attempt has failed like any other.
"""

from __future__ import annotations

import logging
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from monitor import outputs, projections
from monitor.core import schedules
from monitor.core.dates import to_text
from monitor.core.deliveries import Dispatch, Message, Output
from monitor.core.delivery_events import (
    DeliveryAttempted,
    DeliveryFailed,
    DeliverySucceeded,
    DeliveryUncertain,
)
from monitor.core.errors import SendError
from monitor.pipeline.run import Run
from monitor.projections import deliveries
from monitor.projections.deliveries import StoredDelivery

_Word = DeliveryAttempted | DeliverySucceeded | DeliveryFailed | DeliveryUncertain
_log = logging.getLogger("monitor.dispatch")
# A message of which nobody knows twice whether it arrived is not sent a third time.
_MOST_UNCERTAIN = 2
# A slip in config.toml is mended by then, and what waits goes where it was meant to go.
_MAY_COME_BACK = timedelta(days=2)
_LONGEST_ANSWER = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A sending that is on record and about to be made. `message` is None where its text was erased."""

    delivery: StoredDelivery
    number: int
    message: Message | None
    dispatch: Dispatch


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What a delivery came to: `outcome` is succeeded, failed, given up or uncertain; `again_at` when it is tried again."""

    output: str
    delivery: str
    occasion: str
    title: str
    outcome: str
    answer: str
    attempt: int
    again_at: str = ""


def told(one: Sent) -> str:
    """How a delivery went, in a line."""
    if not one.delivery:
        return f"{one.output}: {one.answer}"
    return f"{one.output}: {one.delivery} {one.outcome}{f' ({one.answer})' if one.answer else ''}"


def find_cut_short(run: Run) -> None:
    """Record what became of every attempt that has no outcome. The caller is the only one who sends: it was cut short."""
    for one in deliveries.open_ones(run.database.conn):
        if one.state != "attempted":
            continue
        mark = run.database.checkpoint(_hand_mark(one.output))
        if mark == _not_yet(one.delivery, one.attempts):
            final = schedules.next_attempt(one.attempts, run.clock()) is None
            _fail(run, one, "was cut short before anything was sent", final=final)
        else:
            _record(run, DeliveryUncertain(output=one.output, delivery=one.delivery, attempt=one.attempts))


def _hand_mark(output: str) -> str:
    """Under which name `checkpoints` holds how far the last attempt of an output came."""
    return f"output:{output}:hand"


def _not_yet(delivery: str, attempt: int) -> str:
    return f"{delivery} {attempt}: nothing was handed over yet"


def note_handing_over(run: Run, attempt: Attempt) -> None:
    """Write down that from now on nobody could say whether the attempt arrived."""
    with run.database.write():
        run.database.set_checkpoint(_hand_mark(attempt.delivery.output), "", 0)


def give_up_unconfigured(run: Run, known: Collection[str]) -> None:
    """Give up what waits for outputs and recipients that are not configured any more, once it has waited for long enough."""
    for one in deliveries.open_ones(run.database.conn):
        waited = run.clock() - datetime.fromisoformat(one.planned_at)
        if one.output not in known and waited > _MAY_COME_BACK:
            _fail(run, one, "nothing of that name is configured any more", final=True)


def ready(run: Run, to: Mapping[str, Output]) -> Iterator[StoredDelivery]:
    """The deliveries of these outputs that may be tried now, as planned in time."""
    now = run.clock()
    for one in deliveries.open_ones(run.database.conn):
        output = to.get(one.output)
        if output is not None and not output.problem and _may_be_tried(one, now):
            yield one


def _may_be_tried(one: StoredDelivery, now: datetime) -> bool:
    """At once what is new or was cut short; after a while what was tried. A clock that was set back waits for nobody."""
    again, last_at = again_at(one), datetime.fromisoformat(one.last_at)
    return again is None or now >= again or now < last_at


def again_at(one: StoredDelivery) -> datetime | None:
    """When a delivery that was tried is tried again; None where nothing waits."""
    was_tried = one.state == "failed" or (one.state == "uncertain" and one.answer)
    return schedules.next_attempt(one.attempts, datetime.fromisoformat(one.last_at)) if was_tried else None


def begin(run: Run, one: StoredDelivery, output: Output) -> Attempt | Sent:
    """Record that a delivery is about to be sent; or that it is given up, where it may not be sent again."""
    if reason := _hopeless(one, output):
        _fail(run, one, reason, final=True)
        return _sent(run, one)
    number, repeat = one.attempts + 1, one.uncertain > 0
    message = _message(run, one)
    with run.database.write():
        _append(
            run, DeliveryAttempted(output=one.output, delivery=one.delivery, attempt=number, repeat=repeat)
        )
        if getattr(outputs.kind(output.kind), "HANDS_OVER", False):
            run.database.set_checkpoint(_hand_mark(one.output), _not_yet(one.delivery, number), 0)
    dispatch = Dispatch(
        output=output,
        delivery=one.delivery,
        occasion=one.occasion,  # type: ignore[arg-type] # the planner writes no others
        message_id=one.message_id,
        planned_at=one.planned_at,
        attempted_at=run.now(),
        repeat=repeat,
    )
    return Attempt(delivery=one, number=number, message=message, dispatch=dispatch)


def _hopeless(one: StoredDelivery, output: Output) -> str:
    """Why an uncertain delivery is not sent again, if so."""
    if one.state != "uncertain":
        return ""
    if outputs.kind(output.kind).AFTER_UNCERTAIN == "once more" and one.uncertain >= _MOST_UNCERTAIN:
        return "it was tried twice and nobody knows whether it arrived; it is not tried a third time"
    if schedules.next_attempt(one.attempts, datetime.fromisoformat(one.last_at)) is None:
        return f"it was tried {one.attempts} times and nobody knows whether it arrived"
    return ""


def send(attempt: Attempt, now: datetime, handing_over: Callable[[], None]) -> _Word:
    """Send, and say what came of it. Touches no log; `now` decides whether it would be tried again.

    `handing_over` is called just before nobody could take it back; what it raises as SendError keeps it from being sent.
    """
    named: dict[str, Any] = {
        "output": attempt.delivery.output,
        "delivery": attempt.delivery.delivery,
        "attempt": attempt.number,
    }
    output = attempt.dispatch.output
    if attempt.message is None:
        return DeliveryFailed(**named, answer="the text that was planned has been erased", final=True)
    try:
        dispatch = replace(attempt.dispatch, handing_over=handing_over)
        answer = outputs.kind(output.kind).send(attempt.message, dispatch)
    except SendError as error:
        said = _short(f"{error.what}; {error.remedy}" if error.remedy else error.what)
        if error.unknown:
            return DeliveryUncertain(**named, answer=said)
        final = error.final or schedules.next_attempt(attempt.number, now) is None
        return DeliveryFailed(**named, answer=said, final=final)
    except Exception as error:  # noqa: BLE001 - a fault of one kind stops no other; whether it came after the sending is unknown
        _log.debug("internal error in %s", output.id, exc_info=True)
        said = _short(f"internal error: {type(error).__name__}: {error}; run it again with -v and report it")
        return DeliveryUncertain(**named, answer=said)
    return DeliverySucceeded(**named, answer=_short(answer))


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_ANSWER else f"{text[: _LONGEST_ANSWER - 1]}…"


def end(run: Run, attempt: Attempt, outcome: _Word) -> Sent:
    """Record what came of an attempt."""
    _record(run, outcome)
    return _sent(run, attempt.delivery)


def _message(run: Run, one: StoredDelivery) -> Message | None:
    """The text as it was planned, whatever its renderer would write today."""
    sql = "SELECT data FROM bodies WHERE sha256 = ?"
    row = run.database.conn.execute(sql, (one.rendered_sha256,)).fetchone()
    if row is None:
        return None
    return Message(body=zlib.decompress(row["data"]), media_type=one.media_type, title=one.title)


def _fail(run: Run, one: StoredDelivery, answer: str, *, final: bool) -> None:
    named = {"output": one.output, "delivery": one.delivery}
    _record(run, DeliveryFailed(**named, attempt=one.attempts, answer=answer, final=final))


def _record(run: Run, word: _Word) -> None:
    with run.database.write():
        _append(run, word)


def _append(run: Run, word: _Word) -> None:
    run.append(f"delivery:{word.output}/{word.delivery}", word)
    projections.catch_up(run.database, run.log)


def _sent(run: Run, one: StoredDelivery) -> Sent:
    now = deliveries.get(run.database.conn, one.output, one.delivery)
    again = again_at(now) if now.state in {"failed", "uncertain"} else None
    return Sent(
        output=one.output,
        delivery=one.delivery,
        occasion=one.occasion,
        title=one.title,
        outcome=now.state,
        answer=now.answer,
        attempt=now.attempts,
        again_at=to_text(again) if again else "",
    )
