"""The conformance kit: what every task must do, ours or a stranger's. Run it in the plugin's own tests.

    @pytest.mark.parametrize("task_id", ["my-task"])
    def test_conforms(task_id, tmp_path):
        check_task(task_id, tmp_path)

    def test_plugin_is_light(tmp_path):
        check_light("my_plugin")

A check that fails raises AssertionError with one line that says what is wrong and what was expected.
"""

import hashlib
import json
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from itertools import cycle
from pathlib import Path
from typing import Any, cast

from lab_app.applying.results import results
from lab_core.benchmark import Benchmark
from lab_core.config import Config, TrainConfig, fields, from_dict, resolve, to_dict
from lab_core.context import Context
from lab_core.errors import LabError, UsageError
from lab_core.evaluator import Evaluation
from lab_core.imports import load_object
from lab_core.model import ABILITIES, Apply, Item, Model
from lab_core.pooling import load_pool
from lab_core.registry.discovery import discover, installed
from lab_core.registry.registry import Registry, config_type
from lab_core.runs.checkpoint import Checkpoints
from lab_core.runs.opening import load_model, prepare
from lab_core.runs.run import Run
from lab_core.task import Task
from lab_core.trainer import Chunks, Trainer
from lab_core.training.evaluation import evaluate, make_evaluator
from lab_core.training.job import execute
from lab_core.training.spec import JobSpec

HEAVY = ("numpy", "gymnasium", "tensorflow", "torch", "jax", "keras", "tf_keras", "numba", "scipy", "matplotlib", "cv2")

_SCORE = """
import json
from pathlib import Path
from lab_core.registry.discovery import discover
from lab_core.runs.opening import load_model, prepare
from lab_app.runs.target import from_model_folder
from lab_core.training.evaluation import evaluate
registry, _ = discover()
found = from_model_folder(Path({folder!r}), registry)
prepare(found.task, device="cpu", threads=1)
model = load_model(found.task, found.folder, device="cpu")
print(json.dumps(evaluate(found.benchmark, model, protocol={protocol!r}, count=1).scores))
"""


def check_task(task_id: str, folder: Path, *, seed: int = 0) -> None:
    """Every check but the fresh-process ones, in an order in which the first failure explains the most."""
    registry, _ = discover()
    task = registry.task(task_id)
    check_record(task, registry)
    check_errors(task)
    if task.trainer is None:
        check_ready(task, registry, folder / "smoke")
        return
    run = check_smoke(task, registry, folder / "smoke", seed=seed)
    check_model(task, registry, run)
    check_resume(task, folder / "resume", seed=seed)


def check_plugin(name: str, folder: Path | None = None) -> list[str]:
    """Check every task of an installed plugin, fresh-process checks included; returns the ids of the tasks checked."""
    registry, statuses = discover()
    status = next((status for status in statuses if status.name == name), None)
    if status is None:
        raise UsageError(f"No plugin is called {name!r}.", f"Installed: {', '.join(status.name for status in statuses)}")
    assert status.ok, f"plugin {name} did not load cleanly: {'; '.join(status.reasons)}"
    ids = [task.id for task in registry.tasks() if registry.plugin_of(task.id) == name]
    check_light(name)
    with tempfile.TemporaryDirectory() as temporary:
        for task_id in ids:
            check_task(task_id, (folder or Path(temporary)) / task_id)
        trained = [task_id for task_id in ids if registry.task(task_id).trainer is not None]
        if trained:
            check_fresh_process(trained[0], (folder or Path(temporary)) / "fresh")
    return ids


def check_record(task: Task, registry: Registry) -> None:
    """The record is complete: texts, presets that resolve, a description for every setting, code that can be found."""
    for name in ("title", "family", "method"):
        assert getattr(task, name).strip(), f"task {task.id}: {name} is empty"
    kind = config_type(task)
    assert issubclass(kind, TrainConfig), f"task {task.id}: {task.config} is not a TrainConfig"
    for field in fields(kind):
        assert field.description.strip(), f"task {task.id}: setting {field.name} has no description"
    for name in task.presets:
        config = resolve(kind, task.preset(name))
        assert from_dict(kind, to_dict(config)) == config, f"task {task.id}: preset {name} changes when stored and read"
        benchmark = registry.benchmark_of(task, config)
        if benchmark is not None:
            _check_benchmark(benchmark)


