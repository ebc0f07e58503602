"""Text from outside: made plain once when it arrives, folded for comparison whenever it is searched.

`plain` turns what a publisher sends (HTML, CDATA, entities escaped once or twice) into the words that a person reads.
`fold` makes spellings of the same words equal (width, dashes, accents, invisible characters, kinds of space) and
remembers where each character came from, so that evidence quotes the publisher's own characters.
"""

from __future__ import annotations

import html
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser

# Recorded with every match: a change of what `fold` or `plain` answers gets a new name.
NORMALISER = "fold-2"

# Zero-width and bidirectional controls, soft hyphen, variation selectors, tags: they change no word.
_INVISIBLE = "\xad\u034f\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e01ef"
# Not the katakana lengthener U+30FC: it looks like a dash and is a letter.
_DASHES = "\u2010-\u2015\u2043\u2212\u2e3a\u2e3b\u30a0\ufe31\ufe32\ufe58\ufe63\uff0d"
# Footnote numbers and trade marks, which NFKC would glue to the word: 5G², VINES™.
_SET_OFF = "\xb2\xb3\xb9\u2070\u2074-\u2079\u2120\u2122"
_APOSTROPHES = "\u2018\u2019\u02bc\u2032\uff07"


def _members(character_class: str) -> Iterator[int]:
    """The code points of a regex class written as single characters and a-z ranges."""
    for first, last in re.findall(r"(.)(?:-(.))?", character_class):
        yield from range(ord(first), ord(last or first) + 1)


def _unaccented(code: int) -> str:
    """The ASCII letter that a Latin letter with accents is written as without them; "" for any other."""
    base, *marks = list(unicodedata.normalize("NFD", chr(code)))
    return (
        base if marks and base.isascii() and base.isalpha() and all(map(unicodedata.combining, marks)) else ""
    )


# Latin letters that bear accents, and those with a stroke or without a dot, which Unicode does not take apart. Greek,
# Cyrillic and kana keep their marks: there they make another letter, not another spelling.
_UNACCENTED = {
    **{chr(code): letter for code in _members("\xc0-\u024f\u1e00-\u1eff") if (letter := _unaccented(code))},
    **dict(zip("ØøĐđŁłĦħŦŧı", "OoDdLlHhTti", strict=True)),
}
_LATIN = str.maketrans({**_UNACCENTED, "ß": "ss", "ẞ": "SS", "Æ": "AE", "æ": "ae", "Œ": "OE", "œ": "oe"})
_ACCENTS = re.compile("(?<=[A-Za-z])[\u0300-\u036f]+")

