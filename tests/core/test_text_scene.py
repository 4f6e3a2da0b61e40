"""The scene of models that write: texts that grow, beside a training always from the same random numbers."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from lab_app.display.text_scene import TextScene
from lab_app.display.watching import has_scene, scene_of
from lab_core.benchmark import Benchmark
from lab_core.model import Kind, Sample
from lab_core.score import Score

BENCHMARK = Benchmark(
    id="toy/text", title="", needs="sample", produces="text", score=Score("x"), evaluator="toy:Evaluator",
    protocols={"test": {}}, default_protocol="test",
)  # fmt: skip


class Writer(Sample):
    produces = Kind.TEXT

    def sample(self, count: int, *, seed: int, options: Mapping[str, Any]) -> Iterator[Iterator[str]]:
        for number in range(count):
            yield iter(("abcd", "efgh", f" {seed + number}"))


def test_a_benchmark_of_samples_of_texts_has_a_scene():
    assert has_scene(BENCHMARK)
    assert isinstance(scene_of(BENCHMARK), TextScene)


def rounds(options: Mapping[str, Any], count: int) -> list[str]:
    frames = TextScene(BENCHMARK).frames(Writer(), seed=3, options=options)  # pyright: ignore[reportArgumentType]
    return [str(frame.ansi) for frame in islice((frame for frame in frames if frame.last), count)]


def test_a_text_grows_until_it_is_whole():
    frames = list(islice(TextScene(BENCHMARK).frames(Writer(), seed=3, options={}), 4))  # pyright: ignore[reportArgumentType]
    assert [frame.ansi for frame in frames[:3]] == ["abcd", "abcdefgh", "abcdefgh 3"]
    assert frames[0].image.shape == frames[2].image.shape


def test_beside_a_training_the_random_numbers_stay():
    assert rounds({}, 3) == ["abcdefgh 3", "abcdefgh 4", "abcdefgh 5"]
    assert rounds({"live": True}, 2) == ["abcdefgh 3", "abcdefgh 3"]
