"""Factories as they should not be: what cannot be known of them is never flagged, and `doctor` says what that is."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pytest

from ssot_lsp.analysis import Workspace
from ssot_lsp.doctor import examine
from ssot_lsp.files import Files

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """
from unittest.mock import MagicMock


class SSotMockFactory:
    @staticmethod
    def create_agent_mock(name="agent"):
        return MagicMock()

    @staticmethod
    def create_mock(mock_type):
        if mock_type not in ("agent", "tool"):
            raise ValueError(mock_type)
        return MagicMock()
"""
CALLS = """
from factory import SSotMockFactory


def test_it():
    SSotMockFactory.create_nothing()
    SSotMockFactory.create_agent_mock(nam="x")
    SSotMockFactory.create_mock("nothing")
"""
USES = {"unknown-factory-method", "invalid-factory-argument", "unknown-mock-type"}


def lay_out(root: Path, factory: str, **others: str) -> Workspace:
    """A workspace with a factory file, the calls of it, open, and other modules."""
    for name, text in {"factory": factory, **others}.items():
        (root / f"{name}.py").write_text(textwrap.dedent(text).lstrip("\n"))
    workspace = Workspace(Files(), [str(root)])
    workspace.write(str(root / "test_calls.py"), CALLS)
    return workspace


def flagged(workspace: Workspace, root: Path) -> list[str]:
    """The rules about uses of the factory that the calls break, in their order."""
    found = workspace.snapshot().findings(str(root / "test_calls.py"))
    return [each.rule for each in found if each.rule in USES]


ALL = ["unknown-factory-method", "invalid-factory-argument", "unknown-mock-type"]


def test_of_a_good_one_all_three_are_known(tmp_path: Path) -> None:
    assert flagged(lay_out(tmp_path, GOOD), tmp_path) == ALL


METHODS = GOOD.partition("class SSotMockFactory:\n")[2]
OPEN = "it may have more methods than are written down, so none is called unknown"


@pytest.mark.parametrize(
    ("factory", "expected", "note"),
    [
        pytest.param("", [], None, id="an empty file"),
        pytest.param("# nothing\n", [], None, id="a comment"),
        pytest.param(
            "class SSotMockFactory:\n    def (", [], "the file does not parse", id="what never parsed"
        ),
        pytest.param(f"{GOOD}\n\ndef (:\n", ALL[1:], "the file does not parse", id="broken behind the class"),
        pytest.param(
            f"{GOOD}\nfor name in open('names'):\n    setattr(SSotMockFactory, name, print)\n",
            ALL[1:],
            "`setattr` adds methods to `SSotMockFactory` under names that are not written down",
            id="methods by setattr",
        ),
        pytest.param(
            f"{GOOD}\nSSotMockFactory.create_nothing = print\n", ALL[1:], None, id="a method from outside"
        ),
        pytest.param(
            GOOD.replace("    @staticmethod\n    def create_agent", "    @hides\n    def create_agent"),
            ["unknown-factory-method", "unknown-mock-type"],
            None,
            id="a decorator that hides a signature",
        ),
        pytest.param(
            GOOD.replace("    @staticmethod\n    def create_mock", "    @hides\n    def create_mock"),
            ["unknown-factory-method", "invalid-factory-argument"],
            None,
            id="a decorator that hides what is compared",
        ),
        pytest.param(
            GOOD.replace("class SSot", "@adds\nclass SSot"),
            ALL[1:],
            OPEN,
            id="a decorator that may add methods",
        ),
        pytest.param(GOOD.replace("Factory:", "Factory(metaclass=Meta):"), ALL[1:], OPEN, id="a metaclass"),
        pytest.param(
            GOOD.replace("Factory:", "Factory(elsewhere.Base):"),
            ALL[1:],
            "the base `elsewhere.Base` of `SSotMockFactory` is not in the workspace",
            id="a base that is not there",
        ),
        pytest.param(
            GOOD.replace(
                "    @staticmethod\n    def create_agent",
                "    def __getattr__(self, name): ...\n\n    @staticmethod\n    def create_agent",
            ),
            ALL[1:],
            OPEN,
            id="a __getattr__",
        ),
        pytest.param(
            f"{GOOD}\n\nclass SSotMockFactory:\n    @staticmethod\n    def create_nothing(): ...\n",
            ["unknown-factory-method", "unknown-factory-method"],  # it has that one method alone
            "`SSotMockFactory` is defined 2 times, the last one counts",
            id="defined twice",
        ),
        pytest.param(
            f"import sys\nif sys.argv:\n    class SSotMockFactory:\n{textwrap.indent(METHODS, '    ')}\n"
            "else:\n    class SSotMockFactory:\n        @staticmethod\n        def create_nothing(): ...\n"
            "        @staticmethod\n        def create_agent_mock(nam): ...\n"
            "        @staticmethod\n        def create_mock(mock_type): ...\n",
            [],
            "`SSotMockFactory` is defined 2 times, one of them counts",
            id="either of two",
        ),
        pytest.param(
            f"from test_calls import SSotMockFactory as Other\nfrom circle import *\n{GOOD}",
            ALL,
            None,
            id="circular",
        ),
        pytest.param("\x00\xff" * 40, [], None, id="no text at all"),
        pytest.param(
            GOOD
            + "".join(
                f"    @staticmethod\n    def make_{n}(a, b={n}): return MagicMock()\n\n" for n in range(7000)
            ),
            ALL,
            None,
            id="21,000 lines",
        ),
    ],
)
def test_what_cannot_be_known_is_never_flagged(
    factory: str, expected: list[str], note: str | None, tmp_path: Path
) -> None:
    workspace = lay_out(tmp_path, factory, circle="from factory import *\nfrom circle import *\n")
    assert flagged(workspace, tmp_path) == expected
    told = "\n".join(examine(str(tmp_path)))
    if note is not None:
        assert note in told


def test_a_file_that_breaks_keeps_what_was_known(tmp_path: Path) -> None:
    workspace = lay_out(tmp_path, GOOD)
    assert flagged(workspace, tmp_path) == ALL
    factory = str(tmp_path / "factory.py")
    for broken in (
        GOOD.replace("return MagicMock()", "return MagicMock(", 1),
        GOOD.replace('("agent", "tool")', '("agent", '),
        GOOD.replace('name="agent"):', "name="),
        GOOD.replace("class SSotMockFactory:", "class SSotMockFactory("),
        GOOD.replace("class SSotMockFactory:", "class"),
        "(((",
    ):
        workspace.write(factory, broken)
        assert flagged(workspace, tmp_path) == ALL, broken
        (known,) = workspace.snapshot().factories(factory)
        assert any("what was last known of it holds" in note for note in known.notes), broken


def test_a_method_that_is_typed_letter_by_letter_flickers_nowhere(tmp_path: Path) -> None:
    """With each letter the calls say what they said, until the new method is whole."""
    workspace = lay_out(tmp_path, GOOD)
    factory = str(tmp_path / "factory.py")
    workspace.write(factory, GOOD)
    typed = "\n    @staticmethod\n    def create_tool(name: str = 'x', *, size=(1, 2)):\n        return MagicMock(a={'b': [1]})\n"
    seen = set()
    for length in range(len(typed) + 1):
        workspace.write(factory, GOOD + typed[:length])
        seen.add(tuple(flagged(workspace, tmp_path)))
    assert seen == {tuple(ALL)}
    (known,) = workspace.snapshot().factories(factory)
    assert list(known.methods) == ["create_agent_mock", "create_mock", "create_tool"]
    assert known.notes == ()


def test_the_method_that_is_called_becomes_known_with_its_last_letter(tmp_path: Path) -> None:
    workspace = lay_out(tmp_path, GOOD)
    factory = str(tmp_path / "factory.py")
    typed = "\n    @staticmethod\n    def create_nothing(): ...\n"
    for length in range(len(typed)):
        workspace.write(factory, GOOD + typed[:length])
        assert flagged(workspace, tmp_path) in (ALL, ALL[1:])
    workspace.write(factory, GOOD + typed)
    assert flagged(workspace, tmp_path) == ALL[1:]
