"""What a revision changed, field by field: old and new side by side where they are short, else word by word."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from monitor.core import wording
from monitor.core.differences import Run, came_and_went, compare_words, in_words
from monitor.core.digests import Change, Period
from monitor.core.evidence import FieldChange
from monitor.core.language import Words
from monitor.core.renderings import clocks
from monitor.core.renderings.neutral import cells, cut, excerpt, plain
from monitor.core.renderings.phrases import Phrase, Piece, Role, piece

_SHORT_VALUE = 40
_LONGEST_VALUE = 120
_LONGEST_DIFFERENCE = 220
_LONGEST_QUOTE = 60
_FIELDS_TOLD = 3
_OLD: Role = "old"
_NEW: Role = "new"


def revision(change: Change, period: Period) -> tuple[Phrase, ...]:
    """A phrase a field, the first few in full; and of a light revision that it is one."""
    say = period.words
    fields = [clocks.redated(field, period.timezone, wording.moment) for field in _single(change.fields)]
    told = [_field(field, say) for field in fields[:_FIELDS_TOLD]]
    rest = [plain(wording.field_name(field.field, say)) for field in fields[_FIELDS_TOLD:]]
    also = say("{fields} too", fields=cut(say.listed(rest), _LONGEST_QUOTE)) if rest else ""
    weight = say(wording.WEIGHTS[change.significance]) if change.significance in wording.WEIGHTS else ""
    return (*told, *([(piece(also),)] if also else []), *([(piece(weight, "quiet"),)] if weight else []))


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


def _field(change: FieldChange, say: Words) -> Phrase:
    name = piece(f"{excerpt(wording.field_name(change.field, say), _LONGEST_QUOTE)} ", "quiet")
    came, went = say("appeared"), say("is gone")
    if change.field == "body":
        return (name, piece(say("changed") if change.old and change.new else came if change.new else went))
    if (moved := came_and_went(change.old, change.new)) is not None:
        return (name, *_came_and_went(*moved, say))
    old, new = plain(in_words(change.old)), plain(in_words(change.new))
    if not old or not new:
        word, value, role = (came, new, _NEW) if new else (went, old, _OLD)
        return (name, piece(f"{word} "), piece(cut(value, _LONGEST_VALUE), role))
    if cells(old) <= _SHORT_VALUE and cells(new) <= _SHORT_VALUE:
        return (name, piece(old), Piece(text="", role="arrow"), piece(new, "strong"))
    return (name, *_word_by_word(old, new, say))


def _came_and_went(came: Sequence[str], went: Sequence[str], say: Words) -> Iterator[Piece]:
    for values, role in ((went, _OLD), (came, _NEW)):
        if values:
            if role == _NEW and went:
                yield Piece(text=" ")
            yield piece(excerpt(", ".join(values), _LONGEST_VALUE), role)
    if not came and not went:
        yield piece(say("in another order"))


def _word_by_word(old: str, new: str, say: Words) -> Iterator[Piece]:
    runs = compare_words(old, new)
    if not runs:
        unseen = say("changed in invisible characters only")
        yield piece(say("rewritten at length") if old != new else unseen)
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
