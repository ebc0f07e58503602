"""Grants.gov's funding opportunities: a search's whole list, and more of each one that a watchlist recognised.

Identity: the number that the agency gave the opportunity; Grants.gov's own id where it gave none.
Docs: https://www.grants.gov/api
Rate: no key, no stated limit. A poll asks once for each thousand rows, and once for each recognised open opportunity.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import msgspec

from monitor.core.answers import entries, json_object, number, words
from monitor.core.dates import in_washington, parse_when
from monitor.core.errors import NotUnderstood
from monitor.core.exchange import (
    Finding,
    Problem,
    Request,
    Response,
    Snapshot,
    Source,
    State,
    Total,
    Withdrawal,
)
from monitor.core.items import Item
from monitor.core.records import opportunities
from monitor.core.records.opportunities import Listed
from monitor.core.text import line

DEFAULT_URL = "https://api.grants.gov/v1/api"

_STATUSES = ("forecasted", "posted", "closed", "archived")
_ROWS = 1000
# All that was ever listed are some 85,000: more, or pages of a few rows, are an error and no list to walk.
_MOST = 1_000_000
_MOST_PAGES = 500
# An order that the API does not know is answered with no rows at all beside a count of many.
_ORDER = "openDate|desc"
_CODE = re.compile(r"[A-Z0-9-]{1,40}")
_QUOTED = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Which opportunities: found by each of these searches, of any of these agencies (codes), statuses and categories.

    A search is in Grants.gov's own syntax: words, or a phrase in quotation marks.
    """

    keywords: tuple[str, ...] = ()
    agencies: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ("forecasted", "posted", "closed")
    funding_categories: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for keyword in self.keywords:
            if not keyword.strip() or not keyword.isascii():
                raise ValueError(f"keywords: Grants.gov finds nothing by {keyword!r}; use ASCII letters")
        for name, codes in (("agencies", self.agencies), ("funding_categories", self.funding_categories)):
            if wrong := [code for code in codes if not _CODE.fullmatch(code)]:
                raise ValueError(f"{name}: {wrong[0]!r} is no code; write it as in NSF, DOC-NTIA or ST")
        if not self.statuses or set(self.statuses) - set(_STATUSES):
            raise ValueError(f"statuses: must be some of {', '.join(_STATUSES)}")


def requests(source: Source, state: State) -> Iterator[Request]:  # noqa: ARG001 - the list states no day of change
    """The first page of each search: its list is walked whole at each poll."""
    for keyword in source.options.keywords or ("",):
        yield _list_page(source, keyword, source.options.statuses, walk=keyword or "opportunities")


def past(source: Source, since: datetime, until: datetime) -> Iterator[Request]:
    """Each search once more, with what is archived, to keep what was opened from the one day to the other.

    The API cannot be asked for days: its `dateRange` counts back from today.
    """
    days = f"{in_washington(since).date()}/{in_washington(until).date()}"
    for keyword in source.options.keywords or ("",):
        walk = f"{keyword or 'opportunities'} opened {days}"
        yield _list_page(source, keyword, _STATUSES, walk=walk, days=days)


def follow(source: Source, key: str, marker: str) -> Iterator[Request]:
    """The opportunity's own record: at each poll while it is open, once when it has closed, no more when archived."""
    last = opportunities.listed(marker)
    if last.can_be_asked_for and last.status != "archived":
        yield Request(
            url=f"{source.url.rstrip('/')}/fetchOpportunity",
            body=msgspec.json.encode({"opportunityId": int(last.id)}),
            marker=marker if last.is_over else "",
            accept="application/json",
            context={"page": "record", "key": key, "id": last.id, "seen": last.seen},
        )


def vanished(source: Source, key: str, marker: str, now: datetime) -> str:  # noqa: ARG001 - the marker tells all
    """Why one that is no longer listed counts as withdrawn; empty for one that had closed or whose deadline is past."""
    last = opportunities.listed(marker)
    deadline = parse_when(last.deadline)
    over = last.is_over or (deadline is not None and deadline.day < in_washington(now).date())
    return "" if over else "no longer listed, and no deadline had passed"


