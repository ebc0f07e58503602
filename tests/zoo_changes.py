"""The zoo: what publishers change of their entries, and how they date them."""

from __future__ import annotations

from collections.abc import Callable

from webserver import Reply
from zoo import (
    NO_NEWS,
    Behaviour,
    Configured,
    Keeper,
    Poll,
    Then,
    entry,
    feed,
    hours,
)


def polls(*seen: tuple[Reply, Then]) -> tuple[Poll, ...]:
    """A poll an answer of /news."""
    return tuple(Poll(answers={"/news": answer}, then=then) for answer, then in seen)


def dated(*dates: str) -> Callable[[Keeper], None]:
    """These are the dates as they were claimed, and the publisher's own words for them were kept."""

    def check(keeper: Keeper) -> None:
        assert keeper.dates() == list(dates)
        claims = [event.published for event in keeper.desk.events("ItemPublished") if event.published]
        said = b"".join(reply.body for poll in keeper.behaviour.polls for reply in poll.answers.values())  # type: ignore[union-attr] - one reply each here
        assert all(claim.text.encode() in said for claim in claims)

    return check


def changed(*changes: tuple[str, str]) -> Callable[[Keeper], None]:
    """These fields were revised, each that much."""

    def check(keeper: Keeper) -> None:
        assert keeper.changes() == list(changes)

    return check


def all_live_but(first: int) -> Callable[[Keeper], None]:
    """Only the items of the first poll were there before anybody looked."""

    def check(keeper: Keeper) -> None:
        origins = [event.origin for event in keeper.desk.events("ItemPublished")]
        assert origins == ["baseline"] * first + ["live"] * (len(origins) - first)

    return check


FLAPPING = [("title", "substantive")] * 3 + [("title", "flapping")] * 2
CHANGES = (
    Behaviour(
        name="dates that are all stamped anew at every poll revise nothing",
        says="some publishers print the time of the poll as every entry's pubDate",
        polls=polls(
            (feed(*(entry(n, date=hours(100)) for n in (4, 3, 2, 1))), Then(new=4)),
            (feed(*(entry(n, date=hours(101)) for n in (4, 3, 2, 1))), NO_NEWS),
            (feed(*(entry(n, date=hours(102)) for n in (5, 4, 3, 2, 1))), Then(new=1)),
            (feed(*(entry(n, date=hours(102)) for n in (5, 4, 3, 2, 1))), NO_NEWS),
        ),
    ),
    Behaviour(
        name="one date that is corrected is a revision",
        says="a deadline or a date that moves is news",
        polls=polls(
            (feed(3, 2, 1), Then(new=3)),
            (feed(3, entry(2, date=hours(99)), 1), Then(revised=1)),
        ),
        check=changed(("published", "substantive")),
    ),
    Behaviour(
        name="a change that is taken back is two revisions",
        says="A, B, A is two revisions",
        polls=polls(
            (feed(entry(1, "A")), Then(new=1)),
            (feed(entry(1, "B")), Then(revised=1)),
            (feed(entry(1, "A")), Then(revised=1)),
        ),
        check=changed(("title", "substantive"), ("title", "substantive")),
    ),
    Behaviour(
        name="a publisher that goes on changing its mind is recorded as flapping",
        says="two edges of a cache that serve two versions by turns",
        polls=polls(
            (feed(entry(1, "A")), Then(new=1)),
            *((feed(entry(1, title)), Then(revised=1)) for title in "BABAB"),
        ),
        check=changed(*FLAPPING),
    ),
    Behaviour(
        name="spaces, dashes and width are a typographic revision",
        says="revision: fields normalised; fold dashes and full-width forms",
        polls=polls(
            (feed(entry(1, "O-RAN plan (5G)")), Then(new=1)),
            (feed(entry(1, "O\u2011RAN  plan （５Ｇ）")), Then(revised=1)),
        ),
        check=changed(("title", "typographic")),
    ),
    Behaviour(
        name="late, back-dated and future-dated entries are news, and their order is none",
        says="govinfo's pubDate is the day of issue: late items are older than those listed; NIST's are in no order",
        polls=polls(
            (feed(9, 8, 7), Then(new=3)),
            (feed(9, entry(1, date="Fri, 01 Jan 1999 10:00:00 GMT"), 8, 7), Then(new=1)),
            (feed(entry(2, date="Tue, 01 Jan 2097 10:00:00 GMT"), 7, 8, 9, 1), Then(new=1, revised=1)),
            (feed(7, 9, entry(2, date="Tue, 01 Jan 2097 10:00:00 GMT"), 8, 1), NO_NEWS),
        ),
        check=all_live_but(3),
    ),
)
DATES = (
    Behaviour(
        name="dates without a zone are meant in the source's own",
        says="JP JST, KR KST; date-only is a day of the publisher",
        sources=(Configured(keys={"timezone": '"Asia/Seoul"'}),),
        polls=polls(
            (
                feed(
                    entry(1, date="2025-06-02 09:00:00"),
                    entry(2, date="2025-06-02"),
                    entry(3, date="06/03/2025"),
                ),
                Then(new=3),
            ),
        ),
        check=dated("2025-06-02T00:00:00Z", "2025-06-02", "2025-06-03"),
    ),
    Behaviour(
        name="years of two digits are years of this time",
        says="RFC 822 as it was before 1989 is still printed",
        polls=polls(
            (
                feed(entry(1, date="Mon, 02 Jun 25 10:00:00 GMT"), entry(2, date="02 Jun 97 10:00 GMT")),
                Then(new=2),
            )
        ),
        check=dated("2025-06-02T10:00:00Z", "1997-06-02T10:00:00Z"),
    ),
    Behaviour(
        name="a wrong label of the zone is taken at its word, and its words are kept",
        says="EST in summer: nobody can tell whether label or clock is wrong; corrected, it is a revision",
        polls=polls(
            (feed(entry(1, date="Mon, 02 Jun 2025 10:00:00 EST")), Then(new=1)),
            (feed(entry(1, date="Mon, 02 Jun 2025 10:00:00 EDT")), Then(revised=1)),
        ),
        check=dated("2025-06-02T15:00:00Z"),
    ),
    Behaviour(
        name="midnight in Washington written as UTC is a day",
        says="T04:00:00Z and T05:00:00Z are dates: never invent a time",
        sources=(Configured(keys={"timezone": '"America/New_York"'}),),
        polls=polls(
            (
                feed(
                    entry(1, date="2025-06-02T04:00:00Z"),
                    entry(2, date="2021-01-06T05:00:00Z"),
                    entry(3, date="2025-06-02"),
                ),
                Then(new=3),
            )
        ),
        check=dated("2025-06-02", "2021-01-06", "2025-06-02"),
    ),
    Behaviour(
        name="no date, or no sensible one, is no date",
        says="never invent a time; undated entries are news all the same",
        polls=polls(
            (feed(entry(1, date=""), entry(2, date="soon"), entry(3, date="2025-02-30")), Then(new=3)),
            (
                feed(
                    entry(4, date=""), entry(1, date=""), entry(2, date="soon"), entry(3, date="2025-02-30")
                ),
                Then(new=1),
            ),
        ),
        check=dated("", "", "", ""),
    ),
    Behaviour(
        name="dates as Drupal prints them are read",
        says="D, m/d/Y - H:i",
        sources=(Configured(keys={"timezone": '"America/New_York"'}),),
        polls=polls((feed(entry(1, date="Mon, 06/02/2025 - 10:00")), Then(new=1))),
        check=dated("2025-06-02T14:00:00Z"),
    ),
)

BEHAVIOURS = (*CHANGES, *DATES)
