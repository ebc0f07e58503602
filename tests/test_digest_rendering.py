"""A digest as a person sees it: the same facts in five formats, calm to read and safe to print."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import digest_samples as samples
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html as lxml_html
from markdown_it import MarkdownIt

from monitor.core.digests import Activity, Deadline, Digest, Period, Related, Section
from monitor.core.evidence import FieldChange
from monitor.core.renderings import jsonlines, markdown, text, webpage
from monitor.core.renderings.neutral import cells, cut, plain, web_address
from monitor.core.renderings.telling import tell
from monitor.outputs import terminal

GOLDEN = Path(__file__).parent / "digests"
SAMPLES = {
    "spring": samples.SPRING,
    "daily": samples.DAILY,
    "quiet": samples.QUIET,
    "full": samples.FULL,
    "hostile": samples.HOSTILE,
}
FORMATS: dict[str, Callable[[Digest], str]] = {
    "text-80.txt": lambda d: text.render(d, width=80),
    "text-120.txt": lambda d: text.render(d, width=120),
    "terminal-80.ansi": lambda d: terminal.draw(d, width=80, colour=True, links=True),
    "digest.md": markdown.render,
    "digest.html": webpage.render,
    "digest.json": jsonlines.render,
}
PLAIN_FORMATS = {name: render for name, render in FORMATS.items() if not name.endswith(".ansi")}
OUR_ESCAPES = re.compile(r"\x1b\[[0-9;]*m|\x1b\]8;(?:id=[0-9a-f]{8})?;[!-~]*\x1b\\")
UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def unseen(printed: str) -> set[str]:
    return {c for c in printed if unicodedata.category(c) in UNSEEN} - {"\n"}


def only(entry, **period) -> Digest:
    section = Section(id="w", title="Watch", priority="normal", entries=(entry,))
    return samples.digest(section, **({"period": replace(samples.DAILY.period, **period)} if period else {}))


def lines_of(entry, clock: str = "recorded", **more) -> list[str]:
    """The lines between the subject's heading and the rule that closes the digest."""
    printed = text.render(only(entry, clock=clock), **more).splitlines()
    start = next(n for n, line in enumerate(printed) if line.startswith("-")) + 2
    return printed[start : next(n for n in range(start, len(printed)) if not printed[n])]


# ---- golden files: what each sample looks like, read by a person once ----


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("sample", SAMPLES)
def test_each_sample_looks_as_it_did_when_it_was_read(sample: str, format_: str) -> None:
    golden = GOLDEN / sample / format_
    printed = FORMATS[format_](SAMPLES[sample])
    if not golden.exists():
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(printed, encoding="utf-8", newline="\n")
        pytest.fail(f"{golden}: written now; read it, then run again")
    assert printed == golden.read_text(encoding="utf-8")


def test_no_golden_file_is_left_over() -> None:
    assert {path.relative_to(GOLDEN).as_posix() for path in GOLDEN.rglob("*.*")} == {
        f"{sample}/{format_}" for sample in SAMPLES for format_ in FORMATS
    }


# ---- what is told, and how often ----


def test_a_quiet_item_takes_two_lines_on_a_terminal() -> None:
    printed = terminal.draw(only(samples.JAPANESE), width=120, colour=False, links=True)
    told = OUR_ESCAPES.sub("", printed).split("Beyond 5G 推進\n")[1].split("\n\n")[0].splitlines()
    assert told[0].startswith("  2026-10-17  「Beyond 5G 推進戦略」")
    assert (
        told[-1] == "  new         13:00 · soumu-rss · “第６世代” in title, for 6G · “Beyond 5G” in summary"
    )
    assert len(told) == 3  # the long title takes two


@pytest.mark.parametrize(("width", "lines"), [(80, 7), (120, 6)])
def test_a_bill_on_which_much_happened_takes_about_six_lines_and_its_address(width: int, lines: int) -> None:
    told = lines_of(samples.S_1169, clock="occurred", width=width)
    assert len(told) == lines + 1
    assert told[0] == "  2021-05-10  S. 1169 (117th)  Strategic Competition Act of 2021"


@pytest.mark.parametrize("width", [60, 80, 120])
def test_of_many_steps_two_are_told_in_a_line_each(width: int) -> None:
    steps = tuple(
        samples.change("moved", f"2021-05-{n + 1:02}", text=f"Step {n}, " + "of many words " * 20)
        for n in range(9)
    )
    busy = replace(samples.S_1169, changes=(*samples.S_1169.changes[:1], *steps))
    told = lines_of(busy, clock="occurred", width=width)
    assert [line.split(",")[0].split()[-1] for line in told if "Step" in line] == ["8", "7"]
    assert all(cells(line) <= width for line in told[:-1])
    assert "7 earlier steps" in " ".join(" ".join(told).split())


def test_that_a_bill_is_new_is_said_once_beside_its_steps() -> None:
    introduced = samples.change("new", "2021-03-10", origin="backfill")
    referred = samples.change("moved", "2021-03-10", origin="backfill", text="Referred.")
    bill = replace(samples.HR_1060, changes=(introduced, referred), change="new")
    bill = replace(bill, stage=replace(bill.stage, text="introduced 2021-03-10", since="2021-03-10"))
    told = lines_of(bill, clock="occurred")[2:]
    assert told[:2] == ["  moved       Referred.", "  new         *..... introduced 2021-03-10"]
    notice = samples.entry(
        "frdoc:1", "T",
        samples.change("new", "2026-10-17"), samples.change("moved", "2026-10-17", text="Corrected."),
        reasons=(samples.VINES,),
    )  # fmt: skip
    assert lines_of(notice)[1:3] == ["  moved       Corrected.", "  new         2026-10-17"]


