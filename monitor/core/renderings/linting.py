"""Findings on watchlists in lines: place and level first, so that an editor can jump there; then what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from monitor.core import wording
from monitor.core.linting.findings import NEVER, Finding
from monitor.core.linting.slips import Level
from monitor.core.renderings.neutral import cells, plain
from monitor.core.renderings.wrapping import TYPOGRAPHIC, Line, Part, Span, fitted, wrapped

_NARROWEST = 40
_INDENT = 4
_PARTS: dict[Level, Part] = {"error": "alarm", "warning": "label-revised", "note": "label-aside"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What was looked at. `items` of the log were tried; where it is None, `untried` says why not."""

    watchlists: int
    subjects: int
    items: int | None = None
    untried: str = ""


def lay_out(findings: Sequence[Finding], summary: Summary, *, width: int) -> Iterator[Line]:
    """All findings, in the order in which they come, and what they come to."""
    width = max(width, _NARROWEST)
    for _, group in groupby(findings, key=lambda one: one.file):
        of_file = list(group)
        for one in of_file:
            if one.rule != NEVER:
                yield from _finding(one, width)
        yield from _never([one for one in of_file if one.rule == NEVER], summary, width)
        yield ()
    yield from wrapped([Span(text=totals(findings, summary), part="strong")], width, TYPOGRAPHIC)
    yield from wrapped([Span(text=_about_the_log(summary), part="quiet")], width, TYPOGRAPHIC)


def totals(findings: Sequence[Finding], summary: Summary) -> str:
    """`11 watchlists, 205 subjects, 3 warnings, 0 errors, 41 notes`."""
    many = Counter(one.level for one in findings)
    counted = [
        wording.counted(summary.watchlists, "watchlist"),
        wording.counted(summary.subjects, "subject"),
        *(wording.counted(many[level], level) for level in ("warning", "error", "note")),
    ]
    return ", ".join(counted)


def _about_the_log(summary: Summary) -> str:
    if summary.items is None:
        return f"Not tried over a log ({summary.untried}), so nothing is said of how often terms are found."
    return f"Tried over {wording.counted(summary.items, 'item')} of the log."


def _finding(one: Finding, width: int) -> Iterator[Line]:
    """`file:line: level: what`, and the remedy below it; both indented where they go on."""
    place = f"{plain(one.file)}:{one.line}" if one.line else plain(one.file)
    head = (
        Span(text=f"{place}: ", part="quiet"),
        Span(text=one.level, part=_PARTS[one.level]),
        Span(text=": "),
    )
    about = f"{one.subject}: " if one.subject and f'"{one.subject}"' not in one.what else ""
    what = Span(text=plain(f"{about}{one.what}"))
    room = width - sum(cells(span.text) for span in head)
    if cells(what.text) <= room:
        yield (*head, what)
    else:
        yield from wrapped((*head[:-1], Span(text=":")), width, TYPOGRAPHIC)
        yield from _indented(what, width)
    yield from _indented(Span(text=f"→ {plain(one.remedy)}", part="quiet"), width)


def _never(found: Sequence[Finding], summary: Summary, width: int) -> Iterator[Line]:
    """The subjects of a file whose terms found nothing, a line each: there are many, and most of them may wait."""
    if not found:
        return
    items = wording.counted(summary.items or 0, "item")
    words = f"terms that found nothing in {items}, by subject"
    yield from wrapped(
        [
            Span(text=f"{plain(found[0].file)}: ", part="quiet"),
            Span(text="note", part=_PARTS["note"]),
            Span(text=f": {words}"),
        ],
        width,
        TYPOGRAPHIC,
    )
    yield from _indented(Span(text=f"→ {found[0].remedy}", part="quiet"), width)
    for one in found:
        missing = [count.term for count in one.counts if not count.items]
        share = "all" if len(missing) == len(one.counts) else f"{len(missing)} of {len(one.counts)}"
        told = f"{one.line:{_INDENT + 1}}  {plain(one.subject)}  {share}: {', '.join(map(plain, missing))}"
        yield (Span(text=fitted(told, width, TYPOGRAPHIC)),)


def _indented(span: Span, width: int) -> Iterator[Line]:
    for line in wrapped([span], width - _INDENT, TYPOGRAPHIC):
        yield (Span(text=" " * _INDENT), *line)
