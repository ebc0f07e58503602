"""The public inspection kind: what lies at the Register before it is published, and what is taken away again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from desk import Desk
from webserver import Reply, WebServer

from monitor.core.errors import NotUnderstood
from monitor.core.exchange import Finding, Problem, Request, Response, Snapshot, Source, State, Total
from monitor.core.items import Item
from monitor.sources import public_inspection
from monitor.sources.public_inspection import Options

NOW = datetime(2026, 4, 2, 3, 4, 5, tzinfo=UTC)  # the evening of the first of April in Washington
BIS, FCC = "industry-and-security-bureau", "federal-communications-commission"


def at(**options: Any) -> Source:
    return Source(
        id="pi", kind="public_inspection", url=public_inspection.DEFAULT_URL, options=Options(**options)
    )


def ask(source: Source | None = None) -> Request:
    (request,) = public_inspection.requests(source or at(), State(now=NOW))
    return request


def read(body: object, request: Request | None = None, source: Source | None = None) -> Sequence[Finding]:
    source = source or at()
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    response = Response(request=request or ask(source), url="", body=raw, headers={}, fetched_at=NOW)
    return list(public_inspection.parse(source, response))


def document(number: str, *slugs: str, **more: object) -> dict[str, Any]:
    return {
        "document_number": number,
        "title": f"Document {number}",
        "type": "Notice",
        "filing_type": "regular",
        "filed_at": "2026-04-01T08:45:00.000-04:00",
        "publication_date": "2026-04-02",
        "html_url": f"https://www.federalregister.gov/public-inspection/{number}/x",
        "agencies": [{"name": slug.title(), "slug": slug} for slug in slugs or (BIS,)],
        **more,
    }


def listed(*documents: object, count: int | None = None) -> dict[str, Any]:
    return {"count": len(documents) if count is None else count, "results": list(documents)}


def items(found: Sequence[Finding]) -> list[Item]:
    return [each for each in found if isinstance(each, Item)]


def test_one_list_without_conditions_is_asked_for() -> None:
    request = ask(at(agencies=(BIS,), types=("RULE",)))
    parts = urlsplit(request.url)
    assert parts.path == "/api/v1/public-inspection-documents/current.json"
    assert parse_qs(parts.query) == {"_": ["0304"]}


def test_the_address_is_another_each_minute_and_the_same_each_day() -> None:
    """Old copies are served whatever the headers say; and a page is remembered by its address."""
    addresses = {
        next(iter(public_inspection.requests(at(), State(now=datetime(2026, 4, day, hour, tzinfo=UTC))))).url
        for day in (1, 2, 3)
        for hour in (12, 13)
    }
    assert len(addresses) == 2


def test_other_agencies_documents_are_read_but_not_yielded() -> None:
    source = at(agencies=(BIS, FCC))
    found = read(
        listed(document("2026-1", BIS), document("2026-2", "x"), document("2026-3", "x", FCC)), source=source
    )
    assert [item.key for item in items(found)] == ["frdoc:2026-00001", "frdoc:2026-00003"]
    assert Total(walk=ask(source).walk, count=2) in found
    assert Snapshot(walk=ask(source).walk) in found


def test_a_filter_leaves_out_nothing_that_it_cannot_judge() -> None:
    nameless = document("2026-1", agencies=[{"name": "X", "slug": "x"}, {"raw_name": "AN OFFICE"}])
    without = document("2026-2", agencies=None)
    untyped = document("2026-3", type="Uncategorized Document")
    found = read(listed(nameless, without, untyped), source=at(agencies=(BIS,), types=("RULE",)))
    assert [item.key for item in items(found)] == ["frdoc:2026-00003"]
    found = read(listed(nameless, without), source=at(agencies=(BIS,)))
    assert [item.key for item in items(found)] == ["frdoc:2026-00001", "frdoc:2026-00002"]


def test_an_agency_without_a_slug_is_known_by_its_address() -> None:
    agency = {"name": "FCC", "url": f"https://www.federalregister.gov/agencies/{FCC}"}
    found = read(
        listed(document("2026-1", agencies=[agency]), document("2026-2", "x")), source=at(agencies=(FCC,))
    )
    assert [item.key for item in items(found)] == ["frdoc:2026-00001"]


def test_types_are_filtered_by_their_printed_names() -> None:
    rule = document("2026-1", type="Rule")
    order = document("2026-2", type="Presidential Document")
    found = read(listed(rule, order, document("2026-3")), source=at(types=("PRESDOCU", "RULE")))
    assert len(items(found)) == 2


def test_a_list_shorter_than_declared_is_short_whatever_the_filter() -> None:
    source = at(agencies=(FCC,))
    found = read(listed(document("2026-1", BIS), document("2026-2", FCC), count=5), source=source)
    assert Total(walk=ask(source).walk, count=1 + 3) in found


def test_a_document_listed_twice_is_no_gap() -> None:
    found = read(listed(document("2012-7333"), document("2012-07333")))
    assert Total(walk=ask().walk, count=1) in found


def test_a_list_with_an_unreadable_entry_says_nothing_of_what_vanished() -> None:
    found = read(listed(document("2026-1"), {"title": "No number"}, None))
    assert [each.what for each in found if isinstance(each, Problem)] == [
        "has no document number: No number",
        "has no document number: no title",
    ]
    assert Total(walk=ask().walk, count=3) in found
    assert not any(isinstance(each, Snapshot) for each in found)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"<html>unblock</html>", "web page instead of JSON"),
        ({"results": []}, "without a count"),
        ({"count": 2, "results": []}, "declared 2 documents and sent 0"),
        (listed(document("2026-1"), document("2026-2"), count=1), "declared 1 documents and sent 2"),
        ({"count": 0, "results": []}, "lists no document at all"),
        ({"errors": {"conditions": "is not valid"}}, "conditions"),
    ],
)
def test_an_answer_that_cannot_be_is_not_understood(body: object, message: str) -> None:
    with pytest.raises(NotUnderstood) as caught:
        read(body)
    assert message in str(caught.value)


def only(**parts: object) -> Item:
    (item,) = items(read(listed(document("2026-1", **parts))))
    return item


def test_moments_of_filing_are_the_same_in_every_zone() -> None:
    assert only(filed_at="2026-04-01T08:45:00.000-04:00").details["filed_at"] == "2026-04-01T12:45:00Z"
    assert only(filed_at="2026-04-01T12:45:00.000Z").details["filed_at"] == "2026-04-01T12:45:00Z"
    assert "filed_at" not in only(filed_at=None).details


def test_the_day_of_publication_is_a_detail_and_the_marker_and_no_date_of_the_item() -> None:
    item = only(publication_date="2026-04-02")
    assert (item.details["publication"], item.marker, item.published) == ("2026-04-02", "2026-04-02", None)


def test_hostile_text_is_plain_and_links_are_links() -> None:
    item = only(
        title="A <b>rule</b>\x1b[31m", html_url="javascript:alert(1)", editorial_note="<p>One</p><p>Two</p>"
    )
    assert (item.title, item.url, item.details["editorial_note"]) == ("A rule", "", "One\nTwo")


def test_a_file_stored_again_under_another_time_is_no_revision() -> None:
    address = "https://public-inspection.federalregister.gov/2026-00001.pdf"
    assert only(pdf_url=f"{address}?1774961112").details["pdf_url"] == address


# What vanishes

BEFORE, ON, AFTER = (
    datetime(2026, 4, 2, 3, 59, tzinfo=UTC),  # still the first in Washington
    datetime(2026, 4, 2, 4, 0, tzinfo=UTC),
    datetime(2026, 4, 9, tzinfo=UTC),
)
WITHDRAWN = "withdrawn from public inspection before publication"


@pytest.mark.parametrize(
    ("marker", "now", "reason"),
    [
        ("2026-04-02", BEFORE, WITHDRAWN),
        ("2026-04-02", ON, ""),
        ("2026-04-02", AFTER, ""),
        ("2026-04-20", AFTER, WITHDRAWN),
        ("2026-04-02 withdrawn", AFTER, WITHDRAWN),
        ("", BEFORE, ""),
        ("never", BEFORE, ""),
    ],
)
def test_what_vanishes_before_its_day_in_washington_is_withdrawn(
    marker: str, now: datetime, reason: str
) -> None:
    assert public_inspection.vanished(at(), "frdoc:2026-00001", marker, now) == reason


@pytest.mark.parametrize(
    ("note", "is_called_back"),
    [
        ("The Commission has requested this document be withdrawn from publication.", True),
        ("This document has been withdrawn.", True),
        ("A letter of withdrawal of this document is on file.", True),
        ("This replaces a document that was withdrawn on Monday.", False),
        ("The filing time was corrected.", False),
    ],
)
def test_a_note_that_calls_a_document_back_is_remembered_until_it_vanishes(
    note: str, is_called_back: bool
) -> None:
    item = only(editorial_note=note)
    assert (public_inspection.vanished(at(), item.key, item.marker, AFTER) == WITHDRAWN) is is_called_back


# The past


def test_the_past_is_a_list_a_day_by_washington_s_calendar() -> None:
    since, until = datetime(2026, 3, 31, 2, tzinfo=UTC), datetime(2026, 4, 2, 3, tzinfo=UTC)
    requests = list(public_inspection.past(at(), since, until))
    days = [parse_qs(urlsplit(request.url).query)["conditions[available_on]"] for request in requests]
    assert days == [["2026-03-30"], ["2026-03-31"], ["2026-04-01"]]
    assert {urlsplit(request.url).path for request in requests} == {
        "/api/v1/public-inspection-documents.json"
    }
    assert len({request.walk for request in requests}) == 3


def test_a_day_of_the_past_may_be_empty_and_is_no_snapshot() -> None:
    (request,) = public_inspection.past(at(), AFTER, AFTER)
    assert read({"count": 0, "results": []}, request) == [Total(walk=request.walk, count=0)]
    assert not any(isinstance(each, Snapshot) for each in read(listed(document("2026-1")), request))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"types": ["rule"]}, "'rule' is no type of document"),
        ({"agencies": ["BIS"]}, "agencies: 'BIS' is no slug"),
    ],
)
def test_options_that_cannot_be_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=message):
        msgspec.convert(options, type=Options)


# With the log

LIST, REGISTER = "/v1/public-inspection-documents/current.json", "/v1/documents.json"


@pytest.fixture
def desk(tmp_path: Path, web: WebServer) -> Desk:
    desk = Desk(tmp_path, web)
    desk.source("pi", "public_inspection", path="/v1")
    return desk


def reply(answer: object) -> Reply:
    return Reply(body=json.dumps(answer).encode(), headers={"Content-Type": "application/json"})


def published(number: str, **more: object) -> dict[str, object]:
    return {
        "document_number": number,
        "title": "Document 2026-7, as the Register words it",
        "abstract": "What it is about.",
        "type": "Notice",
        "publication_date": "2026-04-02",
        "citation": "91 FR 4567",
        "docket_ids": ["GN Docket No. 21-63"],
        "agencies": [{"name": "Commerce Department"}, {"name": "Industry And Security Bureau"}],
        "html_url": f"https://www.federalregister.gov/documents/2026/04/02/{number}/x",
        **more,
    }


def test_the_first_poll_is_a_baseline_and_an_unchanged_list_records_nothing(desk: Desk) -> None:
    desk.web.answer(LIST, reply(listed(document("2026-7"), document("2026-8"))))
    assert desk.report().outcome == "ok"
    assert {event.origin for event in desk.events("ItemPublished")} == {"baseline"}
    before = len(desk.events())
    assert desk.report().outcome == "unchanged"
    assert len(desk.events()) == before


def test_a_postponed_publication_is_one_revision(desk: Desk) -> None:
    later = document("2026-7", publication_date="2026-04-20")
    desk.web.answer(LIST, reply(listed(document("2026-7"))), reply(listed(later)))
    desk.poll()
    assert desk.report().revised == 1
    (revision,) = desk.events("ItemRevised")
    assert [(change.field, change.old, change.new) for change in revision.changes] == [
        ("details.publication", "2026-04-02", "2026-04-20")
    ]


def test_a_document_on_inspection_and_the_published_one_are_one_item_without_a_fight(desk: Desk) -> None:
    """The number is padded in one list and not in the other, as it was in 2012; each source words the title its way."""
    desk.source("fr", "federal_register", path="/v1")
    desk.web.answer(LIST, reply(listed(document("2026-00007", docket_numbers=["GN Docket No. 21-63"]))))
    empty = {"count": 0}
    full = {"count": 1, "results": [published("2026-7")]}
    desk.web.answer(REGISTER, reply(empty), reply(full))
    desk.poll()
    desk.poll()
    assert [event.key for event in desk.events("ItemPublished")] == ["frdoc:2026-00007"]
    (revision,) = desk.events("ItemRevised")
    changed = {change.field: (change.old, change.new) for change in revision.changes}
    assert revision.source == "fr"
    assert changed["details.citation"] == (None, "91 FR 4567")
    assert changed["identifiers"][1] == ["fr:91-4567", "docket:21-63"]
    assert changed["published"][1] == "2026-04-02"
    assert not {"title", "url", "details.agencies", "details.dockets", "details.type"} & changed.keys()
    for _ in range(2):
        desk.poll()
    assert len(desk.events("ItemRevised")) == 1


def test_a_list_that_is_cut_short_is_a_gap(desk: Desk) -> None:
    desk.web.answer(LIST, reply(listed(document("2026-7"), count=2)))
    report = desk.report()
    assert report.outcome == "partial"
    assert "1 of 2 declared items came" in report.error


def test_only_what_is_gone_before_its_day_is_withdrawn(desk: Desk) -> None:
    """The desk's clock stands at the evening of the first of June 2025 in Washington."""
    due = {"2026-7": "2025-06-20", "2026-8": "2025-06-01", "2026-9": "2025-06-20"}
    documents = [document(number, publication_date=day) for number, day in due.items()]
    desk.web.answer(LIST, reply(listed(*documents)), reply(listed(documents[2])))
    desk.poll()
    desk.poll()
    assert desk.events("ItemWithdrawn") == []
    for _ in range(2):
        desk.poll()
    (gone,) = desk.events("ItemWithdrawn")
    assert (gone.key, gone.source, gone.reason) == ("frdoc:2026-00007", "pi", WITHDRAWN)
