"""What passes between a source kind, the fetcher and the pipeline.

A kind is two pure functions: `requests(source, state)` says what to ask, `parse(source, response)` reads an answer
into items, further requests, a declared total, problems and withdrawals. Neither opens a connection.
"""

from __future__ import annotations

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

    `key_problem` says why a configured key is not there; such a source is not polled, and says so.
    """

    id: str
    kind: str
    url: str
    every_s: int = 3600
    enabled: bool = True
    user_agent: str = ""
    min_items: int = 0
    api_key: Secret | None = None
    key_problem: str = ""
    options: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What a kind may know of the past. `last_complete` is when the last complete walk of all pages began."""

    now: datetime
    last_complete: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One GET.

    `walk` names the window that this page belongs to: pages of one walk are counted together against a `Total`.
    `marker` is the publisher's own statement of the page's version: a page already read at that marker is not
    fetched again. `key_header` names the header in which the source's key goes. `context` comes back with the
    response, for the kind's own use.
    """

    url: str
    walk: str = ""
    marker: str = ""
    key_header: str = ""
    accept: str = "*/*"
    context: Mapping[str, str] = field(default_factory=dict)


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
class Problem:
    """One entry that could not be read. It is named, and costs no other entry."""

    where: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """The publisher says that an item is gone."""

    key: str
    reason: str


Finding = Item | Request | Total | Problem | Withdrawal
