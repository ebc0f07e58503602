"""The zoo: what comes in place of a feed, what comes damaged, and what a server says of versions."""

from __future__ import annotations

import gzip

from webserver import Reply
from zoo import (
    NO_NEWS,
    WITH_KEY,
    Behaviour,
    Configured,
    Keeper,
    Poll,
    Then,
    entry,
    failed,
    feed,
    rss,
    still,
)

FULL, MORE = feed(3, 2, 1), feed(4, 3, 2, 1)
FIRST = Poll(answers={"/news": FULL}, then=Then(new=3))
RECOVERED = Then(new=1, said="SourceRecovered")
ERROR_PAGE = (
    b"<!DOCTYPE html>\n<html><head><title>404 Not Found</title></head><body>"
    + b" " * 659_400
    + b"</body></html>"
)
SHELL = b'<!doctype html><html lang="en"><head><script src="/app.js"></script></head><body><div id="root"></div></body></html>'
CHALLENGE = b"<html><head><title>www.cbo.example</title></head><body><script>var dd={'rt':'c','host':'geo.captcha'}</script></body></html>"
HTML = {"Content-Type": "text/html"}
LATE = {"Retry-After": "7200"}
DATED = "Sun, 01 Jun 2025 10:00:00 GMT"
BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    b"<rss><channel><item><title>&b;</title></item></channel></rss>"
)


def instead(name: str, says: str, reply: Reply, then: Then, *, words: str) -> Behaviour:
    """Something comes in place of the feed, at the first poll and at the third; each time the feed comes back."""
    return Behaviour(
        name=name,
        says=says,
        polls=(
            Poll(answers={"/news": reply}, then=then, says=words),
            Poll(answers={"/news": FULL}, then=Then(new=3, said="SourceRecovered")),
            Poll(answers={"/news": reply}, then=then, says=words),
            Poll(answers={"/news": MORE}, then=RECOVERED),
        ),
        check=lambda keeper: _origins(keeper, ["baseline"] * 3 + ["live"]),
    )


def _origins(keeper: Keeper, origins: list[str]) -> None:
    assert [event.origin for event in keeper.desk.events("ItemPublished")] == origins


def _kept_aside(keeper: Keeper) -> None:
    rows = keeper.rows("SELECT source, media_type, size FROM refused_answers ORDER BY id")
    assert rows == [("news", "text/html", len(ERROR_PAGE))] * 2


def _last_three(keeper: Keeper) -> None:
    broken = [len(rss(entry(number))) - 20 for number in (100, 1000, 10000)]
    assert keeper.rows("SELECT size FROM refused_answers ORDER BY id") == [(size,) for size in broken]


def _says_who_it_is(keeper: Keeper) -> None:
    first, second = keeper.desk.web.requests
    assert first.headers["user-agent"] == "Mozilla/5.0 (compatible; zoo/1; +https://zoo.example)"
    assert second.headers["user-agent"] == "zoo (mail@zoo.example)"
    for asked in (first, second):
        assert "gzip" in asked.headers["accept-encoding"]
        assert not {"cookie", "authorization", "x-api-key", "referer"} & asked.headers.keys()


