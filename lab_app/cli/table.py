"""The table of commands: where each is defined, and the first line of its help."""

from typing import NamedTuple


class Command(NamedTuple):
    """Where a command is defined (``module:function``, or ``module:app`` for a group), and the first line of its help."""

    place: str
    help: str


COMMANDS = {
    "list": Command("tasks:list_tasks", "Every task, grouped by family, with what a good score is and your best one."),
    "info": Command("info:info", "A task with its benchmark, protocols, presets, and every setting with its bounds."),
    "run": Command("train:run", "Train a task, keep its best model, score it."),
    "resume": Command("train:resume", "Continue a run from its newest complete checkpoint."),
    "sweep": Command("sweep:sweep", "Train several tasks, settings and seeds side by side, and compare their scores."),
    "suite": Command("suite:app", "Lists of tasks: list them, show their scores as one table, train what is missing."),
    "runs": Command("runs:app", "List, show, move, remove and index runs."),
    "eval": Command("evaluate:evaluate", "Score a model on its task's benchmark and keep the score with the run."),
    "play": Command("play:play", "Watch a model in a window, in the terminal or on a page, or record a video."),
    "sample": Command("sample:sample", "Draw samples from a model: a grid, numbered pictures, an array, texts."),
    "apply": Command("apply:apply", "Apply a model to files, folders or texts: translate, restore, classify, forecast ..."),
    "ui": Command("ui:ui", "Pages in the browser: runs, leaderboard, tasks; start and stop runs, try models."),
    "leaderboard": Command("leaderboard:leaderboard", "Every method on every benchmark, over all its runs, with intervals."),
    "compare": Command("compare:compare", "Two runs, or the runs of two tasks, side by side: settings, scores, curves, speed."),
    "reproduce": Command("reproduce:reproduce", "Train again from a record, and compare the results with it."),
    "export": Command(
        "export:export",
        "Copy a model into a folder of its own, ready for another machine.",
    ),
    "publish": Command("publish:publish", "Write a model with its card, record, picture and checksums for others; check one."),
    "data": Command("data:app", "Data sets: list, describe, find, verify, download; examine and prepare your own images."),
    "plugins": Command("plugins:app", "List, install, write and check plugins."),
    "devices": Command("devices:devices", "Processor and GPUs, and what --device auto and --precision auto would take."),
    "doctor": Command(
        "devices:doctor",
        "Check the installation: each line is ok, warn or fail, with what to do.",
    ),
    "tensorboard": Command("runs:tensorboard", "Start TensorBoard on some runs, or on all."),
}
