"""All that is safe to fix: of a document on save or by the menu, of a rule, of the workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.client import RefusedError
from tests.e2e.test_requests import actions, edited

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.e2e.client import Client

    Start = Callable[..., Client]

CANCELLED = -32800
FACTORY = """\
from unittest.mock import AsyncMock


class SSotMockFactory:
    @staticmethod
    def create_websocket_mock():
        return AsyncMock()

    @staticmethod
    def create_session_mock():
        session = AsyncMock()
        session.id = 1
        return session
"""
BEFORE = """\
from unittest.mock import AsyncMock


def test_open():
    websocket = AsyncMock()
    serve(websocket)


def test_close():
    # 😀
    websocket = AsyncMock()
    close(websocket)


def test_store():
    session = AsyncMock()
    store(session)


x = 1  # Mock justification: none is here
"""
SWAPPED = BEFORE.replace(
    "websocket = AsyncMock()", "websocket = SSotMockFactory.create_websocket_mock()"
).replace("import AsyncMock\n", "import AsyncMock\n\nfrom mock_factory import SSotMockFactory\n")
AFTER = SWAPPED.replace("  # Mock justification: none is here", "")
SAFE, REVIEW = (
    "Use `SSotMockFactory.create_websocket_mock(…)`",
    "Use `SSotMockFactory.create_session_mock(…)`; ",
)


@pytest.fixture
def suite(folder: Path) -> Path:
    """A workspace with a factory, and the test file in it."""
    (folder / "pyproject.toml").write_text("[tool.ssot-lsp]\n", encoding="utf-8")
    (folder / "mock_factory.py").write_text(FACTORY, encoding="utf-8")
    path = folder / "tests" / "test_a.py"
    path.parent.mkdir()
    path.write_text(BEFORE, encoding="utf-8", newline="")
    return path


def resolved(client: Client, action: dict[str, Any]) -> dict[str, Any]:
    if "edit" in action:
        return action
    found: dict[str, Any] = client.request("codeAction/resolve", action)
    return found


def text_after(client: Client, action: dict[str, Any]) -> str:
    edit = resolved(client, action)["edit"]
    if "changes" in edit:
        (edits,) = edit["changes"].values()
        return edited(client, BEFORE, edits)
    (change,) = edit["documentChanges"]
    assert change["textDocument"]["version"] == 1
    return edited(client, BEFORE, change["edits"])


@pytest.mark.parametrize("name", ["vscode", "neovim", "emacs", "vim", "helix", "minimal"])
def test_all_that_is_safe_in_a_document(start: Start, suite: Path, name: str) -> None:
    client = start(name)
    client.open(suite.as_uri(), BEFORE)
    (action,) = actions(client, suite.as_uri(), 0, only=["source.fixAll"])
    assert action["kind"] == "source.fixAll.ssot-lsp"
    assert text_after(client, action) == AFTER


def test_a_client_that_neither_resolves_nor_knows_versions_gets_the_edit_in_the_list(
    start: Start, suite: Path
) -> None:
    client = start("minimal")
    client.open(suite.as_uri(), BEFORE)
    found = {each["title"]: each for each in actions(client, suite.as_uri(), 4)}
    assert set(found[SAFE]["edit"]) == {"changes"}
    assert text_after(client, found[SAFE]) == BEFORE.replace(
        "import AsyncMock\n", "import AsyncMock\n\nfrom mock_factory import SSotMockFactory\n"
    ).replace("websocket = AsyncMock()", "websocket = SSotMockFactory.create_websocket_mock()", 1)
    assert all("edit" in each or "command" in each for each in found.values())


def test_what_vim_lsp_asks_before_it_writes(start: Start, suite: Path) -> None:
    """It asks for nearly every kind by names of its own, and picks by kind what it applies, at once."""
    client = start("vim")
    client.open(suite.as_uri(), BEFORE)
    refactor = ["refactor", "refactor.extract", "refactor.inline", "refactor.rewrite"]
    kinds = ["", "quickfix", *refactor, "source", "source.organizeImports"]
    found = actions(client, suite.as_uri(), 0, only=kinds)
    (action,) = [each for each in found if each["kind"].startswith("source.fixAll.ssot-lsp")]
    assert text_after(client, action) == AFTER


@pytest.mark.parametrize("name", ["minimal", "emacs", "vim"])
def test_the_workspace_for_a_client_without_annotations(start: Start, suite: Path, name: str) -> None:
    client = start(name)
    client.open(suite.as_uri(), BEFORE)
    said = client.request("workspace/executeCommand", {"command": "ssot-lsp.fixWorkspace", "arguments": []})
    assert said == "Fixed 1 file"
    assert text_after(client, client.wait_for_request("workspace/applyEdit")) == AFTER


def test_nothing_is_offered_where_nothing_is_safe(start: Start, suite: Path) -> None:
    client = start()
    client.open(suite.as_uri(), "from unittest.mock import AsyncMock\n\ntractor = AsyncMock()\n")
    assert actions(client, suite.as_uri(), 0, only=["source.fixAll.ssot-lsp"]) == []


def test_all_of_a_rule_in_a_document(start: Start, suite: Path) -> None:
    client = start()
    client.open(suite.as_uri(), BEFORE)
    found = {each["title"]: each for each in actions(client, suite.as_uri(), 4)}
    assert found[SAFE]["isPreferred"] is True
    assert text_after(client, found["Fix all `unjustified-mock` in this file"]) == SWAPPED


def test_what_is_for_review_says_why_and_is_never_preferred(start: Start, suite: Path) -> None:
    client = start()
    client.open(suite.as_uri(), BEFORE)
    found = actions(client, suite.as_uri(), 15)
    assert found[0]["title"] == f"{REVIEW}for review: it is passed on, and the factory sets `id`"
    assert not any(each.get("isPreferred") for each in found)
    assert not any(each["title"].startswith("Fix all") for each in found)


def test_all_of_the_workspace(start: Start, suite: Path) -> None:
    client = start()
    other = suite.with_name("test_b.py")
    other.write_text(BEFORE, encoding="utf-8", newline="")
    client.open(suite.as_uri(), BEFORE)
    said = client.request("workspace/executeCommand", {"command": "ssot-lsp.fixWorkspace", "arguments": []})
    assert said == "Fixed 2 files"
    params = client.wait_for_request("workspace/applyEdit")
    assert params["metadata"] == {"isRefactoring": True}  # then VS Code saves what it changes
    edit = params["edit"]
    changes = {each["textDocument"]["uri"]: each for each in edit["documentChanges"]}
    assert {uri: each["textDocument"]["version"] for uri, each in changes.items()} == {
        suite.as_uri(): 1,
        other.as_uri(): None,
    }
    for each in changes.values():
        assert edited(client, BEFORE, each["edits"]) == AFTER
    (annotation,) = edit["changeAnnotations"].values()
    assert annotation == {"label": "Fix all that is safe to fix", "needsConfirmation": True}


def test_a_workspace_fix_without_a_preview(start: Start, suite: Path) -> None:
    client = start("vscode")
    said = client.request(
        "workspace/executeCommand", {"command": "ssot-lsp.fixWorkspace", "arguments": [{"preview": False}]}
    )
    assert said == "Fixed 1 file"
    edit = client.wait_for_request("workspace/applyEdit")["edit"]
    assert "changeAnnotations" not in edit
    assert len(edit["documentChanges"]) == 1


@pytest.mark.parametrize(
    ("more", "applied", "words"),
    [
        ([], {"applied": False}, "The editor did not change 1 file"),
        (
            [],
            {"applied": False, "failureReason": "`test_a.py` cannot be written"},
            "The editor did not change 1 file: `test_a.py` cannot be written",
        ),
        (["test_b.py"], {"applied": False}, "The editor did not change 2 files"),
        (
            ["test_b.py"],
            {"applied": False, "failureReason": "1 is changed, `test_b.py` cannot be written"},
            "The editor did not change all of 2 files: 1 is changed, `test_b.py` cannot be written",
        ),
    ],
)
def test_what_the_editor_did_not_change_is_said_with_its_reason(
    start: Start, suite: Path, more: list[str], applied: dict[str, Any], words: str
) -> None:
    for name in more:
        suite.with_name(name).write_text(BEFORE, encoding="utf-8", newline="")
    client = start("vscode")
    client.applied = applied
    said = client.request("workspace/executeCommand", {"command": "ssot-lsp.fixWorkspace", "arguments": []})
    assert said == words


@pytest.mark.parametrize("arguments", [[True], [{"confirm": True}], [{}, {}]])
def test_a_workspace_fix_with_other_arguments_is_refused(
    start: Start, suite: Path, arguments: list[Any]
) -> None:
    client = start("vscode")
    with pytest.raises(RefusedError, match=r'`ssot-lsp.fixWorkspace` takes nothing, or {"preview": false}'):
        client.request(
            "workspace/executeCommand", {"command": "ssot-lsp.fixWorkspace", "arguments": arguments}
        )
    assert suite.read_text(encoding="utf-8") == BEFORE


def lay_out_many(suite: Path) -> dict[Path, str]:
    """So much to fix that it surely takes longer than to say that it shall end."""
    body = "".join(
        f"def test_{number}():\n    websocket = AsyncMock()\n    serve(websocket)\n" for number in range(60)
    )
    texts = {suite: BEFORE}
    for number in range(30):
        path = suite.with_name(f"test_{number}.py")
        texts[path] = f"from unittest.mock import AsyncMock\n{body}"
        path.write_text(texts[path], encoding="utf-8", newline="")
    return texts


def test_a_workspace_fix_says_how_far_it_is_from_the_start(start: Start, suite: Path) -> None:
    """Also while it looks for what there is to fix, which is half of the bar; and never goes back."""
    texts = lay_out_many(suite)
    client = start("vscode")
    said = client.request("workspace/executeCommand", {"command": "ssot-lsp.fixWorkspace", "arguments": []})
    assert said == f"Fixed {len(texts)} files"
    values = iter(lambda: client.wait_for("$/progress")["value"], {"kind": "end"})
    told = [(each["message"], each["percentage"]) for each in values if each["kind"] == "report"]
    files = len(list(suite.parents[1].rglob("*.py")))
    checked = told.index((f"{files} of {files}", 50))
    assert told[checked + 1 :] == [
        (f"{done} of {len(texts)}", 50 + 50 * done // len(texts)) for done in range(len(texts))
    ]
    percentages = [percentage for _, percentage in told]
    assert percentages == sorted(percentages)


def test_a_workspace_fix_that_is_cancelled_changes_nothing(start: Start, suite: Path) -> None:
    texts = lay_out_many(suite)
    client = start("vscode")
    asked = client.send("workspace/executeCommand", {"command": "ssot-lsp.fixWorkspace", "arguments": []})
    begun = client.wait_for("$/progress")
    assert begun["value"]["title"] == "Fixing the workspace"
    assert begun["value"]["cancellable"] is True
    client.notify("window/workDoneProgress/cancel", {"token": begun["token"]})
    assert client.reply(asked) == "Cancelled: nothing was changed"
    ended = client.wait_for("$/progress", lambda each: each["value"]["kind"] == "end")
    assert ended["token"] == begun["token"]
    assert not any(each["method"] == "workspace/applyEdit" for each in client.requests)
    assert {path: path.read_text(encoding="utf-8") for path in texts} == texts


def test_a_workspace_fix_whose_request_is_cancelled_changes_nothing(start: Start, suite: Path) -> None:
    texts = lay_out_many(suite)
    client = start("vscode")
    asked = client.send("workspace/executeCommand", {"command": "ssot-lsp.fixWorkspace", "arguments": []})
    client.wait_for("$/progress")
    client.notify("$/cancelRequest", {"id": asked})
    with pytest.raises(RefusedError) as refused:
        client.reply(asked)
    assert refused.value.code == CANCELLED
    assert client.wait_for("$/progress", lambda each: each["value"]["kind"] == "end")
    client.request("workspace/executeCommand", {"command": "ssot-lsp.debugInfo"})  # it is still there
    assert not any(each["method"] == "workspace/applyEdit" for each in client.requests)
    assert {path: path.read_text(encoding="utf-8") for path in texts} == texts


def test_a_workspace_without_anything_to_fix(start: Start, suite: Path) -> None:
    client = start()
    suite.write_text("x = 1\n", encoding="utf-8")
    said = client.request("workspace/executeCommand", {"command": "ssot-lsp.fixWorkspace", "arguments": []})
    assert said == "There is nothing that is safe to fix"
