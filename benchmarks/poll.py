"""How long a whole `monitor poll` of many feeds takes, beside floors and a peer, on one server on loopback, in one run.

Feeds of 25 entries (`making_feeds`), each under an address of its own (127.x.y.z), all on: validators, log with its
chain, matching against the shipped watchlists. Phases: cold; warm, where all is 304; a tenth of the feeds changed by
three entries; the same bodies without validators; and cold once more with 50 ms before every answer.

Beside it, as whole processes too: `floor`, httpx and feedparser with 16 threads and nothing stored, which has no memory
and so reads all at every phase; and the feed readers that are there: `reader` (BSD-3-Clause; `pip install reader`),
`newsboat` (MIT) and `sfeed` (ISC; both from the system's packages). newsboat keeps validators from its second poll on,
and gets one that is not counted. Figures are seconds and peak MiB of the whole process; ratios say how many times as
fast as it ours is.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import making_feeds

ENTRIES, NEW, CHANGED = 25, 3, 0.1
WATCHLISTS = Path(__file__).parent.parent / "watchlists"
FLOOR = """
import sys
from concurrent.futures import ThreadPoolExecutor
import feedparser, httpx
client = httpx.Client()
def read(url):
    return len(feedparser.parse(client.get(url).content).entries)
with ThreadPoolExecutor(16) as pool:
    print(sum(pool.map(read, open(sys.argv[1]).read().split())))
"""
READER_SETUP = """
import sys
from reader import make_reader
reader = make_reader(sys.argv[1])
for url in open(sys.argv[2]).read().split():
    reader.add_feed(url)
