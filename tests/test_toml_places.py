"""Errors in TOML files: line and column, the line shown with a caret, and nothing in it that a terminal would obey."""

from __future__ import annotations

import json
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.config import load
from monitor.core.errors import ConfigError, Place
from monitor.core.renderings.excerpts import pointed
from monitor.core.renderings.neutral import cells
from monitor.core.watchlists import read_watchlist

HEAD = 'title = "T"\n\n[[subject]]\nid = "s"\n'
FETCH = '[fetch]\nuser_agent = "t (+https://example.org/t)"\n'


def places(text: str) -> list[tuple[int, int]]:
    """Where the errors of a watchlist stand, and each line is the one of the text."""
    found = [error.place for error in read_watchlist(text, file="w.toml")[1]]
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    assert all(place is None or place.text == lines[place.line - 1] for place in found)
    return [(place.line, place.column) for place in found if place]


@pytest.mark.parametrize(
    ("more", "where"),
    [
        ('aliasses = ["VINES"]\nany = ["a b"]\n', (5, 1)),
        ('  any = ["a b", { text = "c d", fuzy = 90 }]\n', (5, 33)),
        ('any = [\n  "a b",\n\t{ regex = "(" },\n]\n', (7, 4)),
        ('note = """\naliasses = 1\n[[subject]]\n"""\nany = ["a b"]\naliasses = 1\n', (10, 1)),
        ("note = '''\nany = [\"x\"]\n'''\n\"any\" = 3\n", (8, 1)),
        ('any = ["华为", 3]\n', (5, 14)),
        ('any = ["a b"] # any = 3\n"zh" = 3 # aliasses\n', (6, 1)),
        ("", (3, 1)),
        ('any = ["a b"\nname = "x"\n', (6, 1)),
        ('any = ["a b"]\nany = ["c d"]\n', (6, 14)),
    ],
)
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_an_error_knows_its_line_and_column(more: str, where: tuple[int, int], ends: str, mark: str) -> None:
    assert places(mark + (HEAD + more).replace("\n", ends)) == [where]


def test_what_is_wrong_with_the_whole_file_shows_no_line() -> None:
    (error,) = read_watchlist('title = "T"\n', file="w.toml")[1]
    assert (error.place, error.pointed()) == (None, str(error))


def test_the_message_is_as_it_was_and_the_pointed_one_has_the_column() -> None:
    (error,) = read_watchlist(HEAD + 'any = ["a b"]\naliasses = 1\n', file="w.toml")[1]
    assert str(error).startswith("w.toml:6: subject[0].aliasses: unknown key; known are ")
    assert error.pointed() == str(error).replace("w.toml:6:", "w.toml:6:1:")


def test_settings_are_told_of_in_the_same_way(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(FETCH + "  timeot_s = 3 # seconds\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert caught.value.place == Place(line=3, column=3, text="  timeot_s = 3 # seconds")


def shown(text: str, column: int, width: int = 80) -> list[str]:
    return [line.rstrip() for line in pointed(Place(line=14, column=column, text=text), width)]


def test_the_line_stands_behind_its_number_over_a_caret() -> None:
    assert shown('aliasses = ["VINES"]', 1) == ['    14 | aliasses = ["VINES"]', "       | ^"]


def test_a_caret_stands_below_what_follows_wide_characters_and_tabs() -> None:
    line, caret = shown('\tany = ["华为", 3]', 15)
    assert line == '    14 |  any = ["华为", 3]'
    assert cells(line[: line.index("3]")]) == caret.index("^")


def test_of_a_long_line_the_place_is_shown() -> None:
    line, caret = shown("a" * 5000 + "X" + "b" * 5000, 5001, 40)
    assert line[caret.index("^")] == "X"
    assert (line[9], line[-1], len(line)) == ("…", "…", 40)


def test_what_a_terminal_would_obey_is_a_dot() -> None:
    line, _ = shown('x = "\x1b[31m\u202e\x07\u200b\ud800\uffff"', 1)
    assert line == '    14 | x = "·[31m······"'.replace("······", "·····")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('api_key = "k3y-k3y"', "api_key = …"),
        ('"apikey"="k3y-k3y"', '"apikey"= …'),
        ('headers = { Authorization = "Bearer k3y-k3y" }', "headers = { Authorization = …"),
        ('smtp_password = "k3y-k3y', "smtp_password = …"),
        ('url = "https://me:k3y-k3y@example.org/"', 'url = "https://●●●@example.org/"'),
        ('url = "https://example.org/?sig=k3y-k3y"', 'url = "https://example.org/?sig=●●●"'),
    ],
)
def test_a_key_or_a_password_is_not_shown(text: str, line: str) -> None:
    assert shown(text, 1)[0] == f"    14 | {line}"
    assert "k3y" not in " ".join(shown(text, text.index("k3y") + 3))


def test_keys_of_a_subject_are_no_secret() -> None:
    assert shown('keys = ["bill:117-*"]', 1)[0].endswith('keys = ["bill:117-*"]')


@given(st.text(max_size=300).filter(lambda text: "\n" not in text), st.integers(1, 400), st.integers(40, 120))
def test_an_excerpt_fits_and_holds_nothing_unseen(text: str, column: int, width: int) -> None:
    place = Place(line=3, column=min(column, len(text) + 1), text=text)
    line, caret = pointed(place, width)
    assert cells(line) <= width
    assert len(caret) <= width
    unseen = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}
    assert not [one for one in line if unicodedata.category(one) in unseen]


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "monitor", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False)


def test_commands_show_the_line_and_json_stays_json(tmp_path: Path) -> None:
    (tmp_path / "watchlists").mkdir()
    (tmp_path / "config.toml").write_text(FETCH, encoding="utf-8")
    (tmp_path / "watchlists" / "w.toml").write_text(
        HEAD + 'anny = ["a b"]\nall = ["c d"]\n', encoding="utf-8"
    )
    said = 'subject[0].anny: unknown key; did you mean "any"?\n     5 | anny = ["a b"]\n       | ^\n'
    told = run(tmp_path, "watch", "list")
    assert (told.returncode, told.stderr) == (2, f"monitor: watchlists/w.toml:5:1: {said}")
    linted = run(tmp_path, "watch", "lint")
    assert "watchlists/w.toml:5:1: error: subject[0].anny: unknown key\n     5 | anny" in linted.stdout
    first = json.loads(run(tmp_path, "watch", "lint", "--json").stdout.splitlines()[0])
    assert (first["line"], first["column"]) == (5, 1)
    (tmp_path / "config.toml").write_text(FETCH + "[fech]\n", encoding="utf-8")
    broken = run(tmp_path, "watch", "list", "--json")
    assert (broken.returncode, broken.stdout) == (2, "")
    assert broken.stderr.startswith("monitor: config.toml:3:1: fech: unknown key; did you mean")
    assert broken.stderr.endswith("     3 | [fech]\n       | ^\n")
