"""Mail on its way: servers that take it and servers that do not, a command, a Maildir; the password stays where it is."""

from __future__ import annotations

import base64
import json
import mailbox
import socket
import ssl
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import mail_samples as samples
import pytest
import trustme
from desk import Desk, feed
from mail_servers import DRIP, HANG_UP, SILENCE, BadServer, MailServer
from refusing_disks import as_nobody, room_for
from webserver import Reply, WebServer, tls_server

from monitor import app
from monitor.core.deliveries import Message
from monitor.core.errors import ConfigError, SendError
from monitor.core.exchange import Secret
from monitor.outputs import email

PASSWORD = "correct horse battery"
MESSAGE = email.render(samples.WINDOW, samples.dispatch())


def send(
    message: Message = MESSAGE, *, repeat: bool = False, recipient: str = samples.ANNA, **options: Any
) -> str:
    """Send to loopback, with `options` over the usual ones."""
    given = {"host": "127.0.0.1", "timeout_s": 5, **options}
    return email.send(message, samples.dispatch(repeat=repeat, recipient=recipient, **given))


def failure(**options: Any) -> SendError:
    with pytest.raises(SendError) as failed:
        send(**options)
    return failed.value


# ---- a server that takes it ----


def test_a_message_arrives_byte_for_byte_from_and_to_the_addresses_that_were_named() -> None:
    with MailServer() as server:
        assert send(port=server.port) == "250 2.0.0 queued as 1"
    [taken] = server.taken
    assert (taken.sender, taken.recipients) == ("monitor@policy.example.org", (samples.ANNA,))
    assert taken.content == MESSAGE.body
    assert not taken.encrypted


def test_a_line_that_begins_with_a_dot_keeps_it_and_does_not_end_the_message() -> None:
    body = b"Subject: x\r\n\r\n.\r\n..\r\n.dot\r\nMAIL FROM:<a@b>\r\n"
    with MailServer() as server:
        send(Message(body=body, media_type="message/rfc822", title="x"), port=server.port)
    assert [taken.content for taken in server.taken] == [body]


def test_a_possible_repeat_is_the_same_message_with_one_line_in_front() -> None:
    with MailServer() as server:
        send(port=server.port)
        send(port=server.port, repeat=True)
    first, second = (taken.content for taken in server.taken)
    assert second == b"X-Possible-Repeat: yes\r\n" + first


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_message_goes_over_tls_after_a_login(security: str, ca_file: Path) -> None:
    tls = {security: tls_server()}
    with MailServer(users={"monitor": PASSWORD}, **tls) as server:
        send(
            port=server.port,
            security=security,
            ca_file=ca_file,
            username="monitor",
            password=Secret(PASSWORD),
        )
    [taken] = server.taken
    assert taken.encrypted
    assert taken.login
    assert taken.content == MESSAGE.body


def test_on_this_machine_a_login_needs_no_tls() -> None:
    with MailServer(users={"monitor": PASSWORD}) as server:
        send(port=server.port, username="monitor", password=Secret(PASSWORD))
    assert [taken.login for taken in server.taken] == [True]


# ---- a server that does not ----


def test_a_port_at_which_nobody_listens_is_tried_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    error = failure(port=port)
    assert str(error) == (
        f"mail:{samples.ANNA}: 127.0.0.1:{port} cannot be reached (Connection refused); see that host and port are right"
    )
    assert not error.final
    assert not error.unknown


def test_a_host_that_does_not_exist_is_tried_again() -> None:
    error = failure(host="mail.invalid", security="none")
    assert "mail.invalid:25 cannot be reached" in str(error)
    assert not error.final


STEPS = ("", "EHLO", "MAIL", "RCPT", "DATA")


@pytest.mark.parametrize("step", STEPS)
def test_a_server_that_says_nothing_is_left_after_a_while(step: str) -> None:
    with BadServer({step: SILENCE}) as server:
        error = failure(port=server.port, timeout_s=1)
    assert not error.final
    assert not error.unknown


