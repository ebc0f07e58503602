"""One event on a line or two, for a person who reads the log."""

from __future__ import annotations

from collections.abc import Iterator

from monitor.core import wording
from monitor.core.dates import When
from monitor.core.delivery_events import (
    DeliveryAttempted,
    DeliveryFailed,
    DeliveryPlanned,
    DeliverySucceeded,
    DeliveryUncertain,
)
from monitor.core.envelopes import Event
from monitor.core.events import (
    ActionRecorded,
    BodyErased,
    DeadlineStated,
    GapClosed,
    GapSuspected,
    ItemJudged,
    ItemMatched,
    ItemPublished,
    ItemRevised,
    ItemWithdrawn,
    LinkConfirmed,
    LinkProposed,
    LinkRejected,
    MatchWithdrawn,
    MonitorStarted,
    MonitorStopped,
    Payload,
    PollsSummarised,
    SourceConfigured,
    SourceFailed,
    SourceMoved,
    SourceRecovered,
    WatchlistRemoved,
    WatchlistRevised,
    WatchlistSetAside,
)
from monitor.core.renderings import clocks
from monitor.core.renderings.neutral import cut, plain

_INDENT = " " * 8


def render(event: Event, *, width: int, zone: str) -> str:
    """Position, when it was recorded, type and stream; below it, as far as `width` goes, what it says.

    Moments are told in `zone` with its offset: a line of the log is often read alone.
    """
    at = clocks.exact(event.recorded_at, zone)
    head = f"{event.position:>6}  {at}  {event.type}  {plain(event.stream)}"
    said = (
        " · ".join(filter(None, _said(event.data, zone)))
        if event.data
        else "(unknown to this version of the monitor)"
    )
    return f"{head}\n{_INDENT}{cut(plain(said), width - len(_INDENT))}" if said else head


def _said(data: Payload, zone: str) -> Iterator[str]:
    match data:
        case ItemPublished():
            yield from (_claim(data.published, zone), data.title or "(no title)", _unless_live(data.origin))
        case ItemRevised():
            fields = wording.listed([wording.field_name(change.field) for change in data.changes])
            yield from (f"revision {data.revision}", fields, data.significance, _unless_live(data.origin))
        case ActionRecorded():
            yield from (_claim(data.when, zone), data.text, _unless_live(data.origin))
        case ItemMatched():
            quoted = next((f"“{quote}” {place}" for quote, place in wording.quotations(data.evidence)), "")
            yield from (quoted, f"score {data.score}", _unless_live(data.origin))
        case ItemWithdrawn() | MatchWithdrawn() | MonitorStopped():
            yield data.reason
        case WatchlistRevised():
            yield f"sha256 {data.sha256}"
        case WatchlistSetAside():
            yield from (data.problem, f"sha256 {data.sha256}")
        case MonitorStarted():
            yield from (f"{name} {version}" for name, version in sorted(data.versions.items()))
        case WatchlistRemoved():
            return
        case _:
            yield from _said_of_source(data, zone)


def _said_of_source(data: Payload, zone: str) -> Iterator[str]:
    match data:
        case SourceConfigured():
            yield from (data.kind, data.url, f"every {data.every_s} s")
        case SourceFailed():
            yield from (data.failure, data.detail)
        case SourceRecovered():
            yield f"had failed since {clocks.exact(data.failed_since, zone)}"
        case SourceMoved():
            yield from (f"{data.old_url} → {data.new_url}", "adopted" if data.adopted else "")
        case GapSuspected():
            yield from (data.detail, data.walk if data.walk != data.source else "")
        case GapClosed():
            yield from (data.how, data.walk if data.walk != data.source else "")
        case PollsSummarised():
            yield from (
                f"{data.day} UTC",
                f"{data.polls} polls",
                f"{data.good} good",
                f"{data.failed} failed",
            )
        case _:
            yield from _said_of_readers(data, zone)


def _said_of_readers(data: Payload, zone: str) -> Iterator[str]:
    match data:
        case DeadlineStated():
            yield from (data.what, _claim(data.when, zone), data.quote, _unless_live(data.origin))
        case LinkProposed() | LinkConfirmed() | LinkRejected():
            yield from (data.relation, f"{data.a} ~ {data.b}")
        case DeliveryPlanned():
            yield f"{len(data.matches)} matches"
        case DeliveryAttempted() | DeliverySucceeded() | DeliveryFailed() | DeliveryUncertain():
            yield from (f"attempt {data.attempt}", str(getattr(data, "answer", "")))
        case ItemJudged():
            yield from (data.verdict, data.note)
        case BodyErased():
            yield from (f"sha256 {data.sha256}", data.reason)
        case _:
            return


def _claim(when: When | None, zone: str) -> str:
    return clocks.exact(str(when), zone) if when else ""


def _unless_live(origin: str) -> str:
    return "" if origin == "live" else origin
