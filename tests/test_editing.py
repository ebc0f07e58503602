"""Edits of watchlist files: what is not named stays byte for byte, and what cannot be used is not written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import tomlkit
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core import editing
from monitor.core.editing import Changes
from monitor.core.errors import UsageError
from monitor.core.watchlists import read_watchlist

SHIPPED = sorted((Path(__file__).parent.parent / "watchlists").glob("*.toml"))
TEXT = """\
# Money.
title    = "Research money"   # for readers
priority = "high"

# The first of all.
[[subject]]
id   = "vines"
name = "NSF VINES"
any  = [
  { text = "Verticals-enabling Systems", fuzzy = 90 },
  # Grapes have vines too.
  { text = "VINES", near = ["NSF"], within = 30 },  # tail
  "NSF 25-539",
]
none = ["grapevine", "vineyard"]

[[subject]]
id  = 'rings'
any = ["Resilient and Intelligent NextG Systems"] # one
# the end
"""


def test_a_new_subject_stands_at_the_end_and_nothing_else_moves() -> None:
    changes = Changes(
        texts={"name": "Open RAN", "zh": "开放无线接入网"}, terms={"any": ["Open RAN", "O-RAN"]}
    )
    after = editing.add(TEXT, "open-ran", changes, file="money")
    assert after == TEXT + (
        '\n[[subject]]\nid   = "open-ran"\nname = "Open RAN"\nzh   = "开放无线接入网"\nany  = ["Open RAN", "O-RAN"]\n'
    )


def test_many_terms_stand_a_line_each() -> None:
    terms = [
        "Resilient and Intelligent NextG Systems",
        '{ text = "RINGS", near = ["NSF", "6G"] }',
        "NSF 21-581",
    ]
    after = editing.add(TEXT, "new", Changes(terms={"any": terms}), file="money")
    assert after.endswith(
        'any = [\n  "Resilient and Intelligent NextG Systems",\n'
        '  { text = "RINGS", near = ["NSF", "6G"] },\n  "NSF 21-581",\n]\n'
    )


def test_a_term_is_added_and_dropped_with_the_comments_of_others_kept() -> None:
    changes = Changes(terms={"any": ["6G verticals"]}, dropped=["VINES", "vineyard"])
    after = editing.change(TEXT, "vines", changes, file="money")
    assert after == TEXT.replace(
        '  { text = "VINES", near = ["NSF"], within = 30 },  # tail\n  "NSF 25-539",\n',
        '  "NSF 25-539",\n  "6G verticals",\n',
    ).replace('["grapevine", "vineyard"]', '["grapevine"]')


def test_texts_are_set_and_an_empty_one_takes_the_key_out() -> None:
    after = editing.change(TEXT, "vines", Changes(texts={"name": "", "note": "See 25-539."}), file="money")
    assert 'name = "NSF VINES"' not in after
    assert tomlkit.parse(after).unwrap()["subject"][0]["note"] == "See 25-539."
    assert after.startswith(TEXT[: TEXT.index("name")])
    assert after.endswith(TEXT[TEXT.index("[[subject]]\nid  = 'rings'") :])


def test_a_subject_moves_with_the_comment_above_it() -> None:
    rest, block = editing.take_out(TEXT, "vines", file="money")
    assert block.startswith("# The first of all.\n[[subject]]\nid   = ")
    assert rest == TEXT.replace(block, "")
    target = 'title = "Other"\n\n[[subject]]\nid = "a"\nany = ["alpha"]\n'
    assert editing.put_in(target, block, "vines", file="other") == f"{target}\n{block.rstrip()}\n"


def test_what_is_switched_off_rests_and_comes_back_byte_for_byte() -> None:
    off = editing.switch(TEXT, "rings", on=False, file="money")
    watchlist, errors = read_watchlist(off, file="money.toml")
    assert watchlist is not None, errors
    assert [one.id for one in watchlist.subjects] == ["vines"]
    assert [one.id for one in watchlist.resting] == ["rings"]
    assert editing.switch(off, "rings", on=True, file="money") == TEXT


def test_a_whole_list_rests() -> None:
    off = editing.change_head(TEXT, {"enabled": False}, file="money")
    watchlist, _ = read_watchlist(off, file="money.toml")
    assert watchlist is not None
    assert (watchlist.subjects, len(watchlist.resting)) == ((), 2)
    assert off.endswith(TEXT[TEXT.index("# The first of all.") :])
    assert editing.change_head(off, {"enabled": None}, file="money") == TEXT


def test_line_ends_and_the_byte_order_mark_are_kept() -> None:
    text = "\ufeff" + TEXT.replace("\n", "\r\n")
    after = editing.add(text, "new", Changes(terms={"any": ["Open RAN"]}), file="money")
    assert after.startswith(text)
    assert "\n" not in after.replace("\r\n", "")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('title = "x"\nsubject = [{ id = "a", any = ["alpha"] }]\n', "are not written as"),
        ("title = ", "not valid TOML"),
    ],
)
def test_a_file_that_cannot_be_cut_is_refused(text: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        editing.change(text, "a", Changes(texts={"note": "n"}), file="money")


def test_what_is_not_there_is_named_with_the_nearest() -> None:
    with pytest.raises(UsageError, match='did you mean "rings"'):
        editing.switch(TEXT, "ring", on=False, file="money")
    with pytest.raises(UsageError, match='did you mean "grapevine"'):
        editing.change(TEXT, "vines", Changes(dropped=["grapevin"]), file="money")
    with pytest.raises(UsageError, match="already"):
        editing.add(TEXT, "rings", Changes(terms={"any": ["x y"]}), file="money")


def test_a_line_in_a_string_that_looks_like_a_comment_is_none() -> None:
    text = '[[subject]]\nid = "a"\nany = ["alpha"]\nnote = """\n# not one"""\n[[subject]]\nid = "b"\nany = ["beta"]\n'
    rest, block = editing.take_out(text, "b", file="money")
    assert block == '[[subject]]\nid = "b"\nany = ["beta"]\n'
    assert rest + block == text


