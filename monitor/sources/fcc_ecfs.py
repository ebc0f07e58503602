"""The FCC's Electronic Comment Filing System: filings in dockets, or the dockets that are opened.

Identity: the number of the submission (`ecfs:10328101177783`); of a proceeding its docket (`docket:21-186`).
Docs: https://www.fcc.gov/ecfs/help/public_api
Rate: an api.data.gov key, 1,000 requests an hour for all that it serves. Filings appear in batches, up to hours after
they were received, after nights and weekends later.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal
from urllib.parse import urlencode

from monitor.core.answers import entries, json_object, words
from monitor.core.dates import When, in_washington, parse_when
from monitor.core.errors import NotUnderstood
from monitor.core.exchange import Finding, Problem, Request, Response, Source, State, Total, Unread
from monitor.core.items import Item
from monitor.core.text import line, plain
from monitor.core.urls import web_link

DEFAULT_URL = "https://publicapi.fcc.gov/ecfs"

_KEY_HEADER = "X-Api-Key"
_FILING_PAGE = "https://www.fcc.gov/ecfs/search/search-filings/filing"
_DOCKET_PAGE = "https://www.fcc.gov/ecfs/search/docket-detail"
_PAGE = 250
# The API refuses what would reach beyond: it is Elasticsearch's window on results.
_MOST = 10_000
# Filings appear in batches after they were received: what came on a day may be shown days later.
_OVERLAP = timedelta(days=7)
_DOCKET = re.compile(r"[0-9]{2}-[1-9][0-9]{0,3}")
# RM-11862, INBOX-52.15, PRM10WC: petitions and inboxes, which are proceedings too.
_OTHER_DOCKET = re.compile(r"[A-Z]{2,8}-?[0-9][0-9A-Z.-]{0,15}")
_SUBMISSION = re.compile(r"[0-9A-Za-z-]{4,40}")
_FCC_NUMBER = re.compile(r"(FCC|DA)-(\d{2})-0*(\d{1,4})", re.ASCII)
_FILE_OF_NUMBER = re.compile(r"(?:FCC|DA|DOC)-[\d-]+A\d+(?:\.\w+)?", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ENDING = re.compile(r"\.[A-Za-z0-9]{2,5}$")
# What stands for "not closed".
_NEVER = "2099"
# As many names as a title holds; all are in the details.
_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What: `filings` in these dockets, or `proceedings`, which are the dockets that are opened.

    `days` is how far back the first poll reaches.
    """

    dockets: tuple[str, ...] = ()
    what: Literal["filings", "proceedings"] = "filings"
    days: int = 30

    def __post_init__(self) -> None:
        if self.what == "filings" and not self.dockets:
            raise ValueError('dockets: none is named; write those to follow, as dockets = ["21-186"]')
        if self.what == "proceedings" and self.dockets:
            raise ValueError("dockets: proceedings are listed as they are opened; leave the dockets out")
        for docket in self.dockets:
            if not (_DOCKET.fullmatch(docket) or _OTHER_DOCKET.fullmatch(docket)):
                raise ValueError(f"dockets: {docket!r} is no docket's number; write it alone, like 21-186")
        if not 1 <= self.days <= 10_000:
            raise ValueError("days: must be from 1 to 10000")


def requests(source: Source, state: State) -> Iterator[Request]:
    """One walk a docket, over the days since a week before the last complete poll."""
    reach = timedelta(days=source.options.days)
    since = state.last_complete - _OVERLAP if state.last_complete else state.now - reach
    return past(source, since, state.now)


def past(source: Source, since: datetime, until: datetime) -> Iterator[Request]:
    """What was received (or opened) between two moments, a walk a docket.

    The API takes days and does not say of which zone: the day after is asked for too.
    """
    for docket in dict.fromkeys(source.options.dockets) or ("",):
        yield _page(source, docket, since.date(), until.date() + timedelta(days=1))


def split(source: Source, request: Request) -> Iterator[Request]:
    """The two halves of a window; nothing for a single day."""
    since, until = _window(request)
    if since < until:
        middle = since + (until - since) // 2
        yield _page(source, request.context["docket"], since, middle)
        yield _page(source, request.context["docket"], middle + timedelta(days=1), until)


def parse(source: Source, response: Response) -> Iterator[Finding]:
    """Read a page: its entries, then the next page if it is full, or smaller windows where no page follows.

    The API declares no total. A page that is not full is the last; then as many distinct entries must have come as
    there were places.
    """
    name = _LISTS[source.options.what]
    asked = response.request
    told = _told(response, source.id, name)
    _refuse_others(source, asked, told)
    read = _READERS[source.options.what]
    for index, each in enumerate(told):
        yield read(each, f"{asked.walk}: entry {int(asked.context['offset']) + index}")
    yield from _further(source, asked, told)


