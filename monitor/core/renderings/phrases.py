"""Words with the part that they play, as remarks hold them; whatever stands in one is `plain`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from monitor.core.renderings.neutral import plain

Role = Literal["words", "quiet", "strong", "quote", "old", "new", "arrow", "joint", "alarm", "path"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A few words and the part that they play: a quotation, what was there before, an arrow."""

    text: str
    role: Role = "words"


Phrase = tuple[Piece, ...]


def piece(text: str, role: Role = "words") -> Piece:
    """Words made plain; a space at either end is the phrase's own and stays."""
    words = plain(text)
    lead, trail = (" " if edge.isspace() and words else "" for edge in (text[:1], text[-1:]))
    return Piece(text=f"{lead}{words}{trail}", role=role)
