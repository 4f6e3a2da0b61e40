"""A toy task that the core's tests train: a seeded random walk whose every bit must survive a resume."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pytest

from lab_app import api
from lab_app.cli import common
from lab_core import Act, Benchmark, Context, Evaluation, Evaluator, LabError, Model, Progress, Score, Task, TrainConfig, Trainer
from lab_core import about as _about
from lab_core.registry.discovery import DISABLED_VARIABLE, OURS
from lab_core.registry.registry import Registry
from lab_core.runs.run import Run, RunRecord


@pytest.fixture(autouse=True)
def _no_plugins(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The core's tests find the core alone, as in an environment without any plugin of ours; other tests of the process don't."""
    monkeypatch.setenv(DISABLED_VARIABLE, ",".join(OURS[1:]))
    monkeypatch.setattr(common, "_loaded", None)
    forget = api.registry.cache_clear  # a test may put another registry in its place
    forget()
    yield
    forget()


class WalkConfig(TrainConfig, frozen=True, kw_only=True):
    slice_steps: Annotated[int, _about("steps a slice", ge=1)] = 10
    diverge_at: Annotated[int, _about("step at which the loss becomes NaN; 0 never", ge=0)] = 0
    crash_at: Annotated[int, _about("step at which the trainer raises; 0 never", ge=0)] = 0


class WalkModel(Model, Act):
    observation = {"kind": "discrete", "n": 1}

    def __init__(self, position: float) -> None:
        self.position = position

    def save(self, folder: Path) -> None:
        (folder / "position.txt").write_text(repr(self.position))

    @classmethod
    def load(cls, folder: Path, *, device: str) -> "WalkModel":
        try:
            return cls(float((folder / "position.txt").read_text()))
        except (OSError, ValueError) as error:
            raise LabError(f"{folder} holds no walk: {error}.") from None

    def act(self, observations: Any, state: Any, *, epsilon: float, rng: np.random.Generator) -> tuple[Any, Any]:
        return np.zeros(len(observations), np.int64), state


class WalkTrainer(Trainer[WalkConfig]):
    def __init__(self, task: Task, config: WalkConfig, context: Context) -> None:
        super().__init__(task, config, context)
        self.rng = context.generator("policy")
        self.position = 0.0
        self.step = 0
        self.closed = False

    def advance(self, limit: int) -> Progress:
        count = min(limit, self.config.slice_steps)
        self.position += float(self.rng.standard_normal(count).sum())
        self.step += count
        if self.config.crash_at and self.step >= self.config.crash_at:
            raise RuntimeError("the floor gave way")
        loss = float("nan") if self.config.diverge_at and self.step >= self.config.diverge_at else self.position**2
        return Progress(self.step, {"loss": loss})

    def save(self, folder: Path, chunks: Any) -> None:
        import json

        state = {"position": self.position, "step": self.step, "rng": self.rng.bit_generator.state}
        (folder / "walk.json").write_text(json.dumps(state))

    def load(self, folder: Path, chunks: Any) -> None:
        import json

        state = json.loads((folder / "walk.json").read_text())
        self.position, self.step = state["position"], state["step"]
        self.rng.bit_generator.state = state["rng"]

    def parameters(self) -> dict[str, int]:
        return {"walk": 1}

    def state_digest(self) -> dict[str, Any]:
        return {"position": self.position, "step": self.step, "rng": str(self.rng.bit_generator.state)}

    def model(self) -> WalkModel:
        return WalkModel(self.position)

    def close(self) -> None:
        self.closed = True


class WalkEvaluator(Evaluator):
    def evaluate(self, model: Any, *, protocol: str, count: int, seed: int, progress: Any = None) -> Evaluation:
        noise = np.random.default_rng(seed).standard_normal(count)
        scores = tuple(float(model.position + value) for value in noise)
        return Evaluation(
            benchmark=self.benchmark.id,
            protocol=protocol,
            settings=self.benchmark.protocols[protocol],
            seed=seed,
            scores=scores,
            value=float(np.mean(scores)),
        )


WALK_BENCHMARK = Benchmark(
    id="toy/walk",
    title="Random walk",
    needs="act",
    score=Score("position", random=0.0, reference=10.0, reference_name="ten"),
    evaluator="walk_toy:WalkEvaluator",
    protocols={"plain": {"count": 3}},
    default_protocol="plain",
)
WALK_TASK = Task(
    id="walk",
    title="A random walk",
    family="toys",
    method="walk",
    config="walk_toy:WalkConfig",
    trainer="walk_toy:WalkTrainer",
    model="walk_toy:WalkModel",
    benchmark="toy/walk",
    presets={"smoke": {"steps": 40}, "default": {"steps": 100}},
    deterministic=True,
)


@pytest.fixture(autouse=True)
def walk_toy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes this file importable under the name that the toy's records use."""
    import sys

    monkeypatch.setitem(sys.modules, "walk_toy", sys.modules[__name__])


@pytest.fixture
def walk_registry() -> Registry:
    registry = Registry()
    registry.add_task(WALK_TASK, "toys")
    registry.add_benchmark(WALK_BENCHMARK, "toys")
    return registry


@pytest.fixture
def make_run(tmp_path: Path) -> Callable[..., Run]:
    """A new run of the walk in a temporary runs folder."""

    def make(**settings: Any) -> Run:
        config = {"steps": 100, **settings}
        record = RunRecord(
            task="walk", plugin="toys", method="walk", preset="default", config=config, seed=0, budget_steps=config["steps"]
        )
        return Run.create(tmp_path / "runs", record)

    return make


@pytest.fixture
def make_trainer() -> Callable[..., WalkTrainer]:
    def make(seed: int = 0, **settings: Any) -> WalkTrainer:
        return WalkTrainer(WALK_TASK, WalkConfig(**settings), Context(seed=seed))

    return make
