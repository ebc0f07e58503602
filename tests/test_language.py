"""Headings and labels in Chinese: everything that this program says has its words, in every form of a digest."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import digest_samples as samples
import edition_samples
import jinja2.ext
import mail_samples
import pytest
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po
from desk import Desk, feed
from lxml import html as lxml_html
from webserver import Reply, WebServer

from monitor import app
from monitor.cli import cli
from monitor.core.bills import Stage
from monitor.core.digests import Activity, Deadline, Digest, Related, Section
from monitor.core.language import ENGLISH, words_of
from monitor.core.renderings import mail_text, markdown, notification, text, webpage
from monitor.core.renderings.mail_letter import letter_of
from monitor.core.renderings.mail_page import render as mail_page
from monitor.core.renderings.mail_subject import subject_of
from monitor.core.renderings.stage_words import stage_words
from monitor.core.renderings.stories import content_of, summary_of
from monitor.outputs import calendar, feeds, terminal

ROOT = Path(__file__).resolve().parent.parent / "monitor"
CATALOGUE = ROOT / "core" / "locales" / "zh" / "LC_MESSAGES" / "monitor.po"
# What marks a sentence where it stands: `say(…)` and `period.words(…)`, `say.many(n, one, several)`, `noted(…)`.
MARKS = {"say": None, "words": None, "noted": None, "many": (2, 3)}
SPEAKS = re.compile(r"monitor\.core\.language|period\.words")
ZH = words_of("zh")
Said = str | tuple[str, ...]


def in_code() -> Iterator[Said]:
    """Every sentence of the modules that speak in the reader's language, and of the templates."""
    for path in sorted(ROOT.rglob("*.py")):
        if SPEAKS.search(path.read_text(encoding="utf-8")) and "cli" not in path.parts:
            for _, said, _, _ in extract_from_file("python", path, keywords=MARKS):
                yield said
    for path in sorted(ROOT.rglob("*.jinja")):
        with path.open("rb") as template:
            for _, _, said, _ in jinja2.ext.babel_extract(template, ["say"], (), {}):
                yield said


def in_catalogue() -> Mapping[Said, Said]:
    with CATALOGUE.open("rb") as opened:
        return {message.id: message.string for message in read_po(opened, locale="zh") if message.id}


def names_in(said: Said) -> list[set[str]]:
    return [set(re.findall(r"\{(\w+)\}", form)) for form in ((said,) if isinstance(said, str) else said)]


# ---- the catalogue is whole ----


def test_every_sentence_in_the_code_is_in_the_catalogue_and_no_other() -> None:
    code, catalogue = set(in_code()), set(in_catalogue())
    assert code - catalogue == set(), f"say it in {CATALOGUE}"
    assert catalogue - code == set(), f"nobody says it any more: take it out of {CATALOGUE}"
    assert len(code) > 150


def test_every_sentence_is_translated_with_the_same_values() -> None:
    for said, translated in in_catalogue().items():
        assert translated, said
        wanted = set().union(*names_in(said))
        for found in names_in(translated):
            assert found == wanted or (found == wanted | {"n"}), said


def test_no_word_of_a_sentence_is_left_in_english() -> None:
    for said, translated in in_catalogue().items():
        forms = [translated] if isinstance(translated, str) else [*translated]
        for form in forms:
            assert not re.search(r"[A-Za-z]", re.sub(r"\{\w+\}|--json", "", form)), said


# ---- how words are put together ----


def test_english_is_what_stands_in_the_code() -> None:
    assert ENGLISH("since {day}", day="2021-02-15") == "since 2021-02-15"
    assert ENGLISH.many(1, "{n} item", "{n} items") == "1 item"
    assert ENGLISH.many(6416, "{n} item", "{n} items") == "6,416 items"
    assert ENGLISH.listed(["a", "b", "c"]) == "a, b and c"
    assert ENGLISH.dated("2021-02-15 22:00") == "2021-02-15 22:00"


def test_chinese_has_one_form_for_all_numbers_and_its_own_dates_and_signs() -> None:
    assert [ZH.many(n, "{n} item", "{n} items") for n in (1, 6416)] == ["1 条", "6,416 条"]
    assert ZH("since {day}", day=ZH.dated("2021-02-15 22:00")) == "自2021年2月15日 22:00起"
    assert (ZH.listed(["甲", "乙", "丙"]), ZH.joined("甲", "", "乙"), ZH.parted("甲", "乙")) == (
        "甲、乙、丙",
        "甲，乙",
        "甲；乙",
    )
    assert ZH.dated("undated") == "undated"
    assert ZH.dated("2021-13-45") == "2021-13-45"


