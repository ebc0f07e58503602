"""Mail servers on loopback: a real one (aiosmtpd), and one that does at each step what a test tells it to.

with MailServer(refuse={"bo@example.org": "550 5.1.1 nobody"}) as server:   # server.port, server.taken
with BadServer({"DATA": HANG_UP}) as server:                                # server.heard
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A message as it came; `encrypted` over TLS, `login` of whoever had given name and password."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes
    encrypted: bool
    login: bool


class MailServer:
    """A mail server that keeps what it takes. `users` must log in; `refuse` is its answer to some recipients.

    `whim` says of each message whether it is taken ("", the usual), taken and not answered (HANG_UP), or refused so.
    """

    def __init__(
        self,
        *,
        tls: ssl.SSLContext | None = None,
        starttls: ssl.SSLContext | None = None,
        users: Mapping[str, str] | None = None,
        refuse: Mapping[str, str] | None = None,
        whim: Callable[[Taken], str | bytes] = lambda _taken: "",
    ) -> None:
        self.taken: list[Taken] = []
        self._whim = whim
        self.refuse = dict(refuse or {})
        self._tls, self._starttls, self._users = tls, starttls, users
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self.port = 0

    def __enter__(self) -> Self:
        self._thread.start()
        opening = self._loop.create_server(self._protocol, "127.0.0.1", 0, ssl=self._tls)
        self._server = asyncio.run_coroutine_threadsafe(opening, self._loop).result(10)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _end(self) -> None:
        self._server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _protocol(self) -> SMTP:
        return SMTP(
            self,
            hostname="mail.example.org",
            tls_context=self._starttls,
            require_starttls=self._starttls is not None,
            auth_require_tls=False,
            authenticator=self._knows,
            loop=self._loop,
        )

    def _knows(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _way: str, data: Any
    ) -> AuthResult:
        known = (
            isinstance(data, LoginPassword)
            and (self._users or {}).get(data.login.decode()) == data.password.decode()
        )
        return AuthResult(success=known, handled=False)

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._users is not None and not session.authenticated:
            return "530 5.7.0 Authentication required"
        envelope.mail_from, envelope.mail_options = address, options
        return "250 2.1.0 well"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 well"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        content = envelope.content
        assert isinstance(content, bytes)
        taken = Taken(
            sender=envelope.mail_from or "",
            recipients=tuple(envelope.rcpt_tos),
            content=content,
            encrypted=session.ssl is not None or self._tls is not None,
            login=bool(session.authenticated),
        )
        whim = self._whim(taken)
        if isinstance(whim, str) and whim:
            return whim
        self.taken.append(taken)
        if whim == HANG_UP:
            server.transport.abort()
            raise ConnectionResetError
        return f"250 2.0.0 queued as {len(self.taken)}"


# What a step may do instead of answering.
HANG_UP = b""
SILENCE = None
DRIP = b"drip"
_WELL = {"": b"220 mail.example.org", "EHLO": b"250-mail.example.org\r\n250 SIZE 99999999", "DATA": b"354 go on", ".": b"250 2.0.0 queued"}  # fmt: skip


class BadServer:
    """A mail server that answers at a step what `script` says; steps are "" (greeting), EHLO, MAIL, RCPT, DATA, "." and others.

    `middle` hangs up in the middle of the message; `heard` are the commands that came.
    """

    def __init__(self, script: Mapping[str, bytes | None], *, middle: bool = False) -> None:
        self.heard: list[str] = []
        self.content = b""
        self._script = {**_WELL, **script}
        self._middle = middle
        self._closing = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(10)

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection, contextlib.suppress(OSError), connection.makefile("rb") as lines:
                self._converse(connection, lines)

    def _converse(self, connection: socket.socket, lines: Any) -> None:
        said = self._say(connection, "")
        while said and (line := lines.readline()):
            step = line.split()[0].decode().upper() if line.split() else "?"
            self.heard.append(line.decode("latin-1").strip())
            said = self._say(connection, step)
            if said and step == "DATA" and self._script["DATA"] == _WELL["DATA"]:
                if self._middle:
                    lines.readline()
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                    return
                self.content = b"".join(line.removeprefix(b".") for line in iter(lines.readline, b".\r\n"))
                said = self._say(connection, ".")

    def _say(self, connection: socket.socket, step: str) -> bool:
        """Answer; False where the conversation is over."""
        answer = self._script.get(step, b"250 well")
        if answer is SILENCE:
            self._closing.wait(20)
            return False
        while answer == DRIP and not self._closing.wait(0.1):
            connection.sendall(b"250-and so on\r\n")
        if not answer or answer == DRIP:
            return False
        connection.sendall(answer + b"\r\n")
        return not answer.startswith((b"221", b"421"))
