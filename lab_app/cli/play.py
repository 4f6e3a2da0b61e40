"""``lab play``: watch a model at work, or play yourself."""

from pathlib import Path
from typing import Annotated, Any

import typer

from lab_app.cli import any_case, complete
from lab_app.cli.common import Import, RunsDir, command_line, display_place, model_choice, registry, say
from lab_app.display.choice import On as DisplayOn
from lab_core.benchmark import Benchmark
from lab_core.errors import LabError, UsageError, nearest, unknown
from lab_core.imports import allow


def play(
    target: Annotated[
        str,
        typer.Argument(
            metavar="RUN|TASK",
            callback=any_case.target,
            autocompletion=complete.runs_and_tasks,
            help="A run, a task (its best run), TASK@pretrained, or a model's folder.",
        ),
    ],
    episodes: Annotated[int | None, typer.Option(help="Stop after this many episodes; by default, when you stop.", min=1)] = None,
    display_on: Annotated[
        str, typer.Option("--display-on", help="window, terminal, web, or auto.", autocompletion=complete.places)
    ] = "auto",
    video: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Record a video: .mp4 or .gif; one episode by default.")
    ] = None,
    overlay: Annotated[bool, typer.Option("--overlay", help="Show how the model rates its actions; key o toggles it.")] = False,
    protocol: Annotated[
        str | None, typer.Option(help="Named protocol of the benchmark.", autocompletion=complete.protocols)
    ] = None,
    epsilon: Annotated[float | None, typer.Option(help="Share of random actions; the protocol's by default.")] = None,
    human: Annotated[
        bool, typer.Option("--human", help="Play yourself, under the same rules; the score joins the leaderboard.")
    ] = False,
    name: Annotated[
        str | None, typer.Option("--name", help="Who plays with --human.", envvar="LAB_PLAYER", show_default="your login")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Root of the episodes' seeds; 0 by default, with --human a seed you haven't played.", min=0)
    ] = None,
    model: Annotated[str, typer.Option("--model", help="best or last.")] = "best",
    overrides: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Setting of a task without a trainer; repeatable.")
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, gpu or gpu:N.", autocompletion=complete.devices)] = "cpu",
    imports: Import = None,
    runs_dir: RunsDir = Path("runs"),
) -> None:
    """Watch a model in a window, in the terminal or on a page, or record a video. Keys: space pauses, . steps, + - speed,
    o overlay, [ ] random actions, q ends. With --human you play: TASK, or a benchmark such as atari/pong."""
    place = display_place(display_on)
    allow(*(imports or ()))
    if human:
        given = {"--overlay": overlay, "--epsilon": epsilon is not None, "--model": model != "best"}
        for option, there in given.items():
            if there:
                raise UsageError(f"{option} is for watching a model; with --human you play.")
        _play_as_person(target, episodes, place, video, protocol, name, seed, runs_dir)
        return
    if name is not None and not _from_environment(name):
        raise UsageError("--name is for --human: who plays.")
    from lab_app.display import play as show
    from lab_app.display.watching import make_scene, scene_options
    from lab_app.runs.target import find_target, open_target

    which = model_choice(model)
    if epsilon is not None and not 0 <= epsilon <= 1:
        raise UsageError(f"--epsilon is {epsilon}; a number from 0 to 1 is expected.")
    found = find_target(target, runs_dir, registry(), which=which, overrides=overrides or (), say=say)
    scene = make_scene(found)
    scene.benchmark.protocol(protocol)
    # A film alone needs no screen; a screen that was asked for is shown as well.
    sinks = _sinks(place, video, found.label, screen=video is None or place != "auto")
    loaded = open_target(found, device=device)
    show(scene, loaded, sinks, seed=seed or 0, episodes=episodes, options=scene_options(protocol, epsilon, overlay))
    if video is not None:
        say(f"video      {video}")


def _sinks(place: DisplayOn, video: Path | None, title: str, *, screen: bool) -> list[Any]:
    from lab_app.display import VideoSink, choose

    sinks: list[Any] = [VideoSink(video)] if video is not None else []
    if screen:
        sinks.append(choose(place, title=title))
    return sinks


def _from_environment(name: str) -> bool:
    import os

    return os.environ.get("LAB_PLAYER") == name


def _play_as_person(
    target: str,
    episodes: int | None,
    place: DisplayOn,
    video: Path | None,
    protocol: str | None,
    name: str | None,
    seed: int | None,
    runs_dir: Path,
) -> None:
    from lab_app.cli.reports import evaluation_line
    from lab_app.display.human import keep, method_of, next_seed, play_as_person, playable
    from lab_app.display.watching import scene_of

    method = method_of(name or _login())
    benchmark = _benchmark_of(target, runs_dir)
    protocol, _ = benchmark.protocol(protocol)
    if seed is None:
        seed = next_seed(runs_dir, method, benchmark.id)
    scene = scene_of(benchmark)
    actions = playable(scene, protocol)
    sinks = _sinks(place, video, f"{benchmark.id}  {method}", screen=True)
    evaluation, _ = play_as_person(scene, sinks, actions, protocol=protocol, seed=seed, episodes=episodes)
    if video is not None:
        say(f"video      {video}")
    if evaluation is None:
        say("No episode was played to its end, so there is no score.")
        return
    run = keep(runs_dir, benchmark, evaluation, method=method, command=command_line())
    print(f"played     {run.record.id}  {method}  seed {seed}")
    print(f"score      {evaluation_line(evaluation, benchmark)}")
    print(f"compare    lab leaderboard --benchmark {benchmark.id}")


def _benchmark_of(target: str, runs_dir: Path) -> Benchmark:
    """The benchmark that a task, a run or a benchmark's own id stands for; no model is needed to play it."""
    from lab_app.runs.target import find_target
    from lab_core.config import from_dict
    from lab_core.registry.registry import config_type

    known = registry()
    text = target.removesuffix("@pretrained")
    if known.has_task(text):
        task = known.task(text)
        benchmark = known.benchmark_of(task, from_dict(config_type(task), task.preset("default")))
    elif any(one.id == text for one in known.benchmarks() if "{" not in one.id):
        benchmark = known.benchmark(text)
    else:
        try:
            benchmark = find_target(text, runs_dir, known, say=say).benchmark
        except UsageError:
            ids = [one.id for one in known.benchmarks() if "{" not in one.id]
            if "/" in text and nearest(text, ids):
                raise unknown("benchmark", text, ids) from None
            raise
    if benchmark is None:
        raise LabError(f"Task {text} has no benchmark, so there is nothing to play.")
    return benchmark


def _login() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "me"
