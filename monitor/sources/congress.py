"""Congress.gov API v3: the bills of a Congress as a list, and more of each bill that a watchlist recognises.

Identity: congress, type and number. Actions have no number of their own; see `core.bill_records.actions`.
Docs: https://github.com/LibraryOfCongress/api.congress.gov
Rate: 5,000 requests an hour for a key. Most of a day's actions appear between 08:00 and 12:00 UTC of the next day.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from monitor.core.answers import entries, json_object, number, words
from monitor.core.bill_records import Step, Summary, actions, latest_summary, other_titles
from monitor.core.bills import Bill, bill, bill_of, law, sitting
from monitor.core.dates import parse_when, to_text
from monitor.core.errors import NotUnderstood
from monitor.core.exchange import Finding, Problem, Request, Response, Source, State, Total
from monitor.core.items import Item
from monitor.core.text import line

DEFAULT_URL = "https://api.congress.gov/v3"

_KEY_HEADER = "X-Api-Key"
_PAGE = 250  # the API's largest; it answers with 250 whatever larger number is asked
_MOST_BILLS = (
    1_000_000  # all Congresses together hold 400,000; a larger count is an error, not a list to walk
)
_OVERLAP = timedelta(days=2)  # the list's update dates are whole days, of no stated zone
# The plus must reach the API as it is, or as %20. Sent as %2B it is ignored with status 200, and the list comes in an
# arbitrary order.
_SORT = "sort=updateDate+desc"
_LISTS = ("actions", "titles", "summaries")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Which Congresses (none named: the one sitting), and what of them: bills."""

    congresses: tuple[int, ...] = ()
    what: Literal["bills"] = "bills"


def requests(source: Source, state: State) -> Iterator[Request]:
    """The first page of each Congress: whole at the first poll, later what was updated since the last complete one."""
    window = ""
    if state.last_complete:
        since = (state.last_complete - _OVERLAP).date()
        window = f"&fromDateTime={since}T00:00:00Z&toDateTime={to_text(state.now)}"
    for congress in source.options.congresses or (sitting(state.now),):
        yield _list_page(source, str(congress), window, offset=0)


def follow(source: Source, key: str, marker: str) -> Iterator[Request]:
    """The bill's detail, actions, titles and summaries, each once for a `marker` that the list gave."""
    if named := bill_of(key):
        yield _bill_page(source, named, "bill", marker)
        for page in _LISTS:
            yield _bill_page(source, named, page, marker)


def parse(source: Source, response: Response) -> Iterable[Finding]:
    """Read a page of the list, or of what is said of one bill, whichever was asked for."""
    answer = json_object(response, source.id)
    page = response.request.context["page"]
    if page == "list":
        return _list(source, response.request, answer)
    named = bill_of(response.request.context["key"])
    if named is None:
        raise NotUnderstood(source.id, "was asked about something that is no bill", "report this")
    if page == "bill":
        return [_detailed(source, answer, named)]
    return _part(source, response.request, answer, named)


def _list_page(source: Source, congress: str, window: str, *, offset: int, last: bool = True) -> Request:
    query = f"format=json&limit={_PAGE}&offset={offset}&{_SORT}{window}"
    return Request(
        url=f"{source.url.rstrip('/')}/bill/{congress}?{query}",
        walk=f"bill/{congress}",
        key_header=_KEY_HEADER,
        accept="application/json",
        context={
            "page": "list",
            "congress": congress,
            "window": window,
            "offset": str(offset),
            "last": "yes" if last else "",
        },
    )


def _bill_page(source: Source, named: Bill, page: str, marker: str, *, offset: int = 0) -> Request:
    path = f"{source.url.rstrip('/')}/bill/{named.congress}/{named.type}/{named.number}"
    url = (
        f"{path}?format=json"
        if page == "bill"
        else f"{path}/{page}?format=json&limit={_PAGE}&offset={offset}"
    )
    return Request(
        url=url,
        marker=marker,
        key_header=_KEY_HEADER,
        accept="application/json",
        context={"page": page, "key": named.key, "offset": str(offset)},
    )


