"""What is wrong or doubtful in watchlists: each finding with its place, what it is, and what to do.

`lint` reads the rules alone: what a file's reader found, slips of single terms, terms that make each other idle, subjects
that get in each other's way. `Tally` counts what each term did over the log. Findings are errors (the rule cannot work),
warnings (it does what is seldom meant) or notes (good to know).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from monitor.core import wording
from monitor.core.errors import Place, WatchlistError
from monitor.core.linting.miswritten import miswritten, of_keys
from monitor.core.linting.shadows import Shadow, Within, forbidden, names_within, shadows
from monitor.core.linting.slips import Level, Slip, slips
from monitor.core.term_names import in_quotes
from monitor.core.watchlists import Subject, Term, Watchlist

# Of terms that found nothing there are many findings, and none is urgent: they are told of together.
NEVER = "never"
LEVELS: tuple[Level, ...] = ("error", "warning", "note")
_NAMED = 3
# The reader of a file quotes as Python does.
_IN_QUOTES = re.compile(r"(?<!\w)'([^'\"]*)'(?!\w)")
_PLACE = re.compile(r"(?P<file>.*?)(?::(?P<line>\d+))?$", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """What a term did over the log: in how many items it was found, how many of those were judged, and as noise."""

    term: str
    line: int
    items: int
    judged: int = 0
    noise: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`rule` is a permanent word for the kind of finding. `line` counts from 1; 0 where it is about the whole file.

    `counts` are those of the terms that it is about, where it was tried over the log. `place` is the very spot, where the
    file's reader found one.
    """

    level: Level
    rule: str
    file: str
    what: str
    remedy: str
    line: int = 0
    watchlist: str = ""
    subject: str = ""
    term: str = ""
    counts: tuple[Count, ...] = ()
    place: Place | None = None


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """By file, then by line, the worst first."""
    return sorted(findings, key=lambda one: (one.file, one.line, LEVELS.index(one.level), one.rule, one.what))


def of_errors(errors: Iterable[WatchlistError]) -> Iterator[Finding]:
    """What makes a file unusable."""
    for error in errors:
        place = _PLACE.fullmatch(error.where)
        file, line = (place["file"], place["line"]) if place else (error.where, None)
        yield Finding(
            level="error",
            rule="grammar",
            file=file,
            line=int(line or 0),
            what=_quoting_alike(error.what),
            remedy=error.remedy,
            place=error.place,
        )


def lint(
    watchlists: Sequence[Watchlist], only: Collection[str], sources: Collection[str] | None = None
) -> Iterator[Finding]:
    """All that the rules tell by themselves of the watchlists in `only`, by id, beside all the others.

    `sources` are the ids of the configured ones, with which keys may begin; None where they are not known.
    """
    for watchlist in watchlists:
        if watchlist.id in only:
            yield from (_warned(watchlist, text) for text in watchlist.warnings)
            yield from _of_telling(watchlist)
            for subject in watchlist.subjects:
                yield from _of_terms(watchlist, subject)
                yield from (_slip(watchlist, subject, None, one) for one in of_keys(subject.keys, sources))
                yield from (_forbidden(watchlist, subject, one) for one in forbidden(subject))
            yield from _of_shadows(watchlist)
    found = [*_same_ids(watchlists), *_same_terms(watchlists), *_within(watchlists)]
    yield from (one for one in found if one.watchlist in only)


def _of_telling(watchlist: Watchlist) -> Iterator[Finding]:
    """What `on` leaves out while it names less."""
    told = set(watchlist.on)
    small = [f'"{one}"' for one in watchlist.on if one in {"metadata", "typographic"}]
    if small and "substantive" not in told:
        what = f"on = [{', '.join(small)}, …] tells of slight revisions, and of substantive ones nothing"
        yield _on_whole(watchlist, "warning", "on", what, 'add "substantive"')
    if "new" not in told:
        what = "on leaves new items out: each is first told of when something happens to it"
        yield _on_whole(watchlist, "note", "on", what, 'add "new", unless that is meant')


