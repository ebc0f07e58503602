"""The Grants.gov kind: whole lists by POST, and what a record adds, or takes away, of one opportunity."""

from __future__ import annotations

import csv
import html
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core import citations
from monitor.core.errors import NotUnderstood
from monitor.core.exchange import (
    Finding,
    Problem,
    Request,
    Response,
    Snapshot,
    Source,
    State,
    Total,
    Withdrawal,
)
from monitor.core.items import Item, content, content_hash, field_hashes
from monitor.sources import grants_gov
from monitor.sources.grants_gov import Options

NOW = datetime(2026, 4, 2, 3, 4, 5, tzinfo=UTC)  # the evening of the first in Washington
SEEN = "2026-04-01"
BEFORE = "2026-03-31"


def at(**options: Any) -> Source:
    return Source(id="grants", kind="grants_gov", url=grants_gov.DEFAULT_URL, options=Options(**options))


def ask(source: Source | None = None) -> list[Request]:
    return list(grants_gov.requests(source or at(), State(now=NOW)))


def said(request: Request) -> dict[str, Any]:
    """What is posted."""
    return msgspec.json.decode(request.body, type=dict[str, Any])


def read(
    body: object, request: Request | None = None, source: Source | None = None, now: datetime = NOW
) -> Sequence[Finding]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    response = Response(request=request or ask()[0], url="", body=raw, headers={}, fetched_at=now)
    return list(grants_gov.parse(source or at(), response))


def row(index: int, /, **parts: object) -> dict[str, Any]:
    return {
        "id": str(300_000 + index),
        "number": f"X-26-{index:04}",
        "title": "T",
        "oppStatus": "posted",
        **parts,
    }


def listing(rows: Sequence[object], count: int | None = None, **data: object) -> dict[str, Any]:
    hits = len(rows) if count is None else count
    return {"errorcode": 0, "msg": "Webservice Succeeds", "data": {"hitCount": hits, "oppHits": rows, **data}}


def items(found: Iterable[Finding]) -> list[Item]:
    return [each for each in found if isinstance(each, Item)]


def asked(found: Iterable[Finding]) -> list[Request]:
    return [each for each in found if isinstance(each, Request)]


def problems(found: Iterable[Finding]) -> list[str]:
    return [f"{each.where}: {each.what}" for each in found if isinstance(each, Problem)]


def only(**parts: object) -> Item:
    (item,) = items(read(listing([row(1, **parts)])))
    return item


def record_request(marker: str = f"348164 posted - {SEEN}", key: str = "grant:PD-23-1320") -> Request:
    (request,) = grants_gov.follow(at(), key, marker)
    return request


def record(part: dict[str, Any] | None = None, **parts: object) -> dict[str, Any]:
    told = {"id": 348164, "docType": "synopsis", "ost": "POSTED", "synopsis": part or {}, **parts}
    return {"errorcode": 0, "msg": "Webservice Succeeds", "data": told}


def test_a_poll_posts_one_search_over_all_that_is_forecast_open_or_closed() -> None:
    (request,) = ask(at(agencies=("NSF", "DOC-NTIA"), funding_categories=("ST",)))
    assert request.url == "https://api.grants.gov/v1/api/search2"
    assert said(request) == {
        "keyword": "",
        "agencies": "NSF|DOC-NTIA",
        "fundingCategories": "ST",
        "oppStatuses": "forecasted|posted|closed",
        "sortBy": "openDate|desc",
        "rows": 1000,
        "startRecordNum": 0,
    }


def test_each_search_is_a_walk_and_a_page_of_its_own_at_one_address() -> None:
    first, second = ask(at(keywords=("6G", '"Open RAN"')))
    assert (said(first)["keyword"], said(second)["keyword"]) == ("6G", '"Open RAN"')
    assert first.walk != second.walk
    assert first.url == second.url
    assert first.page != second.page


def test_further_pages_are_of_the_size_that_came_and_counted_against_the_total() -> None:
    found = read(listing([row(n) for n in range(100)], 250))
    assert [said(request)["startRecordNum"] for request in asked(found)] == [100, 200]
    assert {request.walk for request in asked(found)} == {ask()[0].walk}
    assert Total(walk=ask()[0].walk, count=250) in found
    further = read(listing([row(n) for n in range(100, 200)], 250), asked(found)[0])
    assert asked(further) == []
    assert not any(isinstance(each, Total | Snapshot) for each in further)


