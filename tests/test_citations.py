"""Citations become one id each, in every spelling, and nothing else becomes one."""

from __future__ import annotations

import gzip
import html
import re
import time
from datetime import date
from pathlib import Path

import pytest
from citation_table import CITED, NOT_CITED, RESOLVED
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.citations import Citation, congress_of, congress_on, covers, find, parse

ALONE = [
    ("NSF 25-539", "nsf:25-539"),
    ("NSF25-539", "nsf:25-539"),
    ("nsf25539", "nsf:25-539"),
    ("NSF Program Solicitation 25-539", "nsf:25-539"),
    ("NSF 21-058", "nsf:21-58"),
    ("H.R. 1060 (117th)", "bill:117-hr-1060"),
    ("H. R. 1060, 117th Congress", "bill:117-hr-1060"),
    ("H.R.1060 [117th Cong.]", "bill:117-hr-1060"),
    ("HR 1060 (117)", "bill:117-hr-1060"),
    ("h.r. 1060 of the 117th Congress", "bill:117-hr-1060"),
    ("117th Congress, H.R. 1060", "bill:117-hr-1060"),
    ("117-hr-1060", "bill:117-hr-1060"),
    ("117hr1060", "bill:117-hr-1060"),
    ("hr1060-117", "bill:117-hr-1060"),
    ("BILLS-117hr1060ih", "bill:117-hr-1060"),
    ("BILLSTATUS-117hr1060", "bill:117-hr-1060"),
    ("bill:117-hr-1060", "bill:117-hr-1060"),
    ("Ｈ.Ｒ. 1060", "bill:?-hr-1060"),
    ("S. 1169, 117th Congress", "bill:117-s-1169"),
    ("S 1169 (117th)", "bill:117-s-1169"),
    ("H. Con. Res. 7", "bill:?-hconres-7"),
    ("S.J.Res. 7", "bill:?-sjres-7"),
    ("HJRES 7", "bill:?-hjres-7"),
    ("S. Res. 12 of the 117th Congress", "bill:117-sres-12"),
    ("https://www.congress.gov/bill/117th-congress/house-bill/1060/text", "bill:117-hr-1060"),
    ("https://www.congress.gov/bill/117th-congress/senate-joint-resolution/5", "bill:117-sjres-5"),
    ("https://www.govtrack.us/congress/bills/117/hr1060", "bill:117-hr-1060"),
    ("https://api.congress.gov/v3/bill/117/hr/1060", "bill:117-hr-1060"),
    ("P.L. 116-129", "law:116-129"),
    ("PL 116-129", "law:116-129"),
    ("Pub. L. No. 116–129", "law:116-129"),
    ("Public Law No: 117-167", "law:117-167"),
    ("PLAW-117publ167", "law:117-167"),
    ("FR Doc. 2024-01234", "frdoc:2024-01234"),
    ("FR Doc. 2012-7333", "frdoc:2012-07333"),
    ("frdoc:2012-7333", "frdoc:2012-07333"),
    ("https://www.federalregister.gov/d/2012-7333", "frdoc:2012-07333"),
    ("FR Doc. No. E9–12345", "frdoc:E9-12345"),
    ("FR Doc. E9-00012", "frdoc:E9-12"),
    ("frdoc:E9-12", "frdoc:E9-12"),
    ("FR Doc. C1-2024-01234", "frdoc:C1-2024-01234"),
    ("https://www.federalregister.gov/documents/2024/01/02/2024-01234/a-title", "frdoc:2024-01234"),
    ("https://www.federalregister.gov/d/2024-01234", "frdoc:2024-01234"),
    ("89 FR 12345", "fr:89-12345"),
    ("89 Fed. Reg. 12,345", "fr:89-12345"),
    ("RIN 0694-AJ60", "rin:0694-AJ60"),
    ("15 CFR 744.11", "cfr:15-744.11"),
    ("15 C.F.R. § 744.11(a)", "cfr:15-744.11(a)"),
    ("15 CFR part 744", "cfr:15-744"),
    ("17 CFR § 240.10b-5", "cfr:17-240.10b-5"),
    ("47 U.S.C. 310(d)", "usc:47-310(d)"),
    ("47 USC § 310(d)", "usc:47-310(d)"),
    ("42 U.S.C. 2000e-2", "usc:42-2000e-2"),
    ("DA 25-123", "fcc:DA-25-123"),
    ("DA-25-123A1", "fcc:DA-25-123"),
    ("FCC 24-5", "fcc:FCC-24-5"),
    ("DOC-425157A1", "fcc:DOC-425157"),
    ("GN Docket No. 21-186", "docket:21-186"),
    ("WC Docket 02-60", "docket:02-60"),
    ("grant:23-XYZ", "grant:23-XYZ"),
]


