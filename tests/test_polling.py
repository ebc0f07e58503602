"""The main job: sources on loopback, a real log, the program as the commands call it."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from desk import WATCHLIST, Desk, feed
from webserver import Asked, Reply, WebServer

from monitor import app
from monitor.core.errors import UsageError
from monitor.pipeline import polling, recording, visits


@pytest.fixture
def desk(tmp_path: Path, web: WebServer) -> Desk:
    return Desk(tmp_path, web)


A, B = ("a", "Next G Alliance meets"), ("b", "A grapevine")


def test_the_first_poll_is_a_baseline_and_alerts_nobody(desk: Desk) -> None:
    desk.source("news")
    desk.web.answer("/news", Reply(body=feed(A, B)))
    report = desk.report()
    assert (report.outcome, report.items, report.new, report.matched) == ("ok", 2, 2, 1)
    assert {event.origin for event in desk.events("ItemPublished", "ItemMatched")} == {"baseline"}


def test_second_poll_of_an_unchanged_feed_records_nothing(desk: Desk) -> None:
    desk.source("news")
    desk.web.answer("/news", Reply(body=feed(A, B)))
    desk.poll()
    before = len(desk.events())
    report = desk.report()
    assert (report.outcome, report.new, report.revised) == ("unchanged", 0, 0)
    assert len(desk.events()) == before


def test_a_304_is_good_news_of_no_news(desk: Desk) -> None:
    desk.source("news")
    desk.web.answer("/news", Reply(body=feed(A), etag='"1"', last_modified="Mon, 02 Jun 2025 10:00:00 GMT"))
    desk.poll()
    report = desk.report()
    assert (report.outcome, report.items, report.bytes) == ("unchanged", 0, 0)
    assert desk.web.requests[-1].headers["if-none-match"] == '"1"'


def test_what_appears_later_is_live_whatever_its_date(desk: Desk) -> None:
    desk.source("news")
    desk.web.answer(
        "/news", Reply(body=feed(B)), Reply(body=feed(A, B, dates="Fri, 01 Jan 1999 10:00:00 GMT"))
    )
    desk.poll()
    desk.poll()
    assert desk.told() == [("news:a", "new", "live")]


def test_a_revision_is_told_old_and_new(desk: Desk) -> None:
    desk.source("news")
    desk.web.answer("/news", Reply(body=feed(A)), Reply(body=feed(("a", "Next G Alliance meets again"))))
    desk.poll()
    assert desk.report().revised == 1
    (entry,) = desk.digest(since="2025-06-02T01:30").sections[0].entries
    (field,) = entry.changes[-1].fields
    assert (field.field, field.old, field.new) == ("title", A[1], "Next G Alliance meets again")


def test_a_match_that_a_revision_no_longer_supports_is_withdrawn(desk: Desk) -> None:
    desk.source("news")
    desk.web.answer("/news", Reply(body=feed(A)), Reply(body=feed(("a", "A meeting"))), Reply(body=feed(A)))
    for _ in range(2):
        desk.poll()
    (withdrawn,) = desk.events("MatchWithdrawn")
    assert (withdrawn.key, withdrawn.reason) == ("news:a", "the item was revised")
    assert desk.told() == []
    desk.poll()
    assert [event.revision for event in desk.events("ItemMatched")] == [1, 3]


def test_an_item_that_comes_to_match_by_a_revision_is_news(desk: Desk) -> None:
    desk.source("news")
    desk.web.answer("/news", Reply(body=feed(("a", "A meeting"))), Reply(body=feed(A)))
    desk.poll()
    desk.clock.advance(days=3)
    desk.poll()
    assert desk.told() == [("news:a", "revised", "live")]


def test_validators_are_kept_only_with_what_came_with_them(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash between parsing and committing must not turn into a 304 for ever."""
    desk.source("news")
    desk.web.answer("/news", Reply(body=feed(A), etag='"1"'))

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        for room in (recording, visits):
            patch.setattr(room, "remember_page", crash)
        desk.poll()
    report = desk.report()
    assert "if-none-match" not in desk.web.requests[-1].headers
    assert report.items == 1
    assert [event.key for event in desk.events("ItemPublished")] == ["news:a"]


