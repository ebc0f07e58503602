"""What a mail says: the telling of a digest, its occasion, and how busy the subjects without news were.

The plain text and the page are two looks of this one letter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from monitor.core.deliveries import Dispatch, Occasion
from monitor.core.digests import Activity, Digest, Reason, Section
from monitor.core.language import Language, Words, noted
from monitor.core.renderings.neutral import excerpt
from monitor.core.renderings.telling import Telling, in_days, tell

_LONGEST_NAME = 120
# Subjects without news whose last month is drawn too: it shows that silence is usual for them, or that it is not.
_MOST_SILENT = 12

HEADINGS: Mapping[Occasion, str] = {
    "alert": noted("Alert"),
    "daily": noted("Daily digest"),
    "weekly": noted("Weekly digest"),
    "heartbeat": noted("Daily digest"),
    "edition": noted("Digest"),
    "sample": noted("Sample digest"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """A subject's last days, the oldest first: how many items it recognised on each, and in words how many in all."""

    name: str
    days: tuple[int, ...]
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """The whole mail in words. `silent` are the last days of subjects that have no news in it."""

    heading: str
    language: Language
    telling: Telling
    summary: tuple[str, ...]
    silent: tuple[Bars, ...]
    unsubscribe: str = ""


def letter_of(digest: Digest, dispatch: Dispatch, unsubscribe: str = "") -> Letter:
    """What to write. `unsubscribe` is the address that ends it, checked by whoever configures it."""
    telling, say = tell(digest), digest.period.words
    drawn = {group.name for chapter in telling.chapters for group in chapter.groups if group.in_days}
    omitted = sum(section.omitted for section in digest.sections)
    return Letter(
        heading=say(HEADINGS[dispatch.occasion]),
        language=say.language,
        telling=telling,
        summary=(*telling.summary, *([say("{n} more not shown", n=f"{omitted:,}")] if omitted else [])),
        silent=tuple(_silent(digest.sections, drawn | _told(digest, say), say))[:_MOST_SILENT],
        unsubscribe=unsubscribe,
    )


def _told(digest: Digest, say: Words) -> set[str]:
    """The subjects that are a reason for something in it, also beside the one under which it stands."""
    entries = (entry for section in digest.sections for entry in section.entries)
    return {_name(reason, say) for entry in entries for reason in entry.reasons}


def _name(subject: Reason | Activity, say: Words) -> str:
    return excerpt(say.names(subject.name or subject.subject, subject.zh)[0], _LONGEST_NAME)


def _silent(sections: Sequence[Section], told: set[str], say: Words) -> Iterator[Bars]:
    seen = set(told)
    for each in (activity for section in sections for activity in section.activity):
        name = _name(each, say)
        days = tuple(max(n, 0) for n in each.days)
        if any(days) and name not in seen:
            seen.add(name)
            yield Bars(name=name, days=days, said=in_days(days, say))
