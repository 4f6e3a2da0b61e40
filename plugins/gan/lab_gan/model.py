"""Generator models: options of sampling, latents, and images from latents."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from lab_core.config import Config, about, from_dict
from lab_core.errors import UsageError
from lab_core.model import Kind, Latent
from lab_gan.config import GanConfig
from lab_gan.image_model import ImageModel, to_pixels


class Plain(Config, frozen=True, kw_only=True):
    """Options of every generator."""

    truncation: Annotated[float, about("The noise is multiplied by this: less variety, fewer failures", gt=0, le=2)] = 1.0


class Labelled(Plain, frozen=True, kw_only=True):
    """Options of a class-conditional generator."""

    label: Annotated[int, about("Class to generate; without it each sample has a random one", ge=0)] | None = None


class Coded(Plain, frozen=True, kw_only=True):
    """Options of InfoGAN, whose category and codes found their meaning without labels."""

    category: Annotated[int, about("Value of the ten-way code; without it random", ge=0, le=9)] | None = None
    c1: Annotated[float, about("First continuous code, trained on -1 to 1; without it random", ge=-4, le=4)] | None = None
    c2: Annotated[float, about("Second continuous code, trained on -1 to 1; without it random", ge=-4, le=4)] | None = None


class GeneratorModel(ImageModel, Latent):
    """Generates images from noise, and from a label or codes where it was trained with them.

    A latent is the noise, then the one-hot label or category, then the continuous codes: the input of the network.
    """

    produces = Kind.IMAGE
    config_type: type[Any] = GanConfig

    def __init__(self, config: Any, weights: Mapping[str, NDArray[Any]], about: Mapping[str, Any] | None = None) -> None:
        import tensorflow as tf

        super().__init__(config, weights, about)
        self.training_data: str | None = config.data_reference
        self.options: type[Config] = self._options_type()  # pyright: ignore[reportIncompatibleVariableOverride]
        self._generate = tf.function(self._pixels, reduce_retracing=True)

    # --- what a subclass with another network or other latents overrides

    def make_networks(self) -> Mapping[str, Any]:
        from lab_gan.networks import latent_size, make_generator

        size = latent_size(self.config, len(self.classes))
        return {"generator": make_generator(self.config, size, self.shape, dtype="float32", seed=0)}

    @property
    def noise_size(self) -> int:
        """How many of a latent's numbers are noise; they come first."""
        return self.config.latent

    def _pixels(self, latents: Any) -> Any:
        """Images uint8 [batch, h, w, c] from latents [batch, dimensions]. Runs in the graph."""
        return to_pixels(self.networks["generator"](latents, training=False))

    def _options_type(self) -> type[Config]:
        if getattr(self.config, "codes", False):
            return Coded
        return Labelled if getattr(self.config, "condition", "none") != "none" else Plain

    # --- sampling

    def sample(self, count: int, *, seed: int, options: Mapping[str, Any]) -> Iterator[NDArray[np.uint8]]:
        return self.decode(self.latents(count, seed=seed, options=options), options)

    def latents(self, count: int, *, seed: int, options: Mapping[str, Any]) -> NDArray[np.float32]:
        """Latent i of a seed is the same for every ``count``."""
        chosen: Any = from_dict(self.options, dict(options))
        rng, rng_category, rng_codes = (np.random.default_rng([seed, stream]) for stream in range(3))
        size = (count, self.config.latent)
        normal = self.config.prior == "normal"
        z = (rng.standard_normal(size) if normal else rng.uniform(-1, 1, size)) * chosen.truncation
        parts = [z]
        if isinstance(chosen, Labelled):
            parts.append(self._one_hot(chosen.label, rng_category, count))
        if isinstance(chosen, Coded):
            parts.append(_one_hot(chosen.category, rng_category, count, 10))
            codes = rng_codes.uniform(-1, 1, (count, 2))
            for place, value in enumerate((chosen.c1, chosen.c2)):
                codes[:, place] = codes[:, place] if value is None else value
            parts.append(codes)
        return np.concatenate(parts, axis=1).astype(np.float32)

    def decode(self, latents: NDArray[np.float32], options: Mapping[str, Any]) -> Iterator[NDArray[np.uint8]]:
        yield from self.batched(self._generate, latents)

    def between(self, a: NDArray[np.float32], b: NDArray[np.float32], fraction: float) -> NDArray[np.float32]:
        """Along the sphere for normal noise, where its mass is (White 2016); straight for uniform noise, labels and codes."""
        straight: NDArray[Any] = (1 - fraction) * a + fraction * b
        if self.config.prior != "normal":
            return straight
        size = self.noise_size
        straight[:, :size] = _slerp(a[:, :size], b[:, :size], fraction)
        return straight

    def _one_hot(self, label: int | None, rng: np.random.Generator, count: int) -> NDArray[Any]:
        if label is not None and label >= len(self.classes):
            names = ", ".join(f"{number} {name}" for number, name in enumerate(self.classes))
            raise UsageError(f"There is no label {label}.", f"Labels: {names}.")
        return _one_hot(label, rng, count, len(self.classes))


def _one_hot(chosen: int | None, rng: np.random.Generator, count: int, classes: int) -> NDArray[Any]:
    which = rng.integers(0, classes, count)
    return np.eye(classes)[which if chosen is None else np.full(count, chosen)]


def _slerp(a: NDArray[Any], b: NDArray[Any], fraction: float) -> NDArray[Any]:
    """Spherical interpolation between rows of ``a`` and ``b`` [count, dimensions]; straight where they are (nearly) parallel."""
    along = np.sum(a * b, axis=1, keepdims=True) / (
        np.linalg.norm(a, axis=1, keepdims=True) * np.linalg.norm(b, axis=1, keepdims=True)
    )
    angle = np.arccos(np.clip(along, -1, 1))
    sine = np.sin(angle)
    flat = sine < 1e-6
    safe = np.where(flat, 1, sine)
    round_ = (np.sin((1 - fraction) * angle) * a + np.sin(fraction * angle) * b) / safe
    return np.where(flat, (1 - fraction) * a + fraction * b, round_)
