"""How fast the log is, beside raw `sqlite3` and the `eventsourcing` package, in interleaved rounds on one machine.

Payloads have about 388 bytes, over 1,000 streams. Each round appends to all three, in an order that turns; the ratios
are medians over the rounds. Raw inserts the same 14 columns, made before, into a table with no key but its position.
`eventsourcing` is given payloads that are encoded already, and keeps four columns; ours encodes, chains, guards. All
commit with synchronous = FULL, which is that package's setting too.

Payloads are made between the timed stretches, so that no heap of waiting objects slows one side's garbage collection.
`eventsourcing` is read twice: as bytes, and decoded by its own JSON transcoder into plain dicts; ours always decodes
into typed events. The bare loop of `verify` hashes the same columns, joined, with nothing else done.

Needs `pip install eventsourcing` (BSD-3-Clause) for its part; without it that part is left out, and said so.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import os
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from monitor import database, projections
from monitor.core.dates import to_text
from monitor.core.envelopes import NewEvent, encode, event_id
from monitor.core.events import (
    ActionRecorded,
    Evidence,
    FieldChange,
    ItemMatched,
    ItemPublished,
    ItemRevised,
    Payload,
    WatchlistRevised,
)
from monitor.eventlog import EventLog

AT = "2025-06-02T00:00:00Z"
RUN = "0123456789abcdef0123456789abcdef"
WORDS = (
    "agency",
    "committee",
    "docket",
    "federal",
    "funding",
    "hearing",
    "network",
    "notice",
    "open",
    "quantum",
    "research",
)
WATCHLIST = 'title = "Networks"\n[[subject]]\nid = "ran"\nname = "Open RAN"\nany = ["open network"]\n'
PER_DAY = 1000
Figures = dict[str, float]


def payloads(count: int) -> Iterator[tuple[str, ItemPublished]]:
    """A stream's name and an event for it."""
    chance = random.Random(388)
    for number in range(count):
        source = chance.randrange(1000)
        yield f"source-{source}", _published(chance, f"f{source}:{chance.randrange(1 << 40):010x}", number)


def _published(chance: random.Random, key: str, number: int) -> ItemPublished:
    title, summary = (" ".join(chance.choices(WORDS, k=k)) for k in (5, 13))
    return ItemPublished(
        key=key, source=key.partition(":")[0], origin="live", kind="document", title=title, summary=summary,
        url=f"https://feeds.example.org/news/{number}",
    )  # fmt: skip


def batches(count: int, size: int) -> Iterator[list[tuple[str, ItemPublished]]]:
    """The events, a transaction's worth at a time."""
    events = payloads(count)
    while batch := list(islice(events, size)):
        yield batch


