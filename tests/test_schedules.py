"""When deliveries are due: whatever clocks, sleep and settings do, a day has one digest, and none is skipped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.schedules import Due, instant, latest_daily, latest_weekly, next_attempt

NEW_YORK, SHANGHAI = "America/New_York", "Asia/Shanghai"
# Clocks put forward at midnight (Cairo, Sao Paulo), over midnight (Nuuk), back over midnight (St John's), by half an hour
# (Lord Howe), a whole day left out (Apia), and none at all.
ZONES = (
    NEW_YORK,
    SHANGHAI,
    "UTC",
    "Africa/Cairo",
    "America/Sao_Paulo",
    "America/Nuuk",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "Pacific/Apia",
)
DAY = timedelta(days=1)

zones = st.sampled_from(ZONES)
years = st.integers(1990, 2036)
hours = st.times().map(lambda moment: f"{moment:%H:%M}")
# Never so long that two dues could lie between two of them: what a machine that slept for days owes is tested apart.
_LONGEST = timedelta(hours=12)
ticks = st.lists(st.timedeltas(timedelta(seconds=1), _LONGEST), max_size=6).map(
    lambda steps: [*steps, _LONGEST]
)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def moments_of(year: int, steps: Sequence[timedelta]) -> Iterator[datetime]:
    """A year and a day on either side, by these steps over and over."""
    now, end = datetime(year, 1, 1, tzinfo=UTC) - DAY, datetime(year + 1, 1, 1, tzinfo=UTC) + DAY
    while now < end:
        for step in steps:
            now += step
            yield now


def days_there(first: date, last: date, timezone: str) -> list[date]:
    """Every date that a place had between two of them, by looking at its calendar each quarter of an hour."""
    zone = ZoneInfo(timezone)
    moment = datetime.combine(first, time(), tzinfo=UTC) - DAY
    seen = set()
    while moment.date() <= last + DAY:
        seen.add(moment.astimezone(zone).date())
        moment += timedelta(minutes=15)
    return sorted(day for day in seen if first <= day <= last)


def first_minute(day: date, at: str, timezone: str) -> datetime:
    """The first minute at which the clock of a place showed that time or had passed it, by looking at each."""
    wanted = datetime.combine(day, time.fromisoformat(at))
    moment = datetime.combine(day, time(), tzinfo=UTC) - timedelta(hours=36)
    while moment.astimezone(ZoneInfo(timezone)).replace(tzinfo=None) < wanted:
        moment += timedelta(minutes=1)
    return moment


@given(zone=zones, year=years, at=hours, steps=ticks)
@settings(max_examples=40, deadline=None)
def test_walking_through_a_year_no_day_is_due_twice_and_none_is_skipped(
    zone: str, year: int, at: str, steps: list[timedelta]
) -> None:
    moments = moments_of(year, steps)
    dues = [(now, latest_daily(now, at=at, timezone=zone)) for now in moments]
    assert all(due.at <= now for now, due in dues)
    in_turn = list(dict.fromkeys(due for _, due in dues))
    days = [date.fromisoformat(due.id.removeprefix("daily-")) for due in in_turn]
    assert days == days_there(days[0], days[-1], zone)
    assert [due.at for due in in_turn] == sorted({due.at for due in in_turn})


@given(zone=zones, year=years, at=hours, weekday=st.integers(0, 6), steps=ticks)
@settings(max_examples=25, deadline=None)
def test_walking_through_a_year_every_week_is_due_once(
    zone: str, year: int, at: str, weekday: int, steps: list[timedelta]
) -> None:
    dues = [latest_weekly(now, at=at, weekday=weekday, timezone=zone) for now in moments_of(year, steps)]
    in_turn = list(dict.fromkeys(dues))
    first = date.fromisocalendar(*_week(in_turn[0]), weekday + 1)
    weeks = [(first + n * 7 * DAY).isocalendar()[:2] for n in range(len(in_turn))]
    assert [_week(due) for due in in_turn] == weeks
    assert len(in_turn) >= 52


def _week(due: Due) -> tuple[int, int]:
    year, _, week = due.id.removeprefix("weekly-").partition("-W")
    return int(year), int(week)


@given(zone=zones, day=st.dates(date(1990, 1, 1), date(2036, 12, 31)), at=hours)
@settings(max_examples=60, deadline=None)
def test_an_hour_is_the_first_minute_that_a_clock_on_the_wall_shows_or_has_passed_it(
    zone: str, day: date, at: str
) -> None:
    assert instant(day, at, zone) == first_minute(day, at, zone)


@pytest.mark.parametrize(
    ("zone", "day", "at", "moment"),
    [
        (NEW_YORK, "2026-03-08", "02:30", "2026-03-08T07:00"),
        (NEW_YORK, "2026-03-08", "02:00", "2026-03-08T07:00"),
        (NEW_YORK, "2026-03-08", "03:00", "2026-03-08T07:00"),
        (NEW_YORK, "2026-03-08", "08:00", "2026-03-08T12:00"),
        (NEW_YORK, "2026-11-01", "01:30", "2026-11-01T05:30"),
        (NEW_YORK, "2026-11-01", "02:00", "2026-11-01T07:00"),
        (NEW_YORK, "2026-11-01", "08:00", "2026-11-01T13:00"),
        (SHANGHAI, "2026-03-08", "02:30", "2026-03-07T18:30"),
        (SHANGHAI, "2026-11-01", "01:30", "2026-10-31T17:30"),
        ("Africa/Cairo", "2026-04-24", "00:00", "2026-04-23T22:00"),
        ("America/Nuuk", "2026-03-28", "23:30", "2026-03-29T01:00"),
        ("America/St_Johns", "2006-10-29", "00:00", "2006-10-29T02:30"),
        ("Pacific/Apia", "2011-12-30", "08:00", "2011-12-30T10:00"),
    ],
)  # fmt: skip
def test_a_time_that_is_left_out_is_the_first_moment_after_and_one_shown_twice_the_first(
    zone: str, day: str, at: str, moment: str
) -> None:
    assert instant(date.fromisoformat(day), at, zone) == utc(moment)


@pytest.mark.parametrize("at", ["01:30", "02:30"])
@pytest.mark.parametrize(
    ("day", "zone"), [("2026-03-08", NEW_YORK), ("2026-11-01", NEW_YORK), ("2026-11-01", SHANGHAI)]
)
def test_the_day_on_which_clocks_change_is_due_once(day: str, zone: str, at: str) -> None:
    """Looked at every minute, from the noon before to the noon after."""
    noon = datetime.fromisoformat(day).replace(hour=12, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    dues = {latest_daily(noon - n * timedelta(minutes=1), at=at, timezone=zone) for n in range(24 * 60)}
    before = date.fromisoformat(day) - DAY
    assert sorted(due.id for due in dues) == [f"daily-{before}", f"daily-{day}"]


@pytest.mark.parametrize(
    ("zone", "at", "now", "due"),
    [
        ("America/St_Johns", "00:00", "2006-10-29T02:45", "daily-2006-10-29"),
        ("Pacific/Apia", "08:00", "2011-12-30T12:00", "daily-2011-12-29"),
        ("Pacific/Apia", "08:00", "2011-12-30T18:00", "daily-2011-12-31"),
    ],
    ids=["yesterday's last hour comes again", "a date that is not there", "the one after it"],
)
def test_a_day_is_due_by_its_date_however_a_calendar_is_torn(zone: str, at: str, now: str, due: str) -> None:
    assert latest_daily(utc(now), at=at, timezone=zone).id == due


def test_no_clock_changes_in_shanghai() -> None:
    dues = {
        latest_daily(utc("2026-01-02T00:00") + n * DAY, at="08:00", timezone=SHANGHAI).at for n in range(365)
    }
    assert {due.hour for due in dues} == {0}
    assert len(dues) == 365


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-12-31T12:59", "daily-2026-12-30"),
        ("2026-12-31T13:00", "daily-2026-12-31"),
        ("2027-01-01T12:59", "daily-2026-12-31"),
        ("2027-01-01T13:00", "daily-2027-01-01"),
    ],
)
def test_the_year_ends_where_the_place_ends_it(now: str, due: str) -> None:
    assert latest_daily(utc(now), at="08:00", timezone=NEW_YORK).id == due


@pytest.mark.parametrize(
    ("now", "weekday", "due", "at"),
    [
        ("2026-11-25T12:00", 0, "weekly-2026-W48", "2026-11-23T13:00"),
        ("2026-11-23T12:59", 0, "weekly-2026-W47", "2026-11-16T13:00"),
        ("2026-11-23T13:00", 0, "weekly-2026-W48", "2026-11-23T13:00"),
        ("2027-01-03T14:00", 6, "weekly-2026-W53", "2027-01-03T13:00"),
        ("2027-01-04T14:00", 0, "weekly-2027-W01", "2027-01-04T13:00"),
        ("2024-12-31T14:00", 0, "weekly-2025-W01", "2024-12-30T13:00"),
    ],
)
def test_a_week_bears_the_number_of_the_iso_calendar(now: str, weekday: int, due: str, at: str) -> None:
    found = latest_weekly(utc(now), at="08:00", weekday=weekday, timezone=NEW_YORK)
    assert found == Due(id=due, at=utc(at))


def test_a_machine_that_slept_for_days_owes_the_latest_digest_alone() -> None:
    assert latest_daily(utc("2026-11-25T20:00"), at="08:00", timezone="UTC").id == "daily-2026-11-25"


@pytest.mark.parametrize(("at", "later"), [("08:00", "10:00"), ("10:00", "08:00"), ("08:00", "08:01")])
def test_an_hour_that_is_changed_makes_no_second_digest_of_the_day(at: str, later: str) -> None:
    """Looked at every minute of a day on which the setting changes at 09:00."""
    start, change = utc("2026-11-25T00:00"), utc("2026-11-25T09:00")
    seen = [
        latest_daily(now, at=at if now < change else later, timezone="UTC").id
        for now in (start + n * timedelta(minutes=1) for n in range(24 * 60))
    ]
    assert set(seen) == {"daily-2026-11-24", "daily-2026-11-25"}
    assert seen[-1] == "daily-2026-11-25"


def test_a_clock_that_jumps_back_gives_the_same_name_to_the_same_day() -> None:
    nine, seven = (
        latest_daily(utc(f"2026-11-25T{hour}:00"), at="08:00", timezone="UTC") for hour in ("09", "07")
    )
    again = latest_daily(utc("2026-11-25T08:00"), at="08:00", timezone="UTC")
    assert (nine, seven.id) == (again, "daily-2026-11-24")


def test_attempts_grow_rarer_and_end_after_about_two_days() -> None:
    began = at = utc("2026-11-25T08:00")
    waits = []
    attempts = 1
    while (following := next_attempt(attempts, at)) is not None:
        waits.append((following - at).total_seconds() / 60)
        at, attempts = following, attempts + 1
    assert waits == [1, 5, 15, 60, 180, 360, 720, 720, 720]
    assert timedelta(hours=45) < at - began < timedelta(hours=51)


@given(attempts=st.integers(0, 10_000))
def test_what_is_given_up_stays_given_up(attempts: int) -> None:
    at = utc("2026-11-25T08:00")
    following = next_attempt(attempts, at)
    assert (following is None) == (attempts > 9)
    assert following is None or at < following <= at + timedelta(hours=12)
