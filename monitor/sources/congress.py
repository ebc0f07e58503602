"""Congress.gov API v3: its lists of bills, laws, summaries, committee reports, meetings and CRS reports, and more of each.

Identity: congress, type and number of bills and reports, event of meetings. Steps and texts of a bill have no number of
their own; see `core.records.bill_records`.
Docs: https://github.com/LibraryOfCongress/api.congress.gov
Rate: 5,000 requests an hour for a key. Most of a day's actions appear between 08:00 and 12:00 UTC of the next day.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from monitor.core.answers import entries, json_object, number, words
from monitor.core.bills import sitting
from monitor.core.dates import to_text
from monitor.core.errors import NotUnderstood
from monitor.core.exchange import Finding, Problem, Request, Response, Source, State, Total, Unread
from monitor.core.items import Item
from monitor.core.records import congress_records as records
from monitor.core.records.bill_records import actions, latest_summary, other_titles, text_versions
from monitor.core.urls import web_link

DEFAULT_URL = "https://api.congress.gov/v3"

_KEY_HEADER = "X-Api-Key"
_PAGE = 250  # the API's largest; it answers with 250 whatever larger number is asked
_MOST = 1_000_000  # the longest list holds 400,000; a larger count is an error, not a list to walk
_OVERLAP = timedelta(days=2)  # the lists' update dates are whole days, of no stated zone
_FIRST_SUMMARIES = timedelta(days=30)
# The plus must reach the API as it is, or as %20. Sent as %2B it is ignored with status 200, and the list comes in an
# arbitrary order.
_SORT = "sort=updateDate+desc"
_PART_IN_ADDRESS = re.compile(r"-pt(\d{1,2})\b", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Which Congresses (none named: the one sitting), and what of them. CRS reports belong to no Congress."""

    congresses: tuple[int, ...] = ()
    what: Literal["bills", "laws", "summaries", "committee-reports", "meetings", "crs-reports"] = "bills"

    def __post_init__(self) -> None:
        if self.congresses and self.what == "crs-reports":
            raise ValueError("congresses: CRS reports belong to no Congress; leave it out")


@dataclass(frozen=True, slots=True, kw_only=True)
class _List:
    """One list of the API: its place, the name of its array, what an entry is and how it is read.

    `filters` are the walks that together show all of it. `dated`: it can be asked by update date. `whole`: a source's
    first poll walks all of it. `repeats`: it names some things more than once. `each` are the pages that are asked of
    everything that it names, `followed` those that are asked of what a watchlist recognised.
    """

    path: str
    name: str
    noun: str
    read: Callable[[Any], Item | None]
    filters: tuple[str, ...] = ("",)
    of_congress: bool = True
    dated: bool = True
    whole: bool = True
    repeats: bool = False
    each: tuple[str, ...] = ()
    followed: tuple[str, ...] = ()


_LISTS = {
    "bills": _List(
        path="bill",
        name="bills",
        noun="bill",
        read=records.listed_bill,
        followed=("bill", "actions", "titles", "summaries", "text"),
    ),
    "laws": _List(path="law", name="bills", noun="bill", read=records.listed_law, dated=False),
    "summaries": _List(
        path="summaries",
        name="summaries",
        noun="bill",
        read=records.listed_summary,
        whole=False,
        repeats=True,
        each=("summaries",),
        followed=("summaries",),
    ),
    "committee-reports": _List(
        path="committee-report",
        name="reports",
        noun="report",
        read=records.listed_report,
        filters=("", "conference=true"),  # nowhere is it said whether the plain list holds conference reports
        repeats=True,
        each=("report",),
        followed=("report", "report-text"),
    ),
    "meetings": _List(
        path="committee-meeting",
        name="committeeMeetings",
        noun="meeting",
        read=records.listed_meeting,
        each=("meeting",),
        followed=("meeting",),
    ),
    "crs-reports": _List(
        path="crsreport",
        name="CRSReports",
        noun="CRS report",
        read=records.listed_crs_report,
        of_congress=False,
        followed=("crs-report",),
    ),
}
# The lists that one bill has, with the names of their arrays, and what each tells of the bill.
_PARTS: dict[str, tuple[str, Callable[[Sequence[Any]], Mapping[str, Any]]]] = {
    "actions": ("actions", lambda told: {"actions": actions(map(records.step, told))}),
    "titles": ("titles", lambda told: {"titles": other_titles("", _titles(told))}),
    "summaries": (
        "summaries",
        lambda told: {"summary": latest_summary([records.summary(one) for one in told])},
    ),
    "text": ("textVersions", lambda told: {"actions": text_versions(map(records.text_version, told))}),
}
_RECORDS = {
    "bill": ("bill", records.described_bill),
    "meeting": ("committeeMeeting", records.described_meeting),
    "crs-report": ("CRSReport", records.described_crs_report),
}


