"""Edited watchlists on the past: what they gain, lose and would alert, beside those in force."""

from __future__ import annotations

import json
import re
import tracemalloc
import zlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moves import day
from test_commands import Folder
from webserver import Reply, WebServer

from monitor import app, projections
from monitor.core.backtests import EFFECTS, Backtest, Comparison, Pair, Seen, SubjectResult, edited, pairs
from monitor.core.changes import body_hash
from monitor.core.errors import ConfigError, UsageError
from monitor.core.events import ItemJudged, ItemPublished
from monitor.core.matching.matcher import Document, compile_watchlists
from monitor.core.renderings.backtests import Heading, lay_out
from monitor.core.renderings.neutral import cells
from monitor.core.watchlists import Watchlist, parse_watchlist
from monitor.outputs import terminal
from monitor.pipeline import watching

NETWORKS = """
title = "Networks"
[[subject]]
id = "next-g"
name = "Next G Alliance"
any = ["Next G Alliance"]
[[subject]]
id = "ran"
name = "Open RAN"
any = ["Open RAN", "RIC"]
"""


class Past:
    """A folder with a log that a test writes, in order of its clock, and with watchlists on disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.at = datetime(2025, 6, 2, 8, tzinfo=UTC)
        (folder / "watchlists").mkdir()
        text = '[fetch]\nuser_agent = "test"\n[digest]\ntimezone = "Asia/Tokyo"\n'
        (folder / "config.toml").write_text(text, encoding="utf-8")
        self.settings = app.load_settings(folder / "config.toml")

    def watch(self, text: str, name: str = "networks", *, folder: str = "watchlists") -> Path:
        path = self.folder / folder / f"{name}.toml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def publish(self, key: str, title: str, *, body: str = "", **fields: Any) -> None:
        """An item, recorded now; live unless it is said otherwise."""
        with self._writing() as run, run.database.write():
            if body:
                row = (body_hash(body), len(body), zlib.compress(body.encode()))
                run.database.conn.execute("INSERT INTO bodies VALUES (?, ?, ?)", row)
                fields["body_sha256"] = body_hash(body)
            named = {"source": "test", "origin": "live", "kind": "document", **fields}
            run.append(f"item:{key}", ItemPublished(key=key, title=title, **named))
            projections.catch_up(run.database, run.log)

    def judge(self, key: str, verdict: Any) -> None:
        with self._writing() as run, run.database.write():
            run.append(f"triage:{key}", ItemJudged(key=key, verdict=verdict))
            projections.catch_up(run.database, run.log)

    def bring_into_force(self) -> None:
        """What a poll does with the watchlists on disk."""
        with self._writing() as run:
            watching.bring_into_force(run, *app.watchlists_in(self.settings.watchlists))
            watching.match_new(run)

    def standing(self) -> set[tuple[str, str]]:
        """(subject, key) of every match that holds."""
        with app.reading(self.settings) as archive:
            sql = "SELECT subject, key FROM matches WHERE withdrawn = ''"
            return {(row["subject"], row["key"]) for row in archive.views.conn.execute(sql)}

    def head(self) -> Any:
        with app.reading(self.settings) as archive:
            return archive.log.head()

    def backtest(self, path: Path | None = None, **more: Any) -> Backtest:
        lists, errors = app.edited_watchlists(self.settings, path)
        assert errors == []
        found, notices = app.backtest(self.settings, lists, clock=lambda: self.at, **more)
        assert list(notices) == []
        return found

    def _writing(self) -> Any:
        return app.writing(self.settings, clock=lambda: self.at)


@pytest.fixture
def past(tmp_path: Path) -> Past:
    past = Past(tmp_path)
    past.watch(NETWORKS)
    past.publish("news:a", "Next G Alliance meets")
    past.publish("news:b", "Open RAN in Palau")
    past.publish("news:c", "A RIC of one's own")
    past.publish("news:d", "Rural broadband")
    past.bring_into_force()
    return past


def one(found: Backtest, subject: str) -> SubjectResult:
    (result,) = (each for each in found.subjects if each.subject == subject)
    return result


def effects(result: SubjectResult) -> dict[str, int]:
    return {effect: getattr(result, effect).items for effect in EFFECTS if getattr(result, effect).items}


# What an edit does


def test_an_edit_gains_loses_and_leaves_items_and_shows_the_words(past: Past) -> None:
    past.watch(NETWORKS.replace('"RIC"]', '"broadband"]'))
    ran = one(past.backtest(), "ran")
    assert (ran.change, effects(ran)) == ("changed", {"gained": 1, "lost": 1, "unchanged": 1})
    (gained,), (lost,) = ran.gained.samples, ran.lost.samples
    assert [(gained.key, evidence.quote, evidence.field) for evidence in gained.after] == [
        ("news:d", "broadband", "title")
    ]
    assert [(lost.key, evidence.quote) for evidence in lost.before] == [("news:c", "RIC")]
    assert (gained.before, lost.after) == ((), ())


def test_an_item_that_is_recognised_by_other_words_is_neither_gained_nor_lost(past: Past) -> None:
    past.watch(NETWORKS.replace('any = ["Open RAN", "RIC"]', 'any = ["Palau", "RIC"]'))
    ran = one(past.backtest(), "ran")
    assert effects(ran) == {"reworded": 1, "unchanged": 1}
    (sample,) = ran.reworded.samples
    assert [side[0].quote for side in (sample.before, sample.after)] == ["Open RAN", "Palau"]


def test_names_notes_and_places_in_the_file_are_no_change_of_a_rule(past: Past) -> None:
    text = "# A comment\n" + NETWORKS.replace('name = "Open RAN"', 'name = "O-RAN"\nzh = "x"\nnote = "y"')
    past.watch(text.replace('title = "Networks"', 'title = "Nets"\npriority = "high"'))
    found = past.backtest()
    assert edited(found) == []
    assert (found.gained, found.lost, found.before, found.after) == (0, 0, found.before, found.before)
    assert one(found, "ran").name == "O-RAN"


def test_another_order_of_terms_changes_nothing_that_is_recognised(past: Past) -> None:
    past.publish("news:e", "Open RAN and its RIC")
    past.bring_into_force()
    past.watch(NETWORKS.replace('["Open RAN", "RIC"]', '["RIC", "Open RAN"]'))
    ran = one(past.backtest(), "ran")
    assert (ran.change, effects(ran)) == ("changed", {"unchanged": 3})


def test_what_is_taken_out_is_shown_as_lost_and_what_is_put_in_as_gained(past: Past) -> None:
    past.watch(NETWORKS.partition('[[subject]]\nid = "ran"')[0])
    past.watch('title = "Other"\n[[subject]]\nid = "rural"\nany = ["rural"]\n', name="other")
    found = past.backtest()
    assert {(r.watchlist, r.subject, r.change, *effects(r).items()) for r in edited(found)} == {
        ("networks", "ran", "removed", ("lost", 2)),
        ("other", "rural", "new", ("gained", 1)),
    }
    assert (found.before.recognised, found.after.recognised, found.gained, found.lost) == (3, 2, 1, 2)


def test_a_watchlist_that_is_gone_from_the_folder_is_shown_as_lost(past: Past) -> None:
    past.watch('title = "Other"\n[[subject]]\nid = "rural"\nany = ["rural"]\n', name="other")
    past.bring_into_force()
    (past.folder / "watchlists" / "networks.toml").unlink()
    found = past.backtest()
    assert [(r.subject, r.change) for r in found.subjects] == [
        ("rural", "same"),
        ("next-g", "removed"),
        ("ran", "removed"),
    ]


def test_a_file_is_compared_with_its_namesake_alone(past: Past) -> None:
    past.watch('title = "Other"\n[[subject]]\nid = "rural"\nany = ["rural"]\n', name="other")
    past.bring_into_force()
    draft = past.watch(NETWORKS.replace('"RIC"', '"nothing"'), folder="drafts")
    found = past.backtest(draft, only_these=True)
    assert [(r.subject, r.change) for r in found.subjects] == [("next-g", "same"), ("ran", "changed")]
    assert (found.before.recognised, found.after.recognised) == (3, 2)


def test_a_file_of_a_new_name_is_compared_with_nothing(past: Past) -> None:
    draft = past.watch(NETWORKS, name="draft", folder="drafts")
    found = past.backtest(draft, only_these=True)
    assert {(r.watchlist, r.change) for r in found.subjects} == {("draft", "new")}
    assert (found.before.recognised, found.after.recognised, found.gained) == (0, 3, 3)


def test_another_folder_stands_for_all_that_there_shall_be(past: Past) -> None:
    past.watch('title = "Other"\n[[subject]]\nid = "rural"\nany = ["rural"]\n', name="other", folder="drafts")
    assert {r.change for r in past.backtest(past.folder / "drafts").subjects} == {"new", "removed"}


def test_the_body_of_an_item_is_read(past: Past) -> None:
    past.publish("news:long", "A report", body="Much is said here. In the end it is about grapevines.")
    past.watch(NETWORKS.replace('"RIC"]', '"grapevines"]'))
    ran = one(past.backtest(), "ran")
    assert [(s.key, s.after[0].field) for s in ran.gained.samples] == [("news:long", "body")]


def test_the_next_poll_comes_to_what_the_backtest_said(past: Past) -> None:
    before = past.standing()
    past.watch(NETWORKS.replace('"RIC"]', '"broadband"]').replace('"Next G Alliance"]', '"Next G", "Palau"]'))
    found = past.backtest()
    past.bring_into_force()
    gained = {(r.subject, sample.key) for r in found.subjects for sample in r.gained.samples}
    lost = {(r.subject, sample.key) for r in found.subjects for sample in r.lost.samples}
    assert gained
    assert lost
    assert past.standing() == before - lost | gained


def test_a_backtest_records_nothing(past: Past) -> None:
    past.watch(NETWORKS.replace('"RIC"]', '"broadband"]'))
    before = past.head(), past.standing()
    past.backtest()
    assert (past.head(), past.standing()) == before


# Alerts


def test_an_alert_is_an_item_that_was_news_on_the_day_when_it_was_first_recorded(past: Past) -> None:
    """The day is the reader's: 2 June, 16:00 UTC is 3 June in Tokyo. No baseline and no backfill is an alert."""
    for key, origin in (("x", "baseline"), ("y", "backfill"), ("z", "live")):
        past.publish(f"news:{key}", f"Open RAN {key}", origin=origin)
    past.at = datetime(2025, 6, 2, 16, tzinfo=UTC)
    past.publish("news:p", "RIC p", published=day("2019-01-01"))
    past.publish("news:q", "RIC q")
    past.at = datetime(2025, 6, 11, 1, tzinfo=UTC)
    past.publish("news:r", "broadband r")
    past.bring_into_force()
    past.watch(NETWORKS.replace('"Open RAN", "RIC"]', '"RIC"]'))
    found = past.backtest()
    assert (found.items, found.news, found.first_day, found.last_day, found.days) == (
        10,
        8,
        "2025-06-02",
        "2025-06-11",
        10,
    )
    before, after = found.before.alerts, found.after.alerts
    assert (before.items, before.per_day, before.per_week) == (6, 0.6, 4.2)
    assert (before.busiest_day, before.busiest) == ("2025-06-02", 4)
    assert (after.items, after.busiest_day, after.busiest) == (4, "2025-06-02", 2)
    ran = one(found, "ran")
    assert (ran.alerts_before, ran.alerts_after, ran.lost.items) == (5, 3, 4)


