"""The tasks of this plugin."""

from collections.abc import Mapping
from typing import Any

import msgspec

from lab_core.task import Task
from lab_seq2seq import presets
from lab_seq2seq.config import DIRECTIONS, LANGUAGES

_LUONG = "Luong, Pham and Manning 2015, Effective approaches to attention-based neural machine translation, EMNLP"
_VASWANI = "Vaswani et al. 2017, Attention is all you need, NeurIPS"
_TRANSLATION: Mapping[str, Any] = {
    "family": "text",
    "trainer": "lab_seq2seq.trainer:TranslationTrainer",
    "benchmark": "translation/{pair}",
    "step_unit": "updates",
    "max_devices": 8,
}
_RECURRENT: Mapping[str, Any] = {
    **_TRANSLATION,
    "model": "lab_seq2seq.model:RecurrentModel",
    "config": "lab_seq2seq.config:RecurrentConfig",
    "source": _LUONG,
}
_TRANSFORMER: Mapping[str, Any] = {
    **_TRANSLATION,
    "model": "lab_seq2seq.model:TransformerModel",
    "config": "lab_seq2seq.config:TransformerConfig",
    "source": _VASWANI,
}
_BOOKS = {"book": presets.BOOK, "book-large": presets.BOOK_LARGE}


_BASELINES = {
    "copy": ("CopyModel", "The source itself", ""),
    "nearest": ("NearestModel", "The translation of the most similar training sentence (TF-IDF)", ""),
    "dictionary": (
        "DictionaryModel",
        "A learnt dictionary, word by word",
        "Brown et al. 1993, The mathematics of statistical machine translation, Computational Linguistics (model 1)",
    ),
}


def tasks() -> list[Task]:
    """Every task of this plugin."""
    found = [_help(*pair) for other in DIRECTIONS for pair in (("en", other), (other, "en"))]
    found += [_without_attention(), _transformer(), _everyday(), _own(), _numbers()]
    found += _captions()
    for other in DIRECTIONS:
        found += [_baseline(name, *pair) for pair in (("en", other), (other, "en")) for name in _BASELINES]
    return found + [_everyday_baseline(name) for name in _BASELINES]


def _help(src: str, tgt: str) -> Task:
    return Task(
        id=f"nmt-{src}-{tgt}",
        title=f"LSTM with attention translates help texts from {LANGUAGES[src]} to {LANGUAGES[tgt]}",
        method="luong-attention",
        settings={"data": "help", "src": src, "tgt": tgt, "attention": "scaled_luong"},
        presets={
            "smoke": presets.SMOKE,
            "default": presets.HELP,
            "short": presets.HELP_SHORT,
            "long": presets.HELP_LONG,
            **_BOOKS,
        },
        tags=("translation",),
        **_RECURRENT,
    )


def _without_attention() -> Task:
    return Task(
        id="nmt-no-attention-en-de",
        title="LSTM without attention translates help texts from English to German",
        method="encoder-decoder",
        settings={"data": "help", "src": "en", "tgt": "de", "attention": "none"},
        presets={
            "smoke": presets.SMOKE,
            "default": presets.HELP,
            "short": presets.HELP_SHORT,
            "long": presets.HELP_LONG,
            **_BOOKS,
        },
        tags=("translation", "baseline"),
        **{**_RECURRENT, "source": "Sutskever, Vinyals and Le 2014, Sequence to sequence learning with neural networks, NeurIPS"},
    )


def _transformer() -> Task:
    return Task(
        id="transformer-en-de",
        title="Transformer translates help texts from English to German",
        method="transformer",
        settings={"data": "help", "src": "en", "tgt": "de"},
        presets={
            "smoke": presets.SMOKE_TRANSFORMER,
            "default": presets.HELP_TRANSFORMER,
            "short": presets.HELP_TRANSFORMER_SHORT,
        },
        tags=("translation",),
        **_TRANSFORMER,
    )


def _everyday() -> Task:
    return Task(
        id="nmt-everyday-de",
        title="LSTM with attention translates everyday sentences from English to German (lab data fetch everyday-german)",
        method="luong-attention",
        settings={"data": "everyday", "src": "en", "tgt": "de", "attention": "scaled_luong"},
        presets={
            "smoke": presets.SMOKE,
            "default": presets.HELP,
            "short": presets.HELP_SHORT,
            "long": presets.HELP_LONG,
            **_BOOKS,
        },
        tags=("translation",),
        **_RECURRENT,
    )


