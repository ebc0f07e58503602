"""The zoo: how publishers name their entries, and rename them."""

from __future__ import annotations

import json

from webserver import Reply
from zoo import NO_NEWS, Behaviour, Configured, Keeper, Poll, Then, entry, feed, hours
from zoo_changes import all_live_but, changed, polls
from zoo_letters import titled


def renamed(prefix: str, *numbers: int, **parts: str) -> Reply:
    """Notices under guids that begin so."""
    return feed(*(entry(number, guid=f"{prefix}{number}", **parts) for number in numbers))


def moved(number: int) -> str:
    """A notice on the publisher's new site."""
    return entry(
        number, guid=f"https://new.agency.example/?p={number}", link=f"https://new.agency.example/{number}"
    )


def alike(*numbers: int) -> Reply:
    """Notices of one title, all of one second."""
    return feed(*(entry(number, "Notice of meeting", date=hours(9.5)) for number in numbers))


def stamped(at: int) -> Reply:
    """Three entries whose guids and links carry where the reader came from, afresh at every poll."""
    link = f"https://agency.example/{{}}?utm_source=rss&utm_campaign={at}"
    return feed(*(entry(n, guid=link.format(n), link=link.format(n)) for n in (3, 2, 1)))


def _register(title: str, *, times: int = 1, built: int = 0) -> Reply:
    link = "https://www.federalregister.gov/documents/2025/06/02/2025-09999/open-networks"
    one = entry(1, title, guid=link, link=link)
    return feed(*[one] * times, head=f"<lastBuildDate>{hours(built)}</lastBuildDate>")


def _met_in_one(keeper: Keeper) -> None:
    (published,) = keeper.desk.events("ItemPublished")
    assert published.key == "frdoc:2025-09999"
    (revised,) = keeper.desk.events("ItemRevised")
    assert (revised.source, [change.new for change in revised.changes]) == ("two", ["A third title"])


def _separate(keeper: Keeper) -> None:
    keys = keeper.keys()
    assert len(set(keys)) == len(keys) == 3
    assert "news:same" in keys


JSON_FEED = {
    "version": "https://jsonfeed.org/version/1.1",
    "items": [
        None,
        {"id": "1", "title": "One", "url": "https://agency.example/1"},
        7,
        {"id": "2", "title": "Two"},
    ],
}


