"""Copied spans: how much of a text stands word for word in the text that a model learnt from.

Every window of ``span`` characters has a 64-bit hash. A character counts as copied when it lies in a window that the
training text has too. Two different windows share a hash with a chance of about (windows of both) / 2^64.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

SPAN = 50  # characters: about nine English words
_BASE = np.uint64(0x9E3779B97F4A7C15)

Hashes = NDArray[np.uint64]


class CopyIndex:
    """The windows of a training text, sorted for look-up. ``texts`` are looked at one by one: no window runs across two."""

    def __init__(self, texts: Sequence[str], span: int = SPAN) -> None:
        self.span = span
        parts = [_windows(text, span) for text in texts]
        self._known: Hashes = np.unique(np.concatenate(parts)) if parts else np.empty(0, np.uint64)

    def copied(self, text: str) -> NDArray[np.bool_]:
        """For each character of ``text`` whether it is copied, bool [characters]."""
        windows = _windows(text, self.span)
        covered = np.zeros(len(text) + 1, np.int64)
        if len(windows) and len(self._known):
            place = np.searchsorted(self._known, windows).clip(max=len(self._known) - 1)
            starts = np.flatnonzero(self._known[place] == windows)
            np.add.at(covered, starts, 1)
            np.add.at(covered, starts + self.span, -1)
        return covered.cumsum()[: len(text)] > 0

    def share(self, texts: Sequence[str]) -> float:
        """Share of the characters of ``texts`` that are copied, 0 to 1; 0 for no characters."""
        found = [self.copied(text) for text in texts]
        count = sum(len(one) for one in found)
        return float(sum(int(one.sum()) for one in found) / count) if count else 0.0


def _windows(text: str, span: int) -> Hashes:
    """Polynomial hashes modulo 2^64 of all windows of ``span`` characters, uint64 [characters - span + 1]."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
    count = len(codes) - span + 1
    if count < 1:
        return np.empty(0, np.uint64)
    mixed = codes * np.uint64(0xD6E8FEB86659FD93)
    mixed ^= mixed >> np.uint64(32)
    hashes = np.zeros(count, np.uint64)
    for offset in range(span):
        hashes = hashes * _BASE + mixed[offset : offset + count]
    return hashes
