"""How each output is: when it last took something, what waits, since when and why it takes nothing, what was given up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.archive import owing
from monitor.archive.gathering import Archive
from monitor.core import schedules
from monitor.core.dates import to_text
from monitor.core.deliveries import Output
from monitor.core.delivery_events import DeliveryFailed, DeliveryUncertain
from monitor.projections import deliveries
from monitor.projections.deliveries import StoredDelivery

STATES = ("ok", "new", "waiting", "failing", "abandoned", "unusable", "off")
# What was given up stands in health for so long, also where later ones were taken.
_REMEMBERED = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenUp:
    """A delivery that was given up, when, and what the other side said last."""

    delivery: str
    given_up_at: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputReport:
    """How an output is. `last_good_at` is when it last took something, `since` when it began to take nothing, and `detail` why.

    `waiting` counts what is planned and not taken, `due_at` is when that is tried again; `given_up` is of the last 30 days.
    """

    id: str
    kind: str
    state: str
    last_good_at: str = ""
    since: str = ""
    detail: str = ""
    due_at: str = ""
    waiting: int = 0
    given_up: tuple[GivenUp, ...] = ()


def output_reports(archive: Archive, configured: Iterable[Output], *, now: datetime) -> list[OutputReport]:
    """Each of these outputs, in their order."""
    return [_report(archive, output, now) for output in configured]


def _report(archive: Archive, output: Output, now: datetime) -> OutputReport:
    conn = archive.views.conn
    untaken = deliveries.in_trouble(conn, output.id)
    failing = [one for one in untaken if one.state != "given up"]
    waiting = [one for one in deliveries.open_ones(conn) if one.output == output.id]
    good = deliveries.last_taken(conn, output.id)
    since, fault = ("", "") if archive.as_of else owing.fault(archive.log.database, output.id)
    state = _state(output, untaken, failing, waiting=bool(waiting), known=good is not None)
    if fault and state not in {"off", "unusable"}:
        state = "failing"
    return OutputReport(
        id=output.id,
        kind=output.kind,
        state=state,
        last_good_at=good.last_at if good else "",
        since=since or (_since(archive, output.id, good) if state in {"failing", "abandoned"} else ""),
        detail=output.problem or fault or (_reason((failing or untaken)[-1]) if untaken else ""),
        due_at=_next(failing),
        waiting=len(waiting),
        given_up=_given_up(archive, output.id, now),
    )


def _state(
    output: Output,
    untaken: Sequence[StoredDelivery],
    failing: Sequence[StoredDelivery],
    *,
    waiting: bool,
    known: bool,
) -> str:
    if not output.enabled:
        return "off"
    if output.problem:
        return "unusable"
    if untaken:
        return "failing" if failing else "abandoned"
    if waiting:
        return "waiting"
    return "ok" if known else "new"


def _reason(one: StoredDelivery) -> str:
    return one.answer or "nobody knows whether it arrived"


def _since(archive: Archive, output: str, good: StoredDelivery | None) -> str:
    """When the first attempt failed after the last that was taken."""
    after = good.last_position if good else 0
    for event in archive.log.read(
        after, until=archive.head.position, types=("DeliveryFailed", "DeliveryUncertain")
    ):
        match event.data:
            case DeliveryFailed(output=name, replaced_by="") | DeliveryUncertain(output=name) if (
                name == output
            ):
                return event.recorded_at
            case _:
                pass
    return ""


def _next(failing: Iterable[StoredDelivery]) -> str:
    """When the first of them is tried again; what was cut short without a word waits for nothing."""
    moments = [
        again
        for one in failing
        if one.answer and (again := schedules.next_attempt(one.attempts, datetime.fromisoformat(one.last_at)))
    ]
    return to_text(min(moments)) if moments else ""


def _given_up(archive: Archive, output: str, now: datetime) -> tuple[GivenUp, ...]:
    since = to_text(now - _REMEMBERED)
    return tuple(
        GivenUp(delivery=one.delivery, given_up_at=one.last_at, reason=_reason(one))
        for one in deliveries.given_up(archive.views.conn, 0)
        if one.output == output and one.last_at >= since
    )
