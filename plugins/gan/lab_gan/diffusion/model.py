"""What the diffusion model leaves: a network, and images from noise in a few steps."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from lab_core.config import Config, about, from_dict
from lab_gan.diffusion.config import DiffusionConfig
from lab_gan.image_model import padded, to_pixels
from lab_gan.model import GeneratorModel

BATCH = 64  # images of one pass: larger ones leave the processor's cache


class Drawing(Config, frozen=True, kw_only=True):
    """What the model can be asked."""

    steps: Annotated[int, about("Passes through the network; without it as trained", ge=1, le=1000)] | None = None
    order: Annotated[Literal[1, 2], about("1: DDIM, 2: DPM-Solver++; without it as trained")] | None = None


class Guided(Drawing, frozen=True, kw_only=True):
    """What a class-conditional model can be asked."""

    label: Annotated[int, about("Class to draw; without it each sample has a random one", ge=0)] | None = None
    guidance: Annotated[float, about("Weight of the class; without it as trained", ge=0, le=20)] | None = None


class DiffusionModel(GeneratorModel):
    """Draws images from noise of their own size, without chance on the way; a point is that noise, then the one-hot class."""

    config_type: ClassVar[type[Any]] = DiffusionConfig

    def _make_network(self) -> Any:
        from lab_gan.diffusion.networks import make_denoiser

        return make_denoiser(self.config, self.shape, self._labels, dtype="float32", seed=0)

    def _options_type(self) -> type[Config]:
        return Guided if self.config.condition else Drawing

    @property
    def _labels(self) -> int:
        return len(self.classes) if self.config.condition else 0

    @property
    def noise_size(self) -> int:
        return int(np.prod(self.shape))

    def latents(self, count: int, *, seed: int, options: Mapping[str, Any]) -> NDArray[np.float32]:
        """Sample i of a seed is the same however many are drawn."""
        asked: Any = from_dict(self.options, dict(options))
        rng, rng_label = (np.random.default_rng([seed, stream]) for stream in range(2))
        noise = rng.standard_normal((count, self.noise_size), dtype=np.float32)
        if not self._labels:
            return noise
        return np.concatenate([noise, self._one_hot(asked.label, rng_label, count)], axis=1).astype(np.float32)

    def decode(self, latents: NDArray[np.float32], options: Mapping[str, Any]) -> Iterator[NDArray[np.uint8]]:
        asked: Any = from_dict(self.options, dict(options))
        steps, order = asked.steps or self.config.sampling_steps, asked.order or self.config.order
        guidance = getattr(asked, "guidance", None)
        guidance = self.config.guidance if guidance is None else guidance
        for begin in range(0, len(latents), BATCH):
            part = latents[begin : begin + BATCH]
            images = self._draw(padded(part), np.array(steps, np.int32), order, guidance)
            yield from images.numpy()[: len(part)]

    def _pixels(self, points: Any, steps: Any, order: int, guidance: float) -> Any:
        import tensorflow as tf

        from lab_gan.diffusion.sampling import draw

        count = points.shape[0]
        noise = tf.reshape(points[:, : self.noise_size], (count, *self.shape))
        label = points[:, self.noise_size :]

        def denoise(noisy: Any, time: Any) -> Any:
            times = tf.fill((count, 1), time)
            return self._denoised(noisy, times, label, guidance)

        return to_pixels(draw(denoise, noise, steps, kind=self.config.schedule, order=order))

    def _denoised(self, noisy: Any, times: Any, label: Any, guidance: float) -> Any:
        """The guessed images, kept to -1..1; with guidance w: none + w (class - none) (Ho and Salimans 2021, equation 6)."""
        import tensorflow as tf

        from lab_gan.diffusion.schedule import alpha_sigma, denoised

        inputs = [noisy, times]
        if not self._labels:
            told = self._network(inputs, training=False)
        else:
            told = self._network([*inputs, tf.pad(label, [[0, 0], [0, 1]])], training=False)
            if guidance != 1:
                nothing = tf.one_hot(tf.fill((noisy.shape[0],), self._labels), self._labels + 1)
                free = self._network([*inputs, nothing], training=False)
                told = free + guidance * (told - free)
        alpha, sigma = alpha_sigma(self.config.schedule, times[:, :, None, None])
        return tf.clip_by_value(denoised(self.config.predict, told, noisy, alpha, sigma), -1, 1)
