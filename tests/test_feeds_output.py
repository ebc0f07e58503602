"""Feeds as readers get them: valid by the validator's rules, the same item once, whole files whatever happens."""

from __future__ import annotations

import json
import os
import re
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import digest_samples
import edition_samples as samples
import feed_rules
import feedparser
import httpx
import pytest
from lxml import etree
from lxml import html as lxml_html
from refusing_disks import as_nobody, room_for
from webserver import Reply, WebServer

from monitor.core.deliveries import Dispatch
from monitor.core.digests import Digest, Entry
from monitor.core.errors import SendError
from monitor.core.toml_reading import TomlReading
from monitor.core.toml_values import fitted
from monitor.outputs import feeds

GOLDEN = Path(__file__).parent / "editions"
KEPT = ("all.atom", "all.rss", "all.json", "feeds.opml")
WINDOWS = {"window": samples.WINDOW, "empty": samples.EMPTY, "hostile": samples.hostile()}
BASE = "https://news.example.org/feeds"
LISTED_FAULTS = {
    "atom": feed_rules.atom_faults,
    "rss": feed_rules.rss_faults,
    "json": feed_rules.json_faults,
}


def dispatch(
    folder: Path = Path("feeds"), occasion: str = "edition", planned_at: str = samples.PLANNED_AT, **more: Any
) -> Dispatch:
    options = feeds.Options(**({"folder": folder, "base_url": BASE} | more))
    return samples.dispatch("feeds", options, occasion=occasion, planned_at=planned_at)


def files(digest: Digest, **more: Any) -> dict[str, str]:
    return json.loads(feeds.render(digest, dispatch(**more)).body)


def only(*entries: Entry) -> Digest:
    return replace(samples.WINDOW, sections=(replace(samples.WINDOW.sections[0], entries=entries),))


def content_of(entry: Entry) -> lxml_html.HtmlElement:
    """The body of the one entry of a feed."""
    [item] = json.loads(files(only(entry))["all.json"])["items"]
    return lxml_html.fromstring(f"<div>{item['content_html']}</div>")


# ---- golden files: what each looks like, read by a person once ----


@pytest.mark.parametrize("name", KEPT)
@pytest.mark.parametrize("window", WINDOWS)
def test_each_window_is_written_as_it_was_when_it_was_read(window: str, name: str) -> None:
    golden = GOLDEN / window / name
    written = files(WINDOWS[window])[name]
    if not golden.exists():
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(written, encoding="utf-8", newline="\n")
        pytest.fail(f"{golden}: written now; read it, then run again")
    assert written == golden.read_text(encoding="utf-8")


# ---- the validator's rules ----


@pytest.mark.parametrize("window", WINDOWS)
def test_no_feed_breaks_a_rule_of_the_validator(window: str) -> None:
    found = files(WINDOWS[window])
    assert len(found) == 3 * (len(WINDOWS[window].sections) + 1) + 1
    faults = {
        name: LISTED_FAULTS[name.rpartition(".")[2]](text.encode(), f"{BASE}/{name}")
        for name, text in found.items()
        if name != "feeds.opml"
    }
    assert {name: each for name, each in faults.items() if each} == {}
    assert feed_rules.opml_faults(found["feeds.opml"].encode()) == []


