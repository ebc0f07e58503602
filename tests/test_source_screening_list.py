"""The screening-list kind: rows that come, go and change, under keys that last."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from desk import Desk
from hypothesis import given
from hypothesis import strategies as st
from webserver import Reply, WebServer

from monitor.core.errors import NotUnderstood
from monitor.core.exchange import Finding, Problem, Request, Response, Snapshot, Source, State
from monitor.core.items import Item
from monitor.sources import screening_list
from monitor.sources.screening_list import Options

COLUMNS = (
    *("_id", "source", "entity_number", "type", "programs", "name", "title", "addresses"),
    *("federal_register_notice", "start_date", "end_date", "standard_order", "license_requirement"),
    *(
        "license_policy",
        "call_sign",
        "vessel_type",
        "gross_tonnage",
        "gross_registered_tonnage",
        "vessel_flag",
    ),
    *("vessel_owner", "remarks", "source_list_url", "alt_names", "citizenships", "dates_of_birth"),
    *("nationalities", "places_of_birth", "source_information_url", "ids"),
)
EL = "Entity List (EL) - Bureau of Industry and Security"
MEU = "Military End User (MEU) List - Bureau of Industry and Security"
SDN = "Specially Designated Nationals (SDN) - Treasury Department"
CMIC = "Non-SDN Chinese Military-Industrial Complex Companies List (NS-CMIC) - Treasury Department"
MBS = "Non-SDN Menu-Based Sanctions List (NS-MBS List) - Treasury Department"
AECA = "AECA Debarred List"


def at(*lists: str) -> Source:
    return Source(
        id="csl", kind="screening_list", url=screening_list.DEFAULT_URL, options=Options(lists=lists)
    )


def row(name: str, source: str = EL, **cells: str) -> dict[str, str]:
    return dict.fromkeys(COLUMNS, "") | {"source": source, "name": name, **cells}


def file(*rows: dict[str, str], columns: Sequence[str] = COLUMNS) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns)
    writer.writeheader()
    writer.writerows({name: each[name] for name in columns} for each in rows)
    return text.getvalue().encode()


def read(body: bytes, source: Source | None = None) -> list[Finding]:
    response = Response(
        request=Request(url=screening_list.DEFAULT_URL, walk="csl"),
        url=screening_list.DEFAULT_URL,
        body=body,
        headers={"content-type": "text/csv"},
        fetched_at=datetime(2026, 4, 1, tzinfo=UTC),
    )
    return list(screening_list.parse(source or at(), response))


def items(found: Sequence[Finding]) -> list[Item]:
    return [each for each in found if isinstance(each, Item)]


def keys(*rows: dict[str, str]) -> list[str]:
    return [item.key for item in items(read(file(*rows)))]


def test_a_poll_asks_for_the_one_file() -> None:
    (request,) = screening_list.requests(at(), State(now=datetime(2026, 4, 1, tzinfo=UTC)))
    assert (request.url, request.walk) == (screening_list.DEFAULT_URL, "csl")


@pytest.mark.parametrize("name", ["", "  ", "()"])
def test_an_empty_name_of_a_list_is_an_error(name: str) -> None:
    with pytest.raises(ValueError, match="lists: has an empty name"):
        Options(lists=("EL", name))


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ((), ["A", "B", "C", "D", "E", "F"]),
        (("EL",), ["A"]),
        ((EL,), ["A"]),
        (("MEU", "SDN"), ["B", "C"]),
        (("NS-CMIC",), ["D"]),
        (("CMIC",), ["D"]),
        (("NS-MBS",), ["E"]),
        (("AECA Debarred List",), ["F"]),
    ],
)
def test_lists_are_chosen_by_short_or_whole_name(wanted: tuple[str, ...], found: list[str]) -> None:
    body = file(row("A"), row("B", MEU), row("C", SDN), row("D", CMIC), row("E", MBS), row("F", AECA))
    assert [item.title for item in items(read(body, at(*wanted)))] == found


def test_a_wanted_list_that_the_file_does_not_have_is_no_empty_list() -> None:
    with pytest.raises(NotUnderstood, match="no row of the list 'MEU'; it has those of EL, SDN"):
        read(file(row("A"), row("B", SDN)), at("EL", "MEU"))


def test_all_rows_of_a_file_are_a_snapshot() -> None:
    assert [each for each in read(file(row("A"))) if not isinstance(each, Item)] == [Snapshot(walk="csl")]


def test_a_row_says_who_where_since_when_and_on_what_terms() -> None:
    cells = {
        "addresses": "No. 1 Road,\nShenzhen, CN; 2 Street, HK",
        "federal_register_notice": "84 FR 22961, 5/21/19; 85 F.R. 29853",
        "start_date": "2019-05-16",
        "license_requirement": "For all items subject to the EAR (See \u00a7744.11 of the EAR)",
        "license_policy": "Presumption of denial",
        "alt_names": 'Radio Co; "RC"; Radio Co',
        "source_list_url": "javascript:x",
    }
    (item,) = items(read(file(row("Radio \u201cCo\u201d, Ltd.", **cells))))
    assert (item.key, item.kind, item.url) == ("csl:EL:radio-co-ltd", "listing", "")
    assert str(item.published) == "2019-05-16"
    assert item.titles == ("Radio Co", '"RC"')
    assert item.identifiers == ("fr:84-22961", "fr:85-29853")
    assert item.details["addresses"] == "No. 1 Road, Shenzhen, CN; 2 Street, HK"
    assert item.details["license_policy"] == "Presumption of denial"
    assert item.details["list"] == EL


def test_a_mark_at_the_start_and_an_end_of_text_at_the_end_are_no_content() -> None:
    assert items(read(b"\xef\xbb\xbf" + file(row("A")) + b"\x1a\r\n")) == items(read(file(row("A"))))


def test_columns_may_stand_in_any_order_and_more_may_come() -> None:
    body = file(row("A", programs="X", score="9"), columns=["score", *sorted(COLUMNS)])
    assert items(read(body)) == items(read(file(row("A", programs="X"))))


@pytest.mark.parametrize("gone", ["name", "source", "license_policy", "alt_names"])
def test_a_column_that_is_gone_is_loud(gone: str) -> None:
    columns = [name for name in COLUMNS if name != gone]
    with pytest.raises(NotUnderstood, match=f"without the column '{gone}'"):
        read(file(row("A"), columns=columns))


WHOLE = file(row("A", remarks="two\nlines"), row("B", addresses="1, Road; 2, Road"))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<!DOCTYPE html><html></html>",
        b'{"statusCode": 401}',
        b"\xff\xfe\x00",
        file(),
        WHOLE[:-10],
        WHOLE[: WHOLE.index(b"lines")],
        file(row("A", remarks="x" * 200_000)),
    ],
    ids=["empty", "page", "json", "bytes", "header alone", "cut", "cut in a quote", "absurd cell"],
)
def test_what_is_no_whole_file_is_not_understood(body: bytes) -> None:
    with pytest.raises(NotUnderstood, match=r"^csl"):
        read(body)


def test_a_row_of_another_width_costs_itself_and_the_snapshot() -> None:
    head, first, second = file(row("A"), row("B")).splitlines(keepends=True)
    found = read(head + first + b"x,y\r\n" + second)
    assert [item.title for item in items(found)] == ["A", "B"]
    (problem,) = (each for each in found if isinstance(each, Problem))
    assert (problem.where, problem.what) == (
        "csl: row 3",
        "has 2 cells where the file has 29 columns",
    )
    assert not [each for each in found if isinstance(each, Snapshot)]


def test_letters_that_are_lost_withdraw_nothing() -> None:
    found = read(file(row("A")).replace(b"EL)", b"EL)\xe9"))
    assert len(items(found)) == 1
    assert [each.what for each in found if isinstance(each, Problem)] == [
        "letters that are not in UTF-8 and could not be read: 1"
    ]
    assert not [each for each in found if isinstance(each, Snapshot)]


def test_the_file_s_own_ids_are_no_identity() -> None:
    assert keys(row("A", _id="1"), row("B", _id="1")) == ["csl:EL:a", "csl:EL:b"]
    assert read(file(row("A", _id="1"))) == read(file(row("A", _id="2")))


def test_spelling_of_a_name_makes_no_other_party_and_a_number_outlasts_a_name() -> None:
    assert keys(row("Radio Co., Ltd")) == keys(row("RADIO  CO. LTD.", start_date="2020-01-01"))
    assert keys(row("Old Name", SDN, entity_number="36")) == keys(row("New Name", SDN, entity_number="36"))
    assert len({*keys(row("A", SDN, entity_number="36"), row("A", MBS, entity_number="36"))}) == 2


def test_a_party_of_several_rows_keeps_its_key_when_another_row_joins() -> None:
    first = row("Institute", addresses="Beijing, CN", start_date="2022-12-19")
    later = row("Institute", addresses="Moscow, RU", start_date="2024-02-27")
    alone = keys(first)
    both = keys(later, first)
    assert both[1:] == alone
    assert both[0].startswith(f"{alone[0]}:")
    # More words on a row do not make it another one.
    assert keys(later | {"remarks": "amended"}, first) == both


def test_rows_alike_in_all_they_say_are_one() -> None:
    assert len(set(keys(row("A", _id="1"), row("A", _id="2")))) == 1
    assert len(set(keys(row("A", remarks="x"), row("A", remarks="y"), row("A", remarks="z")))) == 3


@given(
    st.lists(
        st.tuples(
            st.sampled_from("ab"),
            st.sampled_from(["", "2020-01-01"]),
            st.sampled_from("xy"),
            st.text("pq", max_size=1),
        ),
        min_size=1,
        max_size=8,
    ),
    st.randoms(use_true_random=False),
)
def test_keys_do_not_depend_on_the_order_of_rows(
    parts: list[tuple[str, str, str, str]], shuffling: random.Random
) -> None:
    rows = [row(a, start_date=b, addresses=c, remarks=d) for a, b, c, d in parts]
    mixed = list(rows)
    shuffling.shuffle(mixed)
    assert {item.key: item for item in items(read(file(*rows)))} == {
        item.key: item for item in items(read(file(*mixed)))
    }
    assert len(set(keys(*rows))) == len(set(parts))


@pytest.fixture
def desk(tmp_path: Path, web: WebServer) -> Desk:
    return Desk(tmp_path, web)


def serve(desk: Desk, *bodies: bytes, **options: Any) -> None:
    desk.source("csl", kind="screening_list", lists='["EL"]', **options)
    desk.web.answer("/csl", *(Reply(body=body, headers={"Content-Type": "text/csv"}) for body in bodies))


def test_rows_come_change_and_go(desk: Desk) -> None:
    a, b, c = row("A", license_policy="Case-by-case"), row("B"), row("Next G Alliance Radio")
    before = file(a, b)
    changed = row("A", license_policy="Presumption of denial")
    serve(desk, before, file(b, a), file(c, changed, b), file(c, changed), file(c, changed))
    desk.poll()
    seen = len(desk.events())
    desk.poll()
    assert len(desk.events()) == seen
    report = desk.report()
    assert (report.outcome, report.new, report.revised) == ("ok", 1, 1)
    (revised,) = desk.events("ItemRevised")
    assert [(each.field, each.old, each.new) for each in revised.changes] == [
        ("details.license_policy", "Case-by-case", "Presumption of denial")
    ]
    assert desk.told() == [("csl:EL:next-g-alliance-radio", "new", "live")]
    desk.poll()
    assert desk.events("ItemWithdrawn") == []
    desk.poll()
    assert [event.key for event in desk.events("ItemWithdrawn")] == ["csl:EL:b"]


def test_min_items_keeps_a_file_that_lost_its_rows_out(desk: Desk) -> None:
    rows = [row(f"Party {n}") for n in range(20)]
    serve(desk, file(*rows), file(*rows[:12]), min_items="15")
    desk.poll()
    for _ in range(3):
        report = desk.report()
        assert report.outcome == "failed"
    assert desk.events("ItemWithdrawn") == []
