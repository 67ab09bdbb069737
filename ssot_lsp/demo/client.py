"""A small language client: a server process over stdio, with a time limit on every wait."""

from __future__ import annotations

import json
import queue
import subprocess
import threading
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from typing_extensions import Self

TIME_LIMIT = 30.0  # seconds that one answer may take, on a slow and busy machine too
_LOG_LINES = 15  # of the server's stderr are shown when something goes wrong


class ServerError(Exception):
    """The server broke the protocol, its word or a time limit; the message says which, and what it logged."""


class LanguageClient:
    """A conversation with one server. Leave the `with` block to end the process, whatever happened."""

    def __init__(
        self,
        command: Sequence[str],
        folder: Path,
        environment: Mapping[str, str],
        time_limit: float = TIME_LIMIT,
    ) -> None:
        self._time_limit = time_limit  # seconds
        self._process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert self._process.stdin is not None  # noqa: S101 - tells the type checker what PIPE means
        assert self._process.stdout is not None  # noqa: S101
        assert self._process.stderr is not None  # noqa: S101
        self._input = self._process.stdin
        self._messages: queue.Queue[dict[str, Any] | str] = queue.Queue()
        self._notifications: deque[dict[str, Any]] = deque()
        self._log: deque[str] = deque(maxlen=_LOG_LINES)
        self._requests = 0
        self._readers = (
            threading.Thread(target=self._read, args=(self._process.stdout,), daemon=True),
            threading.Thread(target=self._read_log, args=(self._process.stderr,), daemon=True),
        )
        for reader in self._readers:
            reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait(self._time_limit)
        for reader in self._readers:
            reader.join(self._time_limit)
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            with suppress(OSError):  # what was left to flush has nobody to read it
                if stream is not None:
                    stream.close()

    def request(self, method: str, params: object) -> Any:
        """Ask, and return the `result`; raises ServerError on an error response."""
        self._requests += 1
        number = self._requests
        self._send({"id": number, "method": method, "params": params})
        answer = self._next(f"the answer to {method}", lambda each: each.get("id") == number)
        if "error" in answer:
            self._fail(f"{method} was answered by an error: {answer['error'].get('message')}")
        return answer.get("result")

    def notify(self, method: str, params: object) -> None:
        """Tell the server something that it does not answer."""
        self._send({"method": method, "params": params})

    def wait_for(self, method: str, accept: Callable[[Any], bool]) -> Any:
        """The `params` of the first notification of `method` that `accept` takes, past or to come."""

        def fits(message: dict[str, Any]) -> bool:
            return message.get("method") == method and accept(message.get("params"))

        for message in self._notifications:
            if fits(message):
                self._notifications.remove(message)
                return message["params"]
        return self._next(method, fits)["params"]

    def end(self) -> int:
        """Say goodbye as the protocol has it, and return the exit code of the process."""
        self.request("shutdown", None)
        self.notify("exit", None)
        try:
            return self._process.wait(self._time_limit)
        except subprocess.TimeoutExpired:
            self._fail(f"the server was still running {self._time_limit:g} s after `exit`")

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        try:
            self._input.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
            self._input.flush()
        except OSError:
            self._fail("the server has stopped listening", is_ending=True)

    def _next(self, awaited: str, accept: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The next message that `accept` takes; keeps notifications for later, answers the server's requests."""
        while True:
            try:
                message = self._messages.get(timeout=self._time_limit)
            except queue.Empty:
                self._fail(f"{awaited} did not come within {self._time_limit:g} s")
            if isinstance(message, str):
                self._messages.put(message)  # whoever asks next learns it too
                self._fail(f"{awaited} did not come: {message}", is_ending=True)
            if accept(message):
                return message
            if "method" not in message:
                continue
            if "id" in message:
                self._send({"id": message["id"], "result": _answer(message)})
            else:
                self._notifications.append(message)

    def _read(self, stream: BinaryIO) -> None:
        """Put what the server says into the queue, and in the end the reason why there is no more."""
        try:
            while header := stream.readline():
                name, _, value = header.partition(b":")
                if name.strip().lower() != b"content-length":
                    self._messages.put(f"the server wrote {header!r} to its output, which is no protocol")
                    return
                while stream.readline().strip():
                    pass
                self._messages.put(json.loads(stream.read(int(value))))
        except ValueError as error:
            self._messages.put(f"the server wrote a message that cannot be read ({error})")
            return
        self._messages.put("the server has ended")

    def _read_log(self, stream: BinaryIO) -> None:
        for line in stream:
            self._log.append(line.decode(errors="replace").rstrip())

    def _fail(self, reason: str, *, is_ending: bool = False) -> NoReturn:
        if is_ending:  # its exit code and its last words are worth a moment
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(1)
        if self._process.poll() is not None:
            reason += f" (exit code {self._process.returncode})"
            self._readers[1].join(self._time_limit)
        if self._log:
            reason += "\nthe last of its log:\n" + "\n".join(f"    {line}" for line in self._log)
        raise ServerError(reason)


def _answer(request: Mapping[str, Any]) -> object:
    """What a client without settings of its own answers to a request of the server's."""
    if request["method"] == "workspace/configuration":
        return [None for _ in request["params"]["items"]]
    return None
