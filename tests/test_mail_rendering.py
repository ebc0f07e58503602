"""A digest as a mail: what its head says, how its text flows, what its page holds; harmless whatever publishers write."""

from __future__ import annotations

import email as email_format
import re
import unicodedata
from dataclasses import replace
from email import policy
from email.message import EmailMessage
from pathlib import Path

import digest_samples
import edition_samples
import mail_samples as samples
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html

from monitor.core.digests import Activity, Digest, Section
from monitor.core.mailboxes import is_address, is_way_out
from monitor.core.renderings.flowed import flowed
from monitor.core.renderings.neutral import cells, plain
from monitor.outputs import email

GOLDEN = Path(__file__).parent / "mails"
MAILS = {
    "window": (samples.WINDOW, samples.dispatch(unsubscribe="mailto:stop@policy.example.org?subject=stop")),
    "crowd": (samples.CROWD, samples.dispatch("alert", reply_to="Desk <desk@policy.example.org>")),
    "weekly": (digest_samples.DAILY, samples.dispatch("weekly")),
    "quiet": (digest_samples.QUIET, samples.dispatch("heartbeat", unsubscribe="https://policy.example.org/stop?u=1")),
    "hostile": (samples.hostile(), samples.dispatch("sample")),
}  # fmt: skip
HEADERS = [
    "From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "List-Id",
    "Auto-Submitted", "Content-Language", "X-Policy-Monitor-Occasion", "MIME-Version", "Content-Type",
]  # fmt: skip


def made(digest: Digest, dispatch=None) -> bytes:
    return email.render(digest, dispatch or samples.dispatch()).body


def read(digest: Digest, dispatch=None) -> EmailMessage:
    """The message as a mail program takes it apart; nothing in it may be amiss."""
    message = email_format.message_from_bytes(made(digest, dispatch), policy=policy.default)
    assert isinstance(message, EmailMessage)
    assert [each.defects for each in message.walk()] == [[], [], []]
    return message


