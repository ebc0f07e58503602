"""`[[source]]`: what is polled, each with the options of its kind."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from monitor import sources
from monitor.config import values
from monitor.core.exchange import Source, State
from monitor.core.toml_reading import KeyPath, TomlReading, did_you_mean
from monitor.core.toml_values import fitted
from monitor.core.urls import redact

_KEYS = (
    "id",
    "kind",
    "url",
    "every",
    "fastest",
    "quiet_after",
    "enabled",
    "user_agent",
    "min_items",
    "api_key",
)
_SHORTEST_INTERVAL_S = 60
_NO_KEY = 'no api_key is named, and its publisher asks for one: add api_key = { env = "NAME" }'
# Without `fastest`, a source whose window turns over fast is polled up to so many times more often than `every` says.
_FASTEST_OF_EVERY = 4


def read(reading: TomlReading, table: dict[str, Any], path: Path) -> list[Source]:
    """Every source that `[[source]]` names. What is wrong is noted in `reading`."""
    seen: dict[str, int] = {}
    found: list[Source] = []
    for index, one in enumerate(reading.tables(table, "source")):
        source = _source(reading, one, ("source", index), path)
        if source is None:
            continue
        if source.id in seen:
            what = f"{source.id!r} is already the id of the source in line {seen[source.id]}"
            reading.problem(("source", index, "id"), what, "give it another id; ids are permanent")
        seen.setdefault(source.id, reading.line(("source", index)))
        found.append(source)
    return found


def _source(reading: TomlReading, table: dict[str, Any], at: KeyPath, path: Path) -> Source | None:
    id_, kind_name = table.get("id"), table.get("kind")
    if not values.is_id(id_):
        what = f"{id_!r} cannot name a source" if "id" in table else "is missing"
        reading.problem((*at, "id"), what, 'use small letters, digits, - . and _ only, as in id = "nsf-news"')
        return None
    if not isinstance(kind_name, str) or kind_name not in sources.kind_names():
        what = f"{kind_name!r} is not a kind of source" if "kind" in table else "is missing"
        reading.problem((*at, "kind"), what, did_you_mean(str(kind_name), sources.kind_names()))
        return None
    kind = sources.kind(kind_name)
    secret, problem = values.secret(reading, table.get("api_key"), path, (*at, "api_key"))
    every_s = _interval(reading, table.get("every", "1h"), (*at, "every"))
    if "url" not in table and not kind.DEFAULT_URL:
        remedy = f'a source of the kind {kind_name} has none of its own: add url = "https://…"'
        reading.problem((*at, "url"), "is missing", remedy)
        table = {**table, "url": "https://missing.invalid"}  # one problem is enough to tell of
    options = fitted(reading, table, kind.Options, at, also=_KEYS, docs="docs/sources.md")
    source = Source(
        id=id_,
        kind=kind_name,
        url=_url(reading, table.get("url", kind.DEFAULT_URL), (*at, "url")),
        every_s=every_s,
        fastest_s=_fastest(reading, table, at, every_s),
        quiet_after_s=_optional(reading, table, (*at, "quiet_after"), 0),
        enabled=reading.flag(table, at, "enabled", default=True),
        user_agent=reading.text(table, at, "user_agent"),
        min_items=reading.number(table, at, "min_items", 0, 100_000),
        api_key=secret,
        key_name=values.secret_name(table.get("api_key")),
        key_problem=problem,
        options=options,
    )
    return replace(source, key_problem=_NO_KEY) if _lacks_key(source, kind.DEFAULT_URL) else source


def _lacks_key(source: Source, own_url: str) -> bool:
    """Whether the kind sends a key to its publisher, and none is named; another address may do without one."""
    if source.key_name or source.options is None or source.url != own_url:
        return False
    state = State(now=datetime(2025, 1, 1, tzinfo=UTC))  # whether a key is sent depends on no date
    return any(request.key_header for request in sources.kind(source.kind).requests(source, state))


def _url(reading: TomlReading, value: Any, at: KeyPath) -> str:
    """An address without secrets: what stands in it is recorded for ever."""
    parts = urlsplit(value) if isinstance(value, str) else None
    if parts is None or parts.scheme not in {"http", "https"} or not parts.hostname:
        reading.problem(
            at, f"{redact(str(value))!r} is not a web address", "write one that begins with https://"
        )
    elif "●●●" in redact(value):
        what = f"{redact(value)!r} holds a key or a password, and addresses are recorded for ever"
        reading.problem(at, what, "take it out, and give it by api_key if the kind has one")
    return str(value)


def _optional(reading: TomlReading, table: dict[str, Any], at: KeyPath, default: int) -> int:
    """The duration under the last name of `at`, in seconds, or what holds without it."""
    name = str(at[-1])
    return _interval(reading, table[name], at) if name in table else default


def _fastest(reading: TomlReading, table: dict[str, Any], at: KeyPath, every_s: int) -> int:
    """The shortest interval to which a source's turnover may bring it."""
    usual_s = max(every_s // _FASTEST_OF_EVERY, min(every_s, _SHORTEST_INTERVAL_S))
    seconds = _optional(reading, table, (*at, "fastest"), usual_s)
    if seconds > every_s > 0:
        reading.problem((*at, "fastest"), "is longer than `every`", "write a shorter one, or leave it out")
    return seconds


def _interval(reading: TomlReading, value: Any, at: KeyPath) -> int:
    seconds = values.duration(reading, value, at)
    if isinstance(value, str) and values.duration_s(value) is not None and seconds < _SHORTEST_INTERVAL_S:
        reading.problem(at, f"{value!r} is too often to be polite", f"use {_SHORTEST_INTERVAL_S}s or more")
    return seconds
