"""How sections of the two codes are written: the Code of Federal Regulations and the United States Code.

What stands in a list is read one by one: `47 CFR parts 1, 2 and 15`, `47 U.S.C. 151, 154(i)`. A number after a dash is
the other end of a range (`parts 730-774`) or belongs to the name (`2000e-2`, `52.204-25`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from monitor.core.citations.forms import Citation, Form, Provenance, Reader, form

_LAST_TITLE = {"cfr": 50, "usc": 54}
# Income tax, public contracts and acquisition number their sections with a dash: 26 CFR 1.61-21, 48 CFR 52.204-25.
_HYPHENATING = {"cfr:26", "cfr:41", "cfr:48"}


def _read(scheme: str) -> Reader:
    """Each section, or part, of a list in one title of a code."""

    def read(match: re.Match[str], provenance: Provenance) -> Iterator[Citation]:
        title = f"{scheme}:{int(match['title'])}"
        if not 1 <= int(match["title"]) <= _LAST_TITLE[scheme]:
            return
        offset = match.start("list")
        names = list(_names(match["list"], hyphenating=title in _HYPHENATING))
        for name, start, end in names:
            yield Citation(
                id=f"{title}-{name}",
                start=match.start() if start == names[0][1] else offset + start,
                end=match.end() if end == names[-1][2] else offset + end,
                provenance=provenance,
            )

    return read


def _names(listed: str, *, hyphenating: bool) -> Iterator[tuple[str, int, int]]:
    """The name of each section in a list, and from where to where it stands there."""
    for one in _NAME.finditer(listed):
        yield from _ends(one, hyphenating=hyphenating) or [(one[0], one.start(), one.end())]


def _ends(one: re.Match[str], *, hyphenating: bool) -> list[tuple[str, int, int]]:
    """Both ends of a range; nothing where the dash belongs to a name, or there is none."""
    first, last = one["first"], one["last"] or ""
    if "." in last:
        last = last if "." in first else ""
    elif last:
        part = first[: first.find(".") + 1]
        leaf = "" if hyphenating else _last_of(first.removeprefix(part), last, shortest=3 if part else 1)
        last = leaf and part + leaf
    if not last:
        return []
    return [(first, one.start("first"), one.end("first")), (last, one.start("last"), one.end("last"))]


def _last_of(first: str, last: str, *, shortest: int) -> str:
    """The last of `4822-4846`, `1681-1681x` and `1531-43`, in full; nothing of `2000e-2`, `2151-1`, `206(4)-8`, `04-6`."""
    begins, ends = _LEAF.fullmatch(first), _LEAF.fullmatch(last)
    if not begins or not ends or (begins["letters"] and not ends["letters"]):
        return ""
    if len(ends["digits"]) == 2 < len(begins["digits"]) and not ends["letters"]:
        ends = _LEAF.fullmatch(first[:-2] + last) or ends
    is_later = (int(ends["digits"]), ends["letters"]) > (int(begins["digits"]), begins["letters"])
    return ends[0] if is_later and len(begins["digits"]) >= shortest else ""


_LEAF = re.compile(r"(?P<digits>\d+)(?P<letters>[a-z]*)", re.ASCII | re.IGNORECASE)
_PARAGRAPHS = r"(?:\([A-Za-z0-9]{1,5}\)){0,8}"
_PART = r"\d{1,4}(?!\d)"
_OWN = r"\d{1,6}(?!\d)[a-z]{0,2}\d{0,2}(?![A-Za-z0-9])"
_FIRST = rf"(?:{_PART}\.{_OWN}|\d{{1,5}}(?!\d)[A-Za-z]{{0,3}}(?![A-Za-z0-9])){_PARAGRAPHS}"
_LAST = rf"(?:{_PART}\.{_OWN}|\d{{1,6}}(?!\d)[A-Za-z]{{0,2}}(?![A-Za-z0-9.]\d|[A-Za-z0-9])){_PARAGRAPHS}"
_NAME = re.compile(rf"(?P<first>{_FIRST})(?:-(?P<last>{_LAST}))?", re.ASCII)
_SECTION = rf"{_FIRST}(?:-{_LAST})?"
_DOTTED = rf"(?:\d{{1,3}}-)?{_PART}\.{_OWN}{_PARAGRAPHS}(?:-{_LAST})?"
# What comes next in a list: not the title of another code or report.
_NO_TITLE = r"(?!\ ?(?:CFR|C\.|USC|U\.|FR\b|F\.|Fed|Code|Stat|S\.\ ?Ct))"
# Without a word for several, a number more is one of the list only where nothing follows that it could count.
_FOLLOWED = (
    r"(?=[,;:)\]'\"]|\.(?!\d)|$|\ (?:and|or|through|to|as|are|is|was|were|by|for|of|on|in|the|which|that|under|note|et|has|have|had|"
    r"may|shall|will|would|with|at|if|but|unless|except|apply|applies|require|requires)\b)"
)
_BETWEEN = r"(?:,?\ (?:and|or|through|to)\ |,\ |\ &\ )(?:§{1,2}\ ?|(?i:parts?|sections?)\ )?"
_MANY = r"§§\ ?|(?i:sections|secs\.|parts|pts\.)\ "
_MARK = rf"(?:(?P<several>{_MANY})|§\ ?|(?i:section|sec\.|part|pt\.)\ )?"
_CHAPTER = r"(?:(?i:chapter|ch\.)\ [IVXL]{1,7},?\ (?=(?i:part|pt)))?"
_TITLE = r"(?P<title>[1-9](?<![\w.-].)\d?)"
_US_CODE = r"(?:United\ States|U\.\ ?S\.)\ Code"
_REGULATIONS = r"Code\ of\ Federal\ Regulations(?:\ \(CFR\))?"


def _list(more: str) -> str:
    return rf"(?P<list>{_SECTION}(?:{_BETWEEN}(?(several){_SECTION}{_NO_TITLE}|{more}{_FOLLOWED})){{0,60}})(?!\w|,\d{{3}})"


def _in_words(code: str) -> str:
    """As laws are worded: `section 310(d) of title 47, United States Code`."""
    return (
        rf"[SsPp](?<!\w.)(?i:(?<=s)ec(?:tions?|s?\.)|(?<=p)arts?)\ (?P<list>{_SECTION}(?:{_BETWEEN}{_SECTION}){{0,60}})"
        rf"\ of\ (?i:title)\ (?P<title>\d{{1,2}})(?:,|\ of\ the)\ {code}"
    )


CODE_FORMS: tuple[Form, ...] = (
    form(
        "cfr|c.f|c. f|federal regulations",
        rf"{_TITLE}(?:\ ?(?:CFR|C\.\ ?F\.\ ?R\.)|(?:,|\ of\ the)?\ {_REGULATIONS}),?\ ?{_CHAPTER}{_MARK}{_list(_DOTTED)}",
        _read("cfr"),
    ),
    form("federal regulations", _in_words(_REGULATIONS), _read("cfr")),
    form(
        "usc|u.s.c|u. s. c|states code|s. code",
        rf"{_TITLE}(?:\ ?(?:USC[AS]?|U\.\ ?S\.\ ?C\.(?:\ ?[AS]\.)?)|(?:,|\ of\ the)?\ {_US_CODE}),?\ ?{_MARK}{_list(_SECTION)}",
        _read("usc"),
    ),
    form("states code|s. code", _in_words(_US_CODE), _read("usc")),
    form(
        "law.cornell.edu/cfr",
        rf"law\.cornell\.edu/cfr/text/(?P<title>\d{{1,2}})/(?:part-)?(?P<list>{_SECTION})(?![\w.])",
        _read("cfr"),
        "url",
    ),
    form(
        "ecfr.gov",
        rf"ecfr\.gov/[a-z0-9/-]{{1,40}}?title-(?P<title>\d{{1,2}})/(?:[A-Za-z-]{{1,20}}[A-Z0-9]{{0,8}}/){{0,5}}?"
        rf"(?:part-\d+/(?:subpart-\w+/)?section-|part-|section-)(?P<list>{_SECTION})(?![\w.])",
        _read("cfr"),
        "url",
    ),
    form(
        "law.cornell.edu/uscode|uscode.house.gov|/link/uscode",
        rf"(?:law\.cornell\.edu/uscode/text/|/link/uscode/|USC-prelim-title)(?P<title>\d{{1,2}})(?:/|-section)(?P<list>{_SECTION})(?!\w)",
        _read("usc"),
        "url",
    ),
)
