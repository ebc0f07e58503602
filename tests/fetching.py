"""What the fetcher's tests share: one source, one moment, and three ways to ask."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from webserver import Reply, WebServer

from monitor.core.errors import FetchError
from monitor.core.exchange import Request, Source
from monitor.fetcher import Fetched, Fetcher, FetchSettings, NotModified, Validators

NOW = datetime(2026, 3, 3, 12, tzinfo=UTC)
SETTINGS = FetchSettings(
    user_agent="Mozilla/5.0 (compatible; monitor/1; +https://contact.example)", allow_private_hosts=True
)
SOURCE = Source(id="a-source", kind="feed", url="")
LONG_AGO = "Mon, 02 Mar 2026 10:00:00 GMT"


def ask(
    fetcher: Fetcher, url: str, validators: Validators | None = None, source: Source = SOURCE, **request: str
) -> Fetched | NotModified:
    return fetcher.fetch(Request(url=url, **request), source, validators, NOW)


def document(
    fetcher: Fetcher, url: str, validators: Validators | None = None, source: Source = SOURCE, **request: str
) -> Fetched:
    outcome = ask(fetcher, url, validators, source, **request)
    assert isinstance(outcome, Fetched)
    return outcome


def refusal(
    fetcher: Fetcher, url: str, validators: Validators | None = None, source: Source = SOURCE, **request: str
) -> FetchError:
    with pytest.raises(FetchError) as caught:
        ask(fetcher, url, validators, source, **request)
    assert str(caught.value).isprintable()
    return caught.value


def redirect(location: str, status: int = 302) -> Reply:
    return Reply(status=status, headers={"Location": location} if location else {})


def examples_to(web: WebServer) -> Callable[[str, int], tuple[str, int] | None]:
    return lambda host, _port: ("127.0.0.1", web.port) if host.endswith(".example") else None
