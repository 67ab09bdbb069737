"""Code actions: one fix, all safe ones of a document, all safe ones of the workspace. Listed by title, built on demand."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcContentModified, JsonRpcException, JsonRpcInvalidParams

from ssot_lsp.server.convert import (
    SOURCE,
    EditedDocument,
    from_lsp_range,
    to_lsp_range,
    to_lsp_workspace_edit,
)
from ssot_lsp.server.ratchet import Ratchet

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ssot_lsp.analysis import Analysis
    from ssot_lsp.finding import Finding
    from ssot_lsp.fixes import Change, Fix, Snapshot
    from ssot_lsp.server.documents import Document
    from ssot_lsp.server.session import Session
    from ssot_lsp.text import Span

log = logging.getLogger("ssot_lsp.server")

FIX_ALL = f"{types.CodeActionKind.SourceFixAll.value}.{SOURCE}"
FIX_WORKSPACE = "ssot-lsp.fixWorkspace"

_TITLE = "Fix all that is safe to fix"
_CHECKED = 50  # percent of the work on a workspace: looking for what there is to fix
_FILES_PER_REPORT = 20
_QUICK_FIX = types.CodeActionKind.QuickFix.value


class CodeActions:
    """The code actions of one session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._ratchet = Ratchet(session)

    async def listed(self, params: types.CodeActionParams) -> list[types.CodeAction]:
        """What can be done about the findings that a range touches, and about all of the document."""
        if not self._session.settings.has("codeAction"):
            return []
        found = self._listed(params)
        if self._session.documents.analysis().is_searching:  # the factories are not known yet
            await self._session.searched()
            found = self._listed(params)
        return found

    def _listed(self, params: types.CodeActionParams) -> list[types.CodeAction]:
        document = self._session.documents.ready_at(params.text_document.uri)
        if document is None:
            return []
        analysis = self._session.documents.analysis()
        actions: list[types.CodeAction] = []
        if _wants(params.context.only, _QUICK_FIX):
            actions += self._quick_fixes(params, document, analysis)
        # On a plain request for the menu it would only be in the way: editors ask for the kind by name.
        if (
            params.context.only
            and _wants(params.context.only, FIX_ALL)
            and _has_safe(analysis, document.path)
        ):
            action = types.CodeAction(_TITLE, FIX_ALL)
            actions += self._finished(
                action, document, {"all": ""}, self._building_all(analysis, document, "")
            )
        return actions

    def _quick_fixes(
        self, params: types.CodeActionParams, document: Document, analysis: Analysis
    ) -> list[types.CodeAction]:
        client = self._session.client
        span = from_lsp_range(params.range, document.lines, client.encoding)
        actions: list[types.CodeAction] = []
        safe_rules: dict[str, None] = {}
        findings = analysis.findings(document.path)
        for finding in findings:
            if not _touches(finding, span):
                continue
            fixes = analysis.fixes(finding)
            safe = [fix for fix in fixes if fix.kind == "safe"]
            shown = to_lsp_range(finding.span, document.lines, client.encoding)
            mended = [
                each
                for each in params.context.diagnostics
                if each.code == finding.rule and each.range == shown and each.source == SOURCE
            ]
            for number, fix in enumerate(fixes):
                action = types.CodeAction(fix.title, types.CodeActionKind.QuickFix, mended or None)
                if client.prefers and len(safe) == 1 and fix is safe[0]:
                    action.is_preferred = True
                data = {"finding": [finding.rule, *finding.span], "fix": number}
                actions += self._finished(action, document, data, self._building(analysis, fix))
            if len(safe) == 1 and not finding.is_baselined:
                safe_rules[finding.rule] = None
            if (offer := self._ratchet.action(analysis, document, finding)) is not None:
                offer.diagnostics = mended or None
                actions.append(offer)
        for rule in safe_rules:
            if sum(each.rule == rule for each in findings) > 1:
                action = types.CodeAction(f"Fix all `{rule}` in this file", types.CodeActionKind.QuickFix)
                actions += self._finished(
                    action, document, {"all": rule}, self._building_all(analysis, document, rule)
                )
        return actions

    def _building(self, analysis: Analysis, fix: Fix) -> Callable[[], types.WorkspaceEdit]:
        return lambda: self._converted(analysis, _checked(analysis, fix), fix.title)

    def _building_all(
        self, analysis: Analysis, document: Document, rule: str
    ) -> Callable[[], types.WorkspaceEdit]:
        return lambda: self._converted(analysis, _all_checked(analysis, document.path, rule), _TITLE)

    def _finished(
        self,
        action: types.CodeAction,
        document: Document,
        data: dict[str, Any],
        build: Callable[[], types.WorkspaceEdit],
    ) -> list[types.CodeAction]:
        """The action, with what it takes to build its edit later or, for a client that cannot wait, with the edit."""
        if self._session.client.resolves_edits:
            action.data = {
                "uri": document.uri,
                "revision": [document.version, document.revision],
                **data,
            }
            return [action]
        try:
            action.edit = build()
        except JsonRpcException as error:
            log.debug("Not offered: %s: %s", action.title, error)
            return []
        return [action]

    async def resolve(self, action: types.CodeAction) -> types.CodeAction:
        """Build the edit of an action and check it; refused when the document has moved on meanwhile."""
        data: Any = action.data
        try:
            uri, revision = data["uri"], data["revision"]
            rule = data.get("all")
            (name, start, end), number = (
                (data["finding"], int(data["fix"])) if rule is None else (("", 0, 0), 0)
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            reason = "the code action is none of this server's"
            raise JsonRpcInvalidParams(reason) from error
        document = self._session.documents.ready_at(uri)
        if document is None or revision != [document.version, document.revision]:
            raise JsonRpcContentModified
        analysis = self._session.documents.analysis()
        if rule is not None:
            build = partial(_all_checked, path=document.path, rule=str(rule))
            action.edit = await self._built_aside(document.path, build, _TITLE)
            return action
        for finding in analysis.findings(document.path):
            if (finding.rule, *finding.span) == (name, start, end):
                fixes = analysis.fixes(finding)
                if number < len(fixes) and fixes[number].title == action.title:
                    build = partial(_checked, fix=fixes[number])
                    action.edit = await self._built_aside(document.path, build, action.title)
                    return action
        raise JsonRpcContentModified

    async def _built_aside(
        self, asking: str, build: Callable[[Analysis], Change], title: str
    ) -> types.WorkspaceEdit:
        """What is built in a thread, as it may go through many files.

        Refused when one of them, or the document at `asking`, has moved on meanwhile.
        """
        session = self._session
        analysis = session.documents.analysis()
        revisions = {each.path: each.revision for each in session.documents}
        change = await session.loop.run_in_executor(session.pool, build, analysis)
        now = {each.path: each.revision for each in session.documents}
        if any(
            now.get(path) != revisions.get(path) for path in (asking, *(each.path for each in change.files))
        ):
            raise JsonRpcContentModified
        return self._converted(analysis, change, title)

    # All of the workspace

    async def fix_workspace(self, *arguments: Any) -> str:
        """Apply the safe fixes of all files by one edit of the client; what was done, in words.

        The one argument that there may be is `{"preview": false}`: then the client is not asked to show the changes
        before it makes them. Cancelled, it changes nothing.
        """
        options = arguments[0] if arguments else {}
        if len(arguments) > 1 or not isinstance(options, dict) or not set(options) <= {"preview"}:
            message = f'`{FIX_WORKSPACE}` takes nothing, or {{"preview": false}}'
            raise JsonRpcInvalidParams(message)
        session = self._session
        stopped = threading.Event()
        for folder in session.folders:  # asking is what starts the search for them
            session.documents.analysis().factories(os.path.join(folder, "conftest.py"))
        await session.searched()
        analysis = session.documents.analysis()
        versions = {each.path: each.revision for each in session.documents}
        with session.progress("Fixing the workspace", stopped.set) as progress:

            def report(done: int, total: int, start: int, end: int) -> None:
                share = partial(progress.report, done, total, start=start, end=end)
                session.loop.call_soon_threadsafe(share)

            work = session.loop.run_in_executor(
                session.pool, _workspace_fixed, analysis, list(session.folders), stopped, report
            )
            try:
                changes = await work
            except asyncio.CancelledError:
                stopped.set()
                raise
        if stopped.is_set():
            return "Cancelled: nothing was changed"
        moved = {each.path for each in session.documents if versions.get(each.path) != each.revision}
        changes = [each for each in changes if each.path not in moved]
        if not changes:
            return "There is nothing that is safe to fix"
        change = replace(changes[0], elsewhere=tuple(changes[1:]))
        edit = self._converted(analysis, change, _TITLE)
        for annotation in (edit.change_annotations or {}).values():
            annotation.needs_confirmation = options.get("preview") is not False
        files = f"{len(changes)} file{'' if len(changes) == 1 else 's'}"
        # as a refactoring: VS Code saves the files of one, where others would be left open and unsaved
        metadata = types.WorkspaceEditMetadata(is_refactoring=True) if session.client.takes_metadata else None
        sent = session.server.protocol.send_request(
            types.WORKSPACE_APPLY_EDIT, types.ApplyWorkspaceEditParams(edit, _TITLE, metadata)
        )
        try:
            result = await asyncio.wrap_future(sent)
        except JsonRpcException as error:
            return f"The editor did not change {files}: {error}"
        if getattr(result, "applied", False):
            return f"Fixed {files}"
        # with a reason, as it may have changed some of them: nothing else in its answer says so
        reason = getattr(result, "failure_reason", None)
        which = f"all of {files}" if reason and len(changes) > 1 else files
        return f"The editor did not change {which}{f': {reason}' if reason else ''}"

    # Edits

    def _converted(self, analysis: Analysis, change: Change, title: str) -> types.WorkspaceEdit:
        def known_as(path: str) -> EditedDocument:
            document = self._session.documents.at(path)
            uri = self._session.uri_of(path)
            return (
                EditedDocument(uri, document.version, document.lines)
                if document
                else EditedDocument(uri, None, analysis.lines(path))
            )

        return to_lsp_workspace_edit(change, title, known_as, self._session.client)


class _StoppedError(Exception):
    """Somebody wants no more of it."""


def _checked(analysis: Analysis, fix: Fix) -> Change:
    """What one fix changes; refused, with the reason, where it does not hold."""
    from ssot_lsp.fixes import Withdrawn  # noqa: PLC0415 - loaded after `initialize`

    try:
        return analysis.edit(fix)
    except Withdrawn as error:
        raise JsonRpcException(str(error), types.LSPErrorCodes.RequestFailed) from error


def _all_checked(analysis: Analysis, path: str, rule: str) -> Change:
    """The safe fixes of a document, of one rule or of all, one after the other; refused where there are none."""
    change = _all_fixed(analysis, path, rule)
    if change is None:
        reason = "no safe fix holds any more"
        raise JsonRpcException(reason, types.LSPErrorCodes.RequestFailed)
    return change


def _all_fixed(analysis: Analysis, path: str, rule: str) -> Change | None:
    """The safe fixes of a file, of one rule or of all, as one change; None where there are none."""
    from ssot_lsp.fixes import Change, safe_fix  # noqa: PLC0415 - loaded after `initialize`
    from ssot_lsp.fixes.series import edits_between, series  # noqa: PLC0415 - as above

    def choose(now: Snapshot, finding: Finding) -> Fix | None:
        return safe_fix(now, finding) if rule in {"", finding.rule} else None

    before = analysis.text(path)
    after = series(analysis, path, choose).text
    return Change(path, edits_between(before, after)) if after != before else None


def _has_safe(analysis: Analysis, path: str) -> bool:
    from ssot_lsp.fixes import safe_fix  # noqa: PLC0415 - loaded after `initialize`

    return any(safe_fix(analysis, each) is not None for each in analysis.findings(path))


def _workspace_fixed(
    analysis: Analysis,
    folders: Sequence[str],
    stopped: threading.Event,
    report: Callable[[int, int, int, int], None],
) -> list[Change]:
    """The changes of all files, in a thread; of those that could be made so far where it was `stopped`.

    `report` is told how many of how many files are checked, later fixed, and between which percentages those lie.
    """
    from ssot_lsp.files import UnreadableError, is_below  # noqa: PLC0415 - loaded after `initialize`
    from ssot_lsp.scan import Options, check  # noqa: PLC0415 - as above

    def go_on(number: int, done: int, total: int) -> None:
        if stopped.is_set():
            raise _StoppedError
        if done % _FILES_PER_REPORT == 0 or done == total:
            start, end = (_CHECKED * each // len(folders) for each in (number, number + 1))
            report(done, total, start, end)

    options = Options(jobs=1, baseline="usable")
    paths: dict[str, None] = {}
    try:
        for number, folder in enumerate(folders):
            found = check([folder], options, folder, progress=partial(go_on, number)).results
            paths |= dict.fromkeys(each.path for each in found if each.rows)
    except _StoppedError:
        return []
    changes: list[Change] = []
    for done, path in enumerate(paths):
        if stopped.is_set():
            break
        report(done, len(paths), _CHECKED, 100)
        if not is_below(os.path.realpath(path), os.path.realpath(analysis.config(path).root)):
            log.warning("%s is left alone: it is a link that leads out of the project", path)
            continue
        try:
            change = _all_fixed(analysis, path, "")
        except UnreadableError as error:
            log.warning("%s is left alone: %s", path, error)
            continue
        if change is not None:
            changes.append(change)
    return changes


def _wants(only: Any, kind: str) -> bool:
    """Whether a filter lets a kind through: no filter does, and so does the kind itself or one above it."""
    if not only:
        return True
    asked = (str(getattr(each, "value", each)) for each in only)
    return any(each in {"", kind} or kind.startswith(f"{each}.") for each in asked)


def _touches(finding: Finding, span: Span) -> bool:
    return any(each.start <= span.end and span.start <= each.end for each in (finding.span, *finding.covers))
