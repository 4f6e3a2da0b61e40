"""A sweep on a real local Ray cluster of two nodes: jobs run there, save themselves on a stop, and survive the loss of a node."""

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

for name, value in (("raylet_start_wait_time_s", "300"), ("agent_register_timeout_ms", "300000")):
    os.environ.setdefault(f"RAY_{name}", value)  # a busy machine starts its nodes slowly
os.environ.setdefault("RAY_ENABLE_UV_RUN_RUNTIME_ENV", "0")  # as lab_ray does, which is imported after Ray here
ray = pytest.importorskip("ray", reason="Ray is not in the default environment: uv run --group ray pytest plugins/ray")

from lab_ray.workers import RayWorkers  # noqa: E402

from lab_app.sweeping.engine import Engine  # noqa: E402
from lab_app.sweeping.jobs import make_jobs  # noqa: E402
from lab_app.sweeping.sweep import Standing, Sweep  # noqa: E402
from lab_app.sweeping.workers import workers_of  # noqa: E402
from lab_core.registry.discovery import discover  # noqa: E402
from lab_core.runs.run import Run  # noqa: E402

STEPS = 600_000


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on: given ports spare Ray a wait of a few seconds that a busy machine doesn't meet."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    found = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return found


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    from ray.cluster_utils import Cluster

    def options() -> dict[str, Any]:
        ports = ("metrics_agent_port", "runtime_env_agent_port", "dashboard_agent_listen_port", "metrics_export_port")
        return {"num_cpus": 1, "object_store_memory": 80 << 20, **dict(zip(ports, free_ports(len(ports)), strict=True))}

    found = Cluster(initialize_head=True, head_node_args={**options(), "include_dashboard": False})
    found.second = found.add_node(**options())
    ray.init(address=found.address, log_to_driver=False)
    yield found
    ray.shutdown()
    found.shutdown()


def sweep_of(runs: Path) -> Sweep:
    specs = make_jobs(
        ["q-learning-frozenlake"],
        discover()[0],
        name="far",
        seeds=(0, 1),
        settings=("checkpoint_seconds=0.2",),
        steps=STEPS,
        threads=1,
        device="cpu",
        runs_dir=runs,
    )
    return Sweep(name="far", specs=specs, jobs=2, retries=2, engine="ray")


def lines(folder: Path, step: int) -> list[dict[str, Any]]:
    return [line for line in Run.open(folder).metrics.read() if line["step"] <= step]


def test_a_stop_lets_jobs_save_themselves(cluster: Any, tmp_path: Path) -> None:
    sweep = sweep_of(tmp_path)

    def watch(standings: Sequence[Standing]) -> None:
        if all(one.step > 0 for one in standings):
            threading.Thread(target=lambda: (time.sleep(0.1), signal.raise_signal(signal.SIGINT))).start()

    engine = Engine(sweep, tmp_path, watch=watch, workers=RayWorkers(tmp_path / "logs", jobs=2))
    standings = engine.run()
    assert engine.interrupted
    for one in standings:
        assert one.run is not None
        assert one.run.record.status in ("interrupted", "completed")
        assert one.run.checkpoints.steps()


def test_the_engine_is_found_by_its_name(cluster: Any, tmp_path: Path) -> None:
    assert isinstance(workers_of("ray", tmp_path, jobs=1), RayWorkers)


def test_two_processes_on_two_nodes_share_one_training(cluster: Any, tmp_path: Path) -> None:
    from lab_ray.together import together

    from lab_core.config import resolve, to_dict
    from lab_core.registry.registry import config_type
    from lab_core.training.spec import JobSpec

    task = discover()[0].task("autoencoder-mnist")
    config = to_dict(resolve(config_type(task), task.preset("smoke"), {"norm": "none", "steps": 8, "updates_per_slice": 4}))
    runs = tmp_path / "runs"
    spec = JobSpec(task=task.id, preset="smoke", config=config, device="cpu", threads=1, runs_dir=str(runs), evaluate=False)
    assert together(spec, 2, tmp_path / "logs") == [0, 0], (tmp_path / "logs" / "worker-0.log").read_text()
    (folder,) = (runs / task.id).iterdir()  # the first process's; the other one's is gone
    run = Run.open(folder)
    assert (run.record.status, run.record.step) == ("completed", 8)
    assert run.model_folder("last").is_dir()


def test_a_node_that_dies_costs_the_time_since_the_last_checkpoint(cluster: Any, tmp_path: Path) -> None:
    """The last test: the cluster has one node afterwards."""
    sweep = sweep_of(tmp_path)
    folders = [tmp_path / spec.task / spec.name for spec in sweep.specs]
    before: dict[Path, tuple[int, list[dict[str, Any]]]] = {}

    def watch(standings: Sequence[Standing]) -> None:
        if not before and all(one.state == "running" and one.step > 0 for one in standings):
            for folder in folders:
                step = Run.open(folder).record.step
                before[folder] = step, lines(folder, step)
            cluster.remove_node(cluster.second, allow_graceful=False)

    engine = Engine(sweep, tmp_path, watch=watch, workers=RayWorkers(tmp_path / "logs", jobs=2))
    standings = engine.run()
    assert before, "both jobs ended before the node was killed"
    assert [one.state for one in standings] == ["completed", "completed"]
    for folder in folders:
        run = Run.open(folder)
        assert run.record.step == STEPS
        assert len(run.evaluations()) == 1
        step, earlier = before[folder]
        assert 0 < step < STEPS
        assert lines(folder, step) == earlier  # what was saved was not trained again
    assert sum(engine._tries) == 3  # one of the two was sent a second time
