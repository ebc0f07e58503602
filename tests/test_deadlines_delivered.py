"""What a publisher states as due, on its whole way into a subscribed calendar; and what watchlists ask for, in editions."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import icalendar
import pytest
from desk import Desk, feed
from webserver import Reply, WebServer

from monitor import app, projections
from monitor.core.events import ItemWithdrawn

NUMBER = "2025-11111"
KEY = f"frdoc:{NUMBER}"
CALENDAR = '\n[[output]]\nid = "due"\nkind = "calendar"\npath = "due.ics"\n'
FEEDS = (
    '\n[[output]]\nid = "feeds"\nkind = "feeds"\nfolder = "feeds"\nbase_url = "https://example.org/feeds"\n'
)
ASKED = 'title = "Networks"\n{asked}\n[[subject]]\nid = "next-g"\nname = "Next G Alliance"\nany = ["Next G Alliance"]\n'


def register(*closes: str) -> Reply:
    """The Federal Register's list: nothing, or one notice whose comments close on that day."""
    records = [
        {
            "document_number": NUMBER, "title": "Next G Alliance and the lower bands", "type": "Notice",
            "publication_date": "2025-06-02", "html_url": f"https://www.federalregister.gov/d/{NUMBER}",
            "abstract": "The Commission asks for comments.", "comments_close_on": day,
        }
        for day in closes
    ]  # fmt: skip
    return Reply(body=json.dumps({"count": len(records), "total_pages": 1, "results": records}).encode())


@pytest.fixture
def desk(tmp_path: Path, web: WebServer) -> Desk:
    """The Federal Register was polled once, and a calendar made of nothing."""
    desk = Desk(tmp_path, web)
    desk.source("register", kind="federal_register", terms='["Next G"]')
    desk.tables += CALENDAR
    delivered(desk, register())
    return desk


def delivered(desk: Desk, answer: Reply | None = None) -> Sequence[icalendar.Event]:
    """What stands in the calendar once this was polled, a day later, and delivered."""
    if answer is not None:
        desk.web.answer("/register/documents.json", answer)
        desk.clock.advance(days=1)
        desk.poll()
    assert [one.outcome for one in app.deliver(desk.settings(), clock=desk.clock)] == ["succeeded"]
    return icalendar.Calendar.from_ical((desk.folder / "due.ics").read_bytes()).events


def withdraw(desk: Desk) -> None:
    with app.writing(desk.settings(), clock=desk.clock) as run, run.database.write():
        run.append(f"item:{KEY}", ItemWithdrawn(key=KEY, source="register", reason="404"))
        projections.catch_up(run.database, run.log)


def test_a_deadline_is_a_day_in_the_calendar_moves_under_its_uid_and_is_cancelled(desk: Desk) -> None:
    (first,) = delivered(desk, register("2025-07-15"))
    assert (first["SUMMARY"], first.start, first.end) == (
        f"Comments close: FR Doc. {NUMBER} Next G Alliance and the lower bands",
        date(2025, 7, 15),
        date(2025, 7, 16),
    )
    assert (first["SEQUENCE"], first["STATUS"]) == (0, "CONFIRMED")
    (moved,) = delivered(desk, register("2025-08-01"))
    assert (moved["UID"], moved["SEQUENCE"], moved.start) == (first["UID"], 1, date(2025, 8, 1))
    assert "moved from 2025-07-15" in moved["DESCRIPTION"]
    withdraw(desk)
    (gone,) = delivered(desk)
    assert (gone["UID"], gone["SEQUENCE"], gone["STATUS"]) == (first["UID"], 2, "CANCELLED")


def test_a_poll_that_finds_a_deadline_unmoved_touches_no_calendar(desk: Desk) -> None:
    delivered(desk, register("2025-07-15"))
    before = (desk.folder / "due.ics").stat().st_mtime_ns
    desk.clock.advance(days=1)
    desk.poll()
    assert app.deliver(desk.settings(), clock=desk.clock) == []
    assert (desk.folder / "due.ics").stat().st_mtime_ns == before


@pytest.mark.parametrize("asked", ['on = ["new"]', 'on = ["new", "substantive"]'])
def test_a_calendar_is_right_also_where_its_readers_are_told_of_nothing_more(desk: Desk, asked: str) -> None:
    desk.watch(ASKED.format(asked=asked))
    (first,) = delivered(desk, register("2025-07-15"))
    (moved,) = delivered(desk, register("2025-08-01"))
    assert (moved["UID"], moved["SEQUENCE"], moved.start) == (first["UID"], 1, date(2025, 8, 1))
    withdraw(desk)
    (gone,) = delivered(desk)
    assert (gone["UID"], gone["SEQUENCE"], gone["STATUS"]) == (first["UID"], 2, "CANCELLED")
    assert gone["DESCRIPTION"].startswith("The document was withdrawn.")
    desk.clock.advance(days=1)
    assert app.deliver(desk.settings(), clock=desk.clock) == []