def test_a_revision_beside_a_step_is_a_line_too() -> None:
    wordy = FieldChange(field="summary", old="word " * 30, new="word " * 30 + "other " * 30)
    both = samples.entry(
        "x:1", "T",
        samples.change("moved", "2026-10-16", text="Reported."),
        samples.change("revised", "2026-10-17", fields=(wordy,)),
        reasons=(samples.VINES,),
    )  # fmt: skip
    assert [line[:9].strip() for line in lines_of(both)] == ["2026-10", "revised", "moved", "why"]


# ---- what stands beside an entry ----


def full(width: int = 120) -> str:
    return text.render(samples.FULL, width=width)


def test_an_item_that_other_watchlists_caught_too_names_them_once() -> None:
    for printed in (" ".join(full().split()), markdown.render(samples.FULL), webpage.render(samples.FULL)):
        assert "also in US 6G research money, 日本の 6G 政策 and 1 more watchlist" in printed
        assert printed.count("also in US 6G research money") == 1


def test_a_watchlist_whose_items_are_told_under_others_is_not_said_to_have_nothing_new() -> None:
    for printed in (full(), markdown.render(samples.FULL), webpage.render(samples.FULL)):
        assert "All that US 6G research money and 日本の 6G 政策 caught is told above." in printed
        assert "Nothing new" not in printed
    silent = Section(id="s", title="Silence", priority="normal", entries=())
    both = replace(samples.FULL, sections=(*samples.FULL.sections, silent))
    assert "Nothing new for Silence. All that US 6G" in text.render(both, width=200)


def test_what_is_due_says_when_and_what_it_was_before() -> None:
    told = full()
    assert "  due         comments close 2026-10-22, in 4 days | moved from 2026-10-12\n" in told
    assert '              reply comments close 2026-12-31, in 74 days | "45 days after that"\n' in told
    assert "  due         comments close 2026-09-30, 18 days ago\n" in told
    assert "*due:* comments close **2026-10-22**, in 4 days · moved from 2026-10-12" in markdown.render(
        samples.FULL
    )
    assert "comments close <strong" in webpage.render(samples.FULL)


@pytest.mark.parametrize(("when", "words", "alarm"), [
    ("2026-10-17", ", 1 day ago", False), ("2026-10-18", ", today", True), ("2026-10-19", ", in 1 day", True),
    ("2026-10-25", ", in 7 days", True), ("2026-10-26", ", in 8 days", False),
    ("2026-10-18T16:30:00Z", " 00:30, in 1 day", True),
])  # fmt: skip
def test_what_is_due_within_a_week_wants_attention(when: str, words: str, alarm: bool) -> None:
    due = replace(samples.SHARING, deadlines=(Deadline(what="meeting", when=when),))
    (remark,) = tell(only(due)).chapters[0].groups[0].news[0].beside.due
    assert words in "".join(piece.text for piece in remark.phrases[0])
    assert (remark.role == "alarm") is alarm


def test_a_withdrawn_document_has_nothing_due() -> None:
    gone = replace(samples.GONE, deadlines=(Deadline(what="meeting", when="2026-12-01"),))
    assert "due" not in [line[2:5] for line in lines_of(gone)]


def test_in_a_watchlist_of_low_priority_what_is_due_ends_the_line() -> None:
    assert "new        (no title)  due 2026-11-30\n" in full()
    assert "(due 2026-11-30)" in markdown.render(samples.FULL)
    assert "due 2026-11-30" in webpage.render(samples.FULL)


def test_items_of_the_same_story_stand_under_the_one_that_is_told() -> None:
    told = full()
    title = "Lower 37 GHz band to be shared between Federal and other users, says report"
    assert f"  also        {title} 0 | trade-press-0\n              https://www.example.org/news/0\n" in told
    assert told.count(title) == 3
    assert "              and 2 more\n" in told
    linked = terminal.draw(samples.FULL, width=120, colour=False, links=True)
    assert f";https://www.example.org/news/1\x1b\\{title} 1" in linked
    assert f"*also:* [{title} 2](<https://www.example.org/news/2>), trade-press-2" in markdown.render(
        samples.FULL
    )
    page = lxml_html.document_fromstring(webpage.render(samples.FULL))
    assert [a.get("href") for a in page.iter("a") if "news" in a.get("href")][:3] == [
        f"https://www.example.org/news/{n}" for n in range(3)
    ]


def test_the_summary_of_what_is_new_is_in_the_forms_that_have_room_for_it() -> None:
    assert "The Commission asks who may go where" in markdown.render(samples.FULL)
    assert "The Commission asks who may go where" in webpage.render(samples.FULL)
    assert "The Commission asks" not in full()
    known = replace(samples.RETITLED, summary="Known since long ago")
    assert "Known since" not in webpage.render(only(known))


def test_the_last_days_stand_beside_their_subject() -> None:
    heading = next(line for line in full(80).splitlines() if line.startswith("Spectrum for 6G"))
    assert heading.endswith(".:.:-.:.:-.:.:-.:.:-.:.:-..#:: 56 in 30 days")
    assert cells(heading) == 80
    narrow = next(line for line in full(44).splitlines() if line.startswith("Spectrum for 6G"))
    assert narrow.endswith(" :-:--:-:-# 56")
    assert "▁▂▁▂▃▁▂▁▂▃▁▂▁▂▃▁▂▁▂▃▁▂▁▂▃▁▁▇▂▂ 56 in 30 days" in markdown.render(samples.FULL)
    page = lxml_html.document_fromstring(webpage.render(samples.FULL))
    (busy, calm) = page.iter("svg")
    assert busy.get("aria-label") == "56 in 30 days"
    assert len(busy) == len(calm) == 30
    assert sum(bar.get("opacity") is None for bar in calm) == 1


