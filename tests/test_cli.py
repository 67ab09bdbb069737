"""The commands, as they are typed: what they print, where, and how they end."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from ssot_lsp import __version__, cli
from ssot_lsp.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MOCK = "from unittest.mock import Mock\n\n\ndef test_pay():\n    gateway = Mock()\n"
FILES = {
    "pyproject.toml": "[tool.ssot-lsp]\nselect = ['ALL']\n",
    "shop/pay.py": "x = 1\n",
    "tests/test_clean.py": "def test_a():\n    assert True\n",
    "tests/test_hint.py": "x = 1  # ssot: ignore[unjustified-mock]\n",
    "tests/test_mock.py": MOCK,
    "notes/readme.md": "",
}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SSOT_LSP_CACHE_DIR", str(tmp_path / "cache"))
    folder = tmp_path / "root"
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    monkeypatch.chdir(folder)
    return folder


class Ended:
    """How a command ended, and what it printed."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def run(root: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ended]:
    def run(*arguments: str) -> Ended:
        try:
            code = cli.main(arguments)
        except SystemExit as end:  # argparse's way
            code = int(end.code or 0)
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return Ended(code, out, err)

    return run


def spawn(
    root: Path, *arguments: str, data: bytes = b"", **variables: str
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "ssot_lsp", *arguments],
        cwd=root,
        env={**os.environ, **variables},
        input=data,
        check=False,
        capture_output=True,
        timeout=60,
    )


# --- check


def test_check_shows_findings_with_their_source_and_sums_up(run: Callable[..., Ended]) -> None:
    ended = run("check")
    assert ended.out == (
        f"{os.path.join('tests', 'test_mock.py')}:5:15: warning: {message()} [unjustified-mock]\n"
        "     5 |     gateway = Mock()\n"
        "       |               ^^^^\n"
        "1 finding in 3 test files, 1 hint hidden (`--format json` lists them)\n"
    )
    assert (ended.code, ended.err) == (1, "")


def message() -> str:
    """How the rule puts it: that is its own page's business."""
    from ssot_lsp.analysis import Workspace

    workspace = Workspace()
    path = os.path.abspath("test_message.py")
    workspace.write(path, MOCK)
    return workspace.snapshot().findings(path)[0].message


def test_a_clean_check_ends_with_zero(run: Callable[..., Ended]) -> None:
    ended = run("check", os.path.join("tests", "test_clean.py"))
    assert (ended.code, ended.out, ended.err) == (0, "no findings in 1 test file\n", "")


def test_hints_do_not_count(run: Callable[..., Ended]) -> None:
    ended = run("check", os.path.join("tests", "test_hint.py"))
    assert ended.code == 0
    assert ended.out == "no findings in 1 test file, 1 hint hidden (`--format json` lists them)\n"


def test_concise_prints_nothing_but_findings(run: Callable[..., Ended]) -> None:
    ended = run("check", "--format", "concise")
    assert re.fullmatch(r"\S+test_mock\.py:5:15: warning: .+ \[unjustified-mock\]\n", ended.out)
    assert ended.err.startswith("ssot-lsp: 1 finding in 3 test files")


def test_json_lists_all_severities(run: Callable[..., Ended], root: Path) -> None:
    ended = run("check", "--format", "json")
    said: dict[str, Any] = json.loads(ended.out)
    assert [(each["path"], each["rule"], each["severity"]) for each in said["findings"]] == [
        ("tests/test_hint.py", "unused-suppression", "hint"),
        ("tests/test_mock.py", "unjustified-mock", "warning"),
    ]
    assert (said["root"], said["files_checked"], ended.code, ended.err) == (str(root), 3, 1, "")
    assert "fixes" not in said["findings"][0]


def test_two_runs_differ_in_their_seconds_alone(run: Callable[..., Ended]) -> None:
    outputs = {
        re.sub(r'"seconds": [\d.e-]+', '"seconds": 0', run("check", "--format", "json", *more).out)
        for more in ((), (), ("--no-cache",), ("--no-cache", "--jobs", "2"), ("--no-prefilter", "--no-cache"))
    }
    assert len(outputs) == 1


def test_fixes_are_listed_on_request(run: Callable[..., Ended]) -> None:
    for _ in range(2):  # at first, and as it is remembered
        findings = json.loads(run("check", "--format", "json", "--fixes").out)["findings"]
        fixes = findings[1]["fixes"]
        assert fixes
        assert all(set(each) == {"title", "safe"} and isinstance(each["safe"], bool) for each in fixes)
    assert "fixes" not in json.loads(run("check", "--format", "json").out)["findings"][1]


