"""Which language a text is in, as far as its letters tell: the same Han character is drawn otherwise in Japan and in China."""

from __future__ import annotations

import re

from monitor.core.language import Language

_SCRIPTS = (
    ("ja", re.compile("[\u3041-\u30ff\uff66-\uff9d]")),
    ("ko", re.compile("[\u1100-\u11ff\uac00-\ud7a3]")),
    ("zh", re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")),
)
_LATIN = re.compile("[A-Za-z]")


def language_of(text: str, page: Language = "en") -> str:
    """`ja`, `ko` or `zh` where a text holds letters of those; else nothing, for Latin letters do not tell.

    On a page in Chinese, Latin letters are `en`: quotation marks and apostrophes among them would be drawn as wide as Han.
    """
    found = next((language for language, script in _SCRIPTS if script.search(text)), "")
    return found or ("en" if page != "en" and _LATIN.search(text) else "")
