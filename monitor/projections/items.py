"""View `items`: every item as it stands now, and `item_changes`: what happened to each, in order."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import msgspec

from monitor.core.dates import When
from monitor.core.envelopes import Event
from monitor.core.events import ActionRecorded, ItemPublished, ItemRevised, ItemWithdrawn, Origin
from monitor.core.evidence import FieldChange
from monitor.core.searching import Sought

NAME = "items"
VERSION = "3"
TABLES = ("items", "item_changes")

_LISTS = ("titles", "subjects", "identifiers")
_TEXTS = ("title", "summary", "url")
_INTO_ITEMS = f"INSERT INTO items VALUES ({', '.join('?' * 19)})"  # noqa: S608 - only marks
_INTO_CHANGES = f"INSERT INTO item_changes VALUES ({', '.join('?' * 13)})"  # noqa: S608 - only marks
# What a search reads, and which of it may hold the letters of a word: all that is not in ASCII, which others may stand for.
_SOUGHT_IN = ("key", "title", "summary")
_MAY_HOLD = f"({' OR '.join(f'{name} LIKE ? OR {name} GLOB ?' for name in _SOUGHT_IN)})"
_NOT_ASCII = "*[^\x01-\x7f]*"
_encoder = msgspec.json.Encoder(order="sorted")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredItem:
    """An item as it stands: the fields of `core.items.Item`, with the body by its hash, and its place in the log.

    `origin` and `last_position` are those of the last change of content; `source` published it first.
    """

    key: str
    kind: str
    source: str
    origin: Origin
    title: str
    summary: str
    url: str
    published: When | None
    titles: tuple[str, ...]
    subjects: tuple[str, ...]
    identifiers: tuple[str, ...]
    details: dict[str, str]
    body_sha256: str
    revision: int
    withdrawn: str
    withdrawn_by: str
    first_position: int
    last_position: int
    recorded_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredChange:
    """A row of `item_changes`. `occurred` is the claim (a day or an instant), `observed_at` our fetch; or empty."""

    position: int
    key: str
    kind: str
    source: str
    origin: str
    occurred: str
    observed_at: str
    recorded_at: str
    run: str
    text: str
    significance: str
    fields: tuple[FieldChange, ...]


def create(conn: sqlite3.Connection) -> None:
    """Make the tables, empty. Lists and details are JSON; times are ISO 8601 UTC; `published_day` is a local date."""
    conn.execute("""
        CREATE TABLE items (
            key TEXT PRIMARY KEY, kind TEXT NOT NULL, source TEXT NOT NULL, origin TEXT NOT NULL,
            title TEXT NOT NULL, summary TEXT NOT NULL, url TEXT NOT NULL,
            published TEXT, titles TEXT NOT NULL, subjects TEXT NOT NULL, identifiers TEXT NOT NULL,
            details TEXT NOT NULL, body_sha256 TEXT NOT NULL, revision INTEGER NOT NULL, withdrawn TEXT NOT NULL,
            withdrawn_by TEXT NOT NULL,
            first_position INTEGER NOT NULL, last_position INTEGER NOT NULL, recorded_at TEXT NOT NULL
        ) STRICT""")
    conn.execute("""
        CREATE TABLE item_changes (
            position INTEGER PRIMARY KEY, key TEXT NOT NULL, kind TEXT NOT NULL, source TEXT NOT NULL,
            origin TEXT NOT NULL, occurred_at TEXT, occurred_day TEXT, observed_at TEXT, recorded_at TEXT NOT NULL,
            run TEXT NOT NULL, text TEXT NOT NULL, significance TEXT NOT NULL, fields TEXT NOT NULL
        ) STRICT""")
    conn.execute("CREATE INDEX items_by_last_position ON items (last_position)")
    for column in ("key", "recorded_at", "occurred_at", "occurred_day"):
        conn.execute(f"CREATE INDEX item_changes_by_{column} ON item_changes ({column})")


def apply(conn: sqlite3.Connection, event: Event) -> None:
    """Fold one event into the tables."""
    match event.data:
        case ItemPublished() as data:
            _publish(conn, event, data)
            _note(conn, event, "new", data.source, data.origin, data.published)
        case ItemRevised() as data:
            _revise(conn, event, data)
            _note(conn, event, "revised", data.source, data.origin, None, data.significance, data.changes)
        case ItemWithdrawn() as data:
            conn.execute(
                "UPDATE items SET withdrawn = ?, withdrawn_by = ? WHERE key = ?",
                (data.reason, data.source, data.key),
            )
            _note(conn, event, "withdrawn", data.source, "live", None, text=data.reason)
        case ActionRecorded() as data:
            _note(conn, event, "moved", data.source, data.origin, data.when, text=data.text)
        case _:
            pass


def _publish(conn: sqlite3.Connection, event: Event, data: ItemPublished) -> None:
    values = (
        data.key,
        data.kind,
        data.source,
        data.origin,
        data.title,
        data.summary,
        data.url,
        _json(data.published) if data.published else None,
        _json(data.titles),
        _json(data.subjects),
        _json(data.identifiers),
        _json(data.details),
        data.body_sha256,
        1,
        "",
        "",
        event.position,
        event.position,
        event.recorded_at,
    )
    conn.execute(_INTO_ITEMS, values)


def _revise(conn: sqlite3.Connection, event: Event, data: ItemRevised) -> None:
    details: dict[str, str] = {}
    updates: dict[str, str | int] = {
        "revision": data.revision,
        "origin": data.origin,
        "last_position": event.position,
    }
    for change in data.changes:
        if change.field.startswith("details."):
            details[change.field.removeprefix("details.")] = str(change.new or "")
        elif change.field == "published":
            updates["published"] = _json(data.published)
            _date_first_sight(conn, data)
        elif change.field == "body":
            updates["body_sha256"] = str(change.new or "")
        elif change.field == "withdrawn":
            updates |= {"withdrawn": "", "withdrawn_by": ""}
        else:
            updates[change.field] = _json(change.new) if change.field in _LISTS else str(change.new or "")
    if details:
        updates["details"] = _json(_details(conn, data.key) | details)
    columns = ", ".join(f"{column} = ?" for column in updates)
    conn.execute(f"UPDATE items SET {columns} WHERE key = ?", (*updates.values(), data.key))  # noqa: S608 - field names of our own events


def _details(conn: sqlite3.Connection, key: str) -> dict[str, str]:
    row = conn.execute("SELECT details FROM items WHERE key = ?", (key,)).fetchone()
    return msgspec.json.decode(row["details"], type=dict[str, str]) if row else {}


def _date_first_sight(conn: sqlite3.Connection, data: ItemRevised) -> None:
    """A publication whose date became known only now (a bill's list states none, its detail does) gets it."""
    if data.published:
        conn.execute(
            "UPDATE item_changes SET occurred_at = ?, occurred_day = ?"
            " WHERE position = (SELECT first_position FROM items WHERE key = ?) AND occurred_at IS NULL",
            (data.published.at, _day(data.published), data.key),
        )


def _note(
    conn: sqlite3.Connection,
    event: Event,
    kind: str,
    source: str,
    origin: str,
    when: When | None,
    significance: str = "",
    changes: Sequence[FieldChange] = (),
    *,
    text: str = "",
) -> None:
    at = when.at if when else None
    values = (
        event.position,
        event.stream.removeprefix("item:"),
        kind,
        source,
        origin,
        at,
        _day(when),
        event.observed_at,
        event.recorded_at,
        event.run,
        text,
        significance,
        _json(changes),
    )
    conn.execute(_INTO_CHANGES, values)


def _day(when: When | None) -> str | None:
    """The claim's own day, where it states no time."""
    return str(when) if when and when.precision == "day" else None


def get(conn: sqlite3.Connection, key: str) -> StoredItem | None:
    """The item as it stands, or None."""
    row = conn.execute("SELECT * FROM items WHERE key = ?", (key,)).fetchone()
    return _stored(row) if row else None


def with_body(conn: sqlite3.Connection, sha256: str) -> list[str]:
    """The keys of the items whose text now is this body."""
    sql = "SELECT key FROM items WHERE body_sha256 = ? ORDER BY key"
    return [row["key"] for row in conn.execute(sql, (sha256,))]


def ever_had_body(conn: sqlite3.Connection, sha256: str) -> bool:
    """Whether this is, or was, the text of an item."""
    sql = "SELECT 1 FROM item_changes WHERE instr(fields, ?) LIMIT 1"
    return bool(with_body(conn, sha256)) or conn.execute(sql, (sha256,)).fetchone() is not None


def fields_of(item: StoredItem) -> dict[str, Any]:
    """Its content by field name, as `core.items.content` names it."""
    named: dict[str, Any] = {name: getattr(item, name) for name in (*_TEXTS, *_LISTS, "kind", "published")}
    named["body"] = item.body_sha256
    return named | {f"details.{name}": value for name, value in item.details.items()}


def touched_after(conn: sqlite3.Connection, position: int, limit: int) -> list[StoredItem]:
    """Items whose content was published or revised after a position, in order of that, at most `limit`."""
    sql = "SELECT * FROM items WHERE last_position > ? ORDER BY last_position LIMIT ?"
    return [_stored(row) for row in conn.execute(sql, (position, limit))]


def search(conn: sqlite3.Connection, query: str, *, source: str, limit: int) -> list[StoredItem]:
    """Items whose key, title or summary holds every word of `query`, the latest by their dates first.

    An item without a date counts by when it was recorded.
    """
    sought = Sought(query)
    where, values = ["1"], []
    for letters in sought.letters:
        where.append(_MAY_HOLD)
        values += [f"%{letters}%", _NOT_ASCII] * len(_SOUGHT_IN)
    if source:
        where.append("source = ?")
        values.append(source)
    dated = "coalesce(json_extract(published, '$.at'), recorded_at) DESC, last_position DESC"
    sql = f"SELECT key, title, summary FROM items WHERE {' AND '.join(where)} ORDER BY {dated}"  # noqa: S608 - literals; values are bound
    rows = conn.execute(sql, values)
    found = islice((row["key"] for row in rows if sought.stands_in(tuple(row))), limit)
    return [item for key in list(found) if (item := get(conn, key))]


def bills_numbered(conn: sqlite3.Connection, number: str) -> list[str]:
    """The keys of the bills of that number (`hr-1060`), of any Congress."""
    sql = "SELECT key FROM items WHERE key LIKE 'bill:%' AND substr(key, instr(key, '-') + 1) = ?"
    return [row["key"] for row in conn.execute(sql, (number,))]


def changes_of(conn: sqlite3.Connection, key: str) -> list[StoredChange]:
    """Everything that happened to one item, in the order of the log."""
    return [
        _change(row)
        for row in conn.execute("SELECT * FROM item_changes WHERE key = ? ORDER BY position", (key,))
    ]


def latest_content_change(conn: sqlite3.Connection, key: str) -> list[StoredChange]:
    """What an item's content last went through (published or revised), as a list of one."""
    sql = """SELECT * FROM item_changes WHERE key = ? AND kind IN ('new', 'revised') ORDER BY position DESC LIMIT 1"""
    return [_change(row) for row in conn.execute(sql, (key,))]


def changes_recorded(conn: sqlite3.Connection, since: str, until: str) -> list[StoredChange]:
    """What was recorded from `since` to before `until` (ISO 8601 UTC)."""
    sql = "SELECT * FROM item_changes WHERE recorded_at >= ? AND recorded_at < ? ORDER BY position"
    return [_change(row) for row in conn.execute(sql, (since, until))]


def changes_after(conn: sqlite3.Connection, position: int) -> list[StoredChange]:
    """What was recorded after a position of the log, of items that any subject recognises."""
    sql = """
        SELECT * FROM item_changes WHERE position > ? AND key IN (SELECT key FROM matches) ORDER BY position"""
    return [_change(row) for row in conn.execute(sql, (position,))]


def were_touched(conn: sqlite3.Connection, position: int, watchlists: Collection[str]) -> bool:
    """Whether anything happened after a position to an item that one of the watchlists recognises, or did."""
    marks = ", ".join("?" * len(watchlists))
    sql = f"""
        SELECT 1 FROM item_changes AS change JOIN matches ON matches.key = change.key
        WHERE change.position > ? AND matches.watchlist IN ({marks}) LIMIT 1"""  # noqa: S608 - marks only
    return conn.execute(sql, (position, *watchlists)).fetchone() is not None


def at_address(conn: sqlite3.Connection, address: str) -> StoredItem | None:
    """The item whose address that is (https, without a last slash, as `core.addresses.canonical` has it), or None."""
    bare = address.removeprefix("https://")
    forms = [f"{scheme}://{bare}{slash}" for scheme in ("https", "http") for slash in ("", "/")]
    sql = "SELECT * FROM items WHERE url IN (?, ?, ?, ?) ORDER BY last_position DESC LIMIT 1"
    row = conn.execute(sql, forms).fetchone()
    return _stored(row) if row else None


def was_published_live(conn: sqlite3.Connection, key: str) -> bool:
    """Whether the item came as news, and was not there before the source was first polled."""
    sql = "SELECT 1 FROM item_changes WHERE key = ? AND kind = 'new' AND origin = 'live'"
    return conn.execute(sql, (key,)).fetchone() is not None


def counts_by_source(conn: sqlite3.Connection) -> dict[str, int]:
    """How many items each source was the first to publish."""
    rows = conn.execute("SELECT source, count(*) AS items FROM items GROUP BY source")
    return {row["source"]: row["items"] for row in rows}


def first_sights(conn: sqlite3.Connection, since: str) -> list[tuple[str, str, str]]:
    """(source, exact claim, our fetch) of what was new, live and dated to the second, recorded since then (ISO 8601 UTC)."""
    sql = """
        SELECT source, occurred_at, observed_at FROM item_changes
        WHERE recorded_at >= ? AND kind = 'new' AND origin = 'live' AND occurred_day IS NULL
          AND occurred_at IS NOT NULL AND observed_at IS NOT NULL"""
    return [(row["source"], row["occurred_at"], row["observed_at"]) for row in conn.execute(sql, (since,))]


def changes_occurred(
    conn: sqlite3.Connection, since: str, until: str, first_day: str, last_day: str
) -> list[StoredChange]:
    """What occurred in a period, by the publishers' own claims.

    Instants count from `since` to before `until`; claims of a mere day count by that day, from `first_day` to
    `last_day`, both included.
    """
    sql = """
        SELECT * FROM item_changes WHERE occurred_day >= ? AND occurred_day <= ?
        UNION ALL
        SELECT * FROM item_changes WHERE occurred_day IS NULL AND occurred_at >= ? AND occurred_at < ?
        ORDER BY position"""
    return [_change(row) for row in conn.execute(sql, (first_day, last_day, since, until))]


def _json(value: Any) -> str:
    return _encoder.encode(value).decode()


def _stored(row: sqlite3.Row) -> StoredItem:
    named = dict(row)
    for name in _LISTS:
        named[name] = tuple(msgspec.json.decode(named[name]))
    named["details"] = msgspec.json.decode(named["details"])
    named["published"] = msgspec.json.decode(named["published"], type=When) if named["published"] else None
    return StoredItem(**named)


def _change(row: sqlite3.Row) -> StoredChange:
    return StoredChange(
        position=row["position"],
        key=row["key"],
        kind=row["kind"],
        source=row["source"],
        origin=row["origin"],
        occurred=row["occurred_day"] or row["occurred_at"] or "",
        observed_at=row["observed_at"] or "",
        recorded_at=row["recorded_at"],
        run=row["run"],
        text=row["text"],
        significance=row["significance"],
        fields=tuple(msgspec.json.decode(row["fields"], type=list[FieldChange])),
    )
