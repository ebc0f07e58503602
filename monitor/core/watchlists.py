"""Watchlists: what a person follows, as a TOML file says it, checked so that no rule is silently dead.

`read_watchlist` gives the watchlist or every problem of its file; `parse_watchlist` raises the first of them.
The rules of the grammar, with examples that a test runs: docs/watchlists.md.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePath
from typing import Any, Literal, cast, get_args

from monitor.core import citations
from monitor.core.errors import WatchlistError
from monitor.core.matching import scanning
from monitor.core.patterns import as_folded, compile_regex
from monitor.core.text import fold
from monitor.core.toml_reading import KeyPath, Problem, TomlReading, did_you_mean, first_of

Priority = Literal["high", "normal", "low"]
Kind = Literal["text", "regex", "id"]
# What may be told of an item: that it is there, a revision by how much it changes, a step of a bill or docket, a date that
# is stated or moved, that it was taken away or is recognised no longer.
Telling = Literal["new", "substantive", "metadata", "typographic", "status", "deadline", "withdrawn"]

FIELDS = ("title", "titles", "summary", "subjects", "body")
# Searched only where a term asks: an agency's name stands in `details` of all that it publishes.
FIELDS_ON_REQUEST = ("details", "url")
WITHIN = 30
TOLD: tuple[Telling, ...] = ("new", "substantive", "status", "deadline", "withdrawn")

_DOCS = "docs/watchlists.md"
_PRIORITIES = ("high", "normal", "low")
_TELLINGS: tuple[Telling, ...] = get_args(Telling)
_WATCHLIST_KEYS = ("title", "priority", "on", "note", "enabled", "subject")
_SUBJECT_KEYS = ("id", "name", "zh", "ja", "ko", "note", "enabled", "any", "all", "none", "keys")
_TERM_KEYS = ("text", "regex", "id", "case", "fuzzy", "near", "within", "in")
_ID = re.compile(r"[a-z0-9][a-z0-9._-]*", re.ASCII)
_LONGEST_ACRONYM = 6
_LATIN = re.compile(r"[A-Za-z0-9]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One way to recognise a subject.

    `text` is the phrase, the pattern (RE2) or the canonical id; `written` is what stands in the file. `fuzzy` is the
    least score that is accepted, 0 for exact only. `near` holds phrases of which one must stand at most `within` words
    away in the same field. `line` counts from 1.
    """

    kind: Kind
    text: str
    written: str
    case: bool = False
    fuzzy: int = 0
    near: tuple[str, ...] = ()
    within: int = WITHIN
    fields: tuple[str, ...] = FIELDS
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One thing to follow. `keys` are patterns (`bill:117-*`): where there are any, other items are not looked at."""

    id: str
    name: str
    zh: str = ""
    ja: str = ""
    ko: str = ""
    note: str = ""
    any: tuple[Term, ...] = ()
    all: tuple[Term, ...] = ()
    none: tuple[Term, ...] = ()
    keys: tuple[str, ...] = ()
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Watchlist:
    """One file. `id` is its name without `.toml`, `toml` its text, `sha256` of that in UTF-8; `warnings` block nothing.

    `resting` are the subjects that are switched off (`enabled = false`): checked like others, and matched by nobody. In a
    file that is switched off, all are. `on` is what readers are told of: anything else is recorded in silence.
    """

    id: str
    title: str
    priority: Priority
    note: str
    subjects: tuple[Subject, ...]
    sha256: str
    file: str
    toml: str
    warnings: tuple[str, ...] = ()
    resting: tuple[Subject, ...] = ()
    on: tuple[Telling, ...] = TOLD


def parse_watchlist(text: str, *, file: str) -> Watchlist:
    """The watchlist that a file's text describes. Raises WatchlistError: the first problem, and how many follow it."""
    watchlist, problems = _read(text, file)
    if first := first_of(problems):
        raise _error(first)
    assert watchlist is not None  # noqa: S101 - no watchlist without a problem
    return watchlist


def read_watchlist(text: str, *, file: str) -> tuple[Watchlist | None, tuple[WatchlistError, ...]]:
    """The watchlist and no problems, or None and every problem of the file in order of line."""
    watchlist, problems = _read(text, file)
    return (None, tuple(map(_error, problems))) if problems else (watchlist, ())