_WORDS = st.text(alphabet="abc 中#\"'\\[]{}=,é-", min_size=1, max_size=12).map(lambda s: f"k{s}k")
_STEPS = st.lists(
    st.tuples(
        st.sampled_from(["add", "text", "term", "none", "drop", "off", "on", "remove"]),
        st.integers(0, 5),
        _WORDS,
    ),
    max_size=6,
)


def _step(text: str, what: str, subject: str, words: str) -> str:
    match what:
        case "add":
            id_ = f"new-{abs(hash(words)) % 1000}"
            return editing.add(text, id_, Changes(texts={"name": words}, terms={"any": [words]}), file="f")
        case "text":
            return editing.change(text, subject, Changes(texts={"note": words}), file="f")
        case "term" | "none":
            key = "any" if what == "term" else "none"
            return editing.change(text, subject, Changes(terms={key: [words]}), file="f")
        case "drop":
            return editing.change(text, subject, Changes(dropped=[words]), file="f")
        case "on" | "off":
            return editing.switch(text, subject, on=what == "on", file="f")
        case _:
            return editing.take_out(text, subject, file="f")[0]


@settings(max_examples=150, deadline=None)
@given(
    start=st.sampled_from([TEXT, *(file.read_text(encoding="utf-8") for file in SHIPPED[:6])]), steps=_STEPS
)
def test_any_edits_leave_valid_toml_whose_other_subjects_are_byte_equal(
    start: str, steps: list[tuple[str, int, str]]
) -> None:
    text = start
    for what, at, words in steps:
        before = editing._cut(text, "f")
        if not before.ids:
            break
        subject = before.ids[at % len(before.ids)]
        try:
            text = _step(text, what, subject, words)
        except UsageError:
            continue
        after = editing._cut(text, "f")
        tomlkit.parse(text)
        assert after.text() == text
        assert after.head == before.head
        kept = dict(zip(after.ids, after.blocks, strict=True))
        for id_, block in zip(before.ids, before.blocks, strict=True):
            if id_ != subject:
                assert kept[id_].rstrip("\n") == block.rstrip("\n")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "watchlists").mkdir()
    (tmp_path / "watchlists" / "money.toml").write_text(TEXT, encoding="utf-8")
    (tmp_path / "config.toml").write_text(
        '[fetch]\nuser_agent = "t (+https://example.org/t)"\n', encoding="utf-8"
    )
    return tmp_path


