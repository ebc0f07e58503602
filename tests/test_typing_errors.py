"""Names with a typing error: found in the shipped watchlists, and told from words that merely look alike."""

from __future__ import annotations

import random
import string
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from monitor.core.matching import approximate
from monitor.core.matching.matcher import Document, Matcher, compile_watchlists
from monitor.core.watchlists import Subject, Term, Watchlist, parse_watchlist

FILES = sorted((Path(__file__).resolve().parent.parent / "watchlists").glob("*.toml"))


@cache
def shipped() -> tuple[Watchlist, ...]:
    return tuple(parse_watchlist(file.read_text(encoding="utf-8"), file=file.name) for file in FILES)


@cache
def matcher() -> Matcher:
    return compile_watchlists(shipped())


def recognised(title: str, fields: tuple[str, ...] = ("title",)) -> set[str]:
    document = Document(key="wire:1", kind="news", fields=dict.fromkeys(fields, (title,)))
    return {match.subject for match in matcher().match(document)}


def drop(name: str, at: int, _: random.Random) -> str:
    return name[:at] + name[at + 1 :]


def double(name: str, at: int, _: random.Random) -> str:
    return name[:at] + name[at] + name[at:]


def swap(name: str, at: int, _: random.Random) -> str:
    other = at + 1 if name[at + 1 : at + 2].isalpha() else at - 1
    letters = list(name)
    letters[at], letters[other] = letters[other], letters[at]
    return "".join(letters)


def replace(name: str, at: int, chance: random.Random) -> str:
    return name[:at] + chance.choice(string.ascii_lowercase) + name[at + 1 :]


def letters_of_words(name: str) -> list[int]:
    """The places of letters that have a letter beside them."""
    return [
        at
        for at, letter in enumerate(name)
        if letter.isalpha() and (name[at + 1 : at + 2].isalpha() or (at and name[at - 1].isalpha()))
    ]


def fuzzy_terms() -> Iterator[tuple[Subject, Term]]:
    return (
        (subject, term)
        for watchlist in shipped()
        for subject in watchlist.subjects
        for term in subject.any
        if term.fuzzy and not subject.keys
    )


@pytest.mark.parametrize("error", [drop, double, swap, replace])
def test_a_shipped_name_is_found_with_one_typing_error(
    error: Callable[[str, int, random.Random], str],
) -> None:
    missed, tried = [], 0
    for subject, term in fuzzy_terms():
        chance = random.Random(f"{term.text} {error.__name__}")
        for at in chance.sample(letters_of_words(term.text), 5):
            name = error(term.text, at, chance)
            found = recognised(f"A note on {name} and on {' '.join(term.near[:1])}", term.fields)
            tried += 1
            missed += [] if subject.id in found else [(subject.id, name)]
    assert tried > 800
    assert len(missed) <= 0.02 * tried, missed


# One letter or one word away from a name, and something else.
UNLIKE = [
    "National Strategy to Secure Cyberspace turns twenty",
    "Winning the AI race with China: an action plan",
    "The industry association said that prices would rise",
    "Professor Xiaoming Wang receives an award",
    "Hua Wei, a student, wins a prize",
    "NextGen Alliance for health records",
    "Dell Canada opens an office",
    "The Build Back Better would cost more",
    "Mr. Ericson of Minnesota and Mr. Erickson of Iowa",
    "Nokian Tyres builds a plant",
    "Night vision goggle recall",
    "Squad leaders meet",
    "Strategic competition at sea",
    "Starling flocks over the satellite field",
    "Strip and replace the roof of the courthouse",
    "Identity lists of voters",
    "Such an entity is of China, and the Department of Commerce says so",
    "Open manhole covers by the radio mast",
    "Samson Industries files notice",
    "Broadcasters and a broad company of a county",
    "Trade and Development Act of 2000",
    "Committee on Foreign Affairs hears of investment",
    "Indo-Pacific Strategic Energy Initiative",
    "Virtual LAN equipment",
]


@pytest.mark.parametrize("title", UNLIKE)
def test_what_only_looks_like_a_name_is_not_found(title: str) -> None:
    assert recognised(title) == set()


def found(phrase: str, title: str, *, fuzzy: int) -> list[str]:
    toml = (
        f'title = "w"\n[[subject]]\nid = "s"\nname = "s"\nany = [{{ text = "{phrase}", fuzzy = {fuzzy} }}]\n'
    )
    alone = compile_watchlists([parse_watchlist(toml, file="w.toml")])
    document = Document(key="k:1", kind="news", fields={"title": (title,)})
    return [one.quote for match in alone.match(document) for one in match.evidence]


@pytest.mark.parametrize("at", range(len("samsung") - 1))
def test_two_letters_of_a_short_name_may_stand_in_each_others_place_anywhere(at: int) -> None:
    name = swap("samsung", at, random.Random())
    assert found("samsung", f"the {name} works", fuzzy=85) == [name]


@pytest.mark.parametrize("title", ["the Xiaommi shop", "the Xiaom shop", "Xaomi's shop"])
def test_a_letter_too_many_or_too_few_in_a_short_name_is_one_error(title: str) -> None:
    assert found("Xiaomi", title, fuzzy=90) != []


def test_two_errors_in_different_parts_of_a_long_name_are_found() -> None:
    name = "Commitee on Foreign Invesment"
    assert found("Committee on Foreign Investment", f"The {name} met.", fuzzy=90) == [name]


def test_another_figure_is_no_typing_error() -> None:
    assert found("Winning the 5G Race", "Winning the 6G Race", fuzzy=80) == []
    assert found("Winning the 5G Race", "Winning the Race", fuzzy=80) == []
    assert found("Winning the 5G Race", "Winnig the 5G Race", fuzzy=80) == ["Winnig the 5G Race"]


def test_a_short_name_is_not_found_in_two_words() -> None:
    assert found("Huawei", "Hua Wei spoke", fuzzy=83) == []


def test_what_is_shown_begins_and_ends_with_a_word() -> None:
    assert found("blue dot network", "a ( Blue Dot Netwrok. )", fuzzy=85) == ["Blue Dot Netwrok"]


def test_a_piece_of_a_long_name_has_letters_of_two_words_where_it_can() -> None:
    assert approximate.clues("Blue Dot Network")[:2] == ("bluedo", "tnetwork")
    assert approximate.clues("Trade and Development Agency")[:3] == ("tradean", "ddevelopm", "entagency")
