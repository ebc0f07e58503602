"""What each text of a watchlist did: its revisions in the log, with what each gained and lost; and recording one."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from rapidfuzz import fuzz, process

from monitor import projections
from monitor.archive.gathering import Archive
from monitor.core.envelopes import Event
from monitor.core.events import (
    ItemMatched,
    MatchWithdrawn,
    WatchlistRemoved,
    WatchlistRevised,
    WatchlistSetAside,
)
from monitor.core.matching.matcher import compile_watchlists
from monitor.core.text import fold
from monitor.core.watchlists import Term, Watchlist
from monitor.pipeline.run import Run
from monitor.pipeline.watching import document
from monitor.projections import items, watchlists

# A title that shares so much with a term's words is worth a look; below that, chance rules.
_NEAR_SCORE = 78
_SHORTEST_NEAR = 6
_MOST_LOOKED_AT = 300
# So many titles tell what a text did; `watch backtest` names all.
_TITLES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One text of a watchlist, in force from `position` on; `removed` where it left the folder then.

    `added` and `dropped` are lines of the file against the revision before. `gained` and `lost` are the items that it
    recognised of the past, and no longer did; `news` those that it has recognised since as they came. Of each `titles`
    has the first few, by those names. A text with a `problem` was never in force: a command replaced it, and kept it.
    """

    position: int
    recorded_at: str
    sha256: str
    toml: str
    removed: bool
    added: int
    dropped: int
    gained: int
    lost: int
    news: int
    titles: Mapping[str, Sequence[str]] = field(default_factory=dict)
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """An item whose title comes near a term that does not recognise it; `score` is rapidfuzz's, up to 100."""

    key: str
    title: str
    term: str
    score: int


def note_revision(run: Run, watchlist: Watchlist) -> bool:
    """Record a watchlist's text, unless it is the one that the log has last. Return whether it was news to it."""
    stored = {one.id: one.sha256 for one in watchlists.in_force(run.database.conn)}
    if stored.get(watchlist.id) == watchlist.sha256:
        return False
    _append(run, WatchlistRevised(watchlist=watchlist.id, toml=watchlist.toml, sha256=watchlist.sha256))
    return True


def set_aside(run: Run, watchlist: str, text: str, problem: str) -> None:
    """Keep a text that could not be used, and is about to be replaced, unless it was the last one kept."""
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    kept = [event.data for event in run.log.read(stream=f"watchlist:{watchlist}")][-1:]
    if not any(isinstance(one, WatchlistSetAside) and one.sha256 == sha256 for one in kept):
        _append(run, WatchlistSetAside(watchlist=watchlist, toml=text, sha256=sha256, problem=problem))


def _append(run: Run, event: WatchlistRevised | WatchlistSetAside) -> None:
    with run.database.write():
        run.append(f"watchlist:{event.watchlist}", event)
        projections.catch_up(run.database, run.log)


def history(archive: Archive, watchlist: str) -> list[Revision]:
    """Every text that a watchlist had, the latest first."""
    until = archive.head.position
    events = list(archive.log.read(stream=f"watchlist:{watchlist}", until=until))
    in_force = [event.position for event in events if not isinstance(event.data, WatchlistSetAside)]
    ends = dict(pairwise([*in_force, until + 1]))
    before = ""
    found = []
    for event in events:
        found.append(_revision(archive, watchlist, event, ends.get(event.position, 0), before))
        before = found[-1].toml
    return found[::-1]


def _revision(archive: Archive, watchlist: str, event: Event, end: int, before: str) -> Revision:
    """What an event of a watchlist's stream did until the position `end`; nothing, where it never was in force."""
    data = event.data
    assert isinstance(data, WatchlistRevised | WatchlistRemoved | WatchlistSetAside)  # noqa: S101 - a watchlist's stream has no others
    toml = "" if isinstance(data, WatchlistRemoved) else data.toml
    lines = list(difflib.ndiff(before.splitlines(), toml.splitlines()))
    effects = _effects(archive, watchlist, event.position, end) if end else {}
    return Revision(
        position=event.position,
        recorded_at=event.recorded_at,
        sha256="" if isinstance(data, WatchlistRemoved) else data.sha256,
        toml=toml,
        removed=isinstance(data, WatchlistRemoved),
        added=sum(line.startswith("+ ") for line in lines),
        dropped=sum(line.startswith("- ") for line in lines),
        gained=len(effects.get("gained", ())),
        lost=len(effects.get("lost", ())),
        news=len(effects.get("news", ())),
        titles={what: _titles(archive, keys) for what, keys in effects.items() if keys},
        problem=data.problem if isinstance(data, WatchlistSetAside) else "",
    )


def _effects(archive: Archive, watchlist: str, after: int, end: int) -> dict[str, list[str]]:
    """The items that a text gained and lost of the past, and met as news, up to the next one; by their keys, in order."""
    found: dict[str, dict[str, None]] = {"gained": {}, "lost": {}, "news": {}}
    types = ("ItemMatched", "MatchWithdrawn")
    for event in archive.log.read(after, until=end - 1, stream=f"match:{watchlist}/*", types=types):
        match event.data:
            case ItemMatched(origin="live") as data:
                found["news"][data.key] = None
            case ItemMatched() as data:
                found["gained"][data.key] = None
            case MatchWithdrawn() as data:
                found["lost"][data.key] = None
            case _:
                pass
    gained, lost, news = map(list, found.values())
    return {
        "gained": [key for key in gained if key not in found["lost"]],
        "lost": [key for key in lost if key not in found["gained"]],
        "news": news,
    }


def _titles(archive: Archive, keys: Sequence[str]) -> tuple[str, ...]:
    told = (items.get(archive.views.conn, key) for key in keys[:_TITLES])
    return tuple(item.title or item.key for item in told if item)


def nearest(archive: Archive, watchlist: Watchlist, subject: str, *, limit: int = 5) -> list[Near]:
    """The items whose titles come nearest to the terms of a subject that does not recognise them."""
    (followed,) = (one for one in watchlist.subjects if one.id == subject)
    matcher = compile_watchlists([replace(watchlist, subjects=(followed,))])
    missed = []
    for near in _by_score(archive, followed.any)[:_MOST_LOOKED_AT]:
        item = items.get(archive.views.conn, near.key)
        if item and not matcher.match(document(archive.log.database, item)):
            missed.append(near)
        if len(missed) == limit:
            break
    return missed


def _by_score(archive: Archive, terms: Sequence[Term]) -> list[Near]:
    rows = [(row["key"], row["title"]) for row in archive.views.conn.execute("SELECT key, title FROM items")]
    titles = [fold(title).lower for _, title in rows]
    best: dict[str, Near] = {}
    for term in terms:
        for near in _near(term, rows, titles):
            if near.key not in best or best[near.key].score < near.score:
                best[near.key] = near
    return sorted(best.values(), key=lambda near: (-near.score, near.key))


def _near(term: Term, rows: Sequence[tuple[str, str]], titles: Sequence[str]) -> Iterator[Near]:
    wanted = fold(term.text).lower
    if term.kind != "text" or len(wanted) < _SHORTEST_NEAR:
        return
    found = process.extract(wanted, titles, scorer=fuzz.partial_ratio, score_cutoff=_NEAR_SCORE, limit=None)
    for _, score, place in found:
        key, title = rows[place]
        # A title that is shorter than the term shares little, however well it fits into it.
        if len(titles[place]) >= len(wanted):
            yield Near(key=key, title=title, term=term.written, score=int(score))
