"""The zoo: the interfaces of GovInfo, the FCC, NSF, Grants.gov and Regulations.gov."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from nsf_service import AwardService, award
from webserver import Asked, Reply
from zoo import (
    NO_NEWS,
    WITH_KEY,
    Behaviour,
    Configured,
    Keeper,
    Poll,
    Serve,
    Then,
    answered,
    entry,
    failed,
    feed,
    queries,
    query_of,
)

PLACE = "/bulkdata/BILLSTATUS/119/hr/BILLSTATUS-119hr{}.xml"
SITE = "https://www.govinfo.gov"
MAPS = "/sitemap/bulkdata/BILLSTATUS"
BULK = Configured(id="bulk", kind="billstatus", path="/", keys={"congresses": "[119]", "types": '["hr"]'})


def sitemaps(**updated: str) -> dict[str, Reply]:
    """GovInfo's sitemaps of three bills, by number, each with its `lastmod`."""
    root = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
    index = (
        f"<sitemapindex {root}><sitemap><loc>{SITE}{MAPS}/119hr/sitemap.xml</loc></sitemap></sitemapindex>"
    )
    urls = "".join(
        f"<url><loc>{SITE}{PLACE.format(number)}</loc><lastmod>{updated.get(f'hr{number}', '2025-05-01T00:00:00Z')}</lastmod></url>"
        for number in (1, 2, 3)
    )
    return {
        f"{MAPS}/sitemapindex.xml": Reply(body=index.encode()),
        f"{MAPS}/119hr/sitemap.xml": Reply(body=f"<urlset {root}>{urls}</urlset>".encode()),
    }


def file_of(number: int, title: str = "An act") -> Reply:
    """A bill's file."""
    return Reply(
        body=(
            f"<billStatus><version>3.0.0</version><bill><number>{number}</number><type>HR</type><congress>119</congress>"
            f"<title>{title}</title><introducedDate>2025-02-15</introducedDate></bill></billStatus>"
        ).encode()
    )


def filing(number: int, received: str) -> dict[str, Any]:
    """A filing in a docket."""
    return {
        "id_submission": f"2611006{number:04}",
        "date_received": received,
        "date_disseminated": "2025-06-02T19:00:32.598Z",
        "submissiontype": {"description": "COMMENT", "abbreviation": "CO"},
        "filers": [{"name": f"Filer {number}"}],
        "proceedings": [{"name": "21-186"}],
    }


def filings(*each: dict[str, Any]) -> Serve:
    """ECFS with these filings."""
    return lambda _: answered({"filing": each, "aggregations": {}})


def _overlap(keeper: Keeper) -> None:
    _, later = queries(keeper, "/ecfs/filings")
    assert later["date_received"][0].startswith("[gte]2025-05-26[lte]")


def _eastern(keeper: Keeper) -> None:
    _, later = queries(keeper, "/v4/documents")
    assert later["filter[lastModifiedDate][ge]"] == ["2025-05-31 21:00:00"]


AWARDS = AwardService([award(number, date(2025, 6, 1) - timedelta(days=number % 60)) for number in range(90)])
LATER_AWARDS = AwardService([*AWARDS.awards, award(999, date(2025, 4, 2))])
DIGEST = b"<!DOCTYPE html><html><head><title>Daily Digest</title></head><body><h1>Daily Digest</h1><ul>%s</ul></body></html>"
RELEASE = b'<li>SPECTRUM ORDER. WTB. <a href="https://docs.fcc.gov/public/attachments/DA-25-1A1.pdf">DA-25-1A1.pdf</a></li>'
EDOCS = entry(1, "Spectrum Order", guid="", link="https://docs.fcc.gov/public/attachments/DA-25-1A1.pdf")


def edocs(rss: Reply) -> Serve:
    """The feed as given, and digests of which that of Friday 30 May 2025 names a document."""

    def serve(asked: Asked) -> Reply:
        if asked.path == "/rss/":
            return rss
        return Reply(body=DIGEST % (RELEASE if asked.path.endswith("/2025/05/30") else b""))

    return serve