@pytest.mark.parametrize(("text", "id_"), ALONE)
def test_a_text_that_is_one_citation_has_its_id(text: str, id_: str) -> None:
    assert parse(text) == id_


@pytest.mark.parametrize(("text", "ids"), CITED)
def test_a_text_cites_what_a_reader_sees_and_nothing_else(text: str, ids: str) -> None:
    assert [one.id for one in find(text)] == ids.split()


@pytest.mark.parametrize(("text", "ids", "provenances", "congress", "published"), RESOLVED)
def test_a_bill_has_the_congress_that_is_told_best_and_says_by_what(
    text: str, ids: str, provenances: str, congress: int | None, published: date | None
) -> None:
    found = find(text, congress=congress, published=published)
    assert [(one.id, one.provenance) for one in found] == list(
        zip(ids.split(), provenances.split(), strict=True)
    )


@pytest.mark.parametrize("text", NOT_CITED)
def test_a_false_friend_is_no_citation(text: str) -> None:
    assert find(text) == []
    assert parse(text) is None


def test_the_table_is_as_long_as_its_trust_asks() -> None:
    assert len({text for text, _ in CITED}) >= 150
    assert len(set(NOT_CITED)) >= 100


@pytest.mark.parametrize("id_", sorted({id_ for _, ids in CITED for id_ in ids.split()}))
def test_what_was_found_is_found_again_by_its_id(id_: str) -> None:
    assert parse(id_) == id_


@pytest.mark.parametrize(
    "text", ["VINES", "5G", "", "H.R. 1060 and more", "S 1169", "https://example.org/", "12"]
)
def test_other_texts_are_not_one_citation(text: str) -> None:
    assert parse(text) is None


@pytest.mark.parametrize(("text", "id_"), [pair for pair in ALONE if ":" not in pair[0]])
@pytest.mark.parametrize(("before", "after"), [("了", "法案"), ("(see ", ")."), ("", ", which")])
def test_a_citation_is_found_within_a_sentence(text: str, id_: str, before: str, after: str) -> None:
    (citation,) = find(before + text + after)
    assert citation.id == id_
    assert (before + text + after)[citation.start : citation.end] == text


@given(st.integers(80, 149), st.sampled_from(["hr", "s", "hjres", "sconres", "sres"]), st.integers(1, 99999))
def test_an_id_is_its_own_spelling(congress: int, kind: str, number: int) -> None:
    id_ = f"bill:{congress}-{kind}-{number}"
    assert parse(id_) == id_
    assert parse(id_.removeprefix("bill:")) == id_
    assert congress_of(id_) == congress


_SPELLINGS = {
    "bill:{c}-hr-{n}": "H.R. {n} ({c}th)|HR {n}, {c}th Congress|{c} H.R. {n}|{c}-hr-{n}|{c}hr{n}|hr{n}-{c}|BILLS-{c}hr{n}ih|"
    "House Bill {n} ({c}th)|https://www.congress.gov/bill/{c}th-congress/house-bill/{n}",
    "bill:{c}-sjres-{n}": "S.J. Res. {n} ({c}th)|S. J. Res. {n}, {c}th Cong.|{c}-sjres-{n}|Senate Joint Resolution {n} ({c}th)",
    "law:{c}-{s}": "P.L. {c}-{s}|Pub. L. No. {c}-{s}|Public Law {c}-{s}|PLAW-{c}publ{s}|第{c}-{s}号公法",
    "nsf:{y}-{s}": "NSF {y}-{s}|nsf{y}{s}|NSF Program Solicitation {y}-{s}",
    "fcc:DA-{y}-{s}": "DA {y}-{s}|DA-{y}-{s}A1|da-{y}-{s}a1",
    "docket:{y}-{s}": "WT Docket No. {y}-{s}|GN Docket {y}-{s}|FCC Docket No. {y}-{s}|WC Dkt. No. {y}-{s}",
    "fr:{c}-{n}": "{c} FR {n}|{c} Fed. Reg. {n}|{c} F.R. {n}",
    "cfr:{t}-{s}.{n}(a)": "{t} CFR {s}.{n}(a)|{t} C.F.R. § {s}.{n}(a)|section {s}.{n}(a) of title {t}, Code of Federal Regulations",
    "usc:{t}-{n}(d)": "{t} U.S.C. {n}(d)|{t} USC § {n}(d)|section {n}(d) of title {t}, United States Code",
}


