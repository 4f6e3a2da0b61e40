"""Weights in half precision: what float16 can't hold, and a folder without weights, are refused."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from lab_app.publishing.half import halve
from lab_core import UsageError
from lab_core.files import encode_json
from lab_core.runs.model_folder import INFO, ModelInfo, check_model_folder


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., Path]:
    def make(**arrays: np.ndarray) -> Path:
        np.savez(tmp_path / "weights.npz", **arrays)  # pyright: ignore[reportArgumentType]
        (tmp_path / INFO).write_bytes(encode_json(ModelInfo(task="walk")))
        return tmp_path

    return make


def test_float32_becomes_float16_and_the_rest_stays(folder: Callable[..., Path]) -> None:
    weights = np.linspace(-3, 3, 1000, dtype=np.float32)
    path = folder(weights=weights, count=np.arange(3), wide=np.ones(2))
    halve(path)
    with np.load(path / "weights.npz") as found:
        assert {name: found[name].dtype.name for name in found} == {"weights": "float16", "count": "int64", "wide": "float64"}
        np.testing.assert_allclose(found["weights"], weights, rtol=2**-11)
    assert set(check_model_folder(path).files) == {"weights.npz"}


@pytest.mark.parametrize(
    ("array", "message"),
    [(np.array([1, 70_000], np.float32), "beyond 65,504"), (np.array([1]), "no float32 weights")],
)
def test_what_half_precision_cannot_hold_is_refused(folder: Callable[..., Path], array: np.ndarray, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        halve(folder(array=array))
