"""What was decided on an item and done about it, in words: matches, links, deliveries, judgements, deadlines."""

from __future__ import annotations

from monitor.core.delivery_events import (
    DeliveryAttempted,
    DeliveryFailed,
    DeliveryPlanned,
    DeliverySucceeded,
    DeliveryUncertain,
)
from monitor.core.events import (
    DeadlineStated,
    ItemJudged,
    ItemMatched,
    LinkConfirmed,
    LinkProposed,
    LinkRejected,
    MatchWithdrawn,
    Payload,
)
from monitor.core.renderings import clocks
from monitor.core.renderings.neutral import cut

_LONGEST = 400


def told(data: Payload | None, key: str, zone: str) -> tuple[str, str]:
    """A label and the words, as seen from the item of that key; empty for an event that is none of these."""
    match data:
        case ItemMatched():
            subject = f"{data.watchlist} / {data.subject}"
            return "match", f"{subject} recognises revision {data.revision}, score {data.score}"
        case MatchWithdrawn():
            return "match", f"{data.watchlist} / {data.subject} no longer: {data.reason}"
        case LinkProposed() | LinkConfirmed() | LinkRejected():
            return "link", f"{data.b if data.a == key else data.a} {_link(data)}"
        case ItemJudged():
            return "judged", _with(data.verdict, data.note)
        case DeadlineStated():
            quote = f"“{cut(data.quote, _LONGEST)}”" if data.quote else ""
            due = clocks.exact(str(data.when or "undated"), zone)
            return "deadline", " · ".join(filter(None, (due, data.what, quote)))
        case _:
            return _delivery(data)


def origin(data: Payload | None) -> str:
    """`live`, `baseline` or `backfill`, of what has an origin; else nothing."""
    return getattr(data, "origin", "")


def _link(data: LinkProposed | LinkConfirmed | LinkRejected) -> str:
    match data:
        case LinkProposed():
            return f"proposed as {data.relation} by {data.method}, score {data.score}"
        case LinkConfirmed():
            return _with(f"confirmed as {data.relation} by {data.by}", data.reason)
        case LinkRejected():
            return _with(f"rejected as {data.relation} by {data.by}", data.reason)


def _delivery(data: Payload | None) -> tuple[str, str]:
    match data:
        case DeliveryPlanned():
            words = "planned"
        case DeliveryAttempted():
            words = f"attempt {data.attempt} began"
        case DeliverySucceeded():
            words = _with(f"taken at attempt {data.attempt}", data.answer)
        case DeliveryFailed():
            end = ", given up" if data.final else ""
            words = _with(f"attempt {data.attempt} failed{end}", data.answer)
        case DeliveryUncertain():
            words = f"attempt {data.attempt} is uncertain: it may have arrived"
        case _:
            return "", ""
    return "delivery", f"{data.output}/{data.delivery} {words}"


def _with(words: str, reason: str) -> str:
    return f"{words}: {cut(reason, _LONGEST)}" if reason else words
