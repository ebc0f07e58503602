"""Slips that hide in plain sight: letters of another script, words that stand beside everything, keys that no item has."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator

from monitor.core.linting.slips import Slip, bare
from monitor.core.toml_reading import did_you_mean
from monitor.core.watchlists import Term

# What stands before the colon in keys that publishers' numbers give; others begin with the id of their source.
KEY_KINDS = frozenset(
    {"bill", "law", "frdoc", "fr", "nsf", "nsf-award", "fcc", "docket", "ecfs", "grant", "grant-id"}
    | {"crs", "regs", "rin", "report", "hearing", "meeting", "govinfo", "cfr", "usc"}
)
_STOP_WORDS = frozenset({"the", "of", "and", "in", "a", "an", "to", "for", "on", "by", "with", "or"})
_WORDS = re.compile(r"[^\W\d_]+")
_ALIKE = ("CYRILLIC", "GREEK")


def miswritten(term: Term) -> Iterator[Slip]:
    """What is likely a slip in how a term is written, in whichever list it stands."""
    for text in (term.text, *term.near):
        is_pattern = term.kind == "regex" and text == term.text
        yield from _of_scripts(bare(text) if is_pattern else text)
    if idle := [word for word in term.near if word.strip().lower() in _STOP_WORDS]:
        what = f'near "{idle[0]}" asks for a word that stands beside everything, so it narrows nothing'
        yield Slip(
            level="warning", rule="stop-word", what=what, remedy="take it out, or name a word of the subject"
        )


def _of_scripts(text: str) -> Iterator[Slip]:
    """A word of Latin letters and others that only look like them."""
    for word in _WORDS.findall(text):
        scripts = {letter: unicodedata.name(letter, "").partition(" ")[0] for letter in word}
        foreign = [letter for letter, script in scripts.items() if script in _ALIKE]
        if foreign and "LATIN" in scripts.values():
            letter = foreign[0]
            name = f"U+{ord(letter):04X}, {unicodedata.name(letter).lower()}"
            what = f'"{word}" mixes scripts: its "{letter}" is no Latin letter ({name})'
            remedy = "write the word in letters of one script"
            yield Slip(level="warning", rule="scripts", what=what, remedy=remedy)


def of_keys(patterns: Collection[str], sources: Collection[str] | None) -> Iterator[Slip]:
    """Patterns that no item's key fits. `sources` are the ids of those configured; None where they are not known."""
    for pattern in patterns:
        kind, colon, _ = pattern.partition(":")
        if "*" in kind or (colon and kind in {*KEY_KINDS, *(sources or ())}):
            continue
        remedy = did_you_mean(kind, sorted({*KEY_KINDS, *(sources or ())}))
        # Where sources are not known, it may be one of them.
        if not colon:
            what = f'"{pattern}" fits no key, for each is of a kind or a source'
            yield Slip(level="warning", rule="keys", what=what, remedy='write it like "bill:117-*"')
        elif sources is not None or remedy.startswith("did"):
            what = f'"{kind}" in "{pattern}" is no known kind of key, and no source of yours'
            yield Slip(level="warning", rule="keys", what=what, remedy=remedy)
