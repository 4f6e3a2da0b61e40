"""The table that learning leaves."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from lab_core.errors import LabError
from lab_core.model import Act, Model
from lab_core.npz import read_npz
from lab_tabular.numbering import Numbering, plain
from lab_tabular.planning import greedy_policy

_FILE = "values.npz"


class TabularModel(Model, Act):
    """Action values float64 [observations, actions] and how ties between them are broken.

    ``random_ties``: any of the best actions, chosen again each time; else the one of lowest number, as NumPy's ``argmax`` in the
    source. ``random_when_zero``: even then any action where all values are exactly zero, the source's rule. ``numbering``: which
    row belongs to an observation of several numbers.
    """

    def __init__(
        self,
        values: np.ndarray,
        *,
        numbering: Numbering | None = None,
        random_ties: bool = True,
        random_when_zero: bool = False,
    ) -> None:
        self.values = np.array(values, np.float64)
        self.numbering = numbering or plain(len(self.values))
        self.random_ties = random_ties
        self.random_when_zero = random_when_zero
        self._policy = greedy_policy(self.values, random_ties=random_ties, random_when_zero=random_when_zero)
        self._cumulative = np.cumsum(self._policy, axis=1)

    @property
    def observation(self) -> Mapping[str, Any]:  # pyright: ignore[reportIncompatibleVariableOverride]
        """A whole number below ``n``, or several side by side; ``actions`` is how many there are to choose from."""
        return observed_as(self.numbering, self.values.shape[1])

    def act(
        self, observations: np.ndarray, state: None = None, *, epsilon: float, rng: np.random.Generator
    ) -> tuple[np.ndarray, None]:
        """Actions int64 [batch] for observations int [batch] or [batch, parts]; draws two numbers a row, whatever they decide."""
        observations = self.numbering.numbers(observations)
        explore, number = rng.random((2, len(observations)))
        actions = self.values.shape[1]
        # the smallest action whose cumulative probability exceeds the number; the last one is 1 but for rounding
        greedy = np.minimum((self._cumulative[observations] <= number[:, None]).sum(axis=1), actions - 1)
        uniform = (number * actions).astype(np.int64)
        return np.where(explore < epsilon, uniform, greedy).astype(np.int64), None

    def action_values(self, observations: np.ndarray) -> np.ndarray:
        """The rows of the table, float64 [batch, actions]."""
        return self.values[self.numbering.numbers(observations)]

    def save(self, folder: Path) -> None:
        np.savez(
            folder / _FILE,
            values=self.values,
            ties=np.array([self.random_ties, self.random_when_zero]),
            numbering=np.array([self.numbering.sizes, self.numbering.starts], np.int64),
        )

    @classmethod
    def load(cls, folder: Path, *, device: str) -> "TabularModel":
        """Read a table; ``device`` makes no difference. Raises LabError for a missing or damaged one."""
        try:
            arrays = read_npz(folder / _FILE)
            values, ties = arrays["values"], arrays["ties"]
            numbering = arrays["numbering"] if "numbering" in arrays else np.array([[len(values)], [0]], np.int64)
        except FileNotFoundError:
            raise LabError(f"{folder} holds no table of values ({_FILE} is missing).") from None
        except KeyError as error:
            raise LabError(f"{folder / _FILE} is damaged: it lacks {error}.") from None
        if (
            values.ndim != 2
            or not values.size
            or values.dtype != np.float64
            or not np.isfinite(values).all()
            or ties.shape != (2,)
            or not fits(numbering, len(values))
        ):
            raise LabError(f"{folder / _FILE} is damaged: finite float64 values [observations, actions] are expected.")
        return cls(values, numbering=read(numbering), random_ties=bool(ties[0]), random_when_zero=bool(ties[1]))


def observed_as(numbering: Numbering, actions: int) -> dict[str, Any]:
    """What a model of a table asks to see."""
    if len(numbering.sizes) == 1:
        return {"kind": "discrete", "n": numbering.sizes[0], "actions": actions}
    return {"kind": "vector", "shape": [len(numbering.sizes)], "actions": actions}


def fits(numbering: np.ndarray, observations: int) -> bool:
    """Whether a stored numbering, int64 [2, parts], is one of so many observations."""
    return numbering.ndim == 2 and len(numbering) == 2 and numbering.dtype == np.int64 and read(numbering).count == observations


def read(numbering: np.ndarray) -> Numbering:
    """A stored numbering."""
    return Numbering(tuple(numbering[0].tolist()), tuple(numbering[1].tolist()))
