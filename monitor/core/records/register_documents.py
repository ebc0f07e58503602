"""Documents of the Federal Register as several sources name them: one number, one key, one way to name agencies."""

from __future__ import annotations

import re
from typing import Any

from monitor.core.answers import entries, words
from monitor.core.text import fold, line

_NUMBER = re.compile(r"[A-Z0-9]{1,10}(?:-[A-Z0-9]{1,10}){1,3}", re.ASCII)
_YEAR = re.compile(r"(?:19|20)\d\d", re.ASCII)
_DIGITS = 5  # as the Register has printed them since 2012


def document_number(text: str) -> str:
    """`2024-01234` of `2024–01234`, as publishers print it with every kind of dash; empty for what is no number.

    Zeros before the last part tell nothing apart, and the Register itself writes them in one list and not in the
    other: 2012-7333 and 2012-07333 are one document, here 2012-07333; E9-00123 and E9-123 are E9-123.
    """
    named = fold(text).text.strip().upper()
    return _with_zeros(named) if _NUMBER.fullmatch(named) else ""


def _with_zeros(named: str) -> str:
    series, _, serial = named.rpartition("-")
    if not serial.isdigit():
        return named
    digits = _DIGITS if _YEAR.fullmatch(series.rpartition("-")[2]) else 1
    return f"{series}-{int(serial):0{digits}}"


def document_key(text: str) -> str:
    """The item key of the document with that number, however it is written; empty for what is no number."""
    named = document_number(text)
    return f"frdoc:{named}" if named else ""


def agency_names(record: Any) -> str:
    """The names of a document's `agencies`, as the API sends them, in its order."""
    names = (words(agency, "name") or words(agency, "raw_name") for agency in entries(record, "agencies"))
    return "; ".join(line(name) for name in names if name)
