"""Keeping the log: proofs, views anew, copies, texts taken out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from monitor import database, projections
from monitor.app.opening import Clock, reading, utc_now, writing
from monitor.archive import erasing, exporting, following, gathering, verifying
from monitor.archive.erasing import KeptText
from monitor.archive.exporting import Copy, Exported
from monitor.archive.following import Choice
from monitor.archive.verifying import Check
from monitor.config import Settings
from monitor.core.envelopes import Event
from monitor.core.errors import UsageError
from monitor.eventlog import EventLog

_FOLLOW_S = 0.5
_FAR_AWAY = datetime(9999, 1, 1, tzinfo=UTC)


def verify(
    settings: Settings,
    *,
    anchor: str | None = None,
    progress: verifying.Progress = lambda _name, _done, _of: None,
) -> Iterator[Check]:
    """Check the log and all that is derived from it, one thing after the other, beside any writer."""
    with closing(database.open_to_verify(settings.log_path)) as db:
        yield from verifying.verify(db, anchor=anchor, progress=progress)


def rebuild(
    settings: Settings,
    names: Sequence[str] = (),
    *,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> list[str]:
    """Derive the named views (all, if none is named) anew. Unlike other writing, it asks nothing of the old ones."""
    known = [view.NAME for view in projections.views()]
    for name in names:
        if name not in known:
            raise UsageError(name, "no such view", f"known: {', '.join(known)}")
    # A reader says so where there is no log; a writer would make one.
    database.open_reader(settings.log_path).close()
    with closing(database.open_writer(settings.log_path)) as db, database.explained(settings.log_path):
        log = EventLog(db)
        head = log.head().position
        return projections.rebuild(db, log, names, progress=lambda done: progress(done, head))


def erasable(settings: Settings, name: str) -> list[KeptText]:
    """The full text under a SHA-256, or all of an item's."""
    with reading(settings) as archive:
        return erasing.find(archive, name)


def erase(
    settings: Settings, texts: Sequence[KeptText], reason: str, *, clock: Clock = utc_now, run_id: str = ""
) -> None:
    """Take full texts out of the file for good, and record why."""
    with writing(settings, clock=clock, run_id=run_id) as run:
        erasing.erase(run, texts, reason)


def events(
    settings: Settings, choice: Choice, *, since: str = "", until: str = "", follow: bool = False
) -> Iterator[Event]:
    """Events that fit, between two times that a person typed; with `follow` also those to come, without end."""
    first, end = _recorded_between(settings, since, until)
    chosen = replace(choice, since=first, before=end)
    with closing(database.open_reader(settings.log_path)) as db:
        if follow:
            yield from following.follow(EventLog(db), chosen, wait=lambda: time.sleep(_FOLLOW_S))
        else:
            yield from following.choose(EventLog(db), chosen)


def _recorded_between(settings: Settings, since: str, until: str) -> tuple[str | None, str | None]:
    """The times that a person typed, as for a digest; None where none was."""
    if not (since or until):
        return None, None
    period = gathering.period(
        since,
        until,
        clock="recorded",
        timezone=settings.digest.timezone,
        now=utc_now() if gathering.span(since) else _FAR_AWAY,
    )
    return period.since if since else None, period.until if until else None


def export(
    settings: Settings,
    table: str,
    *,
    format_: str,
    stdout: IO[bytes],
    output: Path | None = None,
    as_of: str = "",
    progress: exporting.Progress = exporting.silent,
    clock: Clock = utc_now,
) -> Exported:
    """Write a table to `output` (whole or not at all), else to `stdout`: one moment of the log, beside any writer."""
    exporting.known_table(table)
    target = exporting.chosen_file(output, own_files(settings), force=True) if output else None
    with closing(database.open_reader(settings.log_path)) as db, database.explained(settings.log_path):
        db.conn.execute("BEGIN")
        zone = settings.digest.timezone
        moment = gathering.as_of_moment(EventLog(db), as_of, timezone=zone, now=clock())
        archive = exporting.archive_for(db, table, as_of=moment)
        if target is None:
            return exporting.export(archive, table, format_, stdout, progress=progress)
        with exporting.whole_file(target) as part, part.open("xb") as out:
            return exporting.export(archive, table, format_, out, progress=progress)


def backup(
    settings: Settings,
    target: Path,
    *,
    force: bool = False,
    progress: exporting.Progress = exporting.silent,
) -> Copy:
    """Copy the log to a new file, also while it is written to, and verify the copy."""
    file = exporting.chosen_file(target, own_files(settings), force=force)
    with closing(database.open_reader(settings.log_path)) as db:
        return exporting.back_up(db, file, progress=progress)


def own_files(settings: Settings) -> list[Path]:
    """What an export or a copy must never take the place of."""
    log = settings.log_path
    beside = [
        log.with_name(log.name + ending) for ending in ("-wal", "-shm", ".lock", ".service", ".sending")
    ]
    return [log, *beside, settings.path]
