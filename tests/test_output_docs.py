"""docs/outputs.md tells of every kind, and of every option of each, and of no other."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from monitor import config, outputs
from monitor.config.outputs import COMMON

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "outputs.md").read_text(encoding="utf-8")
CONFIGURATION = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
SECTIONS = {part.partition("\n")[0]: part for part in re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]}
FETCH = '[fetch]\nuser_agent = "test; +https://example.org"\n'


def test_every_kind_has_its_section() -> None:
    assert set(SECTIONS) == set(outputs.kind_names())


@pytest.mark.parametrize("kind", outputs.kind_names())
def test_every_option_of_a_kind_has_its_row(kind: str) -> None:
    rows = re.findall(r"^\| `(\w+)` \|", SECTIONS[kind], flags=re.MULTILINE)
    assert rows == [option.name for option in fields(outputs.kind(kind).Options)]


@pytest.mark.parametrize("kind", outputs.kind_names())
def test_every_kind_says_what_it_is_told_of_and_when_that_arrived(kind: str) -> None:
    for heading in ("**Told of.**", "**Arrived.**"):
        assert heading in SECTIONS[kind]


@pytest.mark.parametrize("kind", outputs.kind_names())
def test_the_example_of_a_kind_is_good_configuration(kind: str, tmp_path: Path) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", SECTIONS[kind], flags=re.DOTALL)
    (tmp_path / "config.toml").write_text(FETCH + example, encoding="utf-8")
    found = config.load(tmp_path / "config.toml").outputs
    assert {output.kind for output in found} == {kind}


def test_every_common_key_has_its_row() -> None:
    section = CONFIGURATION.partition("## [[output]]")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", section, flags=re.MULTILINE)) == set(COMMON)


def test_the_examples_in_the_shipped_settings_load_once_they_are_switched_on(tmp_path: Path) -> None:
    """They stand at the end, behind `# `."""
    text = (ROOT / "config.toml").read_text(encoding="utf-8")
    examples = "\n".join(re.findall(r"^# (\[\[output\]\]\n(?:# \w+ +=.*\n)+)", text, flags=re.MULTILINE))
    (tmp_path / "config.toml").write_text(
        FETCH + re.sub(r"^# ", "", examples, flags=re.MULTILINE), encoding="utf-8"
    )
    found = config.load(tmp_path / "config.toml").outputs
    assert {output.kind for output in found} == set(outputs.kind_names())
