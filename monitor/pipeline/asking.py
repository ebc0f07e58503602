"""Fetches and parses one page, in a worker thread, and says what came of it. Touches neither log nor database."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

from monitor import sources
from monitor.core.errors import NotUnderstood, SourceError
from monitor.core.exchange import Finding, Request, Response, Source, Total, Unread, Window
from monitor.core.items import Item
from monitor.fetcher import Fetched, Fetcher, NotModified
from monitor.pipeline.answers import Answer, Page, Refusal
from monitor.pipeline.frontier import Job


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A page that could not be read, and the answer itself where one came."""

    error: SourceError
    refusal: Refusal | None = None


def ask(fetcher: Fetcher, job: Job, now: datetime) -> Answer | Failure:
    """Fetch and parse one page. Raises nothing."""
    try:
        known = job.known
        conditional = known is not None and known.leaf and not known.refused
        validators = known.validators if known and conditional else None
        fetched = fetcher.fetch(job.request, job.source, validators, now)
    except SourceError as error:
        return Failure(error=error)
    except Exception as error:  # noqa: BLE001 - whatever it is, the other pages go on
        return Failure(error=fault(job.source, error))
    if isinstance(fetched, NotModified):
        return _unmodified(job, fetched)
    return _read(job, fetched, now)


def fault(source: Source, error: Exception) -> NotUnderstood:
    """What is said of an error that nobody foresaw."""
    said = NotUnderstood(
        source.id,
        f"an answer could not be read ({type(error).__name__}: {error})",
        "this is a fault of the monitor: keep the answer and report it",
    )
    said.__cause__ = error
    return said


def _unmodified(job: Job, fetched: NotModified) -> Answer:
    page = replace(job.known or Page(validators=fetched.validators), validators=fetched.validators)
    return Answer(
        source=job.source,
        request=job.request,
        page=page,
        moved_to=fetched.moved_to,
        fresh_s=fetched.fresh_s,
        allowance=fetched.allowance,
    )


def _read(job: Job, fetched: Fetched, now: datetime) -> Answer | Failure:
    known, response = job.known, fetched.response
    sha256 = hashlib.sha256(response.body).hexdigest()
    unchanged = (
        known is not None and known.leaf and (known.marker, known.sha256) == (job.request.marker, sha256)
    )
    try:
        findings = () if unchanged else _parse(job, response)
        overflows = any(isinstance(finding, Window) for finding in findings)
        earlier = tuple(sources.earlier(job.source, response)) if overflows else ()
    except SourceError as error:
        return _refused(job, response, error)
    except Exception as error:  # noqa: BLE001 - as above
        return _refused(job, response, fault(job.source, error))
    # A further page of a walk is read each time: its items count against the declared total.
    counted = bool(job.request.walk) and not job.first
    leaf = not counted and (unchanged or not any(isinstance(f, Request | Total | Unread) for f in findings))
    return Answer(
        source=job.source,
        request=job.request,
        observed_at=now,
        findings=findings,
        earlier=earlier,
        page=Page(validators=fetched.validators, marker=job.request.marker, sha256=sha256, leaf=leaf),
        bytes=fetched.wire_bytes,
        origin=job.origin,
        moved_to=fetched.moved_to,
        fresh_s=fetched.fresh_s,
        allowance=fetched.allowance,
    )


def _refused(job: Job, response: Response, error: SourceError) -> Failure:
    refusal = Refusal(source=job.source, request=job.request, response=response, reason=str(error))
    return Failure(error=error, refusal=refusal)


def _parse(job: Job, response: Response) -> tuple[Finding, ...]:
    """All that the answer holds. Raises NotUnderstood where it is suspiciously little."""
    findings = tuple(sources.kind(job.source.kind).parse(job.source, response))
    count = sum(isinstance(finding, Item) for finding in findings)
    if job.first and not job.instead_of and count < job.source.min_items:
        raise NotUnderstood(
            job.source.id,
            f"only {count} items came where min_items asks for {job.source.min_items}",
            "look at the source in a browser; nothing of this answer was recorded",
        )
    return findings
