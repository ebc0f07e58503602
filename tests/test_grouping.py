"""Entries that tell the same story stand under the most authoritative one, and none of them is lost."""

from __future__ import annotations

from dataclasses import replace

import pytest
from digest_samples import change, entry, evidence, reason
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.digests import Deadline, Entry, Section
from monitor.core.grouping import Ties, folded, related

SHARING = "Sharing of the Lower 37 GHz Band between Federal and other users"
ONE = reason("spectrum", evidence("GHz"), name="Spectrum")
TWO = reason("open-ran", evidence("RAN"), name="Open RAN")


def told(key: str, title: str, source: str = "", **more) -> Entry:
    given = {"reasons": (ONE,), "source": source or key.partition(":")[0]}
    return entry(key, title, *more.pop("changes", (change("new", "2026-10-17"),)), **(given | more))


def section(*entries: Entry, ties: dict[str, Ties] | None = None, priority: str = "normal") -> Section:
    return Section(id="w", title="W", priority=priority, entries=related(entries, ties or {}))


def names(*entries: Entry, ties: dict[str, Ties] | None = None) -> dict[str, list[str]]:
    return {
        each.key: [other.key for other in each.related]
        for each in folded(section(*entries, ties=ties)).entries
    }


def test_news_of_a_document_stands_under_the_document_whoever_came_first() -> None:
    news = told("trade:1", f"{SHARING}, FCC says", occurred="2026-10-16")
    notice = told("frdoc:2026-18299", SHARING)
    for given_ in ((news, notice), (notice, news)):
        assert names(*given_) == {"frdoc:2026-18299": ["trade:1"]}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("FCC opens the upper 6 GHz band to very low power devices", "FCC opens the lower 37 GHz band to very low power devices"),
        ("Meeting of the committee on networks", "Meeting"),
        ("Open RAN notice", "Open RAN notice"),
        ("Draft guidance on the security of open networks, part 1", "Draft guidance on the security of open networks, part 2"),
        ("令和８年度の電波利用料に関する意見募集の結果", "令和９年度の電波利用料に関する意見募集の結果"),
    ],
)  # fmt: skip
def test_titles_that_differ_in_a_figure_or_say_too_little_are_no_sign_of_one_story(
    one: str, other: str
) -> None:
    assert names(told("a:1", one), told("b:1", other)) == {"a:1": [], "b:1": []}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (SHARING, f"  {SHARING.upper()}. "),
        (SHARING, f"Federal and other users: {SHARING.lower()}"),
        (
            "Beyond 5G 推進戦略の改定案に対する意見募集の結果",
            "「Ｂｅｙｏｎｄ ５Ｇ推進戦略」の改定案に対する意見募集の結果",
        ),
    ],
)
def test_nearly_the_same_words_of_two_sources_are_one_story(one: str, other: str) -> None:
    assert names(told("a:1", one), told("b:1", other)) == {"a:1": ["b:1"]}


def test_one_source_that_says_the_same_twice_means_two_things() -> None:
    assert names(told("a:1", SHARING), told("a:2", SHARING)) == {"a:1": [], "a:2": []}


def test_two_documents_of_one_series_are_two_stories_whatever_they_are_called() -> None:
    act = "Promoting United States Wireless Leadership Act of 2025"
    bills = (told("bill:119-hr-1765", act, "congress"), told("bill:119-s-900", act, "billstatus"))
    assert names(*bills) == {"bill:119-hr-1765": [], "bill:119-s-900": []}


def test_what_names_one_document_belongs_to_it_and_what_names_several_to_none() -> None:
    call = told("nsf:25-539", "Verticals-enabling Intelligent Network Systems")
    news = told("nsf-news:1", "A new call opens")
    other = told("trade:1", "Two calls compared")
    ties = {
        "nsf-news:1": Ties(cites=frozenset({"nsf:25-539", "docket:21-186"})),
        "trade:1": Ties(cites=frozenset({"nsf:25-539", "nsf:25-501"})),
    }
    assert names(call, news, other, ties=ties) == {"nsf:25-539": ["nsf-news:1"], "trade:1": []}


def test_what_a_docket_gathers_is_not_one_story() -> None:
    ties = {key: Ties(cites=frozenset({"docket:21-186"})) for key in ("ecfs:1", "trade:1")}
    assert names(told("ecfs:1", "Comments of one"), told("trade:1", "Reply of another"), ties=ties) == {
        "ecfs:1": [],
        "trade:1": [],
    }


