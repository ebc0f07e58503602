"""One item's history as plain lines."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from monitor.core.digests import Change
from monitor.core.histories import History, StandingMatch
from monitor.core.renderings.neutral import cut, plain

_LABEL = 12
_LONGEST_FIELD = 1_000


def render(history: History, *, width: int) -> str:
    """The history as text of at most `width` columns; URLs are never broken."""
    return "\n".join(_lines(history, width)) + "\n"


def _lines(history: History, width: int) -> Iterator[str]:
    yield from _wrapped(history.title or "(no title)", width, "")
    yield plain(history.key)
    yield ""
    for label, text in _facts(history):
        yield from _labelled(label, text, width)
    if history.summary:
        yield ""
        yield from _wrapped(history.summary, width, "")
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
        yield "stands at", f"{history.stage.text or history.stage.name} since {history.stage.since}"
    yield "published", history.published or "no date"
    yield "source", f"{history.source}, revision {history.revision}"
    yield "address", history.url
    yield "also called", "; ".join(title for title in history.titles if title != history.title)
    yield "belongs to", ", ".join(history.identifiers)
    yield "topics", ", ".join(history.subjects)
    for name, value in history.details:
        yield name.replace("_", " "), value


def _match(match: StandingMatch, width: int) -> Iterator[str]:
    state = f"no longer: {match.withdrawn}" if match.withdrawn else f"score {match.score}, {match.origin}"
    yield from _wrapped(f"{match.watchlist} / {match.subject}  ({state})", width, "  ")
    for found in match.evidence:
        yield from _wrapped(f'{found.field}: "{found.quote}" by {found.rule} "{found.term}"', width, "    ")


def _change(change: Change, width: int) -> Iterator[str]:
    origin = "" if change.origin == "live" else f", {change.origin}"
    claim = f"{change.occurred}  " if change.occurred else ""
    text = f": {change.text}" if change.text else ""
    head = f"{claim}{change.kind}{text}  (position {change.position}, recorded {change.recorded_at}{origin})"
    yield from _wrapped(head, width, "  ")
    for field in change.fields:
        yield from _wrapped(f"{field.field}: {_value(field.old)} → {_value(field.new)}", width, "    ")


def _value(value: object) -> str:
    if isinstance(value, list):
        return "; ".join(str(part) for part in value) or "(empty)"
    return cut(str(value), _LONGEST_FIELD) if value else "(empty)"


def _labelled(label: str, text: str, width: int) -> Iterator[str]:
    if text:
        yield from _wrapped(f"{label:<{_LABEL}} {text}", width, "", " " * (_LABEL + 1))


def _wrapped(text: str, width: int, indent: str, further: str | None = None) -> list[str]:
    return textwrap.wrap(
        plain(text),
        width,
        initial_indent=indent,
        subsequent_indent=indent + "  " if further is None else further,
        break_long_words=False,
        break_on_hyphens=False,
    )
