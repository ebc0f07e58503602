"""What a document marks itself: identifiers, titles in 《…》 and “…”, and what follows a name at once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from monitor.core import citations
from monitor.core.extraction.mentions import Mention, language
from monitor.core.extraction.naming import kind_of
from monitor.core.extraction.references import Reference
from monitor.core.extraction.repairing import Document

_TITLE = re.compile(r"《([^《》\n]{2,90}(?:《[^《》\n]{2,60}》[^《》\n]{0,60})?)》")
_QUOTED = re.compile(r"[“\"]([^“”\"\n]{2,60})[”\"]")
_BEHIND = re.compile(r"\s?[（(]([^（）()\n]{2,160}(?:\([^()\n]{1,20}\)[^（）()\n]{0,60})?)[）)]")
_FOLLOWED = re.compile(
    r"的?(?:倡议|计划|战略|法案|机制|框架|项目|协定|方案|工程|清单|行动|联盟|平台|论坛|基金|工作组|联合体|试验床|中心|实验室|调查|规则|认证|试点|标准|系统|卫星|星座|(?:测试|研究|产业|技术|创新|标准|示范|试点)(?:联盟|平台|中心|项目))"
)
# What is quoted behind these is given a name by somebody.
_NAMED_AS = re.compile(r"(?:指定|列|命名|定名|认定|取名)为(?:一个|所谓)?[“\"]$")
# The last words of what has a name of its own, when it stands in quotation marks.
_SUFFIX = re.compile(
    r"(?:倡议|计划|战略|法案|法|联盟|中心|框架|伙伴关系|协定|协议|备忘录|机制|对话|清单|工程|路线图|原则|论坛|委员会|基金|议程|宪章|"
    r"之路|指南|宣言|白皮书|平台|走廊|实验室|共同体|税|工作组|小组|协会|理事会|基金会|枢纽|峰会|条例|公约|网络|联合体|试验床|办公室|制度|同盟|项目|会议|大会|Act|Initiative|Alliance|Partnership|Strategy|Roadmap|Framework|Program(?:me)?|"
    r"Statement|Agreement|Plan|Dialogue|Report|Forum|Fund)$"
)
_OPENS_WITH_VERB = re.compile(
    r"(?:实现|推动|推进|促进|加强|强化|加快|打造|坚持|构建|建立|建设|改善|提升|扩大|维护|防范|应对|组建|形成|以|由|向|对|将|为)"
)
_SECTION = re.compile(
    r"[”》]?[）)]?\s?(?:的?第\s?(\d{1,4})\s?[节条款]|,?\s?(?:§|[Ss]ec(?:tion|\.)\s?)\s?(\d{1,4}))"
)
_ACRONYM = re.compile(r"(?=(?:.*[A-Z0-9]){2})[A-Za-z0-9][A-Za-z0-9+&-]{1,11}(?: [A-Z]{2,5})?", re.ASCII)
_BRACKETED = re.compile(r"[（(](?=[A-Z]{3,})([A-Z0-9-]{3,12})[）)]")
_REPORT = re.compile(
    r"(?:发布的|[A-Za-z]\s?)(?:报告|白皮书)|报告(?:显示|指出|称|认为|强调|建议)|\breport (?:says|finds|shows)"
)
_ORDER = re.compile(
    r"第\s?(1\d{4})\s?号(?:总统)?行政(?:命)?令|\b(?:Executive Order|E\.\s?O\.)\s(?:No\.\s)?(1\d{4})\b"
)
_RELEASE = re.compile(r"第\s?(\d{2}-\d{1,3})\s?号(报告与命令|报告和命令|命令|拟议规则制定通告|公告|决定)")
# https://www.gao.gov/products/gao-24-106353, https://www.congress.gov/crs-product/R47578
_REPORT_NUMBER = re.compile(
    r"(?<![A-Za-z0-9])(?:GAO-\d{2}-\d{3,6}[A-Z]{0,2}|R4\d{4}|IF1\d{4}|IN1\d{4}|LSB1\d{4})(?![A-Za-z0-9])"
)
_YEAR = re.compile(
    r"(?<!\d)((?:19|20)\d\d)\s?年|\b(?:in|In|of|on)\s(?:[A-Z][a-z]+\s(?:\d{1,2},\s)?)?((?:19|20)\d\d)\b"
)
_YEAR_REACH = 200
_REPORT_REACH = 200
_SHORTEST_QUOTED = 5
_SHORTEST_WORD = 3


def is_enclosed(text: str, place: int) -> bool:
    """Whether a title or a quotation is open at this place."""
    begins = text.rfind("\n", 0, place) + 1
    return any(
        text.rfind(open_, begins, place) > text.rfind(shut, begins, place) for open_, shut in ("“”", "《》")
    )


def mentions(document: Document) -> list[Mention]:
    """Everything marked, in no order."""
    ids = [*_identified(document), *_orders(document), *_numbered(document)]
    return [*_titles(document), *_quoted(document), *ids, *_reports(document)]


def around(text: str, start: int, end: int) -> str:
    """A short quotation: what is meant and some characters on either side, within its paragraph."""
    first = max(text.rfind("\n", 0, start) + 1, start - 8)
    newline = text.find("\n", end)
    return text[first : min(len(text) if newline < 0 else newline, end + 12)].strip()[:120]


def mention(
    document: Document, start: int, end: int, names: tuple[str, ...], why: str, sure: int, **more: object
) -> Mention:
    """A mention at a place of the repaired text."""
    tidy = tuple(dict.fromkeys(" ".join(name.split()) for name in names if name.strip()))
    return Mention(
        document=document.name,
        line=document.line_at(start),
        start=start,
        end=end,
        quote=around(document.text, start, end),
        names=tidy,
        why=why,
        sure=sure,
        **more,  # type: ignore[arg-type]  # the fields of Mention, named by each caller
    )


def _titles(document: Document) -> Iterator[Mention]:
    """《…》 names a document, an act or an agreement; a reference cited right behind it gives its other title."""
    for match in _TITLE.finditer(document.text):
        names, acronyms, ids, end = _with_bracket(document, match[1], match.end())
        yield mention(
            document,
            match.start(1),
            end,
            (*names, *_cited(document, end)),
            "a title in 《》",
            92,
            kind=kind_of(match[1]) or "document",
            acronyms=acronyms,
            identifiers=ids,
        )


def _quoted(document: Document) -> Iterator[Mention]:
    """“…” names something where a bracket explains it, or a word behind or at its end says what it is."""
    for match in _QUOTED.finditer(document.text):
        inner = match[1]
        names, acronyms, ids, end = _with_bracket(document, inner, match.end())
        explained = end > match.end() and (len(names) > 1 or acronyms or ids)
        followed = _FOLLOWED.match(document.text, end)
        named = (
            _SUFFIX.search(_unbracketed(inner))
            or _NAMED_AS.search(document.text, max(0, match.start() - 12), match.start() + 1)
        ) and len(inner) >= _SHORTEST_QUOTED
        if not explained and len(inner) < _SHORTEST_WORD:
            continue
        if not (explained or ((followed or named) and not _OPENS_WITH_VERB.match(inner) and _is_name(inner))):
            continue
        kind = kind_of(_unbracketed(inner)) or (kind_of(followed[0]) if followed else "") or "program"
        if followed and not explained:
            kind = kind_of(followed[0]) or kind
        why = "quoted, with its other name in brackets" if explained else "quoted, and named like a " + kind
        yield mention(
            document, match.start(1), end, names, why, 90 if explained else 72,
            kind=kind, acronyms=acronyms or tuple(_BRACKETED.findall(inner)), identifiers=ids,
        )  # fmt: skip


def _is_name(inner: str) -> bool:
    """Whether what is quoted can be a name: not a clause, not an acronym explained elsewhere."""
    longest = 40 if language(inner) == "zh" else 100
    return not re.search(r"[，。；！？、]|^\W|\d{4}-\d", inner) and len(inner) <= longest


def _unbracketed(inner: str) -> str:
    return re.sub(r"[（(][^（）()]*[）)]", "", inner).strip()


def _with_bracket(
    document: Document, name: str, end: int
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], int]:
    """The names, acronyms and identifiers of a name and the bracket behind it, and where that ends."""
    bracket = _BEHIND.match(document.text, end)
    if not bracket:
        return (_unbracketed(name) if language(name) == "zh" else name,), (), (), end
    names, acronyms, ids = bracket_parts(bracket[1])
    return (_unbracketed(name), *names), acronyms, ids, bracket.end()


def bracket_parts(inner: str) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """What a bracket tells: names, acronyms, identifiers. Nothing of brackets that only remark something."""
    names: list[str] = []
    acronyms: list[str] = []
    ids: list[str] = []
    for part in re.split(
        r"[，；;]\s?|,\s(?=[A-Za-z0-9-]{2,12}(?:\s[A-Z]{2,5})?$|简称|以下)|,(?=简称)", inner
    ):
        said = re.sub(
            r"^(?:以下)?简称(?:为)?|^(?:通常|也|又)?(?:被)?称(?:为|作)|^即|[“”\"]", "", part.strip()
        ).strip(" ,")
        if id_ := citations.parse(said):
            ids.append(id_)
        elif _ACRONYM.fullmatch(said) and (
            said.upper() == said or len(said) <= 6 or re.search(r"-| [A-Z]{2,5}$", said)
        ):
            acronyms.append(said)
        elif (
            _is_name(said)
            and len(said) >= 2
            and not re.match(r"(?:[见如例约参即含以]|代表|时任|现任|包括|其中)|\d+$|[\d.]+[%亿万]", said)
        ):
            names.append(said)
    return tuple(names), tuple(acronyms), tuple(ids)


def _cited(document: Document, end: int) -> Iterator[str]:
    """The title of the only reference cited at once behind a title."""
    by_number = {one.number: one for one in document.references}
    for cite in document.cites:
        if end <= cite.at <= end + 12 and len(cite.numbers) == 1 and "。" not in document.text[end : cite.at]:
            reference = by_number.get(cite.numbers[0])
            if reference and not reference.form.startswith(("J", "N")):
                yield reference.title


def _reports(document: Document) -> Iterator[Mention]:
    """The reference that is cited where a report is told of, and given no title."""
    by_number = {one.number: one for one in document.references}
    last = 0
    for cite in document.cites:
        start = max(document.text.rfind("\n", 0, cite.at) + 1, last, cite.at - _REPORT_REACH)
        last = cite.at
        reference = by_number.get(cite.numbers[0])
        if len(cite.numbers) == 1 and reference and _tells(document.text[start : cite.at], reference):
            report = mention(
                document, max(start, cite.at - 40), cite.at, (reference.title,), "a cited report, by its reference",
                76, kind="document", sources=(reference.host,) if reference.host else (),
            )  # fmt: skip
            yield replace(report, start=cite.at, end=cite.at)


def _tells(before: str, reference: Reference) -> bool:
    is_report = bool(_REPORT.search(before)) and "《" not in before
    return is_report and bool(reference.publisher) and not reference.form.startswith(("J", "N"))


def _identified(document: Document) -> Iterator[Mention]:
    """Bills, laws and calls by number, in the text and in addresses; sections of a bill are their own."""
    for one in citations.find(document.text):
        said = document.text[one.start : one.end]
        id_, why = _dated(document.text, one)
        kind = _kind_of_number(id_)
        yield mention(document, one.start, one.end, (said,), why, 96, kind=kind, identifiers=(id_,))
        section = _SECTION.match(document.text, one.end)
        if section and id_.startswith(("bill:", "law:")):
            number = section[1] or section[2]
            yield mention(
                document, one.start, section.end(), (f"{said} section {number}", f"{said}第{number}节"),
                "a section of a bill", 88, kind="bill", identifiers=(f"{id_}#{number}",),
            )  # fmt: skip
    for reference in document.references:
        short = tuple(re.findall(r"[（(]([A-Z][A-Za-z0-9-]{1,9})[）)]$", reference.title))
        for one in citations.find(f"{reference.title} {reference.url}"):
            yield Mention(
                document=document.name, line=reference.line, start=-1, end=-1, quote=reference.title[:100],
                names=(_unbracketed(reference.title),), why="an identifier in a reference", sure=90,
                kind=_kind_of_number(one.id), identifiers=(one.id,), acronyms=short,
            )  # fmt: skip


def _orders(document: Document) -> Iterator[Mention]:
    """Executive orders of the President, by number."""
    for match in _ORDER.finditer(document.text):
        number = match[1] or match[2]
        names = (f"Executive Order {number}", f"第{number}号行政令", f"E.O. {number}")
        yield mention(
            document, match.start(), match.end(), names, "an executive order", 94, kind="policy_tool"
        )


def _numbered(document: Document) -> Iterator[Mention]:
    """Reports of the auditors and of the researchers of Congress, and what the FCC releases, by number."""
    for match in _RELEASE.finditer(document.text):
        names = (f"FCC {match[1]}", f"第{match[1]}号{match[2]}")
        yield mention(
            document, match.start(), match.end(), names, "a release by its number", 88,
            kind="document", identifiers=(f"fcc:FCC-{match[1]}",),
        )  # fmt: skip
    for match in _REPORT_NUMBER.finditer(document.text):
        yield mention(
            document, match.start(), match.end(), (match[0],), "a report by its number", 88, kind="document"
        )  # fmt: skip


def _kind_of_number(id_: str) -> str:
    """What sort of thing has such a number."""
    kinds = {"bill": "bill", "law": "act", "nsf": "program", "grant": "program"}
    return kinds.get(id_.partition(":")[0], "document")


def _dated(text: str, one: citations.Citation) -> tuple[str, str]:
    """A bill's id, and how it is known. Without a Congress it takes that of the year named last in its paragraph."""
    begins = text.rfind("\n", 0, one.start) + 1
    near = _YEAR.finditer(text, max(begins, one.start - _YEAR_REACH), one.start)
    years = [match[1] or match[2] for match in near]
    if not one.id.startswith("bill:?-") or not years:
        return one.id, "an identifier"
    congress = citations.congress_on(date(int(years[-1]), 6, 1))
    return one.id.replace("?", str(congress), 1), f"an identifier, its Congress inferred from {years[-1]}"
