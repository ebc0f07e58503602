"""What is due, as an iCalendar that programs subscribe to: https://www.rfc-editor.org/rfc/rfc5545.

A deadline keeps its UID for ever: it is made of the item's key and of what is due. Nothing here depends on the hour.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from icalendar import Calendar, Event, Timezone, TimezoneStandard

from monitor.core import wording
from monitor.core.dates import parse_when
from monitor.core.digests import Deadline, Digest, Entry, Period, Section
from monitor.core.language import Words
from monitor.core.renderings.neutral import excerpt, web_address
from monitor.core.renderings.stories import title_of

MEDIA_TYPE = "text/calendar"
MARK = "policy-monitor"
_LONGEST_NAME = 120
_LONGEST_TEXT = 600
_NEVER = datetime(2000, 1, 1, tzinfo=UTC)
# Names our UIDs within all UUIDs; it may never change, else every deadline is another one.
_NAMESPACE = uuid.UUID("6f0b1f1e-5a0a-5f63-9d0c-3a2b0f6f2a51")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Due:
    """A deadline with its day or its instant (UTC), its item, and the watchlists and subjects that follow it."""

    uid: str
    start: date
    deadline: Deadline
    entry: Entry
    watchlists: tuple[str, ...]
    subjects: tuple[str, ...]


def render(digest: Digest, title: str) -> bytes:
    """All deadlines of the digest, the earliest first. One whose date is none that can be read is left out."""
    calendar = Calendar()
    calendar.add("prodid", f"-//{MARK}//deadlines//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", excerpt(title, _LONGEST_NAME))
    due = _all_due(digest.sections, digest.period.words)
    for each in due:
        calendar.add_component(_event(each, digest.period))
    if not due:
        calendar.add_component(_utc())
    written: bytes = calendar.to_ical()
    return written


def _utc() -> Timezone:
    """A calendar must hold some component; one in which nothing is due says in which zone."""
    standard = TimezoneStandard()
    standard.add("dtstart", datetime(1970, 1, 1))  # noqa: DTZ001 - the format wants the local time of the zone here
    standard.add("tzoffsetfrom", timedelta())
    standard.add("tzoffsetto", timedelta())
    zone = Timezone()
    zone.add("tzid", "UTC")
    zone.add_component(standard)
    return zone


def _all_due(sections: Sequence[Section], say: Words) -> list[_Due]:
    """Each deadline once, whatever number of watchlists caught its item; what no subject recognises any more is gone."""
    items: dict[str, list[tuple[Section, Entry]]] = {}
    for section in sections:
        for entry in section.entries:
            if entry.deadlines and not (entry.reasons and all(each.withdrawn for each in entry.reasons)):
                items.setdefault(entry.key, []).append((section, entry))
    due = [each for caught in items.values() for each in _of_item(caught, say)]
    return sorted(due, key=lambda each: (each.start.isoformat(), each.uid))


def _of_item(caught: Sequence[tuple[Section, Entry]], say: Words) -> Iterator[_Due]:
    entry = caught[0][1]
    reasons = [reason for _, each in caught for reason in each.reasons if not reason.withdrawn]
    used: set[str] = set()
    for deadline in sorted(set(entry.deadlines), key=lambda each: (each.what, each.when, each.position)):
        start = _start(deadline.when)
        if start is None:
            continue
        uid = _uid(entry.key, deadline.what)
        if uid in used:  # the same is due twice: the later one is known by its date too, and neither is lost
            uid = _uid(entry.key, f"{deadline.what}\n{deadline.when}")
        if uid not in used:
            yield _Due(
                uid=uid,
                start=start,
                deadline=deadline,
                entry=entry,
                watchlists=tuple(dict.fromkeys(section.title or section.id for section, _ in caught)),
                subjects=tuple(dict.fromkeys(wording.subject_name(reason, say) for reason in reasons)),
            )
        used.add(uid)


def _uid(key: str, what: str) -> str:
    named = f"{key}\n{what}".encode(errors="backslashreplace").decode()
    return str(uuid.uuid5(_NAMESPACE, named))


def _start(when: str) -> date | None:
    """A day, or an instant in UTC; None for what is neither."""
    with suppress(ValueError, OverflowError):
        moment = datetime.fromisoformat(when)
        if moment.tzinfo:
            return moment.astimezone(UTC).replace(microsecond=0)
    claim = parse_when(when)
    if claim is None:
        return None
    return claim.day if claim.precision == "day" else claim.instant


def _event(due: _Due, period: Period) -> Event:
    deadline, cancelled = due.deadline, _is_cancelled(due)
    event = Event()
    event.add("uid", due.uid)
    event.add("dtstamp", _told_at(due.entry))
    event.add("sequence", max(deadline.moves, bool(deadline.moved_from)) + cancelled)
    event.add("dtstart", due.start)
    if not isinstance(due.start, datetime):
        event.add("dtend", _day_after(due.start))
    event.add("summary", period.words.labelled(_what(due, period.words), title_of(due.entry, period.words)))
    event.add("description", "\n".join(_description(due, period)))
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    event.add("transp", "TRANSPARENT")  # a date by which something is due makes nobody busy
    event.add("categories", [excerpt(each, _LONGEST_NAME) for each in due.watchlists])
    if address := web_address(due.entry.url):
        event.add("url", address)
    return event


def _day_after(day: date) -> date:
    return day + timedelta(days=1) if day < date.max else day


def _is_cancelled(due: _Due) -> bool:
    """Whether the item is gone, be its readers told of that or not."""
    last = max(due.entry.changes, key=lambda change: change.position, default=None)
    return due.deadline.cancelled or (last.kind if last else due.entry.change) == "withdrawn"


def _told_at(entry: Entry) -> datetime:
    """When the log last learnt something of the item: a calendar that is made again says the same."""
    told = [change.recorded_at for change in entry.changes] or [entry.recorded_at]
    claim = parse_when(max(told))
    return claim.instant.replace(microsecond=0) if claim else _NEVER


def _what(due: _Due, say: Words) -> str:
    what = excerpt(wording.due_name(due.deadline.what, say), _LONGEST_NAME) or say("due")
    return f"{what[:1].upper()}{what[1:]}"


def _description(due: _Due, period: Period) -> Iterator[str]:
    say = period.words
    if _is_cancelled(due):
        yield say("The document was withdrawn.")
    moved = due.deadline.moved_from
    was = say(", moved from {day}", day=_in_words(moved, period)) if moved else ""
    yield say.labelled(_what(due, say), f"{_in_words(due.deadline.when, period)}{was}")
    if quote := excerpt(due.deadline.quote, _LONGEST_TEXT):
        yield f"“{quote}”"
    yield title_of(due.entry, say)
    if due.subjects:
        subjects = say.joined(*(excerpt(each, _LONGEST_NAME) for each in due.subjects))
        yield say("Followed for: {subjects}", subjects=subjects)
    if address := web_address(due.entry.url):
        yield address


def _in_words(claim: str, period: Period) -> str:
    zone = period.timezone
    said = excerpt(period.words.dated(wording.moment(claim, zone)), _LONGEST_NAME)
    return f"{said} ({zone})" if wording.day_and_time(claim, zone)[1] else said
