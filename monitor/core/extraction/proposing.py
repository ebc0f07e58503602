"""Proposals: what a group of mentions is called, what kind it is, how much it matters, how sure that is, and why."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from monitor.core import citations
from monitor.core.extraction.asking import asked_ranges
from monitor.core.extraction.mentions import Mention, language, loose
from monitor.core.extraction.repairing import Document

# Named so often, a thing is what the document is about.
_OFTEN = 8
_MOST_EVIDENCE = 3
_MOST_SOURCES = 5
_LONGEST_ID = 50
# Which sources tell of a kind of thing wherever it is.
_OF_KIND = {"bill": ("congress.gov", "govinfo.gov"), "act": ("congress.gov", "govinfo.gov")}
# The name of a law of another place than the United States.
_ELSEWHERE = re.compile(
    r"欧|英国|德国|法国|日本|韩国|印度|加拿大|澳大利亚|中国|\b(?:EU|European?|UK|Japan|Korea|India|Canada|China)\b"
)
_ABSTRACT = re.compile(r"(?m)^(?:摘\s?要|关键词|Abstract|Key\s?words|Summary)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Where a document names it: its line from 1, and a short quotation."""

    document: str
    line: int
    quote: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A subject to follow. `aliases` are the names that the document prints, `known_as` further ones.

    `importance` is 3 for what a document asks for or is about, 2 for what belongs to that, 1 for background; `sure` runs
    0-100 and `why` says what it rests on. `sources` are hosts or ids where news of it would show, best first. What is only
    told of in a clause has `anchors` and words to stand `beside` them, where any could be found.
    """

    id: str
    name: str
    kind: str
    importance: int
    sure: int
    why: tuple[str, ...]
    zh: str = ""
    ja: str = ""
    acronyms: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    known_as: tuple[str, ...] = ()
    identifiers: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    sources: tuple[str, ...] = ()
    mentions: int = 1
    is_clause: bool = False
    anchors: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """A document, and from where to where it says what to follow."""

    document: Document
    asked: Sequence[tuple[int, int]]


def proposals(documents: Sequence[Document], groups: Iterable[Sequence[Mention]]) -> list[Proposal]:
    """A proposal a group, the most important first, each with an id of its own."""
    places = {
        document.name: _Place(document=document, asked=asked_ranges(document)) for document in documents
    }
    made = [_proposal(group, places) for group in groups]
    taken: Counter[str] = Counter()
    distinct = []
    for one in sorted(made, key=lambda each: -each.importance):
        taken[one.id] += 1
        distinct.append(_renamed(one, taken[one.id]))
    return distinct


def _renamed(one: Proposal, times: int) -> Proposal:
    return one if times == 1 else replace(one, id=f"{one.id}-{times}")


def _proposal(group: Sequence[Mention], places: Mapping[str, _Place]) -> Proposal:
    ordered = sorted(group, key=lambda one: (-one.sure, one.start < 0, one.start))
    printed = _distinct(name for one in ordered for name in one.names)
    known = _distinct(name for one in ordered for name in one.known_as)
    acronyms = tuple(dict.fromkeys(short for one in ordered for short in one.acronyms))
    identifiers = _identifiers(ordered)
    names = _by_language(printed, known, {each for one in ordered for each in one.japanese})
    kind = _kind(ordered)
    name = names["en"] or names["zh"] or names["ja"] or (acronyms or identifiers or ("unnamed",))[0]
    first = min(group, key=lambda one: (one.start < 0, one.start))
    return Proposal(
        id=_id(ordered, names["en"] or (acronyms[0] if acronyms else ""), kind, first),
        name=name,
        zh=names["zh"],
        ja=names["ja"],
        kind=kind,
        importance=_importance(group, kind, places),
        sure=_sure(ordered),
        why=tuple(dict.fromkeys(one.why for one in ordered))[:3],
        acronyms=acronyms,
        aliases=tuple(one for one in printed if one not in {name, names["zh"]}),
        known_as=tuple(
            one for one in known if loose(one) not in {loose(each) for each in (*printed, *acronyms)}
        ),
        identifiers=identifiers,
        evidence=tuple(_evidence(group)),
        sources=_sources(ordered, kind),
        mentions=len(group),
        is_clause=all(one.is_clause for one in group),
        anchors=tuple(dict.fromkeys(each for one in ordered for each in one.anchors)),
        beside=tuple(dict.fromkeys(each for one in ordered for each in one.beside)),
    )


def _distinct(names: Iterable[str]) -> list[str]:
    """Names in order, without those that differ in marks and case only."""
    first: dict[str, str] = {}
    for name in names:
        first.setdefault(loose(name) or name, name)
    return list(first.values())


def _by_language(printed: Sequence[str], known: Sequence[str], japanese: Container[str]) -> dict[str, str]:
    """The best name in each language: a full printed one, else a known one."""
    printed = [one for one in printed if not citations.parse(one)] or [one for one in printed if not known]
    best: dict[str, str] = {}
    for tongue in ("en", "zh", "ja"):
        own = [one for one in printed if language(one) == tongue]
        others = [one for one in known if ("ja" if one in japanese else language(one)) == tongue]
        full = [one for one in own if tongue != "en" or " " in one]
        best[tongue] = next(iter((*full, *others, *own)), "")
    return best


def _identifiers(ordered: Sequence[Mention]) -> tuple[str, ...]:
    """All, without the number of a bill whose Congress is known from elsewhere."""
    found = dict.fromkeys(id_ for one in ordered for id_ in one.identifiers)
    known = {id_.partition("-")[2] for id_ in found if "?" not in id_}
    return tuple(id_ for id_ in found if "?" not in id_ or id_.partition("-")[2] not in known)


def _kind(ordered: Sequence[Mention]) -> str:
    """What the surest say; what is known beats what a suffix tells."""
    known = [one.kind for one in ordered if one.entry and one.kind]
    told = [one.kind for one in ordered if one.kind]
    return next(iter((*known, *told)), "program")


def _importance(group: Sequence[Mention], kind: str, places: Mapping[str, _Place]) -> int:
    if any(one.is_asked or _is_asked(one, places[one.document]) for one in group):
        return 3
    hint = max((one.importance for one in group), default=0)
    prominent = sum(_is_prominent(one, places[one.document].document) for one in group)
    if (prominent and len(group) >= _OFTEN // 2) or (len(group) >= _OFTEN and hint != 1):
        return 3
    if hint == 1 and len(group) < _OFTEN:
        return 1
    is_background = len(group) == 1 and kind in {"technology", "company"}
    return 1 if is_background or (all(one.start < 0 for one in group) and not hint) else 2


def _is_asked(one: Mention, place: _Place) -> bool:
    return any(start <= one.start < end for start, end in place.asked)


def _is_prominent(one: Mention, document: Document) -> bool:
    """Whether it stands in the title, the abstract or the key words."""
    if one.start < 0:
        return False
    begins = document.text.rfind("\n", 0, one.start) + 1
    return begins == 0 or bool(_ABSTRACT.match(document.text, begins))


def _sure(ordered: Sequence[Mention]) -> int:
    """As sure as the surest mention, and somewhat more where different signs agree."""
    signs = len({one.why for one in ordered})
    return min(99, ordered[0].sure + 2 * (signs - 1))


def _evidence(group: Sequence[Mention]) -> Iterator[Evidence]:
    seen: set[tuple[str, int]] = set()
    for one in sorted(group, key=lambda each: (-each.sure, each.start < 0, each.start)):
        if (one.document, one.line) not in seen and len(seen) < _MOST_EVIDENCE:
            seen.add((one.document, one.line))
            yield Evidence(document=one.document, line=one.line, quote=one.quote)


def _sources(ordered: Sequence[Mention], kind: str) -> tuple[str, ...]:
    """Where news of it would be: what its mentions tell, and Congress for what may be its own."""
    numbered = any(id_.startswith(("bill:", "law:")) for one in ordered for id_ in one.identifiers)
    elsewhere = any(_ELSEWHERE.search(name) for one in ordered for name in (*one.names, *one.known_as))
    of_kind = _OF_KIND.get(kind, ()) if numbered or (kind == "act" and not elsewhere) else ()
    found = dict.fromkeys((*(host for one in ordered for host in one.sources), *of_kind))
    return tuple(found)[:_MOST_SOURCES]


def _id(ordered: Sequence[Mention], english: str, kind: str, first: Mention) -> str:
    """The gazetteer's, else made of its identifier, its English name or its place."""
    if entry := next((one.entry for one in ordered if one.entry), ""):
        return entry
    slug = re.sub(r"[^a-z0-9]+", "-", english.lower()).strip("-")[:_LONGEST_ID].strip("-")
    return slug or f"{kind.replace('_', '-')}-line-{first.line}"
