"""config.toml and watchlists/ become frozen settings. Every error names file, key and remedy.

The table of keys stands in docs/configuration.md, and a test holds it to this file.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import msgspec

from monitor import sources
from monitor.core.errors import ConfigError, WatchlistError
from monitor.core.exchange import Secret, Source
from monitor.core.watchlists import Watchlist, parse_watchlist
from monitor.fetcher import FetchSettings

DEFAULT_NAME = "config.toml"

_UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_SOURCE_KEYS = ("id", "kind", "url", "every", "enabled", "user_agent", "min_items", "api_key")
_SHORTEST_INTERVAL_S = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class PollSettings:
    """How many requests are in flight: in all, and to any one host."""

    concurrency: int = 16
    per_host: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestSettings:
    """When the daily digest is due, as local time `HH:MM`, and in whose zone dates are read and shown."""

    at: str = "08:00"
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All of config.toml. Paths are absolute or relative to its folder; `notices` are what a reader should know."""

    path: Path
    log_path: Path
    watchlists: Path
    fetch: FetchSettings
    poll: PollSettings = field(default_factory=PollSettings)
    digest: DigestSettings = field(default_factory=DigestSettings)
    sources: tuple[Source, ...] = ()
    notices: tuple[str, ...] = ()


def load(path: Path) -> Settings:
    """Read config.toml. Raises ConfigError."""
    raw = _read_toml(path)
    where = path.name
    _refuse_unknown(raw, ("log", "watchlists", "fetch", "digest", "source", "output"), where)
    fetch = dict(_table(raw, "fetch", where))
    poll: dict[str, Any] = {name: fetch.pop(name) for name in ("concurrency", "per_host") if name in fetch}
    settings = Settings(
        path=path,
        log_path=path.parent / _text(_table(raw, "log", where), "path", "monitor.db", where, "[log]"),
        watchlists=path.parent
        / _text(_table(raw, "watchlists", where), "path", "watchlists", where, "[watchlists]"),
        fetch=_value(fetch, FetchSettings, where, "[fetch]", also=("concurrency", "per_host")),
        poll=_value(poll, PollSettings, where, "[fetch]"),
        digest=_value(_table(raw, "digest", where), DigestSettings, where, "[digest]"),
        sources=tuple(_sources(raw.get("source", []), path)),
        notices=tuple(_outputs(raw.get("output", []), where)),
    )
    _check(settings, where)
    return settings


def load_watchlists(folder: Path) -> tuple[list[Watchlist], list[WatchlistError]]:
    """Every watchlist of the folder, by name, and what is wrong with those that cannot be used."""
    if not folder.is_dir():
        raise ConfigError(
            str(folder),
            "there is no such folder of watchlists",
            "run `monitor init`, or name it in [watchlists]",
        )
    good: list[Watchlist] = []
    bad: list[WatchlistError] = []
    for file in sorted(folder.glob("*.toml")):
        try:
            good.append(parse_watchlist(_read_text(file), file=f"{folder.name}/{file.name}"))
        except WatchlistError as error:
            bad.append(error)
        except ConfigError as error:
            bad.append(WatchlistError(error.where, error.what, error.remedy))
    return good, bad


def duration_s(text: str) -> int | None:
    """Seconds of `90s`, `15m`, `1h`, `1d`, `1w`; None for anything else."""
    match = re.fullmatch(r"(\d{1,6})([smhdw])", text.strip())
    return int(match[1]) * _UNITS_S[match[2]] if match else None


