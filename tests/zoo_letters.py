"""The zoo: in what letters publishers write."""

from __future__ import annotations

from collections.abc import Callable

from webserver import Reply
from zoo import (
    NO_NEWS,
    Behaviour,
    Keeper,
    Then,
    entry,
    feed,
    rss,
)
from zoo_changes import polls

XML = {"Content-Type": "text/xml"}


def titled(*titles: str) -> Callable[[Keeper], None]:
    """These are the titles as they were published."""

    def check(keeper: Keeper) -> None:
        assert keeper.titles() == list(titles)

    return check


def _whole(keeper: Keeper) -> None:
    assert [len(title) for title in keeper.titles()] == [300, 20_000]
    assert keeper.rows("SELECT size FROM bodies") == [(55_000,)]


def _obeyed_by_no_terminal(keeper: Keeper) -> None:
    titles = keeper.titles()
    assert all(title.isprintable() for title in titles)
    assert [title[-6:] for title in titles] == ["news A", "news B", "news C"]


def _recognised(keeper: Keeper) -> None:
    assert sorted(event.subject for event in keeper.desk.events("ItemMatched")) == ["next-g", "vines"]


LONG = entry(1, "x" * 300) + f"<description>{'y' * 55_000}</description>"
RDF = (
    '<?xml version="1.0" encoding="Shift_JIS"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
    ' xmlns="http://purl.org/rss/1.0/"><channel rdf:about="https://mic.example/"><title>新着</title></channel>'
    '<item rdf:about="https://mic.example/①"><title>①情報通信審議会（㈱髙橋）</title>'
    "<link>https://mic.example/①</link></item></rdf:RDF>"
)


BEHAVIOURS = (
    Behaviour(
        name="Shift_JIS in bytes is read as the publisher's declaration says",
        says="soumu.go.jp: RDF in Shift_JIS: parse bytes, let the declaration decide",
        polls=polls(
            (Reply(body=RDF.encode("cp932"), headers=XML), Then(new=1)),
            (
                Reply(body=RDF.encode("cp932") + b"\n", headers={"Content-Type": "text/xml; charset=utf-8"}),
                NO_NEWS,
            ),
        ),
        check=titled("①情報通信審議会（㈱髙橋）"),
    ),
    Behaviour(
        name="a wrong label of the letters changes none",
        says="headers name another charset than the text is in",
        polls=polls(
            (
                Reply(
                    body=rss(entry(1, "6G caf\u00e9")),
                    headers={"Content-Type": "text/xml; charset=iso-8859-1"},
                ),
                Then(new=1),
            ),
            (
                Reply(
                    body=rss(entry(1, "6G caf\u00e9")) + b"\n",
                    headers={"Content-Type": "text/xml; charset=us-ascii"},
                ),
                NO_NEWS,
            ),
        ),
        check=titled("6G caf\u00e9"),
    ),
    Behaviour(
        name="a byte order mark, and lines before the beginning, are no part of a feed",
        says="BOMs, leading blank lines",
        polls=polls(
            (Reply(body=b"\xef\xbb\xbf" + rss(entry(1))), Then(new=1)),
            (Reply(body=b"\n\n" + rss(entry(1))), NO_NEWS),
            (
                Reply(body=rss(entry(1)).decode().replace("?>", ' encoding="utf-16"?>', 1).encode("utf-16")),
                NO_NEWS,
            ),
        ),
        check=titled("Notice 1"),
    ),
    Behaviour(
        name="control characters and escapes in titles reach no terminal",
        says="control characters; everything from outside is hostile",
        polls=polls(
            (
                feed(
                    entry(1, "\x1b[31mred\x1b[0m news A"),
                    entry(2, "&#27;]0;owned&#7;&#x202e; news B"),
                    entry(3, "\x00\x08\x0b\x7f\u202e\x9b2J news C"),
                ),
                Then(new=3),
            ),
        ),
        check=_obeyed_by_no_terminal,
    ),
    Behaviour(
        name="entities are decoded as often as they were escaped",
        says="titles hold HTML entities, escaped twice: &amp;amp;",
        polls=polls(
            (
                feed(
                    entry(1, "R&amp;amp;D"),
                    entry(2, "R&amp;D"),
                    entry(3, "<![CDATA[R&amp;D <b>plan</b>]]>"),
                    entry(4, "AT&amp;#38;T"),
                ),
                Then(new=4),
            )
        ),
        check=titled("R&D", "R&D", "R&D plan", "AT&T"),
    ),
    Behaviour(
        name="long titles and long texts stay whole",
        says="CISA: 55 KB of description in each of 30 entries; nothing is shortened",
        polls=polls(
            (feed(LONG.replace("description>", "content:encoded>"), entry(2, "z" * 20_000)), Then(new=2))
        ),
        check=_whole,
    ),
    Behaviour(
        name="full-width letters and strange dashes are recognised",
        says="NFKC and folded dashes before words are looked for",
        polls=polls(
            (
                feed(
                    entry(1, "Ｎｅｘｔ　Ｇ Alliance meets"), entry(2, "Proposals under NSF\u00a025\u2011539")
                ),
                Then(new=2),
            )
        ),
        check=_recognised,
    ),
)
