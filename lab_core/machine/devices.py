"""Where a run works: device, precision, threads. Known without importing a learning library.

``environment`` is what must be set before the run's imports, so that every library sees one device and stays within its
threads.
"""

import ctypes.util
import importlib.util
import os
from collections.abc import Sequence

from lab_core.errors import LabError, UsageError, unknown
from lab_core.machine.hardware import VISIBLE_VARIABLE, Device, given_devices, gpus, memory, processor, usable_threads

_PRECISIONS = ("float32", "bfloat16")


def detect() -> list[Device]:
    """The processor first, then every visible GPU."""
    return [processor(), *gpus()]


def resolve_device(text: str, *, most: int | None = None, devices: Sequence[Device] | None = None) -> str:
    """``auto``, ``cpu``, ``gpu`` or ``gpu:N`` as "cpu" or "gpu:N"; raises UsageError for what isn't there.

    ``auto`` takes the first GPU if CUDA's libraries are installed beside the driver, else the processor. Devices that share a
    training are named with commas, "gpu:0,gpu:1"; "cpu:0,cpu:1" are parts of the processor. ``most`` says how many may.
    """
    word = text.strip().lower()
    if "," in word:
        names = [part.strip() for part in word.split(",")]
        if most is not None and len(names) > most:
            raise UsageError(f"This task trains on {most} device{'s' * (most > 1)} at a time, not on {len(names)}.")
        if names == [f"cpu:{number}" for number in range(len(names))]:
            return ",".join(names)
        if len(set(names)) < len(names) or not all(name.startswith("gpu:") for name in names):
            raise UsageError(f"{text!r} are not several devices of one kind.", "Example: gpu:0,gpu:1")
        return ",".join(resolve_device(name, devices=devices) for name in names)
    if word == "cpu":
        return "cpu"
    kind, colon, number = word.partition(":")
    if word != "auto" and (kind != "gpu" or (colon and not number.isdecimal())):
        raise UsageError(f"There is no device {text!r}.", "Choose one of auto, cpu, gpu, gpu:0, gpu:1, ...")
    found = [one for one in (gpus() if devices is None else devices) if one.id != "cpu"]
    if word == "auto":
        return found[0].id if found and cuda_libraries() else "cpu"
    wanted = f"gpu:{int(number or 0)}"
    if wanted not in [one.id for one in found]:
        raise UsageError(f"There is no {wanted}: {_count(len(found))} here.", "lab devices lists what there is.")
    if not cuda_libraries():
        raise LabError(
            f"{wanted} is there, but the CUDA libraries that TensorFlow needs are not installed.",
            "Add them with: uv sync --inexact --extra gpu",
        )
    return wanted


def resolve_precision(text: str, task_precisions: Sequence[str], device: str, *, devices: Sequence[Device] | None = None) -> str:
    """``auto``, ``float32`` or ``bfloat16`` as the precision to run with; raises UsageError for one the task doesn't list.

    ``auto`` takes bfloat16 where the task lists it and the device is built for it, else what the task lists first.
    """
    word = text.strip().lower()
    if word == "auto":
        if "bfloat16" in task_precisions:
            here = detect() if devices is None else devices
            if any(one.id == first(device) and one.bfloat16 for one in here):
                return "bfloat16"
        return task_precisions[0]
    if word not in _PRECISIONS:
        raise unknown("precision", text, ("auto", *_PRECISIONS))
    if word not in task_precisions:
        raise UsageError(f"This task can't run in {word}.", f"It runs in {' or '.join(task_precisions)}.")
    return word


def resolve_threads(requested: int | None = None) -> int:
    """Processor threads for a run: those that this process may use, or fewer if asked for; raises UsageError below 1."""
    if requested is None:
        return usable_threads()
    if requested < 1:
        raise UsageError(f"A run can't have {requested} threads.", f"Choose between 1 and {usable_threads()}.")
    return min(requested, usable_threads())


def environment(device: str, threads: int, *, devices: Sequence[Device] | None = None) -> dict[str, str]:
    """Variables to set once, in the run's process and before its imports, so that libraries keep to device and threads.

    Afterwards the process sees these devices alone, so a library calls the first GPU its GPU 0; ``gpu:N`` keeps its meaning
    for this module. Raises UsageError for a GPU that isn't there.
    """
    count = str(max(1, threads))
    variables = {
        "OMP_NUM_THREADS": count,
        "OPENBLAS_NUM_THREADS": count,
        "MKL_NUM_THREADS": count,
        "NUMBA_NUM_THREADS": count,
        "TF_NUM_INTRAOP_THREADS": count,
        "TF_NUM_INTEROP_THREADS": str(min(2, max(1, threads))),
        VISIBLE_VARIABLE: given_devices() or "all",
        "TF_CPP_MIN_LOG_LEVEL": os.environ.get("TF_CPP_MIN_LOG_LEVEL", "3"),
    }
    if first(device) == "cpu":
        return {**variables, "CUDA_VISIBLE_DEVICES": "-1"}
    handles = {one.id: one.handle for one in (gpus() if devices is None else devices)}
    missing = [name for name in device.split(",") if name not in handles]
    if missing:
        raise UsageError(f"There is no {missing[0]} here.", "lab devices lists what there is.")
    return {
        **variables,
        "CUDA_VISIBLE_DEVICES": ",".join(handles[name] for name in device.split(",")),
        "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
        # Two runs may share a GPU: TensorFlow takes all of its memory otherwise.
        "TF_FORCE_GPU_ALLOW_GROWTH": os.environ.get("TF_FORCE_GPU_ALLOW_GROWTH", "true"),
    }


def first(device: str) -> str:
    """The first of several devices, where a model is applied and scored: "gpu:0" of "gpu:0,gpu:1", "cpu" of "cpu:0,cpu:1"."""
    name = device.partition(",")[0]
    return "cpu" if name.startswith("cpu") else name


def available_memory() -> int | None:
    """Bytes of memory free for this process, a container's limit respected; None where the system doesn't say."""
    return memory()[1] or None


def cuda_libraries() -> bool:
    """Whether CUDA's deep learning libraries are there: from the ``gpu`` extra's wheels, or from the system."""
    try:
        if importlib.util.find_spec("nvidia.cudnn") is not None:
            return True
    except (ImportError, ValueError):
        pass
    return ctypes.util.find_library("cudnn") is not None


def _count(number: int) -> str:
    return "there is no GPU" if number == 0 else "there is one GPU, gpu:0," if number == 1 else f"there are {number} GPUs"
