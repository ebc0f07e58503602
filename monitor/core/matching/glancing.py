"""A first look at many documents in one go: what stands in each of them, of all that is looked for at all.

What many texts cost together is little more than what their letters cost; a call for each would cost as much again.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from monitor.core.matching.scanning import Hits, Scanner
from monitor.core.text import Lines, fold_each


@dataclass(slots=True)
class Glance:
    """The folded lines of a document, the literals that stand there, and whether some pattern finds something."""

    lines: Lines
    hits: Hits
    patterned: bool


def glances(documents: Sequence[Sequence[str]], scanner: Scanner, patterns: Any) -> Iterator[Glance]:
    """A glance at each document, which is given by its lines. `patterns` is all of them in one, or None."""
    plain = [place for place, lines in enumerate(documents) if all(map(str.isascii, lines))]
    others = sorted(set(range(len(documents))) - set(plain)) if len(plain) < len(documents) else []
    found: dict[int, Glance] = {}
    # By themselves, because one character beyond ASCII makes each step over all of a text dearer.
    for places in filter(None, (plain, others)):
        found.update(
            zip(places, _alike([documents[place] for place in places], scanner, patterns), strict=True)
        )
    return (found[place] for place in range(len(documents)))


def _alike(documents: Sequence[Sequence[str]], scanner: Scanner, patterns: Any) -> Iterator[Glance]:
    folded = fold_each(documents)
    texts = [lines.text for lines in folded]
    patterned = _patterned(texts, patterns)
    for place, (lines, hits) in enumerate(zip(folded, scanner.scan_each(texts), strict=True)):
        yield Glance(lines=lines, hits=hits, patterned=place in patterned)


def _patterned(texts: Sequence[str], patterns: Any) -> set[int]:
    """Of which texts a pattern finds something in their lines, and those that a find reaches into."""
    found: set[int] = set()
    if patterns is None:
        return found
    encoded = [text.encode() for text in texts]
    starts = list(accumulate((len(one) + 1 for one in encoded), initial=0))
    together = b"\n".join(encoded)
    at = 0
    while at <= len(together) and (match := patterns.search(together, at)):
        first, end = match.span()
        last = bisect_right(starts, max(first, end - 1)) - 1
        found.update(range(bisect_right(starts, first) - 1, last + 1))
        at = starts[last + 1]
    return found
