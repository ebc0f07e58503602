"""One feed under watch: the real program polls it, and after each poll the log is held against the model.

vigil = Vigil(folder, web, Publisher(size=5))
vigil.publisher.add(3)
vigil.poll()                              # raises AssertionError where the log is not what it must be
vigil.poll(Cut(name="recording.take"))    # cut short there
vigil.tell()                              # the daily digest
vigil.close()                             # what must hold in the end
"""

from __future__ import annotations

import functools
import importlib
import ssl
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from crashing import Workshop
from desk import Desk
from dying import Death
from hypothesis import currently_in_test_context, event
from publishing import Publisher, Shown
from reckoning import History, Ledger, continuity, difference
from told_items import Content, contents, rows
from webserver import WebServer

from monitor import app
from monitor.core.events import ItemPublished
from monitor.pipeline import polling

WATCHLIST = 'title = "W"\n[[subject]]\nid = "next-g"\nname = "N"\nany = ["Next G Alliance"]\n'
# The program asks at most so many pages below an overflowed window.
MOST_PAGES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A poll is interrupted when this function of `monitor.pipeline` would begin for the so-manieth time."""

    name: str
    time: int = 1


class Told(NamedTuple):
    """A change that a digest told."""

    key: str
    kind: str
    position: int
    origin: str


class Gaps(NamedTuple):
    """How many gaps the log says were suspected and closed, and whether one stands."""

    suspected: int
    closed: int
    stands: bool


class Vigil:
    """A feed, the program that polls it, and the histories that may have happened."""

    def __init__(
        self, folder: Path, web: WebServer, publisher: Publisher, workshop: Workshop | None = None
    ) -> None:
        self.workshop = workshop
        self.desk = Desk(folder, web)
        self.desk.watch(WATCHLIST)
        self.desk.source("news")
        self.settings = self.desk.settings()
        self.publisher = publisher
        web.fallback = publisher.answer
        web.requests.clear()
        self.possible = [Ledger()]
        self.before: list[str] = []
        self.before_on_top: list[str] = []
        self.last_page: tuple[Shown, ...] = ()
        self.is_reached = False
        self.has_gap = False
        self.was_cut = False
        self.told: list[Told] = []

    # Acts

    def poll(self, cut: Cut | Death | None = None) -> None:
        """Poll once, perhaps cut short, or killed in the workshop; then hold the log against the model."""
        self.publisher.begin()
        polls, gap = self._polls(), self._gaps()
        self._go(cut)
        ended = self._polls() > polls
        self.was_cut |= not ended
        count("a poll cut short" if not ended else "a poll")
        pages = [("", page) for page in self.publisher.read]
        origin = "live" if self.is_reached else "baseline"
        counts = [len(pages)] if ended else range(len(pages) + 1)
        histories = self._histories()
        after = [ledger.after(pages[:count], origin) for ledger in self.possible for count in counts]
        self.possible = [ledger for ledger in after if ledger.histories() == histories]
        assert self.possible, difference(after[-1].histories(), histories)
        if ended:
            if not self.is_reached:
                self._show_if_due()  # as the service does at once: the first digest reaches back for a day only
            self._check_gap(gap)
            self.is_reached |= self.publisher.was_heard

    def _go(self, cut: Cut | Death | None) -> None:
        if isinstance(cut, Death):
            assert self.workshop
            self.desk.clock.advance(hours=1)
            self.workshop.do("poll", self.desk.folder, cut, at=self.desk.clock().isoformat())
            return
        poll_fast(self.desk.poll, cut)

    def poll_again(self) -> None:
        """A second poll of the same answers records nothing."""
        self.poll()
        before = len(self.desk.events())
        self.poll()
        assert len(self.desk.events()) == before

    def tell(self) -> None:
        """Let a day pass, ask for the daily digest, and note what it tells."""
        self.desk.clock.advance(days=1)
        self._show_if_due()

    def close(self) -> None:
        """What must hold in the end: log and views are sound, and all was told once."""
        self.tell()
        checks = list(app.verify(self.settings))
        assert [str(check.problem) for check in checks if check.problem] == []
        self._check_told()

    # What is there

    def _show_if_due(self) -> None:
        if rows(self.settings, "SELECT 1"):
            for sent in app.deliver(self.settings, screen=True, clock=self.desk.clock):
                self._note(sent.delivery)

    def _note(self, delivery: str) -> None:
        """What the plan says was told, which is what the text was made of."""
        sql = """
            SELECT key, kind, position, origin FROM item_changes
            WHERE position IN (SELECT change_position FROM delivery_changes WHERE delivery = ?)"""
        with app.reading(self.settings) as archive:
            self.told += [Told(*row) for row in archive.views.conn.execute(sql, (delivery,))]

    def _polls(self) -> int:
        return sum(row[0] for row in rows(self.settings, "SELECT count(*) FROM polls"))

    def _gaps(self) -> Gaps:
        counts = Counter(
            row[0] for row in rows(self.settings, "SELECT type FROM events WHERE type LIKE 'Gap%'")
        )
        standing = rows(self.settings, "SELECT 1 FROM source_health WHERE gap_since <> ''", of_views=True)
        return Gaps(counts["GapSuspected"], counts["GapClosed"], bool(standing))

    def _contents(self) -> dict[str, list[Content]]:
        return contents(self.settings, self._name)

    def _name(self, data: ItemPublished) -> str:
        """What the model calls an item: by its key, or by its number where all entries share one guid."""
        return (
            data.key
            if self.publisher.guids
            else f"number {data.title.partition('notice ')[2].partition(',')[0]}"
        )

    def _histories(self) -> dict[str, History]:
        return {
            key: tuple((origin, shown) for _, origin, shown in contents)
            for key, contents in self._contents().items()
        }

    # What must hold

    def _check_gap(self, before: Gaps) -> None:
        """Every overflow is filled or reported, and nothing else is."""
        shown = self.publisher.read or self._unmodified()
        pages = [[self.possible[0].guids[each.key] for each in page] for page in shown]
        now = self._gaps()
        if pages and continuity(self.before, pages[0]) == "broken":
            self._check_overflow(before, now, [key for page in pages for key in page])
        elif not pages or continuity(self.before_on_top, pages[0]) in {"whole", "unknown"}:
            assert now == before, "windows overlap, and something was said of a gap"
        self.has_gap = now.stands
        self._check_state()
        if any(pages) and shown[0] != self.last_page:  # an empty window proves nothing
            self.last_page, self.before_on_top = shown[0], pages[0]
            self.before = [key for page in pages for key in page]

    def _unmodified(self) -> list[tuple[Shown, ...]]:
        """The window that stands, where it was asked for and truly said to be unmodified: it was recorded, then."""
        publisher = self.publisher
        is_true = publisher.was_heard and publisher.validators == "true" and publisher.fault != "304"
        return [tuple(entry.shown() for entry in publisher.page(1))] if is_true else []

    def _check_overflow(self, before: Gaps, now: Gaps, keys: Sequence[str]) -> None:
        assert now.suspected > before.suspected or before.stands, "an overflow was not reported"
        is_filled = continuity(self.before, keys) == "whole"
        count(f"an overflow, {'filled' if is_filled else 'open'}{', beside another' if self.has_gap else ''}")
        assert now.stands == (self.has_gap or not is_filled), "filled and open, or open and not reported"
        if not is_filled:
            assert now.closed == before.closed
            publisher, last = self.publisher, max(self.publisher.asked)
            failed = bool(publisher.fault) and last == publisher.fault_at
            ended = failed or not publisher.page(last) or last > MOST_PAGES
            assert ended or not publisher.pages, f"page {last + 1} was not asked"

    def _check_state(self) -> None:
        (line,), _ = app.source_lines(self.settings, clock=self.desk.clock)
        if not self.publisher.was_heard:
            assert line.state in {"failing", "blocked", "degraded"}
        elif not self.publisher.failed and self.publisher.shelf:  # a feed that was emptied is doubted
            assert line.state in ({"gap"} if self.has_gap else {"ok", "quiet"})

    def _check_told(self) -> None:
        """No change is told twice, no item as new twice, nothing of the baseline, and nothing that is sought is missing."""
        positions = Counter(told.position for told in self.told)
        assert not [position for position, count in positions.items() if count > 1]
        new = Counter(told.key for told in self.told if told.kind == "new")
        assert not [key for key, count in new.items() if count > 1]
        origins = {at: origin for shown_of in self._contents().values() for at, origin, _ in shown_of}
        assert all(told.origin == origins[told.position] for told in self.told)
        for key, shown_of in self._contents().items():
            sought = [at for at, origin, shown in shown_of if origin == "live" and "Next G" in shown.title]
            if self.was_cut:  # then it may be told by the change that came after
                assert not sought or any(at in positions for at, *_ in shown_of), f"{key} was never told"
            else:
                assert set(sought) <= positions.keys(), f"news of {key} was never told"


def count(what: str) -> None:
    """Count what was met, for `--hypothesis-show-statistics`."""
    if currently_in_test_context():
        event(what)


def poll_fast(poll: Callable[[], Any], cut: Cut | None = None) -> None:
    """Poll, perhaps cut short, without the pauses that a server is owed, and with certificates that were read before.

    Reading them takes half of such a poll, and nothing here speaks TLS.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(polling, "_FIRST_PAUSE_S", 0.001)
        patch.setattr(httpx, "create_ssl_context", _no_certificates)
        if cut is None:
            poll()
        else:
            _interrupted(patch, cut, poll)


@functools.cache
def _no_certificates() -> ssl.SSLContext:
    return ssl.create_default_context()


def _interrupted(patch: pytest.MonkeyPatch, cut: Cut, poll: Callable[[], Any]) -> None:
    """Poll; where the cut's time comes, the poll ends there."""
    room, _, name = cut.name.partition(".")
    place = importlib.import_module(f"monitor.pipeline.{room}")
    act, times = getattr(place, name), 0

    def stop(*arguments: Any, **named: Any) -> Any:
        nonlocal times
        times += 1
        if times == cut.time:
            raise KeyboardInterrupt
        return act(*arguments, **named)

    patch.setattr(place, name, stop)
    try:
        poll()
    except KeyboardInterrupt:
        assert times >= cut.time
