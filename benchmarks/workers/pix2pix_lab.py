"""The lab's pix2pix, timed on request: ``pix2pix_lab.py PRECISION WIDTH BATCH THREADS``."""

import sys

from turns import serve

STEPS = 5


def main() -> None:
    precision, width, batch, threads = sys.argv[1], *map(int, sys.argv[2:5])
    from lab_image_translation.paired.config import PairsConfig
    from lab_image_translation.paired.pairs import PairsTrainer

    from lab_core.config import resolve
    from lab_core.context import Context
    from lab_core.registry.discovery import discover

    task = discover()[0].task("pix2pix-icons")
    sizes = {"width": width, "discriminator_width": width, "batch_size": batch, "updates_per_slice": STEPS}
    settings = sizes | {"steps": 10**9, "media_every": 0, "jitter": 0, "flip": False, "average_decay": 0.0}
    config = resolve(PairsConfig, task.preset("default"), settings)
    trainer = PairsTrainer(task, config, Context(seed=0, threads=threads, precision=precision))

    def work() -> int:
        before = trainer.step
        return trainer.advance(STEPS).step - before

    work()
    serve(work, parameters=list(trainer.learner.parameters.values()))


if __name__ == "__main__":
    main()
