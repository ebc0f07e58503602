"""Lists of references: who published what, and at which address."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

_HEADING = re.compile(
    r"\W*(?:参\s?考\s?文\s?献|參考文獻|参考資料|References|Bibliography|Works cited|Endnotes|Notes)\W*",
    re.IGNORECASE,
)
_BEGINS = re.compile(r"[-•*\s]*(?:\[(\d{1,3})\]|［(\d{1,3})］)\s*")
_TYPE = re.compile(r"\[\s?([A-Z]{1,2}(?:/[A-Z]{2})?)\s?\]")
_URL = re.compile(
    r"<?((?:https?://|www\.)[^\s<>，。]+|(?<=\. )[a-z0-9.-]+\.(?:org|com|gov|int|eu|net)/[^\s<>]+)>?"
)
_DATE = re.compile(r"[\[(（]?\d{4}-\d{1,2}-\d{1,2}[\])）]?(?:\(\d+\))?")
# Two Chinese characters or an English family name in capitals with initials: a person wrote it.
_PERSON = re.compile(
    r"[\u4e00-\u9fff]{2,4}(?:[,，、][^.]*)?$|[A-Z][A-Za-z'-]+ [A-Z]{1,2}$|[A-Z]{2,} [A-Z]$|[A-Z]+, [A-Z]\."
)
_LONGEST = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """One reference. `publisher` is empty where persons wrote it, `form` is its letter ([J], [EB/OL]) where it has one."""

    number: int
    line: int
    title: str
    publisher: str = ""
    form: str = ""
    url: str = ""

    @property
    def host(self) -> str:
        """The host of its address without `www.`; signed and hosting links lose what follows."""
        parts = urlsplit(self.url if "//" in self.url else f"https://{self.url}") if self.url else None
        return (parts.hostname or "").removeprefix("www.") if parts else ""


def is_heading(words: str) -> bool:
    """Whether references begin below this line."""
    return bool(_HEADING.fullmatch(words))


def begins(words: str) -> bool:
    """Whether a reference begins with this line."""
    return bool(_BEGINS.match(words))


def read_reference(words: str, line: int) -> Reference | None:
    """A reference as it is printed: `[9] Publisher. Title[EB/OL]. [date]. <address>.`; None for none."""
    words = words[:_LONGEST]
    mark = _BEGINS.match(words)
    if not mark:
        return None
    url = _URL.search(words)
    said = words[mark.end() : url.start() if url else None]
    form = _TYPE.search(said)
    head = _DATE.sub("", said[: form.start()] if form else said).strip(" .<")
    who, title = _parted(head)
    return Reference(
        number=int(mark[1] or mark[2]),
        line=line,
        title=title.strip(" ."),
        publisher="" if _PERSON.fullmatch(who) else who,
        form=form[1] if form else "",
        url=_without_signature(url[1].rstrip(".,;")) if url else "",
    )


def _parted(head: str) -> tuple[str, str]:
    """Who, and what: parted by the first full stop that ends no abbreviation."""
    parts = re.split(r"(?<![A-Z])(?<!\b[A-Z]\.[A-Z])\.\s*(?=\S)|(?<=[A-Z]{3})\.\s+", head, maxsplit=1)
    return (parts[0].strip(), parts[1]) if len(parts) == 2 else ("", head)


def _without_signature(url: str) -> str:
    """An address without what grants one reader access for an hour."""
    path, mark, query = url.partition("?")
    return path if re.search(r"X-Amz-|Signature=|Expires=|token=", query) else path + mark + query
