"""An entry is known again under another name where its publisher changed the name, and never where it is another entry.

What is promised: no item is lost, a renamed window is not told again, and none of it takes longer than once as much for
each entry as for one.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moves import day, open_run

from monitor import projections
from monitor.core.events import ItemPublished, ItemRevised
from monitor.core.exchange import Finding, Request, Response, Source
from monitor.core.items import Item, field_hashes
from monitor.core.validators import Validators
from monitor.pipeline import identifying, listings
from monitor.pipeline.answers import Answer, Page, Tally
from monitor.pipeline.listings import Listing
from monitor.pipeline.run import Run
from monitor.pipeline.taking import Batch, take
from monitor.sources import feed

SOURCE = Source(id="src", kind="feed", url="https://agency.example/feed", options=feed.Options())
LONG = bool(os.environ.get("MONITOR_LONG"))
FIRST = datetime(2025, 6, 2, 9, 30, tzinfo=UTC)


class Details(dict[str, str]):
    """Details that count how often they are looked through: hashing an item does so once."""

    looks = 0

    def items(self) -> Any:
        self.looks += 1
        return super().items()


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    run = open_run(tmp_path / "log.db")
    projections.catch_up(run.database, run.log)
    yield run
    run.database.close()


def entries(count: int, word: str) -> list[Item]:
    return [
        Item(
            key=f"src:{n}",
            kind="news",
            title=f"{word} {n}",
            url=f"https://agency.example/{word}/{n}",
            published=day("2025-06-02"),
        )
        for n in range(count)
    ]


@pytest.mark.parametrize(
    ("count", "before"), [(20_000, ""), (20_000, "New"), (4_000, "Old")], ids=["new", "as before", "other"]
)
def test_each_of_many_entries_is_named_without_looking_at_all_the_others(
    run: Run, count: int, before: str
) -> None:
    """They took 6 s where all were new, and 86 s where 4,000 had another title and address under each guid."""
    said = {item.key: field_hashes(item) for item in entries(count, before)} if before else {}
    found = entries(count, "New")
    hashes = [field_hashes(item) for item in found]
    began = time.process_time()
    named = identifying.named(run.database.conn, SOURCE, found, hashes, said)
    assert time.process_time() - began < 3
    assert named == found


def test_an_item_is_hashed_once_a_poll_where_nothing_changed(run: Run) -> None:
    details = Details(author="A")
    item = Item(key="src:1", kind="news", title="A title", details=details)
    answer = Answer(
        source=SOURCE, request=Request(url=SOURCE.url), page=Page(validators=Validators()), findings=(item,)
    )
    with run.database.write():
        take(Batch(run), answer, Tally(origin="live"))
    details.looks = 0
    with run.database.write():
        tally = Tally(origin="live")
        take(Batch(run), answer, tally)
    assert (tally.keys, tally.new, tally.revised) == ({"src:1"}, set(), 0)
    assert details.looks == 1


# What a publisher shows, and what is told of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A notice as its publisher has it; `number` is what it is, and stands in its summary only.

    Its guid and its link are made of `guid` and `link`; a link of nothing is none. `hour` is its date; None for none.
    """

    number: int
    title: str = "Notice of meeting"
    hour: float | None = 0
    guid: str = ""
    link: str = ""

    def as_rss(self) -> str:
        date = "" if self.hour is None else format_datetime(FIRST + timedelta(hours=self.hour))
        parts = {
            "guid": self.guid,
            "title": self.title,
            "link": self.link and f"https://agency.example/{self.link}",
            "pubDate": date,
            "description": f"It is number {self.number}.",
        }
        return "".join(f"<{name}>{text}</{name}>" for name, text in parts.items() if text)


def notice(number: int, title: str = "Notice of meeting", **parts: Any) -> Notice:
    """A notice under a guid and a link of its own."""
    return Notice(number=number, title=title, **{"guid": f"g{number}", "link": f"{number}", **parts})


