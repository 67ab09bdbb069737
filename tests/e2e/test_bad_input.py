"""Clients that break the protocol, documents that nobody can read, and clients that die."""

from __future__ import annotations

import copy
import json
import re
import socket
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.capabilities import MINIMAL, VSCODE
from tests.e2e.client import COMMAND, LIMIT, RefusedError, insert, replace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.e2e.client import Client

    Serve = Callable[[str], Client]
    Start = Callable[..., Client]

MOCK = "from unittest.mock import Mock\n\ndef test_it():\n    double = Mock()\n"

PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS = -32700, -32600, -32601, -32602
NOT_INITIALIZED, CANCELLED = -32002, -32800


def assert_well(client: Client, folder: Path, name: str = "test_well.py") -> None:
    """The server goes on as if nothing had happened."""
    uri = (folder / name).as_uri()
    client.open(uri, MOCK)
    found = client.pull(uri)["items"] if "diagnosticProvider" in client.server else client.pushed(uri)
    assert [each["code"] for each in found] == ["unjustified-mock"]


# The conversation.


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param(b"{", PARSE_ERROR, id="half an object"),
        pytest.param(b"garbage", PARSE_ERROR, id="no JSON"),
        pytest.param(b"\xff\xfe\xfa", PARSE_ERROR, id="no UTF-8"),
        pytest.param(b"\0" * 9, PARSE_ERROR, id="NULs"),
        pytest.param(b"[" * 100_000, PARSE_ERROR, id="endlessly nested"),
        pytest.param(b"[]", INVALID_REQUEST, id="a list"),
        pytest.param(b"7", INVALID_REQUEST, id="a number"),
        pytest.param(b"null", INVALID_REQUEST, id="null"),
        pytest.param(b'{"method": "initialize"}', INVALID_REQUEST, id="no jsonrpc"),
        pytest.param(b'[{"jsonrpc": "2.0", "method": "initialized"}]', INVALID_REQUEST, id="a batch"),
    ],
)
def test_what_is_no_message_is_answered_with_an_error(
    serve: Serve, folder: Path, body: bytes, code: int
) -> None:
    client = serve("vscode")
    client.frame(body)
    assert client.wait_for("error")["code"] == code
    assert_well(client, folder)


@pytest.mark.parametrize(
    "junk",
    [
        pytest.param(b"hello\r\n", id="a line"),
        pytest.param(b"\r\n\r\n", id="empty lines"),
        pytest.param(b"Content-Length: many\r\n\r\n", id="a length that is no number"),
        pytest.param(b"x" * 200_000 + b"\r\n", id="an endless line"),
    ],
)
def test_what_is_no_header_is_skipped(serve: Serve, folder: Path, junk: bytes) -> None:
    client = serve("vscode")
    client.raw(junk)
    assert_well(client, folder)


def test_a_header_may_hold_more_than_the_length(serve: Serve, folder: Path) -> None:
    client = serve("vscode")
    body = b'{"jsonrpc": "2.0", "id": "x", "method": "no/such"}'
    kind = b"Content-Type: application/vscode-jsonrpc; charset=utf-8\r\n"
    client.raw(b"Content-Length: %d\r\n%b\r\n%b" % (len(body), kind, body))
    client.raw(b"%bContent-Length: %d\r\n\r\n%b" % (kind, len(body), body))
    assert_well(client, folder)


@pytest.mark.parametrize(
    ("message", "code"),
    [
        pytest.param({"method": "no/such", "params": {}}, METHOD_NOT_FOUND, id="unknown method"),
        pytest.param({"method": "textDocument/hover"}, INVALID_PARAMS, id="no parameters"),
        pytest.param(
            {"method": "textDocument/hover", "params": []}, INVALID_PARAMS, id="a list of parameters"
        ),
        pytest.param(
            {"method": "textDocument/hover", "params": {"position": 1}}, INVALID_PARAMS, id="wrong types"
        ),
        pytest.param({"method": 7, "params": {}}, INVALID_REQUEST, id="a number for a method"),
        pytest.param({"jsonrpc": "1.0", "method": "no/such"}, INVALID_REQUEST, id="another JSON-RPC"),
    ],
)
def test_a_wrong_request_is_answered_with_an_error(
    serve: Serve, folder: Path, message: dict[str, Any], code: int
) -> None:
    client = serve("vscode")
    identity = client.send("workspace/executeCommand", {"command": "ssot-lsp.debugInfo"})
    client.reply(identity)
    body = json.dumps({"jsonrpc": "2.0", "id": identity, **message}).encode()
    client.frame(body)
    with pytest.raises(RefusedError) as refused:
        client.reply(identity)
    assert refused.value.code == code
    assert_well(client, folder)


