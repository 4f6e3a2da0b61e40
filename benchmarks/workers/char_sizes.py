"""What both contestants of ``char_lstm.py`` train: 65 characters, the source's minibatches at 128 units."""

CHARACTERS = 65


def sizes(kind: str, units: int) -> tuple[int, int, int]:
    """Layers, sequences of a minibatch, characters of a sequence."""
    if kind == "transformer":
        return 4, 12, 64
    return 2, 32 if units <= 128 else 50, 50