def text_of(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return part.get_content().replace("\r\n", "\n")


def page_of(message: EmailMessage) -> str:
    part = message.get_body(("html",))
    assert part is not None
    return part.get_content().replace("\r\n", "\n")


def unflowed(text: str) -> list[str]:
    """Paragraphs as RFC 3676 has a mail program read them: of `format=flowed; delsp=yes`."""
    paragraphs, begun = [], ""
    for line in text.split("\n")[:-1]:
        said = line.removeprefix(" ")
        if said.endswith(" ") and said != "-- ":
            begun += said[:-1]
        else:
            paragraphs.append(begun + said)
            begun = ""
    assert begun == ""
    return paragraphs


def only(*entries, title: str = "Watch", priority: str = "normal", **more) -> Digest:
    return samples.replace(
        samples.WINDOW, notices=(), sections=(Section(id="w", title=title, priority=priority, entries=entries),), **more
    )  # fmt: skip


# ---- golden files: what each looks like, read by a person once ----


def parts_of(name: str) -> dict[str, str]:
    message = read(*MAILS[name])
    head = "".join(f"{key}: {value}\n" for key, value in message.items())
    return {"head.txt": head, "mail.txt": text_of(message), "mail.html": page_of(message)}


@pytest.mark.parametrize("part", ["head.txt", "mail.txt", "mail.html"])
@pytest.mark.parametrize("name", MAILS)
def test_each_mail_reads_as_it_did_when_it_was_read(name: str, part: str) -> None:
    golden = GOLDEN / name / part
    printed = parts_of(name)[part]
    if not golden.exists():
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(printed, encoding="utf-8", newline="\n")
        pytest.fail(f"{golden}: written now; read it, then run again")
    assert printed == golden.read_text(encoding="utf-8")


def test_no_golden_file_is_left_over() -> None:
    assert {path.relative_to(GOLDEN).as_posix() for path in GOLDEN.rglob("*.*")} == {
        f"{name}/{part}" for name in MAILS for part in ("head.txt", "mail.txt", "mail.html")
    }


# ---- the message as a whole ----


@pytest.mark.parametrize("name", MAILS)
def test_any_server_may_carry_a_message_and_it_is_the_same_each_time(name: str) -> None:
    body = made(*MAILS[name])
    assert body.isascii()
    assert re.search(rb"[^\r]\n|\r[^\n]", body) is None
    assert max(map(len, body.split(b"\r\n"))) <= 998
    assert b"\0" not in body
    assert body == made(*MAILS[name])


@pytest.mark.parametrize("name", MAILS)
def test_a_message_has_the_headers_that_it_was_given_and_no_others(name: str) -> None:
    named = read(*MAILS[name]).keys()
    further = {"window": ["List-Unsubscribe"], "crowd": ["Reply-To"],
               "quiet": ["List-Unsubscribe", "List-Unsubscribe-Post"]}.get(name, [])  # fmt: skip
    assert sorted(named) == sorted([*HEADERS, *further])


def test_the_text_comes_first_and_the_page_is_preferred_where_it_can_be_shown() -> None:
    message = read(samples.WINDOW)
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    text = message.get_body(("plain",))
    assert text is not None
    assert dict(text["Content-Type"].params) == {"charset": "utf-8", "format": "flowed", "delsp": "yes"}


def test_dates_and_ids_are_those_of_the_plan() -> None:
    message = read(samples.WINDOW)
    assert message["Date"] == "Sun, 18 Oct 2026 08:30:00 +0800"
    assert message["Message-ID"] == samples.MESSAGE_ID
    assert message["Auto-Submitted"] == "auto-generated"
    assert "Precedence" not in message
    repeated = samples.dispatch(repeat=True)
    assert made(samples.WINDOW, repeated) == made(samples.WINDOW)


def test_names_and_titles_in_chinese_come_through() -> None:
    message = read(only(digest_samples.JAPANESE))
    assert message["From"].addresses[0].display_name == "政策监测"
    shown = message["Subject"].removesuffix("…")
    assert len(shown) > 50
    assert f"Digest: {digest_samples.JAPANESE.title}".startswith(shown)
    assert f"* 2026-10-17 {digest_samples.JAPANESE.title}" in unflowed(text_of(message))


def test_ids_and_addresses_longer_than_a_line_are_not_encoded() -> None:
    """Python's own EmailMessage encodes them, and nobody decodes an id."""
    long_id = f"<{'a' * 32}@{'long.' * 20}example.org>"
    way_out = f"https://example.org/{'u' * 200}"
    body = made(samples.WINDOW, samples.dispatch(message_id=long_id, unsubscribe=way_out)).decode()
    head = body.partition("\r\n\r\n")[0].replace("\r\n ", " ").replace("\r\n", "\n")
    assert re.search(rf"^Message-ID: +{re.escape(long_id)}$", head, re.MULTILINE)
    assert re.search(rf"^References: +<[0-9a-f]{{32}}@{'long.' * 20}example.org>$", head, re.MULTILINE)
    assert re.search(rf"^List-Unsubscribe: +<{way_out}>$", head, re.MULTILINE)


@pytest.mark.parametrize(
    ("list_id", "output", "said"),
    [("", "mail", "<mail.policy.example.org>"), ("6g.example.org", "mail", "<6g.example.org>")],
)
def test_a_list_has_an_id_of_its_own(list_id: str, output: str, said: str) -> None:
    assert read(samples.WINDOW, samples.dispatch(output=output, list_id=list_id))["List-Id"] == said


def test_one_click_ends_the_mails_only_where_that_is_safe() -> None:
    by_mail = read(samples.WINDOW, samples.dispatch(unsubscribe="mailto:a@example.org"))
    assert by_mail["List-Unsubscribe"] == "<mailto:a@example.org>"
    assert "List-Unsubscribe-Post" not in by_mail
    on_the_web = read(samples.WINDOW, samples.dispatch(unsubscribe="https://example.org/u"))
    assert on_the_web["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert 'href="https://example.org/u"' in page_of(on_the_web)
    assert "List-Unsubscribe" not in read(samples.WINDOW)


# ---- threads ----


def root(digest: Digest, occasion: str, output: str = "mail", **more) -> str:
    message = read(digest, samples.dispatch(occasion, output=output, **more))
    assert message["References"] == message["In-Reply-To"] != message["Message-ID"]
    return message["References"]


def test_alerts_of_one_subject_are_a_thread_and_digests_of_one_output_another() -> None:
    spectrum, ran = only(edition_samples.SHARING), only(edition_samples.GONE)
    later = only(replace(edition_samples.SHARING, key="frdoc:2026-2"))
    another_id = f"<{'9' * 32}@policy.example.org>"
    assert root(spectrum, "alert") == root(later, "alert", message_id=another_id)
    assert root(spectrum, "alert") != root(ran, "alert")
    assert root(spectrum, "daily") == root(ran, "weekly") == root(digest_samples.QUIET, "heartbeat")
    assert root(spectrum, "daily") != root(spectrum, "alert")
    assert root(spectrum, "daily") != root(spectrum, "daily", output="other")
    assert root(spectrum, "sample") != root(spectrum, "daily")


# ---- the subject line ----


@pytest.mark.parametrize(
    ("digest", "occasion", "said"),
    [
        (only(edition_samples.SHARING), "alert", "Alert: Sharing the Lower 37 Gigahertz Band between Federal and other Users; Use of the Bands..."),
        (only(edition_samples.BILL), "alert", "Alert: S. 1169 (117th) Strategic Competition Act of 2021"),
        (only(edition_samples.GONE), "daily", "Digest: Bureau seeks comment on the upper mid-band (withdrawn)"),
        (only(digest_samples.LATE), "weekly", "Week: (no title)"),
        (only(edition_samples.GONE, edition_samples.CALL, edition_samples.BILL), "daily", "Digest: Bureau seeks comment on the upper mid-band (withdrawn); Verticals-enabling Intelligent Network... (revised); and 1 more"),
        (digest_samples.QUIET, "heartbeat", "Digest: nothing new; fcc-edocs is failing"),
        (replace(digest_samples.QUIET, sources=digest_samples.QUIET.sources[:4]), "heartbeat", "Digest: nothing new; 4 sources well"),
        (replace(digest_samples.DAILY, sections=()), "daily", "Digest: nothing new; 3 sources not well"),
    ],
)  # fmt: skip
def test_the_subject_line_says_what_matters(digest: Digest, occasion: str, said: str) -> None:
    assert read(digest, samples.dispatch(occasion))["Subject"] == said


def test_the_most_urgent_watchlist_stands_first_and_what_was_there_before_last() -> None:
    low = Section(id="low", title="Low", priority="low", entries=(edition_samples.SHARING,))
    high = Section(id="high", title="High", priority="high", entries=(edition_samples.GONE,))
    old = Section(id="old", title="Old", priority="high", entries=digest_samples.BEFORE[:2])
    subject = read(samples.digest_samples.digest(old, low, high))["Subject"]
    assert subject.startswith("Digest: Bureau seeks")
    assert subject.index("Sharing the Lower") < subject.index("and 2 more")


def test_entries_that_a_cap_left_out_are_counted_in_the_subject_line() -> None:
    section = Section(id="w", title="W", priority="high", entries=(edition_samples.GONE,), omitted=14)
    assert read(samples.digest_samples.digest(section))["Subject"].endswith("(withdrawn); and 14 more")


@pytest.mark.parametrize(
    "title",
    [
        *edition_samples.NASTY,
        "a\r\nBcc: evil@example.org\r\n\r\n<b>body</b>",
        "=?utf-8?q?=0D=0ABcc=3A_evil=40example=2Eorg?=",
        "=?utf-8?b?4oCuZ25pcmRybyDigK4=?=",
        "\ud800 half",
        "x" * 10_000,
        "長" * 10_000,
        " ",
    ],
)
def test_no_title_adds_a_header_or_says_more_than_a_line(title: str) -> None:
    message = read(only(replace(edition_samples.SHARING, title=title)))
    assert sorted(message.keys()) == sorted(HEADERS)
    subject = str(message["Subject"])
    assert cells(subject) <= 140
    assert not {unicodedata.category(c) for c in subject} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert "=?" not in subject


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=300))
def test_whatever_a_title_is_the_subject_line_reads_back(title: str) -> None:
    digest, orders = only(replace(edition_samples.SHARING, title=title)), samples.dispatch()
    rendered = email.render(digest, orders)
    assert read(digest, orders)["Subject"] == rendered.title
    assert title.isspace() or rendered.title == plain(rendered.title)