def _list(source: Source, asked: Request, answer: Mapping[str, Any]) -> Iterator[Finding]:
    """The bills of a page, then the pages that the count asks for. The API's own `next` drops sort and window."""
    count = _count(source, answer, "bills")
    offset = int(asked.context["offset"])
    if offset == 0:
        yield Total(walk=asked.walk, count=count)
    told = entries(answer, "bills")
    for index, each in enumerate(told, offset):
        named = _named(each)
        if named:
            yield _listed(each, named)
        else:
            yield Problem(where=f"{asked.walk}: entry {index}", what="names no bill")
    if asked.context["last"] and told:
        offsets = range(offset + len(told), count, len(told))
        for following in offsets:
            last = following == offsets[-1]
            yield _list_page(
                source, asked.context["congress"], asked.context["window"], offset=following, last=last
            )


def _count(source: Source, answer: Mapping[str, Any], name: str) -> int:
    """The declared number of entries. Raises NotUnderstood where the answer is no such list."""
    count = number(answer, "pagination", "count")
    if not isinstance(answer.get(name), list) or count is None:
        raise NotUnderstood(
            source.id, f"answered without a counted list of {name}", "check the address of the source"
        )
    if count > _MOST_BILLS:
        raise NotUnderstood(source.id, f"declares {count} {name}, which cannot be", "poll again later")
    return count


def _named(record: Any) -> Bill | None:
    return bill(words(record, "congress"), words(record, "type"), words(record, "number"))


def _listed(record: Any, named: Bill) -> Item:
    """A bill as the list states it. A fresh bill may have no title yet."""
    return Item(
        key=named.key,
        kind="bill",
        title=line(words(record, "title")),
        url=named.url,
        identifiers=_laws(record),
        details=_details(record, named),
        marker=" ".join(
            filter(
                None,
                (
                    words(record, "updateDate"),
                    words(record, "updateDateIncludingText"),
                    words(record, "latestAction", "actionDate"),
                    words(record, "latestAction", "actionTime"),
                    line(words(record, "latestAction", "text")),
                ),
            )
        ),
    )


def _details(record: Any, named: Bill) -> dict[str, str]:
    sponsors = entries(record, "sponsors")
    told = {
        "congress": str(named.congress),
        "sponsor": line(words(sponsors[0], "fullName")) if sponsors else "",
    }
    return {name: value for name, value in told.items() if value}


def _laws(record: Any) -> tuple[str, ...]:
    return tuple(
        law(named, words(each, "type"))
        for each in entries(record, "laws")
        if (named := words(each, "number"))
    )


def _detailed(source: Source, answer: Mapping[str, Any], named: Bill) -> Item:
    record = answer.get("bill")
    if _named(record) != named:
        raise NotUnderstood(source.id, f"answered about another thing than {named.key}", "poll again later")
    area = line(words(record, "policyArea", "name"))
    return Item(
        key=named.key,
        kind="bill",
        title=line(words(record, "title")),
        url=named.url,
        published=parse_when(words(record, "introducedDate")),
        subjects=(area,) if area else (),
        identifiers=_laws(record),
        details=_details(record, named),
    )


def _part(source: Source, asked: Request, answer: Mapping[str, Any], named: Bill) -> Iterator[Finding]:
    """One page of a bill's actions, titles or summaries, as an item that says nothing else."""
    page, offset = asked.context["page"], int(asked.context["offset"])
    count = _count(source, answer, page)
    told = entries(answer, page)
    if not told and offset < count:
        yield Problem(where=f"{named.key} {page}", what=f"{count} were declared, and {offset} sent")
    if page == "actions":
        yield Item(key=named.key, kind="bill", actions=actions(map(_step, told)))
    elif page == "titles":
        others = (words(each, "title") for each in told if words(each, "titleType") != "Display Title")
        yield Item(key=named.key, kind="bill", titles=other_titles("", others))
    else:
        yield Item(key=named.key, kind="bill", summary=latest_summary([_summary(each) for each in told]))
    if told and offset + len(told) < count:
        yield _bill_page(source, named, page, asked.marker, offset=offset + len(told))


def _step(record: Any) -> Step:
    return Step(
        day=words(record, "actionDate"),
        time=words(record, "actionTime"),
        text=words(record, "text"),
        code=words(record, "actionCode"),
        type=words(record, "type"),
        system_code=words(record, "sourceSystem", "code"),
        system=words(record, "sourceSystem", "name"),
    )


def _summary(record: Any) -> Summary:
    return Summary(
        day=words(record, "actionDate"),
        updated=words(record, "lastSummaryUpdateDate") or words(record, "updateDate"),
        version=words(record, "versionCode"),
        text=words(record, "text"),
    )
