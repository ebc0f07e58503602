"""The numbers of the Federal Register's documents: one key for each, however it is printed."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.records.register_documents import agency_names, document_key, document_number


@pytest.mark.parametrize(
    ("printed", "number"),
    [
        ("2024-01234", "2024-01234"),
        ("2012-7333", "2012-07333"),
        ("2012-07333", "2012-07333"),
        ("2012–007333", "2012-07333"),
        ("C1-2012-7333", "C1-2012-07333"),
        ("R1-2024-01234", "R1-2024-01234"),
        ("E9-12345", "E9-12345"),
        ("E9-00123", "E9-123"),
        ("02-001234", "02-1234"),
        ("94-123", "94-123"),
        (" e9‑12345 ", "E9-12345"),
        ("2026-123456", "2026-123456"),
        ("2026-12A45", "2026-12A45"),
    ],
)
def test_zeros_and_dashes_do_not_make_another_document(printed: str, number: str) -> None:
    assert document_number(printed) == number
    assert document_key(printed) == f"frdoc:{number}"


@pytest.mark.parametrize("text", ["", "N/A", "2024", "2024-", "-01234", "89 FR 12345", "²-²", "1" * 500])
def test_what_is_no_number_has_no_key(text: str) -> None:
    assert (document_number(text), document_key(text)) == ("", "")


@given(st.text(max_size=20) | st.from_regex(r"(C1-)?[0-9]{4}[-–]0{0,3}[0-9]{1,5}", fullmatch=True))
def test_a_number_once_brought_to_its_form_stays_as_it_is(text: str) -> None:
    assert document_number(document_number(text)) == document_number(text)


@given(st.integers(1994, 2099), st.integers(0, 99_999), st.integers(0, 4))
def test_a_number_is_the_same_with_however_many_zeros(year: int, serial: int, zeros: int) -> None:
    assert document_number(f"{year}-{'0' * zeros}{serial}") == f"{year}-{serial:05}"


def test_agencies_are_named_once_by_the_best_name_that_is_sent() -> None:
    agencies = [{"name": "An <b>Office</b>", "raw_name": "AN OFFICE"}, {"raw_name": "ANOTHER"}, {}, None, "x"]
    assert agency_names({"agencies": agencies}) == "An Office; ANOTHER"
    assert agency_names(None) == ""


@pytest.mark.real
def test_every_real_number_is_already_in_its_form(real_data: Path) -> None:
    page = gzip.decompress(
        (real_data / "federal-register" / "fr-api-documents-2024-01-1000.json.gz").read_bytes()
    )
    numbers = [record["document_number"] for record in json.loads(page)["results"]]
    assert [document_number(number) for number in numbers] == numbers
