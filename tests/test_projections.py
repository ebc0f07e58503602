"""Views: whatever way they came to be, the same log gives the same rows."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moves import day, new_event, open_run

from monitor import projections
from monitor.core.delivery_events import (
    DeliveryAttempted,
    DeliveryFailed,
    DeliveryPlanned,
    DeliverySucceeded,
    DeliveryUncertain,
)
from monitor.core.events import (
    ActionRecorded,
    GapClosed,
    GapSuspected,
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
    PollsSummarised,
    SourceConfigured,
    SourceFailed,
    SourceMoved,
    SourceRecovered,
    WatchlistRemoved,
    WatchlistRevised,
    WatchlistSetAside,
)
from monitor.core.evidence import Evidence, FieldChange
from monitor.database import Database, in_memory
from monitor.eventlog import EventLog
from monitor.projections import deliveries, health, items, judgements, links

KEYS = ("bill:117-hr-1", "bill:117-s-2", "nsf:25-539")
keys = st.sampled_from(KEYS)
sources = st.sampled_from(("congress-bills", "nsf-news"))
words = st.text(max_size=8)
origins = st.sampled_from(("live", "baseline", "backfill"))
days = st.sampled_from((None, day("2021-02-15"), day("2021-05-10")))
subjects = st.sampled_from(("one", "two"))
evidence = st.lists(
    st.builds(
        Evidence,
        field=words,
        start=st.just(0),
        end=st.just(1),
        quote=words,
        term=words,
        rule=words,
        score=st.just(90),
    ),
    max_size=2,
)
changes = st.lists(
    st.builds(
        FieldChange,
        field=st.sampled_from(("title", "summary", "details.status", "body")),
        old=words,
        new=words,
    )
    | st.builds(
        FieldChange,
        field=st.sampled_from(("titles", "subjects")),
        old=st.none(),
        new=st.lists(words, max_size=2),
    ),
    min_size=1,
    max_size=3,
)

payloads = st.one_of(
    st.builds(ItemRevised, key=keys, source=sources, origin=origins, revision=st.integers(2, 9), changes=changes,
              significance=st.just("metadata")),
    st.builds(ItemWithdrawn, key=keys, source=sources, reason=words),
    st.builds(ItemMatched, watchlist=subjects, subject=subjects, key=keys, revision=st.integers(1, 9), origin=origins,
              score=st.integers(0, 100), evidence=evidence, watchlist_sha256=words, matcher=words),
    st.builds(MatchWithdrawn, watchlist=subjects, subject=subjects, key=keys, reason=words),
    st.builds(SourceConfigured, source=sources, kind=words, url=words, every_s=st.just(60)),
    st.builds(SourceFailed, source=sources, failure=words, detail=words),
    st.builds(SourceRecovered, source=sources, failed_since=words),
    st.builds(SourceMoved, source=sources, old_url=words, new_url=words),
    st.builds(GapSuspected, source=sources, walk=words, expected=st.just(3), received=st.just(2)),
    st.builds(GapClosed, source=sources, walk=words),
    st.builds(PollsSummarised, source=sources, day=words, polls=st.just(1), good=st.just(1), unchanged=st.just(0),
              failed=st.just(0), bytes=st.just(1), last_good_at=words),
    st.builds(WatchlistRevised, watchlist=subjects, toml=words, sha256=words),
    st.builds(WatchlistRemoved, watchlist=subjects),
    st.builds(WatchlistSetAside, watchlist=subjects, toml=words, sha256=words, problem=words),
    st.builds(LinkProposed, a=keys, b=keys, relation=subjects, method=words, score=st.integers(0, 100), evidence=evidence),
    st.builds(LinkConfirmed, a=keys, b=keys, relation=subjects, by=words, reason=words),
    st.builds(LinkRejected, a=keys, b=keys, relation=subjects, by=words, reason=words),
    st.builds(DeliveryPlanned, output=subjects, delivery=subjects, matches=st.lists(st.integers(1, 30), max_size=3),
              rendered_sha256=words, message_id=words),
    st.builds(DeliveryAttempted, output=subjects, delivery=subjects, attempt=st.integers(1, 3)),
    st.builds(DeliverySucceeded, output=subjects, delivery=subjects, attempt=st.integers(1, 3), answer=words),
    st.builds(DeliveryFailed, output=subjects, delivery=subjects, attempt=st.integers(1, 3), answer=words,
              final=st.booleans()),
    st.builds(DeliveryUncertain, output=subjects, delivery=subjects, attempt=st.integers(1, 3)),
    st.builds(ItemJudged, key=keys, verdict=st.sampled_from(("relevant", "noise", "later")), note=words),
)  # fmt: skip


def stream_of(payload: Payload) -> str:
    match payload:
        case LinkProposed() | LinkConfirmed() | LinkRejected():
            return f"link:{payload.a}~{payload.b}"
        case ItemJudged():
            return f"triage:{payload.key}"
        case ItemMatched() | MatchWithdrawn():
            return f"match:{payload.watchlist}/{payload.subject}/{payload.key}"
    if hasattr(payload, "output"):
        return f"delivery:{payload.output}/{payload.delivery}"
    for name in ("key", "source", "watchlist"):
        if hasattr(payload, name):
            return f"{'item' if name == 'key' else name}:{getattr(payload, name)}"
    raise AssertionError(payload)


def history(drawn: list[Payload]) -> list[Payload]:
    """The drawn events, each item published before anything else happens to it, with two steps of its own."""
    begun = [
        ItemPublished(
            key=key,
            source="congress-bills",
            origin="live",
            kind="bill",
            title=key,
            published=day("2021-02-15"),
        )
        for key in KEYS
    ]
    steps = [
        ActionRecorded(
            key=key,
            source="congress-bills",
            origin="live",
            action=f"{key}-{n}",
            text="A step",
            when=day("2021-05-10"),
        )
        for key in KEYS
        for n in range(2)
    ]
    return [*begun, *steps, *drawn]


def rows(database: Database) -> dict[str, list[tuple]]:
    tables = [table for view in projections.views() for table in view.TABLES]
    return {
        t: sorted((tuple(row) for row in database.conn.execute(f"SELECT * FROM {t}")), key=repr)
        for t in tables
    }


def append(log: EventLog, payload: Payload) -> None:
    stream = stream_of(payload)
    log.append(stream, log.version(stream), [new_event(payload)])


@given(st.lists(payloads, max_size=25), st.sets(st.integers(0, 30), max_size=5))
@settings(max_examples=60, deadline=None)
def test_rebuilding_equals_catching_up_wherever_one_stopped(drawn: list[Payload], stops: set[int]) -> None:
    log = EventLog(in_memory())
    for number, payload in enumerate(history(drawn)):
        append(log, payload)
        if number in stops:
            projections.catch_up(log.database, log)
    projections.catch_up(log.database, log)
    caught_up = rows(log.database)
    projections.rebuild(log.database, log)
    assert rows(log.database) == caught_up
    aside = in_memory()
    projections.catch_up(aside, log)
    assert rows(aside) == caught_up


def test_views_move_with_their_checkpoint_or_not_at_all() -> None:
    log = EventLog(in_memory())
    append(log, history([])[0])
    with pytest.raises(RuntimeError), log.database.write():
        projections.catch_up(log.database, log)
        raise RuntimeError
    assert not projections.are_current(log.database, log)
    projections.catch_up(log.database, log)
    assert projections.are_current(log.database, log)
    assert items.get(log.database.conn, KEYS[0]) is not None


def test_a_view_of_another_version_is_built_anew() -> None:
    log = EventLog(in_memory())
    append(log, history([])[0])
    projections.catch_up(log.database, log)
    log.database.conn.execute("UPDATE checkpoints SET version = 'older' WHERE reader = 'view:items'")
    log.database.conn.execute("UPDATE items SET title = 'stale'")
    projections.catch_up(log.database, log)
    found = items.get(log.database.conn, KEYS[0])
    assert found is not None
    assert found.title == KEYS[0]


def test_a_source_fails_and_recovers() -> None:
    log = EventLog(in_memory())
    append(log, SourceFailed(source="x", failure="http", detail="x: 500"))
    projections.catch_up(log.database, log)
    found = health.get(log.database.conn, "x")
    assert found is not None
    assert (found.failure, found.detail) == ("http", "x: 500")
    append(log, SourceRecovered(source="x", failed_since=found.failing_since))
    projections.catch_up(log.database, log)
    found = health.get(log.database.conn, "x")
    assert found is not None
    assert (found.failing_since, found.failure) == ("", "")


def test_what_was_decided_on_a_link_stands_whatever_is_proposed_afterwards() -> None:
    log = EventLog(in_memory())
    link = {"a": KEYS[0], "b": KEYS[1], "relation": "companion"}
    proposed = LinkProposed(**link, method="title", score=80)
    append(log, proposed)
    append(log, LinkRejected(**link, by="analyst", reason="another Congress"))
    append(log, replace(proposed, score=95))
    projections.catch_up(log.database, log)
    (found,) = links.of_item(log.database.conn, KEYS[1])
    assert links.of_item(log.database.conn, KEYS[0]) == [found]
    assert (found.state, found.said_by, found.reason) == ("rejected", "analyst", "another Congress")
    assert (found.score, found.position, found.last_position) == (95, 1, 3)
    append(log, LinkConfirmed(**link, by="analyst"))
    projections.catch_up(log.database, log)
    assert [link.state for link in links.of_item(log.database.conn, KEYS[0])] == ["confirmed"]


def test_a_delivery_is_what_its_last_event_says_and_is_found_by_its_matches() -> None:
    log = EventLog(in_memory())
    sending = {"output": "mail", "delivery": "1"}
    steps: list[tuple[Payload, str, str]] = [
        (DeliveryPlanned(**sending, matches=[7, 9, 7], rendered_sha256="d", message_id="m"), "planned", ""),
        (DeliveryAttempted(**sending, attempt=1), "attempted", ""),
        (DeliveryFailed(**sending, attempt=1, answer="451"), "failed", "451"),
        (DeliveryAttempted(**sending, attempt=2), "attempted", ""),
        (DeliveryUncertain(**sending, attempt=2), "uncertain", ""),
        (DeliverySucceeded(**sending, attempt=3, answer="250"), "succeeded", "250"),
        (DeliveryFailed(**sending, attempt=4, answer="550", final=True), "given up", "550"),
    ]
    for position, (payload, state, answer) in enumerate(steps, start=1):
        append(log, payload)
        projections.catch_up(log.database, log)
        ((found, told),) = deliveries.of_matches(log.database.conn, [9, 8, 7, 9])
        assert (found.state, found.answer, told) == (state, answer, [7, 9])
        assert (found.position, found.last_position) == (1, position)
    assert found.attempts == 4
    assert deliveries.of_matches(log.database.conn, [8]) == []


def test_the_last_verdict_counts() -> None:
    log = EventLog(in_memory())
    append(log, ItemJudged(key=KEYS[0], verdict="noise", note="not ours"))
    append(log, ItemJudged(key=KEYS[0], verdict="relevant"))
    projections.catch_up(log.database, log)
    found = judgements.of_item(log.database.conn, KEYS[0])
    assert found is not None
    assert (found.verdict, found.note, found.position) == ("relevant", "", 2)
    assert judgements.of_item(log.database.conn, KEYS[1]) is None


def test_search_takes_its_words_literally() -> None:
    log = EventLog(in_memory())
    for key, title in (("a", "100% of 5G_core"), ("b", "1000 of 5G core")):
        append(log, ItemPublished(key=key, source="s", origin="live", kind="news", title=title))
    projections.catch_up(log.database, log)
    found = items.search(log.database.conn, "100% 5g_core", source="", limit=5)
    assert [item.key for item in found] == ["a"]


def test_replay_is_the_same_under_another_hash_seed_zone_and_locale(tmp_path: Path) -> None:
    run = open_run(tmp_path / "monitor.db")
    for payload in history([WatchlistRevised(watchlist="w", toml="title = 'é'", sha256="x")]):
        append(run.log, payload)
    run.database.close()
    program = (
        "import sys; from pathlib import Path; from monitor import database, projections\n"
        "from monitor.eventlog import EventLog\n"
        "from test_projections import rows\n"
        "log = EventLog(database.open_reader(Path(sys.argv[1]))); views = database.in_memory()\n"
        "projections.catch_up(views, log); print(rows(views))\n"
    )
    printed = set()
    for seed, zone, language in (
        ("0", "UTC", "C"),
        ("1", "Asia/Tokyo", "C.UTF-8"),
        ("77", "America/New_York", "POSIX"),
    ):
        environment = {
            **os.environ,
            "PYTHONHASHSEED": seed,
            "TZ": zone,
            "LANG": language,
            "PYTHONIOENCODING": "utf-8",
            "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path]),
        }
        done = subprocess.run(
            [sys.executable, "-c", program, str(tmp_path / "monitor.db")],
            env=environment, capture_output=True, check=True,
        )  # fmt: skip
        printed.add(done.stdout)
    assert len(printed) == 1
    assert b"2021-02-15" in printed.pop()