def test_what_came_as_news_in_fact_is_told_beside_what_would_have(past: Past) -> None:
    """All items of `past` were there before the watchlist: none of them came as news. A later one did."""
    assert (past.backtest().told, past.backtest().before.alerts.items) == (0, 3)
    past.publish("news:e", "RIC again")
    past.bring_into_force()
    assert (past.backtest().told, past.backtest().before.alerts.items) == (1, 4)
    text = " ".join(rendered(past.backtest(), 80).split())
    assert "The watchlists, as they were written at the time, reported 1 item as news." in text


def test_an_item_that_two_subjects_recognise_is_one_alert(past: Past) -> None:
    past.publish("news:e", "Next G Alliance on Open RAN")
    found = past.backtest()
    assert (found.after.recognised, found.after.alerts.items) == (4, 4)
    assert [result.alerts_after for result in found.subjects] == [2, 3]


def test_since_leaves_out_what_was_recorded_before(past: Past) -> None:
    past.at = datetime(2025, 6, 9, tzinfo=UTC)
    past.publish("news:e", "RIC again")
    found = past.backtest(since="2025-06-05")
    assert (found.items, found.first_day, found.last_day, found.days) == (1, "2025-06-05", "2025-06-09", 5)
    assert found.before.alerts.per_day == 0.2
    early = past.backtest(since="2020-01-01")
    assert (early.items, early.first_day) == (5, "2025-06-02")


