"""Which citation of a document is nearest to one that it does not have: another Congress, another kind, a typing error."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from monitor.core import wording
from monitor.core.bills import ordinal
from monitor.core.citations import Citation, covers, parse
from monitor.core.evidence import Evidence
from monitor.core.explaining.probing import EVERYWHERE, ask
from monitor.core.explaining.traces import Failure
from monitor.core.matching.recognition import Document, cited
from monitor.core.watchlists import FIELDS, Term

_BILL = re.compile(r"bill:(\d+|\?)-([a-z]+)-(\d+)")
_LAST_NUMBER = re.compile(r"(.*?)(\d+)")
# A digit of a shorter number that differs is another number, and hardly a typing error.
_FEWEST_DIGITS = 3

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
    return _mistyped(wanted, found)


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
    return _mistyped(wanted[0], found[0])


def _mistyped(wanted: str, found: str) -> tuple[Failure, int] | None:
    """Another number of the same series, a typing error away; how far apart two numbers are means nothing."""
    one, other = _LAST_NUMBER.fullmatch(wanted), _LAST_NUMBER.fullmatch(found)
    if one is None or other is None or one[1] != other[1] or ":" not in one[1]:
        return None
    slip = _slip(one[2], other[2])
    if not slip:
        return None
    says = f"another number, {slip}: {_called(found)}, and the term wants {_called(wanted)}"
    return Failure(lack="number", says=says), 10


def _slip(wanted: str, found: str) -> str:
    """How the digits of one number may have been typed for another's; nothing where they were not."""
    if len(wanted) != len(found) or len(wanted) < _FEWEST_DIGITS:
        return ""
    differ = [at for at, (one, other) in enumerate(zip(wanted, found, strict=True)) if one != other]
    if len(differ) == 1:
        return "with one other digit"
    is_swapped = len(differ) == 2 and differ[1] == differ[0] + 1
    swapped = is_swapped and wanted[differ[0]] + wanted[differ[1]] == found[differ[1]] + found[differ[0]]
    return "with two digits swapped" if swapped else ""


def as_citation(document: Document, term: Term) -> tuple[Evidence, Failure] | None:
    """Where a text that reads as a citation would be found if it were an `id`, and what it lacks as a text."""
    id_ = parse(term.text) if term.kind == "text" else ""
    if not id_:
        return None
    ((*found,),) = ask(document, [Term(kind="id", text=id_, written=term.written, fields=(*FIELDS, "url"))])
    if not found:
        return None
    where = "it is the item's own number" if found[0].field == "key" else "it is cited there"
    into = f"this term is a text and looks only into {wording.listed(term.fields)}"
    says = f"{where}, and {into}; as `id` it would match"
    return replace(found[0], score=0), Failure(lack="citation", says=says)


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
