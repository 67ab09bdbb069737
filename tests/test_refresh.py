"""What a change sets off: the files that depend on it are looked at again, and no others. Counted."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pytest

from ssot_lsp.analysis import Analysis, Workspace
from ssot_lsp.facts import Unit
from ssot_lsp.files import Files
from ssot_lsp.index import shape_reading
from ssot_lsp.index.shape_functions import Functions
from ssot_lsp.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

FACTORY = """
from unittest.mock import MagicMock


class SSotMockFactory:
    def create_websocket_mock(self):
        return MagicMock()

    def create_agent_mock(self):
        return MagicMock()
"""
# Each says something about what the factory has, or about the one method; the last two ask for nothing of it.
FILES = {
    "factory.py": FACTORY,
    "test_websocket.py": "class MockWebsocket:\n    pass\n\ndef test_it(): MockWebsocket()\n",
    "test_agent.py": "class MockAgent:\n    pass\n\ndef test_it(): MockAgent()\n",
    "test_mocks.py": "from unittest.mock import Mock\n\ndef test_it(): Mock()\n",
    "test_plain.py": "def test_it(): pass\n",
}
USERS = {"test_agent.py", "test_websocket.py"}
RENAMED = FACTORY.replace("create_websocket_mock", "create_socket_double")


class Counted:
    """A workspace with all test files open, and what it does from then on."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str]) -> None:
        self.root = root
        self.analysed: list[str] = []
        self.parsed = 0
        for name, text in files.items():
            (root / name).write_text(text)
        self.workspace = Workspace(Files(), [str(root)])
        compute, parse, revise = Analysis._compute, Source.parse, Source.revise

        def count_compute(analysis: Analysis, path: str) -> object:
            self.analysed.append(path.removeprefix(f"{root}/"))
            return compute(analysis, path)

        def count_parse(*arguments: object) -> Source:
            self.parsed += 1
            return parse(*arguments)  # type: ignore[arg-type]

        def count_revise(source: Source, *arguments: object) -> Source:
            self.parsed += 1
            return revise(source, *arguments)  # type: ignore[arg-type]

        monkeypatch.setattr(Analysis, "_compute", count_compute)
        monkeypatch.setattr(Source, "parse", count_parse)
        monkeypatch.setattr(Source, "revise", count_revise)
        for name, text in files.items():
            if name.startswith("test_"):
                self.workspace.write(self.path(name), text)
        self.all()

    def path(self, name: str) -> str:
        return str(self.root / name)

    def all(self) -> dict[str, list[str]]:
        """The rules that each open file breaks now; what it took to say so is in `analysed` and `parsed`."""
        snapshot = self.workspace.snapshot()
        return {
            name: [each.rule for each in snapshot.findings(self.path(name))]
            for name in FILES
            if name.startswith("test_")
        }

    def named(self, affected: Iterable[str]) -> set[str]:
        return {each.removeprefix(f"{self.root}/") for each in affected}

    def start(self) -> None:
        self.analysed.clear()
        self.parsed = 0


@pytest.fixture
def counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Counted:
    """The files of `FILES`, the tests among them open and looked at once."""
    return Counted(tmp_path, monkeypatch, FILES)


HAND_WRITTEN, UNJUSTIFIED = ["hand-written-double"], ["unjustified-mock"]
BEFORE = {
    "test_websocket.py": HAND_WRITTEN,
    "test_agent.py": HAND_WRITTEN,
    "test_mocks.py": UNJUSTIFIED,
    "test_plain.py": [],
}
AFTER = {**BEFORE, "test_websocket.py": []}


def test_before_all_is_said_once(counted: Counted) -> None:
    counted.start()
    assert counted.all() == BEFORE
    assert (counted.analysed, counted.parsed) == ([], 0)


def test_typing_in_the_factory_concerns_those_who_ask_for_it(counted: Counted) -> None:
    counted.workspace.write(counted.path("factory.py"), FACTORY)
    counted.all()
    counted.start()
    affected = counted.workspace.write(counted.path("factory.py"), RENAMED)
    assert counted.named(affected) == USERS
    assert counted.all() == AFTER
    assert (set(counted.analysed), len(counted.analysed), counted.parsed) == (USERS, 2, 1)


