"""Names known from elsewhere, and where a document has them. The format of the files: docs/seeding.md.

A document's characters are compared without space beside Chinese characters, in one case and in one form of each
character. The longest name wins where names overlap.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ahocorasick_rs import AhoCorasick

from monitor.core.errors import ConfigError
from monitor.core.extraction.mentions import Mention, language
from monitor.core.extraction.repairing import Document
from monitor.core.matching.han import one_form
from monitor.core.text import Folded, fold
from monitor.core.toml_reading import TomlReading
from monitor.core.toml_values import fitted

KINDS = [
    "agency",
    "company",
    "document",
    "technology",
    "policy_tool",
    "program",
    "alliance",
    "bill",
    "act",
    "dialogue",
    "standards_body",
    "event",
    "treaty_or_agreement",
    "fund",
]
# What a Chinese name of a body of that country begins with.
_COUNTRIES = {
    "US": ("美国", "美方", "华盛顿"),
    "JP": ("日本", "日方"),
    "KR": ("韩国", "韩方"),
    "CN": ("中国", "我国"),
    "TW": ("台湾",),
    "EU": ("欧盟",),
    "GB": ("英国",),
    "DE": ("德国",),
    "FR": ("法国",),
    "FI": ("芬兰",),
    "SE": ("瑞典",),
    "NL": ("荷兰",),
    "IN": ("印度",),
    "AU": ("澳大利亚",),
    "CA": ("加拿大",),
    "SG": ("新加坡",),
    "NZ": ("新西兰",),
    "IL": ("以色列",),
    "IT": ("意大利",),
    "ES": ("西班牙",),
    "NO": ("挪威",),
    "PH": ("菲律宾",),
    "VN": ("越南",),
    "MY": ("马来西亚",),
}
_BARE_KINDS = {"agency", "act", "bill", "fund", "program", "document"}
_REACH = 400
# 德国电信 is a company, 德国电信运营商 are all companies of that country.
_OPERATOR = re.compile(r"(?:电信|移动)$")
_TRADE = re.compile(
    "运营|行业|市场|业务|事业|设备|监管|网络|基础|企业|服务|领域|供应|产业|用户|通信|管理|技术|法|部|局"
)
_HAN = "\u3400-\u9fff\u3041-\u30ff"
_SQUEEZED = re.compile(rf" (?=[{_HAN}])|(?<=[{_HAN}]) ")
_LATIN = re.compile(r"[a-z0-9]")
# Whom these tell to do something is a body by itself.
_TELLS_TO = re.compile(
    r"(?:要求|规定|指示|授权|敦促|责成|建议|允许|委托|呼吁|命令|隶属|下属|会同|通过|承接|承担|协助|支持|获得|得到)$"
)
# A document is about a country that is one in so many of those that it names.
_MAIN = 3
_NUMBERED = re.compile(r"-[0-9]{1,2}(?![0-9a-z])")
# The Department of Transportation of a State is not that of the United States.
_OF_A_STATE = re.compile(
    r"(?:Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|Florida|Georgia|Hawaii|Idaho|Illinois|Indiana|Iowa|"
    r"Kansas|Kentucky|Louisiana|Maine|Maryland|Massachusetts|Michigan|Minnesota|Mississippi|Missouri|Montana|Nebraska|Nevada|Hampshire|"
    r"Jersey|New Mexico|New York|Carolina|Dakota|Ohio|Oklahoma|Oregon|Pennsylvania|Rhode Island|Tennessee|Texas|Utah|Vermont|Virginia|"
    r"Washington State|Wisconsin|Wyoming)(?:['’]s|\sState)?\s$"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing with its names. `importance` is 1 for what is background in most papers, else 2: only a paper can say 3.

    `near` are the words that make an `unsure` name sure, `not_in` words that hold one of its names by chance: 高通 in
    提高通信.
    """

    id: str
    kind: str
    en: tuple[str, ...] = ()
    zh: tuple[str, ...] = ()
    ja: tuple[str, ...] = ()
    acronyms: tuple[str, ...] = ()
    country: str = ""
    importance: int = 2
    sources: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    not_in: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"kind: {self.kind!r} is none; use one of {', '.join(KINDS)}")
        if self.importance not in {1, 2}:
            raise ValueError("importance: is not 1 or 2; write one of these (3 is for a document to say)")
        if not self.names:
            raise ValueError("en: nothing names it; give a name in en, zh, ja or acronyms")

    @property
    def names(self) -> tuple[str, ...]:
        """All its names."""
        return (*self.en, *self.zh, *self.ja, *self.acronyms)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Name:
    """A name as it is looked for. A bare one stands without its country; an idle one only keeps others from its place."""

    entry: Entry
    written: str
    key: str
    has_case: bool
    is_bare: bool = False
    is_idle: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hit:
    start: int
    end: int
    name: _Name