@given(st.integers(1, 1000), st.integers(0, 3000))
def test_pages_cover_every_row_once(size: int, count: int) -> None:
    first = read(listing([row(n) for n in range(min(size, count))], count)) if count <= size * 500 else []
    starts = [said(request)["startRecordNum"] for request in asked(first)]
    assert starts == (list(range(size, count, size)) if first else [])


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"<!DOCTYPE html><html><div id='app'></div></html>", "web page instead of JSON"),
        ({"errorcode": 0, "data": {}}, "without a counted list"),
        ({"errorcode": 0, "data": {"hitCount": 0}}, "without a counted list"),
        ({"errorcode": 0, "data": []}, "without a counted list"),
        ({"errorcode": 0, "data": {"hitCount": "9" * 5000, "oppHits": []}}, "without a counted list"),
        ({"errorcode": 1, "msg": "Bad\x1b[2J request", "data": None}, "the API answered: Bad request"),
        ({"errorcode": -1, "data": {"hitCount": 0, "oppHits": []}}, "the API answered: -1"),
        (listing([], 17), "declared 17 opportunities and sent none"),
        (listing([row(1)], 2_000_000), "declares 2000000 opportunities, which cannot be"),
        (listing([row(1)], 999_999), "sends 1 of 999999 opportunities a page"),
        (listing([row(1)], searchParams={"keyword": "6G"}), "ran another search (keyword is '6G')"),
        (listing([row(1)], searchParams={"oppStatuses": "posted"}), "oppStatuses is 'posted'"),
        (listing([row(1)], searchParams={"startRecordNum": 25}), "startRecordNum is '25'"),
    ],
)
def test_an_answer_of_another_shape_or_to_another_search_is_not_understood(
    body: object, message: str
) -> None:
    with pytest.raises(NotUnderstood) as caught:
        read(body)
    assert message in str(caught.value)


def test_the_search_that_was_asked_for_may_be_repeated_in_the_answer() -> None:
    ran = {"keyword": "", "oppStatuses": "forecasted|posted|closed", "startRecordNum": 0, "rows": 1000}
    assert len(items(read(listing([row(1)], searchParams=ran)))) == 1


def test_nothing_found_is_an_answer() -> None:
    assert read(listing([])) == [Total(walk="opportunities", count=0), Snapshot(walk="opportunities")]


@pytest.mark.parametrize(
    ("number", "key"),
    [
        ("25-539", "grant:25-539"),
        ("pd-23-132y", "grant:PD-23-132Y"),
        ("NTIA‑PWSCIF–2026", "grant:NTIA-PWSCIF-2026"),
        (" HHS 2026 ACF ", "grant:HHS-2026-ACF"),
        ("", "grant-id:300001"),
        (None, "grant-id:300001"),
        ("助成", "grant-id:300001"),
        ("N" * 101, "grant-id:300001"),
    ],
)
def test_the_key_is_the_number_in_capitals_or_else_the_id(number: object, key: str) -> None:
    assert only(number=number).key == key
    assert not key.startswith("grant:") or citations.parse(key) == key


def test_of_two_rows_with_one_number_the_newest_has_it_and_none_is_lost() -> None:
    found = read(listing([row(2, number="A-1", title="newer"), row(1, number="a-1", title="older")]))
    assert [(item.key, item.title) for item in items(found)] == [
        ("grant:A-1", "newer"),
        ("grant-id:300001", "older"),
    ]


@pytest.mark.parametrize("broken", [None, [], "row", {"title": "Lost"}, {"id": "²", "number": "\x07"}])
def test_a_row_that_names_nothing_is_named_and_costs_no_other(broken: object) -> None:
    found = read(listing([broken, row(1)]))
    assert len(problems(found)) == len(items(found)) == 1
    assert problems(found)[0].startswith("opportunities: row 0: has no number and no id")


