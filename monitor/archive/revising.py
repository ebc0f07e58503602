"""What each text of a watchlist did: its revisions in the log, with what each gained and lost; and recording one."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rapidfuzz import fuzz, process

from monitor import projections
from monitor.archive.gathering import Archive
from monitor.core.envelopes import Event
from monitor.core.events import ItemMatched, MatchWithdrawn, WatchlistRemoved, WatchlistRevised
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One text of a watchlist, in force from `position` on; `removed` where it left the folder then.

    `added` and `dropped` are lines of the file against the revision before. `gained` and `lost` are the items that it
    recognised of the past, and no longer did; `news` those that it has recognised since as they came.
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
    with run.database.write():
        event = WatchlistRevised(watchlist=watchlist.id, toml=watchlist.toml, sha256=watchlist.sha256)
        run.append(f"watchlist:{watchlist.id}", event)
        projections.catch_up(run.database, run.log)
    return True


def history(archive: Archive, watchlist: str) -> list[Revision]:
    """Every text that a watchlist had, the latest first."""
    until = archive.head.position
    events = list(archive.log.read(stream=f"watchlist:{watchlist}", until=until))
    ends = [event.position for event in events[1:]] + [until + 1] * bool(events)
    before = ""
    found = []
    for event, end in zip(events, ends, strict=True):
        found.append(_revision(archive, watchlist, event, end, before))
        before = found[-1].toml
    return found[::-1]


def _revision(archive: Archive, watchlist: str, event: Event, end: int, before: str) -> Revision:
    data = event.data
    assert isinstance(data, WatchlistRevised | WatchlistRemoved)  # noqa: S101 - a watchlist's stream has no others
    toml = data.toml if isinstance(data, WatchlistRevised) else ""
    lines = list(difflib.ndiff(before.splitlines(), toml.splitlines()))
    gained, lost, news = _effects(archive, watchlist, event.position, end)
    return Revision(
        position=event.position,
        recorded_at=event.recorded_at,
        sha256=data.sha256 if isinstance(data, WatchlistRevised) else "",
        toml=toml,
        removed=isinstance(data, WatchlistRemoved),
        added=sum(line.startswith("+ ") for line in lines),
        dropped=sum(line.startswith("- ") for line in lines),
        gained=gained,
        lost=lost,
        news=news,
    )


def _effects(archive: Archive, watchlist: str, after: int, end: int) -> tuple[int, int, int]:
    """How many items a text gained and lost of the past, and met as news, up to the next one."""
    gained, lost, news = set(), set(), set()
    types = ("ItemMatched", "MatchWithdrawn")
    for event in archive.log.read(after, until=end - 1, stream=f"match:{watchlist}/*", types=types):
        match event.data:
            case ItemMatched(origin="live") as data:
                news.add(data.key)
            case ItemMatched() as data:
                gained.add(data.key)
            case MatchWithdrawn() as data:
                lost.add(data.key)
            case _:
                pass
    return len(gained - lost), len(lost - gained), len(news)


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
