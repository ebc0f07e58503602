"""Where each key and value of a TOML text stands, so that an error can name its line.

`tomllib` keeps no positions. This reads the same text again, after `tomllib` has accepted it, and notes only where each
begins.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left
from collections.abc import Mapping

KeyPath = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY = re.compile(r"""[ \t]*("(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_-]+)[ \t]*(\.?)""")
_TEXT = re.compile(
    r'''"""(?:[^\\]|\\.)*?"""(?!")|\'\'\'.*?\'\'\'(?!\')|"(?:[^"\\]|\\.)*"|'[^']*\'''',
    re.DOTALL,
)
_SCALAR = re.compile(r"[^,\]}#\n]*")


def locate(text: str) -> Mapping[KeyPath, int]:
    """The line, from 1, of each key, table and array element of a valid TOML text.

    `("subject", 0, "any", 2, "fuzzy")` is the key `fuzzy` of the third element of `any` in the first `[[subject]]`.
    """
    newlines = [match.start() for match in re.finditer("\n", text)]
    return {path: bisect_left(newlines, at) + 1 for path, at in offsets(text).items()}


def offsets(text: str) -> Mapping[KeyPath, int]:
    """How many characters stand before each key, table and array element of a valid TOML text."""
    walk = _Walk(text)
    walk.document()
    return walk.starts


class _Walk:
    """A position in the text, and the places noted so far."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.starts: dict[KeyPath, int] = {}
        self.tables: dict[KeyPath, int] = {}

    def document(self) -> None:
        """Read the text from its start to its end."""
        table: KeyPath = ()
        self._skip(_BLANK)
        while self.at < len(self.text):
            if self.text.startswith("[", self.at):
                table = self._header()
            else:
                self._pair(table)
            self._skip(_BLANK)

    def _header(self) -> KeyPath:
        at, many = self.at, self.text.startswith("[[", self.at)
        self.at += 2 if many else 1
        path: KeyPath = ()
        keys = self._keys()
        for key in keys[:-1]:
            path = self._last_of((*path, key))
        path = (*path, keys[-1])
        self.at += 2 if many else 1
        if many:
            self.tables[path] = self.tables.get(path, -1) + 1
        path = self._last_of(path)
        self._note(path, at)
        return path

    def _last_of(self, path: KeyPath) -> KeyPath:
        return (*path, self.tables[path]) if path in self.tables else path

    def _keys(self) -> list[str]:
        keys, more = [], True
        while more and (match := _KEY.match(self.text, self.at)):
            name = match[1]
            keys.append(tomllib.loads(f"key = {name}")["key"] if name[0] in "\"'" else name)
            self.at, more = match.end(), bool(match[2])
        return keys

    def _pair(self, table: KeyPath) -> None:
        at = self.at
        path = table
        for key in self._keys():
            path = (*path, key)
            self._note(path, at)
        self.at = self.text.index("=", self.at) + 1
        self._skip(_BLANK)
        self._value(path)

    def _value(self, path: KeyPath) -> None:
        if self.text.startswith("[", self.at):
            self._array(path)
        elif self.text.startswith("{", self.at):
            self._inline_table(path)
        else:
            self._skip(_TEXT) or self._skip(_SCALAR)

    def _array(self, path: KeyPath) -> None:
        index = 0
        self._open()
        while not self.text.startswith("]", self.at):
            self._note((*path, index), self.at)
            self._value((*path, index))
            self._comma()
            index += 1
        self.at += 1

    def _inline_table(self, path: KeyPath) -> None:
        self._open()
        while not self.text.startswith("}", self.at):
            self._pair(path)
            self._comma()
        self.at += 1

    def _open(self) -> None:
        self.at += 1
        self._skip(_BLANK)

    def _comma(self) -> None:
        self._skip(_BLANK)
        if self.text.startswith(",", self.at):
            self._open()

    def _skip(self, pattern: re.Pattern[str]) -> bool:
        match = pattern.match(self.text, self.at)
        self.at = match.end() if match else self.at
        return bool(match)

    def _note(self, path: KeyPath, at: int) -> None:
        self.starts.setdefault(path, at)
