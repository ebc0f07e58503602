"""How sources are fetched, and what one fetch came to: values that pass between settings, fetcher and pipeline."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from monitor.core.exchange import Request, Response
from monitor.core.refusals import http_date
from monitor.core.validators import Validators

_MAX_AGE = re.compile(r"(?:^|[\s,])max-age\s*=\s*\"?([0-9]{1,9})", re.IGNORECASE)
_NOT_FRESH = re.compile(r"(?:^|[\s,])(?:no-cache|no-store)(?:$|[\s,=])", re.IGNORECASE)
_COUNT = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchSettings:
    """How every source is fetched.

    `timeout_s` bounds each step (connect, a read, a write), `deadline_s` the whole fetch with its redirects.
    `max_bytes` bounds an answer, packed and unpacked: the largest feed known to be worth polling has 39 MB. An
    answer costs about its own size in memory, so that sixteen of the largest at once cost 800 MB.
    """

    user_agent: str
    timeout_s: float = 30
    deadline_s: float = 120
    max_bytes: int = 48 * 1024 * 1024
    allow_private_hosts: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """How many requests a server still takes, of how many in its window: what api.data.gov says with every answer."""

    limit: int
    remaining: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """An answer with a document. `wire_bytes` counts the body as it was sent.

    `moved_to` is the (redacted) address to which only permanent redirects led, or empty. `fresh_s` is how long the
    server calls the document fresh, 0 where it does not say.
    """

    response: Response
    validators: Validators
    moved_to: str
    wire_bytes: int
    elapsed_s: float
    fresh_s: int = 0
    allowance: Allowance | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotModified:
    """The document is the one that the validators name. `validators` are those for the next request."""

    request: Request
    validators: Validators
    fetched_at: datetime
    moved_to: str
    elapsed_s: float
    wire_bytes: int = 0
    fresh_s: int = 0
    allowance: Allowance | None = None


def fresh_s(headers: Mapping[str, str], now: datetime) -> int:
    """How long Cache-Control or Expires (RFC 9111 §4.2) call an answer fresh, in seconds; 0 where they do not."""
    control = headers.get("cache-control", "")
    if _NOT_FRESH.search(control):
        return 0
    age = headers.get("age", "")
    spent = int(age) if _COUNT.fullmatch(age) else 0
    if stated := _MAX_AGE.search(control):
        return max(int(stated[1]) - spent, 0)
    expires = http_date(headers.get("expires", ""))
    return max(int((expires - now).total_seconds()), 0) if expires else 0


def allowance(headers: Mapping[str, str]) -> Allowance | None:
    """What X-RateLimit-Limit and X-RateLimit-Remaining say; None where they are not both sensible numbers."""
    limit, remaining = headers.get("x-ratelimit-limit", ""), headers.get("x-ratelimit-remaining", "")
    if not (_COUNT.fullmatch(limit) and _COUNT.fullmatch(remaining)) or int(limit) == 0:
        return None
    return Allowance(limit=int(limit), remaining=min(int(remaining), int(limit)))
