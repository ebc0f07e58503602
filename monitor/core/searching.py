"""Words that a person seeks in texts: whole ones, in any case, Chinese ones in any script; "and" and & are one."""

from __future__ import annotations

import re
from collections.abc import Collection

from monitor.core.matching.han import has_han, one_form
from monitor.core.matching.scanning import CJK
from monitor.core.text import fold

# A letter or digit of a script that parts its words: beside it a word goes on.
_WITHIN = rf"[^\W_{CJK}]"
_BEGINS = re.compile(_WITHIN)
_AND = ("and", "&")


class Sought:
    """The words of a query. One that ends in `*` is the beginning of a word.

    `letters` are those of the words which every fitting text in ASCII holds as they are, whatever their case.
    """

    def __init__(self, query: str) -> None:
        words = [word for word in query.split() if word.strip("*")]
        self._words = [re.compile(_pattern(word)) for word in words]
        self._is_han = has_han(query)
        plain = (fold(word.removesuffix("*")).text for word in words if word.lower() not in _AND)
        self.letters = [word for word in plain if "&" not in word]

    def stands_in(self, texts: Collection[str]) -> bool:
        """Whether each word stands in one of the texts."""
        if not self._words:
            return True
        if self._is_han and not any(map(has_han, texts)):
            return False
        read = [_comparable(text) for text in texts]
        return all(any(word.search(text) for text in read) for word in self._words)


def _pattern(word: str) -> str:
    """The word, bounded on each side where it begins or ends with what makes words."""
    if word.lower() in _AND:
        return rf"(?<!{_WITHIN})and(?!{_WITHIN})|&"
    letters = _comparable(word.removesuffix("*"))
    before = rf"(?<!{_WITHIN})" if _BEGINS.match(letters) else ""
    after = rf"(?!{_WITHIN})" if _BEGINS.match(letters[-1:]) and not word.endswith("*") else ""
    return f"{before}{r' ?& ?'.join(map(re.escape, letters.split('&')))}{after}"


def _comparable(text: str) -> str:
    return text.lower() if text.isascii() else one_form(fold(text).lower)
