r"""A digest for a program: one JSON object on one line, everything in full and as the publishers have it.

Characters that a terminal obeys or hides are written as `\u` escapes, so that printing the line is as safe as
reading it back is exact.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

import msgspec

from monitor.core.digests import Change, Digest, Entry, Reason, Section
from monitor.core.evidence import Evidence

# Controls, format characters (zero-width, bidi), line and paragraph separators: they can only stand inside of JSON
# strings, where an escape means the same.
_UNSEEN = frozenset({"Cc", "Cf", "Zl", "Zp"})


def render(digest: Digest) -> str:
    """`{period, head, watchlists: [{id, title, entries: […]}], sources: […]}` and more, and a line break."""
    return line(value(digest))


def line(content: Any) -> str:
    """A value as one line of JSON, and a line break."""
    text = msgspec.json.encode(content).decode()
    if not (text.isascii() and text.isprintable()):
        text = text.translate({ord(c): _escape(c) for c in set(text) if unicodedata.category(c) in _UNSEEN})
    return text + "\n"


def _escape(character: str) -> str:
    units = character.encode("utf-16-be").hex()
    return "".join(f"\\u{units[start : start + 4]}" for start in range(0, len(units), 4))


def value(digest: Digest) -> dict[str, Any]:
    """The object of `render`, to stand in another one."""
    period = digest.period
    return {
        "period": {
            "since": period.since,
            "until": period.until,
            "clock": period.clock,
            "timezone": period.timezone,
            "label": period.label,
        },
        "as_of": digest.as_of,
        "first_position": digest.first_position,
        "last_position": digest.last_position,
        "position": digest.position,
        "head": digest.head,
        "notices": list(digest.notices),
        "watchlists": [_watchlist(section) for section in digest.sections],
        "sources": [msgspec.to_builtins(source) for source in digest.sources],
    }


def _watchlist(section: Section) -> dict[str, Any]:
    return {
        "id": section.id,
        "title": section.title,
        "priority": section.priority,
        "error": section.error,
        "entries": [_entry(entry) for entry in section.entries],
        "omitted": section.omitted,
        "activity": [{"subject": each.subject, "days": each.days} for each in section.activity],
    }


def _entry(entry: Entry) -> dict[str, Any]:
    zh: Mapping[str, str] = {"title_zh": entry.title_zh} if entry.title_zh else {}
    withdrawn = {reason.subject: reason.withdrawn for reason in entry.reasons if reason.withdrawn}
    return {
        "key": entry.key,
        "kind": entry.kind,
        "title": entry.title,
        **zh,
        "subjects": [reason.subject for reason in entry.reasons if not reason.watchlist],
        "also_in": [
            {"watchlist": reason.watchlist, "subject": reason.subject}
            for reason in entry.reasons
            if reason.watchlist
        ],
        **({"no_longer": withdrawn} if withdrawn else {}),
        "change": entry.change,
        "origin": entry.origin,
        "occurred_at": entry.occurred,
        "recorded_at": entry.recorded_at,
        "url": entry.url,
        "source": entry.source,
        "evidence": [_evidence(reason, piece) for reason in entry.reasons for piece in reason.evidence],
        "changes": [_change(change) for change in entry.changes],
        "stage": msgspec.to_builtins(entry.stage),
        "summary": entry.summary,
        "deadlines": [msgspec.to_builtins(deadline) for deadline in entry.deadlines],
        "related": [msgspec.to_builtins(related) for related in entry.related],
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "kind": change.kind,
        "position": change.position,
        "occurred_at": change.occurred,
        "recorded_at": change.recorded_at,
        "observed_at": change.observed_at,
        "origin": change.origin,
        "text": change.text,
        "fields": [msgspec.to_builtins(field) for field in change.fields],
        "significance": change.significance,
    }


def _evidence(reason: Reason, evidence: Evidence) -> dict[str, Any]:
    return {"watchlist": reason.watchlist, "subject": reason.subject, **msgspec.to_builtins(evidence)}
