"""A web server on loopback that says what a test tells it to: late, slowly, brokenly, or well.

    web.answer("/feed", Reply(body=b"<rss/>", etag='"1"'), Reply(status=500))   # the last reply goes on for ever
    web.url("/feed")            # http://127.0.0.1:<port>/feed
    web.requests[0].headers     # what came, in order, header names in lower case
    web.connections             # how many connections were opened
    web.fallback = function     # for whatever has no script: Asked → Reply, or None for a 404

It reads one request after another from each connection, with a thread for each.
"""

from __future__ import annotations

import contextlib
import functools
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from types import TracebackType
from typing import BinaryIO, Self

import trustme

_PHRASES = {int(status): status.phrase for status in HTTPStatus}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request as it came. `target` is path and query, `at` when it had come (monotonic seconds)."""

    method: str
    target: str
    headers: Mapping[str, str]
    connection: int
    body: bytes = b""
    at: float = 0.0

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What to answer.

    `etag` and `last_modified` are sent, and answered with 304 when they come back. `wait_s` passes before anything
    is sent; with `drip_s`, the body (or, with `drip_head`, all) goes out byte by byte, with that pause. `raw` is sent
    instead of head and body. `hang_up` closes the connection without having said so.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    etag: str = ""
    last_modified: str = ""
    chunked: bool = False
    wait_s: float = 0
    drip_s: float = 0
    drip_head: bool = False
    raw: bytes | None = None
    hang_up: bool = False

    def to(self, asked: Asked) -> Reply:
        """This reply, or a 304 if the request says that its sender has it already."""
        known_tag = self.etag and asked.headers.get("if-none-match") == self.etag
        known_date = (
            self.last_modified
            and "if-none-match" not in asked.headers
            and asked.headers.get("if-modified-since") == self.last_modified
        )
        if known_tag or known_date:
            return Reply(status=304, etag=self.etag, last_modified=self.last_modified, headers=self.headers)
        return self

    def head(self) -> bytes:
        """Status line and headers. A Content-Length among `headers` stands, be it true or not."""
        headers = {"Etag": self.etag, "Last-Modified": self.last_modified, **self.headers}
        names = {name.lower() for name in headers}
        if self.chunked:
            headers["Transfer-Encoding"] = "chunked"
        elif "content-length" not in names and self.status != 304:
            headers["Content-Length"] = str(len(self.body))
        lines = [f"HTTP/1.1 {self.status} {_PHRASES.get(self.status, 'Unheard Of')}"]
        lines += [f"{name}: {value}" for name, value in headers.items() if value]
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    def content(self) -> bytes:
        """The body as it goes over the wire."""
        if not self.chunked:
            return self.body
        return b"%x\r\n%s\r\n0\r\n\r\n" % (len(self.body), self.body) if self.body else b"0\r\n\r\n"


def _no_page(asked: Asked) -> Reply | None:
    return None


class WebServer:
    """Listens on 127.0.0.1 from the moment it is made until it is closed; `tls` makes it an https server."""

    def __init__(self, *, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[Asked] = []
        self.connections = 0
        self.fallback: Callable[[Asked], Reply | None] = _no_page
        self._scripts: dict[str, list[Reply]] = {}
        self._tls = tls
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._open: dict[int, socket.socket] = {}
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._listener.getsockname()[1]
        self._acceptor = threading.Thread(target=self._accept, name="webserver", daemon=True)
        self._acceptor.start()

    def url(self, target: str = "/", *, host: str = "") -> str:
        """The address of a path. A `host` needs a route that leads it here, and carries no port."""
        scheme = "https" if self._tls else "http"
        return f"{scheme}://{host or f'127.0.0.1:{self.port}'}{target}"

    def answer(self, target: str, *replies: Reply) -> None:
        """Script what a target (with or without its query) is answered, one reply a request; the last one stays."""
        self._scripts[target] = list(replies)

    def asked(self, path: str) -> list[Asked]:
        """The requests for a path, in order."""
        return [asked for asked in self.requests if asked.path == path]

    def close(self) -> None:
        """Stop at once, whatever is being sent, and wait for every thread."""
        self._closing.set()
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            pass  # it wakes the acceptor
        self._acceptor.join()
        self._listener.close()
        with self._lock:
            for connection in self._open.values():
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _accept(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            if self._closing.is_set():
                connection.close()
                return
            with self._lock:
                self.connections += 1
                number = self.connections
                self._open[number] = connection
            thread = threading.Thread(target=self._serve, args=(connection, number), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        # A client that leaves in the middle, or a server that is closed: both are part of what tests do.
        with contextlib.suppress(OSError, ValueError):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls:
                connection = self._tls.wrap_socket(connection, server_side=True)
                with self._lock:
                    self._open[number] = connection
            with connection, connection.makefile("rb") as incoming:
                self._converse(connection, incoming, number)
        with self._lock:
            del self._open[number]
        connection.close()

    def _converse(self, connection: socket.socket, incoming: BinaryIO, number: int) -> None:
        while not self._closing.is_set():
            asked = _read_request(incoming, number)
            if asked is None:
                return
            reply = self._next_reply(asked)
            self._send(connection, reply)
            if reply.hang_up or reply.raw is not None or "close" in reply.headers.get("Connection", ""):
                return

    def _next_reply(self, asked: Asked) -> Reply:
        with self._lock:
            self.requests.append(asked)
            script = self._scripts.get(asked.target) or self._scripts.get(asked.path)
            if script:
                return (script.pop(0) if len(script) > 1 else script[0]).to(asked)
        found = self.fallback(asked)
        return found.to(asked) if found else Reply(status=404, body=b"no such page")

    def _send(self, connection: socket.socket, reply: Reply) -> None:
        if reply.wait_s:
            self._closing.wait(reply.wait_s)
        if reply.hang_up and not reply.body:
            return
        if reply.raw is not None:
            self._deliver(connection, reply.raw, reply.drip_s)
        elif reply.drip_s:
            self._deliver(connection, reply.head(), reply.drip_s if reply.drip_head else 0)
            self._deliver(connection, reply.content(), reply.drip_s)
        else:
            connection.sendall(reply.head() + reply.content())

    def _deliver(self, connection: socket.socket, data: bytes, pause_s: float) -> None:
        if not pause_s:
            connection.sendall(data)
            return
        for byte in data:
            connection.sendall(bytes([byte]))
            if self._closing.wait(pause_s):
                return


@functools.cache
def _authority() -> trustme.CA:
    """Whoever signs certificates here: made up anew for each run of the tests."""
    return trustme.CA()


def tls_server() -> ssl.SSLContext:
    """What an https server on loopback needs. Its certificate is for secure.example, localhost and 127.0.0.1."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _authority().issue_cert("secure.example", "localhost", "127.0.0.1").configure_cert(context)
    return context


def tls_client() -> ssl.SSLContext:
    """What a client needs to trust that server."""
    context = ssl.create_default_context()
    _authority().configure_trust(context)
    return context


def _read_request(incoming: BinaryIO, number: int) -> Asked | None:
    first = incoming.read(1)
    start = (first + incoming.readline(65536)).decode("latin-1").split() if first.isalpha() else []
    if len(start) != 3:
        return None  # the client left, or it speaks something else, such as TLS
    headers: dict[str, str] = {}
    while (line := incoming.readline(65536)).strip():
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()
    body = incoming.read(int(headers.get("content-length", "0")))
    return Asked(
        method=start[0], target=start[1], headers=headers, connection=number, body=body, at=time.monotonic()
    )
