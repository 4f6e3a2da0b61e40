"""Stable-Baselines3's DQN on Breakout, timed on request. Runs in that library's own environment, knows nothing of the lab.

Its zoo's Atari settings: Nature network, Adam 1e-4, batch 32, one update for 4 agent steps, NoFrameskip-v4 behind its own
wrappers. Commands on standard input, one JSON line of answer each: ``train SECONDS``, ``updates SECONDS``, ``quit``.
"""

import json
import sys
import time

import ale_py
import gymnasium
import torch
from stable_baselines3 import DQN
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.env_util import make_atari_env
from stable_baselines3.common.vec_env import VecFrameStack

WARM_UP = 2_000


class Clock(BaseCallback):
    """Stops training after some seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.end = time.perf_counter() + seconds

    def _on_step(self) -> bool:
        return time.perf_counter() < self.end


def main() -> None:
    environments, threads = int(sys.argv[1]), int(sys.argv[2])
    torch.set_num_threads(threads)
    gymnasium.register_envs(ale_py)
    env = VecFrameStack(make_atari_env("BreakoutNoFrameskip-v4", n_envs=environments, seed=0), n_stack=4)
    model = DQN(
        "CnnPolicy",
        env,
        buffer_size=50_000,
        learning_starts=WARM_UP,
        learning_rate=1e-4,
        batch_size=32,
        # train_freq counts steps of the vector; together always one update for 4 agent steps
        train_freq=max(1, 4 // environments),
        gradient_steps=max(1, environments // 4),
        target_update_interval=1_000,
        exploration_initial_eps=0.1,
        exploration_final_eps=0.1,
        seed=0,
        device="cpu",
    )
    model.learn(10**9, callback=Clock(1.0), reset_num_timesteps=False)
    while model.num_timesteps < WARM_UP + 200:
        model.learn(10**9, callback=Clock(1.0), reset_num_timesteps=False)
    print(json.dumps({"ready": True, "torch": torch.__version__}), flush=True)
    for line in sys.stdin:
        command, *argument = line.split()
        if command == "quit":
            break
        start, steps, updates = time.perf_counter(), model.num_timesteps, model._n_updates
        busy = time.process_time()
        if command == "train":
            model.learn(10**9, callback=Clock(float(argument[0])), reset_num_timesteps=False)
        else:
            while time.perf_counter() - start < float(argument[0]):
                model.train(gradient_steps=8, batch_size=32)
        seconds = time.perf_counter() - start
        answer = {"agent_steps": model.num_timesteps - steps, "updates": model._n_updates - updates, "seconds": seconds}
        print(json.dumps(answer | {"processor_seconds": time.process_time() - busy}), flush=True)


if __name__ == "__main__":
    main()
