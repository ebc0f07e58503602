"""config.toml: what it may say, and what a person is told when it says something else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from monitor.config import Settings, load, load_watchlists
from monitor.config.values import duration_s
from monitor.core.errors import ConfigError

FETCH = '[fetch]\nuser_agent = "test; +https://example.org"\n'
FEED = '[[source]]\nid = "nsf"\nkind = "feed"\nurl = "https://example.org/feed"\n'


def read(folder: Path, text: str) -> Settings:
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    return load(path)


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    settings = read(tmp_path, FETCH + '[log]\npath = "data/log.db"\n')
    assert settings.log_path == tmp_path / "data" / "log.db"
    assert settings.watchlists == tmp_path / "watchlists"


def test_a_source_carries_its_kinds_options(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        FETCH + '[[source]]\nid = "bills"\nkind = "billstatus"\ncongresses = [117]\nevery = "4h"\n'
        "introduced_from = 2021-01-03\nintroduced_to = 2021-05-31\n",
    )
    (source,) = settings.sources
    assert (source.every_s, source.url) == (14_400, "https://www.govinfo.gov")
    assert source.options.congresses == (117,)
    assert source.options.introduced_from.isoformat() == "2021-01-03"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[fetch\n", "config.toml:1: not valid TOML: Expected ']' at the end of a table declaration; mend what stands there"),
        (FETCH + "[fech]\n", 'config.toml:3: fech: unknown key; did you mean "fetch"?'),
        ("", "config.toml:1: fetch.user_agent: is missing; add user_agent = …"),
        (FETCH + "timeot_s = 3\n", 'config.toml:3: fetch.timeot_s: unknown key; did you mean "timeout_s"?'),
        (FETCH + 'concurrency = "many"\n', "config.toml:3: fetch.concurrency: Expected int, got str; see docs/configuration.md"),
        (FETCH + "concurrency = 0\n", "config.toml:3: fetch.concurrency: must be more than 0; mend its value"),
        (FETCH + "[log]\npath = 3\n", "config.toml:4: log.path: Expected str, got int; see docs/configuration.md"),
        (FETCH + '[digest]\ntimezone = "Mars/Base"\n', "config.toml:4: digest.timezone: 'Mars/Base' is not a zone; write one such as"),
        (FETCH + '[digest]\nat = "8 o\'clock"\n', 'config.toml:4: digest.at: "8 o\'clock" is not a time of day; write it as "08:00"'),
        ("log = 3\n" + FETCH, "config.toml:1: log: must be a table; write [log] on a line of its own"),
        ("source = 3\n" + FETCH, "config.toml:1: source: must be an array of tables; write [[source]] above each"),
        (FETCH + '[[source]]\nid = "a b"\n', "config.toml:4: source[0].id: 'a b' cannot name a source; use small letters"),
        (FETCH + '[[source]]\nid = "a"\nkind = "fed"\n', "config.toml:5: source[0].kind: 'fed' is not a kind of source; did you mean \"feed\"?"),
        (FETCH + '[[source]]\nid = "a"\nkind = "feed"\n', 'config.toml:3: source[0].url: is missing; a source of the kind feed has none of its own: add url = "https://…"'),
        (FETCH + FEED.replace("https", "file"), "config.toml:6: source[0].url: 'file://example.org/feed' is not a web address"),
        (FETCH + "timeout_s = -1.0\n", "config.toml:3: fetch.timeout_s: must be more than 0; mend its value"),
        (FETCH + FEED.replace("example.org/feed", "u:s3cret@example.org/feed?api_key=k3y"), "holds a key or a password, and addresses are recorded for ever"),
        (FETCH + FEED + FEED, "config.toml:8: source[1].id: 'nsf' is already the id of the source in line 3; give it another id"),
        (FETCH + FEED + 'every = "often"\n', "config.toml:7: source[0].every: 'often' is not a duration; write it as \"15m\""),
        (FETCH + FEED + 'every = "5s"\n', "config.toml:7: source[0].every: '5s' is too often to be polite; use 60s or more"),
        (FETCH + FEED + "enabled = 1\n", "config.toml:7: source[0].enabled: must be true or false, is a number; see docs/configuration.md"),
        (FETCH + FEED + 'min_items = "3"\n', "config.toml:7: source[0].min_items: '3' is not between 0 and 100000"),
        (FETCH + FEED + 'evry = "1h"\n', 'config.toml:7: source[0].evry: unknown key; did you mean "every"?'),
        (FETCH + FEED + 'api_key = "k3y"\n', "config.toml:7: source[0].api_key: a key never stands in config.toml; write { env = "),
        (FETCH + '[[source]]\nid = "b"\nkind = "billstatus"\ntypes = ["hz"]\n', "config.toml:6: source[0].types: 'hz' is no type of bill; use hr, s, hjres"),
        (FETCH + '[[source]]\nid = "b"\nkind = "billstatus"\ncongresses = 117\n', "config.toml:6: source[0].congresses: Expected array, got int"),
        (FETCH + '[[source]]\nid = "b"\nkind = "billstatus"\nfollow = "batchs"\n', "config.toml:6: source[0].follow: 'batchs' is none of its values; did you mean \"batches\"? known are all, batches"),
        (FETCH + '[[source]]\nid = "b"\nkind = "congress"\nwhat = "money"\n', "config.toml:6: source[0].what: 'money' is none of its values; known are bills, laws, summaries"),
        (FETCH + '[[source]]\nid = "b"\nkind = "govinfo"\nwhat = 3\n', "config.toml:6: source[0].what: Expected str, got int; use one of: collections, rss"),
        (FETCH + '[[source]]\nid = "b"\nkind = "fcc_edocs"\ndocument_types = ["Odrer"]\n', "config.toml:6: source[0].document_types: 'Odrer' is no type; use News_Release, Order"),
        (FETCH + '[[source]]\nid = "b"\nkind = "page"\n', "config.toml:3: source[0].url: is missing; a source of the kind page has none of its own: add url = "),
        (FETCH + '[[source]]\nid = "b"\nkind = "wordpress"\n', "config.toml:3: source[0].url: is missing; a source of the kind wordpress has none of its own"),
        (FETCH + '[[source]]\nid = "b"\nkind = "fcc_ecfs"\n', "config.toml:3: source[0].dockets: none is named; write those to follow, as dockets = "),
        (FETCH + FEED.replace('"https://example.org/feed"', '""'), "config.toml:6: source[0].url: '' is not a web address"),
        (FETCH + '[[source]]\nkind = "feed"\n', "config.toml:3: source[0].id: is missing; use small letters"),
        (FETCH + '[[source]]\nid = "b"\n', "config.toml:3: source[0].kind: is missing; known are billstatus, congress"),
        (FETCH + '[digest]\ntimezone = "asia/shangai"\n', "config.toml:4: digest.timezone: 'asia/shangai' is not a zone; did you mean \"Asia/Shanghai\"?"),
        (FETCH + FEED + 'evry = "1h"\nenabled = 1\n', 'config.toml:7: source[0].evry: unknown key; did you mean "every"? (the first of 2 problems in this file)'),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_a_remedy(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(message)) as caught:
        read(tmp_path, text)
    assert caught.value.remedy
    assert caught.value.exit_code == 2


def test_the_value_of_a_misplaced_key_is_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, FETCH + FEED + 'api_key = "k3y"\n')
    assert "k3y" not in str(caught.value)


def test_keys_come_from_the_environment_or_a_file_and_never_print(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_KEY", "s3cret-one")
    (tmp_path / "key").write_text("s3cret-two\n", encoding="utf-8")
    settings = read(
        tmp_path,
        FETCH
        + FEED
        + 'api_key = { env = "TEST_KEY" }\n'
        + FEED.replace("nsf", "two")
        + 'api_key = { file = "key" }\n',
    )
    one, two = settings.sources
    assert one.api_key is not None
    assert two.api_key is not None
    assert (one.api_key.reveal(), two.api_key.reveal()) == ("s3cret-one", "s3cret-two")
    assert "s3cret" not in f"{settings!r} {one} {two.api_key}"


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        ('{ env = "NO_SUCH_KEY" }', "the environment variable NO_SUCH_KEY is not set"),
        ('{ file = "no-such-file" }', "the key file no-such-file cannot be read (No such file or directory)"),
        ('{ file = "empty" }', "the key file empty is empty"),
    ],
)
def test_a_missing_key_stops_its_own_source_and_no_other(tmp_path: Path, key: str, problem: str) -> None:
    (tmp_path / "empty").touch()
    settings = read(tmp_path, FETCH + FEED + f"api_key = {key}\n")
    (source,) = settings.sources
    assert source.key_problem == problem


@pytest.mark.parametrize(
    ("keys", "is_asked_for"),
    [
        ('kind = "congress"', True),
        ('kind = "regulations_gov"', True),
        ('kind = "fcc_ecfs"\nwhat = "proceedings"', True),
        ('kind = "govinfo"', True),
        ('kind = "govinfo"\nwhat = "rss"', False),
        ('kind = "federal_register"', False),
        ('kind = "congress"\nurl = "http://localhost/v3"', False),
        ('kind = "congress"\napi_key = { env = "TEST_KEY" }', False),
    ],
)
def test_a_source_whose_publisher_asks_for_a_key_says_that_none_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keys: str, is_asked_for: bool
) -> None:
    """Another address than the publisher's own may do without one."""
    monkeypatch.setenv("TEST_KEY", "s3cret")
    (source,) = read(tmp_path, f'{FETCH}[[source]]\nid = "a"\n{keys}\n').sources
    assert source.key_problem.startswith("no api_key is named") == is_asked_for
    assert bool(source.key_problem) == is_asked_for


