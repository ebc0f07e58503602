"""Days as people print them: found where they are, and never made up."""

from __future__ import annotations

import calendar
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.printed_dates import find_day, is_whole_form, read_as, stated

DAYS = st.dates(date(1990, 1, 1), date(2199, 12, 31))


def forms(day: date) -> list[str]:
    month = calendar.month_name[day.month]
    return [
        day.isoformat(),
        f"{month} {day.day}, {day.year}",
        f"{month.upper()} {day.day} {day.year}",
        f"{day.day} {month} {day.year}",
        f"{day.day:02} {month[:3]} {day.year}",
        f"{month[:3]}. {day.day}, {day.year}",
        f"{day.day}-{month[:3]}-{day.year}",
        f"{day.year}年{day.month}月{day.day}日",
        f"{day.year} 年 {day.month} 月 {day.day} 日",
        f"{day.year}년 {day.month}월 {day.day}일",
        f"{day.year}. {day.month}. {day.day}.",
        f"{day.year}/{day.month:02}/{day.day:02}",
        f"{day.day}.{day.month}.{day.year}",
        f"{day.month}/{day.day}/{day.year}",
    ]


@given(
    DAYS, st.sampled_from(["", "Posted: ", "発表 ", "(", "| "]), st.sampled_from(["", " by the office", "、"])
)
def test_a_day_is_found_in_every_form(day: date, before: str, after: str) -> None:
    for form in forms(day):
        found = find_day(f"{before}{form}{after}", zone="Asia/Tokyo")
        assert found is not None, form
        assert (found.day, found.precision, found.zone) == (day, "day", "Asia/Tokyo"), form


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("令和8年11月3日", "2026-11-03"),
        ("令和元年5月1日(水)", "2019-05-01"),
        ("平成３１年４月３０日", "2019-04-30"),
        ("㋿8年11月3日", "2026-11-03"),
        ("２０２６年１１月３日", "2026-11-03"),
        ("Sept 3rd, 2026", "2026-09-03"),
        ("the 3rd of November 2026", "2026-11-03"),
        ("2026-11-03T09:30:00+09:00", "2026-11-03"),
        ("2026-02-30, then 2026-03-01", "2026-03-01"),
        ("March 1, 2026 and January 1, 2020", "2026-03-01"),
    ],
)
def test_other_forms_are_read(text: str, day: str) -> None:
    assert str(find_day(text, zone="UTC")) == day


@pytest.mark.parametrize(
    "text",
    [
        *("", "soon", "November 2026", "May", "2026", "03/11/26", "31/12/2026", "13/31/2026", "2026-13-01"),
        *(
            "version 1.2.2026.4",
            "NSF 26-510",
            "DA-26-11-2026",
            "12026-11-03",
            "Marching 3, 2026",
            "0026-11-03",
        ),
        *("9999年1月1日", "Room 3/11/20261", "令和99999年1月1日", "\u0662\u0660\u0662\u0666-11-03"),
    ],
)
def test_what_is_no_whole_day_is_none(text: str) -> None:
    assert find_day(text, zone="UTC") is None


def test_slashes_are_read_as_the_source_says() -> None:
    assert str(find_day("03/11/2026", zone="UTC")) == "2026-03-11"
    assert str(find_day("03/11/2026", zone="UTC", day_first=True)) == "2026-11-03"
    assert find_day("11/31/2026", zone="UTC", day_first=True) is None


def test_the_printed_words_are_kept_as_they_were_printed() -> None:
    found = find_day("発表：２０２６年１１月３日（火）", zone="Asia/Tokyo")
    assert found is not None
    assert found.text == "２０２６年１１月３日"


def test_machines_are_told_a_day_or_a_moment() -> None:
    assert str(stated("2026-11-03", zone="Asia/Tokyo")) == "2026-11-03"
    assert str(stated("2026-11-03T12:00:00Z", zone="America/New_York")) == "2026-11-03"
    assert str(stated("2026-11-03T09:30+09:00", zone="UTC")) == "2026-11-03T00:30:00Z"
    assert str(stated("2026-11-03 09:30", zone="Asia/Tokyo")) == "2026-11-03T00:30:00Z"
    for other in ("20261103", "2026-W45", "10:30", "", "PT2H", "2026"):
        assert stated(other, zone="UTC") is None


@pytest.mark.parametrize("form", ["%d/%m/%Y", "%Y年%m月%d日", "%d %b %y", "%Y %j", "%m.%d.%Y %H:%M"])
def test_a_form_that_says_the_whole_day_will_do(form: str) -> None:
    assert is_whole_form(form)


@pytest.mark.parametrize("form", ["", "%d %b", "%Y", "%H:%M", "%Q", "%", "%m/%Y", "%Y(%m"])
def test_a_form_that_does_not_will_not(form: str) -> None:
    assert not is_whole_form(form)


def test_a_text_in_another_form_is_none() -> None:
    assert read_as("2026-11-03", "%d/%m/%Y", zone="UTC") is None
    assert read_as("03/11/0026", "%d/%m/%Y", zone="Asia/Tokyo") is None
    assert str(read_as(" 03/11/2026\n", "%d/%m/%Y", zone="Asia/Tokyo")) == "2026-11-03"
    assert (
        str(read_as("03/11/2026 09:00 +0000", "%d/%m/%Y %H:%M %z", zone="Asia/Tokyo"))
        == "2026-11-03T09:00:00Z"
    )
