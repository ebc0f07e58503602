"""Delivering beside everything else: polls and other deliverers, commands and the service."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from desk import Desk, news
from webserver import Reply, WebServer

from monitor import app, outputs
from monitor.archive import showing, verifying
from monitor.archive.retelling import DAILY
from monitor.core.dates import to_text
from monitor.core.errors import LogBusy
from monitor.core.wording import moment
from monitor.dispatch.sending import Sent

KINDS = str(Path(__file__).with_name("kinds"))
A, B, C = ("a", "Next G Alliance meets"), ("b", "A grapevine"), ("c", "Next G Alliance again")
SCREEN = '\n[[output]]\nid = "screen"\nkind = "terminal"\nheartbeat = true\n'


@pytest.fixture(autouse=True)
def _kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outputs, "__path__", [*outputs.__path__, KINDS])


@pytest.fixture
def desk(tmp_path: Path, web: WebServer) -> Iterator[Desk]:
    """A feed that was polled once, and of which the usual outputs are told."""
    desk = Desk(tmp_path, web)
    desk.source("news")
    news(desk, B)
    return desk


def courier(desk: Desk, *to: str, **keys: str) -> None:
    lines = [f"{name} = {value}" for name, value in keys.items()]
    desk.tables += (
        f'\n[[output]]\nid = "post"\nkind = "courier"\nurl = "{desk.web.url("/post")}"\nto = {json.dumps(to)}\n'
    ) + "\n".join(lines)


def hooks(desk: Desk, *ids: str) -> None:
    """Webhooks at `/<id>`, of which the program itself knows."""
    for id_ in ids:
        desk.tables += (
            f'\n[[output]]\nid = "{id_}"\nkind = "webhook"\nurl = "{desk.web.url(f"/{id_}")}"\n'
            "allow_private_hosts = true\n"
        )


def deliver(desk: Desk, **more: Any) -> list[Sent]:
    return app.deliver(desk.settings(), clock=desk.clock, **more)


def posted(desk: Desk) -> list[tuple[str, list[str]]]:
    """Of every delivery that was posted, its occasion and the keys that it told."""
    bodies = [json.loads(asked.body) for asked in desk.web.requests if asked.method == "POST"]
    return [(body["occasion"], body["keys"]) for body in bodies]


@pytest.fixture
def taking(desk: Desk) -> Desk:
    desk.web.fallback = lambda asked: Reply() if asked.method == "POST" else None
    return desk


def test_a_pace_that_is_switched_off_loses_nothing_that_waited_for_it(taking: Desk) -> None:
    desk = taking
    desk.watch('title = "R"\npriority = "low"\n[[subject]]\nid = "ran"\nany = ["Open RAN"]\n', "ran")
    courier(desk, "ada")
    desk.poll()
    deliver(desk)
    news(desk, B, ("r", "Open RAN in Palau"))
    news(desk, B, ("r", "Open RAN in Palau"), A)
    desk.clock.advance(hours=8)
    deliver(desk)
    desk.clock.moment += timedelta(minutes=1)
    assert ("daily", ["news:a"]) in posted(desk)
    desk.tables += "\nweekly = false"
    desk.clock.advance(days=1)
    deliver(desk)
    assert Counter(key for _, keys in posted(desk) for key in keys) == {"news:a": 1, "news:r": 1}


def test_a_new_output_begins_with_the_last_day(taking: Desk) -> None:
    desk = taking
    news(desk, A, B)
    desk.clock.advance(hours=20)
    news(desk, A, B, C)
    desk.clock.advance(hours=5)
    courier(desk, "ada")
    deliver(desk)
    assert posted(desk) == [("daily", ["news:c"])]


def test_the_screen_goes_on_where_earlier_versions_had_shown_the_digest(desk: Desk) -> None:
    news(desk, A, B)
    desk.clock.advance(hours=1)
    with app.writing(desk.settings(), clock=desk.clock) as run, run.database.write():
        run.database.set_checkpoint(DAILY, to_text(desk.clock()), run.log.head().position)
    news(desk, A, B, C)
    deliver(desk, screen=True)
    (plan,) = desk.events("DeliveryPlanned")
    assert len(plan.changes) == 1
    with app.reading(desk.settings()) as archive:
        assert showing.history(archive, "news:c").untold.since.name == f"terminal/{plan.delivery}"
        assert showing.history(archive, "news:a").untold.since.by == "digest"


# Beside others


def test_while_a_message_is_sent_the_log_is_free_and_nobody_else_sends(desk: Desk) -> None:
    courier(desk, "ada")
    deliver(desk)
    news(desk, A, B)
    desk.clock.advance(days=1)
    desk.web.fallback = lambda asked: Reply(wait_s=1.5) if asked.method == "POST" else None
    settings, at, done = desk.settings(), desk.clock(), list[Sent]()
    sender = threading.Thread(target=lambda: done.extend(app.deliver(settings, clock=lambda: at)))
    sender.start()
    while not posted(desk):
        assert sender.is_alive()
    with pytest.raises(LogBusy, match="is delivering from this log"):
        app.deliver(settings, clock=lambda: at)
    news(desk, A, B, C)
    sender.join()
    assert [one.outcome for one in done] == ["succeeded"]
    assert len(posted(desk)) == 1


def test_an_outcome_waits_for_whoever_writes_when_it_comes(taking: Desk) -> None:
    desk = taking
    courier(desk, "ada")
    deliver(desk)
    news(desk, A, B)
    desk.clock.advance(days=1)
    settings, at, done = desk.settings(), desk.clock(), list[Sent]()
    holding, free = threading.Event(), threading.Event()

    def hold(_asked: Any) -> Reply:
        holding.set()
        free.wait(10)
        return Reply()

    desk.web.fallback = hold
    sender = threading.Thread(target=lambda: done.extend(app.deliver(settings, clock=lambda: at)))
    sender.start()
    assert holding.wait(10)
    with app.writing(settings):
        free.set()
        sender.join(0.5)
        assert sender.is_alive()
    sender.join()
    assert [one.outcome for one in done] == ["succeeded"]
    assert desk.events("DeliveryUncertain") == []


def test_an_output_that_cannot_be_used_says_so_and_stops_no_other(taking: Desk) -> None:
    desk = taking
    desk.tables += (
        '\n[[output]]\nid = "mail"\nkind = "email"\nto = ["bo@example.org"]\nsender = "m@example.org"\n'
        'username = "m"\npassword = { env = "NOT_THERE" }\n'
    )
    courier(desk, "ada")
    deliver(desk)
    news(desk, A, B)
    desk.clock.advance(days=1)
    lost, sent = deliver(desk)
    assert (lost.output, lost.delivery, lost.outcome) == ("mail:bo@example.org", "", "failed")
    assert "NOT_THERE" in lost.answer
    assert (sent.output, sent.outcome) == ("post:ada", "succeeded")


def test_an_edition_that_could_not_be_written_is_replaced_by_the_next_one(desk: Desk) -> None:
    desk.tables += '\n[[output]]\nid = "feeds"\nkind = "feeds"\nfolder = "no/feeds"\nbase_url = "https://example.org/f"\n'
    news(desk, A, B)
    assert [one.outcome for one in deliver(desk)] == ["failed"]
    (desk.folder / "no").mkdir()
    news(desk, A, B, C)
    assert [one.outcome for one in deliver(desk)] == ["succeeded"]
    first, second = desk.events("DeliveryPlanned")
    (_, replaced) = desk.events("DeliveryFailed")
    assert (replaced.delivery, replaced.replaced_by) == (first.delivery, second.delivery)
    assert not set(first.changes) & set(second.changes)
    assert app.delivery_notices(desk.settings(), clock=desk.clock) == []
    told = (desk.folder / "no" / "feeds" / "all.atom").read_text(encoding="utf-8")
    assert ("Next G Alliance meets" in told, "Next G Alliance again" in told) == (True, True)


def test_of_the_editions_of_a_file_only_the_text_of_the_latest_is_kept(desk: Desk) -> None:
    for id_ in ("one", "two"):
        desk.tables += f'\n[[output]]\nid = "{id_}"\nkind = "feeds"\nfolder = "{id_}"\nbase_url = "https://example.org/{id_}"\n'
    desk.tables += SCREEN
    entries = [B]
    for number in range(4):
        entries.append((f"n{number}", f"Next G Alliance meets for the {number}th time"))
        news(desk, *entries)
        deliver(desk)
    plans = desk.events("DeliveryPlanned")
    latest = {plan.output: plan.rendered_sha256 for plan in plans if plan.occasion == "edition"}
    assert sum(plan.output == "one" for plan in plans) > 3
    digests = {plan.rendered_sha256 for plan in plans if plan.occasion != "edition"}
    with app.reading(desk.settings()) as archive:
        kept = {row[0] for row in archive.log.database.conn.execute("SELECT sha256 FROM bodies")}
    assert kept == {*latest.values(), *digests}
    with app.writing(desk.settings()) as run:
        checks = {check.name: check for check in verifying.verify(run.database)}
    assert (checks["bodies"].problem, checks["bodies"].facts["orphaned"]) == (None, 0)


def test_an_edition_that_is_as_one_of_before_is_kept_and_written(desk: Desk) -> None:
    path = desk.folder / "due.ics"
    desk.tables += f'\n[[output]]\nid = "due"\nkind = "calendar"\npath = "{path.name}"\n'
    news(desk, A, B)
    deliver(desk)
    news(desk, A, B, C)
    path.unlink()
    assert [one.outcome for one in deliver(desk)] == ["succeeded"]
    first, second = desk.events("DeliveryPlanned")
    assert first.rendered_sha256 == second.rendered_sha256
    assert path.exists()


def test_what_was_not_taken_stands_in_health_until_something_was(desk: Desk) -> None:
    courier(desk, "ada")
    deliver(desk)
    desk.web.fallback = lambda asked: Reply(status=503) if asked.method == "POST" else None
    news(desk, A, B)
    desk.clock.advance(days=1)
    deliver(desk)
    (notice,) = app.delivery_notices(desk.settings(), clock=desk.clock)
    assert notice.startswith(
        "post:ada: daily-2025-06-02 was not taken yet (answered 503); it is tried again at 2025-06-03"
    )
    desk.web.fallback = lambda _asked: Reply()
    desk.clock.advance(hours=1)
    assert [(one.outcome, one.attempt) for one in deliver(desk)] == [("succeeded", 2)]
    assert app.delivery_notices(desk.settings(), clock=desk.clock) == []


def test_health_tells_of_each_output_what_it_took_what_waits_and_why_it_fails(desk: Desk) -> None:
    hooks(desk, "ada", "bo")
    desk.tables += '\n[[output]]\nid = "rest"\nkind = "terminal"\nenabled = false\n'
    desk.web.fallback = lambda asked: Reply(status=503) if asked.path.startswith("/bo") else Reply()
    deliver(desk)
    news(desk, A, B)
    desk.clock.advance(days=1)
    deliver(desk)
    began = to_text(desk.clock())
    desk.clock.advance(minutes=2)
    deliver(desk)
    ada, bo, rest = app.output_reports(desk.settings(), clock=desk.clock)
    assert (ada.id, ada.state, ada.last_good_at, ada.waiting) == ("ada", "ok", began, 0)
    assert (bo.state, bo.since, bo.waiting) == ("failing", began, 1)
    assert (bo.last_good_at, bo.due_at) == ("", to_text(desk.clock() + timedelta(minutes=5)))
    assert rest.state == "off"
    shown = monitor(desk, "health")
    assert shown.returncode == 1
    assert f"Outputs\nada  well · delivered {moment(began, 'UTC')}\n" in shown.stdout
    assert f"bo   failing since {moment(began, 'UTC')} · 1 waiting · next " in shown.stdout
    assert "answered 503" in shown.stdout
    lines = [json.loads(line) for line in monitor(desk, "health", "--json").stdout.splitlines()]
    assert [(line["about"], line["id"], line["state"]) for line in lines] == [
        ("source", "news", "overdue"),
        ("output", "ada", "ok"),
        ("output", "bo", "failing"),
        ("output", "rest", "off"),
    ]
    assert len({frozenset(line) for line in lines}) == 1


def test_what_was_given_up_is_told_to_every_other_output_by_the_digest_command_and_by_health(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.clock.moment = app.utc_now() - timedelta(days=9)
    hooks(desk, "ada", "bo")
    desk.tables += SCREEN
    desk.web.fallback = lambda asked: Reply(status=503) if asked.path == "/bo" else Reply()
    deliver(desk)
    news(desk, A, B)
    desk.clock.advance(days=1)
    for _ in range(10):
        deliver(desk)
        desk.clock.advance(hours=12)
    (lost,) = [report for report in app.output_reports(desk.settings(), clock=desk.clock) if report.given_up]
    assert (lost.id, lost.state, lost.waiting) == ("bo", "abandoned", 0)
    (given_up,) = lost.given_up
    said = f"bo: {given_up.delivery} was given up ({given_up.reason})"
    assert "answered 503" in given_up.reason
    assert said in monitor(desk, "digest").stderr
    shown = monitor(desk, "health")
    assert (shown.returncode, f"the last 30 days: {given_up.delivery}" in shown.stdout) == (1, True)
    capsys.readouterr()
    news(desk, A, B, C)
    desk.web.fallback = lambda _asked: Reply()
    desk.clock.advance(days=1)
    deliver(desk)
    assert said in " ".join(capsys.readouterr().out.split())
    bodies = [asked.body.decode() for asked in desk.web.asked("/ada")]
    assert [said in body for body in bodies] == [False, True]
    (bo,) = [one for one in app.output_reports(desk.settings(), clock=desk.clock) if one.id == "bo"]
    assert (bo.state, bo.given_up) == ("ok", (given_up,))


def test_an_output_whose_secret_is_missing_is_unusable_in_health(desk: Desk) -> None:
    desk.tables += (
        '\n[[output]]\nid = "mail"\nkind = "email"\nto = ["bo@example.org"]\nsender = "m@example.org"\n'
        'username = "m"\npassword = { env = "NOT_THERE" }\n'
    )
    (mail,) = app.output_reports(desk.settings(), clock=desk.clock)
    assert (mail.state, "NOT_THERE" in mail.detail) == ("unusable", True)
    assert monitor(desk, "health").returncode == 1


def test_an_output_that_names_a_watchlist_that_is_not_there_is_told_by_every_command_of_deliveries(
    desk: Desk,
) -> None:
    desk.tables += f'{SCREEN}watchlists = ["netwroks"]\n'
    desk.settings()
    for command in (("deliver", "--dry-run"), ("deliver",), ("deliver", "--test", "screen"), ("health",)):
        assert "netwroks" in monitor(desk, *command).stderr, command


def test_a_source_that_went_bad_breaks_the_silence_of_a_quiet_day_once(taking: Desk) -> None:
    desk = taking
    courier(desk, "ada")
    deliver(desk)
    desk.web.answer("/news", Reply(status=500))
    desk.poll()
    for _ in range(3):
        desk.clock.advance(days=1)
        deliver(desk)
    assert posted(desk) == [("daily", [])]


# Commands and the service


def monitor(desk: Desk, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "monitor", *arguments],
        cwd=desk.folder,
        env={**os.environ, "COLUMNS": "80"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_command_shows_delivers_and_then_has_nothing_to_do(desk: Desk) -> None:
    desk.tables += SCREEN
    app.poll(desk.settings(), everything=True)
    shown = monitor(desk, "deliver", "--dry-run")
    assert shown.stdout.startswith("screen  daily-2")
    assert shown.stdout.endswith("Nothing was recorded or sent.\n")
    done = monitor(desk, "deliver", "screen")
    assert (done.returncode, "Nothing new" in done.stdout) == (0, True)
    assert done.stderr.startswith("monitor: screen: daily-2")
    assert monitor(desk, "deliver").stdout == "nothing is due\n"


def test_json_lines_stand_alone_on_stdout_also_where_a_screen_is_an_output(desk: Desk) -> None:
    desk.tables += SCREEN
    app.poll(desk.settings(), everything=True)
    (due,) = map(json.loads, monitor(desk, "deliver", "--dry-run", "--json").stdout.splitlines())
    assert (due["state"], due["occasion"], due["entries"], due["titles"]) == ("due", "heartbeat", 0, [])
    (sample,) = map(json.loads, monitor(desk, "deliver", "--test", "screen", "--json").stdout.splitlines())
    assert (sample["occasion"], sample["outcome"]) == ("sample", "succeeded")
    (sent,) = map(json.loads, monitor(desk, "deliver", "--json").stdout.splitlines())
    assert (sent["delivery"], sent["outcome"]) == (due["delivery"], "succeeded")


def test_without_outputs_or_with_wrong_names_the_command_says_what_to_do(desk: Desk) -> None:
    desk.settings()
    none = monitor(desk, "deliver")
    assert (none.returncode, "no [[output]] is configured" in none.stderr) == (0, True)
    desk.tables += SCREEN
    desk.settings()
    wrong = monitor(desk, "deliver", "scren")
    assert (wrong.returncode, 'did you mean "screen"' in wrong.stderr) == (2, True)
    both = monitor(desk, "deliver", "screen", "--test", "screen")
    assert (both.returncode, "--test stands alone" in both.stderr) == (2, True)


def test_the_service_delivers_at_every_look_and_tells_of_an_idle_output_once(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    from monitor.service import Teller, _Service

    courier(desk, "ada")
    desk.tables += SCREEN
    desk.tables += (
        '\n[[output]]\nid = "mail"\nkind = "email"\nto = ["bo@example.org"]\nsender = "m@example.org"\n'
        'username = "m"\npassword = { env = "NOT_THERE" }\n'
    )
    said: list[str] = []
    service = _Service(desk.settings(), Teller(said.append))
    service.tick()
    service.tick()
    assert "Nothing new" in capsys.readouterr().out
    assert sum("NOT_THERE" in line for line in said) == 1
    assert not any(line.startswith("screen") for line in said)
