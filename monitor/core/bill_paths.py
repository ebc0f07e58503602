"""The way of a bill from its introduction to its end: the stages gone through, where it stands, and those still ahead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from monitor.core import bills
from monitor.core.bills import Stage

State = Literal["past", "now", "ahead", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One stage by its short name; the one that is `now` or `failed` is the last that the bill has come to."""

    name: str
    state: State


_HOUSE, _SENATE = "House", "Senate"
# What a stage's name in `core.bills` amounts to on the way; `ordered reported` is no report yet.
_RUNGS = {
    bills.INTRODUCED: bills.INTRODUCED,
    bills.ORDERED: bills.INTRODUCED,
    bills.CALENDAR: bills.CALENDAR,
    bills.DISCHARGED: bills.DISCHARGED,
    bills.REPORTED: bills.REPORTED,
    bills.PASSED_HOUSE: _HOUSE,
    bills.PASSED_SENATE: _SENATE,
    bills.FAILED_HOUSE: _HOUSE,
    bills.FAILED_SENATE: _SENATE,
    bills.AGREED: bills.AGREED,
    bills.PRESENTED: "President",
    bills.SIGNED: bills.SIGNED,
    bills.VETOED: bills.VETOED,
    bills.LAW: bills.LAW,
}
# Ways out of a committee without its report.
_INSTEAD = {bills.CALENDAR: bills.REPORTED, bills.DISCHARGED: bills.REPORTED}
_FAILURES = frozenset({bills.FAILED_HOUSE, bills.FAILED_SENATE, bills.VETOED})


def path(stage: Stage | None, key: str) -> tuple[Step, ...]:
    """The whole way of the bill with that key; nothing where the stages are none that are known here.

    A stage that was passed over (a report, where a chamber took the bill up without one) is left out.
    """
    bill = bills.bill_of(key)
    if stage is None or bill is None or stage.name not in {*_RUNGS, bills.PASSED_BOTH}:
        return ()
    come = _come_to(stage, bill.type)
    failed = stage.name in _FAILURES
    way = _way(bill.type)
    reached = (_INSTEAD.get(name, name) for name in come)
    last = max((way.index(name) for name in reached if name in way), default=-1)
    ahead = () if failed else way[last + 1 :]
    return (
        *(Step(name=name, state="past") for name in come[:-1]),
        Step(name=come[-1], state="failed" if failed else "now"),
        *(Step(name=name, state="ahead") for name in ahead),
    )


def _come_to(stage: Stage, type_: str) -> list[str]:
    """The stages that the bill has come to, in the order in which it did, the present one last."""
    chambers = _chambers(type_)
    found: dict[str, None] = {}
    for name in (*stage.path, stage.name):
        rungs = chambers if name == bills.PASSED_BOTH else [_RUNGS[name]] if name in _RUNGS else []
        found.update(dict.fromkeys(rungs))
    if stage.name in _RUNGS and _RUNGS[stage.name] in found:
        found[_RUNGS[stage.name]] = found.pop(_RUNGS[stage.name])
    return list(found)


def _chambers(type_: str) -> tuple[str, str]:
    """The chamber in which a bill begins, and the other."""
    return (_SENATE, _HOUSE) if type_.startswith("s") else (_HOUSE, _SENATE)


def _way(type_: str) -> tuple[str, ...]:
    """All stages that a measure of the type goes through when all goes well."""
    begun = (bills.INTRODUCED, bills.REPORTED)
    if type_ in {"hres", "sres"}:
        return (*begun, bills.AGREED)
    if type_ in {"hconres", "sconres"}:
        return (*begun, *_chambers(type_), bills.AGREED)
    return (*begun, *_chambers(type_), "President", bills.LAW)
