"""`ssot-lsp fix --verify`: real commands over real files, and what is left when a run dies."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ssot_lsp.cli import fix as fixing
from ssot_lsp.cli import main
from ssot_lsp.verification.command import Command, Outcome

PYTEST = f"{shlex.quote(sys.executable)} -m pytest -q -p no:cacheprovider {{file}}"
PLAIN = f"{shlex.quote(sys.executable)} {{file}}"

TWO = """\
def test_one():
    assert True  # ssot: ignore[unjustified-mock]


def test_two():
    assert True  # ssot: ignore[unjustified-mock]
"""
CLEAN = TWO.replace("  # ssot: ignore[unjustified-mock]", "")
READS_ITSELF = """\
from pathlib import Path


def test_one():
    assert True  # ssot: ignore[unjustified-mock]


def test_reader():
    assert Path(__file__).read_text().count("ssot: " + "ignore") == 1


def test_two():
    assert True  # noqa: B011
"""


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # a second per run
    (tmp_path / "pyproject.toml").write_text("[tool.ssot-lsp]\n")
    return tmp_path


def write(path: str, text: str) -> Path:
    file = Path(path)
    file.write_bytes(text.encode())
    return file


def fix(command: str, *more: str) -> int:
    return main(["fix", "--verify", command, *more])


def test_what_changes_no_outcome_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    file = write("test_a.py", TWO)
    assert fix(PYTEST) == 0
    assert file.read_text() == CLEAN
    assert capsys.readouterr().out == (
        "test_a.py:2: kept Remove the unused suppression\n"
        "test_a.py:6: kept Remove the unused suppression\n"
        "1 file: 2 kept, 0 reverted, 0 refused\n"
    )


def test_what_changes_an_outcome_is_reverted_and_the_rest_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    text = READS_ITSELF.replace("# noqa: B011", "# ssot: ignore[forbidden-mock]").replace("== 1", ">= 1")
    file = write("test_a.py", text)
    assert fix(PYTEST) == 0
    out = capsys.readouterr().out
    # Without either of them the count is 1, and without both it is 0: the first is kept, the second cannot be.
    assert file.read_text() == text.replace("  # ssot: ignore[unjustified-mock]", "")
    assert "test_a.py:5: kept Remove the unused suppression\n" in out
    reason = "`test_a::test_reader`: passed before, failed after"
    assert f"test_a.py:13: reverted Remove the unused suppression: {reason}\n" in out
    assert out.endswith("1 file: 1 kept, 1 reverted, 0 refused\n")


def test_bytes_outside_of_the_edits_stay(capsys: pytest.CaptureFixture[str]) -> None:
    text = "# coding: latin-1\r\n" + TWO.replace("\n", "\r\n") + '\r\nNAME = "é"\x0c\r\n'
    file = Path("test_a.py")
    file.write_bytes(text.encode("latin-1"))
    file.chmod(0o640)
    assert fix(PYTEST) == 0
    assert file.read_bytes() == text.replace("  # ssot: ignore[unjustified-mock]", "").encode("latin-1")
    assert file.stat().st_mode & 0o777 == 0o640
    assert "2 kept" in capsys.readouterr().out


def test_another_command_counts_by_its_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    reader = "import sys\n\nsys.exit('ssot: ' + 'ignore' not in open(__file__).read())\n"
    kept, reverted = write("test_a.py", TWO), write("test_b.py", TWO + reader)
    assert fix(PLAIN) == 0
    out = capsys.readouterr().out
    assert kept.read_text() == CLEAN
    assert (
        reverted.read_text()
        == CLEAN.replace("True", "True  # ssot: ignore[unjustified-mock]", 2).replace(
            "True  # ssot: ignore[unjustified-mock]", "True", 1
        )
        + reader
    )
    assert "test_b.py:6: reverted" in out
    assert "the command ended with 1, before with 0" in out


@pytest.mark.parametrize(
    ("text", "command", "reason"),
    [
        pytest.param(
            TWO.replace("def test", "def no_test"),
            PYTEST,
            "before any change: no test ran",
            id="no test runs",
        ),
        pytest.param(
            TWO.replace("True", "False"), PYTEST, "before any change: no test passes", id="no test passes"
        ),
        pytest.param(
            TWO + "raise SystemExit(3)\n", PLAIN, "before any change: no test passes", id="it fails"
        ),
        pytest.param(
            TWO + "open(__file__, 'a').write('1\\n')\n",
            PLAIN,
            "the command changes the file itself",
            id="it edits",
        ),
        pytest.param(
            TWO + "import random\n\n\ndef test_unsteady():\n    assert random.random() < 0\n"
            "\n\nopen('count', 'a').write('x')\nif len(open('count').read()) == 1:\n"
            "    del test_unsteady\n",
            PYTEST,
            "its tests do not go alike twice without any change",
            id="its tests are unsteady",
        ),
    ],
)
def test_nothing_is_edited_where_the_command_tells_nothing(
    text: str, command: str, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write("test_a.py", text)
    assert fix(command) == 0
    assert file.read_text() == text
    out = capsys.readouterr().out
    assert f"test_a.py: not verified: {reason}" in out
    assert out.endswith("1 file: 0 kept, 0 reverted, 0 refused; 1 file could not be verified\n")


def test_another_file_that_the_command_changes_is_named_and_kept(capsys: pytest.CaptureFixture[str]) -> None:
    """What is waiting to be tried is tried as it stands then."""
    culprit = "open('test_b.py', 'a').write('\\n\\nx = 1\\n')\n"
    changing, changed = write("test_a.py", TWO + culprit), write("test_b.py", TWO)
    assert fix(PLAIN) == 0
    assert changing.read_text() == TWO + culprit
    assert changed.read_text() == f"{CLEAN}\n\nx = 1\n"
    assert capsys.readouterr().out == (
        "test_a.py: not verified: the command changes `test_b.py`\n"
        "test_b.py:2: kept Remove the unused suppression\n"
        "test_b.py:6: kept Remove the unused suppression\n"
        "2 files: 2 kept, 0 reverted, 0 refused; 1 file could not be verified\n"
    )


def test_a_change_by_the_command_of_what_is_proven_already_stays(capsys: pytest.CaptureFixture[str]) -> None:
    culprit = "open('test_a.py', 'a').write('\\n\\nx = 1\\n')\n"
    changed, changing = write("test_a.py", TWO), write("test_b.py", TWO + culprit)
    assert fix(PLAIN) == 0
    assert changed.read_text() == f"{CLEAN}\n\nx = 1\n"
    assert changing.read_text() == TWO + culprit
    assert "test_b.py: not verified: the command changes `test_a.py`\n" in capsys.readouterr().out


def test_a_factory_that_the_command_changes_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """It decides on the fixes, and may decide on the tests."""
    factory = write("mock_factory.py", "class SSotMockFactory:\n    pass\n")
    imported = "from mock_factory import SSotMockFactory\n\n\n"
    text = f"{imported}{TWO}SSotMockFactory.tries\nopen('mock_factory.py', 'a').write('# more\\n')\n"
    file = write("test_a.py", text.replace("SSotMockFactory.tries\n", ""))
    assert fix(PLAIN) == 0
    assert file.read_text() == text.replace("SSotMockFactory.tries\n", "")
    assert "# more" in factory.read_text()
    assert "test_a.py: not verified: the command changes `mock_factory.py`\n" in capsys.readouterr().out


def test_files_that_are_written_anew_as_they_were_are_not_changed(capsys: pytest.CaptureFixture[str]) -> None:
    write("test_b.py", TWO)
    file = write("test_a.py", f"{TWO}import os\n\nos.utime('test_b.py', (1, 1))\n")
    assert fix(PLAIN) == 0
    assert "ssot" not in file.read_text()
    assert capsys.readouterr().out.endswith("2 files: 4 kept, 0 reverted, 0 refused\n")


def test_what_the_command_makes_of_the_file_itself_is_kept_aside(capsys: pytest.CaptureFixture[str]) -> None:
    text = f"{TWO}open(__file__, 'a').write('1\\n')\n"
    write("test_a.py", text)
    assert fix(PLAIN) == 0
    said = re.search(
        r"the command changes the file itself; what it made of it is in (.+)", capsys.readouterr().out
    )
    assert said
    assert Path(said[1]).read_text() == f"{text}1\n"


def test_what_hangs_by_a_fix_is_given_up_by_what_it_took_before(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fixing, "_PATIENCE", 3)
    hanging = (
        f"{TWO}import time\n\nif 'ssot: ' + 'ignore' not in open(__file__).read():\n    time.sleep(600)\n"
    )
    file = write("test_a.py", hanging)
    assert fix(PLAIN) == 0
    assert file.read_text().count("ssot: ignore") == 1
    assert re.search(
        r"test_a.py:\d: reverted .*: the command did not end within \d+ seconds\n", capsys.readouterr().out
    )


@pytest.mark.parametrize(
    ("least", "took", "seconds"), [(None, 1.0, 600), (30, 1.0, 30), (30, 4.2, 42), (30, 90.0, 600)]
)
def test_how_long_a_command_may_take_after_a_change(least: float | None, took: float, seconds: int) -> None:
    assert Command(PLAIN, ".", 600, least=least).limit_after(Outcome(0, seconds=took)) == seconds


def test_a_command_that_hangs_is_ended_with_all_that_it_started(capsys: pytest.CaptureFixture[str]) -> None:
    file = write("test_a.py", TWO)
    assert (
        fix(f"{shlex.quote(sys.executable)} -c 'import time; time.sleep(600)' {{file}}", "--timeout", "1")
        == 0
    )
    assert file.read_text() == TWO
    expected = "test_a.py: not verified: before any change: the command did not end within 1 seconds\n"
    assert expected in capsys.readouterr().out


def test_a_command_has_to_say_where_the_file_goes(capsys: pytest.CaptureFixture[str]) -> None:
    write("test_a.py", TWO)
    assert fix("pytest") == 2
    expected = "ssot-lsp: the command does not say where the file goes: it has no {file}\n"
    assert capsys.readouterr().err == expected


def test_a_read_only_file_is_left_alone(capsys: pytest.CaptureFixture[str]) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write whatever it likes")
    file = write("test_a.py", TWO)
    file.chmod(0o444)
    assert fix(PYTEST) == 0
    assert "test_a.py: not verified: Permission denied\n" in capsys.readouterr().out
    assert file.read_text() == TWO


def test_what_is_settled_is_not_run_again_until_something_changes(capsys: pytest.CaptureFixture[str]) -> None:
    counting = (
        "def test_one():\n    assert True  # ssot: ignore[unjustified-mock]\n\n\n"
        "open('runs', 'a').write('x')\n"
        "assert 'ssot: ' + 'ignore' in open(__file__).read()\n"
    )
    file = write("test_a.py", counting)
    assert fix(PLAIN) == 0
    assert file.read_text() == counting
    runs = len(Path("runs").read_text())
    assert fix(PLAIN) == 0
    assert len(Path("runs").read_text()) == runs
    assert "1 settled by an earlier run" in capsys.readouterr().out
    assert fix(PLAIN, "--restart") == 0
    assert len(Path("runs").read_text()) == 2 * runs
    file.write_text(counting + "\n")
    assert fix(PLAIN) == 0
    assert len(Path("runs").read_text()) == 3 * runs


def test_files_are_tried_side_by_side(capsys: pytest.CaptureFixture[str]) -> None:
    files = [write(f"test_{number}.py", TWO) for number in range(5)]
    assert fix(PYTEST, "--jobs", "3") == 0
    assert [each.read_text() for each in files] == [CLEAN] * 5
    assert capsys.readouterr().out.endswith("5 files: 10 kept, 0 reverted, 0 refused\n")


def test_the_report_for_programs(capsys: pytest.CaptureFixture[str], project: Path) -> None:
    write("test_a.py", READS_ITSELF)
    assert fix(PYTEST, "--format", "json") == 0
    reason = "`test_a::test_reader`: passed before, failed after"
    step = {
        "rule": "unused-suppression",
        "line": 5,
        "title": "Remove the unused suppression",
        "reason": reason,
    }
    assert json.loads(capsys.readouterr().out) == {
        "version": 1,
        "root": str(project),
        "files": [
            {
                "path": "test_a.py",
                "failure": None,
                "settled_before": False,
                "kept": [],
                "reverted": [step],
                "refused": [],
            }
        ],
    }


def test_nothing_to_do_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    write("test_a.py", CLEAN)
    assert fix(PYTEST) == 0
    assert capsys.readouterr().out == "Nothing to verify: no finding has a fix that mends it.\n"


WAITS = """\
import os
import pathlib
import time


