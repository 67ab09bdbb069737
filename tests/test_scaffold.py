"""What `init --scaffold` writes: each double of the factory here, all of it where this package is not."""

from __future__ import annotations

import ast
import asyncio
import inspect
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import AsyncMock, MagicMock, NonCallableMock

import pytest

from ssot_lsp.cli import main
from ssot_lsp.scaffold import mock_factory
from ssot_lsp.scaffold.mock_factory import SSotMockFactory, mock_justified

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SCAFFOLD = Path(mock_factory.__file__).parent
SUITE = Path(__file__).parent / "fixtures" / "scaffold" / "suite.py"
TEMPLATES = sorted(path for path in SCAFFOLD.glob("*.py") if path.name != "__init__.py")

IDENTITY = ("user_id", "thread_id", "run_id", "request_id", "websocket_client_id", "connection_id")
EVENTS = ("agent_started", "agent_thinking", "tool_executing", "tool_completed", "agent_completed")

# For each kind: what is awaited and what is not, of what a test is likely to use.
KINDS: Mapping[str, tuple[str, str]] = {
    "agent": ("execute run process", "get_state reset"),
    "agent_websocket_bridge": (" ".join(f"notify_{each}" for each in EVENTS), "is_connected"),
    "configuration": ("", "get to_dict"),
    "database_session": (
        "execute scalar scalars get merge delete refresh flush commit rollback close __aenter__ __aexit__",
        "add add_all expunge begin begin_nested in_transaction",
    ),
    "execution_context": ("", "cancel is_cancelled"),
    "http_client": ("get post put patch delete head request aclose __aenter__", "stream"),
    "http_response": ("aread", "json raise_for_status"),
    "isolated_execution_context": ("", "cancel is_cancelled"),
    "llm_client": ("generate complete chat close", "stream count_tokens"),
    "llm_manager": ("ask_llm generate_response health_check", "get_client get_llm_config"),
    "redis_client": (
        "ping get set setex delete exists expire ttl incr keys hget hset hgetall lpush lrange publish aclose",
        "pipeline pubsub",
    ),
    "tool": ("execute", "validate_arguments get_schema"),
    "user_context": ("", "to_dict"),
    "websocket": (
        "accept close send send_text send_bytes send_json receive receive_text receive_bytes receive_json",
        "",
    ),
    "websocket_emitter": (" ".join(f"emit_{each}" for each in EVENTS), ""),
    "websocket_manager": (
        "connect_user disconnect_user send_to_user send_to_thread broadcast",
        "get_user_connections is_user_connected",
    ),
}
OF_A_USER = (
    *("agent_websocket_bridge", "execution_context", "isolated_execution_context"),
    *("user_context", "websocket", "websocket_emitter"),
)
WITH_PROTOCOL = (
    *("agent_websocket_bridge", "database_session", "http_client", "http_response", "redis_client"),
    *("user_context", "websocket", "websocket_emitter"),
)


def method_of(kind: str) -> Callable[..., Any]:
    for name in (f"create_{kind}_mock", f"create_mock_{kind}", f"create_{kind}"):
        if method := getattr(SSotMockFactory, name, None):
            return method  # type: ignore[no-any-return]
    raise AssertionError(kind)


