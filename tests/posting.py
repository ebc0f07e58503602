"""The crash harness of deliveries: the real program delivers to servers on loopback, dies, and is run to its end.

    with Yard(folder) as yard:              # a log with news of three paces, outputs of every kind, and their receivers
        yard.tries([Death(before=17)])      # delivered up to its 17th statement, then by others; then every promise is held

What must hold after each death: `received`.
"""

from __future__ import annotations

import json
import shutil
import zlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from queue import SimpleQueue
from typing import Self

from crashing import Outcome, Trial, _Warm
from desk import Desk, feed
from dying import Death
from mail_servers import HANG_UP, MailServer, Taken
from received import DUE, NEW, NEWS, Came, broken_promises
from webserver import Asked, Reply, WebServer

from monitor import app, outputs

KINDS = str(Path(__file__).with_name("kinds"))
_WORKERS = 2
_LISTS = {
    "urgent": ("high", "Open RAN"),
    "usual": ("normal", "Next G Alliance"),
    "slow": ("low", "broadband"),
}
_TO = ("ada", "bo")
# Each trial has a receiver that does so with the first that it is brought, and with no other.
_WHIMS: Sequence[tuple[str, str]] = (
    ("post", "hangs up"),
    ("", ""),
    ("hook", "hangs up"),
    ("hook", "is busy"),
    ("new", "hangs up"),
    ("mail", "is busy"),
    ("mail", "hangs up"),
)