def test_a_subject_without_anything_in_the_last_days_has_no_bars() -> None:
    section = Section(id="w", title="W", priority="normal", entries=(samples.JAPANESE,),
                      activity=(Activity(subject="jp-beyond-5g", name="", zh="", days=(0,) * 30),))  # fmt: skip
    for render in (text.render, markdown.render, webpage.render):
        assert "in 30 days" not in render(samples.digest(section))


def test_what_a_cap_left_out_is_counted_and_the_command_that_shows_it_is_named() -> None:
    for printed in (full(), markdown.render(samples.FULL), webpage.render(samples.FULL)):
        assert "and 14 more: monitor digest --watchlist fcc --since 2026-10-17T00:00:00Z" in printed
        assert "4 of 18 items" in printed


def test_the_stages_of_a_bill_are_a_list_of_which_the_page_marks_how_far_it_came() -> None:
    page = lxml_html.document_fromstring(webpage.render(samples.FULL))
    (way,) = page.iter("ol")
    assert [(stage.get("class"), stage.text) for stage in way] == [
        ("past", "introduced"), ("now", "reported"), ("ahead", "Senate"), ("ahead", "House"), ("ahead", "President"), ("ahead", "law"),
    ]  # fmt: skip


def test_the_heartbeat_says_who_was_asked_and_when_the_last_answered() -> None:
    assert "  asked       all 5 sources | last answer 2026-10-18 07:40\n" in text.render(samples.QUIET)
    assert "  asked       4 of 5 sources | last answer 2026-10-18 07:40\n" in text.render(samples.DAILY)
    assert (
        closing(samples.source("a", "failing", "")).splitlines()[1]
        == "  asked       the only source | no answer yet"
    )


# ---- watchlists of low priority ----


def low(*entries) -> Digest:
    section = Section(id="low", title="In passing", priority="low", entries=entries)
    return samples.digest(section)


def test_in_a_watchlist_of_low_priority_an_item_is_a_line() -> None:
    told = low(samples.JAPANESE, samples.VINES_CALL, samples.RETITLED, samples.LATE)
    for printed in (text.render(told), OUR_ESCAPES.sub("", FORMATS["terminal-80.ansi"](told))):
        lines = printed.splitlines()
        kept = [line for line in lines if line.startswith("  ") and line[2:3].isdigit()]
        assert [line[14:24].strip() for line in kept] == ["new", "revised", "revised", "new"]
        assert "https" not in printed
        assert "VINES” in" not in printed
        assert all(cells(line) <= 80 for line in lines)
        chapter = printed.split("In passing")[1].split("  asked")[0]
        assert "NSF 25-539  Verticals-enabling Intelligent Network" in chapter
        # Two rules, four subjects and four items: no address, no reason, no blank line between them.
        assert len([line for line in chapter.splitlines()[1:] if line]) == 2 + 4 + 4


def test_a_line_of_low_priority_carries_its_link_where_links_are_on() -> None:
    printed = terminal.draw(low(samples.VINES_CALL), width=80, colour=False, links=True)
    assert f";{samples.VINES_CALL.url}\x1b\\NSF 25-539  Verticals-enabling" in printed


def test_markdown_of_low_priority_is_a_line_and_the_html_page_folds_the_reasons_away() -> None:
    printed = markdown.render(low(samples.VINES_CALL))
    assert "- 2025-05-09 *revised* [**NSF 25-539" in printed
    assert "  - " not in printed
    page = lxml_html.document_fromstring(webpage.render(low(samples.VINES_CALL)))
    (details,) = page.iter("details")
    assert "Intelligent Network Systems" in details.text_content()
    assert not [dl for dl in page.iter("dl") if dl.getparent().tag == "article"]


def test_a_watchlist_of_low_priority_points_to_where_an_item_is_told_and_is_not_pointed_to() -> None:
    sections = [
        Section(id=name, title=name.title(), priority=priority, entries=(samples.VINES_CALL,))
        for name, priority in (("first", "low"), ("second", "normal"), ("third", "low"))
    ]
    printed = text.render(samples.digest(*sections), width=120)
    assert printed.count("see Second") == 1
    assert "see First" not in printed
    assert printed.count("deadline 2025-08-11 -> 2025-09-15") == 1


def test_a_line_of_low_priority_says_that_the_item_is_no_longer_recognised() -> None:
    left = replace(samples.RETITLED.reasons[0], withdrawn="the item was revised")
    assert "  2026-10-17  no longer  FR Doc. 2026-18231" in text.render(
        low(replace(samples.RETITLED, reasons=(left,)))
    )


def test_steps_of_a_bill_come_latest_first_and_older_ones_are_counted() -> None:
    told = "\n".join(lines_of(samples.S_1169, clock="occurred", width=120))
    assert (
        told.index("Placed on Senate")
        < told.index("Reported by Senator")
        < told.index("introduced 2021-04-15")
    )
    assert (
        "  new         * introduced - * reported - . Senate - . House - . President - . law\n"
        "              introduced 2021-04-15 | reported 2021-05-10; Calendar No. 50 | 1 earlier step\n"
        in told
    )
    assert "referred to the Committee" not in told


def test_a_document_that_two_watchlists_catch_is_told_once_and_pointed_to_once() -> None:
    printed = text.render(samples.SPRING, width=120)
    assert printed.count('introduced | "WIRELESS Leadership Act" in another title') == 1
    pointers = [line for line in printed.splitlines() if line.endswith("see Wireless bills, 117th Congress")]
    assert len(pointers) == 1
    assert pointers[0].startswith("  2021-02-15  H.R. 1060 (117th)")


