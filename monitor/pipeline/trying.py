"""Tries watchlists on items that are in no log: JSON Lines in, matches out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

import msgspec

from monitor.core import citations
from monitor.core.dates import parse_when
from monitor.core.exchange import Problem
from monitor.core.items import Item
from monitor.core.matching import compile_watchlists, document_of
from monitor.core.text import plain
from monitor.core.watchlists import Watchlist


class _Line(msgspec.Struct):
    """One item as a line states it. `identifiers` may be a list of canonical ids, or an object of kind → value."""

    id: str
    title: str | None = None
    summary: str | None = None
    body: str | None = None
    url: str | None = None
    published: str | None = None
    identifiers: list[str] | dict[str, str] | None = None


def match_lines(
    watchlists: Sequence[Watchlist], lines: Iterable[str], *, name: str
) -> Iterator[dict[str, Any] | Problem]:
    """A dict `{id, watchlist, subject, score, evidence}` a match, in the order of the lines; memory stays flat.

    A line that is no item is a Problem, and costs no other line.
    """
    matcher = compile_watchlists(watchlists)
    decoder = msgspec.json.Decoder(_Line)
    for number, text in enumerate(lines, start=1):
        if not text.strip():
            continue
        try:
            line = decoder.decode(text)
        except (msgspec.DecodeError, UnicodeError) as error:
            yield Problem(where=f"{name}:{number}", what=f"not an item: {error}")
            continue
        for found in matcher.match(document_of(_item(line))):
            yield {
                "id": line.id,
                "watchlist": found.watchlist,
                "subject": found.subject,
                "score": found.score,
                "evidence": [asdict(evidence) for evidence in found.evidence],
            }


def _item(line: _Line) -> Item:
    named = line.identifiers or []
    written = [f"{kind}:{value}" for kind, value in named.items()] if isinstance(named, dict) else named
    identifiers = tuple(citations.parse(text) or text for text in written)
    return Item(
        key=next(iter(identifiers), line.id),
        kind="document",
        title=plain(line.title or ""),
        summary=plain(line.summary or ""),
        body=plain(line.body or ""),
        url=line.url or "",
        published=parse_when(line.published or ""),
        identifiers=identifiers,
    )
