"""A source's own rhythm: which silence is one that a person should know of."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from monitor.core.rhythm import is_quiet, lags, longest_silence, silence
from monitor.core.workdays import is_workday

MONDAY = date(2026, 6, 1)


def every(days: int, times: int, start: date = MONDAY) -> list[date]:
    return [start + timedelta(days=days * number) for number in range(times)]


def workdays(times: int, start: date = MONDAY) -> list[date]:
    found, day = [], start
    while len(found) < times:
        found += [day] if is_workday(day) else []
        day += timedelta(days=1)
    return found


def test_a_source_of_every_workday_may_be_silent_for_a_week_and_no_longer() -> None:
    days = workdays(30)
    assert not is_quiet(days, days[-1] + timedelta(days=7))
    assert is_quiet(days, days[-1] + timedelta(days=10))


def test_weekends_and_holidays_are_no_silence() -> None:
    assert silence(date(2026, 6, 5), date(2026, 6, 8)) == 0
    assert silence(date(2026, 7, 2), date(2026, 7, 6)) == 0
    assert silence(date(2026, 12, 23), date(2027, 1, 4)) == 0


def test_august_is_no_silence_for_what_follows_congress() -> None:
    assert silence(date(2026, 7, 31), date(2026, 9, 1), has_recess=True) == 0
    assert silence(date(2026, 7, 31), date(2026, 9, 1)) == 21


def test_a_source_of_every_month_may_be_silent_for_two() -> None:
    days = every(30, 8)
    assert not is_quiet(days, days[-1] + timedelta(days=55))
    assert is_quiet(days, days[-1] + timedelta(days=70))


def test_a_rhythm_that_is_not_known_yet_alarms_nobody() -> None:
    assert longest_silence(every(1, 6)) is None
    assert not is_quiet(every(1, 6), date(2030, 1, 1))
    assert not is_quiet([], MONDAY)


def test_a_limit_that_a_person_set_counts_instead() -> None:
    assert is_quiet([MONDAY], MONDAY + timedelta(days=4), quiet_after_s=3 * 86_400)
    assert not is_quiet(workdays(30), workdays(30)[-1] + timedelta(days=20), quiet_after_s=30 * 86_400)


@given(st.lists(st.dates(date(2024, 1, 1), date(2026, 12, 31)), min_size=8, max_size=40, unique=True))
def test_no_silence_as_long_as_one_that_was_seen_alarms(days: list[date]) -> None:
    days.sort()
    seen = max((after - before).days for before, after in pairwise(days))
    longest = max(silence(a, b) for a, b in pairwise(days))
    today = days[-1] + timedelta(days=min(seen, 3))
    if silence(days[-1], today) <= longest:
        assert not is_quiet(days, today)


def test_lags_are_told_by_median_and_the_slowest_twentieth() -> None:
    assert lags([]) is None
    assert lags([5.0]) == (5.0, 5.0)
    assert lags([float(n) for n in range(1, 101)]) == (50.5, 95.0)