def test_a_document_that_two_subjects_of_a_watchlist_catch_names_both() -> None:
    assert '"S. 1169" in number | also US–Japan 5G cooperation\n' in text.render(samples.SPRING, width=120)
    both = replace(samples.LATE, reasons=(*samples.LATE.reasons, *samples.S_1169.reasons[1:]))
    assert 'also US–Japan 5G cooperation: "Japan" in summary' in text.render(only(both), width=200)


def test_a_reason_that_holds_no_longer_says_why_and_quotes_nothing() -> None:
    gone = replace(samples.VINES, withdrawn="the watchlist was changed")
    told = "\n".join(lines_of(replace(samples.VINES_CALL, reasons=(gone, samples.WIRELESS)), width=120))
    assert "no longer: the watchlist was changed | also WIRELESS Leadership Act" in told
    assert 'Intelligent Network Systems"' not in told
    told = "\n".join(lines_of(replace(samples.LATE, reasons=(samples.WIRELESS, gone)), width=200))
    assert "also NSF VINES: no longer: the watchlist was changed" in told
    assert json.loads(jsonlines.render(only(replace(samples.LATE, reasons=(gone,)))))["watchlists"][0][
        "entries"
    ][0]["no_longer"] == {"nsf-vines": "the watchlist was changed"}


def test_of_a_pattern_only_the_words_that_it_found_are_told() -> None:
    found = samples.evidence("NextG", term=r"next[- ]?g(en)?\b", rule="regex")
    told = replace(samples.LATE, reasons=(samples.reason("next-g", found, name="Next G"),))
    assert lines_of(told)[1].endswith('| "NextG" in title')


def test_a_chinese_title_is_said_once() -> None:
    named = replace(samples.VINES_CALL, title_zh=samples.VINES.zh)
    for render in PLAIN_FORMATS.values():
        if render is not jsonlines.render:
            assert render(only(named)).count(samples.VINES.zh) == 1
    other = replace(named, title_zh="第六代网络研究")
    assert "(VINES)  第六代网络研究" in text.render(only(other), width=120)
    assert text.render(only(replace(other, title="第六代网络研究"))).count("第六代网络研究") == 1


def test_what_was_there_before_watching_began_is_folded_to_three_lines_a_subject() -> None:
    printed = text.render(samples.DAILY)
    assert printed.count("An earlier call") == 3
    assert "and 14 more: monitor items 'intelligent network systems'" in printed
    assert "17 already there" in printed


def test_by_the_publishers_clock_everything_is_news() -> None:
    occurred = replace(samples.DAILY, period=replace(samples.DAILY.period, clock="occurred"))
    printed = text.render(occurred)
    assert printed.count("An earlier call") == 17
    assert "already there" not in printed


def test_news_on_something_that_was_there_before_is_told_in_full() -> None:
    moved = replace(samples.VINES_CALL, origin="baseline")
    assert "deadline 2025-08-11 -> 2025-09-15" in text.render(only(moved))


def test_folded_lines_name_the_full_format_where_no_search_finds_them_all() -> None:
    before = tuple(
        replace(entry, reasons=(samples.reason("nsf-vines", samples.evidence(f"{n}; x"), name="VINES"),))
        for n, entry in enumerate(samples.BEFORE)
    )
    folded = samples.digest(Section(id="w", title="Watch", priority="normal", entries=before))
    assert "and 14 more: --json has them all" in text.render(folded)


def test_the_html_page_folds_but_leaves_nothing_out() -> None:
    assert webpage.render(samples.DAILY).count("An earlier call") == 17


def test_a_notice_comes_before_everything_else() -> None:
    for render in PLAIN_FORMATS.values():
        printed = render(samples.DAILY)
        assert printed.index("quantum.toml") < printed.index("US 6G research money")


def test_a_quiet_day_says_so_and_names_when_each_source_was_last_heard() -> None:
    printed = text.render(samples.QUIET)
    assert "Nothing new for US 6G research money and 日本の 6G 政策." in printed
    for name in ("congress-bills", "federal-register", "nsf-news", "soumu-rss"):
        assert f"2026-10-18 07:40 | {name}" in printed
    assert "failing     fcc-edocs | no answer from www.fcc.gov | never read well" in printed


def test_a_list_with_items_from_before_is_not_said_to_hold_nothing() -> None:
    section = Section(id="w", title="Calls", priority="normal", entries=samples.BEFORE)
    printed = text.render(samples.digest(section, replace(section, title="Silence", entries=())))
    assert "Nothing new for Silence." in printed
    assert "already there when watching began" in printed


def closing(*sources) -> str:
    lines = text.render(samples.digest(sources=sources), width=200).splitlines()
    return "\n".join(lines[lines.index("-" * 200) + 1 :])


def test_a_source_is_named_once_in_its_line() -> None:
    failing = samples.source("a-feed", "failing", detail="a-feed: answered 503; wait")
    assert closing(failing).startswith("  failing     a-feed | answered 503; wait | last well")


def test_sources_that_fail_for_the_same_reason_share_a_line() -> None:
    what = "{0}: no usable answer from https://{0}.example/feed?a=b,c: no network; check it"
    down = [samples.source(n, "failing", "", detail=what.format(n)) for n in ("one", "two", "three")]
    other = samples.source("four", "failing", "", detail="four: answered 503; wait")
    assert closing(*down, other).splitlines()[:2] == [
        "  failing     3 sources | no usable answer: no network; check it | never read well | one, two, three",
        "  failing     four | answered 503; wait | never read well",
    ]
    alone = closing(down[0]).splitlines()[0]
    assert "no usable answer from https://one.example/feed?a=b,c: no network" in alone