# Judgements


def test_noise_is_told_by_effect_and_by_term(past: Past) -> None:
    for key, title, verdict in (
        ("e", "RIC one", "noise"),
        ("f", "RIC two and Open RAN", "noise"),
        ("g", "RIC three", "relevant"),
        ("h", "Open RAN four", "relevant"),
        ("i", "RIC five", "later"),
        ("j", "broadband six", "noise"),
    ):
        past.publish(f"news:{key}", title)
        past.judge(f"news:{key}", verdict)
    past.bring_into_force()
    past.watch(NETWORKS.replace('"RIC"]', '"broadband"]'))
    found = past.backtest()
    ran = one(found, "ran")
    judged = {
        effect: (share.judged.relevant, share.judged.noise)
        for effect in EFFECTS
        if (share := getattr(ran, effect))
    }
    assert judged == {"gained": (0, 1), "lost": (1, 1), "reworded": (0, 1), "unchanged": (1, 0)}
    assert [(term.term, term.change, term.judged.noise, term.judged.relevant) for term in ran.terms] == [
        ("broadband", "new", 1, 0),
        ("RIC", "removed", 2, 1),
        ("Open RAN", "same", 1, 1),
    ]
    assert (found.before.judged.noise, found.after.judged.noise) == (2, 2)
    assert (found.before.judged.relevant, found.after.judged.relevant) == (2, 1)
    assert {sample.key: sample.verdict for sample in ran.gained.samples} == {"news:d": "", "news:j": "noise"}


