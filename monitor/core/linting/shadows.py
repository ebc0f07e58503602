"""Terms in the shadow of others: those that can add nothing, and names that stand inside other subjects' names.

Neither is reasoned out. Each term is written in all the ways in which it is found, and the matcher itself says which
others are found in every one of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from monitor.core import citations
from monitor.core.matching import scanning
from monitor.core.matching.matcher import Document, Matcher, compile_watchlists
from monitor.core.matching.scanning import Literal
from monitor.core.text import fold
from monitor.core.watchlists import FIELDS, Subject, Term, Watchlist

# From so many letters on, or Chinese, Japanese or Korean characters, a phrase is hardly a topic (5G, supply chain).
_NAME_LETTERS = 14
_NAME_CHARACTERS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Shadow:
    """`by` is found wherever `term` is; where `joined` is not empty, only if the term is not written as that one word.

    `is_twin`: they differ in nothing but the forms of their Chinese characters.
    """

    term: Term
    by: Term
    joined: str = ""

    @property
    def is_twin(self) -> bool:
        """Whether both say the same in other forms of characters."""
        one, other = (scanning.squeeze(fold(text).lower) for text in (self.term.text, self.by.text))
        return one != other and _letters(self.term) == _letters(self.by)


@dataclass(frozen=True, slots=True, kw_only=True)
class Within:
    """The term of one subject stands inside a longer one of another, which nothing forbids it to."""

    watchlist: Watchlist
    subject: Subject
    term: Term
    other: tuple[str, str]
    longer: Term


def shadows(terms: Sequence[Term]) -> Iterator[Shadow]:
    """The terms of one list (`any` or `none`) that another one of it makes idle. Of two that are equal, the later."""
    seen: Mapping[int, Mapping[int, bool]] = _found_in(terms)
    for place in range(len(terms)):
        found = [_shadow(terms, place, other, seen) for other in range(len(terms)) if other != place]
        certain = [one for one in found if one and not one.joined]
        if best := next(iter(certain), None) or next(filter(None, found), None):
            yield best


def forbidden(subject: Subject) -> Iterator[Shadow]:
    """The terms of `any` and `all` that stand in the shadow of one of `none`, which then forbids what they find."""
    wanted = (*subject.any, *subject.all)
    terms = (*wanted, *subject.none)
    seen: Mapping[int, Mapping[int, bool]] = _found_in(terms) if subject.none else {}
    for place in range(len(wanted)):
        by = {other: _covers(terms, other, place, seen) for other in range(len(wanted), len(terms))}
        certain = [other for other, is_whole in by.items() if is_whole]
        for other in (certain or [other for other, is_whole in by.items() if is_whole is False])[:1]:
            joined = "" if certain else scanning.literal(terms[place].text).exact
            yield Shadow(term=terms[place], by=terms[other], joined=joined)


def _shadow(
    terms: Sequence[Term], place: int, other: int, seen: Mapping[int, Mapping[int, bool]]
) -> Shadow | None:
    """What the other term leaves this one to find, or None where that is something of its own."""
    is_whole = _covers(terms, other, place, seen)
    if is_whole is None or (is_whole and other > place and _covers(terms, place, other, seen)):
        return None
    joined = "" if is_whole else scanning.literal(terms[place].text).exact
    return Shadow(term=terms[place], by=terms[other], joined=joined)


def _covers(
    terms: Sequence[Term], by: int, place: int, seen: Mapping[int, Mapping[int, bool]]
) -> bool | None:
    """Whether one term is found wherever the other is; False: only where that is not joined to one word; None: no."""
    if not _asks_no_more(terms[by], terms[place]):
        return None
    if terms[place].kind == "text":
        return seen.get(place, {}).get(by)
    return True if _names_as_much(terms[by], terms[place]) else None


def _names_as_much(by: Term, term: Term) -> bool:
    if term.kind == "id":
        return citations.covers(by.text, term.text)
    return by.text == term.text and by.case == term.case


def _asks_no_more(by: Term, term: Term) -> bool:
    """Whether `by` looks wherever `term` does, and asks for nothing beside it that `term` does not ask for."""
    if by.kind != term.kind or not set(term.fields) <= set(by.fields):
        return False
    if term.fuzzy and not (0 < by.fuzzy <= term.fuzzy and _letters(by) == _letters(term)):
        return False
    if not by.near:
        return True
    words = 0 if _letters(by) == _letters(term) else len(fold(term.text).text.split())
    return bool(term.near) and set(term.near) <= set(by.near) and by.within >= term.within + words


@lru_cache(maxsize=4096)
def _letters_of(text: str) -> str:
    return scanning.literal(text).lower


def _letters(term: Term) -> str:
    return _letters_of(term.text)


def _found_in(terms: Sequence[Term]) -> dict[int, dict[int, bool]]:
    """For each phrase, those found in it however it is parted; and whether also where it is written as one word."""
    literals = {place: scanning.literal(term.text) for place, term in enumerate(terms) if term.kind == "text"}
    longer = [
        place
        for place, one in literals.items()
        if any(place != other and two.lower in one.lower for other, two in literals.items())
    ]
    if not longer:
        return {}
    probes = {str(place): replace(terms[place], near=(), fields=FIELDS) for place in literals}
    matcher = _apart(probes)
    return {place: _others(matcher, place, terms[place], literals[place]) for place in longer}


def _others(matcher: Matcher, place: int, term: Term, one: Literal) -> dict[int, bool]:
    parted, joined = _spellings(term, one)
    found = _places(matcher, [*parted, *joined])
    own = found.pop(place, set())
    plain = {at for at in own if at < len(parted)}
    return {other: own <= where for other, where in found.items() if plain and plain <= where}


def _places(matcher: Matcher, texts: Sequence[str]) -> dict[int, set[int]]:
    """For each probe the texts in which it is found."""
    matches = matcher.match(Document(key="", kind="", fields={"titles": texts}))
    return {
        int(match.subject): {int(one.field.partition("[")[2].rstrip("]")) for one in match.evidence}
        for match in matches
    }


def _spellings(term: Term, one: Literal) -> tuple[list[str], list[str]]:
    """The ways to write a phrase: with a separator at each joint, and with none at one of them or at any."""
    joints = sorted(one.joints)
    parted = [_written(one.exact, joints, by) for by in " -"] or [one.exact]
    joined = [_written(one.exact, [at for at in joints if at != left], " ") for left in joints]
    joined += [one.exact] if joints else []
    if not term.case:
        parted = [form for text in parted for form in (text, text.lower(), text.upper(), f"{text}s")]
        joined = [form for text in joined for form in (text, text.lower(), text.upper())]
    return parted, joined


def _written(exact: str, joints: Sequence[int], by: str) -> str:
    edges = [0, *joints, len(exact)]
    return by.join(exact[start:end] for start, end in pairwise(edges))


def _apart(terms: Mapping[str, Term]) -> Matcher:
    """A matcher in which each term is a subject of its own."""
    subjects = tuple(Subject(id=name, name=name, any=(term,)) for name, term in terms.items())
    return compile_watchlists([_watchlist("probe", subjects)])


def _watchlist(id_: str, subjects: tuple[Subject, ...]) -> Watchlist:
    return Watchlist(
        id=id_, title=id_, priority="normal", note="", subjects=subjects, sha256="", file="", toml=""
    )


def names_within(watchlists: Sequence[Watchlist]) -> Iterator[Within]:
    """Each name of a subject by which an item is recognised that only says the longer name of another subject."""
    matcher = compile_watchlists([tagged(watchlist) for watchlist in watchlists])
    terms = {
        (watchlist.id, subject.id, f"{place}"): (watchlist, subject, term)
        for watchlist in watchlists
        for subject in watchlist.subjects
        for place, term in enumerate(subject.any)
    }
    for (list_id, subject_id, _), (_, other, longer) in terms.items():
        if longer.kind != "text" or longer.near:
            continue
        document = Document(key="", kind="", fields=dict.fromkeys(longer.fields, (longer.text,)))
        for match in matcher.match(document):
            place = match.evidence[0].term
            found = terms.get((match.watchlist, match.subject, place))
            if found and match.subject != other.id and _is_name_within(found[2], longer):
                watchlist, subject, term = found
                yield Within(
                    watchlist=watchlist,
                    subject=subject,
                    term=term,
                    other=(list_id, subject_id),
                    longer=longer,
                )


def _is_name_within(term: Term, longer: Term) -> bool:
    """A phrase so long that it is rather a name than a topic, and that is only a part of the longer one."""
    one, other = scanning.literal(term.text).lower, scanning.literal(longer.text).lower
    is_name = len(one) >= (_NAME_LETTERS if one.isascii() else _NAME_CHARACTERS)
    return term.kind == "text" and is_name and one in other and one != other


def tagged(watchlist: Watchlist) -> Watchlist:
    """The same rules, with each term of `any` written as its place there and each of `all` as `all` and its place."""
    subjects = tuple(
        replace(
            subject,
            any=tuple(replace(term, written=f"{place}") for place, term in enumerate(subject.any)),
            all=tuple(replace(term, written=f"all{place}") for place, term in enumerate(subject.all)),
        )
        for subject in watchlist.subjects
    )
    return replace(watchlist, subjects=subjects)
