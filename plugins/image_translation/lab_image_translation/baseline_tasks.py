"""Baselines as tasks without a trainer: a row on the leaderboard of each benchmark."""

from collections.abc import Mapping
from typing import Any

from lab_core.task import Task

PAIRS = "image-pairs/{data}-{direction}-{size}"
NOISE = "denoising/{data}-{noise}"
HOLE = "inpainting/{data}-{hole}"
DETAIL = "super-resolution/{data}-x{scale}"
COLOUR = "colourisation/{data}"
UNPAIRED = "unpaired/{data}-{direction}-{size}"
_ICONS: Mapping[str, Any] = {"data": "icons"}
_MAPS: Mapping[str, Any] = {"data": "earth", "size": 128}
_EMOJI: Mapping[str, Any] = {"data": "emoji"}
_PHOTOS: dict[str, Any] = {"data": "photos"}
_SATELLITE: Mapping[str, Any] = {"data": "satellite-climate", "size": 32}
_DIGITS: Mapping[str, Any] = {"data": "mnist", "noise": 128}

# id, what it gives, method, model, benchmark, settings
_BASELINES: tuple[tuple[str, str, str, str, str, Mapping[str, Any]], ...] = (
    ("identity-icons", "Outline icons as they are", "identity", "Identity", PAIRS, _ICONS),
    ("nearest-icons", "The colours of the most similar outline icon", "nearest-pair", "NearestPair", PAIRS, _ICONS),
    ("identity-maps", "Satellite views as they are", "identity", "Identity", PAIRS, _MAPS),
    ("nearest-maps", "The relief of the most similar satellite view", "nearest-pair", "NearestPair", PAIRS, _MAPS),
    ("statistics-maps", "Satellite views in reliefs' colour statistics", "colour-statistics", "ColourStatistics", PAIRS, _MAPS),
    ("identity-emoji-unpaired", "One vendor's emoji as they are", "identity", "Identity", UNPAIRED, _EMOJI),
    ("statistics-emoji-unpaired", "In the other's colour statistics", "colour-statistics", "ColourStatistics", UNPAIRED, _EMOJI),
    ("white-emoji-unpaired", "White everywhere", "white", "White", UNPAIRED, _EMOJI),
    ("identity-icons-unpaired", "Outline icons as they are", "identity", "Identity", UNPAIRED, _ICONS),
    ("statistics-icons-unpaired", "In the other's colour statistics", "colour-statistics", "ColourStatistics", UNPAIRED, _ICONS),
    ("identity-maps-unpaired", "Satellite views as they are", "identity", "Identity", UNPAIRED, _MAPS),
    ("statistics-maps-unpaired", "In the other's colour statistics", "colour-statistics", "ColourStatistics", UNPAIRED, _MAPS),
    ("grey-photos", "Photographs left grey", "grey", "Grey", COLOUR, _PHOTOS),
    ("grey-satellite", "Satellite views left grey", "grey", "Grey", COLOUR, _SATELLITE),
    ("tones-photos", "The median colour of each lightness in other photographs", "tone-curve", "ToneCurve", COLOUR, _PHOTOS),
    ("tones-satellite", "The median colour of each lightness in other views", "tone-curve", "ToneCurve", COLOUR, _SATELLITE),
    ("noisy-mnist", "Noisy digits as they are", "identity", "Identity", NOISE, _DIGITS),
    ("noisy-photos", "Noisy photographs as they are", "identity", "Identity", NOISE, _PHOTOS),
    ("nlmeans-photos", "Noisy photographs after non-local means", "non-local-means", "NonLocalMeans", NOISE, _PHOTOS),
    ("blank-photos", "The hole left white", "identity", "Identity", HOLE, _PHOTOS),
    ("mean-photos", "The hole in the image's mean colour", "mean-colour", "MeanFill", HOLE, _PHOTOS),
    ("smooth-photos", "The hole filled smoothly from its edge", "laplace", "SmoothFill", HOLE, _PHOTOS),
    *(
        (
            f"{name}-photos-x{scale}",
            f"Photographs {scale} times as large, {name}",
            name,
            model,
            DETAIL,
            _PHOTOS | {"scale": scale},
        )
        for scale in (2, 3, 4)
        for name, model in (("bicubic", "Bicubic"), ("lanczos", "Lanczos"))
    ),
)


def tasks() -> list[Task]:
    """Every baseline."""
    return [baseline(*row) for row in _BASELINES]


def baseline(
    id: str,
    title: str,
    method: str,
    model: str,
    benchmark: str,
    settings: Mapping[str, Any],
    *,
    module: str = "lab_image_translation.baselines",
    config: str = "lab_image_translation.baseline_config:BaselineConfig",
) -> Task:
    """The task of a model that learns nothing."""
    return Task(
        id=id,
        title=title,
        family="image translation",
        method=method,
        benchmark=benchmark,
        trainer=None,
        model=f"{module}:{model}",
        config=config,
        settings=settings,
        presets={"smoke": {}, "default": {}},
        tags=("images", "baseline"),
    )
