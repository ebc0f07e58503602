"""Regulations.gov API v4: documents, dockets and comments, in windows of the time of their last change.

Identity: the Federal Register's document number where there is one, else the id on regulations.gov.
Docs: https://open.gsa.gov/api/regulationsgov/
Rate: 1,000 requests an hour for a key of api.data.gov; a page holds 250 entries, a window 20 pages.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from monitor.core.answers import entries, json_object, number, words
from monitor.core.dates import WASHINGTON, parse_when
from monitor.core.errors import NotUnderstood
from monitor.core.exchange import Finding, Problem, Request, Response, Source, State, Total
from monitor.core.items import Item
from monitor.core.records.register_documents import document_number
from monitor.core.text import line, plain

DEFAULT_URL = "https://api.regulations.gov/v4"

_KEY_HEADER = "X-Api-Key"
_DOCUMENT_TYPES = ("Notice", "Rule", "Proposed Rule", "Supporting & Related Material", "Other")
_PER_PAGE = 250
_LAST_PAGE = 20
_MOST = 100_000_000  # all that was ever posted is less; a larger count is an error, not a list to walk
_OVERLAP = timedelta(days=1)
_MOMENT = "%Y-%m-%d %H:%M:%S"
_SITE = "https://www.regulations.gov"
_ACCEPT = "application/vnd.api+json, application/json"
_CONDITIONS = ("agencyId", "docketId", "searchTerm", "documentType")
# What the pages of a window carry from one to the next.
_FIRST_PAGE = {"number": "1", "total": "", "seen": "", "repeated": "0"}
_ID = re.compile(r"[A-Za-z0-9][\w-]{0,99}", re.ASCII)
_RIN = re.compile(r"\d{4}-[A-Z]{2}\d{2}", re.ASCII)
_KINDS = {"documents": "document", "comments": "comment"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What to ask for, of these agencies (acronyms), in these dockets (ids), with these words, of these types.

    Each value of each list is asked for by itself, in every combination. `days` is how far back the first poll reaches.
    """

    what: Literal["documents", "dockets", "comments"] = "documents"
    agencies: tuple[str, ...] = ()
    dockets: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    document_types: tuple[str, ...] = ()
    days: int = 30

    def __post_init__(self) -> None:
        if unknown := sorted(set(self.document_types) - set(_DOCUMENT_TYPES)):
            raise ValueError(f"document_types: {unknown[0]!r} is no type; use {', '.join(_DOCUMENT_TYPES)}")
        if self.document_types and self.what != "documents":
            raise ValueError(
                f'document_types: {self.what} have none; leave it out, or set what = "documents"'
            )
        if self.what == "dockets" and self.dockets and (self.agencies or self.terms):
            raise ValueError("dockets: are read by their ids; leave out agencies and terms")
        if wrong := [id_ for id_ in (*self.agencies, *self.dockets) if not _ID.fullmatch(id_)]:
            raise ValueError(
                f"agencies, dockets: {wrong[0]!r} is no acronym or id; write NTIA, NTIA-2024-0002"
            )
        if not 1 <= self.days <= 10_000:
            raise ValueError("days: must be from 1 to 10000")


def requests(source: Source, state: State) -> Iterator[Request]:
    """What changed since the last complete poll began and a day before it; dockets that are named, themselves."""
    if source.options.what == "dockets" and source.options.dockets:
        yield from (_docket_page(source, id_) for id_ in source.options.dockets)
        return
    since = state.now - timedelta(days=source.options.days)
    if state.last_complete:
        since = state.last_complete - _OVERLAP
    yield from _windows(source, "lastModifiedDate", _eastern(since), _eastern(state.now))


def past(source: Source, since: datetime, until: datetime) -> Iterator[Request]:
    """What was posted on the days between two moments, in Washington; dockets have no such day, only one of change."""
    if source.options.what != "dockets":
        yield from _windows(source, "postedDate", _eastern(since)[:10], _eastern(until)[:10])
    elif not source.options.dockets:
        yield from _windows(source, "lastModifiedDate", _eastern(since), _eastern(until))


def split(source: Source, request: Request) -> Iterator[Request]:
    """The first page of each half of a window; nothing for a single day or second, and for a docket."""
    asked = request.context
    if asked["page"] != "list" or asked["since"] >= asked["until"]:
        return
    halves = _halves_in_days if asked["field"] == "postedDate" else _halves_in_seconds
    for since, until in halves(asked["since"], asked["until"]):
        yield _page(source, {**asked, **_FIRST_PAGE, "since": since, "until": until})


def parse(source: Source, response: Response) -> Iterator[Finding]:
    """Read a page of a list, or a docket, whichever was asked for."""
    answer = json_object(response, source.id)
    asked = response.request
    if asked.context["page"] == "docket":
        yield _docket(source, asked, answer.get("data"))
        return
    told, total = _counted(source, asked, answer)
    goes_on = bool(told) and answer["meta"].get("hasNextPage") is True
    is_too_long = goes_on and total > len(told) * _LAST_PAGE
    if asked.context["number"] == "1" and is_too_long and (halves := tuple(split(source, asked))):
        yield from halves
    else:
        yield from _list(source, asked, told, total, goes_on=goes_on)


