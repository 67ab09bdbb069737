"""The one place that makes the doubles of this test suite.

A double that is made here is made once: when an interface changes, one method follows,
and no test goes on passing against what no longer exists. Three promises hold for all:

* **Whose is it?** Every double of something that belongs to a user takes the six isolation
  parameters (`user_id`, `thread_id`, `run_id`, `request_id`, `websocket_client_id` and
  `connection_id`) and has a fresh identity of its own where none is given, so two users
  are never one by accident.
* **What has it?** Where the protocol is known, the double is built with `spec`: a misspelt
  or removed method raises AttributeError. The protocols stand at the end of this module;
  put your own classes in their place.
* **Is it awaited?** What is `async` in the protocol can be awaited, what is not cannot.

Doubles share nothing: each call makes its own mocks, lists and dictionaries.

This file is yours: add methods, change what they answer, remove what you do not need.
It needs nothing but the standard library, Python 3.9 or later.
"""

from __future__ import annotations

import difflib
import re
import uuid
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from unittest.mock import AsyncMock, MagicMock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Mapping

T = TypeVar("T")


class SSotMockFactory:
    """Makes doubles; methods are called on the class: `SSotMockFactory.create_websocket_mock()`.

    What a method configures is only where a double starts: a test sets the answers that it is
    about, as in `session.execute.return_value.scalars.return_value.all.return_value = [order]`.
    """

    # Agents, tools and language models

    @staticmethod
    def create_agent_mock(
        agent_type: str = "supervisor",
        execution_result: Any = None,
        execution_time: float = 0.1,
    ) -> AsyncMock:
        """Make an agent whose `execute` and `run` answer `execution_result`, by default a success.

        `execution_time` (seconds) is only told, in the default result and as an attribute:
        nothing waits.
        """
        if execution_result is None:
            execution_result = {
                "status": "completed",
                "agent_type": agent_type,
                "execution_time": execution_time,
            }
        agent = AsyncMock()
        agent.agent_type = agent_type
        agent.name = agent_type
        agent.execution_time = execution_time
        agent.execute = AsyncMock(return_value=execution_result)
        agent.run = AsyncMock(return_value=execution_result)
        agent.get_state = MagicMock(return_value="idle")
        agent.reset = MagicMock(return_value=None)
        return agent

    @staticmethod
    def create_tool_mock(tool_name: str = "test_tool", execution_result: Any = None) -> MagicMock:
        """Make a tool whose `execute` answers `execution_result`, by default a success."""
        if execution_result is None:
            execution_result = {"status": "success", "tool": tool_name}
        tool = MagicMock()
        tool.name = tool_name
        tool.description = f"The tool {tool_name}"
        tool.execute = AsyncMock(return_value=execution_result)
        tool.validate_arguments = MagicMock(return_value=True)
        tool.get_schema = MagicMock(return_value={"name": tool_name, "parameters": {}})
        return tool

    @staticmethod
    def create_llm_client_mock(
        response_text: str = "A response of the test model",
    ) -> AsyncMock:
        """Make a client of a language model that always says `response_text`.

        `generate`, `complete` and `chat` are awaited, `stream` is for `async for`, word by word.
        """

        async def stream(*_arguments: object, **_options: object) -> AsyncIterator[str]:
            for word in re.findall(r"\S+\s*", response_text):
                yield word

        client = AsyncMock()
        client.generate = AsyncMock(return_value=response_text)
        client.complete = AsyncMock(return_value=response_text)
        client.chat = AsyncMock(return_value={"role": "assistant", "content": response_text})
        client.stream = MagicMock(side_effect=stream)
        client.count_tokens = MagicMock(return_value=len(response_text.split()))
        client.close = AsyncMock(return_value=None)
        return client

    @staticmethod
    def create_mock_llm_manager(
        model: str = "gpt-4",
        config: Mapping[str, Any] | None = None,
    ) -> MagicMock:
        """Make what hands out language models; `config` is added to the model's settings."""
        settings = {"model": model, "temperature": 0.0, **(config or {})}
        client = SSotMockFactory.create_llm_client_mock()
        client.model = model
        manager = MagicMock()
        manager.model = model
        manager.config = settings
        manager.ask_llm = AsyncMock(return_value="A response of the test model")
        manager.generate_response = AsyncMock(return_value="A response of the test model")
        manager.health_check = AsyncMock(return_value=True)
        manager.get_client = MagicMock(return_value=client)
        manager.get_llm_config = MagicMock(return_value=settings)
        return manager

    # Users, and what runs for them

    @staticmethod
    def create_mock_user_context(
        user_id: str | None = None,
        thread_id: str | None = None,
        run_id: str | None = None,
        request_id: str | None = None,
        websocket_client_id: str | None = None,
        connection_id: str | None = None,
        **kwargs: Any,
    ) -> MagicMock:
        """Make the context that says who a request is for; further keywords become attributes."""
        context = MagicMock(spec=UserContext)
        context.metadata = {}
        context.to_dict = MagicMock(side_effect=lambda: _identity_of(context))
        SSotMockFactory._identify(
            context,
            user_id=user_id,
            thread_id=thread_id,
            run_id=run_id,
            request_id=request_id,
            websocket_client_id=websocket_client_id,
            connection_id=connection_id,
        )
        context.configure_mock(**kwargs)
        return context

    @staticmethod
    def create_execution_context_mock(
        user_id: str | None = None,
        thread_id: str | None = None,
        *,
        run_id: str | None = None,
        request_id: str | None = None,
        websocket_client_id: str | None = None,
        connection_id: str | None = None,
    ) -> MagicMock:
        """Make the context of one run: an identity, a state and a place for results."""
        context = MagicMock()
        context.state = "running"
        context.metadata = {}
        context.results = []
        context.is_cancelled = MagicMock(return_value=False)
        context.cancel = MagicMock(return_value=None)
        SSotMockFactory._identify(
            context,
            user_id=user_id,
            thread_id=thread_id,
            run_id=run_id,
            request_id=request_id,
            websocket_client_id=websocket_client_id,
            connection_id=connection_id,
        )
        return context

    @staticmethod
    def create_isolated_execution_context(
        user_id: str | None = None,
        thread_id: str | None = None,
        websocket_client_id: str | None = None,
        connection_id: str | None = None,
        *,
        run_id: str | None = None,
        request_id: str | None = None,
        **kwargs: Any,
    ) -> MagicMock:
        """Make the context of one run with all that belongs to its user, under one identity.

        It has a `user_context`, a `websocket_emitter`, an `agent_websocket_bridge` and a
        `database_session` of its own; further keywords become attributes.
        """
        context = SSotMockFactory.create_execution_context_mock(
            user_id,
            thread_id,
            run_id=run_id,
            request_id=request_id,
            websocket_client_id=websocket_client_id,
            connection_id=connection_id,
        )
        identity = _identity_of(context)
        context.user_context = SSotMockFactory.create_mock_user_context(**identity)
        context.websocket_emitter = SSotMockFactory.create_mock_websocket_emitter(**identity)
        bridge = SSotMockFactory.create_mock_agent_websocket_bridge(**identity)
        context.agent_websocket_bridge = bridge
        context.database_session = SSotMockFactory.create_database_session_mock()
        context.configure_mock(**kwargs)
        return context

    # WebSockets and agent events

    @staticmethod
    def create_websocket_mock(
        connection_id: str | None = None,
        user_id: str | None = None,
        *,
        thread_id: str | None = None,
        run_id: str | None = None,
        request_id: str | None = None,
        websocket_client_id: str | None = None,
    ) -> MagicMock:
        """Make one open connection, as a web framework hands it to an endpoint."""
        websocket = MagicMock(spec=WebSocket)
        websocket.client_state = "CONNECTED"
        websocket.headers = {}
        websocket.query_params = {}
        websocket.accept.return_value = None
        websocket.close.return_value = None
        websocket.send_text.return_value = None
        websocket.send_bytes.return_value = None
        websocket.send_json.return_value = None
        websocket.receive_text.return_value = ""
        websocket.receive_bytes.return_value = b""
        websocket.receive_json.return_value = {}
        SSotMockFactory._identify(
            websocket,
            user_id=user_id,
            thread_id=thread_id,
            run_id=run_id,
            request_id=request_id,
            websocket_client_id=websocket_client_id,
            connection_id=connection_id,
        )
        return websocket

    @staticmethod
    def create_websocket_manager_mock(
        manager_type: str = "unified",
        user_isolation: bool = True,
    ) -> MagicMock:
        """Make what knows all connections.

        With `user_isolation` each user has connections of their own; without, all users see
        the same ones.
        """
        connections: defaultdict[str, list[Any]] = defaultdict(list)

        def connections_of(user_id: str) -> list[Any]:
            return connections[user_id if user_isolation else "everybody"]

        def is_connected(user_id: str) -> bool:
            return bool(connections_of(user_id))

        def connect(user_id: str, websocket: Any) -> None:
            connections_of(user_id).append(websocket)

        def disconnect(user_id: str, websocket: Any = None) -> None:  # None: all of them
            mine = connections_of(user_id)
            mine[:] = [each for each in mine if websocket is not None and each is not websocket]

        manager = MagicMock()
        manager.manager_type = manager_type
        manager.user_isolation = user_isolation
        manager.connect_user = AsyncMock(side_effect=connect)
        manager.disconnect_user = AsyncMock(side_effect=disconnect)
        manager.send_to_user = AsyncMock(return_value=True)
        manager.send_to_thread = AsyncMock(return_value=True)
        manager.broadcast = AsyncMock(return_value=None)
        manager.get_user_connections = MagicMock(side_effect=connections_of)
        manager.is_user_connected = MagicMock(side_effect=is_connected)
        return manager

    @staticmethod
    def create_mock_websocket_emitter(
        user_id: str | None = None,
        connection_id: str | None = None,
        *,
        thread_id: str | None = None,
        run_id: str | None = None,
        request_id: str | None = None,
        websocket_client_id: str | None = None,
        **kwargs: Any,
    ) -> MagicMock:
        """Make what sends the five agent events to one user; further keywords become attributes."""
        emitter = MagicMock(spec=WebSocketEmitter)
        emitter.emit_agent_started.return_value = True
        emitter.emit_agent_thinking.return_value = True
        emitter.emit_tool_executing.return_value = True
        emitter.emit_tool_completed.return_value = True
        emitter.emit_agent_completed.return_value = True
        SSotMockFactory._identify(
            emitter,
            user_id=user_id,
            thread_id=thread_id,
            run_id=run_id,
            request_id=request_id,
            websocket_client_id=websocket_client_id,
            connection_id=connection_id,
        )
        emitter.configure_mock(**kwargs)
        return emitter

    @staticmethod
    def create_mock_agent_websocket_bridge(
        user_id: str | None = None,
        run_id: str | None = None,
        should_fail: bool = False,
        *,
        thread_id: str | None = None,
        request_id: str | None = None,
        websocket_client_id: str | None = None,
        connection_id: str | None = None,
    ) -> MagicMock:
        """Make what agents tell the five events to; if it `should_fail`, by ConnectionError."""
        bridge = MagicMock(spec=AgentWebSocketBridge)
        bridge.notify_agent_started.return_value = True
        bridge.notify_agent_thinking.return_value = True
        bridge.notify_tool_executing.return_value = True
        bridge.notify_tool_completed.return_value = True
        bridge.notify_agent_completed.return_value = True
        if should_fail:
            failure = ConnectionError("the connection to the user is lost")
            bridge.notify_agent_started.side_effect = failure
            bridge.notify_agent_thinking.side_effect = failure
            bridge.notify_tool_executing.side_effect = failure
            bridge.notify_tool_completed.side_effect = failure
            bridge.notify_agent_completed.side_effect = failure
        bridge.is_connected.return_value = not should_fail
        SSotMockFactory._identify(
            bridge,
            user_id=user_id,
            thread_id=thread_id,
            run_id=run_id,
            request_id=request_id,
            websocket_client_id=websocket_client_id,
            connection_id=connection_id,
        )
        return bridge

    # Services and settings

    @staticmethod
    def create_database_session_mock() -> MagicMock:
        """Make an async database session on empty tables, for `async with session` too."""
        result = MagicMock()
        result.all.return_value = []
        result.first.return_value = None
        result.one_or_none.return_value = None
        result.scalar.return_value = None
        result.scalar_one_or_none.return_value = None
        result.scalars.return_value.all.return_value = []
        result.scalars.return_value.first.return_value = None
        result.rowcount = 0

        session = MagicMock(spec=DatabaseSession)
        session.execute.return_value = result
        session.scalars.return_value = result.scalars.return_value
        session.scalar.return_value = None
        session.get.return_value = None
        session.in_transaction.return_value = False
        session.begin.return_value.__aenter__.return_value = session
        session.begin_nested.return_value.__aenter__.return_value = session
        session.__aenter__.return_value = session
        return session

    @staticmethod
    def create_redis_client_mock() -> MagicMock:
        """Make an async Redis client; it answers as on an empty store, and stores nothing."""
        pipeline = MagicMock(spec=RedisPipeline)
        pipeline.execute.return_value = []
        pipeline.__aenter__.return_value = pipeline

        client = MagicMock(spec=RedisClient)
        client.ping.return_value = True
        client.get.return_value = None
        client.set.return_value = True
        client.setex.return_value = True
        client.delete.return_value = 0
        client.exists.return_value = 0
        client.expire.return_value = False
        client.ttl.return_value = -2  # Redis' own answer for a key that is not there
        client.incr.return_value = 1
        client.keys.return_value = []
        client.hget.return_value = None
        client.hset.return_value = 1
        client.hgetall.return_value = {}
        client.lpush.return_value = 1
        client.lrange.return_value = []
        client.publish.return_value = 0
        client.pipeline.return_value = pipeline
        client.__aenter__.return_value = client
        return client

    @staticmethod
    def create_http_client_mock(
        status_code: int = 200,
        json_data: Any = None,
        text: str = "",
    ) -> MagicMock:
        """Make an async HTTP client that gives every request the same response, made as below."""
        response = SSotMockFactory.create_http_response_mock(status_code, json_data, text)
        client = MagicMock(spec=HttpClient)
        client.request.return_value = response
        client.get.return_value = response
        client.post.return_value = response
        client.put.return_value = response
        client.patch.return_value = response
        client.delete.return_value = response
        client.head.return_value = response
        client.stream.return_value.__aenter__.return_value = response
        client.__aenter__.return_value = client
        return client

    @staticmethod
    def create_http_response_mock(
        status_code: int = 200,
        json_data: Any = None,
        text: str = "",
    ) -> MagicMock:
        """Make an HTTP response; `raise_for_status` raises OSError from status 400 on."""
        response = MagicMock(spec=HttpResponse)
        response.status_code = status_code
        response.is_success = 200 <= status_code < 300
        response.headers = {}
        response.text = text
        response.content = text.encode()
        response.json.return_value = {} if json_data is None else json_data
        response.raise_for_status.return_value = response
        if status_code >= 400:
            response.raise_for_status.side_effect = OSError(f"HTTP status {status_code}")
        return response

    @staticmethod
    def create_configuration_mock(
        environment: str = "test",
        additional_config: Mapping[str, Any] | None = None,
    ) -> MagicMock:
        """Make settings, to be read as `it.name`, `it[name]` and `it.get(name, default)`."""
        values: dict[str, Any] = {
            "environment": environment,
            "debug": True,
            "log_level": "DEBUG",
            "database_url": "sqlite:///:memory:",
            "redis_url": "redis://localhost:6379/0",
            "secret_key": "a-key-for-tests-alone",
            **(additional_config or {}),
        }
        configuration = MagicMock()
        for name, value in values.items():
            setattr(configuration, name, value)
        configuration.get = MagicMock(side_effect=values.get)
        configuration.to_dict = MagicMock(side_effect=values.copy)
        configuration.__getitem__.side_effect = values.__getitem__
        configuration.__contains__.side_effect = values.__contains__
        return configuration

    # By name

    @classmethod
    def create_mock(cls, mock_type: str, **kwargs: Any) -> Any:
        """Make one double by the name of its kind; the keywords are those of its method.

        Raises ValueError for a kind that there is not.
        """
        creators: dict[str, Callable[..., Any]] = {
            "agent": cls.create_agent_mock,
            "agent_websocket_bridge": cls.create_mock_agent_websocket_bridge,
            "configuration": cls.create_configuration_mock,
            "database_session": cls.create_database_session_mock,
            "execution_context": cls.create_execution_context_mock,
            "http_client": cls.create_http_client_mock,
            "http_response": cls.create_http_response_mock,
            "isolated_execution_context": cls.create_isolated_execution_context,
            "llm_client": cls.create_llm_client_mock,
            "llm_manager": cls.create_mock_llm_manager,
            "redis_client": cls.create_redis_client_mock,
            "tool": cls.create_tool_mock,
            "user_context": cls.create_mock_user_context,
            "websocket": cls.create_websocket_mock,
            "websocket_emitter": cls.create_mock_websocket_emitter,
            "websocket_manager": cls.create_websocket_manager_mock,
        }
        if mock_type not in creators:
            near = difflib.get_close_matches(mock_type, creators, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(creators)}"
            message = f"there is no mock of type {mock_type!r}, {hint}"
            raise ValueError(message)
        return creators[mock_type](**kwargs)

    @classmethod
    def create_mock_suite(cls, mock_types: Iterable[str]) -> dict[str, Any]:
        """Make a double of each kind in `mock_types`, by its name; each has its own identity."""
        return {mock_type: cls.create_mock(mock_type) for mock_type in mock_types}

    # What the methods share

    @staticmethod
    def _identify(
        double: MagicMock,
        *,
        user_id: str | None,
        thread_id: str | None,
        run_id: str | None,
        request_id: str | None,
        websocket_client_id: str | None,
        connection_id: str | None,
    ) -> None:
        """Say whose the double is; a part that is not given is made up and unlike any other."""
        double.user_id = _given_or_fresh(user_id, "user")
        double.thread_id = _given_or_fresh(thread_id, "thread")
        double.run_id = _given_or_fresh(run_id, "run")
        double.request_id = _given_or_fresh(request_id, "request")
        double.websocket_client_id = _given_or_fresh(websocket_client_id, "client")
        double.connection_id = _given_or_fresh(connection_id, "connection")


