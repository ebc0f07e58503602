"""Citations: bills, laws, dockets, calls and rules as people write them, brought to one id each.

    bill:117-hr-1060   law:116-129   frdoc:2024-01234   fr:89-12345   rin:0694-AJ60   cfr:15-744.11   usc:47-310(d)
    nsf:25-539   fcc:DA-25-123   fcc:FCC-24-5   fcc:DOC-425157   docket:21-186   (and grant:…, ecfs:…, only in that form)

A bill cited without its Congress gets one from what is known, and carries how. `bill:?-hr-1060` is a bill whose
Congress nothing tells. Leading zeros mean nothing; document numbers of the Federal Register have as many as it prints today.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from monitor.core.register_documents import document_key
from monitor.core.text import Folded, fold

Provenance = Literal["stated", "document", "url", "source", "inferred", "unknown"]

_TYPES = ("hr", "s", "hjres", "sjres", "hconres", "sconres", "hres", "sres")
_TYPES_IN_URLS = {
    "house-bill": "hr",
    "senate-bill": "s",
    "house-joint-resolution": "hjres",
    "senate-joint-resolution": "sjres",
    "house-concurrent-resolution": "hconres",
    "senate-concurrent-resolution": "sconres",
    "house-resolution": "hres",
    "senate-resolution": "sres",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """One citation. `start` and `end` count characters of the text as it was given.

    `provenance` says where a bill's Congress comes from; all other citations state what they are, or stand in a URL.
    """

    id: str
    start: int
    end: int
    provenance: Provenance


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
    found = _without_overlaps(folded.text)
    named = {*known, *(citation.id for citation in found)}
    congresses = {int(match[1]) for match in _CONGRESS_NAMED.finditer(folded.text)}
    context = _Context(named=named, congresses=congresses, source=congress, published=published)
    return [_placed(context.resolve(citation), folded) for citation in found]


def parse(text: str) -> str | None:
    """The id of a text that is one citation, or a URL that holds one, and nothing else; or None.

    `H.R. 1060` alone gives `bill:?-hr-1060`.
    """
    folded = fold(text.strip().rstrip(".,;"))
    if canonical := _CANONICAL.fullmatch(folded.text):
        scheme, _, number = canonical[0].partition(":")
        return document_key(number) or None if scheme == "frdoc" else canonical[0]
    if _URL.fullmatch(folded.text):
        ids = {citation.id for citation in _without_overlaps(folded.text)}
        return ids.pop() if len(ids) == 1 else None
    whole = (0, len(folded.text))
    found = (
        citation for citation in _candidates(folded.text, _FORMS) if (citation.start, citation.end) == whole
    )
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
    """What a text and its document tell of the Congress."""

    named: set[str]
    congresses: set[int]
    source: int | None
    published: date | None

    def resolve(self, citation: Citation) -> Citation:
        if not citation.id.startswith("bill:?-"):
            return citation
        bill = citation.id.removeprefix("bill:?-")
        same = {id_ for id_ in self.named if id_.endswith(f"-{bill}") and congress_of(id_)}
        if len(same) == 1:
            return replace(citation, id=same.pop(), provenance="document")
        if len(self.congresses) == 1 and not same:
            return replace(citation, id=f"bill:{min(self.congresses)}-{bill}", provenance="document")
        if self.source:
            return replace(citation, id=f"bill:{self.source}-{bill}", provenance="source")
        if self.published:
            return replace(citation, id=f"bill:{congress_on(self.published)}-{bill}", provenance="inferred")
        return citation


def _placed(citation: Citation, folded: Folded) -> Citation:
    start, end = folded.span(citation.start, citation.end)
    return replace(citation, start=start, end=end)


def _without_overlaps(text: str) -> list[Citation]:
    """The longest of those that begin first."""
    kept: list[Citation] = []
    for citation in sorted(_candidates(text, _FORMS), key=lambda one: (one.start, -one.end)):
        if not kept or citation.start >= kept[-1].end:
            kept.append(citation)
    return kept


def _candidates(text: str, forms: tuple[_Form, ...]) -> Iterator[Citation]:
    """Every reading of every form."""
    for form in forms:
        for match in form.pattern.finditer(text):
            yield from form.read(match, form.provenance)


_Reader = Callable[[re.Match[str], Provenance], Iterator[Citation]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Form:
    """One way to write a citation, and how its match is read."""

    pattern: re.Pattern[str]
    read: _Reader
    provenance: Provenance = "stated"


def _written_as(template: str, *, most: dict[str, int] | None = None) -> _Reader:
    """Read the named groups into `template`; a group in `most` must be between 1 and that number."""

    def read(match: re.Match[str], provenance: Provenance) -> Iterator[Citation]:
        groups = match.groupdict()
        if all(1 <= int(groups[name]) <= limit for name, limit in (most or {}).items()):
            yield Citation(
                id=template.format_map(groups), start=match.start(), end=match.end(), provenance=provenance
            )

    return read


def _read_bill(match: re.Match[str], provenance: Provenance) -> Iterator[Citation]:
    kind = "".join(letter for letter in match["type"].lower() if letter.isalpha())
    congress = next((match[name] for name in _CONGRESS_GROUPS if match[name]), None)
    if congress or not _is_no_bill(match):
        id_ = f"bill:{congress or '?'}-{kind}-{match['number']}"
        how: Provenance = provenance if congress else "unknown"
        yield Citation(id=id_, start=match.start(), end=match.end(), provenance=how)


def _is_no_bill(match: re.Match[str]) -> bool:
    """An author and a year (`Smith, S. 2021`), a page of the Congressional Record, a bare `HR 2021`."""
    is_year = 1900 <= int(match["number"]) <= 2099
    before = match.string[max(0, match.start() - 30) : match.start()]
    return bool(
        (is_year and (_AUTHOR.search(before) or match["type"] == "HR")) or _PAGE_OF_RECORD.search(before),
    )


def _read_bill_in_url(match: re.Match[str], provenance: Provenance) -> Iterator[Citation]:
    kind = _TYPES_IN_URLS[match["type"].lower()]
    id_ = f"bill:{match['congress']}-{kind}-{match['number']}"
    yield Citation(id=id_, start=match.start(), end=match.end(), provenance=provenance)


def _read_dockets(match: re.Match[str], provenance: Provenance) -> Iterator[Citation]:
    """One citation for each number of a list: `Docket Nos. 19-348, 22-204 and 23-65`."""
    for index, number in enumerate(_DOCKET_NUMBER.finditer(match["list"])):
        start = match.start("list") + number.start() if index else match.start()
        id_ = f"docket:{number[1]}-{int(number[2])}"
        yield Citation(id=id_, start=start, end=match.start("list") + number.end(), provenance=provenance)


def _read_slug(match: re.Match[str], provenance: Provenance) -> Iterator[Citation]:
    """`nsf25539`, `nsf25-539`: three digits, or any after a dash."""
    id_ = f"nsf:{match['year']}-{int(match['number'].removeprefix('-'))}"
    yield Citation(id=id_, start=match.start(), end=match.end(), provenance=provenance)


def _read_register_document(match: re.Match[str], provenance: Provenance) -> Iterator[Citation]:
    """`FR Doc. 2012-7333`, which the Register also prints as 2012-07333."""
    id_ = document_key(match["number"])
    yield Citation(id=id_, start=match.start(), end=match.end(), provenance=provenance)


def _read_register_page(match: re.Match[str], provenance: Provenance) -> Iterator[Citation]:
    id_ = f"fr:{match['volume']}-{match['page'].replace(',', '')}"
    yield Citation(id=id_, start=match.start(), end=match.end(), provenance=provenance)


def _read_fcc(match: re.Match[str], provenance: Provenance) -> Iterator[Citation]:
    id_ = f"fcc:{match['series'].upper()}-{match['year']}-{int(match['number'])}"
    yield Citation(id=id_, start=match.start(), end=match.end(), provenance=provenance)


def _form(pattern: str, read: _Reader, provenance: Provenance = "stated", flags: int = 0) -> _Form:
    # ASCII: 了 and 法 are word characters to Unicode, and stand right beside H.R. 3003 in Chinese text.
    return _Form(pattern=re.compile(pattern, re.ASCII | re.VERBOSE | flags), read=read, provenance=provenance)


_URL = re.compile(r"https?://\S+")
_DIGIT = re.compile(r"[0-9]")
_DOCKET_NUMBER = re.compile(r"([0-9]{2})-([0-9]{1,4})")
_AUTHOR = re.compile(r"[A-Z][a-z'-]+,\ (?:[A-Z]\.[ -]?)*$|[A-Z]\.\ ?$|&\ $|\bet\ al\.,?\ $")
_PAGE_OF_RECORD = re.compile(r"(?:Rec(?:ord|\.)?|\bCR|\bpages?|\bpp?\.|[Rr]oom|\bU\.),?\ ?$")
_BILL_ID = re.compile(rf"bill:(\d{{2,3}})-(?:{'|'.join(_TYPES)})-[1-9]\d*", re.ASCII)
_CANONICAL = re.compile(
    rf"bill:(?:\d{{2,3}}|\?)-(?:{'|'.join(_TYPES)})-[1-9]\d*|law:\d{{2,3}}-[1-9]\d*|frdoc:[A-Z0-9-]+-\d{{1,5}}|fr:\d+-\d+|"
    r"rin:\d{4}-[A-Z]{2}\d{2}|cfr:\d+-\d+\S*|usc:\d+-\d+\S*|nsf:\d{2}-[1-9]\d*|fcc:(?:FCC|DA)-\d{2}-[1-9]\d*|fcc:DOC-\d+|"
    r"docket:\d{2}-[1-9]\d*|(?:grant|ecfs):\S+",
    re.ASCII,
)

# The 80th (1947) to the 149th: enough for every modern citation, and it keeps ages and percentages out.
_CONGRESS = r"(?:[89]\d|1[0-4]\d)"
_ORDINAL = r"(?:st|nd|rd|th)"
_CONGRESS_NAMED = re.compile(rf"\b({_CONGRESS}){_ORDINAL}[ -]Cong(?:ress\b|\.)", re.ASCII | re.IGNORECASE)
_CONGRESS_GROUPS = ("before", "bracketed", "spelled")
_BEFORE = rf"(?:(?P<before>{_CONGRESS}){_ORDINAL}\ Cong(?:ress|\.),?\ )?"
_AFTER = rf"""(?:
    ,?\ ?[\[(](?P<bracketed>{_CONGRESS})(?:{_ORDINAL})?(?:\ (?:U\.?S\.?\ )?Cong(?:ress|\.)?)?[\])]?
  | ,?\ (?:(?:of|in|from)\ the\ )?(?P<spelled>{_CONGRESS}){_ORDINAL}(?:\ (?:U\.?S\.?\ )?Cong(?:ress\b|\.)?)
)"""
_NUMBER = r"[ .-]?\ ?(?:No\.\ ?)?(?P<number>[1-9]\d{0,4})"
_END = r"(?!\w|\ ?%|/\d|[-.,]\d)"
_RESOLUTION = r"(?i:con\.?\ ?res\.?|j\.?\ ?res\.?|res\.?)"
_MACHINE_TYPE = rf"(?P<type>{'|'.join(sorted(_TYPES, key=len, reverse=True))})"
_NO_OTHERS = r"(?P<before>\b\B)?(?P<bracketed>\b\B)?"

_BILL = _form(
    rf"(?<![\w.&'-]){_BEFORE}(?P<type>[HS]\.?\ ?{_RESOLUTION}|(?i:h\.\ ?r\.?)|HR|S\.){_NUMBER}{_AFTER}?{_END}",
    _read_bill,
)
_BILL_BARE = _form(rf"(?<![\w.&'-])(?P<before>\b\B)?(?P<type>S){_NUMBER}{_AFTER}{_END}", _read_bill)
_FORMS = (
    _BILL,
    _BILL_BARE,
    _form(
        rf"(?<![\w-])(?:BILLS(?:TATUS|UM)?-|(?!\d+s\d)){_NO_OTHERS}(?P<spelled>{_CONGRESS})(?P<joint>-?){_MACHINE_TYPE}(?P=joint)"
        r"(?P<number>[1-9]\d{0,4})(?:[a-z]{2,4}\d?)?(?![\w])",
        _read_bill,
        flags=re.IGNORECASE,
    ),
    _form(
        rf"(?<![\w-]){_NO_OTHERS}{_MACHINE_TYPE}(?P<number>[1-9]\d{{0,4}})-(?P<spelled>{_CONGRESS})(?![\w-])",
        _read_bill,
        flags=re.IGNORECASE,
    ),
    _form(
        rf"bills?/{_NO_OTHERS}(?P<spelled>{_CONGRESS})/{_MACHINE_TYPE}/?(?P<number>[1-9]\d{{0,4}})(?!\w)",
        _read_bill,
        "url",
        re.IGNORECASE,
    ),
    _form(
        rf"bill/(?P<congress>{_CONGRESS}){_ORDINAL}-congress/(?P<type>{'|'.join(_TYPES_IN_URLS)})/(?P<number>[1-9]\d{{0,4}})(?!\w)",
        _read_bill_in_url,
        "url",
        re.IGNORECASE,
    ),
    _form(
        r"\b(?:(?i:pub(?:lic|\.)?\ ?l(?:aw|\.)?)|P\.?\ ?L\.?)\ ?(?:(?i:nos?)[.:]{0,2}\ ?)?"
        r"(?P<congress>\d{2,3})-0*(?P<number>[1-9]\d{0,3})(?![\w-])",
        _written_as("law:{congress}-{number}", most={"congress": 199}),
    ),
    _form(
        r"\bPLAW-(?P<congress>\d{2,3})publ0*(?P<number>[1-9]\d{0,3})(?!\d)",
        _written_as("law:{congress}-{number}"),
        "url",
    ),
    _form(
        r"\bFR\ ?Doc(?:ument)?\.?\ ?(?:Nos?[.:]{0,2}\ ?)?(?P<number>(?:[CRXZ]\d?-)?(?:[EZ]\d|\d{4}|\d{2})-\d{3,5})(?![\w-])",
        _read_register_document,
    ),
    _form(
        r"federalregister\.gov/(?:api/v1/)?(?:d|a|documents)/(?:\d{4}/\d{2}/\d{2}/)?"
        r"(?P<number>(?:[CRXZ]\d?-)?(?:[EZ]\d|\d{4}|\d{2})-\d{3,5})(?![\d-])",
        _read_register_document,
        "url",
    ),
    _form(
        r"(?<![\w.$-])(?P<volume>[1-9]\d{0,2})\ (?:FR|F\.R\.|Fed\.\ ?Reg\.)\ (?:at\ )?(?P<page>\d{1,3},\d{3}|\d{1,6})(?![\w%]|[,.]\d)",
        _read_register_page,
    ),
    _form(
        r"\b(?:RINs?:?\ ?(?:Nos?\.?:?\ ?)?)?(?P<rin>\d{4}-[A-Z]{2}\d{2})(?![\w-])", _written_as("rin:{rin}")
    ),
    _form(
        r"(?<![\w.-])(?P<title>\d{1,2})\ ?(?:CFR|C\.\ ?F\.\ ?R\.)\ ?(?:(?i:parts?|sec(?:tions?|s?\.))\ |,\ |§{1,2}\ ?)?"
        r"(?P<part>[1-9]\d{0,3}(?:\.\d+[a-z]?(?:-\d+[a-z]?)?)?(?:\([A-Za-z0-9]{1,5}\))*)(?!\w)",
        _written_as("cfr:{title}-{part}", most={"title": 50}),
    ),
    _form(
        r"(?<![\w.-])(?P<title>\d{1,2})\ ?(?:USC|U\.\ ?S\.\ ?C\.)(?:A\.|S\.)?\ ?(?:(?i:sec(?:tions?|s?\.))\ |§{1,2}\ ?)?"
        r"(?P<section>[1-9]\d{0,4}(?:[A-Za-z]{1,3}(?:-\d{1,3}[a-z]?)?)?(?:\([A-Za-z0-9]{1,5}\))*)(?!\w)",
        _written_as("usc:{title}-{section}", most={"title": 54}),
    ),
    _form(
        r"\bNSF(?:\ (?:program\ )?(?:solicitation|announcement)(?:\ (?:number|no\.))?:?)?(?:\ NSF)?[ -]"
        r"(?P<year>\d{2})-0*(?P<number>[1-9]\d{0,2})(?![\w-]|\.\d)",
        _written_as("nsf:{year}-{number}"),
        flags=re.IGNORECASE,
    ),
    _form(
        r"(?<![a-z0-9])nsf(?P<year>\d{2})(?P<number>\d{3}|-\d{1,3})(?!\d|-\d)",
        _read_slug,
        "url",
        re.IGNORECASE,
    ),
    _form(
        r"(?<![\w-])(?P<series>FCC|DA)[ -](?P<year>\d{2})-(?P<number>\d{1,4})(?:[A-Z]\d{1,2})?(?![\w-]|\.\d)",
        _read_fcc,
    ),
    _form(r"(?<![\w-])DOC-(?P<number>\d{6,7})(?:[A-Z]\d{1,2})?(?!\w)", _written_as("fcc:DOC-{number}")),
    _form(
        r"\b(?:AU|CC|CG|CI|CS|EA|EB|ET|GC|GN|IB|ICC|MB|MD|MM|OEA|OI|PP|PR|PS|RM|SB|SP|WC|WT)\ (?:and\ [A-Z]{2}\ )?(?i:docket)s?"
        r"\ ?(?:(?i:nos?)[.:]?\ ?)?(?P<list>\d{2}-\d{1,4}(?:(?:,\ and\ |,\ |\ and\ |;\ |\ &\ )\d{2}-\d{1,4})*)(?![\w-])",
        _read_dockets,
    ),
)