def test_typing_in_a_method_reads_that_one_alone(counted: Counted) -> None:
    counted.workspace.write(counted.path("factory.py"), FACTORY)
    counted.all()
    before = counted.workspace.snapshot()._disk.memory.reads
    counted.workspace.write(
        counted.path("factory.py"), FACTORY.replace("MagicMock()\n\n", "MagicMock(a=1)\n\n")
    )
    counted.all()
    assert counted.workspace.snapshot()._disk.memory.reads - before == 1


def test_typing_elsewhere_concerns_nobody_else(counted: Counted) -> None:
    counted.start()
    affected = counted.workspace.write(counted.path("test_agent.py"), FILES["test_agent.py"] + "\nx = 1\n")
    assert affected == frozenset()
    assert counted.all() == BEFORE
    assert (counted.analysed, counted.parsed) == (["test_agent.py"], 1)


def test_a_letter_in_a_body_reads_that_body_and_nothing_else_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    methods = [
        f"    def test_{number}(self):\n        self.shop.till = Mock()\n        M = Mock\n"
        for number in range(30)
    ]
    text = (
        "import unittest\nfrom shop import Shop\nfrom unittest.mock import Mock\n\n\n"
        "class ShopTest(unittest.TestCase):\n"
        "    def setUp(self):\n        self.shop = Shop()\n\n" + "\n".join(methods)
    )
    path = str(tmp_path / "test_shop.py")
    workspace = Workspace(Files(), [str(tmp_path)])
    for typed in (text, text.replace("M = Mock\n", "M = Mock  # a\n", 1)):
        workspace.write(path, typed)
        assert len(workspace.snapshot().findings(path)) == 30
    read: list[str] = []
    for owner, name in ((Functions, "read"), (Unit, "_references"), (shape_reading, "imported")):
        monkeypatch.setattr(owner, name, _noting(read, name, getattr(owner, name)))
    workspace.write(path, text.replace("M = Mock\n", "M = Mock  # ab\n", 1))
    workspace.snapshot().findings(path)
    assert read == ["read"]


def _noting(read: list[str], name: str, function: Callable[..., object]) -> Callable[..., object]:
    def noting(*arguments: object) -> object:
        read.append(name)
        return function(*arguments)

    return noting


def test_a_factory_that_is_written_outside_of_the_editor(counted: Counted) -> None:
    counted.start()
    (counted.root / "factory.py").write_text(RENAMED)
    affected = counted.workspace.changed([counted.path("factory.py")])
    assert counted.named(affected) == USERS
    assert counted.all() == AFTER
    assert (set(counted.analysed), len(counted.analysed), counted.parsed) == (USERS, 2, 1)


def test_a_file_that_nobody_asked_about_concerns_nobody(counted: Counted) -> None:
    (counted.root / "other.py").write_text("x = 1\n")
    counted.workspace.changed([counted.path("other.py")])
    counted.all()
    counted.start()
    (counted.root / "other.py").write_text("x = 2\n")
    assert counted.workspace.changed([counted.path("other.py")]) == frozenset()
    assert counted.all() == BEFORE
    assert (counted.analysed, counted.parsed) == ([], 0)


def test_saving_what_is_open_concerns_nobody(counted: Counted) -> None:
    counted.workspace.write(counted.path("factory.py"), RENAMED)
    counted.workspace.snapshot().findings(counted.path("factory.py"))
    counted.all()
    counted.start()
    (counted.root / "factory.py").write_text(RENAMED)
    assert counted.workspace.changed([counted.path("factory.py")]) == frozenset()
    assert counted.all() == AFTER
    assert (counted.analysed, counted.parsed) == ([], 0)


def test_a_factory_that_is_closed_unsaved_is_that_of_the_disk_again(counted: Counted) -> None:
    counted.workspace.write(counted.path("factory.py"), RENAMED)
    assert counted.all() == AFTER
    counted.start()
    assert counted.named(counted.workspace.close(counted.path("factory.py"))) == USERS
    assert counted.all() == BEFORE
    assert set(counted.analysed) == USERS


