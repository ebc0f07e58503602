"""How bills and resolutions of the Congress are written, and what looks like one and is none."""

from __future__ import annotations

import re
from collections.abc import Iterator

from monitor.core.citations.forms import Citation, Provenance, form, whole

TYPES = ("hr", "s", "hjres", "sjres", "hconres", "sconres", "hres", "sres")
# Where a text leaves its Congress open.
UNKNOWN = "bill:?-"

_IN_WORDS = {
    "bill": ("hr", "s"),
    "resolution": ("hres", "sres"),
    "joint resolution": ("hjres", "sjres"),
    "concurrent resolution": ("hconres", "sconres"),
}


def congresses_named(text: str, lower: str) -> set[int]:
    """The Congresses that a folded text names in words: `117th Congress`, `One Hundred Seventeenth Congress`, 第117届国会."""
    if not any(sign in lower for sign in ("cong", "国会", "國會", "議会")):
        return set()
    named = {int(match[1] or match[2]) for match in _CONGRESS_NAMED.finditer(text)}
    if "one hundred" in lower:
        spelt = (_spelt(match[1], match[2]) for match in _CONGRESS_SPELT.finditer(lower))
        named |= {number for number in spelt if number}
    return named


def _spelt(tens: str | None, ones: str) -> int:
    """117 of `seventeenth`, 121 of `twenty-` and `first`."""
    number = _ORDINALS.index(ones) + 1
    return 100 + number + (20 if tens else 0)


def _read_written(match: re.Match[str], provenance: Provenance) -> Iterator[Citation]:
    """`H.R. 1060`, and each number more of a list: `H.R. 1060, 1061 and 1062 (117th)`."""
    kind, before = _kind(match["type"]), _before(match)
    clear = _CLEAR.fullmatch(match["type"]) is not None
    if kind not in TYPES or (before and before["bare"] and not clear) or _is_address(match):
        return
    congress = _congress(match, before)
    # So few letters are a bill's only beside a Congress: `S 1169`, `hr 1060`, `s. 12`.
    if congress or (clear and not _is_no_bill(match)):
        yield from _each(match, kind, congress, before, provenance)


def _before(match: re.Match[str]) -> re.Match[str] | None:
    """A Congress that stands right before."""
    return _CONGRESS_BEFORE.search(match.string[max(0, match.start() - _LOOK) : match.start()])


def _congress(match: re.Match[str], before: re.Match[str] | None) -> str | None:
    stated = before and (before["named"] or before["bare"] or before["han"])
    return stated or match["bracketed"] or match["spelled"]


def _each(
    match: re.Match[str],
    kind: str,
    congress: str | None,
    before: re.Match[str] | None,
    provenance: Provenance,
) -> Iterator[Citation]:
    """One citation a number. The Congress before a list is quoted with the first of it, the one behind with the last."""
    how: Provenance = provenance if congress else "unknown"
    places = [match.span("number"), *_places_of(match)]
    for place in places:
        yield Citation(
            id=f"bill:{congress or '?'}-{kind}-{match.string[slice(*place)]}",
            start=match.start() - len(before[0] if before else "") if place is places[0] else place[0],
            end=match.end() if place is places[-1] else place[1],
            provenance=how,
        )


def _places_of(match: re.Match[str]) -> Iterator[tuple[int, int]]:
    """Where each further number of a list stands."""
    for one in _NUMBERS.finditer(match["more"] or ""):
        yield match.start("more") + one.start(), match.start("more") + one.end()


def _kind(written: str) -> str:
    letters = "".join(letter for letter in written.lower() if letter.isalpha())
    # The Bluebook has H.R. Res. 5 and H.R.J. Res. 7.
    return letters if letters == "hr" else re.sub(r"^hr(?=con|j|res)", "h", letters)


def _is_no_bill(match: re.Match[str]) -> bool:
    """An author and a year (`Smith, S. 2021`), a page of the Congressional Record, a heart rate or an office (`HR 72 bpm`)."""
    is_year = 1900 <= int(match["number"]) <= 2099
    before = match.string[max(0, match.start() - _LOOK) : match.start()]
    after = match.string[match.end() : match.end() + _LOOK]
    if _PAGE.search(before) or (is_year and _AUTHOR.search(before)):
        return True
    if match["type"] == "HR":
        return is_year or bool(_COUNTED.match(after)) or bool(_FEW_DIGITS.search(before))
    return match["type"] == "S." and bool(_GERMAN_PAGES.match(after))


