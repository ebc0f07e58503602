"""What goes wrong around deliveries and is mended later: nothing that was owed is lost by it, and nothing stays silent."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from desk import Desk, news
from webserver import Reply, WebServer

from monitor import app
from monitor.core.errors import ConfigError
from monitor.dispatch import sending
from monitor.dispatch.planning import Waiting
from monitor.dispatch.sending import Sent
from monitor.outputs import webhook
from monitor.projections import deliveries

OTHER, ALLIANCE = ("b", "A grapevine"), ("a", "Next G Alliance meets")


@pytest.fixture
def desk(tmp_path: Path, web: WebServer) -> Desk:
    desk = Desk(tmp_path, web)
    desk.source("news")
    news(desk, OTHER)
    return desk


def deliver(desk: Desk) -> list[Sent]:
    return app.deliver(desk.settings(), clock=desk.clock)


def feeds(desk: Desk) -> None:
    desk.tables += '\n[[output]]\nid = "feeds"\nkind = "feeds"\nfolder = "out/feeds"\nbase_url = "https://x.example.org/f"\n'


def hook(desk: Desk, more: str = "") -> None:
    desk.web.fallback = lambda asked: Reply() if asked.method == "POST" else None
    address = desk.web.url("/hook")
    desk.tables += (
        f'\n[[output]]\nid = "hook"\nkind = "webhook"\nurl = "{address}"\nallow_private_hosts = true\n{more}'
    )


def is_told(desk: Desk) -> bool:
    file = desk.folder / "out/feeds/all.atom"
    return file.exists() and ALLIANCE[1] in file.read_text(encoding="utf-8")


def test_news_of_a_clock_that_was_fast_stands_in_the_edition_that_accounts_for_it(desk: Desk) -> None:
    (desk.folder / "out").mkdir()
    feeds(desk)
    deliver(desk)
    desk.clock.advance(days=3)
    news(desk, OTHER, ALLIANCE)
    desk.clock.moment -= timedelta(days=3)
    deliver(desk)
    assert is_told(desk)


def test_news_that_waited_longer_than_the_window_stands_in_the_next_edition(desk: Desk) -> None:
    (desk.folder / "out").mkdir()
    feeds(desk)
    deliver(desk)
    news(desk, OTHER, ALLIANCE)
    desk.clock.advance(days=31)
    deliver(desk)
    assert is_told(desk)


def test_an_edition_that_was_given_up_is_made_anew_once_the_folder_is_there(desk: Desk) -> None:
    feeds(desk)
    news(desk, OTHER, ALLIANCE)
    while not any(one.outcome == "given up" for one in deliver(desk)):
        desk.clock.advance(hours=6)
    (desk.folder / "out").mkdir()
    for _ in range(5):
        desk.clock.advance(hours=6)
        deliver(desk)
    assert is_told(desk)


def test_what_waits_for_an_output_that_was_taken_out_is_given_up_and_told(
    desk: Desk, capfd: pytest.CaptureFixture[str]
) -> None:
    kept = desk.tables
    hook(desk, "heartbeat = true\n")
    deliver(desk)
    desk.web.fallback = lambda asked: Reply(status=503) if asked.method == "POST" else None
    news(desk, OTHER, ALLIANCE)
    desk.clock.advance(days=1)
    assert [one.outcome for one in deliver(desk)] == ["failed"]
    desk.tables = kept + '\n[[output]]\nid = "screen"\nkind = "terminal"\n'
    for _ in range(5):
        desk.clock.advance(days=1)
        deliver(desk)
    assert [event.answer for event in desk.events("DeliveryFailed") if event.final] == [
        "nothing of that name is configured any more"
    ]
    told = " ".join(capfd.readouterr().out.split())
    assert "was given up (nothing of that name is configured any more)" in told


def test_a_digest_that_cannot_be_written_holds_back_no_other_delivery_and_is_told_of(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    hook(desk, "heartbeat = true\n")
    render = webhook.render

    def refusing(digest: Any, dispatch: Any) -> Any:
        if dispatch.occasion in {"daily", "heartbeat"}:
            raise KeyError("of no use")
        return render(digest, dispatch)

    monkeypatch.setattr(webhook, "render", refusing)
    for file in desk.settings().watchlists.glob("*.toml"):
        file.write_text('priority = "high"\n' + file.read_text(encoding="utf-8"), encoding="utf-8")
    deliver(desk)
    news(desk, OTHER, ALLIANCE)
    for _ in range(8):
        desk.clock.advance(hours=4)
        sent = deliver(desk)
    assert "not all could be planned" in sent[0].answer
    assert [asked.path for asked in desk.web.requests if asked.method == "POST"] == ["/hook"]
    settings = desk.settings()
    [report] = app.output_reports(settings, clock=desk.clock)
    assert (report.state, report.since[:10]) == ("failing", "2025-06-02")
    assert "KeyError" in report.detail
    [notice] = app.delivery_notices(settings, clock=desk.clock)
    assert notice.startswith("hook: internal error: KeyError")
    desk.tables += '\n[[output]]\nid = "screen"\nkind = "terminal"\nheartbeat = true\n'
    deliver(desk)
    capfd.readouterr()
    desk.clock.advance(days=1)
    deliver(desk)
    assert "hook: internal error: KeyError" in " ".join(capfd.readouterr().out.split())
    monkeypatch.undo()
    desk.clock.advance(hours=1)
    deliver(desk)
    assert [one.state for one in app.output_reports(settings, clock=desk.clock)] == ["ok"]


def test_a_webhook_that_was_killed_twice_before_it_sent_anything_is_sent(desk: Desk) -> None:
    hook(desk, "heartbeat = true\n")
    desk.web.fallback = lambda asked: Reply(status=503) if asked.method == "POST" else None
    deliver(desk)
    settings = desk.settings()
    [output] = settings.outputs
    with app.opening.writing(settings, clock=desk.clock) as run:
        [one] = deliveries.open_ones(run.database.conn)
        for _ in range(2):
            sending.begin(run, one, output)  # the next line never comes, the next start finds it
            sending.find_cut_short(run)
            [one] = deliveries.open_ones(run.database.conn)
    desk.web.fallback = lambda asked: Reply() if asked.method == "POST" else None
    asked_before = len(desk.web.requests)
    assert [sent.outcome for sent in deliver(desk)] == ["succeeded"]
    assert len(desk.web.requests) == asked_before + 1


def test_a_dry_run_tells_of_an_alert_that_goes_with_the_next_one(desk: Desk) -> None:
    hook(desk)
    for file in desk.settings().watchlists.glob("*.toml"):
        file.write_text('priority = "high"\n' + file.read_text(encoding="utf-8"), encoding="utf-8")
    deliver(desk)
    news(desk, OTHER, ALLIANCE)
    deliver(desk)
    told_at = desk.clock.moment
    news(desk, OTHER, (ALLIANCE[0], f"{ALLIANCE[1]}: funding doubled"))
    desk.clock.moment = told_at + timedelta(minutes=1)
    [later] = app.would_deliver(desk.settings(), clock=desk.clock)
    assert isinstance(later, Waiting)
    assert (later.occasion, len(later.owed.changes)) == ("alert", 1)
    assert deliver(desk) == []
    desk.clock.advance(hours=1)
    assert [sent.occasion for sent in deliver(desk)] == ["alert"]


@pytest.mark.parametrize("scheme", ["http", "HTTP"])
def test_a_token_never_crosses_the_network_in_the_clear(desk: Desk, scheme: str) -> None:
    desk.tables += (
        f'\n[[output]]\nid = "hook"\nkind = "webhook"\nurl = "{scheme}://example.org/hook"\n'
        f'token = {{ env = "HOOK_TOKEN" }}\n'
    )
    with pytest.raises(ConfigError, match="would cross the network"):
        desk.settings()
