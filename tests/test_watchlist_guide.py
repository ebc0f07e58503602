"""docs/watchlists.md is true: every key that a file may hold stands there, and each row of its tables is run."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from monitor import app
from monitor.core.digests import Change
from monitor.core.evidence import FieldChange
from monitor.core.matching.matcher import Document, compile_watchlists
from monitor.core.news import Readers, news
from monitor.core.watchlists import parse_watchlist

GUIDE = (Path(__file__).resolve().parent.parent / "docs" / "watchlists.md").read_text(encoding="utf-8")
CELL = r"`([^`|]+)`"
TOLD = re.findall(
    rf"^\| {CELL} \| {CELL} \| (told|not told) \|$", GUIDE.partition("## Subjects")[0], re.MULTILINE
)
SUBJECTS = re.findall(rf"^\| {CELL} \| {CELL} \| {CELL} \| (match|no match) \|$", GUIDE, re.MULTILINE)
FILE = json.loads(app.schema("watchlist"))["properties"]
SUBJECT = FILE["subject"]["items"]["properties"]
TERM = SUBJECT["any"]["items"]["anyOf"][1]["properties"]
# Of these nothing is recognised, or nothing but where an item is shown: a sentence tells.
LABELS = {"title", "note", "priority", "id"}


def change(kind: Any, significance: str = "", field: str = "") -> Change:
    fields = (FieldChange(field=field, old="2025-06-02", new="2025-06-09"),) if field else ()
    return Change(
        kind=kind,
        position=7,
        occurred="2025-06-02",
        recorded_at="2025-06-02T00:00:00Z",
        origin="live",
        fields=fields,
        significance=significance,
    )


HAPPENS = {
    "a new item": change("new"),
    "a new item that states a date": change("new"),
    "a step": change("moved"),
    "a substantive revision": change("revised", "substantive", "title"),
    "a metadata revision": change("revised", "metadata", "url"),
    "a typographic revision": change("revised", "typographic", "title"),
    "a revision that moves a date": change("revised", "metadata", "details.deadline"),
    "a withdrawal": change("withdrawn"),
}


def test_every_happening_is_in_the_table_and_every_word_of_on_says_yes_and_no() -> None:
    assert {happens for _, happens, _ in TOLD} == set(HAPPENS)
    words = FILE["on"]["items"]["enum"]
    for answer in ("told", "not told"):
        told = {word for on, _, said in TOLD if said == answer for word in json.loads(on)}
        assert told == set(words) or answer == "not told"
    assert len(TOLD) > len(words)


@pytest.mark.parametrize(("on", "happens", "told"), TOLD)
def test_what_is_told_is_what_the_guide_says(on: str, happens: str, told: str) -> None:
    written = f'title = "T"\non = {on}\n[[subject]]\nid = "s"\nany = ["alpha"]\n'
    watchlist = parse_watchlist(written, file="w.toml")
    readers = Readers(clock="recorded", on=watchlist.on, states_deadline=happens.endswith("states a date"))
    assert bool(news([HAPPENS[happens]], readers)) is (told == "told")


@pytest.mark.parametrize(("subject", "key", "title", "answer"), SUBJECTS)
def test_a_subject_of_the_guide_answers_as_it_says(subject: str, key: str, title: str, answer: str) -> None:
    one = parse_watchlist(f'title = "T"\nsubject = [{{ id = "s", {subject} }}]\n', file="w.toml")
    document = Document(key=key, kind="news", fields={"title": (title,)})
    assert bool(compile_watchlists([one]).match(document)) is (answer == "match")


@pytest.mark.parametrize("key", [*FILE, *SUBJECT, *TERM])
def test_every_key_of_the_schema_is_in_the_guide(key: str) -> None:
    assert re.search(rf"`{key}`|`{key} = |^{key} +=|\[\[{key}\]\]", GUIDE, re.MULTILINE), key


@pytest.mark.parametrize("key", sorted({*SUBJECT, *TERM, "enabled", "on"} - LABELS))
def test_every_rule_has_rows_that_match_and_rows_that_do_not(key: str) -> None:
    rows = [row.split(" | ") for row in re.findall(r"^\| (`.*`.*) \|$", GUIDE, re.MULTILINE)]
    told = [(on, said) for on, _, said in TOLD] if key == "on" else [(row[0], row[-1]) for row in rows]
    using = {said for cell, said in told if key == "on" or re.search(rf"\b{key} = ", cell)}
    no, yes = using & {"no", "no match", "not told"}, using & {"yes", "match", "told"}
    assert no, key
    assert yes or key in {"name", "zh", "ja", "ko", "none"}, key


@pytest.mark.parametrize("kind", ["text", "regex", "id"])
def test_a_term_of_each_kind_has_a_row(kind: str) -> None:
    assert re.search(rf"^\| `\{{ {kind} = .*\}}` \| `[^`]+` \| yes \|$", GUIDE, re.MULTILINE)
