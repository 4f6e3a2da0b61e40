"""The lab's CycleGAN, timed on request: ``cyclegan_lab.py PRECISION WIDTH BATCH THREADS``."""

import sys

from turns import serve

STEPS = 2


def main() -> None:
    precision, width, batch, threads = sys.argv[1], *map(int, sys.argv[2:5])
    from lab_image_translation.unpaired.config import CycleConfig
    from lab_image_translation.unpaired.trainer import CycleTrainer

    from lab_core.config import resolve
    from lab_core.context import Context
    from lab_core.registry.discovery import discover

    task = discover()[0].task("cyclegan-emoji")
    sizes = {"width": width, "discriminator_width": width, "batch_size": batch, "updates_per_slice": STEPS, "blocks": 4}
    shape = {"upsampling": "transposed", "skip": False, "average_decay": 0.0}
    settings = sizes | shape | {"steps": 10**9, "media_every": 0, "flip": False}
    config = resolve(CycleConfig, task.preset("default"), settings)
    trainer = CycleTrainer(task, config, Context(seed=0, threads=threads, precision=precision))

    def work() -> int:
        before = trainer.step
        return trainer.advance(STEPS).step - before

    work()
    serve(work, parameters=list(trainer.learner.parameters.values()))


if __name__ == "__main__":
    main()