def mock_justified(reason: str) -> Callable[[T], T]:
    """Say why the test below makes a mock of its own, for a function or a class.

    The reason starts with how real the test is: L0 all mocked, L1 a real subject with mocked
    dependencies, L2 real dependencies in the process, L3 real local services, L4 staging,
    L5 production::

        @mock_justified("L1: the bank has no sandbox, and each charge costs money")
        def test_a_declined_card_sends_no_letter(self): ...

    Raises ValueError where the level or the reason is missing. The test itself is left as it is.
    """
    if re.match(r"\s*L[0-5]\b\W*\w", reason) is None:
        message = f"a justification reads 'L1: why it needs a mock', with L0 to L5, not {reason!r}"
        raise ValueError(message)

    def mark(test: T) -> T:
        vars_of: Any = test
        vars_of.__mock_justification__ = reason
        return test

    return mark


def _given_or_fresh(value: str | None, kind: str) -> str:
    return f"{kind}-{uuid.uuid4().hex[:12]}" if value is None else value


def _identity_of(double: Any) -> dict[str, Any]:
    return {
        "user_id": double.user_id,
        "thread_id": double.thread_id,
        "run_id": double.run_id,
        "request_id": double.request_id,
        "websocket_client_id": double.websocket_client_id,
        "connection_id": double.connection_id,
    }


