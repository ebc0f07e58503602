"""GovInfo's bulk BILLSTATUS files: a bill's whole record, one XML file a bill, since the 108th Congress.

Identity: congress, type and number as the file states them.
Docs: https://github.com/usgpo/bill-status
Rate: files of the sitting Congress are remade every four hours, older ones daily; the sitemaps' `lastmod` tells which,
and a feed of batches names them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal
from urllib.parse import urlsplit

from lxml import etree

from monitor.core.answers import xml_root
from monitor.core.bills import TYPES, Bill, bill, bill_of, law, sitting
from monitor.core.dates import WASHINGTON, parse_when, to_text
from monitor.core.errors import NotUnderstood
from monitor.core.exchange import Finding, Problem, Request, Response, Source, State, Unread
from monitor.core.feeds.reading import ACCEPT, Entry, read_feed
from monitor.core.items import Item
from monitor.core.records.bill_records import (
    Step,
    Summary,
    TextVersion,
    actions,
    latest_summary,
    other_titles,
    text_versions,
)
from monitor.core.text import line
from monitor.core.urls import brief

DEFAULT_URL = "https://www.govinfo.gov"

_PUBLISHER = urlsplit(DEFAULT_URL).netloc
_INDEX = "/sitemap/bulkdata/BILLSTATUS/sitemapindex.xml"
_BATCHES = "/rss/billstatus-batch.xml"
_SITEMAP = re.compile(r"/(\d{2,3})/?([a-z]+)/sitemap\.xml", re.ASCII)
_FILE = re.compile(r"/BILLSTATUS-(\d{2,3})([a-z]+)(\d+)\.xml", re.ASCII)
_INTRODUCED = re.compile(rb"<introducedDate>\s*(\d{4}-\d{2}-\d{2})")
_BATCH = re.compile(r"BILLSTATUS-(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z)", re.ASCII)
# A step may reach a file days after it was taken, and a file the sitemap after it was made.
_OVERLAP = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Which bills: of which Congresses (none named: the one sitting), of which types, introduced from when to when.

    With `follow = "batches"` the first poll reads no file, only which there are; later ones read those that changed.
    """

    congresses: tuple[int, ...] = ()
    types: tuple[str, ...] = TYPES
    introduced_from: date = date.min
    introduced_to: date = date.max
    follow: Literal["all", "batches"] = "all"

    def __post_init__(self) -> None:
        if unknown := sorted(set(self.types) - set(TYPES)):
            raise ValueError(f"types: {unknown[0]!r} is no type of bill; use {', '.join(TYPES)}")
        if self.introduced_from > self.introduced_to:
            raise ValueError("introduced_from is after introduced_to; exchange them")
        if self.follow == "batches" and (self.introduced_from, self.introduced_to) != (date.min, date.max):
            raise ValueError('introduced_from and introduced_to need follow = "all": no list tells that day')


def requests(source: Source, state: State) -> Iterator[Request]:
    """The index of sitemaps; sitemaps and files follow from the answers.

    Where batches are followed, later polls ask their feed first: it leads to the index, and so does its failure.
    """
    congresses = source.options.congresses or (sitting(state.now),)
    told = {"page": "index", "congresses": " ".join(map(str, congresses))}
    if source.options.follow == "all":
        yield _index_page(source, told)
    elif state.last_complete is None:
        yield _index_page(source, {**told, "since": "", "batches": ""})
    else:
        told |= {"since": to_text(state.last_complete - _OVERLAP), "batches": ""}
        yield Request(
            url=source.url.rstrip("/") + _BATCHES,
            accept=ACCEPT,
            otherwise=(_index_page(source, told),),
            context={**told, "page": "batches"},
        )


def follow(source: Source, key: str, marker: str) -> Iterator[Request]:
    """The bill's file, once for each version that the sitemap told; nothing where all files are read anyway."""
    named = bill_of(key)
    if source.options.follow == "batches" and named:
        page = _bill_page(source, named, _address(named), marker=marker)
        if isinstance(page, Request):
            yield replace(page, noted=False)  # that its version was noted is not enough: it is to be read