def test_statistics_take_the_place_of_the_findings(run: Callable[..., Ended]) -> None:
    ended = run("check", "--statistics")
    assert ended.out.splitlines()[:2] == [
        "      1  warning      unjustified-mock",
        "      1  hint         unused-suppression",
    ]
    assert (ended.out.count("\n"), ended.code) == (3, 1)


def test_exit_zero_forgives_findings_and_nothing_else(run: Callable[..., Ended], root: Path) -> None:
    assert run("check", "--exit-zero").code == 0
    assert run("check", "--exit-zero", "nowhere").code == 2
    (root / "pyproject.toml").write_text("[tool.ssot-lsp]\nselect = 1\n", encoding="utf-8")
    assert run("check", "--exit-zero").code == 2


@pytest.mark.parametrize(
    ("arguments", "code", "out", "err"),
    [
        pytest.param(
            ["notes"], 2, "no test file was checked", "error: notes: no Python file", id="no Python file"
        ),
        pytest.param(["shop"], 0, "no test file was checked", "none of the 1 Python files", id="no test"),
        pytest.param(
            ["shop/pay.py"], 0, "no test file was checked", "it is no test file", id="an explicit file"
        ),
        pytest.param(["nowhere"], 2, "no test file was checked", "there is no such file", id="no such path"),
        pytest.param(
            ["nowhere", "tests"], 2, "1 finding in 3 test files", "there is no such file", id="in part"
        ),
        pytest.param(
            ["--select", "unjustified-mok"], 2, "", "did you mean `unjustified-mock`?", id="no such rule"
        ),
        pytest.param(
            ["--ignore", "nothing-like-it"], 2, "", "there is no rule `nothing-like-it`", id="none near"
        ),
        pytest.param(["--jobs", "0"], 2, "", "'0' is no number from 1 on", id="no jobs"),
        pytest.param(["--jobs", "two"], 2, "", "'two' is no number from 1 on", id="no number"),
        pytest.param(["--format", "xml"], 2, "", "invalid choice", id="no such format"),
        pytest.param(["--fixes"], 2, "", "--fixes needs --format json", id="fixes in text"),
        pytest.param(["-"], 2, "", "say by --stdin-filename", id="a text without a name"),
        pytest.param(
            ["--stdin-filename", "test_a.py", "tests"], 2, "", "exclude each other", id="two inputs"
        ),
        pytest.param(
            ["--ignore", "unjustified-mock,unused-suppression"], 0, "no findings in 3", "", id="ignored"
        ),
        pytest.param(
            ["--select", "unused-justification, forbidden-mock"], 0, "no findings in 3", "", id="selected"
        ),
    ],
)
def test_how_a_check_ends(
    run: Callable[..., Ended], arguments: list[str], code: int, out: str, err: str
) -> None:
    ended = run("check", *arguments)
    assert (ended.code, out in ended.out, err in ended.err) == (code, True, True), (ended.out, ended.err)
    assert bool(ended.err) == bool(err)
    assert bool(ended.out) == bool(out)


def test_a_wrong_configuration_is_wrong_usage_in_words(run: Callable[..., Ended], root: Path) -> None:
    (root / "pyproject.toml").write_text("[tool.ssot-lsp\n", encoding="utf-8")
    ended = run("check", "--format", "json")
    assert ended.code == 2
    assert f"error: {root / 'pyproject.toml'}:1:14: the file is not valid TOML" in ended.err
    assert {each["rule"] for each in json.loads(ended.out)["findings"]} >= {
        "invalid-configuration",
        "unjustified-mock",
    }


def test_what_cannot_be_read_is_named(run: Callable[..., Ended], root: Path) -> None:
    (root / "tests" / "test_nul.py").write_bytes(b"\0")
    ended = run("check")
    assert ended.code == 1
    assert (
        ended.err
        == f"ssot-lsp: {os.path.join('tests', 'test_nul.py')} could not be checked: holds NUL bytes\n"
    )
    assert ended.out.endswith(", 1 file could not be checked\n")
    ended = run("check", "--format", "json")
    assert ended.err == ""
    assert json.loads(ended.out)["files_failed"] == [
        {"path": "tests/test_nul.py", "reason": "holds NUL bytes"}
    ]
    assert run("check", os.path.join("tests", "test_nul.py")).code == 2


