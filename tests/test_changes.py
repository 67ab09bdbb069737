"""`check --diff REV`: what stands on lines that have changed since a git revision, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from ssot_lsp import cli
from ssot_lsp.scan.changes import _parsed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Check = Callable[..., tuple[int, list[str], str]]

HEAD = "from unittest.mock import Mock\n"
OLD = HEAD + "old = Mock()\n"
GIT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_AUTHOR_NAME": "a",
    "GIT_AUTHOR_EMAIL": "a@example.org",
    "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@example.org",
}


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-c", "init.defaultBranch=main", "-c", "protocol.file.allow=always", *arguments]
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **GIT}, check=True, capture_output=True, encoding="utf-8"
    )
    return done.stdout.strip()


def write(path: Path, text: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())


def commit(folder: Path, message: str = "x") -> str:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", message)
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with one commit, in it a test with a mock on line 2."""
    monkeypatch.setenv("SSOT_LSP_CACHE_DIR", str(tmp_path / "cache"))
    for name, value in GIT.items():
        monkeypatch.setenv(name, value)
    folder = tmp_path / "root"
    write(folder / "ssot-lsp.toml", "")
    write(folder / "tests/test_a.py", OLD)
    git(folder, "init", "--quiet")
    commit(folder)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def check(root: Path, capsys: pytest.CaptureFixture[str]) -> Check:
    def check(*arguments: str) -> tuple[int, list[str], str]:
        code = cli.main(["check", "--format", "concise", "--no-cache", *arguments])
        out, err = capsys.readouterr()
        return (
            code,
            [line.partition(": ")[0].rpartition(":")[0] for line in out.splitlines() if ": " in line],
            err,
        )

    return check


def test_only_lines_that_have_changed(root: Path, check: Check) -> None:
    assert check("--diff", "HEAD") == (0, [], "ssot-lsp: no test file has changed since HEAD\n")
    write(root / "tests/test_a.py", OLD + "x = 1\n")
    assert check("--diff", "HEAD")[:2] == (0, [])
    write(root / "tests/test_a.py", HEAD + "x = 1\nold = Mock()\nnew = Mock()\n")
    code, found, err = check("--diff", "HEAD")
    assert (code, found) == (1, ["tests/test_a.py:4"])
    assert err == "ssot-lsp: 1 finding on lines changed since HEAD in 1 test file with changes\n"
    assert check()[1] == ["tests/test_a.py:3", "tests/test_a.py:4"]


def test_what_is_staged_and_what_is_committed_count_alike(root: Path, check: Check) -> None:
    write(root / "tests/test_a.py", OLD + "new = Mock()\n")
    git(root, "add", "--all")
    assert check("--diff=HEAD")[1] == ["tests/test_a.py:3"]
    commit(root)
    assert check("--diff=HEAD")[1] == []
    assert check("--diff=HEAD~1")[1] == ["tests/test_a.py:3"]


def test_a_child_that_is_added_to_an_old_one_counts(root: Path, check: Check) -> None:
    write(root / "tests/test_a.py", OLD + "old.pay = Mock()\n")
    assert check("--diff=HEAD")[1] == ["tests/test_a.py:2"]


def test_files_that_git_does_not_know(root: Path, check: Check) -> None:
    write(root / "tests/test_new.py", OLD)
    write(root / "tests/ignored/test_it.py", OLD)
    write(root / ".git/info/exclude", "ignored/\n")
    assert check("--diff=HEAD")[1] == ["tests/ignored/test_it.py:2", "tests/test_new.py:2"]


def test_a_file_that_is_renamed_and_changed(root: Path, check: Check) -> None:
    write(root / "tests/test_a.py", OLD + "x = 1\n" * 20)
    commit(root)
    git(root, "mv", "tests/test_a.py", "tests/test_b.py")
    write(root / "tests/test_b.py", OLD + "x = 1\n" * 20 + "new = Mock()\n")
    assert check("--diff=HEAD")[1] == ["tests/test_b.py:23"]


@pytest.mark.parametrize(
    "name", ["test_with blanks.py", 'test_"quoted"\\.py', "test_ä\t\n.py", " test_a.py", "test_b/ .py"]
)
def test_names_that_git_quotes(root: Path, check: Check, name: str) -> None:
    write(root / "tests" / name, OLD)
    commit(root)
    write(root / "tests" / name, OLD + "new = Mock()\n")
    code, found, _ = check("--diff=HEAD")
    assert (code, len(found)) == (1, 1)
    assert found[0].endswith(":3")


@pytest.mark.skipif(sys.platform != "linux", reason="names are text there")
def test_a_name_that_is_no_text(root: Path, check: Check) -> None:
    path = os.path.join(os.fsencode(root), b"tests", b"test_\xff.py")
    with open(path, "wb") as stream:
        stream.write(OLD.encode())
    commit(root)
    with open(path, "ab") as stream:
        stream.write(b"new = Mock()\n")
    assert [each.rpartition(":")[2] for each in check("--diff=HEAD")[1]] == ["3"]