def _told(response: Response, where: str, name: str) -> list[Any]:
    """The list of that name. Raises NotUnderstood for the plain text with which the API refuses a question."""
    start = response.body.lstrip()[:1]
    if start not in {b"{", b"<", b""}:
        said = line(response.body[:400].decode(errors="replace"))[:120]
        raise NotUnderstood(where, f"the API answered: {said}", "see whether its options are right")
    answer = json_object(response, where)
    told = answer.get(name, answer.get(f"{name}s"))  # the older form of the API said it in the plural
    if not isinstance(told, list):
        raise NotUnderstood(where, f"answered without a list {name!r}", "check the address of the source")
    return told


def _refuse_others(source: Source, asked: Request, told: Sequence[Any]) -> None:
    """Raise NotUnderstood for a page of other days or dockets: a filter that the API did not understand it ignores."""
    dates = _dates(source, told)
    if dates and not _within(dates, asked):
        raise NotUnderstood(source.id, "answered about other days than were asked for", "poll again later")
    named = [words(each, "name") for record in told for each in entries(record, "proceedings")]
    if asked.context["docket"] and named and asked.context["docket"] not in named:
        raise NotUnderstood(
            source.id, f"answered about other dockets than {asked.context['docket']}", "poll again later"
        )


def _dates(source: Source, told: Sequence[Any]) -> list[str]:
    """The dates of entries, in their order; of those that state one."""
    dates = (words(each, _DATES[source.options.what]) for each in told)
    return [text for text in dates if _DAY.match(text)]


def _within(dates: Sequence[str], asked: Request) -> list[str]:
    """Those in the window that was asked for, give or take a day: the API does not say whose days it takes."""
    since, until = _window(asked)
    first, last = (since - timedelta(days=1)).isoformat(), (until + timedelta(days=1)).isoformat()
    return [text for text in dates if first <= text[:10] <= last]


def _further(source: Source, asked: Request, told: Sequence[Any]) -> Iterator[Finding]:
    """What follows a page: nothing, the next one, or other ways to what lies beyond the last that can be asked."""
    offset = int(asked.context["offset"]) + len(told)
    since, until = _window(asked)
    last = next(reversed(_within(_dates(source, told), asked)), "")
    if asked.context["reached"] and last > asked.context["reached"]:
        return  # from the day's beginning on, this page has met what was read from its end
    if len(told) < _PAGE:
        if offset > len(told):
            yield Total(walk=asked.walk, count=offset)
    elif offset + _PAGE <= _MOST:
        yield _next_page(source, asked, offset)
    elif since < until:
        yield from split(source, asked)
    elif asked.context["order"] == "DESC":
        yield _page(source, asked.context["docket"], since, until, order="ASC", reached=last)
    else:
        what = f"more than {2 * _MOST:,} entries on one day: the API gives out no more"
        yield Unread(walk=asked.walk, what=what)


def _window(request: Request) -> tuple[date, date]:
    return date.fromisoformat(request.context["since"]), date.fromisoformat(request.context["until"])


def _next_page(source: Source, asked: Request, offset: int) -> Request:
    context = asked.context
    return _page(
        source,
        context["docket"],
        *_window(asked),
        offset=offset,
        order=context["order"],
        reached=context["reached"],
    )


def _page(
    source: Source,
    docket: str,
    since: date,
    until: date,
    *,
    offset: int = 0,
    order: str = "DESC",
    reached: str = "",
) -> Request:
    """One page of a window of days, both included."""
    context = {
        "docket": docket,
        "since": since.isoformat(),
        "until": until.isoformat(),
        "offset": str(offset),
        "order": order,
        "reached": reached,
    }
    return Request(
        url=f"{source.url.rstrip('/')}/{source.options.what}?{_query(source.options, context)}",
        walk=f"{docket or 'proceedings'} {since}/{until}",
        key_header=_KEY_HEADER,
        accept="application/json",
        context=context,
    )


def _query(options: Options, asked: Mapping[str, str]) -> str:
    """What a page is asked by.

    Sorted by the date of the window: it is exact to the millisecond, where those by which others sort are shared by
    whole batches, among which pages have no order.
    """
    dated = _DATES[options.what]
    query = [
        *((("proceedings.name", asked["docket"]),) if asked["docket"] else ()),
        (dated, f"[gte]{asked['since']}[lte]{asked['until']}"),
        ("sort", f"{dated},{asked['order']}"),
        ("limit", str(_PAGE)),
        ("offset", asked["offset"]),
    ]
    return urlencode(query, safe="[],")


def _filing(record: Any, where: str) -> Item | Problem:
    """A filing. What it tells of where its filers live and how to reach them is left out."""
    number = words(record, "id_submission")
    if not _SUBMISSION.fullmatch(number):
        return Problem(where=where, what="has no number of a submission")
    dockets = [name for each in entries(record, "proceedings") if (name := line(words(each, "name")))]
    filers = _names(record, "filers")
    received = _when(record, "date_received") or _when(record, "date_submission")
    return Item(
        key=f"ecfs:{number}",
        kind="filing",
        title=_title(_type(record), filers, dockets),
        url=f"{_FILING_PAGE}/{number}",
        published=received,
        titles=_documents_named(record),
        identifiers=_identifiers(record, dockets),
        details=_filing_details(record, filers),
        body=plain(words(record, "text_data")),
        marker=words(record, "date_last_modified") or words(record, "date_disseminated"),
    )


