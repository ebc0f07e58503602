"""Chooses events of the log for a reader: those that stand there, and those that are appended while it waits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from monitor.core.envelopes import Event
from monitor.eventlog import EventLog


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which events: all that fit every condition. `stream` may end in `*`; times are ISO 8601 UTC by our append."""

    stream: str | None = None
    types: Sequence[str] = ()
    run: str | None = None
    since: str | None = None
    before: str | None = None
    after: int = 0
    limit: int | None = None
    last: int | None = None


def choose(log: EventLog, choice: Choice, *, until: int | None = None) -> Iterator[Event]:
    """The events that fit and stand in the log now, in order; `until` is the last position that counts."""
    return log.read(
        choice.after,
        until=until,
        stream=choice.stream,
        types=choice.types,
        run=choice.run,
        since=choice.since,
        before=choice.before,
        limit=choice.limit,
        last=choice.last,
    )


def follow(log: EventLog, choice: Choice, *, wait: Callable[[], None]) -> Iterator[Event]:
    """The events that fit, and for ever those that come; calls `wait` whenever all that is there has been given.

    Between two looks no read transaction is open, so that the writer's file does not grow because of a reader. Ends
    only after `limit` events.
    """
    given = 0
    while True:
        head = log.head().position
        for event in choose(log, choice, until=head):
            given += 1
            yield event
        if choice.limit is not None and given >= choice.limit:
            return
        left = None if choice.limit is None else choice.limit - given
        choice = replace(choice, after=max(choice.after, head), last=None, limit=left)
        given = 0
        wait()
