"""What is installed, what an install may not move, and why one failed."""

import shutil
import sys
from pathlib import Path

import msgspec
import pytest

from lab_app.packages import install, installed
from lab_app.packages.installed import Package, Record
from lab_core.errors import LabError, UsageError
from lab_core.registry.discovery import Found, PluginStatus


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state" / "lab" / "plugins.json"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "some_plugin"
    folder.mkdir()
    (folder / "pyproject.toml").write_text('[project]\nname = "Some.Plugin"\nversion = "1"\n')
    return folder


def test_specs_are_told_apart(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    wheel = tmp_path / "some_plugin-1.0-py3-none-any.whl"
    wheel.touch()
    archive = tmp_path / "some_plugin-1.0.tar.gz"
    archive.touch()
    assert install.parse_spec("some_plugin") == install.Spec(str(project), "some-plugin", folder=True)
    assert install.parse_spec(str(wheel)) == install.Spec(str(wheel), "some-plugin")
    assert install.parse_spec(archive.name) == install.Spec(str(archive), "some-plugin")
    assert install.parse_spec("Other_Plugin[extra]>=2") == install.Spec("Other_Plugin[extra]>=2", "other-plugin")
    assert install.parse_spec("git+https://example.org/x") == install.Spec("git+https://example.org/x", None)
    assert install.parse_spec("x @ https://example.org/x.whl").distribution == "x"


@pytest.mark.parametrize(
    "text", ["./nothing", "/no/such/folder", "gone-1.0-py3-none-any.whl", "a/b", "two words", "", "-e", "--index-url"]
)
def test_spec_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        install.parse_spec(text)


def test_folder_without_a_project_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no pyproject.toml. lab plugins new"):
        install.parse_spec(str(tmp_path))
    for text in ("[project]\n", "[[[", "project = 3\n", "[project]\nname = 3\n"):
        (tmp_path / "pyproject.toml").write_text(text)
        with pytest.raises(UsageError, match="names no project"):
            install.parse_spec(str(tmp_path))


def test_parts_of_lab_itself_are_neither_installed_nor_taken_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "_run", lambda *_: pytest.fail("the installer was started"))
    with pytest.raises(UsageError, match="part of lab itself"):
        install.install("lab_runner")
    for name in ("lab-runner", "Lab_Runner"):
        with pytest.raises(UsageError, match="part of lab itself"):
            install.uninstall(name)


def test_uninstalling_what_is_no_plugin_names_the_nearest(monkeypatch: pytest.MonkeyPatch, state: Path) -> None:
    strangers = [Found("bandit", "b", "my-bandit", "1"), Found("dqn", "d", "lab-dqn", "1")]
    monkeypatch.setattr(install, "installed", lambda: strangers)
    monkeypatch.setattr(install, "_run", lambda *_: pytest.fail("the installer was started"))
    with pytest.raises(UsageError, match=r"There is no plugin to uninstall 'bandti'. Did you mean bandit\?"):
        install.uninstall("bandti")
    with pytest.raises(UsageError, match="There is no plugin to uninstall 'numpy'"):
        install.uninstall("numpy")


def test_constraints_hold_all_but_the_one_that_is_installed() -> None:
    packages = [Package("a", "1.0", "", ()), Package("b", "2.0+cpu", "", ()), Package("c", "3", "{}", ())]
    assert installed.constraints(packages, free="c").splitlines() == ["a==1.0", "b==2.0+cpu"]


def test_overrides_are_what_the_environment_holds_against_a_declaration() -> None:
    packages = {
        "agents": Package(
            "agents", "1", "", ("Typing.Extensions==4.5.0", "gym<1", "fine>=1", "later; extra == 'x'", "not valid at all;;")
        ),
        "typing-extensions": Package("typing-extensions", "4.16.0", "", ()),
        "fine": Package("fine", "2.0rc1", "", ("absent; python_version < '3'",)),
    }
    assert installed.overrides(packages).splitlines() == ["gym; sys_platform == 'never'", "typing-extensions==4.16.0"]


