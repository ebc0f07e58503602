"""`monitor sources`, `health` and `backfill` as a person types them."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from desk import Desk, feed
from webserver import Asked, Reply, WebServer

from monitor import app
from monitor.core.dates import to_text

A, B = ("a", "Next G Alliance meets"), ("b", "A grapevine")


@pytest.fixture
def desk(tmp_path: Path, web: WebServer) -> Desk:
    desk = Desk(tmp_path, web)
    desk.source("news")
    web.answer("/news", Reply(body=feed(A)))
    desk.settings()
    return desk


def run(desk: Desk, *arguments: str, width: int = 100) -> subprocess.CompletedProcess[str]:
    desk.settings()
    return subprocess.run(
        [sys.executable, "-m", "monitor", *arguments],
        cwd=desk.folder,
        env={"COLUMNS": str(width), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_every_kind_and_source_is_listed_before_anything_was_polled(desk: Desk) -> None:
    desk.source("off", enabled="false")
    desk.source("keyed", "congress", api_key='{ env = "NO_SUCH_KEY" }')
    done = run(desk, "sources")
    assert (done.returncode, done.stderr) == (0, "")
    for kind in ("feed:", "page:", "screening_list:", "fcc_ecfs:"):
        assert kind in done.stdout
    assert "due now" in done.stdout
    assert "off    every 1 h · off" in done.stdout
    assert "the environment variable NO_SUCH_KEY is not set" in done.stdout


@pytest.mark.parametrize("width", [80, 120])
def test_the_list_fits_the_width_but_for_addresses(desk: Desk, width: int) -> None:
    lines = run(desk, "sources", width=width).stdout.splitlines()
    assert max(len(line) for line in lines if "http" not in line) <= width


def test_after_a_poll_the_list_says_when_each_is_due_and_what_it_has_shown(desk: Desk) -> None:
    run(desk, "poll")
    done = run(desk, "sources", "--json")
    (source,) = [json.loads(line) for line in done.stdout.splitlines()]
    assert (source["id"], source["items"], source["state"]) == ("news", 1, "ok")
    assert source["due_at"] > "2026"
    assert "next 20" in run(desk, "sources").stdout


def test_a_source_covers_what_it_has_shown_whichever_source_showed_it_first(desk: Desk) -> None:
    link = "<item><title>One document</title><link>https://agency.example/one</link></item>"
    both = f"<rss version='2.0'><channel><title>A feed</title>{link}</channel></rss>".encode()
    desk.source("later")
    desk.web.answer("/news", Reply(body=both))
    desk.web.answer("/later", Reply(body=both))
    desk.poll("news")
    desk.poll("later")
    assert len(desk.events("ItemPublished")) == 1

    def covers(**more: str) -> dict[str, int]:
        reports, _ = app.source_reports(desk.settings(), clock=desk.clock, **more)
        return {report.line.id: report.covers for report in reports}

    assert covers() == {"news": 1, "later": 1}
    assert covers(as_of=to_text(desk.clock())) == {"news": 1, "later": 0}


def test_a_trial_shows_what_would_be_recorded_and_records_nothing(desk: Desk) -> None:
    run(desk, "poll")
    before = len(desk.events())
    desk.web.answer("/news", Reply(body=feed(A, B, ("c", "VINES of NSF"))))
    done = run(desk, "sources", "try", "news")
    assert done.returncode == 0
    assert "news:b  A grapevine" in done.stdout
    assert "VINES of NSF  → networks" in done.stdout
    assert "Nothing was recorded." in done.stdout
    assert len(desk.events()) == before
    assert json.loads(run(desk, "sources", "try", "news", "--json").stdout)["report"]["new"] == 2


def test_a_trial_works_before_there_is_a_log_and_makes_none(desk: Desk) -> None:
    assert "news:a" in run(desk, "sources", "try", "news").stdout
    assert not (desk.folder / "monitor.db").exists()


def test_a_trial_of_a_source_that_cannot_be_read_fails_and_says_why(desk: Desk) -> None:
    desk.web.answer("/news", Reply(status=403))
    done = run(desk, "sources", "try", "news")
    assert done.returncode == 1
    assert "403" in done.stdout


def test_a_refused_answer_can_be_looked_at_as_it_came(desk: Desk) -> None:
    page = b"<html><body>Sign in \x1b[2J</body></html>"
    desk.web.answer("/news", Reply(body=page, headers={"Content-Type": "text/html"}))
    for _ in range(5):
        run(desk, "poll", "--all")
    done = run(desk, "sources", "refused", "news", "--output", "kept.html")
    assert done.stdout.count("answered with a web page instead of a feed") == 3
    assert f"{len(page)} bytes of text/html" in done.stdout
    assert (desk.folder / "kept.html").read_bytes() == page
    assert "no answer of news was refused" not in done.stdout


def local(moment: str) -> str:
    """A moment of the log as a reader in Shanghai has it, to the minute."""
    return f"{datetime.fromisoformat(moment).astimezone(ZoneInfo('Asia/Shanghai')):%Y-%m-%d %H:%M}"


def test_times_for_a_person_stand_in_the_configured_zone_which_is_named(desk: Desk) -> None:
    desk.source("bad")
    desk.web.answer("/bad", Reply(body=b"<html>Sign in</html>"))
    desk.tables += '\n[digest]\ntimezone = "Asia/Shanghai"\n'
    run(desk, "poll")
    news, bad = (json.loads(line) for line in run(desk, "health", "--json").stdout.splitlines())
    due = f"next {local(news['due_at'])}"
    health = run(desk, "health", width=120).stdout
    assert f"news  well · heard {local(news['last_good_at'])}" in health
    assert f"bad   degraded since {local(bad['since'])}" in health
    assert due in health
    assert health.endswith("Times in Asia/Shanghai. Days of news are counted in UTC.\n")
    listed = run(desk, "sources").stdout
    assert due in listed
    assert "Times in Asia/Shanghai. ←" in listed
    waiting = run(desk, "poll").stdout
    first = min(news["due_at"], bad["due_at"])
    assert f"at {local(first)} Asia/Shanghai" in waiting
    seen = json.loads(run(desk, "sources", "refused", "bad", "--json").stdout)["observed_at"]
    at, _, _ = run(desk, "sources", "refused", "bad").stdout.partition("  ")
    assert at.endswith("+08:00")
    assert datetime.fromisoformat(at) == datetime.fromisoformat(seen)
    items = run(desk, "items").stdout
    assert items.startswith("news:a  2025-06-02 18:00\n")
    assert items.endswith("(Times in Asia/Shanghai.)\n")


def test_an_unknown_source_is_wrong_usage(desk: Desk) -> None:
    run(desk, "poll")
    for command in (
        ["sources", "try", "nwes"],
        ["sources", "refused", "nwes"],
        ["sources", "accept", "nwes"],
    ):
        done = run(desk, *command)
        assert (done.returncode, 'no such source; did you mean "news"?' in done.stderr) == (2, True)
    assert run(desk, "backfill", "nwes", "--from", "2025-01-01").returncode == 2


def test_a_gap_shows_in_health_until_a_person_lets_it_be(desk: Desk) -> None:
    desk.web.answer("/news", Reply(body=feed(A)), Reply(body=feed(B)))
    run(desk, "poll", "--all")
    assert run(desk, "health").returncode == 0
    run(desk, "poll", "--all")
    health = run(desk, "health")
    assert health.returncode == 1
    assert "gap since" in health.stdout
    assert "all 1 entries shown are new" in health.stdout
    done = run(desk, "sources", "accept", "news")
    assert done.stdout.startswith("news: closed the gap (all 1 entries")
    assert run(desk, "health").returncode == 0
    assert run(desk, "sources", "accept", "news").returncode == 1


def documents(asked: Asked) -> Reply:
    day = "2025-03-0" if "2025-02-28" in asked.target else "2026-11-2"
    found = [
        {
            "document_number": f"{day[:4]}-0000{n}",
            "title": "Next G Alliance, a notice",
            "publication_date": f"{day}{n}",
            "html_url": f"https://www.federalregister.gov/documents/{day}{n}/x",
        }
        for n in (1, 2)
    ]
    return Reply(body=json.dumps({"count": 2, "results": found}).encode())


def test_backfill_loads_the_past_matches_it_and_alerts_nobody(desk: Desk) -> None:
    desk.tables = ""
    desk.source("fr", "federal_register", path="/v1")
    desk.web.fallback = documents
    run(desk, "poll")
    done = run(desk, "backfill", "fr", "--from", "2025-03-01", "--to", "2025-03-07")
    assert (done.returncode, done.stderr) == (0, "")
    assert "2 items, 2 new" in done.stdout
    assert "publication_date%5D%5Bgte%5D=2025-02-28" in desk.web.requests[-1].target
    assert [e.origin for e in desk.events("ItemPublished")] == [
        "baseline",
        "baseline",
        "backfill",
        "backfill",
    ]
    assert {e.origin for e in desk.events("ItemMatched")} == {"baseline", "backfill"}
    with sqlite3.connect(desk.folder / "monitor.db") as conn:
        assert conn.execute("SELECT count(*) FROM polls").fetchone()[0] == 1, "the schedule does not move"
    again = run(desk, "backfill", "fr", "--from", "2025-03-01", "--to", "2025-03-07", "--json")
    assert json.loads(again.stdout)["new"] == 0


def test_a_kind_that_cannot_be_asked_for_its_past_says_so(desk: Desk) -> None:
    done = run(desk, "backfill", "news", "--from", "2025-03-01")
    assert done.returncode == 2
    assert "a source of the kind feed cannot be asked for its past" in done.stderr


def test_backfill_refuses_times_that_make_no_sense(desk: Desk) -> None:
    done = run(desk, "backfill", "news", "--from", "2025-03-02", "--to", "2025-03-01")
    assert done.returncode == 2
    assert "--from: '2025-03-02' is not before --to" in done.stderr


def test_a_refused_answer_takes_the_place_of_no_file_and_never_of_the_log(desk: Desk) -> None:
    desk.web.answer("/news", Reply(body=b"<html>Sign in</html>"))
    run(desk, "poll")
    (desk.folder / "mine.txt").write_text("mine", encoding="utf-8")
    for name, says in (("monitor.db", "is a file of the monitor itself"), ("mine.txt", "is there already")):
        done = run(desk, "sources", "refused", "news", "--output", name)
        assert (done.returncode, says in done.stderr) == (2, True)
    assert (desk.folder / "mine.txt").read_text(encoding="utf-8") == "mine"
    assert run(desk, "verify").returncode == 0
    assert run(desk, "sources", "refused", "news", "--output", "mine.txt", "--force").returncode == 0


def test_what_a_person_lets_be_is_not_asked_for_at_every_poll(desk: Desk) -> None:
    desk.tables = ""
    desk.source("fr", "federal_register", path="/v1")
    desk.web.fallback = documents
    run(desk, "poll")
    with sqlite3.connect(desk.folder / "monitor.db") as conn:
        conn.execute("UPDATE source_state SET last_good_at = '2025-03-01T00:00:00.000000Z'")
    desk.web.fallback = lambda asked: Reply(body=documents(asked).body.replace(b'"count": 2', b'"count": 3'))
    done = run(desk, "poll", "--all")
    assert (done.returncode, "2 of 3 declared items came" in done.stdout + done.stderr) == (1, True)
    assert "2025-02-2" in desk.web.requests[-1].target
    assert run(desk, "sources", "accept", "fr").returncode == 0
    desk.web.fallback = documents
    before = len(desk.web.requests)
    assert run(desk, "poll", "--all").returncode == 0
    asked = [request.target for request in desk.web.requests[before:]]
    assert asked
    assert not [target for target in asked if "2025-02-2" in target]
