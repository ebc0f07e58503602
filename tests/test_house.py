"""The house is in order: no file or function outgrows its room, and the maps name every room."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import monitor
from monitor import archive, config, dispatch, pipeline
from monitor.core import explaining, extraction, feeds, linting, matching, records

ROOT = Path(monitor.__file__).parent


def lengths(folder: str) -> Iterator[tuple[str, int]]:
    """Every function of a folder with its number of lines."""
    for path in sorted((ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                yield f"{path.stem}.{node.name}", (node.end_lineno or node.lineno) - node.lineno + 1


def test_no_file_has_400_lines() -> None:
    counted = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in ROOT.rglob("*.py")}
    assert [str(path.relative_to(ROOT)) for path, count in counted.items() if count >= 400] == []


@pytest.mark.parametrize(("folder", "most"), [("core", 34), ("sources", 34), ("projections", 34), ("", 45)])
def test_a_function_is_one_sentence(folder: str, most: int) -> None:
    """Of what acts, the options of a command and the tables of a migration are long lists."""
    long = [(name, count) for name, count in lengths(folder) if count > most]
    assert [each for each in long if not each[0].startswith("migrations.")] == []


@pytest.mark.parametrize(
    "package",
    [pipeline, archive, dispatch, config, feeds, matching, explaining, extraction, linting, records],
    ids=lambda each: each.__name__,
)
def test_a_map_names_every_room_and_no_other(package: ModuleType) -> None:
    assert package.__file__
    rooms = {path.stem for path in Path(package.__file__).parent.glob("*.py")} - {"__init__", "run"}
    assert package.__doc__
    named = set(re.findall(r"`(\w+)`|^    (\w+)  ", package.__doc__, re.MULTILINE))
    assert {first or second for first, second in named} - {"run"} == rooms


def test_what_two_kinds_of_source_need_stands_in_core_and_not_twice() -> None:
    found: dict[str, list[str]] = {}
    for path in sorted((ROOT / "sources").glob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("_"):
                said = [each for each in node.body if not isinstance(each, ast.Expr)]
                text = "\n".join(map(ast.dump, [node.args, *said]))
                found.setdefault(text, []).append(f"{path.stem}.{node.name}")
    assert [names for names in found.values() if len(names) > 1] == []
