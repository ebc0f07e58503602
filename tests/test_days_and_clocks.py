"""One digest a day of exactly what came since the last, whatever happens to the clock, the machine and the settings."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from desk import Desk, feed
from webserver import Reply, WebServer

from monitor import app, outputs

KINDS = str(Path(__file__).with_name("kinds"))
NEW_YORK, SHANGHAI = "America/New_York", "Asia/Shanghai"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# What happens at the looks of those numbers: the clock jumps by so many hours, or keys of the output are written anew.
Happenings = Mapping[int, int | str]
DAYS = 4


@pytest.fixture
def desk(tmp_path: Path, web: WebServer, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A feed that was polled once, and a receiver that takes all that is posted."""
    monkeypatch.setattr(outputs, "__path__", [*outputs.__path__, KINDS])
    web.fallback = lambda asked: Reply() if asked.method == "POST" else None
    desk = Desk(tmp_path, web)
    desk.source("news")
    return desk


def walk(desk: Desk, keys: str, begin: str, happenings: Happenings) -> None:
    """Look every hour for some days, with an item at every seventh look; settings are read at each, as the service does."""
    tables, entries = desk.tables, [("old", "A grapevine")]
    desk.clock.moment = datetime.fromisoformat(f"{begin}+00:00")
    for number in range(24 * DAYS):
        match happenings.get(number):
            case int(hours):
                desk.clock.advance(hours=hours)
            case str(text):
                keys = text
            case _:
                pass
        desk.tables = (
            f'{tables}\n[[output]]\nid = "post"\nkind = "courier"\nurl = "{desk.web.url("/post")}"\nto = ["ada"]\n'
            f"heartbeat = true\n{keys}\n"
        )
        if number % 7 == 0:
            entries.append((f"n{number}", f"Next G Alliance meets for the {number}th time"))
            desk.web.answer("/news", Reply(body=feed(*entries)))
            desk.poll()  # takes an hour
        else:
            desk.clock.advance(hours=1)
        app.deliver(desk.settings(), clock=desk.clock)


def dates(desk: Desk) -> list[date]:
    """The days whose digests were planned, in the order in which they were."""
    return [
        date.fromisoformat(plan.delivery.removeprefix("daily-")) for plan in desk.events("DeliveryPlanned")
    ]


def check_each_covers_what_came_since_the_last(desk: Desk) -> None:
    """And each arrived once: what was planned is what was told."""
    plans = desk.events("DeliveryPlanned")
    ends = [plan.until_position for plan in plans]
    for plan, begin, end in zip(plans, [0, *ends], ends, strict=False):
        assert all(begin < position <= end for position in plan.changes)
    told = Counter(position for plan in plans for position in plan.changes)
    with app.reading(desk.settings()) as archive:
        published = archive.log.read(types=("ItemPublished",))
        live = {event.position for event in published if event.data.origin == "live"}
    assert told == Counter(position for position in live if position <= ends[-1])
    posts = [json.loads(asked.body) for asked in desk.web.requests if asked.method == "POST"]
    assert len(posts) == len(plans)
    keys = Counter(key for post in posts for key in post["keys"])
    assert set(keys.values()) == {1}
    assert len(keys) == len(told)


AT_EIGHT = f'at = "08:00"\ntimezone = "{NEW_YORK}"'
AT_TEN = f'at = "10:00"\ntimezone = "{NEW_YORK}"'
# 08:00 in New York is 12:00 UTC in June: the walk begins at 00:00 UTC, and look 12 is at or after 12:00.
JUNE = "2026-06-01T00:00"