@dataclass(frozen=True, slots=True, kw_only=True)
class Gazetteer:
    """All entries; `names` and `automaton` serve the search, `bare` says which countries have a body of such a bare name."""

    entries: tuple[Entry, ...] = ()
    names: tuple[_Name, ...] = ()
    bare: Mapping[str, frozenset[str]] = field(default_factory=dict)
    automaton: AhoCorasick = field(default_factory=lambda: AhoCorasick([]))

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> Gazetteer:
        """A gazetteer of these entries."""
        kept = tuple(entries)
        names = tuple(name for entry in kept for name in _names(entry))
        bare: dict[str, frozenset[str]] = {}
        for name in names:
            if name.is_bare:
                bare[name.key] = bare.get(name.key, frozenset()) | {name.entry.country}
        return cls(entries=kept, names=names, bare=bare, automaton=AhoCorasick([name.key for name in names]))

    def mentions(self, document: Document) -> list[Mention]:
        """Every place of the document, and of its references, that names an entry."""
        place = _Place.of(document.text)
        hits = self._hits(place)
        sure = {one.name.entry.id for one in hits if not (_is_unsure(one.name) or one.name.is_idle)}
        counted = _longest(
            one for one in hits if _counts(one, place, sure, self.bare.get(one.name.key, frozenset()))
        )
        found = [_mention(document, place, one) for one in counted if not one.name.is_idle]
        return [*found, *self._in_references(document, sure)]

    def _hits(self, place: _Place) -> list[_Hit]:
        """Names at their places, none inside a longer one; several at one place where it is unsure which is meant."""
        found = []
        for index, start, end in self.automaton.find_matches_as_indexes(place.text, overlapping=True):
            name = self.names[index]
            if place.is_whole(start, end) and (not name.has_case or place.agrees(start, end, name.written)):
                found.append(_Hit(start=start, end=end, name=name))
        return _longest(found)

    def _in_references(self, document: Document, sure: set[str]) -> Iterator[Mention]:
        for reference in document.references:
            if reference.form.startswith(("J", "N", "M", "D")):
                continue  # articles and books: their titles name what somebody else wrote of
            said = f"{reference.publisher}. {reference.title}"
            place = _Place.of(said)
            for hit in self._hits(place):
                if not (hit.name.is_bare or hit.name.is_idle) and (
                    not _is_unsure(hit.name) or hit.name.entry.id in sure
                ):
                    start, end = place.span(hit.start, hit.end)
                    yield _named(hit.name, document.name, reference.line, -1, said[start:end], said[:90])


