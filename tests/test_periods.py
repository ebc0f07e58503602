"""What is said of a digest's period: that it is not over, that it lies ahead, that nobody looked in it."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from desk import Desk, feed
from webserver import Reply, WebServer

from monitor import app
from monitor.archive import gathering
from monitor.core.digests import Period
from monitor.core.errors import UsageError
from monitor.core.periods import remarks
from monitor.core.wording import period_words

NOW = datetime(2025, 6, 4, 12, tzinfo=UTC)
OVER = "the period is not over: it ends 2025-06-05 08:00, and what is yet to come is not in it"
AHEAD = "the period lies in the future: it begins 2025-06-05 08:00"
DATED_AHEAD = f"{AHEAD} (what publishers date ahead may stand in it)"
UNPOLLED = "nothing was polled in this period: the last poll before its end was 2025-06-03 08:00"


@pytest.mark.parametrize(
    ("since", "until", "clock", "asked_at", "recorded", "expected"),
    [
        ("2025-06-03T00:00:00Z", "2025-06-04T00:00:00Z", "recorded", "2025-06-03T01:00:00Z", False, []),
        ("2025-06-03T12:00:01Z", "2025-06-04T12:00:01Z", "recorded", "2025-06-04T11:00:00Z", True, []),
        ("2025-06-04T00:00:00Z", "2025-06-05T00:00:00Z", "recorded", "2025-06-04T11:00:00Z", True, [OVER]),
        ("2025-06-05T00:00:00Z", "2025-06-06T00:00:00Z", "recorded", "2025-06-03T00:00:00Z", False, [AHEAD]),
        ("2025-06-05T00:00:00Z", "2025-06-06T00:00:00Z", "occurred", "2025-06-03T00:00:00Z", False, [DATED_AHEAD]),
        ("2025-06-03T12:00:01Z", "2025-06-04T12:00:01Z", "recorded", "2025-06-03T00:00:00Z", False, [UNPOLLED]),
        ("2025-06-04T00:00:00Z", "2025-06-05T00:00:00Z", "recorded", "2025-06-03T00:00:00Z", False, [OVER, UNPOLLED]),
        # A watchlist that was edited was recorded, or a source's past: it is not as if nobody had been there.
        ("2025-06-03T12:00:01Z", "2025-06-04T12:00:01Z", "recorded", "2025-06-03T00:00:00Z", True, []),
        # When somebody asked last is not remembered: nothing can be said.
        ("2024-01-01T00:00:00Z", "2024-01-02T00:00:00Z", "recorded", "", False, []),
    ],
)  # fmt: skip
def test_silence_is_explained(
    since: str, until: str, clock: str, asked_at: str, recorded: bool, expected: list[str]
) -> None:
    period = Period(since=since, until=until, clock=clock, timezone="Asia/Shanghai")  # type: ignore[arg-type] # one of two
    assert list(remarks(period, now=NOW, asked_at=asked_at, recorded=recorded)) == expected


@pytest.fixture
def desk(tmp_path: Path, web: WebServer) -> Desk:
    """Polled twice, on 2 June 2025 at 01:00 and at 02:00; nothing was new at the second poll."""
    desk = Desk(tmp_path, web)
    desk.source("news")
    web.answer("/news", Reply(body=feed(("a", "Next G Alliance meets"))))
    desk.poll()
    desk.poll()
    return desk


def said(desk: Desk, **asked: str) -> list[str]:
    settings = desk.settings()
    return app.period_notices(settings, app.digest(settings, clock=desk.clock, **asked), clock=desk.clock)


def test_a_period_with_a_poll_and_nothing_new_needs_no_word(desk: Desk) -> None:
    assert said(desk) == []
    desk.clock.advance(hours=20)
    assert said(desk) == []


def test_a_period_between_two_polls_or_after_the_last_says_that_nobody_looked(desk: Desk) -> None:
    desk.clock.advance(days=3)
    assert said(desk) == [UNPOLLED.replace("2025-06-03 08:00", "2025-06-02 02:00")]
    assert said(desk, since="2025-06-02T01:10", until="2025-06-02T01:50") == [
        UNPOLLED.replace("2025-06-03 08:00", "2025-06-02 01:00")
    ]
    assert said(desk, by_clock="occurred", since="2025-06-03") == [
        UNPOLLED.replace("2025-06-03 08:00", "2025-06-02 02:00")
    ]
    assert said(desk, by_clock="occurred", since="2025-06-01", until="2025-06-01") == []


def test_after_years_the_last_poll_is_still_known_and_those_before_it_are_not(desk: Desk) -> None:
    desk.clock.advance(days=800)
    assert len(said(desk, since="2025-06-03", until="2025-06-04")) == 1
    desk.poll()
    assert said(desk, since="2025-06-03", until="2025-06-04") == []


def test_as_of_another_moment_the_future_begins_there(desk: Desk) -> None:
    assert said(desk, since="2025-06-02", until="2025-06-02", as_of="2025-06-02T01:30") == [
        "the period is not over: it ends 2025-06-03 00:00, and what is yet to come is not in it"
    ]
    assert said(desk, as_of="2025-06-02T01:30") == []


def test_the_command_says_it_beside_the_digest(desk: Desk) -> None:
    for more in ([], ["--json"], ["--format", "markdown"]):
        done = subprocess.run(
            [sys.executable, "-m", "monitor", "digest", "--until", "2999-01-01", *more],
            cwd=desk.folder,
            env={"PATH": ""},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stderr == "monitor: the period lies in the future: it begins 2999-01-01 00:00\n"
        assert "lies in the future" not in done.stdout


@pytest.mark.parametrize(
    ("since", "until", "words"),
    [
        ("12h", "2026-11-20T18:00", "2026-11-20 06:00 to 2026-11-20 18:00"),
        ("7d", "2026-11-20", "2026-11-14 to 2026-11-20"),
        ("2w", "", "2026-11-11 12:00 to 2026-11-25 12:00"),
        ("12h", "2026-11-25", "2026-11-25 00:00 to 2026-11-26 00:00"),
        ("1d", "2027-01-01", "2026-11-24 12:00 to 2027-01-02 00:00"),
    ],
)
def test_a_period_may_begin_so_long_before_its_end(since: str, until: str, words: str) -> None:
    now = datetime(2026, 11, 25, 12, tzinfo=UTC)
    period = gathering.period(since, until, clock="recorded", timezone="UTC", now=now)
    assert period_words(period) == words


@pytest.mark.parametrize(
    ("since", "what"),
    [
        ("0d", "out of range"),
        ("99999d", "out of range"),
        ("9" * 5000 + "d", "out of range"),
        ("9999w", "nothing lies before"),
        ("d", "12h, 7d or 2w"),
        ("7", "12h, 7d or 2w"),
        ("7 d", "12h, 7d or 2w"),
        ("-1d", "12h, 7d or 2w"),
    ],
)
def test_what_is_no_such_length_is_refused(since: str, what: str) -> None:
    now = datetime(100, 1, 1, tzinfo=UTC)
    with pytest.raises(UsageError) as refused:
        gathering.period(since, "", clock="recorded", timezone="UTC", now=now)
    assert what in str(refused.value)


def test_a_day_that_is_not_over_ends_now_as_of_it_too(desk: Desk) -> None:
    told = app.digest(desk.settings(), since="2h", as_of="2025-06-02", clock=desk.clock)
    assert (told.period.since, told.period.until) == ("2025-06-02T00:00:01Z", "2025-06-02T02:00:01Z")


def test_a_period_within_one_minute_is_told_as_that_minute() -> None:
    at = datetime(2026, 11, 25, 6, 54, tzinfo=UTC)
    said = Period(
        since=at.isoformat(),
        until=at.replace(second=9).isoformat(),
        clock="recorded",
        timezone="Asia/Shanghai",
    )
    assert period_words(said) == "2026-11-25 14:54"
