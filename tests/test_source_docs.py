"""docs/sources.md tells of every kind, and of every option of each, and of no other."""

from __future__ import annotations

import re
import tomllib
from dataclasses import fields
from pathlib import Path

import msgspec
import pytest

from monitor import sources

PAGE = (Path(__file__).parent.parent / "docs" / "sources.md").read_text(encoding="utf-8")
SECTIONS = {part.partition("\n")[0]: part for part in re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]}
SHARED = {"id", "kind", "url", "every", "enabled", "user_agent", "min_items", "api_key"}


def test_every_kind_has_its_section() -> None:
    assert set(SECTIONS) == set(sources.kind_names())


@pytest.mark.parametrize("kind", sources.kind_names())
def test_every_option_of_a_kind_has_its_row(kind: str) -> None:
    rows = re.findall(r"^\| `(\w+)` \|", SECTIONS[kind], flags=re.MULTILINE)
    assert rows == [option.name for option in fields(sources.kind(kind).Options)]


@pytest.mark.parametrize("kind", sources.kind_names())
def test_every_kind_tells_identity_traps_and_rate(kind: str) -> None:
    for heading in ("**Identity.**", "**Traps.**", "**Rate.**"):
        assert heading in SECTIONS[kind]


@pytest.mark.parametrize("kind", sources.kind_names())
def test_the_example_of_a_kind_is_good_configuration(kind: str) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", SECTIONS[kind], flags=re.DOTALL)
    (table,) = tomllib.loads(example)["source"]
    assert table["kind"] == kind
    own = {name: value for name, value in table.items() if name not in SHARED}
    msgspec.convert(own, type=sources.kind(kind).Options, strict=True)
