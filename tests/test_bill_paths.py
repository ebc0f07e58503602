"""A bill's way: what it went through, where it stands, and what is still ahead of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core import bills
from monitor.core.bill_paths import path
from monitor.core.bills import Stage, stage
from monitor.core.dates import parse_when
from monitor.core.items import Action
from monitor.core.renderings.drawings import activity, bars, bucketed, signs, stages
from monitor.core.renderings.neutral import cells
from monitor.core.renderings.wrapping import ASCII, TYPOGRAPHIC

SIGNS = {"past": "+", "now": "=", "ahead": "-", "failed": "!"}


def way(key: str, *names: str) -> str:
    found = path(Stage(name=names[-1], since="", text="", path=names), key)
    return " ".join(f"{SIGNS[step.state]}{step.name}" for step in found)


@pytest.mark.parametrize(
    ("key", "names", "expected"),
    [
        ("bill:119-hr-1", ["introduced"], "=introduced -reported -House -Senate -President -law"),
        ("bill:119-s-1", ["introduced", "reported"], "+introduced =reported -Senate -House -President -law"),
        ("bill:119-s-1", ["introduced", "on calendar"], "+introduced =on calendar -Senate -House -President -law"),
        ("bill:119-hr-1", ["introduced", "ordered reported"], "=introduced -reported -House -Senate -President -law"),
        ("bill:119-hr-1", ["introduced", "ordered reported", "passed House"], "+introduced =House -Senate -President -law"),
        ("bill:119-hr-1", ["introduced", "passed House", "passed Senate", "passed both"], "+introduced +House =Senate -President -law"),
        ("bill:119-hr-1", ["introduced", "passed House", "passed Senate", "passed both", "to President", "signed", "law"],
         "+introduced +House +Senate +President +signed =law"),
        ("bill:119-hr-1", ["introduced", "reported", "failed in House"], "+introduced +reported !House"),
        ("bill:119-hr-1", ["introduced", "passed House", "passed Senate", "passed both", "to President", "vetoed"],
         "+introduced +House +Senate +President !vetoed"),
        ("bill:119-hres-1", ["introduced"], "=introduced -reported -agreed to"),
        ("bill:119-sconres-1", ["introduced", "passed Senate"], "+introduced =Senate -House -agreed to"),
        ("frdoc:2024-1", ["introduced"], ""),
        ("bill:119-hr-1", ["what is that"], ""),
    ],
)  # fmt: skip
def test_the_way_says_what_is_past_and_what_is_ahead(key: str, names: list[str], expected: str) -> None:
    assert way(key, *names) == expected


def test_a_document_without_a_stage_has_no_way() -> None:
    assert path(None, "bill:119-hr-1") == ()


STEPS = (
    "Introduced in House",
    "Reported by the Committee on Energy",
    "Passed/agreed to in House",
    "Passed/agreed to in Senate",
    "Failed of passage in Senate",
    "Presented to President.",
    "Signed by President.",
    "Vetoed by President.",
    "Became Public Law No: 119-1",
    "Committee on Finance discharged",
)


@given(
    st.sampled_from(bills.TYPES),
    st.lists(st.tuples(st.sampled_from(STEPS), st.integers(1, 28)), min_size=1, max_size=8),
)
def test_whatever_happened_to_a_bill_it_stands_at_one_place_of_its_way(
    type_: str, told: list[tuple[str, int]]
) -> None:
    key = f"bill:119-{type_}-1"
    actions = [
        Action(key=str(n), text=text, when=parse_when(f"2025-03-{day:02}"))
        for n, (text, day) in enumerate(told)
    ]
    states = [step.state for step in path(stage(actions, key=key), key)]
    assert sum(state in {"now", "failed"} for state in states) == (1 if stage(actions, key=key) else 0)
    here = next((n for n, state in enumerate(states) if state in {"now", "failed"}), 0)
    assert set(states[:here]) <= {"past"}
    assert set(states[here + 1 :]) <= {"ahead"}


# ---- drawn ----

INTRODUCED = path(Stage(name="reported", since="", text="", path=("introduced", "reported")), "bill:119-hr-1")


def drawn(room: int) -> str:
    return "".join(span.text for span in stages(INTRODUCED, room, TYPOGRAPHIC))


def test_the_line_of_stages_gives_up_its_joints_and_then_its_names_where_it_is_narrow() -> None:
    assert drawn(80) == "● introduced ─ ● reported ─ ○ House ─ ○ Senate ─ ○ President ─ ○ law"
    assert drawn(66) == "● introduced ● reported ○ House ○ Senate ○ President ○ law"
    assert drawn(40) == "●●○○○○ reported"
    assert "".join(span.text for span in stages(INTRODUCED, 66, ASCII)) == (
        "* introduced * reported . House . Senate . President . law"
    )
    assert signs(INTRODUCED, ASCII) == "**...."


@given(st.integers(20, 120))
def test_the_line_of_stages_fits(room: int) -> None:
    assert cells(drawn(room)) <= room


def test_a_day_without_anything_is_the_lowest_bar_and_one_item_is_no_peak() -> None:
    assert bars([0, 1, 2, 3, 4], TYPOGRAPHIC) == "▁▂▃▅▇"
    assert bars([0, 1, 2, 3, 4], ASCII) == ".:-=#"
    assert bars([1, 400], TYPOGRAPHIC) == "▂▇"


def test_bars_lose_their_words_and_then_their_days_where_there_is_no_room() -> None:
    days = (0,) * 27 + (1, 0, 4)
    assert activity(days, "5 in 30 days", 60, TYPOGRAPHIC) == f"{'▁' * 27}▂▁▇ 5 in 30 days"
    assert activity(days, "5 in 30 days", 34, TYPOGRAPHIC) == f"{'▁' * 27}▂▁▇ 5"
    assert activity(days, "5 in 30 days", 14, TYPOGRAPHIC) == f"{'▁' * 9}▇ 5"
    assert activity(days, "5 in 30 days", 5, TYPOGRAPHIC) == ""
    assert (
        activity((0,) * 30, " in 30 days", 60, TYPOGRAPHIC)
        == activity((), " in 30 days", 60, TYPOGRAPHIC)
        == ""
    )


@given(st.lists(st.integers(0, 10**6), max_size=40), st.integers(1, 12))
def test_summed_days_are_the_same_in_all(days: list[int], buckets: int) -> None:
    assert sum(bucketed(days, buckets)) == sum(days)
    assert len(bucketed(days, buckets)) <= max(buckets, 1)
