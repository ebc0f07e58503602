"""One place where a document names something, and what that place shows of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from monitor.core.matching.han import has_han, one_form
from monitor.core.text import fold

_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fe]")
_HANGUL = re.compile("[\uac00-\ud7a3]")
_LOOSE = re.compile(r"[\s\-_.,·:：'’“”\"《》()（）/&]|(?<![a-z])(?:the|and)(?![a-z])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A thing named at `start` to `end` of a repaired document; the line is the file's.

    `names` are all that this place shows to name it, the best first, `acronyms` its short forms. `sure` runs 0-100.
    `entry` is its id in the gazetteer, `known_as` what that knows and the document does not say,
    `japanese` those of them that are Japanese. A clause is told of and not named: news of it holds one of its `anchors`
    with a word of `beside` near it.
    """

    document: str
    line: int
    start: int
    end: int
    quote: str
    names: tuple[str, ...]
    why: str
    sure: int
    kind: str = ""
    acronyms: tuple[str, ...] = ()
    identifiers: tuple[str, ...] = ()
    entry: str = ""
    known_as: tuple[str, ...] = ()
    japanese: tuple[str, ...] = ()
    importance: int = 0
    sources: tuple[str, ...] = ()
    is_asked: bool = False
    is_clause: bool = False
    anchors: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    keys: frozenset[str] = field(default_factory=frozenset)


def language(name: str) -> str:
    """`en`, `zh`, `ja` or `ko`, by its letters."""
    if _KANA.search(name):
        return "ja"
    if _HANGUL.search(name):
        return "ko"
    return "zh" if has_han(name) else "en"


def loose(name: str) -> str:
    """A name as it is compared: without space, marks, case, and in one form of its Chinese characters."""
    return _LOOSE.sub("", one_form(fold(name).lower))
