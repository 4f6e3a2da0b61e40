"""Reading maps, and the rules of a move, against walks worked out by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lab_tabular.maze import MAZES, Maze, load_maze, parse_maze, read_maze

from lab_core.errors import LabError, UsageError

UP, DOWN, LEFT, RIGHT = range(4)


def walk(maze: Maze, actions: list[int]) -> tuple[int, float, bool]:
    cell, taken, total, found = maze.start, frozenset(), 0.0, False
    for action in actions:
        assert not found
        cell, taken, reward, found = maze.move(cell, taken, action)
        total += reward
    return cell, total, found


def test_the_book_mazes_have_45_cells_and_start_at_row_1_column_1():
    for name in MAZES:
        maze = load_maze(name)
        assert (maze.height, maze.width, maze.cells, maze.start, maze.treasures) == (5, 9, 45, 10, (24,))
    assert load_maze("plain").traps == ()
    assert load_maze("traps").traps == (12, 22)
    assert len(load_maze("plain").floor) == 20
    assert len(load_maze("traps").floor) == 18


def test_shortest_walks_through_one_trap_and_around_both():
    traps = load_maze("traps")
    assert walk(traps, [DOWN] + [RIGHT] * 5) == (24, 95.0, True)
    assert walk(traps, [RIGHT] * 5 + [DOWN]) == (24, 95.0, True)
    assert walk(traps, [DOWN, DOWN] + [RIGHT] * 5 + [UP]) == (24, 100.0, True)
    assert walk(load_maze("plain"), [RIGHT] * 5 + [DOWN]) == (24, 100.0, True)


def test_a_wall_and_the_edge_of_the_map_hold_the_agent_for_nothing():
    maze = load_maze("plain")
    assert maze.move(10, frozenset(), UP) == (10, frozenset(), 0.0, False)
    assert maze.move(10, frozenset(), LEFT) == (10, frozenset(), 0.0, False)
    open_map = parse_maze("Ao\n  ")
    assert open_map.move(0, frozenset(), UP) == (0, frozenset(), 0.0, False)
    assert open_map.move(3, frozenset(), RIGHT) == (3, frozenset(), 0.0, False)


def test_a_trap_costs_once_an_episode():
    maze = load_maze("traps")
    cell, taken, reward, _ = maze.move(11, frozenset(), RIGHT)
    assert (cell, taken, reward) == (12, frozenset({12}), -5.0)
    _, taken, _, _ = maze.move(12, taken, LEFT)
    assert maze.move(11, taken, RIGHT)[:3] == (12, frozenset({12}), 0.0)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("...\n. .\n...", "no start"),
        (".A.\n.A.\n.o.", "2 starts, the first two at line 1, column 2 and line 2, column 2"),
        ("A..\n...", "no treasure"),
        ("A o\n ", "line 2 has 1 letters, the first line has 3"),
        ("A o\n ? ", "unknown letter '?' at line 2, column 2"),
        ("A o\n\t  ", "unknown letter '\\t' at line 2, column 1"),
        ("A.o\n ..", "the treasure at line 1, column 3 can't be reached"),
        ("", "empty"),
        ("\n\n", "empty"),
    ],
)
def test_a_bad_map_is_refused_with_one_line_that_says_where(text, part):
    with pytest.raises(UsageError) as error:
        parse_maze(text)
    assert part in str(error.value)
    assert "\n" not in str(error.value)


def test_a_file_is_read_into_the_setting(tmp_path):
    file = tmp_path / "mine.txt"
    file.write_text("A  \n xo\n", encoding="utf-8")
    assert read_maze(str(file)) == "A  \n xo"
    file.write_bytes(b"\xef\xbb\xbfA o\r\n")  # Windows, with a byte order mark, one line
    assert load_maze(read_maze(str(file))).letters == ("  o",)


@pytest.mark.parametrize(("content", "part"), [(b"\xff\xfe\x00A", "not text"), (b"A" * 200_000, "200,000 bytes")])
def test_a_file_that_is_no_map_is_refused(tmp_path, content, part):
    file = tmp_path / "bad"
    file.write_bytes(content)
    with pytest.raises(LabError, match=part) as error:
        read_maze(str(file))
    assert "\n" not in str(error.value)


def test_a_missing_file_and_a_folder_are_named(tmp_path):
    with pytest.raises(UsageError, match=r"no maze and no file 'trap'\. Did you mean traps"):
        read_maze("trap")
    with pytest.raises(LabError, match="directory"):
        read_maze(str(tmp_path))
    with pytest.raises(LabError):
        read_maze("a\0b")


@given(st.lists(st.text(alphabet=". ox", min_size=4, max_size=4), min_size=1, max_size=5), st.integers(0, 19))
def test_every_map_that_is_accepted_comes_back_from_its_text(rows, place):
    text = "\n".join(rows)
    place = min(place, len(text) - 1)
    if text[place] == "\n":
        place -= 1
    text = text[:place] + "A" + text[place + 1 :]
    if "o" not in text:
        with pytest.raises(UsageError, match="no treasure"):
            parse_maze(text)
        return
    try:
        maze = parse_maze(text)
    except UsageError:  # walled in
        return
    assert parse_maze(maze.text()) == maze
    assert load_maze(maze.text() + ("" if "\n" in maze.text() else "\n")) == maze