def packages(last_modified: str) -> Serve:
    """GovInfo's collection of five bills, two a page; marks lead from page to page."""

    def serve(asked: Asked) -> Reply:
        (mark,) = query_of(asked)["offsetMark"]
        start = 0 if mark == "*" else int(mark)
        following = f"https://api.govinfo.gov{asked.path}?offsetMark={start + 2}&pageSize=1000"
        told = [
            {"packageId": f"BILLS-119hr{number}ih", "lastModified": last_modified, "title": f"Bill {number}"}
            for number in range(start + 1, min(start + 3, 6))
        ]
        return answered({"count": 5, "nextPage": following if start < 4 else None, "packages": told})

    return serve


def posts(*numbers: int, total: int, pages: int) -> Reply:
    """A page of a blog's posts."""
    told = [
        {
            "id": number,
            "guid": {"rendered": f"https://blog.example/?p={number}"},
            "link": f"https://blog.example/post-{number}/",
            "title": {"rendered": f"R&amp;#038;D, part {number}"},
            "date_gmt": "2025-05-30T10:00:00",
            "modified_gmt": "2025-05-30T10:00:00",
        }
        for number in numbers
    ]
    counted = {"X-WP-Total": str(total), "X-WP-TotalPages": str(pages)}
    return replace(answered(told), headers=counted)


def blog(asked: Asked) -> Reply | None:
    """A blog of three posts, two a page."""
    page = query_of(asked)["page"][0]
    return posts(3, 2, total=3, pages=2) if page == "1" else posts(1, total=3, pages=2)


def closed_blog(asked: Asked) -> Reply | None:
    """The same, with its API switched off; its feed shows what is new."""
    return Reply(status=401) if asked.path.startswith("/wp-json/") else feed(*map(_blogged, (4, 3, 2)))


def _blogged(number: int) -> str:
    guid, link = f"https://blog.example/?p={number}", f"https://blog.example/post-{number}/"
    return entry(
        number, f"R&amp;amp;D, part {number}", guid=guid, link=link, date="Fri, 30 May 2025 10:00:00 GMT"
    )


def listed(*names: str, first_id: int) -> Reply:
    """The screening list, with an id for every two rows."""
    columns = (
        "_id,source,entity_number,type,programs,name,addresses,federal_register_notice,start_date,"
        "license_requirement,license_policy,remarks,source_list_url,alt_names"
    )
    rows = [
        f"{first_id + n // 2},Entity List (EL),,Entity,,{name},,,2025-05-20,,,,,"
        for n, name in enumerate(names)
    ]
    return Reply(body="\n".join([columns, *rows, ""]).encode(), headers={"Content-Type": "text/csv"})


