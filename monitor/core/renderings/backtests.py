"""A backtest in lines: both sides in one table, then each subject that was edited, with items on which they differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from monitor.core import wording
from monitor.core.backtests import (
    Backtest,
    Effect,
    Judged,
    Sample,
    Share,
    Side,
    SubjectResult,
    TermNoise,
    edited,
)
from monitor.core.evidence import Evidence
from monitor.core.renderings.neutral import cells, excerpt, plain
from monitor.core.renderings.wrapping import TYPOGRAPHIC, Line, Part, Span, fitted, wrapped

_NARROWEST = 40
_INDENT = 2
_GUTTER = 12
_NAME = 18
_NUMBER = 10
_LONGEST_NAME = 200
_LONGEST_QUOTE = 48
_QUOTES = 2
_TERMS = 8
_DAY = 12
# Days that a log must cover before alerts a week can be told of it.
_WEEK = 7

_WORDS: dict[Effect, tuple[str, Part]] = {
    "gained": ("gained", "label-new"),
    "lost": ("lost", "label-withdrawn"),
    "reworded": ("other words", "label-revised"),
    "unchanged": ("unchanged", "label-aside"),
}
_CHANGES = {"new": "new", "removed": "removed", "changed": "changed", "same": "the same"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """What was asked for: the edited lists by name, a subject alone or empty, also the subjects that are the same."""

    name: str
    subject: str = ""
    everything: bool = False


def lay_out(found: Backtest, heading: Heading, *, width: int) -> Iterator[Line]:
    """The whole comparison in lines of at most `width` columns."""
    width = max(width, _NARROWEST)
    yield from _opening(found, heading, width)
    yield ()
    yield from _table(found, width)
    yield ()
    yield from _quiet(_about_alerts(found), width)
    told = found.subjects if heading.everything else edited(found)
    for _, group in groupby(told, key=lambda subject: subject.watchlist):
        yield from _chapter(list(group), found, width)
    if same := len(found.subjects) - len(told):
        yield ()
        words = "every subject is" if not told else f"{wording.counted(same, 'other subject')} {_be(same)}"
        yield from _quiet(f"{words} the same as in force; --all shows them", width)


def _be(number: int) -> str:
    return "is" if number == 1 else "are"


def _opening(found: Backtest, heading: Heading, width: int) -> Iterator[Line]:
    name = f"  {plain(heading.name)} beside what is in force"
    yield from wrapped([Span(text="Backtest", part="heading"), Span(text=name)], width, TYPOGRAPHIC)
    facts = [
        wording.counted(found.items, "item"),
        _period(found),
        f"{found.elapsed_s:.1f} s",
        "nothing was recorded",
    ]
    yield from wrapped([*_dotted(facts, "quiet")], width, TYPOGRAPHIC)
    subjects = [subject.change for subject in found.subjects]
    many = [f"{subjects.count(change)} {words}" for change, words in _CHANGES.items() if change in subjects]
    of = f"of subject {plain(heading.subject)}: " if heading.subject else "subjects: "
    yield from wrapped([Span(text=of), *_dotted(many, "words")], width, TYPOGRAPHIC)


def _period(found: Backtest) -> str:
    if not found.first_day:
        return "the log is empty"
    alone = found.first_day == found.last_day
    return f"recorded {found.first_day}" if alone else f"recorded {found.first_day} to {found.last_day}"


def _dotted(phrases: Sequence[str], part: Part) -> Iterator[Span]:
    for place, phrase in enumerate(phrases):
        if place:
            yield Span(text=TYPOGRAPHIC.dot, part="dot")
        yield Span(text=phrase, part=part)


def _table(found: Backtest, width: int) -> Iterator[Line]:
    """Both sides beside each other, and beside or below them what the lists as a whole gain and lose."""
    head = (Span(text=" " * (_INDENT + _NAME)), Span(text=_right("in force"), part="quiet"))
    yield (*head, Span(text=_right("edited"), part="quiet"))
    differ = [*_dotted([f"{found.gained:,} gained", f"{found.lost:,} lost"], "quiet")]
    room = width - _INDENT - _NAME - 2 * _NUMBER - sum(cells(span.text) for span in differ)
    for place, (name, before, after) in enumerate(_rows(found.before, found.after, found.days)):
        row = (Span(text=" " * _INDENT), Span(text=name.ljust(_NAME)), Span(text=_right(before)))
        changed: Part = "strong" if before != after else "words"
        beside = (Span(text="   "), *differ) if not place and room > _INDENT else ()
        yield (*row, Span(text=_right(after), part=changed), *beside)
    if room <= _INDENT:
        yield (Span(text=" " * _INDENT), *differ)


def _rows(before: Side, after: Side, days: int) -> Iterator[tuple[str, str, str]]:
    sides = (before, after)
    yield "items recognised", *_pair(f"{side.recognised:,}" for side in sides)
    if any(side.judged.relevant or side.judged.noise for side in sides):
        yield "  judged relevant", *_pair(f"{side.judged.relevant:,}" for side in sides)
        yield "  judged noise", *_pair(f"{side.judged.noise:,}" for side in sides)
    yield "alerts", *_pair(f"{side.alerts.items:,}" for side in sides)
    if before.alerts.items or after.alerts.items:
        yield "  a day", *_pair(_rate(side.alerts.per_day) for side in sides)
        if days >= _WEEK:
            yield "  a week", *_pair(_rate(side.alerts.per_week) for side in sides)
        yield "  on busiest day", *_pair(f"{side.alerts.busiest:,}" for side in sides)


def _pair(values: Iterator[str]) -> tuple[str, str]:
    before, after = values
    return before, after


def _rate(number: float) -> str:
    return f"{number:,.1f}" if number >= 1 or not number else f"{number:.2f}"


def _right(text: str) -> str:
    return text.rjust(_NUMBER)


def _about_alerts(found: Backtest) -> str:
    """What an alert is here, to the letter."""
    if not found.news:
        return "No item was news when it was first recorded (all are baseline or backfill): of alerts nothing can be said."
    told = wording.counted(found.told, "item") if found.told else "no item"
    return (
        "An alert is here an item that was news when it was first recorded (no baseline, no backfill) and that the side"
        " recognises as it reads now; it counts once, on that day. What happened to it later is not counted."
        f" {_were(found.news)} news in {wording.counted(found.days, 'day')}. The watchlists, as they were written at the"
        f" time, reported {told} as news."
    )


def _were(number: int) -> str:
    return wording.counted(number, "item was", "items were")


def _quiet(words: str, width: int) -> Iterator[Line]:
    yield from wrapped([Span(text=words, part="quiet")], width, TYPOGRAPHIC)


def _chapter(subjects: Sequence[SubjectResult], found: Backtest, width: int) -> Iterator[Line]:
    first = subjects[0]
    title = excerpt(first.title or first.watchlist, _LONGEST_NAME)
    name = f"  {first.watchlist}"
    room = max(width - cells(name), _NARROWEST // 2)
    yield from ((), ())
    yield (Span(text=fitted(title, room, TYPOGRAPHIC), part="chapter"), Span(text=name, part="quiet"))
    yield (Span(text=TYPOGRAPHIC.rule * width, part="rule"),)
    for place, subject in enumerate(subjects):
        if place:
            yield ()
        yield from _subject(subject, found, width)


def _subject(subject: SubjectResult, found: Backtest, width: int) -> Iterator[Line]:
    name = excerpt(subject.name or subject.subject, _LONGEST_NAME)
    zh = f"  {excerpt(subject.zh, _LONGEST_NAME)}" if subject.zh and subject.zh != subject.name else ""
    yield from wrapped([Span(text=name, part="subject"), Span(text=zh, part="quiet")], width, TYPOGRAPHIC)
    rule = [Span(text=subject.subject, part="quiet")]
    yield from _beside(_CHANGES[subject.change], "label-aside", rule, width)
    if not any(share.items for _, share in _shares(subject)):
        yield from _beside("nothing", "label-aside", [Span(text="neither side recognises an item")], width)
    for effect, share in _shares(subject):
        if share.items:
            yield from _effect(effect, share, width)
    if subject.alerts_before or subject.alerts_after:
        yield from _beside("alerts", "label-aside", [*_alerts(subject, found.days)], width)
    if noisy := [term for term in subject.terms if term.judged.noise]:
        yield from _beside("noise", "label-alarm", [*_noise(noisy)], width)


def _shares(subject: SubjectResult) -> tuple[tuple[Effect, Share], ...]:
    return (
        ("gained", subject.gained),
        ("lost", subject.lost),
        ("reworded", subject.reworded),
        ("unchanged", subject.unchanged),
    )


def _effect(effect: Effect, share: Share, width: int) -> Iterator[Line]:
    label, part = _WORDS[effect]
    words = [wording.counted(share.items, "item"), *_judgements(share.judged)]
    if 0 < len(share.samples) < share.items:
        words.append("the latest:" if len(share.samples) == 1 else f"the latest {len(share.samples)}:")
    yield from _beside(label, part, [*_dotted(words, "words")], width)
    for sample in reversed(share.samples):
        yield from _sample(sample, effect, width)


def _judgements(judged: Judged) -> Iterator[str]:
    for number, verdict in ((judged.relevant, "relevant"), (judged.noise, "noise")):
        if number:
            yield f"{number:,} judged {verdict}"


def _sample(sample: Sample, effect: Effect, width: int) -> Iterator[Line]:
    """The publisher's day, the citation or the title; below it the words that speak for it, and the key where nothing else names it."""
    citation = wording.citation(sample.key)
    title = excerpt(sample.title, width * 2) or "(no title)"
    room = max(width - _INDENT * 2 - _DAY, _NARROWEST // 2)
    named = [Span(text=f"{excerpt(citation, room)}  ", part="citation")] if citation else []
    room -= sum(cells(span.text) for span in named)
    fits = Span(text=fitted(title, max(room, 8), TYPOGRAPHIC), part="title")
    yield (
        Span(text=" " * _INDENT * 2),
        Span(text=(plain(sample.published)[:10] or "undated").ljust(_DAY), part="day"),
        *named,
        fits,
    )
    key = [] if citation else [Span(text=plain(sample.key), part="quiet")]
    verdict = [Span(text=f"judged {sample.verdict}", part="alarm")] if sample.verdict else []
    phrases = [[*_why(sample, effect)], *([one] for one in (*key, *verdict))]
    margin = " " * (_INDENT * 2 + _DAY)
    for line in wrapped([*_joined(phrases)], max(width - len(margin), 20), TYPOGRAPHIC):
        yield (Span(text=margin), *line)


def _joined(phrases: Sequence[Sequence[Span]]) -> Iterator[Span]:
    for place, phrase in enumerate(phrases):
        if place:
            yield Span(text=TYPOGRAPHIC.dot, part="dot")
        yield from phrase


def _why(sample: Sample, effect: Effect) -> Iterator[Span]:
    """What speaks for it on the side that recognises it; where both do, what goes and what comes."""
    if effect == "gained":
        yield from _quoted(sample.after)
    elif effect == "lost":
        yield from _quoted(sample.before)
    else:
        kept = set(sample.before) & set(sample.after)
        gone, come = ([one for one in side if one not in kept] for side in (sample.before, sample.after))
        yield Span(text="no longer " if gone else "also ", part="quiet")
        yield from _quoted(gone or come)
        if gone and come:
            yield Span(text=" but ", part="quiet")
            yield from _quoted(come)


def _quoted(evidence: Sequence[Evidence]) -> Iterator[Span]:
    quotations = wording.quotations(evidence)
    for place, (quote, where) in enumerate(quotations[:_QUOTES]):
        if place:
            yield Span(text=", ", part="quiet")
        words = excerpt(quote, _LONGEST_QUOTE)
        yield Span(text=f"{TYPOGRAPHIC.open_quote}{words}{TYPOGRAPHIC.close_quote}", part="quote")
        yield Span(text=f" {excerpt(where, _LONGEST_QUOTE)}", part="quiet")
    if len(quotations) > _QUOTES:
        yield Span(text=f" and {wording.counted(len(quotations) - _QUOTES, 'more place')}", part="quiet")


def _alerts(subject: SubjectResult, days: int) -> Iterator[Span]:
    before, after = subject.alerts_before, subject.alerts_after
    yield Span(text=f"{before:,}{TYPOGRAPHIC.arrow}{after:,}", part="strong" if before != after else "words")
    yield Span(text=f" in {wording.counted(days, 'day')}")
    yield Span(text=TYPOGRAPHIC.dot, part="dot")
    a_week = f", {_rate(_WEEK * after / days)} a week" if days >= _WEEK else ""
    yield Span(text=f"{_rate(after / days)} a day{a_week}")


def _noise(terms: Sequence[TermNoise]) -> Iterator[Span]:
    """The noisiest terms: how many of the judged items that each speaks for are noise."""
    for place, one in enumerate(terms[:_TERMS]):
        if place:
            yield Span(text=TYPOGRAPHIC.dot, part="dot")
        judged = one.judged.relevant + one.judged.noise
        words = excerpt(one.term, _LONGEST_QUOTE)
        yield Span(text=f"{TYPOGRAPHIC.open_quote}{words}{TYPOGRAPHIC.close_quote}", part="quote")
        change = {"new": " (new)", "removed": " (taken out)"}.get(one.change, "")
        yield Span(text=f"{change} {one.judged.noise:,} of {judged:,} judged")
    if len(terms) > _TERMS:
        yield Span(text=TYPOGRAPHIC.dot, part="dot")
        yield Span(text=f"and {wording.counted(len(terms) - _TERMS, 'more term')}")


def _beside(label: str, part: Part, words: Sequence[Span], width: int) -> Iterator[Line]:
    """A label in the gutter, the words beside it."""
    first: Line = (Span(text=" " * _INDENT), Span(text=label.ljust(_GUTTER), part=part))
    later: Line = (Span(text=" " * (_INDENT + _GUTTER)),)
    for place, line in enumerate(wrapped(words, width - _INDENT - _GUTTER, TYPOGRAPHIC)):
        yield (*(later if place else first), *line)
