"""Digests for tests of how they read: true facts in our own words, and hostile ones."""

from __future__ import annotations

from dataclasses import replace

from monitor.core.bills import Stage
from monitor.core.digests import (
    Activity,
    Change,
    Deadline,
    Digest,
    Entry,
    Period,
    Reason,
    Related,
    Section,
    SourceLine,
)
from monitor.core.evidence import Evidence, FieldChange

HEAD = "9f2c5b1e7ad04386c1e8f05d7b3a9264e8d1c07f5a2b6394d8e7f1a0b3c5d926"
SHANGHAI = "Asia/Shanghai"


def evidence(
    quote: str, *, field: str = "title", term: str = "", rule: str = "phrase", score: int = 100
) -> Evidence:
    return Evidence(
        field=field, start=0, end=len(quote), quote=quote, term=term or quote, rule=rule, score=score
    )


def reason(subject: str, *found: Evidence, name: str = "", zh: str = "") -> Reason:
    return Reason(subject=subject, name=name, zh=zh, score=100, evidence=found)


def change(
    kind: str = "new", occurred: str = "", *, at: str = "2026-10-18T00:10:00Z", origin: str = "live", **more
) -> Change:
    return Change(
        kind=kind, position=more.pop("position", 7), occurred=occurred, recorded_at=at, origin=origin, **more
    )


def entry(key: str, title: str, *changes: Change, reasons: tuple[Reason, ...] = (), **more) -> Entry:
    last = changes[-1]
    given = {
        "key": key, "kind": "notice", "title": title, "title_zh": "", "url": "", "source": "nsf-news",
        "change": last.kind, "origin": last.origin, "occurred": last.occurred, "recorded_at": last.recorded_at,
        "changes": changes, "reasons": reasons,
    }  # fmt: skip
    return Entry(**(given | more))


def source(id_: str, state: str = "ok", last: str = "2026-10-17T23:40:00Z", **more: str) -> SourceLine:
    return SourceLine(id=id_, kind="feed", state=state, last_good_at=last, **more)


def digest(*sections: Section, **more) -> Digest:
    given = {
        "period": Period(
            since="2026-10-17T00:00:00Z", until="2026-10-18T00:30:00Z", clock="recorded", timezone=SHANGHAI
        ),
        "position": 1371, "first_position": 1204, "last_position": 1368, "head": HEAD, "sections": sections,
        "sources": (source("congress-bills"), source("nsf-news", last="2026-10-17T18:00:00Z")),
    }  # fmt: skip
    return Digest(**(given | more))


VINES = reason(
    "nsf-vines",
    evidence("Intelligent Network Systems"),
    evidence("NSF 25-539", field="identifiers", rule="citation"),
    name="NSF VINES",
    zh="6G 垂直领域智能网络系统",
)
WIRELESS = reason(
    "wireless-leadership-act",
    evidence("WIRELESS Leadership Act", field="titles"),
    name="WIRELESS Leadership Act",
    zh="无线领导力法案",
)
BEYOND_5G = reason(
    "jp-beyond-5g",
    evidence("第６世代", term="6G"),
    evidence("Beyond 5G", field="summary"),
    name="Beyond 5G 推進",
)

HR_1060 = entry(
    "bill:117-hr-1060",
    "Winning the International Race for Economic Leadership and Expanding Service to Support Leadership Act",
    change("new", "2021-02-15", origin="backfill"),
    reasons=(WIRELESS,),
    url="https://www.congress.gov/bill/117th-congress/house-bill/1060",
    source="billstatus-117",
    kind="bill",
    stage=Stage(name="introduced", since="2021-02-15", text="introduced 2021-02-15", path=("introduced",)),
)
S_1169 = entry(
    "bill:117-s-1169",
    "Strategic Competition Act of 2021",
    change("new", "2021-04-15", origin="backfill"),
    change(
        "moved",
        "2021-04-15",
        origin="backfill",
        text="Read twice and referred to the Committee on Foreign Relations.",
    ),
    change(
        "moved",
        "2021-05-10",
        origin="backfill",
        text="Committee on Foreign Relations. Reported by Senator Menendez with an amendment in the nature of a substitute. Without written report.",
    ),
    change(
        "moved",
        "2021-05-10",
        origin="backfill",
        text="Placed on Senate Legislative Calendar under General Orders. Calendar No. 50.",
    ),
    reasons=(
        reason(
            "strategic-competition",
            evidence("S. 1169", field="identifiers", rule="citation"),
            name="Strategic Competition Act",
            zh="战略竞争法案",
        ),
        reason(
            "us-japan-5g",
            evidence("Japan", field="summary"),
            evidence("5G", field="summary"),
            name="US–Japan 5G cooperation",
        ),
    ),
    url="https://www.congress.gov/bill/117th-congress/senate-bill/1169",
    source="billstatus-117",
    kind="bill",
    change="new",
    stage=Stage(
        name="reported",
        since="2021-05-10",
        text="reported 2021-05-10; Calendar No. 50",
        path=("introduced", "reported"),
    ),
)

