"""How long a poll waits for anybody, what becomes of what it leaves, and who is left alone for whose sake."""

from __future__ import annotations

import json
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest
from desk import Desk, feed
from webserver import Asked, Reply, WebServer

from monitor import app
from monitor.core.errors import FetchError
from monitor.core.fetches import Allowance
from monitor.fetcher import Fetcher

A, B = ("a", "Next G Alliance meets"), ("b", "A grapevine")
LEFT = {"X-RateLimit-Limit": "1000"}


@pytest.fixture
def desk(tmp_path: Path, web: WebServer) -> Desk:
    return Desk(tmp_path, web)


class Register:
    """A publisher of one document a page. `instead` answers a page once, or in the place of its document."""

    def __init__(self, desk: Desk, pages: int) -> None:
        self.pages = pages
        self.instead: dict[int, list[Reply]] = {}
        self.headers: dict[str, str] = {}
        self.asked: list[int] = []
        self.web = desk.web
        desk.web.fallback = self.answer

    def answer(self, asked: Asked) -> Reply | None:
        if "documents.json" not in asked.path:
            return None
        number = int(asked.target.rpartition("&page=")[2])
        self.asked.append(number)
        if self.instead.get(number):
            return self.instead[number].pop(0)
        page = {"count": self.pages, "total_pages": self.pages, "results": [document(number)]}
        more = {"next_page_url": "x"} if number < self.pages else {}
        return Reply(body=json.dumps(page | more).encode(), headers=self.headers)


def document(number: int) -> dict[str, Any]:
    return {
        "document_number": f"2025-{number:05}",
        "title": f"Next G Alliance {number}",
        "publication_date": "2025-06-02",
        "html_url": f"https://www.federalregister.gov/documents/2025/06/02/2025-{number:05}/x",
        "type": "Notice",
    }


def slow_host(desk: Desk, seconds: float) -> None:
    desk.fetch["crawl_delay_s"] = f'{{ "127.0.0.1" = {seconds} }}'


def states(desk: Desk) -> dict[str, sqlite3.Row]:
    with sqlite3.connect(desk.folder / "monitor.db") as conn:
        conn.row_factory = sqlite3.Row
        return {row["source"]: row for row in conn.execute("SELECT * FROM source_state")}


# One that takes long


def test_a_poll_ends_in_time_and_the_next_one_goes_on_with_what_it_left(desk: Desk) -> None:
    register = Register(desk, 7)
    desk.source("fr", "federal_register", path="/v1")
    slow_host(desk, 0.4)
    began = time.monotonic()
    first = desk.report(patience_s=0.9)
    assert time.monotonic() - began < 2.5
    assert (first.outcome, register.asked) == ("partial", [1, 2, 3])
    assert "4 requests are left to a later poll" in first.error
    last = desk.report()
    assert (last.outcome, last.items, register.asked) == ("ok", 7, [1, 2, 3, 4, 5, 6, 7])


def test_what_is_done_in_time_is_accounted_for_however_long_another_takes(desk: Desk) -> None:
    Register(desk, 9)
    desk.web.answer("/news", Reply(body=feed(A)))
    desk.source("fr", "federal_register", path="/v1")
    desk.source("news")
    slow_host(desk, 0.3)
    reports = desk.poll(patience_s=1.2).reports
    assert [report.outcome for report in reports] == ["partial", "ok"]


def test_a_host_that_is_asked_one_thing_a_poll_lets_each_source_have_its_turn(desk: Desk) -> None:
    register = Register(desk, 3)
    desk.web.answer("/news", Reply(body=feed(A)))
    desk.source("fr", "federal_register", path="/v1")
    desk.source("news")
    slow_host(desk, 100)
    for _ in range(4):
        desk.poll(everything=False)
    assert len(desk.web.asked("/news")) >= 1
    assert register.asked == [1, 2, 3][: len(register.asked)]


# What is left


def test_a_walk_on_a_host_that_wants_minutes_between_two_requests_is_read_to_its_end(desk: Desk) -> None:
    register = Register(desk, 4)
    desk.source("fr", "federal_register", path="/v1")
    slow_host(desk, 420)
    outcomes = [desk.report().outcome for _ in range(3)]
    assert (outcomes, register.asked) == (["partial"] * 3, [1, 2, 3])
    assert states(desk)["fr"]["last_good_at"] == ""
    report = desk.report()
    assert (report.outcome, report.items, register.asked) == ("ok", 4, [1, 2, 3, 4])
    assert states(desk)["fr"]["last_good_at"] == "2025-06-02T01:00:00Z", "the walk began then"
    assert desk.events("GapSuspected", "SourceFailed") == []
    assert {event.origin for event in desk.events("ItemPublished")} == {"baseline"}
    desk.report()
    assert register.asked == [1, 2, 3, 4, 1], "the next one begins at the beginning"