def check_errors(task: Task) -> None:
    """Bad settings are refused with one line that names them."""
    kind = config_type(task)
    for text, part in (("no_such_setting=1", "no_such_setting"), ("steps=0", "steps"), ("steps=many", "many")):
        try:
            resolve(kind, task.preset("smoke"), overrides=[text])
        except UsageError as error:
            line = str(error)
            assert part in line, f"task {task.id}: the error for {text} does not name it: {line}"
            assert "\n" not in line, f"task {task.id}: the error for {text} is not one clear line: {line}"
        else:
            raise AssertionError(f"task {task.id}: --set {text} was accepted")


def check_smoke(task: Task, registry: Registry, folder: Path, *, seed: int = 0) -> Run:
    """``smoke`` trains to its last step, leaves finite metrics and a model, and the model is scored."""
    config = resolve(config_type(task), task.preset("smoke"))
    spec = JobSpec(
        task=task.id, preset="smoke", config=to_dict(config), seed=seed, device="cpu", runs_dir=str(folder), evaluate=False
    )
    result = execute(spec, registry)
    outcome = result.outcome
    assert outcome.status == "completed", f"task {task.id}: smoke ended {outcome.status}: {outcome.reason}"
    assert outcome.step == config.steps or "done" in outcome.reason, (
        f"task {task.id}: smoke ended at step {outcome.step}, {config.steps} were asked for"
    )
    for name, count in result.run.record.parameters.items():
        assert count > 0, f"task {task.id}: its network {name} has {count} parameters"
    lines = result.run.metrics.read()
    assert lines, f"task {task.id}: smoke left no metrics"
    for line in lines:
        for name, value in line.items():
            if isinstance(value, float):
                assert math.isfinite(value), f"task {task.id}: {name} is {value} at step {line['step']}"
    return result.run


def check_model(task: Task, registry: Registry, run: Run) -> None:
    """The model loads from its folder, can what its benchmark needs, scores the same twice, refuses an empty folder."""
    model = load_model(task, run.model_folder("best"), device="cpu")
    assert isinstance(model, Model), f"task {task.id}: {task.model} is not a Model"
    benchmark = registry.benchmark_of(task, from_dict(config_type(task), run.record.config))
    if benchmark is not None:
        assert isinstance(model, ABILITIES[benchmark.needs]), f"task {task.id}: its model can't {benchmark.needs}"
        protocol = benchmark.selection_protocol  # the cheaper one, where there is one
        first = evaluate(benchmark, model, protocol=protocol, count=2, seed=1)
        again = evaluate(benchmark, load_model(task, run.model_folder("best"), device="cpu"), protocol=protocol, count=2, seed=1)
        assert len(first.scores) == 2, f"task {task.id}: 2 scores were asked for, {len(first.scores)} came"
        check_evaluation(first, benchmark)
        assert first.scores == again.scores, f"task {task.id}: the same evaluation gave {first.scores} and {again.scores}"
        if benchmark.needs == "apply":
            evaluator = make_evaluator(benchmark)
            items = [given for given, _ in evaluator.example_pairs(2)]
            other = load_model(task, run.model_folder("best"), device="cpu")
            check_apply(model, other, items, evaluator.example_options())
    with tempfile.TemporaryDirectory() as empty:
        try:
            load_model(task, Path(empty), device="cpu")
        except LabError:
            pass
        else:
            raise AssertionError(f"task {task.id}: an empty folder was loaded as a model")


def check_evaluation(found: Evaluation, benchmark: Benchmark) -> None:
    """The unit is the benchmark's; with a pool function there are statistics, and it makes the value from them."""
    import numpy as np

    where = f"benchmark {benchmark.id}"
    assert found.unit == benchmark.unit, f"{where}: its unit is {benchmark.unit!r}, that of its evaluations {found.unit!r}"
    if benchmark.pool is None:
        return
    assert len(found.statistics) == len(found.scores), (
        f"{where}: pool {benchmark.pool} needs a row of statistics for each of {len(found.scores)} scores, "
        f"{len(found.statistics)} came"
    )
    try:
        value = load_pool(benchmark.pool)(np.asarray(found.statistics, np.float64))
    except LabError:  # it refuses so few units
        return
    undefined = math.isnan(value) and math.isnan(found.value)
    assert undefined or math.isclose(value, found.value, rel_tol=1e-6, abs_tol=1e-12), (
        f"{where}: pool {benchmark.pool} makes {value!r} of the statistics, the evaluation's value is {found.value!r}"
    )


def check_ready(task: Task, registry: Registry, folder: Path) -> None:
    """A task without a trainer has a model at once; it is kept as a run, and passes the checks of a trained one."""
    config = to_dict(resolve(config_type(task), task.preset("smoke")))
    spec = JobSpec(task=task.id, preset="smoke", config=config, device="cpu", runs_dir=str(folder), evaluate=False)
    check_model(task, registry, execute(spec, registry).run)


