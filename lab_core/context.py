"""What a trainer is given besides its config: plain data about where it runs and from which seeds."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    import numpy as np

Stream = Literal["initialisation", "environment", "policy", "data", "selection", "display"]
_STREAMS: tuple[Stream, ...] = ("initialisation", "environment", "policy", "data", "selection", "display")


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """Device, precision, processor threads, root seed and folder of one run.

    device     "cpu", or "gpu:0" and so on, already resolved; "gpu:0,gpu:1" where several share the training
    precision  "float32" or "bfloat16", already resolved
    threads    how many processor threads the trainer may use in all, environments included
    """

    seed: int
    device: str = "cpu"
    precision: str = "float32"
    threads: int = 1
    folder: Path = Path()

    def seeds(self, stream: Stream) -> "np.random.SeedSequence":
        """The seed sequence of one named stream; streams are independent of each other."""
        import numpy as np

        return np.random.SeedSequence(self.seed, spawn_key=(_STREAMS.index(stream),))

    def generator(self, stream: Stream) -> "np.random.Generator":
        """A fresh PCG64 generator at the start of a named stream."""
        import numpy as np

        return np.random.Generator(np.random.PCG64(self.seeds(stream)))

    def integer(self, stream: Stream) -> int:
        """One 31-bit seed from a named stream, for libraries that take a single number."""
        return int(self.seeds(stream).generate_state(1)[0] >> 1)


def seed_globals(context: Context, step: int) -> None:
    """Seed the generators that belong to the whole process (``random``, ``np.random``) from the run's seed and a step.

    Libraries that draw from them then do the same in two runs of one seed. Their state isn't part of a checkpoint.
    """
    import random

    import numpy as np

    seeds = np.random.SeedSequence(context.seed, spawn_key=(len(_STREAMS), step)).generate_state(2)
    random.seed(int(seeds[0]))
    np.random.seed(int(seeds[1]))  # noqa: NPY002 - what other libraries use
