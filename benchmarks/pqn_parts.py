"""Where an agent step of PQN on Breakout goes: processor time of emulating, acting and learning, one after the other.

uv run benchmarks/pqn_parts.py [--rollouts 20] [--float32] [--set KEY=VALUE]

The settings are those of ``pqn-breakout``, preset ``default``, without overlap. Processor time is that of all threads together.
"""

import argparse
import time
from collections.abc import Callable
from typing import Any

from lab_core.config import resolve
from lab_core.context import Context
from lab_core.registry.discovery import discover
from lab_core.runs.opening import prepare


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rollouts", type=int, default=20)
    parser.add_argument("--float32", action="store_true")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    options = parser.parse_args()
    task = discover()[0].task("pqn-breakout")
    prepare(task, device="cpu", threads=1)
    from lab_dqn.pqn.config import PQNConfig
    from lab_dqn.pqn.trainer import PQNTrainer

    config = resolve(PQNConfig, task.preset("default"), overrides=["overlap=false", *options.set])
    context = Context(seed=0, threads=1, precision="float32" if options.float32 else "bfloat16")
    trainer = PQNTrainer(task, config, context)
    for _ in range(3):  # what is compiled on first use
        trainer.advance(config.steps)
    spent = dict.fromkeys(("emulation", "acting", "learning"), 0.0)

    def timed(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*values: Any) -> Any:
            start = time.process_time()
            found = function(*values)
            spent[name] += time.process_time() - start
            return found

        return call

    trainer.vector.step = timed("emulation", trainer.vector.step)
    trainer.learner.look = timed("acting", trainer.learner.look)
    trainer._learn = timed("learning", trainer._learn)
    start, steps, updates = time.process_time(), trainer.agent_steps, trainer.updates
    for _ in range(options.rollouts):
        trainer.advance(config.steps)
    whole, steps = time.process_time() - start, trainer.agent_steps - steps
    print(f"{1e3 * whole / steps:.2f} ms of one core an agent step ({steps:,} steps, {trainer.updates - updates:,} updates)")
    for name, seconds in [*spent.items(), ("the rest", whole - sum(spent.values()))]:
        print(f"{name:10} {100 * seconds / whole:3.0f} %  {1e3 * seconds / steps:.3f} ms")
    trainer.close()


if __name__ == "__main__":
    main()
