"""Whatever a publisher writes, each kind of output carries it as words.

Escapes, markup, scripts, letters that are turned or unseen, line ends, ten thousand letters, emoji, leading `=`.
"""

from __future__ import annotations

import email.policy
import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import replace
from email import message_from_bytes
from pathlib import Path
from typing import Any

import edition_samples as samples
import icalendar
import mail_samples
import pytest
from lxml import etree
from lxml import html as lxml_html

from monitor import outputs
from monitor.core.deliveries import Message, Occasion
from monitor.core.exchange import Secret
from monitor.core.renderings.neutral import plain
from monitor.outputs import calendar, feeds, notify, terminal, webhook
from monitor.outputs import email as mail

# Controls, what is unseen or turns the order of letters, and halves of letters. U+200D joins pictures of people.
_UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_PAINT = re.compile(r"\x1b\[[0-9;]*m")


def unseen(text: str) -> set[str]:
    return {letter for letter in text if unicodedata.category(letter) in _UNSEEN} - {"\n", "\r"}


def check_terminal(message: Message, words: str) -> None:
    """No escape but our own colours and links; nothing wider than the screen but addresses."""
    text = _PAINT.sub("", message.body.decode())
    assert unseen(text) == set()
    assert words[:20] in " ".join(text.split())


def check_email(message: Message, words: str) -> None:
    read = message_from_bytes(message.body, policy=email.policy.default)
    assert {"bcc", "x-evil"}.isdisjoint(name.lower() for name in read)
    text, page = (part.get_content() for part in read.iter_parts())
    assert unseen(text) == set()
    root = lxml_html.document_fromstring(page)
    assert {each.tag for each in root.iter()}.isdisjoint(
        {"script", "img", "iframe", "object", "form", "link"}
    )
    assert not any(name.startswith("on") for each in root.iter() for name in each.attrib)
    assert words[:20] in " ".join(root.text_content().split())
    assert unseen(str(read["Subject"])) == set()


def check_feeds(message: Message, words: str) -> None:
    named: Mapping[str, str] = json.loads(message.body)
    assert all(re.fullmatch(r"[\w+.-]+", name) and not name.startswith(".") for name in named)
    for name, text in named.items():
        if name.endswith(".json"):
            [item] = json.loads(text)["items"]
            assert words[:20] in item["title"]
            bodies = [item["content_html"]]
        else:
            root = etree.fromstring(text.encode())
            bodies = [
                each.text or ""
                for each in root.iter("{http://www.w3.org/2005/Atom}content", "description")
                if each.text
            ]
        assert unseen(text) == set()
        for body in bodies:
            assert not re.search(r"<(script|img|iframe|object|style)\b|\son\w+=|javascript:[^<]*\"", body)


def check_calendar(message: Message, words: str) -> None:
    read = icalendar.Calendar.from_ical(message.body)
    assert [component.name for component in read.walk()] == ["VCALENDAR", "VEVENT", "VEVENT"]
    assert words[:20] in read.events[0]["SUMMARY"]
    assert unseen(message.body.decode()) == set()


def check_webhook(message: Message, words: str) -> None:
    """JSON is data: all is there, and nothing but letters on the one line."""
    text = message.body.decode()
    [entry] = json.loads(text)["digest"]["watchlists"][0]["entries"]
    assert plain(entry["title"])[:20] == words[:20]
    assert text.rstrip("\n").isprintable()


def check_notify(message: Message, words: str) -> None:
    text = message.body.decode()
    assert unseen(text) == set()
    assert len(text.splitlines()) <= 3
    assert len(text) < 1000
    assert words[:20] in text


CHECKS: Mapping[str, tuple[Any, Occasion, Callable[[Message, str], None]]] = {
    "terminal": (terminal.Options(), "daily", check_terminal),
    "email": (mail.Options(sender="m@example.org", to=("a@example.org",)), "daily", check_email),
    "feeds": (feeds.Options(folder=Path("feeds"), base_url="https://example.org/f"), "edition", check_feeds),
    "calendar": (calendar.Options(path=Path("due.ics")), "edition", check_calendar),
    "webhook": (webhook.Options(url="https://example.org"), "daily", check_webhook),
    "notify": (notify.Options(url=Secret("json://example.org")), "daily", check_notify),
}  # fmt: skip


def test_each_kind_of_output_is_held_to_it() -> None:
    assert sorted(CHECKS) == sorted(outputs.kind_names())


@pytest.mark.parametrize(
    "words", [*samples.NASTY, "x\r\nBcc: evil@example.org"], ids=lambda each: ascii(each[:12])
)
@pytest.mark.parametrize("kind", CHECKS)
def test_hostile_words_are_words_in_each_output(kind: str, words: str) -> None:
    options, occasion, check = CHECKS[kind]
    told = replace(
        samples.WINDOW,
        sections=(
            replace(samples.WINDOW.sections[0], entries=(replace(samples.SHARING, title=words, related=()),)),
        ),
    )
    orders = (
        mail_samples.dispatch(occasion)
        if kind == "email"
        else samples.dispatch(kind, options, occasion=occasion)
    )
    message = outputs.kind(kind).render(told, orders)
    check(message, plain(words))
    assert unseen(message.title) == set()
    assert len(message.body) < 200_000