def test_what_the_catalogue_lacks_is_said_in_english() -> None:
    assert ZH("never heard {of}", of="it") == "never heard it"


@pytest.mark.parametrize("words", [ENGLISH, ZH], ids=["en", "zh"])
def test_a_value_with_braces_is_only_a_value(words: object) -> None:
    hostile = "{0.__class__} {n} {day!r}"
    assert hostile in words("since {day}", day=hostile)  # type: ignore[operator] # either speaks


def test_the_chinese_name_comes_first_for_who_reads_chinese() -> None:
    assert ENGLISH.names("NSF VINES", "智能网络") == ("NSF VINES", "智能网络")
    assert ZH.names("NSF VINES", "智能网络") == ("智能网络", "NSF VINES")
    assert ZH.names("NSF VINES", "") == ("NSF VINES", "")
    assert ZH.names("智能网络", "智能网络") == ("智能网络", "")


@pytest.mark.parametrize(
    ("names", "english", "chinese"),
    [
        (["6G", "Open RAN"], "6G and Open RAN", "6G、Open RAN"),
        (["5G, 6G", "Open RAN"], "5G, 6G; Open RAN", "5G, 6G；Open RAN"),
        (["bills and rules", "6G"], "bills and rules; 6G", "bills and rules；6G"),
        (["bills and rules"], "bills and rules", "bills and rules"),
    ],
)
def test_names_that_hold_commas_are_told_apart(names: list[str], english: str, chinese: str) -> None:
    assert (ENGLISH.named(names), ZH.named(names)) == (english, chinese)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("introduced 2021-02-15", "提出（2021年2月15日）"),
        ("reported 2021-05-10, Calendar No. 50", "委员会报告（2021年5月10日），议程编号 50"),
        ("passed House 2025-07-15; received in the Senate 2025-07-16", "众议院通过（2025年7月15日）；参议院收到（2025年7月16日）"),
        ("passed House 2021-06-08; reported in the Senate 2021-07-01, Calendar No. 88", "众议院通过（2021年6月8日）；参议院委员会报告（2021年7月1日），议程编号 88"),
        ("passed House 2022-02-04, passed Senate 2022-03-28 with changes; the two texts differ", "众议院通过（2022年2月4日），参议院通过（2022年3月28日，有修改）；两院文本不一致"),
        ("vetoed 2019-03-15; the vote to override failed 2019-03-26", "总统否决（2019年3月15日）；推翻否决未果（2019年3月26日）"),
        ("became Public Law 117-108 2022-04-06", "成为第 117-108 号公法（2022年4月6日）"),
        ("something else, since 2021", "something else，since 2021"),
    ],
)  # fmt: skip
def test_where_a_bill_stands_is_said_in_the_readers_language(written: str, said: str) -> None:
    assert stage_words(written, ZH) == said
    assert stage_words(written, ENGLISH) == written


# ---- a digest whose publishers write no Latin letter has none in Chinese ----

