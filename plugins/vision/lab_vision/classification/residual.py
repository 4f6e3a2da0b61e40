"""Residual networks for small images (He et al. 2016a, arXiv 1512.03385, section 4.2; version 2: 2016b, arXiv 1603.05027).

Version 1: 3 x 3 convolutions, normalisation and ReLU after each, 16, 32 and 64 channels, 6 n + 2 layers. Version 2: bottleneck
blocks of 1 x 1, 3 x 3 and 1 x 1 with normalisation and ReLU before each, 9 n + 2 layers, 64, 128 and 256 channels out.

Deviation: where the shape changes the shortcut is a 1 x 1 convolution (option B of the first paper; its CIFAR networks pad).
"""

from typing import Any

from keras import layers
from lab_tensorflow.layers import BatchNorm


def resnet(x: Any, blocks: int, *, version: str, dtype: Any) -> Any:
    """Images [batch, h, w, channels] -> features [batch, 64 or 256]. ``version``: "v1" or "v2"; ``blocks`` of each stage."""
    x = _convolution(x, 16, 3, 1, "stem", dtype)
    if version == "v1":
        x = _active(x, "stem", dtype)
    for stage in range(3):
        for block in range(blocks):
            stride = 2 if stage and not block else 1
            name = f"stage_{stage + 1}_block_{block + 1}"
            width = 16 * 2**stage
            x = _basic(x, width, stride, name, dtype) if version == "v1" else _bottleneck(x, width, stride, name, dtype)
    if version == "v2":
        x = _active(x, "last", dtype)
    return layers.GlobalAveragePooling2D(name="mean", dtype=dtype)(x)


def _basic(x: Any, width: int, stride: int, name: str, dtype: Any) -> Any:
    """Version 1: relu(x + norm(conv(relu(norm(conv(x))))))."""
    shortcut = x
    if stride > 1 or x.shape[-1] != width:
        shortcut = _convolution(x, width, 1, stride, f"{name}_shortcut", dtype)
    y = _active(_convolution(x, width, 3, stride, f"{name}_1", dtype), f"{name}_1", dtype)
    y = _norm(_convolution(y, width, 3, 1, f"{name}_2", dtype), f"{name}_2", dtype)
    return layers.ReLU(name=name, dtype=dtype)(layers.Add(name=f"{name}_sum", dtype=dtype)([shortcut, y]))


def _bottleneck(x: Any, width: int, stride: int, name: str, dtype: Any) -> Any:
    """Version 2: x + conv(relu(norm(conv(relu(norm(conv(relu(norm(x)))))))))."""
    first = _active(x, f"{name}_0", dtype)
    shortcut = x
    if stride > 1 or x.shape[-1] != 4 * width:
        shortcut = _convolution(first, 4 * width, 1, stride, f"{name}_shortcut", dtype)
    y = _active(_convolution(first, width, 1, stride, f"{name}_1", dtype), f"{name}_1", dtype)
    y = _active(_convolution(y, width, 3, 1, f"{name}_2", dtype), f"{name}_2", dtype)
    y = _convolution(y, 4 * width, 1, 1, f"{name}_3", dtype)
    return layers.Add(name=name, dtype=dtype)([shortcut, y])


def _convolution(x: Any, width: int, kernel: int, stride: int, name: str, dtype: Any) -> Any:
    return layers.Conv2D(
        width, kernel, stride, "same", use_bias=False, kernel_initializer="he_normal", name=f"{name}_conv", dtype=dtype
    )(x)


def _norm(x: Any, name: str, dtype: Any) -> Any:
    return BatchNorm(name=f"{name}_norm", dtype=dtype)(x)


def _active(x: Any, name: str, dtype: Any) -> Any:
    return layers.ReLU(name=f"{name}_relu", dtype=dtype)(_norm(x, name, dtype))
