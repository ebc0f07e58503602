"""What Congress.gov's API says of bills, laws, committee reports, meetings and CRS reports, read into items.

A `listed_…` reads an entry of a list, a `described_…` the record of one thing; both answer None for what names nothing.
The two state a field alike or not at all, for a source that says two things by turns would revise the item for ever; and
only a list gives a `marker`, for the record of one thing prints other update dates.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from monitor.core.answers import entries, number, words
from monitor.core.bills import Bill, bill, bill_of, law, ordinal
from monitor.core.dates import parse_when
from monitor.core.items import Item
from monitor.core.records.bill_records import Step, Summary, TextVersion, washington_day
from monitor.core.text import line, plain

# The words of a congress.gov address, and of a citation.
_REPORTS = {
    "hrpt": ("house-report", "H. Rept."),
    "srpt": ("senate-report", "S. Rept."),
    "erpt": ("executive-report", "Ex. Rept."),
}
_REPORT = re.compile(r"report:([1-9]\d{0,2})-([hse]rpt)-([1-9]\d{0,5})(?:-[1-9]\d{0,2})?", re.ASCII)
_MEETING = re.compile(r"meeting:([1-9]\d{0,2})-([a-z]{1,20})-(\d{1,12})", re.ASCII)
_CRS = re.compile(r"crs:([A-Z]{0,6}\d{1,7}(?:-\d{1,5})?)", re.ASCII)
_LAW = re.compile(r"\d{1,3}-\d{1,4}", re.ASCII)
_JACKET = re.compile(r"\d{1,12}", re.ASCII)
_SEATED = ("house", "senate")  # the chambers whose meetings have a page for people
_CONFERENCE = ("true", "True", True)


def api_path(key: str) -> str:
    """Where the API tells of one thing: `bill/117/hr/1060`; empty for keys of what it does not have.

    The parts of a report share one place.
    """
    if named := bill_of(key):
        return f"bill/{named.congress}/{named.type}/{named.number}"
    if match := _REPORT.fullmatch(key):
        return f"committee-report/{match[1]}/{match[2]}/{match[3]}"
    if match := _MEETING.fullmatch(key):
        return f"committee-meeting/{match[1]}/{match[2]}/{match[3]}"
    match = _CRS.fullmatch(key)
    return f"crsreport/{match[1]}" if match else ""


def listed_bill(record: Any) -> Item | None:
    """A bill as the list states it. A fresh bill may have no title yet."""
    named = _bill(record)
    if named is None:
        return None
    action = record.get("latestAction")
    signs = (
        words(record, "updateDate"),
        words(record, "updateDateIncludingText"),
        words(action, "actionDate"),
        words(action, "actionTime"),
        line(words(action, "text")),
    )
    return Item(
        key=named.key,
        kind="bill",
        title=line(words(record, "title")),
        url=named.url,
        identifiers=_laws(record),
        details=_bill_details(record, named),
        marker=" ".join(filter(None, signs)),
    )


def listed_law(record: Any) -> Item | None:
    """A law as the list states it: the bill that it was."""
    named = _bill(record)
    if named is None:
        return None
    enacted = (f"{words(each, 'type')} {words(each, 'number')}" for each in entries(record, "laws"))
    return Item(
        key=named.key,
        kind="bill",
        title=line(words(record, "title")),
        url=named.url,
        identifiers=_laws(record),
        details=_told(congress=str(named.congress), status="; ".join(filter(None, map(line, enacted)))),
    )


def listed_summary(record: Any) -> Item | None:
    """The bill that a summary is of. The text is left out: it may be that of an earlier stage than the bill's latest."""
    named = _bill(record.get("bill")) if isinstance(record, Mapping) else None
    if named is None:
        return None
    return Item(
        key=named.key,
        kind="bill",
        title=line(words(record, "bill", "title")),
        url=named.url,
        details=_told(congress=str(named.congress)),
        marker=words(record, "lastSummaryUpdateDate") or words(record, "updateDate"),
    )


def described_bill(record: Any) -> Item | None:
    """A bill as its own record states it."""
    named = _bill(record)
    if named is None:
        return None
    area = line(words(record, "policyArea", "name"))
    return Item(
        key=named.key,
        kind="bill",
        title=line(words(record, "title")),
        url=named.url,
        published=parse_when(words(record, "introducedDate")),
        subjects=(area,) if area else (),
        identifiers=_laws(record),
        details=_bill_details(record, named),
    )


