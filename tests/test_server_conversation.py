"""The server over an engine that is told what to do: what is analysed when, and what happens when it goes wrong.

The engine is a stand-in, so that it can be slow or broken at will; `tests/e2e` has the real one.
"""

from __future__ import annotations

import asyncio
import gc
import json
import re
import threading
from dataclasses import dataclass, field
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from pygls.protocol import JsonRPCProtocol, LanguageServerProtocol

from ssot_lsp.config import ProjectConfig
from ssot_lsp.finding import Finding, Severity
from ssot_lsp.fixes import Change
from ssot_lsp.ide.hover import finding_hover
from ssot_lsp.server import memory, transport
from ssot_lsp.server.app import create_server
from ssot_lsp.server.content import LARGE
from ssot_lsp.server.protocol import Protocol
from ssot_lsp.source import CancelledError
from ssot_lsp.text import Edit, Lines, Span

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable

    from ssot_lsp.server.app import Server

LIMIT = 30.0  # seconds
URI = "file:///work/test_a.py"
PUSH: dict[str, Any] = {}
PULL: dict[str, Any] = {"textDocument": {"diagnostic": {}}}


@pytest.fixture(autouse=True)
def _hovers_of_findings_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """What there is to say of names asks the real engine for more than the stand-in has."""
    monkeypatch.setattr("ssot_lsp.ide.factory_names.receiver_at", lambda *_: None)
    monkeypatch.setattr(
        "ssot_lsp.ide.hover.hover", lambda snapshot, path, offset, _: finding_hover(snapshot, path, offset)
    )


@dataclass
class Engine:
    """Finds every `Mock`; notes what it was given."""

    texts: dict[str, str] = field(default_factory=dict)
    written: list[str] = field(default_factory=list)
    prepared: list[str] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)  # what `prepare` waits for
    started: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)
    fault: Exception | None = None
    dependents: frozenset[str] = frozenset()
    loads: int = 0

    def write(self, path: str, text: str) -> frozenset[str]:
        self.written.append(text)
        self.texts[path] = text
        return self.dependents

    def install(self, path: str, prepared: Any) -> frozenset[str]:
        self.texts[path] = prepared.texts[path]
        return frozenset()

    def close(self, path: str) -> frozenset[str]:
        self.texts.pop(path, None)
        return self.dependents

    def changed(self, paths: Iterable[str]) -> frozenset[str]:
        return self.dependents

    def set_folders(self, folders: Iterable[str]) -> None:
        pass

    def snapshot(self) -> Engine:
        return self

    def answer(self, path: str) -> None:
        pass

    def search_elsewhere(self, search_later: Any) -> None:
        pass

    def read_ahead(self) -> None:
        pass

    def baseline_problem(self, path: str) -> str | None:
        return None

    def findings(self, path: str) -> tuple[Finding, ...]:
        if self.fault is not None:
            raise self.fault
        found = re.finditer("Mock", self.texts.get(path, ""))
        return tuple(
            Finding("a-rule", path, Span(*each.span()), "a mock", Severity.WARNING) for each in found
        )

    def finding_at(self, path: str, offset: int) -> Finding | None:
        return next((each for each in self.findings(path) if offset in each.span), None)

    def explain_finding(self, path: str, finding: Finding) -> str:
        return f"because of line {self.lines(path).line_of(finding.span.start)}"

    def lines(self, path: str) -> Lines:
        return Lines(self.texts[path])

    def config(self, path: str) -> Any:
        return ProjectConfig("/work")

    def prepare(self, path: str, text: str, cancelled: Callable[[], bool]) -> Any:
        self.started.set()
        assert self.gate.wait(LIMIT)
        try:
            if cancelled():
                raise CancelledError
            if self.fault is not None:
                raise self.fault
            self.prepared.append(text)
            return Engine({path: text})
        finally:
            self.ended.set()