def parse(source: Source, response: Response) -> Iterable[Finding]:
    """Read the feed of batches, the index, a sitemap or a bill's file, whichever was asked for."""
    page = response.request.context["page"]
    if page == "batches":
        return _batches(source, response)
    if page == "index":
        return _index(source, response)
    return _sitemap(source, response) if page == "sitemap" else _file(source, response)


def _index_page(source: Source, told: Mapping[str, str]) -> Request:
    return Request(url=source.url.rstrip("/") + _INDEX, accept="application/xml", context=told)


def _batches(source: Source, response: Response) -> Iterator[Finding]:
    """The index, which now knows the files that batches named since the last complete poll.

    The sitemaps prove that nothing was missed; the feed names what has not reached them yet. So a batch that has
    left the feed is no gap.
    """
    told = dict(response.request.context)
    named: dict[str, str] = {}
    for each in read_feed(response, source.id, zone=WASHINGTON):
        if isinstance(each, Problem):
            yield each
        elif (batch := _BATCH.search(each.guid)) is None:
            yield Problem(where=f"{source.id}: the feed of batches", what=f"is no batch: {each.title}")
        elif batch[1] >= told["since"]:
            for name in _named_files(each):
                named[name] = max(batch[1], named.get(name, ""))
    batches = " ".join(f"{name}@{batch}" for name, batch in named.items())
    yield _index_page(source, {**told, "page": "index", "batches": batches})


def _named_files(entry: Entry) -> Iterator[str]:
    """`117-s-1251` for each file that a batch lists."""
    for match in _FILE.finditer(entry.summary or entry.content):
        if named := bill(match[1], match[2], match[3]):
            yield _name(named)


