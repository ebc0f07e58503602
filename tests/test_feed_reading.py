"""Feeds of absurd size, feeds that say little, and JSON Feeds that name themselves loosely."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from monitor.core.errors import NotUnderstood
from monitor.core.exchange import Problem, Request, Response
from monitor.core.feeds import reading as feed_reading
from monitor.core.feeds.entry_elements import MOST_TAGS
from monitor.core.feeds.reading import MOST_ENTRIES, Entry, read_feed

ITUNES = "<rss xmlns:itunes='http://www.itunes.com/dtds/podcast-1.0.dtd'>"
URL = "https://agency.example/feed"


def read(body: str | bytes) -> list[Entry]:
    return [each for each in told(body) if isinstance(each, Entry)]


def told(body: str | bytes) -> list[Entry | Problem]:
    """Entries and problems, in their order."""
    response = Response(
        request=Request(url=URL),
        url=URL,
        body=body if isinstance(body, bytes) else body.encode(),
        headers={},
        fetched_at=datetime(2026, 4, 1, tzinfo=UTC),
    )
    return read_feed(response, "src", zone="UTC")


def rss(*entries: str) -> str:
    return f"<rss><channel>{''.join(f'<item>{entry}</item>' for entry in entries)}</channel></rss>"


def test_a_million_entries_are_refused_before_they_are_parsed() -> None:
    entry = b"<item><title>A</title><guid>0000000</guid></item>"
    body = b"<rss><channel>" + entry * 1_000_000 + b"</channel></rss>"
    began = time.monotonic()
    with pytest.raises(
        NotUnderstood, match=r"^src: sent a feed of 1,000,000 entries; 100,000 are read at most; poll"
    ):
        read(body)
    assert time.monotonic() - began < 20  # parsing them takes minutes and gigabytes


@pytest.mark.parametrize("tag", ["item", "ITEM", "x:entry", "item "])
def test_one_entry_too_many_is_refused_however_it_is_written(
    monkeypatch: pytest.MonkeyPatch, tag: str
) -> None:
    monkeypatch.setattr(feed_reading, "MOST_ENTRIES", 3)
    body = '<rss xmlns:x="http://www.w3.org/2005/Atom"><channel>{}</channel></rss>'
    entry = f"<{tag}><title>A</title></{tag.strip()}>"
    assert len(read(body.format(entry * 3))) == 3
    with pytest.raises(NotUnderstood, match="a feed of 4 entries; 3 are read at most"):
        read(body.format(entry * 4))


def test_one_entry_too_many_is_refused_in_json_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_reading, "MOST_ENTRIES", 3)
    answer = {"version": "https://jsonfeed.org/version/1.1", "items": [{"id": str(n)} for n in range(4)]}
    with pytest.raises(NotUnderstood, match="a feed of 4 entries; 3 are read at most"):
        read(json.dumps(answer))


def test_a_feed_as_large_as_the_largest_is_below_the_limit() -> None:
    assert 39_000_000 / MOST_ENTRIES < 400


def test_a_text_beyond_ten_megabytes_is_read() -> None:
    (entry,) = read(rss(f"<title>A</title><description>{'word ' * 2_200_000}</description>"))
    assert len(entry.summary) == 10_999_999


MANY = {
    "categories": "".join(f"<category>Topic {n}</category>" for n in range(60_000)),
    "keywords": f"<itunes:keywords>{','.join(f'topic {n}' for n in range(60_000))}</itunes:keywords>",
}


@pytest.mark.parametrize("written", MANY)
def test_an_entry_with_an_absurd_number_of_categories_is_read_quickly_with_the_first_of_them(
    written: str,
) -> None:
    began = time.process_time()
    (entry,) = read(rss(f"<title>A</title>{MANY[written]}").replace("<rss>", ITUNES))
    assert (len(entry.tags), entry.tags[0].lower(), entry.title) == (MOST_TAGS, "topic 0", "A")
    assert time.process_time() - began < 5  # comparing each with all before it takes half a minute


@pytest.mark.parametrize("written", MANY)
def test_an_absurd_number_of_categories_is_refused_before_feedparser_compares_them(written: str) -> None:
    hard = "<title>A</title><pubDate>sometime, 2nd of June</pubDate>"
    began = time.process_time()
    with pytest.raises(NotUnderstood, match="an entry of more than 5,000 categories"):
        read(rss(f"{hard}{MANY[written]}").replace("<rss>", ITUNES))
    assert time.process_time() - began < 5
    few = "".join(f"<category>Topic {n}</category>" for n in range(100))
    assert len(read(rss(*(hard + few for _ in range(60))))) == 60


def test_entries_of_a_description_alone_are_told_apart() -> None:
    first, second, third = read(rss(*(f"<description>{text}</description>" for text in "aba")))
    assert first.guid
    assert first.guid == third.guid != second.guid


@pytest.mark.parametrize(
    "entries",
    [
        ("<title>A</title>", "", "<title> </title><pubDate>Mon, 02 Jun 2025 10:00:00 GMT</pubDate>"),
        ("<title>A</title><pubDate>sometime</pubDate>", "<description/>", "<author>A. Nobody</author>"),
    ],
    ids=["plain", "in need of mending"],
)
def test_an_entry_of_nothing_is_a_problem_and_costs_no_other(entries: Sequence[str]) -> None:
    first, *silent = told(rss(*entries))
    assert isinstance(first, Entry)
    assert silent == [
        Problem(where=f"src: entry {index}", what="has no title, text, link or guid") for index in (1, 2)
    ]


def test_an_entry_of_nothing_in_a_json_feed_is_a_problem_too() -> None:
    answer = {"version": "https://jsonfeed.org/version/1.1", "items": [{"title": ""}, {"content_text": "A"}]}
    silent, entry = told(json.dumps(answer))
    assert silent == Problem(where="src: entry 0", what="has no title, text, link or guid")
    assert isinstance(entry, Entry)


def test_an_entry_with_a_name_of_its_own_is_given_no_other() -> None:
    assert [entry.guid for entry in read(rss("<title>A</title>", "<link>/a</link>", "<guid>1</guid>"))] == [
        "",
        "",
        "1",
    ]


@pytest.mark.parametrize(
    ("answer", "is_feed"),
    [
        ({"version": "https://jsonfeed.org/version/1", "items": []}, True),
        ({"version": "1.1", "title": "T", "items": []}, True),
        ({"version": 1, "title": "T", "items": []}, True),
        ({"version": "1.1", "items": []}, False),
        ({"version": "2.0", "title": "T", "items": []}, False),
        ({"title": "T", "items": []}, False),
        ({"version": "1.1", "title": "T", "items": {}}, False),
    ],
)
def test_a_json_feed_names_its_version(answer: dict[str, object], is_feed: bool) -> None:
    try:
        assert read(json.dumps(answer)) == []
        assert is_feed
    except NotUnderstood:
        assert not is_feed


def test_the_authors_of_a_json_feed_are_read_in_either_form() -> None:
    items = [
        {"id": "1", "authors": [{"name": "A"}, {"url": "u"}, {"name": "B"}]},
        {"id": "2", "author": {"name": "C"}},
    ]
    answer = {"version": "https://jsonfeed.org/version/1.1", "items": items}
    assert [entry.author for entry in read(json.dumps(answer))] == ["A, B", "C"]
