"""BILLSTATUS followed by batches: the first poll notes what there is, later ones read only what changed."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from govinfo import read_archive

from monitor.core.errors import NotUnderstood
from monitor.core.exchange import Finding, Problem, Request, Response, Source, State, Unread
from monitor.core.items import Item, content
from monitor.sources import billstatus
from monitor.sources.billstatus import Options

NOW = datetime(2021, 4, 22, 16, tzinfo=UTC)
BEFORE = datetime(2021, 4, 22, 12, tzinfo=UTC)
SITE = "https://www.govinfo.gov"
INDEX = "/sitemap/bulkdata/BILLSTATUS/sitemapindex.xml"
SITEMAP = "/sitemap/bulkdata/BILLSTATUS/117s/sitemap.xml"
BATCHES = "/rss/billstatus-batch.xml"


def at(**more: object) -> Source:
    options = Options(**{"congresses": (117,), "types": ("s",), "follow": "batches", **more})  # type: ignore[arg-type]
    return Source(id="bulk", kind="billstatus", url=SITE, options=options)


def file_of(number: int, type_: str = "s") -> str:
    return f"{SITE}/bulkdata/BILLSTATUS/117/{type_}/BILLSTATUS-117{type_}{number}.xml"


def urlset(*rows: tuple[str, str]) -> bytes:
    urls = "".join(f"<url><loc>{loc}</loc><lastmod>{lastmod}</lastmod></url>" for loc, lastmod in rows)
    return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'.encode()


def index(*types: str) -> bytes:
    maps = "".join(
        f"<sitemap><loc>{SITE}/sitemap/bulkdata/BILLSTATUS/117{type_}/sitemap.xml</loc></sitemap>"
        for type_ in types
    )
    return f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{maps}</sitemapindex>'.encode()


def feed(*batches: tuple[str, Sequence[str]]) -> bytes:
    """The feed of (moment, files): its descriptions are anchors without quotation marks, escaped."""
    items = "".join(
        f"<item><guid isPermaLink='false'>BILLSTATUS-{moment}</guid><title>BILLSTATUS batch update complete</title>"
        f"<description>{'&lt;br/&gt;'.join(f'&lt;a href={file}&gt;{file}&lt;/a&gt;' for file in files)}</description></item>"
        for moment, files in batches
    )
    return f"<rss version='2.0'><channel><title>Bill Status</title>{items}</channel></rss>".encode()


def bill_file(number: int, day: str, *steps: str, type_: str = "S") -> bytes:
    actions = "".join(f"<item><actionDate>{day}</actionDate><text>{step}</text></item>" for step in steps)
    return (
        f"<billStatus><bill><number>{number}</number><type>{type_}</type><congress>117</congress>"
        f"<introducedDate>{day}</introducedDate><updateDateIncludingText>2021-04-22T11:00:00Z</updateDateIncludingText>"
        f"<title>Title of {number}</title><actions>{actions}</actions></bill></billStatus>"
    ).encode()


class Poll:
    """What a poll asks and finds where `answers` are what stands at the publisher's; a missing answer is a failure.

    It asks each page once, none that an earlier poll read or noted at that very marker, and `otherwise` where one
    fails, as the pipeline does.
    """

    def __init__(
        self,
        source: Source,
        state: State,
        answers: Callable[[str], bytes | None],
        known: Collection[tuple[str, str]] = (),
    ) -> None:
        self.asked: list[Request] = []
        self.found: list[Finding] = []
        waiting = deque(billstatus.requests(source, state))
        while waiting:
            request = waiting.popleft()
            if (request.noted and state.last_complete is None) or (request.url, request.marker) in known:
                continue
            self.asked.append(request)
            body = answers(request.url.removeprefix(SITE))
            if body is None:
                waiting += request.otherwise
                continue
            response = Response(request=request, url=request.url, body=body, headers={}, fetched_at=state.now)
            findings = list(billstatus.parse(source, response))
            self.found += findings
            waiting += (each for each in findings if isinstance(each, Request))

    @property
    def files(self) -> list[Request]:
        return [request for request in self.asked if request.context["page"] == "bill"]

    @property
    def noted(self) -> list[tuple[str, str]]:
        return [(each.url, each.marker) for each in self.found if isinstance(each, Request) and each.noted]

    @property
    def items(self) -> list[Item]:
        return [each for each in self.found if isinstance(each, Item)]

    @property
    def problems(self) -> list[Problem]:
        return [each for each in self.found if isinstance(each, Problem)]


STANDING = {
    INDEX: index("s"),
    SITEMAP: urlset((file_of(65), "2021-02-02T09:00:00.000Z"), (file_of(702), "2021-04-21T14:01:00.000Z")),
    BATCHES: feed(),
}


def test_the_first_poll_records_what_stands_there_and_reads_no_file() -> None:
    poll = Poll(at(), State(now=NOW), STANDING.get)
    assert [request.url.removeprefix(SITE) for request in poll.asked] == [INDEX, SITEMAP]
    assert [(item.key, item.kind, item.title, item.marker) for item in poll.items] == [
        ("bill:117-s-65", "bill", "", "2021-02-02T09:00:00.000Z"),
        ("bill:117-s-702", "bill", "", "2021-04-21T14:01:00.000Z"),
    ]
    assert poll.noted == [
        (file_of(65), "2021-02-02T09:00:00.000Z"),
        (file_of(702), "2021-04-21T14:01:00.000Z"),
    ]


def test_a_later_poll_reads_nothing_that_was_noted_and_names_no_bill_again() -> None:
    first = Poll(at(), State(now=BEFORE), STANDING.get)
    later = Poll(at(), State(now=NOW, last_complete=BEFORE), STANDING.get, known=first.noted)
    assert [request.url.removeprefix(SITE) for request in later.asked] == [BATCHES, INDEX, SITEMAP]
    assert later.items == []


def test_a_file_made_since_is_read_and_its_old_steps_are_past() -> None:
    answers = {
        **STANDING,
        SITEMAP: urlset((file_of(65), "2021-04-22T15:01:00.000Z")),
        file_of(65).removeprefix(SITE): bill_file(65, "2021-02-01", "Read twice."),
    }
    poll = Poll(at(), State(now=NOW, last_complete=BEFORE), answers.get)
    (request,) = poll.files
    assert (request.marker, request.fresh_from) == ("2021-04-22T15:01:00.000Z", "2021-04-15T12:00:00Z")
    assert request.noted  # a file that an earlier poll noted at this very marker is not read
    (item,) = poll.items
    assert (item.key, item.title, len(item.actions)) == ("bill:117-s-65", "Title of 65", 1)


@pytest.mark.parametrize(
    ("lastmod", "asked"), [("2021-04-14T23:59:59Z", 0), ("2021-04-15T00:00:00Z", 1), ("", 0), ("soon", 1)]
)
def test_a_file_counts_as_changed_from_a_week_before_the_last_complete_poll(lastmod: str, asked: int) -> None:
    answers = {**STANDING, SITEMAP: urlset((file_of(65), lastmod))}
    assert len(Poll(at(), State(now=NOW, last_complete=BEFORE), answers.get).files) == asked


def test_a_bill_s_marker_is_its_file_s_version_so_that_following_asks_no_page_twice() -> None:
    answers = {
        **STANDING,
        SITEMAP: urlset((file_of(65), "2021-04-22T15:01:00.000Z")),
        file_of(65).removeprefix(SITE): bill_file(65, "2021-02-01"),
    }
    poll = Poll(at(), State(now=NOW, last_complete=BEFORE), answers.get)
    (item,), (read,) = poll.items, poll.files
    (followed,) = billstatus.follow(at(), item.key, item.marker)
    assert (followed.url, followed.marker) == (read.url, read.marker)


def test_a_bill_that_a_watchlist_names_is_read_from_its_file() -> None:
    first = Poll(at(), State(now=NOW), STANDING.get)
    (request,) = billstatus.follow(at(), first.items[0].key, first.items[0].marker)
    assert (request.url, request.marker) == first.noted[0]
    assert not request.noted  # it was noted, and never read
    response = Response(
        request=request, url=request.url, body=bill_file(65, "2021-02-01"), headers={}, fetched_at=NOW
    )
    (item,) = billstatus.parse(at(), response)
    assert isinstance(item, Item)
    assert (item.key, item.title) == ("bill:117-s-65", "Title of 65")


def test_only_bills_are_followed_and_only_where_files_are_not_read_anyway() -> None:
    assert list(billstatus.follow(at(), "law:117-108", "m")) == []
    assert list(billstatus.follow(at(follow="all"), "bill:117-s-65", "m")) == []


def test_a_followed_file_is_asked_at_the_source_s_address() -> None:
    here = Source(
        id="bulk", kind="billstatus", url="http://127.0.0.1:8123/", options=Options(follow="batches")
    )
    (request,) = billstatus.follow(here, "bill:117-hconres-7", "m")
    assert request.url == "http://127.0.0.1:8123/bulkdata/BILLSTATUS/117/hconres/BILLSTATUS-117hconres7.xml"


def test_a_batch_names_files_that_the_sitemap_does_not_know_yet() -> None:
    answers = {
        **STANDING,
        BATCHES: feed(("2021-04-22T15:07:33Z", [file_of(1251), file_of(65), file_of(702)])),
    }
    poll = Poll(at(), State(now=NOW, last_complete=BEFORE), answers.get)
    assert {request.url: request.marker for request in poll.files} == {
        file_of(65): "2021-02-02T09:00:00.000Z 2021-04-22T15:07:33Z",  # the sitemap is behind
        file_of(702): "2021-04-21T14:01:00.000Z",
        file_of(1251): "2021-04-22T15:07:33Z",  # the sitemap does not name it
    }
    assert {request.fresh_from for request in poll.files} == {"2021-04-15T12:00:00Z"}


def test_a_file_of_several_batches_is_asked_once_at_the_latest() -> None:
    answers = {
        **STANDING,
        BATCHES: feed(("2021-04-22T11:07:01Z", [file_of(65)]), ("2021-04-22T15:07:33Z", [file_of(65)])),
    }
    (request,) = (
        each
        for each in Poll(at(), State(now=NOW, last_complete=BEFORE), answers.get).files
        if "s65" in each.url
    )
    assert request.marker.endswith(" 2021-04-22T15:07:33Z")


def test_batches_of_other_bills_and_of_long_ago_lead_to_nothing() -> None:
    other = f"{SITE}/bulkdata/BILLSTATUS/116/s/BILLSTATUS-116s9.xml"
    answers = {
        **STANDING,
        BATCHES: feed(
            ("2021-04-22T15:07:33Z", [other, file_of(1, "hr")]), ("2021-04-12T16:52:42Z", [file_of(65)])
        ),
    }
    poll = Poll(at(), State(now=NOW, last_complete=BEFORE), answers.get)
    assert [request.url for request in poll.files] == [file_of(702)]


def test_a_type_whose_name_begins_like_another_s_keeps_its_own_batches() -> None:
    answers = {
        INDEX: index("s", "sres"),
        SITEMAP: urlset(),
        SITEMAP.replace("117s", "117sres"): urlset(),
        BATCHES: feed(("2021-04-22T15:07:33Z", [file_of(5, "sres"), file_of(6)])),
    }
    poll = Poll(at(types=("s", "sres")), State(now=NOW, last_complete=BEFORE), answers.get)
    assert sorted(request.url for request in poll.files) == sorted([file_of(5, "sres"), file_of(6)])


@pytest.mark.parametrize("body", [None, feed()])
def test_without_batches_the_sitemaps_tell_all_the_same(body: bytes | None) -> None:
    answers = {**STANDING, BATCHES: body}
    poll = Poll(at(), State(now=NOW, last_complete=BEFORE), answers.get)
    assert [request.url.removeprefix(SITE) for request in poll.asked][:3] == [BATCHES, INDEX, SITEMAP]
    assert [request.url for request in poll.files] == [file_of(702)]


def test_a_feed_of_something_else_is_not_understood_and_leads_to_the_index_otherwise() -> None:
    (request,) = billstatus.requests(at(), State(now=NOW, last_complete=BEFORE))
    response = Response(request=request, url=request.url, body=b"<html></html>", headers={}, fetched_at=NOW)
    with pytest.raises(NotUnderstood):
        list(billstatus.parse(at(), response))
    (otherwise,) = request.otherwise
    assert otherwise.url == SITE + INDEX


def test_a_bad_entry_of_the_feed_costs_itself_alone() -> None:
    body = feed(
        ("2021-04-22T15:07:33Z", [file_of(1251), "http://[/BILLSTATUS-117s9.xml", "javascript:alert(1)"])
    )
    body = body.replace(
        b"<item>", b"<item><guid>BILLSTATUS-soon</guid><title>A\x1b[2J title</title></item><item>", 1
    )
    poll = Poll(at(), State(now=NOW, last_complete=BEFORE), {**STANDING, BATCHES: body}.get)
    assert [(problem.where, problem.what) for problem in poll.problems] == [
        ("bulk: the feed of batches", "is no batch: A[2J title"),
    ]
    # What a batch names is asked where GovInfo keeps that bill's file, and nowhere else.
    assert {request.url for request in poll.files} == {file_of(1251), file_of(702), file_of(9)}


def test_a_file_on_another_host_is_neither_noted_nor_a_bill() -> None:
    answers = {
        **STANDING,
        SITEMAP: urlset(("https://elsewhere.example/BILLSTATUS-117s9.xml", "2021-04-21T14:01:00Z")),
    }
    poll = Poll(at(), State(now=NOW), answers.get)
    assert (poll.items, poll.noted, [type(each) for each in poll.found][-1]) == ([], [], Unread)


def test_the_day_of_introduction_cannot_choose_what_no_list_tells() -> None:
    with pytest.raises(msgspec.ValidationError, match='need follow = "all"'):
        msgspec.convert({"follow": "batches", "introduced_from": "2021-01-03"}, type=Options)


@pytest.mark.real
def test_the_whole_117th_congress_is_noted_and_a_day_s_batch_read(real_data: Path) -> None:
    answers = read_archive(real_data / "congress" / "billstatus-117.tar.xz")
    source = at(types=billstatus.TYPES)
    first = Poll(source, State(now=datetime(2022, 12, 31, tzinfo=UTC)), answers.get)
    assert (len(first.items), len(first.noted), first.files) == (17_817, 17_817, [])
    assert len({item.key for item in first.items}) == 17_817
    assert not any(item.title for item in first.items)

    address = file_of(1060, "hr").removeprefix(SITE)
    sitemap = SITEMAP.replace("117s", "117hr")
    row = re.compile(rb"(BILLSTATUS-117hr1060\.xml</loc><lastmod>)[^<]+")
    changed = {**answers, sitemap: row.sub(rb"\g<1>2022-12-31T05:00:00Z", answers[sitemap])}
    complete = datetime(2022, 12, 31, 4, tzinfo=UTC)
    later = Poll(source, State(now=complete, last_complete=complete), changed.get, known=set(first.noted))
    assert [request.url for request in later.files] == [SITE + address]

    # Followed or read as a whole, a file says the same of its bill.
    (followed,) = later.items
    assert followed.key == "bill:117-hr-1060"
    request = Request(
        url=SITE + address, context={"page": "bill", "congress": "117", "type": "hr", "loc": SITE + address}
    )
    response = Response(
        request=request, url=request.url, body=answers[address], headers={}, fetched_at=complete
    )
    (whole,) = billstatus.parse(at(follow="all"), response)
    assert isinstance(whole, Item)
    assert content(followed) == content(whole)
    assert followed.actions == whole.actions
