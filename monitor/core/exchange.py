"""What passes between a source kind, the fetcher and the pipeline.

A kind is two pure functions: `requests(source, state)` says what to ask, `parse(source, response)` reads an answer
into items, further requests, a declared total, what stays unread, problems and withdrawals. Neither opens a connection.
What more a kind may offer stands in `monitor.sources`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from monitor.core.items import Item


class Secret:
    """A key or password. It prints as ●●● everywhere; only the fetcher calls `reveal`."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself, to be put in a request header and nowhere else."""
        return self._value

    def __repr__(self) -> str:
        return "●●●"

    __str__ = __repr__


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One configured endpoint (`[[source]]`). `options` is the kind's own `Options` value.

    `key_problem` says why a configured key is not there; such a source is not polled, and says so. `key_name` says
    where the key comes from: sources that share it share its budget. `every_s` and `fastest_s` bound the interval
    between two polls; `quiet_after_s` is how long it may be silent, 0 to let its own rhythm tell.
    """

    id: str
    kind: str
    url: str
    every_s: int = 3600
    fastest_s: int = 900
    quiet_after_s: int = 0
    enabled: bool = True
    user_agent: str = ""
    min_items: int = 0
    api_key: Secret | None = None
    key_name: str = ""
    key_problem: str = ""
    options: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What a kind may know of the past. `last_complete` is when the last complete walk of all pages began."""

    now: datetime
    last_complete: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One GET, or with a `body` one POST of that JSON.

    `walk` names the window that this page belongs to: pages of one walk are counted together against a `Total`.
    `marker` is the publisher's own statement of the page's version: a page already read at that marker is not
    fetched again. `noted`: a source's first poll does not fetch the page either, it only remembers the marker.
    `key_header` names the header in which the source's key goes. `otherwise` is asked where this request fails: another
    way to the same news. `fresh_from` (ISO 8601 UTC): steps before it that this page is the first to tell of an item
    known already are past, and no news; those after it are. `context` comes back with the response, for the kind's
    own use.
    """

    url: str
    walk: str = ""
    marker: str = ""
    noted: bool = False
    key_header: str = ""
    accept: str = "*/*"
    body: bytes = b""
    otherwise: tuple[Request, ...] = ()
    fresh_from: str = ""
    context: Mapping[str, str] = field(default_factory=dict)

    @property
    def page(self) -> str:
        """What tells this page from the source's others: its address, and for a POST also what is sent."""
        return f"{self.url} {hashlib.sha256(self.body).hexdigest()[:16]}" if self.body else self.url


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """The answer to a request: status 200, body decoded from its transfer encoding, header names in lower case."""

    request: Request
    url: str
    body: bytes
    headers: Mapping[str, str]
    fetched_at: datetime

    @property
    def media_type(self) -> str:
        """`application/rss+xml` of `Application/RSS+XML; charset=utf-8`; empty where none was sent."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """The publisher declares that `walk` holds `count` distinct items; fewer received is a gap."""

    walk: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """`walk` shows the newest entries of a longer list: one that shares none with what came before may have a gap."""

    walk: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """`walk`, when it is complete, lists all that stands now: what it named before and names no more has vanished."""

    walk: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """The publisher asks not to be polled more often than every so many seconds."""

    every_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One entry that could not be read. It is named, and costs no other entry."""

    where: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A part of `walk` was not, and will not be, asked or read at this poll: the walk is not complete. `what` says which."""

    walk: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """The publisher says that an item is gone."""

    key: str
    reason: str


Finding = Item | Request | Total | Window | Snapshot | Pace | Problem | Unread | Withdrawal