def test_packages_of_this_environment_are_found() -> None:
    found = installed.packages()
    assert found["lab-runner"].version
    assert any(text.startswith("msgspec") for text in found["lab-runner"].requires)


def test_installs_are_remembered_for_each_environment(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert installed.lost() == []
    installed.remember(Record("gone-plugin", "/a b/gone", editable=True))
    installed.remember(Record("msgspec", "msgspec"))
    installed.remember(Record("gone-plugin", "/a b/new", editable=True))
    assert [one.distribution for one in installed.lost()] == ["gone-plugin"]
    assert installed.lost()[0].command() == "lab plugins install --editable '/a b/new'"
    monkeypatch.setattr(sys, "prefix", "/another")
    assert installed.remembered() == []
    installed.remember(Record("x", "x"))
    monkeypatch.undo()
    monkeypatch.setenv("XDG_STATE_HOME", str(state.parents[1]))
    installed.forget("gone-plugin")
    assert [one.distribution for one in installed.remembered()] == ["msgspec"]
    assert set(msgspec.json.decode(state.read_bytes())) == {sys.prefix, "/another"}


@pytest.mark.parametrize("content", ["", "not json", "[]", '{"x": 3}'])
def test_damaged_memory_is_no_obstacle(state: Path, content: str) -> None:
    state.parent.mkdir(parents=True)
    state.write_text(content)
    assert installed.remembered() == []
    installed.remember(Record("x", "x"))
    assert [one.distribution for one in installed.remembered()] == ["x"]


def test_uninstalling_what_is_gone_already_forgets_it(state: Path) -> None:
    installed.remember(Record("gone-plugin", "/gone"))
    assert install.uninstall("Gone_Plugin").distribution == "gone-plugin"
    assert installed.lost() == []


@pytest.mark.parametrize(
    ("lines", "part"),
    [
        (
            ["error: Failed to fetch: `x`", "  cause: error sending request for url (x)", "  cause: client error (Connect)"],
            "the package index can't be reached",
        ),
        (
            ["WARNING: Retrying: Failed to establish a new connection: [Errno 111]", "ERROR: x"],
            "the package index can't be reached",
        ),
        (
            ["error: No solution found", "  cause: Because nope was not found in the package registry and you require nope, we"],
            "the package index has no nope",
        ),
        (["ERROR: No matching distribution found for nope"], "the package index has no nope"),
        (
            ["error: No solution found", "  cause: Because x==1 depends on numpy<1 and numpy==2.3, x==1 cannot be used."],
            "Because x==1 depends on numpy<1 and numpy==2.3, x==1 cannot be used. Nothing was changed.",
        ),
        (
            ["ERROR: Cannot install x because these versions conflict.", "ERROR: ResolutionImpossible: see"],
            "Cannot install x because these versions conflict",
        ),
        (["something", "  odd"], "can't be installed: odd"),
        ([], "can't be installed: the installer failed"),
    ],
)
def test_failed_install_says_why_in_one_line(lines: list[str], part: str) -> None:
    code = f"import sys; print({chr(10).join(lines)!r}, file=sys.stderr); sys.exit(1)"
    with pytest.raises(LabError) as caught:
        install._run([sys.executable, "-c", code], "x", lambda line: None)
    assert part in str(caught.value)
    assert "\n" not in str(caught.value)


def test_without_an_installer_the_way_to_one_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "find_uv", lambda: None)
    monkeypatch.setattr(install, "find_spec", lambda name: None)
    with pytest.raises(LabError, match="Neither uv nor pip"):
        install.install("some-plugin")
    with pytest.raises(LabError, match="does not start"):
        install._run(["/no/such/uv"], "x", lambda line: None)


def test_plugin_to_check_is_found_by_name_package_or_folder(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "installed", lambda: [Found("a", "m", "some-plugin", "1"), Found("b", "m", "some-plugin", "1")])
    assert install.plugin_names("a") == ["a"]
    assert install.plugin_names("Some-Plugin") == ["a", "b"]
    assert install.plugin_names(str(project)) == ["a", "b"]
    with pytest.raises(UsageError, match="no plugin 'c'"):
        install.plugin_names("c")
    monkeypatch.setattr(install, "installed", lambda: [])
    with pytest.raises(UsageError, match=r"not installed. lab plugins install --editable"):
        install.plugin_names(str(project))


