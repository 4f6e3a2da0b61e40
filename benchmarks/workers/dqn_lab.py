"""The lab's DQN on Breakout with the same settings, timed on request. The same commands as the peer's worker."""

import json
import sys
import time

WARM_UP = 2_048


def main() -> None:
    precision, learner, threads = sys.argv[1], sys.argv[2], int(sys.argv[3])
    from lab_dqn.config import DQNConfig

    from lab_core.config import from_dict
    from lab_core.context import Context
    from lab_core.registry.discovery import discover
    from lab_core.runs.opening import prepare

    task = discover()[0].task("dqn-breakout")
    prepare(task, device="cpu", threads=threads)
    from lab_dqn.trainer import DQNTrainer

    values = {
        "game": "breakout",
        "steps": 10**9,
        "network": "nature",
        "batch_size": 32,
        "train_every": 4,
        "environments": 16,
        "updates_per_slice": 32,
        "n_step": 1,
        "target_period": 1024,
        "replay_capacity": 50_000,
        "warm_up": WARM_UP,
        "epsilon_start": 0.1,
        "epsilon_end": 0.1,
        "learner": learner,
    }
    config = from_dict(DQNConfig, values)
    trainer = DQNTrainer(task, config, Context(seed=0, threads=threads, precision=precision))
    while trainer.updates < 64:
        trainer.advance(config.steps)
    print(json.dumps({"ready": True, "precision": precision, "learner": learner}), flush=True)
    for line in sys.stdin:
        command, *argument = line.split()
        if command == "quit":
            break
        start, steps, updates = time.perf_counter(), trainer.agent_steps, trainer.updates
        busy = time.process_time()
        while time.perf_counter() - start < float(argument[0]):
            if command == "train":
                trainer.advance(config.steps)
            else:
                trainer.learn(config.updates_per_slice)
        seconds = time.perf_counter() - start
        answer = {"agent_steps": trainer.agent_steps - steps, "updates": trainer.updates - updates, "seconds": seconds}
        print(json.dumps(answer | {"processor_seconds": time.process_time() - busy}), flush=True)
    trainer.close()


if __name__ == "__main__":
    main()