SPRING = digest(
    Section(
        id="wireless-bills-117", title="Wireless bills, 117th Congress", priority="normal", entries=(HR_1060,)
    ),
    Section(id="us-japan", title="US–Japan measures on 5G", priority="high", entries=(S_1169, HR_1060)),
    Section(id="us-6g-research", title="US 6G research money", priority="normal", entries=()),
    period=Period(
        since="2021-01-31T16:00:00Z", until="2021-05-31T16:00:00Z", clock="occurred", timezone=SHANGHAI
    ),
    sources=(source("billstatus-117"),),
)

VINES_CALL = entry(
    "nsf:25-539",
    "Verticals-enabling Intelligent Network Systems (VINES)",
    change("new", "2025-05-09", origin="baseline", at="2026-10-16T01:00:00Z"),
    change(
        "revised",
        "",
        fields=(
            FieldChange(
                field="details",
                old={"status": "open", "deadline": "2025-08-11"},
                new={"status": "open", "deadline": "2025-09-15"},
            ),
            FieldChange(
                field="summary",
                old="The programme invites proposals on intelligent network systems for vertical sectors, with a deadline in August and awards in three tracks of different size.",
                new="The programme invites proposals on intelligent, resilient network systems for vertical sectors, with a deadline in September and awards in three tracks.",
            ),
        ),
        significance="substantive",
    ),
    reasons=(VINES, reason("next-g", evidence("NextG", field="summary"), name="Next G")),
    url="https://www.nsf.gov/funding/opportunities/vines-verticals-enabling-intelligent-network-systems/nsf25-539/solicitation",
    source="nsf-funding",
    origin="live",
)
JAPANESE = entry(
    "soumu-rss:https://www.soumu.go.jp/x/000123.html",
    "「Beyond 5G 推進戦略」の改定案に対する意見募集の結果及び第６世代移動通信システム（６Ｇ）に関する国際連携の強化の公表",
    change("new", "2026-10-17T05:00:00Z"),
    reasons=(BEYOND_5G,),
    url="https://www.soumu.go.jp/menu_news/s-news/01tsushin01_02000400.html",
    source="soumu-rss",
)
RETITLED = entry(
    "frdoc:2026-18231",
    "Resilient Networks; Open Radio Access",
    change(
        "revised",
        "2026-10-17",
        fields=(
            FieldChange(field="title", old="Resilient Networks", new="Resilient Networks; Open Radio Access"),
        ),
        significance="metadata",
    ),
    reasons=(reason("open-ran", evidence("Open Radio Access"), name="Open RAN", zh="开放无线接入网"),),
    url="https://www.federalregister.gov/d/2026-18231",
    source="fr-fcc",
)
GONE = entry(
    "fcc:DA-26-123",
    "Bureau seeks comment on the upper mid-band",
    change("withdrawn", "2026-10-17", text="the publisher's list no longer holds it"),
    reasons=(
        reason(
            "open-ran",
            evidence("mid-band", term="midband", rule="fuzzy", score=93),
            name="Open RAN",
            zh="开放无线接入网",
        ),
    ),
    url="https://docs.fcc.gov/public/attachments/DA-26-123A1.pdf",
    source="fcc-edocs",
)
LATE = entry(
    "nsf-news:late",
    "",
    change("new", "2026-08-01"),
    reasons=(reason("next-g", evidence("Next G", field="summary"), name="Next G"),),
    url="https://www.nsf.gov/news/late-item",
)
SHARING = entry(
    "frdoc:2026-18299",
    "Sharing the Lower 37 Gigahertz Band between Federal and other Users; Use of the Bands above 24 Gigahertz",
    change("new", "2026-10-17"),
    reasons=(reason("spectrum", evidence("Gigahertz Band"), name="Spectrum for 6G", zh="六代频谱"),),
    url="https://www.federalregister.gov/d/2026-18299",
    source="fr-fcc",
)
BEFORE = tuple(
    entry(
        f"nsf:{20 + n % 6}-{500 + n}",
        f"An earlier call for network research, number {n}, whose name goes on for longer than a line of a terminal can hold",
        change("new", f"20{20 + n % 6}-03-{n + 1:02}", origin="baseline"),
        reasons=(VINES,),
        url=f"https://www.nsf.gov/nsf{n}",
    )
    for n in range(17)
)

