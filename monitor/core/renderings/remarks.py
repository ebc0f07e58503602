"""What is said of one item: what changed, where it stands, why it is here; in one row where nothing special happened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from monitor.core import wording
from monitor.core.bill_paths import Step, path
from monitor.core.bills import INTRODUCED, Stage
from monitor.core.digests import Change, Entry, Period, Reason
from monitor.core.language import Words
from monitor.core.renderings.neutral import excerpt, plain
from monitor.core.renderings.phrases import Phrase, Piece, Role, piece
from monitor.core.renderings.revisions import revision
from monitor.core.renderings.stage_words import stage_words

LabelRole = Literal["new", "revised", "moved", "withdrawn", "aside", "alarm"]

_LONGEST_WORDS = 130
_LONGEST_WORDS_BEFORE = 66
_LONGEST_VALUE = 120
_LONGEST_QUOTE = 60
_LONGEST_QUOTE_IN_BRIEF = 44
_LONGEST_STAGE = 66
_CHANGES_TOLD = 2
_QUOTES_TOLD = 2
_SUBJECTS_TOLD = 2
_WATCHLISTS_TOLD = 2
# A bill that has come to fewer stages has its way in signs alone.
_STAGES_DRAWN = 2
# A publisher's date this much older than our record of it deserves a word: the item came late.
_LATE_DAYS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """A labelled row of phrases; how the phrases are parted is the format's business.

    A row that is `short` takes one line where lines have a width, and is cut there. `path` is a bill's way: a format that
    draws it says `beside` instead of the phrases; where the row is `brief`, it draws signs alone, before the words that `path`
    marks there.
    """

    label: str
    role: LabelRole
    phrases: tuple[Phrase, ...]
    short: bool = False
    path: tuple[Step, ...] = ()
    beside: tuple[Phrase, ...] = ()
    brief: bool = False


def aside(label: str, *phrases: str, role: LabelRole = "aside") -> Remark:
    """A row of plain phrases."""
    return Remark(label=plain(label), role=role, phrases=tuple((piece(words),) for words in phrases if words))


def remarks_of(entry: Entry, period: Period) -> tuple[Remark, ...]:
    """The rows of one entry, the latest change first; a single row where all that happened is that it is new.

    Of a bill or of an item with several changes the reasons are told in brief: there is enough to read.
    """
    told, earlier = _apart(entry)
    shown = latest_claim(entry)
    rows = [_change(entry, change, place, shown, period) for place, change in enumerate(told)]
    say = period.words
    rows = rows or [
        Remark(label=wording.change_name(entry.change, say), role=entry.change, phrases=_whence(entry))
    ]
    if (
        len(rows) == 1
        and not earlier
        and entry.change == "new"
        and (entry.stage is None or len(wording.stage_names(entry.stage)) < _STAGES_DRAWN)
    ):
        return (_only_new(entry, rows[0].phrases, say),)
    if any(change.kind == "moved" for change in told):
        rows = [replace(row, short=True) for row in rows]
    why = _why_in_brief if len(rows) > 1 or entry.stage else _why
    rows += [_before(entry, earlier, period), _aside(say("why"), why(entry.reasons, say))]
    return tuple(row for row in _same_label_once(rows) if row.phrases)


def _only_new(entry: Entry, dates: tuple[Phrase, ...], say: Words) -> Remark:
    """All in one row."""
    stage, why = _first_stage(entry, say), _why(entry.reasons, say)
    return Remark(
        label=say("new"),
        role="new",
        phrases=(*dates, *stage, *why),
        path=_way(entry, say),
        beside=(*dates, *(tuple(replace(each, role="path") for each in phrase) for phrase in stage), *why),
        brief=True,
    )


def _way(entry: Entry, say: Words) -> tuple[Step, ...]:
    """A bill's way, its stages by the names that this reader knows."""
    steps = path(entry.stage, entry.key)
    return tuple(replace(step, name=wording.stage_name(step.name, say)) for step in steps)


def _apart(entry: Entry) -> tuple[Sequence[Change], Sequence[Change]]:
    """The changes that are told and those that are counted. That a bill is new is said with where it stands now."""
    latest_first = tuple(reversed(entry.changes))
    rows = [change for change in latest_first if change.kind != "new"] if entry.stage else []
    told = (rows or latest_first)[:_CHANGES_TOLD]
    return told, [change for change in latest_first if change not in told]


def _first_stage(entry: Entry, say: Words) -> tuple[Phrase, ...]:
    """A bill that has gone no further than its first stage; the day is the entry's own."""
    names = wording.stage_names(entry.stage, say) if entry.stage else ()
    return ((piece(names[0]),),) if names else ()


