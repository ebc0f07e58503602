"""Slips of the pen in one term: allowed, and seldom meant. Each is told with what it does and what to write instead."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from monitor.core.watchlists import FIELDS, Subject, Term

Level = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """`rule` is a permanent word for the kind of slip."""

    level: Level
    rule: str
    what: str
    remedy: str


# Words that programmes, acts and committees like to be called by, in small letters; of five letters and more, and those
# shorter ones that are words before they are initials.
_WORDS = frozenset(
    """
    able access achieve act advance agile aid aim alert all allies america amber angel apex arc area arm array art aspire assist
    atlas atom aurora award aware balance bank base basic beacon beam best bill block board bold bond boost border bridge bright
    bring build bus call camp can car card care catch cause center chain champ chance change charge chart chip chips choice
    circle city clean clear climb close cloud club coast code compass compete connect control cool core corn cost count
    course court cover create credit crest cross crown cure cyber dare data date dawn deal defend deliver delta dial digit
    direct dome door dream drive drone eagle earn earth ease east echo edge elect elite end energy engage engine enhance
    equal era ethics even ever excel expand expert explore express eye fab face fact fair fame farm fast field fire first
    fish five flag flame fleet flex flow focus force ford forest form forum forward foster found frame free fresh front fuel
    future gain gap gate gear gem genius giant give global goal gold good grace grant graph great green grid ground group grow
    guard guide hand harbor hawk head heal health help hero high home honor hope horizon house human icon idea ideal image
    impact improve include index infuse inform innovate insight inspire invest island join joint jump just keep key kind
    land laser launch law lead leap learn legacy lens level lever life lift light line link list live local lock loop loyal
    lunar make map marine mark market master match matter mentor merge mesh metal meter micro mind mine mint mission model
    moon motion move music nest net new node north nova oasis ocean offer open orbit order origin our own pace pact page
    panel park part pass patch path peace peak people pilot pivot place plan planet plant play plus point polar pool port
    power press prime prism probe project promise proof protect proud pulse quad quest quick radar rail rain raise range rapid
    reach react ready real rebuild recover reef relay relief renew repair rescue reset resolve respect respond rest restore
    rights ring rings rise risk river road rock room root round route rural safe safety sail save scale scan school science
    scope score scout sea search season seat secure sed seed self send sense serve service set shape share shield ship shore sight sign
    silver simple site sky smart solar sound source space spark speed spirit spot spring stable staff star start state stay
    steam steel stem step stop storm strategy stream street strength strike strong study summit sun support sure surge
    sustain swift switch table target task team tech tell term test thrive tide tiger time tool top torch total touch tower
    town track trade trail train transform travel treat tree trend trial trust truth try turn unify union unite united unity up
    urban use valor value vault venture vessel view vine vines vision vital voice vote wage walk wall war watch water
    wave way wealth west wheel wild win wind wing wings wire wireless wise women wood work workers world young youth zone
    """.split()  # noqa: SIM905 - three hundred words in quotes would be a page
)
_LONE_WORD = re.compile(r"[A-Za-z]+(?:-[A-Za-z]+)?", re.ASCII)
_SHORT = 4

_CLASS = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]")
_ESCAPED = re.compile(r"\\.")
_FLAG_MISWRITTEN = re.compile(r"(?<![A-Za-z0-9\\])\(([ims]{1,3})\?\)")
_FLAG = re.compile(r"^\(\?[a-z]*i[a-z]*\)")
_NAKED_DOT = re.compile(r"(?<=[A-Za-z0-9])\.(?![*+?{])")
_IDLE_END = re.compile(r"^\^?\.[*+]\??|\.[*+]\??\$?$")
_WHOLE = re.compile(r"^\^|\$$")
# Fields whose whole text is a name, so that its ends are worth asking for.
_SHORT_FIELDS = frozenset({"title", "titles", "subjects", "details", "url"})


def slips(term: Term, subject: Subject) -> Iterator[Slip]:
    """What is likely a slip in a term of `any` or `all` of the subject."""
    if term.kind == "regex":
        yield from _of_pattern(term)
    elif term.kind == "text":
        yield from _of_acronym(term, subject)


def _of_acronym(term: Term, subject: Subject) -> Iterator[Slip]:
    """A lone word in capitals that nothing beside it makes sure of. Names with digits (5G) are no words."""
    is_narrowed = term.near or term.fields != FIELDS or subject.keys or subject.all or term.fuzzy
    if is_narrowed or not _LONE_WORD.fullmatch(term.text) or term.text.islower():
        return
    if term.text.lower() in _WORDS:
        how = "in capitals, as headlines are set, and" if term.case else "whatever the capitals, and"
        what = f'"{term.text}" is also a word: it is found {how} with nothing of the subject beside it'
        yield Slip(level="warning", rule="word", what=what, remedy=_remedy(term))
    elif term.case and term.text.isupper() and 3 <= len(term.text.replace("-", "")) <= _SHORT:
        what = f'"{term.text}" has {len(term.text.replace("-", ""))} letters, which others may use for something else'
        yield Slip(level="note", rule="acronym", what=what, remedy=_remedy(term))


def _remedy(term: Term) -> str:
    return f'write {{ text = "{term.text}", near = ["…"] }} with words that stand beside it, or the full name'


def bare(pattern: str) -> str:
    """A pattern with spaces for its escapes and for what its classes hold, each sign in its place."""
    return _ESCAPED.sub("  ", _CLASS.sub(lambda found: "[" + " " * (len(found[0]) - 2) + "]", pattern))


def _of_pattern(term: Term) -> Iterator[Slip]:
    pattern = term.text
    outline = bare(pattern)
    if "\b" in pattern:
        what = "holds a backspace, which no text does: in double quotes TOML reads \\b as that"
        remedy = "write the pattern in single quotes: '\\b…\\b'"
        yield Slip(level="error", rule="backspace", what=what, remedy=remedy)
    if found := _FLAG_MISWRITTEN.search(outline):
        what = f'"{found[0]}" asks for the letter {found[1][-1]}, or none; it is no flag'
        yield Slip(level="warning", rule="flag", what=what, remedy=_about_flag(found[1], term))
    if found := _FLAG.search(pattern):
        yield from _of_flag(found[0], term)
    if found := _NAKED_DOT.search(outline):
        around = pattern[max(0, found.start() - 8) : found.end() + 4].strip()
        what = f'the dot in "{around}" stands for any character at all'
        yield Slip(
            level="warning", rule="dot", what=what, remedy="write \\. for a dot, or name what may stand there"
        )
    yield from _of_ends(outline, term)


def _about_flag(letters: str, term: Term) -> str:
    if letters == "i" and not term.case:
        return "take it out: capitals do not matter unless case = true"
    return f"write (?{letters}) at the beginning of the pattern"


def _of_flag(flag: str, term: Term) -> Iterator[Slip]:
    if term.case:
        what = f'"{flag}" says that capitals do not matter, and case = true that they do'
        yield Slip(level="warning", rule="flag", what=what, remedy="keep one of the two")
    elif flag == "(?i)":
        what = '"(?i)" says what holds anyhow: capitals do not matter'
        yield Slip(level="note", rule="flag", what=what, remedy="take it out")


def _of_ends(outline: str, term: Term) -> Iterator[Slip]:
    """Repetition of anything at an end, which is quoted as evidence; and the ends of a whole text where none is short."""
    if found := _IDLE_END.search(outline):
        what = f'"{found[0]}" at an end changes nothing but the evidence, which then quotes everything'
        yield Slip(level="warning", rule="anything", what=what, remedy="take it out")
    elif (found := _WHOLE.search(outline)) and "|" not in outline and not set(term.fields) <= _SHORT_FIELDS:
        place = "beginning" if found[0] == "^" else "end"
        what = f'"{found[0]}" asks for the {place} of the whole text, of a full text too; not of a line or a word'
        remedy = 'write \\b for the edge of a word, or add in = ["title"]'
        yield Slip(level="warning", rule="ends", what=what, remedy=remedy)
