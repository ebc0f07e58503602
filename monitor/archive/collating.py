"""Compares an item's full texts with one another, as far as the log's file keeps them. Changes nothing."""

from __future__ import annotations

import zlib
from collections.abc import Iterable

from monitor.archive.gathering import Archive
from monitor.core.differences import Passages, passages
from monitor.core.evidence import FieldChange
from monitor.core.histories import TextDifference
from monitor.core.renderings.neutral import plain
from monitor.projections import erasures

# A page that is revised every day has hundreds of texts; the latest ones are what a person asks about.
_MOST_COMPARED = 12
_LONGEST = 2_000_000  # characters; above, the comparison takes more than a few seconds
_TOO_MANY = f"only the latest {_MOST_COMPARED} texts are compared"
_NOTHING = Passages(told=())


class _Unread(Exception):  # noqa: N818 - says why a text cannot be compared, and is no error
    """Raised with the reason, as a reader is told it."""


def text_differences(archive: Archive, changes: Iterable[FieldChange]) -> tuple[TextDifference, ...]:
    """Each pair of full texts that these changes of bodies name, once; the latest ones compared word by word."""
    pairs = dict.fromkeys(
        (str(change.old), str(change.new))
        for change in changes
        if change.field == "body" and change.old and change.new
    )
    compared = list(pairs)[-_MOST_COMPARED:]
    return tuple(
        _compared(archive, *pair) if pair in compared else _unread(*pair, _TOO_MANY) for pair in pairs
    )


def _compared(archive: Archive, old: str, new: str) -> TextDifference:
    try:
        before, after = (plain(_text(archive, sha256)) for sha256 in (old, new))
    except _Unread as reason:
        return _unread(old, new, str(reason))
    if before == after:
        return _unread(old, new, "in spaces and invisible characters only")
    return TextDifference(old=old, new=new, passages=passages(before, after))


def _unread(old: str, new: str, why: str) -> TextDifference:
    return TextDifference(old=old, new=new, passages=_NOTHING, unread=why)


def _text(archive: Archive, sha256: str) -> str:
    """A full text. Raises _Unread."""
    if reason := erasures.reason(archive.views.conn, sha256):
        raise _Unread(f"one of the two texts was erased: {reason}")
    row = archive.log.database.conn.execute("SELECT data FROM bodies WHERE sha256 = ?", (sha256,)).fetchone()
    if row is None:
        raise _Unread("one of the two texts is kept no longer")
    try:
        text = zlib.decompress(row["data"]).decode()
    except (zlib.error, UnicodeDecodeError) as error:
        raise _Unread("one of the two texts cannot be read; run `monitor verify`") from error
    if len(text) > _LONGEST:
        raise _Unread("one of the two texts is too long to be compared")
    return text
