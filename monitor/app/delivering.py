"""Delivering: what is due is planned and sent; what would be is shown; a sample is sent for a trial."""

from __future__ import annotations

import logging
import shutil
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from monitor import database, outputs
from monitor.app.opening import Clock, reading, utc_now, writing
from monitor.app.telling import digest, source_lines_of, watchlist_notices
from monitor.archive import gathering, output_states, owing
from monitor.archive.gathering import Archive
from monitor.archive.output_states import OutputReport
from monitor.config import Settings
from monitor.core import grouping, sections
from monitor.core.dates import to_text
from monitor.core.deliveries import Dispatch, Output
from monitor.core.digests import Digest
from monitor.core.errors import LogError, MonitorError, SendError, UsageError
from monitor.core.language import noted
from monitor.core.renderings.clocks import exact
from monitor.core.toml_reading import did_you_mean
from monitor.dispatch import planning, sending
from monitor.dispatch.planning import Parcel, Surroundings, Waiting
from monitor.dispatch.sending import Attempt, Sent
from monitor.pipeline.run import Run
from monitor.projections import deliveries
from monitor.projections.deliveries import StoredDelivery

_log = logging.getLogger("monitor.app")
# So long after its beginning a delivery begins no more attempts; the next one goes on with them.
_PATIENCE = timedelta(seconds=120)
# Who plans may come again; who has sent must get a word in, however long a poll takes: else nobody knows that it arrived.
_WAIT_TO_BEGIN_S = 30.0
_WAIT_TO_END_S = 7200.0
# The screen that `monitor run` writes to, where config.toml names no output.
TERMINAL = "terminal"
_SAMPLE = noted(
    "This is a sample, sent to try the output: it accounts for nothing, and all of it may come again"
)


def chosen_outputs(settings: Settings, names: Sequence[str] = (), *, screen: bool = False) -> list[Output]:
    """The named outputs (or one recipient of them), or all that are enabled; with `screen`, the terminal where none is.

    Raises UsageError for a name that is not configured.
    """
    known = [*settings.outputs] or ([_screen(settings)] if screen else [])
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
    """A daily digest of all, also of a day without news: whoever looks at it wants to know that it lives."""
    columns = max(40, min(shutil.get_terminal_size().columns, 120))
    return Output(
        id=TERMINAL,
        kind="terminal",
        alerts=False,
        weekly=False,
        heartbeat=True,
        at=settings.digest.at,
        timezone=settings.digest.timezone,
        language=settings.digest.language,
        options=outputs.kind("terminal").Options(width=columns),
    )


def deliver(
    settings: Settings,
    names: Sequence[str] = (),
    *,
    screen: bool = False,
    clock: Clock = utc_now,
    stopping: Callable[[], bool] = lambda: False,
    told: Callable[[Sent], None] = lambda _sent: None,
) -> list[Sent]:
    """Plan what is due and send it, and what was planned before and may be tried again. `told` hears of each.

    An output that cannot be used, or for which nothing could be planned, stops no other: its delivery has no name.

    Raises LogBusy where another process delivers from this log, or writes to it while this one plans.
    """
    chosen = {one.id: one for one in chosen_outputs(settings, names, screen=screen)}
    if not chosen or not _was_ever_polled(settings):
        return []
    with database.only_sender(settings.log_path):
        with writing(settings, clock=clock) as run:
            sending.find_cut_short(run)
            sending.give_up_unconfigured(run, {TERMINAL, *(one.id for one in settings.outputs)})
            around = _around(gathering.open_archive(run.database), settings, clock)
            sent = [problem for one in chosen.values() if (problem := _plan(run, one, around))]
            waiting = list(sending.ready(run, chosen))
        for problem in sent:
            told(problem)
        began = clock()
        for one in waiting:
            if stopping() or clock() - began > _PATIENCE:
                break
            if not any(_just_refused(one.output, other) for other in sent):
                sent.append(_deliver(settings, one, chosen[one.output], clock))
                told(sent[-1])
    return sent


def _just_refused(output: str, other: Sent) -> bool:
    """Whether that output did not take a delivery just now: it need not be asked to take the next one yet."""
    return other.output == output and bool(other.delivery) and other.outcome != "succeeded"


def _was_ever_polled(settings: Settings) -> bool:
    """Before anybody looked, there is nothing to say, not even that there was nothing."""
    with reading(settings) as archive:
        return any(archive.log.read(types=("SourceConfigured",), limit=1))


def _plan(run: Run, output: Output, around: Surroundings) -> Sent | None:
    """Write down what is due of an output; or what is wrong with it."""
    if output.problem:
        return _unplanned(output, f"{output.problem}; nothing can go there")
    try:
        planning.configure(run, output)
        planning.plan(run, output, around)
    except LogError:
        raise
    except Exception as error:  # noqa: BLE001 - a kind that cannot render stops no other
        _log.debug("internal error in %s", output.id, exc_info=True)
        what = f"internal error: {type(error).__name__}: {error}"
        what = f"{what}; not all could be planned; run it again with -v and report it"
        planning.note_fault(run, output, what)
        return _unplanned(output, what)
    planning.note_fault(run, output, "")
    return None


def _unplanned(output: Output, answer: str) -> Sent:
    return Sent(
        output=output.id, delivery="", occasion="", title="", outcome="failed", answer=answer, attempt=0
    )


def _around(archive: Archive, settings: Settings, clock: Clock) -> Surroundings:
    return Surroundings(
        sources=source_lines_of(archive, settings, clock),
        notices=[*watchlist_notices(settings), *_faults(archive, settings)],
    )


