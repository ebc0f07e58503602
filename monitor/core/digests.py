"""A digest: what happened, to whom it matters, why, and which source could not be heard. `composing` makes one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from monitor.core.bills import Stage
from monitor.core.evidence import Evidence, FieldChange
from monitor.core.language import Language, Words, words_of

ChangeKind = Literal["new", "revised", "moved", "withdrawn"]
Clock = Literal["recorded", "occurred"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From `since` (inclusive) to `until` (exclusive), aware UTC texts; `label` is how a person named it.

    `timezone` and `language` are its reader's.
    """

    since: str
    until: str
    clock: Clock
    timezone: str
    label: str = ""
    language: Language = "en"

    @property
    def words(self) -> Words:
        """What says things in the reader's language."""
        return words_of(self.language)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that happened to an item in the period. `run` is the run of the program that recorded it.

    `occurred` is the source's claim (`2021-02-15`, or an instant), empty where it makes none. `text` is the action's
    own words for `moved` and the reason for `withdrawn`; `fields` are old → new for `revised`. `observed_at` is our fetch.
    """

    kind: ChangeKind
    position: int
    occurred: str
    recorded_at: str
    origin: str
    run: str = ""
    text: str = ""
    fields: tuple[FieldChange, ...] = ()
    significance: str = ""
    observed_at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """A date that the item states: `what` is due (comments, letters of intent, a meeting), `when` a date or an instant.

    `moved_from` is the date as it was before, `quote` the document's own words. `moves` is how often it was moved; that its
    item was withdrawn and is there again counts two. `cancelled`: the item is withdrawn.
    """

    what: str
    when: str
    moved_from: str = ""
    quote: str = ""
    position: int = 0
    moves: int = 0
    cancelled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """Another item that tells the same story: shown under its entry, and not by itself."""

    key: str
    title: str
    url: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """How many items a subject recognised on each of the last 30 days, the oldest first, the day of the digest last."""

    subject: str
    name: str
    zh: str
    days: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Which subject recognised the item, and by which words; `withdrawn` says why it does so no longer.

    `watchlist` is the title of another watchlist than the section's: an item is told once, with all its reasons.
    """

    subject: str
    name: str
    zh: str
    score: int
    evidence: tuple[Evidence, ...]
    withdrawn: str = ""
    watchlist: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One item in one watchlist: what changed (latest last), why it is here, where it stands, what is due.

    `related` are items that tell the same story; `summary` is the item's own, plain text.
    """

    key: str
    kind: str
    title: str
    title_zh: str
    url: str
    source: str
    change: ChangeKind
    origin: str
    occurred: str
    recorded_at: str
    changes: tuple[Change, ...]
    reasons: tuple[Reason, ...]
    stage: Stage | None = None
    published: str = ""
    deadlines: tuple[Deadline, ...] = ()
    related: tuple[Related, ...] = ()
    summary: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One watchlist. `entries` are in reading order: by first subject, then by time.

    `omitted` is how many entries a cap left out of it; they are accounted for all the same.
    """

    id: str
    title: str
    priority: str
    entries: tuple[Entry, ...]
    error: str = ""
    activity: tuple[Activity, ...] = ()
    omitted: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLine:
    """One source's state as a reader should know it.

    `state` is ok, failing, blocked (it refuses us), degraded (it answers, and not with what it should), gap, overdue
    (nobody asked it for much longer than its interval), quiet (silent against its own rhythm) or new (never polled).
    `last_good_at` is the last poll that went well, or empty.
    """

    id: str
    kind: str
    state: str
    last_good_at: str
    since: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """A whole digest. `head` is the log's chain head at `position`.

    `first_position` to `last_position` are the events that the period holds: all of them by the log's clock, those that
    are told by the publishers'. Both are 0 where it holds none.
    """

    period: Period
    position: int
    first_position: int
    last_position: int
    head: str
    sections: tuple[Section, ...]
    sources: tuple[SourceLine, ...]
    as_of: str = ""
    notices: Sequence[str] = field(default_factory=tuple)
