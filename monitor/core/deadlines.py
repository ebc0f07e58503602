"""The dates by which something is due, as an item's details state them: what each is for, and what it was before.

A kind of source names such a detail `deadline`, `reply_deadline` or `estimated_deadline`, a meeting's is its `date`. What
else a source may print there (words, a wrong date) stays a detail.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from monitor.core.dates import parse_when
from monitor.core.digests import Deadline
from monitor.core.evidence import FieldChange, Value

# Every detail that states a date by which something is due, with what that is where the item's kind says no more.
_COMMENTS = "comments close"
_USUAL: Mapping[str, str] = {
    "deadline": _COMMENTS,
    "reply_deadline": "reply comments close",
    "estimated_deadline": "applications close, estimated",
}
_OF_KIND: Mapping[str, Mapping[str, str]] = {
    "opportunity": {"deadline": "applications close"},
    "meeting": {"date": "meeting"},
}
_PREFIX = "details."
# The words of the document itself that explain a date, by the detail that holds the date.
_WORDS: Mapping[str, str] = {"deadline": "deadline_note"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Restated:
    """A revision of the item at a position of the log, with the fields that it changed; `withdrawn` for a withdrawal."""

    position: int
    fields: Sequence[FieldChange] = ()
    withdrawn: bool = False


def is_stated_by(change: FieldChange) -> bool:
    """Whether the change of this field states, moves or takes back a date by which something is due."""
    return change.field.removeprefix(_PREFIX) in _USUAL and change.field.startswith(_PREFIX)


def deadlines_of(
    kind: str, details: Mapping[str, str], history: Sequence[Restated], first_position: int = 0
) -> tuple[Deadline, ...]:
    """What is due, the earliest first, of an item with these details now.

    `history` are its revisions and withdrawals in the order of the log, `first_position` where it was published.
    """
    found = [
        _deadline(name, what, details, history, first_position)
        for name, what in _names_of(kind).items()
        if _read(details.get(name, ""))
    ]
    return tuple(sorted(found, key=lambda each: (each.when, each.what)))


def _names_of(kind: str) -> Mapping[str, str]:
    return {**_USUAL, **_OF_KIND.get(kind, {})}


def _deadline(
    name: str, what: str, details: Mapping[str, str], history: Sequence[Restated], first_position: int
) -> Deadline:
    dates = list(_stated(name, history))
    now = _read(details[name])
    before = [old for old, _ in dates if old and old != now]
    return Deadline(
        what=what,
        when=now,
        moved_from=before[-1] if before else "",
        quote=details.get(_WORDS.get(name, ""), ""),
        position=max([first_position, *(position for _, position in dates)]),
        moves=_moves(name, history),
        cancelled=bool(history) and history[-1].withdrawn,
    )


def _stated(name: str, history: Sequence[Restated]) -> Iterator[tuple[str, int]]:
    """Each date that was replaced, and where."""
    for restated in history:
        for change in restated.fields:
            if change.field == f"{_PREFIX}{name}" and _read(change.old) != _read(change.new):
                yield _read(change.old), restated.position


def _moves(name: str, history: Sequence[Restated]) -> int:
    """How often the date was moved; that its item was taken away and came back counts two, for both are moves."""
    moved = sum(1 for old, _ in _stated(name, history) if old)
    gone = [restated.withdrawn for restated in history]
    returned = sum(before and not after for before, after in pairwise(gone))
    return moved + 2 * returned


def _read(value: Value) -> str:
    """The date in the one form in which dates are told: a day or an instant in UTC; nothing where there is none."""
    when = parse_when(value) if isinstance(value, str) else None
    return str(when) if when else ""