BEHAVIOURS = (
    Behaviour(
        name="marks lead through a collection to its end, and what is only republished is no revision",
        says="govinfo: follow nextPage; lastModified is not sorted, and moves when all is republished",
        sources=(
            Configured(id="gpo", kind="govinfo", path="/api", keys={"collections": '["BILLS"]', **WITH_KEY}),
        ),
        polls=(
            Poll(serve=packages("2025-05-20T06:51:38Z"), then=Then(new=5, asked=3)),
            Poll(serve=packages("2025-06-01T06:51:38Z"), then=Then(outcome="unchanged", asked=3)),
        ),
    ),
    Behaviour(
        name="a blog that closes its interface is read by its feed, and no post comes twice",
        says="ustda.gov: WordPress: X-WP-Total tells whether all came; the guid ?p=ID is that of the feed",
        sources=(Configured(id="blog", kind="wordpress", path="/"),),
        polls=(
            Poll(serve=blog, then=Then(new=3, asked=2)),
            Poll(
                serve=closed_blog,
                then=Then(outcome="covered", new=1, said="SourceFailed covered", state="degraded", asked=2),
            ),
            Poll(serve=blog, then=Then(outcome="unchanged", said="SourceRecovered", asked=2)),
        ),
    ),
    Behaviour(
        name="rows are told apart by what they say where ids are not unique",
        says="Entity List: 25,918 rows under 25,822 ids, made anew with the file; a row that is gone twice is withdrawn",
        sources=(Configured(id="csl", kind="screening_list", path="/csl.csv"),),
        polls=(
            Poll(answers={"/csl.csv": listed("One", "Two", "Three", first_id=1)}, then=Then(new=3)),
            Poll(answers={"/csl.csv": listed("Three", "Two", "One", first_id=9)}, then=NO_NEWS),
            Poll(answers={"/csl.csv": listed("Three", "One", first_id=20)}, then=NO_NEWS),
            Poll(answers={"/csl.csv": listed("Three", "One", first_id=30)}, then=Then(withdrawn=1)),
        ),
    ),
    Behaviour(
        name="a file is asked for when its sitemap says so, and again when it is being made",
        says="BILLSTATUS: sitemaps with lastmod; 503 with Retry-After while files are generated",
        sources=(BULK,),
        polls=(
            Poll(
                answers={
                    **sitemaps(),
                    PLACE.format(1): file_of(1),
                    PLACE.format(2): (Reply(status=503, headers={"Retry-After": "1"}), file_of(2)),
                    PLACE.format(3): file_of(3),
                },
                then=Then(new=3, asked=6),
            ),
            Poll(then=Then(outcome="unchanged", asked=2)),
            Poll(
                answers={**sitemaps(hr2="2025-06-01T00:00:00Z"), PLACE.format(2): file_of(2, "Another act")},
                then=Then(revised=1, asked=3),
            ),
        ),
    ),
    Behaviour(
        name="filings that are shown days after their receipt are found",
        says="ECFS: dissemination is batched: a cursor by date_received misses rows; 7 days of overlap, ids decide",
        sources=(
            Configured(
                id="filings", kind="fcc_ecfs", path="/ecfs", keys={"dockets": '["21-186"]', **WITH_KEY}
            ),
        ),
        polls=(
            Poll(serve=filings(filing(1, "2025-06-01T17:15:11.157Z")), then=Then(new=1)),
            Poll(
                serve=filings(filing(1, "2025-06-01T17:15:11.157Z"), filing(2, "2025-05-28T17:15:11.157Z")),
                then=Then(new=1),
            ),
        ),
        check=_overlap,
    ),
    Behaviour(
        name="a feed that is down is covered by another way to its news",
        says="FCC EDOCS: 504 for days; reconcile with the Daily Digest by date",
        sources=(Configured(id="fcc", kind="fcc_edocs", path="/rss", keys={"digest_url": '"{url}/digest"'}),),
        polls=(
            Poll(serve=edocs(feed()), then=NO_NEWS),
            Poll(
                serve=edocs(Reply(status=504)),
                then=Then(outcome="covered", new=1, said="SourceFailed covered", state="degraded", asked=2),
                says="its news was read another way",
            ),
            Poll(serve=edocs(feed(EDOCS)), then=Then(revised=1, said="SourceRecovered")),
        ),
    ),
    Behaviour(
        name="long results that repeat rows in place of others are walked in short windows",
        says="NSF awards: hard cap 25, duplicates displace rows beyond some 60, awards are back-filled for weeks",
        sources=(Configured(id="awards", kind="nsf_awards", path="/services/v1"),),
        polls=(
            Poll(serve=AWARDS.reply, then=Then(new=90, asked=10)),
            Poll(serve=LATER_AWARDS.reply, then=Then(new=1, asked=10)),
        ),
    ),
    Behaviour(
        name="an error code under status 200 is an error",
        says="grants.gov: check errorcode, not only HTTP",
        sources=(Configured(id="grants", kind="grants_gov", path="/v1/api"),),
        polls=(
            Poll(
                serve=lambda _: answered(
                    {"errorcode": 1, "msg": "Webservice Failed", "data": {"hitCount": 0, "oppHits": []}}
                ),
                then=failed("not-understood", "degraded"),
                says="Webservice Failed",
            ),
        ),
    ),
    Behaviour(
        name="a filter is in the zone in which its publisher reads it",
        says="regulations.gov: filters are in US Eastern, replies in UTC",
        sources=(
            Configured(
                id="dockets", kind="regulations_gov", path="/v4", keys={"agencies": '["NTIA"]', **WITH_KEY}
            ),
        ),
        polls=(
            Poll(
                serve=lambda _: answered({"data": [], "meta": {"totalElements": 0, "hasNextPage": False}}),
                then=NO_NEWS,
            ),
            Poll(then=NO_NEWS),
        ),
        check=_eastern,
    ),
)
