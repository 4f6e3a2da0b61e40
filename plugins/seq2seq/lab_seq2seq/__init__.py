"""Encoder-decoder models: translation with attention, Transformers, captions."""

from lab_core import Task, hookimpl


@hookimpl
def lab_tasks() -> list[Task]:
    from lab_seq2seq.tasks import tasks

    return tasks()
