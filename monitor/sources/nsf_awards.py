"""Awards of the National Science Foundation, by words and programme, in windows of days small enough to be listed whole.

Identity: the award's number. What is revised of it (amounts, expiry, title, abstract, investigator) is told by content.
Docs: https://resources.research.gov/common/webapi/awardapisearch-v1.htm
Rate: no key, no stated limit; closed for maintenance from Friday 22:00 to Sunday 12:00 in Washington.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from monitor.core.answers import entries, json_object, number, words
from monitor.core.dates import in_washington, parse_when
from monitor.core.errors import NotUnderstood
from monitor.core.exchange import Finding, Problem, Request, Response, Source, State, Total, Unread
from monitor.core.items import Item
from monitor.core.records.amounts import amount
from monitor.core.text import line, plain

DEFAULT_URL = "https://api.nsf.gov/services/v1"

_ROWS = 25  # the API's largest page, whatever is asked
# In longer lists rows come twice, and others are left out for them: measured against a tally by hand.
_MOST = 60
_REACH = 3000  # NSF's own documentation promises nothing beyond it
_DAY = timedelta(days=1)
_MONTH = timedelta(days=31)
_ID = re.compile(r"[0-9]{5,9}")
_FAULTS = frozenset({"ERROR", "FATAL"})
_QUOTED = 120
_FIELDS = (
    "id",
    "title",
    "abstractText",
    "date",
    "startDate",
    "expDate",
    "fundsObligatedAmt",
    "estimatedTotalAmt",
    "awardeeName",
    "pdPIName",
    "piFirstName",
    "piLastName",
    "poName",
    "fundProgramName",
    "transType",
    "cfdaNumber",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Which awards: with each of these phrases, of each of these programmes; all if none is named.

    `months` is how far back each poll reaches, by the day of the award: NSF adds awards weeks after that day.
    """

    keywords: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()
    months: int = 4

    def __post_init__(self) -> None:
        for name, values in (("keywords", self.keywords), ("programs", self.programs)):
            if any(not value.strip() or '"' in value for value in values):
                raise ValueError(f"{name}: must be words without quotation marks; each is sought as a phrase")
        if not 1 <= self.months <= 600:
            raise ValueError("months: must be from 1 to 600")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Window:
    """Awards of the days `since` to `until`, both included, with a phrase and of a programme (or any)."""

    keyword: str
    program: str
    since: date
    until: date

    @property
    def walk(self) -> str:
        what = " / ".join(filter(None, (self.keyword, self.program))) or "awards"
        return f"{what} {self.since}/{self.until}"

    def halves(self) -> list[_Window]:
        """The earlier and the later days; none where there is only one day."""
        if self.since >= self.until:
            return []
        middle = self.since + (self.until - self.since) // 2
        return [replace(self, until=middle), replace(self, since=middle + _DAY)]


def requests(source: Source, state: State) -> Iterator[Request]:
    """One window a phrase and programme, from some months before the last complete poll until today in Washington."""
    since = (state.last_complete or state.now) - _MONTH * source.options.months
    return past(source, since, state.now)


def past(source: Source, since: datetime, until: datetime) -> Iterator[Request]:
    """One window a phrase and programme over the days between two moments, by Washington's calendar."""
    for keyword in source.options.keywords or ("",):
        for program in source.options.programs or ("",):
            window = _Window(
                keyword=keyword,
                program=program,
                since=in_washington(since).date(),
                until=in_washington(until).date(),
            )
            yield _page(source, window, offset=0)


def split(source: Source, request: Request) -> Iterator[Request]:
    """The two halves of a window that came short."""
    for half in _window(request).halves():
        yield _page(source, half, offset=0)


def _page(source: Source, window: _Window, *, offset: int) -> Request:
    query = {
        **({"keyword": f'"{window.keyword}"'} if window.keyword else {}),
        **({"fundProgramName": f'"{window.program}"'} if window.program else {}),
        # The API's bounds are off by a day.
        "dateStart": f"{window.since - _DAY:%m/%d/%Y}",
        "dateEnd": f"{window.until + _DAY:%m/%d/%Y}",
        "printFields": ",".join(_FIELDS),
        "rpp": str(_ROWS),
        "offset": str(offset),
    }
    return Request(
        url=f"{source.url.rstrip('/')}/awards.json?{urlencode(query, quote_via=quote, safe='/,')}",
        walk=window.walk,
        accept="application/json",
        context={
            "keyword": window.keyword,
            "program": window.program,
            "since": window.since.isoformat(),
            "until": window.until.isoformat(),
            "offset": str(offset),
        },
    )


