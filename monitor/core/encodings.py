"""Letters: a document's bytes brought to UTF-8 by what the publisher declares, never by a guess.

Publishers name an encoding and write its vendor's superset (①, ㈱ and 髙 in Shift_JIS, rare syllables in EUC-KR), so a
name is read as the superset, as browsers do: https://encoding.spec.whatwg.org/#names-and-labels
"""

from __future__ import annotations

import codecs
import re

_DECLARATION = re.compile(rb"\s*<\?xml\b[^<>]{0,1000}\?>")
_DECLARED = re.compile(rb"\bencoding\s*=\s*[\"']([\w.:-]{1,40})")
_SENT = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_LOST = "\ufffd"
_ASCII_OR_LOST = re.compile(rf"[\x00-\x7f{_LOST}]*+")
_JIS = re.compile(rb"iso-2022-", re.IGNORECASE)
# By their first bytes: the mark, else `<` in that width. UTF-32 first, for its mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
)
_WIDE = (
    (b"\x00\x00\x00<", "utf-32-be"),
    (b"<\x00\x00\x00", "utf-32-le"),
    (b"\x00<", "utf-16-be"),
    (b"<\x00", "utf-16-le"),
)
# Names that Python does not know.
_ALIASES = {
    "x-sjis": "cp932",
    "x-euc-jp": "euc_jp",
    "x-gbk": "gb18030",
    "x-x-big5": "cp950",
    "windows-949": "cp949",
    "windows-874": "cp874",
}
_SUPERSETS = {
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "cp950",
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
}
# Python has codecs that are no letters of anybody (punycode, unicode_escape), and some of them take for ever.
_READABLE = re.compile(
    r"utf-8|cp932|cp949|cp950|cp874|cp866|cp125\d|gb18030|big5hkscs|euc_jp|iso2022_(?:jp|kr)\w*|iso8859-\d+|koi8-\w|mac-\w+"
)


def in_utf8(body: bytes, content_type: str) -> tuple[bytes, str]:
    """An XML document in UTF-8 that declares it, and what was wrong with its letters, or nothing.

    Text that is UTF-8 throughout is UTF-8, whatever is declared: publishers' declarations are wrong more often. Else
    the byte order mark counts, then the XML declaration, then Content-Type. What none of these can read is read by the
    first of them with U+FFFD for each letter that is lost; what should be UTF-8 and is so nowhere, as windows-1252.
    """
    text, wrong = _decoded(body, content_type)
    utf8 = text if isinstance(text, bytes) else text.encode()
    found = _DECLARATION.match(utf8)
    return b'<?xml version="1.0" encoding="utf-8"?>' + utf8[found.end() if found else 0 :], wrong


def _decoded(body: bytes, content_type: str) -> tuple[str | bytes, str]:
    """The text, and what was wrong; bytes where they are UTF-8 already and need no copy of four times the size."""
    for mark, name in _MARKS:
        if body.startswith(mark):
            return _read(body[len(mark) :], [name], name)
    for start, name in _WIDE:
        if body.startswith(start):
            return _read(body, [name], name)
    declaration = _DECLARATION.match(body)
    declared = _DECLARED.search(declaration[0]) if declaration else None
    sent = _SENT.search(content_type)
    told = [name for name in (declared[1].decode() if declared else "", sent[1] if sent else "") if name]
    if not (b"\x1b" in body and declared and _JIS.match(declared[1])) and _is_utf8(body):
        return body, ""
    names = [name for each in told if (name := _superset(each))]
    return _read(body, names or ["utf-8"], ", ".join(dict.fromkeys(told)))


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _superset(label: str) -> str:
    """The codec that reads what is written under that name; empty for a name of none."""
    label = label.lower()
    try:
        name = codecs.lookup(_ALIASES.get(label, label)).name
    except (LookupError, ValueError):
        return ""
    name = _SUPERSETS.get(name, name)
    return name if _READABLE.fullmatch(name) else ""


def _read(body: bytes, names: list[str], told: str) -> tuple[str, str]:
    """The text, and what was wrong with it: a way of reading that nobody declared is never a silent one."""
    for name in names:
        try:
            return body.decode(name), ""
        except UnicodeDecodeError:
            continue
    wrong = (
        f"is not in the encoding that it declares ({told})"
        if told
        else "declares no encoding and is not UTF-8"
    )
    if names[0] == "utf-8" and (text := _western(body)):
        return text, f"{wrong}: it was read as windows-1252, which is a guess"
    text = body.decode(names[0], "replace")
    return text, f"{wrong}: it was read as {names[0]}, and {text.count(_LOST)} letters could not be"


def _western(body: bytes) -> str:
    """The text in windows-1252, where no letter of it is UTF-8 and all of it can be that; else nothing."""
    if not _ASCII_OR_LOST.fullmatch(body.decode(errors="replace")):
        return ""
    try:
        return body.decode("cp1252")
    except UnicodeDecodeError:
        return ""