def sharing(title: str, link: str, *numbers: int, hour: float | None = 0) -> list[Notice]:
    """Notices under one guid."""
    return [notice(n, title.format(n), guid="same", link=link.format(n), hour=hour) for n in numbers]


def moved(each: Notice) -> Notice:
    """The same under another guid and another link."""
    return replace(each, guid=f"new-{each.guid}", link=f"new/{each.link}")


@dataclass(slots=True, kw_only=True)
class Reader:
    """A log that is told windows of a feed, one poll after the other."""

    run: Run
    position: int = 0

    def reads(self, *notices: Notice) -> tuple[list[int], int]:
        """The numbers of those that a window tells as new, and how many it tells as revised."""
        events = self._events(notices)
        new = [int(each.summary[13:-1]) for each in events if isinstance(each, ItemPublished)]
        return new, sum(isinstance(each, ItemRevised) for each in events)

    def _events(self, notices: Sequence[Notice]) -> list[Any]:
        tally = Tally(origin="live")
        with self.run.database.write():
            take(Batch(self.run), _answered(notices), tally)
            keys = list(tally.walks.get(SOURCE.id, {}))
            listings.keep(self.run, SOURCE, SOURCE.id, Listing(keys=keys))
        events = list(self.run.log.read(after=self.position))
        self.position = self.run.log.head().position
        return [event.data for event in events]


def _answered(notices: Sequence[Notice]) -> Answer:
    request = Request(url=SOURCE.url, walk=SOURCE.id)
    items = "".join(f"<item>{each.as_rss()}</item>" for each in notices)
    body = f"<rss version='2.0'><channel><title>News</title>{items}</channel></rss>".encode()
    response = Response(request=request, url=SOURCE.url, body=body, headers={}, fetched_at=FIRST)
    findings: list[Finding] = list(feed.parse(SOURCE, response))
    return Answer(
        source=SOURCE, request=request, page=Page(validators=Validators()), findings=tuple(findings)
    )


@pytest.fixture
def reader(run: Run) -> Reader:
    return Reader(run=run)


# However many there are


MANY = [notice(n, f"Notice {n}", hour=n) for n in range(10_000)]
PAIRS = [notice(2 * n + at, f"Notice {n}, {at}", guid=f"g{n}") for n in range(3_000) for at in (0, 1)]


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [
        (MANY, [moved(each) for each in MANY], (0, 10_000)),
        (
            sharing("Notice {0}", "{0}", *range(10_000)),
            sharing("Notice {0}", "{0}", *range(10_000, 0, -1)),
            (1, 0),
        ),
        (PAIRS, PAIRS[::-1], (0, 0)),
        (PAIRS, [replace(each, title="x" + each.title, link="x" + each.link) for each in PAIRS], (6_000, 0)),
    ],
    ids=["a site that moves", "one guid, another order", "pairs, another order", "pairs, all reworded"],
)
def test_a_window_of_thousands_is_known_again_in_no_time(
    run: Run, before: Sequence[Notice], now: Sequence[Notice], told: tuple[int, int]
) -> None:
    reader = Reader(run=run)
    reader.reads(*before)
    spent = 0.0

    def clocked(*arguments: Any) -> list[Item]:
        nonlocal spent
        began = time.process_time()
        found = named(*arguments)
        spent += time.process_time() - began
        return found

    named = identifying.named
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(identifying, "named", clocked)
        new, revised = reader.reads(*now)
    assert (len(new), revised) == told
    assert 0 < spent < 3


# Entries that are others


def test_notices_of_one_title_and_one_second_are_told_each_though_they_come_one_after_the_other(
    reader: Reader,
) -> None:
    assert reader.reads(notice(1)) == ([1], 0)
    assert reader.reads(notice(2)) == ([2], 0)
    assert reader.reads(notice(3), notice(2)) == ([3], 0)
    assert reader.reads(notice(1)) == ([], 0)