def run(folder: Path, *arguments: str, given: str = "", editor: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "monitor", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        input=given,
        env={**os.environ, "EDITOR": editor or "false", "VISUAL": ""},
        check=False,
    )


def test_an_edit_is_written_and_the_text_before_is_in_the_log(folder: Path) -> None:
    done = run(folder, "watch", "set", "rings", "--note", "Merged.")
    assert done.returncode == 0, done.stderr
    assert 'note = "Merged."' in (folder / "watchlists" / "money.toml").read_text(encoding="utf-8")
    history = run(folder, "watch", "history", "money", "--json")
    assert [json.loads(line)["toml"] for line in history.stdout.splitlines()] == [TEXT]
    position = json.loads(history.stdout)["position"]
    assert run(folder, "watch", "history", "money", "--text", str(position)).stdout == TEXT


def test_what_lint_refuses_is_not_written_unless_forced(folder: Path) -> None:
    file = folder / "watchlists" / "money.toml"
    done = run(folder, "watch", "set", "vines", "--none", "NSF 25-539")
    assert done.returncode == 2
    assert "can never match" in done.stderr
    assert "--force" in done.stderr
    assert file.read_text(encoding="utf-8") == TEXT
    assert run(folder, "watch", "set", "vines", "--none", "NSF 25-539", "--force").returncode == 2
    assert file.read_text(encoding="utf-8") != TEXT


def test_a_text_that_could_not_be_used_is_kept_when_a_command_replaces_it(folder: Path) -> None:
    file = folder / "watchlists" / "money.toml"
    unusable = TEXT + '\n[[subject]]\nid = "wrong"\nanny = ["6G"]  # by hand\n'
    file.write_text(unusable, encoding="utf-8")
    assert run(folder, "watch", "remove", "wrong").returncode == 0
    assert "anny" not in file.read_text(encoding="utf-8")
    (kept,) = map(json.loads, run(folder, "watch", "history", "money", "--json").stdout.splitlines())
    assert (kept["toml"], kept["removed"]) == (unusable, False)
    assert "nothing to look for" in kept["problem"]
    told = run(folder, "watch", "history", "money").stdout
    assert "never in force: " in told
    run(folder, "poll")
    assert run(folder, "verify").returncode == 0


def test_a_dry_run_writes_nothing_and_makes_no_log(folder: Path) -> None:
    done = run(folder, "watch", "remove", "rings", "--dry-run")
    assert done.returncode == 0
    assert done.stdout.startswith("watchlists/money.toml · rings\n-")
    assert "-id  = 'rings'" in done.stdout
    assert (folder / "watchlists" / "money.toml").read_text(encoding="utf-8") == TEXT
    assert not (folder / "monitor.db").exists()


def test_a_subject_moves_to_a_list_that_begins_with_it(folder: Path) -> None:
    assert run(folder, "watch", "move", "money/rings", "later").returncode == 0
    shown = run(folder, "watch", "show", "later/rings", "--json")
    assert json.loads(shown.stdout)["any"] == ["Resilient and Intelligent NextG Systems"]
    assert run(folder, "watch", "show", "money/rings", "--json").stdout == ""


def test_an_editor_is_asked_and_what_it_leaves_is_shown_before_it_is_written(folder: Path) -> None:
    script = folder / "editor.sh"
    script.write_text('#!/bin/sh\nsed -i "s/VINES/VINEZ/" "$1"\n', encoding="utf-8")
    script.chmod(0o755)
    refused = run(folder, "watch", "edit", "money", given="n\n", editor=str(script))
    assert "nothing was written" in refused.stderr
    assert (folder / "watchlists" / "money.toml").read_text(encoding="utf-8") == TEXT
    draft = folder / "watchlists" / ".drafts" / "money.toml"
    assert "VINEZ" in draft.read_text(encoding="utf-8")
    assert "your text is kept in watchlists/.drafts/money.toml" in refused.stderr
    written = run(folder, "watch", "edit", "money", given="y\ny\n", editor="true")
    assert written.returncode == 0
    assert '+name = "NSF VINEZ"' in written.stdout
    assert "VINEZ" in (folder / "watchlists" / "money.toml").read_text(encoding="utf-8")
    assert not draft.parent.exists()


