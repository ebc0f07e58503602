"""What the FCC releases: the EDOCS feed of the newest documents, and the Daily Digest's pages where that fails.

Identity: the number of the document (DA 25-123, FCC 24-5, DOC-425157), which both ways name; an annex (A2, A3, …) is
another text than its document. Else as any feed's entry.
Docs: https://www.fcc.gov/news-events/rss-feeds-and-email-updates-fcc, https://www.fcc.gov/edocs
Rate: no key, no stated limit; the feed's length is not known, so once an hour. A digest appears every working day.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import takewhile
from typing import NamedTuple
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from monitor.core import addresses, citations
from monitor.core.dates import WASHINGTON, When, in_washington, on_day
from monitor.core.errors import NotUnderstood
from monitor.core.exchange import Finding, Request, Response, Source, State, Window
from monitor.core.feeds.reading import ACCEPT, Entry, read_feed
from monitor.core.items import Item
from monitor.core.text import line, plain
from monitor.core.urls import web_link
from monitor.core.workdays import workday_before, workdays

DEFAULT_URL = "https://api2.fcc.gov/edocs/public/api/v1/rss/"

_TYPES = ("News_Release", "Order", "Public_Notice", "Statement", "Report", "Cit")
_DIGEST = "https://www.fcc.gov/edocs/daily-digest"
_DOCUMENTS = "https://docs.fcc.gov/public/attachments"
# How far back the digest is asked when the feed fails; what a longer failure hides is asked for as a gap.
_FURTHEST = timedelta(days=10)
# A day's digest appears in the course of its morning; before this hour in Washington only yesterday's is asked.
_APPEARS_HOUR = 10
_ANNEX = re.compile(r"\dA(?!1\b)\d+\b")
_ATTACHMENT = re.compile(
    r"/public/attachments/((?:FCC|DA)-\d{2}-\d{1,4}|DOC-\d{5,7})A(\d{1,3})\.\w{2,5}",
    re.ASCII | re.IGNORECASE,
)
# The clock of a date that was written with a time because its form asks for one.
_NO_CLOCK = re.compile(r"\b00:00:00\b")
_OUTSIDE = ["script", "style", "template", "noscript", "nav", "header", "footer", "aside", "form", "select"]
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "hr"})
_CONTAINERS = frozenset({"html", "body", "main", "article", "section", "table", "tbody"})
# The parser's time grows with the square of the depth.
_MOST_TAGS = 20_000
_MOST_LEVELS = 12
_NUMBER = re.compile(
    r"\b(?:(?:FCC|DA)(?: No\.?)?[ -]\d{2}-\d{1,4}|DOC-\d{5,7}(?:A\d{1,3})?)(?![\w-])", re.ASCII
)
# A link that shows only a file's name or kind.
_LABEL = re.compile(
    r"<a\b[^<>]*>\s*+(?:[^<>]{0,60}A\d{1,3}\.\w{2,5}|pdf|docx?|txt|word|text)\s*+</a>",
    re.ASCII | re.IGNORECASE,
)
# What a row of the digest says beside the words for its document: `Released: 2026-09-18.` `(DA No. 26-996).` `EB.`
_RELEASED = re.compile(r"\bReleased:? (\d{4}-\d{2}-\d{2})\b\.?", re.ASCII)
_ADOPTED = re.compile(r"\bAdopted:? (\d{4}-\d{2}-\d{2})\b\.?", re.ASCII)
_OWN_NUMBER = re.compile(r"\((?:FCC|DA) No\.? ?\d{2}-\d{1,4}\)\.?", re.ASCII)
_DOCKETS = re.compile(r"\((?:Dkt|Docket) Nos?\.? ?([\d\s,;&and-]{5,400})\)\.?", re.ASCII)
_DOCKET = re.compile(r"(?<![\d-])(\d{2})-0*([1-9]\d{0,3})(?![\d-])", re.ASCII)
_BUREAUS = "CGB|EB|IB|MB|OALJ|OCBO|OEA|OET|OGC|OIA|OIG|OLA|OMD|OMR|OSP|OWD|PSHSB|SB|WCB|WTB"
_BUREAU = re.compile(rf"(?:(?<=[.)] )|^)((?:{_BUREAUS})(?: (?:{_BUREAUS}))*)\.(?= |$)", re.ASCII)
_CONTACT = re.compile(r"\bContact: .*", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Which types of documents, each a feed of its own; none named: the one feed of all.

    `digest_url` is where the Daily Digest's pages stand (`…/YYYY/MM/DD`); they do not tell types, and bring all.
    """

    document_types: tuple[str, ...] = ()
    digest_url: str = _DIGEST

    def __post_init__(self) -> None:
        if unknown := sorted(set(self.document_types) - set(_TYPES)):
            raise ValueError(f"document_types: {unknown[0]!r} is no type; use {', '.join(_TYPES)}")
        if web_link(self.digest_url) != self.digest_url or "@" in self.digest_url or "?" in self.digest_url:
            raise ValueError(f"digest_url: {self.digest_url!r} is no plain address; write one like {_DIGEST}")


