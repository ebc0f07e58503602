"""Proposals as a watchlist that can be kept as it is: comments say where each comes from and how sure it is."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

import tomlkit

from monitor.core import citations
from monitor.core.extraction.mentions import language, loose
from monitor.core.extraction.proposing import Proposal
from monitor.core.matching import scanning
from monitor.core.watchlists import is_acronym

_IDLE = {"of", "the", "and", "for", "on", "in", "to", "a", "&"}
_LONGEST_NAME = 140
_MOST_TERMS = 12
_SHORT_WORD = 4


def as_toml(proposals: Sequence[Proposal], *, title: str) -> str:
    """The text of a watchlist file with a subject a proposal. A proposal that names nothing to look for is a comment."""
    head = [
        "# Proposed by `monitor seed`. Keep what you want to follow, take out the rest, and look at each list of terms:",
        "# a name in a document is not yet a good way to recognise news. docs/seeding.md tells how.",
        "",
        f"title    = {_string(title)}",
        'priority = "normal"',
    ]
    return "\n".join([*head, *(line for one in proposals for line in _subject(one))]) + "\n"


def _subject(one: Proposal) -> Iterator[str]:
    terms = list(_clause_terms(one) if one.is_clause else _terms(one))
    rests = one.is_clause and not terms
    terms = terms or ([_string(one.name)] if rests and _can_be_found(one.name) else [])
    yield ""
    yield from map(_comment, _remarks(one))
    if not terms:
        yield _comment(f"{one.name}: nothing to look for could be made of this; write terms for it")
        return
    yield "[[subject]]"
    yield f"id   = {_string(one.id)}"
    yield f"name = {_string(one.name[:_LONGEST_NAME])}"
    if one.zh and one.zh != one.name:
        yield f"zh   = {_string(one.zh[:_LONGEST_NAME])}"
    if one.ja and one.ja not in {one.name, one.zh}:
        yield f"ja   = {_string(one.ja[:_LONGEST_NAME])}"
    if rests:
        yield _comment(
            "told of without a name: write terms that news of it would hold, then take out the next line"
        )
        yield "enabled = false"
    yield "any  = ["
    yield from (f"  {term}," for term in terms)
    yield "]"


def _remarks(one: Proposal) -> Iterator[str]:
    yield f"{one.kind}, importance {one.importance}; sure {one.sure} of 100: {'; '.join(one.why)}"
    for evidence in one.evidence:
        yield f"{evidence.document}:{evidence.line} …{evidence.quote}…"
    if one.sources:
        yield f"news of it: {', '.join(one.sources)}"


def _terms(one: Proposal) -> Iterator[str]:
    """Its numbers, its names, and its acronyms beside words of its names; none that another finds anyway."""
    numbers = [id_ for id_ in one.identifiers if citations.parse(id_)]
    names = [one.name, one.zh, one.ja, *one.aliases, *one.known_as, *one.acronyms]
    kept = {loose(name): name for name in reversed(names) if _can_be_found(name)}
    alone = [key for key, name in kept.items() if not _is_short(name)]
    needed = [name for key, name in kept.items() if not any(other in key and other != key for other in alone)]
    yield from (_term(term, one) for term in [*numbers, *reversed(needed)][:_MOST_TERMS])


def _clause_terms(one: Proposal) -> Iterator[str]:
    """Each known name in it beside its topics; none where either is wanting, for a name alone is a subject of its own."""
    beside = [word for word in one.beside if not any(loose(word) == loose(each) for each in one.anchors)]
    near = ", ".join(map(_string, beside))
    if near:
        yield from (
            f"{{ text = {_string(name)}, near = [{near}] }}" for name in one.anchors if _can_be_found(name)
        )


def _term(term: str, one: Proposal) -> str:
    if citations.parse(term) or not (_is_short(term) or _is_a_word(term, one)):
        return _string(term)
    near = ", ".join(map(_string, _near(term, one)))
    more = f"near = [{near}]" if near else "case = true"
    return f"{{ text = {_string(term)}, {more} }}"


def _is_short(term: str) -> bool:
    """Whether it stands for too many things to be looked for alone."""
    return is_acronym(term) or len(loose(term)) < (4 if language(term) == "en" else 2)


def _is_a_word(term: str, one: Proposal) -> bool:
    """Whether it is one short word, of a thing that has a full name: Quad. A company is called by its word."""
    is_full = any(" " in name and language(name) == "en" for name in (one.name, *one.aliases, *one.known_as))
    return (
        is_full and one.kind != "company" and term.isascii() and term.isalpha() and len(term) <= _SHORT_WORD
    )


def _near(term: str, one: Proposal) -> Iterator[str]:
    """The long words of its full names: an acronym alone stands for many things."""
    words = [word for name in (one.name, *one.aliases) if language(name) == "en" for word in name.split()]
    kept = [re.sub(r"[^\w-]", "", word).strip("-") for word in words]
    yield from dict.fromkeys(
        word for word in kept if len(word) > 3 and word.lower() not in _IDLE and loose(word) != loose(term)
    )
    if one.zh and loose(one.zh) != loose(term):
        yield one.zh


def _can_be_found(term: str) -> bool:
    return bool(scanning.literal(term).exact) and not citations.parse(term) and len(loose(term)) > 1


def _string(text: str) -> str:
    """A TOML string on one line."""
    return tomlkit.string(_plain(text)).as_string()


def _comment(text: str) -> str:
    return "# " + _plain(text)


def _plain(text: str) -> str:
    """The text on one line, without what a terminal would obey or TOML refuses."""
    spaced = " ".join(text.split())
    return "".join(c for c in spaced if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Zl", "Zp"})
