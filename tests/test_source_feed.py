"""The feed kind: every format, sloppy or hostile, without a lost entry; and keys that keep entries apart."""

from __future__ import annotations

import json
import re
import tarfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from monitor.core.errors import NotUnderstood
from monitor.core.exchange import Problem, Request, Response, Source, State
from monitor.core.feeds import reading as feed_reading
from monitor.core.feeds.entries import SAYS_NOTHING
from monitor.core.items import Item, field_hashes
from monitor.core.text import line
from monitor.sources import feed
from monitor.sources.feed import Options

URL = "https://agency.example/news/feed.xml"


def at(**options: Any) -> Source:
    return Source(id="src", kind="feed", url=URL, options=Options(**options))


def read(body: str | bytes, content_type: str = "", source: Source | None = None) -> Sequence[Item]:
    items, problems = told(body, content_type, source)
    assert problems == []
    return items


def told(
    body: str | bytes, content_type: str = "", source: Source | None = None
) -> tuple[Sequence[Item], Sequence[str]]:
    """The items, and what each problem says."""
    response = Response(
        request=Request(url=URL),
        url=URL,
        body=body if isinstance(body, bytes) else body.encode(),
        headers={"content-type": content_type},
        fetched_at=datetime(2026, 4, 1, tzinfo=UTC),
    )
    found = list(feed.parse(source or at(), response))
    problems = [each.what for each in found if isinstance(each, Problem)]
    return [each for each in found if isinstance(each, Item)], problems


def rss(*entries: str) -> str:
    listed = "".join(f"<item>{entry}</item>" for entry in entries)
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>T</title>{listed}</channel></rss>'


def test_a_poll_asks_for_the_feed() -> None:
    (request,) = feed.requests(at(), State(now=datetime(2026, 1, 1, tzinfo=UTC)))
    assert request.url == URL


BOMB = (
    '<!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {x} "{f"&{y};" * 10}">' for x, y in zip("bcdefghij", "abcdefghi", strict=True))
    + "]>"
    + rss("<title>&j;</title>").removeprefix('<?xml version="1.0"?>')
)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("<!DOCTYPE html><html><body>Sign in</body></html>", "a web page instead of a feed"),
        ("\ufeff \n<HTML><head></head></HTML>", "a web page instead of a feed"),
        (
            '<?xml version="1.0"?><!DOCTYPE html><html xmlns="x"><!-- <rss> --></html>',
            "a web page instead of a feed",
        ),
        ("", "something that is no feed"),
        ("Service Unavailable", "something that is no feed"),
        ("<urlset><url/></urlset>", "something that is no feed"),
        (rss("<title>a</title>")[:-30], "cut short: <rss> never ends"),
        (
            '<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>a</title></entry><ent',
            "cut short: <feed> never",
        ),
        (BOMB, "entities are made of entities"),
        ('{"error": {"message": "gone"}}', "the API answered: gone"),
        ('{"items": []}', "no JSON Feed"),
        ('{"version": "https://jsonfeed.org/version/1", "items"', "broken JSON"),
    ],
)
def test_what_is_no_whole_feed_is_not_understood(body: str, message: str) -> None:
    with pytest.raises(NotUnderstood) as caught:
        read(body)
    assert message in str(caught.value)
    assert str(caught.value).startswith("src: ")


@pytest.mark.parametrize("cut", range(20, 172, 7))
def test_a_feed_cut_anywhere_is_not_understood(cut: int) -> None:
    body = rss("<title>one</title><guid>1</guid>", "<title>two</title><guid>2</guid>")
    with pytest.raises(NotUnderstood):
        read(body[:cut])


def test_a_bomb_in_utf_16_is_not_let_through_either() -> None:
    with pytest.raises(NotUnderstood, match="entities are made of entities"):
        read(BOMB.encode("utf-16"))


