"""A letter as HTML that mail programs draw: tables, styles in the elements, nothing fetched, light and dark.

The template stands in `templates/mail.html.jinja`; it escapes all that it is given. Styles in its head are for dark
only: where a program throws those away, what stands in the elements makes the light page whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import jinja2

from monitor.core.language import words_of
from monitor.core.renderings.mail_letter import Letter
from monitor.core.renderings.scripts import language_of
from monitor.core.renderings.telling import Told

# Pixels of a day's bar. A single item is visible, and no peak outgrows the line; a busier month is drawn to scale.
_TALLEST = 20
_LEAST = 3
_STEP = 5


def render(letter: Letter) -> str:
    """The letter as one HTML document."""
    return _template().render(letter=letter, say=words_of(letter.language))


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("monitor.core.renderings"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"heights": _heights, "named": _named, "language": language_of}
    return environment.get_template("mail.html.jinja")


def _heights(days: Sequence[int]) -> list[int]:
    """The height of each day's bar; a day without items has the line that all stand on."""
    step = min(_STEP, _TALLEST / max((*days, 1)))
    return [max(round(n * step), _LEAST) if n else 1 for n in days]


def _named(told: Told) -> str:
    return f"{told.citation} {told.title}".strip()
