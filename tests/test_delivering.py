"""Delivering beside everything else: over days and clocks, beside polls and other deliverers, by commands and the service."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from desk import Desk, feed
from webserver import Reply, WebServer

from monitor import app, outputs
from monitor.archive import showing
from monitor.archive.retelling import DAILY
from monitor.core.dates import to_text
from monitor.core.errors import LogBusy
from monitor.dispatch.sending import Sent

KINDS = str(Path(__file__).with_name("kinds"))
A, B, C = ("a", "Next G Alliance meets"), ("b", "A grapevine"), ("c", "Next G Alliance again")
SCREEN = '\n[[output]]\nid = "screen"\nkind = "terminal"\nheartbeat = true\n'


@pytest.fixture(autouse=True)
def _kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outputs, "__path__", [*outputs.__path__, KINDS])


@pytest.fixture
def desk(tmp_path: Path, web: WebServer) -> Iterator[Desk]:
    """A feed that was polled once, and of which the usual outputs are told."""
    desk = Desk(tmp_path, web)
    desk.source("news")
    news(desk, B)
    return desk


def news(desk: Desk, *entries: tuple[str, str]) -> None:
    desk.web.answer("/news", Reply(body=feed(*entries)))
    desk.poll()


def courier(desk: Desk, *to: str, **keys: str) -> None:
    lines = [f"{name} = {value}" for name, value in keys.items()]
    desk.tables += (
        f'\n[[output]]\nid = "post"\nkind = "courier"\nurl = "{desk.web.url("/post")}"\nto = {json.dumps(to)}\n'
    ) + "\n".join(lines)


def deliver(desk: Desk, **more: Any) -> list[Sent]:
    return app.deliver(desk.settings(), clock=desk.clock, **more)


def posted(desk: Desk) -> list[tuple[str, list[str]]]:
    """Of every delivery that was posted, its occasion and the keys that it told."""
    bodies = [json.loads(asked.body) for asked in desk.web.requests if asked.method == "POST"]
    return [(body["occasion"], body["keys"]) for body in bodies]


@pytest.fixture
def taking(desk: Desk) -> Desk:
    desk.web.fallback = lambda asked: Reply() if asked.method == "POST" else None
    return desk


# Days and clocks


@pytest.mark.parametrize(
    ("zone", "at", "first", "days"),
    [
        ("America/New_York", "02:30", "2026-03-07T05:00", 3),
        ("America/New_York", "01:30", "2026-10-31T04:00", 3),
        ("Asia/Shanghai", "08:00", "2026-03-28T00:00", 3),
        ("Europe/London", "00:00", "2026-12-30T00:00", 4),
    ],
    ids=["clocks go forward", "clocks go back", "none change", "the year ends"],
)
def test_looked_at_every_hour_each_day_has_one_digest_of_what_came_since_the_last(
    taking: Desk, zone: str, at: str, first: str, days: int
) -> None:
    desk = taking
    courier(desk, "ada", at=f'"{at}"', timezone=f'"{zone}"', heartbeat="true")
    desk.clock.moment = datetime.fromisoformat(f"{first}+00:00")
    deliver(desk)
    entries = [B]
    for hour in range(24 * days):
        if hour % 7 == 0:
            entries.append((f"n{hour}", f"Next G Alliance meets for the {hour}th time"))
            news(desk, *entries)  # takes an hour
        else:
            desk.clock.advance(hours=1)
        deliver(desk)
    plans = desk.events("DeliveryPlanned")
    names = [plan.delivery for plan in plans]
    assert len(set(names)) == len(names) in {days, days + 1}
    dates = [datetime.fromisoformat(name.removeprefix("daily-")) for name in names]
    assert {later - earlier for earlier, later in pairwise(dates)} == {timedelta(days=1)}
    told = Counter(position for plan in plans for position in plan.changes)
    assert set(told.values()) == {1}
    ends = [plan.until_position for plan in plans]
    for plan, begin, end in zip(plans, [0, *ends], ends, strict=False):
        assert all(begin < position <= end for position in plan.changes)
    with app.reading(desk.settings()) as archive:
        live = [
            event.position
            for event in archive.log.read(types=("ItemPublished",))
            if event.data.origin == "live"
        ]
    assert {position for position in live if position <= ends[-1]} == set(told)


def test_a_pace_that_is_switched_off_loses_nothing_that_waited_for_it(taking: Desk) -> None:
    desk = taking
    desk.watch('title = "R"\npriority = "low"\n[[subject]]\nid = "ran"\nany = ["Open RAN"]\n', "ran")
    courier(desk, "ada")
    desk.poll()
    deliver(desk)
    news(desk, B, ("r", "Open RAN in Palau"))
    news(desk, B, ("r", "Open RAN in Palau"), A)
    desk.clock.advance(hours=8)
    deliver(desk)
    desk.clock.moment += timedelta(minutes=1)
    assert ("daily", ["news:a"]) in posted(desk)
    desk.tables += "\nweekly = false"
    desk.clock.advance(days=1)
    deliver(desk)
    assert Counter(key for _, keys in posted(desk) for key in keys) == {"news:a": 1, "news:r": 1}


def test_a_new_output_begins_with_the_last_day(taking: Desk) -> None:
    desk = taking
    news(desk, A, B)
    desk.clock.advance(hours=20)
    news(desk, A, B, C)
    desk.clock.advance(hours=5)
    courier(desk, "ada")
    deliver(desk)
    assert posted(desk) == [("daily", ["news:c"])]


def test_the_screen_goes_on_where_earlier_versions_had_shown_the_digest(desk: Desk) -> None:
    news(desk, A, B)
    desk.clock.advance(hours=1)
    with app.writing(desk.settings(), clock=desk.clock) as run, run.database.write():
        run.database.set_checkpoint(DAILY, to_text(desk.clock()), run.log.head().position)
    news(desk, A, B, C)
    deliver(desk, screen=True)
    (plan,) = desk.events("DeliveryPlanned")
    assert len(plan.changes) == 1
    with app.reading(desk.settings()) as archive:
        assert showing.history(archive, "news:c").untold.since.name == f"terminal/{plan.delivery}"
        assert showing.history(archive, "news:a").untold.since.by == "digest"


# Beside others


def test_while_a_message_is_sent_the_log_is_free_and_nobody_else_sends(desk: Desk) -> None:
    courier(desk, "ada")
    deliver(desk)
    news(desk, A, B)
    desk.clock.advance(days=1)
    desk.web.fallback = lambda asked: Reply(wait_s=1.5) if asked.method == "POST" else None
    settings, at, done = desk.settings(), desk.clock(), list[Sent]()
    sender = threading.Thread(target=lambda: done.extend(app.deliver(settings, clock=lambda: at)))
    sender.start()
    while not posted(desk):
        assert sender.is_alive()
    with pytest.raises(LogBusy, match="is delivering from this log"):
        app.deliver(settings, clock=lambda: at)
    news(desk, A, B, C)
    sender.join()
    assert [one.outcome for one in done] == ["succeeded"]
    assert len(posted(desk)) == 1


def test_an_outcome_waits_for_whoever_writes_when_it_comes(taking: Desk) -> None:
    desk = taking
    courier(desk, "ada")
    deliver(desk)
    news(desk, A, B)
    desk.clock.advance(days=1)
    settings, at, done = desk.settings(), desk.clock(), list[Sent]()
    holding, free = threading.Event(), threading.Event()

    def hold(_asked: Any) -> Reply:
        holding.set()
        free.wait(10)
        return Reply()

    desk.web.fallback = hold
    sender = threading.Thread(target=lambda: done.extend(app.deliver(settings, clock=lambda: at)))
    sender.start()
    assert holding.wait(10)
    with app.writing(settings):
        free.set()
        sender.join(0.5)
        assert sender.is_alive()
    sender.join()
    assert [one.outcome for one in done] == ["succeeded"]
    assert desk.events("DeliveryUncertain") == []


def test_an_output_that_cannot_be_used_says_so_and_stops_no_other(taking: Desk) -> None:
    desk = taking
    desk.tables += (
        '\n[[output]]\nid = "mail"\nkind = "email"\nto = ["bo@example.org"]\nsender = "m@example.org"\n'
        'username = "m"\npassword = { env = "NOT_THERE" }\n'
    )
    courier(desk, "ada")
    deliver(desk)
    news(desk, A, B)
    desk.clock.advance(days=1)
    lost, sent = deliver(desk)
    assert (lost.output, lost.delivery, lost.outcome) == ("mail:bo@example.org", "", "failed")
    assert "NOT_THERE" in lost.answer
    assert (sent.output, sent.outcome) == ("post:ada", "succeeded")


def test_an_edition_that_could_not_be_written_is_replaced_by_the_next_one(desk: Desk) -> None:
    desk.tables += '\n[[output]]\nid = "feeds"\nkind = "feeds"\nfolder = "no/feeds"\nbase_url = "https://example.org/f"\n'
    news(desk, A, B)
    assert [one.outcome for one in deliver(desk)] == ["failed"]
    (desk.folder / "no").mkdir()
    news(desk, A, B, C)
    assert [one.outcome for one in deliver(desk)] == ["succeeded"]
    first, second = desk.events("DeliveryPlanned")
    (_, replaced) = desk.events("DeliveryFailed")
    assert (replaced.delivery, replaced.replaced_by) == (first.delivery, second.delivery)
    assert not set(first.changes) & set(second.changes)
    assert app.delivery_notices(desk.settings(), clock=desk.clock) == []
    told = (desk.folder / "no" / "feeds" / "all.atom").read_text(encoding="utf-8")
    assert ("Next G Alliance meets" in told, "Next G Alliance again" in told) == (True, True)


def test_what_was_not_taken_stands_in_health_until_something_was(desk: Desk) -> None:
    courier(desk, "ada")
    deliver(desk)
    desk.web.fallback = lambda asked: Reply(status=503) if asked.method == "POST" else None
    news(desk, A, B)
    desk.clock.advance(days=1)
    deliver(desk)
    (notice,) = app.delivery_notices(desk.settings(), clock=desk.clock)
    assert notice.startswith(
        "post:ada: daily-2025-06-02 was not taken yet (answered 503); it is tried again at 2025-06-03"
    )
    desk.web.fallback = lambda _asked: Reply()
    desk.clock.advance(hours=1)
    assert [(one.outcome, one.attempt) for one in deliver(desk)] == [("succeeded", 2)]
    assert app.delivery_notices(desk.settings(), clock=desk.clock) == []


def test_a_source_that_went_bad_breaks_the_silence_of_a_quiet_day_once(taking: Desk) -> None:
    desk = taking
    courier(desk, "ada")
    deliver(desk)
    desk.web.answer("/news", Reply(status=500))
    desk.poll()
    for _ in range(3):
        desk.clock.advance(days=1)
        deliver(desk)
    assert posted(desk) == [("daily", [])]


# Commands and the service


def monitor(desk: Desk, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "monitor", *arguments],
        cwd=desk.folder,
        env={**os.environ, "COLUMNS": "80"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_command_shows_delivers_and_then_has_nothing_to_do(desk: Desk) -> None:
    desk.tables += SCREEN
    app.poll(desk.settings(), everything=True)
    shown = monitor(desk, "deliver", "--dry-run")
    assert shown.stdout.startswith("screen  daily-2")
    assert shown.stdout.endswith("Nothing was recorded or sent.\n")
    done = monitor(desk, "deliver", "screen")
    assert (done.returncode, "Nothing new" in done.stdout) == (0, True)
    assert done.stderr.startswith("monitor: screen: daily-2")
    assert monitor(desk, "deliver").stdout == "nothing is due\n"


def test_json_lines_stand_alone_on_stdout_also_where_a_screen_is_an_output(desk: Desk) -> None:
    desk.tables += SCREEN
    app.poll(desk.settings(), everything=True)
    (due,) = map(json.loads, monitor(desk, "deliver", "--dry-run", "--json").stdout.splitlines())
    assert (due["state"], due["occasion"], due["entries"], due["titles"]) == ("due", "heartbeat", 0, [])
    (sample,) = map(json.loads, monitor(desk, "deliver", "--test", "screen", "--json").stdout.splitlines())
    assert (sample["occasion"], sample["outcome"]) == ("sample", "succeeded")
    (sent,) = map(json.loads, monitor(desk, "deliver", "--json").stdout.splitlines())
    assert (sent["delivery"], sent["outcome"]) == (due["delivery"], "succeeded")


def test_without_outputs_or_with_wrong_names_the_command_says_what_to_do(desk: Desk) -> None:
    desk.settings()
    none = monitor(desk, "deliver")
    assert (none.returncode, "no [[output]] is configured" in none.stderr) == (0, True)
    desk.tables += SCREEN
    desk.settings()
    wrong = monitor(desk, "deliver", "scren")
    assert (wrong.returncode, 'did you mean "screen"' in wrong.stderr) == (2, True)
    both = monitor(desk, "deliver", "screen", "--test", "screen")
    assert (both.returncode, "--test stands alone" in both.stderr) == (2, True)


def test_the_service_delivers_at_every_look_and_tells_of_an_idle_output_once(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    from monitor.service import Teller, _Service

    courier(desk, "ada")
    desk.tables += SCREEN
    desk.tables += (
        '\n[[output]]\nid = "mail"\nkind = "email"\nto = ["bo@example.org"]\nsender = "m@example.org"\n'
        'username = "m"\npassword = { env = "NOT_THERE" }\n'
    )
    said: list[str] = []
    service = _Service(desk.settings(), Teller(said.append))
    service.tick()
    service.tick()
    assert "Nothing new" in capsys.readouterr().out
    assert sum("NOT_THERE" in line for line in said) == 1
    assert not any(line.startswith("screen") for line in said)
