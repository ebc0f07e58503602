"""What a digest says, before it looks like anything: what is told in full, what is folded, what is told elsewhere.

News is told in full, once a digest: in the first watchlist that caught it, under its first subject, with the reasons
that this watchlist has. A later watchlist that caught it too points there in one line, and a watchlist of low priority
has one line for each of its items. What was already there when watching began is folded to its latest few. Every word
that leaves here is `plain`.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from monitor.core import wording
from monitor.core.digests import Digest, Entry, Period, Section
from monitor.core.language import Language, Words, noted
from monitor.core.renderings import closing
from monitor.core.renderings.beside import Beside, beside
from monitor.core.renderings.neutral import cut, excerpt, plain, web_address
from monitor.core.renderings.remarks import LabelRole, Remark, latest_claim, remarks_of

_DAY = re.compile(r"\d{4}(?:-\d\d){0,2}", re.ASCII)
_SEARCHABLE = re.compile(r"\w[\w ]{0,60}")
_FOLDED_SHOWN = 3
_SILENT_NAMED = 8
_TALLIES = {
    "new": noted("{n} new"),
    "moved": noted("{n} moved"),
    "revised": noted("{n} revised"),
    "withdrawn": noted("{n} withdrawn"),
}
_LONGEST_TITLE = 280
_LONGEST_LINE = 120
_LONGEST_NAME = 120
_LONGEST_NOTICE = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One entry. `above` names the watchlist that tells it in full; a `brief` one is a line that says what `change` it is.

    `see` says so. `day` is the date of the latest change as the publisher states it, `stamp` the same for a machine. The remarks of a
    brief one are for where they can be folded away. `beside` is what is due, its summary, and who tells it too.
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
    see: str = ""
    why: str = "why"
    brief: bool = False
    change: str = ""
    role: LabelRole = "aside"
    beside: Beside = field(default_factory=Beside)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One subject: its news, then the latest of what was there before, then how many more of that there are.

    `days` are how many items it recognised on each of the last days, where that is known, and `in_days` says how many in all.
    `and_more` says how many there are more, and `where_more` also how to see them.
    """

    name: str
    zh: str
    news: tuple[Told, ...]
    folded: tuple[Told, ...]
    why_folded: str
    more: tuple[Told, ...]
    where_more: str
    days: tuple[int, ...] = ()
    in_days: str = ""
    and_more: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """One watchlist that has something to say; a `brief` one says it in a line each.

    `more` says how many entries a cap left out, and which command shows them.
    """

    title: str
    tally: str
    error: str
    groups: tuple[Group, ...]
    brief: bool
    more: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """A digest in words of `language`; `title` and `head_label` are the words around it. `days` is the period, `heading` the same or its name, `period` what else there is to say of it.

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
    language: Language = "en"
    title: str = "Digest"
    head_label: str = "head"


def tell(digest: Digest) -> Telling:
    """Decide what the digest says."""
    told_in: dict[str, str] = {}
    say = digest.period.words
    chapters = [_chapter(section, digest, told_in) for section in digest.sections]
    return Telling(
        days=plain(wording.period_words(digest.period)),
        heading=_heading(digest),
        period=_period(digest),
        summary=_summary(digest),
        notices=tuple(excerpt(notice, _LONGEST_NOTICE) for notice in digest.notices),
        chapters=tuple(chapter for chapter in chapters if chapter.groups or chapter.error or chapter.more),
        quiet=tuple(_quiet(digest.sections, say)),
        sources=closing.sources(
            digest, quiet=not any(_is_news(e, digest) for s in digest.sections for e in s.entries)
        ),
        log=closing.log(digest),
        head=plain(digest.head),
        head_at=say("at position {n}", n=f"{digest.position:,}"),
        language=digest.period.language,
        title=say("Digest"),
        head_label=say("head"),
    )


def _heading(digest: Digest) -> str:
    """The period; by its name where that is true at the moment of reading."""
    if wording.is_last_day(digest.period) and not digest.as_of:
        return digest.period.words(wording.LAST_DAY)
    return plain(wording.period_words(digest.period))


def _is_news(entry: Entry, digest: Digest) -> bool:
    if digest.period.clock == "occurred" or entry.origin == "live":
        return True
    return any(change.origin == "live" for change in entry.changes)


def _period(digest: Digest) -> tuple[str, ...]:
    zone, say = digest.period.timezone, digest.period.words
    days = wording.period_words(digest.period)
    words = (
        "" if days == _heading(digest) else days,
        wording.as_of_words(digest.as_of, zone, say) if digest.as_of else "",
        wording.clock_words(digest.period),
        say("times in {zone}", zone=zone),
    )
    return tuple(plain(word) for word in words if word)


def _summary(digest: Digest) -> tuple[str, ...]:
    news = {e.key: e.change for s in reversed(digest.sections) for e in s.entries if _is_news(e, digest)}
    kinds, say = list(news.values()), digest.period.words
    tally = [say(words, n=f"{kinds.count(kind):,}") for kind, words in _TALLIES.items() if kind in kinds]
    folded = {e.key for s in digest.sections for e in s.entries if not _is_news(e, digest)} - news.keys()
    poorly = sum(source.state != "ok" for source in digest.sources)
    return (
        say.listed(tally) if tally else say("Nothing new"),
        *([say("{n} already there", n=f"{len(folded):,}")] if folded else []),
        *([say.many(poorly, "{n} source not well", "{n} sources not well")] if poorly else []),
    )


def _quiet(sections: Sequence[Section], say: Words) -> Iterator[str]:
    """What to say of watchlists without entries: nothing is new, or all that they caught is told under others."""
    if not sections:
        yield say("No watchlist is in force, so nothing can be told.")
        return
    told = {reason.watchlist for s in sections for entry in s.entries for reason in entry.reasons} - {""}
    empty = [section for section in sections if not section.entries and not section.omitted]
    names = {excerpt(s.title or s.id, _LONGEST_NAME): s.title in told for s in empty}
    silent = _named([name for name, is_told in names.items() if not is_told], say)
    above = _named([name for name, is_told in names.items() if is_told], say)
    words = [
        say("Nothing new for {watchlists}.", watchlists=silent) if silent else "",
        say("All that {watchlists} caught is told above.", watchlists=above) if above else "",
    ]
    if any(words):
        yield say.sentences(*words)


def _named(names: Sequence[str], say: Words) -> str:
    if len(names) > _SILENT_NAMED:
        return say.many(len(names), "{n} watchlist", "{n} watchlists")
    return say.named(names)


def _chapter(section: Section, digest: Digest, told_in: dict[str, str]) -> Chapter:
    title = excerpt(section.title or section.id, _LONGEST_NAME)
    subjects: dict[str, list[Entry]] = {}
    for entry in section.entries:
        subjects.setdefault(entry.reasons[0].subject if entry.reasons else "", []).append(entry)
    brief = section.priority == "low"
    days = {each.subject: tuple(max(n, 0) for n in each.days) for each in section.activity}
    groups = tuple(
        _group(entries, digest, told_in, brief=brief, days=days.get(subject, ()))
        for subject, entries in subjects.items()
    )
    news = [entry for entry in section.entries if _is_news(entry, digest)]
    for entry in () if brief else news:
        told_in.setdefault(entry.key, title)
    return Chapter(
        title=title,
        tally=_tally(len(news), section.omitted, digest.period.words),
        error=excerpt(section.error, _LONGEST_NOTICE),
        groups=groups,
        brief=brief,
        more=_more(section, digest),
    )


def _tally(shown: int, omitted: int, say: Words) -> str:
    if omitted:
        return say.many(shown + omitted, "{shown} of {n} item", "{shown} of {n} items", shown=f"{shown:,}")
    return say.many(shown, "{n} item", "{n} items") if shown else ""


def _more(section: Section, digest: Digest) -> str:
    if not section.omitted:
        return ""
    since = f" --since {plain(digest.period.since)}" if digest.period.since else ""
    command = f"monitor digest --watchlist {shlex.quote(plain(section.id))}{since}"
    return digest.period.words("and {n} more: {where}", n=f"{section.omitted:,}", where=command)


def _group(
    entries: Sequence[Entry],
    digest: Digest,
    told_in: dict[str, str],
    *,
    brief: bool,
    days: tuple[int, ...],
) -> Group:
    first = entries[0].reasons[0] if entries[0].reasons else None
    folded = [entry for entry in entries if not _is_news(entry, digest)]
    folded.sort(key=lambda entry: (entry.occurred, entry.recorded_at, entry.key), reverse=True)
    say = digest.period.words
    name, zh = say.names(first.name or first.subject, first.zh) if first else ("", "")
    lines = tuple(_told(entry, digest) for entry in folded)
    return Group(
        name=excerpt(name, _LONGEST_NAME),
        zh=excerpt(zh, _LONGEST_NAME),
        news=tuple(
            _news(entry, digest, told_in, brief=brief) for entry in entries if _is_news(entry, digest)
        ),
        folded=lines[:_FOLDED_SHOWN],
        why_folded=_why_folded(folded, say),
        more=lines[_FOLDED_SHOWN:],
        where_more=say(
            "and {n} more: {where}", n=f"{len(lines) - _FOLDED_SHOWN:,}", where=_where_more(folded, say)
        ),
        days=days,
        in_days=in_days(days, say),
        and_more=say("and {n} more", n=f"{len(lines) - _FOLDED_SHOWN:,}"),
    )


def in_days(days: Sequence[int], say: Words) -> str:
    """`12 in 30 days`; nothing where there was none."""
    total = sum(days)
    return say("{n} in {days} days", n=f"{total:,}", days=len(days)) if total else ""


def _why_folded(folded: Sequence[Entry], say: Words) -> str:
    origins = {entry.origin for entry in folded}
    if not origins:
        return ""
    if origins == {"backfill"}:
        return say("found in the past")
    if origins == {"baseline"}:
        return say("already there when watching began")
    return say("from before watching began")


def _where_more(folded: Sequence[Entry], say: Words) -> str:
    """A search that surely finds all of them, by words that stand in each; else the format that leaves none out."""
    in_each = set.intersection(*(_searchable(entry) for entry in folded)) if folded else set()
    if words := max(in_each, key=lambda quote: (len(quote), quote), default=""):
        return f"monitor items {shlex.quote(words)}"
    return say("--json has them all")


def _searchable(entry: Entry) -> set[str]:
    quotes = (e.quote for r in entry.reasons for e in r.evidence if e.field in {"title", "summary"})
    return {quote.casefold() for quote in quotes if _SEARCHABLE.fullmatch(quote)}


def _news(entry: Entry, digest: Digest, told_in: dict[str, str], *, brief: bool) -> Told:
    told, above, say = _told(entry, digest), told_in.get(entry.key, ""), digest.period.words
    told = told if above else replace(told, beside=beside(entry, digest.period))
    remarks = () if above else remarks_of(entry, digest.period)
    if brief:
        gone = bool(entry.reasons) and all(reason.withdrawn for reason in entry.reasons)
        told = replace(
            told,
            brief=True,
            change=say("no longer") if gone else wording.change_name(entry.change, say),
            role="withdrawn" if gone else entry.change,
        )
    if brief or above:
        see = say("see {watchlist}", watchlist=above) if above else ""
        return replace(told, title=cut(told.title, _LONGEST_LINE), remarks=remarks, above=above, see=see)
    return replace(told, zh=_chinese_title(entry, told.title), remarks=remarks)


def _chinese_title(entry: Entry, title: str) -> str:
    """The document's Chinese name where neither its title nor the heading above it says it already."""
    zh = excerpt(entry.title_zh, _LONGEST_NAME)
    heading = excerpt(entry.reasons[0].zh, _LONGEST_NAME) if entry.reasons else ""
    return "" if zh in title or zh == heading else zh


def _told(entry: Entry, digest: Digest) -> Told:
    claim = latest_claim(entry) or entry.published
    citation, say = excerpt(wording.citation(entry.key), _LONGEST_NAME), digest.period.words
    title = excerpt(entry.title, _LONGEST_TITLE) or excerpt(entry.title_zh, _LONGEST_NAME)
    return Told(
        key=plain(entry.key),
        why=say("why"),
        day=_day(claim, digest.period),
        stamp=plain(claim),
        citation=citation,
        title=title or ("" if citation else say("(no title)")),
        url=web_address(entry.url),
    )


def _day(claim: str, period: Period) -> str:
    day = wording.day_and_time(claim, period.timezone)[0]
    return day if _DAY.fullmatch(day) else period.words("undated")
