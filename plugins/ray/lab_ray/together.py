"""One training over several nodes of a Ray cluster: a process on each, joined by ``lab_tensorflow.workers``.

Every process carries out the whole training and computes its part of each minibatch. The first one's run is kept; the others
write into folders of their own, which are deleted.
"""

import json
import os
import socket
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import ray  # pyright: ignore[reportMissingImports]
import typer

from lab_core.config import changed, resolve, to_dict
from lab_core.errors import LabError, UsageError
from lab_core.registry.discovery import discover
from lab_core.registry.registry import config_type
from lab_core.training.spec import JobSpec
from lab_ray.job import run_job
from lab_ray.workers import connect


class Member:
    """One process of the training, as a Ray actor."""

    def address(self) -> str:
        """Where this process can be reached: ``HOST:PORT`` with a port that was free just now."""
        host = ray.util.get_node_ip_address()
        with socket.create_server(("", 0)) as found:
            return f"{host}:{found.getsockname()[1]}"

    def train(self, spec: bytes, config: str, log: str) -> int:
        """Train as the worker that ``config`` (TF_CONFIG) says; the exit code of the job."""
        os.environ["TF_CONFIG"] = config
        job = msgspec.json.decode(spec, type=JobSpec)
        if json.loads(config)["task"]["index"] == 0:
            return run_job(spec, log)
        with tempfile.TemporaryDirectory() as folder:
            return run_job(msgspec.json.encode(msgspec.structs.replace(job, runs_dir=folder, evaluate=False)), log)


def together(spec: JobSpec, count: int, folder: Path) -> list[int]:
    """Carry out one job with ``count`` processes on the cluster that Ray is connected to; their exit codes.

    ``folder`` takes their logs, on storage that every node has, as the job's runs folder is.
    """
    gpus = 1 if ray.cluster_resources().get("GPU", 0) >= count and spec.device in ("auto", "gpu") else 0
    remote: Any = ray.remote(num_cpus=spec.threads or 1, num_gpus=gpus, max_restarts=0)(Member)
    members = [remote.remote() for _ in range(count)]
    try:
        addresses = ray.get([member.address.remote() for member in members])
        text = msgspec.json.encode(spec)
        waiting = []
        for index, member in enumerate(members):
            config = {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}}
            waiting.append(member.train.remote(text, json.dumps(config), str(folder / f"worker-{index}.log")))
        return ray.get(waiting)
    except ray.exceptions.RayError as error:
        raise LabError(f"A worker was lost: {str(error).splitlines()[0]}", f"Their output is in {folder}.") from None
    finally:
        for member in members:
            ray.kill(member)


def ray_run(
    task_id: Annotated[str, typer.Argument(metavar="TASK")],
    workers: Annotated[int, typer.Option("--workers", min=2, help="Processes, each with a part of every minibatch.")] = 2,
    preset: Annotated[str, typer.Option("--preset", help="A preset of the task.")] = "default",
    overrides: Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="A setting; repeatable.")] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Root of all random numbers.")] = 0,
    threads: Annotated[int, typer.Option("--threads", min=1, help="CPU cores of each process.")] = 1,
    device: Annotated[str, typer.Option("--device", help="cpu, gpu or auto.")] = "auto",
    address: Annotated[
        str, typer.Option("--address", help="HOST:PORT of the cluster; else RAY_ADDRESS, else this machine.")
    ] = "",
    runs_dir: Annotated[Path, typer.Option("--runs-dir", help="Folder of the runs, on shared storage.")] = Path("runs"),
) -> None:
    """Train one task in several processes on the nodes of a Ray cluster."""
    registry = discover()[0]
    task = registry.task(task_id)
    if task.max_devices < 2:
        raise UsageError(f"The training of {task_id} can't be shared.", "lab sweep --engine ray spreads several runs.")
    config = resolve(config_type(task), task.preset(preset), overrides=overrides or ())
    spec = JobSpec(
        task=task_id,
        preset=preset,
        config=to_dict(config),
        changed={key: value for key, value in changed(config, task.preset(preset)).items() if key != "steps"},
        seed=seed,
        device=device,
        threads=threads,
        runs_dir=str(runs_dir.absolute()),
        name=f"{datetime.now(UTC):%Y%m%d-%H%M%S}-seed{seed}",
        command=("lab", *sys.argv[1:]),
    )
    mine = connect(address)
    folder = runs_dir.absolute() / "ray-run"
    try:
        codes = together(spec, workers, folder)
    finally:
        if mine:
            ray.shutdown()
    if any(codes):
        last = [line for line in (folder / "worker-0.log").read_text(errors="replace").splitlines() if line.strip()][-1:]
        raise LabError(f"The training failed: {(last or ['no output'])[0].removeprefix('error: ')}", f"Output is in {folder}.")
    print(f"trained by {workers} processes: {runs_dir / task_id / spec.name}")