def _is_address(match: re.Match[str]) -> bool:
    """`100 S. 500 W.`, as in Salt Lake City."""
    after = match.string[match.end() : match.end() + _LOOK]
    return match["type"] == "S." and _DIRECTION.match(after) is not None


def _read_in_words(match: re.Match[str], provenance: Provenance) -> Iterator[Citation]:
    """`House Bill 1060`, where it is not that of a state."""
    start, end = match.span()
    if _OF_STATE_BEFORE.search(match.string[max(0, start - _LOOK) : start]):
        return
    if _OF_STATE_AFTER.match(match.string[end : end + _LOOK]):
        return
    kind, before = _IN_WORDS[match["kind"].lower()][match["chamber"].lower() == "senate"], _before(match)
    yield from _each(match, kind, _congress(match, before), before, provenance)


def _read_chinese(match: re.Match[str], provenance: Provenance) -> Iterator[Citation]:
    """`美国众议院第1060号法案`, `第117届国会参议院第893号决议`: the chamber's own, where the country or the Congress is named."""
    senate = match["chamber"] in "参參上"
    kind = _IN_WORDS["bill" if match["kind"] in ("法案", "議案", "议案") else "resolution"][senate]
    id_ = f"bill:{match['congress'] or '?'}-{kind}-{match['number']}"
    yield whole(id_, match, provenance if match["congress"] else "unknown")


def _read_machine(match: re.Match[str], provenance: Provenance) -> Iterator[Citation]:
    """`117-hr-1060`, `BILLS-117hr1060ih`; `100s5` alone is no bill."""
    kind, congress = match["type"].lower(), match.string[match.start("rest") - 1 : match.end("rest")]
    told = match["package"] or (match["one"] and match["two"]) or kind != "s"
    if told and _CONGRESS_NUMBER.fullmatch(congress):
        yield whole(f"bill:{congress}-{kind}-{match['number']}", match, provenance)


def _read_typed(match: re.Match[str], provenance: Provenance) -> Iterator[Citation]:
    """`hr1060-117`, `/bill/117/hr/1060`; `S24-128` is a telephone."""
    kind = match["type"].lower()
    if kind in TYPES and match["type"] != "S":
        yield whole(f"bill:{match['congress']}-{kind}-{match['number']}", match, provenance)


def _read_url(match: re.Match[str], provenance: Provenance) -> Iterator[Citation]:
    chamber, _, kind = match["type"].lower().partition("-")
    type_ = _IN_WORDS[kind.replace("-", " ")][chamber == "senate"]
    yield whole(f"bill:{match['congress']}-{type_}-{match['number']}", match, provenance)


def _read_thomas(match: re.Match[str], provenance: Provenance) -> Iterator[Citation]:
    """`thomas.loc.gov/cgi-bin/query/z?c111:H.R.1060:`, which old pages still link."""
    kind = _kind(match["type"])
    if kind in TYPES:
        yield whole(f"bill:{match['congress']}-{kind}-{match['number']}", match, provenance)


