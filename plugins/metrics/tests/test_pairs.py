"""Images against their targets: views and fidelity against scikit-image, the evaluator on models whose scores are known."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from lab_datasets import load
from lab_metrics.images.fidelity import mean_absolute_error, psnr, ssim
from lab_metrics.images.pairs import PairEvaluator
from lab_metrics.images.perceptual import perceptual_distance
from lab_metrics.images.views import View, viewed
from skimage.color import rgb2ycbcr
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from lab_core.benchmark import Benchmark
from lab_core.config import Config
from lab_core.errors import LabError
from lab_core.model import Apply, Kind, Model
from lab_core.score import Score

COUNT = 12


def images() -> tuple[Any, Any]:
    """Icons and the same with noise, uint8 [4, 64, 64, 3]."""
    clean = np.asarray(load("icons", "test").colour[:4])
    noise = np.random.default_rng(0).normal(0, 20, clean.shape)
    return clean, np.clip(clean + noise, 0, 255).astype(np.uint8)


def test_fidelity_is_scikit_images_in_every_view() -> None:
    clean, noisy = images()
    for view in (View(), View(crop=4), View(colour="y", crop=2), View(colour="y", rounded=True)):
        a, b = viewed(noisy, view), viewed(clean, view)
        for place in range(len(a)):
            assert psnr(a, b)[place] == pytest.approx(peak_signal_noise_ratio(b[place], a[place], data_range=1.0))
            similar: Any = structural_similarity(
                b[place],
                a[place],
                data_range=1.0,
                channel_axis=-1,
                gaussian_weights=True,
                sigma=1.5,
                use_sample_covariance=False,
            )
            assert ssim(a, b)[place] == pytest.approx(float(similar))
            assert mean_absolute_error(a, b)[place] == pytest.approx(float(np.abs(a - b)[place].mean()))


def test_colour_spaces_are_scikit_images() -> None:
    clean, _ = images()
    expected = rgb2ycbcr(clean)
    assert viewed(clean, View(colour="y"))[..., 0] * 255 == pytest.approx(expected[..., 0])
    assert viewed(clean, View(colour="cbcr")) * 255 == pytest.approx(expected[..., 1:])
    rounded = viewed(clean, View(colour="y", rounded=True)) * 255
    assert rounded == pytest.approx(np.round(rounded))
    white = np.full((1, 4, 4, 1), 255, np.uint8)
    assert viewed(white, View(colour="y")) * 255 == pytest.approx(np.full((1, 4, 4, 1), 235.0))
    with pytest.raises(LabError, match="leaves nothing"):
        viewed(white, View(crop=2))


def test_the_perceptual_distance_grows_with_noise_and_sees_blur() -> None:
    clean, noisy = images()
    grey = np.repeat(np.full_like(clean[..., :1], 128), 3, axis=3)
    same, near, far = (perceptual_distance(side, clean) for side in (clean, noisy, grey))
    assert same == pytest.approx(np.zeros(4), abs=1e-5)
    assert (near > 0.05).all()
    assert (far > near).all()
    assert perceptual_distance(noisy[:1], clean[:1])[0] == pytest.approx(near[0], rel=1e-4)  # however the batch is filled
    with pytest.raises(LabError, match="16 pixels"):
        perceptual_distance(clean[:, :8], clean[:, :8])


class Echo(Model, Apply):
    """Gives back what it gets."""

    consumes = produces = Kind.IMAGE

    def save(self, folder: Path) -> None: ...

    @classmethod
    def load(cls, folder: Path, *, device: str) -> "Echo":
        return cls()

    def apply(self, items: Iterable[Any], options: Config) -> Iterator[Any]:
        return map(self.made, items)

    def made(self, image: Any) -> Any:
        return image


def benchmark(protocol: dict[str, Any] | None = None, **parameters: Any) -> Benchmark:
    return Benchmark(
        id="pairs/toy",
        title="Toy",
        needs="apply",
        unit="image",
        score=Score("PSNR"),
        evaluator="",
        protocols={"test": {"count": COUNT, "split": "test", **(protocol or {})}},
        default_protocol="test",
        parameters={"data": "icons", "input": "outline", "target": "colour", **parameters},
    )


def scored(model: Model, protocol: dict[str, Any] | None = None, **parameters: Any) -> Any:
    return PairEvaluator(benchmark(protocol, **parameters)).evaluate(model, protocol="test", count=COUNT, seed=0)


def test_outputs_are_compared_with_the_target_not_the_input() -> None:
    perfect = scored(Echo(), input="colour")
    assert perfect.value == 100.0
    assert perfect.details["ssim"] == (pytest.approx(1.0),) * COUNT
    assert perfect.details["l1"] == (0.0,) * COUNT
    assert "fitted_from" not in perfect.settings
    outline = scored(Echo())
    assert outline.value < 25
    assert outline.settings["fitted_from"] == "64x64x1"  # grey outlines against colour
    assert len(outline.scores) == COUNT
    assert outline.unit == "image"


def test_a_grey_output_loses_its_chroma_whatever_its_psnr() -> None:
    class Grey(Echo):
        def made(self, image: Any) -> Any:
            return np.repeat(np.round(image @ [0.299, 0.587, 0.114])[..., None], 3, axis=2).astype(np.uint8)

    found = scored(Grey(), {"colour": "y"}, input="colour")
    assert found.value > 40  # its luma is right
    assert np.mean(found.details["chroma_l1"]) > 0.02
    assert "colour=y601|crop=0|round=no" in found.settings["signature"]


def smaller(image: Any, number: int) -> Any:
    """Every other pixel, as a benchmark of super-resolution would make its inputs."""
    return image[::2, ::2]


def test_inputs_may_be_made_of_the_targets() -> None:
    class Doubling(Echo):
        def made(self, image: Any) -> Any:
            return image.repeat(2, axis=0).repeat(2, axis=1)

    found = scored(Doubling(), {"crop": 2}, make_input=f"{__name__}:smaller", score="ssim")
    assert 0.5 < found.value < 1
    assert found.details["psnr"][0] > 10
    assert "fitted_from" not in found.settings
    assert "crop=2" in found.settings["signature"]


def test_a_classifier_judges_outputs_by_their_labels() -> None:
    parameters = {"data": "mnist", "input": "image", "target": "image", "label": "label", "classifier": "mnist"}
    found = scored(Echo(), **parameters)
    assert np.mean(found.details["accuracy"]) > 0.9


def test_what_is_no_image_is_refused() -> None:
    class Floats(Echo):
        def made(self, image: Any) -> Any:
            return image / 255

    with pytest.raises(LabError, match="uint8"):
        scored(Floats())
    with pytest.raises(LabError, match="psnr"):
        scored(Echo(), score="pnsr")
