"""What is said of one item: what changed, where it stands, why it is here; in one row where nothing special happened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from monitor.core import wording
from monitor.core.differences import Run, came_and_went, compare_words, in_words
from monitor.core.digests import Change, Entry, Period, Reason
from monitor.core.evidence import FieldChange
from monitor.core.renderings import clocks
from monitor.core.renderings.neutral import cells, cut, excerpt, plain

Role = Literal["words", "quiet", "strong", "quote", "old", "new", "arrow", "joint", "alarm"]
LabelRole = Literal["new", "revised", "moved", "withdrawn", "aside", "alarm"]

_SHORT_VALUE = 40
_LONGEST_WORDS = 130
_LONGEST_WORDS_BEFORE = 66
_LONGEST_VALUE = 120
_LONGEST_DIFFERENCE = 220
_LONGEST_QUOTE = 60
_LONGEST_QUOTE_IN_BRIEF = 44
_LONGEST_STAGE = 66
_CHANGES_TOLD = 2
_FIELDS_TOLD = 3
_QUOTES_TOLD = 2
_SUBJECTS_TOLD = 2
# Revisions of this significance are told with the word: a reader may stop there.
_LIGHT = frozenset({"typographic", "metadata"})
_OLD: Role = "old"
_NEW: Role = "new"
# A publisher's date this much older than our record of it deserves a word: the item came late.
_LATE_DAYS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A few words and the part that they play: a quotation, what was there before, an arrow."""

    text: str
    role: Role = "words"


