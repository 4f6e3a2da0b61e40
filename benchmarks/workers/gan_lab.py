"""The lab's DCGAN, timed on request: ``gan_lab.py PRECISION WIDTH BATCH THREADS``."""

import sys

from turns import serve


def main() -> None:
    precision, width, batch, threads = sys.argv[1], *map(int, sys.argv[2:5])
    from lab_gan.config import GanConfig
    from lab_gan.trainer import GanTrainer

    from lab_core.config import resolve
    from lab_core.context import Context
    from lab_core.registry.discovery import discover

    task = discover()[0].task("dcgan-mnist")
    sizes = {"width": width, "discriminator_width": width, "batch_size": batch, "updates_per_slice": 10}
    settings = sizes | {"steps": 10**9, "media_every": 0}
    config = resolve(GanConfig, task.preset("default"), settings)
    trainer = GanTrainer(task, config, Context(seed=0, threads=threads, precision=precision))

    def work() -> int:
        before = trainer.step
        return trainer.advance(10).step - before

    work()
    networks = trainer.learner.networks.values()
    numbers = [sum(int(weight.value.shape.num_elements()) for weight in one.trainable_variables) for one in networks]
    serve(work, parameters=numbers)


if __name__ == "__main__":
    main()