class TestFactory:
    def test_every_kind_is_tested(self) -> None:
        methods = {name for name in vars(SSotMockFactory) if name.startswith("create_")}
        assert methods == {"create_mock", "create_mock_suite", *(method_of(kind).__name__ for kind in KINDS)}
        assert len(KINDS) >= 15

    # What the issue of the factory promises to the calls that exist; identities default to fresh ones.
    @pytest.mark.parametrize(
        ("name", "parameters"),
        [
            ("create_agent_mock", "agent_type='supervisor' execution_result=None execution_time=0.1"),
            ("create_websocket_mock", "connection_id=None user_id=None"),
            ("create_database_session_mock", ""),
            ("create_execution_context_mock", "user_id=None thread_id=None"),
            ("create_tool_mock", "tool_name='test_tool' execution_result=None"),
            ("create_llm_client_mock", "response_text='A response of the test model'"),
            ("create_configuration_mock", "environment='test' additional_config=None"),
            ("create_mock_llm_manager", "model='gpt-4' config=None"),
            ("create_mock_agent_websocket_bridge", "user_id=None run_id=None should_fail=False"),
            ("create_websocket_manager_mock", "manager_type='unified' user_isolation=True"),
            (
                "create_mock_user_context",
                " ".join(f"{name}=None" for name in IDENTITY),
            ),
            ("create_mock_websocket_emitter", "user_id=None connection_id=None"),
            (
                "create_isolated_execution_context",
                "user_id=None thread_id=None websocket_client_id=None connection_id=None",
            ),
            ("create_mock_suite", "mock_types"),
            ("create_mock", "mock_type"),
        ],
    )
    def test_signatures(self, name: str, parameters: str) -> None:
        signature = inspect.signature(getattr(SSotMockFactory, name))
        positional = [
            each.name if each.default is each.empty else f"{each.name}={each.default!r}"
            for each in signature.parameters.values()
            if each.kind is each.POSITIONAL_OR_KEYWORD
        ]
        assert " ".join(positional) == parameters

    @pytest.mark.parametrize("kind", KINDS)
    def test_what_is_async_can_be_awaited_and_the_rest_cannot(self, kind: str) -> None:
        double = method_of(kind)()
        awaited, plain = (names.split() for names in KINDS[kind])
        assert [name for name in awaited if not isinstance(getattr(double, name), AsyncMock)] == []
        assert [name for name in plain if isinstance(getattr(double, name), AsyncMock)] == []
        assert [name for name in plain if not isinstance(getattr(double, name), NonCallableMock)] == []

    @pytest.mark.parametrize("kind", WITH_PROTOCOL)
    def test_a_misspelt_method_is_an_error(self, kind: str) -> None:
        with pytest.raises(AttributeError):
            method_of(kind)().recieve_agent_startd  # noqa: B018 - reading it is what fails

    @pytest.mark.parametrize("kind", OF_A_USER)
    def test_identities_are_taken(self, kind: str) -> None:
        given = {name: f"my-{name}" for name in IDENTITY}
        double = method_of(kind)(**given)
        assert {name: getattr(double, name) for name in IDENTITY} == given

    @pytest.mark.parametrize("kind", OF_A_USER)
    def test_identities_that_are_not_given_are_fresh(self, kind: str) -> None:
        one, other = method_of(kind)(), method_of(kind)()
        parts = [getattr(double, name) for double in (one, other) for name in IDENTITY]
        assert all(isinstance(part, str) and part for part in parts)
        assert len(set(parts)) == 12

    @pytest.mark.parametrize("kind", OF_A_USER)
    def test_an_empty_identity_is_one(self, kind: str) -> None:
        assert method_of(kind)(user_id="").user_id == ""

    @pytest.mark.parametrize("kind", KINDS)
    def test_two_doubles_share_nothing(self, kind: str) -> None:
        one, other = method_of(kind)(), method_of(kind)()  # both alive, so that no id comes twice
        assert mutable_parts(one) & mutable_parts(other) == set()

    def test_sharing_would_be_seen(self) -> None:
        results: list[int] = []
        one, other = MagicMock(results=results), MagicMock(**{"a.b.return_value": {"c": results}})
        assert mutable_parts(one) & mutable_parts(other) == {id(results)}

    def test_by_name(self) -> None:
        context = SSotMockFactory.create_mock("user_context", user_id="ada", plan="gold")
        assert (context.user_id, context.plan) == ("ada", "gold")

    @pytest.mark.parametrize(
        ("name", "hint"), [("web_socket", "did you mean 'websocket'?"), ("@", "known are agent, ")]
    )
    def test_an_unknown_name_is_an_error(self, name: str, hint: str) -> None:
        with pytest.raises(ValueError, match="there is no mock of type") as caught:
            SSotMockFactory.create_mock(name)
        assert hint in str(caught.value)

    def test_a_suite_has_all_kinds(self) -> None:
        suite = SSotMockFactory.create_mock_suite(list(KINDS))
        assert list(suite) == list(KINDS)
        users = [suite[kind].user_id for kind in OF_A_USER]
        assert len(set(users)) == len(users)