def test_an_empty_feed_is_a_feed() -> None:
    assert read(rss()) == []


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (rss("<title>6G &nbsp; caf\u00e9</title>"), "application/rss+xml"),
        (rss("<title>6G caf\u00e9</title>"), "text/plain"),
        (rss("<title>6G caf\u00e9</title>"), "application/xml; charset=iso-8859-1"),
        (rss("<title>6G\x0b caf\u00e9\x00\x1b</title>"), "text/xml"),
        ("\n\n" + rss("<title>6G caf\u00e9</title>"), "text/xml"),
        ("\ufeff" + rss("<title>6G caf\u00e9</title>"), "text/xml; charset=utf-8"),
        (rss("<title>6G caf\u00e9</title>").encode("latin-1"), "text/xml; charset=iso-8859-1"),
        (rss("<title>6G caf\u00e9</title>").encode("utf-16"), "text/xml"),
        (
            rss("<title>6G caf\u00e9</title>").replace("?>", ' encoding="windows-1252"?>').encode("cp1252"),
            "text/xml; charset=utf-8",
        ),
        (rss("<title>6G caf\u00e9</title>").replace("?>", ' encoding="us-ascii"?>'), "text/xml"),
        (rss("<title><![CDATA[6G <b>caf\u00e9</b>]]></title>"), "text/xml"),
        (rss("<title>6G caf&amp;eacute;</title>"), "text/xml"),
        (rss("<title>6G caf\u00e9</title>").removesuffix("</rss>") + "\n", "text/xml"),
    ],
)
def test_sloppy_feeds_are_read_in_the_right_letters(body: str | bytes, content_type: str) -> None:
    assert [item.title for item in read(body, content_type)] == ["6G caf\u00e9"]


@pytest.mark.parametrize("encoding", ["shift_jis", "euc-jp", "iso-2022-jp", "utf-8"])
def test_japanese_feeds_are_read_in_their_own_encoding(encoding: str) -> None:
    body = rss("<title>第６世代移動通信</title>").replace("?>", f' encoding="{encoding}"?>').encode(encoding)
    assert [item.title for item in read(body, "text/xml")] == ["第６世代移動通信"]


FORMATS = {
    "rss": "<rss version='2.0'><channel><title>T</title><item><title>{}</title><guid>1</guid></item></channel></rss>",
    "rdf": "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'>"
    "<channel><title>T</title></channel><item rdf:about='1'><title>{}</title></item></rdf:RDF>",
    "atom": "<feed xmlns='http://www.w3.org/2005/Atom'><entry><id>1</id><title>{}</title></entry></feed>",
}
# A name as publishers declare it, the encoding that they write, and words that only the latter holds.
VENDORS = [
    ("Shift_JIS", "cp932", "㈱髙島 ①次世代通信"),
    ("x-sjis", "cp932", "㈱髙島 ①次世代通信"),
    ("EUC-KR", "cp949", "똠방각하 6G 통신"),
    ("ks_c_5601-1987", "cp949", "똠방각하 6G 통신"),
    ("gb2312", "gb18030", "朱镕基 6G 通信㐀"),
    ("GBK", "gb18030", "朱镕基 6G 通信㐀"),
    ("iso-8859-1", "cp1252", "“6G” – café €"),
    ("us-ascii", "cp1252", "“6G” – café €"),
]


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(("name", "encoding", "words"), VENDORS)
@pytest.mark.parametrize("where", ["declaration", "header"])
def test_a_declared_encoding_is_read_as_its_vendor_s_superset(
    form: str, name: str, encoding: str, words: str, where: str
) -> None:
    declared = f' encoding="{name}"' if where == "declaration" else ""
    body = f'<?xml version="1.0"{declared}?>' + FORMATS[form].format(words)
    sent = f'text/xml; charset="{name}"' if where == "header" else "text/xml; charset=utf-8"
    assert [item.title for item in read(body.encode(encoding), sent)] == [line(words)]


@pytest.mark.parametrize("form", FORMATS)
def test_bytes_in_no_declared_encoding_cost_their_letters_alone_and_are_named(form: str) -> None:
    body = f'<?xml version="1.0" encoding="Shift_JIS"?>{FORMATS[form]}'.format("次世代|")
    items, problems = told(body.encode("cp932").replace(b"|", b"\xfc\xfc"))
    assert [item.title for item in items] == ["次世代\ufffd\ufffd"]
    assert problems == [
        "is not in the encoding that it declares (Shift_JIS): it was read as cp932, and 2 letters could not be"
    ]


def test_one_broken_letter_spoils_no_other() -> None:
    items, problems = told(rss("<title>次世代caf|</title>").encode().replace(b"|", b"\xe9"))
    assert [item.title for item in items] == ["次世代caf\ufffd"]
    assert problems == [
        "declares no encoding and is not UTF-8: it was read as utf-8, and 1 letters could not be"
    ]


def test_a_guess_is_named() -> None:
    items, problems = told(rss("<title>caf\u00e9</title>").encode("cp1252"))
    assert [item.title for item in items] == ["caf\u00e9"]
    assert problems == [
        "declares no encoding and is not UTF-8: it was read as windows-1252, which is a guess"
    ]