def latest_claim(entry: Entry) -> str:
    """The date of the latest dated change, which is the entry's date for a reader; else the item's own."""
    return next((change.occurred for change in reversed(entry.changes) if change.occurred), entry.occurred)


def _same_label_once(rows: Sequence[Remark]) -> Iterator[Remark]:
    """Two moves in a row are one label and two lines."""
    for place, row in enumerate(rows):
        repeated = place > 0 and rows[place - 1].label == row.label
        yield replace(row, label="") if repeated else row


def _change(entry: Entry, change: Change, place: int, shown: str, period: Period) -> Remark:
    room = _LONGEST_WORDS if place == 0 else _LONGEST_WORDS_BEFORE
    words: tuple[Phrase, ...] = ((piece(excerpt(change.text, room)),),) if change.text.strip() else ()
    if change.kind == "new":
        words = _whence(entry)
    if change.kind == "revised":
        words = revision(change, period)
    phrases = (*_dates(change, shown, period), *words)
    if change.kind == "new" and place and not phrases:
        phrases = ((piece(_birth(entry, change, period)),),)
    label = wording.change_name(change.kind, period.words)
    return Remark(label=label, role=change.kind, phrases=phrases, short=change.kind == "moved")


def _dates(change: Change, shown: str, period: Period) -> tuple[Phrase, ...]:
    """What the entry's own date does not say: another day, a time, or that the item came late."""
    zone, say = period.timezone, period.words
    day, time = wording.day_and_time(change.occurred, zone)
    first = time if day == wording.day_and_time(shown, zone)[0] else say.dated(f"{day} {time}".strip())
    late = wording.days_between(change.occurred, change.recorded_at, zone) > _LATE_DAYS
    moment = say.dated(wording.moment(change.recorded_at, zone))
    is_new = change.kind == "new"
    seen = say("first seen {moment}", moment=moment) if is_new else say("seen {moment}", moment=moment)
    unsaid = not change.occurred or (late and period.clock == "recorded")
    return tuple((piece(note),) for note in (first, seen if unsaid else "") if note)


def _whence(entry: Entry) -> tuple[Phrase, ...]:
    """The source, where the document has no citation that says as much."""
    return (
        ()
        if wording.citation(entry.key) or not entry.source
        else ((piece(excerpt(entry.source, _LONGEST_QUOTE), "quiet"),),)
    )


def _before(entry: Entry, earlier: Sequence[Change], period: Period) -> Remark:
    """Where the item stands and how much led there, in one row; that it is new is always said."""
    new = next((change for change in earlier if change.kind == "new"), None)
    born = _birth(entry, new, period) if new else ""
    stands = _stands(entry, period, born)
    phrases = ((piece(born),), *stands) if born and not _says(stands, born) else stands
    say = period.words
    count = _count([change for change in earlier if change is not new], say)
    counted = ((piece(count),),) if count else ()
    brief = entry.stage is not None and len(wording.stage_names(entry.stage)) < _STAGES_DRAWN
    now = _now(entry, period, "path" if brief else "words")
    return Remark(
        label=say("new") if new else say("stands") if stands else say("earlier"),
        role="new" if new else "aside",
        phrases=(*phrases, *counted),
        path=_way(entry, say),
        beside=(*(((piece(born),),) if born and not _says(now, born) else ()), *now, *counted),
        brief=brief,
    )


def _says(phrases: tuple[Phrase, ...], words: str) -> bool:
    return any(words in "".join(each.text for each in phrase) for phrase in phrases)


def _now(entry: Entry, period: Period, role: Role) -> tuple[Phrase, ...]:
    """Where a bill stands, in its own words, without the stages before."""
    if entry.stage is None:
        return ()
    name, rest = _in_its_words(entry.stage, period)
    return ((piece(f"{name}{rest}", role),),)


def _in_its_words(stage: Stage, period: Period) -> tuple[str, str]:
    """The present stage's name, where its words begin with that, and what else they say; without words, since when."""
    name = "".join(wording.stage_names(stage, period.words)[-1:])
    text = excerpt(stage_words(stage.text, period.words), _LONGEST_STAGE)
    if not text:
        return name, f" {period.words.dated(wording.moment(stage.since, period.timezone))}"
    if not text.casefold().startswith(name.casefold()):
        return "", text
    return text[: len(name)], text[len(name) :]


def _count(changes: Sequence[Change], say: Words) -> str:
    if not changes:
        return ""
    if all(change.kind == "moved" for change in changes):
        return say.many(len(changes), "{n} earlier step", "{n} earlier steps")
    return say.many(len(changes), "{n} other change", "{n} other changes")


