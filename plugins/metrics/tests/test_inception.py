"""The FID, with a small frozen graph that has the published one's names, because the network itself can't be shipped."""

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from lab_metrics.benchmarks import benchmarks
from lab_metrics.images import inception
from lab_metrics.images.frechet import frechet_distance
from lab_metrics.images.pixel_evaluation import PixelEvaluator
from lab_tensorflow import runtime
from PIL import Image

from lab_core.errors import LabError
from lab_core.model import Kind, Model, Sample


@pytest.fixture
def graph(tmp_path: Path) -> Path:
    """Pixels, as one image, to the mean of each channel and its square: [n, 1, 1, 6]."""
    tf = runtime.start()
    with tf.Graph().as_default() as graph:
        given = tf.raw_ops.Placeholder(dtype=tf.float32, shape=[1, None, None, 3], name="Given")
        pixels = tf.identity(given, name="ExpandDims")
        mean = tf.reduce_mean(pixels, axis=[1, 2], keepdims=True)
        tf.concat([mean, mean**2 / 255], axis=3, name="pool_3")
    path = tmp_path / "graph.pb"
    path.write_bytes(graph.as_graph_def().SerializeToString())
    return path


class Fixed(Model, Sample):
    """Always the same images."""

    produces = Kind.IMAGE

    def __init__(self, made: Any) -> None:
        self._made = made

    def sample(self, count: int, *, seed: int, options: Any) -> Any:
        return iter(self._made[:count])

    def save(self, folder: Path) -> None: ...

    @classmethod
    def load(cls, folder: Path, *, device: str) -> "Fixed":
        raise NotImplementedError


def images(count: int, seed: int) -> Any:
    return np.random.default_rng(seed).integers(0, 256, (count, 32, 32, 3), dtype=np.uint8)


def test_features_are_the_graphs_for_any_number_of_images_and_for_grey_ones(graph: Path) -> None:
    network = inception.Inception(graph)
    some = images(inception.BATCH + 3, 0)
    mean = some.mean(axis=(1, 2))
    assert network.features(some) == pytest.approx(np.concatenate([mean, mean**2 / 255], axis=1), rel=1e-4)
    grey = network.features(some[..., :1])
    assert grey[:, 0] == pytest.approx(grey[:, 2])
    assert network.name == inception.Inception(graph).name


def test_the_fid_stands_beside_the_score_where_the_network_is_there(
    graph: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, fake = images(40, 1), images(40, 2) // 2
    folder = tmp_path / "pictures"
    folder.mkdir()
    for place, image in enumerate(real):
        Image.fromarray(image).save(folder / f"{place:02d}.png")

    model, evaluator = Fixed(fake), evaluator_of(folder, n=40)
    monkeypatch.setenv(inception.VARIABLE, str(graph))
    found = evaluator.evaluate(model, protocol="pixels-2k", count=1, seed=0)
    network = inception.Inception(graph)
    expected = frechet_distance(network.features(real), network.features(fake))
    assert found.details["fid"][0] == pytest.approx(expected, rel=1e-6)
    assert f"fid={network.name}" in found.settings["signature"]
    monkeypatch.delenv(inception.VARIABLE)
    without = evaluator.evaluate(model, protocol="pixels-2k", count=1, seed=0)
    assert "fid" not in without.details
    assert "fid" not in without.settings["signature"]
    assert without.value == found.value


def evaluator_of(folder: Path, *, n: int) -> PixelEvaluator:
    (record,) = (one for one in benchmarks() if one.id == "images/{data}")
    protocols = {**record.protocols, "pixels-2k": {"count": 1, "n": n}}
    return PixelEvaluator(msgspec.structs.replace(record, id="images/own", protocols=protocols, parameters={"data": str(folder)}))


def test_a_file_that_is_not_the_network_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="can't be read"):
        inception.Inception(tmp_path / "missing.pb")
    (tmp_path / "text.pb").write_text("no graph at all, but some text")
    with pytest.raises(LabError, match="no frozen graph"):
        inception.Inception(tmp_path / "text.pb")
    with runtime.start().Graph().as_default() as other:
        runtime.start().constant(1.0)
    (tmp_path / "other.pb").write_bytes(other.as_graph_def().SerializeToString())
    with pytest.raises(LabError, match="not Inception as it was published"):
        inception.Inception(tmp_path / "other.pb")
