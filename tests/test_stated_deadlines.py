"""Dates by which something is due: what the item states, how it was before, and what is no date at all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from desk import Desk
from hypothesis import given
from hypothesis import strategies as st
from webserver import Reply, WebServer

from monitor.core.deadlines import Restated, deadlines_of, is_stated_by
from monitor.core.digests import Deadline
from monitor.core.evidence import FieldChange


def moved(position: int, old: str, new: str, name: str = "deadline") -> Restated:
    return Restated(position=position, fields=(FieldChange(field=f"details.{name}", old=old, new=new),))


@pytest.mark.parametrize(
    ("kind", "details", "due"),
    [
        ("document", {"deadline": "2026-12-01"}, [("comments close", "2026-12-01")]),
        ("filing", {"deadline": "2026-12-01", "reply_deadline": "2026-12-31"},
         [("comments close", "2026-12-01"), ("reply comments close", "2026-12-31")]),
        ("opportunity", {"deadline": "2027-01-15", "estimated_deadline": "2027-02-01"},
         [("applications close", "2027-01-15"), ("applications close, estimated", "2027-02-01")]),
        ("meeting", {"date": "2026-11-20T15:00:00Z"}, [("meeting", "2026-11-20T15:00:00Z")]),
        ("document", {"date": "2026-11-20"}, []),
        ("document", {"deadline": "in due course"}, []),
        ("document", {"deadline": "2026-02-30"}, []),
        ("document", {}, []),
    ],
)  # fmt: skip
def test_what_is_due_follows_from_the_kind_of_item_and_its_details(
    kind: str, details: dict[str, str], due: list[tuple[str, str]]
) -> None:
    assert [(each.what, each.when) for each in deadlines_of(kind, details, [])] == due


def test_a_date_that_was_moved_says_from_where_and_how_often() -> None:
    history = [
        moved(20, "", "2026-11-01"),
        moved(30, "2026-11-01", "2026-11-15"),
        moved(40, "2026-11-15", "2026-12-01"),
    ]
    assert deadlines_of("document", {"deadline": "2026-12-01"}, history, 10) == (
        Deadline(what="comments close", when="2026-12-01", moved_from="2026-11-15", position=40, moves=2),
    )


def test_a_date_that_is_only_written_otherwise_was_not_moved() -> None:
    (due,) = deadlines_of("document", {"deadline": "12/01/2026"}, [moved(20, "2026-12-01", "12/01/2026")], 10)
    assert (due.when, due.moved_from, due.moves, due.position) == ("2026-12-01", "", 0, 10)


def test_a_date_that_came_back_was_moved_twice() -> None:
    history = [moved(20, "2026-11-01", "2026-12-01"), moved(30, "2026-12-01", "2026-11-01")]
    (due,) = deadlines_of("document", {"deadline": "2026-11-01"}, history, 10)
    assert (due.when, due.moved_from, due.moves) == ("2026-11-01", "2026-12-01", 2)


def test_an_item_that_was_gone_and_is_back_states_its_date_anew() -> None:
    gone, back = Restated(position=20, withdrawn=True), Restated(position=30)
    assert [
        deadlines_of("document", {"deadline": "2026-12-01"}, history)[0].moves
        for history in ([gone], [gone, back])
    ] == [0, 2]


def test_the_words_that_explain_a_date_are_quoted() -> None:
    details = {"deadline": "2027-01-15", "deadline_note": "Full proposals by 5 p.m. local time"}
    assert deadlines_of("opportunity", details, [])[0].quote == "Full proposals by 5 p.m. local time"


def test_only_the_details_that_hold_such_dates_state_one() -> None:
    assert is_stated_by(FieldChange(field="details.reply_deadline", old="", new="2026-12-31"))
    assert not is_stated_by(FieldChange(field="details.status", old="", new="closed"))
    assert not is_stated_by(FieldChange(field="deadline", old="", new="2026-12-31"))


@given(
    st.sampled_from(["document", "meeting", "opportunity", "?"]),
    st.dictionaries(
        st.sampled_from(["deadline", "reply_deadline", "date", "deadline_note"]), st.text(max_size=30)
    ),
    st.lists(st.tuples(st.text(max_size=20), st.text(max_size=20)), max_size=4),
)
def test_no_words_of_a_publisher_break_it(
    kind: str, details: dict[str, str], told: list[tuple[str, str]]
) -> None:
    history = [moved(n, old, new) for n, (old, new) in enumerate(told)]
    for due in deadlines_of(kind, details, history):
        assert due.when[:4].isdigit() or due.when[:1] in "+-"
        assert 0 <= due.moves <= len(history)


# ---- the whole way from a source ----

NUMBER = "2025-11111"


def notice(closes: str) -> bytes:
    record = {
        "document_number": NUMBER, "title": "Next G Alliance and the lower bands", "type": "Notice",
        "publication_date": "2025-06-02", "html_url": f"https://www.federalregister.gov/d/{NUMBER}",
        "abstract": "The Commission asks for comments.", "comments_close_on": closes,
    }  # fmt: skip
    return json.dumps({"count": 1, "total_pages": 1, "results": [record]}).encode()


def test_a_deadline_that_a_source_moves_is_told_with_the_date_it_had(tmp_path: Path, web: WebServer) -> None:
    desk = Desk(tmp_path, web)
    desk.source("register", kind="federal_register", terms='["Next G"]')
    web.answer("/register/documents.json", Reply(body=json.dumps({"count": 0, "results": []}).encode()))
    desk.poll()
    for closes in ("2025-07-15", "2025-08-01"):
        web.answer("/register/documents.json", Reply(body=notice(closes)))
        desk.clock.advance(days=1)
        desk.poll()
    (told,) = [entry for section in desk.digest(since="2020-01-01").sections for entry in section.entries]
    (due,) = told.deadlines
    assert (due.what, due.when, due.moved_from, due.moves) == (
        "comments close",
        "2025-08-01",
        "2025-07-15",
        1,
    )
    (revision,) = desk.events("ItemRevised")
    assert [field.field for field in revision.changes] == ["details.deadline"]
