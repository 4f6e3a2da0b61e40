"""Sutton and Barto (2018), example 6.5: a grid whose wind blows upwards, hardest in the middle. -1 a step, 15 at best."""

import gymnasium

WIND = (0, 0, 0, 1, 1, 1, 2, 2, 1, 0)  # cells upwards, by column
ROWS, COLUMNS = 7, len(WIND)
START, GOAL = (3, 0), (3, 7)
MOVES = ((-1, 0), (0, 1), (1, 0), (0, -1))


class Windy(gymnasium.Env):
    metadata = {"render_modes": ["ansi"], "render_fps": 8}

    def __init__(self, render_mode: str | None = None) -> None:
        self.observation_space = gymnasium.spaces.Discrete(ROWS * COLUMNS)
        self.action_space = gymnasium.spaces.Discrete(len(MOVES))
        self.render_mode = render_mode

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.place = START
        return self._observation(), {}

    def step(self, action):
        row, column = self.place
        down, right = MOVES[int(action)]
        row, column = row + down - WIND[column], column + right
        self.place = (min(max(row, 0), ROWS - 1), min(max(column, 0), COLUMNS - 1))
        return self._observation(), -1.0, self.place == GOAL, False, {}

    def render(self):
        marks = {self.place: "o", GOAL: "G"}
        return "\n".join("".join(marks.get((row, column), ".") for column in range(COLUMNS)) for row in range(ROWS))

    def _observation(self) -> int:
        return self.place[0] * COLUMNS + self.place[1]


gymnasium.register("Windy-v0", Windy, max_episode_steps=200)