def _title(type_: str, filers: Sequence[str], dockets: Sequence[str]) -> str:
    """`COMMENT of Global Tel*Link Corporation in 12-375`: a filing has no title of its own."""
    of = f" of {_few(filers)}" if filers else ""
    return f"{type_ or 'FILING'}{of}{f' in {_few(dockets)}' if dockets else ''}"


def _few(names: Sequence[str]) -> str:
    """`A, B and C`; of more than that the first ones, and how many more."""
    shown = list(names[:_NAMED])
    if len(names) > len(shown):
        shown.append(f"{len(names) - len(shown)} more")
    return " and ".join(filter(None, (", ".join(shown[:-1]), shown[-1])))


def _type(record: Any) -> str:
    """COMMENT, NOTICE OF EXPARTE; the two shapes of the type differ in the name of its short form (CO, NO)."""
    names = ("description", "short", "abbreviation", "type")
    return next((told for name in names if (told := line(words(record, "submissiontype", name)))), "")


def _names(record: Any, name: str) -> list[str]:
    return list(
        dict.fromkeys(named for each in entries(record, name) if (named := line(words(each, "name"))))
    )


def _when(record: Any, name: str) -> When | None:
    return parse_when(words(record, name))


def _documents_named(record: Any) -> tuple[str, ...]:
    """What the files of a filing are called, without their endings; not those that bear only a document's number."""
    files = (line(words(each, "filename")) for each in entries(record, "documents"))
    return tuple(
        dict.fromkeys(_ENDING.sub("", file) for file in files if file and not _FILE_OF_NUMBER.fullmatch(file))
    )


def _identifiers(record: Any, dockets: Sequence[str]) -> tuple[str, ...]:
    """The dockets, and the FCC's own number where the filing is one of its documents."""
    own = _FCC_NUMBER.fullmatch(words(record, "delegated_authority_number").upper())
    found = [f"docket:{name}" for name in dockets if _DOCKET.fullmatch(name) or _OTHER_DOCKET.fullmatch(name)]
    return tuple(dict.fromkeys([*found, *([f"fcc:{own[1]}-{own[2]}-{own[3]}"] if own else [])]))


def _filing_details(record: Any, filers: Sequence[str]) -> dict[str, str]:
    status, viewing = (
        words(record, "filingstatus", "description"),
        words(record, "viewingstatus", "description"),
    )
    told = {
        "type": _type(record),
        "filers": "; ".join(filers),
        "authors": "; ".join(_names(record, "authors")),
        "law_firms": "; ".join(_names(record, "lawfirms")),
        "proceedings": "; ".join(filter(None, map(_proceeding_named, entries(record, "proceedings")))),
        "documents": " ".join(
            url for each in entries(record, "documents") if (url := web_link(words(each, "src")))
        ),
        # What every filing is that a reader may see is said of none.
        "status": line(status) if status != "DISSEMINATED" else "",
        "viewing": line(viewing) if viewing != "Unrestricted" else "",
        "deadline": _day(record, "date_comment_period"),
        "reply_deadline": _day(record, "date_reply_comment"),
    }
    return {name: value for name, value in told.items() if value}


def _proceeding_named(record: Any) -> str:
    told = line(words(record, "description_display") or words(record, "description"))
    return f"{line(words(record, 'name'))} {told}".strip()


def _day(record: Any, name: str) -> str:
    """The day of a date in Washington; empty for none, and for the year that means never."""
    when = _when(record, name)
    if when is None or words(record, name).startswith(_NEVER):
        return ""
    return in_washington(when.instant).date().isoformat()


def _proceeding(record: Any, where: str) -> Item | Problem:
    name = line(words(record, "name"))
    if not (_DOCKET.fullmatch(name) or _OTHER_DOCKET.fullmatch(name)):
        return Problem(where=where, what=f"has no docket's number: {name[:40] or 'no name'}")
    return Item(
        key=f"docket:{name}",
        kind="docket",
        title=line(words(record, "description_display") or words(record, "description")),
        url=f"{_DOCKET_PAGE}/{name}",
        published=_when(record, "date_proceeding_created"),
        details=_proceeding_details(record),
        marker=words(record, "date_last_modified"),
    )


def _proceeding_details(record: Any) -> dict[str, str]:
    told = {
        "bureau": line(words(record, "bureau", "name") or words(record, "bureau_name")),
        "applicant": line(words(record, "applicant_name")),
        "file_number": line(words(record, "file_number")),
        "comments_from": _day(record, "comment_start_date"),
        "deadline": _day(record, "comment_end_date"),
        "reply_deadline": _day(record, "comment_reply_end_date"),
        "closed": _day(record, "date_closed"),
    }
    return {name: value for name, value in told.items() if value}


_LISTS: Mapping[str, str] = {"filings": "filing", "proceedings": "proceeding"}
_DATES: Mapping[str, str] = {"filings": "date_received", "proceedings": "date_proceeding_created"}
_READERS: Mapping[str, Callable[[Any, str], Item | Problem]] = {
    "filings": _filing,
    "proceedings": _proceeding,
}