def _index(source: Source, response: Response) -> Iterator[Finding]:
    """The sitemaps of the wanted Congresses and types; they carry no marker, so that a file missed once is not lost."""
    told = response.request.context
    wanted = {
        (int(congress), type_) for congress in told["congresses"].split() for type_ in source.options.types
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
            its = {"page": "sitemap", "congress": match[1], "type": match[2]}
            yield _further(source, loc, its | _since(told, f"{match[1]}-{match[2]}-"))
    for congress, type_ in sorted(wanted):
        yield Unread(walk=f"{congress} {type_}", what="the index names no sitemap of these bills")


def _since(told: Mapping[str, str], prefix: str) -> dict[str, str]:
    """What a sitemap needs to know where batches are followed: since when, and which of its files they named."""
    if "since" not in told:
        return {}
    batches = (each for each in told["batches"].split() if each.startswith(prefix))
    return {"since": told["since"], "batches": " ".join(batches)}


def _sitemap(source: Source, response: Response) -> Iterator[Finding]:
    """The bills' files that are to be read; at a first poll that follows batches, the bills that there are."""
    asked = response.request.context
    batches = dict(each.split("@") for each in asked.get("batches", "").split())
    places = _locations(source, response, "urlset")
    if places and not any(_FILE.search(loc) for loc, _ in places):
        what = f"none of {len(places)} places in a sitemap is a bill's file"
        raise NotUnderstood(source.id, what, "look at the sitemap; its files may have new names")
    for loc, lastmod in places:
        match = _FILE.search(loc)
        named = bill(match[1], match[2], match[3]) if match else None
        if not named or (str(named.congress), named.type) != (asked["congress"], asked["type"]):
            yield Problem(where=loc, what=f"is no file of a bill of {asked['congress']} {asked['type']}")
        elif "since" not in asked:
            yield _bill_page(source, named, loc, marker=_in_window(source.options, lastmod))
        elif not asked["since"]:
            yield from _standing(source, named, loc, lastmod)
        else:
            batch = batches.pop(_name(named), "")
            yield from _changed(source, named, loc, lastmod, batch, asked["since"])
    for name, batch in batches.items():
        if named := bill_of(f"bill:{name}"):
            yield _bill_page(source, named, _address(named), marker=batch, fresh_from=asked["since"])


def _in_window(options: Options, lastmod: str) -> str:
    """The marker of a file. Another window reads a file again that was passed over in this one."""
    return f"{lastmod} {options.introduced_from}/{options.introduced_to}" if lastmod else ""


def _standing(source: Source, named: Bill, loc: str, lastmod: str) -> Iterator[Finding]:
    """A bill that is there, and of its file only the version: a watchlist may name the bill, and then it is read."""
    page = _bill_page(source, named, loc, marker=lastmod)
    if isinstance(page, Request):
        details = {"congress": str(named.congress)}
        yield Item(key=named.key, kind="bill", url=named.url, details=details, marker=lastmod)
    if isinstance(page, Unread) or lastmod:
        yield page


def _changed(
    source: Source, named: Bill, loc: str, lastmod: str, batch: str, since: str
) -> Iterator[Finding]:
    """The bill's file, if it was made since then, or a batch names it though the sitemap does not say so yet."""
    if lastmod[:10] >= since[:10]:
        yield _bill_page(source, named, loc, marker=lastmod, fresh_from=since)
    elif batch:
        yield _bill_page(source, named, loc, marker=f"{lastmod} {batch}".strip(), fresh_from=since)


def _name(named: Bill) -> str:
    """`117-s-1251`."""
    return named.key.removeprefix("bill:")


def _address(named: Bill) -> str:
    """Where GovInfo keeps the bill's file."""
    file = f"BILLSTATUS-{named.congress}{named.type}{named.number}.xml"
    return f"{DEFAULT_URL}/bulkdata/BILLSTATUS/{named.congress}/{named.type}/{file}"


def _locations(source: Source, response: Response, root: str) -> list[tuple[str, str]]:
    """Each `<loc>` with its `<lastmod>`."""
    places = xml_root(response.body, source.id, root)
    return [
        (loc.strip(), (place.findtext("{*}lastmod") or "").strip())
        for place in places.iterchildren("{*}sitemap", "{*}url")
        if (loc := place.findtext("{*}loc"))
    ]


def _bill_page(
    source: Source, named: Bill, loc: str, *, marker: str = "", fresh_from: str = ""
) -> Request | Unread:
    told = {"page": "bill", "congress": str(named.congress), "type": named.type}
    page = _further(source, loc, told)
    if isinstance(page, Unread):
        return page
    noted = source.options.follow == "batches"
    return replace(page, marker=marker, noted=noted, fresh_from=fresh_from)


def _further(source: Source, loc: str, told: Mapping[str, str]) -> Request | Unread:
    """A request for a place that a list names, on the host of the source; another host's is not asked."""
    base, walk = urlsplit(source.url), f"{told['congress']} {told['type']}"
    try:
        place = urlsplit(loc)
    except ValueError:
        return Unread(walk=walk, what=f"{brief(loc)} is no address")
    if place.scheme not in {"http", "https"} or place.netloc not in {_PUBLISHER, base.netloc}:
        return Unread(walk=walk, what=f"{brief(loc)} is on another host than the source, and was not asked")
    path = place.path + (f"?{place.query}" if place.query else "")
    root = f"{base.scheme}://{base.netloc}" if place.netloc == base.netloc else source.url.rstrip("/")
    return Request(url=root + path, accept="application/xml", context={**told, "loc": loc})


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
        item = _item(record, named)
        # Where batches are followed a bill's marker is its file's version, for `follow` to ask by.
        yield replace(item, marker=response.request.marker) if options.follow == "batches" else item


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
        actions=(*actions(map(_step, record.iterfind("actions/item"))), *text_versions(_texts(record))),
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


def _texts(record: etree._Element) -> Iterator[TextVersion]:
    for each in record.iterfind("textVersions/item"):
        yield TextVersion(type=_said(each, "type"), date=_said(each, "date"))


def _said(element: etree._Element, *paths: str) -> str:
    """The text at the first of these paths that has any."""
    return next((text for path in paths if (text := (element.findtext(path) or "").strip())), "")


def _each(element: etree._Element, *paths: str) -> Sequence[str]:
    """Every text at these paths."""
    return [text for path in paths for each in element.iterfind(path) if (text := (each.text or "").strip())]
