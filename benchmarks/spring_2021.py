"""Time, peak memory and log size of one poll of the 117th Congress's bulk data (17,817 files on loopback).

Needs the captured data: ../shared/data, or the folder named in MONITOR_REAL_DATA.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("MONITOR_REAL_DATA", ROOT.parent / "shared" / "data"))
CONFIG = """
[watchlists]
path = "{watchlists}"
[fetch]
user_agent = "benchmark"
allow_private_hosts = true
[[source]]
id = "bills"
kind = "billstatus"
url = "http://127.0.0.1:{port}"
congresses = [117]
introduced_from = 2021-01-03
introduced_to = 2021-05-31
"""


def measure(folder: Path, *arguments: str) -> tuple[float, str]:
    """Seconds, and what the program printed."""
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "monitor", *arguments], cwd=folder, capture_output=True, text=True, check=True
    )
    return time.monotonic() - began, done.stdout


def main() -> None:
    """Poll twice, read, and print the figures."""
    archive = DATA / "congress" / "billstatus-117.tar.xz"
    with (
        tempfile.TemporaryDirectory() as name,
        subprocess.Popen(
            [sys.executable, str(ROOT / "tests" / "govinfo.py"), str(archive)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        ) as server,
    ):  # fmt: skip
        folder = Path(name)
        port = server.stdout.readline().strip()
        (folder / "config.toml").write_text(
            CONFIG.format(port=port, watchlists=ROOT / "watchlists"), encoding="utf-8"
        )
        first_s, printed = measure(folder, "poll", "--json")
        peak_mib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        second_s, _ = measure(folder, "poll", "bills", "--json")
        digest_s, _ = measure(
            folder,
            "digest",
            "--clock",
            "occurred",
            "--since",
            "2021-02-01",
            "--until",
            "2021-05-31",
            "--json",
        )
        verify_s, verified = measure(folder, "verify", "--json")
        size = (folder / "monitor.db").stat().st_size
        events = json.loads(verified.splitlines()[0])["events"]
        print(f"first poll   {first_s:7.1f} s   {json.loads(printed)['new']} bills, {events} events")
        print(f"peak memory  {peak_mib:7.0f} MiB (whole process)")
        print(f"log size     {size / 2**20:7.1f} MiB   {size / events:.0f} bytes an event, views included")
        print(f"second poll  {second_s:7.1f} s   nothing new")
        print(f"digest       {digest_s:7.1f} s   four months by the publishers' clock")
        print(f"verify       {verify_s:7.1f} s")
        server.communicate()


if __name__ == "__main__":
    main()
