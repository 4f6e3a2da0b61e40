"""What training leaves behind, and the abilities it may have. NumPy and text at the boundary."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from lab_core.config import Config

if TYPE_CHECKING:
    import numpy as np

State = Any
Item = Any


class Kind(StrEnum):
    """What goes into or comes out of a model. The core reads and writes each in one place."""

    IMAGE = "image"
    TEXT = "text"
    SERIES = "series"
    LABELS = "labels"
    BOXES = "boxes"
    VECTORS = "vectors"


class Scored(NamedTuple):
    """One of several results for an item (n-best, beam search), with its score; a list of them stands for one result."""

    item: Item
    score: float


class Model(ABC):
    """A detached model: training on never changes it, and its folder loads alone."""

    @abstractmethod
    def save(self, folder: Path) -> None:
        """Write everything that :meth:`load` needs into an existing, empty folder. No pickle."""

    @classmethod
    @abstractmethod
    def load(cls, folder: Path, *, device: str) -> "Model":
        """Read a model from its folder onto a device ("cpu", "gpu:0"); raises LabError for a damaged one."""

    @classmethod
    def ready(cls, config: Config, *, device: str) -> "Model":
        """The model of a task without a trainer, from its config alone: a baseline, a search, a network that ships trained."""
        raise NotImplementedError(f"{cls.__name__} has to be trained or loaded")


class Act(ABC):
    """A model that acts. ``observation`` says what it wants to see (size, stack, grey); the protocol owns what makes it hard."""

    observation: Mapping[str, Any]

    def start(self, batch: int) -> State:
        """The policy's memory at the start of ``batch`` episodes; None for a memoryless policy."""
        return None

    @abstractmethod
    def act(
        self, observations: "np.ndarray", state: State, *, epsilon: float, rng: "np.random.Generator"
    ) -> tuple["np.ndarray", State]:
        """Actions [batch] for observations [batch, ...]: with probability ``epsilon`` uniform, else the policy's."""

    def action_values(self, observations: "np.ndarray") -> "np.ndarray | None":
        """Values [batch, actions] for overlays, or None where the policy has none."""
        return None

    def action_probabilities(self, observations: "np.ndarray") -> "np.ndarray | None":
        """Probabilities [batch, actions] for overlays, or None where the policy has none."""
        return None

    def state_values(self, observations: "np.ndarray") -> "np.ndarray | None":
        """What the model expects from here on [batch], for overlays; None: the largest of its action values, if it has any."""
        return None


class Sample(ABC):
    """A model that makes things from nothing but a seed.

    options        what can be asked for besides count and seed; checked like a config before :meth:`sample` sees it. A model
                   that draws an asked class has the option ``label``
    training_data  what it learnt from: id of a data set, or a reference to the user's own folder; None where it doesn't say
    classes        names of the classes that ``label`` numbers, as they were when it was trained; empty where there are none
    """

    produces: Kind
    options: ClassVar[type[Config]] = Config
    training_data: str | None = None
    classes: tuple[str, ...] = ()

    @abstractmethod
    def sample(self, count: int, *, seed: int, options: Mapping[str, Any]) -> Iterator[Item]:
        """``count`` items, an image as uint8 [height, width, channels], a text as ``str`` or an iterator of its pieces.

        The same call gives the same items. The pieces of a text are read before the next text is asked for.
        """


class Latent(Sample):
    """A model that makes each item from a point of a latent space: items can be interpolated, and combined by arithmetic."""

    @abstractmethod
    def latents(self, count: int, *, seed: int, options: Mapping[str, Any]) -> "np.ndarray":
        """The points float32 [count, dimensions] that :meth:`sample` makes its items from."""

    @abstractmethod
    def decode(self, latents: "np.ndarray", options: Mapping[str, Any]) -> Iterator[Item]:
        """One item a point [count, dimensions]."""

    @abstractmethod
    def between(self, a: "np.ndarray", b: "np.ndarray", fraction: float) -> "np.ndarray":
        """The points [count, dimensions] that lie ``fraction`` (0 to 1) of the way from ``a`` to ``b``, along likely points."""


class Apply(ABC):
    """A model that turns one item into another.

    options    what can be asked for (``lab apply --with KEY=VALUE``); checked like a config before :meth:`apply` sees it

    Items and results are of the kinds ``consumes`` and ``produces``:

    image    uint8 [height, width, 1 or 3]
    text     str; a result may be an iterator of str pieces (streaming)
    series   lab_core.items.series.Series: times [n], values float64 [n, d], names
    labels   lab_core.items.labels.Labels: names with probabilities, most probable first
    boxes    lab_core.items.boxes.Boxes: float32 [n, 4] in pixels (x0, y0, x1, y1), classes, scores, points
    vectors  float32 [d]

    Several alternatives for one item are a list of :class:`Scored`, best first.
    """

    consumes: Kind
    produces: Kind
    options: ClassVar[type[Config]] = Config

    def result_kind(self, options: Config) -> Kind:
        """The kind of the results under these options: ``produces``, unless the model can answer in another way, too."""
        return Kind(self.produces)

    @abstractmethod
    def apply(self, items: Iterable[Item], options: Config) -> Iterator[Item]:
        """One result for each item, in order, lazily: an item is taken when a batch needs it. ``options`` is an ``options()``."""


class Export(ABC):
    """A model that other programs can run: ``lab export --format``.

    formats  what it can be written as, such as ``saved-model``, ``tflite``, ``npz``
    """

    formats: ClassVar[tuple[str, ...]]

    @abstractmethod
    def export(self, folder: Path, form: str) -> str:
        """Write the model as one of ``formats`` into an existing, empty folder; how to use it, as text of a few lines."""


ABILITIES: Mapping[str, type] = {"act": Act, "sample": Sample, "apply": Apply}


def abilities(model: type[Model] | Model) -> tuple[str, ...]:
    """The names of what a model can do."""
    kind = model if isinstance(model, type) else type(model)
    return tuple(name for name, ability in ABILITIES.items() if issubclass(kind, ability))