def test_a_batch_of_one_title_and_one_second_that_takes_the_place_of_such_a_batch_is_new(
    reader: Reader,
) -> None:
    first, second = ([notice(number) for number in range(start, start + 6)] for start in (0, 6))
    assert reader.reads(*first) == ([0, 1, 2, 3, 4, 5], 0)
    assert reader.reads(*second) == ([6, 7, 8, 9, 10, 11], 0)


def test_a_batch_beside_notices_that_stand_under_their_names_is_new(reader: Reader) -> None:
    titles = ("Notice of meeting", "Notice of hearing", "Notice of closure")
    first = [notice(number, title) for number, title in enumerate(titles)]
    standing = [notice(number, f"Report {number}", hour=1) for number in (7, 8, 9)]
    again = [notice(number, title) for number, title in enumerate(titles, 10)]
    assert reader.reads(*standing, *first)[0] == [7, 8, 9, 0, 1, 2]
    assert reader.reads(*again, *standing) == ([10, 11, 12], 0)


def test_notices_that_have_titles_and_dates_of_notices_long_gone_are_new(reader: Reader) -> None:
    titles = ("Notice of meeting", "Notice of hearing", "Notice of closure")
    reader.reads(*(notice(number, title) for number, title in enumerate(titles)))
    reader.reads(*(notice(number, f"Report {number}", hour=1) for number in (7, 8, 9)))
    again = [notice(number, title) for number, title in enumerate(titles, 10)]
    assert reader.reads(*again) == ([10, 11, 12], 0)


def test_notices_without_dates_and_texts_of_their_own_are_no_renamed_ones(reader: Reader) -> None:
    titles = ("Agenda", "Minutes", "Calendar")
    last_week, this_week = (
        [notice(start + number, title, hour=None) for number, title in enumerate(titles)] for start in (0, 3)
    )
    assert reader.reads(*last_week) == ([0, 1, 2], 0)
    assert reader.reads(*this_week) == ([3, 4, 5], 0)


def test_guids_that_count_the_places_are_told_from_what_they_name(reader: Reader) -> None:
    def window(*numbers: int) -> list[Notice]:
        return [notice(number, f"Notice {number}", guid=f"{at}") for at, number in enumerate(numbers)]

    assert reader.reads(*window(3, 2, 1)) == ([3, 2, 1], 0)
    assert reader.reads(*window(4, 3, 2)) == ([4], 0)
    assert reader.reads(*window(6, 5, 4)) == ([6, 5], 0)
    assert reader.reads(*window(6, 5, 4)) == ([], 0)


# Entries that are the same


TITLED = [notice(number, f"Notice {number}", hour=number) for number in range(5)]
ON_ONE_DAY = [replace(each, hour=-9.5) for each in TITLED]  # a day, as its midnight
UNDATED = [replace(each, hour=None) for each in TITLED]
ALIKE = [notice(number, f"Notice {number % 3}") for number in range(8)]


@pytest.mark.parametrize("fixed", ["B fixed", "B fixed, and once more"])
def test_a_title_is_corrected_of_an_entry_whose_guid_was_another_one_s(reader: Reader, fixed: str) -> None:
    """Guids count the places: what came to stand first took the name of the one that stood there."""
    assert reader.reads(notice(1, "A", guid="first", hour=1)) == ([1], 0)
    moved = notice(1, "A", guid="second", hour=1)
    assert reader.reads(notice(2, "B", guid="first", hour=2), moved) == ([2], 0)
    for title in ("B corrected", fixed):
        assert reader.reads(notice(2, title, guid="first", hour=2), moved) == ([], 1)


def test_a_title_is_corrected_of_an_entry_that_took_over_a_guid(reader: Reader) -> None:
    assert reader.reads(notice(1, "A", guid="one", hour=1)) == ([1], 0)
    assert reader.reads(notice(2, "B", guid="one", hour=2)) == ([2], 0)
    for title in ("B corrected", "B corrected twice"):
        assert reader.reads(notice(2, title, guid="one", hour=2)) == ([], 1)


