"""Style transfer by changing the picture itself (Gatys, Ecker and Bethge 2016). Nothing is trained.

Deviations from the paper: both losses are relative to their target (|F - P|^2 / |P|^2, mean over layers of |G - A|^2 / |A|^2), so
that weights mean the same for every picture and layer; VGG16 fine-tuned for edges instead of VGG19
(:mod:`lab_tensorflow.pretrained.vgg16`).
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from lab_core.config import from_dict, to_dict
from lab_core.errors import LabError
from lab_core.model import Apply, Kind, Model
from lab_image_translation import degradations
from lab_image_translation.paired.problem import Pixels, to_pixels, with_channels
from lab_image_translation.sheets import rows_of
from lab_image_translation.style.config import StyleConfig, StyleOptions
from lab_image_translation.style.pictures import load_style, scaled

FILE = "style-transfer.json"
SWEEP = (0.01, 0.1, 1.0, 10.0)  # times style_weight
DEEPER = ("conv1_2", "conv2_2", "conv3_2", "conv4_2", "conv5_2")


class StyleTransfer(Model, Apply):
    """Paints each image in the style of other pictures."""

    consumes = Kind.IMAGE
    produces = Kind.IMAGE
    options = StyleOptions

    def __init__(self, config: StyleConfig) -> None:
        self.config = config

    @classmethod
    def ready(cls, config: Any, *, device: str) -> Self:
        from lab_tensorflow.runtime import start

        start(device=device)
        return cls(config)

    def save(self, folder: Path) -> None:
        """Its config alone: nothing is trained, and VGG16 comes from an installed package."""
        (folder / FILE).write_text(json.dumps(to_dict(self.config), indent=1))

    @classmethod
    def load(cls, folder: Path, *, device: str) -> Self:
        try:
            config = from_dict(StyleConfig, json.loads((folder / FILE).read_text()))
        except (OSError, ValueError) as error:
            raise LabError(f"{folder} holds no readable style transfer: {error}.") from error
        return cls.ready(config, device=device)

    def apply(self, items: Iterable[Pixels], options: Any) -> Iterator[Pixels]:
        """The picture, or the sheet that ``options.sheet`` asks for. Raises UsageError for unknown layers and styles."""
        from lab_image_translation import vgg

        vgg.check_layers([options.content_layer, *options.style_layers])
        names = (options.style or self.config.style).split(",")
        styles = [scaled(load_style(name), options.size) for name in names if name.strip()]
        for item in items:
            content = scaled(with_channels(np.asarray(item), 3), options.size)
            yield sheet(content, styles, options)


def sheet(content: Pixels, styles: Sequence[Pixels], options: Any) -> Pixels:
    """One result, or several in a row."""

    def variant(**changes: Any) -> Pixels:
        return transferred(content, styles, msgspec.structs.replace(options, **changes))

    if options.sheet == "weights":
        return rows_of([[variant(style_weight=options.style_weight * factor) for factor in SWEEP]])
    if options.sheet == "content":  # the paper's figure 1, upper row
        return rows_of([[variant(content_layer=layer, style_weight=0.0, content_weight=1.0, start="noise") for layer in DEEPER]])
    if options.sheet == "style":  # lower row
        layers = options.style_layers
        return rows_of(
            [[variant(style_layers=layers[:count], content_weight=0.0, start="noise") for count in range(1, len(layers) + 1)]]
        )
    return variant()


def transferred(content: Pixels, styles: Sequence[Pixels], options: Any) -> Pixels:
    """The picture [h, w, 3] that minimises :func:`make_loss` after ``options.steps`` steps."""
    loss = make_loss(content, styles, options)
    if options.start == "noise":
        start = np.random.default_rng(options.seed).uniform(64, 192, content.shape).astype(np.float32)
    else:
        start = content.astype(np.float32)
    minimise = _lbfgs if options.optimizer == "lbfgs" else _adam
    made = to_pixels(minimise(loss, start, options))
    if not options.keep_colour:
        return made
    difference = degradations.luma(made) - degradations.luma(content)
    return to_pixels(content + difference)


def make_loss(content: Pixels, styles: Sequence[Pixels], options: Any) -> Callable[[Any], tuple[Any, Any]]:
    """A compiled function from a picture float32 [h, w, 3] in 0..255 to the loss (equation 7) and its gradient."""
    import tensorflow as tf
    from lab_tensorflow.losses.reconstruction import total_variation

    from lab_image_translation import vgg
    from lab_image_translation.losses import gram, relative_error

    def seen(image: Any, names: Sequence[str]) -> dict[str, Any]:
        return vgg.features(image, names, pooling=options.pooling)

    wanted = seen(tf.constant(content[None], tf.float32), [options.content_layer])[options.content_layer]
    shares = np.array(options.style_shares or [1.0] * len(styles))
    shares = shares / shares.sum()
    grams: dict[str, Any] = dict.fromkeys(options.style_layers, 0.0)
    for share, style in zip(shares, styles, strict=True):
        found = seen(tf.constant(style[None], tf.float32), options.style_layers)
        for name in options.style_layers:
            grams[name] += float(share) * gram(found[name])
    names = list(dict.fromkeys([options.content_layer, *options.style_layers]))

    @tf.function
    def loss(image: Any) -> tuple[Any, Any]:
        with tf.GradientTape() as tape:
            tape.watch(image)
            found = seen(image[None], names)
            total = options.smoothness * total_variation(image[None] / 255)
            if options.content_weight:
                total += options.content_weight * relative_error(found[options.content_layer], wanted)
            if options.style_weight:
                for name, target in grams.items():
                    total += options.style_weight / len(grams) * relative_error(gram(found[name]), target)
        return total, tape.gradient(total, image)

    return loss


def _lbfgs(loss: Callable[[Any], tuple[Any, Any]], start: NDArray[np.float32], options: Any) -> NDArray[Any]:
    import tensorflow as tf
    from scipy.optimize import minimize

    def function(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        value, gradient = loss(tf.constant(flat.reshape(start.shape), tf.float32))
        return float(value), gradient.numpy().astype(np.float64).ravel()

    bounds = [(0.0, 255.0)] * start.size
    found: Any = minimize(
        function,
        start.astype(np.float64).ravel(),
        jac=True,
        method="L-BFGS-B",
        bounds=bounds,
        options={"maxiter": options.steps, "maxfun": 2 * options.steps, "maxcor": 10, "ftol": 0.0, "gtol": 0.0},
    )
    made = found.x.reshape(start.shape)
    left = options.steps - int(found.nit)  # its line search may fail on float32 gradients; Adam goes on from there
    return _adam(loss, made.astype(np.float32), msgspec.structs.replace(options, steps=left)) if left > 0 else made


def _adam(loss: Callable[[Any], tuple[Any, Any]], start: NDArray[np.float32], options: Any) -> NDArray[Any]:
    import tensorflow as tf
    from lab_tensorflow.optimizers import Adam

    image = tf.Variable(start)
    optimizer = Adam([image], options.learning_rate, beta2=0.99)
    for _ in range(options.steps):
        _, gradient = loss(image)
        optimizer.apply_gradients([(gradient, image)])
        image.assign(tf.clip_by_value(image, 0.0, 255.0))
    return image.numpy()
