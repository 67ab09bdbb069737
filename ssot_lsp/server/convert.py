"""Between the engine and the protocol: paths and URIs, spans and ranges, findings and diagnostics.

Diagnostics are JSON text from here on. A hundred of them go out with every keystroke; as objects of `lsprotocol` they
would cost four times as much, and the JSON of the five thousand in a huge file would keep everybody waiting, because
an encoder lets no other thread run.
"""

from __future__ import annotations

import json
import ntpath
import os
import posixpath
import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple
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
_BOLD = re.compile(r"\*\*([^*\n]+)\*\*")
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


def to_lsp_markup(markdown: str, *, reads_markdown: bool) -> types.MarkupContent:
    """Markdown for who reads it, and the same without its marks for who does not."""
    if reads_markdown:
        return types.MarkupContent(types.MarkupKind.Markdown, markdown)
    lines: list[str] = []
    is_code = False
    for line in markdown.split("\n"):
        if line.startswith("```"):
            is_code = not is_code
        else:
            lines.append(line if is_code else _BOLD.sub(r"\1", line).replace("`", ""))
    return types.MarkupContent(types.MarkupKind.PlainText, "\n".join(lines).strip("\n"))


def utf16_length(text: str) -> int:
    """How many code units of UTF-16 there are in `text`."""
    return len(text) + sum(letter > "\uffff" for letter in text)


class Encoded(str):
    """A JSON value as text, to be sent as it is."""

    __slots__ = ()


_ENCODER = json.JSONEncoder(separators=(",", ":"))


def encoded(value: object) -> str:
    """The JSON text of a small value."""
    return _ENCODER.encode(value)


@lru_cache(maxsize=4096)
def _text(value: str) -> str:
    """The same for words that come back with every keystroke."""
    return _ENCODER.encode(value)


def to_lsp_diagnostics(
    findings: Sequence[Finding],
    lines: Lines,
    client: Client,
    elsewhere: Callable[[str], tuple[str, Lines] | None],
) -> tuple[str, ...]:
    """The JSON text of each of the `findings` of one file; `elsewhere` knows the URI and the lines of any file."""
    encoding = client.encoding
    places: dict[str, tuple[str, Lines] | None] = {}
    converted = []
    for finding in findings:
        related = ""
        if finding.related and client.shows_related:
            parts = []
            for each in finding.related:
                if each.path not in places:
                    place = elsewhere(each.path)
                    places[each.path] = (encoded(place[0]), place[1]) if place else None
                if place := places[each.path]:
                    at = _range(each.span, place[1], encoding)
                    parts.append(
                        f'{{"location":{{"uri":{place[0]},"range":{at}}},"message":{_text(each.message)}}}'
                    )
            related = f'"relatedInformation":[{",".join(parts)}],'
        rest = _what_is_said(finding, client)
        converted.append(f'{{"range":{_range(finding.span, lines, encoding)},{related}{rest}')
    return tuple(converted)


def _what_is_said(finding: Finding, client: Client) -> str:
    """All of a diagnostic but its places, without the opening brace."""
    said = (
        f'"severity":{int(finding.shown_severity)},"code":{_text(finding.rule)},"source":"{SOURCE}",'
        f'"message":{_text(finding.message)}'
    )
    if client.shows_descriptions:
        said += f',"codeDescription":{{"href":{_text(client.page_of(finding.rule))}}}'
    if finding.unnecessary and client.shows_unnecessary:
        said += f',"tags":[{int(types.DiagnosticTag.Unnecessary)}]'
    if finding.subject and client.keeps_data:
        said += f',"data":{{"subject":{_text(finding.subject)}}}'
    return said + "}"


def _range(span: Span, lines: Lines, encoding: PositionEncoding) -> str:
    start, end = span
    line, column = lines.place(start, encoding)
    starts = lines.starts
    if (line + 1 == len(starts) or end < starts[line + 1]) and lines.text[start:end].isascii():
        end_line, end_column = line, column + end - start
    else:
        end_line, end_column = lines.place(end, encoding)
    return f'{{"start":{{"line":{line},"character":{column}}},"end":{{"line":{end_line},"character":{end_column}}}}}'


class EditedDocument(NamedTuple):
    """How the client knows a file: without a version where it is not open there."""

    uri: str
    version: int | None
    lines: Lines


_ANNOTATION = "edit"


def to_lsp_workspace_edit(
    change: Change, title: str, document_of: Callable[[str], EditedDocument], client: Client
) -> types.WorkspaceEdit:
    """The edit of one document or several: versioned, and with tab stops, as far as the client knows them.

    Where several files change, the client asks its user to look at them first, if it can; `title` says what is done.
    """
    documents = [(each, document_of(each.path)) for each in change.files]
    if not client.takes_document_changes:
        changes = {
            document.uri: [
                types.TextEdit(to_lsp_range(edit.span, document.lines, client.encoding), edit.text)
                for edit in each.plain().edits
            ]
            for each, document in documents
        }
        return types.WorkspaceEdit(changes=changes)
    annotation = _ANNOTATION if len(documents) > 1 and client.takes_annotations else None
    return types.WorkspaceEdit(
        document_changes=[_document_edit(*each, annotation, client) for each in documents],
        change_annotations={annotation: types.ChangeAnnotation(title, needs_confirmation=True)}
        if annotation
        else None,
    )


def _document_edit(
    change: Change, document: EditedDocument, annotation: str | None, client: Client
) -> types.TextDocumentEdit:
    is_snippet = change.is_snippet and client.takes_snippets
    edits: list[types.TextEdit | types.AnnotatedTextEdit | types.SnippetTextEdit] = []
    for each in (change if is_snippet else change.plain()).edits:
        at = to_lsp_range(each.span, document.lines, client.encoding)
        if is_snippet:
            edits.append(types.SnippetTextEdit(at, types.StringValue(each.text), annotation))
        elif annotation:
            edits.append(types.AnnotatedTextEdit(annotation, at, each.text))
        else:
            edits.append(types.TextEdit(at, each.text))
    identifier = types.OptionalVersionedTextDocumentIdentifier(document.uri, document.version)
    return types.TextDocumentEdit(identifier, edits)
