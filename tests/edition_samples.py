"""Digests as feeds and calendars are given them: a window of days, with deadlines that are stated, moved and taken back."""

from __future__ import annotations

from dataclasses import replace

import digest_samples as samples

from monitor.core.bills import Stage
from monitor.core.deliveries import Dispatch, Occasion, Output
from monitor.core.digests import Deadline, Digest, Related, Section

PLANNED_AT = "2026-10-18T00:30:00Z"
LEADING_EQUALS = '=HYPERLINK("https://evil.example","x")'
EMOJI = "\U0001f468\u200d\U0001f469\u200d\U0001f467 antennas \U0001f4e1 1\ufe0f\u20e3"
HUGE = "x" * 5_000 + " " + "長" * 5_000
NASTY = (*samples.NASTY, LEADING_EQUALS, EMOJI, HUGE, "DTSTART:19700101\r\nBEGIN:VALARM\r\nACTION:AUDIO")

COMMENTS = Deadline(
    what="comments close",
    when="2026-12-01",
    moved_from="2026-11-16",
    quote="Comments are due on or before December 1, 2026.",
    position=1360,
    moves=1,
)
REPLIES = Deadline(what="reply comments close", when="2026-12-31", position=1204)
PROPOSALS = Deadline(
    what="full proposals", when="2027-01-15T22:00:00Z", quote="5 p.m. submitter's local time"
)
MEETING = Deadline(what="meeting", when="2027-03-14T09:30:00-04:00", position=1300)

SHARING = replace(
    samples.SHARING,
    summary="Federal and other users are to share the lower part of the band; who may go where is asked.",
    deadlines=(COMMENTS, REPLIES),
    related=(
        Related(
            key="fcc:FCC-26-31",
            title="FCC seeks comment on sharing 37 GHz",
            url="https://docs.fcc.gov/public/attachments/FCC-26-31A1.pdf",
            source="fcc-edocs",
        ),
    ),
)
CALL = replace(samples.VINES_CALL, deadlines=(PROPOSALS,))
GONE = replace(samples.GONE, deadlines=(MEETING,))
BILL = replace(
    samples.S_1169,
    origin="live",
    changes=tuple(
        replace(change, origin="live", recorded_at=f"2026-10-1{5 + place}T02:00:00Z", position=1210 + place)
        for place, change in enumerate(samples.S_1169.changes)
    ),
    stage=Stage(
        name="reported",
        since="2021-05-10",
        text="reported 2021-05-10; Calendar No. 50",
        path=("introduced", "reported"),
    ),
)

WINDOW = samples.digest(
    Section(id="spectrum", title="Spectrum & <bands>", priority="high", entries=(SHARING, GONE, BILL)),
    Section(
        id="us-6g-research",
        title="US 6G research money",
        priority="normal",
        entries=(CALL, *samples.BEFORE[:3], samples.LATE),
    ),
    Section(id="japan", title="日本の 6G 政策", priority="normal", entries=(samples.JAPANESE, SHARING)),
    Section(id="quiet", title="Nothing here", priority="low", entries=()),
    period=replace(samples.DAILY.period, since="2026-09-18T00:30:00Z", until=PLANNED_AT),
)
EMPTY = samples.digest(Section(id="quiet", title="Nothing here", priority="low", entries=()))


def hostile() -> Digest:
    """Everything that a publisher could send, in every place that a feed or a calendar shows."""
    return samples.digest(
        *(
            Section(id=f"nasty-{place}", title=words, priority="normal", entries=(_nasty(words),))
            for place, words in enumerate(NASTY)
        )
    )


def _nasty(words: str):
    change = samples.change(
        "revised",
        "2026-10-17",
        text=words,
        fields=(samples.FieldChange(field=words, old=words, new=f"new {words}"),),
    )
    return samples.entry(
        f"nasty:{words}",
        words,
        change,
        reasons=(samples.reason(words, samples.evidence(words, term=words, rule=words, score=9), name=words, zh=words),),
        url=f"https://a.example/{words[:500]}",
        source=words,
        summary=words,
        stage=Stage(name=words, since=words, text=words, path=(words, words)),
        deadlines=(Deadline(what=words, when="2026-12-01", moved_from=words, quote=words),
                   Deadline(what="unread", when=words)),
        related=(Related(key=words, title=words, url=f"javascript:{words}", source=words),),
    )  # fmt: skip


def dispatch(
    kind: str, options: object, occasion: Occasion = "edition", planned_at: str = PLANNED_AT
) -> Dispatch:
    return Dispatch(
        output=Output(id=f"my-{kind}", kind=kind, options=options),
        delivery="2026-10-18-1",
        occasion=occasion,
        message_id="<1@monitor.example>",
        planned_at=planned_at,
    )
