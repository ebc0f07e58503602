"""The commands as a person runs them: real processes, exit codes, what stands on stdout and what on stderr."""

from __future__ import annotations

import gzip
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from webserver import Reply, WebServer

WATCHLIST = (
    'title = "Networks"\n[[subject]]\nid = "next-g"\nname = "Next G Alliance"\nany = ["Next G Alliance"]\n'
)
FEED = (
    b"<rss version='2.0'><channel><title>A feed</title>"
    b"<item><guid>a</guid><title>Next G Alliance meets</title><link>https://example.org/a</link></item>"
    b"<item><guid>b</guid><title>A grapevine</title></item></channel></rss>"
)


class Folder:
    """A folder with settings for one feed on loopback, and the program."""

    def __init__(self, path: Path, web: WebServer) -> None:
        self.path = path
        self.web = web
        (path / "watchlists").mkdir()
        (path / "watchlists" / "networks.toml").write_text(WATCHLIST, encoding="utf-8")
        self.configure("news")

    def configure(self, *ids: str, extra: str = "") -> None:
        tables = "".join(
            f'[[source]]\nid = "{id_}"\nkind = "feed"\nurl = "{self.web.url(f"/{id_}")}"\n' for id_ in ids
        )
        fetch = '[fetch]\nuser_agent = "test"\nallow_private_hosts = true\ntimeout_s = 30.0\n'
        (self.path / "config.toml").write_text(fetch + extra + tables, encoding="utf-8")

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "monitor", *arguments],
            cwd=self.path,
            env={**os.environ, "COLUMNS": "80", **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        process = self.start(*arguments, **environment)
        out, err = process.communicate(timeout=60)
        assert "Traceback" not in out + err
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def lines(self, *arguments: str) -> list[dict]:
        """What a command prints with --json: JSON Lines and nothing else."""
        done = self.run(*arguments, "--json")
        return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture
def folder(tmp_path: Path, web: WebServer) -> Folder:
    web.answer("/news", Reply(body=FEED))
    return Folder(tmp_path, web)


def test_init_writes_what_poll_needs_and_keeps_what_is_there(tmp_path: Path, web: WebServer) -> None:
    folder = Folder(tmp_path, web)
    new = tmp_path / "new"
    done = folder.run("init", str(new))
    assert done.returncode == 0
    assert (new / "config.toml").exists()
    assert len(list((new / "watchlists").glob("*.toml"))) >= 4
    (new / "config.toml").write_text("mine", encoding="utf-8")
    again = folder.run("init", str(new))
    assert f"kept  {new / 'config.toml'}" in again.stdout
    assert (new / "config.toml").read_text(encoding="utf-8") == "mine"


def test_the_shipped_settings_and_watchlists_are_in_order(tmp_path: Path, web: WebServer) -> None:
    folder = Folder(tmp_path, web)
    new = tmp_path / "new"
    folder.run("init", str(new))
    done = folder.run("watch", "lint", "--config", str(new / "config.toml"))
    assert done.returncode == 0
    assert re.search(r"\d+ watchlists, \d+ subjects, \d+ warnings?, 0 errors", done.stdout)


def test_poll_digest_items_show_log_health_verify_rebuild(folder: Folder) -> None:
    poll = folder.run("poll")
    assert (poll.returncode, poll.stderr) == (0, "")
    assert re.search(r"news  ok +2 items, 2 there already \(first poll, no news\), 1 matched", poll.stdout)
    digest = folder.run("digest")
    assert digest.returncode == 0
    assert "Next G Alliance meets" in digest.stdout
    assert "grapevine" not in digest.stdout
    items = folder.run("items", "grapevine")
    assert items.stdout.startswith("news:b")
    show = folder.run("show", "news:a")
    assert "“Next G Alliance” in title" in show.stdout
    log = folder.run("log", "--type", "ItemMatched")
    assert "match:networks/next-g/news:a" in log.stdout
    health = folder.run("health")
    assert (health.returncode, health.stdout.startswith("news  well · heard 20")) == (0, True)
    verify = folder.run("verify")
    assert re.search(r"chain +\d+ events, no gap, chain unbroken", verify.stdout)
    assert re.search(r"head +[0-9a-f]{64}\n", verify.stdout)
    rebuild = folder.run("rebuild")
    assert rebuild.stdout == (
        "rebuilt bills, deliveries, erasures, health, items, judgements, links, matches, watchlists\n"
    )
    assert folder.run("digest").stdout.splitlines()[2:] == digest.stdout.splitlines()[2:]


def test_json_is_alone_on_stdout(folder: Folder) -> None:
    (report,) = folder.lines("poll")
    assert {
        "source",
        "outcome",
        "items",
        "new",
        "revised",
        "withdrawn",
        "matched",
        "size_bytes",
        "elapsed_s",
    } <= set(report)
    assert (report["source"], report["outcome"], report["items"]) == ("news", "ok", 2)
    (digest,) = folder.lines("digest")
    assert {"period", "head", "watchlists", "sources"} <= set(digest)
    (entry,) = digest["watchlists"][0]["entries"]
    assert {"key", "title", "subjects", "change", "occurred_at", "recorded_at", "url", "evidence"} <= set(
        entry
    )
    assert (entry["key"], entry["subjects"], entry["change"]) == ("news:a", ["next-g"], "new")
    assert entry["evidence"][0]["quote"] == "Next G Alliance"
    assert {item["key"] for item in folder.lines("items")} == {"news:a", "news:b"}
    assert folder.lines("show", "news:a")[0]["key"] == "news:a"
    assert [event["position"] for event in folder.lines("log")] == list(
        range(1, len(folder.lines("log")) + 1)
    )
    assert folder.lines("verify")[0]["events"] == len(folder.lines("log"))
    assert folder.lines("watch", "list")[0]["subjects"][0]["id"] == "next-g"


@pytest.mark.parametrize("format_", ["terminal", "text", "markdown", "html", "json"])
def test_every_format_tells_the_item(folder: Folder, format_: str) -> None:
    folder.run("poll")
    done = folder.run("digest", "--format", format_)
    assert done.returncode == 0
    assert "Next G Alliance meets" in done.stdout
    assert "\x1b" not in done.stdout


def test_match_reads_json_lines_and_prints_matches(folder: Folder) -> None:
    (folder.path / "items.jsonl").write_text(
        '{"id": "1", "title": "The Next&nbsp;G&#32;Alliance"}\n\n{"id": "2", "title": "A grapevine"}\n',
        encoding="utf-8",
    )
    done = folder.run("match", "--watchlists", "watchlists", "items.jsonl")
    (found,) = [json.loads(line) for line in done.stdout.splitlines()]
    assert (found["id"], found["watchlist"], found["subject"]) == ("1", "networks", "next-g")
    lines = '{"id": 1}\nnot json\n{"id": "3", "title": "Next G Alliance", "summary": null}\n'
    (folder.path / "items.jsonl").write_text(lines, encoding="utf-8")
    bad = folder.run("match", "--watchlists", "watchlists", "items.jsonl")
    assert bad.returncode == 1
    assert "items.jsonl:1: not an item" in bad.stderr
    assert "items.jsonl:2: not an item" in bad.stderr
    assert json.loads(bad.stdout)["id"] == "3"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["poll", "nwes"], 'monitor: nwes: no such source; did you mean "news"?'),
        (["poll", "--config", "none.toml"], "monitor: none.toml: there is no such file; run `monitor init`"),
        (["digest", "--since", "yesterday"], "monitor: --since: 'yesterday' is not a date or a time"),
        (["digest", "--since", "2025-02-01", "--until", "2025-01-01"], "is not before --until"),
        (["digest", "--as-of", "soon"], "monitor: --as-of: 'soon' is not a date or a time"),
        (["digest", "--format", "pdf"], "Invalid value for '--format'"),
        (["digest", "--watchlist", "nets"], "no watchlist 'nets' is in force; did you mean \"networks\"?"),
        (["items", "--source", "nwes"], "monitor: --source: 'nwes' is no source; did you mean \"news\"?"),
        (
            ["digest", "--since", "2999-01-01"],
            "monitor: --since: '2999-01-01' is still to come; give an earlier",
        ),
        (["show", "news:z"], "monitor: news:z: the log holds no such item"),
        (["show", ""], "monitor: KEY: is empty; name an item; `monitor items WORDS` searches\n"),
        (["why", " ", "next-g"], "monitor: KEY: is empty; name an item"),
        (
            ["match", "--watchlists", "nowhere", "-"],
            "monitor: nowhere: there is no such folder; name a folder of watchlists",
        ),
        (["log", "--type", "ItemSung"], "monitor: --type: 'ItemSung' is no type of event"),
        (["rebuild", "everything"], "monitor: everything: no such view; known: bills"),
        (["frobnicate"], "No such command 'frobnicate'"),
    ],
)
def test_wrong_use_is_one_message_and_exit_code_2(folder: Folder, arguments: list[str], says: str) -> None:
    folder.run("poll")
    done = folder.run(*arguments)
    assert done.returncode == 2
    assert says in done.stderr
    assert done.stdout == ""


