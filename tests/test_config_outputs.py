"""`[[output]]` in config.toml: destinations as they are told of, and what a person is told who slips.

Most of it is tried with a kind of its own, which a file in a folder makes known as those of monitor/outputs are.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from monitor import outputs
from monitor.config import Settings, load
from monitor.config.outputs import COMMON
from monitor.core.deliveries import Output
from monitor.core.errors import ConfigError

FETCH = '[fetch]\nuser_agent = "test; +https://example.org"\n'
PIGEON = '[[output]]\nid = "loft"\nkind = "pigeon"\nto = ["Ada@example.org", "bo@example.org"]\n'
FEEDS = '[[output]]\nid = "feeds"\nkind = "feeds"\nfolder = "public"\nbase_url = "https://news.example.org"\n'
KIND = '''
"""Pigeons, each to one roof."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from monitor.core.exchange import Secret

AFTER_UNCERTAIN = "once more"
OCCASIONS = ("alert", "daily", "weekly", "heartbeat", "sample")
RECIPIENTS = "to"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    to: tuple[str, ...]
    breed: Literal["homing", "racing"] = "homing"
    user: str = ""
    password: Secret | None = None
    diary: Path | None = None

    def __post_init__(self) -> None:
        if bool(self.user) != (self.password is not None):
            raise ValueError("user: stands alone; write user and password, or neither")