def test_sources_that_share_a_line_say_the_earliest_of_their_times() -> None:
    failing = [
        samples.source("one", "failing", "2026-10-15T00:00:00Z", since="2026-10-16T00:00:00Z", detail="x"),
        samples.source("two", "failing", "2026-10-14T00:00:00Z", since="2026-10-17T00:00:00Z", detail="x"),
        samples.source("six", "failing", "", since="2026-10-17T00:00:00Z", detail="x"),
    ]
    assert closing(*failing).splitlines()[0] == (
        "  failing     3 sources | since 2026-10-16 08:00 or later | x | last well 2026-10-14 08:00 or later"
        " | 1 never read well | one, two, six"
    )


def test_an_overdue_source_says_since_when_nobody_asked_it() -> None:
    overdue = samples.source("a-feed", "overdue", "2026-10-15T00:00:00Z")
    assert closing(overdue).startswith("  overdue     a-feed | not asked since 2026-10-15 08:00\n")
    assert "1 source not well" in text.render(samples.digest(sources=(overdue,)))


def test_a_source_that_is_well_but_has_moved_says_so() -> None:
    moved = samples.source("a-feed", detail="has moved for good to https://a.example/; change its url")
    assert closing(moved, samples.source("b-feed")).splitlines()[:3] == [
        "  well, but   a-feed | has moved for good to https://a.example/; change its url",
        "  asked       both sources | last answer 2026-10-18 07:40",
        "  well        2026-10-18 07:40 | b-feed",
    ]


def test_the_log_tells_the_periods_positions_and_the_head_its_own() -> None:
    printed = text.render(samples.DAILY, width=120)
    assert "  log         positions 1,204 to 1,368\n" in printed
    assert f"  head        {samples.HEAD} at position 1,371\n" in printed
    assert "  log         nothing recorded in this period\n" in text.render(samples.QUIET)
    one = replace(samples.DAILY, last_position=1204)
    assert "  log         position 1,204\n" in text.render(one)
    assert "positions 1,204 to 1,368" in markdown.render(samples.DAILY)
    assert f"`{samples.HEAD}` at position 1,371" in markdown.render(samples.DAILY)
    assert "at position 1,371" in webpage.render(samples.DAILY)


def test_on_a_day_with_news_only_the_sources_that_are_not_well_have_lines_of_their_own() -> None:
    closing = text.render(samples.DAILY, width=120).split("-" * 120)[-1]
    assert [line.split()[:2] for line in closing.splitlines()[1:] if line[2:3] != " "][:4] == [
        ["failing", "fcc-edocs"],
        ["gap", "soumu-rss"],
        ["unread", "ntia-blog"],
        ["asked", "4"],
    ]


def test_without_watchlists_or_sources_the_digest_says_what_is_missing() -> None:
    printed = text.render(samples.digest(sources=()))
    assert "No watchlist is in force, so nothing can be told." in printed
    assert "No source is configured." in printed


@pytest.mark.parametrize("width", [40, 64, 80, 120])
def test_the_chain_head_is_whole_at_every_width(width: int) -> None:
    printed = text.render(samples.DAILY, width=width)
    (line,) = (line for line in printed.splitlines() if samples.HEAD in line)
    assert width < 64 or cells(line) <= width
    assert "at position 1,371" in "\n".join(printed.splitlines()[-2:])


def test_an_error_of_a_watchlist_stands_under_its_title() -> None:
    section = Section(
        id="w", title="Watch", priority="normal", entries=(), error="the last good revision is in force"
    )
    assert "Watch\n" + "-" * 80 + "\n! the last good revision is in force\n" in text.render(
        samples.digest(section)
    )


# ---- dates, names, differences ----


def test_a_day_stays_the_publishers_day_and_an_instant_is_told_in_the_readers_zone() -> None:
    assert lines_of(replace(samples.HR_1060, origin="live"))[0].startswith("  2021-02-15  ")
    late = samples.change("new", "2026-10-17T20:15:00Z")
    told = lines_of(samples.entry("x:1", "Late in the day", late, reasons=(samples.VINES,)))
    assert told[0] == "  2026-10-18  Late in the day"
    assert told[1].startswith("  new         04:15 | nsf-news | ")


def test_an_item_that_comes_long_after_its_date_says_when_it_was_first_seen() -> None:
    assert lines_of(samples.LATE)[1].startswith("  new         first seen 2026-10-18 08:10 | nsf-news")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("2026-10-17T20:00:00Z", "2026-10-17T21:30:00Z", "date 2026-10-18 04:00 -> 2026-10-18 05:30"),
        ("2026-10-17T20:00:00Z", "2026-10-17T20:00:09Z", "date 2026-10-18T04:00:00+08:00 -> 2026-10-18T04:00:09+08:00"),
        ("2026-10-17", "2026-10-18", "date 2026-10-17 -> 2026-10-18"),
        ("soon", "2026-10-17T20:00:00Z", "date soon -> 2026-10-18 04:00"),
        (None, "2026-10-17T20:00:00Z", "date appeared {+2026-10-18 04:00+}"),
    ],
)  # fmt: skip
def test_a_revised_date_stands_in_the_readers_zone_and_a_day_stays_a_day(
    old: str | None, new: str, told: str
) -> None:
    changed = FieldChange(field="published", old=old, new=new)
    entry = samples.entry(
        "x:1", "T", samples.change("revised", "2026-10-17", fields=(changed,)), reasons=(samples.VINES,)
    )
    assert told in " ".join(" ".join(lines_of(entry, width=120)).split())