def test_a_missing_file_says_how_to_write_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no such file; run `monitor init` to write one"):
        load(tmp_path / "config.toml")


def test_a_file_in_another_encoding_is_named(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes("title = 'é'".encode("latin-1"))
    with pytest.raises(ConfigError, match=r"is not UTF-8 \(byte 9\); save it as UTF-8"):
        load(path)


def test_one_broken_watchlist_spoils_no_other(tmp_path: Path) -> None:
    (tmp_path / "good.toml").write_text(
        'title = "Good"\n[[subject]]\nid = "a"\nname = "A"\nany = ["Next G Alliance"]\n', encoding="utf-8"
    )
    (tmp_path / "bad.toml").write_text("title = ", encoding="utf-8")
    (tmp_path / "worse.toml").write_bytes(b"\xff\xfe")
    good, bad = load_watchlists(tmp_path)
    assert [watchlist.id for watchlist in good] == ["good"]
    assert len(bad) == 2


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("15m", 900), ("6h", 21_600), ("1d", 86_400), ("1w", 604_800)]
)
def test_durations(text: str, seconds: int) -> None:
    assert duration_s(text) == seconds


@pytest.mark.parametrize("text", ["", "1", "h", "1.5h", "-1h", "1 h", "1y", "9999999999s"])
def test_what_is_no_duration(text: str) -> None:
    assert duration_s(text) is None
