"""Bills: what names one, in which Congress a day falls, and where a bill stands: reported is not passed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from monitor.core.dates import WASHINGTON, When


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Where a bill stands: `reported`, since `2021-05-10`, in words for a reader; `path` is the stages gone through."""

    name: str
    since: str
    text: str
    path: tuple[str, ...] = ()


# Type codes as keys and addresses write them, with the words of a congress.gov address.
PATHS = {
    "hr": "house-bill",
    "s": "senate-bill",
    "hjres": "house-joint-resolution",
    "sjres": "senate-joint-resolution",
    "hconres": "house-concurrent-resolution",
    "sconres": "senate-concurrent-resolution",
    "hres": "house-resolution",
    "sres": "senate-resolution",
}
TYPES = tuple(PATHS)

_KEY = re.compile(r"bill:(\d{1,3})-([a-z]+)-(\d{1,6})", re.ASCII)

# Stages in the order in which a bill goes through them.
INTRODUCED = "introduced"
ORDERED = "ordered reported"
CALENDAR = "on calendar"
DISCHARGED = "discharged"
REPORTED = "reported"
PASSED_HOUSE = "passed House"
PASSED_SENATE = "passed Senate"
AGREED = "agreed to"
PASSED_BOTH = "passed both"
PRESENTED = "to President"
SIGNED = "signed"
VETOED = "vetoed"
LAW = "law"
FAILED_HOUSE = "failed in House"
FAILED_SENATE = "failed in Senate"

_ORDER = (
    INTRODUCED,
    ORDERED,
    CALENDAR,
    DISCHARGED,
    REPORTED,
    PASSED_HOUSE,
    PASSED_SENATE,
    AGREED,
    PASSED_BOTH,
    PRESENTED,
    SIGNED,
    VETOED,
    LAW,
)
_RANK = {name: rank for rank, name in enumerate(_ORDER)} | {FAILED_HOUSE: 4, FAILED_SENATE: 4}
_PASSED = (PASSED_HOUSE, PASSED_SENATE)
_FAILED = (FAILED_HOUSE, FAILED_SENATE)
_BEFORE_PASSAGE = frozenset({INTRODUCED, ORDERED, CALENDAR, DISCHARGED, REPORTED})
_RECEIVED = "received"
_IN_THE_OTHER = (_RECEIVED, ORDERED, CALENDAR, DISCHARGED, REPORTED)
_AGREEMENT = "the chambers agreed on one text"
_OVERRIDE_FAILED = "the veto stood"

_HOUSE_VOTE = (
    r"^(?:On passage|On motion to suspend the rules and (?:pass|agree to the (?:concurrent |joint )?resolution)"
    r"|On agreeing to the (?:concurrent |joint )?resolution).*"
)
# What a step means: by the Library of Congress's own code for it, or by its words, for the steps that carry none.
# The Library's codes: https://github.com/usgpo/bill-status (user guide, "action codes"). First row that fits.
_MEANINGS: tuple[tuple[str, frozenset[str], str], ...] = (
    (LAW, frozenset({"41000", "E40000"}), r"^Became (?:Public|Private) Law"),
    (_OVERRIDE_FAILED, frozenset({"33000", "35000"}), r"^Failed of passage in (?:House|Senate) over veto"),
    (VETOED, frozenset({"31000"}), r"^(?:Pocket )?Vetoed by (?:the )?President"),
    (SIGNED, frozenset(), r"^Signed by (?:the )?President"),
    (PRESENTED, frozenset({"28000", "E20000"}), r"^Presented to (?:the )?President"),
    (
        _AGREEMENT,
        frozenset({"19500", "20500"}),
        r"^(?:Resolving differences|Senate (?:agreed to|concurred in) the House)",
    ),
    (
        FAILED_HOUSE,
        frozenset({"9000"}),
        rf"^Failed of passage/not agreed to in House|{_HOUSE_VOTE}\bFailed\b",
    ),
    (FAILED_SENATE, frozenset({"18000"}), r"^Failed of passage(?:/not agreed to)? in Senate"),
    (
        PASSED_HOUSE,
        frozenset({"8000"}),
        rf"^Passed/agreed to in House|{_HOUSE_VOTE}\b(?:Passed|Agreed to)\b|^Pursuant to .* passed (?:under suspension|House)",
    ),
    (
        PASSED_SENATE,
        frozenset({"17000"}),
        (
            r"^(?:Passed/agreed to in Senate|Passed Senate|(?:Concurrent )?[Rr]esolution agreed to in Senate"
            r"|Submitted in the Senate, considered, and agreed to|Introduced in the Senate, read twice, considered)"
        ),
    ),
    (
        REPORTED,
        frozenset({"5000", "14000", "H12100", "H12200"}),
        r"^Reported (?:\(Amended\) )?by|^Committee on .*\. (?:Reported by|Original measure reported)",
    ),
    (DISCHARGED, frozenset({"5500", "14500", "H12300"}), r"^(?:Senate )?Committee on .* discharged"),
    (ORDERED, frozenset(), r"\bOrdered to be [Rr]eported\b"),
    (CALENDAR, frozenset(), r"\bPlaced on (?:the )?(?:Senate Legislative|Union|House|Private) Calendar"),
    (_RECEIVED, frozenset({"H14000"}), r"^Received in the (?:House|Senate)"),
    (
        INTRODUCED,
        frozenset({"1000", "10000", "Intro-H"}),
        r"^(?:Introduced|Submitted) in (?:the )?(?:House|Senate)|^(?:Read twice and r|R)eferred to the ",
    ),
)
_READERS = tuple((name, codes, re.compile(pattern)) for name, codes, pattern in _MEANINGS)

