"""Verification on identities that training never saw."""

from typing import Any

from lab_metrics.labels.verification import VerificationEvaluator

from lab_vision.embedding.data import identities


class IdentityEvaluator(VerificationEvaluator):
    """A user's own folder is split by identity, not by image (:func:`lab_vision.embedding.data.identities`)."""

    def columns(self, data: str, split: str) -> Any:
        return identities(data, split)
