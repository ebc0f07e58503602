"""Kills the program while it delivers to receivers on loopback, ≥ 500 times: what must hold after is in tests/received.py.

Prints what was tried, how often it was killed, and what was wrong: nothing. Takes a quarter of an hour. A first argument
seeds the random moments.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from crashing import evenly
from dying import Death
from posting import Yard


def plans(yard: Yard) -> Iterator[tuple[str, list[Death]]]:
    """What is tried: a name, and the death of each trial."""
    run = yard.run
    yield "before a statement", [Death(before=random.randint(1, run.statements)) for _ in range(150)]
    yield "after each commit, before it is acknowledged", [Death(after=n) for n in range(1, run.commits + 1)]
    acts = range(random.randint(1, 3), run.acts + 1, 3)
    yield "before a file, a connection, a part of a message", [Death(act=n) for n in acts]
    size = (yard.whole / "monitor.db").stat().st_size
    yield "in the midst of a write", [Death(in_write=n) for n in evenly(size * 3 // 2, 60)]
    moments = [random.uniform(0.001, run.seconds) for _ in range(150)]
    yield "at a random moment", [Death(after_s=moment) for moment in moments]


def main() -> int:
    """Try all of it; end with 1 if anything was not as promised."""
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else random.randrange(10**6)
    random.seed(seed)
    kills = wrong = 0
    with tempfile.TemporaryDirectory() as name, Yard(Path(name)) as yard:
        for what, deaths in plans(yard):
            began = time.monotonic()
            done = yard.tries(deaths)
            killed = sum(trial.kills for trial in done)
            bad = [trial for trial in done if trial.problems]
            print(
                f"{what:<48} {killed:5} kills  {len(bad):3} wrong  {time.monotonic() - began:6.1f} s",
                flush=True,
            )
            for trial in bad[:3]:
                print(f"    {trial.deaths}: {'; '.join(trial.problems[:3])[:600]}")
            kills, wrong = kills + killed, wrong + len(bad)
    print(f"{kills} kills, {wrong} wrong (seed {seed})")
    return int(wrong > 0 or kills < 500)


if __name__ == "__main__":
    sys.exit(main())
