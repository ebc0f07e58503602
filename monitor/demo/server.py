"""The loopback server of the demo: replays the recorded answers, as they stood at one of two moments.

The answers lie as files in `answers/<host>/`; `answers/index.toml` says which file answers which request, and when. To
add one, put a file there and a table `[[answer]]` in the index: host, path, file, and where they matter query, moments,
status and headers. Nothing is made up at run time: no date of today, no chance, so each run sees the same bytes.
"""

from __future__ import annotations

import threading
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, urlsplit

import msgspec

from monitor.core.errors import MonitorError

ANSWERS = Path(__file__).with_name("answers")
MOMENTS = (1, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One recorded answer. `query` are the parameters that a request must have; it may have others."""

    host: str
    path: str
    file: str
    body: bytes
    query: Mapping[str, str] = field(default_factory=dict)
    moments: tuple[int, ...] = MOMENTS
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    def fits(self, host: str, path: str, query: Mapping[str, str], moment: int) -> bool:
        """Whether this answers such a request at that moment."""
        wanted = self.query.items() <= query.items()
        return wanted and (self.host, self.path) == (host, path) and moment in self.moments

    def is_known_to(self, *, tag: str, since: str) -> bool:
        """Whether a conditional request names this very version: by If-None-Match, or, lacking that, by date."""
        if tag:
            return self.headers.get("ETag") in {part.strip() for part in tag.split(",")}
        changed = self.headers.get("Last-Modified", "")
        return bool(since and changed) and _moment(changed) <= _moment(since)


class _Row(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A table `[[answer]]` of the index."""

    host: str
    path: str
    file: str
    query: dict[str, str] = {}
    moments: tuple[int, ...] = MOMENTS
    status: int = 200
    headers: dict[str, str] = {}


class _Index(msgspec.Struct, forbid_unknown_fields=True):
    answer: list[_Row]


def load_answers(folder: Path = ANSWERS) -> tuple[Answer, ...]:
    """All recorded answers, in the order of the index.

    Raises:
        MonitorError: the index cannot be read, or names a file that is not there.
    """
    index = folder / "index.toml"
    try:
        rows = msgspec.convert(tomllib.loads(index.read_text(encoding="utf-8")), type=_Index).answer
        return tuple(_answer(folder, row) for row in rows)
    except (OSError, ValueError) as error:
        raise MonitorError(str(index), str(error), "mend the index, or put the file beside it") from error


def _answer(folder: Path, row: _Row) -> Answer:
    body = (folder / row.host / row.file).read_bytes()
    return Answer(body=body, **msgspec.structs.asdict(row))


class DemoServer:
    """Serves recorded answers on a free port of 127.0.0.1, from `with` until its end.

    An answer is chosen by Host header, path and query. `moment` may be set to 1 or 2 at any time; requests that come
    after see that moment. A path without an answer gives 404.
    """

    def __init__(self, answers: Iterable[Answer] | None = None, *, moment: int = 1) -> None:
        self.moment = moment
        self._answers = tuple(load_answers() if answers is None else answers)
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), name="demo-server")

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens: host and port."""
        return "127.0.0.1", self._server.server_port

    def choose(self, host: str, target: str) -> Answer | None:
        """The answer to a request for `target` (path and query) of `host` at the present moment."""
        parts = urlsplit(target)
        query = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        fitting = (a for a in self._answers if a.fits(host, parts.path, query, self.moment))
        return next(fitting, None)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # so that server_close waits for the answers that are under way

    def __init__(self, demo: DemoServer) -> None:
        self.demo = demo
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = 5  # seconds that a connection may stay silent

    def do_GET(self) -> None:
        """Answer one request, then close: a connection kept alive would hold up the end of the demo."""
        host = self.headers.get("Host", "").partition(":")[0].lower()
        answer = self.server.demo.choose(host, self.path)
        if answer is None:
            self._send(404, {"Content-Type": "text/plain; charset=utf-8"}, b"no recorded answer\n")
        elif answer.status == 200 and self._has(answer):
            validators = {
                name: answer.headers[name] for name in ("ETag", "Last-Modified") if name in answer.headers
            }
            self._send(304, validators, b"")
        else:
            self._send(answer.status, answer.headers, answer.body)

    def _has(self, answer: Answer) -> bool:
        tag, since = self.headers.get("If-None-Match", ""), self.headers.get("If-Modified-Since", "")
        return answer.is_known_to(tag=tag, since=since)

    def _send(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.send_response_only(
            status
        )  # without the Date and Server headers: they would differ from run to run
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
        """Keep quiet: the demo's output is its digest."""


def _moment(http_date: str) -> float:
    try:
        return parsedate_to_datetime(http_date).timestamp()
    except ValueError:
        return 0.0  # an unreadable date names no version