def test_an_item_without_date_or_title_is_told_nevertheless() -> None:
    told = lines_of(samples.entry("x:1", "", samples.change("new", ""), reasons=(samples.VINES,)))
    assert told[0] == "  undated     (no title)"


def test_a_period_of_whole_days_is_told_in_days_and_its_end_is_the_last_of_them() -> None:
    for render in PLAIN_FORMATS.values():
        if render not in {webpage.render, jsonlines.render}:
            assert render(samples.SPRING).count("2021-02-01 to 2021-05-31") == 1
    assert text.render(samples.SPRING).startswith(
        "Digest  2021-02-01 to 2021-05-31\nas the publishers date it | times in Asia/Shanghai\n"
    )
    assert "<h1>Digest: 2021-02-01 to 2021-05-31</h1>" in webpage.render(samples.SPRING)
    one_day = replace(samples.SPRING.period, since="2021-05-30T16:00:00Z")
    assert text.render(replace(samples.SPRING, period=one_day)).startswith("Digest  2021-05-31\nas the")


LAST_DAY = replace(
    samples.QUIET.period,
    since="2026-10-17T00:30:00Z",
    until="2026-10-18T00:30:00Z",
    label="the last 24 hours",
)


def test_a_day_that_ends_now_is_the_last_24_hours() -> None:
    printed = text.render(replace(samples.QUIET, period=LAST_DAY))
    assert printed.startswith("Digest  the last 24 hours\n2026-10-17 08:30 to 2026-10-18 08:30 | as recorded")


@pytest.mark.parametrize(
    ("told", "heading"),
    [
        ({"since": "2026-10-11T00:30:00Z"}, "2026-10-11 08:30 to 2026-10-18 08:30"),
        ({"label": ""}, "2026-10-17 08:30 to 2026-10-18 08:30"),
    ],
)
def test_no_other_period_is_the_last_24_hours(told: dict[str, str], heading: str) -> None:
    printed = text.render(replace(samples.QUIET, period=replace(LAST_DAY, **told)))
    assert printed.startswith(f"Digest  {heading}\nas recorded")


def test_what_the_log_held_at_a_moment_says_which_moment() -> None:
    printed = text.render(replace(samples.QUIET, period=LAST_DAY, as_of="2026-10-18T00:30:00Z"))
    assert printed.startswith(
        "Digest  2026-10-17 08:30 to 2026-10-18 08:30\nas of 2026-10-18 08:30 | as recorded | times in"
    )
    whole_day = replace(samples.QUIET, as_of="2026-10-17T15:59:59Z")
    assert "\nas of 2026-10-17 | as recorded" in text.render(whole_day)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("short", "shorter", "title short -> shorter"),
        (None, "a first one", "title appeared {+a first one+}"),
        ("a last one", None, "title is gone [-a last one-]"),
        (["5G"], ["5G", "6G"], "title {+6G+}"),
        (["5G", "4G"], ["6G"], "title [-5G, 4G-] {+6G+}"),
        ({"status": "open"}, {"status": "shut"}, "status open -> shut"),
        (
            "A notice on the siting of small wireless facilities in towns",
            "A notice on the siting of large wireless facilities in towns",
            "[-small-] {+large+}",
        ),
        (
            "総務省は第５世代移動通信システムの普及のための開設計画の認定を行いました",
            "総務省は第６世代移動通信システムの普及のための開設計画の認定を行いました",
            "第[-５-]{+６+}世代",
        ),
        ("word " * 2000, "other " * 2000, "rewritten at length"),
        ("a long title with a hidden\u200b place in the middle", "a long title with a hidden place in the middle", "changed in invisible characters only"),
    ],
)  # fmt: skip
def test_a_revision_tells_old_and_new(old: object, new: object, told: str) -> None:
    revised = samples.change("revised", "2026-10-17", fields=(FieldChange(field="title", old=old, new=new),))
    printed = " ".join(
        line.strip() for line in lines_of(samples.entry("x:1", "T", revised, reasons=(samples.VINES,)))
    )
    assert told in printed


def test_a_revision_of_the_text_says_no_hash() -> None:
    fields = (FieldChange(field="body", old="a" * 64, new="b" * 64),)
    told = lines_of(
        samples.entry(
            "x:1", "T", samples.change("revised", "2026-10-17", fields=fields), reasons=(samples.VINES,)
        )
    )
    assert told[1] == "  revised     text changed"


def test_a_withdrawal_tells_its_reason() -> None:
    assert "  withdrawn   the publisher's list no longer holds it" in lines_of(samples.GONE)


# ---- lines ----


@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize("sample", SAMPLES)
def test_no_line_is_wider_than_the_terminal_unless_it_is_an_address(sample: str, width: int) -> None:
    for line in text.render(SAMPLES[sample], width=width).splitlines():
        assert cells(line) <= width or line.strip().startswith("https://") or line.strip() == samples.HEAD


def test_ascii_facts_make_ascii_text() -> None:
    wordy = replace(samples.LATE, title="word " * 100)
    assert text.render(only(wordy)).isascii()


def test_a_japanese_line_never_begins_with_closing_punctuation() -> None:
    title = "「総務省」、「経済産業省」、「文部科学省」、「外務省」。" * 4
    for width in range(40, 60):
        for line in lines_of(replace(samples.JAPANESE, title=title), width=width):
            assert line.strip()[0] not in "、。」"
            assert line.strip()[-1] != "「"


