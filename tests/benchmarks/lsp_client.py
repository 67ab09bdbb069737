"""A small language client over stdio that treats all servers alike and stamps each message as it arrives.

A thread reads and stamps whole messages, answers the server's own requests, and hands the rest over; the other
side waits with a limit in seconds. Times are `time.perf_counter()` seconds. Edits are sent in UTF-16, as VS Code does.
"""

from __future__ import annotations

import contextlib
import json
import queue
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path
    from types import TracebackType

    from typing_extensions import Self

Json = dict[str, Any]

LIMIT = 120.0
"""Seconds after which an answer counts as lost."""

_SERVER_CANCELLED, _CONTENT_MODIFIED = -32802, -32801
_INCREMENTAL = 2


class ServerError(Exception):
    """The server died, kept silent past the limit, or answered with an error; the message says which."""


class Answer(NamedTuple):
    """When diagnostics arrived, and what they are; an unchanged report repeats the ones before."""

    when: float
    items: list[Json]


@dataclass(slots=True)
class Document:
    """A text as the client has it."""

    uri: str
    text: str
    version: int = 1
    result_id: str | None = None
    items: list[Json] = field(default_factory=list)

    def insertion(self, offset: int, new: str) -> Json:
        """Insert `new` at `offset` (code points) and return the change event for it."""
        start = self.text.rfind("\n", 0, offset) + 1
        column = len(self.text[start:offset].encode("utf-16-le")) // 2
        place = {"line": self.text.count("\n", 0, offset), "character": column}
        self.text = self.text[:offset] + new + self.text[offset:]
        self.version += 1
        return {"range": {"start": place, "end": place}, "text": new}


