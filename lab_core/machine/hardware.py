"""What hardware there is and how much of it this process may use: processor, memory, GPUs.

GPUs are asked through NVML, the driver's own library; a machine without the driver has none. No learning library is
imported. Every ``root`` is the file system's, so that tests can bring their own.
"""

import contextlib
import os
import platform
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, cast

import msgspec

from lab_core.errors import LabError

VISIBLE_VARIABLE = "LAB_VISIBLE_DEVICES"

_FEATURES = ("avx2", "avx512f", "avx512_bf16", "amx_bf16", "amx_tile")
_NATIVE_BFLOAT16 = ("avx512_bf16", "amx_bf16")
_BFLOAT16_CAPABILITY = (8, 0)  # NVIDIA Ampere, the first with bfloat16 units


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """One processor or GPU.

    id           "cpu", or "gpu:0" and so on, counted over the GPUs that CUDA_VISIBLE_DEVICES leaves visible
    threads      processor threads that this process may use: affinity and container quota respected; 0 for a GPU
    memory       bytes in all that this process may use; available: bytes free now; 0 where unknown
    features     instruction sets that matter for learning; empty for a GPU
    capability   CUDA compute capability, (0, 0) for a processor
    handle       what CUDA_VISIBLE_DEVICES must hold for this GPU
    """

    id: str
    name: str
    threads: int = 0
    memory: int = 0
    available: int = 0
    features: tuple[str, ...] = ()
    capability: tuple[int, int] = (0, 0)
    driver: str = ""
    handle: str = ""

    @property
    def bfloat16(self) -> bool:
        """Whether the hardware is built for bfloat16, so that it is faster there than float32."""
        return self.capability >= _BFLOAT16_CAPABILITY or any(feature in self.features for feature in _NATIVE_BFLOAT16)


def processor() -> Device:
    """The machine's processor, with what this process may use of it."""
    name, features = _cpu()
    total, available = memory()
    return Device(id="cpu", name=name, threads=usable_threads(), memory=total, available=available, features=features)


def usable_threads(root: Path = Path("/")) -> int:
    """Processor threads of this process: the affinity mask, cut to a container's quota; at least 1."""
    try:
        count = len(os.sched_getaffinity(0))
    except AttributeError:  # macOS and Windows have no affinity to ask
        count = os.cpu_count() or 1
    quota = cpu_quota(root)
    return max(1, count if quota is None else min(count, int(quota)))


def cpu_quota(root: Path = Path("/")) -> float | None:
    """Processors that this process's control group (version 2 or 1) may use, None without a limit."""
    limits: list[float] = []
    for folder in _group_folders(root, "cpu"):
        quota, period = "", ""
        with contextlib.suppress(OSError):
            quota, _, period = (folder / "cpu.max").read_text().strip().partition(" ")
        with contextlib.suppress(OSError):
            quota = quota or (folder / "cpu.cfs_quota_us").read_text().strip()
            period = period or (folder / "cpu.cfs_period_us").read_text().strip()
        if quota.isdecimal() and period.isdecimal() and int(period) > 0:
            limits.append(int(quota) / int(period))
    return min(limits, default=None)


def memory(root: Path = Path("/")) -> tuple[int, int]:
    """Bytes in all and available to this process, a container's limit respected; zeros where the system doesn't say.

    Pages that only cache files count as available, as they do in the system's own figure: they go when memory is needed.
    """
    total, available = _system_memory(root)
    for folder in _group_folders(root, "memory"):
        for limit_file, used_file, cached_line in (
            ("memory.max", "memory.current", "inactive_file"),
            ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
        ):
            with contextlib.suppress(OSError, ValueError):
                limit, used = int((folder / limit_file).read_text()), int((folder / used_file).read_text())
                used -= _statistic(folder / "memory.stat", cached_line)
                available = min(available, max(0, limit - used))
                total = min(total, limit)
    return total, available


def _statistic(path: Path, name: str) -> int:
    """One figure of a control group's ``memory.stat``; 0 where it isn't there."""
    with contextlib.suppress(OSError, ValueError):
        for line in path.read_text().splitlines():
            key, _, value = line.partition(" ")
            if key == name:
                return int(value)
    return 0


