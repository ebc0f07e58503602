"""The regulations.gov kind: windows in Washington's time, pages that know of each other, postings that do not fight."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from desk import Desk
from hypothesis import given
from hypothesis import strategies as st
from webserver import Asked, Reply, WebServer

from monitor.core.errors import NotUnderstood
from monitor.core.exchange import Finding, Problem, Request, Response, Source, State, Total
from monitor.core.items import Item, content_hash, field_hashes
from monitor.sources import regulations_gov
from monitor.sources.regulations_gov import Options

NOW = datetime(2026, 4, 2, 3, 4, 5, tzinfo=UTC)  # the evening of the first of April in Washington


def at(**options: Any) -> Source:
    return Source(
        id="regs", kind="regulations_gov", url=regulations_gov.DEFAULT_URL, options=Options(**options)
    )


def ask(source: Source | None = None, last_complete: datetime | None = None) -> list[Request]:
    return list(regulations_gov.requests(source or at(), State(now=NOW, last_complete=last_complete)))


def query(request: Request) -> dict[str, list[str]]:
    return parse_qs(urlsplit(request.url).query)


def window(request: Request) -> tuple[str, str]:
    said = query(request)
    field = request.context["field"]
    return said[f"filter[{field}][ge]"][0], said[f"filter[{field}][le]"][0]


def read(body: object, request: Request | None = None, source: Source | None = None) -> Sequence[Finding]:
    source = source or at()
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    response = Response(request=request or ask(source)[0], url="", body=raw, headers={}, fetched_at=NOW)
    return list(regulations_gov.parse(source, response))


def record(id_: str, **facts: object) -> dict[str, Any]:
    told = {"agencyId": "NTIA", "docketId": id_.rpartition("-")[0], "title": f"Document {id_}"}
    return {"id": id_, "type": "documents", "attributes": told | facts}


def page(*records: object, total: int | None = None, more: bool = False) -> dict[str, Any]:
    count = len(records) if total is None else total
    return {"data": list(records), "meta": {"totalElements": count, "hasNextPage": more}}


def items(found: Sequence[Finding]) -> list[Item]:
    return [each for each in found if isinstance(each, Item)]


def asked(found: Sequence[Finding]) -> list[Request]:
    return [each for each in found if isinstance(each, Request)]


def total(found: Sequence[Finding]) -> int:
    (count,) = [each.count for each in found if isinstance(each, Total)]
    return count


# Windows


def test_filters_are_in_washington_s_time_though_answers_are_in_utc() -> None:
    (request,) = ask(last_complete=datetime(2026, 4, 1, 12, tzinfo=UTC))
    assert window(request) == ("2026-03-31 08:00:00", "2026-04-01 23:04:05")


def test_the_first_poll_reaches_back_as_many_days_as_the_option_says() -> None:
    (request,) = ask(at(days=2))
    assert window(request) == ("2026-03-30 23:04:05", "2026-04-01 23:04:05")


def test_order_page_size_and_key_header_are_always_said() -> None:
    (request,) = ask()
    said = query(request)
    assert (said["sort"], said["page[size]"], said["page[number]"]) == (
        ["lastModifiedDate,documentId"],
        ["250"],
        ["1"],
    )
    assert request.key_header == "X-Api-Key"


def test_spaces_reach_the_api_as_spaces() -> None:
    (request,) = ask(at(terms=("open RAN",)))
    assert "filter%5BsearchTerm%5D=open%20RAN&" in request.url
    assert "+" not in request.url


def test_each_combination_of_conditions_is_a_walk_of_its_own() -> None:
    source = at(agencies=("BIS", "NTIA"), terms=("6G", "Open RAN"), document_types=("Rule",))
    requests = ask(source)
    assert [(query(r)["filter[agencyId]"][0], query(r)["filter[searchTerm]"][0]) for r in requests] == [
        ("BIS", "6G"),
        ("BIS", "Open RAN"),
        ("NTIA", "6G"),
        ("NTIA", "Open RAN"),
    ]
    assert all(query(request)["filter[documentType]"] == ["Rule"] for request in requests)
    assert len({request.walk for request in requests}) == 4


@pytest.mark.parametrize(("held", "sent"), [(5001, 250), (12_000, 250), (501, 25)])
def test_more_than_twenty_pages_hold_splits_the_window(held: int, sent: int) -> None:
    found = read(page(*(record(f"N-{n}") for n in range(sent)), total=held, more=True), ask(at(days=2))[0])
    assert [window(request) for request in asked(found)] == [
        ("2026-03-30 23:04:05", "2026-03-31 23:04:05"),
        ("2026-03-31 23:04:05", "2026-04-01 23:04:05"),
    ]
    assert len(found) == 2


def test_twenty_full_pages_are_read_as_they_are() -> None:
    found = read(page(*(record(f"N-{n}") for n in range(250)), total=5000, more=True))
    assert len(items(found)) == 250
    assert [query(request)["page[number]"] for request in asked(found)] == [["2"]]


def within(since: str, until: str, field: str = "lastModifiedDate") -> Request:
    """The first page of a window."""
    (request,) = ask()
    context = {**request.context, "field": field, "since": since, "until": until}
    return Request(url="", walk="w", context=context)


@given(st.integers(0, 10**9), st.sampled_from([0, 1, 2, 3600]) | st.integers(0, 10**8))
def test_halves_in_seconds_leave_nothing_between_them_and_end(start: int, length: int) -> None:
    """Their common moment may be in the hour that comes twice: whatever it is taken for, both take it for the same."""
    since, until = (
        datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")
        for seconds in (start, start + length)
    )
    halves = [window(half) for half in regulations_gov.split(at(), within(since, until))]
    if length == 0:
        assert halves == []
        return
    (first, last), (next_first, next_last) = halves
    assert (first, next_last) == (since, until)
    assert last == next_first or (last, next_first) == (first, next_last)
    assert (since, until) not in halves


@given(st.dates(date(2000, 1, 1), date(2030, 1, 1)), st.integers(0, 5000))
def test_halves_in_days_touch_without_overlap(since: date, days: int) -> None:
    until = since + timedelta(days=days)
    request = within(since.isoformat(), until.isoformat(), "postedDate")
    halves = [window(half) for half in regulations_gov.split(at(), request)]
    if days == 0:
        assert halves == []
        return
    (first, last), (next_first, next_last) = [tuple(map(date.fromisoformat, half)) for half in halves]
    assert (first, next_last) == (since, until)
    assert next_first - last == timedelta(days=1)


def test_a_second_that_holds_too_much_is_read_as_far_as_it_goes_and_counted_short() -> None:
    moment = "2026-04-01 02:00:00"
    found = read(page(record("N-1"), total=9000, more=True), within(moment, moment))
    assert len(items(found)) == 1
    (last,) = asked(found)
    for number in range(2, 21):
        assert last.context["number"] == str(number)
        found = read(page(record(f"N-{number}"), total=9000, more=True), last)
        last = (asked(found) or [last])[0]
    assert total(found) == 9000
    assert asked(found) == []


# Pages


def test_the_last_page_says_how_many_distinct_entries_the_first_one_declared() -> None:
    """An entry changed in the meantime leaves the window and moves up another that then stands on no page."""
    first = read(page(record("N-1"), record("N-2"), total=4, more=True))
    (following,) = asked(first)
    assert total(read(page(record("N-3"), total=3), following)) == 4


def test_an_id_listed_twice_on_one_page_or_two_is_one_entry_and_no_gap() -> None:
    first = read(page(record("N-1"), record("N-1", title="Another object"), total=4, more=True))
    (following,) = asked(first)
    second = read(page(record("N-1", title="A third"), record("N-2"), total=4), following)
    assert [item.title for item in items([*first, *second])] == ["Document N-1", "Document N-2"]
    assert total(second) == 2


def test_a_last_page_that_has_become_empty_ends_the_walk() -> None:
    (following,) = asked(read(page(record("N-1"), total=2, more=True)))
    assert read(page(total=1), following) == [Total(walk=following.walk, count=2)]


def test_an_entry_without_an_id_is_named_and_costs_no_other() -> None:
    found = read(page(None, {"attributes": {"title": "No id"}}, record("N-1"), record("N/../1")))
    assert [each.what for each in found if isinstance(each, Problem)] == [
        "has no id: no title",
        "has no id: No id",
        "has no id: Document N/../1",
    ]
    assert (len(items(found)), total(found)) == (1, 4)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"<html>Sign in</html>", "web page instead of JSON"),
        ({"data": []}, "without a counted list"),
        ({"data": {}, "meta": {"totalElements": 1}}, "without a counted list"),
        ({"data": [], "meta": {"totalElements": 7}}, "declared 7 entries and sent none"),
        ({"data": [], "meta": {"totalElements": 10**15}}, "which cannot be"),
        ({"errors": [{"status": "400", "title": "Validation error"}]}, "Validation error"),
        ({"error": {"code": "API_KEY_INVALID", "message": "An invalid key"}}, "check the key in api_key"),
    ],
)
def test_an_answer_of_another_shape_is_not_understood(body: object, message: str) -> None:
    with pytest.raises(NotUnderstood) as caught:
        read(body)
    assert message in str(caught.value)


# Entries


def only(**facts: object) -> Item:
    (item,) = items(read(page(record("NTIA-2026-0003-0001", **facts))))
    return item


@pytest.mark.parametrize("number", ["2026-05991", "2026–5991"])
def test_a_document_of_the_register_is_known_by_its_number(number: str) -> None:
    item = only(frDocNum=number)
    assert (item.key, item.url) == ("frdoc:2026-05991", "https://www.federalregister.gov/d/2026-05991")


@pytest.mark.parametrize("number", [None, "", "N/A", 7])
def test_any_other_document_is_known_by_its_id(number: object) -> None:
    item = only(frDocNum=number)
    assert (item.key, item.identifiers) == ("regs:NTIA-2026-0003-0001", ("docket:NTIA-2026-0003",))
    assert item.url == "https://www.regulations.gov/document/NTIA-2026-0003-0001"


@pytest.mark.parametrize(
    ("ends", "day"),
    [
        ("2026-05-01T03:59:59Z", "2026-04-30"),
        ("2026-01-16T04:59:59Z", "2026-01-15"),
        ("2026-01-16T05:00:00Z", "2026-01-16"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ("soon", "soon"),
    ],
)
def test_a_comment_period_ends_on_a_day_in_washington(ends: str, day: str) -> None:
    assert only(commentEndDate=ends).details["deadline"] == day
    assert only(commentEndDate=ends, frDocNum="2026-05991").details["deadline"] == day


def test_the_time_of_the_last_change_is_a_marker_and_no_content() -> None:
    one, other = (only(lastModifiedDate=f"2026-03-30T15:10:1{n}Z") for n in range(2))
    assert (one.marker, other.marker) == ("2026-03-30T15:10:10Z", "2026-03-30T15:10:11Z")
    assert content_hash(field_hashes(one)) == content_hash(field_hashes(other))


def test_a_withdrawn_entry_says_so_and_stays() -> None:
    assert only(withdrawn=True).details["status"] == "withdrawn"
    assert "status" not in only(withdrawn="false").details


def test_a_withdrawn_posting_does_not_make_the_register_s_document_withdrawn() -> None:
    details = only(withdrawn=True, frDocNum="2026-05991").details
    assert "status" not in details
    assert details["posting NTIA-2026-0003-0001"] == (
        "NTIA docket NTIA-2026-0003, withdrawn: https://www.regulations.gov/document/NTIA-2026-0003-0001"
    )


def test_postings_of_one_document_in_two_dockets_add_up() -> None:
    found = read(page(record("A-1-0001", frDocNum="2026-5"), record("B-1-0001", frDocNum="2026-00005")))
    (item,) = items(found)
    assert {"posting A-1-0001", "posting B-1-0001"} <= item.details.keys()
    assert item.identifiers == ()
    assert total(found) == 1


def test_a_comment_is_in_the_docket_that_was_asked_for() -> None:
    source = at(what="comments", dockets=("NTIA-2026-0003",))
    comment = {"id": "NTIA-2026-0003-0107", "attributes": {"title": "Comment", "frDocNum": "2026-05991"}}
    (item,) = items(read(page(comment), source=source))
    assert (item.key, item.kind) == ("regs:NTIA-2026-0003-0107", "comment")
    assert (item.url, item.identifiers) == (
        "https://www.regulations.gov/comment/NTIA-2026-0003-0107",
        ("docket:NTIA-2026-0003",),
    )


def test_hostile_text_is_plain() -> None:
    item = only(title="A <b>rule</b>\x1b[31m", agencyId="N\nT", docketId="../x", postedDate="9999-99-99")
    assert (item.title, item.details["agency"], item.identifiers, item.published) == (
        "A rule",
        "N T",
        (),
        None,
    )


# Dockets


def test_named_dockets_are_read_themselves() -> None:
    source = at(what="dockets", dockets=("NTIA-2026-0003", "BIS-2024-0047"))
    requests = ask(source)
    assert [request.url for request in requests] == [
        "https://api.regulations.gov/v4/dockets/NTIA-2026-0003",
        "https://api.regulations.gov/v4/dockets/BIS-2024-0047",
    ]
    facts = {"title": "Sharing", "rin": "0660-AA40", "dkAbstract": "<p>How.</p>", "modifyDate": "m"}
    (item,) = read({"data": {"id": "NTIA-2026-0003", "attributes": facts}}, requests[0], source)
    assert isinstance(item, Item)
    assert (item.key, item.kind, item.summary, item.marker) == ("regs:NTIA-2026-0003", "docket", "How.", "m")
    assert item.identifiers == ("docket:NTIA-2026-0003", "rin:0660-AA40")
    assert list(regulations_gov.split(source, requests[0])) == []


@pytest.mark.parametrize("data", [None, [], {"id": "NTIA-2026-0003"}, {"id": "X-1", "attributes": {}}])
def test_an_answer_about_another_docket_is_not_understood(data: object) -> None:
    source = at(what="dockets", dockets=("NTIA-2026-0003",))
    with pytest.raises(NotUnderstood, match="another thing than NTIA-2026-0003"):
        read({"data": data}, source=source)


def test_lists_of_dockets_are_sorted_by_what_dockets_have() -> None:
    (request,) = ask(at(what="dockets", terms=("6G",)))
    assert query(request)["sort"] == ["lastModifiedDate,docketId"]


# The past


def test_the_past_is_asked_for_by_the_day_of_posting() -> None:
    since, until = datetime(2026, 3, 1, 2, tzinfo=UTC), datetime(2026, 4, 2, 3, tzinfo=UTC)
    (request,) = regulations_gov.past(at(what="comments", dockets=("N-1",)), since, until)
    assert window(request) == ("2026-02-28", "2026-04-01")
    assert query(request)["sort"] == ["postedDate,documentId"]


def test_the_past_of_dockets_is_asked_for_by_their_last_change() -> None:
    since, until = datetime(2026, 3, 1, 2, tzinfo=UTC), datetime(2026, 4, 2, 3, tzinfo=UTC)
    (request,) = regulations_gov.past(at(what="dockets"), since, until)
    assert window(request) == ("2026-02-28 21:00:00", "2026-04-01 23:00:00")
    assert list(regulations_gov.past(at(what="dockets", dockets=("N-1",)), since, until)) == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"document_types": ["rule"]}, "'rule' is no type"),
        ({"document_types": ["Rule"], "what": "comments"}, "comments have none"),
        ({"what": "dockets", "dockets": ["A-1"], "terms": ["6G"]}, "leave out agencies and terms"),
        ({"dockets": ["A-1/../x"]}, "is no acronym or id"),
        ({"agencies": ["NTIA,BIS"]}, "is no acronym or id"),
        ({"days": 0}, "days: must be"),
        ({"what": "rules"}, "Invalid enum value"),
    ],
)
def test_options_that_cannot_be_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=message):
        msgspec.convert(options, type=Options)


@pytest.mark.real
def test_a_real_page_is_read_whole(real_data: Path) -> None:
    body = (real_data / "federal-register" / "regulationsgov-v4-documents.json").read_bytes()
    found = read(body)
    assert len({item.key for item in items(found)}) == len(items(found)) == 25
    assert not any(isinstance(each, Problem) for each in found)
    assert sum(item.key.startswith("frdoc:") for item in items(found)) == 5
    assert all(item.title and item.published and item.published.precision == "day" for item in items(found))
    (following,) = asked(found)
    assert (following.context["number"], following.context["total"]) == ("2", "68")


# With the log


@pytest.fixture
def desk(tmp_path: Path, web: WebServer, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("REGS_KEY", "very-secret")
    desk = Desk(tmp_path, web)
    desk.source("regs", "regulations_gov", path="/v4", api_key='{ env = "REGS_KEY" }')
    return desk


class Registry:
    """A regulations.gov of a few documents, three on a page."""

    def __init__(self, *records: dict[str, Any]) -> None:
        self.records = list(records)

    def answer(self, asked: Asked) -> Reply:
        number = int(re.findall(r"page%5Bnumber%5D=(\d+)", asked.target)[0])
        shown = self.records[(number - 1) * 3 : number * 3]
        body = page(*shown, total=len(self.records), more=number * 3 < len(self.records))
        return Reply(body=json.dumps(body).encode(), headers={"Content-Type": "application/vnd.api+json"})


def test_a_paged_walk_is_complete_and_an_unchanged_one_records_nothing(desk: Desk) -> None:
    registry = Registry(*(record(f"NTIA-2026-0003-{n:04}") for n in range(1, 8)))
    registry.records.append(registry.records[0])
    desk.web.fallback = registry.answer
    report = desk.report()
    assert (report.outcome, report.new) == ("ok", 7)
    assert {event.origin for event in desk.events("ItemPublished")} == {"baseline"}
    before = len(desk.events())
    assert desk.report().outcome == "unchanged"
    assert len(desk.events()) == before
    assert all(asked.headers["x-api-key"] == "very-secret" for asked in desk.web.requests)
    assert not any("very-secret" in asked.target for asked in desk.web.requests)


def test_a_longer_comment_period_is_one_revision(desk: Desk) -> None:
    registry = Registry(record("NTIA-2026-0003-0001", commentEndDate="2026-05-01T03:59:59Z"))
    desk.web.fallback = registry.answer
    desk.poll()
    registry.records = [
        record("NTIA-2026-0003-0001", commentEndDate="2026-06-01T03:59:59Z", lastModifiedDate="later")
    ]
    assert desk.report().revised == 1
    (revision,) = desk.events("ItemRevised")
    (change,) = revision.changes
    assert (change.field, change.old, change.new) == ("details.deadline", "2026-04-30", "2026-05-31")
    assert revision.significance == "substantive"


def test_a_document_of_the_register_is_one_item_with_the_register_s_own(desk: Desk) -> None:
    """Nothing that the Register says is lost, and each posting is added; two of them do not contradict each other."""
    register = {
        "document_number": "2026-05991",
        "title": "Spectrum Sharing",
        "publication_date": "2026-03-30",
        "comments_close_on": "2026-04-30",
        "citation": "91 FR 4567",
        "docket_ids": ["Docket No. NTIA-2026-0003"],
        "html_url": "https://www.federalregister.gov/documents/2026/03/30/2026-05991/x",
    }
    body = json.dumps({"count": 1, "results": [register]}).encode()
    desk.source("fr", "federal_register", path="/v1")
    desk.web.answer("/v1/documents.json", Reply(body=body, headers={"Content-Type": "application/json"}))
    desk.poll("fr")
    told = {
        "frDocNum": "2026-05991",
        "title": "Sharing of Spectrum",
        "commentEndDate": "2026-05-01T03:59:59Z",
        "postedDate": "2026-03-31",
    }
    registry = Registry(record("NTIA-2026-0003-0001", **told))
    desk.web.fallback = registry.answer
    desk.poll()
    (published,) = desk.events("ItemPublished")
    (revision,) = desk.events("ItemRevised")
    assert (published.source, revision.source) == ("fr", "regs")
    assert [change.field for change in revision.changes] == ["details.posting NTIA-2026-0003-0001"]
    registry.records.append(record("NTIA-2026-0009-0001", **told, agencyId="BIS"))
    del registry.records[0]
    desk.poll()
    assert [change.field for change in desk.events("ItemRevised")[-1].changes] == [
        "details.posting NTIA-2026-0009-0001"
    ]
