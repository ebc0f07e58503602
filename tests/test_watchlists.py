"""A watchlist says what it means, or its file is refused with every mistake named by line, key and remedy."""

from __future__ import annotations

import hashlib
import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.errors import WatchlistError
from monitor.core.toml_lines import locate
from monitor.core.watchlists import FIELDS, Term, Watchlist, is_acronym, parse_watchlist, read_watchlist

FILE = "watchlists/us-6g-research.toml"
WHOLE = """\
title    = "US 6G research money"   # heads the digest
priority = "high"
note     = "Money."

[[subject]]
id   = "nsf-vines"
name = "NSF VINES"
zh   = "6G 垂直领域智能网络系统"
ja   = "ヴァインズ"
ko   = "바인스"
note = "Since 2025."
keys = ["nsf:*"]
any  = [
  "Verticals-enabling Intelligent Network Systems",   # a phrase
  "NSF 25-539",
  { text = "VINES", near = ["NSF", "6G"], within = 12, in = ["title", "body"] },
  { regex = 'network ?systems' },
]
all  = [{ text = "money", fuzzy = 90 }, { id = "P.L. 116-129" }]
none = ["grapevine"]
"""


def subject(terms: str) -> str:
    return f'title = "T"\n[[subject]]\nid = "s"\n{terms}\n'


def terms(text: str) -> tuple[Term, ...]:
    return parse_watchlist(subject(f"any = [{text}]"), file=FILE).subjects[0].any


def mistakes(text: str) -> list[str]:
    watchlist, problems = read_watchlist(text, file=FILE)
    assert watchlist is None
    return [str(problem) for problem in problems]


def mistake(text: str) -> str:
    (only,) = mistakes(text)
    return only


def warnings(text: str) -> tuple[str, ...]:
    return parse_watchlist(subject(text), file=FILE).warnings


def test_a_watchlist_is_read_as_it_is_written() -> None:
    watchlist = parse_watchlist(WHOLE, file=FILE)
    assert (watchlist.id, watchlist.title, watchlist.priority) == (
        "us-6g-research",
        "US 6G research money",
        "high",
    )
    assert (watchlist.note, watchlist.file, watchlist.toml) == ("Money.", FILE, WHOLE)
    assert watchlist.sha256 == hashlib.sha256(WHOLE.encode()).hexdigest()
    (one,) = watchlist.subjects
    assert (one.id, one.name, one.zh, one.ja, one.ko) == (
        "nsf-vines",
        "NSF VINES",
        "6G 垂直领域智能网络系统",
        "ヴァインズ",
        "바인스",
    )
    assert (one.note, one.keys, one.line) == ("Since 2025.", ("nsf:*",), 5)
    phrase = "Verticals-enabling Intelligent Network Systems"
    assert one.any == (
        Term(kind="text", text=phrase, written=phrase, line=14),
        Term(kind="id", text="nsf:25-539", written="NSF 25-539", fields=(*FIELDS, "url"), line=15),
        Term(
            kind="text",
            text="VINES",
            written="VINES",
            case=True,
            near=("NSF", "6G"),
            within=12,
            fields=("title", "body"),
            line=16,
        ),
        Term(kind="regex", text="network ?systems", written="network ?systems", line=17),
    )
    assert one.all == (
        Term(kind="text", text="money", written="money", fuzzy=90, line=19),
        Term(kind="id", text="law:116-129", written="P.L. 116-129", fields=(*FIELDS, "url"), line=19),
    )
    assert one.none == (Term(kind="text", text="grapevine", written="grapevine", line=20),)


def test_what_is_not_said_has_a_default() -> None:
    watchlist = parse_watchlist(subject('any = ["Next G"]'), file=FILE)
    assert watchlist.priority == "normal"
    assert watchlist.subjects[0].name == "s"


def test_what_a_watchlist_tells_of_is_what_it_says_or_the_usual() -> None:
    usual = parse_watchlist(subject('any = ["Next G"]'), file=FILE)
    assert usual.on == ("new", "substantive", "status", "deadline", "withdrawn")
    said = parse_watchlist(
        'on = ["status", "typographic", "status"]\n' + subject('any = ["Next G"]'), file=FILE
    )
    assert said.on == ("status", "typographic")


@pytest.mark.parametrize(
    ("on", "message"),
    [
        ('["stauts"]', 'on[0]: \'stauts\' is nothing that can be told; did you mean "status"? known are new, substantive'),
        ('["new", "everything"]', "on[1]: 'everything' is nothing that can be told; known are new, substantive, metadata,"),
        ("[]", "on: nothing would ever be told; name what shall be, or say enabled = false"),
        ('"new"', "on: must be a list of strings, none empty, is a string"),
        ("[3]", "on: must be a list of strings, none empty, is a list"),
    ],
)  # fmt: skip
def test_what_cannot_be_told_is_named_with_what_can(on: str, message: str) -> None:
    assert message in mistake(f"on = {on}\n" + subject('any = ["Next G"]'))


