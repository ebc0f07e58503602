"""The demo's recorded answers: what the source kinds read in them, and what the shipped watchlists recognise."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path

import pytest
from demo_reading import CLOCKS, GOOD, NAMES, ask, get, named, read

from monitor import config
from monitor.core.bills import stage
from monitor.core.errors import NotUnderstood
from monitor.core.items import Item
from monitor.core.matching.matcher import Matcher, compile_watchlists, document_of
from monitor.demo.server import DemoServer, load_answers
from monitor.sources import congress

FCC = "http://api2.fcc.gov/edocs/public/api/v1/rss/"


@pytest.fixture
def server() -> Iterator[DemoServer]:
    with DemoServer() as running:
        yield running


def test_the_japanese_list_is_shift_jis() -> None:
    bodies = [a.body for a in load_answers() if a.host == "www.soumu.go.jp"]
    assert all("総務省" in body.decode("shift_jis") for body in bodies)
    for body in bodies:
        with pytest.raises(UnicodeDecodeError):
            body.decode("utf-8")


def test_json_answers_are_json() -> None:
    assert all(json.loads(a.body) for a in load_answers() if a.file.endswith(".json"))


@pytest.mark.parametrize(("name", "moment"), GOOD)
def test_every_answer_is_read_without_a_problem_and_in_full(
    server: DemoServer, name: str, moment: int
) -> None:
    server.moment = moment
    reading = read(server, named(name))
    assert reading.problems == []
    assert len({item.key for item in reading.items}) == len(reading.items)
    if reading.totals:
        assert sum(total.count for total in reading.totals) == len(reading.items)


def test_the_failing_source_answers_200_with_a_page_that_is_refused(server: DemoServer) -> None:
    server.moment = 2
    assert get(server, FCC).status == 200
    with pytest.raises(NotUnderstood):
        read(server, named("fcc-releases"))


# ── what the shipped watchlists recognise in them


WATCHLISTS = Path(__file__).resolve().parent.parent / "watchlists"


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    good, bad = config.load_watchlists(WATCHLISTS)
    assert bad == []
    return compile_watchlists(good)


def recognised(server: DemoServer, matcher: Matcher) -> dict[str, set[str]]:
    """The subjects that recognise each item at the server's moment; a recognised bill is read in full, as in a poll."""
    found: dict[str, Item] = {}
    for name in NAMES:
        if (name, server.moment) in GOOD:
            each = named(name)
            for item in read(server, each).items:
                merge(found, item)
                if each.kind == "congress" and matcher.match(document_of(item)):
                    for request in congress.follow(each, item.key, item.marker):
                        for more in ask(server, each, request):
                            merge(found, more)
    return {key: {match.subject for match in matcher.match(document_of(item))} for key, item in found.items()}


def merge(found: dict[str, Item], more: Item) -> None:
    """What is known of an item: the first word on each field."""
    if known := found.get(more.key):
        empty = {f.name: getattr(more, f.name) for f in fields(Item) if not getattr(known, f.name)}
        found[more.key] = replace(known, **empty)
    else:
        found[more.key] = more


VINES = "nsf:25-539"
MIC = "mic-japan:https://www.soumu.go.jp/menu_news/s-news/index.html?demo="
NGA = "next-g-alliance:https://www.nextgalliance.org/?p="
WANTED = {
    1: {
        "bill:117-hr-1060": {"hr1060-wireless-leadership-act"},
        "bill:117-hr-3003": {"promoting-us-wireless-leadership-act", "us-wireless-standards-legislation"},
        "bill:117-s-1169": {"s1169-strategic-competition-act"},
        "bill:119-hr-1765": {"promoting-us-wireless-leadership-act", "us-wireless-standards-legislation"},
        "frdoc:2025-05427": {"entity-list"},
        "frdoc:2025-05426": {"entity-list"},
        VINES: {"nsf-vines"},
        "fcc:FCC-25-27": {"huawei"},
        f"{NGA}101": {"next-g-alliance", "eu-us-ttc"},
        f"{NGA}102": {"next-g-alliance", "6g"},
        f"{NGA}103": {"next-g-alliance"},
        "iown-global-forum:https://iowngf.org/?p=1": {"iown-global-forum"},
        f"{MIC}opinions-26ghz": {"5g"},
    },
    2: {
        "bill:119-hr-1765": {"promoting-us-wireless-leadership-act"},
        "bill:119-hr-2037": {"open-ran"},
        "frdoc:2025-10477": {"5g"},
        VINES: {"nsf-vines"},
        "nsf-news:https://www.nsf.gov/news/nsf-announces-new-nextg-wireless-funding-opportunity": {
            "nsf-vines"
        },
        f"{NGA}101": {"next-g-alliance", "eu-us-beyond-5g-6g-roadmap"},
        f"{NGA}105": {"next-g-alliance", "6g"},
        f"{NGA}106": {"next-g-alliance"},
        f"{MIC}survey-26ghz-results": {"5g"},
        "mic-japan:https://www.soumu.go.jp/photo_gallery/02koho03_03005307.html": {
            "6g",
            "6g-standardisation",
        },
    },
}
# One kind of bystander a source: subsidy, law, metal, sunspots, tree rings, a grapevine, cells, callers, light, prices.
UNWANTED = {
    1: {
        "bill:119-hr-1870",
        "bill:119-hr-2750",
        "bill:119-hr-3119",
        "bill:119-hr-1",
        "bill:117-hr-1319",
        "frdoc:2025-07676",
        "frdoc:2025-07332",
        "nsf-news:https://www.nsf.gov/news?demo=visible-tunable-filter",
        "nsf-news:https://www.nsf.gov/news?demo=tree-rings",
        "nsf-funding:https://www.nsf.gov/funding/opportunities/?demo=plant-genome-research-program",
        "nsf:24-539",
        "nsf:20-535",
        "fcc:DA-25-219",
        f"{NGA}104",
        "iown-global-forum:https://iowngf.org/?p=2",
        f"{MIC}cpi-2025-04",
        f"{MIC}children-2025",
    },
    2: {
        "bill:119-hr-1",
        "frdoc:2025-11966",
        "nsf-news:https://www.nsf.gov/news?demo=rubin-first-look",
        f"{NGA}104",
        f"{MIC}cpi-2025-05",
        f"{MIC}white-paper-2025",
    },
}


