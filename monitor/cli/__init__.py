"""The commands, one file a group: read arguments, call app, print. They decide nothing.

Each command imports what it needs when it runs, so that `monitor --help` starts at once.
"""

from __future__ import annotations

import logging
import os
import sys

import click

from monitor import __version__
from monitor.cli import (
    delivering,
    explaining,
    exporting,
    health,
    inspecting,
    judging,
    logs,
    options,
    polling,
    reading,
    seeding,
    sources,
    starting,
    watchlists,
)
from monitor.core.errors import MonitorError

_log = logging.getLogger("monitor")


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, no_args_is_help=True)
@click.version_option(__version__, prog_name="monitor")
def cli() -> None:
    """Follow bills, rules, programmes and alliances: poll public sources, match watchlists, record everything.

    Begin with `monitor demo`, or with `monitor init`, `monitor poll`, `monitor digest`.
    """


for _command in (
    *starting.COMMANDS,
    *polling.COMMANDS,
    *reading.COMMANDS,
    *delivering.COMMANDS,
    *explaining.COMMANDS,
    *judging.COMMANDS,
    *sources.COMMANDS,
    *health.COMMANDS,
    *watchlists.COMMANDS,
    *seeding.COMMANDS,
    *logs.COMMANDS,
    *exporting.COMMANDS,
    *inspecting.COMMANDS,
):
    cli.add_command(_command)


def main() -> None:
    """Run a command and end the process: 0 done, 1 something failed, 2 wrong usage or configuration."""
    try:
        code = _run()
        sys.stdout.flush()
    except (BrokenPipeError, SystemExit):
        # The reader (head, less) has seen enough; click says so by SystemExit. Nothing more may be written, not even
        # at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    sys.exit(code)


def _run() -> int:
    try:
        outcome = cli.main(standalone_mode=False)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as error:
        error.show()
        return 2
    except MonitorError as error:
        options.complain(error)
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        options.say("interrupted; what was recorded stays, and the next poll goes on from there")
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(1)  # worker threads may sit in a slow read; the log is closed and has nothing to wait for
    except BrokenPipeError:
        raise
    except OSError as error:
        options.say(
            f"the output could not be written ({error.strerror or error}); choose another place for it"
        )
        return 1
    except Exception as error:  # noqa: BLE001 - the last door: no traceback reaches a user
        _log.debug("internal error", exc_info=True)
        options.say(
            f"internal error: {type(error).__name__}: {error}; run it again with -v and report what it prints"
        )
        return 1
    return outcome if isinstance(outcome, int) else 0