# Choosing


def test_one_subject_is_compared_alone_by_its_id_or_with_its_list(past: Past) -> None:
    for name in ("ran", "networks/ran"):
        found = past.backtest(subject=name)
        assert [result.subject for result in found.subjects] == ["ran"]
        assert found.before.recognised == 2
    with pytest.raises(UsageError, match=r"rann: no such subject on either side; did you mean ran\?"):
        past.backtest(subject="rann")


def test_samples_are_the_latest_and_as_many_as_asked_for(past: Past) -> None:
    past.watch(NETWORKS.replace('"RIC"]', '"number"]'))
    for number in range(9):
        past.publish(f"news:{number}", f"number {number}")
    for samples in (0, 2):
        gained = one(past.backtest(samples=samples), "ran").gained
        assert (gained.items, [sample.key for sample in gained.samples]) == (
            9,
            ["news:7", "news:8"][:samples],
        )


def test_the_latest_samples_are_so_by_their_dates_and_the_undated_by_when_they_were_recorded(
    past: Past,
) -> None:
    past.watch(NETWORKS.replace('"RIC"]', '"number"]'))
    for key, published in (("b", "2025-05-03"), ("d", ""), ("a", "2025-05-09"), ("c", "2025-05-01")):
        past.publish(f"x:{key}", f"number {key}", published=day(published) if published else None)
    gained = one(past.backtest(samples=3), "ran").gained
    assert [sample.key for sample in gained.samples] == ["x:b", "x:a", "x:d"]


def test_of_many_subjects_the_few_nearest_are_named(past: Past) -> None:
    many = "".join(
        f'[[subject]]\nid = "subject-{n}"\nname = "Subject"\nany = ["Words {n}"]\n' for n in range(133)
    )
    past.watch('title = "Many"\n' + many, "many")
    for written, meant in (
        ("nope", "`monitor watch list` names them all"),
        ("subjet-7", "did you mean subject-7 or "),
        ("networks/rann", "did you mean networks/ran"),
    ):
        with pytest.raises(UsageError) as caught:
            past.backtest(subject=written)
        assert meant in caught.value.remedy
        assert len(caught.value.remedy) < 100


def test_a_folder_without_watchlists_is_named(past: Past) -> None:
    (past.folder / "empty").mkdir()
    with pytest.raises(ConfigError, match="empty: holds no watchlist; name a folder"):
        app.edited_watchlists(past.settings, past.folder / "empty")


