"""What the commands print with --json is what docs/json.md says, and calls the same thing by the same name."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from desk import Desk, feed
from webserver import Reply, WebServer

PAGE = (Path(__file__).resolve().parent.parent / "docs" / "json.md").read_text(encoding="utf-8")
COMMANDS = (
    "poll --all",
    "health",
    "sources",
    "sources try news",
    "sources refused bad",
    "items",
    "show news:a",
    "why news:a next-g",
    "log",
    "digest",
    "verify",
    "backup copy.db",
    "watch list",
    "backfill fr --from 2025-03-01 --to 2025-03-07",
)


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    """What each command prints, of a log with items, matches and a refused answer; the zone is not UTC."""
    with WebServer() as web:
        desk = Desk(tmp_path_factory.mktemp("desk"), web)
        desk.source("news")
        desk.source("bad")
        desk.source("fr", "federal_register", path="/v1")
        desk.tables += (
            '\n[digest]\ntimezone = "Asia/Shanghai"\n[[output]]\nid = "screen"\nkind = "terminal"\n'
        )
        web.answer("/news", Reply(body=feed(("a", "Next G Alliance meets"))))
        web.answer("/bad", Reply(body=b"<html>Sign in</html>", headers={"Content-Type": "text/html"}))
        web.fallback = lambda _asked: Reply(body=b'{"count": 0}')
        desk.settings()
        return {command: run(desk, command) for command in COMMANDS}


def run(desk: Desk, command: str) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-m", "monitor", *command.split(), "--json"],
        cwd=desk.folder,
        env={"PATH": "", "TZ": "America/New_York"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def described(command: str) -> set[str]:
    """The fields that the page names under the longest heading that fits the command."""
    parts = re.split(r"^## ", PAGE, flags=re.MULTILINE)[2:]
    fitting = [
        (heading, part)
        for part in parts
        for heading in re.findall(r"`monitor ([a-z ]+)`", part.partition("\n")[0])
        if f"{command} ".startswith(f"{heading} ")
    ]
    _, part = max(fitting, key=lambda found: len(found[0]))
    first_cells = re.findall(r"^\| (`[^|]+) \|", part, re.MULTILINE)
    return {name for cell in first_cells for name in re.findall(r"`(\w+)`", cell)}


@pytest.mark.parametrize("command", COMMANDS)
def test_each_line_has_the_fields_that_the_page_names(
    printed: dict[str, list[dict[str, Any]]], command: str
) -> None:
    assert printed[command], command
    one_check = {"events", "head", "erased", "orphaned", "rows", "position"}
    optional = one_check if command == "verify" else set()
    for line in printed[command]:
        assert line.keys() - optional == described(command) - optional


def test_an_entry_of_a_digest_has_the_fields_that_the_page_names(
    printed: dict[str, list[dict[str, Any]]],
) -> None:
    (entry,) = printed["digest"][0]["watchlists"][0]["entries"]
    _, _, part = PAGE.partition("## An entry of a digest\n")
    cells = re.findall(r"^\| (`[^|]+) \|", part.partition("\n## ")[0], re.MULTILINE)
    where_it_is_so = {"title_zh", "no_longer"}
    named = {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}
    assert entry.keys() | where_it_is_so == named


def test_a_source_does_as_many_items_by_whichever_command(printed: dict[str, list[dict[str, Any]]]) -> None:
    (health,) = (line for line in printed["health"] if line["id"] == "news")
    (listed,) = (line for line in printed["sources"] if line["id"] == "news")
    assert {name: health[name] for name in ("items", "state", "due_at", "url")} == {
        name: listed[name] for name in ("items", "state", "due_at", "url")
    }
    (digest,) = printed["digest"]
    told = next(source for source in digest["sources"] if source["id"] == "news")
    assert told == {name: health[name] for name in told}


def test_an_item_has_the_same_fields_by_whichever_command(printed: dict[str, list[dict[str, Any]]]) -> None:
    (item,) = printed["items"]
    (shown,) = printed["show news:a"]
    (trial,) = printed["sources try news"]
    both = item.keys() & shown.keys()
    assert {"key", "published", "details", "titles", "withdrawn"} <= both
    assert {name: item[name] for name in both} == {name: shown[name] for name in both}
    assert trial["report"].keys() == printed["poll --all"][0].keys()
    (entry,) = printed["digest"][0]["watchlists"][0]["entries"]
    assert entry["changes"][0].keys() <= shown["changes"][0].keys()


def moments(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from moments(each, key)
    elif isinstance(value, list):
        for each in value:
            yield from moments(each, name)
    elif name.endswith("_at") and value:
        yield name, value


def test_every_moment_is_utc_whatever_the_readers_zone(printed: dict[str, list[dict[str, Any]]]) -> None:
    found = list(moments(list(printed.values())))
    assert {"recorded_at", "observed_at", "occurred_at", "due_at", "last_good_at"} <= {n for n, _ in found}
    for name, value in found:
        assert re.fullmatch(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z", value), (name, value)


def test_sizes_and_durations_bear_their_unit(printed: dict[str, list[dict[str, Any]]]) -> None:
    names = {name for lines in printed.values() for line in lines for name in line}
    assert not names & {"size", "bytes", "elapsed", "every", "covers", "fetched_at", "occurred"}
