"""TensorBoard without its noise: ``python -m lab_app.observers.tensorboard_server ARGUMENTS``, as ``lab tensorboard`` starts it.

TensorBoard reads what runs write without TensorFlow, whose import takes ten seconds and reports on CUDA; so it is kept out of the
process. Of TensorBoard's own lines on standard error, those that tell of this and of its reader are left out; everything else,
errors and the address among it, is printed.
"""

import sys
from typing import Any, TextIO

# parts of lines that tell the user nothing
_NOISE = (
    "TensorFlow installation not found",
    "NOTE: Using experimental fast data loading",
    "--load_fast=false",
    "github.com/tensorflow/tensorboard/issues/4784",
)


class QuietStream:
    """A text stream without lines that hold a part of :data:`_NOISE`, and without blank ones."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._rest = ""

    def write(self, text: str) -> int:
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            if line.strip() and not any(part in line for part in _NOISE):
                self._stream.write(f"{line}\n")
        return len(text)

    def flush(self) -> None:
        if self._rest and self._rest.strip():
            self._stream.write(self._rest)
        self._rest = ""
        self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def main() -> None:
    """Run TensorBoard with the arguments of the command line."""
    sys.modules["tensorflow"] = None  # type: ignore[assignment]  # "not installed", for every import of it
    sys.stderr = QuietStream(sys.stderr)  # type: ignore[assignment]
    from tensorboard.main import run_main  # pyright: ignore

    run_main()


if __name__ == "__main__":
    main()
