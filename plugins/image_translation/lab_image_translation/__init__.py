"""Image translation: paired, unpaired, colour, detail, noise, style, on Keras 3."""

from lab_core import Benchmark, Task, hookimpl


@hookimpl
def lab_tasks() -> list[Task]:
    from lab_image_translation.tasks import tasks

    return tasks()


@hookimpl
def lab_benchmarks() -> list[Benchmark]:
    from lab_image_translation.benchmarks import benchmarks

    return benchmarks()
