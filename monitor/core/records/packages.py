"""GovInfo's packages: what each id names, under the number that the document has of its own.

BILLS-119hr1765ih → govinfo:BILLS-119hr1765ih, of bill:119-hr-1765     PLAW-117publ108    → law:117-108
BILLSTATUS-119hr1765 → bill:119-hr-1765                                CRPT-118hrpt12-pt2 → report:118-hrpt-12-2
FR-2024-02-12 → govinfo:FR-2024-02-12                                  CHRG-117hhrg46926  → hearing:117-house-46926
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from email.utils import parsedate_to_datetime

from monitor.core.bills import bill, law
from monitor.core.dates import When, on_day
from monitor.core.text import line

_ID = re.compile(r"[A-Z][A-Z0-9]{1,15}-[A-Za-z0-9][\w.()-]{0,120}", re.ASCII)
_IN_ADDRESS = re.compile(r"govinfo\.gov/(?:app/details|content/pkg)/([^/?#\s]+)", re.ASCII)
_BILL_TEXT = re.compile(r"BILLS-(\d{2,3})([a-z]+?)(\d+)([a-z]{2,4}\d{0,2})", re.ASCII | re.IGNORECASE)
_BILL_STATUS = re.compile(r"BILLSTATUS-(\d{2,3})([a-z]+)(\d+)", re.ASCII | re.IGNORECASE)
_LAW = re.compile(r"PLAW-(\d{2,3})(publ|pvtl)0*(\d{1,4})", re.ASCII | re.IGNORECASE)
_REPORT = re.compile(r"CRPT-(\d{2,3})([hse]rpt)0*(\d{1,5})(?:-pt(\d{1,2}))?", re.ASCII | re.IGNORECASE)
_HEARING = re.compile(r"CHRG-(\d{2,3})([hsj])hrg(\d{1,9})", re.ASCII | re.IGNORECASE)
_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(?:T.*)?", re.ASCII)

# As congress.gov names them; a joint hearing is of no chamber.
_CHAMBERS = {"h": "house", "s": "senate", "j": "nochamber"}
# https://www.govinfo.gov/help/bills: the codes that end a bill text's id. A code that is not here is shown as it is.
_VERSIONS = {
    "ash": "additional sponsors House",
    "ath": "agreed to House",
    "ats": "agreed to Senate",
    "cdh": "committee discharged House",
    "cds": "committee discharged Senate",
    "cph": "considered and passed House",
    "cps": "considered and passed Senate",
    "eah": "engrossed amendment House",
    "eas": "engrossed amendment Senate",
    "eh": "engrossed in House",
    "enr": "enrolled bill",
    "es": "engrossed in Senate",
    "fph": "failed passage House",
    "fps": "failed passage Senate",
    "hdh": "held at desk House",
    "hds": "held at desk Senate",
    "ih": "introduced in House",
    "is": "introduced in Senate",
    "lth": "laid on table in House",
    "lts": "laid on table in Senate",
    "pap": "printed as passed",
    "pch": "placed on calendar House",
    "pcs": "placed on calendar Senate",
    "pp": "public print",
    "rch": "reference change House",
    "rcs": "reference change Senate",
    "rdh": "received in House",
    "rds": "received in Senate",
    "rfh": "referred in House",
    "rfs": "referred in Senate",
    "rh": "reported in House",
    "rs": "reported in Senate",
    "rth": "referred to committee House",
    "rts": "referred to committee Senate",
    "sc": "sponsor change",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """What a package id names: the item's key and kind, what it belongs to, and what more the id tells.

    `dated` if the package's date of issue is the document's: a bill's status is issued anew with every batch.
    """

    id: str
    key: str
    kind: str
    url: str
    identifiers: tuple[str, ...] = ()
    details: Mapping[str, str] = field(default_factory=dict)
    dated: bool = True


def package(text: str) -> Package | None:
    """The package of that id, or None where the text is no id. Ids of every collection are taken."""
    id_ = text.strip()
    if not _ID.fullmatch(id_):
        return None
    for read in (_bill_text, _bill_status, _law, _report, _hearing):
        if found := read(id_):
            return found
    return _package(id_)


def package_named(text: str) -> Package | None:
    """The package that an id, or an address on govinfo.gov, names."""
    match = _IN_ADDRESS.search(text)
    return package(match[1] if match else text)


def issue_day(text: str) -> When | None:
    """The day of issue, however printed: GovInfo adds times (noon, midnight somewhere) that say nothing."""
    printed = line(text)
    try:
        match = _DAY.fullmatch(printed)
        day = date.fromisoformat(match[1]) if match else parsedate_to_datetime(printed).date()
        return on_day(day, text=printed)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _package(
    id_: str, *, key: str = "", kind: str = "document", identifiers: tuple[str, ...] = (), **told: str
) -> Package:
    return Package(
        id=id_,
        key=key or f"govinfo:{id_}",
        kind=kind,
        url=f"https://www.govinfo.gov/app/details/{id_}",
        identifiers=identifiers,
        details={"collection": id_.partition("-")[0], **told},
    )


def _bill_text(id_: str) -> Package | None:
    match = _BILL_TEXT.fullmatch(id_)
    named = bill(match[1], match[2], match[3]) if match else None
    if match is None or named is None:
        return None
    version = _VERSIONS.get(match[4].lower(), match[4].lower())
    congress = str(named.congress)
    return _package(id_, kind="bill text", identifiers=(named.key,), congress=congress, version=version)


def _bill_status(id_: str) -> Package | None:
    match = _BILL_STATUS.fullmatch(id_)
    named = bill(match[1], match[2], match[3]) if match else None
    if named is None:
        return None
    told = {"congress": str(named.congress)}
    return Package(id=id_, key=named.key, kind="bill", url=named.url, details=told, dated=False)


def _law(id_: str) -> Package | None:
    match = _LAW.fullmatch(id_)
    if match is None:
        return None
    kind = "Private Law" if match[2].lower() == "pvtl" else "Public Law"
    return _package(id_, key=law(f"{match[1]}-{match[3]}", kind), kind="law", congress=match[1])


def _report(id_: str) -> Package | None:
    match = _REPORT.fullmatch(id_)
    if match is None:
        return None
    # Part 1 has the key of the whole, for congress.gov gives that number to reports without parts too.
    part = f"-{int(match[4])}" if match[4] and int(match[4]) > 1 else ""
    key = f"report:{match[1]}-{match[2].lower()}-{match[3]}{part}"
    return _package(id_, key=key, kind="report", congress=match[1])


def _hearing(id_: str) -> Package | None:
    match = _HEARING.fullmatch(id_)
    if match is None:
        return None
    key = f"hearing:{match[1]}-{_CHAMBERS[match[2].lower()]}-{match[3]}"
    return _package(id_, key=key, kind="hearing", congress=match[1])
