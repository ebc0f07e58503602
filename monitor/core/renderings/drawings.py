"""What is drawn with characters: a subject's last days as small bars, and a bill's way as a line of stages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from monitor.core.bill_paths import State, Step
from monitor.core.renderings.neutral import cells
from monitor.core.renderings.wrapping import Marks, Part, Span

# A bar is full from this many items a day on, or from the busiest day's where that is more: one item is no peak.
_FULL_AT = 4
_BUCKETS = 10
_PARTS: dict[State, Part] = {"past": "words", "now": "strong", "ahead": "quiet", "failed": "alarm"}


def bars(days: Sequence[int], marks: Marks) -> str:
    """A bar a day, the emptiest for none at all."""
    return "".join(marks.bars[height] for height in heights(days, len(marks.bars) - 1))


def heights(days: Sequence[int], tallest: int) -> list[int]:
    """How tall each day's bar is, from 0 for none at all to `tallest`."""
    full = max((_FULL_AT, *days))
    return [-(-max(many, 0) * tallest // full) for many in days]


def bucketed(days: Sequence[int], buckets: int = _BUCKETS) -> list[int]:
    """The same days summed in fewer columns, the last of them full."""
    size = max(-(-len(days) // buckets), 1)
    ends = range(len(days), 0, -size)
    return [sum(days[max(end - size, 0) : end]) for end in reversed(ends)]


def activity(days: Sequence[int], in_days: str, room: int, marks: Marks) -> str:
    """The bars and their total (`in_days`: in words) in at most `room` columns: in full, without words, summed; nothing where none fits."""
    total = sum(days)
    if not total:
        return ""
    drawn = bars(days, marks)
    forms = (
        f"{drawn} {in_days}",
        f"{drawn} {total:,}",
        f"{bars(bucketed(days), marks)} {total:,}",
    )
    return next((form for form in forms if cells(form) <= room), "")


def mark(step: Step, marks: Marks) -> str:
    """The sign of one stage."""
    return {"failed": marks.failed, "ahead": marks.ahead}.get(step.state, marks.gone)


def stages(path: Sequence[Step], room: int, marks: Marks) -> Iterator[Span]:
    """The line of stages; without joints where they do not fit, and as mere signs where the names do not either."""
    drawn = [(f"{mark(step, marks)} {step.name}", step) for step in path]
    names = sum(cells(text) for text, _ in drawn)
    joints = len(drawn) - 1
    if names + joints > room:
        yield from _in_short(path, marks)
        return
    joint = marks.joint if names + joints * cells(marks.joint) <= room else " "
    for place, (text, step) in enumerate(drawn):
        if place:
            yield Span(text=joint, part="quiet")
        yield Span(text=text, part=_PARTS[step.state])


def _in_short(path: Sequence[Step], marks: Marks) -> Iterator[Span]:
    yield Span(text=signs(path, marks))
    now = next((step for step in path if step.state in {"now", "failed"}), None)
    if now:
        yield Span(text=f" {now.name}", part=_PARTS[now.state])


def signs(path: Sequence[Step], marks: Marks) -> str:
    """The stages as signs alone: those come to, and those ahead."""
    return "".join(mark(step, marks) for step in path)