def test_a_submodule_is_compared_with_the_commit_that_it_had(
    root: Path, check: Check, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    write(other / "tests/test_sub.py", OLD)
    git(other, "init", "--quiet")
    commit(other)
    git(root, "submodule", "--quiet", "add", str(other), "sub")
    commit(root)
    assert check("--diff=HEAD")[1] == []
    write(root / "sub/tests/test_sub.py", OLD + "new = Mock()\n")
    assert check("--diff=HEAD")[1] == ["sub/tests/test_sub.py:3"]
    commit(root / "sub")
    assert check("--diff=HEAD")[1] == ["sub/tests/test_sub.py:3"]
    commit(root)
    assert check("--diff=HEAD")[1] == []
    assert check("--diff=HEAD~1")[1] == ["sub/tests/test_sub.py:3"]
    assert check("--diff=HEAD~2")[1] == ["sub/tests/test_sub.py:2", "sub/tests/test_sub.py:3"]


def test_a_repository_inside_that_is_none_of_it_is_new(root: Path, check: Check) -> None:
    write(root / "inner/tests/test_in.py", OLD)
    git(root / "inner", "init", "--quiet")
    assert check("--diff=HEAD")[1] == ["inner/tests/test_in.py:2"]


def test_from_where_the_branch_left(root: Path, check: Check) -> None:
    git(root, "checkout", "--quiet", "-b", "topic")
    write(root / "tests/test_new.py", OLD)
    commit(root)
    git(root, "checkout", "--quiet", "main")
    write(root / "tests/test_a.py", HEAD + "other = 1\n")
    commit(root)
    git(root, "checkout", "--quiet", "topic")
    assert check("--diff=main...")[1] == ["tests/test_new.py:2"]
    assert check("--diff=main")[1] == ["tests/test_a.py:2", "tests/test_new.py:2"]


def test_settings_of_git_change_nothing(root: Path, check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    for setting in (
        *("color.ui=always", "diff.noprefix=true", "diff.mnemonicPrefix=true", "diff.context=9"),
        *("diff.external=false", "diff.relative=true", "core.quotePath=false", "diff.interHunkContext=9"),
    ):
        git(root, "config", *setting.split("="))
    write(root / ".gitattributes", "*.py binary\n")
    commit(root)
    write(root / "tests/test_a.py", OLD + "new = Mock()\n")
    monkeypatch.chdir(root / "tests")
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", "false")
    monkeypatch.setenv("GIT_DIR", str(root / "nowhere"))  # as hooks may have it
    monkeypatch.setenv("GIT_INDEX_FILE", "nowhere")
    assert check("--diff=HEAD", ".")[1] == ["test_a.py:3"]


def test_nothing_is_written(root: Path, check: Check) -> None:
    os.utime(root / "tests/test_a.py", (1, 1))  # git would note that in its index
    before = (root / ".git/index").read_bytes()
    assert check("--diff=HEAD")[0] == 0
    assert (root / ".git/index").read_bytes() == before


def test_lines_that_end_as_they_do_for_nobody_else(root: Path, check: Check) -> None:
    """Git counts other lines then: all of them count as changed, so that none is missed."""
    write(root / "tests/test_a.py", b"x = 1\r" * 9 + OLD.encode())
    commit(root)
    assert check("--diff=HEAD")[1] == ["tests/test_a.py:11"]


def test_what_is_in_the_baseline_stays_in_it(root: Path, check: Check) -> None:
    cli.main(["baseline"])
    check()
    write(root / "tests/test_a.py", "# moved\n" + OLD.replace("old = Mock()", "old  =  Mock()"))
    assert check("--diff=HEAD")[:2] == (0, [])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["--diff=nowhere"], "git knows no revision `nowhere` in ", id="unknown"),
        pytest.param(["--diff", "tests"], ", which is a path: write --diff=REV", id="a path"),
        pytest.param(["--diff=--output=x"], "git knows no revision `--output=x` in ", id="an option"),
        pytest.param(["--diff=..."], "git knows no revision `` in ", id="nothing but dots"),
        pytest.param(["--diff=HEAD:tests"], "git knows no revision `HEAD:tests` in ", id="no commit"),
        pytest.param(["--diff"], "--diff takes a git revision: --diff=REV", id="none"),
        pytest.param(["--diff=HEAD", "--locked"], "--diff and --locked exclude each other", id="locked"),
        pytest.param(
            ["--diff=HEAD", "--stdin-filename=a.py"],
            "--diff and --stdin-filename exclude each other",
            id="stdin",
        ),
    ],
)
def test_what_cannot_be_told(root: Path, check: Check, arguments: list[str], message: str) -> None:
    code, found, err = check(*arguments)
    assert (code, found) == (2, [])
    assert message in err
    assert err.count("\n") == 1
    assert not (root / "x").exists()


def test_two_histories(root: Path, check: Check) -> None:
    git(root, "checkout", "--quiet", "--orphan", "other")
    commit(root, "another beginning")
    code, _, err = check("--diff=main...")
    assert code == 2
    assert "git finds no commit in " in err


def test_no_repository(root: Path, check: Check, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "plain/tests/test_a.py", OLD)
    monkeypatch.chdir(tmp_path / "plain")
    code, _, err = check("--diff=HEAD")
    assert code == 2
    assert "--diff needs a git repository, and " in err


def test_no_git(root: Path, check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(root))
    assert check("--diff=HEAD")[::2] == (2, "ssot-lsp: --diff needs git, which is not installed\n")


def test_content_that_looks_like_a_diff() -> None:
    diff = (
        b"diff --git a/a.py b/a.py\n--- a/a.py\n+++ b/a.py\n@@ -1,2 +1 @@\n--- x\n-y\n\\ No newline at end of file\n"
        b"+++ b/no.py\n\\ No newline at end of file\n@@ -9,0 +8,2 @@\n+diff --git a/c.py b/c.py\n+@@ -1 +1 @@\n"
        b"diff --git a/gone.py b/gone.py\ndeleted file\n--- a/gone.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n"
        b'diff --git "a/\\303\\244.py" "b/\\303\\244.py"\n--- "a/\\303\\244.py"\n+++ "b/\\303\\244.py"\n@@ -1 +1 @@\n-x\n+y\n'
    )
    assert list(_parsed(diff)) == [
        (b"a.py", (range(1), range(7, 9))),
        ("ä.py".encode(), (range(1),)),
    ]
