"""Alerts and digests as signed JSON, POSTed to an address: for programs, not for people.

Identity: `webhook-id`, made of the log, the output and the delivery; whatever is tried again has the same one.
Docs: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
Rate: one request a delivery; an address is asked again as docs/outputs.md says.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import hmac
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from pathlib import Path

import httpcore
import httpx

from monitor.core.deliveries import AfterUncertain, Dispatch, Message, Occasion
from monitor.core.digests import Digest
from monitor.core.errors import SendError
from monitor.core.exchange import Secret
from monitor.core.refusals import status_words
from monitor.core.renderings import jsonlines, mail_subject
from monitor.core.renderings.neutral import without_login
from monitor.fetcher import quiet_http_logs
from monitor.transport import AddressRefused, Transport, TransportFailure

# The receiver knows a repeat by its key.
AFTER_UNCERTAIN: AfterUncertain = "redo"
OCCASIONS: tuple[Occasion, ...] = ("alert", "daily", "weekly", "heartbeat", "sample")
RECIPIENTS = ""

# The whole exchange may take so many times what one step of it may: a receiver that drips must hold up nobody else.
_PATIENCE = 3
# What a secret begins with that is base64 of the key, by the convention.
_ENCODED = "whsec_"
_OWN_HEADERS = frozenset(
    {"host", "content-type", "content-length", "transfer-encoding", "connection", "user-agent", "authorization",
     "idempotency-key", "x-possible-repeat", "webhook-id", "webhook-timestamp", "webhook-signature"}
)  # fmt: skip
# Where the message cannot have arrived whole, whatever the other side made of its beginning.
_BEFORE = (
    httpcore.ConnectError,
    httpcore.ConnectTimeout,
    httpcore.PoolTimeout,
    httpcore.WriteTimeout,
    httpcore.UnsupportedProtocol,
    httpcore.LocalProtocolError,
    AddressRefused,
)
# A person can mend the address or what is shown at the door: it is tried again meanwhile.
_TO_BE_MENDED = frozenset({401, 403, 404, 405, 407})
_FOR_NOW = frozenset({408, 425, 429})
_REMEDIES: Mapping[str, str] = {
    "dns": "check the host in url, and this machine's network",
    "connect": "see that the receiver runs, and that host and port are right",
    "tls": "name who signed its certificate in ca_file",
    "private-address": "say allow_private_hosts = true only for a receiver of your own",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Where to POST: `url`, or `secret_url` where the address itself opens the door.

    `secret` signs, `token` goes as `Authorization: Bearer …`, `headers` go as they stand. `timeout_s` is for each step.
    """

    url: str = ""
    secret_url: Secret | None = None
    secret: Secret | None = None
    token: Secret | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    ca_file: Path | None = None
    allow_private_hosts: bool = False
    timeout_s: int = 30

    def __post_init__(self) -> None:
        if bool(self.url) == (self.secret_url is not None):
            raise ValueError("url: write it, or secret_url where nobody may read it; one of the two")
        if "@" in self.url.partition("://")[2].partition("/")[0]:
            raise ValueError("url: holds a user or a password; write token, or the whole as secret_url")
        if self.url and _parsed(self.url) is None:
            what = f"{without_login(self.url)!r} is no address"
            raise ValueError(f"url: {what}; write one that begins with https:// or http://")
        if self.url.lower().startswith("http:") and self.token and not self.allow_private_hosts:
            raise ValueError("token: would cross the network for all to read; write an https address")
        if not 1 <= self.timeout_s <= 600:
            raise ValueError(
                f"timeout_s: {self.timeout_s} is not between 1 and 600; write such a whole number"
            )
        for name, value in self.headers.items():
            _check_header(name, value)


def _check_header(name: str, value: str) -> None:
    if not re.fullmatch(r"[A-Za-z0-9-]{1,100}", name):
        raise ValueError(f"headers: {name!r} is no name of a header; use letters, digits and -")
    if name.lower() in _OWN_HEADERS:
        remedy = "write token" if name.lower() == "authorization" else "take it out"
        raise ValueError(f"headers: {name} is not yours to set; {remedy}")
    if not re.fullmatch(r"[\x21-\x7e]([\x20-\x7e]{0,998}[\x21-\x7e])?", value):
        raise ValueError(f"headers: {name} has a value that cannot be sent; write one line of ASCII")


def _parsed(address: str, *, with_login: bool = False) -> httpx.URL | None:
    try:
        url = httpx.URL(address)
        host = url.host  # raises where its letters are no name
    except (httpx.InvalidURL, ValueError):
        return None
    sound = address.isprintable() and url.scheme in {"http", "https"} and host
    return url.copy_with(fragment=None) if sound and (with_login or not url.userinfo) else None


def render(digest: Digest, dispatch: Dispatch) -> Message:
    """One JSON object: what this delivery is, and its digest as `monitor digest --format json` prints it."""
    body = jsonlines.line(
        {
            "type": f"digest.{dispatch.occasion}",
            "id": webhook_id(dispatch),
            "output": dispatch.output.id,
            "delivery": dispatch.delivery,
            "occasion": dispatch.occasion,
            "message_id": dispatch.message_id,
            "planned_at": dispatch.planned_at,
            "digest": jsonlines.value(digest),
        }
    )
    title = mail_subject.subject_of(digest, dispatch)
    return Message(body=body.encode(), media_type="application/json", title=title)


def webhook_id(dispatch: Dispatch) -> str:
    """What a receiver knows a delivery by, however often it comes: the Message-ID without its domain."""
    return dispatch.message_id.strip("<>").partition("@")[0]


