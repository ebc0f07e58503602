"""Finds what is wrong with a row of the log that does not fit the chain. Pure: it is given all that it looks at."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import msgspec

from monitor.core.envelopes import SCHEMA, decode, event_id
from monitor.eventlog import COLUMNS, chain_hash

_NAMED_BY_ID = ("stream", "run")
_SHA256 = re.compile("[0-9a-f]{64}")

Values = Sequence[str | int | None]


def faulty_column(row: Values, *, before: str, version: int, after: str | None) -> str:
    """The column that was changed in a row (`COLUMNS`, prev_hash, hash), as far as the chain allows.

    `before` is the hash of the row before, `version` what must stand there by the stream, `after` the `prev_hash` of
    the next row, if there is one. Where one altered column explains everything, it is named; else those that may be it.
    """
    values, (prev_hash, stated) = row[:12], row[12:]
    if chain_hash(before, values) == stated:
        return "prev_hash"
    if prev_hash != before:
        whole = _SHA256.fullmatch(str(prev_hash)) and chain_hash(str(prev_hash), values) == stated
        return "prev_hash (the row is whole; it followed another one)" if whole else "prev_hash and content"
    if chain_hash(before, values) == after:
        return "hash"
    for column, candidate in _candidates(values, version):
        place = COLUMNS.index(column)
        if chain_hash(before, [*values[:place], candidate, *values[place + 1 :]]) == stated:
            return column
    return _suspects(values)


def decodes(row: Values) -> bool:
    """Whether the payload can be read."""
    named = dict(zip(COLUMNS, row, strict=False))
    try:
        decode(str(named["type"]), int(named["schema"] or 0), str(named["data"]))
    except (msgspec.MsgspecError, LookupError, UnicodeError):
        return False
    return True


def _candidates(values: Values, version: int) -> Iterator[tuple[str, str | int]]:
    """What may have stood in the columns whose content follows from others, or has few possibilities."""
    named = dict(zip(COLUMNS, values, strict=True))
    yield "id", event_id(str(named["run"]), str(named["stream"]), int(named["version"] or 0))
    yield "version", version
    for type_ in SCHEMA:
        yield "type", type_
    for schema in range(1, max(SCHEMA.values()) + 1):
        yield "schema", schema


def _suspects(values: Values) -> str:
    named = dict(zip(COLUMNS, values, strict=True))
    if not decodes(values):
        return "data"
    id_ = event_id(str(named["run"]), str(named["stream"]), int(named["version"] or 0))
    fixed = ("position", "id", "version", "type", "schema")
    # The id is a hash of run, stream and version: where it fits, they are as they were.
    left = [name for name in COLUMNS if name not in fixed and (name in _NAMED_BY_ID) == (named["id"] != id_)]
    return f"content (one of {', '.join(left)})"
