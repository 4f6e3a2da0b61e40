"""The tasks that learn from pairs.

default   what a core makes good in at most twelve minutes
quick     a look at it in about a minute
paper     the published settings
"""

from collections.abc import Mapping
from typing import Any

from lab_core.task import Task

Settings = Mapping[str, Any]
SMOKE: Settings = {
    "steps": 4,
    "batch_size": 2,
    "width": 4,
    "discriminator_width": 4,
    "updates_per_slice": 2,
    "media_every": 4,
    "media_count": 2,
    "limit": 16,
}
PIX2PIX = "Isola et al. 2017, Image-to-image translation with conditional adversarial networks, CVPR"
_PIX2PIX: Settings = {"pixel_weight": 100.0, "gan_weight": 1.0, "learning_rate": 2e-4, "beta1": 0.5}
_PIX2PIX_DEFAULT: Settings = {
    "steps": 2_400,
    "batch_size": 16,
    "width": 32,
    "learning_rate": 5e-4,
    "schedule": "linear",
    "decay_start": 0.5,
    "jitter": 6,
    "average_decay": 0.99,
    "media_every": 400,
}
_QUICK: Settings = {"steps": 800, "width": 16, "discriminator_width": 16}
_PIX2PIX_PAPER: Settings = {
    "batch_size": 1,
    "size": 256,
    "width": 64,
    "discriminator_width": 64,
    "field": "70",
    "jitter": 30,
    "normalisation": "instance",
    "discriminator_normalisation": "instance",
}
_RESTORE: Settings = {"loss": "charbonnier", "learning_rate": 1e-3, "schedule": "cosine", "average_decay": 0.99}


def tasks() -> list[Task]:
    """Every task of this group."""
    return [*_pix2pix(), *_detail(), *_noise(), *_others()]


def _pix2pix() -> list[Task]:
    def task(id: str, title: str, settings: Settings, default: Settings | None = None, **others: Settings) -> Task:
        presets = {
            "smoke": {**SMOKE, "size": 32, "jitter": 2},
            "default": {**_PIX2PIX_DEFAULT, **(default or {})},
            "quick": {**_PIX2PIX_DEFAULT, **(default or {}), **_QUICK},
            "paper": {**_PIX2PIX_PAPER, **others.pop("paper", {})},
            **others,
        }
        return _task(
            id,
            title,
            "pix2pix",
            "pairs:Pairs",
            "image-pairs/{data}-{direction}-{size}",
            {**_PIX2PIX, **settings},
            presets,
            PIX2PIX,
        )

    icons = {"data": "icons", "size": 64}
    return [
        task("pix2pix-icons", "pix2pix: outline icons to coloured ones", icons, paper={"steps": 346_400}),
        task(
            "pix2pix-icons-l1",
            "U-Net with L1 alone: outline icons to coloured ones",
            {**icons, "gan_weight": 0.0, "pixel_weight": 1.0},
            paper={"steps": 346_400},
        ),
        task(
            "pix2pix-icons-gan",
            "U-Net with the adversarial loss alone: outline icons to coloured ones",
            {**icons, "pixel_weight": 0.0},
            paper={"steps": 346_400},
        ),
        task(
            "pix2pix-maps",
            "pix2pix: satellite views to relief maps",
            {"data": "earth", "size": 128},
            {"steps": 900, "batch_size": 8, "jitter": 12},
            paper={"steps": 38_400},
        ),
        task(
            "pix2pix",
            "pix2pix on your own pairs (--set data=FOLDER)",
            {"data": "icons", "size": 64},
            paper={"steps": 200_000},
        ),
    ]