def _on_whole(watchlist: Watchlist, level: Level, rule: str, what: str, remedy: str) -> Finding:
    return Finding(
        level=level, rule=rule, file=watchlist.file, watchlist=watchlist.id, what=what, remedy=remedy
    )


def _warned(watchlist: Watchlist, text: str) -> Finding:
    """A warning of the file's reader: `file:line: key: what; remedy`."""
    line, _, told = text.removeprefix(f"{watchlist.file}:").partition(": ")
    what, _, remedy = told.rpartition("; ")
    return Finding(
        level="warning",
        rule="grammar",
        file=watchlist.file,
        line=int(line),
        watchlist=watchlist.id,
        what=_quoting_alike(what),
        remedy=remedy,
    )


def _quoting_alike(said: str) -> str:
    return _IN_QUOTES.sub(r'"\1"', said)


def finding(
    watchlist: Watchlist,
    subject: Subject,
    term: Term | None,
    *,
    level: Level,
    rule: str,
    what: str,
    remedy: str,
    counts: Sequence[Count] = (),
) -> Finding:
    """A finding on a term, or on the subject where there is none."""
    return Finding(
        level=level,
        rule=rule,
        file=watchlist.file,
        line=term.line if term else subject.line,
        watchlist=watchlist.id,
        subject=subject.id,
        term=term.written if term else "",
        what=what,
        remedy=remedy,
        counts=tuple(counts),
    )


def quoted(terms: Sequence[str], most: int = _NAMED) -> str:
    """The first few in quotes, and how many more there are."""
    named = [f'"{term}"' for term in terms[:most]]
    more = len(terms) - len(named)
    return f"{', '.join(named)} and {more:,} more" if more else wording.listed(named)


def _of_terms(watchlist: Watchlist, subject: Subject) -> Iterator[Finding]:
    for term in (*subject.any, *subject.all):
        yield from (_slip(watchlist, subject, term, slip) for slip in slips(term, subject))
    for term in (*subject.any, *subject.all, *subject.none):
        yield from (_slip(watchlist, subject, term, slip) for slip in miswritten(term))


def _slip(watchlist: Watchlist, subject: Subject, term: Term | None, slip: Slip) -> Finding:
    return finding(
        watchlist, subject, term, level=slip.level, rule=slip.rule, what=slip.what, remedy=slip.remedy
    )


def _forbidden(watchlist: Watchlist, subject: Subject, shadow: Shadow) -> Finding:
    """A term that cannot work; only doubtful where it may be written as one word."""
    by = f"none = [{in_quotes(shadow.by, line=True)}] forbids it"
    if shadow.joined:
        what = f'{in_quotes(shadow.term)}: {by} unless it is written as one word ("{shadow.joined}")'
    else:
        what = f"{in_quotes(shadow.term)} can never match: {by} wherever it is found"
    level: Level = "warning" if shadow.joined else "error"
    remedy = "take it out of one of the two lists, or forbid longer words"
    return finding(watchlist, subject, shadow.term, level=level, rule="forbidden", what=what, remedy=remedy)


def _of_shadows(watchlist: Watchlist) -> Iterator[Finding]:
    """Terms that make each other idle; those in other forms of Chinese characters, often meant for readers, in one note."""
    twins: list[tuple[Subject, Term]] = []
    for subject in watchlist.subjects:
        for shadow in (shadow for terms in (subject.any, subject.none) for shadow in shadows(terms)):
            if shadow.is_twin:
                twins.append((subject, shadow.term))
            else:
                yield _shadowed(watchlist, subject, shadow)
    if twins:
        yield _in_other_forms(watchlist, [term for _, term in twins])


