"""Encoder-decoder models: translation with attention, Transformers, captions."""

from lab_core import Benchmark, Task, hookimpl


@hookimpl
def lab_tasks() -> list[Task]:
    from lab_seq2seq.tasks import tasks

    return tasks()


@hookimpl
def lab_benchmarks() -> list[Benchmark]:
    from lab_seq2seq.benchmarks import benchmarks

    return benchmarks()
