"""A process of its own that polls many feeds once, and tells how much memory that took at most, in KiB.

python polling_many.py FOLDER PORT HOW_MANY
"""

from __future__ import annotations

import resource
import sys
from pathlib import Path

from monitor import app


def main(folder: Path, port: int, count: int) -> None:
    """Write the settings, poll every feed, print the peak."""
    tables = "".join(
        f'[[source]]\nid = "n{n}"\nkind = "feed"\nurl = "http://n{n}.example/{n}"\n' for n in range(count)
    )
    path = folder / "config.toml"
    path.write_text(f'[fetch]\nuser_agent = "test"\nallow_private_hosts = true\n{tables}', encoding="utf-8")
    (folder / "watchlists").mkdir()
    result = app.poll(
        app.load_settings(path), everything=True, route=lambda _host, _port: ("127.0.0.1", port)
    )
    assert [report.error for report in result.reports if report.outcome != "ok"] == []
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)  # noqa: T201 - it is what this process is for


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
