"""When: a ticker that polls what is due and delivers what is due, until told to stop.

APScheduler only ticks. What is due stands in the database, so a machine that slept, a service that was killed or a clock
that was set goes on with what it missed, once. Settings are read anew at every tick; while they cannot be read, the last
good ones hold.
"""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import signal
import threading
import time
from collections.abc import Callable, Collection
from types import FrameType

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from monitor import app
from monitor.config import Settings
from monitor.core.errors import ConfigError, MonitorError
from monitor.core.renderings.clocks import exact
from monitor.dispatch.sending import Sent, told
from monitor.outputs.terminal import PRINTED
from monitor.pipeline.accounting import PollReport

TICK_S = 30
# So long after its beginning a poll starts no more requests; the next one goes on with them.
POLL_S = 90
# Who asked for a stop is obeyed within ten seconds; what is abandoned then is as safe as after a kill.
_PATIENCE_S = 9.0
_log = logging.getLogger("monitor.service")


def run(settings: Settings, *, say: Callable[[str], None]) -> None:
    """Poll and deliver whenever that is due, looking every `TICK_S` seconds; returns after SIGTERM or SIGINT.

    A source that fails is told of and tried again; so is everything else that a person can mend while this runs. Raises
    LogBusy where another service runs on the same log.
    """
    logging.getLogger("apscheduler").setLevel(
        logging.ERROR
    )  # a tick that finds the last one still at work is no news
    with app.only_service(settings):
        service = _Service(settings, Teller(say))
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, service.ask_to_stop)
        app.note_start(settings)
        say(f"running; digest daily at {settings.digest.at} {settings.digest.timezone}; stop with Ctrl-C")
        service.serve()
        app.note_stop(settings)


class _Service:
    """The ticker, and what passes from one tick to the next: the last good settings, and whether a stop was asked for."""

    def __init__(self, settings: Settings, teller: Teller) -> None:
        self.settings = settings
        self.teller = teller
        self.courier = Teller(teller.say)
        self.stopping = threading.Event()
        self._asked: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._was_asked = False
        self.beaten = time.monotonic()
        self.scheduler = BackgroundScheduler(timezone="UTC", executors={"default": ThreadPoolExecutor(1)})
        self.scheduler.add_job(
            lambda: teller.watch(self.tick),
            "interval",
            seconds=TICK_S,
            next_run_time=app.utc_now(),
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )

    def serve(self) -> None:
        """Tick until asked to stop, and end after what is under way."""
        self.scheduler.start()
        self._asked.get()
        self.stopping.set()
        self.teller.say("stopping after what is under way; ask again to stop at once")
        watchdog = threading.Timer(_PATIENCE_S, self._abandon)
        watchdog.daemon = True
        watchdog.start()
        self.scheduler.shutdown(wait=True)

    def ask_to_stop(self, _signal: int, _frame: FrameType | None) -> None:
        """End soon, or at once where it is asked for twice.

        A signal may come while this very thread holds any lock: nothing is done here but what needs none.
        """
        if self._was_asked:
            raise KeyboardInterrupt
        self._was_asked = True
        self._asked.put(None)

    def _abandon(self) -> None:
        self.teller.say(
            "what is under way takes too long and is left; the next start goes on from what was recorded"
        )
        os._exit(1)  # threads may sit in a slow read or a long statement; the log stands as after a kill

    def tick(self) -> None:
        """Read the settings, deliver what is due, poll what is due, deliver what that brought, say that this still runs.

        What a night brought is told before sources are asked, which may take a while.
        """
        try:
            self.settings = app.load_settings(self.settings.path)
        except ConfigError as error:
            self.teller.say_change(f"{error} (the settings as they were go on)")
        else:
            self.teller.say_change("")
        self.courier.watch(self.deliver)
        result = app.poll(
            self.settings, stopping=self.look_up, ended=self.tell, joining=True, patience_s=POLL_S
        )
        for notice in result.notices:
            self.teller.tell_once(notice)
        self.teller.forget_all_but(result.notices)
        if not self.stopping.is_set():
            self.courier.watch(self.deliver)
        app.show_life(self.settings)

    def deliver(self) -> None:
        """Deliver what is due, where no output is configured to the screen."""
        sent = app.deliver(
            self.settings, screen=True, stopping=self.stopping.is_set, told=self.tell_of_delivery
        )
        self.courier.forget_all_but([told(one) for one in sent if not one.delivery])

    def tell_of_delivery(self, sent: Sent) -> None:
        """Say how a delivery went; one that was printed speaks for itself."""
        again = (
            f"; it is tried again at {exact(sent.again_at, self.settings.digest.timezone)}"
            if sent.again_at
            else ""
        )
        if not sent.delivery:
            self.courier.tell_once(told(sent))
        elif sent.answer != PRINTED:
            self.courier.say(f"{told(sent)}{again}")

    def tell(self, report: PollReport) -> None:
        """Say what a source's poll came to, as soon as it is over."""
        if report.outcome == "not-due":
            return
        new = f"{report.new} there already" if report.baseline else f"{report.new} new"
        trouble = f": {report.error}" if report.error else ""
        self.teller.say(f"{report.source} {report.outcome}, {new}, {report.matched} matched{trouble}")

    def look_up(self) -> bool:
        """Whether to stop. A poll asks at every turn, and so shows that this still runs, however long it takes."""
        if time.monotonic() - self.beaten > TICK_S:
            self.beaten = time.monotonic()
            with contextlib.suppress(MonitorError):  # it is told of at the end of the tick
                app.show_life(self.settings)
        return self.stopping.is_set()


class Teller:
    """Tells of what a person should know; of what stays the same only once, not at every tick."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.say = say
        self._told: set[str] = set()
        self._trouble = ""
        self._settings_trouble = ""

    def tell_once(self, text: str) -> None:
        """Tell, unless just this was told before."""
        if text not in self._told:
            self.say(text)
        self._told.add(text)

    def say_change(self, trouble: str) -> None:
        """Say what is wrong with the settings when it begins, and that it is over when it ends."""
        if trouble != self._settings_trouble:
            self.say(trouble or "the settings can be read again, and are in force")
        self._settings_trouble = trouble

    def forget_all_but(self, texts: Collection[str]) -> None:
        """What was mended meanwhile is told again when it breaks again."""
        self._told &= set(texts)

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
