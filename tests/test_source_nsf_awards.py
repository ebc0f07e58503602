"""The NSF awards kind: windows that the API lists faithfully, and awards of which little is said."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nsf_service import AwardService, award, us_day

from monitor.core.errors import NotUnderstood
from monitor.core.exchange import Finding, Problem, Request, Response, Source, State, Total, Unread
from monitor.core.items import Item, field_hashes
from monitor.sources import nsf_awards
from monitor.sources.nsf_awards import Options

NOW = datetime(2026, 4, 2, 3, 4, 5, tzinfo=UTC)  # the evening of the first in Washington
TODAY = date(2026, 4, 1)


def at(**options: Any) -> Source:
    return Source(id="nsf", kind="nsf_awards", url=nsf_awards.DEFAULT_URL, options=Options(**options))


def ask(source: Source | None = None, last_complete: datetime | None = None) -> list[Request]:
    return list(nsf_awards.requests(source or at(), State(now=NOW, last_complete=last_complete)))


def window(since: date, until: date = TODAY) -> Request:
    """The first page of a window of those days."""
    midday = [datetime(day.year, day.month, day.day, 17, tzinfo=UTC) for day in (since, until)]
    (request,) = nsf_awards.past(at(), *midday)
    return request


def query(request: Request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(request.url).query).items()}


def read(body: object, request: Request | None = None, source: Source | None = None) -> Sequence[Finding]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    response = Response(request=request or ask()[0], url="", body=raw, headers={}, fetched_at=NOW)
    return list(nsf_awards.parse(source or at(), response))


def page(sent: int, total: int | None = None, *, first: int = 0) -> dict[str, Any]:
    awards = [{"id": f"{2_600_000 + n}", "title": "T"} for n in range(first, first + sent)]
    counted = {} if total is None else {"metadata": {"totalCount": total}}
    return {"response": {"award": awards, **counted}}


def asked(found: Iterable[Finding]) -> list[Request]:
    return [each for each in found if isinstance(each, Request)]


def days(request: Request) -> tuple[date, date]:
    """The window that a request was made for; the API is asked for a day more on each side."""
    said = query(request)
    return us_day(said["dateStart"]) + timedelta(days=1), us_day(said["dateEnd"]) - timedelta(days=1)


def walked(api: AwardService, first: Iterable[Request]) -> tuple[set[str], list[Request], dict[str, int]]:
    """The keys that a whole walk brings, all that was asked, and by how much each window came short."""
    waiting, done, keys = list(first), [], set[str]()
    got: dict[str, set[str]] = {}
    totals: dict[str, int] = {}
    while waiting:
        request = waiting.pop()
        done.append(request)
        for each in read(api.answer(request.url), request):
            if isinstance(each, Request):
                waiting.append(each)
            elif isinstance(each, Item):
                keys.add(each.key)
                got.setdefault(request.walk, set()).add(each.key)
            elif isinstance(each, Total):
                totals[each.walk] = each.count
    return keys, done, {walk: total - len(got.get(walk, ())) for walk, total in totals.items()}


def test_each_poll_reaches_back_four_months_for_awards_that_are_added_late() -> None:
    (request,) = ask()
    assert days(request) == (TODAY - timedelta(days=4 * 31), TODAY)
    (later,) = ask(last_complete=NOW - timedelta(hours=6))
    assert days(later) == days(request)


def test_after_a_long_silence_the_months_are_counted_from_the_last_complete_poll() -> None:
    (request,) = ask(at(months=1), last_complete=datetime(2025, 12, 31, 17, tzinfo=UTC))
    assert days(request) == (date(2025, 11, 30), TODAY)


def test_a_day_more_is_asked_for_on_each_side_because_the_bounds_are_off_by_one() -> None:
    said = query(window(date(2026, 3, 1), date(2026, 3, 31)))
    assert (said["dateStart"], said["dateEnd"]) == ("02/28/2026", "04/01/2026")


def test_pages_hold_25_rows_and_are_counted_from_0() -> None:
    assert (query(ask()[0])["rpp"], query(ask()[0])["offset"]) == ("25", "0")
    assert [query(request)["offset"] for request in asked(read(page(25, 60)))] == ["25", "50"]


def test_phrases_are_quoted_and_each_is_a_walk_of_its_own_within_each_programme() -> None:
    source = at(keywords=("6G", "Open RAN"), programs=("RINGS", "VINES"))
    requests = ask(source)
    said = [(query(request)["keyword"], query(request)["fundProgramName"]) for request in requests]
    assert said == [
        ('"6G"', '"RINGS"'),
        ('"6G"', '"VINES"'),
        ('"Open RAN"', '"RINGS"'),
        ('"Open RAN"', '"VINES"'),
    ]
    assert len({request.walk for request in requests}) == 4
    assert "keyword=%22Open%20RAN%22" in requests[2].url


def test_only_parameters_that_the_api_documents_are_sent_because_others_are_ignored_in_silence() -> None:
    documented = {"keyword", "fundProgramName", "dateStart", "dateEnd", "printFields", "rpp", "offset"}
    assert set(query(ask(at(keywords=("6G",), programs=("RINGS",)))[0])) == documented


@pytest.mark.parametrize("total", [61, 143, 10_000, 10**17])
def test_a_window_with_more_than_sixty_awards_is_halved_by_days(total: int) -> None:
    request = window(date(2026, 3, 1), date(2026, 3, 31))
    found = read(page(25, total), request)
    assert [days(half) for half in asked(found)] == [
        (date(2026, 3, 1), date(2026, 3, 16)),
        (date(2026, 3, 17), date(2026, 3, 31)),
    ]
    assert len(found) == 2


def test_sixty_awards_are_walked_and_counted() -> None:
    request = window(date(2026, 3, 1))
    found = read(page(25, 60), request)
    assert Total(walk=request.walk, count=60) in found
    assert len(asked(found)) == 2
    assert {each.walk for each in asked(found)} == {request.walk}


def test_without_a_total_pages_are_asked_for_until_one_is_not_full() -> None:
    (second,) = asked(read(page(25)))
    assert query(second)["offset"] == "25"
    assert asked(read(page(24, first=25), second)) == []
    assert not any(isinstance(each, Total) for each in read(page(25)))


def test_without_a_total_a_window_is_halved_once_more_than_sixty_rows_came() -> None:
    request = window(date(2026, 3, 1), date(2026, 3, 31))
    for first in (0, 25):
        (request,) = asked(read(page(25, first=first), request))
    halves = asked(read(page(25, first=50), request))
    assert [query(half)["offset"] for half in halves] == ["0", "0"]
    assert [days(half)[0] for half in halves] == [date(2026, 3, 1), date(2026, 3, 17)]


def test_one_day_with_more_than_sixty_awards_is_walked_whole() -> None:
    request = window(TODAY)
    assert len(asked(read(page(25, 143), request))) == 5
    assert Total(walk=request.walk, count=143) in read(page(25, 143), request)


def test_no_more_of_one_day_is_asked_for_than_the_api_lists_and_that_is_said() -> None:
    found = read(page(25, 10**17), window(TODAY))
    assert max(int(query(request)["offset"]) for request in asked(found)) == 2975
    (unread,) = [each for each in found if isinstance(each, Unread)]
    assert (unread.walk, "name keywords or programs" in unread.what) == (window(TODAY).walk, True)


def test_a_service_that_sends_one_page_for_ever_is_given_up() -> None:
    request, pages = window(TODAY), 0
    while following := asked(read(page(25), request)):
        (request,) = following
        pages += 1
    assert pages == 3000 // 25 - 1


@settings(max_examples=30, deadline=None)
@given(
    counts=st.lists(st.integers(0, 59), min_size=1, max_size=40),
    counted=st.booleans(),
)
def test_every_award_is_found_although_long_lists_leave_rows_out(counts: list[int], *, counted: bool) -> None:
    numbers = iter(range(10_000))
    awards = [
        award(next(numbers), TODAY - timedelta(days=back))
        for back, count in enumerate(counts)
        for _ in range(count)
    ]
    keys, done, short = walked(
        AwardService(awards, counted=counted), [window(TODAY - timedelta(days=len(counts) - 1))]
    )
    assert len(keys) == len(awards)
    assert len({request.url for request in done}) == len(done)
    assert not any(short.values())


def test_a_list_that_left_rows_out_is_short_of_its_total_and_can_be_split() -> None:
    request = window(date(2026, 3, 1), date(2026, 3, 2))
    assert [days(half) for half in nsf_awards.split(at(), request)] == [
        (date(2026, 3, 1), date(2026, 3, 1)),
        (date(2026, 3, 2), date(2026, 3, 2)),
    ]
    assert list(nsf_awards.split(at(), window(TODAY))) == []
    crowded = AwardService([award(n, TODAY) for n in range(80)])
    _, _, short = walked(crowded, [window(TODAY)])
    assert short == {window(TODAY).walk: 20}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"<!DOCTYPE html><html>Scheduled maintenance</html>", "web page instead of JSON"),
        ({"award": []}, "without a response"),
        ({"response": {}}, "without a list of awards"),
        ({"response": {"award": {"id": "1"}}}, "without a list of awards"),
        (page(0, 7), "declared 7 awards and sent none"),
        (
            {
                "response": {
                    "serviceNotification": [
                        {"notificationType": "ERROR", "notificationMessage": "bad date\x1b[2J"}
                    ]
                }
            },
            "the API answered: bad date; see",
        ),
        (
            {
                "response": {
                    "award": [],
                    "serviceNotification": [
                        {"notificationType": "FATAL", "notificationCode": "AwardAPI-004"}
                    ],
                }
            },
            "AwardAPI-004",
        ),
        ({"response": {"award": [], "serviceNotification": {"notificationType": "ERROR"}}}, "an error"),
    ],
)
def test_an_answer_of_another_shape_is_not_understood(body: object, message: str) -> None:
    with pytest.raises(NotUnderstood) as caught:
        read(body)
    assert message in str(caught.value)


def test_a_notice_that_is_no_error_costs_nothing() -> None:
    answer = page(2, 2)
    answer["response"]["serviceNotification"] = [
        {"notificationType": "WARNING", "notificationMessage": "slow today"}
    ]
    assert sum(isinstance(each, Item) for each in read(answer)) == 2


@pytest.mark.parametrize("answer", [page(0), page(0, 0), {"response": {"metadata": {"totalCount": 0}}}])
def test_nothing_found_is_an_answer(answer: dict[str, Any]) -> None:
    assert not any(isinstance(each, Item | Request | Problem) for each in read(answer))


def only(**parts: object) -> Item:
    (item,) = [
        each for each in read({"response": {"award": [{"id": "2148104", **parts}]}}) if isinstance(each, Item)
    ]
    return item


def test_fields_that_are_left_out_are_not_stated() -> None:
    assert set(field_hashes(only())) == {"kind", "url"}


def test_day_amounts_and_people_are_read() -> None:
    item = only(
        date="09/01/2021",
        startDate="10/01/2021",
        expDate="09/30/2024",
        fundsObligatedAmt="999,999",
        estimatedTotalAmt="1000000.00",
        piFirstName="Ann",
        piLastName="Lee",
        poName="A. Officer",
        fundProgramName="RINGS",
    )
    assert (item.key, item.url) == (
        "nsf-award:2148104",
        "https://www.nsf.gov/awardsearch/showAward?AWD_ID=2148104",
    )
    assert item.published is not None
    assert (item.published.precision, str(item.published), item.published.text) == (
        "day",
        "2021-09-01",
        "09/01/2021",
    )
    assert item.details == {
        "awarded": "999999",
        "estimated_total": "1000000",
        "investigator": "Ann Lee",
        "officer": "A. Officer",
        "program": "RINGS",
        "start": "2021-10-01",
        "expiry": "2024-09-30",
    }


@pytest.mark.parametrize("printed", ["500000", "500000.00", "$500,000", 500000, 500000.0])
def test_one_sum_in_another_form_is_no_revision(printed: object) -> None:
    assert only(fundsObligatedAmt=printed).details["awarded"] == "500000"


@pytest.mark.parametrize(
    "parts", [{"fundsObligatedAmt": "750000"}, {"expDate": "09/30/2027"}, {"pdPIName": "B"}]
)
def test_what_changes_is_told_by_content_because_the_api_states_no_day_of_change(
    parts: dict[str, str],
) -> None:
    before = {"fundsObligatedAmt": "500000", "expDate": "09/30/2026", "pdPIName": "A"}
    assert field_hashes(only(**before)) != field_hashes(only(**{**before, **parts}))
    assert only(**before).marker == ""


@pytest.mark.parametrize("named", [None, 7, "", "12AB567", "²148104", "9" * 5000, ["2148104"], True])
def test_an_entry_without_a_number_is_named_and_costs_no_other(named: object) -> None:
    found = read({"response": {"award": [{"id": named, "title": "Lost"}, None, {"id": "2148104"}]}})
    assert [each.what for each in found if isinstance(each, Problem)] == [
        "has no award number: Lost",
        "has no award number: no title",
    ]
    assert [each.key for each in found if isinstance(each, Item)] == ["nsf-award:2148104"]


def test_hostile_text_is_plain_and_a_date_that_is_none_is_not_invented() -> None:
    item = only(
        title="A <b>net</b>\x1b[31m",
        abstractText="One<br/>two<script>x()</script>",
        date="soon",
        expDate="\x07later",
    )
    assert (item.title, item.summary, item.published) == ("A net", "One\ntwo", None)
    assert item.details["expiry"] == "later"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"keywords": ['"6G"']}, "keywords: must be words without quotation marks"),
        ({"programs": [" "]}, "programs: must be words"),
        ({"months": 0}, "months: must be"),
    ],
)
def test_options_that_cannot_be_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=message):
        msgspec.convert(options, type=Options)
