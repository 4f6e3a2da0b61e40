"""``lab play``: watch a model at work."""

from pathlib import Path
from typing import Annotated, Any

import typer

from lab_core.cli import complete
from lab_core.cli.common import RunsDir, display_place, model_choice, registry, say
from lab_core.errors import UsageError


def play(
    target: Annotated[str, typer.Argument(metavar="RUN|TASK", autocompletion=complete.runs_and_tasks)],
    episodes: Annotated[int | None, typer.Option(help="Stop after this many; without it, until you stop.", min=1)] = None,
    display_on: Annotated[str, typer.Option("--display-on", help="window, terminal, web, or auto.")] = "auto",
    video: Annotated[Path | None, typer.Option(metavar="FILE", help="Film it: .mp4 or .gif; one episode by default.")] = None,
    overlay: Annotated[bool, typer.Option("--overlay", help="Draw action values beside the picture.")] = False,
    protocol: Annotated[str | None, typer.Option(help="Named protocol of the benchmark.")] = None,
    epsilon: Annotated[float | None, typer.Option(help="Share of random actions; the protocol's own by default.")] = None,
    seed: Annotated[int, typer.Option(help="Root of the episodes' seeds.", min=0)] = 0,
    model: Annotated[str, typer.Option("--model", help="best or last.")] = "best",
    device: Annotated[str, typer.Option(help="auto, cpu, gpu or gpu:N.")] = "cpu",
    runs_dir: RunsDir = Path("runs"),
) -> None:
    """Watch a model in a window, in the terminal or on a page; or film it."""
    from lab_core import devices
    from lab_core.display import VideoSink, choose
    from lab_core.display import play as show
    from lab_core.job import load_model, prepare
    from lab_core.target import find_target
    from lab_core.watching import make_scene, scene_options

    which = model_choice(model)
    place = display_place(display_on)
    if epsilon is not None and not 0 <= epsilon <= 1:
        raise UsageError(f"--epsilon is {epsilon}; a number from 0 to 1 is expected.")
    found = find_target(target, runs_dir, registry(), which=which, say=say)
    scene = make_scene(found)
    # A film alone needs no screen; a screen that was asked for is shown as well.
    sinks: list[Any] = [VideoSink(video)] if video is not None else []
    if video is None or place != "auto":
        sinks.append(choose(place, title=found.label))
    where = devices.resolve_device(device)
    prepare(found.task, device=where, threads=devices.resolve_threads())
    loaded = load_model(found.task, found.folder, device=where)
    show(scene, loaded, sinks, seed=seed, episodes=episodes, options=scene_options(protocol, epsilon, overlay))
    if video is not None:
        say(f"video      {video}")