@pytest.mark.parametrize("moment", [1, 2])
def test_the_shipped_watchlists_find_what_matters_and_pass_over_the_rest(
    server: DemoServer, matcher: Matcher, moment: int
) -> None:
    server.moment = moment
    subjects = recognised(server, matcher)
    missed = {
        key: wanted - subjects[key] for key, wanted in WANTED[moment].items() if not wanted <= subjects[key]
    }
    assert missed == {}
    assert {key: subjects[key] for key in UNWANTED[moment] if subjects[key]} == {}


def test_the_two_wireless_leadership_acts_are_not_confused(server: DemoServer, matcher: Matcher) -> None:
    subjects = recognised(server, matcher)
    siting, standards = "hr1060-wireless-leadership-act", "promoting-us-wireless-leadership-act"
    assert standards not in subjects["bill:117-hr-1060"]
    assert "us-wireless-standards-legislation" not in subjects["bill:117-hr-1060"]
    assert siting not in subjects["bill:117-hr-3003"] | subjects["bill:119-hr-1765"]


# ── what the second moment brings


@dataclass(frozen=True)
class Both:
    """Each source's items by key, at the first and at the second moment."""

    first: dict[str, dict[str, Item]]
    second: dict[str, dict[str, Item]]


@pytest.fixture
def both(server: DemoServer) -> Both:
    told: list[dict[str, dict[str, Item]]] = []
    for moment in CLOCKS:
        server.moment = moment
        told.append(
            {
                name: {item.key: item for item in read(server, named(name)).items}
                for name, at in GOOD
                if at == moment
            }
        )
    return Both(*told)


def test_every_feed_overlaps_with_its_past_so_that_no_gap_is_suspected(both: Both) -> None:
    feeds = [name for name in both.second if named(name).kind == "feed"]
    assert [name for name in feeds if not both.first[name].keys() & both.second[name].keys()] == []


def test_a_late_item_has_an_old_date(both: Both) -> None:
    late = both.second["next-g-alliance"][f"{NGA}106"]
    assert late.key not in both.first["next-g-alliance"]
    assert late.published is not None
    assert late.published.day.isoformat() == "2022-08-10"


def test_a_title_is_corrected_and_a_deadline_is_added(both: Both) -> None:
    titles = [told["next-g-alliance"][f"{NGA}101"].title for told in (both.first, both.second)]
    assert titles[0] != titles[1]
    before, after = (told["nsf-funding"][VINES].summary for told in (both.first, both.second))
    assert "25 August 2025" in after.removeprefix(before)


def test_one_document_stands_in_two_sources(both: Both) -> None:
    assert VINES not in both.first["nsf-due-dates"]
    assert VINES in both.second["nsf-due-dates"]
    assert VINES in both.second["nsf-funding"]


def test_a_bill_has_gone_from_committee_to_the_floor(server: DemoServer) -> None:
    stages = []
    for moment in CLOCKS:
        server.moment = moment
        actions = {
            action.key: action
            for item in read(server, named("congress-bills"), follow=True).items
            if item.key == "bill:119-hr-1765"
            for action in item.actions
        }
        stages.append(stage(actions.values(), key="bill:119-hr-1765"))
    assert [(one.name, one.since) for one in stages if one] == [
        ("ordered reported", "2025-03-04"),
        ("passed House", "2025-07-14"),
    ]


def test_the_other_congress_has_nothing_new(server: DemoServer) -> None:
    server.moment = 2
    totals = {total.walk: total.count for total in read(server, named("congress-bills")).totals}
    assert totals["bill/117"] == 0


@pytest.mark.parametrize(
    "key",
    sorted(
        f"bill:{c}-{t}-{n}"
        for c, t, n in [
            (117, "hr", 1060),
            (117, "hr", 3003),
            (117, "s", 1169),
            (119, "hr", 1717),
            (119, "hr", 1765),
            (119, "hr", 2449),
        ]
    ),
)
def test_bills_worth_following_are_recorded_in_full(server: DemoServer, key: str) -> None:
    source = named("congress-bills")
    told = [f for request in congress.follow(source, key, "") for f in ask(server, source, request)]
    items = [finding for finding in told if isinstance(finding, Item)]
    assert items == told
    assert all(
        any(getattr(item, name) for item in items) for name in ("published", "actions", "titles", "summary")
    )
