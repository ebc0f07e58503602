"""`monitor watch lint`: what is doubtful in watchlists, read from the rules and tried over the log."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_backtesting import Past
from test_commands import FEED, Folder
from webserver import Reply, WebServer

from monitor import app
from monitor.core.linting.findings import Finding, lint
from monitor.core.linting.shadows import shadows
from monitor.core.linting.tallies import Tally
from monitor.core.matching.matcher import Document, compile_watchlists
from monitor.core.renderings.linting import Summary, lay_out
from monitor.core.renderings.neutral import cells
from monitor.core.watchlists import Watchlist, parse_watchlist
from monitor.outputs import terminal

# Terms that are found without any condition of the subject's, so that a rule about one term is seen alone.
PLAIN = 'title = "T"\n[[subject]]\nid = "s"\nany = [\n'


def watchlist(*terms: str, more: str = "", id_: str = "w") -> Watchlist:
    """A list with one subject; its first term stands in line 5."""
    return parse_watchlist(PLAIN + ",\n".join(terms) + f",\n]\n{more}\n", file=f"watchlists/{id_}.toml")


def found(*lists: Watchlist) -> list[Finding]:
    return list(lint(lists, {one.id for one in lists}))


def rules(*terms: str, more: str = "") -> list[tuple[str, str, int]]:
    """(level, rule, line) of each finding on a subject with these terms."""
    return [(one.level, one.rule, one.line) for one in found(watchlist(*terms, more=more))]


def told(on: str) -> list[tuple[str, str, str]]:
    """(level, what, remedy) of what is found on a list that tells of that."""
    lists = parse_watchlist(f"on = {on}\n{PLAIN}'Next G Alliance']\n", file="watchlists/w.toml")
    return [(one.level, one.what, one.remedy) for one in found(lists) if one.rule == "on" and one.line == 0]


def test_a_list_that_tells_of_slight_revisions_alone_is_likely_a_slip() -> None:
    what = 'on = ["metadata", "typographic", …] tells of slight revisions, and of substantive ones nothing'
    assert told('["new", "metadata", "typographic"]') == [("warning", what, 'add "substantive"')]
    assert told('["new", "substantive", "metadata"]') == []


def test_a_list_that_leaves_new_items_out_may_mean_it() -> None:
    what = "on leaves new items out: each is first told of when something happens to it"
    assert told('["status"]') == [("note", what, 'add "new", unless that is meant')]


# (a term, another one beside it that makes it idle)
IDLE = [
    ('"OpenRAN"', '"Open RAN"'),
    ('"Open RAN"', '"Open-RAN"'),
    ('"open ran"', '"Open RAN"'),
    ('"Next Galliance"', '"Next G Alliance"'),
    ('"VINES"', '{ text = "VINES", case = false }'),
    ('{ text = "VINES", near = ["NSF"] }', '{ text = "VINES", case = false }'),
    ('{ text = "Open RAN", in = ["title"] }', '"Open RAN"'),
    (
        '{ text = "Open RAN", near = ["a"], within = 5 }',
        '{ text = "Open RAN", near = ["b", "a"], within = 9 }',
    ),
    ('"6G创新发展合作倡议"', '"6G创新发展"'),
    ('"中国华为公司"', '"华为"'),
    ('"15 CFR 744.11"', '"15 CFR 744"'),
    ('{ id = "bill:117-hr-1060" }', '"H.R. 1060 (117th)"'),
    ("{ regex = 'a b+' }", "{ regex = 'a b+' }"),
    ('{ text = "Strategic Competition", fuzzy = 95 }', '{ text = "strategic competition", fuzzy = 90 }'),
    ('"Strategic Competition"', '{ text = "Strategic Competition", fuzzy = 90 }'),
]

# (a term, another one beside it that leaves it something to find)
NOT_IDLE = [
    ('"Open RAN"', '"O-RAN"'),
    ('"Next G"', '"Next Generation"'),
    ('"chipmaker"', '"chip"'),
    ('"5G Advanced"', '"Advanced 5G"'),
    ('{ text = "VINES", case = false }', '"VINES"'),
    ('"the vines of wrath"', '"VINES"'),
    ('"Huawei"', '{ text = "Huawei", near = ["5G"] }'),
    ('"Open RAN"', '{ text = "Open RAN", in = ["title"] }'),
    ('{ text = "Open RAN", near = ["a", "c"] }', '{ text = "Open RAN", near = ["a", "b"] }'),
    ('{ text = "Open RAN", near = ["a"], within = 9 }', '{ text = "Open RAN", near = ["a"], within = 5 }'),
    ('{ text = "Strategic Competition", fuzzy = 90 }', '"Strategic Competition"'),
    ('"15 CFR 744"', '"15 CFR 744.11"'),
    ('"华为"', "{ regex = '(?:^|[^中])(?P<quote>华为)' }"),
    ("{ regex = 'a b+', case = true }", "{ regex = 'a b+', near = [\"x\"] }"),
]


@pytest.mark.parametrize(("idle", "other"), IDLE)
@pytest.mark.parametrize("order", ["first", "last"])
def test_a_term_that_can_add_nothing_is_named_wherever_it_stands(idle: str, other: str, order: str) -> None:
    terms = (idle, other) if order == "first" else (other, idle)
    (one,) = [each for each in found(watchlist(*terms)) if each.rule in {"shadowed", "forms"}]
    assert (one.level, one.remedy) == ("warning", "take it out")
    is_equal = all(pair in IDLE for pair in ((idle, other), (other, idle))) or idle == other
    if not is_equal and idle not in {'"OpenRAN"', '"Open RAN"', '"open ran"', '{ id = "bill:117-hr-1060" }'}:
        assert one.line == (5 if order == "first" else 6)
    assert re.search(
        r"\" \(line [56].*\) can add nothing: \".*\" \(line [56].*\) is found wherever it is$", one.what
    )


@pytest.mark.parametrize(("term", "other"), NOT_IDLE)
def test_a_term_that_finds_something_of_its_own_is_let_be(term: str, other: str) -> None:
    terms = watchlist(term, other).subjects[0].any
    assert [one for one in shadows(terms) if one.term == terms[0]] == []


def test_what_adds_only_a_spelling_in_one_word_is_a_note() -> None:
    (one,) = found(watchlist('{ text = "5G", case = true }', '{ text = "5G Advanced", case = true }'))
    assert (one.level, one.rule, one.line) == ("note", "shadowed", 6)
    assert one.what == (
        '"5G Advanced" (line 6; case) adds only what is written as one word ("5GAdvanced") to "5G" (line 5)'
    )
    assert one.remedy == "take it out, unless that is meant"


def test_of_two_equal_terms_the_later_is_named_and_of_three_the_later_two() -> None:
    assert rules('"Open RAN"', '"OpenRAN"', '"Open-RAN"') == [
        ("warning", "shadowed", 6),
        ("warning", "shadowed", 7),
    ]


def test_a_term_of_none_in_the_shadow_of_another_is_named() -> None:
    more = 'none = ["EU-India summit", "EU-India"]'
    (one,) = found(watchlist('"Trade and Technology Council"', more=more))
    assert (one.level, one.rule, one.term) == ("note", "shadowed", "EU-India summit")


def test_other_forms_of_the_same_characters_are_one_note_a_file() -> None:
    (one,) = found(watchlist('"半导体产业"', '"半導體產業"', '"总务省"', '"総務省"'))
    assert (one.level, one.rule, one.line) == ("note", "forms", 6)
    assert one.what == '2 terms repeat others in other forms of Chinese characters: "半導體產業" and "総務省"'


WORDS = st.sampled_from(["5G", "Open", "RAN", "open", "chips", "华为", "NextG", "O-RAN", "公司", "A&T", "x"])
PHRASES = st.lists(WORDS, min_size=1, max_size=3).map(" ".join)


@given(
    st.lists(PHRASES, min_size=2, max_size=5), st.lists(WORDS, max_size=6), st.sampled_from(["", " ", "-"])
)
def test_without_an_idle_term_the_same_items_are_recognised(
    phrases: list[str], words: list[str], separator: str
) -> None:
    whole = watchlist(*map(json.dumps, phrases))
    idle = {shadow.term for shadow in shadows(whole.subjects[0].any) if not shadow.joined}
    kept = [json.dumps(term.written) for term in whole.subjects[0].any if term not in idle]
    assert kept
    document = Document(key="k", kind="news", fields={"title": (separator.join(words),)})
    one, other = (compile_watchlists([each]).match(document) for each in (whole, watchlist(*kept)))
    assert bool(one) == bool(other)


SLIPS = [
    (r"{ regex = '(i?)vines' }", "warning", "flag"),
    (r"{ regex = '(is?)vines', case = true }", "warning", "flag"),
    (r"{ regex = '(?i)vines', case = true }", "warning", "flag"),
    (r"{ regex = '(?i)vines' }", "note", "flag"),
    (r"{ regex = 'U.S. chips' }", "warning", "dot"),
    (r"{ regex = 'nsf.gov' }", "warning", "dot"),
    (r'{ regex = "\bNGA\b" }', "error", "backspace"),
    (r"{ regex = '.*vines' }", "warning", "anything"),
    (r"{ regex = 'vines.*' }", "warning", "anything"),
    (r"{ regex = '^.*vines' }", "warning", "anything"),
    (r"{ regex = 'vines.+?$' }", "warning", "anything"),
    (r"{ regex = '^vines' }", "warning", "ends"),
    (r"{ regex = 'vines$' }", "warning", "ends"),
    ('"VINES"', "warning", "word"),
    ('"RINGS"', "warning", "word"),
    ('"CoRe"', "warning", "word"),
    ('"Quad"', "warning", "word"),
    ('"BUILD"', "warning", "word"),
    ('"CHIPS"', "warning", "word"),
    ('"SED"', "warning", "word"),
    ('"NTIA"', "note", "acronym"),
    ('{ text = "ZTE", case = true }', "note", "acronym"),
]


@pytest.mark.parametrize(("term", "level", "rule"), SLIPS)
def test_a_slip_is_named_with_what_to_write_instead(term: str, level: str, rule: str) -> None:
    (one,) = found(watchlist(term))
    assert (one.level, one.rule, one.file, one.line) == (level, rule, "watchlists/w.toml", 5)
    assert one.what
    assert one.remedy


@pytest.mark.parametrize(
    "term",
    [
        r"{ regex = 'U\.S\. chips' }",
        r"{ regex = 'network(s?) of' }",
        r"{ regex = 'a.{0,30}b' }",
        r"{ regex = 'a.*b' }",
        r"{ regex = 'v[.i]nes' }",
        r"{ regex = '(?:^|[^中])(?P<quote>华为)' }",
        r"{ regex = '^vines', in = ['title'] }",
        r"{ regex = '[^a]vines[$]' }",
        r"{ regex = 'costs? \$' }",
        r"{ regex = '\bNGA\b' }",
        '{ text = "5G", case = true }',
        '{ text = "6G", near = ["x"] }',
        '"B5GPC"',
        '"XGMF6"',
        '"vines"',
        '"Huawei"',
        '"UFLPA"',
        '"Build America"',
        '"华为"',
        '{ text = "ZTE", case = false }',
        '{ text = "VINES", near = ["NSF"] }',
        '{ text = "VINES", in = ["title"] }',
    ],
)
def test_what_is_meant_as_it_stands_is_let_be(term: str) -> None:
    assert found(watchlist(term)) == []


@pytest.mark.parametrize("more", ['keys = ["bill:*"]', 'all = ["National Science Foundation"]'])
def test_a_word_that_its_subject_makes_sure_of_is_let_be(more: str) -> None:
    assert found(watchlist('"VINES"', more=more)) == []


def test_what_the_files_reader_warns_of_is_a_finding_too() -> None:
    (one,) = found(watchlist('"H.R. 1060"'))
    assert (one.level, one.rule, one.line, one.watchlist) == ("warning", "grammar", 5, "w")
    assert (
        one.what == 'subject[0].any[0]: "H.R. 1060" names no Congress, and matches that number in every one'
    )
    assert one.remedy == 'say which, as in "H.R. 1060 (117th)"'


MISWRITTEN = [
    ('"Hu\u0430wei"', "scripts", 'its "\u0430" is no Latin letter (U+0430, cyrillic small letter a)'),
    ('"\u039fpen RAN"', "scripts", "U+039F, greek capital letter omicron"),
    ('{ text = "Huawei", near = ["b\u0430n"] }', "scripts", '"b\u0430n" mixes scripts'),
    ('{ text = "Huawei", near = ["ban", "of"] }', "stop-word", 'near "of" asks for a word that stands beside everything'),
    (r"{ regex = 'Hu\u0430wei\b' }".replace("\\u0430", "\u0430"), "scripts", "U+0430"),
]  # fmt: skip


@pytest.mark.parametrize(("term", "rule", "says"), MISWRITTEN)
@pytest.mark.parametrize("group", ["any", "none"])
def test_what_is_miswritten_out_of_sight_is_a_warning_in_every_list(
    term: str, rule: str, says: str, group: str
) -> None:
    lists = watchlist(term) if group == "any" else watchlist('"Palau"', more=f"none = [{term}]")
    (one,) = found(lists)
    assert (one.level, one.rule) == ("warning", rule)
    assert says in one.what
    assert one.line == (5 if group == "any" else 7)


@pytest.mark.parametrize(
    "term",
    [
        '"\u0425\u0443\u0430\u0432\u044d\u0439 Huawei"',
        '"5G\u534e\u4e3a"',
        "{ regex = '\\b\u0425\u0443\u0430' }",
        "{ regex = 'Hu[a\u0430]wei' }",
        '{ text = "Huawei", near = ["the ban"] }',
    ],
)
def test_whole_words_of_other_scripts_and_classes_of_letters_are_let_be(term: str) -> None:
    assert found(watchlist(term)) == []


def keys_told(keys: str, sources: Sequence[str] | None) -> list[tuple[str, str]]:
    lists = watchlist('"Palau"', more=f"keys = [{keys}]")
    return [(one.what, one.remedy) for one in lint([lists], {"w"}, sources) if one.rule == "keys"]


def test_a_pattern_for_keys_of_no_known_kind_is_a_warning_with_the_nearest_kind() -> None:
    slip = ('"bil" in "bil:117-*" is no known kind of key, and no source of yours', 'did you mean "bill"?')
    assert keys_told('"bil:117-*", "bill:117-*", "fcc:*", "*:7"', ["news"]) == [slip]
    assert keys_told('"bil:117-*"', None) == [slip]
    assert keys_told('"news:*"', ["news"]) == []
    assert keys_told('"newz:*"', ["news"])[0][1] == 'did you mean "news"?'
    assert keys_told('"zzz:*"', None) == []  # it may be a source
    assert keys_told('"zzz:*"', ["news"])[0][1].startswith("known are bill, cfr,")
    assert keys_told('"bill"', ["news"])[0][0] == '"bill" fits no key, for each is of a kind or a source'


# (a term, a term of none, how certain it is that this forbids it)
FORBIDDEN = [
    ('"Open RAN"', '"Open"', "warning"),
    ('"Open RAN alliance"', '"Open RAN"', "warning"),
    ('"中国华为公司"', '"华为"', "error"),
    ('{ text = "VINES", near = ["a"] }', '{ text = "VINES", near = ["a", "b"] }', "error"),
    ('"15 CFR 744.11"', '"15 CFR 744"', "error"),
    ('"Open RAN"', '{ text = "Open", in = ["title"] }', None),
    ('"Open RAN"', '{ text = "Open", near = ["x"] }', None),
    ('"Opening"', '"Open"', None),
    ('"Open RAN"', '"Open RAN alliance"', None),
    ('{ text = "Open RAN alliance", fuzzy = 90 }', '"Open RAN"', None),
]


@pytest.mark.parametrize(("term", "none", "level"), FORBIDDEN)
@pytest.mark.parametrize("group", ["any", "all"])
def test_a_term_within_which_a_term_of_none_stands_is_told_to_be_forbidden(
    term: str, none: str, level: str | None, group: str
) -> None:
    text = f'title = "T"\n[[subject]]\nid = "s"\n{group} = [{term}]\nnone = [{none}]\n'
    lists = parse_watchlist(text, file="watchlists/w.toml")
    told = [(one.level, one.line) for one in found(lists) if one.rule == "forbidden"]
    assert told == ([(level, 4)] if level else [])


def test_what_forbids_is_named_with_its_line_and_what_it_leaves() -> None:
    (one,) = found(watchlist('"Open RAN"', more='none = ["Open"]'))
    assert one.what == (
        '"Open RAN": none = ["Open" (line 7)] forbids it unless it is written as one word ("OpenRAN")'
    )
    (one,) = found(watchlist('"中国华为公司"', more='none = ["华为"]'))
    assert one.what == (
        '"中国华为公司" can never match: none = ["华为" (line 7)] forbids it wherever it is found'
    )


def test_terms_of_one_wording_are_told_apart_by_their_options_and_lines() -> None:
    near = ", ".join(f'"{word}"' for word in ("ban", "sale", "chips", "phones", "cloud", "patents"))
    (one,) = found(
        watchlist(f'{{ text = "Huawei", near = [{near}], within = 9, in = ["title"] }}', '"Huawei"')
    )
    assert one.what == (
        '"Huawei" (line 5; near ban, sale, chips, phones and 2 more, within 9; in title) can add nothing: '
        '"Huawei" (line 6) is found wherever it is'
    )


WIRELESS = 'title = "T"\n[[subject]]\nid = "short"\nany = ["Wireless Leadership Act"]\n'
PROMOTING = (
    'title = "T"\n[[subject]]\nid = "long"\nany = ["Promoting United States Wireless Leadership Act"]\n'
)


def test_a_name_within_a_longer_one_of_another_list_names_both() -> None:
    lists = [
        parse_watchlist(text, file=f"watchlists/{name}.toml")
        for name, text in (("a", WIRELESS), ("b", PROMOTING))
    ]
    (one,) = found(*lists)
    assert (one.level, one.rule, one.file, one.line, one.subject) == (
        "note",
        "within",
        "watchlists/a.toml",
        4,
        "short",
    )
    assert one.what == (
        '"Wireless Leadership Act" also stands in "Promoting United States Wireless Leadership Act" of b/long,'
        " so both are told of"
    )
    assert one.remedy == (
        'if that is not meant, add none = ["Promoting United States Wireless Leadership Act"] to "short"'
    )


def test_a_name_that_forbids_the_longer_one_is_let_be() -> None:
    forbidding = WIRELESS + 'none = ["Promoting United States Wireless Leadership Act"]\n'
    lists = [
        parse_watchlist(text, file=f"watchlists/{name}.toml")
        for name, text in (("a", forbidding), ("b", PROMOTING))
    ]
    assert found(*lists) == []


def test_one_id_in_two_lists_is_a_note_and_the_same_terms_a_warning() -> None:
    one = watchlist('"Huawei"', '"Open RAN"', id_="a")
    two = watchlist('"Open RAN"', '"Huawei"', id_="b")
    told = found(one, two)
    assert [(each.level, each.rule, each.file) for each in told] == [
        ("note", "same-id", "watchlists/a.toml"),
        ("note", "same-id", "watchlists/b.toml"),
        ("warning", "same-terms", "watchlists/b.toml"),
    ]
    assert "watchlists/b.toml:2" in told[0].what
    assert '"s" (watchlists/a.toml:2)' in told[2].what
    other = watchlist('"Huawei"', '"Open RAN"', more='none = ["OPPO"]', id_="c")
    assert [each.rule for each in found(one, other)] == ["same-id", "same-id"]


def tally(lists: Watchlist, *items: tuple[str, str]) -> list[Finding]:
    """What the titles of items and the verdicts on them say."""
    counting = Tally([lists])
    for number, (title, verdict) in enumerate(items):
        counting.take(Document(key=f"k:{number}", kind="news", fields={"title": (title,)}), verdict)
    return list(counting.findings())


def test_terms_that_never_matched_are_one_note_a_subject_with_exact_counts() -> None:
    names = [f'"Network {name}"' for name in ("one", "two", "three", "four", "five")]
    (one,) = tally(watchlist(*names), ("Network two", ""), ("Network two again", ""), ("else", ""))
    assert (one.level, one.rule, one.line) == ("note", "never", 2)
    assert one.what == (
        '4 of 5 terms found nothing in 3 items: "Network one", "Network three", "Network four" and 1 more'
    )
    assert [(count.term, count.line, count.items) for count in one.counts][:2] == [
        ("Network one", 5, 0),
        ("Network two", 6, 2),
    ]


def test_a_subject_that_recognised_nothing_is_said_to_have_done_so() -> None:
    (one,) = tally(watchlist('"Open RAN"'), ("else", ""))
    assert one.what == '"s" recognised none of 1 item'


def test_a_term_counts_only_where_its_subjects_other_conditions_hold() -> None:
    lists = watchlist('"Open RAN"', more='all = ["Palau"]\nnone = ["rumour"]')
    items = [("Open RAN", "")] * 30 + [("Open RAN in Palau", "")] + [("Open RAN in Palau: a rumour", "")]
    assert tally(lists, *items) == []
    (one,) = tally(lists, *items[:30])
    assert one.rule == "never"


@pytest.mark.parametrize(
    ("hits", "items", "warned"), [(10, 999, True), (10, 1000, False), (9, 9, False), (30, 30, True)]
)
def test_a_term_found_in_more_than_one_percent_is_a_warning(hits: int, items: int, warned: bool) -> None:
    told = tally(watchlist('"Open RAN"'), *[("Open RAN", "")] * hits, *[("else", "")] * (items - hits))
    assert [(one.level, one.rule, one.line) for one in told] == [("warning", "too-often", 5)] * warned
    if warned:
        share = f"{100 * hits / items:.1f}"
        assert told[0].what == f'"Open RAN" is found in {hits} of {items} items ({share} %)'


@pytest.mark.parametrize(
    ("verdicts", "level"),
    [
        (["noise"] * 3, "warning"),
        (["noise", "noise", "relevant"], "warning"),
        (["noise"], "note"),
        (["noise", "relevant"], None),
        (["relevant"] * 4, None),
        (["later"] * 4, None),
        (["noise", "later", "later"], "note"),
    ],
)
def test_a_term_most_of_whose_judged_items_were_noise_is_told_of(
    verdicts: Sequence[str], level: str | None
) -> None:
    told = tally(watchlist('"Open RAN"'), *(("Open RAN", verdict) for verdict in verdicts), ("Open RAN", ""))
    assert [one.level for one in told] == ([level] if level else [])
    if level:
        noise, judged = verdicts.count("noise"), len(verdicts) - verdicts.count("later")
        assert told[0].what == f'"Open RAN": {noise} of {judged} judged items that it found were noise'


def test_terms_of_one_wording_are_counted_apart() -> None:
    lists = watchlist('{ text = "Huawei", near = ["ban"] }', '{ text = "Huawei", near = ["sale"] }')
    (one,) = tally(lists, ("A ban on Huawei", ""), ("Huawei is banned", ""))
    assert [(count.line, count.items) for count in one.counts] == [(5, 1), (6, 0)]


DOUBTFUL = """
title = "Networks"
[[subject]]
id = "ran"
any = ["Open RAN", "OpenRAN", "RIC", "nobody's name"]
[[subject]]
id = "vines"
any = ["VINES"]
"""


@pytest.fixture
def past(tmp_path: Path) -> Past:
    past = Past(tmp_path)
    past.watch(DOUBTFUL)
    return past


def test_a_log_is_tried_with_its_full_texts_and_its_last_verdicts(past: Past) -> None:
    for number in range(4):
        past.publish(f"test:{number}", "A grapevine", body=f"Of VINES in full: {number}")
        past.judge(f"test:{number}", "relevant")
        past.judge(f"test:{number}", "noise")
    past.publish("test:5", "Open RAN")
    head = past.head()
    findings, summary = app.lint(past.settings, None)
    assert summary.items == 5
    assert past.head() == head
    told = {(one.level, one.rule, one.line): one.what for one in findings}
    assert told["warning", "noise", 8] == '"VINES": 4 of 4 judged items that it found were noise'
    assert told["note", "never", 3].startswith('2 of 4 terms found nothing in 5 items: "RIC"')
    assert ("warning", "shadowed", 5) in told
    assert ("warning", "word", 8) in told


def test_without_a_log_it_is_said_that_nothing_was_tried(past: Past) -> None:
    findings, summary = app.lint(past.settings, None)
    assert (summary.items, summary.untried) == (None, "there is none yet")
    assert {one.rule for one in findings}.isdisjoint({"never", "too-often", "noise"})
    assert [one.rule for one in findings]


def test_a_file_is_looked_at_beside_the_watchlists_in_use(past: Past) -> None:
    past.watch(WIRELESS, "acts")
    draft = past.watch(PROMOTING.replace('"long"', '"ran"'), "draft", folder="drafts")
    findings, summary = app.lint(past.settings, draft)
    assert (summary.watchlists, summary.subjects) == (1, 1)
    assert [(one.rule, one.file) for one in findings] == [("same-id", str(draft))]
    assert "watchlists/networks.toml:3" in findings[0].what


def test_an_edited_copy_takes_the_place_of_the_list_of_its_name(past: Past) -> None:
    copy = past.watch(DOUBTFUL, "networks", folder="drafts")
    findings, _ = app.lint(past.settings, copy)
    assert {one.rule for one in findings} == {"shadowed", "acronym", "word"}


@pytest.fixture
def folder(tmp_path: Path, web: WebServer) -> Folder:
    web.answer("/news", Reply(body=FEED))
    return Folder(tmp_path, web)


def test_errors_are_findings_of_every_file_and_exit_code_2(folder: Folder) -> None:
    (folder.path / "watchlists" / "broken.toml").write_text('title = "T"\nsubjec = 1\n', encoding="utf-8")
    done = folder.run("watch", "lint")
    assert (done.returncode, done.stderr) == (2, "")
    assert (
        "watchlists/broken.toml:2:1: error: subjec: unknown key\n     2 | subjec = 1\n       | ^\n    → did you mean"
    ) in done.stdout
    assert "1 of 2 files refused, 1 watchlist, 1 subject, 0 warnings, 2 errors, 0 notes" in done.stdout
    as_json = folder.run("watch", "lint", "--json")
    assert as_json.returncode == 2
    lines = [json.loads(line) for line in as_json.stdout.splitlines()]
    assert [(line["type"], line.get("level")) for line in lines] == [
        ("finding", "error"),
        ("finding", "error"),
        ("summary", None),
    ]
    assert (lines[-1]["untried"], lines[-1]["files"], lines[-1]["refused"]) == ("there is none yet", 2, 1)


def test_a_file_or_a_folder_can_be_linted_where_there_are_no_settings(folder: Folder) -> None:
    (folder.path / "config.toml").unlink()
    for name in ("watchlists", "watchlists/networks.toml"):
        done = folder.run("watch", "lint", name)
        assert (done.returncode, done.stderr) == (0, "")
        assert "1 watchlist, 1 subject, 0 warnings, 0 errors, 0 notes" in done.stdout
        assert "Not tried over a log (no config.toml names one)" in done.stdout
    assert "there is no such file" in folder.run("watch", "lint").stderr


def test_over_a_log_the_command_says_over_how_much(folder: Folder) -> None:
    folder.run("poll")
    done = folder.run("watch", "lint")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("Tried over 2 items of the log.\n")


def test_terms_that_found_nothing_take_a_line_a_subject_at_the_end_of_their_file(past: Past) -> None:
    past.publish("test:1", "Open RAN")
    findings, summary = app.lint(past.settings, None)
    lines = terminal.paint(lay_out(findings, summary, width=80, notes=True), colour=False).splitlines()
    place = lines.index("watchlists/networks.toml: note: terms that found nothing in 1 item, by subject")
    assert lines[place + 2 : place + 5] == [
        '    3  ran  2 of 4: "RIC", "nobody\'s name"',
        '    6  vines  all: "VINES"',
        "",
    ]


def painted(findings: Sequence[Finding], **more: bool) -> list[str]:
    laid = lay_out(findings, Summary(watchlists=1, subjects=1), width=100, **more)
    return terminal.paint(laid, colour=False).splitlines()


def test_notes_are_one_line_a_file_until_they_are_asked_for() -> None:
    told = found(watchlist('"NTIA"', '"VINES"', '"ZTE"'))
    lines = painted(told)
    assert sum("note" in line for line in lines) == 2
    assert "watchlists/w.toml: 2 notes; --notes shows them" in lines
    assert lines[0].startswith("watchlists/w.toml:6: warning:")
    assert "0 errors, 2 notes" in lines[-2]
    assert sum(": note: " in line or line.endswith(": note:") for line in painted(told, notes=True)) == 2
    (one,) = found(watchlist('"NTIA"'))
    assert painted([one])[:2] == ["watchlists/w.toml: 1 note; --notes shows it", ""]


def test_findings_on_one_term_are_joined_under_its_place() -> None:
    told = found(watchlist(r"{ regex = 'U.S. ^chips.*' }", '"VINES"'))
    lines = painted(told)
    assert {one.line for one in told} == {5, 6}
    assert len(told) > 2
    assert sum(line.startswith("watchlists/w.toml:5") for line in lines) == 1
    assert sum(line.startswith("    warning: ") for line in lines) == len(told) - 2


@pytest.mark.parametrize("width", [30, 40, 80, 120])
def test_findings_fit_their_lines_and_print_nothing_that_a_terminal_obeys(width: int) -> None:
    lists = watchlist(
        '"VINES"', '"全球6G创新发展合作倡议组织"', '"全球6G创新发展合作倡议"', id_="a-long-name-of-a-list"
    )
    hostile = Finding(level="note", rule="x", file="f\x1b[31m", what="a\u202eb" * 40, remedy="c\x07", line=1)
    summary = Summary(watchlists=1, subjects=1, items=3)
    never = tally(lists, ("else", ""))
    told = [*found(lists), *never, hostile]
    text = terminal.paint(lay_out(told, summary, width=width, notes=True), colour=False)
    assert all(cells(line) <= max(width, 40) for line in text.splitlines())
    assert text.isprintable() or set(text) - set("\n") == {c for c in text if c.isprintable()}
    assert "\x1b" not in text


def test_the_shipped_watchlists_give_no_warning() -> None:
    files = sorted((Path(__file__).resolve().parent.parent / "watchlists").glob("*.toml"))
    shipped = [
        parse_watchlist(file.read_text(encoding="utf-8"), file=f"watchlists/{file.name}") for file in files
    ]
    told = [one for one in found(*shipped) if one.level != "note"]
    assert [f"{one.file}:{one.line}: {one.what}" for one in told] == []