@pytest.mark.parametrize(
    ("keys", "begin", "happenings"),
    [
        (f'at = "02:30"\ntimezone = "{NEW_YORK}"', "2026-03-06T05:00", {}),
        (f'at = "01:30"\ntimezone = "{NEW_YORK}"', "2026-10-30T04:00", {}),
        (f'at = "02:30"\ntimezone = "{SHANGHAI}"', "2026-03-06T05:00", {}),
        (AT_EIGHT, "2026-12-29T00:00", {}),
        (f'at = "00:00"\ntimezone = "{SHANGHAI}"', "2026-12-29T00:00", {}),
        (AT_EIGHT, JUNE, {30: AT_TEN}),
        (AT_EIGHT, JUNE, {37: AT_TEN}),
        (AT_TEN, JUNE, {37: AT_EIGHT}),
        (AT_EIGHT, JUNE, dict.fromkeys(range(30, 60, 2), AT_TEN) | dict.fromkeys(range(31, 60, 2), AT_EIGHT)),
        (AT_EIGHT, JUNE, {38: -3, 45: 3}),
        (AT_EIGHT, JUNE, {20: 30, 21: -30}),
        (AT_EIGHT, JUNE, {38: -30}),
        (AT_EIGHT, JUNE, {35: 2, 36: -2, 37: 2, 38: -2}),
    ],
    ids=[
        "New York puts clocks forward", "New York puts clocks back", "Shanghai in March",
        "the year ends in New York", "the year ends in Shanghai at midnight",
        "later, before the digest", "later, after the digest", "earlier, when it has passed",
        "changed at every look", "set back three hours, and put right",
        "a day ahead, and put right", "set back more than a day", "to and fro over the hour",
    ],
)  # fmt: skip
def test_every_day_has_one_digest_of_what_came_since_the_last(
    desk: Desk, keys: str, begin: str, happenings: Happenings
) -> None:
    walk(desk, keys, begin, happenings)
    days = sorted(dates(desk))
    assert days == [days[0] + n * DAY for n in range(len(days))]
    assert DAYS - 1 <= len(days) <= DAYS + 1
    check_each_covers_what_came_since_the_last(desk)


@pytest.mark.parametrize("zone", [NEW_YORK, SHANGHAI])
def test_a_digest_goes_out_at_the_first_look_after_its_hour(desk: Desk, zone: str) -> None:
    walk(desk, f'at = "08:00"\ntimezone = "{zone}"', "2026-03-06T00:00", {})
    posts = [json.loads(asked.body) for asked in desk.web.requests if asked.method == "POST"]
    moments = [datetime.fromisoformat(post["planned"]).astimezone(ZoneInfo(zone)) for post in posts]
    assert [moment.hour for moment in moments[1:]] == [8] * (len(moments) - 1)
    assert [moment.date() for moment in moments[1:]] == dates(desk)[1:]


@pytest.mark.parametrize("asleep", [72, 84])
def test_a_machine_that_slept_tells_all_of_it_in_one_digest_and_makes_up_for_no_day(
    desk: Desk, asleep: int
) -> None:
    walk(desk, AT_EIGHT, JUNE, {40: asleep})
    days = dates(desk)
    assert days == sorted(set(days))
    gaps = Counter(later - earlier for earlier, later in pairwise(days))
    assert gaps[DAY] == len(days) - 2
    assert max(gaps) in {timedelta(hours=asleep).days * DAY + more for more in (timedelta(0), DAY)}
    check_each_covers_what_came_since_the_last(desk)


def test_a_clock_that_ran_a_year_ahead_and_was_put_right_loses_no_day_and_no_item(desk: Desk) -> None:
    walk(desk, AT_EIGHT, JUNE, {38: 24 * 365, 60: -24 * 365})
    days: Sequence[date] = dates(desk)
    assert len(set(days)) == len(days)
    by_year = Counter(day.year for day in days)
    assert by_year == {2026: len(days) - by_year[2027], 2027: by_year[2027]}
    assert by_year[2027] in {1, 2}
    check_each_covers_what_came_since_the_last(desk)


def test_a_day_that_was_looked_through_in_silence_gets_no_digest_in_another_zone(desk: Desk) -> None:
    desk.web.answer("/news", Reply(body=feed(("old", "A grapevine"))))
    tables = desk.tables
    desk.clock.moment = datetime.fromisoformat("2026-03-06T20:00+00:00")

    def look(zone: str) -> None:
        address = desk.web.url("/post")
        desk.tables = f'{tables}\n[[output]]\nid = "post"\nkind = "courier"\nurl = "{address}"\nto = ["ada"]\ntimezone = "{zone}"\n'
        app.deliver(desk.settings(), clock=desk.clock)

    desk.poll()
    look(SHANGHAI)
    desk.clock.moment = datetime.fromisoformat("2026-03-07T00:30+00:00")
    look(SHANGHAI)  # half past eight: nothing to tell of the 7th
    desk.web.answer("/news", Reply(body=feed(("old", "A grapevine"), ("n", "Next G Alliance meets"))))
    desk.poll()
    look(NEW_YORK)  # the evening of the 6th
    assert dates(desk) == []
    desk.clock.moment = datetime.fromisoformat("2026-03-08T13:00+00:00")
    look(NEW_YORK)
    assert dates(desk) == [date(2026, 3, 8)]