_BEFORE_NFKC: dict[int, str | None] = {
    **dict.fromkeys(_members(_INVISIBLE)),
    **dict.fromkeys(_members(_DASHES), "-"),
    **dict.fromkeys(_members(_SET_OFF), " "),
    **dict.fromkeys(_members(_APOSTROPHES), "'"),
}
_SPACES = re.compile(r"\s+")
# Common characters beyond ASCII that fold to themselves wherever they stand; a test tries each.
_KEPT = (
    "\xa1-\xa7\xa9\xab\xac\xae\xb0\xb1\xb6\xb7\xbb\xbf\xd7\xf7\u0391-\u03a1\u03a3-\u03c9\u0400-\u0482"
    "\u048a-\u04ff\u201a-\u201f\u2020-\u2022\u20ac\u3001-\u3029\u3041-\u3096\u30a1-\u30fe\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3"
)
# What always folds to one other character: white space, dashes, apostrophes, what is set off, ASCII in full width, and
# letters with accents.
_REPLACED: dict[str, str] = {
    **dict.fromkeys(
        map(chr, _members("\t-\r\x1c-\x1f\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000")), " "
    ),
    **{chr(code): chr(code - 0xFEE0) for code in _members("\uff01-\uff5e")},
    **{chr(code): folded for code, folded in _BEFORE_NFKC.items() if folded is not None},
    **_UNACCENTED,
}
_NOT_KEPT = re.compile(f"[^\n\x00-\x08\x0e-\x1b\x20-\x7f{_KEPT}]")
# What parts documents that are read in one go; no phrase holds it.
SEAM = "\x00"
# Stretches that folding may change: white space other than one plain space, and what is not kept, with the character
# before it, which an accent may belong to.
_IRREGULAR = re.compile(rf"[\x00-\x7f{_KEPT}]?[^\x00-\x7f{_KEPT}]+|[\t-\r\x1c-\x20]{{2,}}|[\t-\r\x1c-\x1f]")
# Unicode's stream-safe limit; longer pile-ups of accents are an attack on the sort inside NFKC.
_LONGEST_CLUSTER = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """A text made comparable. `lower` has the length of `text`, so positions serve for both.

    `starts`, `origins` and `ends` describe stretches in order: where each begins in `text`, and from where to where it
    came in `source`. A stretch as long as its origin maps character by character; a text that folding did not change
    has none.
    """

    source: str
    text: str
    lower: str
    starts: tuple[int, ...] = ()
    origins: tuple[int, ...] = ()
    ends: tuple[int, ...] = ()

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where the characters `start` to `end` (exclusive, at least one) of `text` stand in `source`."""
        if not self.starts:
            return start, end
        return self._origin(start)[0], self._origin(end - 1)[1]

    def quote(self, start: int, end: int) -> str:
        """The publisher's own characters behind `start` to `end` of `text`."""
        first, last = self.span(start, end)
        return self.source[first:last]

    def _origin(self, position: int) -> tuple[int, int]:
        index = bisect_right(self.starts, position) - 1
        start, origin, end = self.starts[index], self.origins[index], self.ends[index]
        after = self.starts[index + 1] if index + 1 < len(self.starts) else len(self.text)
        if after - start == end - origin:
            return origin + position - start, origin + position - start + 1
        return origin, end


def fold(text: str) -> Folded:
    """The text without what is invisible and without accents, dashes `-`, NFKC, every run of white space one space."""
    even = _fold_one_to_one(text.replace("\n", " "))
    if even is not None:
        return Folded(source=text, text=even, lower=lower_case(even))
    folding = _Folding()
    done = 0
    for match in _IRREGULAR.finditer(text):
        folding.keep(text, done, match.start())
        folding.change(match[0], match.start())
        done = match.end()
    folding.keep(text, done, len(text))
    return folding.result(text)


@dataclass(slots=True)
class Lines:
    """The folded texts of one document, one a line; `as_long` says that each is as long as its source, place for place."""

    text: str
    as_long: bool


def fold_each(documents: Sequence[Sequence[str]]) -> list[Lines]:
    """What `fold` makes of the texts of each document. Many documents in one go cost each of them little."""
    lines = ["\n".join([text.replace("\n", " ") for text in texts]) for texts in documents]
    together = _fold_one_to_one(SEAM.join(lines))
    parts = None if together is None else unseam(together, len(lines))
    if parts is not None:
        return [Lines(text=each, as_long=True) for each in parts]
    return [_fold_one(texts, line) for texts, line in zip(documents, lines, strict=True)]


def unseam(together: str, count: int) -> list[str] | None:
    """So many texts that were joined by SEAM; None where one of them holds what a seam is made of."""
    if count == 1:
        return [together]
    parts = together.split(SEAM)
    return parts if len(parts) == count else None


def _fold_one(texts: Sequence[str], lines: str) -> Lines:
    folded = _fold_one_to_one(lines)
    if folded is not None:
        return Lines(text=folded, as_long=True)
    return Lines(text="\n".join([fold(text).text for text in texts]), as_long=False)


def _fold_one_to_one(text: str) -> str | None:
    """The folded text, its line breaks kept, where each character gives one by itself, as nearly always; else None."""
    odd = set() if _is_usual(text) else set(_NOT_KEPT.findall(text))
    if not odd <= _REPLACED.keys():
        return None
    for character in odd:
        text = text.replace(character, _REPLACED[character])
    return None if "  " in text else text


def _is_usual(text: str) -> bool:
    """Whether it is ASCII without white space other than spaces and line breaks: what a pattern tells more slowly."""
    return text.isascii() and len(text.encode().translate(None, b"\t\v\f\r\x1c\x1d\x1e\x1f")) == len(text)