@pytest.mark.parametrize(
    ("name", "good", "bad", "fault"),
    [
        ("all.atom", "T00:10:00Z", " 00:10:00", "no moment"),
        ("all.atom", "<entry>\n    <id>tag:", "<entry>\n    <id>item:", "no tag URI"),
        ("all.atom", f'href="{BASE}/all.atom"', 'href="all.atom"', "self link"),
        ("all.atom", "&lt;p&gt;", '&lt;p onclick="x"&gt;', "attribute onclick"),
        ("all.atom", "https://www.congress.gov/", "/", "relative"),
        ("all.atom", "<name>Policy monitor</name>", "<name> </name>", "author/name"),
        ("all.atom", 'xml:lang="en"', 'xml:lang="english, mostly"', "no language"),
        ("all.rss", "Sun, 18 Oct 2026", "Sat, 18 Oct 2026", "no date"),
        ("all.rss", 'isPermaLink="false"', 'isPermaLink="true"', "claims to be an address"),
        ("all.rss", "<guid", "<author>x</author><guid", "does not belong"),
        ("all.rss", "&lt;p&gt;", "&lt;script&gt;", "<script>"),
        ("all.json", '"content_html"', '"content"', "content_html is missing"),
        ("all.json", '"authors"', '"author"', "author"),
    ],
)  # fmt: skip
def test_the_rules_find_what_is_broken(name: str, good: str, bad: str, fault: str) -> None:
    """Else a feed without faults would prove nothing."""
    text = files(samples.WINDOW)[name]
    assert good in text
    listed = LISTED_FAULTS[name.rpartition(".")[2]]
    broken = text.replace(good, bad).encode()
    if bad == '"author"':
        with pytest.raises(KeyError, match="authors"):
            listed(broken, f"{BASE}/{name}")
        return
    assert any(fault in each for each in listed(broken, f"{BASE}/{name}"))


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("format_", ["atom", "rss"])
def test_feedparser_reads_each_without_complaint(window: str, format_: str) -> None:
    for name, text in files(WINDOWS[window]).items():
        if name.endswith(f".{format_}"):
            read = feedparser.parse(
                text.encode(), response_headers={"content-type": f"application/{format_}+xml"}
            )
            assert not read.bozo, read.get("bozo_exception")
            twin = json.loads(files(WINDOWS[window])[f"{name.removesuffix(format_)}json"])
            assert [entry.id for entry in read.entries] == [item["id"] for item in twin["items"]]
            assert all(
                entry["updated_parsed" if format_ == "atom" else "published_parsed"] for entry in read.entries
            )
            assert all(entry.content[0].value for entry in read.entries)


# ---- what stands in them ----


def test_there_is_a_feed_for_each_watchlist_and_one_of_all_in_which_an_item_stands_once() -> None:
    found = files(samples.WINDOW)
    told = {name: [item["id"].partition(":")[2].partition(":")[2] for item in json.loads(text)["items"]]
            for name, text in found.items() if name.endswith(".json")}  # fmt: skip
    assert (
        told["spectrum.json"].count("frdoc:2026-18299") == told["japan.json"].count("frdoc:2026-18299") == 1
    )
    assert told["quiet.json"] == []
    assert sorted(told["all.json"]) == sorted({key for keys in told.values() for key in keys})


def test_the_feed_of_all_has_the_reasons_of_every_watchlist() -> None:
    [item] = [i for i in json.loads(files(samples.WINDOW)["all.json"])["items"] if "2026-18299" in i["id"]]
    assert "Spectrum &amp; &lt;bands&gt;, 日本の 6G 政策" in item["content_html"]


def test_what_was_there_before_watching_began_is_no_news_to_subscribers() -> None:
    assert json.loads(files(only(*digest_samples.BEFORE))["all.json"])["items"] == []


def test_the_opml_names_each_feed_once_in_the_first_format() -> None:
    root = etree.fromstring(files(samples.WINDOW, formats=("rss", "atom"))["feeds.opml"].encode())
    assert root.xpath("//outline/@xmlUrl") == [
        f"{BASE}/{name}.rss" for name in ("all", "spectrum", "us-6g-research", "japan", "quiet")
    ]


def test_a_watchlist_called_all_does_not_take_the_place_of_the_feed_of_all() -> None:
    section = replace(samples.WINDOW.sections[3], id="all", title="Ours")
    found = files(replace(samples.WINDOW, sections=(section,)))
    assert json.loads(found["all.json"])["title"] == "Policy monitor"
    assert json.loads(found["all+.json"])["title"] == "Ours"


def test_a_body_tells_what_happened_with_the_difference_marked() -> None:
    body = content_of(samples.CALL)
    assert body.xpath("//li/del/text()")[0] == "2025-08-11"
    assert body.xpath("//li/ins/text()")[0] == "2025-09-15"
    assert body.xpath("//p/b/text()")[:2] == ["Revised", "New"]


