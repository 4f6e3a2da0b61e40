"""What the tricks of GAN training do: DCGAN on MNIST with one setting changed at a time.

    uv run python benchmarks/gan_tricks.py [--updates 600] [--seeds 2] [--json FILE]

Every variant trains for the same number of updates from the same seeds and is scored against the test images on 10,000 samples.
A difference counts when it holds for every pair of seeds; the last column says whether it does.
"""

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

from lab_core.config import resolve, to_dict
from lab_core.machine.versions import machine
from lab_core.registry.discovery import discover
from lab_core.registry.registry import Registry, config_type
from lab_core.runs.opening import load_model
from lab_core.training.evaluation import evaluate
from lab_core.training.job import execute
from lab_core.training.spec import JobSpec

TASK = "dcgan-mnist"
VARIANTS = {
    "as it is": (),
    "ReLU in the discriminator": ("leaky_slope=0",),
    "Adam beta1 = 0.9": ("beta1=0.9",),
    "both step sizes 1e-3": ("learning_rate=1e-3", "discriminator_learning_rate=1e-3"),
    "two step sizes, 1e-3 and 2e-4": ("learning_rate=1e-3",),
    "kernel 3, no multiple of the stride": ("kernel=3",),
    "no batch norm in the generator": ("generator_norm=none",),
    "no batch norm in the discriminator": ("discriminator_norm=none",),
    "spectral norm in the discriminator": ("discriminator_norm=spectral",),
    "live weights, no average": ("average_decay=0",),
    "minimax loss": ("loss=minimax",),
    "one-sided label smoothing": ("real_target=0.9",),
    "dense layers": ("network=mlp",),
    "dense layers, live weights": ("network=mlp", "average_decay=0"),
}
FIGURES = ("recall", "class_distance", "sure", "high_frequency")  # the last: speckle, 1 is as real images have it


def one(registry: Registry, overrides: tuple[str, ...], *, updates: int, seed: int, runs_dir: str) -> dict[str, float]:
    """Train one variant with one seed; its FCD and the other figures."""
    task = registry.task(TASK)
    settings = (f"steps={updates}", "selection_every=0", "media_every=0", *overrides)
    config = resolve(config_type(task), task.preset("default"), overrides=settings)
    spec = JobSpec(task=TASK, config=to_dict(config), seed=seed, device="cpu", runs_dir=runs_dir, evaluate=False)
    run = execute(spec, registry).run
    benchmark = registry.benchmark_of(task, config)
    assert benchmark is not None
    found = evaluate(benchmark, load_model(task, run.model_folder("last"), device="cpu"), count=1, seed=seed)
    return {"fcd": found.value} | {name: found.details[name][0] for name in FIGURES}


def verdict(base: list[dict[str, float]], rows: list[dict[str, float]]) -> str:
    """Whether the FCD of every seed lies on the same side of every seed's of the unchanged one."""
    if all(row["fcd"] < other["fcd"] for row in rows for other in base):
        return "better"
    return "worse" if all(row["fcd"] > other["fcd"] for row in rows for other in base) else "no difference shown"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--updates", type=int, default=600)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    registry, _ = discover()
    found: dict[str, list[dict[str, float]]] = {}
    verdicts: dict[str, str] = {}
    print(f"| change | FCD | {' | '.join(FIGURES)} | against DCGAN as it is |\n| --- | --- |{' --- |' * (len(FIGURES) + 1)}")
    with tempfile.TemporaryDirectory() as runs_dir:
        for name, overrides in VARIANTS.items():
            found[name] = [
                one(registry, overrides, updates=arguments.updates, seed=seed, runs_dir=runs_dir)
                for seed in range(arguments.seeds)
            ]
            verdicts[name] = "" if not overrides else verdict(found["as it is"], found[name])
            columns = [", ".join(f"{row[figure]:.3g}" for row in found[name]) for figure in ("fcd", *FIGURES)]
            print(f"| {name} | {' | '.join(columns)} | {verdicts[name]} |", flush=True)
    if arguments.json:
        document: dict[str, Any] = {"task": TASK, "updates": arguments.updates, "variants": found, "verdicts": verdicts}
        arguments.json.write_text(json.dumps(document | {"machine": machine()}, indent=1) + "\n")


if __name__ == "__main__":
    main()
