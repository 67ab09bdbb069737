"""A factory that changes, saved or not: what the client is told of the other documents, and what it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.e2e.client import Client

    Start = Callable[..., Client]

FACTORY = """\
from unittest.mock import MagicMock


class SSotMockFactory:
    def create_websocket_mock(self):
        return MagicMock()
"""
RENAMED = FACTORY.replace("create_websocket_mock", "create_socket_double")
USER = "class MockWebsocket:\n    pass\n\n\ndef test_it():\n    MockWebsocket()\n"
OTHER = "from unittest.mock import Mock\n\n\ndef test_it():\n    Mock()\n"
PUBLISH, REFRESH = "textDocument/publishDiagnostics", "workspace/diagnostic/refresh"
DELETED, CHANGED, CREATED = 3, 2, 1


class Case:
    """A client with two open tests, one of which depends on the factory."""

    def __init__(self, client: Client, folder: Path) -> None:
        self.client = client
        self.factory = folder / "factory.py"
        self.factory.write_text(FACTORY)
        self.user, self.other = (folder / name for name in ("test_user.py", "test_other.py"))
        client.open(self.user.as_uri(), USER)
        client.open(self.other.as_uri(), OTHER)

    def wait_until_known(self) -> None:
        """Return when the factory has been found, which takes a look through the folder."""
        user = self.user.as_uri()
        if "diagnostic" in self.client.capabilities.get("textDocument", {}):
            while not self.pulled(self.user):
                self.client.wait_for_request(REFRESH)
            self.pulled(self.other)
        else:
            self.client.wait_for(
                PUBLISH, lambda params: params["uri"] == user and bool(params["diagnostics"])
            )
        self.published()
        self.refreshes()

    def open_factory(self) -> None:
        self.client.open(self.factory.as_uri(), FACTORY)

    def type(self, text: str) -> None:
        self.client.change(self.factory.as_uri(), {"text": text})

    def tell(self, kind: int) -> None:
        """Say that something has happened to the factory's file."""
        change = {"uri": self.factory.as_uri(), "type": kind}
        self.client.notify("workspace/didChangeWatchedFiles", {"changes": [change]})

    def published(self) -> dict[str, list[list[str]]]:
        """What has been published since, per file: the rules."""
        self.client.settle()
        found: dict[str, list[list[str]]] = {}
        for params in self.client.notifications(PUBLISH):
            rules = [each["code"] for each in params["diagnostics"]]
            found.setdefault(params["uri"].rpartition("/")[2], []).append(rules)
        self.client.forget_notifications()
        return found

    def refreshes(self) -> int:
        """How often the client has been asked to pull again since."""
        self.client.settle()
        count = sum(1 for each in self.client.requests if each["method"] == REFRESH)
        self.client.requests.clear()
        return count

    def pulled(self, path: Path) -> list[str]:
        return [each["code"] for each in self.client.pull(path.as_uri())["items"]]


def _unsaved(case: Case) -> None:
    case.type(RENAMED)


def _outside(case: Case) -> None:
    case.factory.write_text(RENAMED)
    case.tell(CHANGED)


def _deleted(case: Case) -> None:
    case.factory.unlink()
    case.tell(DELETED)


def _moved(case: Case) -> None:
    case.factory.rename(case.factory.with_name("other_factory.txt"))
    case.tell(DELETED)


WAYS = [
    pytest.param(_unsaved, True, id="renamed in the editor, not saved"),
    pytest.param(_outside, False, id="renamed outside of the editor"),
    pytest.param(_deleted, False, id="deleted"),
    pytest.param(_moved, False, id="moved away"),
]


@pytest.mark.parametrize(("change", "is_open"), WAYS)
def test_who_depends_on_it_is_published_anew(
    start: Start, folder: Path, change: Callable[[Case], None], is_open: bool
) -> None:
    case = Case(start("emacs"), folder)
    case.wait_until_known()
    if is_open:
        case.open_factory()
        assert set(case.published()) == {"factory.py"}
    change(case)
    assert {name: rules for name, rules in case.published().items() if name != "factory.py"} == {
        "test_user.py": [[]]
    }


@pytest.mark.parametrize(("change", "is_open"), WAYS)
def test_a_client_that_pulls_is_asked_to_pull_again(
    start: Start, folder: Path, change: Callable[[Case], None], is_open: bool
) -> None:
    case = Case(start("vscode"), folder)
    case.wait_until_known()
    if is_open:
        case.open_factory()
        assert case.refreshes() == 0
    assert case.pulled(case.user) == ["hand-written-double"]
    change(case)
    assert case.refreshes() == 1
    assert case.pulled(case.user) == []
    assert case.pulled(case.other) == ["unjustified-mock"]


def test_nobody_is_told_what_has_not_changed(start: Start, folder: Path) -> None:
    case = Case(start("vscode"), folder)
    case.wait_until_known()
    case.open_factory()
    assert case.refreshes() == 0
    case.type(FACTORY.replace("MagicMock()", "MagicMock(a=1)"))
    assert case.refreshes() == 0


def test_a_factory_that_is_made_is_known_at_once(start: Start, folder: Path) -> None:
    case = Case(start("emacs"), folder)
    case.wait_until_known()
    case.factory.unlink()
    case.tell(DELETED)
    assert case.published()["test_user.py"] == [[]]
    case.open_factory()  # and not saved
    assert case.published()["test_user.py"] == [["hand-written-double"]]
    case.client.close_document(case.factory.as_uri())
    assert case.published()["test_user.py"] == [[]]
    case.factory.write_text(FACTORY)
    case.tell(CREATED)
    assert case.published()["test_user.py"] == [["hand-written-double"]]


def test_a_factory_that_is_broken_while_it_is_typed_keeps_its_methods(start: Start, folder: Path) -> None:
    """Nothing flickers: what was known stays until it is whole again."""
    case = Case(start("emacs"), folder)
    case.wait_until_known()
    case.open_factory()
    case.published()
    typed = "    def create_agent_mock(self, name: str = "
    for length in range(1, len(typed) + 1):
        case.type(FACTORY + "\n" + typed[:length])
    assert "test_user.py" not in case.published()
    case.type(FACTORY[: FACTORY.index("        return")] + "        return MagicMock(")
    assert "test_user.py" not in case.published()


def hover(client: Client, path: Path, line: int, column: int) -> Any:
    asking = {"textDocument": {"uri": path.as_uri()}, "position": {"line": line, "character": column}}
    return client.request("textDocument/hover", asking)


def test_hovers_follow_too(start: Start, folder: Path) -> None:
    client = start("vscode")
    case = Case(client, folder)
    case.wait_until_known()
    case.open_factory()
    test = folder / "test_call.py"
    client.open(
        test.as_uri(), "from factory import SSotMockFactory\nSSotMockFactory().create_websocket_mock()\n"
    )
    assert "product: MagicMock" in hover(client, test, 1, 25)["contents"]["value"]
    case.type(FACTORY.replace("return MagicMock()", "return MagicMock(send=1)"))
    assert "- `.send` = `1`" in hover(client, test, 1, 25)["contents"]["value"]
    case.type(RENAMED)
    assert "has no method `create_websocket_mock`" in hover(client, test, 1, 25)["contents"]["value"]
