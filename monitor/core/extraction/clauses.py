"""What a document tells of without naming it: money, funds, bills, statements, measures. Its clause is its name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from monitor.core.extraction.marked import mention
from monitor.core.extraction.mentions import Mention
from monitor.core.extraction.naming import COUNTRIES
from monitor.core.extraction.repairing import Document

_AND_A_COUNTRY = re.compile(rf"[与和同](?:{COUNTRIES})$")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Clause:
    """A way to tell of a thing. Its first group is what names the thing, or the whole where there is none."""

    kind: str
    why: str
    sure: int
    pattern: re.Pattern[str]


def _clause(kind: str, why: str, sure: int, pattern: str) -> _Clause:
    return _Clause(kind=kind, why=why, sure=sure, pattern=re.compile(pattern, re.VERBOSE))


_CLAUSES = (
    _clause("bill", "a bill without a name", 68, r"(一项关于[^，。；]{2,24}的(?:法案|提案|议案))"),
    _clause("bill", "a set of bills", 68, r"(第\s?\d{2,3}\s?届国会的?关于[^，。；]{2,20}(?:立法提案|法案|提案))"),
    _clause(
        "fund", "public money for a purpose", 62,
        r"""(?:拨款|投入|出资|投资|注资|提供)\s?[\d,.\ ]{1,9}(?:万亿|万|亿)?(?:日元|美元|欧元|韩元|英镑|卢比|元)
        (?:[（(][^（）()\n]{2,24}[）)])?(?:用于|投入|设立|支持|支援)[^，。；\n]{0,24}""",
    ),
    _clause("fund", "a fund to be set up", 64, r"(?:设立|成立|新设)了?(?:新|专项|专门)?的?[^，。；、（）()\n]{0,10}基金(?=[，。；])"),
    _clause(
        "document", "a joint statement", 68,
        r"就([^，。；\n]{4,24}?)(?:共同|联合)?(?:发表|发布)了?(?:一份)?(?:联合|共同)(?:声明|宣言)",
    ),
    _clause(
        "policy_tool", "a measure told of", 64,
        r"""[（(][1-9一二三四五六七八九]+[）)]((?:将[^，。；]{2,20}(?:驱逐|排除|剔除|移除|列入|纳入)|限制|禁止|阻止|禁用|切断|
        确保[^，。；]{2,24}不能)[^，。；\n]{3,40})(?=[；。，])""",
    ),
    _clause(
        "policy_tool", "a measure told of", 64,
        r"""(?:措施，|宣布|决定|政府)((?:禁止|禁用|限制|排除)[^，。；\n]{4,26}(?:合同|采购|组件|设备|投资|出口|产品|芯片))(?=[，。；])""",
    ),
    _clause("policy_tool", "a measure told of", 62, r"对[^，。；\n]{4,30}?的?出口(?:实施|采取|进行)了?(?:限制|管制|管控)"),
    _clause(
        "program", "described, without a name", 62,
        r"(?:一项|提出|启动|推出)了?(?:一项)?(关于[^，。；\n]{2,20}的[^，。；的\n]{0,6}(?:倡议|计划|项目|行动))",
    ),
    _clause("program", "described, without a name", 62, r"资助了?\s?(\d+\s?个[^，。；\n]{2,12}项目)"),
    _clause(
        "program", "described, without a name", 62,
        r"—([^，。；—\n]{4,24}(?:项目|计划))(?:获得|获)(?:正式)?(?:批准|通过|立项)",
    ),
    _clause(
        "program", "described, without a name", 62,
        r"""((?:[^，。；、的\n在]{2,12}(?:地区|国家|全球|区域)的)?(?:第一个|首个|首条)[^，。；、\n]{3,18}?
        (?:网络|平台|试验网|实验室|走廊|光缆))""",
    ),
    _clause(
        "act", "a law that is amended", 62,
        r"(?:修订|修改|修正)了?([^，。；、\n]{2,12}(?:法规|法|条例|规定))(?=[，。；])",
    ),
    _clause(
        "document", "a strategy that is asked for", 62,
        r"(要求[^，。；\n]{1,8}制定一项[^，。；\n]{0,12}(?:战略|计划|规划))",
    ),
)  # fmt: skip


def mentions(document: Document) -> Iterator[Mention]:
    """Each thing told of by a clause."""
    for clause in _CLAUSES:
        for match in clause.pattern.finditer(document.text):
            group = match.re.groups
            said = _AND_A_COUNTRY.sub("", match[group])
            yield mention(document, *match.span(group), (said,), clause.why, clause.sure, kind=clause.kind)