def requests(source: Source, state: State) -> Iterator[Request]:
    """The first page of each list: whole at the first poll, later what was updated since the last complete one."""
    told = _LISTS[source.options.what]
    window = ""
    if told.dated and state.last_complete:
        window = _window(state.last_complete - _OVERLAP, state.now)
    elif not told.whole:
        window = _window(state.now - _FIRST_SUMMARIES, state.now)
    return _lists(source, state.now, state.now, window)


def past(source: Source, since: datetime, until: datetime) -> Iterator[Request]:
    """What was updated between two moments, in whole days. Laws cannot be asked so; each poll walks them all."""
    if _LISTS[source.options.what].dated:
        yield from _lists(source, since, until, _window(since, until))


def follow(source: Source, key: str, marker: str) -> Iterator[Request]:
    """What more the API tells of a thing that a watchlist recognised, each page once for a `marker` that the list gave."""
    for page in _LISTS[source.options.what].followed if records.api_path(key) else ():
        yield _part_page(source, key, page, marker)


def parse(source: Source, response: Response) -> Iterable[Finding]:
    """Read a page of a list, or of what is said of one thing, whichever was asked for."""
    answer = json_object(response, source.id)
    asked = response.request
    page = asked.context["page"]
    if page == "list":
        return _list(source, asked, answer)
    if page in _PARTS:
        return _part(source, asked, answer)
    if page == "report":
        return _report(source, asked, answer)
    if page == "report-text":
        return _errata(source, asked, answer)
    return [_record(source, asked, answer)]


def _window(since: datetime, until: datetime) -> str:
    return f"&fromDateTime={since.date()}T00:00:00Z&toDateTime={to_text(until)}"


def _lists(source: Source, since: datetime, until: datetime, window: str) -> Iterator[Request]:
    """The first pages of the lists of the named Congresses, else of those that sat between two moments."""
    told = _LISTS[source.options.what]
    congresses = source.options.congresses or range(sitting(since), sitting(until) + 1)
    for path in [f"{told.path}/{congress}" for congress in congresses] if told.of_congress else [told.path]:
        for filtered in told.filters:
            yield _list_page(source, {"path": path, "filter": filtered, "window": window}, offset=0)


def _list_page(source: Source, context: Mapping[str, str], *, offset: int, last: bool = True) -> Request:
    """One page. A list that repeats itself is counted page by page, because its count is not that of its items."""
    path, filtered = context["path"], context["filter"]
    query = f"format=json&limit={_PAGE}&offset={offset}&{_SORT}{context['window']}"
    walk = f"{path} {filtered}".rstrip()
    return Request(
        url=f"{source.url.rstrip('/')}/{path}?{query}" + (f"&{filtered}" if filtered else ""),
        walk=f"{walk} from {offset}" if _LISTS[source.options.what].repeats else walk,
        key_header=_KEY_HEADER,
        accept="application/json",
        context={**context, "page": "list", "offset": str(offset), "last": "yes" if last else ""},
    )


def _part_page(source: Source, key: str, page: str, marker: str, *, offset: int = 0) -> Request:
    """A record of one thing, or one page of a list that it has."""
    place = f"{source.url.rstrip('/')}/{records.api_path(key)}"
    suffix = "text" if page == "report-text" else page if page in _PARTS else ""
    return Request(
        url=f"{place}/{suffix}?format=json&limit={_PAGE}&offset={offset}"
        if suffix
        else f"{place}?format=json",
        marker=marker,
        key_header=_KEY_HEADER,
        accept="application/json",
        context={"page": page, "key": key, "offset": str(offset)},
    )


def _list(source: Source, asked: Request, answer: Mapping[str, Any]) -> Iterator[Finding]:
    """The things of a page, what is asked of each, then the pages that the count asks for.

    The API's own `next` drops sort and window.
    """
    told = _LISTS[source.options.what]
    count, sent = _count(source, answer, told.name), entries(answer, told.name)
    offset = int(asked.context["offset"])
    found = list(_entries(told, asked, sent))
    if told.repeats:
        missing = max(0, min(_step(asked, sent), count - offset) - len(sent))
        yield Total(walk=asked.walk, count=len(found) + missing)
    elif offset == 0:
        yield Total(walk=asked.walk, count=count)
    yield from found
    yield from _each(source, told, [each for each in found if isinstance(each, Item)])
    if asked.context["last"] and sent:
        yield from _further(source, asked, range(offset + len(sent), count, _step(asked, sent)))


