"""GovInfo's bulk BILLSTATUS files: a bill's whole record, one XML file a bill, since the 108th Congress.

Identity: congress, type and number as the file states them.
Docs: https://github.com/usgpo/bill-status
Rate: files of the sitting Congress are remade every four hours, older ones daily; the sitemaps' `lastmod` tells which.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

from lxml import etree

from monitor.core.answers import xml_root
from monitor.core.bill_records import Step, Summary, actions, latest_summary, other_titles
from monitor.core.bills import TYPES, Bill, bill, law, sitting
from monitor.core.dates import parse_when
from monitor.core.errors import NotUnderstood
from monitor.core.exchange import Finding, Problem, Request, Response, Source, State
from monitor.core.items import Item
from monitor.core.text import line

DEFAULT_URL = "https://www.govinfo.gov"

_PUBLISHER = urlsplit(DEFAULT_URL).netloc
_INDEX = "/sitemap/bulkdata/BILLSTATUS/sitemapindex.xml"
_SITEMAP = re.compile(r"/(\d{2,3})/?([a-z]+)/sitemap\.xml", re.ASCII)
_FILE = re.compile(r"/BILLSTATUS-(\d{2,3})([a-z]+)(\d+)\.xml", re.ASCII)
_INTRODUCED = re.compile(rb"<introducedDate>\s*(\d{4}-\d{2}-\d{2})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Which bills: of which Congresses (none named: the one sitting), of which types, introduced from when to when."""

    congresses: tuple[int, ...] = ()
    types: tuple[str, ...] = TYPES
    introduced_from: date = date.min
    introduced_to: date = date.max

    def __post_init__(self) -> None:
        if unknown := sorted(set(self.types) - set(TYPES)):
            raise ValueError(f"types: {unknown[0]!r} is no type of bill; use {', '.join(TYPES)}")
        if self.introduced_from > self.introduced_to:
            raise ValueError("introduced_from is after introduced_to; exchange them")


def requests(source: Source, state: State) -> Iterator[Request]:
    """The index of sitemaps; sitemaps and files follow from the answers."""
    congresses = source.options.congresses or (sitting(state.now),)
    yield Request(
        url=source.url.rstrip("/") + _INDEX,
        accept="application/xml",
        context={"page": "index", "congresses": " ".join(map(str, congresses))},
    )


def parse(source: Source, response: Response) -> Iterable[Finding]:
    """Read the index, a sitemap or a bill's file, whichever was asked for."""
    page = response.request.context["page"]
    if page == "index":
        return _index(source, response)
    return _sitemap(source, response) if page == "sitemap" else _file(source, response)


def _index(source: Source, response: Response) -> Iterator[Finding]:
    """The sitemaps of the wanted Congresses and types; they carry no marker, so that a file missed once is not lost."""
    wanted = {
        (int(congress), type_)
        for congress in response.request.context["congresses"].split()
        for type_ in source.options.types
    }
    listed = _locations(source, response, "sitemapindex")
    named = [(match, loc) for loc, _ in listed if (match := _SITEMAP.search(loc))]
    if not named:
        raise NotUnderstood(
            source.id, "the index names no sitemap of bills", "check the address of the source"
        )
    for match, loc in named:
        if (found := (int(match[1]), match[2])) in wanted:
            wanted.discard(found)
            yield _further(source, loc, page="sitemap", congress=match[1], type_=match[2])
    for congress, type_ in sorted(wanted):
        yield Problem(where=f"{congress} {type_}", what="the index names no sitemap of these bills")


def _sitemap(source: Source, response: Response) -> Iterator[Finding]:
    """The bills' files, each at its `lastmod`.

    The window belongs to the marker: another window reads a file again that was passed over in this one.
    """
    context = response.request.context
    window = f"{source.options.introduced_from}/{source.options.introduced_to}"
    for loc, lastmod in _locations(source, response, "urlset"):
        match = _FILE.search(loc)
        if match and (match[1], match[2]) == (context["congress"], context["type"]):
            marker = f"{lastmod} {window}" if lastmod else ""
            yield _further(source, loc, page="bill", congress=match[1], type_=match[2], marker=marker)
        else:
            yield Problem(where=loc, what=f"is no file of a bill of {context['congress']} {context['type']}")


def _locations(source: Source, response: Response, root: str) -> list[tuple[str, str]]:
    """Each `<loc>` with its `<lastmod>`."""
    places = xml_root(response.body, source.id, root)
    return [
        (loc.strip(), (place.findtext("{*}lastmod") or "").strip())
        for place in places.iterchildren("{*}sitemap", "{*}url")
        if (loc := place.findtext("{*}loc"))
    ]


