"""config.toml and watchlists/ become frozen settings. Every error names file, line, key and remedy.

`sources` reads what is polled, `outputs` where deliveries go, `values` what several tables hold. All keys stand in
docs/configuration.md, and a test holds that page to the code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

from monitor.config import outputs, sources, values
from monitor.core.deliveries import Output
from monitor.core.errors import ConfigError, WatchlistError
from monitor.core.exchange import Source
from monitor.core.fetches import FetchSettings
from monitor.core.toml_reading import TomlReading
from monitor.core.toml_values import fitted
from monitor.core.watchlists import Watchlist, read_watchlist

_DOCS = "docs/configuration.md"
_TABLES = ("log", "watchlists", "fetch", "digest", "service", "source", "output")
_POLL_KEYS = ("concurrency", "per_host", "crawl_delay_s")


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
    if first := reading.error():
        raise ConfigError(first.where, first.what, first.remedy, place=first.place)
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
    polled = sources.read(reading, table, path)
    digest = read["digest"] or DigestSettings()
    folder = path.parent / (read["watchlists"].path if read["watchlists"] else "watchlists")
    usual = outputs.Usual(
        at=digest.at,
        timezone=digest.timezone,
        language=digest.language,
        watchlists={file.stem for file in folder.glob("*.toml")},
    )
    told = outputs.read(reading, table, path, usual)
    if None in read.values():
        return None
    settings = Settings(
        path=path,
        log_path=path.parent / read["log"].path,
        watchlists=folder,
        fetch=read["fetch"],
        poll=read["poll"],
        digest=digest,
        heartbeat=path.parent / read["service"].heartbeat if read["service"].heartbeat else None,
        metrics=path.parent / read["service"].metrics if read["service"].metrics else None,
        sources=tuple(polled),
        outputs=tuple(told),
        notices=tuple(reading.warnings),
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
