"""A run as one page that stands alone: ``report.html`` in its folder. No network, no file beside it.

Everything on the page comes from files, which anyone may have written: all of it is escaped, and the page's own policy
forbids it to load anything.
"""

from pathlib import Path

from lab_app.results.report.page import page_of
from lab_core.files import disk_errors, make_folder, write_atomic
from lab_core.runs.run import Run

NAME = "report.html"


def write_report(run: Run, path: Path | None = None) -> Path:
    """Write the page into the run's folder, or to ``path``; raises LabError when the disk refuses."""
    option = "--runs-dir" if path is None else "--out"
    path = path or run.folder / NAME
    page = page_of(run)
    with disk_errors(path.name, path.parent, option=option):
        make_folder(path.parent)
    write_atomic(path, page, option=option)
    return path
