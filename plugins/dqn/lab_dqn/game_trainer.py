"""What the trainers of this plugin share: the games they play and the model they leave."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import numpy as np
from lab_environments.gym import BEGUN_ANEW
from lab_tensorflow.agent_trainer import AgentTrainer
from lab_tensorflow.state import Arrays
from numpy.typing import NDArray

from lab_core.context import Context
from lab_core.model import Model
from lab_core.task import Task
from lab_core.trainer import Progress
from lab_dqn.config import NetworkConfig
from lab_dqn.vectors import make_vector

C = TypeVar("C", bound=NetworkConfig)


class GameTrainer(AgentTrainer[C]):
    """``vector`` plays the games; a subclass has ``learner``, whose ``online`` network is the model."""

    learner: Any

    def __init__(self, task: Task, config: C, context: Context, *, threads: int) -> None:
        super().__init__(task, config, context)
        self.vector = make_vector(config, threads=max(1, threads))
        self.history = config.history if config.atari else 1
        frame = self.vector.frame_shape
        self.observation_shape = (*frame, self.history) if config.atari else frame
        self.policy_rng, self.data_rng = context.generator("policy"), context.generator("data")
        # the emulator can't be saved: after a load, new games start where others were running
        self.restarts_environment = self.vector.state() is None
        self._threads = ThreadPoolExecutor(2, thread_name_prefix=task.method)

    def progress(self, limit: int, scalars: Mapping[str, float]) -> Progress:
        """The slice's report."""
        found = {
            **scalars,
            "epsilon": self.config.epsilon(self.agent_steps),
            "games": float(self.episodes),
            "updates": float(self.updates),
            **self.returns(),
        }
        return Progress(step=self.report(limit), scalars=found, notes=self.take_notes())

    def new_games(self) -> NDArray[Any]:
        """The first frames of new games where running ones could not be saved, on seeds that belong to this step."""
        return self.vector.reset(self.restart_seed(BEGUN_ANEW))

    # --- state

    def streams(self) -> dict[str, np.random.Generator]:
        found = {"policy": self.policy_rng, "data": self.data_rng}
        return found if self.vector.generator is None else found | {"environment": self.vector.generator}

    def vector_arrays(self) -> dict[str, NDArray[Any]]:
        """The state of the environments, where it can be saved."""
        return {f"vector/{name}": value for name, value in (self.vector.state() or {}).items()}

    def restore_vector(self, arrays: Arrays) -> None:
        """Put back what :meth:`vector_arrays` gave, or ask for new games."""
        state = {name.removeprefix("vector/"): value for name, value in arrays.items() if name.startswith("vector/")}
        self.restart_needed = not state or not self.vector.restore(state)

    # --- model

    def model(self) -> Model:
        from lab_dqn.model import QNetworkModel

        weights = [np.array(variable.numpy()) for variable in self.learner.online.variables]
        return QNetworkModel.from_weights(
            self.config, self.observation_shape, self.vector.actions, weights, self.context.precision
        )

    def close(self) -> None:
        self._threads.shutdown(wait=True)
        self.vector.close()