def test_wrong_notifications_and_answers_are_lines_in_the_log(serve: Serve, folder: Path) -> None:
    client = serve("vscode")
    client.notify("no/such", {"x": 1})
    client.notify("$/whatever", None)
    client.notify("textDocument/didChange", {"textDocument": 1})
    client.notify("textDocument/didOpen", [])
    client.notify("$/cancelRequest", {"id": 99_999})
    client.notify("window/workDoneProgress/cancel", {"token": "nobody's"})
    client.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": "x:y", "type": 77}]})
    client.frame(b'{"jsonrpc": "2.0", "id": "x", "result": {}}')
    client.frame(b'{"jsonrpc": "2.0", "id": "x", "error": "a string"}')
    assert_well(client, folder)
    assert client.wait_for_log("`textDocument/didChange` is not as the protocol has it")


def test_a_length_that_is_wrong_costs_no_more_than_its_neighbours(serve: Serve, folder: Path) -> None:
    client = serve("vscode")
    body = b'{"jsonrpc": "2.0", "method": "no/such"}'
    client.raw(b"Content-Length: %d\r\n\r\n%b" % (len(body) - 5, body))
    client.raw(b"Content-Length: %d\r\n\r\n%b" % (len(body) + 5, body))
    client.frame(body)
    assert_well(client, folder)


def test_before_initialize_nothing_is_answered(start: Start, folder: Path) -> None:
    client = start("vscode", hello=False)
    client.notify("textDocument/didOpen", {})
    with pytest.raises(RefusedError) as refused:
        client.request(
            "textDocument/hover", {"textDocument": {"uri": "x"}, "position": {"line": 0, "character": 0}}
        )
    assert refused.value.code == NOT_INITIALIZED
    client.initialize()
    with pytest.raises(RefusedError) as refused:
        client.request("initialize", {"processId": None, "rootUri": None, "capabilities": {}})
    assert refused.value.code == INVALID_REQUEST
    assert_well(client, folder)


def test_after_shutdown_requests_are_refused(start: Start, folder: Path) -> None:
    client = start("vscode")
    client.request("shutdown", None)
    client.open((folder / "test_a.py").as_uri(), MOCK)
    for method in ("shutdown", "textDocument/diagnostic", "no/such", "initialize"):
        with pytest.raises(RefusedError) as refused:
            client.request(method, {})
        assert refused.value.code == INVALID_REQUEST
    client.notify("exit", None)
    client.expect_end(0)


def test_what_waits_is_cancelled_by_shutdown(start: Start, folder: Path) -> None:
    client = start("vscode", options={"diagnosticMode": "workspace"})
    client.request("workspace/diagnostic", {"previousResultIds": []})
    asked = client.send("workspace/diagnostic", {"previousResultIds": []})
    client.request("shutdown", None)
    with pytest.raises(RefusedError) as refused:
        client.reply(asked)
    assert refused.value.code == CANCELLED
    client.notify("exit", None)
    client.expect_end(0)


# A sloppy or a newer client says hello.


def broken(path: str, value: Any) -> dict[str, Any]:
    """The capabilities of VS Code with one value that is none."""
    changed = copy.deepcopy(VSCODE)
    *steps, last = path.split(".")
    inner = changed
    for step in steps:
        inner = inner[step]
    inner[last] = value
    return changed


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("workspace.workspaceEdit.failureHandling", "telepathic"),
        ("workspace.workspaceEdit.resourceOperations", ["create", "transmute"]),
        ("textDocument.publishDiagnostics.tagSupport.valueSet", [1, 2, 3, "four"]),
        ("textDocument.completion.completionItemKind.valueSet", [1, 99]),
        ("textDocument.completion.completionItem.documentationFormat", ["markdown", "asciidoc"]),
        ("textDocument.completion.insertTextMode", 17),
        ("textDocument.documentSymbol.symbolKind.valueSet", [1, 1000]),
        ("textDocument.rename.prepareSupportDefaultBehavior", 9),
        ("textDocument.semanticTokens.formats", ["absolute"]),
        ("textDocument.foldingRange.rangeLimit", "lots"),
        ("textDocument.hover.contentFormat", ["html", "markdown"]),
        ("general.positionEncodings", ["utf-7", "utf-16"]),
        ("general.regularExpressions", {"version": 7}),
        ("window.workDoneProgress", "yes"),
        ("textDocument.codeAction", 5),
    ],
)
def test_unknown_values_in_the_capabilities_are_passed_over(
    start: Start, folder: Path, path: str, value: Any
) -> None:
    client = start("vscode", hello=False)
    client.capabilities = broken(path, value)
    client.initialize()
    assert client.server["positionEncoding"] == "utf-16"
    assert_well(client, folder)


