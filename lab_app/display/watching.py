"""From a target to pictures: its scene, the options of a scene, a film of one episode."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from lab_app.runs.target import Target
from lab_core.benchmark import Benchmark
from lab_core.errors import LabError
from lab_core.imports import load_object
from lab_core.model import Model
from lab_core.scene import Scene


def make_scene(found: Target) -> Scene:
    """The scene of a target's benchmark; raises LabError where it has none."""
    if found.benchmark is None:
        raise LabError(f"Task {found.task.id} has no scene to show.")
    return scene_of(found.benchmark)


def scene_of(benchmark: Benchmark) -> Scene:
    """The scene of a benchmark: its own, or inputs beside outputs where it is about applying, or texts that grow.

    Raises LabError without any.
    """
    if benchmark.scene is None and benchmark.needs == "apply":
        from lab_app.display.apply_scene import ApplyScene

        return ApplyScene(benchmark)
    if benchmark.scene is None and _writes_texts(benchmark):
        from lab_app.display.text_scene import TextScene

        return TextScene(benchmark)
    if benchmark.scene is None:
        raise LabError(f"Benchmark {benchmark.id} has no scene to show.")
    kind = load_object(benchmark.scene, what=f"Benchmark {benchmark.id}")
    return cast(Scene, kind(benchmark))


def has_scene(benchmark: Benchmark | None) -> bool:
    """Whether there is a scene for a benchmark; one about applying or about samples of texts always has one."""
    return benchmark is not None and (benchmark.scene is not None or benchmark.needs == "apply" or _writes_texts(benchmark))


def _writes_texts(benchmark: Benchmark) -> bool:
    return benchmark.needs == "sample" and benchmark.produces == "text"


def scene_options(protocol: str | None = None, epsilon: float | None = None, overlay: bool = False) -> Mapping[str, Any]:
    """The options of a scene, leaving out what is the protocol's own."""
    options: dict[str, Any] = {"overlay": overlay}
    if protocol is not None:
        options["protocol"] = protocol
    if epsilon is not None:
        options["epsilon"] = epsilon
    return options


def film(found: Target, model: Model, path: Path, *, protocol: str, seed: int) -> None:
    """One episode of a model as a video file."""
    from lab_app.display import VideoSink, play

    play(make_scene(found), model, [VideoSink(path)], seed=seed, episodes=1, options=scene_options(protocol))