class Yard:
    """A log with news that is due, the servers that take deliveries, and warm processes."""

    def __init__(self, folder: Path) -> None:
        self.path = folder
        self._web = WebServer()
        self._web.fallback = self._answer
        self._mail = MailServer(whim=self._answer_mail)
        self._mail.__enter__()
        self._posts: list[Asked] = []
        self._had_its_whim: set[str] = set()
        self._trials = 0
        self._pool = ThreadPoolExecutor(_WORKERS)
        self._idle: SimpleQueue[_Warm] = SimpleQueue()
        for _ in range(_WORKERS):
            self._idle.put(_Warm())
        if KINDS not in outputs.__path__:
            outputs.__path__.append(KINDS)
        self.whole = folder / "whole"
        self._desk = self._prepared()
        self.at = self._desk.clock()
        shutil.copytree(self.whole, folder / "undisturbed")
        self._write_settings(folder / "undisturbed", "undisturbed")
        self.run = self._do("deliver", folder / "undisturbed")
        assert (self.run.code, self.run.problems) == (0, ())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(
            cancel_futures=True
        )  # first: a trial that waits for a process would wait for ever
        for _warm in range(_WORKERS):
            self._idle.get().close()
        self._web.close()
        self._mail.__exit__()
        outputs.__path__.remove(KINDS)

    def _prepared(self) -> Desk:
        """A Monday at nine: an alert, the digest of the day and that of the week are due, and so is an edition."""
        self.whole.mkdir()
        desk = Desk(self.whole, self._web)
        (self.whole / "watchlists" / "networks.toml").unlink()
        for name, (priority, words) in _LISTS.items():
            desk.watch(
                f'title = "{name}"\npriority = "{priority}"\n[[subject]]\nid = "{name}"\nany = ["{words}"]\n',
                name,
            )
        desk.source("news")
        desk.tables += self._outputs("whole")
        desk.source("rules", "federal_register", "/v1")
        entries = [(key.partition(":")[2], title) for key, title in NEWS.items() if key.startswith("news:")]
        self._web.answer(
            "/news", Reply(body=feed(("z", "Nothing"))), Reply(body=feed(("z", "Nothing"), *entries))
        )
        self._web.answer("/v1/documents.json", _register(), _register(*DUE.items()))
        desk.poll()
        app.deliver(desk.settings(), clock=desk.clock)
        desk.poll()
        desk.clock.advance(hours=7)
        desk.settings()
        return desk

    def _outputs(self, trial: str) -> str:
        return (
            f'\n[[output]]\nid = "post"\nkind = "courier"\nurl = "{self._web.url(f"/{trial}")}"\n'
            f"to = {json.dumps(_TO)}\n"
            '\n[[output]]\nid = "mail"\nkind = "email"\nto = ["cy@example.org"]\n'
            f'sender = "{trial}@example.org"\nhost = "127.0.0.1"\nport = {self._mail.port}\n'
            '\n[[output]]\nid = "feeds"\nkind = "feeds"\nfolder = "feeds"\nbase_url = "https://example.org/feeds"\n'
            '\n[[output]]\nid = "calendar"\nkind = "calendar"\npath = "deadlines.ics"\n'
            '\n[[output]]\nid = "screen"\nkind = "terminal"\n'
        ) + self._hook(trial, "hook")

    def _hook(self, trial: str, name: str) -> str:
        address = self._web.url(f"/{trial}/{name}")
        return (
            f'\n[[output]]\nid = "{name}"\nkind = "webhook"\nurl = "{address}"\nallow_private_hosts = true\n'
        )

    def _write_settings(self, folder: Path, trial: str) -> None:
        text = (folder / "config.toml").read_text(encoding="utf-8")
        text = text.replace(self._web.url("/whole"), self._web.url(f"/{trial}"))
        text = text.replace("whole@example.org", f"{trial}@example.org")
        text += self._hook(trial, NEW)  # nothing was ever delivered to this one
        (folder / "config.toml").write_text(text, encoding="utf-8")

    def _answer(self, asked: Asked) -> Reply | None:
        """What is taken is kept; of a sender that was killed a part may have come, and nobody takes that."""
        _, trial, channel, *rest = asked.path.split("/")
        whim = self._whim(trial, "post" if rest else channel)
        if whim == "is busy":
            return Reply(status=503)
        if len(asked.body) == int(asked.headers.get("content-length", "-1")):
            self._posts.append(asked)
        return Reply(raw=b"", hang_up=True) if whim else Reply()

    def _answer_mail(self, mail: Taken) -> str | bytes:
        whim = self._whim(mail.sender.partition("@")[0], "mail")
        return "451 4.3.0 come again" if whim == "is busy" else HANG_UP if whim else ""

    def _whim(self, trial: str, channel: str) -> str:
        """What this trial's moody receiver does, once."""
        if not trial.startswith("trial-") or trial in self._had_its_whim:
            return ""
        moody, whim = _WHIMS[int(trial[6:]) % len(_WHIMS)]
        if channel != moody:
            return ""
        self._had_its_whim.add(trial)
        return whim

    def _do(self, errand: str, folder: Path, death: Death | None = None, hours: float = 0) -> Outcome:
        warm = self._idle.get()
        try:
            order = {"do": errand, "folder": str(folder), "death": asdict(death or Death()), "kinds": KINDS}
            return warm.do({**order, "at": (self.at + timedelta(hours=hours)).isoformat()})
        finally:
            self._idle.put(warm)

    def tries(self, deaths: Sequence[Death]) -> list[Trial]:
        """Each death in a folder of its own; what became of it."""
        first = self._trials + 1
        self._trials += len(deaths)
        numbered = [(f"trial-{number}", death) for number, death in enumerate(deaths, first)]
        return list(self._pool.map(lambda pair: self._try(*pair), numbered))

    def _try(self, trial: str, death: Death) -> Trial:
        folder = self.path / trial
        shutil.copytree(self.whole, folder)
        self._write_settings(folder, trial)
        killed = self._do("deliver", folder, death)
        problems = [] if killed.killed else list(killed.problems)
        for hours in (0.5, 1, 3, 6):
            problems += self._do("deliver", folder, hours=hours).problems
        problems += self._problems(folder, trial)
        before = self._came(folder, trial)
        was = (before.screen(), before.files())
        problems += self._do("rebuild", folder, hours=7).problems
        after = self._came(folder, trial)
        if (after.asked, after.mails, after.screen(), after.files()) != (before.asked, before.mails, *was):
            problems.append("something was sent or written after the views were rebuilt")
        shutil.rmtree(folder)
        return Trial(deaths=[death], kills=int(killed.killed), problems=problems)

    def _came(self, folder: Path, trial: str) -> Came:
        return Came(
            asked=[asked for asked in list(self._posts) if asked.path.startswith(f"/{trial}/")],
            mails=[mail for mail in list(self._mail.taken) if mail.sender == f"{trial}@example.org"],
            folder=folder,
        )

    def _problems(self, folder: Path, trial: str) -> Sequence[str]:
        """What is promised and not so."""
        with app.reading(app.load_settings(folder / "config.toml")) as archive:
            events = list(archive.log.read())
            whole = archive.log.verify() == len(events)
            rows = archive.views.conn.execute("SELECT sha256, data FROM bodies").fetchall()
        texts = {row["sha256"]: zlib.decompress(row["data"]) for row in rows}
        return [
            *([] if whole else ["the log has gaps"]),
            *broken_promises(events, texts, self._came(folder, trial)),
        ]


def _register(*due: tuple[str, str]) -> Reply:
    """The Federal Register with notices on which comments are due."""
    notices = [
        {
            "document_number": key.partition(":")[2],
            "title": NEWS[key],
            "publication_date": "2025-06-02",
            "html_url": f"https://www.federalregister.gov/documents/2025/06/02/{key.partition(':')[2]}/x",
            "type": "Notice",
            "comments_close_on": day,
        }
        for key, day in due
    ]
    body = json.dumps({"count": len(notices), "total_pages": 1, "results": notices}).encode()
    return Reply(body=body, headers={"Content-Type": "application/json"})
