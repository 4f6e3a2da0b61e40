"""Characters, sequences, words and time series with recurrent networks and their baselines."""

from lab_core import Task, hookimpl


@hookimpl
def lab_tasks() -> list[Task]:
    from lab_sequences.tasks import tasks

    return tasks()
