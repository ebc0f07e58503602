"""How events are stored and read back: the envelope around a payload, its JSON, and shapes from the past.

A new shape of an event gets the next schema number and an upcaster from the old one. `decode` is the one function that
every reader uses.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from monitor.core.events import TYPES, Payload

SCHEMA: Mapping[str, int] = dict.fromkeys(TYPES, 1)

# (type, schema) → a function from that schema's JSON object to the next schema's.
UPCASTERS: Mapping[tuple[str, int], Callable[[dict[str, Any]], dict[str, Any]]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """A fact or decision that is about to be appended. Times are ISO 8601 UTC ending in Z."""

    data: Payload
    recorded_at: str
    run: str
    occurred_at: str | None = None
    observed_at: str | None = None
    cause: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A row of the log. `hash` is hexadecimal; `data` is None where this version does not know the type."""

    position: int
    id: str
    stream: str
    version: int
    type: str
    schema: int
    recorded_at: str
    run: str
    occurred_at: str | None
    observed_at: str | None
    cause: int | None
    data: Payload | None
    hash: str


def encode(data: Payload) -> str:
    """Canonical JSON: keys sorted, UTF-8, no floats."""
    return msgspec.json.encode(data, order="sorted").decode()


def decode(type_: str, schema: int, text: str) -> Payload | None:
    """The payload of a stored event, brought up to the present schema; None for a type or schema from the future."""
    cls = TYPES.get(type_)
    if cls is None or schema > SCHEMA[type_]:
        return None
    if schema == SCHEMA[type_]:
        return msgspec.json.decode(text, type=cls)  # type: ignore[no-any-return] # cls is one of Payload
    raw = msgspec.json.decode(text)
    for number in range(schema, SCHEMA[type_]):
        raw = UPCASTERS[type_, number](raw)
    return msgspec.convert(raw, type=cls)  # type: ignore[no-any-return] # cls is one of Payload


def event_id(run: str, stream: str, version: int) -> str:
    """The id of what a run appends as one version of one stream: a retry by the same run has the same id."""
    return hashlib.sha256(f"{run}\n{stream}\n{version}".encode()).hexdigest()[:32]