def test_what_a_left_walk_lacks_at_its_end_is_a_gap(desk: Desk) -> None:
    register = Register(desk, 2)
    empty = {"count": 2, "total_pages": 2, "results": []}
    register.instead[2] = [Reply(body=json.dumps(empty).encode())] * 200
    desk.source("fr", "federal_register", path="/v1")
    slow_host(desk, 420)
    desk.poll()
    desk.poll()
    assert (register.asked[:2], desk.events("GapSuspected")) == ([1, 2], [])
    slow_host(desk, 0)
    assert "declared items came" in desk.report().error
    (gap,) = desk.events("GapSuspected")
    assert (gap.why, gap.received, gap.expected) == ("short", 1, 2)


def test_a_failure_on_the_way_is_told_at_the_end(desk: Desk) -> None:
    register = Register(desk, 3)
    register.instead[2] = [Reply(status=404)]
    desk.source("fr", "federal_register", path="/v1")
    slow_host(desk, 420)
    desk.poll()
    desk.poll()
    assert (register.asked, desk.events("SourceFailed")) == ([1, 2], [])
    slow_host(desk, 0)
    assert desk.report().outcome == "partial"
    (failed,) = desk.events("SourceFailed")
    assert (failed.failure, register.asked[2]) == ("moved", 3)


def test_a_source_that_asks_for_other_things_begins_anew(desk: Desk) -> None:
    register = Register(desk, 3)
    desk.source("fr", "federal_register", path="/v1")
    slow_host(desk, 420)
    desk.poll()
    desk.tables = ""
    desk.source("fr", "federal_register", path="/v1", days="40")
    desk.poll()
    assert register.asked == [1, 1]


def test_a_walk_that_was_left_for_too_long_begins_anew(desk: Desk) -> None:
    register = Register(desk, 3)
    desk.source("fr", "federal_register", path="/v1")
    slow_host(desk, 420)
    desk.poll()
    desk.clock.advance(days=8)
    desk.poll()
    assert register.asked == [1, 1]


def test_a_source_whose_pages_take_many_polls_is_not_overdue(desk: Desk) -> None:
    Register(desk, 9)
    desk.source("fr", "federal_register", path="/v1", every='"1h"')
    desk.poll()
    slow_host(desk, 420)
    for _ in range(6):
        desk.poll()
    (line,) = desk.digest().sources
    assert (line.state, line.last_good_at < "2025-06-02T02") == ("ok", True)


def test_a_walk_that_is_left_is_due_when_its_host_may_be_asked_again(desk: Desk) -> None:
    Register(desk, 3)
    desk.source("fr", "federal_register", path="/v1")
    slow_host(desk, 420)
    for _ in range(2):
        assert desk.report().due_at <= desk.clock.moment.strftime("%Y-%m-%dT%H:07:00Z")


# Who is left alone


def test_a_429_stops_all_that_would_ask_its_host(desk: Desk) -> None:
    register = Register(desk, 30)
    register.instead[3] = [Reply(status=429, headers={"Retry-After": "2"})]
    desk.source("fr", "federal_register", path="/v1")
    report = desk.report()
    assert (report.outcome, report.items) == ("ok", 30)
    moments = [asked.at for asked in desk.web.requests]
    refused = register.asked.index(3)
    assert moments[refused + 1] - moments[refused] > 1.8


def test_a_429_that_asks_for_hours_leaves_the_rest_of_the_walk_and_the_hosts_other_sources(
    desk: Desk,
) -> None:
    register = Register(desk, 5)
    register.instead[3] = [Reply(status=429, headers={"Retry-After": "5400"})]
    desk.source("fr", "federal_register", path="/v1")
    assert (desk.report().outcome, register.asked) == ("partial", [1, 2, 3])
    desk.web.answer("/news", Reply(body=feed(A)))
    desk.source("news")
    reports = desk.poll().reports
    assert [report.outcome for report in reports] == ["not-due", "not-due"]
    assert "2025-06-02T02:29:50Z" <= reports[1].due_at <= "2025-06-02T02:30:00Z"
    reports = desk.poll().reports
    assert [report.outcome for report in reports] == ["ok", "ok"]
    assert sorted(register.asked) == [1, 2, 3, 3, 4, 5]


