"""A desk for tests of the main job: a folder with settings, a clock, and the commands' own functions."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from moves import HandClock
from webserver import Reply, WebServer

from monitor import app
from monitor.app import PollResult
from monitor.core.digests import Digest
from monitor.pipeline.accounting import PollReport

WATCHLIST = """
title = "Networks"
[[subject]]
id = "next-g"
name = "Next G Alliance"
any = ["Next G Alliance"]
[[subject]]
id = "vines"
name = "NSF VINES"
zh = "智能网络"
any = ["NSF 25-539", { text = "VINES", near = ["NSF"] }]
"""


class Desk:
    """A folder with settings, a clock, and the commands' own functions."""

    def __init__(self, folder: Path, web: WebServer) -> None:
        self.folder = folder
        self.web = web
        self.clock = HandClock()
        self.tables = ""
        self.fetch: dict[str, str] = {}  # further keys of [fetch], as TOML writes their values
        (folder / "watchlists").mkdir()
        self.watch(WATCHLIST)

    def watch(self, text: str, name: str = "networks") -> None:
        (self.folder / "watchlists" / f"{name}.toml").write_text(text, encoding="utf-8")

    def source(self, id_: str, kind: str = "feed", path: str = "", *, host: str = "", **keys: str) -> None:
        """A source at a path of the web server; `host` needs a route that leads it there."""
        lines = [f'id = "{id_}"', f'kind = "{kind}"', f'url = "{self.web.url(path or f"/{id_}", host=host)}"']
        lines += [f"{key} = {value}" for key, value in keys.items()]
        self.tables += "\n[[source]]\n" + "\n".join(lines) + "\n"

    def settings(self) -> Any:
        path = self.folder / "config.toml"
        usual = {"user_agent": '"test"', "allow_private_hosts": "true", "timeout_s": "5.0"}
        keys = [f"{name} = {value}" for name, value in {**usual, **self.fetch}.items()]
        part = path.with_suffix(f".{threading.get_ident()}")  # another thread may be reading the settings
        part.write_text("\n".join(["[fetch]", *keys, self.tables]), encoding="utf-8")
        part.replace(path)
        return app.load_settings(path)

    def poll(self, *names: str, **more: Any) -> PollResult:
        more.setdefault("everything", True)
        self.clock.advance(hours=1)
        return app.poll(self.settings(), names, clock=self.clock, **more)

    def report(self, *names: str, **more: Any) -> PollReport:
        return self.poll(*names, **more).reports[0]

    def events(self, *types: str) -> list[Any]:
        with app.reading(self.settings()) as archive:
            assert archive.log.verify() == archive.log.head().position
            return [event.data for event in archive.log.read(types=types)]

    def digest(self, **more: Any) -> Digest:
        return app.digest(self.settings(), clock=self.clock, **more)

    def told(self, **more: Any) -> list[tuple[str, str, str]]:
        """(key, change, origin) of every entry."""
        return [(e.key, e.change, e.origin) for s in self.digest(**more).sections for e in s.entries]


def news(desk: Desk, *entries: tuple[str, str]) -> None:
    """The feed at /news holds these entries, and is polled."""
    desk.web.answer("/news", Reply(body=feed(*entries)))
    desk.poll()


def feed(*entries: tuple[str, str], dates: str = "Mon, 02 Jun 2025 10:00:00 GMT") -> bytes:
    """An RSS feed of (guid, title)."""
    items = "".join(
        f"<item><guid isPermaLink='false'>{guid}</guid><title>{title}</title><link>https://example.org/{guid}</link>"
        f"<pubDate>{dates}</pubDate></item>"
        for guid, title in entries
    )
    return f"<rss version='2.0'><channel><title>A feed</title>{items}</channel></rss>".encode()
