"""The user's own data: one module for each arrangement that is recognised.

Each module has

    recognise(path) -> str | None                     the layout's name, None where it is something else
    read(path, split, options) -> (Columns, int)      the columns of a split, and how many items all splits hold
    examine(path) -> Examination                      what ``lab data check`` shows

Names and the first lines of files decide; the first module that recognises the path is taken.
"""

from importlib import import_module
from pathlib import Path
from types import ModuleType

from lab_core.errors import UsageError
from lab_datasets.config import require_plain

# The order matters: a folder of photographs with a text beside each is captions before it is images.
MODULES = ("parallel", "boxes", "captions", "listing", "sequences", "series", "images", "text")
FORMS = (
    "Expected: images (in one folder, a folder a class, A and B, trainA and trainB), text files, train.SRC with train.TGT,"
    " captions, boxes (COCO, VOC, CSV), or series and sequences (CSV, NPZ)."
)


def reader_for(path: Path, kind: str | None = None) -> ModuleType:
    """The module that reads a path; ``kind`` decides where several could. Raises UsageError, naming what is expected."""
    require_plain(path)
    found = [module for name in MODULES if (module := _module(name)) is not None and module.recognise(path) is not None]
    if not found:
        raise UsageError(f"{path} holds nothing that can be learnt from.", FORMS)
    return next((module for module in found if kind in module.KINDS), found[0])


def _module(name: str) -> ModuleType | None:
    return import_module(f"lab_datasets.own.{name}")
