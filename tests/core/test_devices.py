"""Devices, threads and precision on machines that the tests make up."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from lab_core.errors import LabError, UsageError
from lab_core.machine import devices, hardware
from lab_core.machine.hardware import Device

PLAIN = Device(id="cpu", name="old", threads=4, features=("avx2",))
NEW = Device(id="cpu", name="new", threads=4, features=("avx2", "avx512f", "avx512_bf16"))
TURING = Device(id="gpu:0", name="T4", capability=(7, 5), handle="GPU-a")
AMPERE = Device(id="gpu:1", name="A100", capability=(8, 0), handle="GPU-b")
Files = Callable[[dict[str, str]], Path]


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """A file system with the given files."""

    def make(contents: dict[str, str]) -> Path:
        for name, text in contents.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path

    return make


class FakeNvml(SimpleNamespace):
    """NVIDIA's library on a machine with the given GPUs: (name, unique id, capability, unique ids of its parts)."""

    def __init__(self, *cards: tuple[str, str, tuple[int, int], tuple[str, ...]]) -> None:
        super().__init__()
        self.cards = cards
        self.open = 0

    def nvmlInit(self) -> None:
        self.open += 1

    def nvmlShutdown(self) -> None:
        self.open -= 1

    def nvmlSystemGetDriverVersion(self) -> bytes:
        return b"580.1"

    def nvmlDeviceGetCount(self) -> int:
        return len(self.cards)

    def nvmlDeviceGetHandleByIndex(self, index: int) -> tuple[int, int | None]:
        return index, None

    def nvmlDeviceGetName(self, handle: tuple[int, int | None]) -> str:
        return self.cards[handle[0]][0]

    def nvmlDeviceGetCudaComputeCapability(self, handle: tuple[int, int | None]) -> tuple[int, int]:
        return self.cards[handle[0]][2]

    def nvmlDeviceGetUUID(self, handle: tuple[int, int | None]) -> str:
        card = self.cards[handle[0]]
        return card[1] if handle[1] is None else card[3][handle[1]]

    def nvmlDeviceGetMigMode(self, handle: tuple[int, int | None]) -> list[int]:
        if self.cards[handle[0]][2] < (8, 0):
            raise RuntimeError("Not Supported")
        return [int(bool(self.cards[handle[0]][3])), 0]

    def nvmlDeviceGetMaxMigDeviceCount(self, handle: tuple[int, int | None]) -> int:
        return 7

    def nvmlDeviceGetMigDeviceHandleByIndex(self, handle: tuple[int, int | None], slot: int) -> tuple[int, int]:
        if slot >= len(self.cards[handle[0]][3]):
            raise RuntimeError("Not Found")
        return handle[0], slot

    def nvmlDeviceGetMemoryInfo(self, handle: tuple[int, int | None]) -> SimpleNamespace:
        total = 80 * 10**9 if handle[1] is None else 10**10
        return SimpleNamespace(total=total, free=total // 2)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Callable[..., FakeNvml]:
    """A machine with the given GPUs, CUDA's libraries installed, and no variable set."""
    for name in ("CUDA_VISIBLE_DEVICES", "LAB_VISIBLE_DEVICES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(devices, "cuda_libraries", lambda: True)

    def make(*cards: tuple[str, str, tuple[int, int], tuple[str, ...]]) -> FakeNvml:
        library = FakeNvml(*cards)
        monkeypatch.setitem(sys.modules, "pynvml", library)
        return library

    return make


def three(machine: Callable[..., FakeNvml]) -> FakeNvml:
    return machine(("T4", "GPU-aa11", (7, 5), ()), ("A100", "GPU-bb22", (8, 0), ()), ("A100", "GPU-bb33", (8, 0), ()))


# Devices -------------------------------------------------------------------------------------------------------------


def test_machine_without_a_driver_has_no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise RuntimeError("NVML Shared Library Not Found")

    monkeypatch.setitem(sys.modules, "pynvml", SimpleNamespace(nvmlInit=refuse))
    assert devices.gpus() == []
    assert devices.resolve_device("auto") == "cpu"
    with pytest.raises(UsageError, match="There is no gpu:0: there is no GPU here"):
        devices.resolve_device("gpu")


def test_every_gpu_is_listed_and_the_library_is_closed(machine: Callable[..., FakeNvml]) -> None:
    library = three(machine)
    found = devices.gpus()
    assert [(one.id, one.name, one.capability, one.handle) for one in found] == [
        ("gpu:0", "T4", (7, 5), "GPU-aa11"),
        ("gpu:1", "A100", (8, 0), "GPU-bb22"),
        ("gpu:2", "A100", (8, 0), "GPU-bb33"),
    ]
    assert (found[0].memory, found[0].available, found[0].driver) == (80 * 10**9, 40 * 10**9, "580.1")
    assert library.open == 0


@pytest.mark.parametrize(
    ("visible", "handles"),
    [
        ("", []),
        ("-1", []),
        ("2,0", ["GPU-bb33", "GPU-aa11"]),
        ("1,7,0", ["GPU-bb22"]),
        ("GPU-aa11", ["GPU-aa11"]),
        ("GPU-a", ["GPU-aa11"]),
        ("GPU-bb", []),
        ("0,0", ["GPU-aa11"]),
        (" 1 , 2 ", ["GPU-bb22", "GPU-bb33"]),
    ],
)
def test_visible_devices_are_respected_as_cuda_does(
    machine: Callable[..., FakeNvml], monkeypatch: pytest.MonkeyPatch, visible: str, handles: list[str]
) -> None:
    three(machine)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    found = devices.gpus()
    assert [one.handle for one in found] == handles
    assert [one.id for one in found] == [f"gpu:{number}" for number in range(len(handles))]


def test_parts_of_a_partitioned_gpu_stand_for_it(machine: Callable[..., FakeNvml]) -> None:
    machine(("H200", "GPU-a", (9, 0), ("MIG-1", "MIG-2")), ("T4", "GPU-b", (7, 5), ()))
    found = devices.gpus()
    assert [(one.id, one.handle, one.name) for one in found] == [
        ("gpu:0", "MIG-1", "H200 (part)"),
        ("gpu:1", "MIG-2", "H200 (part)"),
        ("gpu:2", "GPU-b", "T4"),
    ]
    assert found[0].memory == 10**10


def test_driver_that_breaks_is_one_clear_error(machine: Callable[..., FakeNvml], monkeypatch: pytest.MonkeyPatch) -> None:
    library = three(machine)

    def fall(index: int) -> None:
        raise RuntimeError("GPU is lost")

    monkeypatch.setattr(library, "nvmlDeviceGetHandleByIndex", fall)
    with pytest.raises(LabError, match=r"GPU is lost\. Check nvidia-smi"):
        devices.gpus()
    assert devices.resolve_device("cpu") == "cpu"


@pytest.mark.parametrize(
    ("text", "device"), [("auto", "gpu:0"), ("gpu", "gpu:0"), ("gpu:1", "gpu:1"), ("GPU:1 ", "gpu:1"), ("cpu", "cpu")]
)
def test_device_is_resolved(machine: Callable[..., FakeNvml], text: str, device: str) -> None:
    three(machine)
    assert devices.resolve_device(text) == device


@pytest.mark.parametrize("text", ["", "tpu", "gpu:", "gpu:x", "gpu:-1", "cuda:0", "auto:1"])
def test_device_that_is_none_is_refused(machine: Callable[..., FakeNvml], text: str) -> None:
    three(machine)
    with pytest.raises(UsageError, match=r"Choose one of auto, cpu, gpu"):
        devices.resolve_device(text)


def test_missing_gpu_says_how_many_there_are(machine: Callable[..., FakeNvml]) -> None:
    three(machine)
    with pytest.raises(UsageError, match="There is no gpu:3: there are 3 GPUs"):
        devices.resolve_device("gpu:3")


def test_gpu_without_cuda_libraries_is_not_taken(machine: Callable[..., FakeNvml], monkeypatch: pytest.MonkeyPatch) -> None:
    three(machine)
    monkeypatch.setattr(devices, "cuda_libraries", lambda: False)
    assert devices.resolve_device("auto") == "cpu"
    with pytest.raises(LabError, match=r"CUDA libraries .* not installed. .*--extra gpu"):
        devices.resolve_device("gpu:0")


# The run's environment -----------------------------------------------------------------------------------------------


def test_environment_hides_every_gpu_from_a_cpu_run() -> None:
    variables = devices.environment("cpu", 3)
    assert variables["CUDA_VISIBLE_DEVICES"] == "-1"
    for name in ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "NUMBA_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        assert variables[name] == "3"


def test_device_keeps_its_name_after_a_run_has_narrowed_the_view(
    machine: Callable[..., FakeNvml], monkeypatch: pytest.MonkeyPatch
) -> None:
    three(machine)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2,1")
    for device, handle in (("gpu:1", "GPU-bb22"), ("gpu:0", "GPU-bb33"), ("cpu", "-1"), ("gpu:1", "GPU-bb22")):
        for name, value in devices.environment(devices.resolve_device(device), 2).items():
            monkeypatch.setenv(name, value)
        assert os.environ["CUDA_VISIBLE_DEVICES"] == handle
    assert len(devices.gpus()) == 2


def test_environment_of_a_gpu_that_went_away_is_an_error(machine: Callable[..., FakeNvml]) -> None:
    machine()
    with pytest.raises(UsageError, match="There is no gpu:0 here"):
        devices.environment("gpu:0", 1)


# Precision -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("listed", "device", "here", "expected"),
    [
        (("float32", "bfloat16"), "cpu", [NEW], "bfloat16"),
        (("float32", "bfloat16"), "cpu", [PLAIN], "float32"),
        (("float32",), "cpu", [NEW], "float32"),
        (("float32", "bfloat16"), "gpu:0", [NEW, TURING, AMPERE], "float32"),
        (("float32", "bfloat16"), "gpu:1", [PLAIN, TURING, AMPERE], "bfloat16"),
        (("bfloat16",), "cpu", [PLAIN], "bfloat16"),
    ],
)
def test_auto_takes_bfloat16_only_where_task_and_device_are_made_for_it(
    listed: tuple[str, ...], device: str, here: list[Device], expected: str
) -> None:
    assert devices.resolve_precision("auto", listed, device, devices=here) == expected


def test_amx_counts_as_made_for_bfloat16() -> None:
    amx = Device(id="cpu", name="x", features=("amx_tile", "amx_bf16"))
    assert amx.bfloat16
    assert not Device(id="cpu", name="x", features=("avx512f", "amx_tile")).bfloat16


def test_explicit_precision_is_taken_or_refused() -> None:
    assert devices.resolve_precision("bfloat16", ("float32", "bfloat16"), "cpu", devices=[PLAIN]) == "bfloat16"
    assert devices.resolve_precision("float32", ("float32", "bfloat16"), "cpu", devices=[NEW]) == "float32"
    with pytest.raises(UsageError, match=r"can't run in bfloat16. It runs in float32"):
        devices.resolve_precision("bfloat16", ("float32",), "cpu", devices=[NEW])
    with pytest.raises(UsageError, match=r"no precision 'bfloat'. Did you mean bfloat16"):
        devices.resolve_precision("bfloat", ("float32",), "cpu", devices=[NEW])


# Processor -----------------------------------------------------------------------------------------------------------


def test_threads_are_the_affinity_or_fewer() -> None:
    usable = devices.resolve_threads()
    assert 1 <= usable <= (os.cpu_count() or 1)
    assert devices.resolve_threads(1) == 1
    assert devices.resolve_threads(10_000) == usable
    with pytest.raises(UsageError, match="0 threads"):
        devices.resolve_threads(0)


@pytest.mark.parametrize(
    ("contents", "quota"),
    [
        ({"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "150000 100000\n"}, 1.5),
        ({"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "max 100000\n"}, None),
        (  # the parent's limit binds
            {
                "proc/self/cgroup": "0::/a/b\n",
                "sys/fs/cgroup/a/b/cpu.max": "800000 100000\n",
                "sys/fs/cgroup/a/cpu.max": "300000 100000\n",
            },
            3.0,
        ),
        (
            {
                "proc/self/cgroup": "5:cpu,cpuacct:/job\n1:memory:/\n",
                "sys/fs/cgroup/cpu/job/cpu.cfs_quota_us": "250000\n",
                "sys/fs/cgroup/cpu/job/cpu.cfs_period_us": "100000\n",
            },
            2.5,
        ),
        (
            {
                "proc/self/cgroup": "5:cpu:/\n",
                "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
                "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
            },
            None,
        ),
        (  # a container that sees its own mount but the host's path
            {"proc/self/cgroup": "0::/docker/f00\n", "sys/fs/cgroup/cpu.max": "200000 100000\n"},
            2.0,
        ),
        ({}, None),
    ],
)
def test_container_quota_is_read(files: Files, contents: dict[str, str], quota: float | None) -> None:
    root = files(contents)
    assert hardware.cpu_quota(root) == quota
    affinity = hardware.usable_threads(files({}) / "nowhere")
    assert hardware.usable_threads(root) == (affinity if quota is None else max(1, min(affinity, int(quota))))


def test_half_a_processor_is_one_thread(files: Files) -> None:
    assert hardware.usable_threads(files({"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "50000 100000\n"})) == 1


def test_memory_is_cut_to_the_container(files: Files) -> None:
    meminfo = "MemTotal:  8000000 kB\nMemFree: 100 kB\nMemAvailable:  5000000 kB\n"
    assert hardware.memory(files({"proc/meminfo": meminfo})) == (8_192_000_000, 5_120_000_000)
    limited = {"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "1000000\n", "sys/fs/cgroup/memory.current": "400000\n"}
    assert hardware.memory(files(limited)) == (1_000_000, 600_000)
    unlimited = {"sys/fs/cgroup/memory.max": "max\n"}
    assert hardware.memory(files(unlimited)) == (8_192_000_000, 5_120_000_000)


def test_memory_that_only_caches_files_is_free(files: Files) -> None:
    meminfo = "MemTotal:  8000000 kB\nMemAvailable:  5000000 kB\n"
    second = {
        "proc/meminfo": meminfo,
        "proc/self/cgroup": "0::/\n",
        "sys/fs/cgroup/memory.max": "1000000\n",
        "sys/fs/cgroup/memory.current": "900000\n",
        "sys/fs/cgroup/memory.stat": "anon 300000\ninactive_file 500000\nactive_file 100000\n",
    }
    assert hardware.memory(files(second)) == (1_000_000, 600_000)


def test_memory_of_the_first_version_of_control_groups(files: Files) -> None:
    first = {
        "proc/meminfo": "MemTotal:  8000000 kB\nMemAvailable:  5000000 kB\n",
        "proc/self/cgroup": "4:memory:/job\n",
        "sys/fs/cgroup/memory/job/memory.limit_in_bytes": "2000000\n",
        "sys/fs/cgroup/memory/job/memory.usage_in_bytes": "700000\n",
        "sys/fs/cgroup/memory/job/memory.stat": "cache 100\ntotal_inactive_file 200000\n",
        "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
        "sys/fs/cgroup/memory/memory.usage_in_bytes": "7000000\n",
    }
    assert hardware.memory(files(first)) == (2_000_000, 1_500_000)


def test_a_parent_group_that_is_full_leaves_nothing(files: Files) -> None:
    nested = {
        "proc/meminfo": "MemTotal:  8000000 kB\nMemAvailable:  5000000 kB\n",
        "proc/self/cgroup": "0::/a/b\n",
        "sys/fs/cgroup/a/b/memory.max": "1000000\n",
        "sys/fs/cgroup/a/b/memory.current": "1000\n",
        "sys/fs/cgroup/a/memory.max": "3000000\n",
        "sys/fs/cgroup/a/memory.current": "2900000\n",
    }
    assert hardware.memory(files(nested)) == (1_000_000, 100_000)


def test_resident_memory_is_in_bytes(files: Files) -> None:
    assert hardware.resident(files({"proc/self/statm": "5000 25 10 1 0 0 0\n"})) == 25 * os.sysconf("SC_PAGE_SIZE")
    block = bytearray(os.urandom(1)) * 50_000_000
    held = hardware.resident()
    assert held == 0 or len(block) < held < 10**11


def test_this_machine_is_described_without_numpy() -> None:
    code = "import sys; from lab_core.machine import devices; print(devices.detect()[0].id, 'numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["cpu", "False"]
    here = devices.processor()
    assert here.name
    assert 0 < here.available <= here.memory
