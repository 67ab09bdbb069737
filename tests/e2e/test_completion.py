"""Completions as a client gets them: typed letter by letter, taken, and written into the text."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

from ssot_lsp.ide.item import is_within
from ssot_lsp.text import Edit, Lines, Span, apply_edits
from tests.e2e.client import RefusedError, insert
from tests.ide.completing import CURSOR, FACTORIES, lay_out, split

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.e2e.client import Client

    Serve = Callable[[str], Client]
    Start = Callable[..., Client]

ASKED, BY_CHARACTER = 1, 2
INVALID_PARAMS = -32602
DOTTED = '[tool.ssot-lsp]\nfactory = "test_framework.ssot.mock_factory.SSotMockFactory"\n'
IMPORT = "from test_framework.ssot.mock_factory import SSotMockFactory\n"
# Broken above and below the cursor; wide letters before it.
BROKEN = f"""\
import pytest

{IMPORT}

class TestChat:
    def setup_method(self):
        self.mock_factory = SSotMockFactory()
        self.user_id = "alice"

    def test_broken(self):
        print("unfinished", (

    def test_it(self):
        label = "😀"; {CURSOR}

    def test_below(self):
        return self.mock_factory.create_tool_mock(
"""


@pytest.fixture
def workspace(folder: Path) -> Path:
    """The folder with the scaffold's factory, found by its dotted name."""
    lay_out(folder, "scaffold")
    (folder / "pyproject.toml").write_text(DOTTED)
    return folder


def complete(client: Client, uri: str, line: int, column: int, typed: str = "") -> dict[str, Any]:
    """The answer at a place behind which `typed` has just been typed."""
    context = (
        {"triggerKind": BY_CHARACTER, "triggerCharacter": typed}
        if typed in "".join(triggers(client)) and typed
        else {"triggerKind": ASKED}
    )
    params = {
        "textDocument": {"uri": uri},
        "position": {"line": line, "character": column},
        "context": context,
    }
    found: dict[str, Any] = client.request("textDocument/completion", params)
    return found


def triggers(client: Client) -> list[str]:
    found: list[str] = client.server["completionProvider"]["triggerCharacters"]
    return found


def at(client: Client, text: str, offset: int) -> tuple[int, int]:
    """Line and column of an offset as the client counts."""
    return Lines(text).place(offset, client.server["positionEncoding"])


def taken(client: Client, text: str, item: dict[str, Any]) -> str:
    """`text` with a completion written into it."""
    edit = item["textEdit"]
    ranges = [(edit.get("insert") or edit["range"], edit["newText"])]
    ranges += [(each["range"], each["newText"]) for each in item.get("additionalTextEdits", ())]
    lines, encoding = Lines(text), client.server["positionEncoding"]
    edits = []
    for each, new in ranges:
        start, end = (
            lines.offset(each[side]["line"], each[side]["character"], encoding) for side in ("start", "end")
        )
        edits.append(Edit(Span(start, end), new))
    return apply_edits(text, edits)


def named(found: dict[str, Any], label: str) -> dict[str, Any]:
    """The item of that label."""
    items: list[dict[str, Any]] = [each for each in found["items"] if each["label"] == label]
    assert len(items) == 1, label
    return items[0]


@pytest.mark.parametrize("name", ["vscode", "neovim", "emacs", "vim", "helix", "minimal"])
def test_a_factory_call_is_typed_letter_by_letter_and_taken(start: Start, workspace: Path, name: str) -> None:
    client = start(name)
    text, offset = split(BROKEN)
    uri = (workspace / "tests" / "test_chat.py").as_uri()
    client.open(uri, text)
    asked = []
    for letter in "mock_websocket = self.mock_factory.create_mock_w":
        client.change(uri, insert(*at(client, text, offset), letter))
        text, offset = text[:offset] + letter + text[offset:], offset + 1
        if text[:offset].endswith(("self.mock_factory.", "create_mock_w")):
            found = complete(client, uri, *at(client, text, offset), letter)
            assert found["isIncomplete"] is False
            asked.append(found)
    first, last = asked
    for found in asked:
        assert min(found["items"], key=lambda each: each["sortText"])["label"] == "create_websocket_mock"
    # What was asked for behind the dot is still good for all that has been typed since.
    assert is_within("create_mock_w", named(first, "create_websocket_mock")["filterText"])
    item = named(last, "create_websocket_mock")
    assert item["filterText"].startswith("create_mock_w")
    # right behind the label where a client shows no details of labels, so without it
    whole = "create_websocket_mock(connection_id" if "labelDetails" in item else "(connection_id"
    assert item["detail"].startswith(whole)
    if "data" in item:
        item = client.request("completionItem/resolve", item)
    page = item["documentation"]  # a string for who says nothing of formats
    assert ".send_json()" in (page if name in {"emacs", "helix", "minimal"} else page["value"])
    (line,) = [each for each in taken(client, text, item).split("\n") if "mock_websocket = " in each]
    if name == "minimal":
        assert line == (
            '        label = "😀"; mock_websocket = self.mock_factory.create_websocket_mock(user_id=self.user_id)'
        )
        assert "labelDetails" not in item
    if name == "vscode":
        assert item["insertTextFormat"] == 2
        assert item["labelDetails"]["description"] == "ssot-lsp"
        assert 'create_websocket_mock(connection_id=${1:"connection-1"}, user_id=self.user_id, ' in line
        assert item["preselect"] is True
    assert "create_mock_w" not in line


@pytest.mark.parametrize("name", ["vscode", "minimal"])
def test_the_import_comes_along(start: Start, workspace: Path, name: str) -> None:
    client = start(name)
    text, offset = split(f"import os\n\n\ndef test_it():\n    mock_websocket = {CURSOR}\n    foo(\n")
    uri = (workspace / "tests" / "test_new.py").as_uri()
    client.open(uri, text)
    found = complete(client, uri, *at(client, text, offset))
    item = named(found, "SSotMockFactory.create_websocket_mock")
    new = taken(client, text, item)
    assert new.startswith(
        f"import os\n\n{IMPORT}\n\ndef test_it():\n    mock_websocket = SSotMockFactory.create_w"
    )
    client.change(uri, {"text": new})
    again = complete(client, uri, *at(client, new, new.index("SSotMockFactory.create_w")))
    assert not any(each.get("additionalTextEdits") for each in again["items"])


def test_a_method_is_there_before_its_file_is_saved(start: Start, workspace: Path) -> None:
    client = start("vscode")
    text, offset = split(f"{IMPORT}SSotMockFactory.{CURSOR}\n")
    uri = (workspace / "tests" / "test_a.py").as_uri()
    client.open(uri, text)
    place = at(client, text, offset)
    labels = {each["label"] for each in complete(client, uri, *place, ".")["items"]}
    assert "create_tool_mock" in labels
    assert "create_clock_mock" not in labels
    factory = workspace / "test_framework" / "ssot" / "mock_factory.py"
    source = factory.read_text()
    client.open(factory.as_uri(), source)
    head = "    @staticmethod\n    def create_tool_mock("
    method = (
        f"    @staticmethod\n    def create_clock_mock(now=0):\n        return MagicMock(now=now)\n\n{head}"
    )
    client.change(factory.as_uri(), {"text": source.replace(head, method)})
    item = named(complete(client, uri, *place, "."), "create_clock_mock")
    assert (
        "`.now` = `0` from `now`" in client.request("completionItem/resolve", item)["documentation"]["value"]
    )
    client.close_document(factory.as_uri())
    labels = {each["label"] for each in complete(client, uri, *place, ".")["items"]}
    assert "create_clock_mock" not in labels


def test_a_request_right_behind_an_edit_is_about_the_new_text(start: Start, workspace: Path) -> None:
    client = start("vscode")
    uri = (workspace / "tests" / "test_a.py").as_uri()
    client.open(uri, IMPORT)
    client.change(uri, insert(1, 0, "SSotMockFactory"))
    client.change(uri, insert(0, 0, "\n\n"))
    client.change(uri, insert(3, 15, "."))
    params = {"textDocument": {"uri": uri}, "position": {"line": 3, "character": 16}}
    asked = client.send("textDocument/completion", params)
    client.change(uri, insert(0, 0, "import os\n"))
    found = client.reply(asked)
    assert named(found, "create_tool_mock")["textEdit"]["insert"]["start"] == {"line": 3, "character": 16}


def test_a_factory_of_a_bare_name_is_searched_for_beside_everything_else(start: Start, folder: Path) -> None:
    lay_out(folder, "scaffold")
    client = start("vscode")
    uri = (folder / "test_a.py").as_uri()
    text = "mock_websocket = "
    client.open(uri, text)
    while (found := complete(client, uri, 0, len(text)))["isIncomplete"]:
        assert found["items"] == []
    assert named(found, "SSotMockFactory.create_websocket_mock")["preselect"] is True


def test_an_imported_factory_needs_no_search(start: Start, folder: Path) -> None:
    lay_out(folder, "scaffold")
    client = start("vscode")
    uri = (folder / "test_a.py").as_uri()
    text = f"{IMPORT}SSotMockFactory."
    client.open(uri, text)
    found = complete(client, uri, 1, len("SSotMockFactory."), ".")
    assert named(found, "create_websocket_mock")


# Nothing but inference knows what a loop runs through.
LOOP = """\
from tools import make_all


def test_it():
    for each in make_all():
        each."""


@pytest.fixture
def makers(workspace: Path) -> str:
    """The URI of a test beside a module that hands out factories in a list."""
    (workspace / "tools.py").write_text(f"{IMPORT}def make_all():\n    return [SSotMockFactory()]\n")
    return (workspace / "test_a.py").as_uri()


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        pytest.param("", "create_websocket_mock", id="behind the dot"),
        pytest.param("create_w", "create_websocket_mock", id="in the name"),
        pytest.param("create_websocket_mock(", "user_id=", id="in the brackets"),
        pytest.param('create_mock("', "websocket", id="in a string"),
    ],
)
def test_what_the_index_does_not_know_is_inferred(
    start: Start, makers: str, typed: str, expected: str
) -> None:
    client = start("vscode")
    client.open(makers, f"{LOOP}{typed}\n")
    found = complete(client, makers, 5, len("        each.") + len(typed))
    assert found["isIncomplete"] is False
    assert named(found, expected)


def test_what_is_inferred_of_an_older_text_is_not_said_and_asked_for_again(start: Start, makers: str) -> None:
    client = start("vscode")
    client.open(makers, f"{LOOP}\n")
    params = {"textDocument": {"uri": makers}, "position": {"line": 5, "character": 13}}
    asked = client.send(
        "textDocument/completion", params
    )  # the answer takes jedi a quarter of a second to load
    client.change(makers, insert(5, 13, "c"))
    assert client.reply(asked) == {"isIncomplete": True, "items": []}
    assert named(complete(client, makers, 5, 14), "create_websocket_mock")


@pytest.mark.parametrize("typed", ["zzz", "create_x()"])
def test_nothing_is_inferred_where_no_method_can_be_meant(start: Start, makers: str, typed: str) -> None:
    client = start("vscode")
    client.open(makers, f"{LOOP}{typed}\n")
    assert complete(client, makers, 5, len("        each.") + len(typed))["items"] == []


def test_inference_can_be_switched_off(start: Start, makers: str) -> None:
    client = start("vscode", options={"features": {"inference": False}})
    client.open(makers, f"{LOOP}\n")
    assert complete(client, makers, 5, 13)["items"] == []


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        pytest.param({}, True, id="nothing is off"),
        pytest.param({"features": {"completion": False}}, False, id="all of it"),
        pytest.param({"completion": {"factoryMethods": False}}, False, id="this place"),
        pytest.param({"completion": {"autoImports": False, "nonsense": 1}}, True, id="another place"),
    ],
)
def test_what_is_not_wanted_is_not_there(
    start: Start, workspace: Path, settings: dict[str, Any], expected: bool
) -> None:
    client = start("minimal", options=settings)
    uri = (workspace / "test_a.py").as_uri()
    client.open(uri, f"{IMPORT}SSotMockFactory.")
    assert bool(complete(client, uri, 1, len("SSotMockFactory."))["items"]) is expected


