"""The decider: what a source's statement changes in what is known."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from moves import bill, day

from monitor.core.changes import Decision, Known, body_hash, decide
from monitor.core.events import ActionRecorded, ItemPublished, ItemRevised
from monitor.core.evidence import FieldChange
from monitor.core.items import Action, Item, content


def known_after(item: Item, decision: Decision, **more: object) -> Known:
    fields = {name: body_hash(value) if name == "body" else value for name, value in content(item).items()}
    return Known(
        revision=1,
        fields=fields,
        statement=decision.statement,
        actions=frozenset(action.key for action in item.actions),
        **more,  # type: ignore[arg-type]
    )


def first(item: Item) -> Known:
    return known_after(item, decide(None, item, source="one", origin="live"))


def revision(known: Known, item: Item, source: str = "one") -> ItemRevised | None:
    events = decide(known, item, source=source, origin="live").events
    return next((event for event in events if isinstance(event, ItemRevised)), None)


def changes(known: Known, item: Item, source: str = "one") -> list[FieldChange]:
    found = revision(known, item, source)
    return found.changes if found else []


def test_an_unseen_key_is_published_whatever_its_date() -> None:
    for date in ("1999-01-01", "2199-01-01"):
        (event,) = decide(None, bill(published=day(date)), source="one", origin="live").events
        assert isinstance(event, ItemPublished)
        assert event.published == day(date)


words = st.text(max_size=20)
any_item = st.builds(
    Item,
    key=st.just("k"),
    kind=st.just("document"),
    title=words,
    summary=words,
    body=words,
    titles=st.lists(words, max_size=3).map(tuple),
    details=st.dictionaries(st.sampled_from(["sponsor", "status"]), words),
)


@given(any_item)
def test_deciding_twice_on_the_same_statement_yields_nothing(item: Item) -> None:
    assert not decide(first(item), item, source="one", origin="live").events


@given(any_item, any_item)
def test_what_a_source_leaves_empty_is_never_a_change(item: Item, later: Item) -> None:
    said = {name for name, value in content(later).items() if value}
    assert {change.field for change in changes(first(item), later)} <= said


def test_a_changed_field_is_told_old_and_new() -> None:
    assert changes(first(bill(title="Old")), bill(title="New")) == [
        FieldChange(field="title", old="Old", new="New")
    ]


def test_a_reordered_list_is_no_revision() -> None:
    assert not changes(first(bill(titles=("a", "b"))), bill(titles=("b", "a")))


def test_a_publishers_version_stamp_is_no_content() -> None:
    assert revision(first(bill(marker="2025-01-01")), bill(marker="2025-01-02")) is None


def test_there_and_back_again_is_two_revisions() -> None:
    a, b = bill(title="A"), bill(title="B")
    known = first(a)
    decision = decide(known, b, source="one", origin="live")
    back = decide(replace(known_after(b, decision), revision=2), a, source="one", origin="live")
    assert [event.revision for event in back.events if isinstance(event, ItemRevised)] == [3]


def test_a_second_source_fills_what_is_empty_and_overwrites_nothing() -> None:
    known = replace(first(bill(title="Their words", summary="")), statement=None)
    told = bill(title="Other words", summary="A summary")
    assert changes(known, told, "two") == [FieldChange(field="summary", old=None, new="A summary")]


def test_two_sources_that_word_it_differently_do_not_take_turns() -> None:
    known = first(bill(title="Their words"))
    second = decide(replace(known, statement=None), bill(title="Other words"), source="two", origin="live")
    assert not second.events
    again = replace(known, statement=second.statement)
    assert not decide(again, bill(title="Other words"), source="two", origin="live").events


def test_what_a_second_source_changes_later_is_a_revision() -> None:
    second = decide(replace(first(bill()), statement=None), bill(), source="two", origin="live")
    known = replace(first(bill()), statement=second.statement)
    assert [c.field for c in changes(known, bill(title="Amended"), "two")] == ["title"]


def test_a_detail_is_a_field_of_its_own() -> None:
    known = first(bill(details={"sponsor": "A", "status": "open"}))
    assert changes(known, bill(details={"status": "closed"})) == [
        FieldChange(field="details.status", old="open", new="closed")
    ]


def test_an_item_that_comes_back_is_a_revision() -> None:
    known = replace(first(bill()), withdrawn="gone from the list", withdrawn_by="one")
    assert revision(known, bill(), source="two") is None
    found = revision(known, bill())
    assert found is not None
    assert found.changes == [FieldChange(field="withdrawn", old="gone from the list", new=None)]
    assert found.significance == "substantive"


def test_each_step_is_recorded_once_oldest_first() -> None:
    steps = (
        Action(key="2", text="Reported", when=day("2021-05-10")),
        Action(key="1", text="Introduced", when=day("2021-04-15")),
    )
    decision = decide(None, bill(actions=steps), source="one", origin="live")
    assert [e.text for e in decision.events if isinstance(e, ActionRecorded)] == ["Introduced", "Reported"]
    later = (*steps, Action(key="3", text="Passed", when=day("2021-04-01")))
    again = decide(
        known_after(bill(actions=steps), decision), bill(actions=later), source="one", origin="live"
    )
    assert [e.text for e in again.events if isinstance(e, ActionRecorded)] == ["Passed"]


def significance(old: Item, new: Item) -> str:
    found = revision(first(old), new)
    assert found is not None
    return found.significance


def test_a_dash_a_width_or_a_capital_is_typographic() -> None:
    assert significance(bill(title="5G-Advanced plan"), bill(title="５G–advanced  Plan")) == "typographic"


def test_a_new_topic_is_metadata_and_a_new_summary_is_substance() -> None:
    assert significance(bill(subjects=("a",)), bill(subjects=("a", "b"))) == "metadata"
    assert significance(bill(summary="a"), bill(summary="b")) == "substantive"
    assert (
        significance(bill(details={"deadline": "1 May"}), bill(details={"deadline": "2 May"}))
        == "substantive"
    )
