"""The child side of the tests of deliveries: a process that delivers, and dies at the so-manieth boundary of its work.

A boundary is the moment before and after each write to the log, and before and after a message goes out.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

passed = 0
last = 0


def boundary() -> None:
    """Die here, if it is the one."""
    global passed  # noqa: PLW0603 - one process, one count
    passed += 1
    if passed == last:
        os.kill(os.getpid(), signal.SIGKILL)


def main(config: str, kinds: str, at: str, now: str) -> None:
    """Deliver once at that time; print how many boundaries were passed."""
    global last  # noqa: PLW0603 - as above
    from monitor import app, outputs
    from monitor.database import Database

    last = int(at)
    outputs.__path__.append(kinds)
    write = Database.write

    @contextmanager
    def watched(self: Any) -> Iterator[None]:
        boundary()
        with write(self):
            yield
        boundary()

    Database.write = watched  # type: ignore[method-assign, assignment]
    app.deliver(app.load_settings(Path(config)), clock=lambda: datetime.fromisoformat(now))
    sys.stdout.write(f"{passed}\n")


if __name__ == "__main__":
    sys.modules["boundaries"] = sys.modules["__main__"]
    main(*sys.argv[1:])
