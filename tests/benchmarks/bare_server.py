"""A pygls server that knows no more than to answer: the floor under start-up and keystrokes.

It is started as a script, so that it imports pygls and nothing of ours.
"""

from __future__ import annotations

from lsprotocol import types
from pygls.lsp.server import LanguageServer


def create_server() -> LanguageServer:
    """A server that offers pull diagnostics and finds nothing, and publishes nothing of every change."""
    server = LanguageServer("bare", "1.0")

    @server.feature(
        types.TEXT_DOCUMENT_DIAGNOSTIC,
        types.DiagnosticOptions(inter_file_dependencies=False, workspace_diagnostics=False),
    )
    def diagnostic(_: types.DocumentDiagnosticParams) -> types.RelatedFullDocumentDiagnosticReport:
        return types.RelatedFullDocumentDiagnosticReport(items=[])

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    def hover(_: types.HoverParams) -> None:
        return None

    return server


if __name__ == "__main__":
    create_server().start_io()
