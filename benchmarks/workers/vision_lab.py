"""The lab's classifiers, timed on request: ``vision_lab.py PRECISION NETWORK BATCH THREADS``."""

import sys

from turns import serve

STEPS = 5
TASKS = {"cnn": "cnn-mnist", "resnet20": "resnet20-v1-climate", "finetune": "finetune-climate"}
STILL = ("shift", "rotate", "zoom", "brightness", "contrast", "average_decay", "media_every", "validation_every", "warmup")


def main() -> None:
    precision, network, batch, threads = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    from lab_vision.classification.config import ClassificationConfig
    from lab_vision.classification.trainer import ClassificationTrainer

    from lab_core.config import resolve
    from lab_core.context import Context
    from lab_core.registry.discovery import discover

    task = discover()[0].task(TASKS[network])
    settings = {"steps": 10**9, "batch_size": batch, "updates_per_slice": STEPS, "flip": False, **dict.fromkeys(STILL, 0)}
    config = resolve(ClassificationConfig, task.preset("default"), settings)
    trainer = ClassificationTrainer(task, config, Context(seed=0, threads=threads, precision=precision))

    def work() -> int:
        before = trainer.step
        return trainer.advance(STEPS).step - before

    work()
    parameters = sum(int(weight.shape.num_elements()) for weight in trainer.learner.networks["classifier"].trainable_variables)
    serve(work, parameters=parameters)


if __name__ == "__main__":
    main()
