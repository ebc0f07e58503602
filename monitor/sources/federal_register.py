"""The Federal Register's documents, by agency, term and type, in windows of publication days.

Identity: the document number. A correction is a document of its own (C1-…, R1-…) that names what it corrects.
Docs: https://www.federalregister.gov/developers/documentation/api/v1
Rate: no key, no stated limit; an issue appears at about 06:00 in Washington on working days.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from monitor.core.answers import entries, json_object, number, words
from monitor.core.dates import in_washington, parse_when
from monitor.core.errors import NotUnderstood
from monitor.core.exchange import Finding, Problem, Request, Response, Source, State, Total, Unread
from monitor.core.items import Item
from monitor.core.records.register_documents import agency_names, document_key
from monitor.core.text import fold, line, plain
from monitor.core.urls import web_link

DEFAULT_URL = "https://www.federalregister.gov/api/v1"
VERSION = "2"

_TYPES = ("RULE", "PRORULE", "NOTICE", "PRESDOCU")
# Above these the API answers with its first page again, under status 200: github.com/criticaljuncture/federal_register.
_LAST_PAGE = 50
_MOST = 10_000
_PER_PAGE = 1000
_OVERLAP = timedelta(days=7)
_FIELDS = (
    "document_number",
    "title",
    "type",
    "subtype",
    "abstract",
    "action",
    "dates",
    "publication_date",
    "effective_on",
    "comments_close_on",
    "agencies",
    "docket_ids",
    "regulation_id_numbers",
    "cfr_references",
    "citation",
    "correction_of",
    "corrections",
    "executive_order_number",
    "topics",
    "html_url",
)
_CITATION = re.compile(r"(\d{1,4}) FR (\d{1,6})", re.ASCII)
_RIN = re.compile(r"\d{4}-[A-Z]{2}\d{2}", re.ASCII)
_FCC_NUMBER = re.compile(r"\b(FCC|DA) (\d{2}-\d{1,4})\b", re.ASCII)
_DOCKET_NUMBER = re.compile(r"(?<![\w-])(?=[A-Z-]*\d)[A-Z0-9]+(?:-[A-Z0-9]+)+(?![\w-])", re.ASCII)
_ASIDE = re.compile(r"\([^()]*\)")
# The number of a docket on regulations.gov (NRC-2023-0123), which stands without the word.
_BARE_DOCKET = re.compile(r"[A-Z]{2,}(?:-[A-Z0-9]+)*-\d{4}-\d{4}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Which documents: of any of these agencies (slugs), with each of these terms, of these types; all if none named.

    `days` is how far back the first poll reaches.
    """

    agencies: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    days: int = 30

    def __post_init__(self) -> None:
        if unknown := sorted(set(self.types) - set(_TYPES)):
            raise ValueError(f"types: {unknown[0]!r} is no type of document; use {', '.join(_TYPES)}")
        if not 1 <= self.days <= 10_000:
            raise ValueError("days: must be from 1 to 10000")


def requests(source: Source, state: State) -> Iterator[Request]:
    """One walk a term, over the days since the last complete poll and a week before it; by Washington's calendar."""
    today = in_washington(state.now).date()
    since = today - timedelta(days=source.options.days)
    if state.last_complete:
        since = in_washington(state.last_complete - _OVERLAP).date()
    for term in source.options.terms or ("",):
        yield _page(source, term, since, today)


def past(source: Source, since: datetime, until: datetime) -> Iterator[Request]:
    """One walk a term, over the days of publication between two moments; by Washington's calendar."""
    for term in source.options.terms or ("",):
        yield _page(source, term, in_washington(since).date(), in_washington(until).date())


def split(source: Source, request: Request) -> Iterator[Request]:
    """The first page of each half of a request's days; nothing for a single day."""
    asked = request.context
    since, until = date.fromisoformat(asked["since"]), date.fromisoformat(asked["until"])
    if since < until:
        middle = since + (until - since) // 2
        yield _page(source, asked["term"], since, middle)
        yield _page(source, asked["term"], middle + timedelta(days=1), until)


def parse(source: Source, response: Response) -> Iterator[Finding]:
    """Read a page: its documents, and on the first page of a window the further pages or the halves of the window."""
    answer = json_object(response, source.id)
    asked = response.request
    count = number(answer, "count")
    if count is None:
        raise NotUnderstood(
            source.id, "answered without a count of documents", "check the address of the source"
        )
    told = entries(answer, "results")  # absent where nothing was found
    if asked.context["page"] == "1":
        if count and not told:
            raise NotUnderstood(source.id, f"declared {count} documents and sent none", "poll again later")
        if _too_many(count, len(told)):
            if halves := tuple(split(source, asked)):
                yield from halves
                return
            what = (
                f"{count} documents on one day are more than the API gives out; name agencies, terms or types"
            )
            yield Unread(walk=asked.walk, what=what)
        yield Total(walk=asked.walk, count=count)
        yield from _further(source, asked, answer, count, len(told))
    for index, each in enumerate(told):
        yield _document(each, f"{asked.walk}: page {asked.context['page']}, entry {index}")