@given(
    st.sampled_from([(id_, one) for id_, spelt in _SPELLINGS.items() for one in spelt.split("|")]),
    st.fixed_dictionaries(
        {
            "c": st.integers(104, 119),
            "n": st.integers(1, 9999),
            "s": st.integers(100, 999),
            "t": st.integers(1, 50),
            "y": st.integers(10, 30),
        }
    ),
)
def test_every_spelling_of_an_id_is_that_id(spelling: tuple[str, str], numbers: dict[str, int]) -> None:
    id_, written = (template.format_map(numbers) for template in spelling)
    assert parse(written) == id_


_UNSEEN = st.sampled_from(["", "", "", "", "\u200b", "\u00ad", "\ufeff", "\u2060", "\u200e"])
_DRESSED = {
    "-": st.sampled_from("-\u2010\u2011\u2012\u2013\u2014\u2212\uff0d"),
    " ": st.sampled_from([" ", "\u00a0", "\u2009", "\u3000", "\n", " \t "]),
}


@given(st.sampled_from(CITED), st.data())
def test_what_folding_undoes_changes_no_citation(row: tuple[str, str], data: st.DataObject) -> None:
    text, ids = row
    dressed = "".join(
        data.draw(_DRESSED.get(letter, _wide_or_not(letter))) + data.draw(_UNSEEN) for letter in text
    )
    assert [one.id for one in find(dressed)] == ids.split()


def _wide_or_not(letter: str) -> st.SearchStrategy[str]:
    return st.sampled_from([letter, chr(ord(letter) + 0xFEE0)] if "!" <= letter <= "~" else [letter])


_FRAGMENTS = sorted({part for text in [*NOT_CITED, *(text for text, _ in CITED)] for part in text.split()})


@given(
    st.lists(st.one_of(st.sampled_from(_FRAGMENTS), st.text(max_size=3))), st.sampled_from(["", " ", ", "])
)
def test_no_text_is_too_odd_to_be_read(parts: list[str], between: str) -> None:
    text = between.join(parts)
    ends = 0
    for one in find(text, published=date(2021, 2, 15)):
        assert ends <= one.start < one.end <= len(text)
        assert one.provenance != "unknown"
        assert parse(one.id) == one.id
        ends = one.end


