"""Pages of HTML from templates: without scripts, without files from the network, all text escaped."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

CaptionedFigures = Sequence[tuple[Path, str]]  # PNG or SVG files in the folder of the page, and their captions


def render(template: str, **context: object) -> str:
    """Fill a template.

    Parameters
    ----------
    template : str
        Name of a file in `oxygen_recon/report/templates`.
    **context : object
        A value for each name of the template; text is escaped.

    Returns
    -------
    str
        A complete HTML document.

    Raises
    ------
    jinja2.UndefinedError
        If a name of the template has no value.

    Examples
    --------
    >>> page = render("base.html", title="Oxygen < 60", question="", sections={})
    >>> "<h1>Oxygen &lt; 60</h1>" in page
    True
    """
    return _environment().get_template(template).render(context)


@cache
def _environment() -> Environment:
    """Return the one environment of all templates."""
    return Environment(
        loader=PackageLoader("oxygen_recon.report", "templates"),
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
