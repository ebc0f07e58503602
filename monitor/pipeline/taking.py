"""Takes what one answer says, finding by finding: decides what is new of each item and appends it."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec

from monitor import projections
from monitor.core.addresses import canonical
from monitor.core.changes import Decision, Known, body_hash, decide
from monitor.core.dates import When, to_text
from monitor.core.events import ActionRecorded, ItemPublished, ItemRevised, ItemWithdrawn, Origin, Payload
from monitor.core.exchange import Pace, Problem, Request, Snapshot, Source, Total, Unread, Window, Withdrawal
from monitor.core.items import Item, field_hashes
from monitor.eventlog import Append
from monitor.pipeline import identifying
from monitor.pipeline.answers import Answer, Tally
from monitor.pipeline.run import Run
from monitor.projections import bills, erasures, items

_decode = msgspec.json.Decoder(dict[str, str]).decode
# From this many entries on, more than half of them dated anew and otherwise the same are a publisher's reprocessing.
_FEWEST_RESTAMPED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spoken:
    """What a source last said of an item: its field hashes; and whether the item counts as withdrawn."""

    hashes: Mapping[str, str]
    withdrawn: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """An item of an answer, its field hashes, and what its source last said of it."""

    item: Item
    hashes: Mapping[str, str]
    spoken: _Spoken | None


class Batch:
    """One transaction's items. What is to be appended is gathered, and appended before it is looked at again."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.conn = run.database.conn
        self._waiting: list[Append] = []
        self._written: set[str] = set()

    def spoken(self, source: Source, keys: Collection[str]) -> dict[str, _Spoken]:
        """What the source last said of those items that it spoke of at all."""
        if not keys:
            return {}
        sql = """
            SELECT statements.key, hashes, coalesce(items.withdrawn, '') AS withdrawn
            FROM statements LEFT JOIN items ON items.key = statements.key
            WHERE statements.source = ? AND statements.key IN (SELECT value FROM json_each(?))"""
        rows = self.conn.execute(sql, (source.id, msgspec.json.encode(list(keys)).decode()))
        return {
            row["key"]: _Spoken(hashes=_decode(row["hashes"]), withdrawn=bool(row["withdrawn"]))
            for row in rows
        }

    def known(self, key: str, source: Source, statement: Mapping[str, str] | None) -> Known | None:
        """What the log holds of an item, this transaction included."""
        if key in self._written:
            self.flush()
        item = items.get(self.conn, key)
        if item is None:
            return None
        return Known(
            revision=item.revision,
            fields=items.fields_of(item),
            statement=statement,
            actions=bills.keys_of(self.conn, key),
            withdrawn=item.withdrawn,
            withdrawn_by=item.withdrawn_by,
            said=self._said(key, source) if statement is not None else {},
        )

    def is_written(self, key: str) -> bool:
        """Whether this transaction has something new of the item."""
        return key in self._written

    def append(self, key: str, events: Sequence[Payload], answer: Answer, *, is_new: bool = False) -> None:
        """Append to an item's stream."""
        if not events:
            return
        observed = to_text(answer.observed_at) if answer.observed_at else None
        stream = f"item:{key}"
        version = 0 if is_new else self.run.log.version(stream)
        self._waiting.append(
            (stream, version, [self.run.event(event, observed_at=observed) for event in events])
        )
        self._written.add(key)

    def flush(self) -> None:
        """Append what waits, and bring the views up to it."""
        if self._waiting:
            self.run.log.append_all(self._waiting)
            projections.catch_up(self.run.database, self.run.log)
        self._waiting = []
        self._written.clear()

    def _said(self, key: str, source: Source) -> dict[str, int]:
        """How often the source has said each content of the item, by its hash."""
        said: dict[str, int] = {}
        for event in self.run.log.read(stream=f"item:{key}", types=("ItemPublished", "ItemRevised")):
            data = event.data
            if isinstance(data, ItemPublished | ItemRevised) and data.source == source.id:
                said[data.content_hash] = said.get(data.content_hash, 0) + 1
        return said


