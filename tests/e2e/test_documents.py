"""Open, type, save, close: what the client is told of it, and when."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.capabilities import ALL, ENCODINGS
from tests.e2e.client import insert, replace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.e2e.client import Client

    Start = Callable[..., Client]

MOCK = "from unittest.mock import Mock\n\ndef test_it():\n    double = Mock()\n"
CLEAN = "def test_it():\n    pass\n"

every_client = pytest.mark.parametrize("name", ALL)


def shown(client: Client, uri: str) -> list[dict[str, Any]]:
    """The diagnostics of the present version, pushed or pulled as this client has it."""
    if "diagnosticProvider" in client.server:
        items: list[dict[str, Any]] = client.pull(uri)["items"]
        return items
    return client.pushed(uri)


def places(diagnostics: list[dict[str, Any]]) -> list[tuple[int, int, int, int]]:
    """Where diagnostics are: line and column of start and end."""
    return [
        (
            each["range"]["start"]["line"],
            each["range"]["start"]["character"],
            each["range"]["end"]["line"],
            each["range"]["end"]["character"],
        )
        for each in diagnostics
    ]


@every_client
def test_a_mock_is_shown_and_goes_as_it_is_typed(serve: Start, folder: Path, name: str) -> None:
    client = serve(name)
    uri = (folder / "test_a.py").as_uri()
    client.open(uri, MOCK)
    assert places(shown(client, uri)) == [(3, 13, 3, 17)]
    client.change(uri, insert(3, 0, "    # Mock justification: the gateway bills real cards\n"))
    assert shown(client, uri) == []
    client.change(uri, replace(3, 0, 4, 0, ""))
    assert places(shown(client, uri)) == [(3, 13, 3, 17)]


@every_client
def test_columns_are_counted_as_the_client_counts_them(serve: Start, folder: Path, name: str) -> None:
    client = serve(name)
    uri = (folder / "test_a.py").as_uri()
    client.open(uri, "from unittest.mock import Mock\ndef test_it():\n    a = '😀é', Mock()\n")
    encoding = client.server["positionEncoding"]
    column = {"utf-8": 16, "utf-16": 13, "utf-32": 12}[encoding] + 2
    assert places(shown(client, uri)) == [(2, column, 2, column + 4)]
    width = {"utf-8": 4, "utf-16": 2, "utf-32": 1}[encoding]
    client.change(uri, replace(2, 9, 2, 9 + width, "x"))  # in place of the emoji
    assert places(shown(client, uri)) == [(2, column - width + 1, 2, column - width + 5)]


def test_each_client_gets_the_encoding_that_it_prefers(serve: Start) -> None:
    assert {name: serve(name).server["positionEncoding"] for name in ALL} == ENCODINGS


def test_lines_break_where_the_protocol_says(serve: Start, folder: Path) -> None:
    client = serve("emacs")
    uri = (folder / "test_a.py").as_uri()
    text = "# \f \v \x1c \x1d \x1e \x85 \u2028 \u2029\r\nfrom unittest.mock import Mock\rdef test_it():\n    a = Mock()"
    client.open(uri, text)
    assert places(client.pushed(uri)) == [(3, 8, 3, 12)]
    client.change(uri, insert(3, 99, "; b = Mock()"))
    assert places(client.pushed(uri)) == [(3, 8, 3, 12), (3, 20, 3, 24)]
    client.change(uri, insert(99, 7, "; c = Mock()"))
    assert len(client.pushed(uri)) == 3


def test_pushed_diagnostics_carry_the_version_that_they_are_of(serve: Start, folder: Path) -> None:
    client = serve("emacs")
    uri = (folder / "test_a.py").as_uri()
    client.open(uri, MOCK, version=41)
    assert places(client.pushed(uri, 41)) == [(3, 13, 3, 17)]
    client.change(uri, insert(0, 0, "\n"), version=44)
    assert places(client.pushed(uri, 44)) == [(4, 13, 4, 17)]


@every_client
def test_the_last_of_many_versions_is_the_one_that_counts(serve: Start, folder: Path, name: str) -> None:
    client = serve(name)
    uri = (folder / "test_a.py").as_uri()
    client.open(uri, MOCK)
    for _ in range(200):
        client.change(uri, insert(0, 0, "\n"))
    assert places(shown(client, uri)) == [(203, 13, 203, 17)]
    client.settle()
    later = client.notifications("textDocument/publishDiagnostics")
    assert [each for each in later if each["uri"] == uri] == []


def test_a_pulling_client_is_told_when_nothing_has_changed(serve: Start, folder: Path) -> None:
    client = serve("vscode")
    uri = (folder / "test_a.py").as_uri()
    client.open(uri, MOCK)
    first = client.pull(uri)
    assert first["kind"] == "full"
    assert client.pull(uri, first["resultId"]) == {"kind": "unchanged", "resultId": first["resultId"]}
    client.change(uri, insert(4, 0, "    double()\n"))
    assert client.pull(uri, first["resultId"])["kind"] == "unchanged"
    client.change(uri, insert(0, 0, "\n"))
    moved = client.pull(uri, first["resultId"])
    assert moved["kind"] == "full"
    assert places(moved["items"]) == [(4, 13, 4, 17)]
    assert client.notifications("textDocument/publishDiagnostics") == []


def test_a_document_that_is_closed_shows_nothing_any_more(serve: Start, folder: Path) -> None:
    client = serve("emacs")
    uri = (folder / "test_a.py").as_uri()
    client.open(uri, MOCK)
    assert client.pushed(uri)
    client.close_document(uri)
    params = client.wait_for("textDocument/publishDiagnostics", lambda each: each["uri"] == uri)
    assert params == {"uri": uri, "diagnostics": []}


def test_the_children_of_a_mock_are_named_with_their_places(serve: Start, folder: Path) -> None:
    client = serve("vscode")
    uri = (folder / "test_a.py").as_uri()
    client.open(uri, MOCK + "    double.child = Mock()\n")
    (found,) = client.pull(uri)["items"]
    (related,) = found["relatedInformation"]
    assert related["location"]["uri"] == uri
    assert places([related["location"]]) == [(4, 19, 4, 23)]
    assert found["source"] == "ssot-lsp"
    assert found["code"] == "unjustified-mock"
    assert found["codeDescription"]["href"].endswith("/rules/unjustified_mock.py")
    assert found["severity"] == 2


def test_a_client_gets_no_more_than_it_understands(serve: Start, folder: Path) -> None:
    client = serve("minimal")
    uri = (folder / "test_a.py").as_uri()
    client.open(uri, MOCK + "    double.child = Mock()\n")
    (found,) = client.pushed(uri)
    assert set(found) == {"range", "severity", "code", "source", "message"}
    assert "codeActionProvider" not in client.server


def test_what_nobody_needs_is_faded(serve: Start, folder: Path) -> None:
    client = serve("vscode")
    uri = (folder / "test_a.py").as_uri()
    client.open(uri, "def test_it():\n    # Mock justification: there was one once\n    pass\n")
    (found,) = client.pull(uri)["items"]
    assert found["code"] == "unused-justification"
    assert found["tags"] == [1]


@every_client
def test_findings_outlive_damage_elsewhere(serve: Start, folder: Path, name: str) -> None:
    client = serve(name)
    uri = (folder / "test_a.py").as_uri()
    client.open(uri, MOCK + "\n\ndef test_other():\n    pass\n")
    before = places(shown(client, uri))
    for column, letter in enumerate("    x = call("):
        client.change(uri, insert(7, column, letter))
        assert places(shown(client, uri)) == before


def test_random_edits_leave_the_text_that_the_client_has(serve: Start, folder: Path) -> None:
    """The server is asked where the mock stands: it knows only if every edit before was applied alike."""
    client = serve("vscode")
    uri = (folder / "test_a.py").as_uri()
    choice = random.Random(20)
    lines = ["from unittest.mock import Mock", "def test_it():", "    a = Mock()", ""]
    client.open(uri, "\r\n".join(lines))
    for _ in range(150):
        line = choice.randrange(len(lines))
        if choice.random() < 0.5 or lines[line].strip("# 😀\fé\u2028") or len(lines) == 4:
            lines[line:line] = [new := "# " + choice.choice(["😀", "\f", "é", "\u2028", ""]) * 3]
            client.change(uri, insert(line, 0, new + "\r\n"))
        else:
            del lines[line]
            client.change(
                uri, replace(line, 0, line + 1, 0, "") if line < len(lines) else insert(line, 0, "")
            )
            lines += [""] if line == len(lines) else []
    at = lines.index("    a = Mock()")
    assert places(client.pull(uri)["items"]) == [(at, 8, at, 12)]


# Documents that hang together.


def test_an_edit_of_a_conftest_is_felt_in_the_tests(serve: Start, folder: Path) -> None:
    (folder / "tests").mkdir()
    conftest, test = (folder / "tests" / "conftest.py").as_uri(), (folder / "tests" / "test_a.py").as_uri()
    fixture = (
        "import pytest\nfrom unittest.mock import Mock\n\n@pytest.fixture\ndef double():\n    return {}\n"
    )
    client = serve("emacs")
    client.open(conftest, fixture.format("Mock()  # Justification: no network"))
    client.pushed(conftest)
    client.open(test, "from unittest.mock import Mock\ndef test_it(double):\n    double.child = Mock()\n")
    assert client.pushed(test) == []
    client.change(conftest, replace(5, 11, 5, 99, "object()"))
    assert len(client.pushed(test)) == 1


def test_a_pulling_client_is_asked_to_pull_again(serve: Start, folder: Path) -> None:
    (folder / "tests").mkdir()
    conftest, test = (folder / "tests" / "conftest.py").as_uri(), (folder / "tests" / "test_a.py").as_uri()
    client = serve("vscode")
    client.open(
        conftest,
        "import pytest\nfrom unittest.mock import Mock\n\n@pytest.fixture\ndef double():\n    return Mock()\n",
    )
    client.open(test, "from unittest.mock import Mock\ndef test_it(double):\n    double.child = Mock()\n")
    assert client.pull(test)["items"] == []
    client.change(conftest, replace(5, 11, 5, 15, "object"))
    client.wait_for_request("workspace/diagnostic/refresh")
    assert len(client.pull(test)["items"]) == 1


@pytest.mark.parametrize("name", ["vscode", "emacs"])
def test_a_huge_document_is_shown_right(serve: Start, folder: Path, name: str) -> None:
    client = serve(name)
    uri = (folder / "test_huge.py").as_uri()
    filler = "".join(
        f"def test_{number}():\n    assert {number} == {number}  # é\n\n" for number in range(12_000)
    )
    client.open(uri, MOCK + filler)
    assert places(shown(client, uri)) == [(3, 13, 3, 17)]
    last = (MOCK + filler).count("\n")
    for _ in range(3):
        client.change(uri, insert(0, 0, "\n"))
        client.change(uri, insert(last + 1, 0, "Mock()\n"))
        last += 2
    found = places(shown(client, uri))
    assert found[0] == (6, 13, 6, 17)
    assert found[1:] == [(last - 3 + each, 0, last - 3 + each, 4) for each in range(3)]
