"""The baseline in an editor."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.client import RefusedError
from tests.e2e.test_requests import actions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.e2e.client import Client

    Start = Callable[..., Client]

MOCK = "from unittest.mock import Mock\n\n\ndef test_it():\n    gateway = Mock()\n    mailer = Mock()\n"
WARNING, HINT = 2, 4
CONTENT_MODIFIED, INVALID_PARAMS, REQUEST_FAILED = -32801, -32602, -32803


def severities(client: Client, uri: str) -> list[int]:
    """Those of the findings, by the way that the client learns of them."""
    pulls = "diagnosticProvider" in client.server
    found = client.pull(uri)["items"] if pulls else client.pushed(uri)
    return [each["severity"] for each in found]


def add(client: Client, uri: str, line: int) -> None:
    (action,) = [each for each in actions(client, uri, line) if each["title"] == "Add to baseline"]
    assert action["kind"] == "quickfix"
    client.request("workspace/executeCommand", action["command"])


@pytest.mark.parametrize("name", ["vscode", "neovim", "emacs", "vim", "helix"])
def test_a_finding_that_is_added_becomes_a_hint(start: Start, folder: Path, name: str) -> None:
    client = start(name)
    uri = (folder / "test_a.py").as_uri()
    client.open(uri, MOCK)
    assert severities(client, uri) == [WARNING, WARNING]
    add(client, uri, 4)
    written = json.loads((folder / ".ssot-baseline.json").read_text())
    assert written["findings"] == [["test_a.py", "unjustified-mock", "test_it", "gateway=Mock()", 1], None]
    assert severities(client, uri) == [HINT, WARNING]
    assert "Add to baseline" not in [each["title"] for each in actions(client, uri, 4)]
    add(client, uri, 5)
    assert severities(client, uri) == [HINT, HINT]


def test_one_that_is_written_outside_counts(start: Start, folder: Path) -> None:
    client = start("vscode")
    uri, baseline = (folder / "test_a.py").as_uri(), folder / ".ssot-baseline.json"
    client.open(uri, MOCK)
    assert severities(client, uri) == [WARNING, WARNING]
    entry = json.dumps(["test_a.py", "unjustified-mock", "test_it", "mailer=Mock()", 1])
    baseline.write_text(f'{{"version": 1, "root": ".", "findings": [\n{entry},\nnull]}}\n')
    client.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": baseline.as_uri(), "type": 1}]})
    assert severities(client, uri) == [WARNING, HINT]
    assert any(".ssot-baseline.json" in json.dumps(each) for each in client.requests)  # it is watched


def test_one_that_is_called_otherwise_is_watched_too(start: Start, folder: Path) -> None:
    (folder / "pyproject.toml").write_text('[tool.ssot-lsp]\nbaseline = "config/later [1].json"\n')
    (folder / "config").mkdir()
    client = start("vscode")
    uri, baseline = (folder / "test_a.py").as_uri(), folder / "config/later [1].json"
    client.open(uri, MOCK)
    assert severities(client, uri) == [WARNING, WARNING]
    asked = client.wait_for_request("client/registerCapability", lambda each: "later" in json.dumps(each))
    (registration,) = asked["registrations"]
    assert registration["method"] == "workspace/didChangeWatchedFiles"
    assert registration["registerOptions"] == {"watchers": [{"globPattern": "**/later ?1?.json"}]}
    entry = json.dumps(["test_a.py", "unjustified-mock", "test_it", "mailer=Mock()", 1])
    baseline.write_text(f'{{"version": 1, "root": "..", "findings": [\n{entry},\nnull]}}\n')
    client.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": baseline.as_uri(), "type": 1}]})
    assert severities(client, uri) == [WARNING, HINT]


def test_all_of_them_by_command(start: Start, folder: Path) -> None:
    (folder / "test_a.py").write_text(MOCK)
    client = start("vscode")
    uri = (folder / "test_a.py").as_uri()
    client.open(uri, MOCK)
    written = client.request("workspace/executeCommand", {"command": "ssot-lsp.writeBaseline"})
    assert written == "wrote .ssot-baseline.json: 2 findings in 1 file\n"
    assert severities(client, uri) == [HINT, HINT]
    (folder / "test_b.py").write_text(MOCK)
    written = client.request("workspace/executeCommand", {"command": "ssot-lsp.writeBaseline"})
    assert written == ".ssot-baseline.json stays as it is: 2 findings in 1 file\n"
    grow: dict[str, Any] = {"command": "ssot-lsp.writeBaseline", "arguments": ["grow"]}
    written = client.request("workspace/executeCommand", grow)
    assert written == "updated .ssot-baseline.json: 0 gone, 2 new, 4 findings in 2 files left\n"


def test_one_that_cannot_be_used_hides_nothing_and_is_left_alone(start: Start, folder: Path) -> None:
    baseline = folder / ".ssot-baseline.json"
    baseline.write_text("{")
    client = start("neovim")
    uri = (folder / "test_a.py").as_uri()
    client.open(uri, MOCK)
    assert severities(client, uri) == [WARNING, WARNING]
    assert "Add to baseline" not in [each["title"] for each in actions(client, uri, 4)]
    with pytest.raises(RefusedError, match="the baseline is damaged") as refused:
        client.request("workspace/executeCommand", {"command": "ssot-lsp.writeBaseline"})
    assert refused.value.code == REQUEST_FAILED
    assert baseline.read_text() == "{"
    assert any("the baseline is damaged" in line for line in client.log)


def test_what_is_gone_or_makes_no_sense_is_refused(start: Start, folder: Path) -> None:
    client = start("vscode")
    uri = (folder / "test_a.py").as_uri()
    client.open(uri, MOCK)
    (action,) = [each for each in actions(client, uri, 4) if each["title"] == "Add to baseline"]
    client.change(uri, {"text": "\n"})
    with pytest.raises(RefusedError) as refused:
        client.request("workspace/executeCommand", action["command"])
    assert refused.value.code == CONTENT_MODIFIED
    for arguments in ([], [1, 2, 3, 4], [uri]):
        with pytest.raises(RefusedError) as refused:
            client.request(
                "workspace/executeCommand", {"command": "ssot-lsp.addToBaseline", "arguments": arguments}
            )
        assert refused.value.code == INVALID_PARAMS
    assert not (folder / ".ssot-baseline.json").exists()


def test_a_document_without_a_place_on_the_disk_has_none(start: Start) -> None:
    client = start("vscode")
    client.open("untitled:test_a.py", MOCK)
    assert "Add to baseline" not in [each["title"] for each in actions(client, "untitled:test_a.py", 4)]
