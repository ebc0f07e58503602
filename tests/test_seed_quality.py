"""`monitor seed` over the two documents that a person has read: what is found, and what is proposed beside it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from seed_reading import is_named

from monitor.app.seeding import known_names, read_document
from monitor.core.extraction import Proposal, propose
from monitor.core.extraction.mentions import loose

BESIDE = Path(__file__).resolve().parent.parent.parent / "shared" / "seeds"
DOCUMENTS = ("us-japan-5g-containment", "us-6g-alliance")

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(
        not BESIDE.is_dir(), reason=f"{BESIDE}: the documents and their reading are not there"
    ),
]


@cache
def proposals(document: str) -> tuple[Proposal, ...]:
    return tuple(propose([read_document(BESIDE / f"{document}.txt")], known_names()))


@cache
def reading() -> tuple[dict[str, Any], ...]:
    return tuple(json.loads((BESIDE / "subjects.json").read_text(encoding="utf-8")))


def is_subject(proposal: Proposal, subject: dict[str, Any], document: str) -> bool:
    names = [
        subject["name_en"],
        subject["name_zh"],
        subject["acronym"],
        *subject["aliases"],
        *subject["world_aliases"],
    ]
    numbers = [
        f"{scheme}:{one[key]}"
        for one in subject["identifiers"]
        for key, scheme in (("bill", "bill"), ("public_law", "law"), ("nsf", "nsf"))
        if key in one
    ]
    quotes = [one["quote"] for one in subject["evidence"] if one["doc"] == document]
    return is_named(proposal, [name for name in (*names, *numbers) if name], quotes)


@cache
def found() -> frozenset[str]:
    return frozenset(
        subject["id"]
        for document in DOCUMENTS
        for subject in reading()
        if document in subject["documents"]
        and any(is_subject(one, subject, document) for one in proposals(document))
    )


def share(subjects: list[dict[str, Any]]) -> float:
    return sum(one["id"] in found() for one in subjects) / len(subjects)


def test_what_is_followed_for_its_own_sake_is_found() -> None:
    assert share([one for one in reading() if one["importance"] == 3]) >= 0.97


def test_what_is_needed_to_understand_it_is_found() -> None:
    assert share([one for one in reading() if one["importance"] >= 2]) >= 0.96


def test_background_is_found() -> None:
    assert share([one for one in reading() if one["importance"] == 1]) >= 0.9


def test_what_the_documents_print_by_name_is_found() -> None:
    texts = {name: loose(read_document(BESIDE / f"{name}.txt").text) for name in DOCUMENTS}
    printed = [
        one
        for one in reading()
        if any(
            name and len(loose(name)) > 1 and loose(name) in texts[document]
            for document in one["documents"]
            for name in (one["name_zh"], one["acronym"], *one["aliases"])
        )
    ]
    assert len(printed) >= 110
    assert share(printed) >= 0.96


def test_little_is_proposed_that_a_reader_would_not() -> None:
    made = [(document, one) for document in DOCUMENTS for one in proposals(document)]
    good = sum(
        any(is_subject(one, subject, document) for subject in reading() if document in subject["documents"])
        for document, one in made
    )
    assert good / len(made) >= 0.95


def test_no_two_proposals_are_one_ministry() -> None:
    ministry = [one for one in proposals(DOCUMENTS[0]) if is_named(one, ["日本总务省", "日本内政和通信部"])]
    assert len(ministry) == 1
    assert {"日本总务省", "日本内政和通信部"} <= {ministry[0].zh, *ministry[0].aliases}


def test_signed_links_footnote_digits_and_authors_are_not_proposed() -> None:
    for document in DOCUMENTS:
        for one in proposals(document):
            assert not any("X-Amz" in source or "Signature" in source for source in one.sources)
            assert not loose(one.name).isdigit()
            assert "邮电大学" not in one.name
