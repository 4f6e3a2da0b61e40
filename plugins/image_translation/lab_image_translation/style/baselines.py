"""What style transfer has to beat."""

from lab_image_translation.baselines import Identity, Pixels, moved, statistics
from lab_image_translation.style.config import StyleConfig
from lab_image_translation.style.pictures import load_style


class Unchanged(Identity):
    """The photograph as it is."""

    config_type = StyleConfig


class StyleColours(Unchanged):
    """The photograph with each LAB channel moved to the mean and deviation of the style's picture (Reinhard et al. 2001)."""

    def __init__(self, config: StyleConfig) -> None:
        super().__init__(config)
        self._wanted = statistics([load_style(config.style)])

    def result(self, image: Pixels) -> Pixels:
        return moved(image, statistics([image]), self._wanted)
