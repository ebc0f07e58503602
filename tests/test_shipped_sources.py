"""The sources of the shipped config.toml: all that the catalogue asks for, each asked as its publisher bears it."""

from __future__ import annotations

import re
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from monitor import sources
from monitor.config import Settings, load
from monitor.core.exchange import Source, State
from monitor.core.pacing import CRAWL_DELAYS_S

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "config.toml").read_text(encoding="utf-8")
TABLES = tomllib.loads(TEXT)["source"]
CONFIGURATION = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
KINDS = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")

HOUR_S = 3600
# At a first poll.
STATE = State(now=datetime(2026, 4, 1, 12, tzinfo=UTC))

# What the catalogue of subjects names as a source (by its id there), and which of ours show it.
COVERS = {
    "congress-api": [
        "congress-bills",
        "congress-laws",
        "congress-summaries",
        "congress-reports",
        "congress-meetings",
        "congress-crs-reports",
        "congress-schedule",
        "govinfo-billstatus",
        "bills-of-spring-2021",
    ],
    "govinfo": ["govinfo-feeds", "govinfo-collections"],
    "fedreg": [
        "register-telecom",
        "register-restrictions",
        "register-diplomacy",
        "register-president",
        "register-departments",
        "public-inspection",
    ],
    "state": ["state-press-releases", "state-all-releases"],
    "whitehouse": ["whitehouse-news", "whitehouse-presidential-actions", "whitehouse-statements"],
    "fcc": ["fcc-documents", "fcc-filings", "fcc-new-dockets"],
    "cisa": ["cisa-advisories"],
    "nsa-gov": ["nsa-press"],
    "odni": ["odni-press"],
    "nsf": ["nsf-news", "nsf-funding", "nsf-funding-all", "nsf-funding-due", "nsf-awards", "nsf-vines"],
    "dfc": ["dfc-newsroom", "register-diplomacy"],
    "exim": ["exim-news", "register-diplomacy"],
    "ustda": ["ustda-news", "register-diplomacy"],
    "commerce-bis": ["bis-news", "register-restrictions", "public-inspection", "regulations-gov"],
    "treasury": ["treasury-press", "cfius", "register-restrictions"],
    "ntia": ["ntia-news", "register-telecom"],
    "nga": ["next-g-alliance"],
    "atis": ["atis-news"],
    "3gpp": ["3gpp-news"],
    "itu": ["itu-hub"],
    "iowngf": ["iown-global-forum"],
    "o-ran-alliance": ["o-ran-alliance"],
    "6g-ia": ["6g-ia"],
    "sns-ju": ["sns-ju"],
    "lightreading": ["light-reading"],
    "mic-jp": ["mic-japan"],
    "meti-jp": ["meti-japan"],
    "mof-jp": ["mof-japan"],
    "mofa-jp": ["mofa-japan"],
    "nict-jp": ["nict-japan"],
    "kantei-cas-jp": ["kantei-japan"],
    "xgmf-jp": ["xgmf-japan"],
    # Of the later steps, what can be read already.
    "csl-us": ["screening-lists"],
    "dod": ["defense-releases", "defense-news"],
    "ec-press": ["eu-press", "eu-digital-strategy"],
    "etsi": ["etsi-newsroom"],
    "grants-gov": ["grants-gov"],
    "msit-kr": ["msit-korea"],
    "nist": ["nist-news", "register-telecom"],
    "rcrwireless": ["rcr-wireless"],
    # Not in the catalogue, and worth reading all the same.
    "": ["gao-reports", "gsma-newsroom", "fierce-network"],
}

