"""Diagnostics of the whole workspace.

What lies on the disk is checked as `ssot-lsp check` does it, in other processes and with its cache; what is open is
asked of the documents. Nothing of the files is kept but the identity of what was said about each.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
import threading
import time
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from lsprotocol import types

from ssot_lsp.server.convert import Encoded, encoded, to_lsp_diagnostics
from ssot_lsp.server.documents import CONFIGURATION, result_id
from ssot_lsp.text import Lines, Span

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from ssot_lsp.cache import Place, Result, Row
    from ssot_lsp.finding import Finding
    from ssot_lsp.server.documents import Diagnostics
    from ssot_lsp.server.session import Session

log = logging.getLogger("ssot_lsp.server")

_FILES_PER_PART = 50
_LONGEST_WAIT = 0.3  # seconds that a file waits for others to be told of together
_MOST_PROCESSES = 4


class _Said(NamedTuple):
    """What there is to say about one file."""

    uri: str
    version: int | None
    diagnostics: Diagnostics
    identity: str

    def is_known(self, previous: dict[str, str]) -> bool:
        """Whether a client that had `previous` has the identity of this once it is told."""
        return bool(self.diagnostics) or (bool(self.identity) and previous.get(self.uri) == self.identity)


class _StoppedError(Exception):
    """The client wants the result no more."""


class Survey:
    """All files of one session's workspace."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._one_at_a_time = asyncio.Lock()
        self._identities: dict[str, str] = {}  # URI of each file on disk with findings -> what was said last
        self._surveyed = -1  # the state of the disk that `_identities` are of
        self._answered: tuple[int, dict[str, str]] | None = None  # `documents.revision`, what the client has
        self._pushed: set[str] = set()
        self._is_pushing = False

    # Pulled.

    async def diagnostic(self, params: types.WorkspaceDiagnosticParams) -> Encoded:
        """The report. A client that has it all already gets its answer when there is something new.

        Clients ask again as soon as they have an answer, so that answering at once would keep everybody busy.
        """
        documents = self._session.documents
        previous = {each.uri: each.value for each in params.previous_result_ids}
        while True:
            revision, moved = documents.revision, documents.moved
            if self._answered == (revision, previous):
                await moved.wait()
                continue
            items: list[str] = []
            known: dict[str, str] = {}  # what the client knows after this answer
            is_new = self._answered is None
            async for part in self._parts(params.work_done_token, previous):
                known |= {said.uri: said.identity for said in part if said.is_known(previous)}
                reports = [report for said in part if (report := _report(said, previous))]
                is_new = is_new or any(map(_is_full, reports))
                if params.partial_result_token is None:
                    items += reports
                elif reports:
                    self._send_part(params.partial_result_token, reports)
            self._answered = (revision, known)
            if is_new:
                return Encoded(f'{{"items":[{",".join(items)}]}}')

    def _send_part(self, token: int | str, reports: list[str]) -> None:
        value = f'{{"token":{encoded(token)},"value":{{"items":[{",".join(reports)}]}}}}'
        self._session.notify(types.PROGRESS, Encoded(value))

    # Pushed.

    async def push(self) -> None:
        """Push what there is to say about files that are not open, as long as the client wants to see them."""
        session = self._session
        if self._is_pushing:
            return
        self._is_pushing = True
        while not session.client.pulls and session.settings.mode == "workspace":
            changed = session.documents.disk_moved
            said_now = set()
            async for part in self._parts(None, {}):
                for said in part:
                    if said.diagnostics and said.version is None:
                        said_now.add(said.uri)
                        session.documents.publish(said.uri, None, said.diagnostics)
            for uri in self._pushed - said_now:
                if session.documents.get(uri) is None:
                    session.documents.publish(uri, None, ())
            self._pushed = said_now
            await changed.wait()
        for uri in self._pushed:
            if session.documents.get(uri) is None:
                session.documents.publish(uri, None, ())
        self._pushed = set()
        self._is_pushing = False

    # Both.

    async def _parts(self, token: int | str | None, previous: dict[str, str]) -> AsyncIterator[list[_Said]]:
        """What there is to say about all files, a few at a time; of those in `previous` that are gone, nothing."""
        documents = self._session.documents
        async with self._one_at_a_time:
            told: set[str] = set()
            if self._surveyed == documents.disk_revision and self._identities.items() <= previous.items():
                known = {uri: said for uri, said in self._identities.items() if documents.get(uri) is None}
                told |= known.keys()
                yield [_Said(uri, None, (), identity) for uri, identity in known.items()]
            else:
                disk_revision = documents.disk_revision
                identities: dict[str, str] = {}
                async for part in self._disk_parts(token):
                    identities |= {said.uri: said.identity for said in part}
                    told |= identities.keys()
                    yield part
                self._identities, self._surveyed = identities, disk_revision
            opened = []
            for document in list(documents):
                if document.is_analysed and not document.is_configuration:
                    await documents.ready(document)
                    diagnostics = documents.diagnose(document)
                    opened.append(_Said(document.uri, document.version, diagnostics, result_id(diagnostics)))
                    told.add(document.uri)
            yield opened
            yield [_Said(uri, None, (), "") for uri in previous if uri not in told]

    async def _disk_parts(self, token: int | str | None) -> AsyncIterator[list[_Said]]:
        """What there is to say about files on the disk, as soon as a few of them are checked."""
        session = self._session
        task = asyncio.current_task()
        with session.progress("Checking the tests", task.cancel if task else lambda: None, token) as progress:
            for folder in list(session.folders):
                parts: asyncio.Queue[list[_Said] | None] = asyncio.Queue()
                work = _Work(session, progress.report, parts.put_nowait)
                try:
                    checked = session.loop.run_in_executor(session.pool, work.check, folder)
                    checked.add_done_callback(partial(_end, parts))
                    while (part := await parts.get()) is not None:
                        yield part
                    await checked
                finally:
                    work.stop()


