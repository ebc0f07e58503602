"""Tries watchlists on items that are in no log: JSON Lines in, matches out.

A stream is read in blocks of whole lines. A block is answered by itself, so that blocks can be shared among processes
(`sharing`), and a line that is no item costs no other line.
"""

from __future__ import annotations

import os
import select
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

import msgspec

from monitor.core import citations
from monitor.core.dates import parse_when
from monitor.core.exchange import Problem
from monitor.core.explaining.neighbours import Neighbourhoods
from monitor.core.items import Item
from monitor.core.matching.matcher import Document, Match, compile_watchlists, document_of
from monitor.core.renderings import jsonlines
from monitor.core.text import plain
from monitor.core.toml_reading import did_you_mean
from monitor.core.watchlists import Watchlist

# A block takes a process some tens of milliseconds; a pipe gives less at a time.
BLOCK_BYTES = 1 << 18
# The longest item worth reading: a full text of some thousand pages. It bounds the memory that a line can take.
LONGEST_LINE_BYTES = 1 << 24
_BOM = b"\xef\xbb\xbf"


class _Line(msgspec.Struct):
    """One item as a line states it. `identifiers` may be a list of canonical ids, or an object of kind → value."""

    id: str
    title: str | None = None
    summary: str | None = None
    body: str | None = None
    url: str | None = None
    published: str | None = None
    identifiers: list[str] | dict[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Whole lines of a stream, as they came. `first` is the number of the first, from 1.

    A line beyond the bound is a block of its own, without its text: it is `too_long`.
    """

    first: int
    text: bytes
    too_long: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a block came to: its matches as JSON Lines (UTF-8) in the order of its lines, and its lines that are no items.

    `notices` are what was passed over in lines that are items.
    """

    matches: bytes
    problems: tuple[Problem, ...]
    notices: tuple[Problem, ...] = ()


def blocks(source: BinaryIO, *, longest: int = LONGEST_LINE_BYTES) -> Iterator[Block | None]:
    """A stream in blocks, each as soon as it can be had; None whenever the next one has to be waited for."""
    lines = Lines(longest)
    while True:
        if not _is_ready(source):
            yield None
            select.select([source], [], [])
        data = os.read(source.fileno(), BLOCK_BYTES)
        yield from lines.add(data) if data else lines.end()
        if not data:
            return


def _is_ready(source: BinaryIO) -> bool:
    return bool(select.select([source], [], [], 0)[0])


class Lines:
    """What has come of a stream and is no whole line yet."""

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._rest = bytearray()
        self._next = 1
        self._passing_over = False

    def add(self, data: bytes) -> Iterator[Block]:
        """The lines that become whole by more of the stream."""
        if self._passing_over:
            _, found, data = data.partition(b"\n")
            self._passing_over = not found
        whole, found, rest = data.rpartition(b"\n")
        if found:
            yield from self._cut(bytes(self._rest) + whole + found)
            self._rest.clear()
        self._rest += rest
        if len(self._rest) > self._longest:
            self._rest.clear()
            self._passing_over = True
            yield self._block(b"", count=1, too_long=True)

    def end(self) -> Iterator[Block]:
        """The last line, where nothing ends it."""
        if self._rest:
            yield self._block(bytes(self._rest), count=1)

    def _cut(self, text: bytes) -> Iterator[Block]:
        """Whole lines as a block, and the first apart where it is too long: the others came in one reading."""
        end = text.index(b"\n") + 1
        if end > self._longest:
            yield self._block(b"", count=1, too_long=True)
            text = text[end:]
        if text:
            yield self._block(text, count=text.count(b"\n"))

    def _block(self, text: bytes, *, count: int, too_long: bool = False) -> Block:
        first = self._next
        self._next += count
        return Block(first=first, text=text, too_long=too_long)


class Trial:
    """Watchlists made ready to be tried on a stream; `name` is what its lines are called by."""

    def __init__(self, watchlists: Sequence[Watchlist], *, name: str) -> None:
        self._matcher = compile_watchlists(watchlists)
        self._near = Neighbourhoods(watchlists)
        self._decoder = msgspec.json.Decoder(_Line)
        self._name = name

    def answer(self, block: Block) -> Answer:
        """What each line of a block comes to."""
        if block.too_long:
            what = f"longer than {LONGEST_LINE_BYTES >> 20} MiB"
            return Answer(matches=b"", problems=(self._problem(block.first, what),))
        items: list[tuple[str, Document]] = []
        problems: list[Problem] = []
        notices: list[Problem] = []
        for number, text in enumerate(block.text.removesuffix(b"\n").split(b"\n"), start=block.first):
            try:
                items += self._read(text if number > 1 else text.removeprefix(_BOM), number, notices)
            except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
                problems.append(self._problem(number, f"not an item: {error}"))
        found = "".join(self._matches(items)).encode()
        return Answer(matches=found, problems=tuple(problems), notices=tuple(notices))

    def _read(self, text: bytes, number: int, notices: list[Problem]) -> Iterable[tuple[str, Document]]:
        """The item of a line under its id; nothing where it is empty. Raises what tells that it is no item."""
        if not text.strip():
            return ()
        line = self._decoder.decode(text)
        if number == 1:  # lines of one stream are alike, and a second reading of each costs time
            notices += [self._problem(number, what) for what in _unread_fields(text)]
        if line.published and parse_when(line.published) is None:
            what = f"published: {line.published[:40]!r} is no date; matched without it"
            notices.append(self._problem(number, what))
        return ((line.id, document_of(_item(line))),)

    def _matches(self, items: Sequence[tuple[str, Document]]) -> Iterator[str]:
        """A line of JSON a match."""
        found = self._matcher.match_many(document for _, document in items)
        for (id_, document), matches in zip(items, found, strict=True):
            for match in matches:
                yield self._told(id_, document, match)

    def _told(self, id_: str, document: Document, found: Match) -> str:
        return jsonlines.line(
            {
                "id": id_,
                "watchlist": found.watchlist,
                "subject": found.subject,
                "score": found.score,
                "evidence": found.evidence,
                "conditions": "; ".join([found.conditions, *self._near.told(document, found)]),
            }
        )

    def _problem(self, number: int, what: str) -> Problem:
        return Problem(where=f"{self._name}:{number}", what=what)


def _unread_fields(text: bytes) -> Iterator[str]:
    """What is passed over of an item: harmless, or a misspelt name."""
    known = _Line.__struct_fields__
    unread = sorted(msgspec.json.decode(text).keys() - set(known))
    if unread:
        names = ", ".join(name[:40] for name in unread[:8])
        yield f"not read of this line, nor of others: {names}; {did_you_mean(unread[0], known)}"


def _identifier(kind: str, written: str) -> str:
    """The canonical id of an identifier: `117-hr-1060` and `H.R. 1060 (117th)` of the kind `bill` are one."""
    whole = f"{kind}:{written}" if kind else written
    found = citations.parse(whole)
    if not found and kind:
        found = citations.parse(written) or citations.parse(f"{kind} {written}")
    return found or whole


def _item(line: _Line) -> Item:
    named = line.identifiers or []
    written = list(named.items()) if isinstance(named, dict) else [("", text) for text in named]
    identifiers = tuple(_identifier(kind, text) for kind, text in written)
    return Item(
        key=next(iter(identifiers), line.id),
        kind="document",
        title=plain(line.title) if line.title else "",
        summary=plain(line.summary) if line.summary else "",
        body=plain(line.body) if line.body else "",
        url=line.url or "",
        published=parse_when(line.published) if line.published else None,
        identifiers=identifiers,
    )
