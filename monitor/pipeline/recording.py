"""From answers to events, and together with them what the poller must remember.

A page's validators and marker are stored in the transaction that stores its items, never before: a crash in between
means that the page is read again, not that it is believed to be unchanged for ever.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from monitor import projections, sources
from monitor.core.dates import to_text
from monitor.core.exchange import Source
from monitor.core.urls import redact
from monitor.core.validators import Validators
from monitor.database import Database
from monitor.pipeline.answers import Answer, Page, Refusal, Tally
from monitor.pipeline.run import Run
from monitor.pipeline.taking import Batch, take

# How many refused answers of a source are kept, and how much of each: enough to see what the publisher did.
_REFUSED_KEPT = 3
_REFUSED_BYTES = 2 * 1024 * 1024


def page_of(run: Run, source: Source, name: str) -> Page | None:
    """What is remembered of a page, or None if it was never read, or was read under other options."""
    row = run.database.conn.execute(
        "SELECT * FROM pages WHERE source = ? AND url = ? AND read_as = ?", (source.id, name, read_as(source))
    ).fetchone()
    if row is None:
        return None
    return Page(
        validators=Validators(etag=row["etag"], last_modified=row["last_modified"], url=row["landed_at"]),
        marker=row["marker"],
        sha256=row["sha256"],
        leaf=bool(row["leaf"]),
        refused=bool(row["refused"]),
    )


def was_read(run: Run, source: Source, name: str) -> bool:
    """Whether a page was ever read, under whatever options; one that was only noted was not."""
    sql = "SELECT 1 FROM pages WHERE source = ? AND url = ? AND sha256 <> ''"
    return run.database.conn.execute(sql, (source.id, name)).fetchone() is not None


def record(run: Run, answers: Iterable[Answer], tallies: Mapping[str, Tally]) -> None:
    """Append what is new in these answers, in one transaction, and bring the views up to it."""
    with run.database.write():
        batch = Batch(run)
        for answer in answers:
            tally = tallies[answer.source.id]
            tally.stated_s = max(tally.stated_s, answer.fresh_s)
            take(batch, answer, tally)
            if _is_asked_once(answer):
                _forget_page(run, answer.source, answer.request.page)
            else:
                remember_page(run, answer.source, answer.request.page, answer.page)
        projections.catch_up(run.database, run.log)


def _is_asked_once(answer: Answer) -> bool:
    """Whether this is a page of a window in time: the next poll asks for another window, under another address."""
    return bool(answer.request.walk) and not answer.request.marker and not answer.page.leaf


def _forget_page(run: Run, source: Source, name: str) -> None:
    run.database.conn.execute("DELETE FROM pages WHERE source = ? AND url = ?", (source.id, name))


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedAnswer:
    """An answer that was kept aside: `body` are its first two megabytes, `size` all of it, in bytes."""

    url: str
    fetched_at: str
    reason: str
    media_type: str
    size: int
    body: bytes


def refused(database: Database, source: str) -> list[RefusedAnswer]:
    """The last answers of a source that were refused, the latest first."""
    sql = "SELECT * FROM refused_answers WHERE source = ? ORDER BY id DESC"
    return [
        RefusedAnswer(
            url=row["url"],
            fetched_at=row["fetched_at"],
            reason=row["reason"],
            media_type=row["media_type"],
            size=row["size"],
            body=zlib.decompress(row["data"]),
        )
        for row in database.conn.execute(sql, (source,))
    ]


def forget_old_pages(run: Run, before: str) -> None:
    """Forget pages that nobody asked for since then (ISO 8601 UTC), inside the caller's transaction: windows of days long past.

    Those of which the publisher states a version stay: they are not asked for as long as it stands.
    """
    run.database.conn.execute("DELETE FROM pages WHERE marker = '' AND asked_at < ?", (before,))


def keep_refused(run: Run, refusal: Refusal) -> None:
    """Keep a refused answer for inspection, the last few of each source; the page is read anew the next time."""
    body, conn, id_ = refusal.response.body, run.database.conn, refusal.source.id
    with run.database.write():
        conn.execute(
            "INSERT INTO refused_answers (source, url, fetched_at, reason, media_type, size, data)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                id_,
                redact(refusal.response.url),
                to_text(refusal.response.fetched_at),
                refusal.reason,
                refusal.response.media_type,
                len(body),
                zlib.compress(body[:_REFUSED_BYTES]),
            ),
        )
        conn.execute(
            "DELETE FROM refused_answers WHERE source = ? AND id NOT IN"
            " (SELECT id FROM refused_answers WHERE source = ? ORDER BY id DESC LIMIT ?)",
            (id_, id_, _REFUSED_KEPT),
        )
        conn.execute("UPDATE pages SET refused = 1 WHERE source = ? AND url = ?", (id_, refusal.request.page))


def remember_page(run: Run, source: Source, name: str, page: Page) -> None:
    """Keep what a page was like, inside the caller's transaction."""
    run.database.conn.execute(
        "REPLACE INTO pages"
        " (source, url, etag, last_modified, landed_at, marker, sha256, leaf, refused, read_as, asked_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            source.id,
            name,
            page.validators.etag,
            page.validators.last_modified,
            page.validators.url,
            page.marker,
            page.sha256,
            int(page.leaf),
            int(page.refused),
            read_as(source),
            run.now(),
        ),
    )


def asked_as(source: Source) -> str:
    """What of its kind a source asks for: where it differs from the last time, most of what it shows was there before."""
    return hashlib.sha256(f"{source.kind} {source.url} {source.options}".encode()).hexdigest()[:16]


def read_as(source: Source) -> str:
    """Under which options and by which version of its kind a source's pages are read: another one reads them anew."""
    version = getattr(sources.kind(source.kind), "VERSION", "1")
    return hashlib.sha256(f"{source.kind} {version} {source.url} {source.options}".encode()).hexdigest()[:16]
