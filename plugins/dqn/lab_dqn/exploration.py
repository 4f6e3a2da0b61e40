"""Exploration: the chance of a random action over the training (Mnih et al. 2015, Methods, "Training details")."""


def linear_epsilon(agent_step: int, *, start: float, end: float, horizon: int, warm_up: int = 0) -> float:
    """Epsilon at ``agent_step``: 1 during the warm-up, then linear from ``start`` to ``end`` over ``horizon`` agent steps."""
    if agent_step < warm_up:
        return 1.0
    done = min(1.0, (agent_step - warm_up) / horizon)
    return start + done * (end - start)