@pytest.mark.parametrize(
    ("parts", "identifiers"),
    [
        ({"number": "25-539", "agencyCode": "NSF"}, ("nsf:25-539",)),
        ({"number": "25-539", "agency": "U.S. National Science Foundation"}, ("nsf:25-539",)),
        ({"number": "NSF 25-539", "agencyCode": "NSF"}, ("nsf:25-539",)),
        ({"number": "25-539", "agencyCode": "DOC-NTIA", "agency": "NTIA"}, ()),
        ({"number": "PD-25-539", "agencyCode": "NSF"}, ()),
        ({"number": "25-539-2", "agencyCode": "NSF"}, ()),
    ],
)
def test_a_solicitation_of_nsf_is_identified_by_its_own_number(
    parts: dict[str, object], identifiers: tuple[str, ...]
) -> None:
    assert only(**parts).identifiers == identifiers
    assert [citations.parse(each) for each in identifiers] == list(identifiers)


def test_days_are_days_in_washington_and_an_empty_deadline_is_none() -> None:
    item = only(openDate="05/19/2025", closeDate="08/25/2025")
    assert item.published is not None
    assert (item.published.precision, str(item.published), item.published.text) == (
        "day",
        "2025-05-19",
        "05/19/2025",
    )
    assert item.details["deadline"] == "2025-08-25"
    assert "deadline" not in only(closeDate="").details
    assert only(openDate="13/45/2025").published is None


@pytest.mark.parametrize("title", ["A &amp; B", "A &amp;amp; B", "A & B", "A\x1b[31m &#38; <b>B</b>"])
def test_titles_are_read_out_of_their_entities(title: str) -> None:
    assert only(title=title).title == "A & B"


def test_only_an_id_becomes_an_address() -> None:
    assert only().url == "https://www.grants.gov/search-results-detail/300001"
    hostile = only(id="1/../../evil?x=")
    assert (hostile.url, hostile.marker) == ("", "")
    assert list(grants_gov.follow(at(), hostile.key, hostile.marker)) == []


def test_each_flip_of_the_status_is_a_revision() -> None:
    flips = [only(oppStatus=status) for status in ("forecasted", "posted", "closed", "archived")]
    assert [item.details["status"] for item in flips] == ["forecasted", "posted", "closed", "archived"]
    assert len({content_hash(field_hashes(item)) for item in flips}) == 4
    assert {item.key for item in flips} == {"grant:X-26-0001"}


def test_the_day_of_the_poll_is_in_the_marker_and_is_no_content() -> None:
    today = only(closeDate="05/15/2026")
    (tomorrow,) = items(
        read(listing([row(1, closeDate="05/15/2026")]), now=datetime(2026, 4, 2, 15, tzinfo=UTC))
    )
    assert (today.marker, tomorrow.marker) == (
        "300001 posted 2026-05-15 2026-04-01",
        "300001 posted 2026-05-15 2026-04-02",
    )
    assert field_hashes(today) == field_hashes(tomorrow)


def test_the_record_of_an_open_opportunity_is_asked_for_at_each_poll() -> None:
    request = record_request()
    assert request.url == "https://api.grants.gov/v1/api/fetchOpportunity"
    assert said(request) == {"opportunityId": 348164}
    assert request.marker == ""
    assert request.page != record_request(f"348165 posted - {SEEN}").page


def test_the_record_of_a_closed_one_is_asked_for_once_and_of_an_archived_one_no_more() -> None:
    closed = only(oppStatus="closed", closeDate="03/01/2026").marker
    assert record_request(closed).marker == closed == "300001 closed 2026-03-01 -"
    archived = only(oppStatus="archived").marker
    assert list(grants_gov.follow(at(), "grant:X-26-0001", archived)) == []
    assert list(grants_gov.follow(at(), "grant:X-26-0001", "")) == []


def test_a_record_says_nothing_that_the_list_says() -> None:
    """Otherwise the two would revise each other for ever."""
    full = {
        "synopsisDesc": "<p>Text</p>",
        "responseDate": "Aug 24, 2026 12:00:00 AM EDT",
        "postingDate": "May 17, 2023 12:00:00 AM EDT",
        "agencyName": "Somebody",
        "awardCeiling": "none",
        "fundingDescLinkUrl": "https://www.nsf.gov/x",
        "costSharing": True,
    }
    listed = only(openDate="05/17/2023", closeDate="08/24/2026", agency="NSF", cfdaList=["47.075"])
    (told,) = items(read(record(full, opportunityTitle="Another title"), record_request()))
    assert set(content(listed)) & set(content(told)) == {"kind"}
    assert told.summary == "Text"


