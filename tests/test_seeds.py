"""The catalogue of subjects: it can be read, it is whole, and it holds no text of the documents."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

SEEDS = Path(__file__).resolve().parent.parent / "seeds"
FILES = sorted(SEEDS.glob("*.toml"))
LINES = {"us-japan-5g-containment": 187, "us-6g-alliance": 241}  # newlines in each document
KEYS = {
    "id",
    "name",
    "zh",
    "acronym",
    "aliases",
    "known_as",
    "kind",
    "importance",
    "identifiers",
    "line",
    "note",
    "not_watched",
}
IDENTIFIER = re.compile(
    r"(bill:\d+-[a-z]+-\d+|law:\d+-\d+|nsf:\d\d-\d{3}|cfr:[\d.-]+|(domain|rand|eu|jp-law|3gpp-tr):\S.*)"
)

Subject = Mapping[str, Any]


def subjects(file: Path) -> list[Subject]:
    found: list[Subject] = tomllib.loads(file.read_text(encoding="utf-8"))["subject"]
    return found


def all_subjects() -> dict[str, Subject]:
    return {subject["id"]: subject for file in FILES for subject in subjects(file)}


def test_there_is_one_file_a_document() -> None:
    assert {file.stem for file in FILES} == set(LINES)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_file_names_its_document(file: Path) -> None:
    document = tomllib.loads(file.read_text(encoding="utf-8"))["document"]
    assert document["id"] == file.stem
    assert all(document[key] for key in ("name", "zh", "publisher", "date", "kind", "language"))


def test_the_catalogue_holds_165_subjects_of_which_38_are_followed_for_their_own_sake() -> None:
    found = all_subjects()
    assert len(found) == 165
    assert sum(subject["importance"] == 3 for subject in found.values()) == 38


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_ids_are_unique_in_a_file(file: Path) -> None:
    ids = [subject["id"] for subject in subjects(file)]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", id_) for id_ in ids)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_subject_says_what_it_is_and_where_it_stands(file: Path) -> None:
    for subject in subjects(file):
        assert set(subject) <= KEYS, subject["id"]
        assert subject["name"], subject["id"]
        assert subject["kind"], subject["id"]
        assert subject["importance"] in {1, 2, 3}, subject["id"]
        lines = subject["line"]
        assert lines, subject["id"]
        assert lines == sorted(set(lines)), subject["id"]
        assert all(type(line) is int and 1 <= line <= LINES[file.stem] + 1 for line in lines), subject["id"]


def test_a_subject_of_both_documents_differs_only_in_its_lines() -> None:
    first, second = ({subject["id"]: dict(subject) for subject in subjects(file)} for file in FILES)
    shared = first.keys() & second.keys()
    assert len(shared) == 13
    for id_ in shared:
        assert {**first[id_], "line": []} == {**second[id_], "line": []}, id_


def test_identifiers_are_written_as_the_monitor_writes_them() -> None:
    for subject in all_subjects().values():
        for identifier in subject.get("identifiers", []):
            assert IDENTIFIER.fullmatch(identifier), identifier


def test_the_two_acts_with_like_names_have_no_number_in_common() -> None:
    found = all_subjects()
    siting = found["hr1060-wireless-leadership-act"]["identifiers"]
    standards = found["promoting-us-wireless-leadership-act"]["identifiers"]
    assert "bill:117-hr-1060" in siting
    assert "bill:117-hr-3003" in standards
    assert not set(siting) & set(standards)


def test_names_are_names_and_not_sentences_of_the_documents() -> None:
    """No quotations: no such key, and no name as long as a sentence or with a sentence's punctuation."""
    for subject in all_subjects().values():
        names = [
            subject["name"],
            subject.get("zh", ""),
            *subject.get("aliases", []),
            *subject.get("known_as", []),
        ]
        for name in names:
            assert len(name) <= 140, name
            assert not re.search("[。！？；]", name), name


def test_only_what_has_no_wording_of_its_own_is_not_watched() -> None:
    found = all_subjects()
    unwatched = {id_ for id_, subject in found.items() if "not_watched" in subject}
    assert unwatched == {
        "us-japan-containment-china-5g",
        "us-japan-third-country-key-projects",
        "us-congress",
    }
    assert all(found[id_]["importance"] > 1 for id_ in unwatched)
