"""The zoo: windows on longer lists, and pages without a feed."""

from __future__ import annotations

from collections.abc import Sequence
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
    entry,
    feed,
    hours,
)

GENERATOR = "<generator>https://wordpress.org/?v=6.9</generator>"


def wordpress(*pages: Sequence[int]) -> Serve:
    """A blog: ten entries a page (here: those given), the rest at ?paged=2 and on, 404 behind the last page."""

    def serve(asked: Asked) -> Reply | None:
        number = int(asked.target.partition("paged=")[2] or 1)
        return feed(*pages[number - 1], head=GENERATOR) if number <= len(pages) else None

    return serve


def _targets(*targets: str) -> Any:
    def check(keeper: Keeper) -> None:
        assert [asked.target for asked in keeper.desk.web.requests] == list(targets)

    return check


WINDOWS = (
    Behaviour(
        name="a window that shares nothing with the last one is a gap that stays open",
        says="EU press corner: always the latest ten; if none overlap, something may have come and gone",
        polls=(
            Poll(answers={"/news": feed(3, 2, 1)}, then=Then(new=3)),
            Poll(
                answers={"/news": feed(9, 8, 7)},
                then=Then(new=3, said="GapSuspected overflow", state="gap"),
                says="may have come and gone",
            ),
            Poll(answers={"/news": feed(10, 9, 8)}, then=Then(new=1, state="gap")),
        ),
    ),
    Behaviour(
        name="a window that overflowed is filled from the pages below it",
        says="state.gov: WordPress, ten items; ?paged=2 pages back",
        polls=(
            Poll(serve=wordpress([3, 2, 1]), then=Then(new=3)),
            Poll(
                serve=wordpress([12, 11, 10], [9, 8, 7], [6, 5, 4], [3, 2, 1]),
                then=Then(new=9, said="GapSuspected overflow, GapClosed earlier pages", asked=4),
            ),
            Poll(then=NO_NEWS),
        ),
        check=_targets("/news", "/news", "/news?paged=2", "/news?paged=3", "/news?paged=4", "/news"),
    ),
    Behaviour(
        name="pages that end too soon leave the gap open, and the source well",
        says="behind its last page WordPress answers 404",
        polls=(
            Poll(serve=wordpress([3, 2, 1]), then=Then(new=3)),
            Poll(
                serve=wordpress([12, 11, 10], [9, 8, 7]),
                then=Then(new=6, said="GapSuspected overflow", state="gap", asked=3),
                says="may have come and gone",
            ),
            Poll(then=Then(outcome="unchanged", state="gap")),
        ),
    ),
    Behaviour(
        name="a window goes on where it says so itself",
        says="RFC 5005: link rel=next",
        polls=(
            Poll(answers={"/news": feed(2, 1)}, then=Then(new=2)),
            Poll(
                answers={
                    "/news": feed(6, 5, head='<atom:link rel="next" href="/older"/>'),
                    "/older": feed(4, 3, 2),
                },
                then=Then(new=4, said="GapSuspected overflow, GapClosed earlier pages", asked=2),
            ),
        ),
    ),
    Behaviour(
        name="an entry that is pinned on top proves no overlap",
        says="share an item; better: the oldest new one stands above a known one",
        polls=(
            Poll(answers={"/news": feed(entry(99, date=hours(-999)), 3, 2)}, then=Then(new=3)),
            Poll(answers={"/news": feed(entry(99, date=hours(-999)), 4, 3)}, then=Then(new=1)),
            Poll(
                answers={"/news": feed(entry(99, date=hours(-999)), 9, 8)},
                then=Then(new=2, said="GapSuspected overflow", state="gap"),
            ),
        ),
    ),
    Behaviour(
        name="a feed that is suddenly empty takes nothing away",
        says="grants.gov, state.gov: empty is rather broken; what leaves a feed was not withdrawn",
        polls=(
            Poll(answers={"/news": feed(3, 2, 1)}, then=Then(new=3)),
            Poll(answers={"/news": feed()}, then=NO_NEWS),
            Poll(answers={"/news": feed(4, 3, 2, 1)}, then=Then(new=1)),
            Poll(answers={"/news": feed()}, then=NO_NEWS),
            Poll(
                answers={"/news": feed(9, 8, 7)}, then=Then(new=3, said="GapSuspected overflow", state="gap")
            ),
        ),
    ),
    Behaviour(
        name="a feed that is emptier than it can be is refused where its least is known",
        says="a minimum of items, before anybody says that there is no news",
        sources=(Configured(keys={"min_items": "2"}),),
        polls=(
            Poll(answers={"/news": feed(3, 2, 1, etag='"1"')}, then=Then(new=3)),
            Poll(
                answers={"/news": feed(9, etag='"2"')},
                then=Then(outcome="failed", said="SourceFailed not-understood", state="degraded"),
                says="only 1 items came where min_items asks for 2",
            ),
            Poll(
                answers={"/news": feed(4, 3, 2, 1)}, then=Then(new=1, said="SourceRecovered"), conditions=""
            ),
        ),
    ),
    Behaviour(
        name="an entry that leaves a feed is not withdrawn, and is not new when it returns",
        says="a feed is a window; disappearance means something in a list of all that stands",
        polls=(
            Poll(answers={"/news": feed(3, 2, 1)}, then=Then(new=3)),
            Poll(answers={"/news": feed(3, 1)}, then=NO_NEWS),
            Poll(answers={"/news": feed(3)}, then=NO_NEWS),
            Poll(answers={"/news": feed(3, 2, 1)}, then=NO_NEWS),
        ),
    ),
)
ROWS = {"rows": '"li"', "whole": "true"}