def _faults(archive: Archive, settings: Settings) -> Iterator[str]:
    """What kept deliveries to an output from being planned, the last time."""
    for output in settings.outputs:
        _, what = owing.fault(archive.log.database, output.id)
        if what and output.enabled:
            yield f"{output.id}: {what}"


def _deliver(settings: Settings, one: StoredDelivery, output: Output, clock: Clock) -> Sent:
    """One attempt. The log is free while it is made; that it was made is on record before."""
    with writing(settings, clock=clock, patience_s=_WAIT_TO_BEGIN_S) as run:
        begun = sending.begin(run, one, output)
    if not isinstance(begun, Attempt):
        return begun

    def handing_over() -> None:
        try:
            with writing(settings, clock=clock, patience_s=_WAIT_TO_BEGIN_S) as run:
                sending.note_handing_over(run, begun)
        except MonitorError as error:
            raise SendError(output.id, f"nothing was sent, for the log cannot be written: {error}") from error

    outcome = sending.send(begun, clock(), handing_over)
    with writing(settings, clock=clock, patience_s=_WAIT_TO_END_S) as run:
        return sending.end(run, begun, outcome)


def would_deliver(
    settings: Settings, names: Sequence[str] = (), *, clock: Clock = utc_now
) -> Iterator[Parcel | Waiting | StoredDelivery]:
    """What `deliver` would plan now or later, and what it would try again or has still to try. Records nothing."""
    chosen: Mapping[str, Output] = {one.id: one for one in chosen_outputs(settings, names)}
    if not _was_ever_polled(settings):
        return
    with reading(settings, clock=clock) as archive:
        around = _around(archive, settings, clock)
        for output in chosen.values():
            if not output.problem:
                found = planning.look(archive, output, around, clock())
                yield from found.parcels
                yield from found.waiting
        yield from (one for one in deliveries.open_ones(archive.views.conn) if one.output in chosen)


def send_sample(settings: Settings, name: str, *, clock: Clock = utc_now) -> list[Sent]:
    """Send what the last month brought, marked as a sample, to an output: how it went, one a recipient.

    Records nothing. Raises UsageError for an output that is not configured or cannot be used.
    """
    since = to_text(clock() - timedelta(days=30))
    found = digest(settings, since=since, once=False, clock=clock)
    chosen = chosen_outputs(settings, [name])
    for output in chosen:
        if output.problem:
            raise UsageError(output.id, output.problem, "mend it in config.toml or in the environment")
    return [_sent_as_sample(output, found, to_text(clock())) for output in chosen]


def _sent_as_sample(output: Output, found: Digest, at: str) -> Sent:
    kind = outputs.kind(output.kind)
    own = tuple(one for one in found.sections if not output.watchlists or one.id in output.watchlists)
    if "edition" not in kind.OCCASIONS:
        own = tuple(map(grouping.folded, sections.told_once(own)))
    dispatch = Dispatch(
        output=output,
        delivery=f"sample-{at}",
        occasion="sample",
        message_id=f"<sample-{uuid.uuid4().hex}@policy-monitor.invalid>",
        planned_at=at,
        attempted_at=at,
    )
    period = replace(found.period, timezone=output.timezone, language=output.language)
    found = replace(found, period=period, notices=(period.words(_SAMPLE), *found.notices))
    message = kind.render(owing.shortened(replace(found, sections=own), output.limit), dispatch)
    outcome = "succeeded"
    try:
        answer = kind.send(message, dispatch)
    except SendError as error:
        outcome, answer = "uncertain" if error.unknown else "failed", f"{error.what}; {error.remedy}"
    return Sent(
        output=output.id,
        delivery=dispatch.delivery,
        occasion="sample",
        title=message.title,
        outcome=outcome,
        answer=answer,
        attempt=1,
    )


def output_reports(settings: Settings, *, as_of: str = "", clock: Clock = utc_now) -> list[OutputReport]:
    """How each configured output is; the screen of `monitor run` where none is and it was written to."""
    with reading(settings, as_of=as_of, clock=clock) as archive:
        return output_reports_of(archive, settings, clock)


def output_reports_of(archive: Archive, settings: Settings, clock: Clock) -> list[OutputReport]:
    """As `output_reports`, of an archive that is open already."""
    was_shown = deliveries.begins_after(archive.views.conn, TERMINAL) is not None
    known = [*settings.outputs] or ([_screen(settings)] if was_shown else [])
    now = datetime.fromisoformat(archive.as_of) if archive.as_of else clock()
    return output_states.output_reports(archive, known, now=now)


def delivery_notices(settings: Settings, *, as_of: str = "", clock: Clock = utc_now) -> list[str]:
    """What a person should know of deliveries that were not taken: of each output since it last took one."""
    with reading(settings, as_of=as_of, clock=clock) as archive:
        found = [
            one
            for output in settings.outputs
            if output.enabled
            for one in deliveries.in_trouble(archive.views.conn, output.id)
        ]
        faults = [] if as_of else list(_faults(archive, settings))
    return [*faults, *(_trouble(one, settings.digest.timezone) for one in found)]


def _trouble(one: StoredDelivery, zone: str) -> str:
    if one.state == "given up":
        return planning.lost_notice(one.output, one.delivery, one.answer)
    again = sending.again_at(one)
    when = f" at {exact(to_text(again), zone)}" if again else ""
    answer = one.answer or "nobody knows whether it arrived"
    return f"{one.output}: {one.delivery} was not taken yet ({answer}); it is tried again{when}"
