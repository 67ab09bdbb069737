"""The demo: its sample workspace, its client against servers that misbehave, and the whole tour."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from ssot_lsp.demo import run
from ssot_lsp.demo.client import LanguageClient, ServerError
from ssot_lsp.demo.tour import OPENED, PROMISED, BrokenPromiseError, expect
from ssot_lsp.demo.workspace import OccupiedError, lay_out, sample_files

if TYPE_CHECKING:
    from pathlib import Path

ENVIRONMENT = {**os.environ, "PYTHONUTF8": "1", "NO_COLOR": "1"}

ANSWER = """
import json, sys

def read():
    size = int(sys.stdin.buffer.readline().split(b":")[1])
    sys.stdin.buffer.readline()
    return json.loads(sys.stdin.buffer.read(size))

def write(**message):
    body = json.dumps(message).encode()
    sys.stdout.buffer.write(b"Content-Length: %d\\r\\n\\r\\n%s" % (len(body), body))
    sys.stdout.buffer.flush()
"""


def client_of(code: str, folder: Path, time_limit: float = 30) -> LanguageClient:
    return LanguageClient([sys.executable, "-c", ANSWER + code], folder, ENVIRONMENT, time_limit)


class TestSample:
    def test_its_tests_pass_but_for_the_half_typed_one(self, tmp_path: Path) -> None:
        root = lay_out(str(tmp_path))
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--ignore", "tests/test_refund.py"],
            cwd=root,
            env={name: value for name, value in ENVIRONMENT.items() if name != "PYTEST_ADDOPTS"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert re.search(r"=== 8 passed in ", done.stdout), done.stdout

    def test_only_the_half_typed_file_does_not_parse(self) -> None:
        broken = []
        for name, text in sample_files().items():
            if name.endswith(".py"):
                try:
                    ast.parse(text)
                except SyntaxError:
                    broken.append(name)
        assert broken == ["tests/test_refund.py"]

    def test_every_heading_with_a_path_is_a_file(self) -> None:
        from importlib.resources import files

        page = files("ssot_lsp.demo").joinpath("workspace.md").read_text(encoding="utf-8")
        assert re.findall(r"^### `(.*)`$", page, re.MULTILINE) == list(sample_files())

    def test_promises_are_about_lines_that_are_there(self) -> None:
        lines = {name: [line.strip() for line in text.splitlines()] for name, text in sample_files().items()}
        assert [(path, line) for path, _, line in PROMISED if line not in lines[path]] == []
        assert OPENED in lines


class TestLayOut:
    def test_an_empty_or_a_new_folder_is_filled(self, tmp_path: Path) -> None:
        (tmp_path / "empty").mkdir()
        for name in ("empty", "new/deep"):
            root = lay_out(str(tmp_path / name))
            assert (root / OPENED).read_text(encoding="utf-8") == sample_files()[OPENED]

    @pytest.mark.parametrize("occupied", ["folder", "file"])
    def test_nothing_is_overwritten(self, tmp_path: Path, occupied: str) -> None:
        if occupied == "folder":
            (tmp_path / "mine").mkdir()
            (tmp_path / "mine" / "notes.txt").write_text("dear diary")
        else:
            (tmp_path / "mine").write_text("dear diary")
        with pytest.raises(OccupiedError, match="not an empty folder"):
            lay_out(str(tmp_path / "mine"))
        assert [path.name for path in tmp_path.rglob("*")] == ["mine", "notes.txt"][
            : 1 + (occupied == "folder")
        ]

    def test_the_command_says_so_and_fails(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (tmp_path / "notes.txt").write_text("dear diary")
        assert run(str(tmp_path)) == 2
        output = capsys.readouterr()
        assert output.out == ""
        assert output.err.startswith("ssot-lsp: ")
        assert len(output.err.splitlines()) == 1


class TestClient:
    def test_a_conversation(self, tmp_path: Path) -> None:
        code = """
