"""Killed at any moment while it delivers to real receivers: everything arrives, is recorded once, and keeps its id."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from crashing import evenly
from dying import Death
from posting import Yard


@pytest.fixture(scope="module")
def yard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yard]:
    with Yard(tmp_path_factory.mktemp("yard")) as yard:
        yield yard


def kept(yard: Yard, deaths: list[Death]) -> int:
    """How many of these deaths came to pass. After none of them may anything be wrong."""
    trials = yard.tries(deaths)
    assert [trial for trial in trials if trial.problems] == []
    return sum(trial.kills for trial in trials)


def test_killed_before_any_statement_of_a_delivery_all_is_told_once(yard: Yard) -> None:
    # Where a delivery is taken without a word, the others of its output wait: there are fewer statements.
    assert kept(yard, [Death(before=n) for n in evenly(yard.run.statements, 16)]) >= 14


def test_killed_after_any_commit_of_a_delivery_all_is_told_once(yard: Yard) -> None:
    assert yard.run.commits > 20
    assert kept(yard, [Death(after=n) for n in evenly(yard.run.commits, 14)]) >= 12


def test_killed_before_any_act_that_others_see_all_is_told_once(yard: Yard) -> None:
    assert yard.run.acts > 100
    assert kept(yard, [Death(act=n) for n in evenly(yard.run.acts, 14)]) >= 12


def test_killed_at_any_moment_of_a_delivery_all_is_told_once(yard: Yard) -> None:
    latest_s, kills = yard.run.seconds, 0
    while kills < 4:  # the run may have been timed on a busier machine: then it ends before the late moments
        moments = [random.uniform(0.001, latest_s) for _ in range(12)]
        kills += kept(yard, [Death(after_s=moment) for moment in moments])
        latest_s /= 2
