"""`ssot-lsp check --fix`: what it writes, what it shows, what it leaves alone."""

from __future__ import annotations

import os
import stat
import subprocess
from typing import TYPE_CHECKING

import pytest

from ssot_lsp import cli
from ssot_lsp.cli.console import FINDINGS, WRONG
from tests.e2e.test_fix_all import AFTER, BEFORE, FACTORY

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SSOT_LSP_CACHE_DIR", str(tmp_path / "cache"))
    folder = tmp_path / "root"
    (folder / "tests").mkdir(parents=True)
    (folder / "pyproject.toml").write_text("[tool.ssot-lsp]\n", encoding="utf-8")
    (folder / "mock_factory.py").write_text(FACTORY, encoding="utf-8")
    (folder / "tests" / "test_a.py").write_bytes(BEFORE.encode())
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def run(root: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str) -> tuple[int, str, str]:
        code = cli.main(("check", "--jobs=1", *arguments))
        out, err = capsys.readouterr()
        return code, out, err

    return run


def test_what_is_safe_is_written_and_the_rest_is_told(root: Path, run: Run) -> None:
    code, out, err = run("--fix")

    assert (root / "tests" / "test_a.py").read_text("utf-8") == AFTER
    assert "fixed 3 findings in 1 file" in err
    assert out.count("unjustified-mock") == 1
    assert code == FINDINGS


def test_a_second_run_changes_nothing(root: Path, run: Run) -> None:
    run("--fix")
    stamp = os.stat(root / "tests" / "test_a.py").st_mtime_ns
    _, _, err = run("--fix")

    assert "fixed 0 findings in 0 files" in err
    assert os.stat(root / "tests" / "test_a.py").st_mtime_ns == stamp


def test_what_is_for_review_comes_with_unsafe(root: Path, run: Run) -> None:
    run("--fix", "--unsafe")

    assert "SSotMockFactory.create_session_mock()" in (root / "tests" / "test_a.py").read_text("utf-8")


@pytest.mark.parametrize("arguments", [("--fix", "--diff"), ("--fix", "--diff", "tests")])
def test_a_diff_is_shown_and_nothing_written(root: Path, run: Run, arguments: tuple[str, ...]) -> None:
    code, out, err = run(*arguments)

    assert (root / "tests" / "test_a.py").read_text("utf-8") == BEFORE
    assert "would fix 3 findings in 1 file" in err
    assert code == FINDINGS
    subprocess.run(["git", "init", "-q"], check=True, cwd=root)  # noqa: S607 - whatever git there is
    subprocess.run(["git", "apply", "-"], input=out.encode(), check=True, cwd=root)  # noqa: S607 - as above
    assert (root / "tests" / "test_a.py").read_text("utf-8") == AFTER


@pytest.mark.parametrize(
    ("data", "after"),
    [
        pytest.param(BEFORE.replace("\n", "\r\n").encode(), AFTER.replace("\n", "\r\n").encode(), id="CRLF"),
        pytest.param(
            b"\xef\xbb\xbf" + BEFORE.encode(), b"\xef\xbb\xbf" + AFTER.encode(), id="byte order mark"
        ),
        pytest.param(
            ("# coding: latin-1\n# é\n" + BEFORE.replace("😀", "é")).encode("latin-1"),
            ("# coding: latin-1\n# é\n" + AFTER.replace("😀", "é")).encode("latin-1"),
            id="latin-1",
        ),
        pytest.param(
            BEFORE.replace("\n\n\ndef", "\n\x0c\n\ndef").encode(),
            AFTER.replace("\n\n\ndef", "\n\x0c\n\ndef").encode(),
            id="form feeds",
        ),
        pytest.param(BEFORE.replace("    ", "\t").encode(), AFTER.replace("    ", "\t").encode(), id="tabs"),
        pytest.param(
            BEFORE.replace("serve(websocket)", "serve(websocket)  ").rstrip("\n").encode(),
            AFTER.replace("serve(websocket)", "serve(websocket)  ").rstrip("\n").encode(),
            id="trailing blanks and no line end",
        ),
    ],
)
def test_nothing_changes_but_the_edit(root: Path, run: Run, data: bytes, after: bytes) -> None:
    path = root / "tests" / "test_a.py"
    path.write_bytes(data)
    run("--fix")

    assert path.read_bytes() == after


def test_the_mode_is_kept(root: Path, run: Run) -> None:
    path = root / "tests" / "test_a.py"
    path.chmod(0o754)
    run("--fix")

    assert stat.S_IMODE(path.stat().st_mode) == 0o754


def test_a_link_out_of_the_project_is_left_alone(root: Path, run: Run, tmp_path: Path) -> None:
    path = root / "tests" / "test_a.py"
    outside = tmp_path / "test_outside.py"
    path.rename(outside)
    path.symlink_to(outside)
    _, _, err = run("--fix", "tests/test_a.py")

    assert outside.read_text("utf-8") == BEFORE
    assert "tests/test_a.py could not be fixed: it is a link that leads out of the project" in err


def test_a_file_that_cannot_be_written_is_named(
    root: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    _, _, err = run("--fix")

    assert "tests/test_a.py could not be fixed: Permission denied" in err
    assert (root / "tests" / "test_a.py").read_text("utf-8") == BEFORE


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--unsafe",), "--unsafe needs --fix"),
        (("--fix", "--diff=HEAD"), "--fix and --diff=REV exclude each other"),
        (("--fix", "--stdin-filename=a.py"), "--fix and --stdin-filename exclude each other"),
    ],
)
def test_wrong_usage(run: Run, arguments: tuple[str, ...], expected: str) -> None:
    code, _, err = run(*arguments)

    assert code == WRONG
    assert expected in err
