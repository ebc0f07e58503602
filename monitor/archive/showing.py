"""Finds items and gathers one item's whole history, from the views. Changes nothing."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import msgspec

from monitor.archive.collating import text_differences
from monitor.archive.gathering import Archive, change_of
from monitor.archive.retelling import last_telling
from monitor.core import citations
from monitor.core.addresses import canonical
from monitor.core.bills import stage
from monitor.core.citations.bill_forms import UNKNOWN
from monitor.core.envelopes import Event
from monitor.core.errors import UsageError
from monitor.core.events import BodyErased, ItemMatched
from monitor.core.explaining.tracing import Checked, met
from monitor.core.histories import (
    Delivery,
    FullText,
    History,
    Judgement,
    Link,
    Sighting,
    StandingMatch,
    Step,
    Telling,
    untold,
)
from monitor.core.matching.recognition import Document
from monitor.core.watchlists import Watchlist, read_watchlist
from monitor.pipeline import watching
from monitor.projections import bills, deliveries, erasures, items, judgements, links, matches, watchlists
from monitor.projections.deliveries import StoredDelivery
from monitor.projections.items import StoredChange, StoredItem
from monitor.projections.links import StoredLink
from monitor.projections.matches import StoredMatch

_MOST_NAMED = 3


def find(archive: Archive, query: str, *, source: str, limit: int) -> list[StoredItem]:
    """Items whose key, title or summary holds every word of `query`, the latest by their dates first."""
    return items.search(archive.views.conn, query, source=source, limit=limit)


def one(archive: Archive, key: str) -> StoredItem:
    """The item under a key, however it is written. Raises UsageError for one that the log does not hold."""
    if not key.strip():
        raise UsageError("KEY", "is empty", "name an item; `monitor items WORDS` searches")
    conn, cited = archive.views.conn, citations.parse(key) or ""
    item = items.get(conn, key) or items.get(conn, cited) or _at(archive, key)
    if item is None:
        near = _near(archive, key, cited)
        remedy = f"perhaps {', '.join(near)}" if near else "`monitor items WORDS` searches"
        raise UsageError(key, "the log holds no such item", remedy)
    return item


def _near(archive: Archive, key: str, cited: str) -> Sequence[str]:
    """What somebody may mean: of a bill without its Congress those of that number, else what holds the words."""
    if cited.startswith(UNKNOWN):
        same = items.bills_numbered(archive.views.conn, cited.removeprefix(UNKNOWN))
        return sorted(same, key=lambda one: -(citations.congress_of(one) or 0))[:_MOST_NAMED]
    return [item.key for item in find(archive, key, source="", limit=_MOST_NAMED)]


def _at(archive: Archive, address: str) -> StoredItem | None:
    """The item at an address that a person copied from somewhere."""
    if not address.startswith(("http://", "https://")):
        return None
    known = canonical(address)
    return items.get(archive.views.conn, known) or items.at_address(archive.views.conn, known)


def history(archive: Archive, key: str) -> History:
    """All that is known of an item. Raises UsageError for a key that the log does not hold."""
    conn, item = archive.views.conn, one(archive, key)
    related = _related(archive, item)
    moves = bills.history(conn, item.key)
    since = untold(related.steps, _last_telling(archive, item, related))
    revised = [*(field for step in related.steps for field in step.fields), *since.fields]
    return History(
        key=item.key,
        kind=item.kind,
        title=item.title,
        url=item.url,
        source=item.source,
        published=str(item.published or ""),
        revision=item.revision,
        withdrawn=item.withdrawn,
        summary=item.summary,
        titles=item.titles,
        subjects=item.subjects,
        identifiers=item.identifiers,
        details=tuple(sorted(item.details.items())),
        text=_full_text(archive, item.body_sha256),
        stage=stage(moves, key=item.key) if moves else None,
        judgement=_judgement(archive, item.key),
        sightings=tuple(_sightings(related.steps)),
        untold=since,
        matches=_matches(archive, item, related.matches),
        links=tuple(_link(archive, item.key, found) for found in related.links),
        deliveries=tuple(_delivery(found, told, related) for found, told in related.deliveries),
        changes=related.steps,
        texts=text_differences(archive, revised),
        decisions=_decisions(archive, item.key, related),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Related:
    """What the views and the log hold on one item. `matched` are the events of its matches."""

    steps: tuple[Step, ...]
    matches: Sequence[StoredMatch]
    matched: Sequence[Event]
    links: Sequence[StoredLink]
    deliveries: Sequence[tuple[StoredDelivery, list[int]]]


def _related(archive: Archive, item: StoredItem) -> _Related:
    conn = archive.views.conn
    found = matches.of_item(conn, item.key)
    matched = _events(archive, [f"match:{one.watchlist}/{one.subject}/{item.key}" for one in found])
    positions = [event.position for event in matched if isinstance(event.data, ItemMatched)]
    changes = items.changes_of(conn, item.key)
    return _Related(
        steps=tuple(map(_step, changes)),
        matches=found,
        matched=matched,
        links=links.of_item(conn, item.key),
        deliveries=deliveries.of_matches(conn, positions, [change.position for change in changes]),
    )


def _last_telling(archive: Archive, item: StoredItem, related: _Related) -> Telling:
    sent = [delivery for delivery, _ in related.deliveries]
    return last_telling(archive, item, related.steps, related.matched, sent)


def _decisions(archive: Archive, key: str, related: _Related) -> tuple[Event, ...]:
    """The events of all that was decided on an item or done about it, by position: the views say where to look."""
    streams = [
        *(f"link:{one.a}~{one.b}" for one in related.links),
        *(f"delivery:{one.output}/{one.delivery}" for one, _ in related.deliveries),
        f"triage:{key}",
    ]
    deadlines = _events(archive, [f"item:{key}"], types=("DeadlineStated",))
    found = [*related.matched, *deadlines, *_events(archive, streams)]
    return tuple(sorted(found, key=lambda event: event.position))


def _events(archive: Archive, streams: Iterable[str], *, types: Sequence[str] = ()) -> list[Event]:
    """What these streams hold that this version can read. A name that ends in `*` is one stream here, and no pattern."""
    return [
        event
        for stream in dict.fromkeys(streams)
        for event in archive.log.read(stream=stream, types=types, until=archive.head.position)
        if event.stream == stream and event.data is not None
    ]


def item_as_json(item: StoredItem) -> dict[str, Any]:
    """An item as JSON Lines print it."""
    named = asdict(item)
    named["published"] = str(item.published) if item.published else None
    return named


def history_as_json(found: History) -> dict[str, Any]:
    """A history as one JSON object, in the words of all that the commands print (docs/json.md)."""
    told: dict[str, Any] = msgspec.to_builtins(found)
    told["published"] = told["published"] or None
    told["details"] = dict(found.details)
    if found.text:
        told["text"]["size_bytes"] = told["text"].pop("size")
    told["untold"]["since"]["told_at"] = told["untold"]["since"].pop("at")
    for step in (*told["changes"], *told["untold"]["steps"]):
        step["occurred_at"] = step.pop("occurred")
    return told


def event_as_json(event: Event) -> dict[str, Any]:
    """An event as JSON Lines print it; `data` is null for a type that this version does not know."""
    return msgspec.to_builtins(event)  # type: ignore[no-any-return] # a dataclass becomes a dict


def _full_text(archive: Archive, sha256: str) -> FullText | None:
    """The body, as it is kept now; whether it counts as erased is what the views say, now or as of another moment."""
    if not sha256:
        return None
    row = archive.log.database.conn.execute("SELECT size FROM bodies WHERE sha256 = ?", (sha256,)).fetchone()
    size = int(row["size"]) if row else _erased_size(archive, sha256)
    return FullText(sha256=sha256, size=size, erased=erasures.reason(archive.views.conn, sha256))


def _erased_size(archive: Archive, sha256: str) -> int | None:
    for event in archive.log.read(stream="monitor", types=("BodyErased",)):
        if isinstance(event.data, BodyErased) and event.data.sha256 == sha256:
            return event.data.size
    return None


def _step(stored: StoredChange) -> Step:
    change = change_of(stored)
    return Step(source=stored.source, **{part.name: getattr(change, part.name) for part in fields(change)})


def _sightings(steps: Iterable[Step]) -> Iterator[Sighting]:
    """Who showed the item, in the order of their first word; that it is gone is no sight of it."""
    shown: dict[str, list[Step]] = {}
    for step in steps:
        if step.kind != "withdrawn":
            shown.setdefault(step.source, []).append(step)
    for source, of_source in shown.items():
        yield Sighting(
            source=source,
            events=len(of_source),
            first_at=of_source[0].recorded_at,
            last_at=of_source[-1].recorded_at,
        )


def _judgement(archive: Archive, key: str) -> Judgement | None:
    found = judgements.of_item(archive.views.conn, key)
    if found is None:
        return None
    return Judgement(
        verdict=found.verdict, note=found.note, position=found.position, recorded_at=found.recorded_at
    )


def _link(archive: Archive, key: str, found: StoredLink) -> Link:
    """The link as seen from this item."""
    other = found.b if found.a == key else found.a
    item = items.get(archive.views.conn, other)
    return Link(
        key=other,
        title=item.title if item else "",
        relation=found.relation,
        state=found.state,
        method=found.method,
        score=found.score,
        said_by=found.said_by,
        reason=found.reason,
        position=found.position,
        recorded_at=found.last_at,
        evidence=found.evidence,
    )


def _delivery(found: StoredDelivery, told: Sequence[int], related: _Related) -> Delivery:
    subjects = {
        event.position: f"{event.data.watchlist} / {event.data.subject}"
        for event in related.matched
        if isinstance(event.data, ItemMatched)
    }
    return Delivery(
        output=found.output,
        delivery=found.delivery,
        state=found.state,
        attempts=found.attempts,
        answer=found.answer,
        message_id=found.message_id,
        rendered_sha256=found.rendered_sha256,
        position=found.position,
        planned_at=found.planned_at,
        recorded_at=found.last_at,
        matches=tuple(dict.fromkeys(subjects[position] for position in told)),
    )


def _matches(archive: Archive, item: StoredItem, found: Sequence[StoredMatch]) -> tuple[StandingMatch, ...]:
    """The matches as a reader is shown them; of those that stand, how the conditions are met."""
    standing = {(one.watchlist, one.subject) for one in found if not one.withdrawn}
    subjects = {
        (watchlist.id, subject.id): Checked(subject)
        for watchlist in _in_force(archive, {watchlist for watchlist, _ in standing})
        for subject in watchlist.subjects
        if (watchlist.id, subject.id) in standing
    }
    read = document(archive, item) if subjects else None
    met_by = {place: met(subject, read) for place, subject in subjects.items() if read}
    return tuple(_match(one, met_by.get((one.watchlist, one.subject), "")) for one in found)


def document(archive: Archive, item: StoredItem) -> Document:
    """The item as the matcher reads it; without its full text where that is lost, erased or damaged."""
    try:
        return watching.document(archive.log.database, item)
    except (zlib.error, UnicodeError):
        return watching.document(archive.log.database, replace(item, body_sha256=""))


def _in_force(archive: Archive, names: Collection[str]) -> Iterator[Watchlist]:
    """These watchlists as they are in force; without one that this version cannot read any more."""
    for stored in watchlists.in_force(archive.views.conn):
        if stored.id in names:
            watchlist, _ = read_watchlist(stored.toml, file=f"{stored.id}.toml")
            if watchlist:
                yield watchlist


def _match(found: StoredMatch, conditions: str) -> StandingMatch:
    return StandingMatch(
        watchlist=found.watchlist,
        subject=found.subject,
        score=found.score,
        origin=found.origin,
        position=found.position,
        recorded_at=found.recorded_at,
        revision=found.revision,
        withdrawn=found.withdrawn,
        evidence=found.evidence,
        conditions=conditions,
    )
