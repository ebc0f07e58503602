"""The Federal Register kind: windows that the API can serve, and documents read whole."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.errors import NotUnderstood
from monitor.core.exchange import Finding, Problem, Request, Response, Source, State, Total, Unread
from monitor.core.items import Item
from monitor.sources import federal_register
from monitor.sources.federal_register import Options

NOW = datetime(2026, 1, 5, 3, 4, 5, tzinfo=UTC)  # the evening of the fourth in Washington
WHOLE = 1000


def at(**options: Any) -> Source:
    return Source(
        id="fr", kind="federal_register", url=federal_register.DEFAULT_URL, options=Options(**options)
    )


def ask(source: Source | None = None, last_complete: datetime | None = None) -> list[Request]:
    return list(federal_register.requests(source or at(), State(now=NOW, last_complete=last_complete)))


def query(request: Request) -> dict[str, list[str]]:
    return parse_qs(urlsplit(request.url).query)


def read(body: object, request: Request | None = None, source: Source | None = None) -> Sequence[Finding]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    response = Response(request=request or ask()[0], url="", body=raw, headers={}, fetched_at=NOW)
    return list(federal_register.parse(source or at(), response))


def page(count: int, sent: int, *, more: bool = True) -> dict[str, Any]:
    documents = [{"document_number": f"2026-{n:05}", "title": "T"} for n in range(sent)]
    answer: dict[str, Any] = {"count": count, "total_pages": 50, "results": documents}
    return answer | ({"next_page_url": "https://elsewhere.example/?page=2"} if more else {})


def asked(found: Sequence[Finding]) -> list[Request]:
    return [each for each in found if isinstance(each, Request)]


def test_first_poll_reaches_back_as_many_days_as_the_option_says_on_washington_s_calendar() -> None:
    (request,) = ask(at(days=7))
    assert query(request)["conditions[publication_date][gte]"] == ["2025-12-28"]
    assert query(request)["conditions[publication_date][lte]"] == ["2026-01-04"]


def test_later_polls_overlap_the_last_complete_one_by_a_week() -> None:
    (request,) = ask(last_complete=datetime(2026, 1, 4, 12, tzinfo=UTC))
    assert query(request)["conditions[publication_date][gte]"] == ["2025-12-28"]


def test_order_page_size_and_fields_are_always_said() -> None:
    said = query(ask()[0])
    assert (said["order"], said["per_page"], said["page"]) == (["oldest"], ["1000"], ["1"])
    assert {"document_number", "dates", "docket_ids", "correction_of", "topics"} <= set(said["fields[]"])


def test_each_term_is_a_walk_of_its_own_under_the_same_conditions() -> None:
    source = at(terms=("6G", "Open RAN"), agencies=("a-b", "c"), types=("RULE",))
    requests = ask(source)
    assert [query(request)["conditions[term]"] for request in requests] == [["6G"], ["Open RAN"]]
    assert all(query(request)["conditions[agencies][]"] == ["a-b", "c"] for request in requests)
    assert all(query(request)["conditions[type][]"] == ["RULE"] for request in requests)
    assert len({request.walk for request in requests}) == 2


def test_nothing_found_is_an_answer_without_results() -> None:
    assert [each for each in read({"count": 0}) if not isinstance(each, Request)] == [
        Total(walk=ask()[0].walk, count=0)
    ]


def test_further_pages_are_built_from_the_count() -> None:
    found = read(page(2500, WHOLE))
    assert [query(request)["page"] for request in asked(found)] == [["2"], ["3"]]
    assert {request.walk for request in asked(found)} == {ask()[0].walk}
    assert Total(walk=ask()[0].walk, count=2500) in found


def test_no_page_is_asked_for_where_the_api_says_that_there_is_none() -> None:
    assert asked(read(page(2, 2, more=False))) == []


def test_a_page_size_that_the_api_clamps_is_taken_as_it_is() -> None:
    found = read(page(45, 20))
    assert [query(request)["page"] for request in asked(found)] == [["2"], ["3"]]


@pytest.mark.parametrize(("count", "sent"), [(10_000, WHOLE), (25_000, WHOLE), (1001, 20)])
def test_more_than_the_api_gives_out_splits_the_window(count: int, sent: int) -> None:
    found = read(page(count, sent))
    windows = [
        (
            date.fromisoformat(query(request)["conditions[publication_date][gte]"][0]),
            date.fromisoformat(query(request)["conditions[publication_date][lte]"][0]),
        )
        for request in asked(found)
    ]
    assert len(found) == 2
    (first, last), (next_first, next_last) = windows
    assert (first, next_last) == (date(2025, 12, 5), date(2026, 1, 4))
    assert (next_first - last).days == 1
    assert first <= last
    assert next_first <= next_last


def test_a_single_day_with_too_many_documents_is_not_read_whole() -> None:
    request = ask(at(days=1))[0]
    first, second = asked(read(page(20_000, WHOLE), request))
    assert first.walk != second.walk
    found = read(page(20_000, WHOLE), second)
    (unread,) = [each for each in found if isinstance(each, Unread)]
    assert "name agencies, terms or types" in unread.what


def test_a_single_day_with_too_many_documents_is_read_as_far_as_it_goes_and_counted_short() -> None:
    second = asked(read(page(20_000, WHOLE), ask(at(days=1))[0]))[1]
    found = read(page(20_000, WHOLE), second)
    assert sum(isinstance(each, Item) for each in found) == WHOLE
    assert [query(request)["page"] for request in asked(found)] == [[str(n)] for n in range(2, 11)]
    assert Total(walk=second.walk, count=20_000) in found


def test_halves_of_a_window_touch_and_a_day_has_none() -> None:
    (request,) = ask(at(days=2))
    assert [half.walk for half in federal_register.split(at(), request)] == [
        "documents 2026-01-02/2026-01-03",
        "documents 2026-01-04/2026-01-04",
    ]
    (day,) = federal_register.past(at(), NOW, NOW)
    assert list(federal_register.split(at(), day)) == []


def test_the_past_is_a_walk_a_term_by_washington_s_calendar() -> None:
    since, until = datetime(2025, 3, 1, 3, tzinfo=UTC), datetime(2025, 6, 1, 3, tzinfo=UTC)
    requests = list(federal_register.past(at(terms=("6G", "Open RAN")), since, until))
    assert [request.walk for request in requests] == [
        "6G 2025-02-28/2025-05-31",
        "Open RAN 2025-02-28/2025-05-31",
    ]


@given(st.integers(0, 30_000), st.integers(1, WHOLE))
def test_no_page_beyond_the_fiftieth_is_ever_asked_for(count: int, size: int) -> None:
    found = read(page(count, min(size, count)))
    assert all(int(query(request)["page"][0]) <= 50 for request in asked(found))


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"<html>unblock</html>", "web page instead of JSON"),
        ({"results": []}, "without a count"),
        ({"results": [], "count": "²"}, "without a count"),
        ({"results": [], "count": "9" * 5000}, "without a count"),
        ({"count": 5}, "declared 5 documents and sent none"),
        ({"errors": {"per_page": "is not valid"}}, "per_page"),
    ],
)
def test_an_answer_of_another_shape_is_not_understood(body: object, message: str) -> None:
    with pytest.raises(NotUnderstood) as caught:
        read(body)
    assert message in str(caught.value)


def only(**parts: object) -> Item:
    (item,) = [
        each
        for each in read({"count": 1, "results": [{"document_number": "2026-00001", **parts}]})
        if isinstance(each, Item)
    ]
    return item


@pytest.mark.parametrize("dash", "-‐‑–—−")
def test_document_numbers_are_one_key_with_every_dash(dash: str) -> None:
    assert only(document_number=f"2024{dash}01234").key == "frdoc:2024-01234"


def test_a_number_printed_without_its_zeros_is_the_same_document() -> None:
    """Lists of documents on public inspection pad it, and the Register's own did not always."""
    assert only(document_number="2012-7333").key == only(document_number="2012-07333").key
    assert (
        only(correction_of="https://x.example/documents/2012-7333").details["corrects"] == "frdoc:2012-07333"
    )


