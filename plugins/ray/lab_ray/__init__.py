"""Ray clusters: sweeps (:class:`lab_ray.workers.RayWorkers`) and one training over several nodes (``lab ray-run``).

Nothing else of the lab imports Ray, and this file doesn't either.
"""

from lab_core import Command, hookimpl

lab_interface = 1


@hookimpl
def lab_commands() -> list[Command]:
    """``lab ray-run``."""
    return [Command(id="ray-run", place="lab_ray.together:ray_run", help="One training over several nodes of a Ray cluster.")]
