"""Formulas as MathML, written when the site is built: browsers show it without a script or a font from elsewhere."""

import html
import re

from latex2mathml.converter import convert

_MARKED = re.compile(r'<(span|div) class="arithmatex">\\([(\[])(.*?)\\[)\]]</\1>', flags=re.S)  # as pymdownx.arithmatex writes it


def with_mathml(page: str) -> str:
    """The page with each formula's LaTeX replaced."""

    def formula(found: re.Match[str]) -> str:
        display = "block" if found[2] == "[" else "inline"
        return convert(html.unescape(found[3]).strip(), display=display)

    return _MARKED.sub(formula, page)
