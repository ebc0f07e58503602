"""How things are named: where a Chinese name begins that no mark opens, and which kind of thing a name names."""

from __future__ import annotations

import re

_STOPS = "，。；：、！？“”‘’（）()《》〈〉,;:!?[]【】<>|—\n"
_LONGEST = 44
COUNTRIES = (
    "美日印澳|美日韩|美日菲|美英澳|中日韩|美日|美韩|美欧|欧美|美印|美英|美加|日韩|日美|日欧|日印|日英|韩美|中美|中欧|欧日|"
    "美国|日本|韩国|中国|欧盟|欧洲|英国|德国|法国|印度|澳大利亚|加拿大|荷兰|芬兰|瑞典|挪威|丹麦|新加坡|越南|菲律宾|台湾|"
    "俄罗斯|以色列|意大利|西班牙|马来西亚|印度尼西亚|泰国|北约|联合国|东盟|非洲|亚洲|北美"
)
_ANCHOR = rf"(?:{COUNTRIES}|国家|国际|全球|世界|亚太|印太|参议院|众议院|国会|白宫|国防部|商务部|国务院)"
# After these a name begins, wherever they stand.
_HARD = re.compile(
    r".*(?:的|了|被|由|将|在|即|着|过去|第[一二三四五六七八九十百\d]+(?:届|次|轮)|首(?:届|次)|\d+\s?[年月日]末?|"
    r"启动|发布|提出|宣布|参与|开展|召开|举行|举办|通过(?!率)|设立|成立|依托|包括|例如|称为|推出|签署|建立|隶属|作为|属于|"
    r"合资公司|子公司|加入|得到|获得|(?:公司|集团|大学|研究院)(?:和|与|及)|积极推动|大力推进|加快推进|组建|发起|主导|邀请|委托|联合发表|发表|要求|敦促|指出|认为|表示|根据|按照|针对|围绕|以及|涉及|位于|来自|任命|收购|批准|资助|授权|制定|公布|颁布|出台|修订|实施|利用|借助|构建|打造|称)"
)
# After these only where a country or the like follows at once.
_SOFT = re.compile(
    rf".*(?:与|和|及|同|以|对|向|为|跟|是|从|并|而|使|让|给|于|增强|加强|支持|推动|促进|负责|联合|随着|近期|近年来|此外|例如)(?={_ANCHOR})"
)
_AFTER_LATIN = re.compile(r".*[A-Za-z0-9]\s?(?:与|和|及|同)\s?")
_LEADING = re.compile(r"(?:[\s\-/·与和及并或以同等也又还是]|新的|一个|其|该|这一)+")

# One of the matters that a body's name enumerates, and the rest of such a name.
_MATTER = re.compile(r"[一-龥]{2,8}(?<![部局署会院厅省司社国])、$")
_MATTERS_OF = re.compile(r"[一-龥]{1,8}[与和及][一-龥]{1,8}(?:部|局|署|委员会|机构|办公室)")

_KINDS = (
    ("bill", r"法案|草案|提案"),
    ("act", r"(?:(?<!方|办|做|说|看|想|用)法|法律|条例|法令)"),
    ("treaty_or_agreement", r"协定|协议|备忘录|条约|公约|安排"),
    (
        "document",
        r"报告|白皮书|路线图|战略|声明|原则|指南|指针|纲要|宣言|文件|愿景|蓝图|规划|议程|载体|清单草案",
    ),
    ("dialogue", r"对话|论坛|磋商"),
    ("event", r"峰会|大会|会议|世博会|博览会"),
    ("policy_tool", r"清单|管制|限制|审查|脱钩|风险|制裁|禁令|关税|税|补贴"),
    ("company", r"公司|集团|电信|半导体|Inc\.?|Corp(?:oration)?\.?|Ltd\.?|Partners|GmbH|Capital"),
    ("fund", r"(?<!投资)基金|[Ff]und"),
    ("standards_body", r"标准化组织|标准化机构|标准协会"),
    (
        "agency",
        r"(?:委员会|基金会|局|署|部|省|厅|院|办公室|室|银行|研究所|研究院|大学|机构|单元|厅|科|处|学会|智库|小组|理事会)",
    ),
    (
        "alliance",
        r"联盟|推进组|机制|协会|组织|伙伴关系|共同体|集团|[Aa]lliance|Consortium|Association|[Pp]artnership",
    ),
    (
        "program",
        r"计划|项目|倡议|工程|中心|工作组|行动|网络|之路|实验室|世界|走廊|平台|系统|Program(?:me)?|Initiative",
    ),
    ("technology", r"技术|通信|网络|宽带|Networks?|Technology|Communications?|Systems?"),
)
_ENGLISH = (
    ("bill", r"\bBill\b"),
    ("act", r"\bAct(?: of \d{4})?$"),
    ("treaty_or_agreement", r"\b(?:Agreement|Memorandum|Treaty|Convention|Accords?|Arrangement)\b"),
    ("dialogue", r"\b(?:Dialogue|Forum)\b"),
    ("event", r"\b(?:Summit|Conference)\b"),
    ("alliance", r"\b(?:Alliance|Consortium|Association|Partnership)\b"),
    (
        "agency",
        r"\b(?:Agency|Department|Ministry|Bureau|Office|Commission|Committee|Administration|Foundation|Institutes?|Council|Board|Bank|University|Academy|Authority)\b",
    ),
    ("program", r"\b(?:Program(?:me)?|Initiative|Undertaking|Network|Project|Cent(?:er|re))\b"),
    ("fund", r"\bFund\b"),
    (
        "document",
        r"\b(?:Strategy|Roadmap|Statement|Report|White Paper|Principles|Guidelines|Plan|Framework)\b",
    ),
)


def name_start(text: str, end: int) -> int:
    """Where the Chinese name begins that ends at `end`: behind the last stop, verb or particle that opens it."""
    least = max(0, end - _LONGEST)
    start = max((text.rfind(stop, least, end) for stop in _STOPS), default=-1) + 1
    start = max(start, least)
    for cut in (_HARD, _AFTER_LATIN, _SOFT):
        match = cut.match(text, start, end - 1)
        if match and _has_name(text[match.end() : end]):
            start = match.end()
    leading = _LEADING.match(text, start, end - 1)
    start = leading.end() if leading else start
    return _enumerated(text, start, end) if text[start - 1 : start] == "、" else start


def _enumerated(text: str, start: int, end: int) -> int:
    """The start of a body that enumerates what it is for, as 科学、创新与技术部 does; not of the last of several bodies."""
    before = _MATTER.search(text, max(0, start - 12), start)
    if not before or not _MATTERS_OF.fullmatch(text, start, end):
        return start
    return name_start(text, before.end() - 1)


def kind_of(name: str) -> str:
    """The kind that a name's last word tells, or nothing."""
    bare = re.sub(r"[（(][^（）()]*[）)]$", "", name).strip(" ”》")
    for kind, suffix in _KINDS:
        if re.search(rf"(?:{suffix})$", bare):
            return kind
    return next((kind for kind, sign in _ENGLISH if re.search(sign, name)), "")


def _has_name(rest: str) -> bool:
    """Whether enough is left to be a name."""
    return len(rest.strip()) >= 2
