"""A client over standard streams: real bytes, a real process, a limit on every wait.

It notes everything that the server does against the protocol: bytes outside of messages, pop-ups, diagnostics of a
version that the document has left behind. `close` fails the test for any of it.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from collections import deque
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from types import TracebackType

    from typing_extensions import Self

Json = dict[str, Any]

LIMIT = float(os.environ.get("SSOT_LSP_TEST_LIMIT", "60"))  # seconds; what takes longer never comes
COMMAND = (sys.executable, "-m", "ssot_lsp", "server")

_POP_UPS = frozenset({"window/showMessage", "window/showMessageRequest"})


class RefusedError(Exception):
    """The server answered a request with an error."""

    def __init__(self, error: Json) -> None:
        super().__init__(error["message"])
        self.code: int = error["code"]


class Client:
    """One server process and what it has said."""

    def __init__(
        self,
        folder: Path,
        capabilities: Json,
        *,
        command: Sequence[str] = COMMAND,
        options: Json | None = None,
        settings: Json | None = None,
        folders: Sequence[Path] | None = None,
    ) -> None:
        self.folder = folder
        self.capabilities = capabilities
        self.options = options
        self.settings = settings
        self.applied: Json = {"applied": True}  # what is answered to `workspace/applyEdit`
        self.folders = list(folders) if folders is not None else [folder]
        self.server: Json = {}
        self.versions: dict[str, int] = {}
        self.faults: list[str] = []
        self.log: list[str] = []  # what came by window/logMessage
        self.requests: list[Json] = []  # what the server asked, answered by `answer`
        self.stderr: deque[str] = deque(maxlen=200)
        self._notifications: deque[Json] = deque()
        self._replies: dict[int, Json] = {}
        self._messages: queue.SimpleQueue[Json | None] = queue.SimpleQueue()
        self._last = 0
        self.has_ended = False
        environment = {**os.environ, "XDG_CACHE_HOME": f"{folder}-cache", "PYTHONDONTWRITEBYTECODE": "1"}
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self._input = self.process.stdin
        self._threads = [
            threading.Thread(target=self._read, args=(self.process.stdout,), daemon=True),
            threading.Thread(target=self._read_stderr, args=(self.process.stderr,), daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        self.kill()

    # Talking.

    def initialize(self, **changes: Any) -> Json:
        """`initialize` and `initialized`; returns the server's capabilities."""
        folders = [{"uri": each.as_uri(), "name": each.name} for each in self.folders]
        params = {
            "processId": os.getpid(),
            "clientInfo": {"name": "test"},
            "rootUri": self.folders[0].as_uri() if self.folders else None,
            "workspaceFolders": folders or None,
            "capabilities": self.capabilities,
            "initializationOptions": self.options,
            **changes,
        }
        self.server = self.request("initialize", params)["capabilities"]
        self.notify("initialized", {})
        return self.server

    def send(self, method: str, params: Any) -> int:
        """Send a request and return its id, for `reply`."""
        self._last += 1
        self._write({"jsonrpc": "2.0", "id": self._last, "method": method, "params": params})
        return self._last

    def reply(self, identity: int) -> Any:
        """The result of the request `identity`; raises RefusedError."""
        while identity not in self._replies:
            self._take()
        reply = self._replies.pop(identity)
        if "error" in reply:
            raise RefusedError(reply["error"])
        return reply["result"]

    def request(self, method: str, params: Any) -> Any:
        """Send a request and wait for its result."""
        return self.reply(self.send(method, params))

    def notify(self, method: str, params: Any) -> None:
        """Send a notification."""
        self._write({"jsonrpc": "2.0", "method": method, "params": params})

    def frame(self, body: bytes) -> None:
        """Send bytes as a message."""
        self.raw(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))

    def raw(self, data: bytes) -> None:
        """Send bytes as they are."""
        self._input.write(data)
        self._input.flush()

    def wait_for(self, method: str, accept: Callable[[Any], bool] = lambda _: True) -> Any:
        """The parameters of the next notification of `method` that `accept` takes; earlier ones are dropped."""
        while True:
            while self._notifications:
                message = self._notifications.popleft()
                if message["method"] == method and accept(message["params"]):
                    return message["params"]
            self._take()

    def wait_for_request(self, method: str, accept: Callable[[Any], bool] = lambda _: True) -> Json:
        """The parameters of a request that the server has made, or will make."""
        while True:
            for message in self.requests:
                if message["method"] == method and accept(message.get("params")):
                    self.requests.remove(message)
                    return message.get("params") or {}
            self._take()

    def wait_for_log(self, part: str) -> str:
        """A line of the log that holds `part`."""
        while True:
            for line in self.log:
                if part in line:
                    return line
            self._take()

    def notifications(self, method: str) -> list[Any]:
        """The parameters of all notifications of `method` that have arrived and were not waited for."""
        return [each["params"] for each in self._notifications if each["method"] == method]

    def forget_notifications(self) -> None:
        """Drop all notifications that have arrived."""
        self._notifications.clear()

    def settle(self) -> None:
        """Return when the server has done all that it had to do about what was said before."""
        for _ in range(3):  # what one answer sets off is done before the next request but one
            self.request("workspace/executeCommand", {"command": "ssot-lsp.debugInfo"})

    # Documents.

    def open(self, uri: str, text: str, *, language: str = "python", version: int = 1) -> None:
        """Open a document."""
        self.versions[uri] = version
        item = {"uri": uri, "languageId": language, "version": version, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": item})

    def change(self, uri: str, *changes: Json, version: int | None = None) -> int:
        """Change a document; returns its new version."""
        number = self.versions[uri] + 1 if version is None else version
        self.versions[uri] = number
        document = {"uri": uri, "version": number}
        self.notify("textDocument/didChange", {"textDocument": document, "contentChanges": list(changes)})
        return number

    def close_document(self, uri: str) -> None:
        """Close a document."""
        self.versions.pop(uri, None)
        self.notify("textDocument/didClose", {"textDocument": {"uri": uri}})

    def pushed(self, uri: str, version: int | None = None) -> list[Json]:
        """The diagnostics that are pushed of a document, of its present version unless told otherwise."""
        wanted = version if version is not None else self.versions.get(uri)
        params = self.wait_for(
            "textDocument/publishDiagnostics",
            lambda params: params["uri"] == uri and params.get("version") == wanted,
        )
        found: list[Json] = params["diagnostics"]
        return found

    def pull(self, uri: str, previous: str | None = None) -> Json:
        """The report that the server has for a document."""
        params: Json = {"textDocument": {"uri": uri}}
        if previous is not None:
            params["previousResultId"] = previous
        report: Json = self.request("textDocument/diagnostic", params)
        return report

    # The end.

    def close(self) -> None:
        """End the server as the protocol has it, and see that it kept to it."""
        if not self.has_ended:
            self.request("shutdown", None)
            self.notify("exit", None)
            self.expect_end(0)

    def expect_end(self, code: int) -> None:
        """Wait for the server to end with the exit code `code`, and see that it has kept to the protocol."""
        self.has_ended = True
        assert self.process.wait(LIMIT) == code, "\n".join(self.stderr)
        for thread in self._threads:
            thread.join(LIMIT)
        while (message := self._messages.get(timeout=LIMIT)) is not None:
            self._handle(message)
        assert not self.faults, self.faults

    def kill(self) -> None:
        """Make an end, whatever has happened."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(LIMIT)
        for thread in self._threads:
            thread.join(LIMIT)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream is not None:
                with suppress(OSError):  # what was left to write has no reader
                    stream.close()

    # Inside.

    def _write(self, message: Json) -> None:
        self.frame(json.dumps(message).encode())

    def _take(self) -> None:
        try:
            message = self._messages.get(timeout=LIMIT)
        except queue.Empty:
            raise AssertionError("\n".join(["the server is silent; its log:", *self.stderr])) from None
        if message is None:
            self._messages.put(None)
            self.process.wait(LIMIT)
            self._threads[1].join(LIMIT)
            fact = f"the server has ended with {self.process.returncode}; its log:"
            raise AssertionError("\n".join([fact, *self.stderr]))
        self._handle(message)

    def _handle(self, message: Json) -> None:
        method = message.get("method")
        if method in _POP_UPS:
            self.faults.append(f"a pop-up: {message['params']}")
        if method is None:
            if message["id"] is None:
                self._notifications.append({"method": "error", "params": message["error"]})
            else:
                self._replies[message["id"]] = message
        elif "id" in message:
            self.requests.append(message)
            if not self.has_ended:
                self._write({"jsonrpc": "2.0", "id": message["id"], "result": self.answer(message)})
        else:
            self._notifications.append(message)
            if method == "window/logMessage":
                self.log.append(message["params"]["message"])
            elif method == "textDocument/publishDiagnostics":
                self._check_version(message["params"])

    def _check_version(self, params: Json) -> None:
        version = params.get("version")
        if version is not None and version > self.versions.get(params["uri"], version):
            self.faults.append(f"diagnostics of a version that is not sent yet: {version}")

    def answer(self, request: Json) -> Any:
        """What the client answers to the server's `request`."""
        if request["method"] == "workspace/configuration":
            return [self.settings for _ in request["params"]["items"]]
        if request["method"] == "workspace/applyEdit":
            return self.applied
        return None

    def _read(self, stream: IO[bytes]) -> None:
        while True:
            length = 0
            while (line := stream.readline()) not in {b"\r\n", b""}:
                name, _, value = line.partition(b":")
                if name == b"Content-Length":
                    length = int(value)
                elif name != b"Content-Type":
                    self.faults.append(f"no protocol on standard output: {line!r}")
            body = stream.read(length) if length else b""
            if not body:
                self._messages.put(None)
                return
            self._messages.put(json.loads(body))

    def _read_stderr(self, stream: IO[bytes]) -> None:
        for line in stream:
            self.stderr.append(line.decode(errors="replace").rstrip())


def insert(line: int, column: int, text: str) -> Json:
    """A change that inserts `text`."""
    return replace(line, column, line, column, text)


def replace(line: int, column: int, end_line: int, end_column: int, text: str) -> Json:
    """A change that replaces a range by `text`."""
    start, end = {"line": line, "character": column}, {"line": end_line, "character": end_column}
    return {"range": {"start": start, "end": end}, "text": text}
