"""What a document asks to be followed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from monitor.core.extraction.marked import mention
from monitor.core.extraction.mentions import Mention
from monitor.core.extraction.naming import kind_of
from monitor.core.extraction.repairing import Document

_ASKED = (
    re.compile(
        r"(?:动态|持续|密切|重点|继续|[，。]\S{0,6}?(?:宜|应|应当|需|需要|须|要|并))(?:跟踪|关注|追踪)(?:了?)([^，,。；：\n]{6,40}(?:举措|动态|进展|动向|趋势|政策|项目|立法|进程|规则|走向|变化|方向|影响|落实|实施|谈判|改革|调整|部署|情况|问题|成效|效果|磋商|审议))"
    ),
    re.compile(
        r"(?m)(?:^|[.．、）)]|；)\s?([^，,。；：\n\d.．]{6,44}?)(?:需|应|值得|有待)(?:要|当)?(?:予以)?(?:高度|重点|密切|持续)?(?:关注|跟踪)(?=[。，；])"
    ),
)
_LIST_OPENS = re.compile(
    r"(?:重点跟踪|重点关注|跟踪以下|关注以下|following (?:points|subjects|items))[^。\n]{0,12}[：:]"
)
# A wish with what it is for behind it, in Chinese, and on either side, in English; names in it are asked for.
_WISH = re.compile(
    r"(?:需要?|应当?|建议)(?:予以)?(?:高度|重点|密切|持续|继续|长期)*(?:跟踪|关注|追踪|监测)[^。；\n]{0,80}"
    r"|[^.;\n]{0,80}(?:should|must|needs? to)(?: be)?(?: closely)? (?:follow|watch|track|monitor)(?:ed)?\b[^.;\n]{0,80}"
)
_HEAD = re.compile(
    r"(?m)(?:^|(?<=[：:；;]))\s?\d{1,2}\s?[.．、]\s?([^。；;\n]{6,44}?)(?=[。；;]|需|应|值得|的(?:落实|进展|动向|后续|动态)|$)"
)
_END = re.compile(r"\n(?=[一二三四五六七八九十]+、|参考文献)")


def mentions(document: Document) -> list[Mention]:
    """Each topic that it asks for, in its own words."""
    return list(_topics(document))


def asked_ranges(document: Document) -> list[tuple[int, int]]:
    """From where to where the document says what to follow: its list, and each wish."""
    return [_listed(document), *(match.span() for match in _WISH.finditer(document.text))]


def _listed(document: Document) -> tuple[int, int]:
    """An empty range where the document has no list of what to follow."""
    opened = max(_LIST_OPENS.finditer(document.text), key=lambda one: one.start(), default=None)
    if opened is None:
        return (0, 0)
    end = _END.search(document.text, opened.end())
    return (opened.end(), end.start() if end else len(document.text))


def _topics(document: Document) -> Iterator[Mention]:
    start, end = _listed(document)
    found = [match for pattern in _ASKED for match in pattern.finditer(document.text)]
    found += _HEAD.finditer(document.text, start, end)
    for match in found:
        topic = mention(
            document, match.start(1), match.end(1), (match[1],), "asked to be followed", 86,
            kind=kind_of(match[1]) or "policy_tool",
        )  # fmt: skip
        yield replace(topic, is_asked=True, importance=3)
