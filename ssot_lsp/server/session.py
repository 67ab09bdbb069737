"""One client: what it can do, what it has set, which folders it works on, and the engine behind all of it.

The engine is loaded after `initialize` has been answered: reading it in takes longer than the answer may.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import platform
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, TypeVar
from uuid import uuid4

import lsprotocol
import pygls
from lsprotocol import types
from pygls.capabilities import get_capability

from ssot_lsp import __version__
from ssot_lsp.server.completions import PLACES, CompletionSupport
from ssot_lsp.server.convert import SOURCE, Encoded, encoded, to_path, to_uri
from ssot_lsp.server.documents import Documents
from ssot_lsp.server.inferring import Inferring
from ssot_lsp.server.parent import end_with
from ssot_lsp.server.survey import Survey, end_processes

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator
    from concurrent.futures import Future

    from ssot_lsp.analysis import Searched, Workspace
    from ssot_lsp.server.app import Server
    from ssot_lsp.text import PositionEncoding

log = logging.getLogger("ssot_lsp.server")

T = TypeVar("T")

SECTION = "ssot-lsp"
# What the findings depend on besides the documents themselves. pytest's own settings are read as well, and a module
# without a source may be compiled, or be what is built by a project.
WATCHED = (
    "**/*.{py,pyi,pyx,so,pyd}",
    "**/{pyproject.toml,ssot-lsp.toml,.gitignore,.ssot-baseline.json}",
    "**/{pytest.toml,.pytest.toml,pytest.ini,.pytest.ini,tox.ini,setup.cfg}",
    "**/{Cargo.toml,meson.build,CMakeLists.txt}",
)
_MOMENT = 0.005  # seconds
_LEVELS = {
    "error": logging.ERROR,
    "warning": logging.WARNING,
    "info": logging.INFO,
    "debug": logging.DEBUG,
}
_PAGES = to_uri(os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "rules"))
_DEFAULT_ENCODING: PositionEncoding = "utf-16"
# What can be switched off, each by its own, by the names that the protocol has for it.
FEATURES = frozenset(
    {"codeAction", "codeLens", "completion", "definition", "hover", "inference", "signatureHelp"}
)


@dataclass(frozen=True, slots=True)
class Client:
    """What the client can do, asked once."""

    name: str = "an unnamed client"
    encoding: PositionEncoding = _DEFAULT_ENCODING
    pulls: bool = False
    refreshes: bool = False
    shows_related: bool = False
    shows_unnecessary: bool = False
    shows_descriptions: bool = False
    keeps_data: bool = False
    reads_markdown: bool = False
    reads_markdown_signatures: bool = False
    takes_label_offsets: bool = False
    takes_links: bool = False
    resolves_edits: bool = False
    takes_code_actions: bool = False
    prefers: bool = False
    takes_document_changes: bool = False
    takes_snippets: bool = False
    takes_annotations: bool = False
    takes_metadata: bool = False
    registers_watchers: bool = False
    registers_diagnostics: bool = False
    shows_progress: bool = False
    answers_configuration: bool = False
    completion: CompletionSupport = field(default_factory=CompletionSupport)

    @classmethod
    def of(cls, params: types.InitializeParams, encoding: str) -> Client:
        """What `params` promise; `encoding` is what was agreed upon."""

        def can(path: str) -> Any:
            return get_capability(params.capabilities, path)

        def shows(what: str) -> Any:
            return can(f"text_document.publish_diagnostics.{what}") or can(f"text_document.diagnostic.{what}")

        def says(what: str) -> Any:
            return can(f"text_document.signature_help.signature_information.{what}")

        info = params.client_info
        edit_properties = can("text_document.code_action.resolve_support.properties") or ()
        name = f"{info.name} {info.version or ''}".strip() if info else "an unnamed client"
        return cls(
            name=name,
            encoding=encoding if encoding in {"utf-8", "utf-32"} else _DEFAULT_ENCODING,  # type: ignore[arg-type]
            pulls=can("text_document.diagnostic") is not None,
            refreshes=bool(can("workspace.diagnostics.refresh_support")),
            shows_related=bool(shows("related_information")),
            shows_unnecessary=types.DiagnosticTag.Unnecessary in (shows("tag_support.value_set") or ()),
            shows_descriptions=bool(shows("code_description_support")),
            keeps_data=bool(shows("data_support")),
            reads_markdown=types.MarkupKind.Markdown in (can("text_document.hover.content_format") or ()),
            reads_markdown_signatures=types.MarkupKind.Markdown in (says("documentation_format") or ()),
            takes_label_offsets=bool(says("parameter_information.label_offset_support")),
            takes_links=bool(can("text_document.definition.link_support")),
            resolves_edits="edit" in edit_properties and bool(can("text_document.code_action.data_support")),
            takes_code_actions=can("text_document.code_action.code_action_literal_support") is not None,
            prefers=bool(can("text_document.code_action.is_preferred_support")),
            # files are created and renamed in document changes alone: Neovim says the one and means the other
            takes_document_changes=bool(
                can("workspace.workspace_edit.document_changes")
                or can("workspace.workspace_edit.resource_operations")
            ),
            takes_snippets=bool(can("workspace.workspace_edit.snippet_edit_support")),
            takes_annotations=can("workspace.workspace_edit.change_annotation_support") is not None,
            takes_metadata=bool(can("workspace.workspace_edit.metadata_support")),
            registers_watchers=bool(can("workspace.did_change_watched_files.dynamic_registration")),
            registers_diagnostics=bool(can("text_document.diagnostic.dynamic_registration")),
            shows_progress=bool(can("window.work_done_progress")),
            answers_configuration=bool(can("workspace.configuration")),
            completion=CompletionSupport.of(can),
        )

    def page_of(self, rule: str) -> str:
        """The URI of the rule's page: the module that is the rule, on this machine."""
        return f"{_PAGES}/{rule.replace('-', '_')}.py"