def test_several_unknown_values_at_once_are_passed_over(start: Start, folder: Path) -> None:
    client = start("vscode", hello=False)
    client.initialize(
        processId="none",
        trace="deafening",
        locale=7,
        workspaceFolders=[{"uri": folder.as_uri(), "name": "x"}, {"uri": 5}, "y"],
        capabilities=broken("textDocument.publishDiagnostics", {"tagSupport": {"valueSet": ["x", "y", "z"]}}),
    )
    assert_well(client, folder)


@pytest.mark.parametrize("capabilities", [None, 5, [], {"textDocument": "all"}, {}], ids=json.dumps)
def test_a_client_without_capabilities_is_a_client(start: Start, folder: Path, capabilities: Any) -> None:
    client = start("minimal", hello=False)
    client.capabilities = capabilities
    client.initialize(clientInfo=None)
    assert client.server["positionEncoding"] == "utf-16"
    assert_well(client, folder)


@pytest.mark.parametrize(
    ("uri", "more"),
    [
        pytest.param(None, {"workspaceFolders": None}, id="no folder"),
        pytest.param("file:///nowhere/at/all", {"workspaceFolders": None}, id="a folder that is not there"),
        pytest.param("vscode-vfs://github/o/r", {"workspaceFolders": None}, id="a folder on no disk"),
        pytest.param("", {"workspaceFolders": []}, id="empty"),
        pytest.param("not a uri", {"workspaceFolders": [{"uri": "::", "name": ""}]}, id="no URI"),
    ],
)
def test_any_root_will_do(start: Start, folder: Path, uri: str | None, more: dict[str, Any]) -> None:
    client = start("vscode", hello=False)
    client.initialize(rootUri=uri, initializationOptions={"diagnosticMode": "workspace"}, **more)
    assert_well(client, folder)
    report = client.request("workspace/diagnostic", {"previousResultIds": []})
    assert [each["uri"] for each in report["items"]] == [(folder / "test_well.py").as_uri()]


@pytest.mark.parametrize(
    "options",
    [
        *(7, "text", [], {"ssot-lsp": 1}),
        *({"diagnosticMode": "all", "logLevel": 3}, {"diagnosticMode": [], "logLevel": {}}),
    ],
    ids=str,
)
def test_wrong_settings_are_passed_over(start: Start, folder: Path, options: Any) -> None:
    client = start("vscode", options=options, settings=options)
    client.notify("workspace/didChangeConfiguration", {"settings": options})
    assert_well(client, folder)


# Documents.


def test_versions_that_do_not_grow_are_applied_all_the_same(serve: Serve, folder: Path) -> None:
    client = serve("emacs")
    uri = (folder / "test_a.py").as_uri()
    client.open(uri, MOCK, version=5)
    client.pushed(uri)
    for version in (5, 3, -1, 0):
        client.change(uri, insert(0, 0, "\n"), version=version)
        client.versions[uri] = 10  # more than anything that follows
        (found,) = client.pushed(uri, version)
    assert found["range"]["start"]["line"] == 3 + 4


def test_a_change_without_a_version_is_applied(serve: Serve, folder: Path) -> None:
    client = serve("vscode")
    uri = (folder / "test_a.py").as_uri()
    client.open(uri, MOCK)
    for document in ({"uri": uri, "version": None}, {"uri": uri}, {"uri": uri, "version": "x"}):
        change = {"textDocument": document, "contentChanges": [insert(0, 0, "\n")]}
        client.notify("textDocument/didChange", change)
    (found,) = client.pull(uri)["items"]
    assert found["range"]["start"]["line"] == 3 + 3