def test_match_against_a_folder_without_a_watchlist_is_wrong_usage(folder: Folder) -> None:
    (folder.path / "empty").mkdir()
    done = folder.run("match", "--watchlists", "empty", "-")
    assert (done.returncode, done.stdout) == (2, "")
    says = "no watchlist in that folder; name a folder of watchlists (*.toml)"
    assert done.stderr == f"monitor: empty: {says}\n"


@pytest.mark.parametrize("command", ["digest", "items", "log", "health", "verify", "show x"])
def test_reading_before_the_first_poll_says_what_to_run(folder: Folder, command: str) -> None:
    done = folder.run(*command.split())
    assert done.returncode == 1
    assert "there is no log yet; run `monitor poll` first" in done.stderr


def test_a_source_is_known_by_the_settings_or_by_the_log(folder: Folder) -> None:
    """One that is configured no longer has items still, and one that was never polled is no mistake."""
    folder.run("poll")
    folder.configure("more")
    assert folder.run("items", "--source", "news").stdout.startswith("news:")
    done = folder.run("items", "--source", "more")
    assert (done.returncode, done.stderr) == (0, "")
    wrong = folder.run("items", "--source", "moer", "--json")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert wrong.stderr == "monitor: --source: 'moer' is no source; did you mean \"more\"?\n"