@pytest.mark.parametrize("step", STEPS)
def test_a_connection_that_breaks_before_the_message_has_delivered_nothing(step: str) -> None:
    with BadServer({step: HANG_UP}) as server:
        error = failure(port=server.port)
    assert "hung up" in str(error)
    assert not error.final
    assert not error.unknown


def test_a_connection_that_breaks_within_the_message_has_delivered_nothing() -> None:
    large = Message(body=MESSAGE.body + b"x\r\n" * 4_000_000, media_type="message/rfc822", title="x")
    with BadServer({}, middle=True) as server:
        error = failure(message=large, port=server.port)
    assert not error.unknown
    assert not error.final


@pytest.mark.parametrize(
    "answer", [HANG_UP, SILENCE, b"what?", b"999 what?", b"250 " + b"x" * 10_000], ids=["gone", "silent", "garbage", "odd", "long"]
)  # fmt: skip
def test_without_an_answer_to_the_whole_message_nobody_knows(answer: bytes | None) -> None:
    with BadServer({".": answer}) as server:
        error = failure(port=server.port, timeout_s=1)
        assert server.content == MESSAGE.body
    assert error.unknown
    assert not error.final


@pytest.mark.parametrize("step", [*STEPS, "."])
def test_a_server_that_drips_for_ever_is_cut_off(step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(email, "_PATIENCE", 1)
    began = time.monotonic()
    with BadServer({step: DRIP}) as server:
        error = failure(port=server.port, timeout_s=1)
    assert time.monotonic() - began < 5
    assert error.unknown == (step == ".")
    assert not error.final


@pytest.mark.parametrize("step", [*STEPS, "."])
@pytest.mark.parametrize("code", [421, 450, 451, 452])
def test_a_refusal_for_now_is_tried_again(step: str, code: int) -> None:
    with BadServer({step: b"%d 4.3.0 not now" % code}) as server:
        error = failure(port=server.port)
    assert f"{code} 4.3.0 not now" in str(error)
    assert not error.final
    assert not error.unknown


@pytest.mark.parametrize(
    ("step", "what"), [("MAIL", "the sender"), ("RCPT", "the recipient"), ("DATA", "a message"), (".", "the message")]
)  # fmt: skip
@pytest.mark.parametrize("code", [550, 552, 554])
def test_a_refusal_for_good_is_final_and_says_what_is_refused(step: str, what: str, code: int) -> None:
    with BadServer({step: b"%d 5.7.1 never" % code}) as server:
        error = failure(port=server.port)
    assert f"refuses {what}" in str(error)
    assert f"({code} 5.7.1 never); see what it says" in str(error)
    assert error.final


@pytest.mark.parametrize(
    "script",
    [
        {"": b"554 no service"},
        {"EHLO": b"550 no"},
        {"MAIL": b"530 5.7.0 Must issue a STARTTLS command first"},
        {"RCPT": b"530 5.7.0 Authentication required"},
    ],
)  # fmt: skip
def test_what_a_person_can_mend_is_tried_again_whatever_the_number(script: dict[str, bytes]) -> None:
    with BadServer(script) as server:
        error = failure(port=server.port)
    assert "see what it says" in str(error)
    assert not error.final


def test_one_recipient_of_three_that_is_refused_keeps_the_message_from_no_other(
    tmp_path: Path, web: WebServer
) -> None:
    nobody = "550 5.1.1 no such mailbox"
    with MailServer(refuse={"bo@example.org": nobody}) as server:
        desk = post_office(tmp_path, web, server.port)
        desk.clock.advance(days=1)
        sent = {one.output: one.outcome for one in app.deliver(desk.settings(), clock=desk.clock)}
        assert sent == {"mail:ada@example.org": "succeeded", "mail:bo@example.org": "given up", "mail:cy@example.org": "succeeded"}  # fmt: skip
        assert app.deliver(desk.settings(), clock=desk.clock) == []
    assert [taken.recipients for taken in server.taken] == [("ada@example.org",), ("cy@example.org",)]
    assert len({taken.content for taken in server.taken}) == 2
    [failed] = desk.events("DeliveryFailed")
    assert nobody in failed.answer


def test_a_message_of_which_nobody_knows_comes_once_more_with_its_message_id_and_then_never(
    tmp_path: Path, web: WebServer
) -> None:
    with BadServer({".": HANG_UP}) as server:
        desk = post_office(tmp_path, web, server.port, to='["ada@example.org"]')
        desk.clock.advance(days=1)
        contents, outcomes = [], []
        for _ in range(4):
            outcomes += [one.outcome for one in app.deliver(desk.settings(), clock=desk.clock)]
            contents.append(server.content)
            server.content = b""
            desk.clock.advance(hours=1)
    assert outcomes == ["uncertain", "uncertain", "given up"]
    assert contents[1] == b"X-Possible-Repeat: yes\r\n" + contents[0]
    assert contents[2:] == [b"", b""]


@pytest.mark.parametrize(("step", "outcome"), [("RCPT", "failed"), (".", "uncertain")])
def test_a_process_that_is_killed_before_it_hands_a_message_over_has_delivered_nothing(
    tmp_path: Path, web: WebServer, step: str, outcome: str
) -> None:
    with BadServer({step: SILENCE}) as deaf:
        desk = post_office(tmp_path, web, deaf.port, to='["ada@example.org"]')
        desk.settings()
        process = subprocess.Popen([sys.executable, "-m", "monitor", "deliver"], cwd=tmp_path)
        while not (
            deaf.content if step == "." else [1 for said in deaf.heard if said.upper().startswith(step)]
        ):
            assert process.poll() is None
            time.sleep(0.01)
        process.kill()
        process.wait()
    with MailServer() as server:
        desk.tables = desk.tables.replace(f"port = {deaf.port}", f"port = {server.port}")
        desk.clock.moment = app.utc_now() + timedelta(hours=1)
        app.deliver(desk.settings(), ["mail"], clock=desk.clock)
        desk.clock.advance(hours=1)
        app.deliver(desk.settings(), ["mail"], clock=desk.clock)
    failed, unknown = desk.events("DeliveryFailed"), desk.events("DeliveryUncertain")
    assert (len(failed), len(unknown)) == ((1, 0) if outcome == "failed" else (0, 1))
    repeats = [b"X-Possible-Repeat: yes" in taken.content for taken in server.taken]
    assert repeats == [outcome == "uncertain"]


def post_office(
    folder: Path,
    web: WebServer,
    port: int,
    to: str = '["ada@example.org", "bo@example.org", "cy@example.org"]',
) -> Desk:
    """A log with news that mails are owed of."""
    desk = Desk(folder, web)
    desk.source("news")
    web.answer("/news", Reply(body=feed(("x", "Nothing"))))
    desk.tables += f'\n[[output]]\nid = "mail"\nkind = "email"\nsender = "monitor@example.org"\nto = {to}\nport = {port}\n'  # fmt: skip
    desk.poll()
    app.deliver(desk.settings(), clock=desk.clock)
    web.answer("/news", Reply(body=feed(("x", "Nothing"), ("a", "Next G Alliance meets"))))
    desk.poll()
    return desk


# ---- TLS ----


@pytest.fixture(scope="module")
def ca_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from webserver import _authority

    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    _authority().cert_pem.write_to_path(str(path))
    return path


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_that_nobody_trusts_is_refused_and_nothing_is_sent(
    security: str, tmp_path: Path
) -> None:
    stranger = tmp_path / "stranger.pem"
    trustme.CA().cert_pem.write_to_path(str(stranger))
    for ca_file in (None, stranger):
        tls = {security: tls_server()}
        with MailServer(**tls) as server:
            error = failure(port=server.port, security=security, ca_file=ca_file)
        assert "cannot be spoken to safely" in str(error)
        assert "in ca_file" in str(error)
        assert not error.final
        assert server.taken == []


def test_a_certificate_for_another_host_is_refused(ca_file: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    from webserver import _authority

    _authority().issue_cert("elsewhere.example").configure_cert(context)
    with MailServer(tls=context) as server:
        error = failure(port=server.port, security="tls", ca_file=ca_file)
    assert "cannot be spoken to safely" in str(error)
    assert server.taken == []


def test_a_server_without_starttls_is_given_neither_password_nor_message() -> None:
    with BadServer({}) as server:
        error = failure(port=server.port, security="starttls", username="monitor", password=Secret(PASSWORD))
    assert "does not offer what is asked of it (STARTTLS" in str(error)
    assert not error.final
    assert [each.split()[0].upper() for each in server.heard] == ["EHLO"]


def test_tls_with_a_server_that_speaks_plainly_is_a_failure_for_now() -> None:
    with MailServer() as server:
        error = failure(port=server.port, security="tls", timeout_s=2)
    assert "that security fits the port" in str(error)
    assert not error.final


def test_an_authority_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("nothing")
    for name in ("none.pem", "empty.pem"):
        with MailServer(tls=tls_server()) as server:
            error = failure(port=server.port, security="tls", ca_file=tmp_path / name)
        assert f"ca_file {tmp_path / name} cannot be used" in str(error)
        assert not error.final


# ---- the password ----


def test_a_wrong_password_is_tried_again_for_a_person_can_mend_it() -> None:
    with MailServer(users={"monitor": PASSWORD}) as server:
        error = failure(port=server.port, username="monitor", password=Secret("wrong pass"))
    assert "does not take the username and the password (535 5.7.8" in str(error)
    assert error.remedy == "mend them where they are kept"
    assert not error.final
    assert server.taken == []
    assert "wrong pass" not in repr(error)


def test_a_server_without_logins_is_a_failure_for_now() -> None:
    with BadServer({}) as server:
        error = failure(port=server.port, username="monitor", password=Secret(PASSWORD))
    assert "AUTH" in str(error)
    assert not error.final


@pytest.mark.parametrize("form", ["plainly", "encoded", "with the name"])
def test_a_server_that_sends_the_password_back_gets_it_into_no_error(form: str) -> None:
    told = {
        "plainly": PASSWORD,
        "encoded": encoded(PASSWORD),
        "with the name": encoded(f"\0monitor\0{PASSWORD}"),
    }
    script = {"EHLO": b"250-x\r\n250 AUTH PLAIN", "AUTH": f"535 you said {told[form]} and no".encode()}
    with BadServer(script) as server:
        error = failure(port=server.port, username="monitor", password=Secret(PASSWORD))
        assert any(encoded(f"\0monitor\0{PASSWORD}") in each for each in server.heard)
    assert "you said ●●● and no" in str(error)


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def test_no_letter_of_a_password_that_smtp_cannot_carry_is_told() -> None:
    with BadServer({"EHLO": b"250-x\r\n250 AUTH PLAIN"}) as server:
        error = failure(port=server.port, username="monitor", password=Secret("pass\xe4word"))
    assert "beyond ASCII" in str(error)
    assert "\xe4" not in repr(error) + repr(error.__cause__)
    assert [each.split()[0].upper() for each in server.heard] == ["EHLO"]


def test_what_a_server_says_is_plain_and_short() -> None:
    with BadServer({"RCPT": b"550 \x1b[31mred\x07 " + b"x" * 900}) as server:
        error = failure(port=server.port)
    assert "\x1b" not in str(error)
    assert len(str(error)) < 500
    assert "[31mred xxx" in str(error)


# ---- a command ----

COMMAND = """import sys
from pathlib import Path
box = Path(__file__).parent
(box / "words").write_text("\\n".join(sys.argv[1:]))
(box / "content").write_bytes(sys.stdin.buffer.read())
{end}
"""


def by_command(folder: Path, end: str = "", **options: Any) -> Any:
    script = folder / "post.py"
    script.write_text(COMMAND.format(end=end))
    return send(host="localhost", transport="sendmail", command=(sys.executable, str(script)), **options)


def test_a_command_gets_the_message_on_its_input_and_the_recipient_after_two_dashes(tmp_path: Path) -> None:
    assert by_command(tmp_path, recipient="-oq/tmp@example.org") == f"taken by {sys.executable}"
    words = (tmp_path / "words").read_text().split("\n")
    assert words == ["-i", "-f", "monitor@policy.example.org", "--", "-oq/tmp@example.org"]
    assert (tmp_path / "content").read_bytes() == MESSAGE.body.replace(b"\r\n", b"\n")


def test_no_shell_reads_a_recipient(tmp_path: Path) -> None:
    recipient = "`touch${IFS}x`@example.org"
    by_command(tmp_path, recipient=recipient)
    assert (tmp_path / "words").read_text().split("\n")[-1] == recipient
    assert sorted(file.name for file in tmp_path.iterdir()) == ["content", "post.py", "words"]


@pytest.mark.parametrize(("code", "final"), [(1, False), (64, False), (67, True), (75, False), (78, False)])
def test_a_command_that_fails_says_why_and_only_a_wrong_message_or_recipient_is_final(
    code: int, final: bool, tmp_path: Path
) -> None:
    with pytest.raises(SendError, match=f"ended with {code} .no such user.; see what it says") as failed:
        by_command(tmp_path, f"sys.stderr.write('no such user\\n'); sys.exit({code})")
    assert failed.value.final == final
    assert not failed.value.unknown


@pytest.mark.parametrize(
    "end", ["import time; time.sleep(60)", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"]
)
def test_of_a_command_that_hangs_or_is_killed_nobody_knows(end: str, tmp_path: Path) -> None:
    with pytest.raises(SendError, match="may have taken the message") as failed:
        by_command(tmp_path, end, timeout_s=2)
    assert failed.value.unknown


def test_a_command_that_is_not_there_is_tried_again(tmp_path: Path) -> None:
    missing = tmp_path / "sendmail"
    with pytest.raises(
        SendError, match=r"cannot be run .No such file or directory.; name a command"
    ) as failed:
        send(host="localhost", transport="sendmail", command=(str(missing),))
    assert not failed.value.final


# ---- a Maildir ----


def into(folder: Path, message: Message = MESSAGE, **more: Any) -> str:
    return send(message, host="localhost", transport="maildir", folder=folder, **more)


def test_a_message_in_a_maildir_is_there_once_whatever_is_tried_again(tmp_path: Path) -> None:
    folder = tmp_path / "mail" / "policy"
    assert into(folder).endswith(" written")
    assert into(folder, repeat=True).endswith(" is there already")
    box = mailbox.Maildir(folder, create=False)
    [kept] = box
    assert kept["Message-ID"] == samples.MESSAGE_ID
    assert list((folder / "tmp").iterdir()) == []
    [file] = (folder / "new").iterdir()
    assert file.read_bytes() == MESSAGE.body.replace(b"\r\n", b"\n")


def test_a_message_that_its_reader_has_read_is_not_put_there_again(tmp_path: Path) -> None:
    into(tmp_path)
    [file] = (tmp_path / "new").iterdir()
    file.rename(tmp_path / "cur" / f"{file.name}:2,RS")
    assert into(tmp_path, repeat=True).endswith(" is there already")
    assert list((tmp_path / "new").iterdir()) == []


def test_what_a_killed_process_left_in_tmp_is_written_over(tmp_path: Path) -> None:
    into(tmp_path)
    [file] = (tmp_path / "new").iterdir()
    file.rename(tmp_path / "tmp" / file.name)
    (tmp_path / "tmp" / file.name).write_bytes(b"half")
    into(tmp_path)
    assert file.read_bytes() == MESSAGE.body.replace(b"\r\n", b"\n")
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_folder_that_cannot_be_written_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(SendError, match=r"cannot be written .Not a directory.; make room") as failed:
        into(tmp_path / "file")
    assert not failed.value.final


def test_a_folder_that_may_not_be_written_to_is_said_and_tried_again_later(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    with (
        as_nobody(),
        pytest.raises(SendError, match=r"cannot be written .Permission denied.; make") as failed,
    ):
        into(tmp_path)
    assert not failed.value.final
    assert list(tmp_path.iterdir()) == []
    tmp_path.chmod(0o755)
    assert into(tmp_path).endswith(" written")


def test_a_full_disk_leaves_no_half_message(tmp_path: Path) -> None:
    with room_for(1000), pytest.raises(SendError, match="cannot be written") as failed:
        into(tmp_path)
    assert not failed.value.final
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert into(tmp_path).endswith(" written")


# ---- settings ----

GOOD = 'sender = "Policy <monitor@example.org>"\nto = ["anna@example.org"]\n'


def settings(folder: Path, text: str) -> Any:
    output = f'[fetch]\nuser_agent = "test"\n[[output]]\nid = "mail"\nkind = "email"\n{text}'
    (folder / "config.toml").write_text(output, encoding="utf-8")
    (folder / "watchlists").mkdir(exist_ok=True)
    return app.load_settings(folder / "config.toml")


def test_each_recipient_is_a_destination_of_its_own(tmp_path: Path) -> None:
    found = settings(tmp_path, GOOD.replace('["anna@example.org"]', '["Anna@example.org", "bo@example.org"]'))
    assert [(one.id, one.recipient) for one in found.outputs] == [
        ("mail:anna@example.org", "Anna@example.org"),
        ("mail:bo@example.org", "bo@example.org"),
    ]


@pytest.mark.parametrize(
    ("text", "safety", "port"),
    [
        ("", "none", 25),
        ('host = "mail.example.org"\n', "starttls", 587),
        ('security = "tls"\n', "tls", 465),
        ('host = "mail.example.org"\nsecurity = "none"\nport = 2525\n', "none", 2525),
    ],
)  # fmt: skip
def test_what_is_left_out_is_what_is_usual(tmp_path: Path, text: str, safety: str, port: int) -> None:
    [output] = settings(tmp_path, GOOD + text).outputs
    assert (output.options.safety, output.options.door) == (safety, port)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD.replace("monitor@", ""), "output[0].sender: 'Policy <example.org>' is no address; write it like news@example.org"),
        (GOOD.replace("Policy <", "Policy\\r\\nBcc: x <"), "is no address"),
        (GOOD.replace("Policy <", "=?utf-8?q?x?= <"), "is no address"),
        (GOOD.replace("anna@", "anna <anna@"), "output[0].to: 'anna <anna@example.org' is no address; write each alone"),
        (GOOD.replace("anna@example.org", "anna@example.org\\nRCPT"), "is no address"),
        (GOOD.replace("anna@example.org", "安娜@example.org"), "is no address"),
        (GOOD + 'reply_to = "x"\n', "output[0].reply_to: 'x' is no address"),
        (GOOD + 'list_id = "news"\n', "output[0].list_id: 'news' names no list; write one like news.example.org"),
        (GOOD + 'unsubscribe = "bo@example.org"\n', "output[0].unsubscribe: 'bo@example.org' leads nowhere; write mailto:"),
        (GOOD + 'unsubscribe = "https://example.org/> x"\n', "leads nowhere"),
        (GOOD + 'unsubscribe = "http://example.org/"\n', "leads nowhere"),
        (GOOD + "timeout_s = 0\n", "output[0].timeout_s: 0 is not between 1 and 600"),
        (GOOD + "port = 70000\n", "output[0].port: 70000 is none; write 1 to 65535"),
        (GOOD + 'host = "mail.example.org:25"\nsecurity = "none"\nhost_ = 1\n', "host_"),
        (GOOD + 'host = "smtp://mail"\n', "output[0].host: 'smtp://mail' is no host"),
        (GOOD + 'security = "ssl"\n', "output[0].security"),
        (GOOD + 'username = "x"\n', "output[0].username: goes with a password"),
        (GOOD + 'password = { env = "P" }\n', "output[0].username: goes with a password"),
        (GOOD + 'username = "x"\npassword = "open"\n', "output[0].password"),
        (GOOD + 'host = "a.example"\nsecurity = "none"\nusername = "x"\npassword = { env = "P" }\n', 'output[0].security: the password would cross the network for all to read; say security = "starttls"'),
        (GOOD + 'folder = "mail"\n', "output[0].folder: means nothing with transport = 'smtp'; take it out, or say transport = \"maildir\""),
        (GOOD + 'command = ["x"]\n', "output[0].command: means nothing with transport = 'smtp'"),
        (GOOD + 'transport = "sendmail"\nhost = "a.example"\n', "output[0].host: means nothing with transport = 'sendmail'"),
        (GOOD + 'transport = "sendmail"\ncommand = []\n', "output[0].command: names nothing to run"),
        (GOOD + 'transport = "maildir"\n', "output[0].folder: is missing"),
        ('to = ["anna@example.org"]\n', "output[0].sender: is missing"),
        ('sender = ""\nto = ["anna@example.org"]\n', "output[0].sender: is empty"),
    ],
)  # fmt: skip
def test_settings_that_cannot_be_used_are_said_with_what_to_do(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        settings(tmp_path, text)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("key", "value", "shown"),
    [
        ("host", "monitor:hunter2@mail.example.org", "'●●●@mail.example.org' is no host"),
        ("host", "smtp://monitor:hunter2@mail.example.org:587", "'●●●@mail.example.org:587' is no host"),
        ("sender", "monitor:hunter2@example.org", "'●●●@example.org' is no address"),
        ("reply_to", "smtp://monitor:hunter2@example.org", "'●●●@example.org' is no address"),
        ("to", ["monitor:hunter2@example.org"], "'●●●@example.org' is no address"),
        ("list_id", "monitor:hunter2@example.org", "'●●●@example.org' names no list"),
        ("unsubscribe", "https://monitor:hunter2@example.org/stop", "'●●●@example.org/stop' leads nowhere"),
        ("unsubscribe", "https://hunter2@example.org/stop", "'●●●@example.org/stop' leads nowhere"),
    ],
)
def test_a_password_in_an_address_that_is_refused_is_not_shown(
    tmp_path: Path, key: str, value: Any, shown: str
) -> None:
    table = {"sender": "m@example.org", "to": ["anna@example.org"], key: value}
    with pytest.raises(ConfigError) as refused:
        settings(tmp_path, "".join(f"{name} = {json.dumps(of)}\n" for name, of in table.items()))
    assert f"{key}: {shown}" in str(refused.value)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("step", ["", "EHLO", "MAIL", "RCPT", "DATA", "."])
def test_no_error_of_a_login_tells_what_was_sent_for_it(step: str) -> None:
    """The server says it all again, at whatever step."""
    login = encoded(f"\0monitor\0{PASSWORD}")
    script = {"EHLO": b"250-x\r\n250 AUTH PLAIN", "AUTH": b"235 2.7.0 well", step: f"451 {login} {PASSWORD}".encode()}  # fmt: skip
    with BadServer(script) as server:
        error = failure(port=server.port, username="monitor", password=Secret(PASSWORD))
    told = f"{error} {error!r} {error.__cause__}"
    assert "451 ●●● ●●●" in told
    assert PASSWORD not in told
    assert login not in told


def test_paths_are_relative_to_the_settings_and_the_password_prints_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("P", PASSWORD)
    text = 'ca_file = "ca.pem"\nhost = "a.example"\nusername = "x"\npassword = { env = "P" }\n'
    [output] = settings(tmp_path, GOOD + text).outputs
    assert output.options.ca_file == tmp_path / "ca.pem"
    assert PASSWORD not in repr(output)
    assert output.options.password.reveal() == PASSWORD