def _end(parts: asyncio.Queue[list[_Said] | None], _: object) -> None:
    parts.put_nowait(None)


class _Work:
    """What is done in a thread; `report` and `tell` are called on the loop."""

    def __init__(
        self, session: Session, report: Callable[[int, int], None], tell: Callable[[list[_Said]], None]
    ) -> None:
        self._session = session
        self._is_stopped = threading.Event()
        self._report = report
        self._reported = (0, 0)
        self._tell = tell
        self._waiting: list[Result] = []
        self._told = 0.0  # when something was told last

    def stop(self) -> None:
        """End it now: nobody waits for the rest."""
        self._is_stopped.set()

    def check(self, folder: str) -> None:
        """Tell of the files of a folder that are not open and have findings."""
        from ssot_lsp.scan import Options, check  # noqa: PLC0415 - loaded after `initialize`

        jobs = max(2, min(_MOST_PROCESSES, (os.cpu_count() or 2) - 1))  # a keystroke must find one free
        options = Options(jobs=jobs, baseline="usable")
        self._told = time.monotonic()
        try:
            report = check([folder], options, folder, progress=self._progress, share=self._share)
            self._tell_of(self._waiting)
        except _StoppedError:
            return
        for path, reason in report.failures:
            log.warning("%s cannot be checked: %s", path, reason)

    def _progress(self, done: int, total: int) -> None:
        self._go_on()
        if (done % 20 == 0 or done == total) and self._reported != (done, total):
            self._reported = (done, total)
            self._on_loop(self._report, done, total)

    def _share(self, results: list[Result]) -> None:
        """Tell of some of the files together, and of a few that have waited for others."""
        self._waiting += (
            each for each in results if each.rows and os.path.basename(each.path) not in CONFIGURATION
        )
        is_late = time.monotonic() - self._told > _LONGEST_WAIT
        while len(self._waiting) >= _FILES_PER_PART or (is_late and self._waiting):
            part, self._waiting = self._waiting[:_FILES_PER_PART], self._waiting[_FILES_PER_PART:]
            self._tell_of(part)

    def _tell_of(self, part: list[Result]) -> None:
        self._go_on()
        if part:
            self._on_loop(self._tell, self.convert(part))
            self._told = time.monotonic()

    def _go_on(self) -> None:
        if self._is_stopped.is_set():
            raise _StoppedError

    def _on_loop(self, call: Callable[..., None], *values: object) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed
            self._session.loop.call_soon_threadsafe(call, *values)

    def convert(self, results: list[Result]) -> list[_Said]:
        """The wire form of `results`, without those that have been opened or have changed meanwhile."""
        return list(self._converted(results))

    def _converted(self, results: list[Result]) -> Iterator[_Said]:
        from ssot_lsp.files import Files, UnreadableError  # noqa: PLC0415 - loaded after `initialize`

        files, session = Files(), self._session
        others: dict[str, tuple[str, Lines] | None] = {}  # the URIs and lines of files that others lead to

        def elsewhere(path: str) -> tuple[str, Lines] | None:
            if path not in others:
                try:
                    others[path] = session.uri_of(path), Lines(files.read(path).text)
                except UnreadableError:
                    others[path] = None
            return others[path]

        for result in results:
            if session.documents.at(result.path) is not None:
                continue
            others.pop(result.path, None)
            here = elsewhere(result.path)
            if here is None:
                continue
            uri, lines = here
            try:
                findings = [_finding(result.path, row, elsewhere) for row in result.rows]
            except (IndexError, UnreadableError):
                continue
            diagnostics = to_lsp_diagnostics(findings, lines, session.client, elsewhere)
            yield _Said(uri, None, diagnostics, result_id(diagnostics))


