"""Estimates of the memory that a training holds at its peak, for ``Trainer.memory``. Imports no learning library."""

LIBRARY = 500_000_000  # bytes of TensorFlow itself with a compiled function
FLOAT = 4


def training_bytes(*, data: int = 0, parameters: int = 0, activations: int = 0, slots: int = 2, average: bool = True) -> int:
    """Bytes, an estimate from above.

    data         bytes of the columns; TensorFlow's copy of them is counted here
    parameters   trained numbers: each is held as weight, gradient, ``slots`` of the optimiser, perhaps an average
    activations  float32 numbers that the forward passes of one update keep for its gradient, all networks and items together
    """
    held = 2 + slots + (1 if average else 0)
    return LIBRARY + 2 * data + FLOAT * (parameters * held + 2 * activations)
