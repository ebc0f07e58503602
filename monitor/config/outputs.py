"""`[[output]]`: where deliveries go, each recipient a destination of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal, get_args, get_type_hints

from monitor import outputs
from monitor.config import values
from monitor.core.deliveries import Output
from monitor.core.exchange import Secret
from monitor.core.toml_reading import KeyPath, TomlReading, did_you_mean
from monitor.core.toml_values import fitted

_DOCS = "docs/outputs.md"
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LANGUAGES = ("en", "zh")


@dataclass(frozen=True, slots=True, kw_only=True)
class CommonKeys:
    """What every output takes, as it stands in the file; what is empty is as in `[digest]`."""

    enabled: bool = True
    watchlists: tuple[str, ...] = ()
    alerts: bool = True
    daily: bool = True
    weekly: bool = True
    heartbeat: bool = False
    bundle: str = "10m"
    limit: int = 50
    at: str = ""
    weekday: str = "monday"
    timezone: str = ""
    language: Literal["", "en", "zh"] = ""


COMMON = ("id", "kind", *(f.name for f in fields(CommonKeys)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """What holds where an output says nothing: the hour, the zone and the language of `[digest]`."""

    at: str
    timezone: str
    language: str


def read(reading: TomlReading, table: dict[str, Any], path: Path, usual: Usual) -> list[Output]:
    """Every destination that `[[output]]` names. What is wrong is noted in `reading`."""
    seen: dict[str, int] = {}
    found: list[Output] = []
    for index, one in enumerate(reading.tables(table, "output")):
        at: KeyPath = ("output", index)
        for output in _outputs(reading, one, at, path, usual):
            if output.id in seen:
                what = f"{output.id!r} is already the id of the output in line {seen[output.id]}"
                reading.problem((*at, "id"), what, "give it another id; ids are permanent")
            seen.setdefault(output.id, reading.line(at))
            found.append(output)
    return found


def _outputs(
    reading: TomlReading, table: dict[str, Any], at: KeyPath, path: Path, usual: Usual
) -> list[Output]:
    id_, name = table.get("id"), table.get("kind")
    if not isinstance(id_, str) or not re.fullmatch(r"[a-z0-9][a-z0-9._-]*", id_):
        what = f"{id_!r} cannot name an output" if "id" in table else "is missing"
        reading.problem((*at, "id"), what, 'use small letters, digits, - . and _ only, as in id = "mail"')
        return []
    if not isinstance(name, str) or name not in outputs.kind_names():
        what = f"{name!r} is not a kind of output" if "kind" in table else "is missing"
        reading.problem((*at, "kind"), what, did_you_mean(str(name), outputs.kind_names()))
        return []
    kind = outputs.kind(name)
    common = _common(reading, table, at, kind.Options)
    options, problem = _options(reading, table, at, path, kind.Options)
    if common is None or options is None:
        return []
    output = Output(
        id=id_,
        kind=name,
        enabled=common.enabled,
        watchlists=common.watchlists,
        alerts=common.alerts,
        daily=common.daily,
        weekly=common.weekly,
        heartbeat=common.heartbeat,
        bundle_s=values.duration(reading, common.bundle, (*at, "bundle")),
        limit=_limit(reading, common.limit, (*at, "limit")),
        at=common.at or usual.at,
        weekday=_weekday(reading, common.weekday, (*at, "weekday")),
        timezone=common.timezone or usual.timezone,
        language="zh" if (common.language or usual.language) == "zh" else "en",
        problem=problem,
        options=options,
    )
    values.check_time(reading, output.at, (*at, "at"))
    values.check_zone(reading, output.timezone, (*at, "timezone"))
    return _destinations(reading, output, kind.RECIPIENTS, at)


def _common(
    reading: TomlReading, table: Mapping[str, Any], at: KeyPath, kind: type[Any]
) -> CommonKeys | None:
    named = {key: value for key, value in table.items() if key in COMMON}
    options = [f.name for f in fields(kind)]
    reading.known_keys(dict(table), at, [*COMMON, *options])
    read_: CommonKeys | None = fitted(reading, named, CommonKeys, at, also=("id", "kind"), docs=_DOCS)
    return read_


def _options(
    reading: TomlReading, table: Mapping[str, Any], at: KeyPath, path: Path, kind: type[Any]
) -> tuple[Any, str]:
    """The kind's own options; and why an output cannot be used now, where a secret is not there."""
    hints = get_type_hints(kind)
    own = {key: value for key, value in table.items() if key in hints and key not in COMMON}
    secrets: dict[str, Secret | None] = {}
    problem = ""
    for key, hint in hints.items():
        if Secret in (hint, *get_args(hint)):
            secrets[key], missing = values.secret(reading, own.pop(key, None), path, (*at, key))
            problem = problem or missing
    options = fitted(reading, own, kind, at, docs=_DOCS)
    if options is None:
        return None, problem
    paths = {
        key: path.parent / getattr(options, key)
        for key, hint in hints.items()
        if hint is Path and str(getattr(options, key)) not in {"", "."}
    }
    return replace(options, **secrets, **paths), problem


def _destinations(reading: TomlReading, output: Output, recipients: str, at: KeyPath) -> list[Output]:
    """One a recipient, so that no failure of one touches another; the output itself for kinds without."""
    if not recipients:
        return [output]
    addresses = list(getattr(output.options, recipients))
    for address in {one for one in addresses if addresses.count(one) > 1}:
        reading.problem((*at, recipients), f"{address!r} stands there twice", "take one of the two out")
    if not addresses:
        reading.problem((*at, recipients), "names nobody", f'write {recipients} = ["name@example.org"]')
    return [replace(output, id=f"{output.id}:{one}", recipient=one) for one in addresses]


def _limit(reading: TomlReading, value: int, at: KeyPath) -> int:
    if value < 1:
        reading.problem(at, "must be more than 0", "mend its value")
    return value


def _weekday(reading: TomlReading, value: str, at: KeyPath) -> int:
    if value not in _DAYS:
        reading.problem(at, f"{value!r} is no day of the week", did_you_mean(value, _DAYS))
        return 0
    return _DAYS.index(value)
