"""The line of a file in which something is wrong, with a caret below the place, safe to print whatever the file holds."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from monitor.core.errors import Place
from monitor.core.renderings.neutral import cells, cut
from monitor.core.urls import redact

_UNSEEN = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
_SECRET = re.compile(
    r"""(?:key|key_?id|token|secret|signature|passw(?:or)?d|pwd|pass|session|auth(?:orization)?|credentials?)["']?\s*=""",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"https?://[^\s\"'<>]*", re.IGNORECASE)


def pointed(place: Place, width: int) -> tuple[str, str]:
    """The line behind its number, and a line with a caret: as much as fits in `width` columns.

    What may be a key or a password is not shown, characters that a terminal would obey are one dot each.
    """
    margin = f"{place.line:6} | "
    room = width - len(margin)
    shown = _without_secrets(place.text)
    at = min(place.column - 1, _alike(shown, place.text))
    before = _end(shown[:at], room * 2 // 3)
    line = before + _beginning("".join(_seen(shown[at : at + 2 * room])), room - cells(before))
    return margin + line, " " * (len(margin) - 2) + "| " + " " * cells(before) + "^"


def _alike(one: str, other: str) -> int:
    """How many characters both begin with."""
    pairs = zip(one, other, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _beginning(text: str, room: int) -> str:
    return cut(text, max(room, 2)) if cells(text) > room else text


def _end(text: str, room: int) -> str:
    """The text, or as much of its end as takes at most so many columns."""
    seen = "".join(_seen(text[-2 * room :]))
    if len(text) <= 2 * room and cells(seen) <= room:
        return seen
    while cells(seen) >= room:
        seen = seen[1:]
    return f"…{seen}"


def _without_secrets(text: str) -> str:
    if found := _SECRET.search(text):
        text = f"{text[: found.end()]} …"
    return _ADDRESS.sub(lambda found: redact(found[0]), text)


def _seen(text: str) -> Iterator[str]:
    """Characters that take the room that they seem to take: a tab is a space, marks are not piled up."""
    marked = False
    for character in text:
        combining = bool(unicodedata.combining(character)) or unicodedata.category(character) in {"Mn", "Me"}
        if not (combining and marked):
            unseen = unicodedata.category(character) in _UNSEEN
            yield " " if character == "\t" else "·" if unseen else character
        marked = combining
