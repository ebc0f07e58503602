"""The wire: connections that lead only to public addresses, end by their deadline and carry bounded answers.

Every address is checked after the name was resolved and before the connection is opened, on every hop, so that
neither a redirect nor a name that changes its address (DNS rebinding) leads into a private network. Proxies named in
the environment are not used: behind one, the address could not be checked.
"""

from __future__ import annotations

import contextlib
import math
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any

import httpcore
import httpx

Place = tuple[str, int]
# Says where a host and port really are: (address, port), taken unchecked; None leaves them to DNS and the guard.
Route = Callable[[str, int], Place | None]

_MAX_CONNECTIONS = 128
# Each request looks at every idle connection: more of them than hosts that are asked page after page cost more than they save.
_MAX_IDLE = 16
_KEEP_IDLE_S = 15.0
_MAX_ADDRESSES = 6
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
# IETF protocol assignments: private by RFC 6890, yet only partly so to the ipaddress of older Pythons.
_PROTOCOL_ASSIGNMENTS = IPv4Network("192.0.0.0/24")


class TransportFailure(httpx.TransportError):
    """No usable answer came over the wire. `failure` is one of the words of `SourceError`."""

    def __init__(self, failure: str, what: str) -> None:
        super().__init__(what)
        self.failure = failure


class AddressRefused(Exception):  # noqa: N818 - reads as the sentence it is
    """A host has no address that may be polled. Not a ConnectError: trying again would not help."""


class NameUnknown(httpcore.ConnectError):
    """A host's name has no address."""


class TlsFailed(httpcore.ConnectError):
    """A connection could not be secured."""


class StaleConnection(httpcore.ReadError):
    """A connection that had served before was closed by the server as the next request went out."""


class DeadlinePassed(httpcore.TimeoutException):
    """The time for the whole fetch is over."""


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet: not private, loopback, shared, multicast or reserved.

    An IPv6 address that carries an IPv4 address (mapped, NAT64, 6to4) is judged by that address.
    """
    ip = ip_address(address)
    if isinstance(ip, IPv6Address):
        inner = _carried(ip)
        if inner is None:
            return ip in _GLOBAL_UNICAST and ip.is_global
        ip = inner
    return ip.is_global and not ip.is_multicast and ip not in _PROTOCOL_ASSIGNMENTS


def _carried(ip: IPv6Address) -> IPv4Address | None:
    if ip in _NAT64:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour


def _resolve(host: str, port: int) -> list[Place]:
    try:
        answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        raise NameUnknown(error) from error
    return list(dict.fromkeys((str(sockaddr[0]), port) for *_, sockaddr in answers))[:_MAX_ADDRESSES]


class _Deadline(threading.local):
    """When the fetch of this thread must be over, in monotonic seconds: httpcore works in its caller's thread."""

    def __init__(self) -> None:
        self.ends_at = math.inf
        self.seconds = math.inf

    @property
    def passed(self) -> bool:
        # A socket's timeout may end a moment before the clock says so.
        return self.ends_at - time.monotonic() < 0.01

    def bound(self, timeout: float | None) -> float | None:
        left = self.ends_at - time.monotonic()
        if left <= 0:
            raise DeadlinePassed
        shortest = min(left, math.inf if timeout is None else timeout)
        return None if shortest == math.inf else shortest


