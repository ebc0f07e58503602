"""From answers to events: decides what is new and appends it together with what the poller must remember.

A page's validators and marker are stored in the transaction that stores its items, never before: a crash in between
means that the page is read again, not that it is believed to be unchanged for ever.
"""

from __future__ import annotations

import hashlib
import sqlite3
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from monitor import projections, sources
from monitor.core.changes import Decision, Known, body_hash, decide
from monitor.core.dates import to_text
from monitor.core.events import ActionRecorded, ItemPublished, ItemRevised, ItemWithdrawn, Origin, Payload
from monitor.core.exchange import Finding, Problem, Request, Source, Total, Withdrawal
from monitor.core.items import Item
from monitor.fetcher import Validators
from monitor.pipeline.run import Run
from monitor.projections import bills, erasures, items


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What is remembered of a page: its validators, the publisher's marker, the hash of its body.

    A `leaf` led to no other page and declared no total: only such a page may be skipped when it is unchanged.
    """

    validators: Validators
    marker: str = ""
    sha256: str = ""
    leaf: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One page that was read: when (None: not modified), what was found in it, what to remember of it.

    `origin` is given where what it brings is past, whatever the poll is.
    """

    source: Source
    request: Request
    page: Page
    observed_at: datetime | None = None
    findings: Sequence[Finding] = ()
    bytes: int = 0
    origin: Origin | None = None
    moved_to: str = ""


@dataclass(slots=True, kw_only=True)
class Tally:
    """What recording one source's answers came to, added up over a poll.

    `walks` are the distinct keys that each walk brought, `totals` what the publisher declared, `unread` how many
    entries of it came and could not be read (those are named in `problems`). What is learnt further of an item in
    the poll that found it counts as part of `new`.
    """

    origin: Origin
    keys: set[str] = field(default_factory=set)
    walks: dict[str, set[str]] = field(default_factory=dict)
    totals: dict[str, int] = field(default_factory=dict)
    unread: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    new: set[str] = field(default_factory=set)
    revised: int = 0
    moved: int = 0
    withdrawn: int = 0


def page_of(run: Run, source: Source, url: str) -> Page | None:
    """What is remembered of a page, or None if it was never read, or was read under other options."""
    row = run.database.conn.execute(
        "SELECT * FROM pages WHERE source = ? AND url = ? AND read_as = ?", (source.id, url, _read_as(source))
    ).fetchone()
    if row is None:
        return None
    return Page(
        validators=Validators(etag=row["etag"], last_modified=row["last_modified"], url=row["landed_at"]),
        marker=row["marker"],
        sha256=row["sha256"],
        leaf=bool(row["leaf"]),
    )


def was_read(run: Run, source: Source, url: str) -> bool:
    """Whether a page was ever read, under whatever options."""
    sql = "SELECT 1 FROM pages WHERE source = ? AND url = ?"
    return run.database.conn.execute(sql, (source.id, url)).fetchone() is not None


def record(run: Run, answers: Iterable[Answer], tallies: Mapping[str, Tally]) -> None:
    """Append what is new in these answers, in one transaction, and bring the views up to it."""
    with run.database.write():
        batch = _Batch(run)
        for answer in answers:
            for finding in answer.findings:
                _take(batch, answer, finding, tallies[answer.source.id])
            _remember(run, answer)
        projections.catch_up(run.database, run.log)


class _Batch:
    """One transaction's items. Views are brought up before an item is looked at for the second time."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self._written: set[str] = set()

    def known(self, key: str, source: Source) -> Known | None:
        """What the log holds of an item, this transaction included."""
        if key in self._written:
            projections.catch_up(self.run.database, self.run.log)
            self._written.clear()
        return _known(self.run.database.conn, key, source)

    def append(self, key: str, events: Sequence[Payload], answer: Answer) -> None:
        """Append to an item's stream."""
        observed = to_text(answer.observed_at) if answer.observed_at else None
        if events:
            self.run.append(f"item:{key}", *events, observed_at=observed)
            self._written.add(key)


