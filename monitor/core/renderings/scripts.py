"""Which language a text is in, as far as its letters tell: the same Han character is drawn otherwise in Japan and in China."""

from __future__ import annotations

import re

_SCRIPTS = (
    ("ja", re.compile("[\u3041-\u30ff\uff66-\uff9d]")),
    ("ko", re.compile("[\u1100-\u11ff\uac00-\ud7a3]")),
    ("zh", re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")),
)


def language_of(text: str) -> str:
    """`ja`, `ko` or `zh` where a text holds letters of those; else nothing, for Latin letters do not tell."""
    return next((language for language, script in _SCRIPTS if script.search(text)), "")
