"""What a poll may have missed is filled, or named: windows that overflow, walks that come short, lists that shrink."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from desk import Desk, feed
from webserver import Asked, Reply, WebServer

from monitor.core.completeness import overflowed, turnover, vanishing


@pytest.fixture
def desk(tmp_path: Path, web: WebServer) -> Desk:
    return Desk(tmp_path, web)


def numbered(*numbers: int) -> list[tuple[str, str]]:
    return [(f"n{number}", f"Notice {number}") for number in numbers]


def test_a_window_that_shares_nothing_with_the_last_one_is_a_gap(desk: Desk) -> None:
    desk.source("news")
    desk.web.answer("/news", Reply(body=feed(*numbered(1, 2, 3))), Reply(body=feed(*numbered(7, 8, 9))))
    desk.poll()
    desk.clock.advance(hours=6)
    report = desk.report()
    (gap,) = desk.events("GapSuspected")
    assert (report.outcome, report.new, gap.why, gap.received) == ("ok", 3, "overflow", 0)
    assert "may have come and gone" in report.error
    assert gap.detail == (
        "all 3 entries shown are new since the complete poll 7 h before: others may have come and gone in between"
    )
    assert desk.digest().sources[0].state == "gap"


def test_a_window_that_shares_an_entry_is_no_gap(desk: Desk) -> None:
    desk.source("news")
    desk.web.answer("/news", Reply(body=feed(*numbered(1, 2, 3))), Reply(body=feed(*numbered(5, 4, 3))))
    desk.poll()
    assert desk.report().error == ""
    assert desk.events("GapSuspected") == []


def dated(*days: int) -> bytes:
    """A feed of notices, each of its day of May 2025, in the order given."""
    items = [feed(notice).partition(b"<item>")[2].partition(b"</item>")[0] for notice in numbered(*days)]
    dated = [item.replace(b"02 Jun", f"{day:02} May".encode()) for item, day in zip(items, days, strict=True)]
    return b"<rss version='2.0'><channel><item>" + b"</item><item>".join(dated) + b"</item></channel></rss>"


def test_a_feed_that_grows_at_its_end_has_no_gap(desk: Desk) -> None:
    desk.source("news")
    desk.web.answer("/news", Reply(body=dated(1, 2)), Reply(body=dated(1, 2, 3, 4, 5, 6)))
    desk.poll()
    assert desk.report().error == ""
    assert desk.events("GapSuspected") == []


def test_of_a_window_below_pinned_entries_those_are_counted_that_are_new(desk: Desk) -> None:
    desk.source("news")
    desk.web.answer("/news", Reply(body=dated(1, 3, 2)), Reply(body=dated(1, 9, 8, 7)))
    desk.poll()
    desk.poll()
    (gap,) = desk.events("GapSuspected")
    assert gap.detail.startswith("3 of the 4 entries shown are new since")


def wordpress(*pages: list[int]) -> dict[int, bytes]:
    generator = b"<generator>https://wordpress.org/?v=6.9</generator><item>"
    return {
        number: feed(*numbered(*page)).replace(b"<item>", generator, 1)
        for number, page in enumerate(pages, start=1)
    }


def serve(desk: Desk, pages: dict[int, bytes]) -> None:
    def answer(asked: Asked) -> Reply | None:
        number = int(asked.target.partition("paged=")[2] or 1)
        return Reply(body=pages[number]) if number in pages else None

    desk.web.fallback = answer


def test_an_overflowed_window_is_filled_from_the_pages_below_it(desk: Desk) -> None:
    desk.source("news")
    serve(desk, wordpress([3, 2, 1]))
    desk.poll()
    serve(desk, wordpress([12, 11, 10], [9, 8, 7], [6, 5, 4], [3, 2, 1]))
    report = desk.report()
    assert (report.outcome, report.new, report.error) == ("ok", 9, "")
    (gap,), (closed,) = desk.events("GapSuspected"), desk.events("GapClosed")
    assert (gap.why, closed.how) == ("overflow", "earlier pages")
    assert desk.digest().sources[0].state == "ok"
    assert [asked.target for asked in desk.web.requests][-4:] == [
        "/news",
        "/news?paged=2",
        "/news?paged=3",
        "/news?paged=4",
    ]


def test_a_gap_whose_pages_end_too_soon_stays_open_over_later_polls(desk: Desk) -> None:
    desk.source("news")
    serve(desk, wordpress([3, 2, 1]))
    desk.poll()
    serve(desk, wordpress([12, 11, 10], [9, 8, 7]))
    assert desk.report().new == 6
    desk.poll()
    assert desk.events("GapClosed") == []
    assert len(desk.events("GapSuspected")) == 1
    assert desk.digest().sources[0].state == "gap"


def test_a_site_that_knows_no_further_pages_is_asked_for_one(desk: Desk) -> None:
    desk.source("news")
    serve(desk, wordpress([3, 2, 1]))
    desk.poll()
    page = wordpress([12, 11, 10])[1]
    desk.web.fallback = lambda _: Reply(body=page)
    desk.web.requests.clear()
    desk.poll()
    assert [asked.target for asked in desk.web.requests] == ["/news", "/news?paged=2"]
    assert desk.digest().sources[0].state == "gap"


def documents(numbers: list[int], count: int) -> Reply:
    found = [
        {
            "document_number": f"2025-{number:05}",
            "title": f"Notice {number}",
            "publication_date": "2025-06-02",
            "html_url": f"https://www.federalregister.gov/documents/2025/06/02/2025-{number:05}/x",
        }
        for number in numbers
    ]
    body = json.dumps({"count": count, "total_pages": 1, "results": found})
    return Reply(body=body.encode(), headers={"Content-Type": "application/json"})


def test_a_short_window_is_asked_in_halves_until_all_has_come(desk: Desk) -> None:
    """A publisher that loses rows of long windows: the halves bring what the whole lost."""

    def halves(asked: Asked) -> Reply:
        whole = len(desk.web.requests) == 1
        first = "lte%5D=2025-06-01" not in asked.target
        return documents([1], 3) if whole else documents([1, 2], 2) if first else documents([3], 1)

    desk.source("fr", "federal_register", path="/v1")
    desk.web.fallback = halves
    report = desk.report()
    assert (report.outcome, report.items, report.error) == ("ok", 3, "")
    assert desk.events("GapSuspected") == []


def test_a_page_that_fails_for_a_moment_is_asked_again_in_the_same_poll(desk: Desk) -> None:
    """Without it the whole walk would count as incomplete."""
    desk.source("fr", "federal_register", path="/v1")
    pages = iter([Reply(status=502), documents([2], 2)])

    def answer(asked: Asked) -> Reply:
        if asked.target.endswith("page=1"):
            first = json.loads(documents([1], 2).body)
            return Reply(body=json.dumps(first | {"next_page_url": "x"}).encode())
        return next(pages)

    desk.web.fallback = answer
    report = desk.report()
    assert (report.outcome, report.items) == ("ok", 2)


@pytest.mark.parametrize(
    ("before", "now", "dates", "expected"),
    [
        ("", "abc", {}, False),
        ("abc", "", {}, False),
        ("abc", "abc", {}, False),
        ("abc", "def", {}, True),
        ("abc", "dea", {}, False),
        ("pab", "pcdef", {"p": "2024", "c": "2025", "d": "2025", "e": "2025", "f": "2025"}, True),
        ("pab", "pcdef", {}, False),
        ("pab", "pcdea", {"p": "2024", "c": "2025", "d": "2025", "e": "2025", "a": "2025"}, False),
        ("abc", "acdef", {"a": "2026", "c": "2025", "d": "2025", "e": "2025", "f": "2025"}, False),
        ("ab", "abcdef", dict(zip("abcdef", "123456", strict=True)), False),
        ("abcd", "cdefgh", dict(zip("abcdefgh", "12344444", strict=True)), False),
        ("abcd", "cefgh", dict(zip("abcdefgh", "12345678", strict=True)), False),
        ("abcd", "efghi", dict(zip("abcdefghi", "123456789", strict=True)), True),
        ("pq", "pqdef", {"p": "1", "q": "2", "d": "9", "e": "8", "f": "7"}, True),
        ("pqa", "pqdef", {"p": "1", "q": "2", "d": "9", "e": "9", "f": "9"}, True),
    ],
    ids=[
        "nothing before",
        "nothing now",
        "the same",
        "nothing shared",
        "one shared below",
        "only a pinned entry shared",
        "a pinned entry without dates proves enough",
        "pinned, and one more shared below",
        "shared on top and newest: no pin",
        "it grows at its end",
        "it grows at its end, by several on one day",
        "it grows at its end, and one was taken out",
        "it grows at its end, and nothing is shared",
        "nothing but pinned entries before",
        "pinned entries, and new ones of one day",
    ],
)
def test_windows_overflow_where_nothing_but_pinned_entries_is_shared(
    before: str, now: str, dates: dict[str, str], expected: bool
) -> None:
    assert overflowed(list(before), list(now), dates) is expected


def test_turnover_is_the_part_that_was_not_there_before() -> None:
    assert turnover("abcd", "abxy") == 0.5
    assert turnover("", "ab") is None
    assert turnover("ab", "") is None


def test_what_a_list_misses_twice_is_gone_and_what_comes_back_is_not() -> None:
    first = vanishing("abc", {}, "ab")
    assert (first.gone, first.absent, first.most) == ((), {"c": 1}, False)
    assert vanishing("ab", first.absent, "ab").gone == ("c",)
    assert vanishing("ab", first.absent, "abc").absent == {}


def test_a_list_that_lost_most_of_itself_loses_nothing_at_once() -> None:
    listed = [str(number) for number in range(40)]
    now, absent = listed[:5], {}
    for times in range(1, 5):
        found = vanishing(listed if times == 1 else now, absent, now)
        assert (found.gone, found.most, len(found.absent)) == ((), True, 35)
        absent = dict(found.absent)
    assert len(vanishing(now, absent, now).gone) == 35
