"""Ways in which news could be lost, told wrongly or called seen: each was one once."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from desk import Desk, feed
from test_govinfo_polling import Bulk
from test_source_billstatus_batches import bill_file
from test_source_public_inspection import LIST, document, listed
from test_source_public_inspection import reply as inspection
from test_source_wordpress import Site, post
from webserver import Asked, Reply, WebServer

from monitor import app

DIGEST_PAGE = next((Path(__file__).parent / "sources" / "fcc_edocs").glob("*/answer.html")).read_bytes()
NETWORKS = 'title = "x"\n[[subject]]\nid = "a"\nname = "a"\nany = ["Next G Alliance"]\n'


@pytest.fixture
def desk(tmp_path: Path, web: WebServer) -> Desk:
    desk = Desk(tmp_path, web)
    desk.watch(NETWORKS)
    return desk


def asked(desk: Desk, name: str) -> str:
    """A parameter of the last request."""
    return parse_qs(urlsplit(desk.web.requests[-1].target).query).get(name, [""])[0]


def state(desk: Desk) -> str:
    return app.source_lines(desk.settings(), clock=desk.clock)[0][0].state


def origins(desk: Desk, *types: str) -> dict[str, str]:
    return {getattr(event, "text", "") or event.key: event.origin for event in desk.events(*types)}


def test_an_item_that_an_unreadable_list_shows_again_is_not_withdrawn(desk: Desk) -> None:
    a, b, bad = (document(f"2026-{n}", publication_date="2025-06-20") for n in (7, 8, 9))
    bad["document_number"] = ""
    desk.source("pi", "public_inspection", path="/v1")
    desk.web.answer(LIST, *(inspection(listed(*each)) for each in ((a, b), (b,), (a, b, bad), (a, b))))
    for _ in range(4):
        desk.poll()
    assert desk.events("ItemWithdrawn") == []


def test_another_source_that_shows_a_withdrawn_item_says_that_it_is_there(desk: Desk) -> None:
    a, b = (document(f"2026-{n}", publication_date="2025-06-20") for n in (7, 8))
    desk.source("pi", "public_inspection", path="/v1")
    desk.web.answer(LIST, inspection(listed(a, b)), inspection(listed(b)))
    for _ in range(3):
        desk.poll("pi")
    (gone,) = desk.events("ItemWithdrawn")
    desk.source("fr", path="/fr")
    link = f"https://www.federalregister.gov/documents/2025/06/20/{gone.key.removeprefix('frdoc:')}/a-notice"
    desk.web.answer("/fr", Reply(body=feed((link, "A notice"))))
    desk.poll("fr")
    with app.reading(desk.settings()) as archive:
        found = archive.views.conn.execute(
            "SELECT withdrawn FROM items WHERE key = ?", (gone.key,)
        ).fetchone()
    assert found["withdrawn"] == ""


def test_parts_that_bring_less_than_the_whole_declared_are_a_gap(desk: Desk) -> None:
    def answer(request: Asked) -> Reply:
        is_whole = len(desk.web.requests) == 1
        found = [{"document_number": "2025-00001", "title": "A", "publication_date": "2025-06-01"}]
        return Reply(body=json.dumps({"count": 10 if is_whole else 1, "results": found}).encode())

    desk.source("fr", "federal_register", path="/v1")
    desk.web.fallback = answer
    report = desk.report()
    assert report.outcome == "partial"
    assert "1 of 10 declared items came" in report.error
    assert len(desk.events("GapSuspected")) == 1


class Congress:
    """Bills of one Congress; `fails` is the page of a bill that answers 500."""

    def __init__(self, desk: Desk) -> None:
        self.bills = [{"congress": 118, "type": "HR", "number": "2", "title": "Other", "updateDate": "1"}]
        self.steps = [_step("2025-06-01", "Introduced in House", "1000")]
        self.fails = ""
        desk.web.fallback = self
        desk.source("bills", "congress", "/v3", congresses="[118]")

    def __call__(self, request: Asked) -> Reply | None:
        page = request.path.removeprefix("/v3/bill/118").removeprefix("/hr/1/").removeprefix("/hr/1")
        if page == self.fails and "/hr/1" in request.path:
            return Reply(status=500)
        lists = {"actions": self.steps, "titles": [], "summaries": [], "text": []}
        if request.path == "/v3/bill/118":
            return _counted("bills", self.bills)
        if request.path == "/v3/bill/118/hr/1":
            return Reply(body=json.dumps({"bill": self.bills[0]}).encode())
        return _counted("textVersions" if page == "text" else page, lists[page])


def _step(day: str, text: str, code: str) -> dict[str, object]:
    return {"actionDate": day, "text": text, "type": "Floor", "actionCode": code, "sourceSystem": {"code": 9}}


def _counted(name: str, entries: list[dict[str, object]]) -> Reply:
    return Reply(body=json.dumps({name: entries, "pagination": {"count": len(entries)}}).encode())


def test_the_steps_of_a_new_bill_are_news_also_when_they_could_not_be_read_at_first(desk: Desk) -> None:
    congress = Congress(desk)
    desk.poll()
    congress.fails = "actions"
    congress.bills.insert(
        0, {"congress": 118, "type": "HR", "number": "1", "title": "Next G Alliance Act", "updateDate": "2"}
    )
    assert desk.report().outcome == "partial"
    congress.fails = ""
    congress.steps.insert(0, _step("2025-06-02", "Passed House", "8000"))
    desk.poll()
    assert origins(desk, "ActionRecorded") == {"Introduced in House": "live", "Passed House": "live"}


def test_a_step_of_a_followed_bill_is_news_however_it_is_dated(desk: Desk) -> None:
    bulk = Bulk(desk)
    bill = bill_file(65, "2021-02-01", "Read twice.")
    bulk.files = {65: ("2025-06-01T09:00:00Z", bill)}
    desk.poll()
    desk.poll()
    late = b"<item><actionDate>2025-05-01</actionDate><text>Ordered reported.</text></item></actions>"
    bulk.files[65] = ("2025-06-02T03:30:00Z", bill.replace(b"</actions>", late))
    desk.poll()
    assert origins(desk, "ActionRecorded")["Ordered reported."] == "live"


def test_a_backfill_leaves_what_came_since_the_last_poll_to_the_next_one(desk: Desk) -> None:
    site = Site(2)
    desk.web.fallback = site
    desk.source("wp", kind="wordpress", path="/site")
    desk.poll()
    site.posts.insert(0, post(3, title={"rendered": "Next G Alliance meets"}))
    desk.clock.advance(minutes=30)
    app.backfill(desk.settings(), "wp", since="2025-01-01", clock=desk.clock)
    desk.poll()
    assert [entry[1:] for entry in desk.told()] == [("new", "live")]


def edocs(*numbers: int) -> Reply:
    address = "https://docs.fcc.gov/public/attachments/DA-25-{}A1.pdf"
    return Reply(body=feed(*((address.format(n), f"Document {n}") for n in numbers)))


def test_a_gap_is_said_once_and_closed_only_by_what_covers_its_own_days(desk: Desk) -> None:
    desk.source("fcc", "fcc_edocs", "/api", digest_url=f'"{desk.web.url("/digest")}"')
    desk.web.answer("/api/", edocs(1, 2, 3), edocs(7, 8, 9))
    for _ in range(5):
        desk.poll()
    assert len(desk.events("GapSuspected")) == 1, "the digest pages, 404 here, are asked at every poll"
    desk.web.fallback = lambda _asked: Reply(body=DIGEST_PAGE, headers={"Content-Type": "text/html"})
    app.backfill(desk.settings(), "fcc", since="2020-01-06", until="2020-01-07", clock=desk.clock)
    assert desk.events("GapClosed") == []
    desk.poll()
    assert [event.how for event in desk.events("GapClosed")] == ["past"]


def reports(*numbers: int) -> list[dict[str, object]]:
    return [
        {
            "id": f"R4{n:04}",
            "title": f"Next G Alliance {n}",
            "version": 1,
            "publishDate": "2020-01-01T00:00:00Z",
        }
        for n in numbers
    ]


def test_what_a_first_poll_could_not_read_is_no_news_at_the_second(desk: Desk) -> None:
    is_down = True

    def answer(request: Asked) -> Reply | None:
        if request.path != "/v3/crsreport":
            return None
        offset = int(parse_qs(urlsplit(request.target).query).get("offset", ["0"])[0])
        if offset and is_down:
            return Reply(status=500)
        page = {"CRSReports": reports(*range(6))[offset : offset + 2], "pagination": {"count": 6}}
        return Reply(body=json.dumps(page).encode())

    desk.web.fallback = answer
    desk.source("crs", "congress", "/v3", what='"crs-reports"')
    assert desk.report().outcome == "partial"
    is_down = False
    assert desk.report().new == 4
    assert set(origins(desk, "ItemPublished").values()) == {"baseline"}


def test_another_address_or_other_options_begin_with_a_baseline_again(desk: Desk) -> None:
    desk.source("news", path="/a")
    desk.web.answer("/a", Reply(body=feed(("a", "A"))))
    old = feed(("x", "Next G Alliance, an old notice"), dates="Mon, 06 Jan 2025 10:00:00 GMT")
    new = feed(("y", "Next G Alliance, a new notice"), dates="Mon, 02 Jun 2025 01:30:00 GMT")
    both = old.replace(
        b"</channel>", new.partition(b"</title>")[2].rpartition(b"</channel>")[0] + b"</channel>"
    )
    desk.web.answer("/b", Reply(body=both))
    desk.poll()
    desk.tables = desk.tables.replace("/a", "/b")
    assert desk.report().new == 2
    assert origins(desk, "ItemPublished") == {"news:a": "baseline", "news:x": "baseline", "news:y": "live"}


def test_another_way_that_covered_a_failure_does_not_move_the_window(desk: Desk) -> None:
    site = Site(12)
    desk.web.fallback = site
    desk.source("wp", kind="wordpress", path="/site")
    desk.poll()
    site.down = 500
    for _ in range(12):
        desk.clock.advance(hours=23)
        assert desk.report().outcome == "covered"
    site.down = 0
    desk.poll()
    assert asked(desk, "modified_after") < "2025-06-01"


def test_a_feed_that_shows_nothing_twice_running_is_degraded(desk: Desk) -> None:
    desk.source("news")
    desk.web.answer("/news", Reply(body=feed(("a", "A"), ("b", "B"))), Reply(body=feed()))
    desk.poll()
    assert desk.report().outcome == "unchanged"
    report = desk.report()
    assert (report.outcome, state(desk)) == ("failed", "degraded")
    assert "shows no entry any more where it showed 2" in report.error
    desk.poll()
    assert state(desk) == "degraded"
    desk.web.answer("/news", Reply(body=feed(("a", "A"))))
    desk.poll()
    assert state(desk) == "ok"


def test_pages_of_windows_long_past_are_forgotten_and_a_feeds_is_not(desk: Desk) -> None:
    desk.source("news")
    desk.web.answer("/news", Reply(body=feed(("a", "A")), etag='"1"'))
    desk.poll()
    with app.writing(desk.settings(), clock=desk.clock) as run, run.database.write():
        run.database.conn.execute("UPDATE pages SET url = url || '?day=1'")
    for _ in range(4):
        desk.clock.advance(days=40)
        desk.poll()
    with app.reading(desk.settings()) as archive:
        kept = [row["url"] for row in archive.log.database.conn.execute("SELECT url FROM pages")]
    assert kept == [desk.web.url("/news")]