@dataclass(frozen=True, slots=True)
class Settings:
    """What the editor sets: how to show, never what to find, which is the configuration files' business."""

    mode: Literal["openFilesOnly", "workspace"] = "openFilesOnly"
    log_level: int = logging.INFO
    off: frozenset[str] = frozenset()  # features that are not wanted, of FEATURES
    incomplete: frozenset[str] = frozenset()  # where nothing shall complete, of PLACES

    @classmethod
    def of(cls, given: object) -> Settings:
        """The settings in a JSON value, which may hold them under `ssot-lsp`; what is no setting is left out."""
        if isinstance(given, dict) and isinstance(given.get(SECTION), dict):
            given = given[SECTION]
        if not isinstance(given, dict):
            return cls()
        mode, level = given.get("diagnosticMode"), given.get("logLevel")
        if mode not in (None, "openFilesOnly", "workspace"):  # a tuple: it may be no key of a set
            log.warning("`diagnosticMode` is `openFilesOnly` or `workspace`, not %r", mode)
        if level is not None and level not in tuple(_LEVELS):
            log.warning("`logLevel` is one of %s, not %r", ", ".join(_LEVELS), level)
        return cls(
            "workspace" if mode == "workspace" else "openFilesOnly",
            _LEVELS.get(level, logging.INFO) if isinstance(level, str) else logging.INFO,
            _switched_off("features", given.get("features"), FEATURES),
            _switched_off("completion", given.get("completion"), PLACES),
        )

    def has(self, feature: str) -> bool:
        """Whether a feature of `FEATURES` is wanted: all are, unless somebody says otherwise."""
        return feature not in self.off


