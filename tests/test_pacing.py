"""When to ask again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from monitor.core.fetches import Allowance
from monitor.core.pacing import (
    Interval,
    adapted,
    backoff_s,
    budget_gap_s,
    chance,
    crawl_delay_s,
    refused_s,
    wait_s,
)

HOURLY = Interval(every_s=3600, fastest_s=900)


def test_a_window_that_turned_over_by_more_than_half_is_polled_twice_as_often_down_to_the_fastest() -> None:
    seen = [3600]
    for _ in range(4):
        seen.append(adapted(Interval(every_s=3600, fastest_s=900, now_s=seen[-1]), 0.9))
    assert seen == [3600, 1800, 900, 900, 900]


def test_a_calm_source_goes_back_to_its_interval() -> None:
    now_s = 900
    for _ in range(10):
        now_s = adapted(Interval(every_s=3600, fastest_s=900, now_s=now_s), 0.0)
    assert now_s == 3600


def test_a_turnover_in_between_changes_nothing() -> None:
    assert adapted(Interval(every_s=3600, fastest_s=900, now_s=1800), 0.4) == 1800
    assert adapted(HOURLY, None) == 3600


def test_a_publishers_wish_stretches_an_interval_to_no_more_than_twice() -> None:
    assert wait_s(3600, every_s=3600, stated_s=5000, seed="") == wait_s(
        5000, every_s=5000, stated_s=0, seed=""
    )
    assert 0.95 * 7200 <= wait_s(3600, every_s=3600, stated_s=10**9, seed="a") <= 1.05 * 7200


@given(st.text(), st.integers(60, 10**6))
def test_jitter_is_within_a_twentieth_and_repeatable(seed: str, every_s: int) -> None:
    waited = wait_s(every_s, every_s=every_s, stated_s=0, seed=seed)
    assert 0.95 * every_s <= waited <= 1.05 * every_s
    assert waited == wait_s(every_s, every_s=every_s, stated_s=0, seed=seed)


@given(st.integers(1, 10**6), st.text())
def test_backoff_grows_never_ends_and_never_hammers(failures: int, seed: str) -> None:
    assert 60 <= backoff_s(failures, every_s=604_800, seed=seed) <= 1.05 * 604_800
    assert 60 <= backoff_s(failures, every_s=3600, seed=seed) <= 1.05 * 86_400
    assert backoff_s(failures + 30, every_s=3600, seed=seed) >= 0.95 * 86_400


@given(st.text())
def test_who_fails_is_tried_within_minutes_and_then_no_oftener_than_who_answers(seed: str) -> None:
    assert backoff_s(1, every_s=3600, seed=seed) <= 300
    assert backoff_s(2, every_s=3600, seed=seed) <= 600
    for failures, least_h in ((5, 1), (6, 2), (8, 8), (20, 24)):
        assert backoff_s(failures, every_s=3600, seed=seed) >= 0.95 * least_h * 3600
    assert backoff_s(3, every_s=900, seed=seed) >= 0.95 * 900


@given(st.text())
def test_who_refuses_us_is_asked_no_sooner_than_usual_then_ever_later_up_to_a_day(seed: str) -> None:
    for failures, hours in ((1, 1), (2, 2), (4, 8), (5, 16), (6, 24), (10**6, 24)):
        assert 0.95 * hours <= refused_s(failures, every_s=3600, seed=seed) / 3600 <= 1.05 * hours
    assert refused_s(9, every_s=604_800, seed=seed) >= 0.95 * 604_800


@given(st.text())
def test_a_chance_is_from_0_up_to_1(seed: str) -> None:
    assert 0 <= chance(seed) < 1


def test_a_key_with_less_than_a_tenth_left_is_used_slowly() -> None:
    assert budget_gap_s(Allowance(limit=1000, remaining=101)) == 0
    assert budget_gap_s(Allowance(limit=1000, remaining=100)) == 36
    assert budget_gap_s(Allowance(limit=1000, remaining=5)) == 720
    assert budget_gap_s(Allowance(limit=1000, remaining=0)) == 900


def test_crawl_delays_are_those_of_the_setting_else_of_robots_txt() -> None:
    assert crawl_delay_s("www.gao.gov", {}) == 420
    assert crawl_delay_s("www.gao.gov", {"www.gao.gov": 1}) == 1
    assert crawl_delay_s("127.0.0.1:8000", {"127.0.0.1": 2}) == 2
    assert crawl_delay_s("example.org", {}) == 0
