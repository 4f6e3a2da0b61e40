"""DQN, C51, Rainbow and PQN on Atari and Gymnasium, on TF-Agents and current TensorFlow."""

from lab_core import Task, hookimpl


@hookimpl
def lab_tasks() -> list[Task]:
    from lab_dqn.tasks import tasks

    return tasks()