# Addresses that many lists still carry: gone, empty for ever, or closed to programs. One that ends with / is all below.
DEAD = [
    "fcc.gov/news-events/",
    "fcc.gov/rss/",
    "fcc.gov/rss.xml",
    "www.grants.gov/",
    "nsf.gov/rss",
    "nsf.gov/news/feed.xml",
    "nsf.gov/news/releases/",
    "nsf.gov/funding/opps/",
    "bis.gov/rss.xml",
    "bis.gov/press-releases/feed",
    "cisa.gov/cisa/news.xml",
    "www.commerce.gov/",
    "home.treasury.gov/news/press-releases/",
    "whitehouse.gov/feed",
    "congress.gov/rss/search-results.xml",
    "crsreports.congress.gov/",
    "docs.house.gov/",
    "unblock.federalregister.gov/",
    "meti.go.jp/ml_index_release.rdf",
    "meti.go.jp/english/",
]

# Of these the newest ten are shown, and no more.
TEN_ENTRIES = [
    "ntia-news",
    "state-press-releases",
    "state-all-releases",
    "defense-news",
    "defense-releases",
    "eu-press",
    "eu-digital-strategy",
    "gsma-newsroom",
    "rcr-wireless",
]


@pytest.fixture(scope="module")
def settings() -> Settings:
    """The shipped settings. Loading raises at the first problem."""
    return load(ROOT / "config.toml")


def only(settings: Settings, id_: str) -> Source:
    (source,) = (source for source in settings.sources if source.id == id_)
    return source


def comments() -> dict[str, str]:
    """The comment right above each source, in one line."""
    found: dict[str, str] = {}
    lines = TEXT.splitlines()
    for index, line in enumerate(lines):
        if line != "[[source]]":
            continue
        first = index
        while lines[first - 1].startswith("# "):
            first -= 1
        name = re.fullmatch(r'id += "(.+)"', lines[index + 1])
        assert name, f"line {index + 2}: a source begins with its id"
        found[name[1]] = " ".join(text.removeprefix("# ") for text in lines[first:index])
    return found


def host(source: Source) -> str:
    return urlsplit(source.url).hostname or ""


def needs_key(source: Source) -> bool:
    by_api = source.kind == "govinfo" and source.options.what == "collections"
    return by_api or source.kind in {"congress", "fcc_ecfs", "regulations_gov"}


def test_the_shipped_settings_load_without_a_word(settings: Settings) -> None:
    assert settings.notices == ()
    assert len(settings.sources) == len(TABLES) >= 45


def test_no_id_is_given_twice() -> None:
    ids = [table["id"] for table in TABLES]
    assert sorted(ids) == sorted(set(ids))


def test_every_kind_of_source_is_shipped(settings: Settings) -> None:
    assert {source.kind for source in settings.sources} == set(sources.kind_names())


def test_every_source_of_the_catalogue_is_covered_and_every_shipped_one_covers_something(
    settings: Settings,
) -> None:
    assert {id_ for ids in COVERS.values() for id_ in ids} == {source.id for source in settings.sources}


def test_no_two_enabled_sources_ask_the_same(settings: Settings) -> None:
    asked: dict[tuple[str, object], str] = {}
    for source in settings.sources:
        if source.enabled:
            for request in sources.kind(source.kind).requests(source, STATE):
                first = asked.setdefault((request.url, request.body), source.id)
                assert first == source.id, f"{source.id} asks what {first} asks: {request.url}"
    assert len(asked) > sum(source.enabled for source in settings.sources)


def test_no_source_that_is_on_needs_a_key(settings: Settings) -> None:
    with_key = [source for source in settings.sources if needs_key(source)]
    assert [source.id for source in with_key if source.enabled] == []
    assert {source.key_name for source in with_key} == {"env API_DATA_GOV_KEY"}
    assert not any(source.key_name for source in settings.sources if not needs_key(source))


def test_congress_works_without_a_key(settings: Settings) -> None:
    keyless = only(settings, "govinfo-billstatus")
    assert keyless.enabled
    assert keyless.options.follow == "batches"
    assert keyless.options.congresses == only(settings, "congress-bills").options.congresses


