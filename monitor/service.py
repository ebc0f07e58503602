"""When: a ticker that polls what is due and shows the digest at its hour, until told to stop.

APScheduler only ticks. What is due stands in the database, so a machine that slept, or a service that was down, goes
on with what it missed, once.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from types import FrameType

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.cron import CronTrigger

from monitor import app
from monitor.config import Settings
from monitor.core.digests import Digest
from monitor.core.errors import MonitorError

TICK_S = 30


def run(settings: Settings, *, say: Callable[[str], None], show_digest: Callable[[Digest], None]) -> None:
    """Poll what is due every `TICK_S` seconds and show the digest daily; returns after SIGTERM or SIGINT.

    A source that fails is told of and tried again; so is everything else that a person can mend while this runs.
    """
    scheduler = BlockingScheduler(
        timezone=settings.digest.timezone, executors={"default": ThreadPoolExecutor(1)}
    )

    def tick() -> None:
        _try(say, lambda: _poll_due(settings, say))

    def daily() -> None:
        _try(say, lambda: show_digest(app.digest(settings)))

    hour, minute = settings.digest.at.split(":")
    once = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    scheduler.add_job(tick, "interval", seconds=TICK_S, next_run_time=app.utc_now(), **once)
    scheduler.add_job(daily, CronTrigger(hour=hour, minute=minute, timezone=settings.digest.timezone), **once)

    def stop(_signal: int, _frame: FrameType | None) -> None:
        say("stopping after what is under way …")
        scheduler.shutdown(wait=False)

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, stop)
    app.note_start(settings)
    say(f"running; digest daily at {settings.digest.at} {settings.digest.timezone}; stop with Ctrl-C")
    scheduler.start()
    app.note_stop(settings)


def _poll_due(settings: Settings, say: Callable[[str], None]) -> None:
    result = app.poll(app.load_settings(settings.path))
    for notice in result.notices:
        say(notice)
    for report in result.reports:
        if report.outcome != "not-due":
            trouble = f": {report.error}" if report.error else ""
            say(f"{report.source} {report.outcome}, {report.new} new, {report.matched} matched{trouble}")


def _try(say: Callable[[str], None], act: Callable[[], None]) -> None:
    try:
        act()
    except MonitorError as error:
        say(str(error))
