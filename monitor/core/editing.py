"""Edits of a watchlist's text: every part that an edit does not name stays as it is, byte for byte.

A file is cut into its head and one block a subject, and only the block that is meant is read and written (tomlkit keeps
its comments, order and style). The text that comes out is not judged here: `watchlists.read_watchlist` does that.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Literal

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Array, InlineTable, Item, Table
from tomlkit.toml_document import TOMLDocument

from monitor.core.errors import UsageError
from monitor.core.text import fold
from monitor.core.toml_lines import locate
from monitor.core.toml_reading import did_you_mean

TermList = Literal["any", "all", "none", "keys"]
TERM_LISTS: tuple[TermList, ...] = ("any", "all", "none", "keys")
_HEADER = re.compile(r"[ \t]*\[\[[ \t]*[\"']?subject[\"']?[ \t]*\]\]")
# A line that is neither empty nor a comment.
_VALUE = re.compile(r"\s*[^\s#]")
_ID = re.compile(r"""[ \t]*id[ \t]*=[ \t]*(["'])(.*?)\1""")
_BLANK_LINE = re.compile(r"(?m)^([ \t]*\n)")
_LONGEST_ID = 60
# So long a list is written a line a term, as the shipped files do.
_ONE_LINE = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What to change of a subject. `texts` are keys such as name and note: an empty value takes the key out.

    `terms` are added to a list at its end, `dropped` are taken out of any, all, none and keys, wherever they stand. A term
    is written as it would be in the file without its quotes, or as an inline table (`{ text = "VINES", near = ["NSF"] }`).
    """

    texts: Mapping[str, str] = field(default_factory=dict)
    terms: Mapping[TermList, Sequence[str]] = field(default_factory=dict)
    dropped: Sequence[str] = ()


@dataclass(slots=True, kw_only=True)
class _Cut:
    r"""A file in parts: what stands above the first subject, and a block a subject with the comment just above it.

    `mark` is its byte order mark. Where each line ends in `\r\n`, the parts have `\n`, which is what tomlkit writes.
    """

    head: str
    blocks: list[str]
    ids: list[str]
    mark: str
    newline: str

    def text(self) -> str:
        return self.mark + (self.head + "".join(self.blocks)).replace("\n", self.newline)

    def place(self, subject: str, file: str) -> int:
        """Which block is that of the subject. Raises UsageError where there is none."""
        if subject not in self.ids:
            raise UsageError(
                f"{file}/{subject}", "no such subject in that watchlist", did_you_mean(subject, self.ids)
            )
        return self.ids.index(subject)


def subjects(text: str, *, file: str) -> list[str]:
    """The ids of the subjects of a file, in order; empty texts for those without."""
    return _cut(text, file).ids


def subject_at(lines: Sequence[str], start: int, end: int) -> str:
    """The id of the subject to which lines (from 0, without `end`) belong, of a text that may be no TOML; "" above the first."""
    headers = [n for n, line in enumerate(lines) if _HEADER.match(line)]
    begun = [n for n in headers if start <= n < end][:1] or [n for n in headers if n < start][-1:]
    table = lines[begun[0] : next((n for n in headers if n > begun[0]), len(lines))] if begun else []
    return next((found[2] for line in table if (found := _ID.match(line))), "")


def add(text: str, id_: str, changes: Changes, *, file: str) -> str:
    """The text with a new subject at its end. Raises UsageError where the id is taken."""
    cut = _cut(text, file)
    if id_ in cut.ids:
        what = f"there is a subject {id_!r} already"
        raise UsageError(file, what, f"change it by `monitor watch set {file}/{id_}`, or give --id another")
    table = tomlkit.table()
    table.add("id", id_)
    for key, value in changes.texts.items():
        if value:
            table.add(key, value)
    for key in TERM_LISTS:
        if terms := changes.terms.get(key):
            table.add(key, _array(terms))
    document = tomlkit.document()
    block = tomlkit.aot()
    block.append(table)
    document.add("subject", block)
    return _append(text, _aligned(tomlkit.dumps(document)))


def change(text: str, subject: str, changes: Changes, *, file: str) -> str:
    """The text with one subject changed. Raises UsageError where it is not there, or a term to drop is not."""
    cut = _cut(text, file)
    at = cut.place(subject, file)
    block, rest = _parted(cut.blocks[at])
    document, table = _read(block, f"{file}/{subject}")
    _set_texts(table, changes.texts)
    for written in changes.dropped:
        _drop(table, written, f"{file}/{subject}")
    for key, terms in changes.terms.items():
        _extend(table, key, terms, f"{file}/{subject}")
    cut.blocks[at] = _written(document, f"{file}/{subject}") + rest
    return cut.text()


def change_head(text: str, values: Mapping[str, Any], *, file: str) -> str:
    """The text with keys of the whole watchlist (title, priority, note, on, enabled) set; None takes a key out."""
    cut = _cut(text, file)
    head, rest = _parted(cut.head)
    document = tomlkit.parse(head)
    for key, value in values.items():
        if value is None:
            document.pop(key, None)
        else:
            document[key] = value
    head = tomlkit.dumps(document)
    cut.head = (head if head.endswith("\n") or not head else f"{head}\n") + rest
    return cut.text()


def switch(text: str, subject: str, *, on: bool, file: str) -> str:
    """The text with a subject switched on or off."""
    cut = _cut(text, file)
    at = cut.place(subject, file)
    block, rest = _parted(cut.blocks[at])
    document, table = _read(block, f"{file}/{subject}")
    if on:
        table.pop("enabled", None)
    else:
        table["enabled"] = False
    cut.blocks[at] = _written(document, f"{file}/{subject}") + rest
    return cut.text()


def take_out(text: str, subject: str, *, file: str) -> tuple[str, str]:
    """The text without a subject, and the block that was taken out of it, with the comments right above and below it.

    A comment that stands by itself, as the heading of what follows does, stays where it is.
    """
    cut = _cut(text, file)
    at = cut.place(subject, file)
    block, rest = _parted(cut.blocks[at])
    below, gap, apart = _BLANK_LINE.split(rest, maxsplit=1) if _BLANK_LINE.search(rest) else (rest, "", "")
    cut.blocks[at] = gap + apart if apart.strip() else ""
    return cut.text(), block + below + ("" if apart.strip() else gap + apart)


def put_in(text: str, block: str, subject: str, *, file: str) -> str:
    """The text with a block that `take_out` gave at its end. Raises UsageError where its id is taken."""
    if subject in _cut(text, file).ids:
        raise UsageError(
            file, f"there is a subject {subject!r} already", "give one of the two another id first"
        )
    return _append(text, block)


def id_of_name(name: str) -> str:
    """An id made of a name's Latin letters and digits; empty where it has none."""
    return re.sub(r"[^a-z0-9]+", "-", fold(name).lower).strip("-")[:_LONGEST_ID].strip("-")


def _cut(text: str, file: str) -> _Cut:
    try:
        document: Mapping[str, Any] = tomllib.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        raise UsageError(file, f"not valid TOML: {error}", "mend it by hand: `monitor watch edit`") from error
    tables = document.get("subject", [])
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    newline = "\r\n" if text.count("\n") == text.count("\r\n") > 0 else "\n"
    lines = re.findall(r"[^\n]*\n|[^\n]+", text.removeprefix(mark).replace(newline, "\n"))
    placed = locate("".join(lines))
    starts = [placed["subject", n] - 1 for n in range(len(tables)) if ("subject", n) in placed]
    if len(starts) != len(tables) or not all(_HEADER.match(lines[start]) for start in starts):
        remedy = "write each as a [[subject]] of its own, or edit the file by hand"
        raise UsageError(file, "its subjects are not written as [[subject]] tables", remedy)
    parts = _parts(lines, [_with_comment(lines, start) for start in starts])
    if not all(map(_is_toml, parts)):
        parts = _parts(lines, [_with_real_comment(lines, start) for start in starts])
    return _Cut(
        head=parts[0],
        blocks=parts[1:],
        ids=[str(table.get("id", "")) for table in tables],
        mark=mark,
        newline=newline,
    )


def _parts(lines: Sequence[str], starts: Sequence[int]) -> list[str]:
    bounds = [0, *starts, len(lines)]
    return ["".join(lines[start:end]) for start, end in pairwise(bounds)]


def _is_toml(text: str) -> bool:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return True


def _with_comment(lines: Sequence[str], start: int) -> int:
    """Where the comment begins that stands right above a header: it is about what follows."""
    while start > 0 and lines[start - 1].lstrip().startswith("#"):
        start -= 1
    return start


def _with_real_comment(lines: Sequence[str], start: int) -> int:
    """As above, but a line that looks like a comment may be of a string of several lines, or its end."""
    above = range(_with_comment(lines, start), start)
    return next((line for line in above if _is_toml("".join(lines[:line]))), start)


def _parted(block: str) -> tuple[str, str]:
    """A block up to its last value, and the comments and empty lines below, before which a new key belongs."""
    lines = block.splitlines(keepends=True)
    end = len(lines)
    while end and not _VALUE.match(lines[end - 1]):
        end -= 1
    body = "".join(lines[:end])
    return (body, "".join(lines[end:])) if end and _is_toml(body) else (block, "")


def _read(block: str, where: str) -> tuple[TOMLDocument, Table]:
    document = tomlkit.parse(block)
    table = document["subject"][0]
    if not isinstance(table, Table) or tomlkit.dumps(document) != block:
        raise _unsafe(where)
    return document, table


def _written(document: TOMLDocument, where: str) -> str:
    """The block's text, which reads back as what it was made to say."""
    text = tomlkit.dumps(document)
    if not _is_toml(text) or tomllib.loads(text) != document.unwrap():
        raise _unsafe(where)
    return text


def _unsafe(where: str) -> UsageError:
    return UsageError(where, "is written in a way that cannot be edited safely", "edit it by hand")


def _set_texts(table: Table, texts: Mapping[str, str]) -> None:
    for key, value in texts.items():
        if not value:
            table.pop(key, None)
        elif table.get(key) != value:
            table[key] = value


def _extend(table: Table, key: TermList, terms: Sequence[str], where: str) -> None:
    """Add terms at the end of a list; one that stands there already is no second one."""
    if key not in table:
        table[key] = _array(terms)
        return
    found = table[key]
    if not isinstance(found, Array):
        raise UsageError(where, f"{key} is not written as a list in brackets", "edit it by hand")
    for term in terms:
        value = _value(term)
        if value not in found.unwrap():
            found.append(value)


def _drop(table: Table, written: str, where: str) -> None:
    """Take a term out, wherever it stands: named by its text, pattern or id, or by the whole table."""
    wanted = _value(written)
    plain = wanted.unwrap() if isinstance(wanted, Item) else wanted
    dropped = False
    for key in TERM_LISTS:
        found = table.get(key)
        if not isinstance(found, Array):
            continue
        for at in reversed([n for n, one in enumerate(found.unwrap()) if _is_named(one, plain)]):
            del found[at]
            dropped = True
        if not found and key in table:
            table.pop(key)
    if not dropped:
        known = [_name(one) for key in TERM_LISTS for one in table.get(key, [])]
        raise UsageError(where, f"has no term {written!r}", did_you_mean(written, known) if known else "")


def _is_named(term: Any, wanted: Any) -> bool:
    return bool(term == wanted or _name(term) == wanted)


def _name(term: Any) -> str:
    """What a term is called by: its text, pattern or id."""
    if not isinstance(term, Mapping):
        return str(term)
    return next((str(term[key]) for key in ("text", "regex", "id") if key in term), "")


def _value(written: str) -> Item | str:
    """A term as it was typed: an inline table where it looks like one, else a string."""
    if not written.lstrip().startswith("{"):
        return written
    try:
        tomllib.loads(f"term = {written.strip()}")  # its errors name no character that was never typed
        found = tomlkit.value(written.strip())
    except (TOMLKitError, ValueError, RecursionError) as error:
        what = re.sub(r" \(at .*\)$", "", str(error))
        remedy = 'write it like { text = "VINES", near = ["NSF"] }'
        raise UsageError(written, f"is no inline table of TOML ({what})", remedy) from error
    return found if isinstance(found, InlineTable) else written


def _array(terms: Iterable[str]) -> Array:
    """A list of terms; a long one a line a term, as the shipped files have it."""
    found = tomlkit.array()
    values = list(map(_value, terms))
    if sum(len(str(value)) + 4 for value in values) <= _ONE_LINE:
        found.extend(values)
        return found
    for value in values:
        found.add_line(value, indent="  ")
    found.add_line(indent="")
    return found


def _aligned(block: str) -> str:
    """The keys of a new block in one column, as the shipped files have them."""
    keys = re.findall(r"(?m)^([a-z]+) = ", block)
    longest = max(map(len, keys), default=0)
    return re.sub(r"(?m)^([a-z]+) = ", lambda found: f"{found[1].ljust(longest)} = ", block)


def _append(text: str, block: str) -> str:
    """The block at the end of a text, with an empty line before it, in the text's own line ends."""
    newline = _newline(text)
    block = re.sub(r"\r?\n", newline, block.strip("\r\n")) + newline
    if not text.strip("\ufeff \t\r\n"):
        return text + block
    rest = text[len(text.rstrip("\r\n")) :].count("\n")
    return text + newline * max(0, 2 - rest) + block


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"
