"""Citations: bills, laws, dockets, calls and rules as people write them, brought to one id each.

    bill:117-hr-1060   law:116-129   frdoc:2024-01234   fr:89-12345   rin:0694-AJ60   cfr:15-744.11   usc:47-310(d)
    nsf:25-539   fcc:DA-25-123   fcc:FCC-24-5   fcc:DOC-425157   docket:21-186   docket:NTIA-2023-0009   grant:PD-21-7798
    ecfs:10328101177783

A bill cited without its Congress gets one from what is known, and carries how. `bill:?-hr-1060` is a bill whose
Congress nothing tells. Leading zeros mean nothing; document numbers of the Federal Register have as many as it prints
today. How each is written: `bill_forms`, `code_forms`, `document_forms`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from monitor.core.citations.bill_forms import BILL_FORMS, TYPES, UNKNOWN, congresses_named
from monitor.core.citations.code_forms import CODE_FORMS
from monitor.core.citations.document_forms import DOCUMENT_FORMS
from monitor.core.citations.forms import Citation, Provenance, readings
from monitor.core.records.register_documents import document_key
from monitor.core.text import Folded, fold

__all__ = ["Citation", "Provenance", "congress_of", "congress_on", "covers", "find", "parse"]

_FORMS = (*BILL_FORMS, *DOCUMENT_FORMS, *CODE_FORMS)


def congress_on(day: date) -> int:
    """The Congress that sat on `day`: a new one begins at noon on 3 January of each odd year."""
    year = day.year - 1 if day.year % 2 and (day.month, day.day) < (1, 3) else day.year
    return (year - 1789) // 2 + 1


def find(
    text: str | Folded,
    *,
    congress: int | None = None,
    published: date | None = None,
    known: Collection[str] = (),
) -> list[Citation]:
    """All citations in order of place, none inside another.

    A bill without a Congress takes, in this order: that of the same bill elsewhere in the text or in `known` (ids that
    this document is known to name), the only Congress that the text names, `congress` (the source's own), the one that
    sat when the text was `published`.
    """
    folded = text if isinstance(text, Folded) else fold(text)
    if not _DIGIT.search(folded.text):
        return []
    found = _without_overlaps(folded)
    if any(one.provenance == "unknown" for one in found):
        context = _Context(
            stated=_stated((*known, *(one.id for one in found))),
            congresses=congresses_named(folded.text, folded.lower),
            source=congress,
            published=published,
        )
        found = [context.resolve(one) for one in _sharing(found, folded.text)]
    return [_placed(one, folded) for one in found]


def parse(text: str) -> str | None:
    """The id of a text that is one citation, or a URL that holds one, and nothing else; or None.

    `H.R. 1060` alone gives `bill:?-hr-1060`.
    """
    folded = fold(text.strip().rstrip(".,;"))
    if canonical := _CANONICAL.fullmatch(folded.text):
        scheme, _, number = canonical[0].partition(":")
        return document_key(number) or None if scheme == "frdoc" else canonical[0]
    if _URL.fullmatch(folded.text):
        ids = {citation.id for citation in _without_overlaps(folded)}
        return ids.pop() if len(ids) == 1 else None
    whole = (0, len(folded.text))
    found = (one for one in readings(_FORMS, folded.text, folded.lower) if (one.start, one.end) == whole)
    return next((citation.id for citation in found), None)


def covers(wanted: str, found: str) -> bool:
    """Whether a citation `found` is what is `wanted`, or a part of it, or the same bill with a Congress unknown.

    `cfr:15-744` covers `cfr:15-744.11(a)`; `bill:?-hr-1060` covers, and is covered by, H.R. 1060 of any Congress.
    """
    if wanted == found:
        return True
    if wanted.startswith(("cfr:", "usc:")):
        return found.startswith((wanted + ".", wanted + "("))
    if wanted.startswith("bill:") and found.startswith("bill:"):
        (one, _, bill), (other, _, same) = wanted[5:].partition("-"), found[5:].partition("-")
        return bill == same and "?" in {one, other}
    return False


def congress_of(id_: str) -> int | None:
    """117 of `bill:117-hr-1060`; None of anything else."""
    match = _BILL_ID.fullmatch(id_)
    return int(match[1]) if match else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Context:
    """What a text and its document tell of the Congress. `stated` has each bill, as `hr-1060`, with its Congresses."""

    stated: dict[str, set[str]]
    congresses: set[int]
    source: int | None
    published: date | None

    def resolve(self, citation: Citation) -> Citation:
        """The citation with a Congress, if anything tells one."""
        if not citation.id.startswith(UNKNOWN):
            return citation
        bill = citation.id.removeprefix(UNKNOWN)
        same = self.stated.get(bill, set())
        if len(same) == 1:
            return _of(citation, min(same), "document")
        if len(self.congresses) == 1 and not same:
            return _of(citation, min(self.congresses), "document")
        if self.source:
            return _of(citation, self.source, "source")
        return _of(citation, congress_on(self.published), "inferred") if self.published else citation


def _of(citation: Citation, congress: int | str, provenance: Provenance) -> Citation:
    bill = citation.id.removeprefix(UNKNOWN)
    return replace(citation, id=f"bill:{congress}-{bill}", provenance=provenance)


def _stated(ids: Iterable[str]) -> dict[str, set[str]]:
    """Each bill of these ids with its Congresses: `hr-1060`, 117."""
    stated: dict[str, set[str]] = {}
    for match in filter(None, map(_BILL_ID.fullmatch, ids)):
        stated.setdefault(match[2], set()).add(match[1])
    return stated


def _sharing(found: Sequence[Citation], text: str) -> list[Citation]:
    """Bills that are joined share the Congress behind the last of them."""
    shared: list[Citation] = []
    for one in reversed(found):
        congress = _congress_behind(one, shared[-1], text) if shared else None
        shared.append(_of(one, congress, "document") if congress else one)
    return shared[::-1]


def _congress_behind(one: Citation, after: Citation, text: str) -> int | None:
    """The Congress of the bill that comes next, where it was not said before that one, and the two are joined."""
    is_named_first = text[after.start] not in "HhSs"
    if is_named_first or not one.id.startswith(UNKNOWN) or not _JOINED.fullmatch(text[one.end : after.start]):
        return None
    return congress_of(after.id)


def _placed(citation: Citation, folded: Folded) -> Citation:
    start, end = folded.span(citation.start, citation.end)
    return replace(citation, start=start, end=end)


def _without_overlaps(folded: Folded) -> list[Citation]:
    """The longest of those that begin first."""
    kept: list[Citation] = []
    for citation in sorted(
        readings(_FORMS, folded.text, folded.lower), key=lambda one: (one.start, -one.end)
    ):
        if not kept or citation.start >= kept[-1].end:
            kept.append(citation)
    return kept


_URL = re.compile(r"https?://\S+")
_DIGIT = re.compile(r"[0-9]")
# What stands between bills that share the Congress behind the last: `H.R. 1060 and S. 893 (117th)`.
_JOINED = re.compile(r",?\ (?:and|or|&)\ (?:the\ )?|,\ |\ ?/\ ?|-", re.VERBOSE)
_BILL_ID = re.compile(rf"bill:(\d{{2,3}})-((?:{'|'.join(TYPES)})-[1-9]\d*)", re.ASCII)
_CANONICAL = re.compile(
    rf"bill:(?:\d{{2,3}}|\?)-(?:{'|'.join(TYPES)})-[1-9]\d*|law:\d{{2,3}}-[1-9]\d*|frdoc:[A-Z0-9-]+-\d{{1,5}}|fr:\d+-\d+|"
    r"rin:\d{4}-[A-Z]{2}\d{2}|cfr:\d+-\d+\S*|usc:\d+-\d+\S*|nsf:\d{2}-[1-9]\d*|fcc:(?:FCC|DA)-\d{2}-[1-9]\d*|fcc:DOC-\d+|"
    r"docket:(?:\d{2}-[1-9]\d*|RM-\d+|[A-Z]{2,7}(?:-[A-Z0-9]+)+)|(?:grant|ecfs):\S+",
    re.ASCII,
)
