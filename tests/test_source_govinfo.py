"""The GovInfo kind: windows of changes, the walk along the API's mark, and the feeds that need no key."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.errors import NotUnderstood
from monitor.core.exchange import Finding, Problem, Request, Response, Source, State, Total, Unread, Window
from monitor.core.items import Item, content
from monitor.sources import govinfo
from monitor.sources.govinfo import Options

NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)
THEN = datetime(2026, 3, 31, 6, 30, 15, tzinfo=UTC)


def at(options: Options | None = None, url: str = govinfo.DEFAULT_URL) -> Source:
    return Source(id="gpo", kind="govinfo", url=url, options=options or Options(collections=("BILLS",)))


def entry(id_: str, **more: Any) -> dict[str, Any]:
    return {
        "packageId": id_,
        "lastModified": "2026-03-31T06:51:38Z",
        "docClass": "hr",
        "title": f"Title of {id_}",
        "congress": "119",
        "dateIssued": "2026-03-27",
        **more,
    }


def page(*entries: Any, count: int | None = None, **more: Any) -> dict[str, Any]:
    return {
        "count": len(entries) if count is None else count,
        "message": None,
        "nextPage": None,
        "packages": entries,
    } | more


def answer(request: Request, body: Any, source: Source | None = None) -> Sequence[Finding]:
    response = Response(
        request=request,
        url=request.url,
        body=body if isinstance(body, bytes) else json.dumps(body).encode(),
        headers={"content-type": "application/json"},
        fetched_at=NOW,
    )
    return list(govinfo.parse(source or at(), response))


def first(options: Options | None = None) -> Request:
    return next(iter(govinfo.requests(at(options), State(now=NOW, last_complete=THEN))))


def rss(*entries: tuple[str, str, str]) -> bytes:
    """A feed of (package, title, date)."""
    items = "".join(
        f"<item><guid isPermaLink='false'>{guid}</guid><title>{title}</title>"
        f"<link>https://www.govinfo.gov/app/details/{guid}</link><pubDate>{day}</pubDate>"
        f"<description>&lt;a href=&quot;https://www.govinfo.gov/content/pkg/{guid}&quot;&gt;PDF&lt;/a&gt;</description></item>"
        for guid, title, day in entries
    )
    return f"<rss version='2.0'><channel><title>New items on GovInfo</title>{items}</channel></rss>".encode()


def test_a_poll_asks_what_changed_since_the_last_complete_one_and_a_day_before_it() -> None:
    options = Options(collections=("BILLS", "crpt"))
    asked = list(govinfo.requests(at(options), State(now=NOW, last_complete=THEN)))
    assert [request.url for request in asked] == [
        f"https://api.govinfo.gov/collections/{code}/2026-03-30T06:30:15Z/2026-04-01T12:00:00Z?offsetMark=*&pageSize=1000"
        for code in ("BILLS", "CRPT")
    ]
    assert {request.key_header for request in asked} == {"X-Api-Key"}
    assert len({request.walk for request in asked}) == 2


def test_the_first_poll_reaches_back_as_many_days_as_are_asked_for() -> None:
    (request,) = govinfo.requests(at(Options(collections=("FR",), days=7)), State(now=NOW))
    assert "/collections/FR/2026-03-25T12:00:00Z/2026-04-01T12:00:00Z?" in request.url


def test_each_congress_is_a_walk_of_its_own() -> None:
    options = Options(collections=("CHRG",), congresses=(118, 119))
    asked = list(govinfo.requests(at(options), State(now=NOW)))
    assert [request.url.partition("&congress=")[2] for request in asked] == ["118", "119"]
    assert len({request.walk for request in asked}) == 2


def test_the_key_goes_to_the_source_s_own_address_whatever_the_next_page_says() -> None:
    body = page(
        entry("BILLS-119hr1ih"),
        count=2,
        nextPage="https://evil.example/x?offsetMark=AoJw&api_key=k&pageSize=9",
    )
    total, _, further = answer(first(), body)
    assert total == Total(walk=first().walk, count=2)
    assert isinstance(further, Request)
    assert further.url == first().url.replace("offsetMark=*", "offsetMark=AoJw")
    assert (further.walk, further.key_header) == (first().walk, "X-Api-Key")


@pytest.mark.parametrize("printed", ["AoE+/x==", "AoE%2B%2Fx%3D%3D", "AoE%2b/x%3d%3D"])
def test_a_plus_in_a_mark_stays_a_plus(printed: str) -> None:
    body = page(
        entry("BILLS-119hr1ih"),
        count=2,
        nextPage=f"https://api.govinfo.gov/x?pageSize=1000&offsetMark={printed}",
    )
    further = answer(first(), body)[-1]
    assert isinstance(further, Request)
    assert parse_qs(urlsplit(further.url).query)["offsetMark"] == ["AoE+/x=="]


@given(st.text(min_size=1, max_size=60))
def test_any_mark_comes_back_as_it_was(mark: str) -> None:
    further = govinfo._page(at(), first().context, mark=mark)
    assert parse_qs(urlsplit(further.url).query, keep_blank_values=True)["offsetMark"] == [mark]


@pytest.mark.parametrize(
    "following",
    [
        None,
        "",
        "https://api.govinfo.gov/x",
        "https://api.govinfo.gov/x?offsetMark=*",
        "https://api.govinfo.gov/x?offset=1000",
        7,
    ],
)
def test_a_walk_ends_where_no_new_mark_leads_on(following: Any) -> None:
    assert len(answer(first(), page(entry("BILLS-119hr1ih"), count=3, nextPage=following))) == 2


def test_a_walk_ends_where_a_mark_leads_to_itself() -> None:
    request = govinfo._page(at(), first().context, mark="AoJw", seen="1")
    body = page(entry("BILLS-119hr1ih"), count=9, nextPage="https://api.govinfo.gov/x?offsetMark=AoJw")
    assert [type(each) for each in answer(request, body)] == [Item]


def test_a_cursor_that_never_ends_is_left_after_twice_the_declared_number() -> None:
    request, pages = first(), 0
    while pages < 50:
        body = page(
            entry("BILLS-119hr1ih"), count=5, nextPage=f"https://api.govinfo.gov/x?offsetMark=m{pages}"
        )
        pages += 1
        further = answer(request, body)[-1]
        if not isinstance(further, Request):
            break
        request = further
    assert pages == 11


def test_a_mark_of_absurd_length_is_not_followed() -> None:
    body = page(
        entry("BILLS-119hr1ih"), count=2, nextPage="https://api.govinfo.gov/x?offsetMark=" + "m" * 3000
    )
    assert answer(first(), body)[-1] == Unread(
        walk=first().walk, what="names a next page by a mark of 3000 characters"
    )


def test_only_the_first_page_declares_the_total_so_that_an_empty_later_one_is_a_gap() -> None:
    request = govinfo._page(at(), first().context, mark="AoJw", seen="1000")
    assert answer(request, page(count=0)) == []


def test_a_collection_without_changes_is_good_news_of_no_news() -> None:
    assert answer(first(), page(message="No results found")) == [Total(walk=first().walk, count=0)]


def test_mass_republication_moves_the_marker_and_no_content() -> None:
    one, other = (
        answer(first(), page(entry("CHRG-117hhrg46926", lastModified=moment)))[1]
        for moment in ("2021-06-01T00:00:00Z", "2026-03-31T20:00:00Z")
    )
    assert isinstance(one, Item)
    assert isinstance(other, Item)
    assert content(one) == content(other)
    assert one.marker != other.marker


def test_both_ways_meet_in_the_same_items() -> None:
    ids = ["BILLS-119hr1765ih", "PLAW-117publ108", "CRPT-118hrpt12-pt2", "CHRG-117hhrg46926", "FR-2024-02-12"]
    by_api = answer(first(), page(*(entry(id_) for id_ in ids)))[1:]
    feeds = at(Options(what="rss", collections=("BILLS",)))
    (request,) = govinfo.requests(feeds, State(now=NOW))
    told = [(id_, f"Title of {id_}", "Fri, 27 Mar 2026 04:00:00 GMT") for id_ in ids]
    by_feed = answer(request, rss(*told), feeds)[1:]
    for one, other in zip(by_api, by_feed, strict=True):
        assert isinstance(one, Item)
        assert isinstance(other, Item)
        assert one.key == other.key
        mine, theirs = content(one), content(other)
        assert str(mine.pop("published")) == str(theirs.pop("published")) == "2026-03-27"
        assert mine == theirs


def test_a_feed_is_a_window_that_needs_no_key() -> None:
    options = Options(what="rss", collections=("BILLS", "CPD", "bills-enr"))
    asked = list(govinfo.requests(at(options), State(now=NOW)))
    assert [request.url for request in asked] == [
        f"https://www.govinfo.gov/rss/{name}.xml" for name in ("bills", "dcpd", "bills-enr")
    ]
    assert {request.key_header for request in asked} == {""}
    window = answer(asked[0], rss(("BILLS-119hr1ih", "T", "Fri, 27 Mar 2026 04:00:00 GMT")), at(options))[0]
    assert window == Window(walk=asked[0].walk)


def test_feeds_are_asked_at_the_source_s_address_if_it_has_one() -> None:
    source = at(Options(what="rss", collections=("PLAW",)), "http://127.0.0.1:8123/")
    assert [request.url for request in govinfo.requests(source, State(now=NOW))] == [
        "http://127.0.0.1:8123/rss/plaw.xml"
    ]


def test_an_old_date_does_not_hide_an_entry_that_came_late() -> None:
    feeds = at(Options(what="rss", collections=("BILLS",)))
    (request,) = govinfo.requests(feeds, State(now=NOW, last_complete=THEN))
    told = [
        ("BILLS-116hres315ih", "B", "Fri, 12 Apr 2019 04:00:00 GMT"),
        ("BILLS-116hr2038ih", "A", "Tue, 02 Apr 2019 04:00:00 GMT"),
    ]
    assert len([each for each in answer(request, rss(*told), feeds) if isinstance(each, Item)]) == 2


def test_the_past_is_asked_by_day_of_issue_in_washington() -> None:
    since, until = datetime(2021, 2, 15, 3, tzinfo=UTC), datetime(2021, 6, 1, 12, tzinfo=UTC)
    options = Options(collections=("PLAW",), congresses=(117,))
    (request,) = govinfo.past(at(options), since, until)
    assert request.url == (
        "https://api.govinfo.gov/published/2021-02-14/2021-06-01?offsetMark=*&pageSize=1000&collection=PLAW&congress=117"
    )
    total, item = answer(request, page(entry("PLAW-117publ108")))
    assert total == Total(walk=request.walk, count=1)
    assert isinstance(item, Item)
    assert item.key == "law:117-108"


def test_a_feed_has_no_past() -> None:
    feeds = at(Options(what="rss", collections=("PLAW",)))
    assert list(govinfo.past(feeds, THEN, NOW)) == []
    (request,) = govinfo.requests(feeds, State(now=NOW))
    assert list(govinfo.split(feeds, request)) == []


def test_a_window_of_changes_is_halved_down_to_two_seconds() -> None:
    waiting, least = [first()], []
    while waiting:
        request = waiting.pop()
        halves = list(govinfo.split(at(), request))
        assert len(halves) in {0, 2}
        if not halves:
            least.append(request)
            continue
        one, other = halves
        assert (one.context["since"], other.context["until"]) == (
            request.context["since"],
            request.context["until"],
        )
        assert one.context["until"] == other.context["since"]
        if len(waiting) < 12:  # all the way down at one place, not everywhere
            waiting += halves
    begin, end = (datetime.fromisoformat(least[0].context[name]) for name in ("since", "until"))
    assert (end - begin).total_seconds() == 1


def test_halves_of_days_share_none_and_cover_all() -> None:
    (request,) = govinfo.past(
        at(), datetime(2021, 1, 5, 12, tzinfo=UTC), datetime(2021, 1, 9, 12, tzinfo=UTC)
    )
    waiting, days = [request], []
    while waiting:
        asked = waiting.pop(0)
        halves = list(govinfo.split(at(), asked))
        waiting += halves
        if not halves:
            days.append((asked.context["since"], asked.context["until"]))
    assert sorted(days) == [(f"2021-01-0{day}", f"2021-01-0{day}") for day in range(5, 10)]


def test_a_half_begins_again_at_the_first_page() -> None:
    further = govinfo._page(at(), first().context, mark="AoJw", seen="1000")
    assert [half.context["mark"] for half in govinfo.split(at(), further)] == ["*", "*"]
    assert [half.context["seen"] for half in govinfo.split(at(), further)] == ["0", "0"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"<!doctype html><html>", "a web page instead of JSON"),
        ({"message": "No results\x1b[2J found"}, "answered without a counted list of packages (No results"),
        ({"count": 3}, "answered without a counted list of packages"),
        (page(count=-1), "answered without a counted list"),
        (page(count=3), "declared 3 packages and sent none"),
        (page(count=10**9), "declares 1000000000 packages, which cannot be"),
        ({"error": {"code": "API_KEY_MISSING", "message": "No api_key was supplied."}}, "API_KEY_MISSING"),
    ],
)
def test_an_answer_of_another_shape_is_not_understood(body: Any, message: str) -> None:
    with pytest.raises(NotUnderstood) as caught:
        answer(first(), body)
    assert str(caught.value).startswith("gpo: ")
    assert message in str(caught.value)
    assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize("body", [rss(), b"<html><body>Maintenance</body></html>", b"<rss><channel><item>"])
def test_a_feed_without_a_package_is_not_silence(body: bytes) -> None:
    feeds = at(Options(what="rss", collections=("BILLS",)))
    (request,) = govinfo.requests(feeds, State(now=NOW))
    with pytest.raises(NotUnderstood):
        answer(request, body, feeds)


@pytest.mark.parametrize(
    "bad",
    [
        None,
        7,
        "BILLS-119hr1ih",
        {},
        {"packageId": None},
        {"packageId": ["x"]},
        {"packageId": "../../etc/passwd"},
        {"packageId": "A" * 5000},
    ],
)
def test_one_bad_entry_costs_itself_alone(bad: Any) -> None:
    found = answer(first(), page(bad, entry("BILLS-119hr1ih")))
    assert [type(each) for each in found] == [Total, Problem, Item]


def test_control_characters_reach_nobody() -> None:
    item = answer(first(), page(entry("BILLS-119hr1ih", title="A\x1b[2J title", lastModified="2026\x07")))[1]
    assert isinstance(item, Item)
    assert "\x1b" not in item.title
    assert "\x07" not in item.marker


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"collections": []}, "collections: none is named"),
        ({"collections": ["BILLS", "CR/PT"]}, "collections: 'CR/PT' is no collection; write its code"),
        ({"collections": ["bills-enr"]}, "collections: 'bills-enr' is no collection"),
        ({"what": "rss", "collections": ["billstatus"]}, 'use kind = "billstatus"'),
        ({"what": "rss", "congresses": [119]}, "congresses: a feed cannot be limited"),
        ({"days": 0}, "days: must be from 1 to 10000"),
    ],
)
def test_options_that_cannot_be_are_refused(options: Mapping[str, object], message: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=message):
        msgspec.convert(options, type=Options)
