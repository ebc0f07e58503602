"""The doors to settings, log and clock: nothing else in the program reads the time."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from monitor import config, database, projections
from monitor.archive import gathering
from monitor.archive.gathering import Archive
from monitor.config import Settings
from monitor.core.errors import LogBusy, UsageError
from monitor.core.exchange import Source
from monitor.core.toml_reading import did_you_mean
from monitor.database import Database
from monitor.eventlog import EventLog
from monitor.pipeline.run import Run

Clock = Callable[[], datetime]
# Who may wait for another writer looks so often whether it is done.
_LOOK_AGAIN_S = 0.1


def utc_now() -> datetime:
    """The present moment: the only place where the clock is read."""
    return datetime.now(UTC)  # noqa: TID251 - this is that place


def load_settings(path: Path) -> Settings:
    """config.toml as settings. Raises ConfigError."""
    return config.load(path)


@contextmanager
def writing(
    settings: Settings, *, clock: Clock = utc_now, run_id: str = "", patience_s: float = 0
) -> Iterator[Run]:
    """The log, open for this process alone to write, with its views up to date.

    Raises LogBusy where another process writes, and goes on to for longer than `patience_s`.
    """
    db = _opened(settings.log_path, patience_s)
    try:
        with database.explained(settings.log_path):
            log = EventLog(db)
            projections.catch_up(db, log)
            yield Run(id=run_id or uuid.uuid4().hex, clock=clock, database=db, log=log)
    finally:
        db.close()


def _opened(path: Path, patience_s: float) -> Database:
    end = time.monotonic() + patience_s
    while True:
        try:
            return database.open_writer(path)
        except LogBusy:
            if time.monotonic() >= end:
                raise
            time.sleep(_LOOK_AGAIN_S)


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