def _further(source: Source, loc: str, *, page: str, congress: str, type_: str, marker: str = "") -> Finding:
    """A request for a place that a sitemap names, on the host of the source; another host's is a problem."""
    base = urlsplit(source.url)
    try:
        place = urlsplit(loc)
    except ValueError:
        return Problem(where=loc, what="is no address")
    if place.scheme not in {"http", "https"} or place.netloc not in {_PUBLISHER, base.netloc}:
        return Problem(where=loc, what="is on another host than the source, and was not asked")
    path = place.path + (f"?{place.query}" if place.query else "")
    root = f"{base.scheme}://{base.netloc}" if place.netloc == base.netloc else source.url.rstrip("/")
    return Request(
        url=root + path,
        marker=marker,
        accept="application/xml",
        context={"page": page, "congress": congress, "type": type_, "loc": loc},
    )


def _file(source: Source, response: Response) -> Iterator[Finding]:
    """The bill, if it was introduced in the window."""
    loc = response.request.context["loc"]
    options = source.options
    days = {day.decode() for day in _INTRODUCED.findall(response.body)}
    if days and not any(_within(day, options) for day in days):
        return  # most files of a Congress: told from the bytes, without reading the XML
    record = xml_root(response.body, f"{source.id}: {loc}", "billStatus").find("bill")
    named = _bill(record) if record is not None else None
    if record is None or named is None:
        raise NotUnderstood(f"{source.id}: {loc}", "names no bill", "look at the file; its schema may be new")
    if (match := _FILE.search(loc)) and named != bill(match[1], match[2], match[3]):
        yield Problem(where=loc, what=f"holds another bill than its name says: {named.key}")
    if _within(_said(record, "introducedDate"), options):
        yield _item(record, named)


def _within(day: str, options: Options) -> bool:
    """Whether that day is in the window; a bill without a day is, where no window was asked for."""
    if not day:
        return (options.introduced_from, options.introduced_to) == (date.min, date.max)
    return options.introduced_from.isoformat() <= day <= options.introduced_to.isoformat()


def _bill(record: etree._Element) -> Bill | None:
    return bill(
        _said(record, "congress"), _said(record, "type", "billType"), _said(record, "number", "billNumber")
    )


def _item(record: etree._Element, named: Bill) -> Item:
    title = line(_said(record, "title"))
    return Item(
        key=named.key,
        kind="bill",
        title=title,
        titles=other_titles(title, _each(record, "titles/item/title")),
        summary=latest_summary(_summaries(record)),
        url=named.url,
        published=parse_when(_said(record, "introducedDate")),
        subjects=_subjects(record),
        identifiers=tuple(
            law(number, _said(each, "type"))
            for each in record.iterfind("laws/item")
            if (number := _said(each, "number"))
        ),
        details=_details(record, named),
        actions=actions(map(_step, record.iterfind("actions/item"))),
        marker=_said(record, "updateDateIncludingText", "updateDate"),
    )


def _details(record: etree._Element, named: Bill) -> dict[str, str]:
    related = sorted({other.key for each in record.iterfind("relatedBills/item") if (other := _bill(each))})
    told = {
        "congress": str(named.congress),
        "sponsor": line(_said(record, "sponsors/item/fullName", "sponsors/item/name")),
        "committees": "; ".join(
            dict.fromkeys(
                line(name)
                for name in _each(record, "committees/item/name", "committees/billCommittees/item/name")
            )
        ),
        "related_bills": " ".join(related),
    }
    return {name: value for name, value in told.items() if value}


def _subjects(record: etree._Element) -> tuple[str, ...]:
    """The policy area and the legislative subjects, under the names that the schemas gave them."""
    names = _each(
        record,
        "policyArea/name",
        "primarySubject/name",
        "subjects/policyArea/name",
        "subjects/legislativeSubjects/item/name",
        "subjects/billSubjects/policyArea/name",
        "subjects/billSubjects/primarySubject/name",
        "subjects/billSubjects/legislativeSubjects/item/name",
        "subjects/billSubjects/otherSubjects/item/name",
    )
    return tuple(dict.fromkeys(line(name) for name in names))


def _summaries(record: etree._Element) -> list[Summary]:
    return [
        Summary(
            day=_said(each, "actionDate"),
            updated=_said(each, "lastSummaryUpdateDate", "updateDate"),
            version=_said(each, "versionCode"),
            text=_said(each, "text", "cdata/text"),
        )
        for path in ("summaries/summary", "summaries/billSummaries/item", "summaries/item")
        for each in record.iterfind(path)
    ]


def _step(each: etree._Element) -> Step:
    return Step(
        day=_said(each, "actionDate"),
        time=_said(each, "actionTime"),
        text=_said(each, "text"),
        code=_said(each, "actionCode"),
        type=_said(each, "type"),
        system_code=_said(each, "sourceSystem/code"),
        system=_said(each, "sourceSystem/name"),
    )


def _said(element: etree._Element, *paths: str) -> str:
    """The text at the first of these paths that has any."""
    return next((text for path in paths if (text := (element.findtext(path) or "").strip())), "")


def _each(element: etree._Element, *paths: str) -> Sequence[str]:
    """Every text at these paths."""
    return [text for path in paths for each in element.iterfind(path) if (text := (each.text or "").strip())]
