"""Feeds for the benchmarks: six RSS 2.0 to three Atom to one RDF, the same at every run.

HTML summaries of some 600 characters, in one of five the full text too, in one of ten East Asian letters.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape

WORDS = [
    "agency",
    "committee",
    "docket",
    "federal",
    "funding",
    "hearing",
    "network",
    "notice",
    "quantum",
    "rule",
]
CJK = "工业和信息化部发布关于频段规划的通知総務省意見募集次世代移動通信과학기술정보통신부계획"
SPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    ' xmlns:atom="http://www.w3.org/2005/Atom"'
)
FORMS = ["rss"] * 6 + ["atom"] * 3 + ["rdf"]


def feed(number: int, *, first: int = 1, entries: int = 25) -> str:
    """The text of a feed whose oldest entry is the `first`; an entry is the same in every window that shows it."""
    form = FORMS[number % len(FORMS)]
    told = "".join(_entry(form, number, index) for index in range(first + entries - 1, first - 1, -1))
    title, head = f"<title>Feed {number}</title>", '<?xml version="1.0" encoding="utf-8"?>\n'
    if form == "atom":
        return (
            f'{head}<feed xmlns="http://www.w3.org/2005/Atom">{title}<id>urn:feed:{number}</id>{told}</feed>'
        )
    if form == "rss":
        return f'{head}<rss version="2.0" {SPACES}><channel>{title}{told}</channel></rss>'
    return (
        f'{head}<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"'
        f' xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>{title}</channel>{told}</rdf:RDF>'
    )


def _entry(form: str, number: int, index: int) -> str:
    chance = random.Random(f"{number} {index}")

    def words(count: int) -> str:
        if number % 10 == 9:
            return "".join(chance.choices(CJK, k=count * 2))
        return " ".join(chance.choices(WORDS, k=count)).capitalize()

    link = f"https://feeds{number}.example.org/news/{index}?utm_source=rss"
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=index)
    title, name = escape(words(11)), f"Press office {number}"
    summary = f'<p>{words(55)}</p><p>{words(15)} <a href="/doc/{index}">Read more</a> <img src="/i/{index}.png"></p>'
    full = "".join(f"<p>{words(80)}</p>" for _ in range(4)) if number % 5 == 2 else ""
    if form == "rss":
        text = f"<content:encoded><![CDATA[{full}]]></content:encoded>" if full else ""
        return (
            f"<item><title>{title}</title><link>{link}</link><guid isPermaLink='false'>{link}</guid><pubDate>"
            f"{format_datetime(at, usegmt=True)}</pubDate><dc:creator>{name}</dc:creator><category>policy</category>"
            f"<description><![CDATA[{summary}]]></description>{text}</item>\n"
        )
    if form == "atom":
        text = f'<content type="html">{escape(full)}</content>' if full else ""
        return (
            f"<entry><title>{title}</title><link href='{link}'/><id>{link}</id><updated>{at.isoformat()}</updated><author>"
            f'<name>{name}</name></author><summary type="html">{escape(summary)}</summary>{text}</entry>\n'
        )
    return (
        f"<item rdf:about='{link}'><title>{title}</title><link>{link}</link><dc:date>{at.isoformat()}</dc:date>"
        f"<description>{escape(summary)}</description></item>\n"
    )
