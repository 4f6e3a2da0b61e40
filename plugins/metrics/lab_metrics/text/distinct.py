"""Distinct n-grams (Li et al. 2016): how much a set of texts repeats itself."""

from collections.abc import Sequence

from lab_core.errors import LabError


def distinct_share(texts: Sequence[str], order: int = 2, *, characters: bool = False) -> float:
    """Different n-grams over all n-grams of the texts together, 0 to 1; n-grams of words, or of characters.

    It falls with the amount of text: compare only equal amounts. Raises LabError where no text has ``order`` words.
    """
    seen: set[tuple[str, ...]] = set()
    count = 0
    for text in texts:
        pieces = list(text) if characters else text.split()
        for start in range(len(pieces) - order + 1):
            seen.add(tuple(pieces[start : start + order]))
            count += 1
    if not count:
        raise LabError(f"No text has {order} {'characters' if characters else 'words'}, so there is no {order}-gram to count.")
    return len(seen) / count