_LOOK = 44
# The 80th (1947) to the 149th: enough for every modern citation, and it keeps ages and percentages out.
_CONGRESS = r"(?:[89]\d|1[0-4]\d)"
_CONGRESS_NUMBER = re.compile(_CONGRESS, re.ASCII)
_ORDINAL = r"(?:st|nd|rd|th|d)"
_HAN_CONGRESS = r"\ ?[届屆](?:美国|美國)?[国國][会會]"
_CONGRESS_NAMED = re.compile(
    rf"\b(?:({_CONGRESS})(?i:{_ORDINAL})[ -](?i:(?:U\.?S\.?\ )?Cong(?:ress\b|\.))|({_CONGRESS})(?:{_HAN_CONGRESS}|\ ?回?\ ?連邦議会))",
    re.ASCII | re.VERBOSE,
)
_ORDINALS = (
    *("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"),
    *("eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth"),
    *("eighteenth", "nineteenth", "twentieth"),
)
_CONGRESS_SPELT = re.compile(
    rf"one\ hundred\ (?:and\ )?(twenty[- ])?({'|'.join(sorted(_ORDINALS, key=len, reverse=True))})\ congress",
    re.VERBOSE,
)
_SESSION = r"(?:,?\ (?i:1st|2n?d|first|second)\ (?i:sess(?:ion|\.)))?"
_CONGRESS_BEFORE = re.compile(
    rf"(?<![\w.,$/-])(?:(?P<named>{_CONGRESS})(?i:{_ORDINAL}\ cong(?:ress(?:'s)?|\.)){_SESSION},?\ |(?P<bare>{_CONGRESS})\ )$|"
    rf"第?\ ?(?<!\d)(?P<han>{_CONGRESS}){_HAN_CONGRESS}(?:[众眾参參]议?議?院)?的?\ ?$",
    re.ASCII | re.VERBOSE,
)
_AFTER = rf"""(?:
    ,?\ ?[\[(](?P<bracketed>{_CONGRESS})(?i:{_ORDINAL})?(?:\ (?:U\.?S\.?\ )?(?i:Cong(?:ress|\.)?)(?:,?\ [^()\[\]]{{1,30}})?)?[\])]
  | ,?\ (?:-\ )?(?:(?:of|in|from|during)\ the\ )?(?P<spelled>{_CONGRESS})(?i:{_ORDINAL})(?:\ (?:U\.?S\.?\ )?(?i:Cong(?:ress\b|\.)?){_SESSION})?
)?"""
_END = r"(?!\w|\ ?%|/\d|[-.,:]\d|-(?i:year|day|hour|month|week|person|member|minute)|\ (?:percent|million|billion)\b)"
_NO = r"(?:(?i:nos?\.|number)\ ?|\#)?"
# A number more, where nothing follows that it could count (`H.R. 1060, 219 Members voted`), and no year.
_MORE = (
    r"(?P<more>(?:(?:,?\ (?:and|or|&)\ |,\ |(?<=\d{3})-|/)(?!(?:19|20)\d\d\b)[1-9]\d{2,4}"
    r"(?=[,.;:)\]](?!\d)|$|\ (?:and|or|&|are|were|was|is|would|will|which|that|as|by|both|from)\b|[^\x00-\x7f]|\ ?[\[(]\d)){0,60})"
)
_NUMBERS = re.compile(r"\d+", re.ASCII)
_RESOLUTION = r"(?i:c(?:on)?\.?\ ?res\.?|j\.?\ ?res\.?|res\.?)"
_CLEAR = re.compile(
    rf"[HS]\.?\ ?(?:R\.?\ ?)?{_RESOLUTION}|[hs]\.\ ?(?:r\.?\ ?)?{_RESOLUTION}|(?i:h\.\ ?r\.?)|HR|S\.",
    re.VERBOSE,
)
_AUTHOR = re.compile(r"[A-Z][a-z'-]+,\ (?:[A-Z]\.[ -]?)*$|[A-Z]\.\ ?$|&\ $|\bet\ al\.,?\ $", re.VERBOSE)
_PAGE = re.compile(
    r"(?:Rec(?:ord|\.)?|\bCR|\b[Pp]ages?|\bpp?\.|[Rr]oom|\bRm\.|[Ss]uite|\b(?:Mrs?|Ms|Dr)\.|\bU\.|\b(?:Fig(?:ures?|s?\.)?|Tables?|Appendix))[,:]?\ ?$",
    re.VERBOSE,
)
_COUNTED = re.compile(
    r"-?\ ?(?:bpm|beats|people|staff|employees|professionals|managers|leaders|teams|hours?|days?|minutes?|min\b|[ap]\.?m\b|percent|km\b|tips)|"
    r"-[A-Za-z]",
    re.VERBOSE,
)
_FEW_DIGITS = re.compile(r"(?<!\d)\d{1,3}\ ?$", re.ASCII | re.VERBOSE)
_GERMAN_PAGES = re.compile(r"\ ?ff?\.")
_DIRECTION = re.compile(r",?\ (?:[EWN]\.|[EW]\b|East|West|North)")
_STATES = (
    r"(?:Ala(?:bama|ska)|Arizona|Arkansas|Calif(?:ornia|\.)|Colorado|Connecticut|Delaware|Florida|Georgia|Hawaii|Idaho|Illinois|Indiana|"
    r"Iowa|Kansas|Kentucky|Louisiana|Maine|Maryland|Massachusetts|Michigan|Minnesota|Miss(?:issippi|ouri)|Montana|Nebraska|Nevada|"
    r"New\ (?:Hampshire|Jersey|Mexico|York)|(?:North|South)\ (?:Carolina|Dakota)|Ohio|Oklahoma|Oregon|Pennsylvania|Rhode\ Island|"
    r"Tennessee|Texas|Utah|Vermont|(?:West\ )?Virginia|Washington(?:\ [Ss]tate)?|Wisconsin|Wyoming|Puerto\ Rico|Philippines?)"
)
_OF_STATE_BEFORE = re.compile(
    rf"(?:\b{_STATES}(?:'s?)?|\b[Ss]tate(?:'s)?|[Ll]egislature(?:'s)?|[Aa]ssembly(?:'s)?|\b(?!U\.S)[A-Z]\.\ ?[A-Z]\.)\ (?:[Ss]tate\ )?$",
    re.VERBOSE,
)
# States count their bills by the year, the Congress by its two.
_OF_STATE_AFTER = re.compile(
    rf",?\ (?:\(|in\ |of\ |from\ )?(?:the\ )?(?:[Ss]tate\ of\ )?{_STATES}\b|\ of\ (?:19|20)\d\d", re.VERBOSE
)
_MACHINE_TYPE = rf"(?P<type>(?i:{'|'.join(sorted(TYPES, key=len, reverse=True))}))"
_TYPES_IN_URLS = r"(?P<type>(?i:(?:house|senate)-(?:joint-|concurrent-)?(?:resolution|bill)))"
_NUMBER = r"(?P<number>[1-9]\d{0,4})"

