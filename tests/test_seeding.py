"""Subjects are proposed from documents of many subjects and formats, and the proposals are a watchlist."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfWriter
from seed_reading import is_named, names_of

from monitor.app.seeding import known_names, read_document, seed, seeds_as_toml
from monitor.core.errors import ConfigError, UsageError
from monitor.core.extraction import Gazetteer, Proposal, propose
from monitor.core.extraction.gazetteer import Entry, read_entries
from monitor.core.extraction.mentions import loose
from monitor.core.extraction.references import read_reference
from monitor.core.extraction.repairing import repair
from monitor.core.watchlists import read_watchlist

SAMPLES = Path(__file__).resolve().parent / "seeds"
DOCUMENTS = sorted(path for path in SAMPLES.iterdir() if path.suffix != ".toml")
NOBODY = Gazetteer.of([])


def proposed(text: str, gazetteer: Gazetteer = NOBODY) -> list[Proposal]:
    return propose([repair("paper", text)], gazetteer)


def only(text: str, gazetteer: Gazetteer = NOBODY) -> Proposal:
    (one,) = proposed(text, gazetteer)
    return one


def test_there_are_samples_in_two_languages_and_three_formats() -> None:
    assert len(DOCUMENTS) >= 14
    assert {path.suffix for path in DOCUMENTS} == {".txt", ".md", ".html"}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_a_sample_gives_what_a_reader_wants_and_nothing_else(path: Path) -> None:
    reading = tomllib.loads(path.with_suffix(".toml").read_text(encoding="utf-8"))
    made = propose([read_document(path)], known_names())
    missed = [names for names in reading["wanted"] if not any(_has(one, names) for one in made)]
    beside = [one.name for one in made if not any(_has(one, names) for names in reading["wanted"])]
    assert (missed, beside) == ([], [])
    assert not [trap for trap in reading["traps"] for one in made if is_named(one, [trap])]


def _has(proposal: Proposal, names: list[str]) -> bool:
    """All the names that a reader puts together are of this proposal."""
    return all(loose(name) in names_of(proposal) or name in proposal.identifiers for name in names)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_the_proposals_are_a_watchlist_without_a_fault(path: Path) -> None:
    made = propose([read_document(path)], known_names())
    if not made:
        return  # a text of everyday things names no subject, and a watchlist has one at least
    toml = seeds_as_toml(made, [path])
    watchlist, errors = read_watchlist(toml, file="proposed.toml")
    assert errors == ()
    assert watchlist is not None


@pytest.mark.parametrize(
    "path", [path for path in DOCUMENTS if path.suffix != ".html"], ids=lambda path: path.stem
)
def test_evidence_stands_in_the_line_that_is_named(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").split("\n")
    for one in propose([read_document(path)], known_names()):
        for evidence in one.evidence:
            said = loose("".join(lines[evidence.line - 1 : evidence.line + 1]))
            assert any(loose(name)[:2] in said for name in names_of(one)), (one.name, evidence)


def wrapped(*lines: str) -> str:
    """The text of these lines among others of their width, as repaired."""
    width = max(len(line) for line in lines)
    others = [
        f"{chr(97 + n)} sentence of a text that is wrapped at".ljust(width, "x")[: width + 2]
        for n in range(10)
    ]
    return repair("a", "\n".join([*others, *lines])).text


def test_words_broken_at_line_ends_are_whole_again() -> None:
    chinese = [
        "数据安全管理的新规则由国家互联网",
        "信息办公室负责，并与其他部门分享",
        "有关监管的信息与经验，按季度公布",
        "今年的报告共有九章，附有六张图表",
        "其中一章写的是跨境数据的流动规则",
    ]
    text = repair("a", "\n".join([*chinese, *(one[::-1] for one in chinese)])).text
    assert "国家互联网信息办公室负责" in text
    english = wrapped(
        "the panel looked at inter-", "operability of radios and U.S.-", "Japan plans in some detail"
    )
    assert "interoperability of radios and U.S.-Japan plans" in english


def test_a_hyphen_that_the_text_writes_elsewhere_stays() -> None:
    assert "a long-term view" in wrapped("whether a long-term plan is better than a long-", "term view")


def test_footnote_digits_go_and_dates_stay() -> None:
    text = repair("a", "该计划已经结束。6\n随后公布了结果。5月12日，委员会再次开会。7 会议没有结果。\n").text
    assert "。6" not in text
    assert "。7" not in text
    assert "5月12日" in text


def test_page_furniture_and_authors_are_left_out() -> None:
    text = repair(
        "a",
        "题目\n王一¹, 李二²\n1. 某某大学通信学院, 北京 100876;\n正文在这里。\n图 2 联盟框架\n资料来源：作者绘制。\n- 12 -\n收稿日期: 2025-01-01\n",
    ).text
    assert text == "题目\n正文在这里。"


def test_a_place_knows_its_line() -> None:
    document = repair("a", "第一行。\n\n第三行有《数字计划》。\n")
    assert document.line_at(document.text.index("数字计划")) == 3


@pytest.mark.parametrize(
    ("text", "names", "acronyms"),
    [
        (
            "依托国际海事数据联盟（International Maritime Data Alliance，IMDA）开展合作。",
            {"国际海事数据联盟"},
            ("IMDA",),
        ),
        (
            "依托国际海事数据联盟(International Maritime Data Alliance, IMDA)开展合作。",
            {"国际海事数据联盟"},
            ("IMDA",),
        ),
        ("与加拿大极地研究理事会（Polar Research Council）签约。", {"加拿大极地研究理事会"}, ()),
        (
            "The International Maritime Data Alliance (IMDA) met.",
            {"International Maritime Data Alliance"},
            ("IMDA",),
        ),
        (
            "They joined the Polar Research Council (极地研究理事会) in May.",
            {"Polar Research Council", "极地研究理事会"},
            (),
        ),
        ("由英国海洋、渔业与科技部（DOFT）管理。", {"英国海洋、渔业与科技部"}, ("DOFT",)),
        ("会见了渔业部、海洋与科技部（DOFT）代表。", {"海洋与科技部"}, ("DOFT",)),
    ],
)
def test_a_bracket_joins_the_names_of_one_thing(
    text: str, names: set[str], acronyms: tuple[str, ...]
) -> None:
    one = only(text)
    assert names <= {one.name, one.zh, *one.aliases}
    assert one.acronyms == acronyms


@pytest.mark.parametrize(
    "text",
    [
        "数字连接（digital connectivity）很重要。",
        "人工智能（AI）很重要。",
        "所谓“朋友圈”与“精英俱乐部”没有名字。",
        "他们强调“志同道合”和“技术联盟”。",
        "会议在北京（见图 2）举行。",
        "议员康宁（John Cornyn）与布雷顿（Thierry Breton）发言。",
        "推动“自强”战略。",
    ],
)
def test_what_only_explains_a_word_is_no_subject(text: str) -> None:
    assert proposed(text) == []


def test_titles_and_bills_are_proposed_with_their_numbers() -> None:
    made = proposed("第118届国会审议“海缆安全法案”（H.R.4510）第12节，并引用《海缆白皮书》。")
    by_kind = {one.kind: one for one in made if "#" not in "".join(one.identifiers)}
    assert by_kind["bill"].identifiers == ("bill:118-hr-4510",)
    assert by_kind["bill"].zh == "海缆安全法案"
    assert by_kind["document"].name == "海缆白皮书"
    assert [one.identifiers for one in made if "#" in "".join(one.identifiers)] == [("bill:118-hr-4510#12",)]


def test_a_bill_without_its_congress_takes_that_of_the_year_and_says_so() -> None:
    one = only("2024年3月，议员提出H.R.1338。")
    assert one.identifiers == ("bill:118-hr-1338",)
    assert one.why == ("an identifier, its Congress inferred from 2024",)
    assert only("2024年的事。\n议员提出H.R.1338。").identifiers == ("bill:?-hr-1338",)


def test_two_entries_with_like_names_stay_two() -> None:
    acts = [
        Entry(id="one", kind="act", en=("Seas Act",), zh=("海洋法案",)),
        Entry(id="other", kind="act", en=("European Seas Act",), zh=("欧洲海洋法案",)),
    ]
    made = proposed("《海洋法案》先通过。《欧洲海洋法案》后通过。", Gazetteer.of(acts))
    assert {one.id for one in made} == {"one", "other"}


def test_a_number_in_an_address_is_found() -> None:
    made = proposed(
        "正文。\n参考文献:\n[1] NSF. A call for cables[EB/OL]. [2025-01-01]. <https://www.nsf.gov/funding/nsf25-510/solicitation>.\n"
    )
    assert [one.identifiers for one in made] == [("nsf:25-510",)]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("总统签署第14105号行政令。", "Executive Order 14105"),
        ("加政府提出C-26号和C-8号法案。", "Bill C-26"),
        ("政府问责局报告GAO-24-106353指出缺陷。", "GAO-24-106353"),
        ("委员会通过第22-84号报告与命令。", "FCC 22-84"),
        ("Money goes to the KELPS programme in May.", "KELPS"),
        ("谷歌投资的Kelp和Bifrost海缆登陆。", "Bifrost"),
        ("被列入关键海产品出口管制清单。", "关键海产品出口管制清单"),
    ],
)
def test_what_has_a_number_or_a_word_that_says_what_it_is_has_a_name(text: str, name: str) -> None:
    assert name in {each for one in proposed(text) for each in (one.name, one.zh, *one.aliases)}


def test_an_acronym_stands_beside_the_words_of_its_name_as_they_are_written() -> None:
    made = proposed("The Kelp-enabling Marine Network Programme (KEMNP) met.")
    assert 'near = ["Kelp-enabling", "Marine", "Network"' in seeds_as_toml(made, [Path("paper.txt")])


def test_a_list_of_wishes_may_stand_on_one_line() -> None:
    text = "今后应重点跟踪：1.极地海缆保护制度；2.北方频谱共享项目的落实；3.岛国卫星援助。"
    names = {one.name for one in proposed(text) if one.importance == 3}
    assert {"极地海缆保护制度", "北方频谱共享项目", "岛国卫星援助"} <= names


def test_what_a_document_asks_to_be_followed_is_important() -> None:
    made = proposed("今后应重点跟踪：\n1.海缆登陆许可的立法动态需高度关注。委员会即将表决。\n")
    asked = [one for one in made if "asked to be followed" in one.why]
    assert [(one.name, one.importance) for one in asked] == [("海缆登陆许可的立法动态", 3)]


def test_a_reference_is_read_and_its_signature_cut() -> None:
    one = read_reference(
        "[7] U.S. Department of State. A joint statement[EB/OL]. [2024-11-29]. <https://www.state.gov/a?X-Amz-Signature=1>.",
        5,
    )
    assert one is not None
    assert (one.publisher, one.title) == ("U.S. Department of State", "A joint statement")
    assert (one.url, one.host) == ("https://www.state.gov/a", "state.gov")


MINISTRY = Entry(
    id="ministry",
    kind="agency",
    country="JP",
    en=("Ministry of Seas",),
    zh=("日本海洋省", "海事省"),
    acronyms=("MOS",),
)
ORCHARD = Entry(
    id="orchard", kind="company", en=("Orchard",), zh=("果园",), unsure=("果园", "Orchard"), near=("手机",)
)
KNOWN = Gazetteer.of([MINISTRY, ORCHARD])


def test_two_names_of_one_ministry_are_one_subject() -> None:
    one = only("海事省发布了公告。日本海洋省随后跟进。海洋省还说明了原因。", KNOWN)
    assert one.id == "ministry"
    assert {one.zh, *one.aliases} >= {"海事省", "日本海洋省"}


def test_traditional_and_japanese_characters_are_the_same_name() -> None:
    assert only("日本海洋省は発表した。", KNOWN).id == "ministry"
    assert only("日本 海洋 省發表聲明。", KNOWN).id == "ministry"


def test_a_name_without_its_country_needs_the_country_before_it() -> None:
    assert [one.id for one in proposed("日本政府和海洋省表示同意。", KNOWN)] == ["ministry"]
    assert proposed("法国政府和海洋省表示同意。", KNOWN) == []


def test_an_unsure_name_needs_a_word_beside_it() -> None:
    assert proposed("村里的果园很美。", KNOWN) == []
    assert [one.id for one in proposed("果园发布了新手机。", KNOWN)] == ["orchard"]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ('id = "a"\nen = ["A b"]\nkind = "club"', "kind"),
        ('id = "a"\nkind = "agency"', "en"),
        ('id = "a"\nen = ["A b"]\nkind = "agency"\nimportance = 3', "importance"),
        ('id = "a"\nen = ["A b"]\nkind = "agency"\ncolour = "red"', "unknown key"),
    ],
)
def test_a_faulty_entry_is_named_with_its_line(row: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        read_entries(f"[[entry]]\n{row}\n", file="x.toml")
    assert caught.value.where.startswith("x.toml:")


def test_the_shipped_names_are_sound() -> None:
    entries = known_names().entries
    assert len(entries) >= 600
    ids = [one.id for one in entries]
    assert len(ids) == len(set(ids))
    assert all(set(one.unsure) <= set(one.names) for one in entries)
    assert [one.id for one in entries if one.unsure and not one.near] == []


def test_no_sure_name_of_one_entry_is_a_name_of_another() -> None:
    owners: dict[str, set[str]] = {}
    sure: set[str] = set()
    for one in known_names().entries:
        for name in one.names:
            owners.setdefault(loose(name), set()).add(one.id)
            sure |= {loose(name)} - {loose(each) for each in one.unsure}
    assert {name: ids for name, ids in owners.items() if len(ids) > 1 and name in sure} == {}


def test_what_is_japanese_has_a_japanese_name() -> None:
    assert [one.id for one in known_names().entries if one.country == "JP" and not one.ja] == []


@pytest.mark.parametrize(
    ("country", "fewest"),
    [
        ("US", 250),
        ("INT", 80),
        ("JP", 80),
        ("CN", 60),
        ("EU", 50),
        ("KR", 30),
        ("GB", 25),
        ("IN", 15),
        ("CA", 10),
        ("AU", 10),
        ("TW", 10),
        ("DE", 10),
        ("FR", 8),
        ("FI", 5),
    ],
)
def test_each_region_has_its_share(country: str, fewest: int) -> None:
    assert sum(one.country == country for one in known_names().entries) >= fewest


@pytest.mark.parametrize(
    ("kind", "fewest"),
    [
        ("agency", 250),
        ("company", 150),
        ("program", 80),
        ("technology", 60),
        ("act", 60),
        ("alliance", 60),
        ("policy_tool", 30),
        ("document", 20),
        ("standards_body", 20),
        ("dialogue", 8),
        ("fund", 8),
    ],
)
def test_each_kind_has_its_share(kind: str, fewest: int) -> None:
    assert sum(one.kind == kind for one in known_names().entries) >= fewest


def test_a_word_that_holds_a_name_by_chance_is_not_that_name() -> None:
    chip = Entry(id="chip", kind="company", zh=("高通",), not_in=("提高通",))
    assert proposed("新编码提高通信效率。", Gazetteer.of([chip])) == []
    assert [one.id for one in proposed("高通提高通信效率。", Gazetteer.of([chip]))] == ["chip"]


def test_an_unsure_name_of_two_is_the_one_whose_words_stand_beside_it() -> None:
    two = [
        Entry(id="sea", kind="agency", acronyms=("TTC",), unsure=("TTC",), near=("harbour",)),
        Entry(id="sky", kind="agency", acronyms=("TTC",), unsure=("TTC",), near=("aircraft",)),
    ]
    assert [one.id for one in proposed("The TTC met on aircraft.", Gazetteer.of(two))] == ["sky"]


def test_a_clause_is_looked_for_by_the_names_in_it_beside_its_topics() -> None:
    toml = seeds_as_toml(
        proposed("政府宣布禁止果园公司获得政府合同。果园的手机很多。", KNOWN), [Path("a.txt")]
    )
    (clause,) = [one for one in tomllib.loads(toml)["subject"] if "禁止" in one["name"]]
    assert {term["text"] for term in clause["any"]} == {"果园", "Orchard"}
    assert all({"禁止", "ban", "合同", "contract"} <= set(term["near"]) for term in clause["any"])


def test_a_clause_without_a_name_rests_until_a_term_is_written() -> None:
    toml = seeds_as_toml(proposed("去年政府决定设立新基金。"), [Path("a.txt")])
    (clause,) = tomllib.loads(toml)["subject"]
    assert clause["enabled"] is False
    assert "write terms that news of it would hold" in toml
    assert read_watchlist(toml, file="a.toml")[1] == ()


@settings(max_examples=60, deadline=None)
@given(
    st.text(
        alphabet=st.sampled_from("美国日本（）()《》“”AIMD联盟法案 \n\x1b\u200b[1]^。，6G-"), max_size=200
    )
)
def test_any_text_gives_a_watchlist_or_none(text: str) -> None:
    made = proposed(text, KNOWN)
    toml = seeds_as_toml(made, [Path("a.txt")])
    tomllib.loads(toml)
    if "[[subject]]" in toml:
        assert read_watchlist(toml, file="a.toml")[1] == ()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.docx", b"PK", "is no"),
        ("a.pdf", b"no pdf", "is no PDF"),
        ("a.txt", b" \n", "holds no text"),
    ],
)
def test_a_document_that_cannot_be_read_is_refused_with_its_reason(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UsageError, match=said):
        read_document(tmp_path / name)


def pdf(*lines: str) -> bytes:
    """A page with these lines, as any program would write it."""
    shown = " T* ".join(f"({line}) Tj" for line in lines)
    content = f"BT /F 12 Tf 14 TL 40 700 Td {shown} ET".encode()
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R /Resources << /Font << /F 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    body, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, start=1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 6\n0000000000 65535 f \n"
    return body + head + table + b"trailer << /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % len(body)


def test_the_text_of_a_pdf_is_read(tmp_path: Path) -> None:
    (tmp_path / "paper.pdf").write_bytes(pdf("A note", "The Polar Research Council \\(PRC\\) met."))
    (one,) = propose([read_document(tmp_path / "paper.pdf")], NOBODY)
    assert (one.name, one.acronyms) == ("Polar Research Council", ("PRC",))


def test_a_pdf_without_text_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    writer.write(tmp_path / "scan.pdf")
    with pytest.raises(UsageError, match="text recognition"):
        read_document(tmp_path / "scan.pdf")
    with pytest.raises(UsageError, match="cannot be read"):
        read_document(tmp_path / "none.txt")


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "monitor", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def test_the_command_writes_a_watchlist_that_lint_accepts(tmp_path: Path) -> None:
    done = run(tmp_path, "seed", str(SAMPLES / "korea-chips.txt"), "--out", "new.toml")
    assert (done.returncode, done.stdout) == (0, "")
    assert "subjects proposed" in done.stderr
    assert run(tmp_path, "watch", "lint", "new.toml").returncode == 0
    again = run(tmp_path, "seed", str(SAMPLES / "korea-chips.txt"), "--out", "new.toml")
    assert again.returncode == 2
    assert "is there already" in again.stderr


def test_json_has_a_line_a_proposal_with_the_fields_that_the_page_names(tmp_path: Path) -> None:
    done = run(tmp_path, "seed", str(SAMPLES / "india-6g.txt"), str(SAMPLES / "quantum-act.txt"), "--json")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert all(one["evidence"] and one["why"] and 0 < one["sure"] < 100 for one in lines)
    page = (
        (SAMPLES.parent.parent / "docs" / "json.md")
        .read_text(encoding="utf-8")
        .partition("## `monitor seed`")[2]
    )
    cells = re.findall(r"^\| (`[^|]+) \|", page.partition("\n## ")[0], re.MULTILINE)
    assert lines[0].keys() == {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}
    assert {one["kind"] for one in lines} >= {"agency", "alliance", "document", "act"}
    assert {where["document"] for one in lines for where in one["evidence"]} == {"india-6g", "quantum-act"}


@pytest.mark.parametrize(
    "wish",
    [
        "需要跟踪《欧盟芯片法案》的修订。",
        "应持续关注欧盟委员会与《欧盟芯片法案》。",
        "Analysts should closely follow the European Chips Act.",
    ],
)
def test_a_name_within_a_wish_is_asked_for(tmp_path: Path, wish: str) -> None:
    paper = tmp_path / "paper.txt"
    paper.write_text(
        f"A paper on chips\n\nMIIT met ETSI in Seoul. 工业和信息化部参会。\n{wish}\n", encoding="utf-8"
    )
    found = {one.name: one.importance for one in seed([paper])}
    assert found["European Chips Act"] == 3
    assert found["European Telecommunications Standards Institute"] == 2


def test_a_document_that_names_nothing_or_is_none_gives_no_watchlist(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    paper = tmp_path / "paper.txt"
    paper.write_text("it rained all day\n", encoding="utf-8")
    with pytest.raises(UsageError, match="names nothing that could be followed"):
        seed([paper])
    paper.write_bytes(bytes(range(256)) * 20)
    with pytest.raises(UsageError, match="is no text"):
        seed([paper])
    page = tmp_path / "paper.pdf"
    page.write_bytes(b"\x15e\xb6\xc8" * 500)
    with pytest.raises(UsageError, match="is no PDF that can be read"):
        seed([page])
    assert capfd.readouterr().err == ""