def test_a_body_quotes_the_evidence_and_marks_it() -> None:
    body = content_of(samples.CALL)
    assert body.xpath("//li/span/mark/text()") == ["Intelligent Network Systems", "NSF 25-539", "NextG"]
    assert "“NSF 25-539” in number" in body.text_content()


def test_a_body_tells_deadlines_with_what_they_were_before_and_the_documents_own_words() -> None:
    text = content_of(samples.SHARING).text_content()
    assert (
        "comments close 2026-12-01, moved from 2026-11-16: “Comments are due on or before December 1, 2026.”"
        in text
    )


def test_a_body_has_a_bills_path_the_summary_the_same_story_elsewhere_and_a_link() -> None:
    assert (
        "Stands introduced – reported 2021-05-10; Calendar No. 50" in content_of(samples.BILL).text_content()
    )
    body = content_of(samples.SHARING)
    assert body.xpath("//blockquote/p/text()") == [samples.SHARING.summary]
    assert body.xpath("//a/@href") == [samples.SHARING.related[0].url, samples.SHARING.url]


def test_a_body_says_in_which_zone_its_times_are() -> None:
    text = content_of(samples.CALL).text_content()
    assert "full proposals 2027-01-16 06:00" in text
    assert text.endswith("Times in Asia/Shanghai.")


def test_a_difference_has_one_space_beside_what_it_leaves_out() -> None:
    assert (
        "summary: … proposals on intelligent, resilient network systems for … a deadline"
        in content_of(samples.CALL).text_content()
    )


def test_a_reason_that_holds_no_longer_is_said() -> None:
    reasons = (replace(samples.CALL.reasons[0], withdrawn="the title was changed"),)
    assert (
        "no longer: the title was changed"
        in content_of(replace(samples.CALL, reasons=reasons)).text_content()
    )


def test_a_feed_has_the_newest_entries_and_no_more() -> None:
    entries = [
        digest_samples.entry(f"n:{n}", f"Item {n}", digest_samples.change(at=f"2026-10-{n:02}T01:00:00Z"))
        for n in range(1, 21)
    ]
    items = json.loads(files(only(*entries), newest=3)["all.json"])["items"]
    assert [item["title"] for item in items] == ["Item 20", "Item 19", "Item 18"]


def test_an_entry_without_changes_is_as_old_as_its_record() -> None:
    entry = replace(samples.SHARING, changes=(), recorded_at="2026-10-11T12:13:14.5+08:00")
    [item] = json.loads(files(only(entry))["all.json"])["items"]
    assert item["date_modified"] == "2026-10-11T04:13:14Z"


# ---- the same item is the same entry, for ever ----


def later() -> Digest:
    """Three weeks on: what was new has left the window, and one item moved."""
    moved = digest_samples.change(
        "moved", "2026-11-06", at="2026-11-06T09:00:00Z", text="Placed on the calendar.", position=1500
    )
    entry = replace(samples.SHARING, changes=(moved,), change="moved", title="Sharing the band, at last")
    return replace(only(entry), period=replace(samples.WINDOW.period, since="2026-10-20T00:00:00Z"))


@pytest.mark.parametrize(("format_", "dated"), [("atom", "updated_parsed"), ("rss", "published_parsed")])
def test_an_item_told_again_keeps_its_id_and_is_newer(format_: str, dated: str) -> None:
    before, after = (
        feedparser.parse(files(digest)[f"all.{format_}"].encode()).entries
        for digest in (only(samples.SHARING), later())
    )
    assert (
        [entry.id for entry in before]
        == [entry.id for entry in after]
        == ["tag:news.example.org,2026:frdoc:2026-18299"]
    )
    first, second = (each[0][dated] for each in (before, after))
    assert second > first


def test_without_news_an_edition_is_the_same_byte_for_byte_whenever_it_is_made() -> None:
    """Other hours, another window, other positions of the log, other sources."""
    tomorrow = replace(
        samples.WINDOW,
        period=replace(samples.WINDOW.period, since="2026-09-19T00:30:00Z", until="2026-10-19T00:30:00Z"),
        position=9999,
        head="0" * 64,
        sources=(),
        notices=("something",),
    )
    first = feeds.render(samples.WINDOW, dispatch())
    assert feeds.render(tomorrow, dispatch(planned_at="2027-01-01T00:00:00Z")) == first