def test_an_empty_log_is_compared_too(tmp_path: Path) -> None:
    past = Past(tmp_path)
    past.watch(NETWORKS)
    with app.writing(past.settings):
        pass
    found = past.backtest()
    assert (found.items, found.first_day, found.after.alerts.items) == (0, "", 0)
    assert "the log is empty" in rendered(found, 80)


def test_progress_is_told_to_the_last_item(past: Past) -> None:
    told: list[tuple[str, int, int]] = []
    past.backtest(progress=lambda *what: told.append(what))
    assert told == [("items", 4, 4)]


def test_memory_does_not_grow_with_the_log(tmp_path: Path) -> None:
    """300 items with 50 kB of text each, all of them gained: 15 MB would not pass unseen."""
    past = Past(tmp_path)
    with app.writing(past.settings, clock=lambda: past.at) as run, run.database.write():
        for number in range(300):
            body = f"Number {number}. " + "A report of some length on RIC. " * 1_600
            row = (body_hash(body), len(body), zlib.compress(body.encode()))
            run.database.conn.execute("INSERT INTO bodies VALUES (?, ?, ?)", row)
            event = ItemPublished(
                key=f"news:{number}",
                source="test",
                origin="live",
                kind="document",
                title="",
                body_sha256=row[0],
            )
            run.append(f"item:news:{number}", event)
        projections.catch_up(run.database, run.log)
    past.watch(NETWORKS)
    past.backtest()
    tracemalloc.start()
    assert past.backtest().gained == 300
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5_000_000


# One matcher for both sides

_WORDS = ("open", "ran", "palau", "vines", "5G")
_texts = st.lists(st.sampled_from(_WORDS), max_size=6).map(" ".join)
_terms = st.lists(st.sampled_from(_WORDS), min_size=1, max_size=3, unique=True)


@st.composite
def lists(draw: st.DrawFn) -> list[Watchlist]:
    """One or two watchlists of a few subjects, of few words, so that two draws often share one."""
    made = []
    for name in draw(st.lists(st.sampled_from(("one", "two")), min_size=1, unique=True)):
        subjects = draw(st.lists(st.sampled_from(("a", "b")), min_size=1, unique=True))
        parts = []
        for subject in subjects:
            wanted = draw(_terms)
            none = sorted(set(draw(_terms)) - set(wanted)) if draw(st.booleans()) else []
            parts.append(
                f'[[subject]]\nid = "{subject}"\nany = {json.dumps(wanted)}\nnone = {json.dumps(none)}\n'
            )
        made.append(parse_watchlist('title = "T"\n' + "".join(parts), file=f"{name}.toml"))
    return made


@given(before=lists(), after=lists(), texts=st.lists(_texts, max_size=6))
def test_both_sides_in_one_matcher_find_what_each_finds_alone(
    before: list[Watchlist], after: list[Watchlist], texts: list[str]
) -> None:
    comparison = Comparison(pairs(before, after), samples=100)
    expected: dict[tuple[str, str], dict[str, set[str]]] = {}
    for number, text in enumerate(texts):
        document = Document(key=f"news:{number}", kind="document", fields={"title": (text,)})
        comparison.take(document, Seen(key=document.key, title=text, published="", day="2025-06-02"))
        was, now = (
            {(m.watchlist, m.subject) for m in compile_watchlists(side).match(document)}
            for side in (before, after)
        )
        for place in now - was:
            expected.setdefault(place, {}).setdefault("gained", set()).add(document.key)
        for place in was - now:
            expected.setdefault(place, {}).setdefault("lost", set()).add(document.key)
    found = comparison.result("2025-06-02", "2025-06-02")
    for result in found.subjects:
        for effect in ("gained", "lost"):
            keys = {sample.key for sample in getattr(result, effect).samples}
            assert keys == expected.get((result.watchlist, result.subject), {}).get(effect, set())


@given(before=lists())
def test_lists_beside_themselves_are_the_same(before: list[Watchlist]) -> None:
    found = pairs(before, before)
    assert {pair.change for pair in found} == {"same"}
    assert len({(pair.watchlist.id, pair.subject.id) for pair in found}) == len(found)


