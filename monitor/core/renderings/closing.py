"""What closes a digest: how the sources are, and which part of the log it read. Silence means something only then."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from monitor.core import wording
from monitor.core.digests import Digest, Period, SourceLine
from monitor.core.renderings.remarks import Remark, aside

# States of sources that nobody asked when they were due.
_NOT_ASKED = frozenset({"new", "overdue"})


def sources(digest: Digest, *, quiet: bool) -> tuple[Remark, ...]:
    """Those that are not well, that all were asked, and those that are well: each of them on a `quiet` day."""
    period = digest.period
    if not digest.sources:
        return (aside(period.words("sources"), period.words("No source is configured.")),)
    good = [source for source in digest.sources if source.state == "ok"]
    poorly = [source for source in digest.sources if source.state != "ok"]
    lines = [*_poorly(poorly, period), *_well_but([s for s in good if s.detail], period)]
    well = sorted((s for s in good if not s.detail), key=_last_well)
    asked = _asked(digest.sources, period)
    if quiet:
        return (*lines, asked, *_each_well(well, period))
    return (*lines, asked, *_all_well(well, others=bool(lines), period=period))


def _asked(sources: Sequence[SourceLine], period: Period) -> Remark:
    """The heartbeat: that everybody was asked, and when somebody last answered."""
    say = period.words
    asked = [source for source in sources if source.state not in _NOT_ASKED]
    last = _moment(max(source.last_good_at for source in sources), period)
    heard = say("last answer {moment}", moment=last) if last else say("no answer yet")
    if len(asked) == len(sources):
        everyone = (
            say("both sources")
            if len(sources) == 2
            else say.many(len(sources), "the only source", "all {n} sources")
        )
        return aside(say("asked"), everyone, heard)
    missed = say.many(
        len(sources), "{asked} of {n} source", "{asked} of {n} sources", asked=f"{len(asked):,}"
    )
    return aside(say("asked"), missed, heard, role="alarm")


def _moment(claim: str, period: Period) -> str:
    return period.words.dated(wording.moment(claim, period.timezone))


def _poorly(sources: Sequence[SourceLine], period: Period) -> Iterator[Remark]:
    """A line for each reason: where the network is down, that is one line and not one a source."""
    say = period.words
    alike: dict[tuple[str, str], list[SourceLine]] = {}
    for source in sources:
        alike.setdefault((source.state, wording.reason_of(source)), []).append(source)
    for (state, _), members in alike.items():
        phrases = wording.source_phrases(members, period.timezone, say)
        yield aside(wording.state_name(state, say), *phrases, role="alarm")


def _well_but(sources: Sequence[SourceLine], period: Period) -> Iterator[Remark]:
    for source in sources:
        yield aside(period.words("well, but"), source.id, wording.detail_of(source), role="alarm")


def _last_well(source: SourceLine) -> tuple[str, str]:
    return source.last_good_at, source.id


def _each_well(well: Sequence[SourceLine], period: Period) -> Iterable[Remark]:
    say = period.words
    for place, source in enumerate(well):
        last = wording.moment(source.last_good_at, period.timezone) or say("undated")
        yield aside("" if place else say("well"), last, source.id)


def _all_well(well: Sequence[SourceLine], *, others: bool, period: Period) -> Iterable[Remark]:
    if not well:
        return
    say = period.words
    count = (
        say.many(len(well), "{n} other source", "{n} other sources")
        if others
        else say.many(len(well), "{n} source", "{n} sources")
    )
    last, first = _moment(well[0].last_good_at, period), well[0].id
    oldest = say("oldest answer {moment} from {source}", moment=last, source=first) if last else ""
    yield aside(say("well"), count, oldest)


def log(digest: Digest) -> tuple[Remark, ...]:
    """Which positions of the log the period holds."""
    say, first, last = digest.period.words, digest.first_position, digest.last_position
    if not last or first > last:
        dated = digest.period.clock == "occurred"
        return (
            aside(
                say("log"),
                say("nothing dated in this period") if dated else say("nothing recorded in this period"),
            ),
        )
    if first == last:
        return (aside(say("log"), say("position {n}", n=f"{first:,}")),)
    return (aside(say("log"), say("positions {first} to {last}", first=f"{first:,}", last=f"{last:,}")),)
