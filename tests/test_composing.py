"""Who is told what: an item once, what is material to its readers, and the difference from what they were told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from desk import Desk, feed
from digest_samples import evidence
from hypothesis import given
from hypothesis import strategies as st
from webserver import Reply, WebServer

from monitor.core.composing import Material, Recognition, compose
from monitor.core.digests import Change, Deadline, Entry, Period, Section
from monitor.core.evidence import FieldChange
from monitor.core.news import Readers, news
from monitor.core.watchlists import TOLD, Watchlist, parse_watchlist

PERIOD = Period(since="2026-10-17T00:00:00Z", until="2026-10-18T00:00:00Z", clock="recorded", timezone="UTC")
USUAL = Readers(clock="recorded", on=TOLD)


@pytest.fixture
def desk(tmp_path: Path, web: WebServer) -> Desk:
    return Desk(tmp_path, web)


def show(desk: Desk, body: bytes) -> None:
    desk.web.answer("/news", Reply(body=body))


def watchlist(id_: str, *subjects: str, priority: str = "normal", on: str = "") -> Watchlist:
    tables = "".join(f'[[subject]]\nid = "{one}"\nany = ["{one} words"]\n' for one in subjects)
    told = f"on = {on}\n" if on else ""
    text = f'title = "List {id_}"\npriority = "{priority}"\n{told}{tables}'
    return parse_watchlist(text, file=f"watchlists/{id_}.toml")


def change(kind: str = "new", position: int = 10, **more) -> Change:
    given = {
        "occurred": "2026-10-17",
        "recorded_at": "2026-10-17T08:00:00Z",
        "origin": "live",
        "run": f"run {position}",
    }
    return Change(kind=kind, position=position, **(given | more))


def revised(position: int, significance: str = "substantive", **fields: tuple[str, str]) -> Change:
    changed = tuple(
        FieldChange(field=name.replace("__", "."), old=old, new=new) for name, (old, new) in fields.items()
    )
    return change("revised", position, significance=significance, fields=changed, occurred="")


def caught(list_: str, subject: str, **more) -> Recognition:
    given = {"score": 100, "evidence": (evidence(f"{subject} words"),)}
    return Recognition(watchlist=list_, subject=subject, **(given | more))


def material(key: str, *changes: Change, by: tuple[Recognition, ...], **more) -> Material:
    given = {"kind": "notice", "title": f"Title of {key}", "url": "", "source": "a-feed"}
    return Material(key=key, changes=changes, recognitions=by, **(given | more))


def keys(sections: tuple[Section, ...]) -> list[tuple[str, list[str]]]:
    return [(section.id, [entry.key for entry in section.entries]) for section in sections]


# ---- told once ----

LISTS = [
    watchlist("b", "s"),
    watchlist("low", "s", priority="low"),
    watchlist("a", "s"),
    watchlist("top", "s", "t", priority="high"),
]


def test_an_item_of_several_watchlists_stands_in_the_most_urgent_and_of_two_in_the_first_by_name() -> None:
    two = material("x:1", change(), by=(caught("b", "s"), caught("a", "s")))
    all_ = material("x:2", change(), by=tuple(caught(one.id, "s") for one in LISTS))
    sections = compose([two, all_], LISTS, period=PERIOD, once=True)
    assert keys(sections) == [("top", ["x:2"]), ("a", ["x:1"]), ("b", []), ("low", [])]
    assert [(r.subject, r.watchlist) for r in sections[0].entries[0].reasons] == [
        ("s", ""), ("s", "List a"), ("s", "List b"), ("s", "List low"),
    ]  # fmt: skip


def test_without_being_asked_each_section_has_its_own() -> None:
    both = material("x:1", change(), by=(caught("b", "s"), caught("a", "s")))
    sections = compose([both], LISTS[:3], period=PERIOD)
    assert keys(sections) == [("a", ["x:1"]), ("b", ["x:1"]), ("low", [])]
    assert {reason.watchlist for section in sections for e in section.entries for reason in e.reasons} == {""}


SUBJECTS = [(one.id, subject.id) for one in LISTS for subject in one.subjects]


@given(st.lists(st.lists(st.sampled_from(SUBJECTS), unique=True), max_size=8))
def test_told_once_loses_no_item_and_no_reason(catches: list[list[tuple[str, str]]]) -> None:
    told = [
        material(f"x:{n}", change(), by=tuple(caught(*pair) for pair in pairs))
        for n, pairs in enumerate(catches)
    ]
    sections = compose(told, LISTS, period=PERIOD, once=True)
    found = [entry.key for section in sections for entry in section.entries]
    assert sorted(found) == sorted(f"x:{n}" for n, pairs in enumerate(catches) if pairs)
    many = {e.key: len(e.reasons) for section in sections for e in section.entries}
    assert all(many[f"x:{n}"] == len(pairs) for n, pairs in enumerate(catches) if pairs)


# ---- what is material ----


@pytest.mark.parametrize(
    ("given", "on", "told"),
    [
        (change("new"), ["new"], True),
        (change("new"), ["status"], False),
        (change("moved", text="Reported."), ["status"], True),
        (change("moved", text="Reported."), ["new", "substantive"], False),
        (revised(10, "substantive", title=("a", "b")), ["substantive"], True),
        (revised(10, "metadata", url=("a", "b")), ["new", "substantive", "status"], False),
        (revised(10, "metadata", url=("a", "b")), ["metadata"], True),
        (revised(10, "typographic", title=("a", "A")), ["substantive", "metadata"], False),
        (revised(10, "substantive", details__deadline=("2026-11-01", "2026-12-01")), ["deadline"], True),
        (revised(10, "metadata", details__reply_deadline=("", "2026-12-01")), ["deadline"], True),
        (revised(10, "substantive", summary=("a", "b")), ["deadline"], False),
        (change("withdrawn", text="gone"), ["withdrawn"], True),
        (change("withdrawn", text="gone"), ["new"], False),
    ],
)  # fmt: skip
def test_only_what_the_watchlist_asks_for_is_told(given: Change, on: list[str], told: bool) -> None:
    assert bool(news([given], replace(USUAL, on=on))) is told
    # By the publishers' clock nothing is left out: it says what happened, not what is new.
    assert news([given], replace(USUAL, on=on, clock="occurred")) == (given,)


def test_a_new_item_that_states_a_deadline_is_told_to_those_who_want_deadlines() -> None:
    lists = [watchlist("a", "s", on='["deadline"]')]
    due = (Deadline(what="comments close", when="2026-12-01"),)
    told = [
        material("x:1", change(), by=(caught("a", "s"),), deadlines=due),
        material("x:2", change(), by=(caught("a", "s"),)),
    ]
    assert keys(compose(told, lists, period=PERIOD)) == [("a", ["x:1"])]


def test_two_watchlists_are_told_of_one_item_by_what_each_asks_for() -> None:
    lists = [watchlist("a", "s"), watchlist("b", "s", on='["metadata"]')]
    item = material("x:1", revised(10, "metadata", url=("a", "b")), by=(caught("a", "s"), caught("b", "s")))
    assert keys(compose([item], lists, period=PERIOD, once=True)) == [("a", []), ("b", ["x:1"])]


def test_a_small_revision_by_which_a_subject_came_to_recognise_an_item_makes_it_new_to_its_readers() -> None:
    small = revised(10, "metadata", subjects=("", "Next G"))
    assert news([small], replace(USUAL, known_at=11)) == (small,)
    assert news([small], replace(USUAL, known_at=9)) == ()
    assert news([small], replace(USUAL, known_at=11, on=["substantive"])) == ()


def test_that_no_subject_recognises_an_item_any_more_is_told_by_whatever_revision_it_came() -> None:
    small = revised(10, "metadata", subjects=("Next G", ""))
    assert news([small], replace(USUAL, lost=True)) == (small,)
    assert news([small], replace(USUAL, lost=True, on=["substantive"])) == ()


def test_what_was_past_when_the_subject_met_the_item_is_not_told() -> None:
    before, after = change("moved", 5, text="One."), change("moved", 15, text="Two.")
    assert news([before, after], replace(USUAL, past_until=10)) == (after,)


# ---- the difference from what was told ----


def test_several_revisions_are_one_from_the_first_old_to_the_last_new() -> None:
    (told,) = news(
        [
            revised(10, title=("A", "B"), summary=("one", "two")),
            revised(20, "typographic", title=("B", "C")),
            revised(30, "metadata", url=("u", "v")),
        ],
        USUAL,
    )
    assert [(f.field, f.old, f.new) for f in told.fields] == [
        ("title", "A", "C"),
        ("summary", "one", "two"),
        ("url", "u", "v"),
    ]
    assert (told.position, told.significance) == (30, "substantive")


def test_of_a_field_that_came_back_to_what_it_was_nothing_is_told() -> None:
    back = [revised(10, title=("A", "B"), summary=("one", "two")), revised(20, title=("B", "A"))]
    assert [[field.field for field in each.fields] for each in news(back, USUAL)] == [["summary"]]
    assert news([revised(10, title=("A", "B")), revised(20, title=("B", "A"))], USUAL) == ()


def test_one_material_revision_brings_the_small_ones_with_it() -> None:
    small = [revised(10, "typographic", title=("A", "a")), revised(20, "typographic", title=("a", "á"))]
    assert news(small, USUAL) == ()
    (told,) = news([*small, revised(30, title=("á", "B"))], USUAL)
    assert [(f.old, f.new) for f in told.fields] == [("A", "B")]


VALUES = st.sampled_from(["a", "b", "c"])


@given(st.lists(st.tuples(st.sampled_from(["title", "summary", "url"]), VALUES), max_size=8))
def test_what_is_told_of_revisions_leads_from_what_was_told_to_what_is(steps: list[tuple[str, str]]) -> None:
    before = {"title": "a", "summary": "b", "url": "c"}
    now = dict(before)
    history = []
    for place, (name, value) in enumerate(steps):
        if now[name] != value:
            history.append(revised(10 + place, **{name: (now[name], value)}))
            now[name] = value
    told = dict(before)
    for each in news(history, USUAL):
        for field in each.fields:
            assert told[field.field] == field.old != field.new
            told[field.field] = str(field.new)
    assert told == now


def test_a_revision_that_was_taken_back_within_the_day_is_in_the_log_and_in_no_digest(desk: Desk) -> None:
    desk.source("news")
    show(desk, feed(("1", "Another thing")))
    desk.poll()
    show(desk, feed(("2", "Next G Alliance meets"), ("1", "Another thing")))
    desk.poll()
    for title in ("Next G Alliance meets in Denver", "Next G Alliance meets"):
        desk.clock.advance(days=2 if "Denver" in title else 0)
        show(desk, feed(("2", title), ("1", "Another thing")))
        desk.poll()
    assert len(desk.events("ItemRevised")) == 2
    assert desk.told() == []
    assert [kind for _, kind, _ in desk.told(since="2020-01-01")] == ["new"]


# ---- the last days, and the whole way from the log ----


def test_activity_counts_news_on_the_day_it_was_recognised_and_never_what_was_there_before(
    desk: Desk,
) -> None:
    desk.source("news")
    show(desk, feed(("0", "Next G Alliance was there"), ("9", "NSF opens VINES")))
    desk.poll()
    desk.clock.advance(days=3)
    show(desk, feed(("1", "Next G Alliance meets"), ("2", "Next G Alliance speaks")))
    desk.poll()
    desk.clock.advance(days=1)
    show(desk, feed(("3", "Next G Alliance rests"), ("2", "Next G Alliance speaks")))
    desk.poll()
    (section,) = desk.digest().sections
    shown = {each.subject: each.days for each in section.activity}
    assert shown["next-g"][-3:] == (0, 2, 1)
    assert sum(shown["next-g"]) == 3
    assert shown["vines"] == (0,) * 30
    assert all(len(days) == 30 for days in shown.values())


def test_by_the_publishers_clock_activity_counts_what_was_published_on_each_day(desk: Desk) -> None:
    desk.source("news")
    show(desk, feed(("0", "Next G Alliance was there"), dates="Mon, 02 Jun 2025 20:00:00 GMT"))
    desk.poll()
    desk.tables += '\n[digest]\ntimezone = "Asia/Shanghai"\n'
    (section,) = desk.digest(since="2025-06-01", until="2025-06-04", by_clock="occurred").sections
    # In Shanghai that was the third.
    assert section.activity[0].days[-3:] == (0, 1, 0)


def test_the_digest_of_all_tells_an_item_once_and_that_of_one_watchlist_has_it_whole(desk: Desk) -> None:
    desk.watch(
        'title = "Meetings"\n[[subject]]\nid = "m"\nname = "Meetings"\nany = ["meets"]\n', name="meetings"
    )
    desk.source("news")
    show(desk, feed(("1", "Another thing")))
    desk.poll()
    show(desk, feed(("2", "Next G Alliance meets"), ("1", "Another thing")))
    desk.poll()
    (told,) = entries(desk)
    assert [(reason.subject, reason.watchlist) for reason in told.reasons] == [
        ("m", ""),
        ("next-g", "Networks"),
    ]
    (alone,) = entries(desk, only=["networks"])
    assert [(reason.subject, reason.watchlist) for reason in alone.reasons] == [("next-g", "")]


def entries(desk: Desk, **more) -> list[Entry]:
    return [entry for section in desk.digest(**more).sections for entry in section.entries]


def test_an_entry_has_its_items_summary_plain_and_bounded(desk: Desk) -> None:
    desk.source("news")
    show(desk, feed(("1", "Another thing")))
    desk.poll()
    long = "&lt;b&gt;The alliance&lt;/b&gt; " + "goes on and on " * 200
    item = f"<item><guid isPermaLink='false'>2</guid><title>Next G Alliance</title><description>{long}</description></item>"
    show(desk, f"<rss version='2.0'><channel><title>F</title>{item}</channel></rss>".encode())
    desk.poll()
    (told,) = entries(desk)
    assert told.summary.startswith("The alliance goes on")
    assert len(told.summary) <= 1000
