"""How well the shipped watchlists recognise items that were not at hand when the lists were made."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from monitor.core.matching.matcher import Document, compile_watchlists
from monitor.core.text import plain
from monitor.core.watchlists import parse_watchlist

HERE = Path(__file__).resolve().parent
# Those that a title or summary is about and not named in; the others have names.
TOPICS = {
    "us-wireless-standards-legislation", "us-export-controls-chip-tools", "foreign-investment-review",
    "exclusion-of-chinese-ict-vendors", "6g-standardisation", "ai-native-networks",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An item with its labels beside what was recognised, of the labelled subjects only."""

    title: str
    labels: frozenset[str]
    maybe: frozenset[str]
    found: frozenset[str]

    @property
    def wrong(self) -> frozenset[str]:
        return self.found - self.labels - self.maybe

    @property
    def missed(self) -> frozenset[str]:
        return self.labels - self.found


@cache
def rows() -> tuple[Row, ...]:
    lines = (HERE / "unseen_items.txt").read_text(encoding="utf-8").splitlines()
    told = [[cell.strip() for cell in line.split("|")] for line in lines if not line.startswith("#")]
    labelled = frozenset().union(*(names(labels) for labels, *_ in told))
    documents = (
        Document(key="wire:1", kind="news", fields={"title": (plain(title),), "summary": (plain(summary),)})
        for _, _, title, summary in told
    )
    files = sorted((HERE.parent / "watchlists").glob("*.toml"))
    matcher = compile_watchlists(
        [parse_watchlist(file.read_text(encoding="utf-8"), file=file.name) for file in files]
    )
    return tuple(
        Row(
            title=title,
            labels=names(labels),
            maybe=names(maybe),
            found=frozenset(match.subject for match in matches) & labelled,
        )
        for (labels, maybe, title, _), matches in zip(told, matcher.match_many(documents), strict=True)
    )


def names(cell: str) -> frozenset[str]:
    return frozenset() if cell == "-" else frozenset(name.strip() for name in cell.split(","))


def count(sets: list[frozenset[str]], *, topics: bool) -> int:
    return sum((subject in TOPICS) is topics for found in sets for subject in found)


def test_each_labelled_subject_has_at_least_four_items_and_a_hundred_are_about_none() -> None:
    labelled = {subject for row in rows() for subject in row.labels}
    few = {subject for subject in labelled if sum(subject in row.labels for row in rows()) < 4}
    assert (len(labelled), few) == (91, set())
    assert sum(not row.labels for row in rows()) >= 100


@pytest.mark.parametrize(("topics", "least"), [(False, 0.99), (True, 0.97)])
def test_what_an_unseen_item_is_about_is_found(topics: bool, least: float) -> None:
    right = count([row.labels & row.found for row in rows()], topics=topics)
    missed = count([row.missed for row in rows()], topics=topics)
    assert right / (right + missed) >= least, [(row.title, row.missed) for row in rows() if row.missed]


@pytest.mark.parametrize(("topics", "least"), [(False, 0.99), (True, 0.95)])
def test_hardly_anything_is_found_that_an_unseen_item_is_not_about(topics: bool, least: float) -> None:
    right = count([row.labels & row.found for row in rows()], topics=topics)
    wrong = count([row.wrong for row in rows()], topics=topics)
    assert right / (right + wrong) >= least, [(row.title, row.wrong) for row in rows() if row.wrong]
