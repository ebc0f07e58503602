"""What of a term is nearest in a document that does not have it, and what this lacks: by how much it was missed.

Each term is asked again with less to hold to: without its `near`, in every field, with any capitals, inside longer
words, parted otherwise, with typing errors. What is found then with the fewest things let go is what came nearest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from rapidfuzz import fuzz

from monitor.core import wording
from monitor.core.evidence import Evidence
from monitor.core.explaining import near_citations
from monitor.core.explaining.neighbours import neighbour
from monitor.core.explaining.probing import EVERYWHERE, ask, text_of
from monitor.core.explaining.resemblance import is_near, is_slip, some_words
from monitor.core.explaining.traces import Failure, Lack, Miss, Neighbour
from monitor.core.matching.han import one_form
from monitor.core.matching.recognition import Document, word_starts
from monitor.core.matching.scanning import CJK, squeeze
from monitor.core.text import fold
from monitor.core.watchlists import Term, is_acronym

# How near a thing is that lacks only this, to compare the terms of a subject. What is counted is weighed below.
_CLOSENESS: dict[Lack, int] = {
    "field": 90, "ending": 88, "capitals": 85, "near": 80, "likeness": 80, "citation": 75, "joint": 70, "word": 60
}  # fmt: skip
_LETTER = r"[\p{Latin}\p{Greek}\p{Cyrillic}\p{Nd}_]"
_HAS_CJK = re.compile(f"[{CJK}]")
_SEPARATORS = re.compile(r"[ \-\u00b7]+")
# Beyond this a phrase is hardly parted otherwise, and a shorter one is like too many things.
_MOST_LETTERS = 80
_FEWEST_LETTERS = 8
_LEAST_LIKENESS = 50
_MOST_NAMED = 3
_EACH_FURTHER = 10
_FAR = 1 << 30
# What is looked at more closely without the matcher's having compared it, or the term's having asked for it.
_STRIKING_LIKENESS = 70


@dataclass(frozen=True, slots=True, kw_only=True)
class _Variant:
    """A term as it is asked: in another form of its words (None: its own), and with some things let go."""

    form: Lack | None
    let_go: tuple[Lack, ...]
    term: Term


def misses(document: Document, terms: Sequence[Term]) -> list[Miss]:
    """How each of these terms, which are not found, was missed."""
    worded = _of_words(document, [term for term in terms if term.kind != "id"])
    return [_of_citation(document, term) if term.kind == "id" else worded[term] for term in terms]


def _of_citation(document: Document, term: Term) -> Miss:
    evidence, failure, closeness = near_citations.nearest(document, term)
    return Miss(evidence=(evidence,) if evidence else (), failures=(failure,), closeness=closeness)


def _of_words(document: Document, terms: Sequence[Term]) -> dict[Term, Miss]:
    """Each form is asked with all let go first, and only one that is there then is asked more closely."""
    loosest = [(term, variants[-1], variants) for term in terms for variants in _variants(term)]
    answers = _asked(document, [last for _, last, _ in loosest])
    closer = [
        (term, variant)
        for (term, _, variants), answer in zip(loosest, answers, strict=True)
        if answer
        for variant in variants
    ]
    nearest: dict[Term, Miss] = {}
    for (term, variant), evidence in zip(closer, _asked(document, [v for _, v in closer]), strict=True):
        if evidence:
            miss = _missed(document, term, variant, evidence)
            nearest[term] = max(nearest.get(term, miss), miss, key=lambda one: one.closeness)
    return {
        term: _nearer(_as_citation(document, term), nearest.get(term))
        or _hardly_like(document, term)
        or some_words(document, term)
        for term in terms
    }


def _nearer(one: Miss | None, other: Miss | None) -> Miss | None:
    return max(filter(None, (one, other)), key=lambda miss: miss.closeness, default=None)


def _as_citation(document: Document, term: Term) -> Miss | None:
    if (found := near_citations.as_citation(document, term)) is None:
        return None
    evidence, failure = found
    return Miss(evidence=(evidence,), failures=(failure,), closeness=_weight(failure))


def _asked(document: Document, variants: Sequence[_Variant]) -> list[tuple[Evidence, ...]]:
    """What each variant finds, as far as it is in the form that was asked for."""
    answers = ask(document, [variant.term for variant in variants])
    return [
        tuple(one for one in answer if _is_of(variant, one))
        for variant, answer in zip(variants, answers, strict=True)
    ]


def _is_of(variant: _Variant, found: Evidence) -> bool:
    if variant.form == "likeness":
        is_striking = variant.term.fuzzy == _LEAST_LIKENESS or is_near(variant.term.text, found)
        return found.rule == "fuzzy" and is_striking
    return variant.form != "joint" or not found.quote.isalnum()  # the 5G of 2.5G is not parted


def _variants(term: Term) -> Iterator[list[_Variant]]:
    """For each form its variants, with ever more let go; the last holds to nothing else."""
    for form, held in _forms(term):
        holds = list(_holds(held))
        choices = [choice for count in range(len(holds) + 1) for choice in combinations(holds, count)]
        # Its own form with nothing let go was asked before, and is not there.
        if variants := [_variant(form, held, choice) for choice in choices if form or choice]:
            yield variants


def _forms(term: Term) -> Iterator[tuple[Lack | None, Term]]:
    """The forms in which its words may stand there."""
    yield None, term
    if term.kind != "text":
        return
    text = fold(term.text).text
    letters = len(squeeze(text))
    if not _HAS_CJK.search(text):
        yield "word", _pattern(term, _within_longer_word(text))
        if 1 < letters <= _MOST_LETTERS:
            yield "joint", _pattern(term, _parted_otherwise(text))
    if term.fuzzy or (letters >= _FEWEST_LETTERS and not is_acronym(term.text)):
        least = _LEAST_LIKENESS if term.fuzzy else _STRIKING_LIKENESS
        yield "likeness", replace(term, fuzzy=least, case=False)


def _pattern(term: Term, pattern: str) -> Term:
    return replace(term, kind="regex", text=pattern, fuzzy=0)


def _within_longer_word(text: str) -> str:
    """A pattern for the words with more letters at an end, or as the end of a longer number (the 5G of 2.5G)."""
    words = _SEPARATORS.sub(" ", text)
    own = "[ -]?".join(map(re.escape, words.split(" ")))
    before = rf"(?:{_LETTER}+|[0-9]+[.,])" if words[:1].isdigit() else f"{_LETTER}+"
    return f"{before}{own}{_LETTER}*|{own}{_LETTER}+"


def _parted_otherwise(text: str) -> str:
    """A pattern for the letters with up to three other signs between any two of them."""
    letters = r"[^\pL\pN_]{0,3}".join(map(re.escape, squeeze(text)))
    return rf"(?:^|[^\pL\pN_])(?P<quote>{letters})(?:$|[^\pL\pN_])"


def _holds(term: Term) -> Iterator[Lack]:
    """What a term asks of the place at which its words stand."""
    if term.near:
        yield "near"
    if not set(EVERYWHERE) <= set(term.fields):
        yield "field"
    if term.case:
        yield "capitals"


def _variant(form: Lack | None, held: Term, let_go: tuple[Lack, ...]) -> _Variant:
    term = replace(
        held,
        near=() if "near" in let_go else held.near,
        fields=EVERYWHERE if "field" in let_go else held.fields,
        case=held.case and "capitals" not in let_go,
    )
    return _Variant(form=form, let_go=let_go, term=term)


def _missed(document: Document, term: Term, variant: _Variant, evidence: Sequence[Evidence]) -> Miss:
    """A miss at the best of these places: where a word of `near` stands nearest, else the likest."""
    places = [(one, _beside(document, term, variant, one)) for one in evidence]
    best, beside = min(places, key=lambda place: (place[1].between if place[1] else _FAR, -place[0].score))
    failures = tuple(_failures(document, term, variant, best, beside))
    closeness = min(map(_weight, failures)) - _EACH_FURTHER * (len(failures) - 1)
    quoted = best if variant.form == "likeness" else replace(best, score=0)
    return Miss(evidence=(quoted,), neighbour=beside, failures=failures, closeness=max(1, closeness))


def _beside(document: Document, term: Term, variant: _Variant, evidence: Evidence) -> Neighbour | None:
    if not term.near:
        return None
    span = (evidence.start, evidence.end) if evidence.rule == "fuzzy" else None
    return neighbour(replace(variant.term, near=term.near), text_of(document, evidence.field), span)


def _failures(
    document: Document, term: Term, variant: _Variant, evidence: Evidence, beside: Neighbour | None
) -> Iterator[Failure]:
    if variant.form:
        yield _other_form(variant.form, term, evidence)
    if "capitals" in variant.let_go:
        yield _other_capitals(term, evidence)
    if "near" in variant.let_go:
        yield _too_far(term, beside) if beside else _nobody_near(document, term)
    if "field" in variant.let_go:
        says = f"the term does not look into that field, only into {wording.listed(term.fields)}"
        yield Failure(lack="field", says=says)


def _other_form(form: Lack, term: Term, evidence: Evidence) -> Failure:
    match form:
        case "word":
            what = "number" if term.text[:1].isdigit() and evidence.quote[:1].isdigit() else "word"
            return Failure(
                lack="word", says=f"it stands there only inside a longer {what}, “{evidence.quote}”"
            )
        case "joint":
            says = "its letters stand there parted otherwise; between its parts may stand one space, a hyphen or nothing"
            return Failure(lack="joint", says=says)
        case _:
            return _likeness(term, evidence.score, evidence.quote)


def _likeness(term: Term, score: int, quote: str) -> Failure:
    if term.fuzzy:
        by = term.fuzzy - score
        says = f"the likest words score {score} of the {term.fuzzy} that it asks for, {by} too few"
        return Failure(lack="likeness", says=says, by=by)
    like = (
        f"words like it stand there (likeness {score} of 100)"
        if score < 100
        else "its words stand there in another order"
    )
    advice = "; `fuzzy` would take less" if is_slip(term.text, quote) else ""
    says = f"{like}, and it wants the very words{advice}"
    return Failure(lack="likeness", says=says, by=100 - score or None)


def _other_capitals(term: Term, evidence: Evidence) -> Failure:
    if term.kind == "text" and squeeze(fold(evidence.quote).text).startswith(squeeze(fold(term.text).text)):
        says = f"an ending stands behind it, “{evidence.quote}”; where capitals matter a term takes none"
        return Failure(lack="ending", says=says)
    return Failure(lack="capitals", says=f"it stands there with other capitals, “{evidence.quote}”")


def _too_far(term: Term, beside: Neighbour) -> Failure:
    by = beside.between - term.within
    words = wording.counted(beside.between, "word")
    says = f"the nearest word of near, “{beside.quote}”, stands {words} {beside.side} it, {by} more than the {term.within} that may stand between"
    return Failure(lack="near", says=says, by=by)


def _nobody_near(document: Document, term: Term) -> Failure:
    """No word of near in that text; perhaps in another one, where it does not count."""
    words = [
        Term(kind="text", text=word, written=word, case=is_acronym(word), fields=EVERYWHERE)
        for word in term.near
    ]
    elsewhere = [
        f"“{found[0].quote}” in {wording.field_name(found[0].field)}"
        for found in ask(document, words)
        if found
    ]
    wanted = f"“{term.near[0]}”" if len(term.near) == 1 else f"one of its {len(term.near)} words of near"
    where = f" (only {wording.listed(elsewhere[:_MOST_NAMED])})" if elsewhere else ""
    return Failure(lack="near", says=f"{wanted} must stand near it, in the same text, and none does{where}")


def _weight(failure: Failure) -> int:
    weight = _CLOSENESS[failure.lack]
    if failure.lack == "near" and failure.by is None:
        return weight // 2
    return weight - min(failure.by or 0, weight // 2)


def _hardly_like(document: Document, term: Term) -> Miss | None:
    """The likest words for a term that asks for likeness, where the matcher saw too little of it to compare anything."""
    if not term.fuzzy:
        return None
    ((*texts,),) = ask(document, [replace(term, kind="regex", text=r"\S", near=(), fuzzy=0)])
    likest = [found for text in texts if (found := _likest(document, term, text.field))]
    if not likest:
        return None
    best = max(likest, key=lambda one: one.score)
    by = term.fuzzy - best.score
    says = f"the likest words score {best.score} of the {term.fuzzy} that it asks for"
    if by <= 0:
        says = f"{says}, and no piece of it stands there letter by letter, so they were not compared"
    failure = Failure(lack="likeness", says=says, by=by if by > 0 else None)
    return Miss(evidence=(best,), failures=(failure,), closeness=_weight(failure) - _EACH_FURTHER)


def _likest(document: Document, term: Term, label: str) -> Evidence | None:
    """The stretch of whole words that is most like the phrase, if it is at all."""
    folded = fold(text_of(document, label))
    needle, text = (one_form(one.lower) for one in (fold(term.text), folded))
    found = fuzz.partial_ratio_alignment(needle, text, score_cutoff=_STRIKING_LIKENESS)
    if found is None or found.dest_start == found.dest_end:
        return None
    first = max((at for at in word_starts(folded) if at <= found.dest_start), default=0)
    last = min((at for at in range(found.dest_end, len(text)) if not text[at].isalnum()), default=len(text))
    start, end = folded.span(first, last)
    return Evidence(
        field=label, start=start, end=end, quote=folded.source[start:end], term=term.written, rule="fuzzy",
        score=int(fuzz.ratio(needle, text[first:last])),
    )  # fmt: skip
