"""Encoder-decoder models: translation with attention, Transformers, captions."""

from lab_core import Benchmark, DataSet, Task, hookimpl


@hookimpl
def lab_tasks() -> list[Task]:
    from lab_seq2seq.tasks import tasks

    return tasks()


@hookimpl
def lab_benchmarks() -> list[Benchmark]:
    from lab_seq2seq.benchmarks import benchmarks

    return benchmarks()


@hookimpl
def lab_data() -> list[DataSet]:
    from lab_seq2seq.text.everyday import CARD

    return [CARD]
