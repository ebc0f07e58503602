"""The FCC's releases: identities, the days that are asked, the digest's pages, and two ways that do not quarrel."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from desk import Desk
from webserver import Asked, Reply, WebServer

from monitor.core.errors import NotUnderstood
from monitor.core.exchange import Finding, Request, Response, Source, State, Window
from monitor.core.items import Item, content
from monitor.sources import fcc_edocs
from monitor.sources.fcc_edocs import Options

DOCS = "https://docs.fcc.gov/public/attachments"
NOON = datetime(2026, 9, 9, 16, tzinfo=UTC)  # a Wednesday, 12:00 in Washington, two days after Labor Day


def at(**options: Any) -> Source:
    return Source(id="edocs", kind="fcc_edocs", url=fcc_edocs.DEFAULT_URL, options=Options(**options))


def asked(now: datetime = NOON, last: datetime | None = None, **options: Any) -> Sequence[Request]:
    return list(fcc_edocs.requests(at(**options), State(now=now, last_complete=last)))


def days(requests: Sequence[Request]) -> list[str]:
    return [request.context["day"][5:] for request in requests]


def read(body: str, request: Request, url: str = "") -> list[Finding]:
    response = Response(
        request=request, url=url or request.url, body=body.encode(), headers={}, fetched_at=NOON
    )
    return list(fcc_edocs.parse(at(), response))


def feed(*entries: str) -> str:
    listed = "".join(f"<item>{entry}</item>" for entry in entries)
    return f"<rss version='2.0'><channel><title>EDOCS</title>{listed}</channel></rss>"


def from_feed(*entries: str) -> list[Item]:
    found = read(feed(*entries), asked()[0])
    return [each for each in found if isinstance(each, Item)]


def digest(*rows: str, title: str = "Daily Digest") -> str:
    listed = "".join(f"<p>{row}</p>" for row in rows)
    return (
        f"<!DOCTYPE html><html><head><title>{title}</title></head><body><main>{listed}</main></body></html>"
    )


def link(name: str) -> str:
    return f"<a href='{DOCS}/{name}'>{name}</a>"


def from_digest(page: str, url: str = "") -> list[Finding]:
    return read(page, asked()[0].otherwise[-1], url)


# What is asked


def test_a_poll_asks_for_the_newest_documents_of_all_types() -> None:
    (request,) = asked()
    assert request.url == "https://api2.fcc.gov/edocs/public/api/v1/rss/"


def test_types_are_feeds_of_their_own_with_one_way_round() -> None:
    first, second = asked(document_types=("Order", "News_Release"))
    assert [first.url[-15:], second.url[-22:]] == ["/docTypes/Order", "/docTypes/News_Release"]
    assert first.otherwise == second.otherwise != ()


def test_an_unknown_type_and_an_address_that_is_none_are_refused() -> None:
    with pytest.raises(ValueError, match="document_types: 'order' is no type; use News_Release, Order"):
        Options(document_types=("order",))
    for url in ("ftp://h.example/", "digest", "https://key@h.example/d", "https://h.example/d?key=1"):
        with pytest.raises(ValueError, match="is no plain address; write one like"):
            Options(digest_url=url)


@pytest.mark.parametrize(
    ("now", "last", "expected"),
    [
        ("2026-09-09T16:00", "2026-09-09T15:00", ["09-08", "09-09"]),
        ("2026-09-09T13:00", "2026-09-09T12:00", ["09-08"]),  # today's has not appeared at 9 in Washington
        ("2026-09-09T16:00", "2026-09-08T15:00", ["09-04", "09-08", "09-09"]),  # over Labor Day's weekend
        ("2026-09-06T16:00", "2026-09-06T15:00", ["09-04"]),  # a Sunday
        ("2026-09-10T02:00", "2026-09-10T01:00", ["09-08", "09-09"]),  # still the 9th in Washington
        (
            "2026-09-09T16:00",
            "2026-01-01T00:00",
            ["08-31", "09-01", "09-02", "09-03", "09-04", "09-08", "09-09"],
        ),
        ("2026-09-09T16:00", "", ["08-31", "09-01", "09-02", "09-03", "09-04", "09-08", "09-09"]),
    ],
)
def test_a_feed_that_fails_is_replaced_by_the_digests_of_uncovered_working_days(
    now: str, last: str, expected: list[str]
) -> None:
    moments = [datetime.fromisoformat(f"{text}:00+00:00") if text else None for text in (now, last)]
    assert moments[0] is not None
    assert days(asked(moments[0], moments[1])[0].otherwise) == expected


def test_a_gap_is_filled_by_the_digests_of_its_days() -> None:
    since, until = datetime(2026, 7, 2, 12, tzinfo=UTC), datetime(2026, 7, 7, 20, tzinfo=UTC)
    requests = list(fcc_edocs.past(at(digest_url="http://h.example/digest/"), since, until))
    assert days(requests) == [
        "07-01",
        "07-02",
        "07-06",
        "07-07",
    ]  # the 3rd is the holiday of Saturday the 4th
    assert requests[0].url == "http://h.example/digest/2026/07/01"


@pytest.mark.parametrize("hour", range(0, 24 * 7, 5))
def test_a_gap_of_any_hour_of_a_week_has_a_digest_to_fill_it(hour: int) -> None:
    moment = datetime(2026, 9, 3 + hour // 24, hour % 24, tzinfo=UTC)
    assert list(fcc_edocs.past(at(), moment, moment))


# The feed


KEYED = [
    ("<guid isPermaLink='false'>DA-25-123</guid>", "fcc:DA-25-123"),
    ("<guid isPermaLink='false'>DA-25-0123A1</guid>", "fcc:DA-25-123"),
    ("<guid isPermaLink='false'>FCC 24-5</guid>", "fcc:FCC-24-5"),
    (f"<link>{DOCS}/DOC-425157A1.pdf</link>", "fcc:DOC-425157"),
    (f"<guid isPermaLink='false'>98</guid><link>{DOCS}/FCC-24-5A1.docx</link>", "fcc:FCC-24-5"),
    ("<title>FCC 24-5: An Order</title><guid isPermaLink='false'>98</guid>", "fcc:FCC-24-5"),
    (
        f"<guid isPermaLink='false'>98</guid><description>{DOCS}/DA-25-7A1.pdf {DOCS}/DA-25-7A2.pdf</description>",
        "fcc:DA-25-7",
    ),
    (
        f"<guid isPermaLink='false'>98</guid><description>{DOCS}/DA-25-7A1.pdf {DOCS}/DA-25-8A1.pdf</description>",
        "edocs:98",
    ),
    (f"<guid isPermaLink='false'>98</guid><description>{DOCS}/DA-25-7A2.pdf</description>", "edocs:98"),
    ("<title>Erratum to FCC 24-5</title><guid isPermaLink='false'>98</guid>", "edocs:98"),
    ("<guid isPermaLink='false'>98</guid><description>See DA 25-7.</description>", "edocs:98"),
    ("<guid isPermaLink='false'>DOC-425157A2</guid>", "edocs:DOC-425157A2"),
    (f"<link>{DOCS}/DOC-425157A3.pdf</link>", f"{DOCS}/DOC-425157A3.pdf"),
    ("<link>https://www.fcc.gov/document/a-guide</link>", "https://www.fcc.gov/document/a-guide"),
]


@pytest.mark.parametrize(("entry", "key"), KEYED)
def test_an_entry_is_keyed_by_its_number_and_an_annex_is_another_text(entry: str, key: str) -> None:
    assert [item.key for item in from_feed(entry)] == [key]


def test_the_feed_is_a_window_on_a_longer_list() -> None:
    assert read(feed(), asked()[0]) == [Window(walk="newest documents")]


@pytest.mark.parametrize(
    ("printed", "said"),
    [
        ("Mon, 07 Apr 2025 00:00:00 -0400", "2025-04-07"),
        ("Mon, 07 Apr 2025 00:00:00 GMT", "2025-04-07"),
        ("Mon, 07 Apr 2025 16:30:00 -0400", "2025-04-07T20:30:00Z"),
        ("04/07/2025", "2025-04-07"),
        ("2025-04-07T00:00:00", "2025-04-07T04:00:00Z"),
        ("soon", "None"),
    ],
)
def test_midnight_is_a_day_and_no_time_is_invented(printed: str, said: str) -> None:
    (item,) = from_feed(f"<title>T</title><pubDate>{printed}</pubDate>")
    assert str(item.published) == said


def test_a_web_page_instead_of_the_feed_is_not_understood() -> None:
    with pytest.raises(NotUnderstood, match="a web page instead of a feed"):
        read(digest(), asked()[0])


# The digest


def test_a_day_without_documents_is_a_day() -> None:
    assert from_digest(digest()) == []


@pytest.mark.parametrize(
    ("page", "url", "message"),
    [
        (digest("Access denied", title="Challenge"), "", "is a page that is no Daily Digest"),
        (digest(f"A {link('DA-26-1A1.pdf')}", title="Headlines"), "", "is a page that is no Daily Digest"),
        ("", "", "is a page that is no Daily Digest"),
        ("Service unavailable", "", "is a page that is no Daily Digest"),
        (digest(), "https://www.fcc.gov/", "led to another page"),
        (digest(), "https://www.fcc.gov/edocs/daily-digest/2026/09/08", "led to another page"),
        (digest("A NOTICE. (DA No. 26-996). EB."), "", "names DA No. 26-996 and links no document"),
        (digest("DOC-425157A1.pdf"), "", "names DOC-425157A1 and links no document"),
        (digest("<b>" * 30_000), "", "is too large for one day"),
        (
            "<html><nav><h3>Daily Digest</h3></nav><main><h1>Page not found</h1></main></html>",
            "",
            "is a page that is no Daily Digest",
        ),
    ],
)
def test_a_page_that_is_not_that_day_s_digest_is_not_understood(page: str, url: str, message: str) -> None:
    with pytest.raises(NotUnderstood) as caught:
        from_digest(page, url)
    assert message in str(caught.value)
    assert str(caught.value).startswith("edocs: the digest of 2026-09-09: ")


FORMS = {
    "paragraphs": "<p>{0} {1}</p><p>{2} {3}</p>",
    "lists": "<ul><li>{0}<ul><li>{1}</li></ul></li><li>{2}<ul><li>{3}</li></ul></li></ul>",
    "table": "<table><tr><td>{0}</td><td>{1}</td></tr><tr><td>{2}</td><td>{3}</td></tr></table>",
    "flat": "<div>{0}<br>{1}<br>{2}<br>{3}</div>",
    "blocks": "<div><p>{0}</p><p>{1}</p><p>{2}</p><p>{3}</p></div>",
    "headed": "<div><h2>NOTICES</h2>{0}<br>{1}<h2>TEXTS</h2>{2}<br>{3}</div>",
}


@pytest.mark.parametrize("form", FORMS)
def test_rows_are_told_apart_in_whatever_elements_they_stand(form: str) -> None:
    body = FORMS[form].format(
        "Released: 2026-09-08. FIRST NOTICE. WTB.",
        link("DA-26-1A1.docx") + link("DA-26-1A1.pdf") + link("DA-26-1A2.pdf"),
        "SECOND NOTICE. (Dkt No 21-186). EB.",
        link("FCC-26-2A1.pdf"),
    )
    page = f"<html><head><title>Daily Digest</title></head><body><main><h1>Digest</h1>{body}</main></body></html>"
    first, second = from_digest(page)
    assert isinstance(first, Item)
    assert isinstance(second, Item)
    assert (first.key, first.titles) == ("fcc:DA-26-1", ("FIRST NOTICE.",))
    assert first.details == {"released": "2026-09-08", "bureau": "WTB"}
    assert (second.key, second.titles) == ("fcc:FCC-26-2", ("SECOND NOTICE.",))
    assert (second.identifiers, second.details) == (("docket:21-186",), {"bureau": "EB"})


def test_the_only_row_of_a_day_does_not_take_the_page_s_heading_for_its_words() -> None:
    page = f"<title>Daily Digest</title><main><h1>Daily Digest</h1><p>Vol. 1</p><p>ONE. {link('DA-26-1A1.pdf')}</p></main>"
    (item,) = from_digest(page)
    assert isinstance(item, Item)
    assert item.titles == ("ONE.",)


@pytest.mark.parametrize(
    "href", ["http://[", "javascript:DA-26-1A1.pdf", "DA-26-1A2.pdf", "/x/DA-26-1A1.pdf", ""]
)
def test_links_that_lead_to_no_document_are_none(href: str) -> None:
    assert from_digest(digest(f"<a href='{href}'>A file</a>")) == []


def test_a_digest_of_many_links_is_read_quickly() -> None:
    rows = "".join(f"<span><a href='{DOCS}/DA-26-{n % 9000}A1.pdf'>x</a></span>" for n in range(4_000))
    page = f"<title>Daily Digest</title><div>{'<div>' * 400}{rows}"
    assert len(from_digest(page)) == 4_000


# Two ways to one document


def test_the_two_ways_state_no_field_in_different_words() -> None:
    (told,) = from_feed(
        f"<title>FCC Adopts Rules</title><link>{DOCS}/FCC-26-2A1.pdf</link><description>Short.</description>"
        "<category>Order</category><author>OMR</author><pubDate>Tue, 08 Sep 2026 11:00:00 -0400</pubDate>"
    )
    (listed,) = from_digest(
        digest(f"Released: 2026-09-08. FCC ADOPTS RULES. (Dkt No 21-186). WTB. {link('FCC-26-2A1.docx')}")
    )
    assert isinstance(listed, Item)
    assert listed.key == told.key
    shared = content(told).keys() & content(listed).keys()
    assert {name: content(told)[name] for name in shared} == {name: content(listed)[name] for name in shared}
    assert shared == {"kind", "url"}


@pytest.fixture
def desk(tmp_path: Path, web: WebServer) -> Desk:
    desk = Desk(tmp_path, web)
    desk.source("fcc", "fcc_edocs", "/rss", digest_url=f'"{web.url("/digest")}"')
    web.fallback = digest_of_any_day
    return desk


def digest_of_any_day(asked: Asked) -> Reply | None:
    """The digest of Friday 30 May 2025 has two documents, that of any other day none."""
    rows = (
        f"Released: 2025-05-30. NEXT G ALLIANCE ASKS FOR SPECTRUM. (Dkt No 21-186). WTB. {link('DA-25-1A1.pdf')}",
        f"IN THE MATTER OF EXAMPLE LLC. by ORDER. (DA No. 25-2). EB. {link('DA-25-2A1.pdf')}",
    )
    shown = rows if asked.path == "/digest/2025/05/30" else ()
    return Reply(body=digest(*shown).encode()) if asked.path.startswith("/digest/") else None


def entry(number: str, title: str) -> str:
    return f"<title>{title}</title><link>{DOCS}/{number}A1.pdf</link><guid>{DOCS}/{number}A1.pdf</guid>"


FIRST, SECOND = entry("DA-25-1", "Next G Alliance Seeks Spectrum"), entry("DA-25-2", "Example LLC")
DOWN = Reply(status=504)


def good(*entries: str) -> Reply:
    return Reply(body=feed(*entries).encode())


def test_a_poll_is_a_baseline_then_silent_then_tells_one_change(desk: Desk) -> None:
    desk.web.answer("/rss/", good(SECOND), good(SECOND), good(SECOND.replace("Example", "An Example")))
    assert (desk.report().new, desk.report().outcome) == (1, "unchanged")
    report = desk.report()
    assert (report.new, report.revised) == (0, 1)
    assert not [each for each in desk.web.requests if each.path.startswith("/digest/")]


def test_a_feed_that_fails_is_covered_by_the_digest(desk: Desk) -> None:
    desk.web.answer("/rss/", good(SECOND), DOWN)
    desk.poll()
    report = desk.report()
    assert (report.new, report.items) == (1, 2)
    assert "504" in report.error
    (found,) = [event for event in desk.events("ItemMatched") if event.key == "fcc:DA-25-1"]
    assert found.origin == "live"


def test_a_feed_that_comes_and_goes_revises_each_document_once(desk: Desk) -> None:
    """The digest adds what the feed does not say; from then on neither changes a word of the other's."""
    desk.web.answer("/rss/", *[good(FIRST, SECOND), DOWN] * 4)
    for _ in range(8):
        desk.poll()
    changed = [(event.key, change.field) for event in desk.events("ItemRevised") for change in event.changes]
    assert len(changed) == len(set(changed))
    assert {field for _, field in changed} == {"titles", "identifiers", "details.released", "details.bureau"}
    assert len(desk.events("ItemRevised")) == 2


def test_a_document_first_seen_in_the_digest_gets_its_title_from_the_feed_once(desk: Desk) -> None:
    desk.web.answer("/rss/", *[DOWN, good(FIRST, SECOND)] * 3)
    for _ in range(6):
        desk.poll()
    revised = desk.events("ItemRevised")
    assert [[change.field for change in event.changes] for event in revised] == [["title"], ["title"]]
    assert [event.changes[0].new for event in revised] == ["Next G Alliance Seeks Spectrum", "Example LLC"]
