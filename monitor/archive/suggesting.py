"""Proposes terms for an item that nothing recognised, by what each would have met in the log. Records nothing."""

from __future__ import annotations

from dataclasses import dataclass

import tomlkit
from rapidfuzz import fuzz

from monitor.archive import showing
from monitor.archive.gathering import Archive
from monitor.core.matching.matcher import compile_watchlists
from monitor.core.suggestions import Candidate, Suggestion, candidates, chosen
from monitor.core.text import fold
from monitor.core.watchlists import Watchlist, read_watchlist
from monitor.pipeline.watching import document, in_force
from monitor.projections import items, judgements, matches

# The longest text worth reading for names: what an item is about stands at its beginning.
_LONGEST_TEXT = 4000
_BATCH = 500
# So much must a title share with a subject's name for its list to be the place.
_NEAR = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestions:
    """What an item offers. `subjects` are those that recognise it already; `watchlist` is the list it fits best, or empty."""

    key: str
    title: str
    subjects: tuple[str, ...]
    watchlist: str
    terms: tuple[Suggestion, ...]


def suggest(archive: Archive, key: str) -> Suggestions:
    """Terms by which an item could be recognised. Raises UsageError for a key that the log does not know."""
    item = showing.one(archive, key)
    texts = [item.title, *item.titles, item.summary[:_LONGEST_TEXT]]
    # Its own number is a rule for a bill, which moves on; any other document is out with its publication.
    own = {item.key} if not item.key.startswith("bill:") else set()
    offered = [one for one in candidates(texts, [item.key, *item.identifiers]) if one.term not in own]
    lists = in_force(archive.views)
    return Suggestions(
        key=item.key,
        title=item.title,
        subjects=tuple(
            f"{one.watchlist}/{one.subject}"
            for one in matches.of_item(archive.views.conn, item.key)
            if not one.withdrawn
        ),
        watchlist=_fitting(lists, item.title),
        terms=tuple(_counted(archive, offered)),
    )


def _counted(archive: Archive, offered: list[Candidate]) -> list[Suggestion]:
    """Each candidate tried, as the rule that it would be, on every item of the log."""
    rules = _as_watchlist(offered)
    if rules is None:
        return []
    matcher = compile_watchlists([rules])
    verdicts = {one.key: one.verdict for one in judgements.latest(archive.views.conn)}
    found: dict[str, list[str]] = {subject.id: [] for subject in rules.subjects}
    position = total = 0
    while batch := items.touched_after(archive.views.conn, position, _BATCH):
        documents = [document(archive.log.database, one) for one in batch]
        for item, matched in zip(batch, matcher.match_many(documents), strict=True):
            for match in matched:
                found[match.subject].append(item.key)
        position, total = batch[-1].last_position, total + len(batch)
    counted = (
        Suggestion(
            term=candidate.term,
            how=candidate.how,
            items=len(found[f"t{n}"]),
            relevant=sum(verdicts.get(key) == "relevant" for key in found[f"t{n}"]),
            noise=sum(verdicts.get(key) == "noise" for key in found[f"t{n}"]),
        )
        for n, candidate in enumerate(offered)
        if f"t{n}" in found
    )
    return chosen(counted, total)


def _as_watchlist(offered: list[Candidate]) -> Watchlist | None:
    """A subject a candidate, as a watchlist would have it; None where no candidate can be a rule."""
    subjects = [{"id": f"t{n}", "any": [one.term]} for n, one in enumerate(offered)]
    text = tomlkit.dumps({"title": "suggested", "subject": subjects})
    return read_watchlist(text, file="suggested.toml")[0]


def _fitting(lists: list[Watchlist], title: str) -> str:
    """The watchlist whose subjects' names are nearest to a title; empty where none is near."""
    wanted = fold(title).lower
    scored = [
        (
            max((fuzz.token_set_ratio(fold(one.name).lower, wanted) for one in each.subjects), default=0),
            each.id,
        )
        for each in lists
    ]
    score, best = max(scored, default=(0.0, ""))
    return best if score >= _NEAR else ""