def test_amounts_of_none_are_not_stated() -> None:
    (item,) = items(
        read(
            record(
                {
                    "awardCeiling": "none",
                    "awardFloor": "",
                    "estimatedFunding": "$1,500,000",
                    "numberOfAwards": 3,
                }
            ),
            record_request(),
        )
    )
    assert item.details == {"total_funding": "1500000", "expected_awards": "3"}


@pytest.mark.parametrize("note", ["undefined", "No Explanation", ""])
def test_what_stands_for_a_missing_explanation_is_none(note: str) -> None:
    (item,) = items(read(record({"responseDateDesc": note}), record_request()))
    assert item.details == {}


@pytest.mark.parametrize(
    "printed",
    [
        {"estApplicationResponseDate": "May 05, 2026 12:00:00 AM EDT"},
        {"estApplicationResponseDateStr": "2026-05-05-00-00-00", "estApplicationResponseDate": "x"},
        {"estApplicationResponseDate": "05/05/2026"},
    ],
)
def test_midnight_beside_a_day_is_no_time(printed: dict[str, str]) -> None:
    (item,) = items(read(record(None, docType="forecast", forecast=printed), record_request()))
    assert item.details == {"estimated_deadline": "2026-05-05"}


def test_a_forecast_that_was_posted_is_read_as_its_synopsis() -> None:
    both = record({"synopsisDesc": "what it is"}, forecast={"forecastDesc": "what it was going to be"})
    assert items(read(both, record_request()))[0].summary == "what it is"
    both["data"]["docType"] = "forecast"
    assert items(read(both, record_request()))[0].summary == "what it was going to be"


def test_an_archived_record_is_a_status_once_the_list_shows_the_opportunity_no_more() -> None:
    archived = record({"synopsisDesc": "text"}, ost="ARCHIVED")
    (listed,) = items(read(archived, record_request(f"348164 posted - {SEEN}")))
    assert "status" not in listed.details
    (gone,) = items(read(archived, record_request(f"348164 posted - {BEFORE}")))
    assert gone.details["status"] == "archived"
    assert list(grants_gov.follow(at(), gone.key, gone.marker)) == []
    assert grants_gov.vanished(at(), gone.key, gone.marker, NOW) == ""


def test_a_record_that_is_gone_withdraws_what_the_list_shows_no_more() -> None:
    unknown = {"errorcode": 0, "data": {"errorMessages": ["No record found"]}}
    assert read(unknown, record_request(f"348164 posted - {BEFORE}")) == [
        Withdrawal(key="grant:PD-23-1320", reason="Grants.gov has no record of it any more")
    ]
    assert problems(read(unknown, record_request())) == [
        "grant:PD-23-1320: is listed, and Grants.gov has no record of it"
    ]


@pytest.mark.parametrize(
    "body",
    [
        record(None, id=7),
        record(None, synopsis=None),
        {"errorcode": 0, "data": None},
        {"errorcode": 0, "data": {"errorMessages": ["Internal error"]}},
        {"errorcode": 2, "msg": "No", "data": {}},
    ],
)
def test_a_record_of_another_opportunity_or_of_none_is_not_understood(body: object) -> None:
    with pytest.raises(NotUnderstood):
        read(body, record_request())


@pytest.mark.parametrize(
    ("marker", "why"),
    [
        ("348164 posted 2026-05-15 2026-03-30", "no longer listed, and no deadline had passed"),
        ("348164 forecasted - 2026-03-30", "no longer listed, and no deadline had passed"),
        ("348164 posted 2026-04-01 2026-03-30", "no longer listed, and no deadline had passed"),
        ("348164 posted 2026-03-31 2026-03-30", ""),
        ("348164 closed - -", ""),
        ("", "no longer listed, and no deadline had passed"),
    ],
)
def test_what_vanishes_before_its_deadline_is_withdrawn_and_what_had_closed_is_not(
    marker: str, why: str
) -> None:
    assert grants_gov.vanished(at(), "grant:X", marker, NOW) == why


def test_a_search_by_words_says_nothing_of_what_it_no_longer_finds() -> None:
    source = at(keywords=("6G",))
    found = read(listing([row(1)]), ask(source)[0], source)
    assert not any(isinstance(each, Snapshot) for each in found)
    assert Snapshot(walk="opportunities") in read(listing([row(1)]))


