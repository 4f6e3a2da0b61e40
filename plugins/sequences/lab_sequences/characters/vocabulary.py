"""The characters that a model tells apart, and their numbers."""

from collections.abc import Sequence
from math import log

import numpy as np
from numpy.typing import NDArray

from lab_core.errors import LabError

UNKNOWN, BOUNDARY = 0, 1  # a character outside the vocabulary; where a text begins and ends
SPECIAL = 2
CODE_POINTS = 0x110000
UNSEEN = log(CODE_POINTS)  # nats: which of all Unicode code points an unknown character is

Tokens = NDArray[np.int32]


class Vocabulary:
    """``characters`` in the order of their numbers, which begin at 2; 0 is the unknown one, 1 the boundary of texts."""

    def __init__(self, characters: str) -> None:
        self.characters = characters
        self._numbers = np.zeros(CODE_POINTS, np.int32)
        self._numbers[_codes(characters)] = np.arange(SPECIAL, SPECIAL + len(characters))

    def __len__(self) -> int:
        return SPECIAL + len(self.characters)

    def encode(self, text: str) -> Tokens:
        """int32 [characters]; 0 for unknown ones."""
        return self._numbers[_codes(text)]

    def decode(self, tokens: Sequence[int] | Tokens) -> str:
        """The characters of tokens; boundaries are left out, unknown characters become U+FFFD."""
        return "".join(
            "\ufffd" if token == UNKNOWN else self.characters[token - SPECIAL] for token in tokens if token != BOUNDARY
        )

    def unknown(self, text: str) -> str:
        """The characters of ``text`` outside the vocabulary, each once."""
        return "".join(dict.fromkeys(one for one in text if not self._numbers[ord(one)]))

    def stream(self, texts: Sequence[str]) -> Tokens:
        """All texts one after another, each with a boundary before it, and one at the end."""
        parts: list[Tokens] = []
        boundary = np.array([BOUNDARY], np.int32)
        for text in texts:
            parts += [boundary, self.encode(text)]
        return np.concatenate([*parts, boundary])


def build(texts: Sequence[str], *, limit: int, fewest: int) -> Vocabulary:
    """The most frequent characters of ``texts``; ties in the order of their code points. Raises LabError for fewer than two."""
    codes, counts = np.unique(np.concatenate([_codes(text) for text in texts]), return_counts=True)
    order = np.lexsort((codes, -counts))
    kept = [chr(codes[place]) for place in order if counts[place] >= fewest][:limit]
    if len(kept) < 2:
        raise LabError(
            f"The text has {len(codes)} different characters, {len(kept)} of them {fewest} times or more; at least 2 are needed.",
            "Give a longer text, or set fewest=1.",
        )
    return Vocabulary("".join(kept))


def _codes(text: str) -> NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