class TestDoubles:
    def test_an_agent_tells_what_it_did(self) -> None:
        agent = SSotMockFactory.create_agent_mock("triage", execution_time=2.5)
        assert asyncio.run(agent.execute("task")) == {
            "status": "completed",
            "agent_type": "triage",
            "execution_time": 2.5,
        }
        assert asyncio.run(SSotMockFactory.create_agent_mock(execution_result=[]).run()) == []

    def test_a_tool_has_its_name(self) -> None:
        tool = SSotMockFactory.create_tool_mock("search", {"hits": 3})
        assert tool.name == "search"
        assert asyncio.run(tool.execute(query="tea")) == {"hits": 3}

    def test_a_model_speaks_word_by_word(self) -> None:
        async def listen() -> list[str]:
            return [word async for word in SSotMockFactory.create_llm_client_mock("Tea, please.").stream("?")]

        assert asyncio.run(listen()) == ["Tea, ", "please."]

    def test_a_manager_keeps_the_given_settings_to_itself(self) -> None:
        given = {"temperature": 1.0}
        manager = SSotMockFactory.create_mock_llm_manager("small", given)
        assert manager.get_llm_config() == {"model": "small", "temperature": 1.0}
        manager.config["top_p"] = 1
        assert given == {"temperature": 1.0}

    def test_a_user_context_tells_who_it_is_for(self) -> None:
        context = SSotMockFactory.create_mock_user_context(
            "ada", connection_id="c-1", metadata={"plan": "gold"}
        )
        context.user_id = "grace"
        assert context.to_dict()["user_id"] == "grace"
        assert (set(context.to_dict()), context.metadata) == (set(IDENTITY), {"plan": "gold"})

    def test_an_isolated_context_is_one_user_s(self) -> None:
        context = SSotMockFactory.create_isolated_execution_context("ada", run_id="r-1", tier=2)
        parts = (context, context.user_context, context.websocket_emitter, context.agent_websocket_bridge)
        identities = {tuple(getattr(part, name) for name in IDENTITY) for part in parts}
        assert len(identities) == 1
        assert (context.user_id, context.run_id, context.tier) == ("ada", "r-1", 2)

    def test_a_websocket_can_be_listened_to(self) -> None:
        async def talk() -> list[Any]:
            websocket = SSotMockFactory.create_websocket_mock()
            websocket.receive_json.side_effect = [{"type": "ping"}]
            await websocket.accept()
            await websocket.send_text("hello")
            websocket.send_text.assert_awaited_once_with("hello")
            return [await websocket.receive_json(), await websocket.receive_text()]

        assert asyncio.run(talk()) == [{"type": "ping"}, ""]

    @pytest.mark.parametrize("user_isolation", [True, False])
    def test_a_manager_isolates_users_if_it_is_to(self, user_isolation: bool) -> None:
        async def connect() -> tuple[bool, bool]:
            manager = SSotMockFactory.create_websocket_manager_mock(user_isolation=user_isolation)
            websocket = SSotMockFactory.create_websocket_mock(user_id="ada")
            await manager.connect_user("ada", websocket)
            assert manager.get_user_connections("ada") == [websocket]
            before = manager.is_user_connected("grace")
            await manager.disconnect_user("ada", websocket)
            return before, manager.is_user_connected("ada")

        assert asyncio.run(connect()) == (not user_isolation, False)

    def test_disconnecting_a_user_ends_all_connections(self) -> None:
        async def connect() -> list[Any]:
            manager = SSotMockFactory.create_websocket_manager_mock()
            for _ in range(2):
                await manager.connect_user("ada", SSotMockFactory.create_websocket_mock(user_id="ada"))
            await manager.disconnect_user("ada")
            return list(manager.get_user_connections("ada"))

        assert asyncio.run(connect()) == []

    @pytest.mark.parametrize("event", EVENTS)
    def test_events(self, event: str) -> None:
        emitter = SSotMockFactory.create_mock_websocket_emitter(session_id="s-1")
        bridge = SSotMockFactory.create_mock_agent_websocket_bridge()
        lost = SSotMockFactory.create_mock_agent_websocket_bridge(should_fail=True)
        assert asyncio.run(getattr(emitter, f"emit_{event}")(step=1)) is True
        assert asyncio.run(getattr(bridge, f"notify_{event}")("run", "agent")) is True
        with pytest.raises(ConnectionError):
            asyncio.run(getattr(lost, f"notify_{event}")("run", "agent"))
        assert (emitter.session_id, bridge.is_connected(), lost.is_connected()) == ("s-1", True, False)

    def test_a_session_can_be_entered_and_lets_errors_through(self) -> None:
        async def work() -> None:
            session = SSotMockFactory.create_database_session_mock()
            async with session as entered, session.begin() as begun, session.begin_nested() as nested:
                assert entered is begun is nested is session
                session.add(object())
                result = await session.execute("select")
                assert (result.scalars().all(), result.scalar_one_or_none()) == ([], None)
                assert (await session.scalars("select")).first() is None
                assert await session.get(object, 1) is None
                await session.commit()
                raise KeyError

        with pytest.raises(KeyError):
            asyncio.run(work())

    def test_a_redis_client_is_empty(self) -> None:
        async def ask() -> list[Any]:
            client = SSotMockFactory.create_redis_client_mock()
            async with client as entered, client.pipeline() as pipeline:
                assert entered is client
                pipeline.set("a", 1)
                return [await client.get("a"), await client.hgetall("b"), await pipeline.execute()]

        assert asyncio.run(ask()) == [None, {}, []]

    def test_an_http_client_answers(self) -> None:
        async def ask() -> Any:
            async with SSotMockFactory.create_http_client_mock(json_data={"tea": 250}) as client:
                response = await client.post("/orders", json={})
                async with client.stream("GET", "/") as streamed:
                    assert streamed is response
                return response.raise_for_status().json()

        assert asyncio.run(ask()) == {"tea": 250}

    @pytest.mark.parametrize(
        ("status", "is_success"), [(204, True), (302, False), (404, False), (500, False)]
    )
    def test_an_http_response_knows_its_status(self, status: int, is_success: bool) -> None:
        response = SSotMockFactory.create_http_response_mock(status, text="é")
        assert (response.is_success, response.content) == (is_success, "é".encode())
        if status < 400:
            assert response.raise_for_status() is response
        else:
            with pytest.raises(OSError, match=str(status)):
                response.raise_for_status()

    def test_settings_are_read_in_three_ways(self) -> None:
        settings = SSotMockFactory.create_configuration_mock("staging", {"retries": 3})
        assert (settings.environment, settings["environment"], settings.get("environment")) == (
            "staging",
        ) * 3
        assert (settings.retries, settings.get("nothing", 1)) == (3, 1)
        assert ("retries" in settings, "nothing" in settings) == (True, False)
        with pytest.raises(KeyError):
            settings["nothing"]
        assert settings.to_dict()["retries"] == 3


