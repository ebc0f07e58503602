"""How citations of documents are written: laws, rules, dockets, calls, grants; all but bills and sections of the codes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from monitor.core.citations.forms import Citation, Provenance, Reader, form, whole
from monitor.core.records.register_documents import document_key


def _written_as(template: str) -> Reader:
    """Read the named groups, in capitals, into `template`; `number` without the zeros before it."""

    def read(match: re.Match[str], provenance: Provenance) -> Iterator[Citation]:
        yield whole(template.format_map(_named(match)), match, provenance)

    return read


def _each_written_as(template: str, item: str) -> Reader:
    """Read each `item` of the group `list` into `template`, together with what else the whole match names."""
    items = re.compile(item, re.ASCII)

    def read(match: re.Match[str], provenance: Provenance) -> Iterator[Citation]:
        offset, named = match.start("list"), list(items.finditer(match["list"]))
        for one in named:
            yield Citation(
                id=template.format_map(_named(match) | _named(one)),
                start=match.start() if one is named[0] else offset + one.start(),
                end=match.end() if one is named[-1] else offset + one.end(),
                provenance=provenance,
            )

    return read


def _named(match: re.Match[str]) -> dict[str, str]:
    groups = {name: text.upper() for name, text in match.groupdict().items() if text}
    return {name: str(int(text)) if name == "number" else text for name, text in groups.items()}


def _read_register_document(match: re.Match[str], provenance: Provenance) -> Iterator[Citation]:
    """`FR Doc. 2012-7333`, which the Register also prints as 2012-07333."""
    yield whole(document_key(match["number"]), match, provenance)


def _read_register_page(match: re.Match[str], provenance: Provenance) -> Iterator[Citation]:
    """A volume is a year, the first was 1936: `300 FR 5` is none."""
    if int(match["volume"]) <= _LAST_VOLUME:
        yield whole(f"fr:{match['volume']}-{int(match['page'].replace(',', ''))}", match, provenance)


def _read_rin(match: re.Match[str], provenance: Provenance) -> Iterator[Citation]:
    yield whole(f"rin:{match[0][-9:].upper()}", match, provenance)


def _read_laws(match: re.Match[str], provenance: Provenance) -> Iterator[Citation]:
    """Each law of a list; `PL 98-99` is a season of a football league."""
    season = _SEASON.fullmatch(match[0])
    if not season or int(season["to"]) != int(season["from"]) + 1:
        yield from _READ_LAWS(match, provenance)


def _read_dockets(match: re.Match[str], provenance: Provenance) -> Iterator[Citation]:
    """Each docket of a list. A number like 21-186 is the FCC's only where the text says so, or names its bureau."""
    bureau = _BUREAU.search(match.string[max(0, match.start() - _BUREAUS_LONG) : match.start()])
    before = len(bureau[0]) if bureau else 0
    for index, one in enumerate(_DOCKET.finditer(match["list"])):
        if one["year"] and not bureau:
            continue
        start = match.start("list") + one.start() if index else match.start() - before
        id_ = f"docket:{one['year']}-{int(one['number'])}" if one["year"] else f"docket:{one[0]}"
        yield Citation(id=id_, start=start, end=match.start("list") + one.end(), provenance=provenance)


def _list_of(item: str) -> str:
    """One or more items; as many as nobody writes, so that a hostile text cannot make each a list of all that follow."""
    return rf"(?P<list>{item}(?:(?:,?\ (?:and|or|through|to)\ |,\ |;\ |\ &\ |/){item}){{0,60}})"


