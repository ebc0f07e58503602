"""Terms that an item offers to whoever wants to follow its subject: citations, quoted titles, names, acronyms.

`candidates` reads them out of the item's own words; `chosen` keeps those that are worth a rule, by what each would have
met in the log.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from monitor.core import citations
from monitor.core.text import fold

How = Literal["citation", "quoted title", "name", "acronym"]
_QUOTED = re.compile(r"《([^》]{3,60})》|“([^”]{5,100})”|「([^」]{3,60})」")
_SMALL = r"(?:of|for|and|the|on|in|to|de)"
_NAME = re.compile(
    rf"\b[A-Z][\w&'’.-]*[\w](?:\s+(?:{_SMALL}\s+){{0,2}}[A-Z0-9][\w&'’.-]*[\w]){{1,9}}", re.ASCII
)
_DEFINED = re.compile(r"[(（]([A-Z][A-Za-z0-9&.-]{2,9})[)）]")
# Names that begin a title everywhere and say nothing of it.
_OPENINGS = re.compile(
    rf"^(?:(?:The|A|An|In|On|For|This|Notice|Request|Proposed|Final|Agency|{_SMALL})\s+)+", re.ASCII
)
_MOST = 8
# A term that meets more of the log than that tells little of one subject.
_TOO_OFTEN_PERCENT = 1
_FEW = 3
_ORDER: Sequence[How] = ("citation", "quoted title", "name", "acronym")


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A term, and where it comes from."""

    term: str
    how: How


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A term worth a rule: how many items of the log hold it, of them how many a reader found relevant or noise."""

    term: str
    how: How
    items: int
    relevant: int
    noise: int


def candidates(texts: Iterable[str], identifiers: Sequence[str] = ()) -> list[Candidate]:
    """The terms that an item's texts and identifiers offer, each once, in the order in which they stand."""
    found: dict[str, Candidate] = {}
    for text in texts:
        for candidate in _of(text, identifiers):
            found.setdefault(fold(candidate.term).lower, candidate)
    return list(found.values())


def _of(text: str, identifiers: Sequence[str]) -> Iterator[Candidate]:
    for citation in citations.find(text):
        if not citation.id.startswith("bill:?"):
            yield Candidate(term=citation.id, how="citation")
    for id_ in identifiers:
        if citations.parse(id_):
            yield Candidate(term=id_, how="citation")
    for match in _QUOTED.finditer(text):
        yield Candidate(term=next(filter(None, match.groups())).strip(" ,.，。"), how="quoted title")
    for match in _NAME.finditer(text):
        name = _OPENINGS.sub("", match[0])
        if " " in name:
            yield Candidate(term=name, how="name")
    for match in _DEFINED.finditer(text):
        yield Candidate(term=match[1], how="acronym")


def chosen(counted: Iterable[Suggestion], total: int) -> list[Suggestion]:
    """Those worth a rule: not noise alone, not in much of the log; what relevant items share first, at most 8."""
    most = max(_FEW, total * _TOO_OFTEN_PERCENT // 100)
    kept = [one for one in counted if one.items <= most and one.noise <= one.relevant]
    kept.sort(key=lambda one: (-one.relevant, _ORDER.index(one.how), one.items))
    return kept[:_MOST]