class _Stream(httpcore.NetworkStream):
    """A connection on which each step ends by the deadline of the thread that takes it."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: _Deadline) -> None:
        self._inner = inner
        self._deadline = deadline
        self._has_served = False
        self._awaits_answer = False

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        try:
            data = self._inner.read(max_bytes, self._deadline.bound(timeout))
        except httpcore.ReadError as error:
            self._refuse_if_stale(error)
            raise
        if not data:
            self._refuse_if_stale(None)
        self._has_served, self._awaits_answer = True, False
        return data

    def _refuse_if_stale(self, cause: Exception | None) -> None:
        if self._has_served and self._awaits_answer:
            raise StaleConnection from cause

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._awaits_answer = True
        self._inner.write(buffer, self._deadline.bound(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        try:
            inner = self._inner.start_tls(ssl_context, server_hostname, self._deadline.bound(timeout))
        except httpcore.ConnectError as error:
            raise TlsFailed(*error.args) from error
        except BaseException:
            self.close()
            raise
        return _Stream(inner, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Guard(httpcore.NetworkBackend):
    """Opens connections, to addresses that may be polled."""

    def __init__(self, *, allow_private: bool, route: Route | None, deadline: _Deadline) -> None:
        self._allow_private = allow_private
        self._route = route
        self._deadline = deadline
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        places = self._places(host, port)
        for left in range(len(places), 0, -1):
            address, real_port = places[-left]
            bound = self._deadline.bound(timeout)
            share = None if bound is None else bound / left
            try:
                inner = self._sockets.connect_tcp(address, real_port, share, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if left == 1:
                    raise
            else:
                return _Stream(inner, self._deadline)
        raise NameUnknown(host)

    def _places(self, host: str, port: int) -> list[Place]:
        routed = self._route(host, port) if self._route else None
        if routed:
            return [routed]
        places = _resolve(host, port)
        if self._allow_private:
            return places
        public = [place for place in places if is_public(place[0])]
        if places and not public:
            raise AddressRefused(host, places[0][0])
        return public

    def sleep(self, seconds: float) -> None:
        self._sockets.sleep(self._deadline.bound(seconds) or 0)


class _Body(httpx.SyncByteStream):
    def __init__(
        self, answer: httpcore.Response, explained: Callable[[], contextlib.AbstractContextManager[None]]
    ) -> None:
        self._answer = answer
        self._explained = explained

    def __iter__(self) -> Iterator[bytes]:
        with self._explained():
            yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


class Transport(httpx.BaseTransport):
    """Carries requests to public addresses, or, with `allow_private`, to any. All it raises is TransportFailure.

    `route` is taken at its word: the demo and the tests send public names to a server on loopback with it.
    """

    def __init__(
        self,
        *,
        allow_private: bool = False,
        route: Route | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._deadline = _Deadline()
        self._pool = httpcore.ConnectionPool(
            ssl_context=ssl_context or httpx.create_ssl_context(),
            max_connections=_MAX_CONNECTIONS,
            max_keepalive_connections=_MAX_IDLE,
            keepalive_expiry=_KEEP_IDLE_S,
            retries=1,
            network_backend=_Guard(allow_private=allow_private, route=route, deadline=self._deadline),
        )

    @contextlib.contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Whatever this thread sends and reads inside must be over after so many seconds."""
        self._deadline.ends_at = time.monotonic() + seconds
        self._deadline.seconds = seconds
        try:
            yield
        finally:
            self._deadline.ends_at = self._deadline.seconds = math.inf

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and answer with its head; the body comes as it is read."""
        with self._explained():
            answer = self._send(self._outgoing(request))
        return httpx.Response(
            answer.status,
            headers=answer.headers,
            stream=_Body(answer, self._explained),
            extensions=answer.extensions,
        )

    def _outgoing(self, request: httpx.Request) -> httpcore.Request:
        timeouts = request.extensions.get("timeout", {})
        return httpcore.Request(
            request.method,
            httpcore.URL(
                scheme=request.url.raw_scheme,
                host=request.url.raw_host,
                port=request.url.port,
                target=request.url.raw_path,
            ),
            headers=request.headers.raw,
            content=request.read(),
            extensions={"timeout": {**timeouts, "pool": self._deadline.bound(timeouts.get("pool"))}},
        )

    def _send(self, request: httpcore.Request) -> httpcore.Response:
        """Send; once more on another connection where a kept one turned out to be closed, as RFC 9110 §9.2.2 allows."""
        try:
            return self._pool.handle_request(request)
        except StaleConnection:
            return self._pool.handle_request(request)

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except httpcore.TimeoutException as error:
            raise TransportFailure("timeout", self._lateness(error)) from error
        except AddressRefused as error:
            host, address = error.args
            what = f"{host} leads to {address}, which is not a public address"
            raise TransportFailure("private-address", what) from error
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol) as error:
            raise TransportFailure(_word(error), _reason(error)) from error

    def _lateness(self, error: httpcore.TimeoutException) -> str:
        if self._deadline.passed:
            return f"no complete answer within {self._deadline.seconds:g} s"
        if isinstance(error, httpcore.ConnectTimeout):
            return "the connection was not made in time"
        if isinstance(error, httpcore.PoolTimeout):
            return "no connection came free in time"
        return "the server fell silent"


def _word(error: Exception) -> str:
    if isinstance(error, NameUnknown):
        return "dns"
    if isinstance(error, TlsFailed):
        return "tls"
    return "connect" if isinstance(error, httpcore.NetworkError) else "http"


def _reason(error: Exception) -> str:
    """What went wrong in a few words: the operating system's, OpenSSL's or the HTTP parser's own."""
    cause = error.args[0] if error.args and isinstance(error.args[0], Exception) else error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"its certificate is not valid: {cause.verify_message}"
    words = cause.strerror if isinstance(cause, OSError) and cause.strerror else str(cause)
    if isinstance(error, StaleConnection) or not words:
        words = "the server closed the connection"
    return "".join(c if c.isprintable() else " " for c in words)[:200]
