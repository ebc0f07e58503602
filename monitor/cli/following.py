"""`monitor watch show|history|suggest`: what a watchlist follows and followed, and what an item offers to follow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli import completing, options

if TYPE_CHECKING:
    from monitor.archive.revising import Revision
    from monitor.archive.suggesting import Suggestions
    from monitor.core.watchlists import Subject, Term

_LISTS = ("any", "all", "none")


@click.command()
@click.argument("name", metavar="LIST[/SUBJECT]", shell_complete=completing.both)
@options.with_json
@options.with_config
def show(name: str, *, as_json: bool, config: Path) -> int:
    """Show what a watchlist, or one subject, looks for."""
    from monitor import app
    from monitor.core.renderings.neutral import plain

    settings = app.load_settings(config)
    whole = (settings.watchlists / f"{name}.toml").exists()
    list_, chosen = (name, "") if whole else app.place_of(settings, name)
    watchlist = app.watchlist_named(settings, list_)
    subjects = [pair for pair in app.subjects_of(watchlist) if not chosen or pair[0].id == chosen]
    if as_json:
        for subject, active in subjects:
            options.echo_json({"watchlist": list_, "enabled": active, **_as_json(subject)})
        return 0
    click.echo(f"{plain(watchlist.title)}  {list_}  ({watchlist.priority})")
    for subject, active in subjects:
        click.echo()
        for line in _lines(subject, active=active):
            click.echo(line)
    return 0


def _lines(subject: Subject, *, active: bool) -> Iterator[str]:
    from monitor.core.renderings.neutral import plain
    from monitor.core.term_names import named

    names = "  ".join(plain(one) for one in (subject.name, subject.zh, subject.ja, subject.ko) if one)
    yield f"{names}  {subject.id}{'' if active else '  (switched off)'}"
    if subject.note:
        yield f"    {plain(subject.note)}"
    for label in _LISTS:
        terms: tuple[Term, ...] = getattr(subject, label)
        for n, term in enumerate(terms):
            yield f"    {label if n == 0 else '':<5} {plain(named(term))}"
    if subject.keys:
        yield f"    keys  {plain(', '.join(subject.keys))}"


def _as_json(subject: Subject) -> dict[str, object]:
    from monitor.core.term_names import named

    texts = {key: getattr(subject, key) for key in ("id", "name", "zh", "ja", "ko", "note", "line")}
    terms = {key: [named(term) for term in getattr(subject, key)] for key in _LISTS}
    return {**texts, **terms, "keys": list(subject.keys)}


@click.command()
@click.argument("list_", metavar="LIST", shell_complete=completing.lists)
@click.option(
    "--text", "position", type=int, metavar="N", help="Print the whole text that came into force at N."
)
@options.with_json
@options.with_config
def history(list_: str, *, position: int | None, as_json: bool, config: Path) -> int:
    """Every text that a watchlist had, the latest first, with what each gained and lost of the past."""
    from monitor import app
    from monitor.core.errors import UsageError

    settings = app.load_settings(config)
    found = app.history(settings, list_)
    if position is not None:
        text = next((one.toml for one in found if one.position == position and not one.removed), None)
        if text is None:
            places = ", ".join(str(one.position) for one in found if not one.removed)
            raise UsageError(
                "--text", f"no text of {list_} is of the position {position}", f"use one of {places}"
            )
        click.echo(text, nl=False)
        return 0
    for one in found:
        if as_json:
            options.echo_json(asdict(one))
        else:
            for line in _revision(one, settings.digest.timezone):
                click.echo(line)
    return 0


def _revision(one: Revision, timezone: str) -> Iterator[str]:
    """A text's line, and below it the first titles of what it gained, lost and met."""
    from monitor.core.renderings.clocks import exact
    from monitor.core.renderings.neutral import cut, plain

    head = f"{one.position:>8}  {exact(one.recorded_at, timezone)}"
    lines = f"+{one.added} −{one.dropped} lines"
    if one.problem:
        yield f"{head}  {lines} · never in force: {plain(one.problem)}"
    elif one.removed:
        yield f"{head}  removed · {one.lost:,} items lost"
    else:
        yield f"{head}  {lines} · of the past {one.gained:,} gained, {one.lost:,} lost · {one.news:,} since as news"
    for what, sign, count in (("gained", "+", one.gained), ("lost", "−", one.lost), ("news", "·", one.news)):
        titles = one.titles.get(what, ())
        for title in titles:
            yield f"{'':>10}{sign} {cut(plain(title), max(20, options.width() - 12))}"
        if count > len(titles):
            yield f"{'':>10}{sign} and {count - len(titles):,} more"


@click.command()
@click.argument("key")
@options.with_json
@options.with_config
def suggest(key: str, *, as_json: bool, config: Path) -> int:
    """Propose terms for an item that no subject recognised, with what each would have met in the log."""
    from monitor import app

    found = app.suggest(app.load_settings(config), key)
    if as_json:
        options.echo_json(asdict(found))
        return 0
    for line in _suggestions(found):
        click.echo(line)
    return 0


def _suggestions(found: Suggestions) -> Iterator[str]:
    import shlex

    from monitor.core.renderings.neutral import plain

    yield f"{plain(found.title)}  {plain(found.key)}"
    if found.subjects:
        yield f"recognised already by {', '.join(found.subjects)}"
    if not found.terms:
        yield "nothing in it would make a rule: no citation, no name that is rare enough"
        return
    yield ""
    for one in found.terms:
        judged = f", {one.relevant} relevant, {one.noise} noise" if one.relevant or one.noise else ""
        count = f"{one.items} item{'' if one.items == 1 else 's'} of the log{judged}"
        yield f"  {plain(one.term)}\n      {one.how} · {count}"
    term = plain(found.terms[0].term)
    yield ""
    yield f"monitor watch add {shlex.quote(term)} --list {found.watchlist or 'LIST'}"


COMMANDS = (show, history, suggest)
