"""`monitor demo`: the main job on recorded answers, at two moments, with fixed clocks.

It is the program itself: the same poll, log and digest. Only the network ends on this machine, where `server.py`
replays what `answers/` holds, and the log lives in a folder that is gone afterwards.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from importlib.resources import as_file, files
from pathlib import Path

from monitor import app
from monitor.core.digests import Digest
from monitor.core.language import Language
from monitor.demo.server import DemoServer
from monitor.pipeline.accounting import PollReport

FIRST = datetime(2025, 6, 2, tzinfo=UTC)
SECOND = datetime(2025, 7, 18, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the second poll came to, and the digest that it led to."""

    reports: tuple[PollReport, ...]
    digest: Digest


def run(say: Callable[[str], None] = lambda _text: None, *, language: Language | None = None) -> Outcome:
    """Poll twice and compose the digest of the second day."""
    with tempfile.TemporaryDirectory(prefix="monitor-demo-") as folder, DemoServer() as server:
        with as_file(files(__name__) / "config.toml") as config:
            settings = replace(
                app.load_settings(config),
                log_path=Path(folder) / "demo.db",
                watchlists=app.shipped_files() / "watchlists",
            )
        reports: tuple[PollReport, ...] = ()
        for number, (name, moment) in enumerate((("first", FIRST), ("second", SECOND)), start=1):
            server.moment = number
            result = app.poll(
                settings,
                everything=True,
                clock=partial(_standing, moment),
                run_id=f"demo-{number}",
                route=lambda _host, _port: server.address,
            )
            reports = tuple(result.reports)
            say(f"{name} poll, {moment:%-d %B %Y}: {_told(reports)}")
        say("")
        return Outcome(reports=reports, digest=app.digest(settings, language=language, clock=lambda: SECOND))


def _standing(moment: datetime) -> datetime:
    return moment


def _told(reports: tuple[PollReport, ...]) -> str:
    counts = {
        name: sum(getattr(report, name) for report in reports)
        for name in ("new", "revised", "moved", "matched")
    }
    failed = sum(report.outcome == "failed" for report in reports)
    words = [f"{len(reports)} sources", *(f"{n} {name}" for name, n in counts.items() if n)]
    return ", ".join(words) + (f", {failed} failing" if failed else "")