def signature(secret: Secret, id_: str, timestamp: int, body: bytes) -> str:
    """`v1,` and base64 of HMAC-SHA256 over id, Unix seconds and body. Raises ValueError for a `whsec_` that is no base64."""
    text = secret.reveal()
    try:
        key = (
            base64.b64decode(text.removeprefix(_ENCODED), validate=True)
            if text.startswith(_ENCODED)
            else text.encode()
        )
    except binascii.Error as error:
        raise ValueError("what follows whsec_ is not base64") from error
    signed = hmac.digest(key, f"{id_}.{timestamp}.".encode() + body, hashlib.sha256)
    return f"v1,{base64.b64encode(signed).decode()}"


# Sending


def send(message: Message, dispatch: Dispatch) -> str:
    """POST it once, following nothing. Answers the status; raises SendError, which names the host and no more of the address."""
    options: Options = dispatch.output.options
    url = _address(dispatch)
    request = httpx.Request(
        "POST",
        url,
        headers=_headers(message, dispatch),
        content=message.body,
        extensions={"timeout": httpx.Timeout(options.timeout_s).as_dict()},
    )
    if url.userinfo and options.token is None:
        request = next(httpx.BasicAuth(url.username, url.password).auth_flow(request))
    quiet_http_logs()
    place = f"{url.scheme}://{url.netloc.decode()}"
    try:
        status = _asked(request, options)
    except TransportFailure as error:
        raise _misfortune(dispatch, place, error) from error
    except OSError as error:
        what = f"ca_file {options.ca_file} cannot be used ({error.strerror or error})"
        raise SendError(dispatch.output.id, what, "name a file of certificates in PEM") from error
    _check(dispatch, place, status)
    return f"{status_words(status)} from {place}"


def _address(dispatch: Dispatch) -> httpx.URL:
    options: Options = dispatch.output.options
    secret = options.secret_url
    url = _parsed(secret.reveal(), with_login=True) if secret else _parsed(options.url)
    if url is None:
        what = "secret_url holds no address"
        raise SendError(dispatch.output.id, what, "let it begin with https:// or http://")
    if options.secret_url and url.scheme == "http" and not options.allow_private_hosts:
        what = "secret_url would cross the network for all to read"
        raise SendError(dispatch.output.id, what, "let it begin with https://")
    return url


def _headers(message: Message, dispatch: Dispatch) -> dict[str, str]:
    options: Options = dispatch.output.options
    id_ = webhook_id(dispatch)
    # A receiver refuses what is old: the time is that of this attempt.
    timestamp = int(datetime.fromisoformat(dispatch.attempted_at or dispatch.planned_at).timestamp())
    headers = {
        **options.headers,
        "User-Agent": "policy-monitor",
        "Content-Type": f"{message.media_type}; charset=utf-8",
        "Accept-Encoding": "identity",
        "Idempotency-Key": id_,
        "webhook-id": id_,
        "webhook-timestamp": str(timestamp),
    }
    if dispatch.repeat:
        headers["X-Possible-Repeat"] = "yes"
    if options.secret is not None:
        headers["webhook-signature"] = _signature(options.secret, dispatch, timestamp, message.body)
    if options.token is not None:
        headers["Authorization"] = f"Bearer {_sendable(options.token, dispatch)}"
    return headers


def _signature(secret: Secret, dispatch: Dispatch, timestamp: int, body: bytes) -> str:
    try:
        return signature(secret, webhook_id(dispatch), timestamp, body)
    except ValueError as error:
        remedy = "write whsec_ and base64, or any other text"
        raise SendError(dispatch.output.id, f"secret cannot sign: {error}", remedy) from error


def _sendable(token: Secret, dispatch: Dispatch) -> str:
    """The token, unless it would end the header that it stands in."""
    if not re.fullmatch(r"[\x21-\x7e]+", token.reveal()):
        what = "token holds a character that cannot be sent"
        raise SendError(dispatch.output.id, what, "look for a stray one where it is kept")
    return token.reveal()


def _asked(request: httpx.Request, options: Options) -> int:
    """The status of the answer. What else the receiver has to say is not read: it may be endless, or our own secrets."""
    trust = ssl.create_default_context(cafile=options.ca_file) if options.ca_file else None
    with (
        contextlib.closing(
            Transport(allow_private=options.allow_private_hosts, ssl_context=trust)
        ) as transport,
        transport.within(options.timeout_s * _PATIENCE),
    ):
        response = transport.handle_request(request)
        with contextlib.closing(response):
            return response.status_code


def _check(dispatch: Dispatch, place: str, status: int) -> None:
    """Raise SendError for whatever is no yes."""
    if 200 <= status < 300:
        return
    what = f"{place} answered {status_words(status)}"
    if 300 <= status < 400:
        raise SendError(
            dispatch.output.id, f"{what}, and no redirect is followed", "write the address where it is now"
        )
    if status in _TO_BE_MENDED:
        raise SendError(dispatch.output.id, what, "mend the address, or the token or secret")
    final = 400 <= status < 500 and status not in _FOR_NOW
    remedy = (
        "switch the output off"
        if status == HTTPStatus.GONE
        else "see the receiver's own log"
        if final
        else ""
    )
    raise SendError(dispatch.output.id, what, remedy, final=final)


def _misfortune(dispatch: Dispatch, place: str, error: TransportFailure) -> SendError:
    """What it means that no answer came: before all was sent it did not arrive, after that nobody knows."""
    # Of an answer that is no HTTP the parser's words quote what came, which may be our own address or token.
    said = "what came is no HTTP" if error.failure == "http" else str(error)
    if isinstance(error.__cause__, _BEFORE):
        remedy = _REMEDIES.get(error.failure, "")
        return SendError(dispatch.output.id, f"{place} did not take it: {said}", remedy)
    return SendError(
        dispatch.output.id, f"{place} was sent all of it and gave no answer: {said}", unknown=True
    )