@pytest.mark.parametrize(
    "reference", ["&#xD800;", "&#xdfff", "&#55296;", "&#0;", "&#x110000;", "&#99999999999;", "&#xFFFE;"]
)
def test_a_reference_to_no_character_costs_itself_alone(reference: str) -> None:
    good, bad = read(rss("<title>a &#x3c;&#233;</title>", f"<title>x {reference} y &nbsp;</title>"))
    assert (good.title, bad.title) == ("a <\u00e9", "x y")


@pytest.mark.parametrize(
    "sloppy",
    [
        "</content><description type='text/plain'>y</content>",
        '<tags a="b"/>',
        '<published_parsed a="b"/><pubDate>x</pubDate>',
    ],
)
def test_names_of_the_parser_s_own_cost_no_entry(sloppy: str) -> None:
    assert [item.title for item in read(rss(f"<title>A</title>{sloppy}", "<title>B</title>"))] == ["A", "B"]


@pytest.mark.parametrize(
    "tangle",
    [
        "<image>x<link>y</image>z</link>",
        "<source>x<link>y</source>z</link>",
        "<source>x<category>y</source>z</category>",
    ],
)
def test_a_tangle_that_the_parser_stumbles_over_is_not_understood(tangle: str) -> None:
    with pytest.raises(NotUnderstood, match="sent a feed that cannot be read"):
        read(rss(tangle))


def test_a_comment_of_any_size_never_reaches_the_parser() -> None:
    body = rss("<title>a<!-- x --></title>").replace(
        "<channel>", f"<channel><!--{'x' * 100_000}--><?p {'x' * 100_000}?>"
    )
    assert len(feed_reading._checked("src", body.encode())) < 300
    assert [item.title for item in read(body)] == ["a"]


def test_what_looks_like_a_comment_in_cdata_is_text() -> None:
    assert (
        read(rss("<guid>1</guid><title><![CDATA[1 <!-- 2]]></title>", "<title>--> 3</title>"))[1].title
        == "--> 3"
    )


# Each took hours when a search read again what another had given up on.
@pytest.mark.parametrize(
    "body",
    [
        "<a" * 500_000,
        f"<{'a' * 1_000_000}",
        "<!--" * 500_000,
        "<rss>" + "<![CDATA[" * 200_000,
        "<!ENTITY" * 200_000 + "<rss></rss>",
        "<!DOCTYPE rss [" + "\n" * 1_000_000 + "<a",
        "<rss><?" + "<?x " * 300_000,
        f"<rss a='{'x' * 2_000_000}'></rss>",
    ],
    ids=lambda body: body[:12],
)
def test_a_body_that_begins_and_begins_is_refused(body: str) -> None:
    with pytest.raises(NotUnderstood):
        read(body)


@pytest.mark.parametrize(
    "body",
    [
        f'<!DOCTYPE rss [<!ENTITY a "{"a" * 1000}">]><rss><channel><item><title>&a;</title></item></channel></rss>',
        f'<!DOCTYPE rss [<!ENTITY a "aaaa">]><rss><channel>{"&a;" * 2_000_000}</channel></rss>',
    ],
    ids=["long", "used often"],
)
def test_an_entity_that_could_fill_the_memory_is_refused(body: str) -> None:
    with pytest.raises(NotUnderstood, match="large entities of its own"):
        read(body)


def test_a_small_entity_of_the_feed_s_own_is_read() -> None:
    (item,) = read(
        '<!DOCTYPE rss [\n<!ENTITY co "A. Co">\n]><rss><channel><item><title>&co;</title></item></channel></rss>'
    )
    assert item.title == "A. Co"


def test_tracking_stamped_afresh_is_no_revision() -> None:
    entry = "<guid>1</guid><title>T</title><link>https://a.example/x?id=%34&amp;utm_id={0}&amp;fbclid={0}#utm_source={0}</link>"
    first, second = (read(rss(entry.format(stamp)))[0] for stamp in ("a1", "b2"))
    assert field_hashes(first) == field_hashes(second)
    assert first.url == "https://a.example/x?id=%34"


KEYED = [
    ("<guid>abc</guid><link>https://a.example/1</link>", "src:abc"),
    ("<guid>http://a.example/?p=7</guid>", "src:https://a.example/?p=7"),
    ("<link>http://A.example/x/?utm_source=rss&amp;id=4#top</link>", "https://a.example/x?id=4"),
    (
        "<guid>https://www.federalregister.gov/documents/2024/01/08/2023-28006/unlicensed-use</guid>",
        "frdoc:2023-28006",
    ),
    ("<link>https://www.congress.gov/bill/117th-congress/house-bill/1060</link>", "bill:117-hr-1060"),
    ("<link>https://docs.fcc.gov/public/attachments/DOC-425157A1.pdf</link>", "fcc:DOC-425157"),
    (
        "<link>https://docs.fcc.gov/public/attachments/DOC-425157A2.pdf</link>",
        "https://docs.fcc.gov/public/attachments/DOC-425157A2.pdf",
    ),
    (
        "<link>https://www.nsf.gov/funding/opportunities/vines/nsf25-539/solicitation</link>",
        "nsf:25-539",
    ),
    (
        "<link>https://news.example/why/congress.gov/bill/117th-congress/house-bill/1060</link>",
        "https://news.example/why/congress.gov/bill/117th-congress/house-bill/1060",
    ),
    (
        "<guid>event-5</guid><link>https://www.congress.gov/bill/117th-congress/house-bill/1060</link>",
        "src:event-5",
    ),
]