@lru_cache(maxsize=64)
def _read(text: str, file: str) -> tuple[Watchlist | None, tuple[Problem, ...]]:
    """Kept, since a poll reads the same text twice: from its file, and from the log."""
    reading = _Reading(file, docs=_DOCS)
    table = reading.load(text)
    watchlist = reading.watchlist(table, text) if table is not None else None
    return watchlist, tuple(reading.problems())


def _error(problem: Problem) -> WatchlistError:
    return WatchlistError(problem.where, problem.what, problem.remedy, place=problem.place)


_Placed = tuple[KeyPath, Term]


class _Reading(TomlReading):
    """A watchlist file being read."""

    def watchlist(self, table: dict[str, Any], toml: str) -> Watchlist:
        """Read the whole file."""
        self.known_keys(table, (), _WATCHLIST_KEYS)
        id_ = PurePath(self.file).name.removesuffix(".toml")
        if not _ID.fullmatch(id_):
            self.problem(
                (), f"the file's name gives the id {id_!r}", "use small letters, digits, - . and _ only"
            )
        tables = self.tables(table, "subject")
        if not tables:
            self.problem((), "no subject", "add a [[subject]] with an id and any = [...]")
        subjects = [self.subject(one, ("subject", index)) for index, one in enumerate(tables)]
        self.distinct(subjects)
        active = self.flag(table, (), "enabled", default=True)
        off = {
            n for n, one in enumerate(tables) if not self.flag(one, ("subject", n), "enabled", default=True)
        }
        if not active:
            off = set(range(len(tables)))
        return Watchlist(
            id=id_,
            title=self.text(table, (), "title", required=True),
            priority=self.priority(table),
            on=self.on(table),
            note=self.text(table, (), "note"),
            subjects=tuple(subject for n, subject in enumerate(subjects) if n not in off),
            resting=tuple(subject for n, subject in enumerate(subjects) if n in off),
            sha256=hashlib.sha256(toml.encode()).hexdigest(),
            file=self.file,
            toml=toml,
            warnings=tuple(self.warnings),
        )

    def priority(self, table: dict[str, Any]) -> Priority:
        """`high`, `normal` or `low`; normal where nothing is said."""
        value = table.get("priority", "normal")
        if not isinstance(value, str):
            self.wrong_type(("priority",), "a string", value)
        elif value not in _PRIORITIES:
            self.problem(("priority",), f"unknown priority {value!r}", did_you_mean(value, _PRIORITIES))
        return cast("Priority", value)

    def on(self, table: dict[str, Any]) -> tuple[Telling, ...]:
        """What is told, in the order of the file; the usual where nothing is said."""
        if table.get("on") == []:
            self.problem(("on",), "nothing would ever be told", "name what shall be, or say enabled = false")
        told = self.texts(table, (), "on", exactly=True)
        for index, word in enumerate(told):
            if word not in _TELLINGS:
                near, known = did_you_mean(word, _TELLINGS), f"known are {', '.join(_TELLINGS)}"
                remedy = near if near == known else f"{near} {known}"
                self.problem(("on", index), f"{word!r} is nothing that can be told", remedy)
        return cast("tuple[Telling, ...]", tuple(dict.fromkeys(told))) or TOLD

    def distinct(self, subjects: Sequence[Subject]) -> None:
        """No two subjects with one id: their matches would share a stream."""
        first: dict[str, int] = {}
        for index, subject in enumerate(subjects):
            if subject.id and subject.id in first:
                what = f"{subject.id!r} is already the id of the subject in line {first[subject.id]}"
                self.problem(("subject", index, "id"), what, "give each subject its own id, or join the two")
            first.setdefault(subject.id, subject.line)

    def subject(self, table: dict[str, Any], path: KeyPath) -> Subject:
        """Read one [[subject]]."""
        self.known_keys(table, path, _SUBJECT_KEYS)
        id_ = self.text(table, path, "id", required=True)
        if id_ and not _ID.fullmatch(table["id"]):
            self.problem(
                (*path, "id"), f"{table['id']!r} is no id", "use small letters, digits, - . and _ only"
            )
        terms = {key: self.terms(table, path, key) for key in ("any", "all", "none")}
        if not table.get("any") and not table.get("all"):
            self.problem(path, "nothing to look for", "add any = [...] or all = [...]")
        self.not_forbidden(terms)
        return Subject(
            id=id_,
            name=self.text(table, path, "name") or id_,
            zh=self.text(table, path, "zh"),
            ja=self.text(table, path, "ja"),
            ko=self.text(table, path, "ko"),
            note=self.text(table, path, "note"),
            any=tuple(term for _, term in terms["any"]),
            all=tuple(term for _, term in terms["all"]),
            none=tuple(term for _, term in terms["none"]),
            keys=self.texts(table, path, "keys"),
            line=self.line(path),
        )

    def not_forbidden(self, terms: Mapping[str, Sequence[_Placed]]) -> None:
        """No term of any or all that a term of none forbids whenever it is found."""
        for path, term in (*terms["any"], *terms["all"]):
            if forbidding := next((one for _, one in terms["none"] if _forbids(one, term)), None):
                what = f"{term.written!r} can never match: none = [{forbidding.written!r}] forbids it"
                self.problem(path, what, "take it out of one of the two lists")

    def terms(self, table: dict[str, Any], path: KeyPath, key: str) -> list[_Placed]:
        """Read any, all or none; each term with its place."""
        value = table.get(key, [])
        if not isinstance(value, list):
            self.wrong_type((*path, key), "a list of terms", value)
            return []
        read = [((*path, key, index), self.term(one, (*path, key, index))) for index, one in enumerate(value)]
        return [(place, term) for place, term in read if term]

    def term(self, value: Any, path: KeyPath) -> Term | None:
        """Read one term, a string or a table."""
        if isinstance(value, str):
            return self.short_term(value, path)
        if not isinstance(value, dict):
            self.wrong_type(path, "a string or a table such as { text = ... }", value)
            return None
        self.known_keys(value, path, _TERM_KEYS)
        kinds = [kind for kind in ("text", "regex", "id") if kind in value]
        if len(kinds) != 1:
            what = f"{' and '.join(kinds)} in one term" if kinds else "neither text, nor regex, nor id"
            self.problem(path, what, "say exactly one of text, regex and id")
            return None
        kind = cast("Kind", kinds[0])
        written = self.text(value, path, kind, required=True)
        if kind == "regex" and written:
            written = value[kind]  # space at its ends is part of a pattern
        return self.options(kind, written, value, path) if written else None

    def short_term(self, written: str, path: KeyPath) -> Term | None:
        """Read a plain string: a citation where the whole of it is one, else a phrase."""
        kind: Kind = "id" if citations.parse(written) else "text"
        return self.options(kind, written.strip(), {}, path)

    def options(self, kind: Kind, written: str, table: dict[str, Any], path: KeyPath) -> Term | None:
        """Read what limits a term, and check that the whole can match."""
        near, fields = self.texts(table, path, "near"), self.texts(table, path, "in", exactly=True)
        term = Term(
            kind=kind,
            text=self.canonical(kind, written, path),
            written=written,
            case=self.flag(table, path, "case", default=kind == "text" and is_acronym(written)),
            fuzzy=self.number(table, path, "fuzzy", 50, 100),
            near=near,
            within=self.number(table, path, "within", 1, 1000) or WITHIN,
            fields=self.fields(fields, kind, path),
            line=self.line(path),
        )
        self.meaningful(kind, table, path)
        self.findable(term, path)
        self.advise(term, table.keys(), path)
        return term if term.text else None

    def canonical(self, kind: Kind, written: str, path: KeyPath) -> str:
        """What the matcher looks for: the canonical id of a citation, anything else as it is written."""
        if kind != "id":
            return written
        id_ = citations.parse(written) or (written if re.fullmatch(r"[a-z][a-z0-9._-]*:\S+", written) else "")
        if not id_:
            remedy = 'write it like "H.R. 1060 (117th)" or "bill:117-hr-1060", or make it a text'
            self.problem((*path, "id"), f"{written!r} is no citation that is known here", remedy)
        return id_

    def fields(self, names: tuple[str, ...], kind: Kind, path: KeyPath) -> tuple[str, ...]:
        """The fields that a term looks into."""
        known = FIELDS + FIELDS_ON_REQUEST
        for index, name in enumerate(names):
            if name not in known:
                self.problem((*path, "in", index), f"unknown field {name!r}", did_you_mean(name, known))
        return names or (FIELDS if kind != "id" else (*FIELDS, "url"))

    def meaningful(self, kind: Kind, table: dict[str, Any], path: KeyPath) -> None:
        """No option that would be passed over in silence."""
        idle = {"regex": ("fuzzy",), "id": ("case", "fuzzy", "near", "within"), "text": ()}[kind]
        for key in idle:
            if key in table:
                self.problem((*path, key), f"means nothing beside {kind}", f"take {key} out")
        if "within" in table and "near" not in table and kind != "id":
            self.problem((*path, "within"), "means nothing without near", "say near what, or take it out")
        if table.get("near") == []:
            self.problem((*path, "near"), "near nothing: can never match", "name a word, or take it out")
        if table.get("in") == []:
            self.problem((*path, "in"), "in no field: can never match", "name a field, or take it out")

    def findable(self, term: Term, path: KeyPath) -> None:
        """No term, and no word of near, that nothing can ever match, and none that everything would."""
        if term.kind == "text" and not scanning.literal(term.text).exact:
            what = f"{term.written!r} has no letter and no digit: can never match"
            self.problem(path, what, "write the words to look for")
        if term.kind == "regex":
            self.regex(term, path)
        for index, word in enumerate(term.near):
            if not scanning.literal(word).exact:
                self.problem(
                    (*path, "near", index), f"{word!r} can never match", "write the words to look for"
                )

    def regex(self, term: Term, path: KeyPath) -> None:
        """A pattern that RE2 reads and that needs at least one character."""
        try:
            pattern = compile_regex(term.text, case=term.case)
        except ValueError as error:
            remedy = "use the syntax of RE2, which has no look-around and no back-references"
            self.problem((*path, "regex"), f"not a regular expression: {error}", remedy)
            return
        if pattern.search("") or pattern.search("\n"):
            self.problem(
                (*path, "regex"), "matches an empty text, so every item", "ask for at least one letter"
            )
        for idle in as_folded(term.text)[1]:
            what = f"{idle!r} finds nothing: texts are read without accents, in ordinary width"
            self.warn((*path, "regex"), what, "write the letters without accents, as a-z, or take it out")

    def advise(self, term: Term, said: Collection[str], path: KeyPath) -> None:
        """Warn of what is allowed and seldom meant. `said` are the options that the file gives the term."""
        exact = scanning.literal(term.text).exact if term.kind == "text" else ""
        if 0 < len(exact) < 3 and _LATIN.search(exact) and not {"near", "in", "case"}.intersection(said):
            what = f"{term.written!r} is short and stands for many things"
            self.warn(path, what, "add near = [...], or say case = true where it truly stands alone")
        if term.text.startswith("bill:?-"):
            remedy = f'say which, as in "{term.written} (117th)"'
            self.warn(
                path, f"{term.written!r} names no Congress, and matches that number in every one", remedy
            )


def is_acronym(text: str) -> bool:
    """A single token of at most six letters and digits, none of them small: VINES, 5G, O-RAN, ÖPP."""
    letters = re.sub(r"[-.]", "", text if text.isascii() else fold(text).text)
    are_capitals = [each.isupper() for each in letters if not each.isdecimal()]
    return 0 < len(letters) <= _LONGEST_ACRONYM and bool(are_capitals) and all(are_capitals)


def _forbids(forbidding: Term, term: Term) -> bool:
    """Whether `forbidding` is found wherever `term` is. Says yes only where that is certain."""
    if (
        forbidding.near
        or term.fuzzy
        or not set(term.fields) <= set(forbidding.fields)
        or forbidding.kind != term.kind
    ):
        return False
    if term.kind == "text":
        one, other = scanning.literal(forbidding.text), scanning.literal(term.text)
        same = one.lower == other.lower and other.joints <= one.joints
        return same and (not forbidding.case or (term.case and one.exact == other.exact))
    return forbidding.text == term.text and (forbidding.case == term.case or not forbidding.case)
