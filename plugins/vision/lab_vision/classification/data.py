"""Images with labels, from a registered set or from the user's folder with one folder a class."""

from typing import Any

from lab_core.errors import UsageError

MOST_CLASSES = 2_000


def labelled_images(config: Any, split: str) -> Any:
    """Columns ``image`` uint8 [n, size, size, c] and ``label`` int32 [n] of an image data config; EfficientNet's in colour.

    Raises UsageError for data without labels, with one class only, or with more classes than a dense last layer is meant for.
    """
    from lab_datasets.loading import load_columns

    colour = {"colour": "colour"} if getattr(config, "network", "") == "efficientnet-lite0" else {}
    found = load_columns(config, split, kind="images", **colour)
    found.need_classes("a classifier")
    found.need("image", "label")
    if len(found.classes) > MOST_CLASSES:
        raise UsageError(
            f"{found.data} has {len(found.classes):,} classes; at most {MOST_CLASSES:,} are expected.",
            "With so many, learn distances instead: lab info embed",
        )
    return found
