"""Old against new, word by word, short enough to read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby
from typing import Literal

from monitor.core.evidence import Value

# A word, a run of spaces, one Han or Kana character, or one mark: what a reader sees as one change.
_UNITS = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f]|[^\W\u2e80-\u9fff]+|\s+|\W")
# Beyond this the worst comparison takes seconds, and nobody reads it.
_MOST_UNITS = 1500
_CONTEXT = 6
# A sentence, or part of one at a mark within it (`U.S.C.` is three); together they are the text, character by character.
_SENTENCES = re.compile(r"[^.!?;。！？；]{1,400}[.!?;。！？；]*\s*|[.!?;。！？；]+\s*")
# Beyond this the worst comparison takes several seconds.
_MOST_SENTENCES = 100_000
_SENTENCES_AROUND = 3
_WORDS_AROUND = 12
_LONGEST_CHANGE = 2_000
_MOST_RUNS = 60

Mark = Literal["same", "old", "new", "gap"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A stretch of text: in both (`same`), only before (`old`), only after (`new`), or left out (`gap`)."""

    mark: Mark
    text: str


_GAP = Run(mark="gap", text="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Passages:
    """Where two texts differ: the first passages, in order, each with a few words around it; and how many follow."""

    told: tuple[tuple[Run, ...], ...]
    more: int = 0


def passages(old: str, new: str, *, most: int = 6) -> Passages:
    """The first `most` places where two texts of any length differ, and how many more there are.

    Sentences are compared first, and words only within those that differ: an amended law of a thousand pages takes a
    second. Give texts whose spaces are single ones, else new line breaks are differences.
    """
    before, after = _SENTENCES.findall(old), _SENTENCES.findall(new)
    start, end = _shared_ends(before, after)
    before, after = before[start : len(before) - end], after[start : len(after) - end]
    if len(before) + len(after) > _MOST_SENTENCES:
        before, after = ["".join(before)], ["".join(after)]
    groups = list(SequenceMatcher(None, before, after).get_grouped_opcodes(n=_SENTENCES_AROUND))
    told = []
    for group in groups[:most]:
        runs: list[Run] = [_GAP] if start or group[0][1] else []
        for tag, old_start, old_end, new_start, new_end in group:
            texts = "".join(before[old_start:old_end]), "".join(after[new_start:new_end])
            runs += [Run(mark="same", text=texts[0])] if tag == "equal" else _word_by_word(*texts)
        runs += [_GAP] if end or group[-1][2] < len(before) else []
        whole = tuple(_once(_joined(_bridged([*_once(runs)]))))
        near = tuple(_once(_narrowed(whole)))
        told.append(near if len(near) <= _MOST_RUNS else (*near[:_MOST_RUNS], _GAP))
    return Passages(told=tuple(told), more=len(groups) - len(told))


def _word_by_word(old: str, new: str) -> Iterator[Run]:
    """All of two sentences that differ; what is new altogether, or too much to compare, as one change."""
    before, after = _UNITS.findall(old), _UNITS.findall(new)
    start, end = _shared_ends(before, after)
    yield Run(mark="same", text="".join(before[:start]))
    trail = "".join(before[len(before) - end :])
    before, after = before[start : len(before) - end], after[start : len(after) - end]
    codes = [("replace", 0, len(before), 0, len(after))]
    if before and after and len(before) + len(after) <= _MOST_UNITS:
        codes = [*SequenceMatcher(None, before, after).get_opcodes()]
    for tag, old_start, old_end, new_start, new_end in codes:
        mark: Mark = "same" if tag == "equal" else "new"
        yield Run(mark="old", text="" if tag == "equal" else "".join(before[old_start:old_end]))
        yield Run(mark=mark, text="".join(after[new_start:new_end]))
    yield Run(mark="same", text=trail)


def _narrowed(runs: Sequence[Run]) -> Iterator[Run]:
    """The changes with a few words around each, the rest left out; a change is cut where nobody would read on."""
    for place, run in enumerate(runs):
        if run.mark != "same":
            cut = f"{run.text[:_LONGEST_CHANGE].rstrip()}…"
            yield run if len(run.text) <= _LONGEST_CHANGE else Run(mark=run.mark, text=cut)
            continue
        units = _UNITS.findall(run.text)
        head = units[:_WORDS_AROUND] if place and _is_change(runs[place - 1]) else []
        tail = units[-_WORDS_AROUND:] if place + 1 < len(runs) and _is_change(runs[place + 1]) else []
        if len(units) - len(head) - len(tail) <= _WORDS_AROUND:
            yield run
            continue
        yield from (Run(mark="same" if part else "gap", text="".join(part)) for part in (head, [], tail))


def _once(runs: Iterable[Run]) -> Iterator[Run]:
    """Neighbours of one mark as one run."""
    for mark, group in groupby((run for run in runs if run.text or run == _GAP), lambda run: run.mark):
        yield Run(mark=mark, text="".join(run.text for run in group))


def compare_words(old: str, new: str, *, changes: int = 3) -> tuple[Run, ...]:
    """The first `changes` changes, each with a few words around it; nothing where too much changed to compare."""
    before, after = _UNITS.findall(old), _UNITS.findall(new)
    start, end = _shared_ends(before, after)
    before, after = before[start : len(before) - end], after[start : len(after) - end]
    if len(before) + len(after) > _MOST_UNITS:
        return ()
    runs: list[Run] = []
    groups = list(SequenceMatcher(None, before, after).get_grouped_opcodes(n=_CONTEXT))
    for group in groups[:changes]:
        if runs or start or group[0][1]:
            runs.append(_GAP)
        for tag, old_start, old_end, new_start, new_end in group:
            mark: Mark = "same" if tag == "equal" else "new"
            old_text = "" if tag == "equal" else "".join(before[old_start:old_end])
            runs += [Run(mark="old", text=old_text), Run(mark=mark, text="".join(after[new_start:new_end]))]
        if end or group[-1][2] < len(before):
            runs.append(_GAP)
    return _joined(_bridged([run for run in runs if run.text or run is _GAP]))


def _shared_ends(before: list[str], after: list[str]) -> tuple[int, int]:
    """How many units both begin and end with, but for the few that give a change its context."""
    shortest = min(len(before), len(after))
    start = next((n for n in range(shortest) if before[n] != after[n]), shortest)
    end = next((n for n in range(shortest - start) if before[-1 - n] != after[-1 - n]), shortest - start)
    return max(start - _CONTEXT, 0), max(end - _CONTEXT, 0)


def _bridged(runs: list[Run]) -> list[Run]:
    """A lone space between two changes belongs to both: `[-a b-] {+c d+}` reads better than four marks."""
    bridged: list[Run] = []
    for place, run in enumerate(runs):
        between = 0 < place < len(runs) - 1 and "gap" not in {runs[place - 1].mark, runs[place + 1].mark}
        if run.mark == "same" and not run.text.strip() and between:
            bridged += [Run(mark="old", text=run.text), Run(mark="new", text=run.text)]
        else:
            bridged.append(run)
    return bridged


def _joined(runs: list[Run]) -> tuple[Run, ...]:
    """Within one change, all that is old, then all that is new."""
    joined: list[Run] = []
    for changed, group in groupby(runs, _is_change):
        parts = list(group)
        if not changed:
            joined += [run for place, run in enumerate(parts) if place == 0 or run != parts[place - 1]]
            continue
        joined += _parted(
            *("".join(run.text for run in parts if run.mark == mark) for mark in ("old", "new"))
        )
    return tuple(joined)


def _parted(old: str, new: str) -> Iterator[Run]:
    """The spaces around a change stand outside of it, and one stands within where both sides have words."""
    space = Run(mark="same", text=" ")
    if any(text[:1].isspace() for text in (old, new)):
        yield space
    if old.strip():
        yield Run(mark="old", text=old.strip())
    if old.strip() and new.strip() and old.strip()[-1].isascii():
        yield space
    if new.strip():
        yield Run(mark="new", text=new.strip())
    if any(text[-1:].isspace() for text in (old, new)):
        yield space


def _is_change(run: Run) -> bool:
    return run.mark in {"old", "new"}


def in_words(value: Value) -> str:
    """A field's value as one line: a list by commas, details as `name: value`, nothing as nothing."""
    if isinstance(value, dict):
        return "; ".join(f"{name}: {text}" for name, text in value.items())
    return ", ".join(value) if isinstance(value, list) else value or ""


def came_and_went(old: Value, new: Value) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """What a list or the details gained and lost, in that order; None where both are plain texts."""
    if isinstance(old, str) or isinstance(new, str) or (old is None and new is None):
        return None
    before, after = _parts(old), _parts(new)
    return tuple(p for p in after if p not in before), tuple(p for p in before if p not in after)


def _parts(value: list[str] | dict[str, str] | None) -> list[str]:
    if isinstance(value, dict):
        return [f"{name}: {text}" for name, text in value.items()]
    return value or []
