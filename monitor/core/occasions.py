"""Which deliveries an output has, and which of them tells of a watchlist: by its priority, and by what is switched on."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.core.deliveries import Occasion, Output

# A heartbeat is a daily digest that has nothing else to say: what was owed up to it was owed to the daily one.
LANES: dict[Occasion, tuple[Occasion, ...]] = {
    "alert": ("alert",),
    "daily": ("daily", "heartbeat"),
    "weekly": ("weekly",),
    "edition": ("edition",),
}
# What is not wanted at its own pace comes with the next slower one, else with the next faster.
_ORDER: dict[str, tuple[Occasion, ...]] = {
    "high": ("alert", "daily", "weekly"),
    "normal": ("daily", "weekly", "alert"),
    "low": ("weekly", "daily", "alert"),
}
_PRIORITIES = ("high", "normal", "low")


def offered(output: Output, kind: Sequence[Occasion]) -> list[Occasion]:
    """The lanes of an output: those that its kind knows and its settings want."""
    wanted = {"alert": output.alerts, "daily": output.daily, "weekly": output.weekly, "edition": True}
    return [lane for lane in LANES if lane in kind and wanted[lane]]


def lane_of(priority: str, lanes: Sequence[Occasion]) -> Occasion | None:
    """The lane that tells of a watchlist of this priority; None where the output has none."""
    if "edition" in lanes:
        return "edition"
    return next((lane for lane in _ORDER[priority] if lane in lanes), None)


def most_urgent(priorities: Sequence[str]) -> str:
    """The most urgent of the priorities of the watchlists that recognise an item."""
    return min(priorities, key=_PRIORITIES.index)