def resident(root: Path = Path("/")) -> int:
    """Bytes of memory that this process holds now; 0 where the system doesn't say (outside Linux)."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int((root / "proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return 0


def _system_memory(root: Path) -> tuple[int, int]:
    try:
        lines = (root / "proc/meminfo").read_text().splitlines()
        values = {key: int(value.split()[0]) * 1024 for key, _, value in (line.partition(":") for line in lines)}
        return values["MemTotal"], values.get("MemAvailable", values.get("MemFree", 0))
    except (OSError, KeyError, ValueError, IndexError):
        total = int(_sysctl("hw.memsize") or 0)
        return total, total


def _group_folders(root: Path, controller: str) -> Iterator[Path]:
    """The control group folders, innermost first, in whose limits this process is: one of version 2, one of version 1."""
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            base = root / "sys/fs/cgroup"
        elif controller in controllers.split(","):
            base = root / "sys/fs/cgroup" / controller
        else:
            continue
        folder = base / path.lstrip("/")
        # Inside a container the path is often the host's and doesn't exist; the mount's root is then the group itself.
        for one in (folder, *folder.parents):
            if one.is_dir() and (one == base or base in one.parents):
                yield one


def _cpu() -> tuple[str, tuple[str, ...]]:
    """Name and the features of :data:`_FEATURES` that the processor has."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        info: dict[str, str] = {}
        for key, _, value in (line.partition(":") for line in lines):
            info.setdefault(key.strip().lower(), value.strip())
        flags = set((info.get("flags") or info.get("features") or "").split())
        return info.get("model name") or platform.machine(), tuple(name for name in _FEATURES if name in flags)
    except OSError:
        return _sysctl("machdep.cpu.brand_string") or platform.processor() or platform.machine(), ()


def _sysctl(name: str) -> str:
    if platform.system() != "Darwin":
        return ""
    try:
        return subprocess.run(["sysctl", "-n", name], capture_output=True, text=True, timeout=5, check=True).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""


def gpus() -> list[Device]:
    """The GPUs that CUDA_VISIBLE_DEVICES left visible, in its order; none without NVIDIA's driver.

    "Left", because a run narrows that variable to its own GPU and keeps what it was in LAB_VISIBLE_DEVICES: gpu:N means
    the same GPU before, after and in processes that the run starts.
    """
    try:
        import pynvml as library  # pyright: ignore[reportMissingTypeStubs]
    except ImportError:
        return []
    nvml = cast(Any, library)
    try:
        nvml.nvmlInit()
    except Exception:  # no driver, no permission, or a driver that doesn't answer: there is nothing to run on
        return []
    try:
        driver = _text(nvml.nvmlSystemGetDriverVersion())
        every = [one for index in range(nvml.nvmlDeviceGetCount()) for one in _instances(nvml, index, driver)]
        visible = _visible(every, given_devices())
    except Exception as error:
        raise LabError(f"NVIDIA's driver answers with an error: {error}.", "Check nvidia-smi, or use --device cpu.") from error
    finally:
        with contextlib.suppress(Exception):
            nvml.nvmlShutdown()
    return [msgspec.structs.replace(one, id=f"gpu:{number}") for number, one in enumerate(visible)]


def given_devices() -> str | None:
    """CUDA_VISIBLE_DEVICES as the user or the machine's scheduler set it; None for every GPU."""
    text = os.environ.get(VISIBLE_VARIABLE, os.environ.get("CUDA_VISIBLE_DEVICES"))
    return None if text is None or text == "all" else text


def _instances(nvml: Any, index: int, driver: str) -> Iterator[Device]:
    """A GPU, or its instances where it is partitioned (MIG): CUDA can't use the whole of such a one."""
    handle = nvml.nvmlDeviceGetHandleByIndex(index)
    capability = tuple(int(part) for part in nvml.nvmlDeviceGetCudaComputeCapability(handle))
    name = _text(nvml.nvmlDeviceGetName(handle))
    parts: list[Any] = []
    with contextlib.suppress(Exception):  # cards that can't be partitioned answer "not supported"
        if nvml.nvmlDeviceGetMigMode(handle)[0]:
            for slot in range(nvml.nvmlDeviceGetMaxMigDeviceCount(handle)):
                with contextlib.suppress(Exception):  # empty slots
                    parts.append(nvml.nvmlDeviceGetMigDeviceHandleByIndex(handle, slot))
    for part in parts or [handle]:
        info = nvml.nvmlDeviceGetMemoryInfo(part)
        yield Device(
            id=f"gpu:{index}",
            name=f"{name} (part)" if parts else name,
            memory=int(info.total),
            available=int(info.free),
            capability=(capability[0], capability[1]),
            driver=driver,
            handle=_text(nvml.nvmlDeviceGetUUID(part)),
        )


def _visible(every: Iterable[Device], tokens: str | None) -> list[Device]:
    """CUDA's rule: numbers or beginnings of unique ids, in the order given, ending at the first that fits nothing."""
    found = list(every)
    if tokens is None:
        return found
    chosen: list[Device] = []
    for token in (part.strip() for part in tokens.split(",")):
        if token.isdecimal():
            matches = found[int(token) : int(token) + 1]
        else:
            matches = [one for one in found if token and one.handle.startswith(token)]
        if len(matches) != 1 or matches[0] in chosen:
            break
        chosen += matches
    return chosen


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
