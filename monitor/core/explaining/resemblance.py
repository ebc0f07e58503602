"""What of a document resembles a phrase enough to be told: words that may be a slip for it, or some of its words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rapidfuzz.distance import OSA

from monitor.core import wording
from monitor.core.evidence import Evidence
from monitor.core.explaining.probing import EVERYWHERE, ask
from monitor.core.explaining.traces import Failure, Miss
from monitor.core.matching.recognition import Document
from monitor.core.matching.scanning import squeeze
from monitor.core.text import fold
from monitor.core.watchlists import Term

_WORDS = re.compile(r"\w+")
# Below this, likeness comes from a long word that two phrases share.
_STRIKING_LIKENESS = 90
_MOST_SLIPS = 2
_LONG_WORD = 4
_MOST_NAMED = 6
_CLOSENESS = 5


def is_near(phrase: str, found: Evidence) -> bool:
    """Whether words that the matcher found to be like a phrase are worth telling: no mere part of it, and not around it."""
    if _digits(phrase) != _digits(found.quote):
        return False
    if is_slip(phrase, found.quote):
        return True
    one, other = (squeeze(fold(text).lower) for text in (phrase, found.quote))
    return found.score >= _STRIKING_LIKENESS and one not in other and other not in one


def _digits(text: str) -> list[str]:
    """In order of size, for words may stand in another order. The 6th generation is no slip for the 5th."""
    return sorted(filter(str.isdigit, fold(text).text))


def is_slip(phrase: str, quote: str) -> bool:
    """Whether the words may be mistyped for the phrase, letters or the order of words."""
    one, other = (_WORDS.findall(fold(text).lower) for text in (phrase, quote))
    if sorted(one) == sorted(other):
        return True
    away = OSA.distance(" ".join(one), " ".join(other), score_cutoff=_MOST_SLIPS)
    return len(one) == len(other) and away <= _MOST_SLIPS


def some_words(document: Document, term: Term) -> Miss:
    """How many of its longer words stand in one text; nothing where it has only one, or is a pattern."""
    words = [word for word in dict.fromkeys(_WORDS.findall(fold(term.text).lower)) if len(word) >= _LONG_WORD]
    if term.kind == "regex" or len(words) < 2:
        what = "nothing that its pattern describes" if term.kind == "regex" else "nothing like it"
        return _nothing(f"{what} stands there")
    asked = [Term(kind="text", text=word, written=word, fields=EVERYWHERE) for word in words]
    places = [{one.field for one in answer} for answer in ask(document, asked)]
    if not any(places):
        return _nothing("none of its words stands there")
    best = max(sorted(set().union(*places)), key=lambda field: sum(field in fields for fields in places))
    there = [word for word, fields in zip(words, places, strict=True) if best in fields]
    if len(there) < 2:
        return _nothing(
            f"no two of its {len(words)} words of at least {_LONG_WORD} letters stand in one text"
        )
    return _apart(words, there, best)


def _apart(words: Sequence[str], there: Sequence[str], field: str) -> Miss:
    lacking = [word for word in words if word not in there]
    longer = f"{len(words)} words of at least {_LONG_WORD} letters"
    how = f"only {len(there)} of its {longer}" if lacking else f"all its {longer}"
    where = f"stand in {wording.field_name(field)}, and not as this phrase"
    without = f"; not {_listed(lacking)}" if lacking else ""
    says = f"{how} {where}: {_listed(there)}{without}"
    closeness = _CLOSENESS + 20 * len(there) // len(words)
    failure = Failure(lack="some words", says=says, by=len(lacking) or None)
    return Miss(failures=(failure,), closeness=closeness)


def _nothing(says: str) -> Miss:
    return Miss(failures=(Failure(lack="nothing", says=says),), closeness=0)


def _listed(words: Sequence[str]) -> str:
    quotes = [f"“{word}”" for word in words[:_MOST_NAMED]]
    more = len(words) - len(quotes)
    return wording.listed([*quotes, *([f"{more} more"] if more else [])])
