"""What a poll would do: the program itself on a copy of the log, which is gone afterwards."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from monitor import database
from monitor.core.envelopes import Event
from monitor.core.events import ActionRecorded, ItemMatched, ItemPublished, ItemRevised, ItemWithdrawn
from monitor.pipeline.accounting import PollReport
from monitor.pipeline.run import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """What one poll would come to. `findings` are (what, key, title, watchlists that recognise it), first things first."""

    report: PollReport
    findings: tuple[tuple[str, str, str, tuple[str, ...]], ...]


@contextmanager
def copied(log_path: Path) -> Iterator[Path]:
    """A copy of the log, or the place for a new one where there is none, in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="monitor-try-") as folder:
        copy = Path(folder) / "monitor.db"
        if log_path.exists():
            with closing(database.open_reader(log_path)) as original:
                original.tables.conn.execute("VACUUM INTO ?", (str(copy),))
        yield copy


def forget_pages(run: Run, source: str) -> None:
    """Let the trial read the source's pages, whether they changed or not."""
    with run.database.write():
        run.database.conn.execute("DELETE FROM pages WHERE source = ?", (source,))
        run.database.conn.execute("DELETE FROM unfinished_visits WHERE source = ?", (source,))


def findings(events: list[Event]) -> tuple[tuple[str, str, str, tuple[str, ...]], ...]:
    """What these events say of items: each once, with the watchlists that recognise it."""
    what: dict[str, str] = {}
    titles: dict[str, str] = {}
    matched: dict[str, list[str]] = {}
    for event in events:
        match event.data:
            case ItemPublished() as data:
                what[data.key], titles[data.key] = "new", data.title
            case ItemRevised() as data:
                what.setdefault(data.key, "revised")
            case ActionRecorded() as data:
                what.setdefault(data.key, "moved")
            case ItemWithdrawn() as data:
                what.setdefault(data.key, "withdrawn")
            case ItemMatched() as data:
                matched.setdefault(data.key, []).append(data.watchlist)
            case _:
                pass
    rows = [
        (kind, key, titles.get(key, ""), tuple(dict.fromkeys(matched.get(key, ()))))
        for key, kind in what.items()
    ]
    return tuple(sorted(rows, key=lambda row: not row[3]))