BEHAVIOURS = (
    Behaviour(
        name="entries whose guids all change are the same entries",
        says="changed guids exist: fall back to address, title and date",
        polls=polls(
            (renamed("a", 3, 2, 1), Then(new=3)),
            (renamed("b", 3, 2, 1), NO_NEWS),
            (renamed("c", 4, 3, 2, 1), Then(new=1)),
        ),
        check=all_live_but(3),
    ),
    Behaviour(
        name="guids may change even where entries have no dates",
        says="changed guids exist; many feeds state no date",
        polls=polls(
            (feed(*(entry(n, date="", guid=f"a{n}") for n in (3, 2, 1))), Then(new=3)),
            (feed(*(entry(n, date="", guid=f"b{n}") for n in (4, 3, 2, 1))), Then(new=1)),
        ),
    ),
    Behaviour(
        name="entries whose guids and links all change are the same entries",
        says="a publisher moves its site: titles and dates stay",
        polls=polls(
            (feed(3, 2, 1), Then(new=3)),
            (feed(4, *map(moved, (3, 2, 1))), Then(new=1, revised=3)),
            (feed(5, 4, *map(moved, (3, 2))), Then(new=1)),
        ),
        check=changed(*[("url", "metadata")] * 3),
    ),
    Behaviour(
        name="a notice that takes the place of one of the same title and second is another one",
        says="publishers post batches under one title, all at one second",
        polls=polls(
            (alike(3, 2, 1), Then(new=3)),
            (alike(4, 3, 2), Then(new=1)),
            (alike(6, 5, 4), Then(new=2)),
        ),
    ),
    Behaviour(
        name="an entry is known again by what it was revised to",
        says="a title is corrected, and then the site is moved and every guid changes",
        polls=polls(
            (renamed("a", 2, 1), Then(new=2)),
            (feed(entry(2, "Notice 2, corrected", guid="a2"), entry(1, guid="a1")), Then(revised=1)),
            (feed(entry(2, "Notice 2, corrected", guid="b2"), entry(1, guid="b1")), NO_NEWS),
        ),
    ),
    Behaviour(
        name="guids and links that go from http to https change nothing",
        says="canonical addresses: http is https, a last slash is none",
        polls=polls(
            (
                feed(
                    *(
                        entry(n, guid=f"http://agency.example/{n}/", link=f"http://agency.example/{n}/")
                        for n in (2, 1)
                    )
                ),
                Then(new=2),
            ),
            (
                feed(
                    *(
                        entry(n, guid=f"https://agency.example/{n}/", link=f"https://agency.example/{n}")
                        for n in (2, 1)
                    )
                ),
                NO_NEWS,
            ),
            (
                feed(
                    *(
                        entry(n, guid=f"https://agency.example/{n}/", link=f"https://agency.example/{n}#top")
                        for n in (3, 2, 1)
                    )
                ),
                Then(new=1),
            ),
        ),
    ),
    Behaviour(
        name="tracking that is stamped at every poll changes nothing",
        says="govtrack's links carry utm_campaign; strip what tells where a reader came from",
        polls=(
            *polls((stamped(1), Then(new=3)), (stamped(2), NO_NEWS), (stamped(3), NO_NEWS)),
            Poll(
                answers={"/news": Reply(body=stamped(4).body.replace(b"Notice 2<", b"Notice 2, corrected<"))},
                then=Then(revised=1),
            ),
        ),
    ),
    Behaviour(
        name="a guid that is given to everything tells nothing apart, and nothing is lost",
        says="guid collisions exist",
        polls=polls(
            (feed(*(entry(n, guid="same") for n in (2, 1))), Then(new=2)),
            (feed(*(entry(n, guid="same") for n in (3, 2, 1))), Then(new=1)),
        ),
        check=_separate,
    ),
    Behaviour(
        name="an entry that stands twice in a feed speaks once",
        says="page drift and publishers' duplicates: the first word counts, and another source's later word stands",
        sources=(Configured(id="one"), Configured(id="two")),
        polls=(
            Poll(
                answers={"/one": _register("A title", times=2), "/two": _register("Another title")},
                then=Then(outcome="ok unchanged", new=1, state="ok ok", asked=2),
            ),
            Poll(
                answers={"/two": _register("A third title")},
                then=Then(outcome="unchanged ok", revised=1, state="ok ok", asked=2),
            ),
            Poll(
                answers={"/one": _register("A title", times=2, built=1)},
                then=Then(outcome="unchanged unchanged", state="ok ok", asked=2),
            ),
        ),
        check=_met_in_one,
    ),
    Behaviour(
        name="notices of one title on one day are two",
        says="dedupe never by title or pubDate alone; a day is often printed as its midnight",
        polls=polls(
            (feed(entry(1, "Sunshine Act Meeting", date="Mon, 02 Jun 2025 00:00:00 -0400")), Then(new=1)),
            (
                feed(
                    entry(2, "Sunshine Act Meeting", date="Mon, 02 Jun 2025 00:00:00 -0400"),
                    entry(3, "Another", date="Sun, 01 Jun 2025 00:00:00 -0400"),
                ),
                Then(new=2, said="GapSuspected overflow", state="gap"),
            ),
        ),
    ),
    Behaviour(
        name="a slug and a title that change under a stable guid are one revision",
        says="WordPress: the guid ?p=ID is stable while slugs and titles change",
        polls=polls(
            (
                feed(
                    entry(1, "Draft", guid="https://agency.example/?p=1", link="https://agency.example/draft")
                ),
                Then(new=1),
            ),
            (
                feed(
                    entry(1, "Plan", guid="https://agency.example/?p=1", link="https://agency.example/plan")
                ),
                Then(revised=1),
            ),
        ),
        check=changed(("title", "substantive"), ("url", "substantive")),
    ),
    Behaviour(
        name="a document is known by its number under each of its hosts",
        says="new.nsf.gov and www.nsf.gov show one solicitation; identity is NSF yy-nnn",
        polls=polls(
            (
                feed(
                    entry(
                        1,
                        guid="",
                        link="https://new.nsf.gov/funding/opportunities/vines/nsf25-539/solicitation",
                    )
                ),
                Then(new=1),
            ),
            (
                feed(
                    entry(
                        1,
                        guid="",
                        link="https://www.nsf.gov/funding/opportunities/vines/nsf25-539/solicitation",
                    )
                ),
                Then(revised=1),
            ),
        ),
        check=changed(("url", "metadata")),
    ),
    Behaviour(
        name="entries without guid, link and date are known by their titles",
        says="fall back to a hash of title and date",
        polls=polls(
            (feed(*(entry(n, guid="", link="", date="") for n in (2, 1))), Then(new=2)),
            (feed(*(entry(n, guid="", link="", date="") for n in (1, 2, 3))), Then(new=1)),
        ),
    ),
    Behaviour(
        name="a bad entry costs one entry",
        says="validate entry by entry",
        polls=(
            Poll(
                answers={"/news": Reply(body=json.dumps(JSON_FEED).encode())},
                then=Then(new=2),
                says="entry 0: is no JSON object",
            ),
        ),
        check=titled("One", "Two"),
    ),
)