DAILY = digest(
    Section(
        id="us-6g-research",
        title="US 6G research money",
        priority="normal",
        entries=(VINES_CALL, *BEFORE, LATE),
    ),
    Section(id="japan", title="日本の 6G 政策", priority="normal", entries=(JAPANESE,)),
    Section(id="fcc", title="FCC and spectrum", priority="high", entries=(RETITLED, GONE, VINES_CALL)),
    Section(id="wireless-bills-119", title="Wireless bills, 119th Congress", priority="low", entries=()),
    Section(
        id="standards",
        title="5G, 6G and their standards",
        priority="low",
        entries=(SHARING, JAPANESE, replace(HR_1060, origin="live")),
    ),
    sources=(
        source("congress-bills"),
        source(
            "fcc-edocs",
            "failing",
            "2026-10-16T17:55:00Z",
            since="2026-10-16T18:10:00Z",
            detail="HTTP 503 from www.fcc.gov",
        ),
        source("nsf-news", last="2026-10-17T18:00:00Z"),
        source(
            "soumu-rss",
            "gap",
            since="2026-10-17T04:00:00Z",
            detail="the window turned over: 15 entries, none seen before",
        ),
        source("ntia-blog", "new", ""),
    ),
    notices=("watchlists/quantum.toml could not be read; its last good revision is in force.",),
)
QUIET = digest(
    Section(id="us-6g-research", title="US 6G research money", priority="normal", entries=()),
    Section(id="japan", title="日本の 6G 政策", priority="normal", entries=()),
    first_position=0,
    last_position=0,
    sources=(
        *(source(name) for name in ("congress-bills", "federal-register", "nsf-news", "soumu-rss")),
        source("fcc-edocs", "failing", "", detail="no answer from www.fcc.gov"),
    ),
)
# All that may stand beside an entry: what is due and was moved, who tells it too, its summary, other watchlists that
# caught it, a bill's way, what subjects recognised in the last month, and what a cap left out.
FULL = digest(
    Section(
        id="fcc",
        title="FCC and spectrum",
        priority="high",
        entries=(
            replace(
                SHARING,
                summary="Federal and other users are to share the lower part of the band. The Commission asks who may go"
                " where, who coordinates, and whether licences of light touch fit rural networks better.",
                deadlines=(
                    Deadline(what="comments close", when="2026-10-22", moved_from="2026-10-12", moves=1),
                    Deadline(what="reply comments close", when="2026-12-31", quote="45 days after that"),
                ),
                related=tuple(
                    Related(
                        key=f"news:{n}",
                        title=f"Lower 37 GHz band to be shared between Federal and other users, says report {n}",
                        url=f"https://www.example.org/news/{n}",
                        source=f"trade-press-{n}",
                    )
                    for n in range(5)
                ),
                reasons=(
                    *SHARING.reasons,
                    reason("open-ran", evidence("other Users"), name="Open RAN"),
                    replace(VINES, watchlist="US 6G research money"),
                    replace(BEYOND_5G, watchlist="日本の 6G 政策"),
                    replace(WIRELESS, watchlist="Wireless bills, 119th Congress"),
                ),
            ),
            replace(RETITLED, deadlines=(Deadline(what="comments close", when="2026-09-30"),)),
            replace(S_1169, origin="live", changes=tuple(replace(c, origin="live") for c in S_1169.changes)),
            replace(
                HR_1060, origin="live", changes=tuple(replace(c, origin="live") for c in HR_1060.changes)
            ),
        ),
        activity=(
            Activity(subject="spectrum", name="", zh="", days=(*(0, 1, 0, 2, 5) * 5, 0, 0, 12, 3, 1)),
            Activity(subject="open-ran", name="", zh="", days=(*(0,) * 29, 1)),
        ),
        omitted=14,
    ),
    Section(id="us-6g-research", title="US 6G research money", priority="normal", entries=()),
    Section(id="japan", title="日本の 6G 政策", priority="normal", entries=()),
    Section(
        id="passing",
        title="In passing",
        priority="low",
        entries=(replace(LATE, deadlines=(Deadline(what="applications close", when="2026-11-30"),)),),
    ),
)
NASTY = (
    "\x1b[31mred\x1b[0m \x1b]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\ \x9b2J\x07",
    "left \u202eright\u202c \u2066isolate\u2069 \u200bzero\u200d\ufeff \u00adsoft \U000e0041tag",
    "<script>alert(1)</script><img src=x onerror=alert(1)> &lt;b&gt; </title></style>",
    "[link](javascript:alert(1)) ![image](https://evil.example/x.png) `code` **bold** <https://evil.example> # head",
    "[red]rich[/red] [link=https://evil.example]x[/link]",
    "one\r\ntwo\nthree\u2028four\u2029five\x85six\x00seven",
    "e\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301",
    "1. a list\n- another\n===\n---\n```\nfence",
    "very long " * 200,
    "無空白" * 300,
)
HOSTILE = digest(
    *(
        Section(
            id=f"nasty-{n}",
            title=words,
            priority="normal",
            entries=(
                entry(
                    f"nasty:{words}",
                    words,
                    change(
                        "revised", "", fields=(FieldChange(field="title", old=words, new=f"new {words}"),)
                    ),
                    reasons=(
                        reason("s", evidence(words, term=words, rule=words, score=9), name=words, zh=words),
                    ),
                    url=f"https://a.example/{words}",
                    source=words,
                ),
            ),
        )
        for n, words in enumerate(NASTY)
    ),
    sources=(source("nasty", "failing", detail=NASTY[0]), source(NASTY[1])),
    notices=NASTY,
)
