"""Where a bill stands, in the reader's language: `bills.stage` writes it down in English, in these clauses and no others."""

from __future__ import annotations

import re

from monitor.core import wording
from monitor.core.language import Words, noted

_DAY = r"(?P<day>\d{4}-\d\d-\d\d)"
# The first that fits a whole clause.
_CLAUSES = tuple(
    (re.compile(pattern), said)
    for pattern, said in (
        (rf"became Public Law (?P<number>[\d-]+) {_DAY}", noted("became Public Law {number} {day}")),
        (rf"became Private Law (?P<number>[\d-]+) {_DAY}", noted("became Private Law {number} {day}")),
        (rf"became law {_DAY}", noted("became law {day}")),
        (rf"the vote to override failed {_DAY}", noted("the vote to override failed {day}")),
        (rf"agreed on one text {_DAY}", noted("agreed on one text {day}")),
        ("the two texts differ", noted("the two texts differ")),
        (r"Calendar No\. (?P<number>\d+)", noted("Calendar No. {number}")),
        (
            rf"(?P<stage>[a-z ]+) in the (?P<chamber>House|Senate) {_DAY}",
            noted("{stage} in the {chamber} {day}"),
        ),
        (rf"(?P<stage>[A-Za-z ]+) {_DAY} with changes", noted("{stage} {day} with changes")),
        (rf"(?P<stage>[A-Za-z ]+) {_DAY}", noted("{stage} {day}")),
    )
)


def stage_words(text: str, say: Words) -> str:
    """The same clauses in the reader's language; what is none of them stays as it is."""
    if say.language == "en":
        return text
    return say.parted(
        *(say.joined(*(_clause(each, say) for each in part.split(", "))) for part in text.split("; "))
    )


def _clause(clause: str, say: Words) -> str:
    for pattern, said in _CLAUSES:
        if found := pattern.fullmatch(clause):
            return say(said, **{name: _value(name, value, say) for name, value in found.groupdict().items()})
    return clause


def _value(name: str, value: str, say: Words) -> str:
    if name == "day":
        return say.dated(value)
    return wording.stage_name(value, say) if name in {"stage", "chamber"} else value