def test_a_key_that_asked_for_too_much_is_left_alone_on_every_host(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_KEY", "0123456789abcdef")
    over = {"error": {"code": "OVER_RATE_LIMIT", "message": "too much"}}
    spent = {**LEFT, "X-RateLimit-Remaining": "0"}
    desk.web.fallback = lambda _: Reply(status=429, body=json.dumps(over).encode(), headers=spent)
    for name in ("one", "two"):
        desk.source(
            name,
            "congress",
            path="/v3",
            host=f"{name}.example",
            congresses="[119]",
            api_key='{ env = "A_KEY" }',
        )
    desk.fetch["allow_private_hosts"] = "true"
    route = {"route": lambda _host, _port: ("127.0.0.1", desk.web.port)}
    desk.report("one", **route)
    before = len(desk.web.requests)
    desk.clock.advance(hours=-1)
    assert (desk.report("two", **route).outcome, len(desk.web.requests)) == ("not-due", before)


def test_a_refusal_says_what_is_left_of_the_key(desk: Desk) -> None:
    spent = {**LEFT, "X-RateLimit-Remaining": "0"}
    desk.web.answer("/x", Reply(status=429, headers=spent))
    settings = desk.settings()
    from monitor.core.exchange import Request, Source

    with Fetcher(settings.fetch) as fetcher, pytest.raises(FetchError) as caught:
        request = Request(url=desk.web.url("/x"))
        fetcher.fetch(request, Source(id="x", kind="feed", url=request.url), None, desk.clock())
    assert caught.value.allowance == Allowance(limit=1000, remaining=0)


def test_what_is_left_of_a_key_grows_old_where_nobody_tells_of_it_anew(desk: Desk) -> None:
    """A poll that asked nothing must not say again what an earlier one was told."""
    desk.poll()
    with sqlite3.connect(desk.folder / "monitor.db") as conn:
        conn.execute("INSERT INTO budgets VALUES ('A_KEY', 1000, 0, '2025-06-02T00:30:00Z')")
    desk.clock.advance(hours=-1)
    desk.poll()
    with sqlite3.connect(desk.folder / "monitor.db") as conn:
        assert conn.execute("SELECT told_at FROM budgets").fetchall() == [("2025-06-02T00:30:00Z",)]


def test_a_page_that_is_gone_is_asked_no_oftener_than_one_that_answers(desk: Desk) -> None:
    desk.source("news", every='"6h"')
    desk.web.answer("/news", Reply(status=404))
    assert desk.report().due_at >= "2025-06-02T06:40"


# What is kept of polls


def test_polls_of_more_than_400_days_ago_are_forgotten_but_for_the_last_good_one(desk: Desk) -> None:
    desk.source("news")
    desk.source("bad")
    desk.web.answer("/news", Reply(body=feed(A, B)))
    desk.web.answer("/bad", Reply(body=feed(A)), Reply(status=500))
    for _ in range(3):
        desk.poll()
    desk.clock.advance(days=2)
    desk.poll()
    desk.clock.advance(days=400)
    desk.poll("news")
    with sqlite3.connect(desk.folder / "monitor.db") as conn:
        kept = conn.execute("SELECT source, substr(started_at, 1, 13) FROM polls ORDER BY 1, 2").fetchall()
    assert kept == [
        ("bad", "2025-06-02T01"),
        ("news", "2025-06-04T04"),
        ("news", "2026-07-09T05"),
    ]
    assert len(desk.events("PollsSummarised")) == 4


def test_polls_before_a_gap_that_stands_are_kept(desk: Desk) -> None:
    desk.source("news")
    desk.web.answer("/news", Reply(body=feed(A)), Reply(body=feed(B)))
    desk.poll()
    desk.poll()
    assert len(desk.events("GapSuspected")) == 1
    desk.clock.advance(days=500)
    desk.poll()
    with sqlite3.connect(desk.folder / "monitor.db") as conn:
        assert conn.execute("SELECT count(*) FROM polls").fetchone() == (3,)


# The service


def test_a_service_looks_up_from_a_poll_that_takes_long_and_goes_on_at_the_next_tick(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from monitor import service as room
    from monitor.service import Teller, _Service

    monkeypatch.setattr(room, "POLL_S", 1)
    register = Register(desk, 12)
    desk.source("fr", "federal_register", path="/v1")
    slow_host(desk, 0.3)
    app.note_start(desk.settings())
    service = _Service(desk.settings(), Teller(lambda _text: None))
    began = time.monotonic()
    service.tick()
    assert time.monotonic() - began < 3
    assert 2 <= len(register.asked) <= 5
    for _ in range(5):
        time.sleep(1.1)  # what is left is due a second later
        service.tick()
    assert register.asked == list(range(1, 13))


def test_the_heart_beats_while_a_poll_waits_for_one_answer(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from monitor import service as room
    from monitor.service import Teller, _Service

    monkeypatch.setattr(room, "TICK_S", 0.3)
    desk.tables += '\n[service]\nheartbeat = "alive"\n'
    desk.source("slow")
    seen: list[bool] = []

    def answer(_asked: Asked) -> Reply:
        end = time.monotonic() + 3
        while time.monotonic() < end and not (desk.folder / "alive").exists():
            time.sleep(0.05)
        seen.append((desk.folder / "alive").exists())
        return Reply(body=feed(A))

    desk.web.fallback = answer
    app.note_start(desk.settings())
    _Service(desk.settings(), Teller(lambda _text: None)).tick()
    assert seen == [True]


def test_a_notice_that_was_mended_is_told_again_when_it_comes_back(desk: Desk) -> None:
    from monitor.service import Teller, _Service

    said: list[str] = []
    app.note_start(desk.settings())
    service = _Service(desk.settings(), Teller(said.append))
    whole = (desk.folder / "watchlists" / "networks.toml").read_text(encoding="utf-8")
    for text in (whole, "title = ", "title = ", whole, "title = "):
        desk.watch(text)
        service.tick()
    assert sum("watchlists/networks.toml" in line for line in said) == 2
