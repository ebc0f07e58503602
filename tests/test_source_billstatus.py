"""The GovInfo BILLSTATUS kind: the way through the sitemaps, the window, and every schema of the files."""

from __future__ import annotations

import tarfile
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import pytest
from lxml import etree

from monitor.core.bills import TYPES
from monitor.core.errors import NotUnderstood
from monitor.core.exchange import Finding, Problem, Request, Response, Source, State, Unread
from monitor.core.items import Item
from monitor.sources import billstatus
from monitor.sources.billstatus import Options

NOW = datetime(2022, 12, 31, tzinfo=UTC)
HERE = "http://127.0.0.1:8123"
SITEMAP = """<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>{loc}</loc><lastmod>{lastmod}</lastmod></url></urlset>"""
INDEX = """<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><sitemap><loc>{loc}</loc></sitemap></sitemapindex>"""
BILL = """<billStatus><bill><number>1</number><type>HR</type><congress>117</congress>
<introducedDate>{day}</introducedDate><title>T</title></bill></billStatus>"""
FILE = "https://www.govinfo.gov/bulkdata/BILLSTATUS/117/hr/BILLSTATUS-117hr1.xml"


def at(options: Options | None = None, url: str = billstatus.DEFAULT_URL) -> Source:
    return Source(id="bulk", kind="billstatus", url=url, options=options or Options(congresses=(117,)))


def read(body: str | bytes, page: str, source: Source | None = None, loc: str = FILE) -> Sequence[Finding]:
    context = {"page": page, "congresses": "117", "congress": "117", "type": "hr", "loc": loc}
    response = Response(
        request=Request(url=loc, context=context),
        url=loc,
        body=body if isinstance(body, bytes) else body.encode(),
        headers={},
        fetched_at=NOW,
    )
    return list(billstatus.parse(source or at(), response))


def test_a_poll_begins_with_the_index_of_sitemaps() -> None:
    (request,) = billstatus.requests(at(url=HERE + "/"), State(now=NOW))
    assert request.url == HERE + "/sitemap/bulkdata/BILLSTATUS/sitemapindex.xml"
    assert request.context["congresses"] == "117"


def test_without_a_named_congress_the_sitting_one_is_read() -> None:
    (request,) = billstatus.requests(at(Options()), State(now=NOW))
    assert request.context["congresses"] == "117"


@pytest.mark.parametrize(
    "loc",
    [
        "https://www.govinfo.gov/sitemap/bulkdata/BILLSTATUS/117hr/sitemap.xml",
        "https://www.govinfo.gov/sitemap/bulkdata/BILLSTATUS/117/hr/sitemap.xml",
        HERE + "/sitemap/bulkdata/BILLSTATUS/117hr/sitemap.xml",
    ],
)
def test_places_are_asked_on_the_host_of_the_source(loc: str) -> None:
    found = read(INDEX.format(loc=loc), "index", at(Options(congresses=(117,), types=("hr",)), HERE))
    assert [each.url for each in found if isinstance(each, Request)] == [HERE + loc[loc.index("/sitemap/") :]]


def test_a_sitemap_is_read_at_every_poll_so_that_a_file_missed_once_is_not_lost() -> None:
    loc = "https://www.govinfo.gov/sitemap/bulkdata/BILLSTATUS/117hr/sitemap.xml"
    found = read(INDEX.format(loc=loc), "index", at(Options(congresses=(117,), types=("hr",))))
    assert [each.marker for each in found if isinstance(each, Request)] == [""]


@pytest.mark.parametrize(
    "loc",
    [
        "https://elsewhere.example/bulkdata/BILLSTATUS/117/hr/BILLSTATUS-117hr1.xml",
        "http://169.254.169.254/BILLSTATUS-117hr1.xml",
        "file:///etc/BILLSTATUS-117hr1.xml",
        "//elsewhere.example/BILLSTATUS-117hr1.xml",
    ],
)
def test_a_place_on_another_host_is_not_asked_and_leaves_the_walk_incomplete(loc: str) -> None:
    (unread,) = read(SITEMAP.format(loc=loc, lastmod="x"), "sitemap")
    assert unread == Unread(
        walk="117 hr", what=f"{loc} is on another host than the source, and was not asked"
    )


def test_a_place_that_is_no_address_leaves_the_walk_incomplete_and_the_others_asked() -> None:
    body = SITEMAP.format(loc=FILE, lastmod="x").replace(
        "<url>", "<url><loc>http://[/BILLSTATUS-117hr1.xml</loc></url><url>", 1
    )
    unread, request = read(body, "sitemap")
    assert unread == Unread(walk="117 hr", what="http://[/BILLSTATUS-117hr1.xml is no address")
    assert isinstance(request, Request)


def test_a_sitemap_whose_files_have_other_names_is_not_understood() -> None:
    with pytest.raises(NotUnderstood, match="none of 1 places in a sitemap is a bill's file"):
        read(SITEMAP.format(loc=FILE.replace("BILLSTATUS-", "STATUS-"), lastmod="x"), "sitemap")


def test_lastmod_and_window_are_the_marker_of_a_file() -> None:
    body = SITEMAP.format(loc=FILE, lastmod="2022-02-03T21:44:49.000Z")
    narrow = at(Options(congresses=(117,), introduced_to=date(2021, 5, 31)))
    (whole,) = read(body, "sitemap")
    (part,) = read(body, "sitemap", narrow)
    assert isinstance(whole, Request)
    assert isinstance(part, Request)
    assert whole.marker.startswith("2022-02-03T21:44:49.000Z")
    assert whole.marker != part.marker


