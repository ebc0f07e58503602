"""Whether a source is silent for longer than it usually is: learnt from the days on which it had news. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from statistics import median

from monitor.core.workdays import is_workday

# A rhythm is known after so many silences between two days with news, the latest of which count.
_FEWEST_SILENCES = 6
_MOST_SILENCES = 60
# A silence is strange when it is longer than any that was seen, by as much again, and than a working week in any case.
_TIMES_LONGEST = 2
_SHORTEST_ALARM = 5
# Both chambers are away: their own sources say little, and nothing is wrong with that.
_RECESS_MONTHS = frozenset({8})
_YEAR_END = frozenset({(12, day) for day in range(24, 32)} | {(1, 1), (1, 2), (1, 3)})


def is_quiet(days: Sequence[date], today: date, *, quiet_after_s: int = 0, has_recess: bool = False) -> bool:
    """Whether the silence since the last of `days` (ascending, those with news) is one that a person should know of.

    `quiet_after_s` is a limit that a person set, instead of the learnt one. Weekends, federal holidays, the end of the
    year and, where `has_recess`, August do not count.
    """
    if not days:
        return False
    if quiet_after_s:
        return (today - days[-1]).total_seconds() > quiet_after_s
    limit = longest_silence(days, has_recess=has_recess)
    return limit is not None and silence(days[-1], today, has_recess=has_recess) > limit


def longest_silence(days: Sequence[date], *, has_recess: bool = False) -> int | None:
    """So many working days without news are within the source's rhythm; None while that is not known."""
    latest = days[-(_MOST_SILENCES + 1) :]
    seen = [silence(before, after, has_recess=has_recess) for before, after in pairwise(latest)]
    if len(seen) < _FEWEST_SILENCES:
        return None
    return max(_SHORTEST_ALARM, _TIMES_LONGEST * max(seen))


def silence(before: date, after: date, *, has_recess: bool = False) -> int:
    """Working days after `before` and before `after`."""
    between = (before + timedelta(days=number) for number in range(1, (after - before).days))
    return sum(_counts(day, has_recess=has_recess) for day in between)


def _counts(day: date, *, has_recess: bool) -> bool:
    away = has_recess and day.month in _RECESS_MONTHS
    return is_workday(day) and (day.month, day.day) not in _YEAR_END and not away


def lags(seconds: Sequence[float]) -> tuple[float, float] | None:
    """Median and 95th percentile, or None for nothing."""
    if not seconds:
        return None
    ordered = sorted(seconds)
    return median(ordered), ordered[min(len(ordered) - 1, -(-95 * len(ordered) // 100) - 1)]