def take(batch: Batch, answer: Answer, tally: Tally) -> None:
    """Take all that an answer says."""
    source, walk = answer.source, answer.request.walk or answer.request.page
    tally.asked.setdefault(walk, answer.request)
    if answer.findings:
        tally.unchanged.discard(walk)
    elif walk not in tally.walks:
        tally.unchanged.add(walk)
    found = [finding for finding in answer.findings if isinstance(finding, Item)]
    spoken = batch.spoken(source, [item.key for item in found])
    said = {key: each.hashes for key, each in spoken.items()}
    hashes = [field_hashes(item) for item in found]
    found = identifying.named(batch.conn, source, found, hashes, said)
    spoken |= batch.spoken(source, {item.key for item in found} - spoken.keys())
    shown = [
        _Shown(item=item, hashes=hashed, spoken=spoken.get(item.key))
        for item, hashed in zip(found, hashes, strict=True)
    ]
    restamped = _restamped(shown)
    for each in shown:
        _take_item(batch, answer, each, tally, is_restamped=each.item.key in restamped)
    _note(batch, answer, tally, walk)
    batch.flush()


def _note(batch: Batch, answer: Answer, tally: Tally, walk: str) -> None:
    """Note what an answer says beside its items."""
    for finding in answer.findings:
        match finding:
            case Withdrawal():
                withdraw(batch, answer, finding, tally)
            case Total():
                tally.totals[finding.walk] = finding.count
            case Window():
                tally.windows.add(finding.walk)
                tally.earlier[finding.walk] = answer.earlier
            case Snapshot():
                tally.snapshots.add(finding.walk)
            case Pace():
                tally.stated_s = max(tally.stated_s, finding.every_s)
            case Problem():
                tally.unread[walk] = tally.unread.get(walk, 0) + 1
                tally.problems.append(finding)
            case Unread():
                tally.missing.setdefault(finding.walk, finding.what)
                tally.problems.append(Problem(where=finding.walk, what=finding.what))
            case Item() | Request():
                pass  # items are taken above; polling has queued requests already


def _restamped(shown: Sequence[_Shown]) -> set[str]:
    """The entries that differ from what was said of them in nothing but their date, where that is most of them."""
    known = [(each, each.spoken) for each in shown if each.spoken and not each.item.actions]
    changed = {each.item.key for each, spoken in known if _differs_in(each.hashes, spoken) == {"published"}}
    return changed if len(changed) >= _FEWEST_RESTAMPED and 2 * len(changed) > len(known) else set()


def _differs_in(hashes: Mapping[str, str], spoken: _Spoken) -> set[str]:
    return {name for name, hashed in hashes.items() if spoken.hashes.get(name) != hashed}


def _take_item(batch: Batch, answer: Answer, shown: _Shown, tally: Tally, *, is_restamped: bool) -> None:
    item, stated, spoken = shown.item, shown.hashes, shown.spoken
    walk = tally.walks.setdefault(answer.request.walk or answer.request.page, {})
    if item.key in walk:
        # Said twice in one walk (page drift, a publisher's duplicate): the first word counts, steps are added.
        if not item.actions:
            return
        item = Item(key=item.key, kind=item.kind, actions=item.actions)
        stated = field_hashes(item)
        spoken = batch.spoken(answer.source, [item.key]).get(item.key)
    walk[item.key] = None
    tally.keys.add(item.key)
    if item.published:
        tally.dates[item.key] = item.published.at
    if _says_nothing_new(batch, item, stated, spoken):
        _keep_marker(batch.conn, answer.source, item)
        return
    known = batch.known(item.key, answer.source, spoken.hashes if spoken else None)
    meant = replace(item, published=None) if is_restamped else item
    if known is not None and item.url and _is_same_address(item.url, known.fields.get("url")):
        meant = replace(meant, url="")
    decision = _decide(answer, tally, known, meant, stated if meant is item else None)
    if decision.events:
        _keep_body(batch.conn, item.body)
        batch.append(item.key, decision.events, answer, is_new=known is None)
    _keep_statement(batch.conn, answer.source, item, {**decision.statement, **stated})
    identifying.remember(batch.conn, answer.source, item)
    _count(tally, item.key, decision.events)


