"""A part of a walk that is not asked keeps the window where it is: what changed there meanwhile is still to be read."""

from __future__ import annotations

from pathlib import Path

import pytest
from desk import Desk
from test_source_billstatus_batches import BATCHES, INDEX, SITEMAP, bill_file, feed, file_of, index, urlset
from webserver import Reply, WebServer

FILE = file_of(65).removeprefix("https://www.govinfo.gov")
MISSING = "the index names no sitemap of these bills"


@pytest.fixture
def desk(tmp_path: Path, web: WebServer) -> Desk:
    desk = Desk(tmp_path, web)
    desk.source("bulk", "billstatus", "", congresses="[117]", types='["hr", "s"]', follow='"batches"')
    desk.tables = desk.tables.replace(web.url("/bulk"), web.url(""))
    web.answer(INDEX, Reply(body=index("hr", "s")))
    web.answer(BATCHES, Reply(body=feed()))
    web.answer(SITEMAP.replace("117s", "117hr"), Reply(body=urlset()))
    web.answer(SITEMAP, Reply(body=urlset((file_of(65), "2025-06-01T09:00:00Z"))))
    web.answer(FILE, Reply(body=bill_file(65, "2021-02-01", "Read twice.")))
    return desk


def test_an_index_that_lacks_a_type_for_weeks_moves_no_cursor_past_a_file_that_changed(desk: Desk) -> None:
    assert desk.report().outcome == "ok"
    desk.web.answer(INDEX, Reply(body=index("hr")))
    desk.web.answer(SITEMAP, Reply(body=urlset((file_of(65), "2025-06-03T09:00:00Z"))))
    for _ in range(5):
        desk.clock.advance(days=5)
        assert desk.report().outcome == "partial"
    assert desk.web.asked(FILE) == []
    desk.web.answer(INDEX, Reply(body=index("hr", "s")))
    assert (desk.report().outcome, len(desk.web.asked(FILE))) == ("ok", 1)


def test_what_was_not_asked_is_named_is_a_gap_and_is_closed_by_the_next_complete_walk(desk: Desk) -> None:
    desk.poll()
    desk.web.answer(INDEX, Reply(body=index("hr")))
    for _ in range(2):
        report = desk.report()
        assert (report.error, report.problems) == (f"bulk: {MISSING} (117 s)", (f"117 s: {MISSING}",))
    (gap,) = desk.events("GapSuspected")
    assert (gap.walk, gap.why, gap.expected, gap.received, gap.detail) == ("117 s", "short", 0, 0, MISSING)
    assert desk.digest().sources[0].state == "gap"
    desk.web.answer(INDEX, Reply(body=index("hr", "s")))
    assert desk.report().error == ""
    (closed,) = desk.events("GapClosed")
    assert (closed.walk, closed.how) == ("117 s", "complete walk")


def test_a_page_that_left_something_unread_never_counts_as_unchanged(desk: Desk) -> None:
    """It led to nothing else, and comes again word for word: what it left unread is unread still."""
    desk.poll()
    elsewhere = index("hr", "s").replace(b"www.govinfo.gov", b"elsewhere.example")
    desk.web.answer(INDEX, Reply(body=elsewhere, etag='"1"'))
    for _ in range(3):
        report = desk.report()
        assert (report.outcome, len(report.problems)) == ("partial", 2)
    assert report.error.endswith("and 1 more lists were not read whole")
