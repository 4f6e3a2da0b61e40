"""TF-Agents' own training loop for DQN on Breakout, timed on request. The same commands as the other workers.

The loop of its documentation: ``DqnAgent`` on its ``QNetwork`` with Nature's layers, ``TFUniformReplayBuffer`` read as a
prefetched dataset, ``DynamicStepDriver`` over a ``PyEnvironment``; driver and update compiled with ``common.function``. The
environment is Gymnasium's ALE behind Gymnasium's own wrappers. Of the lab it takes the import alone, because TF-Agents
imports ``gym``, which it does not use here.
"""

# ruff: noqa: E402

import os
import sys

os.environ["TF_USE_LEGACY_KERAS"] = "1"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import json
import time

import ale_py
import gymnasium
import numpy as np
import tensorflow as tf
from lab_tensorflow.agents import import_agents

import_agents()

from tf_agents.agents.dqn import dqn_agent
from tf_agents.drivers import dynamic_step_driver
from tf_agents.environments import batched_py_environment, py_environment, tf_py_environment
from tf_agents.networks import q_network
from tf_agents.policies import random_tf_policy
from tf_agents.replay_buffers import tf_uniform_replay_buffer
from tf_agents.specs import array_spec
from tf_agents.trajectories import time_step
from tf_agents.utils import common

WARM_UP = 2_000
CAPACITY = 50_000


class Breakout(py_environment.PyEnvironment):
    """Four greyscale frames of 84x84, no-ops, frame skip 4, clipped rewards: the settings of the other contestants."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        game = gymnasium.make("ALE/Breakout-v5", frameskip=1, repeat_action_probability=0.0)
        game = gymnasium.wrappers.AtariPreprocessing(game, noop_max=30, frame_skip=4, screen_size=84)
        self.game = gymnasium.wrappers.FrameStackObservation(game, 4)
        self.seed: int | None = seed
        self.ended = True

    def action_spec(self) -> array_spec.BoundedArraySpec:
        return array_spec.BoundedArraySpec((), np.int32, 0, int(self.game.action_space.n) - 1)

    def observation_spec(self) -> array_spec.BoundedArraySpec:
        # 255 would overflow where TF-Agents 0.19 samples the spec on NumPy 2; nothing checks the values against it
        return array_spec.BoundedArraySpec((84, 84, 4), np.uint8, 0, 254)

    def _reset(self) -> time_step.TimeStep:
        observation, _ = self.game.reset(seed=self.seed)
        self.seed, self.ended = None, False
        return time_step.restart(np.moveaxis(observation, 0, -1))

    def _step(self, action: np.ndarray) -> time_step.TimeStep:
        if self.ended:
            return self.reset()
        observation, reward, terminated, truncated, _ = self.game.step(int(action))
        observation, reward = np.moveaxis(observation, 0, -1), np.float32(np.clip(reward, -1, 1))
        self.ended = terminated or truncated
        if terminated:
            return time_step.termination(observation, reward)
        return time_step.truncation(observation, reward) if truncated else time_step.transition(observation, reward)


def main() -> None:
    environments, threads = int(sys.argv[1]), int(sys.argv[2])
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    gymnasium.register_envs(ale_py)
    games = [Breakout(seed) for seed in range(environments)]
    environment = tf_py_environment.TFPyEnvironment(
        games[0] if environments == 1 else batched_py_environment.BatchedPyEnvironment(games)
    )
    network = q_network.QNetwork(
        environment.observation_spec(),
        environment.action_spec(),
        preprocessing_layers=tf.keras.layers.Lambda(lambda frames: tf.cast(frames, tf.float32) / 255),
        conv_layer_params=((32, 8, 4), (64, 4, 2), (64, 3, 1)),
        fc_layer_params=(512,),
    )
    agent = dqn_agent.DqnAgent(
        environment.time_step_spec(),
        environment.action_spec(),
        q_network=network,
        optimizer=tf.keras.optimizers.legacy.Adam(1e-4),
        epsilon_greedy=0.1,
        target_update_period=250,
        td_errors_loss_fn=common.element_wise_huber_loss,
        gamma=0.99,
    )
    agent.initialize()
    agent.train = common.function(agent.train)
    replay = tf_uniform_replay_buffer.TFUniformReplayBuffer(agent.collect_data_spec, environments, CAPACITY // environments)
    random = random_tf_policy.RandomTFPolicy(environment.time_step_spec(), environment.action_spec())
    dynamic_step_driver.DynamicStepDriver(environment, random, [replay.add_batch], num_steps=WARM_UP).run()
    steps, updates = max(4, environments), max(1, environments // 4)
    driver = dynamic_step_driver.DynamicStepDriver(environment, agent.collect_policy, [replay.add_batch], num_steps=steps)
    driver.run = common.function(driver.run)
    experience = iter(replay.as_dataset(num_parallel_calls=2, sample_batch_size=32, num_steps=2).prefetch(3))
    now, state = environment.current_time_step(), agent.collect_policy.get_initial_state(environment.batch_size)
    done = {"agent_steps": 0, "updates": 0}

    def turn(command: str, seconds: float) -> None:
        nonlocal now, state
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            if command == "train":
                now, state = driver.run(now, state)
                done["agent_steps"] += steps
            for _ in range(updates):
                agent.train(next(experience)[0])
                done["updates"] += 1

    turn("train", 1.0)
    turn("updates", 0.2)
    print(json.dumps({"ready": True, "tensorflow": tf.__version__}), flush=True)
    for line in sys.stdin:
        command, *argument = line.split()
        if command == "quit":
            break
        before, start, busy = dict(done), time.perf_counter(), time.process_time()
        turn(command, float(argument[0]))
        answer = {"seconds": time.perf_counter() - start, "processor_seconds": time.process_time() - busy}
        print(json.dumps({name: done[name] - before[name] for name in done} | answer), flush=True)


if __name__ == "__main__":
    main()
