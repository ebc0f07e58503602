"""Moments as a person reads them: in the reader's own zone. Machines get them in UTC, as the log has them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from monitor.core import wording
from monitor.core.evidence import FieldChange, Value

_DAY = len("2021-02-15")


def exact(claim: str, zone: str) -> str:
    """`2025-06-03T08:00:05+08:00`, with Z where that is the offset: typed back it is the same moment in any zone.

    `2021-02-15` stays that day, and what is no moment comes back as it is.
    """
    moment = _moment(claim)
    if moment is None:
        return claim
    return moment.astimezone(ZoneInfo(zone)).isoformat(timespec="seconds").replace("+00:00", "Z")


def day(claim: str, zone: str) -> str:
    """The day on which it was then in the reader's zone; a day stays that day."""
    return wording.day_and_time(claim, zone)[0]


def times_in(zone: str) -> str:
    """What a page says once, whose times bear no offset."""
    return f"Times in {zone}."


def redated(change: FieldChange, zone: str, say: Callable[[str, str], str]) -> FieldChange:
    """A change of a document's own date as `say` words it; to the second, where less would hide the difference."""
    if change.field != "published":
        return change
    old, new = _said(change.old, zone, say), _said(change.new, zone, say)
    if old == new:
        old, new = _said(change.old, zone, exact), _said(change.new, zone, exact)
    return replace(change, old=old, new=new)


def _said(value: Value, zone: str, say: Callable[[str, str], str]) -> Value:
    return say(value, zone) if isinstance(value, str) and _moment(value) else value


def _moment(claim: str) -> datetime | None:
    if len(claim) <= _DAY:
        return None
    try:
        moment = datetime.fromisoformat(claim)
    except ValueError:
        return None
    return moment if moment.tzinfo else None