class _Row(NamedTuple):
    """One document of a digest page: its key, and the words that stand with it."""

    key: str
    text: str


def requests(source: Source, state: State) -> Iterator[Request]:
    """The feeds; where one fails, the digest of each working day since the workday before the last complete poll."""
    base = source.url.rstrip("/")
    digests = tuple(_digests(source, *_uncovered(state)))
    for type_ in source.options.document_types or ("",):
        yield Request(
            url=f"{base}/docTypes/{type_}" if type_ else f"{base}/",
            walk=type_ or "newest documents",
            accept=ACCEPT,
            otherwise=digests,
            context={"page": "feed"},
        )


def past(source: Source, since: datetime, until: datetime) -> Iterator[Request]:
    """The digest of each working day in Washington from the one before a moment to another moment."""
    return _digests(source, workday_before(in_washington(since).date()), _last_digest(until))


def parse(source: Source, response: Response) -> Iterator[Finding]:
    """Read the feed, or a page of the digest, whichever was asked for."""
    if response.request.context["page"] == "digest":
        return _digest(source, response)
    return _feed(source, response)


def _uncovered(state: State) -> tuple[date, date]:
    """The first and last day whose digests may hold what no complete poll has shown yet."""
    first = in_washington(state.now - _FURTHEST).date()
    if state.last_complete:
        first = max(first, workday_before(in_washington(state.last_complete).date()))
    return first, _last_digest(state.now)


def _last_digest(moment: datetime) -> date:
    """The day of the newest digest that may have appeared by then."""
    now = in_washington(moment)
    return now.date() if now.hour >= _APPEARS_HOUR else now.date() - timedelta(days=1)


def _digests(source: Source, first: date, last: date) -> Iterator[Request]:
    for day in workdays(first, last):
        yield Request(
            url=f"{source.options.digest_url.rstrip('/')}/{day:%Y/%m/%d}",
            walk="daily digest",
            accept="text/html",
            context={"page": "digest", "day": day.isoformat()},
        )


def _feed(source: Source, response: Response) -> Iterator[Finding]:
    yield Window(walk=response.request.walk)
    for each in read_feed(response, source.id, zone=WASHINGTON):
        yield _released(source, each) if isinstance(each, Entry) else each


def _released(source: Source, entry: Entry) -> Item:
    """A document as the feed states it: `_listed` states none of its fields but the address, which is the same."""
    number = _number(entry)
    key = number or addresses.item_key(
        source.id, guid=entry.guid, link=entry.link, title=entry.title, dated=entry.dated
    )
    summary, body = plain(entry.summary), plain(entry.content)
    told = {
        "author": line(entry.author),
        "page": entry.link if number and "/public/attachments/" not in entry.link else "",
    }
    return Item(
        key=key,
        kind="document",
        title=entry.title,
        summary=summary if summary != body or not body else "",
        url=_address(number) if number else entry.link,
        published=_day_meant(entry.dated),
        subjects=tuple(dict.fromkeys(tag for raw in entry.tags if (tag := line(raw)))),
        details={name: value for name, value in told.items() if value},
        body=body,
    )


def _number(entry: Entry) -> str:
    """The document that an entry is: by its guid, its link, its only attachment, or the head of its title."""
    for text in (entry.guid, entry.link):
        if number := _number_in(line(text)):
            return number
    linked = _ATTACHMENT.findall(f"{entry.summary} {entry.content}")
    named = {number.upper() for number, part in linked if int(part) == 1}
    if len(named) == 1:
        return _key_of(named.pop())
    first = next(iter(citations.find(entry.title)), None)
    return first.id if first and first.start == 0 and first.id.startswith("fcc:") else ""


def _number_in(text: str) -> str:
    """`fcc:DA-25-123` of an address of that document, or of the bare number; empty for an annex and anything else."""
    number = addresses.cited(text) or ("" if "/" in text else citations.parse(text) or "")
    return number if number.startswith("fcc:") and not _ANNEX.search(text) else ""


def _key_of(number: str) -> str:
    """`fcc:DA-25-12` of `DA-25-0012`; the number of a DOC has no zeros before it."""
    name, _, count = number.upper().rpartition("-")
    return f"fcc:{name}-{int(count)}"


def _address(key: str) -> str:
    return f"{_DOCUMENTS}/{key.removeprefix('fcc:')}A1.pdf"


