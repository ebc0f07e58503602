"""The ledger of deliveries: planned, attempted, accounted for; killed anywhere, nothing is lost and nothing told twice.

The outputs are of a kind of their own, which writes down what arrives and fails when it is told to.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from desk import Desk, feed
from webserver import Reply, WebServer

from monitor import app, outputs
from monitor.archive import owing
from monitor.core.errors import UsageError
from monitor.core.sections import limited, told_once
from monitor.dispatch.sending import Sent

KIND = '''
"""A post that keeps what it is given, a line a message, and fails as the file `orders` says."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from monitor.core.deliveries import Message
from monitor.core.errors import SendError

AFTER_UNCERTAIN = "once more"
OCCASIONS = ("alert", "daily", "weekly", "heartbeat", "sample")
RECIPIENTS = "to"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    box: Path
    to: tuple[str, ...] = ("ada",)


def render(digest, dispatch):
    keys = [entry.key for section in digest.sections for entry in section.entries]
    omitted = sum(section.omitted for section in digest.sections)
    text = f"{dispatch.occasion} {','.join(keys) or '-'} +{omitted} {' / '.join(digest.notices)}"
    return Message(body=text.encode(), media_type="text/plain", title=dispatch.occasion)


def send(message, dispatch):
    boundary = getattr(sys.modules.get("boundaries"), "boundary", lambda: None)
    box = dispatch.output.options.box
    orders = (box / "orders").read_text().split() if (box / "orders").exists() else []
    wanted = dict(order.split("=") for order in orders).get(dispatch.output.recipient, "")
    boundary()
    if wanted == "refuse":
        raise SendError(dispatch.output.id, "550 no such user", "mend the address", final=True)
    if wanted == "later":
        raise SendError(dispatch.output.id, "451 try later")
    if wanted == "break":
        raise ZeroDivisionError
    line = f"{dispatch.output.id}\\t{dispatch.delivery}\\t{dispatch.message_id}\\t{dispatch.repeat}\\t{message.body.decode()}\\n"
    handle = os.open(box / "arrived", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(handle, line.encode())
    os.close(handle)
    boundary()
    if wanted == "vanish":
        raise SendError(dispatch.output.id, "the line went dead", unknown=True)
    return "250 kept"
'''
NORMAL = '[[subject]]\nid = "next-g"\nname = "Next G Alliance"\nany = ["Next G Alliance"]\n'
B, A, C = ("b", "A grapevine"), ("a", "Next G Alliance meets"), ("c", "Next G Alliance and Open RAN")
RAN = 'title = "Open RAN"\npriority = "high"\n[[subject]]\nid = "ran"\nany = ["Open RAN"]\n'


@pytest.fixture
def kinds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "kinds"
    folder.mkdir()
    (folder / "post.py").write_text(KIND, encoding="utf-8")
    monkeypatch.setattr(outputs, "__path__", [*outputs.__path__, str(folder)])
    yield folder
    sys.modules.pop("monitor.outputs.post", None)


@pytest.fixture
def desk(tmp_path: Path, web: WebServer, kinds: Path) -> Desk:
    """A feed that has been polled once, and a post to one reader."""
    folder = tmp_path / "desk"
    folder.mkdir()
    desk = Desk(folder, web)
    desk.clock.advance(hours=12)
    desk.source("news")
    desk.watch(f'title = "Networks"\n{NORMAL}')
    post(desk)
    show(desk, feed(B))
    desk.poll()
    deliver(desk)
    return desk


def post(desk: Desk, *lines: str) -> None:
    desk.tables = desk.tables.partition("\n[[output]]")[0]
    desk.tables += '\n[[output]]\nid = "mail"\nkind = "post"\nbox = "."\n' + "\n".join(lines) + "\n"
    if (desk.folder / "monitor.db").exists():
        deliver(desk)  # from now on it is owed what comes


def show(desk: Desk, *answers: bytes) -> None:
    desk.web.answer("/news", *(Reply(body=body) for body in answers))


def news(desk: Desk, *entries: tuple[str, str]) -> None:
    """The feed shows these entries now, and is polled."""
    show(desk, feed(*entries))
    desk.poll()


def deliver(desk: Desk, **more: Any) -> list[Sent]:
    return app.deliver(desk.settings(), clock=desk.clock, **more)


def arrived(desk: Desk) -> list[list[str]]:
    file = desk.folder / "arrived"
    return [line.split("\t") for line in file.read_text().splitlines()] if file.exists() else []


def bodies(desk: Desk) -> list[str]:
    return [line[4].strip() for line in arrived(desk)]


def order(desk: Desk, orders: str) -> None:
    (desk.folder / "orders").write_text(orders)


def test_news_comes_once_with_the_daily_digest(desk: Desk) -> None:
    assert deliver(desk) == []
    news(desk, A, B)
    assert deliver(desk) == []
    desk.clock.advance(days=1)
    assert [one.outcome for one in deliver(desk)] == ["succeeded"]
    assert deliver(desk) == []
    assert bodies(desk) == ["daily news:a +0"]
    desk.clock.advance(days=1)
    assert deliver(desk) == []


def test_a_match_is_recorded_once_and_a_later_revision_is_told_as_a_change(desk: Desk) -> None:
    news(desk, A, B)
    desk.clock.advance(days=1)
    deliver(desk)
    news(desk, ("a", "Next G Alliance meets in Palau"), B)
    desk.clock.advance(days=1)
    deliver(desk)
    assert bodies(desk) == ["daily news:a +0", "daily news:a +0"]
    first, second = desk.events("DeliveryPlanned")
    assert len(first.matches) == 1
    assert second.matches == []
    assert not set(first.changes) & set(second.changes)


def test_an_urgent_watchlist_tells_at_once_and_the_daily_digest_does_not_repeat_it(desk: Desk) -> None:
    desk.watch(RAN, name="ran")
    news(desk, A, B)
    news(desk, A, B, C)
    assert [one.occasion for one in deliver(desk)] == ["alert"]
    desk.clock.advance(days=1)
    deliver(desk)
    assert bodies(desk) == ["alert news:c +0", "daily news:a +0"]


def test_alerts_that_follow_one_another_come_together(desk: Desk) -> None:
    desk.watch(RAN, name="ran")
    news(desk, B)
    news(desk, B, ("d", "Open RAN one"))
    deliver(desk)
    post(desk, 'bundle = "1d"')
    news(desk, B, ("d", "Open RAN one"), ("e", "Open RAN two"))
    assert deliver(desk) == []
    news(desk, B, ("d", "Open RAN one"), ("e", "Open RAN two"), ("f", "Open RAN three"))
    desk.clock.advance(days=1)
    deliver(desk)
    assert bodies(desk) == ["alert news:d +0", "alert news:e,news:f +0"]


def test_what_is_not_shown_is_counted_and_accounted_for(desk: Desk) -> None:
    post(desk, "limit = 1")
    news(desk, A, C, B)
    desk.clock.advance(days=1)
    deliver(desk)
    assert bodies(desk) == ["daily news:a +1"]
    (planned,) = desk.events("DeliveryPlanned")
    assert len(planned.matches) == 2
    desk.clock.advance(days=1)
    assert deliver(desk) == []


def test_a_recipient_who_is_refused_costs_no_other(desk: Desk) -> None:
    post(desk, 'to = ["ada", "bo", "cy"]')
    order(desk, "bo=refuse")
    news(desk, A, B)
    desk.clock.advance(days=1)
    outcomes = {one.output: one.outcome for one in deliver(desk)}
    assert outcomes == {"mail:ada": "succeeded", "mail:bo": "given up", "mail:cy": "succeeded"}
    assert [line[0] for line in arrived(desk)] == ["mail:ada", "mail:cy"]
    news(desk, A, B, C)
    desk.clock.advance(days=1)
    order(desk, "")
    deliver(desk)
    assert "mail:bo: daily-2025-06-03 was given up (550 no such user; mend the address)" in bodies(desk)[-1]


def test_what_is_not_taken_is_tried_again_under_the_same_id_until_it_is_given_up(desk: Desk) -> None:
    order(desk, "ada=later")
    news(desk, A, B)
    desk.clock.advance(days=1)
    states = []
    for _ in range(80):
        states += [one.outcome for one in deliver(desk) if one.delivery == "daily-2025-06-03"]
        desk.clock.advance(hours=1)
    assert Counter(states)["given up"] == 1
    assert states[-1] == "given up"
    assert 8 <= len(states) <= 11
    assert len([e for e in desk.events("DeliveryPlanned") if e.delivery == "daily-2025-06-03"]) == 1


def test_a_fault_in_an_output_is_recorded_and_stops_no_other(desk: Desk) -> None:
    post(desk, 'to = ["ada", "bo"]')
    order(desk, "ada=break")
    news(desk, A, B)
    desk.clock.advance(days=1)
    assert [one.outcome for one in deliver(desk)] == ["uncertain", "succeeded"]
    assert "ZeroDivisionError" in desk.events("DeliveryUncertain")[0].answer


def test_what_may_have_arrived_is_sent_once_more_and_never_a_third_time(desk: Desk) -> None:
    order(desk, "ada=vanish")
    news(desk, A, B)
    desk.clock.advance(days=1)
    outcomes = []
    for _ in range(6):
        outcomes += [one.outcome for one in deliver(desk)]
        desk.clock.advance(hours=1)
    assert outcomes == ["uncertain", "uncertain", "given up"]
    first, second = arrived(desk)
    assert first[2] == second[2]
    assert (first[3], second[3]) == ("False", "True")


def test_three_days_asleep_give_one_digest_of_all(desk: Desk) -> None:
    news(desk, A, B)
    desk.clock.advance(days=3)
    news(desk, A, B, C)
    deliver(desk)
    assert bodies(desk) == ["daily news:a,news:c +0"]


def test_another_hour_on_the_same_day_gives_no_second_digest(desk: Desk) -> None:
    news(desk, A, B)
    desk.clock.advance(days=1)
    deliver(desk)
    news(desk, A, B, C)
    hour = (desk.clock() + timedelta(minutes=30)).strftime("%H:%M")
    post(desk, f'at = "{hour}"')
    desk.clock.advance(hours=1)
    assert deliver(desk) == []
    desk.clock.advance(days=1)
    deliver(desk)
    assert bodies(desk) == ["daily news:a +0", "daily news:c +0"]


def test_a_clock_that_ran_ahead_and_was_set_back_loses_nothing(desk: Desk) -> None:
    news(desk, A, B)
    desk.clock.advance(days=400)
    deliver(desk)
    desk.clock.advance(days=-399)
    news(desk, A, B, C)
    desk.clock.advance(days=1)
    deliver(desk)
    assert bodies(desk) == ["daily news:a +0", "daily news:c +0"]


def test_a_quiet_day_is_silent_unless_a_heartbeat_is_asked_for(desk: Desk) -> None:
    desk.clock.advance(days=1)
    assert deliver(desk) == []
    post(desk, "heartbeat = true")
    desk.clock.advance(days=1)
    deliver(desk)
    assert bodies(desk) == ["heartbeat - +0"]


def test_a_watchlist_that_becomes_urgent_tells_what_was_still_to_be_told(desk: Desk) -> None:
    desk.watch(RAN, name="ran")
    news(desk, B)
    news(desk, ("d", "Open RAN one"), B)
    deliver(desk)
    news(desk, A, ("d", "Open RAN one"), B)
    deliver(desk)
    desk.watch(f'title = "Networks"\npriority = "high"\n{NORMAL}')
    desk.poll()
    desk.clock.advance(hours=1)
    deliver(desk)
    assert bodies(desk) == ["alert news:d +0", "alert news:a +0"]


def test_a_dry_run_records_and_sends_nothing(desk: Desk) -> None:
    news(desk, A, B)
    desk.clock.advance(days=1)
    before = len(desk.events())
    (parcel,) = app.would_deliver(desk.settings(), clock=desk.clock)
    assert isinstance(parcel.delivery, str)
    assert (len(desk.events()), arrived(desk)) == (before, [])


def test_a_sample_goes_out_and_accounts_for_nothing(desk: Desk) -> None:
    news(desk, A, B)
    before = len(desk.events())
    assert [one.answer for one in app.send_sample(desk.settings(), "mail", clock=desk.clock)] == ["250 kept"]
    assert bodies(desk)[0].startswith("sample news:a +0")
    assert len(desk.events()) == before


def test_an_unknown_output_is_named_with_the_nearest(desk: Desk) -> None:
    with pytest.raises(UsageError, match='did you mean "mail:ada"'):
        deliver(desk, names=["mail:adda"])


def test_views_made_anew_send_nothing_and_know_what_was_told(desk: Desk) -> None:
    news(desk, A, B)
    desk.clock.advance(days=1)
    deliver(desk)
    app.rebuild(desk.settings())
    desk.clock.advance(days=1)
    assert deliver(desk) == []
    assert len(arrived(desk)) == 1


def test_an_item_of_two_sections_stands_in_the_first_with_all_its_reasons(desk: Desk) -> None:
    desk.watch(RAN, name="ran")
    news(desk, B)
    news(desk, C, B)
    sections = told_once(desk.digest().sections)
    assert [(section.id, len(section.entries)) for section in sections] == [("ran", 1), ("networks", 0)]
    assert [(one.subject, one.watchlist) for one in sections[0].entries[0].reasons] == [
        ("ran", ""),
        ("next-g", "Networks"),
    ]
    assert [section.omitted for section in limited(sections, 0)] == [1, 0]


def die(folder: Path, kinds: Path, at: int, now: datetime) -> subprocess.CompletedProcess[str]:
    script = Path(__file__).with_name("boundaries.py")
    arguments = [str(folder / "config.toml"), str(kinds), str(at), now.isoformat()]
    return subprocess.run(
        [sys.executable, str(script), *arguments], capture_output=True, text=True, check=False, timeout=60
    )


def settled(desk: Desk, folder: Path) -> None:
    """After a death, others deliver what is left; then every promise is kept."""
    for _ in range(4):
        app.deliver(
            app.load_settings(folder / "config.toml"), clock=lambda: desk.clock() + timedelta(hours=1)
        )
    with app.reading(app.load_settings(folder / "config.toml")) as archive:
        events = [event.data for event in archive.log.read()]
        assert archive.log.verify() == len(events)
    plans = {(e.output, e.delivery): e for e in events if type(e).__name__ == "DeliveryPlanned"}
    named = Counter((match, plan.output) for plan in plans.values() for match in plan.matches)
    matches = [e for e in events if type(e).__name__ == "ItemMatched" and e.origin == "live"]
    assert set(named.values()) == {1}
    assert len(named) == len(matches) * 2
    lines = [line.split("\t") for line in (folder / "arrived").read_text().splitlines()]
    times = Counter((line[0], line[1]) for line in lines)
    assert times.keys() == plans.keys()
    assert max(times.values()) <= 2
    assert all(line[2] == plans[line[0], line[1]].message_id for line in lines)


def test_killed_at_any_boundary_every_match_arrives_and_is_recorded_once(
    desk: Desk, kinds: Path, tmp_path: Path
) -> None:
    desk.watch(RAN, name="ran")
    post(desk, 'to = ["ada", "bo"]')
    news(desk, B)
    news(desk, A, B, C)
    desk.clock.advance(days=1)
    desk.settings()
    whole = tmp_path / "whole"
    shutil.copytree(desk.folder, whole)
    done = die(whole, kinds, 0, desk.clock())
    boundaries = int(done.stdout)
    assert boundaries > 20
    for at in range(1, boundaries + 1):
        folder = tmp_path / f"died-{at}"
        shutil.copytree(desk.folder, folder)
        assert die(folder, kinds, at, desk.clock()).returncode == -9
        settled(desk, folder)
        shutil.rmtree(folder)


def test_a_revision_is_told_with_the_difference_from_what_this_reader_was_told_last(desk: Desk) -> None:
    news(desk, ("a", "Next G Alliance - meets"), B)
    desk.clock.advance(days=1)
    deliver(desk)
    for days, title in ((1, "Next G Alliance – meets"), (1, "Next G Alliance – meets in Denver")):
        desk.clock.advance(days=days)
        news(desk, ("a", title), B)
        if "Denver" not in title:
            assert [one.occasion for one in deliver(desk)] == []  # a dash alone is not worth a letter
    small, large = (event.significance for event in desk.events("ItemRevised"))
    assert (small, large) == ("typographic", "substantive")
    settings = desk.settings()
    output = settings.outputs[0]
    with app.reading(settings) as archive:
        owed = owing.owed(archive, output, ("daily",), desk.clock())["daily"]
    (entry,) = (entry for section in owed.sections for entry in section.entries)
    (change,) = entry.changes
    assert [(each.old, each.new) for each in change.fields] == [
        ("Next G Alliance - meets", "Next G Alliance – meets in Denver")
    ]
    assert len(owed.changes) == 2
    desk.clock.advance(days=1)
    assert [one.outcome for one in deliver(desk)] == ["succeeded"]
    assert deliver(desk) == []
