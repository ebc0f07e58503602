"""The zoo: servers that move, that are down, and that want to be asked later."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

from webserver import Asked, Reply
from zoo import (
    NO_NEWS,
    Behaviour,
    Configured,
    Keeper,
    Poll,
    Then,
    failed,
    feed,
)
from zoo_congress import BILLS, bill, congress

FULL, MORE = feed(3, 2, 1), feed(4, 3, 2, 1)
HOURLY = (0.95, 1.05)


def to(location: str, status: int = 301) -> Reply:
    """A redirect."""
    return Reply(status=status, headers={"Location": location})


def down(status: int, **headers: str) -> Reply:
    """A status without a document; `Retry_After` is the header Retry-After."""
    return Reply(status=status, headers={name.replace("_", "-"): value for name, value in headers.items()})


def moves(keeper: Keeper) -> list[tuple[str, bool]]:
    """The path to which each move led, and whether it was followed."""
    return [(event.new_url.rpartition("/")[2], event.adopted) for event in keeper.desk.events("SourceMoved")]


def _moved(*expected: tuple[str, bool]) -> Any:
    def check(keeper: Keeper) -> None:
        assert moves(keeper) == list(expected)

    return check


def apart(seconds: float) -> Any:
    """All requests came at least so many seconds after each other."""

    def check(keeper: Keeper) -> None:
        moments = [asked.at for asked in keeper.desk.web.requests]
        assert all(later - sooner >= seconds for sooner, later in pairwise(moments)), moments

    return check


def _one_move(keeper: Keeper) -> None:
    (event,) = keeper.desk.events("SourceMoved")
    assert (event.new_url, event.adopted) == (keeper.desk.web.url("/v4"), False)


def _at_another_version(asked: Asked) -> Reply | None:
    """Congress.gov's API, if it were redirected for good."""
    if asked.path.startswith("/v3/"):
        return to(asked.target.replace("/v3/", "/v4/"))
    return congress(bill(1))(replace(asked, target=asked.target.replace("/v4/", "/v3/")))


