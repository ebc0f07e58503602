"""What it means that a mail server did not take a message: for good, for now, or until a person mends something."""

from __future__ import annotations

import base64
import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass

from monitor.core.errors import SendError
from monitor.core.exchange import Secret
from monitor.core.renderings.neutral import excerpt

# Refusals of who asks and how, not of this message: a person mends those, and it is tried again meanwhile.
_TO_BE_MENDED = frozenset({530, 534, 535, 538})
_LONGEST_ANSWER = 200
_FITS = "see that security fits the port"
# The first that fits says it; all of them may be another way at the next try.
_MISFORTUNES: Sequence[tuple[type[Exception], str, str]] = (
    (smtplib.SMTPAuthenticationError, "does not take the username and the password", "mend them where they are kept"),
    (smtplib.SMTPNotSupportedError, "does not offer what is asked of it", _FITS),
    (smtplib.SMTPResponseException, "refuses", "see what it says"),
    (smtplib.SMTPServerDisconnected, "hung up, or took too long", "see that it is well, and that security fits the port"),
    (smtplib.SMTPException, "does not go on", "see what it says"),
    (ssl.SSLError, "cannot be spoken to safely", f"name who signed its certificate in ca_file, or {_FITS}"),
    (TimeoutError, "did not answer in time", "see that host and port are right"),
    (Exception, "cannot be reached", "see that host and port are right"),
)  # fmt: skip


class Refusal(Exception):  # noqa: N818 - what it is, said plainly
    """A server said no to a step. `lasting` where that may be said of this message, and not only of the connection."""

    def __init__(self, step: str, code: int, answer: bytes, *, lasting: bool) -> None:
        super().__init__(step)
        self.step, self.code, self.answer, self.lasting = step, code, answer, lasting


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A mail server as errors name it: for which output, where, and what it knows that nobody else may read."""

    output: str
    place: str
    username: str = ""
    password: Secret | None = None

    def refusal(self, error: Refusal) -> SendError:
        """The server's no as the planner takes it: 5xx is final, unless somebody can mend it."""
        final = error.lasting and 500 <= error.code < 600 and error.code not in _TO_BE_MENDED
        what = f"{self.place} refuses {error.step} ({error.code} {self.said(error.answer)})"
        remedy = "see what it says, and mend the address or the settings" if error.code >= 500 else ""
        return SendError(self.output, what, remedy, final=final)

    def misfortune(self, error: Exception) -> SendError:
        """What went wrong before all of the message was handed over: it is tried again."""
        what, remedy = next((w, r) for kind, w, r in _MISFORTUNES if isinstance(error, kind))
        said = self.said(_own_words(error))
        return SendError(self.output, f"{self.place} {what}{f' ({said})' if said else ''}", remedy)

    def unknown(self, what: str) -> SendError:
        """All of the message was handed over, and nobody can say whether it was taken."""
        return SendError(self.output, f"{self.place} {what}", unknown=True)

    def said(self, answer: bytes | str) -> str:
        """What a server said, on a short line, without the password that it may have sent back."""
        text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
        secret = self.password.reveal() if self.password else ""
        for told in (f"\0{self.username}\0{secret}", secret) if secret else ():
            for form in (told, base64.b64encode(told.encode()).decode()):
                text = text.replace(form, "●●●")
        return excerpt(text, _LONGEST_ANSWER)


def _own_words(error: Exception) -> bytes | str:
    if isinstance(error, smtplib.SMTPResponseException):
        words = error.smtp_error
        words = words if isinstance(words, bytes) else str(words).encode()
        return f"{error.smtp_code} ".encode() + words
    if isinstance(error, TimeoutError | smtplib.SMTPServerDisconnected):
        return ""
    reason = getattr(error, "reason", None) or getattr(error, "strerror", None)
    return str(reason or error)
