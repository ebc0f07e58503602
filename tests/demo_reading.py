"""Reads the demo's recorded answers as the program does: over HTTP, through the source kinds."""

from __future__ import annotations

import http.client
import importlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from monitor import config
from monitor.core.exchange import Problem, Request, Response, Source, State, Total
from monitor.core.items import Item
from monitor.demo.server import ANSWERS, DemoServer

CLOCKS = {1: datetime(2025, 6, 2, tzinfo=UTC), 2: datetime(2025, 7, 18, tzinfo=UTC)}
CONFIG = ANSWERS.with_name("config.toml")
NAMES = [table["id"] for table in tomllib.loads(CONFIG.read_text(encoding="utf-8"))["source"]]
# Every source at each moment, but for the one that fails at the second.
GOOD = [(name, moment) for name in NAMES for moment in CLOCKS if (name, moment) != ("fcc-releases", 2)]


@dataclass(frozen=True)
class Got:
    status: int
    headers: dict[str, str]
    body: bytes


def get(server: DemoServer, url: str, headers: Mapping[str, str] | None = None) -> Got:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(*server.address, timeout=5)
    try:
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        connection.request("GET", target, headers={"Host": parts.netloc, **(headers or {})})
        answer = connection.getresponse()
        body = answer.read()
        return Got(answer.status, {name.lower(): value for name, value in answer.getheaders()}, body)
    finally:
        connection.close()


def named(name: str) -> Source:
    return next(source for source in config.load(CONFIG).sources if source.id == name)


@dataclass(frozen=True)
class Reading:
    items: list[Item]
    totals: list[Total]
    problems: list[Problem]


def read(server: DemoServer, each: Source, *, follow: bool = False) -> Reading:
    """All that a source says at the server's moment; with `follow`, also what it says of each item by itself."""
    kind = importlib.import_module(f"monitor.sources.{each.kind}")
    state = State(now=CLOCKS[server.moment], last_complete=CLOCKS[1] if server.moment == 2 else None)
    found = [finding for request in kind.requests(each, state) for finding in ask(server, each, request)]
    if follow:
        for item in [finding for finding in found if isinstance(finding, Item)]:
            for request in kind.follow(each, item.key, item.marker):
                if get(server, request.url).status == 200:
                    found += ask(server, each, request)
    return Reading(
        items=[f for f in found if isinstance(f, Item)],
        totals=[f for f in found if isinstance(f, Total)],
        problems=[f for f in found if isinstance(f, Problem)],
    )


def ask(server: DemoServer, each: Source, request: Request) -> list[Any]:
    kind = importlib.import_module(f"monitor.sources.{each.kind}")
    got = get(server, request.url)
    assert got.status == 200, request.url
    now = CLOCKS[server.moment]
    answer = Response(request=request, url=request.url, body=got.body, headers=got.headers, fetched_at=now)
    found: list[Any] = []
    for finding in kind.parse(each, answer):
        found += ask(server, each, finding) if isinstance(finding, Request) else [finding]
    return found
