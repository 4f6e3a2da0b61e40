"""What a result depends on besides the config: the machine and the versions of the libraries."""

import platform
from importlib.metadata import PackageNotFoundError, entry_points, version
from typing import Any

from lab_core.machine import hardware

_LIBRARIES = (
    "lab-runner",
    "numpy",
    "numba",
    "gymnasium",
    "ale-py",
    "mujoco",
    "tensorflow",
    "tf-agents",
    "tf-keras",
    "keras",
)


def library_versions() -> dict[str, str]:
    """Python and every library of interest that is installed."""
    found = {"python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def machine() -> dict[str, Any]:
    """Processor, threads that this process may use, memory in bytes, system. No host name: records are published."""
    total, _ = hardware.memory()
    return {
        "processor": hardware.processor().name,
        "cores": hardware.usable_threads(),
        "memory": total,
        "system": platform.system(),
    }


def plugin_version(name: str) -> str:
    """The version of the distribution that brings plugin ``name``; empty when none does."""
    for point in entry_points(group="lab", name=name):
        if point.dist is not None:
            return point.dist.version
    return ""
