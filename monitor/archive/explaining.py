"""Explains why a subject recognises an item or does not, from the log: its rules, the item's words, what was recorded."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from monitor.archive import showing
from monitor.archive.gathering import Archive
from monitor.core.envelopes import Event
from monitor.core.errors import UsageError
from monitor.core.events import ItemMatched, MatchWithdrawn
from monitor.core.explaining.traces import Explanation, Ruling
from monitor.core.explaining.tracing import explain
from monitor.core.watchlists import Subject, Watchlist
from monitor.pipeline import watching
from monitor.projections import watchlists
from monitor.projections.items import StoredItem

_MOST_NAMED = 3


def why(archive: Archive, key: str, subject: str, edited: Sequence[Watchlist] | None = None) -> Explanation:
    """The trace of one item and one subject, named as people write them. Raises UsageError for one that is not known.

    It goes by the watchlists in force, or by those that are `edited`.
    """
    item = showing.one(archive, key)
    lists = watching.in_force(archive.views) if edited is None else edited
    watchlist, chosen = _chosen(lists, subject)
    positions = {stored.id: stored.position for stored in watchlists.in_force(archive.views.conn)}
    document = showing.document(archive, item)
    return Explanation(
        title=item.title,
        revision=item.revision,
        in_force=positions[watchlist.id] if edited is None else None,
        unread=_unread(item, document.fields["body"]),
        trace=explain(document, watchlist, chosen, lists, details=tuple(item.details)),
        rulings=tuple(_rulings(archive, f"match:{watchlist.id}/{chosen.id}/{item.key}")),
    )


def as_json(found: Explanation) -> dict[str, Any]:
    """An explanation as one JSON object (docs/json.md)."""
    told = asdict(found)
    return {**told.pop("trace"), **told}


def _chosen(lists: Sequence[Watchlist], name: str) -> tuple[Watchlist, Subject]:
    """The subject of that id, or of that watchlist/id."""
    by_place = {
        f"{watchlist.id}/{subject.id}": (watchlist, subject)
        for watchlist in lists
        for subject in watchlist.subjects
    }
    fitting = [place for place in by_place if name in {place, place.partition("/")[2]}]
    if len(fitting) == 1:
        return by_place[fitting[0]]
    if fitting:
        raise UsageError(name, f"{len(fitting)} watchlists have that subject", f"say {' or '.join(fitting)}")
    raise UsageError(name, "no such subject", _remedy([*by_place], name))


def _remedy(places: Sequence[str], name: str) -> str:
    whole = "/" in name
    known = {place if whole else place.partition("/")[2]: place for place in places}
    close = difflib.get_close_matches(name.lower(), known, n=_MOST_NAMED)
    close += [one for one in known if name.lower() in one and one not in close][: _MOST_NAMED - len(close)]
    if close:
        return f"did you mean {' or '.join(close)}?"
    return "`monitor watch list` names them all" if places else "no watchlist is in force; run `monitor poll`"


def _unread(item: StoredItem, body: Sequence[str]) -> str:
    lost = item.body_sha256 and not any(body)
    return "it is erased, lost or damaged (`monitor show` says more)" if lost else ""


def _rulings(archive: Archive, stream: str) -> list[Ruling]:
    """What the log recorded of the subject and the item, in its order."""
    events = archive.log.read(stream=stream, until=archive.head.position)
    # A name that ends in `*` is one stream here, and no pattern.
    rulings = (_ruling(event) for event in events if event.stream == stream)
    return [ruling for ruling in rulings if ruling]


def _ruling(event: Event) -> Ruling | None:
    match event.data:
        case ItemMatched() as data:
            return Ruling(
                position=event.position,
                recorded_at=event.recorded_at,
                matched=True,
                revision=data.revision,
                origin=data.origin,
                score=data.score,
            )
        case MatchWithdrawn() as data:
            return Ruling(
                position=event.position, recorded_at=event.recorded_at, matched=False, reason=data.reason
            )
        case _:
            return None
