"""Where two texts differ, in passages that a person reads: bounded, in order, and true to both texts."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.differences import Passages, passages

SENTENCES = [f"Section {n} speaks of matter {n} and of what follows from it." for n in range(3_000)]
texts = st.lists(st.sampled_from([*"ab., 日", "word", "the end", "5G", ". "]), max_size=40).map("".join)


def marked(found: Passages) -> list[str]:
    """Each passage on a line, gaps as dots."""
    signs = {"same": "{}", "old": "[-{}-]", "new": "{{+{}+}}", "gap": "…"}
    return ["".join(signs[run.mark].format(run.text) for run in runs) for runs in found.told]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("One. Two. Three.", "One. Three.", ["One. [-Two.-] Three."]),
        ("It begins on 1 May.", "It begins on 19 May.", ["It begins on [-1-] {+19+} May."]),
        ("", "All of it.", ["{+All of it.+}"]),
        ("All of it.", "", ["[-All of it.-]"]),
        (
            "第六世代の研究。国際協力を進める。",
            "第六世代の研究開発。国際協力を進める。",
            ["第六世代の研究{+開発+}。国際協力を進める。"],
        ),
        ("The same.", "The same.", []),
    ],
)
def test_a_difference_is_told_word_by_word(old: str, new: str, told: list[str]) -> None:
    assert marked(passages(old, new)) == told


def test_of_a_long_text_only_the_places_that_differ_are_told_with_a_few_words_around() -> None:
    later = list(SENTENCES)
    later[1_000] = later[1_000].replace("follows", "came")
    later.insert(2_000, "A sentence of its own.")
    del later[2_500]
    first, second, third = marked(passages(" ".join(SENTENCES), " ".join(later)))
    assert first == "…of matter 1000 and of what [-follows-] {+came+} from it. Section 1001 speaks …"
    assert "{+A sentence of its own.+}" in second
    assert "[-Section 2499 speaks of matter 2499 and of what follows from it.-]" in third
    assert len(first + second + third) < 500


def test_the_first_places_are_told_and_the_others_counted() -> None:
    later = [s.replace("speaks", "tells") if n % 100 == 0 else s for n, s in enumerate(SENTENCES)]
    found = passages(" ".join(SENTENCES), " ".join(later), most=4)
    assert (len(found.told), found.more) == (4, 26)
    assert all("[-speaks-] {+tells+}" in line for line in marked(found))


def test_one_word_is_found_in_a_text_without_any_sentence() -> None:
    assert marked(passages("word " * 50_000, "word " * 20_000 + "other " + "word " * 30_000)) == [
        "…word word word word word word {+other+} word word word word word word…"
    ]


@given(texts, texts)
def test_what_is_marked_stands_in_the_text_that_it_is_said_to_be_of(old: str, new: str) -> None:
    found = passages(old, new)
    assert found == Passages(told=()) if old == new else found.told
    for run in (run for runs in found.told for run in runs):
        assert run.mark != "old" or run.text in old
        assert run.mark != "new" or run.text in new
        assert run.mark == "gap" or run.text


@given(texts, texts)
def test_without_a_gap_both_texts_can_be_read_back_but_for_spaces(old: str, new: str) -> None:
    found = passages(old, new)
    for runs in found.told:
        if len(found.told) == 1 and "gap" not in {run.mark for run in runs}:
            for mark, text in (("old", old), ("new", new)):
                kept = "".join(run.text for run in runs if run.mark in {"same", mark})
                assert "".join(kept.split()) == "".join(text.split())


def test_the_worst_texts_take_no_longer_than_a_person_waits() -> None:
    shuffler = random.Random(7)
    again = [f"s{n}. " for n in range(150)] * 150
    other = again.copy()
    shuffler.shuffle(again)
    shuffler.shuffle(other)
    began = time.monotonic()
    for old, new in (
        (again, other),
        (["a"] * 500_000, ["b"] * 500_000),
        (["s. "] * 60_000, ["s. "] * 70_000),
    ):
        told = [run for runs in passages("".join(old), "".join(new)).told for run in runs]
        assert sum(len(run.text) for run in told) < 200_000
    assert time.monotonic() - began < 20
