"""The commands about the baseline, as they are typed, and that the editor says the same."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from ssot_lsp import cli
from ssot_lsp.analysis import Workspace
from ssot_lsp.cli import console
from tests.test_changes import GIT, commit, git

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., tuple[int, str, str]]

HEAD = "from unittest.mock import Mock\n"
PAY = HEAD + "\n\ndef test_pay():\n    gateway = Mock()\n    mailer = Mock()\n"
FILES = {
    "pyproject.toml": "[tool.ssot-lsp]\n",
    "tests/test_pay.py": PAY,
    "tests/test_clean.py": "def test_a():\n    assert True\n",
    "tests/test_hint.py": "x = 1  # ssot: ignore[unjustified-mock]\n",
}
NAME = ".ssot-baseline.json"
WRITTEN = (
    '{"version": 1, "root": ".", "findings": [\n'
    '["tests/test_pay.py", "unjustified-mock", "test_pay", "gateway=Mock()", 1],\n'
    '["tests/test_pay.py", "unjustified-mock", "test_pay", "mailer=Mock()", 1],\n'
    "null]}\n"
)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SSOT_LSP_CACHE_DIR", str(tmp_path / "cache"))
    folder = tmp_path / "root"
    for name, text in FILES.items():
        write(folder / name, text)
    monkeypatch.chdir(folder)
    return folder


def write(path: Path, text: str) -> None:
    """Write a file that looks old enough to be remembered, and of another age than before."""
    seconds = path.stat().st_mtime + 1 if path.exists() else 1_000_000_000
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="")
    os.utime(path, (seconds, seconds))


@pytest.fixture
def run(root: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str) -> tuple[int, str, str]:
        code = cli.main(arguments)
        out, err = capsys.readouterr()
        return code, out, err.replace(str(root), "…")

    return run


def test_what_there_is_is_left_for_later_and_what_is_new_is_not(root: Path, run: Run) -> None:
    assert run("check")[0] == 1  # with what is remembered of it
    assert run("baseline") == (0, f"wrote {NAME}: 2 findings in 1 file\n", "")
    assert (root / NAME).read_text() == WRITTEN
    assert run("check") == (
        0,
        "no findings in 3 test files, 1 hint hidden (`--format json` lists them), 2 in the baseline\n",
        "",
    )
    write(root / "tests/test_pay.py", PAY + "    another = Mock()\n")
    code, out, _ = run("check")
    assert code == 1
    assert "test_pay.py:7:15: warning" in out
    assert "1 finding in 3 test files" in out


def test_json_counts_them_and_lists_them_as_hints(run: Run) -> None:
    run("baseline")
    code, out, _ = run("check", "--format", "json", "tests/test_pay.py")
    report = json.loads(out)
    assert code == 0
    assert report["baselined"] == 2
    assert [(each["rule"], each["severity"]) for each in report["findings"]] == [
        ("unjustified-mock", "hint")
    ] * 2


def test_it_only_shrinks_unless_growth_is_asked_for(root: Path, run: Run) -> None:
    run("baseline")
    write(root / "tests/test_pay.py", PAY.replace("gateway = Mock()", "other = Mock()"))
    assert run("baseline") == (
        2,
        "",
        f"ssot-lsp: …/{NAME} is there already: --update removes what is gone, --grow also adds what is new\n",
    )
    shrinks = f"ssot-lsp: {NAME} could shrink: 1 of its findings are gone or have moved, and `ssot-lsp baseline --update` removes them\n"
    code, _, err = run("check")
    assert (code, err) == (1, shrinks)
    assert run("baseline", "--update")[1] == f"updated {NAME}: 1 gone, 0 new, 1 finding in 1 file left\n"
    assert (root / NAME).read_text() == WRITTEN.replace(WRITTEN.splitlines(keepends=True)[1], "")
    assert run("check")[0] == 1
    assert run("baseline", "--grow")[1] == f"updated {NAME}: 0 gone, 1 new, 2 findings in 1 file left\n"
    assert run("check")[0] == 0
    assert run("baseline", "--grow")[1] == f"{NAME} stays as it is: 2 findings in 1 file\n"


def test_locked_fails_where_it_could_shrink(root: Path, run: Run) -> None:
    run("baseline")
    assert run("check", "--locked")[0] == 0
    write(root / "tests/test_pay.py", PAY.replace("    gateway = Mock()\n", ""))
    assert run("check")[0] == 0
    assert run("check", "--locked")[0] == 1
    assert run("check", "--locked", "tests/test_clean.py")[0] == 0  # not this file's business
    (root / "tests/test_pay.py").unlink()
    assert run("check", "--locked", "tests")[0] == 1
    run("baseline", "--update")
    assert run("check", "--locked")[0] == 0
    assert run("check", "--locked", "--select", "unjustified-mock")[0] == 2


def test_a_file_that_is_renamed_stays_known_and_is_put_right_by_an_update(root: Path, run: Run) -> None:
    run("baseline")
    (root / "tests/test_pay.py").rename(root / "tests/test_paying.py")
    assert run("check")[0] == 0
    assert run("check", "tests/test_paying.py")[0] == 0
    assert run("check", "--locked")[0] == 1
    assert run("baseline", "--update")[1] == f"updated {NAME}: 0 gone, 0 new, 2 findings in 1 file left\n"
    assert (root / NAME).read_text() == WRITTEN.replace("test_pay.py", "test_paying.py")


def test_from_a_folder_below_it_is_the_same_baseline(
    root: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root / "tests")
    assert run("baseline")[0] == 0
    assert (root / NAME).read_text() == WRITTEN
    assert run("check", "test_pay.py")[0] == 0


def test_each_root_has_its_own(root: Path, run: Run) -> None:
    write(root / "service/pyproject.toml", "[tool.ssot-lsp]\nbaseline = 'later.json'\n")
    write(root / "service/tests/test_it.py", HEAD + "x = Mock()\n")
    code, out, err = run("baseline")
    assert (code, err) == (0, "")
    assert out == f"wrote {NAME}: 2 findings in 1 file\nwrote service/later.json: 1 finding in 1 file\n"
    assert (
        '["tests/test_it.py", "unjustified-mock", "", "x=Mock()", 1]'
        in (root / "service/later.json").read_text()
    )
    assert run("check")[0] == 0


def test_nothing_to_leave_for_later(root: Path, run: Run) -> None:
    (root / "tests/test_pay.py").unlink()
    assert run("baseline") == (0, "there is nothing to leave for later: no baseline was written\n", "")
    assert not (root / NAME).exists()


def test_what_cannot_be_read_stays_in_it(root: Path, run: Run) -> None:
    run("baseline")
    (root / "tests/test_pay.py").write_bytes(b"\xff")
    code, out, err = run("baseline", "--update")
    assert (code, out) == (0, f"{NAME} stays as it is: 2 findings in 1 file\n")
    assert "tests/test_pay.py could not be checked: is not valid utf-8 at byte 0" in err


@pytest.mark.parametrize("arguments", [["check"], ["check", "tests/test_pay.py"], ["baseline", "--update"]])
@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("{", f"…/{NAME}:1: the baseline is damaged, it is no JSON", id="damaged"),
        pytest.param(
            WRITTEN.replace("1,", "9,", 1), "was written by a newer ssot-lsp (version 9", id="newer"
        ),
        pytest.param(WRITTEN.replace('"."', '".."', 1), "and not for …", id="another root"),
        pytest.param(WRITTEN + "<<<<<<< HEAD\n", f"…/{NAME}:5: there is a merge conflict", id="conflict"),
    ],
)
def test_one_that_cannot_be_used_ends_the_run(
    root: Path, run: Run, arguments: list[str], text: str, message: str
) -> None:
    write(root / NAME, text)
    code, out, err = run(*arguments)
    assert (code, "warning" in out) == (2, False)
    assert message in err
    assert (root / NAME).read_text() == text


def test_standard_input_is_no_exception(root: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "standard_input", PAY.encode)
    run("baseline")
    assert run("check", "--stdin-filename", "tests/test_pay.py")[0] == 0
    write(root / NAME, "{")
    assert run("check", "--stdin-filename", "tests/test_pay.py")[0] == 2


def test_without_it_all_of_them_are_shown_and_mended(root: Path, run: Run) -> None:
    write(root / "tests/test_hint.py", "def test_a():\n    x = 1  # ssot: ignore[unjustified-mok]\n")
    run("baseline")
    assert run("check")[0] == 0
    code, out, _ = run("check", "--no-baseline")
    assert code == 1
    assert "3 findings in 3 test files" in out


def test_no_baseline_to_update(run: Run) -> None:
    assert run("baseline", "--update") == (
        2,
        "",
        "ssot-lsp: there is no baseline to update: `ssot-lsp baseline` writes one\n",
    )


def test_one_that_is_named_and_not_there_is_mentioned(root: Path, run: Run) -> None:
    write(root / "pyproject.toml", "[tool.ssot-lsp]\nbaseline = 'later.json'\n")
    code, _, err = run("check")
    assert (code, err) == (1, "ssot-lsp: the baseline …/later.json does not exist\n")


def test_a_place_that_cannot_be_written(root: Path, run: Run) -> None:
    write(root / "pyproject.toml", "[tool.ssot-lsp]\nbaseline = 'no/such/folder/later.json'\n")
    before = sorted(root.rglob("*"))
    code, out, err = run("baseline")
    assert (code, out) == (2, "")
    assert "…/no/such/folder/later.json cannot be written: No such file or directory" in err
    assert sorted(root.rglob("*")) == before


def test_a_write_that_fails_leaves_it_as_it_is(root: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    run("baseline")
    (root / "tests/test_pay.py").unlink()
    monkeypatch.setattr(os, "fsync", fail)
    before = sorted(root.rglob("*"))
    code, _, err = run("baseline", "--update")
    assert code == 2
    assert f"…/{NAME} cannot be written: No space left on device" in err
    assert (root / NAME).read_text() == WRITTEN
    assert sorted(root.rglob("*")) == before


def test_a_configuration_that_is_broken_writes_nothing(root: Path, run: Run) -> None:
    write(root / "pyproject.toml", "[tool.ssot-lsp]\nexclude = 1\n")
    code, _, err = run("baseline")
    assert code == 2
    assert "`exclude` takes an array of strings" in err
    assert not (root / NAME).exists()


@pytest.fixture
def repository(root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a baseline of eight findings in two files, and a branch `theirs`."""
    for name, value in GIT.items():
        monkeypatch.setenv(name, value)
    for name in ("test_a.py", "test_b.py"):
        write(root / "tests" / name, HEAD + "".join(f"{each} = Mock()\n" for each in "stuv"))
    (root / "tests/test_pay.py").unlink()
    (root / "tests/test_hint.py").unlink()
    cli.main(["baseline"])
    git(root, "init", "--quiet")
    commit(root)
    git(root, "branch", "theirs")
    return root


