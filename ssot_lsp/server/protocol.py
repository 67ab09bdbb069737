"""The conversation: pygls' protocol, without what it does to documents and with what it leaves unanswered.

- Documents are ours (`documents.py`): the built-in handlers of pygls, which keep a copy of each text and break its
  lines where the protocol does not, only pass their notifications on.
- A message that is not as the protocol has it is answered where it asked for something, and is a line in the log
  otherwise. An `initialize` with values from a newer protocol is understood without them.
- Diagnostics are JSON text already and go out as they are.
- Before `initialize` and after `shutdown` requests are answered with the error that the protocol wants.
"""

from __future__ import annotations

import inspect
import json
import logging
import re
import threading
from typing import TYPE_CHECKING, Any

from cattrs.errors import ClassValidationError, IterableValidationError
from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams
from pygls.protocol import LanguageServerProtocol, lsp_method

from ssot_lsp.server.convert import Encoded, encoded

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from cattrs import Converter
    from pygls.lsp.server import LanguageServer

log = logging.getLogger("ssot_lsp.server")

ANSWERED = object()
"""A message of which nothing is left to be handled."""

_MOST_MENDS = 100
_GREATEST = 2**31 - 1


class Protocol(LanguageServerProtocol):
    """One conversation with one client."""

    def __init__(self, server: LanguageServer, converter: Converter) -> None:
        self.converter = converter
        self.is_initialized = False
        self.is_shut_down = False
        self.stopped = threading.Event()  # what pygls' main loop looks at
        self.trim: Callable[[types.ServerCapabilities], None] = lambda _: None  # set by the session
        super().__init__(server, converter)

    @property
    def exit_code(self) -> int:
        """What the process ends with: 0 only after `shutdown`."""
        return 0 if self.is_shut_down else 1

    # What comes in.

    def structure_message(self, data: dict[str, Any]) -> Any:
        """The typed form of a message, ANSWERED where nothing is left to be done, any other JSON object as it is."""
        if "jsonrpc" not in data or ("method" not in data and "id" not in data):
            return data
        method, identity = data.get("method"), data.get("id")
        if method is None:
            return self._structure_answer(data)
        if refusal := self._refusal(method, data["jsonrpc"]):
            self.refuse(identity, *refusal)
            return ANSWERED
        message_type = self.get_message_type(method)
        if message_type is None:
            if identity is not None:
                self.refuse(identity, types.ErrorCodes.MethodNotFound, f"there is no `{method}` here")
            return ANSWERED
        try:
            return self.converter.structure(data, message_type)
        except Exception as error:  # noqa: BLE001 - cattrs and its hooks raise what they like
            return self._structure_mended(data, message_type, error)

    def _refusal(self, method: Any, version: Any) -> tuple[types.ErrorCodes, str] | None:
        """Why a message has no place at this moment."""
        wrong = types.ErrorCodes.InvalidRequest
        if not isinstance(method, str):
            return wrong, "`method` is no string"
        if version != self.VERSION:
            return wrong, f"`{method}` is not of JSON-RPC 2.0"
        if method == types.EXIT:
            return None
        if self.is_shut_down:
            return wrong, f"`{method}` after `shutdown`"
        if self.is_initialized and method == types.INITIALIZE:
            return wrong, "`initialize` a second time"
        if not self.is_initialized and method != types.INITIALIZE:
            return types.ErrorCodes.ServerNotInitialized, f"`{method}` before `initialize`"
        return None

    def _structure_answer(self, data: dict[str, Any]) -> Any:
        if self.is_shut_down:  # nobody waits for it any more
            return ANSWERED
        try:
            return super().structure_message(data)
        except Exception as error:  # noqa: BLE001 - as above
            log.warning("An answer of the client cannot be read: %s", _first_line(error))
            return ANSWERED

    def _structure_mended(self, data: dict[str, Any], message_type: type[Any], error: Exception) -> Any:
        """Once more without what a sloppy or newer client sends."""
        params, method = data.setdefault("params", {}), data["method"]
        if isinstance(params, dict):
            _clamp_positions(params)
            document = params.get("textDocument")
            if isinstance(document, dict) and not isinstance(document.get("version", ""), int):
                document["version"] = 0
            if method == types.INITIALIZE and not isinstance(params.get("capabilities"), dict):
                params["capabilities"] = {}
        for _ in range(_MOST_MENDS):
            try:
                return self.converter.structure(data, message_type)
            except Exception as another:  # noqa: BLE001 - as above
                error = another
            path = max(_faults(error), key=len, default=())
            if method != types.INITIALIZE or (removed := _remove(data, path)) is None:
                break
            log.info(
                "Passing over `%s` in `initialize`: it is not of the protocol known here", _shown(removed)
            )
        place, cause = max(_causes(error), key=lambda each: len(each[0]))
        reason = f"{_first_line(cause)} at `{_shown(place)}`"
        self.refuse(
            data.get("id"),
            types.ErrorCodes.InvalidParams,
            f"`{method}` is not as the protocol has it: {reason}",
        )
        return ANSWERED

    def handle_message(self, message: Any) -> None:
        """Pass a message on."""
        if message is ANSWERED:
            return
        if not hasattr(message, "jsonrpc"):
            reason = "a message is no JSON-RPC 2.0 message"
            self.refuse_unreadable(types.ErrorCodes.InvalidRequest, reason)
            return
        super().handle_message(message)

    def refuse(self, identity: int | str | None, code: types.ErrorCodes, reason: str) -> None:
        """Answer a request with an error; a notification, which takes no answer, is a line in the log."""
        log.warning("Refused: %s", reason)
        if identity is not None:
            self._send_error(identity, code, reason)

    def refuse_unreadable(self, code: types.ErrorCodes, reason: str) -> None:
        """Answer something of which not even the identity can be read."""
        log.warning("Refused: %s", reason)
        self._send_error(None, code, reason)

    def _send_error(self, identity: int | str | None, code: types.ErrorCodes, reason: str) -> None:
        if self.writer is None:
            return
        error = {"code": int(code), "message": reason}
        body = json.dumps({"jsonrpc": "2.0", "id": identity, "error": error}).encode()
        self.writer.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))

    # What goes out.

    def _send_data(self, data: Any) -> None:
        """Send a message. One with encoded parameters or an encoded result is put together as text.

        The one place where something private of pygls is replaced; a test guards it.
        """
        for name in ("params", "result"):
            value = getattr(data, name, None)
            if isinstance(value, Encoded) and self.writer is not None:
                head: dict[str, Any] = {"jsonrpc": self.VERSION}
                if name == "params":
                    head["method"] = data.method
                else:
                    head["id"] = data.id
                body = f'{encoded(head)[:-1]},"{name}":{value}}}'.encode()
                self.writer.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
                return
        super()._send_data(data)

    # What pygls brings along, and where it is passed on instead.

    @lsp_method(types.INITIALIZE)
    def lsp_initialize(self, params: types.InitializeParams) -> Generator[Any, Any, types.InitializeResult]:
        """Pygls' own, which asks ours first; the capabilities are then cut to what this client uses."""
        result: types.InitializeResult = yield from super().lsp_initialize(params)
        self.is_initialized = True
        self.trim(result.capabilities)
        return result

    @lsp_method(types.SHUTDOWN)
    def lsp_shutdown(self, *args: Any) -> Generator[Any, Any, None]:
        """Pygls' own; from here on requests are refused."""
        self.is_shut_down = True
        yield from super().lsp_shutdown(*args)

    @lsp_method(types.EXIT)
    def lsp_exit(self, *_: Any) -> Generator[Any, Any, None]:
        """End the main loop, instead of raising SystemExit in the middle of it."""
        self.stopped.set()
        yield from ()

    @lsp_method(types.TEXT_DOCUMENT_DID_OPEN)
    def lsp_text_document__did_open(
        self, params: types.DidOpenTextDocumentParams
    ) -> Generator[Any, Any, None]:
        """Pass on."""
        yield from self._pass_on(types.TEXT_DOCUMENT_DID_OPEN, params)

    @lsp_method(types.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(
        self, params: types.DidChangeTextDocumentParams
    ) -> Generator[Any, Any, None]:
        """Pass on."""
        yield from self._pass_on(types.TEXT_DOCUMENT_DID_CHANGE, params)

    @lsp_method(types.TEXT_DOCUMENT_DID_CLOSE)
    def lsp_text_document__did_close(
        self, params: types.DidCloseTextDocumentParams
    ) -> Generator[Any, Any, None]:
        """Pass on."""
        yield from self._pass_on(types.TEXT_DOCUMENT_DID_CLOSE, params)

    @lsp_method(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    def lsp_workspace__did_change_workspace_folders(
        self, params: types.DidChangeWorkspaceFoldersParams
    ) -> Generator[Any, Any, None]:
        """Pass on."""
        yield from self._pass_on(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS, params)

    @lsp_method(types.WINDOW_WORK_DONE_PROGRESS_CANCEL)
    def lsp_work_done_progress_cancel(
        self, params: types.WorkDoneProgressCancelParams
    ) -> Generator[Any, Any, None]:
        """Pass on."""
        yield from self._pass_on(types.WINDOW_WORK_DONE_PROGRESS_CANCEL, params)

    @lsp_method(types.WORKSPACE_EXECUTE_COMMAND)
    async def lsp_workspace__execute_command(self, params: types.ExecuteCommandParams) -> Any:  # type: ignore[override]
        """Run a command as a task of its own: pygls' would go on when the request is cancelled."""
        command = self.fm.commands.get(params.command)
        if command is None:
            reason = f"there is no command `{params.command}`"
            raise JsonRpcInvalidParams(reason)
        result = command(*(params.arguments or ()))
        return await result if inspect.isawaitable(result) else result

    def _pass_on(self, method: str, params: Any) -> Generator[Any, Any, None]:
        yield self.fm.features[method], (params,), None


def _faults(error: BaseException) -> Iterator[tuple[str | int, ...]]:
    """Where in the JSON the values are that cattrs could not use."""
    return (path for path, _ in _causes(error))


def _causes(
    error: BaseException, path: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], BaseException]]:
    """The same with what was raised there."""
    if isinstance(error, ClassValidationError):
        noted, rest = error.group_exceptions()
        for each, note in noted:
            yield from _causes(each, (*path, _camel(note.name)))
    elif isinstance(error, IterableValidationError):
        elements, rest = error.group_exceptions()
        for each, place in elements:
            yield from _causes(each, (*path, place.index))
    else:
        yield path, error
        return
    for other in rest:
        yield from _causes(other, path)


def _camel(name: str) -> str:
    return re.sub(r"_([a-z])", lambda match: match[1].upper(), name.rstrip("_"))


def _remove(data: Any, path: tuple[str | int, ...]) -> tuple[str | int, ...] | None:
    """Remove the value at `path` or, where it is missing and wanted, the nearest around it; what was removed."""
    while len(path) > 1:  # `params` as a whole are not for removal
        value = data
        try:
            for step in path[:-1]:
                value = value[step]
            del value[path[-1]]
        except (KeyError, IndexError, TypeError):
            path = path[:-1]
        else:
            return path
    return None


def _shown(path: tuple[str | int, ...]) -> str:
    return ".".join(map(str, path))


def _clamp_positions(value: Any) -> None:
    """Bring lines and columns into the range that the protocol allows, throughout."""
    if isinstance(value, list):
        for each in value:
            _clamp_positions(each)
    elif isinstance(value, dict):
        for name, each in value.items():
            if name in {"line", "character"} and isinstance(each, int | float):
                value[name] = int(min(max(each, 0), _GREATEST))
            else:
                _clamp_positions(each)


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0][:200] or type(error).__name__
