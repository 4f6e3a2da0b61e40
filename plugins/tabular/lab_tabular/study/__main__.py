"""``python -m lab_tabular.study``: run the study, or print its exact numbers, its tables, or draw its pictures."""

import argparse
import json
import platform
import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parents[2]


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m lab_tabular.study", description=__doc__)
    parser.add_argument(
        "what",
        nargs="?",
        default="run",
        choices=("run", "anchors", "tables", "pictures", "textbook", "textbook-pictures", "methods"),
    )
    parser.add_argument("--seeds", type=int, default=1000, help="trainings of each experiment")
    parser.add_argument("--record", type=Path, help="file to write, or to draw from; default: in results/")
    parser.add_argument("--pictures", type=Path, default=HERE.parents[1] / "docs" / "images", help="folder for pictures")
    options = parser.parse_args(arguments)
    if options.seeds < 1:
        parser.error(f"--seeds is {options.seeds}; at least 1 is expected")
    if options.what == "methods":
        from lab_tabular.study.tables import methods

        print(methods(HERE / "results"))
        return
    if options.record is None:
        options.record = HERE / "results" / ("textbook.json" if options.what.startswith("textbook") else "mazes.json")
    if options.what.startswith("textbook"):
        _textbook(options, parser)
        return
    if options.what == "tables":
        from lab_tabular.study.tables import tables

        for name, table in tables(_read(options.record, parser)).items():
            print(f"{name}\n\n{table}\n")
        return
    if options.what == "pictures":
        from lab_tabular.study.pictures import draw_all

        for path in draw_all(_read(options.record, parser), options.pictures):
            print(f"{path} ({path.stat().st_size / 1000:.0f} kB)")
        return
    from lab_tabular.study.exact import exact

    if options.what == "anchors":
        print(json.dumps(exact(), indent=2))
        return
    from lab_tabular.study.as_written import as_published
    from lab_tabular.study.experiments import run_study
    from lab_tabular.study.scores import scores

    found = {
        "command": f"python -m lab_tabular.study run --seeds {options.seeds}",
        "python": platform.python_version(),
        "exact": exact(),
        "as_published": as_published(),
        **run_study(options.seeds, say=_say),
        "scores": scores(say=_say),
    }
    _write(options.record, found)


def _textbook(options: argparse.Namespace, parser: argparse.ArgumentParser) -> None:
    """The textbook's experiments, or their pictures."""
    if options.what == "textbook-pictures":
        from lab_tabular.study.textbook_pictures import draw_all

        for path in draw_all(_read(options.record, parser), options.pictures):
            print(f"{path} ({path.stat().st_size / 1000:.0f} kB)")
        return
    from lab_tabular.study.textbook import run_textbook

    command = f"python -m lab_tabular.study textbook --seeds {options.seeds}"
    _write(options.record, {"command": command, "python": platform.python_version(), **run_textbook(options.seeds, say=_say)})


def _write(path: Path, found: dict[str, object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(found, indent=1)
    text = re.sub(r"\[[-\d.,\s]+\]", lambda numbers: " ".join(numbers[0].split()), text)  # a list of numbers is one line
    path.write_text(text + "\n", encoding="utf-8")
    print(f"{path} ({path.stat().st_size / 1000:.0f} kB)", file=sys.stderr)


def _say(line: str) -> None:
    print(line, file=sys.stderr)


def _read(path: Path, parser: argparse.ArgumentParser) -> dict[str, object]:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        parser.error(f"{path} can't be read ({error}); make it with: python -m lab_tabular.study run")


if __name__ == "__main__":
    main()