'''


@pytest.fixture(autouse=True)
def pigeon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A kind of output that this folder adds."""
    folder = tmp_path / "kinds"
    folder.mkdir()
    (folder / "pigeon.py").write_text(KIND, encoding="utf-8")
    monkeypatch.setattr(outputs, "__path__", [*outputs.__path__, str(folder)])
    yield
    sys.modules.pop("monitor.outputs.pigeon", None)
    vars(outputs).pop("pigeon", None)


def read(folder: Path, text: str) -> Settings:
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    return load(path)


def one(folder: Path, text: str) -> Output:
    (output,) = read(folder, FETCH + text).outputs
    return output


def test_what_an_output_does_not_say_is_as_the_digest_says(tmp_path: Path) -> None:
    digest = '[digest]\nat = "07:15"\ntimezone = "Asia/Shanghai"\nlanguage = "zh"\n'
    output = one(tmp_path, digest + FEEDS)
    assert (output.at, output.timezone, output.language) == ("07:15", "Asia/Shanghai", "zh")
    usual = Output(id="feeds", kind="feeds")
    for name in ("enabled", "watchlists", "recipient", "alerts", "daily", "weekly", "heartbeat"):
        assert getattr(output, name) == getattr(usual, name), name
    assert (output.bundle_s, output.limit, output.weekday, output.problem) == (600, 50, 0, "")


def test_what_an_output_says_holds_for_it(tmp_path: Path) -> None:
    (tmp_path / "watchlists").mkdir()
    (tmp_path / "watchlists" / "6g.toml").touch()
    ada, bo = read(
        tmp_path,
        FETCH
        + PIGEON
        + 'enabled = false\nwatchlists = ["6g"]\nalerts = false\ndaily = false\nheartbeat = true\n'
        'bundle = "1h"\nlimit = 7\nat = "23:59"\nweekday = "sunday"\ntimezone = "Asia/Tokyo"\nlanguage = "zh"\n'
        'breed = "racing"\n',
    ).outputs
    assert (ada.enabled, ada.watchlists) == (False, ("6g",))
    assert (ada.alerts, ada.daily, ada.weekly) == (False, False, True)
    assert (ada.heartbeat, ada.bundle_s, ada.limit, ada.at, ada.weekday) == (True, 3600, 7, "23:59", 6)
    assert (ada.timezone, ada.language, ada.options.breed) == ("Asia/Tokyo", "zh", "racing")
    assert (bo.at, bo.options) == (ada.at, ada.options)


def test_every_recipient_is_a_destination_of_its_own(tmp_path: Path) -> None:
    ada, bo = read(tmp_path, FETCH + PIGEON).outputs
    assert (ada.id, ada.recipient) == ("loft:ada@example.org", "Ada@example.org")
    assert (bo.id, bo.recipient) == ("loft:bo@example.org", "bo@example.org")


def test_a_second_recipient_renames_nobody(tmp_path: Path) -> None:
    alone = one(tmp_path, PIGEON.replace(', "bo@example.org"', ""))
    first, _ = read(tmp_path, FETCH + PIGEON).outputs
    assert alone.id == first.id


def test_an_output_without_recipients_goes_by_its_own_name(tmp_path: Path) -> None:
    output = one(tmp_path, FEEDS)
    assert (output.id, output.recipient) == ("feeds", "")


def test_paths_are_relative_to_the_folder_of_the_file(tmp_path: Path) -> None:
    assert one(tmp_path, FEEDS).options.folder == tmp_path / "public"
    assert one(tmp_path, FEEDS.replace("public", "/srv/feeds")).options.folder == Path("/srv/feeds")
    loft, _ = read(tmp_path, FETCH + PIGEON + 'diary = "notes/diary.txt"\n').outputs
    assert loft.options.diary == tmp_path / "notes" / "diary.txt"
    loft, _ = read(tmp_path, FETCH + PIGEON).outputs
    assert loft.options.diary is None


def test_secrets_come_from_the_environment_or_a_file_and_never_print(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOFT_KEY", "s3cret-one")
    (tmp_path / "key").write_text("s3cret-two\n", encoding="utf-8")
    for key, secret in (('{ env = "LOFT_KEY" }', "s3cret-one"), ('{ file = "key" }', "s3cret-two")):
        settings = read(tmp_path, f'{FETCH}{PIGEON}user = "ada"\npassword = {key}\n')
        assert settings.outputs[0].options.password.reveal() == secret
        assert settings.outputs[0].problem == ""
        assert "s3cret" not in repr(settings)


def test_a_missing_secret_stops_its_own_output_and_no_other(tmp_path: Path) -> None:
    settings = read(tmp_path, FETCH + PIGEON + 'user = "ada"\npassword = { env = "NO_SUCH_KEY" }\n' + FEEDS)
    ada, bo, feeds = settings.outputs
    assert ada.problem == bo.problem == "the environment variable NO_SUCH_KEY is not set"
    assert feeds.problem == ""


def test_the_value_of_a_misplaced_secret_is_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, FETCH + PIGEON + 'user = "ada"\npassword = "s3cret"\n')
    assert "config.toml:8: output[0].password: a key never stands in config.toml" in str(caught.value)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("output = 3\n" + FETCH, "config.toml:1: output: must be an array of tables; write [[output]] above each"),
        (FETCH + PIGEON.replace('"loft"', '"My Loft"'), "config.toml:4: output[0].id: 'My Loft' cannot name an output; use small letters"),
        (FETCH + PIGEON.replace('"loft"', "3"), "config.toml:4: output[0].id: 3 cannot name an output; use small letters"),
        (FETCH + '[[output]]\nkind = "pigeon"\n', "config.toml:3: output[0].id: is missing; use small letters"),
        (FETCH + PIGEON.replace('"loft"', '"terminal"'), "config.toml:4: output[0].id: 'terminal' is the name of the screen; give it another id"),
        (FETCH + '[[output]]\nid = "a"\n', "config.toml:3: output[0].kind: is missing; known are "),
        (FETCH + '[[output]]\nid = "a"\nkind = "pigoen"\n', "config.toml:5: output[0].kind: 'pigoen' is not a kind of output; did you mean \"pigeon\"?"),
        (FETCH + '[[output]]\nid = "a"\nkind = "pigeon"\n', "config.toml:3: output[0].to: is missing; add to = …"),
        (FETCH + '[[output]]\nid = "a"\nkind = "pigeon"\nto = []\n', "config.toml:6: output[0].to: names nobody; write one or more"),
        (FETCH + PIGEON.replace("bo@example.org", " "), "config.toml:6: output[0].to[1]: ' ' names nobody; write an address, or take it out"),
        (FETCH + PIGEON.replace("bo@", "bo\\n@"), "config.toml:6: output[0].to[1]: 'bo\\n@example.org' names nobody; write an address, or take it out"),
        (FETCH + PIGEON.replace("bo@", "ada@"), "config.toml:6: output[0].to: 'ada@example.org' stands there 2 times; name each once"),
        (FETCH + PIGEON.replace('["Ada@example.org", "bo@example.org"]', '"ada@example.org"'), "config.toml:6: output[0].to: Expected array, got str; see docs/outputs.md"),
        (FETCH + PIGEON + PIGEON, "config.toml:8: output[1].id: 'loft' is already the id of the output in line 3; give it another id; ids are permanent"),
        (FETCH + PIGEON + "limt = 3\n", 'config.toml:7: output[0].limt: unknown key; did you mean "limit"?'),
        (FETCH + PIGEON + 'bred = "homing"\n', 'config.toml:7: output[0].bred: unknown key; did you mean "breed"?'),
        (FETCH + PIGEON + 'breed = "fancy"\n', "config.toml:7: output[0].breed: 'fancy' is none of its values; known are homing, racing"),
        (FETCH + PIGEON + 'user = "ada"\n', "config.toml:7: output[0].user: stands alone; write user and password, or neither"),
        (FETCH + PIGEON + 'diary = " "\n', "config.toml:7: output[0].diary: ' ' is no path; name a file or a folder"),
        (FETCH + PIGEON + "diary = 3\n", "config.toml:7: output[0].diary: Expected Path"),
        (FETCH + PIGEON + "limit = 0\n", "config.toml:7: output[0].limit: 0 shows nothing; write how many entries a message may show"),
        (FETCH + PIGEON + "enabled = 1\n", "config.toml:7: output[0].enabled: Expected bool, got int; see docs/configuration.md"),
        (FETCH + PIGEON + 'bundle = "soon"\n', "config.toml:7: output[0].bundle: 'soon' is not a duration; write it as \"15m\""),
        (FETCH + PIGEON + 'at = "8"\n', "config.toml:7: output[0].at: '8' is not a time of day; write it as \"08:00\""),
        (FETCH + PIGEON + 'timezone = "asia/shangai"\n', "config.toml:7: output[0].timezone: 'asia/shangai' is not a zone; did you mean \"Asia/Shanghai\"?"),
        (FETCH + PIGEON + 'weekday = "mondy"\n', "config.toml:7: output[0].weekday: 'mondy' is none of its values; did you mean \"monday\"?"),
        (FETCH + PIGEON + 'language = "fr"\n', "config.toml:7: output[0].language: 'fr' is none of its values; known are en, zh"),
        (FETCH + PIGEON + 'watchlists = "6g"\n', "config.toml:7: output[0].watchlists: Expected array, got str"),
        (FETCH + PIGEON + "alerts = false\ndaily = false\nweekly = false\n", "config.toml:3: output[0]: alerts, daily and weekly are all switched off: nothing would ever be told; switch one on"),
        (FETCH + FEEDS + "alerts = false\n", "config.toml:8: output[0].alerts: means nothing to the kind feeds; take it out"),
        (FETCH + FEEDS.replace('"public"', '""'), "config.toml:6: output[0].folder: '' is no path; name a file or a folder"),
        (FETCH + '[digest]\nlanguage = "fr"\n', "config.toml:4: digest.language: 'fr' is none of its values; known are en, zh"),
        (FETCH + PIGEON + "limt = 3\nenabled = 1\n", "(the first of 2 problems in this file)"),
        (FETCH + '[digest]\nat = "8"\n' + PIGEON, "config.toml:4: digest.at: '8' is not a time of day; write it as \"08:00\""),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_a_remedy(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(message)) as caught:
        read(tmp_path, text)
    assert caught.value.remedy
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    "text",
    [FETCH + '[digest]\nat = "8"\n' + PIGEON, "output = 3\n" + FETCH, FETCH + PIGEON.replace("bo@", "ada@")],
)
def test_one_slip_is_one_problem(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text)
    assert "problems" not in str(caught.value)


def test_a_watchlist_that_is_not_there_is_a_notice_and_no_error(tmp_path: Path) -> None:
    (tmp_path / "watchlists").mkdir()
    (tmp_path / "watchlists" / "6g-alliances.toml").touch()
    settings = read(tmp_path, FETCH + FEEDS + 'watchlists = ["6g-alliances", "6g-aliances"]\n')
    assert settings.notices == (
        "config.toml:8: output[0].watchlists[1]: there is no watchlist '6g-aliances'; did you mean \"6g-alliances\"?",
    )
    assert settings.outputs[0].watchlists == ("6g-alliances", "6g-aliances")


def test_a_folder_that_is_not_there_is_not_told_of_once_a_name(tmp_path: Path) -> None:
    assert read(tmp_path, FETCH + FEEDS + 'watchlists = ["6g-alliances"]\n').notices == ()


@pytest.mark.parametrize("kind", outputs.kind_names())
def test_no_kind_gives_a_common_key_another_meaning(kind: str) -> None:
    assert not {option.name for option in fields(outputs.kind(kind).Options)} & set(COMMON)


@pytest.mark.parametrize("kind", outputs.kind_names())
def test_the_option_of_recipients_is_one_of_the_kinds_own(kind: str) -> None:
    named = outputs.kind(kind).RECIPIENTS
    assert not named or named in {option.name for option in fields(outputs.kind(kind).Options)}
