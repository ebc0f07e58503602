"""A publisher whose feed a test turns and twists, and whose server answers well, badly, or not at all.

It notes each page that it answered in full: what it showed there, in that order, is what the monitor was told.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from random import Random
from typing import Literal

from webserver import Asked, Reply

_FIRST = datetime(2025, 5, 1, tzinfo=UTC)
_WORDPRESS = "<generator>https://wordpress.org/?v=6.9</generator>"
_WEB_PAGE = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body>Sign in</body></html>"

Order = Literal["newest first", "oldest first", "shuffled"]
Validators = Literal["none", "true", "lying"]
Fault = Literal["", "500", "403", "html", "cut", "short", "hang-up", "304", "empty body"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An entry as a window shows it: the key that it has for us, and its content; empty is what it leaves out."""

    key: str
    title: str
    summary: str
    published: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An entry as the publisher has it. `hour` is its date, in hours since the publisher began; -1 for none.

    Without a `guid` of its own it is printed with one that all others bear too.
    """

    number: int
    guid: str
    hour: int
    version: int = 1
    words: int = 1
    is_sought: bool = False

    @property
    def title(self) -> str:
        """No other entry has this title, nor this entry in another version."""
        return f"{'Next G Alliance' if self.is_sought else 'Local'} notice {self.number}, text {self.version}"

    @property
    def summary(self) -> str:
        return f"Summary {self.words} of number {self.number}." if self.words else ""

    @property
    def at(self) -> datetime | None:
        return _FIRST + timedelta(hours=self.hour) if self.hour >= 0 else None

    def shown(self) -> Shown:
        at = self.at.isoformat().replace("+00:00", "Z") if self.at else ""
        key = f"news:{self.guid}" if self.guid else f"number {self.number}"
        return Shown(key=key, title=self.title, summary=self.summary, published=at)

    def as_rss(self) -> str:
        return (
            f"<item><guid isPermaLink='false'>{self.guid or 'news'}</guid><title>{self.title}</title>"
            f"<link>https://example.org/{self.number}</link>"
            + (f"<pubDate>{format_datetime(self.at)}</pubDate>" if self.at else "")
            + (f"<description>{self.summary}</description>" if self.summary else "")
            + "</item>"
        )


@dataclass(slots=True, kw_only=True)
class Publisher:
    """All entries, newest first; a feed that shows `size` of them, and where `pages` is set the ones below as well.

    `fault` spoils the page of number `fault_at` so many `times`. Of the poll that is under way: `read` are the pages
    that were answered whole, `asked` the numbers of those that were asked for, `was_heard` whether the first page was
    sent or said to be unmodified, `failed` whether any page failed in the end.
    """

    size: int
    pages: bool = False
    validators: Validators = "none"
    dated: bool = True
    guids: bool = True
    shelf: list[Entry] = field(default_factory=list)
    count: int = 0
    order: Order = "newest first"
    seed: int = 0
    fault: Fault = ""
    fault_at: int = 1
    times: int = 0
    read: list[tuple[Shown, ...]] = field(default_factory=list)
    asked: list[int] = field(default_factory=list)
    was_heard: bool = False
    failed: bool = False

    # What a publisher does between two polls

    def add(self, number: int, *, below: int = 0) -> None:
        """So many new entries: on top, or further down the list with dates to fit.

        Where all share one guid, those that come together share a date as well.
        """
        first = self.count + 1
        for _ in range(number):
            self.count += 1
            place = min(below, len(self.shelf))
            newest = (self.count if self.guids else first) * 24
            hour = newest if not place else max(self.shelf[place - 1].hour - 1, 0)
            entry = Entry(
                number=self.count,
                guid=f"g{self.count}" if self.guids else "",
                hour=hour if self.dated else -1,
                is_sought=self.count % 3 == 0,
            )
            self.shelf.insert(place, entry)

    def retitle(self, place: int, version: int) -> None:
        """Another title; an earlier version is what stood there before."""
        self._change(place, version=version)

    def reword(self, place: int, words: int) -> None:
        """Another summary, or none."""
        self._change(place, words=words)

    def redate(self, place: int, *, hours: int) -> None:
        """Another date for one entry."""
        if self.dated and self.shelf:
            self._change(place, hour=max(self.shelf[place % len(self.shelf)].hour + hours, 0))

    def restamp(self, *, hours: int) -> None:
        """Another date for all that the feed shows: its software was changed."""
        for place in range(min(self.size, len(self.shelf))):
            self.redate(place, hours=hours)

    def seek(self, place: int) -> None:
        """A title that a watchlist looks for, or no longer that."""
        if self.shelf:
            self._change(place, is_sought=not self.shelf[place % len(self.shelf)].is_sought)

    def drop(self, place: int) -> None:
        """An entry is taken away; where all share one guid, nobody could tell a last one from another in its place."""
        if len(self.shelf) > (0 if self.guids else 2):
            del self.shelf[place % len(self.shelf)]

    def lift(self, place: int) -> None:
        """An old entry is shown on top again."""
        if self.shelf:
            self.shelf.insert(0, self.shelf.pop(place % len(self.shelf)))

    def rename(self, place: int) -> None:
        """Another guid for one entry."""
        if self.shelf:
            entry = self.shelf[place % len(self.shelf)]
            self._change(place, guid=f"{entry.guid}x")

    def rename_all(self) -> None:
        """Another guid for all that there is: the publisher moved to other software."""
        for place in range(len(self.shelf)):
            self.rename(place)

    def resize(self, size: int) -> None:
        """The feed shows more entries, or fewer."""
        self.size = size

    def _change(self, place: int, **fields: object) -> None:
        if self.shelf:
            index = place % len(self.shelf)
            self.shelf[index] = replace(self.shelf[index], **fields)  # type: ignore[arg-type] # fields of Entry

    # What its server answers

    def page(self, number: int) -> list[Entry]:
        """The entries of a page, as it shows them."""
        entries = self.shelf[(number - 1) * self.size : number * self.size]
        if self.order == "oldest first":
            entries.reverse()
        elif self.order == "shuffled":
            Random(self.seed + number).shuffle(entries)
        return entries

    def begin(self) -> None:
        """A poll begins."""
        self.read, self.asked, self.was_heard, self.failed = [], [], False, False

    def answer(self, asked: Asked) -> Reply | None:
        """What is sent, and a note of it where it was whole."""
        number = int(asked.target.partition("paged=")[2] or 1)
        self.asked.append(number)
        entries = self.page(number)
        if number > 1 and (not self.pages or not entries):
            return None
        reply = self._feed(entries)
        spoilt = self._is_spoilt(number)
        reply = self._spoilt(reply) if spoilt else reply.to(asked)
        self._note(number, entries, reply, spoilt=spoilt and not self._is_unmodified(asked, reply))
        return reply

    def _is_spoilt(self, number: int) -> bool:
        spoilt = bool(self.fault) and number == self.fault_at and self.times > 0
        self.times -= spoilt
        return spoilt

    def _is_unmodified(self, asked: Asked, reply: Reply) -> bool:
        return reply.status == 304 and "if-none-match" in asked.headers

    def _note(self, number: int, entries: Sequence[Entry], reply: Reply, *, spoilt: bool) -> None:
        self.failed = spoilt
        if number == 1 and not spoilt:
            self.was_heard = True
        if not spoilt and reply.status == 200:
            self.read.append(tuple(entry.shown() for entry in entries))

    def _feed(self, entries: Sequence[Entry]) -> Reply:
        head = f"<title>A feed</title>{_WORDPRESS if self.pages else ''}"
        items = "".join(entry.as_rss() for entry in entries)
        body = f"<rss version='2.0'><channel>{head}{items}</channel></rss>".encode()
        etag = {"none": "", "lying": '"always"', "true": f'"{hashlib.sha256(body).hexdigest()[:16]}"'}
        return Reply(body=body, etag=etag[self.validators])

    def _spoilt(self, good: Reply) -> Reply:
        longer = {"Content-Length": str(len(good.body) + 99), "Connection": "close"}
        spoilt = {
            "500": Reply(status=500),
            "403": Reply(status=403),
            "304": Reply(status=304),
            "html": Reply(body=_WEB_PAGE),
            "cut": Reply(body=good.body[: len(good.body) * 2 // 3]),
            "short": Reply(body=good.body, headers=longer),
            "empty body": Reply(),
            "hang-up": Reply(hang_up=True),
        }
        return spoilt[self.fault]