def _is_same_address(stated: str, known: object) -> bool:
    """Whether an address is another one than is known only in what changes while the document stays: https, a last slash."""
    return isinstance(known, str) and stated != known and canonical(stated) == canonical(known)


def _says_nothing_new(batch: Batch, item: Item, stated: Mapping[str, str], spoken: _Spoken | None) -> bool:
    """Whether the source says word for word what it said, of an item that is not gone: most of what is polled."""
    return (
        spoken is not None
        and not spoken.withdrawn
        and not item.actions
        and not batch.is_written(item.key)
        and all(spoken.hashes.get(name) == hashed for name, hashed in stated.items())
    )


def _decide(
    answer: Answer, tally: Tally, known: Known | None, item: Item, hashes: Mapping[str, str] | None
) -> Decision:
    origin = answer.origin or _origin(tally, item)
    decision = decide(known, item, source=answer.source.id, origin=origin, hashes=hashes)
    fresh_from = answer.request.fresh_from
    if not fresh_from or known is None or known.actions or item.key in tally.new or origin != "live":
        return decision
    fresh = {
        e.action for e in decision.events if isinstance(e, ActionRecorded) and _is_since(e.when, fresh_from)
    }
    events = [
        event
        if (isinstance(event, ActionRecorded) and event.action in fresh)
        # What is first told of an item beside a fresh step belongs to that news; without one it is past.
        or (isinstance(event, ItemRevised) and fresh)
        else _as_past(event)
        for event in decision.events
    ]
    return replace(decision, events=events)


def _origin(tally: Tally, item: Item) -> Origin:
    """Where past is loaded, what its publisher dates since the source was last asked is news all the same."""
    if tally.fresh_from and _is_since(item.published, tally.fresh_from):
        return "live"
    return tally.origin


def _is_since(when: When | None, moment: str) -> bool:
    return when is not None and when.at >= moment


def _as_past(event: Payload) -> Payload:
    return replace(event, origin="backfill") if isinstance(event, ActionRecorded | ItemRevised) else event


def _count(tally: Tally, key: str, events: Sequence[Payload]) -> None:
    if any(isinstance(event, ItemPublished) for event in events):
        tally.new.add(key)
    elif key not in tally.new:
        tally.revised += sum(isinstance(event, ItemRevised) for event in events)
        tally.moved += sum(isinstance(event, ActionRecorded) for event in events)


def withdraw(batch: Batch, answer: Answer, finding: Withdrawal, tally: Tally) -> None:
    """Record that an item is gone, unless it is unknown or gone already."""
    known = batch.known(finding.key, answer.source, None)
    if known is not None and not known.withdrawn:
        event = ItemWithdrawn(key=finding.key, source=answer.source.id, reason=finding.reason)
        batch.append(finding.key, [event], answer)
        tally.withdrawn += 1


def _keep_statement(
    conn: sqlite3.Connection, source: Source, item: Item, statement: Mapping[str, str]
) -> None:
    """`marker` stays when this answer names none: a bill's detail page does not undo what its list said."""
    conn.execute(
        "INSERT INTO statements (source, key, marker, hashes) VALUES (?, ?, ?, ?) ON CONFLICT (source, key) DO UPDATE"
        " SET hashes = excluded.hashes,"
        " marker = CASE excluded.marker WHEN '' THEN marker ELSE excluded.marker END",
        (source.id, item.key, item.marker, msgspec.json.encode(dict(statement), order="sorted").decode()),
    )


def _keep_marker(conn: sqlite3.Connection, source: Source, item: Item) -> None:
    if item.marker:
        conn.execute(
            "UPDATE statements SET marker = ? WHERE source = ? AND key = ? AND marker <> ?",
            (item.marker, source.id, item.key, item.marker),
        )


def _keep_body(conn: sqlite3.Connection, body: str) -> None:
    """Keep a full text under its hash; one that was taken out for good does not come back."""
    if body and not erasures.reason(conn, body_hash(body)):
        raw = body.encode()
        conn.execute(
            "INSERT INTO bodies (sha256, size, data) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            (body_hash(body), len(raw), zlib.compress(raw)),
        )