def test_blanks_ask_for_nothing(serve: Serve) -> None:
    assert triggers(serve("vscode")) == [".", "(", '"', "'"]


@pytest.mark.parametrize("data", [1, {}, {"page": "method"}, {"page": [1], "uri": "x"}, {"page": ["x"]}])
def test_a_completion_of_somebody_else_is_refused(serve: Serve, data: Any) -> None:
    with pytest.raises(RefusedError) as refused:
        serve("vscode").request("completionItem/resolve", {"label": "x", "data": data})
    assert refused.value.code == INVALID_PARAMS


def test_a_completion_that_has_all_of_it_may_be_resolved(serve: Serve) -> None:
    assert serve("minimal").request("completionItem/resolve", {"label": "x"}) == {"label": "x"}


def test_a_page_that_has_gone_meanwhile_is_no_fault(start: Start, workspace: Path) -> None:
    client = start("vscode")
    uri = (workspace / "test_a.py").as_uri()
    client.open(uri, f"{IMPORT}SSotMockFactory.")
    item = named(complete(client, uri, 1, len("SSotMockFactory.")), "create_tool_mock")
    shutil.rmtree(workspace / "test_framework")
    gone = [workspace / name for name in FACTORIES["scaffold"]]
    changes = [{"uri": each.as_uri(), "type": 3} for each in gone]
    client.notify("workspace/didChangeWatchedFiles", {"changes": changes})
    assert "documentation" not in client.request("completionItem/resolve", item)
