"""Sums of money as publishers print them, brought to one form, so that the same sum printed otherwise is no revision."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from monitor.core.answers import words
from monitor.core.text import line

_SUM = re.compile(r"\$?\s?([0-9]{1,18}|[0-9]{1,3}(?:,[0-9]{3}){1,5})(?:\.([0-9]{1,4}))?")
_NOT_STATED = frozenset({"", "none", "null", "n/a"})


def amount(record: Any, name: str) -> str:
    """The sum of that name: `1500000` of `$1,500,000.00`, `1500000` or 1500000.0; empty where none is stated.

    Words that are no sum stay as they are.
    """
    value = record.get(name) if isinstance(record, Mapping) else None
    if isinstance(value, float):
        return _whole(f"{value:.2f}") if math.isfinite(value) else ""
    text = words(record, name)
    return "" if text.lower() in _NOT_STATED else _whole(text)


def _whole(text: str) -> str:
    match = _SUM.fullmatch(text)
    if match is None:
        return line(text)
    cents = (match[2] or "").rstrip("0")
    return match[1].replace(",", "") + (f".{match[2]}" if cents else "")
