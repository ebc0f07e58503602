"""`monitor verify`, `rebuild`, `erase`: can the log be trusted; the views anew from it; a text out of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli import options

if TYPE_CHECKING:
    from monitor.archive.erasing import KeptText
    from monitor.archive.verifying import Check


@click.command()
@click.option(
    "--anchor",
    default=None,
    metavar="HEAD",
    help="A head from an old digest (or its first 16 digits or more): prove that the log still holds that past.",
)
@options.with_json
@options.with_config
def verify(*, anchor: str | None, as_json: bool, config: Path) -> None:
    """Check the log and all that is derived from it; name the first position and column that is not as appended.

    Checked are the chain of hashes, the streams' versions, the full texts, the readers' positions, the log's guards,
    every row of every view, and the file itself. Exits 1 if anything is not in order.
    """
    from monitor import app

    settings = app.load_settings(config)
    with options.bar() as bar:
        checks = list(app.verify(settings, anchor=anchor, progress=bar))
    for check in checks:
        if as_json:
            options.echo_json(_as_json(check))
        else:
            click.echo(_told(check))
    _conclude(checks, as_json=as_json)


def _conclude(checks: Sequence[Check], *, as_json: bool) -> None:
    """End with the fault that explains the others, or with the head, for whoever wants to keep it as an anchor.

    What a damaged file shows of the views is no word against them.
    """
    faults = {check.name: check.problem for check in checks if check.problem}
    for name in ("chain", "file", *faults):
        if name in faults:
            raise faults[name]
    head = next(check.facts["head"] for check in checks if "head" in check.facts)
    if not as_json:
        click.echo(f"head     {head}")


def _as_json(check: Check) -> dict[str, object]:
    return {
        "check": check.name,
        "ok": check.problem is None,
        "count": check.count,
        "unit": check.unit,
        "found": str(check.problem) if check.problem else check.found,
        "elapsed_s": check.elapsed_s,
        **check.facts,
    }


def _told(check: Check) -> str:
    from monitor.core.renderings.neutral import plain

    if check.problem:
        return f"{check.name:<8} FAILED  {plain(check.problem.where)}: {plain(check.problem.what)}"
    speed = f", {check.count / check.elapsed_s:,.0f} a second" if check.elapsed_s else ""
    return f"{check.name:<8} {check.count:,} {check.unit}, {check.found} ({check.elapsed_s:.2f} s{speed})"


@click.command()
@click.argument("views", metavar="[VIEW]...", nargs=-1)
@options.with_config
def rebuild(views: tuple[str, ...], *, config: Path) -> None:
    """Derive views again from the log (all, if none is named). Sends nothing.

    They are built beside the old ones and exchanged at once: Ctrl-C or a crash before that leaves the old ones.
    """
    from monitor import app

    settings = app.load_settings(config)
    with options.bar() as bar:
        names = app.rebuild(settings, views, progress=lambda done, of: bar("views", done, of))
    click.echo(f"rebuilt {', '.join(names)}")


@click.command()
@click.argument("name", metavar="SHA256|KEY")
@click.option("--reason", required=True, metavar="TEXT", help="Why; it is recorded.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@options.with_config
def erase(name: str, *, reason: str, yes: bool, config: Path) -> int:
    """Take a full text out of the file for good: the one of that SHA-256, or all that the item KEY has or had.

    Its hash, its size and the reason stay in the log; so do title, summary and all else that the events themselves say.
    """
    from monitor import app
    from monitor.core.errors import UsageError

    if not reason.strip():
        raise UsageError("--reason", "is empty", "say why the text is erased; the log keeps it")
    settings = app.load_settings(config)
    texts = app.erasable(settings, name)
    if not yes and not _agreed(texts):
        click.echo("nothing was erased", err=True)
        return 1
    app.erase(settings, texts, reason.strip())
    for text in texts:
        click.echo(f"erased {text.sha256} ({text.size:,} bytes)")
    return 0


def _agreed(texts: Sequence[KeptText]) -> bool:
    from monitor.core.errors import UsageError
    from monitor.core.renderings.neutral import plain

    for text in texts:
        whose = ", ".join(plain(key) for key in text.keys) or "an earlier revision"
        click.echo(f"{text.sha256}  {text.size:,} bytes, text of {whose}", err=True)
    try:
        return click.confirm("Erase this for good?", err=True)
    except click.Abort as error:
        raise UsageError("erase", "nobody is there to confirm it", "add --yes") from error


COMMANDS = (verify, rebuild, erase)
