"""The rules about factories on whole ones: as one grew in a large code base, and the one that `init` writes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ssot_lsp.analysis import Workspace
from ssot_lsp.files import Files
from ssot_lsp.text import apply_edits

HERE = Path(__file__).parent
RULES = ("unknown-factory-method", "invalid-factory-argument", "unknown-mock-type", "frozen-double")


def lines_of(root: Path, text: str) -> list[str]:
    """What the rules about factories say of a test file: `line: message`."""
    path = root / "test_it.py"
    path.write_text(text)
    analysis = Workspace(Files(), [str(root)]).snapshot()
    lines = analysis.lines(str(path))
    return [
        f"{lines.line_of(each.span.start) + 1}: {each.message}"
        for each in analysis.findings(str(path))
        if each.rule in RULES
    ]


@pytest.fixture
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workspace of a factory in which all identities default to shared constants."""
    root = tmp_path_factory.mktemp("workspace")
    shutil.copytree(HERE / "fixtures" / "factories" / "shared_constants", root / "support")
    return root


@pytest.fixture
def scaffold(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workspace of the factory that `init --scaffold` writes."""
    root = tmp_path_factory.mktemp("workspace")
    (root / "support").mkdir()
    shutil.copy(HERE.parent / "ssot_lsp" / "scaffold" / "mock_factory.py", root / "support")
    return root


IMPORT = "from support.mock_factory import SSotMockFactory as F\n\n\n"
GOOD = """\
F.create_agent_mock("triage", execution_result={}, execution_time=1)
F.create_websocket_mock("c", "u")
F.create_websocket_mock(user_id="u")
F.create_database_session_mock()
F.create_execution_context_mock("u", "t")
F.create_tool_mock("search", execution_result=[1])
F.create_llm_client_mock(response_text="x")
F.create_configuration_mock(environment="test", additional_config={})
F.create_mock_llm_manager(model="m", config={})
F.create_mock_agent_websocket_bridge(user_id="u", run_id="r", should_fail=True)
F.create_websocket_manager_mock(manager_type="unified", user_isolation=False)
F.create_mock_user_context("u", "t", "r", "q", websocket_client_id="w", connection_id="c")
F.create_mock_websocket_emitter(user_id="u", connection_id="c")
F.create_isolated_execution_context("u", "t", websocket_client_id="w")
F.create_mock_suite(["agent", "websocket"])
"""


@pytest.mark.parametrize("name", ["shared", "scaffold"])
def test_calls_that_work_are_left_alone(name: str, request: pytest.FixtureRequest) -> None:
    assert lines_of(request.getfixturevalue(name), IMPORT + GOOD) == []


def test_what_cannot_work_with_shared_constants(shared: Path) -> None:
    text = IMPORT + (
        'F.create_mock_websocket()\n'
        'F.create_tool_mock()\n'
        'F.create_websocket_mock(websocket_client_id="w")\n'
        'F.create_mock_user_context(websocket_connection_id="w")\n'
        'F.create_mock_user_context(agent_context={})\n'
        'F.create_mock_websocket_emitter(run_id="r", emitted_events=[])\n'
        'F.create_mock_websocket_emitter(thread_id="t")\n'
        'F.create_mock_suite(["agents"])\n'
        'F.create_mock("WebsocketManager")\n'
        'F.create_mock("WebSocketManager", manager_type="unified")\n'
        '\n\n'
        'def test_it():\n'
        '    context = F.create_mock_user_context()\n'
        '    context.user_id = "ada"\n'
        '    token = F.create_sealed_token_mock()\n'
        '    token.value = 1\n'
        '    token.owner = 1\n'
    )  # fmt: skip

    assert lines_of(shared, text) == [
        "4: `SSotMockFactory` has no method `create_mock_websocket`",
        "5: `create_tool_mock` is called without `tool_name`",
        "6: `create_websocket_mock` takes no argument `websocket_client_id`",
        "10: `create_mock_websocket_emitter` takes `thread_id` and never reads it",
        "11: `create_mock_suite` has nothing for `agents`",
        "12: `create_mock` has nothing for `WebsocketManager`",
        "18: `user_id` is written on what may be a frozen `UserExecutionContext`",
        "21: `owner` is written on a sealed double, which does not have it",
    ]


def test_what_cannot_work_with_the_scaffold(scaffold: Path) -> None:
    text = IMPORT + (
        'F.create_redis_mock()\n'
        'F.create_execution_context_mock("u", "t", "r")\n'
        'F.create_mock_user_context(roles=["admin"])\n'
        'F.create_websocket_mock(socket_id=1)\n'
        '\n\n'
        'def test_it():\n'
        '    websocket = F.create_websocket_mock()\n'
        '    websocket.client_state = "CLOSED"\n'
        '    websocket.send_json.return_value = 1\n'
        '    websocket.sent_messages = []\n'
        '    context = F.create_mock_user_context()\n'
        '    context.user_id = "ada"\n'
    )  # fmt: skip

    assert lines_of(scaffold, text) == [
        "4: `SSotMockFactory` has no method `create_redis_mock`",
        "5: `create_execution_context_mock` takes no more than 2 arguments by position",
        "7: `create_websocket_mock` takes no argument `socket_id`",
        "14: `sent_messages` is written on a double of `WebSocket`, which does not have it",
    ]


@pytest.mark.parametrize(
    ("statement", "title", "expected"),
    [
        pytest.param(
            "a = F.create_mock_websocket(user_id='u')",
            "Replace `create_mock_websocket` by `create_websocket_mock`",
            "a = F.create_websocket_mock(user_id='u')",
            id="swapped words",
        ),
        pytest.param(
            "a = F.create_websocket_mock(websocket_client_id='w')",
            "Set `websocket_client_id` on the double after the call",
            "a = F.create_websocket_mock()\na.websocket_client_id = 'w'",
            id="an attribute",
        ),
        pytest.param(
            "a = F.create_mock_suite(['agents'])",
            "Replace `agents` by `agent`",
            "a = F.create_mock_suite(['agent'])",
            id="another name of a double",
        ),
    ],
)
def test_fixes_for_shared_constants(statement: str, title: str, expected: str, shared: Path) -> None:
    path = shared / "test_it.py"
    path.write_text(f"{IMPORT}{statement}\n")
    analysis = Workspace(Files(), [str(shared)]).snapshot()
    (finding,) = (each for each in analysis.findings(str(path)) if each.rule in RULES)

    (fix,) = (each for each in analysis.fixes(finding) if each.title == title)

    change = analysis.edit(fix)
    assert apply_edits(analysis.text(change.path), change.edits) == f"{IMPORT}{expected}\n"