def test_the_address_stands_behind_the_title_on_a_terminal_and_in_print_elsewhere() -> None:
    url = samples.HR_1060.url
    linked = terminal.draw(samples.SPRING, width=80, colour=False, links=True)
    assert "\x1b]8;id=" in linked
    assert url not in OUR_ESCAPES.sub("", linked)
    assert f"\n              {url}\n" in terminal.draw(samples.SPRING, width=80, colour=False, links=False)


@pytest.mark.parametrize("sample", SAMPLES)
def test_paint_changes_no_word(sample: str) -> None:
    painted = terminal.draw(SAMPLES[sample], width=80, colour=True, links=False)
    bare = terminal.draw(SAMPLES[sample], width=80, colour=False, links=False)
    assert [line.rstrip() for line in OUR_ESCAPES.sub("", painted).splitlines()] == bare.splitlines()
    assert "\x1b" not in bare
    assert "\x1b" in painted


def test_plain_formats_do_not_load_the_painter() -> None:
    asked = "import sys; from monitor.core.renderings import text, markdown, jsonlines; sys.exit('rich' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked], check=False).returncode == 0


# ---- JSON ----


def test_json_is_one_object_on_one_line_with_the_promised_names() -> None:
    printed = jsonlines.render(samples.SPRING)
    assert printed.count("\n") == 1
    told = json.loads(printed)
    assert {"period", "head", "watchlists", "sources"} <= told.keys()
    assert told["period"] == {
        "since": "2021-01-31T16:00:00Z", "until": "2021-05-31T16:00:00Z", "clock": "occurred",
        "timezone": "Asia/Shanghai", "label": "",
    }  # fmt: skip
    entry = told["watchlists"][0]["entries"][0]
    assert {
        "key",
        "title",
        "subjects",
        "change",
        "occurred_at",
        "recorded_at",
        "url",
        "evidence",
    } <= entry.keys()
    assert entry["subjects"] == ["wireless-leadership-act"]
    assert entry["evidence"] == [
        {
            "watchlist": "", "subject": "wireless-leadership-act", "field": "titles", "start": 0, "end": 23,
            "quote": "WIRELESS Leadership Act", "term": "WIRELESS Leadership Act", "rule": "phrase", "score": 100,
        }
    ]  # fmt: skip
    assert {"id", "kind", "state", "last_good_at", "since", "detail"} == told["sources"][0].keys()


def test_json_leaves_out_a_chinese_title_that_is_not_there() -> None:
    assert "title_zh" not in jsonlines.render(samples.SPRING)
    assert '"title_zh":"六代"' in jsonlines.render(only(replace(samples.GONE, title_zh="六代")))


# ---- hostile text ----

nasty = st.one_of(
    st.text(max_size=60),
    st.text(
        alphabet="\x1b[]8;m\\\x07\x9b\x9d\u202e\u2066\u200b\ufeff<>&\"'`*_~#-+=|!()1.\n\r\t a/", max_size=40
    ),
    st.sampled_from(samples.NASTY),
)


dated = st.one_of(nasty, st.sampled_from(["2026-12-01", "1970-01-01", "2027-01-15T22:00:00Z"]))


@st.composite
def hostile_digests(draw: st.DrawFn) -> Digest:
    found = samples.evidence(draw(nasty), field=draw(nasty), term=draw(nasty), rule=draw(nasty), score=90)
    fields = (
        FieldChange(field=draw(nasty), old=draw(nasty), new=draw(nasty)),
        FieldChange(field="details", old={draw(nasty): draw(nasty)}, new={draw(nasty): draw(nasty)}),
        FieldChange(field="subjects", old=[draw(nasty)], new=[draw(nasty)]),
    )
    entry = samples.entry(
        draw(nasty), draw(nasty),
        samples.change("moved", draw(nasty), text=draw(nasty)), samples.change("revised", draw(nasty), fields=fields),
        reasons=(replace(samples.reason(draw(nasty), found, name=draw(nasty), zh=draw(nasty)), withdrawn=draw(nasty)),),
        url=draw(nasty), source=draw(nasty), title_zh=draw(nasty),
        stage=samples.Stage(name=draw(nasty), since=draw(nasty), text=draw(nasty), path=(draw(nasty),)),
        summary=draw(nasty), deadlines=(Deadline(what=draw(nasty), when=draw(dated), moved_from=draw(nasty), quote=draw(nasty)),),
        related=(Related(key=draw(nasty), title=draw(nasty), url=draw(nasty), source=draw(nasty)),),
        change=draw(st.sampled_from(["new", "revised"])),
    )  # fmt: skip
    entry = replace(entry, reasons=(*entry.reasons, replace(entry.reasons[0], watchlist=draw(nasty))))
    bill = replace(
        entry,
        key=draw(st.sampled_from(["bill:119-hr-1", draw(nasty)])),
        stage=samples.Stage(
            name="reported", since=draw(nasty), text=draw(nasty), path=("introduced", "reported")
        ),
    )
    folded = replace(
        entry, origin="baseline", key=draw(nasty), changes=(samples.change("new", "", origin="baseline"),)
    )
    section = Section(
        id=draw(nasty),
        title=draw(nasty),
        priority=draw(st.sampled_from(["normal", "low"])),
        entries=(entry, bill, folded),
        error=draw(nasty),
        activity=(Activity(subject=entry.reasons[0].subject, name=draw(nasty), zh="", days=(0, 1, 9)),),
        omitted=draw(st.integers(0, 2)),
    )
    source = samples.source(
        draw(nasty),
        draw(st.sampled_from(["failing", "gap", "overdue", "new", "ok"])),
        draw(nasty),
        detail=draw(nasty),
    )
    period = Period(since=draw(nasty), until=draw(nasty), clock="recorded", timezone="UTC", label=draw(nasty))
    return samples.digest(
        section,
        sources=(source, replace(source, id=draw(nasty))),
        period=period,
        notices=(draw(nasty),),
        as_of=draw(nasty),
    )


