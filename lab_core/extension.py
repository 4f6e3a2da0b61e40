"""What a plugin adds to the program itself: commands, and observers of every training. Plain data, imported when needed."""

import msgspec


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """A command of its own: ``lab ID ...``.

    id     its name on the command line; the lab's own commands go first
    place  ``"module:function"``, a function as Typer takes it (annotated arguments), or a ``typer.Typer`` with several
    help   one line for ``lab --help``
    """

    id: str
    place: str
    help: str


class ObserverMaker(msgspec.Struct, frozen=True, kw_only=True):
    """Something that watches every training.

    id     names it in messages
    maker  ``"module:function"``, called as ``function(run, task, benchmark)`` once the run's folder exists; gives an
           :class:`lab_core.training.observing.Observer`, or None for a run that it leaves alone
    """

    id: str
    maker: str