def _list_page(
    source: Source,
    keyword: str,
    statuses: Sequence[str],
    *,
    walk: str,
    days: str = "",
    offset: int = 0,
    size: int = 0,
) -> Request:
    """A page of a list from row `offset`. `size` is how many rows the first page had, `days` those that are kept."""
    query = {
        "keyword": keyword,
        "agencies": "|".join(source.options.agencies),
        "fundingCategories": "|".join(source.options.funding_categories),
        "oppStatuses": "|".join(statuses),
        "sortBy": _ORDER,
        "rows": _ROWS,
        "startRecordNum": offset,
    }
    return Request(
        url=f"{source.url.rstrip('/')}/search2",
        body=msgspec.json.encode(query),
        walk=walk,
        accept="application/json",
        context={
            "page": "list",
            "keyword": keyword,
            "statuses": "|".join(statuses),
            "days": days,
            "offset": str(offset),
            "size": str(size),
        },
    )


def parse(source: Source, response: Response) -> Iterable[Finding]:
    """Read a page of the list, or one opportunity's record, whichever was asked for."""
    answer = json_object(response, source.id)
    if response.request.context["page"] == "record":
        return _record(source, response, answer)
    return _list(source, response, answer)


def _list(source: Source, response: Response, answer: Mapping[str, Any]) -> Iterator[Finding]:
    """The rows of a page and, on the first page, what proves the walk complete and the other pages."""
    asked, days = response.request, response.request.context["days"]
    _refuse_report(source, answer)
    _refuse_other_search(source, asked, answer)
    count, offset, rows = (
        _count(source, answer),
        int(asked.context["offset"]),
        entries(answer, "data", "oppHits"),
    )
    if not rows and offset < count:
        raise NotUnderstood(source.id, f"declared {count} opportunities and sent none", "poll again later")
    found = list(_items(rows, asked, in_washington(response.fetched_at).date()))
    if days:
        yield from (each for each in found if _was_opened(each, days))
        yield from _missing(asked, count, len(rows))
    else:
        yield from _proofs(
            source, asked, count, all_read=not any(isinstance(each, Problem) for each in found)
        )
        yield from found
    if offset == 0:
        yield from _further(source, asked, count, len(rows))


def _refuse_report(source: Source, answer: Mapping[str, Any]) -> None:
    """Raise NotUnderstood for an error, which comes with status 200."""
    if (code := words(answer, "errorcode")) not in {"", "0"}:
        said = line(words(answer, "msg") or code)[:_QUOTED]
        raise NotUnderstood(source.id, f"the API answered: {said}", "see what it asks for")


def _refuse_other_search(source: Source, asked: Request, answer: Mapping[str, Any]) -> None:
    """The API repeats the search that it ran; where it understood another one, the list is that of the other."""
    data = answer.get("data")
    ran = data.get("searchParams") if isinstance(data, Mapping) else None
    for theirs, ours in (("keyword", "keyword"), ("oppStatuses", "statuses"), ("startRecordNum", "offset")):
        if isinstance(ran, Mapping) and theirs in ran and words(ran, theirs) != asked.context[ours]:
            what = f"ran another search ({theirs} is {line(words(ran, theirs))[:_QUOTED]!r})"
            raise NotUnderstood(source.id, what, "check keywords and statuses of the source")


def _count(source: Source, answer: Mapping[str, Any]) -> int:
    """The declared number of rows. Raises NotUnderstood where the answer is no such list."""
    data, count = answer.get("data"), number(answer, "data", "hitCount")
    if not isinstance(data, Mapping) or not isinstance(data.get("oppHits"), list) or count is None:
        what = "answered without a counted list of opportunities"
        raise NotUnderstood(source.id, what, "check the address of the source")
    if count > _MOST:
        raise NotUnderstood(source.id, f"declares {count} opportunities, which cannot be", "poll again later")
    return count


