"""Policy gradients: REINFORCE, PPO, A2C, DDPG, TD3 and SAC on TF-Agents and current TensorFlow."""

from lab_core import Task, hookimpl


@hookimpl
def lab_tasks() -> list[Task]:
    from lab_policy_gradient.tasks import tasks

    return tasks()
