"""The catalogue of events: what the log can say. Past tense; a name and its meaning never change.

The class may be renamed, the `type` string never: it stands in logs that are years old. How they are stored: `envelopes`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from monitor.core.dates import When
from monitor.core.delivery_events import (
    DeliveryAttempted,
    DeliveryFailed,
    DeliveryPlanned,
    DeliverySucceeded,
    DeliveryUncertain,
    OutputConfigured,
)
from monitor.core.evidence import Evidence, FieldChange

Origin = Literal["live", "baseline", "backfill"]
Significance = Literal["typographic", "metadata", "substantive", "flapping"]


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
    """A source could not be read: for the first time since it worked, or for another reason than last time."""

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
    """A source answered with a permanent redirect; config should name the new address.

    Where `new_url` is the source's own, configured address, it answers there again.
    `adopted`: it has said so for long enough, and is asked there from now on.
    """

    source: str
    old_url: str
    new_url: str
    adopted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GapSuspected:
    """Something may not have been seen.

    `why`: `short`, fewer items came than were declared, or (`expected` is then 0) a part was not asked; `overflow`, a
    window shares nothing with what was seen before (`expected` is then 1: one shared item); `shrunk`, a list lost most of
    itself.
    """

    source: str
    walk: str
    why: str
    expected: int
    received: int
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GapClosed:
    """What may not have been seen was: by a complete walk, by earlier pages, from the past, or a person let it be."""

    source: str
    walk: str
    how: str


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
class DeadlineStated:
    """A document states a date by which something is due, or moves it. `quote` are its own words."""

    key: str
    source: str
    origin: Origin
    what: str
    when: When | None
    quote: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchlistRevised:
    """A watchlist came into force: its whole text, so that every decision can be repeated."""

    watchlist: str
    toml: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchlistSetAside:
    """A command replaced a text of a watchlist that could not come into force, for a `problem`: kept, and never in force."""

    watchlist: str
    toml: str
    sha256: str
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchlistRemoved:
    """A watchlist is no longer in force."""

    watchlist: str


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
class LinkProposed:
    """Two items may belong together: the same bill reintroduced, a companion, the same document."""

    a: str
    b: str
    relation: str
    method: str
    score: int
    evidence: list[Evidence] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkConfirmed:
    """Two items do belong together, by whose word."""

    a: str
    b: str
    relation: str
    by: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRejected:
    """Two items do not belong together, whatever was proposed."""

    a: str
    b: str
    relation: str
    by: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemJudged:
    """A reader's verdict on an item."""

    key: str
    verdict: Literal["relevant", "noise", "later"]
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyErased:
    """A full text was taken out on purpose. Its hash stays wherever it is named."""

    sha256: str
    size: int
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
    | WatchlistSetAside
    | WatchlistRemoved
    | ItemMatched
    | MatchWithdrawn
    | DeadlineStated
    | LinkProposed
    | LinkConfirmed
    | LinkRejected
    | OutputConfigured
    | DeliveryPlanned
    | DeliveryAttempted
    | DeliverySucceeded
    | DeliveryFailed
    | DeliveryUncertain
    | ItemJudged
    | BodyErased
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
    "WatchlistSetAside": WatchlistSetAside,
    "WatchlistRemoved": WatchlistRemoved,
    "ItemMatched": ItemMatched,
    "MatchWithdrawn": MatchWithdrawn,
    "DeadlineStated": DeadlineStated,
    "LinkProposed": LinkProposed,
    "LinkConfirmed": LinkConfirmed,
    "LinkRejected": LinkRejected,
    "OutputConfigured": OutputConfigured,
    "DeliveryPlanned": DeliveryPlanned,
    "DeliveryAttempted": DeliveryAttempted,
    "DeliverySucceeded": DeliverySucceeded,
    "DeliveryFailed": DeliveryFailed,
    "DeliveryUncertain": DeliveryUncertain,
    "ItemJudged": ItemJudged,
    "BodyErased": BodyErased,
    "MonitorStarted": MonitorStarted,
    "MonitorStopped": MonitorStopped,
}
NAMES: Mapping[type[Any], str] = {cls: name for name, cls in TYPES.items()}