def step(record: Any) -> Step:
    """One action of a bill."""
    return Step(
        day=words(record, "actionDate"),
        time=words(record, "actionTime"),
        text=words(record, "text"),
        code=words(record, "actionCode"),
        type=words(record, "type"),
        system_code=words(record, "sourceSystem", "code"),
        system=words(record, "sourceSystem", "name"),
    )


def summary(record: Any) -> Summary:
    """One summary of a bill."""
    return Summary(
        day=words(record, "actionDate"),
        updated=words(record, "lastSummaryUpdateDate") or words(record, "updateDate"),
        version=words(record, "versionCode"),
        text=words(record, "text"),
    )


def text_version(record: Any) -> TextVersion:
    """One printed text of a bill."""
    return TextVersion(type=words(record, "type"), date=words(record, "date"))


def listed_report(record: Any) -> Item | None:
    """A committee's report as the list states it: its number. The citation is ours, for the list words it in two ways."""
    return _report(record, marker=words(record, "updateDate"))


def described_report(record: Any) -> Item | None:
    """A committee's report, or one part of it, as its own record states it."""
    conference = isinstance(record, Mapping) and record.get("isConferenceReport") in _CONFERENCE
    return _report(
        record,
        title=line(words(record, "title")),
        published=washington_day(words(record, "issueDate")),
        identifiers=_bills(entries(record, "associatedBill")),
        more=_told(committees=_committees(record), conference="yes" if conference else ""),
    )


def latest_parts(records: Iterable[Any]) -> list[Item]:
    """The parts of a report, each once: the API holds some twice, under another citation and an older date."""
    ordered = sorted(records, key=lambda record: words(record, "updateDate"), reverse=True)
    parts: dict[str, Item] = {}
    for item in filter(None, map(described_report, ordered)):
        parts.setdefault(item.key, item)
    return [parts[key] for key in sorted(parts)]


def part_key(key: str, part: int) -> str:
    """The key of one part of the report that `key` names, or is a part of. Part 1 has the key of the whole."""
    match = _REPORT.fullmatch(key)
    whole = f"report:{match[1]}-{match[2]}-{match[3]}" if match else key
    return f"{whole}-{part}" if part > 1 else whole


def _report(record: Any, *, more: Mapping[str, str] | None = None, **fields: Any) -> Item | None:
    congress, type_ = words(record, "congress"), words(record, "type").lower()
    # The API gives reports without parts the part 1.
    part = number(record, "part") or 1
    key = part_key(f"report:{congress}-{type_}-{number(record, 'number')}", part)
    match = _REPORT.fullmatch(key)
    if match is None:
        return None
    path, name = _REPORTS[type_]
    citation = f"{name} {congress}-{match[3]}" + (f", Part {part}" if part > 1 else "")
    chamber = line(words(record, "chamber"))
    return Item(
        key=key,
        kind="report",
        url=f"https://www.congress.gov/committee-report/{ordinal(int(congress))}-congress/{path}/{match[3]}/{part}",
        details={**_told(citation=citation, congress=congress, chamber=chamber), **(more or {})},
        **fields,
    )


def listed_meeting(record: Any) -> Item | None:
    """A committee's meeting as the list states it: only that there is one."""
    return _meeting(record, marker=words(record, "updateDate"))


def described_meeting(record: Any) -> Item | None:
    """A committee's meeting as its own record states it. Moved or cancelled, it changes its date or status."""
    when = parse_when(words(record, "date"))
    return _meeting(
        record,
        title=line(words(record, "title")),
        identifiers=(*_bills(entries(record, "relatedItems", "bills")), *_transcripts(record)),
        more=_told(
            type=line(words(record, "type")),
            status=line(words(record, "meetingStatus")),
            date=str(when) if when else line(words(record, "date")),
            place=_place(record),
            committees=_committees(record),
            witnesses="; ".join(filter(None, map(_witness, entries(record, "witnesses")))),
        ),
    )