@pytest.mark.parametrize(
    "window",
    [TITLED, TITLED[:3], ON_ONE_DAY, UNDATED, ALIKE],
    ids=["dated", "of three", "on one day", "without dates", "several of one title and date"],
)
def test_a_window_of_which_guids_and_links_change_together_is_not_told_again(
    reader: Reader, window: Sequence[Notice]
) -> None:
    """The addresses are others, which is a revision of each."""
    reader.reads(*window)
    renamed = [moved(each) for each in window]
    fresh = [notice(99, "Another", hour=200)]
    assert reader.reads(*fresh, *renamed) == ([99], len(window))
    assert reader.reads(*fresh, *renamed) == ([], 0)
    again = [moved(each) for each in renamed]
    assert reader.reads(*again) == ([], len(window))


def test_a_moved_site_whose_new_guids_are_the_old_ones_of_others_is_not_told_again(reader: Reader) -> None:
    reader.reads(*TITLED)
    other = [replace(each, guid=f"g{(each.number + 1) % 5}", link=f"new/{each.number}") for each in TITLED]
    assert reader.reads(*other) == ([], 5)
    assert reader.reads(*other) == ([], 0)


def test_one_entry_whose_guid_and_link_change_is_told_again_rather_than_lost(reader: Reader) -> None:
    first, second, *others = TITLED
    reader.reads(*TITLED)
    assert reader.reads(moved(first), moved(second), *others) == ([0, 1], 0)


def test_an_entry_printed_twice_under_another_guid_is_told_once(reader: Reader) -> None:
    reader.reads(notice(1), notice(1))
    renamed = notice(1, guid="other")
    assert reader.reads(renamed, renamed) == ([], 0)
    assert reader.reads(renamed, renamed) == ([], 0)


def test_a_log_that_kept_one_entry_for_each_title_and_date_knows_a_moved_window(reader: Reader) -> None:
    reader.reads(*TITLED)
    with reader.run.database.write():
        reader.run.database.conn.execute(
            "UPDATE identities SET face = substr(face, 1, 32) WHERE face LIKE '%:%'"
        )
    assert reader.reads(*map(moved, TITLED)) == ([], 5)


# Entries that share a guid


SHARED = {
    "with links": ("Notice {0}", "{0}"),
    "with one link": ("Notice {0}", "list"),
    "without links": ("Notice {0}", ""),
    "with one title": ("Notice", "{0}"),
}


@pytest.mark.parametrize(("title", "link"), SHARED.values(), ids=SHARED)
def test_an_order_that_changes_among_entries_of_one_guid_and_one_date_says_nothing(
    reader: Reader, title: str, link: str
) -> None:
    window = sharing(title, link, 0, 1, 2, 3)
    assert reader.reads(*window) == ([0, 1, 2, 3], 0)
    for seed in range(8):
        assert reader.reads(*Random(seed).sample(window, 4)) == ([], 0)


@pytest.mark.parametrize(("title", "link"), SHARED.values(), ids=SHARED)
@given(data=st.data())
@settings(max_examples=25, deadline=None, derandomize=True)
def test_entries_of_one_guid_and_one_date_are_told_once_each_in_whatever_window(
    title: str, link: str, data: st.DataObject
) -> None:
    window = st.lists(st.integers(0, 6), min_size=2, max_size=5, unique=True)
    windows = data.draw(st.lists(window, min_size=2, max_size=8))
    hour = data.draw(st.sampled_from([0, None]))
    with reading() as reader:
        told: list[int] = []
        for numbers in windows:
            new, revised = reader.reads(*sharing(title, link, *numbers, hour=hour))
            told += new
            assert revised == 0
    assert sorted(told) == sorted({number for numbers in windows for number in numbers})


# Whatever a publisher does


