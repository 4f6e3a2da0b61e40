"""Advantages from a rollout: generalised advantage estimation (Schulman et al. 2016, eqs. 11-16).

    delta_t = r_t + gamma (1 - terminal_t) V(s_{t+1}) - V(s_t)
    A_t     = delta_t + gamma lambda (1 - cut_t) A_{t+1}
    return  = A_t + V(s_t)

``lambda = 1`` gives the Monte Carlo advantage of A2C. An episode that was only cut (truncated) bootstraps from its last
observation: environments restart in the step after an end, so ``s_{t+1}`` *is* that last observation.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def advantages(
    rewards: Floats,
    values: Floats,
    terminals: NDArray[np.bool_],
    ended: NDArray[np.bool_],
    begun: NDArray[np.bool_],
    *,
    gamma: float,
    lambda_: float,
) -> Floats:
    """Advantages, float32 [time, environments].

    rewards    [time, environments]
    values     V(s_t), [time + 1, environments]; the last row values what was seen after the rollout
    terminals  the episode ended for learning: nothing follows
    ended       the episode ended in any way: no advantage flows back from t + 1 (includes every terminal)
    begun      the step only began a new episode; its advantage is 0 and means nothing
    """
    found = np.zeros_like(rewards)
    following = np.zeros_like(rewards[0])
    deltas = rewards + gamma * np.where(terminals, 0.0, values[1:]).astype(np.float32) - values[:-1]
    flow = (gamma * lambda_ * ~ended).astype(np.float32)
    deltas = np.where(begun, np.float32(0.0), deltas)
    for t in range(len(rewards) - 1, -1, -1):
        following = np.where(begun[t], np.float32(0.0), deltas[t] + flow[t] * following)
        found[t] = following
    return found


def explained_variance(values: NDArray[Any], returns: NDArray[Any]) -> float:
    """1 - Var[returns - values] / Var[returns]: 1 for a perfect critic, 0 for a constant one; 0 where returns don't vary."""
    spread = float(np.var(returns))
    return 0.0 if spread == 0.0 else 1.0 - float(np.var(returns - values)) / spread