class TestJustification:
    @pytest.mark.parametrize("reason", ["L1: the bank has no sandbox", "L0 all is mocked", "L5 - never"])
    def test_it_leaves_the_test_as_it_is(self, reason: str) -> None:
        async def test() -> None: ...

        assert mock_justified(reason)(test) is test
        assert vars(test)["__mock_justification__"] == reason

    @pytest.mark.parametrize("reason", ["", "L1", "L1: ", "it is faster", "L6: too real", "L12: none"])
    def test_a_reason_without_level_or_words_is_refused(self, reason: str) -> None:
        with pytest.raises(ValueError, match="L0 to L5"):
            mock_justified(reason)


class TestText:
    @pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
    def test_it_is_plain_code_of_python_3_9(self, path: Path) -> None:
        text = path.read_text(encoding="utf-8")
        tree = ast.parse(text, feature_version=(3, 9))
        imported = {
            name.partition(".")[0]
            for node in ast.walk(tree)
            for name in (
                [each.name for each in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom) and not node.level
                else []
            )
        }
        assert imported <= sys.stdlib_module_names
        assert not re.search(r"ssot.lsp|noqa|type: ignore|pragma", text)
        assert [line for line in text.splitlines() if len(line) > 100] == []

    def test_each_method_and_class_says_what_it_is_for(self) -> None:
        protocols = {"UserContext", "WebSocket", "HttpClient"}
        for path in TEMPLATES:
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ClassDef):
                    protocols.discard(node.name)
                    assert ast.get_docstring(node), node.name
                    is_protocol = any(ast.unparse(base) == "Protocol" for base in node.bases)
                    methods = [] if is_protocol else node.body
                    for each in methods:
                        if isinstance(each, ast.FunctionDef) and not each.name.startswith("__"):
                            assert ast.get_docstring(each) or each.name.startswith("_"), each.name
        assert protocols == set()


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("project")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        assert main(["init", "--scaffold"]) == 0
    (root / "tests").mkdir()
    shutil.copy(SUITE, root / "tests" / "test_suite.py")
    return root


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The interpreter of an environment with pytest and what pytest needs, linked from this one."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True, timeout=60)
    scheme = {"base": str(folder), "platbase": str(folder)}
    packages = Path(sysconfig.get_path("purelib", "venv", scheme))
    for name in ("pytest", "pluggy", "iniconfig", "packaging", "pygments", "exceptiongroup", "tomli"):
        try:
            files = metadata.files(name) or []
        except metadata.PackageNotFoundError:
            continue  # what only an older Python needs
        for top in {each.parts[0] for each in files} - {"..", "__pycache__"}:
            source = Path(str(files[0].locate())).parents[len(files[0].parts) - 1] / top
            (packages / top).symlink_to(source)
    return str(Path(sysconfig.get_path("scripts", "venv", scheme)) / Path(sys.executable).name)