def test_ids_move_with_no_host_whose_owner_wrote_the_tag_down() -> None:
    tag = "old.example.org,2024-05"
    found = files(only(samples.SHARING), base_url="http://new.example.net:8080/x/", tag=tag)
    [item] = json.loads(found["all.json"])["items"]
    assert item["id"] == "tag:old.example.org,2024-05:frdoc:2026-18299"


@pytest.mark.parametrize(
    ("key", "specific"),
    [
        ("soumu:https://www.soumu.go.jp/x?a=1#b", "soumu:https://www.soumu.go.jp/x?a=1%23b"),
        ("a:<b> 六\x00\ud800", "a:%3Cb%3E%20%E5%85%AD%00%ED%A0%80"),
    ],
)
def test_any_key_makes_an_id_that_is_its_own(key: str, specific: str) -> None:
    found = files(only(replace(samples.SHARING, key=key)))
    [item] = json.loads(found["all.json"])["items"]
    assert item["id"] == f"tag:news.example.org,2026:{specific}"
    assert feed_rules.atom_faults(found["all.atom"].encode(), f"{BASE}/all.atom") == []


def test_keys_that_are_too_long_for_an_id_stay_apart() -> None:
    entries = [replace(samples.SHARING, key="x:" + "y" * 2000 + end) for end in "ab"]
    ids = [item["id"] for item in json.loads(files(only(*entries))["all.json"])["items"]]
    assert len(set(ids)) == 2
    assert all(len(id_) < 120 for id_ in ids)


class Reader:
    """A feed reader: it asks conditionally, and knows an item again by its id or guid."""

    def __init__(self) -> None:
        self.shown: list[str] = []
        self.validators: dict[str, str] = {}

    def poll(self, url: str) -> int:
        answer = httpx.get(url, headers=self.validators, timeout=5)
        if answer.status_code == 304:
            return 304
        self.validators = {"if-none-match": answer.headers["etag"]}
        read = feedparser.parse(answer.content, response_headers=dict(answer.headers))
        assert not read.bozo
        assert read.feed.links[0].href == url or any(link.href == url for link in read.feed.links)
        self.shown += [entry.id for entry in read.entries if entry.id not in self.shown]
        return answer.status_code


@pytest.mark.parametrize("format_", ["atom", "rss"])
def test_a_reader_that_polls_again_shows_no_item_twice(tmp_path: Path, web: WebServer, format_: str) -> None:
    name = f"all.{format_}"
    orders = dispatch(tmp_path, base_url=web.url("/feeds"))
    readings = []
    reader = Reader()
    for digest in (samples.WINDOW, samples.WINDOW, later()):
        feeds.send(feeds.render(digest, orders), orders)
        file = tmp_path / name
        web.answer(
            f"/feeds/{name}",
            Reply(
                body=file.read_bytes(),
                etag=f'"{file.stat().st_mtime_ns}"',
                headers={"content-type": f"application/{format_}+xml"},
            ),
        )
        readings.append(reader.poll(web.url(f"/feeds/{name}")))
    assert readings == [200, 304, 200]
    assert len(reader.shown) == len(set(reader.shown)) == 6


# ---- hostile words ----


@pytest.mark.parametrize("words", samples.NASTY, ids=lambda words: ascii(words[:12]))
def test_hostile_words_are_words_in_every_feed(words: str) -> None:
    digest = replace(
        samples.hostile(),
        sections=(replace(samples.hostile().sections[0], title=words, entries=(samples._nasty(words),)),),
    )
    for name, text in files(digest).items():
        assert not re.search(
            "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]", text
        ), name
        assert "javascript:" not in text or "](javascript:" in text, name
        assert len(text) < 60_000, name


