"""A document's text made whole: words broken at line ends joined, page furniture and footnote digits left out.

A text that is wrapped at a width is told from one that has a paragraph a line by how even its lines are.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from monitor.core.extraction.references import Reference, begins, is_heading, read_reference
from monitor.core.text import line

_HAN = "\u3400-\u9fff\u3041-\u30ff\uf900-\ufaff"
_CITE = re.compile(
    r"\s?(?:\^\{?\[?|(?<=[^\W\d_][^\W_])\[|(?<=[”》。，）)\"'.,])\[)(\d{1,3}(?:[-,，、–—]\s?\d{1,3})*)\]\}?"
)
_OTHER_MARKS = re.compile(r"\^\{?\[?[①-⑳\d,*†‡]+\]?\}?|[①-⑳](?=\S)|\*\*")
# A digit after a full stop is a footnote's, unless a unit follows: 。6 but not 。5月12日.
_FOOTNOTE = re.compile(
    rf"(?<=[。！？”])\d{{1,2}}(?=\s*$|\s*(?![年月日号个项条亿万千百余多章节届次家国大种点])[{_HAN}])"
)
_SUPERSCRIPT = re.compile("[\xb9\xb2\xb3\u2070\u2074-\u2079]|\\^\\{")
_FURNITURE = re.compile(
    r"[-—–·\s]*\d{1,4}[-—–·\s]*$|第\s*\d+\s*页|[Pp]age\s+\d+(?:\s+of\s+\d+)?$|"
    r"(?:图|表|圖|図|Fig(?:ure)?\.?|Table)\s*\d+|(?:资料来源|数据来源|Sources?)\s*[:：]|"
    r"(?:第一作者|通信作者|通讯作者|作者简介|作者单位|项目来源|基金项目|收稿日期|修回日期|电子邮箱|中图分类号|文献标识码|DOI|E-?mail|"
    r"Received|Accepted|Corresponding author|First author|About the author|ISSN|Copyright|©)|"
    r"\(?\d\s?[.．]\s?.{6,120}?\b\d{5,6}\s?[;；)）]*\s*$"
)
_TERMINAL = '。！？；：.!?;:”"】■'
_HEADING = re.compile(
    r"\d+(?:\.\d+)*[.．、\s]\s?\S|[一二三四五六七八九十]+、|[（(][一二三四五六七八九十]+[）)]|[①-⑳]|[-•*]\s|\[\d|#|第[一二三四五六七八九十]+[,，章节]|摘\s?要|关键词|Abstract|Key\s?words"
)
_LONGEST_CAPTION = 90
_FULL_COLUMNS = 80
_WIDEST_WRAP = 130


@dataclass(frozen=True, slots=True, kw_only=True)
class Cite:
    """A mark in the text that points to references, at a place of the repaired text."""

    at: int
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A repaired text; paragraphs are parted by newlines. `name` is the file's, `title` its first line.

    `starts` and `lines` say which line of the file (from 1) stands at which place.
    """

    name: str
    text: str
    title: str = ""
    starts: tuple[int, ...] = (0,)
    lines: tuple[int, ...] = (1,)
    cites: tuple[Cite, ...] = ()
    references: tuple[Reference, ...] = ()

    def line_at(self, place: int) -> int:
        """The line of the file where this character stands."""
        return self.lines[max(0, bisect_right(self.starts, place) - 1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    number: int
    words: str
    after_gap: bool


@dataclass(slots=True, kw_only=True)
class _Joined:
    """The text so far."""

    pieces: list[str] = field(default_factory=list)
    length: int = 0
    starts: list[int] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    cites: list[Cite] = field(default_factory=list)

    def add(self, joint: str, one: _Line) -> None:
        self._put(joint)
        self.starts.append(self.length)
        self.lines.append(one.number)
        at = 0
        for mark in _CITE.finditer(one.words):
            self._put(_OTHER_MARKS.sub("", one.words[at : mark.start()]))
            numbers = tuple(int(each) for each in re.findall(r"\d+", mark[1]))
            self.cites.append(Cite(at=self.length, numbers=numbers))
            at = mark.end()
        self._put(_OTHER_MARKS.sub("", one.words[at:]))

    def drop_hyphen(self) -> None:
        """Take back the hyphen at the end: it was the printer's."""
        self.pieces.append(self.pieces.pop()[:-1])
        self.length -= 1

    def _put(self, piece: str) -> None:
        if piece:
            self.pieces.append(piece)
            self.length += len(piece)


def repair(name: str, raw: str) -> Document:
    """The document of a file's text."""
    lines = list(_kept(raw))
    body, references = _without_references(lines)
    wrapped = _wrap_width(body)
    joined = _Joined()
    before: _Line | None = None
    for one in body:
        joint = _joint(before, one, wrapped, raw) if before else ""
        if joint == "-":
            joined.drop_hyphen()
        joined.add("" if joint == "-" else joint, one)
        before = one
    return Document(
        name=name,
        text="".join(joined.pieces),
        title=_title(body, wrapped),
        starts=tuple(joined.starts) or (0,),
        lines=tuple(joined.lines) or (1,),
        cites=tuple(joined.cites),
        references=tuple(references),
    )


def columns(text: str) -> int:
    """How wide a text prints: a Chinese character is two columns."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _kept(raw: str) -> Iterator[_Line]:
    """The lines that say something, without furniture. Lines break at newline characters only, as editors count them."""
    cleaned = [line(one).lstrip("#").strip() for one in raw.replace("\r\n", "\n").split("\n")]
    running = Counter(re.sub(r"\d+", "", one) for one in cleaned if 0 < columns(one) <= _LONGEST_CAPTION)
    gap = False
    for number, words in enumerate(cleaned, start=1):
        if not words:
            gap = True
        elif not _is_furniture(words, number) and running[re.sub(r"\d+", "", words)] < 3:
            yield _Line(number=number, words=_FOOTNOTE.sub("", words), after_gap=gap)
            gap = False


def _is_furniture(words: str, number: int) -> bool:
    if _SUPERSCRIPT.search(words) and columns(words) < _LONGEST_CAPTION and "。" not in words:
        return True
    match = _FURNITURE.match(words)
    is_caption = words.startswith(("图", "表", "圖", "図", "Fig", "Table"))
    return bool(match) and not (is_caption and columns(words) > _LONGEST_CAPTION) and number > 1


def _without_references(lines: Sequence[_Line]) -> tuple[list[_Line], list[Reference]]:
    """The lines of the text, and the references that stand below their heading."""
    body: list[_Line] = []
    entries: list[list[_Line]] = []
    inside = False
    for one in lines:
        inside = inside or is_heading(one.words)
        if inside and begins(one.words):
            entries.append([one])
        elif inside and entries and _goes_on(entries[-1][-1], one):
            entries[-1].append(one)
        elif not is_heading(one.words):
            body.append(one)
    read = (read_reference(_together(entry), entry[0].number) for entry in entries)
    return body, [one for one in read if one]


def _goes_on(before: _Line, one: _Line) -> bool:
    """Whether a reference has not ended before this line."""
    ended = before.words.rstrip().endswith((".", "。", ">"))
    return not ended and (one.words.startswith("- ") or not _HEADING.match(one.words))


def _together(entry: Sequence[_Line]) -> str:
    words = entry[0].words
    for one in entry[1:]:
        more = one.words.removeprefix("- ")
        glued = words.endswith(("-", "/", "_", "=", "%")) or _is_han(words[-1]) or _is_han(more[0])
        words += more if glued else " " + more
    return words


def _wrap_width(lines: Sequence[_Line]) -> int:
    """How wide lines are that end because the page does; 0 for a text with a paragraph a line."""
    widths = sorted(columns(one.words) for one in lines)
    if len(widths) < 8:
        return 0
    width = widths[len(widths) * 9 // 10]
    full = sum(one >= width * 0.8 for one in widths)
    return width if width <= _WIDEST_WRAP and full * 2 >= len(widths) else 0


def _joint(before: _Line, one: _Line, wrapped: int, raw: str) -> str:
    """What stands between two lines: nothing, a space, a new paragraph; or `-` for a hyphen to take back."""
    if not _runs_on(before, one, wrapped):
        return "\n"
    last, first = before.words[-1], one.words[0]
    if last == "-" and before.words[-2:-1].isalpha() and first.isalpha():
        return "-" if first.islower() and not _is_hyphenated(before.words, one.words, raw) else ""
    if _is_han(last) or _is_han(first) or last in "，。；：、（《“-/" or first in "，。；：、）》”":
        return ""
    return " "


def _runs_on(before: _Line, one: _Line, wrapped: int) -> bool:
    finished = before.words[-1] in _TERMINAL
    if wrapped:
        if finished and (one.after_gap or _HEADING.match(one.words)):
            return False
        return columns(before.words) >= wrapped * (0.8 if _is_han(before.words[-1]) else 0.7)
    return not finished and columns(before.words) >= _FULL_COLUMNS and not _HEADING.match(one.words)


def _is_hyphenated(before: str, after: str, raw: str) -> bool:
    """Whether the text elsewhere writes this word with its hyphen, and not without."""
    head, tail = re.search(r"[^\W\d_]+-$", before), re.match(r"[^\W\d_]+", after)
    if not head or not tail:
        return False
    lower = raw.lower()
    word = (head[0] + tail[0]).lower()
    return word in lower and word.replace("-", "") not in lower


def _title(lines: Sequence[_Line], wrapped: int) -> str:
    """The first line, and a second that it runs on to."""
    if not lines:
        return ""
    first = lines[0].words
    more = lines[1].words if wrapped and len(lines) > 1 and _runs_on(lines[0], lines[1], wrapped) else ""
    return (first + more)[:200]


def _is_han(character: str) -> bool:
    return bool(re.match(f"[{_HAN}]", character))
