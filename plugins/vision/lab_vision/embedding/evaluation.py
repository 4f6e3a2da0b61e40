"""Verification on identities that training never saw."""

from typing import Any

from lab_metrics.labels.verification import VerificationEvaluator

from lab_vision.embedding.data import identities, pairs_of
from lab_vision.embedding.pairs import places_of


class IdentityEvaluator(VerificationEvaluator):
    """A user's own folder is split by identity, not by image (:func:`lab_vision.embedding.data.identities`)."""

    def columns(self, data: str, split: str) -> Any:
        return identities(data, split)

    def pairs(self, found: Any, labels: Any, data: str, split: str, count: int) -> Any:
        """Those of the folder's pairs file for the test, whatever ``count``; else pairs of random images."""
        given = pairs_of(data) if split == "test" else None
        if given is None:
            return super().pairs(found, labels, data, split, count)
        return places_of(given, found["file"], data), given.same, given.folds