def _too_many(count: int, in_page: int) -> bool:
    """Whether pages of the size that was sent cannot reach the end of the window."""
    return count >= _MOST or count > in_page * _LAST_PAGE


def _further(
    source: Source, asked: Request, answer: Mapping[str, Any], count: int, in_page: int
) -> Iterator[Request]:
    """The other pages, built from the count; the API's own address of the next page only tells that there is one."""
    if not in_page or not words(answer, "next_page_url"):
        return
    since, until = date.fromisoformat(asked.context["since"]), date.fromisoformat(asked.context["until"])
    last = min(-(-count // in_page), _LAST_PAGE, _MOST // in_page)
    for page in range(2, last + 1):
        yield _page(source, asked.context["term"], since, until, page=page)


def _page(source: Source, term: str, since: date, until: date, *, page: int = 1) -> Request:
    """One page of a window of publication days, both included."""
    options = source.options
    query = [
        *(("fields[]", name) for name in _FIELDS),
        *(("conditions[agencies][]", agency) for agency in options.agencies),
        *(("conditions[type][]", type_) for type_ in options.types),
        *((("conditions[term]", term),) if term else ()),
        ("conditions[publication_date][gte]", since.isoformat()),
        ("conditions[publication_date][lte]", until.isoformat()),
        ("order", "oldest"),
        ("per_page", str(_PER_PAGE)),
        ("page", str(page)),
    ]
    return Request(
        url=f"{source.url.rstrip('/')}/documents.json?{urlencode(query)}",
        walk=f"{term or 'documents'} {since}/{until}",
        accept="application/json",
        context={"page": str(page), "term": term, "since": since.isoformat(), "until": until.isoformat()},
    )


def _document(record: Any, where: str) -> Item | Problem:
    title = line(words(record, "title"))
    key = document_key(words(record, "document_number"))
    if not key:
        return Problem(where=where, what=f"has no document number: {title or 'no title'}")
    return Item(
        key=key,
        kind="document",
        title=title,
        summary=plain(words(record, "abstract")),
        url=web_link(words(record, "html_url")),
        published=parse_when(words(record, "publication_date")),
        subjects=tuple(line(topic) for topic in entries(record, "topics") if isinstance(topic, str)),
        identifiers=_identifiers(record),
        details=_details(record),
    )


def _details(record: Any) -> dict[str, str]:
    told = {
        "type": line(words(record, "type")),
        "subtype": line(words(record, "subtype")),
        "action": line(words(record, "action")),
        "agencies": agency_names(record),
        "citation": line(words(record, "citation")),
        "dates": plain(words(record, "dates")),
        "effective": words(record, "effective_on"),
        "deadline": words(record, "comments_close_on"),
        "dockets": "; ".join(line(text) for text in entries(record, "docket_ids") if isinstance(text, str)),
        "executive_order": words(record, "executive_order_number"),
        "corrects": _referred(words(record, "correction_of")),
        "corrected_by": " ".join(
            _referred(url) for url in entries(record, "corrections") if isinstance(url, str)
        ),
    }
    return {name: value for name, value in told.items() if value}


def _referred(url: str) -> str:
    """The key of the document that an API address names."""
    return document_key(url.partition("?")[0].rstrip("/").rpartition("/")[2])


def _identifiers(record: Any) -> tuple[str, ...]:
    """What the document belongs to, as canonical citations, each once."""
    page = _CITATION.fullmatch(words(record, "citation"))
    found = [f"fr:{page[1]}-{page[2]}"] if page else []
    for text in entries(record, "docket_ids"):
        found += _official_numbers(fold(text).text if isinstance(text, str) else "")
    found += [
        f"rin:{rin}"
        for rin in entries(record, "regulation_id_numbers")
        if isinstance(rin, str) and _RIN.fullmatch(rin)
    ]
    for each in entries(record, "cfr_references"):
        title, part = number(each, "title"), number(each, "part")
        if title and part:
            found.append(f"cfr:{title}-{part}")
    return tuple(dict.fromkeys(found))


def _official_numbers(text: str) -> list[str]:
    """Dockets and FCC numbers in one line of a document's heading: `ET Docket No. 18-295`, `FCC 23-86`, `NRC-2023-0123`."""
    numbers = [f"fcc:{match[1]}-{match[2]}" for match in _FCC_NUMBER.finditer(text)]
    if _BARE_DOCKET.fullmatch(text.strip()):
        return [*numbers, f"docket:{text.strip()}"]
    if "docket" in text.lower():
        numbers += [f"docket:{number}" for number in _DOCKET_NUMBER.findall(_ASIDE.sub("", text))]
    return numbers
