"""A form: one way to write a citation, and how what stands there becomes ids.

A form is a pattern over folded text and a reader of its matches. Where a list names several (`47 CFR parts 1, 2 and 15`),
each is a citation of its own; of a range (`parts 730-774`) its two ends are, for they are what the text names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

Provenance = Literal["stated", "document", "url", "source", "inferred", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """One citation. `start` and `end` count characters of the text as it was given.

    `provenance` says where a bill's Congress comes from; all other citations state what they are, or stand in a URL.
    """

    id: str
    start: int
    end: int
    provenance: Provenance


Reader = Callable[["re.Match[str]", Provenance], Iterator[Citation]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One way to write a citation, and how its match is read.

    `signs`, in small letters, are a quick look: a text in which none of them stands holds nothing of this form.
    """

    pattern: re.Pattern[str]
    read: Reader
    signs: tuple[str, ...]
    provenance: Provenance = "stated"


def form(signs: str, pattern: str, read: Reader, provenance: Provenance = "stated") -> Form:
    """A form by its signs, parted by `|`, and its pattern in the verbose syntax.

    A pattern begins with the characters that a citation may begin with, and looks back only then: to search for one
    of a few characters is several times as fast as to try every place.
    """
    # ASCII: 了 and 法 are word characters to Unicode, and stand right beside H.R. 3003 in Chinese text.
    compiled = re.compile(pattern, re.ASCII | re.VERBOSE)
    return Form(pattern=compiled, read=read, signs=tuple(signs.split("|")), provenance=provenance)


def readings(forms: Iterable[Form], text: str, lower: str) -> Iterator[Citation]:
    """Every reading of every form, also of those that stand inside others. `lower` is the same text in small letters."""
    for one in forms:
        if any(sign in lower for sign in one.signs):
            for match in one.pattern.finditer(text):
                yield from one.read(match, one.provenance)


def whole(id_: str, match: re.Match[str], provenance: Provenance) -> Citation:
    """The citation that a match is from its beginning to its end."""
    return Citation(id=id_, start=match.start(), end=match.end(), provenance=provenance)