def test_an_interrupt_is_no_traceback(run: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("ssot_lsp.scan.check", interrupt)
    ended = run("check")
    assert (ended.code, ended.out, ended.err) == (130, "", "ssot-lsp: interrupted\n")


def test_a_folder_that_is_gone_is_no_traceback(
    run: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone() -> str:
        raise FileNotFoundError(2, "No such file or directory")

    monkeypatch.setattr(os, "getcwd", gone)
    ended = run("check")
    assert (ended.code, ended.err) == (
        2,
        "ssot-lsp: the current folder cannot be used: No such file or directory\n",
    )


@pytest.mark.parametrize(
    ("terminal", "variables", "coloured"),
    [
        pytest.param(True, {"TERM": "xterm"}, True, id="a terminal"),
        pytest.param(False, {"TERM": "xterm"}, False, id="a pipe"),
        pytest.param(True, {"TERM": "xterm", "NO_COLOR": "1"}, False, id="NO_COLOR"),
        pytest.param(True, {"TERM": "xterm", "NO_COLOR": ""}, True, id="NO_COLOR that says nothing"),
        pytest.param(True, {"TERM": "dumb"}, False, id="a dumb terminal"),
    ],
)
def test_colours_are_for_terminals(
    run: Callable[..., Ended],
    monkeypatch: pytest.MonkeyPatch,
    terminal: bool,
    variables: dict[str, str],
    coloured: bool,
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal)
    assert ("\x1b[" in run("check").out) == coloured


def test_a_bar_shows_how_far_many_files_are(
    run: Callable[..., Ended], root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert run("check", "--no-cache").err == "", "not for a few"
    for number in range(60):
        (root / "tests" / f"test_{number}.py").write_text("", encoding="utf-8")
    ended = run("check", "--no-cache")
    assert "checking" in ended.err
    assert ended.out.startswith(os.path.join("tests", "test_mock.py"))


# --- as a process


def test_as_a_module_and_from_standard_input(root: Path) -> None:
    done = spawn(
        root, "check", "--stdin-filename", "tests/test_new.py", "--format", "json", data=MOCK.encode()
    )
    said = json.loads(done.stdout)
    assert [each["path"] for each in said["findings"]] == ["tests/test_new.py"]
    assert (done.returncode, done.stderr) == (1, b"")
    done = spawn(root, "check", "--stdin-filename", "shop/new.py", data=MOCK.encode())
    assert (done.returncode, done.stdout) == (0, b"no test file was checked" + os.linesep.encode())


def test_any_name_and_any_source_can_be_printed_anywhere(root: Path) -> None:
    (root / "tests" / "test_ünï宽.py").write_text(MOCK.replace("gateway", "gätewäy"), encoding="utf-8")
    done = spawn(root, "check", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert done.returncode == 1
    assert rb"test_\xfcn\xef\u5bbd.py:5:15" in done.stdout
    assert b"Traceback" not in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="bytes are no names there")
def test_a_name_that_is_no_text(root: Path) -> None:
    try:
        (root / "tests" / os.fsdecode(b"test_\xff.py")).write_text(MOCK, encoding="utf-8")
    except OSError:
        pytest.skip("names are text on this file system")
    assert spawn(root, "check").returncode == 1
    findings = json.loads(spawn(root, "check", "--format", "json").stdout)["findings"]
    assert "tests/test_\udcff.py" in [each["path"] for each in findings]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full")
def test_output_that_cannot_be_written(root: Path) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "ssot_lsp", "check"],
            cwd=root,
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
            timeout=60,
        )
    assert (done.returncode, done.stderr) == (
        2,
        b"ssot-lsp: the output cannot be written: No space left on device\n",
    )


def test_a_reader_that_has_seen_enough(root: Path) -> None:
    many = "from unittest.mock import Mock\n" + "Mock()\n" * 20_000
    (root / "tests" / "test_many.py").write_text(many, encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, "-m", "ssot_lsp", "check", "--format", "concise"],
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert b"unjustified-mock" in process.stdout.readline()
        process.stdout.close()
        errors = process.stderr.read()
        assert process.wait(60) == 1
    assert b"Traceback" not in errors
    assert b"Broken" not in errors


@pytest.mark.skipif(sys.platform == "win32", reason="streams are closed by a shell")
def test_closed_streams(root: Path) -> None:
    command = f"{sys.executable} -m ssot_lsp check"
    for line, code, err in (
        (f"{command} >&-", 2, b"ssot-lsp: there is no standard output to write to\n"),
        (f"{command} 2>&-", 1, b""),
        (
            f"{command} --stdin-filename tests/test_a.py <&-",
            2,
            b"ssot-lsp: there is no standard input to read\n",
        ),
    ):
        done = subprocess.run(["/bin/sh", "-c", line], cwd=root, capture_output=True, check=False, timeout=60)
        assert (done.returncode, done.stderr) == (code, err)


# --- the others


def test_the_version(run: Callable[..., Ended]) -> None:
    assert run("--version").out == f"ssot-lsp {__version__}\n"


@pytest.mark.parametrize("arguments", [(), ("--nothing",), ("nothing",), ("check", "--nothing")])
def test_wrong_usage_shows_the_right_one(run: Callable[..., Ended], arguments: tuple[str, ...]) -> None:
    ended = run(*arguments)
    assert ended.code == 2
    assert ended.err.startswith("usage: ")


@pytest.mark.parametrize("command", ["check", "explain", "doctor", "server", "demo"])
def test_every_command_has_help(run: Callable[..., Ended], command: str) -> None:
    ended = run(command, "--help")
    assert ended.code == 0
    assert ended.out.startswith("usage: ")
    assert command in run("--help").out


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_explain_prints_the_page_of_a_rule(run: Callable[..., Ended], rule: Any) -> None:
    ended = run("explain", rule.name)
    assert (ended.code, ended.out) == (0, rule.page.strip() + "\n")
    assert rule.name in run("explain").out


def test_explain_says_why_a_line_is_flagged(run: Callable[..., Ended]) -> None:
    name = os.path.join("tests", "test_mock.py")
    for place in (f"{name}:5", f"{name}:5:15", f"{name}:5:15:"):
        ended = run("explain", place)
        assert ended.code == 0
        assert "unittest.mock.Mock" in ended.out
    assert "unittest.mock.Mock" not in run("explain", f"{name}:1").out


CLASSES = """\
import unittest
from bases import SSotBaseTestCase


class TestOurs(SSotBaseTestCase):
    def test_it(self): ...


class TestSilent(unittest.TestCase):  # ssot: ignore[non-ssot-base-class]
    async def test_it(self): ...
"""


@pytest.mark.parametrize(
    ("line", "said"),
    [
        pytest.param(5, ["`bases.SSotBaseTestCase` is an SSOT base.", "in `bases.py:4`"], id="an SSOT base"),
        pytest.param(
            9,
            [
                "`non-ssot-base-class` says nothing: the suppression on line 9 hides it. It would say: `TestSilent`",
                "`unittest.TestCase` derives from no SSOT base.",
            ],
            id="a suppression",
        ),
        pytest.param(
            10,
            [
                "`async-test-never-awaited` says nothing: it is switched off here (configuration of `",
                "It would say: `test_it` passes without running",
            ],
            id="a rule that is switched off",
        ),
        pytest.param(6, ["Nothing on this line creates a double or names a base class"], id="nothing"),
    ],
)
def test_explain_says_where_a_class_leads_and_what_is_hidden(
    run: Callable[..., Ended], root: Path, line: int, said: list[str]
) -> None:
    (root / "bases.py").write_text(
        "import unittest\n\n\nclass SSotBaseTestCase(unittest.TestCase): ...\n", encoding="utf-8"
    )
    (root / "pyproject.toml").write_text('[tool.ssot-lsp]\nignore = ["async-test-never-awaited"]\n', "utf-8")
    (root / "test_classes.py").write_text(CLASSES, encoding="utf-8")

    ended = run("explain", f"test_classes.py:{line}")

    assert ended.code == 0
    for each in said:
        assert each in ended.out


def test_explain_says_what_hides_a_mock_where_all_are_forbidden(
    run: Callable[..., Ended], root: Path
) -> None:
    (root / "pyproject.toml").write_text('[tool.ssot-lsp]\nlevels = { "**" = "L5" }\n', "utf-8")
    (root / "test_real.py").write_text(
        "from unittest.mock import Mock\n\nx = Mock()  # ssot: ignore[forbidden-mock]\n", "utf-8"
    )

    ended = run("explain", "test_real.py:3")

    assert ended.out == "`Mock` is not flagged: the suppression on line 3 hides it.\n"


@pytest.mark.parametrize(
    ("what", "err"),
    [
        pytest.param("unjustified", "there is no rule `unjustified`", id="no rule"),
        pytest.param("nowhere.py:3", "nowhere.py cannot be read: No such file", id="no file"),
        pytest.param("tests:3", "tests cannot be read: is a folder", id="a folder"),
        pytest.param("tests/test_mock.py:99", "has 6 lines, there is no line 99", id="no line"),
        pytest.param("tests/test_mock.py:0", "has 6 lines, there is no line 0", id="lines count from 1"),
        pytest.param("", "there is no rule ``", id="nothing"),
    ],
)
def test_what_explain_cannot_explain(run: Callable[..., Ended], what: str, err: str) -> None:
    ended = run("explain", what)
    assert (ended.code, ended.out) == (2, "")
    assert err in ended.err


def test_doctor_says_what_was_found_and_why(run: Callable[..., Ended], root: Path) -> None:
    (root / "shop" / "doubles.py").write_text("\nclass SSotMockFactory:\n    pass\n", encoding="utf-8")
    (root / "shop" / "not_it.py").write_text(
        "class SSotMockFactoryTest: ...\nx = 'class SSotMockFactory:'\n", "utf-8"
    )
    out = run("doctor").out
    assert f"configuration: {root / 'pyproject.toml'}, the nearest one at or above {root}\n" in out
    assert f"root: {root} (the folder of the configuration)\n" in out
    assert f"factory SSotMockFactory: {root / 'shop' / 'doubles.py'}:2\n" in out
    assert "base class SSotBaseTestCase: defined in none of the 6 Python files below the root\n" in out
    assert f"Python {sys.version.split()[0]} at {sys.executable}" in out
    assert "(SSOT_LSP_CACHE_DIR says so)" in out


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "tests/test_mock.py",
            ["  is not excluded", "  is a test file: one of test_*.py", "  utf-8, 6 lines"],
        ),
        ("shop/pay.py", ["  is no test file, so the rules about mocks are silent"]),
        ("build/test_a.py", ["  is excluded: `build` is a folder that is never looked at (`build/`)"]),
        ("tests/nowhere.py", ["  could not be read: No such file or directory"]),
        ("tests", ["  is not excluded", "  is a folder"]),
    ],
)
def test_doctor_says_what_holds_for_a_file(
    run: Callable[..., Ended], root: Path, name: str, said: list[str]
) -> None:
    (root / "build").mkdir()
    (root / "build" / "test_a.py").write_text("", encoding="utf-8")
    ended = run("doctor", name)
    assert ended.code == 0
    for each in said:
        assert each in ended.out