def _day_meant(dated: When | None) -> When | None:
    """A release has a day: midnight is no time that anybody stated."""
    if dated is None or dated.precision == "day" or not _NO_CLOCK.search(dated.text):
        return dated
    try:
        return on_day(parsedate_to_datetime(dated.text).date(), text=dated.text)
    except (ValueError, TypeError, IndexError):
        return dated


def _digest(source: Source, response: Response) -> Iterator[Finding]:
    """The documents of a day's page; none on a day without any. Raises NotUnderstood for another page."""
    where = f"{source.id}: the digest of {response.request.context['day']}"
    page = _page(response, where)
    rows = list(_rows(page, response.url))
    if not rows and (lost := _NUMBER.search(page.body.text(separator=" ") if page.body else "")):
        what = f"names {lost[0]} and links no document, which this version cannot read"
        raise NotUnderstood(where, what, "look at the page in a browser; its form may be new")
    for row in rows:
        yield _listed(row)


def _page(response: Response, where: str) -> LexborHTMLParser:
    """The page without its frame, if it is the digest of the day that was asked for."""
    day = date.fromisoformat(response.request.context["day"])
    if f"/{day:%Y/%m/%d}" not in urlsplit(response.url).path:
        raise NotUnderstood(where, "led to another page", "open the address in a browser")
    if response.body.count(b"<") > _MOST_TAGS:
        raise NotUnderstood(where, "is too large for one day", "open the address in a browser")
    page = LexborHTMLParser(response.body.decode(errors="replace"))
    page.strip_tags(_OUTSIDE, recursive=True)
    if not any("daily digest" in line(each.text()).lower() for each in page.css("title, h1, h2, h3, h4")):
        raise NotUnderstood(where, "is a page that is no Daily Digest", "open the address in a browser")
    return page


def _rows(page: LexborHTMLParser, base: str) -> Iterator[_Row]:
    """Each document once, in the page's order. An annex is part of its document's row, and none of its own."""
    first: dict[str, LexborNode] = {}
    within = {around.mem_id: {"the whole page"} for each in page.css("h1, h2") for around in _around(each)}
    for link in page.css("a[href]"):
        address = web_link(link.attributes.get("href") or "", base)
        if not (match := _ATTACHMENT.fullmatch(urlsplit(address).path)):
            continue
        key = _key_of(match[1])
        for around in _around(link):
            within.setdefault(around.mem_id, set()).add(key)
        if int(match[2]) == 1:
            first.setdefault(key, link)
    for key, link in first.items():
        yield _Row(key=key, text=_words_of(link, within))


def _around(node: LexborNode) -> Iterator[LexborNode]:
    """The element and those around it, up to what holds the whole page."""
    for _ in range(_MOST_LEVELS):
        yield node
        parent = node.parent
        if parent is None or parent.tag in _CONTAINERS:
            return
        node = parent


def _words_of(link: LexborNode, within: Mapping[int, set[str]]) -> str:
    """The words of a row: of the largest element that holds no other document, else what stands before its links.

    `within` tells what each element holds.
    """
    alone = takewhile(lambda around: len(within[around.mem_id]) == 1, _around(link))
    row = [link, *alone][-1]
    if words := _words(row):
        return words
    before: list[str] = []
    node = row.prev
    while node is not None and node.mem_id not in within and node.tag not in _HEADINGS:
        before.append(_words(node))
        node = node.prev
    return " ".join(filter(None, reversed(before)))


def _words(node: LexborNode) -> str:
    return line(_LABEL.sub(" ", node.html or ""))


def _listed(row: _Row) -> Item:
    """A document as the digest states it, in fields that the feed does not state.

    The two ways word a document differently, and each would revise the other's words for ever.
    """
    words = row.text
    bureaus = _BUREAU.findall(words)
    told = {
        "released": _first(_RELEASED, words),
        "adopted": _first(_ADOPTED, words),
        "bureau": bureaus[-1] if bureaus else "",
    }
    for aside in (_CONTACT, _RELEASED, _ADOPTED, _OWN_NUMBER, _DOCKETS, _BUREAU):
        words = line(aside.sub("", words))
    return Item(
        key=row.key,
        kind="document",
        url=_address(row.key),
        titles=(words,) if words else (),
        identifiers=_dockets(row.text),
        details={name: value for name, value in told.items() if value},
    )


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[1] if found else ""


def _dockets(text: str) -> tuple[str, ...]:
    """`docket:18-89` of `(Dkt No 18-89 21-233)`."""
    found = (number for listed in _DOCKETS.findall(text) for number in _DOCKET.findall(listed))
    return tuple(dict.fromkeys(f"docket:{year}-{count}" for year, count in found))