@pytest.mark.parametrize(
    "piece",
    [
        "1",
        ".",
        "S. ",
        "S. 12345 ",
        "S. 1, ",
        "H.R. 1000, 1001, ",
        "117 ",
        "117th Congress, ",
        "1-",
        "A. ",
        "(a)",
        "section 1 of title 5, ",
        "5 U.S.C. 1, ",
        "5 CFR parts 1-",
        "WT Docket Nos. 21-186, ",
        "WT, ",
        "A-2024-",
        "Docket No. A-2",
        "FCC 24-5, ",
        "Pub. L. 116-129, ",
        "One Hundred Twenty-",
        "ecfr.gov/title-1/a/",
        "第117届国会",
    ],
)
def test_reading_takes_time_in_step_with_the_length(piece: str) -> None:
    text = piece * (200_000 // len(piece))
    begun = time.process_time()
    find(text)
    # About 0.4 s for the dearest of these; what grew with the square of the length would take minutes.
    assert time.process_time() - begun < 5


@given(st.text(st.sampled_from("HRS.JCones 0123456789-–()thCFRUDAPLNo\xa0§法")))
def test_every_citation_quotes_what_it_was_read_from(text: str) -> None:
    for citation in find(text):
        assert 0 <= citation.start < citation.end <= len(text)
        assert re.sub(r"\D", "", citation.id)[-1] in text[citation.start : citation.end]


def test_a_list_of_dockets_is_a_citation_each() -> None:
    text = "WC Docket Nos. 19-348, 22-204, and 23-65"
    assert [(one.id, text[one.start : one.end]) for one in find(text)] == [
        ("docket:19-348", "WC Docket Nos. 19-348"),
        ("docket:22-204", "22-204"),
        ("docket:23-65", "23-65"),
    ]


def test_a_stated_congress_holds_for_the_same_bill_elsewhere_in_the_text() -> None:
    stated, repeated = find("H.R. 1060 (117th) … H.R. 1060", congress=118)
    assert (stated.id, stated.provenance) == ("bill:117-hr-1060", "stated")
    assert (repeated.id, repeated.provenance) == ("bill:117-hr-1060", "document")


def test_the_only_congress_that_a_text_names_is_that_of_its_bills() -> None:
    (citation,) = find("In the 116th Congress, many spoke for S. 893.", published=date(2021, 5, 1))
    assert (citation.id, citation.provenance) == ("bill:116-s-893", "document")


def test_two_congresses_in_a_text_decide_nothing() -> None:
    (citation,) = find("H.R. 7 waited from the 116th Congress to the 117th Congress.")
    assert (citation.id, citation.provenance) == ("bill:?-hr-7", "unknown")


def test_what_else_the_document_names_comes_before_the_source_and_the_date() -> None:
    known = ["bill:116-hr-7"]
    (citation,) = find("on H.R. 7", known=known, congress=117, published=date(2023, 5, 1))
    assert (citation.id, citation.provenance) == ("bill:116-hr-7", "document")


def test_the_source_comes_before_the_date() -> None:
    (citation,) = find("on H.R. 7", congress=117, published=date(2023, 5, 1))
    assert (citation.id, citation.provenance) == ("bill:117-hr-7", "source")


def test_a_congress_from_the_date_is_marked_as_inferred() -> None:
    assert find("on H.R. 7", published=date(2021, 2, 15)) == [
        Citation(id="bill:117-hr-7", start=3, end=9, provenance="inferred")
    ]


def test_a_url_says_that_it_is_one() -> None:
    (citation,) = find("https://www.congress.gov/bill/117th-congress/house-bill/1060")
    assert citation.provenance == "url"


@pytest.mark.parametrize(
    ("day", "congress"),
    [
        (date(2021, 1, 1), 116),
        (date(2021, 1, 2), 116),
        (date(2021, 1, 3), 117),
        (date(2022, 1, 1), 117),
        (date(2023, 1, 2), 117),
        (date(2023, 1, 3), 118),
        (date(1789, 3, 4), 1),
    ],
)
def test_a_new_congress_begins_on_the_third_of_january_of_odd_years(day: date, congress: int) -> None:
    assert congress_on(day) == congress


def test_a_part_covers_its_sections_and_not_the_other_way_round() -> None:
    assert covers("cfr:15-744", "cfr:15-744.11(a)")
    assert covers("usc:47-310", "usc:47-310(d)")
    assert not covers("cfr:15-744.11", "cfr:15-744")
    assert not covers("cfr:15-74", "cfr:15-744")


def test_a_bill_without_congress_covers_that_number_in_every_congress() -> None:
    assert covers("bill:?-hr-1060", "bill:117-hr-1060")
    assert covers("bill:117-hr-1060", "bill:?-hr-1060")
    assert not covers("bill:117-hr-1060", "bill:118-hr-1060")
    assert not covers("bill:?-hr-1060", "bill:117-s-1060")


@pytest.mark.real
def test_an_issue_of_the_register_gives_the_same_ids_with_en_dashes(real_data: Path) -> None:
    text = _register(real_data)
    ids = [one.id for one in find(text)]
    assert [one.id for one in find(text.replace("-", "–"))] == ids


@pytest.mark.real
def test_every_document_number_of_an_issue_of_the_register_is_found(real_data: Path) -> None:
    text = _register(real_data)
    printed = re.findall(r"\[FR Doc\. (\S+) Filed", text)
    assert len(printed) > 90
    assert {f"frdoc:{number}" for number in printed} <= {one.id for one in find(text)}


def _register(real_data: Path) -> str:
    packed = (real_data / "federal-register" / "FR-2024-02-12.xml.gz").read_bytes()
    return html.unescape(re.sub(r"<[^>]+>", " ", gzip.decompress(packed).decode()))