def test_a_script_in_a_title_stays_a_title() -> None:
    words = "<script>alert(1)</script> A & B &lt;b&gt;"
    found = files(only(replace(samples.SHARING, title=words)))
    [atom_] = feedparser.parse(found["all.atom"].encode()).entries
    assert atom_.title.endswith(words)
    assert atom_.title_detail.type == "text/plain"
    [rss_] = feedparser.parse(found["all.rss"].encode()).entries
    assert rss_.title.endswith("‹script›alert(1)‹/script› A & B &lt;b&gt;")


def test_a_leading_equals_sign_and_an_emoji_stay_words() -> None:
    [item] = json.loads(
        files(only(replace(samples.SHARING, key="x:1", title=samples.LEADING_EQUALS)))["all.json"]
    )["items"]
    assert item["title"] == samples.LEADING_EQUALS
    [item] = json.loads(files(only(replace(samples.SHARING, key="x:1", title=samples.EMOJI)))["all.json"])[
        "items"
    ]
    assert "\U0001f4e1" in item["title"]


# ---- writing ----


def test_files_without_news_are_left_untouched(tmp_path: Path) -> None:
    orders = dispatch(tmp_path / "feeds")
    assert feeds.send(feeds.render(samples.WINDOW, orders), orders) == "16 of 16 files written"
    before = {
        file.name: (file.stat().st_ino, file.stat().st_mtime_ns) for file in (tmp_path / "feeds").iterdir()
    }
    assert feeds.send(feeds.render(samples.WINDOW, orders), orders) == "0 of 16 files written"
    feeds.send(feeds.render(later(), orders), orders)
    after = {
        file.name: (file.stat().st_ino, file.stat().st_mtime_ns) for file in (tmp_path / "feeds").iterdir()
    }
    assert {name for name in before if before[name] != after[name]} == {
        "all.atom", "all.rss", "all.json", "feeds.opml", "spectrum.atom", "spectrum.rss", "spectrum.json"
    }  # fmt: skip


def test_the_feeds_of_a_watchlist_that_is_no_more_stay_as_they_are_and_are_named(tmp_path: Path) -> None:
    orders = dispatch(tmp_path)
    feeds.send(feeds.render(samples.WINDOW, orders), orders)
    (tmp_path / "mine.json").write_text("{}")
    before = (tmp_path / "spectrum.atom").read_bytes()
    sections = tuple(section for section in samples.WINDOW.sections if section.id != "spectrum")
    answer = feeds.send(feeds.render(replace(samples.WINDOW, sections=sections), orders), orders)
    assert answer.endswith(
        "; nothing goes into spectrum.atom, spectrum.json, spectrum.rss any more: delete what nobody reads"
    )
    assert (tmp_path / "spectrum.atom").read_bytes() == before
    assert "spectrum" not in (tmp_path / "feeds.opml").read_text(encoding="utf-8")


def test_a_web_server_may_read_what_is_written(tmp_path: Path) -> None:
    orders = dispatch(tmp_path)
    old = os.umask(0o022)
    try:
        feeds.send(feeds.render(samples.WINDOW, orders), orders)
    finally:
        os.umask(old)
    assert {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()} == {0o644}


def test_a_full_disk_leaves_all_files_as_they_were(tmp_path: Path) -> None:
    orders = dispatch(tmp_path)
    feeds.send(feeds.render(samples.EMPTY, orders), orders)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    with room_for(3000), pytest.raises(SendError, match="cannot be written") as failed:
        feeds.send(feeds.render(samples.WINDOW, orders), orders)
    assert not failed.value.final
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before
    assert feeds.send(feeds.render(samples.WINDOW, orders), orders) == "13 of 16 files written"


def test_a_folder_that_may_not_be_written_to_is_said_and_tried_again_later(tmp_path: Path) -> None:
    (tmp_path / "feeds").mkdir(mode=0o555)
    orders = dispatch(tmp_path / "feeds")
    message = feeds.render(samples.WINDOW, orders)
    with (
        as_nobody(),
        pytest.raises(SendError, match=r"^my-feeds: .*cannot be written \(Permission denied\); ") as failed,
    ):
        feeds.send(message, orders)
    assert not failed.value.final
    assert list((tmp_path / "feeds").iterdir()) == []