def test_files_are_made_anew_where_settings_or_the_files_are_no_longer_so(desk: Desk) -> None:
    desk.tables += FEEDS
    desk.web.answer("/register/documents.json", register("2025-07-15"))
    desk.poll()
    app.deliver(desk.settings(), clock=desk.clock)
    assert app.deliver(desk.settings(), clock=desk.clock) == []
    desk.tables = desk.tables.replace("https://example.org/feeds", "https://news.example.org/f")
    desk.tables = desk.tables.replace('path = "due.ics"', 'path = "due.ics"\ntitle = "Due"')
    assert {one.outcome for one in app.deliver(desk.settings(), clock=desk.clock)} == {"succeeded"}
    assert b"X-WR-CALNAME:Due" in (desk.folder / "due.ics").read_bytes()
    assert "https://news.example.org/f/all.atom" in (desk.folder / "feeds" / "all.atom").read_text()
    assert app.deliver(desk.settings(), clock=desk.clock) == []
    for name in ("due.ics", "feeds/all.rss", "feeds/feeds.opml"):
        text = (desk.folder / name).read_bytes()
        (desk.folder / name).unlink()
        desk.clock.advance(hours=1)
        desk.poll()
        assert [one.outcome for one in app.deliver(desk.settings(), clock=desk.clock)] == ["succeeded"]
        assert (desk.folder / name).read_bytes() == text
    assert app.deliver(desk.settings(), clock=desk.clock) == []


def test_a_dry_run_counts_of_a_calendar_what_is_due(desk: Desk) -> None:
    desk.source("news")
    desk.web.answer("/news", Reply(body=feed(("z", "Nothing"))))
    desk.poll()
    desk.web.answer("/news", Reply(body=feed(("z", "Nothing"), ("a", "Next G Alliance meets"))))
    desk.web.answer("/register/documents.json", register("2025-07-15"))
    desk.poll()
    command = [sys.executable, "-m", "monitor", "deliver", "--dry-run"]
    desk.settings()
    done = subprocess.run(command, cwd=desk.folder, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("due  edition  1 to tell  (there is news)\n    Next G Alliance and")


@pytest.mark.parametrize("kind", ["feeds", "calendar"])
def test_a_sample_has_what_another_watchlist_caught_first(desk: Desk, kind: str) -> None:
    desk.watch(ASKED.format(asked="").replace("Networks", "Also"), "also")
    desk.tables = desk.tables.replace(CALENDAR, "")
    desk.tables += (FEEDS if kind == "feeds" else CALENDAR) + 'watchlists = ["networks"]\n'
    desk.web.answer("/register/documents.json", register("2025-07-15"))
    desk.poll()
    name = kind if kind == "feeds" else "due"
    assert [one.outcome for one in app.send_sample(desk.settings(), name, clock=desk.clock)] == ["succeeded"]
    file = desk.folder / ("feeds/sample+all.json" if kind == "feeds" else "sample+due.ics")
    assert "lower bands" in file.read_text(encoding="utf-8")


def test_a_feed_has_the_new_title_of_its_watchlist(desk: Desk) -> None:
    desk.tables += FEEDS
    desk.poll()
    app.deliver(desk.settings(), clock=desk.clock)
    desk.watch(ASKED.format(asked="").replace('"Networks"', '"Networks of tomorrow"'))
    desk.poll()
    app.deliver(desk.settings(), clock=desk.clock)
    assert "Networks of tomorrow" in (desk.folder / "feeds" / "feeds.opml").read_text()


# ---- what a watchlist asks for (`on`) holds for editions as for messages ----


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("", {"Next G Alliance meets in June"}),
        ('on = ["new"]', {"Next G Alliance meets in June"}),
        ('on = ["status", "withdrawn"]', set[str]()),
        ('on = ["substantive"]', set[str]()),
    ],
)
def test_a_feed_has_what_its_watchlist_asks_for_and_nothing_else(
    tmp_path: Path, web: WebServer, asked: str, told: set[str]
) -> None:
    desk = Desk(tmp_path, web)
    desk.watch(ASKED.format(asked=asked))
    desk.source("news")
    desk.tables += FEEDS
    web.answer("/news", Reply(body=feed(("z", "Nothing"))))
    desk.poll()
    app.deliver(desk.settings(), clock=desk.clock)
    web.answer("/news", Reply(body=feed(("z", "Nothing"), ("a", "Next G Alliance meets in June"))))
    desk.poll()
    app.deliver(desk.settings(), clock=desk.clock)
    assert titles(desk) == told
    assert {e.title for s in desk.digest().sections for e in s.entries} == told


def test_a_feed_is_not_made_anew_by_a_revision_that_its_watchlist_does_not_ask_for(
    tmp_path: Path, web: WebServer
) -> None:
    desk = Desk(tmp_path, web)
    desk.source("news")
    desk.tables += FEEDS
    for title in ("", "Next G Alliance - meets", "Next G Alliance – meets"):
        web.answer("/news", Reply(body=feed(("z", "Nothing"), *([("a", title)] if title else []))))
        desk.poll()
        app.deliver(desk.settings(), clock=desk.clock)
    assert [revision.significance for revision in desk.events("ItemRevised")] == ["typographic"]
    assert [plan.title for plan in desk.events("DeliveryPlanned")][2:] == []
    web.answer("/news", Reply(body=feed(("z", "Nothing"), ("a", "Next G Alliance – meets in Denver"))))
    desk.poll()
    app.deliver(desk.settings(), clock=desk.clock)
    assert titles(desk) == {"Next G Alliance – meets in Denver"}


def titles(desk: Desk) -> set[str]:
    told = json.loads((desk.folder / "feeds" / "all.json").read_text(encoding="utf-8"))
    return {item["title"] for item in told["items"]}
