"""Bills: their keys, the keys of their steps, and where they stand."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.bills import TYPES, bill, bill_of, law, sitting, stage
from monitor.core.exchange import Request, Response, Source
from monitor.core.items import Item
from monitor.core.records.bill_records import Step, Summary, actions, latest_summary, other_titles
from monitor.sources import billstatus

STEP = Step(day="2021-05-10", text="Reported by the Committee.", code="5000", system_code="9")


@given(st.integers(1, 999), st.sampled_from(TYPES), st.integers(1, 99999))
def test_a_bill_is_found_again_by_its_key(congress: int, type_: str, number: int) -> None:
    named = bill(congress, type_, number)
    assert named is not None
    assert bill_of(named.key) == named


@pytest.mark.parametrize(
    ("parts", "key"),
    [
        (("117", "HR", "1060"), "bill:117-hr-1060"),
        ((117, "SJRes", "0068"), "bill:117-sjres-68"),
        (("117", "XX", "1"), None),
        (("", "hr", "1"), None),
        (("117", "hr", "１"), None),
        (("117", "hr", "1e3"), None),
    ],
)
def test_only_a_congress_a_type_and_a_number_name_a_bill(
    parts: tuple[str, str, str], key: str | None
) -> None:
    named = bill(*parts)
    assert (named and named.key) == key


@pytest.mark.parametrize("key", ["law:117-108", "bill:117-xx-1", "bill:117-hr-1060 ", "bill:117-hr", "x"])
def test_keys_of_other_things_name_no_bill(key: str) -> None:
    assert bill_of(key) is None


@pytest.mark.parametrize(
    ("key", "url"),
    [
        ("bill:117-hr-1060", "https://www.congress.gov/bill/117th-congress/house-bill/1060"),
        ("bill:111-s-1", "https://www.congress.gov/bill/111th-congress/senate-bill/1"),
        ("bill:103-sconres-2", "https://www.congress.gov/bill/103rd-congress/senate-concurrent-resolution/2"),
    ],
)
def test_a_bill_links_to_its_page_for_people(key: str, url: str) -> None:
    named = bill_of(key)
    assert named is not None
    assert named.url == url


@pytest.mark.parametrize(
    ("now", "congress"),
    [
        (datetime(2021, 1, 2, 12, tzinfo=UTC), 116),
        (datetime(2021, 1, 3, 2, tzinfo=UTC), 116),  # still the second of January in Washington
        (datetime(2021, 1, 3, 18, tzinfo=UTC), 117),
        (datetime(2022, 1, 1, tzinfo=UTC), 117),
        (datetime(2026, 6, 1, tzinfo=UTC), 119),
    ],
)
def test_a_congress_changes_on_the_third_of_january_of_odd_years(now: datetime, congress: int) -> None:
    assert sitting(now) == congress


def test_private_laws_are_kept_apart_from_public_laws_of_the_same_number() -> None:
    assert law("117-1") != law("117-1", "Private Law")


def test_a_step_printed_twice_is_two_actions_whose_keys_do_not_change() -> None:
    first, second = actions([STEP, STEP])
    assert first.key != second.key
    assert actions([STEP, STEP]) == (first, second)
    assert actions([STEP]) == (first,)


def test_a_step_keeps_its_key_when_the_pages_of_the_record_are_added() -> None:
    later = replace(STEP, text="Reported by the Committee. (consideration: CR H1-2; text: CR H1)")
    assert actions([STEP])[0].key == actions([later])[0].key


def test_a_step_keeps_its_key_when_only_its_typography_changes() -> None:
    later = replace(STEP, text="<b>Reported</b> by  the Committee.")
    assert actions([STEP])[0].key == actions([later])[0].key


def test_steps_that_differ_in_any_part_differ_in_key() -> None:
    others = [
        replace(STEP, day="2021-05-11"),
        replace(STEP, time="10:00:00"),
        replace(STEP, text="Reported by another Committee."),
        replace(STEP, code="H12200"),
        replace(STEP, system_code="2"),
    ]
    assert len({action.key for action in actions([STEP, *others])}) == 6


def test_the_senate_has_one_key_with_and_without_its_system_code() -> None:
    bare, coded = replace(STEP, system_code=""), replace(STEP, system_code="0")
    assert actions([bare])[0].key == actions([coded])[0].key


def test_the_clock_is_read_in_both_of_its_forms() -> None:
    forms = [replace(STEP, time=text) for text in ("08:37PM", "20:37:00", "20:37")]
    assert len({actions([form])[0].key for form in forms}) == 1


def test_an_evening_step_belongs_to_the_day_in_washington() -> None:
    when = actions([replace(STEP, time="22:30:00")])[0].when
    assert when is not None
    assert str(when.day) == "2021-05-10"
    assert when.at == "2021-05-11T02:30:00Z"


def test_a_step_without_words_is_left_out() -> None:
    assert actions([replace(STEP, text=" <p></p> ")]) == ()


def test_a_step_without_a_readable_day_is_kept_without_a_date() -> None:
    assert actions([replace(STEP, day="2021-02-30")])[0].when is None


def test_the_summary_of_the_latest_stage_is_taken() -> None:
    summaries = [
        Summary(day="2021-05-10", updated="2021-06-01", version="01", text="<p>reported</p>"),
        Summary(day="2021-02-15", updated="2022-01-01", version="00", text="introduced"),
        Summary(day="2021-09-01", updated="", version="", text=" "),
    ]
    assert latest_summary(summaries) == "reported"
    assert latest_summary([]) == ""


def test_other_titles_are_each_told_once_without_the_main_title() -> None:
    assert other_titles("A", ["B ", "A", "B", "", "C"]) == ("B", "C")


def _stood(*texts: tuple[str, str], key: str = "bill:117-hr-1") -> tuple[str, str]:
    found = stage(actions(Step(day=day, text=text) for day, text in texts), key=key)
    assert found is not None
    return found.name, found.text


INTRODUCED = ("2021-01-04", "Introduced in House")
REPORTED = ("2021-05-10", "Reported by the Committee on Rules. H. Rept. 117-1.")
IN_HOUSE = ("2021-06-01", "On passage Passed by the Yeas and Nays: 220 - 210 (Roll no. 1).")
IN_SENATE = ("2021-07-01", "Passed Senate without amendment by Unanimous Consent.")
CHANGED = ("2021-07-01", "Passed Senate with an amendment by Voice Vote.")
PRESENTED = ("2021-07-05", "Presented to President.")
VETOED = ("2021-07-09", "Vetoed by President.")


@pytest.mark.parametrize(
    ("steps", "stood"),
    [
        ((INTRODUCED,), ("introduced", "introduced 2021-01-04")),
        ((INTRODUCED, REPORTED), ("reported", "reported 2021-05-10")),
        (
            (INTRODUCED, REPORTED, ("2021-05-11", "Placed on the Union Calendar, Calendar No. 5.")),
            ("reported", "reported 2021-05-10, Calendar No. 5"),
        ),
        ((INTRODUCED, IN_HOUSE), ("passed House", "passed House 2021-06-01")),
        (
            (INTRODUCED, IN_HOUSE, ("2021-06-03", "Received in the Senate and Read twice and referred.")),
            ("passed House", "passed House 2021-06-01; received in the Senate 2021-06-03"),
        ),
        ((IN_HOUSE, IN_SENATE), ("passed both", "passed House 2021-06-01, passed Senate 2021-07-01")),
        (
            (IN_HOUSE, CHANGED),
            (
                "passed both",
                "passed House 2021-06-01, passed Senate 2021-07-01 with changes; the two texts differ",
            ),
        ),
        ((IN_HOUSE, IN_SENATE, PRESENTED), ("to President", "to President 2021-07-05")),
        ((IN_HOUSE, IN_SENATE, PRESENTED, VETOED), ("vetoed", "vetoed 2021-07-09")),
        (
            (VETOED, ("2021-07-20", "Failed of passage in House over veto: 240 - 180.")),
            ("vetoed", "vetoed 2021-07-09; the vote to override failed 2021-07-20"),
        ),
        (
            (PRESENTED, ("2021-07-10", "Became Public Law No: 117-31.")),
            ("law", "became Public Law 117-31 2021-07-10"),
        ),
        (
            (
                INTRODUCED,
                (
                    "2021-06-01",
                    "On motion to suspend the rules and pass the bill Failed by the Yeas and Nays",
                ),
            ),
            ("failed in House", "failed in House 2021-06-01"),
        ),
        (
            (("2021-05-30", "On passage Failed by recorded vote: 1 - 2"), IN_HOUSE),
            ("passed House", "passed House 2021-06-01"),
        ),
    ],
)
def test_a_bill_stands_where_its_steps_say(
    steps: tuple[tuple[str, str], ...], stood: tuple[str, str]
) -> None:
    assert _stood(*steps) == stood
    assert _stood(*reversed(steps)) == stood


def test_a_simple_resolution_is_done_when_its_chamber_agrees() -> None:
    agreed = ("2021-04-20", "Submitted in the Senate, considered, and agreed to without amendment.")
    assert _stood(agreed, key="bill:117-sres-1")[0] == "agreed to"
    assert _stood(agreed, key="bill:117-sconres-1")[0] == "passed Senate"


def test_steps_that_say_nothing_of_the_stage_give_none() -> None:
    assert stage([]) is None
    assert stage(actions([Step(day="2021-01-01", text="Sponsor introductory remarks on measure.")])) is None


def test_path_ends_with_the_present_stage_and_names_each_once() -> None:
    steps = (INTRODUCED, REPORTED, REPORTED, IN_HOUSE)
    found = stage(actions(Step(day=day, text=text) for day, text in steps))
    assert found is not None
    assert found.path == ("introduced", "reported", "passed House")


SPOT = {
    "hr1060": "introduced 2021-02-15",
    "hr3003": "passed House 2021-07-20",
    "s1169": "reported 2021-05-10",
    "s1260": "passed Senate 2021-06-08",
    "hr4521": "passed both 2022-03-28",
    "hr4346": "law 2022-08-09",
    "hr1204": "failed in House 2021-09-29",
    "sjres60": "failed in Senate 2022-12-14",
    "hconres28": "agreed to 2021-04-12",
}


def _bills(archive: Path) -> Iterator[tuple[str, bytes]]:
    """Every law of the 117th Congress, the bills named in SPOT, and each twentieth of the others."""
    with tarfile.open(archive) as tar:
        members = (member for member in tar if member.name.endswith(".xml"))
        for index, member in enumerate(members):
            file = tar.extractfile(member)
            body = file.read() if file else b""
            name = member.name.split("/")[-2]
            if index % 20 == 0 or name in SPOT or b"<laws>" in body:
                yield name, body


@pytest.mark.real
def test_bills_of_the_117th_congress_stand_where_they_stood(real_data: Path) -> None:
    source = Source(id="b", kind="billstatus", url=billstatus.DEFAULT_URL, options=billstatus.Options())
    standing, laws = {}, set()
    for name, body in _bills(real_data / "congress" / "billstatus-117.tar.xz"):
        request = Request(url="", context={"page": "bill", "loc": f"/BILLSTATUS-117{name}.xml"})
        now = datetime(2023, 1, 1, tzinfo=UTC)
        (item,) = billstatus.parse(
            source, Response(request=request, url="", body=body, headers={}, fetched_at=now)
        )
        assert isinstance(item, Item)
        found = stage(item.actions, key=item.key)
        assert found is not None, name
        standing[name] = f"{found.name} {found.since}"
        laws.update({name} if item.identifiers else ())
    assert len(standing) > 1000
    assert len(laws) == 329
    assert {name for name, stood in standing.items() if stood.startswith("law ")} == laws
    assert {name: standing[name] for name in SPOT} == SPOT
