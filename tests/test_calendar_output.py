"""The calendar as programs get it: each deadline once, under the same UID for ever, moved and cancelled as the log says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import digest_samples
import edition_samples as samples
import icalendar
import pytest
from refusing_disks import as_nobody, room_for

from monitor.core.deliveries import Dispatch
from monitor.core.digests import Deadline, Digest, Entry
from monitor.core.errors import SendError
from monitor.outputs import calendar

GOLDEN = Path(__file__).parent / "editions"
WINDOWS = {"window": samples.WINDOW, "empty": samples.EMPTY, "hostile": samples.hostile()}


def dispatch(path: Path = Path("deadlines.ics"), occasion: str = "edition", **more: Any) -> Dispatch:
    return samples.dispatch("calendar", calendar.Options(path=path, **more), occasion=occasion)


def written(digest: Digest, **more: Any) -> bytes:
    return calendar.render(digest, dispatch(**more)).body


def only(*entries: Entry) -> Digest:
    return replace(samples.WINDOW, sections=(replace(samples.WINDOW.sections[0], entries=entries),))


def events_of(*entries: Entry) -> Sequence[icalendar.Event]:
    """The events, read back from the bytes."""
    return icalendar.Calendar.from_ical(written(only(*entries))).events


def due(*deadlines: Deadline, **more: Any) -> Entry:
    return replace(samples.SHARING, deadlines=deadlines, **more)


# ---- golden files, and the rules of the format ----


@pytest.mark.parametrize("window", WINDOWS)
def test_each_window_is_written_as_it_was_when_it_was_read(window: str) -> None:
    golden = GOLDEN / window / "deadlines.ics"
    body = written(WINDOWS[window])
    if not golden.exists():
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_bytes(body)
        pytest.fail(f"{golden}: written now; read it, then run again")
    assert body == golden.read_bytes()


def test_no_golden_file_of_an_edition_is_left_over() -> None:
    names = {"all.atom", "all.rss", "all.json", "feeds.opml", "deadlines.ics"}
    assert {path.relative_to(GOLDEN).as_posix() for path in GOLDEN.rglob("*.*")} == {
        f"{window}/{name}" for window in WINDOWS for name in names
    }


@pytest.mark.parametrize("window", WINDOWS)
def test_lines_are_folded_and_ended_as_the_format_wants(window: str) -> None:
    body = written(WINDOWS[window])
    assert body.endswith(b"END:VCALENDAR\r\n")
    lines = body.removesuffix(b"\r\n").split(b"\r\n")
    assert not any(b"\n" in line or b"\r" in line for line in lines)
    assert max(map(len, lines)) <= 75
    for line in lines:
        line.decode("utf-8")  # no character is torn apart


@pytest.mark.parametrize("window", WINDOWS)
def test_a_calendar_is_read_back_with_what_the_format_requires(window: str) -> None:
    read = icalendar.Calendar.from_ical(written(WINDOWS[window]))
    assert (read["VERSION"], read["METHOD"], read["X-WR-CALNAME"]) == ("2.0", "PUBLISH", "Policy deadlines")
    assert read["PRODID"] == "-//policy-monitor//deadlines//EN"
    assert read.subcomponents  # a calendar without any component is none
    assert read.errors == []
    for event in read.events:
        assert event.errors == []
        assert {"UID", "DTSTAMP", "DTSTART", "SUMMARY", "SEQUENCE", "STATUS"} <= set(event)
        assert event.alarms.times == []
    uids = [event["UID"] for event in read.events]
    assert len(set(uids)) == len(uids)


# ---- when something is due ----


def test_a_day_is_a_whole_day() -> None:
    [event] = events_of(due(Deadline(what="comments close", when="2026-12-31")))
    assert event.start == date(2026, 12, 31)
    assert event.end == date(2027, 1, 1)
    assert b"DTSTART;VALUE=DATE:20261231\r\n" in written(
        only(due(Deadline(what="comments close", when="2026-12-31")))
    )


@pytest.mark.parametrize(
    ("when", "washington"),
    [
        ("2027-03-14T01:30:00-05:00", (3, 14, 1, 30)),
        ("2027-03-14T03:30:00-04:00", (3, 14, 3, 30)),  # an hour later the clocks there have been put on
        ("2026-11-01T06:30:00Z", (11, 1, 1, 30)),
        ("2026-07-01T04:00:00Z", (7, 1, 0, 0)),  # midnight is a moment here, for it was stated as one
        ("2026-12-15T17:00:00.25-05:00", (12, 15, 17, 0)),
    ],
)
def test_an_instant_is_the_same_instant_in_every_zone(when: str, washington: tuple[int, ...]) -> None:
    [event] = events_of(due(Deadline(what="hearing", when=when)))
    local = event.start.astimezone(ZoneInfo("America/New_York"))
    assert (local.month, local.day, local.hour, local.minute) == washington
    assert event.start.utcoffset() == timedelta()


def test_what_is_no_date_is_left_out_and_costs_nothing_else() -> None:
    listed = [
        Deadline(what=f"w{n}", when=when)
        for n, when in enumerate(("", "mid-2027", "2026-02-30", "0000-00-00T99", "9999-12-31"))
    ]
    [event] = events_of(due(*listed))
    assert event.start == date(9999, 12, 31)


def test_a_time_without_a_zone_is_taken_to_be_washingtons() -> None:
    [event] = events_of(due(Deadline(what="hearing", when="2026-12-15T10:00:00")))
    assert event.start == datetime(2026, 12, 15, 15, tzinfo=UTC)


# ---- the same deadline is the same event, for ever ----


def test_a_moved_deadline_keeps_its_uid_raises_its_sequence_and_tells_the_old_time() -> None:
    [before] = events_of(due(Deadline(what="comments close", when="2026-11-16")))
    [after] = events_of(due(samples.COMMENTS))
    [again] = events_of(due(replace(samples.COMMENTS, when="2027-01-05", moved_from="2026-12-01", moves=2)))
    assert before["UID"] == after["UID"] == again["UID"]
    assert [each["SEQUENCE"] for each in (before, after, again)] == [0, 1, 2]
    assert after["DESCRIPTION"].startswith("Comments close: 2026-12-01, moved from 2026-11-16\n")
    assert (after.start, again.start) == (date(2026, 12, 1), date(2027, 1, 5))


def test_what_was_moved_by_an_unknown_number_of_times_was_moved_once() -> None:
    [event] = events_of(due(replace(samples.COMMENTS, moves=0)))
    assert event["SEQUENCE"] == 1


def test_a_retitled_item_keeps_its_uids() -> None:
    assert {each["UID"] for each in events_of(samples.SHARING)} == {
        each["UID"]
        for each in events_of(replace(samples.SHARING, title="Sharing", url="https://x.example/new"))
    }


def test_two_things_due_of_one_item_and_the_same_of_two_items_are_apart() -> None:
    other = replace(samples.SHARING, key="frdoc:2026-1")
    assert len({each["UID"] for each in events_of(samples.SHARING, other)}) == 4


def test_the_same_thing_due_on_two_days_loses_neither() -> None:
    events = events_of(
        due(
            Deadline(what="full proposals", when="2026-12-01"),
            Deadline(what="full proposals", when="2027-12-01"),
        )
    )
    assert [event.start.year for event in events] == [2026, 2027]
    assert len({event["UID"] for event in events}) == 2


def test_an_item_of_two_watchlists_is_due_once_under_both() -> None:
    events = icalendar.Calendar.from_ical(written(samples.WINDOW)).events
    [comments] = [event for event in events if event["SUMMARY"].startswith("Comments close")]
    assert comments.categories == ["Spectrum & <bands>", "日本の 6G 政策"]


def test_a_withdrawn_item_cancels_what_was_due() -> None:
    stated = digest_samples.change("new", at="2026-10-01T00:00:00Z", position=3)
    [before] = events_of(replace(samples.GONE, changes=(stated,), change="new"))
    [after] = events_of(samples.GONE)
    assert before["UID"] == after["UID"]
    assert (before["STATUS"], after["STATUS"]) == ("CONFIRMED", "CANCELLED")
    assert after["SEQUENCE"] > before["SEQUENCE"]
    assert after["DESCRIPTION"].startswith("The document was withdrawn.\n")


def test_an_item_that_came_back_is_due_again_and_no_older_than_its_cancelling() -> None:
    back = digest_samples.change("revised", at="2026-10-19T00:00:00Z", position=9)
    [gone] = events_of(samples.GONE)
    deadline = replace(samples.MEETING, moves=1)
    [event] = events_of(replace(samples.GONE, changes=(*samples.GONE.changes, back), deadlines=(deadline,)))
    assert event["STATUS"] == "CONFIRMED"
    assert event["SEQUENCE"] >= gone["SEQUENCE"]
    assert event["DTSTAMP"].dt > gone["DTSTAMP"].dt


def test_what_no_subject_recognises_any_more_is_not_in_the_calendar() -> None:
    reasons = tuple(
        replace(reason, withdrawn="the watchlist was changed") for reason in samples.SHARING.reasons
    )
    assert events_of(replace(samples.SHARING, reasons=reasons)) == []


def test_the_stamp_is_the_logs_time_and_no_clock_is_read() -> None:
    [event, _] = events_of(samples.SHARING)
    assert event["DTSTAMP"].dt == datetime(2026, 10, 18, 0, 10, tzinfo=UTC)
    later = replace(samples.WINDOW, position=9999, head="0" * 64, notices=("something",), sources=())
    assert written(later) == written(samples.WINDOW)


# ---- hostile words ----


@pytest.mark.parametrize("words", samples.NASTY, ids=lambda words: ascii(words[:12]))
def test_hostile_words_are_words(words: str) -> None:
    body = written(only(samples._nasty(words)), title=words)
    assert b"\x1b" not in body
    assert not any("\u202a" <= character <= "\u202e" or character == "\u200b" for character in body.decode())
    read = icalendar.Calendar.from_ical(body)
    assert [component.name for component in read.walk()] == ["VCALENDAR", "VEVENT"]
    assert body.count(b"\r\nBEGIN:") == 1
    assert len(body) < 20_000


def test_what_a_text_must_escape_comes_back_as_it_was() -> None:
    title = 'A; B, C \\n D: "E" =F <b>'
    [event] = events_of(due(samples.REPLIES, title=title, key="x:1"))
    assert event["SUMMARY"] == f"Reply comments close: {title}"


# ---- writing ----


def test_a_calendar_without_news_is_left_untouched(tmp_path: Path) -> None:
    path = tmp_path / "public" / "deadlines.ics"
    orders = dispatch(path)
    assert calendar.send(calendar.render(samples.WINDOW, orders), orders) == "deadlines.ics written"
    before = path.stat()
    assert calendar.send(calendar.render(samples.WINDOW, orders), orders) == "deadlines.ics is as it was"
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert [file.name for file in path.parent.iterdir()] == ["deadlines.ics"]


def test_a_calendar_of_somebody_else_is_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "mine.ics"
    path.write_text("BEGIN:VCALENDAR")
    orders = dispatch(path)
    with pytest.raises(SendError, match="was not written by this program; name another file") as failed:
        calendar.send(calendar.render(samples.WINDOW, orders), orders)
    assert failed.value.final
    assert path.read_text() == "BEGIN:VCALENDAR"


def test_a_folder_that_cannot_be_is_said_and_tried_again_later(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    orders = dispatch(tmp_path / "file" / "sub" / "deadlines.ics")
    with pytest.raises(
        SendError, match=r"^my-calendar: .*deadlines\.ics cannot be written \(Not a directory\)"
    ) as failed:
        calendar.send(calendar.render(samples.WINDOW, orders), orders)
    assert not failed.value.final


def test_a_folder_that_may_not_be_written_to_is_said_and_tried_again_later(tmp_path: Path) -> None:
    folder = tmp_path / "public"
    folder.mkdir(mode=0o555)
    orders = dispatch(folder / "deadlines.ics")
    message = calendar.render(samples.WINDOW, orders)
    with as_nobody(), pytest.raises(SendError, match=r"cannot be written \(Permission denied\)") as failed:
        calendar.send(message, orders)
    assert not failed.value.final
    folder.chmod(0o755)
    assert calendar.send(message, orders) == "deadlines.ics written"


def test_a_full_disk_leaves_the_calendar_as_it_was(tmp_path: Path) -> None:
    orders = dispatch(tmp_path / "deadlines.ics")
    calendar.send(calendar.render(samples.EMPTY, orders), orders)
    before = (tmp_path / "deadlines.ics").read_bytes()
    with room_for(500), pytest.raises(SendError, match="cannot be written") as failed:
        calendar.send(calendar.render(samples.WINDOW, orders), orders)
    assert not failed.value.final
    assert [file.name for file in tmp_path.iterdir()] == ["deadlines.ics"]
    assert (tmp_path / "deadlines.ics").read_bytes() == before
    assert calendar.send(calendar.render(samples.WINDOW, orders), orders) == "deadlines.ics written"


def test_a_sample_stands_beside_the_calendar(tmp_path: Path) -> None:
    orders = dispatch(tmp_path / "deadlines.ics", occasion="sample")
    assert calendar.send(calendar.render(samples.WINDOW, orders), orders) == "sample+deadlines.ics written"
    read = icalendar.Calendar.from_ical((tmp_path / "sample+deadlines.ics").read_bytes())
    assert read["X-WR-CALNAME"] == "Sample: Policy deadlines"
    assert [file.name for file in tmp_path.iterdir()] == ["sample+deadlines.ics"]


@pytest.mark.parametrize(
    ("path", "title", "said"),
    [("x.txt", "T", "path: 'x.txt' is no calendar's name"), ("x.ics", " ", "title: is empty")],
)
def test_an_option_that_cannot_be_is_refused_with_what_would(path: str, title: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        calendar.Options(path=Path(path), title=title)
