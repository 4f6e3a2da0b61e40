"""Pages from templates: everything that comes from files is escaped; numbers read as they do on the command line."""

import math
from datetime import datetime
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from lab_app.durations import duration
from lab_app.observers.progress import quantity
from lab_core.runs.run import UNDER_WAY


def make_environment() -> Environment:
    """The templates, with escaping always on."""
    made: Any = Environment(
        loader=PackageLoader("lab_app.ui"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made.filters |= {
        "duration": duration,
        "quantity": figure,
        "number": "{:,}".format,
        "value": value,
        "shown": shown,
        "path": path,
        "when": when,
    }
    made.globals |= {"under_way": UNDER_WAY}
    return made


def figure(number: float | None) -> str:
    """A number in about four digits; a dash where there is none."""
    return "–" if number is None or not math.isfinite(number) else quantity(number)


def value(given: Any) -> str:
    """A setting as it is typed after ``=``."""
    if given is None:
        return "none"
    if isinstance(given, bool):
        return str(given).lower()
    if isinstance(given, float):
        return f"{given:g}"
    return ",".join(map(str, given)) if isinstance(given, list | tuple) else str(given)  # pyright: ignore


def shown(given: Any) -> str:
    """A value to be read: like :func:`value`, whole numbers with commas between thousands."""
    return f"{given:,}" if isinstance(given, int) and not isinstance(given, bool) else value(given)


def path(text: Any) -> str:
    """An id as a part of an address."""
    return quote(str(text), safe="/@")


def when(text: str) -> str:
    """A time in UTC, ISO 8601, as local date and minute."""
    try:
        return f"{datetime.fromisoformat(text).astimezone():%Y-%m-%d %H:%M}"
    except ValueError:
        return text


_environment = make_environment()


def render(request: Request, template: str, *, code: int = 200, **values: Any) -> HTMLResponse:
    """A page; ``section`` says which entry of the menu it belongs to."""
    values.setdefault("section", "")
    values["at"] = request.url.path
    return HTMLResponse(_environment.get_template(template).render(**values), status_code=code)


def failure(request: Request, message: str, hint: str | None, *, status: int) -> Response:
    """What went wrong: as a whole page, or where a script asked as one block."""
    template = "part_error.html" if request.headers.get("x-part") else "error.html"
    return render(request, template, code=status, message=message, hint=hint)
