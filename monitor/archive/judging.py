"""Records what a reader says of an item, and reads it back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from monitor import projections
from monitor.archive import gathering, showing
from monitor.archive.gathering import Archive
from monitor.core.events import ItemJudged
from monitor.pipeline.run import Run
from monitor.projections import items, judgements

Verdict = Literal["relevant", "noise", "later"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """An item under its last verdict. `before` is the verdict that this one replaced, `is_new` whether it was recorded now."""

    key: str
    title: str
    verdict: str
    note: str
    recorded_at: str
    before: str = ""
    is_new: bool = False


def judge(run: Run, key: str, verdict: Verdict, note: str) -> Judged:
    """Record a verdict on an item, however its key is written; nothing where it was said before in the same words.

    Without a note the same verdict says nothing new, whatever was noted then. Raises UsageError for an unknown key.
    """
    item = showing.one(gathering.open_archive(run.database), key)
    last = judgements.of_item(run.database.conn, item.key)
    is_new = last is None or last.verdict != verdict or note not in {"", last.note}
    if is_new:
        with run.database.write():
            run.append(f"triage:{item.key}", ItemJudged(key=item.key, verdict=verdict, note=note))
            projections.catch_up(run.database, run.log)
    now = judgements.of_item(run.database.conn, item.key)
    assert now is not None  # noqa: S101 - it was there, or has just been recorded
    return Judged(
        key=item.key,
        title=item.title,
        verdict=now.verdict,
        note=now.note,
        recorded_at=now.recorded_at,
        before=last.verdict if last else "",
        is_new=is_new,
    )


def judged(archive: Archive) -> Iterator[Judged]:
    """Every item that was judged, under its last verdict, the latest verdict first."""
    for last in judgements.latest(archive.views.conn):
        item = items.get(archive.views.conn, last.key)
        yield Judged(
            key=last.key,
            title=item.title if item else "",
            verdict=last.verdict,
            note=last.note,
            recorded_at=last.recorded_at,
        )