class Conversation:
    """A client in the same process. What it says at once arrives at once."""

    def __init__(self, engine: Engine) -> None:
        self.said: list[dict[str, Any]] = []
        self.engine = engine

        def load(folders: Iterable[str]) -> Any:
            engine.loads += 1
            return engine

        self.server: Server = create_server(load)
        self.input = transport.Input()
        self._heard = asyncio.Event()
        self._last = 0
        self.task = asyncio.ensure_future(transport._serve(self.server, self.input, self._hear))

    def _hear(self, data: bytes) -> None:
        head, _, body = data.partition(b"\r\n\r\n")
        length = int(re.findall(rb"Content-Length: (\d+)", head)[0])
        assert length == len(body)
        self.said.append(json.loads(body))
        self._heard.set()

    def say(self, *messages: dict[str, Any] | bytes) -> None:
        """Send messages in one piece."""
        data = b""
        for message in messages:
            body = (
                message if isinstance(message, bytes) else json.dumps({"jsonrpc": "2.0", **message}).encode()
            )
            data += b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
        self.input.feed_data(data)

    async def until(self, accept: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
        """The first message, past or future, that `accept` takes."""
        seen = 0
        while True:
            while seen < len(self.said):
                seen += 1
                if accept(self.said[seen - 1]):
                    return self.said[seen - 1]
            self._heard.clear()
            await asyncio.wait_for(self._heard.wait(), LIMIT)

    async def ask(self, method: str, params: Any) -> dict[str, Any]:
        """Send a request and return the whole reply."""
        self._last += 1
        identity = self._last
        self.say({"id": identity, "method": method, "params": params})
        return await self.until(lambda each: each.get("id") == identity and "method" not in each)

    async def hello(self, capabilities: dict[str, Any], **more: Any) -> None:
        params = {"processId": None, "rootUri": None, "capabilities": capabilities, **more}
        assert "result" in await self.ask("initialize", params)
        self.say({"method": "initialized", "params": {}})

    def pushes(self, uri: str = URI) -> list[tuple[int | None, int]]:
        """The version and the number of the diagnostics of every push so far."""
        return [
            (each["params"].get("version"), len(each["params"]["diagnostics"]))
            for each in self.said
            if each.get("method") == "textDocument/publishDiagnostics" and each["params"]["uri"] == uri
        ]

    def logged(self) -> str:
        return "\n".join(
            each["params"]["message"] for each in self.said if each.get("method") == "window/logMessage"
        )

    async def settle(self) -> None:
        """Let the server do all that it can do without hearing more."""
        for _ in range(3):
            await self.ask("workspace/executeCommand", {"command": "ssot-lsp.debugInfo"})

    async def pushed(self, version: int, uri: str = URI) -> dict[str, Any]:
        def accept(each: dict[str, Any]) -> bool:
            params = each.get("params") or {}
            is_push = each.get("method") == "textDocument/publishDiagnostics"
            return is_push and (params["uri"], params.get("version")) == (uri, version)

        return await self.until(accept)


def converse(
    scenario: Callable[[Conversation], Coroutine[Any, Any, None]], engine: Engine | None = None
) -> None:
    """Run `scenario` against a server; in the end nothing may have popped up."""

    async def run() -> None:
        conversation = Conversation(engine or Engine())
        try:
            await scenario(conversation)
        finally:
            conversation.engine.gate.set()
            conversation.input.feed_eof()
            await asyncio.wait_for(conversation.task, LIMIT)
        assert not [each for each in conversation.said if "showMessage" in each.get("method", "")]

    asyncio.run(run())


def did_open(text: str, uri: str = URI) -> dict[str, Any]:
    item = {"uri": uri, "languageId": "python", "version": 1, "text": text}
    return {"method": "textDocument/didOpen", "params": {"textDocument": item}}


def did_change(version: int, *changes: dict[str, Any], uri: str = URI) -> dict[str, Any]:
    params = {"textDocument": {"uri": uri, "version": version}, "contentChanges": list(changes)}
    return {"method": "textDocument/didChange", "params": params}


def is_answer(identity: str, message: dict[str, Any]) -> bool:
    return message.get("id") == identity


def typed(text: str) -> dict[str, Any]:
    return {"range": {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}}, "text": text}


# What is analysed when.


def test_of_versions_that_arrive_together_only_the_last_is_analysed() -> None:
    async def scenario(client: Conversation) -> None:
        await client.hello(PUSH)
        client.say(did_open("Mock"), *(did_change(version, typed("Mock ")) for version in range(2, 30)))
        await client.pushed(29)
        assert client.pushes() == [(29, 29)]
        assert client.engine.written == ["Mock " * 28 + "Mock"]

    converse(scenario)


