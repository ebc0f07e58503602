"""The fast way of matching answers, word for word, what the plain one does: its shortcuts leave nothing out."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from random import Random

import plain_matching
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from monitor.core import text
from monitor.core.matching import approximate
from monitor.core.matching import matcher as matching
from monitor.core.matching.matcher import Document, compile_watchlists
from monitor.core.matching.prospects import prospects
from monitor.core.matching.scanning import Scanner, literal
from monitor.core.text import fold, fold_each, lower_case
from monitor.core.watchlists import FIELDS, FIELDS_ON_REQUEST, Kind, Subject, Term, Watchlist
from monitor.pipeline.watching import _matcher
from monitor.projections.watchlists import StoredWatchlist

# What terms look for; then what texts say, which is nearly that; and what stands between.
WANTED = [
    "Open RAN",
    "RAN",
    "5G",
    "Next G",
    "华为",
    "総務省",
    "Trade and Development Agency",
    "Development",
    "café",
    "VINES",
    "R&D",
    "S",
]
SAID = [
    "Open RAN", "Open-RAN", "OpenRAN", "O-pen RAN", "open rans", "RAN", "ran", "Iran", "R-AN", "RANs", "5G", "2.5G", "5G's", "5-G",
    "Next G", "NextG", "Ｎｅｘｔ Ｇ", "华为", "中国华为", "华 为", "華為", "总务省", "總務省の", "总 務省", "Trade and Development Agency", "Trade and Devlopment Agency", "Trade & Development Agency", "R&D", "R & D",
    "trade and agency", "Agency", "Development", "developments'", "café", "cafe\u0301", "VINES", "V-INES", "VIN ES", "vines", "word", "one two three",
    "a b c d", "H.R. 5", "H.R. 5 (117th)", "S. 25", "47 CFR 5.3", "47 CFR 5", "RIN 0694-AJ60", "25", "117th Congress",
]  # fmt: skip
BETWEEN = [
    " ",
    " ",
    " ",
    " ",
    ", ",
    ". ",
    "  ",
    "-",
    "–",
    "・",
    "\n",
    "\n\n",
    "\xa0",
    "\u200b",
    "\xad",
    "",
    "，",
    "…",
    "\u0301",
]
PATTERNS = [
    r"\bran\b", "caf[é中]", "^ran", "ran$", r"\Aran", r"ran\z", "(?-m:^)5g", "(?m)^next", "open.*ran", "(?s)open.*ran", "[^中]华为",
    "(?:^|[^中])(?P<quote>华为)", r"\b|zz", "g[^a-z]", "(?i:TRADE) and", " {2}", "next (?P<quote>g)?", "^RAN", "^Open",
]  # fmt: skip

TEXTS = st.lists(st.tuples(st.sampled_from(SAID), st.sampled_from(BETWEEN)), max_size=7).map(
    lambda pairs: "".join(part for pair in pairs for part in pair)
)
PHRASES = st.sampled_from(WANTED)
IDS = st.sampled_from(
    ["bill:117-hr-5", "bill:?-hr-5", "bill:117-s-25", "cfr:47-5", "rin:0694-AJ60", "wire:25"]
)
SOME_FIELDS = st.just(FIELDS) | st.lists(
    st.sampled_from(FIELDS + FIELDS_ON_REQUEST), min_size=1, max_size=3, unique=True
).map(tuple)


NONE = st.just(())


@st.composite
def terms(draw: st.DrawFn) -> Term:
    kind: Kind = draw(st.sampled_from(["text", "text", "text", "regex", "id"]))
    said = draw({"text": PHRASES, "regex": st.sampled_from(PATTERNS), "id": IDS}[kind])
    return Term(
        kind=kind,
        text=said,
        written=said,
        case=kind != "id" and draw(st.booleans()),
        fuzzy=draw(st.sampled_from([0, 60, 85])) if kind == "text" else 0,
        near=() if kind == "id" else draw(NONE | st.lists(PHRASES, min_size=1, max_size=2).map(tuple)),
        within=draw(st.sampled_from([1, 2, 3, 5])),
        fields=draw(SOME_FIELDS),
    )


SOME = st.lists(terms(), min_size=1, max_size=3).map(tuple)
SUBJECTS = st.builds(
    Subject, id=st.just("s"), name=st.just("s"), any=SOME, all=NONE | NONE | SOME, none=NONE | NONE | SOME,
    keys=NONE | NONE | st.sampled_from([("bill:117-*",), ("wire:*", "law:*")]),
)  # fmt: skip


def watchlist(number: int, subject: Subject) -> Watchlist:
    return Watchlist(
        id=f"w{number}",
        title="T",
        priority="normal",
        note="",
        subjects=(subject,),
        sha256="",
        file="",
        toml="",
    )


DOCUMENTS = st.builds(
    Document,
    key=st.sampled_from(["wire:1", "wire:25", "bill:117-hr-5", "bill:116-s-25"]),
    kind=st.just("news"),
    fields=st.fixed_dictionaries(
        {
            "title": st.tuples(TEXTS),
            "titles": st.lists(TEXTS, max_size=3).map(tuple),
            "summary": st.tuples(TEXTS),
            "details": st.lists(TEXTS, max_size=2).map(tuple),
            "url": st.tuples(st.just("https://a.example/25") | TEXTS),
        }
    ),
    identifiers=st.lists(IDS, max_size=2).map(tuple),
    published=st.none() | st.just(date(2021, 5, 1)),
)


@settings(max_examples=1000, deadline=None)
@given(DOCUMENTS, st.lists(SUBJECTS, min_size=1, max_size=5))
def test_all_subjects_together_find_what_each_finds_alone_without_shortcuts(
    document: Document, subjects: list[Subject]
) -> None:
    lists = [watchlist(number, subject) for number, subject in enumerate(subjects)]
    assert compile_watchlists(lists).match(document) == plain_matching.match(document, lists)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(DOCUMENTS, max_size=6),
    st.lists(SUBJECTS, min_size=1, max_size=3),
    st.sampled_from([1, 60, 10_000]),
)
def test_many_documents_in_one_go_match_as_each_does_by_itself(
    documents: list[Document], subjects: list[Subject], together: int
) -> None:
    lists = [watchlist(number, subject) for number, subject in enumerate(subjects)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(matching, "_TOGETHER", together)
        found = list(compile_watchlists(lists).match_many(documents))
    assert found == [plain_matching.match(document, lists) for document in documents]


@settings(max_examples=300, deadline=None)
@given(DOCUMENTS, SUBJECTS, st.lists(SUBJECTS, max_size=4))
def test_a_match_does_not_depend_on_the_other_subjects(
    document: Document, subject: Subject, others: list[Subject]
) -> None:
    alone = watchlist(0, subject)
    rest = [watchlist(number, other) for number, other in enumerate(others, start=1)]
    together = compile_watchlists([*rest, alone]).match(document, {"w0"})
    assert together == compile_watchlists([alone]).match(document)


@settings(max_examples=300, deadline=None)
@given(DOCUMENTS, SUBJECTS, st.randoms(use_true_random=False))
def test_the_order_of_the_terms_does_not_matter(document: Document, subject: Subject, chance: Random) -> None:
    turned = replace(
        subject,
        **{
            name: tuple(chance.sample(terms, len(terms)))
            for name in ("any", "all", "none")
            if (terms := getattr(subject, name))
        },
    )
    one, other = (compile_watchlists([watchlist(0, each)]).match(document) for each in (subject, turned))
    assert [(match.score, set(match.evidence)) for match in one] == [
        (match.score, set(match.evidence)) for match in other
    ]


@settings(max_examples=300, deadline=None)
@given(DOCUMENTS, SUBJECTS, terms())
def test_what_is_forbidden_besides_never_adds_a_match(
    document: Document, subject: Subject, term: Term
) -> None:
    stricter = replace(subject, none=(*subject.none, term))
    before, after = (compile_watchlists([watchlist(0, each)]).match(document) for each in (subject, stricter))
    assert [match.evidence for match in after] in ([], [match.evidence for match in before])


@settings(max_examples=300, deadline=None)
@given(DOCUMENTS, SUBJECTS)
def test_evidence_quotes_what_stands_in_the_document(document: Document, subject: Subject) -> None:
    for match in compile_watchlists([watchlist(0, subject)]).match(document):
        for one in match.evidence:
            name, _, index = one.field.rstrip("]").partition("[")
            texts = {"key": (document.key,), "identifiers": document.identifiers, **document.fields}[name]
            text = texts[int(index)] if index else next(filter(None, texts))
            assert text[one.start : one.end] == one.quote != ""


@pytest.mark.parametrize("hostile", ["\x00", "a\x00", "\x00Open", "\n\x00\n"])
def test_a_character_that_parts_documents_moves_nothing_from_one_to_the_next(hostile: str) -> None:
    term = Term(kind="text", text="Open RAN", written="x")
    one = compile_watchlists([watchlist(0, Subject(id="s", name="s", any=(term,)))])
    titles = ["Open", hostile, "RAN", "Open RAN", hostile, "the Open RAN"]
    documents = [Document(key="k:1", kind="news", fields={"title": (title,)}) for title in titles]
    starts = [
        [found.start for match in each for found in match.evidence] for each in one.match_many(documents)
    ]
    assert starts == [[], [], [], [0], [], [4]]


@settings(max_examples=300, deadline=None)
@given(TEXTS, st.lists(PHRASES, min_size=1, max_size=4, unique=True), st.booleans())
def test_a_phrase_is_found_wherever_it_stands_letter_by_letter(
    title: str, phrases: list[str], case: bool
) -> None:
    literals = [literal(phrase, case=case) for phrase in phrases]
    hits = Scanner(literals).scan(fold(title))
    for index, one in enumerate(literals):
        assert list(hits.get(index)) == plain_matching.places(one, fold(title))


@pytest.mark.parametrize(
    "pattern", ["^beta", "beta$", "^beta$", r"\Abeta", r"beta\z", "(?-m:^)beta", "(?-m:beta$)", r"\bbeta\b"]
)
@pytest.mark.parametrize("case", [False, True])
def test_a_pattern_of_a_texts_ends_finds_them_in_every_field(pattern: str, case: bool) -> None:
    term = Term(kind="regex", text=pattern, written=pattern, case=case)
    one = compile_watchlists([watchlist(0, Subject(id="s", name="s", any=(term,)))])
    document = Document(
        key="k:1", kind="news", fields={"title": ("alpha",), "summary": ("beta",), "body": ("gamma",)}
    )
    assert [match.evidence[0].field for match in one.match(document)] == ["summary"]


def test_no_phrase_and_no_pattern_reaches_from_one_text_into_the_next() -> None:
    found = (
        Term(kind="text", text="Open RAN", written="a"),
        Term(kind="text", text="Open", written="b", near=("RAN",)),
        Term(kind="regex", text=r"(?s)open.ran", written="c"),
        Term(kind="text", text="Trade and Development Agency", written="d", fuzzy=50),
    )
    one = compile_watchlists([watchlist(0, Subject(id="s", name="s", any=found))])
    fields = {
        "title": ("Open",),
        "titles": ("RAN", "a Trade"),
        "summary": ("Open",),
        "body": ("Development",),
    }
    assert one.match(Document(key="k:1", kind="news", fields=fields)) == []


def rules_found(term: Term, title: str, *, identifiers: tuple[str, ...] = ()) -> list[str]:
    one = compile_watchlists([watchlist(0, Subject(id="s", name="s", any=(term,)))])
    document = Document(key="k:1", kind="news", fields={"title": (title,)}, identifiers=identifiers)
    return [f"{found.field} {found.rule}" for match in one.match(document) for found in match.evidence]


@pytest.mark.parametrize("title", ["Alpha Bravo Charlis", "Alpha Brav Charlie", "Alph Bravo Charlie"])
def test_two_of_three_words_are_enough_to_look_closer_whichever_they_are(title: str) -> None:
    fuzzy = Term(kind="text", text="Alpha Bravo Charlie", written="x", fuzzy=85)
    assert rules_found(fuzzy, title) == ["title fuzzy"]


@pytest.mark.parametrize(("apart", "close"), [(32, True), (33, False)])
def test_an_end_of_another_piece_is_close_within_the_length_of_the_phrase_and_twelve_letters(
    apart: int, close: bool
) -> None:
    needle = "abcdefghijklmnopqrst"
    assert approximate.clues(needle)[:2] == ("abcdefghij", "klmnopqrst")
    text = "abcdefghij".ljust(apart - 4, ".") + "klmn"
    first = prospects(needle, 90)[0]
    assert first.belongs(text[: first.reach]) is close


@pytest.mark.parametrize(("within", "matches"), [(2, False), (3, True)])
def test_a_gap_with_few_letters_may_hold_too_many_words(within: int, matches: bool) -> None:
    near = Term(kind="text", text="VINES", written="x", near=("NSF",), within=within)
    assert bool(rules_found(near, "VINES 中中中 NSF")) is matches


def test_what_an_identifier_names_tells_the_congress_of_a_text() -> None:
    term = Term(kind="id", text="bill:117-hr-5", written="x", fields=("title",))
    identifiers = ("docket:21-1", "bill:117-hr-5")
    found = rules_found(term, "On H.R. 5", identifiers=identifiers)
    assert found == ["identifiers[1] citation", "title citation"]


@pytest.mark.parametrize("letter", ["\u1100", "あ", "ア", "中", "가", "\uf900", "\U00020000"])
def test_a_separator_may_stand_beside_each_letter_of_east_asia(letter: str) -> None:
    assert literal(f"a{letter}").joints == literal(f"{letter}a").joints == {1}


KEPT = [
    chr(code) for first, last in re.findall("(.)(?:-(.))?", text._KEPT) for code in range(ord(first), ord(last or first) + 1)
]  # fmt: skip


@pytest.mark.parametrize(
    "around", [("", ""), ("a", "b"), (" ", " "), ("e", "\u0301"), ("中", "が"), ("\u200b", "…")]
)
def test_a_character_that_is_kept_folds_to_itself_wherever_it_stands(around: tuple[str, str]) -> None:
    before, after = around
    for character in KEPT:
        slowly = plain_matching.fold_slowly(before + character + after)
        quickly = fold(before + character + after)
        assert (quickly.text, quickly.lower) == (slowly.text, slowly.lower)
        assert after == "\u0301" or character in quickly.text


@pytest.mark.parametrize("around", [("", ""), ("a", "b"), ("中", "中"), ("-", "-")])
def test_a_character_that_is_replaced_folds_to_that_wherever_it_stands(around: tuple[str, str]) -> None:
    before, after = around
    for character, folded in text._REPLACED.items():
        slowly = plain_matching.fold_slowly(before + character + after)
        assert fold(before + character + after).text == slowly.text == before + folded + after


MIXED = st.text("aB é  \n\t-–’’５Ｇ中、が\xa0\u3000\u200b\u0301İΣß…ﬁ²™\x00\x85", max_size=30)


@settings(max_examples=500)
@given(MIXED)
def test_the_fast_way_of_folding_answers_as_the_slow_one(source: str) -> None:
    quickly, slowly = fold(source), plain_matching.fold_slowly(source)
    assert (quickly.text, quickly.lower) == (slowly.text, slowly.lower)
    assume(not re.search(r"\s\W*\u0301", source))  # an accent on white space may be told with or without it
    for index in range(len(slowly.text)):
        assert quickly.span(index, index + 1) == slowly.span(index, index + 1)


@given(st.lists(MIXED, max_size=4))
@example(["a\nb", "", "\n"])
def test_texts_folded_as_lines_are_what_each_is_by_itself(sources: list[str]) -> None:
    (lines,) = fold_each([sources])
    assert lines.text == "\n".join(fold(source).text for source in sources)
    assert lower_case(lines.text) == "\n".join(fold(source).lower for source in sources)


def test_watchlists_are_made_ready_once_for_as_long_as_none_of_them_changes() -> None:
    toml = 'title = "T"\n[[subject]]\nid = "s"\nany = ["alpha"]\n'

    def stored(text: str) -> tuple[StoredWatchlist, ...]:
        return (StoredWatchlist(id="w", position=1, sha256="", toml=text),)

    document = Document(key="k:1", kind="news", fields={"title": ("beta",)})
    first = _matcher(stored(toml))
    assert _matcher(stored("".join(toml))) is first
    assert first.match(document) == []
    assert _matcher(stored(toml.replace("alpha", "beta"))).match(document) != []
