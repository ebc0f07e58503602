"""Every error that the monitor raises on purpose.

    MonitorError
    ├── UsageError            a command was asked for something that cannot be          exit 2
    ├── ConfigError           config.toml or a file that it names                       exit 2
    │   └── WatchlistError    a file under watchlists/                                  exit 2
    ├── SourceError           one source could not be read; no other source suffers     exit 1
    │   ├── FetchError        no answer, or not one that may be used
    │   └── NotUnderstood     an answer that is not what this kind of source sends
    ├── SendError             one delivery was not taken; no other delivery suffers     exit 1
    └── LogError              the log or its database                                   exit 1
        ├── LogBusy           another process is writing
        ├── LogConflict       an append that contradicts what the log holds
        ├── LogTampered       the log is not what was appended
        └── LogTooNew         written by a newer version of the monitor

A message has three parts, "where: what; then what to do", and is one line. The command line prints it as it is;
no traceback reaches a user. Causes are chained (`raise … from error`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from monitor.core.fetches import Allowance


class MonitorError(Exception):
    """Something that a person can understand and act on."""

    exit_code: ClassVar[int] = 1

    def __init__(self, where: str, what: str, remedy: str = "") -> None:
        self.where = where
        self.what = what
        self.remedy = remedy
        super().__init__(where, what, remedy)

    def __str__(self) -> str:
        message = f"{self.where}: {self.what}" if self.where else self.what
        return f"{message}; {self.remedy}" if self.remedy else message


class UsageError(MonitorError):
    """A command was asked for something that cannot be."""

    exit_code = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in a file something stands: line and column (characters) from 1, and the whole line as it is written."""

    line: int
    column: int
    text: str


class ConfigError(MonitorError):
    """config.toml, or a file that it names, cannot be used as it stands. `place` is where, if that is one place.

    The message names the file and the line; `pointed` names the column too.
    """

    exit_code = 2

    def __init__(self, where: str, what: str, remedy: str = "", *, place: Place | None = None) -> None:
        super().__init__(where, what, remedy)
        self.place = place

    def pointed(self) -> str:
        """The message with the column behind the line: `config.toml:3:1: fech: unknown key; …`."""
        if self.place is None:
            return str(self)
        return str(MonitorError(f"{self.where}:{self.place.column}", self.what, self.remedy))


class WatchlistError(ConfigError):
    """A watchlist cannot be used as it stands."""


class SourceError(MonitorError):
    """One source could not be read. `failure` is a permanent word for the class of failure.

    The words: dns, connect, tls, timeout, http, blocked, moved, redirect, private-address, too-large, encoding,
    not-understood, incomplete, key.
    """

    failure: str = "not-understood"


class FetchError(SourceError):
    """No answer came, or not one that may be used.

    `retry_at` is when the server lets us ask again, `allowance` what it says is left of the key's requests.
    """

    def __init__(
        self,
        where: str,
        what: str,
        remedy: str = "",
        *,
        failure: str,
        status: int | None = None,
        retry_at: datetime | None = None,
        allowance: Allowance | None = None,
    ) -> None:
        super().__init__(where, what, remedy)
        self.failure = failure
        self.status = status
        self.retry_at = retry_at
        self.allowance = allowance


class NotUnderstood(SourceError):  # noqa: N818 - reads as the sentence it is: an answer not understood
    """An answer came that is not what this kind of source sends; nothing of it is recorded."""


class SendError(MonitorError):
    """The other side did not take a delivery. `final` where trying again cannot help, `where` is its output.

    `unknown`: nobody can say whether it was taken (the connection broke after the message and before the answer).
    """

    def __init__(
        self, where: str, what: str, remedy: str = "", *, final: bool = False, unknown: bool = False
    ) -> None:
        super().__init__(where, what, remedy)
        self.final = final
        self.unknown = unknown


class LogError(MonitorError):
    """The log, or the database that holds it, cannot be used."""


class LogBusy(LogError):  # noqa: N818 - a state, said plainly
    """Another process is writing to the log."""


class LogConflict(LogError):  # noqa: N818 - a state, said plainly
    """An append contradicts what the log already holds."""


class LogTampered(LogError):  # noqa: N818 - a state, said plainly
    """The log is not what was appended to it."""


class LogTooNew(LogError):  # noqa: N818 - a state, said plainly
    """The log was written by a newer version of the monitor."""
