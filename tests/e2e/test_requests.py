"""Hovers and code actions, for clients that can more and clients that can less."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ssot_lsp.text import Edit, Lines, Span, apply_edits
from tests.e2e.client import RefusedError, insert

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.e2e.client import Client

    Serve = Callable[[str], Client]
    Start = Callable[..., Client]

MOCK = "from unittest.mock import Mock\n\ndef test_it():\n    label = '😀'; double = Mock()\n"
JUSTIFY = "Justify"
CONTENT_MODIFIED, INVALID_PARAMS = -32801, -32602


def actions(client: Client, uri: str, line: int, column: int = 0, **context: Any) -> list[dict[str, Any]]:
    """The code actions from a place to the end of its line."""
    at = {"start": {"line": line, "character": column}, "end": {"line": line, "character": 1000}}
    params = {"textDocument": {"uri": uri}, "range": at, "context": {"diagnostics": [], **context}}
    found: list[dict[str, Any]] = client.request("textDocument/codeAction", params)
    return found


def edited(client: Client, text: str, edits: list[dict[str, Any]]) -> str:
    """`text` after edits as they come over the wire."""
    encoding = client.server["positionEncoding"]
    lines = Lines(text)
    changes = []
    for each in edits:
        start, end = each["range"]["start"], each["range"]["end"]
        span = Span(
            lines.offset(start["line"], start["character"], encoding),
            lines.offset(end["line"], end["character"], encoding),
        )
        changes.append(Edit(span, each["newText"]))
    return apply_edits(text, changes)


# Code actions.


@pytest.mark.parametrize("name", ["vscode", "neovim", "emacs"])
def test_a_fix_makes_the_finding_go(serve: Serve, folder: Path, name: str) -> None:
    client = serve(name)
    uri = (folder / "test_a.py").as_uri()
    client.open(uri, MOCK)
    titles = [each["title"] for each in actions(client, uri, 3)]
    assert any(title.startswith("Suppress") for title in titles)
    (action,) = [each for each in actions(client, uri, 3) if each["title"].startswith("Suppress")]
    assert action["kind"] == "quickfix"
    if "edit" not in action:
        action = client.request("codeAction/resolve", action)
    (change,) = action["edit"]["documentChanges"]
    assert change["textDocument"] == {"uri": uri, "version": 1}
    text = edited(client, MOCK, change["edits"])
    assert text.startswith(MOCK[:60])
    client.change(uri, {"text": text})
    found = client.pull(uri)["items"] if "diagnosticProvider" in client.server else client.pushed(uri)
    assert found == []


def test_a_reason_is_left_to_be_filled_in_where_the_client_can(serve: Serve, folder: Path) -> None:
    uri = (folder / "test_a.py").as_uri()
    texts = {}
    for name in ("vscode", "neovim"):
        client = serve(name)
        client.open(uri, MOCK)
        chosen = next(each for each in actions(client, uri, 3) if each["title"].startswith(JUSTIFY))
        (edit,) = client.request("codeAction/resolve", chosen)["edit"]["documentChanges"][0]["edits"]
        texts[name] = edit["snippet"]["value"] if "snippet" in edit else edit["newText"]
        client.close_document(uri)
    assert "${1:" in texts["vscode"]
    assert "$" not in texts["neovim"]
    assert texts["neovim"].lstrip().startswith("# Mock justification: ")


def test_an_edit_of_an_older_version_is_refused(serve: Serve, folder: Path) -> None:
    client = serve("vscode")
    uri = (folder / "test_a.py").as_uri()
    client.open(uri, MOCK)
    chosen = actions(client, uri, 3)[0]
    client.change(uri, insert(0, 0, "\n"))
    with pytest.raises(RefusedError) as refused:
        client.request("codeAction/resolve", chosen)
    assert refused.value.code == CONTENT_MODIFIED


@pytest.mark.parametrize(
    "data",
    [
        None,
        {},
        [],
        {"uri": 1, "revision": 2, "finding": 3, "fix": 4},
        {"uri": "x", "fix": "y", "finding": []},
    ],
    ids=str,
)
def test_an_action_of_somebody_else_is_refused(serve: Serve, data: Any) -> None:
    with pytest.raises(RefusedError) as refused:
        serve("vscode").request("codeAction/resolve", {"title": "Do it", "data": data})
    assert refused.value.code == INVALID_PARAMS


@pytest.mark.parametrize(
    ("only", "is_offered"),
    [
        pytest.param(["quickfix"], True, id="quick fixes"),
        pytest.param([""], True, id="everything"),
        pytest.param([], True, id="no filter"),
        pytest.param(["source.fixAll", "quickfix"], True, id="quick fixes among others"),
        pytest.param(["source.fixAll"], False, id="what is done on save"),
        pytest.param(["quickfix.other"], False, id="other quick fixes"),
        pytest.param(["refactor"], False, id="refactorings"),
    ],
)
def test_only_what_is_asked_for_is_offered(
    serve: Serve, folder: Path, only: list[str], is_offered: bool
) -> None:
    client = serve("vscode")
    uri = (folder / "test_a.py").as_uri()
    client.open(uri, MOCK)
    assert bool(actions(client, uri, 3, only=only)) is is_offered


def test_an_action_names_the_diagnostic_that_it_mends(serve: Serve, folder: Path) -> None:
    client = serve("vscode")
    uri = (folder / "test_a.py").as_uri()
    client.open(uri, MOCK)
    (found,) = client.pull(uri)["items"]
    stranger = {**found, "source": "somebody else"}
    assert actions(client, uri, 3, diagnostics=[stranger, found])[0]["diagnostics"] == [found]


def test_an_action_is_offered_on_a_child_too(serve: Serve, folder: Path) -> None:
    client = serve("vscode")
    uri = (folder / "test_a.py").as_uri()
    client.open(uri, MOCK + "    double.child = Mock()\n")
    assert actions(client, uri, 4, 19)
    assert not actions(client, uri, 0)


# Hover.


def hover(client: Client, uri: str, line: int, column: int) -> dict[str, Any] | None:
    """What hovers at a place."""
    place = {"line": line, "character": column}
    found: dict[str, Any] | None = client.request(
        "textDocument/hover", {"textDocument": {"uri": uri}, "position": place}
    )
    return found


def test_a_squiggle_tells_why_it_is_there_and_shows_the_page(serve: Serve, folder: Path) -> None:
    client = serve("vscode")
    uri = (folder / "test_a.py").as_uri()
    client.open(uri, MOCK)
    column = MOCK.splitlines()[3].index("Mock") + 1  # the emoji counts twice
    found = hover(client, uri, 3, column + 1)
    assert found is not None
    assert found["contents"]["kind"] == "markdown"
    assert "unittest.mock.Mock" in found["contents"]["value"]
    assert "Why is this bad?" in found["contents"]["value"]
    assert found["range"] == {
        "start": {"line": 3, "character": column},
        "end": {"line": 3, "character": column + 4},
    }
    assert hover(client, uri, 0, 0) is None


def test_a_name_of_a_rule_shows_the_page(serve: Serve, folder: Path) -> None:
    client = serve("emacs")
    uri = (folder / "test_a.py").as_uri()
    client.open(uri, MOCK.replace("Mock()", "Mock()  # ssot: ignore[unjustified-mock] weak-justification"))
    line = "    label = '😀'; double = Mock()  # ssot: ignore[unjustified-mock]"
    found = hover(client, uri, 3, len(line) - 4)
    assert found is not None
    assert "Why is this bad?" in found["contents"]["value"]
    assert found["range"]["start"]["character"] == len(line) - 1 - len("unjustified-mock")
    assert hover(client, uri, 3, line.index("ignore") + 1) is None


def test_a_name_of_a_rule_in_a_configuration_shows_the_page(serve: Serve, folder: Path) -> None:
    client = serve("vscode")
    uri = (folder / "pyproject.toml").as_uri()
    client.open(uri, '[tool.ssot-lsp]\nignore = ["weak-justification"]\n', language="toml")
    found = hover(client, uri, 1, 15)
    assert found is not None
    assert "Why is this bad?" in found["contents"]["value"]
    assert hover(client, uri, 1, 2) is None


def test_a_client_without_markdown_gets_plain_text(serve: Serve, folder: Path) -> None:
    client = serve("minimal")
    uri = (folder / "test_a.py").as_uri()
    client.open(uri, MOCK)
    found = hover(client, uri, 3, len(MOCK.splitlines()[3].encode()) - 4)
    assert found is not None
    assert found["contents"]["kind"] == "plaintext"


# Switched off.


@pytest.mark.parametrize("name", ["hover", "codeAction"])
def test_a_feature_can_be_switched_off(start: Start, folder: Path, name: str) -> None:
    client = start("neovim", options={"features": {name: False}})
    uri = (folder / "test_a.py").as_uri()
    client.open(uri, MOCK)
    column = len(MOCK.splitlines()[3].encode()) - 4
    assert (hover(client, uri, 3, column) is None) == (name == "hover")
    assert (not actions(client, uri, 3)) == (name == "codeAction")


def test_an_unknown_feature_is_logged(start: Start) -> None:
    client = start("neovim", options={"features": {"hovers": False}})
    client.wait_for_log("not 'hovers'")
