"""What Grants.gov says of one funding opportunity: a row of a list, or the opportunity's own record, read into an item.

The two never state the same field: they word it differently, and the item would be revised at each poll.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from monitor.core.answers import entries, number, words
from monitor.core.dates import parse_when
from monitor.core.items import Item
from monitor.core.records.amounts import amount
from monitor.core.text import fold, line, plain
from monitor.core.urls import web_link

_KIND = "opportunity"
_NUMBER = re.compile(r"[!-~]{1,100}")
_ID = re.compile(r"[1-9][0-9]{0,11}")
_NSF_NUMBER = re.compile(r"(?:NSF-?)?([0-9]{2})-0*([1-9][0-9]{0,2})")
_NSF = "National Science Foundation"
# A record writes midnight beside every date, which means nothing.
_PADDED_DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})-00-00-00")
_SPELT_DAY = re.compile(r"([A-Z][a-z]{2}) ([0-9]{1,2}), ([0-9]{4})")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MIDNIGHT = re.compile(r"\s+12:00:00 AM(?:\s+[A-Z]{2,5})?$")
# What stands where nobody wrote an explanation.
_UNEXPLAINED = frozenset({"undefined", "no explanation", "no explanation."})
_OVER = frozenset({"closed", "archived"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """How an opportunity was last listed: its id, status and deadline, and the day on which it was seen open.

    As text it is an item's marker: for what is over, it changes only when a row does.
    """

    id: str
    status: str
    deadline: str = ""
    seen: str = ""

    def __str__(self) -> str:
        parts = (self.id, self.status, self.deadline, self.seen)
        return " ".join("_".join(part.split()) or "-" for part in parts)

    @property
    def can_be_asked_for(self) -> bool:
        """Whether the id is one."""
        return _ID.fullmatch(self.id) is not None

    @property
    def is_over(self) -> bool:
        """Whether it had closed."""
        return self.status in _OVER


def listed(marker: str) -> Listed:
    """Read a marker; of any other text come empty parts."""
    id_, status, deadline, seen = (*marker.split(" "), "", "", "", "")[:4]
    return Listed(id=id_, status=status, deadline=deadline, seen=seen)


def keys(rows: Sequence[Any]) -> list[str]:
    """A key for each row of a page, empty for what names nothing. Of several with one number, the newest has it."""
    newest: dict[str, int] = {}
    named = [(_number(words(row, "number")), number(row, "id") or 0) for row in rows]
    for text, id_ in named:
        newest[text] = max(newest.get(text, id_), id_)
    return [_key(text, id_, is_newest=newest[text] == id_) for text, id_ in named]


def _key(text: str, id_: int, *, is_newest: bool) -> str:
    if text and is_newest:
        return f"grant:{text}"
    return f"grant-id:{id_}" if id_ else ""


def _number(text: str) -> str:
    """The number in capitals, with every kind of dash folded, and a dash for spaces; empty for what is none."""
    named = "-".join(fold(line(text)).text.upper().split())
    return named if _NUMBER.fullmatch(named) else ""


def from_row(row: Any, key: str, *, seen: date) -> Item:
    """What a row of a list, seen on that day in Washington, says of the opportunity."""
    shown = Listed(
        id=words(row, "id"),
        status=line(words(row, "oppStatus")).lower(),
        deadline=_day(words(row, "closeDate")),
    )
    if not shown.is_over:
        shown = Listed(id=shown.id, status=shown.status, deadline=shown.deadline, seen=seen.isoformat())
    named = shown.can_be_asked_for
    return Item(
        key=key,
        kind=_KIND,
        title=line(words(row, "title")),
        url=f"https://www.grants.gov/search-results-detail/{shown.id}" if named else "",
        published=parse_when(words(row, "openDate")),
        identifiers=_identifiers(row),
        details=_stated(
            agency=line(words(row, "agency") or words(row, "agencyName")),
            status=shown.status,
            deadline=shown.deadline,
            assistance_listings=" ".join(line(e) for e in entries(row, "cfdaList") if isinstance(e, str)),
        ),
        marker=str(shown) if named else "",
    )


def _stated(**details: str) -> dict[str, str]:
    return {name: value for name, value in details.items() if value}


def _identifiers(row: Any) -> tuple[str, ...]:
    """`nsf:25-539` for a solicitation of the National Science Foundation, whose own number it is here too."""
    is_nsf = words(row, "agencyCode") == "NSF" or _NSF in words(row, "agency")
    match = _NSF_NUMBER.fullmatch(_number(words(row, "number")))
    return (f"nsf:{match[1]}-{match[2]}",) if is_nsf and match else ()


def current_part(record: Any) -> Mapping[str, Any] | None:
    """The part of a record that holds now: a forecast that was posted keeps the forecast beside its synopsis."""
    if not isinstance(record, Mapping):
        return None
    parts = [part for name in ("synopsis", "forecast") if isinstance(part := record.get(name), Mapping)]
    return (parts[-1] if words(record, "docType").lower() == "forecast" else parts[0]) if parts else None


def from_record(part: Mapping[str, Any], key: str) -> Item:
    """What the list does not say of the opportunity: its text and its amounts."""
    explained = line(words(part, "responseDateDesc") or words(part, "estApplicationResponseDateDesc"))
    sharing = part.get("costSharing")
    return Item(
        key=key,
        kind=_KIND,
        summary=plain(words(part, "synopsisDesc") or words(part, "forecastDesc")),
        subjects=tuple(_descriptions(part, "fundingActivityCategories")),
        details=_stated(
            award_ceiling=amount(part, "awardCeiling"),
            award_floor=amount(part, "awardFloor"),
            total_funding=amount(part, "estimatedFunding"),
            expected_awards=amount(part, "numberOfAwards"),
            cost_sharing=("yes" if sharing else "no") if isinstance(sharing, bool) else "",
            instruments="; ".join(_descriptions(part, "fundingInstruments")),
            eligible="; ".join(_descriptions(part, "applicantTypes")),
            eligibility=plain(words(part, "applicantEligibilityDesc")),
            deadline_note="" if explained.lower() in _UNEXPLAINED else explained,
            estimated_posting=_date_of(part, "estSynopsisPostingDate"),
            estimated_deadline=_date_of(part, "estApplicationResponseDate"),
            archive_date=_date_of(part, "archiveDate"),
            announcement=web_link(words(part, "fundingDescLinkUrl")),
        ),
    )


def _descriptions(part: Mapping[str, Any], name: str) -> list[str]:
    """The words of a list of codes, sorted: the API's order may be another one next time."""
    return sorted({text for each in entries(part, name) if (text := line(words(each, "description")))})


def _date_of(part: Mapping[str, Any], name: str) -> str:
    return _day(words(part, f"{name}Str") or words(part, name))


def _day(text: str) -> str:
    """`2026-05-17` of `05/17/2026`, `2026-05-17-00-00-00` and `May 17, 2026 12:00:00 AM EDT`; other words as they stand."""
    text = _MIDNIGHT.sub("", line(text))
    if match := _PADDED_DAY.fullmatch(text):
        return match[1]
    if (match := _SPELT_DAY.fullmatch(text)) and match[1] in _MONTHS:
        return f"{match[3]}-{_MONTHS.index(match[1]) + 1:02}-{int(match[2]):02}"
    when = parse_when(text)
    return str(when) if when and when.precision == "day" else text
