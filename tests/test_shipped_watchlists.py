"""The watchlists that we ship: they are sound, they cover the catalogue, and they tell like from unlike."""

from __future__ import annotations

import re
import tarfile
import tomllib
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import pytest

from monitor.core.dates import parse_when
from monitor.core.exchange import Request, Response, Source
from monitor.core.items import Item
from monitor.core.matching.matcher import Matcher, compile_watchlists, document_of
from monitor.core.watchlists import Term, Watchlist, parse_watchlist
from monitor.sources import billstatus

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted((ROOT / "watchlists").glob("*.toml"))
# Subjects that stand in two watchlists: by what matters, and by every mention.
MENTIONED = {"dfc", "exim", "ustda"}


@cache
def shipped() -> tuple[Watchlist, ...]:
    return tuple(
        parse_watchlist(file.read_text(encoding="utf-8"), file=f"watchlists/{file.name}") for file in FILES
    )


@cache
def matcher() -> Matcher:
    return compile_watchlists(shipped())


@cache
def seeds() -> dict[str, dict[str, object]]:
    files = sorted((ROOT / "seeds").glob("*.toml"))
    return {
        subject["id"]: subject
        for file in files
        for subject in tomllib.loads(file.read_text(encoding="utf-8"))["subject"]
    }


def recognised(item: Item) -> set[str]:
    return {match.subject for match in matcher().match(document_of(item))}


def headline(title: str, *, summary: str = "", published: str = "2026-03-02") -> Item:
    return Item(
        key="wire:1", kind="news", title=title, summary=summary, published=parse_when(published, zone="UTC")
    )