def end_processes() -> None:
    """End the processes that check files for us."""
    multiprocessing = sys.modules.get("multiprocessing")  # unless somebody has started one, there is none
    for process in multiprocessing.active_children() if multiprocessing is not None else ():
        process.terminate()


def _finding(path: str, row: Row, elsewhere: Callable[[str], tuple[str, Lines] | None]) -> Finding:
    """The finding that a row was made of, as far as it matters for a file that is not open; raises IndexError.

    A related place in another file that has changed meanwhile is left out.
    """
    from ssot_lsp.finding import Finding, Related, Severity  # noqa: PLC0415 - loaded after `initialize`

    related = []
    for other, start, end, message in row.related:
        place = elsewhere(other or path)
        span = _span(place[1], start, end) if place and end[0] < len(place[1]) else None
        if place is not None and span is not None and span.end <= len(place[1].text):
            related.append(Related(other or path, span, message))
    here = elsewhere(path)
    assert here is not None  # noqa: S101 - for the types: the caller has asked
    span = _span(here[1], row.start, row.end)
    return Finding(row.rule, path, span, row.message, Severity(row.severity), tuple(related))


def _span(lines: Lines, start: Place, end: Place) -> Span:
    return Span(*(lines.starts[line] + column for line, column in (start, end)))


_FULL, _UNCHANGED = '{"kind":"full",', '{"kind":"unchanged",'


def _is_full(report: str) -> bool:
    return report.startswith(_FULL)


def _report(said: _Said, previous: dict[str, str]) -> str | None:
    """The JSON text of one item of the answer; None where the client need not be told."""
    about = f'"uri":{encoded(said.uri)},"version":{encoded(said.version)},'
    if said.identity and previous.get(said.uri) == said.identity:
        return f'{_UNCHANGED}{about}"resultId":"{said.identity}"}}'
    if said.diagnostics:
        return f'{_FULL}{about}"resultId":"{said.identity}","items":[{",".join(said.diagnostics)}]}}'
    return f'{_FULL}{about}"items":[]}}' if said.uri in previous else None
