"""When something happened, as the source claims it: an instant, how exact, and in whose zone.

A date without a time stays a date. Its instant is the first moment of that day in the publisher's zone, so that
claims can be ordered; no time is ever shown that the source did not state.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from email.utils import parsedate_to_datetime
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

WASHINGTON = "America/New_York"

_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_US_DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
# As Drupal prints moments: Mon, 06/02/2025 - 10:00.
_US_MOMENT = re.compile(r"(?:[A-Z][a-z]{2}, )?(\d{1,2})/(\d{1,2})/(\d{4}) - (\d{1,2}):(\d{2})", re.ASCII)
# Local midnight written as UTC: congress.gov prints 2021-01-06T05:00:00Z for the day 2021-01-06 in Washington.
_MIDNIGHT_IN_WASHINGTON = re.compile(r"\d{4}-\d{2}-\d{2}T0[45]:00:00(?:\.0+)?Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """A source's claim about time. `at` is ISO 8601 in UTC ending in Z; `text` is what the source printed."""

    at: str
    precision: Literal["day", "second"]
    zone: str = "UTC"
    text: str = ""

    @property
    def instant(self) -> datetime:
        """The claim as an aware UTC datetime; for a day, its first moment in `zone`."""
        return datetime.fromisoformat(self.at)

    @property
    def day(self) -> date:
        """The calendar day of the claim in its own zone."""
        return self.instant.astimezone(ZoneInfo(self.zone)).date()

    def __str__(self) -> str:
        """`2021-02-15` for a day, `2021-02-15T14:00:00Z` for an instant."""
        return self.day.isoformat() if self.precision == "day" else self.at


def to_text(moment: datetime) -> str:
    """ISO 8601 in UTC with whole seconds and Z, the one form that the log stores. `moment` must be aware."""
    if moment.tzinfo is None:
        msg = f"a moment without a zone: {moment!r}"
        raise ValueError(msg)
    return moment.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")


def in_washington(moment: datetime) -> datetime:
    """The moment by the clocks and the calendar of Washington, as most of the publishers count. It must be aware."""
    return moment.astimezone(ZoneInfo(WASHINGTON))


def check_zone(name: str) -> None:
    """Raise ValueError, in the words of a source's option `timezone`, where no zone has that name."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"timezone: {name!r} is no zone; write one like Asia/Tokyo") from error


def on_day(day: date, *, zone: str = WASHINGTON, text: str = "") -> When:
    """The claim "on that day", in `zone`."""
    start = datetime.combine(day, time(), tzinfo=ZoneInfo(zone))
    return When(at=to_text(start), precision="day", zone=zone, text=text or day.isoformat())


def at_instant(moment: datetime, *, text: str = "") -> When:
    """The claim "at that moment". `moment` must be aware."""
    return When(at=to_text(moment), precision="second", text=text or to_text(moment))


def parse_when(text: str, *, zone: str = WASHINGTON) -> When | None:
    """Read a date as publishers write it, or return None.

    Reads YYYY-MM-DD and MM/DD/YYYY as days in `zone`; ISO 8601, RFC 822 and Drupal's `Mon, 06/02/2025 - 10:00` as
    instants, taken to be in `zone` where they name none. Midnight in Washington written as UTC (T04:00:00Z,
    T05:00:00Z) is the day that was meant.
    """
    text = text.strip()
    try:
        return _parse_day(text, zone) or _parse_instant(text, zone)
    except (ValueError, OverflowError, IndexError, TypeError):
        return None  # 2021-02-30, a year 0, a garbled zone: the item keeps its printed text, not an invented time


def _parse_day(text: str, zone: str) -> When | None:
    if match := _DAY.fullmatch(text):
        return on_day(date(int(match[1]), int(match[2]), int(match[3])), zone=zone, text=text)
    if match := _US_DAY.fullmatch(text):
        return on_day(date(int(match[3]), int(match[1]), int(match[2])), zone=zone, text=text)
    if zone == WASHINGTON and _MIDNIGHT_IN_WASHINGTON.fullmatch(text):
        moment = datetime.fromisoformat(text).astimezone(ZoneInfo(zone))
        if moment.hour == 0:
            return on_day(moment.date(), zone=zone, text=text)
    return None


def _parse_instant(text: str, zone: str) -> When | None:
    if not text:
        return None
    moment = _drupal_moment(text) or _standard_moment(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(zone))
    return at_instant(moment, text=text)


def _drupal_moment(text: str) -> datetime | None:
    match = _US_MOMENT.fullmatch(text)
    if match is None:
        return None
    month, day, year, hour, minute = map(int, match.groups())
    return datetime(year, month, day, hour, minute)  # noqa: DTZ001 - the caller knows the zone


def _standard_moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return parsedate_to_datetime(text)
