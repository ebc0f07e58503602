"""How well the shipped watchlists recognise the labelled items that lie beside the project.

Labels: which subjects an item is about; `maybe` counts neither way. A perturbed item is a copy with one wording changed
(a typo, a dash, width, case, an entity, a name in Chinese or Japanese): its cue is the subject of that wording.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest

pytestmark = pytest.mark.real

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """An item's labels beside what was recognised, of the labelled subjects only."""

    id: str
    labels: frozenset[str]
    maybe: frozenset[str]
    found: frozenset[str]
    cue: str

    @property
    def wrong(self) -> frozenset[str]:
        return self.found - self.labels - self.maybe

    @property
    def missed(self) -> frozenset[str]:
        return self.labels - self.found


@dataclass(frozen=True, slots=True, kw_only=True)
class Gold:
    """The whole set, matched once. `types` says of each labelled subject whether it is named or topical."""

    items: tuple[Labelled, ...]
    types: dict[str, str]

    def precision(self, kind: str) -> float:
        right = self.count(kind, lambda item: item.found & item.labels)
        return right / (right + self.count(kind, lambda item: item.wrong))

    def recall(self, kind: str) -> float:
        right = self.count(kind, lambda item: item.found & item.labels)
        return right / (right + self.count(kind, lambda item: item.missed))

    def count(self, kind: str, of: Callable[[Labelled], Iterable[str]]) -> int:
        return sum(self.types[subject] == kind for item in self.items for subject in of(item))


@pytest.fixture(scope="module")
def gold(real_data: Path) -> Gold:
    folder = real_data.parent / "gold"
    if not folder.is_dir():
        pytest.skip(f"{folder}: the labelled items are not there")
    told = json.loads((folder / "match_subjects.json").read_text(encoding="utf-8"))
    types = {subject["id"]: subject["type"] for subject in told}
    found = recognised(folder / "match_dev.jsonl")
    lines = (folder / "match_dev.jsonl").read_text(encoding="utf-8").splitlines()
    return Gold(items=tuple(labelled(json.loads(line), found, types) for line in lines), types=types)


def recognised(items: Path) -> set[tuple[str, str]]:
    """What `monitor match` says of the items: their ids, each with a subject."""
    command = (sys.executable, "-m", "monitor", "match", "--watchlists", str(ROOT / "watchlists"), str(items))
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True)
    return {(line["id"], line["subject"]) for line in map(json.loads, done.stdout.splitlines())}


def labelled(item: dict[str, object], found: set[tuple[str, str]], types: dict[str, str]) -> Labelled:
    id_ = str(item["id"])
    return Labelled(
        id=id_,
        labels=frozenset(item["labels"]),  # type: ignore[call-overload] # a list of ids
        maybe=frozenset(item.get("maybe") or ()),  # type: ignore[call-overload] # a list of ids
        found=frozenset(subject for subject in types if (id_, subject) in found),
        cue=str(item["perturbed_subject"]) if item.get("perturbed") else "",
    )


def test_the_labelled_set_is_there_whole(gold: Gold) -> None:
    assert len(gold.items) > 900
    assert len(gold.types) == 91
    assert sum(bool(item.cue) for item in gold.items) >= 80


def test_every_labelled_subject_is_in_a_shipped_watchlist(gold: Gold) -> None:
    shipped = "\n".join(file.read_text(encoding="utf-8") for file in (ROOT / "watchlists").glob("*.toml"))
    assert [subject for subject in gold.types if f'id   = "{subject}"' not in shipped] == []


def test_subjects_with_a_name_are_found_and_hardly_any_are_found_wrongly(gold: Gold) -> None:
    assert gold.precision("named") >= 0.99
    assert gold.recall("named") >= 0.98


def test_topics_are_found_and_few_are_found_wrongly(gold: Gold) -> None:
    assert gold.precision("topical") >= 0.97
    assert gold.recall("topical") >= 0.97


def test_a_name_that_is_written_otherwise_is_still_recognised(gold: Gold) -> None:
    cued = [item for item in gold.items if item.cue in item.labels]
    missed = [(item.id, item.cue) for item in cued if item.cue in item.missed]
    assert len(missed) <= 0.04 * len(cued), missed


def test_items_about_none_of_it_are_left_alone(gold: Gold) -> None:
    silent = [item for item in gold.items if not item.labels and not item.maybe]
    alarmed = {item.id: sorted(item.found) for item in silent if item.found}
    assert len(silent) > 600
    assert len(alarmed) <= 2, alarmed
