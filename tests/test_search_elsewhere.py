"""What takes a walk through a folder to find is done without in an editor until somebody else has made the walk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ssot_lsp.analysis import Workspace
from ssot_lsp.files import Files

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FACTORY = "class SSotMockFactory:\n    @staticmethod\n    def create_tool_mock():\n        return 1\n"


class Editor:
    """A workspace whose searches wait to be made, and the test file that asks."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.path = str(root / "tests" / "test_it.py")
        self.asked: list[tuple[str, tuple[bytes, ...]]] = []
        self.workspace = Workspace(Files(), [str(root)])
        self.workspace.search_elsewhere(lambda *each: self.asked.append(each))

    def methods(self) -> list[str]:
        """The methods of all factories that are known at this moment."""
        return [name for each in self.workspace.snapshot().factories(self.path) for name in each.methods]

    def search(self, meanwhile: Callable[[], object] = lambda: None) -> None:
        """Make the search that was asked for; `meanwhile` happens before it is taken over."""
        ((folder, needles),) = self.asked
        self.asked.clear()
        found = self.workspace.search(folder, needles)
        meanwhile()
        self.workspace.take_search(found, folder)


@pytest.fixture
def editor(tmp_path: Path) -> Editor:
    (tmp_path / "factory.py").write_text(FACTORY)
    return Editor(tmp_path)


def test_nothing_is_known_until_the_search_is_made_and_it_is_asked_for_once(editor: Editor) -> None:
    assert editor.methods() == editor.methods() == []
    assert editor.workspace.snapshot().is_searching
    editor.search()
    assert not editor.workspace.snapshot().is_searching
    assert editor.methods() == ["create_tool_mock"]
    assert editor.asked == []


def test_one_search_is_for_all_that_is_usually_asked(editor: Editor) -> None:
    editor.methods()
    ((_, needles),) = editor.asked
    assert {b"class SSotMockFactory", b"class SSotBaseTestCase"} <= set(needles)


def test_an_open_document_is_known_at_once(editor: Editor) -> None:
    editor.workspace.write(str(editor.root / "open.py"), FACTORY.replace("tool", "clock"))
    assert editor.methods() == ["create_clock_mock"]


def test_what_is_imported_is_known_at_once(editor: Editor) -> None:
    (editor.root / "pyproject.toml").write_text('[tool.ssot-lsp]\nfactory = "factory.SSotMockFactory"\n')
    assert editor.methods() == ["create_tool_mock"]
    assert editor.asked == []


def test_what_is_written_while_the_search_is_made_counts(editor: Editor) -> None:
    editor.methods()
    path = editor.root / "other.py"

    def write() -> None:
        path.write_text(FACTORY.replace("tool", "clock"))
        editor.workspace.changed([str(path)])

    editor.search(write)
    assert sorted(editor.methods()) == ["create_clock_mock", "create_tool_mock"]


def test_a_search_by_settings_that_have_changed_is_made_again(editor: Editor) -> None:
    editor.methods()
    path = editor.root / "pyproject.toml"

    def exclude() -> None:
        path.write_text('[tool.ssot-lsp]\nexclude = ["factory.py"]\n')
        editor.workspace.changed([str(path)])

    editor.search(exclude)
    assert editor.methods() == []
    editor.search()
    assert editor.methods() == []
    assert editor.asked == []


def test_a_search_that_fails_is_asked_for_again(editor: Editor) -> None:
    editor.methods()
    ((folder, _),) = editor.asked
    editor.workspace.take_search(None, folder)
    editor.asked.clear()
    assert editor.methods() == []
    editor.search()
    assert editor.methods() == ["create_tool_mock"]


def test_an_answer_of_the_time_before_is_not_kept(editor: Editor) -> None:
    before = editor.workspace.snapshot()
    assert before.factories(editor.path) == ()
    editor.search()
    assert before.factories(editor.path) == ()
    assert editor.methods() == ["create_tool_mock"]


def test_elsewhere_the_search_is_made_at_once(tmp_path: Path) -> None:
    (tmp_path / "factory.py").write_text(FACTORY)
    analysis = Workspace(Files(), [str(tmp_path)]).snapshot()
    assert [each.name for each in analysis.factories(str(tmp_path / "test_it.py"))] == ["SSotMockFactory"]
    assert not analysis.is_searching
