"""What the sources of the crash harness say, at its first poll and at its second."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from webserver import Asked, Reply, WebServer

_CONFIG = """
[fetch]
user_agent = "test"
allow_private_hosts = true
per_host = 1
[[source]]
id = "news"
kind = "feed"
url = "{url}/news"
[[source]]
id = "late"
kind = "feed"
url = "{url}/late"
[[source]]
id = "rules"
kind = "federal_register"
url = "{url}/v1"
[[source]]
id = "bills"
kind = "congress"
url = "{url}/v3"
congresses = [117]
"""

_WATCHLISTS = {
    1: """
title = "Networks"
[[subject]]
id = "next-g"
name = "Next G Alliance"
any = ["Next G Alliance"]
[[subject]]
id = "gone"
name = "Broadband"
any = ["broadband"]
""",
    2: """
title = "Networks"
[[subject]]
id = "next-g"
name = "Next G Alliance"
any = ["Next G Alliance"]
[[subject]]
id = "open-ran"
name = "Open RAN"
any = ["Open RAN"]
""",
}

_NEWS = {
    1: [
        ("a", "Next G Alliance meets"),
        ("b", "A grapevine"),
        ("c", "Open RAN in Palau"),
        ("d", "Rural broadband"),
    ],
    2: [("a", "Next G Alliance met"), ("b", "Open RAN on the vine"), ("e", "Next G Alliance and Open RAN")],
}
_LATE = {2: [("x", "Next G Alliance, late"), ("y", "Nothing of the kind")]}
_RULES = {
    1: ["Next G Alliance rule", "Open RAN notice"],
    2: ["Next G Alliance rule", "Open RAN notice", "Broadband"],
}
_BILLS = {1: ["Next G Alliance Act", "Open RAN Act"], 2: ["Next G Alliance Act", "Open RAN Act", "A new Act"]}


class Sources:
    """Answers of a stage, from one server on loopback."""

    def __init__(self, web: WebServer) -> None:
        self.stage = 1
        self._web = web
        web.fallback = self._answer

    def write_settings(self, folder: Path) -> None:
        """config.toml and the watchlist of this stage."""
        (folder / "config.toml").write_text(
            _CONFIG.format(url=self._web.url("").rstrip("/")), encoding="utf-8"
        )
        (folder / "watchlists").mkdir()
        (folder / "watchlists" / "networks.toml").write_text(_WATCHLISTS[self.stage], encoding="utf-8")

    def _answer(self, asked: Asked) -> Reply | None:
        match asked.path.strip("/").split("/"):
            case ["news"]:
                return Reply(body=_feed(_NEWS[self.stage]), etag=f'"{self.stage}"')
            case ["late"]:
                return Reply(body=_feed(_LATE[2])) if self.stage == 2 else Reply(status=500)
            case ["v1", "documents.json"]:
                return _json(self._rules())
            case ["v3", "bill", "117"]:
                return _json(self._listed("offset=0&" in asked.target))
            case ["v3", "bill", "117", "hr", number, *part]:
                return _json(self._bill(int(number), *part))
        return None

    def _rules(self) -> dict[str, Any]:
        """At the first stage one document fewer than declared: a gap, closed at the second."""
        titles = _RULES[self.stage]
        return {
            "count": 3,
            "total_pages": 1,
            "results": [_rule(n, title) for n, title in enumerate(titles, 1)],
        }

    def _listed(self, first: bool) -> dict[str, Any]:
        """Two pages: the first bills, and the last one."""
        told = [self._told(n) for n in range(1, len(_BILLS[self.stage]) + 1)]
        return {"bills": told[:-1] if first else told[-1:], "pagination": {"count": len(told)}}

    def _told(self, number: int) -> dict[str, Any]:
        action = {"actionDate": f"2025-06-0{self.stage}", "text": f"Step {self.stage}"}
        title = _BILLS[self.stage][number - 1]
        return {"congress": 117, "type": "HR", "number": str(number), "title": title, "latestAction": action}

    def _bill(self, number: int, part: str = "") -> dict[str, Any]:
        steps = [{"actionDate": f"2025-06-0{n}", "text": f"Step {n}"} for n in range(1, self.stage + 1)]
        match part:
            case "actions":
                return {"actions": steps, "pagination": {"count": len(steps)}}
            case "titles":
                titles = [{"title": f"A name of stage {self.stage}", "titleType": "Short"}]
                return {"titles": titles, "pagination": {"count": 1}}
            case "summaries":
                return {"summaries": [], "pagination": {"count": 0}}
            case "text":
                return {"textVersions": [], "pagination": {"count": 0}}
        told = self._told(number)
        return {"bill": told | {"introducedDate": "2025-05-01", "sponsors": [{"fullName": "Rep. Somebody"}]}}


def _feed(entries: list[tuple[str, str]]) -> bytes:
    items = "".join(
        f"<item><guid isPermaLink='false'>{guid}</guid><title>{title}</title><link>https://example.org/{guid}</link>"
        f"<description>{title}, in some more words.</description>"
        "<pubDate>Mon, 02 Jun 2025 10:00:00 GMT</pubDate></item>"
        for guid, title in entries
    )
    return f"<rss version='2.0'><channel><title>A feed</title>{items}</channel></rss>".encode()


def _rule(number: int, title: str) -> dict[str, str]:
    url = f"https://www.federalregister.gov/documents/2025/06/02/2025-{number}/x"
    return {
        "document_number": f"2025-{number}",
        "title": title,
        "publication_date": "2025-06-02",
        "html_url": url,
        "type": "Notice",
    }


def _json(answer: dict[str, Any]) -> Reply:
    return Reply(body=json.dumps(answer).encode(), headers={"Content-Type": "application/json"})
