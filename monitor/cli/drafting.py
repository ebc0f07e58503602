"""`monitor watch edit`: a watchlist in the person's own editor. What was typed stays in a draft until it is written."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli import completing, options
from monitor.cli.editing import show_effect, tell_written, with_writing

if TYPE_CHECKING:
    from monitor.app.editing import Edit
    from monitor.config import Settings


@click.command()
@click.argument("list_", metavar="LIST", shell_complete=completing.lists)
@with_writing
def edit(list_: str, *, config: Path, dry_run: bool, force: bool) -> int:
    """Open a watchlist in $EDITOR; show what the new text gains and loses, and ask before it takes effect."""
    from monitor import app

    _check_editor()
    settings = app.load_settings(config)
    before = app.text_of(settings, list_)
    draft = settings.watchlists / ".drafts" / f"{list_}.toml"
    with _kept(draft):
        edited = _edited(settings, list_, before, draft, force=force)
        if edited is None:
            return 0 if not draft.exists() else 2
        show_effect(settings, edited)
        if dry_run or not click.confirm(f"Write {edited.file}?", default=True, err=True):
            options.say("nothing was written")
            return 0
        app.write_edits(settings, [edited], force=force)
        _forget(draft)
    tell_written([edited])
    return 0


def _edited(settings: Settings, list_: str, before: str, draft: Path, *, force: bool) -> Edit | None:
    """What came back from the editor, once it can be used, or by `force`; None where nothing is to be written."""
    from monitor import app

    _begin(draft, before)
    while True:
        after = _from_editor(list_, draft)
        if after == before:
            _forget(draft)
            options.say("nothing was changed")
            return None
        edited = app.checked(settings, list_, before, after)
        for error in edited.errors:
            options.complain(error)
        if not edited.errors or force:
            return edited
        if not click.confirm("Go back to the editor?", default=True, err=True):
            options.say("nothing was written")
            return None


@contextmanager
def _kept(draft: Path) -> Iterator[None]:
    """What was typed is never lost, whatever happens: where it was not written, say where it is kept."""
    try:
        yield
    finally:
        if draft.exists():
            options.say(f"your text is kept in {draft}; `monitor watch edit {draft.stem}` goes on from it")


def _begin(draft: Path, text: str) -> None:
    """Put the text where the editor finds it, unless the person goes on from what an earlier edit left there."""
    asked = f"Go on from the text that was kept in {draft}?"
    if not (draft.exists() and click.confirm(asked, default=True, err=True)):
        draft.parent.mkdir(exist_ok=True)
        draft.write_bytes(text.encode())


def _forget(draft: Path) -> None:
    draft.unlink(missing_ok=True)
    with suppress(OSError):
        draft.parent.rmdir()


def _check_editor() -> None:
    """Refuse where an editor would wait for keys that nobody can press."""
    from monitor.core.errors import UsageError

    named = os.environ.get("VISUAL", "") + os.environ.get("EDITOR", "")
    if not named.strip() and not sys.stdin.isatty():
        remedy = "run it in a terminal, or name a program in EDITOR; `watch set` needs none"
        raise UsageError("watch edit", "no terminal to edit in", remedy)


def _from_editor(list_: str, draft: Path) -> str:
    """The text as it is after $EDITOR, byte for byte: its line ends are the file's. Raises UsageError."""
    from monitor.core.errors import UsageError

    click.edit(filename=str(draft))
    try:
        return draft.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(list_, "came back from the editor without a text in UTF-8", "try again") from error


COMMANDS = (edit,)
