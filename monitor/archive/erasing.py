"""Takes a full text out of the log's file on purpose. Its hash, its size and the reason stay."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from monitor import projections
from monitor.archive import showing
from monitor.archive.gathering import Archive
from monitor.core.errors import LogError, UsageError
from monitor.core.events import BodyErased
from monitor.pipeline.run import Run
from monitor.projections import erasures, items


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptText:
    """A full text that is kept. `size` is in bytes of UTF-8; `keys` are all items whose text it is now."""

    sha256: str
    size: int
    keys: tuple[str, ...]


def find(archive: Archive, name: str) -> list[KeptText]:
    """The text of that SHA-256, or every text that the item of that key has or had. Raises UsageError for none."""
    by_hash = re.fullmatch("[0-9a-fA-F]{64}", name) is not None
    hashes = [name.lower()] if by_hash else list(_texts_of(archive, name))
    found = [text for sha256 in hashes if (text := _kept(archive, sha256))]
    if not found:
        why = next(filter(None, (erasures.reason(archive.views.conn, sha256) for sha256 in hashes)), "")
        raise UsageError(
            name,
            f"its text was erased already: {why}" if why else "no full text of it is kept",
            "`monitor show KEY` says which text an item has",
        )
    return found


def erase(run: Run, texts: Sequence[KeptText], reason: str) -> None:
    """Remove the texts and record why, in one transaction; what the file held of them is overwritten."""
    conn = run.database.conn
    conn.execute("PRAGMA secure_delete = ON")
    with run.database.write():
        for text in texts:
            conn.execute("DELETE FROM bodies WHERE sha256 = ?", (text.sha256,))
            run.append("monitor", BodyErased(sha256=text.sha256, size=text.size, reason=reason))
        projections.catch_up(run.database, run.log)
    busy = conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    if busy:  # the write-ahead log still holds the pages of before
        raise LogError(
            str(run.database.path),
            "the text is erased, but another command still reads the file, and keeps its old pages there",
            "end the other commands, then run any command that writes, such as `monitor rebuild`",
        )


def _texts_of(archive: Archive, key: str) -> Iterator[str]:
    item = showing.one(archive, key)
    seen = {item.body_sha256: None} if item.body_sha256 else {}
    for change in items.changes_of(archive.views.conn, item.key):
        for field in change.fields:
            if field.field == "body":
                seen |= {str(value): None for value in (field.old, field.new) if value}
    yield from seen


def _kept(archive: Archive, sha256: str) -> KeptText | None:
    row: sqlite3.Row | None = archive.log.database.conn.execute(
        "SELECT size FROM bodies WHERE sha256 = ?", (sha256,)
    ).fetchone()
    keys = items.with_body(archive.views.conn, sha256)
    return KeptText(sha256=sha256, size=int(row["size"]), keys=tuple(keys)) if row else None
