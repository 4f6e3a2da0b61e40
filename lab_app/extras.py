"""Optional dependencies of the lab itself: pictures, windows, films, the pages of ``lab ui``."""

from importlib.util import find_spec

from lab_core.errors import LabError


class MissingExtra(LabError):
    """Something needs a library of an extra that is not installed."""


def need_extra(what: str, *modules: str, extra: str = "display") -> None:
    """Raise MissingExtra, naming the extra to install, unless all ``modules`` are there."""
    missing = [module for module in modules if find_spec(module) is None]
    if missing:
        raise MissingExtra(f"{what} needs {', '.join(missing)}.", f"Install the extra: uv pip install 'lab-runner[{extra}]'")
