"""A revised field in words: what went and what came, word by word where it is a text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from monitor.core import wording
from monitor.core.differences import Passages, Run, came_and_went, in_words, passages
from monitor.core.evidence import FieldChange
from monitor.core.histories import TextDifference
from monitor.core.renderings import clocks
from monitor.core.renderings.neutral import cells, cut, plain

_SHORT_VALUE = 40
_LONGEST_VALUE = 160
_LONGEST_RUN = 400
_LONGEST_PASSAGE = 900

Texts = Mapping[tuple[str, str], TextDifference]


def name(change: FieldChange) -> str:
    """What a reader calls the field: `summary`, `sponsor`."""
    return plain(wording.field_name(change.field.removeprefix("details.")))


def told(change: FieldChange, texts: Texts, zone: str) -> tuple[str, ...]:
    """What became of the field, in paragraphs: one, or one a passage.

    `texts` are full texts compared, by their hashes; moments are told in `zone`.
    """
    if change.field == "body":
        return tuple(_of_text(change, texts))
    change = clocks.redated(change, zone, clocks.exact)
    if (moved := came_and_went(change.old, change.new)) is not None:
        went, came = (_mark(", ".join(values), sign) for values, sign in zip(moved[::-1], "-+", strict=True))
        return (" ".join(filter(None, (went, came))) or "in another order",)
    old, new = plain(in_words(change.old)), plain(in_words(change.new))
    if not old or not new:
        return (_mark(old, "-") or _mark(new, "+") or "changed in invisible characters only",)
    if old == new:
        return ("changed in invisible characters only",)
    if cells(old) <= _SHORT_VALUE and cells(new) <= _SHORT_VALUE:
        return (f"{old} → {new}",)
    return tuple(_in_passages(passages(old, new)))


def _of_text(change: FieldChange, texts: Texts) -> Iterator[str]:
    if not change.old or not change.new:
        yield "appeared" if change.new else "is gone"
        return
    found = texts.get((str(change.old), str(change.new)))
    if found is None or found.unread:
        yield f"changed ({plain(found.unread)})" if found else "changed"
        return
    yield from _in_passages(found.passages)


def _in_passages(found: Passages) -> Iterator[str]:
    for runs in found.told:
        yield _passage(runs)
    if found.more:
        yield f"and in {wording.counted(found.more, 'more place')}"


def _passage(runs: Sequence[Run]) -> str:
    """A passage on one line, cut after so many words that nobody would read on."""
    said: list[str] = []
    for place, run in enumerate(runs):
        if sum(map(cells, said)) > _LONGEST_PASSAGE:
            return f"{''.join(said).rstrip(' …')} …"
        said.append(_run(run, first=place == 0))
    return "".join(said).strip()


def _run(run: Run, *, first: bool) -> str:
    if run.mark == "gap":
        return "… " if first else " … "
    if run.mark == "same":
        lead, trail = (" " if edge.isspace() else "" for edge in (run.text[:1], run.text[-1:]))
        return f"{lead}{plain(run.text)}{trail}"
    return _mark(run.text, "+" if run.mark == "new" else "-", _LONGEST_RUN)


def _mark(text: str, sign: str, longest: int = _LONGEST_VALUE) -> str:
    words = cut(plain(text), longest)
    if not words:
        return ""
    return f"{{+{words}+}}" if sign == "+" else f"[-{words}-]"
