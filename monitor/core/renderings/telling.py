"""What a digest says, before it looks like anything: what is told in full, what is folded, what is told elsewhere.

News is told in full, once a digest: in the first watchlist that caught it, under its first subject, with the reasons
that this watchlist has. A later watchlist that caught it too points there in one line, and a watchlist of low priority
has one line for each of its items. What was already there when watching began is folded to its latest few. Every word
that leaves here is `plain`.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from monitor.core import wording
from monitor.core.digests import Digest, Entry, Section, SourceLine
from monitor.core.renderings.neutral import cut, excerpt, plain, web_address
from monitor.core.renderings.remarks import LabelRole, Remark, aside, latest_claim, remarks_of

_DAY = re.compile(r"\d{4}(?:-\d\d){0,2}", re.ASCII)
_SEARCHABLE = re.compile(r"\w[\w ]{0,60}")
_FOLDED_SHOWN = 3
_SILENT_NAMED = 8
_LONGEST_TITLE = 280
_LONGEST_LINE = 120
_LONGEST_NAME = 120
_LONGEST_NOTICE = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One entry. `above` names the watchlist that tells it in full; a `brief` one is a line that says what `change` it is.

    `day` is the date of the latest change as the publisher states it, `stamp` the same for a machine. The remarks of a
    brief one are for where they can be folded away.
    """

    key: str
    day: str
    stamp: str
    citation: str
    title: str
    url: str
    zh: str = ""
    remarks: tuple[Remark, ...] = ()
    above: str = ""
    brief: bool = False
    change: str = ""
    role: LabelRole = "aside"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One subject: its news, then the latest of what was there before, then how many more of that there are."""

    name: str
    zh: str
    news: tuple[Told, ...]
    folded: tuple[Told, ...]
    why_folded: str
    more: tuple[Told, ...]
    where_more: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """One watchlist that has something to say; a `brief` one says it in a line each."""

    title: str
    tally: str
    error: str
    groups: tuple[Group, ...]
    brief: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """A digest in words. `days` is the period, `heading` the same or its name, `period` what else there is to say of it.

    `quiet` is what to say of watchlists without news; `sources`, `log` and `head` (at position `head_at`) close it.
    """

    days: str
    heading: str
    period: tuple[str, ...]
    summary: tuple[str, ...]
    notices: tuple[str, ...]
    chapters: tuple[Chapter, ...]
    quiet: tuple[str, ...]
    sources: tuple[Remark, ...]
    log: tuple[Remark, ...]
    head: str
    head_at: str


def tell(digest: Digest) -> Telling:
    """Decide what the digest says."""
    told_in: dict[str, str] = {}
    chapters = [_chapter(section, digest, told_in) for section in digest.sections]
    silent = [excerpt(s.title or s.id, _LONGEST_NAME) for s in digest.sections if not s.entries]
    return Telling(
        days=plain(wording.period_words(digest.period)),
        heading=_heading(digest),
        period=_period(digest),
        summary=_summary(digest),
        notices=tuple(excerpt(notice, _LONGEST_NOTICE) for notice in digest.notices),
        chapters=tuple(chapter for chapter in chapters if chapter.groups or chapter.error),
        quiet=_quiet(silent, digest.sections),
        sources=_sources(digest),
        log=_log(digest),
        head=plain(digest.head),
        head_at=f"at position {digest.position:,}",
    )


def _heading(digest: Digest) -> str:
    """The period; by its name where that is true at the moment of reading."""
    if wording.is_last_day(digest.period) and not digest.as_of:
        return wording.LAST_DAY
    return plain(wording.period_words(digest.period))


def _is_news(entry: Entry, digest: Digest) -> bool:
    if digest.period.clock == "occurred" or entry.origin == "live":
        return True
    return any(change.origin == "live" for change in entry.changes)


def _period(digest: Digest) -> tuple[str, ...]:
    zone = digest.period.timezone
    days = wording.period_words(digest.period)
    words = (
        "" if days == _heading(digest) else days,
        wording.as_of_words(digest.as_of, zone) if digest.as_of else "",
        wording.clock_words(digest.period),
        f"times in {zone}",
    )
    return tuple(plain(word) for word in words if word)


def _summary(digest: Digest) -> tuple[str, ...]:
    news = {e.key: e.change for s in reversed(digest.sections) for e in s.entries if _is_news(e, digest)}
    kinds = list(news.values())
    tally = [
        f"{kinds.count(kind):,} {kind}" for kind in ("new", "moved", "revised", "withdrawn") if kind in kinds
    ]
    folded = {e.key for s in digest.sections for e in s.entries if not _is_news(e, digest)} - news.keys()
    poorly = sum(source.state != "ok" for source in digest.sources)
    return (
        wording.listed(tally) if tally else "Nothing new",
        *([f"{len(folded):,} already there"] if folded else []),
        *([f"{wording.counted(poorly, 'source')} not well"] if poorly else []),
    )


def _quiet(silent: Sequence[str], sections: Sequence[Section]) -> tuple[str, ...]:
    if not sections:
        return ("No watchlist is in force, so nothing can be told.",)
    if len(silent) > _SILENT_NAMED:
        return (f"Nothing new for {wording.counted(len(silent), 'watchlist')}.",)
    return (f"Nothing new for {wording.listed(silent)}.",) if silent else ()


def _chapter(section: Section, digest: Digest, told_in: dict[str, str]) -> Chapter:
    title = excerpt(section.title or section.id, _LONGEST_NAME)
    subjects: dict[str, list[Entry]] = {}
    for entry in section.entries:
        subjects.setdefault(entry.reasons[0].subject if entry.reasons else "", []).append(entry)
    brief = section.priority == "low"
    groups = tuple(_group(entries, digest, told_in, brief=brief) for entries in subjects.values())
    news = [entry for entry in section.entries if _is_news(entry, digest)]
    for entry in () if brief else news:
        told_in.setdefault(entry.key, title)
    return Chapter(
        title=title,
        tally=wording.counted(len(news), "item") if news else "",
        error=excerpt(section.error, _LONGEST_NOTICE),
        groups=groups,
        brief=brief,
    )


def _group(entries: Sequence[Entry], digest: Digest, told_in: dict[str, str], *, brief: bool) -> Group:
    first = entries[0].reasons[0] if entries[0].reasons else None
    folded = [entry for entry in entries if not _is_news(entry, digest)]
    folded.sort(key=lambda entry: (entry.occurred, entry.recorded_at, entry.key), reverse=True)
    name = excerpt(wording.subject_name(first), _LONGEST_NAME) if first else ""
    lines = tuple(_told(entry, digest) for entry in folded)
    return Group(
        name=name,
        zh=excerpt(first.zh, _LONGEST_NAME) if first else "",
        news=tuple(
            _news(entry, digest, told_in, brief=brief) for entry in entries if _is_news(entry, digest)
        ),
        folded=lines[:_FOLDED_SHOWN],
        why_folded=_why_folded(folded),
        more=lines[_FOLDED_SHOWN:],
        where_more=_where_more(folded),
    )


def _why_folded(folded: Sequence[Entry]) -> str:
    origins = {entry.origin for entry in folded}
    if not origins:
        return ""
    if origins == {"backfill"}:
        return "found in the past"
    return "already there when watching began" if origins == {"baseline"} else "from before watching began"


def _where_more(folded: Sequence[Entry]) -> str:
    """A search that surely finds all of them, by words that stand in each; else the format that leaves none out."""
    in_each = set.intersection(*(_searchable(entry) for entry in folded)) if folded else set()
    if words := max(in_each, key=lambda quote: (len(quote), quote), default=""):
        return f"monitor items {shlex.quote(words)}"
    return "--json has them all"


def _searchable(entry: Entry) -> set[str]:
    quotes = (e.quote for r in entry.reasons for e in r.evidence if e.field in {"title", "summary"})
    return {quote.casefold() for quote in quotes if _SEARCHABLE.fullmatch(quote)}


def _news(entry: Entry, digest: Digest, told_in: dict[str, str], *, brief: bool) -> Told:
    told, above = _told(entry, digest), told_in.get(entry.key, "")
    remarks = () if above else remarks_of(entry, digest.period)
    if brief:
        gone = bool(entry.reasons) and all(reason.withdrawn for reason in entry.reasons)
        told = replace(
            told,
            brief=True,
            change="no longer" if gone else entry.change,
            role="withdrawn" if gone else entry.change,
        )
    if brief or above:
        return replace(told, title=cut(told.title, _LONGEST_LINE), remarks=remarks, above=above)
    return replace(told, zh=_chinese_title(entry, told.title), remarks=remarks)


def _chinese_title(entry: Entry, title: str) -> str:
    """The document's Chinese name where neither its title nor the heading above it says it already."""
    zh = excerpt(entry.title_zh, _LONGEST_NAME)
    heading = excerpt(entry.reasons[0].zh, _LONGEST_NAME) if entry.reasons else ""
    return "" if zh in title or zh == heading else zh


