"""Discovery: what one plugin does wrong is named, and costs no other plugin anything."""

import os
import re
import signal
import sys
import textwrap
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lab_app.packages import probation
from lab_core import guard
from lab_core.guard import Owner
from lab_core.registry import discovery as plugins
from lab_core.registry.discovery import PluginStatus, discover
from lab_core.registry.registry import Registry

ROOT = Path(__file__).parents[2]
HEAD = """
from lab_core import Benchmark, Score, Task, hookimpl
PRESETS = {"smoke": {}, "default": {}}
def task(id, **changes):
    record = {"title": "A task", "family": "f", "method": "m", "config": "a.b:C", "model": "a.b:M", "presets": PRESETS}
    return Task(id=id, **{**record, **changes})
def benchmark(id, **changes):
    record = {"title": "A benchmark", "needs": "act", "score": Score("return"), "evaluator": "a.b:E",
              "protocols": {"p": {"count": 1}}, "default_protocol": "p"}
    return Benchmark(id=id, **{**record, **changes})
"""
GOOD = """
@hookimpl
def lab_tasks():
    return [task("good-task", benchmark="good/benchmark")]
@hookimpl
def lab_benchmarks():
    return (benchmark("good/benchmark"),)
"""
Add = Callable[..., str]


@pytest.fixture
def add(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Add]:
    """Puts a plugin's module and its installed metadata on the path, as an installer would."""
    monkeypatch.syspath_prepend(str(tmp_path))
    modules: list[str] = []

    def put(distribution: str, code: str, *, entry: str | None = None, name: str | None = None, version: str = "1.0") -> str:
        module = f"site_{re.sub(r'[-.]', '_', distribution)}"
        modules.append(module)
        (tmp_path / f"{module}.py").write_text(HEAD + textwrap.dedent(code))
        info = tmp_path / f"{distribution.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        metadata = f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n\nName: not-this-one\n"
        (info / "METADATA").write_text(metadata)
        label = distribution if name is None else name
        (info / "entry_points.txt").write_text(f"[lab]\n{label} = {entry or module}\n")
        return module

    yield put
    for module in modules:
        sys.modules.pop(module, None)


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine must not make a test's plugin slow."""
    monkeypatch.setattr(plugins, "SLOW_SECONDS", 30.0)


def find(name: str) -> tuple[Registry, PluginStatus]:
    registry, statuses = discover()
    return registry, next(status for status in statuses if status.name == name)


def test_good_plugin_is_in_the_registry_with_its_version(add: Add) -> None:
    add("good", GOOD)
    registry, status = find("good")
    assert (status.ok, status.reasons, status.version, status.distribution) == (True, (), "1.0", "good")
    assert (status.tasks, status.benchmarks, status.ours) == (("good-task",), ("good/benchmark",), False)
    assert registry.plugin_of("good-task") == "good"
    assert registry.benchmark("good/benchmark").title == "A benchmark"


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("raise RuntimeError('boom')", r"could not be loaded: RuntimeError: boom \(.*site_bad.py, line \d+\)"),
        ("import sys; sys.exit(3)", r"could not be loaded: SystemExit: 3"),
        ("class Odd(BaseException): ...\nraise Odd", r"could not be loaded: Odd \("),
        ("class Mute(Exception):\n    def __str__(self): raise ValueError\nraise Mute", r"could not be loaded: Mute \("),
        ("import no_such_library_here", r"needs the module 'no_such_library_here', which is not installed"),
        ("def broken(:", r"could not be loaded: SyntaxError"),
        ("raise GeneratorExit", r"could not be loaded: GeneratorExit"),
    ],
)
def test_plugin_that_raises_at_import_loses_itself_alone(add: Add, code: str, reason: str) -> None:
    add("bad", code)
    add("good", GOOD)
    registry, status = find("bad")
    assert not status.ok
    assert len(status.reasons) == 1
    assert re.search(reason, status.reasons[0])
    assert "\n" not in status.reasons[0]
    assert registry.has_task("good-task")


