"""Ray clusters: sweeps (:class:`lab_ray.workers.RayWorkers`) and one training over several nodes (``lab ray-run``).

Nothing else of the lab imports Ray, and this file doesn't either.
"""

import os

from lab_core import Command, hookimpl

lab_interface = 1

# read when Ray is imported: the code is on the nodes, Ray is to send none
os.environ.setdefault("RAY_ENABLE_UV_RUN_RUNTIME_ENV", "0")


@hookimpl
def lab_commands() -> list[Command]:
    """``lab ray-run``."""
    return [Command(id="ray-run", place="lab_ray.together:ray_run", help="One training over several nodes of a Ray cluster.")]
