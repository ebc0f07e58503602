"""`monitor show`: one item's whole history, what is new of it to its reader, in words and for a machine."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import unicodedata
import zlib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from desk import Desk
from moves import day
from webserver import WebServer

from monitor import app, projections
from monitor.archive import showing
from monitor.archive.retelling import DAILY
from monitor.core.dates import at_instant
from monitor.core.delivery_events import (
    DeliveryAttempted,
    DeliveryFailed,
    DeliveryPlanned,
    DeliverySucceeded,
    DeliveryUncertain,
)
from monitor.core.errors import UsageError
from monitor.core.events import (
    ActionRecorded,
    BodyErased,
    DeadlineStated,
    ItemJudged,
    ItemMatched,
    ItemPublished,
    ItemRevised,
    ItemWithdrawn,
    LinkConfirmed,
    LinkProposed,
    LinkRejected,
    MatchWithdrawn,
    Payload,
    WatchlistRevised,
)
from monitor.core.evidence import Evidence, FieldChange
from monitor.core.histories import History
from monitor.core.renderings import histories
from monitor.core.renderings.neutral import cells

BILL = "bill:117-hr-1060"
TWIN = "bill:117-s-12"
TEXT = (
    "Section 1. Short title. This Act may be cited as the Networks Act. "
    + " ".join(f"Sec. {n}. The Secretary shall report on matter {n} to the committees." for n in range(2, 40))
    + " Not later than 180 days after enactment the Secretary shall submit a plan. The end."
)
LATER = TEXT.replace("180 days", "270 days").replace("on matter 9 ", "on matter 9 and its cost ")
SUMMARY = "Research on networks beyond 5G for single branches of industry. With partners abroad, Finland among them."
LONGER = f"{SUMMARY} Teams with Finnish partners may hand in proposals from 19 May 2025."


class Log:
    """A desk's log, to which events are appended as the program appends them, an hour apart."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.settings = desk.settings()

    def add(self, stream: str, *payloads: Payload, **more: Any) -> int:
        """The last position."""
        self.desk.clock.advance(hours=1)
        with app.writing(self.settings, clock=self.desk.clock, run_id="test") as run, run.database.write():
            outcome = run.append(stream, *payloads, **more)
            projections.catch_up(run.database, run.log)
        return outcome.last

    def keep(self, text: str) -> str:
        """Keep a full text; return its hash."""
        name, raw = hashlib.sha256(text.encode()).hexdigest(), text.encode()
        with app.writing(self.settings) as run, run.database.write():
            run.database.conn.execute(
                "REPLACE INTO bodies VALUES (?, ?, ?)", (name, len(raw), zlib.compress(raw))
            )
        return name

    def publish(self, key: str = BILL, **more: Any) -> int:
        named: dict[str, Any] = {
            "title": "Networks Act",
            "kind": "bill",
            "source": "congress",
            "origin": "live",
        }
        return self.add(f"item:{key}", ItemPublished(key=key, **{**named, **more}))

    def revise(self, revision: int, *changes: FieldChange, **more: Any) -> int:
        named: dict[str, Any] = {"source": "congress", "origin": "live", "significance": "substantive"}
        event = ItemRevised(key=BILL, revision=revision, changes=[*changes], **{**named, **more})
        return self.add(f"item:{BILL}", event)

    def match(self, subject: str = "next-g", **more: Any) -> int:
        named: dict[str, Any] = {"origin": "live", "score": 100, "revision": 1, "evidence": [EVIDENCE]}
        event = ItemMatched(
            watchlist="networks", subject=subject, key=BILL, watchlist_sha256="0", matcher="1", **{**named, **more}
        )  # fmt: skip
        return self.add(f"match:networks/{subject}/{BILL}", event)

    def unmatch(self, subject: str = "next-g") -> int:
        event = MatchWithdrawn(watchlist="networks", subject=subject, key=BILL, reason="the item was revised")
        return self.add(f"match:networks/{subject}/{BILL}", event)

    def deliver(self, *matches: int, delivery: str = "2025-06-03") -> int:
        """A delivery that is taken at once; the position of its plan."""
        plan = self.plan(*matches, delivery=delivery)
        taken = DeliverySucceeded(output="mail", delivery=delivery, attempt=1, answer="250 Ok")
        self.add(f"delivery:mail/{delivery}", taken)
        return plan

    def plan(self, *matches: int, delivery: str = "2025-06-03") -> int:
        planned = DeliveryPlanned(
            output="mail", delivery=delivery, matches=[*matches], rendered_sha256="d" * 64, message_id="<1@x>"
        )
        return self.add(f"delivery:mail/{delivery}", planned)

    def show_digest(self) -> str:
        """Leave the mark that versions before deliveries left when they had shown the daily digest; until when."""
        self.desk.clock.advance(hours=1)
        self.mark_digest()
        return now(self.desk)

    def mark_digest(self) -> None:
        with app.writing(self.settings, clock=self.desk.clock) as run, run.database.write():
            run.database.set_checkpoint(DAILY, now(self.desk), run.log.head().position)

    def history(self, key: str = BILL, *, as_of: str = "") -> History:
        with app.reading(self.settings, as_of=as_of) as archive:
            return showing.history(archive, key)

    def text(self, key: str = BILL, *, width: int = 80, as_of: str = "", zone: str = "UTC") -> str:
        return histories.render(self.history(key, as_of=as_of), width=width, zone=zone)

    def section(self, heading: str, **more: Any) -> str:
        """What stands under a heading, up to the next one."""
        (found,) = [part for part in self.text(**more).split("\n\n") if part.startswith(heading)]
        return found.partition("\n")[2]

    def untold(self, **more: Any) -> tuple[str, list[tuple[str, Any, Any]], list[str]]:
        """By whom, which fields, which steps."""
        found = self.history(**more).untold
        fields = [(field.field, field.old, field.new) for field in found.fields]
        return found.since.by, fields, [step.text for step in found.steps]