def test_a_folder_on_a_disk_that_is_not_there_is_not_made_up(tmp_path: Path) -> None:
    orders = dispatch(tmp_path / "mount" / "feeds")
    with pytest.raises(SendError, match="No such file or directory"):
        feeds.send(feeds.render(samples.WINDOW, orders), orders)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_not_ours_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "all.json").write_text('{"mine": true}')
    (tmp_path / "index.html").write_text("<p>mine")
    orders = dispatch(tmp_path)
    with pytest.raises(
        SendError, match="was not written by this program; name a folder of its own"
    ) as failed:
        feeds.send(feeds.render(samples.WINDOW, orders), orders)
    assert failed.value.final
    assert {file.name for file in tmp_path.iterdir()} == {"all.json", "index.html"}
    (tmp_path / "all.json").unlink()
    feeds.send(feeds.render(samples.WINDOW, orders), orders)
    assert (tmp_path / "index.html").read_text() == "<p>mine"


def test_what_a_killed_program_left_half_written_is_written_over(tmp_path: Path) -> None:
    (tmp_path / ".all.atom.part").write_bytes(b"<fe")
    orders = dispatch(tmp_path)
    feeds.send(feeds.render(samples.WINDOW, orders), orders)
    assert not list(tmp_path.glob(".*"))


def test_a_sample_stands_beside_the_feeds_and_says_what_it_is(tmp_path: Path) -> None:
    orders = dispatch(tmp_path, occasion="sample")
    feeds.send(feeds.render(samples.WINDOW, orders), orders)
    assert all(file.name.startswith("sample+") for file in tmp_path.iterdir())
    feed = json.loads((tmp_path / "sample+all.json").read_text())
    assert feed["title"] == "Sample: Policy monitor"
    assert feed["feed_url"] == f"{BASE}/sample%2Ball.json"
    assert all(":sample+" in item["id"] for item in feed["items"])


# ---- options ----


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"base_url": "ftp://x.example"}, "base_url: 'ftp://x.example' is not a web address"),
        ({"base_url": "https://x.example/a b"}, "base_url: 'https://x.example/a b' is not a web address"),
        ({"base_url": "http://[::1]:8000/f"}, "base_url: 'http://[::1]:8000/f' is not a web address"),
        ({"base_url": "https://me:secret@x.example/"}, "base_url: holds a password"),
        ({"base_url": "me:secret@x.example/f"}, "base_url: '●●●@x.example/f' is not a web address"),
        ({"base_url": "ftp://me:secret@x.example/f"}, "base_url: '●●●@x.example/f' is not a web address"),
        (
            {"base_url": "https://me:secret@例.example/f"},
            "base_url: '●●●@例.example/f' has a host in other letters",
        ),
        ({"base_url": "https://x.example/?q"}, "base_url: holds a password, a query"),
        ({"base_url": "https://例.example/"}, "write it as xn--"),
        ({"formats": ()}, "formats: names none"),
        ({"formats": ("rss", "rss")}, "formats: names none, or one twice"),
        ({"newest": 0}, "newest: 0 is out of range"),
        ({"title": " \u200b"}, "title: is empty"),
        ({"tag": "Me,26"}, "tag: 'Me,26' names nobody"),
    ],
)
def test_an_option_that_cannot_be_is_refused_with_what_would(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        dispatch(**options)


def test_a_table_of_config_toml_becomes_the_options() -> None:
    reading = TomlReading("config.toml", docs="docs/outputs.md")
    table = {"folder": Path("public"), "base_url": BASE, "formats": ["atom"], "newest": 20}
    assert fitted(reading, table, feeds.Options, ("output", 0)) == feeds.Options(
        folder=Path("public"), base_url=BASE, formats=("atom",), newest=20
    )
    assert not reading.problems()


@pytest.mark.parametrize(
    "base_url", ["http://localhost:8000/f", "http://127.0.0.1/f", "https://a_b.example/f"]
)
def test_any_host_makes_valid_ids(base_url: str) -> None:
    found = files(samples.WINDOW, base_url=base_url)
    assert feed_rules.atom_faults(found["all.atom"].encode(), f"{base_url}/all.atom") == []