def change(root: Path, name: str, before: str, after: str, run: Run, *how: str) -> None:
    """Edit a file, bring the baseline up to date, commit both."""
    path = root / "tests" / name
    write(path, path.read_text().replace(before, after))
    assert run("baseline", *how)[0] == 0
    commit(root)


def test_two_branches_that_change_different_entries_merge(repository: Path, run: Run) -> None:
    change(repository, "test_a.py", "s = Mock()\n", "", run, "--update")
    change(repository, "test_a.py", "v = Mock()\n", "v = Mock()\nw = Mock()\n", run, "--grow")
    git(repository, "checkout", "--quiet", "theirs")
    change(repository, "test_b.py", "t = Mock()\n", "", run, "--update")
    change(repository, "test_b.py", "v = Mock()\n", "v = Mock()\nx = Mock()\n", run, "--grow")
    git(repository, "checkout", "--quiet", "main")
    git(repository, "merge", "--quiet", "theirs")
    assert run("check", "--locked") == (0, "no findings in 3 test files, 8 in the baseline\n", "")
    before = (repository / NAME).read_text()
    assert run("baseline", "--update")[0] == 0
    assert (repository / NAME).read_text() == before


def test_two_branches_that_change_neighbours_are_in_conflict_or_united(repository: Path, run: Run) -> None:
    change(repository, "test_a.py", "s = Mock()\n", "", run, "--update")
    git(repository, "checkout", "--quiet", "theirs")
    change(repository, "test_a.py", "t = Mock()\n", "", run, "--update")
    git(repository, "checkout", "--quiet", "main")
    with pytest.raises(subprocess.CalledProcessError):
        git(repository, "merge", "--quiet", "theirs")
    for command in (["check"], ["check", "--locked"], ["baseline", "--update"], ["baseline", "--grow"]):
        code, out, err = run(*command)
        assert (code, "warning" in out) == (2, False)
        assert f"…/{NAME}:2: there is a merge conflict in the baseline: keep the lines of both sides" in err
    git(repository, "merge", "--abort")
    (repository / ".gitattributes").write_text(f"{NAME} merge=union\n")
    commit(repository)
    with pytest.raises(subprocess.CalledProcessError):
        git(repository, "merge", "--quiet", "theirs")  # the code itself, which is side by side too
    write(repository / "tests/test_a.py", HEAD + "u = Mock()\nv = Mock()\n")
    assert run("baseline", "--update") == (
        0,
        f"updated {NAME}: 2 gone, 0 new, 6 findings in 2 files left\n",
        "",
    )
    assert run("check", "--locked")[0] == 0