REDIRECTS = (
    Behaviour(
        name="a move is proposed at once, followed after a week, and given up where it fails",
        says="301: source moved; store the final address only once it stood",
        polls=(
            Poll(
                answers={"/news": to("/b"), "/b": to("/new", 308), "/new": FULL},
                then=Then(new=3, said="SourceMoved", asked=3),
            ),
            Poll(then=Then(outcome="unchanged", asked=3), days=1),
            Poll(then=Then(outcome="unchanged", asked=3), days=1),
            Poll(then=Then(outcome="unchanged", asked=3), days=4),
            Poll(then=Then(outcome="unchanged", said="SourceMoved adopted"), days=1),
            Poll(then=NO_NEWS),
            Poll(answers={"/new": MORE}, then=Then(new=1)),
            Poll(
                answers={"/new": down(404)},
                then=Then(outcome="failed", said="SourceFailed moved, SourceMoved", state="failing"),
            ),
            Poll(
                answers={"/news": feed(5, 4, 3, 2, 1)},
                then=Then(new=1, said="SourceRecovered, SourceMoved"),
            ),
        ),
        check=_moved(("new", False), ("new", True), ("new", False), ("news", False)),
    ),
    Behaviour(
        name="two redirects for good are no move before a week is over",
        says="nsf.gov's advertised address is redirected twice with 301",
        polls=(
            Poll(
                answers={"/news": to("/rss"), "/rss": to("/rss.xml"), "/rss.xml": FULL},
                then=Then(new=3, said="SourceMoved", asked=3),
            ),
            Poll(then=Then(outcome="unchanged", asked=3), days=30),
        ),
        check=_moved(("rss.xml", False)),
    ),
    Behaviour(
        name="a redirect for the moment is never a move",
        says="treasury.gov's CFIUS page: 302 to another host; a 302 proves nothing",
        polls=(
            Poll(answers={"/news": to("/b", 302), "/b": FULL}, then=Then(new=3, asked=2)),
            *(Poll(then=Then(outcome="unchanged", asked=2), days=5) for _ in range(4)),
        ),
    ),
    Behaviour(
        name="a redirect for good behind one for the moment is no move",
        says="only a chain that is permanent throughout is",
        polls=(
            Poll(answers={"/news": to("/b", 307), "/b": to("/c"), "/c": FULL}, then=Then(new=3, asked=3)),
            *(Poll(then=Then(outcome="unchanged", asked=3), days=5) for _ in range(4)),
        ),
    ),
    Behaviour(
        name="an API that moved says so once, and its key goes nowhere else",
        says="redirects logged; a key belongs to its address",
        sources=(BILLS,),
        polls=(
            Poll(
                serve=_at_another_version,
                then=Then(new=1, said="SourceMoved", asked=2),
            ),
            *(Poll(then=Then(outcome="unchanged", asked=2), days=5) for _ in range(4)),
        ),
        check=_one_move,
    ),
    Behaviour(
        name="a redirect without end ends",
        says="five redirects and no more",
        polls=(
            Poll(
                answers={"/news": to("/a"), "/a": to("/news")},
                then=failed("redirect", asked=6),
                says="5 redirects already",
            ),
        ),
    ),
    Behaviour(
        name="a redirect to what is no web address is not followed",
        says="redirects logged; only http and https",
        polls=(
            Poll(
                answers={"/news": to("file:///etc/passwd")},
                then=failed("redirect"),
                says="not an http or https address",
            ),
        ),
    ),
    Behaviour(
        name="a redirect into a private network is not followed",
        says="everything from outside is hostile, also where it leads",
        sources=(Configured(host="agency.example"),),
        open_web=True,
        polls=(
            Poll(
                answers={"/news": to("http://169.254.169.254/latest/meta-data/")},
                then=failed("private-address"),
                says="not a public address",
            ),
            Poll(answers={"/news": FULL}, then=Then(new=3, said="SourceRecovered")),
        ),
    ),
)
RETRIES = (
    Behaviour(
        name="503 for a second is asked again in the same poll",
        says="503 with Retry-After: honour it, cap the tries",
        polls=(Poll(answers={"/news": (down(503, Retry_After="1"), FULL)}, then=Then(new=3, asked=2)),),
        check=apart(0.9),
    ),
    Behaviour(
        name="503 for hours is left alone for as long",
        says="honour Retry-After: seconds",
        polls=(
            Poll(answers={"/news": FULL}, then=Then(new=3)),
            Poll(answers={"/news": down(503, Retry_After="7200")}, then=failed("http"), due_h=(2, 2)),
            Poll(then=Then(outcome="not-due", state="failing", asked=0), everything=False),
            Poll(answers={"/news": MORE}, then=Then(new=1, said="SourceRecovered"), everything=False),
        ),
    ),
    Behaviour(
        name="429 until a date is left alone till then",
        says="honour Retry-After: HTTP date",
        polls=(
            Poll(answers={"/news": FULL}, then=Then(new=3)),
            Poll(
                answers={"/news": down(429, Retry_After="Mon, 02 Jun 2025 05:30:00 GMT")},
                then=failed("http"),
                says="less often",
                due_h=(3.5, 3.5),
            ),
        ),
    ),
    Behaviour(
        name="429 without a time is asked no sooner than usual",
        says="OVER_RATE_LIMIT has Retry-After only when the gateway has one",
        polls=(
            Poll(answers={"/news": down(429)}, then=failed("http"), due_h=HOURLY),
            Poll(then=Then(outcome="failed", state="failing"), due_h=(1.9, 2.1)),
        ),
    ),
    Behaviour(
        name="a wish of no time is no leave to hammer",
        says="Retry-After: 0, and dates that are past: backoff all the same, cap the tries",
        polls=(
            Poll(
                answers={"/news": down(503, Retry_After="Sun, 01 Jun 2025 00:00:00 GMT")},
                then=failed("http", asked=3),
            ),
        ),
        check=apart(0.4),
    ),
    Behaviour(
        name="a server that is down is tried sooner, is told of once, and recovers once",
        says="exponential backoff with jitter; 5xx is failing",
        sources=(Configured(keys={"every": '"6h"'}),),
        polls=(
            Poll(answers={"/news": FULL}, then=Then(new=3), due_h=(5.7, 6.3)),
            Poll(answers={"/news": down(500)}, then=failed("http"), due_h=(0.016, 0.084)),
            Poll(
                answers={"/news": down(502)},
                then=Then(outcome="failed", state="failing"),
                due_h=(0.016, 0.17),
            ),
            Poll(
                answers={"/news": down(504)},
                then=Then(outcome="failed", state="failing"),
                due_h=(0.016, 0.34),
            ),
            Poll(answers={"/news": MORE}, then=Then(new=1, said="SourceRecovered"), due_h=(5.7, 6.3)),
        ),
    ),
    Behaviour(
        name="a source that fails for another reason says so",
        says="health states differ: failing, blocked, degraded",
        polls=(
            Poll(answers={"/news": down(500)}, then=failed("http")),
            Poll(answers={"/news": down(403)}, then=failed("blocked", "blocked")),
            Poll(answers={"/news": Reply(body=b"<html>")}, then=failed("not-understood", "degraded")),
            Poll(answers={"/news": FULL}, then=Then(new=3, said="SourceRecovered")),
        ),
    ),
    Behaviour(
        name="a source that is silent for longer than it may be is quiet, not ok",
        says="one reviewer saw NIST's newest entry months old: a stale date is a finding",
        sources=(Configured(keys={"quiet_after": '"3d"'}),),
        polls=(
            Poll(answers={"/news": FULL}, then=Then(new=3)),
            Poll(then=NO_NEWS, days=2),
            Poll(then=Then(outcome="unchanged", state="quiet"), days=3),
            Poll(answers={"/news": MORE}, then=Then(new=1)),
        ),
    ),
)

BEHAVIOURS = (*REDIRECTS, *RETRIES)
