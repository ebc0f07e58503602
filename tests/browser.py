"""A page in headless Chromium: what a reader sees of it at some widths, in light or dark; and pictures of that.

seen = look(html, dark=True, pictures=folder / "page")[320]     # and folder/page-320.png
seen.overflows      # words that are drawn beyond the right edge
seen.faint          # words whose contrast with what is behind them is below 4.5 (WCAG AA)
"""

from __future__ import annotations

import html as html_text
import json
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

WIDTHS = (320, 700)
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_HEIGHT = 2400
_TIMEOUT_S = 60
# Walks over all words. What is behind them is the first background above them that is not transparent; large or bold
# letters get no discount. A page that has other layers than backgrounds could not be measured so; ours have none.
_MEASURE = """
<script>
(function () {
  document.querySelectorAll("details").forEach((each) => { each.open = true; });
  const channels = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const luminance = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (node) => {
    for (; node; node = node.parentElement) {
      const found = channels(getComputedStyle(node).backgroundColor);
      if (found.length === 3 || found[3] === 1) return found;
      if (found[3] !== 0) return null;
    }
    return null;
  };
  const edge = (node) => {
    let right = Infinity;
    for (; node; node = node.parentElement) {
      if (getComputedStyle(node).textOverflow === "ellipsis") right = Math.min(right, node.getBoundingClientRect().right);
    }
    return right;
  };
  const out = { width: window.innerWidth, page: document.documentElement.scrollWidth, words: 0, overflows: [], faint: [] };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode, element = text.parentElement, words = text.textContent.trim();
    const range = document.createRange();
    range.selectNodeContents(text);
    const boxes = [...range.getClientRects()].filter((box) => box.width > 0 && box.height > 0);
    const style = getComputedStyle(element);
    if (!words || !boxes.length || parseFloat(style.fontSize) === 0) continue;
    out.words += 1;
    const end = edge(element);
    if (boxes.some((box) => Math.min(box.right, end) > window.innerWidth + 0.5 || box.left < -0.5)) out.overflows.push(words.slice(0, 80));
    const ink = channels(style.color), paper = behind(element);
    const [dark, light] = paper ? [luminance(ink), luminance(paper)].sort((a, b) => a - b) : [0, 0];
    const ratio = paper ? (light + 0.05) / (dark + 0.05) : 0;
    if (ratio < 4.5 || (ink.length > 3 && ink[3] < 1)) out.faint.push([words.slice(0, 80), ratio.toFixed(2)]);
  }
  parent.postMessage(out, "*");
})();
</script>
"""

# A window of its own is never narrower than 500 pixels; a frame is. What stands in it sends what it measured.
_DESK = """<!DOCTYPE html><html><body><script>
addEventListener("message", (event) => {
  const result = document.createElement("pre");
  result.className = "measured";
  result.textContent = JSON.stringify(event.data);
  document.body.appendChild(result);
});
</script>FRAMES</body></html>""".replace(
    "FRAMES",
    "".join(
        f'<iframe src="measured.html" width="{w}" height="900" style="border:0"></iframe>' for w in WIDTHS
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was measured: the width of the `page`, and how many runs of words were looked at."""

    page: int
    words: int
    overflows: tuple[str, ...]
    faint: tuple[tuple[str, str], ...]


def look(html: str, *, dark: bool, pictures: Path) -> dict[int, Seen]:
    """Open the page, keep pictures of it as it is, and measure a copy that holds the script which measures."""
    # The digest's own page forbids all scripts, ours too.
    measured = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", html)
    measured = measured.replace("</body>", f"{_MEASURE}</body>")
    assert _MEASURE in measured
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (("page.html", html), ("measured.html", measured), ("desk.html", _DESK)):
            (Path(folder) / name).write_text(text, encoding="utf-8")
        pictures.parent.mkdir(parents=True, exist_ok=True)
        for width in WIDTHS:
            _run(folder, "page.html", width, f"--screenshot={pictures}-{width}.png", dark=dark)
        dom = _run(folder, "desk.html", 1200, "--dump-dom", "--virtual-time-budget=5000", dark=dark)
    found = re.findall(r'<pre class="measured">(.*?)</pre>', dom, re.DOTALL)
    read = [json.loads(html_text.unescape(one)) for one in found]
    return {said["width"]: _seen(said) for said in read}


def _seen(said: dict[str, Any]) -> Seen:
    return Seen(
        page=said["page"],
        words=said["words"],
        overflows=tuple(said["overflows"]),
        faint=tuple((words, ratio) for words, ratio in said["faint"]),
    )


def _run(folder: str, name: str, width: int, *what: str, dark: bool) -> str:
    """One run of the browser, with a profile of its own and no network."""
    words = [
        _browser(), "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
        "--disable-dev-shm-usage", "--proxy-server=127.0.0.1:9", f"--user-data-dir={folder}/profile",
        f"--blink-settings=preferredColorScheme={0 if dark else 1}", f"--window-size={width},{_HEIGHT}",
        *what, f"file://{folder}/{name}",
    ]  # fmt: skip
    ended = subprocess.run(words, capture_output=True, timeout=_TIMEOUT_S, check=False)
    assert ended.returncode == 0, ended.stderr.decode(errors="replace")[-2000:]
    return ended.stdout.decode()


def _browser() -> str:
    found = next((path for name in _NAMES if (path := shutil.which(name))), "")
    if not found:
        pytest.fail("no Chromium is here to open pages with: apt-get install chromium fonts-noto-cjk")
    return found
