"""Write a strip of held-out test images: input, what each of several runs makes of it, and what it should be.

    uv run python plugins/image_translation/tools/gallery.py RUN... --out docs/images/NAME.jpg --count 3 --skip 0 --bicubic

RUN are run folders of tasks of one benchmark.
"""

import argparse
from pathlib import Path

import numpy as np
from lab_image_translation.degradations import enlarge
from lab_image_translation.held_out import pairs
from lab_image_translation.sheets import rows_of
from PIL import Image

from lab_core.config import from_dict
from lab_core.registry.discovery import discover
from lab_core.registry.registry import config_type
from lab_core.runs.opening import load_model, prepare
from lab_core.runs.run import Run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=3)
    parser.add_argument("--skip", type=int, default=0)
    parser.add_argument("--bicubic", type=int, default=0, help="show the input enlarged this many times")
    parser.add_argument("--columns", type=int, default=1)
    parser.add_argument("--enlarge", type=int, default=1, help="show every picture this many times as large, by repetition")
    arguments = parser.parse_args()
    registry, _ = discover()
    shown: list[list[np.ndarray]] = []
    for place, folder in enumerate(arguments.runs):
        run = Run.open(folder)
        task = registry.task(run.record.task)
        config = from_dict(config_type(task), run.record.config)
        benchmark = registry.benchmark_of(task, config)
        prepare(task, device="cpu", threads=1)
        model = load_model(task, run.model_folder("best"), device="cpu")
        values = {key: str(value) for key, value in benchmark.parameters.items()}
        examples = pairs(values["operation"], values, "test", arguments.count + arguments.skip)[arguments.skip :]
        if not place:
            scale = arguments.bicubic
            shown = [[enlarge(given, scale) if scale else given] for given, _ in examples]
        for row, made in zip(shown, model.apply([given for given, _ in examples], model.options()), strict=True):
            row.append(made)
    for row, (_, target) in zip(shown, examples, strict=True):
        row.append(target)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    shown = [[one.repeat(arguments.enlarge, 0).repeat(arguments.enlarge, 1) for one in row] for row in shown]
    sheet = Image.fromarray(rows_of(shown, columns=arguments.columns))
    if arguments.out.suffix == ".png":
        sheet = sheet.quantize(256)  # a third of the bytes
    sheet.save(arguments.out, quality=85, optimize=True)


if __name__ == "__main__":
    main()
