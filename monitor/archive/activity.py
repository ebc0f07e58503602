"""How many items each subject recognised on each of the last days: what silence and what bustle is usual for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from monitor.core import wording
from monitor.core.dates import to_text
from monitor.core.digests import Activity, Period, Section
from monitor.core.watchlists import Watchlist
from monitor.database import Database
from monitor.projections import matches

DAYS = 30
# By watchlist, subject and day.
_Counts = Counter[tuple[str, str, str]]


def with_activity(
    views: Database, sections: Sequence[Section], lists: Sequence[Watchlist], period: Period
) -> tuple[Section, ...]:
    """The sections with the last 30 days of each subject of theirs, the day on which the period ends last.

    By the log's clock an item counts on the day on which a subject came to recognise it as news: what was there before
    watching began does not. By the publishers' clock it counts on the day of its publication.
    """
    days = _days(period)
    counts = _counts(views, days, period)
    by_id = {watchlist.id: watchlist for watchlist in lists}
    return tuple(
        replace(section, activity=tuple(_activity(by_id[section.id], counts, days)))
        if section.id in by_id
        else section
        for section in sections
    )


def _activity(watchlist: Watchlist, counts: _Counts, days: Sequence[str]) -> Iterator[Activity]:
    for subject in watchlist.subjects:
        many = tuple(counts[watchlist.id, subject.id, day] for day in days)
        yield Activity(subject=subject.id, name=subject.name, zh=subject.zh, days=many)


def _days(period: Period) -> list[str]:
    zone = ZoneInfo(period.timezone)
    last = (datetime.fromisoformat(period.until) - timedelta(seconds=1)).astimezone(zone).date()
    return [(last - timedelta(days=ago)).isoformat() for ago in range(DAYS - 1, -1, -1)]


def _counts(views: Database, days: Sequence[str], period: Period) -> _Counts:
    zone = ZoneInfo(period.timezone)
    begin = datetime.combine(date.fromisoformat(days[0]), time(), tzinfo=zone)
    if period.clock == "occurred":
        # A mere day begins at another moment in the publisher's zone than in the reader's.
        found = matches.publications(views.conn, to_text(begin - timedelta(days=1)), period.until)
    else:
        found = matches.news_recorded(views.conn, to_text(begin), period.until)
    return Counter(
        (watchlist, subject, wording.day_and_time(when, period.timezone)[0])
        for watchlist, subject, _, when in found
    )
