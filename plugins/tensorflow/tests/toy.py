"""A small method for the tests of the trainer: a line through points, and a two-network one with state."""

from typing import Annotated, Any

import numpy as np
from lab_tensorflow.compiled_trainer import CompiledTrainer
from lab_tensorflow.minibatch_config import MinibatchConfig
from lab_tensorflow.network_model import NetworkModel

from lab_core.config import about
from lab_core.context import Context
from lab_core.model import Model
from lab_core.task import Task
from lab_core.trainer import Media

TASK = Task(
    id="toy",
    title="Toy",
    family="test",
    method="line",
    trainer="toy:LineTrainer",
    model="toy:LineModel",
    config="toy:LineConfig",
    presets={"smoke": {}, "default": {}},
)


class LineConfig(MinibatchConfig, frozen=True, kw_only=True):
    """A linear layer, perhaps with dropout; ``slope`` is the line that the data lie on."""

    slope: Annotated[float, about("Slope of the data")] = 3.0
    shift: Annotated[float, about("Standard deviation of the noise on the inputs", ge=0)] = 0.0
    dropout: Annotated[float, about("Dropout", ge=0, lt=1)] = 0.0


def make_line(config: LineConfig, seed: int = 0) -> Any:
    import keras

    given = keras.Input((2,))
    x: Any = keras.layers.Dense(8, kernel_initializer=keras.initializers.GlorotUniform(seed=seed))(given)
    if config.dropout:
        x = keras.layers.Dropout(config.dropout, seed=seed)(x)
    return keras.Model(given, keras.layers.Dense(1, kernel_initializer=keras.initializers.GlorotUniform(seed=seed + 1))(x))


def make_learner(config: LineConfig, seed: int) -> Any:
    import tensorflow as tf
    from lab_tensorflow.losses.reconstruction import squared_error
    from lab_tensorflow.single_loss import SingleLossLearner

    class Line(SingleLossLearner):
        averaged = ("line",)
        metrics = ("loss", "noise", "items")

        def __init__(self) -> None:
            super().__init__(config, {"line": make_line(config, seed)}, seed=seed)
            self.state = {"items": tf.Variable(0.0)}

        def loss(self, batch: Any, noise: Any) -> Any:
            loss = squared_error(batch["target"], self.networks["line"](batch["input"], training=True)[:, 0])
            self.state["items"].assign_add(float(config.batch_size))
            return loss, {"items": self.state["items"].read_value(), "noise": noise.uniform(()), "loss": loss}

        def evaluate(self, batch: Any) -> Any:
            return {"error": squared_error(batch["target"], self.networks["line"](batch["input"], training=False)[:, 0])}

    return Line()


class LineModel(NetworkModel):
    config_type = LineConfig

    def make_networks(self) -> dict[str, Any]:
        return {"line": make_line(self.config)}


class LineTrainer(CompiledTrainer[LineConfig]):
    item_word = "points"

    def make_data(self) -> dict[str, Any]:
        self.slices = 0
        return self._points(100, seed=0)

    def make_validation(self) -> dict[str, Any]:
        return self._points(21, seed=1)

    def _points(self, count: int, seed: int) -> dict[str, Any]:
        points = np.random.default_rng(seed).integers(-100, 100, (count, 2))
        return {"input": points.astype(np.int16), "target": (self.config.slope * points[:, 0]).astype(np.float32)}

    def prepare(self, items: Any, noise: Any) -> Any:
        import tensorflow as tf

        inputs = tf.cast(items["input"], tf.float32) / 100
        if noise is not None and self.config.shift:
            inputs += self.config.shift * noise.normal(tf.shape(inputs))
        return {"input": inputs, "target": items["target"] / 100}

    def make_learner(self) -> Any:
        return make_learner(self.config, self.context.integer("initialisation"))

    def model(self) -> Model:
        return LineModel(self.config, self.average.values(), {"unit": "points"})

    def media(self) -> tuple[Media, ...]:
        return (Media("text", text=f"after {self.step}"),)

    def observe(self, before: int, scalars: dict[str, float]) -> list[str]:
        self.slices += 1
        scalars["slices"] = self.slices
        return [f"from {before} to {self.step}"]

    def counters(self) -> dict[str, Any]:
        return {"slices": self.slices}

    def restore(self, counters: Any) -> None:
        self.slices = int(counters["slices"])


def trainer(*, seed: int = 0, **settings: Any) -> LineTrainer:
    config = LineConfig(**{"steps": 20, "batch_size": 8, "updates_per_slice": 5, "media_every": 0} | settings)
    return LineTrainer(TASK, config, Context(seed=seed, threads=1))
