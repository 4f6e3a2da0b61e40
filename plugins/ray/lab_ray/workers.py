"""Jobs of a sweep as Ray tasks, each in a worker process of its own (``max_calls=1``).

Ray's own retries are off: the scheduler sends a job again, and then it goes on from its checkpoint.
"""

import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import ray  # pyright: ignore[reportMissingImports]

from lab_core.errors import LabError
from lab_core.training.spec import JobSpec
from lab_ray.job import run_job

PATIENCE = 120.0  # seconds that a job has to save itself


def connect(address: str = "") -> bool:
    """Connect to the cluster at ``address``, of RAY_ADDRESS, or of this machine; False where this process is connected already.

    Raises LabError where it can't be reached.
    """
    if ray.is_initialized():
        return False
    try:
        ray.init(address=address or None, log_to_driver=False, include_dashboard=False if not address else None)
    except (ConnectionError, RuntimeError, ValueError) as error:
        where = address or os.environ.get("RAY_ADDRESS", "this machine")
        raise LabError(f"Ray at {where} can't be reached: {str(error).splitlines()[0]}", "Try: ray status") from None
    return True


class RayWorkers:
    """The places of a cluster. ``folder`` takes the jobs' logs, on storage that every node has.

    Raises LabError where the cluster at ``address`` can't be reached.
    """

    def __init__(self, folder: Path, *, jobs: int, address: str = "") -> None:
        self._folder = folder.absolute()
        self._running: dict[int, Any] = {}
        self._mine = connect(address)
        self._gpus = ray.cluster_resources().get("GPU", 0) > 0

    def start(self, place: int, spec: JobSpec) -> None:
        device = "" if spec.resume else spec.device
        gpus = 1 if self._gpus and device in ("", "auto", "gpu") else 0
        task: Any = ray.remote(num_cpus=spec.threads or 1, num_gpus=gpus, max_calls=1, max_retries=0)(run_job)
        self._running[place] = task.remote(msgspec.json.encode(spec), str(self._log(place)))

    def running(self) -> set[int]:
        places = {reference: place for place, reference in self._running.items()}
        if places:
            ended, _ = ray.wait(list(places), num_returns=len(places), timeout=0)
            for reference in ended:
                self._collect(places[reference])
        return set(self._running)

    def _collect(self, place: int) -> None:
        """Take note of how a job ended; what Ray says of a lost worker goes to the job's log."""
        try:
            ray.get(self._running.pop(place))
        except (ray.exceptions.RayError, ray.exceptions.TaskCancelledError, KeyboardInterrupt) as error:
            line = next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
            with suppress(OSError):
                self._folder.mkdir(parents=True, exist_ok=True)
                with self._log(place).open("a") as log:
                    log.write(f"error: {line.strip()}\n")

    def stop(self, place: int) -> None:
        if place in self._running:  # an interrupt in the worker: the job saves itself and ends
            ray.cancel(self._running[place], force=False, recursive=False)

    def close(self) -> None:
        for place in list(self._running):
            self.stop(place)
        until = time.monotonic() + PATIENCE
        while self.running() and time.monotonic() < until:
            time.sleep(0.2)
        for place in list(self._running):
            ray.cancel(self._running.pop(place), force=True, recursive=False)
        if self._mine and ray.is_initialized():
            ray.shutdown()

    def last_line(self, place: int) -> str:
        try:
            lines = self._log(place).read_text(errors="replace").strip().splitlines()
        except OSError:
            return ""
        return lines[-1].removeprefix("error: ") if lines else ""

    def _log(self, place: int) -> Path:
        return self._folder / f"{place:03}.log"