def test_an_entry_without_a_number_is_named_and_costs_no_other() -> None:
    found = read({"count": 3, "results": [None, {"title": "No number"}, {"document_number": "2026-00001"}]})
    assert [each.what for each in found if isinstance(each, Problem)] == [
        "has no document number: no title",
        "has no document number: No number",
    ]
    assert sum(isinstance(each, Item) for each in found) == 1


def test_a_correction_names_what_it_corrects() -> None:
    item = only(
        correction_of="https://www.federalregister.gov/api/v1/documents/2023–27742?publication_date=x"
    )
    assert item.details["corrects"] == "frdoc:2023-27742"


@pytest.mark.parametrize(
    ("heading", "identifiers"),
    [
        ("ET Docket No. 18-295 and GN Docket No. 17-183", ("docket:18-295", "docket:17-183")),
        ("Docket No. FAA–2022–1135", ("docket:FAA-2022-1135",)),
        ("NRC-2023-0123", ("docket:NRC-2023-0123",)),
        ("Docket No. 21-CRB-0013-BER (2024-2028)", ("docket:21-CRB-0013-BER",)),
        ("FCC 16-81, FCC 19-138", ("fcc:FCC-16-81", "fcc:FCC-19-138")),
        ("FR ID 190574", ()),
        ("Amendment 39-22628", ()),
        ("OMB Control Number 1018-0066", ()),
    ],
)
def test_dockets_and_fcc_numbers_are_told_from_other_numbers(
    heading: str, identifiers: tuple[str, ...]
) -> None:
    assert only(docket_ids=[heading]).identifiers == identifiers


def test_day_and_deadline_are_days_and_hostile_text_is_plain() -> None:
    item = only(
        publication_date="2026-01-02",
        comments_close_on="2026-02-01",
        title="A <b>rule</b>\x1b[31m",
        html_url="javascript:alert(1)",
    )
    assert item.published is not None
    assert (item.published.precision, str(item.published)) == ("day", "2026-01-02")
    assert item.details["deadline"] == "2026-02-01"
    assert (item.title, item.url) == ("A rule", "")


@pytest.mark.parametrize(
    ("options", "message"),
    [({"types": ["rule"]}, "'rule' is no type of document"), ({"days": 0}, "days: must be")],
)
def test_options_that_cannot_be_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=message):
        msgspec.convert(options, type=Options)


@pytest.mark.real
def test_a_real_page_of_1000_documents_is_1000_items(real_data: Path) -> None:
    body = gzip.decompress(
        (real_data / "federal-register" / "fr-api-documents-2024-01-1000.json.gz").read_bytes()
    )
    found = read(body)
    items = [each for each in found if isinstance(each, Item)]
    assert len({item.key for item in items}) == len(items) == 1000
    assert not any(isinstance(each, Problem) for each in found)
    assert [query(request)["page"] for request in asked(found)] == [["2"]]
    assert all(item.title and item.published and item.url for item in items)
    assert sum("corrects" in item.details for item in items) == 8


@pytest.mark.real
def test_a_real_page_of_a_search_is_read_whole(real_data: Path) -> None:
    found = read((real_data / "federal-register" / "fr-api-search-2026.json").read_bytes())
    assert sum(isinstance(each, Item) for each in found) == 5
    assert not any(isinstance(each, Problem) for each in found)
