"""The open documents: what they say, and what is shown of them.

Three promises are kept here.

- The text is the client's: every edit is applied before the handler returns, in the client's encoding, and lines
  break where the protocol breaks them.
- What is sent belongs to the newest version. Analysis starts when everything that has arrived is applied, so that
  of several versions only the newest is analysed; there is no fixed pause.
- A large document is read, checked and encoded in a thread. Until its newest text is in the engine nothing is said
  about it, and nobody else waits for it.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from lsprotocol import types

from ssot_lsp.server.content import LARGE, Content
from ssot_lsp.server.convert import Encoded, encoded, scheme_of, to_lsp_diagnostics, to_path
from ssot_lsp.server.memory import Collector

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ssot_lsp.analysis import Analysis
    from ssot_lsp.server.session import Session
    from ssot_lsp.text import Lines, PositionEncoding

log = logging.getLogger("ssot_lsp.server")

_MOMENT = 0.1  # seconds, in which an answer is sent
CONFIGURATION = frozenset({"pyproject.toml", "ssot-lsp.toml"})

# Other schemes (`git:`, `output:`) show what cannot be changed: their texts are kept, nothing is said about them.
_EDITABLE = frozenset({"file", "untitled"})

Diagnostics = tuple[str, ...]  # the JSON text of each


@dataclass(slots=True)
class Document:
    """One open document, as the client has it."""

    uri: str
    path: str  # the engine's name of it
    language: str
    version: int
    content: Content = field(default_factory=partial(Content.of, ""))  # what the client shows
    revision: int = 0  # counts the changes; the client's versions need not
    written: int = -1  # the revision that the engine has
    looked_at: int = -1  # the revision that was last analysed for showing
    failed: int = -1  # the revision that could not be prepared
    shown: Diagnostics = ()  # what the client was last sent
    shown_id: str = ""  # the `resultId` of `shown`
    preparing: asyncio.Task[None] | None = None
    prepared: Diagnostics = ()  # of `written`, where it is large

    @classmethod
    def of(cls, item: types.TextDocumentItem) -> Document:
        """The document that the client opens."""
        return cls(
            item.uri, to_path(item.uri), item.language_id, item.version, Content.of(item.text), revision=1
        )

    @property
    def lines(self) -> Lines:
        """The lines of the text."""
        return self.content.lines

    @property
    def is_configuration(self) -> bool:
        """Whether it is a configuration file of ours."""
        return os.path.basename(self.path) in CONFIGURATION

    @property
    def is_python(self) -> bool:
        """Whether the engine reads it."""
        is_python = self.language == "python" or self.path.endswith(".py")
        return is_python and not self.is_configuration and scheme_of(self.uri) in _EDITABLE

    @property
    def is_analysed(self) -> bool:
        """Whether anything is ever said about it."""
        return self.is_python or (self.is_configuration and scheme_of(self.uri) in _EDITABLE)

    @property
    def is_large(self) -> bool:
        """Whether it is prepared in a thread."""
        return len(self.content) > LARGE

    def apply(
        self, changes: Iterable[types.TextDocumentContentChangeEvent], encoding: PositionEncoding
    ) -> None:
        """Apply `changes`, each of which refers to the text after the one before it."""
        for change in changes:
            if isinstance(change, types.TextDocumentContentChangePartial):
                self.content = self.content.edited(change.range, change.text, encoding)
            else:
                self.content = Content.of(change.text)
        self.revision += 1


class Documents:
    """All open documents of a session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._open: dict[str, Document] = {}
        self._is_scheduled = False
        self._has_waited = False
        self._doubtful: dict[str, None] = {}  # paths whose findings may differ, though their texts do not
        self._is_doubting = False
        self._configurations: dict[str, Diagnostics] = {}  # what was pushed of configuration files not open
        self._broken_baselines: set[str] = set()
        self._last_fault = ""
        self._collector = Collector(lambda: any(each.is_large for each in self._open.values()))
        self.revision = 0  # counts whatever may change a finding anywhere
        self.moved = asyncio.Event()  # set and replaced with each `revision`
        self.disk_revision = 0  # counts whatever may change a finding in a file that is not open
        self.disk_moved = asyncio.Event()  # set and replaced with each `disk_revision`

    def __len__(self) -> int:
        return len(self._open)

    def __iter__(self) -> Iterator[Document]:
        return iter(self._open.values())

    def get(self, uri: str) -> Document | None:
        """The open document that the client calls `uri`."""
        return self._open.get(to_path(uri))

    def at(self, path: str) -> Document | None:
        """The open document that the engine calls `path`."""
        return self._open.get(path)

    def clear(self) -> None:
        """Forget all of them."""
        for document in self._open.values():
            _give_up(document)
        self._open.clear()
        self._collector.stop()

    # What the client says.

    def did_open(self, params: types.DidOpenTextDocumentParams) -> None:
        """Take the text over from the disk."""
        document = Document.of(params.text_document)
        if before := self._open.get(document.path):
            log.warning("%s is opened a second time", document.uri)
            _give_up(before)
            document.revision = before.revision + 1
        self._open[document.path] = document
        self._schedule()

    def did_change(self, params: types.DidChangeTextDocumentParams) -> None:
        """Apply the edits, at once."""
        uri, version = params.text_document.uri, params.text_document.version
        document = self.get(uri)
        if document is None:
            log.warning("A change of %s, which is not open, is ignored", uri)
            return
        if version <= document.version:
            log.warning("%s goes from version %d to %d: versions should grow", uri, document.version, version)
        document.apply(params.content_changes, self._session.client.encoding)
        document.version = version
        self._schedule()

    def did_save(self, params: types.DidSaveTextDocumentParams) -> None:
        """Nothing new is said, except where the client does not watch the disk."""
        if not self._session.client.registers_watchers:
            self.changed_outside({to_path(params.text_document.uri)})

    def did_close(self, params: types.DidCloseTextDocumentParams) -> None:
        """Give the text back to the disk, and take away what was shown."""
        document = self._open.pop(to_path(params.text_document.uri), None)
        if document is None:
            log.info("%s is closed, but was not open", params.text_document.uri)
            return
        _give_up(document)
        if document.written >= 0:
            self._doubt(self._session.workspace.close(document.path))
        if self._is_pushed(document):
            self.publish(document.uri, None, ())
        self._disk_moved()

    def changed_outside(self, paths: set[str]) -> None:
        """Others have written, made or deleted files."""
        if not paths:
            return
        affected = self._session.workspace.changed(paths)
        self._disk_moved()
        self._doubt(affected)

    def look_again(self) -> None:
        """Whatever is known may be wrong, or wanted no more."""
        self._disk_moved()
        self._doubt(self._open)
        self._schedule()

    def write_all(self) -> None:
        """There is a new engine: tell it everything."""
        for document in self._open.values():
            _give_up(document)
            document.written = -1
        self.look_again()

    # What the engine knows.

    def analysis(self) -> Analysis:
        """Answers about this moment; of a large document only once it has been prepared."""
        workspace = self._session.workspace
        for document in self._open.values():
            if document.written != document.revision and document.is_python and not document.is_large:
                affected = workspace.write(document.path, document.content.sound_text)
                document.written = document.revision
                self._doubt(affected)
        return workspace.snapshot()

    def is_ready(self, document: Document) -> bool:
        """Whether the engine has, or can have at once, what the client shows."""
        return document.is_analysed and (document.written == document.revision or not document.is_large)

    def ready_at(self, uri: str) -> Document | None:
        """The open document that the client calls `uri`, if the engine has what the client shows."""
        document = self.get(uri)
        return document if document is not None and self.is_ready(document) else None

    async def ready(self, document: Document) -> None:
        """Return when the engine can answer about the newest text of `document`, or never will."""
        while not self.is_ready(document) and document.failed != document.revision:
            if self._open.get(document.path) is not document:
                return
            await asyncio.wait([self._prepare(document)])

    def _prepare(self, document: Document) -> asyncio.Task[None]:
        if document.preparing is None or document.preparing.done():
            document.preparing = self._session.begin(self._prepare_newest(document))
        return document.preparing

    async def _prepare_newest(self, document: Document) -> None:
        """Read, check and encode a large document in a thread, anew whenever the text has changed meanwhile."""
        from ssot_lsp.source import CancelledError  # noqa: PLC0415 - loaded after `initialize`

        session = self._session
        while document.written != document.revision and document.is_large:
            revision = document.revision
            work = partial(self._read_and_check, self.analysis(), document, revision, document.content)
            try:
                prepared, diagnostics = await session.loop.run_in_executor(session.pool, work)
            except CancelledError:
                continue
            except Exception as error:  # noqa: BLE001 - as in `diagnose`
                self._complain(document.uri, error)
                document.failed = revision
                return
            if self._open.get(document.path) is not document:
                return
            if document.revision == revision:
                before = session.workspace.snapshot().answer(document.path)
                self._doubt(session.workspace.install(document.path, prepared))
                document.written, document.prepared = revision, diagnostics
                left: list[object] = [prepared]
                if before is not None and before.facts is not None:
                    left += (before.facts.source, before.facts, before)
                del prepared, before
                _ = session.begin(self._free_later(left))
        self._schedule()

    async def _free_later(self, left: list[object]) -> None:
        """Let go of what is left of a version of a large document, when what a client has waited for is sent."""
        await asyncio.sleep(_MOMENT)
        await self._session.loop.run_in_executor(self._session.pool, _free, left)

    def _read_and_check(
        self, analysis: Analysis, document: Document, revision: int, content: Content
    ) -> tuple[Analysis, Diagnostics]:
        """What is done in the thread; raises CancelledError when the document has moved on from `revision`."""
        prepared = analysis.prepare(document.path, content.sound_text, lambda: document.revision != revision)
        return prepared, self.convert(prepared, document.path, content.lines)

    # What is shown.

    def _schedule(self) -> None:
        self._moved()
        if not self._is_scheduled:
            self._is_scheduled = True
            self._has_waited = False
            self._session.loop.call_soon(self._look)

    def _moved(self) -> None:
        self._collector.postpone(self._session.loop)
        self.revision += 1
        self.moved.set()
        self.moved = asyncio.Event()

    def _disk_moved(self) -> None:
        self._moved()
        self.disk_revision += 1
        self.disk_moved.set()
        self.disk_moved = asyncio.Event()

    def _look(self) -> None:
        """Analyse what has changed, unless the client is about to say more."""
        if self._session.has_input() and not self._has_waited:
            self._has_waited = True
            self._session.loop.call_soon(self._look)
            return
        self._is_scheduled = False
        changed = [
            each for each in self._open.values() if each.looked_at != each.revision and each.is_analysed
        ]
        for document in changed:
            if not self.is_ready(document):
                if document.failed != document.revision:
                    _ = self._prepare(document)
                continue
            document.looked_at = document.revision
            if self._is_pushed(document):
                self._push(document)
            else:  # the client will ask; what depends on it may have to be asked for too
                self._try_to_write()
        if changed:
            self._doubt(())

    def _doubt(self, paths: Iterable[str]) -> None:
        """Look at the open `paths` again, and at the configuration, while there is nothing better to do."""
        self._doubtful |= dict.fromkeys(paths)
        if not self._is_doubting:
            self._is_doubting = True
            self._session.loop.call_soon(self._resolve_doubt)

    def _resolve_doubt(self, has_changed: bool = False) -> None:  # noqa: FBT001, FBT002 - the loop passes it
        """One step; `has_changed`: something that the client pulls is no longer what it was given."""
        if self._is_scheduled:  # first things first
            self._session.loop.call_soon(self._resolve_doubt, has_changed)
            return
        if self._doubtful:
            path = next(iter(self._doubtful))
            del self._doubtful[path]
            document = self._open.get(path)
            if document is not None and document.is_large and document.is_python:
                document.written = document.looked_at = -1  # not here: in a thread
                self._schedule()
            elif document is not None and self.is_ready(document):
                if self._is_pushed(document):
                    self._push(document, only_if_different=True)
                elif document.shown_id:
                    has_changed = has_changed or self.diagnose(document) != document.shown
            self._session.loop.call_soon(self._resolve_doubt, has_changed)
            return
        self._is_doubting = False
        self._push_configurations()
        if has_changed and self._session.client.refreshes:
            self._session.ask(types.WORKSPACE_DIAGNOSTIC_REFRESH, None)

    def _is_pushed(self, document: Document) -> bool:
        """A document is pushed or pulled, never both; nobody pulls configuration files."""
        return document.is_analysed and (document.is_configuration or not self._session.client.pulls)

    def is_pulled(self, document: Document) -> bool:
        """Whether the client has to ask for the diagnostics of `document`."""
        return document.is_analysed and not self._is_pushed(document)

    def _push(self, document: Document, *, only_if_different: bool = False) -> None:
        diagnostics = self.diagnose(document)
        if only_if_different and diagnostics == document.shown:
            return
        document.shown = diagnostics
        self.publish(document.uri, document.version, diagnostics)

    def publish(self, uri: str, version: int | None, diagnostics: Diagnostics) -> None:
        """Send the diagnostics of a document or, without a version, of a file that is not open."""
        its_version = "" if version is None else f'"version":{version},'
        params = f'{{"uri":{encoded(uri)},{its_version}"diagnostics":[{",".join(diagnostics)}]}}'
        self._session.notify(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS, Encoded(params))

    def diagnose(self, document: Document) -> Diagnostics:
        """What there is to say about an open document now; nothing, and a line in the log, if the engine fails."""
        try:
            if document.is_configuration:
                return self.convert(self._overlay(document), document.path, document.lines)
            if document.is_large:
                return document.prepared if document.written == document.revision else ()
            return self.convert(self.analysis(), document.path, document.lines)
        except Exception as error:  # noqa: BLE001 - whatever it is, the editor goes on
            self._complain(document.uri, error)
            return ()

    def _try_to_write(self) -> None:
        try:
            self.analysis()
        except Exception as error:  # noqa: BLE001 - as in `diagnose`
            self._complain("an open document", error)

    def _complain(self, what: str, error: Exception) -> None:
        """Log a failure of the engine, once as long as it is the same."""
        fault = f"{type(error).__name__}: {error}"
        if fault != self._last_fault:
            log.error("The analysis of %s fails: please report it", what, exc_info=error)
        self._last_fault = fault

    def convert(self, analysis: Analysis, path: str, lines: Lines | None = None) -> Diagnostics:
        """The findings of one file in their wire form; raises what the engine raises."""
        findings = analysis.findings(path)
        if not findings:
            return ()
        lines = lines or analysis.lines(path)

        def elsewhere(other: str) -> tuple[str, Lines] | None:
            if other == path:
                return self._session.uri_of(path), lines
            try:
                return self._session.uri_of(other), analysis.lines(other)
            except Exception:  # noqa: BLE001 - it may have gone since; the finding itself stands
                return None

        return to_lsp_diagnostics(findings, lines, self._session.client, elsewhere)

    # Configuration files: they concern everybody and need not be open. What one says counts when it is saved; what
    # is wrong in it is shown while it is typed.

    def _overlay(self, document: Document) -> Analysis:
        """An engine of its own that reads a configuration file as the client shows it."""
        from ssot_lsp.analysis import Workspace  # noqa: PLC0415 - loaded after `initialize`
        from ssot_lsp.files import Files, SourceText  # noqa: PLC0415 - as above

        class Overlay(Files):
            def read(self, path: str) -> SourceText:
                return (
                    SourceText(document.content.sound_text) if path == document.path else super().read(path)
                )

            def is_file(self, path: str) -> bool:
                return path == document.path or super().is_file(path)

        workspace = Workspace(Overlay(), self._session.folders)
        workspace.ask_elsewhere(self.analysis())  # no walk through all files for each key
        return workspace.snapshot()

    def _push_configurations(self) -> None:
        """Show what is wrong in the configuration files that are in use and not open."""
        try:
            analysis = self.analysis()
            used = {os.path.join(folder, name) for folder in self._session.folders for name in CONFIGURATION}
            for document in self._open.values():
                if document.is_analysed and (path := analysis.config(document.path).path):
                    used.add(path)
            for path in sorted(used | self._configurations.keys()):
                if path in self._open:
                    self._configurations.pop(path, None)
                    if self.is_ready(self._open[path]):
                        self._push(self._open[path], only_if_different=True)
                    continue
                diagnostics = self.convert(analysis, path)
                if diagnostics != self._configurations.get(path, ()):
                    self.publish(self._session.uri_of(path), None, diagnostics)
                self._configurations[path] = diagnostics
            self._log_baselines(analysis)
            self._watch_baselines(analysis)
        except Exception as error:  # noqa: BLE001 - as in `diagnose`
            self._complain("the configuration files", error)

    def _log_baselines(self, analysis: Analysis) -> None:
        """Log what is wrong with the baselines that are in use, once as long as it is the same."""
        problems = {
            problem
            for document in self._open.values()
            if document.is_python and (problem := analysis.baseline_problem(document.path))
        }
        for problem in sorted(problems - self._broken_baselines):
            log.warning("%s. Until then it hides nothing", problem)
        self._broken_baselines = problems

    def _watch_baselines(self, analysis: Analysis) -> None:
        """Let the client watch the baselines that have a name of their own."""
        from ssot_lsp.baseline import path_of  # noqa: PLC0415 - loaded after `initialize`
        from ssot_lsp.config import BASELINE  # noqa: PLC0415 - as above

        configs = [analysis.config(each.path) for each in self._open.values() if each.is_python]
        self._session.watch(
            {path_of(each) for each in configs if os.path.basename(each.baseline) != BASELINE}
        )


def _free(left: list[object]) -> None:
    """Free what takes 20 ms, too long for the event loop; one by one, because nobody else runs while one is freed."""
    while left:
        left.pop()


def result_id(diagnostics: Diagnostics) -> str:
    """The same for the same diagnostics, in this process and the next."""
    return hashlib.blake2b("\n".join(diagnostics).encode(), digest_size=12).hexdigest()


def _give_up(document: Document) -> None:
    document.revision += 1  # what is under way in a thread sees that it is stale
    if document.preparing is not None:
        document.preparing.cancel()
        document.preparing = None
