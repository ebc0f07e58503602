"""GovInfo through the real fetcher, log and pipeline: its API and feeds, and bills followed by batches."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from desk import Desk
from test_source_billstatus_batches import BATCHES, INDEX, SITEMAP, bill_file, feed, file_of, index, urlset
from test_source_govinfo import entry, page, rss
from webserver import Asked, Reply, WebServer

WATCHLIST = """
title = "Networks"
[[subject]]
id = "bill"
name = "A bill"
any = ["H.R. 1765 (119th)", "open networks"]
"""


class Publisher:
    """GovInfo's API on loopback: packages of one collection, two a page, by marks."""

    def __init__(self, web: WebServer) -> None:
        self.packages: list[dict[str, Any]] = []
        web.fallback = self.answer

    def answer(self, asked: Asked) -> Reply | None:
        if "/BILLS/" not in asked.path:
            return None
        (mark,) = parse_qs(urlsplit(asked.target).query)["offsetMark"]
        start = 0 if mark == "*" else int(mark.removeprefix("A+"))
        told = self.packages[start : start + 2]
        following = (
            f"https://api.govinfo.gov{asked.path}?offsetMark=A%2B{start + 2}&pageSize=1000" if told else None
        )
        return Reply(body=json.dumps(page(*told, count=len(self.packages), nextPage=following)).encode())


@pytest.fixture
def desk(tmp_path: Path, web: WebServer) -> Desk:
    desk = Desk(tmp_path, web)
    desk.watch(WATCHLIST)
    return desk


def test_polls_over_the_api_record_each_package_once(desk: Desk) -> None:
    publisher = Publisher(desk.web)
    desk.source("gpo", "govinfo", "/api", collections='["BILLS"]')
    publisher.packages = [entry(f"BILLS-119hr{number}ih") for number in (1764, 1765, 1766, 1767, 1768)]
    report = desk.report()
    assert (report.outcome, report.items, report.new, report.matched) == ("ok", 5, 5, 1)
    assert {event.origin for event in desk.events("ItemPublished")} == {"baseline"}

    before = len(desk.events())
    for package in publisher.packages:
        package["lastModified"] = "2026-03-31T23:59:59Z"
    report = desk.report()
    assert (report.new, report.revised, len(desk.events())) == (0, 0, before)

    publisher.packages[3]["title"] = "An Act on open networks"
    report = desk.report()
    assert (report.outcome, report.new, report.revised, report.matched) == ("ok", 0, 1, 1)


def test_polls_over_a_feed_meet_what_the_api_told(desk: Desk) -> None:
    publisher = Publisher(desk.web)
    desk.source("gpo", "govinfo", "/api", collections='["BILLS"]')
    desk.source("feeds", "govinfo", "", what='"rss"', collections='["BILLS"]')
    publisher.packages = [entry("BILLS-119hr1765ih")]
    one = ("BILLS-119hr1765ih", "H.R. 1765 (IH) - Title", "Fri, 27 Mar 2026 04:00:00 GMT")
    two = ("BILLS-119hr1769ih", "H.R. 1769 (IH) - On open networks", "Tue, 24 Mar 2026 04:00:00 GMT")
    desk.web.answer("/feeds/rss/bills.xml", Reply(body=rss(one)), Reply(body=rss(one, two)))
    desk.poll("gpo")
    assert desk.report("feeds").new == 0
    report = desk.report("feeds")
    assert (report.outcome, report.new, report.revised, report.matched) == ("ok", 1, 0, 1)


SITE = "https://www.govinfo.gov"
BILLS = """
title = "Bills"
[[subject]]
id = "named"
name = "A bill by its number"
any = ["S. 65 (117th)"]
[[subject]]
id = "worded"
name = "A bill by its words"
any = ["open networks"]
"""


class Bulk:
    """GovInfo's bulk data on loopback, under /bulk: files by the number of their bill, each with its `lastmod`."""

    def __init__(self, desk: Desk) -> None:
        self.files: dict[int, tuple[str, bytes]] = {}
        self.batches: bytes | None = feed()
        self.asked: list[str] = []
        desk.web.fallback = self.answer
        desk.watch(BILLS, "bills")
        desk.source("bulk", "billstatus", "/bulk", congresses="[117]", types='["s"]', follow='"batches"')

    def answer(self, asked: Asked) -> Reply | None:
        path = asked.path.removeprefix("/bulk")
        self.asked.append(path.rpartition("/")[2])
        answers = {
            INDEX: index("s"),
            SITEMAP: urlset(*((file_of(number), lastmod) for number, (lastmod, _) in self.files.items())),
            BATCHES: self.batches,
            **{file_of(number).removeprefix(SITE): body for number, (_, body) in self.files.items()},
        }
        body = answers.get(path)
        return Reply(body=body) if body is not None else None

    def read(self) -> list[str]:
        """The files that were asked for since this was last called."""
        files = [name for name in self.asked if name.startswith("BILLSTATUS-")]
        self.asked.clear()
        return files