BILL_FORMS = (
    form(
        "h|s",
        rf"(?P<type>[HhSs](?<![\w.&'-].)(?:\.?\ ?(?:[Rr]\.?\ ?)?{_RESOLUTION}|\.?\ ?[Rr]\.?|\.)?)[ .-]?\ ?{_NO}{_NUMBER}{_MORE}{_AFTER}{_END}",
        _read_written,
    ),
    form(
        "house|senate",
        rf"(?P<chamber>[HhSs](?<!\w.)(?:(?<=[Hh])(?i:ouse)|(?<=[Ss])(?i:enate)))\ (?P<kind>(?i:(?:joint\ |concurrent\ )?resolution|bill))s?(?:\ \([A-Za-z.\ ]{{1,12}}\))?\ {_NO}{_NUMBER}"
        rf"{_MORE}{_AFTER}{_END}",
        _read_in_words,
    ),
    form(
        "院",
        rf"(?:美国?|美國|米国?|第?(?<!\d)(?P<congress>{_CONGRESS}){_HAN_CONGRESS}的?)(?P<chamber>[众眾参參上下])[议議]?院第?\ ?{_NUMBER}\ ?[号號]\ ?"
        r"(?P<kind>法案|议案|議案|决议|決議)",
        _read_chinese,
    ),
    form(
        "hr|s|res",
        r"[Bb189](?<![\w-].)(?P<package>(?<=[Bb])(?i:ills(?:tatus|um)?)-[189])?(?<=[189])(?P<rest>\d{1,2})(?P<one>-?)"
        rf"{_MACHINE_TYPE}(?P<two>-?){_NUMBER}(?i:[a-z]{{2,4}}\d?)?(?!\w)",
        _read_machine,
    ),
    form(
        "-",
        rf"(?P<type>[HhSs](?<![\w-].)(?i:r|(?:j|con)?res)?){_NUMBER}-(?P<congress>{_CONGRESS})(?![\w-])",
        _read_typed,
    ),
    form(
        "bill/|bills/",
        rf"[Bb]ills?/(?P<congress>{_CONGRESS})/{_MACHINE_TYPE}/?{_NUMBER}(?!\w)",
        _read_typed,
        "url",
    ),
    form(
        "bill/",
        rf"[Bb]ill/(?P<congress>{_CONGRESS})(?i:{_ORDINAL}-congress)?/{_TYPES_IN_URLS}/{_NUMBER}(?!\w)",
        _read_url,
        "url",
    ),
    form(
        "loc.gov",
        rf"loc\.gov/cgi-bin/[^\s?]{{1,20}}\?[bcdr](?P<congress>{_CONGRESS}):(?P<type>(?i:[HS]\.?(?:R\.?|(?:J\.?|CON\.?)?RES\.?)?))0*{_NUMBER}(?!\w)",
        _read_thomas,
        "url",
    ),
)