def _read_text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        raise ConfigError(
            str(path), "there is no such file", "run `monitor init` to write one, or use --config"
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(str(path), f"is not UTF-8 (byte {error.start})", "save it as UTF-8") from error
    except OSError as error:
        raise ConfigError(
            str(path), f"cannot be read ({error.strerror})", "check the path and its permissions"
        ) from error


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(_read_text(path))
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
        where = f"{path.name}:{place[1]}:{place[2]}" if place else path.name
        what = str(error).partition(" (at")[0]
        raise ConfigError(where, f"this is not TOML: {what}", "mend this line") from error


def _refuse_unknown(table: Mapping[str, Any], known: Collection[str], where: str, section: str = "") -> None:
    for key in table:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            remedy = f'did you mean "{near[0]}"?' if near else f"use one of {', '.join(known)}"
            raise ConfigError(f"{where}: {section} {key}".replace(":  ", ": "), "unknown key", remedy)


def _table(raw: Mapping[str, Any], name: str, where: str) -> Mapping[str, Any]:
    table = raw.get(name, {})
    if not isinstance(table, dict):
        raise ConfigError(f"{where}: {name}", "must be a table", f"write [{name}] on a line of its own")
    return table


def _text(table: Mapping[str, Any], key: str, default: str, where: str, section: str) -> str:
    _refuse_unknown(table, (key,), where, section)
    value = table.get(key, default)
    if not isinstance(value, str) or not value:
        raise ConfigError(f"{where}: {section} {key}", "must be text", f'write {key} = "{default}"')
    return value


def _value(
    table: Mapping[str, Any], cls: type[Any], where: str, section: str, also: Sequence[str] = ()
) -> Any:
    """The table as a frozen settings value, each key checked for its type."""
    _refuse_unknown(table, (*(f.name for f in fields(cls)), *also), where, section)
    for f in fields(cls):
        if f.name not in table and f.default is MISSING and f.default_factory is MISSING:
            raise ConfigError(f"{where}: {section} {f.name}", "is missing", f"add {f.name} = …")
    try:
        return msgspec.convert(dict(table), type=cls, strict=True)
    except msgspec.ValidationError as error:
        what, _, place = str(error).partition(" - at `$")
        key = place.strip("`.").partition("[")[0]
        raise ConfigError(
            f"{where}: {section} {key}".rstrip(), what.replace("`", ""), "see docs/configuration.md"
        ) from error


def _sources(tables: Any, path: Path) -> list[Source]:
    where = path.name
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise ConfigError(
            f"{where}: source", "must be a list of tables", "write [[source]] with two brackets"
        )
    seen: dict[str, int] = {}
    found: list[Source] = []
    for number, table in enumerate(tables, start=1):
        source = _source(table, number, path)
        if source.id in seen:
            raise ConfigError(
                f"{where}: [[source]] {number} id",
                f"{source.id!r} is already the id of [[source]] {seen[source.id]}",
                "give it another id; ids are permanent",
            )
        seen[source.id] = number
        found.append(source)
    return found


def _source(table: Mapping[str, Any], number: int, path: Path) -> Source:
    where, section = path.name, f"[[source]] {number}"
    id_, kind_name = table.get("id"), table.get("kind")
    if not isinstance(id_, str) or not re.fullmatch(r"[a-z0-9][a-z0-9._-]*", id_):
        raise ConfigError(
            f"{where}: {section} id", f"{id_!r} cannot name a source", "use small letters, digits, - and ."
        )
    section = f"[[source]] {id_}"
    if not isinstance(kind_name, str) or kind_name not in sources.kind_names():
        near = difflib.get_close_matches(str(kind_name), sources.kind_names(), n=1)
        remedy = f'did you mean "{near[0]}"?' if near else f"use one of {', '.join(sources.kind_names())}"
        raise ConfigError(f"{where}: {section} kind", f"{kind_name!r} is not a kind of source", remedy)
    kind = sources.kind(kind_name)
    options = {key: value for key, value in table.items() if key not in _SOURCE_KEYS}
    secret, problem = _secret(table.get("api_key"), path, f"{where}: {section} api_key")
    return Source(
        id=id_,
        kind=kind_name,
        url=_url(table.get("url", kind.DEFAULT_URL), f"{where}: {section} url"),
        every_s=_every(table.get("every", "1h"), f"{where}: {section} every"),
        enabled=_typed(table, "enabled", bool, default=True, where=f"{where}: {section}"),
        user_agent=_typed(table, "user_agent", str, default="", where=f"{where}: {section}"),
        min_items=_typed(table, "min_items", int, default=0, where=f"{where}: {section}"),
        api_key=secret,
        key_problem=problem,
        options=_value(options, kind.Options, where, section, also=_SOURCE_KEYS),
    )


def _typed(table: Mapping[str, Any], key: str, type_: type[Any], *, default: Any, where: str) -> Any:
    value = table.get(key, default)
    if type(value) is not type_:
        words = {bool: "true or false", str: "text in quotes", int: "a whole number"}
        raise ConfigError(f"{where} {key}", f"must be {words[type_]}, not {value!r}", "mend its value")
    return value


def _url(value: Any, where: str) -> str:
    parts = urlsplit(value) if isinstance(value, str) else None
    if parts is None or parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ConfigError(where, f"{value!r} is not a web address", "write one that begins with https://")
    return str(value).rstrip("/") if parts.path.endswith("//") else str(value)


def _every(value: Any, where: str) -> int:
    seconds = duration_s(value) if isinstance(value, str) else None
    if seconds is None:
        raise ConfigError(where, f"{value!r} is not a duration", 'write it as "15m", "1h" or "1d"')
    if seconds < _SHORTEST_INTERVAL_S:
        raise ConfigError(
            where, f"{value!r} is too often to be polite", f"use {_SHORTEST_INTERVAL_S}s or more"
        )
    return seconds


def _secret(value: Any, path: Path, where: str) -> tuple[Secret | None, str]:
    """The key itself, or why it is not there: a missing key stops its own source, not the program."""
    if value is None:
        return None, ""
    if not isinstance(value, dict) or len(value) != 1 or next(iter(value)) not in {"env", "file"}:
        raise ConfigError(
            where, "a key never stands in config.toml", 'write { env = "NAME" } or { file = "path" }'
        )
    if "env" in value:
        text = os.environ.get(str(value["env"]), "").strip()
        return (Secret(text), "") if text else (None, f"the environment variable {value['env']} is not set")
    file = path.parent / str(value["file"])
    try:
        text = file.read_text(encoding="utf-8").strip()
    except OSError as error:
        return None, f"the key file {value['file']} cannot be read ({error.strerror})"
    return (Secret(text), "") if text else (None, f"the key file {value['file']} is empty")


def _outputs(tables: Any, where: str) -> list[str]:
    """Outputs are read for their ids only: this version prints digests, and sends none."""
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise ConfigError(
            f"{where}: output", "must be a list of tables", "write [[output]] with two brackets"
        )
    return [
        f"{where}: [[output]] {table.get('id', '?')}: this version sends nothing yet; read the digest in the terminal"
        for table in tables
    ]


def _check(settings: Settings, where: str) -> None:
    zone = settings.digest.timezone
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as error:
        raise ConfigError(
            f"{where}: [digest] timezone", f"{zone!r} is not a zone", 'write one such as "Asia/Shanghai"'
        ) from error
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", settings.digest.at):
        raise ConfigError(
            f"{where}: [digest] at", f"{settings.digest.at!r} is not a time of day", 'write it as "08:00"'
        )
    for key, value in (("concurrency", settings.poll.concurrency), ("per_host", settings.poll.per_host)):
        if value < 1:
            raise ConfigError(f"{where}: [fetch] {key}", f"must be 1 or more, not {value}", "mend its value")
