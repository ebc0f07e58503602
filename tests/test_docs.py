"""Documents fail when they are wrong."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
from webserver import Reply, WebServer

from monitor import demo, sources
from monitor.cli import cli
from monitor.config import DigestSettings, PollSettings, ServiceSettings
from monitor.core.events import TYPES
from monitor.demo import picture
from monitor.fetcher import FetchSettings

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONFIGURATION = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")


def test_every_command_stands_in_the_readme() -> None:
    for name in cli.commands:
        assert re.search(rf"`monitor {name}\b", README), name


def test_the_readme_names_no_command_that_is_not_there() -> None:
    named = set(re.findall(r"`monitor ([a-z]+)", README))
    assert named <= set(cli.commands)


def test_every_event_is_described() -> None:
    architecture = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    for name in TYPES:
        assert f"`{name}`" in architecture, name


@pytest.mark.parametrize("settings", [FetchSettings, PollSettings, DigestSettings, ServiceSettings])
def test_every_setting_is_described(settings: type) -> None:
    for field in fields(settings):
        assert f"| `{field.name}` |" in CONFIGURATION, field.name


def test_every_kind_of_source_is_named_in_the_configuration() -> None:
    for name in sources.kind_names():
        assert f"`{name}`" in CONFIGURATION, name


def test_links_between_documents_lead_somewhere() -> None:
    for document in [ROOT / "README.md", *(ROOT / "docs").glob("*.md"), ROOT / "seeds" / "README.md"]:
        for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text(encoding="utf-8")):
            assert (document.parent / target).exists(), f"{document.name}: {target}"


def test_the_readmes_digest_is_what_the_demo_prints() -> None:
    """`./dev demo` piped, 100 columns wide: the README shows a part of it, word for word."""
    done = subprocess.run(
        [sys.executable, "-m", "monitor", "demo"],
        env={"COLUMNS": "100", "PATH": ""},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    shown = re.findall(r"```text\n(.*?)```", README, re.DOTALL)[0]
    for part in shown.split("…\n"):
        assert part.strip("\n") in done.stdout


def test_the_readmes_picture_is_what_the_demo_shows() -> None:
    """`./dev docs` draws it anew."""
    drawn = picture.picture(demo.run().digest)
    assert (ROOT / "docs" / "digest.svg").read_text(encoding="utf-8") == drawn
    assert "](docs/digest.svg)" in README


def test_the_readmes_picture_fetches_nothing_and_gives_chinese_its_room() -> None:
    drawn = (ROOT / "docs" / "digest.svg").read_text(encoding="utf-8")
    assert set(re.findall(r"https?://[^\s\"]+", drawn)) == {"http://www.w3.org/2000/svg"}
    assert not re.search(r"@font-face|@import|url\(|<script|href", drawn)
    [run] = re.findall(r'textLength="([\d.]+)">(?:&#160;)*开放无线接入网络<', drawn)
    assert float(run) == pytest.approx(12.2 * (2 + 2 * len("开放无线接入网络")))


def test_the_readmes_commands_run_as_printed(tmp_path: Path, web: WebServer) -> None:
    """In order, in an empty folder; `init`'s settings are pointed at loopback before anything is polled."""
    web.answer(
        "/news",
        Reply(body=b"<rss version='2.0'><channel><item><title>Open RAN</title></item></channel></rss>"),
    )
    block = next(block for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL) if "init" in block)
    folder = tmp_path
    for line in block.splitlines():
        words = shlex.split(line)
        if words[0] == "cd":
            folder = folder / words[1]
            (folder / "config.toml").write_text(
                '[fetch]\nuser_agent = "test"\nallow_private_hosts = true\n'
                f'[[source]]\nid = "news"\nkind = "feed"\nurl = "{web.url("/news")}"\n',
                encoding="utf-8",
            )
            continue
        assert words[:2] in (["./dev", "monitor"], ["../dev", "monitor"])
        done = subprocess.run(
            [str(ROOT / "dev"), *words[1:]],
            cwd=folder,
            check=False,
            capture_output=True,
            text=True,
            encoding="utf-8",
        )
        assert done.returncode == 0, done.stderr
    assert "Open RAN" in done.stdout


def test_the_project_speaks_of_itself_alone() -> None:
    """No registry's address, no path of a machine, stands in a tracked file."""
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\n")
    forbidden = re.compile(
        "files\\.python" + "hosted|pypi\\." + "org/simple|" + re.escape(str(ROOT.parent) + "/")
    )
    for name in filter(None, listed):
        path = ROOT / name
        if path.is_file():
            assert not forbidden.search(path.read_text(encoding="utf-8", errors="replace")), name