def append_raw(path: Path, count: int, size: int) -> float:
    """Seconds to insert finished rows."""
    conn = sqlite3.connect(path, isolation_level=None)
    conn.executescript(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE events (position INTEGER PRIMARY KEY, id,"
        " stream, version, type, schema, occurred_at, observed_at, recorded_at, run, cause, data, prev_hash, hash)"
    )
    sql = f"INSERT INTO events VALUES ({', '.join('?' * 14)})"
    took, position, versions = 0.0, 0, dict[str, int]()
    for batch in batches(count, size):
        rows = []
        for stream, data in batch:
            position, version = position + 1, versions.get(stream, 0) + 1
            versions[stream] = version
            id_ = event_id(RUN, stream, version)
            rows.append(
                (position, id_, stream, version, "ItemPublished", 1, None, AT, AT, RUN, None, encode(data), "0" * 64,
                 "0" * 64)
            )  # fmt: skip
        began = time.perf_counter()
        conn.execute("BEGIN IMMEDIATE")
        conn.executemany(sql, rows)
        conn.execute("COMMIT")
        took += time.perf_counter() - began
    conn.close()
    return took


def append_eventsourcing(path: Path, count: int, size: int) -> float:
    """Seconds to insert encoded events with its SQLite recorder."""
    from eventsourcing.persistence import StoredEvent  # noqa: PLC0415 - optional
    from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteDatastore  # noqa: PLC0415 - optional

    store = SQLiteDatastore(str(path))
    recorder = SQLiteApplicationRecorder(store)
    recorder.create_table()
    took, ids, versions = 0.0, dict[str, uuid.UUID](), dict[str, int]()
    for batch in batches(count, size):
        for stream, _ in batch:
            ids.setdefault(stream, uuid.uuid5(uuid.NAMESPACE_URL, stream))
        encoded = [(stream, encode(data).encode()) for stream, data in batch]
        began = time.perf_counter()
        events = []
        for stream, state in encoded:
            versions[stream] = version = versions.get(stream, 0) + 1
            events.append(StoredEvent(ids[stream], version, "ItemPublished", state))
        recorder.insert_events(events)
        took += time.perf_counter() - began
    store.close()
    return took


def append_ours(path: Path, count: int, size: int) -> float:
    """Seconds to encode, chain and append, each batch in one `append_all`."""
    db = database.open_writer(path)
    log, took, versions = EventLog(db), 0.0, dict[str, int]()
    for batch in batches(count, size):
        began = time.perf_counter()
        appends = []
        for stream, data in batch:
            version = versions.get(stream, 0)
            versions[stream] = version + 1
            event = NewEvent(data=data, recorded_at=AT, run=RUN, observed_at=AT)
            appends.append((stream, version, [event]))
        log.append_all(appends)
        took += time.perf_counter() - began
    db.close()
    return took


def read_eventsourcing(path: Path, *, decoded: bool) -> float:
    """Seconds to read all notifications."""
    from eventsourcing.persistence import JSONTranscoder  # noqa: PLC0415 - optional
    from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteDatastore  # noqa: PLC0415 - optional

    store = SQLiteDatastore(str(path))
    recorder, transcoder, start = SQLiteApplicationRecorder(store), JSONTranscoder(), 1
    began = time.perf_counter()
    while got := recorder.select_notifications(start=start, limit=1000):
        start = got[-1].id + 1
        if decoded:
            for notification in got:
                transcoder.decode(notification.state)
    took = time.perf_counter() - began
    store.close()
    return took


def read_ours(path: Path) -> Figures:
    """Seconds to read typed events, to verify, and of the loop that only hashes."""
    db = database.open_reader(path)
    log = EventLog(db)
    found = {"read": timed(lambda: sum(1 for _ in log.read())), "verify": timed(log.verify)}
    db.close()
    conn = sqlite3.connect(path)
    found["bare"] = timed(lambda: _hash_all(conn))
    conn.close()
    return found


def _hash_all(conn: sqlite3.Connection) -> None:
    before = "0" * 64
    for row in conn.execute("SELECT * FROM events ORDER BY position"):
        before = hashlib.sha256(f"{before}{'|'.join(map(str, row[:12]))}".encode()).hexdigest()
        assert row[13] != before


def timed(work: Callable[[], object]) -> float:
    """Seconds."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def one_round(folder: Path, events: int, turn: int, *, peer: bool) -> Figures:
    """Every phase once, in seconds."""
    sides: dict[str, Callable[[Path, int, int], float]] = {"raw": append_raw, "ours": append_ours}
    if peer:
        sides["es"] = append_eventsourcing
    order = [*sides][turn % len(sides) :] + [*sides][: turn % len(sides)]
    found: Figures = {}
    for size, count in ((1, max(events // 40, 1)), (100, events)):
        for side in order:
            path = folder / f"{side}-{size}-{turn}.db"
            found[f"{side} {size}"] = sides[side](path, count, size) / count
            found[f"{side} bytes"] = path.stat().st_size / count
    if peer:
        for name, decoded in (("es read", False), ("es decoded", True)):
            found[name] = read_eventsourcing(folder / f"es-100-{turn}.db", decoded=decoded) / events
    for name, took in read_ours(folder / f"ours-100-{turn}.db").items():
        found[name] = took / events
    for path in folder.iterdir():
        path.unlink()
    return found


def compare(rounds: int, events: int, *, peer: bool) -> None:
    """Print rates and the medians of ratios."""
    with tempfile.TemporaryDirectory(dir=".") as name:
        found = [one_round(Path(name), events, turn, peer=peer) for turn in range(rounds)]

    def rate(key: str) -> float:
        return statistics.median(1 / one[key] for one in found)

    def ratio(slow: str, fast: str) -> float:
        return statistics.median(one[slow] / one[fast] for one in found)

    print(f"{events:,} events, medians of {rounds} rounds")
    for size in (100, 1):
        print(f"append {size:3}   raw {rate(f'raw {size}'):9,.0f}/s   ours {rate(f'ours {size}'):9,.0f}/s")
        if peer:
            print(
                f"   eventsourcing {rate(f'es {size}'):9,.0f}/s   ours × {ratio(f'es {size}', f'ours {size}'):.2f}"
            )
    print(f"read and decode  ours {rate('read'):9,.0f}/s")
    if peer:
        for key, what in (("es decoded", "decoded"), ("es read", "bytes only")):
            print(f"   eventsourcing, {what:10} {rate(key):9,.0f}/s   ours × {ratio(key, 'read'):.2f}")
    print(f"verify  ours {rate('verify'):9,.0f}/s   of the bare loop × {ratio('bare', 'verify'):.2f}")
    sizes = {side: found[0][f"{side} bytes"] for side in ("raw", "ours", "es") if f"{side} bytes" in found[0]}
    print("bytes an event  " + "   ".join(f"{side} {size:.0f}" for side, size in sizes.items()))


def history(days: range) -> Iterator[tuple[str, NewEvent]]:
    """A monitor's life, 1,000 events a day: items, some revised, some with a step, some matched."""
    sha256 = hashlib.sha256(WATCHLIST.encode()).hexdigest()
    yield (
        "watchlist:networks",
        _event(WatchlistRevised(watchlist="networks", toml=WATCHLIST, sha256=sha256), days.start),
    )
    for day in days:
        chance = random.Random(day)
        for number in range(PER_DAY * 7 // 10):
            key = f"f{chance.randrange(1000)}:{chance.randrange(1 << 40):010x}"
            yield f"item:{key}", _event(_published(chance, key, number), day)
            for stream, data in _what_follows(key, number, sha256):
                yield stream, _event(data, day)


def _what_follows(key: str, number: int, sha256: str) -> Iterator[tuple[str, Payload]]:
    source = key.partition(":")[0]
    if number % 7 < 2:
        change = FieldChange(field="title", old="Before", new=f"After {number}")
        yield (
            f"item:{key}",
            ItemRevised(key=key, source=source, origin="live", revision=2, changes=[change],
                        significance="substantive"),
        )  # fmt: skip
    if number % 14 == 3:
        yield (
            f"item:{key}",
            ActionRecorded(key=key, source=source, origin="live", action="1", text="Reported"),
        )
    if number % 14 == 5:
        why = Evidence(field="title", start=0, end=12, quote="open network", term="open network", rule="words",
                       score=100)  # fmt: skip
        yield (
            f"match:networks/ran/{key}",
            ItemMatched(watchlist="networks", subject="ran", key=key, revision=1, origin="live", score=100,
                        evidence=[why], watchlist_sha256=sha256, matcher="1"),
        )  # fmt: skip


def _event(data: Payload, day: int) -> NewEvent:
    at = to_text(datetime(2020, 1, 1, 12, tzinfo=UTC) + timedelta(days=day))
    return NewEvent(data=data, recorded_at=at, run=RUN, observed_at=at)


def write_history(path: Path, days: range) -> int:
    """A log with its views; how many events it holds."""
    db = database.open_writer(path)
    log, versions, events = EventLog(db), dict[str, int](), history(days)
    while batch := list(islice(events, 5000)):
        appends = []
        for stream, event in batch:
            appends.append((stream, versions.get(stream, 0), [event]))
            versions[stream] = versions.get(stream, 0) + 1
        log.append_all(appends)
    projections.catch_up(db, log)
    head = log.head().position
    db.close()
    return head


def rebuild(folder: Path, events: int) -> None:
    """Print how fast all views are built again, and how large the file is with and without them."""
    count = write_history(folder / "monitor.db", range(events // PER_DAY))
    db = database.open_writer(folder / "monitor.db")
    took = timed(lambda: projections.rebuild(db, EventLog(db)))
    db.close()
    print(f"rebuild of all views  {count / took:9,.0f} events/s ({count:,} events)")
    print(f"bytes an event, views included  {(folder / 'monitor.db').stat().st_size / count:.0f}")


def digest(folder: Path, events: int, rounds: int) -> None:
    """Print what a digest of the last day takes on a long log, and on a log of that day alone."""
    days = range(events // PER_DAY)
    for name, span in (("long", days), ("day", days[-1:])):
        (folder / name).mkdir()
        (folder / name / "watchlists").mkdir()
        (folder / name / "watchlists" / "networks.toml").write_text(WATCHLIST, encoding="utf-8")
        (folder / name / "config.toml").write_text('[fetch]\nuser_agent = "benchmark"\n', encoding="utf-8")
        count = write_history(folder / name / "monitor.db", span)
        print(f"{name}: {count:,} events, {(folder / name / 'monitor.db').stat().st_size / 2**20:,.0f} MiB")
    day = (datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=days[-1])).date().isoformat()
    runs: list[dict[str, float]] = [
        {
            "version": timed(lambda: _monitor(folder / "day", "--version")),
            "day": timed(lambda: _monitor(folder / "day", "digest", "--since", day, "--until", day)),
            "long": timed(lambda: _monitor(folder / "long", "digest", "--since", day, "--until", day)),
        }
        for _ in range(rounds)
    ]
    middle = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
    print(
        f"digest of the last day  {middle['long']:.2f} s, of a log of that day alone {middle['day']:.2f} s,"
        f" start-up (--version) {middle['version']:.2f} s"
    )
    db = database.open_reader(folder / "long" / "monitor.db")
    log = EventLog(db)
    print(f"head at the middle moment  {timed(lambda: log.head_at('2021-05-15T00:00:00Z')) * 1000:.1f} ms")
    db.close()


def _monitor(folder: Path, *arguments: str) -> None:
    environment: dict[str, Any] = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parent.parent)}
    subprocess.run(
        [sys.executable, "-m", "monitor", *arguments], cwd=folder, env=environment, stdout=subprocess.DEVNULL, check=True
    )  # fmt: skip


def main() -> None:
    """Run every phase and print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument(
        "--long", type=int, default=1_000_000, help="events of the log that is digested; 0: none"
    )
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    peer = importlib.util.find_spec("eventsourcing") is not None
    if not peer:
        print("eventsourcing is not installed and is left out: pip install eventsourcing", file=sys.stderr)
    if options.rounds:
        compare(options.rounds, options.events, peer=peer)
    with tempfile.TemporaryDirectory(dir=".") as name:
        rebuild(Path(name), options.events)
    if options.long:
        with tempfile.TemporaryDirectory(dir=".") as name:
            digest(Path(name), options.long, max(options.rounds, 3))


if __name__ == "__main__":
    main()
