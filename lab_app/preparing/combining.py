"""``lab data combine``: images of two folders side by side, as pix2pix's programs want their pairs."""

from pathlib import Path

from lab_app.formats import images
from lab_app.preparing.files import Done, each, image_files, new_folder
from lab_core.errors import LabError, UsageError
from lab_core.items.image import to_picture


def combine(first: Path, second: Path, out: Path, *, quiet: bool = False) -> Done:
    """``out``/NAME.png with ``first``/NAME on the left and ``second``/NAME on the right; names are paths without their suffix.

    Files without a partner, and pairs of two sizes, are named and passed over. Raises UsageError where no names agree.
    """
    sides = [
        {path.relative_to(side).with_suffix(""): path for path in image_files(side, outside=out)} for side in (first, second)
    ]
    names = sorted(set(sides[0]) & set(sides[1]))
    if not names:
        raise UsageError(f"No file of {first} has the name of one of {second}.", "Partners have the same name in both folders.")
    new_folder(out)

    def work(name: Path) -> list[Path]:
        import numpy as np

        left, right = (images.read(side[name], str(side[name])).pixels for side in sides)
        if left.shape[:2] != right.shape[:2]:
            sizes = " and ".join(f"{one.shape[1]} x {one.shape[0]}" for one in (left, right))
            raise LabError(f"{name}: the two sides have {sizes} pixels.", "Make both the same: lab data make --operation resize")
        if left.shape[2] != right.shape[2]:
            left, right = to_picture(left), to_picture(right)
        place = out / name.with_name(f"{name.name}.png")
        images.write(place, np.concatenate([left, right], axis=1))
        return [place]

    done = each(names, len(names), work, str, quiet=quiet)
    for here, there in ((0, 1), (1, 0)):
        for name in sorted(set(sides[here]) - set(sides[there])):
            done.failed[str(sides[here][name])] = f"{sides[here][name]} has no partner in {(first, second)[there]}."
    return done
