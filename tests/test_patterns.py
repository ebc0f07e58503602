"""The patterns of watchlists find in folded text what they say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.patterns import as_folded, compile_regex
from monitor.core.text import fold


@pytest.mark.parametrize(
    ("pattern", "text", "is_found"),
    [
        ("réseaux?", "les reseaux", True),
        ("re\u0301seaux", "les réseaux", True),
        (r"r\x{e9}seaux", "les réseaux", True),
        (r"r\xe9seaux", "les réseaux", True),
        (r"\Qréseaux (6G)\E", "les réseaux (6G)", True),
        ("r[ée]seaux", "les réseaux", True),
        ("[A-Za-zÀ-ÿ]+ 6G", "les Réseaux 6G", True),
        ("[À-ÿ]", "any text ~ of [all]", False),
        ("[^À-ÿ]", "a", True),
        ("stra(ß|ss)e", "Straße", True),
        ("straß+e", "Straße", True),
        ("stra[ß]e", "sträse", False),
        ("5G[–—]6G", "5G–6G", True),
        ("5G[‐-―]6G", "5G-6G", True),
        ("5G[a–z]6G", "5Gm6G", False),
        ("（6G）", "(6G)", True),
        ("[０-９]G", "６Ｇ and 6G", True),
        ("5．5G", "525G", False),
        ("[一-龥]{2}省", "総務省", True),
        (r"[\x{4e00}-\x{9fff}]省", "務省", True),
        (r"[]é]x", "ex", True),
        (r"[\]é-]x", "-x", True),
        (r"[[:alpha:]é]\p{Greek}", "eΩ", True),
    ],
)
def test_a_pattern_finds_what_it_says_however_texts_are_folded(
    pattern: str, text: str, is_found: bool
) -> None:
    assert bool(compile_regex(pattern, case=False).search(fold(text).text)) is is_found


@pytest.mark.parametrize(
    ("pattern", "idle"),
    [
        ("[À-ÿ]", ("À-ÿ",)),
        ("[a-zÀ-ÖØ-öø-ÿ]", ("À-Ö", "Ø-ö", "ø-ÿ")),
        ("[ß…]", ("ß", "…")),
        ("[é–ü０-９]ß…", ()),
        ("[一-龥가-힣А-я]", ()),
        (r"[\x{80}-\x{ffff}]", ()),
    ],
)
def test_what_of_a_set_stands_in_no_text_is_named(pattern: str, idle: tuple[str, ...]) -> None:
    assert as_folded(pattern)[1] == idle


@given(st.text(st.characters(max_codepoint=127)))
def test_a_pattern_in_ascii_without_escapes_stays_as_it_is(pattern: str) -> None:
    assert r"\Q" in pattern or as_folded(pattern)[0] == pattern


@given(st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=1))
def test_each_character_finds_itself(text: str) -> None:
    pattern = compile_regex(rf"\x{{{ord(text):x}}}", case=True)
    assert pattern.search(fold(text).text)
