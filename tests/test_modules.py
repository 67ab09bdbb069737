"""Modules and files: a tree of files in, paths and names out."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from ssot_lsp.analysis import Workspace
from ssot_lsp.config import Configs
from ssot_lsp.files import Files
from ssot_lsp.index.modules import ModuleMap

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path


class CountingFiles(Files):
    """The disk, and how often it was asked for a listing."""

    def __init__(self) -> None:
        self.listed: list[str] = []

    def entries(self, folder: str) -> list[os.DirEntry[str]]:
        self.listed.append(folder)
        return super().entries(folder)


def lay_out(root: Path, names: Iterable[str]) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()


def module_map(root: Path, folders: Sequence[str] = ("",)) -> ModuleMap:
    paths = [str(root / each) if each else str(root) for each in folders]
    configs = Configs(Files(), paths)
    return ModuleMap(Files(), paths, lambda folder: configs.of_folder(folder).pytest.pythonpath)


def path_of(root: Path, module: str, importer: str, folders: Sequence[str] = ("",)) -> str | None:
    """The file, relative to `root` with `/`."""
    found = module_map(root, folders).path_of(module, str(root / importer))
    return found and os.path.relpath(found, root).replace(os.sep, "/")


@pytest.mark.parametrize(
    ("files", "module", "importer", "expected"),
    [
        pytest.param(["a.py"], "a", "tests/test_a.py", "a.py", id="a module at the root"),
        pytest.param(["a/__init__.py"], "a", "test_a.py", "a/__init__.py", id="a package"),
        pytest.param(["a/__init__.py", "a/b.py"], "a.b", "test_a.py", "a/b.py", id="a module in a package"),
        pytest.param(["a/b.py"], "a.b", "test_a.py", "a/b.py", id="a module in a namespace package"),
        pytest.param(["a/b.py"], "a", "test_a.py", None, id="a namespace package has no file"),
        pytest.param(["a/b/c/d.py"], "a.b.c.d", "test_a.py", "a/b/c/d.py", id="namespaces in namespaces"),
        pytest.param(["src/a/b.py"], "a.b", "tests/test_a.py", "src/a/b.py", id="a src layout"),
        pytest.param(["src/a/b.py"], "src.a.b", "tests/test_a.py", "src/a/b.py", id="src as a namespace"),
        pytest.param(
            ["a.py", "a/__init__.py"], "a", "test_a.py", "a/__init__.py", id="a package before a module"
        ),
        pytest.param(["a.py", "a/b.py"], "a", "test_a.py", "a.py", id="a module before a namespace package"),
        pytest.param(["a.pyi", "a.py"], "a", "test_a.py", "a.py", id="source before a stub"),
        pytest.param(["a.pyi"], "a", "test_a.py", "a.pyi", id="a stub alone"),
        pytest.param(["a/__init__.pyi", "a/b.pyi"], "a.b", "test_a.py", "a/b.pyi", id="a package of stubs"),
        pytest.param(["a.py"], "b", "test_a.py", None, id="nothing of that name"),
        pytest.param(["a.py"], "a.b", "test_a.py", None, id="nothing inside of a module"),
        pytest.param(["A.py"], "a", "test_a.py", None, id="another letter case"),
        pytest.param(["unittest/mock.py"], "unittest.mock", "test_a.py", None, id="the standard library"),
        pytest.param(["mock.py"], "mock", "test_a.py", "mock.py", id="a name of a distribution"),
        pytest.param(["a.py"], "", "test_a.py", None, id="no name"),
        pytest.param(["a.py"], "..a", "test_a.py", None, id="dots"),
        pytest.param(
            ["tests/unit/helpers.py"],
            "helpers",
            "tests/unit/test_a.py",
            "tests/unit/helpers.py",
            id="the own folder, as pytest prepends it",
        ),
        pytest.param(
            ["pkg/__init__.py", "pkg/helpers.py"],
            "helpers",
            "pkg/test_a.py",
            None,
            id="the own folder is not prepended when it is a package",
        ),
        pytest.param(
            ["tests/__init__.py", "tests/unit/__init__.py", "tests/helpers.py"],
            "tests.helpers",
            "tests/unit/test_a.py",
            "tests/helpers.py",
            id="the folder of the outermost package is prepended",
        ),
        pytest.param(
            ["tests/conftest.py", "tests/helpers.py", "helpers.py"],
            "helpers",
            "tests/unit/test_a.py",
            "tests/helpers.py",
            id="the folder of a conftest above is prepended",
        ),
        pytest.param(
            ["tests/helpers.py", "src/helpers.py"],
            "helpers",
            "tests/unit/test_a.py",
            "src/helpers.py",
            id="a folder above without a conftest comes last",
        ),
        pytest.param(
            ["tests/helpers.py"],
            "helpers",
            "tests/unit/test_a.py",
            "tests/helpers.py",
            id="a folder above without a conftest still counts",
        ),
        pytest.param(
            ["one/pyproject.toml", "one/app/x.py", "two/pyproject.toml", "two/app/x.py"],
            "app.x",
            "two/tests/test_a.py",
            "two/app/x.py",
            id="the project of the importer, of two projects with one package name",
        ),
        pytest.param(
            ["one/setup.py", "one/src/app/__init__.py", "app/__init__.py"],
            "app",
            "one/tests/test_a.py",
            "one/src/app/__init__.py",
            id="src of the nearer project",
        ),
        pytest.param(
            ["tests/unit/app/test_x.py", "tests/unit/app/x.py", "app/__init__.py", "app/x.py"],
            "app.x",
            "tests/unit/test_a.py",
            "app/x.py",
            id="a package before a folder of tests that mirrors it",
        ),
        pytest.param(
            ["one/ns/a.py", "src/ns/b.py"],
            "ns.b",
            "one/test_a.py",
            "src/ns/b.py",
            id="a namespace package in two places",
        ),
    ],
)
def test_file_of_a_module(
    files: list[str], module: str, importer: str, expected: str | None, tmp_path: Path
) -> None:
    lay_out(tmp_path, [*files, importer])

    assert path_of(tmp_path, module, importer) == expected


@pytest.mark.parametrize(
    ("settings", "files", "expected"),
    [
        pytest.param(
            {"pyproject.toml": '[tool.pytest.ini_options]\npythonpath = ["lib", "src"]'},
            ["app.py", "lib/app.py", "src/app.py"],
            "lib/app.py",
            id="an array, in its order, before the project's folder",
        ),
        pytest.param(
            {"pyproject.toml": '[tool.pytest.ini_options]\npythonpath = "gone lib"'},
            ["app.py", "lib/app.py"],
            "lib/app.py",
            id="a string of several",
        ),
        pytest.param(
            {"pytest.ini": "[pytest]\npythonpath =\n  'my lib'\n"},
            ["app.py", "my lib/app.py"],
            "my lib/app.py",
            id="an ini file",
        ),
        pytest.param(
            {"setup.cfg": "[tool:pytest]\npythonpath = lib\n", "tox.ini": "[tox]\n"},
            ["app.py", "lib/app.py"],
            "lib/app.py",
            id="the first file that says something to pytest",
        ),
        pytest.param(
            {"pytest.ini": "[pytest]\n", "setup.cfg": "[tool:pytest]\npythonpath = lib\n"},
            ["app.py", "lib/app.py"],
            "app.py",
            id="a file that does not count",
        ),
        pytest.param(
            {"tests/pytest.ini": "[pytest]\npythonpath = ../lib\n", "tests/ssot-lsp.toml": ""},
            ["app.py", "lib/app.py"],
            "lib/app.py",
            id="as seen from the file that says so",
        ),
        pytest.param(
            {"pytest.ini": "[pytest]\npythonpath = lib\n"},
            ["lib/app.py", "tests/unit/app.py"],
            "tests/unit/app.py",
            id="the own folder is prepended afterwards",
        ),
        pytest.param(
            {"pytest.ini": "[pytest]\npythonpath = lib\n"},
            ["lib/app.py", "tests/conftest.py", "tests/app.py"],
            "tests/app.py",
            id="the folder of a conftest too",
        ),
        pytest.param(
            {"pytest.ini": "[pytest]\npythonpath = lib/a [\n", "pyproject.toml": "[tool.pytest"},
            ["app.py"],
            "app.py",
            id="nonsense",
        ),
    ],
)
def test_folders_that_pytest_is_told_to_look_in(
    settings: dict[str, str], files: list[str], expected: str, tmp_path: Path
) -> None:
    lay_out(tmp_path, [*files, "tests/unit/test_a.py"])
    for name, text in settings.items():
        (tmp_path / name).write_text(text)

    assert path_of(tmp_path, "app", "tests/unit/test_a.py") == expected


@pytest.mark.parametrize(
    ("importer", "expected"),
    [
        pytest.param("one/tests/test_a.py", "one/app.py", id="the importer's folder is the first"),
        pytest.param("two/tests/test_a.py", "two/app.py", id="the importer's folder is the second"),
        pytest.param("three/tests/test_a.py", "one/app.py", id="else the order of the folders decides"),
        pytest.param("elsewhere/test_a.py", "one/app.py", id="the importer is of no folder"),
    ],
)
def test_workspace_folder_of_the_importer_comes_first(importer: str, expected: str, tmp_path: Path) -> None:
    lay_out(tmp_path, ["one/app.py", "two/app.py", "three/x.py", importer])

    assert path_of(tmp_path, "app", importer, ["one", "two", "three"]) == expected


def test_innermost_of_nested_workspace_folders_comes_first(tmp_path: Path) -> None:
    lay_out(tmp_path, ["app.py", "inner/app.py", "inner/tests/test_a.py"])

    assert path_of(tmp_path, "app", "inner/tests/test_a.py", ["", "inner"]) == "inner/app.py"


def test_workspace_folder_inside_of_a_package(tmp_path: Path) -> None:
    lay_out(tmp_path, ["app/__init__.py", "app/x.py", "app/tests/__init__.py", "app/tests/test_a.py"])

    assert path_of(tmp_path, "app.x", "app/tests/test_a.py", ["app"]) == "app/x.py"


@pytest.mark.parametrize(
    ("project", "expected"),
    [
        pytest.param("pyproject.toml", "app/x.py", id="a project"),
        pytest.param("ssot-lsp.toml", "app/x.py", id="a configuration"),
        pytest.param("setup.py", None, id="a file that says little about where it is used"),
        pytest.param("tests/pyproject.toml", None, id="the folder is a project of its own"),
    ],
)
def test_workspace_folder_inside_of_a_project(project: str, expected: str | None, tmp_path: Path) -> None:
    """Who opens `tests` alone has its project imported all the same: the configuration is looked for above as well."""
    lay_out(tmp_path, ["app/x.py", "tests/pytest.ini", "tests/unit/test_a.py", project])

    assert path_of(tmp_path, "app.x", "tests/unit/test_a.py", ["tests"]) == expected


def test_document_without_a_file_sees_the_workspace_folders(tmp_path: Path) -> None:
    lay_out(tmp_path, ["src/app.py"])
    modules = module_map(tmp_path)

    assert modules.path_of("app", "untitled:Untitled-1") == str(tmp_path / "src" / "app.py")
    assert modules.absolute("untitled:Untitled-1", 1, "app") is None
    assert modules.name_of("untitled:Untitled-1") == "untitled:Untitled-1"


def test_no_workspace_folder_at_all(tmp_path: Path) -> None:
    lay_out(tmp_path, ["setup.py", "app.py", "tests/unit/test_a.py"])

    assert path_of(tmp_path, "app", "tests/unit/test_a.py", []) == "app.py"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        pytest.param("a.py", "a", id="a module"),
        pytest.param("p/__init__.py", "p", id="a package"),
        pytest.param("p/q/test_a.py", "p.q.test_a", id="a module in packages"),
        pytest.param("tests/test_a.py", "test_a", id="a folder that is no package"),
        pytest.param("tests/r/test_a.py", "r.test_a", id="a package in a folder that is none"),
        pytest.param("tests/__init__x.py", "__init__x", id="a name that begins like a package's"),
    ],
)
def test_name_of_a_file(path: str, expected: str, tmp_path: Path) -> None:
    lay_out(tmp_path, ["p/__init__.py", "p/q/__init__.py", "tests/r/__init__.py"])

    assert module_map(tmp_path).name_of(str(tmp_path / path)) == expected


@pytest.mark.parametrize(
    ("importer", "level", "module", "expected"),
    [
        pytest.param("p/q/a.py", 0, "x.y", "x.y", id="no dots"),
        pytest.param("p/q/a.py", 1, "b", "p.q.b", id="a sibling"),
        pytest.param("p/q/a.py", 1, "", "p.q", id="the own package"),
        pytest.param("p/q/__init__.py", 1, "a", "p.q.a", id="from a package itself"),
        pytest.param("p/q/a.py", 2, "b", "p.b", id="two dots"),
        pytest.param("p/q/a.py", 2, "", "p", id="the package above"),
        pytest.param("p/q/a.py", 3, "b", None, id="more dots than packages"),
        pytest.param("a.py", 1, "b", None, id="from no package at all"),
        pytest.param("ns/m/a.py", 1, "b", "ns.m.b", id="in a namespace package"),
        pytest.param("ns/r/a.py", 2, "b", "ns.b", id="from a package up into a namespace package"),
        pytest.param("src/ns/a.py", 1, "b", "ns.b", id="in a namespace package below src"),
    ],
)
def test_relative_import(
    importer: str, level: int, module: str, expected: str | None, tmp_path: Path
) -> None:
    lay_out(tmp_path, ["p/__init__.py", "p/q/__init__.py", "ns/r/__init__.py", "src/ns/a.py"])

    assert module_map(tmp_path).absolute(str(tmp_path / importer), level, module) == expected


def test_relative_import_finds_the_neighbour_among_packages_of_one_name(tmp_path: Path) -> None:
    files = [
        f"{each}/tests/{name}.py" for each in ("one", "two") for name in ("__init__", "test_a", "helpers")
    ]
    lay_out(tmp_path, files)
    modules = module_map(tmp_path)

    for each in ("one", "two"):
        importer = str(tmp_path / each / "tests" / "test_a.py")
        module = modules.absolute(importer, 1, "helpers")
        assert module == "tests.helpers"
        assert modules.path_of(module, importer) == str(tmp_path / each / "tests" / "helpers.py")


# What is remembered


def test_disk_is_asked_once(tmp_path: Path) -> None:
    lay_out(tmp_path, ["src/app/__init__.py", "src/app/x.py", "tests/test_a.py"])
    files = CountingFiles()
    modules = ModuleMap(files, [str(tmp_path)])
    importer = str(tmp_path / "tests" / "test_a.py")
    first = modules.path_of("app.x", importer)
    asked = len(files.listed)

    assert modules.path_of("app.x", importer) == first
    assert modules.path_of("app", str(tmp_path / "tests" / "test_b.py")) is not None
    assert len(files.listed) == asked
    assert len(set(files.listed)) == asked


@pytest.mark.parametrize(
    ("before", "module", "change", "after"),
    [
        pytest.param([], "app", "app.py", "app.py", id="a module is created"),
        pytest.param([], "app.x", "app/x.py", "app/x.py", id="a module is created in a new folder"),
        pytest.param(["app.py"], "app", "-app.py", None, id="a module is deleted"),
        pytest.param(["app/x.py"], "app.x", "-app/x.py", None, id="a module is deleted in a folder"),
        pytest.param(["app.py"], "app", "app/__init__.py", "app/__init__.py", id="a package takes over"),
        pytest.param(["app.py"], "app", "src/app.py", "app.py", id="a src folder is created, of less weight"),
    ],
)
def test_change_on_disk_is_seen_when_it_is_told(
    before: list[str], module: str, change: str, after: str | None, tmp_path: Path
) -> None:
    lay_out(tmp_path, [*before, "tests/test_a.py"])
    modules = module_map(tmp_path)
    importer = str(tmp_path / "tests" / "test_a.py")
    modules.path_of(module, importer)

    path = tmp_path / change.removeprefix("-")
    if change.startswith("-"):
        path.unlink()
    else:
        lay_out(tmp_path, [change])
    modules.forget([str(path)])  # and not of the folder that came with it

    assert modules.path_of(module, importer) == (str(tmp_path / after) if after else None)


def test_folder_that_goes_away_takes_its_modules_with_it(tmp_path: Path) -> None:
    lay_out(tmp_path, ["app/__init__.py", "app/x/__init__.py", "tests/test_a.py"])
    modules = module_map(tmp_path)
    importer = str(tmp_path / "tests" / "test_a.py")
    assert modules.path_of("app.x", importer)

    (tmp_path / "app").rename(tmp_path / "old")
    modules.forget([str(tmp_path / "app")])

    assert modules.path_of("app.x", importer) is None


def test_conftest_that_comes_changes_where_its_folder_looks(tmp_path: Path) -> None:
    lay_out(tmp_path, ["tests/helpers.py", "helpers.py", "tests/unit/test_a.py"])
    modules = module_map(tmp_path)
    importer = str(tmp_path / "tests" / "unit" / "test_a.py")
    assert modules.path_of("helpers", importer) == str(tmp_path / "helpers.py")

    lay_out(tmp_path, ["tests/conftest.py"])
    modules.forget([str(tmp_path / "tests" / "conftest.py")])

    assert modules.path_of("helpers", importer) == str(tmp_path / "tests" / "helpers.py")


def test_settings_of_pytest_that_change_are_seen(tmp_path: Path) -> None:
    lay_out(tmp_path, ["app.py", "lib/app.py", "tests/test_a.py"])
    settings = tmp_path / "pyproject.toml"
    settings.write_text("[tool.ssot-lsp]\n")
    workspace = Workspace(Files(), [str(tmp_path)])
    importer = str(tmp_path / "tests" / "test_a.py")

    def path_after(text: str) -> str | None:
        settings.write_text(text)
        workspace.changed([str(settings)])
        return workspace.snapshot().module_path("app", importer)

    good = "[tool.ssot-lsp]\n[tool.pytest.ini_options]\npythonpath = ['lib']\n"
    assert path_after("[tool.ssot-lsp]\n") == str(tmp_path / "app.py")
    assert path_after(good) == str(tmp_path / "lib" / "app.py")
    assert path_after(good + "[tool") == str(tmp_path / "lib" / "app.py")  # until it is whole again
    assert path_after(good.replace("'lib'", "")) == str(tmp_path / "app.py")


def test_a_folder_that_pytest_is_told_to_look_in_is_of_the_project(tmp_path: Path) -> None:
    lay_out(tmp_path, ["lib/app/__init__.py", "lib/other/inner/__init__.py"])
    (tmp_path / "pytest.ini").write_text("[pytest]\npythonpath = lib\n")
    modules = module_map(tmp_path)

    assert modules.is_of_project(str(tmp_path / "lib" / "app" / "__init__.py"), "app")
    assert not modules.is_of_project(str(tmp_path / "lib" / "other" / "inner" / "__init__.py"), "inner")


def test_saving_a_file_forgets_nothing(tmp_path: Path) -> None:
    lay_out(tmp_path, ["app.py", "tests/test_a.py"])
    files = CountingFiles()
    modules = ModuleMap(files, [str(tmp_path)])
    importer = str(tmp_path / "tests" / "test_a.py")
    modules.path_of("app", importer)
    asked = len(files.listed)

    modules.forget([str(tmp_path / "app.py"), importer, str(tmp_path / "README.md")])
    modules.path_of("app", importer)

    assert len(files.listed) == asked


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_loop_of_links_ends(tmp_path: Path) -> None:
    lay_out(tmp_path, ["app/x.py", "tests/test_a.py"])
    (tmp_path / "app" / "again").symlink_to(tmp_path / "app")
    (tmp_path / "app" / "self").symlink_to(tmp_path / "app" / "self")

    assert path_of(tmp_path, "app.again.again.x", "tests/test_a.py") == "app/again/again/x.py"
    assert path_of(tmp_path, "app.self.x", "tests/test_a.py") is None
