"""Digests and alerts by e-mail: over SMTP, through a `sendmail` command, or into a Maildir.

Identity: a Message-ID of the log, the output and the delivery; whatever is tried again has the same one.
Docs: RFC 5321, RFC 3207, RFC 4954, https://cr.yp.to/proto/maildir.html
Rate: one message a recipient and delivery; a server is asked again as docs/outputs.md says.
"""

from __future__ import annotations

import os
import re
import smtplib
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields
from pathlib import Path
from threading import Timer
from typing import Literal

from monitor.core.deliveries import AfterUncertain, Dispatch, Message, Occasion
from monitor.core.digests import Digest
from monitor.core.errors import SendError
from monitor.core.exchange import Secret
from monitor.core.mail_failures import Refusal, Server
from monitor.core.mailboxes import address_in, is_address, is_list_id, is_way_out
from monitor.core.renderings import mail
from monitor.core.renderings.neutral import without_login

AFTER_UNCERTAIN: AfterUncertain = "once more"
HANDS_OVER = True
OCCASIONS: tuple[Occasion, ...] = ("alert", "daily", "weekly", "heartbeat", "sample")
RECIPIENTS = "to"

Transport = Literal["smtp", "sendmail", "maildir"]
Security = Literal["none", "starttls", "tls"]
# https://www.rfc-editor.org/rfc/rfc8314
_PORTS: Mapping[Security, int] = {"none": 25, "starttls": 587, "tls": 465}
_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})
_OWN_KEYS: Mapping[Transport, tuple[str, ...]] = {
    "smtp": ("host", "port", "security", "username", "password", "ca_file"),
    "sendmail": ("command",),
    "maildir": ("folder",),
}
# The body is as it was planned, and so is its Message-ID; that it may have come before stands in front of it.
_REPEAT = b"X-Possible-Repeat: yes\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Who writes to whom, and how. `sender` and `reply_to` may have a name before the address: `News <news@example.org>`.

    Without `port` it is the usual one of `security`; without that, it is `none` on this machine and `starttls` elsewhere.
    `timeout_s` is how long a server may take for one answer.
    """

    sender: str
    to: tuple[str, ...]
    transport: Transport = "smtp"
    host: str = "localhost"
    port: int | None = None
    security: Security | None = None
    username: str = ""
    password: Secret | None = None
    ca_file: Path | None = None
    command: tuple[str, ...] = ("/usr/sbin/sendmail",)
    folder: Path | None = None
    reply_to: str = ""
    list_id: str = ""
    unsubscribe: str = ""
    timeout_s: int = 60

    def __post_init__(self) -> None:
        self._check_people()
        self._check_way()
        if self.list_id and not is_list_id(self.list_id):
            what = f"{without_login(self.list_id)!r} names no list"
            raise ValueError(f"list_id: {what}; write one like news.example.org")
        if self.unsubscribe and not is_way_out(self.unsubscribe):
            what = f"{without_login(self.unsubscribe)!r} leads nowhere"
            remedy = "write mailto:… or https://…, percent-encoded and without a password"
            raise ValueError(f"unsubscribe: {what}; {remedy}")
        if not 1 <= self.timeout_s <= 600:
            raise ValueError(
                f"timeout_s: {self.timeout_s} is not between 1 and 600; write such a whole number"
            )

    def _check_people(self) -> None:
        for name in ("sender", "reply_to"):
            text = getattr(self, name)
            if text and not address_in(text):
                remedy = "write it like news@example.org or News <news@example.org>"
                raise ValueError(f"{name}: {without_login(text)!r} is no address; {remedy}")
        if not self.sender:
            raise ValueError("sender: is empty; write an address that may send from this host")
        for each in self.to:
            if not is_address(each):
                what = f"{without_login(each)!r} is no address"
                raise ValueError(f"to: {what}; write each alone, like anna@example.org")

    def _check_way(self) -> None:
        for other, keys in _OWN_KEYS.items():
            strange = [key for key in keys if other != self.transport and getattr(self, key) != _usual(key)]
            if strange:
                what = f"means nothing with transport = {self.transport!r}"
                raise ValueError(f'{strange[0]}: {what}; take it out, or say transport = "{other}"')
        if self.transport == "maildir" and self.folder is None:
            raise ValueError('folder: is missing; transport = "maildir" needs the folder of the Maildir')
        if not self.command or not all(word and "\0" not in word for word in self.command):
            raise ValueError('command: names nothing to run; write it in words: ["/usr/sbin/sendmail"]')
        if self.port is not None and not 1 <= self.port <= 65535:
            raise ValueError(f"port: {self.port} is none; write 1 to 65535, or take it out")
        if not re.fullmatch(r"[\w.:-]{1,253}", self.host, re.ASCII):
            raise ValueError(f"host: {without_login(self.host)!r} is no host; write its name alone")
        if bool(self.username) != (self.password is not None):
            raise ValueError("username: goes with a password, and a password with it; write both or neither")
        if self.username and self.safety == "none" and self.host not in _THIS_MACHINE:
            remedy = 'say security = "starttls" or "tls"'
            raise ValueError(f"security: the password would cross the network for all to read; {remedy}")

    @property
    def safety(self) -> Security:
        """How the connection is secured."""
        return self.security or ("none" if self.host in _THIS_MACHINE else "starttls")

    @property
    def door(self) -> int:
        """The port that is asked."""
        return self.port or _PORTS[self.safety]


def _usual(key: str) -> object:
    return next(field.default for field in fields(Options) if field.name == key)


def render(digest: Digest, dispatch: Dispatch) -> Message:
    """The whole message, headers and all; its title is the subject line."""
    options: Options = dispatch.output.options
    domain = address_in(options.sender).rpartition("@")[2]
    between = mail.Correspondence(
        sender=options.sender,
        recipient=dispatch.output.recipient,
        list_id=options.list_id or f"{dispatch.output.id.partition(':')[0].strip('.')}.{domain}",
        reply_to=options.reply_to,
        unsubscribe=options.unsubscribe,
    )
    subject, body = mail.render(digest, dispatch, between)
    return Message(body=body, media_type=mail.MEDIA_TYPE, title=subject)


def send(message: Message, dispatch: Dispatch) -> str:
    """Hand the message over, to one recipient. Answers what the other side says; raises SendError."""
    options: Options = dispatch.output.options
    body = (_REPEAT if dispatch.repeat else b"") + message.body
    return _WAYS[options.transport](body, dispatch)


# SMTP

# The whole conversation may take so many times what one answer may: a server that drips must hold up nobody else.
_PATIENCE = 5


def _by_smtp(body: bytes, dispatch: Dispatch) -> str:
    options, known = dispatch.output.options, _server(dispatch)
    try:
        with _conversation(options) as server:
            _introduce(server, options)
            _address(server, body, dispatch)
            _hand_over(server, body, dispatch)
            return _last_word(server, known)
    except Refusal as error:
        raise known.refusal(error) from error
    except (OSError, smtplib.SMTPException) as error:
        raise known.misfortune(error) from error


def _server(dispatch: Dispatch) -> Server:
    options: Options = dispatch.output.options
    return Server(
        output=dispatch.output.id,
        place=f"{options.host}:{options.door}",
        username=options.username,
        password=options.password,
    )


@contextmanager
def _conversation(options: Options) -> Iterator[smtplib.SMTP]:
    """A connection, greeted by the server; it ends when all patience is used up, whatever is going on in it."""
    name = address_in(options.sender).rpartition("@")[2]
    server = (
        smtplib.SMTP_SSL(local_hostname=name, timeout=options.timeout_s, context=_trust(options))
        if options.safety == "tls"
        else smtplib.SMTP(local_hostname=name, timeout=options.timeout_s)
    )
    # `connect` alone does not learn the name that the certificate is checked for: https://bugs.python.org/issue36094
    server._host = options.host  # type: ignore[attr-defined] # noqa: SLF001 - there is no public way
    ending = Timer(options.timeout_s * _PATIENCE, _cut, [server])
    ending.daemon = True
    ending.start()
    try:
        _expect("the connection", server.connect(options.host, options.door), 220, lasting=False)
        yield server
    finally:
        ending.cancel()
        server.close()


def _cut(server: smtplib.SMTP) -> None:
    """Whoever waits for the server wakes up, and finds that it is gone."""
    with suppress(OSError):
        if server.sock is not None:
            server.sock.shutdown(socket.SHUT_RDWR)


def _trust(options: Options) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=options.ca_file)
    except OSError as error:
        raise ssl.SSLError(f"ca_file {options.ca_file} cannot be used") from error


def _introduce(server: smtplib.SMTP, options: Options) -> None:
    _expect("the greeting", server.ehlo(), 250, lasting=False)
    if options.safety == "starttls":
        server.starttls(context=_trust(options))
        _expect("the greeting", server.ehlo(), 250, lasting=False)
    if options.username and options.password is not None:
        # smtplib would end with an error that quotes a letter of it.
        if not (options.username + options.password.reveal()).isascii():
            raise smtplib.SMTPAuthenticationError(535, b"they hold letters beyond ASCII")
        server.login(options.username, options.password.reveal())


def _address(server: smtplib.SMTP, body: bytes, dispatch: Dispatch) -> None:
    size = [f"SIZE={len(body)}"] if server.has_extn("size") else []
    sender, recipient = address_in(dispatch.output.options.sender), dispatch.output.recipient
    _expect(f"the sender {sender}", server.mail(sender, size), 250)
    _expect(f"the recipient {recipient}", server.rcpt(recipient), 250, 251)


def _hand_over(server: smtplib.SMTP, body: bytes, dispatch: Dispatch) -> None:
    """All of the message and the dot that ends it. A connection that breaks before that has delivered nothing."""
    dispatch.handing_over()
    _expect("a message", server.docmd("DATA"), 354)
    server.send(re.sub(rb"(?m)^\.", b"..", body) + b".\r\n")


def _last_word(server: smtplib.SMTP, known: Server) -> str:
    """What the server answers to the dot. Where it answers nothing, nobody can say whether it took the message."""
    try:
        code, answer = server.getreply()
    except (OSError, smtplib.SMTPException) as error:
        raise known.unknown("was given all of the message and did not say whether it took it") from error
    if not 200 <= code < 600:
        raise known.unknown(f"answers to the message what no mail server does ({known.said(answer)})")
    _expect("the message", (code, answer), 250)
    return f"{code} {known.said(answer)}"


def _expect(step: str, reply: tuple[int, bytes], *codes: int, lasting: bool = True) -> None:
    """Raise Refusal for any other answer."""
    code, answer = reply
    if code not in codes:
        raise Refusal(step, code, answer, lasting=lasting)


# A command

# https://man.openbsd.org/sysexits: the message or its recipient is wrong, and will be so tomorrow.
_LASTING = frozenset({65, 67, 68})


def _by_sendmail(body: bytes, dispatch: Dispatch) -> str:
    """Give the message to the command. No shell reads any of it, and no address is taken for an option."""
    options: Options = dispatch.output.options
    name = options.command[0]
    words = [*options.command, "-i", "-f", address_in(options.sender), "--", dispatch.output.recipient]
    dispatch.handing_over()
    try:
        ended = subprocess.run(  # noqa: S603 - the command is the owner's, the rest is checked addresses
            words, input=_unix(body), capture_output=True, timeout=options.timeout_s, check=False
        )
    except subprocess.TimeoutExpired as error:
        what = f"{name} did not end within {options.timeout_s} s, and may have taken the message"
        raise SendError(dispatch.output.id, what, unknown=True) from error
    except OSError as error:
        what = f"{name} cannot be run ({error.strerror or error})"
        raise SendError(dispatch.output.id, what, "name a command that is there") from error
    said = _server(dispatch).said(ended.stderr or ended.stdout)
    if ended.returncode < 0:
        what = f"{name} was ended by signal {-ended.returncode}, and may have taken the message"
        raise SendError(dispatch.output.id, what, unknown=True)
    if ended.returncode:
        what = f"{name} ended with {ended.returncode}{f' ({said})' if said else ''}"
        remedy = "see what it says, and its own log"
        raise SendError(dispatch.output.id, what, remedy, final=ended.returncode in _LASTING)
    return f"taken by {name}"


def _unix(body: bytes) -> bytes:
    """As commands and files on a Unix have it: lines ended with LF."""
    return body.replace(b"\r\n", b"\n")


# A Maildir


def _by_maildir(body: bytes, dispatch: Dispatch) -> str:
    """Write the message under a name of its Message-ID: done again, it is there already and stays as its reader left it."""
    folder = dispatch.output.options.folder
    name = f"{dispatch.message_id.strip('<>').partition('@')[0]}.policy-monitor"
    try:
        for part in ("tmp", "new", "cur"):
            (folder / part).mkdir(mode=0o700, parents=True, exist_ok=True)
        if _stands_in(folder, name):
            return f"{name} is there already"
        dispatch.handing_over()
        _put(folder, name, _unix(body))
    except OSError as error:
        what = f"{folder} cannot be written ({error.strerror or error})"
        remedy = "make room, or see that the folder is there and may be written to"
        raise SendError(dispatch.output.id, what, remedy) from error
    return f"{name} written"


def _stands_in(folder: Path, name: str) -> bool:
    """Whether the message is there, new or read: a reader's flags follow a colon."""
    return any(
        one.name.partition(":")[0] == name for part in ("new", "cur") for one in (folder / part).iterdir()
    )


def _put(folder: Path, name: str, content: bytes) -> None:
    part = folder / "tmp" / name
    try:
        with part.open("wb") as opened:
            opened.write(content)
            opened.flush()
            os.fsync(opened.fileno())
        part.replace(folder / "new" / name)
    finally:
        part.unlink(missing_ok=True)
    handle = os.open(folder / "new", os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


_WAYS: Mapping[Transport, Callable[[bytes, Dispatch], str]] = {
    "smtp": _by_smtp,
    "sendmail": _by_sendmail,
    "maildir": _by_maildir,
}