def test_a_factory_that_is_deleted_and_made_again(counted: Counted) -> None:
    nothing = {**BEFORE, "test_websocket.py": [], "test_agent.py": []}
    (counted.root / "factory.py").unlink()
    assert counted.named(counted.workspace.changed([counted.path("factory.py")])) >= USERS
    assert counted.all() == nothing
    (counted.root / "factory.py").write_text(FACTORY)
    assert counted.named(counted.workspace.changed([counted.path("factory.py")])) >= USERS
    assert counted.all() == BEFORE


def test_a_factory_that_is_typed_into_a_new_document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {name: text for name, text in FILES.items() if name != "factory.py"}
    counted = Counted(tmp_path, monkeypatch, files)
    nothing = {**BEFORE, "test_websocket.py": [], "test_agent.py": []}
    assert counted.all() == nothing
    assert counted.workspace.write(counted.path("made.py"), "\n") == frozenset()
    assert counted.all() == nothing
    counted.start()
    assert counted.named(counted.workspace.write(counted.path("made.py"), FACTORY)) == USERS
    assert counted.all() == BEFORE
    assert set(counted.analysed) == USERS
    assert counted.named(counted.workspace.write(counted.path("made.py"), "\n")) == USERS
    assert counted.all() == nothing


def test_a_factory_that_was_never_saved_goes_with_its_document(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {name: text for name, text in FILES.items() if name != "factory.py"}
    counted = Counted(tmp_path, monkeypatch, files)
    counted.workspace.write(counted.path("made.py"), FACTORY)
    assert counted.all() == BEFORE
    assert counted.named(counted.workspace.close(counted.path("made.py"))) == USERS
    assert counted.all() == {**BEFORE, "test_websocket.py": [], "test_agent.py": []}


def test_an_overlay_has_the_factory_of_its_own_text(counted: Counted) -> None:
    snapshot = counted.workspace.snapshot()
    overlay = snapshot.overlay({counted.path("factory.py"): RENAMED})
    assert overlay.findings(counted.path("test_websocket.py")) == ()
    assert [each.rule for each in snapshot.findings(counted.path("test_websocket.py"))] == HAND_WRITTEN


def test_a_class_behind_the_factory_counts_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = textwrap.dedent(FACTORY).replace("SSotMockFactory", "Base")
    factory = "from base import Base\n\n\nclass SSotMockFactory(Base):\n    pass\n"
    counted = Counted(tmp_path, monkeypatch, {**FILES, "factory.py": factory, "base.py": base})
    assert counted.all() == BEFORE
    counted.start()
    affected = counted.workspace.write(
        counted.path("base.py"), base.replace("create_websocket_mock", "create_x")
    )
    assert counted.named(affected) == USERS
    assert counted.all() == AFTER
    assert (set(counted.analysed), len(counted.analysed), counted.parsed) == (USERS, 2, 1)


def test_another_module_behind_a_star_concerns_those_who_ask_for_its_names(tmp_path: Path) -> None:
    texts = {
        "pyproject.toml": "[tool.ssot-lsp.replacements]\n'docker.from_env' = 'framework.Docker'\n",
        "docker.py": "def from_env(): ...\n",
        "podman.py": "def from_env(): ...\n",
        "helper.py": "from docker import *\n",
        "test_it.py": "from helper import from_env\n\n\ndef test_it():\n    from_env()\n",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    workspace = Workspace(folders=[str(tmp_path)])
    helper, path = str(tmp_path / "helper.py"), str(tmp_path / "test_it.py")
    workspace.write(helper, texts["helper.py"])
    workspace.write(path, texts["test_it.py"])
    before = [each.rule for each in workspace.snapshot().findings(path)]

    assert workspace.write(helper, "from podman import *\n") == {path}
    assert before == ["bypassed-ssot"]
    assert workspace.snapshot().findings(path) == ()
