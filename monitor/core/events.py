"""The catalogue of events: what the log can say. Past tense; a name and its meaning never change.

The class may be renamed, the `type` string never: it stands in logs that are years old. A new shape of an event gets
the next schema number and an upcaster from the old one; `decode` is the one function that every reader uses.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from monitor.core.dates import When

Origin = Literal["live", "baseline", "backfill"]
Significance = Literal["typographic", "metadata", "substantive"]
Value = str | list[str] | dict[str, str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceConfigured:
    """A source is polled from now on, or is polled otherwise than before."""

    source: str
    kind: str
    url: str
    every_s: int
    options: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFailed:
    """A source that worked (or was new) could not be read. Recorded once, not at each further failure."""

    source: str
    failure: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRecovered:
    """A source that had failed answers again."""

    source: str
    failed_since: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceMoved:
    """A source answered with a permanent redirect; config should name the new address."""

    source: str
    old_url: str
    new_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GapSuspected:
    """Fewer items came than the publisher declared, or a feed's window turned over between two polls."""

    source: str
    walk: str
    expected: int
    received: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GapClosed:
    """A later complete walk covered the gap."""

    source: str
    walk: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PollsSummarised:
    """One source's polls of one UTC day: the proof that somebody looked."""

    source: str
    day: str
    polls: int
    good: int
    unchanged: int
    failed: int
    bytes: int
    last_good_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemPublished:
    """An item was seen for the first time, from whatever source."""

    key: str
    source: str
    origin: Origin
    kind: str
    title: str
    summary: str = ""
    url: str = ""
    published: When | None = None
    titles: list[str] = field(default_factory=list)
    subjects: list[str] = field(default_factory=list)
    identifiers: list[str] = field(default_factory=list)
    details: dict[str, str] = field(default_factory=dict)
    body_sha256: str = ""
    content_hash: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """One field of a revision, before and after. A body is named by its hash, a date by its text."""

    field: str
    old: Value
    new: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRevised:
    """A source changed what it says of an item, or a second source added to it."""

    key: str
    source: str
    origin: Origin
    revision: int
    changes: list[FieldChange]
    significance: Significance
    published: When | None = None
    content_hash: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemWithdrawn:
    """The publisher took an item away."""

    key: str
    source: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionRecorded:
    """A step in a bill's or docket's history, seen for the first time."""

    key: str
    source: str
    origin: Origin
    action: str
    text: str
    when: When | None = None
    code: str = ""
    type: str = ""
    chamber: str = ""
    system: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchlistRevised:
    """A watchlist came into force: its whole text, so that every decision can be repeated."""

    watchlist: str
    toml: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchlistRemoved:
    """A watchlist is no longer in force."""

    watchlist: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Why: the words of the item that a term recognised. `start` and `end` count characters of that field."""

    field: str
    start: int
    end: int
    quote: str
    term: str
    rule: str
    score: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemMatched:
    """A subject recognises an item revision, by this evidence, under these rules."""

    watchlist: str
    subject: str
    key: str
    revision: int
    origin: Origin
    score: int
    evidence: list[Evidence]
    watchlist_sha256: str
    matcher: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchWithdrawn:
    """A revision of the item, or of the watchlist, no longer supports the match."""

    watchlist: str
    subject: str
    key: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorStarted:
    """The service began, with these versions of what can change its behaviour."""

    versions: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorStopped:
    """The service ended in good order."""

    reason: str


Payload = (
    SourceConfigured
    | SourceFailed
    | SourceRecovered
    | SourceMoved
    | GapSuspected
    | GapClosed
    | PollsSummarised
    | ItemPublished
    | ItemRevised
    | ItemWithdrawn
    | ActionRecorded
    | WatchlistRevised
    | WatchlistRemoved
    | ItemMatched
    | MatchWithdrawn
    | MonitorStarted
    | MonitorStopped
)

# The permanent names. The right-hand side may be renamed or moved; the left-hand side may not.
TYPES: Mapping[str, type[Any]] = {
    "SourceConfigured": SourceConfigured,
    "SourceFailed": SourceFailed,
    "SourceRecovered": SourceRecovered,
    "SourceMoved": SourceMoved,
    "GapSuspected": GapSuspected,
    "GapClosed": GapClosed,
    "PollsSummarised": PollsSummarised,
    "ItemPublished": ItemPublished,
    "ItemRevised": ItemRevised,
    "ItemWithdrawn": ItemWithdrawn,
    "ActionRecorded": ActionRecorded,
    "WatchlistRevised": WatchlistRevised,
    "WatchlistRemoved": WatchlistRemoved,
    "ItemMatched": ItemMatched,
    "MatchWithdrawn": MatchWithdrawn,
    "MonitorStarted": MonitorStarted,
    "MonitorStopped": MonitorStopped,
}
SCHEMA: Mapping[str, int] = dict.fromkeys(TYPES, 1)
NAMES: Mapping[type[Any], str] = {cls: name for name, cls in TYPES.items()}

# (type, schema) → a function from that schema's JSON object to the next schema's.
UPCASTERS: Mapping[tuple[str, int], Callable[[dict[str, Any]], dict[str, Any]]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """A fact or decision that is about to be appended. Times are ISO 8601 UTC ending in Z."""

    data: Payload
    recorded_at: str
    run: str
    occurred_at: str | None = None
    observed_at: str | None = None
    cause: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A row of the log. `hash` is hexadecimal; `data` is None where this version does not know the type."""

    position: int
    id: str
    stream: str
    version: int
    type: str
    schema: int
    recorded_at: str
    run: str
    occurred_at: str | None
    observed_at: str | None
    cause: int | None
    data: Payload | None
    hash: str


def encode(data: Payload) -> str:
    """Canonical JSON: keys sorted, UTF-8, no floats."""
    return msgspec.json.encode(data, order="sorted").decode()


def decode(type_: str, schema: int, text: str) -> Payload | None:
    """The payload of a stored event, brought up to the present schema; None for a type or schema from the future."""
    cls = TYPES.get(type_)
    if cls is None or schema > SCHEMA[type_]:
        return None
    if schema == SCHEMA[type_]:
        return msgspec.json.decode(text, type=cls)  # type: ignore[no-any-return] # cls is one of Payload
    raw = msgspec.json.decode(text)
    for number in range(schema, SCHEMA[type_]):
        raw = UPCASTERS[type_, number](raw)
    return msgspec.convert(raw, type=cls)  # type: ignore[no-any-return] # cls is one of Payload


def event_id(run: str, stream: str, version: int) -> str:
    """The id of what a run appends as one version of one stream: a retry by the same run has the same id."""
    return hashlib.sha256(f"{run}\n{stream}\n{version}".encode()).hexdigest()[:32]