def _own() -> Task:
    return Task(
        id="nmt",
        title="LSTM with attention translates your own pairs: --set data=DIR --set src=.. --set tgt=..",
        method="luong-attention",
        settings={"attention": "scaled_luong"},
        presets={
            "smoke": presets.SMOKE,
            "default": presets.HELP,
            "short": presets.HELP_SHORT,
            "long": presets.HELP_LONG,
            **_BOOKS,
        },
        parameter="data",
        tags=("translation",),
        **_RECURRENT,
    )


def _numbers() -> Task:
    return Task(
        id="number-words",
        title="Numbers as English words: --set tgt=de (fr, vi, zh), or --set src=en --set tgt=num for the way back",
        method="luong-attention",
        settings={
            "data": "numbers",
            "src": "num",
            "tgt": "en",
            "tokens": "pieces",
            "vocabulary_size": 100,
            "shared_vocabulary": False,
            "tied": False,
            "dropout": 0.0,
            "output_dropout": 0.0,
            "label_smoothing": 0.0,
            "longest": 90,
        },
        presets={"smoke": presets.SMOKE, "default": presets.NUMBERS},
        tags=("translation", "toy"),
        **{**_RECURRENT, "benchmark": "numbers/{src}-{tgt}"},
    )


def _baseline(name: str, src: str, tgt: str) -> Task:
    model, title, source = _BASELINES[name]
    return Task(
        id=f"{name}-{src}-{tgt}",
        title=f"{title}: help texts from {LANGUAGES[src]} to {LANGUAGES[tgt]}",
        family="text",
        method=name,
        benchmark="translation/{pair}",
        model=f"lab_seq2seq.baselines.model:{model}",
        config="lab_seq2seq.config:PairConfig",
        settings={"data": "help", "src": src, "tgt": tgt},
        presets={"smoke": {"limit": 200}, "default": {}},
        source=source,
        tags=("translation", "baseline"),
    )


def _everyday_baseline(name: str) -> Task:
    """The same on everyday sentences, which have to be fetched first."""
    task = _baseline(name, "en", "de")
    title = f"{_BASELINES[name][1]}: everyday sentences from English to German (lab data fetch everyday-german)"
    return msgspec.structs.replace(task, id=f"{name}-everyday-de", title=title, settings={**task.settings, "data": "everyday"})


def _captions() -> list[Task]:
    common: Mapping[str, Any] = {
        "family": "text",
        "trainer": "lab_seq2seq.captions.trainer:CaptionTrainer",
        "model": "lab_seq2seq.captions.model:CaptionModel",
        "config": "lab_seq2seq.captions.config:CaptionConfig",
        "benchmark": "captions/{data}",
        "step_unit": "updates",
        "tags": ("captions", "images"),
        "presets": {
            "smoke": presets.CAPTION_SMOKE,
            "default": presets.CAPTION,
            "second-stage": presets.CAPTION_SECOND,
            "scratch": presets.CAPTION_SCRATCH,
        },
    }
    return [
        Task(
            id="caption-icons",
            title="Soft attention describes icons",
            method="show-attend-tell",
            settings={"data": "icon-captions", "style": "soft-attention"},
            source="Xu et al. 2015, Show, attend and tell: neural image caption generation with visual attention, ICML",
            **common,
        ),
        Task(
            id="caption-icons-show-and-tell",
            title="Show and Tell describes icons",
            method="show-and-tell",
            settings={"data": "icon-captions", "style": "show-and-tell"},
            source="Vinyals et al. 2015, Show and tell: a neural image caption generator, CVPR",
            **common,
        ),
        Task(
            id="caption-icons-attributes",
            title="Attributes describe icons: a multi-label head feeds the decoder",
            method="attributes",
            settings={"data": "icon-captions", "style": "show-and-tell", "attributes": 200},
            source="Wu et al. 2016, What value do explicit high level concepts have in vision to language problems?, CVPR",
            **common,
        ),
        Task(
            id="caption",
            parameter="data",
            title="Soft attention describes your own images: --set data=DIR",
            method="show-attend-tell",
            settings={"style": "soft-attention", "size": 160},  # what the encoder reads
            source="Xu et al. 2015, Show, attend and tell: neural image caption generation with visual attention, ICML",
            **common,
        ),
        *(
            Task(
                id=f"{name}-icons",
                title=title,
                family="text",
                method=name,
                benchmark="captions/{data}",
                model=f"lab_seq2seq.captions.baselines:{model}",
                config="lab_seq2seq.captions.config:CaptionConfig",
                settings={"data": "icon-captions"},
                presets={"smoke": {"limit": 24, "encoder_size": 32}, "default": {}},
                tags=("captions", "images", "baseline"),
            )
            for name, model, title in (
                ("commonest-caption", "CommonestModel", "The commonest training caption for every icon"),
                ("nearest-image", "NearestImageModel", "The caption of the nearest training icon"),
            )
        ),
    ]