def test_places_off_the_map_are_the_nearest_on_it(serve: Serve, folder: Path) -> None:
    client = serve("vscode")
    uri = (folder / "test_a.py").as_uri()
    client.open(uri, MOCK)
    client.change(uri, insert(2**31 - 1, 2**31 - 1, "# the end"))
    client.change(uri, insert(2**53, 2**53, "!\n"))
    client.change(uri, insert(-4, -4, "# the start\n"))
    client.change(uri, replace(1000, 0, 0, 0, "pass\n"))  # all of it, backwards
    assert client.pull(uri)["items"] == []
    client.change(uri, replace(0, 0, 1, 2**32, MOCK))
    (found,) = client.pull(uri)["items"]
    assert found["range"]["start"] == {"line": 3, "character": 13}
    place = {"textDocument": {"uri": uri}, "position": {"line": 2**31 - 1, "character": 2**31 - 1}}
    assert client.request("textDocument/hover", place) is None


def test_changes_and_ends_of_what_is_not_open_are_passed_over(serve: Serve, folder: Path) -> None:
    client = serve("vscode")
    uri = (folder / "test_a.py").as_uri()
    client.versions[uri] = 1
    client.change(uri, insert(0, 0, "x"))
    client.close_document(uri)
    assert client.wait_for_log("not open")
    assert client.pull(uri) == {"kind": "full", "items": []}
    assert_well(client, folder)


def test_a_document_that_is_opened_twice_has_the_second_text(serve: Serve, folder: Path) -> None:
    client = serve("vscode")
    uri = (folder / "test_a.py").as_uri()
    client.open(uri, "pass\n")
    client.open(uri, MOCK)
    assert len(client.pull(uri)["items"]) == 1


@pytest.mark.parametrize(
    ("uri", "number"),
    [
        pytest.param("untitled:Untitled-1", 0, id="not saved and without a name"),
        pytest.param("untitled:/somewhere/test_new.py", 1, id="not saved yet"),
        pytest.param("git:/somewhere/test_a.py?%7B%22ref%22%3A%22~%22%7D", 0, id="an old revision"),
        pytest.param("vscode-notebook-cell:/somewhere/a.ipynb#W0s", 0, id="a cell of a notebook"),
        pytest.param("output:extension-output", 0, id="an output channel"),
        pytest.param("file:///somewhere/with%00nul/test_a.py", 1, id="a path that cannot be"),
        pytest.param("file://server/share/test_a.py", 1, id="a path on another machine"),
        pytest.param("file:", 0, id="no path"),
        pytest.param("http://[broken/test_a.py", 0, id="no URI"),
        pytest.param("", 0, id="nothing"),
    ],
)
def test_a_document_may_be_anywhere(serve: Serve, folder: Path, uri: str, number: int) -> None:
    client = serve("vscode")
    client.open(uri, MOCK)
    client.change(uri, insert(0, 0, "\n"))
    assert len(client.pull(uri)["items"]) == number
    where = {"textDocument": {"uri": uri}, "position": {"line": 4, "character": 14}}
    client.request("textDocument/hover", where)
    at = {"start": {"line": 0, "character": 0}, "end": {"line": 9, "character": 0}}
    action = {"textDocument": {"uri": uri}, "range": at, "context": {"diagnostics": []}}
    client.request("textDocument/codeAction", action)
    client.close_document(uri)
    assert_well(client, folder)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("\0", id="a NUL"),
        pytest.param(MOCK.replace("double", "dou\0ble") + "\0\0", id="NULs among code"),
        pytest.param("\ufeff" + MOCK, id="a byte order mark"),
        pytest.param("\ud83d" + MOCK + "\ude00", id="halves of characters"),
        pytest.param("x = '\ud83d'\n" + MOCK, id="half of a character in code"),
        pytest.param("# -*- coding: latin-1 -*-\n# \xff\n" + MOCK, id="a declared encoding"),
        pytest.param("# coding: no-such\n" + MOCK, id="an unknown encoding"),
        pytest.param("\x7fELF\x02\x01\x01\0" * 500, id="binary"),
        pytest.param("(" * 20_000, id="endlessly nested"),
        pytest.param("x = " + "[" * 5_000 + "]" * 5_000, id="deeply nested"),
        pytest.param("Mock(" * 3_000, id="calls in calls"),
        pytest.param("\r" * 1_000 + MOCK, id="lone carriage returns"),
        pytest.param("\t\f \\\n" * 1_000, id="blanks"),
        pytest.param("a" * 1_000_000, id="one long line"),
    ],
)
def test_a_document_may_hold_anything(serve: Serve, folder: Path, text: str) -> None:
    client = serve("vscode")
    uri = (folder / "test_a.py").as_uri()
    client.open(uri, text)
    before = len(client.pull(uri)["items"])
    assert before == text.count("Mock()")
    client.change(uri, insert(0, 0, "\n"), insert(0, 0, "\n"))
    assert len(client.pull(uri)["items"]) == before
    assert_well(client, folder)


