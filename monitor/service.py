"""When: a ticker that shows the digest when it is due and polls what is due, until told to stop.

APScheduler only ticks. What is due stands in the database, so a machine that slept, or a service that was down, goes
on with what it missed, once. Settings are read anew at every tick.
"""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable
from types import FrameType

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.blocking import BlockingScheduler

from monitor import app
from monitor.config import Settings
from monitor.core.digests import Digest
from monitor.core.errors import MonitorError

TICK_S = 30
_log = logging.getLogger("monitor.service")


def run(settings: Settings, *, say: Callable[[str], None], show_digest: Callable[[Digest], None]) -> None:
    """Show the digest and poll whenever that is due, looking every `TICK_S` seconds; returns after SIGTERM or SIGINT.

    A source that fails is told of and tried again; so is everything else that a person can mend while this runs.
    """
    scheduler = BlockingScheduler(timezone="UTC", executors={"default": ThreadPoolExecutor(1)})
    teller = Teller(say)

    def stop(_signal: int, _frame: FrameType | None) -> None:
        if not scheduler.running:
            raise KeyboardInterrupt  # asked twice: do not wait for the poll that is under way
        say("stopping after what is under way; ask again to stop at once")
        scheduler.shutdown(wait=True)

    def tick() -> None:
        teller.watch(lambda: _tick(app.load_settings(settings.path), teller, show_digest))

    scheduler.add_job(
        tick, "interval", seconds=TICK_S, next_run_time=app.utc_now(), coalesce=True, misfire_grace_time=None
    )
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, stop)
    app.note_start(settings)
    say(f"running; digest daily at {settings.digest.at} {settings.digest.timezone}; stop with Ctrl-C")
    scheduler.start()
    app.note_stop(settings)


def _tick(settings: Settings, teller: Teller, show_digest: Callable[[Digest], None]) -> None:
    if app.daily_digest_is_due(settings):
        app.show_daily_digest(settings, show_digest)
    result = app.poll(settings)
    for notice in result.notices:
        teller.tell_once(notice)
    for report in result.reports:
        if report.outcome != "not-due":
            error = f": {report.error}" if report.error else ""
            teller.say(f"{report.source} {report.outcome}, {report.new} new, {report.matched} matched{error}")


class Teller:
    """Tells of what a person should know; of what stays the same only once, not at every tick."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.say = say
        self._told: set[str] = set()
        self._trouble = ""

    def tell_once(self, text: str) -> None:
        """Tell, unless just this was told before."""
        if text not in self._told:
            self.say(text)
        self._told.add(text)

    def watch(self, act: Callable[[], None]) -> None:
        """Act; tell of an error unless it was there already at the last tick, and go on."""
        try:
            act()
        except MonitorError as error:
            self._tell_of(str(error))
        except Exception as error:  # noqa: BLE001 - the next tick may go well; a service that died tells nobody anything
            _log.debug("internal error", exc_info=True)
            self._tell_of(f"internal error: {type(error).__name__}: {error}; run with -v and report it")
        else:
            self._trouble = ""

    def _tell_of(self, text: str) -> None:
        if text != self._trouble:
            self.say(text)
        self._trouble = text