def test_what_somebody_confirmed_belongs_together() -> None:
    ties = {"b:1": Ties(linked=frozenset({"a:1", "somewhere:else"}))}
    assert names(told("a:1", "Alpha"), told("b:1", "Beta"), ties=ties) == {"a:1": ["b:1"]}


def test_an_item_to_which_something_happened_keeps_its_own_place() -> None:
    step = (change("new", "2026-10-16"), change("moved", "2026-10-17", text="Reported."))
    moved = told("trade:1", SHARING, changes=step)
    assert names(told("frdoc:2026-18299", SHARING), moved) == {"frdoc:2026-18299": [], "trade:1": []}


def test_news_is_not_hidden_under_what_was_there_before() -> None:
    old = told("frdoc:2026-18299", SHARING, changes=(change("new", "2026-01-01", origin="baseline"),))
    assert names(old, told("trade:1", SHARING)) == {"frdoc:2026-18299": [], "trade:1": []}


def test_a_watchlist_that_has_a_line_for_each_item_keeps_its_lines() -> None:
    low = section(told("frdoc:2026-18299", SHARING), told("trade:1", SHARING), priority="low")
    assert folded(low) == low


def test_what_is_due_and_the_subjects_of_a_folded_entry_come_with_it() -> None:
    due = Deadline(what="comments close", when="2026-12-01")
    member = told("trade:1", SHARING, reasons=(TWO, ONE), deadlines=(due, replace(due, what="meeting")))
    (kept,) = folded(section(told("frdoc:2026-18299", SHARING, deadlines=(due,)), member)).entries
    assert [each.subject for each in kept.reasons] == ["spectrum", "open-ran"]
    assert [each.what for each in kept.deadlines] == ["comments close", "meeting"]


WORDS = st.sampled_from(["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta"])
KINDS = st.sampled_from(["frdoc", "bill", "nsf", "news", "blog"])
KEYS = st.tuples(KINDS, st.integers(1, 9)).map(lambda pair: f"{pair[0]}:{pair[1]}")


@st.composite
def sections(draw: st.DrawFn) -> tuple[Section, dict[str, Ties]]:
    entries, ties = [], {}
    for key in draw(st.lists(KEYS, unique=True, max_size=9)):
        title = " ".join(draw(st.lists(WORDS, min_size=4, max_size=8)))
        kinds = draw(st.sampled_from([("new",), ("new", "moved"), ("revised",)]))
        origin = draw(st.sampled_from(["live", "baseline"]))
        reasons = tuple(draw(st.lists(st.sampled_from([ONE, TWO]), min_size=1, unique_by=id)))
        due = tuple(Deadline(what=what, when="2026-12-01") for what in draw(st.sets(WORDS, max_size=2)))
        changes = tuple(change(kind, "2026-10-17", origin=origin) for kind in kinds)
        entries.append(told(key, title, changes=changes, reasons=reasons, deadlines=due))
        ties[key] = Ties(
            cites=frozenset(draw(st.sets(KEYS, max_size=2))),
            linked=frozenset(draw(st.sets(KEYS, max_size=1))),
        )
    return section(*entries, ties=ties), ties


@given(sections())
def test_grouping_loses_nothing(given_: tuple[Section, dict[str, Ties]]) -> None:
    before, _ = given_
    after = folded(before)
    kept = {each.key: each for each in after.entries}
    named = {other.key for each in after.entries for other in each.related}
    assert kept.keys() | named == {each.key for each in before.entries}
    assert len(after.entries) == len(kept)
    subjects = {reason.subject for each in before.entries for reason in each.reasons}
    assert {reason.subject for each in after.entries for reason in each.reasons} == subjects
    due = {each.what for one in before.entries for each in one.deadlines}
    assert {each.what for one in after.entries for each in one.deadlines} == due
    # What happened to an item is never told as a name alone.
    assert all(each.key in kept for each in before.entries if {c.kind for c in each.changes} != {"new"})


@given(sections())
def test_of_the_same_entries_in_another_order_the_same_are_told(
    given_: tuple[Section, dict[str, Ties]],
) -> None:
    before, ties = given_
    bare = [replace(each, related=()) for each in reversed(before.entries)]
    turned = folded(replace(before, entries=related(bare, ties)))
    assert {each.key for each in turned.entries} == {each.key for each in folded(before).entries}


def test_a_thousand_entries_are_compared_in_no_time() -> None:
    many = [
        told(f"source-{n % 7}:{n}", f"Notice number {n} on the use of band {n} by station {n * 3}")
        for n in range(3000)
    ]
    assert len(related(many, {})) == 3000
