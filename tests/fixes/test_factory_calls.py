"""Uses of a factory that cannot work, mended: text in, text out."""

from __future__ import annotations

import os
import textwrap
from typing import TYPE_CHECKING

import pytest

from ssot_lsp.analysis import Workspace
from ssot_lsp.files import Files
from ssot_lsp.fixes import Withdrawn
from ssot_lsp.text import apply_edits

if TYPE_CHECKING:
    from pathlib import Path

    from ssot_lsp.analysis import Analysis
    from ssot_lsp.fixes import Fix

FACTORY = """\
from dataclasses import dataclass
from unittest.mock import AsyncMock, MagicMock


@dataclass(frozen=True)
class Context:
    user_id: str
    run_id: str


class SSotMockFactory:
    @staticmethod
    def create_websocket_mock(connection_id="c", user_id="u"):
        return MagicMock(connection_id=connection_id, user_id=user_id)

    @staticmethod
    def create_tool_mock(tool_name, execution_result=None):
        return AsyncMock()

    @staticmethod
    def create_mock_llm_manager(model="m"):
        return MagicMock()

    @staticmethod
    def create_context(user_id="u", run_id="r", **kwargs):
        return Context(user_id, run_id)

    @staticmethod
    def create_emitter(user_id="u", websocket_client_id=None, **kwargs):
        return MagicMock(user_id=user_id, events=kwargs.get("events"))

    @staticmethod
    def create_mock(mock_type):
        if mock_type == "WebSocketManager":
            return MagicMock()
        elif mock_type == "LLMManager":
            return MagicMock()
        raise ValueError(mock_type)
"""
IMPORT = "from factories import SSotMockFactory\n\n\n"


