"""What all tests share: where the captured data lies, and a web server on loopback."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from webserver import WebServer

_BESIDE = Path(__file__).resolve().parent.parent.parent / "shared" / "data"


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of captured data beside the project; `.ci/run` refuses to start without it."""
    folder = Path(os.environ.get("MONITOR_REAL_DATA", _BESIDE))
    if not folder.is_dir():
        pytest.skip(f"{folder}: the captured data is not there; name its folder in MONITOR_REAL_DATA")
    return folder


@pytest.fixture
def web() -> Iterator[WebServer]:
    """A web server on loopback, for one test, that answers what it is told to."""
    with WebServer() as server:
        yield server
