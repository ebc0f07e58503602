"""Days as people print them on web pages: `November 3, 2026`, `03 Nov 2026`, `2026年11月3日`, `令和8年11月3日`, `2026. 11. 3`.

Own reading, because the libraries for it fill what a page does not say out of today's date.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

from monitor.core.dates import When, at_instant, on_day, parse_when
from monitor.core.text import fold, line

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|"
    r"oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_DAY = r"(?P<day>\d{1,2})"
_YEAR = r"(?P<year>\d{4})"
# The year before the first of each era.
_ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925}
# Any other number of four digits is no year in which something was published.
_YEARS = range(1900, 2200)
# What a site prints in `datetime` for a day without a time: Drupal writes every such day at noon UTC.
_NOON = re.compile(r"(\d{4}-\d{2}-\d{2})T12:00:00(?:Z|\+00:00)")
_CLOCK_DIRECTIVES = re.compile(r"%(?:H|I|M|S|p|f|c|X)")


def _form(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w/.-]){pattern}(?![\w/-]|\.\d)", re.ASCII | re.IGNORECASE)


_NAMED_FORMS = (
    _form(rf"{_YEAR}-(?P<month>\d{{1,2}})-{_DAY}(?:[T ]\d\d:\d\d[\d:.]*(?:Z|[+-]\d\d:?\d\d)?)?"),
    _form(rf"{_YEAR}[./] ?(?P<month>\d{{1,2}})[./] ?{_DAY}\.?"),
    _form(rf"{_DAY}\.(?P<month>\d{{1,2}})\.{_YEAR}"),
    _form(rf"{_DAY}(?:st|nd|rd|th)?(?:[ -]| of ){_MONTH}[ ,-]{{1,2}}{_YEAR}"),
    _form(rf"{_MONTH}[ -]{_DAY}(?:st|nd|rd|th)?[ ,-]{{1,2}}{_YEAR}"),
)
# No boundary after 日: the next word follows at once in Chinese and Japanese.
_CJK_FORMS = (
    re.compile(rf"(?<!\d){_YEAR} ?[年년] ?(?P<month>\d{{1,2}}) ?[月월] ?{_DAY} ?[日일]", re.ASCII),
    re.compile(
        rf"(?P<era>令和|平成|昭和) ?(?P<year>\d{{1,2}}|元) ?年 ?(?P<month>\d{{1,2}}) ?月 ?{_DAY} ?日",
        re.ASCII,
    ),
)
_MONTH_FIRST = _form(rf"(?P<month>\d{{1,2}})/{_DAY}/{_YEAR}")
_DAY_FIRST = _form(rf"{_DAY}/(?P<month>\d{{1,2}})/{_YEAR}")


def find_day(text: str, *, zone: str, day_first: bool = False) -> When | None:
    """The first day that is printed in a text, as a day in `zone`; None where there is none that exists.

    `3/11/2026` is 11 March, with `day_first` 3 November; with dots the day always comes first.
    """
    folded = fold(text)
    slashes = _DAY_FIRST if day_first else _MONTH_FIRST
    found = sorted(
        (match for form in (*_NAMED_FORMS, *_CJK_FORMS, slashes) for match in form.finditer(folded.text)),
        key=lambda match: (match.start(), -match.end()),
    )
    for match in found:
        if day := _day(match):
            return on_day(day, zone=zone, text=line(folded.quote(*match.span())))
    return None


def read_as(text: str, form: str, *, zone: str) -> When | None:
    """A text that is a date in that form (of `strptime`), in `zone` where the form names none; else None."""
    text = line(text)
    try:
        moment = datetime.strptime(text, form)  # noqa: DTZ007 - most forms name no zone; it is given below
    except ValueError:
        return None
    if moment.year not in _YEARS:
        return None
    if not _CLOCK_DIRECTIVES.search(form):
        return on_day(moment.date(), zone=zone, text=text)
    return at_instant(moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone)), text=text)


def is_whole_form(form: str) -> bool:
    """Whether a form of `strptime` says year, month and day."""
    day = datetime(2031, 11, 23, 10, 9, 8)  # noqa: DTZ001 - a sample to be printed and read again
    try:
        return datetime.strptime(day.strftime(form), form).date() == day.date()  # noqa: DTZ007 - as above
    except (ValueError, re.error):
        return False


def stated(machine: str, *, zone: str) -> When | None:
    """The `datetime` of a `<time>` element; a day where it gives a day, or noon UTC in place of one."""
    machine = machine.strip()
    if noon := _NOON.fullmatch(machine):
        return find_day(noon[1], zone=zone)
    # A form without a clock may still be read as midnight there.
    return parse_when(machine, zone=zone) if ":" in machine else find_day(machine, zone=zone)


def _day(match: re.Match[str]) -> date | None:
    groups = match.groupdict()
    name = groups["month"].lower()[:3]
    month = _MONTHS.index(name) + 1 if name in _MONTHS else int(name)
    year = _year(groups)
    try:
        return date(year, month, int(groups["day"])) if year in _YEARS else None
    except ValueError:
        return None  # 31 February, a 13th month: some other number


def _year(groups: dict[str, str]) -> int:
    if era := groups.get("era"):
        return _ERAS[era] + (1 if groups["year"] == "元" else int(groups["year"]))
    return int(groups["year"])