def _meeting(record: Any, *, more: Mapping[str, str] | None = None, **fields: Any) -> Item | None:
    congress, chamber = words(record, "congress"), words(record, "chamber")
    key = f"meeting:{congress}-{chamber.lower()}-{words(record, 'eventId')}"
    match = _MEETING.fullmatch(key)
    if match is None:
        return None
    address = f"{ordinal(int(match[1]))}-congress/{match[2]}-event/{match[3]}"
    return Item(
        key=key,
        kind="meeting",
        url=f"https://www.congress.gov/event/{address}" if match[2] in _SEATED else "",
        details={**_told(congress=congress, chamber=chamber), **(more or {})},
        **fields,
    )


def _transcripts(record: Any) -> tuple[str, ...]:
    place = f"{words(record, 'congress')}-{words(record, 'chamber').lower()}"
    numbers = (words(each, "jacketNumber") for each in entries(record, "hearingTranscript"))
    return tuple(f"hearing:{place}-{jacket}" for jacket in numbers if _JACKET.fullmatch(jacket))


def _place(record: Any) -> str:
    """`1324, Longworth House Office Building`; for a meeting elsewhere, its address."""
    address = ("buildingName", "streetAddress", "city", "state")
    parts = [words(record, "location", name) for name in ("room", "building")]
    parts += [words(record, "location", "address", name) for name in address]
    return ", ".join(line(part) for part in parts if any(map(str.isalnum, part)))


def _witness(record: Any) -> str:
    return ", ".join(
        filter(None, (line(words(record, name)) for name in ("name", "position", "organization")))
    )


def listed_crs_report(record: Any) -> Item | None:
    """A report of the Congressional Research Service as the list states it."""
    key = f"crs:{words(record, 'id').upper()}"
    match = _CRS.fullmatch(key)
    if match is None:
        return None
    return Item(
        key=key,
        kind="report",
        title=line(words(record, "title")),
        url=f"https://www.congress.gov/crs-product/{match[1]}",
        published=washington_day(words(record, "publishDate")),
        details=_told(
            type=line(words(record, "contentType")),
            status=line(words(record, "status")),
            version=words(record, "version"),
        ),
        marker=words(record, "updateDate"),
    )


def described_crs_report(record: Any) -> Item | None:
    """What only the report's own record states of it: summary, topics, authors, and the bills and laws that it is about."""
    listed = listed_crs_report(record)
    if listed is None:
        return None
    topics = (line(words(each, "topic")) for each in entries(record, "topics"))
    authors = (line(words(each, "author")) for each in entries(record, "authors"))
    return Item(
        key=listed.key,
        kind=listed.kind,
        summary=plain(words(record, "summary")),
        subjects=tuple(dict.fromkeys(filter(None, topics))),
        identifiers=_materials(entries(record, "relatedMaterials")),
        details=_told(authors="; ".join(filter(None, authors))),
    )


def _materials(records: Iterable[Any]) -> tuple[str, ...]:
    """The bills and laws among what a report is about: `PUB` and `PRIV` are laws, under numbers such as 93-344."""
    found = []
    for each in records:
        type_, number_ = words(each, "type").upper(), words(each, "number")
        if type_ in {"PUB", "PRIV"} and _LAW.fullmatch(number_):
            found.append(law(number_, "Private Law" if type_ == "PRIV" else "Public Law"))
        elif named := _bill(each):
            found.append(named.key)
    return tuple(dict.fromkeys(found))


def _bill(record: Any) -> Bill | None:
    return bill(words(record, "congress"), words(record, "type"), words(record, "number"))


def _bills(records: Iterable[Any]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(named.key for each in records if (named := _bill(each))))


def _bill_details(record: Any, named: Bill) -> dict[str, str]:
    sponsors = entries(record, "sponsors")
    return _told(
        congress=str(named.congress),
        sponsor=line(words(sponsors[0], "fullName")) if sponsors else "",
    )


def _laws(record: Any) -> tuple[str, ...]:
    return tuple(
        law(number_, words(each, "type"))
        for each in entries(record, "laws")
        if (number_ := words(each, "number"))
    )


def _committees(record: Any) -> str:
    names = (line(words(each, "name")) for each in entries(record, "committees"))
    return "; ".join(dict.fromkeys(filter(None, names)))


def _told(**details: str) -> dict[str, str]:
    return {name: value for name, value in details.items() if value}