def test_entry_point_that_is_not_there_is_named(add: Add) -> None:
    add("bad", "", entry="site_bad:nothing")
    add("worse", "", entry="site_nowhere_at_all")
    assert "nothing" in find("bad")[1].reasons[0]
    assert "'site_nowhere_at_all', which is not installed" in find("worse")[1].reasons[0]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("return None", "lab_tasks handed back None; expected a list of Task"),
        ("return 7", "lab_tasks handed back a int"),
        ("return 'dqn'", "lab_tasks handed back a str"),
        ("return {'a': 1}", "lab_tasks handed back a dict"),
        ("return [None]", "lab_tasks, record 1: None; expected a Task"),
        ("return [benchmark('x/y')]", "lab_tasks, record 1: a Benchmark; expected a Task"),
        ("return [task('bad-task', title=5)]", "task 'bad-task' is not plain data of the right types: Expected `str`, got `int`"),
        ("return [task('bad-task', settings={'a': object()})]", "a value of type object"),
        ("return [task('bad-task', precisions=('float16',))]", "Invalid enum value 'float16'"),
        ("return [task('bad-task', trainer='import os:evil')]", "trainer is 'import os:evil', expected 'module:Class'"),
        ("return [task('bad task')]", "task id 'bad task'"),
        ("return [task('bad-task', presets={})]", "preset 'smoke' is missing"),
        ("raise SystemExit", "lab_tasks raised: SystemExit"),
        ("return 1 / 0", "lab_tasks raised: ZeroDivisionError: division by zero (T/site_bad.py, line"),
    ],
)
def test_nonsense_from_a_hook_is_named_and_lost(add: Add, tmp_path: Path, body: str, reason: str) -> None:
    add("bad", f"@hookimpl\ndef lab_tasks():\n    {body}\n")
    add("good", GOOD)
    registry, status = find("bad")
    assert not status.ok
    assert status.tasks == ()
    assert len(status.reasons) == 1
    assert reason.replace("T/", f"{tmp_path.name}/") in status.reasons[0]
    assert registry.has_task("good-task")


def test_good_records_beside_bad_ones_stay(add: Add) -> None:
    body = "yield task('one')\n    yield 'nonsense'\n    yield task('two')\n    raise RuntimeError('half-way')"
    add("half", f"@hookimpl\ndef lab_tasks():\n    {body}\n")
    registry, status = find("half")
    assert status.tasks == ("one", "two")
    assert registry.has_task("one")
    assert registry.has_task("two")
    assert [reason.partition(" (")[0] for reason in status.reasons] == [
        "lab_tasks, record 2: a str; expected a Task",
        "lab_tasks raised: RuntimeError: half-way",
    ]


def test_endless_generator_is_cut_off(add: Add, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugins, "_MOST_RECORDS", 5)
    add(
        "endless", "@hookimpl\ndef lab_tasks():\n    n = 0\n    while True:\n        n += 1\n        yield task(f'endless-{n}')\n"
    )
    _, status = find("endless")
    assert len(status.tasks) == 5
    assert "hands back more than 5 records" in status.reasons[0]


def test_broken_hook_costs_not_the_other_hook(add: Add) -> None:
    add("half", GOOD.replace("return (benchmark", "raise RuntimeError('x')\n    return (benchmark"))
    registry, status = find("half")
    assert registry.has_task("good-task")
    assert status.benchmarks == ()
    assert status.reasons[0].startswith("lab_benchmarks raised: RuntimeError: x")
    assert "names the benchmark 'good/benchmark', which no plugin registers" in status.reasons[1]


def test_taken_id_is_lost_to_the_distribution_that_comes_first_by_name(add: Add) -> None:
    add("zebra", "@hookimpl\ndef lab_tasks():\n    return [task('same', title='zebra'), task('zebra-only')]\n")
    add("apple", "@hookimpl\ndef lab_tasks():\n    return [task('same', title='apple')]\n")
    registry, status = find("zebra")
    assert registry.task("same").title == "apple"
    assert status.tasks == ("zebra-only",)
    assert status.reasons == ("lost a record: task id 'same' is taken by plugin 'apple'",)