@given(hostile_digests())
def test_no_format_prints_a_control_or_an_invisible_character(hostile: Digest) -> None:
    for render in PLAIN_FORMATS.values():
        assert unseen(render(hostile)) == set()


@given(hostile_digests())
def test_a_terminal_is_sent_our_own_escapes_only(hostile: Digest) -> None:
    assert unseen(OUR_ESCAPES.sub("", terminal.draw(hostile, width=80, colour=True, links=True))) == set()


@given(hostile_digests())
def test_html_holds_our_own_elements_and_web_addresses_only(hostile: Digest) -> None:
    page = lxml_html.document_fromstring(webpage.render(hostile))
    ours = {
        "html", "head", "meta", "title", "style", "body", "main", "header", "footer", "section", "article", "h1", "h2",
        "h3", "h4", "p", "a", "span", "small", "time", "dl", "div", "dt", "dd", "ul", "li", "details", "summary", "del",
        "ins", "strong", "code", "ol", "svg", "rect",
    }  # fmt: skip
    assert {element.tag for element in page.iter()} <= ours
    named = {name for element in page.iter() for name in element.attrib}
    drawn = {"viewbox", "width", "height", "x", "y", "opacity", "role", "aria-label", "title"}
    assert named <= {"lang", "charset", "name", "content", "http-equiv", "class", "href", "datetime"} | drawn
    assert all(re.match("https?://", link) for element, _, link, _ in page.iterlinks())


@given(hostile_digests())
def test_markdown_holds_no_html_no_image_and_web_addresses_only(hostile: Digest) -> None:
    tokens = MarkdownIt("commonmark").parse(markdown.render(hostile))
    inner = [token for block in tokens for token in (block, *(block.children or ()))]
    assert {token.type for token in inner}.isdisjoint(
        {"html_inline", "html_block", "image", "fence", "code_block", "ordered_list_open"}
    )
    links = [token.attrGet("href") for token in inner if token.type == "link_open"]
    assert all(re.match("https?://", str(link)) for link in links)


@given(nasty)
def test_markdown_reads_back_as_the_plain_title(title: str) -> None:
    entry = samples.entry("x:1", title, samples.change("new", "2026-10-17"), reasons=(samples.VINES,))
    tokens = MarkdownIt("commonmark").parse(markdown.render(only(entry)))
    strong = [
        "".join(child.content for child in block.children[n:])
        for block in tokens
        if block.children and (block.content.startswith("2026-10-17 "))
        for n, token in enumerate(block.children)
        if token.type == "strong_open"
    ]
    assert strong == [cut(plain(title), 280) or "(no title)"]


@given(hostile_digests())
def test_json_reads_back_exactly(hostile: Digest) -> None:
    told = json.loads(jsonlines.render(hostile))
    first = hostile.sections[0].entries[0]
    assert told["watchlists"][0]["title"] == hostile.sections[0].title
    assert told["watchlists"][0]["entries"][0]["title"] == first.title
    assert told["watchlists"][0]["entries"][0]["evidence"][0]["quote"] == first.reasons[0].evidence[0].quote
    assert told["notices"] == list(hostile.notices)


def test_rich_markup_in_a_title_is_printed_as_it_stands() -> None:
    printed = terminal.draw(
        only(replace(samples.LATE, title="[red]News[/red]")), width=80, colour=True, links=True
    )
    assert "[red]News[/red]" in OUR_ESCAPES.sub("", printed)


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://www.nsf.gov/a?b=c&d=%20#e", "https://www.nsf.gov/a?b=c&d=%20#e"),
        ("https://a.example/(x)\"'<y>", "https://a.example/%28x%29%22%27%3Cy%3E"),
        ("https://a.example/資料 1.pdf", "https://a.example/%E8%B3%87%E6%96%99%201.pdf"),
        ("https://a.example/\x1b]8;;x\x1b\\", "https://a.example/%5D8;;x%5C"),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("//a.example/x", ""),
        ("https:///x", ""),
        ("https://a.example/" + "x" * 2000, ""),
        ("https://[::1", ""),
        ("", ""),
    ],
)
def test_only_web_addresses_become_links(url: str, safe: str) -> None:
    assert web_address(url) == safe


@given(nasty, st.integers(min_value=4, max_value=80))
def test_a_cut_text_fits(words: str, room: int) -> None:
    assert cells(cut(plain(words), room)) <= room


@given(nasty)
def test_plain_is_plain_already(words: str) -> None:
    assert plain(plain(words)) == plain(words)


def test_marks_piled_on_a_letter_are_taken_off() -> None:
    assert len(plain("e" + "\u0301" * 500)) == 5


def test_every_word_of_a_telling_is_plain() -> None:
    told = tell(samples.HOSTILE)
    assert unseen(repr(told)) == set()
    assert "\\x" not in repr(told)


@given(
    st.lists(st.sampled_from(["5G", "6G", "net", "act", "of", "第"]), max_size=9),
    st.lists(st.sampled_from(["5G", "6G", "net", "act", "of", "第"]), max_size=9),
)
def test_a_difference_without_gaps_holds_all_of_both_texts(old: list[str], new: list[str]) -> None:
    from monitor.core.differences import compare_words

    runs = compare_words(" ".join(old), " ".join(new), changes=100)
    if old == new or any(run.mark == "gap" for run in runs):
        return
    for texts, mark in ((old, "old"), (new, "new")):
        kept = "".join(run.text for run in runs if run.mark in {"same", mark})
        assert kept.replace(" ", "") == "".join(texts)
