"""The server: one table of all that it understands, put together by `create_server`."""

from __future__ import annotations

import inspect
import json
import logging
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import FeatureRequestError, JsonRpcException, JsonRpcInternalError
from pygls.lsp.server import LanguageServer

from ssot_lsp import __version__
from ssot_lsp.server.code_actions import FIX_ALL, FIX_WORKSPACE, CodeActions
from ssot_lsp.server.completions import TRIGGERS, Completions
from ssot_lsp.server.convert import SOURCE
from ssot_lsp.server.hovers import Hovers
from ssot_lsp.server.protocol import Protocol
from ssot_lsp.server.ratchet import ADD, WRITE, Ratchet
from ssot_lsp.server.requests import Requests
from ssot_lsp.server.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable

    from ssot_lsp.analysis import Workspace

log = logging.getLogger("ssot_lsp.server")

_OPTIONS: dict[str, Any] = {
    types.TEXT_DOCUMENT_SIGNATURE_HELP: types.SignatureHelpOptions(
        trigger_characters=["(", ","], retrigger_characters=["=", ")"]
    ),
    types.TEXT_DOCUMENT_DID_SAVE: types.SaveOptions(include_text=False),
    types.TEXT_DOCUMENT_CODE_ACTION: types.CodeActionOptions(
        code_action_kinds=[types.CodeActionKind.QuickFix, FIX_ALL], resolve_provider=True
    ),
    types.TEXT_DOCUMENT_COMPLETION: types.CompletionOptions(
        trigger_characters=list(TRIGGERS),
        resolve_provider=True,
        completion_item=types.ServerCompletionItemOptions(label_details_support=True),
    ),
    types.TEXT_DOCUMENT_DIAGNOSTIC: types.DiagnosticOptions(
        identifier=SOURCE, inter_file_dependencies=True, workspace_diagnostics=True
    ),
}


def _methods(session: Session) -> dict[str, Callable[[Any], Any]]:
    """Every method of the protocol that is answered here, besides `shutdown` and `exit`."""
    documents, requests, hovers = session.documents, Requests(session), Hovers(session)
    completions, code_actions = Completions(session), CodeActions(session)
    return {
        types.INITIALIZE: session.initialize,
        types.INITIALIZED: session.initialized,
        types.TEXT_DOCUMENT_DID_OPEN: documents.did_open,
        types.TEXT_DOCUMENT_DID_CHANGE: documents.did_change,
        types.TEXT_DOCUMENT_DID_SAVE: documents.did_save,
        types.TEXT_DOCUMENT_DID_CLOSE: documents.did_close,
        types.TEXT_DOCUMENT_DIAGNOSTIC: requests.diagnostic,
        types.WORKSPACE_DIAGNOSTIC: session.survey.diagnostic,
        types.TEXT_DOCUMENT_CODE_ACTION: code_actions.listed,
        types.CODE_ACTION_RESOLVE: code_actions.resolve,
        types.TEXT_DOCUMENT_COMPLETION: completions.complete,
        types.COMPLETION_ITEM_RESOLVE: completions.resolve,
        types.TEXT_DOCUMENT_HOVER: hovers.hover,
        types.TEXT_DOCUMENT_DEFINITION: hovers.definition,
        types.TEXT_DOCUMENT_SIGNATURE_HELP: hovers.signature_help,
        types.WORKSPACE_DID_CHANGE_CONFIGURATION: session.did_change_configuration,
        types.WORKSPACE_DID_CHANGE_WATCHED_FILES: session.did_change_watched_files,
        types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS: session.did_change_folders,
        types.WINDOW_WORK_DONE_PROGRESS_CANCEL: session.cancel_progress,
    }


def _commands(session: Session) -> dict[str, Callable[..., Any]]:
    """What `workspace/executeCommand` can do."""
    ratchet = Ratchet(session)
    return {
        "ssot-lsp.restartIndex": lambda *_: session.restart_index(),
        "ssot-lsp.debugInfo": lambda *_: session.debug_info(),
        FIX_WORKSPACE: CodeActions(session).fix_workspace,
        ADD: ratchet.add,
        WRITE: ratchet.write,
    }


class Server(LanguageServer):
    """Pygls' server, which tells its log what goes wrong and nobody else."""

    protocol: Protocol
    session: Session

    def report_server_error(self, error: Exception, source: Any) -> None:
        """Log what a handler raised. Pygls would open a window."""
        if isinstance(error, JsonRpcInternalError):
            trace = "".join((error.data or {}).get("traceback", ()))
            log.error("A handler failed, please report it: %s\n%s", error, trace)
        elif source is FeatureRequestError and isinstance(error, JsonRpcException):
            log.debug("A request was refused: %s", error)
        else:
            log.error("A handler failed, please report it", exc_info=error)

    def report_unreadable(self, error: Exception, _: object) -> None:
        """Answer bytes that are no JSON, or no message."""
        if isinstance(error, json.JSONDecodeError | UnicodeDecodeError | RecursionError):
            self.protocol.refuse_unreadable(types.ErrorCodes.ParseError, f"a message is no JSON: {error}")
        else:
            log.error("A message could not be handled, please report it", exc_info=error)


def create_server(load: Callable[[Iterable[str]], Workspace] | None = None) -> Server:
    """A server for one client; `load` makes the engine for the given folders."""
    server = Server(SOURCE, __version__, protocol_cls=Protocol)
    session = server.session = Session(server, load or _load)
    for method, handler in _methods(session).items():
        server.feature(method, _OPTIONS.get(method))(_handler(handler))
    for name, command in _commands(session).items():
        server.command(name)(_command(command))
    return server


def log_to_stderr() -> None:
    """Log to standard error, which is where editors look for it; once per process."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%H:%M:%S"))
    logger = logging.getLogger("ssot_lsp")
    logger.addHandler(handler)
    logger.propagate = False
    logging.getLogger("pygls").setLevel(logging.CRITICAL)  # `report_server_error` has the same without noise


def _load(folders: Iterable[str]) -> Workspace:
    from ssot_lsp.analysis import Workspace  # noqa: PLC0415 - takes longer than `initialize` may

    return Workspace(folders=folders)


def _handler(method: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A function, which pygls can mark, for a bound method, which it cannot."""
    if inspect.iscoroutinefunction(method):

        async def wait(params: Any) -> Any:
            return await method(params)

        return wait

    if inspect.isgeneratorfunction(method):

        def step(params: Any) -> Generator[Any, Any, Any]:
            return (yield from method(params))

        return step

    def call(params: Any) -> Any:
        return method(params)

    return call


def _command(method: Callable[..., Any]) -> Callable[..., Any]:
    """The same with arguments of any kind, which pygls would convert to what a signature says."""
    if inspect.iscoroutinefunction(method):

        async def wait(*arguments: Any) -> Any:
            return await method(*arguments)

        return wait

    def call(*arguments: Any) -> Any:
        return method(*arguments)

    return call
