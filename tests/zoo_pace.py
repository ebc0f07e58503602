"""The zoo: who is asked how often, how many at once, and who is left alone."""

from __future__ import annotations

from dataclasses import replace

from webserver import Asked, Reply
from zoo import (
    NO_NEWS,
    WITH_KEY,
    Behaviour,
    Configured,
    Keeper,
    Poll,
    Then,
    answered,
    feed,
)
from zoo_congress import BILLS, bill, congress
from zoo_servers import apart

HOURLY = (0.95, 1.05)


def _together(keeper: Keeper) -> None:
    moments = [asked.at for asked in keeper.desk.web.requests]
    assert max(moments) - min(moments) < 0.3


def _spread(keeper: Keeper) -> None:
    due = {report.due_at for report in keeper.reports[-1]}
    assert len(due) == 4


def _asked_in_turn(keeper: Keeper) -> None:
    assert [asked.path for asked in keeper.desk.web.requests] == ["/reports.xml", "/legal.xml"]
    assert keeper.rows("SELECT host FROM hosts") == [("www.gao.gov",)]


def _with_little_left(asked: Asked) -> Reply | None:
    """Congress.gov's API for a key that has used most of its requests: 0.25 s are due between two."""
    left = {"X-RateLimit-Limit": "200000", "X-RateLimit-Remaining": "14400"}
    if asked.path == "/v3/crsreport":
        reports = {"CRSReports": [{"id": "R47175", "title": "5G", "version": 1}], "pagination": {"count": 1}}
        return replace(answered(reports), headers=left)
    return congress(bill(1), bill(2), bill(3), page=2, headers=left)(asked)


def _is_unread(keeper: Keeper) -> None:
    assert keeper.rows("SELECT last_good_at, reached_at <> '' FROM source_state") == [("", 1)]
    assert keeper.due_h() * 3600 >= 99