def _detail() -> list[Task]:
    found: list[Task] = []
    edsr = "Lim et al. 2017, Enhanced deep residual networks for single image super-resolution, CVPR workshops"
    for scale, size in ((2, 48), (3, 72), (4, 96)):
        found.append(
            _task(
                f"superres-photos-x{scale}",
                f"Photographs enlarged {scale} times by a residual network",
                "edsr",
                "detail:Detail",
                "super-resolution/{data}-x{scale}",
                {"data": "photos", "scale": scale, "size": size, **_RESTORE},
                {
                    "smoke": {**SMOKE, "size": 24, "blocks": 1},
                    "default": {"steps": 3_000, "batch_size": 16, "width": 48, "blocks": 4},
                    "short": {"steps": 1_500, "batch_size": 16, "width": 48, "blocks": 4},
                    "long": {
                        "steps": 5_000,
                        "batch_size": 9,
                        "size": 32 * scale,
                        "width": 64,
                        "blocks": 6,
                        "warmup": 100,
                        "ensemble": True,
                    },
                    "paper": {"steps": 300_000, "batch_size": 16, "width": 64, "blocks": 16, "loss": "l1", "learning_rate": 1e-4},
                },
                edsr,
            )
        )
    found.append(
        _task(
            "espcn-photos-x3",
            "Photographs enlarged 3 times by ESPCN",
            "espcn",
            "detail:Detail",
            "super-resolution/{data}-x{scale}",
            {"data": "photos", "scale": 3, "size": 72, "network": "espcn", **_RESTORE},
            {
                "smoke": {**SMOKE, "size": 24},
                "default": {"steps": 4_000, "batch_size": 16},
                "paper": {"steps": 100_000, "batch_size": 16, "size": 51, "loss": "mse"},
            },
            "Shi et al. 2016, Real-time single image and video super-resolution using an efficient sub-pixel CNN, CVPR",
        )
    )
    found.append(
        _task(
            "superres-photos-x3-perceptual",
            "Photographs enlarged 3 times with a perceptual loss",
            "edsr-perceptual",
            "detail:Detail",
            "super-resolution/{data}-x{scale}",
            {
                "data": "photos",
                "scale": 3,
                "size": 72,
                "channels": "colour",
                "perceptual_weight": 2e-5,
                "perceptual_layer": "conv2_2",
                **_RESTORE,
            },
            {
                "smoke": {**SMOKE, "size": 24, "blocks": 1},
                "default": {"steps": 1_200, "batch_size": 8, "width": 48, "blocks": 4},
            },
            "Johnson et al. 2016, Perceptual losses for real-time style transfer and super-resolution, ECCV",
        )
    )
    found.append(
        _task(
            "superres-photos-x4-pix2pix",
            "Photographs enlarged 4 times the source's way: pix2pix from blurred to clear",
            "pix2pix",
            "detail:Detail",
            "super-resolution/{data}-x{scale}",
            {"data": "photos", "scale": 4, "size": 96, "network": "unet", "channels": "colour", **_PIX2PIX},
            {
                "smoke": {**SMOKE, "size": 32},
                "default": {"steps": 1_500, "batch_size": 8, "width": 32, "learning_rate": 5e-4, "average_decay": 0.99},
            },
            "He 2018, chapter 10",
        )
    )
    return found


def _noise() -> list[Task]:
    return [
        _task(
            "denoise-mnist",
            "Noisy digits cleaned by a convolutional autoencoder",
            "cae",
            "noise:Denoising",
            "denoising/{data}-{noise}",
            {"data": "mnist", "size": 28, "noise": 128, "network": "cae", "loss": "cross-entropy", "flip": False},
            {
                "smoke": SMOKE,
                "default": {"steps": 4_297, "batch_size": 128, "learning_rate": 3e-3, "schedule": "cosine"},  # 10 epochs
                "book": {"steps": 4_297, "batch_size": 128},
            },
            "Keras and TensorFlow book, chapter 8",
        ),
        _task(
            "denoise-photos",
            "Noise taken out of photographs by a residual network",
            "residual-denoising",
            "noise:Denoising",
            "denoising/{data}-{noise}",
            {"data": "photos", "size": 48, "noise": 25, **_RESTORE},
            {
                "smoke": {**SMOKE, "size": 24, "blocks": 1},
                "default": {"steps": 2_000, "batch_size": 16, "width": 48, "blocks": 4},
            },
            "Zhang et al. 2017, Beyond a Gaussian denoiser: residual learning of deep CNN for image denoising, TIP",
        ),
    ]