@pytest.fixture
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace folder with the factory in it."""
    root = tmp_path_factory.mktemp("workspace")
    (root / "factories.py").write_text(FACTORY)
    return root


def analysed(root: Path, files: dict[str, str]) -> Analysis:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Workspace(Files(), [str(root)]).snapshot()


def offered(analysis: Analysis, root: Path, name: str = "test_it.py") -> list[Fix]:
    """What is offered for the first finding about a factory, but for its suppression."""
    findings = [each for each in analysis.findings(str(root / name)) if each.rule != "unjustified-mock"]
    return [each for each in analysis.fixes(findings[0]) if each.maker != "suppress"]


def titles(root: Path, statement: str) -> list[str]:
    text = f"{IMPORT}def test_it(x):\n{textwrap.indent(textwrap.dedent(statement), '    ')}\n"
    return [each.title for each in offered(analysed(root, {"test_it.py": text}), root)]


def fixed(root: Path, statement: str, title: str) -> str:
    """The statements of a test after the fix of that title, or the reason why it is withdrawn."""
    head = f"{IMPORT}def test_it(x):\n"
    text = f"{head}{textwrap.indent(textwrap.dedent(statement), '    ')}\n"
    analysis = analysed(root, {"test_it.py": text})
    (fix,) = (each for each in offered(analysis, root) if each.title == title)
    assert fix.kind == "review"
    try:
        change = analysis.edit(fix)
    except Withdrawn as reason:
        return str(reason)
    after = apply_edits(text, change.edits)
    assert after.startswith(head)
    return textwrap.dedent(after.removeprefix(head)).rstrip("\n")


# Another method


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("create_mock_websocket", ["create_websocket_mock"], id="the same words"),
        pytest.param("create_websoket_mock", ["create_websocket_mock"], id="a slip"),
        pytest.param("create_llm_manager_mock", ["create_mock_llm_manager"], id="words in another order"),
        pytest.param("create_redis_client", [], id="nothing is near"),
    ],
)
def test_methods_that_may_be_meant(name: str, expected: list[str], root: Path) -> None:
    found = titles(root, f"a = SSotMockFactory.{name}()")

    assert [each for each in found if "all uses" not in each] == [
        f"Replace `{name}` by `{each}`" for each in expected
    ]
    assert sum("all uses" in each for each in found) == bool(expected)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            "a = SSotMockFactory.create_mock_websocket(user_id=x)",
            "a = SSotMockFactory.create_websocket_mock(user_id=x)",
            id="arguments that fit",
        ),
        pytest.param(
            "a = SSotMockFactory.create_mock_websocket(user_id=x, state='open')  # mine",
            "a = SSotMockFactory.create_websocket_mock(user_id=x)  # mine\na.state = 'open'",
            id="a keyword that does not",
        ),
        pytest.param(
            "self.a = SSotMockFactory.create_mock_websocket(state='open', user_id=x, size=2)",
            "self.a = SSotMockFactory.create_websocket_mock(user_id=x)\nself.a.state = 'open'\nself.a.size = 2",
            id="several",
        ),
        pytest.param(
            "a = SSotMockFactory.create_mock_websocket(\n    state='open',\n)",
            "a = SSotMockFactory.create_websocket_mock()\na.state = 'open'",
            id="over several lines",
        ),
        pytest.param(
            "a = SSotMockFactory.create_mock_websocket(\n    # mine\n    state='open',\n)",
            "a = SSotMockFactory.create_websocket_mock(\n    # mine\n)\na.state = 'open'",
            id="beside a comment",
        ),
        pytest.param(
            "assert SSotMockFactory.create_mock_websocket(state='open')",
            "its arguments do not fit `create_websocket_mock`",
            id="no name to set it on",
        ),
        pytest.param(
            "a = SSotMockFactory.create_mock_websocket(1, 2, 3)",
            "its arguments do not fit `create_websocket_mock`",
            id="too many arguments",
        ),
        pytest.param(
            "a = SSotMockFactory.create_mock_websocket",
            "a = SSotMockFactory.create_websocket_mock",
            id="no call",
        ),
    ],
)
def test_another_method(before: str, after: str, root: Path) -> None:
    assert fixed(root, before, "Replace `create_mock_websocket` by `create_websocket_mock`") == after


def test_another_method_everywhere(root: Path) -> None:
    analysis = analysed(
        root,
        {
            "conftest.py": IMPORT
            + "import pytest\n\n\n@pytest.fixture\ndef doubles():\n    return SSotMockFactory()\n",
            "test_it.py": IMPORT
            + "a = SSotMockFactory.create_mock_websocket()\nb = SSotMockFactory.create_mock_websocket(1)\n",
            "test_other.py": (
                "class Other:\n    pass\n\n\ndef test_it(doubles):\n    a = doubles.create_mock_websocket(state=1)\n"
                "    assert Other.create_mock_websocket(), 'create_mock_websocket'\n"
            ),
            "test_third.py": "def test_it(doubles):\n    assert doubles.create_mock_websocket(), Other().create_mock_websocket\n",
            "support.py": IMPORT
            + "make = SSotMockFactory.create_mock_websocket\nfew = SSotMockFactory.create_mock_websocket(1, 2, 3)\n",
            "test_made.py": IMPORT
            + "if hasattr(SSotMockFactory, 'create_mock_websocket'):\n    SSotMockFactory.create_mock_websocket()\n",
            "test_nothing.py": "create_mock_websocket()\n# SSotMockFactory.create_mock_websocket()\n",
        },
    )
    (fix,) = (each for each in offered(analysis, root) if "all uses" in each.title)

    change = analysis.edit(fix)

    assert (
        fix.title == "Replace all uses of `create_mock_websocket` in the workspace by `create_websocket_mock`"
    )
    assert {
        os.path.basename(each.path): apply_edits(analysis.text(each.path), each.edits)
        for each in change.files
    } == {
        "test_it.py": IMPORT
        + "a = SSotMockFactory.create_websocket_mock()\nb = SSotMockFactory.create_websocket_mock(1)\n",
        "test_third.py": "def test_it(doubles):\n    assert doubles.create_websocket_mock(), Other().create_mock_websocket\n",
        "support.py": IMPORT
        + "make = SSotMockFactory.create_websocket_mock\nfew = SSotMockFactory.create_mock_websocket(1, 2, 3)\n",
    }


# Another argument


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        pytest.param(
            "a = SSotMockFactory.create_emitter(websocket_connection_id=x)",
            [
                "Replace `websocket_connection_id` by `websocket_client_id`",
                "Set `websocket_connection_id` on the double after the call",
                "Remove `websocket_connection_id`",
            ],
            id="by words",
        ),
        pytest.param("a = SSotMockFactory.create_emitter(event=x)", ["Replace `event` by `events`", "Set `event` on the double after the call", "Remove `event`"], id="keywords that the body reads"),
        pytest.param("SSotMockFactory.create_websocket_mock(colour=x)", ["Remove `colour`"], id="nothing near, no name"),
        pytest.param("a = SSotMockFactory.create_context(colour=x)", ["Remove `colour`"], id="a frozen product"),
        pytest.param("SSotMockFactory.create_websocket_mock(1, 2, 3)", ["Remove the argument"], id="too many"),
        pytest.param("SSotMockFactory.create_websocket_mock(1, connection_id=2)", ["Remove `connection_id`"], id="twice"),
        pytest.param("SSotMockFactory.create_tool_mock()", [], id="missing"),
    ],
)  # fmt: skip
def test_offers_for_an_argument(before: str, expected: list[str], root: Path) -> None:
    assert titles(root, before) == expected


@pytest.mark.parametrize(
    ("before", "title", "after"),
    [
        pytest.param(
            "a = SSotMockFactory.create_emitter(websocket_connection_id=x)",
            "Replace `websocket_connection_id` by `websocket_client_id`",
            "a = SSotMockFactory.create_emitter(websocket_client_id=x)",
            id="another keyword",
        ),
        pytest.param(
            "a = SSotMockFactory.create_emitter(colour=[\n    1,\n], user_id=x)",
            "Set `colour` on the double after the call",
            "a = SSotMockFactory.create_emitter(user_id=x)\na.colour = ([\n    1,\n])",
            id="an attribute over several lines",
        ),
        pytest.param(
            "a = SSotMockFactory.create_emitter(user_id=x, colour=1)",
            "Set `colour` on the double after the call",
            "a = SSotMockFactory.create_emitter(user_id=x)\na.colour = 1",
            id="an attribute",
        ),
        pytest.param("SSotMockFactory.create_emitter(colour=1, user_id=x)", "Remove `colour`", "SSotMockFactory.create_emitter(user_id=x)", id="the first goes"),
        pytest.param("SSotMockFactory.create_emitter(user_id=x, colour=1,)", "Remove `colour`", "SSotMockFactory.create_emitter(user_id=x,)", id="the last goes"),
        pytest.param("SSotMockFactory.create_emitter(colour=1,)", "Remove `colour`", "SSotMockFactory.create_emitter()", id="the only one goes"),
        pytest.param("SSotMockFactory.create_emitter(x, colour = 1, **x)", "Remove `colour`", "SSotMockFactory.create_emitter(x, **x)", id="one in the middle goes"),
        pytest.param("SSotMockFactory.create_websocket_mock(1, 2, 3)", "Remove the argument", "SSotMockFactory.create_websocket_mock(1, 2)", id="a surplus one goes"),
    ],
)  # fmt: skip
def test_another_argument(before: str, title: str, after: str, root: Path) -> None:
    assert fixed(root, before, title) == after


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("a = b = SSotMockFactory.create_emitter(colour=1)", id="two names"),
        pytest.param(
            "a = SSotMockFactory.create_emitter(colour=1); x = 1", id="another statement on the line"
        ),
        pytest.param("a = SSotMockFactory.create_emitter(colour=1)\na = 2", id="a name that is bound again"),
        pytest.param("return SSotMockFactory.create_emitter(colour=1)", id="returned"),
        pytest.param("a = [SSotMockFactory.create_emitter(colour=1)]", id="in a list"),
    ],
)
def test_no_attribute_where_the_double_has_no_name_of_its_own(statement: str, root: Path) -> None:
    assert titles(root, statement) == ["Remove `colour`"]


# Another string


@pytest.mark.parametrize(
    ("written", "after"),
    [
        pytest.param('"WebsocketManager"', '"WebSocketManager"', id="double quotes"),
        pytest.param("r'WebsocketManager'", "r'WebSocketManager'", id="single ones and a prefix"),
        pytest.param("'''LLMManger'''", "'''LLMManager'''", id="three"),
    ],
)
def test_another_name_of_a_double(written: str, after: str, root: Path) -> None:
    (title,) = titles(root, f"SSotMockFactory.create_mock({written})")

    assert (
        fixed(root, f"SSotMockFactory.create_mock({written})", title)
        == f"SSotMockFactory.create_mock({after})"
    )


def test_no_other_name_of_a_double_is_near(root: Path) -> None:
    assert titles(root, "SSotMockFactory.create_mock('Redis')") == []


# Folding a value into the call


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            "a = SSotMockFactory.create_context()\nx.go()\na.user_id = x  # ours",
            None,
            id="a comment would be lost",
        ),
        pytest.param(
            "a = SSotMockFactory.create_context()\nx.go()\na.user_id = 'ada'",
            "a = SSotMockFactory.create_context(user_id='ada')\nx.go()",
            id="no arguments yet",
        ),
        pytest.param(
            "a = SSotMockFactory.create_context('u')\na.run_id = x.run_id\nassert a",
            "a = SSotMockFactory.create_context('u', run_id=x.run_id)\nassert a",
            id="behind the others",
        ),
        pytest.param("a = SSotMockFactory.create_context()\na.colour = 1", None, id="no parameter of that name"),
        pytest.param("a = SSotMockFactory.create_context(user_id=1)\na.user_id = 2", None, id="it is given already"),
        pytest.param("a = SSotMockFactory.create_context()\na.user_id = x()", None, id="a call may do something"),
        pytest.param("a = SSotMockFactory.create_context()\ny = 1\na.user_id = y", None, id="a name that comes later"),
        pytest.param("a = SSotMockFactory.create_context()\nif x:\n    a.user_id = 1", None, id="under a condition"),
        pytest.param("a = SSotMockFactory.create_context(**x)\na.user_id = 1", None, id="unpacked keywords"),
    ],
)  # fmt: skip
def test_folding(before: str, after: str | None, root: Path) -> None:
    found = titles(root, before)

    if after is None:
        assert found == []
    else:
        (title,) = found
        assert fixed(root, before, title) == after
