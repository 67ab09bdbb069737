"""What the client asks for: the diagnostics of a document that it pulls."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ssot_lsp.server.convert import Encoded
from ssot_lsp.server.documents import result_id

if TYPE_CHECKING:
    from lsprotocol import types

    from ssot_lsp.server.session import Session


class Requests:
    """The answers of one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

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
