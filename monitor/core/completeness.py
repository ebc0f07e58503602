"""Whether a poll can have missed something: what two windows on one list, or two states of one, prove. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

# How many complete polls in a row must miss an item before it counts as gone; and where most of a list is missing.
_ABSENT_POLLS = 2
_ABSENT_POLLS_OF_MOST = 5
_FEW = 10


def overflowed(before: Sequence[str], now: Sequence[str], dates: Mapping[str, str]) -> bool:
    """Whether entries may have come and gone between two windows on a list, each as keys in the order shown.

    They may where the windows share nothing. They may too where all that is shared stands above everything new, is
    older than it by its dates (ISO 8601 UTC by key, where stated), and most of the window is new: entries that a
    publisher pins on top stay for months and prove nothing. A list that grows at its end shows its oldest on top, and
    pins none. A window that was or is empty proves nothing either way.
    """
    if not before or not now:
        return False
    known = set(before)
    new = [key for key in now if key not in known]
    if not new:
        return False
    if len(new) == len(now):
        return True
    return 2 * len(new) > len(now) and _are_pinned(before, now, new, dates)


def _are_pinned(
    before: Sequence[str], now: Sequence[str], new: Sequence[str], dates: Mapping[str, str]
) -> bool:
    shared = now[: now.index(new[0])]
    if not set(before).isdisjoint(now[len(shared) :]):
        return False
    oldest_new = min((dates.get(key, "") for key in new), default="")
    are_older = bool(shared) and all("" < dates.get(key, "") < oldest_new for key in shared)
    return are_older and not _grows_at_its_end(before, shared, [dates.get(key, "") for key in new])


def _grows_at_its_end(before: Sequence[str], shared: Sequence[str], new: Sequence[str]) -> bool:
    """Whether the oldest of a list stand on top: its new dates rise; or fall nowhere, and follow what was last in it."""
    if new == sorted(new, reverse=True) and new[0] != new[-1]:
        return False
    return (new == sorted(new) and new[0] != new[-1]) or list(before[-len(shared) :]) == list(shared)


def turnover(before: Collection[str], now: Collection[str]) -> float | None:
    """The part of a window that was not in it before; None where there was none, or there is none."""
    if not before or not now:
        return None
    return sum(key not in before for key in now) / len(now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vanishing:
    """What is no longer listed: keys that count as gone now, and how often each other one has been missed.

    `most` says that most of the list is missing, which is rather the publisher's fault than a withdrawal.
    """

    gone: tuple[str, ...]
    absent: Mapping[str, int]
    most: bool


def vanishing(listed: Collection[str], absent: Mapping[str, int], now: Collection[str]) -> Vanishing:
    """Compare a complete list with what it named before (`listed`) and with how often each was missed (`absent`)."""
    here = set(now)
    missed = {key: absent.get(key, 0) + 1 for key in [*listed, *absent] if key not in here}
    most = len(missed) >= _FEW and 2 * len(missed) > len({*listed, *absent})
    needed = _ABSENT_POLLS_OF_MOST if most else _ABSENT_POLLS
    return Vanishing(
        gone=tuple(key for key, times in missed.items() if times >= needed),
        absent={key: times for key, times in missed.items() if times < needed},
        most=most,
    )
