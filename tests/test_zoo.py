"""A zoo of publishers: a hundred ways to behave, each polled through the real program."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import zoo_answers
import zoo_changes
import zoo_congress
import zoo_interfaces
import zoo_letters
import zoo_names
import zoo_pace
import zoo_register
import zoo_servers
import zoo_windows
from desk import Desk
from webserver import WebServer, tls_server
from zoo import KEY, KEY_NAME, Behaviour, Keeper

from monitor import app

ROOMS = (
    zoo_answers,
    zoo_names,
    zoo_changes,
    zoo_letters,
    zoo_windows,
    zoo_register,
    zoo_congress,
    zoo_interfaces,
    zoo_servers,
    zoo_pace,
)
BEHAVIOURS = [behaviour for room in ROOMS for behaviour in room.BEHAVIOURS]
# Reading the certificates of the world takes as long as the rest of a poll.
CERTIFICATES = functools.cache(httpx.create_ssl_context)
MEMORY = Path("/dev/shm")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder in memory where there is one: what is tested here is no disk's patience."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as name:
        yield Path(name)


@pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=lambda each: each.name)
def test_the_program_stands_that(behaviour: Behaviour, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_NAME, KEY)
    monkeypatch.setattr(httpx, "create_ssl_context", CERTIFICATES)
    with WebServer(tls=tls_server() if behaviour.tls else None) as web:
        keeper = Keeper(desk=Desk(folder, web), behaviour=behaviour)
        keeper.configure()
        for number, poll in enumerate(behaviour.polls, 1):
            first = len(web.requests)
            came = keeper.poll(poll)
            assert came == poll.then, f"poll {number}: {behaviour.says}: {keeper.said()}"
            assert poll.says in keeper.said(), f"poll {number}"
            if poll.conditions is not None:
                assert conditions(web, first) == poll.conditions, f"poll {number}"
            if poll.due_h:
                assert poll.due_h[0] <= keeper.due_h() <= poll.due_h[1], f"poll {number}: {keeper.due_h()} h"
        behaviour.check(keeper)
    assert [check.problem for check in app.verify(keeper.desk.settings()) if check.problem] == []
    assert KEY not in repr(keeper.reports)
    assert not any(KEY.encode() in file.read_bytes() for file in folder.rglob("*") if file.is_file())


def conditions(web: WebServer, first: int) -> str:
    """Which conditions a request carried."""
    headers = web.requests[first].headers
    names = {"etag": "if-none-match", "modified": "if-modified-since"}
    return " ".join(word for word, name in names.items() if name in headers)


def test_every_behaviour_has_a_name_of_its_own() -> None:
    names = [behaviour.name for behaviour in BEHAVIOURS]
    assert len(set(names)) == len(names) >= 80
