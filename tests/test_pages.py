"""Mails and digests as a browser draws them: on a phone and on a desk, in light and dark; every word inside and readable.

Pictures are kept in `artefacts/pages/`, or in the folder that MONITOR_ARTEFACTS names.
"""

from __future__ import annotations

import email as email_format
import os
from dataclasses import replace
from email import policy
from email.message import EmailMessage
from pathlib import Path

import digest_samples
import edition_samples
import mail_samples
import pytest
from browser import WIDTHS, look

from monitor.core.digests import Digest
from monitor.core.renderings import webpage
from monitor.outputs import email

ARTEFACTS = Path(os.environ.get("MONITOR_ARTEFACTS", Path(__file__).resolve().parent.parent / "artefacts"))


def mail(digest: Digest, occasion="daily") -> str:
    orders = mail_samples.dispatch(occasion, unsubscribe="https://policy.example.org/stop")
    message = email_format.message_from_bytes(email.render(digest, orders).body, policy=policy.default)
    assert isinstance(message, EmailMessage)
    page = message.get_body(("html",))
    assert page is not None
    return page.get_content()


def unbroken() -> Digest:
    """Words that no line can hold, in every place."""
    word = "x" * 400
    entry = replace(edition_samples.SHARING, title=word, summary=word, source=word)
    section = replace(mail_samples.WINDOW.sections[0], title=word, error=word, entries=(entry,))
    return replace(mail_samples.WINDOW, sections=(section,), notices=(word,))


def chinese(digest: Digest) -> Digest:
    return replace(digest, period=replace(digest.period, language="zh"))


PAGES = {
    "mail": lambda: mail(mail_samples.WINDOW),
    "mail-weekly": lambda: mail(digest_samples.DAILY, "weekly"),
    "mail-alert": lambda: mail(mail_samples.CROWD, "alert"),
    "mail-quiet": lambda: mail(digest_samples.QUIET, "heartbeat"),
    "mail-hostile": lambda: mail(mail_samples.hostile(), "sample"),
    "mail-unbroken": lambda: mail(unbroken()),
    "digest": lambda: webpage.render(digest_samples.DAILY),
    "digest-spring": lambda: webpage.render(digest_samples.SPRING),
    "digest-quiet": lambda: webpage.render(digest_samples.QUIET),
    "digest-full": lambda: webpage.render(digest_samples.FULL),
    "digest-hostile": lambda: webpage.render(digest_samples.HOSTILE),
    "digest-chinese": lambda: webpage.render(chinese(digest_samples.FULL)),
    "mail-chinese": lambda: mail(chinese(mail_samples.WINDOW)),
}


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_every_word_is_inside_the_page_and_stands_out_from_it(name: str, dark: bool) -> None:
    pictures = ARTEFACTS / "pages" / f"{name}-{'dark' if dark else 'light'}"
    found = look(PAGES[name](), dark=dark, pictures=pictures)
    assert set(found) == set(WIDTHS)
    for width, seen in found.items():
        assert seen.words > 5
        assert (width, seen.page, seen.overflows, seen.faint) == (width, width, (), ())


@pytest.mark.parametrize(
    ("broken", "finds"),
    [
        ('<p style="white-space:nowrap">' + "word " * 200 + "</p>", "overflows"),
        ('<p style="color:#bbb">pale words</p>', "faint"),
        ('<p style="background:#222">words on the wrong paper</p>', "faint"),
    ],
)
def test_what_is_not_is_found(broken: str, finds: str, tmp_path: Path) -> None:
    """Else a page without faults would prove nothing."""
    page = f'<html><body style="background:#fff;color:#111"><p>well</p>{broken}</body></html>'
    for seen in look(page, dark=False, pictures=tmp_path / "page").values():
        assert len(getattr(seen, finds)) == 1


def test_dark_is_dark_and_light_is_light(tmp_path: Path) -> None:
    """Else the colours of one shade would be measured twice."""
    page = """<html><style>:root { color-scheme: light dark; } body { background: #fff; color: #111; }
    @media (prefers-color-scheme: dark) { p { color: #111; background: #222; } }</style><body><p>words</p></body></html>"""
    shades = {dark: look(page, dark=dark, pictures=tmp_path / "page")[320].faint for dark in (False, True)}
    assert shades[False] == ()
    assert len(shades[True]) == 1
