"""Citations become one id each, in every spelling, and nothing else becomes one."""

from __future__ import annotations

import gzip
import html
import re
from datetime import date
from pathlib import Path

import pytest
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

# Each looks like a citation and is none.
FALSE_FRIENDS = [
    "Cong. Rec. S13640",
    "Cong. Rec. S. 1326",
    "CR S1326",
    "Room S3323",
    "S. Korea",
    "S. 5G",
    "U.S. 5",
    "U. S. 50 states",
    "H.R. McMaster",
    "HR 24/7",
    "HR 2024 plan",
    "S. Rept. 117-12",
    "H. Rept. 117-5",
    "S. Hrg. 117-3",
    "S.Amdt. 1502",
    "Smith, S. 2021. On fields",
    "Galaxy S24",
    "S3 bucket",
    "PL 2023-24 season",
    "12 FR",
    "NSF 2024-2025",
    "RM 5000",
    "12 stat 5",
    "24 FCC Rcd 123",
    "a 100s5 motor",
    "99 CFR 12",
    "call 555-0694",
]


@pytest.mark.parametrize(("text", "id_"), ALONE)
def test_a_text_that_is_one_citation_has_its_id(text: str, id_: str) -> None:
    assert parse(text) == id_


@pytest.mark.parametrize("text", FALSE_FRIENDS)
def test_a_false_friend_is_no_citation(text: str) -> None:
    assert find(text) == []
    assert parse(text) is None


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