def test_a_folder_to_check_that_is_no_package_lacks_its_pyproject(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"is not a package: it has no pyproject.toml"):
        install.plugin_names(str(tmp_path))


def test_a_package_that_is_installed_and_no_plugin_is_not_replaced(
    state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(install, "_run", lambda *_: pytest.fail("the installer was started"))
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "NumPy"\nversion = "1"\n')
    for text in (str(tmp_path), "rich==13.9.4"):
        with pytest.raises(UsageError, match=r"is installed, and it is not a plugin: it is not replaced"):
            install.install(text)


@pytest.mark.parametrize(("why", "message"), [("ends the process that loads it", "ends the process"), (None, "brings nothing")])
def test_a_plugin_that_fails_its_own_check_is_rolled_back(
    why: str | None, message: str, state: Path, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {"some-plugin": Package("some-plugin", "1", "", ()), "dependency": Package("dependency", "2", "", ())}
    after = {**before, "some-plugin": Package("some-plugin", "2", "", ()), "new": Package("new", "1", "", ())}
    seen = iter([before, after])
    commands: list[list[str]] = []
    monkeypatch.setattr(install, "packages", lambda: next(seen))
    monkeypatch.setattr(install, "installed", lambda: [Found("some", "some", "some-plugin", "2")])
    monkeypatch.setattr(install, "_run", lambda command, *_: commands.append(list(command)))
    monkeypatch.setattr(install.probation, "try_again", lambda *_: why)
    status = PluginStatus(name="some", distribution="some-plugin", version="2", ok=False, reasons=("could not be loaded: x",))
    monkeypatch.setattr(install, "fresh_statuses", lambda: [status])
    with pytest.raises(LabError, match=rf"{message}.* It was taken out again\."):
        install.install(str(project))
    assert [command[-1] for command in commands] == [str(project), "new", "some-plugin==1"]
    assert installed.remembered() == []


@pytest.mark.parametrize("version", ["1", "2"])
def test_the_version_that_was_installed_is_back_after_a_broken_one(
    version: str, state: Path, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "site"
    monkeypatch.syspath_prepend(str(place))

    def put(version: str, code: str) -> None:
        about = place / f"some_plugin-{version}.dist-info"
        about.mkdir(parents=True)
        (place / "some_plugin.py").write_text(code)
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: some-plugin\nVersion: {version}\n")
        (about / "entry_points.txt").write_text("[lab]\nsome = some_plugin\n")
        (about / "RECORD").write_text(f"some_plugin.py,,\n{about.name}/METADATA,,\n{about.name}/RECORD,,\n")

    def run(command: list[str], *_: object) -> None:
        if "uninstall" in command:
            (place / "some_plugin.py").unlink()
        for folder in place.glob("*.dist-info"):
            shutil.rmtree(folder)
        if "uninstall" not in command:
            put(version, "broken")

    put("1", "works")
    monkeypatch.setattr(install, "_run", run)
    monkeypatch.setattr(install, "installed", lambda: [Found("some", "some_plugin", "some-plugin", version)])
    monkeypatch.setattr(install.probation, "try_again", lambda *_: "ends the process that loads it")
    with pytest.raises(LabError, match=r"ends the process.* some-plugin 1, which it replaced, is back\."):
        install.install(str(project))
    assert (place / "some_plugin.py").read_text() == "works"
    assert installed.packages()["some-plugin"].version == "1"
    assert len(list(place.iterdir())) == 2


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        ("", ["x==1"]),
        ('{"url": "file:///a%20b/x", "dir_info": {"editable": true}}', ["--editable", "/a b/x"]),
        ('{"url": "file:///a/x.whl"}', ["/a/x.whl"]),
        ('{"url": "https://example.org/x.whl"}', ["x @ https://example.org/x.whl"]),
        ("not json", ["x==1"]),
    ],
)
def test_a_package_is_put_back_from_where_it_came(origin: str, expected: list[str]) -> None:
    assert Package("x", "1", origin, ()).source() == expected
