"""The feeds of a digest, before they are Atom, RSS or JSON: one a watchlist and one of all, the newest entries each.

What stands in them depends on what happened and on nothing else, no hour and no edition: without news they are the same,
byte for byte.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import quote

from monitor.core import wording
from monitor.core.digests import Change, Digest, Entry, Period, Reason, Section
from monitor.core.language import Language
from monitor.core.renderings.neutral import excerpt, web_address
from monitor.core.renderings.stories import content_of, summary_of, title_of

# The name of this program: no file without it is taken for one of ours.
MARK = "policy-monitor"
ALL = "all"
# Before anything was watched; validators doubt dates that are much older.
_NEVER = datetime(2000, 1, 1, tzinfo=UTC)
# What the specific part of a tag URI may hold beside letters and digits: https://www.rfc-editor.org/rfc/rfc4151
_TAG_CHARACTERS = "/:@!$&'()*+,;=-._~?"
_LONGEST_TAG = 600
_LONGEST_NAME = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where the feeds are served: `address` without a slash at its end; `tag` is `authority,year` for their ids.

    `newest` bounds how many entries a feed has. `sample`: a person's trial, which stands beside the real feeds.
    """

    address: str
    title: str
    author: str
    tag: str
    newest: int
    sample: bool = False

    def address_of(self, name: str) -> str:
        """The absolute address of a file among the feeds."""
        return f"{self.address}/{quote(name)}"

    def id_of(self, specific: str) -> str:
        """A tag URI that stays the same for ever; what is too long for one is named by its SHA-256."""
        encoded = quote(specific, safe=_TAG_CHARACTERS, errors="surrogatepass")
        if len(encoded) > _LONGEST_TAG:
            encoded = "sha256:" + hashlib.sha256(specific.encode(errors="surrogatepass")).hexdigest()
        return f"tag:{self.tag}:{encoded}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One entry. `updated` is when the log last learnt something of it, `published` when it was new, if that is in the window.

    `content` is HTML, `summary` one line of plain text. `topics` are its subjects, id and name.
    """

    id: str
    title: str
    url: str
    updated: datetime
    published: datetime | None
    summary: str
    content: str
    topics: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One feed, the newest story first; `name` is its file's without what says the format.

    `language` is that of the labels; what publishers wrote is in whatever language they wrote it.
    """

    id: str
    name: str
    title: str
    about: str
    stories: tuple[Story, ...]
    language: Language = "en"

    @property
    def updated(self) -> datetime:
        """When the newest story was told; long ago where there is none."""
        return self.stories[0].updated if self.stories else _NEVER


def channels(digest: Digest, site: Site) -> tuple[Channel, ...]:
    """The feed of all, then one a watchlist, in the order of the digest."""
    say = digest.period.words
    every = _channel(ALL, site.title, say("All watchlists together"), _merged(digest.sections), digest, site)
    each = (
        _channel(
            # No watchlist's id may hold a plus sign, so this name is nobody else's.
            f"{ALL}+" if section.id == ALL else section.id,
            excerpt(section.title, _LONGEST_NAME) or section.id,
            say("One watchlist of {site}", site=site.title),
            section.entries,
            digest,
            site,
        )
        for section in digest.sections
    )
    return (every, *each)


def _channel(
    name: str, title: str, about: str, entries: Iterable[Entry], digest: Digest, site: Site
) -> Channel:
    news = [entry for entry in entries if _is_news(entry, digest)]
    news.sort(key=lambda entry: entry.key)
    news.sort(key=_updated, reverse=True)
    say = digest.period.words
    prefix = "sample+" if site.sample else ""
    return Channel(
        id=site.id_of(f"{prefix}watchlist/{name}"),
        name=f"{prefix}{name}",
        title=say("Sample: {titles}", titles=title) if site.sample else title,
        about=about,
        stories=tuple(_story(entry, digest.period, site) for entry in news[: site.newest]),
        language=digest.period.language,
    )


def _is_news(entry: Entry, digest: Digest) -> bool:
    """What was there before watching began is no news to subscribers, unless something happened since."""
    origins = {entry.origin, *(change.origin for change in entry.changes)}
    return digest.period.clock == "occurred" or "live" in origins


def _story(entry: Entry, period: Period, site: Site) -> Story:
    prefix = "sample+" if site.sample else ""
    new = [_instant(change.recorded_at) for change in entry.changes if change.kind == "new"]
    return Story(
        id=site.id_of(f"{prefix}{entry.key}"),
        title=title_of(entry, period.words),
        url=web_address(entry.url),
        updated=_updated(entry),
        published=min(new, default=None),
        summary=summary_of(entry, period.words),
        content=content_of(entry, period),
        topics=tuple(
            {
                _name(each.subject): _name(wording.subject_name(each, period.words)) for each in entry.reasons
            }.items()
        ),
    )


def _name(text: str) -> str:
    return excerpt(text, _LONGEST_NAME)


def _updated(entry: Entry) -> datetime:
    """The latest moment at which the log learnt something of it."""
    told = [_instant(change.recorded_at) for change in entry.changes]
    return max(told, default=_instant(entry.recorded_at))


def _instant(recorded_at: str) -> datetime:
    """Aware UTC, whole seconds; what is no moment is as old as can be, so that it moves no other entry."""
    try:
        return datetime.fromisoformat(recorded_at).astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError):
        return _NEVER


def _merged(sections: Sequence[Section]) -> Sequence[Entry]:
    """Each item once, with the reasons and the changes of all watchlists that caught it."""
    merged: dict[str, Entry] = {}
    for section in sections:
        for entry in section.entries:
            named = _named(entry, section)
            merged[entry.key] = _joined(merged[entry.key], named) if entry.key in merged else named
    return list(merged.values())


def _named(entry: Entry, section: Section) -> Entry:
    """The entry with each reason under the name of its watchlist."""
    title = section.title or section.id
    return replace(
        entry, reasons=tuple(replace(each, watchlist=each.watchlist or title) for each in entry.reasons)
    )


def _joined(one: Entry, other: Entry) -> Entry:
    return replace(
        one,
        changes=_once((*one.changes, *other.changes)),
        reasons=_gathered((*one.reasons, *other.reasons)),
        deadlines=one.deadlines or other.deadlines,
        related=one.related or other.related,
        summary=one.summary or other.summary,
    )


def _gathered(reasons: Sequence[Reason]) -> tuple[Reason, ...]:
    """What two watchlists say in the same words is one reason, under the names of both."""
    kept: dict[tuple[object, ...], Reason] = {}
    for reason in reasons:
        said = (reason.subject, reason.evidence, reason.withdrawn)
        names = [kept[said].watchlist] if said in kept else []
        names += [reason.watchlist] if reason.watchlist not in names else []
        kept[said] = replace(reason, watchlist=", ".join(names))
    return tuple(kept.values())


def _once(changes: Sequence[Change]) -> tuple[Change, ...]:
    """In the order of the log. Two watchlists may have met an item at different times."""
    kept: list[Change] = []
    for change in sorted(changes, key=lambda change: change.position):
        kept += [] if change in kept else [change]
    return tuple(kept)