@pytest.mark.parametrize(("entry", "key"), KEYED)
def test_an_entry_is_keyed_by_the_publisher_s_own_identity(entry: str, key: str) -> None:
    assert [item.key for item in read(rss(f"<title>T</title>{entry}"))] == [key]


def test_entries_without_guid_and_address_are_keyed_by_title_and_date() -> None:
    first, second, third = read(
        rss(
            "<title>A</title><pubDate>Mon, 02 Feb 2026 10:00:00 GMT</pubDate>",
            "<title>A</title><pubDate>Tue, 03 Feb 2026 10:00:00 GMT</pubDate>",
            "<title>B</title>",
        )
    )
    assert len({first.key, second.key, third.key}) == 3


def test_an_edited_entry_keeps_its_key() -> None:
    before = read(rss("<guid>1</guid><title>Draft</title><link>https://a.example/1</link>"))
    after = read(rss("<guid>1</guid><title>Final</title><link>https://a.example/1-final</link>"))
    assert before[0].key == after[0].key


def test_an_old_entry_keeps_its_key_when_another_comes_under_its_guid() -> None:
    old = "<guid>0</guid><title>Old</title><pubDate>Mon, 02 Feb 2026 10:00:00 GMT</pubDate>"
    new = "<guid>0</guid><title>New</title><pubDate>Tue, 03 Feb 2026 10:00:00 GMT</pubDate>"
    (before,) = read(rss(old))
    newest, after = read(rss(new, old))
    assert after.key == before.key
    assert newest.key != before.key


def test_an_entry_printed_twice_is_one_item() -> None:
    entry = "<guid>1</guid><title>A</title><link>https://a.example/1</link>"
    again = entry.replace("/1<", "/1?utm_medium=feed<")
    assert len({item.key for item in read(rss(entry, again))}) == 1


ENTRIES = st.lists(
    st.tuples(st.sampled_from(["", "0", "1"]), st.sampled_from("AB"), st.sampled_from(["", "/1", "/2"])),
    max_size=6,
)


@given(ENTRIES)
def test_two_different_entries_never_share_a_key(entries: list[tuple[str, str, str]]) -> None:
    body = rss(
        *(
            f"{f'<guid>{guid}</guid>' if guid else ''}<title>{title}</title>"
            f"{f'<link>https://a.example{path}</link>' if path else ''}"
            for guid, title, path in entries
        )
    )
    items = read(body)
    assert len(items) == len(entries)
    assert len({item.key for item in items}) >= len({(title, path) for _, title, path in entries})


@pytest.mark.parametrize(
    ("date", "said", "precision"),
    [
        ("Tue, 03 Feb 2026 15:30:00 +0000", "2026-02-03T15:30:00Z", "second"),
        ("2026-02-03T15:30:00+09:00", "2026-02-03T06:30:00Z", "second"),
        ("2026-02-03", "2026-02-03", "day"),
        ("02/03/2026", "2026-02-03", "day"),
        ("Tue, 03 Feb 2026", "2026-02-03", "day"),
        ("2026-02-03T15:30:00", "2026-02-03T06:30:00Z", "second"),
        ("Thu, 01 Jan 2099 00:00:00 GMT", "2099-01-01T00:00:00Z", "second"),
    ],
)
def test_dates_are_read_as_they_were_meant(date: str, said: str, precision: str) -> None:
    (item,) = read(rss(f"<title>T</title><pubDate>{date}</pubDate>"), source=at(timezone="Asia/Tokyo"))
    assert item.published is not None
    assert (str(item.published), item.published.precision) == (said, precision)


