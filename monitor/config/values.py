"""Values that several tables of config.toml hold: durations, secrets, times of day, zones."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeGuard
from zoneinfo import ZoneInfo, available_timezones

from monitor.core.exchange import Secret
from monitor.core.toml_reading import KeyPath, TomlReading, did_you_mean

_UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def is_id(value: Any) -> TypeGuard[str]:
    """Whether it can name a source or an output for ever: it stands in streams, in files' names and on command lines."""
    return isinstance(value, str) and bool(re.fullmatch(r"[a-z0-9][a-z0-9._-]*", value))


def duration_s(text: str) -> int | None:
    """Seconds of `90s`, `15m`, `1h`, `1d`, `1w`; None for anything else."""
    match = re.fullmatch(r"([0-9]{1,6})([smhdw])", text.strip())
    return int(match[1]) * _UNITS_S[match[2]] if match else None


def duration(reading: TomlReading, value: Any, at: KeyPath) -> int:
    """A duration in seconds; 0 where it is none, which is then a problem."""
    seconds = duration_s(value) if isinstance(value, str) else None
    if seconds is None:
        reading.problem(at, f"{value!r} is not a duration", 'write it as "15m", "1h" or "1d"')
    return seconds or 0


def secret(reading: TomlReading, value: Any, path: Path, at: KeyPath) -> tuple[Secret | None, str]:
    """The secret itself, or why it is not there: a missing one stops what needs it, not the program."""
    if value is None:
        return None, ""
    if not _names_secret(value):
        remedy = 'write { env = "NAME" } or { file = "path" }'
        reading.problem(at, "a key never stands in config.toml", remedy)
        return None, ""
    if "env" in value:
        text = os.environ.get(str(value["env"]), "").strip()
        return (Secret(text), "") if text else (None, f"the environment variable {value['env']} is not set")
    file = path.parent / str(value["file"])
    try:
        text = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        return None, f"the key file {value['file']} cannot be read ({reason})"
    return (Secret(text), "") if text else (None, f"the key file {value['file']} is empty")


def _names_secret(value: Any) -> bool:
    """Whether it is `{ env = "NAME" }` or `{ file = "path" }`."""
    named = list(value.items()) if isinstance(value, dict) else []
    return len(named) == 1 and named[0][0] in {"env", "file"} and isinstance(named[0][1], str)


def secret_name(value: Any) -> str:
    """Where a secret comes from, as a name for it: never the secret itself."""
    return " ".join(f"{where} {name}" for where, name in value.items()) if isinstance(value, Mapping) else ""


def check_time(reading: TomlReading, value: str, at: KeyPath) -> None:
    """Note what is no time of day."""
    if not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", value):
        reading.problem(at, f"{value!r} is not a time of day", 'write it as "08:00"')


def check_zone(reading: TomlReading, value: str, at: KeyPath) -> None:
    """Note what is no zone."""
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        near = did_you_mean(value, available_timezones())
        remedy = near if near.startswith("did") else 'write one such as "Asia/Shanghai"'
        reading.problem(at, f"{value!r} is not a zone", remedy)
