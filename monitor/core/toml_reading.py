"""A TOML file read with care: each problem is noted with file, line, key and remedy, and reading goes on.

So a person who made three mistakes is told of three. `locate` says where each value stands.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from monitor.core.text import fold
from monitor.core.toml_lines import KeyPath, locate

__all__ = ["KeyPath", "Problem", "TomlReading", "did_you_mean"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing wrong with a file: the three parts of an error."""

    line: int
    where: str
    what: str
    remedy: str


class TomlReading:
    """A file being read: where its values stand, and what is wrong with them. `docs` says where the grammar is told."""

    def __init__(self, file: str, *, docs: str) -> None:
        self.file = file
        self.docs = docs
        self.warnings: list[str] = []
        self._lines: Mapping[KeyPath, int] = {}
        self._problems: list[Problem] = []

    def load(self, text: str) -> dict[str, Any] | None:
        """The file's top table, or None where it is not TOML, which is then a problem."""
        toml = text.removeprefix("\ufeff")
        try:
            table = tomllib.loads(toml)
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            self._broken(error, toml)
            return None
        self._lines = locate(toml)
        return table

    def _broken(self, error: Exception, toml: str) -> None:
        found = re.search(r"at line (\d+)", str(error))
        line = int(found[1]) if found else toml.count("\n") + 1
        what = re.sub(r" \(at .*\)$", "", str(error))
        remedy = f"mend what stands there, or compare with {self.docs}"
        where = f"{self.file}:{line}"
        self._problems.append(Problem(line=line, where=where, what=f"not valid TOML: {what}", remedy=remedy))

    def problems(self) -> tuple[Problem, ...]:
        """All that is wrong, in order of line."""
        return tuple(sorted(self._problems, key=lambda problem: problem.line))

    def line(self, path: KeyPath) -> int:
        """The line of a value, or of the nearest table that holds it."""
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path, 1)

    def problem(self, path: KeyPath, what: str, remedy: str) -> None:
        """Note that the file cannot be used."""
        line, name = self.line(path), _dotted(path)
        what = f"{name}: {what}" if name else what
        self._problems.append(Problem(line=line, where=f"{self.file}:{line}", what=what, remedy=remedy))

    def warn(self, path: KeyPath, what: str, remedy: str) -> None:
        """Note what is likely not meant."""
        self.warnings.append(f"{self.file}:{self.line(path)}: {_dotted(path)}: {what}; {remedy}")

    def known_keys(self, table: dict[str, Any], path: KeyPath, known: Sequence[str]) -> None:
        """No key that the grammar does not have."""
        for key in table:
            if key not in known:
                self.problem((*path, key), "unknown key", did_you_mean(key, known))

    def tables(self, table: dict[str, Any], key: str) -> list[dict[str, Any]]:
        """An array of tables."""
        value = table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            self.problem((key,), "must be an array of tables", f"write [[{key}]] above each")
            return []
        return value

    def text(self, table: dict[str, Any], path: KeyPath, key: str, *, required: bool = False) -> str:
        """A string, without the space around it."""
        value = table.get(key, "")
        if not isinstance(value, str):
            self.wrong_type((*path, key), "a string", value)
            return ""
        if required and not value.strip():
            self.problem((*path, key), "is empty" if key in table else "is missing", f'write {key} = "..."')
        return value.strip()

    def texts(self, table: dict[str, Any], path: KeyPath, key: str) -> tuple[str, ...]:
        """A list of strings."""
        value = table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(one, str) and one.strip() for one in value):
            self.wrong_type((*path, key), "a list of strings, none empty", value)
            return ()
        return tuple(one.strip() for one in value)

    def number(self, table: dict[str, Any], path: KeyPath, key: str, least: int, most: int) -> int:
        """A whole number within bounds; 0 where nothing is said."""
        value = table.get(key, 0)
        if (
            isinstance(value, bool)
            or not isinstance(value, int)
            or (key in table and not least <= value <= most)
        ):
            self.problem(
                (*path, key), f"{value!r} is not between {least} and {most}", "write such a whole number"
            )
            return 0
        return value

    def flag(self, table: dict[str, Any], path: KeyPath, key: str, *, default: bool) -> bool:
        """True or false."""
        value = table.get(key, default)
        if not isinstance(value, bool):
            self.wrong_type((*path, key), "true or false", value)
            return default
        return value

    def wrong_type(self, path: KeyPath, wanted: str, value: object) -> None:
        """Note a value of another type than the grammar has there."""
        self.problem(path, f"must be {wanted}, is {_type_name(value)}", f"see {self.docs}")


def did_you_mean(written: str, known: Iterable[str]) -> str:
    """The remedy for a word that is none of those known."""
    known = tuple(known)
    close = difflib.get_close_matches(fold(written).lower, known, n=1)
    return f'did you mean "{close[0]}"?' if close else f"known are {', '.join(known)}"


def _dotted(path: KeyPath) -> str:
    """`subject[0].any[2].fuzy`."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return "".join(parts).removeprefix(".")


def _type_name(value: object) -> str:
    names = {bool: "true or false", str: "a string", int: "a number", float: "a number", dict: "a table"}
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    return names.get(type(value), "a date or time")
