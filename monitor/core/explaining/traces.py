"""Why a subject recognises an item, or why it does not: what an explanation says, condition by condition, term by term."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from monitor.core.evidence import Evidence

# What of a term was not as it must be.
Lack = Literal[
    "field", "near", "capitals", "ending", "word", "joint", "likeness", "congress", "number", "kind", "part", "reading",
    "citation", "some words", "nothing",
]  # fmt: skip
Group = Literal["all", "any", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """The word of `near` that stands nearest: its own words in the text, and how many words stand between."""

    word: str
    quote: str
    between: int
    side: Literal["before", "after"]

    def in_words(self) -> str:
        """`near “NSF”, 3 words before`."""
        count = f"{self.between} {'word' if self.between == 1 else 'words'}" if self.between else "right"
        return f"near “{self.quote}”, {count} {self.side}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Words of the item, with some of what stands around them. `detail` is the name of a field of `details`."""

    evidence: Evidence
    before: str = ""
    after: str = ""
    detail: str = ""
    neighbour: Neighbour | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One thing that a term asks and the item does not have. `by` is how much is missing, where that can be counted.

    It counts words too many, points of likeness, Congresses, or words that are not there.
    """

    lack: Lack
    says: str
    by: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """What came nearest to a term, where it stands, and what it lacks. `closeness` is from 0 (nothing) to 99."""

    evidence: tuple[Evidence, ...] = ()
    neighbour: Neighbour | None = None
    failures: tuple[Failure, ...]
    closeness: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TermTrace:
    """One term. Where it is not found, `places` hold what came nearest, and `failures` all that this lacks.

    `label` is the term with its options, and no other term of the subject has the same.
    `closeness` is 100 where it is found, 0 where nothing like it is there; between, it only serves to compare.
    """

    group: Group
    term: str
    label: str
    kind: str
    asks: str
    line: int
    found: bool
    score: int = 0
    places: tuple[Place, ...] = ()
    failures: tuple[Failure, ...] = ()
    closeness: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One of a subject's conditions: `found` of `of` terms (for `keys`, of patterns that fit)."""

    name: Literal["keys", "all", "any", "none"]
    holds: bool
    found: int
    of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Relative:
    """A term of another subject whose words hold those that were found here, or are held in them, or are the same.

    `stands`: it is found in the item over these words. `matches`: that subject recognises the item.
    """

    watchlist: str
    subject: str
    term: str
    relation: Literal["longer", "shorter", "same"]
    words: str
    stands: bool
    matches: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """Everything that decides whether one subject recognises one item. Only those conditions stand that the subject has."""

    key: str
    watchlist: str
    subject: str
    name: str
    matches: bool
    score: int
    keys: tuple[str, ...]
    conditions: tuple[Condition, ...]
    terms: tuple[TermTrace, ...]
    nearest: TermTrace | None
    relatives: tuple[Relative, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What the log once recorded of subject and item: that it matched, or (`reason`) that it does not any more."""

    position: int
    recorded_at: str
    matched: bool
    revision: int = 0
    origin: str = ""
    score: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A trace, and what the log holds of it.

    `title`, `revision` and `unread` (why the full text could not be looked into) are the item's. `in_force` is the
    position of the watchlist's revision, None where it was read from the disk.
    """

    title: str
    revision: int
    in_force: int | None
    unread: str
    trace: Trace
    rulings: tuple[Ruling, ...]
