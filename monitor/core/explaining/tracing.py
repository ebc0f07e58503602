"""Explains one subject and one item: each condition, each term, what was found and what was missed by how much.

Every answer is the matcher's own (`probing`), term by term; here they are put together as `Matcher` puts them together.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from monitor.core.evidence import Evidence
from monitor.core.explaining.near_misses import misses
from monitor.core.explaining.neighbours import beside, nearness
from monitor.core.explaining.probing import Probe, text_of
from monitor.core.explaining.relatives import relatives
from monitor.core.explaining.traces import Condition, Group, Neighbour, Place, TermTrace, Trace
from monitor.core.matching.matcher import key_pattern
from monitor.core.matching.recognition import Document
from monitor.core.term_names import named_apart
from monitor.core.watchlists import FIELDS, Subject, Term, Watchlist, is_acronym
from monitor.core.wording import listed

# How much of what stands around quoted words is told, in characters.
_AROUND = 60
# Fewer than half of a phrase's words are nothing that came near.
_WORTH_NAMING = 15

_Grouped = tuple[Group, Term]
_Found = tuple[Evidence, ...]


def explain(
    document: Document,
    watchlist: Watchlist,
    subject: Subject,
    others: Sequence[Watchlist] = (),
    *,
    details: Sequence[str] = (),
) -> Trace:
    """Why the subject recognises the document, or does not.

    `others` are the watchlists whose subjects may watch the same words; `details` names the document's details, in order.
    """
    checked = Checked(subject)
    found = checked.ask(document)
    conditions = checked.conditions(document, found)
    terms = tuple(_terms(document, checked.terms, found, details))
    matches = all(condition.holds for condition in conditions)
    nearest = _nearest(conditions, terms)
    shown = [term for term in terms if term.found or term is nearest]
    words = [place.evidence for term in shown for place in term.places]
    return Trace(
        key=document.key,
        watchlist=watchlist.id,
        subject=subject.id,
        name=subject.name,
        matches=matches,
        score=max((term.score for term in terms if term.group != "none"), default=0) if matches else 0,
        keys=subject.keys,
        conditions=conditions,
        terms=terms,
        nearest=nearest,
        relatives=relatives(document, others, (watchlist.id, subject.id), words),
    )


class Checked:
    """A subject made ready, so that each of its conditions can be told of many documents."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self.terms: tuple[_Grouped, ...] = (
            *(("all", term) for term in subject.all),
            *(("any", term) for term in subject.any),
            *(("none", term) for term in subject.none),
        )
        self._probe = Probe([term for _, term in self.terms])

    def ask(self, document: Document) -> list[_Found]:
        """What each of `terms` finds."""
        return self._probe.ask(document)

    def conditions(self, document: Document, found: Sequence[_Found]) -> tuple[Condition, ...]:
        """Those conditions that the subject has, and whether they hold."""
        return tuple(self._conditions(document, found))

    def _conditions(self, document: Document, found: Sequence[_Found]) -> Iterator[Condition]:
        if keys := self._subject.keys:
            fitting = sum(bool(key_pattern(pattern).fullmatch(document.key)) for pattern in keys)
            yield Condition(name="keys", holds=fitting > 0, found=fitting, of=len(keys))
        for name in ("all", "any", "none"):
            there = [bool(one) for (group, _), one in zip(self.terms, found, strict=True) if group == name]
            holds = {"all": all(there), "any": any(there), "none": not any(there)}[name]
            if there:
                yield Condition(name=name, holds=holds, found=sum(there), of=len(there))


def met(checked: Checked, document: Document) -> str:
    """How a subject's conditions were met: `all 2 of 2; any 1 of 5; none clear; VINES near “NSF”, 3 words before`.

    Nothing where they are not.
    """
    found = checked.ask(document)
    conditions = checked.conditions(document, found)
    if not all(condition.holds for condition in conditions):
        return ""
    near = (nearness(document, term, there) for (_, term), there in zip(checked.terms, found, strict=True))
    return "; ".join([*map(_met, conditions), *dict.fromkeys(filter(None, near))])


def _met(condition: Condition) -> str:
    if condition.name == "none":
        return "none clear"
    if condition.name == "keys":
        return "keys fit"
    return f"{condition.name} {condition.found} of {condition.of}"


def _terms(
    document: Document, terms: Sequence[_Grouped], found: Sequence[_Found], details: Sequence[str]
) -> Iterator[TermTrace]:
    asked = list(zip(terms, found, strict=True))
    absent = [term for (group, term), there in asked if not there and group != "none"]
    missed = dict(zip(absent, misses(document, absent), strict=True))
    labels = named_apart([term for _, term in terms])
    for label, ((group, term), there) in zip(labels, asked, strict=True):
        miss = missed.get(term) if group != "none" and not there else None
        shown = miss.evidence if miss else there
        yield TermTrace(
            group=group,
            term=term.written,
            label=label,
            kind=term.kind,
            asks=asks(term),
            line=term.line,
            found=bool(there),
            score=max((one.score for one in there), default=0),
            places=tuple(
                _place(document, one, miss.neighbour if miss else beside(document, term, one), details)
                for one in shown
            ),
            failures=miss.failures if miss else (),
            closeness=miss.closeness if miss else 100 * bool(there),
        )


def _place(document: Document, evidence: Evidence, near: Neighbour | None, details: Sequence[str]) -> Place:
    text = text_of(document, evidence.field)
    name, _, index = evidence.field.rstrip("]").partition("[")
    return Place(
        evidence=evidence,
        before=_before(text, evidence.start),
        after=_after(text, evidence.end),
        detail=details[int(index)] if name == "details" and int(index) < len(details) else "",
        neighbour=near,
    )


def _before(text: str, start: int) -> str:
    """Whole words before a place; one that is too long to be told whole is cut."""
    if start <= _AROUND:
        return text[:start]
    told = text[start - _AROUND : start]
    return f"… {told.partition(' ')[2] if ' ' in told[:-1] else told}"


def _after(text: str, end: int) -> str:
    if len(text) - end <= _AROUND:
        return text[end:]
    told = text[end : end + _AROUND]
    return f"{told.rpartition(' ')[0] if ' ' in told[1:] else told} …"


def _nearest(conditions: Sequence[Condition], terms: Sequence[TermTrace]) -> TermTrace | None:
    """Of the terms that are missing for a match the one that came nearest, if any came near."""
    failing = {condition.name for condition in conditions if not condition.holds}
    missing = [
        term for term in terms if term.group in failing and not term.found and term.closeness >= _WORTH_NAMING
    ]
    return max(missing, key=lambda term: term.closeness, default=None)


def asks(term: Term) -> str:
    """What a term asks besides its words, in words."""
    return "; ".join(_asked(term))


def _asked(term: Term) -> Iterator[str]:
    if term.kind == "regex":
        yield "a pattern"
    if term.case:
        yield "as an acronym: capitals matter" if is_acronym(term.text) else "capitals matter"
    if term.fuzzy:
        yield f"likeness from {term.fuzzy}"
    if term.near:
        near = "near " + ", ".join(term.near)
        yield f"{near} (at most {term.within} words between)"
    usual = (*FIELDS, "url") if term.kind == "id" else FIELDS
    if set(term.fields) != set(usual):
        yield f"in {listed(term.fields)} only"
