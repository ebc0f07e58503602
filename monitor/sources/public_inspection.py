"""What lies at the Federal Register for public inspection: documents some days before they are published.

Identity: the document number, the same as the published document's, which meets it in one item.
Docs: https://www.federalregister.gov/developers/documentation/api/v1
Rate: no key, no stated limit; filings appear at 08:45 in Washington on working days, special ones at any hour.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from monitor.core.answers import entries, json_object, number, words
from monitor.core.dates import in_washington, parse_when
from monitor.core.errors import NotUnderstood
from monitor.core.exchange import Finding, Problem, Request, Response, Snapshot, Source, State, Total
from monitor.core.items import Item
from monitor.core.records.register_documents import agency_names, document_key
from monitor.core.text import line, plain
from monitor.core.urls import web_link

DEFAULT_URL = "https://www.federalregister.gov/api/v1"

# What `types` are called in the answer.
_TYPES = {
    "RULE": "Rule",
    "PRORULE": "Proposed Rule",
    "NOTICE": "Notice",
    "PRESDOCU": "Presidential Document",
}
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
# A document that is called back stays on file until the end of that day, under a note in these words.
_CALLED_BACK = re.compile(
    r"\bthis document (?:(?:has|have) been|(?:will )?be|is|was) withdrawn\b|\bwithdrawal of this document\b",
    re.IGNORECASE,
)
_WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Which documents: of any of these agencies (slugs), of these types; all if none named."""

    agencies: tuple[str, ...] = ()
    types: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if unknown := sorted(set(self.types) - set(_TYPES)):
            raise ValueError(f"types: {unknown[0]!r} is no type of document; use {', '.join(_TYPES)}")
        if wrong := [slug for slug in self.agencies if not _SLUG.fullmatch(slug)]:
            what = f"agencies: {wrong[0]!r} is no slug"
            raise ValueError(f"{what}; take the end of the agency's address, industry-and-security-bureau")


def requests(source: Source, state: State) -> Iterator[Request]:
    """All that lies there now: one list without pages, which takes no conditions."""
    # Copies that are up to two hours old are served whatever the headers say, and a document missing in one of them
    # would look withdrawn. The minute of the day makes an address that no copy answers, and repeats from day to day.
    minute = state.now.strftime("%H%M")
    yield _list(source, f"current.json?_={minute}", "now", "on public inspection")


def past(source: Source, since: datetime, until: datetime) -> Iterator[Request]:
    """What lay there on each of the days between two moments; by Washington's calendar."""
    day = in_washington(since).date()
    while day <= in_washington(until).date():
        condition = urlencode({"conditions[available_on]": day.isoformat()})
        yield _list(source, f"?{condition}", "day", f"on public inspection on {day}")
        day += timedelta(days=1)


def vanished(source: Source, key: str, marker: str, now: datetime) -> str:  # noqa: ARG001 - what every kind is given
    """Why a document that is no longer listed is withdrawn; nothing where its day has come: it was published.

    `marker` is its day of publication, and whether a note called it back. Of one whose day was never stated, nothing
    can be said.
    """
    day, _, note = marker.partition(" ")
    due = parse_when(day)
    if note == _WITHDRAWN or (due and in_washington(now).date() < due.day):
        return "withdrawn from public inspection before publication"
    return ""


def parse(source: Source, response: Response) -> Iterator[Finding]:
    """Read a list. What other agencies filed is read, counted and left out.

    A list with unreadable entries says nothing of what has vanished: the entry may be the one that seems to be gone.
    """
    asked = response.request
    told, missing = _told(source, response)
    found = [
        _document(record, f"{asked.walk}: entry {index}")
        for index, record in enumerate(told)
        if _is_wanted(source.options, record)
    ]
    keys = {each.key for each in found if isinstance(each, Item)}
    problems = sum(isinstance(each, Problem) for each in found)
    yield Total(walk=asked.walk, count=len(keys) + problems + missing)
    if asked.context["list"] == "now" and not problems:
        yield Snapshot(walk=asked.walk)
    yield from found


def _told(source: Source, response: Response) -> tuple[Sequence[Any], int]:
    """The entries, and how many of those that were declared are missing. Raises NotUnderstood."""
    answer = json_object(response, source.id)
    count, told = number(answer, "count"), entries(answer, "results")
    if count is None:
        raise NotUnderstood(
            source.id, "answered without a count of documents", "check the address of the source"
        )
    if len(told) > count or (count and not told):
        raise NotUnderstood(source.id, f"declared {count} documents and sent {len(told)}", "poll again later")
    if not told and response.request.context["list"] == "now":
        raise NotUnderstood(source.id, "lists no document at all, which cannot be", "poll again later")
    return told, count - len(told)


def _list(source: Source, query: str, name: str, walk: str) -> Request:
    base = f"{source.url.rstrip('/')}/public-inspection-documents"
    return Request(
        url=f"{base}.json{query}" if query.startswith("?") else f"{base}/{query}",
        walk=walk,
        accept="application/json",
        context={"list": name},
    )


def _is_wanted(options: Options, record: Any) -> bool:
    """Whether a document is asked for; one that does not tell all its agencies or its type is not left out for that."""
    slugs = {_slug(agency) for agency in entries(record, "agencies")} or {""}
    type_ = words(record, "type")
    wanted = {_TYPES[name] for name in options.types}
    other_agency = options.agencies and slugs.isdisjoint((*options.agencies, ""))
    other_type = wanted and type_ in _TYPES.values() and type_ not in wanted
    return not (other_agency or other_type)


def _slug(agency: Any) -> str:
    return words(agency, "slug") or words(agency, "url").rstrip("/").rpartition("/")[2]


def _document(record: Any, where: str) -> Item | Problem:
    title = line(words(record, "title"))
    key = document_key(words(record, "document_number"))
    if not key:
        return Problem(where=where, what=f"has no document number: {title or 'no title'}")
    details = _details(record)
    note = _WITHDRAWN if _CALLED_BACK.search(details.get("editorial_note", "")) else ""
    # No date and no identifiers: those of the published document are to come, and a later source's first word only
    # fills what is empty.
    return Item(
        key=key,
        kind="document",
        title=title,
        url=web_link(words(record, "html_url")),
        details=details,
        marker=f"{details.get('publication', '')} {note}".rstrip(),
    )


def _details(record: Any) -> dict[str, str]:
    dockets = (line(text) for text in entries(record, "docket_numbers") if isinstance(text, str))
    told = {
        "type": line(words(record, "type")),
        "filing_type": line(words(record, "filing_type")),
        "filed_at": _moment(words(record, "filed_at")),
        "publication": _moment(words(record, "publication_date")),
        "editorial_note": plain(words(record, "editorial_note")),
        "agencies": agency_names(record),
        "dockets": "; ".join(filter(None, dockets)),
        "pages": str(number(record, "num_pages") or ""),
        # Without the query, which is the time of the file and moves whenever the same file is stored again.
        "pdf_url": web_link(words(record, "pdf_url")).partition("?")[0],
    }
    return {name: value for name, value in told.items() if value}


def _moment(text: str) -> str:
    """One form for a moment or day, whatever the zone it is printed in; as printed where it is neither."""
    when = parse_when(text)
    return str(when) if when else line(text)
