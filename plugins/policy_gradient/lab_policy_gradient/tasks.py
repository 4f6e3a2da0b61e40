"""Every task of this plugin; each method's folder has its own."""

from lab_core.task import Task
from lab_policy_gradient.continuous import tasks as continuous
from lab_policy_gradient.ppo import tasks as ppo
from lab_policy_gradient.reinforce import tasks as reinforce


def tasks() -> list[Task]:
    return [*reinforce.tasks(), *ppo.tasks(), *continuous.tasks()]
