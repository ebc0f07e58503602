"""config.toml and watchlists/ become frozen settings. Every error names file, line, key and remedy.

`values` reads what several tables hold, `outputs` the destinations. The table of keys stands in docs/configuration.md,
and a test holds it to this file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from monitor import sources
from monitor.config import outputs, values
from monitor.core.deliveries import Output
from monitor.core.errors import ConfigError, WatchlistError
from monitor.core.exchange import Source, State
from monitor.core.fetches import FetchSettings
from monitor.core.toml_reading import KeyPath, TomlReading, did_you_mean
from monitor.core.toml_values import fitted
from monitor.core.urls import redact
from monitor.core.watchlists import Watchlist, read_watchlist

_DOCS = "docs/configuration.md"
_TABLES = ("log", "watchlists", "fetch", "digest", "service", "source", "output")
_SOURCE_KEYS = (
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
_POLL_KEYS = ("concurrency", "per_host", "crawl_delay_s")
_SHORTEST_INTERVAL_S = 60
_NO_KEY = 'no api_key is named, and its publisher asks for one: add api_key = { env = "NAME" }'
# Without `fastest`, a source whose window turns over fast is polled up to so many times more often than `every` says.
_FASTEST_OF_EVERY = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSettings:
    """A table that only names a path, relative to the folder of config.toml."""

    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PollSettings:
    """How many requests are in flight, in all and to any one host; seconds between two requests to a host, by its name."""

    concurrency: int = 16
    per_host: int = 1
    crawl_delay_s: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestSettings:
    """When the daily digest is due, as local time `HH:MM`, in whose zone dates are read and shown, and in what language."""

    at: str = "08:00"
    timezone: str = "UTC"
    language: Literal["en", "zh"] = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSettings:
    """Files in which `monitor run` says that it lives, relative to the folder of config.toml; none where not named."""

    heartbeat: str = ""
    metrics: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All of config.toml, its paths made absolute or relative to the present folder.

    `notices` are what a reader should know.
    """

    path: Path
    log_path: Path
    watchlists: Path
    fetch: FetchSettings
    poll: PollSettings = field(default_factory=PollSettings)
    digest: DigestSettings = field(default_factory=DigestSettings)
    heartbeat: Path | None = None
    metrics: Path | None = None
    sources: tuple[Source, ...] = ()
    outputs: tuple[Output, ...] = ()
    notices: tuple[str, ...] = ()


def load(path: Path) -> Settings:
    """Read config.toml. Raises ConfigError: the first problem, and how many follow it."""
    reading = TomlReading(path.name, docs=_DOCS)
    table = reading.load(_read_text(path))
    settings = _settings(reading, table, path) if table is not None else None
    if problems := reading.problems():
        first = problems[0]
        count = f" (the first of {len(problems)} problems in this file)" if len(problems) > 1 else ""
        raise ConfigError(first.where, first.what, first.remedy + count)
    assert settings is not None  # noqa: S101 - no settings without a problem
    return settings


def load_watchlists(folder: Path) -> tuple[list[Watchlist], list[WatchlistError]]:
    """Every watchlist of the folder, by name, and of each that cannot be used the first thing that is wrong with it."""
    files = read_watchlists(folder)
    return [watchlist for watchlist, _ in files if watchlist], [errors[0] for _, errors in files if errors]


def read_watchlists(folder: Path) -> list[tuple[Watchlist | None, Sequence[WatchlistError]]]:
    """Every file of the folder, by name: the watchlist, or all that is wrong with it. Raises ConfigError."""
    if not folder.is_dir():
        remedy = "run `monitor init`, or name it in [watchlists]"
        raise ConfigError(str(folder), "there is no such folder of watchlists", remedy)
    return [_read_one(file, f"{folder.name}/{file.name}") for file in sorted(folder.glob("*.toml"))]


def read_watchlist_file(file: Path) -> tuple[Watchlist | None, Sequence[WatchlistError]]:
    """One file, wherever it lies, under its own path: the watchlist, or all that is wrong with it."""
    return _read_one(file, str(file))


