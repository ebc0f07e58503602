"""The FCC's comment filings: what is asked and how its end is proved, and what a filing and a docket become."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from desk import Desk
from webserver import Asked, Reply, WebServer

from monitor.core import citations
from monitor.core.errors import NotUnderstood
from monitor.core.exchange import Finding, Problem, Request, Response, Source, State, Total, Unread
from monitor.core.items import Item, field_hashes
from monitor.sources import fcc_ecfs
from monitor.sources.fcc_ecfs import Options

NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)
BASE = "https://publicapi.fcc.gov/ecfs"


def at(**options: Any) -> Source:
    return Source(
        id="ecfs",
        kind="fcc_ecfs",
        url=BASE,
        options=Options(**(options or {"dockets": ("21-186",)})),
    )


def asked(source: Source | None = None, last: datetime | None = None) -> list[Request]:
    return list(fcc_ecfs.requests(source or at(), State(now=NOW, last_complete=last)))


def query(request: Request) -> dict[str, str]:
    return {name: value for name, (value,) in parse_qs(urlsplit(request.url).query).items()}


def read(answer: Any, request: Request | None = None, source: Source | None = None) -> list[Finding]:
    request = request or asked(source)[0]
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    response = Response(request=request, url=request.url, body=body, headers={}, fetched_at=NOW)
    return list(fcc_ecfs.parse(source or at(), response))


def filing(number: int, moment: datetime = NOW, **more: Any) -> dict[str, Any]:
    received = f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"
    return {
        "id_submission": f"1040{number:07}",
        "submissiontype": {"description": "COMMENT", "id": 7, "abbreviation": "CO"},
        "date_received": received,
        "date_submission": received,
        "date_disseminated": "2026-04-01T19:00:32.598Z",
        "filingstatus": {"description": "DISSEMINATED", "id": 30},
        "viewingstatus": {"description": "Unrestricted"},
        "filers": [{"name": f"Filer {number}"}],
        "proceedings": [{"name": "21-186", "description": "Upper 12 GHz"}],
        **more,
    }


def others(found: Iterable[Finding]) -> list[Finding]:
    """What is no item."""
    return [each for each in found if not isinstance(each, Item)]


def one(**more: Any) -> Item:
    (item,) = read({"filing": [filing(1, **more)]})
    assert isinstance(item, Item)
    return item


# What is asked


def test_the_first_poll_reaches_back_and_later_ones_overlap_by_a_week() -> None:
    (first,) = asked(at(dockets=("21-186",), days=30))
    (later,) = asked(last=datetime(2026, 4, 1, 11, tzinfo=UTC))
    assert query(first)["date_received"] == "[gte]2026-03-02[lte]2026-04-02"
    assert query(later)["date_received"] == "[gte]2026-03-25[lte]2026-04-02"


def test_a_docket_is_a_walk_of_its_own_with_the_key_in_a_header() -> None:
    first, second = asked(at(dockets=("21-186", "RM-11862", "21-186")))
    assert [query(each)["proceedings.name"] for each in (first, second)] == ["21-186", "RM-11862"]
    assert {"sort", "limit", "offset"} < query(first).keys()
    assert (query(first)["sort"], query(first)["limit"]) == ("date_received,DESC", "250")
    assert first.key_header == "X-Api-Key"
    assert first.walk != second.walk


def test_new_dockets_are_asked_for_by_the_date_of_their_opening() -> None:
    (request,) = asked(at(what="proceedings"))
    assert request.url.startswith(
        f"{BASE}/proceedings?date_proceeding_created=[gte]2026-03-02[lte]2026-04-02&"
    )
    assert "proceedings.name" not in query(request)


def test_the_past_is_asked_for_by_its_days() -> None:
    since, until = datetime(2021, 5, 1, tzinfo=UTC), datetime(2021, 5, 31, tzinfo=UTC)
    (request,) = fcc_ecfs.past(at(), since, until)
    assert query(request)["date_received"] == "[gte]2021-05-01[lte]2021-06-01"


@pytest.mark.parametrize("docket", ["21-186", "07-5", "RM-11862", "INBOX-52.15", "PRM10WC"])
def test_proceedings_of_every_name_may_be_followed(docket: str) -> None:
    assert Options(dockets=(docket,)).dockets == (docket,)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "dockets: none is named; write those to follow"),
        ({"dockets": ("GN Docket No. 21-186",)}, "is no docket's number; write it alone, like 21-186"),
        ({"dockets": ("21-0186",)}, "is no docket's number"),
        ({"dockets": ("2021-186",)}, "is no docket's number"),
        ({"dockets": ("21-186&limit=1",)}, "is no docket's number"),
        ({"dockets": ("21-186",), "what": "proceedings"}, "leave the dockets out"),
        ({"dockets": ("21-186",), "days": 0}, "days: must be from 1 to 10000"),
    ],
)
def test_options_that_ask_for_nothing_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Options(**options)


def test_a_window_is_split_into_halves_that_cover_it_and_a_day_is_not() -> None:
    (whole,) = asked()
    first, second = fcc_ecfs.split(at(), whole)
    assert query(first)["date_received"] == "[gte]2026-03-02[lte]2026-03-17"
    assert query(second)["date_received"] == "[gte]2026-03-18[lte]2026-04-02"
    (day, _) = fcc_ecfs.split(at(), next(iter(fcc_ecfs.split(at(), first))))
    while halves := list(fcc_ecfs.split(at(), day)):
        day = halves[0]
    assert day.context["since"] == day.context["until"] == "2026-03-02"


# The end of a list that declares no total


class Ecfs:
    """The API over some filings: filter by day, sort, pages, and the refusal of what lies beyond its window."""

    def __init__(self, filings: Iterable[dict[str, Any]]) -> None:
        self.filings = list(filings)
        self.asked = 0

    def answer(self, url: str) -> bytes:
        said = {name: value for name, (value,) in parse_qs(urlsplit(url).query).items()}
        self.asked += 1
        offset, limit = int(said["offset"]), int(said["limit"])
        if offset + limit > 10_000:
            return b"Parameters incorrectly formatted"
        first, _, last = said["date_received"].removeprefix("[gte]").partition("[lte]")
        found = [each for each in self.filings if first <= each["date_received"][:10] <= last]
        found.sort(key=lambda each: each["date_received"], reverse=said["sort"].endswith("DESC"))
        return json.dumps({"filing": found[offset : offset + limit], "aggregations": {}}).encode()


def walked(api: Ecfs, source: Source | None = None) -> tuple[set[str], list[Problem], list[Total]]:
    """Everything that a walk of all requests brings."""
    keys: set[str] = set()
    problems: list[Problem] = []
    totals: list[Total] = []
    waiting = asked(source)
    while waiting:
        request = waiting.pop()
        for found in read(api.answer(request.url), request, source):
            match found:
                case Item():
                    keys.add(found.key)
                case Request():
                    waiting.append(found)
                case Problem():
                    problems.append(found)
                case Total():
                    totals.append(found)
    return keys, problems, totals


def spread(count: int, day: date, last: date) -> list[dict[str, Any]]:
    """So many filings, evenly over the days."""
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    span = timedelta(days=(last - day).days + 1)
    return [filing(number, start + span * number / count) for number in range(count)]


@pytest.mark.parametrize("count", [0, 1, 249, 250, 251, 500, 613])
def test_a_page_that_is_not_full_is_the_last(count: int) -> None:
    api = Ecfs(spread(count, date(2026, 3, 20), date(2026, 3, 30)))
    keys, problems, totals = walked(api)
    assert (len(keys), problems) == (count, [])
    assert api.asked == count // 250 + 1
    assert [total.count for total in totals] == ([count] if count >= 250 else [])


def test_rows_that_were_lost_between_unstable_pages_are_a_short_walk() -> None:
    (first,) = asked()
    page = [filing(number) for number in range(250)]
    second = next(found for found in read({"filing": page}, first) if isinstance(found, Request))
    (repeated, total) = read({"filing": [filing(249)]}, second)
    assert isinstance(repeated, Item)
    assert total == Total(walk=first.walk, count=251)  # 250 distinct ones came


def test_more_than_the_api_gives_out_is_asked_for_in_smaller_windows() -> None:
    api = Ecfs(spread(12_300, date(2026, 3, 20), date(2026, 3, 29)))
    keys, problems, _ = walked(api)
    assert (len(keys), problems) == (12_300, [])


def test_a_day_beyond_the_limit_is_read_from_both_ends_until_they_meet() -> None:
    api = Ecfs(spread(10_700, date(2026, 3, 20), date(2026, 3, 20)))
    keys, problems, _ = walked(api)
    assert (len(keys), problems) == (10_700, [])
    ascending = api.asked - sum(
        40 for _ in range(6)
    )  # windows of 32, 16, 8, 4, 2 days and of one, each to its limit
    assert 0 < ascending < 15


def test_a_day_whose_two_ends_do_not_meet_is_named() -> None:
    def page(order: str, reached: str) -> Request:
        day = date(2026, 3, 20)
        return fcc_ecfs._page(at(), "21-186", day, day, offset=9750, order=order, reached=reached)

    noon = datetime(2026, 3, 20, 12, tzinfo=UTC)
    full = {"filing": [filing(number, noon + timedelta(milliseconds=number)) for number in range(250)]}
    falling = {
        "filing": [*full["filing"][:0:-1], filing(0, noon, date_received="0")]
    }  # one bad date means nothing
    (turned,) = others(read(falling, page("DESC", "")))
    assert isinstance(turned, Request)
    assert (turned.context["order"], turned.context["reached"]) == ("ASC", "2026-03-20T12:00:00.001Z")
    assert others(read(full, page("ASC", "2026-03-20T12:00:00.100Z"))) == []
    (unread,) = others(read(full, page("ASC", "2026-03-20T13:00:00.000Z")))
    assert unread == Unread(
        walk="21-186 2026-03-20/2026-03-20",
        what="more than 20,000 entries on one day: the API gives out no more",
    )


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (b"Parameters incorrectly formatted", "the API answered: Parameters incorrectly formatted"),
        (b"", "broken JSON"),
        (b"<html><body>Access denied</body></html>", "a web page instead of JSON"),
        (b'{"filing": [', "broken JSON"),
        ({"error": {"code": "API_KEY_MISSING", "message": "No api_key"}}, "check the key in api_key"),
        ({"filing": {}}, "answered without a list 'filing'"),
        ({"proceeding": []}, "answered without a list 'filing'"),
        ({"filing": [filing(1, datetime(2017, 1, 1, tzinfo=UTC))]}, "answered about other days"),
        (
            {"filing": [filing(1, proceedings=[{"name": "17-108"}])]},
            "answered about other dockets than 21-186",
        ),
    ],
)
def test_an_answer_to_another_question_is_not_understood(answer: Any, message: str) -> None:
    with pytest.raises(NotUnderstood) as caught:
        read(answer)
    assert message in str(caught.value)
    assert str(caught.value).startswith("ecfs: ")


# A filing


@pytest.mark.parametrize(
    ("more", "title"),
    [
        ({}, "COMMENT of Filer 1 in 21-186"),
        ({"filers": []}, "COMMENT in 21-186"),
        ({"filers": [{"name": "A"}, {"name": "B"}]}, "COMMENT of A and B in 21-186"),
        ({"filers": [{"name": n} for n in "ABCDE"]}, "COMMENT of A, B, C and 2 more in 21-186"),
        (
            {
                "submissiontype": {"id_submission_type": 88, "type": "PN", "short": "PUB NOTICE"},
                "filers": None,
            },
            "PUB NOTICE in 21-186",
        ),
        ({"submissiontype": {"type": "PN"}}, "PN of Filer 1 in 21-186"),
        ({"submissiontype": None, "filers": [{}], "proceedings": None}, "FILING"),
        ({"filers": [{"name": "A &amp; B <b>LLP</b>\x1b[2J"}]}, "COMMENT of A & B LLP in 21-186"),
    ],
)
def test_a_filing_is_named_by_its_type_its_filers_and_its_dockets(more: dict[str, Any], title: str) -> None:
    assert one(**more).title == title


def test_a_filing_belongs_to_its_dockets_as_they_are_cited() -> None:
    item = one(proceedings=[{"name": "21-186"}, {"name": "07-114"}, {"name": "RM-11862"}, {"name": "<b>"}, 7])
    assert item.identifiers == ("docket:21-186", "docket:07-114", "docket:RM-11862")
    assert citations.parse("WT Docket No. 21-186") in item.identifiers


def test_a_filing_of_the_fcc_s_own_names_the_document() -> None:
    item = one(
        delegated_authority_number="DA-17-0249", documents=[{"filename": "DA-17-249A1.pdf", "src": ""}]
    )
    assert item.identifiers[-1] == "fcc:DA-17-249"
    assert item.titles == ()


def test_where_filers_live_and_how_to_reach_them_is_left_out() -> None:
    item = one(
        contact_email="somebody@example.org",
        addressentity={"address_line_1": "1 Example Street", "city": "Washington", "zip_code": "20006"},
        internationaladdressentity={"addresstext": "2 Example Road"},
    )
    assert not any(word in repr(item) for word in ("example.org", "Street", "20006", "Road"))


@pytest.mark.parametrize(
    ("dates", "said"),
    [
        ({}, "2026-04-01T12:00:00Z"),
        ({"date_received": None}, "2026-04-01T12:00:00Z"),
        ({"date_received": "2026-03-31T04:00:00.000Z"}, "2026-03-31"),
        ({"date_received": "soon", "date_submission": 7}, "None"),
    ],
)
def test_a_filing_is_dated_by_its_receipt_and_never_by_its_dissemination(
    dates: dict[str, Any], said: str
) -> None:
    assert str(one(**dates).published) == said


def test_a_new_batch_or_modification_alone_is_no_revision() -> None:
    before = one()
    after = one(date_disseminated="2026-04-01T21:00:00.000Z", date_last_modified="2026-04-02T00:00:00.000Z")
    assert field_hashes(before) == field_hashes(after)
    assert before.marker != after.marker


def test_restricted_and_removed_filings_say_so() -> None:
    assert not {"status", "viewing"} & one().details.keys()
    item = one(viewingstatus={"description": "Confidential"}, filingstatus={"description": "REMOVED"})
    assert (item.details["viewing"], item.details["status"]) == ("Confidential", "REMOVED")


def test_the_text_of_an_express_comment_is_the_body_and_is_not_shortened() -> None:
    text = "word " * 20_000
    assert one(text_data=text, express_comment=1).body == text.strip()
    assert one(text_data=" ").body == ""


@pytest.mark.parametrize("number", [None, "", "<b>", 1e30, "x" * 50, ["1"]])
def test_an_entry_without_a_number_costs_itself_alone(number: Any) -> None:
    problem, item = read({"filing": [filing(1, id_submission=number), filing(2)]})
    assert isinstance(problem, Problem)
    assert isinstance(item, Item)
    assert item.key == "ecfs:10400000002"


# A docket


def docket(**more: Any) -> Item:
    record = {
        "name": "26-189",
        "date_proceeding_created": "2026-03-20T14:49:35.900Z",
        "description": "Aircraft",
        **more,
    }
    (item,) = read({"proceeding": [record]}, source=at(what="proceedings"))
    assert isinstance(item, Item)
    return item


def test_a_docket_has_the_key_by_which_it_is_cited() -> None:
    assert docket().key == citations.parse("ET Docket No. 26-189")


def test_the_year_2099_means_that_a_docket_is_open() -> None:
    assert "closed" not in docket(date_closed="2099-12-31T23:59:59.999Z").details
    assert docket(date_closed="2026-03-26T03:59:59.999Z").details["closed"] == "2026-03-25"


def test_the_clerk_who_opened_a_docket_is_not_told() -> None:
    assert "Some.Clerk" not in repr(docket(filed_by="Some.Clerk", applicant_name=" "))


# From end to end


@pytest.fixture
def desk(tmp_path: Path, web: WebServer, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("ECFS_KEY", "k-123")
    desk = Desk(tmp_path, web)
    desk.source("ecfs", "fcc_ecfs", dockets='["21-186"]', api_key='{ env = "ECFS_KEY" }')
    return desk


def served(api: Ecfs) -> Callable[[Asked], Reply | None]:
    return lambda asked: Reply(body=api.answer(asked.target)) if asked.path == "/ecfs/filings" else None


def test_a_paged_docket_is_complete_then_silent_then_tells_one_change(desk: Desk) -> None:
    api = Ecfs(spread(613, date(2025, 5, 20), date(2025, 5, 31)))
    desk.web.fallback = served(api)
    report = desk.report()
    assert (report.outcome, report.new, report.problems) == ("ok", 613, ())
    assert {event.origin for event in desk.events("ItemPublished")} == {"baseline"}
    before = len(desk.events())
    assert (desk.report().outcome, len(desk.events())) == ("unchanged", before)
    api.filings[600] = {**api.filings[600], "filingstatus": {"description": "REMOVED"}}
    report = desk.report()
    assert (report.new, report.revised) == (0, 1)
    assert not desk.events("GapSuspected")


def test_the_key_goes_in_a_header_and_nowhere_else(desk: Desk) -> None:
    desk.web.fallback = served(Ecfs(spread(300, date(2025, 5, 20), date(2025, 5, 31))))
    desk.poll()
    assert {each.headers.get("x-api-key") for each in desk.web.requests} == {"k-123"}
    assert not any("k-123" in each.target for each in desk.web.requests)


def test_a_filing_that_appears_days_after_its_receipt_is_found(desk: Desk) -> None:
    api = Ecfs(spread(3, date(2025, 5, 28), date(2025, 5, 30)))
    desk.web.fallback = served(api)
    desk.poll()
    api.filings.append(filing(99, datetime(2025, 5, 29, 23, tzinfo=UTC)))
    assert desk.report().new == 1


# Captured answers


@pytest.mark.real
def test_captured_filings_are_read_without_a_lost_one(real_data: Path) -> None:
    items: Sequence[Item] = []
    for path in sorted((real_data / "fcc").glob("*.json")):
        request = fcc_ecfs._page(at(dockets=("12-375",)), "12-375", date(2017, 1, 1), date(2017, 3, 31))
        found = read(path.read_bytes(), request, at(dockets=("12-375",)))
        assert all(isinstance(each, Item) for each in found)
        items = [*items, *(each for each in found if isinstance(each, Item))]
    assert len({item.key for item in items}) == len(items) == 20
    assert all("docket:12-375" in item.identifiers and item.published for item in items)
    own = {item.identifiers[-1] for item in items if item.identifiers[-1].startswith("fcc:")}
    assert own == {"fcc:DA-17-209", "fcc:DA-17-249"}
    assert not any("@" in repr(item) for item in items)
