"""How long an episode may last where an environment declares no time limit.

Nothing says that an episode of such an environment ever ends. So scores are taken of episodes of bounded length, which the
evaluation states, and a training says so before it starts.
"""

from lab_core.errors import UsageError
from lab_environments.gym import resolve_env
from lab_environments.gym_benchmarks import benchmark_id

WITHOUT_LIMIT = 1_000  # steps after which an episode is cut where nothing else says when


def declared_limit(env: str) -> int | None:
    """The steps after which an environment cuts an episode by its registration; None where it says nothing.

    Raises as :func:`lab_environments.gym.resolve_env`.
    """
    spec = resolve_env(env)
    return spec.max_episode_steps or spec.kwargs.get("max_num_frames_per_episode")


def episode_limit(env: str) -> int:
    """The declared limit, or :data:`WITHOUT_LIMIT`."""
    return declared_limit(env) or WITHOUT_LIMIT


def unlimited(env: str) -> bool:
    """Whether nothing is known of when an episode ends: no declared limit, and no benchmark of the lab's own."""
    try:
        return declared_limit(env) is None and benchmark_id(resolve_env(env).id).startswith("env/")
    except UsageError:  # refused elsewhere, with a hint
        return False


def limit_remarks(env: str, *, cut_after: int | None = None) -> tuple[str, ...]:
    """One line where the environment has no time limit; ``cut_after`` is where training cuts episodes, None: nowhere."""
    if not unlimited(env):
        return ()
    training = f", episodes of the training after {cut_after:,}" if cut_after is not None else ""
    return (
        f"{env} declares no time limit: scored episodes are cut after {WITHOUT_LIMIT:,} steps{training}. "
        "Register it with max_episode_steps=N to change that.",
    )