Phrase = tuple[Piece, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """A labelled row of phrases; how the phrases are parted is the format's business.

    A row that is `short` takes one line where lines have a width, and is cut there.
    """

    label: str
    role: LabelRole
    phrases: tuple[Phrase, ...]
    short: bool = False


def aside(label: str, *phrases: str, role: LabelRole = "aside") -> Remark:
    """A row of plain phrases."""
    return Remark(
        label=plain(label), role=role, phrases=tuple((_piece(words),) for words in phrases if words)
    )


def _piece(text: str, role: Role = "words") -> Piece:
    """Words made plain; a space at either end is the phrase's own and stays."""
    words = plain(text)
    lead, trail = (" " if edge.isspace() and words else "" for edge in (text[:1], text[-1:]))
    return Piece(text=f"{lead}{words}{trail}", role=role)


def remarks_of(entry: Entry, period: Period) -> tuple[Remark, ...]:
    """The rows of one entry, the latest change first; a single row where all that happened is that it is new.

    Of a bill or of an item with several changes the reasons are told in brief: there is enough to read.
    """
    told, earlier = _apart(entry)
    shown = latest_claim(entry)
    rows = [_change(entry, change, place, shown, period) for place, change in enumerate(told)]
    rows = rows or [Remark(label=entry.change, role=entry.change, phrases=_whence(entry))]
    if (
        len(rows) == 1
        and not earlier
        and entry.change == "new"
        and (entry.stage is None or len(wording.stage_names(entry.stage)) < 2)
    ):
        phrases = (*rows[0].phrases, *_first_stage(entry), *_why(entry.reasons))
        return (Remark(label="new", role="new", phrases=phrases),)
    if any(change.kind == "moved" for change in told):
        rows = [replace(row, short=True) for row in rows]
    why = _why_in_brief if len(rows) > 1 or entry.stage else _why
    rows += [_before(entry, earlier, period), _aside("why", why(entry.reasons))]
    return tuple(row for row in _same_label_once(rows) if row.phrases)


def _apart(entry: Entry) -> tuple[Sequence[Change], Sequence[Change]]:
    """The changes that are told and those that are counted. That a bill is new is said with where it stands now."""
    latest_first = tuple(reversed(entry.changes))
    rows = [change for change in latest_first if change.kind != "new"] if entry.stage else []
    told = (rows or latest_first)[:_CHANGES_TOLD]
    return told, [change for change in latest_first if change not in told]


def _first_stage(entry: Entry) -> tuple[Phrase, ...]:
    """A bill that has gone no further than its first stage; the day is the entry's own."""
    names = wording.stage_names(entry.stage) if entry.stage else ()
    return ((_piece(names[0]),),) if names else ()


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
    words: tuple[Phrase, ...] = ((_piece(excerpt(change.text, room)),),) if change.text.strip() else ()
    if change.kind == "new":
        words = _whence(entry)
    if change.kind == "revised":
        words = _revision(change, period.timezone)
    phrases = (*_dates(change, shown, period), *words)
    if change.kind == "new" and place and not phrases:
        phrases = ((_piece(_birth(entry, change, period)),),)
    return Remark(label=change.kind, role=change.kind, phrases=phrases, short=change.kind == "moved")


def _dates(change: Change, shown: str, period: Period) -> tuple[Phrase, ...]:
    """What the entry's own date does not say: another day, a time, or that the item came late."""
    zone = period.timezone
    day, time = wording.day_and_time(change.occurred, zone)
    first = time if day == wording.day_and_time(shown, zone)[0] else f"{day} {time}".strip()
    late = wording.days_between(change.occurred, change.recorded_at, zone) > _LATE_DAYS
    seen = f"{'first ' if change.kind == 'new' else ''}seen {wording.moment(change.recorded_at, zone)}"
    unsaid = not change.occurred or (late and period.clock == "recorded")
    return tuple((_piece(note),) for note in (first, seen if unsaid else "") if note)


def _whence(entry: Entry) -> tuple[Phrase, ...]:
    """The source, where the document has no citation that says as much."""
    return (
        ()
        if wording.citation(entry.key) or not entry.source
        else ((_piece(excerpt(entry.source, _LONGEST_QUOTE), "quiet"),),)
    )


def _before(entry: Entry, earlier: Sequence[Change], period: Period) -> Remark:
    """Where the item stands and how much led there, in one row; that it is new is always said."""
    new = next((change for change in earlier if change.kind == "new"), None)
    born = _birth(entry, new, period) if new else ""
    stands = _stands(entry, period, born)
    inside = any(born in "".join(piece.text for piece in phrase) for phrase in stands)
    phrases = ((_piece(born),), *stands) if born and not inside else stands
    if count := _count([change for change in earlier if change is not new]):
        phrases = (*phrases, (_piece(count),))
    if new:
        return Remark(label="new", role="new", phrases=phrases)
    return _aside("stands" if stands else "earlier", phrases)


def _count(changes: Sequence[Change]) -> str:
    if not changes:
        return ""
    steps = all(change.kind == "moved" for change in changes)
    return wording.counted(len(changes), "earlier step" if steps else "other change")


def _birth(entry: Entry, change: Change, period: Period) -> str:
    day = wording.moment(change.occurred or change.recorded_at, period.timezone)
    return f"introduced {day}" if entry.kind == "bill" else day


def _aside(label: str, phrases: tuple[Phrase, ...]) -> Remark:
    return Remark(label=label, role="aside", phrases=phrases)


def _revision(change: Change, zone: str) -> tuple[Phrase, ...]:
    fields = [clocks.redated(field, zone, wording.moment) for field in _single(change.fields)]
    told = [_field(field) for field in fields[:_FIELDS_TOLD]]
    rest = [plain(wording.field_name(field.field)) for field in fields[_FIELDS_TOLD:]]
    more: list[Phrase] = [(_piece(f"{cut(wording.listed(rest), _LONGEST_QUOTE)} too"),)] if rest else []
    weight: list[Phrase] = (
        [(_piece(f"{change.significance} only", "quiet"),)] if change.significance in _LIGHT else []
    )
    return (*told, *more, *weight)


def _single(changes: Iterable[FieldChange]) -> Iterator[FieldChange]:
    """Changed details told as the fields that they are: `deadline`, not `details`."""
    for change in changes:
        if not isinstance(change.old, dict) and not isinstance(change.new, dict):
            yield change
            continue
        old, new = (value if isinstance(value, dict) else {} for value in (change.old, change.new))
        for name in dict.fromkeys((*old, *new)):
            if old.get(name) != new.get(name):
                yield FieldChange(field=name, old=old.get(name), new=new.get(name))


def _field(change: FieldChange) -> Phrase:
    name = _piece(f"{excerpt(wording.field_name(change.field), _LONGEST_QUOTE)} ", "quiet")
    if change.field == "body":
        return (
            name,
            _piece("changed" if change.old and change.new else "appeared" if change.new else "is gone"),
        )
    if (moved := came_and_went(change.old, change.new)) is not None:
        return (name, *_came_and_went(*moved))
    old, new = plain(in_words(change.old)), plain(in_words(change.new))
    if not old or not new:
        word, value, role = ("appeared ", new, _NEW) if new else ("is gone ", old, _OLD)
        return (name, _piece(word), _piece(cut(value, _LONGEST_VALUE), role))
    if cells(old) <= _SHORT_VALUE and cells(new) <= _SHORT_VALUE:
        return (name, _piece(old), Piece(text="", role="arrow"), _piece(new, "strong"))
    return (name, *_word_by_word(old, new))


def _came_and_went(came: Sequence[str], went: Sequence[str]) -> Iterator[Piece]:
    for values, role in ((went, _OLD), (came, _NEW)):
        if values:
            if role == _NEW and went:
                yield Piece(text=" ")
            yield _piece(excerpt(", ".join(values), _LONGEST_VALUE), role)
    if not came and not went:
        yield _piece("in another order")


def _word_by_word(old: str, new: str) -> Iterator[Piece]:
    runs = compare_words(old, new)
    if not runs:
        yield _piece("rewritten at length" if old != new else "changed in invisible characters only")
    room = _LONGEST_DIFFERENCE
    for place, run in enumerate(runs):
        if room <= 0:
            yield Piece(text=" …")
            return
        text = cut(_beside_gaps(runs, place), max(room, 12))
        room -= cells(text)
        yield _run(run, text, first=place == 0)


def _beside_gaps(runs: Sequence[Run], place: int) -> str:
    """The run's words, without the space that the gap beside it brings."""
    text = runs[place].text
    if place and runs[place - 1].mark == "gap":
        text = text.lstrip()
    return text.rstrip() if place + 1 < len(runs) and runs[place + 1].mark == "gap" else text


def _run(run: Run, text: str, *, first: bool) -> Piece:
    if run.mark == "gap":
        return Piece(text="… " if first else " … ")
    return Piece(text=text, role=run.mark if run.mark in {"old", "new"} else "words")


def _stands(entry: Entry, period: Period, born: str) -> tuple[Phrase, ...]:
    """The stages gone through, the present one with its own words: `introduced ─ reported 2021-05-10; Calendar No. 50`.

    `born` stands for the first stage, where that is how the item began: `introduced 2021-04-15 ─ reported …`.
    """
    names = wording.stage_names(entry.stage) if entry.stage else ()
    if entry.stage is None or not names:
        return ()
    first = born if born.startswith(f"{names[0]} ") else names[0]
    path = [
        piece
        for name in (first, *names[1:])[: len(names) - 1]
        for piece in (_piece(excerpt(name, _LONGEST_QUOTE)), Piece(text="", role="joint"))
    ]
    since = wording.moment(entry.stage.since, period.timezone)
    text = excerpt(entry.stage.text, _LONGEST_STAGE)
    if text.casefold().startswith(names[-1].casefold()):
        return ((*path, _piece(text[: len(names[-1])], "strong"), Piece(text=text[len(names[-1]) :])),)
    now = _piece(names[-1], "strong")
    return ((*path, now, _piece(f" {since}")), *(((_piece(text),),) if text else ()))


def _why(reasons: Sequence[Reason]) -> tuple[Phrase, ...]:
    """The first subject's quotations, then the other subjects by name, each with one quotation."""
    if not reasons:
        return ()
    phrases = [*_because(reasons[0], _QUOTES_TOLD)]
    for reason in reasons[1 : 1 + _SUBJECTS_TOLD]:
        name = _piece(f"also {excerpt(wording.subject_name(reason), _LONGEST_QUOTE)}: ")
        phrases.append((name, *next(_because(reason, 1), ())))
    return (*phrases, *_more_subjects(reasons[1 + _SUBJECTS_TOLD :]))


def _why_in_brief(reasons: Sequence[Reason]) -> tuple[Phrase, ...]:
    """The first subject's first quotation, then the other subjects by name."""
    if not reasons:
        return ()
    named = tuple(
        (_piece(f"{'no longer' if reason.withdrawn else 'also'} {excerpt(name, _LONGEST_QUOTE)}"),)
        for reason in reasons[1 : 1 + _SUBJECTS_TOLD]
        if (name := wording.subject_name(reason))
    )
    return (
        *_because(reasons[0], 1, _LONGEST_QUOTE_IN_BRIEF),
        *named,
        *_more_subjects(reasons[1 + _SUBJECTS_TOLD :]),
    )


def _more_subjects(reasons: Sequence[Reason]) -> Iterator[Phrase]:
    if reasons:
        yield (_piece(f"and {wording.counted(len(reasons), 'more subject')}"),)


def _because(reason: Reason, room: int, longest: int = _LONGEST_QUOTE) -> Iterator[Phrase]:
    """The words by which a subject recognises the item, or why it does so no longer."""
    if reason.withdrawn:
        yield (_piece(f"no longer: {excerpt(reason.withdrawn, _LONGEST_VALUE)}"),)
        return
    quotations = wording.quotations(reason.evidence)
    for quote, place in quotations[:room]:
        yield (
            _piece(excerpt(quote, longest), "quote"),
            Piece(text=f" {excerpt(place, _LONGEST_QUOTE)}"),
        )
    if len(quotations) > room > 1:
        yield (_piece(f"and {wording.counted(len(quotations) - room, 'more place')}"),)
