"""Pictures for a page: one way to make a figure and to write it, with errors that a user can act on."""

from pathlib import Path
from typing import Any

from lab_core.errors import LabError, UsageError

SUFFIXES = (".png", ".pdf", ".svg")


def check_path(path: Path) -> None:
    """Raise UsageError unless a picture can be written under this name: before the work whose picture it is."""
    if path.suffix.lower() not in SUFFIXES:
        raise UsageError(f"A plot can't be written as {path.name!r}.", "Give it a name that ends in .png, .pdf or .svg.")


def new_figure(*, height: float = 4.5) -> tuple[Any, Any]:
    """A Matplotlib figure and its axes, apart from any window; raises LabError when Matplotlib isn't installed."""
    figure, panels = new_panels(1, height=height)
    return figure, panels[0]


def new_panels(count: int, *, height: float = 4.5) -> tuple[Any, list[Any]]:
    """A figure with ``count`` axes, side by side as far as they fit; raises LabError when Matplotlib isn't installed."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise LabError("A plot needs Matplotlib.", "Install it: uv pip install matplotlib") from None
    columns = 1 if count == 1 else 2 if count <= 4 else 3
    rows = -(-count // columns)
    figure: Any = Figure(figsize=(8 if columns == 1 else 6 * columns, height * rows), layout="constrained")
    panels = [figure.add_subplot(rows, columns, place) for place in range(1, count + 1)]
    for axes in panels:
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
    return figure, panels


def write_figure(figure: Any, path: Path) -> None:
    """Write the figure in the format that the name's ending says; raises UsageError for another, LabError on a bad disk."""
    check_path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, dpi=150)
    except OSError as error:
        raise LabError(f"The plot {path} can't be written: {error.strerror or error}.") from None
