"""The schemas of watchlists and of config.toml: up to date, named by every file, and never stricter than the reader."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
import tomlkit
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from monitor import app
from monitor.config import load
from monitor.core.errors import ConfigError
from monitor.core.watchlists import read_watchlist

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = [ROOT / "config.toml", *sorted((ROOT / "watchlists").glob("*.toml"))]
WATCHLIST = Draft7Validator(json.loads(app.schema("watchlist")))
CONFIG = Draft7Validator(json.loads(app.schema("config")))
FETCH = '[fetch]\nuser_agent = "t (+https://example.org/t)"\n'
LIST = 'title = "T"\n[[subject]]\nid = "s"\n'
FEED = '[[source]]\nid = "nsf"\nkind = "feed"\nurl = "https://example.org/feed"\n'


def as_json(value: Any) -> Any:
    """A value of TOML as editors hand it to a schema: dates are texts."""
    if isinstance(value, dict):
        return {key: as_json(one) for key, one in value.items()}
    if isinstance(value, list):
        return list(map(as_json, value))
    return value.isoformat() if isinstance(value, date | datetime | time) else value


def misfits(schema: Draft7Validator, text: str) -> list[str]:
    return [f"{one.json_path}: {one.message}" for one in schema.iter_errors(as_json(tomllib.loads(text)))]


def schema_of(file: Path) -> Draft7Validator:
    return CONFIG if file.name == "config.toml" else WATCHLIST


@pytest.mark.parametrize("what", ["config", "watchlist"])
def test_the_schema_in_the_documents_is_what_the_program_prints(what: Any) -> None:
    """A failure here means: run `./dev docs`."""
    assert (ROOT / "docs" / "schemas" / f"{what}.json").read_text(encoding="utf-8") == app.schema(what)


@pytest.mark.parametrize("schema", [WATCHLIST, CONFIG])
def test_a_schema_is_itself_valid(schema: Draft7Validator) -> None:
    Draft7Validator.check_schema(schema.schema)


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_each_shipped_file_names_its_schema_and_fits_it(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    named = named_schema(file)
    assert named == ROOT / "docs" / "schemas" / ("config.json" if file == SHIPPED[0] else "watchlist.json")
    assert misfits(schema_of(file), text) == []


def named_schema(file: Path) -> Path:
    """What the first line of a file names, from where the file lies."""
    directive, _, path = file.read_text(encoding="utf-8").splitlines()[0].partition(" ")
    assert (directive, path[:1]) == ("#:schema", ".")
    return (file.parent / path).resolve()


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "monitor", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False)


def test_files_that_the_program_makes_name_a_schema_that_is_there(tmp_path: Path) -> None:
    assert run(tmp_path, "init", "new").returncode == 0
    folder = tmp_path / "new"
    added = run(folder, "watch", "add", "Open RAN", "--list", "fresh")
    assert added.returncode == 0, added.stderr
    (folder / "paper.txt").write_text("The Polar Research Council (PRC) met.\n", encoding="utf-8")
    for out in ("proposed.toml", "watchlists/paper.toml"):
        assert run(folder, "seed", "paper.txt", "--out", out).returncode == 0
    made = [*folder.glob("*.toml"), *folder.glob("watchlists/*.toml")]
    assert len(made) == len(SHIPPED) + 3
    for file in made:
        what = "config" if file.name == "config.toml" else "watchlist"
        assert named_schema(file) == folder.resolve() / "schemas" / f"{what}.json"
        assert named_schema(file).read_text(encoding="utf-8") == app.schema(what)
        assert misfits(schema_of(file), file.read_text(encoding="utf-8")) == []


def test_where_no_schema_lies_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(FETCH, encoding="utf-8")
    assert run(tmp_path, "watch", "add", "Open RAN", "--list", "fresh").returncode == 0
    assert (tmp_path / "watchlists" / "fresh.toml").read_text(encoding="utf-8").startswith("title")


def test_init_brings_an_old_schema_up_to_date_and_keeps_the_rest(tmp_path: Path) -> None:
    app.write_shipped(tmp_path)
    old = tmp_path / "schemas" / "watchlist.json"
    old.write_text("{}", encoding="utf-8")
    assert [path for path, written in app.write_shipped(tmp_path) if written] == [old]
    assert old.read_text(encoding="utf-8") == app.schema("watchlist")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (LIST + 'any = ["a b"]\naliasses = ["c"]\n', "$.subject[0]"),
        ('titel = "T"\n' + LIST + 'any = ["a b"]\n', "$"),
        (LIST.replace('id = "s"', "") + 'any = ["a b"]\n', "$.subject[0]"),
        (LIST.replace('title = "T"', "") + 'any = ["a b"]\n', "$"),
        ('title = "T"\n', "$"),
        (LIST, "$.subject[0]"),
        (LIST + 'any = "a b"\n', "$.subject[0].any"),
        (LIST + 'any = [{ text = "a b", fuzy = 90 }]\n', "$.subject[0].any[0]"),
        (LIST + 'any = [{ text = "a b", fuzzy = 9 }]\n', "$.subject[0].any[0]"),
        (LIST + 'any = [{ text = "a b", regex = "c" }]\n', "$.subject[0].any[0]"),
        (LIST + 'any = [{ text = "a b", in = ["titel"] }]\n', "$.subject[0].any[0]"),
        (LIST + 'any = ["a b"]\nenabled = "no"\n', "$.subject[0].enabled"),
        (LIST + 'any = ["a b"]\nzh = 3\n', "$.subject[0].zh"),
        ('on = ["news"]\n' + LIST + 'any = ["a b"]\n', "$.on[0]"),
        ('priority = "urgent"\n' + LIST + 'any = ["a b"]\n', "$.priority"),
        (LIST.replace('"s"', '"A B"') + 'any = ["a b"]\n', "$.subject[0].id"),
    ],
)
def test_a_wrong_watchlist_does_not_fit_and_is_refused(text: str, place: str) -> None:
    assert place in [one.partition(": ")[0] for one in misfits(WATCHLIST, text)]
    assert read_watchlist(text, file="w.toml")[1]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[fech]\n", "$"),
        ("[log]\n", "$"),
        (FETCH + "timeot_s = 3\n", "$.fetch"),
        (FETCH + 'concurrency = "many"\n', "$.fetch.concurrency"),
        (FETCH + FEED + 'evry = "1h"\n', "$.source[0]"),
        (FETCH + FEED + 'every = "often"\n', "$.source[0].every"),
        (FETCH + FEED + 'api_key = "k3y"\n', "$.source[0].api_key"),
        (FETCH + FEED.replace('"feed"', '"fed"'), "$.source[0].kind"),
        (FETCH + FEED.replace('id = "nsf"\n', ""), "$.source[0]"),
        (FETCH + FEED.partition("url")[0], "$.source[0]"),
        (FETCH + FEED.replace('"feed"', '"govinfo"') + "what = 3\n", "$.source[0].what"),
        (FETCH + '[[output]]\nid = "m"\nkind = "email"\nlimit = "all"\n', "$.output[0].limit"),
        (FETCH + '[[output]]\nid = "m"\nkind = "carrier"\n', "$.output[0].kind"),
        (FETCH + '[digest]\nlanguage = "fr"\n', "$.digest.language"),
    ],
)
def test_a_wrong_config_does_not_fit_and_is_refused(tmp_path: Path, text: str, place: str) -> None:
    assert place in [one.partition(": ")[0] for one in misfits(CONFIG, text)]
    (tmp_path / "config.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError):
        load(tmp_path / "config.toml")


def _mostly(good: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """What is meant, and now and then something else: other types, space around words, what is empty."""
    odd: st.SearchStrategy[Any] = st.sampled_from(
        [
            "",
            " ",
            3,
            0,
            True,
            90.0,
            [],
            {},
            ["x"],
            [" title "],
            " high",
            "a-b ",
            " s",
            "１h",
            {"text": "word"},
        ]
    )
    return st.integers(0, 19).flatmap(lambda dice: odd if dice == 7 else good)


def _table(**keys: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional={key: _mostly(good) for key, good in keys.items()})


_WORDS = st.sampled_from(["Open RAN", "华为", "VINES", "NSF 25-539", " 6G ", "H.R. 1060 (117th)", "x\ty"])
_SOME = st.lists(_WORDS, min_size=1, max_size=2)
_FIELDS = st.lists(st.sampled_from(["title", "body", "url", " body", "details"]), min_size=1, max_size=2)
_OPTIONS = _table(
    case=st.booleans(),
    fuzzy=st.integers(49, 101),
    near=_SOME,
    within=st.integers(0, 1001),
    **{"in": _FIELDS},
)
_TERMS = st.one_of(
    _WORDS,
    st.tuples(st.sampled_from(["text", "regex", "id"]), _WORDS, _OPTIONS).map(
        lambda parts: {parts[0]: parts[1], **parts[2]}
    ),
)
_SUBJECT = st.tuples(
    _table(
        name=_WORDS,
        zh=_WORDS,
        ja=_WORDS,
        ko=_WORDS,
        note=_WORDS,
        enabled=st.booleans(),
        all=st.lists(_TERMS, max_size=2),
        none=st.lists(st.just("grape"), max_size=1),
        keys=st.just(["bill:117-*"]),
    ),
    _mostly(st.sampled_from(["s", "a-b", "9.x"])),
    _mostly(st.lists(_TERMS, min_size=1, max_size=2)),
).map(lambda parts: {"id": parts[1], "any": parts[2], **parts[0]})
_TELLINGS = st.lists(st.sampled_from(["new", "status", "metadata", "new "]), min_size=1, max_size=2)
_LIST = st.tuples(
    _table(
        priority=st.sampled_from(["high", "low"]),
        on=_TELLINGS,
        note=_WORDS,
        enabled=st.booleans(),
        extra=_WORDS,
    ),
    _mostly(_WORDS),
    st.lists(_SUBJECT, min_size=1, max_size=1),
).map(lambda parts: {"title": parts[1], **parts[0], "subject": parts[2]})


@settings(max_examples=400, deadline=None)
@given(_LIST)
def test_what_the_reader_of_watchlists_takes_fits_the_schema(table: dict[str, Any]) -> None:
    text = tomlkit.dumps(table)
    watchlist, _ = read_watchlist(text, file="w.toml")
    if watchlist is not None:
        assert misfits(WATCHLIST, text) == []


_HOURS = st.sampled_from(["15m", " 1h ", "2d", "１h", "90s"])
_ADDRESSES = st.sampled_from(
    ["https://example.org/f", "HTTP://example.org", " https://example.org", "ftp://x"]
)
_SECRETS = st.sampled_from([{"env": "NO_SUCH"}, {"file": "none"}, {"env": 3}, {"env": "A", "file": "b"}])
_SOURCE = _table(
    every=_HOURS,
    fastest=st.just("2m"),
    quiet_after=_HOURS,
    enabled=st.booleans(),
    user_agent=_WORDS,
    min_items=st.integers(-1, 3),
    api_key=_SECRETS,
    url=_ADDRESSES,
)
_OUTPUT = _table(
    enabled=st.booleans(),
    watchlists=_SOME,
    daily=st.booleans(),
    weekly=st.booleans(),
    heartbeat=st.booleans(),
    limit=st.integers(0, 3),
    bundle=_HOURS,
    at=st.sampled_from(["08:00", "8:00", "２３:00"]),
    weekday=st.sampled_from(["monday", "Monday"]),
    timezone=st.just("UTC"),
    language=st.sampled_from(["en", "fr"]),
)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(["feed", "federal_register", "grants_gov", "page", "wordpress"]),
    _mostly(st.sampled_from(["nsf", "9.a"])),
    _SOURCE,
    _OUTPUT,
)
def test_what_the_reader_of_config_takes_fits_the_schema(
    tmp_path_factory: pytest.TempPathFactory,
    kind: str,
    id_: Any,
    source: dict[str, Any],
    output: dict[str, Any],
) -> None:
    table = {
        "fetch": {"user_agent": "t"},
        "source": [{"id": id_, "kind": kind, **source}],
        "output": [{"id": "screen", "kind": "terminal", **output}],
    }
    path = tmp_path_factory.getbasetemp() / "config.toml"
    path.write_text(tomlkit.dumps(table), encoding="utf-8")
    try:
        load(path)
    except ConfigError:
        return
    assert misfits(CONFIG, path.read_text(encoding="utf-8")) == []