def read_entries(text: str, *, file: str) -> list[Entry]:
    """The entries of a file. Raises ConfigError: the first problem."""
    reading = TomlReading(file, docs="docs/seeding.md")
    table = reading.load(text) or {}
    reading.known_keys(table, (), ("title", "entry"))
    tables: Sequence[Mapping[str, Any]] = reading.tables(table, "entry")
    entries = [fitted(reading, one, Entry, ("entry", n), docs=reading.docs) for n, one in enumerate(tables)]
    for first in reading.problems()[:1]:
        raise ConfigError(first.where, first.what, first.remedy)
    return entries


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """A text as it is compared, with the way back. `exact` has the same length and keeps case."""

    folded: Folded
    text: str
    exact: str
    origins: tuple[int, ...]
    countries: tuple[tuple[int, str], ...]

    @classmethod
    def of(cls, written: str) -> _Place:
        folded = fold(written)
        gone = {match.start() for match in _SQUEEZED.finditer(folded.text)}
        origins = tuple(index for index in range(len(folded.text)) if index not in gone)
        exact = "".join(folded.text[index] for index in origins)
        text = one_form("".join(folded.lower[index] for index in origins))
        named = sorted(
            (match.start(), country)
            for country, words in _COUNTRIES.items()
            for match in re.finditer("|".join(map(one_form, words)), text)
        )
        return cls(folded=folded, text=text, exact=exact, origins=origins, countries=tuple(named))

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where this stands in the text as it was given."""
        return self.folded.span(self.origins[start], self.origins[end - 1] + 1)

    def is_whole(self, start: int, end: int) -> bool:
        """Whether Latin letters and digits at the ends are not part of a longer word: AWS is not AWS-3."""
        before, after = self.text[start - 1 : start], self.text[end : end + 1]
        begins = _LATIN.match(self.text[start]) and _LATIN.match(before)
        ends = _LATIN.match(self.text[end - 1]) and _LATIN.match(after)
        numbered = (
            _NUMBERED.match(self.text, end) and self.text[end - 1].isascii() and self.text[end - 1].isalpha()
        )
        return not begins and not ends and not numbered

    def agrees(self, start: int, end: int, written: str) -> bool:
        """Whether it is written so, or all in capitals."""
        said = self.exact[start:end].replace(" ", "")
        plain = fold(written).text.replace(" ", "")
        return said in {plain, plain.upper()}

    def country_before(self, start: int, among: Collection[str]) -> str:
        """Which of some countries was named last; where that is long ago, the one that the document is about."""
        index = bisect_right(self.countries, (start, "~")) - 1
        while index >= 0 and start - self.countries[index][0] <= _REACH:
            if self.countries[index][1] in among:
                return self.countries[index][1]
            index -= 1
        counted = Counter(country for _, country in self.countries if country in among).most_common(2)
        first, second = [*counted, ("", 0), ("", 0)][:2]
        is_main = first[1] > 2 * second[1] and first[1] * _MAIN >= len(self.countries)
        return first[0] if is_main else ""

    def paragraph(self, start: int) -> str:
        """Some lines around."""
        return self.text[max(0, start - 200) : start + 200]


def _longest(hits: Iterable[_Hit]) -> list[_Hit]:
    """Of hits that overlap the first, and of these the longest; of one place also the unsure."""
    kept: list[_Hit] = []
    for hit in sorted(hits, key=lambda one: (one.start, -one.end, _is_unsure(one.name))):
        is_free = not kept or hit.start >= kept[-1].end
        is_shared = bool(kept) and (hit.start, hit.end) == (kept[-1].start, kept[-1].end)
        if is_free or (is_shared and _is_unsure(hit.name)):
            kept.append(hit)
    return kept


def _names(entry: Entry) -> Iterator[_Name]:
    for written in entry.not_in:
        yield _Name(entry=entry, written=written, key=_key(written), has_case=False, is_idle=True)
    for written in dict.fromkeys(entry.names):
        key = _key(written)
        is_single = bool(re.fullmatch(r"[\w&.+/-]+", written, re.ASCII))
        yield _Name(entry=entry, written=written, key=key, has_case=written in entry.acronyms or is_single)
        if entry.kind in _BARE_KINDS and language(written) == "zh":
            for country in _COUNTRIES.get(entry.country, ()):
                rest = written.removeprefix(country)
                if rest != written and len(rest) >= 2:
                    yield _Name(entry=entry, written=rest, key=_key(rest), has_case=False, is_bare=True)


def _key(written: str) -> str:
    folded = fold(written)
    return one_form(_SQUEEZED.sub("", folded.lower))


def _is_unsure(name: _Name) -> bool:
    return name.is_bare or name.written in name.entry.unsure


def _counts(hit: _Hit, place: _Place, sure: set[str], countries: Collection[str]) -> bool:
    """Whether a name is meant here that may mean something else. `countries` have a body that a bare name may be of."""
    name = hit.name
    if _OPERATOR.search(name.written) and _TRADE.match(place.exact, hit.end):
        return False
    if name.written.startswith("Department of") and _OF_A_STATE.search(place.exact[: hit.start]):
        return False
    if name.written.endswith("部") and place.text[hit.end : hit.end + 1] == "门":
        return False  # 部门
    if name.is_bare:
        known = _COUNTRIES[name.entry.country]
        stands_free = (
            not re.search("[一-鿿]$", place.exact[hit.start - 1 : hit.start])
            or place.exact[hit.start - 1] in "和与及、在的由向对被经"
            or bool(_TELLS_TO.search(place.exact, max(0, hit.start - 2), hit.start))
        )
        before = place.country_before(hit.start, countries)
        return bool(known) and before == name.entry.country and (stands_free or len(name.key) > 3)
    if name.written in name.entry.unsure:
        near = place.paragraph(hit.start)
        return name.entry.id in sure or any(_key(word) in near for word in name.entry.near)
    return True


def _mention(document: Document, place: _Place, hit: _Hit) -> Mention:
    start, end = place.span(hit.start, hit.end)
    said = document.text[start:end]
    quote = _around(document.text, start, end)
    return _named(hit.name, document.name, document.line_at(start), start, said, quote)


def _named(name: _Name, document: str, line: int, start: int, said: str, quote: str) -> Mention:
    entry = name.entry
    is_short = name.written in entry.acronyms
    what = "without its country" if name.is_bare else "by name"
    return Mention(
        document=document,
        line=line,
        start=start,
        end=start + len(said) if start >= 0 else -1,
        quote=quote,
        names=() if is_short else (" ".join(said.split()),),
        acronyms=(said,) if is_short else (),
        why=f"known {what} ({entry.id})",
        sure=80 if _is_unsure(name) else 95,
        kind=entry.kind,
        entry=entry.id,
        known_as=entry.names,
        japanese=entry.ja,
        importance=entry.importance,
        sources=entry.sources,
    )


def _around(text: str, start: int, end: int) -> str:
    """A short quotation: the name and some characters on either side, within its line."""
    first = max(text.rfind("\n", 0, start) + 1, start - 12)
    newline = text.find("\n", end)
    return text[first : min(len(text) if newline < 0 else newline, end + 16)].strip()
