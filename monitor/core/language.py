"""The language of headings and labels: the English that stands in the code, or what a catalogue says for it.

A sentence is marked where it stands, `say("since {day}", day=…)`, and what is counted has two forms,
`say.many(3, "{n} item", "{n} items")`. `noted` marks a word of a table, to be said later. What publishers wrote stays as
they wrote it. The catalogues, `locales/<language>/LC_MESSAGES/monitor.po`, are read once, as a template is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Literal

Language = Literal["en", "zh"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What says things in one language; what its catalogue lacks is said in English."""

    language: Language = "en"
    catalogue: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, words: str, /, **values: object) -> str:
        """The words, with `values` in the place of their names. A value's own braces mean nothing."""
        said = self.catalogue.get(words, words)
        return said.format(**values) if values else said

    def many(self, number: int, one: str, several: str, **values: object) -> str:
        """`one` or `several`, with the number as `{n}`: `1 item`, `6,416 items`. Chinese has one form for both."""
        said = self.catalogue.get(one) or (one if number == 1 else several)
        return said.format(n=f"{number:,}", **values)

    def listed(self, words: Sequence[str]) -> str:
        """`a`, `a and b`, `a, b and c`."""
        if self.language == "zh":
            return "、".join(words)
        return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))

    def joined(self, *clauses: str) -> str:
        """Clauses of one sentence, parted by commas; empty ones are left out."""
        return ("，" if self.language == "zh" else ", ").join(clause for clause in clauses if clause)

    def parted(self, *parts: str) -> str:
        """Titles and the like on one line, parted by semicolons; empty ones are left out."""
        return ("；" if self.language == "zh" else "; ").join(part for part in parts if part)

    def sentences(self, *sentences: str) -> str:
        """Whole sentences one after another; empty ones are left out."""
        return ("" if self.language == "zh" else " ").join(filter(None, sentences))

    def labelled(self, label: str, words: str) -> str:
        """`label: words`."""
        return f"{label}：{words}" if self.language == "zh" else f"{label}: {words}"

    def named(self, names: Sequence[str]) -> str:
        """Names in a row, parted by semicolons where one of them holds a comma or an `and` of its own."""
        confusing = any(", " in name or " and " in name for name in names)
        return self.parted(*names) if confusing and len(names) > 1 else self.listed(names)

    def noted_beside(self, note: str) -> str:
        """A note in brackets, to stand behind what it is about."""
        return f"（{note}）" if self.language == "zh" else f" ({note})"

    def dated(self, moment: str) -> str:
        """`2021-02-15 22:00` as a sentence has it: `2021年2月15日 22:00`. What does not begin with a day comes back as it is."""
        if self.language == "en":
            return moment
        try:
            day = date.fromisoformat(moment[:10])
        except ValueError:
            return moment
        return f"{day.year}年{day.month}月{day.day}日{moment[10:]}"

    def names(self, name: str, zh: str) -> tuple[str, str]:
        """Of something with a Chinese name the one for this reader, then the other; that is empty where there is one only."""
        first, second = (zh, name) if self.language == "zh" and zh else (name, zh)
        return first, "" if second == first else second


ENGLISH = Words()


def noted(words: str) -> str:
    """The words themselves, marked for the catalogues: they are said elsewhere."""
    return words


@cache
def words_of(language: Language) -> Words:
    """What says things in that language."""
    return ENGLISH if language == "en" else Words(language=language, catalogue=_catalogue(language))


def _catalogue(language: Language) -> Mapping[str, str]:
    # Who reads English need not load what reads catalogues.
    from babel.messages.pofile import read_po  # noqa: PLC0415 - see above

    place = files("monitor.core") / "locales" / language / "LC_MESSAGES" / "monitor.po"
    with place.open("rb") as opened:
        messages = list(read_po(opened, locale=language))
    return {
        _first(message.id): _first(message.string) for message in messages if message.id and message.string
    }


def _first(text: str | Sequence[str]) -> str:
    """The text, or the first of its plural forms, by which a catalogue is asked for it."""
    return text if isinstance(text, str) else text[0]
