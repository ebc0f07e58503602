"""Many sources at once: slow ones do not wait for each other, and memory does not grow with their number."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import polling_many
import pytest
from desk import Desk, feed
from webserver import Asked, Reply, WebServer

SLOW_SOURCES = 64
ENTRIES = 25
LONG = bool(os.environ.get("MONITOR_LONG"))
# Beside what a process needs anyway, so much for each further feed: its settings, and what its poll came to.
MOST_KIB_A_FEED = 20


@pytest.mark.parametrize("at_once", [64, 16], ids=["concurrency = 64", "by default"])
def test_slow_sources_are_asked_side_by_side(tmp_path: Path, web: WebServer, at_once: int) -> None:
    """Each is on a host of its own: of one host, only one is asked at a time."""
    arrivals: list[float] = []

    def slowly(asked: Asked) -> Reply:
        arrivals.append(time.monotonic())
        return Reply(body=feed((asked.path, f"Notice {asked.path}")), wait_s=1)

    web.fallback = slowly
    desk = Desk(tmp_path, web)
    desk.fetch = {"concurrency": "64"} if at_once == 64 else {}
    for n in range(SLOW_SOURCES):
        desk.source(f"n{n}", host=f"n{n}.example")
    began = time.monotonic()
    result = desk.poll(route=lambda _host, _port: ("127.0.0.1", web.port))
    took_s = time.monotonic() - began
    assert [report.outcome for report in result.reports] == ["ok"] * SLOW_SOURCES
    assert SLOW_SOURCES / at_once <= took_s < SLOW_SOURCES / at_once + 3
    assert max(sum(at <= other < at + 0.9 for other in arrivals) for at in arrivals) == at_once


def test_memory_does_not_grow_with_the_number_of_feeds(tmp_path: Path, web: WebServer) -> None:
    web.fallback = lambda asked: Reply(
        body=feed(*((f"{asked.path}/{n}", f"Notice {n}") for n in range(ENTRIES)))
    )
    few, many = (500, 2000) if LONG else (40, 160)
    peaks = [peak_kib(tmp_path / str(count), web.port, count) for count in (few, many)]
    assert (peaks[1] - peaks[0]) / (many - few) < MOST_KIB_A_FEED


def peak_kib(folder: Path, port: int, count: int) -> int:
    folder.mkdir()
    script = [sys.executable, polling_many.__file__, str(folder), str(port), str(count)]
    done = subprocess.run(script, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)