def check_apply(model: Model, again: Model, items: Sequence[Item], options: Mapping[str, Any] | None = None) -> None:
    """A model that applies, loaded twice: one result an item and of its kind, in order, lazily; the same from both.

    ``options`` are on top of its own. Does nothing without items.
    """
    assert isinstance(model, Apply)
    assert isinstance(again, Apply)
    name = type(model).__name__
    assert issubclass(model.options, Config), f"{name}.options is {model.options}, not a Config"
    offered = {key: value for key, value in (options or {}).items() if key in model.options.__struct_fields__}
    asked = from_dict(model.options, offered)
    assert list(results(model, [], asked)) == [], f"{name} made something of no items"
    if not items:
        return
    made = [_plain(item) for item in results(model, items, asked)]
    assert len(made) == len(items)
    backwards = [_plain(item) for item in results(again, list(reversed(items)), asked)]
    assert not differences(_numbered(made), _numbered(backwards[::-1]), tolerance=1e-2), (
        f"{name} loaded twice, with its items the other way round, gives other results: is the order kept?"
    )
    endless = results(model, cycle(items), asked)
    assert not differences({"0": made[0]}, {"0": _plain(next(endless))}, tolerance=1e-2), f"{name} is not lazy, or not the same"
    cast(Any, endless).close()


def _plain(item: Any) -> Any:
    """A result as one array of numbers or texts."""
    import numpy as np

    if isinstance(item, str):
        return np.array(item)
    for part in ("values", "corners", "probabilities"):
        if hasattr(item, part):
            return np.asarray(getattr(item, part), np.float64)
    return np.asarray(item, np.float64)


def _numbered(items: Sequence[Any]) -> Mapping[str, Any]:
    return {str(number): item for number, item in enumerate(items)}


def check_resume(task: Task, folder: Path, *, seed: int = 0) -> None:
    """The state right after a load equals the saved one; training on from it equals training on without a stop.

    Bit for bit for a task that says ``deterministic``, else within its ``tolerance``. The model taken before stays as it was.
    """
    config = resolve(config_type(task), task.preset("smoke"))
    half = max(1, config.steps // 2)
    folder.mkdir(parents=True, exist_ok=True)
    straight = _trainer(task, config, seed)
    _advance(straight, 0, half)
    before = digest(straight)
    model = straight.model()
    frozen = _files(model, folder / "model-before")
    checkpoints = Checkpoints(folder / "checkpoints")
    checkpoints.save(half, straight.save, info={}, keep=1)
    assert not differences(before, digest(straight)), f"task {task.id}: saving changed the state"

    resumed = _trainer(task, config, seed + 1)  # another seed: what isn't loaded shows

    def read(path: Path, chunks: Chunks) -> None:
        resumed.load(path, chunks)

    found = checkpoints.load_newest(read, skipped=lambda line: None)
    assert found is not None, f"task {task.id}: no checkpoint was loaded"
    assert found[0] == half, f"task {task.id}: the checkpoint of step {half} was saved, that of {found[0]} was loaded"
    wrong = differences(before, digest(resumed))
    assert not wrong, f"task {task.id}: after a load these differ from what was saved: {', '.join(wrong)}"
    _advance(straight, half, config.steps)
    assert _files(model, folder / "model-after") == frozen, f"task {task.id}: training on changed a model taken before"
    if not straight.restarts_environment:
        _advance(resumed, half, config.steps)
        tolerance = 0.0 if task.deterministic else task.tolerance
        wrong = differences(digest(straight), digest(resumed), tolerance=tolerance)
        assert not wrong, f"task {task.id}: N steps and N/2 + resume + N/2 differ (tolerance {tolerance:g}): {', '.join(wrong)}"
    for trainer in (straight, resumed):
        trainer.close()


def check_light(plugin: str) -> None:
    """Listing a plugin's tasks and their configs loads no heavy library; ``plugin`` is its name or its module.

    One fresh process, with no other plugin in it.
    """
    code = (
        "import sys, json\n"
        "from lab_core.registry.discovery import discover, installed\n"
        "from lab_core.registry.registry import config_type\n"
        "registry, _ = discover()\n"
        "[config_type(task) for task in registry.tasks()]\n"
        f"print(json.dumps([name for name in {HEAVY!r} if name in sys.modules]))\n"
    )
    others = ",".join(found.name for found in installed() if plugin not in (found.name, found.value))
    found = json.loads(_python(code, LAB_PLUGINS_DISABLED=others).splitlines()[-1])
    assert not found, f"listing plugin {plugin} imports {', '.join(found)}; import it inside the functions that need it"


def check_fresh_process(task_id: str, folder: Path) -> None:
    """A trained smoke model loads alone in a fresh process and is scored there."""
    registry, _ = discover()
    run = check_smoke(registry.task(task_id), registry, folder)
    target = run.model_folder("best")
    task = registry.task(task_id)
    benchmark = registry.benchmark_of(task, from_dict(config_type(task), run.record.config))
    if benchmark is not None:
        protocol = benchmark.selection_protocol or benchmark.default_protocol
        scores = json.loads(_python(_SCORE.format(folder=str(target), protocol=protocol)).splitlines()[-1])
        assert len(scores) == 1, f"task {task_id}: one score was asked for, a fresh process gave {scores}"
        assert math.isfinite(scores[0]), f"task {task_id}: a fresh process scored {scores}"


def digest(trainer: Trainer[Any]) -> Mapping[str, Any]:
    """The whole state of a trainer by name: its own ``state_digest``, else a hash of each file that ``save`` writes."""
    try:
        return trainer.state_digest()
    except NotImplementedError:
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            Checkpoints(folder).save(0, trainer.save, info={}, keep=1)
            files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != "manifest.json"]
            return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def differences(a: Mapping[str, Any], b: Mapping[str, Any], *, tolerance: float = 0.0) -> list[str]:
    """The names whose values differ by more than ``tolerance`` relative to their size; exactly for 0."""
    import numpy as np

    wrong = sorted(set(a) ^ set(b))
    for name in sorted(set(a) & set(b)):
        left, right = np.asarray(a[name]), np.asarray(b[name])
        if left.shape != right.shape or left.dtype != right.dtype:
            wrong.append(name)
        elif tolerance and np.issubdtype(left.dtype, np.floating):
            scale = max(float(np.max(np.abs(left), initial=0.0)), 1.0)
            if float(np.max(np.abs(left - right), initial=0.0)) > tolerance * scale:
                wrong.append(name)
        elif not np.array_equal(left, right, equal_nan=np.issubdtype(left.dtype, np.floating)):
            wrong.append(name)
    return wrong