@pytest.mark.parametrize(
    ("reply", "failure", "says"),
    [
        (Reply(status=500), "http", "500"),
        (Reply(status=403), "blocked", "403"),
        (Reply(body=b"<!DOCTYPE html><html><body>Sign in</body></html>"), "not-understood", "web page"),
        (Reply(body=feed(A, B)[:-60]), "not-understood", "news"),
        (Reply(body=b"", status=200), "http", "nothing in it"),
        (Reply(status=404), "moved", "404"),
    ],
    ids=["500", "403", "html", "cut in half", "empty", "404"],
)
def test_a_source_that_cannot_be_read_is_told_of_once_and_stops_no_other(
    desk: Desk, reply: Reply, failure: str, says: str
) -> None:
    desk.source("news")
    desk.source("good")
    desk.web.answer("/news", reply)
    desk.web.answer("/good", Reply(body=feed(A)))
    broken, good = desk.poll().reports
    assert (broken.outcome, good.outcome, good.new) == ("failed", "ok", 1)
    assert broken.error.startswith("news")
    assert says in broken.error
    desk.poll()
    (event,) = desk.events("SourceFailed")
    assert (event.source, event.failure) == ("news", failure)
    (line,) = [line for line in desk.digest().sources if line.id == "news"]
    state = {"blocked": "blocked", "not-understood": "degraded"}.get(failure, "failing")
    assert (line.state, line.last_good_at) == (state, "")


def test_a_source_that_answers_again_has_recovered(desk: Desk) -> None:
    desk.source("news")
    desk.web.answer("/news", Reply(status=500), Reply(body=feed(A)))
    desk.poll()
    desk.poll()
    assert len(desk.events("SourceRecovered")) == 1
    assert desk.digest().sources[0].state == "ok"


def test_a_poll_after_a_failed_one_sends_no_validators_it_does_not_have(desk: Desk) -> None:
    desk.source("news")
    desk.web.answer("/news", Reply(body=b"<html>", etag='"1"'), Reply(body=feed(A), etag='"1"'))
    desk.poll()
    assert desk.report().new == 1


def test_too_few_items_are_a_fault_and_leave_nothing(desk: Desk) -> None:
    desk.source("news", min_items="2")
    desk.web.answer("/news", Reply(body=feed(A)), Reply(body=feed(A, B)))
    report = desk.report()
    assert report.outcome == "failed"
    assert "only 1 items came where min_items asks for 2" in report.error
    assert desk.events("ItemPublished") == []
    assert desk.report().new == 2


def test_a_missing_key_is_named_and_asks_nothing(desk: Desk) -> None:
    desk.source("bills", "congress", api_key='{ env = "NO_SUCH_KEY" }')
    report = desk.report()
    assert report.outcome == "failed"
    assert (
        report.error
        == "bills: the environment variable NO_SUCH_KEY is not set; set it, or disable the source"
    )
    assert desk.web.requests == []


def test_polls_wait_until_they_are_due_unless_they_are_named(desk: Desk) -> None:
    desk.source("news", every='"6h"')
    desk.web.answer("/news", Reply(body=feed(A)))
    assert desk.report(everything=False).outcome == "ok"
    assert desk.report(everything=False).outcome == "not-due"
    assert len(desk.web.requests) == 1
    assert desk.report("news", everything=False).outcome == "unchanged"
    desk.clock.advance(hours=6)
    assert desk.report(everything=False).outcome == "unchanged"


def test_a_failing_source_is_tried_sooner_and_never_before_it_allows(desk: Desk) -> None:
    desk.source("news", every='"6h"')
    desk.web.answer("/news", Reply(status=500), Reply(status=503, headers={"Retry-After": "7200"}))
    assert "2025-06-02T01:01" <= desk.report().due_at <= "2025-06-02T01:05:00Z"
    assert desk.report().due_at == "2025-06-02T04:00:00Z"


