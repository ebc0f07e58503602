"""The U.S. Consolidated Screening List: Entity List, sanctions lists and others, as one CSV file of all that stands.

Identity: the list's short name with the number that the list gives, else with the name; the file's own ids are neither
unique nor lasting.
Docs: https://www.trade.gov/consolidated-screening-list
Rate: no key; the file (17 MB, 26,000 rows) is made anew every hour, and the lists change a few times a week: once a day.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from monitor.core import citations
from monitor.core.addresses import fingerprint
from monitor.core.answers import is_html
from monitor.core.dates import parse_when
from monitor.core.errors import NotUnderstood
from monitor.core.exchange import Finding, Problem, Request, Response, Snapshot, Source, State
from monitor.core.items import Item
from monitor.core.text import line
from monitor.core.urls import web_link

DEFAULT_URL = "https://data.trade.gov/downloadable_consolidated_screening_list/v1/consolidated.csv"

# Without one of these, what the file says of a party would seem to have changed.
_COLUMNS = (
    *("source", "entity_number", "type", "programs", "name", "addresses", "federal_register_notice"),
    *("start_date", "license_requirement", "license_policy", "remarks", "source_list_url", "alt_names"),
)
_DETAILS = (
    *("type", "programs", "addresses", "federal_register_notice", "start_date", "end_date"),
    *("standard_order", "license_requirement", "license_policy", "remarks"),
)
_SHORT_NAME = re.compile(r"\((?:NS-)?([A-Z][A-Z-]{1,9})(?: List)?\)")
_WORDS = re.compile(r"\w+")
_LONGEST_NAME = 120
# What the file is ended with by systems that mark the end of a text.
_END = "\x1a"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Which lists: short names (EL, MEU, SDN) or whole names as the file gives them; all if none named."""

    lists: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not all(_list_name(name) for name in self.lists):
            raise ValueError("lists: has an empty name; write short names like EL or MEU")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """One row of a wanted list, by column."""

    list: str
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return line(self.cells.get(column, ""))


def requests(source: Source, state: State) -> Iterator[Request]:  # noqa: ARG001 - it is one file, whenever
    """The file of all lists."""
    yield Request(url=source.url, walk=source.id, accept="text/csv, */*;q=0.5")


def parse(source: Source, response: Response) -> Iterator[Finding]:
    """The parties of the wanted lists, and that they are all. Raises NotUnderstood for a file that is not whole."""
    lines, wrong = _lines(source.id, response.body)
    wanted = {_list_name(name): name for name in source.options.lists}
    rows: list[_Row] = []
    problems = [Problem(where=f"{source.id}: the file's letters", what=wrong)] if wrong else []
    present: set[str] = set()
    for each in _rows(source.id, lines):
        if isinstance(each, Problem):
            problems.append(each)
            continue
        present.add(each.list)
        if not wanted or each.list in wanted:
            rows.append(each)
    if missing := sorted(wanted.keys() - present):
        there = ", ".join(sorted(present)[:20]) or "none"
        what = f"the file has no row of the list {wanted[missing[0]]!r}; it has those of {there}"
        raise NotUnderstood(source.id, what, "mend lists in config.toml, or poll again later")
    yield from problems
    yield from (_item(row, key) for row, key in zip(rows, _keys(source.id, rows), strict=True))
    if rows and not problems:
        yield Snapshot(walk=source.id)


def _lines(where: str, body: bytes) -> tuple[list[list[str]], str]:
    """The cells of each line, and what was wrong with the letters. Raises NotUnderstood for what is no whole file."""
    if is_html(body):
        raise NotUnderstood(
            where, "answered with a web page instead of a CSV file", "open the address in a browser"
        )
    text = body.decode("utf-8-sig", errors="replace").rstrip(f"{_END}\r\n")
    try:
        lines = [cells for cells in csv.reader(io.StringIO(text, newline=""), strict=True) if cells]
    except csv.Error as error:
        raise NotUnderstood(
            where, f"sent a file that is cut short or broken ({error})", "poll again later"
        ) from error
    lost = text.count("\ufffd") - body.count(b"\xef\xbf\xbd")
    return lines, f"letters that are not in UTF-8 and could not be read: {lost}" if lost > 0 else ""