def _told(entry: Entry, digest: Digest) -> Told:
    claim = latest_claim(entry) or entry.published
    citation = excerpt(wording.citation(entry.key), _LONGEST_NAME)
    title = excerpt(entry.title, _LONGEST_TITLE) or excerpt(entry.title_zh, _LONGEST_NAME)
    return Told(
        key=plain(entry.key),
        day=_day(claim, digest.period.timezone),
        stamp=plain(claim),
        citation=citation,
        title=title or ("" if citation else "(no title)"),
        url=web_address(entry.url),
    )


def _day(claim: str, zone: str) -> str:
    day = wording.day_and_time(claim, zone)[0]
    return day if _DAY.fullmatch(day) else "undated"


def _sources(digest: Digest) -> tuple[Remark, ...]:
    zone = digest.period.timezone
    if not digest.sources:
        return (aside("sources", "No source is configured."),)
    poorly = [source for source in digest.sources if source.state != "ok"]
    lines = [*_poorly(poorly, zone), *_well_but([s for s in digest.sources if s.state == "ok" and s.detail])]
    well = sorted((s for s in digest.sources if s.state == "ok" and not s.detail), key=_last_well)
    if not any(_is_news(entry, digest) for section in digest.sections for entry in section.entries):
        return (*lines, *_each_well(well, zone))
    return (*lines, *_all_well(well, others=bool(lines), zone=zone))