asked = read()
write(jsonrpc="2.0", method="news", params={"n": 1})
write(jsonrpc="2.0", id="x", method="workspace/configuration", params={"items": [{}, {}]})
write(jsonrpc="2.0", id=asked["id"], result=asked["params"])
write(jsonrpc="2.0", method="news", params={"n": 2})
write(jsonrpc="2.0", method="news", params=read())
asked = read()
write(jsonrpc="2.0", id=asked["id"], result=None)
sys.exit(0 if read()["method"] == "exit" else 5)
"""
        with client_of(code, tmp_path) as client:
            assert client.request("echo", {"a": "ä"}) == {"a": "ä"}
            assert client.wait_for("news", lambda news: news.get("n") == 2) == {"n": 2}
            assert client.wait_for("news", lambda _: True) == {"n": 1}
            answered = client.wait_for("news", lambda news: "id" in news)
            assert answered == {"jsonrpc": "2.0", "id": "x", "result": [None, None]}
            assert client.end() == 0

    @pytest.mark.parametrize(
        ("code", "message"),
        [
            pytest.param("read(); sys.exit(3)", r"the server has ended \(exit code 3\)", id="it ends"),
            pytest.param("read(); sys.exit('no licence')", "log:\n    no licence", id="it ends and logs why"),
            pytest.param("read(); print('hello')", r"b'hello\\n' .* no protocol", id="it prints"),
            pytest.param(
                "read(); print('Content-Length: 3\\n\\n{]}')", "cannot be read", id="it writes no JSON"
            ),
            pytest.param(
                "read(); print('Content-Length: x\\n\\n')", "cannot be read", id="it writes no length"
            ),
            pytest.param(
                "write(id=read()['id'], error={'code': 1, 'message': 'not today'})",
                "hello was answered by an error: not today",
                id="it answers by an error",
            ),
        ],
    )
    def test_a_server_that_breaks_its_word(self, tmp_path: Path, code: str, message: str) -> None:
        with client_of(code, tmp_path) as client, pytest.raises(ServerError, match=message):
            client.request("hello", {})

    def test_a_server_that_is_silent(self, tmp_path: Path) -> None:
        client = client_of("read(); read()", tmp_path, time_limit=0.1)
        with client, pytest.raises(ServerError, match=r"the answer to hello did not come within 0\.1 s"):
            client.request("hello", {})
        assert client._process.returncode is not None

    def test_a_server_that_does_not_end(self, tmp_path: Path) -> None:
        code = "write(id=1, result=None); write(id=2, result=None); sys.stdin.read()"
        with client_of(code, tmp_path) as client:
            client.request("hello", {})
            client._time_limit = 0.5  # both answers are there
            with pytest.raises(ServerError, match="still running"):
                client.end()

    def test_a_server_that_stopped_listening(self, tmp_path: Path) -> None:
        with client_of("", tmp_path) as client:
            client._process.wait(30)
            with pytest.raises(ServerError, match=r"stopped listening \(exit code 0\)"):
                client.notify("hello", {})


def test_a_broken_promise_names_the_difference() -> None:
    with pytest.raises(BrokenPromiseError, match=r"too much \['b'\], too little \['c'\]"):
        expect("it", ["a", "b"], ["a", "c"])


@pytest.fixture(scope="module")
def tour(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    folder = tmp_path_factory.mktemp("demo") / "shop"
    done = subprocess.run(
        [sys.executable, "-m", "ssot_lsp", "demo", str(folder)],
        env=ENVIRONMENT,
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    return folder, done


class TestTour:
    def test_all_is_as_promised(self, tour: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
        folder, done = tour
        assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
        assert f"cd {folder}" in done.stdout
        assert "Traceback" not in done.stdout

    def test_the_fixes_are_saved_and_nothing_else_is_touched(
        self, tour: tuple[Path, subprocess.CompletedProcess[str]]
    ) -> None:
        folder, _ = tour
        changed = [
            name
            for name, text in sample_files().items()
            if (folder / name).read_text(encoding="utf-8") != text
        ]
        assert changed == [OPENED]