def _take(batch: _Batch, answer: Answer, finding: Finding, tally: Tally) -> None:
    match finding:
        case Item():
            _take_item(batch, answer, finding, tally)
        case Withdrawal():
            _take_withdrawal(batch, answer, finding, tally)
        case Total():
            tally.totals[finding.walk] = finding.count
        case Problem():
            walk = _walk_of(answer)
            tally.unread[walk] = tally.unread.get(walk, 0) + 1
            tally.problems.append(finding)
        case Request():
            pass  # polling has queued it already


def _take_item(batch: _Batch, answer: Answer, item: Item, tally: Tally) -> None:
    walk = tally.walks.setdefault(_walk_of(answer), set())
    if item.key in walk:
        # Said twice in one walk (page drift, a publisher's duplicate): the first word counts, steps are added.
        item = Item(key=item.key, kind=item.kind, actions=item.actions)
    walk.add(item.key)
    tally.keys.add(item.key)
    decision = decide(
        batch.known(item.key, answer.source),
        item,
        source=answer.source.id,
        origin=answer.origin or tally.origin,
    )
    if decision.events:
        _keep_body(batch.run.database.conn, item.body)
        batch.append(item.key, decision.events, answer)
    _keep_statement(batch.run.database.conn, answer.source, item, decision)
    if _how_many(decision.events, ItemPublished):
        tally.new.add(item.key)
    elif item.key not in tally.new:
        tally.revised += _how_many(decision.events, ItemRevised)
        tally.moved += _how_many(decision.events, ActionRecorded)


def _walk_of(answer: Answer) -> str:
    return answer.request.walk or answer.request.url


def _take_withdrawal(batch: _Batch, answer: Answer, finding: Withdrawal, tally: Tally) -> None:
    known = batch.known(finding.key, answer.source)
    if known is not None and not known.withdrawn:
        event = ItemWithdrawn(key=finding.key, source=answer.source.id, reason=finding.reason)
        batch.append(finding.key, [event], answer)
        tally.withdrawn += 1


def _how_many(events: Iterable[Payload], kind: type[Payload]) -> int:
    return sum(isinstance(event, kind) for event in events)


def _known(conn: sqlite3.Connection, key: str, source: Source) -> Known | None:
    item = items.get(conn, key)
    if item is None:
        return None
    row = conn.execute(
        "SELECT hashes FROM statements WHERE source = ? AND key = ?", (source.id, key)
    ).fetchone()
    return Known(
        revision=item.revision,
        fields=items.fields_of(item),
        statement=msgspec.json.decode(row["hashes"], type=dict[str, str]) if row else None,
        actions=bills.keys_of(conn, key),
        withdrawn=item.withdrawn,
        withdrawn_by=item.withdrawn_by,
    )


def _keep_statement(conn: sqlite3.Connection, source: Source, item: Item, decision: Decision) -> None:
    """`marker` stays when this answer names none: a bill's detail page does not undo what its list said."""
    conn.execute(
        "INSERT INTO statements (source, key, marker, hashes) VALUES (?, ?, ?, ?) ON CONFLICT (source, key) DO UPDATE"
        " SET hashes = excluded.hashes,"
        " marker = CASE excluded.marker WHEN '' THEN marker ELSE excluded.marker END",
        (source.id, item.key, item.marker, msgspec.json.encode(decision.statement, order="sorted").decode()),
    )


def _keep_body(conn: sqlite3.Connection, body: str) -> None:
    """Keep a full text under its hash; one that was taken out for good does not come back."""
    if body and not erasures.reason(conn, body_hash(body)):
        raw = body.encode()
        conn.execute(
            "INSERT INTO bodies (sha256, size, data) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            (body_hash(body), len(raw), zlib.compress(raw)),
        )


def _remember(run: Run, answer: Answer) -> None:
    page = answer.page
    run.database.conn.execute(
        "REPLACE INTO pages (source, url, etag, last_modified, landed_at, marker, sha256, leaf, read_as)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            answer.source.id,
            answer.request.url,
            page.validators.etag,
            page.validators.last_modified,
            page.validators.url,
            page.marker,
            page.sha256,
            int(page.leaf),
            _read_as(answer.source),
        ),
    )


def _read_as(source: Source) -> str:
    """Under which options and by which version of its kind a source's pages are read: another one reads them anew."""
    version = getattr(sources.kind(source.kind), "VERSION", "1")
    return hashlib.sha256(f"{source.kind} {version} {source.options}".encode()).hexdigest()[:16]
