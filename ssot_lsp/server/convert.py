"""Between the engine and the protocol: paths and URIs, spans and ranges, findings and diagnostics.

Diagnostics are plain dictionaries in their wire form: a hundred of them go out with every keystroke, and building
and taking apart a hundred `lsprotocol.types.Diagnostic` would cost more than finding what they say.
"""

from __future__ import annotations

import ntpath
import os
import posixpath
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlsplit

from lsprotocol import types

from ssot_lsp.text import Span

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ssot_lsp.finding import Finding
    from ssot_lsp.fixes import Change
    from ssot_lsp.server.session import Client
    from ssot_lsp.text import Lines, PositionEncoding

SOURCE = "ssot-lsp"

_IS_WINDOWS = os.name == "nt"
_DRIVE = re.compile(r"/([A-Za-z]):(.*)", re.DOTALL)


def to_path(uri: str, *, is_windows: bool = _IS_WINDOWS) -> str:
    r"""The engine's name of a document: an absolute, normalised path, or `uri` itself where there is no file.

    A drive letter is upper case, however the client spells it: `file:///c%3A/x` is `C:\x`.
    """
    try:
        parts = urlsplit(uri)
    except ValueError:
        return uri
    path = unquote(parts.path, errors="surrogateescape")
    if parts.scheme.lower() != "file" or not path.startswith("/") or "\0" in path:
        return uri
    host = "" if parts.netloc == "localhost" else unquote(parts.netloc)
    if not is_windows:
        return posixpath.normpath(path)[path.startswith("//") :] if not host else uri
    if host:
        return ntpath.normpath(f"//{host}{path}")
    if drive := _DRIVE.fullmatch(path):
        return ntpath.normpath(f"{drive[1].upper()}:{drive[2] or '/'}")
    return ntpath.normpath(path)


def to_uri(path: str, *, is_windows: bool = _IS_WINDOWS) -> str:
    """The URI of an absolute path; what is no absolute path is a URI already."""
    if not is_windows:
        return "file://" + quote(os.fsencode(path)) if path.startswith("/") else path
    if not ntpath.isabs(path):
        return path
    path = path.replace("\\", "/")
    if path.startswith("//"):
        return "file:" + quote(path)
    return f"file:///{path[:2]}{quote(path[2:])}"


def scheme_of(uri: str) -> str:
    """The scheme of `uri` in lower case, empty where there is none."""
    return uri.partition(":")[0].lower() if ":" in uri else ""


def to_lsp_range(span: Span, lines: Lines, encoding: PositionEncoding) -> types.Range:
    """The range of `span` in the client's encoding."""
    return types.Range(
        types.Position(*lines.place(span.start, encoding)), types.Position(*lines.place(span.end, encoding))
    )


def from_lsp_range(range_: types.Range, lines: Lines, encoding: PositionEncoding) -> Span:
    """The span of a range; what is past an end is that end, and a range that is turned around is turned back."""
    start = lines.offset(range_.start.line, range_.start.character, encoding)
    end = lines.offset(range_.end.line, range_.end.character, encoding)
    return Span(min(start, end), max(start, end))


def to_lsp_diagnostics(
    findings: Sequence[Finding],
    lines: Lines,
    client: Client,
    elsewhere: Callable[[str], tuple[str, Lines] | None],
) -> list[dict[str, Any]]:
    """The wire form of the `findings` of one file; `elsewhere` knows the URI and the lines of any file."""
    converted = []
    encoding = client.encoding
    for finding in findings:
        diagnostic: dict[str, Any] = {
            "range": _wire_range(finding.span, lines, encoding),
            "severity": int(finding.severity),
            "code": finding.rule,
            "source": SOURCE,
            "message": finding.message,
        }
        if client.shows_descriptions:
            diagnostic["codeDescription"] = {"href": client.page_of(finding.rule)}
        if finding.unnecessary and client.shows_unnecessary:
            diagnostic["tags"] = [int(types.DiagnosticTag.Unnecessary)]
        if finding.related and client.shows_related:
            diagnostic["relatedInformation"] = related = []
            for each in finding.related:
                if place := elsewhere(each.path):
                    uri, its_lines = place
                    location = {"uri": uri, "range": _wire_range(each.span, its_lines, encoding)}
                    related.append({"location": location, "message": each.message})
        if finding.subject and client.keeps_data:
            diagnostic["data"] = {"subject": finding.subject}
        converted.append(diagnostic)
    return converted


def _wire_range(span: Span, lines: Lines, encoding: PositionEncoding) -> dict[str, Any]:
    start_line, start_column = lines.place(span.start, encoding)
    end_line, end_column = lines.place(span.end, encoding)
    return {
        "start": {"line": start_line, "character": start_column},
        "end": {"line": end_line, "character": end_column},
    }


def to_lsp_workspace_edit(
    change: Change, uri: str, version: int | None, lines: Lines, client: Client
) -> types.WorkspaceEdit:
    """The edit of one document: versioned, and with tab stops, as far as the client knows them."""
    is_snippet = change.is_snippet and client.takes_snippets and client.takes_document_changes
    edits = [
        (to_lsp_range(each.span, lines, client.encoding), each.text)
        for each in (change if is_snippet else change.plain()).edits
    ]
    if not client.takes_document_changes:
        return types.WorkspaceEdit(changes={uri: [types.TextEdit(at, text) for at, text in edits]})
    document = types.OptionalVersionedTextDocumentIdentifier(uri, version)
    typed = [
        types.SnippetTextEdit(at, types.StringValue(text)) if is_snippet else types.TextEdit(at, text)
        for at, text in edits
    ]
    return types.WorkspaceEdit(document_changes=[types.TextDocumentEdit(document, typed)])