def test_a_failing_source_makes_exit_code_1_and_health_too(folder: Folder) -> None:
    folder.configure("news", "broken")
    done = folder.run("poll")
    assert done.returncode == 1
    assert "news    ok" in done.stdout
    assert "broken  failed" in done.stdout
    assert folder.run("health").returncode == 1
    assert "broken" in folder.run("digest").stdout


def test_a_broken_watchlist_makes_health_end_with_1_and_say_why(folder: Folder) -> None:
    folder.run("poll")
    assert folder.run("health").returncode == 0
    (folder.path / "watchlists" / "bad.toml").write_text("title = \n", encoding="utf-8")
    done = folder.run("health")
    assert (done.returncode, "watchlists/bad.toml:1" in done.stderr) == (1, True)
    told = folder.run("health", "--json")
    assert (told.returncode, "watchlists/bad.toml:1" in told.stderr) == (1, True)
    assert [json.loads(line)["id"] for line in told.stdout.splitlines()] == ["news"]


def test_a_chinese_name_stands_apart_in_the_list_of_watchlists(folder: Folder) -> None:
    path = folder.path / "watchlists" / "networks.toml"
    path.write_text(WATCHLIST + 'zh = "下一代联盟"\n', encoding="utf-8")
    assert "    next-g  Next G Alliance  下一代联盟\n" in folder.run("watch", "list").stdout


