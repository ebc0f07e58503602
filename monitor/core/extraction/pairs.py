"""Names beside their brackets: `中文（English，ACRONYM）`, `English（中文）` and `Full Name (FN)`, both bracket widths."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from monitor.core.extraction.marked import bracket_parts, is_enclosed, mention
from monitor.core.extraction.mentions import Mention, language
from monitor.core.extraction.naming import kind_of, name_start
from monitor.core.extraction.repairing import Document

_BRACKET = re.compile(r"[（(]\s?([^（）()\n]{2,160})\s?[）)]")
_ENGLISH_BEFORE = re.compile(
    r"(?:(?:[A-Z][\w'’.&/-]*|[36]GPP|\d+(?:st|nd|rd|th|G))(?:,? (?:of|for|and|the|on|in|to|&|de)){0,2},? ){0,11}[A-Z\d][\w'’.&/-]*\s?$",
    re.ASCII,
)
# Brackets that explain a plain word, and words that are no subject of policy.
# The number of a case or a document, no short name: DS615.
_CASE = re.compile(r"[A-Z]{1,3}\d{3,}")
_PLAIN_WORDS = (
    "AI IP 3D 2D IT ICT GDP CEO CTO VR AR XR R&D PPP PR USD EUR JPY RMB FDI NGO EU US UK UN ML OS PC TV PPT PDF DOI QR HR EV "
    "EVs IoT SOE SOEs SME SMEs OEM API CFO COO GPS ID KPI PM R SDG SDGs"
)
# A person with a title is no subject: 参议员康宁（John Cornyn）.
_PERSON = re.compile(
    r"(?:参议员|众议员|议员|总统|首相|总理|部长|副部长|大臣|大使|国务卿|主席|副主席|局长|署长|司令|上将|教授|研究员|先生|女士|首席执行官|创始人|专员|发言人|外长|防长|财长|市长|州长|院士|分析师|专家|学者|将军)[一-龥·]{2,8}$"
)
# By which a person is told from a body that has two words too: 克鲁兹（Ted Cruz）.
_GIVEN = """Adam Alan Alex Alexander Amy Andrew Angela Ann Anna Anne Anthony Antony Barack Ben Benjamin Bernie Bill Bob Boris Brendan
    Brett Brian Carl Charles Chris Christopher Chuck Condoleezza Craig Dan Daniel David Deb Deborah Dick Don Donald Doris
    Douglas Ed Edward Elizabeth Ellen Emily Emmanuel Eric Frank Gary Geoffrey George Gina Giorgia Greg Hal Harry Henry Hillary
    Ian Jack Jake James Jamie Janet Jason Jeff Jeffrey Jennifer Jeremy Jerry Jessica Jim Joe John Jon Jonathan Jose Josep Joseph
    Joshua Josh Julie Justin Kamala Karen Katherine Kathy Keir Keith Kelly Ken Kenneth Kevin Kim Kurt Larry Laura Linda Lindsey
    Lisa Lloyd Margaret Maria Marco Margrethe Mark Martin Mary Matt Matthew Michael Michelle Mike Mitch Mitt Nancy Narendra
    Nicholas Nick Oliver Olaf Pat Patrick Paul Peter Philip Rebecca Richard Rick Rob Robert Roger Ron Ronald Rosalyn Roy Ryan
    Sam Samuel Sarah Scott Sean Shinzo Stephen Steve Steven Susan Sundar Ted Theresa Thierry Thomas Tim Timothy Todd Tom Tony
    Ursula Victoria Volker Wendy William Yasuo Yoshihide Fumio Shigeru"""
_GIVEN_NAMES = frozenset(_GIVEN.split())
PLAIN = frozenset(_PLAIN_WORDS.split())


def mentions(document: Document, known: Sequence[Mention]) -> list[Mention]:
    """Every name with a bracket behind it that gives another name of the same. `known` end where another begins."""
    ends = {one.start: one.end for one in known if one.start >= 0}
    found: list[Mention] = []
    for match in _BRACKET.finditer(document.text):
        before = document.text[match.start() - 1 : match.start()]
        if before in '”》"' or is_enclosed(document.text, match.start()):
            continue  # told with the title or the quotation
        found += _pair(document, match, ends)
    return [*found, *_publishers(document)]


def _pair(document: Document, match: re.Match[str], ends: Mapping[int, int]) -> Iterator[Mention]:
    end = len(document.text[: match.start()].rstrip())
    names, acronyms, ids = bracket_parts(match[1])
    english = _ENGLISH_BEFORE.search(document.text, max(0, end - 140), end)
    is_chinese = end > 0 and language(document.text[end - 1]) != "en"
    if is_chinese and (all(language(one) == "en" for one in names) or ids):
        start = _behind_known(document.text, name_start(document.text, end), end, ends)
        if _PERSON.search(document.text, start, end) or _is_person(names, document.text[start:end]):
            return
        yield from _told(
            document,
            start,
            (end, match.end()),
            (*_proper(names, document.text[start:end]), *ids),
            acronyms,
            ids,
        )
    elif english and not is_chinese:
        yield from _after_english(document, english, match.end(), bracket_parts(match[1]))


def _is_person(names: Sequence[str], said: str) -> bool:
    """Whether a bracket holds the name of a person: two or three words, and a given name or the dot of one."""
    words = names[0].split() if names else []
    is_like_one = len(words) in {2, 3} and all(word[:1].isupper() for word in words) and not kind_of(names[0])
    return is_like_one and (words[0] in _GIVEN_NAMES or ("·" in said and not kind_of(said)))


def _after_english(
    document: Document,
    english: re.Match[str],
    behind: int,
    parts: tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]],
) -> Iterator[Mention]:
    names, acronyms, ids = parts
    start, end = english.start(), len(english[0].rstrip()) + english.start()
    first = _bare_start(document.text, start, end)
    is_body = bool(kind_of(document.text[first:end])) and " " in document.text[first:end]
    if acronyms:
        start = _initialled(document.text, start, end, acronyms[0])
        start = first if start < 0 and is_body else start
    else:
        start = first
    said = document.text[max(start, 0) : end]
    if is_body and names and re.fullmatch(r"[A-Z][a-z]+", names[0]):
        yield from _told(document, first, (end, behind), names, (), ids)
    elif (acronyms and " " in said and start >= 0) or ids:
        yield from _told(document, start, (end, behind), (), acronyms, ids)
    elif _translates(names) and not re.fullmatch(r"[\d.]+", said):
        yield from _told(document, start, (end, behind), names, (), ids)


def _translates(names: Sequence[str]) -> bool:
    """Whether a bracket holds a name in another script, and no remark."""
    return bool(names) and all(language(one) != "en" for one in names) and 2 <= len(names[0]) <= 30


def _told(
    document: Document,
    start: int,
    ends: tuple[int, int],
    names: tuple[str, ...],
    acronyms: tuple[str, ...],
    ids: tuple[str, ...],
) -> Iterator[Mention]:
    """A mention of what stands from `start` to the first of `ends`; the second is where its bracket ends."""
    said = document.text[start : ends[0]].strip()
    own = tuple(one for one in names if one not in ids)
    short = tuple(one for one in acronyms if one not in PLAIN and not _CASE.fullmatch(one))
    if len(said) < 2 or not (own or short or ids) or (acronyms and not short and not ids):
        return
    kind = kind_of(said) or next(filter(None, map(kind_of, own)), "")
    both = "and acronym " if own and short else ""
    sure = 94 if own and short else 88 if short else 84
    yield mention(
        document, start, ends[1], (said, *own), f"named with its other name {both}in brackets", sure,
        kind=kind or ("technology" if short else "company"), acronyms=short, identifiers=ids,
    )  # fmt: skip


def _behind_known(text: str, start: int, end: int, ends: Mapping[int, int]) -> int:
    """The start of a name behind a known one and a conjunction: A和B（…） explains B."""
    joined = re.compile(r"\s?[和与及同]\s?").match(text, ends.get(start, start))
    return joined.end() if joined and start in ends and joined.end() < end - 1 else start


def _proper(names: Sequence[str], said: str) -> tuple[str, ...]:
    """English names; what is all in small letters only translates a word, unless a body calls itself so."""
    is_body = kind_of(said) in {"agency", "company"} or said.endswith("中心")
    return tuple(
        one for one in names if re.search(r"[A-Z]", one) or (is_body and one.isalpha() and len(one) < 9)
    )


def _bare_start(text: str, start: int, end: int) -> int:
    """The start behind an article, a preposition or an owner: `Sweden's Post and Telecom Authority`."""
    opening = re.compile(r"(?:.*['’]s |(?:The|In|At|By|Under|With|And|For|From|Of|To) )").match(
        text, start, end
    )
    return opening.end() if opening else start


def _initialled(text: str, start: int, end: int, acronym: str) -> int:
    """Where the words begin whose letters make the acronym; -1 where they do not."""
    letters = re.sub(r"[^A-Za-z0-9]", "", acronym).lower()
    words = list(re.finditer(r"[A-Za-z0-9]+", text[start:end]))
    for index in range(len(words) - 1, -1, -1):
        said = [one[0].lower() for one in words[index:]]
        if said[0][0] == letters[0] and _makes("".join(said), letters) and len(said) * 2 >= len(letters):
            initials = [one[0] for one in said]
            if sum(c in letters for c in initials) * 2 >= len(letters):
                return start + words[index].start()
    return -1


def _makes(said: str, letters: str) -> bool:
    """Whether the letters stand in this order in what is said."""
    rest = iter(said)
    return all(letter in rest for letter in letters)


def _publishers(document: Document) -> Iterator[Mention]:
    """A publisher of a reference that is printed with its acronym."""
    for reference in document.references:
        match = re.fullmatch(r"(.{6,120}?)\s?[（(]([A-Z0-9][A-Za-z0-9-]{1,9})[）)]", reference.publisher)
        if match:
            yield Mention(
                document=document.name, line=reference.line, start=-1, end=-1, quote=match[0][:100],
                names=(match[1],), acronyms=(match[2],), why="a publisher with its acronym, in a reference",
                sure=82, kind=kind_of(match[1]) or "agency", sources=(reference.host,) if reference.host else (),
            )  # fmt: skip