def _poorly(sources: Sequence[SourceLine], zone: str) -> Iterator[Remark]:
    """A line for each reason: where the network is down, that is one line and not one a source."""
    alike: dict[tuple[str, str], list[SourceLine]] = {}
    for source in sources:
        alike.setdefault((source.state, wording.reason_of(source)), []).append(source)
    for (state, _), members in alike.items():
        yield aside(wording.state_name(state), *wording.source_phrases(members, zone), role="alarm")


def _well_but(sources: Sequence[SourceLine]) -> Iterator[Remark]:
    for source in sources:
        yield aside("well, but", source.id, wording.detail_of(source), role="alarm")


def _last_well(source: SourceLine) -> tuple[str, str]:
    return source.last_good_at, source.id


def _each_well(well: Sequence[SourceLine], zone: str) -> Iterable[Remark]:
    for place, source in enumerate(well):
        yield aside(
            "" if place else "well", wording.moment(source.last_good_at, zone) or "undated", source.id
        )


def _all_well(well: Sequence[SourceLine], *, others: bool, zone: str) -> Iterable[Remark]:
    if not well:
        return
    count = wording.counted(len(well), "other source" if others else "source")
    oldest = f"oldest answer {wording.moment(well[0].last_good_at, zone)} from {well[0].id}"
    yield aside("well", count, *([oldest] if well[0].last_good_at else []))


def _log(digest: Digest) -> tuple[Remark, ...]:
    first, last = digest.first_position, digest.last_position
    if not last or first > last:
        done = "dated" if digest.period.clock == "occurred" else "recorded"
        return (aside("log", f"nothing {done} in this period"),)
    return (aside("log", f"position {first:,}" if first == last else f"positions {first:,} to {last:,}"),)
