"""Why a subject recognises an item, and why it does not: the trace, its words, and `monitor why`."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from desk import Desk, feed
from hypothesis import given, settings
from test_matching_exactly import DOCUMENTS, SUBJECTS, watchlist
from webserver import Reply, WebServer

from monitor.cli import cli
from monitor.core.explaining.neighbours import Neighbourhoods
from monitor.core.explaining.traces import Explanation, TermTrace, Trace
from monitor.core.explaining.tracing import Checked, explain, met
from monitor.core.matching.matcher import Document, compile_watchlists
from monitor.core.renderings.explanations import render
from monitor.core.renderings.neutral import cells
from monitor.core.watchlists import Subject, Watchlist, parse_watchlist


def document(key: str = "wire:1", published: date | None = None, **fields: Any) -> Document:
    """A document; a field is one text, or several."""
    names = ("title", "titles", "summary", "subjects", "body", "details", "url")
    texts = {name: fields.get(name, ()) for name in names}
    return Document(
        key=key,
        kind="news",
        fields={name: (text,) if isinstance(text, str) else text for name, text in texts.items()},
        identifiers=fields.get("identifiers", ()),
        published=published,
    )


def read(subjects: str, name: str = "w") -> Watchlist:
    return parse_watchlist(f'title = "T"\n{subjects}', file=f"watchlists/{name}.toml")


def of(conditions: str, id_: str = "s", name: str = "w") -> Watchlist:
    return read(f'[[subject]]\nid = "{id_}"\n{conditions}\n', name)


def trace(conditions: str, told: Document, *others: Watchlist) -> Trace:
    one = of(conditions)
    return explain(told, one, one.subjects[0], [one, *others])


def term(written: str, told: Document) -> TermTrace:
    (found,) = trace(f"any = [{written}]", told).terms
    return found


VINES = '{ text = "VINES", near = ["NSF", "6G"], within = 5 }'
LIKE = '{ text = "Strategic Competition", fuzzy = 92 }'
USUAL = "only into title, titles, summary, subjects and body"

MISSED = [
    ('"Open RAN"', {"details": ("a Open RAN",)}, [("field", None, f"the term does not look into that field, {USUAL}")]),
    ('{ text = "Next G", in = ["title"] }', {"summary": "Next G"}, [("field", None, "only into title")]),
    ('"VINES"', {"title": "vines and wines"}, [("capitals", None, "it stands there with other capitals, “vines”")]),
    ('"RAN"', {"title": "two RANs"}, [("ending", None, "an ending stands behind it, “RANs”")]),
    ('"chip"', {"title": "the chipmaker"}, [("word", None, "only inside a longer word, “chipmaker”")]),
    ('"vine"', {"title": "a grapevine"}, [("word", None, "only inside a longer word, “grapevine”")]),
    ('"5G"', {"title": "a 15G net"}, [("word", None, "only inside a longer number, “15G”")]),
    ('"5G"', {"title": "a 2.5G net"}, [("word", None, "only inside a longer number, “2.5G”")]),
    ('"Open RAN"', {"title": "Open, RAN"}, [("joint", None, "its letters stand there parted otherwise")]),
    ('{ text = "chips", case = false }', {"title": "chip S"}, [("joint", None, "its letters stand there parted otherwise")]),
    (VINES, {"title": "VINES a b c d e f g NSF"}, [("near", 2, "“NSF”, stands 7 words after it, 2 more than the 5 that may")]),
    (VINES, {"title": "6G a b c d e f VINES"}, [("near", 1, "“6G”, stands 6 words before it, 1 more than the 5 that may")]),
    (VINES, {"title": "VINES"}, [("near", None, "one of its 2 words of near must stand near it, in the same text, and none does")]),
    (VINES, {"title": "VINES", "body": "An NSF call"}, [("near", None, "none does (only “NSF” in text)")]),
    ('{ text = "VINES", near = ["NSF"], in = ["title"] }', {"summary": "vines"},
        [("capitals", None, "“vines”"), ("near", None, "“NSF” must stand near it"), ("field", None, "only into title")]),
    (LIKE, {"title": "Strategc Competishun Act"}, [("likeness", 10, "the likest words score 82 of the 92 that it asks for")]),
    ('"Strategic Competition"', {"title": "Strateigc Competition"}, [("likeness", 5, "(likeness 95 of 100), and it wants the very words")]),
    ('"Trade and Development Agency"', {"title": "the trade", "body": "an agency for trade"},
        [("some words", 1, "only 2 of its 3 words of at least 4 letters stand in text, and not as this phrase: “trade” and “agency”; not “development”")]),
    ('"Trade and Development Agency"', {"title": "the trade", "body": "an agency"},
        [("nothing", None, "no two of its 3 words of at least 4 letters stand in one text")]),
    ('"U.S. International Development Finance Corporation"', {"title": "finance for development, said a corporation of international renown"},
        [("some words", None, "all its 4 words of at least 4 letters stand in title, and not as this phrase: “international”, “development”, “finance” and “corporation”")]),
    ('"5th generation"', {"title": "a new generation"}, [("nothing", None, "nothing like it stands there")]),
    ('"5th generation"', {"title": "the 6th generation"}, [("nothing", None, "nothing like it stands there")]),
    ('"telecommunications"', {"title": "Communications"}, [("nothing", None, "nothing like it stands there")]),
    ('"Strategic Competition Act"', {"title": "Strategic Competition"}, [("some words", None, "all its 2 words")]),
    ('"telecommunications"', {"title": "a telecomunications act"}, [("likeness", 3, "it wants the very words; `fuzzy` would take less")]),
    ('"International Development Finance Corporation"', {"title": "International Developing Finance Corporations"},
        [("likeness", 7, "(likeness 93 of 100), and it wants the very words")]),
    ('{ text = "H.R. 3003", near = ["Open RAN"] }', {"key": "bill:117-hr-3003"},
        [("citation", None, f"it is the item's own number, and this term is a text and looks {USUAL}; as `id` it would match")]),
    ('{ text = "H.R. 3003" }', {"title": "HR3003 (117th)"}, [("citation", None, "it is cited there, and this term is a text")]),
    ('{ text = "H.R. 3003" }', {"title": "H.R. 3004 (117th)"}, [("nothing", None, "nothing like it stands there")]),
    ('"Open RAN"', {"title": "weather"}, [("nothing", None, "nothing like it stands there")]),
    ('"Strategic Competition"', {"title": "weather"}, [("nothing", None, "none of its words stands there")]),
    ("{ regex = '\\b[56]G\\b', case = true }", {"title": "5g"}, [("capitals", None, "with other capitals, “5g”")]),
    ("{ regex = '\\b[56]G\\b', near = [\"x\"], within = 2 }", {"title": "5g a b c x"}, [("near", 1, "“x”, stands 3 words after it")]),
    ("{ regex = '\\b[56]G\\b' }", {"details": ("6G",)}, [("field", None, USUAL)]),
    ("{ regex = '\\b[56]G\\b' }", {"title": "weather"}, [("nothing", None, "nothing that its pattern describes stands there")]),
    ('"华为"', {"title": "天气"}, [("nothing", None, "nothing like it stands there")]),
    ('"H.R. 1060 (117th)"', {"title": "H.R. 1060 (119th)"},
        [("congress", 2, "that is the one of the 119th Congress, and the term wants the 117th")]),
    ('"H.R. 1060 (117th)"', {"title": "H.R. 1060", "published": date(2024, 2, 3)},
        [("congress", 1, "the 118th Congress (by the date, for nothing else tells it), and the term wants the 117th")]),
    ('"H.R. 1060 (117th)"', {"key": "bill:118-hr-1060"}, [("congress", 1, "that is the one of the 118th Congress")]),
    ('"H.R. 1060 (117th)"', {"title": "S. 1060 (117th)"},
        [("kind", None, "the same number of another kind: S. 1060 (117th), and the term wants H.R. 1060 (117th)")]),
    ('"H.R. 1060 (117th)"', {"title": "H.R. 1062 (117th)"}, [("number", None, "another number, with one other digit: H.R. 1062 (117th), and the term wants H.R. 1060 (117th)")]),
    ('"H.R. 1068 (117th)"', {"title": "H.R. 1086 (117th)"}, [("number", None, "another number, with two digits swapped")]),
    ('"H.R. 1060 (117th)"', {"title": "H.R. 1059 (117th)"}, [("nothing", None, "it is not cited")]),
    ('"S. 12 (117th)"', {"title": "S. 13 (117th)"}, [("nothing", None, "it is not cited")]),
    ('"H.R. 1060 (117th)"', {"details": ("H.R. 1060 (117th)",)}, [("field", None, "body and url")]),
    ('"S. 1169 (117th)"', {"title": "Cong. Rec. S1169"},
        [("reading", None, "the number stands there, “Rec. S1169”, and does not read as S. 1169 (117th)")]),
    ('"NSF 25-539"', {"title": "NSF 25-530"}, [("number", None, "another number, with one other digit: NSF 25-530")]),
    ('"NSF 25-539"', {"title": "NSF 25-540"}, [("nothing", None, "it is not cited, and neither is anything like it")]),
    ('"15 CFR 744.11"', {"title": "15 CFR part 744"},
        [("part", None, "15 CFR 744 is cited as a whole, and the term wants its part 15 CFR 744.11")]),
    ('"NSF 25-539"', {"title": "weather"}, [("nothing", None, "it is not cited, and neither is anything like it")]),
]  # fmt: skip


@pytest.mark.parametrize(("written", "fields", "expected"), MISSED)
def test_a_term_that_is_not_found_says_what_is_lacking_and_how_much(
    written: str, fields: dict[str, Any], expected: list[tuple[str, int | None, str]]
) -> None:
    missed = term(written, document(**fields))
    assert not missed.found
    assert [(failure.lack, failure.by) for failure in missed.failures] == [
        (lack, by) for lack, by, _ in expected
    ]
    for failure, (_, _, says) in zip(missed.failures, expected, strict=True):
        assert says in failure.says
    assert bool(missed.places) == (missed.failures[0].lack not in {"nothing", "some words"})


def test_a_found_term_quotes_its_words_with_what_stands_around_them_and_what_stands_near() -> None:
    long = "word " * 30
    found = term(VINES, document(summary=f"{long}The NSF opens VINES for {long}"))
    (place,) = found.places
    assert (found.found, found.score, place.evidence.quote, place.evidence.field) == (
        True,
        100,
        "VINES",
        "summary",
    )
    assert place.before.startswith("… word ")
    assert place.before.endswith("The NSF opens ")
    assert place.after.startswith(" for word ")
    assert place.after.endswith(" …")
    assert place.neighbour is not None
    assert place.neighbour.in_words() == "near “NSF”, 1 word before"


def test_the_nearest_of_the_terms_that_are_missing_is_named() -> None:
    told = trace(
        'all = ["weather"]\nany = ["Open RAN", "VINES", { text = "6G", near = ["NSF"] }]',
        document(title="Weather for vines and 6G"),
    )
    assert told.nearest is not None
    assert told.nearest.term == "VINES"
    assert [(one.name, one.holds, one.found, one.of) for one in told.conditions] == [
        ("all", True, 1, 1),
        ("any", False, 0, 3),
    ]


def test_a_match_has_no_nearest_term_though_some_were_not_found() -> None:
    told = trace('any = ["weather", "VINES"]', document(title="Weather for vines"))
    assert (told.matches, told.nearest) == (True, None)


def test_another_number_is_told_beside_its_term_and_never_as_the_nearest() -> None:
    told = trace('any = ["S. 1169 (117th)"]', document(title="S. 1161 (117th)"))
    assert told.nearest is None
    assert "another number, with one other digit: S. 1161 (117th)" in page_of(told, width=200)


def test_terms_of_one_wording_are_told_apart_by_their_options() -> None:
    conditions = """any = [
    { text = "Huawei", near = ["ban", "sale", "chips", "phones", "cloud", "patents"], within = 9, in = ["title"] },
    "Huawei", "6G", { text = "6G", case = false }, { text = "Huawei", fuzzy = 90 }, { regex = 'Hua' },
    { text = "6G", case = true }, { text = "H.R. 3003" },
    ]"""
    told = trace(conditions, document(title="weather"))
    assert [one.label for one in told.terms] == [
        "Huawei (near ban, sale, chips, phones and 2 more, within 9; in title)",
        "Huawei",
        "6G (line 6)",
        "6G (any case)",
        "Huawei (fuzzy 90)",
        "Hua (pattern)",
        "6G (line 7)",
        "H.R. 3003 (text)",
    ]
    page = " ".join(page_of(told, width=200).split())
    assert "Huawei; 6G (line 6); 6G (any case);" in page
    assert "phones and 2 more, within 9; in title)" in page


def test_words_that_forbid_a_match_are_quoted_with_their_place() -> None:
    told = trace(
        'any = ["VINES"]\nnone = ["grapevine", "vineyard"]', document(title="VINES", body="In a vineyard")
    )
    assert not told.matches
    page = page_of(told)
    assert "because       none: “vineyard” in text forbids it" in page
    assert "None: none of these 2 may stand there, 1 does" in page
    assert re.search(r"forbids +vineyard\n +in text \(phrase, score 100\): In a “vineyard”", page)
    assert "clear         grapevine" in page


def test_a_key_that_fits_no_pattern_is_the_reason() -> None:
    told = trace('keys = ["bill:117-*"]\nany = ["VINES"]', document(key="bill:118-hr-1", title="VINES"))
    assert not told.matches
    assert "because       its key bill:118-hr-1 fits none of bill:117-*" in page_of(told)


def page_of(told: Trace, *, width: int = 80, everybody: bool = False, **more: Any) -> str:
    named: dict[str, Any] = {"title": "A title", "revision": 1, "in_force": 1, "unread": "", "rulings": ()}
    return render(Explanation(**{**named, **more}, trace=told), width=width, zone="UTC", everybody=everybody)


def test_who_else_watches_the_same_words_is_named() -> None:
    whole = of('any = ["Promoting United States Wireless Leadership Act"]', "promoting", "bills")
    other = read(
        '[[subject]]\nid = "same"\nany = ["wireless leadership act"]\n[[subject]]\nid = "apart"\nany = ["Act on wires"]\n',
        "x",
    )
    told = trace(
        'any = ["WIRELESS Leadership Act"]',
        document(title="The Promoting United States Wireless Leadership Act passed"),
        whole,
        other,
    )  # fmt: skip
    assert [
        (one.watchlist, one.subject, one.relation, one.stands, one.matches) for one in told.relatives
    ] == [
        ("bills", "promoting", "longer", True, True),
        ("x", "same", "same", True, True),
    ]
    page = page_of(told, width=120)
    assert (
        "bills / promoting watches “Promoting United States Wireless Leadership Act”, which holds “Wireless"
        in page
    )
    elsewhere = trace(
        'any = ["WIRELESS Leadership Act"]', document(title="The WIRELESS Leadership Act"), whole
    )
    assert [(one.relation, one.stands, one.matches) for one in elsewhere.relatives] == [
        ("longer", False, False)
    ]


def subjects(*names: str, any_: str) -> Watchlist:
    return read("".join(f'[[subject]]\nid = "{name}"\nany = [{any_}]\n' for name in names), "x")


def test_few_of_those_who_watch_the_same_words_are_named_and_all_when_asked() -> None:
    here = subjects(*"abcdefg", any_='"Open RAN", "RAN"')
    away = subjects("far", any_='"Open RAN alliance"')
    told = trace('any = ["Open RAN"]', document(title="Open RAN"), here, replace(away, id="y"))
    page = page_of(told, width=120)
    assert [name for name in "abcdefg" if f"x / {name} watches “Open RAN” too" in page] == [*"abcde"]
    assert "“RAN”, which" not in page
    assert "y / far" not in page
    assert "  3 more subjects with such words (2 of them found here); --all names them" in page
    whole = page_of(told, width=120, everybody=True)
    assert "y / far watches “Open RAN alliance”" in whole
    assert whole.count("watches “RAN”, which stands within") == 7
    assert "--all" not in whole
    only_away = trace('any = ["Open RAN"]', document(title="Open RAN"), away)
    assert "  1 more subject with such words (not found here); --all names it" in page_of(only_away)


HOSTILE = "\x1b[2J\u202eVINES\x00\nNSF <b>"


@pytest.mark.parametrize("width", [40, 80, 120])
def test_hostile_words_are_escaped_and_no_line_is_too_wide(width: int) -> None:
    conditions = (
        f'any = [{VINES}, {LIKE}, "NSF 25-539", "华为", {{ regex = \'[a-z]{{3}}\' }}]\nnone = ["grapevine"]'
    )
    for told in (document(title=HOSTILE, body=HOSTILE * 90), document(title="x" * 500, body="網" * 500)):
        page = page_of(trace(conditions, told), width=width, title=HOSTILE, unread="it is erased")
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", page)
        assert all(cells(line) <= width or " " not in line.strip() for line in page.splitlines())


@settings(max_examples=500, deadline=None)
@given(DOCUMENTS, SUBJECTS, SUBJECTS)
def test_a_trace_decides_as_the_matcher_does(told: Document, subject: Subject, other: Subject) -> None:
    lists = [watchlist(0, subject), watchlist(1, other)]
    matches = [one for one in compile_watchlists(lists).match(told) if one.watchlist == "w0"]
    found = explain(told, lists[0], subject, lists)
    assert found.matches == bool(matches)
    speaking = [one for one in found.terms if one.group != "none" and one.found]
    for match in matches:
        evidence = tuple(place.evidence for one in speaking for place in one.places)
        assert (found.score, evidence) == (match.score, match.evidence)
        assert met(Checked(subject), told).startswith(match.conditions)
    for one in found.terms:
        assert one.found == (one.closeness == 100)
        assert one.found or one.group == "none" or one.failures
    assert bool(met(Checked(subject), told)) == bool(matches)


@settings(max_examples=500, deadline=None)
@given(DOCUMENTS, SUBJECTS)
def test_a_found_term_has_its_neighbour_within_reach_and_what_is_lacking_is_more_than_nothing(
    told: Document, subject: Subject
) -> None:
    found = explain(told, watchlist(0, subject), subject)
    for asked, one in zip((*subject.all, *subject.any, *subject.none), found.terms, strict=True):
        for place in one.places:
            if asked.near and one.found:
                assert place.neighbour is not None
                assert place.neighbour.between <= asked.within
        assert all(failure.by is None or failure.by > 0 for failure in one.failures)


def test_how_conditions_were_met_is_the_same_for_a_stream_and_for_one_item() -> None:
    one = of(f'all = ["NSF"]\nany = [{VINES}, "6G"]\nnone = ["vineyard"]')
    told = document(title="NSF opens VINES")
    (match,) = compile_watchlists([one]).match(told)
    said = "; ".join([match.conditions, *Neighbourhoods([one]).told(told, match)])
    assert said == "all 1 of 1; any 1 of 2; none clear; VINES near “NSF”, 1 word before"
    assert met(Checked(one.subjects[0]), told) == said


NETWORKS = """
title = "Networks"
[[subject]]
id = "next-g"
name = "Next G Alliance"
any = ["Next G Alliance"]
[[subject]]
id = "vines"
name = "NSF VINES"
any = ["NSF 25-539", { text = "VINES", near = ["NSF"], within = 3 }]
none = ["vineyard"]
"""


class Office(Desk):
    """A desk at which a feed was read, and the program as a person runs it there."""

    def __init__(self, folder: Path, web: WebServer) -> None:
        super().__init__(folder, web)
        self.watch(NETWORKS)
        self.source("news")
        self.say("NSF opens VINES", "NSF opens a second round of money for VINES")

    def say(self, *titles: str) -> None:
        """What the feed says from now on, as entries a, b, …, and a poll of it."""
        entries = zip("abcdef", titles, strict=False)
        self.web.answer("/news", Reply(body=feed(*entries)))
        self.poll()

    def run(self, *arguments: str, code: int = 0, width: int = 80) -> str:
        """What it prints; where it fails, why."""
        self.settings()
        config = ["--config", str(self.folder / "config.toml")]
        environment = {"COLUMNS": str(width)}
        if code:
            done = CliRunner().invoke(cli, [*arguments, *config], env=environment)
            assert getattr(done.exception, "exit_code", done.exit_code) == code
            return str(done.exception)
        done = CliRunner().invoke(cli, [*arguments, *config], env=environment, catch_exceptions=False)
        return done.stdout

    def why(self, *arguments: str, **more: Any) -> str:
        return self.run("why", *arguments, **more)


@pytest.fixture
def office(tmp_path: Path, web: WebServer) -> Office:
    return Office(tmp_path, web)


def test_why_of_a_match_tells_since_when_and_each_term(office: Office) -> None:
    page = office.why("news:a", "vines")
    assert page.startswith(
        "NSF opens VINES\nnews:a\n\nnetworks / vines: NSF VINES\n  verdict       matches, score 100; recorded since"
    )
    assert "baseline, by revision 1" in page
    assert "Any: one of these 2 is enough, 1 found" in page
    assert "(acronym, score 100; near “NSF”, 1 word before)" in " ".join(page.split())
    assert re.search(
        r"What the log holds of it\n  position \d+ · \S+ · matched, revision 1, score 100,", page
    )


def test_why_not_names_the_nearest_term_and_what_it_lacks(office: Office) -> None:
    page = " ".join(office.why("https://example.org/b", "vines").split())
    assert "verdict does not match, and never did because any: none of 2 found" in page
    assert (
        "nearest VINES (near NSF, within 3): the nearest word of near, “NSF”, stands 7 words before it, 4 more than the 3 that may stand between"
        in page
    )


def test_why_of_a_withdrawn_match_tells_until_when(office: Office) -> None:
    office.say("NSF opens VINES in a vineyard", "NSF opens a second round of money for VINES")
    page = " ".join(office.why("news:a", "networks/vines").split())
    assert re.search(
        r"verdict does not match; it did until position \d+ \(\S+\) and was withdrawn: the item was revised",
        page,
    )
    assert "because none: “vineyard” in title forbids it" in page
    assert "looked at revision 2 of the item" in page
    was = office.why("news:a", "vines", "--as-of", "2025-06-02T01:30:00Z")
    assert "verdict       matches, score 100" in was


def test_why_by_edited_files_explains_what_would_be(office: Office) -> None:
    office.watch(NETWORKS.replace("within = 3", "within = 9"))
    assert "verdict       does not match, and never did" in office.why("news:b", "vines")
    page = office.why("news:b", "vines", "--edited")
    assert "verdict       would match, score 100; these rules are not in force" in page
    other = office.folder / "mine.toml"
    other.write_text(NETWORKS, encoding="utf-8")
    assert "verdict       would not match, and never did" in office.why(
        "news:b", "vines", "--watchlists", str(other)
    )


def test_why_as_json_is_one_object_with_the_whole_trace(office: Office) -> None:
    (line,) = office.why("news:b", "vines", "--json").splitlines()
    told = json.loads(line)
    assert told["rulings"] == []
    assert told["nearest"]["failures"] == [
        {
            "lack": "near",
            "says": "the nearest word of near, “NSF”, stands 7 words before it, 4 more than the 3 that may stand between",
            "by": 4,
        }
    ]
    assert [one["term"] for one in told["terms"]] == ["NSF 25-539", "VINES", "vineyard"]
    assert told["conditions"][0] == {"name": "any", "holds": False, "found": 0, "of": 2}


def test_an_unknown_subject_or_key_is_wrong_use_with_the_nearest_name(office: Office) -> None:
    assert office.why("news:a", "vinse", code=2) == "vinse: no such subject; did you mean vines?"
    assert "no such subject; did you mean networks/vines" in office.why("news:a", "networks/vine", code=2)
    assert office.why("news:a", "zzz", code=2).endswith(
        "no such subject; `monitor watch list` names them all"
    )
    assert "the log holds no such item" in office.why("news:z", "vines", code=2)
    office.watch(NETWORKS, "others")
    office.poll()
    assert office.why("news:a", "vines", code=2) == (
        "vines: 2 watchlists have that subject; say networks/vines or others/vines"
    )


def test_show_tells_how_the_conditions_were_met(office: Office) -> None:
    assert "any 1 of 2; none clear; VINES near “NSF”, 1 word before" in office.run("show", "news:a")
    told = json.loads(office.run("show", "news:a", "--json"))
    assert told["matches"][0]["conditions"] == "any 1 of 2; none clear; VINES near “NSF”, 1 word before"


def test_match_tells_how_the_conditions_were_met(office: Office) -> None:
    lines = office.folder / "items.jsonl"
    lines.write_text('{"id": "1", "title": "NSF opens VINES"}\n', encoding="utf-8")
    folder = str(office.folder / "watchlists")
    done = CliRunner().invoke(cli, ["match", "--watchlists", folder, str(lines)], catch_exceptions=False)
    assert json.loads(done.stdout)["conditions"] == "any 1 of 2; none clear; VINES near “NSF”, 1 word before"


def test_a_text_that_is_gone_is_said_to_be_unread() -> None:
    page = page_of(trace('any = ["VINES"]', document(title="x")), unread="it is erased")
    assert "its full text could not be looked into: it is erased" in " ".join(page.split())


def test_a_word_of_near_is_told_however_its_and_is_written() -> None:
    one = of('any = [{ text = "Research and Development", near = ["CHIPS & Science Act"], within = 3 }]')
    told = document(title="Research & Development of the CHIPS and Science Act")
    (match,) = compile_watchlists([one]).match(told)
    said = list(Neighbourhoods([one]).told(told, match))
    assert said == ["Research and Development near “CHIPS and Science Act”, 2 words after"]
