"""One run of the program: what every step is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from monitor.core.dates import to_text
from monitor.core.envelopes import NewEvent
from monitor.core.events import Payload
from monitor.database import Database
from monitor.eventlog import EventLog, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run's own id, its clock (aware UTC) and the open log."""

    id: str
    clock: Callable[[], datetime]
    database: Database
    log: EventLog

    def now(self) -> str:
        """The present moment as the log writes it."""
        return to_text(self.clock())

    def append(
        self,
        stream: str,
        *payloads: Payload,
        observed_at: str | None = None,
        occurred_at: str | None = None,
        cause: int | None = None,
    ) -> Outcome:
        """Append to the end of a stream, inside the caller's transaction."""
        events = [
            self.event(payload, observed_at=observed_at, occurred_at=occurred_at, cause=cause)
            for payload in payloads
        ]
        return self.log.append(stream, self.log.version(stream), events)

    def event(
        self,
        payload: Payload,
        *,
        observed_at: str | None = None,
        occurred_at: str | None = None,
        cause: int | None = None,
    ) -> NewEvent:
        """The payload as an event of this run, of now."""
        return NewEvent(
            data=payload,
            recorded_at=self.now(),
            run=self.id,
            occurred_at=occurred_at or _claimed(payload),
            observed_at=observed_at,
            cause=cause,
        )


def _claimed(payload: Payload) -> str | None:
    when = getattr(payload, "published", None) or getattr(payload, "when", None)
    return when.at if when else None
