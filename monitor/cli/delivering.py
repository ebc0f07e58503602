"""`monitor deliver`: what is due goes where it is to go, or is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitor.cli import options

if TYPE_CHECKING:
    from monitor.config import Settings
    from monitor.dispatch.planning import Parcel
    from monitor.dispatch.sending import Sent
    from monitor.projections.deliveries import StoredDelivery


@click.command()
@click.argument("outputs", metavar="[OUTPUT…]", nargs=-1)
@click.option("--dry-run", is_flag=True, help="Show what would go where and why; record and send nothing.")
@click.option("--test", "test", metavar="OUTPUT", help="Send a marked sample of the last day to an output.")
@options.with_json
@options.with_config
def deliver(outputs: Sequence[str], *, dry_run: bool, test: str | None, as_json: bool, config: Path) -> int:
    """Plan and send what is due, to the named outputs or to all; try again what was not taken."""
    from monitor import app

    settings = app.load_settings(config)
    if test:
        return _send_sample(settings, test, as_json=as_json)
    chosen = app.chosen_outputs(settings, outputs)
    if not chosen:
        options.say("no [[output]] is configured: docs/outputs.md tells how; `monitor digest` prints one")
        return 0
    broken = [one for one in chosen if one.problem]
    for one in broken:
        options.say(f"{one.id}: {one.problem}; nothing can go there")
    if dry_run:
        _show(settings, outputs, as_json=as_json)
        return int(bool(broken))
    sent = app.deliver(settings, outputs, told=lambda one: _tell(one, as_json=as_json))
    if not sent and not as_json:
        options.say("nothing is due")
    return int(bool(broken) or any(one.outcome != "succeeded" for one in sent))


def _tell(one: Sent, *, as_json: bool) -> None:
    if as_json:
        options.echo_json(asdict(one))
        return
    from monitor.core.renderings.neutral import plain

    again = f"; again at {one.again_at}" if one.again_at else ""
    answer = f": {plain(one.answer)}" if one.answer else ""
    options.say(f"{one.output}  {one.delivery}  {one.outcome}{answer}{again}")


def _show(settings: Settings, outputs: Sequence[str], *, as_json: bool) -> None:
    from monitor import app

    found = list(app.would_deliver(settings, outputs))
    for one in found:
        line = _planned(one)
        if as_json:
            options.echo_json(line)
        else:
            again = (
                f"{line['state']}, attempt {line['attempts'] + 1}" if line["state"] != "due" else line["why"]
            )
            click.echo(f"{line['output']}  {line['delivery']}  {line['entries']} entries  ({again})")
            for title in line["titles"]:
                click.echo(f"    {title}")
    if not found and not as_json:
        options.say("nothing is due")


def _planned(one: Parcel | StoredDelivery) -> dict[str, Any]:
    from monitor.core.renderings.neutral import excerpt
    from monitor.projections.deliveries import StoredDelivery

    if isinstance(one, StoredDelivery):
        return {
            "output": one.output,
            "delivery": one.delivery,
            "occasion": one.occasion,
            "state": one.state,
            "attempts": one.attempts,
            "why": one.answer,
            "entries": 0,
            "titles": [one.title],
        }
    entries = [entry for section in one.digest.sections for entry in section.entries]
    return {
        "output": one.output.id,
        "delivery": one.delivery,
        "occasion": one.occasion,
        "state": "due",
        "attempts": 0,
        "why": one.why,
        "entries": len(entries),
        "titles": [excerpt(entry.title, 70) for entry in entries],
    }


def _send_sample(settings: Settings, name: str, *, as_json: bool) -> int:
    from monitor import app

    for answer in app.send_sample(settings, name, app.digest(settings)):
        if as_json:
            options.echo_json({"output": name, "answer": answer})
        else:
            options.say(f"{name}: {answer}")
    return 0


COMMANDS = (deliver,)