def test_an_unknown_source_is_a_usage_error(desk: Desk) -> None:
    desk.source("news")
    with pytest.raises(UsageError, match="nwes: no such source; did you mean"):
        desk.poll("nwes")


def test_two_sources_that_show_one_document_meet_in_one_item(desk: Desk) -> None:
    link = "https://www.federalregister.gov/documents/2025/06/02/2025-09999/next-g"
    one = f"<rss version='2.0'><channel><item><title>Next G Alliance rule</title><link>{link}</link></item></channel></rss>"
    desk.source("one")
    desk.source("two")
    desk.web.answer("/one", Reply(body=one.encode()))
    desk.web.answer("/two", Reply(body=one.replace("rule", "rule, as two puts it").encode()))
    for _ in range(3):
        desk.poll()
    (published,) = desk.events("ItemPublished")
    assert published.key == "frdoc:2025-09999"
    assert desk.events("ItemRevised") == []


def test_an_interrupted_poll_keeps_what_it_had_and_goes_on_later(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.source("one")
    desk.source("two")
    desk.web.answer("/one", Reply(body=feed(A)))
    desk.web.answer("/two", Reply(body=feed(("x", "Another"))))
    land: Callable[..., None] = polling.Walk._land

    def interrupt(*arguments: Any) -> None:
        land(*arguments)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(polling.Walk, "_land", interrupt)
        desk.poll()
    assert len(desk.events("ItemPublished")) == 1
    desk.poll()
    assert len(desk.events("ItemPublished")) == 2
    assert {event.origin for event in desk.events("ItemPublished")} == {"baseline"}


# Watchlists


def test_a_changed_watchlist_meets_its_past_silently(desk: Desk) -> None:
    desk.source("news")
    desk.web.answer("/news", Reply(body=feed(B)), Reply(body=feed(A, B, ("c", "Open RAN in Palau"))))
    desk.poll()
    desk.poll()
    desk.watch(WATCHLIST + '[[subject]]\nid = "ran"\nname = "Open RAN"\nany = ["Open RAN"]\n')
    desk.poll()
    assert [(e.subject, e.origin) for e in desk.events("ItemMatched")] == [
        ("next-g", "live"),
        ("ran", "backfill"),
    ]
    assert len(desk.events("WatchlistRevised")) == 2


def test_a_subject_that_is_taken_out_withdraws_its_matches(desk: Desk) -> None:
    desk.source("news")
    desk.web.answer("/news", Reply(body=feed(A)))
    desk.poll()
    desk.watch(WATCHLIST.replace('any = ["Next G Alliance"]', 'any = ["Something else"]'))
    desk.poll()
    (withdrawn,) = desk.events("MatchWithdrawn")
    assert withdrawn.reason == "the watchlist was changed"


def test_a_watchlist_that_is_deleted_is_no_longer_in_force(desk: Desk) -> None:
    desk.source("news")
    desk.web.answer("/news", Reply(body=feed(A)))
    desk.watch('title = "Other"\n[[subject]]\nid = "a"\nname = "A"\nany = ["Something"]\n', name="other")
    desk.poll()
    (desk.folder / "watchlists" / "networks.toml").unlink()
    desk.poll()
    assert [event.watchlist for event in desk.events("WatchlistRemoved")] == ["networks"]
    assert [section.id for section in desk.digest().sections] == ["other"]


def test_a_watchlist_that_breaks_keeps_its_last_good_revision_loudly(desk: Desk) -> None:
    desk.source("news")
    desk.web.answer("/news", Reply(body=feed(B)), Reply(body=feed(A, B)))
    desk.poll()
    desk.watch("title = ")
    result = desk.poll()
    assert result.broken_watchlists
    assert "its last good revision stays in force" in result.notices[0]
    assert desk.told() == [("news:a", "new", "live")]
    assert "watchlists/networks.toml" in desk.digest().notices[0]


# Reading


def test_a_digest_as_of_a_moment_is_what_was_printed_then(desk: Desk) -> None:
    desk.source("news")
    desk.web.answer(
        "/news", Reply(body=feed(B)), Reply(body=feed(A, B)), Reply(body=feed(("a", "Renamed"), B))
    )
    desk.poll()
    desk.poll()
    now = desk.clock.moment.isoformat()
    period = {"since": "2025-06-02", "until": "2025-06-03"}
    printed = desk.digest(**period)
    desk.poll()
    desk.watch('title = "Other"\n[[subject]]\nid = "a"\nname = "A"\nany = ["Renamed"]\n', name="other")
    desk.poll()
    again = desk.digest(as_of=now, **period)
    assert dataclasses.replace(again, as_of="") == printed
    assert again.head == printed.head


def test_the_digest_names_its_head_and_range(desk: Desk) -> None:
    desk.source("news")
    desk.web.answer("/news", Reply(body=feed(A)))
    desk.poll()
    found = desk.digest()
    with app.reading(desk.settings()) as archive:
        assert (found.position, found.head) == (archive.log.head().position, archive.log.head().hash)
    assert 0 < found.first_position <= found.position


def test_an_unknown_watchlist_is_a_usage_error(desk: Desk) -> None:
    desk.source("news")
    desk.web.answer("/news", Reply(body=feed(A)))
    desk.poll()
    with pytest.raises(UsageError, match="no watchlist 'nets' is in force; did you mean"):
        desk.digest(only=["nets"])


def test_yesterdays_polls_are_summed_up_once(desk: Desk) -> None:
    desk.source("news")
    desk.web.answer("/news", Reply(body=feed(A)), Reply(status=500), Reply(body=feed(A)))
    for _ in range(3):
        desk.poll()
    desk.clock.advance(days=1)
    desk.poll()
    desk.poll()
    (summary,) = desk.events("PollsSummarised")
    assert (summary.day, summary.polls, summary.good, summary.failed) == ("2025-06-02", 3, 2, 1)


# A kind with a declared total


def documents(*numbers: str, count: int) -> Reply:
    results = ",".join(
        f'{{"document_number": "{number}", "title": "Next G Alliance {number}", "publication_date": "2025-06-02",'
        f' "html_url": "https://www.federalregister.gov/documents/2025/06/02/{number}/x", "type": "Notice"}}'
        for number in numbers
    )
    body = f'{{"count": {count}, "total_pages": 1, "results": [{results}]}}'
    return Reply(body=body.encode(), headers={"Content-Type": "application/json"})


def test_fewer_items_than_declared_are_a_gap_until_a_complete_walk(desk: Desk) -> None:
    desk.source("fr", "federal_register", path="/v1")
    desk.web.answer("/v1/documents.json", documents("2025-1", count=2))
    report = desk.report()
    assert report.outcome == "partial"
    assert "1 of 2 declared items came" in report.error
    assert desk.digest().sources[0].state == "gap"
    desk.web.answer("/v1/documents.json", documents("2025-1", "2025-2", count=2))
    assert desk.report().outcome == "ok"
    assert (len(desk.events("GapSuspected")), len(desk.events("GapClosed"))) == (1, 1)
    assert desk.digest().sources[0].state == "ok"


def test_an_unchanged_further_page_of_a_walk_still_counts(desk: Desk) -> None:
    """A page that is skipped because it is unchanged would be missing from the declared total."""

    def answer(asked: Asked) -> Reply:
        first = "page=2" not in asked.target
        number = "2025-1" if first else "2025-2"
        record = {
            "document_number": number,
            "title": "A notice",
            "publication_date": "2025-06-02",
            "html_url": f"https://www.federalregister.gov/documents/2025/06/02/{number}/x",
            "type": "Notice",
        }
        page = {"count": 2, "total_pages": 2, "results": [record]} | ({"next_page_url": "x"} if first else {})
        return Reply(body=json.dumps(page).encode(), headers={"Content-Type": "application/json"})

    desk.source("fr", "federal_register", path="/v1")
    desk.web.fallback = answer
    assert [desk.report().outcome for _ in range(4)] == ["ok", "unchanged", "unchanged", "unchanged"]
    assert desk.events("GapSuspected") == []