# What each subject must recognise, and like-looking wording that it must not. Made-up headlines in our own words.
FOUND = [
    ("nsf-vines", "NSF opens second round of VINES awards for 6G verticals"),
    ("nsf-vines", "Solicitation NSF 25‑539: questions and answers"),
    ("nsf-vines", "Webinar on Verticals enabling Intelligent Network Systems"),
    ("nsf-vines", "芬兰加入美国“垂直领域智能网络系统”项目"),
    ("nsf-rings", "What came out of the NSF RINGS programme"),
    ("hr1060-wireless-leadership-act", "Committee takes up the WIRELESS Leadership Act"),
    ("hr1060-wireless-leadership-act", "H.R. 1060 (117th Congress) gains a cosponsor"),
    ("hr1060-wireless-leadership-act", "拉塔议员重提无线领导法案"),
    ("promoting-us-wireless-leadership-act", "House passes Promoting United States Wireless Leadership Act"),
    ("promoting-us-wireless-leadership-act", "Promoting US Wireless Leadership Act is back"),
    ("promoting-us-wireless-leadership-act", "促进美国无线领导力法案再次提出"),
    ("s1169-strategic-competition-act", "Menendez on the Strategic Competition Act of 2021"),
    ("s1169-section-209", "What section 209 of the Strategic Competition Act asks of State"),
    ("us-wireless-standards-legislation", "Senators want more Americans in 5G standards-setting bodies"),
    ("us-wireless-standards-legislation", "美议员提案加强参与无线通信标准制定"),
    ("house-5g-caucus", "Congressional 5G Caucus names a new co-chair"),
    ("secure-5g-and-beyond-act", "Five years of Public Law 116-129"),
    ("next-g-alliance", "NextG Alliance welcomes two universities"),
    ("next-g-alliance", "Next G 联盟发布频谱白皮书"),
    ("next-g-alliance", "Next Gアライアンス、新議長を選出"),
    ("iown-global-forum", "IOWN Global Forum, Sydney meeting"),
    ("iown-global-forum", "IOWNグローバルフォーラムの新しい仕様"),
    ("6g-principles-statement", "Two more governments join the principles for 6G"),
    ("us-japan-core", "日米競争力・強靱性パートナーシップの成果文書"),
    ("us-rok-sed", "Seoul hosts ROK-U.S. Senior Economic Dialogue"),
    ("us-rok-sed", "한미 고위급 경제협의회 개최"),
    ("eu-us-ttc", "EU-U.S. Trade and Technology Council: is anybody there?"),
    ("quad", "Quad Leaders to meet in Delhi"),
    ("quad", "日米豪印の外相が会談"),
    ("palau-open-ran", "Palau picks Open RAN vendors"),
    ("6g", "ＮＴＴドコモ、６Ｇの実験を公開"),
    ("6g", "Sixth-generation wireless: a primer"),
    ("6g-standardisation", "3GPP begins normative 6G work in Release 21"),
    ("5g", "Auction pays for rural 5G networks"),
    ("open-ran", "OpenRAN trial in Ohio"),
    ("open-ran", "オープンRANの商用網を拡大"),
    ("huawei", "华为公布新专利"),
    ("huawei", "ファーウェイが提訴"),
    ("zte", "中兴通讯年报"),
    ("entity-list", "Commerce adds twelve firms to the entity list"),
    ("entity-list", "商务部把两家企业移出实体清单"),
    ("exclusion-of-chinese-ict-vendors", "FCC short of money for rip-and-replace"),
    ("csric", "FCC renews the Communications Security, Reliability, and Interoperability Council"),
    ("potential-threat-vectors-5g", "Rereading Potential Threat Vectors to 5G Infrastructure"),
    ("blue-dot-network", "蓝点网络认证一座港口"),
    ("blue-dot-network", "ブルー・ドット・ネットワークに加盟"),
    ("dfc", "International Development Finance Corporation lends for a cable"),
    ("build-act", "Renewing the BUILD Act would give the DFC six more years"),
    ("exim", "EXIM Bank charter nears its end"),
    ("exim", "米国輸出入銀行が融資"),
    ("exim-ctep", "What EXIM's China and Transformational Exports Program has lent"),
    ("fcc", "FCC asks how 6G should share the 7 GHz band"),
    ("nsf", "National Science Foundation and Finland plan 6G testbeds"),
    ("sfrc", "Senate Foreign Relations Committee hearing on Huawei in Africa"),
    ("us-state-department", "State Department pays for Open RAN training in Manila"),
    ("next-g-alliance", "넥스트 G 얼라이언스 회의"),
    ("next-g-alliance", "넥스트지연합 출범"),
    ("nga-roadmap-to-6g", "报告：构建北美 6G 领导力基础"),
    ("iown-global-forum", "IOWN 글로벌 포럼 총회"),
    ("iown-global-forum", "IOWN全球论坛年会"),
    ("us-japan-core", "日米競争力強靭性パートナーシップ"),
    ("us-rok-sed", "第七届美韩战略经济对话"),
    ("us-rok-sed", "韩美高层经济对话开幕"),
    ("us-rok-sed", "米韓ハイレベル経済協議"),
    ("us-rok-ict-policy-forum", "第六届美韩通信技术政策论坛"),
    ("us-rok-ict-policy-forum", "한·미 ICT 정책포럼"),
    ("eu-us-ttc", "美欧贸易与科技理事会"),
    ("eu-us-ttc", "貿易技術評議会の共同声明"),
    ("eu-us-beyond-5g-6g-roadmap", "EU-US Beyond 5G/6G Roadmap"),
    ("eu-us-beyond-5g-6g-roadmap", "《超越 5G 与 6G 路线图》发布"),
    ("6g-principles-statement", "十国支持6G共同原则"),
    ("6g-principles-statement", "6G 원칙 공동성명"),
    ("quad", "日美印澳外长会"),
    ("us-6g-alliance", "美国主导的 6G 联盟"),
    ("imt-2030-promotion-group", "IMT-2030（6G）推进组年度会议"),
    ("imt-2030-promotion-group", "IMT-2030(6G) Promotion Group white paper"),
    ("6g", "Matsui files the FUTURE Networks Act"),
    ("huawei", "在华为总部"),
    ("entity-list", "エンティティーリストに追加"),
    ("exclusion-of-chinese-ict-vendors", "Berlin bars Chinese vendors from 5G networks"),
    ("exclusion-of-chinese-ict-vendors", "Lisbon bans Huawei from core networks"),
    ("us-export-controls-chip-tools", "美国扩大对华芯片设备出口管制"),
    ("us-export-controls-chip-tools", "半導体製造装置の輸出規制"),
    ("clean-network", "クリーンネットワーク構想"),
    ("csric", "Committee approves the Communications Security Act"),
    ("csric", "FCC重组通信安全可靠性与互操作性委员会"),
    ("potential-threat-vectors-5g", "《5G 基础设施的潜在威胁载体》"),
    ("dfc", "美国国际发展金融公司"),
    ("build-act", "2018年更好地利用国际开发贷款（BUILD）法"),
    ("exim", "Senators ask the Export-Import Bank for a report"),
    ("exim", "Export-Import Bank officials heard"),
    ("pgii", "全球基础设施和投资伙伴关系"),
    ("digital-silk-road", "デジタルシルクロード"),
    ("foreign-investment-review", "加强外资安全审查"),
    ("foreign-investment-review", "改正外為法が成立、外資の事前審査を強化"),
    ("jp-fefa-amendment", "日本版CFIUS創設へ外為法改正案"),
    ("firrma", "Firrma at five: what the Foreign Investment Risk Reveiw Modernization Act did"),
    ("capital-market-restrictions", "Holding Foreign Companies Accountable: more delistings ahead"),
    ("us-wireless-standards-legislation", "米下院、5G標準化団体への参加支援法案を可決"),
    ("6g-standardisation", "国际电联通过6G框架建议书"),
    ("3gpp-6g-use-case-study", "3GPP首个6G需求研究项目立项"),
    ("nbr-5g-race-report", "NBR报告：赢得与中国的5G竞赛"),
    ("indo-pacific-strategy", "White House releases its Indo-Pacific Strategy"),
    ("indo-pacific-strategy", "美国发布新版印太战略报告"),
    ("asean", "ASEAN ministers on Open RAN and submarine cables"),
    ("open-ran-pilots", "菲律宾启动Open RAN试点"),
    ("exclusion-of-chinese-ict-vendors", "Sweden bans Huawei, ZTE from coming networks"),
    ("exclusion-of-chinese-ict-vendors", "英国下令运营商拆除华为设备"),
    ("exclusion-of-chinese-ict-vendors", "화웨이 장비 철거 비용"),
    ("jp-gov-procurement-ban", "政府調達からファーウェイを事実上排除"),
    ("component-supply-restrictions", "台积电停止向华为供货，芯片供应告急"),
    ("entity-list", "Uyghur firms and others: BIS adds to the Entity List"),
    ("us-export-controls-chip-tools", "Nvidia H20 chip exports to China to resume with licences"),
    ("us-export-controls-chip-tools", "반도체 장비 수출통제 확대"),
    ("semiconductors", "Certain Integrated Circuits: institution of investigation"),
    ("semiconductors", "英特尔推迟晶圆厂投产"),
    ("semiconductors", "A grant for a semicondutor plant"),
    ("euv-lithography", "極端紫外線リソグラフィ装置の部材"),
    ("de-risking", "欧盟寻求对华“去风险”而非“脱钩”"),
    ("tech-decoupling", "米中デカップリングの行方"),
    ("qualcomm", "高通发布新平台"),
    ("samsung", "三星 Austin Semiconductor plans a plant"),
    ("samsung", "삼성전자, 백서 발간"),
    ("xiaomi", "小米手机出货量创新高"),
    ("apple", "苹果公司与博通延长协议"),
    ("apple", "Apple drops a Qualcomm modem"),
    ("intel", "Intel to receive money under the CHIPS Act"),
    ("intel", "インテル、工場建設を延期"),
    ("cisco", "シスコ、日本企業を買収"),
    ("cisco", "思科修复路由器漏洞"),
    ("lattice", "莱迪思收购案被否决"),
    ("bell-canada", "Bell Canada picks a vendor"),
    ("nokia", "Bell Labs turns a hundred"),
    ("att", "AT&T picks a vendor"),
    ("ntt", "ＮＴＴ、光電融合の実証"),
    ("spacex", "Space Exploration Holdings, LLC: application for modification"),
    ("starlink", "星链获准提供服务"),
    ("ntn", "衛星とスマホの直接通信が始まる"),
    ("vran", "完全仮想化RANを輸出"),
    ("isac", "5G-A通感一体基站"),
    ("ai-native-networks", "AI-RAN Alliance adds members"),
    ("post-quantum-security", "耐量子計算機暗号への移行計画"),
    ("5g-seps", "标准必要专利：5G许可费率裁定"),
    ("industries-of-the-future", "Industries of the Future Coordination Council meets"),
    ("pcast", "大統領科学技術諮問委員会の人事"),
    ("clean-network", "蓬佩奥宣布扩大“干净网络”计划"),
    ("belt-and-road", "One Belt, One Road at ten"),
    ("mic-japan", "総務省、オープンRANの実証事業を公募"),
    ("us-dod", "Pentagon renames its FutureG Office"),
]
NOT_FOUND = [
    ("nsf-vines", "Old vines and new wine: a harvest report"),
    ("nsf-vines", "NSF grant for vineyard sensors that watch the VINES grow over a wireless network"),
    ("nsf-rings", "Two jewellery RINGS recalled"),
    ("hr1060-wireless-leadership-act", "Promoting United States Wireless Leadership Act of 2021"),
    ("hr1060-wireless-leadership-act", "促进美国无线领导法案获通过"),
    ("promoting-us-wireless-leadership-act", "WIRELESS Leadership Act"),
    ("promoting-us-wireless-leadership-act", "Promoting United States International Leadership in 5G Act"),
    ("us-wireless-standards-legislation", "WIRELESS Leadership Act"),
    ("us-wireless-standards-legislation", "Energy conservation standards for ceiling fans"),
    ("s1169-section-209", "Section 209 of the Clean Air Act"),
    ("next-g-alliance", "NGA winter meeting of the governors"),
    ("next-g-alliance", "NGA imagery contract for geospatial intelligence"),
    ("next-g-alliance", "Next Generation 9-1-1 grants"),
    ("us-rok-sed", "中美战略经济对话"),
    ("us-rok-sed", "U.S.-China Strategic Economic Dialogue, ten years on"),
    ("eu-us-ttc", "Toronto streetcars: TTC strike averted"),
    ("quad", "Quad Cities bridge closed"),
    ("quad", "中俄伊巴四方机制会议"),
    ("6g", "A sweetener with 6 g of sugar"),
    ("huawei", "中华为民族复兴"),
    ("zte", "中兴镇的柑橘"),
    ("entity-list", "Uyghur Forced Labor Prevention Act Entity List: three additions"),
    ("exclusion-of-chinese-ict-vendors", "Huawei opens a shop in Madrid"),
    ("exclusion-of-chinese-ict-vendors", "Chinese vendors show 5G phones in Barcelona"),
    ("eu-us-ttc", "欧印贸易和技术委员会"),
    ("csric", "Transatlantic Telecommunications Security Act"),
    ("vendor-diversity", "Supplier diversity for minority-owned firms"),
    ("blue-dot-network", "A pale blue dot, thirty years later"),
    ("build-act", "BUILD Act would speed up housing permits"),
    ("exim", "Export-Import Bank of Korea opens in Lagos"),
    ("exim", "Export-Import Bank of India"),
    ("exim", "中国进出口银行贷款"),
    ("fcc", "FCC fines a radio station"),
    ("nsf", "NSF bathroom fittings standard"),
    ("nsa", "日本の国家安全保障局長が訪米"),
    ("us-state-department", "State Department travel advice"),
    ("sfrc", "Senate Foreign Relations Committee approves four ambassadors"),
    ("indo-pacific-strategy", "Canada launches its Indo-Pacific Strategy"),
    ("indo-pacific-strategy", "Indo-Pacific Strategic Energy Initiative"),
    ("semiconductors", "Poker chips, potato chips, and the Children's Health Insurance Program (CHIP)"),
    ("semiconductors", "Microchips for cats and dogs"),
    ("de-risking", "De-risking early-stage geothermal projects"),
    ("resilient-supply-chains", "American Food Supply Chain Resiliency Act"),
    ("qualcomm", "国务院：提高通关效率"),
    ("qualcomm", "美国高通胀持续"),
    ("qualcomm", "高通量卫星地面站招标"),
    ("samsung", "三星堆新发现"),
    ("xiaomi", "今年小米和高粱收购价上涨"),
    ("broadcom", "博通古今的学者"),
    ("apple", "Marketing order for Washington apples; an Apple Hill fair"),
    ("apple", "山东烟台苹果出口额创新高"),
    ("intel", "Senate Intel chair wants a briefing on chips"),
    ("cisco", "サンフランシスコで会合"),
    ("cisco", "San Francisco Bay notice"),
    ("cisco", "反思科学研究中的伦理"),
    ("bell-canada", "Airworthiness Directives; Bell Textron Canada Limited Helicopters"),
    ("lattice", "Crystal lattice vibrations"),
    ("google", "A meeting by Google Meet"),
    ("isac", "Auto-ISAC and Communications ISAC sign an agreement on 5G"),
    ("ntn", "Starlink constellation licence modified"),
    ("quad", "Quad-band antenna approved"),
    ("entity-list", "国土安全部更新《维吾尔强迫劳动预防法》实体清单"),
    ("open-ran", "Flights to Oran resume"),
    ("asean", "ASEAN leaders meet in Jakarta"),
    ("white-house", "White House Easter egg roll"),
]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_shipped_watchlist_gives_no_warning(file: Path) -> None:
    watchlist = parse_watchlist(file.read_text(encoding="utf-8"), file=f"watchlists/{file.name}")
    assert watchlist.id == file.stem
    assert watchlist.warnings == ()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_shipped_watchlist_promises_no_alert_and_no_week(file: Path) -> None:
    said = [line for line in file.read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    assert not re.search(r"\bweekly\b|\bat once\b|\balerts?\b", " ".join(said))


def test_there_are_the_watchlists_that_we_say_we_ship() -> None:
    assert {file.stem for file in FILES} == {
        "6g-alliances",
        "6g-in-east-asia",
        "china-vendors-and-controls",
        "chips-and-supply-chains",
        "companies",
        "development-finance",
        "development-finance-mentions",
        "east-asian-and-nordic-agencies",
        "foreign-investment",
        "indo-pacific",
        "mobile-generations",
        "network-technologies",
        "us-6g-research",
        "us-agencies-on-5g-6g",
        "us-wireless-bills",
        "wireless-bills-117",
    }


def test_bills_research_money_and_alliances_come_first_and_the_generic_lists_last() -> None:
    priorities = {watchlist.id: watchlist.priority for watchlist in shipped()}
    assert {id_ for id_, priority in priorities.items() if priority == "high"} == {
        "6g-alliances",
        "us-6g-research",
        "us-wireless-bills",
    }
    assert {id_ for id_, priority in priorities.items() if priority == "low"} == {
        "6g-in-east-asia",
        "chips-and-supply-chains",
        "companies",
        "development-finance-mentions",
        "east-asian-and-nordic-agencies",
        "foreign-investment",
        "indo-pacific",
        "mobile-generations",
        "network-technologies",
        "us-agencies-on-5g-6g",
        "wireless-bills-117",
    }


def terms() -> list[tuple[str, Term]]:
    return [
        (watchlist.toml, term)
        for watchlist in shipped()
        for subject in watchlist.subjects
        for term in (*subject.any, *subject.all, *subject.none)
    ]


def test_a_regular_expression_is_rare_and_a_comment_says_what_it_is_for() -> None:
    regexes = [(toml.splitlines(), term) for toml, term in terms() if term.kind == "regex"]
    assert len(regexes) < 15
    for lines, term in regexes:
        above = [line.strip() for line in lines[: term.line - 1] if not line.strip().startswith("{ regex")]
        assert above[-1].startswith("#"), term.written


def place_in_order(term: Term) -> int:
    """Where a term stands in its subject: Latin, then Chinese and Japanese, then Korean, then numbers.

    An acronym belongs to the language of the words that must stand near it.
    """
    if term.kind == "id":
        return 3
    return max(script(term.written), min(map(script, term.near), default=0))


def script(words: str) -> int:
    if re.search("[\uac00-\ud7a3]", words):
        return 2
    return 1 if re.search("[\u3040-\u30ff\u4e00-\u9fff]", words) else 0


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_terms_stand_in_the_order_of_their_languages_and_numbers_come_last(file: Path) -> None:
    for subject in parse_watchlist(file.read_text(encoding="utf-8"), file=file.name).subjects:
        places = [place_in_order(term) for term in subject.any]
        assert places == sorted(places), subject.id


def test_a_subject_stands_in_one_watchlist_but_for_those_that_are_also_mentioned() -> None:
    ids = [subject.id for watchlist in shipped() for subject in watchlist.subjects]
    assert {id_ for id_ in ids if ids.count(id_) > 1} == MENTIONED
    mentions = next(one for one in shipped() if one.id == "development-finance-mentions")
    assert {subject.id for subject in mentions.subjects} == MENTIONED


def test_a_subject_in_two_watchlists_has_one_name() -> None:
    names = {
        (subject.id, subject.name, subject.zh) for watchlist in shipped() for subject in watchlist.subjects
    }
    assert len(names) == len({id_ for id_, *_ in names})


def test_every_subject_is_in_the_catalogue_and_has_a_chinese_name() -> None:
    for watchlist in shipped():
        for subject in watchlist.subjects:
            assert subject.id in seeds(), f"{watchlist.id}: {subject.id}"
            assert subject.zh, f"{watchlist.id}: {subject.id}"


def test_every_subject_of_importance_3_or_2_is_watched_or_says_why_not() -> None:
    watched = {subject.id for watchlist in shipped() for subject in watchlist.subjects}
    important = {id_ for id_, subject in seeds().items() if subject["importance"] in {2, 3}}
    excused = {id_ for id_, subject in seeds().items() if "not_watched" in subject}
    assert important - watched == excused


@pytest.mark.parametrize(("subject", "title"), FOUND)
def test_a_subject_recognises(subject: str, title: str) -> None:
    assert subject in recognised(headline(title))


@pytest.mark.parametrize(("subject", "title"), NOT_FOUND)
def test_a_subject_leaves_alone(subject: str, title: str) -> None:
    assert subject not in recognised(headline(title))


def bill(key: str, title: str, *, summary: str = "", subjects: tuple[str, ...] = ()) -> Item:
    return Item(
        key=key,
        kind="bill",
        title=title,
        summary=summary,
        subjects=subjects,
        published=parse_when("2021-02-15"),
    )


def test_h_r_1060_is_a_wireless_bill_and_no_standards_bill() -> None:
    found = recognised(
        bill(
            "bill:117-hr-1060",
            "WIRELESS Leadership Act",
            summary="Limits what states and towns may ask before a wireless facility is built.",
        )
    )
    assert found == {"hr1060-wireless-leadership-act", "117th-congress-wireless-bills"}


def test_h_r_3003_is_a_standards_bill_and_not_h_r_1060() -> None:
    found = recognised(bill("bill:117-hr-3003", "Promoting United States Wireless Leadership Act of 2021"))
    assert {"promoting-us-wireless-leadership-act", "us-wireless-standards-legislation"} <= found
    assert "hr1060-wireless-leadership-act" not in found


def test_an_item_that_names_both_acts_is_shown_under_both() -> None:
    found = recognised(
        headline("Markup: WIRELESS Leadership Act, Promoting United States Wireless Leadership Act")
    )
    assert {"hr1060-wireless-leadership-act", "promoting-us-wireless-leadership-act"} <= found


def test_a_bill_is_recognised_by_its_number_when_its_text_says_nothing() -> None:
    assert "s1169-strategic-competition-act" in recognised(bill("bill:117-s-1169", ""))
    assert "hr1060-wireless-leadership-act" not in recognised(
        bill("bill:118-hr-1060", "A bill on something else")
    )


@pytest.mark.parametrize(
    ("key", "subject"),
    [("bill:119-hr-1717", "csric"), ("bill:119-hr-2449", "6g"), ("bill:117-hr-4045", "6g")],
)
def test_the_bill_on_a_council_and_the_bill_on_6g_are_recognised_by_their_numbers(
    key: str, subject: str
) -> None:
    assert recognised(bill(key, "")) >= {subject}
    assert subject not in recognised(bill(key.replace("-hr-", "-s-"), ""))


@pytest.mark.parametrize(
    ("title", "summary"),
    [
        ("A bill on airwaves", "The Federal Communications Commission must auction more spectrum."),
        ("A bill on sites", "Exempts small wireless facilities from review."),
        ("A bill to study 5G", ""),
        ("A bill on lines", "A mobile service provider must let a survivor leave a shared plan."),
        ("A bill on purchases", "Agencies may not buy telecommunications equipment from certain makers."),
    ],
)
def test_the_count_of_wireless_bills_takes(title: str, summary: str) -> None:
    item = bill("bill:117-s-9999", title, summary=summary)
    assert "117th-congress-wireless-bills" in recognised(item)


@pytest.mark.parametrize(
    ("key", "title", "summary"),
    [
        ("bill:117-s-9999", "Rural Broadband Grants Act", "Grants for broadband in rural areas."),
        ("bill:117-s-9999", "Autism Spectrum Act", "Care for people on the autism spectrum."),
        (
            "bill:117-s-9999",
            "Fair Calls for Prisoners Act",
            "Caps the price of telephone calls from prisons.",
        ),
        ("bill:117-s-9999", "Platforms Act", "Amends section 230 of the Communications Act of 1934."),
        (
            "bill:117-s-9999",
            "Eyes on the Road Act",
            "No reading on a personal wireless communications device.",
        ),
        ("bill:118-s-9999", "A bill on wireless networks of the next Congress", ""),
        ("wire:2", "Wireless networks in the news", ""),
    ],
)
def test_the_count_of_wireless_bills_leaves_out(key: str, title: str, summary: str) -> None:
    assert "117th-congress-wireless-bills" not in recognised(bill(key, title, summary=summary))


def test_a_broadband_grant_that_crs_also_files_under_spectrum_is_no_wireless_bill() -> None:
    grant = bill("bill:117-s-9999", "Rural Broadband Fund Act", subjects=("Radio spectrum allocation",))
    assert "117th-congress-wireless-bills" not in recognised(grant)


def finance(item: Item) -> dict[str, set[str]]:
    """Which subjects of the two lists on finance recognise an item."""
    lists = ("development-finance", "development-finance-mentions")
    found = matcher().match(document_of(item), set(lists))
    return {one: {match.subject for match in found if match.watchlist == one} for one in lists}


@pytest.mark.parametrize(
    ("subject", "summary"),
    [
        ("dfc", "The International Development Finance Corporation may not lend to that government."),
        ("exim", "No funds may go through the Export-Import Bank, or any other agency, to the group."),
        ("ustda", "Funds the Peace Corps, the Trade and Development Agency and the courts."),
    ],
)
def test_an_agency_that_is_only_named_is_a_mention(subject: str, summary: str) -> None:
    assert finance(bill("bill:117-s-9999", "A sanctions act", summary=summary)) == {
        "development-finance": set(),
        "development-finance-mentions": {subject},
    }


@pytest.mark.parametrize(
    ("subject", "summary"),
    [
        ("dfc", "Has the International Development Finance Corporation lend against China's offers."),
        ("dfc", "Reauthorizes the International Development Finance Corporation for six years."),
        ("exim", "The Export-Import Bank must finance exports of 5G networks."),
        ("exim", "The bill reauthorizes the Export-Import Bank."),
        ("exim", "The Export-Import Bank of the United States has an application for final commitment."),
        ("ustda", "The Trade and Development Agency pays for studies of infrastructure projects abroad."),
    ],
)
def test_an_agency_at_its_business_is_more_than_a_mention(subject: str, summary: str) -> None:
    assert finance(bill("bill:117-s-9999", "An act", summary=summary)) == {
        "development-finance": {subject},
        "development-finance-mentions": {subject},
    }


def test_a_topic_that_crs_files_a_bill_under_is_no_mention() -> None:
    filed = bill("bill:117-s-9999", "A tax act", subjects=("Export-Import Bank of the United States",))
    assert finance(filed) == {"development-finance": set(), "development-finance-mentions": set()}


@pytest.mark.parametrize(
    ("subject", "agency"),
    [
        ("dfc", "International Development Finance Corporation"),
        ("exim", "Export-Import Bank"),
        ("ustda", "Trade and Development Agency"),
    ],
)
def test_a_notice_of_the_agency_itself_is_more_than_a_mention(subject: str, agency: str) -> None:
    notice = Item(key="frdoc:2026-00001", kind="notice", title="A notice", details={"agencies": agency})
    assert finance(notice)["development-finance"] == {subject}


def test_the_evidence_for_the_bank_quotes_its_name_alone() -> None:
    named = headline(
        "What the Export-Import Bank, in short, does", summary="The Export-Import Bank to China."
    )
    (match,) = matcher().match(document_of(named), {"development-finance"})
    assert [one.quote for one in match.evidence] == ["Export-Import Bank", "Export-Import Bank"]


@pytest.mark.parametrize(
    ("subject", "title", "quote"),
    [
        ("huawei", "在华为总部", "华为"),
        ("hr1060-wireless-leadership-act", "拉塔议员重提无线领导法案", "无线领导法案"),
        ("hr1060-wireless-leadership-act", "重提無線領導法案", "無線領導法案"),
    ],
)
def test_a_pattern_that_looks_at_its_neighbour_quotes_the_name_alone(
    subject: str, title: str, quote: str
) -> None:
    found = matcher().match(document_of(headline(title)))
    (evidence,) = next(match.evidence for match in found if match.subject == subject)
    assert (evidence.rule, evidence.quote) == ("regex", quote)


@pytest.fixture(scope="module")
def spring(real_data: Path) -> list[Item]:
    """The bills introduced from 3 January to 31 May 2021, as their source reads them."""
    window = billstatus.Options(introduced_from=date(2021, 1, 3), introduced_to=date(2021, 5, 31))
    source = Source(id="bills", kind="billstatus", url=billstatus.DEFAULT_URL, options=window)
    found: list[Item] = []
    with tarfile.open(real_data / "congress" / "billstatus-117.tar.xz") as archive:
        for member in archive:
            if (file := archive.extractfile(member)) is not None:
                found += (
                    one for one in billstatus.parse(source, answer(file.read())) if isinstance(one, Item)
                )
    return found


def answer(body: bytes) -> Response:
    request = Request(url=billstatus.DEFAULT_URL, context={"page": "file", "loc": "a file of the archive"})
    return Response(
        request=request, url=request.url, body=body, headers={}, fetched_at=datetime(2022, 12, 31, tzinfo=UTC)
    )


def taken(bills: list[Item], watchlist: str, *, until: str) -> set[str]:
    return {
        item.key.removeprefix("bill:117-")
        for item in bills
        if item.published
        and str(item.published.day) <= until
        and matcher().match(document_of(item), {watchlist})
    }


@pytest.mark.real
def test_the_count_of_wireless_bills_is_the_one_that_its_file_states(spring: list[Item]) -> None:
    toml = (ROOT / "watchlists" / "wireless-bills-117.toml").read_text(encoding="utf-8")
    stated = re.search(r"Found: (\d+) bills introduced from 3 January to 15 May 2021", toml)
    counted = taken(spring, "wireless-bills-117", until="2021-05-15")
    assert stated
    assert len(counted) == int(stated[1])
    assert 34 <= len(counted) <= 38


@pytest.mark.real
def test_the_bills_that_the_wireless_count_names_as_taken_are_taken(spring: list[Item]) -> None:
    toml = (ROOT / "watchlists" / "wireless-bills-117.toml").read_text(encoding="utf-8")
    named = {f"s-{number}" for number in re.findall(r"\bS\. (\d+)", toml)}
    assert named == {"s-120", "s-592", "s-1885"}
    assert named <= taken(spring, "wireless-bills-117", until="2021-05-31")


@pytest.mark.real
def test_in_spring_2021_the_list_on_finance_tells_of_what_the_agencies_do(spring: list[Item]) -> None:
    assert taken(spring, "development-finance", until="2021-05-31") == {
        "hr-2978",  # reports on the Belt and Road
        "hr-3344",  # networks in Europe without Chinese equipment, with money of the DFC and USTDA
        "hr-3524",  # the EAGLE Act on China, with lending by the DFC
        "s-1201",  # the DFC with its words in the wrong order, on what China builds
        "s-1537",  # renews the charter of EXIM
        "s-474",  # whom EXIM may not lend to
    }
    mentions = taken(spring, "development-finance-mentions", until="2021-05-31")
    assert {"s-388", "hr-3373", "hr-261"} <= mentions
    assert mentions.isdisjoint({"hr-2102", "s-1167", "hr-2471"})  # filed under EXIM, and do not name it
