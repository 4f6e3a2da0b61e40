"""What a user touches: the command line, displays, reports, packages; and from Python, :mod:`lab_app.api`.

Names are imported on first use, so that the command line doesn't wait for them.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lab_app.api import apply as apply
    from lab_app.api import evaluate as evaluate
    from lab_app.api import list_runs as list_runs
    from lab_app.api import load as load
    from lab_app.api import resume as resume
    from lab_app.api import sample as sample
    from lab_app.api import train as train

_API = ("apply", "evaluate", "list_runs", "load", "resume", "sample", "train")
__all__ = list(_API)  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name not in _API:
        raise AttributeError(f"module 'lab_app' has no attribute {name!r}")
    from lab_app import api

    return getattr(api, name)
