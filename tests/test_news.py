"""What is told: once, never missed, and never as news what was there before."""

from __future__ import annotations

import threading
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from desk import WATCHLIST, Desk, feed
from webserver import Reply, WebServer

from monitor import app
from monitor.core.errors import LogBusy, LogError
from monitor.core.schedules import latest_daily
from monitor.pipeline import recording, visiting, visits, watching
from monitor.sources import feed as feed_kind

A, B, C = ("a", "Next G Alliance meets"), ("b", "A grapevine"), ("c", "Open RAN in Palau")
RAN = '[[subject]]\nid = "ran"\nname = "Open RAN"\nany = ["Open RAN"]\n'


@pytest.fixture
def desk(tmp_path: Path, web: WebServer) -> Desk:
    desk = Desk(tmp_path, web)
    desk.source("news")
    return desk


def show(desk: Desk, *answers: bytes) -> None:
    """What the feed answers at this and the next polls."""
    desk.web.answer("/news", *(Reply(body=body) for body in answers))


def interrupted(desk: Desk, monkeypatch: pytest.MonkeyPatch, place: Any, name: str) -> None:
    """A poll that is cut short where `name` would begin."""

    def cut(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(place, name, cut)
        desk.poll()


def matched(desk: Desk) -> list[tuple[str, str, str]]:
    return [(event.subject, event.key, event.origin) for event in desk.events("ItemMatched")]


def test_what_was_recorded_before_an_interruption_and_matched_after_it_is_told(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    show(desk, feed(B), feed(A, B))
    desk.poll()
    interrupted(desk, monkeypatch, visiting, "match_new")
    assert desk.told() == []
    desk.clock.advance(days=2)
    desk.poll()
    assert desk.told() == [("news:a", "new", "live")]


def test_a_match_that_ended_on_the_same_day_is_told_with_its_end(desk: Desk) -> None:
    show(desk, feed(B), feed(A, B), feed(("a", "A meeting"), B))
    for _ in range(3):
        desk.poll()
    (entry,) = desk.digest().sections[0].entries
    assert [change.kind for change in entry.changes] == ["new", "revised"]
    assert entry.reasons[0].withdrawn == "the item was revised"
    desk.clock.advance(days=2)
    assert desk.told() == []


def test_a_reason_quotes_what_stands_there_now(desk: Desk) -> None:
    desk.watch('title = "W"\n' + RAN.replace('["Open RAN"]', '["Open RAN", "O-RAN Alliance"]'))
    show(desk, feed(("a", "Open RAN plan")), feed(("a", "O-RAN Alliance plan")))
    desk.poll()
    desk.poll()
    (entry,) = desk.digest().sections[0].entries
    assert [e.quote for e in entry.reasons[0].evidence] == ["O-RAN Alliance"]
    assert desk.report().matched == 0


def test_what_changes_of_a_baseline_item_is_told_as_that_change(desk: Desk) -> None:
    show(desk, feed(A), feed(("a", "Next G Alliance meets again")))
    desk.poll()
    desk.poll()
    assert desk.told() == [("news:a", "revised", "live")]


def test_a_new_watchlist_tells_nothing_of_its_past_and_all_that_comes(desk: Desk) -> None:
    show(desk, feed(B), feed(B, C), feed(B, C), feed(B, ("c", "Open RAN in Palau works")))
    desk.poll()
    desk.poll()
    desk.watch('title = "RAN"\n' + RAN, name="ran")
    desk.poll()
    assert desk.told() == []
    desk.poll()
    assert desk.told() == [("news:c", "revised", "live")]


def test_an_edit_during_an_interrupted_pass_keeps_the_past_past(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    show(desk, feed(B), feed(B, C))
    desk.poll()
    desk.poll()
    desk.watch('title = "RAN"\n' + RAN, name="ran")
    interrupted(desk, monkeypatch, watching, "_changes")
    desk.watch('title = "RAN again"\n' + RAN, name="ran")
    desk.poll()
    assert matched(desk) == [("ran", "news:c", "backfill")]


def test_a_watchlist_that_is_put_back_finds_its_matches_again(desk: Desk) -> None:
    show(desk, feed(A))
    desk.watch('title = "Other"\n' + RAN, name="other")
    desk.poll()
    file = desk.folder / "watchlists" / "networks.toml"
    file.unlink()
    assert desk.poll().notices == [
        "watchlist networks was removed: it is no longer in force, and its matches are withdrawn"
    ]
    desk.watch(WATCHLIST)
    desk.poll()
    assert matched(desk) == [("next-g", "news:a", "baseline"), ("next-g", "news:a", "backfill")]


def test_an_empty_folder_takes_nothing_out_of_force(desk: Desk) -> None:
    show(desk, feed(B), feed(A, B))
    desk.poll()
    (desk.folder / "watchlists" / "networks.toml").unlink()
    (notice,) = desk.poll().notices
    assert notice == "no watchlist was found; the 1 that are in force stay so (is this the right folder?)"
    assert matched(desk) == [("next-g", "news:a", "live")]


def test_a_fault_in_reading_one_answer_stops_no_other_source(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.source("other")
    show(desk, feed(A))
    desk.web.answer("/other", Reply(body=feed(A)))
    parse = feed_kind.parse

    def faulty(source: Any, response: Any) -> Any:
        if source.id == "other":
            raise ValueError("unforeseen")
        return parse(source, response)

    monkeypatch.setattr(feed_kind, "parse", faulty)
    good, bad = desk.poll().reports
    assert (good.outcome, bad.outcome) == ("ok", "failed")
    assert bad.error == (
        "other: an answer could not be read (ValueError: unforeseen); this is a fault of the monitor: keep the answer"
        " and report it"
    )


def test_a_slow_source_holds_back_no_other(desk: Desk) -> None:
    desk.source("slow")
    show(desk, feed(A))
    desk.web.answer("/slow", Reply(body=feed(B), wait_s=4))
    thread = threading.Thread(target=desk.poll)
    thread.start()
    try:
        deadline = time.monotonic() + 3.5
        while not _accounted(desk):
            assert time.monotonic() < deadline, "the fast source waited for the slow one"
            time.sleep(0.05)
        assert thread.is_alive()
    finally:
        thread.join()


def _accounted(desk: Desk) -> bool:
    try:
        with app.reading(desk.settings()) as archive:
            row = archive.log.database.conn.execute("SELECT count(*) FROM source_state").fetchone()
            return bool(row[0]) and bool(list(archive.log.read(types=("ItemMatched",))))
    except LogError:
        return False


def test_pages_are_read_anew_under_other_options(desk: Desk) -> None:
    body = feed(A, dates="2025-06-02 10:00:00")
    desk.web.answer("/news", Reply(body=body, etag='"1"'))
    desk.poll()
    desk.tables = desk.tables.rstrip("\n") + '\ntimezone = "Asia/Tokyo"\n'
    assert desk.report().revised == 1
    assert desk.report().outcome == "unchanged"


def test_a_few_files_that_never_answer_starve_no_others(desk: Desk) -> None:
    """Forty bills, the first six of which are not there."""
    desk.tables = ""
    desk.source("bills", "billstatus", path="", congresses="[117]", types='["hr"]')
    desk.tables = desk.tables.replace(desk.web.url("/bills"), desk.web.url(""))
    locs = "".join(
        f"<url><loc>https://www.govinfo.gov/bulkdata/BILLSTATUS/117/hr/BILLSTATUS-117hr{n}.xml</loc>"
        f"<lastmod>2022-01-0{n % 9 + 1}T00:00:00Z</lastmod></url>"
        for n in range(1, 41)
    )
    root = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
    index = f"<sitemapindex {root}><sitemap><loc>https://www.govinfo.gov/sitemap/bulkdata/BILLSTATUS/117hr/sitemap.xml</loc></sitemap></sitemapindex>"
    desk.web.answer("/sitemap/bulkdata/BILLSTATUS/sitemapindex.xml", Reply(body=index.encode()))
    desk.web.answer(
        "/sitemap/bulkdata/BILLSTATUS/117hr/sitemap.xml",
        Reply(body=f"<urlset {root}>{locs}</urlset>".encode()),
    )
    for n in range(7, 41):
        bill = (
            f"<billStatus><version>3.0.0</version><bill><number>{n}</number><type>HR</type><congress>117</congress>"
            f"<title>Bill {n}</title><introducedDate>2021-02-15</introducedDate></bill></billStatus>"
        )
        desk.web.answer(f"/bulkdata/BILLSTATUS/117/hr/BILLSTATUS-117hr{n}.xml", Reply(body=bill.encode()))
    report = desk.report()
    assert (report.outcome, report.new) == ("partial", 34)


def test_a_source_that_nobody_asked_for_long_is_overdue(desk: Desk) -> None:
    show(desk, feed(A))
    desk.poll()
    assert desk.digest().sources[0].state == "ok"
    desk.clock.advance(days=1)
    assert desk.digest().sources[0].state == "overdue"


def test_a_period_before_the_log_says_that_nobody_watched(desk: Desk) -> None:
    show(desk, feed(A))
    desk.poll()
    assert desk.digest(until="2020-01-01").notices == (
        "the log begins 2025-06-02 01:00: nothing was watched in this period",
    )


# The daily digest of the service


def daily(desk: Desk) -> list[str] | None:
    """The keys that the daily digest tells a second later, None if it is not due."""
    desk.clock.advance(seconds=1)
    if not app.deliver(desk.settings(), screen=True, clock=desk.clock):
        return None
    plan = desk.events("DeliveryPlanned")[-1]
    with app.reading(desk.settings()) as archive:
        changed = [event.data for event in archive.log.read() if event.position in plan.changes]
    return sorted({data.key for data in changed})


def test_nothing_falls_between_two_daily_digests_however_late_they_come(desk: Desk) -> None:
    show(desk, feed(B), feed(A, B), feed(A, B, ("d", "Next G Alliance again")))
    desk.poll()
    desk.clock.advance(hours=7)
    assert daily(desk) == []
    assert daily(desk) is None
    desk.poll()
    desk.clock.advance(days=1, minutes=20)
    assert daily(desk) == ["news:a"]
    desk.poll()
    desk.clock.advance(days=3)
    assert daily(desk) == ["news:d"]
    assert daily(desk) is None


def test_the_daily_digest_is_not_told_while_another_process_writes(desk: Desk) -> None:
    show(desk, feed(B), feed(A, B))
    desk.poll()
    desk.clock.advance(days=1)
    with app.writing(desk.settings()), pytest.raises(LogBusy):
        app.deliver(desk.settings(), screen=True, clock=desk.clock)
    assert desk.events("DeliveryPlanned") == []
    desk.poll()
    assert daily(desk) == ["news:a"]


def test_a_clock_that_ran_ahead_does_not_silence_the_daily_digest(desk: Desk) -> None:
    show(desk, feed(B), feed(A, B))
    desk.poll()
    desk.clock.advance(days=300)
    assert daily(desk) == []
    desk.clock.advance(days=-299)
    desk.poll()
    desk.clock.advance(days=1)
    assert daily(desk) == ["news:a"]


def test_an_interruption_while_recording_loses_and_spoils_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    show(desk, feed(A))
    remember = recording.remember_page
    calls: list[int] = []

    def cut(*arguments: Any) -> None:
        calls.append(1)
        if len(calls) == 1:
            raise KeyboardInterrupt
        remember(*arguments)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        for room in (recording, visits):
            patch.setattr(room, "remember_page", cut)
        desk.poll()
    desk.poll()
    assert [event.title for event in desk.events("ItemPublished")] == [A[1]]
    assert matched(desk) == [("next-g", "news:a", "baseline")]


def test_what_comes_in_the_poll_that_brings_a_watchlist_into_force_is_told(desk: Desk) -> None:
    show(desk, feed(B, C), feed(B, ("c", "Open RAN in Palau works")))
    desk.poll()
    desk.watch('title = "RAN"\n' + RAN, name="ran")
    desk.poll()
    assert desk.told() == [("news:c", "revised", "live")]


def test_a_source_that_fails_otherwise_than_before_says_so(desk: Desk) -> None:
    desk.web.answer("/news", Reply(status=500), Reply(status=403))
    desk.poll()
    since = desk.digest().sources[0].since
    desk.poll()
    line = desk.digest().sources[0]
    assert "403" in line.detail
    assert line.since == since


@pytest.mark.parametrize(
    ("now", "zone", "due"),
    [
        ("2025-06-02T12:00:00+00:00", "UTC", "2025-06-02T08:00:00+00:00"),
        ("2025-06-02T07:59:59+00:00", "UTC", "2025-06-01T08:00:00+00:00"),
        ("2025-06-02T00:00:00+00:00", "Asia/Shanghai", "2025-06-02T00:00:00+00:00"),
        ("2025-03-09T12:30:00+00:00", "America/New_York", "2025-03-09T12:00:00+00:00"),
        ("2025-11-02T13:30:00+00:00", "America/New_York", "2025-11-02T13:00:00+00:00"),
    ],
    ids=["later that day", "not yet", "at that very moment", "clocks went forward", "clocks went back"],
)
def test_the_digest_is_due_at_local_wall_time(now: str, zone: str, due: str) -> None:
    moment = datetime.fromisoformat(now)
    found = latest_daily(moment, at="08:00", timezone=zone)
    assert found.at.isoformat() == due
    assert moment - found.at < timedelta(days=1, hours=1)


def test_what_a_publisher_takes_back_again_and_again_is_recorded_and_told_no_more(desk: Desk) -> None:
    other = ("a", "Next G Alliance meets again")
    desk.web.answer("/news", *(Reply(body=feed(each)) for each in (A, other, A, other, A, other)))
    told = []
    for _ in range(6):
        desk.poll()
        desk.clock.advance(days=1)
        told.append(len(daily(desk) or ()))
    assert told == [0, 1, 1, 1, 0, 0]  # it was there before anybody looked
    assert [event.significance for event in desk.events("ItemRevised")] == [
        "substantive",
        "substantive",
        "substantive",
        "flapping",
        "flapping",
    ]