def test_a_source_that_is_off_says_why(settings: Settings) -> None:
    why = re.compile(r"With a key: |Never seen alive: check |Shown elsewhere: |A closed set: ")
    said = comments()
    for source in settings.sources:
        assert bool(why.match(said[source.id])) != source.enabled, f"{source.id}: {said[source.id]!r}"


def test_what_needs_a_key_says_so_and_nothing_else_does(settings: Settings) -> None:
    said = comments()
    for source in settings.sources:
        if not source.enabled:
            assert said[source.id].startswith("With a key: ") == needs_key(source), source.id


def test_a_page_is_off_and_says_how_to_try_its_selectors(settings: Settings) -> None:
    said = comments()
    pages = [source for source in settings.sources if source.kind == "page"]
    assert not any(source.enabled for source in pages)
    for source in pages:
        remedy = f"Never seen alive: check the selectors with `monitor sources try {source.id}`."
        assert said[source.id].startswith(remedy)


@pytest.mark.parametrize("address", DEAD)
def test_no_dead_address_is_shipped(settings: Settings, address: str) -> None:
    for source in settings.sources:
        urls = [source.url, *(asked.url for asked in sources.kind(source.kind).requests(source, STATE))]
        plain = [url.partition("?")[0].rstrip("/") for url in urls]
        if address.endswith("/"):
            assert not [url for url in plain if address in f"{url}/"], source.id
        else:
            assert not [url for url in plain if url.endswith(address)], source.id


def test_every_address_is_encrypted(settings: Settings) -> None:
    assert {urlsplit(source.url).scheme for source in settings.sources} == {"https"}


@pytest.mark.parametrize("id_", TEN_ENTRIES)
def test_a_window_of_ten_is_read_every_hour_when_it_turns_over_fast(settings: Settings, id_: str) -> None:
    assert only(settings, id_).fastest_s <= HOUR_S


def test_no_source_is_asked_more_often_than_hourly_unless_its_window_or_its_worth_demands_it(
    settings: Settings,
) -> None:
    assert [source.id for source in settings.sources if source.every_s < HOUR_S] == ["public-inspection"]
    assert only(settings, "public-inspection").every_s == 15 * 60


def test_dates_from_japan_and_korea_are_read_where_they_are_meant(settings: Settings) -> None:
    zones = {"jp": "Asia/Tokyo", "kr": "Asia/Seoul"}
    found = {
        source.id: (source.options.timezone, zones[host(source).rpartition(".")[2]])
        for source in settings.sources
        if host(source).endswith((".jp", ".kr")) and hasattr(source.options, "timezone")
    }
    assert {"mic-japan", "meti-japan", "msit-korea"} <= found.keys()
    assert all(zone == meant for zone, meant in found.values()), found


def test_a_feed_that_is_on_is_never_empty(settings: Settings) -> None:
    """An empty answer of these was seen for weeks, and looked like silence."""
    feeds = [source for source in settings.sources if source.kind == "feed" and source.enabled]
    assert feeds
    assert [source.id for source in feeds if not source.min_items] == []


def test_every_key_of_a_shipped_source_is_described() -> None:
    for table in TABLES:
        section = KINDS.partition(f"\n## {table['kind']}\n")[2].partition("\n## ")[0]
        for key in table:
            assert f"| `{key}` |" in CONFIGURATION + section, f"{table['id']}: {key}"


def test_the_pauses_that_are_known_are_described() -> None:
    (line,) = (line for line in CONFIGURATION.splitlines() if line.startswith("| `crawl_delay_s` |"))
    for name, delay_s in CRAWL_DELAYS_S.items():
        assert f"{name} ({delay_s})" in line


def test_every_section_says_something_of_what_stands_in_it() -> None:
    """Headings of one width, none twice, none empty."""
    headings = [line for line in TEXT.splitlines() if line.startswith("# ──")]
    assert len(set(headings)) == len(headings)
    assert {len(heading) for heading in headings} == {119}
    assert not re.search(r"# ──[^\n]*\n\s*# ──", TEXT)