# The protocols that the doubles follow. Only names and `async` matter; put your own classes in
# their place, as in `MagicMock(spec=AsyncSession)`: then a double follows the real thing.


class UserContext(Protocol):
    """Who a request is for."""

    def to_dict(self) -> dict[str, str]: ...


class WebSocket(Protocol):
    """One connection, on the server's side."""

    async def accept(self, subprotocol: str | None = None) -> None: ...
    async def close(self, code: int = 1000, reason: str | None = None) -> None: ...
    async def send(self, message: Any) -> None: ...
    async def send_text(self, data: str) -> None: ...
    async def send_bytes(self, data: bytes) -> None: ...
    async def send_json(self, data: Any) -> None: ...
    async def receive(self) -> Any: ...
    async def receive_text(self) -> str: ...
    async def receive_bytes(self) -> bytes: ...
    async def receive_json(self) -> Any: ...


class WebSocketEmitter(Protocol):
    """Sends the five agent events to one user."""

    async def emit_agent_started(self, *args: Any, **kwargs: Any) -> bool: ...
    async def emit_agent_thinking(self, *args: Any, **kwargs: Any) -> bool: ...
    async def emit_tool_executing(self, *args: Any, **kwargs: Any) -> bool: ...
    async def emit_tool_completed(self, *args: Any, **kwargs: Any) -> bool: ...
    async def emit_agent_completed(self, *args: Any, **kwargs: Any) -> bool: ...
    async def close(self) -> None: ...