def test_items_stand_in_the_order_of_the_dates_that_are_printed(folder: Folder) -> None:
    dated = (("old", "02 Jun 2025"), ("new", "09 Sep 2025"), ("middle", "03 Jul 2025"))
    entries = "".join(
        f"<item><guid>{guid}</guid><title>{guid}</title><pubDate>{on} 10:00:00 GMT</pubDate></item>"
        for guid, on in dated
    )
    undated = "<item><guid>undated</guid><title>undated</title></item>"
    page = f"<rss version='2.0'><channel><title>A feed</title>{entries}{undated}</channel></rss>"
    folder.web.answer("/news", Reply(body=page.encode()))
    folder.run("poll")
    keys = [item["key"] for item in folder.lines("items")]
    assert keys == ["news:undated", "news:new", "news:middle", "news:old"]
    assert [item["key"] for item in folder.lines("items", "--limit", "2")] == keys[:2]


def test_no_network_is_named(folder: Folder) -> None:
    folder.configure("news", extra="")
    text = (folder.path / "config.toml").read_text(encoding="utf-8")
    (folder.path / "config.toml").write_text(
        text + '[[source]]\nid = "far"\nkind = "feed"\nurl = "https://no-such-host.invalid/feed"\n',
        encoding="utf-8",
    )
    done = folder.run("poll")
    assert done.returncode == 1
    assert "no-such-host.invalid" in done.stdout
    assert "news  ok" in done.stdout


def test_a_broken_watchlist_polls_and_ends_with_2(folder: Folder) -> None:
    (folder.path / "watchlists" / "bad.toml").write_text("title = \n", encoding="utf-8")
    done = folder.run("poll")
    assert done.returncode == 2
    assert "watchlists/bad.toml:1" in done.stderr
    assert "2 there already" in done.stdout


def test_a_gzip_bomb_is_refused_and_stops_no_other(folder: Folder) -> None:
    folder.configure("news", "bomb", extra="max_bytes = 8000000\n")
    bomb = gzip.compress(b"<rss>" + b" " * 64 * 1024 * 1024)
    folder.web.answer("/bomb", Reply(body=bomb, headers={"Content-Encoding": "gzip"}))
    news, big = folder.lines("poll")
    assert (news["outcome"], big["outcome"]) == ("ok", "failed")
    assert "8,000,000" in big["error"] or "8000000" in big["error"] or "MB" in big["error"]


def test_a_place_that_cannot_be_written_is_named(folder: Folder) -> None:
    folder.configure("news", extra='[log]\npath = "/proc/monitor.db"\n')
    done = folder.run("poll")
    assert done.returncode == 1
    assert "monitor: /proc/monitor.db: cannot be written here" in done.stderr
    assert "choose a folder that you may write to" in done.stderr


def test_a_log_from_a_newer_version_is_left_alone(folder: Folder) -> None:
    folder.run("poll")
    connection = sqlite3.connect(folder.path / "monitor.db")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    for command in ("poll", "digest"):
        done = folder.run(command)
        assert done.returncode == 1
        assert "newer version of the monitor" in done.stderr


def test_a_second_poll_at_the_same_time_is_told_who_writes(folder: Folder) -> None:
    folder.web.answer("/news", Reply(body=FEED, wait_s=3))
    first = folder.start("poll")
    wait_for_request(folder.web)
    second = folder.run("poll")
    assert second.returncode == 1
    assert f"another monitor (process {first.pid}) is writing to this log" in second.stderr
    out, _ = first.communicate(timeout=30)
    assert (first.returncode, "2 there already" in out) == (0, True)


def test_ctrl_c_in_mid_poll_keeps_what_was_fetched(folder: Folder) -> None:
    folder.configure("news", "slow")
    folder.web.answer("/slow", Reply(body=FEED, wait_s=20))
    process = folder.start("poll")
    wait_for_request(folder.web, "/slow")
    wait_for_request(folder.web, "/news")
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    began = time.monotonic()
    _, err = process.communicate(timeout=30)
    assert time.monotonic() - began < 15
    assert process.returncode == 1
    assert err.strip().endswith("interrupted; what was recorded stays, and the next poll goes on from there")
    assert "Traceback" not in err
    assert {item["key"] for item in folder.lines("items")} == {"news:a", "news:b"}


