"""Models that make images: the family of GANs, autoencoders and a small diffusion model, on Keras 3."""

from lab_core import Task, hookimpl


@hookimpl
def lab_tasks() -> list[Task]:
    from lab_gan.tasks import tasks

    return tasks()
