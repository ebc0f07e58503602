"""NSF's awards and Grants.gov's opportunities from end to end: services on loopback, the real fetcher, a real log."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from desk import Desk
from nsf_service import AwardService, award
from webserver import Asked, Reply, WebServer

from monitor.core.dates import WASHINGTON


@pytest.fixture
def desk(tmp_path: Path, web: WebServer) -> Desk:
    return Desk(tmp_path, web)


def test_a_season_of_awards_is_polled_whole_and_then_only_what_changes_is_recorded(desk: Desk) -> None:
    today = desk.clock().astimezone(ZoneInfo(WASHINGTON)).date()
    service = AwardService([award(n, today - timedelta(days=n % 120)) for n in range(200)])
    service.awards[7]["title"] = "VINES: a network for NSF"
    desk.web.fallback = service.reply
    desk.source("awards", "nsf_awards", path="/services/v1")
    first = desk.report()
    assert (first.outcome, first.items, first.new, first.matched, first.problems) == ("ok", 200, 200, 1, ())
    assert {event.origin for event in desk.events("ItemPublished")} == {"baseline"}
    before = len(desk.events())
    assert desk.report().outcome == "unchanged"
    assert len(desk.events()) == before
    service.awards[7]["fundsObligatedAmt"] = "1000000"
    service.awards.append(award(999, today - timedelta(days=90)))
    third = desk.report()
    assert (third.new, third.revised) == (1, 1)
    (revision,) = desk.events("ItemRevised")
    assert [(change.field, change.new) for change in revision.changes] == [("details.awarded", "1000000")]


def test_an_error_of_the_award_search_under_status_200_fails_it_and_records_nothing(desk: Desk) -> None:
    notice = {"notificationType": "ERROR", "notificationMessage": "no such service"}
    body = json.dumps({"response": {"award": [], "serviceNotification": [notice]}}).encode()
    desk.web.fallback = lambda _: Reply(body=body)
    desk.source("awards", "nsf_awards", path="/services/v1")
    report = desk.report()
    assert report.outcome == "failed"
    assert "no such service" in report.error
    assert desk.events("ItemPublished") == []


class GrantService:
    """Grants.gov with two rows a page, whatever is asked; it keeps to POST."""

    def __init__(self) -> None:
        self.rows = [
            _row("348164", "PD-23-1320", "VINES, a programme of NSF", "posted"),
            _row("348165", "25-539", "Verticals", "closed"),
            _row("348166", "NTIA-1", "Something else", "posted", closeDate="12/31/2030"),
        ]
        self.records = {
            "348164": {"synopsisDesc": "<p>For networks.</p>", "awardCeiling": "none"},
            "348165": {},
        }

    def reply(self, asked: Asked) -> Reply:
        """What either endpoint answers."""
        assert asked.method == "POST"
        question = json.loads(asked.body)
        told = self._search(question) if asked.path.endswith("/search2") else self._record(question)
        return Reply(body=json.dumps({"errorcode": 0, "data": told}).encode())

    def _search(self, question: dict[str, Any]) -> dict[str, Any]:
        wanted = [row for row in self.rows if row["oppStatus"] in question["oppStatuses"].split("|")]
        first = question["startRecordNum"]
        return {"hitCount": len(wanted), "oppHits": wanted[first : first + 2], "searchParams": question}

    def _record(self, question: dict[str, Any]) -> dict[str, Any]:
        id_ = str(question["opportunityId"])
        if id_ not in self.records:
            return {"errorMessages": ["No record found"]}
        status = next((row["oppStatus"] for row in self.rows if row["id"] == id_), "archived")
        return {"id": int(id_), "docType": "synopsis", "ost": status.upper(), "synopsis": self.records[id_]}


def _row(id_: str, number: str, title: str, status: str, **parts: str) -> dict[str, str]:
    agency = "" if number.startswith("NTIA") else "NSF"
    return {"id": id_, "number": number, "title": title, "agencyCode": agency, "oppStatus": status, **parts}


@pytest.fixture
def grants(desk: Desk) -> GrantService:
    service = GrantService()
    desk.web.fallback = service.reply
    desk.source("grants", "grants_gov", path="/v1/api")
    return service


def changes(desk: Desk) -> list[tuple[str, str, object]]:
    return [(e.key, c.field, c.new) for e in desk.events("ItemRevised") for c in e.changes]


def records_asked_for(desk: Desk) -> list[int]:
    return [json.loads(asked.body)["opportunityId"] for asked in desk.web.asked("/v1/api/fetchOpportunity")]


@pytest.mark.usefixtures("grants")
def test_a_list_of_several_pages_is_complete_and_a_second_poll_records_nothing(desk: Desk) -> None:
    first = desk.report()
    assert (first.outcome, first.items, first.new, first.matched) == ("ok", 3, 3, 2)
    assert {event.key for event in desk.events("ItemMatched")} == {"grant:PD-23-1320", "grant:25-539"}
    assert {event.origin for event in desk.events("ItemPublished")} == {"baseline"}
    before = len(desk.events())
    assert desk.report().outcome == "unchanged"
    assert len(desk.events()) == before


@pytest.mark.usefixtures("grants")
def test_records_are_read_of_what_is_recognised_again_while_it_is_open(desk: Desk) -> None:
    for _ in range(3):
        desk.poll()
    assert sorted(records_asked_for(desk)) == [348164, 348164, 348164, 348165]
    assert ("grant:PD-23-1320", "summary", "For networks.") in changes(desk)


def test_a_flip_and_a_new_text_are_a_revision_each(desk: Desk, grants: GrantService) -> None:
    desk.poll()
    before = len(changes(desk))
    grants.rows[2]["oppStatus"] = "closed"
    grants.records["348164"]["awardCeiling"] = "500000"
    report = desk.report()
    assert (report.outcome, report.new, report.revised) == ("ok", 0, 2)
    assert sorted(changes(desk)[before:], key=str) == [
        ("grant:NTIA-1", "details.status", "closed"),
        ("grant:PD-23-1320", "details.award_ceiling", "500000"),
    ]


def test_what_is_archived_is_told_so_the_day_after_and_what_vanishes_is_withdrawn_at_the_second_poll(
    desk: Desk, grants: GrantService
) -> None:
    desk.poll()
    del grants.rows[0], grants.rows[1]  # a recognised one, which is archived, and another one, which is gone
    desk.clock.advance(days=1)
    desk.poll()
    assert ("grant:PD-23-1320", "details.status", "archived") in changes(desk)
    assert desk.events("ItemWithdrawn") == []
    desk.poll()
    withdrawn = desk.events("ItemWithdrawn")
    assert [event.key for event in withdrawn] == ["grant:NTIA-1"]
    assert withdrawn[0].reason == "no longer listed, and no deadline had passed"
