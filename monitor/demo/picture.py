"""The demo's digest as a picture for the README: `python -m monitor.demo.picture`, which `./dev docs` runs.

It is drawn as on a terminal 92 columns wide, and is the same each time; it fetches no font.
"""

from __future__ import annotations

import io
import re
import sys
from dataclasses import replace
from html import unescape

from rich.cells import cell_len
from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from monitor import demo
from monitor.core.digests import Digest
from monitor.outputs import terminal

# The whole digest is taller than a page.
WATCHLISTS = ("us-6g-research", "us-wireless-bills", "china-vendors-and-controls")
WIDTH = 92
_TITLE = "monitor demo"
_PAPER, _INK = (24, 26, 31), (222, 221, 216)
_THEME = TerminalTheme(
    _PAPER,
    _INK,
    [_PAPER, (240, 147, 140), (134, 201, 149), (223, 179, 98), (124, 164, 226), (196, 160, 220), (124, 196, 216), _INK],
    [(120, 120, 120), (240, 147, 140), (134, 201, 149), (223, 179, 98), (150, 190, 245), (196, 160, 220), (124, 196, 216), (255, 255, 255)],
)  # fmt: skip
# Rich's own names a font on the web, and one that few have; this takes what is there.
_FORMAT = """<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font: {char_height}px/{line_height}px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", "Noto Sans Mono CJK SC", monospace; }}
.{unique_id}-title {{ font: bold 18px system-ui, sans-serif; }}
{styles}
</style>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""
_CLIP = re.compile(r' clip-path="[^"]*"')
_RUN = re.compile(r'textLength="([\d.]+)">([^<]*)</text>')
# What ends a line is no word.
_BREAK = re.compile(r"<text [^>]*>\n</text>")


def picture(digest: Digest) -> str:
    """An SVG of the digest of some watchlists, light on dark."""
    chosen = tuple(section for section in digest.sections if section.id in WATCHLISTS)
    drawn = terminal.draw(replace(digest, sections=chosen), width=WIDTH, colour=True, links=True)
    console = Console(
        record=True, width=WIDTH, file=io.StringIO(), color_system="standard", legacy_windows=False
    )
    console.print(Text.from_ansi(drawn), no_wrap=True, crop=False, highlight=False)
    svg = console.export_svg(title=_TITLE, theme=_THEME, code_format=_FORMAT, unique_id="digest")
    words = _BREAK.sub("", _CLIP.sub("", svg)).replace("><text", ">\n<text")
    return "\n".join(line.strip() for line in _RUN.sub(_widened, words).splitlines() if line.strip()) + "\n"


def _widened(run: re.Match[str]) -> str:
    """Rich counts characters where it means columns: Chinese would be drawn in half its room."""
    text = unescape(run[2])
    length = float(run[1]) / len(text) * cell_len(text)
    return f'textLength="{length:g}">{run[2]}</text>'


if __name__ == "__main__":
    sys.stdout.write(picture(demo.run().digest))
