"""What the client asks for: diagnostics that it pulls, code actions."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcContentModified, JsonRpcException, JsonRpcInvalidParams

from ssot_lsp.server.convert import (
    SOURCE,
    EditedDocument,
    Encoded,
    from_lsp_range,
    to_lsp_range,
    to_lsp_workspace_edit,
)
from ssot_lsp.server.documents import result_id
from ssot_lsp.server.ratchet import Ratchet

if TYPE_CHECKING:
    from ssot_lsp.analysis import Analysis
    from ssot_lsp.finding import Finding
    from ssot_lsp.fixes import Change, Fix
    from ssot_lsp.server.session import Session
    from ssot_lsp.text import Span

log = logging.getLogger("ssot_lsp.server")


class Requests:
    """The answers of one session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._ratchet = Ratchet(session)

    # Diagnostics.

    async def diagnostic(self, params: types.DocumentDiagnosticParams) -> Encoded:
        """The diagnostics of one document, of its newest version."""
        documents = self._session.documents
        if self._session.has_input():  # perhaps a newer version
            await asyncio.sleep(0)
        document = documents.get(params.text_document.uri)
        if document is None or not documents.is_pulled(document):
            return Encoded('{"kind":"full","items":[]}')
        await documents.ready(document)
        diagnostics = documents.diagnose(document)
        if diagnostics != document.shown or not document.shown_id:
            document.shown, document.shown_id = diagnostics, result_id(diagnostics)
        document.looked_at = document.revision
        identity = document.shown_id
        if identity == params.previous_result_id:
            return Encoded(f'{{"kind":"unchanged","resultId":"{identity}"}}')
        return Encoded(f'{{"kind":"full","resultId":"{identity}","items":[{",".join(diagnostics)}]}}')

    # Code actions.

    def code_action(self, params: types.CodeActionParams) -> list[types.CodeAction]:
        """What can be done about the findings that a range touches."""
        document = self._session.documents.ready_at(params.text_document.uri)
        if document is None or not _wants_quick_fixes(params.context.only):
            return []
        if not self._session.settings.has("codeAction"):
            return []
        client = self._session.client
        analysis = self._session.documents.analysis()
        span = from_lsp_range(params.range, document.lines, client.encoding)
        actions = []
        for finding in analysis.findings(document.path):
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
                if client.resolves_edits:
                    action.data = {
                        "uri": document.uri,
                        "revision": [document.version, document.revision],
                        "finding": [finding.rule, *finding.span],
                        "fix": number,
                    }
                elif (edit := self._edit(analysis, fix)) is not None:
                    action.edit = edit
                else:
                    continue
                actions.append(action)
            if (offer := self._ratchet.action(analysis, document, finding)) is not None:
                offer.diagnostics = mended or None
                actions.append(offer)
        return actions

    def resolve_code_action(self, action: types.CodeAction) -> types.CodeAction:
        """Build the edit of an action and check it; refused when the document has moved on meanwhile."""
        try:
            data: Any = action.data
            uri, revision, number = data["uri"], data["revision"], int(data["fix"])
            rule, start, end = data["finding"]
        except (KeyError, TypeError, ValueError) as error:
            reason = "the code action is none of this server's"
            raise JsonRpcInvalidParams(reason) from error
        document = self._session.documents.ready_at(uri)
        if document is None or revision != [document.version, document.revision]:
            raise JsonRpcContentModified
        analysis = self._session.documents.analysis()
        for finding in analysis.findings(document.path):
            if (finding.rule, *finding.span) == (rule, start, end):
                fixes = analysis.fixes(finding)
                if number < len(fixes) and fixes[number].title == action.title:
                    action.edit = self._checked_edit(analysis, fixes[number])
                    return action
        raise JsonRpcContentModified

    def _edit(self, analysis: Analysis, fix: Fix) -> types.WorkspaceEdit | None:
        try:
            return self._checked_edit(analysis, fix)
        except JsonRpcException as error:
            log.debug("Not offered: %s: %s", fix.title, error)
            return None

    def _checked_edit(self, analysis: Analysis, fix: Fix) -> types.WorkspaceEdit:
        from ssot_lsp.fixes import Withdrawn  # noqa: PLC0415 - loaded after `initialize`

        try:
            change: Change = analysis.edit(fix)
        except Withdrawn as error:
            raise JsonRpcException(str(error), types.LSPErrorCodes.RequestFailed) from error

        def known_as(path: str) -> EditedDocument:
            document = self._session.documents.at(path)
            uri = self._session.uri_of(path)
            return (
                EditedDocument(uri, document.version, document.lines)
                if document
                else EditedDocument(uri, None, analysis.lines(path))
            )

        return to_lsp_workspace_edit(change, fix.title, known_as, self._session.client)


def _wants_quick_fixes(only: Any) -> bool:
    """Whether a filter lets quick fixes through: no filter does, and so does the kind or one above it."""
    if not only:
        return True
    kind = types.CodeActionKind.QuickFix.value
    return any(str(getattr(each, "value", each)) in {"", kind} for each in only)


def _touches(finding: Finding, span: Span) -> bool:
    return any(each.start <= span.end and span.start <= each.end for each in (finding.span, *finding.covers))
