"""Questions to the matcher: what does a term by itself find in a document, and what would it with less to hold to?

The answers come from the very matcher that decides, so an explanation cannot tell another story than the decision.
"""

from __future__ import annotations

from collections.abc import Sequence

from monitor.core.evidence import Evidence
from monitor.core.matching.matcher import Matcher, compile_watchlists
from monitor.core.matching.recognition import Document
from monitor.core.watchlists import FIELDS, FIELDS_ON_REQUEST, Subject, Term, Watchlist

EVERYWHERE = FIELDS + FIELDS_ON_REQUEST


class Probe:
    """Terms made ready, each to be asked by itself."""

    def __init__(self, terms: Sequence[Term]) -> None:
        self._count = len(terms)
        self._matcher = _matcher(terms) if terms else None

    def ask(self, document: Document) -> list[tuple[Evidence, ...]]:
        """What each term finds, in the order of the terms; nothing for one that is not found."""
        matches = self._matcher.match(document) if self._matcher else ()
        found = {int(match.subject): match.evidence for match in matches}
        return [found.get(index, ()) for index in range(self._count)]


def ask(document: Document, terms: Sequence[Term]) -> list[tuple[Evidence, ...]]:
    """What each term finds by itself; each different one is asked once."""
    different = list(dict.fromkeys(terms))
    answers = dict(zip(different, Probe(different).ask(document), strict=True))
    return [answers[term] for term in terms]


def text_of(document: Document, label: str) -> str:
    """The text that the evidence's field names: `title`, `titles[3]`, `key`."""
    if label == "key":
        return document.key
    name, _, index = label.rstrip("]").partition("[")
    texts = document.identifiers if name == "identifiers" else document.fields.get(name, ())
    return texts[int(index)] if index else next(filter(None, texts), "")


def _matcher(terms: Sequence[Term]) -> Matcher:
    subjects = (Subject(id=str(index), name="", any=(term,)) for index, term in enumerate(terms))
    watchlist = Watchlist(
        id="", title="", priority="normal", note="", subjects=tuple(subjects), sha256="", file="", toml=""
    )
    return compile_watchlists([watchlist])
