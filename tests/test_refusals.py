"""Refusals: the word for each status, and when a server lets us ask again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core import refusals

NOW = datetime(2026, 3, 3, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "wait"),
    [
        ("0", timedelta(0)),
        ("90", timedelta(seconds=90)),
        ("999999", timedelta(days=7)),
        ("9" * 5000, timedelta(days=7)),
        ("Tue, 03 Mar 2026 12:05:00 GMT", timedelta(minutes=5)),
        ("Tue, 03 Mar 2026 12:05:00 -0000", timedelta(minutes=5)),
        ("Tue, 03 Mar 2026 11:00:00 GMT", timedelta(0)),
        ("Fri, 31 Dec 9999 23:59:59 GMT", timedelta(days=7)),
    ],
)
def test_retry_after_is_read_as_seconds_or_date_and_bounded_to_a_week(text: str, wait: timedelta) -> None:
    assert refusals.retry_at(text, NOW) == NOW + wait


@pytest.mark.parametrize(("status", "code"), [(401, ""), (403, ""), (403, "API_KEY_MISSING")])
def test_a_key_that_was_withheld_is_said_to_be(status: int, code: str) -> None:
    assert refusals.remedy(status, code, "X-Api-Key", "https://new.example") == (
        "the site redirects to another host and the key stays with its own: if https://new.example is where the "
        "source is now, put that address in config.toml"
    )


def test_a_missing_document_elsewhere_is_no_matter_of_the_key() -> None:
    assert "key" not in refusals.remedy(404, "", "X-Api-Key", "https://new.example")


@pytest.mark.parametrize("text", ["", "soon", "-5", "1.5", "²", "Tue, 99 Mar 2026 12:05:00 GMT"])
def test_a_retry_after_that_makes_no_sense_is_no_wish(text: str) -> None:
    assert refusals.retry_at(text, NOW) is None


@given(st.text() | st.from_regex(r"[A-Z][a-z]{2}, [0-9]{1,5} [A-Z][a-z]{2} [0-9]{1,9} .*"))
def test_no_retry_after_breaks_the_reader_or_its_bounds(text: str) -> None:
    moment = refusals.retry_at(text, NOW)
    assert moment is None or NOW <= moment <= NOW + timedelta(days=7)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"null",
        b"[]",
        b'{"error": "no"}',
        b'{"error": {"code": 7}}',
        b'{"error": {"code": "\x1b[31m"}}',
        b'{"error": {"code": "\xff"}}',
        b'{"error":' * 100_000,
    ],
)
def test_a_body_that_names_no_error_code_has_none(body: bytes) -> None:
    assert refusals.error_code(body) == ""
