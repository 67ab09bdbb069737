"""The protocol as pytest-lsp speaks it: another client than ours, which also sees that answers keep to what is promised.

Each of four clients goes through the same: a mock behind a letter that encodings count differently is found, explained
and mended, and a factory call is completed. The capabilities are those in `clients/`, see `capabilities`.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator  # noqa: TC003 - pytest-lsp reads the annotations of a fixture
from pathlib import Path  # noqa: TC003 - as above
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
import pytest_lsp
from lsprotocol import types
from lsprotocol.converters import get_converter
from pytest_lsp import LanguageClient  # noqa: TC002 - as above

from tests.e2e.capabilities import ALL, ENCODINGS
from tests.e2e.client import LIMIT
from tests.editors.shop import FILES, FIXED, SEND, TYPE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence

T = TypeVar("T")

pytestmark = [
    # a future that nobody waits for is pytest-lsp's own way of telling that a server has ended
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

GIFT = """from unittest.mock import Mock


def test_gift():
    gift = "\N{WRAPPED PRESENT}"; gateway = Mock()
    assert gateway(gift)
"""
LINE = 4
UNITS = {"utf-8": 4, "utf-16": 2, "utf-32": 1}  # that the present takes
PLAIN = {"emacs", "minimal"}  # who reads no markdown
PLAINEST = {"vim", "minimal"}  # who takes neither snippets nor an edit that comes later
PULLING = {"vscode", "neovim", "helix"}


@pytest_lsp.fixture(  # type: ignore[untyped-decorator]
    config=pytest_lsp.ClientServerConfig(server_command=[sys.executable, "-m", "ssot_lsp", "server"]),
    params=sorted(ALL),
)
async def client(
    lsp_client: LanguageClient, request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[None]:
    for name, text in {**FILES, "tests/test_gift.py": GIFT}.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8", newline="\n")
    lsp_client.feature(types.CLIENT_REGISTER_CAPABILITY)(lambda _: None)
    capabilities = get_converter().structure(ALL[request.param], types.ClientCapabilities)
    folder = types.WorkspaceFolder(tmp_path.as_uri(), "shop")
    params = types.InitializeParams(capabilities, root_uri=folder.uri, workspace_folders=[folder])
    told = await soon(lsp_client.initialize_session(params))
    vars(lsp_client).update(name=request.param, folder=tmp_path, initialized_with=told)
    yield
    assert lsp_client.messages == []  # no pop-ups
    await soon(lsp_client.shutdown_session())


async def soon(answer: Awaitable[T]) -> T:
    """What is waited for, within a limit."""
    return await asyncio.wait_for(answer, LIMIT)


# Talking


def opened(client: Any, name: str, text: str) -> str:
    """Open a document: its URI."""
    uri = str((client.folder / name).as_uri())
    document = types.TextDocumentItem(uri, types.LanguageKind.Python, 1, text)
    client.text_document_did_open(types.DidOpenTextDocumentParams(document))
    return uri


async def diagnostics(client: Any, uri: str) -> Sequence[types.Diagnostic]:
    """What is found in a document, in the way that the client gets to know it."""
    document = types.TextDocumentIdentifier(uri)
    if client.name in PULLING:
        params = types.DocumentDiagnosticParams(document)
        report = await soon(client.text_document_diagnostic_async(params))
        assert isinstance(report, types.RelatedFullDocumentDiagnosticReport)
        assert uri not in client.diagnostics
        return report.items
    while uri not in client.diagnostics:
        await soon(client.wait_for_notification(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS))
    return client.diagnostics[uri]  # type: ignore[no-any-return]


async def actions(
    client: Any, uri: str, at: types.Range, found: Sequence[types.Diagnostic], kind: str
) -> list[types.CodeAction]:
    """The code actions of a kind, each with its edit: resolved where the client can."""
    context = types.CodeActionContext(found, [types.CodeActionKind(kind)] if kind == "quickfix" else [kind])
    params = types.CodeActionParams(types.TextDocumentIdentifier(uri), at, context)
    answer = await soon(client.text_document_code_action_async(params))
    # lsprotocol takes an action that runs a command for that command
    offered = [each for each in answer if isinstance(each, types.CodeAction)]
    if client.name in PLAINEST:
        assert all(each.edit and each.data is None for each in offered)
        return offered
    assert all(each.edit is None for each in offered)
    return [await soon(client.code_action_resolve_async(each)) for each in offered]


def edits_of(action: types.CodeAction, uri: str) -> list[types.TextEdit]:
    """The edits of the one document."""
    assert action.edit
    if action.edit.changes is not None:
        assert set(action.edit.changes) == {uri}
        return list(action.edit.changes[uri])
    (change,) = action.edit.document_changes or ()
    assert isinstance(change, types.TextDocumentEdit)
    assert (change.text_document.uri, change.text_document.version) == (uri, 1)
    edits: list[types.TextEdit] = []
    for each in change.edits:
        assert isinstance(each, types.TextEdit)  # or annotated, which is one too
        edits.append(each)
    return edits


def edited(client: Any, text: str, edits: Sequence[types.TextEdit]) -> str:
    """The text as an editor makes it, by the encoding that was agreed upon."""
    coding = {"utf-8": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}[ENCODINGS[client.name]]
    width = {"utf-8": 1, "utf-16": 2, "utf-32": 4}[ENCODINGS[client.name]]
    lines = text.splitlines(keepends=True)

    def offset(position: types.Position) -> int:
        before = "".join(lines[: position.line])
        line = lines[position.line] if position.line < len(lines) else ""
        return len(before) + len(line.encode(coding)[: position.character * width].decode(coding))

    for edit in sorted(edits, key=lambda each: offset(each.range.start), reverse=True):
        text = text[: offset(edit.range.start)] + edit.new_text + text[offset(edit.range.end) :]
    return text


# What every client sees


@pytest.mark.asyncio
async def test_the_server_promises_what_the_client_can_use(client: Any) -> None:
    promised = client.initialized_with.capabilities
    assert promised.position_encoding == ENCODINGS[client.name]
    assert (promised.diagnostic_provider is not None) == (client.name in PULLING)
    assert promised.hover_provider
    assert promised.completion_provider.resolve_provider
    assert (promised.code_action_provider is not None) == (client.name != "minimal")
    assert client.initialized_with.server_info.name == "ssot-lsp"


@pytest.mark.asyncio
async def test_a_mock_is_found_explained_and_given_its_reason(client: Any) -> None:
    uri = opened(client, "tests/test_gift.py", GIFT)
    (found,) = await diagnostics(client, uri)
    column = len('    gift = "') + UNITS[ENCODINGS[client.name]] + len('"; gateway = ')
    assert (found.code, found.source) == ("unjustified-mock", "ssot-lsp")
    assert found.range == types.Range(types.Position(LINE, column), types.Position(LINE, column + 4))
    position = types.Position(LINE, column + 2)
    hover = await soon(
        client.text_document_hover_async(types.HoverParams(types.TextDocumentIdentifier(uri), position))
    )
    assert "is made by hand and nothing says why" in hover.contents.value
    assert hover.contents.kind == ("plaintext" if client.name in PLAIN else "markdown")
    if client.name == "minimal":
        return  # it takes no code actions
    quick = await actions(client, uri, found.range, [found], "quickfix")
    (action,) = [each for each in quick if each.title == "Suppress `unjustified-mock` here"]
    assert list(action.diagnostics or ()) == [found]
    assert edited(client, GIFT, edits_of(action, uri)) == GIFT.replace(
        "= Mock()", "= Mock()  # ssot: ignore[unjustified-mock]"
    )


@pytest.mark.asyncio
async def test_what_is_safe_is_fixed_all_at_once(client: Any) -> None:
    if client.name == "minimal":
        pytest.skip("a client that takes no code actions has nothing fixed")
    uri = opened(client, "tests/test_send.py", SEND)
    found = await diagnostics(client, uri)
    assert [each.range.start.line for each in found] == [7, 13]
    whole = types.Range(types.Position(0, 0), types.Position(len(SEND.splitlines()), 0))
    (action,) = await actions(client, uri, whole, [], "source.fixAll.ssot-lsp")
    assert edited(client, SEND, edits_of(action, uri)) == FIXED


@pytest.mark.asyncio
async def test_a_factory_call_completes(client: Any) -> None:
    uri = opened(client, "tests/test_type.py", TYPE)
    end = types.Position(len(TYPE.splitlines()) - 1, len(TYPE.splitlines()[-1]))
    params = types.CompletionParams(types.TextDocumentIdentifier(uri), end)
    found = await soon(client.text_document_completion_async(params))
    (item,) = [each for each in found.items if each.label == "create_websocket_mock"]
    item = await soon(client.completion_item_resolve_async(item))
    documentation = getattr(item.documentation, "value", item.documentation)
    assert "connection_id" in documentation
    typed = edited(client, TYPE, [plain(item.text_edit)]).removeprefix(TYPE)
    if client.name in PLAINEST:
        assert item.insert_text_format in {None, types.InsertTextFormat.PlainText}
        assert typed == "create_websocket_mock(user_id=user_id)"
    else:
        assert item.insert_text_format == types.InsertTextFormat.Snippet
        assert typed.startswith("create_websocket_mock(connection_id=${1:")
        assert "user_id=user_id, thread_id=${2:" in typed  # what is in sight needs no gap


def plain(edit: types.TextEdit | types.InsertReplaceEdit) -> types.TextEdit:
    """The edit that inserts, of one that offers two."""
    return edit if isinstance(edit, types.TextEdit) else types.TextEdit(edit.insert, edit.new_text)
