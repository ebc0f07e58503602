"""Notifications by Apprise, at a server on loopback: what a phone shows, and services that do not take it."""

from __future__ import annotations

import json
import logging
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import digest_samples as samples
import pytest
from desk import Desk
from webserver import Reply, WebServer

from monitor.core.deliveries import Dispatch, Output
from monitor.core.digests import Digest
from monitor.core.errors import ConfigError, SendError
from monitor.core.exchange import Secret
from monitor.core.renderings import notification
from monitor.outputs import notify

PATH = "/hunter2"
# Apprise loads all of its services at once, one of them by a module that Python is to lose.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


def dispatch(url: str, *, repeat: bool = False) -> Dispatch:
    return Dispatch(
        output=Output(id="phone", kind="notify", options=notify.Options(url=Secret(url))),
        delivery="daily-2026-10-18",
        occasion="daily",
        message_id="<1@policy-monitor.invalid>",
        planned_at="2026-10-18T00:30:00Z",
        repeat=repeat,
    )


def send(web: WebServer, *, digest: Digest = samples.DAILY, repeat: bool = False) -> str:
    to = dispatch(f"json://127.0.0.1:{web.port}{PATH}", repeat=repeat)
    return notify.send(notify.render(digest, to), to)


def received(web: WebServer) -> dict[str, Any]:
    [asked] = web.requests
    found: dict[str, Any] = json.loads(asked.body)
    return found


def test_a_notification_arrives_with_its_title_and_its_lines(web: WebServer) -> None:
    web.answer(PATH, Reply())
    assert send(web) == "taken by JSON"
    found = received(web)
    assert found["title"].startswith("Digest: Resilient Networks; Open Radio Access (revised); ")
    assert found["message"].strip() == notification.render(samples.DAILY).strip()


def test_what_may_be_a_repeat_says_so(web: WebServer) -> None:
    web.answer(PATH, Reply())
    send(web, repeat=True)
    assert received(web)["title"].startswith("(possible repeat) Digest: ")


def test_the_most_urgent_entries_come_first_each_with_its_address() -> None:
    lines = notification.render(samples.DAILY).splitlines()
    assert lines[0] == "! watchlists/quantum.toml could not be read; its last good revision is in force."
    assert lines[1:3] == [
        "- FR Doc. 2026-18231 Resilient Networks; Open Radio Access (revised)",
        "  https://www.federalregister.gov/d/2026-18231",
    ]
    assert lines[-2:] == ["and 16 more: monitor digest", "3 of 5 sources not well"]


def test_a_day_without_news_is_said() -> None:
    well = replace(samples.QUIET, sources=samples.QUIET.sources[:4])
    assert notification.render(well) == "4 sources well\n"


def test_hostile_words_are_one_line_each_and_lead_nowhere() -> None:
    for line in notification.render(samples.HOSTILE).splitlines():
        assert line.isprintable()
        assert "\u202e" not in line
        assert len(line) < 1000


@pytest.mark.parametrize(
    "reply", [Reply(status=500), Reply(status=403, body=PATH.encode()), Reply(hang_up=True)]
)
def test_a_service_that_does_not_take_it_is_asked_again(
    web: WebServer, reply: Reply, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    web.answer(PATH, reply)
    with pytest.raises(SendError, match="phone: JSON did not take it") as failed:
        send(web)
    assert (failed.value.final, failed.value.unknown) == (False, False)
    assert (f"(status {reply.status})" in str(failed.value)) == (not reply.hang_up)
    assert "hunter2" not in str(failed.value) + caplog.text


@pytest.mark.parametrize("url", ["hunter2", "hunter2://x", "", "json://127.0.0.1/a, json://127.0.0.1/b"])
def test_an_address_that_apprise_does_not_know_is_said_and_not_shown(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    to = dispatch(url)
    with pytest.raises(SendError, match="url is not one address that Apprise knows") as failed:
        notify.send(notify.render(samples.QUIET, to), to)
    assert "hunter2" not in str(failed.value) + caplog.text


def test_without_apprise_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    to = dispatch("json://127.0.0.1")
    with pytest.raises(SendError) as failed:
        notify.send(notify.render(samples.QUIET, to), to)
    assert (
        str(failed.value) == "phone: Apprise is not installed; run, in the checkout: pip install '.[notify]'"
    )


def test_the_address_never_stands_in_config_toml(
    tmp_path: Path, web: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(tmp_path, web)
    table = '\n[[output]]\nid = "phone"\nkind = "notify"\nurl = '
    desk.tables = table + '"json://127.0.0.1/hunter2"\n'
    with pytest.raises(ConfigError, match="a key never stands in config"):
        desk.settings()
    desk.tables = table + '{ env = "PHONE_URL" }\n'
    assert "PHONE_URL is not set" in desk.settings().outputs[0].problem
    monkeypatch.setenv("PHONE_URL", "json://127.0.0.1/hunter2")
    [output] = desk.settings().outputs
    assert (output.problem, output.options.url.reveal()) == ("", "json://127.0.0.1/hunter2")
    assert "hunter2" not in repr(output)
