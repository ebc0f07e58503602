"""`monitor run` as a real process: it polls what is due, survives bad settings, tells that it lives, and ends when told."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from desk import Desk, feed
from webserver import Reply, WebServer

from monitor import app
from monitor.core.errors import LogBusy

A = ("a", "Next G Alliance meets")


@pytest.fixture
def desk(tmp_path: Path, web: WebServer) -> Desk:
    desk = Desk(tmp_path, web)
    desk.source("news")
    web.answer("/news", Reply(body=feed(A)))
    return desk


class Service:
    """A running `monitor run` with what it says."""

    def __init__(self, folder: Path) -> None:
        self._said = folder / "said.txt"
        with self._said.open("wb") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "monitor", "run"], cwd=folder, stdout=said, stderr=subprocess.STDOUT
            )

    @property
    def said(self) -> str:
        return self._said.read_text(encoding="utf-8")

    def until(self, is_so: Callable[[], bool], seconds: float = 15) -> None:
        end = time.monotonic() + seconds
        while not is_so():
            assert time.monotonic() < end, self.said
            time.sleep(0.05)

    def stop(self, signal_: int = signal.SIGTERM) -> float:
        began = time.monotonic()
        self.process.send_signal(signal_)
        self.process.wait(timeout=15)
        return time.monotonic() - began


@pytest.fixture
def service(desk: Desk) -> Iterator[Service]:
    desk.settings()
    running = Service(desk.folder)
    yield running
    running.process.kill()
    running.process.wait()


def test_it_polls_what_is_due_and_ends_in_good_order(desk: Desk, service: Service) -> None:
    service.until(lambda: "news ok, 1 there already" in service.said)
    assert service.stop() < 10
    assert service.process.returncode == 0
    assert [type(event).__name__ for event in desk.events("MonitorStarted", "MonitorStopped")] == [
        "MonitorStarted",
        "MonitorStopped",
    ]


def test_a_second_service_on_the_same_log_is_refused_and_names_the_first(
    desk: Desk, service: Service
) -> None:
    service.until(lambda: "running;" in service.said)
    done = subprocess.run(
        [sys.executable, "-m", "monitor", "run"],
        cwd=desk.folder,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert done.returncode == 1
    assert f"another `monitor run` (process {service.process.pid}) serves this log" in done.stderr
    with pytest.raises(LogBusy), app.only_service(desk.settings()):
        pass


def test_one_that_is_killed_leaves_nothing_that_stops_the_next(desk: Desk, service: Service) -> None:
    service.until(lambda: "news ok" in service.said)
    service.process.kill()
    service.process.wait()
    again = Service(desk.folder)
    again.until(lambda: "running;" in again.said)
    again.stop()
    assert again.process.returncode == 0
    assert len(desk.events("ItemPublished")) == 1


def stopped_as_soon_as_it_runs(service: Service) -> None:
    service.until(lambda: "running;" in service.said)
    time.sleep(random.uniform(0, 0.1))
    assert service.stop() < 8, service.said
    assert service.process.returncode == 0


def test_told_to_stop_at_any_moment_it_ends_in_good_order(desk: Desk) -> None:
    desk.settings()
    for _ in range(5):
        stopped_as_soon_as_it_runs(Service(desk.folder))
    assert len(desk.events("MonitorStopped")) == 5


@pytest.mark.parametrize("reply", [Reply(body=feed(A), drip_s=0.5), Reply(body=feed(A), wait_s=60)])
def test_told_to_stop_it_leaves_a_slow_source_within_ten_seconds(
    desk: Desk, web: WebServer, reply: Reply
) -> None:
    web.answer("/slow", reply)
    desk.source("slow")
    desk.settings()
    service = Service(desk.folder)
    service.until(lambda: bool(web.asked("/slow")))
    assert service.stop() < 10
    assert {event.key for event in desk.events("ItemPublished")} == {"news:a"}
    with sqlite3.connect(desk.folder / "monitor.db") as conn:
        polled = {row[0] for row in conn.execute("SELECT source FROM polls")}
    assert "slow" not in polled, "a source that was left is due again"


def test_settings_that_cannot_be_read_leave_the_last_good_ones_in_force(desk: Desk) -> None:
    """The ticks are called by hand here; what is between them is a file that a person edits."""
    from monitor.service import Teller, _Service

    said: list[str] = []
    app.note_start(desk.settings())
    service = _Service(desk.settings(), Teller(said.append))
    service.tick()
    (desk.folder / "config.toml").write_text("[fetch\n", encoding="utf-8")
    with sqlite3.connect(desk.folder / "monitor.db") as conn:
        conn.execute("UPDATE source_state SET due_at = '2000-01-01T00:00:00Z'")
    service.tick()
    service.tick()
    assert [line for line in said if line.startswith("news")] == [
        "news ok, 1 there already, 1 matched",
        "news unchanged, 0 new, 0 matched",
    ]
    assert sum("the settings as they were go on" in line for line in said) == 1
    desk.source("more")
    desk.web.answer("/more", Reply(body=feed(("m", "More"))))
    desk.settings()
    service.tick()
    assert said[-1] == "more ok, 1 there already, 0 matched"


def test_heartbeat_and_figures_are_written_at_every_look(desk: Desk) -> None:
    from monitor.service import Teller, _Service

    desk.tables += '\n[service]\nheartbeat = "alive"\nmetrics = "monitor.prom"\n[[output]]\nid = "screen"\nkind = "terminal"\n'
    desk.web.answer("/bad", Reply(status=403))
    desk.source("bad")
    app.note_start(desk.settings())
    service = _Service(desk.settings(), Teller(lambda _text: None))
    service.tick()
    moment, process = (desk.folder / "alive").read_text(encoding="utf-8").split()
    assert int(process) == os.getpid()
    assert datetime.fromisoformat(moment) <= app.utc_now()
    figures = (desk.folder / "monitor.prom").read_text(encoding="utf-8")
    assert 'monitor_source_state{source="bad",state="blocked"} 1.0' in figures
    assert 'monitor_source_state{source="news",state="ok"} 1.0' in figures
    assert 'monitor_source_items{source="news"} 1.0' in figures
    assert 'monitor_output_state{output="screen",state="ok"} 1.0' in figures
    assert 'monitor_output_waiting{output="screen"} 0.0' in figures
    assert "monitor_log_position" in figures


def test_a_machine_that_slept_for_days_catches_up_once(desk: Desk, web: WebServer) -> None:
    desk.tables = ""
    desk.source("news", every='"12h"')
    desk.poll()
    desk.clock.advance(days=3)
    assert [desk.report(everything=False).outcome for _ in range(3)] == ["unchanged", "not-due", "not-due"]
    assert len(web.asked("/news")) == 2


def test_a_source_that_takes_long_holds_back_no_other_and_the_heart_beats(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three pages of two seconds each, while the other source falls due again."""
    from monitor import service as room
    from monitor.pipeline import polling
    from monitor.service import Teller, _Service

    monkeypatch.setattr(polling, "_JOIN_EVERY_S", 0.2)
    monkeypatch.setattr(room, "TICK_S", 0.2)
    desk.web.answer("/slow", Reply(body=feed(A), wait_s=3))
    desk.source("slow")
    desk.tables += '\n[service]\nheartbeat = "alive"\n'
    app.note_start(desk.settings())
    said: list[str] = []

    def say(text: str) -> None:
        said.append(text)
        if text.startswith("news"):
            with sqlite3.connect(desk.folder / "monitor.db", timeout=20) as conn:
                conn.execute("UPDATE source_state SET due_at = '2000-01-01T00:00:00Z' WHERE source = 'news'")

    _Service(desk.settings(), Teller(say)).tick()
    assert any(line.startswith("slow ok") for line in said)
    assert sum(line.startswith("news") for line in said) >= 2
    assert (desk.folder / "alive").exists()


def test_a_folder_of_watchlists_that_is_not_there_stops_no_poll(desk: Desk) -> None:
    desk.poll()
    (desk.folder / "watchlists").rename(desk.folder / "elsewhere")
    desk.web.answer("/news", Reply(body=feed(A, ("b", "The Next G Alliance again"))))
    result = desk.poll()
    assert (result.reports[0].new, result.reports[0].matched, result.broken_watchlists) == (1, 1, True)
    assert any("there is no such folder of watchlists" in notice for notice in result.notices)


def test_settings_that_break_are_told_when_they_break_and_when_they_are_mended(desk: Desk) -> None:
    from monitor.service import Teller, _Service

    app.note_start(desk.settings())
    said: list[str] = []
    service = _Service(desk.settings(), Teller(said.append))
    for broken in (True, True, False, True):
        if broken:
            (desk.folder / "config.toml").write_text("[fetch\n", encoding="utf-8")
        else:
            desk.settings()
        service.tick()
    told = ["settings" in line for line in said]
    assert sum(told) == 3
