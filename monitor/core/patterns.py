"""Regular expressions of watchlists, on RE2, which no pattern can make hang.

They search folded text, which has no accents, one width and one kind of dash; so each character of a pattern is read.
"""

from __future__ import annotations

import re
import string
import unicodedata
from typing import Any

import re2

from monitor.core.text import fold

_ESCAPED = r"\\x\{[0-9A-Fa-f]{1,6}\}|\\x[0-9A-Fa-f]{2}|\\[pP]\{[^}]*\}|\\."
_MEMBER = rf"(?:{_ESCAPED}|\[:\^?[a-z]+:\]|[^\]\\])"
_TOKEN = re.compile(
    rf"\\Q(?P<quoted>.*?)(?:\\E|\Z)|(?P<opens>\[\^?)(?P<set>\]?{_MEMBER}*)\]|(?P<one>{_ESCAPED}|.)", re.DOTALL
)
_RANGE = re.compile(rf"(?P<low>{_MEMBER}|\])(?:-(?P<high>{_MEMBER}))?", re.DOTALL)
_HEX = re.compile(r"\\x\{?([0-9A-Fa-f]+)\}?")
# A longer range than all the dashes is one of letters.
_FEW = 64


def compile_regex(pattern: str, *, case: bool) -> Any:
    """A pattern ready for `search` in folded text. ValueError: RE2's own words."""
    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = case
    try:
        return re2.compile(as_folded(pattern)[0], options)
    except re2.error as error:
        said = error.args[0] if error.args else ""
        raise ValueError(said.decode(errors="replace") if isinstance(said, bytes) else str(said)) from error


def as_folded(pattern: str) -> tuple[str, tuple[str, ...]]:
    """The pattern for folded text, and what of its sets stands in no such text: `À-ÿ`, which has no like without accents."""
    idle: list[str] = []

    def folded(token: re.Match[str]) -> str:
        if token["quoted"] is not None:
            return _escaped("".join(map(_folded, token["quoted"])))
        if token["one"] is not None:
            return _single(token["one"])
        return f"{token['opens']}{_RANGE.sub(lambda some: _of_set(some, idle), token['set'])}]"

    composed = unicodedata.normalize("NFC", pattern)
    return _TOKEN.sub(folded, composed), tuple(idle)


def _single(token: str) -> str:
    character = _character(token)
    if character is None or character.isascii():
        return token
    plain = _folded(character)
    return _escaped(plain) if len(plain) < 2 else f"(?:{_escaped(plain)})"


def _of_set(some: re.Match[str], idle: list[str]) -> str:
    """A member of a set, or a range of them, as folded text has it; as it stands, where folding makes no set of it."""
    low, high = _character(some["low"]), _character(some["high"] or some["low"])
    if low is None or high is None or (low + high).isascii():
        return some[0]
    first, last = _folded(low), _folded(high)
    if (first, last) == (low, high):
        return some[0]
    if len(first) == len(last) == 1 and ord(last) - ord(first) == ord(high) - ord(low):
        return _escaped(first) if low == high else f"{_escaped(first)}-{_escaped(last)}"
    if ord(high) - ord(low) < _FEW:
        like = {_folded(chr(code)) for code in range(ord(low), ord(high) + 1)}
        if len(like) == 1 and len(first) == 1:
            return _escaped(first)
    idle.append(some[0])
    return some[0]


def _character(token: str) -> str | None:
    """The one character that it stands for; None for a class of them, and for what is an operator or an escape of RE2."""
    if found := _HEX.fullmatch(token):
        code = int(found[1], 16)
        return chr(code) if code <= 0x10FFFF else None
    return token if len(token) == 1 else None


def _folded(character: str) -> str:
    return character if character.isascii() else fold(character).text


def _escaped(text: str) -> str:
    return "".join(f"\\{each}" if each in string.punctuation else each for each in text)
