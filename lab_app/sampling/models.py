"""A model that samples, the options that can be set, and its pictures as one array."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lab_app.runs.target import Target, open_target
from lab_core import data
from lab_core.config import fields, resolve, to_dict
from lab_core.errors import LabError, UsageError, unknown, word
from lab_core.items.pictures import batch_of
from lab_core.model import Act, Kind, Latent, Sample, abilities
from lab_core.registry.registry import Registry

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Images = NDArray[np.uint8]  # [n, height, width, 1 or 3]

Options = Mapping[str, Any]


def open_sampler(found: Target, *, device: str = "auto") -> Sample:
    """The target's model, loaded; raises UsageError, with what it can do, for one that can't sample."""
    model = open_target(found, device=device)
    if isinstance(model, Sample):
        return model
    able = " and ".join(abilities(model)) or "nothing"
    watch = f"Watch it: lab play {word(found.label)}" if isinstance(model, Act) else None
    raise UsageError(f"{found.label} can {able}, not sample.", watch)


def latent(model: Sample, option: str) -> Latent:
    """The model as one with a latent space; raises UsageError naming the option that needs it."""
    if isinstance(model, Latent):
        return model
    raise UsageError(f"{option} needs a model with a latent space, and {type(model).__name__} has none.")


def read_options(model: Sample, pairs: Iterable[str], label: str | None, classes: Callable[[], Sequence[str]]) -> Options:
    """``KEY=VALUE`` texts and a label, checked against ``model.options``, as all its fields by name.

    ``label`` is a number or the name of one of ``classes``. Raises UsageError that names the nearest choice.
    """
    names = model.options.__struct_fields__
    given = list(pairs)
    for text in given:
        key, equals, _ = text.partition("=")
        if not equals or not key.strip():
            raise UsageError(f"--with {text!r} is not of the form KEY=VALUE.", _listed(model))
        if key.strip() not in names:
            raise unknown("option", key.strip(), names) if names else UsageError("This model has no options.")
    if label is not None:
        if "label" not in names:
            raise UsageError(
                "--label is for models that generate a requested class; this one has no option label.", _listed(model)
            )
        if any(text.partition("=")[0].strip() == "label" for text in given):
            raise UsageError("--label and --with label= both say which class.", "Give one of them.")
        given.append(f"label={_class_number(label, classes())}")
    return to_dict(resolve(model.options, overrides=given))


def _listed(model: Sample) -> str | None:
    names = model.options.__struct_fields__
    return f"Its options: {', '.join(names)}." if names else None


def _class_number(text: str, classes: Sequence[str]) -> str:
    """The number of a class given by name, else the number as given; raises UsageError for neither."""
    plain = [" ".join(name.lower().split()) for name in classes]
    wanted = " ".join(text.lower().split())
    if wanted in plain:
        return str(plain.index(wanted))
    if wanted.lstrip("+-").isdigit():
        if classes and not 0 <= int(wanted) < len(classes):
            raise UsageError(f"--label is {text}; there are classes 0 to {len(classes) - 1}.", _named(classes))
        return wanted
    if not classes:
        raise UsageError(f"--label {text!r} is not a number, and this model doesn't name its classes.")
    error = unknown("class", text, classes)
    raise UsageError(error.message, error.hint or _named(classes))


def _named(classes: Sequence[str]) -> str | None:
    return f"They are {', '.join(classes)}." if len(classes) <= 12 else None


def classes_of(model: Sample, registry: Registry) -> tuple[str, ...]:
    """Names of the classes that the model was trained on, in the order of their labels; empty where unknown.

    The model's own names count: a folder's classes may have been renamed or added since, and would number other classes.
    """
    if "label" not in model.options.__struct_fields__:
        return ()
    if model.classes or model.training_data is None or not registry.has_data_set(model.training_data):
        return tuple(model.classes)
    return registry.data_set(model.training_data).classes


def load_training_data(name: str, split: str, registry: Registry, **options: Any) -> Any:
    """A split of a registered data set or of a user's folder; raises LabError for one that isn't here."""
    if registry.has_data_set(name):
        return data.load(registry.data_set(name), split, **options)
    folder = Path(name.partition("::")[0])  # a reference to the user's own data holds options behind its path
    reader = next((card for card in registry.data_sets() if card.examiner is not None), None)
    if not folder.is_dir():
        raise LabError(f"The data that this model learnt from, {name}, are not on this machine.")
    if reader is None:
        raise LabError("No installed plugin knows how to read a folder.", "Install lab-datasets.")
    return data.load(reader, split, folder=name, **options)


def code_names(model: Sample) -> tuple[str, ...]:
    """The options that are numbers on a scale, which a sweep can turn: every field of type float."""
    return tuple(field.name for field in fields(model.options) if field.name != "label" and "number" in field.type.split(" or "))


def draw(
    model: Sample, count: int, *, seed: int, options: Options, watch: Callable[[Iterable[Any]], Iterable[Any]] = iter
) -> "Images":
    """``count`` pictures of a model as one array; raises LabError when it hands back anything else.

    ``watch`` passes the items on as they are made, for a progress bar.
    """
    if model.produces != Kind.IMAGE:
        raise LabError(f"This model generates {model.produces}, not images.")
    return batch_of(list(watch(model.sample(count, seed=seed, options=options))), count, maker=type(model).__name__)


def draw_texts(model: Sample, count: int, *, seed: int, options: Options) -> Iterator[Iterator[str]]:
    """``count`` texts, each as its pieces: a text of a model is a ``str`` or an iterator of them."""
    for text in model.sample(count, seed=seed, options=options):
        yield iter((text,)) if isinstance(text, str) else (str(piece) for piece in text)
