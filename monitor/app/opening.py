"""The doors to settings, log and clock: nothing else in the program reads the time."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from monitor import config, database, projections
from monitor.archive import gathering
from monitor.archive.gathering import Archive
from monitor.config import Settings
from monitor.core.errors import UsageError
from monitor.core.exchange import Source
from monitor.core.toml_reading import did_you_mean
from monitor.eventlog import EventLog
from monitor.pipeline.run import Run

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The present moment: the only place where the clock is read."""
    return datetime.now(UTC)  # noqa: TID251 - this is that place


def load_settings(path: Path) -> Settings:
    """config.toml as settings. Raises ConfigError."""
    return config.load(path)


@contextmanager
def writing(settings: Settings, *, clock: Clock = utc_now, run_id: str = "") -> Iterator[Run]:
    """The log, open for this process alone to write, with its views up to date."""
    db = database.open_writer(settings.log_path)
    try:
        with database.explained(settings.log_path):
            log = EventLog(db)
            projections.catch_up(db, log)
            yield Run(id=run_id or uuid.uuid4().hex, clock=clock, database=db, log=log)
    finally:
        db.close()


@contextmanager
def reading(settings: Settings, *, as_of: str = "", clock: Clock = utc_now) -> Iterator[Archive]:
    """The views to read from, now or as of a moment that a person typed. Never writes, never waits for a writer.

    All that is read is of one moment, whatever a writer appends meanwhile. Raises UsageError for a moment before the
    log begins, or still to come.
    """
    db = database.open_reader(settings.log_path)
    try:
        with database.explained(settings.log_path):
            db.conn.execute("BEGIN")
            zone = settings.digest.timezone
            moment = gathering.as_of_moment(EventLog(db), as_of, timezone=zone, now=clock())
            yield gathering.open_archive(db, as_of=moment)
    finally:
        db.close()


def chosen_sources(settings: Settings, names: Sequence[str]) -> list[Source]:
    """The named sources, or all that are enabled. Raises UsageError for a name that is not configured."""
    by_id = {source.id: source for source in settings.sources}
    for name in names:
        if name not in by_id:
            remedy = did_you_mean(name, by_id) if by_id else "none is configured"
            raise UsageError(name, "no such source", remedy)
    return [by_id[name] for name in names] if names else [s for s in settings.sources if s.enabled]


@contextmanager
def only_service(settings: Settings) -> Iterator[None]:
    """Be the one service on this log. Raises LogBusy where there is one already."""
    with database.only_service(settings.log_path):
        yield