def test_a_byte_order_mark_and_windows_line_ends_are_read() -> None:
    text = "\ufeff" + WHOLE.replace("\n", "\r\n")
    watchlist = parse_watchlist(text, file=FILE)
    assert [term.line for term in watchlist.subjects[0].any] == [14, 15, 16, 17]
    assert watchlist.sha256 == hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    ("written", "acronym"),
    [
        ("VINES", True),
        ("5G", True),
        ("O-RAN", True),
        ("U.S.", True),
        ("3GPP", True),
        ("ÖPP", True),
        ("НАТО", True),
        ("Vines", False),
        ("Öpp", False),
        ("НАТО-2030", False),
        ("华为", False),
        ("CHIPS Act", False),
        ("2021", False),
        ("STANDARD", False),
        ("第6世代", False),
        ("", False),
    ],
)
def test_an_acronym_is_one_short_word_of_capitals_and_digits(written: str, acronym: bool) -> None:
    assert is_acronym(written) is acronym


def test_capitals_matter_for_an_acronym_unless_it_is_said_otherwise() -> None:
    assert [term.case for term in terms('"VINES", { text = "VINES", case = false }, "Vines"')] == [
        True,
        False,
        False,
    ]


def test_a_string_that_is_a_citation_is_one_and_an_explicit_text_is_words() -> None:
    assert [term.kind for term in terms('"H.R. 1060 (117th)", { text = "H.R. 1060 (117th)" }')] == [
        "id",
        "text",
    ]


