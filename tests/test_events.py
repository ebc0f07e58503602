"""The catalogue of events: one golden payload a type and schema, readable for ever."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core import envelopes
from monitor.core.envelopes import SCHEMA, UPCASTERS, decode, encode, event_id
from monitor.core.events import NAMES, TYPES

GOLDEN = Path(__file__).parent / "events"
CASES = sorted(GOLDEN.glob("*.json"))


def test_every_type_and_schema_has_its_golden_payload() -> None:
    wanted = {f"{name}-{schema}.json" for name in TYPES for schema in range(1, SCHEMA[name] + 1)}
    assert {path.name for path in CASES} == wanted


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_golden_payload_is_read_and_written_as_it_was(path: Path) -> None:
    """A failure here means that logs out there can no longer be read: add a schema and an upcaster instead."""
    name, _, schema = path.stem.partition("-")
    text = path.read_text(encoding="utf-8").strip()
    payload = decode(name, int(schema), text)
    assert type(payload) is TYPES[name]
    if int(schema) == SCHEMA[name]:
        assert encode(payload) == text


@pytest.mark.parametrize(
    "path",
    [
        path
        for path in CASES
        if path.stem == f"{path.stem.partition('-')[0]}-{SCHEMA[path.stem.partition('-')[0]]}"
    ],
    ids=lambda path: path.stem,
)
def test_a_golden_payload_says_something_in_every_field(path: Path) -> None:
    name, _, schema = path.stem.partition("-")
    payload = decode(name, int(schema), path.read_text(encoding="utf-8"))
    empty = [
        field.name for field in fields(TYPES[name]) if getattr(payload, field.name) in ("", None, [], {})
    ]
    assert empty == []


def test_names_and_classes_are_one_to_one() -> None:
    assert len(NAMES) == len(TYPES)
    assert all(NAMES[cls] == name for name, cls in TYPES.items())


@pytest.mark.parametrize("cls", TYPES.values(), ids=TYPES.keys())
def test_events_are_frozen_and_slotted(cls: type[Any]) -> None:
    assert cls.__dataclass_params__.frozen
    assert hasattr(cls, "__slots__")


def test_a_schema_that_never_was_is_no_payload() -> None:
    with pytest.raises(msgspec.ValidationError, match="there never was a schema 0"):
        decode("ItemWithdrawn", 0, "{}")


def test_a_type_or_a_schema_from_the_future_is_none_and_no_error() -> None:
    assert decode("ItemSung", 1, '{"key": "a"}') is None
    assert decode("ItemWithdrawn", SCHEMA["ItemWithdrawn"] + 1, "{}") is None


@pytest.fixture
def reshaped(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if ItemWithdrawn were in its third shape: `why` became `reason`, then `source` came to be."""
    monkeypatch.setattr(envelopes, "SCHEMA", {**SCHEMA, "ItemWithdrawn": 3})
    steps = {
        ("ItemWithdrawn", 1): lambda raw: {"key": raw["key"], "reason": raw["why"]},
        ("ItemWithdrawn", 2): lambda raw: {**raw, "source": "unknown"},
    }
    monkeypatch.setattr(envelopes, "UPCASTERS", {**UPCASTERS, **steps})


def test_an_old_shape_is_brought_up_step_by_step(reshaped: None) -> None:
    old = decode("ItemWithdrawn", 1, '{"key": "a", "why": "gone"}')
    middle = decode("ItemWithdrawn", 2, '{"key": "a", "reason": "gone"}')
    present = decode("ItemWithdrawn", 3, '{"key": "a", "reason": "gone", "source": "unknown"}')
    assert old == middle == present


@given(st.text(), st.text(), st.integers(1, 9))
def test_ids_tell_runs_streams_and_versions_apart(run: str, stream: str, version: int) -> None:
    assert event_id(run, stream, version) == event_id(run, stream, version)
    assert event_id(run, stream, version) != event_id(run, stream, version + 1)
    assert event_id(f"{run}x", stream, version) != event_id(run, stream, version)