def test_files_that_cannot_be_read_cost_nobody_theirs(start: Start, folder: Path) -> None:
    (folder / "test_latin.py").write_bytes(b"# \xff\n" + MOCK.encode())
    (folder / "test_nul.py").write_bytes(b"\0")
    (folder / "test_folder.py").mkdir()
    (folder / "test_loop.py").symlink_to("test_loop.py")
    (folder / "test_good.py").write_text(MOCK)
    client = start("vscode", options={"diagnosticMode": "workspace"})
    report = client.request("workspace/diagnostic", {"previousResultIds": []})
    assert [each["uri"] for each in report["items"]] == [(folder / "test_good.py").as_uri()]
    for name in ("test_latin.py", "test_nul.py"):
        assert client.wait_for_log(name)
    for name in ("test_latin.py", "test_nul.py", "test_loop.py"):
        assert_well(client, folder, name)  # open, it has the text of the client


# The end.


def test_the_server_ends_when_its_input_does(start: Start) -> None:
    client = start("vscode")
    assert client.process.stdin is not None
    client.has_ended = True
    client.process.stdin.close()
    client.expect_end(1)


def test_exit_without_shutdown_is_no_success(start: Start) -> None:
    client = start("vscode")
    client.notify("exit", None)
    client.expect_end(1)


def test_the_server_ends_with_the_process_of_its_client(start: Start) -> None:
    owner = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    client = start("vscode", hello=False)
    client.initialize(processId=owner.pid)
    owner.kill()
    owner.wait(LIMIT)
    assert owner.stdin is not None
    owner.stdin.close()
    client.expect_end(1)  # though its input is open


def test_a_process_that_is_not_seen_from_here_is_no_reason_to_end(start: Start, folder: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait(LIMIT)
    client = start("vscode", hello=False)
    client.initialize(processId=gone.pid)
    assert_well(client, folder)


def test_nothing_but_protocol_reaches_standard_output(start: Start, folder: Path) -> None:
    """The client fails the test for any other byte. Here a library prints, and a child does, while we serve."""
    careless = (
        "import os, runpy, sys\n"
        "def hook(event, arguments):\n"
        "    if event == 'import' and arguments[0] == 'ssot_lsp.analysis':\n"
        "        print('printed by Python', flush=True)\n"
        "        os.system('echo printed by a child')\n"
        "sys.addaudithook(hook)\n"
        "sys.argv = ['ssot-lsp', 'server']\n"
        "runpy.run_module('ssot_lsp', run_name='__main__')\n"
    )
    client = start("vscode", command=[sys.executable, "-c", careless])
    assert_well(client, folder)
    client.close()
    assert {"printed by Python", "printed by a child"} <= set(client.stderr)


# TCP.


def test_a_debugger_may_connect_from_this_machine(folder: Path) -> None:
    process = subprocess.Popen(
        [*COMMAND, "--tcp", "127.0.0.1:0"], cwd=folder, stderr=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert process.stderr is not None
        assert process.stdout is not None
        port = re.findall(rb"127\.0\.0\.1:(\d+)", process.stderr.readline())[0]
        with socket.create_connection(("127.0.0.1", int(port)), LIMIT) as connection:
            params = {"processId": None, "rootUri": folder.as_uri(), "capabilities": MINIMAL}
            for number, method in enumerate(("initialize", "shutdown")):
                message = {
                    "jsonrpc": "2.0",
                    "id": number,
                    "method": method,
                    "params": params if not number else None,
                }
                body = json.dumps(message).encode()
                connection.sendall(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
                stream = connection.makefile("rb")
                length = int(stream.readline().partition(b":")[2])
                while stream.readline() != b"\r\n":
                    pass
                assert json.loads(stream.read(length))["id"] == number
                stream.close()
        assert process.wait(LIMIT) == 0
        assert process.stdout.read() == b""
    finally:
        process.kill()
        process.wait(LIMIT)
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()


@pytest.mark.parametrize("address", ["0.0.0.0:0", "192.0.2.1:9", "[::]:0", "example.org:80"])
def test_nobody_else_may_connect(folder: Path, address: str) -> None:
    done = subprocess.run(
        [*COMMAND, "--tcp", address], cwd=folder, capture_output=True, timeout=LIMIT, check=False
    )
    assert done.returncode == 2
    assert b"loopback" in done.stderr
    assert b"Traceback" not in done.stderr
    assert done.stdout == b""