_LAST_VOLUME = 120
_SEASON = re.compile(r"PL\ ?(?P<from>\d\d)-(?P<to>\d\d)", re.ASCII | re.VERBOSE)
_UNIT = r"(?:%|percent|per\ cent|million|billion|[kMG]?Hz|hours?|days?|weeks?|months?|years?|minutes?|awards?|grants?|times|dollars)"
# A span of numbers and not a number: the FCC's 24-25 GHz, NSF's 10-15 awards.
_NO_SPAN = rf"(?!\ ?{_UNIT})"
# The Congress has numbered its laws so since the 57th.
_LAW = r"(?:5[7-9]|[6-9]\d|1[0-4]\d)-0{0,3}[1-9]\d{0,3}(?!\d)"
_READ_LAWS = _each_written_as("law:{congress}-{number}", r"(?P<congress>\d+)-(?P<number>\d+)")
_DOCUMENT = r"(?P<number>(?:[CRXZ]\d?-)?(?:[EZ]\d|\d{4}|\d{2})-\d{3,5})"
_BUREAUS = (
    r"(?:AU|CC|CG|CI|CS|EA|EB|ET|GC|GN|IB|ICC|MB|MD|MM|OEA|OI|PP|PR|PS|RM|SB|SP|WC|WT|FCC(?:'s)?|"
    r"Federal\ Communications\ Commission)"
)
_BUREAU = re.compile(
    rf"(?<![\w-]){_BUREAUS}(?:(?:,\ and\ |,\ |\ and\ |\ &\ |/){_BUREAUS}){{0,4}}\ $", re.ASCII | re.VERBOSE
)
_BUREAUS_LONG = 40
_AGENCY_DOCKET = r"[A-Z]{2,7}(?:-[A-Z0-9]{1,7}){0,2}-(?:19|20)\d\d(?:-[A-Z]{1,4}){0,2}-\d{4,5}"
_ANY_DOCKET = rf"(?:\d{{2}}-0{{0,3}}[1-9]\d{{0,3}}|RM-\d{{4,5}}|{_AGENCY_DOCKET})"
_DOCKET = re.compile(rf"(?<![\w-])(?P<year>\d\d)-(?P<number>\d+)|RM-\d+|{_AGENCY_DOCKET}", re.ASCII)

