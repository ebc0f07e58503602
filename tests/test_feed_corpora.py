"""Every captured feed, counted by a reader of another make: what is a feed is read without a lost entry, whichever way it takes.

FEED_TABLE=feeds.tsv ./dev test tests/test_feed_corpora.py -m real   writes down what was found in each file.
"""

from __future__ import annotations

import json
import os
import tarfile
from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from monitor.core.encodings import in_utf8
from monitor.core.errors import NotUnderstood
from monitor.core.exchange import Problem, Request, Response, Source
from monitor.core.feeds import reading as feed_reading
from monitor.core.feeds.elements import read_elements
from monitor.core.items import Item, content_hash, field_hashes
from monitor.sources import feed

URL = "https://publisher.example/feed"
RECORDED = Path(__file__).resolve().parent / "sources"
DEMO = Path(__file__).resolve().parent.parent / "monitor" / "demo" / "answers"
# Of the captured files, those with one odd thing each, made to try a reader.
MADE = "gofeed-testdata"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A file: what it is by another reader, how many entries that finds, how many are read, and which way.

    `named` counts the entries that are no entries and are named as problems, one by one.
    """

    file: str
    kind: str
    counted: int
    way: str
    read: int = 0
    named: int = 0
    keys: int = 0
    contents: int = 0
    said: str = ""


def bodies(real_data: Path) -> Iterator[tuple[str, bytes]]:
    """Every file of the archives, the excerpts of NSF, and this project's recorded answers where they are feeds."""
    for archive in sorted((real_data / "feeds").glob("*.tar.xz")):
        with tarfile.open(archive) as tar:
            for member in tar:
                if (file := tar.extractfile(member)) is not None:
                    yield f"{archive.name.partition('.')[0]}/{member.name}", file.read()
    recorded = [*RECORDED.glob("*/*/answer.xml"), *RECORDED.glob("feed/*/answer.json"), *DEMO.rglob("*.xml")]
    for path in sorted([*(real_data / "nsf").glob("*.xml"), *recorded]):
        yield "/".join(path.parts[-3:]), path.read_bytes()


def another_reader(body: bytes) -> tuple[str, int]:
    """What a file is, and its entries: by Python's JSON, else by lxml, which recovers from what is broken."""
    if body.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] in {b"{", b"["}:
        return _as_json(body)
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True)
    root = etree.fromstring(body.strip(), parser) if body.strip() else None
    if root is None:
        return "no markup", 0
    names = [_local(each) for each in root.iter(etree.Element)]
    kind = f"xml {names[0]}" if names[0] in {"rss", "feed", "rdf"} else f"not a feed: <{names[0]}>"
    return kind, sum(name in {"item", "entry"} for name in names)


def _as_json(body: bytes) -> tuple[str, int]:
    try:
        answer = json.loads(body.decode("utf-8-sig"))
    except ValueError:
        return "not a feed: broken JSON", 0
    if not (isinstance(answer, dict) and isinstance(answer.get("items"), list)):
        return "not a feed: JSON without items", 0
    version = answer.get("version", "")
    numbered = version in {"1", "1.0", "1.1"} and "title" in answer
    feed_of_json = "jsonfeed.org" in version or numbered
    return "json" if feed_of_json else f"not a feed: JSON of version {version!r}", len(answer["items"])


def _local(element: Any) -> str:
    return str(element.tag).rpartition("}")[2].rpartition(":")[2].lower()


def way(body: bytes) -> str:
    """Which way a feed takes; that both come to the same is asserted."""
    if body.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] in {b"{", b"["}:
        return "json"
    checked = feed_reading._checked("src", in_utf8(body, "text/xml")[0])
    fast = read_elements(checked, zone="Asia/Tokyo", base=URL)
    if fast is None:
        return "feedparser"
    slow = [feed_reading._from_xml(each, "Asia/Tokyo", URL) for each in feed_reading._parsed("src", checked)]
    assert fast == slow
    return "fast"


def row(file: str, body: bytes) -> Row:
    kind, counted = another_reader(body)
    response = Response(
        request=Request(url=URL),
        url=URL,
        body=body,
        headers={"content-type": "text/xml"},
        fetched_at=datetime(2026, 4, 1, tzinfo=UTC),
    )
    source = Source(id="src", kind="feed", url=URL, options=feed.Options())
    try:
        found = list(feed.parse(source, response))
    except NotUnderstood as error:
        return Row(file=file, kind=kind, counted=counted, way="refused", said=str(error))
    items = [each for each in found if isinstance(each, Item)]
    contents = {(each.key, content_hash(field_hashes(each))) for each in items}
    problems = [each for each in found if isinstance(each, Problem)]
    return Row(
        file=file,
        kind=kind,
        counted=counted,
        way=way(body),
        read=len(items),
        named=sum(": entry " in each.where for each in problems),
        keys=len({each.key for each in items}),
        contents=len(contents),
        said="; ".join(each.what for each in problems),
    )


@pytest.fixture(scope="module")
def table(real_data: Path) -> list[Row]:
    rows = [row(file, body) for file, body in bodies(real_data)]
    if path := os.environ.get("FEED_TABLE"):
        lines = [tuple(field.name for field in fields(Row)), *map(astuple, rows)]
        Path(path).write_text("".join("\t".join(map(str, each)) + "\n" for each in lines), encoding="utf-8")
    return rows


# Why entries that another reader finds are not read: classes of files, never single ones.
EXPLAINED = {
    "not a feed: <html>": "a web page, whatever it quotes: what a publisher's error looks like",
    "not a feed: JSON of version": "what another reader made of a feed: the expectation beside it",
    "not a feed: <billstatus>": "another kind of source, whose <item> is a step of a bill",
}


def explained(kind: str) -> bool:
    return any(kind.startswith(known) for known in EXPLAINED)


@pytest.mark.real
def test_no_entry_is_lost_or_invented(table: list[Row]) -> None:
    different = [
        each for each in table if each.read + each.named != each.counted and not explained(each.kind)
    ]
    assert different == []
    assert sum(each.read for each in table) > 2000
    empty = [each.file for each in table if "has no title" in each.said]
    made = (MADE, "incomplete-fields")
    assert not [file for file in empty if not any(each in file for each in made)], "a publisher's entry"


@pytest.mark.real
def test_what_is_a_feed_is_read_and_what_is_none_is_refused(table: list[Row]) -> None:
    refused = {each.file for each in table if each.way == "refused"}
    no_feed = {each.file for each in table if each.kind.startswith(("not a feed", "no markup"))}
    assert refused == no_feed
    assert len(table) - len(refused) > 680


@pytest.mark.real
def test_entries_of_different_content_have_different_keys(table: list[Row]) -> None:
    assert [each for each in table if each.keys < each.contents] == []


@pytest.mark.real
def test_nothing_else_is_a_problem_than_a_guessed_encoding_and_what_is_no_entry(table: list[Row]) -> None:
    assert {each.said for each in table if each.said and each.way != "refused"} == {
        "declares no encoding and is not UTF-8: it was read as windows-1252, which is a guess",
        "is no JSON object",
        "has no title, text, link or guid",
    }


@pytest.mark.real
def test_most_feeds_take_the_fast_way(table: list[Row]) -> None:
    ways = [each.way for each in table if each.way in {"fast", "feedparser"}]
    assert ways.count("fast") > 0.75 * len(ways)
    published = [each.way for each in table if each.way in {"fast", "feedparser"} and MADE not in each.file]
    assert published.count("fast") > 0.75 * len(published)
