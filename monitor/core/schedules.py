"""When deliveries are due: the daily and weekly hour of a place, whatever its clocks do, and when to try again.

A due moment is named by its local date, and the name is the delivery's: a day has one digest however often its hour is
changed, its clocks are put back or the machine slept.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)
# A minute, so that a server that only restarts is met again; then ever rarer, for two days: a weekend's outage.
_BACKOFF_S = (60, 300, 900, 3600, 10_800, 21_600, 43_200, 43_200, 43_200)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A moment (aware UTC) at which something was due, under the name of its local day or week."""

    id: str
    at: datetime


def latest_daily(now: datetime, *, at: str, timezone: str) -> Due:
    """The last time, up to `now`, that a day reached its `at` (`HH:MM`) in that zone: `daily-2026-11-25`."""
    day = _tomorrow(now, timezone)
    while (moment := instant(day, at, timezone)) > now or not _exists(day, timezone):
        day -= _DAY
    return Due(id=f"daily-{day.isoformat()}", at=moment)


def latest_weekly(now: datetime, *, at: str, weekday: int, timezone: str) -> Due:
    """The last time that a week reached its day (0 is Monday) and hour: `weekly-2026-W48`, by the ISO calendar."""
    day = _tomorrow(now, timezone)
    day -= (day.weekday() - weekday) % 7 * _DAY
    while (moment := instant(day, at, timezone)) > now:
        day -= 7 * _DAY
    year, week, _ = day.isocalendar()
    return Due(id=f"weekly-{year}-W{week:02}", at=moment)


def _tomorrow(now: datetime, timezone: str) -> date:
    """Where clocks are put back over midnight, tomorrow's hour may have come: today is yesterday's date once more."""
    return now.astimezone(ZoneInfo(timezone)).date() + _DAY


def _exists(day: date, timezone: str) -> bool:
    """Samoa crossed the date line and had no 30 December 2011."""
    return instant(day, "00:00", timezone).astimezone(ZoneInfo(timezone)).date() == day


def instant(day: date, at: str, timezone: str) -> datetime:
    """When the clock of a place shows a time, in UTC: the first time where it shows it twice.

    A time that is left out when clocks are put forward is the moment when they are.
    """
    zone = ZoneInfo(timezone)
    moment = datetime.combine(day, time.fromisoformat(at), tzinfo=zone).astimezone(UTC)
    shown = moment.astimezone(zone)
    if shown.replace(tzinfo=None) == datetime.combine(day, time.fromisoformat(at)):
        return moment
    return _change(moment - _DAY, moment + _DAY, zone)


def _change(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    """When the clocks were put forward between two moments, to the second."""
    before = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) // 2
        if middle.astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)


def next_attempt(attempts: int, last_at: datetime) -> datetime | None:
    """When to try again after so many attempts, the last of them at `last_at`; None where it is given up."""
    if attempts > len(_BACKOFF_S):
        return None
    return last_at + timedelta(seconds=_BACKOFF_S[max(attempts, 1) - 1])