def test_one():
    assert True  # ssot: ignore[unjustified-mock]


if "ssot: " + "ignore" not in pathlib.Path(__file__).read_text():
    pathlib.Path("tried").write_text(str(os.getpid()))
    time.sleep(600)
"""


def _begin(command: str) -> subprocess.Popen[str]:
    """A run that is left while it waits for a command, after it has written the file."""
    line = [sys.executable, "-m", "ssot_lsp", "fix", "--verify", command]
    run = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while not (Path("tried").exists() and Path("tried").read_text()):
        assert run.poll() is None, run.communicate()
        assert time.monotonic() < deadline, "the file was never tried"
        time.sleep(0.02)  # between two looks: nothing tells when another process has got there
    return run


def _kill(run: subprocess.Popen[str]) -> None:
    """End a run before it can undo anything, and the command that it leaves behind."""
    run.kill()
    run.communicate()
    with contextlib.suppress(ProcessLookupError):
        os.kill(int(Path("tried").read_text()), signal.SIGTERM)


@pytest.mark.skipif(sys.platform == "win32", reason="a request to end kills there")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_ended_run_leaves_the_file_as_it_was(number: signal.Signals) -> None:
    file = write("test_a.py", WAITS)
    run = _begin(PLAIN)
    assert file.read_text() != WAITS
    run.send_signal(number)
    _, said = run.communicate(timeout=60)
    assert (run.returncode, said) == (130, "ssot-lsp: interrupted\n")
    assert file.read_text() == WAITS


def test_a_killed_run_is_undone_by_the_next_one(capsys: pytest.CaptureFixture[str]) -> None:
    file = write("test_a.py", WAITS)
    run = _begin(PLAIN)
    _kill(run)
    assert file.read_text() != WAITS
    assert fix(PLAIN, "--timeout", "1") == 0
    told = capsys.readouterr()
    assert told.err == f"ssot-lsp: an earlier run died while it tried {file.absolute()}, which is as it was\n"
    assert "reverted Remove the unused suppression: the command did not end within 1 seconds" in told.out
    assert file.read_text() == WAITS
    assert fix(PLAIN, "--timeout", "1") == 0
    assert capsys.readouterr().err == ""


def test_a_file_that_changed_after_a_killed_run_is_named_and_left(capsys: pytest.CaptureFixture[str]) -> None:
    file = write("test_a.py", WAITS)
    run = _begin(PLAIN)
    _kill(run)
    file.write_text("mine = 1\n")
    assert fix(PLAIN) == 0
    told = capsys.readouterr().err
    assert f"{file.absolute()}, which was left as it is: it was changed since; what it was is in " in told
    assert file.read_text() == "mine = 1\n"
    stored = told.rpartition("what it was is in ")[2].strip()
    assert Path(stored).read_text() == WAITS
