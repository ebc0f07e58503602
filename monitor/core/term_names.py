"""What a term is called in front of a reader: its words with its options, so that no two terms of a subject look alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from monitor.core import citations
from monitor.core.watchlists import FIELDS, Term, is_acronym

# Words of `near` are cut before anything else is: what a term does not look into misleads more.
_MOST_NEAR = 4


def options(term: Term) -> str:
    """What tells the term from its bare words: `near NSF, 6G, within 5; in title`; nothing where it is only those."""
    return "; ".join(_options(term))


def named(term: Term) -> str:
    """The term with its options: `VINES (near NSF, 6G, within 5)`."""
    said = options(term)
    return f"{term.written} ({said})" if said else term.written


def named_apart(terms: Sequence[Term]) -> list[str]:
    """The name of each; with its line in the file, where another one has the same name."""
    names = [named(term) for term in terms]
    many = Counter(names)
    return [
        name if many[name] == 1 else f"{name} (line {term.line})"
        for name, term in zip(names, terms, strict=True)
    ]


def in_quotes(term: Term, *, line: bool = False) -> str:
    """The term in quotes, with its options: `"VINES" (near NSF, within 5)`; with its line too, where that is asked."""
    said = "; ".join(filter(None, (f"line {term.line}" * line, options(term))))
    return f'"{term.written}" ({said})' if said else f'"{term.written}"'


def _options(term: Term) -> Iterator[str]:
    if term.kind == "regex":
        yield "pattern"
    if term.kind == "text" and citations.parse(term.text):
        yield "text"  # a plain string of these words would be an id
    if term.near:
        yield f"near {_listed(term.near)}, within {term.within}"
    if set(term.fields) != set((*FIELDS, "url") if term.kind == "id" else FIELDS):
        yield f"in {', '.join(term.fields)}"
    if term.kind != "id" and term.case != (term.kind == "text" and is_acronym(term.text)):
        yield "case" if term.case else "any case"
    if term.fuzzy:
        yield f"fuzzy {term.fuzzy}"


def _listed(words: Sequence[str]) -> str:
    more = len(words) - _MOST_NEAR
    # One more takes no more room than to say so.
    return ", ".join(words) if more <= 1 else f"{', '.join(words[:_MOST_NEAR])} and {more} more"