IN_PLACE_OF_A_FEED = (
    Behaviour(
        name="an error page under status 200 is a failure, and its validators are forgotten",
        says="state.gov: 200 and 659,508 bytes of HTML at 33 of 33 polls, all logged as empty, none as an error",
        polls=(
            Poll(answers={"/news": feed(3, 2, 1, etag='"feed"')}, then=Then(new=3), conditions=""),
            Poll(
                answers={"/news": Reply(body=ERROR_PAGE, etag='"page"', headers=HTML)},
                then=failed("not-understood", "degraded"),
                conditions="etag",
                says="a web page instead of a feed",
            ),
            Poll(then=still("degraded"), conditions=""),
            Poll(answers={"/news": feed(4, 3, 2, 1, etag='"feed"')}, then=RECOVERED, conditions=""),
            Poll(then=NO_NEWS, conditions="etag"),
        ),
        check=_kept_aside,
    ),
    Behaviour(
        name="of the answers that are refused the last three are kept aside",
        says="quarantine the payload, publish nothing from it",
        polls=[
            Poll(
                answers={"/news": Reply(body=rss(entry(10**digits))[:-20])},
                then=still("degraded") if digits else failed("not-understood", "degraded"),
            )
            for digits in range(5)
        ],
        check=_last_three,
    ),
    instead(
        "the shell of an application is no feed without entries",
        "all four feeds of grants.gov: 200, text/html, 27 KB of shell: finds zero items for ever, never errs",
        Reply(body=SHELL, headers=HTML),
        failed("not-understood", "degraded"),
        words="a web page instead of a feed",
    ),
    instead(
        "a small error in XML is no feed",
        "clerk.house.gov: 200 and 65 bytes of XML that are an error",
        Reply(body=b'<?xml version="1.0"?><error><message>Not Found</message></error>'),
        failed("not-understood", "degraded"),
        words="something that is no feed",
    ),
    instead(
        "nothing at all under status 200 is a failure",
        "200 is not success: an empty body says nothing, least of all that there is no news",
        Reply(body=b""),
        failed("http"),
        words="nothing in it",
    ),
    instead(
        "202 with an empty body is a failure",
        "epa.gov, europarl: 202 and an empty body",
        Reply(status=202),
        failed("http"),
        words="202 Accepted",
    ),
    instead(
        "a challenge under status 200 is not solved",
        "CBO: a DataDome challenge page; no cookies, no JavaScript, no solving of challenges",
        Reply(body=CHALLENGE, headers={**HTML, "Set-Cookie": "datadome=1; Path=/"}),
        failed("not-understood", "degraded"),
        words="a web page instead of a feed",
    ),
    instead(
        "a server that hangs up has not answered",
        "www.fcc.gov: time-outs and closed connections for honest clients",
        Reply(hang_up=True),
        failed("http"),
        words="disconnected",
    ),
    instead(
        "304 to a question without conditions is no news of no news",
        "some CDNs answer 304 to whomever",
        Reply(status=304),
        failed("http"),
        words="to a request without conditions",
    ),
    Behaviour(
        name="a firewall's 403 stops the source, which is asked no sooner than usual, then ever later",
        says="www.fcc.gov is behind a WAF: 403 for honest clients; 401 and 403: stop and flag, no hammering",
        sources=(Configured(keys={"every": '"2h"'}),),
        polls=(
            FIRST,
            Poll(
                answers={"/news": Reply(status=403, body=CHALLENGE)},
                then=failed("blocked", "blocked"),
                due_h=(1.9, 2.1),
            ),
            Poll(then=still("blocked"), due_h=(3.8, 4.2)),
            Poll(then=still("blocked"), due_h=(7.6, 8.4)),
            Poll(answers={"/news": MORE}, then=RECOVERED, due_h=(1.9, 2.1)),
        ),
    ),
    Behaviour(
        name="404 and 410 say that a feed has moved, once",
        says="bis.gov/rss.xml 404; 404 or 410 on a feed: source moved?",
        polls=(
            FIRST,
            Poll(answers={"/news": Reply(status=404)}, then=failed("moved"), says="404 Not Found"),
            Poll(answers={"/news": Reply(status=410)}, then=still(), says="410 Gone"),
            Poll(answers={"/news": MORE}, then=RECOVERED),
        ),
    ),
    Behaviour(
        name="an API that refuses a question in plain words is not taken for an empty one",
        says="ECFS: bad parameters are answered with 200 and plain text",
        sources=(Configured(id="filings", kind="fcc_ecfs", keys={"dockets": '["21-186"]', **WITH_KEY}),),
        polls=(
            Poll(
                serve=lambda _: Reply(body=b"Invalid value for parameter date_received"),
                then=failed("not-understood", "degraded"),
                says="Invalid value for parameter",
            ),
        ),
    ),
    Behaviour(
        name="whoever asks says who it is, differently where a publisher wants that",
        says="a plain name got 403 from state.gov, which let a Mozilla one in; sec.gov behaves the other way round",
        sources=(
            Configured(id="state"),
            Configured(id="sec", keys={"user_agent": '"zoo (mail@zoo.example)"'}),
        ),
        fetch={"user_agent": '"Mozilla/5.0 (compatible; zoo/1; +https://zoo.example)"'},
        polls=(
            Poll(
                answers={"/state": feed(1), "/sec": feed(2)},
                then=Then(outcome="ok ok", new=2, state="ok ok", asked=2),
            ),
        ),
        check=_says_who_it_is,
    ),
    Behaviour(
        name="a certificate that cannot be checked is not overlooked",
        says="ntia.gov: its chain fails for strict clients; never disable the check",
        tls=True,
        polls=(Poll(answers={"/news": FULL}, then=failed("tls", asked=0), says="certificate"),),
    ),
)
DAMAGED = (
    Behaviour(
        name="a feed that is cut short leaves nothing behind",
        says="a half-read feed whose validators were kept is followed by 304s for ever, and looks healthy",
        polls=(
            Poll(
                answers={"/news": Reply(body=FULL.body[:-40], etag='"1"')},
                then=failed("not-understood", "degraded"),
                says="cut short",
            ),
            Poll(
                answers={"/news": feed(3, 2, 1, etag='"1"')},
                then=Then(new=3, said="SourceRecovered"),
                conditions="",
            ),
            Poll(then=NO_NEWS, conditions="etag"),
        ),
    ),
    instead(
        "a Content-Length that promises more than comes is a failure",
        "an answer that is cut in the middle of its body",
        Reply(body=FULL.body, headers={"Content-Length": "99999", "Connection": "close"}),
        failed("http"),
        words="no usable answer",
    ),
    instead(
        "a Content-Length that promises less than comes is a feed cut short",
        "an answer that goes on behind its own end",
        Reply(body=FULL.body, headers={"Content-Length": "200", "Connection": "close"}),
        failed("not-understood", "degraded"),
        words="cut short",
    ),
    instead(
        "a gzip bomb is not unpacked",
        "size caps hold for what an answer unpacks to",
        Reply(body=gzip.compress(bytes(8_000_000)), headers={"Content-Encoding": "gzip"}),
        failed("too-large", "degraded"),
        words="200 times its size",
    ),
    instead(
        "an encoding that nobody asked for is a failure",
        "gzip is accepted; what comes otherwise cannot be read",
        Reply(body=b"\x8b", headers={"Content-Encoding": "br"}),
        failed("encoding", "degraded"),
        words="which was not asked for",
    ),
    instead(
        "an entity bomb is refused unread",
        "hostile XML: entities made of entities",
        Reply(body=BOMB),
        failed("not-understood", "degraded"),
        words="entities are made of entities",
    ),
    Behaviour(
        name="an answer that drips ends by the deadline",
        says="timeouts: a server that sends a byte at a time is never silent long enough for one",
        fetch={"deadline_s": "0.5"},
        polls=(
            Poll(
                answers={"/news": Reply(body=FULL.body, drip_s=0.05)},
                then=failed("timeout"),
                says="within 0.5 s",
            ),
            Poll(answers={"/news": FULL}, then=Then(new=3, said="SourceRecovered")),
        ),
    ),
    Behaviour(
        name="an answer beyond the size cap is not read",
        says="docs.house.gov's feed has 38.8 MB, CISA's 2 MB: a cap, and it is above what is known to be worth polling",
        fetch={"max_bytes": "2500000"},
        polls=(
            Poll(answers={"/news": Reply(body=bytes(2_600_000))}, then=failed("too-large", "degraded")),
            Poll(
                answers={
                    "/news": feed(
                        *(
                            entry(n, more=f"<description>{'advisory ' * 7000}</description>")
                            for n in range(1, 31)
                        )
                    )
                },
                then=Then(new=30, said="SourceRecovered"),
            ),
        ),
    ),
)
VALIDATORS = (
    Behaviour(
        name="an ETag alone comes back, and 304 is good news of no news",
        says="validators vary: ETag only",
        polls=(
            Poll(answers={"/news": feed(3, 2, 1, etag='W/"1"')}, then=Then(new=3), conditions=""),
            Poll(then=NO_NEWS, conditions="etag"),
            Poll(answers={"/news": feed(4, 3, 2, 1, etag='W/"2"')}, then=Then(new=1), conditions="etag"),
        ),
    ),
    Behaviour(
        name="a Last-Modified alone comes back",
        says="govinfo's bills.xml: no ETag, If-Modified-Since gives 304",
        polls=(
            Poll(answers={"/news": feed(3, 2, 1, last_modified=DATED)}, then=Then(new=3)),
            Poll(then=NO_NEWS, conditions="modified"),
            Poll(
                answers={"/news": feed(4, 3, 2, 1, last_modified="Mon, 02 Jun 2025 01:00:00 GMT")},
                then=Then(new=1),
            ),
        ),
    ),
    Behaviour(
        name="both validators come back together",
        says="WordPress: ETag and Last-Modified are usual; ask with both",
        polls=(
            Poll(answers={"/news": feed(3, 2, 1, etag='"1"', last_modified=DATED)}, then=Then(new=3)),
            Poll(then=NO_NEWS, conditions="etag modified"),
        ),
    ),
    Behaviour(
        name="without validators the content decides",
        says="federalregister.gov: no ETag, no Last-Modified: hash the body",
        polls=(
            Poll(answers={"/news": FULL}, then=Then(new=3), conditions=""),
            Poll(then=NO_NEWS, conditions=""),
            Poll(answers={"/news": MORE}, then=Then(new=1), conditions=""),
        ),
    ),
    Behaviour(
        name="validators that are stamped anew for every answer are no news",
        says="whitehouse.gov's ETag is the site's and changes with no new item; some CDNs stamp each answer anew",
        polls=(
            Poll(answers={"/news": feed(3, 2, 1, etag='"1"', last_modified=DATED)}, then=Then(new=3)),
            Poll(
                answers={"/news": feed(3, 2, 1, etag='"2"', last_modified="Mon, 02 Jun 2025 01:00:00 GMT")},
                then=NO_NEWS,
                conditions="etag modified",
            ),
            Poll(answers={"/news": feed(3, 2, 1, etag='"3"', last_modified="not a date")}, then=NO_NEWS),
            Poll(answers={"/news": feed(4, 3, 2, 1, etag='"4"')}, then=Then(new=1), conditions="etag"),
        ),
    ),
    Behaviour(
        name="an answer that differs only in its build date records nothing",
        says="decide what is new by id and content, not by the bytes of the whole",
        polls=(
            Poll(
                answers={
                    "/news": feed(2, 1, head="<lastBuildDate>Mon, 02 Jun 2025 01:00:00 GMT</lastBuildDate>")
                },
                then=Then(new=2),
            ),
            Poll(
                answers={
                    "/news": feed(2, 1, head="<lastBuildDate>Mon, 02 Jun 2025 02:00:00 GMT</lastBuildDate>")
                },
                then=NO_NEWS,
            ),
        ),
    ),
)

BEHAVIOURS = (*IN_PLACE_OF_A_FEED, *DAMAGED, *VALIDATORS)