class Client:
    """One running server. Use as a context manager: it is asked to end, then made to."""

    def __init__(self, command: Sequence[str], folder: Path) -> None:
        self.folder = folder
        self.capabilities: Json = {}
        self.pulls = False
        self.sent_at = 0.0
        """When the last message was about to be written."""
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (closed in __exit__)
        self.started = time.perf_counter()
        self._process = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, bufsize=0
        )
        self._arrived: queue.SimpleQueue[tuple[float, Json | None]] = queue.SimpleQueue()
        self._replies: dict[int, tuple[float, Json]] = {}
        self._published: dict[str, tuple[float, Json]] = {}
        self._lock = threading.Lock()
        self._last_id = 0
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self._process.poll() is None and kind is None:
                self.request("shutdown", None, limit=10.0)
                self.notify("exit", None)
                self._process.wait(10.0)
        except (ServerError, OSError, subprocess.TimeoutExpired):
            pass
        finally:
            self._process.kill()
            self._process.wait()
            self._reader.join(5.0)  # a child of the server may hold the pipe for a while
            for stream in (self._process.stdin, self._process.stdout, self._log):
                if stream is not None:
                    stream.close()

    @property
    def pid(self) -> int:
        """The server's process."""
        return self._process.pid

    def initialize(self, *, pull: bool, options: Json | None = None, encoding: str = "utf-16") -> float:
        """Shake hands; returns the seconds from the start of the process to the answer of `initialize`.

        With `pull` the client says that it pulls diagnostics, and does so where the server offers it.
        """
        parameters = _initialize_parameters(self.folder, pull=pull, options=options, encoding=encoding)
        when, result = self.request("initialize", parameters)
        self.capabilities = result["capabilities"]
        self.pulls = pull and bool(self.capabilities.get("diagnosticProvider"))
        self.notify("initialized", {})
        return when - self.started

    def open(self, path: Path, text: str) -> Document:
        """Open `path` with `text`, which need not be what the disk says."""
        document = Document(path.as_uri(), text)
        item = {"uri": document.uri, "languageId": "python", "version": 1, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": item})
        return document

    def close(self, document: Document) -> None:
        """Close `document`."""
        self.notify("textDocument/didClose", {"textDocument": {"uri": document.uri}})

    def insert(self, document: Document, offset: int, text: str) -> float:
        """Type `text` at `offset` (code points); returns when the message was sent."""
        event = document.insertion(offset, text)
        if not self._is_incremental():
            event = {"text": document.text}
        identifier = {"uri": document.uri, "version": document.version}
        message = {"textDocument": identifier, "contentChanges": [event]}
        return self.notify("textDocument/didChange", message)

    def replace(self, document: Document, text: str) -> float:
        """Give `document` another text as a whole; returns when the message was sent."""
        document.text = text
        document.version += 1
        identifier = {"uri": document.uri, "version": document.version}
        message = {"textDocument": identifier, "contentChanges": [{"text": text}]}
        return self.notify("textDocument/didChange", message)

    def ask_diagnostics(self, document: Document) -> int | None:
        """Send a pull for `document` without waiting; None where the server pushes."""
        if not self.pulls:
            return None
        parameters: Json = {"textDocument": {"uri": document.uri}}
        provider = self.capabilities["diagnosticProvider"]
        if isinstance(provider, dict) and provider.get("identifier"):
            parameters["identifier"] = provider["identifier"]
        if document.result_id is not None:
            parameters["previousResultId"] = document.result_id
        return self.send("textDocument/diagnostic", parameters)

    def diagnostics(self, document: Document, asked: int | None = None, limit: float = LIMIT) -> Answer:
        """The diagnostics of the document's present version; pulls first where the server pulls."""
        if not self.pulls:
            return self._wait_published(document, limit)
        while True:
            asked = asked if asked is not None else self.ask_diagnostics(document)
            assert asked is not None
            when, reply = self.wait_reply(asked, limit)
            if reply.get("error", {}).get("code") not in (_SERVER_CANCELLED, _CONTENT_MODIFIED):
                return self._take_report(document, when, reply)
            asked = None

    def request(self, method: str, parameters: object, limit: float = LIMIT) -> tuple[float, Any]:
        """Ask and wait; returns when the answer came and the result."""
        when, reply = self.wait_reply(self.send(method, parameters), limit)
        if "error" in reply:
            message = f"{method}: {reply['error'].get('message')}"
            raise ServerError(message)
        return when, reply.get("result")

    def send(self, method: str, parameters: object) -> int:
        """Send a request without waiting; returns its id."""
        self._last_id += 1
        self._write({"id": self._last_id, "method": method, "params": parameters})
        return self._last_id

    def notify(self, method: str, parameters: object) -> float:
        """Send a notification; returns when it was about to be written."""
        return self._write({"method": method, "params": parameters})

    def wait_reply(self, identifier: int, limit: float = LIMIT) -> tuple[float, Json]:
        """When the reply to the request `identifier` came, and the whole reply."""
        self._wait(lambda: identifier in self._replies, f"no reply to request {identifier}", limit)
        return self._replies.pop(identifier)

    def has_reply(self, identifier: int) -> bool:
        """Whether the reply to the request `identifier` is there already; never waits."""
        self._drain(0.0)
        return identifier in self._replies

    def has_published(self, document: Document) -> bool:
        """Whether diagnostics of the present version were pushed already; never waits."""
        self._drain(0.0)
        return self._is_current(document)

    def _wait_published(self, document: Document, limit: float) -> Answer:
        message = f"version {document.version} is not published"
        self._wait(lambda: self._is_current(document), message, limit)
        when, parameters = self._published.pop(document.uri)
        document.items = parameters["diagnostics"]
        return Answer(when, document.items)

    def _is_current(self, document: Document) -> bool:
        published = self._published.get(document.uri)
        return published is not None and published[1].get("version") in (None, document.version)

    def _take_report(self, document: Document, when: float, reply: Json) -> Answer:
        if "error" in reply:
            message = f"textDocument/diagnostic: {reply['error'].get('message')}"
            raise ServerError(message)
        report = reply["result"]
        if report["kind"] == "full":
            document.items = report["items"]
        document.result_id = report.get("resultId")
        return Answer(when, document.items)

    def _is_incremental(self) -> bool:
        sync = self.capabilities.get("textDocumentSync")
        kind = sync.get("change") if isinstance(sync, dict) else sync
        return kind == _INCREMENTAL

    def _wait(self, is_there: Callable[[], bool], complaint: str, limit: float) -> None:
        until = time.perf_counter() + limit
        while not is_there():
            left = until - time.perf_counter()
            if left <= 0 or not self._drain(left):
                message = f"{complaint} within {limit:g} s{self._last_words()}"
                raise ServerError(message)

    def _drain(self, limit: float) -> bool:
        """Take in what has arrived, waiting `limit` seconds for the first message; False if there was none."""
        try:
            when, message = self._arrived.get(timeout=limit) if limit else self._arrived.get_nowait()
        except queue.Empty:
            return False
        if message is None:
            complaint = f"the server ended{self._last_words()}"
            raise ServerError(complaint)
        self._take(when, message)
        with contextlib.suppress(queue.Empty):
            while True:
                when, message = self._arrived.get_nowait()
                if message is not None:
                    self._take(when, message)
        return True

    def _take(self, when: float, message: Json) -> None:
        method = message.get("method")
        if method is None:
            self._replies[message["id"]] = (when, message)
        elif method == "textDocument/publishDiagnostics":
            self._published[message["params"]["uri"]] = (when, message["params"])

    def _read(self) -> None:
        assert self._process.stdout is not None
        with contextlib.suppress(OSError, ValueError):
            for body in _bodies(self._process.stdout):
                when = time.perf_counter()
                message = json.loads(body)
                if "method" in message and "id" in message:
                    self._write({"id": message["id"], "result": _own_answer(message)})
                else:
                    self._arrived.put((when, message))
        self._arrived.put((time.perf_counter(), None))

    def _write(self, message: Json) -> float:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        data = b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
        pipe = self._process.stdin
        assert pipe is not None
        with self._lock:
            self.sent_at = when = time.perf_counter()
            view = memoryview(data)
            while view:
                view = view[pipe.write(view) :]
        return when

    def _last_words(self) -> str:
        self._log.seek(0)
        words = self._log.read()[-2_000:].decode(errors="replace").strip()
        return f"; its log ends in:\n{words}" if words else ""


def _bodies(stream: IO[bytes]) -> Iterator[bytes]:
    """The bodies of the messages in an unbuffered `stream`."""
    data = bytearray()
    while True:
        end = data.find(b"\r\n\r\n")
        if end >= 0:
            headers = bytes(data[:end]).lower().split(b"\r\n")
            length = next(int(line[15:]) for line in headers if line.startswith(b"content-length:"))
            whole = end + 4 + length
            while len(data) < whole:
                data += _some(stream)
            yield bytes(data[end + 4 : whole])
            del data[:whole]
        else:
            data += _some(stream)


def _some(stream: IO[bytes]) -> bytes:
    data = stream.read(1 << 18)
    if not data:
        message = "end of stream"
        raise OSError(message)
    return data


def _own_answer(message: Json) -> object:
    """What an editor without settings says to the requests of a server."""
    if message["method"] == "workspace/configuration":
        return [None for _ in message["params"]["items"]]
    if message["method"] == "workspace/workspaceFolders":
        return []
    return None


def _initialize_parameters(folder: Path, *, pull: bool, options: Json | None, encoding: str) -> Json:
    text_document: Json = {
        "synchronization": {"didSave": True},
        "publishDiagnostics": {"relatedInformation": True, "versionSupport": True},
        "hover": {"contentFormat": ["markdown"]},
        "codeAction": {
            "codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["", "quickfix", "source"]}},
            "dataSupport": True,
            "resolveSupport": {"properties": ["edit"]},
        },
    }
    if pull:
        text_document["diagnostic"] = {"dynamicRegistration": False, "relatedDocumentSupport": True}
    workspace: Json = {
        "workspaceFolders": True,
        "configuration": True,
        "didChangeWatchedFiles": {"dynamicRegistration": True},
    }
    if pull:
        workspace["diagnostics"] = {"refreshSupport": True}
    return {
        "processId": None,
        "clientInfo": {"name": "benchmark"},
        "rootUri": folder.as_uri(),
        "workspaceFolders": [{"uri": folder.as_uri(), "name": folder.name}],
        "capabilities": {
            "general": {"positionEncodings": [encoding]},
            "textDocument": text_document,
            "window": {"workDoneProgress": True},
            "workspace": workspace,
        },
        "initializationOptions": options or {},
    }
