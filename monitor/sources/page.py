"""A web page without a feed: a listing, of which each row is an item, or a single page, of which the text is one.

Identity: the citation that an address is (a bill, a solicitation), else the address without what changes around it;
a row without a link is known by its title and date.
Docs: https://lexbor.com/modules/selectors/ (which CSS selectors there are)
Rate: none stated; a page that a publisher edits by hand is read often enough every 6 to 24 hours.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urljoin

from selectolax.lexbor import LexborNode

from monitor.core import addresses, printed_dates
from monitor.core.dates import WASHINGTON, When, check_zone
from monitor.core.errors import NotUnderstood
from monitor.core.exchange import Finding, Problem, Request, Response, Snapshot, Source, State, Unread, Window
from monitor.core.feeds.reading import Entry
from monitor.core.items import Item
from monitor.core.text import line
from monitor.core.urls import web_link
from monitor.core.web_pages import (
    ACCEPT,
    WebPage,
    drop,
    paragraphs_of,
    read_page,
    selector_fault,
    words_of,
)

DEFAULT_URL = ""

_FRAME = ("nav", "header", "footer", "aside", "dialog", "[hidden]", "[role=navigation]")
_HEADINGS = "h1, h2, h3, h4, h5, h6"
# A listing that goes on longer answers with one page over and over.
_MOST_PAGES = 200
_REBUILT = (
    "the page was rebuilt, or answers programs otherwise: look at it in a browser and mend the selector"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`rows` finds the rows of a listing, and link, title, date and summary what they name within a row.

    Without `rows` the page is one item, whose text is that of `main`. What `ignore` finds is left out. `whole`: the
    listing shows all that stands, so a row that goes is withdrawn. `pages` is the address of a further page, from
    `{n}` = `second_page` on.
    """

    rows: str = ""
    link: str = ""
    title: str = ""
    date: str = ""
    summary: str = ""
    date_format: str = ""
    day_first: bool = False
    timezone: str = WASHINGTON
    main: str = ""
    ignore: tuple[str, ...] = ()
    whole: bool = False
    pages: str = ""
    second_page: int = 2

    def __post_init__(self) -> None:
        for name in ("rows", "link", "title", "date", "summary", "main"):
            _check_selector(name, getattr(self, name))
        for selector in self.ignore:
            _check_selector("ignore", selector or " ")
        _check_dates(self)
        if self.rows and self.main:
            raise ValueError("main: is for a single page; leave out main or rows")
        if not self.rows and (self.link or self.whole or self.pages):
            raise ValueError("rows: is missing; link, whole and pages are for a listing, whose rows it names")
        if self.pages and "{n}" not in self.pages:
            raise ValueError(f"pages: {self.pages!r} has no {{n}}; write one like ?page={{n}}")
        if self.pages and not web_link(self.pages.replace("{n}", "2"), "https://host.example/"):
            raise ValueError(f"pages: {self.pages!r} makes no address; write one like ?page={{n}}")
        if not 0 <= self.second_page <= _MOST_PAGES:
            raise ValueError(f"second_page: must be from 0 to {_MOST_PAGES}")


def _check_selector(name: str, selector: str) -> None:
    if selector and (fault := selector_fault(selector)):
        raise ValueError(f"{name}: {fault}; try it in a browser: document.querySelectorAll(…)")


def _check_dates(options: Options) -> None:
    check_zone(options.timezone)
    if options.date_format and not options.date:
        raise ValueError("date_format: needs date, the selector of what is in that form")
    if options.date_format and not printed_dates.is_whole_form(options.date_format):
        what = f"date_format: {options.date_format!r} does not say year, month and day"
        raise ValueError(f"{what}; write one like %d/%m/%Y")


def requests(source: Source, state: State) -> Iterator[Request]:  # noqa: ARG001 - a page has one address, whenever
    """The page itself."""
    yield Request(url=source.url, walk=source.id, accept=ACCEPT)


def parse(source: Source, response: Response) -> Iterator[Finding]:
    """The rows of a listing, or the single page. Raises NotUnderstood where a selector no longer finds anything."""
    page = read_page(response, source.id)
    if page.wrong:
        yield Problem(where=f"{source.id}: the page's letters", what=page.wrong)
    if page.tree.root:
        drop(page.tree.root, source.options.ignore)
    if source.options.rows:
        yield from _listing(source, response, page)
    else:
        yield from _single(source, page)


def earlier(source: Source, response: Response) -> Iterator[Request]:
    """The next page of a listing that shows the newest of more."""
    if source.options.pages and not source.options.whole:
        yield _further(source, _number(source, response.request) + 1)


def _listing(source: Source, response: Response, page: WebPage) -> Iterator[Finding]:
    found = page.all(source.options.rows)
    number = _number(source, response.request)
    if not found and number < source.options.second_page:
        what = f"the selector rows = {source.options.rows!r} finds nothing"
        raise NotUnderstood(source.id, what, _REBUILT)
    rows = [_row(source, page, row, f"row {index}") for index, row in enumerate(found, 1)]
    entries = [row for row in rows if isinstance(row, Entry)]
    problems = [row for row in rows if isinstance(row, Problem)]
    if found and not entries:
        what = f"none of {len(found)} rows can be read: the first {problems[0].what}"
        raise NotUnderstood(source.id, what, _REBUILT)
    keys = addresses.item_keys(source.id, entries)
    yield from problems
    yield from _lost_selectors(source, entries)
    yield from map(_item, entries, keys)
    if source.options.whole:
        yield from _end_or_next(source, response.request, number, keys, broken=bool(problems))
    elif found:
        yield Window(walk=source.id)