class AgentWebSocketBridge(Protocol):
    """Is told the five agent events, and passes them on."""

    async def notify_agent_started(self, *args: Any, **kwargs: Any) -> bool: ...
    async def notify_agent_thinking(self, *args: Any, **kwargs: Any) -> bool: ...
    async def notify_tool_executing(self, *args: Any, **kwargs: Any) -> bool: ...
    async def notify_tool_completed(self, *args: Any, **kwargs: Any) -> bool: ...
    async def notify_agent_completed(self, *args: Any, **kwargs: Any) -> bool: ...
    def is_connected(self) -> bool: ...


class DatabaseSession(Protocol):
    """What SQLAlchemy's AsyncSession offers: adding is no I/O and not awaited, the rest is."""

    async def __aenter__(self) -> Any: ...
    async def __aexit__(self, *exception: object) -> None: ...
    def add(self, instance: Any) -> None: ...
    def add_all(self, instances: Iterable[Any]) -> None: ...
    def expunge(self, instance: Any) -> None: ...
    def expire(self, instance: Any) -> None: ...
    def begin(self) -> Any: ...
    def begin_nested(self) -> Any: ...
    def in_transaction(self) -> bool: ...
    async def execute(self, statement: Any, parameters: Any = None) -> Any: ...
    async def scalar(self, statement: Any, parameters: Any = None) -> Any: ...
    async def scalars(self, statement: Any, parameters: Any = None) -> Any: ...
    async def get(self, entity: Any, identity: Any) -> Any: ...
    async def merge(self, instance: Any) -> Any: ...
    async def delete(self, instance: Any) -> None: ...
    async def refresh(self, instance: Any) -> None: ...
    async def flush(self) -> None: ...
    async def commit(self) -> None: ...
    async def rollback(self) -> None: ...
    async def close(self) -> None: ...


