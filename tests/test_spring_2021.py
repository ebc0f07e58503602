"""Spring 2021 on real input: every measure of the 117th Congress introduced from January to May, from GovInfo's files."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.real

ROOT = Path(__file__).resolve().parent.parent
CONFIG = """
[watchlists]
path = "{watchlists}"
[fetch]
user_agent = "test"
allow_private_hosts = true
[digest]
timezone = "America/New_York"
[[source]]
id = "bills"
kind = "billstatus"
url = "http://127.0.0.1:{port}"
congresses = [117]
introduced_from = 2021-01-03
introduced_to = 2021-05-31
"""


@dataclass(frozen=True, slots=True)
class Spring:
    """The program after one poll of the archive."""

    folder: Path
    port: str
    first: dict[str, Any]

    def lines(self, *arguments: str) -> list[dict[str, Any]]:
        done = subprocess.run(
            [sys.executable, "-m", "monitor", *arguments],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stderr == ""
        return [json.loads(line) for line in done.stdout.splitlines()]

    def bills_asked_for(self) -> int:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/count") as answer:
            return int(answer.read())

    def sections(self, *arguments: str) -> dict[str, list[dict[str, Any]]]:
        """Entries by watchlist, of the digest by the publishers' clock."""
        (digest,) = self.lines("digest", "--json", "--clock", "occurred", *arguments)
        return {watchlist["id"]: watchlist["entries"] for watchlist in digest["watchlists"]}


@pytest.fixture(scope="session")
def spring(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Spring]:
    archive = real_data / "congress" / "billstatus-117.tar.xz"
    folder = tmp_path_factory.mktemp("spring")
    with subprocess.Popen(
        [sys.executable, str(ROOT / "tests" / "govinfo.py"), str(archive)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout is not None
        port = server.stdout.readline().strip()
        (folder / "config.toml").write_text(
            CONFIG.format(port=port, watchlists=ROOT / "watchlists"), encoding="utf-8"
        )
        spring = Spring(folder, port, {})
        (first,) = spring.lines("poll", "--json")
        yield Spring(folder, port, first)
        server.communicate()


def test_the_first_poll_records_every_bill_of_the_window(spring: Spring) -> None:
    assert (spring.first["outcome"], spring.first["new"]) == ("ok", 6_416)
    assert spring.first["problems"] == []
    chain, *others = spring.lines("verify", "--json")
    assert chain["events"] > 6_416
    assert all(check["ok"] for check in (chain, *others))
    published = spring.lines("log", "item:bill:117-*", "--type", "ItemPublished", "--json")
    assert len({event["stream"] for event in published}) == 6_416


def test_the_second_poll_records_nothing_and_asks_for_no_bill(spring: Spring) -> None:
    asked = spring.bills_asked_for()
    before = spring.lines("verify", "--json")[0]["head"]
    (second,) = spring.lines("poll", "bills", "--json")
    assert (second["outcome"], second["new"], second["revised"], second["moved"]) == ("unchanged", 0, 0, 0)
    assert spring.bills_asked_for() == asked == 17_817
    assert spring.lines("verify", "--json")[0]["head"] == before


SPRING = ("--since", "2021-02-01", "--until", "2021-05-31")


def test_the_digest_of_the_spring_shows_each_bill_where_it_belongs(spring: Spring) -> None:
    sections = spring.sections(*SPRING)
    found = {
        (entry["key"], subject): entry
        for entries in sections.values()
        for entry in entries
        for subject in entry["subjects"]
    }
    siting = found["bill:117-hr-1060", "hr1060-wireless-leadership-act"]
    assert (siting["change"], siting["occurred_at"]) == ("new", "2021-02-15")
    assert siting["title_zh"] == "无线领导法案"
    competition = found["bill:117-s-1169", "s1169-strategic-competition-act"]
    assert competition["occurred_at"] == "2021-04-15"
    steps = [change for change in competition["changes"] if change["occurred_at"] == "2021-05-10"]
    assert any("reported" in change["text"].lower() for change in steps)
    assert competition["stage"]["name"] == "reported"
    assert ("bill:117-hr-3003", "promoting-us-wireless-leadership-act") in found
    for entry in (siting, competition):
        assert all(evidence["quote"] for evidence in entry["evidence"])


def test_the_siting_bill_is_no_standards_bill(spring: Spring) -> None:
    subjects = {
        subject
        for entries in spring.sections(*SPRING).values()
        for entry in entries
        if entry["key"] == "bill:117-hr-1060"
        for subject in entry["subjects"]
    }
    assert "hr1060-wireless-leadership-act" in subjects
    assert subjects.isdisjoint({"us-wireless-standards-legislation", "promoting-us-wireless-leadership-act"})


def test_the_digest_of_the_spring_is_short_enough_to_read(spring: Spring) -> None:
    keys = {entry["key"] for entries in spring.sections(*SPRING).values() for entry in entries}
    assert 20 <= len(keys) <= 150


def test_the_wireless_bills_of_the_117th_are_about_38_by_mid_may(spring: Spring) -> None:
    """The rule stands in watchlists/wireless-bills-117.toml."""
    sections = spring.sections(
        "--since", "2021-01-03", "--until", "2021-05-15", "--watchlist", "wireless-bills-117"
    )
    introduced = [entry for entry in sections["wireless-bills-117"] if entry["change"] == "new"]
    assert 34 <= len(introduced) <= 42


def test_an_edit_is_tried_on_all_bills_within_seconds(spring: Spring, tmp_path: Path) -> None:
    """1.2 s on an idle machine of 2026; the limit is for a busy one."""
    lists = ROOT / "watchlists"
    edited = tmp_path / "us-wireless-bills.toml"
    text = (lists / edited.name).read_text(encoding="utf-8")
    edited.write_text(
        text + '\n[[subject]]\nid = "rural"\nname = "Rural"\nany = ["rural broadband"]\n', encoding="utf-8"
    )
    whole, rural = spring.lines("watch", "backtest", str(edited), "--json")
    assert (whole["items"], whole["lost"], rural["change"]) == (6_416, 0, "new")
    assert rural["gained"]["items"] > 10
    assert all(
        "rural broadband" in sample["after"][0]["quote"].lower() for sample in rural["gained"]["samples"]
    )
    assert whole["elapsed_s"] < 15