EVIDENCE = Evidence(
    field="title", start=0, end=8, quote="Networks", term="Networks", rule="phrase", score=100
)


def now(desk: Desk) -> str:
    return f"{desk.clock():%Y-%m-%dT%H:%M:%SZ}"


def change(field: str, old: Any, new: Any) -> FieldChange:
    return FieldChange(field=field, old=old, new=new)


def step(text: str, when: str = "2021-05-10") -> ActionRecorded:
    return ActionRecorded(key=BILL, source="congress", origin="live", action=text, text=text, when=day(when))


@pytest.fixture
def log(tmp_path: Path, web: WebServer) -> Log:
    return Log(Desk(tmp_path, web))


def fill(log: Log) -> None:
    """One of everything that can happen to an item."""
    bodies = log.keep(TEXT), log.keep(LATER)
    in_force(log)
    log.publish(TWIN, title="Networks Act of the Senate")
    log.publish(
        summary=SUMMARY,
        published=day("2021-02-15"),
        url="https://www.congress.gov/bill/117th-congress/house-bill/1060",
        body_sha256=bodies[0],
        subjects=["Telecommunications", "Science"],
    )
    match = log.match()
    log.match("vines", origin="backfill")
    link = {"a": BILL, "b": TWIN, "relation": "companion"}
    log.add(f"link:{BILL}~{TWIN}", LinkProposed(**link, method="title", score=88, evidence=[EVIDENCE]))
    log.plan(match)
    for event in (
        DeliveryAttempted(output="mail", delivery="2025-06-03", attempt=1),
        DeliveryFailed(output="mail", delivery="2025-06-03", attempt=1, answer="451 try later"),
        DeliveryUncertain(output="mail", delivery="2025-06-03", attempt=2),
        DeliverySucceeded(output="mail", delivery="2025-06-03", attempt=3, answer="250 2.0.0 Ok"),
    ):
        log.add("delivery:mail/2025-06-03", event)
    log.revise(
        2, change("summary", SUMMARY, LONGER), change("body", *bodies),
        change("subjects", ["Telecommunications", "Science"], ["Science", "Finland"]),
        change("details.sponsor", None, "Rep. 日本 Example"),
    )  # fmt: skip
    log.add(f"item:{BILL}", step("Placed on the Union Calendar, Calendar No. 50."))
    log.add(f"item:{BILL}", DeadlineStated(key=BILL, source="congress", origin="live", what="comments",
                                           when=day("2025-08-25"), quote="by 25 August 2025"))  # fmt: skip
    log.unmatch("vines")
    log.add(f"link:{BILL}~{TWIN}", LinkConfirmed(**link, by="analyst", reason="the same words"))
    log.add(f"triage:{BILL}", ItemJudged(key=BILL, verdict="relevant", note="watch the calendar"))