_ITEM = samples.entry(
    "甲:一",
    "甲标题",
    samples.change("new", "2026-10-16", origin="live"),
    samples.change("moved", "2026-10-17", text="乙步骤"),
    samples.change(
        "revised",
        "",
        fields=tuple(
            samples.FieldChange(field=name, old=old, new=new)
            for name, old, new in (
                ("title", "旧", "新"),
                ("body", "旧", "新"),
                ("summary", "", "新"),
                ("identifiers", ["甲"], ["乙"]),
                ("subjects", "旧", ""),
                ("url", "旧", "新"),
            )
        ),
        significance="metadata",
    ),
    reasons=(
        samples.reason(
            "子",
            samples.evidence("引文", term="词", rule="fuzzy", score=91),
            samples.evidence("另一引文", field="summary"),
            samples.evidence("第三引文", field="body"),
            name="丑",
            zh="寅",
        ),
        *(samples.reason(name, samples.evidence("引文"), name=name) for name in ("卯", "辰", "巳", "午")),
    ),
    source="来源",
    deadlines=(
        Deadline(what="comments close", when="2026-12-01", moved_from="2026-11-16", quote="原文"),
        Deadline(what="meeting", when="2026-10-01"),
    ),
    related=tuple(Related(key=str(n), title="另题", url="", source="") for n in range(5)),
    summary="摘要文字",
)
_BILL = replace(
    samples.HR_1060,
    key="bill:1",
    title="法案",
    url="",
    source="来源",
    reasons=(replace(_ITEM.reasons[0], withdrawn="缘故"),),
    changes=(samples.change("new", "2026-10-16"), *[samples.change("moved", "2026-10-17", text="步骤")] * 4),
    stage=Stage(name="reported", since="2026-10-17", text="", path=("introduced", "reported")),
)
_GONE = replace(
    _ITEM, key="甲:二", change="withdrawn", changes=(samples.change("withdrawn", "2026-10-17"),), deadlines=()
)
_OLD = tuple(
    samples.entry(
        f"旧:{n}",
        "",
        samples.change("new", origin="baseline"),
        reasons=_ITEM.reasons[:1],
        url="",
        source="来源",
    )
    for n in range(9)
)
PLAIN = samples.digest(
    Section(
        id="一",
        title="清单一",
        priority="high",
        entries=(_ITEM, _BILL, _GONE, *_OLD),
        activity=(Activity(subject="子", name="丑", zh="寅", days=(0, 1, 2)), Activity(subject="未", name="未", zh="", days=(0, 3, 0))),
        omitted=3,
    ),
    Section(id="二", title="清单二", priority="low", entries=(_ITEM, _BILL)),
    Section(id="三", title="清单三", priority="normal", entries=()),
    sources=(
        samples.source("甲"),
        samples.source("乙", "failing", since="2026-10-16T18:10:00Z", detail="缘故"),
        samples.source("丙", "overdue", since="2026-10-16T18:10:00Z"),
        samples.source("丁", "new", ""),
        samples.source("戊", detail="迁移"),
        samples.source("己", "gap", ""),
        samples.source("庚", "gap", "2026-10-16T17:55:00Z"),
    ),
    head="",
    notices=("提示",),
    as_of="2026-10-18T01:00:00Z",
)  # fmt: skip
PLAIN = replace(PLAIN, period=replace(PLAIN.period, language="zh", timezone="Asia/Shanghai"))
SILENT = replace(PLAIN, sections=(), sources=(), as_of="", first_position=0, last_position=0)
QUIET = replace(PLAIN, sections=PLAIN.sections[2:], sources=PLAIN.sources[:1])
# Names of zones and of commands are what they are in any language.
_UNTRANSLATED = re.compile(
    r"Asia/Shanghai|monitor (?:digest|items)[ \w.:'-]*|--(?:json|watchlist|since)\b|\d{4}-\d\d-\d\dT[\d:]+Z"
)


def _text_of(page: str) -> str:
    tree = lxml_html.document_fromstring(page)
    for each in tree.xpath("//style | //script"):
        each.drop_tree()
    labels = " ".join(tree.xpath("//@aria-label | //@title"))
    return f"{tree.text_content()} {labels}"


def _feed_of(digest: Digest) -> str:
    stories = [entry for section in digest.sections for entry in section.entries]
    whole = [_text_of(f"<p>{content_of(each, digest.period)}</p>") for each in stories]
    return "\n".join([*whole, *(summary_of(each, digest.period.words) for each in stories)])


def _calendar_of(digest: Digest) -> str:
    options = calendar.Options(path=Path("x.ics"), title="日历")
    body = calendar.render(digest, edition_samples.dispatch("calendar", options)).body.decode()
    lines = re.sub(r"\r\n ", "", body).split("\r\n")
    return "\n".join(
        line.partition(":")[2].replace("\\n", "")
        for line in lines
        if line.startswith(("SUMMARY", "DESCRIPTION"))
    )