class RedisPipeline(Protocol):
    """What `redis.asyncio` queues: commands are not awaited, `execute` is."""

    async def __aenter__(self) -> Any: ...
    async def __aexit__(self, *exception: object) -> None: ...
    def get(self, name: str) -> Any: ...
    def set(self, name: str, value: Any, ex: int | None = None) -> Any: ...
    def delete(self, *names: str) -> Any: ...
    def expire(self, name: str, time: int) -> Any: ...
    def incr(self, name: str, amount: int = 1) -> Any: ...
    async def execute(self) -> list[Any]: ...


class RedisClient(Protocol):
    """What `redis.asyncio.Redis` offers of what most tests use."""

    async def __aenter__(self) -> Any: ...
    async def __aexit__(self, *exception: object) -> None: ...
    async def ping(self) -> bool: ...
    async def get(self, name: str) -> Any: ...
    async def set(self, name: str, value: Any, ex: int | None = None) -> Any: ...
    async def setex(self, name: str, time: int, value: Any) -> Any: ...
    async def delete(self, *names: str) -> int: ...
    async def exists(self, *names: str) -> int: ...
    async def expire(self, name: str, time: int) -> bool: ...
    async def ttl(self, name: str) -> int: ...
    async def incr(self, name: str, amount: int = 1) -> int: ...
    async def keys(self, pattern: str = "*") -> list[Any]: ...
    async def hget(self, name: str, key: str) -> Any: ...
    async def hset(self, name: str, key: str | None = None, value: Any = None) -> int: ...
    async def hgetall(self, name: str) -> dict[Any, Any]: ...
    async def lpush(self, name: str, *values: Any) -> int: ...
    async def lrange(self, name: str, start: int, end: int) -> list[Any]: ...
    async def publish(self, channel: str, message: Any) -> int: ...
    async def aclose(self) -> None: ...
    async def close(self) -> None: ...
    def pipeline(self, transaction: bool = True) -> Any: ...
    def pubsub(self) -> Any: ...


class HttpClient(Protocol):
    """What `httpx.AsyncClient` offers; `stream` yields a response for `async with`."""

    async def __aenter__(self) -> Any: ...
    async def __aexit__(self, *exception: object) -> None: ...
    async def request(self, method: str, url: str, **options: Any) -> Any: ...
    async def get(self, url: str, **options: Any) -> Any: ...
    async def post(self, url: str, **options: Any) -> Any: ...
    async def put(self, url: str, **options: Any) -> Any: ...
    async def patch(self, url: str, **options: Any) -> Any: ...
    async def delete(self, url: str, **options: Any) -> Any: ...
    async def head(self, url: str, **options: Any) -> Any: ...
    def stream(self, method: str, url: str, **options: Any) -> Any: ...
    async def aclose(self) -> None: ...


class HttpResponse(Protocol):
    """What `httpx.Response` offers; its body is there already, so only `aread` is awaited."""

    def json(self) -> Any: ...
    def raise_for_status(self) -> Any: ...
    async def aread(self) -> bytes: ...