def _birth(entry: Entry, change: Change, period: Period) -> str:
    say = period.words
    day = say.dated(wording.moment(change.occurred or change.recorded_at, period.timezone))
    return say("introduced {day}", day=day) if entry.kind == "bill" else day


def _aside(label: str, phrases: tuple[Phrase, ...]) -> Remark:
    return Remark(label=label, role="aside", phrases=phrases)


def _stands(entry: Entry, period: Period, born: str) -> tuple[Phrase, ...]:
    """The stages gone through, the present one with its own words: `introduced ─ reported 2021-05-10; Calendar No. 50`.

    `born` stands for the first stage, where that is how the item began: `introduced 2021-04-15 ─ reported …`.
    """
    names = wording.stage_names(entry.stage, period.words) if entry.stage else ()
    if entry.stage is None or not names:
        return ()
    began = wording.stage_names(entry.stage)[0] == INTRODUCED and entry.kind == "bill"
    first = born if born and began else names[0]
    gone = [
        each
        for name in (first, *names[1:])[: len(names) - 1]
        for each in (piece(excerpt(name, _LONGEST_QUOTE)), Piece(text="", role="joint"))
    ]
    name, rest = _in_its_words(entry.stage, period)
    if name:
        return ((*gone, piece(name, "strong"), piece(rest)),)
    since = period.words.dated(wording.moment(entry.stage.since, period.timezone))
    return ((*gone, piece(names[-1], "strong"), piece(f" {since}")), (piece(rest),))


def _why(reasons: Sequence[Reason], say: Words) -> tuple[Phrase, ...]:
    """The first subject's quotations, then the other subjects by name, each with one quotation, then other watchlists."""
    if not reasons:
        return ()
    own = [reason for reason in reasons if not reason.watchlist] or reasons
    phrases = [*_because(own[0], say, _QUOTES_TOLD)]
    for reason in own[1 : 1 + _SUBJECTS_TOLD]:
        subject = excerpt(wording.subject_name(reason, say), _LONGEST_QUOTE)
        name = piece(say("also {subject}: ", subject=subject))
        phrases.append((name, *next(_because(reason, say, 1), ())))
    return (*phrases, *_more_subjects(own[1 + _SUBJECTS_TOLD :], say), *_elsewhere(reasons, say))


def _why_in_brief(reasons: Sequence[Reason], say: Words) -> tuple[Phrase, ...]:
    """The first subject's first quotation, then the other subjects and the other watchlists by name."""
    if not reasons:
        return ()
    own = [reason for reason in reasons if not reason.watchlist] or reasons
    named = tuple(
        (
            piece(
                say("no longer {subject}", subject=name)
                if reason.withdrawn
                else say("also {subject}", subject=name)
            ),
        )
        for reason in own[1 : 1 + _SUBJECTS_TOLD]
        if (name := excerpt(wording.subject_name(reason, say), _LONGEST_QUOTE))
    )
    return (
        *_because(own[0], say, 1, _LONGEST_QUOTE_IN_BRIEF),
        *named,
        *_more_subjects(own[1 + _SUBJECTS_TOLD :], say),
        *_elsewhere(reasons, say),
    )


def _more_subjects(reasons: Sequence[Reason], say: Words) -> Iterator[Phrase]:
    if reasons:
        yield (piece(say.many(len(reasons), "and {n} more subject", "and {n} more subjects")),)


def _elsewhere(reasons: Sequence[Reason], say: Words) -> Iterator[Phrase]:
    """The other watchlists that caught the item: it is told here, and not again there."""
    others = list(dict.fromkeys(excerpt(r.watchlist, _LONGEST_QUOTE) for r in reasons if r.watchlist))
    if others:
        named, more = others[:_WATCHLISTS_TOLD], len(others) - _WATCHLISTS_TOLD
        rest = [say.many(more, "{n} more watchlist", "{n} more watchlists")] if more > 0 else []
        yield (piece(say("also in {watchlists}", watchlists=say.named([*named, *rest]))),)


def _because(reason: Reason, say: Words, room: int, longest: int = _LONGEST_QUOTE) -> Iterator[Phrase]:
    """The words by which a subject recognises the item, or why it does so no longer."""
    if reason.withdrawn:
        yield (piece(say("no longer: {why}", why=excerpt(reason.withdrawn, _LONGEST_VALUE))),)
        return
    quotations = wording.quotations(reason.evidence, say)
    for quote, place in quotations[:room]:
        yield (
            piece(excerpt(quote, longest), "quote"),
            Piece(text=f" {excerpt(place, _LONGEST_QUOTE)}"),
        )
    if len(quotations) > room > 1:
        yield (piece(say.many(len(quotations) - room, "and {n} more place", "and {n} more places")),)
