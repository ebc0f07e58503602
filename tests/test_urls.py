"""URLs as they are shown: no key, no password, nothing that a terminal would obey."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.urls import redact

SECRET_PARAMETERS = [
    "api_key",
    "apikey",
    "apiKey",
    "key",
    "token",
    "access_token",
    "secret",
    "client_secret",
    "signature",
    "X-Amz-Signature",
    "X-Amz-Credential",
    "AWSAccessKeyId",
    "subscription-key",
    "sig",
    "auth",
    "password",
    "api%5Fkey",
    "API_KEY",
]


@pytest.mark.parametrize("name", SECRET_PARAMETERS)
def test_a_parameter_that_looks_like_a_key_is_masked(name: str) -> None:
    url = f"https://api.example/v3/bill?limit=5&{name}=hunter2&offset=10"
    assert redact(url) == f"https://api.example/v3/bill?limit=5&{name}=●●●&offset=10"


def test_what_a_reader_needs_stays() -> None:
    url = (
        "https://www.federalregister.gov/api/v1/documents.json?conditions%5Bterm%5D=5G&keyword=6G&page=2&key"
    )
    assert redact(url) == url


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://me:hunter2@site.example/feed", "https://●●●@site.example/feed"),
        ("https://me:hunt@er2@site.example", "https://●●●@site.example"),
        ("//me:hunter2@site.example/", "//●●●@site.example/"),
        ("https://site.example/@someone/feed", "https://site.example/@someone/feed"),
        ("https://site.example/#access_token=hunter2", "https://site.example/"),
        ("https://site.example/?a=1;token=hunter2", "https://site.example/?a=1;token=●●●"),
        ("https://site.example/\x1b[31m\r\n\u202eevil", "https://site.example/%1B[31m%0D%0A%202Eevil"),
    ],
)
def test_user_fragment_and_control_characters_are_not_shown(url: str, shown: str) -> None:
    assert redact(url) == shown


@given(st.text())
def test_any_text_comes_out_printable_and_short(text: str) -> None:
    shown = redact("https://site.example/" + text)
    assert shown.isprintable()
    assert len(shown) <= 300


@given(st.text(alphabet="abcxyz0189-_.~%", min_size=1), st.sampled_from(SECRET_PARAMETERS))
def test_redacting_twice_changes_nothing_more(value: str, name: str) -> None:
    once = redact(f"https://site.example/?{name}=S3CR3T{value}&page=1")
    assert "S3CR3T" not in once
    assert redact(once) == once
