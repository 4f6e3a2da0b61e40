"""The cross-entropy method: draw linear policies, keep the best, draw around them (Szita and Lorincz 2006, section 2)."""

import json

import gymnasium
import numpy as np

from lab_core import Act, Model, Progress, Trainer


class Linear(Model, Act):
    observation = {"kind": "box"}

    def __init__(self, weights):
        self.weights = weights  # float64 [4]

    def save(self, folder):
        np.save(folder / "weights.npy", self.weights)

    @classmethod
    def load(cls, folder, *, device):
        return cls(np.load(folder / "weights.npy", allow_pickle=False))

    def act(self, observations, state, *, epsilon, rng):
        return (observations @ self.weights > 0).astype(np.int64), state


class CrossEntropy(Trainer):
    def __init__(self, task, config, context):
        super().__init__(task, config, context)
        self.env, self.rng = gymnasium.make("CartPole-v1"), context.generator("policy")
        self.mean, self.deviation, self.step = np.zeros(4), np.ones(4), 0

    def advance(self, limit):
        config = self.config
        drawn = self.mean + self.deviation * self.rng.normal(size=(config.population, 4))
        returns = np.array([self._episode(weights) for weights in drawn])
        elite = drawn[np.argsort(-returns, kind="stable")[: config.elite]]
        self.mean, self.deviation = elite.mean(axis=0), elite.std(axis=0) + config.noise
        self.step += 1
        return Progress(self.step, {"episode_return": float(returns.mean()), "best": float(returns.max())})

    def _episode(self, weights):
        observation, _ = self.env.reset(seed=int(self.rng.integers(2**31)))
        total, done = 0.0, False
        while not done:
            observation, reward, terminated, truncated, _ = self.env.step(int(observation @ weights > 0))
            total, done = total + reward, terminated or truncated
        return total

    def save(self, folder, chunks):
        state = {"mean": self.mean.tolist(), "deviation": self.deviation.tolist(), "step": self.step}
        (folder / "state.json").write_text(json.dumps({**state, "rng": self.rng.bit_generator.state}))

    def load(self, folder, chunks):
        state = json.loads((folder / "state.json").read_text())
        self.mean, self.deviation, self.step = np.array(state["mean"]), np.array(state["deviation"]), state["step"]
        self.rng.bit_generator.state = state["rng"]

    def state_digest(self):
        return {"mean": self.mean, "deviation": self.deviation, "step": self.step, "rng": str(self.rng.bit_generator.state)}

    def model(self):
        return Linear(self.mean.copy())

    def close(self):
        self.env.close()