class Session:
    """What belongs to one client; all of it is used on the loop's thread only."""

    loop: asyncio.AbstractEventLoop
    pool: ThreadPoolExecutor

    def __init__(self, server: Server, load: Callable[[Iterable[str]], Workspace]) -> None:
        """Serve through `server`; `load` makes the engine for the given folders."""
        self.server = server
        self.client = Client()
        self.settings = Settings()
        self._searches: set[asyncio.Task[Any]] = set()
        self.folders: dict[str, str] = {}  # path -> URI as the client spells it
        self.documents = Documents(self)
        self.survey = Survey(self)
        self.inferring = Inferring(self)
        self.has_input: Callable[[], bool] = lambda: False
        self._load = load
        self._workspace: Workspace | None = None
        self._cancellable: dict[int | str, Callable[[], object]] = {}  # by progress token
        self._tasks: set[asyncio.Task[Any]] = set()
        self._watched: set[str] = set()  # names of baselines of which the client was told
        self._log_handler: ClientLog | None = None

    # The life of the process.

    def start(self, loop: asyncio.AbstractEventLoop, has_input: Callable[[], bool]) -> None:
        """Begin to serve on `loop`; `has_input` tells whether the client has said more already."""
        self.loop = loop
        self.has_input = has_input
        self.pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="ssot-lsp")
        self._log_handler = ClientLog(self)
        logging.getLogger("ssot_lsp").addHandler(self._log_handler)

    def stop(self) -> None:
        """Give up whatever is under way."""
        if self._log_handler is not None:
            logging.getLogger("ssot_lsp").removeHandler(self._log_handler)
        self.documents.clear()
        for task in self._tasks:
            task.cancel()
        self.pool.shutdown(wait=False, cancel_futures=True)
        self.inferring.stop()
        end_processes()

    def begin(self, work: Any) -> asyncio.Task[Any]:
        """Run a coroutine beside everything else; what it raises is logged."""
        task = self.loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def begin_pushing(self) -> None:
        """Push the whole workspace, if the client neither pulls it nor wants no more than what is open."""
        _ = self.begin(self.survey.push())

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("Something went wrong in the background", exc_info=error)

    # The protocol's lifecycle.

    def initialize(self, params: types.InitializeParams) -> None:
        """Learn who the client is; what takes time is left to `initialized`."""
        encodings = get_capability(params.capabilities, "general.position_encodings") or ()
        known = [each for each in encodings if each in {"utf-8", "utf-16", "utf-32"}]
        self.client = Client.of(
            params, str(getattr(known[0], "value", known[0])) if known else _DEFAULT_ENCODING
        )
        self.settings = Settings.of(params.initialization_options)
        self._apply_log_level()
        folders = list(params.workspace_folders or ())
        if not folders and params.root_uri:
            folders = [types.WorkspaceFolder(params.root_uri, "")]
        if not folders and params.root_path:
            folders = [types.WorkspaceFolder(to_uri(os.path.abspath(params.root_path)), "")]
        self.folders = {path: each.uri for each in folders if (path := _folder(each.uri))}
        self.server.protocol.trim = self._trim
        if params.process_id is not None:
            end_with(params.process_id, end_processes)
        self.loop.call_soon(self._load_engine)  # while the client reads the answer

    def _trim(self, capabilities: types.ServerCapabilities) -> None:
        """Each document is pushed or pulled, never both; the workspace is pulled only where that is asked for."""
        if not self.client.pulls:
            capabilities.diagnostic_provider = None
        elif isinstance(capabilities.diagnostic_provider, types.DiagnosticOptions):
            capabilities.diagnostic_provider.workspace_diagnostics = self.settings.mode == "workspace"
        if not self.client.takes_code_actions:
            capabilities.code_action_provider = None

    def initialized(self, _: types.InitializedParams) -> None:
        """Register for what happens outside of the editor, ask for the settings, load the engine."""
        log.info(
            "ssot-lsp %s serves %s, positions in %s", __version__, self.client.name, self.client.encoding
        )
        if self.client.registers_watchers:
            watchers = [types.FileSystemWatcher(glob) for glob in WATCHED]
            self._register(
                types.WORKSPACE_DID_CHANGE_WATCHED_FILES,
                types.DidChangeWatchedFilesRegistrationOptions(watchers),
            )
        self._register(types.WORKSPACE_DID_CHANGE_CONFIGURATION, None)
        self.ask_configuration()
        self.documents.look_again()
        self.begin_pushing()

    def watch(self, paths: Iterable[str]) -> None:
        """Let the client tell of changes of these files as well, wherever files of their names are."""
        if not self.client.registers_watchers:
            return
        names = {re.sub(r"[^\w .-]", "?", os.path.basename(path)) for path in paths}
        for name in sorted(names - self._watched):
            self._watched.add(name)
            watchers = [types.FileSystemWatcher(f"**/{name}")]
            options = types.DidChangeWatchedFilesRegistrationOptions(watchers)
            identifier = f"{SOURCE}-baseline-{len(self._watched)}"
            registration = types.Registration(identifier, types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
            self.ask(types.CLIENT_REGISTER_CAPABILITY, types.RegistrationParams([registration]))

    def _register(self, method: str, options: Any) -> None:
        if method == types.WORKSPACE_DID_CHANGE_CONFIGURATION and not get_capability(
            self.server.client_capabilities, "workspace.did_change_configuration.dynamic_registration"
        ):
            return
        registration = types.Registration(f"{SOURCE}-{method}", method, options)
        self.ask(types.CLIENT_REGISTER_CAPABILITY, types.RegistrationParams([registration]))

    # Asking the client.

    def ask(self, method: str, params: Any, then: Callable[[Any], None] | None = None) -> None:
        """Send a request; its result goes to `then`, its error to the log."""

        def answered(future: Future[Any]) -> None:
            if future.cancelled():
                return
            if (error := future.exception()) is not None:
                log.warning("The client refused `%s`: %s", method, error)
            elif then is not None:
                then(future.result())

        self.server.protocol.send_request(method, params).add_done_callback(answered)

    def notify(self, method: str, params: Any) -> None:
        """Send a notification; `params` may be encoded already."""
        self.server.protocol.notify(method, params)

    # Settings and folders.

    def did_change_configuration(self, params: types.DidChangeConfigurationParams) -> None:
        """Ask for the settings anew, or take those that come along."""
        if self.client.answers_configuration:
            self.ask_configuration()
        elif params.settings is not None:
            self._set(params.settings)

    def ask_configuration(self) -> None:
        """Ask for the settings where the client answers that; they take the place of the initial ones."""
        if not self.client.answers_configuration:
            return

        def take(result: Any) -> None:
            if result and result[0]:
                self._set(result[0])

        item = types.ConfigurationItem(section=SECTION)
        self.ask(types.WORKSPACE_CONFIGURATION, types.ConfigurationParams([item]), take)

    def _set(self, given: Any) -> None:
        before, self.settings = self.settings, Settings.of(given)
        self._apply_log_level()
        if before.mode != self.settings.mode:
            self.documents.look_again()
            self.begin_pushing()
            if self.client.pulls and self.client.registers_diagnostics:
                self._announce_mode()

    def _announce_mode(self) -> None:
        """Let the client pull the whole workspace, or no more of it than what is open."""
        name = f"{SOURCE}-{types.TEXT_DOCUMENT_DIAGNOSTIC}"
        if self.settings.mode == "workspace":
            options = types.DiagnosticRegistrationOptions(
                inter_file_dependencies=True,
                workspace_diagnostics=True,
                document_selector=[types.TextDocumentFilterLanguage("python")],
                identifier=f"{SOURCE}-workspace",
                id=name,
            )
            registration = types.Registration(name, types.TEXT_DOCUMENT_DIAGNOSTIC, options)
            self.ask(types.CLIENT_REGISTER_CAPABILITY, types.RegistrationParams([registration]))
        else:
            gone = types.Unregistration(name, types.TEXT_DOCUMENT_DIAGNOSTIC)
            self.ask(types.CLIENT_UNREGISTER_CAPABILITY, types.UnregistrationParams([gone]))

    def _apply_log_level(self) -> None:
        logging.getLogger("ssot_lsp").setLevel(self.settings.log_level)

    def did_change_folders(self, params: types.DidChangeWorkspaceFoldersParams) -> None:
        """Work on other folders; one that leaves and comes back at once stays."""
        for folder in params.event.removed:
            self.folders.pop(_folder(folder.uri) or "", None)
        for folder in params.event.added:
            if path := _folder(folder.uri):
                self.folders[path] = folder.uri
        if self._workspace is not None:
            self._workspace.set_folders(self.folders)
        self.documents.look_again()

    def did_change_watched_files(self, params: types.DidChangeWatchedFilesParams) -> None:
        """Forget what was known of files that others have changed."""
        self.documents.changed_outside({to_path(event.uri) for event in params.changes})

    def uri_of(self, path: str) -> str:
        """The URI of a file as the client spells it, where it has spelled it before."""
        document = self.documents.at(path)
        if document is not None:
            return document.uri
        for folder, uri in list(self.folders.items()):
            if path.startswith(folder + os.sep):
                rest = to_uri(path).removeprefix(to_uri(folder))
                return uri.rstrip("/") + rest
        return to_uri(path)

    # The engine.

    @property
    def workspace(self) -> Workspace:
        """The engine, loaded when it is first needed."""
        if self._workspace is None:
            workspace = self._workspace = self._load(tuple(self.folders))
            workspace.search_elsewhere(partial(self._search_later, workspace))
        return self._workspace

    def _load_engine(self) -> None:
        self.workspace.snapshot()
        gc.freeze()  # what has been loaded stays
        _ = self.begin(self._index())

    async def _index(self) -> None:
        """Read the factories, which everything else is asked about, before anybody asks; in a thread."""
        await self.loop.run_in_executor(self.pool, self.workspace.snapshot().read_ahead)

    def _search_later(self, workspace: Workspace, root: str, needles: tuple[bytes, ...]) -> None:
        """Go through a folder in a thread; asked for in any thread."""

        async def search() -> None:
            found: Searched | None = None
            try:
                found = await self.loop.run_in_executor(self.pool, workspace.search, root, needles)
            finally:
                workspace.take_search(found, root)
            if workspace is self._workspace:
                self.documents.look_again()

        def begin() -> None:
            task = self.begin(search())
            self._searches.add(task)
            task.add_done_callback(self._searches.discard)

        with contextlib.suppress(RuntimeError):  # the loop is closed
            self.loop.call_soon_threadsafe(begin)

    async def searched(self) -> None:
        """Return when what is looked for in the folders is found."""
        while self.workspace.snapshot().is_searching:
            if self._searches:
                await asyncio.wait(self._searches)
            else:  # another thread has asked for it just now
                await asyncio.sleep(_MOMENT)

    def restart_index(self) -> None:
        """Forget everything that is known of the workspace, and look again."""
        self._workspace = None
        self.documents.write_all()
        _ = self.begin(self._index())
        log.info("The index is built anew")

    def debug_info(self) -> str:
        """What a report of a fault should hold, as Markdown."""
        facts = {
            "ssot-lsp": __version__,
            "Python": f"{platform.python_version()} ({sys.implementation.name}), {platform.platform()}",
            "pygls, lsprotocol": f"{_version(pygls)}, {_version(lsprotocol)}",
            "client": self.client.name,
            "positions": self.client.encoding,
            "diagnostics": f"{'pulled' if self.client.pulls else 'pushed'}, {self.settings.mode}",
            "folders": ", ".join(self.folders) or "none",
            "open documents": str(len(self.documents)),
        }
        return "\n".join(f"- {name}: {value}" for name, value in facts.items())

    # Progress.

    @contextlib.contextmanager
    def progress(
        self, title: str, cancel: Callable[[], object], token: int | str | None = None
    ) -> Iterator[Progress]:
        """Show that something is under way, with the client's `token` or one of ours; the client may `cancel` it."""
        progress = Progress(self, title, token)
        self._cancellable[progress.token] = cancel
        try:
            yield progress
        finally:
            del self._cancellable[progress.token]
            progress.end()

    def cancel_progress(self, params: types.WorkDoneProgressCancelParams) -> None:
        """End the work that a token stands for; one that has ended already is none any more."""
        if cancel := self._cancellable.get(params.token):
            cancel()


class Progress:
    """One progress bar of the client, if it has any."""

    def __init__(self, session: Session, title: str, token: int | str | None) -> None:
        self.token = token if token is not None else f"{SOURCE}-{uuid4()}"
        self._session = session
        self._title = title
        self._is_shown = False
        self._has_ended = False
        if token is not None:
            self._begin(None)
        elif session.client.shows_progress:
            params = types.WorkDoneProgressCreateParams(self.token)
            session.ask(types.WINDOW_WORK_DONE_PROGRESS_CREATE, params, self._begin)

    def _begin(self, _: object) -> None:
        if not self._has_ended:
            self._is_shown = True
            self._send({"kind": "begin", "title": self._title, "cancellable": True, "percentage": 0})

    def report(self, done: int, total: int, *, start: int = 0, end: int = 100) -> None:
        """Tell how far it is: `done` of the `total` that lies between two percentages."""
        if self._is_shown:
            share = done / total if total else 1.0
            percentage = start + int((end - start) * share)
            self._send({"kind": "report", "message": f"{done} of {total}", "percentage": percentage})

    def end(self) -> None:
        """Take it away."""
        self._has_ended = True
        if self._is_shown:
            self._is_shown = False
            self._send({"kind": "end"})

    def _send(self, value: dict[str, Any]) -> None:
        self._session.notify(types.PROGRESS, Encoded(encoded({"token": self.token, "value": value})))


class ClientLog(logging.Handler):
    """Log lines for the client's output channel: never a pop-up."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session

    def emit(self, record: logging.LogRecord) -> None:
        """Send `record` on the loop's thread, wherever it comes from."""
        message = self.format(record)
        with contextlib.suppress(RuntimeError):  # the loop is closed
            self._session.loop.call_soon_threadsafe(self._send, record.levelno, message)

    def _send(self, level: int, message: str) -> None:
        protocol = self._session.server.protocol
        if not protocol.is_initialized or protocol.is_shut_down:
            return
        if level >= logging.ERROR:
            kind = types.MessageType.Error
        elif level >= logging.WARNING:
            kind = types.MessageType.Warning
        else:
            kind = types.MessageType.Info if level >= logging.INFO else types.MessageType.Log
        self._session.notify(types.WINDOW_LOG_MESSAGE, types.LogMessageParams(kind, message))


def _switched_off(setting: str, given: object, known: Collection[str]) -> frozenset[str]:
    """Which of the `known` names a JSON value `{"hover": false}` switches off."""
    if not isinstance(given, dict):
        return frozenset()
    for name in sorted(set(map(str, given)) - set(known)):
        log.warning("`%s` are %s, not %r", setting, ", ".join(sorted(known)), name)
    return frozenset(name for name in known if given.get(name) is False)


def _folder(uri: str) -> str | None:
    """The path of a workspace folder; one that is not on a disk is none."""
    path = to_path(uri)
    if path == uri:
        log.info("Not looking into the workspace folder %s: it is not on a disk", uri)
        return None
    return path


def _version(package: Any) -> str:
    from importlib.metadata import version  # noqa: PLC0415 - for a report of a fault only

    return version(package.__name__)