@pytest.mark.parametrize("date", ["", "soon", "2026-02-30", "Tue, 99 Feb 2026 99:99:99 GMT", "0000-00-00"])
def test_a_date_that_cannot_be_read_loses_no_entry(date: str) -> None:
    assert len(read(rss(f"<title>T</title><pubDate>{date}</pubDate>"))) == 1


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("../calls/1", "https://agency.example/calls/1"),
        ("//other.example/x", "https://other.example/x"),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("file:///etc/passwd", ""),
        ("https://[", ""),
    ],
)
def test_only_addresses_for_a_browser_are_kept(link: str, url: str) -> None:
    assert read(rss(f"<title>T</title><guid>1</guid><link>{link}</link>"))[0].url == url


def test_full_text_is_the_body_and_is_not_shortened() -> None:
    text = " ".join(f"word{n}" for n in range(20_000))
    body = rss(
        f"<title>T</title><description>Short</description><content:encoded><![CDATA[<p>{text}</p>]]></content:encoded>"
    )
    body = body.replace("<rss ", '<rss xmlns:content="http://purl.org/rss/1.0/modules/content/" ')
    (item,) = read(body)
    assert (item.summary, item.body) == ("Short", text)


def test_text_is_plain_and_obeyed_by_no_terminal() -> None:
    (item,) = read(
        rss("<title>A &lt;script&gt;x()&lt;/script&gt;&lt;b&gt;bold&lt;/b&gt; title\x1b]0;x\x07</title>")
    )
    assert item.title == "A bold title]0;x"


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="'Mars/Olympus' is no zone; write one like Asia/Tokyo"):
        msgspec.convert({"timezone": "Mars/Olympus"}, type=Options)


# What the captured sets hold that is no feed, or not a whole one, and why it is refused.
REFUSED = {
    "AmazonWebServicesBlogFirstEntryContent.xml": "the HTML of one entry",
    "HREFConsideredHarmfulFirstEntry.xml": "the HTML of one entry",
    "PaulDixExplainsNothingFirstEntryContent.xml": "the HTML of one entry",
    "TechCrunchFirstEntry.xml": "the HTML of one entry",
    "TechCrunchFirstEntryDescription.xml": "the HTML of one entry",
    "TenderLovemakingFirstEntry.xml": "the HTML of one entry",
    "DuplicateContentAtomFeed.xml": "a feed inside a web page",
    "unrecognized.rss": "a page that says that the document has moved",
    "empty_feed.xml": "nothing",
    "unknown_feed.xml": "another kind of document, made to be refused",
    "anthropic_sitemap.xml": "a sitemap",
    "ornl_listing.html": "a web page",
    "ornl_listing_for_oracle.html": "a web page",
    "hacker_news_hits.json": "an API's answer",
    "mdpi_crossref.json": "an API's answer",
}


def _captured(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every captured feed; of gofeed's JSON files, which are mostly expectations, the JSON Feeds alone."""
    for archive in sorted((folder / "feeds").glob("*.tar.xz")):
        with tarfile.open(archive) as tar:
            for member in tar:
                file = tar.extractfile(member) if member.isfile() else None
                body = file.read() if file else b""
                name = member.name.rpartition("/")[2]
                expectation = (
                    "testdata" in member.name and name.endswith(".json") and b"jsonfeed.org" not in body[:300]
                )
                if (
                    file
                    and name not in {"LICENSE", "invalid.json"}
                    and not expectation
                    and "_expected" not in name
                ):
                    yield name, body


def _counted(body: bytes) -> int:
    """How many entries there are, by another reader: strict XML, else JSON, else the tags as they stand."""
    if body.lstrip(b"\xef\xbb\xbf \r\n")[:1] == b"{":
        return len(json.loads(body.decode("utf-8-sig"))["items"])
    try:
        root = etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError:
        return len(re.findall(rb"<(?:\w+:)?(?:item|entry)[\s>]", body))
    return sum(1 for _ in root.iter("{*}item", "{*}entry"))


@pytest.mark.real
def test_captured_feeds_are_read_without_a_lost_entry(real_data: Path) -> None:
    refused, unlettered, lost, merged, read_whole = set(), set(), {}, {}, 0
    for name, body in _captured(real_data):
        try:
            items, problems = told(body, "text/xml")
        except NotUnderstood:
            refused.add(name)
            continue
        read_whole += 1
        silent = problems.count(SAYS_NOTHING)
        unlettered |= {name} if len(problems) > silent else set()
        if len(items) + silent != _counted(body):
            lost[name] = (_counted(body), len(items))
        if len({item.key for item in items}) < len({(item.key, item.url, item.title) for item in items}):
            merged[name] = [item.key for item in items]
    assert lost == {}
    assert merged == {}
    assert unlettered == {"uolNoticias.rss"}  # it declares no encoding and is windows-1252
    assert refused == set(REFUSED)
    assert read_whole > 640