def test_a_subject_stands_once_in_the_order_of_the_edited_lists() -> None:
    def of(*subjects: str) -> list[Watchlist]:
        parts = (f'[[subject]]\nid = "{each}"\nany = ["{each}"]\n' for each in subjects)
        return [parse_watchlist('title = "T"\n' + "".join(parts), file="t.toml")]

    found: Sequence[Pair] = pairs(of("a", "b", "c"), of("c", "d", "a"))
    assert [(pair.subject.id, pair.change) for pair in found] == [
        ("c", "same"),
        ("d", "new"),
        ("a", "same"),
        ("b", "removed"),
    ]


# As it is shown


def rendered(found: Backtest, width: int, *, colour: bool = False, **heading: Any) -> str:
    lines = lay_out(found, Heading(name="watchlists", **heading), width=width)
    return terminal.paint(lines, colour=colour)


@pytest.fixture
def hostile(past: Past) -> Backtest:
    """An edit that gains a title of escapes, of no end and of wide letters, judged noise."""
    past.publish("https://example.org/" + "x" * 200, "\x1b[31mbroadband\u202e " + "無線" * 300)
    past.publish("bill:117-hr-9", "broadband " + "y" * 400, published=day("2021-02-15"))
    past.judge("bill:117-hr-9", "noise")
    evil = NETWORKS.replace('name = "Open RAN"', 'name = "Open \\u001b[2J RAN"').replace(
        '"RIC"]', '"broadband"]'
    )
    past.watch(evil)
    return past.backtest()


@pytest.mark.parametrize("width", [40, 80, 120])
def test_no_line_is_wider_than_the_page_and_nothing_reaches_the_terminal(
    hostile: Backtest, width: int
) -> None:
    text = rendered(hostile, width)
    assert "\x1b" not in text
    assert "\u202e" not in text
    wide = [line for line in text.splitlines() if cells(line) > width]
    assert wide == []
    assert "broadband" in text


def test_colour_is_the_same_text_painted(hostile: Backtest) -> None:
    painted = rendered(hostile, 80, colour=True)
    assert "\x1b[32m" in painted
    stripped = re.sub(r"\x1b\[[0-9;]*m", "", painted)
    assert [line.rstrip() for line in stripped.splitlines()] == rendered(hostile, 80).splitlines()


def test_the_page_says_first_the_whole_then_what_was_edited(past: Past) -> None:
    past.publish("bill:117-hr-9", "Rural broadband Act", published=day("2021-02-15"))
    past.judge("bill:117-hr-9", "noise")
    past.watch(NETWORKS.replace('"RIC"]', '"broadband"]'))
    text = rendered(replace(past.backtest(), elapsed_s=0.1), 80)
    expected = """\
Backtest  watchlists beside what is in force
5 items · recorded 2025-06-02 · 0.1 s · nothing was recorded
subjects: 1 changed · 1 the same

                      in force    edited
  items recognised           3         4   2 gained · 1 lost
    judged relevant          0         0
    judged noise             0         1
  alerts                     3         4
    a day                  3.0       4.0
    on busiest day           3         4
"""
    assert text.startswith(expected)
    assert text.endswith("""\
Networks  networks
────────────────────────────────────────────────────────────────────────────────
Open RAN
  changed     ran
  gained      2 items · 1 judged noise
    undated     Rural broadband
                “broadband” in title · news:d
    2021-02-15  H.R. 9 (117th)  Rural broadband Act
                “broadband” in title · judged noise
  lost        1 item
    undated     A RIC of one's own
                “RIC” in title · news:c
  unchanged   1 item
  alerts      2 → 3 in 1 day · 3.0 a day
  noise       “broadband” (new) 1 of 1 judged

1 other subject is the same as in force; --all shows them
""")
    assert "Next G Alliance\n  the same    next-g\n" in rendered(past.backtest(), 80, everything=True)


def test_alerts_a_week_are_told_where_the_log_covers_one(past: Past) -> None:
    past.watch(NETWORKS.replace('"RIC"]', '"broadband"]'))
    found = past.backtest()
    assert "a week" not in rendered(replace(found, days=6), 80)
    assert rendered(replace(found, days=7), 80).count("a week") == 2


