"""Entries of one watchlist that tell the same story: a document, and what others publish of it.

Two entries do where somebody confirmed a link, where one names the other's document, or where their titles are nearly the
same words from different sources. Two documents of one series (two bills, two notices) are two stories, whatever they
are called. `related` only says so; `folded` tells the most authoritative one, and the others under it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from rapidfuzz import fuzz

from monitor.core.digests import Entry, Related, Section
from monitor.core.text import fold

# Series of official documents, the weightiest first: of one story, these are told before all else.
_SERIES = ("law", "bill", "frdoc", "fcc", "nsf", "grant", "regs", "ecfs", "nsf-award", "crs", "meeting")
# A citation of these names one document and its story; a docket, a rule's number or a bill gathers many.
_NAMED_BY = frozenset({"frdoc", "fcc", "nsf", "grant"})
_NEARLY = 92
_FEWEST_WORDS = 5
_LEAST_SHARE = 0.6
# Words that more titles than this have in common tell nothing of one of them.
_RARE = 40
_RAREST_TRIED = 3
_LONGEST_TITLE = 400
_WORD = re.compile(r"[^\W_]+")
# Han, Kana and Hangul are not parted by spaces: each character counts as a word.
_WIDE = re.compile("[\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ties:
    """What an item is tied to: `cites` are documents that it is or names, `linked` items confirmed to belong to it."""

    cites: frozenset[str] = frozenset()
    linked: frozenset[str] = frozenset()


def related(entries: Sequence[Entry], ties: Mapping[str, Ties]) -> tuple[Entry, ...]:
    """The entries, each with the others that tell its story, the most authoritative first."""
    groups = _groups(entries, ties)
    return tuple(
        replace(entry, related=tuple(_as_related(other) for other in groups[entry.key] if other is not entry))
        if entry.key in groups
        else entry
        for entry in entries
    )


def folded(section: Section) -> Section:
    """The section with each story told once: what is merely new stands under the entry that is told.

    Nothing is lost: an entry that is left out is named by the one that it stands under, with its subjects and what is
    due. A watchlist that has a line for each of its items anyway stays as it is.
    """
    if section.priority == "low":
        return section
    place = {entry.key: entry for entry in section.entries}
    under: dict[str, list[Entry]] = defaultdict(list)
    for entry in section.entries:
        if (leader := _leader(entry, place)) is not None:
            under[leader.key].append(entry)
    gone = {entry.key for members in under.values() for entry in members}
    kept = (entry for entry in section.entries if entry.key not in gone)
    return replace(
        section, entries=tuple(_with_members(entry, under.get(entry.key, ()), place, gone) for entry in kept)
    )


def _leader(entry: Entry, place: Mapping[str, Entry]) -> Entry | None:
    """The entry of the section under which this one stands; None where it stands by itself."""
    others = [place[each.key] for each in entry.related if each.key in place]
    first = min([entry, *(one for one in others if _is_news(one) == _is_news(entry))], key=_authority)
    return first if first is not entry and {change.kind for change in entry.changes} <= {"new"} else None


def _with_members(
    entry: Entry, members: Sequence[Entry], place: Mapping[str, Entry], gone: set[str]
) -> Entry:
    """The entry with what its members alone have; those of its story that are told by themselves need no naming."""
    subjects = {(reason.watchlist, reason.subject) for reason in entry.reasons}
    due = {deadline.what for deadline in entry.deadlines}
    own = {each.key for each in members}
    reasons = [r for one in members for r in one.reasons if (r.watchlist, r.subject) not in subjects]
    deadlines = [d for one in members for d in one.deadlines if d.what not in due]
    named = (
        each for each in entry.related if each.key in own or (each.key not in place and each.key not in gone)
    )
    return replace(
        entry,
        related=(
            *named,
            *(_as_related(o) for o in members if o.key not in {e.key for e in entry.related}),
        ),
        reasons=(*entry.reasons, *{(r.watchlist, r.subject): r for r in reversed(reasons)}.values()),
        deadlines=(*entry.deadlines, *{d.what: d for d in reversed(deadlines)}.values()),
    )


def _is_news(entry: Entry) -> bool:
    return any(change.origin == "live" for change in entry.changes)


def _as_related(entry: Entry) -> Related:
    return Related(key=entry.key, title=entry.title, url=entry.url, source=entry.source)


def _series(key: str) -> str:
    scheme = key.partition(":")[0]
    return scheme if scheme in _SERIES else ""


def _authority(entry: Entry) -> tuple[int, str, str]:
    """By the weight of the document, then by who was first."""
    series = _series(entry.key)
    return _SERIES.index(series) if series else len(_SERIES), entry.occurred or "9", entry.key


def _groups(entries: Sequence[Entry], ties: Mapping[str, Ties]) -> dict[str, list[Entry]]:
    """Each entry that shares its story, with all entries of that, the most authoritative first."""
    by_key = {entry.key: entry for entry in entries}
    root = {key: key for key in by_key}
    for one, other in (*_tied(by_key, ties), *_alike(list(by_key.values()))):
        root[_root(root, one)] = _root(root, other)
    found: dict[str, list[Entry]] = defaultdict(list)
    for key, entry in by_key.items():
        found[_root(root, key)].append(entry)
    return {
        key: members
        for members in (sorted(each, key=_authority) for each in found.values() if len(each) > 1)
        for key in (entry.key for entry in members)
    }


def _root(root: dict[str, str], key: str) -> str:
    while root[key] != key:
        root[key] = root[root[key]]
        key = root[key]
    return key


def _tied(by_key: Mapping[str, Entry], ties: Mapping[str, Ties]) -> Iterator[tuple[str, str]]:
    """Pairs that are linked, or of which both name one document: there are few of either."""
    naming: dict[str, str] = {}
    for key, entry in by_key.items():
        tie = ties.get(key, Ties())
        yield from ((key, other) for other in sorted(tie.linked) if other in by_key)
        named = sorted(each for each in {*tie.cites, key} if each.partition(":")[0] in _NAMED_BY)
        # What names several documents is about none of them alone.
        if len(named) == 1:
            first = naming.setdefault(named[0], key)
            if by_key[first].source != entry.source and not _are_two(first, key):
                yield first, key


def _are_two(one: str, other: str) -> bool:
    """Whether both keys are documents of one series, and so not the same."""
    return one != other and bool(_series(one)) and _series(one) == _series(other)


@dataclass(frozen=True, slots=True)
class _Title:
    key: str
    source: str
    text: str
    words: frozenset[str]

    @property
    def numbers(self) -> set[str]:
        """Its figures: two titles that differ in one are of two documents."""
        return {word for word in self.words if any(map(str.isdigit, word))}


def _alike(entries: Iterable[Entry]) -> Iterator[tuple[str, str]]:
    """Pairs of different sources whose titles are nearly the same words; only those that share a rare one are compared."""
    titles = [title for entry in entries if len((title := _title(entry)).words) >= _FEWEST_WORDS]
    holding: dict[str, list[_Title]] = defaultdict(list)
    for title in titles:
        for word in title.words:
            holding[word].append(title)
    for title in titles:
        rarest = sorted(title.words, key=lambda word: (len(holding[word]), word))[:_RAREST_TRIED]
        near = {o.key: o for w in rarest if len(holding[w]) <= _RARE for o in holding[w] if o.key < title.key}
        yield from ((title.key, other.key) for other in near.values() if _are_alike(title, other))


def _title(entry: Entry) -> _Title:
    text = fold(entry.title[:_LONGEST_TITLE]).lower
    spaced = _WIDE.sub(r" \g<0> ", text)
    words = _WORD.findall(spaced)
    return _Title(entry.key, entry.source, " ".join(words), frozenset(words))


def _are_alike(one: _Title, other: _Title) -> bool:
    if one.source == other.source or _are_two(one.key, other.key) or one.numbers != other.numbers:
        return False
    fewer, more = sorted((len(one.words), len(other.words)))
    return fewer >= more * _LEAST_SHARE and fuzz.token_set_ratio(one.text, other.text) >= _NEARLY