@pytest.mark.parametrize(
    ("leaves", "given"),
    [
        ("any = [}", "n\n"),  # refused
        ("# a remark", ""),  # nobody answers
        ("# a remark; exit 1", "y\n"),  # the editor dies
        ("# a remark; echo >> watchlists/money.toml", "y\n"),  # somebody else was faster
    ],
)
def test_what_was_typed_is_kept_whatever_happens_to_it(folder: Path, leaves: str, given: str) -> None:
    script = folder / "editor.sh"
    typed, _, act = leaves.partition("; ")
    script.write_text(f"#!/bin/sh\necho '{typed}' >> \"$1\"\n{act}\n", encoding="utf-8")
    script.chmod(0o755)
    done = run(folder, "watch", "edit", "money", given=given, editor=str(script))
    assert done.returncode != 0
    assert "your text is kept in watchlists/.drafts/money.toml" in done.stderr
    assert (folder / "watchlists" / ".drafts" / "money.toml").read_text(
        encoding="utf-8"
    ) == f"{TEXT}{typed}\n"
    assert (folder / "watchlists" / "money.toml").read_text(encoding="utf-8").rstrip() == TEXT.rstrip()


def test_without_a_terminal_and_an_editor_nothing_is_opened(folder: Path) -> None:
    done = run(folder, "watch", "edit", "money", editor=" ")
    assert done.returncode == 2
    assert "no terminal to edit in; run it in a terminal, or name a program in EDITOR" in done.stderr


def test_an_edit_by_hand_keeps_line_ends_and_the_mark_of_the_file(folder: Path) -> None:
    file, script = folder / "watchlists" / "money.toml", folder / "editor.sh"
    before = b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").rstrip().encode()
    file.write_bytes(before)
    script.write_text('#!/bin/sh\nsed -i "s/VINES/VINEZ/g" "$1"\n', encoding="utf-8")
    script.chmod(0o755)
    assert run(folder, "watch", "edit", "money", given="y\n", editor=str(script)).returncode == 0
    assert file.read_bytes() == before.replace(b"VINES", b"VINEZ")


@pytest.mark.parametrize("act", ['rm "$1"', "printf '\\377' > \"$1\""])
def test_an_editor_that_leaves_no_text_changes_nothing(folder: Path, act: str) -> None:
    script = folder / "editor.sh"
    script.write_text(f"#!/bin/sh\n{act}\n", encoding="utf-8")
    script.chmod(0o755)
    done = run(folder, "watch", "edit", "money", editor=str(script))
    assert done.returncode == 2
    assert "monitor: money: came back from the editor without a text in UTF-8; try again\n" in done.stderr
    assert (folder / "watchlists" / "money.toml").read_text(encoding="utf-8") == TEXT


def test_a_list_whose_name_is_nearly_that_of_another_is_begun_on_request_alone(folder: Path) -> None:
    (folder / "watchlists" / "other.toml").write_text('title = "Other"\n', encoding="utf-8")
    for command in (["add", "Open RAN", "--list", "mony"], ["move", "rings", "mony"]):
        done = run(folder, "watch", *command)
        assert done.returncode == 2
        assert 'mony: no such watchlist; did you mean "money"? --new begins one of that name' in done.stderr
        assert not (folder / "watchlists" / "mony.toml").exists()
        begun = run(folder, "watch", *command, "--new", "--dry-run")
        assert begun.returncode == 0
        assert "mony is a new watchlist" in begun.stderr
    assert "is a new watchlist" not in run(folder, "watch", "add", "Open RAN", "--list", "money").stderr
    assert "open-ran is a new watchlist" in run(folder, "watch", "add", "O-RAN", "--list", "open-ran").stderr


def test_of_many_names_that_are_known_an_error_tells_a_few(folder: Path) -> None:
    more = "".join(f'\n[[subject]]\nid = "s{n}"\nany = ["alpha {n}"]\n' for n in range(50))
    (folder / "watchlists" / "many.toml").write_text(f'title = "Many"\n{more}', encoding="utf-8")
    done = run(folder, "watch", "disable", "qqqqqqqq")
    assert done.returncode == 2
    assert done.stderr.rstrip().endswith("and 22 more")