def _counted(source: Source, asked: Request, answer: Mapping[str, Any]) -> tuple[Sequence[Any], int]:
    """The entries of a page, and how many the window holds. Raises NotUnderstood."""
    told, total = answer.get("data"), number(answer, "meta", "totalElements")
    if not isinstance(told, list) or total is None:
        raise NotUnderstood(source.id, "answered without a counted list", "check the address of the source")
    if total > _MOST:
        raise NotUnderstood(source.id, f"declares {total} entries, which cannot be", "poll again later")
    if total and not told and asked.context["number"] == "1":
        raise NotUnderstood(source.id, f"declared {total} entries and sent none", "poll again later")
    return told, total


def _list(
    source: Source, asked: Request, told: Sequence[Any], total: int, *, goes_on: bool
) -> Iterator[Finding]:
    """The entries of a page, then the next page, or at the end how many distinct entries the first page declared.

    Pages are asked for one after the other, because each has to know what the ones before it held: some ids are listed
    twice, and one document of the Federal Register stands in several dockets. An entry that is changed while its window
    is walked leaves it, and moves up another that then stands on no page: the first page's count tells.
    """
    page, seen = int(asked.context["number"]), asked.context["seen"].split()
    read = [
        _entry(source, asked, each, f"{asked.walk}: page {page}, entry {i}") for i, each in enumerate(told)
    ]
    problems = [each for each in read if isinstance(each, Problem)]
    new = _together((each for each in read if isinstance(each, Item)), frozenset(seen))
    yield from new
    yield from problems
    repeated = int(asked.context["repeated"]) + len(told) - len(problems) - len(new)
    declared = int(asked.context["total"] or total)
    if goes_on and page < _LAST_PAGE:
        carried = {"seen": " ".join([*seen, *(item.key for item in new)]), "repeated": str(repeated)}
        yield _page(source, {**asked.context, **carried, "total": str(declared), "number": str(page + 1)})
    else:
        yield Total(walk=asked.walk, count=declared - repeated)


def _together(items: Iterable[Item], seen: Collection[str]) -> list[Item]:
    """Each item once that was not seen: the first word counts, and the postings of one document add up."""
    found: dict[str, Item] = {}
    for item in items:
        first = found.setdefault(item.key, item)
        if first is not item and item.key.startswith("frdoc:"):
            found[item.key] = replace(first, details={**first.details, **item.details, **first.details})
    return [item for key, item in found.items() if key not in seen]


def _windows(source: Source, field: str, since: str, until: str) -> Iterator[Request]:
    """The first page of a window for each combination of what the options name."""
    options = source.options
    lists = (options.agencies, options.dockets, options.terms, options.document_types)
    for agency, docket, term, type_ in itertools.product(*(each or ("",) for each in lists)):
        conditions = {"agencyId": agency, "docketId": docket, "searchTerm": term, "documentType": type_}
        window = {"page": "list", "field": field, "since": since, "until": until}
        yield _page(source, {**conditions, **window, **_FIRST_PAGE})


def _page(source: Source, asked: Mapping[str, str]) -> Request:
    """A page of a window; both its ends belong to it."""
    what, field = source.options.what, asked["field"]
    conditions = {name: asked[name] for name in _CONDITIONS if asked[name]}
    query = {
        **{f"filter[{name}]": value for name, value in conditions.items()},
        f"filter[{field}][ge]": asked["since"],
        f"filter[{field}][le]": asked["until"],
        "sort": f"{field},{'docketId' if what == 'dockets' else 'documentId'}",
        "page[size]": str(_PER_PAGE),
        "page[number]": asked["number"],
    }
    return Request(
        url=f"{source.url.rstrip('/')}/{what}?{urlencode(query, quote_via=quote)}",
        walk=" ".join((what, *conditions.values(), field, f"{asked['since']}/{asked['until']}")),
        key_header=_KEY_HEADER,
        accept=_ACCEPT,
        context=asked,
    )


def _docket_page(source: Source, id_: str) -> Request:
    return Request(
        url=f"{source.url.rstrip('/')}/dockets/{id_}",
        key_header=_KEY_HEADER,
        accept=_ACCEPT,
        context={"page": "docket", "id": id_},
    )


def _eastern(moment: datetime) -> str:
    """The time of day in Washington, which filters are in, whereas answers are in UTC."""
    return moment.astimezone(ZoneInfo(WASHINGTON)).strftime(_MOMENT)


def _halves_in_days(since: str, until: str) -> tuple[tuple[str, str], ...]:
    first, last = date.fromisoformat(since), date.fromisoformat(until)
    middle = first + (last - first) // 2
    return (since, middle.isoformat()), ((middle + timedelta(days=1)).isoformat(), until)


