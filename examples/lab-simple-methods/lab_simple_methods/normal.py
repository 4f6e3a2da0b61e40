"""Images from a normal distribution with the training images' mean and their largest principal components."""

import numpy as np
from lab_datasets.loading import load_columns

from lab_core import Kind, Model, Sample
from lab_simple_methods.config import NormalOptions


class Normal(Model, Sample):
    produces = Kind.IMAGE
    options = NormalOptions
    training_data = "mnist"

    def __init__(self, mean, axes):
        self.mean, self.axes = mean, axes  # float64 [784], [components, 784] with lengths of a deviation each

    @classmethod
    def ready(cls, config, *, device):
        images = load_columns("mnist", "train")["images"][:]
        pixels = images.reshape(len(images), -1).astype(np.float64)
        mean = pixels.mean(axis=0)
        values, vectors = np.linalg.eigh(np.cov(pixels - mean, rowvar=False))
        largest = slice(-config.components, None)
        return cls(mean, (vectors[:, largest] * np.sqrt(np.maximum(values[largest], 0))).T)

    def save(self, folder):
        np.save(folder / "mean.npy", self.mean)
        np.save(folder / "axes.npy", self.axes)

    @classmethod
    def load(cls, folder, *, device):
        return cls(*(np.load(folder / f"{name}.npy", allow_pickle=False) for name in ("mean", "axes")))

    def sample(self, count, *, seed, options):
        rng = np.random.default_rng(seed)
        for _ in range(count):
            drawn = self.mean + options["temperature"] * rng.normal(size=len(self.axes)) @ self.axes
            yield np.clip(np.rint(drawn), 0, 255).astype(np.uint8).reshape(28, 28, 1)
