"""Folding makes spellings equal and leads back to the source; plain text carries nothing but words."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.text import fold, line, plain

# Characters that folding treats in different ways, mixed with any others.
TEXTS = st.text(
    st.characters()
    | st.sampled_from(
        " \t\n\xa0\u2009\u3000\u200b\xad\u2013\u2212\uff0d\u0301\u0323aeAB5５Ｇｶﾞ\u1100\u1161\u11a8가¨ﷺ™²半İㄱ’"
    )
)


@given(TEXTS)
def test_folding_is_idempotent(text: str) -> None:
    once = fold(text).text
    assert fold(once).text == once


@given(TEXTS)
def test_small_letters_stand_where_the_letters_stand(text: str) -> None:
    folded = fold(text)
    assert len(folded.lower) == len(folded.text)


@given(TEXTS, st.data())
def test_a_span_quotes_the_source_of_what_was_found(text: str, data: st.DataObject) -> None:
    folded = fold(text)
    if not folded.text:
        return
    start = data.draw(st.integers(0, len(folded.text) - 1))
    end = data.draw(st.integers(start + 1, len(folded.text)))
    first, last = folded.span(start, end)
    assert 0 <= first < last <= len(text)
    assert folded.quote(start, end) == text[first:last]
    assert folded.text[start:end].strip() in fold(text[first:last]).text


@given(st.text(st.characters(categories=["Lu", "Ll", "Lo", "Nd"], exclude_characters="ŉØøĐđŁłĦħŦŧıßẞÆæŒœ")))
def test_folding_letters_and_digits_is_nfkc_without_latin_accents(text: str) -> None:
    even = re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text))
    bases = (unicodedata.normalize("NFD", each)[0] for each in even)
    assert fold(text).text == "".join(
        base if base.isascii() else each for each, base in zip(even, bases, strict=True)
    )


@given(TEXTS)
def test_accents_change_nothing_of_what_is_folded(text: str) -> None:
    accented = re.sub("[a-zA-Z]", lambda letter: letter[0] + "\u0301", text)
    assert fold(accented).text == fold(re.sub("(?<=[a-zA-Z])[\u0300-\u036f]+", "", text)).text


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Open\u2011RAN", "Open-RAN"),
        ("NSF 25–539", "NSF 25-539"),
        ("116−129", "116-129"),
        ("５Ｇ　通信", "5G 通信"),
        ("Trade\xa0and\u202fDevelopment", "Trade and Development"),
        ("two\r\n  lines", "two lines"),
        ("soft\xadware", "software"),
        ("zero\u200bwidth", "zerowidth"),
        ("VINES™ and 6G²", "VINES and 6G "),
        ("People’s", "People's"),
        ("ｵｰﾌﾟﾝ", "オープン"),
        ("cafe\u0301", "cafe"),
        ("réseaux de nouvelle génération", "reseaux de nouvelle generation"),
        ("Škoda, Łódź, Ørsted, Đà Nẵng, ĞÜŞ ıİ", "Skoda, Lodz, Orsted, Da Nang, GUS iI"),
        ("Straße Æther œuvre", "Strasse AEther oeuvre"),
        ("ǅ ŉ ĳ \ufb01", "Dz 'n ij fi"),
        ("й ё ή が", "й ё ή が"),
        ("サーバー", "サーバー"),
    ],
)
def test_spellings_of_the_same_words_become_equal(text: str, folded: str) -> None:
    assert fold(text).text == folded


def test_an_ascii_text_is_its_own_folded_text() -> None:
    text = "H.R. 1060 (117th Congress)"
    assert fold(text).text is text


def test_evidence_keeps_the_publishers_characters() -> None:
    folded = fold("about\xa0 ５Ｇ\u200b networks")
    at = folded.text.index("5G")
    assert folded.quote(at, at + 2) == "５Ｇ"


def test_the_turkish_capital_does_not_shift_what_follows() -> None:
    folded = fold("İstanbul 5G")
    assert folded.lower.index("5g") == folded.text.index("5G")


def test_a_pile_of_accents_is_cut_short() -> None:
    assert len(fold("a" + "\u0301\u0323" * 10_000).text) <= 32


@pytest.mark.parametrize(
    "text", ["a < b", "AT&T", "R&D; S&P", "if a <b and c> d", "x <name@example.org> y", "?a=1&copy=2", "x&y;"]
)
def test_a_text_without_markup_comes_through_unharmed(text: str) -> None:
    assert plain(text) == text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>Hello <b>5</b>G</p><p>next</p>", "Hello 5G\nnext"),
        ("one<br/>two<BR>three", "one\ntwo\nthree"),
        ("<p>one\n   line</p>", "one line"),
        ("AT&amp;T", "AT&T"),
        ("AT&amp;amp;T", "AT&T"),
        ("&lt;p&gt;AT&amp;amp;T&lt;/p&gt;", "AT&T"),
        ("Be&#108;t and&nbsp;Road", "Belt and Road"),
        ("<p>the &lt;b&gt; element</p>", "the <b> element"),
        ("<![CDATA[<i>x</i> & y]]>", "x & y"),
        ("<script>alert(1)</script>text<style>p{}</style>", "text"),
        ("text <!-- hidden --> more", "text more"),
        ("<p title='a>b'>x</p>", "x"),
        ("", ""),
        ("&nbsp;", ""),
    ],
)
def test_markup_becomes_what_a_person_reads(markup: str, text: str) -> None:
    assert plain(markup) == text


@pytest.mark.parametrize(
    ("hostile", "text"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07after", "after"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("&#27;[2Jx", "[2Jx"),
        ("a\x00b\x07c\x9bd", "abcd"),
        ("a\u202eb", "ab"),
        ("a\ud800b", "ab"),
    ],
)
def test_nothing_is_left_that_a_terminal_obeys(hostile: str, text: str) -> None:
    assert plain(hostile) == text


def test_a_stray_control_character_does_not_swallow_the_text() -> None:
    assert plain("â\x80\x9dquoted words") == "âquoted words"


@given(st.text(st.sampled_from("<>&;#x27pab/!-[]\x1b\x00\n\ud800")))
def test_plain_text_prints_on_any_terminal(text: str) -> None:
    shown = plain(text)
    shown.encode()
    assert not any(unicodedata.category(one) in {"Cc", "Cs"} and one != "\n" for one in shown)


def test_deep_nesting_is_read() -> None:
    assert plain("<div>" * 50_000 + "deep") == "deep"


def test_a_title_is_one_line() -> None:
    assert line("<p>two</p>\n<p>lines</p>") == "two lines"
