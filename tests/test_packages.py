"""GovInfo's package ids: each under the key that other sources of the same document use."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core import citations
from monitor.core.records.packages import issue_day, package, package_named


@pytest.mark.parametrize(
    ("id_", "key", "kind"),
    [
        ("BILLSTATUS-119hr1765", "bill:119-hr-1765", "bill"),
        ("BILLS-119hr1765ih", "govinfo:BILLS-119hr1765ih", "bill text"),
        ("PLAW-117publ108", "law:117-108", "law"),
        ("PLAW-117publ008", "law:117-8", "law"),
        ("PLAW-117pvtl1", "private-law:117-1", "law"),
        ("CRPT-118hrpt12", "report:118-hrpt-12", "report"),
        ("CRPT-118HRPT12-pt2", "report:118-hrpt-12-2", "report"),
        ("CRPT-118hrpt12-pt1", "report:118-hrpt-12", "report"),
        ("CRPT-117erpt4", "report:117-erpt-4", "report"),
        ("CHRG-117hhrg46926", "hearing:117-house-46926", "hearing"),
        ("CHRG-117shrg46926", "hearing:117-senate-46926", "hearing"),
        ("CHRG-117jhrg46926", "hearing:117-nochamber-46926", "hearing"),
        ("CHRG-117hhrg46926v1", "govinfo:CHRG-117hhrg46926v1", "document"),
        ("CPRT-118HPRT53034", "govinfo:CPRT-118HPRT53034", "document"),
        ("FR-2024-02-12", "govinfo:FR-2024-02-12", "document"),
        ("GAOREPORTS-GAO-04-1", "govinfo:GAOREPORTS-GAO-04-1", "document"),
        ("BILLS-119xx1765ih", "govinfo:BILLS-119xx1765ih", "document"),
    ],
)
def test_an_id_becomes_the_document_s_own_number_where_it_has_one(id_: str, key: str, kind: str) -> None:
    found = package(id_)
    assert found is not None
    assert (found.key, found.kind, found.id) == (key, kind, id_)


@pytest.mark.parametrize("id_", ["BILLSTATUS-119hr1765", "PLAW-117publ108"])
def test_a_key_is_the_citation_that_watchlists_use(id_: str) -> None:
    found = package(id_)
    assert found is not None
    assert citations.parse(found.key) == found.key


@pytest.mark.parametrize(
    ("id_", "bill", "version"),
    [
        ("BILLS-119hr1765ih", "bill:119-hr-1765", "introduced in House"),
        ("BILLS-115s2246rfh", "bill:115-s-2246", "referred in House"),
        ("BILLS-115sconres35ats", "bill:115-sconres-35", "agreed to Senate"),
        ("BILLS-115hr1625enr", "bill:115-hr-1625", "enrolled bill"),
        ("BILLS-113s744zz2", "bill:113-s-744", "zz2"),
    ],
)
def test_a_bill_s_text_belongs_to_the_bill_and_names_its_version(id_: str, bill: str, version: str) -> None:
    found = package(id_)
    assert found is not None
    assert found.identifiers == (bill,)
    assert found.details["version"] == version


def test_a_bill_s_status_is_dated_anew_with_every_batch_so_its_date_is_not_the_bill_s() -> None:
    found = package("BILLSTATUS-119hr1765")
    assert found is not None
    assert not found.dated
    assert found.url == "https://www.congress.gov/bill/119th-congress/house-bill/1765"


@pytest.mark.parametrize(
    "text",
    [
        "CRPT-118hrpt12",
        "https://www.govinfo.gov/app/details/CRPT-118hrpt12",
        "https://www.govinfo.gov/app/details/CRPT-118hrpt12/CRPT-118hrpt12?utm_source=rss",
        "https://www.govinfo.gov/content/pkg/CRPT-118hrpt12/pdf/CRPT-118hrpt12.pdf",
    ],
)
def test_a_package_is_found_in_its_addresses(text: str) -> None:
    found = package_named(text)
    assert found is not None
    assert found.key == "report:118-hrpt-12"


@pytest.mark.parametrize(
    "text",
    ["", "CRPT", "-1", "CRPT-", "hrpt 12", "../CRPT-1", "CRPT-1\n2", "CRPT-" + "9" * 200, "ＣＲＰＴ-1"],
)
def test_what_is_no_id_is_no_package(text: str) -> None:
    assert package(text) is None


@given(
    st.text(max_size=40)
    | st.from_regex(r"(BILLS|PLAW|CRPT|CHRG)-\d{0,4}[a-z]{0,6}\d{0,12}.{0,4}", fullmatch=True)
)
def test_any_text_is_a_package_with_a_key_or_none(text: str) -> None:
    found = package_named(text)
    assert found is None or (found.key and found.url.startswith("https://www."))


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2019-04-02", "2019-04-02"),
        ("2020-11-20T12:00:00Z", "2020-11-20"),  # noon says nothing
        ("2019-04-02T00:00:00Z", "2019-04-02"),  # nor does midnight somewhere
        ("Tue, 02 Apr 2019 04:00:00 GMT", "2019-04-02"),
        ("Tue, 02 Apr 2019 00:00:00 -0400", "2019-04-02"),
        ("Tue, 02 Apr 2019 00:00:00 GMT", "2019-04-02"),
        ("2019-02-30", None),
        ("0000-01-01", None),
        ("soon", None),
        ("", None),
    ],
)
def test_a_day_of_issue_is_the_printed_day_and_never_a_time(text: str, day: str | None) -> None:
    found = issue_day(text)
    assert (str(found) if found else None) == day
    assert found is None or (found.precision, found.text) == ("day", text)
