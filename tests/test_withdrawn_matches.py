"""A match is withdrawn, with its reason, as soon as the item's words or the watchlist's rule no longer support it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from desk import Desk, feed
from webserver import Reply, WebServer

from monitor import app

_RULE = 'title = "Networks"\n[[subject]]\nid = "ran"\nname = "Open RAN"\nany = ["Open RAN"]\n'
_OTHER = 'title = "Other"\n[[subject]]\nid = "vines"\nany = ["VINES"]\n'
_A, _B = ("a", "Open RAN in Palau"), ("b", "Open RAN in Manila")


@pytest.fixture
def desk(tmp_path: Path, web: WebServer) -> Desk:
    desk = Desk(tmp_path, web)
    desk.source("news")
    desk.watch(_RULE)
    return desk


def withdrawn(desk: Desk) -> list[tuple[str, str, str]]:
    return [(event.subject, event.key, event.reason) for event in desk.events("MatchWithdrawn")]


def standing(desk: Desk) -> set[tuple[str, str]]:
    with app.reading(desk.settings()) as archive:
        rows: list[Any] = archive.views.conn.execute("SELECT * FROM matches WHERE withdrawn = ''").fetchall()
    return {(row["subject"], row["key"]) for row in rows}


def test_a_none_that_is_added_withdraws_what_it_forbids_and_nothing_else(desk: Desk) -> None:
    desk.web.answer("/news", Reply(body=feed(_A, _B)))
    desk.poll()
    desk.watch(_RULE + 'none = ["Manila"]\n')
    desk.poll()
    assert withdrawn(desk) == [("ran", "news:b", "the watchlist was changed")]
    assert standing(desk) == {("ran", "news:a")}


def test_a_rule_that_is_put_back_recognises_its_past_again_silently(desk: Desk) -> None:
    desk.web.answer("/news", Reply(body=feed(_B)), Reply(body=feed(_A, _B)))
    desk.poll()
    desk.poll()
    for rule in ('any = ["nothing"]', 'any = ["Open RAN"]'):
        desk.watch(_RULE.replace('any = ["Open RAN"]', rule))
        desk.poll()
    origins = [event.origin for event in desk.events("ItemMatched") if event.key == "news:a"]
    assert origins == ["live", "backfill"]
    assert standing(desk) == {("ran", "news:a"), ("ran", "news:b")}
    assert ("news:a", "new", "live") not in desk.told(since="2025-06-02T03:30")


@pytest.mark.parametrize("away", ["a slip", "a file that was away"])
def test_what_nobody_was_told_yet_is_told_though_its_rule_was_gone_for_a_while(desk: Desk, away: str) -> None:
    desk.web.answer("/news", Reply(body=feed(_B)), Reply(body=feed(_A, _B)))
    desk.poll()
    desk.poll()
    told = desk.told(since="2025-06-01")
    assert ("news:a", "new", "live") in told
    if away == "a slip":
        desk.watch(_RULE.replace("Open RAN", "Open RAM"))
    else:
        desk.watch(_OTHER, name="other")
        (desk.folder / "watchlists" / "networks.toml").unlink()
    desk.poll()
    desk.watch(_RULE)
    desk.poll()
    assert desk.told(since="2025-06-01") == told


def test_a_watchlist_that_is_removed_withdraws_all_its_matches_and_no_others(desk: Desk) -> None:
    desk.web.answer("/news", Reply(body=feed(_A, _B, ("c", "VINES"))))
    desk.watch(_OTHER, name="other")
    desk.poll()
    (desk.folder / "watchlists" / "networks.toml").unlink()
    desk.poll()
    assert set(withdrawn(desk)) == {
        ("ran", "news:a", "the watchlist was removed"),
        ("ran", "news:b", "the watchlist was removed"),
    }
    assert standing(desk) == {("vines", "news:c")}


def test_a_revision_withdraws_the_match_of_the_subject_that_it_no_longer_supports_alone(desk: Desk) -> None:
    both = _RULE + '[[subject]]\nid = "palau"\nany = ["Palau"]\n'
    desk.watch(both)
    desk.web.answer("/news", Reply(body=feed(_A)), Reply(body=feed(("a", "Broadband in Palau"))))
    desk.poll()
    desk.poll()
    assert withdrawn(desk) == [("ran", "news:a", "the item was revised")]
    assert standing(desk) == {("palau", "news:a")}


def test_what_is_withdrawn_once_is_not_withdrawn_again(desk: Desk) -> None:
    desk.web.answer("/news", Reply(body=feed(_A)), Reply(body=feed(("a", "Broadband"))))
    for _ in range(3):
        desk.poll()
    desk.watch(_RULE.replace("Open RAN", "RIC"))
    desk.poll()
    assert len(withdrawn(desk)) == 1
