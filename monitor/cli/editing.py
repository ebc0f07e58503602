"""`monitor watch add|set|remove|enable|disable|move`: watchlists changed by a command, with what that does shown."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitor.cli import completing, options

if TYPE_CHECKING:
    from monitor.app.editing import Edit
    from monitor.config import Settings
    from monitor.core.editing import Changes

_TERMS = ("any", "all", "none", "keys")
_TEXTS = ("name", "zh", "ja", "ko", "note")
# Names so much alike are rather one name.
_A_SLIP = 0.8


def _with_terms(command: Callable[..., Any]) -> Callable[..., Any]:
    """Options that say what to look for; a term is a phrase, a citation, or an inline table of TOML."""
    help_ = {
        "any": "A term of which one is enough; repeat it for more. Also { text = …, near = […] }.",
        "all": "A term that is needed; repeat it for more.",
        "none": "A term that forbids; repeat it for more.",
        "keys": "Only items with such a key (bill:119-*); repeat it for more.",
    }
    for key in reversed(_TERMS):
        command = click.option(f"--{key}", key, multiple=True, metavar="TERM", help=help_[key])(command)
    for key in reversed(_TEXTS[1:]):
        command = click.option(f"--{key}", key, metavar="TEXT", help=f"Its {_TEXT_HELP[key]}.")(command)
    return command


_TEXT_HELP = {"zh": "Chinese name", "ja": "Japanese name", "ko": "Korean name", "note": "note for readers"}


def with_writing(command: Callable[..., Any]) -> Callable[..., Any]:
    """Options of every command that writes watchlists."""
    for option in (
        click.option("--dry-run", is_flag=True, help="Show what it would do; write nothing."),
        click.option("--force", is_flag=True, help="Write it even where the file can then not be used."),
        options.with_config,
    ):
        command = option(command)
    return command


def _with_new(command: Callable[..., Any]) -> Callable[..., Any]:
    help_ = "Begin LIST even where another has nearly the same name."
    return click.option("--new", is_flag=True, help=help_)(command)


def _tell_new(settings: Settings, list_: str, *, is_meant: bool) -> None:
    """Say that a list is begun. Raises UsageError where its name is rather a slip, unless it `is_meant`."""
    from monitor import app
    from monitor.core.errors import UsageError

    others = app.list_names(settings)
    if list_ in others:
        return
    if not is_meant and (meant := difflib.get_close_matches(list_, others, n=1, cutoff=_A_SLIP)):
        remedy = f'did you mean "{meant[0]}"? --new begins one of that name'
        raise UsageError(list_, "no such watchlist", remedy)
    options.say(f"{list_} is a new watchlist")


@click.command()
@click.argument("name")
@click.option(
    "--list",
    "list_",
    required=True,
    metavar="LIST",
    shell_complete=completing.lists,
    help="The watchlist that it is put into.",
)
@click.option("--id", "id_", metavar="ID", help="Its permanent id. [default: made of its name]")
@_with_new
@_with_terms
@with_writing
def add(
    name: str,
    *,
    list_: str,
    id_: str | None,
    new: bool,
    config: Path,
    dry_run: bool,
    force: bool,
    **given: Any,
) -> int:
    """Follow a subject: add it to a watchlist, and show what it would have caught.

    Without a term its name is what is looked for. A LIST that is not there yet is begun.
    """
    from monitor import app
    from monitor.core import editing
    from monitor.core.errors import UsageError

    settings = app.load_settings(config)
    _tell_new(settings, list_, is_meant=new)
    id_ = id_ or editing.id_of_name(name)
    if not id_:
        raise UsageError(name, "has no Latin letter to make an id of", "give it one, as in --id nsf-vines")
    changes = _changes({"name": name, **given})
    if not (changes.terms.get("any") or changes.terms.get("all")):
        changes = _changes({"name": name, **given, "any": (name,)})
    edited = app.edit(settings, list_, lambda text: editing.add(text, id_, changes, file=list_), new=True)
    return _carry_out(settings, [edited], id_, dry_run=dry_run, force=force)


@click.command(name="set")
@click.argument("name", metavar="LIST[/SUBJECT]", shell_complete=completing.both)
@click.option("--name", "new_name", metavar="TEXT", help="Its name.")
@click.option("--title", metavar="TEXT", help="The title of a whole LIST.")
@click.option("--priority", type=click.Choice(["high", "normal", "low"]), help="How urgent a whole LIST is.")
@click.option(
    "--drop", multiple=True, metavar="TERM", help="A term to take out, from whichever list it stands in."
)
@_with_terms
@with_writing
def set_(
    name: str,
    *,
    new_name: str | None,
    drop: Sequence[str],
    config: Path,
    dry_run: bool,
    force: bool,
    **given: Any,
) -> int:
    """Change a subject: its names and note (an empty text takes one out), terms to add and to drop.

    A LIST alone is given a --title, a --priority or a --note.
    """
    from monitor import app
    from monitor.core import editing
    from monitor.core.errors import UsageError

    settings = app.load_settings(config)
    whole = {key: given.pop(key) for key in ("title", "priority")}
    if (settings.watchlists / f"{name}.toml").exists():
        head = {key: value for key, value in (*whole.items(), ("note", given["note"])) if value is not None}
        if any(given[key] for key in _TERMS) or drop:
            remedy = f"name LIST/SUBJECT, as in {name}/ID"
            raise UsageError(name, "is a whole watchlist, and terms belong to a subject", remedy)
        if not head:
            raise UsageError(
                name, "nothing to change", "give --title, --priority or --note, or name LIST/SUBJECT"
            )
        edited = app.edit(settings, name, lambda text: editing.change_head(text, head, file=name))
        return _carry_out(settings, [edited], "", dry_run=dry_run, force=force)
    list_, subject = app.place_of(settings, name)
    changes = _changes({"name": new_name, **given}, drop)
    if not (changes.texts or changes.terms or changes.dropped):
        raise UsageError(name, "nothing to change", "`monitor watch set --help` lists what can be")
    edited = app.edit(settings, list_, lambda text: editing.change(text, subject, changes, file=list_))
    return _carry_out(settings, [edited], subject, dry_run=dry_run, force=force)


@click.command()
@click.argument("name", metavar="[LIST/]SUBJECT", shell_complete=completing.subjects)
@with_writing
def remove(name: str, *, config: Path, dry_run: bool, force: bool) -> int:
    """Follow a subject no longer. The log keeps its text: `monitor watch history`."""
    from monitor import app
    from monitor.core import editing

    settings = app.load_settings(config)
    list_, subject = app.place_of(settings, name)
    edited = app.edit(settings, list_, lambda text: editing.take_out(text, subject, file=list_)[0])
    return _carry_out(settings, [edited], "", dry_run=dry_run, force=force)


@click.command()
@click.argument("name", metavar="LIST[/SUBJECT]", shell_complete=completing.both)
@with_writing
def enable(name: str, *, config: Path, dry_run: bool, force: bool) -> int:
    """Switch a subject, or a whole LIST, on again."""
    return _switch(name, config, on=True, dry_run=dry_run, force=force)


@click.command()
@click.argument("name", metavar="LIST[/SUBJECT]", shell_complete=completing.both)
@with_writing
def disable(name: str, *, config: Path, dry_run: bool, force: bool) -> int:
    """Let a subject, or a whole LIST, rest: it stays in its file and matches nothing."""
    return _switch(name, config, on=False, dry_run=dry_run, force=force)


def _switch(name: str, config: Path, *, on: bool, dry_run: bool, force: bool) -> int:
    from monitor import app
    from monitor.core import editing

    settings = app.load_settings(config)
    if (settings.watchlists / f"{name}.toml").exists():
        value = {"enabled": None if on else False}
        edited = app.edit(settings, name, lambda text: editing.change_head(text, value, file=name))
        return _carry_out(settings, [edited], "", dry_run=dry_run, force=force)
    list_, subject = app.place_of(settings, name)
    edited = app.edit(settings, list_, lambda text: editing.switch(text, subject, on=on, file=list_))
    return _carry_out(settings, [edited], subject, dry_run=dry_run, force=force)


@click.command()
@click.argument("name", metavar="[LIST/]SUBJECT", shell_complete=completing.subjects)
@click.argument("target", metavar="LIST", shell_complete=completing.lists)
@_with_new
@with_writing
def move(name: str, target: str, *, new: bool, config: Path, dry_run: bool, force: bool) -> int:
    """Move a subject, with its comments, to the end of another watchlist."""
    from monitor import app
    from monitor.core import editing

    settings = app.load_settings(config)
    list_, subject = app.place_of(settings, name)
    _tell_new(settings, target, is_meant=new)
    _, block = editing.take_out(app.text_of(settings, list_), subject, file=list_)
    edited = [
        app.edit(settings, target, lambda text: editing.put_in(text, block, subject, file=target), new=True),
        app.edit(settings, list_, lambda text: editing.take_out(text, subject, file=list_)[0]),
    ]
    return _carry_out(settings, edited, subject, dry_run=dry_run, force=force)


def _changes(given: Mapping[str, Any], drop: Sequence[str] = ()) -> Changes:
    from monitor.core.editing import TERM_LISTS, Changes

    return Changes(
        texts={key: given[key].strip() for key in _TEXTS if given.get(key) is not None},
        terms={key: [term.strip() for term in given[key]] for key in TERM_LISTS if given.get(key)},
        dropped=[term.strip() for term in drop],
    )


def _carry_out(
    settings: Settings, edited: Sequence[Edit], subject: str, *, dry_run: bool, force: bool
) -> int:
    """Write, and show what it does. A file that could not be used is not written, unless `force`."""
    from monitor import app

    if all(one.before == one.after for one in edited):
        options.say("nothing to change: it is so already")
        return 0
    if not dry_run:
        app.write_edits(settings, edited, force=force)
    code = 0
    for one in edited:
        for error in one.errors:
            options.complain(error)
            code = 2
    show_effect(settings, edited[0], subject, *edited[1:])
    if dry_run:
        options.say("nothing was written (--dry-run)")
    else:
        tell_written(edited)
    return code


def _show_difference(edited: Edit) -> None:
    """The lines that differ, below the file and the subject that they stand in."""
    from monitor.core.editing import subject_at
    from monitor.core.renderings.neutral import plain

    before, after = edited.before.splitlines(), edited.after.splitlines()
    shown = ""
    for what, old, old_end, new, new_end in difflib.SequenceMatcher(
        None, before, after, autojunk=False
    ).get_opcodes():
        if what == "equal":
            continue
        inside = subject_at(after, new, new_end) if new < new_end else subject_at(before, old, old_end)
        heading = " · ".join(filter(None, (str(edited.file), plain(inside))))
        if heading != shown:
            click.secho(heading, bold=True, color=options.colourful())
        shown = heading
        changed = [(line, "-", "red") for line in before[old:old_end]] + [
            (line, "+", "green") for line in after[new:new_end]
        ]
        for line, sign, colour in changed:
            # Its spaces are layout here, and nothing in it may be obeyed by a terminal.
            click.secho(sign + " ".join(map(plain, line.split(" "))), fg=colour, color=options.colourful())


def show_effect(settings: Settings, edited: Edit, subject: str = "", *also: Edit) -> None:
    """The lines that differ, then what they do to all that the log holds, and what comes near. `also` differ too."""
    from monitor import app
    from monitor.core.renderings.neutral import plain

    for one in (edited, *also):
        _show_difference(one)
    preview = app.preview(settings, edited, subject)
    if preview.found is None:
        options.say("there is no log yet to try it on; `monitor poll` begins one")
        return
    click.echo()
    from monitor.core.renderings.backtests import Heading, lay_out
    from monitor.outputs import terminal

    laid_out = lay_out(preview.found, Heading(name=edited.id, subject=subject), width=options.width())
    click.echo(terminal.paint(laid_out, colour=options.colourful()), nl=False, color=True)
    if preview.near:
        click.echo("\nNear, and not recognised:")
    for near in preview.near:
        click.echo(f"  {near.score}  {plain(near.title)}\n      {plain(near.key)}, near {plain(near.term)!r}")


def tell_written(edited: Sequence[Edit]) -> None:
    """Say which files were written, and from when on that counts."""
    for one in edited:
        options.say(f"{one.file} was written; it is in force from the next poll on")


COMMANDS = (add, set_, remove, enable, disable, move)