def _halves_in_seconds(since: str, until: str) -> tuple[tuple[str, str], ...]:
    """Both halves hold the moment in the middle: whatever the API takes for the hour that comes twice, none is lost."""
    first, last = datetime.fromisoformat(since), datetime.fromisoformat(until)
    middle = (first + timedelta(seconds=(last - first) // timedelta(seconds=2))).strftime(_MOMENT)
    return ((since, since), (until, until)) if middle == since else ((since, middle), (middle, until))


def _entry(source: Source, asked: Request, record: Any, where: str) -> Item | Problem:
    id_, facts = words(record, "id"), record.get("attributes") if isinstance(record, Mapping) else None
    if not _ID.fullmatch(id_):
        return Problem(where=where, what=f"has no id: {line(words(facts, 'title')) or 'no title'}")
    named = document_number(words(facts, "frDocNum"))
    if named and source.options.what == "documents":
        return _published_document(named, id_, facts)
    if source.options.what == "dockets":
        return _listed_docket(id_, facts)
    return _posting(
        _KINDS[source.options.what], id_, facts, _id(facts, "docketId") or asked.context["docketId"]
    )


def _published_document(named: str, id_: str, facts: Any) -> Item:
    """A document of the Federal Register, posted in a docket.

    It says only what it says in every docket where it is posted, and of each posting in a detail of its own: two
    postings would else contradict each other from poll to poll. Identifiers are left to the Federal Register, for a
    later source's first word only fills what is empty.
    """
    gone = ", withdrawn" if _is_withdrawn(facts) else ""
    where = f"{line(words(facts, 'agencyId'))} docket {_id(facts, 'docketId')}{gone}: {_SITE}/document/{id_}"
    return Item(
        key=f"frdoc:{named}",
        kind="document",
        title=line(words(facts, "title")),
        url=f"https://www.federalregister.gov/d/{named}",
        published=parse_when(words(facts, "postedDate")),
        details=_stated(
            type=line(words(facts, "documentType")),
            deadline=_eastern_day(words(facts, "commentEndDate")),
            **{f"posting {id_}": where},
        ),
        marker=words(facts, "lastModifiedDate"),
    )


def _posting(kind: str, id_: str, facts: Any, docket: str) -> Item:
    """What stands on regulations.gov alone: supporting material, other documents, comments."""
    return Item(
        key=f"regs:{id_}",
        kind=kind,
        title=line(words(facts, "title")),
        url=f"{_SITE}/{kind}/{id_}",
        published=parse_when(words(facts, "postedDate")),
        identifiers=(f"docket:{docket}",) if docket else (),
        details=_stated(
            type=line(words(facts, "documentType")),
            subtype=line(words(facts, "subtype")),
            agency=line(words(facts, "agencyId")),
            docket=docket,
            deadline=_eastern_day(words(facts, "commentEndDate")),
            status="withdrawn" if _is_withdrawn(facts) else "",
        ),
        marker=words(facts, "lastModifiedDate"),
    )


def _listed_docket(id_: str, facts: Any) -> Item:
    rin = words(facts, "rin")
    return Item(
        key=f"regs:{id_}",
        kind="docket",
        title=line(words(facts, "title")),
        summary=plain(words(facts, "dkAbstract")),
        url=f"{_SITE}/docket/{id_}",
        subjects=tuple(line(word) for word in entries(facts, "keywords") if isinstance(word, str)),
        identifiers=(f"docket:{id_}", *((f"rin:{rin}",) if _RIN.fullmatch(rin) else ())),
        details=_stated(type=line(words(facts, "docketType")), agency=line(words(facts, "agencyId"))),
        marker=words(facts, "lastModifiedDate") or words(facts, "modifyDate"),
    )


def _docket(source: Source, asked: Request, record: Any) -> Item:
    if words(record, "id") != asked.context["id"] or not isinstance(record.get("attributes"), Mapping):
        raise NotUnderstood(
            source.id, f"answered about another thing than {asked.context['id']}", "check its id in dockets"
        )
    return _listed_docket(asked.context["id"], record["attributes"])


def _stated(**details: str) -> dict[str, str]:
    return {name: value for name, value in details.items() if value}


def _id(facts: Any, name: str) -> str:
    id_ = words(facts, name)
    return id_ if _ID.fullmatch(id_) else ""


def _is_withdrawn(facts: Any) -> bool:
    return isinstance(facts, Mapping) and facts.get("withdrawn") is True


def _eastern_day(text: str) -> str:
    """The day in Washington that ends a comment period: it is stated as that day's last second, in UTC."""
    when = parse_when(text)
    try:
        return when.instant.astimezone(ZoneInfo(WASHINGTON)).date().isoformat() if when else line(text)
    except OverflowError:
        return line(text)  # the first moments of the year 1, which are none in Washington
