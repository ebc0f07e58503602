"""How a term that names a document is recognised: the item is that document, or cites it.

A bill whose Congress nobody stated scores less than one whose Congress is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from monitor.core import citations
from monitor.core.citations import Citation
from monitor.core.evidence import Evidence
from monitor.core.watchlists import Term

EXACT = 100
# A Congress that was inferred from a date, or left open by the term; and one that nothing tells at all.
CONGRESS_INFERRED = 75
CONGRESS_UNKNOWN = 50


def named(term: Term, names: Iterable[tuple[str, str]]) -> Iterator[Evidence]:
    """The first of an item's labelled names that is what the term names, if any: its key, or what it states to belong to."""
    for label, name in names:
        if not citations.covers(term.text, name):
            continue
        rule = "key" if label == "key" else "citation"
        score = EXACT
        if term.text.startswith("bill:?-"):
            rule, score = f"{rule}, any Congress", CONGRESS_INFERRED
        yield Evidence(
            field=label, start=0, end=len(name), quote=name, term=term.written, rule=rule, score=score
        )
        return


def cited(term: Term, found: Iterable[Citation], *, label: str, source: str) -> Iterator[Evidence]:
    """Those of the citations in a text that are of what the term names. `label` is the text's, `source` its words."""
    for citation in found:
        if not citations.covers(term.text, citation.id):
            continue
        rule, score = certainty(term.text, citation)
        yield Evidence(
            field=label,
            start=citation.start,
            end=citation.end,
            quote=source[citation.start : citation.end],
            term=term.written,
            rule=rule,
            score=score,
        )


def certainty(wanted: str, citation: Citation) -> tuple[str, int]:
    """The rule by which a citation is of what is wanted, and its score."""
    if citation.provenance == "unknown":
        return "citation, Congress unknown", CONGRESS_UNKNOWN
    if wanted.startswith("bill:?-"):
        return "citation, any Congress", CONGRESS_INFERRED
    if citation.provenance == "inferred":
        return "citation, Congress inferred", CONGRESS_INFERRED
    return "citation", EXACT
