"""What passes between asking and recording: a page that was read, and what recording a source's pages came to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from monitor.core.events import Origin
from monitor.core.exchange import Finding, Problem, Request, Response, Source
from monitor.core.fetches import Allowance
from monitor.core.validators import Validators


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What is remembered of a page: its validators, the publisher's marker, the hash of its body.

    A `leaf` led to no other page, declared no total and left nothing unread: only such a page may be skipped when it is
    unchanged. One that was `refused` the last time is asked for without conditions.
    """

    validators: Validators
    marker: str = ""
    sha256: str = ""
    leaf: bool = False
    refused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One page that was read: when (None: not modified), what was found in it, what to remember of it.

    `origin` is given where what it brings is past, whatever the poll is. `earlier` are the pages that go on below it.
    """

    source: Source
    request: Request
    page: Page
    observed_at: datetime | None = None
    findings: Sequence[Finding] = ()
    earlier: Sequence[Request] = ()
    bytes: int = 0
    origin: Origin | None = None
    moved_to: str = ""
    fresh_s: int = 0
    allowance: Allowance | None = None


@dataclass(slots=True, kw_only=True)
class Tally:
    """What recording one source's answers came to, added up over a poll.

    `walks` are the distinct keys that each walk brought, in the order shown, `totals` what the publisher declared,
    `unread` how many entries of it came and could not be read (those are named in `problems`), `asked` its first
    request, `missing` what of a walk was not, and will not be, asked or read. Of a window, `earlier` are the pages below
    what came so far. `dates` are the claims (ISO 8601 UTC) by key. `unchanged` are walks whose only page is as it was.
    `parts` are the walks that a short one was asked again in. What is dated since `fresh_from` (ISO 8601 UTC) is live,
    also in a baseline or a backfill. What is learnt further of an item in the poll that found it counts as part of `new`.
    """

    origin: Origin
    keys: set[str] = field(default_factory=set)
    walks: dict[str, dict[str, None]] = field(default_factory=dict)
    asked: dict[str, Request] = field(default_factory=dict)
    totals: dict[str, int] = field(default_factory=dict)
    windows: set[str] = field(default_factory=set)
    earlier: dict[str, Sequence[Request]] = field(default_factory=dict)
    snapshots: set[str] = field(default_factory=set)
    unchanged: set[str] = field(default_factory=set)
    parts: dict[str, set[str]] = field(default_factory=dict)
    fresh_from: str = ""
    dates: dict[str, str] = field(default_factory=dict)
    unread: dict[str, int] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    stated_s: int = 0
    new: set[str] = field(default_factory=set)
    revised: int = 0
    moved: int = 0
    withdrawn: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An answer that came and was not what its kind of source sends: kept aside, so that a person can look at it."""

    source: Source
    request: Request
    response: Response
    reason: str
