"""One fix that edits several files, for clients that ask before they apply it and for clients that do not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.e2e.client import Client

    Serve = Callable[[str], Client]

FACTORY = "class SSotMockFactory:\n    @staticmethod\n    def create_websocket_mock():\n        return 1\n"
TEST = "from factories import SSotMockFactory\n\nSSotMockFactory.create_mock_websocket()\n"
NAME = {"start": {"line": 2, "character": 16}, "end": {"line": 2, "character": 37}}


def replaced(client: Client, uri: str) -> dict[str, Any]:
    """The edit that replaces all uses of the method that is not there."""
    params = {"textDocument": {"uri": uri}, "range": NAME, "context": {"diagnostics": []}}
    found: list[dict[str, Any]] = client.request("textDocument/codeAction", params)
    (action,) = (each for each in found if "all uses" in each["title"])
    assert "isPreferred" not in action
    if "edit" not in action:
        action = client.request("codeAction/resolve", action)
    edit: dict[str, Any] = action["edit"]
    return edit


@pytest.mark.parametrize("name", ["vscode", "neovim", "emacs", "minimal"])
def test_all_uses_are_replaced_in_one_edit(serve: Serve, folder: Path, name: str) -> None:
    (folder / "factories.py").write_text(FACTORY)
    (folder / "test_b.py").write_text(TEST)
    here, there = (folder / "test_a.py").as_uri(), (folder / "test_b.py").as_uri()
    client = serve(name)
    client.open(here, TEST)

    edit = replaced(client, here)

    new = {"range": NAME, "newText": "create_websocket_mock"}
    if name == "minimal":
        assert edit == {"changes": {here: [new], there: [new]}}
        return
    asks = name != "emacs"
    each = [{**new, "annotationId": "edit"}] if asks else [new]
    assert edit["documentChanges"] == [
        {"textDocument": {"uri": here, "version": 1}, "edits": each},
        {"textDocument": {"uri": there, "version": None}, "edits": each},
    ]
    assert ("changeAnnotations" in edit) is asks
    if asks:
        (annotation,) = edit["changeAnnotations"].values()
        assert annotation["needsConfirmation"]
        assert annotation["label"].startswith("Replace all uses of `create_mock_websocket`")