def _end_or_next(
    source: Source, asked: Request, number: int, keys: Sequence[str], *, broken: bool
) -> Iterator[Finding]:
    """The next page of a listing that is read whole; at its end, and if every row was read, that it is all."""
    shown = addresses.fingerprint(*keys)
    broken = broken or "broken" in asked.context
    if source.options.pages and keys and shown != asked.context.get("shown"):
        if number < _MOST_PAGES:
            yield _further(source, number + 1, shown=shown, **({"broken": "yes"} if broken else {}))
        else:
            what = f"the listing goes on beyond page {number}, which is not read"
            yield Unread(walk=source.id, what=what)
    elif not broken:
        yield Snapshot(walk=source.id)


def _number(source: Source, asked: Request) -> int:
    return int(asked.context.get("page", source.options.second_page - 1))


def _further(source: Source, number: int, **context: str) -> Request:
    address = urljoin(source.url, source.options.pages.replace("{n}", str(number)))
    return Request(url=address, walk=source.id, accept=ACCEPT, context={"page": str(number), **context})


def _row(source: Source, page: WebPage, row: LexborNode, where: str) -> Entry | Problem:
    options = source.options
    link = _link(page, row, options.link)
    title = words_of(row.css_first(options.title)) if options.title else _title(row, link)
    if (options.link and link is None) or not title:
        told = "no title" if link or not options.link else "no link"
        words = words_of(row)[:80]
        return Problem(where=f"{source.id}: {where}", what=f"has {told}: {words}" if words else f"has {told}")
    return Entry(
        link=page.link(link),
        title=title,
        summary=words_of(row.css_first(options.summary)) if options.summary else "",
        dated=_date_of_row(options, row, title),
    )


def _link(page: WebPage, row: LexborNode, selector: str) -> LexborNode | None:
    """The first link that leads to a page: within what the selector finds, or the row."""
    scope = row.css_first(selector) if selector else row
    return next((each for each in scope.css("a[href]") if page.link(each)), None) if scope else None


def _title(row: LexborNode, link: LexborNode | None) -> str:
    """The words of the link; where it shows only a picture, those of the row's heading or of the picture."""
    if link is None:
        return ""
    picture = link.css_first("img[alt]")
    labels = (link.attributes.get("aria-label"), link.attributes.get("title"))
    told = (*labels, picture.attributes.get("alt") if picture else "")
    return words_of(link) or words_of(row.css_first(_HEADINGS)) or line(next(filter(None, told), ""))


def _date_of_row(options: Options, row: LexborNode, title: str) -> When | None:
    """When the row says it was published. A date in the title is what it is about, rather than when it appeared."""
    if options.date:
        return _date_in(options, row.css_first(options.date))
    if (time := row.css_first("time")) and (when := _date_in(options, time)):
        return when
    return printed_dates.find_day(
        words_of(row).replace(title, " ", 1), zone=options.timezone, day_first=options.day_first
    )


def _date_in(options: Options, node: LexborNode | None) -> When | None:
    """The date that an element states: as `date_format` says, else for machines, else for people."""
    if node is None:
        return None
    if options.date_format:
        return printed_dates.read_as(words_of(node), options.date_format, zone=options.timezone)
    time = node.css_first("time[datetime]")
    machine = (time.attributes.get("datetime") or "") if time else ""
    return printed_dates.stated(machine, zone=options.timezone) or printed_dates.find_day(
        words_of(node), zone=options.timezone, day_first=options.day_first
    )


def _lost_selectors(source: Source, entries: Sequence[Entry]) -> Iterator[Problem]:
    """Say which selector that is configured gives nothing in any row."""
    if source.options.date and entries and not any(entry.dated for entry in entries):
        yield Problem(where=f"{source.id}: date", what=f"{source.options.date!r} finds no date in any row")
    if source.options.summary and entries and not any(entry.summary for entry in entries):
        yield Problem(
            where=f"{source.id}: summary", what=f"{source.options.summary!r} finds no words in any row"
        )


def _item(entry: Entry, key: str) -> Item:
    return Item(
        key=key,
        kind=addresses.item_kind(key),
        title=entry.title,
        summary=entry.summary,
        url=entry.link,
        published=entry.dated,
    )


def _single(source: Source, page: WebPage) -> Iterator[Finding]:
    options = source.options
    block = page.first(options.main) if options.main else _main_block(page)
    if block is None:
        raise NotUnderstood(source.id, f"the selector main = {options.main!r} finds nothing", _REBUILT)
    title = words_of(page.first(options.title)) if options.title else _title_of_page(page, block)
    dated = _date_in(options, page.first(options.date)) if options.date else None
    summary = words_of(page.first(options.summary)) if options.summary else ""
    if not options.main:
        drop(block, _FRAME)
    body = paragraphs_of(block)
    if not body or not title:
        what = f"the page has no {'title' if body else 'text'}, as programs see it"
        raise NotUnderstood(source.id, what, _REBUILT)
    url = web_link(source.url)
    key = addresses.item_key(source.id, link=url, title=title, dated=dated)
    yield from _lost_selectors(source, [Entry(dated=dated, summary=summary)])
    yield Item(
        key=key,
        kind=addresses.item_kind(key) if addresses.cited(url) else "page",
        title=title,
        summary=summary,
        url=url,
        published=dated,
        body=body,
    )


def _main_block(page: WebPage) -> LexborNode | None:
    articles = page.all("article")
    alone = articles[0] if len(articles) == 1 else None
    return page.first("main") or page.first("[role=main]") or alone or page.tree.body


def _title_of_page(page: WebPage, block: LexborNode) -> str:
    return words_of(block.css_first("h1")) or words_of(page.first("h1")) or words_of(page.first("title"))
