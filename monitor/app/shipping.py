"""What ships with the program, and watchlists of any folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from monitor import config
from monitor.app.schemas import SCHEMA_FOLDERS, WHATS, What, schema, schema_line
from monitor.core.errors import UsageError, WatchlistError
from monitor.core.watchlists import Watchlist


def watchlists_in(folder: Path) -> tuple[list[Watchlist], list[WatchlistError]]:
    """Every watchlist of a folder, and what is wrong with those that cannot be used."""
    return config.load_watchlists(folder)


def read_watchlists(folder: Path) -> Sequence[tuple[Watchlist | None, Sequence[WatchlistError]]]:
    """Every file of a folder of watchlists: the watchlist, or all that is wrong with it."""
    return config.read_watchlists(folder)


def write_shipped(folder: Path) -> list[tuple[Path, bool]]:
    """Write the shipped config.toml and watchlists, and their schemas; (path, written) each.

    A file that is there already is kept; a schema is the program's own, and is brought up to date.
    """
    shipped = shipped_files()
    wanted = [shipped / "config.toml", *sorted((shipped / "watchlists").glob("*.toml"))]
    return [
        *(_write_schema(folder / SCHEMA_FOLDERS[0] / f"{what}.json", schema(what)) for what in WHATS),
        *(_write_new(folder / origin.relative_to(shipped), origin) for origin in wanted),
    ]


def _write_schema(target: Path, text: str) -> tuple[Path, bool]:
    if target.is_file() and target.read_bytes() == text.encode():
        return target, False
    return _write(target, text)


def _write_new(target: Path, origin: Path) -> tuple[Path, bool]:
    """The shipped file under its new name, with its first line naming the schema that lies there."""
    if target.exists():
        return target, False
    text = origin.read_text(encoding="utf-8")
    what: What = "config" if origin.name == "config.toml" else "watchlist"
    names = text.startswith("#:schema ")
    return _write(target, schema_line(target.parent, what) + (text.partition("\n")[2] if names else text))


def _write(target: Path, text: str) -> tuple[Path, bool]:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode())
    except OSError as error:
        raise UsageError(
            str(target), f"cannot be written ({error.strerror})", "choose another folder"
        ) from error
    return target, True


def shipped_files() -> Path:
    """Where config.toml and watchlists/ lie: inside an installed package, else at the top of this checkout."""
    package = Path(__file__).parent.parent
    return package / "shipped" if (package / "shipped").is_dir() else package.parent
