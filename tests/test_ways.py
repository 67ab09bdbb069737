"""By which words a factory is reached: what depends on what, and what a keystroke costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ssot_lsp.analysis import Workspace
from ssot_lsp.files import Files
from ssot_lsp.index.factories import Factories
from ssot_lsp.index.ways import Ways
from ssot_lsp.scan import Options, check

if TYPE_CHECKING:
    from pathlib import Path

RULE = "unknown-factory-method"
FACTORY = "class SSotMockFactory:\n    @staticmethod\n    def create_a():\n        return 1\n"
IMPORT = "from factories import SSotMockFactory\n"
FIXTURE = "import pytest\n\n\n@pytest.fixture\ndef doubles():\n    return {}\n"
BASE = "class Base:\n    def setup_method(self):\n        self.doubles = {}\n"
TEST_OF_FIXTURE = "def test_it(doubles):\n    assert doubles.create_x()\n"
TEST_OF_BASE = "from base import Base\n\n\nclass TestIt(Base):\n    def test_it(self):\n        assert self.doubles.create_x()\n"


@pytest.fixture
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("workspace")
    (root / "factories.py").write_text(FACTORY)
    return root


def found(workspace: Workspace, path: Path) -> list[str]:
    return [each.message for each in workspace.snapshot().findings(str(path)) if each.rule == RULE]


@pytest.mark.parametrize(
    ("name", "text", "test"),
    [
        pytest.param("conftest.py", IMPORT + FIXTURE, TEST_OF_FIXTURE, id="a fixture"),
        pytest.param("base.py", IMPORT + BASE, TEST_OF_BASE, id="an attribute of a base class"),
    ],
)
def test_an_edit_of_what_gives_the_factory_is_seen_at_once(
    name: str, text: str, test: str, root: Path
) -> None:
    source, path = root / name, root / "test_it.py"
    source.write_text(text.format("object()"))
    workspace = Workspace(Files(), [str(root)])
    workspace.write(str(path), test)
    workspace.write(str(source), text.format("object()"))
    assert found(workspace, path) == []

    affected = workspace.write(str(source), text.format("SSotMockFactory"))

    assert str(path) in affected
    assert found(workspace, path) == ["`SSotMockFactory` has no method `create_x`"]
    assert str(path) in workspace.write(str(source), text.format("None"))
    assert found(workspace, path) == []


def test_an_edit_of_the_factory_is_seen_at_once(root: Path) -> None:
    (root / "conftest.py").write_text(IMPORT + FIXTURE.format("SSotMockFactory()"))
    path, factory = root / "test_it.py", root / "factories.py"
    workspace = Workspace(Files(), [str(root)])
    workspace.write(str(path), TEST_OF_FIXTURE)
    workspace.write(str(factory), FACTORY)
    assert found(workspace, path)

    assert str(path) in workspace.write(str(factory), FACTORY.replace("create_a", "create_x"))

    assert found(workspace, path) == []


def test_a_keystroke_looks_into_nothing_else(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "base.py").write_text(IMPORT + BASE.format("SSotMockFactory()"))
    path = root / "test_it.py"
    workspace = Workspace(Files(), [str(root)])
    looks: list[str] = []
    look = Ways._around_file

    def counted(*arguments: object) -> object:
        looks.append(str(arguments[2]))
        return look(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Ways, "_around_file", counted)
    for number in range(5):
        workspace.write(str(path), f"{TEST_OF_BASE}\n\n    def test_that(self):\n        x = {number}\n")
        assert len(found(workspace, path)) == 1
    assert looks == [str(path)]
    workspace.write(str(path), TEST_OF_BASE.replace("import Base", "import Base as Other"))
    assert found(workspace, path) == []
    assert looks == [str(path)] * 2


def test_who_mentions_no_factory_asks_for_no_model(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = root / "test_it.py"
    workspace = Workspace(Files(), [str(root)])
    monkeypatch.setattr(Factories, "all", None)
    monkeypatch.setattr(Factories, "at", None)
    workspace.write(str(path), TEST_OF_BASE)

    assert found(workspace, path) == []


def test_the_workspace_is_not_searched_where_the_import_leads_to_the_factory(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = root / "test_it.py"
    path.write_text(IMPORT + "SSotMockFactory.create_x()\n")
    (root / "pyproject.toml").write_text(f'[tool.ssot-lsp]\nselect = ["{RULE}"]\n')
    monkeypatch.setattr(Factories, "_searched", None)

    report = check([str(root)], Options(use_cache=False), str(root))

    assert [(row.rule, result.path) for result in report.results for row in result.rows] == [
        (RULE, str(path))
    ]


def test_endless_nesting_is_no_way_to_a_factory(root: Path) -> None:
    path = root / "test_it.py"
    nested = f"{'(' * 50_000}SSotMockFactory{')' * 50_000}"
    workspace = Workspace(Files(), [str(root)])
    workspace.write(str(path), f"{IMPORT}x = {nested}\ny = {nested}.create_x()\nSSotMockFactory.create_x()\n")

    assert found(workspace, path)
