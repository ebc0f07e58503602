"""An item: one published document under a stable key, as one source states it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import msgspec

from monitor.core.dates import When


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """A step in an item's history: a bill's referral, report, vote, signature.

    `key` tells equal-looking steps apart (publishers give actions no id) and stays the same from poll to poll.
    """

    key: str
    text: str
    when: When | None
    code: str = ""
    type: str = ""
    chamber: str = ""
    system: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One published document as a source states it.

    All text is plain (no tags, no entities), in the publisher's own words, and never shortened. An empty field
    means that this source does not say, never that the document has none. `titles` are its other titles, `subjects`
    the publisher's own topic words, `identifiers` canonical citations of what it is or belongs to (`docket:21-186`),
    `details` short facts by name (`sponsor`, `agencies`, `status`). `marker` is the publisher's own version of the item
    (an update date): it moves without anything having changed, so it is not content and makes no revision.
    """

    key: str
    kind: str
    title: str = ""
    summary: str = ""
    url: str = ""
    published: When | None = None
    titles: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    identifiers: tuple[str, ...] = ()
    details: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    actions: tuple[Action, ...] = ()
    marker: str = ""


# What makes a revision when it changes. `key` is identity, `actions` are events of their own, `marker` is not content.
CONTENT_FIELDS = tuple(f.name for f in fields(Item) if f.name not in {"key", "actions", "marker"})


def content(item: Item) -> dict[str, Any]:
    """The content fields that the source states, by name; each detail is a field of its own (`details.sponsor`)."""
    stated = {name: value for name in CONTENT_FIELDS if (value := getattr(item, name)) and name != "details"}
    return stated | {f"details.{name}": value for name, value in item.details.items() if value}


def field_hashes(item: Item) -> dict[str, str]:
    """A short hash of each content field that the source states; what it leaves empty is left out.

    Lists are hashed in sorted order: publishers reorder them from poll to poll, and that is no revision.
    """
    return {name: _hash(value) for name, value in content(item).items()}


def _hash(value: Any) -> str:
    stable = sorted(value) if isinstance(value, tuple) else value
    return hashlib.sha256(msgspec.json.encode(stable, order="sorted")).hexdigest()[:16]


def content_hash(hashes: Mapping[str, str]) -> str:
    """SHA-256 over `field_hashes`: the same for the same content, whatever the order in which it came."""
    return hashlib.sha256(msgspec.json.encode(dict(hashes), order="sorted")).hexdigest()