def test_a_log_without_news_says_that_nothing_can_be_said_of_alerts(tmp_path: Path) -> None:
    past = Past(tmp_path)
    past.watch(NETWORKS)
    past.publish("news:a", "Next G Alliance", origin="baseline")
    text = " ".join(rendered(past.backtest(), 80).split())
    assert "No item was news when it was first recorded (all are baseline or backfill)" in text


# The command


@pytest.fixture
def folder(tmp_path: Path, web: WebServer) -> Folder:
    feed = (
        b"<rss version='2.0'><channel><title>A feed</title>"
        b"<item><guid>a</guid><title>Next G Alliance meets</title></item>"
        b"<item><guid>b</guid><title>A grapevine</title></item></channel></rss>"
    )
    web.answer("/news", Reply(body=feed))
    folder = Folder(tmp_path, web)
    assert folder.run("poll").returncode == 0
    return folder


def edit(folder: Folder, before: str, after: str) -> None:
    path = folder.path / "watchlists" / "networks.toml"
    path.write_text(path.read_text(encoding="utf-8").replace(before, after), encoding="utf-8")


def test_the_command_compares_the_folder_on_disk_and_records_nothing(folder: Folder) -> None:
    edit(folder, '["Next G Alliance"]', '["grapevine"]')
    before = folder.run("verify", "--json").stdout.splitlines()[0]
    done = folder.run("watch", "backtest")
    assert (done.returncode, done.stderr) == (0, "")
    assert "\x1b" not in done.stdout
    assert "1 gained · 1 lost" in done.stdout
    assert "“grapevine” in title · news:b" in done.stdout
    after = folder.run("verify", "--json").stdout.splitlines()[0]
    assert json.loads(before)["head"] == json.loads(after)["head"]


def test_json_is_a_line_for_the_whole_and_a_line_for_each_edited_subject(folder: Folder) -> None:
    edit(folder, '["Next G Alliance"]', '["Next G Alliance", "grapevine"]')
    whole, subject = folder.lines("watch", "backtest")
    assert (whole["type"], whole["items"], whole["gained"], whole["lost"]) == ("backtest", 2, 1, 0)
    assert {"elapsed_s", "days", "told", "before", "after"} <= set(whole)
    assert "subjects" not in whole
    assert (subject["type"], subject["watchlist"], subject["subject"]) == ("subject", "networks", "next-g")
    (sample,) = subject["gained"]["samples"]
    assert (sample["key"], sample["after"][0]["quote"]) == ("news:b", "grapevine")
    edit(folder, ', "grapevine"', "")
    assert [line["type"] for line in folder.lines("watch", "backtest")] == ["backtest"]
    assert [line["type"] for line in folder.lines("watch", "backtest", "--all")] == ["backtest", "subject"]


def test_a_broken_file_is_an_error_with_place_and_remedy_and_nothing_is_compared(folder: Folder) -> None:
    edit(folder, "any =", "anny =")
    done = folder.run("watch", "backtest")
    assert (done.returncode, done.stdout) == (2, "")
    assert re.search(r"^monitor: watchlists/networks\.toml:\d+:\d+: .*anny", done.stderr, re.MULTILINE)
    assert 'did you mean "any"?' in done.stderr
    alone = folder.run("watch", "backtest", "watchlists/networks.toml")
    assert (alone.returncode, alone.stdout) == (2, "")
    assert "watchlists/networks.toml:" in alone.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nowhere.toml"], "'nowhere.toml' does not exist"),
        (["--since", "soon"], "monitor: --since: 'soon' is not a date or a time"),
        (
            ["--since", "2999-01-01"],
            "monitor: --since: '2999-01-01' is still to come; give an earlier --since\n",
        ),
        (
            ["--subject", "vines"],
            "monitor: vines: no such subject on either side; `monitor watch list` names",
        ),
        (["--samples", "-1"], "Invalid value for '--samples'"),
    ],
)
def test_wrong_use_is_one_message_and_exit_code_2(folder: Folder, arguments: list[str], says: str) -> None:
    done = folder.run("watch", "backtest", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr


def test_before_the_first_poll_it_says_what_to_run(tmp_path: Path, web: WebServer) -> None:
    done = Folder(tmp_path, web).run("watch", "backtest")
    assert done.returncode == 1
    assert "there is no log yet; run `monitor poll` first" in done.stderr