# ---- flowed text ----


@given(st.lists(st.text(alphabet="ab c第（」、6>F—-", max_size=300).map(plain), max_size=6))
def test_flowed_text_reads_back_whole_and_its_lines_are_short(paragraphs: list[str]) -> None:
    text = flowed(paragraphs)
    assert unflowed(text) == paragraphs
    for line in text.splitlines():
        assert cells(line) <= 76 or " " not in line.strip()
        assert not line.startswith((">", "From "))


def test_chinese_flows_without_gaps_and_words_keep_theirs() -> None:
    told = unflowed(flowed([digest_samples.JAPANESE.title * 3, "word " * 40 + "end"]))
    assert told == [digest_samples.JAPANESE.title * 3, "word " * 40 + "end"]
    lines = flowed([digest_samples.JAPANESE.title * 3]).splitlines()
    assert len(lines) > 3
    assert all(line.endswith(" ") for line in lines[:-1])
    assert not any(line.startswith(("、", "」", "）")) for line in lines)


def test_an_address_stays_on_one_line_to_be_opened() -> None:
    address = "https://a.example/" + "x" * 400
    assert f"\n{address}\n" in text_of(read(only(replace(edition_samples.SHARING, url=address))))


@pytest.mark.parametrize("name", MAILS)
def test_a_mail_s_text_flows_and_holds_nothing_unseen(name: str) -> None:
    text = text_of(read(*MAILS[name]))
    assert unflowed(text)
    assert {c for c in text if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"}} <= {"\n"}
    assert not re.search(r"^-- $", text, re.MULTILINE)
    long = [line for line in text.splitlines() if cells(line) > 78]
    assert [line for line in long if " " in line.strip()] == []


def test_text_and_page_tell_the_same() -> None:
    message = read(samples.WINDOW)
    text = " ".join(unflowed(text_of(message)))
    page = " ".join(lxml_html.document_fromstring(page_of(message)).text_content().split())
    for said in (
        "Sharing the Lower 37 Gigahertz Band between Federal and other Users",
        "comments close 2026-12-01, in 44 days",
        "Comments are due on or before December 1, 2026.",
        "reply comments close 2026-12-31, in 74 days",
        "full proposals 2027-01-16 06:00, in 90 days",
        "Federal and other users are to share the lower part of the band",
        "FCC seeks comment on sharing 37 GHz",
        "the publisher's list no longer holds it",
        "and 14 more: monitor digest --watchlist spectrum --since 2026-09-18T00:30:00Z",
        "21 in 30 days",
        "3 in 30 days",
        "ICT supply chain",
        "mail:bo@example.org: daily-2026-10-17 was given up",
        "HTTP 503 from www.fcc.gov",
        digest_samples.HEAD,
        "at position 1,371",
    ):
        assert said in text, said
        assert said in page, said
    assert "Never seen" not in text + page


def test_a_subject_that_is_a_further_reason_for_an_item_is_not_called_without_news() -> None:
    digest, entry = samples.WINDOW, samples.WINDOW.sections[0].entries[0]
    further = replace(entry.reasons[0], subject="ict", name="ICT supply chain", zh="信息通信供应链")
    entries = (replace(entry, reasons=(*entry.reasons, further)), *digest.sections[0].entries[1:])
    told = replace(digest, sections=(replace(digest.sections[0], entries=entries), *digest.sections[1:]))
    assert "#3.#1............. 255 in 30 days" in text_of(read(digest))
    assert "#3.#1............. 255 in 30 days" not in text_of(read(told))


def test_a_watchlist_of_which_a_cap_left_nothing_is_not_called_silent() -> None:
    shown, cut, *_ = samples.WINDOW.sections
    message = read(replace(samples.WINDOW, sections=(shown, replace(cut, entries=(), omitted=6))))
    page = " ".join(lxml_html.document_fromstring(page_of(message)).text_content().split())
    for said in (" ".join(unflowed(text_of(message))), page):
        assert "20 more not shown" in said
        assert "US 6G research money" in said
        assert "and 6 more: monitor digest --watchlist us-6g-research --since" in said
        assert "Nothing new" not in said


def test_a_bill_s_path_and_a_changed_date_are_old_then_new() -> None:
    message = read(samples.WINDOW)
    page = " ".join(lxml_html.document_fromstring(page_of(message)).text_content().split())
    assert "introduced 2021-04-15 → reported 2021-05-10; Calendar No. 50" in page
    assert "deadline 2025-08-11 → 2025-09-15" in page
    assert "deadline 2025-08-11 -> 2025-09-15" in " ".join(unflowed(text_of(message)))


def test_deadlines_that_were_moved_say_from_when() -> None:
    message = read(samples.WINDOW)
    assert "in 44 days | moved from 2026-11-16 |" in " ".join(unflowed(text_of(message)))
    page = lxml_html.document_fromstring(page_of(message))
    assert "in 44 days · moved from 2026-11-16 ·" in " ".join(page.text_content().split())


def test_text_draws_a_sign_a_day() -> None:
    shown = next(
        line for line in text_of(read(samples.WINDOW)).splitlines() if line.endswith(" 21 in 30 days")
    )
    assert shown == ".........1..12..35421...1....1 21 in 30 days"
    silent = next(line for line in text_of(read(samples.WINDOW)).splitlines() if "ICT supply" in line)
    assert silent.startswith("............#3.#1............. 255 in 30 days")


def test_other_tellers_of_a_story_are_named_and_counted() -> None:
    text = text_of(read(samples.CROWD, samples.dispatch("alert")))
    assert text.count("- also: Another paper") == 3
    assert "\n- and 2 more\n" in text


# ---- the page ----


@pytest.mark.parametrize("name", MAILS)
def test_a_page_fetches_nothing_and_runs_nothing(name: str) -> None:
    page = page_of(read(*MAILS[name]))
    root = lxml_html.document_fromstring(page)
    allowed = {"html", "head", "meta", "title", "style", "body", "div", "table", "tr", "td", "h1", "h2", "h3", "p", "span", "a", "b", "br", "del", "ins"}  # fmt: skip
    assert {each.tag for each in root.iter() if isinstance(each.tag, str)} <= allowed
    attributes = {key for each in root.iter() for key in each.attrib}
    assert attributes <= {"class", "style", "lang", "href", "role", "aria-label", "width", "align", "valign", "cellpadding", "cellspacing", "border", "charset", "name", "content"}  # fmt: skip
    assert all(each.get("href").startswith(("https://", "http://", "mailto:")) for each in root.iter("a"))
    styles = " ".join([*(each.get("style", "") for each in root.iter()), *(each.text or "" for each in root.iter("style"))])  # fmt: skip
    assert not re.search(r"url\(|@import|expression|position:", styles)
    assert len(list(root.iter("style"))) == len(list(root.iter("body"))) == 1


@pytest.mark.parametrize("words", edition_samples.NASTY, ids=range(len(edition_samples.NASTY)))
def test_hostile_words_are_words_on_the_page(words: str) -> None:
    page = lxml_html.document_fromstring(page_of(read(only(replace(edition_samples.SHARING, title=words)))))
    said = page.text_content()
    assert plain(words)[:100] in " ".join(said.split())
    assert not {c for c in said if unicodedata.category(c) in {"Cc", "Cf", "Cs"}} - {"\n"}


def test_a_title_is_drawn_in_the_letters_of_its_language() -> None:
    page = lxml_html.document_fromstring(page_of(read(samples.WINDOW)))
    [title] = {each.get("lang") for each in page.iter("a") if "Beyond 5G" in each.text_content()}
    assert title == "ja"
    assert "zh" in {each.get("lang") for each in page.iter("span") if each.text_content() == "六代频谱"}


def test_bars_are_a_cell_a_day_and_no_peak_outgrows_the_line() -> None:
    page = lxml_html.document_fromstring(page_of(read(samples.WINDOW)))
    charts = [each for each in page.iter("table") if each.get("role") == "img"]
    assert [each.get("aria-label") for each in charts] == [
        "21 in 30 days", "3 in 30 days", "3 in 30 days", "255 in 30 days"
    ]  # fmt: skip
    for chart in charts:
        heights = [int(found[1]) for cell in chart.iter("td") if (found := re.search(r"border-bottom:(\d+)px", cell.get("style", "")))]  # fmt: skip
        assert len(heights) == 30
        assert max(heights) <= 20
        assert min(heights) == 1


def test_a_digest_of_fifty_entries_is_shown_whole_by_those_who_cut_at_102_kilobytes() -> None:
    """Gmail is one of them. Ten subjects, each with its last month drawn."""
    names = [f"Subject {n}" for n in range(10)]
    entries = [
        replace(edition_samples.SHARING, key=f"frdoc:2026-{n}", related=(), summary="",
                reasons=(replace(edition_samples.SHARING.reasons[0], subject=names[n % 10], name=names[n % 10]),))
        for n in range(50)
    ]  # fmt: skip
    bars = tuple(samples.activity(name, name, "", (0,) * 20 + (1,) * 10) for name in names)
    digest = only(*entries)
    digest = replace(digest, sections=(replace(digest.sections[0], activity=bars),))
    page = page_of(read(digest))
    assert page.count("10 in 30 days</td>") == 10
    assert len(page.encode()) < 102_000


@pytest.mark.parametrize("days", [(), (0,), (-3, 2), (10**9,) * 30])
def test_odd_activity_breaks_nothing(days: tuple[int, ...]) -> None:
    section = replace(samples.WINDOW.sections[0], activity=(Activity(subject="s", name="Spectrum for 6G", zh="", days=days),))  # fmt: skip
    assert "Spectrum for 6G" in page_of(read(replace(samples.WINDOW, sections=(section,))))


# ---- addresses ----


@pytest.mark.parametrize(
    "text",
    [
        "anna@example.org",
        "a.b+c@sub.example.org",
        "root@localhost",
        "o'neil@example.org",
        "x@xn--fiqs8s.example",
    ],
)
def test_addresses_that_people_have_are_addresses(text: str) -> None:
    assert is_address(text)


@pytest.mark.parametrize(
    "text",
    ["", "anna", "@example.org", "anna@", "a b@example.org", "a@b@c", "a@example..org", ".a@example.org", "a@-x.org",
     "a@example.org\n", "a@example.org,b@example.org", "<a@example.org>", '"a"@example.org', "a@例.org", "a" * 250 + "@b.org"],
)  # fmt: skip
def test_what_a_header_or_a_server_could_misread_is_no_address(text: str) -> None:
    assert not is_address(text)


@pytest.mark.parametrize(
    "text",
    ["mailto:", "mailto:x", "mailto:a@example.org\r\nBcc: x", "mailto:a@example.org>", "javascript:x", "https://", "http://a.example", "https://a.example/" + "x" * 900],
)  # fmt: skip
def test_a_way_out_leads_somewhere_safe(text: str) -> None:
    assert not is_way_out(text)
