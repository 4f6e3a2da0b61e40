"""``lab data align``: a folder of photographs to a folder of faces, by the task ``align-faces`` of an installed plugin."""

import csv
import io
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lab_app.applying.applying import Request, apply
from lab_app.applying.opening import open_applier
from lab_app.applying.writers import write_file
from lab_app.cli.common import say
from lab_core.errors import LabError, UsageError
from lab_core.registry.registry import Registry

TASK = "align-faces"
REPORT = "failures.csv"


def align_folder(folder: Path, to: Path, pairs: Sequence[str], registry: Registry, *, quiet: bool) -> dict[str, Any]:
    """Faces below ``to`` under the photographs' names, and failures.csv; how many were aligned, which failed."""
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder.", "Give a folder of photographs, best with one folder per person.")
    if not registry.has_task(TASK):
        raise LabError("No installed plugin aligns faces.", "Install lab-vision.")
    opened = open_applier(TASK, Path("runs"), registry, which="best", overrides=(), pairs=pairs, device="auto", say=say)
    done = apply(
        Request(
            model=opened.model, options=opened.options, label=opened.label, task=opened.task, plugin=opened.plugin,
            about=opened.about, inputs=[str(folder)], out=f"{to}/", patience=sys.maxsize, quiet=quiet,
        ),
        say=say,
    )  # fmt: skip
    if done.failures:
        buffer = io.StringIO()
        csv.writer(buffer, lineterminator="\n").writerows(
            [["file", "reason"], *([one.name, one.reason] for one in done.failures)]
        )
        write_file(to / REPORT, buffer.getvalue())
        say(f"failures   {to / REPORT}")
    return {
        "photographs": done.count + len(done.failures),
        "aligned": done.count,
        "folder": str(to),
        "failed": [{"file": one.name, "reason": one.reason} for one in done.failures],
    }
