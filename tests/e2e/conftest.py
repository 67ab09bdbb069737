"""What end-to-end tests share: a workspace and servers over it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.capabilities import ALL
from tests.e2e.client import Client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workspace folder of a module's tests, with letters in its name that URIs escape."""
    made = tmp_path_factory.mktemp("e2e") / "wörk space"
    made.mkdir()
    return made


@pytest.fixture
def folder(root: Path, request: pytest.FixtureRequest) -> Path:
    """An empty folder in it, of this test alone."""
    made = root / f"case{sum(1 for _ in root.iterdir())}"
    made.mkdir()
    return made


@pytest.fixture
def start(folder: Path) -> Iterator[Callable[..., Client]]:
    """Start a server over `folder` and say hello; what it does wrong until the end fails the test."""
    with_clients = _Servers(folder)
    try:
        yield with_clients.start
        with_clients.close()
    finally:
        with_clients.kill()


@pytest.fixture(scope="module")
def serve(root: Path) -> Iterator[Callable[[str], Client]]:
    """A server over `root` that the tests of a module share, one for each client; it ends as it should."""
    with_clients = _Servers(root)
    known: dict[str, Client] = {}

    def client_of(name: str) -> Client:
        if name not in known:
            known[name] = with_clients.start(name)
        return known[name]

    try:
        yield client_of
        with_clients.close()
    finally:
        with_clients.kill()


class _Servers:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._clients: list[Client] = []

    def start(self, name: str = "vscode", *, hello: bool = True, **arguments: Any) -> Client:
        """A client called `name` with a server of its own."""
        client = Client(self._folder, ALL[name], **arguments)
        self._clients.append(client)
        if hello:
            client.initialize()
        return client

    def close(self) -> None:
        """End all of them in order."""
        for client in self._clients:
            client.close()

    def kill(self) -> None:
        """End all of them."""
        for client in self._clients:
            client.kill()
