"""The Congress.gov kind's other lists: laws, summaries, committee reports, meetings and CRS reports."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from desk import Desk
from webserver import Asked, Reply, WebServer

from monitor import sources
from monitor.core.errors import NotUnderstood
from monitor.core.exchange import Finding, Problem, Request, Response, Source, State, Total
from monitor.core.items import Item
from monitor.sources import congress

NOW = datetime(2026, 1, 5, 3, 4, 5, tzinfo=UTC)
BEFORE = datetime(2026, 1, 4, 3, tzinfo=UTC)
LISTS = {
    "laws": "law/118",
    "summaries": "summaries/118",
    "committee-reports": "committee-report/118",
    "meetings": "committee-meeting/118",
    "crs-reports": "crsreport",
}
DATED = sorted(LISTS.keys() - {"laws"})


def source(what: Any) -> Source:
    congresses = () if what == "crs-reports" else (118,)
    options = congress.Options(congresses=congresses, what=what)
    return Source(id="c", kind="congress", url=congress.DEFAULT_URL, options=options)


def ask(what: str, last_complete: datetime | None = None) -> Request:
    """The first of the lists that are asked."""
    return next(iter(congress.requests(source(what), State(now=NOW, last_complete=last_complete))))


def read(what: str, body: object, request: Request | None = None) -> Sequence[Finding]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    response = Response(request=request or ask(what), url="", body=raw, headers={}, fetched_at=NOW)
    return list(congress.parse(source(what), response))


def query(request: Request) -> dict[str, list[str]]:
    return parse_qs(urlsplit(request.url).query)


def items(found: Sequence[Finding]) -> list[Item]:
    return [each for each in found if isinstance(each, Item)]


def further(found: Sequence[Finding]) -> list[Request]:
    return [each for each in found if isinstance(each, Request) and each.context["page"] == "list"]


def details(found: Sequence[Finding]) -> list[Request]:
    return [each for each in found if isinstance(each, Request) and each.context["page"] != "list"]


def report(number: int, part: int = 1, **more: Any) -> dict[str, Any]:
    return {"congress": 118, "type": "HRPT", "number": number, "part": part, "chamber": "House", **more}


def meeting(event: int, **more: Any) -> dict[str, Any]:
    return {"congress": 118, "chamber": "House", "eventId": str(event), **more}


def summary(number: int, version: str = "00", **more: Any) -> dict[str, Any]:
    named = {"congress": 118, "type": "HR", "number": str(number), "title": f"Bill {number}"}
    return {"bill": named, "versionCode": version, "text": f"<p>{version}</p>", **more}


def law(number: int, type_: str = "Public Law", **more: Any) -> dict[str, Any]:
    laws = [{"number": f"118-{number}", "type": type_}]
    return {"congress": 118, "type": "HR", "number": str(number), "title": "An act", "laws": laws, **more}


# ── what is asked


@pytest.mark.parametrize(("what", "path"), LISTS.items())
def test_every_list_is_asked_as_json_in_pages_of_250_sorted_by_two_words(what: str, path: str) -> None:
    request = ask(what)
    assert urlsplit(request.url).path == f"/v3/{path}"
    told = query(request)
    assert (told["format"], told["limit"], told["offset"]) == (["json"], ["250"], ["0"])
    assert told["sort"] == ["updateDate desc"]
    assert "%2B" not in request.url
    assert request.key_header == "X-Api-Key"


@pytest.mark.parametrize("what", DATED)
def test_later_polls_ask_for_whole_days_from_two_before_the_last_complete_one(what: str) -> None:
    told = query(ask(what, BEFORE))
    assert told["fromDateTime"] == ["2026-01-02T00:00:00Z"]
    assert told["toDateTime"] == ["2026-01-05T03:04:05Z"]


@pytest.mark.parametrize("what", ["committee-reports", "meetings", "crs-reports"])
def test_the_first_poll_asks_for_the_whole_list(what: str) -> None:
    assert "DateTime" not in ask(what).url


def test_summaries_are_never_asked_without_a_window_for_then_only_a_day_of_them_comes() -> None:
    assert query(ask("summaries"))["fromDateTime"] == ["2025-12-06T00:00:00Z"]


def test_laws_are_asked_whole_each_time_because_they_cannot_be_asked_by_date() -> None:
    assert ask("laws").url == ask("laws", BEFORE).url
    assert "DateTime" not in ask("laws").url
    assert list(sources.past(source("laws"), BEFORE, NOW)) == []


def test_reports_are_asked_with_and_without_conference_reports() -> None:
    plain, conference = congress.requests(source("committee-reports"), State(now=NOW, last_complete=BEFORE))
    assert "conference" not in query(plain)
    assert query(conference)["conference"] == ["true"]
    assert plain.walk != conference.walk
    found = read("committee-reports", {"reports": [report(1)], "pagination": {"count": 2}}, conference)
    assert [query(one)["conference"] for one in further(found)] == [["true"]]


def test_crs_reports_belong_to_no_congress() -> None:
    with pytest.raises(ValueError, match="congresses: CRS reports belong to no Congress; leave it out"):
        congress.Options(congresses=(118,), what="crs-reports")


@pytest.mark.parametrize("what", DATED)
def test_the_past_is_asked_by_days_of_update(what: str) -> None:
    asked = list(
        sources.past(source(what), datetime(2023, 3, 1, 12, tzinfo=UTC), datetime(2023, 4, 1, tzinfo=UTC))
    )
    assert {urlsplit(one.url).path for one in asked} == {f"/v3/{LISTS[what]}"}
    assert {query(one)["fromDateTime"][0] for one in asked} == {"2023-03-01T00:00:00Z"}
    assert {query(one)["toDateTime"][0] for one in asked} == {"2023-04-01T00:00:00Z"}


def test_the_past_without_a_named_congress_is_that_of_each_that_sat_then() -> None:
    any_ = Source(
        id="c", kind="congress", url="https://h.example/v3", options=congress.Options(what="meetings")
    )
    asked = sources.past(any_, datetime(2022, 12, 1, tzinfo=UTC), datetime(2023, 2, 1, tzinfo=UTC))
    assert [urlsplit(one.url).path for one in asked] == [
        "/v3/committee-meeting/117",
        "/v3/committee-meeting/118",
    ]


@pytest.mark.parametrize("what", LISTS)
def test_pages_are_built_from_the_count_and_keep_sort_and_window(what: str) -> None:
    entry, name = ENTRIES[what]
    listed = {
        name: [entry(n) for n in range(1, 251)],
        "pagination": {"count": 600, "next": "https://e.example/"},
    }
    pages = further(read(what, listed, ask(what, BEFORE)))
    assert [query(page)["offset"] for page in pages] == [["250"], ["500"]]
    assert all(page.url.startswith(f"{congress.DEFAULT_URL}/{LISTS[what]}?") for page in pages)
    assert all(query(page)["sort"] == ["updateDate desc"] for page in pages)
    assert all(("fromDateTime" in query(page)) == (what in DATED) for page in pages)


ENTRIES: dict[str, tuple[Callable[[int], dict[str, Any]], str]] = {
    "laws": (law, "bills"),
    "summaries": (summary, "summaries"),
    "committee-reports": (report, "reports"),
    "meetings": (meeting, "committeeMeetings"),
    "crs-reports": (lambda n: {"id": f"R{n}", "title": "T"}, "CRSReports"),
}


# ── what is counted


@pytest.mark.parametrize("what", ["laws", "meetings", "crs-reports"])
def test_a_list_without_repetitions_is_counted_as_a_whole(what: str) -> None:
    entry, name = ENTRIES[what]
    found = read(what, {name: [entry(n) for n in range(1, 251)], "pagination": {"count": 600}})
    assert [each for each in found if isinstance(each, Total)] == [Total(walk=LISTS[what], count=600)]
    assert {one.walk for one in further(found)} == {LISTS[what]}


def test_several_summaries_of_one_bill_are_no_gap() -> None:
    told = [summary(1, "00"), summary(1, "07"), summary(2)]
    found = read("summaries", {"summaries": told, "pagination": {"count": 3}})
    assert Total(walk="summaries/118 from 0", count=2) in found
    assert [item.key for item in items(found)] == ["bill:118-hr-1", "bill:118-hr-2"]


def test_a_report_that_is_listed_under_two_citations_is_one() -> None:
    told = [
        report(400, 1, citation="H. Rept. 118-400,Part 1", updateDate="2024-02-26 14:41:20+00:00"),
        report(400, 2, citation="H. Rept. 118-400", updateDate="2024-03-18 22:19:21+00:00"),
        report(400, 1, citation="H. Rept. 118-400", updateDate="2024-03-18 22:19:21+00:00"),
    ]
    found = read("committee-reports", {"reports": told, "pagination": {"count": 3}})
    assert Total(walk="committee-report/118 from 0", count=2) in found
    first, second = items(found)
    assert (first.key, first.details["citation"]) == ("report:118-hrpt-400", "H. Rept. 118-400")
    assert (second.key, second.details["citation"]) == ("report:118-hrpt-400-2", "H. Rept. 118-400, Part 2")
    assert first.marker == "2024-03-18 22:19:21+00:00"


def test_a_later_page_that_comes_short_is_a_gap_where_pages_are_counted_one_by_one() -> None:
    full = {"reports": [report(n) for n in range(1, 251)], "pagination": {"count": 600}}
    second, last = further(read("committee-reports", full))
    short = {"reports": [report(n) for n in range(251, 491)], "pagination": {"count": 600}}
    assert Total(walk="committee-report/118 from 250", count=250) in read("committee-reports", short, second)
    end = {"reports": [report(n) for n in range(501, 601)], "pagination": {"count": 600}}
    assert Total(walk="committee-report/118 from 500", count=100) in read("committee-reports", end, last)


def test_a_counted_page_without_entries_is_a_gap() -> None:
    found = read("summaries", {"summaries": [], "pagination": {"count": 7}})
    assert found == [Total(walk="summaries/118 from 0", count=7)]


def test_entries_that_cannot_be_read_are_problems_and_no_gap() -> None:
    told = [
        report(1),
        report(0),
        report(2, part=4000),
        {**report(3), "type": "XRPT"},
        None,
        {**report(4), "congress": ""},
    ]
    found = read("committee-reports", {"reports": told, "pagination": {"count": 6}})
    assert [item.key for item in items(found)] == ["report:118-hrpt-1"]
    problems = [each for each in found if isinstance(each, Problem)]
    assert [problem.where for problem in problems] == [
        f"committee-report/118: entry {n}" for n in range(1, 6)
    ]
    assert {problem.what for problem in problems} == {"names no report"}
    assert Total(walk="committee-report/118 from 0", count=6) in found


def test_a_list_that_grows_by_much_is_asked_on_in_pages_of_the_first_size() -> None:
    last = further(
        read(
            "meetings", {"committeeMeetings": [meeting(n) for n in range(250)], "pagination": {"count": 251}}
        )
    )
    (request,) = last
    found = read("meetings", {"committeeMeetings": [meeting(999)], "pagination": {"count": 700}}, request)
    assert [one.context["offset"] for one in further(found)] == ["251", "501"]


@pytest.mark.parametrize("what", LISTS)
@pytest.mark.parametrize(
    "body",
    [
        b"<html></html>",
        b"[]",
        b"{",
        {},
        {"pagination": {"count": 1}},
        {"bills": {}, "pagination": {"count": 1}},
    ],
)
def test_what_is_no_such_list_is_refused_whole(what: str, body: object) -> None:
    with pytest.raises(NotUnderstood, match=r"^c: "):
        read(what, body)


# ── laws


def test_a_law_is_the_bill_that_it_was() -> None:
    (item,) = items(read("laws", {"bills": [law(203)], "pagination": {"count": 1}}))
    assert (item.key, item.identifiers) == ("bill:118-hr-203", ("law:118-203",))
    assert item.details["status"] == "Public Law 118-203"


def test_private_laws_are_kept_apart_from_the_public_ones_of_the_same_number() -> None:
    (item,) = items(read("laws", {"bills": [law(1, "Private Law")], "pagination": {"count": 1}}))
    assert item.identifiers == ("private-law:118-1",)


# ── summaries


def test_a_summary_is_asked_of_its_bill_once_at_its_latest_writing() -> None:
    told = [
        summary(1, "00", lastSummaryUpdateDate="2026-01-03T10:00:00Z", updateDate="2026-01-05T00:00:00Z"),
        summary(1, "07", lastSummaryUpdateDate="2026-01-02T10:00:00Z", updateDate="2026-01-05T00:00:00Z"),
    ]
    found = read("summaries", {"summaries": told, "pagination": {"count": 2}})
    (request,) = details(found)
    assert urlsplit(request.url).path == "/v3/bill/118/hr/1/summaries"
    assert request.marker == "2026-01-03T10:00:00Z"
    assert items(found)[0].summary == ""
    (followed,) = congress.follow(source("summaries"), "bill:118-hr-1", items(found)[0].marker)
    assert (followed.url, followed.marker) == (request.url, request.marker)


def test_a_summary_is_plain_text_however_broken_its_html() -> None:
    (request,) = congress.follow(source("summaries"), "bill:118-hr-1", "m")
    text = "<![CDATA[ <p><b>Act</b><p>Says <i>this & that</p> ]]>"
    answer = {"summaries": [{"actionDate": "2023-02-01", "text": text}], "pagination": {"count": 1}}
    (item,) = items(read("summaries", answer, request))
    assert item.summary == "Act\nSays this & that"


def test_a_stage_without_its_day_still_comes_after_an_earlier_one() -> None:
    (request,) = congress.follow(source("summaries"), "bill:118-hr-1", "m")
    told = [
        {
            "actionDate": "2023-11-06",
            "versionCode": "00",
            "text": "first",
            "updateDate": "2023-12-01T00:00:00Z",
        },
        {"actionDate": None, "versionCode": "07", "text": "second", "updateDate": "2024-04-20T00:00:00Z"},
    ]
    (item,) = items(read("summaries", {"summaries": told, "pagination": {"count": 2}}, request))
    assert item.summary == "second"


# ── committee reports


def test_each_report_is_asked_for_its_title_once_for_all_its_parts() -> None:
    told = [report(400, 1, updateDate="2024-03-18"), report(400, 2, updateDate="2024-03-20"), report(401)]
    asked = details(read("committee-reports", {"reports": told, "pagination": {"count": 3}}))
    assert [(urlsplit(one.url).path, one.marker) for one in asked] == [
        ("/v3/committee-report/118/hrpt/400", "2024-03-20"),
        ("/v3/committee-report/118/hrpt/401", ""),
    ]


def test_a_followed_report_is_also_asked_for_its_errata() -> None:
    asked = congress.follow(source("committee-reports"), "report:118-hrpt-400-2", "m")
    assert [urlsplit(one.url).path for one in asked] == [
        "/v3/committee-report/118/hrpt/400",
        "/v3/committee-report/118/hrpt/400/text",
    ]


def about_report(*parts: dict[str, Any], key: str = "report:118-hrpt-400") -> Sequence[Finding]:
    request = next(congress.follow(source("committee-reports"), key, "m"))
    return read("committee-reports", {"committeeReports": list(parts)}, request)


def test_a_part_that_is_told_twice_is_read_as_it_was_last_updated_whatever_the_order() -> None:
    old = report(400, title="OLD", updateDate="2024-02-26T14:41:20Z")
    new = report(400, title="NEW", updateDate="2024-03-18T22:19:21Z")
    assert about_report(old, new) == about_report(new, old)
    assert [item.title for item in items(about_report(old, new))] == ["NEW"]


def test_list_and_record_of_a_report_state_nothing_by_turns() -> None:
    listed = items(
        read(
            "committee-reports",
            {"reports": [report(400, citation="H. Rept. 118-400,Part 1")], "pagination": {"count": 1}},
        )
    )[0]
    described = items(about_report(report(400, title="AN ACT", citation="H. Rept. 118-400")))[0]
    assert listed.title == ""
    assert described.title == "AN ACT"
    assert listed.details.items() <= described.details.items()
    assert described.marker == ""


@pytest.mark.parametrize("flag", [True, "True", "true"])
def test_a_conference_report_says_so(flag: object) -> None:
    assert items(about_report(report(400, isConferenceReport=flag)))[0].details["conference"] == "yes"
    assert "conference" not in items(about_report(report(400, isConferenceReport=not flag)))[0].details


def test_a_report_belongs_to_its_bills() -> None:
    named = [
        {"congress": 118, "type": "HR", "number": "2925"},
        {"congress": 118, "type": "??", "number": "1"},
    ]
    assert items(about_report(report(400, associatedBill=named)))[0].identifiers == ("bill:118-hr-2925",)


def test_the_day_of_a_report_is_one_in_washington() -> None:
    (item,) = items(about_report(report(400, issueDate="2020-12-03T05:00:00Z")))
    assert str(item.published) == "2020-12-03"


@pytest.mark.parametrize("parts", [(), (report(401),), (report(400), report(401))])
def test_an_answer_about_another_report_is_not_understood(parts: tuple[dict[str, Any], ...]) -> None:
    with pytest.raises(NotUnderstood, match="another thing than report:118-hrpt-400"):
        about_report(*parts)


# ── meetings


def about_meeting(**told: Any) -> Item:
    (request,) = congress.follow(source("meetings"), "meeting:118-house-115538", "m")
    (item,) = items(read("meetings", {"committeeMeeting": meeting(115538, **told)}, request))
    return item


def test_each_meeting_is_asked_for_what_the_list_does_not_say() -> None:
    listed = meeting(115538, updateDate="2023-03-27 18:11:19+00:00")
    (request,) = details(read("meetings", {"committeeMeetings": [listed], "pagination": {"count": 1}}))
    assert urlsplit(request.url).path == "/v3/committee-meeting/118/house/115538"
    assert request.marker == "2023-03-27 18:11:19+00:00"


def test_a_meeting_keeps_its_hour_and_a_day_without_one_stays_a_day() -> None:
    assert about_meeting(date="2023-03-24T13:00:00Z").details["date"] == "2023-03-24T13:00:00Z"
    assert about_meeting(date="2023-03-24T04:00:00Z").details["date"] == "2023-03-24"
    assert about_meeting(date="2023-03-24 13T00:00:00Z").details["date"] == "2023-03-24 13T00:00:00Z"
    assert "date" not in about_meeting(date=None).details


@pytest.mark.parametrize("status", ["Scheduled", "Canceled", "Postponed", "Rescheduled"])
def test_the_status_of_a_meeting_is_the_publisher_s(status: str) -> None:
    assert about_meeting(meetingStatus=status).details["status"] == status


def test_a_meeting_is_found_by_bill_transcript_and_witness() -> None:
    item = about_meeting(
        relatedItems={"bills": [{"congress": 118, "type": "HR", "number": "1532"}]},
        hearingTranscript=[{"jacketNumber": 52345}, {"jacketNumber": "²"}, {}],
        witnesses=[{"name": "Ada Example", "position": None, "organization": "Next G Alliance"}],
    )
    assert item.identifiers == ("bill:118-hr-1532", "hearing:118-house-52345")
    assert item.details["witnesses"] == "Ada Example, Next G Alliance"


@pytest.mark.parametrize(
    ("location", "place"),
    [
        ({"room": "1324", "building": "Longworth"}, "1324, Longworth"),
        ({"room": "WEBEX", "building": "----------"}, "WEBEX"),
        ({"address": {"buildingName": "Hall", "city": "Reno", "state": "NV"}}, "Hall, Reno, NV"),
        (None, ""),
    ],
)
def test_the_place_of_a_meeting_is_told_as_far_as_it_is_known(location: object, place: str) -> None:
    assert about_meeting(location=location).details.get("place", "") == place


@pytest.mark.parametrize(("chamber", "path"), [("House", "house-event/1"), ("Senate", "senate-event/1")])
def test_a_meeting_links_to_the_page_for_people(chamber: str, path: str) -> None:
    listed = {"congress": 118, "chamber": chamber, "eventId": "1"}
    (item,) = items(read("meetings", {"committeeMeetings": [listed], "pagination": {"count": 1}}))
    assert item.url == f"https://www.congress.gov/event/118th-congress/{path}"


def test_an_answer_about_another_meeting_is_not_understood() -> None:
    (request,) = congress.follow(source("meetings"), "meeting:118-house-1", "m")
    with pytest.raises(NotUnderstood, match="another thing than meeting:118-house-1"):
        read("meetings", {"committeeMeeting": meeting(2)}, request)


# ── CRS reports


def test_a_new_version_of_a_crs_report_is_the_same_report() -> None:
    told = [{"id": "R47175", "title": "T", "version": 102, "status": "Active"}]
    (item,) = items(read("crs-reports", {"CRSReports": told, "pagination": {"count": 1}}))
    assert item.key == "crs:R47175"
    assert item.details == {"version": "102", "status": "Active"}


@pytest.mark.parametrize("id_", ["", "R", "../x", "R47175/..", "R4７175", None, ["R1"], "R47175\n"])
def test_what_is_no_number_of_a_crs_report_is_a_problem_and_asked_of_nobody(id_: object) -> None:
    found = read("crs-reports", {"CRSReports": [{"id": id_}], "pagination": {"count": 1}})
    expected = ["crs:R47175"] if id_ == "R47175\n" else []
    assert [item.key for item in items(found)] == expected


def test_a_followed_crs_report_tells_its_summary_topics_and_bills() -> None:
    (request,) = congress.follow(source("crs-reports"), "crs:R47175", "m")
    assert urlsplit(request.url).path == "/v3/crsreport/R47175"
    told = {
        "id": "R47175",
        "summary": "<p>Waves &amp; means.</p>",
        "topics": [{"topic": "Telecommunications &amp; Internet"}],
        "relatedMaterials": [
            {"type": "PUB", "number": "93-344"},
            {"type": "HRES", "congress": 117, "number": 1151},
        ],
    }
    (item,) = items(read("crs-reports", {"CRSReport": told}, request))
    assert (item.summary, item.subjects) == ("Waves & means.", ("Telecommunications & Internet",))
    assert item.identifiers == ("law:93-344", "bill:117-hres-1151")


# ── recorded answers


@pytest.mark.real
@pytest.mark.parametrize(
    ("what", "folder", "name"),
    [
        ("laws", "law", "bills"),
        ("summaries", "summaries", "summaries"),
        ("committee-reports", "report", "reports"),
        ("meetings", "meet", "committeeMeetings"),
        ("crs-reports", "crsreport", "CRSReports"),
    ],
)
def test_recorded_lists_are_read_without_a_lost_entry(
    real_data: Path, what: str, folder: str, name: str
) -> None:
    body = _recorded(real_data, folder)
    answer = json.loads(body)
    found = read(what, body)
    assert len(items(found)) == len(answer[name])
    assert not any(isinstance(each, Problem) for each in found)
    (total,) = [each for each in found if isinstance(each, Total)]
    assert total.count in {len(answer[name]), answer["pagination"]["count"]}
    assert all(item.marker or what == "laws" for item in items(found))


@pytest.mark.real
def test_recorded_laws_are_the_bills_that_they_were(real_data: Path) -> None:
    found = items(read("laws", _recorded(real_data, "law")))
    assert ("bill:118-s-3998", ("law:118-203",)) in [(item.key, item.identifiers) for item in found]
    assert all(item.details["status"].startswith("Public Law 118-") for item in found)


@pytest.mark.real
def test_recorded_crs_reports_have_the_days_that_were_meant(real_data: Path) -> None:
    found = {item.key: item for item in items(read("crs-reports", _recorded(real_data, "crsreport")))}
    assert str(found["crs:93-792"].published) == "2011-07-05"
    assert {item.details["status"] for item in found.values()} == {"Active", "Archived"}


@pytest.mark.real
def test_recorded_texts_of_a_report_hold_no_errata(real_data: Path) -> None:
    _, request = congress.follow(source("committee-reports"), "report:116-hrpt-617", "m")
    assert read("committee-reports", _recorded(real_data, "report1"), request) == []


def _recorded(real_data: Path, name: str) -> bytes:
    (file,) = (real_data / "congress" / "api-v3" / name).glob("*.json")
    return file.read_bytes()


# ── end to end


class Library:
    """What the API says at the moment: its lists, and what it tells of one thing, by path. `page` entries a page."""

    def __init__(self, page: int = 2) -> None:
        self.page = page
        self.lists: dict[str, tuple[str, list[dict[str, Any]]]] = {}
        self.records: dict[str, dict[str, Any]] = {}

    def answer(self, asked: Asked) -> Reply | None:
        path = asked.path.removeprefix("/v3/")
        if path in self.records:
            return Reply(body=msgspec.json.encode(self.records[path]))
        if path not in self.lists:
            return None
        told = parse_qs(urlsplit(asked.target).query)
        name, entries = self.lists[path]
        if "conference" in told:
            entries = []
        offset = int(told["offset"][0])
        sent = entries[offset : offset + self.page]
        return Reply(body=msgspec.json.encode({name: sent, "pagination": {"count": len(entries)}}))


@pytest.fixture
def library(web: WebServer) -> Library:
    told = Library()
    web.fallback = told.answer
    return told


@pytest.fixture
def desk(tmp_path: Path, web: WebServer) -> Desk:
    return Desk(tmp_path, web)


def hold(library: Library, number: int, *, updated: str = "1", **told: Any) -> None:
    """Let a meeting be listed and told of."""
    _, listed = library.lists.setdefault("committee-meeting/118", ("committeeMeetings", []))
    listed[:] = [one for one in listed if one["eventId"] != str(number)]
    listed.append(meeting(number, updateDate=updated))
    library.records[f"committee-meeting/118/house/{number}"] = {
        "committeeMeeting": meeting(
            number, updateDate=updated, title=f"Next G Alliance, day {number}", **told
        )
    }


def test_meetings_are_read_whole_once_and_a_cancelled_one_is_one_revision(
    desk: Desk, library: Library
) -> None:
    desk.source("meetings", "congress", "/v3", what='"meetings"', congresses="[118]")
    for number in (1, 2, 3):
        hold(library, number, meetingStatus="Scheduled")
    report_ = desk.report()
    assert (report_.outcome, report_.items, report_.new, report_.problems) == ("ok", 3, 3, ())
    assert {event.origin for event in desk.events("ItemPublished", "ItemRevised", "ItemMatched")} == {
        "baseline"
    }
    before = len(desk.events())

    asked = len(desk.web.requests)
    desk.poll()
    assert len(desk.events()) == before
    assert {one.path for one in desk.web.requests[asked:]} == {"/v3/committee-meeting/118"}
    assert "fromDateTime=" in desk.web.requests[-1].target

    hold(library, 2, updated="2", meetingStatus="Scheduled")  # the update date alone
    desk.poll()
    assert len(desk.events()) == before

    hold(library, 3, updated="2", meetingStatus="Canceled")
    assert desk.report().revised == 1
    revision = desk.events("ItemRevised")[-1]
    assert (revision.key, revision.origin, revision.significance) == (
        "meeting:118-house-3",
        "live",
        "substantive",
    )
    assert [(one.field, one.old, one.new) for one in revision.changes] == [
        ("details.status", "Scheduled", "Canceled")
    ]
    assert desk.events("GapSuspected") == []


def test_reports_that_are_listed_twice_raise_no_gap_and_are_told_once(desk: Desk, library: Library) -> None:
    desk.source("reports", "congress", "/v3", what='"committee-reports"', congresses="[118]")
    twice = [report(400, part, citation=word) for part in (1, 2) for word in ("a", "b")]
    library.lists["committee-report/118"] = ("reports", [*twice, report(401)])
    for number, parts in ((400, (1, 2)), (401, (1,))):
        library.records[f"committee-report/118/hrpt/{number}"] = {
            "committeeReports": [report(number, part, title="AN ACT") for part in parts]
        }
    told = desk.report()
    assert (told.outcome, told.items, told.new, told.error) == ("ok", 3, 3, "")
    before = len(desk.events())
    desk.poll()
    assert len(desk.events()) == before
    assert desk.events("GapSuspected") == []
    assert {event.key for event in desk.events("ItemPublished")} == {
        "report:118-hrpt-400",
        "report:118-hrpt-400-2",
        "report:118-hrpt-401",
    }


def test_a_correction_of_an_earlier_summary_does_not_displace_the_latest(
    desk: Desk, library: Library
) -> None:
    desk.source("summaries", "congress", "/v3", what='"summaries"', congresses="[118]")
    stages = [
        {"actionDate": "2025-05-01", "versionCode": "07", "text": "<p>As reported.</p>"},
        {"actionDate": "2025-02-01", "versionCode": "00", "text": "<p>As introduced.</p>"},
    ]
    library.records["bill/118/hr/1/summaries"] = {"summaries": stages, "pagination": {"count": 2}}
    library.lists["summaries/118"] = ("summaries", [summary(1, "07", lastSummaryUpdateDate="1")])
    desk.poll()
    library.lists["summaries/118"] = ("summaries", [summary(1, "00", lastSummaryUpdateDate="2")])
    stages[1]["text"] = "<p>As introduced, corrected.</p>"
    asked = len(desk.web.asked("/v3/bill/118/hr/1/summaries"))
    report_ = desk.report()
    assert (report_.revised, report_.new, report_.error) == (0, 0, "")
    assert len(desk.web.asked("/v3/bill/118/hr/1/summaries")) == asked + 1
    stages[0]["text"] = "<p>As reported, corrected.</p>"
    library.lists["summaries/118"] = ("summaries", [summary(1, "07", lastSummaryUpdateDate="3")])
    assert desk.report().revised == 1
    change = desk.events("ItemRevised")[-1].changes[0]
    assert (change.field, change.old, change.new) == ("summary", "As reported.", "As reported, corrected.")


def test_a_law_meets_the_bill_that_it_was(desk: Desk, library: Library) -> None:
    desk.source("bills", "congress", "/v3", congresses="[118]")
    desk.source("laws", "congress", "/v3", what='"laws"', congresses="[118]")
    bill = {"congress": 118, "type": "HR", "number": "203", "title": "An act"}
    library.lists["bill/118"] = ("bills", [bill])
    library.lists["law/118"] = ("bills", [])
    desk.poll()
    library.lists["law/118"] = ("bills", [law(203)])
    desk.poll()
    (revision,) = desk.events("ItemRevised")
    assert (revision.key, revision.source) == ("bill:118-hr-203", "laws")
    assert {one.field: one.new for one in revision.changes} == {
        "identifiers": ["law:118-203"],
        "details.status": "Public Law 118-203",
    }
    before = len(desk.events())
    desk.poll()
    assert len(desk.events()) == before


def test_a_new_text_of_a_followed_bill_is_told_once_as_a_step(desk: Desk, library: Library) -> None:
    desk.source("bills", "congress", "/v3", congresses="[118]")
    bill = {"congress": 118, "type": "HR", "number": "1", "title": "Next G Alliance Act", "updateDate": "1"}
    texts = [{"type": "Introduced in House", "date": "2025-03-03T05:00:00Z"}]
    library.page = 250
    library.lists["bill/118"] = ("bills", [bill])
    library.records["bill/118/hr/1"] = {"bill": bill}
    for part in ("actions", "titles", "summaries"):
        library.records[f"bill/118/hr/1/{part}"] = {part: [], "pagination": {"count": 0}}
    library.records["bill/118/hr/1/text"] = {"textVersions": texts, "pagination": {"count": 1}}
    desk.poll()
    texts.insert(0, {"type": "Engrossed in House", "date": "2025-06-01T04:00:00Z"})
    bill["updateDateIncludingText"] = "2"
    for _ in range(2):
        desk.poll()
    told = [(step.text, str(step.when), step.origin) for step in desk.events("ActionRecorded")]
    assert told == [
        ("Text published: Introduced in House", "2025-03-03", "baseline"),
        ("Text published: Engrossed in House", "2025-06-01", "live"),
    ]
