"""URLs as they may be shown: in errors, logs and events, without anything that opens a door."""

from __future__ import annotations

import re
from urllib.parse import unquote

_MAX_SHOWN = 300
_SECRET_NAMES = frozenset(
    {"auth", "authorization", "credential", "credentials", "jwt", "pass", "pwd", "sid", "sig"}
)
_SECRET_ENDINGS = ("key", "keyid", "token", "secret", "signature", "password", "passwd", "session")


def redact(url: str) -> str:
    """The URL without user, password, fragment, control characters, and values of parameters that look like keys.

    At most 300 characters. Takes any text, also what is no URL.
    """
    plain = "".join(c if c.isprintable() else f"%{ord(c):02X}" for c in url).partition("#")[0]
    plain = re.sub(r"^([^/?]*//)[^/?]*@", r"\1●●●@", plain)
    address, mark, query = plain.partition("?")
    shown = address + mark + re.sub(r"[^&;]+", _redacted_parameter, query)
    return shown if len(shown) <= _MAX_SHOWN else shown[: _MAX_SHOWN - 1] + "…"


def _redacted_parameter(match: re.Match[str]) -> str:
    name, equals, _ = match[0].partition("=")
    words = re.split(r"[^a-z0-9]+", unquote(name).lower())
    secret = any(word in _SECRET_NAMES or word.endswith(_SECRET_ENDINGS) for word in words)
    return f"{name}=●●●" if equals and secret else match[0]