def test_a_single_version_is_analysed_at_once_and_once() -> None:
    async def scenario(client: Conversation) -> None:
        await client.hello(PUSH)
        for version in range(1, 5):
            client.say(did_open("Mock") if version == 1 else did_change(version, typed("Mock ")))
            await client.pushed(version)
        await client.settle()
        assert client.pushes() == [(1, 1), (2, 2), (3, 3), (4, 4)]
        assert len(client.engine.written) == 4

    converse(scenario)


def test_a_request_is_answered_about_the_newest_text_that_has_come() -> None:
    async def scenario(client: Conversation) -> None:
        await client.hello(PUSH)
        hover = {"textDocument": {"uri": URI}, "position": {"line": 1, "character": 1}}
        client.say(
            did_open("Mock"),
            {"id": "before", "method": "textDocument/hover", "params": hover},
            did_change(2, typed("Mock\n")),
            {"id": "after", "method": "textDocument/hover", "params": hover},
        )
        for identity in ("before", "after"):
            answer = await client.until(partial(is_answer, identity))
            assert answer["result"]["contents"]["value"].startswith("because of line 1")

    converse(scenario)


def test_a_pull_between_two_versions_is_answered_with_the_newer() -> None:
    async def scenario(client: Conversation) -> None:
        await client.hello(PULL)
        pull = {"id": "pull", "method": "textDocument/diagnostic", "params": {"textDocument": {"uri": URI}}}
        client.say(did_open("Mock"), pull, did_change(2, typed("Mock ")))
        report = (await client.until(lambda each: each.get("id") == "pull"))["result"]
        assert len(report["items"]) == 2
        await client.settle()
        assert client.pushes() == []

    converse(scenario)


def test_what_depends_on_an_edit_is_looked_at_after_it() -> None:
    other = "file:///work/test_b.py"

    async def scenario(client: Conversation) -> None:
        await client.hello(PUSH)
        client.say(did_open("", other))
        await client.pushed(1, other)
        client.engine.dependents = frozenset({"/work/test_b.py"})
        client.engine.texts["/work/test_b.py"] = "Mock"  # what the edit of the first document brings about
        client.say(did_open("Mock"))
        await client.until(lambda _: client.pushes(other) == [(1, 0), (1, 1)])
        client.say(did_change(2, typed(" ")))
        await client.pushed(2)
        await client.settle()
        assert client.pushes(other) == [(1, 0), (1, 1)]  # looked at again, and found to be the same

    converse(scenario)


# Edits that are built beside everything else.


@pytest.mark.parametrize("moves", [True, False])
def test_an_edit_of_several_files_keeps_nobody_waiting_and_holds_for_no_newer_text(*, moves: bool) -> None:
    other = "file:///work/test_b.py"

    class Fixing(Engine):
        def fixes(self, _: Finding) -> list[Any]:
            return [SimpleNamespace(title="Fix both", kind="review")]

        def edit(self, _: object) -> Change:
            self.started.set()
            assert self.gate.wait(LIMIT)
            edits = (Edit(Span(0, 4), "Real"),)
            return Change("/work/test_a.py", edits, elsewhere=(Change("/work/test_b.py", edits),))

    async def scenario(client: Conversation) -> None:
        await client.hello(PUSH)
        client.say(did_open("Mock"), did_open("Mock", other))
        await client.pushed(1, other)
        document = client.server.session.documents.ready_at(URI)
        assert document is not None
        revision = [document.version, document.revision]
        data = {"uri": URI, "revision": revision, "finding": ["a-rule", 0, 4], "fix": 0}
        resolve = {"id": "fix", "method": "codeAction/resolve", "params": {"title": "Fix both", "data": data}}
        client.say(resolve)
        loop = asyncio.get_running_loop()
        assert await loop.run_in_executor(None, client.engine.started.wait, LIMIT)
        if moves:
            client.say(did_change(2, typed(" "), uri=other))
        await client.settle()
        client.engine.gate.set()
        answer = await client.until(partial(is_answer, "fix"))
        if moves:
            assert answer["error"]["code"] == -32801  # content modified
        else:
            assert set(answer["result"]["edit"]["changes"]) == {URI, other}

    converse(scenario, Fixing())


# Large documents.


