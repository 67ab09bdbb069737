"""Which factory method fits a double: what is known of it in, methods and reasons out."""

from __future__ import annotations

import os
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ssot_lsp.analysis import Workspace
from ssot_lsp.candidates import MOST, Wanted, candidates, wanted
from ssot_lsp.files import Files
from ssot_lsp.names import did_you_mean, words

if TYPE_CHECKING:
    from ssot_lsp.index.factory import Factory

SHARED_CONSTANTS = Path(__file__).parent / "fixtures" / "factories" / "shared_constants"


@pytest.fixture(scope="module")
def factory() -> Factory:
    """A factory as it grew in a large code base."""
    workspace = Workspace(Files(), [str(SHARED_CONSTANTS)])
    found = workspace.snapshot().factories(os.path.join(SHARED_CONSTANTS, "test_it.py"))
    return next(each for each in found if each.name == "SSotMockFactory")


def fitting(factory: Factory, known: Wanted, factory_map: dict[str, str] | None = None) -> list[str]:
    return [each.method.name for each in candidates([factory], known, factory_map)]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("mock_websocket", ["create_websocket_mock"]),
        ("websocket_mock", ["create_websocket_mock"]),
        ("mockWebSocket", ["create_websocket_mock"]),
        ("mock_ws", ["create_websocket_mock"]),
        ("ws1", ["create_websocket_mock"]),
        ("admin_websocket", ["create_websocket_mock"]),
        ("mock_websocket_manager", ["create_websocket_manager_mock"]),
        ("mock_db_session", ["create_database_session_mock"]),
        ("session", ["create_database_session_mock"]),
        ("llm_manager", ["create_mock_llm_manager"]),
        ("emitter", ["create_mock_websocket_emitter"]),
        ("user_context", ["create_mock_user_context"]),
        pytest.param("manager", [], id="a word of two methods"),
        pytest.param("mock_context", [], id="a word of three methods"),
        pytest.param("websocket_message", [], id="a websocket's message is no websocket"),
        pytest.param("tool_dispatcher", [], id="a tool's dispatcher is no tool"),
        pytest.param("agent_registry", [], id="an agent's registry is no agent"),
        pytest.param("redis", [], id="a word of no method"),
        pytest.param("send_agent", [], id="a function that sends agents"),
        pytest.param("mock_get_websocket", [], id="a function that gets websockets"),
        pytest.param("on_agent", [], id="what is called for an agent"),
        pytest.param("_handle_agent", [], id="a function of its own module"),
        pytest.param("createAgent", [], id="a function in camel case"),
        pytest.param("mock_init_agent", [], id="a function that readies agents"),
        pytest.param("get_agent_mock", [], id="a mock of a function that gets agents"),
        pytest.param("websocket_from_agent", ["create_websocket_mock"], id="what comes from an agent"),
        pytest.param("move_user_to_agent", [], id="what goes to an agent"),
        pytest.param("mock_for_agent", ["create_agent_mock"], id="a mock for an agent"),
        pytest.param("mock", [], id="a word that says nothing"),
        pytest.param("", [], id="no name"),
    ],
)
def test_words_of_a_name(name: str, expected: list[str], factory: Factory) -> None:
    assert fitting(factory, Wanted((name,))) == expected


@pytest.mark.parametrize(
    "name",
    ["open_agent", "websocket_for_agent", "agent_from_websocket", "_limit_move_to_agent", "reload_agent"],
)
def test_a_function_that_is_patched(name: str, factory: Factory) -> None:
    assert fitting(factory, Wanted((name,), is_patched=True)) == []


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        pytest.param(
            Wanted(("x",), ("shared_constants.user_context.UserExecutionContext",)),
            ["create_mock_user_context"],
            id="the very class that a method hands out",
        ),
        pytest.param(
            Wanted(("x",), ("UserExecutionContext",)), ["create_mock_user_context"], id="by its short name"
        ),
        pytest.param(
            Wanted(("x",), ("app.ws.UnifiedWebSocketManager",)),
            ["create_websocket_manager_mock"],
            id="by its words",
        ),
        pytest.param(
            Wanted(("mock_agent",), ("sqlalchemy.AsyncEngine",)),
            [],
            id="a class that fits none outdoes the name",
        ),
        pytest.param(
            Wanted((), (), frozenset({"commit", "rollback", "refresh"})),
            ["create_database_session_mock"],
            id="attributes that one method sets",
        ),
        pytest.param(
            Wanted((), (), frozenset({"user_id", "run_id"})), [], id="attributes that many methods set"
        ),
        pytest.param(
            Wanted((), (), frozenset({"commit", "a", "b", "c"})),
            [],
            id="one attribute among many that no method sets",
        ),
        pytest.param(
            Wanted(("signature",), (), frozenset({"commit"})),
            [],
            id="one attribute against a name that says something else",
        ),
        pytest.param(
            Wanted(("signature",), (), frozenset({"commit", "rollback"})),
            ["create_database_session_mock"],
            id="two attributes against a name that says something else",
        ),
        pytest.param(
            Wanted(("agent",), (), frozenset({"commit"})),
            ["create_database_session_mock", "create_agent_mock"],
            id="one attribute against a name of another method",
        ),
        pytest.param(
            Wanted((), (), frozenset({"commit", "assert_called_once", "call_args"})),
            ["create_database_session_mock"],
            id="attributes of every mock do not count",
        ),
        pytest.param(
            Wanted(("mock_websocket",), (), frozenset({"commit", "rollback"})),
            ["create_database_session_mock", "create_websocket_mock"],
            id="attributes come before words",
        ),
    ],
)
def test_kinds_of_evidence(known: Wanted, expected: list[str], factory: Factory) -> None:
    assert fitting(factory, known) == expected