def test_a_file_without_lastmod_is_read_at_every_poll() -> None:
    (request,) = read(SITEMAP.format(loc=FILE, lastmod=""), "sitemap")
    assert isinstance(request, Request)
    assert request.marker == ""


@pytest.mark.parametrize(
    ("day", "count"),
    [("2021-01-02", 0), ("2021-01-03", 1), ("2021-05-31", 1), ("2021-06-01", 0), ("", 0)],
)
def test_only_bills_introduced_in_the_window_are_items(day: str, count: int) -> None:
    window = Options(congresses=(117,), introduced_from=date(2021, 1, 3), introduced_to=date(2021, 5, 31))
    assert len(read(BILL.format(day=day), "bill", at(window))) == count


def test_without_a_window_a_bill_without_a_day_is_an_item() -> None:
    (item,) = read(BILL.format(day=""), "bill")
    assert isinstance(item, Item)
    assert item.published is None


def test_another_bill_s_day_in_the_file_does_not_hide_the_bill() -> None:
    body = BILL.format(day="2021-02-15").replace(
        "<bill>",
        "<bill><relatedBills><item><introducedDate>2019-01-01</introducedDate></item></relatedBills>",
    )
    window = Options(congresses=(117,), introduced_from=date(2021, 1, 3))
    assert len(read(body, "bill", at(window))) == 1


def test_a_file_that_holds_another_bill_is_named() -> None:
    problem, item = read(BILL.format(day="2021-02-15").replace("<number>1<", "<number>2<"), "bill")
    assert problem == Problem(where=FILE, what="holds another bill than its name says: bill:117-hr-2")
    assert isinstance(item, Item)
    assert item.key == "bill:117-hr-2"


BOMB = (
    '<!DOCTYPE b [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {x} "{f"&{y};" * 10}">' for x, y in zip("bcdefghi", "abcdefgh", strict=True))
    + "]><billStatus><bill><title>&i;</title></bill></billStatus>"
)


@pytest.mark.parametrize(
    ("page", "body", "message"),
    [
        ("index", "<!doctype html><html><body>Maintenance</body></html>", "a web page instead of XML"),
        ("index", INDEX.format(loc="https://www.govinfo.gov/x.xml"), "names no sitemap of bills"),
        ("index", "<urlset/>", "sent <urlset> instead of <sitemapindex>"),
        ("sitemap", SITEMAP.format(loc=FILE, lastmod="x")[:150], "broken XML"),
        ("bill", "", "broken XML"),
        ("bill", BILL[:60], "broken XML"),
        ("bill", BOMB, "broken XML (Maximum entity amplification"),
        (
            "bill",
            '<!DOCTYPE billStatus SYSTEM "file:///etc/passwd"><billStatus/>',
            "sent XML with a document type",
        ),
        ("bill", "<billStatus/>", "names no bill"),
        ("bill", "<billStatus><bill><number>1</number></bill></billStatus>", "names no bill"),
    ],
)
def test_an_answer_of_another_shape_is_not_understood(page: str, body: str, message: str) -> None:
    with pytest.raises(NotUnderstood) as caught:
        read(body, page)
    assert str(caught.value).startswith("bulk: ")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"types": ["hb"]}, "'hb' is no type of bill; use hr, s,"),
        (
            {"introduced_from": "2022-01-01", "introduced_to": "2021-01-01"},
            "introduced_from is after introduced_to",
        ),
    ],
)
def test_options_that_cannot_be_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=message):
        msgspec.convert(options, type=Options)


def _archive(path: Path) -> Sequence[tuple[str, bytes]]:
    with tarfile.open(path) as tar:
        files = ((member.name, tar.extractfile(member)) for member in tar if member.name.endswith(".xml"))
        return [(name, file.read()) for name, file in files if file]


@pytest.mark.real
def test_files_of_every_schema_are_read_whole(real_data: Path) -> None:
    files = _archive(real_data / "congress" / "billstatus-samples.tar.xz")
    assert len(files) == 53
    for name, body in files:
        (item,) = read(body, "bill", loc="/" + name.rpartition("/")[2])
        assert isinstance(item, Item)
        assert item.key.split("-")[1] in TYPES
        assert item.title, name
        assert item.published, name
        assert item.actions, name
        record = etree.fromstring(body)
        steps = [step for step in record.iterfind("bill/actions/item") if step.findtext("text")]
        texts = [action for action in item.actions if action.type == "Text"]
        assert len(item.actions) - len(texts) == len(steps), name
        printed = {
            (text.findtext("type"), text.findtext("date"))
            for text in record.iterfind("bill/textVersions/item")
            if text.findtext("type")
        }
        assert len(texts) == len(printed), name
        told = record.iterfind("bill/summaries//text")
        assert bool(item.summary) == any(text.text for text in told), name
        assert len(item.identifiers) == len(record.findall("bill/laws/item")), name
        assert bool(item.subjects) == (
            b"<name>" in body.partition(b"<subjects>")[2].partition(b"</subjects>")[0]
        )


@pytest.mark.real
def test_the_window_of_spring_2021_holds_6416_bills(real_data: Path) -> None:
    window = Options(congresses=(117,), introduced_from=date(2021, 1, 3), introduced_to=date(2021, 5, 31))
    source = at(window)
    keys = set()
    for name, body in _archive(real_data / "congress" / "billstatus-117.tar.xz"):
        for item in read(body, "bill", source, f"/BILLSTATUS-117{name.split('/')[-2]}.xml"):
            assert isinstance(item, Item)
            keys.add(item.key)
    assert len(keys) == 6416
    assert {"bill:117-hr-1060", "bill:117-s-1169", "bill:117-hr-3003"} <= keys
