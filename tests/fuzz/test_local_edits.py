"""Whatever is edited inside of functions that hand things to each other, the mocks are those of the text."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssot_lsp.analysis import Workspace
from ssot_lsp.files import Files

if TYPE_CHECKING:
    from pathlib import Path

    from ssot_lsp.mocks import Mocks

HEAD = """\
import pytest
from unittest import mock
from conftest import Base, Desk, make
"""
# With the names of mocks, or without: then who types them has yet to import them.
HEADS = [f"{HEAD}from unittest.mock import AsyncMock, Mock, patch\nshared = Mock()\n", HEAD]
# What functions do with a few names, so that they often mean the same thing.
STATEMENTS = [
    "pass",
    "x = 1",
    "a = Mock()",
    "a = mock.Mock()",
    "a.b = Mock()",
    "a = make()",
    "b = a",
    "b.c = Mock()",
    "self.a = Mock()",
    "self.a = Desk()",
    "self.a.b = Mock()",
    "self.a.b.c = Mock()",
    "self.b = self.a",
    "self.b = self.a.b",
    "self.b.d = Mock()",
    "self.b = a",
    "a = self.b",
    "a.e = AsyncMock()",
    "shared.x = Mock()",
    "shared.x.y = Mock()",
    "global shared",
    "shared = Desk()",
    "M = Mock",
    "a = M()",
    "Mock = Desk",
    "from unittest.mock import MagicMock as Mock",
    "import mock as m",
    "a = m.Mock()",
    "a = MagicMock()",
    "a = mocker.Mock()",
    "a = helper()",
    "a = self.helper()",
    "a = test_a()",
    "a.f = Mock()",
    "return a",
    "return self.a",
    "return Mock()",
    "yield self.b",
    "with patch('x.y') as a: a.b = Mock()",
    "def inner(): a.g = Mock()",
    "def inner(): nonlocal a; a = Mock()",
    "class Inner: a = Mock()",
    "a = patch.object(self.a, 'b')",
    "a = Mock(side_effect=Mock())",
    "# Mock justification: no sandbox",
]
HEADERS = [
    "def setUp(self):",
    "def test_a(self):",
    "def test_b(self, a):",
    "def test_b(self, mocker):",
    "def test_c(self, b, m: 'MockerFixture'):",
    "def helper(self):",
    "@pytest.fixture\ndef a(self):",
    "@pytest.fixture\ndef b(self, a):",
    "@patch('x.y')\ndef test_d(self, a):",
    "async def test_e(self, a=Mock()):",
    "@property\ndef b(self):",
]
OWNERS = [
    "",
    "class TestIt:",
    "class DeskTest(Base):",
    "class TestMore(DeskTest):",
    "@patch('x.z')\nclass TestIt:",
]

functions = st.tuples(
    st.sampled_from(HEADERS), st.lists(st.sampled_from(STATEMENTS), min_size=1, max_size=6).map(tuple)
)
files = st.lists(
    st.tuples(st.sampled_from(OWNERS), st.lists(functions, min_size=2, max_size=4)), min_size=1, max_size=2
)
# Which statement of which function of which class is replaced, how many of them, and by what.
edits = st.tuples(
    st.integers(0, 11),
    st.integers(0, 5),
    st.integers(0, 1),
    st.lists(st.sampled_from(STATEMENTS), max_size=1),
)


def written(head: str, file: list[tuple[str, list[tuple[str, tuple[str, ...]]]]]) -> str:
    """The text of a file: classes, or none, with functions, with statements."""
    lines = [head]
    for owner, members in file:
        indent = "    " if owner else ""
        lines += ["", *owner.splitlines()]
        for header, statements in members:
            lines += [f"\n{indent}{each}" for each in header.splitlines()]
            lines += [f"{indent}    {each}" for each in statements]
    return "\n".join(lines) + "\n"


def said(mocks: Mocks) -> list[tuple[object, ...]]:
    """All there is to know of the sites of a file."""
    mocks.roots()
    return [
        (
            each.span,
            each.name,
            each.is_patch,
            each.is_exempt,
            each.scope,
            each.parent and (each.parent.site and each.parent.site.span, True),
            each.root and each.root.span,
            each.unit.start,
        )
        for each in mocks.sites
    ]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a base class and a function elsewhere."""
    folder = tmp_path_factory.mktemp("workspace")
    (folder / "conftest.py").write_text(
        "from unittest.mock import Mock\n\n\nclass Desk:\n    pass\n\n\n"
        "class Base:\n    def setUp(self):\n        self.a = Mock()\n\n\ndef make():\n    return Mock()\n"
    )
    return folder


@given(head=st.sampled_from(HEADS), file=files, changes=st.lists(edits, min_size=10, max_size=40))
def test_mocks_are_those_of_the_text(
    root: Path,
    head: str,
    file: list[tuple[str, list[tuple[str, tuple[str, ...]]]]],
    changes: list[tuple[int, int, int, list[str]]],
) -> None:
    path = os.path.join(root, "test_desk.py")
    workspace = Workspace(Files(), [str(root)])
    workspace.write(path, written(head, file))
    workspace.snapshot().findings(path)
    for which, where, removed, added in changes:
        places = [(members, number) for _, members in file for number in range(len(members))]
        members, number = places[which % len(places)]
        header, statements = members[number]
        at = where % (len(statements) + 1)
        rest = (*statements[:at], *added, *statements[at + removed :])
        members[number] = header, rest or ("pass",)
        workspace.write(path, written(head, file))

        analysis = workspace.snapshot()
        found = analysis.findings(path), said(analysis.mocks(path))

        fresh = Workspace(Files(), [str(root)])
        fresh.write(path, written(head, file))
        expected = fresh.snapshot()
        assert found == (expected.findings(path), said(expected.mocks(path)))
