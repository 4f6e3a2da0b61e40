"""Set before any test imports TensorFlow (TF-Agents needs Keras 2), and how many processes run the tests."""

import os
import sys

import pytest

os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # where it is set, each process compiles TensorFlow's thousands of modules anew
sys.dont_write_bytecode = False
os.environ.pop("UV_RUN_RECURSION_DEPTH", None)  # printed commands are "lab ...", however the tests were started

_MOST_WORKERS = 4  # each may hold TensorFlow, about 1 GB


def pytest_configure(config: pytest.Config) -> None:
    """Give each process of the tests its own cores: threads that share them spend most of their time waiting."""
    worker: dict[str, str | int] | None = getattr(config, "workerinput", None)
    if worker and hasattr(os, "sched_setaffinity"):
        cores, count = sorted(os.sched_getaffinity(0)), int(worker["workercount"])
        own = cores[int(str(worker["workerid"]).removeprefix("gw")) :: count]
        if own:
            os.sched_setaffinity(0, own)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """A process a core for the whole suite; none for files named on the command line, where their start takes longest."""
    if config.args_source is pytest.Config.ArgsSource.ARGS or config.option.usepdb:
        return 0
    return min(_MOST_WORKERS, os.cpu_count() or 1)
