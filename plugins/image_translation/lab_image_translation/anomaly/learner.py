"""One update of the autoencoder."""

from collections.abc import Mapping
from typing import Any

import keras
from lab_tensorflow.noise import Noise
from lab_tensorflow.precision import policy
from lab_tensorflow.single_loss import SingleLossLearner

from lab_image_translation.anomaly.config import AnomalyConfig
from lab_image_translation.anomaly.networks import autoencoder
from lab_image_translation.losses import binary_cross_entropy


class AnomalyLearner(SingleLossLearner):
    """``networks``: the autoencoder."""

    averaged = ("autoencoder",)
    metrics = ("loss",)

    def __init__(self, config: AnomalyConfig, shape: Any, *, precision: str, seed: int) -> None:
        keras.utils.set_random_seed(seed % 1_000_003)
        network = autoencoder(shape, width=config.width, code=config.code, dtype=policy(precision))
        super().__init__(config, {"autoencoder": network}, seed=seed)
        self.network = network

    def loss(self, batch: Mapping[str, Any], noise: Noise) -> tuple[Any, Mapping[str, Any]]:
        """Binary cross-entropy of each pixel."""
        loss = binary_cross_entropy(batch["image"], self.network(batch["image"], training=True))
        return loss, {"loss": loss}
