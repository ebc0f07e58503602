"""Any sequence of edits, of any watchlist however it is written: what is not named stays byte for byte."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor.core import editing
from monitor.core.editing import Changes
from monitor.core.errors import UsageError
from monitor.core.watchlists import read_watchlist

OTHER = 'title = "Other"\n\n# Moves.\n[[subject]]\nid = "moved"\nany = ["alpha"] # tail\n'

_HEADS = st.tuples(
    st.sampled_from(["", "#:schema ../schemas/watchlist.json\n", '\n# 题目 \\ """\n\n', "\t# tab\n"]),
    st.sampled_from(
        ['title = "T"', "title\t=\t'T # no comment'  # tail", '"title" = """\n[[subject]]\n# T"""']
    ),
    st.sampled_from(
        ["\n", '\npriority = "high"\n', '\non = [\n  "new", # all\n  "status"\n]\n', "\nnote=''\n"]
    ),
    st.sampled_from(["", "\n", "# ── Section ──\n\n", "\n\t# odd\n\n"]),
).map("".join)
_ABOVE = st.sampled_from(["", "\n", "\n# About it.\n", "# One.\n# 二。\n", "\n  # indented\n", "\n\n\n"])
_HEADERS = st.sampled_from(["[[subject]]", "[[ subject ]] # tail", '  [["subject"]]', "\t[[subject]]"])
_LISTS = st.sampled_from(
    [
        '["alpha", "beta"]',
        "['alpha',]  # tail",
        '[\n  "alpha",\n  # before\n  { text = "beta", near = ["x y", "z w"] }, # after\n\n  "gamma" # last\n]',
        '[\n\t"alpha"\n,\t"华为" ]',
        '[ { text = "alpha", in = [ "title" ] } , "b\\u0065ta" ]',
        '[ # first\n  """alpha""",\n]',
    ]
)
_LINES = st.lists(
    st.sampled_from(
        [
            'name = "A name"',
            'zh\t= "六"  # 中文',
            "  note = '''\n# no comment\n[[subject]]\nid = \"x\"'''",
            'note = """a\\\n   b"""\t# tail',
            "# a comment of its own",
            "",
            "enabled = true",
            'keys = ["bill:117-*"]',
            'none = [ "grape",\n "vine" ] # wine',
        ]
    ),
    max_size=4,
)


def _keyed(lines: Sequence[str]) -> list[str]:
    """Each key once."""
    kept: dict[str, str] = {}
    for line in lines:
        key = line.partition("=")[0].strip()
        kept.setdefault(key if key and not key.startswith("#") else f"# {len(kept)}", line)
    return list(kept.values())


@st.composite
def subjects(draw: st.DrawFn, id_: str) -> str:
    lines = [f'id = "{id_}"', f"any  = {draw(_LISTS)}", *_keyed(draw(_LINES))]
    body = draw(st.permutations(lines))
    return draw(_ABOVE) + draw(_HEADERS) + "\n" + "\n".join(body) + "\n"


@st.composite
def files(draw: st.DrawFn) -> str:
    """A valid file, in any style."""
    ids = [f"s{n}" for n in range(draw(st.integers(1, 4)))]
    text = draw(_HEADS) + "".join(draw(subjects(id_)) for id_ in ids)
    text += draw(st.sampled_from(["", "# the end\n", "\n\n", "# no line end"]))
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    return draw(st.sampled_from(["", "\ufeff"])) + text.replace("\n", newline)


_WORDS = st.text(alphabet="ab 中#\"'\\[]{}=,é-", min_size=1, max_size=12).map(lambda text: f"k{text}k")


def _changed(**changes: Any) -> Callable[[str, str], str]:
    return lambda text, subject: editing.change(text, subject, Changes(**changes), file="f")


def step(text: str, what: str, subject: str, words: str) -> str:
    new = Changes(texts={"name": words}, terms={"any": [words, '{ text = "x y", near = ["z"] }']})
    steps: dict[str, Callable[[str, str], str]] = {
        "add": lambda text, _: editing.add(text, "new", new, file="f"),
        "text": _changed(texts={"note": words}),
        "untext": _changed(texts={"note": ""}),
        "term": _changed(terms={"any": [words]}),
        "none": _changed(terms={"none": [words]}),
        "drop": _changed(dropped=["beta"]),
        "on": lambda text, subject: editing.switch(text, subject, on=True, file="f"),
        "off": lambda text, subject: editing.switch(text, subject, on=False, file="f"),
        "remove": lambda text, subject: editing.take_out(text, subject, file="f")[0],
        "title": lambda text, _: editing.change_head(text, {"title": words}, file="f"),
        "rest": lambda text, _: editing.change_head(text, {"enabled": False}, file="f"),
        "wake": lambda text, _: editing.change_head(text, {"enabled": None}, file="f"),
        "move": lambda text, _: editing.put_in(
            text, editing.take_out(OTHER, "moved", file="o")[1], "moved", file="f"
        ),
    }
    return steps[what](text, subject)


_KINDS = (
    "add",
    "text",
    "untext",
    "term",
    "none",
    "drop",
    "on",
    "off",
    "remove",
    "title",
    "rest",
    "wake",
    "move",
)
_STEPS = st.lists(st.tuples(st.sampled_from(_KINDS), st.integers(0, 5), _WORDS), min_size=1, max_size=5)


