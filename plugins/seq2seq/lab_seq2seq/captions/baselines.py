"""Baselines of captions: the commonest caption, and the caption of the nearest training image."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Self

import numpy as np
from lab_tensorflow.runtime import start
from numpy.typing import NDArray

from lab_core.config import Config, from_dict, to_dict
from lab_core.errors import LabError
from lab_core.model import Apply, Kind, Model
from lab_seq2seq.captions.config import CaptionConfig
from lab_seq2seq.captions.data import load

FILE = "baseline.json"


class CommonestModel(Model, Apply):
    """The most frequent training caption, whatever the image."""

    consumes, produces = Kind.IMAGE, Kind.TEXT

    def __init__(self, config: CaptionConfig) -> None:
        self.config = config
        self.training = load(config, "train")

    @classmethod
    def ready(cls, config: Config, *, device: str) -> Self:
        start(device=device)
        assert isinstance(config, CaptionConfig)
        return cls(config)

    def apply(self, items: Iterable[NDArray[np.uint8]], options: Config) -> Iterator[str]:
        counts = Counter(text for texts in self.training.captions for text in texts)
        commonest = min(counts, key=lambda text: (-counts[text], text))
        for _ in items:
            yield commonest

    def save(self, folder: Path) -> None:
        (folder / FILE).write_text(json.dumps(to_dict(self.config)))

    @classmethod
    def load(cls, folder: Path, *, device: str) -> Self:
        try:
            config = from_dict(CaptionConfig, json.loads((folder / FILE).read_text()))
        except (OSError, ValueError, TypeError) as error:
            raise LabError(f"{folder} holds no readable baseline: {error}.") from None
        return cls.ready(config, device=device)


class NearestImageModel(CommonestModel):
    """The first caption of the training image whose mean EfficientNet-Lite0 features have the largest cosine."""

    def __init__(self, config: CaptionConfig) -> None:
        super().__init__(config)
        self._known = self._vectors(list(self.training.images))

    def apply(self, items: Iterable[NDArray[np.uint8]], options: Config) -> Iterator[str]:
        for image in items:
            nearest = int((self._known @ self._vectors([image])[0]).argmax())
            yield self.training.captions[nearest][0]

    def _vectors(self, images: list[Any]) -> NDArray[np.float32]:
        """Mean features of length 1, float32 [n, 1280]."""
        from lab_seq2seq.captions.features import features

        means = features(images, self.config.encoder_size).astype(np.float32).mean(1)
        return means / np.linalg.norm(means, axis=1, keepdims=True)
