"""What a model thinks of its actions as it plays, for the panel beside the picture."""

from collections import deque
from typing import Any

import numpy as np

from lab_core.model import Act
from lab_core.scene import Insight
from lab_environments.arenas import Arena

_MOMENTS = 600  # that are remembered


class Thoughts:
    """Asks a model before each step what it thinks, and tells it together with what was done.

    A model is asked for action values, else for probabilities; a continuous action is shown in its bounds.
    """

    def __init__(self, player: Act, names: tuple[str, ...], *, space: Any = None) -> None:
        self._player, self._names, self._space = player, names, space
        self._history: deque[float] = deque(maxlen=_MOMENTS)
        self._numbers: tuple[float, ...] = ()
        self._kind: Any = "value"

    def look(self, arena: Arena) -> None:
        """Ask about the moment that the model now acts on."""
        observations = arena.observations()
        values = self._player.action_values(observations)
        probabilities = None if values is not None else self._player.action_probabilities(observations)
        worth = self._player.state_values(observations)
        numbers = values if values is not None else probabilities
        self._numbers = () if numbers is None else tuple(float(number) for number in np.ravel(numbers[0]))
        self._kind = "value" if probabilities is None else "probability"
        if worth is not None:
            self._history.append(float(np.ravel(worth)[0]))
        elif values is not None:
            self._history.append(max(self._numbers))

    def before(self, arena: Arena) -> Insight:
        """The content before the first action; the moment is looked at again when it is acted on, and remembered then."""
        self.look(arena)
        found = self.insight()
        self._history.clear()
        return found

    def insight(self, taken: Any = None) -> Insight:
        """The panel's content; ``taken`` is the action's number, or its components, None before the first."""
        history = tuple(self._history)
        if self._space is None:
            return Insight(self._kind, self._names, self._numbers, None if taken is None else int(taken), history=history)
        components = () if taken is None else tuple(float(part) for part in np.ravel(taken))
        low = tuple(max(float(bound), -1e6) for bound in np.ravel(self._space.low))
        high = tuple(min(float(bound), 1e6) for bound in np.ravel(self._space.high))
        return Insight("action", self._names, components, low=low, high=high, history=history)
