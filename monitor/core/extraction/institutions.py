"""Names that nobody marked and nobody knows, told by how institutions and meetings are named."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence

from monitor.core.extraction.marked import mention
from monitor.core.extraction.mentions import Mention, language
from monitor.core.extraction.naming import COUNTRIES, kind_of, name_start
from monitor.core.extraction.pairs import PLAIN
from monitor.core.extraction.repairing import Document

_CHINESE = re.compile(
    r"(?:委员会|管理局|安全局|(?<!签)(?<!部)署|贸易部|基金会|研究院|研究所|研究局|研究中心|理事会|办公室|协会|论坛|对话|"
    r"部长级会议|峰会|工作组|[一-龥]{2}小组|联合实验室|投资基金|推进组|(?:安保|秘书|政策|情报|参谋|推进|统括|企划)室|(?:情报|调查|统计|标准|电信|通信|通讯|贸易|事务|政策|监督|服务|信息|安保|保障|合作|经济|科技)局|调查会|审议会|恳谈会|协议会|推进会议|(?<!技术)(?<!国际)(?<!主要)(?<!些)(?<!军事)联盟|伙伴关系|进出口银行|开发银行|国际开发金融公司|事务局)"
    r"(?![的]?(?:化|体系|成员|官员|性))"
)
_MINISTRY = re.compile(
    rf"(?:{COUNTRIES})[^，。；、（）()的\n]{{2,14}}?部(?=[，。；（(]|[于在和与随发宣表将已长下牵负则还也为向]|\s)"
)
_NO_MINISTRY = re.compile("[全内外总北南东西中]部")
_STARTS = re.compile(
    rf"(?:关于|{COUNTRIES}|国家|国际|全球|世界|亚太|印太|参议院|众议院|联邦|互联网|[A-Z\d])(?!\d*\s?[个大项])"
)
_ORDINAL = re.compile(
    r"(?:第[一二三四五六七八九十百\d]+|首)(?:届|次|轮)\s?([^，。；、（）()\n]{2,24}?(?:论坛|对话|峰会|大会|会议))"
)
_FORMED = re.compile(
    r"(?:设立|成立|组建|新设|下设|增设|共建|筹建)了?(?:一个|新的)?([^，。；、（）()“”\n的]{2,12}?(?:科|处|室|局|班|办公室|工作组|特别小组|委员会|制度|实验室))(?=[。，；])"
)
_TOPIC = re.compile(r"关于[^，。；的\n]{2,12}的$")
_WORD = r"(?:[A-Z][A-Za-z'’&.-]*[A-Za-z]|[A-Z]{2,}|&|\d+G)"
# Behind a Latin name in Chinese text: what runs under it or above it, and is called by it.
_CABLE = re.compile(
    r"\s?(?:[和与、及]\s?[A-Z][A-Za-z0-9-]+(?: [A-Z][A-Za-z0-9-]+){0,3}\s?)*(?:海底光缆|海底电缆|海缆|光缆|星座|卫星系统|卫星|基站|平台)"
)
_BRACKETS = re.compile(r"\s?[（(]")
_PROPER_WORDS = 3
_LATIN_NAME = re.compile(rf"(?<![A-Za-z0-9]){_WORD}(?:\s{_WORD}){{0,4}}(?![A-Za-z])")
_BEFORE_COMPANY = re.compile(
    r"(?:企业|公司|厂商|运营商|供应商|巨头|制造商|开发商|初创企业|子公司|成立|组建|收购|投资|合资|旗下的|旗下|入股)\s?$"
)
_AFTER_COMPANY = re.compile(r"\s?(?:公司|集团|收购|并购|在\s?\d{4}\s?年[^，。]{0,12}发布)")
_ENGLISH = re.compile(
    r"(?:(?:[A-Z][\w'’&-]+|U\.S\.|&)(?: and(?= [A-Z]))? ){0,6}"
    r"(?:Department|Ministry|Bureau|Office|Committee|Commission|Agency|Council|Institutes?|Administration|Academy|Association|"
    r"Alliance|Partnership|Act|Initiative|Dialogue|Forum|Foundation|Consortium|Strategy|Roadmap|Fund|Authority|Program|Programme|Undertaking|Framework|Cent(?:er|re)|Taskforce|Task Force|Coalition|Facility|Summit)"
    r"(?: (?:of|for|on)(?: (?:the|and|of|for|on|in|to|[A-Z][\w'’&-]+),?){1,8}(?<=[a-z]))?(?: of \d{4})?"
)
# What a name in capitals is, said behind it in small letters: the CABLES programme, the South Pacific Connect initiative.
_SAID_TO_BE = re.compile(
    r"(?<![\w.])((?:[A-Z]{3,}[A-Za-z0-9-]*|[A-Z][\w'’-]+(?: [A-Z][\w'’-]+){1,4}))"
    r" (?:initiative|programme|program|project|alliance|consortium|partnership|dialogue|fund|scheme|strategy|"
    r"task group|working group|task force|report|testbed|test bed|cent(?:er|re)|platform|system|cable)\b"
)
# A Latin name and the word behind it that says what it is: EU5G认证方案, Hexa-X项目.
_LATIN_PLAN = re.compile(
    r"(?<![A-Za-z0-9])([A-Z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)*)\s?(认证方案|认证框架|试点项目|示范项目|研究项目|合作项目|项目|计划|倡议|联盟|行动|联合体|财团|星座|论坛|实验室)"
)
# A bill of another parliament, by the letter and number that it has there: C-26号法案.
_BILL = re.compile(r"(?<![A-Za-z0-9.])([CS]-\d{1,4})\s?号(?=(?:[和与、及]\s?[CS]-\d{1,4}\s?号)*\s?法案)")
# A list on which somebody is put: 战略性高科技货品出口实体清单.
_LISTED = re.compile(
    r"(?:列入|纳入|移出)了?([^，。；、（）“”《》\n的]{5,20}?(?:清单|名单|目录))(?=[，。；（])"
)
_UNDER = re.compile(
    r"(?:下设|下属|下|牵头|主导|发起)的([^，。；：、（）()“”\n的]{4,18}?(?:网络|机制|平台|工作组|小组|中心|委员会|办公室))(?=[，。；、（也将已每于由负正还均等])"
)
_TAIL = re.compile(r"(?:\s(?:of|for|on|the|and|in|to),?)+$|,$")
_OPENING = re.compile(r"^(?:The|A|An|In|On|At|Under|By|This|That|Its|With|And|Since|While|For|From)\s")
_PLACE = re.compile(
    r"(?:House|Congress|Senate|States|Japan|Korea|China|India|Australia|Canada|Europe|Union|Kingdom)$"
)
_FEWEST_WORDS = 3


def mentions(document: Document, marked: Sequence[Mention]) -> list[Mention]:
    """Names outside of what is marked already, and not within what is known."""
    taken = sorted((one.start, one.end) for one in marked if one.start >= 0 and not one.entry)
    known = {place for one in marked if one.entry for place in range(one.start, one.end)}
    found = [
        *_chinese(document),
        *_ministries(document),
        *_meetings(document),
        *_formed(document),
        *_latin(document),
        *_english(document, known),
        *_said_to_be(document),
        *_under(document),
        *_latin_plans(document),
        *_bills(document),
        *_listed(document),
    ]
    return [one for one in found if not _is_taken(one, taken) and not {one.start, one.end - 1} <= known]


def _is_taken(one: Mention, taken: Sequence[tuple[int, int]]) -> bool:
    index = bisect_right(taken, (one.start, 1 << 60))
    return any(start < one.end and one.start < end for start, end in taken[max(0, index - 3) : index + 3])


def _chinese(document: Document) -> Iterator[Mention]:
    text = document.text
    for match in _CHINESE.finditer(text):
        start = _with_topic(text, name_start(text, match.end()))
        said = text[start : match.end()]
        if _fits(said, match[0]) and _STARTS.match(said):
            yield mention(
                document, start, match.end(), (said,), "named like an institution", 62, kind=kind_of(said) or "agency"
            )  # fmt: skip


def _ministries(document: Document) -> Iterator[Mention]:
    for match in _MINISTRY.finditer(document.text):
        start = name_start(document.text, match.end())
        said = document.text[start : match.end()]
        if _STARTS.match(said) and 5 <= len(said) <= 16 and not _NO_MINISTRY.search(said):
            yield mention(document, start, match.end(), (said,), "named like a ministry", 64, kind="agency")


def _fits(said: str, suffix: str) -> bool:
    """Whether it is long enough for a name; two that only talk to each other have none."""
    bare = said.replace(" ", "")
    if suffix == "对话":
        return 6 <= len(bare) <= 24 and not re.search("[与和同]", bare.rpartition("的")[2][:8])
    return 5 <= len(bare) <= 30 and len(said) > len(suffix) + 2


def _with_topic(text: str, start: int) -> int:
    """The start of `关于…的` before a name that says what it is about, else its own."""
    topic = _TOPIC.search(text, max(0, start - 16), start)
    return topic.start() if topic else start


def _meetings(document: Document) -> Iterator[Mention]:
    for match in _ORDINAL.finditer(document.text):
        kind = kind_of(match[1])
        yield mention(
            document, match.start(1), match.end(1), (match[1],), "a numbered meeting", 74, kind=kind
        )


def _formed(document: Document) -> Iterator[Mention]:
    for match in _FORMED.finditer(document.text):
        yield mention(
            document,
            match.start(1),
            match.end(1),
            (match[1],),
            "said to be set up",
            64,
            kind=kind_of(match[1]) or "policy_tool",
        )


def _latin(document: Document) -> Iterator[Mention]:
    """A Latin name in Chinese text beside a word that says it is a company."""
    text = document.text
    for match in _LATIN_NAME.finditer(text):
        around = text[max(0, match.start() - 6) : match.start()]
        if language(text[max(0, match.start() - 40) : match.end() + 40]) == "en" or len(match[0]) < 2:
            continue
        if match[0].isdigit() or match[0] in PLAIN:
            continue
        is_company = _BEFORE_COMPANY.search(around) or _AFTER_COMPANY.match(text, match.end())
        if is_company:
            why, sure, kind = "a name beside the word company", 70, "company"
        elif _CABLE.match(text, match.end()):
            why, sure, kind = "a name with what it is", 66, "program"
        elif len(match[0].split()) >= _PROPER_WORDS and not _BRACKETS.match(text, match.end()):
            why, sure, kind = "a name of several words", 60, kind_of(match[0]) or "program"
        else:
            continue
        yield mention(document, match.start(), match.end(), (match[0],), why, sure, kind=kind)


def _said_to_be(document: Document) -> Iterator[Mention]:
    """A name in capitals in English text, with the word behind it that says what it is."""
    for match in _SAID_TO_BE.finditer(document.text):
        said = re.split(r"['’]s ", _OPENING.sub("", match[1]))[-1]
        if len(said) > 2 and said not in PLAIN and (" " in said or said.isupper()):
            start = match.end(1) - len(said)
            yield mention(
                document, start, match.end(1), (said,), "said to be one", 66, kind=kind_of(match[0].title()) or "program"
            )  # fmt: skip


def _latin_plans(document: Document) -> Iterator[Mention]:
    for match in _LATIN_PLAN.finditer(document.text):
        if len(match[1]) > 2 and match[1] not in PLAIN:
            said = document.text[match.start() : match.end()]
            kind = kind_of(match[2]) or "program"
            yield mention(document, *match.span(1), (match[1], said), "a name with what it is", 70, kind=kind)


def _listed(document: Document) -> Iterator[Mention]:
    for match in _LISTED.finditer(document.text):
        yield mention(
            document, *match.span(1), (match[1],), "a list that somebody is put on", 66, kind="policy_tool"
        )  # fmt: skip


def _bills(document: Document) -> Iterator[Mention]:
    for match in _BILL.finditer(document.text):
        names = (f"Bill {match[1]}", f"{match[1]}号法案")
        yield mention(document, *match.span(), names, "a bill by its number", 80, kind="bill")


def _under(document: Document) -> Iterator[Mention]:
    for match in _UNDER.finditer(document.text):
        kind = kind_of(match[1]) or "program"
        yield mention(document, *match.span(1), (match[1],), "said to belong to a body", 62, kind=kind)


def _english(document: Document, known: Collection[int]) -> Iterator[Mention]:
    """Three words in capitals or more, of which one says that it is an institution."""
    for match in _ENGLISH.finditer(document.text):
        said = _TAIL.sub("", _OPENING.sub("", match[0]))
        start = match.start() + match[0].find(said)
        said, start = _last_of_two(said, start, known)
        if len(said.split()) >= _FEWEST_WORDS and said.split()[0][0].isupper():
            yield mention(
                document, start, start + len(said), (said,), "named like an institution", 70, kind=kind_of(said)
            )  # fmt: skip


def _last_of_two(said: str, start: int, known: Collection[int]) -> tuple[str, int]:
    """What stands behind an "and" that joins two names: where a known name or an acronym stands before it."""
    before, joint, behind = said.partition(" and ")
    is_name = start in known or before.rpartition(" ")[2].isupper() or bool(_PLACE.search(before))
    if joint and is_name and not re.search(r"\b(?:of|for|on|in|to)\b", before):
        return behind, start + len(before) + len(joint)
    return said, start
