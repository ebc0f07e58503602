"""Tries watchlists on items that are in no log: JSON Lines in, matches out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

import msgspec

from monitor.core.dates import parse_when
from monitor.core.errors import UsageError
from monitor.core.items import Item
from monitor.core.matching import compile_watchlists, document_of
from monitor.core.text import plain
from monitor.core.watchlists import Watchlist


class _Line(msgspec.Struct):
    """One item as a line states it. `identifiers` may be a list of canonical ids, or an object of kind → value."""

    id: str
    title: str = ""
    summary: str = ""
    body: str = ""
    url: str = ""
    published: str = ""
    identifiers: list[str] | dict[str, str] = []


def match_lines(
    watchlists: Sequence[Watchlist], lines: Iterable[str], *, name: str
) -> Iterator[dict[str, Any]]:
    """A dict `{id, watchlist, subject, score, evidence}` a match, in the order of the lines; memory stays flat."""
    matcher = compile_watchlists(watchlists)
    decoder = msgspec.json.Decoder(_Line)
    for number, text in enumerate(lines, start=1):
        if not text.strip():
            continue
        try:
            line = decoder.decode(text)
        except (msgspec.DecodeError, UnicodeError) as error:
            raise UsageError(
                f"{name}:{number}", f"not an item: {error}", "write one JSON object a line"
            ) from error
        for found in matcher.match(document_of(_item(line))):
            yield {
                "id": line.id,
                "watchlist": found.watchlist,
                "subject": found.subject,
                "score": found.score,
                "evidence": [asdict(evidence) for evidence in found.evidence],
            }


def _item(line: _Line) -> Item:
    named = line.identifiers
    identifiers = (
        tuple(f"{kind}:{value}" for kind, value in named.items()) if isinstance(named, dict) else tuple(named)
    )
    return Item(
        key=next(iter(identifiers), line.id),
        kind="document",
        title=plain(line.title),
        summary=plain(line.summary),
        body=plain(line.body),
        url=line.url,
        published=parse_when(line.published),
        identifiers=identifiers,
    )
