"""Keeps what a poll left undone of a visit, so that a later poll goes on from there instead of beginning again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta

import msgspec

from monitor.core.dates import to_text
from monitor.core.errors import FetchError, SourceError
from monitor.core.events import Origin
from monitor.core.exchange import Request, Source
from monitor.pipeline.answers import Page, Tally
from monitor.pipeline.frontier import Job
from monitor.pipeline.recording import page_of, read_as
from monitor.pipeline.run import Run
from monitor.pipeline.visits import Visit

# What a publisher showed longer ago is no walk any more that could be read to its end.
_LONGEST = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Left:
    """A job that is still to be asked."""

    request: Request
    first: bool
    origin: Origin | None
    tries: int
    instead_of: str
    below: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Error:
    """A failure that the visit met so far."""

    where: str
    what: str
    remedy: str
    failure: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Progress:
    """What a `Visit` has come to, under the names that it has there."""

    started_at: datetime
    tally: Tally
    adopted: str = ""
    bytes: int = 0
    matched: int = 0
    followed_at: int = -1
    asked: set[str] = field(default_factory=set)
    moved_to: str = ""
    is_one_page: bool = False
    retried: set[str] = field(default_factory=set)
    noted: dict[str, Page] = field(default_factory=dict)
    unsettled: dict[str, Page] = field(default_factory=dict)
    pages_of: dict[str, set[str]] = field(default_factory=dict)
    earlier_pages: int = 0
    reopened: set[str] = field(default_factory=set)
    gaps: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Unfinished:
    """A visit as it is stored."""

    progress: _Progress
    left: Sequence[_Left]
    failures: Sequence[_Error] = ()
    covered: Sequence[_Error] = ()


_decode = msgspec.json.Decoder(_Unfinished).decode
_NAMES = tuple(each.name for each in fields(_Progress))


def keep(run: Run, visit: Visit) -> None:
    """Keep what the visit came to and what it has still to ask, inside the caller's transaction."""
    kept = _Unfinished(
        progress=_Progress(**{name: getattr(visit, name) for name in _NAMES}),
        left=[_left(job) for job in visit.left],
        failures=[_said(error) for error in visit.failures],
        covered=[_said(error) for error in visit.covered],
    )
    source = visit.source
    run.database.conn.execute(
        "REPLACE INTO unfinished_visits (source, read_as, began_at, visit) VALUES (?, ?, ?, ?)",
        (source.id, read_as(source), to_text(visit.started_at), msgspec.json.encode(kept).decode()),
    )


def forget(run: Run, source: Source) -> None:
    """A visit came to its end: the next one begins at the beginning; inside the caller's transaction."""
    run.database.conn.execute("DELETE FROM unfinished_visits WHERE source = ?", (source.id,))


def resumed(run: Run, visit: Visit) -> Visit:
    """The visit that an earlier poll left, in the place of one that just begins, or that one if none was left.

    A source whose options or kind have changed since, or whose key is missing, begins anew; so does one that was left for
    too long, or before the clock was set back.
    """
    source, now = visit.source, visit.started_at
    row = run.database.conn.execute(
        "SELECT visit FROM unfinished_visits WHERE source = ? AND read_as = ? AND began_at BETWEEN ? AND ?",
        (source.id, read_as(source), to_text(now - _LONGEST), to_text(now)),
    ).fetchone()
    if row is None or source.key_problem:
        return visit
    try:
        kept = _decode(row["visit"])
    except msgspec.DecodeError:  # another version of this program kept it
        return visit
    return Visit(
        source=source,
        state=replace(visit.state, now=kept.progress.started_at),
        resumed_at=now,
        left=[_job(run, source, left) for left in kept.left],
        failures=[_error(said) for said in kept.failures],
        covered=[_error(said) for said in kept.covered],
        **{name: getattr(kept.progress, name) for name in _NAMES},
    )


def _left(job: Job) -> _Left:
    return _Left(
        request=job.request,
        first=job.first,
        origin=job.origin,
        tries=job.tries,
        instead_of=job.instead_of,
        below=job.below,
    )


def _job(run: Run, source: Source, left: _Left) -> Job:
    return Job(
        source=source,
        request=left.request,
        known=page_of(run, source, left.request.page),
        first=left.first,
        origin=left.origin,
        tries=left.tries,
        instead_of=left.instead_of,
        below=left.below,
    )


def _said(error: SourceError) -> _Error:
    return _Error(where=error.where, what=error.what, remedy=error.remedy, failure=error.failure)


def _error(said: _Error) -> SourceError:
    return FetchError(said.where, said.what, said.remedy, failure=said.failure)
