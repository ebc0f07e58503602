"""The only door to a source: one polite, bounded GET (or POST of JSON), with the source's key in a header and nowhere else.

A fetch ends as `Fetched`, as `NotModified`, or as a FetchError which says what a person can do. It follows at most
five redirects, each through the guard of `transport`; it is over by its deadline; it reads at most `max_bytes`.
"""

from __future__ import annotations

import contextlib
import logging
import re
import ssl
import time
from dataclasses import dataclass, replace
from datetime import datetime
from types import TracebackType
from typing import Self

import httpx

from monitor.core import refusals
from monitor.core.errors import FetchError
from monitor.core.exchange import Request, Response, Source
from monitor.core.fetches import Allowance, Fetched, FetchSettings, NotModified, allowance, fresh_s
from monitor.core.inflation import ACCEPTED, Garbled, TooLarge, inflate
from monitor.core.urls import brief, redact
from monitor.core.validators import Validators, stated
from monitor.transport import Route, Transport, TransportFailure

__all__ = ["FetchSettings", "Fetched", "Fetcher", "NotModified", "Validators", "quiet_http_logs", "redact"]

_log = logging.getLogger("monitor.fetcher")

MAX_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})
# What is read of an answer that is no document: enough for an error's JSON, and the connection can serve again.
_EXCERPT_BYTES = 64 * 1024
_SHORTEST_KEY = 12
_SENDABLE = re.compile(r"[\x20-\x7e]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Errand:
    """What one call of `fetch` was given, and when it began (monotonic seconds)."""

    request: Request
    source: Source
    validators: Validators
    now: datetime
    started: float

    @property
    def elapsed_s(self) -> float:
        return time.monotonic() - self.started

    def error(
        self,
        what: str,
        remedy: str = "",
        *,
        failure: str,
        status: int | None = None,
        retry_at: datetime | None = None,
        allowance: Allowance | None = None,
    ) -> FetchError:
        return FetchError(
            self.source.id,
            what,
            remedy or refusals.REMEDIES[failure],
            failure=failure,
            status=status,
            retry_at=retry_at,
            allowance=allowance,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hop:
    """One address on the way. `trusted` while no redirect has left the origin that the key is for."""

    url: httpx.URL
    method: str = "GET"
    number: int = 0
    trusted: bool = True
    permanent: bool = True

    @property
    def moved_to(self) -> str:
        return redact(str(self.url)) if self.number and self.permanent else ""


class Fetcher:
    """Fetches for any number of threads, over connections that it keeps open. Close it, or use it in `with`.

    It speaks to the transport itself: an httpx.Client in between would read redirects, keep cookies and log URLs.
    """

    def __init__(
        self,
        settings: FetchSettings,
        *,
        route: Route | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        quiet_http_logs()
        self._settings = settings
        self._transport = Transport(
            allow_private=settings.allow_private_hosts, route=route, ssl_context=ssl_context
        )
        timeout = httpx.Timeout(settings.timeout_s, pool=settings.deadline_s)
        self._extensions = {"timeout": timeout.as_dict()}

    def close(self) -> None:
        """Close all connections."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def fetch(
        self, request: Request, source: Source, validators: Validators | None, now: datetime
    ) -> Fetched | NotModified:
        """Ask once. `validators` are those of the version that is already recorded, or None to get the document anyway.

        Raises FetchError; its `failure` is a word of `SourceError`, its `retry_at` what the server asked for.
        """
        errand = _Errand(
            request=request,
            source=source,
            validators=validators or Validators(),
            now=now,
            started=time.monotonic(),
        )
        try:
            with self._transport.within(self._settings.deadline_s):
                outcome = self._walk(errand)
        except FetchError as error:
            _tell(errand, error.failure, 0)
            raise
        _tell(errand, "fetched" if isinstance(outcome, Fetched) else "not modified", outcome.wire_bytes)
        return outcome

    def _walk(self, errand: _Errand) -> Fetched | NotModified:
        hop = _first_hop(errand)
        while True:
            try:
                outcome = self._visit(errand, hop)
            except TransportFailure as error:
                what = f"no usable answer from {brief(str(hop.url))}: {error}"
                raise errand.error(what, failure=error.failure) from error
            if not isinstance(outcome, _Hop):
                return outcome
            hop = outcome

    def _visit(self, errand: _Errand, hop: _Hop) -> Fetched | NotModified | _Hop:
        headers = self._headers(errand, hop)
        asked = httpx.Request(
            hop.method,
            hop.url,
            headers=headers,
            content=errand.request.body if hop.method == "POST" else None,
            extensions=self._extensions,
        )
        response = self._transport.handle_request(_signed(asked))
        with contextlib.closing(response):
            if response.status_code == 200:
                return self._document(errand, hop, response)
            rest = _excerpt(response)
            if response.status_code in _REDIRECTS:
                return _next_hop(errand, hop, response)
            if response.status_code == 304:
                return _unchanged(errand, hop, response)
            raise _refusal(errand, hop, response, rest)

    def _headers(self, errand: _Errand, hop: _Hop) -> dict[str, str]:
        source, request = errand.source, errand.request
        headers = {
            "User-Agent": source.user_agent or self._settings.user_agent,
            "Accept": request.accept,
            "Accept-Encoding": ACCEPTED,
            **({"Content-Type": "application/json"} if hop.method == "POST" else _conditions(errand, hop)),
        }
        for name, value in headers.items():
            _check_sendable(errand, name, value, "write it without control characters and accents", "http")
        if hop.trusted and request.key_header and source.api_key:
            headers[request.key_header] = source.api_key.reveal()
            remedy = "look for a line break or a stray character where the key is kept"
            _check_sendable(errand, request.key_header, source.api_key.reveal(), remedy, "key")
        return headers

    def _document(self, errand: _Errand, hop: _Hop, response: httpx.Response) -> Fetched:
        body, wire_bytes = _read(response, self._settings.max_bytes)
        if not body:
            what = f"{brief(str(hop.url))} answered 200 OK with nothing in it"
            raise errand.error(what, failure="http", status=200)
        return Fetched(
            response=Response(
                request=errand.request,
                url=_bare(hop.url),
                body=_without_key(errand, body),
                headers=_printable_headers(response.headers),
                fetched_at=errand.now,
            ),
            validators=_stated(errand, hop, response, Validators()),
            moved_to=hop.moved_to,
            wire_bytes=wire_bytes,
            elapsed_s=errand.elapsed_s,
            fresh_s=fresh_s(response.headers, errand.now),
            allowance=allowance(response.headers),
        )


def quiet_http_logs() -> None:
    """Keep httpx and httpcore from logging: they write whole URLs and headers. Every Fetcher calls it."""
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _tell(errand: _Errand, outcome: str, wire_bytes: int) -> None:
    if _log.isEnabledFor(logging.DEBUG):
        url = redact(errand.request.url)
        _log.debug(
            "%s: %s %s: %s, %d bytes, %.3f s",
            errand.source.id,
            "POST" if errand.request.body else "GET",
            url,
            outcome,
            wire_bytes,
            errand.elapsed_s,
        )


def _first_hop(errand: _Errand) -> _Hop:
    url = _parse_url(errand.request.url)
    if url is None:
        what = f"{redact(errand.request.url)} is not an address that can be fetched"
        raise errand.error(what, "write a plain http:// or https:// address", failure="http")
    return _Hop(url=url, method="POST" if errand.request.body else "GET")


def _parse_url(text: str, origin: httpx.URL | None = None) -> httpx.URL | None:
    """The absolute http or https URL, without its fragment; None for anything else."""
    try:
        url = origin.join(text) if origin else httpx.URL(text)
    except (httpx.InvalidURL, ValueError):
        return None
    sound = text.isprintable() and url.scheme in {"http", "https"} and url.host
    return url.copy_with(fragment=None) if sound else None


def _next_hop(errand: _Errand, hop: _Hop, response: httpx.Response) -> _Hop:
    """Where a redirect leads; the key goes no further than the origin that it is for."""
    status = response.status_code
    location = response.headers.get("location", "")
    url = _parse_url(location, hop.url) if location else None
    wrong = _wrong_redirect(errand, hop, url)
    if url is None or wrong:
        what = f"{brief(str(hop.url))} redirects to {redact(location)!r}, {wrong}"
        raise errand.error(what, failure="redirect", status=status)
    return replace(
        hop,
        url=url,
        # As browsers do, and RFC 9110 §15.4 allows: only 307 and 308 keep a POST one.
        method=hop.method if status in {307, 308} else "GET",
        number=hop.number + 1,
        trusted=hop.trusted and _origin(hop.url) == _origin(url),
        permanent=hop.permanent and status in _PERMANENT,
    )


def _wrong_redirect(errand: _Errand, hop: _Hop, url: httpx.URL | None) -> str:
    if url is None:
        return "which is not an http or https address"
    if hop.number == MAX_REDIRECTS:
        return f"after {MAX_REDIRECTS} redirects already"
    if _carries_secret(errand, hop) and hop.url.scheme == "https" and url.scheme == "http":
        return "which is not encrypted, while the request carries a key"
    return ""


def _carries_secret(errand: _Errand, hop: _Hop) -> bool:
    return bool(hop.url.userinfo) or bool(hop.trusted and errand.request.key_header and errand.source.api_key)


def _origin(url: httpx.URL) -> tuple[str, str, int]:
    return url.scheme, url.host, url.port or (443 if url.scheme == "https" else 80)


def _check_sendable(errand: _Errand, name: str, value: str, remedy: str, failure: str) -> None:
    """Refuse what would end a header and begin another one, without showing it."""
    if not _SENDABLE.fullmatch(value):
        what = f"the header {name} would hold a character that may not be sent"
        raise errand.error(what, remedy, failure=failure)


def _signed(request: httpx.Request) -> httpx.Request:
    """The request with the user and password of its URL, if it has them, in the header for them."""
    if not request.url.userinfo:
        return request
    return next(httpx.BasicAuth(request.url.username, request.url.password).auth_flow(request))


def _conditions(errand: _Errand, hop: _Hop) -> dict[str, str]:
    return errand.validators.conditions(_bare(hop.url), redirected=bool(hop.number))


def _stated(errand: _Errand, hop: _Hop, response: httpx.Response, known: Validators) -> Validators:
    url = _bare(hop.url) if hop.number else ""
    return stated(response.headers, url=url, now=errand.now, known=known)


def _bare(url: httpx.URL) -> str:
    """The address without user and password."""
    return str(url.copy_with(userinfo=b"") if url.userinfo else url)


def _without_key(errand: _Errand, body: bytes) -> bytes:
    """The answer without our key: a server may say it again, in an error that would be recorded for ever."""
    key = errand.source.api_key.reveal().encode() if errand.source.api_key else b""
    # A shorter one is a word of any text, and no secret.
    return body.replace(key, b"***") if len(key) >= _SHORTEST_KEY else body


def _unchanged(errand: _Errand, hop: _Hop, response: httpx.Response) -> NotModified:
    if not _conditions(errand, hop):
        what = f"{brief(str(hop.url))} answered 304 Not Modified to a request without conditions"
        raise errand.error(what, failure="http", status=304)
    return NotModified(
        request=errand.request,
        validators=_stated(errand, hop, response, errand.validators),
        fetched_at=errand.now,
        moved_to=hop.moved_to,
        elapsed_s=errand.elapsed_s,
        fresh_s=fresh_s(response.headers, errand.now),
        allowance=allowance(response.headers),
    )


def _read(response: httpx.Response, max_bytes: int) -> tuple[bytes, int]:
    declared = response.headers.get("content-length", "")
    if re.fullmatch(r"[0-9]{1,18}", declared) and int(declared) > max_bytes:
        raise TransportFailure("too-large", str(TooLarge.than(max_bytes)))
    try:
        return inflate(response.iter_raw(), response.headers.get("content-encoding", ""), max_bytes)
    except TooLarge as error:
        raise TransportFailure("too-large", str(error)) from error
    except Garbled as error:
        raise TransportFailure("encoding", str(error)) from error


def _excerpt(response: httpx.Response) -> bytes:
    """The small body of an answer that is no document; nothing where it is large or broken: the status says enough."""
    try:
        return _read(response, _EXCERPT_BYTES)[0]
    except TransportFailure:
        return b""


def _printable_headers(headers: httpx.Headers) -> dict[str, str]:
    return {name: "".join(c if c.isprintable() else " " for c in value) for name, value in headers.items()}


def _refusal(errand: _Errand, hop: _Hop, response: httpx.Response, body: bytes) -> FetchError:
    """The error for a status which is neither a document, nor a redirect, nor "not modified"."""
    status = response.status_code
    code = refusals.error_code(body)
    words = f"{refusals.status_words(status)} {code}".rstrip()
    key_header = errand.request.key_header
    withheld = key_header and errand.source.api_key and not hop.trusted
    elsewhere = f"{hop.url.scheme}://{hop.url.netloc.decode()}" if withheld else ""
    return errand.error(
        f"{brief(str(hop.url))} answered {words}",
        refusals.remedy(status, code, key_header, elsewhere),
        failure=refusals.failure(status, code),
        status=status,
        retry_at=refusals.retry_at(response.headers.get("retry-after", ""), errand.now)
        if status >= 400
        else None,
        allowance=allowance(response.headers),
    )
