"""What stands under an entry beside what happened to it: what is due, how it sums itself up, who else tells it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from monitor.core import wording
from monitor.core.dates import to_text
from monitor.core.digests import Deadline, Entry, Period
from monitor.core.language import Words
from monitor.core.renderings.neutral import excerpt, web_address
from monitor.core.renderings.phrases import Phrase, Piece
from monitor.core.renderings.remarks import Remark

_MOST_DEADLINES = 4
_MOST_RELATED = 3
_LONGEST_NAME = 60
_LONGEST_QUOTE = 160
_LONGEST_TITLE = 120
_LONGEST_SUMMARY = 280
# What is due within a week is said in the colour of what wants attention.
_SOON_DAYS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Also:
    """Another item that tells the same story; `url` is empty where it leads nowhere safe."""

    title: str
    url: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """All of it. `due_next` is the earliest date that is not past, in words for a line; `more` says how many others there are.

    `label` stands before who tells it too.
    """

    due: tuple[Remark, ...] = ()
    due_next: str = ""
    summary: str = ""
    also: tuple[Also, ...] = ()
    more: str = ""
    label: str = ""


def beside(entry: Entry, period: Period) -> Beside:
    """What to say. The item's own summary introduces what is new, and nothing that its reader has met before."""
    due = [each for each in entry.deadlines if entry.change != "withdrawn" and not each.cancelled]
    ahead = [each.when for each in due if (left := _left(each.when, period)) is not None and left >= 0]
    say, more = period.words, len(entry.related) - _MOST_RELATED
    return Beside(
        due=tuple(_same_label_once(_due(each, period) for each in due[:_MOST_DEADLINES])),
        due_next=_next(min(ahead), period) if ahead else "",
        summary=excerpt(entry.summary, _LONGEST_SUMMARY) if entry.change == "new" else "",
        also=tuple(
            Also(
                title=excerpt(each.title, _LONGEST_TITLE) or excerpt(each.key, _LONGEST_TITLE),
                url=web_address(each.url),
                source=excerpt(each.source, _LONGEST_NAME),
            )
            for each in entry.related[:_MOST_RELATED]
        ),
        more=say("and {n} more", n=f"{more:,}") if more > 0 else "",
        label=say("also") if entry.related else "",
    )


def _next(claim: str, period: Period) -> str:
    return period.words("due {day}", day=wording.day_and_time(claim, period.timezone)[0])


def _due(deadline: Deadline, period: Period) -> Remark:
    """`comments close 2026-12-01, in 44 days; was 2026-11-16; “…”`."""
    say, left = period.words, _left(deadline.when, period)
    is_past = left is not None and left < 0
    when = Piece(text=_said(deadline.when, period), role="words" if is_past else "strong")
    what = excerpt(wording.due_name(deadline.what, say), _LONGEST_NAME)
    phrases: list[Phrase] = [(Piece(text=f"{what} "), when, Piece(text=_how_long(left, say)))]
    if deadline.moved_from:
        phrases.append((Piece(text=say("moved from {day}", day=_said(deadline.moved_from, period))),))
    if quote := excerpt(deadline.quote, _LONGEST_QUOTE):
        phrases.append((Piece(text=quote, role="quote"),))
    is_soon = left is not None and 0 <= left <= _SOON_DAYS
    return Remark(label=say("due"), role="alarm" if is_soon else "aside", phrases=tuple(phrases))


def _said(claim: str, period: Period) -> str:
    return excerpt(period.words.dated(wording.moment(claim, period.timezone)), _LONGEST_NAME)


def _left(claim: str, period: Period) -> int | None:
    """Days from the period's last day to that date, negative for one that is past; None where either is no date."""
    try:
        last = to_text(datetime.fromisoformat(period.until) - timedelta(seconds=1))
        days = [date.fromisoformat(wording.day_and_time(c, period.timezone)[0]) for c in (last, claim)]
    except (ValueError, OverflowError):
        return None
    return (days[1] - days[0]).days


def _how_long(left: int | None, say: Words) -> str:
    if left is None:
        return ""
    if left < 0:
        return say.many(-left, ", {n} day ago", ", {n} days ago")
    return say.many(left, ", in {n} day", ", in {n} days") if left else say(", today")


def _same_label_once(rows: Iterable[Remark]) -> Iterator[Remark]:
    for place, row in enumerate(rows):
        yield replace(row, label="") if place else row
