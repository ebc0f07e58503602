"""Delivering: what is due is planned and sent; what would be is shown; a sample is sent for a trial."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from monitor import outputs
from monitor.app.opening import Clock, reading, utc_now, writing
from monitor.app.telling import source_lines_of, watchlist_notices
from monitor.archive import owing
from monitor.archive.gathering import Archive
from monitor.config import Settings
from monitor.core.dates import to_text
from monitor.core.deliveries import Dispatch, Message, Output
from monitor.core.digests import Digest
from monitor.core.errors import UsageError
from monitor.core.toml_reading import did_you_mean
from monitor.dispatch import planning, sending
from monitor.dispatch.planning import Parcel, Surroundings
from monitor.dispatch.sending import Sent
from monitor.pipeline.run import Run
from monitor.projections import deliveries
from monitor.projections.deliveries import StoredDelivery

# So long after its beginning a delivery begins no more attempts; the next one goes on with them.
_PATIENCE = timedelta(seconds=120)
# The screen that `monitor run` writes to, where config.toml names no other terminal.
TERMINAL = "terminal"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputState:
    """An output and its last deliveries, the latest first; `problem` is why it cannot be used now."""

    output: Output
    problem: str
    last: Sequence[StoredDelivery]


def chosen_outputs(settings: Settings, names: Sequence[str] = (), *, screen: bool = False) -> list[Output]:
    """The named outputs (or one recipient of them), or all that are enabled; with `screen`, the terminal is one.

    Raises UsageError for a name that is not configured.
    """
    known = [*settings.outputs]
    if screen and not any(one.kind == "terminal" for one in known):
        known.append(_screen(settings))
    if not names:
        return [one for one in known if one.enabled]
    found = []
    for name in names:
        fitting = [one for one in known if name in {one.id, one.id.partition(":")[0]}]
        if not fitting:
            ids = [one.id for one in known]
            remedy = did_you_mean(name, ids) if ids else "add an [[output]] to config.toml: docs/outputs.md"
            raise UsageError(name, "no such output", remedy)
        found += fitting
    return found


def _screen(settings: Settings) -> Output:
    digest = settings.digest
    return Output(
        id=TERMINAL,
        kind="terminal",
        alerts=False,
        weekly=False,
        at=digest.at,
        timezone=digest.timezone,
        language=digest.language,
        options=outputs.kind("terminal").Options(width=max(40, min(shutil.get_terminal_size().columns, 120))),
    )


def deliver(
    settings: Settings,
    names: Sequence[str] = (),
    *,
    screen: bool = False,
    clock: Clock = utc_now,
    run_id: str = "",
    stopping: Callable[[], bool] = lambda: False,
    told: Callable[[Sent], None] = lambda _sent: None,
) -> list[Sent]:
    """Plan what is due and send it, and what was planned before and may be tried again.

    Nobody else may write meanwhile, so nobody sends the same twice. Raises LogBusy where somebody does.
    """
    chosen = {one.id: one for one in chosen_outputs(settings, names, screen=screen)}
    found: list[Sent] = []
    if not chosen:
        return found
    with writing(settings, clock=clock, run_id=run_id) as run:
        sending.find_cut_short(run)
        for output in chosen.values():
            if not output.problem and _was_ever_polled(run):
                planning.configure(run, output)
                _plan(settings, output, clock, run)
        began = clock()
        for one in list(sending.ready(run, chosen)):
            if stopping() or clock() - began > _PATIENCE:
                break
            found.append(sending.attempt(run, one, chosen[one.output]))
            told(found[-1])
    return found


def _was_ever_polled(run: Run) -> bool:
    """Before anybody looked, there is nothing to say, not even that there was nothing."""
    return any(run.log.read(types=("SourceConfigured",), limit=1))


def _plan(settings: Settings, output: Output, clock: Clock, run: Run) -> None:
    with reading(settings, clock=clock) as archive:
        due = planning.due(archive, output, _around(archive, settings, clock), run.clock())
    for parcel in due.parcels:
        planning.write_down(run, parcel)
    planning.pass_over(run, output, due.silent, run.log.head().position)


def _around(archive: Archive, settings: Settings, clock: Clock) -> Surroundings:
    return Surroundings(
        sources=source_lines_of(archive, settings, clock), notices=watchlist_notices(settings)
    )


def would_deliver(
    settings: Settings, names: Sequence[str] = (), *, clock: Clock = utc_now
) -> Iterator[Parcel | StoredDelivery]:
    """What `deliver` would plan now, and what it would try again. Records nothing."""
    chosen = {one.id: one for one in chosen_outputs(settings, names)}
    with reading(settings, clock=clock) as archive:
        for output in chosen.values():
            if not output.problem:
                yield from planning.due(archive, output, _around(archive, settings, clock), clock()).parcels
        yield from (one for one in deliveries.open_ones(archive.views.conn) if one.output in chosen)


def send_sample(settings: Settings, name: str, digest: Digest, *, clock: Clock = utc_now) -> list[str]:
    """Send a digest, marked as a sample, to an output; what it answers, one a recipient. Records nothing.

    Raises SendError, and UsageError for an output that takes no samples.
    """
    answers = []
    for output in chosen_outputs(settings, [name]):
        kind = outputs.kind(output.kind)
        if output.problem:
            raise UsageError(output.id, output.problem, "mend it in config.toml or in the environment")
        if "sample" not in kind.OCCASIONS:
            raise UsageError(output.id, f"{output.kind} writes files", "`monitor deliver` writes them whole")
        at = to_text(clock())
        dispatch = Dispatch(
            output=output,
            delivery=f"sample-{at}",
            occasion="sample",
            message_id=f"<sample-{clock().timestamp():.0f}@policy-monitor.invalid>",
            planned_at=at,
        )
        message: Message = kind.render(owing.shortened(digest, output.limit), dispatch)
        answers.append(kind.send(message, replace(dispatch, attempted_at=at)))
    return answers


def output_states(settings: Settings, *, clock: Clock = utc_now) -> list[OutputState]:
    """Every configured output, with its last deliveries."""
    with reading(settings, clock=clock) as archive:
        return [
            OutputState(
                output=output,
                problem=output.problem,
                last=deliveries.latest(archive.views.conn, output.id),
            )
            for output in settings.outputs
        ]