class TestAlone:
    """The scaffold in a project of its own, in an environment that has pytest and nothing else."""

    def test_it_runs_alike_under_pytest_and_unittest(self, project: Path, python: str) -> None:
        by_pytest = outcomes(
            run(project, python, "-m", "pytest", "-v", "-W", "error", "-p", "no:cacheprovider", "--color=no"),
            r"::(\w+)::(\w+) (PASSED|FAILED|ERROR|SKIPPED|XFAIL)",
        )
        by_unittest = outcomes(
            run(project, python, "-W", "error", "-m", "unittest", "-v", "tests/test_suite.py"),
            r"^(?P<test>\w+) \(.*?(?P<class>Test\w+)(?:\.(?P=test))?\)[^\n]*? \.\.\. "
            r"(ok|FAIL|ERROR|skipped|expected failure)",
        )
        assert by_pytest == by_unittest
        assert by_pytest == expected_outcomes()

    def test_what_a_set_up_says_is_where_the_fault_is(self, project: Path, python: str) -> None:
        (project / "tests" / "test_refused.py").write_text(
            "from test_framework.ssot.base_test_case import SSotBaseTestCase\n\n\n"
            "class TestShop(SSotBaseTestCase):\n    async def setUp(self):\n        pass\n"
        )
        said = run(project, python, "-m", "unittest", "tests/test_refused.py")
        (project / "tests" / "test_refused.py").unlink()
        assert "TypeError: TestShop.setUp is async and would never be awaited: use asyncSetUp" in said

    @pytest.mark.parametrize("version", ["3.9", "3.13", "3.14"])
    def test_it_runs_on_other_pythons(self, project: Path, version: str) -> None:
        python = shutil.which(f"python{version}")
        if python is None or subprocess.run([python, "-c", ""], check=False, capture_output=True).returncode:
            pytest.skip(f"there is no Python {version} here")
        said = run(project, python, "-I", "-W", "error", "-c", LOAD_AND_RUN)
        assert json.loads(said.splitlines()[-1]) == [
            len(expected_outcomes()),
            sorted(f"{name}.{test}" for (name, test), how in expected_outcomes().items() if how == "failed"),
        ]


LOAD_AND_RUN = """
import json, sys, unittest
sys.dont_write_bytecode = True
sys.path.insert(0, ".")
result = unittest.TestResult()
unittest.defaultTestLoader.loadTestsFromName("tests.test_suite").run(result)
bad = [each.id().split(".", 2)[2] for each, _ in result.failures + result.errors]
print(json.dumps([result.testsRun, sorted(bad)]))
"""


def mutable_parts(double: Any) -> set[int]:
    """The ids of all lists, dictionaries and mocks that a double holds, at any depth."""
    found: dict[int, Any] = {}
    pending = [double]
    while pending:
        each = pending.pop()
        if id(each) in found or not isinstance(each, (list, dict, set, NonCallableMock)):
            continue
        found[id(each)] = each
        if isinstance(each, NonCallableMock):
            pending += [value for name, value in vars(each).items() if not name.startswith("_")]
            pending += each._mock_children.values()
            if each._mock_return_value is not None:
                pending.append(each._mock_return_value)
        else:
            pending += each.values() if isinstance(each, dict) else each
    return set(found)


def run(folder: Path, *command: str) -> str:
    """What `command` says in `folder`, without what this run of pytest has put into the environment."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTEST", "COV_", "PYTHONPATH", "PYTHONWARNINGS"))
    }
    done = subprocess.run(
        command,
        cwd=folder,
        env={**environment, "PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    return done.stdout


MEANINGS = {
    **dict.fromkeys(("PASSED", "ok"), "passed"),
    **dict.fromkeys(("FAILED", "FAIL"), "failed"),
    **dict.fromkeys(("SKIPPED", "skipped"), "skipped"),
    **dict.fromkeys(("XFAIL", "expected failure"), "xfailed"),
}


def outcomes(output: str, pattern: str) -> dict[tuple[str, str], str]:
    """How each test ended, by its class and its name."""
    found = {}
    for match in re.finditer(pattern, output, re.MULTILINE):
        named = match.groupdict()
        name, test, how = (named["class"], named["test"], match.group(3)) if named else match.groups()
        found[name, test] = MEANINGS.get(how, how)
    assert found, output
    return found


def expected_outcomes() -> dict[tuple[str, str], str]:
    """What the suite says of itself by the names of its tests."""
    found = {}
    for node in ast.parse(SUITE.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            for each in node.body:
                if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef)) and each.name.startswith(
                    "test_"
                ):
                    found[node.name, each.name] = {
                        "test_expected_to_fail": "xfailed",
                        "test_skipped": "skipped",
                    }.get(each.name, "failed" if each.name.startswith("test_fails") else "passed")
    return found
