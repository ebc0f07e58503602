"""Which days Washington works: offices publish on these, and are silent on the others.

Federal holidays are those of 5 U.S.C. § 6103, on the day on which they are observed; a closing by executive order or
for want of money cannot be known here.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from datetime import date, timedelta

_SATURDAY = 5
_JUNETEENTH_SINCE = 2021
# (month, day) of those with a day of their own; (month, weekday from Monday 0, which one, -1 the last) of the others.
_FIXED = ((1, 1), (6, 19), (7, 4), (11, 11), (12, 25))
_MOVING = ((1, 0, 3), (2, 0, 3), (5, 0, -1), (9, 0, 1), (10, 0, 2), (11, 3, 4))


def is_workday(day: date) -> bool:
    """Whether federal offices in Washington are open on that day: no weekend, no federal holiday."""
    return day.weekday() < _SATURDAY and day not in _holidays(day.year)


def workdays(first: date, last: date) -> Iterator[date]:
    """The workdays from `first` to `last`, both included, in order."""
    for days in range((last - first).days + 1):
        if is_workday(day := first + timedelta(days=days)):
            yield day


def workday_before(day: date) -> date:
    """The last workday before that day."""
    day -= timedelta(days=1)
    while not is_workday(day):
        day -= timedelta(days=1)
    return day


@functools.cache
def _holidays(year: int) -> frozenset[date]:
    """The days of that year on which a holiday is observed; New Year's Day of the next may be one of them."""
    fixed = [date(year, *each) for each in _FIXED if each != (6, 19) or year >= _JUNETEENTH_SINCE]
    fixed += [date(year + 1, 1, 1)] if year < date.max.year else []
    moving = [_nth(year, *each) for each in _MOVING]
    return frozenset(day for day in (*map(_observed, fixed), *moving) if day.year == year)


def _observed(day: date) -> date:
    """A Saturday's holiday is kept on the Friday before, a Sunday's on the Monday after."""
    return day + timedelta(days={5: -1, 6: 1}.get(day.weekday(), 0))


def _nth(year: int, month: int, weekday: int, which: int) -> date:
    """The third Monday of a month, say; the last one for -1."""
    if which < 0:
        last = date(year, month + 1, 1) - timedelta(days=1)
        return last - timedelta(days=(last.weekday() - weekday) % 7)
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (which - 1))