def test_ours_come_before_a_stranger_with_an_earlier_name(add: Add, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(plugins.DISABLED_VARIABLE)
    add("aaa-first", "@hookimpl\ndef lab_benchmarks():\n    return [benchmark('same/id', title='stranger')]\n")
    add("lab-metrics", "@hookimpl\ndef lab_benchmarks():\n    return [benchmark('same/id', title='ours')]\n", version="99")
    registry, status = find("aaa-first")
    assert registry.benchmark("same/id").title == "ours"
    assert status.reasons == ("lost a record: benchmark id 'same/id' is taken by plugin 'lab-metrics'",)


def test_ours_are_the_packages_of_the_repository() -> None:
    projects = [ROOT / "pyproject.toml", *sorted(ROOT.glob("plugins/*/pyproject.toml"))]
    names = {tomllib.loads(path.read_text())["project"]["name"] for path in projects}
    assert set(plugins.OURS) == names, "lab_core.registry.discovery.OURS must name every package under plugins/"


def test_hooks_that_do_not_exist_or_are_not_marked_are_warnings(add: Add) -> None:
    add("odd", GOOD + "@hookimpl\ndef lab_dinner():\n    return []\n")
    add("plain", "def lab_tasks():\n    return []\n")
    add("empty", "")
    _, odd = find("odd")
    assert odd.ok
    assert odd.tasks == ("good-task",)
    assert odd.reasons == ("implements lab_dinner, which is not a hook of this lab",)
    assert find("plain")[1].reasons == ("has lab_tasks, but not marked with @hookimpl, so it isn't called",)
    assert find("empty")[1].reasons == (
        "implements no hook; expected one of lab_benchmarks, lab_commands, lab_data, lab_observers, lab_tasks",
    )


def test_hook_with_unknown_arguments_is_named(add: Add) -> None:
    add("odd", "@hookimpl\ndef lab_tasks(weather):\n    return []\n")
    _, status = find("odd")
    assert not status.ok
    assert "weather" in status.reasons[0]
    assert "\n" not in status.reasons[0]


def test_slow_plugin_is_named_with_its_time(add: Add, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugins, "SLOW_SECONDS", 0.2)
    add("slow", "import time\nend = time.thread_time() + 0.25\nwhile time.thread_time() < end: pass\n" + GOOD)
    _, status = find("slow")
    assert status.ok
    assert status.tasks == ("good-task",)
    assert status.seconds >= 0.25
    assert re.match(r"slow: took \d+\.\d\d s of processor time to load \(expected under 0\.2 s\)", status.reasons[0])


def test_a_plugin_that_the_machine_makes_wait_is_not_slow(add: Add, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugins, "SLOW_SECONDS", 0.2)
    add("patient", "import time; time.sleep(0.25)\n" + GOOD)  # as good as a processor that others have
    _, status = find("patient")
    assert (status.ok, status.reasons) == (True, ())
    assert status.seconds < 0.2


def test_what_a_plugin_prints_does_not_reach_standard_output(add: Add, capfd: pytest.CaptureFixture[str]) -> None:
    add("loud", "import os\nprint('from python')\nos.write(1, b'from below')\n" + GOOD)
    discover()
    captured = capfd.readouterr()
    assert captured.out == ""
    assert "from python" in captured.err
    assert "from below" in captured.err
    os.write(1, b"later")
    assert capfd.readouterr().out == "later"


@pytest.mark.parametrize("text", ["good", "other, Good", "good-dist"])
def test_plugin_can_be_switched_off(add: Add, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    module = add("good-dist", GOOD, name="good")
    monkeypatch.setenv("LAB_PLUGINS_DISABLED", text)
    registry, status = find("good")
    assert status.ok
    assert status.reasons == ("switched off by LAB_PLUGINS_DISABLED",)
    assert not registry.has_task("good-task")
    assert module not in sys.modules


def test_same_plugin_name_in_two_distributions_keeps_both(add: Add) -> None:
    add("apple", "@hookimpl\ndef lab_tasks():\n    return [task('a')]\n", name="fruit")
    add("pear", "@hookimpl\ndef lab_tasks():\n    return [task('p')]\n", name="fruit")
    registry, _ = discover()
    assert registry.plugin_of("a") == "fruit"
    assert registry.plugin_of("p") == "fruit@pear"


def test_damaged_metadata_costs_one_plugin(add: Add, tmp_path: Path) -> None:
    add("good", GOOD)
    broken = tmp_path / "broken-1.0.dist-info"
    broken.mkdir()
    (broken / "entry_points.txt").write_text("[lab]\nno equals sign\n")
    (broken / "METADATA").write_text("Name: broken\nVersion: 1.0\n\n")
    nameless = tmp_path / "nameless-1.0.dist-info"
    nameless.mkdir()
    (nameless / "entry_points.txt").write_text("[lab]\nx = y\n")
    registry, statuses = discover()
    assert registry.has_task("good-task")
    lost = [status for status in statuses if "broken-1.0" in status.distribution or "nameless-1.0" in status.distribution]
    assert len(lost) == 2
    assert all(not status.ok and "its metadata can't be read" in status.reasons[0] for status in lost)


def test_first_of_two_versions_on_the_path_counts(add: Add, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add("good", GOOD)
    other = tmp_path / "later" / "good-2.0.dist-info"
    other.mkdir(parents=True)
    (other / "METADATA").write_text("Name: Good\nVersion: 2.0\n\n")
    (other / "entry_points.txt").write_text("[lab]\ngood = elsewhere\n")
    monkeypatch.setattr(sys, "path", [*sys.path, str(other.parent)])
    assert [one.version for one in plugins.installed() if one.distribution == "good"] == ["1.0"]


# What a plugin must not do to the process that loads it


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder of this test's own; processes that are started see its plugins, too."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]))
    monkeypatch.setattr(guard, "_current", probation.Watch())
    return tmp_path / "state"


def test_a_plugin_that_moves_elsewhere_is_brought_back(add: Add, state: Path) -> None:
    add("mover", "import os\nos.chdir('/')\n" + GOOD)
    before = os.getcwd()
    _, status = find("mover")
    assert os.getcwd() == before
    assert (status.ok, status.tasks) == (True, ("good-task",))
    assert "changes the working folder" in status.reasons[0]


def test_a_plugin_that_raises_keyboardinterrupt_loses_only_itself(add: Add, state: Path) -> None:
    add("bad", "raise KeyboardInterrupt")
    add("good", GOOD)
    registry, status = find("bad")
    assert not status.ok
    assert status.reasons[0].startswith("could not be loaded: KeyboardInterrupt")
    assert registry.has_task("good-task")


def test_ctrl_c_while_a_plugin_is_loaded_names_it(add: Add, state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    add("sleepy", "import os, signal\nos.kill(os.getpid(), signal.SIGINT)")
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background processes ignore the signal
    with pytest.raises(KeyboardInterrupt):
        discover()
    assert "while plugin sleepy was being loaded; LAB_PLUGINS_DISABLED=sleepy" in capsys.readouterr().err


def test_a_plugin_that_never_ends_loading_is_given_up(add: Add, state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probation, "MOST_SECONDS", 0.3)
    add("endless", "while True: pass")
    add("good", GOOD)
    registry, status = find("endless")
    assert status.reasons == ("could not be loaded: it takes more than 0.3 s",)
    assert registry.has_task("good-task")


def test_a_plugin_that_ends_the_process_is_found_out_by_the_next_one(add: Add, state: Path) -> None:
    import subprocess

    module = add("quitter", "import os\nos._exit(0)")
    add("good", GOOD)
    command = [sys.executable, "-P", "-c", "from lab_app.cli.common import plugins; plugins(); print('here')"]
    assert subprocess.run(command, capture_output=True, text=True, check=False).stdout == ""
    registry, status = find("quitter")
    assert status.reasons == ("ends the process that loads it (with exit code 0); it is left out; lab doctor tries it again",)
    assert registry.has_task("good-task")
    assert subprocess.run(command, capture_output=True, text=True, check=False).stdout == "here\n"
    (Path(sys.path[0]) / f"{module}.py").write_text(HEAD)  # its author puts it right
    assert probation.try_again(Owner("quitter", "quitter", "1.0")) is None
    _, status = find("quitter")
    assert status.ok


def test_a_process_that_was_killed_by_chance_costs_a_good_plugin_nothing(add: Add, state: Path) -> None:
    add("good", GOOD)
    folder = state / "lab" / "loading"
    folder.mkdir(parents=True)
    (folder / "process-999999999.json").write_text('{"name": "good", "distribution": "good", "version": "1.0"}')
    _, status = find("good")
    assert status.ok
    assert list(folder.iterdir()) == []


def test_a_thread_that_keeps_the_process_from_ending_is_named(add: Add, state: Path) -> None:
    code = "import threading, time\nthreading.Thread(target=time.sleep, args=(1,), name='waiter').start()\n"
    add("threads", code + GOOD)
    _, status = find("threads")
    assert status.reasons == ("starts a thread when it is loaded that isn't a daemon (waiter)",)


@pytest.mark.parametrize("name", ["..", "-x", "x y", "a/b", "a\x1b[2J", "x" * 101, "\u202eabc", "", "a@b"])
def test_a_task_id_that_is_no_name_is_lost(add: Add, name: str) -> None:
    add(
        "odd",
        f"@hookimpl\ndef lab_tasks():\n    one = task('good')\n    object.__setattr__(one, 'id', {name!r})\n    return [one]",
    )
    registry, status = find("odd")
    assert not status.ok
    assert not [task for task in registry.tasks() if registry.plugin_of(task.id) == "odd"]


@pytest.mark.parametrize("name", ["x/{", "../x", "x/{0}", "x/{a.b}", "x//y", "/x", "x/}", "x y"])
def test_a_benchmark_id_that_is_no_name_is_lost(add: Add, name: str) -> None:
    add("odd", f"@hookimpl\ndef lab_benchmarks(): return [benchmark({name!r})]")
    registry, status = find("odd")
    assert not status.ok
    assert name not in [benchmark.id for benchmark in registry.benchmarks()]


def test_a_text_that_is_not_printable_is_refused(add: Add) -> None:
    add("odd", "@hookimpl\ndef lab_tasks(): return [task('good', title='\\x1b]52;c;aGk=\\x07')]")
    _, status = find("odd")
    assert "title is not one printable line" in status.reasons[0]
