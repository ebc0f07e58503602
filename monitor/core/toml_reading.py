"""A TOML file read with care: each problem is noted with file, line, column, key and remedy, and reading goes on.

So a person who made three mistakes is told of three. `toml_lines` says where each value stands.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from monitor.core.errors import Place
from monitor.core.text import fold
from monitor.core.toml_lines import KeyPath, offsets

__all__ = ["KeyPath", "Problem", "TomlReading", "did_you_mean"]

# More names than this help nobody who looks for one.
_MOST_KNOWN = 30
# So far up from its end it is tried where a file that ends too soon was still whole.
_MOST_TRIED = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing wrong with a file: the three parts of an error, and its place where it is about one."""

    line: int
    where: str
    what: str
    remedy: str
    place: Place | None = None


class TomlReading:
    """A file being read: where its values stand, and what is wrong with them. `docs` says where the grammar is told."""

    def __init__(self, file: str, *, docs: str) -> None:
        self.file = file
        self.docs = docs
        self.warnings: list[str] = []
        self._text = ""
        self._ends: Sequence[int] = ()  # where each line ends
        self._starts: Mapping[KeyPath, int] = {}
        self._problems: list[Problem] = []

    def load(self, text: str) -> dict[str, Any] | None:
        """The file's top table, or None where it is not TOML, which is then a problem."""
        self._text = toml = text.removeprefix("\ufeff")
        self._ends = [*(found.start() for found in re.finditer("\n", toml)), len(toml)]
        try:
            table = tomllib.loads(toml)
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            self._broken(error)
            return None
        self._starts = offsets(toml)
        return table

    def _broken(self, error: Exception) -> None:
        what = "not valid TOML: " + re.sub(r" \(at .*\)$", "", str(error))
        remedy = f"mend what stands there, or compare with {self.docs}"
        if found := re.search(r"at line (\d+), column (\d+)", str(error)):
            self._note(self._place(int(found[1]), int(found[2])), what, remedy)
        else:
            line, column = self._unended()
            without_end = "; what begins here has no end" if "end of document" in str(error) else ""
            self._note(self._place(line, column), what + without_end, remedy)

    def _unended(self) -> tuple[int, int]:
        """The line and column of what a file that ends too soon leaves open: above it all is whole."""
        lines = self._text.splitlines(keepends=True)
        for line in range(len(lines), max(0, len(lines) - _MOST_TRIED), -1):
            if _is_whole("".join(lines[: line - 1])):
                opened = re.search(r"=\s*(?=\S)|(?=\[)", lines[line - 1])
                return line, opened.end() + 1 if opened else 1
        return len(self._ends), 1

    def _place(self, line: int, column: int) -> Place:
        text = self._text[self._start(line) : self._ends[line - 1]].removesuffix("\r")
        return Place(line=line, column=column, text=text)

    def _start(self, line: int) -> int:
        return self._ends[line - 2] + 1 if line > 1 else 0

    def _note(self, place: Place, what: str, remedy: str, *, whole: bool = False) -> None:
        """A problem; one with the `whole` file, or on an empty line, has nothing to show."""
        shown = None if whole or not place.text.strip() else place
        where = f"{self.file}:{place.line}"
        self._problems.append(Problem(line=place.line, where=where, what=what, remedy=remedy, place=shown))

    def problems(self) -> tuple[Problem, ...]:
        """All that is wrong, in order of line."""
        return tuple(sorted(self._problems, key=lambda problem: problem.line))

    def error(self) -> Problem | None:
        """The first thing that is wrong, whose remedy tells how many follow it."""
        return first_of(self.problems())

    def line(self, path: KeyPath) -> int:
        """The line of a value, or of the nearest table that holds it."""
        return bisect_left(self._ends, self._starts.get(self._nearest(path), 0)) + 1

    def _nearest(self, path: KeyPath) -> KeyPath:
        while path and path not in self._starts:
            path = path[:-1]
        return path

    def problem(self, path: KeyPath, what: str, remedy: str) -> None:
        """Note that the file cannot be used."""
        name, nearest = _dotted(path), self._nearest(path)
        line = self.line(nearest)
        place = self._place(line, self._starts.get(nearest, 0) - self._start(line) + 1)
        self._note(place, f"{name}: {what}" if name else what, remedy, whole=not nearest)

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

    def texts(
        self, table: dict[str, Any], path: KeyPath, key: str, *, exactly: bool = False
    ) -> tuple[str, ...]:
        """A list of strings, without the space around each; `exactly`: with it."""
        value = table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(one, str) and one.strip() for one in value):
            self.wrong_type((*path, key), "a list of strings, none empty", value)
            return ()
        return tuple(one if exactly else one.strip() for one in value)

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


def first_of(problems: Sequence[Problem]) -> Problem | None:
    """The first of them, whose remedy tells how many follow it."""
    if len(problems) < 2:
        return problems[0] if problems else None
    count = f" (the first of {len(problems)} problems in this file)"
    return replace(problems[0], remedy=problems[0].remedy + count)


def did_you_mean(written: str, known: Iterable[str]) -> str:
    """The remedy for a word that is none of those known."""
    known = tuple(known)
    close = difflib.get_close_matches(fold(written).lower, known, n=1)
    more = f" and {len(known) - _MOST_KNOWN} more" if len(known) > _MOST_KNOWN else ""
    return f'did you mean "{close[0]}"?' if close else f"known are {', '.join(known[:_MOST_KNOWN])}{more}"


def _is_whole(toml: str) -> bool:
    try:
        tomllib.loads(toml)
    except (tomllib.TOMLDecodeError, RecursionError):
        return False
    return True


def _dotted(path: KeyPath) -> str:
    """`subject[0].any[2].fuzy`."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return "".join(parts).removeprefix(".")


def _type_name(value: object) -> str:
    names = {bool: "true or false", str: "a string", int: "a number", float: "a number", dict: "a table"}
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    return names.get(type(value), "a date or time")