def _rows(where: str, lines: Sequence[list[str]]) -> Iterator[_Row | Problem]:
    """Every row under the names of its columns, in whatever order these stand."""
    header = [line(name).lower() for name in lines[0]] if lines else []
    if missing := [name for name in _COLUMNS if name not in header]:
        what = f"sent a file without the column {missing[0]!r}"
        raise NotUnderstood(where, what, "the file was rebuilt: this version cannot read it")
    if len(lines) == 1:
        raise NotUnderstood(where, "sent a file without any row", "poll again later")
    if len(lines[-1]) < len(header):
        raise NotUnderstood(where, "sent a file that is cut short in its last row", "poll again later")
    for index, cells in enumerate(lines[1:], 2):
        if len(cells) != len(header):
            what = f"has {len(cells)} cells where the file has {len(header)} columns"
            yield Problem(where=f"{where}: row {index}", what=what)
            continue
        named = dict(zip(header, cells, strict=True))
        if not line(named["name"]) or not (list_ := _list_name(line(named["source"]))):
            yield Problem(where=f"{where}: row {index}", what="has no name, or names no list")
            continue
        yield _Row(list=list_, cells=named)


def _list_name(name: str) -> str:
    """`EL` of `Entity List (EL) - Bureau of Industry and Security`, `CMIC` of `NS-CMIC`; else the name in capitals."""
    if short := _SHORT_NAME.search(name):
        return short[1]
    return " ".join(_WORDS.findall(name.upper().removeprefix("NS-")))


def _keys(source_id: str, rows: Sequence[_Row]) -> list[str]:
    """A key for each row, whatever the order in which they stand.

    A list may name one party in several rows. The one listed first in time keeps the plain key, the others are told
    apart by when and where; rows that are alike in all they say are one.
    """
    named: dict[str, list[int]] = {}
    for index, row in enumerate(rows):
        named.setdefault(_plain_key(source_id, row), []).append(index)
    keys = [""] * len(rows)
    for plain_key, alike in named.items():
        for index, key in zip(alike, _apart(plain_key, [rows[index] for index in alike]), strict=True):
            keys[index] = key
    return keys


def _plain_key(source_id: str, row: _Row) -> str:
    """By the list and its number; without one by the name, of which spacing, case and dots do not matter."""
    name = "-".join(_WORDS.findall(unicodedata.normalize("NFKC", row["name"]).casefold()))
    called = row["entity_number"] or name or row["name"]
    return f"{source_id}:{row.list}:{called if len(called) <= _LONGEST_NAME else fingerprint(called)}"


def _apart(plain_key: str, rows: Sequence[_Row]) -> list[str]:
    if len(rows) == 1:
        return [plain_key]
    ranked = sorted({_whole(row): row for row in rows}.items(), key=lambda each: (_age(each[1]), each[0]))
    keys: dict[str, str] = {}
    for whole, row in ranked:
        key = f"{plain_key}:{fingerprint(*_age(row))[:12]}" if keys else plain_key
        # Alike in when and where, and unlike in something else: told apart by all that they say.
        keys[whole] = f"{plain_key}:{fingerprint(whole)[:12]}" if key in keys.values() else key
    return [keys[_whole(row)] for row in rows]


def _age(row: _Row) -> tuple[str, str, str]:
    return row["start_date"] or "9999", row["addresses"], row["name"]


def _whole(row: _Row) -> str:
    """All that a row says, without the file's own id, which is made anew."""
    return "\n".join(f"{name}={row[name]}" for name in sorted(row.cells) if name not in {"_id", "id"})


def _item(row: _Row, key: str) -> Item:
    details = {"list": row["source"], **{column: row[column] for column in _DETAILS}}
    return Item(
        key=key,
        kind="listing",
        title=row["name"],
        url=web_link(row["source_list_url"]),
        published=parse_when(row["start_date"]),
        titles=tuple(dict.fromkeys(name for raw in row["alt_names"].split(";") if (name := raw.strip()))),
        identifiers=tuple(
            dict.fromkeys(
                citation.id
                for citation in citations.find(row["federal_register_notice"])
                if citation.id.startswith("fr:")
            )
        ),
        details={name: value for name, value in details.items() if value},
    )
