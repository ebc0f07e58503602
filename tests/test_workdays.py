"""Which days Washington works."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.workdays import is_workday, workday_before, workdays

# The days of 2026 on which federal holidays are observed, as the Office of Personnel Management lists them.
IN_2026 = ["01-01", "01-19", "02-16", "05-25", "06-19", "07-03", "09-07", "10-12", "11-11", "11-26", "12-25"]


def test_a_year_of_holidays_is_that_of_the_official_list() -> None:
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    closed = [f"{day:%m-%d}" for day in days if day.weekday() < 5 and not is_workday(day)]
    assert closed == IN_2026


@pytest.mark.parametrize(
    ("day", "open_"),
    [
        ("2021-12-31", False),  # New Year's Day 2022 was a Saturday
        ("2023-01-02", False),  # that of 2023 a Sunday
        ("2022-12-26", False),
        ("2022-06-20", False),
        ("2019-06-19", True),  # not a holiday yet
        ("2026-04-04", False),
        ("2026-04-06", True),
    ],
)
def test_a_holiday_at_a_weekend_is_kept_beside_it(day: str, open_: bool) -> None:
    assert is_workday(date.fromisoformat(day)) is open_


def test_the_workday_before_goes_over_weekend_and_holiday() -> None:
    assert workday_before(date(2026, 9, 8)) == date(2026, 9, 4)


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(0, 60))
def test_workdays_are_those_of_the_span_and_in_order(first: date, length: int) -> None:
    days = list(workdays(first, first + timedelta(days=length)))
    assert days == sorted(
        {first + timedelta(days=n) for n in range(length + 1) if is_workday(first + timedelta(days=n))}
    )