def meant(table: dict[str, Any], what: str, subject: str, words: str) -> dict[str, Any]:
    """What the file says after a step, by its meaning alone."""
    subjects = table["subject"]
    at = next(n for n, each in enumerate(subjects) if each["id"] == subject)
    new = {"id": "new", "name": words, "any": [words, {"text": "x y", "near": ["z"]}]}
    whole: dict[str, dict[str, Any]] = {
        "title": {**table, "title": words},
        "rest": {**table, "enabled": False},
        "wake": _without(table, "enabled"),
        "remove": {**table, "subject": [*subjects[:at], *subjects[at + 1 :]]},
        "add": {**table, "subject": [*subjects, new]},
        "move": {**table, "subject": [*subjects, {"id": "moved", "any": ["alpha"]}]},
    }
    changed = [*subjects[:at], _meant_of(subjects[at], what, words), *subjects[at + 1 :]]
    found = whole.get(what, {**table, "subject": changed})
    return found if found["subject"] else _without(found, "subject")


def _meant_of(one: dict[str, Any], what: str, words: str) -> dict[str, Any]:
    kept = [term for term in one.get("any", []) if "beta" not in (term, _text(term))]
    parts: dict[str, dict[str, Any]] = {
        "text": {**one, "note": words},
        "untext": _without(one, "note"),
        "term": {**one, "any": _and(one.get("any", []), words)},
        "none": {**one, "none": _and(one.get("none", []), words)},
        "drop": {**one, "any": kept} if kept else _without(one, "any"),
        "off": {**one, "enabled": False},
        "on": _without(one, "enabled"),
    }
    return parts.get(what, one)


def _without(table: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in table.items() if name != key}


def _and(terms: list[Any], words: str) -> list[Any]:
    return terms if words in terms else [*terms, words]


def _text(term: Any) -> str:
    return term.get("text", "") if isinstance(term, dict) else ""


def loaded(text: str) -> dict[str, Any]:
    return tomllib.loads(text.removeprefix("\ufeff"))


def gone(before: str, after: str) -> list[str]:
    return [line[2:] for line in difflib.ndiff(before.splitlines(), after.splitlines()) if line[:2] == "- "]


@settings(max_examples=500, deadline=None)
@given(start=files(), steps=_STEPS)
@example(
    start='"title" = """\n[[subject]]\n# T"""\n[[subject]]\nid = "s0"\nany  = ["alpha", "beta"]\n\n# About it.\n'
    '[[subject]]\nid = "s1"\nany  = ["alpha", "beta"]\n',
    steps=[("title", 0, "k=k")],
)
def test_any_edits_of_any_file_leave_the_rest_byte_equal(
    start: str, steps: list[tuple[str, int, str]]
) -> None:
    assert read_watchlist(start.removeprefix("\ufeff"), file="f.toml")[1] == ()
    text = start
    for what, at, words in steps:
        before = editing._cut(text, "f")
        if not before.ids:
            break
        subject = before.ids[at % len(before.ids)]
        try:
            changed = step(text, what, subject, words)
        except UsageError as refused:
            if not refused.what.startswith(("there is a subject", "has no term")):
                raise
            continue
        after = editing._cut(changed, "f")
        assert loaded(changed) == meant(loaded(text), what, subject, words)
        assert changed.startswith("\ufeff") == start.startswith("\ufeff")
        if "\r\n" in text:
            assert "\n" not in changed.replace("\r\n", "")
        else:
            assert "\r" not in changed
        _check_kept(before, after, what, subject)
        text = changed


def _adopted(now: str, block: str) -> str:
    """What stands above the block that did not before; nothing that could be there where the block itself changed."""
    return now.removesuffix(block) if now.endswith(block) else "changed"


def _trailing_comments(before: editing._Cut, id_: str) -> set[str]:
    """Comments of the part above, by their last lines: where the key below them goes, they come to stand on this one."""
    above = [before.head, *before.blocks][before.ids.index(id_)]
    comments = [line for line in above.splitlines(keepends=True) if line.lstrip().startswith("#")]
    return {"".join(comments[start:end]) for end in range(len(comments) + 1) for start in range(end)}


def _check_kept(before: editing._Cut, after: editing._Cut, what: str, subject: str) -> None:
    """All but the part that was named is there, byte for byte; of that part, the lines that say something else."""
    of_head, of_file = what in {"title", "rest", "wake"}, what in {"add", "move"}
    kept = dict(zip(after.ids, after.blocks, strict=True))
    for id_, block in zip(before.ids, before.blocks, strict=True):
        if of_head or id_ != subject:
            # What is added at the end stands below an empty line, and takes a comment along that would else be its own.
            assert (
                kept[id_] == block
                or (of_file and kept[id_].startswith(block.rstrip("\r\n")))
                or _adopted(kept[id_], block) in _trailing_comments(before, id_)
            )
    if of_head:
        assert what == "title" or len(gone(before.head, after.head)) <= 1
        assert before.head.count("#") <= after.head.count("#") or what == "title"
    else:
        assert after.head == before.head
    if what in {"off", "text", "term", "none"}:
        block = before.blocks[before.ids.index(subject)]
        key = {"off": "enabled", "text": "note", "term": "any", "none": "none"}[what]
        assert not [line for line in gone(block, kept[subject]) if _tells(line) and key not in block]


def _tells(line: str) -> bool:
    return bool(line.strip())