def _trainer(task: Task, config: TrainConfig, seed: int) -> Trainer[Any]:
    prepare(task, device="cpu", threads=1)
    assert task.trainer is not None
    kind = cast(type[Trainer[Any]], load_object(task.trainer, what=f"Task {task.id}"))
    return kind(task, config, Context(seed=seed, threads=1, precision="float32"))


def _advance(trainer: Trainer[Any], start: int, stop: int) -> None:
    step = start
    while step < stop:
        progress = trainer.advance(stop - step)
        assert step < progress.step <= stop, f"advance({stop - step}) went from step {step} to {progress.step}"
        step = progress.step
        if progress.done:
            return


def _files(model: Model, folder: Path) -> Mapping[str, str]:
    folder.mkdir(parents=True)
    model.save(folder)
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*") if path.is_file()}


def _check_benchmark(benchmark: Benchmark) -> None:
    evaluator = load_object(benchmark.evaluator, what=f"Benchmark {benchmark.id}")
    assert callable(evaluator), f"benchmark {benchmark.id}: {benchmark.evaluator} is not a class"
    if benchmark.pool is not None:
        try:
            pool = load_pool(benchmark.pool)
        except LabError as error:
            raise AssertionError(f"benchmark {benchmark.id}: pool {benchmark.pool} can't be imported: {error.message}") from None
        assert callable(pool), f"benchmark {benchmark.id}: pool {benchmark.pool} is not a function"
    if benchmark.scene is not None:
        scene = load_object(benchmark.scene, what=f"Benchmark {benchmark.id}")
        assert callable(scene), f"benchmark {benchmark.id}: {benchmark.scene} is not a class"
    for name, settings in benchmark.protocols.items():
        count = settings.get("count")
        assert isinstance(count, int), f"benchmark {benchmark.id}: protocol {name} has no count"
        assert count >= 1, f"benchmark {benchmark.id}: protocol {name} has no count"


def _python(code: str, **variables: str) -> str:
    """Standard output of a fresh interpreter; AssertionError with its last lines when it fails."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, **variables}, timeout=600
    )
    assert done.returncode == 0, f"a fresh process failed: {done.stderr.strip()[-500:]}"
    return done.stdout
