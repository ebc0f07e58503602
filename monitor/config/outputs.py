"""`[[output]]`: where deliveries go, each recipient a destination of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
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
_COMMON_DOCS = "docs/configuration.md"
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# The screen of `monitor run` goes by that name, where no other terminal is configured.
_SCREEN = "terminal"
# Keys that mean something only to kinds that are told on such occasions.
_OCCASIONS_OF: Mapping[str, tuple[str, ...]] = {
    "alerts": ("alert",),
    "bundle": ("alert",),
    "daily": ("daily",),
    "weekly": ("weekly",),
    "weekday": ("weekly",),
    "heartbeat": ("heartbeat",),
    "at": ("daily", "weekly", "heartbeat"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """What holds where an output says nothing: the hour, the zone and the language of `[digest]`, and all watchlists.

    Those are known by their files: a name that has none may be a slip, or its file is away for a while.
    """

    at: str
    timezone: str
    language: Literal["en", "zh"]
    watchlists: Collection[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CommonKeys:
    """What every output takes beside its `id` and `kind`, as it stands in the file."""

    enabled: bool = True
    watchlists: tuple[str, ...] = ()
    alerts: bool = True
    daily: bool = True
    weekly: bool = True
    heartbeat: bool = False
    bundle: str = "10m"
    limit: int = 50
    at: str
    weekday: Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] = "monday"
    timezone: str
    language: Literal["en", "zh"]

    def __post_init__(self) -> None:
        if self.limit < 1:
            raise ValueError(f"limit: {self.limit} shows nothing; write how many entries a message may show")


COMMON = ("id", "kind", *(f.name for f in fields(CommonKeys)))


def read(reading: TomlReading, table: dict[str, Any], path: Path, usual: Usual) -> list[Output]:
    """Every destination that `[[output]]` names. What is wrong is noted in `reading`."""
    seen: dict[str, int] = {}
    found: list[Output] = []
    for index, one in enumerate(reading.tables(table, "output")):
        at: KeyPath = ("output", index)
        if not _is_named(reading, one, at):
            continue
        if one["id"] in seen:
            what = f"{one['id']!r} is already the id of the output in line {seen[one['id']]}"
            reading.problem((*at, "id"), what, "give it another id; ids are permanent")
        seen.setdefault(one["id"], reading.line(at))
        found += _destinations(reading, one, at, path, usual)
    return found


def _is_named(reading: TomlReading, table: Mapping[str, Any], at: KeyPath) -> bool:
    id_, kind = table.get("id"), table.get("kind")
    if not values.is_id(id_):
        what = f"{id_!r} cannot name an output" if "id" in table else "is missing"
        reading.problem((*at, "id"), what, 'use small letters, digits, - . and _ only, as in id = "mail"')
        return False
    if not isinstance(kind, str) or kind not in outputs.kind_names():
        what = f"{kind!r} is not a kind of output" if "kind" in table else "is missing"
        reading.problem((*at, "kind"), what, did_you_mean(str(kind), outputs.kind_names()))
        return False
    if id_ == _SCREEN and kind != _SCREEN:
        reading.problem((*at, "id"), f"{id_!r} is the name of the screen", "give it another id")
    return True


def _destinations(
    reading: TomlReading, table: dict[str, Any], at: KeyPath, path: Path, usual: Usual
) -> list[Output]:
    kind = outputs.kind(table["kind"])
    reading.known_keys(table, at, [*COMMON, *(f.name for f in fields(kind.Options))])
    common = _common(reading, table, at, usual, kind.OCCASIONS)
    options, problem = _options(reading, table, at, path, kind.Options)
    if common is None or options is None:
        return []
    output = Output(
        id=table["id"],
        kind=table["kind"],
        enabled=common.enabled,
        watchlists=common.watchlists,
        alerts=common.alerts,
        daily=common.daily,
        weekly=common.weekly,
        heartbeat=common.heartbeat,
        bundle_s=values.duration(reading, common.bundle, (*at, "bundle")),
        limit=common.limit,
        at=common.at,
        weekday=_DAYS.index(common.weekday),
        timezone=common.timezone,
        language=common.language,
        problem=problem,
        options=options,
    )
    return _each_recipient(reading, output, kind.RECIPIENTS, at) if kind.RECIPIENTS else [output]


def _common(
    reading: TomlReading, table: Mapping[str, Any], at: KeyPath, usual: Usual, occasions: Collection[str]
) -> CommonKeys | None:
    for key, wanted in _OCCASIONS_OF.items():
        if key in table and not set(wanted) & set(occasions):
            reading.problem((*at, key), f"means nothing to the kind {table['kind']}", "take it out")
    named = {key: value for key, value in table.items() if key in COMMON}
    said = {"at": usual.at, "timezone": usual.timezone, "language": usual.language, **named}
    common: CommonKeys | None = fitted(reading, said, CommonKeys, at, also=("id", "kind"), docs=_COMMON_DOCS)
    if common and not ("edition" in occasions or common.alerts or common.daily or common.weekly):
        what = "alerts, daily and weekly are all switched off: nothing would ever be told"
        reading.problem(at, what, "switch one on, or say enabled = false")
    if common and "at" in table:
        values.check_time(reading, common.at, (*at, "at"))
    if common and "timezone" in table:
        values.check_zone(reading, common.timezone, (*at, "timezone"))
    for index, name in enumerate(common.watchlists if common else ()):
        if usual.watchlists and name not in usual.watchlists:
            remedy = did_you_mean(name, sorted(usual.watchlists))
            reading.warn((*at, "watchlists", index), f"there is no watchlist {name!r}", remedy)
    return common


def _options(
    reading: TomlReading, table: Mapping[str, Any], at: KeyPath, path: Path, kind: type[Any]
) -> tuple[Any, str]:
    """The kind's own options; and why they cannot be used now, where a secret is not there.

    A secret that is not there is an empty one meanwhile, so that what a kind asks of its options together holds.
    """
    own = {key: value for key, value in table.items() if key not in COMMON}
    problem = ""
    for key, hint in get_type_hints(kind).items():
        of = (hint, *get_args(hint))
        if key in own and Secret in of:
            found, missing = values.secret(reading, own[key], path, (*at, key))
            own[key], problem = found or Secret(""), problem or missing
        elif isinstance(own.get(key), str) and Path in of:
            own[key] = _path(reading, own[key], path, (*at, key))
    known = {f.name for f in fields(kind)}
    own = {key: value for key, value in own.items() if key in known}
    return fitted(reading, own, kind, at, docs=_DOCS), problem


def _path(reading: TomlReading, value: str, path: Path, at: KeyPath) -> Path:
    """A path in config.toml is relative to its folder."""
    if not value.strip() or "\0" in value:
        reading.problem(at, f"{value!r} is no path", "name a file or a folder")
    return path.parent / value


def _each_recipient(reading: TomlReading, output: Output, option: str, at: KeyPath) -> list[Output]:
    """One output a recipient, so that no failure of one touches another.

    Each bears its recipient in its id, also where there is one alone: so a second one renames nobody.
    """
    recipients: tuple[str, ...] = tuple(getattr(output.options, option))
    for name, count in Counter(one.lower() for one in recipients).items():
        if count > 1:
            reading.problem((*at, option), f"{name!r} stands there {count} times", "name each once")
    for index, one in enumerate(recipients):
        if not one.strip() or not one.isprintable():
            reading.problem((*at, option, index), f"{one!r} names nobody", "write an address, or take it out")
    if not recipients:
        reading.problem((*at, option), "names nobody", "write one or more")
    return [replace(output, id=f"{output.id}:{one.lower()}", recipient=one) for one in recipients]
