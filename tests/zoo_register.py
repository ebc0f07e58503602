"""The zoo: the Federal Register, by its documents, its feeds and what lies at it for inspection."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from webserver import Asked, Reply
from zoo import (
    NO_NEWS,
    Behaviour,
    Configured,
    Keeper,
    Poll,
    Serve,
    Then,
    answered,
    entry,
    feed,
    query_of,
)

SHRUNK = "nothing is taken for withdrawn yet"
PI, FR = (
    Configured(id="pi", kind="public_inspection", path="/v1"),
    Configured(id="fr", kind="federal_register", path="/v1"),
)
FILED = "/v1/public-inspection-documents/current.json"


def filed(*numbers: str, day: str = "2025-06-10") -> Reply:
    """All that lies on inspection."""
    records = [
        {
            "document_number": number,
            "title": f"Filing {number}",
            "publication_date": day,
            "filing_type": "regular",
        }
        for number in numbers
    ]
    return answered({"count": len(records), "results": records})


def document(number: str, day: str = "2025-05-20") -> dict[str, Any]:
    """A document as the Register publishes it."""
    place = f"https://www.federalregister.gov/documents/{day.replace('-', '/')}/{number}/x"
    return {
        "document_number": number,
        "title": f"Notice {number}",
        "publication_date": day,
        "html_url": place,
    }


def register(days: Mapping[int, int], *, per_page: int = 20, loses_from: int = 1000) -> Serve:
    """The API as its code is: `days` are documents by the day of May 2025.

    It sends `per_page` whatever is asked, its first page again beyond page 50, no `results` where there are none; and
    of windows of `loses_from` days and on it loses the last document.
    """

    def serve(asked: Asked) -> Reply:
        query = query_of(asked)
        since, until = (
            date.fromisoformat(query[f"conditions[publication_date][{end}]"][0]) for end in ("gte", "lte")
        )
        found = [
            document(f"2025-{day:02}{number:03}", f"2025-05-{day:02}")
            for day, count in sorted(days.items())
            if since <= date(2025, 5, day) <= until
            for number in range(1, count + 1)
        ]
        page = int(query["page"][0]) if int(query["page"][0]) <= 50 else 1
        sent = found[(page - 1) * per_page : page * per_page]
        if (until - since).days >= loses_from:
            sent = [each for each in sent if each is not found[-1]]
        following = (
            {"next_page_url": "https://elsewhere.example/trap"} if page * per_page < len(found) else {}
        )
        pages = min(-(-len(found) // per_page), 50)
        return answered(
            {"count": len(found), "total_pages": pages, **({"results": sent} if sent else {}), **following}
        )

    return serve


def _no_page_beyond_the_last(keeper: Keeper) -> None:
    pages = [int(query_of(asked)["page"][0]) for asked in keeper.desk.web.requests]
    assert max(pages) <= 50


def _one_item(keeper: Keeper) -> None:
    assert keeper.keys() == ["frdoc:2025-00123"]
    assert {event.source for event in keeper.desk.events("ItemRevised")} == {"fr"}


def _why(keeper: Keeper) -> None:
    (gone,) = keeper.desk.events("ItemWithdrawn")
    assert (gone.key, gone.reason) == (
        "frdoc:2025-00003",
        "withdrawn from public inspection before publication",
    )


BEHAVIOURS = (
    Behaviour(
        name="what a complete list misses once is not gone",
        says="disappearance from a snapshot is a withdrawal at the second valid poll",
        sources=(PI,),
        polls=(
            Poll(answers={FILED: filed("2025-1", "2025-2", "2025-3")}, then=Then(new=3)),
            Poll(answers={FILED: filed("2025-1", "2025-2")}, then=NO_NEWS),
            Poll(answers={FILED: filed("2025-1", "2025-2", "2025-3")}, then=NO_NEWS),
            Poll(answers={FILED: filed("2025-1", "2025-2")}, then=NO_NEWS),
        ),
    ),
    Behaviour(
        name="what a complete list misses twice is withdrawn, and what returns is so no longer",
        says="documents that are withdrawn from inspection vanish from current.json: retracted, not deleted",
        sources=(PI,),
        polls=(
            Poll(answers={FILED: filed("2025-1", "2025-2", "2025-3")}, then=Then(new=3)),
            Poll(answers={FILED: filed("2025-1", "2025-2")}, then=NO_NEWS),
            Poll(then=Then(withdrawn=1)),
            Poll(then=NO_NEWS),
            Poll(answers={FILED: filed("2025-1", "2025-2", "2025-3")}, then=Then(revised=1)),
        ),
        check=_why,
    ),
    Behaviour(
        name="a bad answer between two lists is no second miss",
        says="two consecutive valid polls; fail closed",
        sources=(PI,),
        polls=(
            Poll(answers={FILED: filed("2025-1", "2025-2")}, then=Then(new=2)),
            Poll(answers={FILED: filed("2025-1")}, then=NO_NEWS),
            Poll(
                answers={FILED: answered({"count": 9})},
                then=Then(outcome="failed", said="SourceFailed not-understood", state="degraded"),
            ),
            Poll(
                answers={FILED: filed("2025-1", "2025-2")},
                then=Then(outcome="unchanged", said="SourceRecovered"),
            ),
        ),
    ),
    Behaviour(
        name="what goes at its day was published, not withdrawn",
        says="a filing leaves inspection when the Register prints it",
        sources=(PI,),
        polls=(
            Poll(answers={FILED: filed("2025-1", "2025-2", day="2025-06-02")}, then=Then(new=2)),
            Poll(answers={FILED: filed("2025-7", day="2025-06-30")}, days=2, then=Then(new=1)),
            Poll(then=NO_NEWS),
        ),
    ),
    Behaviour(
        name="a list that loses most of itself withdraws nothing, and says so",
        says="too few items is degraded, not news",
        sources=(PI,),
        polls=(
            Poll(answers={FILED: filed(*(f"2025-{n}" for n in range(1, 31)))}, then=Then(new=30)),
            Poll(
                answers={FILED: filed("2025-1", "2025-2")},
                then=Then(outcome="unchanged", said="GapSuspected shrunk", state="gap"),
                says=SHRUNK,
            ),
            Poll(then=Then(outcome="unchanged", state="gap"), says=SHRUNK),
            Poll(
                answers={FILED: filed(*(f"2025-{n}" for n in range(1, 31)))},
                then=Then(outcome="unchanged", said="GapClosed complete walk"),
            ),
        ),
    ),
    Behaviour(
        name="no results and a count of nothing is a good answer",
        says="federalregister.gov: `results` is absent when nothing matches",
        sources=(FR,),
        polls=(Poll(serve=register({}), then=NO_NEWS), Poll(serve=register({30: 1}), then=Then(new=1))),
    ),
    Behaviour(
        name="a page size that is silently another one costs no document",
        says="federalregister.gov: per_page out of range silently becomes 20; stop where no next page is named",
        sources=(FR,),
        polls=(Poll(serve=register({20: 45}), then=Then(new=45, asked=3)), Poll(then=NO_NEWS)),
    ),
    Behaviour(
        name="a pager that begins again beyond page 50 is never asked so far",
        says="federalregister.gov: page > 50 silently becomes page 1; windows instead",
        sources=(FR,),
        polls=(Poll(serve=register({6: 30, 25: 30}, per_page=1), then=Then(new=60, asked=61)),),
        check=_no_page_beyond_the_last,
    ),
    Behaviour(
        name="a count that is not reached is asked for in halves",
        says="collected == count, else split the window",
        sources=(FR,),
        polls=(Poll(serve=register({6: 3, 25: 3}, loses_from=20), then=Then(new=6, asked=3)),),
    ),
    Behaviour(
        name="a count that is never reached is a gap until a complete walk",
        says="declared total = distinct ids received, else a gap",
        sources=(FR,),
        polls=(
            Poll(
                serve=register({25: 2}, loses_from=0),
                then=Then(outcome="partial", new=1, said="GapSuspected short", state="gap", asked=12),
                says="1 of 2 declared items came",
            ),
            Poll(serve=register({25: 2}), then=Then(new=1, said="GapClosed complete walk")),
        ),
    ),
    Behaviour(
        name="a condition that an API does not know fails the source",
        says="federalregister.gov: an unknown condition is 400 with its errors",
        sources=(FR,),
        polls=(
            Poll(
                serve=lambda _: Reply(status=400, body=b'{"errors": {"agencies": "unknown"}}'),
                then=Then(outcome="failed", said="SourceFailed http", state="failing"),
                says="400 Bad Request",
            ),
        ),
    ),
    Behaviour(
        name="whoever is led to the page for robots has read nothing",
        says="federalregister.gov's site redirects bots to unblock.federalregister.gov with 302",
        sources=(Configured(path="/documents"),),
        polls=(
            Poll(
                answers={
                    "/documents": Reply(status=302, headers={"Location": "/unblock"}),
                    "/unblock": Reply(body=b"<!DOCTYPE html><title>Request Access</title>"),
                },
                then=Then(outcome="failed", said="SourceFailed not-understood", state="degraded", asked=2),
                says="a web page instead of a feed",
            ),
        ),
    ),
    Behaviour(
        name="a document by inspection, API and feed is one item",
        says="one document number, with zeros or without, under every kind of dash",
        sources=(PI, FR, Configured(id="rss")),
        polls=(
            Poll(
                answers={
                    FILED: filed("2025–123"),
                    "/v1/documents.json": answered({"count": 0}),
                    "/rss": feed(),
                },
                then=Then(outcome="ok unchanged unchanged", new=1, state="ok ok ok", asked=3),
            ),
            Poll(
                answers={
                    "/v1/documents.json": answered(
                        {"count": 1, "results": [document("2025-00123", "2025-06-02")]}
                    )
                },
                then=Then(outcome="unchanged ok unchanged", revised=1, state="ok ok ok", asked=3),
            ),
            Poll(
                answers={"/rss": feed(entry(1, guid="", link=document("2025-123")["html_url"]))},
                then=Then(outcome="unchanged unchanged unchanged", state="ok ok ok", asked=3),
            ),
        ),
        check=_one_item,
    ),
)
