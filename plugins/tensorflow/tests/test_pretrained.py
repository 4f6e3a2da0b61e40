"""Networks rebuilt in Keras know what they were trained on."""

import io
import pickle

import numpy as np
import pytest
from lab_datasets import load
from lab_tensorflow.runtime import start
from PIL import Image

from lab_core.errors import LabError, UsageError

start()

from lab_tensorflow.pretrained import efficientnet_lite0, vgg16  # noqa: E402
from lab_tensorflow.pretrained.files import package_file  # noqa: E402
from lab_tensorflow.pretrained.torch_file import read_torch_file  # noqa: E402

ESPRESSO = 967  # its number among ImageNet's thousand classes


def coffee():
    """The cup of espresso among the shipped photographs, as a network sees it."""
    photo = Image.fromarray(load("photos", "validation").images[1])
    left = (photo.width - photo.height) // 2
    square = photo.crop((left, 0, left + photo.height, photo.height)).resize((224, 224), Image.Resampling.BICUBIC)
    return np.asarray(square, np.float32)[None]


def test_efficientnet_lite0_has_its_parameters_and_sees_the_espresso():
    network = efficientnet_lite0.build()
    assert network.count_params() == 4_694_024
    logits = network(coffee()).numpy()[0]
    chances = np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()
    assert chances.argmax() == ESPRESSO
    assert chances[ESPRESSO] > 0.9


def test_efficientnet_lite0_gives_its_feature_map_at_any_size():
    assert efficientnet_lite0.build(64, classes=None)(np.zeros((1, 64, 64, 3), np.float32)).shape == (1, 2, 2, 1280)


def test_vgg16_has_thirteen_convolutions_that_answer_to_the_espresso_more_than_to_noise():
    """Deep layers are sparse on noise and strong on what they were trained to see."""
    assert len(vgg16.LAYERS) == 13
    network = vgg16.build(vgg16.LAYERS)
    assert network.count_params() == 14_714_688
    noise = np.random.default_rng(0).integers(0, 256, (1, 224, 224, 3)).astype(np.float32)
    assert float(network(coffee())[-1].numpy().max()) > 2 * float(network(noise)[-1].numpy().max())


def test_only_the_asked_depth_of_vgg16_is_computed():
    assert [layer.name for layer in vgg16.build(("conv2_1",)).layers][-1] == "conv2_1"
    with pytest.raises(UsageError, match="conv5_3"):
        vgg16.build(("conv5_4",))


def test_a_weight_file_that_is_not_the_tried_one_is_refused():
    with pytest.raises(LabError, match="not installed"):
        package_file("no-such-distribution", "weights.pth", "0")
    with pytest.raises(LabError, match="is not the file that was tried"):
        package_file("numpy", "__init__.py", "0" * 64)


class Harmful:
    def __reduce__(self):
        return print, ("run",)


@pytest.mark.parametrize("content", [Harmful(), {"a": 1}, 0x1950A86A20F9469CFC6C])
def test_a_checkpoint_that_would_run_code_or_is_none_is_refused(content, tmp_path, capsys):
    file = io.BytesIO()
    pickle.dump(content, file)
    path = tmp_path / "weights.pth"
    path.write_bytes(file.getvalue())
    with pytest.raises(LabError, match="can't be read as a PyTorch checkpoint"):
        read_torch_file(path)
    assert "run" not in capsys.readouterr().out
