"""What an event shows for what it says: the words that a term recognised, a field before and after."""

from __future__ import annotations

from dataclasses import dataclass

Value = str | list[str] | dict[str, str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """One field of a revision, before and after. A body is named by its hash, a date by its text."""

    field: str
    old: Value
    new: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Why: the words of the item that a term recognised. `start` and `end` count characters of that field."""

    field: str
    start: int
    end: int
    quote: str
    term: str
    rule: str
    score: int