def _in_other_forms(watchlist: Watchlist, terms: Sequence[Term]) -> Finding:
    repeat = "term repeats another" if len(terms) == 1 else "terms repeat others"
    what = f"{len(terms):,} {repeat} in other forms of Chinese characters: {quoted([one.written for one in terms])}"
    return Finding(
        level="note",
        rule="forms",
        file=watchlist.file,
        line=terms[0].line,
        watchlist=watchlist.id,
        what=what,
        remedy="take them out if you like: simplified, traditional and Japanese forms find one another",
    )


def _shadowed(watchlist: Watchlist, subject: Subject, shadow: Shadow) -> Finding:
    term, other = in_quotes(shadow.term, line=True), in_quotes(shadow.by, line=True)
    if shadow.joined:
        what = f'{term} adds only what is written as one word ("{shadow.joined}") to {other}'
        remedy = "take it out, unless that is meant"
    else:
        what = f"{term} can add nothing: {other} is found wherever it is"
        remedy = "take it out"
    level: Level = "note" if shadow.joined else "warning"
    return finding(watchlist, subject, shadow.term, level=level, rule="shadowed", what=what, remedy=remedy)


_Place = tuple[Watchlist, Subject]


def _subjects(watchlists: Iterable[Watchlist]) -> Iterator[_Place]:
    return ((watchlist, subject) for watchlist in watchlists for subject in watchlist.subjects)


def _address(place: _Place) -> str:
    watchlist, subject = place
    return f"{watchlist.file}:{subject.line}"


def _same_ids(watchlists: Sequence[Watchlist]) -> Iterator[Finding]:
    """Subjects of several lists with one id: allowed, and good to know."""
    by_id: dict[str, list[_Place]] = defaultdict(list)
    for place in _subjects(watchlists):
        by_id[place[1].id].append(place)
    for id_, places in by_id.items():
        for place in places if len(places) > 1 else ():
            others = wording.listed([_address(other) for other in places if other != place])
            yield finding(
                *place,
                None,
                level="note",
                rule="same-id",
                what=f'a subject "{id_}" stands in {others} too, and each is told of by itself',
                remedy="give one of them another id, unless both are about the same thing",
            )


def _same_terms(watchlists: Sequence[Watchlist]) -> Iterator[Finding]:
    """Subjects that recognise the same items, under whatever names."""
    by_rules: dict[object, list[_Place]] = defaultdict(list)
    for place in _subjects(watchlists):
        by_rules[_rules(place[1])].append(place)
    for places in by_rules.values():
        for place in places[1:]:
            first = f'"{places[0][1].id}" ({_address(places[0])})'
            yield finding(
                *place,
                None,
                level="warning",
                rule="same-terms",
                what=f'"{place[1].id}" has the same terms as {first}: each item is told of twice',
                remedy="keep one of the two",
            )


def _rules(subject: Subject) -> object:
    """All that decides what a subject recognises."""
    terms = (subject.any, subject.all, subject.none)
    return tuple(frozenset(map(_rule, each)) for each in terms), frozenset(subject.keys)


def _rule(term: Term) -> object:
    within = term.within if term.near else 0
    return (
        term.kind,
        term.text,
        term.case,
        term.fuzzy,
        frozenset(term.near),
        within,
        frozenset(term.fields),
    )


def _within(watchlists: Sequence[Watchlist]) -> Iterator[Finding]:
    """Names of subjects that stand in longer names of others, by the shorter name."""
    by_term: dict[tuple[str, str, int, str], list[Within]] = defaultdict(list)
    for one in names_within(watchlists):
        by_term[one.watchlist.id, one.subject.id, one.term.line, one.term.written].append(one)
    for found in by_term.values():
        first = found[0]
        longer = list(dict.fromkeys(one.longer.written for one in found))
        others = wording.listed(list(dict.fromkeys("/".join(one.other) for one in found)))
        yield finding(
            first.watchlist,
            first.subject,
            first.term,
            level="note",
            rule="within",
            what=f"{in_quotes(first.term)} also stands in {quoted(longer)} of {others}, so both are told of",
            remedy=f'if that is not meant, add none = ["{longer[0]}"] to "{first.subject.id}"',
        )