@pytest.mark.parametrize(
    ("known", "reasons"),
    [
        (Wanted(("mock_ws",)), ("the name `mock_ws` says “websocket”",)),
        (
            Wanted(("bridge",), (), frozenset({"notify_agent_started", "notify_agent_thinking"})),
            (
                "it sets `notify_agent_started` and `notify_agent_thinking`, which no other method does",
                "the name `bridge` says “bridge”",
            ),
        ),
        (Wanted((), ("UserExecutionContext",)), ("it hands out a `UserExecutionContext`",)),
        (
            Wanted((), ("app.UserExecutionContext",)),
            ("the class `UserExecutionContext` says “user context”",),
        ),
    ],
)
def test_the_evidence_in_words(known: Wanted, reasons: tuple[str, ...], factory: Factory) -> None:
    assert candidates([factory], known)[0].reasons == reasons


@pytest.mark.parametrize("key", ["engine", "sqlalchemy.AsyncEngine", "AsyncEngine"])
@pytest.mark.parametrize(
    "target", ["create_database_session_mock", "SSotMockFactory.create_database_session_mock"]
)
def test_factory_map_comes_first(key: str, target: str, factory: Factory) -> None:
    known = Wanted(("engine",), ("sqlalchemy.AsyncEngine",), frozenset({"send_json", "send_text", "accept"}))

    (found,) = candidates([factory], known, {key: target})

    assert found.method.name == "create_database_session_mock"
    assert found.reasons == (f"`factory-map` names it for `{key}`",)


def test_what_asks_which_double_is_no_candidate(factory: Factory) -> None:
    """`create_mock(mock_type)` and `create_mock_suite(mock_types)` fit everything, so they fit nothing."""
    surfaces = frozenset({"notify_agent_started", "generate", "connect_user"})

    for name in ("mock_suite", "suite", "mock"):
        assert "create_mock" not in fitting(factory, Wanted((name,), (), surfaces))
        assert "create_mock_suite" not in fitting(factory, Wanted((name,), (), surfaces))


def test_at_most_three(tmp_path: Path) -> None:
    methods = "".join(f"    def create_socket_{n}(self):\n        return MagicMock(x=1)\n" for n in "abcde")
    (tmp_path / "factory.py").write_text(
        f"from unittest.mock import MagicMock\nclass SSotMockFactory:\n{methods}"
    )
    found = Workspace(Files(), [str(tmp_path)]).snapshot().factories(str(tmp_path / "test_it.py"))

    assert len(candidates(found, Wanted(("socket",)))) == MOST


# What a file says of a double


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        pytest.param("ws = Mock()", Wanted(("ws",)), id="a variable"),
        pytest.param("self.ws = Mock()", Wanted(("ws",)), id="an attribute"),
        pytest.param("serve(websocket=Mock())", Wanted(("websocket",)), id="a keyword"),
        pytest.param("tools = [Mock()]", Wanted(("tools", "tool")), id="one of several"),
        pytest.param("router = {'plugin': Mock()}", Wanted(("plugin",)), id="a value by its key"),
        pytest.param(
            "router = {\n            'id': 1,\n            KEY: Mock(),\n        }\n        router.get(KEY)",
            Wanted(),
            id="a value of what has a name",
        ),
        pytest.param(
            "routers = {KEY: [Mock()]}", Wanted(("router",)), id="a value of what has a name for many"
        ),
        pytest.param(
            "ws: 'app.Socket | None' = Mock()", Wanted(("ws",), ("app.Socket",)), id="an annotation"
        ),
        pytest.param("ws: MagicMock = Mock()", Wanted(("ws",)), id="an annotation that says mock"),
        pytest.param("ws = Mock(spec=Socket)", Wanted(("ws",), ("lib.Socket",)), id="a spec"),
        pytest.param("ws = Mock(Socket)", Wanted(("ws",), ("lib.Socket",)), id="a positional spec"),
        pytest.param("m = Mock(name='app.socket')", Wanted(("m", "socket")), id="a name of its own"),
        pytest.param(
            "with patch('a.b.socket') as m:\n            m.send(1)",
            Wanted(("socket",), (), frozenset({"send"}), is_patched=True),
            id="what is used of what is patched",
        ),
        pytest.param("ws = create_autospec(Socket)", Wanted(("ws",), ("lib.Socket",)), id="an autospec"),
        pytest.param(
            "p = patch('a.b.Socket')",
            Wanted(("p", "Socket"), ("Socket",), is_patched=True),
            id="a patched class",
        ),
        pytest.param(
            "p = patch('a.b.get_socket')",
            Wanted(("get_socket",), is_patched=True),
            id="a patched function",
        ),
        pytest.param(
            "p = patch.object(app, 'socket')",
            Wanted(("p", "socket"), is_patched=True),
            id="a patched attribute",
        ),
        pytest.param(
            "ws = Mock()\n        ws.send.return_value = 1\n        await ws.close()",
            Wanted(("ws",), (), frozenset({"send", "close"})),
            id="what is used of it",
        ),
    ],
)
def test_what_is_known_of_a_double(code: str, expected: Wanted, tmp_path: Path) -> None:
    text = (
        textwrap.dedent("""
        from unittest.mock import MagicMock, Mock, create_autospec, patch
        from lib import Socket
        class TestIt:
            async def test_it(self):
    """)
        + f"        {code}\n"
    )
    path = str(tmp_path / "test_it.py")
    workspace = Workspace(Files(), [str(tmp_path)])
    workspace.write(path, text)
    mocks = workspace.snapshot().mocks(path)

    assert wanted(mocks, mocks.sites[0]) == expected


