"""Hovers, definitions and signatures of factory methods, for clients that can more and clients that can less."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.e2e.client import Client

    Start = Callable[..., Client]

FACTORY = '''\
from unittest.mock import AsyncMock, MagicMock


class SSotMockFactory:
    @staticmethod
    def create_websocket_mock(user_id="u", connection_id=None, **more):
        """Create a **websocket**."""
        return MagicMock(send_json=AsyncMock())
'''
TEST = """\
from factory import SSotMockFactory

label = '😀'; ws = SSotMockFactory.create_websocket_mock(user_id="a", )
"""
LINE = TEST.splitlines()[2]


def ask(client: Client, method: str, uri: str, at: str) -> Any:
    """The answer to a request about the start of `at` in the third line of the test."""
    before = LINE[: LINE.index(at)]
    encoding = client.server.get("positionEncoding", "utf-16")
    column = len(before.encode(encoding + "-le" if encoding != "utf-8" else encoding))
    column //= {"utf-8": 1, "utf-16": 2, "utf-32": 4}[encoding]
    return client.request(
        f"textDocument/{method}",
        {"textDocument": {"uri": uri}, "position": {"line": 2, "character": column}},
    )


def opened(client: Client, folder: Path) -> str:
    """The URI of an open test beside a factory."""
    lay_out(folder)
    uri = (folder / "test_it.py").as_uri()
    client.open(uri, TEST)
    return uri


def lay_out(folder: Path) -> None:
    """Write a factory that need not be searched for, and a module that hands it out."""
    (folder / "factory.py").write_text(FACTORY)
    (folder / "pyproject.toml").write_text('[tool.ssot-lsp]\nfactory = ["factory.SSotMockFactory"]\n')
    (folder / "tools.py").write_text(
        "from factory import SSotMockFactory\ndef make():\n    return SSotMockFactory() or None\n"
    )


@pytest.mark.parametrize("name", ["vscode", "neovim", "emacs", "vim"])
def test_a_method_hovers_and_leads_to_its_definition(start: Start, folder: Path, name: str) -> None:
    client = start(name)
    uri = opened(client, folder)
    found = ask(client, "hover", uri, "create_websocket_mock")
    kind, shown = found["contents"]["kind"], found["contents"]["value"]
    if name == "emacs":  # which reads markdown where markdown-mode is installed
        assert kind == "plaintext"
        assert shown.startswith("SSotMockFactory.create_websocket_mock(user_id=")
        assert "- .send_json async" in shown
    else:
        assert kind == "markdown"
        assert "```python\nSSotMockFactory.create_websocket_mock(user_id=" in shown
        assert "- `.send_json` async" in shown

    (led,) = ask(client, "definition", uri, "create_websocket_mock")
    name_range = {"start": {"line": 5, "character": 8}, "end": {"line": 5, "character": 29}}
    factory = (folder / "factory.py").as_uri()
    assert led["originSelectionRange"] == found["range"]
    assert (led["targetUri"], led["targetSelectionRange"]) == (factory, name_range)
    assert led["targetRange"] == {"start": {"line": 4, "character": 4}, "end": {"line": 7, "character": 47}}


def test_a_client_that_knows_neither_markdown_nor_links_gets_neither(start: Start, folder: Path) -> None:
    client = start("minimal")
    uri = opened(client, folder)
    name_range = {"start": {"line": 5, "character": 8}, "end": {"line": 5, "character": 29}}
    led = ask(client, "definition", uri, "create_websocket_mock")
    assert led == [{"uri": (folder / "factory.py").as_uri(), "range": name_range}]
    contents = ask(client, "hover", uri, "create_websocket_mock")["contents"]
    assert contents["kind"] == "plaintext"
    assert "`" not in contents["value"]
    assert "**more)" in contents["value"]
    assert "Create a websocket." in contents["value"]


@pytest.mark.parametrize("name", ["hover", "definition", "signatureHelp"])
def test_each_can_be_switched_off(start: Start, folder: Path, name: str) -> None:
    client = start("vscode", options={"features": {name: False}})
    uri = opened(client, folder)
    places = {"hover": "create", "definition": "create", "signatureHelp": "user_id"}
    answers = {each: ask(client, each, uri, at) for each, at in places.items()}
    assert [each for each, answer in answers.items() if answer is None] == [name]


@pytest.mark.parametrize("name", ["vscode", "emacs", "minimal"])
def test_the_signature_of_a_call_is_shown(start: Start, folder: Path, name: str) -> None:
    client = start(name)
    uri = opened(client, folder)
    label = 'create_websocket_mock(user_id="u", connection_id=None, **more)'
    shown = {}
    for at in ('user_id="a"', ")"):
        found = ask(client, "signatureHelp", uri, at)
        (signature,) = found["signatures"]
        assert signature["label"] == label
        written = signature["parameters"][found["activeParameter"]]["label"]
        assert isinstance(written, str) == (name == "minimal")
        shown[at] = written if isinstance(written, str) else label[written[0] : written[1]]
    assert shown == {'user_id="a"': 'user_id="u"', ")": "connection_id=None"}
    documentation = signature["documentation"]
    assert documentation["kind"] == ("markdown" if name == "vscode" else "plaintext")
    assert client.server["signatureHelpProvider"]["triggerCharacters"] == ["(", ","]


def test_what_the_index_does_not_know_is_inferred(start: Start, folder: Path) -> None:
    client = start("vscode")
    lay_out(folder)
    uri = (folder / "test_it.py").as_uri()
    client.open(uri, "import tools\ntools.make().create_websocket_mock()\n")
    asking = {"textDocument": {"uri": uri}, "position": {"line": 1, "character": 35}}
    assert client.request("textDocument/signatureHelp", asking)["activeParameter"] == 0
    asking = {"textDocument": {"uri": uri}, "position": {"line": 1, "character": 20}}
    assert "`.send_json` async" in client.request("textDocument/hover", asking)["contents"]["value"]
    (led,) = client.request("textDocument/definition", asking)
    assert led["targetUri"] == (folder / "factory.py").as_uri()


def test_inference_can_be_switched_off(start: Start, folder: Path) -> None:
    client = start("vscode", options={"features": {"inference": False}})
    lay_out(folder)
    uri = (folder / "test_it.py").as_uri()
    client.open(uri, "import tools\ntools.make().create_websocket_mock()\n")
    asking = {"textDocument": {"uri": uri}, "position": {"line": 1, "character": 20}}
    assert client.request("textDocument/hover", asking) is None


def test_other_names_lead_nowhere(start: Start, folder: Path) -> None:
    client = start("vscode")
    uri = opened(client, folder)
    assert ask(client, "definition", uri, "label") is None
    assert ask(client, "hover", uri, "label") is None
