"""A gazette that answers as the Federal Register does: windows of days, pages with a declared count.

While a poll walks over its pages, documents may be taken away or added, so that others move from page to page; and the
count that it declares may be wrong. It notes what each whole answer showed.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Literal
from urllib.parse import parse_qs

from publishing import Shown
from webserver import Asked, Reply

FIRST_DAY = date(2025, 5, 8)
LAST = 23  # so many days later is the day before the first poll
# Documents of the last so many days are asked for at every poll, also after a complete one.
RECENT = FIRST_DAY + timedelta(days=LAST - 5)

Drift = Literal["", "drop", "add"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document; its title is no other's, nor its own in another version."""

    number: int
    day: date
    version: int = 1

    @property
    def title(self) -> str:
        return f"Notice {self.number}, text {self.version}"

    def shown(self) -> Shown:
        at = f"{self.day}T04:00:00Z"  # midnight in Washington, in summer
        return Shown(key=f"frdoc:2025-{self.number:05}", title=self.title, summary="", published=at)

    def as_json(self) -> dict[str, str]:
        return {
            "document_number": f"2025-{self.number:05}",
            "title": self.title,
            "publication_date": self.day.isoformat(),
            "html_url": f"https://www.federalregister.gov/documents/2025/{self.number}",
        }


@dataclass(slots=True, kw_only=True)
class Gazette:
    """All documents, oldest first, in pages of `size`. `lie` is added to every count that is declared.

    `drift` happens after `drift_after` answers, `status` instead of the answer of number `fails_at`, so many `times`.
    Of the poll that is under way, `read` are the answers that were whole: the days that were asked for, and what they showed.
    """

    size: int
    shelf: list[Document] = field(default_factory=list)
    count: int = 0
    lie: int = 0
    drift: Drift = ""
    drift_after: int = 1
    status: int = 0
    fails_at: int = 1
    times: int = 0
    answers: int = 0
    stood: tuple[Document, ...] = ()
    read: list[tuple[str, tuple[Shown, ...]]] = field(default_factory=list)

    # What a publisher does between two polls

    def add(self, number: int, *, days: int) -> None:
        """So many new documents of the day that is so many days after the first."""
        for _ in range(number):
            self.count += 1
            self.shelf.append(Document(number=self.count, day=FIRST_DAY + timedelta(days=days)))
        self.shelf.sort(key=lambda document: (document.day, document.number))

    def retitle(self, place: int, version: int) -> None:
        """Another title; an earlier version is what stood there before."""
        if self.shelf:
            index = place % len(self.shelf)
            self.shelf[index] = replace(self.shelf[index], version=version)

    def drop(self, place: int) -> None:
        """A document is taken away."""
        if self.shelf:
            del self.shelf[place % len(self.shelf)]

    # What its server answers

    @property
    def is_plain(self) -> bool:
        """Whether nothing goes wrong at this poll."""
        return not (self.lie or self.drift or self.status)

    def begin(self) -> None:
        """A poll begins."""
        self.answers, self.read, self.stood = 0, [], tuple(self.shelf)

    def answer(self, asked: Asked) -> Reply:
        """One page of a window of days, and a note of it where it was whole."""
        query = parse_qs(asked.target.partition("?")[2])
        since, until = (query[f"conditions[publication_date][{bound}]"][0] for bound in ("gte", "lte"))
        page = int(query["page"][0])
        self.answers += 1
        if self.status and self.answers >= self.fails_at and self.times:
            self.times -= 1
            return Reply(status=self.status)
        found = [document for document in self.shelf if since <= document.day.isoformat() <= until]
        shown = found[(page - 1) * self.size : page * self.size]
        self.read.append((f"{since} {until}", tuple(document.shown() for document in shown)))
        reply = self._reply(shown, len(found), is_last=page * self.size >= len(found))
        self._move()
        return reply

    def _reply(self, shown: Sequence[Document], count: int, *, is_last: bool) -> Reply:
        declared = max(count + self.lie, 1) if shown else 0
        answer: dict[str, Any] = {"count": declared, "results": [document.as_json() for document in shown]}
        if not is_last:
            answer["next_page_url"] = "x"
        return Reply(body=json.dumps(answer).encode(), headers={"Content-Type": "application/json"})

    def _move(self) -> None:
        """What happens while somebody reads the pages."""
        if self.answers == self.drift_after and self.drift == "drop":
            self.drop(0)
        elif self.answers == self.drift_after and self.drift == "add":
            self.add(1, days=LAST)
