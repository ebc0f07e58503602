"""Items matched a second, everything on, beside bare `ahocorasick_rs` over the same phrases, in interleaved rounds.

The items are made here: a title and a summary, some 60 words of a made-up language whose words are as frequent as those
of a natural one, among them the phrases of policy; one item in ten is East Asian, one in a hundred bears a term, mostly
in another spelling. The terms are made of the same words, one to four each, and stand beside the shipped watchlists.

Ours means: folded, scanned, checked (boundaries, case, near, none, citations, likeness), with evidence. Bare means: the
text in lower case, each phrase letter for letter, no spelling but one. Both run in one process, in an order that turns;
ratios are medians over the rounds.

With `--jobs 1 2` the whole command runs too, `monitor match --jobs N`, from reading JSON Lines to writing them: seconds of
wall clock between start and end, less those of a run over a single item, beside bare in this process just before.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from ahocorasick_rs import AhoCorasick, Implementation

from monitor.core.matching.matcher import Document, compile_watchlists
from monitor.core.watchlists import Watchlist, parse_watchlist

SHIPPED = Path(__file__).resolve().parent.parent / "watchlists"
COMMON = (
    "the of and to in for on a with by that from as is will be new its under after which this at an are more than has was"
    " national public policy market operators services networks access security research report data draft rules digital"
    " government agency regulator consultation decision measures framework proposal states industry funding programme"
    " infrastructure technical standards deployment licence spectrum mobile broadband investment competition technology"
    " committee international cooperation development trade foreign application act directive guidance assessment"
)
ONSETS = "b bl br c ch cl d dr f fl g gl h j k l m n p pl pr r s sc sh sl sp st str t th tr v w z"
NUCLEI = "a e i o u ai ea ee io ou"
CODAS = "n r s t l m nd st ck"
PHRASES = (
    "upper 6 GHz band", "spectrum sharing framework", "network slicing", "satellite direct-to-device", "quantum keys",
    "submarine cable security", "semiconductor subsidies", "export controls on lithography", "5G coverage obligations",
    "non-terrestrial networks", "supply chain diversification", "high-risk vendors", "roaming charges", "net neutrality",
    "open access fibre", "cloud certification scheme", "data centre energy reporting", "universal service obligation",
    "emergency alert systems", "critical raw materials", "digital identity wallets", "number portability", "battery passports",
    "private network licences", "research security", "standard essential patents", "hydrogen corridors", "copyright exceptions",
    "carbon border adjustment", "medical device rules", "platform liability", "online age verification", "competition remedies",
)  # fmt: skip
EAST_ASIAN = (
    "工业和信息化部发布关于频段规划的通知。", "総務省、次世代移動通信に関する意見募集を開始。", "과학기술정보통신부 주파수 재할당 계획 발표.",
    "该文件自发布之日起施行，有关单位应当提交意见。", "事業者は来年度までに基準への適合を求められる。", "数据出境安全评估（第３号）",
)  # fmt: skip
# A term, and how a publisher writes it.
SPELLINGS = (
    ("Next G Alliance", "Next-G Alliance"), ("Open RAN", "OpenRAN"), ("O-RAN", "ORAN"), ("NextG", "ＮｅｘｔＧ"), ("Hexa-X", "Hexa X"),
    ("Beyond 5G", "Beyond\u20115G"), ("spectrum auction", "Spectrum  Auction"), ("下一代移动通信", "下一代移动通信"), ("ローカル5G", "ローカル５Ｇ"),
)  # fmt: skip
Texts = list[tuple[str, str]]


class Language:
    """Words, the common ones first, drawn as often as their rank says."""

    def __init__(self, size: int = 30_000) -> None:
        chance = random.Random("words")
        syllable = ONSETS.split(), NUCLEI.split(), ["", "", *CODAS.split()]
        words = dict.fromkeys(COMMON.split())
        while len(words) < size:
            parts = (chance.choice(each) for _ in range(chance.choice((2, 2, 3))) for each in syllable)
            words["".join(parts)] = None
        self.words = list(words)
        self.weights = list(itertools.accumulate(1 / (rank + 8) for rank in range(size)))

    def draw(self, chance: random.Random, count: int) -> list[str]:
        """So many words of a text."""
        return chance.choices(self.words, cum_weights=self.weights, k=count)


def items(language: Language, count: int) -> Texts:
    """Titles and summaries, the same at every run."""
    return [_item(language, random.Random(f"item {number}")) for number in range(count)]


def _item(language: Language, chance: random.Random) -> tuple[str, str]:
    if chance.random() < 0.1:
        return chance.choice(EAST_ASIAN), "".join(chance.choices(EAST_ASIAN, k=5))
    title = [*language.draw(chance, 7), chance.choice(PHRASES)]
    summary = language.draw(chance, 48)
    for _ in range(4):
        if chance.random() < 0.3:
            summary.insert(chance.randrange(48), chance.choice(PHRASES))
    if chance.random() < 0.01:
        summary.insert(chance.randrange(48), chance.choice(SPELLINGS)[1])
    sentences = (
        " ".join(summary[start : start + 14]).capitalize() + "." for start in range(0, len(summary), 14)
    )
    return " ".join(title).capitalize(), " ".join(sentences)


def phrases(language: Language, count: int) -> list[str]:
    """As many different terms: those with spellings first, then a commoner word with rarer ones."""
    chance = random.Random("terms")
    made = dict.fromkeys(term for term, _ in SPELLINGS)
    while len(made) < count:
        rarer = chance.choices(language.words[300:], k=chance.choices((0, 1, 2, 3), (5, 50, 31, 14))[0])
        common = chance.choice(language.words[100:2000]) if rarer else chance.choice(language.words[5000:])
        made[" ".join([common, *rarer])] = None
    return list(made)[:count]


def shipped() -> list[Watchlist]:
    """The watchlists of this project."""
    paths = sorted(SHIPPED.glob("*.toml"))
    return [
        parse_watchlist(path.read_text(encoding="utf-8"), file=f"watchlists/{path.name}") for path in paths
    ]


def generated(terms: Sequence[str]) -> Watchlist:
    """One subject a term."""
    subjects = (f'[[subject]]\nid = "t{n}"\nany = ["{term}"]\n' for n, term in enumerate(terms))
    return parse_watchlist('title = "Generated"\n' + "".join(subjects), file="watchlists/generated.toml")


def written(watchlists: Sequence[Watchlist]) -> list[str]:
    """Every phrase that a scanner has to look for, in lower case."""
    subjects = (subject for one in watchlists for subject in one.subjects)
    terms = (term for subject in subjects for term in (*subject.any, *subject.all, *subject.none))
    said = (word for term in terms for word in ((term.text,) if term.kind != "regex" else ()) + term.near)
    return list(dict.fromkeys(word.lower() for word in said))


def bare(words: Sequence[str]) -> Callable[[Texts], int]:
    """The automaton alone, of the kind that is fastest for so many words."""
    kind = Implementation.DFA if len(words) <= 1000 else Implementation.ContiguousNFA
    automaton = AhoCorasick(words, implementation=kind)

    def run(texts: Texts) -> int:
        return sum(
            len(automaton.find_matches_as_indexes(f"{title}\n{summary}".lower(), overlapping=True))
            for title, summary in texts
        )

    return run


def ours(watchlists: Sequence[Watchlist]) -> Callable[[Texts], int]:
    """The matcher, with the making of its documents."""
    matcher = compile_watchlists(watchlists)

    def run(texts: Texts) -> int:
        documents = (
            Document(key="wire:1", kind="news", fields={"title": (title,), "summary": (summary,)})
            for title, summary in texts
        )
        return sum(map(len, matcher.match_many(documents)))

    return run


def rounds(runs: Sequence[Callable[[Texts], int]], texts: Texts, count: int) -> Iterator[list[float]]:
    """Items a second of each, by round. The first round, which warms up, is left out."""
    for turn in range(count + 1):
        speeds = [0.0] * len(runs)
        for place in range(len(runs)):
            which = (place + turn) % len(runs)
            began = time.process_time()
            runs[which](texts)
            speeds[which] = len(texts) / (time.process_time() - began)
        if turn:
            yield speeds


def commands(
    watchlists: Sequence[Watchlist], texts: Texts, *, jobs: int, count: int
) -> Iterator[tuple[float, float]]:
    """Items a second of the whole command, and of bare just before it, by round."""
    run = bare(written(watchlists))
    with tempfile.TemporaryDirectory() as folder:
        for one in watchlists:
            (Path(folder) / f"{one.id}.toml").write_text(one.toml, encoding="utf-8")
        for _ in range(count):
            began = time.perf_counter()
            run(texts)
            alone = len(texts) / (time.perf_counter() - began)
            spent = _command(folder, texts, jobs) - _command(folder, texts[:1], jobs)
            yield len(texts) / spent, alone


def _command(folder: str, texts: Texts, jobs: int) -> float:
    """Seconds of `monitor match` over these texts."""
    lines = (
        json.dumps({"id": f"wire:{number}", "title": title, "summary": summary}, ensure_ascii=False)
        for number, (title, summary) in enumerate(texts)
    )
    items = Path(folder) / "items.jsonl"
    items.write_text("\n".join(lines) + "\n", encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "monitor",
        "match",
        "--watchlists",
        folder,
        "--jobs",
        str(jobs),
        str(items),
    ]
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--items", type=int, default=10_000)
    parser.add_argument("--terms", type=int, nargs="+", default=[1000, 10_000, 100_000])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--jobs", type=int, nargs="*", default=[], help="processes of the whole command")
    options = parser.parse_args()
    language = Language()
    texts = items(language, options.items)
    words = statistics.mean(len(f"{title} {summary}".split()) for title, summary in texts)
    print(
        f"{len(texts)} items of {words:.0f} words; medians of {options.rounds} rounds, one process, CPU time"
    )
    for count in options.terms:
        watchlists = shipped() + ([generated(phrases(language, count))] if count else [])
        began = time.process_time()
        run = ours(watchlists)
        ready_ms = (time.process_time() - began) * 1000
        found = list(rounds((run, bare(written(watchlists))), texts, options.rounds))
        mine, alone = (statistics.median(each) for each in zip(*found, strict=True))
        ratio = statistics.median(one / other for one, other in found)
        print(
            f"shipped watchlists + {count:6} terms: {mine:8.0f} items/s ({1e6 / mine:4.1f} µs each, {run(texts)} matches)"
            f"   bare {alone:8.0f}   ratio {ratio:.2f}   ready in {ready_ms:.0f} ms"
        )
        for jobs in options.jobs:
            whole = list(commands(watchlists, texts, jobs=jobs, count=options.rounds))
            print(
                f"    monitor match --jobs {jobs}: {statistics.median(each for each, _ in whole):8.0f} items/s"
                f"   ratio {statistics.median(each / other for each, other in whole):.2f}"
            )


if __name__ == "__main__":
    main()