def _entries(told: _List, asked: Request, sent: Sequence[Any]) -> Iterator[Item | Problem]:
    """Each thing once, as its latest entry states it; what names none is a problem."""
    latest: dict[str, Item] = {}
    for index, each in enumerate(sent, int(asked.context["offset"])):
        item = told.read(each)
        if item is None:
            yield Problem(where=f"{asked.context['path']}: entry {index}", what=f"names no {told.noun}")
        elif item.key not in latest or item.marker > latest[item.key].marker:
            latest[item.key] = item
    yield from latest.values()


def _each(source: Source, told: _List, found: Iterable[Item]) -> Iterable[Request]:
    """What is asked of everything that a page names; parts of a report share one page, at their latest marker."""
    asked: dict[str, Request] = {}
    for item in found:
        for page in told.each:
            request = _part_page(source, item.key, page, item.marker)
            known = asked.setdefault(request.url, request)
            asked[request.url] = replace(known, marker=max(known.marker, request.marker))
    return asked.values()


def _step(asked: Request, sent: Sequence[Any]) -> int:
    """How many entries a page of this walk holds: as many as its first one."""
    return int(asked.context.get("step") or len(sent) or _PAGE)


def _further(source: Source, asked: Request, offsets: range) -> Iterator[Request]:
    context = {**asked.context, "step": str(offsets.step)}
    for offset in offsets:
        yield _list_page(source, context, offset=offset, last=offset == offsets[-1])


def _count(source: Source, answer: Mapping[str, Any], name: str) -> int:
    """The declared number of entries. Raises NotUnderstood where the answer is no such list."""
    count = number(answer, "pagination", "count")
    if not isinstance(answer.get(name), list) or count is None:
        raise NotUnderstood(
            source.id, f"answered without a counted list of {name}", "check the address of the source"
        )
    if count > _MOST:
        raise NotUnderstood(source.id, f"declares {count} {name}, which cannot be", "poll again later")
    return count


def _record(source: Source, asked: Request, answer: Mapping[str, Any]) -> Item:
    name, read = _RECORDS[asked.context["page"]]
    item = read(answer.get(name))
    if item is None or item.key != asked.context["key"]:
        raise _another(source, asked)
    return item


def _another(source: Source, asked: Request) -> NotUnderstood:
    what = f"answered about another thing than {asked.context['key']}"
    return NotUnderstood(source.id, what, "poll again later")


def _report(source: Source, asked: Request, answer: Mapping[str, Any]) -> list[Item]:
    """All parts of a report, whichever of them was asked about."""
    parts = records.latest_parts(entries(answer, "committeeReports"))
    place = records.api_path(asked.context["key"])
    if not parts or any(records.api_path(part.key) != place for part in parts):
        raise _another(source, asked)
    return parts


def _errata(source: Source, asked: Request, answer: Mapping[str, Any]) -> Iterator[Finding]:
    """The printed corrections among the texts of a report, each with the part that its address names."""
    _count(source, answer, "text")
    found: dict[str, list[str]] = {}
    for each in (one for text in entries(answer, "text") for one in entries(text, "formats")):
        if words(each, "isErrata").upper() == "Y":
            address = web_link(words(each, "url"))
            part = _PART_IN_ADDRESS.search(address)
            key = records.part_key(asked.context["key"], int(part[1])) if part else asked.context["key"]
            found.setdefault(key, []).append(address or "yes")
    for key, addresses in found.items():
        yield Item(key=key, kind="report", details={"errata": " ".join(dict.fromkeys(addresses))})


def _part(source: Source, asked: Request, answer: Mapping[str, Any]) -> Iterator[Finding]:
    """One page of a bill's actions, titles, summaries or texts, as an item that says nothing else."""
    key, page, offset = asked.context["key"], asked.context["page"], int(asked.context["offset"])
    name, read = _PARTS[page]
    count, told = _count(source, answer, name), entries(answer, name)
    if not told and offset < count:
        yield Unread(walk=f"{key} {page}", what=f"{count} were declared, and {offset} sent")
    yield Item(key=key, kind="bill", **read(told))
    if told and offset + len(told) < count:
        yield _part_page(source, key, page, asked.marker, offset=offset + len(told))


def _titles(told: Iterable[Any]) -> Iterator[str]:
    return (words(each, "title") for each in told if words(each, "titleType") != "Display Title")
