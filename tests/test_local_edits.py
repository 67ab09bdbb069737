"""What an edit inside of one function changes elsewhere in the file is seen, and all else is as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ssot_lsp.analysis import Workspace
from ssot_lsp.files import Files
from ssot_lsp.local_edits import local_edit
from ssot_lsp.mocks import Mocks
from tests.fuzz.test_local_edits import said

if TYPE_CHECKING:
    from pathlib import Path

ATTRIBUTE = """
from unittest.mock import Mock
class TestIt:
    def test_a(self):
        self.a = ⟦Mock()⟧
    def test_b(self):
        self.a.b = Mock()
"""
PASSED_ON = """
from unittest.mock import Mock
class TestIt:
    def test_a(self):
        self.a = ⟦Mock()⟧
    def prepare(self):
        a = self.a
        self.b = a
    def test_b(self):
        self.b.c = Mock()
"""
RETURNED = """
from unittest.mock import Mock
from shared import SSotMockFactory, Other
class TestIt:
    def test_a(self):
        self.factory = ⟦SSotMockFactory⟧()
    def maker(self):
        return self.factory
    def test_b(self):
        self.maker().create_client().x = Mock()
"""
OF_HELPER = """
from unittest.mock import Mock
from shared import SSotMockFactory
def maker():
    return ⟦SSotMockFactory()⟧
def test_b():
    maker().create_client().x = Mock()
"""
OF_GLOBAL = """
from unittest.mock import Mock
def test_a():
    global shared
    shared = ⟦Mock()⟧
def test_b():
    shared.x = Mock()
"""
OF_FIXTURE = """
import pytest
from unittest.mock import Mock
@pytest.fixture
def a():
    return ⟦Mock()⟧
def test_b(a):
    a.x = Mock()
"""
IMPORT = """
from unittest.mock import Mock
def test_a():
    from unittest.mock import ⟦Mock as M⟧
    return M()
"""
ALIAS = """
from unittest.mock import Mock
def test_a():
    M = ⟦Mock⟧
    m = M()
"""
FIRST = """
def test_a():
    m = ⟦Desk⟧()
def test_b():
    m = Mock()
"""
FIRST_OF_ITSELF = """
from unittest import mock
from unittest.mock import MagicMock
def test_a():
    a = MagicMock(name=mock.Mock())
    m = ⟦Desk⟧()
"""
FIRST_OF_STAR = """
from doubles import *
def test_a():
    m = ⟦Desk⟧()
"""
BOUND = """
def test_a():
    ⟦Desk⟧ = 1
def test_b():
    m = Mock()
"""
NAMED = """
from unittest.mock import Mock as M
def ⟦test_a⟧():
    pass
def test_b():
    m = M()
"""
SUBJECT = """
from unittest.mock import Mock
from company import Desk
class TestDesk:
    def setUp(self):
        self.desk = ⟦Desk⟧()
    def test_b(self):
        self.desk.bank = Mock()
"""
HEADER = """
from unittest.mock import Mock, patch
@⟦patch("a.b")⟧
class TestIt:
    def test_b(self, a):
        a.b = Mock()
"""
SHIFTED = """
from unittest.mock import Mock, patch
class TestÄ:
    def test_a(self):
        "⟦ä⟧"
    @patch("a.b")
    def test_b(self, a):
        a.b = Mock()
        c = Mock(side_effect=Mock())
"""
CASES = {
    name: (text, after)
    for name, text, after in [
        ("an attribute", ATTRIBUTE, "1"),
        ("an attribute that another one is set to", PASSED_ON, "1"),
        ("an attribute that a method returns", RETURNED, "Other"),
        ("what a function returns", OF_HELPER, "1"),
        ("a global", OF_GLOBAL, "1"),
        ("a fixture", OF_FIXTURE, "1"),
        ("an import", IMPORT, "Mock as N"),
        ("an alias", ALIAS, "Desk"),
        ("the first mock of its kind", FIRST, "AsyncMock"),
        ("the first use of what is an attribute elsewhere", FIRST_OF_ITSELF, "Mock"),
        ("the first use of a name of a star", FIRST_OF_STAR, "Double"),
        ("a name that binds", BOUND, "Mock"),
        ("the name of the function", NAMED, "M"),
        ("what is tested", SUBJECT, "Shelf"),
        ("the header of a class", HEADER, "other"),
        ("what stands above", SHIFTED, "😀 and more"),
    ]
}


@pytest.mark.parametrize("is_back", [False, True], ids=["there", "and back"])
@pytest.mark.parametrize("name", CASES)
def test_what_others_notice_is_seen(tmp_path: Path, name: str, is_back: bool) -> None:
    text, replacement = CASES[name]
    start, _, rest = text.partition("⟦")
    inside, _, end = rest.partition("⟧")
    first, second = (start + inside + end, start + replacement + end)[:: -1 if is_back else 1]
    (tmp_path / "doubles.py").write_text("from unittest.mock import Mock as Double\n")
    path = str(tmp_path / "test_desk.py")
    workspace, fresh = Workspace(Files(), [str(tmp_path)]), Workspace(Files(), [str(tmp_path)])
    workspace.write(path, first)
    before = workspace.snapshot()
    before.findings(path)
    was = said(before.mocks(path))

    workspace.write(path, second)
    fresh.write(path, second)

    analysis, expected = workspace.snapshot(), fresh.snapshot()
    assert analysis.findings(path) == expected.findings(path)
    assert said(analysis.mocks(path)) == said(expected.mocks(path))
    assert (was, before.findings(path)) != (said(expected.mocks(path)), expected.findings(path)), (
        "a vain case"
    )


def test_a_line_in_a_test_is_a_local_edit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, workspace = str(tmp_path / "test_desk.py"), Workspace(Files(), [str(tmp_path)])
    workspace.write(path, ATTRIBUTE.replace("⟦Mock()⟧", "Mock()"))
    before = workspace.snapshot()
    before.findings(path)
    monkeypatch.setattr(Mocks, "_find_sites", lambda _: pytest.fail("all of the file was gone through"))

    workspace.write(path, ATTRIBUTE.replace("⟦Mock()⟧", "Mock()\n        there"))

    analysis = workspace.snapshot()
    edit = local_edit(before.facts(path), analysis.facts(path))
    assert edit is not None
    assert [unit.name for unit in edit.edited] == ["test_a", "test_a"]
    assert [unit.name for _, unit, may_notice in edit.units() if may_notice] == ["test_b"]
    assert len(analysis.findings(path)) == 1
