"""The Congress.gov kind: what it asks, and what it makes of answers that are not what they should be."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from lxml import etree

from monitor.core.bills import stage
from monitor.core.errors import NotUnderstood
from monitor.core.exchange import Finding, Problem, Request, Response, Source, State, Total, Unread
from monitor.core.items import Item
from monitor.core.records.bill_records import TextVersion, text_versions
from monitor.sources import billstatus, congress

NOW = datetime(2026, 1, 5, 3, 4, 5, tzinfo=UTC)
SOURCE = Source(
    id="bills", kind="congress", url=congress.DEFAULT_URL, options=congress.Options(congresses=(117,))
)


def ask(last_complete: datetime | None = None) -> Request:
    (request,) = congress.requests(SOURCE, State(now=NOW, last_complete=last_complete))
    return request


def read(body: object, request: Request | None = None) -> Sequence[Finding]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    response = Response(request=request or ask(), url="", body=raw, headers={}, fetched_at=NOW)
    return list(congress.parse(SOURCE, response))


def bills(*numbers: int, count: int) -> dict[str, Any]:
    listed = [{"congress": 117, "type": "HR", "number": str(number), "title": "T"} for number in numbers]
    return {"bills": listed, "pagination": {"count": count, "next": "https://elsewhere.example/"}}


def followed(page: str) -> Request:
    asked = congress.follow(SOURCE, "bill:117-hr-3076", "m")
    return next(request for request in asked if request.context["page"] == page)


def items(found: Sequence[Finding]) -> list[Item]:
    return [each for each in found if isinstance(each, Item)]


def test_the_sort_reaches_the_api_as_two_words() -> None:
    query = urlsplit(ask().url).query
    assert "sort=updateDate+desc" in query
    assert parse_qs(query)["sort"] == ["updateDate desc"]
    assert "%2B" not in query


def test_json_is_asked_for_in_pages_of_250() -> None:
    query = parse_qs(urlsplit(ask().url).query)
    assert (query["format"], query["limit"], query["offset"]) == (["json"], ["250"], ["0"])


def test_first_poll_asks_for_the_whole_congress() -> None:
    assert "DateTime" not in ask().url


def test_later_polls_ask_from_two_days_before_the_last_complete_one() -> None:
    query = parse_qs(urlsplit(ask(datetime(2026, 1, 4, 3, tzinfo=UTC)).url).query)
    assert query["fromDateTime"] == ["2026-01-02T00:00:00Z"]
    assert query["toDateTime"] == ["2026-01-05T03:04:05Z"]


def test_without_a_named_congress_the_sitting_one_is_asked() -> None:
    source = Source(id="b", kind="congress", url="https://h.example/v3/", options=congress.Options())
    (request,) = congress.requests(source, State(now=NOW))
    assert request.url.startswith("https://h.example/v3/bill/119?")


def test_the_key_goes_into_a_header() -> None:
    asked = [ask(), *congress.follow(SOURCE, "bill:117-hr-1", "m")]
    assert {request.key_header for request in asked} == {"X-Api-Key"}
    assert not any("api_key" in request.url for request in asked)


def test_pages_are_built_from_the_count_and_never_from_next() -> None:
    found = read(bills(*range(1, 251), count=600), ask(NOW))
    further = [each for each in found if isinstance(each, Request)]
    assert [parse_qs(urlsplit(request.url).query)["offset"] for request in further] == [["250"], ["500"]]
    assert all(request.walk == ask().walk and "fromDateTime" in request.url for request in further)
    assert Total(walk="bill/117", count=600) in found


def test_a_list_that_grows_while_it_is_walked_is_walked_to_its_end() -> None:
    last = [each for each in read(bills(*range(1, 251), count=500)) if isinstance(each, Request)][-1]
    found = read(bills(*range(251, 501), count=501), last)
    assert [each.context["offset"] for each in found if isinstance(each, Request)] == ["500"]
    assert not any(isinstance(each, Total) for each in found)


def test_an_empty_window_is_complete() -> None:
    assert read(bills(count=0)) == [Total(walk="bill/117", count=0)]


def test_a_fresh_bill_may_have_no_title() -> None:
    answer = bills(9, count=1)
    answer["bills"][0]["title"] = None
    assert items(read(answer))[0].title == ""


def test_a_bad_entry_costs_only_itself() -> None:
    answer = bills(1, 2, count=4)
    answer["bills"] += [None, {"congress": 117, "type": "HR"}]
    found = read(answer)
    assert len(items(found)) == 2
    assert [each.where for each in found if isinstance(each, Problem)] == [
        "bill/117: entry 2",
        "bill/117: entry 3",
    ]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"<!DOCTYPE html><html></html>", "web page instead of JSON"),
        (b"", "broken JSON"),
        (b'{"bills": [', "broken JSON"),
        (b"[]", "no object"),
        (b"\xff{", "broken JSON"),
        (b"[" * 100_000, "broken JSON"),
        ({"bills": []}, "without a counted list of bills"),
        ({"pagination": {"count": 3}}, "without a counted list of bills"),
        ({"bills": [], "pagination": {"count": "²"}}, "without a counted list of bills"),
        ({"bills": [], "pagination": {"count": "9" * 5000}}, "without a counted list of bills"),
        ({"bills": {}, "pagination": {"count": 3}}, "without a counted list of bills"),
        (bills(count=10**9), "which cannot be"),
        ({"error": {"code": "OVER_RATE_LIMIT", "message": "Too many."}}, "OVER_RATE_LIMIT Too many."),
        ({"error": "Unknown resource"}, "Unknown resource"),
        ({"error": {"message": "\x1b[2Jgone\nfor good"}}, "the API answered: gone for good"),
        (b'{"bills": [], "pagination": {"count": ' + b"9" * 5000 + b"}}", "bills: "),
    ],
)
def test_an_answer_that_is_no_list_of_bills_is_not_understood(body: object, message: str) -> None:
    with pytest.raises(NotUnderstood, match="bills: ") as caught:
        read(body)
    assert message in str(caught.value)


def test_a_refused_key_is_said_to_be_the_key() -> None:
    with pytest.raises(NotUnderstood) as caught:
        read({"error": {"code": "API_KEY_INVALID", "message": "An invalid api_key was supplied."}})
    assert caught.value.failure == "key"
    assert "check the key in api_key" in str(caught.value)


def test_the_marker_moves_with_every_sign_of_an_update() -> None:
    signs = [
        {"updateDate": "2026-01-02"},
        {"updateDateIncludingText": "x"},
        {"latestAction": {"text": "Became law."}},
    ]
    markers = set()
    for sign in [{}, *signs]:
        answer = bills(1, count=1)
        answer["bills"][0] |= sign
        markers.add(items(read(answer))[0].marker)
    assert len(markers) == 4


def test_following_a_bill_asks_for_its_parts_once_a_marker() -> None:
    asked = list(congress.follow(SOURCE, "bill:117-hr-1060", "2021-08-04"))
    assert [urlsplit(request.url).path for request in asked] == [
        f"/v3/bill/117/hr/1060{part}" for part in ("", "/actions", "/titles", "/summaries", "/text")
    ]
    assert {request.marker for request in asked} == {"2021-08-04"}


def test_what_is_no_bill_is_not_followed() -> None:
    assert list(congress.follow(SOURCE, "frdoc:2024-01234", "m")) == []


def test_an_answer_about_another_bill_is_not_understood() -> None:
    with pytest.raises(NotUnderstood, match="another thing than bill:117-hr-3076"):
        read({"bill": {"congress": 117, "type": "HR", "number": "1"}}, followed("bill"))


def test_long_histories_are_read_to_their_end_whatever_the_page_size() -> None:
    sent = [{"actionDate": "2021-01-04", "text": f"Step {n}"} for n in range(20)]
    found = read({"actions": sent, "pagination": {"count": 74}}, followed("actions"))
    (further,) = [each for each in found if isinstance(each, Request)]
    assert parse_qs(urlsplit(further.url).query)["offset"] == ["20"]
    assert further.marker == "m"


def test_declared_entries_that_do_not_come_leave_the_list_unread() -> None:
    found = read({"actions": [], "pagination": {"count": 74}}, followed("actions"))
    assert Unread(walk="bill:117-hr-3076 actions", what="74 were declared, and 0 sent") in found
    assert not any(isinstance(each, Request) for each in found)


def texts(*versions: dict[str, Any]) -> Item:
    (item,) = items(
        read({"textVersions": list(versions), "pagination": {"count": len(versions)}}, followed("text"))
    )
    return item


@pytest.mark.parametrize(
    ("printed", "day"),
    [
        ("2022-02-15T05:00:00Z", "2022-02-15"),
        ("2021-05-11T04:00:00Z", "2021-05-11"),
        ("2022-04-07T03:59:59Z", "2022-04-06"),
        ("2022-04-07", "2022-04-07"),
        (None, "None"),
        ("soon", "None"),
        ("0001-01-01T00:00:00Z", "None"),
    ],
)
def test_the_day_of_a_text_is_one_in_washington(printed: object, day: str) -> None:
    (action,) = texts({"type": "Enrolled Bill", "date": printed}).actions
    assert (action.text, str(action.when)) == ("Text published: Enrolled Bill", day)


def test_a_text_is_told_apart_by_type_and_day_and_one_without_a_type_is_none() -> None:
    first = {"type": "Placed on Calendar Senate", "date": "2022-02-09T05:00:00Z"}
    again = {"type": "Placed on Calendar Senate", "date": "2022-02-15T05:00:00Z"}
    other = {"type": "Reported to Senate", "date": "2022-02-09T05:00:00Z"}
    told = texts(
        first, first | {"formats": []}, again, other, {"type": None, "date": "2022-02-09T05:00:00Z"}, {}
    )
    assert len(told.actions) == 3
    assert {action.key for action in told.actions} == {
        action.key for action in texts(other, again, first).actions
    }


@pytest.mark.parametrize(
    "type_",
    [
        "Introduced in House",
        "Reported to Senate",
        "Placed on Calendar Senate",
        "Engrossed in House",
        "Received in Senate",
        "Considered and Passed House",
        "Enrolled Bill",
        "Public Law",
        "Committee Discharged Senate",
        "Agreed to House",
        "Failed Passage Senate",
    ],
)
def test_a_text_is_no_stage_of_its_bill(type_: str) -> None:
    assert stage(texts({"type": type_, "date": "2022-02-15T05:00:00Z"}).actions) is None


def _recorded(real_data: Path, name: str) -> bytes:
    (file,) = (real_data / "congress" / "api-v3" / name).glob("*.json")
    return file.read_bytes()


@pytest.mark.real
def test_a_recorded_list_is_read_without_a_lost_bill(real_data: Path) -> None:
    body = _recorded(real_data, "bill")
    found = read(body)
    expected = [f"bill:{b['congress']}-{b['type'].lower()}-{b['number']}" for b in json.loads(body)["bills"]]
    assert [item.key for item in items(found)] == expected
    assert not any(isinstance(each, Problem) for each in found)


@pytest.mark.real
def test_recorded_parts_of_a_bill_are_read_whole(real_data: Path) -> None:
    (detail,) = items(read(_recorded(real_data, "bill2"), followed("bill")))
    assert detail.identifiers == ("law:117-108",)
    assert str(detail.published) == "2021-05-11"
    (summary,) = items(read(_recorded(real_data, "summaries"), followed("summaries")))
    assert summary.summary
    assert "<" not in summary.summary


@pytest.mark.real
def test_recorded_texts_of_a_bill_are_read_whole(real_data: Path) -> None:
    (item,) = items(read(_recorded(real_data, "bill4"), followed("text")))
    told = {(action.text.removeprefix("Text published: "), str(action.when)) for action in item.actions}
    assert len(told) == len(item.actions) == 8
    assert {
        ("Enrolled Bill", "None"),
        ("Introduced in House", "2021-05-11"),
        ("Public Law", "2022-04-06"),
    } < told


@pytest.mark.real
def test_the_same_text_has_one_key_in_both_of_the_library_s_outlets(
    real_data: Path, bulk_file: bytes
) -> None:
    (item,) = items(read(_recorded(real_data, "bill4"), followed("text")))
    told = etree.fromstring(bulk_file).iterfind("bill/textVersions/item")
    bulk = text_versions(
        TextVersion(type=each.findtext("type") or "", date=each.findtext("date") or "") for each in told
    )
    assert {action.key for action in item.actions} == {action.key for action in bulk}


@pytest.mark.real
def test_the_same_step_has_one_key_in_both_of_the_library_s_outlets(
    real_data: Path, bulk_file: bytes
) -> None:
    (history,) = items(read(_recorded(real_data, "bill3"), followed("actions")))
    assert len(history.actions) == 20
    loc = "/BILLSTATUS-117hr3076.xml"
    source = Source(id="b", kind="billstatus", url=billstatus.DEFAULT_URL, options=billstatus.Options())
    request = Request(url=loc, context={"page": "bill", "loc": loc})
    (bulk,) = billstatus.parse(
        source, Response(request=request, url=loc, body=bulk_file, headers={}, fetched_at=NOW)
    )
    assert isinstance(bulk, Item)
    assert {action.key for action in history.actions} <= {action.key for action in bulk.actions}


@pytest.fixture
def bulk_file(real_data: Path) -> bytes:
    """H.R. 3076 of the 117th Congress as GovInfo's bulk data has it."""
    import tarfile

    with tarfile.open(real_data / "congress" / "billstatus-117.tar.xz") as tar:
        for member in tar:
            if "/hr/hr3076/" in member.name and member.isfile():
                file = tar.extractfile(member)
                assert file is not None
                return file.read()
    raise LookupError("hr3076 is not in the archive")
