"""A live display that waits for a score: the source's CartPole opens its window once the agent balances."""

from lab_app.observers.display import Display
from lab_core.trainer import Progress


class Live:
    wants_model = running = True

    def __init__(self) -> None:
        self.shown: list[str] = []
        self.closed = False

    def show(self, model, caption):
        self.shown.append(caption)

    def close(self):
        self.closed = True


class Trainer:
    def model(self):
        return object()


def run(above, scores):
    opened = []
    display = Display(lambda: opened.append(Live()) or opened[-1], above=above)
    seen = [len(opened)]
    for step, score in enumerate(scores, start=1):
        display.slice(Progress(step, {} if score is None else {"score": score}), 0.0, Trainer())
        seen.append(len(opened))
    display.end(None)
    return seen, opened


def test_it_opens_once_the_score_is_above_and_stays():
    seen, opened = run(180.0, [None, 20.0, 180.0, 181.0, 30.0])
    assert seen == [0, 0, 0, 0, 1, 1]
    assert opened[0].shown[0] == "step 4"
    assert opened[0].closed


def test_it_opens_at_once_without_a_threshold_and_may_never_open_with_one():
    assert run(None, [1.0])[0] == [1, 1]
    assert run(180.0, [1.0])[0] == [0, 0]


def test_a_display_that_the_user_closed_gets_no_model_and_leaves_the_bar():
    live, said = Live(), []
    display = Display(lambda: live, closed=lambda: said.append("closed"))
    live.running = False
    display.slice(Progress(1, {}), 0.0, Trainer())
    assert (live.shown, said) == ([], ["closed"])
