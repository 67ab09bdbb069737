"""Signatures: a place in, the signature out, the active parameter in square brackets."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pytest

from ssot_lsp.ide.signature_help import called_receiver, signature_help
from ssot_lsp.index.origins import Origin
from tests.ide.cursor import asked

if TYPE_CHECKING:
    from pathlib import Path

IMPORT = "from factory import SSotMockFactory as F\n"
NONE = "create_websocket_mock(user_id: str = USER, *, connection_id: str) -> MagicMock"
USER = NONE.replace("user_id: str = USER", "[user_id: str = USER]")
CONNECTION = NONE.replace("connection_id: str)", "[connection_id: str])")
AGENT = "async create_agent_mock(name, /, *tools, **options)"


def shown(root: Path, text: str) -> str | None:
    """The label of the signature at the cursor, its active parameter marked."""
    found = signature_help(*asked(root, textwrap.dedent(text).replace("{i}", IMPORT)))
    if found is None:
        return None
    if found.active is None:
        return found.label
    (start, end), _ = found.parameters[found.active]
    return f"{found.label[:start]}[{found.label[start:end]}]{found.label[end:]}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("{i}F.create_websocket_mock(<CURSOR>)", USER, id="the first"),
        pytest.param("{i}F.create_websocket_mock(<CURSOR>", USER, id="the bracket is open"),
        pytest.param("{i}F.create_websocket_mock('a'<CURSOR>)", USER, id="in a string"),
        pytest.param(
            "{i}F.create_websocket_mock('a', <CURSOR>)", CONNECTION, id="what must be given by name"
        ),
        pytest.param("{i}F.create_websocket_mock(connection_id=<CURSOR>)", CONNECTION, id="by name"),
        pytest.param(
            "{i}F.create_websocket_mock(connection_id='c', <CURSOR>)", USER, id="what is not given yet"
        ),
        pytest.param(
            "{i}F.create_websocket_mock('a', connection_id='c', <CURSOR>)", NONE, id="all are given"
        ),
        pytest.param(
            "{i}F.create_websocket_mock(<CURSOR>, connection_id='c')", USER, id="given behind the cursor"
        ),
        pytest.param("{i}F.create_websocket_mock(<CURSOR>connection_id='c')", CONNECTION, id="before a name"),
        pytest.param(
            "{i}F.create_websocket_mock(conn<CURSOR>ection_id='c')", CONNECTION, id="inside of a name"
        ),
        pytest.param("{i}F.create_websocket_mock('a', 12<CURSOR>)", CONNECTION, id="behind a number"),
        pytest.param("{i}F.create_websocket_mock(nothing=<CURSOR>)", NONE, id="an unknown name"),
        pytest.param("{i}F.create_websocket_mock(*a, <CURSOR>)", NONE, id="behind a star"),
        pytest.param("{i}F.create_websocket_mock(f(1, 2)<CURSOR>)", USER, id="behind a call inside"),
        pytest.param("{i}F.create_websocket_mock([1, (2, <CURSOR>)])", None, id="deep inside of displays"),
        pytest.param("{i}F.create_websocket_mock(f(<CURSOR>))", None, id="in a call inside"),
        pytest.param("{i}F.create_websocket_mock()<CURSOR>", None, id="behind the call"),
        pytest.param("{i}F.create_websocket_mock<CURSOR>", None, id="no call"),
        pytest.param("{i}F.create_nothing(<CURSOR>)", None, id="an unknown method"),
        pytest.param("{i}f(F.create_websocket_mock(<CURSOR>", USER, id="inside of another call"),
        pytest.param(
            "{i}x = F.create_websocket_mock(\n    'a',\n    # why, oh (why\n    <CURSOR>\n)\n",
            CONNECTION,
            id="many lines",
        ),
        pytest.param(
            """
            {i}
            class TestIt:
                def setup_method(self):
                    self.mock_factory = F()

                def test_it(self):
                    ws = self.mock_factory.create_websocket_mock('a', <CURSOR>
                    ws.close()

                def test_other(self):
                    pass
            """,
            CONNECTION,
            id="an open bracket in the middle of a class",
        ),
        pytest.param(
            "{i}F.create_agent_mock(<CURSOR>)", AGENT.replace("name", "[name]"), id="by place alone"
        ),
        pytest.param(
            "{i}F.create_agent_mock(1, <CURSOR>)", AGENT.replace("*tools", "[*tools]"), id="star arguments"
        ),
        pytest.param(
            "{i}F.create_agent_mock(1, 2, 3, <CURSOR>)", AGENT.replace("*tools", "[*tools]"), id="many"
        ),
        pytest.param(
            "{i}F.create_agent_mock(*a, <CURSOR>)", AGENT.replace("*tools", "[*tools]"), id="unpacked"
        ),
        pytest.param(
            "{i}F.create_agent_mock(1, size=<CURSOR>)",
            AGENT.replace("**options", "[**options]"),
            id="any keyword",
        ),
        pytest.param(
            "{i}F.create_agent_mock(name=<CURSOR>)",
            AGENT.replace("**options", "[**options]"),
            id="a keyword that is no parameter's",
        ),
        pytest.param("{i}'F.create_websocket_mock(<CURSOR>'", None, id="a string"),
        pytest.param("{i}# F.create_websocket_mock(<CURSOR>", None, id="a comment"),
        pytest.param("{i}def create_websocket_mock(<CURSOR>): ...", None, id="a definition"),
    ],
)
def test_signatures(text: str, expected: str | None, tmp_path: Path) -> None:
    assert shown(tmp_path, text) == expected


def test_parameters_are_documented(tmp_path: Path) -> None:
    found = signature_help(*asked(tmp_path, f"{IMPORT}F.create_websocket_mock(<CURSOR>)"))
    assert found is not None
    assert found.documentation == "Create a websocket.\n\nProduct: MagicMock"
    assert [each.documentation for each in found.parameters] == [
        'keeps users apart: `"test-user"` unless given · sets `.user_id`',
        "keeps users apart · sets `.connection_id`",
    ]
    found = signature_help(*asked(tmp_path, f"{IMPORT}F.create_mock(<CURSOR>)"))
    assert found is not None
    assert [each.documentation for each in found.parameters] == ["one of `agent`, `websocket`", ""]


def test_of_a_receiver_that_is_not_known_it_is_said_what_to_ask(tmp_path: Path) -> None:
    snapshot, path, offset = asked(tmp_path, "import tools\nf(tools.make().create_mock(1, <CURSOR>")
    span = called_receiver(snapshot, path, offset)
    assert span is not None
    assert snapshot.text(path)[span.start : span.end] == "tools.make()"
    (factory,) = snapshot.factories(path)
    found = signature_help(snapshot, path, offset, [Origin(factory.path, factory.name)])
    assert found is not None
    assert found.label == "create_mock(mock_type, **kwargs)"
