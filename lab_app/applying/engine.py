"""A model applied to sources: results in the order of the sources, one bad item never stops the others."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from lab_app.applying.results import alternatives, checked
from lab_app.applying.source import Failure, Source
from lab_core.config import Config
from lab_core.errors import LabError
from lab_core.items.text import pieces
from lab_core.model import Apply, Kind, Model, Scored

PATIENCE = 5  # items that may fail in the model one after another before any has succeeded


class Answer:
    """What a model answers for one item. A streamed text is taken from the model as :meth:`pieces` are."""

    def __init__(self, raw: Any, kind: Kind, what: str) -> None:
        self.kind, self._what = kind, what
        self.alternatives: list[Scored] = [Scored(checked(one.item, kind, what), float(one.score)) for one in alternatives(raw)]
        self._raw = self.alternatives[0].item if self.alternatives else raw
        self._whole: Any = None
        if kind != Kind.TEXT:
            self._whole = checked(self._raw, kind, what)

    @property
    def item(self) -> Any:
        """The whole result, the best of several."""
        if self._whole is None:
            for _ in self.pieces():
                pass
        return self._whole

    def pieces(self) -> Iterator[str]:
        """A text as it comes."""
        if self._whole is not None:
            yield self._whole
            return
        found: list[str] = []
        for piece in pieces(self._raw, self._what):
            found.append(piece)
            yield piece
        self._whole = "".join(found)


def answers(
    model: Model,
    sources: Iterable[Source | Failure],
    options: Config,
    *,
    plugin: str = "",
    failed: Callable[[Failure], None],
    patience: int = PATIENCE,
) -> Iterator[tuple[Source, Answer]]:
    """Each source with its answer, in order, as lazily as the model takes items.

    What a model was given when it raised is given to it again one by one, so that only the item that can't be done is lost:
    it goes to ``failed``, as sources that could not be read do. Raises LabError when the first ``patience`` items all fail.
    """
    assert isinstance(model, Apply)
    kind = model.result_kind(options)
    coming = iter(sources)
    waiting: deque[Source] = deque()
    retried: deque[Source] = deque()
    done = lost = 0

    def take() -> Iterator[Any]:
        if retried:  # alone, so that the next error has one cause
            waiting.append(retried.popleft())
            yield waiting[-1].item
            return
        for source in coming:
            if isinstance(source, Failure):
                failed(source)
            else:
                waiting.append(source)
                yield source.item

    while True:
        alone = bool(retried)
        try:
            for raw in model.apply(take(), options):
                if not waiting:
                    raise _Broken(f"{type(model).__name__} gave more results than it was given items.")
                answer = Answer(raw, kind, f"the result of {type(model).__name__}")
                yield waiting.popleft(), answer
                done += 1
            if waiting:
                raise _Broken(f"{type(model).__name__} gave no result for {len(waiting)} of its items.")
            if not alone:
                return
        except _Broken:
            raise
        except Exception as error:  # a plugin's model may raise whatever it likes
            if not waiting:
                raise
            if len(waiting) == 1:
                lost += 1
                reason = _reason(error, plugin)
                if not done and lost >= patience:
                    raise LabError(f"The first {lost} items all failed: {reason}") from error
                failed(Failure(waiting.popleft().called, reason))
            else:
                retried.extendleft(reversed(waiting))
                waiting.clear()


class _Broken(LabError):
    """The model doesn't keep to one result an item: no answer can be matched to its item any more."""


def _reason(error: Exception, plugin: str) -> str:
    if isinstance(error, LabError):
        return str(error)
    return f"plugin {plugin or 'of the model'} failed: {type(error).__name__}: {error}"