def _others() -> list[Task]:
    return [
        _task(
            "inpaint-photos",
            "A blank square in photographs filled",
            "inpainting",
            "hole:Inpainting",
            "inpainting/{data}-{hole}",
            {"data": "photos", "size": 96, "learning_rate": 3e-4, "schedule": "cosine", "average_decay": 0.99},
            {"smoke": {**SMOKE, "size": 32}, "default": {"steps": 400, "batch_size": 8, "width": 24, "media_every": 200}},
            "He 2018, chapter 9; after Pathak et al. 2016, Context encoders, CVPR",
        ),
        _task(
            "colorize-photos",
            "Photographs coloured from their lightness",
            "colouriser",
            "colour:Colourisation",
            "colourisation/{data}",
            {
                "data": "photos",
                "size": 96,
                "learning_rate": 1e-3,
                "schedule": "cosine",
                "average_decay": 0.99,
            },
            {
                "smoke": {**SMOKE, "size": 32},
                # eight photographs teach no more; tools/saturation.py: 0.5 loses 0.1 dB against the best, 0.33, and keeps
                # more colour
                "default": {
                    "steps": 60,
                    "batch_size": 16,
                    "size": 192,
                    "network": "local",
                    "width": 32,
                    "learning_rate": 5e-3,
                    "saturation": 0.5,
                    "media_every": 30,
                },
                "book": {"steps": 1_500, "batch_size": 16, "width": 24},
            },
            "Keras and TensorFlow book, chapter 9",
        ),
        _task(
            "colorize-satellite",
            "Satellite views coloured from their lightness",
            "colouriser",
            "colour:Colourisation",
            "colourisation/{data}",
            {
                "data": "satellite-climate",
                "size": 32,
                "tones": True,
                "learning_rate": 1e-3,
                "schedule": "cosine",
                "average_decay": 0.99,
            },
            {
                "smoke": SMOKE,
                "default": {"steps": 1_000, "batch_size": 16, "width": 16},
                "book": {"steps": 2_500, "batch_size": 32, "width": 24, "tones": False},
            },
            "Keras and TensorFlow book, chapter 9",
        ),
        _task(
            "colorize-photos-pix2pix",
            "Photographs coloured from their lightness by pix2pix",
            "pix2pix",
            "colour:Colourisation",
            "colourisation/{data}",
            {"data": "photos", "size": 96, "network": "unet", **_PIX2PIX},
            {
                "smoke": {**SMOKE, "size": 32},
                "default": {"steps": 500, "batch_size": 16, "width": 32, "learning_rate": 5e-4, "average_decay": 0.99},
            },
            "He 2018, chapter 9 (--lab_colorization)",
        ),
        _task(
            "segment-icons",
            "Icons on photographs: their masks",
            "cae-segmentation",
            "mask:Segmentation",
            "segmentation/{data}",
            {"data": "icons", "size": 64, "learning_rate": 2e-3, "schedule": "cosine", "average_decay": 0.99},
            {"smoke": SMOKE, "default": {"steps": 1_500, "batch_size": 32}},
            "Keras and TensorFlow book, chapter 8",
        ),
    ]


def _task(
    id: str, title: str, method: str, names: str, benchmark: str, settings: Settings, presets: Mapping[str, Settings], source: str
) -> Task:
    module, _, stem = names.partition(":")
    place = f"lab_image_translation.paired.{module}"
    config = {"Pairs": "Pairs", "Detail": "Detail", "Denoising": "Noise", "Inpainting": "Hole", "Colourisation": "Colour"}
    short = {"Colourisation": "Colour"}.get(stem, stem)
    return Task(
        id=id,
        title=title,
        family="image translation",
        method=method,
        benchmark=benchmark,
        trainer=f"{place}:{short}Trainer",
        model=f"{place}:{short}Model",
        config=f"lab_image_translation.paired.config:{config.get(stem, 'Mask')}Config",
        settings=settings,
        presets=presets,
        step_unit="updates",
        precisions=("float32", "bfloat16"),
        max_devices=8,
        source=source,
        parameter="data" if id == method else "",
        tags=("images",),
    )