"""
READER = "import sys; from reader import make_reader; make_reader(sys.argv[1]).update_feeds(scheduled=False, workers=8)"


class Feeds:
    """A server of feeds that a benchmark may change between two polls."""

    def __init__(self, count: int) -> None:
        self.versions = [0] * count
        self.validators = True
        self.latency_s = 0.0
        self.bodies: dict[tuple[int, int], bytes] = {}
        self.served = 0
        self.port = 0
        self._ready = threading.Event()
        threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True).start()
        self._ready.wait()

    def urls(self) -> list[str]:
        """An address for each feed, each on a host of its own."""
        return [
            f"http://127.{1 + n // 65025}.{n // 255 % 255}.{n % 255 + 1}:{self.port}/feed/{n}"
            for n in range(len(self.versions))
        ]

    def change(self) -> None:
        """A tenth of the feeds gain entries, and lose as many at the other end."""
        for number in range(0, len(self.versions), round(1 / CHANGED)):
            self.versions[number] += 1
        self.make()

    def make(self) -> None:
        """Make all bodies ahead of time."""
        for number, version in enumerate(self.versions):
            if (number, version) not in self.bodies:
                text = making_feeds.feed(number, first=1 + version * NEW, entries=ENTRIES)
                self.bodies[number, version] = text.encode()

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._converse, "0.0.0.0", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await server.serve_forever()

    async def _converse(self, incoming: asyncio.StreamReader, outgoing: asyncio.StreamWriter) -> None:
        with contextlib.suppress(
            asyncio.IncompleteReadError, ConnectionError
        ):  # the client has what it wants
            while True:
                head = await incoming.readuntil(b"\r\n\r\n")
                await asyncio.sleep(self.latency_s)
                outgoing.write(self._answer(head))
                await outgoing.drain()
        outgoing.close()

    def _answer(self, head: bytes) -> bytes:
        self.served += 1
        number = int(head.split(None, 2)[1].rpartition(b"/")[2])
        version = self.versions[number]
        tag = f'"{number}-{version}"'.encode()
        if self.validators and tag in head:
            return b"HTTP/1.1 304 Not Modified\r\nEtag: " + tag + b"\r\n\r\n"
        body = self.bodies[number, version]
        etag = b"Etag: " + tag + b"\r\n" if self.validators else b""
        return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n%s\r\n%s" % (len(body), etag, body)


def took(command: list[str]) -> tuple[float, float]:
    """Seconds that a whole process takes, and the peak of its memory in MiB."""
    began = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} exited with {process.returncode}")
    return time.perf_counter() - began, usage.ru_maxrss / 1024


def prepare_ours(folder: Path, urls: list[str]) -> list[str]:
    """A folder with settings; the command that polls."""
    shutil.copytree(WATCHLISTS, folder / "watchlists")
    lines = ["[fetch]", 'user_agent = "benchmark"', "allow_private_hosts = true"]
    for number, url in enumerate(urls):
        lines += ["[[source]]", f'id = "f{number}"', 'kind = "feed"', f'url = "{url}"']
    (folder / "config.toml").write_text("\n".join(lines), encoding="utf-8")
    return [sys.executable, "-m", "monitor", "poll", "--all", "--config", str(folder / "config.toml")]


def prepare_floor(folder: Path, urls: list[str]) -> list[str]:
    """Fetch and parse, nothing more."""
    (folder / "urls").write_text("\n".join(urls), encoding="utf-8")
    return [sys.executable, "-c", FLOOR, str(folder / "urls")]


def prepare_reader(folder: Path, urls: list[str]) -> list[str]:
    """The feed library `reader`, as its documentation has it."""
    (folder / "urls").write_text("\n".join(urls), encoding="utf-8")
    database = str(folder / "reader.db")
    subprocess.run([sys.executable, "-c", READER_SETUP, database, str(folder / "urls")], check=True)
    return [sys.executable, "-c", READER, database]


def prepare_newsboat(folder: Path, urls: list[str]) -> list[str]:
    """Newsboat, reloading once without its screen."""
    (folder / "urls").write_text("\n".join(urls), encoding="utf-8")
    (folder / "config").write_text("reload-threads 16\nmax-items 0\ndownload-retries 1\n", encoding="utf-8")
    files = ["-C", str(folder / "config"), "-u", str(folder / "urls"), "-c", str(folder / "cache.db")]
    return ["newsboat", *files, "-x", "reload"]


def prepare_sfeed(folder: Path, urls: list[str]) -> list[str]:
    """A file a feed, by curl and a parser in C."""
    feeds = "".join(f'feed "f{number}" "{url}"\n' for number, url in enumerate(urls))
    text = f'sfeedpath="{folder}/feeds"\nmaxjobs=16\nfeeds() {{\n{feeds}}}\n'
    (folder / "sfeedrc").write_text(text, encoding="utf-8")
    return ["sfeed_update", str(folder / "sfeedrc")]


def phases(feeds: Feeds) -> dict[str, Callable[[], None]]:
    """What happens before each poll."""

    def same_bodies() -> None:
        feeds.validators = False

    return {
        "cold": feeds.make,
        "all 304": lambda: None,
        "10 % changed": feeds.change,
        "same bodies": same_bodies,
    }


def measure(sides: dict[str, Callable[[Path, list[str]], list[str]]], count: int) -> None:
    """Every phase, side after side, and then cold again with latency."""
    feeds = Feeds(count)
    with tempfile.TemporaryDirectory() as name:
        commands = {}
        for side, prepare in sides.items():
            folder = Path(name) / side
            folder.mkdir()
            commands[side] = prepare(folder, feeds.urls())
        for phase, before in phases(feeds).items():
            before()
            show(phase, {side: took(command) for side, command in commands.items()})
            if phase == "cold" and "newsboat" in commands:
                took(commands["newsboat"])
        feeds.validators, feeds.latency_s = True, 0.05
        folder = Path(name) / "late"
        folder.mkdir()
        show("cold, 50 ms", {"ours": took(prepare_ours(folder, feeds.urls()))})
    print(f"{feeds.served:,} requests answered")


def show(phase: str, found: dict[str, tuple[float, float]]) -> None:
    """A line: seconds of each, and how many times as fast as it ours is."""
    ours, peak = found.pop("ours")
    others = "".join(
        f"   {side} {seconds:6.2f} s × {seconds / ours:.1f}" for side, (seconds, _) in found.items()
    )
    print(f"{phase:<13} ours {ours:6.2f} s, {peak:.0f} MiB{others}", flush=True)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--feeds", type=int, default=1000)
    parser.add_argument(
        "--without", nargs="*", default=[], metavar="SIDE", help="floor, reader, newsboat, sfeed"
    )
    arguments = parser.parse_args()
    sides = {"ours": prepare_ours, "floor": prepare_floor}
    peers = {"reader": prepare_reader, "newsboat": prepare_newsboat, "sfeed": prepare_sfeed}
    there = {
        "reader": importlib.util.find_spec("reader"),
        "newsboat": shutil.which("newsboat"),
        "sfeed": shutil.which("sfeed_update"),
    }
    for side, prepare in peers.items():
        if there[side]:
            sides[side] = prepare
        else:
            print(f"{side} is not installed: it is left out")
    measure({s: prepare for s, prepare in sides.items() if s not in arguments.without}, arguments.feeds)


if __name__ == "__main__":
    main()
