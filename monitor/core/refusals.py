"""What a server means when it sends no document: the word for the failure, what a person can do, when to ask again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import msgspec

MAX_RETRY_AFTER = timedelta(days=7)

# For failures where no status says more.
REMEDIES: Mapping[str, str] = {
    "dns": "check the address in config.toml and this machine's network",
    "connect": "check the address and this machine's network; the next poll tries again",
    "tls": "check the address and this machine's clock; nothing is read over a connection that cannot be trusted",
    "timeout": "the next poll tries again",
    "http": "the next poll tries again",
    "private-address": "set allow_private_hosts = true under [fetch] only to poll something of your own",
    "too-large": "ask this source for less",
    "redirect": "look where the source is now and put that address in config.toml",
    "encoding": "the next poll tries again",
}


def failure(status: int, code: str) -> str:
    """The word of `SourceError` for a status; `code` is that of the answer's `error_code`."""
    if status in {400, 401, 403} and code.startswith("API_KEY_"):
        return "key"
    if status in {401, 403}:
        return "blocked"
    return "moved" if status in {404, 410} else "http"


def remedy(status: int, code: str, key_header: str, elsewhere: str = "") -> str:
    """What to do about it. `key_header` is the header in which this request's key goes, or empty.

    `elsewhere` is the address of another host to which the site redirected, where the key was not sent; else empty.
    """
    if elsewhere and failure(status, code) in {"key", "blocked"}:
        return (
            f"the site redirects to another host and the key stays with its own: if {elsewhere} is where the source "
            "is now, put that address in config.toml"
        )
    sent = f"it is sent in the header {key_header}" if key_header else "this kind of source sends none"
    match failure(status, code):
        case "key":
            return f"give the source an api_key in config.toml that the site accepts ({sent})"
        case "blocked" if key_header:
            return f"check the source's api_key ({sent}), or give the source a user_agent of its own"
        case "blocked":
            return "the site may refuse this user_agent; give the source one of its own in config.toml"
        case "moved":
            return "look where the source is now and put that address in config.toml"
    return "the site wants to be asked less often" if status in {429, 503} else "the next poll tries again"


def status_words(status: int) -> str:
    """`404 Not Found`: the standard's words, never the server's."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def error_code(body: bytes) -> str:
    """The code of an error as api.data.gov words it: `{"error": {"code": "API_KEY_MISSING", …}}`; else nothing."""
    try:
        answer = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    error = answer.get("error") if isinstance(answer, dict) else None
    code = error.get("code") if isinstance(error, dict) else None
    return code if isinstance(code, str) and re.fullmatch(r"[A-Z_]{1,40}", code) else ""


def retry_at(retry_after: str, now: datetime) -> datetime | None:
    """When a Retry-After (seconds or a date) lets us ask again: from `now` to a week from now; None for no such wish."""
    if re.fullmatch(r"[0-9]+", retry_after):
        seconds = int(retry_after) if len(retry_after) < 10 else MAX_RETRY_AFTER.total_seconds()
        return now + min(timedelta(seconds=seconds), MAX_RETRY_AFTER)
    moment = http_date(retry_after)
    return min(max(moment, now), now + MAX_RETRY_AFTER) if moment else None


def http_date(text: str) -> datetime | None:
    """The aware moment of an HTTP date, or None for anything else."""
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError, IndexError, TypeError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