_CALENDAR_NUMBER = re.compile(r"Calendar No\. ?(\d+)")
_LAW_NUMBER = re.compile(r"Became (Public|Private) Law No: (\d+-\d+)")
_WITH_CHANGES = re.compile(r"with (?:an )?amendments?\b|, as amended\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """A measure of one Congress. A number alone names nothing: it is used again every two years."""

    congress: int
    type: str
    number: int

    @property
    def key(self) -> str:
        """`bill:117-hr-1060`."""
        return f"bill:{self.congress}-{self.type}-{self.number}"

    @property
    def url(self) -> str:
        """The page for people; the site refuses programs, so it is linked to and never fetched."""
        return f"https://www.congress.gov/bill/{ordinal(self.congress)}-congress/{PATHS[self.type]}/{self.number}"


def bill(congress: str | int, type_: str, number: str | int) -> Bill | None:
    """The bill of those three parts as publishers write them (`117`, `HR`, `01060`), or None if they name none."""
    found = Bill(congress=_number(congress), type=type_.strip().lower(), number=_number(number))
    return found if found.congress and found.number and found.type in PATHS else None


def bill_of(key: str) -> Bill | None:
    """The bill that an item key names, or None where it is the key of something else."""
    match = _KEY.fullmatch(key)
    return bill(match[1], match[2], match[3]) if match else None


def _number(text: str | int) -> int:
    digits = str(text).strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 7 else 0


def ordinal(number: int) -> str:
    """`117th` of 117, `101st` of 101, `112th` of 112."""
    suffix = "th" if number % 100 in {11, 12, 13} else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"


def sitting(now: datetime) -> int:
    """The Congress that sits at that moment; it changes on 3 January of odd years, in Washington."""
    day = now.astimezone(ZoneInfo(WASHINGTON)).date()
    congress = (day.year - 1789) // 2 + 1
    return congress - 1 if day.year % 2 and (day.month, day.day) < (1, 3) else congress


def law(number: str, kind: str = "Public Law") -> str:
    """The citation of a law: `law:117-108`. Private laws count from 1 beside the public ones and are kept apart."""
    return f"private-law:{number}" if kind.strip().lower().startswith("private") else f"law:{number}"


class Told(Protocol):
    """A step of a bill as an item's action or a recorded event tells it."""

    @property
    def text(self) -> str:
        """Its words."""

    @property
    def when(self) -> When | None:
        """Its day or moment."""

    @property
    def code(self) -> str:
        """The publisher's code for it."""


@dataclass(frozen=True, slots=True)
class _Milestone:
    name: str
    day: str
    text: str


def stage(actions: Iterable[Told], *, key: str = "") -> Stage | None:
    """Where the bill stands after these actions, whatever their order; None if they say nothing.

    `key` tells what is enough: a simple resolution is done when one chamber agrees, a concurrent one when both do.
    """
    told = sorted(filter(None, map(_milestone, actions)), key=lambda m: (m.day, _RANK.get(m.name, 0)))
    known = bill_of(key)
    reached = _reached(told, known.type if known else "")
    if not reached:
        return None
    now = _present(reached)
    return Stage(name=now.name, since=now.day, text=_words(now, told), path=(*_path(reached, now), now.name))


def _path(reached: Sequence[_Milestone], now: _Milestone) -> tuple[str, ...]:
    """The stages before the present one; a calendar is left out where a report put the bill on it."""
    names = dict.fromkeys(m.name for m in reached if m.name != now.name)
    if REPORTED in names or now.name == REPORTED:
        names.pop(CALENDAR, None)
    return tuple(names)


def _milestone(action: Told) -> _Milestone | None:
    for name, codes, pattern in _READERS:
        if action.code in codes or pattern.search(action.text):
            return _Milestone(name, str(action.when.day) if action.when else "", action.text)
    return None


def _reached(told: Sequence[_Milestone], type_: str) -> list[_Milestone]:
    """The first time that each stage was reached, in order, with what the chambers' votes amount to."""
    first: dict[str, _Milestone] = {}
    for milestone in told:
        if milestone.name in _RANK and (milestone.name not in first or milestone.name in _FAILED):
            first[milestone.name] = milestone
    votes = [first[name] for name in _PASSED if name in first]
    if votes and (ending := _ending(len(votes), type_)):
        last = max(votes, key=lambda m: m.day)
        first[ending] = _Milestone(ending, last.day, last.text)
    return sorted(first.values(), key=lambda m: (m.day, _RANK[m.name]))


def _ending(votes: int, type_: str) -> str:
    if type_ in {"hres", "sres"}:
        return AGREED
    if votes < 2:
        return ""
    return AGREED if type_ in {"hconres", "sconres"} else PASSED_BOTH


def _present(reached: Sequence[_Milestone]) -> _Milestone:
    """The furthest stage; a failed vote stands where no later step went beyond it."""
    furthest = max(reached, key=lambda m: _RANK[m.name])
    failures = [m for m in reached if m.name in _FAILED and m.day >= furthest.day]
    return failures[-1] if failures and _RANK[furthest.name] < _RANK[PASSED_BOTH] else furthest


def _words(now: _Milestone, told: Sequence[_Milestone]) -> str:
    """The stage as a reader should see it, with its day and what explains it."""
    if now.name == LAW:
        return _law_words(now, told)
    if now.name == VETOED:
        stood = [m for m in told if m.name == _OVERRIDE_FAILED]
        return f"vetoed {now.day}" + (f"; the vote to override failed {stood[-1].day}" if stood else "")
    if now.name == PASSED_BOTH:
        return _both_words(told)
    if now.name in _PASSED:
        return f"{now.name} {now.day}{_since_passage(now, told)}"
    if now.name in _BEFORE_PASSAGE:
        return f"{now.name} {now.day}{_calendar(told)}"
    return f"{now.name} {now.day}"


def _law_words(now: _Milestone, told: Sequence[_Milestone]) -> str:
    numbers = [match for m in told if m.name == LAW and (match := _LAW_NUMBER.search(m.text))]
    name = f"{numbers[0][1]} Law {numbers[0][2]}" if numbers else "law"
    return f"became {name} {now.day}"


def _both_words(told: Sequence[_Milestone]) -> str:
    votes = {m.name: m for m in reversed(told) if m.name in _PASSED}
    first, second = sorted(votes.values(), key=lambda m: m.day)
    changed = bool(_WITH_CHANGES.search(second.text))
    agreed = [m for m in told if m.name == _AGREEMENT and not _WITH_CHANGES.search(m.text)]
    passed = f"{first.name} {first.day}, {second.name} {second.day}"
    if not changed:
        return passed
    return f"{passed} with changes; " + (
        f"agreed on one text {agreed[-1].day}" if agreed else "the two texts differ"
    )


def _since_passage(now: _Milestone, told: Sequence[_Milestone]) -> str:
    """What the other chamber has done with a bill that the first one passed."""
    later = [m for m in told if m.name in _IN_THE_OTHER and (m.day > now.day or m.name == _RECEIVED)]
    if not later:
        return ""
    furthest = max(later, key=lambda m: _IN_THE_OTHER.index(m.name))
    return f"; {furthest.name} in the {'Senate' if now.name == PASSED_HOUSE else 'House'} {furthest.day}{_calendar(later)}"


def _calendar(told: Sequence[_Milestone]) -> str:
    numbers = [match[1] for m in told if m.name == CALENDAR and (match := _CALENDAR_NUMBER.search(m.text))]
    return f", Calendar No. {numbers[-1]}" if numbers else ""
