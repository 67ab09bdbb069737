"""Bytes in and out: standard streams or one loopback connection, and the end of the process.

Standard input is read by a thread of its own into a buffer of the loop, so that all messages that have arrived are
handled before the loop turns to anything else: this is what lets `documents.py` analyse only the newest of several
versions. Nothing but protocol reaches standard output: the process' own is turned into standard error.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
import os
import sys
import threading
from collections import deque
from typing import TYPE_CHECKING, BinaryIO, SupportsIndex

from pygls.io_ import run_async

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ssot_lsp.server.app import Server

log = logging.getLogger("ssot_lsp.server")

_CHUNK = 1 << 16
_HEADER_LIMIT = 1 << 16
_LENGTH = b"Content-Length:"
_SECONDS_FOR_THE_LAST_WORDS = 2.0

# What pygls logs with a traceback is told in one line by `Server.report_server_error`.
_SILENT = logging.getLogger("ssot_lsp.server.silent")
_SILENT.disabled = True


class RefusedError(Exception):
    """An address that is not offered to listen on; the message says why."""


def run_stdio(server: Server) -> int:
    """Serve over standard input and output until the client leaves; returns the exit code."""
    with _claimed_streams() as (source, target):
        return asyncio.run(_serve_files(server, source, target))


def run_tcp(server: Server, host: str, port: int) -> int:
    """Serve the first client that connects to `host`, a loopback address; raises RefusedError for any other.

    Port 0 takes a free one; the address is told on standard error.
    """
    if not _is_loopback(host):
        message = f"{host} is no loopback address: whoever reaches the port can read the workspace"
        raise RefusedError(message)
    return asyncio.run(_serve_socket(server, host, port))


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class Input(asyncio.StreamReader):
    """What the client has sent. Neither a broken header nor an early end raises: they read as junk and as an end."""

    def __init__(self) -> None:
        super().__init__(limit=_HEADER_LIMIT)
        self._unread = 0  # bytes

    @property
    def has_more(self) -> bool:
        """Whether something has arrived that was not read yet."""
        return self._unread > 0

    def feed_data(self, data: Iterable[SupportsIndex]) -> None:
        """Take `data` from the client."""
        data = bytes(data)
        self._unread += len(data)
        super().feed_data(data)

    async def readline(self) -> bytes:
        """One line; a line feed for what is longer than any header."""
        try:
            line = await super().readline()
        except ValueError:
            log.warning("Skipped bytes of the client that are no header")
            return b"\n"
        self._unread -= len(line)
        if (start := line.find(_LENGTH)) > 0:  # the message before was longer than it said
            log.warning("Skipped %d bytes of the client that belong to no message", start)
            line = line[start:]
        return line

    async def readexactly(self, n: int) -> bytes:
        """`n` bytes; none where the client ended before."""
        try:
            data = await super().readexactly(n)
        except asyncio.IncompleteReadError:
            return b""
        self._unread -= n
        return data


class Output:
    """Where messages to the client go. Once it has gone, they go nowhere and `on_lost` has been told, in any thread.

    Where `write` waits for the reader, what is long is written by a thread, and so is all that follows until it is
    done: nobody waits for a client that is busy with five thousand diagnostics.
    """

    def __init__(self, write: Callable[[bytes], None], on_lost: Callable[[], None], *, waits: bool) -> None:
        self._write = write
        self._on_lost = on_lost
        self._longest = _CHUNK // 2 if waits else None  # bytes that are written at once; a pipe takes them
        self._is_open = True
        self._lock = threading.Lock()
        self._waiting: deque[bytes] = deque()
        self._thread: threading.Thread | None = None

    def write(self, data: bytes) -> None:
        """Send `data`, after all that was sent before."""
        with self._lock:
            if self._thread is not None or (self._longest is not None and len(data) > self._longest):
                self._waiting.append(data)
                if self._thread is None:
                    self._thread = threading.Thread(
                        target=self._write_waiting, name="standard output", daemon=True
                    )
                    self._thread.start()
                return
        self._write_now(data)

    def close(self) -> None:
        """Send nothing from here on."""
        self._is_open = False

    def flush(self, seconds: float) -> None:
        """Wait that long for what is still to be written."""
        thread = self._thread
        if thread is not None:
            thread.join(seconds)

    def _write_now(self, data: bytes) -> None:
        if not self._is_open:
            return
        try:
            self._write(data)
        except (OSError, ValueError) as error:
            self._is_open = False
            log.info("The client is gone: %s", error)
            self._on_lost()

    def _write_waiting(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._thread = None
                    return
                data = self._waiting.popleft()
            self._write_now(data)


async def _serve_files(server: Server, source: BinaryIO, target: BinaryIO) -> int:
    loop = asyncio.get_running_loop()
    reader = Input()

    def write(data: bytes) -> None:
        target.write(data)
        target.flush()

    def pump() -> None:
        descriptor = source.fileno()
        with contextlib.suppress(RuntimeError):  # the loop is closed
            while True:
                try:
                    data = os.read(descriptor, _CHUNK)
                except OSError:
                    data = b""
                if not data:
                    loop.call_soon_threadsafe(reader.feed_eof)
                    return
                loop.call_soon_threadsafe(reader.feed_data, data)

    threading.Thread(target=pump, name="standard input", daemon=True).start()
    return await _serve(server, reader, write, waits=True)


async def _serve_socket(server: Server, host: str, port: int) -> int:
    connected: asyncio.Future[tuple[asyncio.StreamReader, asyncio.StreamWriter]]
    connected = asyncio.get_running_loop().create_future()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if connected.done():
            writer.close()
        else:
            connected.set_result((reader, writer))

    listening = await asyncio.start_server(accept, host.strip("[]"), port)
    address = listening.sockets[0].getsockname()
    sys.stderr.write(f"ssot-lsp listens on {address[0]}:{address[1]}\n")
    sys.stderr.flush()
    source, target = await connected
    listening.close()
    reader = Input()

    async def pump() -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(_CHUNK):
                reader.feed_data(data)
        reader.feed_eof()

    pumping = asyncio.ensure_future(pump())
    try:
        return await _serve(server, reader, target.write)
    finally:
        pumping.cancel()
        target.close()


async def _serve(
    server: Server, reader: Input, write: Callable[[bytes], None], *, waits: bool = False
) -> int:
    protocol, loop = server.protocol, asyncio.get_running_loop()

    def stop() -> None:
        protocol.stopped.set()
        with contextlib.suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(reader.feed_eof)

    output = Output(write, stop, waits=waits)
    protocol.set_writer(output)
    server.session.start(loop, lambda: reader.has_more)
    try:
        await run_async(protocol.stopped, reader, protocol, _SILENT, server.report_unreadable)
    finally:
        server.session.stop()
        output.flush(_SECONDS_FOR_THE_LAST_WORDS)
    return protocol.exit_code


@contextlib.contextmanager
def _claimed_streams() -> Iterator[tuple[BinaryIO, BinaryIO]]:
    """Standard input and output for the protocol alone: what else is written to the latter goes to the log.

    Children and careless libraries find an empty input and standard error in their places.
    """
    sys.stdout.flush()
    source_descriptor, target_descriptor = os.dup(0), os.dup(1)
    kept = sys.stdin, sys.stdout
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    try:
        yield os.fdopen(source_descriptor, "rb", 0), os.fdopen(target_descriptor, "wb")
    finally:
        sys.stdin, sys.stdout = kept
