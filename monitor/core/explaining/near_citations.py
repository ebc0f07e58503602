"""Which citation of a document is nearest to one that it does not have: another Congress, another kind, a number beside."""

from __future__ import annotations

import re
from collections.abc import Iterator

from monitor.core import wording
from monitor.core.bills import ordinal
from monitor.core.citations import Citation, covers
from monitor.core.evidence import Evidence
from monitor.core.explaining.probing import EVERYWHERE, ask
from monitor.core.explaining.traces import Failure
from monitor.core.matching.recognition import Document, cited
from monitor.core.watchlists import Term

_BILL = re.compile(r"bill:(\d+|\?)-([a-z]+)-(\d+)")
_LAST_NUMBER = re.compile(r"(.*?)(\d+)")
# Beyond so many numbers two documents have nothing in common but their kind.
_BESIDE = 20

_Near = tuple[Evidence | None, Failure, int]


def nearest(document: Document, term: Term) -> _Near:
    """What comes nearest to an id that is not found, what this lacks, and how near it is, from 0 to 99."""
    found = list(_cited(document, term))
    return max(found or [_as_read_otherwise(document, term)], key=lambda near: near[2])


def _cited(document: Document, term: Term) -> Iterator[_Near]:
    for label, field, words, citation in cited(document):
        if told := _compared(term, citation, seen=not field or field in term.fields):
            failure, closeness = told
            start, end = citation.start, citation.end
            rule = "key" if label == "key" else "citation"
            quoted = Evidence(
                field=label, start=start, end=end, quote=words, term=term.written, rule=rule, score=0
            )
            yield quoted, failure, closeness


def _compared(term: Term, citation: Citation, *, seen: bool) -> tuple[Failure, int] | None:
    """How a citation differs from the one wanted, where they have anything in common."""
    wanted, found = term.text, citation.id
    if covers(wanted, found):
        if seen:
            return None
        says = f"the term does not look into that field, only into {wording.listed(term.fields)}"
        return Failure(lack="field", says=says), 90
    if (bill := _BILL.fullmatch(wanted)) and (other := _BILL.fullmatch(found)):
        return _compared_bills(bill, other, citation)
    if wanted.startswith((f"{found}.", f"{found}(")):
        says = f"{_called(found)} is cited as a whole, and the term wants its part {_called(wanted)}"
        return Failure(lack="part", says=says), 60
    return _beside(wanted, found)


def _compared_bills(
    wanted: re.Match[str], found: re.Match[str], citation: Citation
) -> tuple[Failure, int] | None:
    if wanted[2] == found[2] and wanted[3] == found[3]:
        how = " (by the date, for nothing else tells it)" if citation.provenance == "inferred" else ""
        congress, other = int(wanted[1]), int(found[1])
        says = f"that is the one of the {ordinal(other)} Congress{how}, and the term wants the {ordinal(congress)}"
        return Failure(lack="congress", says=says, by=abs(congress - other)), 75
    if wanted[3] == found[3]:
        same = "?" in {wanted[1], found[1]} or wanted[1] == found[1]
        says = (
            f"the same number of another kind: {_called(found[0])}, and the term wants {_called(wanted[0])}"
        )
        return Failure(lack="kind", says=says), 55 if same else 40
    return _beside(wanted[0], found[0])


def _beside(wanted: str, found: str) -> tuple[Failure, int] | None:
    """Another number of the same series, not far from it."""
    one, other = _LAST_NUMBER.fullmatch(wanted), _LAST_NUMBER.fullmatch(found)
    if one is None or other is None or one[1] != other[1] or ":" not in one[1]:
        return None
    by = abs(int(one[2][:18]) - int(other[2][:18]))
    if not 0 < by <= _BESIDE:
        return None
    says = f"another number: {_called(found)}, {by} away from {_called(wanted)}"
    return Failure(lack="number", says=says, by=by), 30 - by


def _as_read_otherwise(document: Document, term: Term) -> _Near:
    """Its number in words that do not read as this citation; else nothing."""
    number = term.text.rpartition("-")[2] if term.text.startswith("bill:") else term.text.partition(":")[2]
    nothing = Failure(lack="nothing", says="it is not cited, and neither is anything like it")
    if sum(map(str.isdigit, number)) < 2:
        return None, nothing, 0
    pattern = rf"(?:^|[^\pL\pN])(?P<quote>(?:[\pL.]{{1,12}}[ .]?){{0,2}}{re.escape(number)})(?:$|[^\pL\pN])"
    asked = Term(kind="regex", text=pattern, written=term.written, fields=EVERYWHERE)
    ((*found,),) = ask(document, [asked])
    if not found:
        return None, nothing, 0
    says = f"the number stands there, “{found[0].quote}”, and does not read as {_called(term.text)}"
    return found[0], Failure(lack="reading", says=says), 25


def _called(id_: str) -> str:
    """How people cite it: `H.R. 1060 (117th)`, `15 CFR 744.11`."""
    scheme, _, rest = id_.partition(":")
    title, _, part = rest.partition("-")
    if scheme in {"cfr", "usc"}:
        return f"{title} {'CFR' if scheme == 'cfr' else 'U.S.C.'} {part}"
    if id_.startswith("bill:?-"):
        return f"{wording.citation(id_.replace('?', '1', 1)).partition(' (')[0]} (any Congress)"
    return wording.citation(id_) or id_