def wait_for_request(web: WebServer, path: str = "/news") -> None:
    deadline = time.monotonic() + 20
    while not web.asked(path):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_the_service_polls_and_stops_when_told(folder: Folder) -> None:
    process = folder.start("run")
    wait_for_request(folder.web)
    time.sleep(0.5)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "news ok, 2 there already, 1 matched" in err
    types = [event["type"] for event in folder.lines("log")]
    assert (types[0], types[-1]) == ("MonitorStarted", "MonitorStopped")


def test_the_service_stops_after_the_poll_that_is_under_way(folder: Folder) -> None:
    folder.web.answer("/news", Reply(body=FEED, wait_s=2))
    process = folder.start("run")
    wait_for_request(folder.web)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "stopping after what is under way" in err
    assert "news ok, 2 there already, 1 matched" in err
    assert [event["type"] for event in folder.lines("log")][-1] == "MonitorStopped"


def test_the_service_stops_at_once_when_asked_twice(folder: Folder) -> None:
    folder.web.answer("/news", Reply(body=FEED, wait_s=20))
    process = folder.start("run")
    wait_for_request(folder.web)
    for _ in range(2):
        process.send_signal(signal.SIGINT)
        time.sleep(0.5)
    began = time.monotonic()
    _, err = process.communicate(timeout=30)
    assert time.monotonic() - began < 10
    assert process.returncode == 1
    assert "Traceback" not in err


def test_a_reader_that_closes_early_is_no_error(folder: Folder) -> None:
    folder.run("poll")
    process = folder.start("log", "--json")
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(timeout=30) == 0
    assert process.stderr is not None
    assert process.stderr.read() == ""
    process.stderr.close()


def test_help_starts_without_what_only_commands_need(folder: Folder) -> None:
    program = "import sys; sys.argv = ['monitor', '--help']\nfrom monitor.cli import cli\ncli(standalone_mode=False)\nprint(*sorted(sys.modules), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stderr.split()}
    assert loaded.isdisjoint(
        {
            "httpx",
            "rich",
            "sqlite3",
            "sqlite_utils",
            "feedparser",
            "apscheduler",
            "lxml",
            "msgspec",
            "rapidfuzz",
        }
    )
    assert "monitor" in loaded


def test_the_digest_starts_without_what_polls_edits_and_seeds_need(folder: Folder) -> None:
    folder.run("poll")
    program = "import sys; sys.argv = ['monitor', 'digest']\nfrom monitor.cli import cli\ncli(standalone_mode=False)\nprint(*sorted(sys.modules), file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=folder.path, capture_output=True, text=True, check=True
    )
    loaded = {name.partition(".")[0] for name in done.stderr.split()}
    assert loaded.isdisjoint(
        {"httpx", "feedparser", "apscheduler", "tomlkit", "jinja2", "icalendar", "pypdf"}
    )
    assert "monitor.app.telling" in done.stderr.split()


def test_every_command_has_help(folder: Folder) -> None:
    from monitor.cli import cli

    for name, command in cli.commands.items():
        assert command.help, name
        assert folder.run(name, "--help").returncode == 0


def test_a_copy_in_a_folder_that_cannot_be_written_is_read(folder: Folder) -> None:
    """As root, permissions bind nobody: there the test takes away the right to override them."""
    folder.run("poll")
    for path in (folder.path, *folder.path.glob("monitor.db*"), *folder.path.glob("*.toml")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    unprivileged = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if os.geteuid() == 0 else []
    try:
        done = subprocess.run(
            [*unprivileged, sys.executable, "-m", "monitor", "digest"],
            cwd=folder.path,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
    finally:
        folder.path.chmod(0o755)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Next G Alliance meets" in done.stdout
