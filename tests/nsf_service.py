"""NSF's award search as it was measured to be: small pages, bounds off by a day, long lists that leave rows out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from webserver import Asked, Reply


def us_day(text: str) -> date:
    """The day of MM/DD/YYYY."""
    return datetime.strptime(text, "%m/%d/%Y").replace(tzinfo=UTC).date()


def award(number: int, day: date, **parts: object) -> dict[str, Any]:
    """An award as the service states it, with few of its fields."""
    return {"id": f"{2_600_000 + number}", "title": f"Award {number}", "date": f"{day:%m/%d/%Y}", **parts}


class AwardService:
    """At most 25 rows a page, counted from 0; both bounds left out; from the 61st row on earlier rows once more.

    `counted` says whether replies tell the total, as newer ones do.
    """

    def __init__(self, awards: Sequence[dict[str, Any]], *, counted: bool = True) -> None:
        self.awards = list(awards)
        self.counted = counted

    def answer(self, url: str) -> dict[str, Any]:
        """The JSON that is answered to a request."""
        said = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        since, until, offset = us_day(said["dateStart"]), us_day(said["dateEnd"]), int(said["offset"])
        rows = [each for each in self.awards if since < us_day(each["date"]) < until]
        listed = [row if index < 60 else rows[index % 60] for index, row in enumerate(rows)]
        counted = {"metadata": {"totalCount": len(rows)}} if self.counted else {}
        return {"response": {"award": listed[offset : offset + min(int(said["rpp"]), 25)], **counted}}

    def reply(self, asked: Asked) -> Reply:
        """The same, for a web server."""
        return Reply(body=json.dumps(self.answer(asked.target)).encode())
