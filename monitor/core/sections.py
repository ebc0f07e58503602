"""Sections of a digest made fit to be sent: an item is told once, and a message shows no more than it may."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from monitor.core.digests import Entry, Section


def told_once(sections: Sequence[Section]) -> tuple[Section, ...]:
    """Each item in the first section that has it, under the reasons of all: those of others name their watchlist."""
    first: dict[str, Entry] = {}
    place: dict[str, int] = {}
    for at, section in enumerate(sections):
        for entry in section.entries:
            if entry.key not in first:
                first[entry.key], place[entry.key] = entry, at
                continue
            others = tuple(replace(reason, watchlist=section.title) for reason in entry.reasons)
            first[entry.key] = replace(first[entry.key], reasons=(*first[entry.key].reasons, *others))
    return tuple(
        replace(
            section, entries=tuple(first[entry.key] for entry in section.entries if place[entry.key] == at)
        )
        for at, section in enumerate(sections)
    )


def limited(sections: Sequence[Section], limit: int) -> tuple[Section, ...]:
    """The first `limit` entries in all; each section says how many it leaves out."""
    found = []
    for section in sections:
        shown = section.entries[: max(limit, 0)]
        limit -= len(shown)
        found.append(
            replace(section, entries=shown, omitted=section.omitted + len(section.entries) - len(shown))
        )
    return tuple(found)


def with_entries(sections: Sequence[Section]) -> tuple[Section, ...]:
    """The sections that tell anything: an alert of one watchlist is silent of the others."""
    return tuple(section for section in sections if section.entries or section.error)
