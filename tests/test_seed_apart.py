"""`monitor seed` over documents that were written, and read, before it was tried on them: shares, for no reading is the only one.

Of each, `explicit` is what it names outright, `also` what a reader may propose besides, `traps` what nobody should.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from seed_reading import is_named

from monitor.app.seeding import known_names, read_document
from monitor.core.extraction import Proposal, propose

APART = Path(__file__).resolve().parent / "seeds_apart"
DOCUMENTS = sorted(path for path in APART.iterdir() if path.suffix != ".toml")


@cache
def proposals(path: Path) -> tuple[Proposal, ...]:
    return tuple(propose([read_document(path)], known_names()))


def reading(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.with_suffix(".toml").read_text(encoding="utf-8"))


def test_what_is_named_outright_is_found() -> None:
    wanted = [(path, names) for path in DOCUMENTS for names in reading(path)["explicit"]]
    missed = [names[0] for path, names in wanted if not any(is_named(one, names) for one in proposals(path))]
    assert len(missed) <= 0.03 * len(wanted), missed


def test_what_is_proposed_is_something_to_follow() -> None:
    made = [(path, one) for path in DOCUMENTS for one in proposals(path)]
    beside = [
        one.name
        for path, one in made
        if not any(is_named(one, names) for names in [*reading(path)["explicit"], *reading(path)["also"]])
    ]
    assert len(beside) <= 0.05 * len(made), beside


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_no_phrase_and_no_person_is_taken_for_a_subject(path: Path) -> None:
    assert not [trap for trap in reading(path)["traps"] for one in proposals(path) if is_named(one, [trap])]
