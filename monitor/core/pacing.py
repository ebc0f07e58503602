"""When to ask again: intervals that follow what a source publishes, jitter, backoff, crawl delays, key budgets. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from monitor.core.fetches import Allowance

# What robots.txt of these hosts asked for in 2026, in seconds between two requests.
CRAWL_DELAYS_S: Mapping[str, float] = {"www.gao.gov": 420, "www.congress.gov": 2, "www.govtrack.us": 30}
_JITTER = 0.05
_FIRST_RETRY_S = 300
_LATEST_RETRY_S = 86_400
_SHORTEST_S = 60
# A window that turned over by more than this much between two polls may turn over wholly before the next one.
_FAST_TURNOVER = 0.5
_SLOW_TURNOVER = 0.25
# A publisher's wish (Cache-Control, ttl) may stretch a configured interval up to this many times.
_MOST_STRETCH = 2
# Of a key's requests, the part that is kept for whatever cannot wait.
_RESERVE = 0.1
_WINDOW_S = 3600
# Of a key with nothing left, whether it may be used again is seen after so long.
_MOST_BUDGET_WAIT_S = 900


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """The bounds of a source's interval, and where between them it stands; in seconds. `now_s` is 0 before any poll."""

    every_s: int
    fastest_s: int
    now_s: int = 0


def adapted(interval: Interval, turnover: float | None) -> int:
    """The next interval, from the part of the window that was new at a good poll; None where nothing tells of it.

    Halved down to the fastest while more than half a window is new, and back up by a quarter when little is.
    """
    now_s = min(max(interval.now_s or interval.every_s, interval.fastest_s), interval.every_s)
    if turnover is not None and turnover > _FAST_TURNOVER:
        return max(interval.fastest_s, now_s // 2)
    if turnover is None or turnover < _SLOW_TURNOVER:
        return min(interval.every_s, now_s + max(now_s // 4, 1))
    return now_s


def wait_s(interval_s: int, *, every_s: int, stated_s: int, seed: str) -> float:
    """Seconds to the next poll after a good one. `stated_s` is how long the publisher asks us to wait, 0 if it does not."""
    return _jittered(max(interval_s, min(stated_s, every_s * _MOST_STRETCH)), seed)


def _jittered(seconds: int, seed: str) -> float:
    return seconds * (1 + _JITTER * (2 * chance(seed) - 1))


def backoff_s(failures: int, *, every_s: int, seed: str) -> float:
    """Seconds to the next try after so many failures in a row: minutes at first, with full jitter, and twice as many each time.

    Once that comes to the usual interval, who fails is asked no oftener than who answers, then ever later, up to a day.
    It is never given up.
    """
    most = _FIRST_RETRY_S << min(max(failures, 1) - 1, 20)
    if most < every_s:
        return _SHORTEST_S + chance(seed) * (most - _SHORTEST_S)
    return _jittered(min(max(most, every_s), max(every_s, _LATEST_RETRY_S)), seed)


def refused_s(failures: int, *, every_s: int, seed: str) -> float:
    """Seconds to the next try after so many refusals in a row: no sooner than usual, then ever later, up to a day."""
    most = max(every_s, _LATEST_RETRY_S)
    return _jittered(min(every_s << min(max(failures, 1) - 1, 10), most), seed)


def chance(seed: str) -> float:
    """A number from 0 up to 1 that looks random and is the same for the same seed: a poll can be told again."""
    return int.from_bytes(hashlib.sha256(seed.encode()).digest()[:7], "big") / (1 << 56)


def budget_gap_s(allowance: Allowance) -> float:
    """Seconds to leave between two requests of one key: none while a tenth is left, then as many as make it last."""
    if allowance.remaining > allowance.limit * _RESERVE:
        return 0
    return min(_WINDOW_S / max(allowance.remaining, 1), _MOST_BUDGET_WAIT_S)


def crawl_delay_s(host: str, configured: Mapping[str, float]) -> float:
    """Seconds between two requests to a host (a name, with its port if it has one)."""
    name = host.partition(":")[0]
    return configured.get(host, configured.get(name, CRAWL_DELAYS_S.get(name, 0)))