class _Folding:
    """The folded pieces so far, with the stretches that lead back to the source."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.length = 0
        self.starts: list[int] = []
        self.origins: list[int] = []
        self.ends: list[int] = []
        self.after_space = False
        self.one_to_one = False

    def keep(self, text: str, start: int, end: int) -> None:
        """Take over a regular stretch of the source."""
        if self.after_space and start < end and text[start] == " ":
            start += 1
        if start < end:
            self._add(text[start:end], start, end)

    def change(self, run: str, at: int) -> None:
        """Take over an irregular stretch, cluster by cluster. `at` is where it stands in the source."""
        for start, end in ((0, 1),) if run.isspace() else _clusters(run):  # all spaces but the first vanish
            folded = _fold_cluster(run[start:end])
            if self.after_space and folded.startswith(" "):
                folded = folded[1:]
            if folded:
                first, last = _visible(run, start, end)
                self._add(folded, at + first, at + last)

    def _add(self, piece: str, origin: int, end: int) -> None:
        one_to_one = len(piece) == end - origin
        if one_to_one and self.one_to_one and self.ends[-1] == origin:
            self.ends[-1] = end
        else:
            self.starts.append(self.length)
            self.origins.append(origin)
            self.ends.append(end)
        self.one_to_one = one_to_one
        self.pieces.append(piece)
        self.length += len(piece)
        self.after_space = piece.endswith(" ")

    def result(self, source: str) -> Folded:
        """What has been folded, with its way back to `source`."""
        text = "".join(self.pieces)
        return Folded(
            source=source,
            text=text,
            lower=lower_case(text),
            starts=tuple(self.starts),
            origins=tuple(self.origins),
            ends=tuple(self.ends),
        )


def _clusters(run: str) -> Iterator[tuple[int, int]]:
    """Stretches that NFKC can treat one by one: each begins where nothing can join what stands before."""
    start = 0
    for index in range(1, len(run)):
        if _begins_cluster(run[index]):
            yield start, index
            start = index
    yield start, len(run)


def _begins_cluster(character: str) -> bool:
    if character < "\u0300":
        return character != "\xad"
    if _is_invisible(character):
        return False
    first = unicodedata.normalize("NFKC", character)[0]
    # A mark joins its letter; a Hangul vowel or final joins the syllable.
    return not (unicodedata.category(first).startswith("M") or "\u1160" <= first <= "\u11ff")


def _fold_cluster(cluster: str) -> str:
    kept = cluster[:_LONGEST_CLUSTER].translate(_BEFORE_NFKC)
    folded = unicodedata.normalize("NFKC", kept).translate(_BEFORE_NFKC)
    return _SPACES.sub(" ", without_accents(folded))[:_LONGEST_CLUSTER]


def without_accents(text: str) -> str:
    """Latin letters as they are written without accents: é e, ø o, ß ss. Text in NFKC; other scripts stay."""
    return text if text.isascii() else _ACCENTS.sub("", text.translate(_LATIN))


def _visible(run: str, start: int, end: int) -> tuple[int, int]:
    """The stretch without the invisible characters at its ends."""
    while end - start > 1 and _is_invisible(run[end - 1]):
        end -= 1
    while end - start > 1 and _is_invisible(run[start]):
        start += 1
    return start, end


def _is_invisible(character: str) -> bool:
    return _BEFORE_NFKC.get(ord(character), "") is None


def lower_case(text: str) -> str:
    """Lower case of the same length: the one letter that would grow, the Turkish İ, is written i."""
    return text.replace("\u0130", "i").lower()


# An element that HTML has, or one with a namespace; "a < b" and "<name@example.org>" are none.
_ELEMENTS = (
    "a|abbr|acronym|address|article|aside|b|big|blockquote|body|br|button|caption|center|cite|code|col|colgroup|dd|del|details|"
    "dfn|div|dl|dt|em|embed|fieldset|figcaption|figure|font|footer|form|h[1-6]|head|header|hr|html|i|iframe|img|input|"
    "ins|label|legend|li|link|main|map|mark|meta|nav|noscript|object|ol|option|p|param|picture|pre|q|s|samp|script|"
    "section|select|small|source|span|strike|strong|style|sub|summary|sup|svg|table|tbody|td|template|textarea|tfoot|th|"
    "thead|time|title|tr|tt|u|ul|var|video|wbr"
)
_MARKUP = re.compile(rf"</?(?:{_ELEMENTS}|[a-z]+:[a-z]+)(?:\s[^<>=]*=[^<>]*)?\s*/?>|<!--", re.IGNORECASE)
_BLOCKS = re.compile(
    r"<(?=/?(?:address|article|aside|blockquote|br|caption|center|dd|div|dl|dt|figcaption|figure|footer|form|h[1-6]|header|"
    r"hr|li|main|nav|ol|option|p|pre|section|summary|table|td|th|title|tr|ul)[\s/>])",
    re.IGNORECASE,
)
_UNSHOWN = re.compile(r"<(?:script|style|template|noscript)", re.IGNORECASE)
# Tags that hide nothing and move nothing, written as everybody writes them: to read them is to leave them out.
_PLAIN_TAG = re.compile(
    r"</?(?:a|abbr|b|blockquote|br|code|dd|div|dl|dt|em|figure|h[1-6]|hr|i|img|li|ol|p|small|span|strong|sub|sup|u|ul)"
    r"(?:\s++[a-z][\w:-]*+(?:=(?:\"[^\"<>]*+\"|'[^'<>]*+'))?+)*+\s*+/?>",
    re.IGNORECASE,
)
_TAG = re.compile(r"<[^<>]*>")
# The parser's time grows with the square of the depth; beyond this tags are cut out without reading them.
_MOST_TAGS = 20_000
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_CDATA = re.compile(r"<!\[CDATA\[|\]\]>")
# Only whole sequences that open with ESC; a stray C1 control is more often a letter that was decoded wrongly.
_TERMINAL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b\n]{0,2000}(?:\x07|\x1b\\)")
# Controls, lone surrogates, non-characters, and the marks that turn the direction of what follows.
_UNPRINTABLE = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
_LINE_ENDS = re.compile(r"\r\n|[\r\v\f\x85\u2028\u2029]")


def plain(html_text: str) -> str:
    """What a person would read: no tags, entities decoded once or twice, nothing that a terminal obeys.

    A block of HTML becomes a line. Text without markup keeps its lines and its words ("a < b", "AT&T").
    """
    if _is_plain(html_text):
        is_even = "  " not in html_text and html_text[:1] != " " != html_text[-1:]
        return html_text if is_even else " ".join(html_text.split())
    text = _CDATA.sub("", html_text) if "]]>" in html_text or "<![" in html_text else html_text
    if not _MARKUP.search(text):
        text = _decode_entities(text)
    if _MARKUP.search(text):
        text = _read_html(text)
    return _tidy(_decode_entities(text))


def line(html_text: str) -> str:
    """The same as `plain`, on one line: for titles and names."""
    return " ".join(plain(html_text).split())


def _is_plain(text: str) -> bool:
    """Whether it is one line that holds nothing but letters and spaces; most titles are."""
    return text.isprintable() and "<" not in text and "&" not in text and "]]>" not in text


def _decode_entities(text: str) -> str:
    return _ENTITY.sub(lambda match: html.unescape(match[0]), text) if "&" in text else text


def _read_html(markup: str) -> str:
    # White space of the source means nothing in HTML; blocks are lines, and inline tags part no word.
    # What ends in half a tag is read otherwise with a space behind it.
    lines = _BLOCKS.sub("\n<", " ".join(markup.split()) + " " * markup[-1:].isspace())
    text = _PLAIN_TAG.sub("", lines)
    if "<" not in text and "&" not in text:
        return text
    if lines.count("<") > _MOST_TAGS:
        return _TAG.sub("", lines)
    tree = LexborHTMLParser(lines)
    if _UNSHOWN.search(lines):
        tree.strip_tags(["script", "style", "template", "noscript"], recursive=True)
    return tree.text(separator="")


def _tidy(text: str) -> str:
    if "\x1b" in text:
        text = _TERMINAL.sub("", _LINE_ENDS.sub("\n", text))
    lines = (" ".join(one.split()) for one in _UNPRINTABLE.sub("", text).splitlines())
    return "\n".join(filter(None, lines))
