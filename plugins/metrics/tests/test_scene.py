"""What is shown of a model that draws: the same noise for every model, walks that come back, no work beside a training."""

import time
from collections.abc import Iterator, Mapping
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from lab_metrics.images.scene import SampleScene

from lab_app.display import LiveDisplay, VideoSink, play
from lab_core.benchmark import Benchmark
from lab_core.errors import LabError
from lab_core.model import Kind, Latent, Model, Sample
from lab_core.scene import Frame
from lab_core.score import Score

BENCHMARK = Benchmark(
    id="images/toy",
    title="Toy",
    needs="sample",
    score=Score("fcd", higher_is_better=False),
    evaluator="lab_metrics.images.evaluation:Nothing",
    protocols={"plain": {"count": 1}},
    default_protocol="plain",
)


class Greys(Model, Sample):
    """A picture whose grey is its seed plus ``shift``; counts what it is asked for."""

    produces = Kind.IMAGE

    def __init__(self, shift: int = 0, seconds: float = 0.0) -> None:
        self.shift, self.seconds = shift, seconds
        self.asked: list[int] = []

    def save(self, folder: Path) -> None: ...

    @classmethod
    def load(cls, folder: Path, *, device: str) -> "Greys":
        return cls()

    def sample(self, count: int, *, seed: int, options: Mapping[str, Any]) -> Iterator[Any]:
        self.asked.append(seed)
        time.sleep(self.seconds)
        return (np.full((4, 4, 1), 10 * seed + self.shift, np.uint8) for _ in range(count))


class Points(Greys, Latent):
    """The same with a latent space of one number: the grey."""

    def latents(self, count: int, *, seed: int, options: Mapping[str, Any]) -> Any:
        return np.full((count, 1), 10 * seed + self.shift, np.float32)

    def decode(self, latents: Any, options: Mapping[str, Any]) -> Iterator[Any]:
        return (np.full((4, 4, 1), int(point[0]), np.uint8) for point in latents)

    def between(self, a: Any, b: Any, fraction: float) -> Any:
        return (1 - fraction) * a + fraction * b


class Words(Greys):
    produces = Kind.TEXT


def one_round(scene: SampleScene, model: Model, *, seed: int = 3, **options: Any) -> list[Frame]:
    frames = []
    for frame in scene.frames(model, seed=seed, options=options):
        frames.append(frame)
        if frame.last:
            return frames
    raise AssertionError


def grey(frame: Frame) -> int:
    return int(frame.image[2, 2, 0])


def test_a_walk_leaves_the_fixed_noise_in_small_steps_and_comes_back() -> None:
    frames = one_round(SampleScene(BENCHMARK), Points())
    greys = [grey(frame) for frame in frames]
    assert greys[0] == greys[-1] == 30
    assert max(greys) == 40
    assert max(abs(a - b) for a, b in pairwise(greys)) <= 1
    assert frames[0].image.shape == (6 * 5 + 1, 6 * 5 + 1, 3)
    assert all(frame.episode is None and not frame.last for frame in frames[:-1])
    assert frames[0].caption == "seed 3"
    assert 5 < len(frames) / frames[0].fps < 8


def test_every_round_goes_somewhere_else() -> None:
    frames = islice(SampleScene(BENCHMARK).frames(Points(), seed=3, options={}), 400)
    furthest: list[int] = [0]
    for frame in frames:
        furthest[-1] = max(furthest[-1], grey(frame))
        if frame.last:
            furthest.append(0)
    assert furthest[:3] == [40, 50, 60]


def test_newer_models_draw_from_the_same_noise_whatever_seed_they_come_with() -> None:
    scene = SampleScene(BENCHMARK)
    assert grey(one_round(scene, Points(shift=0), seed=3)[0]) == 30
    assert grey(one_round(scene, Points(shift=5), seed=4)[0]) == 35
    assert grey(one_round(scene, Greys(shift=6), seed=9)[0]) == 36


def test_a_model_without_a_latent_space_shows_one_grid_after_another() -> None:
    model = Greys()
    frames = list(islice(SampleScene(BENCHMARK).frames(model, seed=3, options={}), 12))
    assert [grey(frame) for frame in frames] == [30] * 5 + [40] * 5 + [50] * 2
    assert [frame.last for frame in frames[:5]] == [False] * 4 + [True]


def test_a_slow_model_does_not_walk_and_beside_a_training_draws_once() -> None:
    slow = Points(seconds=0.15)
    frames = list(islice(SampleScene(BENCHMARK).frames(slow, seed=3, options={"live": True}), 30))
    assert {grey(frame) for frame in frames} == {30}
    assert slow.asked == [3, 3]  # once more to see how long it takes when compiled
    assert frames[0].image.shape == (5 * 5 + 1, 5 * 5 + 1, 3)


@pytest.mark.parametrize("model", [Words(), object()])
def test_a_model_that_draws_no_images_is_refused(model: Any) -> None:
    with pytest.raises(LabError, match="needs a model that samples images"):
        next(SampleScene(BENCHMARK).frames(model, seed=0, options={}))


def test_a_film_is_one_round_and_a_display_takes_the_next_model(tmp_path: Path) -> None:
    played = play(SampleScene(BENCHMARK), Points(), [VideoSink(tmp_path / "walk.gif")], episodes=1)
    assert played.episodes == 1
    assert (tmp_path / "walk.gif").stat().st_size > 0

    from lab_app.display.sink import Sink

    class Eyes(Sink):
        paced = False

        def __init__(self) -> None:
            self.seen: list[tuple[int, str]] = []

        def show(self, frame: Frame, caption: str) -> None:
            self.seen.append((grey(frame), caption))

    eyes = Eyes()
    live = LiveDisplay(SampleScene(BENCHMARK), eyes, seed=3, options={"live": True}, fps_cap=1000)
    try:
        live.show(Greys(shift=0), "step 100")
        deadline = time.monotonic() + 10
        while not eyes.seen and time.monotonic() < deadline:
            time.sleep(0.01)
        live.show(Greys(shift=7), "step 200")
        while eyes.seen[-1][0] != 37 and time.monotonic() < deadline:
            time.sleep(0.01)
    finally:
        live.close()
    assert eyes.seen[0] == (30, "seed 3  ·  step 100")
    assert eyes.seen[-1] == (37, "seed 3  ·  step 200")
