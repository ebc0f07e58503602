"""A table of TOML as a frozen value of a class: what does not fit is said with what would."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec

from monitor.core.toml_reading import KeyPath, TomlReading, did_you_mean


def fitted(
    reading: TomlReading,
    table: Mapping[str, Any],
    cls: type[Any],
    path: KeyPath,
    also: Sequence[str] = (),
    docs: str = "",
) -> Any:
    """The table as a value of the class, each key checked for its type; None where that cannot be.

    What is wrong is noted in `reading`. Keys named in `also` are somebody else's. `docs` is where the keys are told of.
    """
    named = {key: value for key, value in table.items() if key not in also}
    reading.known_keys(named, path, [*(f.name for f in fields(cls)), *also])
    for f in fields(cls):
        if f.name not in table and f.default is MISSING and f.default_factory is MISSING:
            reading.problem((*path, f.name), "is missing", f"add {f.name} = …")
            return None
    try:
        return msgspec.convert(named, type=cls, strict=True)
    except msgspec.ValidationError as error:
        key, what, remedy = _misfit(str(error), named, cls)
        reading.problem((*path, key) if key else path, what, remedy or f"see {docs or reading.docs}")
        return None


def _misfit(error: str, table: Mapping[str, Any], cls: type[Any]) -> tuple[str, str, str]:
    """The key that does not fit, what is wrong with it, and what to do, as far as that is known.

    `error` is msgspec's own (`… - at `$.what``), or in the words of the class itself (`types: …; use …`).
    """
    what, _, place = error.partition(" - at `$")
    key = place.strip("`.").partition("[")[0]
    choices = _choices(cls, key)
    if choices and what.startswith("Invalid enum value"):
        return key, f"{table[key]!r} is none of its values", _choose(str(table[key]), choices)
    named, colon, said = what.partition(": ")
    if not key and colon and named in {f.name for f in fields(cls)}:
        what, _, remedy = said.partition("; ")
        return named, what, remedy
    return key, what.replace("`", ""), f"use one of: {', '.join(choices)}" if choices else ""


def _choices(cls: type[Any], key: str) -> tuple[str, ...]:
    """The values that a key may have, where they are few and named."""
    hint = get_type_hints(cls).get(key)
    return tuple(map(str, get_args(hint))) if get_origin(hint) is Literal else ()


def _choose(written: str, choices: Sequence[str]) -> str:
    near = did_you_mean(written, choices)
    listed = f"known are {', '.join(choices)}"
    return near if near == listed else f"{near} {listed}"
