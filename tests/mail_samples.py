"""Digests as mails tell them: with activity, deadlines, the same story elsewhere, and entries that a cap left out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import digest_samples
import edition_samples

from monitor.core.deliveries import Dispatch, Occasion, Output
from monitor.core.digests import Activity, Digest, Related
from monitor.outputs import email

ANNA = "anna@example.org"
SENDER = "政策监测 <monitor@policy.example.org>"
PLANNED_AT = "2026-10-18T00:30:00Z"
MESSAGE_ID = "<5b0f1c2d3e4f5a6b7c8d9e0f1a2b3c4d@policy.example.org>"

# Nothing, single items, a busy week, and a day that no bar can show to scale.
_SPECTRUM = (0,) * 9 + (1, 0, 0, 1, 2, 0, 0, 3, 5, 4, 2, 1, 0, 0, 0, 1, 0, 0, 0, 0, 1)
_OPEN_RAN = (0,) * 21 + (1, 0, 0, 0, 0, 0, 0, 0, 2)
_FLOOD = (0,) * 12 + (240, 3, 0, 11, 1) + (0,) * 13


def activity(subject: str, name: str, zh: str, days: tuple[int, ...]) -> Activity:
    return Activity(subject=subject, name=name, zh=zh, days=days)


_spectrum, _research, _japan, _quiet = edition_samples.WINDOW.sections
WINDOW = replace(
    edition_samples.WINDOW,
    sections=(
        replace(
            _spectrum,
            omitted=14,
            activity=(
                activity("spectrum", "Spectrum for 6G", "六代频谱", _SPECTRUM),
                activity("open-ran", "Open RAN", "开放无线接入网", _OPEN_RAN),
                activity("ict", "ICT supply chain", "信息通信供应链", _FLOOD),
                activity("never", "Never seen", "", (0,) * 30),
            ),
        ),
        _research,
        replace(_japan, activity=(activity("jp-beyond-5g", "Beyond 5G 推進", "", _OPEN_RAN),)),
        _quiet,
    ),
    sources=digest_samples.DAILY.sources,
    notices=("mail:bo@example.org: daily-2026-10-17 was given up (550 no such mailbox); `monitor digest` prints what it told",),
)  # fmt: skip
_STORIES = tuple(
    Related(key=f"x:{n}", title=f"Another paper on sharing, number {n}", url=f"https://a.example/{n}", source="news")
    for n in range(5)
)  # fmt: skip
CROWD = replace(
    WINDOW,
    sections=(
        replace(_spectrum, entries=(replace(edition_samples.SHARING, related=_STORIES),), error="watchlists/spectrum.toml: line 3: a stray quote"),
    ),
)  # fmt: skip


def hostile() -> Digest:
    """Everything that a publisher could send, in every place that a mail shows."""
    whole = edition_samples.hostile()
    return replace(
        whole,
        sections=tuple(
            replace(section, error=words, omitted=3, activity=(activity(words, words, words, _FLOOD),))
            for section, words in zip(whole.sections, edition_samples.NASTY, strict=True)
        ),
        notices=edition_samples.NASTY,
        sources=digest_samples.HOSTILE.sources,
    )


def dispatch(
    occasion: Occasion = "daily",
    *,
    repeat: bool = False,
    recipient: str = ANNA,
    output: str = "mail",
    language: Any = "en",
    message_id: str = MESSAGE_ID,
    **options: Any,
) -> Dispatch:
    given = {"sender": SENDER, "to": (recipient,), **options}
    return Dispatch(
        output=Output(
            id=f"{output}:{recipient.lower()}",
            kind="email",
            recipient=recipient,
            timezone="Asia/Shanghai",
            language=language,
            options=email.Options(**given),
        ),
        delivery="daily-2026-10-18",
        occasion=occasion,
        message_id=message_id,
        planned_at=PLANNED_AT,
        repeat=repeat,
    )
