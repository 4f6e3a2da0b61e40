"""State values and the policy that they are the values of."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from lab_core.errors import LabError
from lab_core.model import Act, Model
from lab_core.npz import read_npz
from lab_tabular.model import fits, observed_as, read
from lab_tabular.numbering import Numbering

_FILE = "values.npz"


class ValuesModel(Model, Act):
    """``values`` float64 [observations]; acts by ``policy`` float64 [observations, actions]."""

    def __init__(self, values: np.ndarray, policy: np.ndarray, *, numbering: Numbering) -> None:
        self.values, self.policy, self.numbering = np.array(values, np.float64), np.array(policy, np.float64), numbering
        self._cumulative = np.cumsum(self.policy, axis=1)

    @property
    def observation(self) -> Mapping[str, Any]:  # pyright: ignore[reportIncompatibleVariableOverride]
        return observed_as(self.numbering, self.policy.shape[1])

    def act(
        self, observations: np.ndarray, state: None = None, *, epsilon: float, rng: np.random.Generator
    ) -> tuple[np.ndarray, None]:
        """Actions int64 [batch] drawn from the policy, or evenly a share ``epsilon`` of the time."""
        rows = self.numbering.numbers(observations)
        explore, number = rng.random((2, len(rows)))
        actions = self.policy.shape[1]
        drawn = np.minimum((self._cumulative[rows] <= number[:, None]).sum(axis=1), actions - 1)
        return np.where(explore < epsilon, (number * actions).astype(np.int64), drawn).astype(np.int64), None

    def state_values(self, rows: np.ndarray) -> np.ndarray:
        """What numbered observations are worth under the policy, float64 [batch]."""
        return self.values[rows]

    def save(self, folder: Path) -> None:
        numbering = np.array([self.numbering.sizes, self.numbering.starts], np.int64)
        np.savez(folder / _FILE, values=self.values, policy=self.policy, numbering=numbering)

    @classmethod
    def load(cls, folder: Path, *, device: str) -> "ValuesModel":
        """Read values; ``device`` makes no difference. Raises LabError for missing or damaged ones."""
        try:
            arrays = read_npz(folder / _FILE)
            values, policy, numbering = arrays["values"], arrays["policy"], arrays["numbering"]
        except FileNotFoundError:
            raise LabError(f"{folder} holds no values ({_FILE} is missing).") from None
        except KeyError as error:
            raise LabError(f"{folder / _FILE} is damaged: it lacks {error}.") from None
        good = values.ndim == 1 and policy.ndim == 2 and len(policy) == len(values) and fits(numbering, len(values))
        if not good or values.dtype != np.float64 or policy.dtype != np.float64 or not np.isfinite(values).all():
            raise LabError(f"{folder / _FILE} is damaged: finite float64 values [observations] and their policy are expected.")
        return cls(values, policy, numbering=read(numbering))