def test_following_batches_reads_at_first_only_what_a_watchlist_names(desk: Desk) -> None:
    bulk = Bulk(desk)
    bulk.files = {
        number: ("2025-06-01T09:00:00Z", bill_file(number, "2021-02-01", "Read twice."))
        for number in (64, 65, 66)
    }
    report = desk.report()
    assert (report.outcome, report.items, report.new, report.matched) == ("ok", 3, 3, 1)
    assert bulk.read() == ["BILLSTATUS-117s65.xml"]
    assert {event.origin for event in desk.events("ItemPublished", "ActionRecorded", "ItemMatched")} == {
        "baseline"
    }


def test_following_batches_reads_later_what_changed_and_tells_the_old_steps_as_past(desk: Desk) -> None:
    bulk = Bulk(desk)
    standing = bill_file(64, "2021-02-01", "Read twice.")
    bulk.files = {64: ("2025-06-01T09:00:00Z", standing), 66: ("2025-06-01T09:00:00Z", standing)}
    desk.poll()
    assert bulk.read() == []
    report = desk.report()
    assert (report.outcome, report.new, report.revised, bulk.read()) == ("unchanged", 0, 0, [])

    # Days in June 2025 are those of the desk's clock.
    new = (
        b"<item><actionDate>2025-06-02</actionDate><text>Reported, on open networks.</text></item></actions>"
    )
    bulk.files[64] = ("2025-06-02T03:30:00Z", standing.replace(b"</actions>", new))
    report = desk.report()
    assert (report.outcome, bulk.read()) == ("ok", ["BILLSTATUS-117s64.xml"])
    assert {event.text: event.origin for event in desk.events("ActionRecorded")} == {
        "Read twice.": "backfill",
        "Reported, on open networks.": "live",
    }
    report = desk.report()
    assert (report.outcome, report.moved, bulk.read()) == ("unchanged", 0, [])


def test_a_new_bill_is_news_and_one_that_only_a_batch_names_is_too(desk: Desk) -> None:
    bulk = Bulk(desk)
    bulk.files = {64: ("2025-06-01T09:00:00Z", bill_file(64, "2021-02-01"))}
    desk.poll()
    bulk.files[70] = ("2025-06-02T02:30:00Z", bill_file(70, "2025-06-02", "Introduced."))
    bulk.batches = feed(("2025-06-02T02:40:00Z", [file_of(70)]))
    report = desk.report()
    assert (report.outcome, report.new, bulk.read()) == ("ok", 1, ["BILLSTATUS-117s70.xml"])
    assert desk.events("ItemPublished")[-1].origin == "live"
    assert (desk.report().outcome, bulk.read()) == ("unchanged", [])


def test_where_the_feed_of_batches_fails_the_sitemaps_cover_it(desk: Desk) -> None:
    bulk = Bulk(desk)
    bulk.files = {64: ("2025-06-01T09:00:00Z", bill_file(64, "2021-02-01"))}
    desk.poll()
    bulk.batches = None
    bulk.files[64] = ("2025-06-02T02:30:00Z", bill_file(64, "2021-02-01"))
    report = desk.report()
    assert (report.outcome, bulk.read()) == ("covered", ["BILLSTATUS-117s64.xml"])


def test_a_bill_that_was_followed_is_not_read_again_until_it_changes(desk: Desk) -> None:
    bulk = Bulk(desk)
    bulk.files = {65: ("2025-06-01T09:00:00Z", bill_file(65, "2021-02-01", "Read twice."))}
    desk.poll()
    assert bulk.read() == ["BILLSTATUS-117s65.xml"]
    desk.poll()
    assert bulk.read() == []
    bulk.files[65] = ("2025-06-02T03:30:00Z", bill_file(65, "2021-02-01", "Read twice."))
    desk.poll()
    assert bulk.read() == ["BILLSTATUS-117s65.xml"]
    desk.poll()
    assert bulk.read() == []