BEHAVIOURS = (
    Behaviour(
        name="what a server calls fresh is asked later, at most twice as late",
        says="Cache-Control: max-age",
        polls=(
            Poll(
                answers={"/news": feed(1, headers={"Cache-Control": "public, max-age=5400"})},
                then=Then(new=1),
                due_h=(1.42, 1.58),
            ),
            Poll(
                answers={"/news": feed(2, 1, headers={"Cache-Control": "max-age=86400"})},
                then=Then(new=1),
                due_h=(1.9, 2.1),
            ),
            Poll(
                answers={"/news": feed(3, 2, 1, headers={"Cache-Control": "no-store, max-age=86400"})},
                then=Then(new=1),
                due_h=HOURLY,
            ),
        ),
    ),
    Behaviour(
        name="a feed that asks for its own pace gets it, at most twice as late",
        says="ttl, and the syndication module's update period",
        polls=(
            Poll(answers={"/news": feed(1, head="<ttl>90</ttl>")}, then=Then(new=1), due_h=(1.42, 1.58)),
            Poll(
                answers={"/news": feed(2, 1, head="<sy:updatePeriod>daily</sy:updatePeriod>")},
                then=Then(new=1),
                due_h=(1.9, 2.1),
            ),
            Poll(answers={"/news": feed(3, 2, 1, head="<ttl>5</ttl>")}, then=Then(new=1), due_h=HOURLY),
        ),
    ),
    Behaviour(
        name="a window that turns over is polled more often, down to its fastest, and calms down",
        says="adapt the cadence so that turnover stays below half a window",
        polls=(
            Poll(answers={"/news": feed(3, 2, 1)}, then=Then(new=3), due_h=HOURLY),
            Poll(answers={"/news": feed(5, 4, 3)}, then=Then(new=2), due_h=(0.47, 0.53)),
            Poll(answers={"/news": feed(7, 6, 5)}, then=Then(new=2), due_h=(0.237, 0.263)),
            Poll(answers={"/news": feed(9, 8, 7)}, then=Then(new=2), due_h=(0.237, 0.263)),
            Poll(then=NO_NEWS, due_h=(0.296, 0.329)),
        ),
    ),
    Behaviour(
        name="sources that are polled together are not due together",
        says="jitter",
        sources=[Configured(id=name) for name in "abcd"],
        polls=(
            Poll(
                answers={f"/{name}": feed(number) for number, name in enumerate("abcd")},
                then=Then(outcome="ok ok ok ok", new=4, state="ok ok ok ok", asked=4),
                due_h=HOURLY,
            ),
        ),
        check=_spread,
    ),
    Behaviour(
        name="one host is asked one thing at a time",
        says="one request in flight per host",
        sources=[Configured(id=name) for name in "abc"],
        polls=(
            Poll(
                answers={f"/{name}": feed(number, wait_s=0.2) for number, name in enumerate("abc")},
                then=Then(outcome="ok ok ok", new=3, state="ok ok ok", asked=3),
            ),
        ),
        check=apart(0.19),
    ),
    Behaviour(
        name="several hosts are asked at once",
        says="one request in flight per host, and many hosts",
        sources=[Configured(id=name, host=f"{name}.example") for name in "abc"],
        open_web=True,
        polls=(
            Poll(
                answers={f"/{name}": feed(number, wait_s=0.6) for number, name in enumerate("abc")},
                then=Then(outcome="ok ok ok", new=3, state="ok ok ok", asked=3),
            ),
        ),
        check=_together,
    ),
    Behaviour(
        name="a host that wants a pause is given it between any two sources",
        says="robots: Crawl-delay (congress.gov 2 s)",
        sources=[Configured(id=name) for name in "abc"],
        fetch={"crawl_delay_s": '{ "127.0.0.1" = 0.3 }'},
        polls=(
            Poll(
                answers={f"/{name}": feed(number) for number, name in enumerate("abc")},
                then=Then(outcome="ok ok ok", new=3, state="ok ok ok", asked=3),
            ),
        ),
        check=apart(0.29),
    ),
    Behaviour(
        name="a host that wants to be left alone for minutes has its second source asked later",
        says="gao.gov: Crawl-delay 420",
        sources=(
            Configured(id="reports", host="www.gao.gov", path="/reports.xml"),
            Configured(id="legal", host="www.gao.gov", path="/legal.xml"),
        ),
        open_web=True,
        polls=(
            Poll(
                answers={"/reports.xml": feed(1), "/legal.xml": feed(2)},
                then=Then(outcome="ok not-due", new=1, state="ok new"),
            ),
            Poll(then=Then(outcome="ok not-due", new=1, state="ok ok"), days=-52 / 60 / 24, everything=False),
        ),
        check=_asked_in_turn,
    ),
    Behaviour(
        name="a walk on a host that wants to be left alone is not taken for complete",
        says="advance only after a complete walk, whatever cut it short",
        sources=(
            Configured(
                id="fcc", kind="fcc_edocs", path="/rss", keys={"document_types": '["Order", "Report"]'}
            ),
        ),
        fetch={"crawl_delay_s": '{ "127.0.0.1" = 100.0 }'},
        polls=(
            Poll(
                serve=lambda _: feed(2, 1),
                then=Then(outcome="partial", new=2),
                says="its host wants to be left alone",
            ),
        ),
        check=_is_unread,
    ),
    Behaviour(
        name="a key of which little is left is used slowly, by all its sources together",
        says="X-RateLimit-Remaining: slow below 10%; one key serves four APIs",
        sources=(
            BILLS,
            Configured(id="crs", kind="congress", path="/v3", keys={"what": '"crs-reports"', **WITH_KEY}),
        ),
        polls=(
            Poll(
                serve=_with_little_left,
                then=Then(outcome="ok ok", new=4, state="ok ok", asked=3),
            ),
        ),
        check=apart(0.23),
    ),
)