def test_doctor_names_what_is_wrong(
    run: Callable[..., Ended], root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "pyproject.toml").write_text(
        "[tool.ssot-lsp]\nfactorie = 'X'\n[tool.ssot-lsp.levels]\n'tests/' = 'L4'\n", encoding="utf-8"
    )
    (root / "tests" / "test_nul.py").write_bytes(b"\0")
    ended = run("doctor", "tests/test_nul.py")
    assert f"  {root / 'pyproject.toml'}:2:1: warning: " in ended.out
    assert "  could not be read: holds NUL bytes\n" in ended.out
    assert "  asks for realism level L4: mocks are forbidden\n" in ended.out
    (root / "pyproject.toml").unlink()
    monkeypatch.setenv("SSOT_LSP_CACHE_DIR", str(root / "tests" / "test_nul.py" / "cache"))
    out = run("doctor").out
    assert f"root: {root} (the workspace folder)\n" in out
    assert "NOT kept" in out


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    calls: list[object] = []

    def serve(tcp: tuple[str, int] | None = None) -> int:
        calls.append(tcp)
        return 7

    monkeypatch.setattr("ssot_lsp.server.run", serve)
    return calls


def test_server(run: Callable[..., Ended], served: list[object]) -> None:
    assert run("server").code == 7
    assert run("server", "--tcp", "localhost:4000").code == 7
    assert run("server", "--tcp", "[::1]:0").code == 7
    assert served == [None, ("localhost", 4000), ("::1", 0)]


@pytest.mark.parametrize(
    "address", ["4000", "localhost", "localhost:", ":4000", "localhost:x", "localhost:70000", ""]
)
def test_server_refuses_what_is_no_address(
    run: Callable[..., Ended], served: list[object], address: str
) -> None:
    ended = run("server", "--tcp", address)
    assert (ended.code, ended.err) == (2, f"ssot-lsp: --tcp takes HOST:PORT, not {address}\n")
    assert served == []


def test_demo(run: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[str | None] = []

    def give(folder: str | None) -> int:
        given.append(folder)
        return 5

    monkeypatch.setattr("ssot_lsp.demo.run", give)
    assert run("demo").code == 5
    assert run("demo", "somewhere").code == 5
    assert given == [None, "somewhere"]
