"""Why a subject recognises an item, or why it does not, as plain lines: the verdict, then each condition and each term."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile

from monitor.core import wording
from monitor.core.explaining.traces import Condition, Explanation, Place, Relative, Ruling, TermTrace, Trace
from monitor.core.renderings import clocks
from monitor.core.renderings.margins import INDENT, MARGIN, beside, labelled, section, words
from monitor.core.renderings.neutral import cut, plain

_LONGEST_QUOTE = 300
_MOST_SUBJECTS = 5
_MOST_PLACES = 3


def render(found: Explanation, *, width: int, zone: str, everybody: bool = False) -> str:
    """The explanation as text of at most `width` columns, its moments in `zone`; an address is never broken.

    It names the few subjects whose terms are found over the same words; `everybody`: all whose terms hold such words.
    """
    return "\n".join(line.rstrip() for line in _lines(found, width, zone, everybody=everybody)) + "\n"


def _lines(found: Explanation, width: int, zone: str, *, everybody: bool) -> Iterator[str]:
    trace = found.trace
    yield from words(plain(found.title) or "(no title)", width, 0)
    yield plain(trace.key)
    yield ""
    yield from words(f"{trace.watchlist} / {trace.subject}: {trace.name}", width, 0)
    yield from labelled("verdict", verdict(found, zone), width)
    yield from labelled("because", "; ".join(_failing(trace)), width)
    if trace.nearest:
        yield from labelled("nearest", f"{trace.nearest.label}: {_lacking(trace.nearest)}", width)
    yield from labelled("looked at", _looked_at(found), width)
    for condition in trace.conditions:
        yield ""
        yield from words(_heading(condition), width, 0)
        yield from _condition(condition, trace, width)
    yield from section(
        "Who else watches these words", _relatives(trace.relatives, width, everybody=everybody)
    )
    yield from section("What the log holds of it", _rulings(found.rulings, width, zone))


def verdict(found: Explanation, zone: str) -> str:
    """Whether it matches, whether the log has that, and since or until when it did."""
    last = found.rulings[-1] if found.rulings else None
    standing = last is not None and last.matched
    if found.trace.matches:
        now = f"{'matches' if found.in_force else 'would match'}, score {found.trace.score}"
        return f"{now}; {_recorded(found.rulings, zone) if standing else _unrecorded(found)}"
    now = "does not match" if found.in_force else "would not match"
    if last is None:
        return f"{now}, and never did"
    if not last.matched:
        until = f"until position {last.position} ({clocks.exact(last.recorded_at, zone)})"
        return f"{now}; it did {until} and was withdrawn: {last.reason}"
    withdraws = "; the next `monitor poll` withdraws it" if found.in_force else ""
    return f"{now}, though the log has it as a match ({_recorded(found.rulings, zone)}){withdraws}"


def _recorded(rulings: Sequence[Ruling], zone: str) -> str:
    """Since when the match stands, by which revision, and by which one it was last recorded."""
    standing = list(takewhile(lambda ruling: ruling.matched, reversed(rulings)))
    first, last = standing[-1], standing[0]
    since = (
        f"recorded since position {first.position} ({clocks.exact(first.recorded_at, zone)}), {first.origin}"
    )
    again = f", and again by revision {last.revision}" if last.revision != first.revision else ""
    return f"{since}, by revision {first.revision} of the item{again}"


def _unrecorded(found: Explanation) -> str:
    return "the log does not have it yet" if found.in_force else "these rules are not in force"


def _failing(trace: Trace) -> Iterator[str]:
    """What stands between the item and a match, a phrase a condition."""
    for condition in trace.conditions:
        if condition.holds:
            continue
        match condition.name:
            case "keys":
                yield f"its key {trace.key} fits none of {', '.join(trace.keys)}"
            case "all":
                yield f"all: {condition.found} of {condition.of} found"
            case "any":
                yield f"any: none of {condition.of} found"
            case _:
                yield f"none: {wording.listed([_forbidding(term) for term in trace.terms if term.group == 'none' and term.found])}"


def _forbidding(term: TermTrace) -> str:
    place = term.places[0]
    return f"“{place.evidence.quote}” in {_field(place)} forbids it"


def _looked_at(found: Explanation) -> str:
    rules = (
        f"the watchlist in force since position {found.in_force}"
        if found.in_force
        else "the watchlist as the file has it"
    )
    unread = f"; its full text could not be looked into: {found.unread}" if found.unread else ""
    return f"revision {found.revision} of the item, by {rules}{unread}"


def _heading(condition: Condition) -> str:
    found, of = condition.found, condition.of
    match condition.name:
        case "keys":
            return "Keys: the item's key must fit one of these"
        case "all":
            return f"All: each of these {of} is needed, {found or 'none'} found"
        case "any":
            return f"Any: one of these {of} is enough, {found or 'none'} found"
        case _:
            return f"None: none of these {of} may stand there, {found or 'none'} does"


def _condition(condition: Condition, trace: Trace, width: int) -> Iterator[str]:
    if condition.name == "keys":
        yield from labelled("fits" if condition.holds else "does not fit", ", ".join(trace.keys), width)
        return
    terms = [term for term in trace.terms if term.group == condition.name]
    for term in sorted(terms, key=lambda term: -term.closeness):
        if term.found or term.places:
            yield from _term(term, width)
    absent = [term for term in terms if not term.found and not term.places]
    if condition.name == "none":
        yield from labelled("clear", ", ".join(term.label for term in absent), width)
        return
    for says in dict.fromkeys(map(_lacking, absent)):
        named = [term.label for term in absent if _lacking(term) == says]
        yield from labelled("not there", f"{'; '.join(named)} ({says})", width)


def _term(term: TermTrace, width: int) -> Iterator[str]:
    label = "forbids" if term.group == "none" else "found" if term.found else "not found"
    shown = [term.label]
    if term.failures:
        shown.append(_lacking(term))
    shown += [_place(place, found=term.found) for place in term.places[:_MOST_PLACES]]
    if further := term.places[_MOST_PLACES:]:
        fields = dict.fromkeys(_field(place) for place in further)
        shown.append(f"and in {wording.listed(list(fields))}")
    yield from beside(f"{' ' * INDENT}{label}", shown, width, MARGIN, further=INDENT)


def _lacking(term: TermTrace) -> str:
    """All that what came nearest to a term lacks."""
    return "; and ".join(failure.says for failure in term.failures)


def _place(place: Place, *, found: bool) -> str:
    """The field; how it was recognised, where it was; the quoted words among those around them."""
    evidence = place.evidence
    how = ""
    if found:
        near = f"; {place.neighbour.in_words()}" if place.neighbour else ""
        how = f" ({evidence.rule}, score {evidence.score}{near})"
    return f"in {_field(place)}{how}: {_in_context(place)}"


def _in_context(place: Place) -> str:
    quote = f"“{cut(plain(place.evidence.quote), _LONGEST_QUOTE)}”"
    lead = " " * place.before[-1:].isspace()
    trail = " " * place.after[:1].isspace()
    return f"{plain(place.before)}{lead}{quote}{trail}{plain(place.after)}"


def _field(place: Place) -> str:
    name = wording.field_name(place.evidence.field)
    return f"{name} ({place.detail.replace('_', ' ')})" if place.detail else name


def _relatives(found: Sequence[Relative], width: int, *, everybody: bool) -> Iterator[str]:
    """A line a subject; those of its terms that stand there first."""
    by_subject: dict[tuple[str, str], list[Relative]] = {}
    for one in found:
        by_subject.setdefault((one.watchlist, one.subject), []).append(one)
    here = [terms[0] for terms in by_subject.values() if terms[0].stands]
    told = found if everybody else here[:_MOST_SUBJECTS]
    for one in told:
        yield from words(_relative(one), width, INDENT, further=INDENT)
    if not everybody and (more := len(by_subject) - len(told)):
        yield from words(_of_others(more, len(here) - len(told)), width, INDENT)


def _of_others(more: int, here: int) -> str:
    found = f"{here} of them found here" if here else "not found here"
    return f"{wording.counted(more, 'more subject')} with such words ({found}); --all names {'it' if more == 1 else 'them'}"


def _relative(one: Relative) -> str:
    relation = {
        "same": f"watches “{one.term}” too",
        "longer": f"watches “{one.term}”, which holds “{one.words}”",
        "shorter": f"watches “{one.term}”, which stands within “{one.words}”",
    }[one.relation]
    stands = "found over the same words" if one.stands else "not found here"
    matches = "matches" if one.matches else "does not match"
    return f"{one.watchlist} / {one.subject} {relation}: {stands}, and the subject {matches}"


def _rulings(found: Iterable[Ruling], width: int, zone: str) -> Iterator[str]:
    for one in found:
        said = f"matched, revision {one.revision}, score {one.score}, {one.origin}"
        said = said if one.matched else f"withdrawn: {one.reason}"
        at = f"position {one.position} · {clocks.exact(one.recorded_at, zone)}"
        yield from words(f"{at} · {said}", width, INDENT, further=INDENT)
