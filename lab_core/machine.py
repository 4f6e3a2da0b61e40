"""What a result depends on besides the config: the machine and the versions of the libraries."""

import os
import platform
from importlib.metadata import PackageNotFoundError, entry_points, version
from pathlib import Path
from typing import Any

_LIBRARIES = (
    "lab-runner",
    "numpy",
    "numba",
    "gymnasium",
    "ale-py",
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
    """Processor, cores that this process may use, memory in bytes, system. No host name: records are published."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return {"processor": _processor(), "cores": cores, "memory": _memory(), "system": platform.system()}


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _memory() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):
        return None


def plugin_version(name: str) -> str:
    """The version of the distribution that brings plugin ``name``; empty when none does."""
    for point in entry_points(group="lab", name=name):
        if point.dist is not None:
            return point.dist.version
    return ""