def test_an_id_may_be_the_key_of_any_item() -> None:
    (term,) = terms('{ id = "nsf-news:abc-1" }')
    assert term.text == "nsf-news:abc-1"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            'any = ["a1", { text = "VINES", fuzy = 90 }]',
            ':4: subject[0].any[1].fuzy: unknown key; did you mean "fuzzy"?',
        ),
        ('anny = ["x"]\nany = ["x"]', ':4: subject[0].anny: unknown key; did you mean "any"?'),
        (
            'any = [{ text = "x y", in = ["titel"] }]',
            ":4: subject[0].any[0].in[0]: unknown field 'titel'; did you mean \"title\"?",
        ),
        (
            'any = ["x"]\nzh = 5',
            ":5: subject[0].zh: must be a string, is a number; see docs/watchlists.md",
        ),
        (
            'any = "x"',
            ":4: subject[0].any: must be a list of terms, is a string; see docs/watchlists.md",
        ),
        (
            "any = [3]",
            ":4: subject[0].any[0]: must be a string or a table such as { text = ... }, is a number; see docs/watchlists.md",
        ),
        (
            "any = [{ regex = '(a' }]",
            (
                ":4: subject[0].any[0].regex: not a regular expression: missing ): (a; "
                "use the syntax of RE2, which has no look-around and no back-references"
            ),
        ),
        (
            "any = [{ regex = 'a(?=b)' }]",
            (
                ":4: subject[0].any[0].regex: not a regular expression: invalid perl operator: (?=; "
                "use the syntax of RE2, which has no look-around and no back-references"
            ),
        ),
        (
            "any = [{ regex = 'a*' }]",
            ":4: subject[0].any[0].regex: matches an empty text, so every item; ask for at least one letter",
        ),
        ("", ":2: subject[0]: nothing to look for; add any = [...] or all = [...]"),
        ("any = []", ":2: subject[0]: nothing to look for; add any = [...] or all = [...]"),
        ('none = ["x"]', ":2: subject[0]: nothing to look for; add any = [...] or all = [...]"),
        (
            'any = ["\u200b - "]',
            ":4: subject[0].any[0]: '\\u200b -' has no letter and no digit: can never match; write the words to look for",
        ),
        (
            'any = [{ text = "" }]',
            ':4: subject[0].any[0].text: is empty; write text = "..."',
        ),
        (
            'any = [{ text = "x y", near = [] }]',
            ":4: subject[0].any[0].near: near nothing: can never match; name a word, or take it out",
        ),
        (
            'any = [{ text = "x y", near = ["…"] }]',
            ":4: subject[0].any[0].near[0]: '…' can never match; write the words to look for",
        ),
        (
            'any = [{ text = "x y", in = [] }]',
            ":4: subject[0].any[0].in: in no field: can never match; name a field, or take it out",
        ),
        (
            'any = [{ text = "x y", fuzzy = 49 }]',
            ":4: subject[0].any[0].fuzzy: 49 is not between 50 and 100; write such a whole number",
        ),
        (
            'any = [{ text = "x y", within = 3 }]',
            ":4: subject[0].any[0].within: means nothing without near; say near what, or take it out",
        ),
        (
            'any = [{ regex = "xy", fuzzy = 90 }]',
            ":4: subject[0].any[0].fuzzy: means nothing beside regex; take fuzzy out",
        ),
        (
            'any = [{ id = "H.R. 5 (117th)", case = true }]',
            ":4: subject[0].any[0].case: means nothing beside id; take case out",
        ),
        (
            'any = [{ id = "the bill" }]',
            (
                ":4: subject[0].any[0].id: 'the bill' is no citation that is known here; "
                'write it like "H.R. 1060 (117th)" or "bill:117-hr-1060", or make it a text'
            ),
        ),
        (
            'any = [{ text = "x", regex = "y" }]',
            ":4: subject[0].any[0]: text and regex in one term; say exactly one of text, regex and id",
        ),
        (
            "any = [{ case = true }]",
            ":4: subject[0].any[0]: neither text, nor regex, nor id; say exactly one of text, regex and id",
        ),
        (
            'any = [{ text = "x y", case = 1 }]',
            ":4: subject[0].any[0].case: must be true or false, is a number; see docs/watchlists.md",
        ),
        (
            'any = [\n  "ok one",\n  "Open RAN",\n]\nnone = ["open-ran"]',
            (
                ":6: subject[0].any[1]: 'Open RAN' can never match: none = ['open-ran'] forbids it; "
                "take it out of one of the two lists"
            ),
        ),
        (
            'all = ["H.R. 5 (117th)"]\nnone = ["117-hr-5"]',
            (
                ":4: subject[0].all[0]: 'H.R. 5 (117th)' can never match: none = ['117-hr-5'] forbids it; "
                "take it out of one of the two lists"
            ),
        ),
    ],
)
def test_a_mistake_is_named_with_line_key_and_remedy(text: str, message: str) -> None:
    assert mistake(subject(text)) == FILE + message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "title = ",
            ":1: not valid TOML: Invalid value; what begins here has no end; mend what stands there, or compare with docs/watchlists.md",
        ),
        ('title = "T"', ":1: no subject; add a [[subject]] with an id and any = [...]"),
        (
            'title = "T"\nsubject = 5',
            ":2: subject: must be an array of tables; write [[subject]] above each",
        ),
        ('[[subject]]\nid = "s"\nany = ["x"]', ':1: title: is missing; write title = "..."'),
        ('title = "T"\n[[subject]]\nany = ["x"]', ':2: subject[0].id: is missing; write id = "..."'),
        (
            'title = "T"\n[[subject]]\nid = "A/b"\nany = ["x"]',
            ":3: subject[0].id: 'A/b' is no id; use small letters, digits, - . and _ only",
        ),
        (
            'title = "T"\npriority = "hihg"\n[[subject]]\nid = "s"\nany = ["x"]',
            ":2: priority: unknown priority 'hihg'; did you mean \"high\"?",
        ),
        (
            'title = "T"\n[[subject]]\nid = "s"\nany = ["x"]\n[[subject]]\nid = "s"\nany = ["y"]',
            ":6: subject[1].id: 's' is already the id of the subject in line 2; give each subject its own id, or join the two",
        ),
    ],
)
def test_a_mistake_of_the_whole_file_is_named_too(text: str, message: str) -> None:
    assert f"{FILE}{message}" in mistakes(text)


def test_a_file_name_that_is_no_id_is_refused() -> None:
    _, problems = read_watchlist(subject('any = ["x y"]'), file="watchlists/My list.toml")
    assert "the file's name gives the id 'My list'" in problems[0].what


def test_all_mistakes_of_a_file_are_told_in_order_of_line() -> None:
    text = subject('any = [{ text = "x y", fuzzy = 5 }]\nnone = 3') + 'prioritty = "high"\n'
    assert [message.partition(": ")[0] for message in mistakes(text)] == [
        f"{FILE}:{line}" for line in (4, 5, 6)
    ]
    with pytest.raises(WatchlistError, match=r":4: .*\(the first of 3 problems in this file\)"):
        parse_watchlist(text, file=FILE)


def test_broken_toml_names_the_line() -> None:
    with pytest.raises(WatchlistError, match=r"us-6g-research\.toml:3: not valid TOML"):
        parse_watchlist('title = "T"\n\n[[subject]\n', file=FILE)


