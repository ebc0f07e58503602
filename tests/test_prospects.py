"""What is ruled out beforehand as a misspelt phrase would not have been found by looking closer either."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.matching import approximate
from monitor.core.matching.han import one_form
from monitor.core.matching.prospects import prospects
from monitor.core.matching.scanning import Hits, Scanner, literal
from monitor.core.text import fold
from monitor.core.watchlists import parse_watchlist

FILES = sorted((Path(__file__).resolve().parent.parent / "watchlists").glob("*.toml"))
SHIPPED = sorted(
    {
        (term.text, term.fuzzy)
        for file in FILES
        for subject in parse_watchlist(file.read_text(encoding="utf-8"), file=file.name).subjects
        for term in subject.any
        if term.fuzzy
    }
)
PHRASES = [
    "samsung",
    "Xiaomi",
    "Huawei Technologies",
    "Next G Alliance",
    "Open Radio Access Network",
    "Entity List",
]
FILLING = [
    "and the",
    "of",
    "a",
    "-",
    "list",
    "national",
    "-- ",
    "tech nologies",
    "IS",
    "2.5",
    "alliances of the network",
]


def misspelt(phrase: str, errors: int, chance: Random) -> str:
    """A phrase with so many errors, of which spaces, hyphens and moved words are some."""
    for _ in range(errors):
        at = chance.randrange(len(phrase))
        match chance.randrange(6):
            case 0:
                phrase = phrase[:at] + phrase[at + 1 :]
            case 1:
                phrase = phrase[:at] + chance.choice("aeinst ") + phrase[at:]
            case 2:
                phrase = phrase[:at] + chance.choice("aeinst-") + phrase[at + 1 :]
            case 3:
                phrase = phrase[:at] + phrase[at + 1 : at + 2] + phrase[at : at + 1] + phrase[at + 2 :]
            case 4:
                phrase = phrase[:at] + chance.choice((" - ", " ", " (of) ")) + phrase[at:]
            case _:
                phrase = " ".join(chance.sample(words := phrase.split(), len(words)))
        phrase = phrase or "a"
    return phrase


def sought(phrase: str, least: int, text: str) -> tuple[bool, bool]:
    """Whether the phrase is found in a text by looking closer, and whether that was promised."""
    clues = [literal(clue, loose=True) for clue in approximate.clues(phrase)]
    folded = fold(text)
    hits: Hits = Scanner(clues).scan(folded)
    needle = one_form(fold(phrase).lower)
    places = [hits.get(clue) for clue in range(len(clues))]
    found = approximate.find(needle, one_form(folded.lower), places, least=least)
    promised = any(
        bool(starts := hits.unchecked(clue)) and prospect.promises(hits.lower, starts)
        for clue, prospect in enumerate(prospects(phrase, least))
    )
    return found is not None, promised


@pytest.mark.parametrize("errors", [0, 1, 2, 3, 4])
def test_no_shipped_phrase_is_ruled_out_where_it_is_found(errors: int) -> None:
    chance = Random(errors)
    told: Counter[tuple[bool, bool]] = Counter()
    for phrase, least in SHIPPED:
        for _ in range(12):
            between = [chance.choice(FILLING) for _ in range(chance.randrange(6))]
            said = [*between, misspelt(phrase, errors, chance), *between[::-1]]
            told[sought(phrase, least, " ".join(said))] += 1
    assert told[True, True] > 50
    assert told[True, False] == 0


@settings(max_examples=400)
@given(
    phrase=st.sampled_from(PHRASES),
    least=st.integers(50, 100),
    errors=st.lists(st.integers(0, 6), min_size=1, max_size=3),
    before=st.text("abeginst -.", max_size=40),
    seed=st.integers(0, 10_000),
)
def test_nothing_is_ruled_out_that_is_found_whatever_score_is_asked_for(
    phrase: str, least: int, errors: list[int], before: str, seed: int
) -> None:
    chance = Random(seed)
    text = before.join(misspelt(phrase, count, chance) for count in errors)
    found, promised = sought(phrase, least, f"{before} {text} {before}")
    assert promised or not found


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("Trade and Development Agency", "a trade anda quite other development of agents"),
        ("Indo-Pacific Economic Framework", "the Indo-Pacific in a frame of work and of economy"),
        ("Next G Alliance", "Alliance for health records of the next of kin"),
    ],
)
def test_a_clue_without_the_rest_of_its_phrase_promises_nothing(phrase: str, text: str) -> None:
    assert sought(phrase, 90, text) == (False, False)


def test_words_in_another_order_are_not_ruled_out() -> None:
    assert sought("Trade and Development Agency", 85, "the agency development and trade") == (True, True)


def test_a_promise_is_kept_apart_for_each_place_of_a_clue() -> None:
    lone = "huaweite " + "x" * 600 + " "
    assert sought("Huawei Technologies", 90, lone * 3 + "Huawei Technologeis") == (True, True)
    assert sought("Huawei Technologies", 90, lone * 3) == (False, False)
