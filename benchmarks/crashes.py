"""Kills the program at every statement, after every commit, in the midst of writes and at random moments; ≥ 1,000 times.

What must hold afterwards is in tests/crashing.py. Prints what was tried, how often it was killed, and what was wrong:
nothing. Takes some minutes. A first argument seeds the random moments.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from crashing import Stage, Workshop, evenly
from dying import Death


def plans(stage: Stage) -> Iterator[tuple[str, list[list[Death]]]]:
    """What is tried at a stage: a name, and the deaths of each trial."""
    run = stage.run
    size = stage.log.stat().st_size
    yield "before each statement", [[Death(before=n)] for n in range(1, run.statements + 1)]
    yield (
        "after each commit, before it is acknowledged",
        [[Death(after=n)] for n in range(1, run.commits + 1)],
    )
    yield "in the midst of a write", [[Death(in_write=n)] for n in evenly(size * 3 // 2, 150)]
    moments = [random.uniform(0.001, run.seconds) for _ in range(150)]
    yield "at a random moment", [[Death(after_s=moment)] for moment in moments]
    again = [[Death(before=random.randint(1, run.statements)) for _ in range(4)] for _ in range(50)]
    yield "four times over, at random statements", again


def main() -> int:
    """Try all of it; end with 1 if anything was not as promised."""
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else random.randrange(10**6)
    random.seed(seed)
    kills = wrong = 0
    with tempfile.TemporaryDirectory() as name, Workshop(Path(name)) as desk:
        for number, title in ((1, "first poll"), (2, "later poll")):
            stage = desk.stage(number)
            for what, trials in plans(stage):
                began = time.monotonic()
                done = stage.tries(trials)
                killed = sum(trial.kills for trial in done)
                bad = [trial for trial in done if trial.problems]
                seconds = time.monotonic() - began
                print(
                    f"{title}  {what:<45} {killed:5} kills  {len(bad):3} wrong  {seconds:6.1f} s", flush=True
                )
                for trial in bad[:3]:
                    print(f"    {trial.deaths}: {'; '.join(trial.problems[:3])}")
                kills, wrong = kills + killed, wrong + len(bad)
    print(f"{kills} kills, {wrong} wrong (seed {seed})")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
