"""What a mail says: the telling of a digest, and what a letter has room for beside it: activity, what is due, who else tells it.

The plain text and the page are two looks of this one letter.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from monitor.core import wording
from monitor.core.deliveries import Dispatch, Occasion
from monitor.core.digests import Activity, Deadline, Digest, Entry, Related, Section
from monitor.core.renderings.neutral import excerpt, plain, web_address
from monitor.core.renderings.remarks import Phrase, Piece, Remark
from monitor.core.renderings.telling import Chapter, Group, Telling, Told, tell

# The labels that this program writes are English; what publishers wrote is in whatever language they wrote it.
LANGUAGE = "en"
_LONGEST_NAME = 120
_LONGEST_NOTICE = 400
_LONGEST_TITLE = 200
_LONGEST_QUOTE = 160
_LONGEST_SUMMARY = 300
_MOST_DEADLINES = 4
_MOST_RELATED = 3
# Subjects without news whose last month is drawn too: it shows that silence is usual for them, or that it is not.
_MOST_SILENT = 12

HEADINGS: Mapping[Occasion, str] = {
    "alert": "Alert",
    "daily": "Daily digest",
    "weekly": "Weekly digest",
    "heartbeat": "Daily digest",
    "edition": "Digest",
    "sample": "Sample digest",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """A subject's last days, the oldest first: how many items it recognised on each."""

    name: str
    zh: str
    days: tuple[int, ...]

    @property
    def total(self) -> int:
        """How many items that were."""
        return sum(self.days)


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """Another item that tells the same story; `url` is empty where it leads nowhere safe."""

    title: str
    url: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One entry: as it is told, and what is due, what it says of itself, who tells it too (and how many more do)."""

    told: Told
    due: tuple[Remark, ...] = ()
    summary: str = ""
    elsewhere: tuple[Elsewhere, ...] = ()
    more_elsewhere: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One subject: its news, and its last days where they are known."""

    group: Group
    stories: tuple[Story, ...]
    bars: Bars | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One watchlist. `more` says how many entries a cap left out, and where they are."""

    chapter: Chapter
    topics: tuple[Topic, ...]
    more: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """The whole mail in words. `silent` are the last days of subjects that have no news in it."""

    heading: str
    language: str
    telling: Telling
    summary: tuple[str, ...]
    parts: tuple[Part, ...]
    silent: tuple[Bars, ...]
    unsubscribe: str = ""


def letter_of(digest: Digest, dispatch: Dispatch, unsubscribe: str = "") -> Letter:
    """What to write. `unsubscribe` is the address that ends it, checked by whoever configures it."""
    telling = tell(replace(digest, sections=tuple(each for each in digest.sections if not _is_cut_off(each))))
    parts = tuple(_parts(telling, digest, dispatch))
    drawn = {topic.bars.name for part in parts for topic in part.topics if topic.bars}
    omitted = sum(section.omitted for section in digest.sections)
    return Letter(
        heading=HEADINGS[dispatch.occasion],
        language=LANGUAGE,
        telling=telling,
        summary=(*telling.summary, *([f"{omitted:,} more not shown"] if omitted else [])),
        parts=parts,
        silent=tuple(_silent(digest.sections, drawn))[:_MOST_SILENT],
        unsubscribe=unsubscribe,
    )


def _is_cut_off(section: Section) -> bool:
    """Whether a cap left nothing of a watchlist. It is not silent, and nobody may be told that it was."""
    return bool(section.omitted) and not section.entries


def _parts(telling: Telling, digest: Digest, dispatch: Dispatch) -> Iterator[Part]:
    chapters = iter(telling.chapters)
    for section in digest.sections:
        error = excerpt(section.error, _LONGEST_NOTICE)
        if _is_cut_off(section):
            title = excerpt(section.title or section.id, _LONGEST_NAME)
            chapter = Chapter(title=title, tally="", error=error, groups=(), brief=False)
        elif section.entries or error:
            chapter = next(chapters)
        else:
            continue
        yield _part(section, chapter, digest, dispatch)


def _part(section: Section, chapter: Chapter, digest: Digest, dispatch: Dispatch) -> Part:
    entries = {plain(entry.key): entry for entry in section.entries}
    bars = {each.name: each for each in _bars(section.activity)}
    return Part(
        chapter=chapter,
        topics=tuple(
            Topic(
                group=group,
                stories=tuple(_story(told, entries.get(told.key), digest, dispatch) for told in group.news),
                bars=bars.get(group.name),
            )
            for group in chapter.groups
        ),
        more=_more(section, digest),
    )


def _more(section: Section, digest: Digest) -> str:
    if not section.omitted:
        return ""
    since = f" --since {plain(digest.period.since)}" if digest.period.since else ""
    command = f"monitor digest --watchlist {shlex.quote(plain(section.id))}{since}"
    return f"and {section.omitted:,} more: {command}"


def _bars(activity: Iterable[Activity]) -> Iterator[Bars]:
    for each in activity:
        name = excerpt(each.name or each.subject, _LONGEST_NAME)
        yield Bars(name=name, zh=excerpt(each.zh, _LONGEST_NAME), days=tuple(max(n, 0) for n in each.days))


def _silent(sections: Sequence[Section], drawn: set[str]) -> Iterator[Bars]:
    seen = set(drawn)
    for section in sections:
        for bars in _bars(section.activity):
            if bars.total and bars.name not in seen:
                seen.add(bars.name)
                yield bars


def _story(told: Told, entry: Entry | None, digest: Digest, dispatch: Dispatch) -> Story:
    if entry is None or told.above:
        return Story(told=told)
    zone, today = digest.period.timezone, dispatch.planned_at
    is_new = entry.change == "new" and not told.brief
    return Story(
        told=told,
        due=tuple(_same_label_once(_due(each, zone, today) for each in entry.deadlines[:_MOST_DEADLINES])),
        summary=excerpt(entry.summary, _LONGEST_SUMMARY) if is_new else "",
        elsewhere=tuple(_elsewhere(each) for each in entry.related[:_MOST_RELATED]),
        more_elsewhere=max(len(entry.related) - _MOST_RELATED, 0),
    )


def _due(deadline: Deadline, zone: str, today: str) -> Remark:
    """`comments close 2026-12-01, in 44 days; was 2026-11-16; “…”`."""
    what, when = (excerpt(each, _LONGEST_NAME) for each in (deadline.what, _day(deadline.when, zone)))
    left = wording.days_between(today, deadline.when, zone)
    soon = f", in {wording.counted(left, 'day')}" if left > 0 else ""
    phrases: list[Phrase] = [(Piece(text=f"{what} "), Piece(text=when, role="strong"), Piece(text=soon))]
    if deadline.moved_from:
        was = excerpt(_day(deadline.moved_from, zone), _LONGEST_NAME)
        phrases.append((Piece(text="was "), Piece(text=was, role="old")))
    if quote := excerpt(deadline.quote, _LONGEST_QUOTE):
        phrases.append((Piece(text=quote, role="quote"),))
    return Remark(label="due", role="alarm", phrases=tuple(phrases))


def _day(claim: str, zone: str) -> str:
    return wording.moment(claim, zone)


def _same_label_once(rows: Iterable[Remark]) -> Iterator[Remark]:
    for place, row in enumerate(rows):
        yield replace(row, label="") if place else row


def _elsewhere(related: Related) -> Elsewhere:
    return Elsewhere(
        title=excerpt(related.title, _LONGEST_TITLE) or excerpt(related.key, _LONGEST_NAME),
        url=web_address(related.url),
        source=excerpt(related.source, _LONGEST_NAME),
    )
