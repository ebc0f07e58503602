"""Small moves that tests are composed of: an open log, a run with a clock, an item, a source."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from monitor import database
from monitor.core.dates import When, parse_when
from monitor.core.envelopes import NewEvent
from monitor.core.events import ItemPublished, Payload
from monitor.core.items import Item
from monitor.eventlog import EventLog
from monitor.pipeline.run import Run

START = datetime(2025, 6, 2, tzinfo=UTC)


@dataclass(slots=True)
class HandClock:
    """A clock that only moves when it is told to."""

    moment: datetime = field(default=START)

    def __call__(self) -> datetime:
        return self.moment

    def advance(self, **units: float) -> None:
        """Move on by `timedelta(**units)`."""
        self.moment += timedelta(**units)


def open_run(path: Path, clock: HandClock | None = None, run_id: str = "test") -> Run:
    """A run over a log at `path`."""
    db = database.open_writer(path)
    return Run(id=run_id, clock=clock or HandClock(), database=db, log=EventLog(db))


def day(text: str) -> When:
    """The claim that a date makes."""
    when = parse_when(text)
    assert when is not None
    return when


def bill(number: int = 1060, **fields: Any) -> Item:
    """A bill of the 117th Congress."""
    named = {"title": f"An act numbered {number}", "published": day("2021-02-15"), "kind": "bill"}
    return Item(key=f"bill:117-hr-{number}", **{**named, **fields})


def published(key: str, title: str = "A title") -> ItemPublished:
    """The event of an item's first sight."""
    return ItemPublished(key=key, source="test", origin="live", kind="document", title=title)


def new_event(data: Payload, run: str = "test", at: str = "2025-06-02T00:00:00Z") -> NewEvent:
    """An event that is about to be appended."""
    return NewEvent(data=data, recorded_at=at, run=run)