def listing(*names: str, tag: str = "li") -> Reply:
    """A page that lists."""
    rows = "".join(f'<{tag}><a href="/minutes/{name}">Minutes of {name}</a></{tag}>' for name in names)
    return Reply(
        body=f"<!DOCTYPE html><html><body><ul>{rows}</ul></body></html>".encode(),
        headers={"Content-Type": "text/html"},
    )


def page(text: str, visitors: int) -> Reply:
    """A page of one text, in a frame that never stands still."""
    frame = f"<nav>You are visitor {visitors}</nav><main><h1>RINGS</h1><p>{text}</p></main><footer>{visitors}</footer>"
    return Reply(
        body=f"<!DOCTYPE html><html><body>{frame}</body></html>".encode(),
        headers={"Content-Type": "text/html"},
    )


PAGES = (
    Behaviour(
        name="a listing that was rebuilt is no empty listing",
        says="EXIM, DFC: pages without a feed; schema drift is degraded, not silence",
        sources=(Configured(kind="page", keys=ROWS),),
        polls=(
            Poll(answers={"/news": listing("a", "b", "c")}, then=Then(new=3)),
            Poll(
                answers={"/news": listing("a", "b", "c", tag="div")},
                then=Then(outcome="failed", said="SourceFailed not-understood", state="degraded"),
                says="finds nothing",
            ),
            Poll(answers={"/news": listing("d", "a", "b", "c")}, then=Then(new=1, said="SourceRecovered")),
        ),
    ),
    Behaviour(
        name="what changes around a text is no revision of it",
        says="NSF's solicitations: deadlines are edited in place; ignore page furniture",
        sources=(Configured(kind="page"),),
        polls=(
            Poll(answers={"/news": page("Proposals are due on July 29.", 1)}, then=Then(new=1)),
            Poll(answers={"/news": page("Proposals are due on July 29.", 2)}, then=NO_NEWS),
            Poll(answers={"/news": page("Proposals are due on August 5.", 3)}, then=Then(revised=1)),
        ),
    ),
)

BEHAVIOURS = (*WINDOWS, *PAGES)
