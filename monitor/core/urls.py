"""URLs as they may be kept and shown: without tracking, and without anything that opens a door or tricks an eye."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import unquote, unquote_plus, urljoin, urlsplit, urlunsplit

_MAX_SHOWN = 300
_MAX_BRIEF = 90
_SECRET_NAMES = frozenset(
    {"auth", "authorization", "credential", "credentials", "jwt", "pass", "pwd", "sid", "sig"}
)
_SECRET_ENDINGS = ("key", "keyid", "token", "secret", "signature", "password", "passwd", "session")

_TRACKING = re.compile(r"utm_\w+|fbclid|gclid|mc_[ce]id", re.IGNORECASE)
_UNUSUAL = re.compile(r"[^\x20-\x7e]")
_UNSEEN = frozenset({"Cc", "Cf", "Cs"})


def web_link(text: str, base: str = "") -> str:
    """The address in full if it is one that a browser may open, else nothing; always without tracking parameters.

    Control, format and surrogate characters are left out: they lead nowhere and hide where the rest leads.
    """
    seen = _UNUSUAL.sub(
        lambda match: "" if unicodedata.category(match[0]) in _UNSEEN else match[0], text
    ).strip()
    try:
        parts = urlsplit(urljoin(base, seen) if seen else "")
        untracked = parts._replace(query=_untracked(parts.query), fragment=_untracked(parts.fragment))
        return urlunsplit(untracked) if parts.scheme in {"http", "https"} and parts.hostname else ""
    except ValueError:
        return ""


def _untracked(query: str) -> str:
    return "&".join(each for each in query.split("&") if not is_tracking(each.partition("=")[0]))


def is_tracking(name: str) -> bool:
    """Whether a parameter of that name tells where a reader came from, and nothing of the document."""
    return _TRACKING.fullmatch(unquote_plus(name)) is not None


def redact(url: str) -> str:
    """The URL without user, password, fragment, control characters, and values of parameters that look like keys.

    At most 300 characters. Takes any text, also what is no URL.
    """
    plain = "".join(c if c.isprintable() else f"%{ord(c):02X}" for c in url).partition("#")[0]
    plain = re.sub(r"^([^/?]*//)[^/?]*@", r"\1●●●@", plain)
    address, mark, query = plain.partition("?")
    shown = address + mark + re.sub(r"[^&;]+", _redacted_parameter, query)
    return shown if len(shown) <= _MAX_SHOWN else shown[: _MAX_SHOWN - 1] + "…"


def brief(url: str) -> str:
    """The URL as a message names it: redacted, and where it is long without what it asks for."""
    shown = redact(url)
    address, mark, _ = shown.partition("?")
    return shown if len(shown) <= _MAX_BRIEF or not mark else f"{address}?…"


def _redacted_parameter(match: re.Match[str]) -> str:
    name, equals, _ = match[0].partition("=")
    words = re.split(r"[^a-z0-9]+", unquote(name).lower())
    secret = any(word in _SECRET_NAMES or word.endswith(_SECRET_ENDINGS) for word in words)
    return f"{name}=●●●" if equals and secret else match[0]