def _window(request: Request) -> _Window:
    context = request.context
    return _Window(
        keyword=context["keyword"],
        program=context["program"],
        since=date.fromisoformat(context["since"]),
        until=date.fromisoformat(context["until"]),
    )


def parse(source: Source, response: Response) -> Iterator[Finding]:
    """Read a page: its awards, and the further pages of its window; or the halves of one that holds too many."""
    reply = _reply(source, response)
    window, offset = _window(response.request), int(response.request.context["offset"])
    told = entries(reply, "award")
    total = number(reply, "metadata", "totalCount")  # replies of older days have none
    if offset == 0 and total and not told:
        raise NotUnderstood(source.id, f"declared {total} awards and sent none", "poll again later")
    if _overflows(offset, len(told), total) and (halves := window.halves()):
        yield from (_page(source, half, offset=0) for half in halves)
        return
    if offset == 0 and total is not None:
        yield Total(walk=window.walk, count=total)
    for index, record in enumerate(told, offset):
        yield _award(record, f"{window.walk}: entry {index}")
    yield from _further(source, window, offset, len(told), total)


def _reply(source: Source, response: Response) -> Mapping[str, Any]:
    """The answer's inner object. Raises NotUnderstood for errors, which come with status 200 and an empty list."""
    reply = json_object(response, source.id).get("response")
    if not isinstance(reply, Mapping):
        raise NotUnderstood(source.id, "answered without a response", "check the address of the source")
    notices = reply.get("serviceNotification")
    for notice in notices if isinstance(notices, list) else [notices]:
        if words(notice, "notificationType").upper() in _FAULTS:
            said = line(words(notice, "notificationMessage") or words(notice, "notificationCode"))
            raise NotUnderstood(
                source.id, f"the API answered: {said[:_QUOTED] or 'an error'}", "see what it asks for"
            )
    if not isinstance(reply.get("award"), list) and number(reply, "metadata", "totalCount") != 0:
        raise NotUnderstood(source.id, "answered without a list of awards", "check the address of the source")
    return reply


def _overflows(offset: int, in_page: int, total: int | None) -> bool:
    """Whether the window holds more than the API lists faithfully: as declared, else as came so far."""
    if total is None:
        return offset + in_page > _MOST
    return offset == 0 and total > _MOST


def _further(
    source: Source, window: _Window, offset: int, in_page: int, total: int | None
) -> Iterator[Request | Unread]:
    """All other pages where the total is known; else the next one, until a page comes that is not full."""
    following = range(0)
    if total is None and in_page >= _ROWS:
        following = range(offset + in_page, offset + in_page + 1)
    elif total is not None and offset == 0 and in_page:
        following = range(in_page, min(total, _REACH + in_page), in_page)
    for first in following:
        if first < _REACH:
            yield _page(source, window, offset=first)
        else:
            what = f"holds more than the {_REACH} awards that the API lists; name keywords or programs"
            yield Unread(walk=window.walk, what=what)


def _award(record: Any, where: str) -> Item | Problem:
    named, title = words(record, "id"), line(words(record, "title"))
    if not _ID.fullmatch(named):
        return Problem(where=where, what=f"has no award number: {title or 'no title'}")
    return Item(
        key=f"nsf-award:{named}",
        kind="award",
        title=title,
        summary=plain(words(record, "abstractText")),
        url=f"https://www.nsf.gov/awardsearch/showAward?AWD_ID={named}",
        published=parse_when(words(record, "date")),
        details=_details(record),
    )


def _details(record: Any) -> dict[str, str]:
    investigator = words(record, "pdPIName") or " ".join(
        filter(None, (words(record, "piFirstName"), words(record, "piLastName")))
    )
    told = {
        "awarded": amount(record, "fundsObligatedAmt"),
        "estimated_total": amount(record, "estimatedTotalAmt"),
        "awardee": line(words(record, "awardeeName")),
        "investigator": line(investigator),
        "program": line(words(record, "fundProgramName")),
        "officer": line(words(record, "poName")),
        "type": line(words(record, "transType")),
        "start": _day(words(record, "startDate")),
        "expiry": _day(words(record, "expDate")),
        "status": {"true": "active", "false": "ended"}.get(words(record, "activeAwd").lower(), ""),
        "assistance_listings": line(words(record, "cfdaNumber")),
    }
    return {name: value for name, value in told.items() if value}


def _day(text: str) -> str:
    """`2026-09-30` of `09/30/2026`; what is no date as it stands."""
    return str(parse_when(text) or line(text))