def _items(rows: Sequence[Any], asked: Request, seen: date) -> Iterator[Item | Problem]:
    for index, (row, key) in enumerate(zip(rows, opportunities.keys(rows), strict=True)):
        if key:
            yield opportunities.from_row(row, key, seen=seen)
        else:
            where = f"{asked.walk}: row {int(asked.context['offset']) + index}"
            title = line(words(row, "title")) or "no title"
            yield Problem(where=where, what=f"has no number and no id: {title}")


def _was_opened(each: Item | Problem, days: str) -> bool:
    """Whether it belongs to those days. What could not be read is always told."""
    since, _, until = days.partition("/")
    if isinstance(each, Problem):
        return True
    return each.published is not None and since <= each.published.day.isoformat() <= until


def _proofs(source: Source, asked: Request, count: int, *, all_read: bool) -> Iterator[Total | Snapshot]:
    """What a complete walk is measured by.

    A search by words loses rows when words change: they are not gone. Nor need one be that a list with unreadable rows
    lacks: it may be among those.
    """
    if asked.context["offset"] == "0":
        yield Total(walk=asked.walk, count=count)
        if all_read and not source.options.keywords:
            yield Snapshot(walk=asked.walk)


def _missing(asked: Request, count: int, sent: int) -> Iterator[Problem]:
    """A page that is not full: where most rows are left out, items cannot be counted against the total."""
    offset = int(asked.context["offset"])
    expected = min(int(asked.context["size"]) or sent, count - offset)
    if sent < expected:
        yield Problem(
            where=f"{asked.walk}: from row {offset}", what=f"{sent} rows came instead of {expected}"
        )


def _further(source: Source, asked: Request, count: int, in_page: int) -> Iterator[Request]:
    """The other pages, of the size that came."""
    if count > in_page * _MOST_PAGES:
        raise NotUnderstood(source.id, f"sends {in_page} of {count} opportunities a page", "poll again later")
    context = asked.context
    for offset in range(in_page, count, in_page) if in_page else ():
        yield _list_page(
            source,
            context["keyword"],
            context["statuses"].split("|"),
            walk=asked.walk,
            days=context["days"],
            offset=offset,
            size=in_page,
        )


def _record(source: Source, response: Response, answer: Mapping[str, Any]) -> Iterator[Finding]:
    """What the list does not say; and that it is archived or gone, once the list shows it no more.

    While the list still shows it, the list is believed: the two are brought up at different times.
    """
    context, record = response.request.context, answer.get("data")
    still_listed = context["seen"] == in_washington(response.fetched_at).date().isoformat()
    if not words(record, "id") and _is_unknown(record):
        yield _gone(context["key"], still_listed=still_listed)
        return
    _refuse_report(source, answer)
    part = opportunities.current_part(record)
    if words(record, "id") != context["id"] or part is None:
        what = f"answered without the record of {context['key']}"
        raise NotUnderstood(source.id, what, "poll again later")
    item = opportunities.from_record(part, context["key"])
    if words(record, "ost").lower() == "archived" and not still_listed:
        last = Listed(id=context["id"], status="archived")
        item = replace(item, details={**item.details, "status": "archived"}, marker=str(last))
    yield item


def _is_unknown(record: Any) -> bool:
    """Whether the API says that it has no such record; it does so with status 200."""
    said = (*entries(record, "errorMessages"), *entries(record, "errorMsgs"))
    return any(isinstance(each, str) and "no record" in each.lower() for each in said)


def _gone(key: str, *, still_listed: bool) -> Problem | Withdrawal:
    if still_listed:
        return Problem(where=key, what="is listed, and Grants.gov has no record of it")
    return Withdrawal(key=key, reason="Grants.gov has no record of it any more")
