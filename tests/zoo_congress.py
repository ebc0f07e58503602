"""The zoo: the interface of Congress.gov, and the key that it shares with three others."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from webserver import Asked, Reply
from zoo import (
    KEY,
    NO_NEWS,
    WITH_KEY,
    Behaviour,
    Configured,
    Keeper,
    Poll,
    Serve,
    Then,
    answered,
    entry,
    failed,
    feed,
    queries,
    query_of,
)

BILLS = Configured(id="bills", kind="congress", path="/v3", keys={"congresses": "[119]", **WITH_KEY})
LIST = "/v3/bill/119"
PARTS = {"actions": "actions", "titles": "titles", "summaries": "summaries", "text": "textVersions"}


def bill(number: int, title: str | None = None, updated: str = "2025-06-01") -> dict[str, Any]:
    """A bill as the list states it."""
    named = f"Act {number}" if title is None else title
    return {"congress": 119, "type": "HR", "number": str(number), "title": named, "updateDate": updated}


def congress(
    *bills: dict[str, Any],
    page: int = 250,
    count: int | None = None,
    breaks_at: int = -1,
    headers: Mapping[str, str] | None = None,
    parts: Mapping[str, Sequence[dict[str, Any]]] | None = None,
) -> Serve:
    """The API: `page` bills a page, with a `next` that nobody should follow; of each bill its record and `parts`.

    It declares `count`, if that is not the truth, and refuses at the offset `breaks_at`.
    """

    def serve(asked: Asked) -> Reply:
        offset = int(query_of(asked).get("offset", ["0"])[0])
        if asked.path != LIST:
            return _of_bill(asked, bills, parts or {})
        if offset == breaks_at:
            return Reply(status=403)
        trap = "https://api.congress.gov/v3/trap?offset=1&limit=1"
        declared = {"count": len(bills) if count is None else count, "next": trap}
        reply = answered({"bills": bills[offset : offset + page], "pagination": declared})
        return replace(reply, headers={**reply.headers, **(headers or {})})

    return serve


def drifting(*numbers: int) -> Reply:
    """A page of a list of three."""
    return answered({"bills": [bill(number) for number in numbers], "pagination": {"count": 3}})


def _of_bill(
    asked: Asked, bills: Sequence[dict[str, Any]], parts: Mapping[str, Sequence[dict[str, Any]]]
) -> Reply:
    number, part = (*asked.path.split("/")[5:], "")[:2]
    if not part:
        return answered({"bill": next(each for each in bills if each["number"] == number)})
    told = parts.get(part, ())
    return answered({PARTS[part]: told, "pagination": {"count": len(told)}})


def _asked_well(keeper: Keeper) -> None:
    first, second, third = keeper.desk.web.requests
    for asked in (first, second, third):
        assert "&sort=updateDate+desc" in asked.target
        assert {"format=json", "limit=250"} <= set(urlsplit(asked.target).query.split("&"))
        assert (asked.headers["x-api-key"], KEY in asked.target) == (KEY, False)
    assert [query["offset"] for query in queries(keeper, LIST)] == [["0"], ["2"], ["0"]]


def _windows_of(*days: str) -> Any:
    def check(keeper: Keeper) -> None:
        first = [query for query in queries(keeper, LIST) if query["offset"] == ["0"]]
        assert [query.get("fromDateTime", [""])[0] for query in first] == list(days)

    return check


def _followed(keeper: Keeper) -> None:
    (found,) = keeper.desk.events("ItemMatched")
    assert (found.key, found.revision, found.origin) == ("bill:119-hr-7", 2, "live")
    steps = [(step.system, str(step.when), step.origin) for step in keeper.desk.events("ActionRecorded")]
    assert sorted(steps) == [
        ("", "2025-06-01", "backfill"),
        ("House floor actions", "2025-06-01T16:00:00Z", "backfill"),
        ("Library of Congress", "2025-06-01T16:00:00Z", "backfill"),
        ("Library of Congress", "2025-06-01T16:00:00Z", "backfill"),
    ]


def _no_key_named(keeper: Keeper) -> None:
    assert "give the source an api_key" in keeper.said()
    assert KEY not in json.dumps(keeper.rows("SELECT data FROM events"))


def _is_one(keeper: Keeper, key: str) -> None:
    assert keeper.keys() == [key]


def _kept_without_key(keeper: Keeper) -> None:
    ((kept,),) = keeper.rows("SELECT data FROM refused_answers")
    assert b"unknown key ***" in zlib.decompress(kept)


def action(code: int, system: str) -> dict[str, Any]:
    """The same act, as one of two systems tells it."""
    said = {
        "actionCode": "H30000",
        "actionDate": "2025-06-01",
        "actionTime": "12:00:00",
        "text": "Considered",
        "type": "Floor",
    }
    return {**said, "sourceSystem": {"code": code, "name": system}}


ACTS = [action(2, "House floor actions"), action(9, "Library of Congress"), action(9, "Library of Congress")]
PRINTED = [{"type": "Introduced in House", "date": "2025-06-01T04:00:00Z", "formats": []}]
OVER = Reply(
    status=429,
    body=b'{"error": {"code": "OVER_RATE_LIMIT", "message": "You have exceeded your rate limit."}}',
    headers={"Retry-After": "5400", "X-RateLimit-Limit": "1000", "X-RateLimit-Remaining": "0"},
)
BAD_KEY = Reply(status=403, body=f'{{"error": {{"code": "API_KEY_INVALID", "message": "{KEY}"}}}}'.encode())


BEHAVIOURS = (
    Behaviour(
        name="the sort reaches the wire, and no address of the API's is followed",
        says="sort=updateDate%2Bdesc is ignored with 200: 510 days frozen; `next` drops sort and filters: build pages",
        sources=(BILLS,),
        polls=(
            Poll(serve=congress(bill(1), bill(2), bill(3), page=2), then=Then(new=3, asked=2)),
            Poll(serve=congress(bill(1)), then=NO_NEWS),
        ),
        check=_asked_well,
    ),
    Behaviour(
        name="a title that comes late is matched when it comes, and what is told then of the bill is past",
        says='titles can be ""; re-match at every revision; only the latest action is in the list: hydrate what matches',
        sources=(BILLS,),
        polls=(
            Poll(serve=congress(bill(7, ""), bill(8)), then=Then(new=2)),
            Poll(
                serve=congress(
                    bill(7, "Next G Alliance Act", "2025-06-02"),
                    bill(8),
                    parts={"actions": ACTS, "text": PRINTED},
                ),
                then=Then(revised=1, steps=4, asked=6),
            ),
            Poll(then=NO_NEWS),
        ),
        check=_followed,
    ),
    Behaviour(
        name="update dates that all move revise nothing",
        says="mass reprocessing: 30,000 bills a day around 3 January 2025; only content makes a revision",
        sources=(BILLS,),
        polls=(
            Poll(serve=congress(*(bill(n) for n in range(1, 40))), then=Then(new=39)),
            Poll(serve=congress(*(bill(n, updated="2025-06-02") for n in range(1, 40))), then=NO_NEWS),
            Poll(serve=congress(*(bill(n, updated="2025-06-03") for n in range(1, 41))), then=Then(new=1)),
        ),
    ),
    Behaviour(
        name="the window moves on only after a complete walk, and overlaps",
        says="cursor = [last complete start - 2 days, now]; advance only after a complete walk",
        sources=(BILLS,),
        polls=(
            Poll(serve=congress(bill(1)), then=Then(new=1)),
            Poll(
                serve=congress(bill(1), bill(2), bill(3), page=2, breaks_at=2),
                days=5,
                then=Then(outcome="partial", new=1, said="SourceFailed blocked", state="blocked", asked=2),
            ),
            Poll(
                serve=congress(bill(1), bill(2), bill(3), page=2),
                days=5,
                then=Then(new=1, said="SourceRecovered", asked=2),
            ),
            Poll(then=Then(outcome="unchanged", asked=2), days=5),
        ),
        check=_windows_of("", "2025-05-31T00:00:00Z", "2025-05-31T00:00:00Z", "2025-06-10T00:00:00Z"),
    ),
    Behaviour(
        name="fewer bills than were counted are asked for once more, then a gap",
        says="duplicate and missing bills and wrong counts in lists",
        sources=(BILLS,),
        polls=(
            Poll(
                serve=congress(bill(1), bill(2), bill(2), count=3),
                then=Then(outcome="partial", new=2, said="GapSuspected short", state="gap", asked=2),
                says="2 of 3 declared items came",
            ),
            Poll(serve=congress(bill(1), bill(2), bill(3)), then=Then(new=1, said="GapClosed complete walk")),
        ),
    ),
    Behaviour(
        name="a bill that moves from page to page during a walk is found",
        says="page drift: what moves up displaces others; compare the count, ask again",
        sources=(BILLS,),
        polls=(
            Poll(
                answers={LIST: [drifting(*page) for page in ((1, 2), (2,), (3, 1), (2,))]},
                then=Then(new=3, asked=4),
            ),
        ),
    ),
    Behaviour(
        name="a key that is refused blocks the source, and is named nowhere",
        says="403 API_KEY_INVALID; keys redacted everywhere, even where the answer names them",
        sources=(BILLS,),
        polls=(
            Poll(
                serve=lambda _: BAD_KEY,
                then=failed("key", "blocked"),
                says="API_KEY_INVALID",
                due_h=(0.95, 1.05),
            ),
            Poll(then=Then(outcome="failed", state="blocked"), due_h=(1.9, 2.1)),
        ),
        check=_no_key_named,
    ),
    Behaviour(
        name="a key that an answer says again is recorded nowhere",
        says="keys appear in no log, event, error or URL, whoever says them",
        sources=(BILLS,),
        polls=(
            Poll(
                serve=lambda _: answered({"error": {"code": "NO", "message": f"unknown key {KEY}"}}),
                then=failed("not-understood", "degraded"),
                says="unknown key ***",
            ),
        ),
        check=_kept_without_key,
    ),
    Behaviour(
        name="a budget that is spent is waited for",
        says="over the limit: 429 OVER_RATE_LIMIT, with Retry-After when the gateway has one",
        sources=(BILLS,),
        polls=(
            Poll(serve=lambda _: OVER, then=failed("http"), says="OVER_RATE_LIMIT", due_h=(1.5, 1.5)),
            Poll(days=1 / 24, serve=congress(bill(1)), then=Then(new=1, said="SourceRecovered")),
        ),
    ),
    Behaviour(
        name="an API's error under status 200 is an error",
        says="check what the answer says, not only its status",
        sources=(BILLS,),
        polls=(
            Poll(
                serve=lambda _: answered(
                    {"error": {"code": "API_KEY_MISSING", "message": "No api_key was supplied."}}
                ),
                then=failed("key", "blocked"),
                says="API_KEY_MISSING",
            ),
            Poll(
                serve=lambda _: answered({"bills": []}),
                then=Then(outcome="failed", said="SourceFailed not-understood", state="degraded"),
                says="without a counted list",
            ),
        ),
    ),
    Behaviour(
        name="a source whose key is not there fails alone, and asks nothing",
        says="one source's trouble is its own",
        sources=(replace(BILLS, keys={"api_key": '{ env = "NO_SUCH_KEY_HERE" }'}), Configured()),
        polls=(
            Poll(
                answers={"/news": feed(1)},
                then=Then(outcome="failed ok", new=1, said="SourceFailed key", state="blocked ok"),
                says="NO_SUCH_KEY_HERE is not set",
            ),
        ),
    ),
    Behaviour(
        name="the same bill by API and feed is one item",
        says="congress.gov's feeds are a hint, the API is the record",
        sources=(BILLS, Configured(id="rss")),
        polls=(
            Poll(
                serve=congress(bill(1)),
                answers={
                    "/rss": feed(
                        entry(1, guid="", link="https://www.congress.gov/bill/119th-congress/house-bill/1")
                    )
                },
                then=Then(outcome="ok ok", new=1, revised=1, state="ok ok", asked=2),
            ),
            Poll(then=Then(outcome="unchanged unchanged", state="ok ok", asked=2)),
        ),
        check=lambda keeper: _is_one(keeper, "bill:119-hr-1"),
    ),
)