def test_a_large_document_keeps_nobody_waiting_and_only_its_newest_text_counts() -> None:
    large = "#" * LARGE + "\nMock"

    async def scenario(client: Conversation) -> None:
        other = "file:///work/test_b.py"
        await client.hello(PUSH)
        client.say(did_open(large), did_open("Mock", other))
        await client.pushed(1, other)
        assert await asyncio.to_thread(client.engine.started.wait, LIMIT)
        client.say(did_change(2, {"text": large + " Mock"}), did_change(3, {"text": large + " Mock Mock"}))
        hover = {"textDocument": {"uri": URI}, "position": {"line": 1, "character": 1}}
        assert (await client.ask("textDocument/hover", hover))["result"] is None
        assert client.pushes() == []
        client.engine.gate.set()
        await client.pushed(3)
        assert client.pushes() == [(3, 3)]
        assert client.engine.prepared == [large + " Mock Mock"]
        assert (await client.ask("textDocument/hover", hover))["result"] is not None

    converse(scenario)


def test_a_pull_of_a_large_document_waits_for_its_newest_text() -> None:
    large = "#" * LARGE + "\nMock"

    async def scenario(client: Conversation) -> None:
        await client.hello(PULL)
        pull = {"id": "pull", "method": "textDocument/diagnostic", "params": {"textDocument": {"uri": URI}}}
        client.say(did_open(large), pull)
        await client.settle()
        client.say(did_change(2, {"text": large + " Mock"}))
        await client.settle()
        client.engine.gate.set()
        report = (await client.until(lambda each: each.get("id") == "pull"))["result"]
        assert len(report["items"]) == 2

    converse(scenario)


def test_a_pull_that_waits_can_be_cancelled() -> None:
    async def scenario(client: Conversation) -> None:
        await client.hello(PULL)
        pull = {"id": "pull", "method": "textDocument/diagnostic", "params": {"textDocument": {"uri": URI}}}
        client.say(did_open("#" * LARGE + "\n"), pull)
        await client.settle()
        client.say({"method": "$/cancelRequest", "params": {"id": "pull"}})
        reply = await client.until(lambda each: each.get("id") == "pull")
        assert reply["error"]["code"] == -32800

    converse(scenario)


def test_a_large_document_that_is_closed_is_given_up() -> None:
    async def scenario(client: Conversation) -> None:
        await client.hello(PUSH)
        client.say(did_open("#" * LARGE + "\nMock"))
        await client.settle()
        assert await asyncio.to_thread(client.engine.started.wait, LIMIT)
        client.say({"method": "textDocument/didClose", "params": {"textDocument": {"uri": URI}}})
        await client.until(lambda _: client.pushes())
        client.engine.gate.set()
        assert await asyncio.to_thread(client.engine.ended.wait, LIMIT)
        await client.settle()
        assert client.pushes() == [(None, 0)]
        assert client.engine.prepared == []

    converse(scenario)


def test_old_objects_are_left_alone_while_a_large_document_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = gc.get_threshold()

    async def scenario(client: Conversation) -> None:
        client.engine.gate.set()
        await client.hello(PUSH)
        client.say(did_open("Mock"))
        await client.pushed(1)
        assert gc.get_threshold() == usual
        client.say(did_change(2, {"text": "#" * LARGE + "\nMock"}))
        await client.pushed(2)
        assert gc.get_threshold()[2] > usual[2]
        collected = asyncio.Event()
        monkeypatch.setattr(memory, "IDLE", 0.0)
        monkeypatch.setattr(gc, "collect", collected.set)
        client.say({"method": "textDocument/didClose", "params": {"textDocument": {"uri": URI}}})
        await asyncio.wait_for(collected.wait(), LIMIT)
        await client.settle()
        assert gc.get_threshold() == usual

    converse(scenario)
    assert gc.get_threshold() == usual
    assert gc.get_freeze_count() == 0


# What goes wrong.


@pytest.mark.parametrize("size", [0, LARGE], ids=["small", "large"])
def test_an_engine_that_fails_is_a_line_in_the_log(size: int) -> None:
    async def scenario(client: Conversation) -> None:
        client.engine.gate.set()
        await client.hello(PULL)
        client.engine.fault = ZeroDivisionError("the reason")
        client.say(did_open("#" * size + "\nMock"))
        pull = {"textDocument": {"uri": URI}}
        assert (await client.ask("textDocument/diagnostic", pull))["result"]["items"] == []
        await client.until(lambda _: "the reason" in client.logged())
        assert f"The analysis of {URI} fails" in client.logged()
        client.engine.fault = None
        client.say(did_change(2, typed(" ")))
        assert len((await client.ask("textDocument/diagnostic", pull))["result"]["items"]) == 1

    converse(scenario)


