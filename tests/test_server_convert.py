"""Paths and URIs of all systems, and diagnostics as they go over the wire."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import converters, types

from ssot_lsp.finding import Finding, Related, Severity
from ssot_lsp.fixes import Change
from ssot_lsp.server.convert import (
    EditedDocument,
    to_lsp_diagnostics,
    to_lsp_markup,
    to_lsp_workspace_edit,
    to_path,
    to_uri,
)
from ssot_lsp.server.session import Client
from ssot_lsp.text import Edit, Lines, Span

EVERYTHING = Client(
    encoding="utf-16", shows_related=True, shows_unnecessary=True, shows_descriptions=True, keeps_data=True
)
TEXT = 'a = "😀"; b = Mock()\r\nc = "é\f"; d = Mock(\n)\n'


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        pytest.param("file:///home/me/test_a.py", "/home/me/test_a.py", id="plain"),
        pytest.param("file:///a%20b/%C3%A9/c%23d%3F.py", "/a b/é/c#d?.py", id="escaped"),
        pytest.param("file:///a/./b/../c.py", "/a/c.py", id="not normalised"),
        pytest.param("file://localhost/a.py", "/a.py", id="with this machine's name"),
        pytest.param("FILE:///a.py", "/a.py", id="shouted"),
        pytest.param("file:/a.py", "/a.py", id="with one slash"),
        pytest.param("file:////a.py", "/a.py", id="with too many slashes"),
        pytest.param("file:///%FF.py", "/\udcff.py", id="a name that is no text"),
    ],
)
def test_a_path_of_a_file(uri: str, path: str) -> None:
    assert to_path(uri, is_windows=False) == path


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        pytest.param("file:///C:/x/test_a.py", r"C:\x\test_a.py", id="plain"),
        pytest.param("file:///c%3A/x/test_a.py", r"C:\x\test_a.py", id="as VS Code has it"),
        pytest.param("file:///c:/a%20b/../c.py", r"C:\c.py", id="escaped"),
        pytest.param("file:///C:", "C:\\", id="a drive"),
        pytest.param("file://server/share/x.py", r"\\server\share\x.py", id="on another machine"),
        pytest.param("file:///x/y.py", r"\x\y.py", id="without a drive"),
    ],
)
def test_a_path_of_a_file_on_windows(uri: str, path: str) -> None:
    assert to_path(uri, is_windows=True) == path


@pytest.mark.parametrize("is_windows", [False, True])
@pytest.mark.parametrize(
    "uri",
    [
        "untitled:Untitled-1",
        "git:/a.py?x",
        "file:",
        "file:a.py",
        "",
        "x",
        "::",
        "http://[",
        "file:///a%00b",
        "a/b.py",
    ],
)
def test_what_is_no_file_keeps_its_name(uri: str, is_windows: bool) -> None:
    assert to_path(uri, is_windows=is_windows) == uri


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        pytest.param(r"C:\x y\é.py", "file:///C:/x%20y/%C3%A9.py", id="a drive"),
        pytest.param(r"\\server\share\x.py", "file://server/share/x.py", id="another machine"),
        pytest.param("untitled:Untitled-1", "untitled:Untitled-1", id="no file"),
    ],
)
def test_a_uri_on_windows(path: str, uri: str) -> None:
    assert to_uri(path, is_windows=True) == uri


@given(
    st.lists(st.text(st.characters(exclude_characters="/\0"), min_size=1, max_size=8), min_size=1, max_size=4)
)
def test_a_path_comes_back(parts: list[str]) -> None:
    path = "/" + "/".join(part for part in parts if part not in {".", ".."})
    assert to_path(to_uri(path, is_windows=False), is_windows=False) == path


def diagnostics(findings: list[Finding], client: Client) -> list[types.Diagnostic]:
    """What a client reads."""
    lines, other = Lines(TEXT), Lines("one\n\ntwo\n")
    known = {"/w/a.py": ("file:///w/a.py", lines), "/w/b.py": ("file:///w/b%20.py", other)}
    sent = to_lsp_diagnostics(findings, lines, client, known.get)
    return converters.get_converter().structure(json.loads(f"[{','.join(sent)}]"), list[types.Diagnostic])


def at(text: str, number: int = 0) -> Span:
    """Where `text` stands for the n-th time."""
    start = -1
    for _ in range(number + 1):
        start = TEXT.index(text, start + 1)
    return Span(start, start + len(text))


def test_a_diagnostic_says_it_all() -> None:
    related = (
        Related("/w/a.py", at("Mock(\n)"), 'it says "so"'),
        Related("/w/b.py", Span(5, 8), "elsewhere"),
        Related("/w/gone.py", Span(0, 1), "gone"),
    )
    finding = Finding(
        "a-rule",
        "/w/a.py",
        at("Mock"),
        'a "mock"\n\u2028',
        Severity.HINT,
        related,
        "Mock in a",
        unnecessary=True,
    )
    (found,) = diagnostics([finding], EVERYTHING)
    assert found.range == types.Range(types.Position(0, 14), types.Position(0, 18))  # the emoji counts twice
    assert (found.severity, found.code, found.source) == (types.DiagnosticSeverity.Hint, "a-rule", "ssot-lsp")
    assert found.message == 'a "mock"\n\u2028'
    assert found.tags is not None
    assert list(found.tags) == [types.DiagnosticTag.Unnecessary]
    assert found.data == {"subject": "Mock in a"}
    assert found.code_description is not None
    assert found.code_description.href.endswith("/a_rule.py")
    assert found.related_information is not None
    here, there = found.related_information
    assert here.location.uri == "file:///w/a.py"
    assert here.location.range == types.Range(types.Position(1, 14), types.Position(2, 1))
    assert here.message == 'it says "so"'
    assert there.location == types.Location(
        "file:///w/b%20.py", types.Range(types.Position(2, 0), types.Position(2, 3))
    )


def test_a_diagnostic_says_no_more_than_the_client_reads() -> None:
    finding = Finding(
        "a-rule",
        "/w/a.py",
        at("Mock"),
        "m",
        Severity.ERROR,
        (Related("/w/a.py", at("Mock"), "r"),),
        "s",
        unnecessary=True,
    )
    (found,) = diagnostics([finding], Client(encoding="utf-8"))
    plain = types.Diagnostic(
        types.Range(types.Position(0, 16), types.Position(0, 20)),
        "m",
        severity=types.DiagnosticSeverity.Error,
        code="a-rule",
        source="ssot-lsp",
    )
    assert found == plain


@pytest.mark.parametrize(
    ("client", "expected"),
    [
        pytest.param(
            Client(takes_document_changes=True, takes_snippets=True),
            {"documentChanges": [{"textDocument": {"uri": "u", "version": 3}, "edits": [
                {"range": None, "snippet": {"kind": "snippet", "value": "${1:why} \\$"}}]}]},
            id="snippets",
        ),
        pytest.param(
            Client(takes_document_changes=True),
            {"documentChanges": [{"textDocument": {"uri": "u", "version": 3}, "edits": [
                {"range": None, "newText": "why $"}]}]},
            id="versions",
        ),
        pytest.param(Client(takes_snippets=True), {"changes": {"u": [{"range": None, "newText": "why $"}]}}, id="less"),
    ],
)  # fmt: skip
def test_an_edit_is_what_the_client_can_apply(client: Client, expected: object) -> None:
    change = Change("/w/a.py", (Edit(at("Mock"), "${1:why} \\$"),), is_snippet=True)
    edit = to_lsp_workspace_edit(change, "Do it", known_as, client)
    assert on_the_wire(edit) == json.loads(json.dumps(expected).replace("null", json.dumps(RANGE)))


RANGE = {"start": {"line": 0, "character": 14}, "end": {"line": 0, "character": 18}}


def known_as(path: str) -> EditedDocument:
    """`a.py` is open in version 3, other files are not open."""
    version = 3 if path.endswith("/a.py") else None
    return EditedDocument("u" if version else path, version, Lines(TEXT))


def on_the_wire(edit: types.WorkspaceEdit) -> object:
    """The JSON of an edit."""
    wire: object = json.loads(json.dumps(converters.get_converter().unstructure(edit)))
    return wire


ANNOTATED = {"annotationId": "edit", "newText": "x", "range": RANGE}
PLAIN = {"newText": "x", "range": RANGE}


@pytest.mark.parametrize(
    ("client", "expected"),
    [
        pytest.param(
            Client(takes_document_changes=True, takes_annotations=True),
            {"documentChanges": [
                {"textDocument": {"uri": "u", "version": 3}, "edits": [ANNOTATED]},
                {"textDocument": {"uri": "/w/b.py", "version": None}, "edits": [ANNOTATED]}],
             "changeAnnotations": {"edit": {"label": "Do it", "needsConfirmation": True}}},
            id="to be confirmed",
        ),
        pytest.param(
            Client(takes_document_changes=True),
            {"documentChanges": [
                {"textDocument": {"uri": "u", "version": 3}, "edits": [PLAIN]},
                {"textDocument": {"uri": "/w/b.py", "version": None}, "edits": [PLAIN]}]},
            id="versions",
        ),
        pytest.param(Client(takes_annotations=True), {"changes": {"u": [PLAIN], "/w/b.py": [PLAIN]}}, id="less"),
    ],
)  # fmt: skip
def test_an_edit_of_several_files_is_one(client: Client, expected: object) -> None:
    elsewhere = Change("/w/b.py", (Edit(at("Mock"), "x"),))
    change = Change("/w/a.py", (Edit(at("Mock"), "x"),), elsewhere=(elsewhere,))
    edit = to_lsp_workspace_edit(change, "Do it", known_as, client)
    assert on_the_wire(edit) == expected


def test_an_edit_of_one_file_needs_no_confirmation() -> None:
    client = Client(takes_document_changes=True, takes_annotations=True)
    change = Change("/w/a.py", (Edit(at("Mock"), "x"),))
    edit = to_lsp_workspace_edit(change, "Do it", known_as, client)
    assert on_the_wire(edit) == {
        "documentChanges": [{"textDocument": {"uri": "u", "version": 3}, "edits": [PLAIN]}]
    }


def test_markdown_loses_its_marks_for_who_does_not_read_it() -> None:
    markdown = "**rule** (`error`): a\n\n```python\ncreate(**keywords)  # `x`\n```\n\n- `b`"
    assert to_lsp_markup(markdown, reads_markdown=True).value == markdown
    plain = to_lsp_markup(markdown, reads_markdown=False)
    assert (plain.kind, plain.value) == (
        "plaintext",
        "rule (error): a\n\ncreate(**keywords)  # `x`\n\n- b",
    )
