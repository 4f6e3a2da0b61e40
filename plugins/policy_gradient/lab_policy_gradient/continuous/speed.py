"""What an update of SAC costs: ours, TF-Agents' agent in the same loop, ours under XLA. Processor time on one thread.

uv run python -m lab_policy_gradient.continuous.speed
"""

import time
from typing import Any

import numpy as np
from lab_tensorflow.runtime import start

from lab_core.config import from_dict
from lab_policy_gradient.continuous.config import SACConfig

UPDATES = 256  # timed in each case, behind a first call


def measure(widths: tuple[int, ...], batch: int, **settings: Any) -> tuple[float, float]:
    """Seconds of the first call, which traces, and milliseconds an update behind it; Pendulum's sizes."""
    from lab_policy_gradient.continuous.trainer import learner_type

    config = from_dict(SACConfig, {"actor_layers": widths, "critic_layers": widths, "batch_size": batch, **settings})
    learner = learner_type(config)(config, observation_size=3, action_size=1, rng=np.random.default_rng(0))
    rng, shape = np.random.default_rng(1), (config.updates_per_slice, batch)
    noise = rng.normal(size=(shape[0], learner.draws, batch, 1))
    parts = (rng.normal(size=(*shape, 3)), rng.uniform(-1, 1, (*shape, 1)), rng.normal(size=shape), np.full(shape, 0.99))
    data = [part.astype(np.float32) for part in (*parts, rng.normal(size=(*shape, 3)), noise)]
    begun = time.process_time()
    learner.updates(*data).numpy()
    first, begun = time.process_time() - begun, time.process_time()
    for _ in range(UPDATES // shape[0]):
        learner.updates(*data).numpy()
    return first, (time.process_time() - begun) * 1000 / UPDATES


def main() -> None:
    start(threads=1, legacy_keras=True)
    cases = {"compiled": {}, "compiled, xla=true": {"xla": True}, "agent": {"learner": "agent"}}
    for widths, batch in (((64, 64), 128), ((256, 256), 256)):
        for name, settings in cases.items():
            first, each = measure(widths, batch, **settings)
            print(f"{name:20} {widths} batch {batch}: {each:.3f} ms an update, first call {first:.2f} s", flush=True)


if __name__ == "__main__":
    main()
