"""What a process of the server carries out: ``python -m lab_app.ui.child train SPEC.json [--display]``, ``sweep``, ``play``.

The same engine, observers and commands as the command line; output goes to the log that the server opened.
"""

import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from lab_core.errors import LabError
from lab_core.training.spec import JobSpec


def train(path: Path, *, display: bool) -> int:
    """Train one run from its description, with pictures in its media folder and, if asked for, a display on a page."""
    from lab_app.api import registry
    from lab_app.observers.setup import Watchers
    from lab_core.training.job import execute

    spec = msgspec.json.decode(path.read_bytes(), type=JobSpec)
    known = registry()
    watchers = Watchers(display="web" if display else None, quiet=False, makers=known.observers())
    try:
        result = execute(spec, known, observers=watchers.make)
    except LabError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    finally:
        watchers.finish()
    return 130 if result.outcome.status == "interrupted" else 0


def _share(path: Path, runs_dir: Path) -> None:
    """Keep a planned sweep as ``lab sweep`` does: with as many runs side by side as cores and memory allow."""
    from lab_app.api import registry
    from lab_app.sweeping import sweep as sweeps
    from lab_app.sweeping.slots import share
    from lab_app.ui.forms import Planned

    planned = msgspec.json.decode(path.read_bytes(), type=Planned)
    slots = share(planned.specs, registry(), jobs=planned.jobs, threads=planned.threads)
    sweeps.save(sweeps.Sweep(name=planned.name, specs=slots.specs, jobs=slots.jobs, command=planned.command), runs_dir)


def main(arguments: Sequence[str]) -> int:
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where the server was started in the background
    what, *rest = arguments
    if what == "train":
        return train(Path(rest[0]), display="--display" in rest)
    from lab_app.cli import main as lab

    if what == "sweep":
        if rest[2:]:
            _share(Path(rest[2]), Path(rest[1]))
        lab(["resume", rest[0], "--runs-dir", rest[1]])
    else:
        lab(["play", rest[0], "--display-on", "web", "--runs-dir", rest[1]])
    return 0


def _code() -> int:
    try:
        return main(sys.argv[1:])
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 1


if __name__ == "__main__":
    from lab_app.cli.crash import leave

    code = _code()
    leave(code)
    sys.exit(code)
