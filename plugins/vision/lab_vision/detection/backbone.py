"""The backbone that both detectors share: images to features at strides 4, 8 and 16."""

from typing import Any

from keras import layers
from lab_tensorflow.layers import BatchNorm

NORM = {"momentum": 0.9, "epsilon": 1e-3}


def backbone(image: Any, width: int, dtype: Any) -> tuple[Any, Any, Any]:
    """[batch, h, w, c] -> [batch, h/4, w/4, 2 width], [batch, h/8, w/8, 4 width], [batch, h/16, w/16, 8 width]."""
    x = block(image, width, "stem_1", dtype, stride=2)
    x = block(x, width, "stem_2", dtype)
    found = []
    for stage in (1, 2, 3):
        filters = width * 2**stage
        x = block(x, filters, f"stage_{stage}_1", dtype, stride=2)
        y = block(x, filters, f"stage_{stage}_2", dtype)
        x = layers.Add(name=f"stage_{stage}", dtype=dtype)([x, block(y, filters, f"stage_{stage}_3", dtype)])
        found.append(x)
    return found[0], found[1], found[2]


def joined(coarse: Any, fine: Any, filters: int, name: str, dtype: Any) -> Any:
    """A coarse map enlarged twice and added to a fine one (Lin et al. 2017, feature pyramids): [batch, h, w, filters]."""
    up = layers.UpSampling2D(2, name=f"{name}_up", dtype=dtype)(block(coarse, filters, f"{name}_coarse", dtype, kernel=1))
    return layers.Add(name=name, dtype=dtype)([up, block(fine, filters, f"{name}_fine", dtype, kernel=1)])


def block(x: Any, filters: int, name: str, dtype: Any, *, kernel: int = 3, stride: int = 1) -> Any:
    """Convolution, batch normalisation, ReLU."""
    x = layers.Conv2D(
        filters, kernel, stride, "same", use_bias=False, kernel_initializer="he_normal", name=f"{name}_conv", dtype=dtype
    )(x)
    x = BatchNorm(name=f"{name}_norm", dtype=dtype, **NORM)(x)
    return layers.ReLU(name=f"{name}_relu", dtype=dtype)(x)
