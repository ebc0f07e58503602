"""Words from outside made safe to print: no controls, no invisible characters, no address but the web's."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote, urlsplit

# Line breaks and tabs part words; every other control (Cc), format character (Cf: zero-width, bidi), surrogate and
# noncharacter is dropped.
_BREAKS = re.compile(r"[\s\x00\x1c-\x1f\x85\u2028\u2029]+")
_DROPPED = frozenset({"Cc", "Cf", "Cs"})
_NONCHARACTERS = re.compile("[\ufdd0-\ufdef\ufffe\uffff\U0001fffe\U0001ffff]")
# No living script stacks more marks than this on one letter; heaps of them overprint the lines around.
_MOST_MARKS = 4
# What a web address may hold as it is; everything else, brackets and quotes included, is percent-encoded.
_ADDRESS = "!#$%&*+,/:;=?@~-._"


# Browsers and mail programs follow no longer ones reliably.
_LONGEST_ADDRESS = 2000


def plain(text: str) -> str:
    """One line of visible characters, in the order in which they are written."""
    spaced = _BREAKS.sub(" ", text)
    if spaced.isascii() and spaced.isprintable():
        return spaced.strip()
    kept = "".join(c for c in spaced if unicodedata.category(c) not in _DROPPED)
    return " ".join(_unpiled(_NONCHARACTERS.sub("", kept)).split())


def _unpiled(text: str) -> str:
    kept: list[str] = []
    marks = 0
    for character in text:
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks <= _MOST_MARKS:
            kept.append(character)
    return "".join(kept)


def web_address(url: str) -> str:
    """The address if it leads to the web and nowhere else and is of a sane length, percent-encoded; else nothing."""
    address = plain(url)
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return ""
    encoded = quote(address, safe=_ADDRESS)
    return encoded if len(encoded) <= _LONGEST_ADDRESS else ""


def without_login(text: str) -> str:
    """The text as an error may quote it: what stands before an `@` is left out where a password may be in it."""
    before, _, after = text.rpartition("@")
    holds_one = ":" in before and not before.startswith("mailto:")
    return f"●●●@{after}" if holds_one else text


def cells(text: str) -> int:
    """How many columns of a terminal the text takes: two for a wide character, none for a combining mark."""
    if text.isascii():
        return len(text)
    return sum(_cells(character) for character in text)


def _cells(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def cut(text: str, room: int, ellipsis: str = "…") -> str:
    """The text, or as much of it as fits in `room` columns with the ellipsis; between words where that loses little."""
    if cells(text) <= room:
        return text
    kept: list[str] = []
    used = len(ellipsis)
    for character in text:
        used += _cells(character)
        if used > room:
            break
        kept.append(character)
    whole = "".join(kept)
    words, space, _ = whole.rpartition(" ")
    return f"{(words if space and cells(words) > room // 2 else whole).rstrip()}{ellipsis}"


def excerpt(text: str, room: int) -> str:
    """The beginning of a text of any length, plain and cut to `room` columns."""
    return cut(plain(text[: room * 16]), room)