def test_a_fault_that_stays_is_told_once() -> None:
    async def scenario(client: Conversation) -> None:
        await client.hello(PUSH)
        client.engine.fault = ZeroDivisionError("the reason")
        client.say(did_open("Mock"))
        await client.pushed(1)
        for version in range(2, 6):
            client.say(did_change(version, typed(" ")))
            await client.pushed(version)
        await client.settle()
        assert client.logged().count("Traceback") == 1

    converse(scenario)


def test_a_handler_that_fails_answers_with_an_error_and_a_line_in_the_log() -> None:
    async def scenario(client: Conversation) -> None:
        await client.hello(PUSH)
        client.say(did_open("Mock"))
        await client.pushed(1)
        client.engine.fault = ZeroDivisionError("the reason")
        hover = {"textDocument": {"uri": URI}, "position": {"line": 0, "character": 1}}
        reply = await client.ask("textDocument/hover", hover)
        assert reply["error"]["code"] == -32603
        await client.until(lambda _: "the reason" in client.logged())

    converse(scenario)


def test_a_lost_client_ends_the_server() -> None:
    async def scenario(client: Conversation) -> None:
        await client.hello(PUSH)

        def write(_: bytes) -> None:
            raise BrokenPipeError

        writer = client.server.protocol.writer
        assert isinstance(writer, transport.Output)
        writer._write = write
        client.say(did_open("Mock"))
        assert await asyncio.wait_for(client.task, LIMIT) == 1

    converse(scenario)


def test_the_index_is_built_anew_on_command() -> None:
    async def scenario(client: Conversation) -> None:
        await client.hello(PUSH)
        client.say(did_open("Mock"))
        await client.pushed(1)
        loads = client.engine.loads
        client.engine.written.clear()
        await client.ask("workspace/executeCommand", {"command": "ssot-lsp.restartIndex"})
        await client.settle()
        assert client.engine.loads == loads + 1
        assert client.engine.written == ["Mock"]

    converse(scenario)


# What of pygls is replaced must be there to be replaced.


def test_the_handlers_of_pygls_that_are_replaced_exist() -> None:
    replaced = {
        name
        for name, method in vars(type(create_server().protocol)).items()
        if name.startswith("lsp_") and hasattr(method, "method_name")
    }
    assert "lsp_text_document__did_change" in replaced
    for name in replaced:
        assert hasattr(LanguageServerProtocol, name), name


def test_the_way_out_of_pygls_that_is_replaced_is_the_one_that_it_takes() -> None:
    """`Protocol._send_data` is private; nothing else of pygls is overridden that is."""
    overridden = {
        name for name in vars(Protocol) if name in vars(JsonRPCProtocol) | vars(LanguageServerProtocol)
    }
    assert {name for name in overridden if name.startswith("_") and not name.endswith("__")} == {"_send_data"}
    for method in (JsonRPCProtocol.notify, JsonRPCProtocol._send_response, JsonRPCProtocol.send_request):
        assert "_send_data" in method.__code__.co_names


def test_pygls_keeps_no_copy_of_the_documents() -> None:
    async def scenario(client: Conversation) -> None:
        await client.hello(PUSH)
        client.say(did_open("Mock"), did_change(2, typed(" ")))
        await client.pushed(2)
        assert not client.server.workspace.text_documents

    converse(scenario)


# The way out.


def test_long_and_short_messages_leave_in_order_however_slow_the_reader_is() -> None:
    written: list[bytes] = []
    gate = threading.Event()

    def write(data: bytes) -> None:
        assert gate.wait(LIMIT)
        written.append(data)

    output = transport.Output(write, lambda: None, waits=True)
    messages = [b"a" * 100_000, b"b", b"c" * 100_000, b"d"]
    for message in messages:
        output.write(message)  # nobody waits here
    assert written == []
    gate.set()
    output.flush(LIMIT)
    output.write(b"e")
    assert written == [*messages, b"e"]


def test_a_reader_that_is_gone_is_noticed_once() -> None:
    lost = threading.Event()

    def write(_: bytes) -> None:
        raise BrokenPipeError

    output = transport.Output(write, lost.set, waits=True)
    output.write(b"a" * 100_000)
    assert lost.wait(LIMIT)
    lost.clear()
    output.flush(LIMIT)
    output.write(b"b")
    assert not lost.is_set()