def test_nesting_beyond_all_reason_is_a_broken_file() -> None:
    assert "not valid TOML" in mistakes("a = " + "[" * 100_000)[0]


@pytest.mark.parametrize(
    "none", ['{ text = "Open RAN", near = ["x"] }', '{ text = "Open RAN", in = ["body"] }', '"RAN"']
)
def test_a_none_that_forbids_only_sometimes_is_allowed(none: str) -> None:
    assert parse_watchlist(subject(f'any = ["Open RAN"]\nnone = [{none}]'), file=FILE).warnings == ()


def test_a_short_latin_term_without_company_is_warned_of() -> None:
    assert warnings('any = ["6G"]') == (
        f"{FILE}:4: subject[0].any[0]: '6G' is short and stands for many things; add near = [...], or say case = true where it truly stands alone",
    )
    company = (
        '{ text = "6G", near = ["network"] }, { text = "5G", in = ["title"] }, { text = "4G", case = true }'
    )
    assert warnings(f'any = [{company}, "华为", "VINES"]') == ()


def test_a_range_of_letters_that_stand_in_no_text_is_warned_of() -> None:
    assert warnings("any = [{ regex = '[A-Za-zÀ-ÿ]+ [é]t[ée]' }]") == (
        (
            f"{FILE}:4: subject[0].any[0].regex: 'À-ÿ' finds nothing: texts are read without accents, in ordinary width; "
            "write the letters without accents, as a-z, or take it out"
        ),
    )


def test_a_bill_without_its_congress_is_warned_of() -> None:
    assert warnings('any = ["H.R. 1060"]') == (
        (
            f"{FILE}:4: subject[0].any[0]: 'H.R. 1060' names no Congress, and matches that number in every one; "
            'say which, as in "H.R. 1060 (117th)"'
        ),
    )


VALUES = st.recursive(
    st.integers(0, 9)
    | st.booleans()
    | st.sampled_from(["a", "x]y", "# no", "q'q", 'd"d', "{", "第", "two\nlines"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["k", "key two", "k.3"]), inner, max_size=3)
    ),
    max_leaves=8,
)


def written(value: Any, *, broken: bool = True) -> str:
    """TOML for a value; lists are broken over lines, with comments that try to mislead."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        if "\n" in value:
            return f"'''{value}'''" if broken else '"two\\nlines"'
        return f"'{value}'" if "'" not in value else f'"{value}"'
    if isinstance(value, list):
        end = ", # ] } [\n" if broken else ", "
        return "[" + "".join(written(one, broken=broken) + end for one in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f'"{key}" = {written(one, broken=False)}' for key, one in value.items()) + "}"
    return str(value)


@given(st.lists(st.dictionaries(st.sampled_from(["a", "b", "key two"]), VALUES, max_size=3), max_size=4))
def test_each_value_is_found_in_its_line(tables: list[dict[str, Any]]) -> None:
    """The text from the line of a key on is that key's pair."""
    text = "".join(
        "\n[[table]] # [x]\n" + "".join(f'"{key}" = {written(value)}\n' for key, value in table.items())
        for table in tables
    )
    lines, rows = locate(text), text.splitlines()
    for index, table in enumerate(tomllib.loads(text).get("table", [])):
        assert rows[lines["table", index] - 1] == "[[table]] # [x]"
        for key, value in table.items():
            assert rows[lines["table", index, key] - 1].startswith(f'"{key}" = ')
            if isinstance(value, list):
                assert [lines["table", index, key, place] for place in range(len(value))] == _lines_of(
                    lines["table", index, key], value
                )


def _lines_of(first: int, value: list[Any]) -> list[int]:
    """Where the elements of a list stand that `written` has broken over lines."""
    lines, at = [], first
    for one in value:
        lines.append(at)
        at += written(one).count("\n") + 1
    return lines


def test_headers_and_dotted_keys_are_found() -> None:
    lines = locate("[a.b]\nc.d = 1\n[[x.y]]\nk = 1\n[[x.y]]\nk = '''\n]'''\n[x.y.z]\nq = \"a # b\"\n")
    assert lines["a", "b", "c", "d"] == 2
    assert (lines["x", "y", 0, "k"], lines["x", "y", 1, "k"]) == (4, 6)
    assert lines["x", "y", 1, "z", "q"] == 9


def test_a_watchlist_is_a_value() -> None:
    assert parse_watchlist(WHOLE, file=FILE) == parse_watchlist(WHOLE, file=FILE)
    assert isinstance(parse_watchlist(WHOLE, file=FILE), Watchlist)