def read_watchlists_at(place: Path) -> list[tuple[Watchlist | None, Sequence[WatchlistError]]]:
    """Those of a file or a folder. Raises ConfigError where there is none."""
    files = [read_watchlist_file(place)] if place.is_file() else read_watchlists(place)
    if not files:
        remedy = "name a folder with *.toml files in it, or one of them"
        raise ConfigError(str(place), "holds no watchlist", remedy)
    return files


def _read_one(file: Path, name: str) -> tuple[Watchlist | None, Sequence[WatchlistError]]:
    try:
        return read_watchlist(_read_text(file), file=name)
    except ConfigError as error:
        return None, [WatchlistError(name, error.what, error.remedy)]


def _read_text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        remedy = "run `monitor init` to write one, or use --config"
        raise ConfigError(str(path), "there is no such file", remedy) from error
    except UnicodeDecodeError as error:
        raise ConfigError(str(path), f"is not UTF-8 (byte {error.start})", "save it as UTF-8") from error
    except OSError as error:
        remedy = "check the path and its permissions"
        raise ConfigError(str(path), f"cannot be read ({error.strerror})", remedy) from error


def _settings(reading: TomlReading, table: dict[str, Any], path: Path) -> Settings | None:
    reading.known_keys(table, (), _TABLES)
    read = _tables(reading, table)
    found = _sources(reading, table, path)
    if None in read.values():
        return None
    digest = read["digest"]
    usual = outputs.Usual(at=digest.at, timezone=digest.timezone, language=digest.language)
    destinations = outputs.read(reading, table, path, usual)
    settings = Settings(
        path=path,
        log_path=path.parent / read["log"].path,
        watchlists=path.parent / read["watchlists"].path,
        fetch=read["fetch"],
        poll=read["poll"],
        digest=read["digest"],
        heartbeat=path.parent / read["service"].heartbeat if read["service"].heartbeat else None,
        metrics=path.parent / read["service"].metrics if read["service"].metrics else None,
        sources=tuple(found),
        outputs=tuple(destinations),
    )
    _check(reading, settings)
    return settings


def _tables(reading: TomlReading, table: dict[str, Any]) -> dict[str, Any]:
    """The tables that stand once, each as its settings value, or None where it cannot be read."""
    fetch = dict(_table(reading, table, "fetch"))
    poll = {name: fetch.pop(name) for name in _POLL_KEYS if name in fetch}

    def read(name: str, cls: type[Any], **usual: str) -> Any:
        return fitted(reading, {**usual, **_table(reading, table, name)}, cls, (name,))

    return {
        "log": read("log", FileSettings, path="monitor.db"),
        "watchlists": read("watchlists", FileSettings, path="watchlists"),
        "fetch": fitted(reading, fetch, FetchSettings, ("fetch",), also=_POLL_KEYS),
        "poll": fitted(reading, poll, PollSettings, ("fetch",)),
        "digest": read("digest", DigestSettings),
        "service": read("service", ServiceSettings),
    }


def _table(reading: TomlReading, table: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = table.get(name, {})
    if not isinstance(value, dict):
        reading.problem((name,), "must be a table", f"write [{name}] on a line of its own")
        return {}
    return value


def _sources(reading: TomlReading, table: dict[str, Any], path: Path) -> list[Source]:
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
    if not isinstance(id_, str) or not re.fullmatch(r"[a-z0-9][a-z0-9._-]*", id_):
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
    options = fitted(reading, table, kind.Options, at, also=_SOURCE_KEYS, docs="docs/sources.md")
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


def _check(reading: TomlReading, settings: Settings) -> None:
    values.check_zone(reading, settings.digest.timezone, ("digest", "timezone"))
    values.check_time(reading, settings.digest.at, ("digest", "at"))
    for host, delay in settings.poll.crawl_delay_s.items():
        if delay < 0:
            reading.problem(("fetch", "crawl_delay_s", host), "must not be less than 0", "mend its value")
    for value in (settings.poll, settings.fetch):
        for f in fields(value):
            number = getattr(value, f.name)
            if isinstance(number, int | float) and not isinstance(number, bool) and number <= 0:
                reading.problem(("fetch", f.name), "must be more than 0", "mend its value")