def test_a_list_with_an_unreadable_row_says_nothing_of_what_it_lacks() -> None:
    """The row may be the opportunity that seems to be gone."""
    found = read(listing([row(1), {"title": "Nameless"}]))
    assert problems(found) == ["opportunities: row 1: has no number and no id: Nameless"]
    assert not any(isinstance(each, Snapshot) for each in found)


def past(source: Source | None = None) -> list[Request]:
    return list(
        grants_gov.past(
            source or at(), datetime(2025, 1, 1, 12, tzinfo=UTC), datetime(2025, 12, 31, 12, tzinfo=UTC)
        )
    )


def test_the_past_is_all_that_was_ever_listed_of_which_those_days_are_kept() -> None:
    (request,) = past()
    assert said(request)["oppStatuses"] == "forecasted|posted|closed|archived"
    opened = ("12/31/2024", "01/01/2025", "12/31/2025", "01/01/2026", "")
    found = read(listing([row(n, openDate=day) for n, day in enumerate(opened)], 8), request)
    assert [item.key for item in items(found)] == ["grant:X-26-0001", "grant:X-26-0002"]
    assert not any(isinstance(each, Total | Snapshot) for each in found)
    (further,) = asked(found)
    assert said(further)["startRecordNum"] == 5
    assert problems(read(listing([row(1)], 8), further)) == [
        f"{request.walk}: from row 5: 1 rows came instead of 3"
    ]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"keywords": ["智能"]}, "use ASCII letters"),
        ({"keywords": [" "]}, "finds nothing by ' '"),
        ({"agencies": ["NSF|DOD"]}, "agencies: 'NSF|DOD' is no code"),
        ({"funding_categories": ["science"]}, "funding_categories: 'science' is no code"),
        ({"statuses": []}, "statuses: must be some of"),
        ({"statuses": ["open"]}, "statuses: must be some of"),
    ],
)
def test_options_that_cannot_be_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.convert(options, type=Options)
    assert message in str(caught.value)


def us_day(iso: str) -> str:
    year, _, rest = iso.partition("-")
    return f"{rest.replace('-', '/')}/{year}" if iso else ""


def facts(real_data: Path) -> list[dict[str, str]]:
    path = real_data / "nsf" / "grants-opportunities-UM-MIDAS-2026-08.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.real
def test_two_hundred_real_opportunities_are_told_apart_and_nsf_s_are_recognised(real_data: Path) -> None:
    known = facts(real_data)
    rows = [
        {
            "id": str(300_000 + index),
            "number": fact["Opportunity ID"],
            "title": html.escape(fact["Title"]),
            "agencyCode": fact["Agency"],
            "openDate": us_day(fact["Post Date"]),
            "closeDate": us_day(fact["Deadline"]),
            "oppStatus": fact["Status"].lower(),
        }
        for index, fact in enumerate(known)
    ]
    found = read(listing(rows))
    read_items = items(found)
    assert problems(found) == []
    assert len({item.key for item in read_items}) == len(known) == 214
    assert [item.title for item in read_items] == [" ".join(fact["Title"].split()) for fact in known]
    assert [str(item.published) for item in read_items] == [fact["Post Date"] for fact in known]
    assert [item.details.get("deadline", "") for item in read_items] == [fact["Deadline"] for fact in known]
    solicited = [item for item in read_items if item.identifiers]
    assert {item.key.replace("grant:", "nsf:") for item in solicited} == {
        i for item in solicited for i in item.identifiers
    }
    assert len(solicited) == sum(
        fact["Agency"] == "NSF" and not fact["Opportunity ID"].startswith("PD") for fact in known
    )


@pytest.mark.real
def test_two_hundred_real_descriptions_and_sums_are_read_whole(real_data: Path) -> None:
    for fact in facts(real_data):
        sums = {
            "awardCeiling": fact["Award Ceiling"] or "none",
            "estimatedFunding": fact["Est. Total Funding"],
        }
        (item,) = items(read(record({"synopsisDesc": fact["Description"], **sums}), record_request()))
        assert len(item.summary) > len(fact["Description"]) / 2
        assert "&nbsp;" not in item.summary
        assert item.details.get("award_ceiling", "") == fact["Award Ceiling"].removesuffix(".0")
        assert item.details.get("total_funding", "") == fact["Est. Total Funding"].removesuffix(".0")