DOCUMENT_FORMS = (
    form(
        "pub|p.|pl",
        r"[Pp](?<!\w.)(?:(?i:ub(?:lic|l?\.)?\ ?l(?:aws?|\.)?)|(?<=P)\.?\ ?L\.?)\ ?"
        rf"(?:(?i:numbers?|nos?)[.:]{{0,2}}\ ?)?{_list_of(_LAW)}(?![\w-])",
        _read_laws,
    ),
    form(
        "公法",
        rf"公法\ ?第?\ ?(?P<list>{_LAW})(?:\ ?[号號])?(?![\w-])",
        _READ_LAWS,
    ),
    form(
        "公法",
        rf"(?<![\w-])(?:第\ ?)?(?P<list>{_LAW})\ ?[号號]\ ?公法",
        _READ_LAWS,
    ),
    form(
        "plaw-",
        r"[Pp](?<![\w-].)(?i:LAW)-(?P<congress>\d{2,3})(?i:publ)(?P<number>0*[1-9]\d{0,3})(?!\d)",
        _written_as("law:{congress}-{number}"),
        "url",
    ),
    form(
        "congress.gov",
        r"congress\.gov/(?:v3/law/)?(?P<congress>\d{2,3})/(?:pub/|plaws/publ)(?P<number>[1-9]\d{0,3})(?!\d)",
        _written_as("law:{congress}-{number}"),
        "url",
    ),
    form(
        "doc",
        r"F(?<!\w.)(?:R|(?i:ed(?:eral|\.)?\ ?reg(?:ister|\.)?))\ ?(?i:doc(?:ument)?)\.?\ ?(?:(?i:nos?|number)[.:]{0,2}\ ?)?"
        rf"{_DOCUMENT}(?![\w-])",
        _read_register_document,
    ),
    form(
        "federalregister.gov|govinfo.gov",
        r"(?:federalregister\.gov/(?:api/v1/)?(?:d|a|documents|public-inspection)/(?:\d{4}/\d{2}/\d{2}/)?|"
        rf"/FR-\d{{4}}-\d{{2}}-\d{{2}}/(?:pdf|html|xml)/){_DOCUMENT}(?![\d-])",
        _read_register_document,
        "url",
    ),
    form(
        "fr|f.r|f. r|fed",
        r"(?P<volume>[1-9](?<![\w.$-].)\d{0,2})\ (?:FR|F\.\ ?R\.|(?i:Fed(?:eral|\.)?\ ?Reg(?:ister|\.)?))"
        r"\ (?:at\ |,?\ ?(?:pages?|pp?\.)\ )?(?P<page>(?!0+\b)(?:\d{1,3},\d{3}|\d{1,6}))(?![\w%]|[,.]\d)",
        _read_register_page,
    ),
    form(
        "-",
        r"[Rr0-9](?<![\w-].)(?:(?<=[Rr])(?i:ins?):?\ ?(?:(?i:nos?\.?|number):?\ ?)?(?i:\d{4}-[a-z]{2}\d{2})|(?<=[0-9])\d{3}-[A-Z]{2}\d{2})"
        r"(?![\w-])",
        _read_rin,
    ),
    form(
        "nsf",
        r"[Nn](?<!\w.)(?i:sf(?:\ (?:program\ )?(?:solicitation|announcement|publication|pub\.|dcl|dear\ colleague\ letter)"
        r"(?:\ (?:number|no\.))?:?)?(?:\ nsf)?)[ -]"
        + _list_of(rf"\d{{2}}-0{{0,2}}[1-9]\d{{0,2}}(?!\d){_NO_SPAN}")
        + r"(?![\w-]|\.\d)",
        _each_written_as("nsf:{year}-{number}", r"(?P<year>\d\d)-(?P<number>\d+)"),
    ),
    form(
        "nsf",
        r"[Nn](?<![A-Za-z0-9].)(?i:sf)(?P<year>\d{2})-?(?P<number>(?<=-)\d{1,3}|(?<!-)\d{3})(?!\d|-\d)",
        _written_as("nsf:{year}-{number}"),
        "url",
    ),
    form(
        "fcc|da",
        r"(?P<series>F(?<![\w-].)CC|D(?<![\w-].)A)(?:\ No\.)?[ -]?"
        + _list_of(rf"\d{{2}}-0{{0,3}}[1-9]\d{{0,3}}(?:[A-Z]\d{{1,2}})?(?!\d){_NO_SPAN}")
        + r"(?![A-Za-z0-9-]|\.\d)",
        _each_written_as("fcc:{series}-{year}-{number}", r"(?P<year>\d\d)-(?P<number>\d+)(?:[A-Z]\d{1,2})?"),
    ),
    form(
        "fcc|da",
        r"(?P<series>f(?<![\w-].)cc|d(?<![\w-].)a)-(?P<year>\d{2})-(?P<number>\d{1,4})a\d{1,2}(?![A-Za-z0-9])",
        _written_as("fcc:{series}-{year}-{number}"),
    ),
    form(
        "doc-",
        r"[Dd](?<![\w-].)(?i:oc)-(?P<number>\d{6,7})(?:[A-Za-z]\d{1,2})?(?![A-Za-z0-9])",
        _written_as("fcc:DOC-{number}"),
    ),
    form(
        "docket|dkt",
        r"[Dd](?<!\w.)(?i:ockets?|kts?\.?)\ ?(?:(?i:id|identification)\ ?)?(?:(?i:nos?|numbers?)[.:]{0,2}\ ?)?\[?"
        + _list_of(_ANY_DOCKET)
        + r"(?![\w-])",
        _read_dockets,
    ),
    form("rm-1", r"R(?<![\w-].)M-(?P<number>1\d{4})(?![\w-])", _written_as("docket:RM-{number}")),
    form(
        "regulations.gov",
        rf"regulations\.gov/(?:docket/|\#!docketDetail;D=)(?P<name>{_AGENCY_DOCKET})(?![\w-])",
        _written_as("docket:{name}"),
        "url",
    ),
    form(
        "docket-detail",
        r"fcc\.gov/ecfs/(?:search/)?docket-detail/(?P<year>\d{2})-(?P<number>\d{1,4})(?![\w-])",
        _written_as("docket:{year}-{number}"),
        "url",
    ),
    form(
        "ecfs",
        r"(?:fcc\.gov/ecfs/(?:search/search-filings/)?(?:filing|document)/|ecfsapi\.fcc\.gov/file/(?=\d+/))(?P<name>\d{8,20})(?!\w)",
        _written_as("ecfs:{name}"),
        "url",
    ),
    form(
        "funding opportunity",
        r"[Ff]unding\ [Oo]pportunity\ (?:[Aa]nnouncement\ )?(?:[Nn]umber|[Nn]o\.|ID)(?:\ \([A-Z]{2,5}\))?:?\ ?"
        r"(?P<name>(?=[A-Z-]{0,20}\d)(?=[A-Z0-9-]{6})[A-Z0-9]{1,20}(?:-[A-Z0-9]{1,20}){0,6})(?![\w-])",
        _written_as("grant:{name}"),
    ),
    form("de-foa-", r"D(?<![\w-].)E-FOA-(?P<name>\d{7})(?![\w-])", _written_as("grant:DE-FOA-{name}")),
    form("pd", r"P(?<![\w-].)D[ -](?P<name>\d{2}-(?:\d{4}|\d{3}Y))(?![\w-])", _written_as("grant:PD-{name}")),
)
