"""Terms for what a document tells of in a clause: the known names in it, or its matters, beside its countries, sums and topics.

A clause itself stands in no news. A name alone would find all that its own subject finds, so it needs a word beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from monitor.core.extraction.mentions import Mention, language, loose

_COUNTRIES = {
    "美国": ("United States", "U.S."),
    "日本": ("Japan",),
    "韩国": ("Korea",),
    "中国": ("China", "Chinese"),
    "印度": ("India",),
    "欧盟": ("European Union", "EU"),
    "欧洲": ("Europe",),
    "英国": ("United Kingdom", "UK"),
    "德国": ("Germany", "German"),
    "法国": ("France", "French"),
    "荷兰": ("Netherlands", "Dutch"),
    "澳大利亚": ("Australia",),
    "加拿大": ("Canada",),
    "新加坡": ("Singapore",),
    "越南": ("Vietnam",),
    "菲律宾": ("Philippines",),
    "太平洋": ("Pacific",),
}
# What a clause is about where it holds no name.
_MATTERS = {
    "无线标准": ("wireless standards",),
    "无线网络": ("wireless networks",),
    "知识产权": ("intellectual property",),
    "资本市场": ("capital market",),
    "外国投资": ("foreign investment",),
    "外资": ("foreign investment",),
    "经济韧性": ("economic resilience",),
    "数字贸易": ("digital trade",),
    "关键矿产": ("critical minerals",),
    "数据中心": ("data center",),
    "网络安全": ("cybersecurity",),
    "人工智能": ("artificial intelligence",),
    "量子": ("quantum",),
}
_TOPICS = {
    "拨款|资助|投入|出资": ("funding", "appropriation"),
    "研发": ("research and development", "R&D"),
    "法案|立法|提案": ("bill", "legislation"),
    "法规|条例|规定": ("regulation", "rule"),
    "标准": ("standards",),
    "禁止|禁用|禁令": ("ban", "prohibit"),
    "合同|采购": ("contract", "procurement"),
    "出口": ("export",),
    "投资": ("investment",),
    "收购": ("acquisition",),
    "组件": ("component",),
    "设备": ("equipment",),
    "频谱": ("spectrum",),
    "专利": ("patent",),
    "人才": ("talent", "workforce"),
    "补贴": ("subsidy", "subsidies"),
    "制裁": ("sanctions",),
    "关税": ("tariff",),
    "许可": ("license", "permit"),
    "试点|示范|试验": ("pilot", "trial", "testbed"),
    "量产": ("mass production",),
}
_SUM = re.compile(r"(\d[\d,.]*)\s?(万亿|亿|百万|万)(日元|美元|欧元|韩元|英镑|卢比|元)")
_POWERS = {"万亿": 12, "亿": 8, "百万": 6, "万": 4}
_CURRENCIES = {
    "日元": "yen",
    "美元": "dollars",
    "欧元": "euros",
    "韩元": "won",
    "英镑": "pounds",
    "卢比": "rupees",
    "元": "yuan",
}
_SCALES = ((12, "trillion"), (9, "billion"), (6, "million"))
_MOST_NAMES = 8
_MOST_BESIDE = 14


def phrased(clauses: Sequence[Mention], known: Sequence[Mention]) -> Iterator[Mention]:
    """The clauses with the known names in them, and with the words that must stand beside these."""
    for one in clauses:
        inside = [each for each in known if one.start <= each.start and each.end <= one.end]
        text = one.names[0]
        sums = tuple(_sums(text))
        names = tuple(_names(inside)) or tuple(_words(text, _MATTERS))
        topics = tuple(dict.fromkeys([*sums, *_words(text, _TOPICS), *_words(text, _COUNTRIES)]))
        yield replace(one, is_clause=True, anchors=names[:_MOST_NAMES], beside=topics[:_MOST_BESIDE])


def _names(inside: Sequence[Mention]) -> Iterator[str]:
    """The first names of each in turn, a Chinese and an English one."""
    seen: set[str] = set()
    for one in inside:
        for tongue in ("zh", "en"):
            printed = [*one.names, *one.acronyms, *one.known_as]
            name = next((each for each in printed if language(each) == tongue), "")
            if name and loose(name) not in seen:
                seen.add(loose(name))
                yield name


def _words(text: str, table: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """What the text has of a table, and the English of it."""
    for written, english in table.items():
        if match := re.search(written, text):
            yield from (match[0], *english)


def _sums(text: str) -> Iterator[str]:
    """Sums of money, as they are written and in English: 500亿日元, 50 billion yen."""
    for match in _SUM.finditer(text):
        yield match[0]
        amount = float(match[1].replace(",", "").strip(".") or 0) * 10 ** _POWERS[match[2]]
        for power, scale in _SCALES:
            if amount >= 10**power:
                yield f"{amount / 10**power:g} {scale} {_CURRENCIES[match[3]]}"
                break