GOLDEN = Path(__file__).parent / "histories"


@pytest.mark.parametrize("width", [80, 120])
def test_a_whole_history_reads_as_it_was_looked_at(log: Log, width: int) -> None:
    """Everything that can happen to an item. Run `python tests/test_showing.py` to write the pages anew; look at them."""
    fill(log)
    assert log.text(width=width) == (GOLDEN / f"everything-{width}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [40, 57, 80, 120])
def test_no_line_is_wider_than_the_page_but_an_address_and_a_hash(log: Log, width: int) -> None:
    fill(log)
    for line in log.text(width=width).splitlines():
        assert cells(line) <= width or re.fullmatch(r" +(address +)?(https://\S+|[0-9a-f]{64})", line), line
        assert line == line.rstrip()


def test_before_anything_was_told_the_differences_are_those_since_the_first_sight(log: Log) -> None:
    log.publish(summary=SUMMARY)
    assert log.untold() == ("nobody", [], [])
    log.revise(2, change("summary", SUMMARY, LONGER))
    log.add(f"item:{BILL}", step("Reported."))
    assert log.untold() == ("nobody", [("summary", SUMMARY, LONGER)], ["Reported."])
    assert log.section("Since you were last told").startswith(
        "  nobody was told of it yet; since it was first seen:\n"
        "  summary       … partners abroad, Finland among them. {+Teams with Finnish\n"
        "                partners may hand in proposals from 19 May 2025.+}\n"
        "  moved         2021-05-10 · Reported."
    )


def test_a_delivery_tells_what_the_log_held_when_it_was_planned(log: Log) -> None:
    """What comes between the plan and the moment at which it is taken stood in no mail."""
    log.publish()
    plan = log.plan(log.match())
    log.revise(2, change("title", "Networks Act", "Networks and Allies Act"))
    assert log.untold()[0] == "nobody"
    log.add("delivery:mail/2025-06-03", DeliverySucceeded(output="mail", delivery="2025-06-03", attempt=1))
    assert log.untold() == ("delivery", [("title", "Networks Act", "Networks and Allies Act")], [])
    since = log.history().untold.since
    assert (since.told_until, since.at, since.name) == (plan, now(log.desk), "mail/2025-06-03")
    assert log.section("Since you were last told") == (
        f"  by the delivery mail/2025-06-03 of position {plan}, taken {now(log.desk)}\n"
        "  title         Networks Act → Networks and Allies Act"
    )


@pytest.mark.parametrize(
    "event",
    [
        DeliveryAttempted(output="mail", delivery="1", attempt=1),
        DeliveryFailed(output="mail", delivery="1", attempt=1, answer="550", final=True),
        DeliveryUncertain(output="mail", delivery="1", attempt=1),
    ],
    ids=lambda event: type(event).__name__,
)
def test_only_what_was_taken_was_told(log: Log, event: Payload) -> None:
    log.publish()
    log.plan(log.match(), delivery="1")
    log.add("delivery:mail/1", event)
    assert log.untold()[0] == "nobody"


def test_a_delivery_of_other_matches_told_nothing_of_this_item(log: Log) -> None:
    log.publish()
    match = log.match()
    log.deliver(match + 1, match - 1)
    assert log.untold()[0] == "nobody"
    assert log.history().deliveries == ()


def test_a_match_on_other_words_is_told_by_its_own_position(log: Log) -> None:
    log.publish()
    log.match()
    log.deliver(log.match(revision=2))
    assert log.untold()[0] == "delivery"


def test_there_and_back_is_nothing_new(log: Log) -> None:
    log.publish(summary="A", subjects=["one", "two"])
    log.deliver(log.match())
    log.revise(2, change("summary", "A", "B"), change("subjects", ["one", "two"], ["two"]))
    assert [field[0] for field in log.untold()[1]] == ["summary", "subjects"]
    log.revise(3, change("summary", "B", "A"), change("subjects", ["two"], ["two", "one"]))
    assert log.untold() == ("delivery", [], [])
    assert log.section("Since you were last told").endswith("\n  nothing       it stands as it stood then")


def test_several_revisions_come_to_one_difference_a_field(log: Log) -> None:
    log.publish(summary="A")
    log.deliver(log.match())
    log.revise(2, change("summary", "A", "B"), change("details.sponsor", None, "Rep. X"))
    log.revise(3, change("summary", "B", "C"), change("details.sponsor", "Rep. X", ""))
    assert log.untold()[1] == [("summary", "A", "C")]


def test_that_an_item_is_gone_is_new_until_it_comes_back(log: Log) -> None:
    log.publish()
    log.deliver(log.match())
    log.add(f"item:{BILL}", ItemWithdrawn(key=BILL, source="congress", reason="404"))
    assert log.untold()[1] == [("withdrawn", None, "404")]
    log.revise(2, change("withdrawn", "404", None))
    assert log.untold()[1] == []


def test_the_daily_digest_tells_too_and_the_later_of_both_counts(log: Log) -> None:
    in_force(log)
    log.publish()
    match = log.match()
    log.show_digest()
    log.revise(2, change("title", "Networks Act", "B"))
    assert log.untold() == ("digest", [("title", "Networks Act", "B")], [])
    log.deliver(match)
    assert log.untold() == ("delivery", [], [])
    log.revise(3, change("title", "B", "C"))
    assert log.untold() == ("delivery", [("title", "B", "C")], [])
    until = log.show_digest()
    assert log.untold() == ("digest", [], [])
    assert log.section("Since you were last told") == (
        f"  by the daily digest, shown with what was recorded before {until}\n"
        "  nothing       it stands as it stood then"
    )


def test_a_digest_tells_nothing_of_what_no_subject_recognised_then(log: Log) -> None:
    in_force(log)
    log.publish()
    log.show_digest()
    assert log.untold()[0] == "nobody"
    log.match()
    assert log.untold()[0] == "nobody"
    log.show_digest()
    assert log.untold()[0] == "digest"


def test_a_digest_tells_nothing_of_the_past_that_a_subject_met(log: Log) -> None:
    in_force(log)
    log.publish()
    log.match(origin="backfill")
    log.show_digest()
    assert log.untold()[0] == "nobody"
    log.add(f"item:{BILL}", step("Reported."))
    log.show_digest()
    assert log.untold() == ("digest", [], [])


def test_what_happened_after_the_last_match_ended_was_told_by_no_digest(log: Log) -> None:
    in_force(log)
    log.publish()
    log.match()
    log.unmatch()
    log.show_digest()
    log.add(f"item:{BILL}", step("Reported."))
    log.show_digest()
    assert log.untold() == ("digest", [], ["Reported."])


def test_a_step_of_the_very_second_of_a_digest_is_told_by_the_next_one(log: Log) -> None:
    in_force(log)
    log.publish()
    log.match()
    log.add(f"item:{BILL}", step("Reported."))
    log.mark_digest()
    assert log.untold() == ("digest", [], ["Reported."])
    log.show_digest()
    assert log.untold() == ("digest", [], [])


def test_as_of_a_moment_only_what_was_told_by_then_counts(log: Log) -> None:
    in_force(log)
    log.publish()
    log.deliver(log.match())
    then = now(log.desk)
    log.revise(2, change("title", "Networks Act", "B"))
    between = now(log.desk)
    until = log.show_digest()
    assert log.untold(as_of=then) == ("delivery", [], [])
    assert log.untold(as_of=between) == ("delivery", [("title", "Networks Act", "B")], [])
    assert log.untold(as_of=until) == ("digest", [], [])


def test_as_of_a_moment_before_the_last_digest_nobody_knows_when_there_was_one(log: Log) -> None:
    in_force(log)
    log.publish()
    log.match()
    then = now(log.desk)
    assert not log.history(as_of=then).untold.since.unsure
    log.show_digest()
    assert log.history(as_of=then).untold.since.unsure
    assert "when a daily digest was shown before this moment is not in the log" in " ".join(
        log.section("Since you were last told", as_of=then).split()
    )


def test_as_of_an_earlier_moment_what_came_later_is_not_there(log: Log) -> None:
    fill(log)
    until = {e.position: e.recorded_at for e in log.history().decisions}
    assert [*until] == [4, 5, 6, 7, 8, 9, 10, 11, 14, 15, 16, 17]
    early = log.history(as_of=until[6])
    assert [event.position for event in early.decisions] == [4, 5, 6]
    assert (early.judgement, early.deliveries) == (None, ())
    assert [(link.key, link.state) for link in early.links] == [(TWIN, "proposed")]
    (sent,) = log.history(as_of=until[9]).deliveries
    assert (sent.state, sent.attempts, sent.answer) == ("failed", 1, "451 try later")
    assert log.history(as_of=until[17]) == log.history()


def test_a_link_is_shown_from_both_its_ends(log: Log) -> None:
    fill(log)
    (there,), (here,) = log.history(TWIN).links, log.history().links
    assert (there.key, there.title, there.state) == (BILL, "Networks Act", "confirmed")
    assert (here.key, here.title, here.said_by) == (TWIN, "Networks Act of the Senate", "analyst")
    assert f"{BILL} proposed as companion by title, score 88" in log.text(TWIN)


def test_a_rejected_link_is_shown_with_its_reason(log: Log) -> None:
    log.publish()
    rejected = LinkRejected(
        a="bill:116-hr-1", b=BILL, relation="reintroduced", by="analyst", reason="another act"
    )
    log.add(f"link:bill:116-hr-1~{BILL}", rejected)
    found = log.text()
    assert "bill:116-hr-1 (reintroduced, rejected by analyst, " in found
    assert "bill:116-hr-1 rejected as reintroduced by analyst: another act" in " ".join(found.split())


def test_each_source_that_showed_the_item_is_named_in_one_line(log: Log) -> None:
    log.publish()
    log.desk.clock.advance(days=1)
    log.revise(2, change("title", "Networks Act", "B"), source="billstatus")
    log.desk.clock.advance(days=1)
    log.revise(3, change("title", "B", "C"))
    log.add(f"item:{BILL}", ItemWithdrawn(key=BILL, source="register", reason="404"))
    seen = [(s.source, s.events, s.first_at[:10], s.last_at[:10]) for s in log.history().sightings]
    assert seen == [
        ("congress", 2, "2025-06-02", "2025-06-04"),
        ("billstatus", 1, "2025-06-03", "2025-06-03"),
    ]
    text = log.text()
    assert "  shown by      congress 2025-06-02 to 2025-06-04; billstatus 2025-06-03\n" in text
    assert "revision 2, substantive, by billstatus\n" in text


def test_the_three_clocks_of_each_step_are_told(log: Log) -> None:
    log.publish(published=day("2021-02-15"))
    log.add(f"item:{BILL}", step("Reported."), observed_at="2025-06-02T01:59:58Z")
    log.add(f"item:{BILL}", step("Passed."), observed_at="2025-06-02T03:00:00Z")
    assert log.section("What happened") == (
        "  recorded 2025-06-02T01:00:00Z\n"
        "    1  new        2021-02-15 · by congress\n"
        "  observed 2025-06-02T01:59:58Z, recorded 2025-06-02T02:00:00Z\n"
        "    2  moved      2021-05-10 · Reported.\n"
        "  observed and recorded 2025-06-02T03:00:00Z\n"
        "    3  moved      2021-05-10 · Passed.\n"
    )


def test_a_full_text_is_told_by_the_places_that_differ(log: Log) -> None:
    log.publish(body_sha256=log.keep(TEXT))
    log.revise(2, change("body", log.keep(TEXT), log.keep(LATER)))
    (found,) = log.history().texts
    assert found.unread == ""
    assert [
        [(run.mark, run.text) for run in runs if run.mark in {"old", "new"}] for runs in found.passages.told
    ] == [
        [("new", "and its cost")],
        [("old", "180"), ("new", "270")],
    ]
    assert "matter 30" not in log.text()


def test_of_many_texts_the_latest_are_compared(log: Log) -> None:
    hashes = [log.keep(f"This is version {n}.") for n in range(16)]
    log.publish(body_sha256=hashes[0])
    log.deliver(log.match())
    for n in range(1, 16):
        log.revise(n + 1, change("body", hashes[n - 1], hashes[n]))
    text = log.text()
    assert text.count("text: changed (only the latest 12 texts are compared)") == 4
    assert "[-13-] {+14+}" in text
    assert "This is version [-0-] {+15+}." in log.section("Since you were last told")


def test_a_text_that_was_only_set_otherwise_is_said_to_be(log: Log) -> None:
    old, new = log.keep(TEXT), log.keep(TEXT.replace(". ", ".\n\n\u200b"))
    log.publish(body_sha256=old)
    log.revise(2, change("body", old, new))
    assert "text: changed (in spaces and invisible characters only)" in log.text()


def test_a_text_that_was_erased_or_lost_is_told_with_the_reason(log: Log) -> None:
    old, new = log.keep(TEXT), log.keep(LATER)
    log.publish(body_sha256=old)
    log.revise(2, change("body", old, new))
    forget(log, old)
    assert "text: changed (one of the two texts is kept no longer)" in log.text()
    log.add("monitor", BodyErased(sha256=old, size=len(TEXT), reason="asked for"))
    assert "text: changed (one of the two texts was erased: asked for)" in log.text()


def test_a_text_that_is_damaged_costs_its_difference_alone(log: Log) -> None:
    old, new = log.keep(TEXT), log.keep(LATER)
    log.publish(body_sha256=old)
    log.revise(2, change("body", old, new))
    forget(log, old, b"no zlib")
    assert "cannot be read; run `monitor verify`" in " ".join(log.text().split())


def test_a_key_that_ends_in_a_star_is_a_key_and_no_pattern(log: Log) -> None:
    """Publishers choose keys: one that reads as a pattern must not show what was said of other items."""
    log.publish("news:*")
    log.publish("news:a")
    log.add("triage:news:a", ItemJudged(key="news:a", verdict="noise"))
    log.add("item:news:a", DeadlineStated(key="news:a", source="x", origin="live", what="x", when=None))
    assert log.history("news:*").decisions == ()
    log.add("triage:news:*", ItemJudged(key="news:*", verdict="later"))
    assert [event.position for event in log.history("news:*").decisions] == [5]


def test_what_publishers_and_servers_say_cannot_move_the_cursor(log: Log) -> None:
    evil = "\x1b[2J\x9b31m\u202e\u2028"
    log.publish(
        title=f"T{evil}", summary=f"S{evil}", details={f"d{evil}": f"v{evil}"}, url=f"https://x.org/{evil}"
    )
    match = log.match()
    failed = DeliveryFailed(output="mail", delivery="1", attempt=1, answer=f"451{evil}\nmore")
    log.plan(match, delivery="1")
    log.add("delivery:mail/1", failed)
    log.revise(2, change("summary", f"S{evil}", f"{LONGER}{evil}"), change("titles", None, [f"T{evil}"]))
    log.add(f"triage:{BILL}", ItemJudged(key=BILL, verdict="later", note=f"n{evil}"))
    proposed = LinkProposed(a=BILL, b=f"x{evil}", relation=f"r{evil}", method=f"m{evil}", score=1)
    log.add(f"link:{BILL}~x{evil}", proposed)
    for line in log.text().split("\n"):
        assert not [c for c in line if unicodedata.category(c) in {"Cc", "Cf", "Zl", "Zp"}], line


def test_the_command_shows_it_all_in_words_and_as_json(log: Log) -> None:
    fill(log)
    done = command(log, "show", "H.R. 1060 (117th)")
    assert done.stdout == log.text()
    (line,) = command(log, "show", BILL, "--json").stdout.splitlines()
    shown = json.loads(line)
    assert shown == json.loads(json.dumps(showing.history_as_json(log.history())))
    assert shown["untold"]["since"]["by"] == "delivery"
    assert [field["field"] for field in shown["untold"]["fields"]] == [
        "summary",
        "body",
        "subjects",
        "details.sponsor",
    ]
    assert (shown["links"][0]["key"], shown["links"][0]["state"]) == (TWIN, "confirmed")
    assert (shown["deliveries"][0]["state"], shown["deliveries"][0]["attempts"]) == ("succeeded", 3)
    assert (shown["judgement"]["verdict"], shown["judgement"]["note"]) == ("relevant", "watch the calendar")
    assert [event["type"] for event in shown["decisions"]][-1] == "ItemJudged"
    assert shown["changes"][0]["source"] == "congress"
    early = command(log, "show", BILL, "--json", "--as-of", "2025-06-02T06:30:00Z")
    assert [event["position"] for event in json.loads(early.stdout)["decisions"]] == [4, 5, 6]


def test_moments_stand_in_the_readers_zone_and_a_day_stays_a_day(log: Log) -> None:
    fill(log)
    text = log.text(zone="Asia/Shanghai")
    assert "published     2021-02-15\n" in text
    assert "judged        relevant, 2025-06-03T01:00:00+08:00: watch the calendar" in text
    assert "taken 2025-06-02T19:00:00+08:00" in text
    assert "recorded 2025-06-02T11:00:00+08:00\n" in text
    assert "2025-08-25 · comments" in text
    assert not re.search(r"\d{2}:\d{2}Z", text)
    utc, here = (re.findall(r"\d{4}-\d{2}-\d{2}T[0-9:]+(?:Z|[+-]\d{2}:\d{2})", t) for t in (log.text(), text))
    assert len(utc) == len(here) > 15
    assert [datetime.fromisoformat(t) for t in utc] == [datetime.fromisoformat(t) for t in here]


def test_the_publishers_own_moments_stand_in_the_readers_zone(log: Log) -> None:
    at, later = ("2025-06-02T20:00:00Z", "2025-06-02T20:00:30Z")
    log.publish(published=at_instant(datetime.fromisoformat(at)))
    log.revise(2, change("published", at, later), published=at_instant(datetime.fromisoformat(later)))
    text = log.text(zone="Asia/Tokyo")
    assert "published     2025-06-03T05:00:30+09:00" in text
    assert "date: 2025-06-03T05:00:00+09:00 → 2025-06-03T05:00:30+09:00" in text
    assert "shown by      congress 2025-06-02\n" in text


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York", "UTC"])
def test_a_moment_copied_from_show_means_that_moment(log: Log, zone: str) -> None:
    log.publish()
    log.revise(2, change("title", "Networks Act", "Networks and Allies Act"))
    log.desk.tables += f'\n[digest]\ntimezone = "{zone}"\n'
    log.desk.settings()
    first = re.findall(r"recorded (\S+)", command(log, "show", BILL).stdout)[0]
    assert command(log, "show", BILL, "--as-of", first).stdout.count("recorded ") == 1
    earlier = f"{datetime.fromisoformat(first) - timedelta(seconds=1):%Y-%m-%dT%H:%M:%S%z}"
    done = command(log, "items", "--as-of", earlier, check=False)
    assert (done.returncode, f"the log begins on {first}" in done.stderr) == (2, True)


def test_a_time_with_an_offset_of_its_own_is_read_as_that(log: Log) -> None:
    log.publish(TWIN)  # at 01:00 UTC
    log.publish()  # at 02:00 UTC
    log.desk.tables += '\n[digest]\ntimezone = "Asia/Shanghai"\n'
    log.desk.settings()
    for typed, is_there in (
        ("2025-06-02T02:00Z", True),
        ("2025-06-02T01:59Z", False),
        ("2025-06-02T10:00", True),
        ("2025-06-02T09:59", False),
        ("2025-06-01T22:00-04:00", True),
        ("2025-06-01T21:59-04:00", False),
    ):
        found = command(log, "items", "--as-of", typed).stdout
        assert found.startswith(BILL) == is_there, typed


def test_of_a_bill_without_its_congress_those_of_that_number_are_named(log: Log) -> None:
    for key in ("bill:117-hr-1060", "bill:119-hr-1060", "bill:118-hr-10601", "bill:118-s-1060"):
        log.publish(key)
    for written in ("H.R. 1060", "bill:?-hr-1060"):
        with pytest.raises(UsageError, match=r"no such item; perhaps bill:119-hr-1060, bill:117-hr-1060$"):
            log.history(written)
    with pytest.raises(UsageError, match="no such item; `monitor items WORDS` searches"):
        log.history("H.R. 2")


def command(log: Log, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "monitor", *arguments],
        cwd=log.desk.folder,
        env={**os.environ, "COLUMNS": "80"},
        check=check,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )


def in_force(log: Log) -> None:
    """The watchlist, so that a digest has what to tell by."""
    toml = log.desk.folder.joinpath("watchlists", "networks.toml").read_text(encoding="utf-8")
    log.add("watchlist:networks", WatchlistRevised(watchlist="networks", toml=toml, sha256="0"))


def forget(log: Log, sha256: str, instead: bytes | None = None) -> None:
    """Lose a full text, or put something else in its place."""
    with app.writing(log.settings) as run, run.database.write():
        run.database.conn.execute("DELETE FROM bodies WHERE sha256 = ?", (sha256,))
        if instead is not None:
            run.database.conn.execute("INSERT INTO bodies VALUES (?, 1, ?)", (sha256, instead))


def write_pages() -> None:
    with tempfile.TemporaryDirectory() as name, WebServer() as web:
        shown = Log(Desk(Path(name), web))
        fill(shown)
        for width in (80, 120):
            page = shown.text(width=width)
            (GOLDEN / f"everything-{width}.txt").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    write_pages()