@pytest.mark.parametrize(
    ("name", "id_"), [("Łódź 6G Hub", "lodz-6g-hub"), ("Straße", "strasse"), ("ＮＴＴ", "ntt"), ("华为", "")]
)
def test_an_id_is_made_of_a_name_as_texts_are_read(name: str, id_: str) -> None:
    assert editing.id_of_name(name) == id_


COMMENTED = """title = "T"  # the title
# of the list

# about a
[[subject]]  # header
id  = "a"  # id
any = [
  # first group
  "x",  # x
  "y",  # y
]  # closing
# end of a

# --- a heading ---

# about b
[[subject]]
id = "b"
any = ["b"]

# the end of the file
"""


def test_what_is_new_stands_before_the_comments_that_end_a_subject() -> None:
    after = editing.change(COMMENTED, "a", Changes(terms={"none": ["z"]}), file="f")
    assert after == COMMENTED.replace("]  # closing\n", ']  # closing\nnone = ["z"]\n')
    after = editing.switch(COMMENTED, "b", on=False, file="f")
    assert after == COMMENTED.replace('any = ["b"]\n', 'any = ["b"]\nenabled = false\n')
    after = editing.change_head(COMMENTED, {"priority": "high"}, file="f")
    assert after == COMMENTED.replace("# the title\n", '# the title\npriority = "high"\n')


def test_a_comment_that_stands_by_itself_stays_where_it_is() -> None:
    after, block = editing.take_out(COMMENTED, "a", file="f")
    assert block.startswith("# about a\n[[subject]]  # header\n")
    assert block.endswith("]  # closing\n# end of a\n")
    assert after == COMMENTED.replace(block, "")
    after, block = editing.take_out(COMMENTED, "b", file="f")
    assert after.endswith("# --- a heading ---\n\n\n# the end of the file\n")


def test_a_term_goes_with_its_comment_and_no_other() -> None:
    after = editing.change(COMMENTED, "a", Changes(dropped=["x"]), file="f")
    assert after == COMMENTED.replace('  "x",  # x\n', "")


@pytest.mark.parametrize(
    ("line", "end", "subject"),
    [
        (0, 1, ""),
        (3, 4, ""),
        (3, 5, "a"),
        (5, 6, "a"),
        (8, 9, "a"),
        (11, 13, "a"),
        (15, 17, "b"),
        (19, 20, "b"),
    ],
)
def test_lines_belong_to_the_subject_that_begins_in_them_or_above(line: int, end: int, subject: str) -> None:
    assert editing.subject_at(COMMENTED.splitlines(), line, end) == subject


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_completes_lists_and_subjects(folder: Path, shell: str) -> None:
    """What the shell's own script asks the program when the person presses the tab key."""
    words = "monitor watch set money/v"
    asked = {"COMP_WORDS": words, "COMP_CWORD": "3" if shell != "fish" else "money/v"}
    done = subprocess.run(
        [sys.executable, "-c", "import sys; sys.argv = ['monitor']; from monitor.cli import main; main()"],
        cwd=folder,
        capture_output=True,
        text=True,
        env={**os.environ, "_MONITOR_COMPLETE": f"{shell}_complete", **asked},
        check=False,
    )
    assert "money/vines" in done.stdout
    assert "money/rings" not in done.stdout


def test_of_a_move_both_lists_are_shown(folder: Path) -> None:
    (folder / "watchlists" / "other.toml").write_text('title = "Other"\n', encoding="utf-8")
    done = run(folder, "watch", "move", "rings", "other", "--dry-run")
    shown = done.stdout.splitlines()
    assert "watchlists/other.toml · rings" in shown
    assert "watchlists/money.toml · rings" in shown


def test_in_bash_the_tab_key_completes_a_subject(folder: Path) -> None:
    line = """
        eval "$(monitor completion bash)"
        COMP_WORDS=(monitor watch set money/v) COMP_CWORD=3
        $(complete -p monitor | sed 's/.*-F \\([^ ]*\\).*/\\1/') monitor
        printf '%s\\n' "${COMPREPLY[@]}"
    """
    program = Path(sys.executable).parent
    done = subprocess.run(
        ["bash", "-c", line],
        cwd=folder,
        capture_output=True,
        text=True,
        env={"PATH": f"{program}{os.pathsep}{os.environ['PATH']}"},
        check=False,
    )
    assert done.stdout.split() == ["money/vines"], done.stderr
