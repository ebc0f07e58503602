"""`monitor deliver`: what is due goes where it is to go, or is shown."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitor.cli import options

if TYPE_CHECKING:
    from monitor.config import Settings
    from monitor.dispatch.planning import Parcel, Waiting
    from monitor.dispatch.sending import Sent
    from monitor.projections.deliveries import StoredDelivery

_LONGEST_TITLE = 70
_MOST_TITLES = 20


@click.command()
@click.argument("outputs", metavar="[OUTPUT]...", nargs=-1)
@click.option("--dry-run", is_flag=True, help="Show what would go where and why; record and send nothing.")
@click.option("--test", "test", metavar="OUTPUT", help="Send a marked sample of the last month to an output.")
@options.with_json
@options.with_config
def deliver(*, outputs: tuple[str, ...], dry_run: bool, test: str | None, as_json: bool, config: Path) -> int:
    """Plan and send what is due, to the named outputs or to all; try again what was not taken.

    Exits 1 if something was not taken.
    """
    from monitor import app

    if test and (outputs or dry_run):
        raise click.UsageError("--test stands alone: it sends one sample, and nothing that is due")
    settings = app.load_settings(config)
    for notice in settings.notices:
        options.say(notice)
    if test:
        with _stdout_for(as_json=as_json):
            sample = app.send_sample(settings, test)
        return _report(sample, as_json=as_json)
    if not app.chosen_outputs(settings, outputs):
        options.say("no [[output]] is configured: docs/outputs.md tells how; `monitor digest` prints one")
        return 0
    if dry_run:
        _show(settings, outputs, as_json=as_json)
        return 0
    with _stdout_for(as_json=as_json):
        sent = app.deliver(settings, outputs)
    if not sent and not as_json:
        click.echo("nothing is due")
    return _report(sent, as_json=as_json)


@contextmanager
def _stdout_for(*, as_json: bool) -> Iterator[None]:
    """Where JSON Lines are wanted, a terminal among the outputs prints to stderr: nothing else may stand on stdout."""
    with redirect_stdout(sys.stderr if as_json else sys.stdout):
        yield


def _report(sent: Sequence[Sent], *, as_json: bool) -> int:
    """A line a delivery, on stderr where the delivery itself may have gone to stdout; 1 if one was not taken."""
    from monitor.core.wording import moment
    from monitor.dispatch.sending import told

    for one in sent:
        if as_json:
            options.echo_json(asdict(one))
            continue
        again = f"; it is tried again at {moment(one.again_at, 'UTC')} UTC" if one.again_at else ""
        options.say(f"{told(one)}{again}")
    return int(any(one.outcome != "succeeded" for one in sent))


def _show(settings: Settings, outputs: tuple[str, ...], *, as_json: bool) -> None:
    from monitor import app

    found = [_foreseen(one) for one in app.would_deliver(settings, outputs)]
    for one in found:
        if as_json:
            options.echo_json(one)
            continue
        # Named after a position of the log, which is another one by then.
        is_named = one["occasion"] not in {"edition", "alert"} or one["state"] not in {"due", "later"}
        what = (
            (one["delivery"] if is_named else one["occasion"])
            if one["delivery"]
            else f"{one['occasion']} later"
        )
        click.echo(f"{one['output']}  {what}  {one['entries']} to tell  ({one['why']})")
        for title in one["titles"][:_MOST_TITLES]:
            click.echo(f"    {title}")
        if len(one["titles"]) > _MOST_TITLES:
            click.echo(f"    and {len(one['titles']) - _MOST_TITLES} more (--json has all)")
    if not as_json:
        click.echo("Nothing was recorded or sent." if found else "nothing is due")


def _foreseen(one: Parcel | Waiting | StoredDelivery) -> dict[str, Any]:
    """What would be sent, as --json prints it: docs/json.md."""
    from monitor import outputs
    from monitor.core.renderings.neutral import excerpt, plain
    from monitor.dispatch.planning import Parcel
    from monitor.projections.deliveries import StoredDelivery

    if isinstance(one, StoredDelivery):
        answer = f": {plain(one.answer)}" if one.answer else ""
        return {
            "output": one.output,
            "delivery": one.delivery,
            "occasion": one.occasion,
            "state": one.state,
            "why": f"{one.state}, attempt {one.attempts + 1}{answer}",
            "entries": 0,
            "changes": 0,
            "matches": 0,
            "titles": [plain(one.title)],
        }
    delivery, state, sections = "", "later", one.owed.sections
    if isinstance(one, Parcel):
        delivery, state, sections = one.delivery, "due", one.digest.sections
    shows = getattr(outputs.kind(one.output.kind), "shows", bool)
    entries = list(
        {entry.key: entry for section in sections for entry in section.entries if shows(entry)}.values()
    )
    return {
        "output": one.output.id,
        "delivery": delivery,
        "occasion": one.occasion,
        "state": state,
        "why": one.why,
        "entries": len(entries),
        "changes": len(one.owed.changes),
        "matches": len(one.owed.matches),
        "titles": [excerpt(each.title, _LONGEST_TITLE) for each in entries],
    }


COMMANDS = (deliver,)