def test_doctor_names_it(root: Path, run: Run) -> None:
    def said() -> str:
        (line,) = [each for each in run("doctor")[1].splitlines() if each.startswith("baseline")]
        return line.replace(str(root), "…")

    assert said() == f"baseline: none, there is no …/{NAME}"
    write(root / "tests/test_more.py", PAY)
    run("baseline")
    assert said() == f"baseline: …/{NAME}: 4 findings in 2 files"
    (root / "tests/test_more.py").unlink()
    write(root / "tests/test_pay.py", PAY.replace("gateway = Mock()", "other = Mock()"))
    assert said() == (
        f"baseline: …/{NAME}: 4 findings in 2 files; 3 gone or moved, `ssot-lsp baseline --update` puts that right"
    )
    assert run("baseline", "--update")[1] == f"updated {NAME}: 3 gone, 0 new, 1 finding in 1 file left\n"
    write(root / NAME, "{")
    assert said() == f"baseline: NOT usable: …/{NAME}:1: the baseline is damaged, it is no JSON"
    write(root / "pyproject.toml", "[tool.ssot-lsp]\nbaseline = 'later.json'\n")
    assert said() == "baseline: none, there is no …/later.json"


def test_the_editor_says_the_same(root: Path, run: Run) -> None:
    def shown() -> list[str]:
        findings = workspace.snapshot().findings(path)
        return [f"{each.shown_severity.label} {each.is_baselined}" for each in findings]

    path = str(root / "tests/test_pay.py")
    workspace = Workspace(folders=[str(root)])
    workspace.write(path, PAY)
    assert shown() == ["warning False"] * 2
    run("baseline")
    assert shown() == ["hint True"] * 2
    workspace.write(path, PAY + "    another = Mock()\n")
    assert shown() == ["hint True", "hint True", "warning False"]
    write(root / NAME, "{")
    assert shown() == ["warning False"] * 3


def test_a_renamed_file_is_known_in_the_editor_too(root: Path, run: Run) -> None:
    run("baseline")
    old, new = root / "tests/test_pay.py", root / "tests/test_paying.py"
    workspace = Workspace(folders=[str(root)])
    shutil.copy(old, new)
    workspace.write(str(new), PAY)
    assert not any(each.is_baselined for each in workspace.snapshot().findings(str(new)))
    old.unlink()
    workspace.changed([str(old), str(new)])
    assert all(each.is_baselined for each in workspace.snapshot().findings(str(new)))
