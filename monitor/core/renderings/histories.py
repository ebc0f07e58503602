"""One item's history as plain lines."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from monitor.core import wording
from monitor.core.digests import Change
from monitor.core.histories import FullText, History, StandingMatch
from monitor.core.renderings.neutral import cut, plain

_MARGIN = 13
_LONGEST_FIELD = 1_000


def render(history: History, *, width: int) -> str:
    """The history as text of at most `width` columns; URLs are never broken."""
    return "\n".join(_lines(history, width)) + "\n"


def _lines(history: History, width: int) -> Iterator[str]:
    yield from _wrapped(history.title or "(no title)", width, "", "  ")
    yield plain(history.key)
    yield ""
    for label, text in _facts(history):
        yield from _labelled(label, text, width)
    if history.summary:
        yield ""
        yield from _wrapped(history.summary, width, "  ", "  ")
    yield ""
    yield "Why it is here" if history.matches else "No subject of a watchlist recognises it."
    for match in history.matches:
        yield from _match(match, width)
    yield ""
    yield "What happened, in the order of the log"
    for change in history.changes:
        yield from _change(change, width)


def _facts(history: History) -> Iterator[tuple[str, str]]:
    if history.withdrawn:
        yield "withdrawn", history.withdrawn
    if history.stage:
        yield "stands", history.stage.text or history.stage.name
    yield "published", history.published or "no date"
    yield "source", f"{history.source}, revision {history.revision}"
    yield "address", history.url
    yield "also called", "; ".join(title for title in history.titles if title != history.title)
    yield "belongs to", ", ".join(history.identifiers)
    yield "topics", ", ".join(history.subjects)
    if history.text:
        yield "text", _full_text(history.text)
    for name, value in history.details:
        yield name.replace("_", " "), value


def _full_text(text: FullText) -> str:
    size = "" if text.size is None else f"{text.size:,} bytes, "
    if text.erased:
        return f"erased: {text.erased} ({size}sha256 {text.sha256})"
    return f"{size or 'missing (`monitor verify` says more), '}sha256 {text.sha256}"


def _match(match: StandingMatch, width: int) -> Iterator[str]:
    state = f"no longer: {match.withdrawn}" if match.withdrawn else f"score {match.score}, {match.origin}"
    yield from _wrapped(f"{match.watchlist} / {match.subject} ({state})", width, "  ")
    for quote, place in wording.quotations(match.evidence):
        yield from _wrapped(f"“{quote}” {place}", width, "    ")


def _change(change: Change, width: int) -> Iterator[str]:
    text = f": {change.text}" if change.text else ""
    origin = "" if change.origin == "live" else f", {change.origin}"
    yield from _labelled(change.occurred[:10], f"{change.kind}{text}", width)
    observed = f"observed {change.observed_at}, " if change.observed_at else ""
    clocks = f"position {change.position}, {observed}recorded {change.recorded_at}{origin}"
    yield from _labelled("", clocks, width)
    for field in change.fields:
        words = f"{wording.field_name(field.field)}: {_value(field.old)} → {_value(field.new)}"
        yield from _labelled("", words, width)


def _value(value: object) -> str:
    if isinstance(value, list):
        return "; ".join(str(part) for part in value) or "(empty)"
    return cut(str(value), _LONGEST_FIELD) if value else "(empty)"


def _labelled(label: str, text: str, width: int) -> Iterator[str]:
    """A line with its label in the margin; nothing where there is nothing to say."""
    if text:
        yield from _wrapped(text, width, plain(label).ljust(_MARGIN) + "  ", " " * (_MARGIN + 2))


def _wrapped(text: str, width: int, indent: str, further: str = "") -> list[str]:
    return textwrap.wrap(
        plain(text),
        width,
        initial_indent=indent,
        subsequent_indent=further or indent + "  ",
        break_long_words=False,
        break_on_hyphens=False,
    )
