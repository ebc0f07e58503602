"""One item's whole history, as `monitor show` tells it."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.core.bills import Stage
from monitor.core.digests import Change
from monitor.core.events import Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingMatch:
    """A subject that recognises the item, or did until `withdrawn` says why not any more."""

    watchlist: str
    subject: str
    score: int
    origin: str
    recorded_at: str
    revision: int
    withdrawn: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FullText:
    """The item's text as the log keeps it. `size` is in bytes of UTF-8, None where it is lost; `erased` says why."""

    sha256: str
    size: int | None
    erased: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What an item is, what happened to it in the order of the log, and who recognises it."""

    key: str
    kind: str
    title: str
    url: str
    source: str
    published: str
    revision: int
    withdrawn: str
    summary: str
    titles: tuple[str, ...]
    subjects: tuple[str, ...]
    identifiers: tuple[str, ...]
    details: tuple[tuple[str, str], ...]
    text: FullText | None
    stage: Stage | None
    changes: tuple[Change, ...]
    matches: tuple[StandingMatch, ...]
