"""The page kind: listings of which each row is an item, single pages, and a redesign that is loud."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from desk import Desk
from webserver import Asked, Reply, WebServer

from monitor.core.errors import NotUnderstood
from monitor.core.exchange import Finding, Problem, Request, Response, Snapshot, Source, State, Unread, Window
from monitor.core.items import Item, field_hashes
from monitor.sources import page
from monitor.sources.page import Options

URL = "https://agency.example/media/newsroom"


def at(url: str = URL, **options: Any) -> Source:
    return Source(id="src", kind="page", url=url, options=Options(**options))


def answer(
    body: str | bytes, content_type: str = "text/html; charset=utf-8", request: Request | None = None
) -> Response:
    return Response(
        request=request or Request(url=URL),
        url=URL,
        body=body if isinstance(body, bytes) else body.encode(),
        headers={"content-type": content_type},
        fetched_at=datetime(2026, 4, 1, tzinfo=UTC),
    )


def read(body: str | bytes, source: Source, **more: Any) -> Sequence[Finding]:
    return list(page.parse(source, answer(body, **more)))


def items(found: Sequence[Finding]) -> list[Item]:
    return [each for each in found if isinstance(each, Item)]


def problems(found: Sequence[Finding]) -> list[str]:
    return [f"{each.where}: {each.what}" for each in found if isinstance(each, Problem)]


def listing(*rows: str) -> str:
    inside = "".join(f"<li>{row}</li>" for row in rows)
    return f"<!DOCTYPE html><html><body><ul>{inside}</ul></body></html>"


def link(name: str, title: str = "") -> str:
    return f'<a href="/news/{name}">{title or f"News of {name}"}</a>'


def single(*paragraphs: str, head: str = "<title>A policy</title>") -> str:
    inside = "".join(f"<p>{each}</p>" for each in paragraphs)
    return f"<!DOCTYPE html><html><head>{head}</head><body><main><h1>The policy</h1>{inside}</main></body></html>"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"rows": "li["}, "rows: 'li[' is no CSS selector"),
        ({"rows": "li", "link": "a:contains('x')"}, "link: "),
        ({"rows": "li", "date": "::time"}, "date: "),
        ({"ignore": ("p", "")}, "ignore: "),
        ({"rows": "li", "main": "main"}, "main: is for a single page"),
        ({"whole": True}, "rows: is missing"),
        ({"pages": "?page={n}"}, "rows: is missing"),
        ({"rows": "li", "pages": "?page=2"}, "pages: '?page=2' has no {n}"),
        ({"rows": "li", "pages": "https://[{n}]/"}, "pages: 'https://[{n}]/' makes no address"),
        ({"rows": "li", "pages": "javascript:{n}"}, "pages: 'javascript:{n}' makes no address"),
        ({"rows": "li", "second_page": -1}, "second_page: must be"),
        ({"timezone": "Mars/Olympus"}, "timezone: 'Mars/Olympus' is no zone"),
        ({"date_format": "%d/%m/%Y"}, "date_format: needs date"),
        ({"date": "p", "date_format": "%d %b"}, "date_format: '%d %b' does not say year"),
        ({"date": "p", "date_format": "%Q"}, "date_format: '%Q' does not say year"),
    ],
)
def test_options_that_can_find_nothing_are_errors(options: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=r"^[a-z_]+: ") as caught:
        Options(**options)
    assert str(caught.value).startswith(says)


def test_a_poll_asks_for_the_page() -> None:
    (request,) = page.requests(at(rows="li"), State(now=datetime(2026, 1, 1, tzinfo=UTC)))
    assert (request.url, request.walk) == (URL, "src")


def test_each_row_is_an_item_known_by_where_it_leads() -> None:
    found = items(read(listing(link("one"), link("two?utm_source=list#top", "Two")), at(rows="li")))
    assert [(item.key, item.title) for item in found] == [
        ("https://agency.example/news/one", "News of one"),
        ("https://agency.example/news/two", "Two"),
    ]


def test_a_row_that_leads_to_an_official_document_is_that_document() -> None:
    row = '<a href="https://www.congress.gov/bill/119th-congress/house-bill/2449">FUTURE Networks Act</a>'
    (item,) = items(read(listing(row), at(rows="li")))
    assert (item.key, item.kind) == ("bill:119-hr-2449", "bill")


def test_a_listing_of_the_newest_is_a_window_and_a_whole_one_a_snapshot() -> None:
    body = listing(link("one"))
    assert [each for each in read(body, at(rows="li")) if not isinstance(each, Item)] == [Window(walk="src")]
    assert [each for each in read(body, at(rows="li", whole=True)) if not isinstance(each, Item)] == [
        Snapshot(walk="src")
    ]


def test_a_listing_in_which_a_row_cannot_be_read_withdraws_nothing() -> None:
    found = read(listing(link("one"), "Coming soon"), at(rows="li", whole=True))
    assert problems(found) == ["src: row 2: has no title: Coming soon"]
    assert not [each for each in found if isinstance(each, Snapshot)]


@pytest.mark.parametrize(
    ("body", "options", "says"),
    [
        (listing(link("a")), {"rows": ".views-row"}, "the selector rows = '.views-row' finds nothing"),
        (listing("one", "two"), {"rows": "li"}, "none of 2 rows can be read: the first has no title: one"),
        (listing(link("a")), {"rows": "li", "title": "h3"}, "none of 1 rows can be read"),
        (listing(link("a")), {"rows": "li", "link": "h3"}, "has no link: News of a"),
        (single("Text."), {"main": "#content"}, "the selector main = '#content' finds nothing"),
        ("<html><body><script>app()</script></body></html>", {}, "the page has no text"),
        ("<html><body><p>Text.</p></body></html>", {}, "the page has no title"),
        (single("Text."), {"title": "h2"}, "the page has no title"),
    ],
)
def test_a_rebuilt_page_is_loud(body: str, options: dict[str, Any], says: str) -> None:
    with pytest.raises(NotUnderstood, match="mend the selector") as caught:
        read(body, at(**options))
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"%PDF-1.7 <<", "application/pdf"),
        (b'{"rows": []}', "application/json"),
        (b"", ""),
        (b"Service unavailable", "text/plain"),
    ],
)
def test_what_is_no_page_is_not_understood(body: bytes, content_type: str) -> None:
    with pytest.raises(NotUnderstood, match="instead of a web page"):
        read(body, at(), content_type=content_type)


@pytest.mark.parametrize(
    "body",
    [b"<html><body>" + b"<div>" * 2000 + b"x", b"<html><body>" + b"<p>x" * 70_000],
    ids=["depth", "tags"],
)
def test_a_page_that_would_stop_the_reader_is_refused(body: bytes) -> None:
    with pytest.raises(NotUnderstood, match="poll a smaller page"):
        read(body, at(rows="p:nth-child(2)"))


def test_a_page_that_forgets_to_end_its_paragraphs_is_not_deep() -> None:
    body = "<html><body><ul>" + "<li><p><b>x</b><br><img src=a>" * 3000 + "</ul></body></html>"
    assert len(items(read(f"{body}<a href=/x>Y</a>", at(rows="body", title="a")))) == 1


DATES = {
    '<time datetime="2026-11-03">3 November</time>': "2026-11-03",
    '<time datetime="2026-11-03T12:00:00Z">November 3, 2026</time>': "2026-11-03",
    '<time datetime="2026-11-03T16:30:00-05:00">today</time>': "2026-11-03T21:30:00Z",
    '<time datetime="">Nov. 3rd, 2026</time>': "2026-11-03",
    "November 3, 2026": "2026-11-03",
    "03 Nov 2026": "2026-11-03",
    "2026年11月3日": "2026-11-03",
    "令和8年11月3日": "2026-11-03",
    "2026. 11. 3.": "2026-11-03",
    "11/03/2026": "2026-11-03",
    "3.11.2026": "2026-11-03",
    "soon": "",
    "13/31/2026": "",
    "November 2026": "",
}


@pytest.mark.parametrize(("printed", "expected"), DATES.items())
def test_the_date_of_a_row_is_found_in_whatever_form_it_is_printed(printed: str, expected: str) -> None:
    (item,) = items(read(listing(f"<span>{printed}</span>{link('a')}"), at(rows="li")))
    assert str(item.published or "") == expected


def test_a_date_in_the_title_is_not_when_the_row_appeared() -> None:
    (item,) = items(read(listing(link("a", "Minutes of October 1, 2026")), at(rows="li")))
    assert item.published is None


def test_day_first_and_a_date_format_are_followed() -> None:
    rows = listing(f"<i>03/11/2026</i> {link('a')}")
    (item,) = items(read(rows, at(rows="li", day_first=True)))
    assert str(item.published) == "2026-11-03"
    (item,) = items(read(rows, at(rows="li", date="i", date_format="%d/%m/%Y", timezone="Asia/Tokyo")))
    assert item.published is not None
    assert (item.published.at, item.published.text) == ("2026-11-02T15:00:00Z", "03/11/2026")


def test_a_date_format_with_a_clock_gives_a_moment_in_the_zone_of_the_source() -> None:
    source = at(rows="li", date="i", date_format="%Y.%m.%d %H:%M", timezone="Asia/Seoul")
    (item,) = items(read(listing(f"<i>2026.11.03 09:30</i> {link('a')}"), source))
    assert str(item.published) == "2026-11-03T00:30:00Z"


def test_selectors_that_no_longer_find_dates_or_words_are_named() -> None:
    found = read(listing(link("a"), link("b")), at(rows="li", date=".date", summary=".teaser"))
    assert problems(found) == [
        "src: date: '.date' finds no date in any row",
        "src: summary: '.teaser' finds no words in any row",
    ]
    assert len(items(found)) == 2


def test_a_link_that_leads_nowhere_is_passed_over() -> None:
    row = f'<a href="#">☆</a><a href="javascript:like()">Like</a>{link("a")}'
    (item,) = items(read(listing(row), at(rows="li")))
    assert (item.key, item.title) == ("https://agency.example/news/a", "News of a")


def test_a_picture_that_links_is_named_by_the_heading_or_by_its_own_words() -> None:
    body = listing(
        '<a href="/a"><img alt="A plant"></a><h3>Open RAN plant</h3>', '<a href="/b"><img alt="A port"></a>'
    )
    assert [item.title for item in items(read(body, at(rows="li")))] == ["Open RAN plant", "A port"]


def test_rows_that_are_links_themselves_are_read() -> None:
    (item,) = items(read("<html><a class=card href=/x><b>T</b></a></html>", at(rows="a.card")))
    assert (item.key, item.title) == ("https://agency.example/x", "T")


def test_a_row_without_a_link_is_known_by_title_and_date() -> None:
    body = listing("<b>Meeting</b> 2026-11-03", "<b>Meeting</b> 2026-11-10")
    found = items(read(body, at(rows="li", title="b", date="li")))
    assert len({item.key for item in found}) == 2
    assert all(item.key.startswith("src:") for item in found)


def test_several_rows_of_one_address_stay_apart() -> None:
    body = listing(*(f'<a href="/meetings#{n}">Meeting {n}</a>' for n in range(3)))
    assert len({item.key for item in items(read(body, at(rows="li")))}) == 3


def test_what_is_ignored_is_in_no_row() -> None:
    row = f'{link("a")}<p class="views">1,234 views</p>'
    body = listing(row)
    (item,) = items(read(body, at(rows="li", summary="p, .none", ignore=(".views",))))
    assert item.summary == ""


def test_an_ignored_element_within_another_is_taken_out_with_it() -> None:
    inside = "<div class=x>a<div class=x>b<div class=x>c</div></div></div><p>kept</p>"
    body = f"<html><title>T</title><body>{inside}</body></html>"
    (item,) = items(read(body, at(ignore=(".x", "div"))))
    assert item.body == "kept"


def test_further_pages_go_on_from_the_second() -> None:
    source = at(rows="li", pages="?page={n}", second_page=1)
    (second,) = page.earlier(source, answer(listing(link("a"))))
    assert (second.url, second.walk) == (f"{URL}?page=1", "src")
    (third,) = page.earlier(source, answer(listing(link("b")), request=second))
    assert third.url == f"{URL}?page=2"
    assert list(page.earlier(at(rows="li"), answer(listing(link("a"))))) == []


def test_an_empty_further_page_is_the_end_of_the_listing() -> None:
    source = at(rows="li", pages="?page={n}")
    (second,) = page.earlier(source, answer(listing(link("a"))))
    assert read("<html><body>No results</body></html>", source, request=second) == []


def test_a_whole_listing_is_read_to_its_end_and_only_then_a_snapshot() -> None:
    source = at(rows="li", pages="?page={n}", whole=True)
    first = read(listing(link("a")), source)
    (second,) = [each for each in first if isinstance(each, Request)]
    assert not [each for each in first if isinstance(each, Snapshot)]
    assert Snapshot(walk="src") in read("<html><body>No results</body></html>", source, request=second)


def test_a_whole_listing_that_answers_with_its_last_page_for_ever_ends() -> None:
    source = at(rows="li", pages="?page={n}", whole=True)
    (second,) = [each for each in read(listing(link("a")), source) if isinstance(each, Request)]
    found = read(listing(link("a")), source, request=second)
    assert [each for each in found if not isinstance(each, Item)] == [Snapshot(walk="src")]


def test_a_whole_listing_that_goes_on_for_too_long_is_not_read_whole() -> None:
    source = at(rows="li", pages="?page={n}", whole=True)
    last = page._further(source, 200, shown="another")
    found = read(listing(link("a")), source, request=last)
    assert [each for each in found if not isinstance(each, Item)] == [
        Unread(walk="src", what="the listing goes on beyond page 200, which is not read")
    ]


def test_a_row_lost_on_the_first_page_of_a_whole_listing_is_remembered_at_its_end() -> None:
    source = at(rows="li", pages="?page={n}", whole=True)
    (second,) = [each for each in read(listing(link("a"), "?"), source) if isinstance(each, Request)]
    assert read("<html><body>No results</body></html>", source, request=second) == []


def test_a_single_page_is_one_item_with_its_main_text() -> None:
    (item,) = items(read(single("One.", "Two."), at()))
    assert (item.key, item.kind, item.title) == (URL, "page", "The policy")
    assert item.body == "The policy\nOne.\nTwo."


def test_white_space_scripts_and_nonces_are_no_revision() -> None:
    first = single("One  day.", "<script nonce=1>a()</script>Two.")
    second = single(
        "One\n day.",
        "<script nonce=2>b()</script>Two.",
        head="<style>p{}</style><title>A policy</title>",
    ).replace("<main>", '<main data-ad="71" class="x">')
    ((one,), (two,)) = (items(read(body, at())) for body in (first, second))
    assert field_hashes(one) == field_hashes(two)
    ((three,),) = (items(read(single("One day.", "Three."), at())),)
    assert field_hashes(one) != field_hashes(three)


def test_letters_are_read_as_the_page_or_its_server_says() -> None:
    for encoding, said, sent in (
        ("shift_jis", "Shift_JIS", "text/html"),
        ("euc_kr", "", "text/html; charset=euc-kr"),
        ("utf-8", "Shift_JIS", "text/html; charset=iso-8859-1"),
        ("utf-16", "utf-8", "text/html"),
    ):
        text = "第六世代" if "jis" in encoding else "이동통신"
        meta = f'<meta charset="{said}">' if said else ""
        body = single(text, head=f"{meta}<title>T</title>").encode(encoding)
        (item,) = items(read(body, at(), content_type=sent))
        assert item.body.endswith(text)


def test_lost_letters_are_said() -> None:
    found = read(single("6G caf\xe9 中").encode().replace("中".encode(), b"\xff"), at())
    (said,) = problems(found)
    assert "could not be" in said


@pytest.fixture
def desk(tmp_path: Path, web: WebServer) -> Desk:
    return Desk(tmp_path, web)


def html(body: str) -> Reply:
    return Reply(body=body.encode(), headers={"Content-Type": "text/html; charset=utf-8"})


def test_a_listing_polled_twice_records_once_and_a_new_row_is_told(desk: Desk) -> None:
    desk.source("news", kind="page", rows='"li"')
    old, new = listing(link("a")), listing(link("b", "Next G Alliance meets"), link("a"))
    desk.web.answer("/news", html(old), html(old), html(new))
    desk.poll()
    before = len(desk.events())
    assert desk.report().outcome == "unchanged"
    assert len(desk.events()) == before
    assert desk.report().new == 1
    assert [(change, origin) for _, change, origin in desk.told()] == [("new", "live")]


def test_a_changed_page_is_revised_once(desk: Desk) -> None:
    desk.source("policy", kind="page")
    first, second = single("Fee: $100."), single("Fee: $300.")
    desk.web.answer("/policy", html(first), html(first.replace("<p>", "<p class=x>")), html(second))
    desk.poll()
    assert (desk.report().revised, desk.report().revised) == (0, 1)
    (event,) = desk.events("ItemRevised")
    assert [change.field for change in event.changes] == ["body"]


def test_an_overflowed_listing_is_read_on_to_what_was_known(desk: Desk) -> None:
    desk.source("news", kind="page", rows='"li"', pages='"?page={n}"', second_page="1")
    shown = [listing(link("a"), link("b"))]

    def serve(asked: Asked) -> Reply:
        number = int(asked.target.partition("page=")[2] or 0)
        return html(shown[number] if number < len(shown) else "<html><body>None</body></html>")

    desk.web.fallback = serve
    desk.poll()
    shown = [listing(link("f"), link("e")), listing(link("d"), link("c")), listing(link("b"), link("a"))]
    report = desk.report()
    assert (report.outcome, report.new) == ("ok", 4)
    assert [event.how for event in desk.events("GapClosed")] == ["earlier pages"]


def test_a_row_that_leaves_a_whole_listing_twice_is_withdrawn(desk: Desk) -> None:
    desk.source("open", kind="page", rows='"li"', whole="true")
    both, one = listing(link("a"), link("b")), listing(link("a"))
    desk.web.answer("/open", html(both), html(one), html(one))
    for _ in range(3):
        desk.poll()
    (event,) = desk.events("ItemWithdrawn")
    assert event.key.endswith("/news/b")


def test_a_redesign_fails_the_source_and_withdraws_nothing(desk: Desk) -> None:
    desk.source("open", kind="page", rows='"li"', whole="true")
    desk.web.answer("/open", html(listing(link("a"))), html("<html><body><div>New look</div></body></html>"))
    for _ in range(3):
        report = desk.poll().reports[0]
    assert report.outcome == "failed"
    assert desk.events("ItemWithdrawn") == []
    assert "finds nothing" in desk.events("SourceFailed")[0].detail