def test_a_fixture_says_what_it_returns(tmp_path: Path) -> None:
    path = str(tmp_path / "conftest.py")
    workspace = Workspace(Files(), [str(tmp_path)])
    workspace.write(
        path,
        "import pytest\nfrom unittest.mock import Mock\n"
        "@pytest.fixture\ndef websocket() -> Socket:\n    m = Mock()\n    m.send = 1\n    return m\n",
    )
    analysis = workspace.snapshot()
    mocks = analysis.mocks(path)

    assert wanted(mocks, mocks.sites[0]) == Wanted(("m", "websocket"), ("Socket",), frozenset({"send"}))


@pytest.mark.parametrize(
    ("code", "names"),
    [
        pytest.param("@pytest.fixture\ndef request():\n    m = Mock()", ("m", "request"), id="a fixture"),
        pytest.param(
            "@pytest.fixture\ndef make_socket():\n    m = Mock()",
            ("m", "make_socket", "socket"),
            id="a fixture that makes one",
        ),
        pytest.param(
            "def request():\n    m = Mock()", ("m", "request"), id="a function and a name that says nothing"
        ),
        pytest.param(
            "def request():\n    response = Mock()", ("response",), id="a function and what it returns"
        ),
        pytest.param(
            "def get_socket():\n    m = Mock()", ("m", "get_socket", "socket"), id="a function that gets one"
        ),
        pytest.param(
            "def fake_socket():\n    response = Mock()",
            ("response", "fake_socket"),
            id="a function that is one",
        ),
    ],
)
def test_what_a_function_that_returns_a_double_says_of_it(
    code: str, names: tuple[str, ...], tmp_path: Path
) -> None:
    path = str(tmp_path / "conftest.py")
    workspace = Workspace(Files(), [str(tmp_path)])
    bound = code.partition(" = ")[0].rpartition(" ")[2]
    workspace.write(path, f"import pytest\nfrom unittest.mock import Mock\n{code}\n    return {bound}\n")
    mocks = workspace.snapshot().mocks(path)

    assert wanted(mocks, mocks.sites[0]).names == names


# Names


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("create_mock_websocket", ("websocket",)),
        ("create_websocket_mock", ("websocket",)),
        ("createWebsocketMock", ("websocket",)),
        ("mockWSManager", ("websocket", "manager")),
        ("HTTPClient2", ("http", "client")),
        ("_db_ctx", ("database", "context")),
        ("mock", ()),
    ],
)
def test_words(name: str, expected: tuple[str, ...]) -> None:
    assert words(name) == expected


def test_neighbours_that_make_a_known_word_are_one() -> None:
    assert words("HashMapStore", {"hashmap"}) == ("hashmap", "store")
    assert words("HashMapStore") == ("hash", "map", "store")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("create_mock_websocket", ["create_websocket_mock"], id="words in another order"),
        pytest.param("create_mock_db_session", ["create_database_session_mock"], id="a short form"),
        pytest.param("createAgentMock", ["create_agent_mock"], id="camel case"),
        pytest.param("cretae_agent_mock", ["create_agent_mock"], id="letters"),
        pytest.param("create_agnet_mock", ["create_agent_mock"], id="letters of the word itself"),
        pytest.param("create_user_context_mock", ["create_mock_user_context"], id="words alone"),
        pytest.param("create_execution_engine_mock", [], id="another thing in the same frame"),
        pytest.param("create_mock_redis", [], id="nothing is near"),
        pytest.param("xyz", [], id="nothing at all"),
        pytest.param("create_agent_mock", [], id="not the name itself"),
    ],
)
def test_did_you_mean(name: str, expected: list[str], factory: Factory) -> None:
    assert list(did_you_mean(name, factory.methods))[: len(expected) or 1] == expected