FORMS: Mapping[str, Callable[[Digest], str]] = {
    "text": lambda d: text.render(d, width=100),
    "terminal": lambda d: terminal.draw(d, width=100, colour=False, links=False),
    "markdown": markdown.render,
    "page": lambda d: _text_of(webpage.render(d)),
    "mail as text": lambda d: mail_text.render(letter_of(d, mail_samples.dispatch())),
    "mail as page": lambda d: _text_of(mail_page(letter_of(d, mail_samples.dispatch(), "mailto:1@2"))),
    "subject line": lambda d: subject_of(d, mail_samples.dispatch()),
    "notification": notification.render,
    "feeds": _feed_of,
    "calendar": _calendar_of,
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("digest", [PLAIN, SILENT, QUIET], ids=["full", "empty", "quiet"])
def test_nothing_of_what_this_program_says_is_left_in_english(form: str, digest: Digest) -> None:
    said = _UNTRANSLATED.sub("", FORMS[form](digest))
    assert re.findall(r".{0,20}[A-Za-z]+.{0,20}", said) == []


@pytest.mark.parametrize("form", ["text", "markdown", "page", "mail as text", "mail as page", "feeds"])
def test_the_chinese_name_of_a_subject_stands_first_in_every_form(form: str) -> None:
    said = FORMS[form](replace(samples.DAILY, period=replace(samples.DAILY.period, language="zh")))
    assert 0 <= said.index("6G 垂直领域智能网络系统") < said.index("NSF VINES")


def test_a_digest_in_chinese_looks_as_it_did_when_it_was_read() -> None:
    """The golden file of the daily sample: its whole width is kept, and each label stands in its gutter."""
    digest = replace(samples.DAILY, period=replace(samples.DAILY.period, language="zh"))
    lines = text.render(digest, width=80).splitlines()
    assert lines[:3] == [
        "简报  2026年10月17日 08:00至2026年10月18日 08:30",
        "按收录时间 | 时区 Asia/Shanghai",
        "新增 4 条、修订 2 条、撤回 1 条 | 此前已有 17 条 | 3 个来源异常",
    ]
    assert "  撤回        the publisher's list no longer holds it" in lines
    assert '  依据        "mid-band" 见于标题，匹配词“midband”，近似度 93' in lines
    assert "              另有 14 条：monitor items 'intelligent network systems'" in lines
    assert "无新动态：Wireless bills, 119th Congress。" in lines


def test_pages_mails_and_feeds_say_which_language_they_are_in() -> None:
    assert '<html lang="zh">' in webpage.render(PLAIN)
    assert '<html lang="zh">' in mail_page(letter_of(PLAIN, mail_samples.dispatch()))
    options = feeds.Options(folder=Path("x"), base_url="https://news.example.org")
    body = feeds.render(PLAIN, edition_samples.dispatch("feeds", options)).body.decode()
    assert 'xml:lang=\\"zh\\"' in body or 'xml:lang="zh"' in body


def test_latin_words_on_a_chinese_page_are_named_so_that_their_signs_are_narrow() -> None:
    """A Chinese font draws quotation marks and apostrophes as wide as a Han character."""
    digest = replace(samples.DAILY, period=replace(samples.DAILY.period, language="zh"))
    for page in (webpage.render(digest), mail_page(letter_of(digest, mail_samples.dispatch()))):
        tree = lxml_html.document_fromstring(page)
        [quoted] = [
            each for each in tree.xpath("//span[@lang='en']") if each.text_content() == "“Open Radio Access”"
        ]
        assert quoted.xpath("following::text()")[0].strip().startswith("见于标题")
        titles = [each for each in tree.iter("a") if "Resilient Networks" in each.text_content()]
        assert [each.get("lang") for each in titles] == ["en"]
    assert 'lang="en"' not in webpage.render(samples.DAILY).partition("<body>")[2]


# ---- who chooses ----


def test_config_and_command_choose_the_language(
    tmp_path: Path, web: WebServer, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = Desk(tmp_path, web)
    desk.source("news")
    web.answer(
        "/news",
        Reply(body=feed(("a", "Nothing"))),
        Reply(body=feed(("b", "Next G Alliance meets"), ("a", "Nothing"))),
    )
    desk.poll()
    desk.poll()
    desk.tables += '\n[digest]\nlanguage = "zh"\n'
    settings = desk.settings()
    assert app.digest(settings, clock=desk.clock).period.language == "zh"
    assert app.digest(settings, language="en", clock=desk.clock).period.language == "en"
    config = str(tmp_path / "config.toml")
    for more, heading in (([], "简报  "), (["--language", "en"], "Digest  ")):
        asked = ["digest", "--since", "2020-01-01", "--format", "text", "--config", config, *more]
        cli.main(asked, standalone_mode=False)
        assert capsys.readouterr().out.startswith(heading)


def test_an_output_tells_in_its_own_language(
    tmp_path: Path, web: WebServer, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = Desk(tmp_path, web)
    desk.source("news")
    web.answer(
        "/news",
        Reply(body=feed(("a", "Nothing"))),
        Reply(body=feed(("b", "Next G Alliance meets"), ("a", "Nothing"))),
    )
    desk.tables += '\n[[output]]\nid = "screen"\nkind = "terminal"\nlanguage = "zh"\n'
    desk.poll()
    app.deliver(desk.settings(), clock=desk.clock)
    desk.poll()
    desk.clock.advance(days=1)
    app.send_sample(desk.settings(), "screen", clock=desk.clock)
    assert "这是一份用于测试输出的样例" in capsys.readouterr().out
    [sent] = app.deliver(desk.settings(), clock=desk.clock)
    assert sent.outcome == "succeeded"
    printed = capsys.readouterr().out
    assert printed.startswith("简报  ")
    assert "新增" in printed


def test_the_demo_speaks_chinese_where_that_is_asked_for(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "monitor", "demo", "--language", "zh"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("简报  过去 24 小时\n")