@dataclass(slots=True, kw_only=True)
class Publisher:
    """All notices, newest first, of which a window shows some; and which of them it may rightly tell twice.

    Notices of one second have one title, and a batch goes on as long as `hour` stays.
    """

    size: int
    shelf: list[Notice] = field(default_factory=list)
    count: int = 0
    hour: int = 0
    twice: set[int] = field(default_factory=set)

    def post(self, number: int, *, goes_on: bool) -> None:
        """So many notices of one title and one second; where it goes on, those of the last batch."""
        self.hour += not goes_on
        for _ in range(number):
            self.count += 1
            title = ("Notice of meeting", "Notice of hearing", "Report")[self.hour % 3]
            self.shelf.insert(0, notice(self.count, title, hour=self.hour))

    def drop(self, place: int) -> None:
        """A notice is taken away."""
        if self.shelf:
            del self.shelf[place % len(self.shelf)]

    def repost(self, place: int) -> None:
        """A notice is shown on top again."""
        if self.shelf:
            self.shelf.insert(0, self.shelf.pop(place % len(self.shelf)))

    def duplicate(self, place: int) -> None:
        """A notice is printed twice."""
        if self.shelf:
            self.shelf.insert(0, self.shelf[place % len(self.shelf)])

    def shuffle(self, seed: int) -> None:
        """The window has another order."""
        self.shelf[: self.size] = Random(seed).sample(self.window, len(self.window))

    def rename(self, place: int) -> None:
        """A notice gets another guid."""
        self._change(place, "guid")

    def move(self, place: int) -> None:
        """A notice gets another guid and another link: nobody can tell it from a new one."""
        self._change(place, "guid", "link")

    def move_all(self) -> None:
        """The site moves. What the window does not show at that time may be told again when it does."""
        unseen = {each.number for each in self.shelf} - {each.number for each in self.window}
        self.twice |= unseen if self.is_told_apart else {each.number for each in self.shelf}
        self.shelf = [moved(each) for each in self.shelf]

    @property
    def window(self) -> list[Notice]:
        return self.shelf[: self.size]

    @property
    def is_told_apart(self) -> bool:
        """Whether the window shows three titles and dates or more."""
        return len({(each.title, each.hour) for each in self.window}) >= 3

    def _change(self, place: int, *names: str) -> None:
        if self.shelf:
            of = self.shelf[place % len(self.shelf)].number
            self.twice |= {of} if "link" in names else set()
            self.shelf = [
                replace(each, **{name: f"other-{getattr(each, name)}" for name in names})
                if each.number == of
                else each
                for each in self.shelf
            ]


@contextmanager
def reading() -> Iterator[Reader]:
    """A reader of an empty log."""
    with tempfile.TemporaryDirectory() as folder:
        run = open_run(Path(folder) / "log.db")
        projections.catch_up(run.database, run.log)
        yield Reader(run=run)
        run.database.close()


PLACES = st.integers(0, 12)
MOVES = st.one_of(
    st.tuples(
        st.just("post"), st.fixed_dictionaries({"number": st.integers(1, 9), "goes_on": st.booleans()})
    ),
    st.tuples(
        st.sampled_from(["drop", "repost", "duplicate", "rename", "move"]),
        st.fixed_dictionaries({"place": PLACES}),
    ),
    st.tuples(st.just("shuffle"), st.fixed_dictionaries({"seed": PLACES})),
    st.tuples(st.just("move_all"), st.just({})),
)


@given(size=st.integers(1, 8), moves=st.lists(MOVES, min_size=4, max_size=25))
@settings(max_examples=2_000 if LONG else 120, deadline=None, derandomize=not LONG)
def test_no_item_is_lost_and_a_window_that_is_renamed_as_a_whole_is_not_told_again(
    size: int, moves: list[tuple[str, dict[str, Any]]]
) -> None:
    publisher = Publisher(size=size)
    told: Counter[int] = Counter()
    shown: set[int] = set()
    with reading() as reader:
        for name, values in [("post", {"number": 3, "goes_on": False})] * 3 + moves:
            getattr(publisher, name)(**values)
            new, _ = reader.reads(*publisher.window)
            shown |= {each.number for each in publisher.window}
            told.update(new)
            assert told.keys() == shown
            assert {number for number, times in told.items() if times > 1} <= publisher.twice
            assert not (name == "move_all" and publisher.is_told_apart and new)
