"""The crash harness of deliveries: the real program delivers to servers on loopback, dies, and is run to its end.

    with Yard(folder) as yard:              # a log with news of three paces, two recipients, a mailbox, a folder of feeds
        yard.tries([Death(before=17)])      # delivered up to its 17th statement, then by others; then every promise is held

What must hold after each death: `Yard._problems`.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Self

from crashing import Outcome, Trial, _Warm
from desk import Desk, feed
from dying import Death
from mail_servers import MailServer, Taken
from webserver import Asked, Reply, WebServer

from monitor import app, outputs

KINDS = str(Path(__file__).with_name("kinds"))
_WORKERS = 2
_LISTS = {
    "urgent": ("high", "Open RAN"),
    "usual": ("normal", "Next G Alliance"),
    "slow": ("low", "broadband"),
}
# Two are of two lists, one is of all: each goes out once, at the most urgent pace.
_NEWS = [
    ("a", "Next G Alliance meets"),
    ("b", "Rural broadband"),
    ("c", "Open RAN in Palau"),
    ("d", "Next G Alliance and Open RAN"),
    ("e", "Open RAN, the Next G Alliance and broadband"),
]
_PACES = {"news:a": "daily", "news:b": "weekly", "news:c": "alert", "news:d": "alert", "news:e": "alert"}
_TO = ("ada", "bo")
_MAIL = "mail:cy@example.org"
_REPEAT = b"X-Possible-Repeat: yes\r\n"


class Yard:
    """A log with news that is due, the servers that take deliveries, and warm processes."""

    def __init__(self, folder: Path) -> None:
        self.path = folder
        self._web = WebServer()
        self._web.fallback = self._answer
        self._mail = MailServer()
        self._mail.__enter__()
        self._hung_up: set[str] = set()
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
        for _warm in range(_WORKERS):
            self._idle.get().close()
        self._pool.shutdown()
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
        self._web.answer(
            "/news", Reply(body=feed(("z", "Nothing"))), Reply(body=feed(("z", "Nothing"), *_NEWS))
        )
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
        )

    def _write_settings(self, folder: Path, trial: str) -> None:
        text = (folder / "config.toml").read_text(encoding="utf-8")
        text = text.replace(self._web.url("/whole"), self._web.url(f"/{trial}"))
        text = text.replace("whole@example.org", f"{trial}@example.org")
        (folder / "config.toml").write_text(text, encoding="utf-8")

    def _answer(self, asked: Asked) -> Reply | None:
        """Taken; of every third trial the first delivery is taken without a word."""
        trial = asked.path.strip("/").partition("/")[0]
        if trial.startswith("trial-") and int(trial[6:]) % 3 == 0 and trial not in self._hung_up:
            self._hung_up.add(trial)
            return Reply(raw=b"", hang_up=True)
        return Reply()

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
        taken = (len(self._taken(trial)), len(self._mails(trial)))
        problems += self._do("rebuild", folder, hours=7).problems
        if (len(self._taken(trial)), len(self._mails(trial))) != taken:
            problems.append("something was sent after the views were rebuilt")
        shutil.rmtree(folder)
        return Trial(deaths=[death], kills=int(killed.killed), problems=problems)

    def _taken(self, trial: str) -> list[Asked]:
        return [asked for asked in self._web.requests if asked.path.startswith(f"/{trial}/")]

    def _mails(self, trial: str) -> list[Taken]:
        return [taken for taken in self._mail.taken if taken.sender == f"{trial}@example.org"]

    def _problems(self, folder: Path, trial: str) -> Iterator[str]:
        """What is promised and not so."""
        with app.reading(app.load_settings(folder / "config.toml")) as archive:
            events = list(archive.log.read())
            if archive.log.verify() != len(events):
                yield "the log has gaps"
        plans = {(e.data.output, e.data.delivery): e.data for e in events if e.type == "DeliveryPlanned"}
        yield from _accounts(plans.values(), [e for e in events if e.type == "ItemMatched"])
        posts: dict[tuple[str, str], list[Asked]] = {}
        for asked in self._taken(trial):
            _, _, to, delivery = asked.path.split("/")
            posts.setdefault((f"post:{to}", delivery), []).append(asked)
        if missing := {place for place in plans if place[0].startswith("post")} ^ posts.keys():
            yield f"planned and never taken, or taken and never planned: {sorted(missing)}"
            return
        for place, took in posts.items():
            yield from _repeats(plans[place], took)
        yield from _once(posts)
        yield from _mailed(
            [plan for (output, _), plan in plans.items() if output == _MAIL], self._mails(trial)
        )
        if not (folder / "feeds" / "all.atom").exists():
            yield "the feeds were not written"


def _accounts(plans: Any, matched: Sequence[Any]) -> Iterator[str]:
    """Every match is in one plan of every output, and so is every change."""
    told = Counter((plan.output, position) for plan in plans for position in plan.matches)
    wanted = {(to, e.position) for to in ("feeds", _MAIL, *(f"post:{to}" for to in _TO)) for e in matched}
    if told.keys() != wanted or set(told.values()) != {1}:
        yield f"matches and plans differ: {told} {wanted}"
    changes = Counter((plan.output, position) for plan in plans for position in plan.changes)
    if set(changes.values()) != {1}:
        yield f"a change was told twice: {changes}"


def _repeats(plan: Any, took: Sequence[Asked]) -> Iterator[str]:
    """All that arrived of a delivery is what was planned, byte for byte, under one id; a second time is marked."""
    if len(took) > 2:
        yield f"{plan.delivery} was sent {len(took)} times"
    if {asked.headers["message-id"] for asked in took} != {plan.message_id}:
        yield f"{plan.delivery} came under other ids than {plan.message_id}"
    if {hashlib.sha256(asked.body).hexdigest() for asked in took} != {plan.rendered_sha256}:
        yield f"{plan.delivery} is not the text that was planned"
    if any(asked.headers["repeat"] != "True" for asked in took[1:]):
        yield f"{plan.delivery} came again and was not marked"


def _once(posts: dict[tuple[str, str], list[Asked]]) -> Iterator[str]:
    """Each item goes to each recipient in one delivery, at its own pace."""
    for to in _TO:
        bodies = [json.loads(took[0].body) for (output, _), took in posts.items() if output == f"post:{to}"]
        paces = sorted((key, body["occasion"]) for body in bodies for key in body["keys"])
        if paces != sorted(_PACES.items()):
            yield f"{to} was told {paces}"


def _mailed(plans: Sequence[Any], mails: Sequence[Taken]) -> Iterator[str]:
    """Every plan came by mail, at most twice, under its id, and as it was planned but for the mark of a repeat."""
    for plan in plans:
        came = [mail.content for mail in mails if f"Message-ID: {plan.message_id}".encode() in mail.content]
        texts = {hashlib.sha256(content.removeprefix(_REPEAT)).hexdigest() for content in came}
        if not 1 <= len(came) <= 2 or texts != {plan.rendered_sha256}:
            yield f"the mail {plan.delivery} came {len(came)} times, with {len(texts)} texts"
        if any(not content.startswith(_REPEAT) for content in came[1:]):
            yield f"the mail {plan.delivery} came again and was not marked"
    if len(mails) != sum(1 for plan in plans for mail in mails if plan.message_id.encode() in mail.content):
        yield "a mail came that was never planned"
