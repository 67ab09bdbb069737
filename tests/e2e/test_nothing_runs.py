"""A workspace that writes files and opens sockets when it is imported: whatever is asked of it, nothing of it runs."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.e2e.capabilities import ALL
from tests.e2e.client import LIMIT, Client

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TEST = """\
from factory import SSotMockFactory
import tools, package.native


def test_it():
    websocket = SSotMockFactory.create_websocket_mock(user_id="a")
    tools.make().create_websocket_mock()
    SSotMockFactory.create_nothing()
    SSotMockFactory.
"""
FACTORY = """\
from unittest.mock import MagicMock
import package.native


class SSotMockFactory:
    {runs}
    @staticmethod
    def create_websocket_mock(user_id="u"):
        return MagicMock(spec=package.native.Socket)
"""
MODULES = (
    "conftest",
    "sitecustomize",
    "usercustomize",
    "gi",
    "tools",
    "package/__init__",
    "setup",
    "jedi",
    "pygls",
)


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A socket that somebody might connect to."""
    with socket.create_server(("127.0.0.1", 0)) as made:
        made.setblocking(False)
        yield made


@pytest.fixture
def trap(folder: Path, listener: socket.socket) -> Path:
    """A workspace in which every module leaves a trace when it is imported."""
    port = listener.getsockname()[1]
    runs = (
        f"open({str(ran(folder))!r}, 'a').write(__name__);"
        f" __import__('socket').create_connection(('127.0.0.1', {port}))"
    )
    (folder / "package").mkdir()
    for name in MODULES:
        (folder / f"{name}.py").write_text(f"{runs}\n")
    with (folder / "tools.py").open("a") as tools:
        tools.write(
            "from factory import SSotMockFactory\ndef make():\n    return SSotMockFactory() or None\n"
        )
    (folder / "factory.py").write_text(f"{runs}\n{FACTORY.format(runs=runs)}")
    (folder / "package" / "native.so").write_bytes(b"")
    (folder / "test_it.py").write_text(TEST)
    (folder / "pyproject.toml").write_text('[tool.ssot-lsp]\nfactory = ["factory.SSotMockFactory"]\n')
    return folder


def ran(folder: Path) -> Path:
    """The file that every module writes its name to."""
    return folder.with_name(f"{folder.name}-ran")


def assert_nothing_ran(folder: Path, listener: socket.socket) -> None:
    """No file was written, nobody has connected, and nothing was compiled."""
    assert not ran(folder).exists(), ran(folder).read_text()
    with pytest.raises(BlockingIOError):
        listener.accept()
    assert not list(folder.rglob("*.pyc"))


def test_the_trap_works(trap: Path, listener: socket.socket) -> None:
    # It ends with an error: the extension module is none.
    subprocess.run(
        [sys.executable, "-c", "import tools"], cwd=trap, check=False, timeout=LIMIT, capture_output=True
    )
    assert ran(trap).read_text() == "toolsfactorypackage"
    listener.accept()[0].close()


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["check"], id="check"),
        pytest.param(["check", "--statistics"], id="check with a summary"),
        pytest.param(["doctor"], id="doctor"),
        pytest.param(["doctor", "factory.py"], id="doctor of a file"),
        pytest.param(["factory"], id="factory"),
        pytest.param(["factory", "--format", "json"], id="factory in JSON"),
        pytest.param(["explain", "test_it.py:6"], id="explain"),
        pytest.param(["init", "--scaffold", "--dry-run"], id="init"),
        pytest.param(["baseline"], id="baseline"),
    ],
)
def test_no_command_runs_anything(trap: Path, listener: socket.socket, arguments: list[str]) -> None:
    script = "import sys; from ssot_lsp.cli import main; sys.exit(main(sys.argv[1:]))"
    program = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    ended = subprocess.run(
        # As the installed script does it: the folder that it is called in is not where modules are looked for.
        [sys.executable, "-P" if sys.version_info >= (3, 11) else "-s", "-c", script, *arguments],
        cwd=trap,
        env={**os.environ, "PYTHONPATH": program, "XDG_CACHE_HOME": f"{trap}-cache"},
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    assert "Traceback" not in ended.stderr
    assert ended.returncode in {0, 1, 2}
    assert_nothing_ran(trap, listener)


def test_no_question_of_an_editor_runs_anything(trap: Path, listener: socket.socket) -> None:
    script = "import sys; from ssot_lsp.cli import main; sys.exit(main(['server']))"
    flag = "-P" if sys.version_info >= (3, 11) else "-s"
    with Client(trap, ALL["vscode"], command=(sys.executable, flag, "-c", script)) as client:
        client.initialize()
        uri = (trap / "test_it.py").as_uri()
        client.open(uri, TEST)
        lines = TEST.splitlines()
        codes = {each["code"] for each in client.pull(uri)["items"]}
        assert "unknown-factory-method" in codes
        for line, text in enumerate(lines):
            for part in ("SSotMockFactory", "create_", "user_id", "tools", "native", ".create", "("):
                column = text.find(part)
                if column < 0:
                    continue
                place = {"line": line, "character": column + 1}
                asking = {"textDocument": {"uri": uri}, "position": place}
                for method in ("hover", "definition", "signatureHelp", "completion"):
                    client.request(f"textDocument/{method}", asking)
                here = {"start": place, "end": place}
                context: dict[str, object] = {"diagnostics": []}
                client.request(
                    "textDocument/codeAction",
                    {"textDocument": {"uri": uri}, "range": here, "context": context},
                )
        hovered = {"line": 6, "character": lines[6].index("create_")}
        found = client.request("textDocument/hover", {"textDocument": {"uri": uri}, "position": hovered})
        assert "create_websocket_mock" in found["contents"]["value"], "jedi has not been asked"
        factory = (trap / "factory.py").as_uri()
        client.open(factory, (trap / "factory.py").read_text())
        client.change(factory, {"text": (trap / "factory.py").read_text() + "\nx = 1\n"})
        client.pull(uri)
    assert_nothing_ran(trap, listener)
