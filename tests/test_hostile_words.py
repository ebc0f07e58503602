"""Whatever a publisher writes, every form of output carries it as words, and as nothing else.

Each form is read back by a program that is not ours. A hostile title may change the words that it shows and nothing of
the rest: the same elements, headers, components, escapes and lines as around a calm title.
"""

from __future__ import annotations

import email.policy
import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from email import message_from_bytes
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import edition_samples as samples
import feedparser
import icalendar
import mail_samples
import pytest
from lxml import etree
from lxml import html as lxml_html
from markdown_it import MarkdownIt

from monitor import outputs
from monitor.core.deliveries import Message
from monitor.core.digests import Digest
from monitor.core.exchange import Secret
from monitor.core.renderings import jsonlines, markdown, text, webpage
from monitor.core.renderings.neutral import cells, plain
from monitor.outputs import calendar, feeds, notify, terminal, webhook

CALM = "Calm words on a band"
TITLES = {
    "ANSI escapes": "\x1b[31mred\x1b[0m \x1b]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\ \x9b2J\x07 \x1b]0;title\x07",
    "rich markup": "[red]rich[/red] [link=https://evil.example]x[/link] [blink]",
    "HTML": "<b>bold</b> <img src=https://evil.example/x onerror=alert(1)> &lt;i&gt; </title></style></a> \"quoted' &",
    "script": "<script>alert(1)</script> <svg onload=alert(1)> javascript:alert(1) ]]></script><script>",
    "Markdown": "[link](javascript:alert(1)) ![image](https://evil.example/x.png) `code` **bold** <https://evil.example> # head",
    "bidi overrides": "left \u202eright\u202c \u2066isolate\u2069 \u200bzero\u200d\ufeff \u00adsoft \U000e0041tag",
    "CRLF": "one\r\nBcc: evil@example.org\r\n\r\n<b>body</b>\r\nBEGIN:VALARM\r\nACTION:AUDIO",
    "other line ends": "one\ntwo\rthree\u2028four\u2029five\x85six\x0bseven\x0ceight\x00nine",
    "10,000 letters without a space": "x" * 5_000 + "長" * 5_000,
    "10,000 letters in words": "very long " * 1_000,
    "emoji": samples.EMOJI,
    "a leading =": samples.LEADING_EQUALS,
    "signs that begin lists and headings": "=== --- 1. a list - another # head > quoted ``` fence",
    "an encoded word": "=?utf-8?q?=0D=0ABcc=3A_evil=40example=2Eorg?=",
    "heaps of marks": "e" + "\u0301" * 500,
}
# Controls, what is unseen or turns the order of letters, and halves of letters.
_UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_OUR_ESCAPES = re.compile(r"\x1b\[[0-9;]*m|\x1b\]8;(?:id=[0-9a-f]{8})?;[!-~]*\x1b\\")
# What ten thousand letters may add to a form for people, which cuts titles, and to one for programs, which does not.
_CUT, _WHOLE = 2_500, 40_000
_JSON_FEED_TITLE = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a reader's program makes of it: the `words` that it shows, and the `shape` of all that is not words."""

    words: str
    shape: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form of output: how it is written, how it is read, and how many bytes a long title may add to it."""

    write: Callable[[Digest], bytes]
    read: Callable[[bytes], Seen]
    room: int = _CUT


def news(title: str) -> Digest:
    """One item of that title, whose key is no citation that would stand in front of it."""
    entry = replace(samples.SHARING, key="news:1", title=title, related=())
    return replace(
        samples.WINDOW, sections=(replace(samples.WINDOW.sections[0], title=title, entries=(entry,)),)
    )


def message(kind: str, digest: Digest) -> Message:
    if kind == "email":
        return outputs.kind(kind).render(digest, mail_samples.dispatch())
    options, occasion = _OPTIONS[kind]
    return outputs.kind(kind).render(digest, samples.dispatch(kind, options, occasion=occasion))


_OPTIONS: Mapping[str, Any] = {
    "terminal": (terminal.Options(), "daily"),
    "feeds": (feeds.Options(folder=Path("feeds"), base_url="https://example.org/f"), "edition"),
    "calendar": (calendar.Options(path=Path("due.ics")), "edition"),
    "webhook": (webhook.Options(url="https://example.org"), "daily"),
    "notify": (notify.Options(url=Secret("json://example.org")), "daily"),
}


def body(kind: str) -> Callable[[Digest], bytes]:
    return lambda digest: message(kind, digest).body


def feed(name: str) -> Callable[[Digest], bytes]:
    return lambda digest: json.loads(message("feeds", digest).body)[name].encode()


def on_a_screen(written: bytes) -> Seen:
    shown = _OUR_ESCAPES.sub("", written.decode())
    widest = max(cells(line) for line in shown.splitlines() if "https://" not in line)
    assert widest <= 80
    return Seen(words=shown, shape=set(_OUR_ESCAPES.findall(written.decode())))


def as_markdown(written: bytes) -> Seen:
    tokens = MarkdownIt("commonmark").parse(written.decode())
    inner = [token for block in tokens for token in (block, *(block.children or ()))]
    shape = [(token.type, token.attrGet("href")) for token in inner if not token.type.startswith("text")]
    return Seen(words="".join(token.content for token in inner if token.type.startswith("text")), shape=shape)


def as_page(written: bytes | str) -> Seen:
    root = lxml_html.document_fromstring(written)
    shape = [
        (each.tag, [(name, value) for name, value in each.items() if name not in {"lang", "content"}])
        for each in root.iter()
    ]
    return Seen(words=root.text_content(), shape=shape)


def as_feed(written: bytes) -> Seen:
    """Elements, and those of the bodies; the title as feedparser reads it."""
    [entry] = (read := feedparser.parse(written)).entries
    assert not read.bozo
    elements = [(each.tag, sorted(each.keys())) for each in etree.fromstring(written).iter()]
    inner = as_page(entry.content[0].value if "content" in entry else entry.summary)
    # RSS says of no title whether it is HTML: there the brackets are others.
    title = entry.title.replace("‹", "<").replace("›", ">")
    return Seen(words=title, shape=(elements, inner.shape))


def as_json_feed(written: bytes) -> Seen:
    [item] = (read := json.loads(written))["items"]
    assert len(item["title"]) < _JSON_FEED_TITLE
    return Seen(words=item["title"], shape=(keys_of(read), as_page(item["content_html"]).shape))


def as_subscriptions(written: bytes) -> Seen:
    """The title of a watchlist: no item stands in these."""
    elements = list(etree.fromstring(written).iter("{*}*"))
    [title] = {each.get("text") for each in elements if "spectrum" in each.get("xmlUrl", "")}
    return Seen(words=title, shape=[(each.tag, sorted(each.keys()), each.get("xmlUrl")) for each in elements])


def as_calendar(written: bytes) -> Seen:
    assert b"\n" not in written.replace(b"\r\n", b"")
    assert b"\r" not in written.replace(b"\r\n", b"")
    read = icalendar.Calendar.from_ical(written)
    shape = [(component.name, sorted(component.keys())) for component in read.walk()]
    return Seen(words=read.events[0]["SUMMARY"], shape=shape)


def mail(written: bytes) -> EmailMessage:
    read = message_from_bytes(written, policy=email.policy.default)
    assert isinstance(read, EmailMessage)
    assert [part.defects for part in read.walk()] == [[], [], []]
    return read


def as_head(written: bytes) -> Seen:
    read = mail(written)
    others = [(name, str(value)) for name, value in read.items() if name not in {"Subject", "Content-Type"}]
    assert max(map(len, written.split(b"\r\n"))) < 998
    assert cells(read["Subject"]) <= 140
    return Seen(words=str(read["Subject"]), shape=others)


def as_mail_text(written: bytes) -> Seen:
    part = mail(written).get_body(("plain",))
    assert part is not None
    shown = part.get_content().replace("\r\n", "\n")
    assert all(cells(line) <= 78 or " " not in line.strip() for line in shown.splitlines())
    return Seen(words=shown, shape=part.get_content_type())


def as_mail_page(written: bytes) -> Seen:
    part = mail(written).get_body(("html",))
    assert part is not None
    return as_page(part.get_content())


def as_data(written: bytes) -> Seen:
    """One line of JSON, in which the title is what it was, letter for letter."""
    line = written.decode().removesuffix("\n")
    assert line.isprintable()
    [found] = titles_of(read := json.loads(line))
    return Seen(words=plain(found), shape=keys_of(read))


def titles_of(read: Any) -> list[str]:
    digest = read.get("digest", read)
    return [entry["title"] for section in digest["watchlists"] for entry in section["entries"]]


def keys_of(read: Any) -> Any:
    if isinstance(read, dict):
        return {key: keys_of(value) for key, value in read.items()}
    return [keys_of(value) for value in read] if isinstance(read, list) else type(read)


def as_notification(written: bytes) -> Seen:
    shown = written.decode()
    return Seen(words=shown, shape=len(shown.splitlines()))


FORMS = {
    "terminal": Form(write=body("terminal"), read=on_a_screen),
    "terminal with links": Form(
        write=lambda digest: terminal.draw(digest, width=80, colour=True, links=True).encode(), read=on_a_screen
    ),
    "text": Form(write=lambda digest: text.render(digest, width=80).encode(), read=on_a_screen),
    "markdown": Form(write=lambda digest: markdown.render(digest).encode(), read=as_markdown),
    "page": Form(write=lambda digest: webpage.render(digest).encode(), read=as_page),
    "JSON": Form(write=lambda digest: jsonlines.render(digest).encode(), read=as_data, room=_WHOLE),
    "Atom": Form(write=feed("all.atom"), read=as_feed),
    "RSS": Form(write=feed("all.rss"), read=as_feed),
    "JSON Feed": Form(write=feed("all.json"), read=as_json_feed),
    "OPML": Form(write=feed("feeds.opml"), read=as_subscriptions),
    "calendar": Form(write=body("calendar"), read=as_calendar),
    "email headers": Form(write=body("email"), read=as_head, room=4 * _CUT),
    "email text": Form(write=body("email"), read=as_mail_text, room=4 * _CUT),
    "email page": Form(write=body("email"), read=as_mail_page, room=4 * _CUT),
    "webhook": Form(write=body("webhook"), read=as_data, room=_WHOLE),
    "notify": Form(write=body("notify"), read=as_notification),
    "notify's title": Form(write=lambda digest: message("notify", digest).title.encode(), read=as_notification),
}  # fmt: skip


def unseen(words: str) -> set[str]:
    return {letter for letter in words if unicodedata.category(letter) in _UNSEEN} - {"\n"}


def squeezed(words: str) -> str:
    """Without the spaces: a line that ends within a word shows one."""
    return "".join(words.split())


def test_each_kind_of_output_is_held_to_it() -> None:
    assert {"email", *_OPTIONS} == set(outputs.kind_names())


@pytest.mark.parametrize("name", TITLES)
@pytest.mark.parametrize("form", FORMS)
def test_a_hostile_title_is_words_and_changes_nothing_around_it(form: str, name: str) -> None:
    title, one = TITLES[name], FORMS[form]
    calm, written = one.write(news(CALM)), one.write(news(title))
    seen = one.read(written)
    assert squeezed(plain(title))[:40] in squeezed(seen.words)
    assert seen.shape == one.read(calm).shape
    assert unseen(seen.words) == set()
    assert len(written) < len(calm) + one.room


@pytest.mark.parametrize("title", TITLES.values(), ids=TITLES)
def test_what_a_program_is_given_is_the_title_letter_for_letter(title: str) -> None:
    for written in (message("webhook", news(title)).body, jsonlines.render(news(title))):
        assert titles_of(json.loads(written)) == [title]


@pytest.mark.parametrize("title", TITLES.values(), ids=TITLES)
@pytest.mark.parametrize("kind", outputs.kind_names())
def test_what_a_delivery_is_called_is_one_short_line(kind: str, title: str) -> None:
    called = message(kind, news(title)).title
    assert called.isprintable()
    assert cells(called) <= 200
