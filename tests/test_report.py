"""The report on a suite: its numbers, that every format says the same ones, and that it passes nothing unseen."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from ssot_lsp import cli

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., tuple[int, str, str]]

FACTORY = """\
from unittest.mock import AsyncMock, MagicMock


class SSotMockFactory:
    @staticmethod
    def create_websocket_mock(user_id: str = "user") -> AsyncMock:
        websocket = AsyncMock()
        websocket.send_json = AsyncMock()
        websocket.user_id = user_id
        return websocket

    @staticmethod
    def create_clock_mock() -> MagicMock:
        return MagicMock()
"""
BASES = """\
import unittest


class SSotBaseTestCase(unittest.TestCase):
    def setUp(self) -> None:
        super().setUp()
"""
DASH = "\N{EN DASH}"
PAY = """\
from unittest.mock import MagicMock, Mock, patch

from doubles.bases import SSotBaseTestCase
from doubles.factory import SSotMockFactory


class TestPay(SSotBaseTestCase):
    def test_pay(self):
        websocket = MagicMock()
        websocket.send_json = MagicMock()
        gateway = Mock()  # Mock justification: L1: the bank is closed at night

    @patch("shop.clock")
    def test_late(self, clock):
        pass


def test_factory():
    first = SSotMockFactory.create_websocket_mock(user_id="a")
    second = SSotMockFactory.create_websocket_mock(user_id="b")
    clock = SSotMockFactory.create_clock_mock()
    SSotMockFactory.create_clocks_mock()
"""
FILES: dict[str, str | bytes] = {
    "pyproject.toml": '[tool.ssot-lsp]\nlevels = { "tests/live/**" = "L3" }\nignore = ["unused-justification"]\n',
    "doubles/__init__.py": "",
    "doubles/factory.py": FACTORY,
    "doubles/bases.py": BASES,
    "tests/unit/test_pay.py": PAY,
    "tests/live/test_live.py": "from unittest.mock import MagicMock\n\nwebsocket = MagicMock()\nwebsocket.close()\n",
    "tests/unit/test_half.py": "from unittest.mock import Mock\n\nx = Mock(\n",
    "tests/unit/test_good.py": "from doubles.factory import SSotMockFactory\n\nclock = SSotMockFactory.create_clock_mock()\n",
    "tests/unit/test_clean.py": "def test_a():\n    assert True\n",
    "tests/unit/test_no.py": b"\xff",
    "tests/backup_old/test_old.py": "",
}
METRICS: dict[str, int | float | None] = {
    "score": 54.5,
    "mocks.files": 5,
    "mocks.files_with_mocks": 3,
    "mocks.sites": 6,
    "mocks.roots": 5,
    "mocks.justified": 1,
    "mocks.unjustified": 4,
    "mocks.justified_share": 20.0,
    "mocks.weak": 0,
    "mocks.unused": 0,
    "mocks.forbidden": 0,
    "mocks.exempt": 0,
    "mocks.baselined": 0,
    "mocks.suppressed": 0,
    "base_classes.classes": 1,
    "base_classes.ssot": 1,
    "base_classes.ssot_share": 100.0,
    "base_classes.unclear": 0,
    "factory.uses": 4,
    "factory.methods": 2,
    "factory.files_with_factory": 2,
    "factory.files_without_factory": 2,
    "factory.unknown": 1,
    "isolation.calls": 2,
    "infrastructure.replacements": 0,
    "shapes.names": 3,
    "shapes.repeated": 1,
    "shapes.shown": 1,
    "files.with_unjustified": 3,
    "files.all_justified": 1,
    "reading.read": 5,
    "reading.failed": 1,
    "reading.excluded": 0,
    "reading.folders": 1,
    "reading.unasked": 0,
    "reading.others": 3,
    "reading.broken": 1,
    "reading.rules_off": 1,
    "reading.invalid": 0,
}
STATUSES = {
    "mocks": "fail",
    "base_classes": "part",
    "factory": "fail",
    "isolation": "part",
    "infrastructure": "nothing",
    "shapes": "fail",
    "files": "fail",
    "reading": "fail",
}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SSOT_LSP_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("COLUMNS", "160")
    folder = tmp_path / "shop"
    lay_out(folder, FILES)
    monkeypatch.chdir(folder)
    return folder


def lay_out(folder: Path, contents: dict[str, str | bytes]) -> None:
    for name, text in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str) -> tuple[int, str, str]:
        code = cli.main(["report", *arguments])
        out, err = capsys.readouterr()
        return code, out, err

    return run


def read(run: Run, *arguments: str) -> Any:
    return json.loads(run("--format", "json", *arguments)[1])


def section(report: Any, key: str) -> Any:
    (found,) = [each for each in report["sections"] if each["key"] == key]
    return found


def test_the_numbers(root: Path, run: Run) -> None:
    report = read(run)
    numbers = {key: value for key, value in report["metrics"].items() if key in METRICS}
    assert numbers == METRICS
    others = {key: value for key, value in report["metrics"].items() if key not in METRICS}
    assert set(others.values()) == {0}  # findings of rules that have none here
    assert {each["key"]: each["status"] for each in report["sections"]} == STATUSES


def test_nothing_to_judge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    monkeypatch.setenv("SSOT_LSP_CACHE_DIR", str(tmp_path / "cache"))
    lay_out(tmp_path / "shop", {"test_it.py": "def test_a(): ...\n"})
    monkeypatch.chdir(tmp_path / "shop")

    assert run()[1].startswith("There was nothing to judge\n  1 test file looked at\n")
    assert "\nThere was nothing to judge: 1 test file looked at.\n" in run("--format", "markdown")[1]
    assert "There was nothing to judge" in run("--format", "html")[1]


def test_the_tables(root: Path, run: Run) -> None:
    report = read(run)
    mocks = section(report, "mocks")["tables"]
    assert mocks["by_constructor"] == [
        {"constructor": "MagicMock", "doubles": 2, "without a reason": 2},
        {"constructor": "Mock", "doubles": 2, "without a reason": 1},
        {"constructor": "patch", "doubles": 1, "without a reason": 1},
    ]
    assert [(each["folder"], each["doubles"]) for each in mocks["by_folder"]] == [
        ("tests/unit", 4),
        ("tests/live", 1),
    ]
    assert [(each["level"], each["doubles"]) for each in mocks["by_level"]] == [("none set", 4), ("L3", 1)]
    assert section(report, "factory")["tables"]["by_method"] == [
        {"method": "SSotMockFactory.create_clock_mock", "uses": 2},
        {"method": "SSotMockFactory.create_websocket_mock", "uses": 2},
    ]
    assert section(report, "shapes")["tables"]["repeated"] == [
        {
            "stands for": "websocket",
            "doubles": 2,
            "files": 2,
            "made by": "MagicMock",
            "attributes": "close, send_json",
            "factory method, or the one to extract": "SSotMockFactory.create_websocket_mock",
        }
    ]
    files = section(report, "files")["tables"]
    assert files["worst"][0] == {"file": "tests/unit/test_pay.py", "doubles": 3, "without a reason": 2}
    assert files["best"] == [
        {"file": "tests/unit/test_good.py", "uses of the factory": 1, "doubles with a reason": 0}
    ]
    reading = section(report, "reading")["tables"]
    assert reading["failed"] == [{"file": "tests/unit/test_no.py", "why": "is not valid utf-8 at byte 0"}]
    assert reading["broken"] == [{"file": "tests/unit/test_half.py"}]
    assert reading["off"] == [{"rule": "unused-justification", "test files": 5}]
    assert reading["left_out"] == [
        {
            "why": "`backup_old` is a folder that is never looked at (`backup*/`)",
            "files and folders": 1,
            "test files": None,
            "the first of them": "tests/backup_old",
        }
    ]
    assert reading["settings"] == [
        {"setting": "ignore", "value": "unused-justification"},
        {"setting": "levels", "value": "tests/live/** = 3"},
    ]


def test_all_formats_say_the_same_numbers(root: Path, run: Run) -> None:
    report = read(run)

    def written(value: float | None, unit: str) -> str:
        return DASH if value is None else f"{value:,}{unit}"

    page, text, markdown = (run("--format", each)[1] for each in ("html", "text", "markdown"))
    shown = dict(re.findall(r'data-metric="([^"]+)">([^<]*)<', page))
    expected = {
        key: written(value, " %" if key == "score" or key.endswith("_share") else "")
        for key, value in report["metrics"].items()
    }
    assert shown == expected
    in_text = re.findall(r"^ {2,}([\d,.]+(?: %)?|\u2013)  \S", text, re.MULTILINE)
    in_markdown = re.findall(r"^- .*: ([\d,.]+(?: %)?|\u2013)$", markdown, re.MULTILINE)
    assert in_text == in_markdown == [value for key, value in expected.items() if key != "score"]
    for each in report["sections"]:
        assert each["verdict"] in text
        assert each["verdict"].replace("`", "") in re.sub("<[^>]*>", "", page)
        assert each["title"] in markdown
        for rows in each["tables"].values():
            for row in rows[:15]:
                cells = [f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row.values()]
                assert re.search(r"\s+".join(map(re.escape, cells[:2])), text)
                assert f">{cells[0]}<" in page


def test_the_second_time_it_is_remembered(root: Path, run: Run) -> None:
    assert read(run) == read(run) == read(run, "--no-cache", "--jobs", "1")


def test_what_a_comment_or_the_baseline_hides_still_has_no_reason(root: Path, run: Run) -> None:
    path = root / "tests/live/test_live.py"
    path.write_text(path.read_text().replace("()\nweb", "()  # ssot: ignore[unjustified-mock]\nweb"))
    cli.main(["baseline"])
    metrics = json.loads(run("--format", "json")[1].partition("\n")[2])["metrics"]
    assert (metrics["mocks.unjustified"], metrics["mocks.suppressed"]) == (4, 1)
    assert metrics["mocks.baselined"] > 0


# --- it does not lie

CLEAN: dict[str, str | bytes] = {
    "pyproject.toml": "[tool.ssot-lsp]\n",
    "doubles/__init__.py": "",
    "doubles/factory.py": FACTORY,
    "doubles/bases.py": BASES,
    "tests/test_pay.py": """\
from unittest.mock import Mock

from doubles.bases import SSotBaseTestCase
from doubles.factory import SSotMockFactory


class TestPay(SSotBaseTestCase):
    def test_pay(self):
        gateway = Mock()  # Mock justification: L1: the bank is closed at night
        websocket = SSotMockFactory.create_websocket_mock(user_id="a")
""",
}
BAD = """\
import unittest


class TestBad(unittest.TestCase):
    async def test_a(self):
        assert False
"""
ALL_PASS = {
    "mocks": "pass",
    "base_classes": "pass",
    "factory": "pass",
    "isolation": "pass",
    "infrastructure": "nothing",
    "shapes": "pass",
    "files": "pass",
    "reading": "pass",
}


@pytest.fixture
def clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A suite in which all sections pass."""
    monkeypatch.setenv("SSOT_LSP_CACHE_DIR", str(tmp_path / "cache"))
    folder = tmp_path / "clean"
    lay_out(folder, CLEAN)
    monkeypatch.chdir(folder)
    return folder


def statuses(run: Run) -> dict[str, str]:
    return {each["key"]: each["status"] for each in read(run, "--no-cache")["sections"]}


def verdict(run: Run, key: str) -> str:
    found: str = section(read(run, "--no-cache"), key)["verdict"]
    return found


def configure(folder: Path, text: str) -> None:
    (folder / "pyproject.toml").write_text(f"[tool.ssot-lsp]\n{text}\n")


def test_what_is_clean_passes(clean: Path, run: Run) -> None:
    report = read(run)
    assert {each["key"]: each["status"] for each in report["sections"]} == ALL_PASS
    assert (report["metrics"]["score"], report["scope"]) == (100.0, "1 test file looked at")
    assert run("--fail-under", "100")[0] == 0


def test_a_file_that_cannot_be_read_lets_nothing_pass(clean: Path, run: Run) -> None:
    (clean / "tests/test_no.py").write_bytes(b"\xff")
    found = statuses(run)
    assert "pass" not in found.values()
    assert found["reading"] == "fail"
    assert verdict(run, "mocks") == "the one double has a reason; 1 file could not be read"
    assert run()[1].splitlines()[1] == "  1 test file looked at, 1 could not be read"
    code, _, err = run("--fail-under", "100")
    assert (code, err) == (1, "ssot-lsp: 1 file could not be read, of which --fail-under can say nothing\n")


def test_a_base_that_is_not_known_is_told_and_lets_nothing_pass(clean: Path, run: Run) -> None:
    assert section(read(run), "base_classes")["status"] == "pass"
    (clean / "tests/test_away.py").write_text(
        "from nowhere import Base\n\n\nclass TestA(Base):\n    def test_it(self): ...\n\n\n"
        "class TestB(TestA):\n    def test_it(self): ...\n\n\nclass Helper(Base):\n    def help(self): ...\n"
    )
    report = read(run)
    found = section(report, "base_classes")

    assert report["metrics"]["base_classes.unclear"] == 2
    assert found["status"] == "part"
    assert found["verdict"].endswith("; 2 classes with tests have a base that is not known")


def test_half_a_file_lets_nothing_pass(clean: Path, run: Run) -> None:
    (clean / "tests/test_half.py").write_text("from unittest.mock import Mock\n\nx = (\n")
    assert "pass" not in statuses(run).values()
    assert verdict(run, "mocks") == "the one double has a reason; 1 file read in part"


def test_all_files_unreadable(clean: Path, run: Run) -> None:
    (clean / "tests/test_pay.py").write_bytes(b"\0")
    assert set(statuses(run).values()) == {"nothing", "fail"}
    assert statuses(run)["mocks"] == "nothing"
    assert run("--fail-under", "0")[0] == 2


def test_what_comments_suppress_is_there(clean: Path, run: Run) -> None:
    (clean / "tests/test_bad.py").write_text(f"# ssot: ignore-file\n{BAD}")
    assert statuses(run)["base_classes"] == "fail"
    assert verdict(run, "base_classes") == (
        "1 of 2 test classes under an SSOT base; 2 findings, 2 of them suppressed by comments"
    )
    assert read(run, "--no-cache")["metrics"]["base_classes.async_test_never_awaited"] == 1


def test_what_the_baseline_hides_is_there(clean: Path, run: Run) -> None:
    (clean / "tests/test_bad.py").write_text(BAD)
    before = statuses(run)
    assert before["base_classes"] == "fail"
    cli.main(["baseline"])
    found = json.loads(run("--no-cache", "--format", "json")[1].partition("\n")[2])
    assert {each["key"]: each["status"] for each in found["sections"]} == before


@pytest.mark.parametrize(
    ("settings", "status", "said"),
    [
        pytest.param("ignore = ['ALL']", "nothing", "; all rules about it are off", id="all rules"),
        pytest.param(
            "per-file-ignores = { '**' = ['ALL'] }", "nothing", "; all rules about it are off", id="by file"
        ),
        pytest.param(
            "select = ['unjustified-mock']", "nothing", "; all rules about it are off", id="selected"
        ),
        pytest.param(
            "ignore = ['async-test-never-awaited']",
            "part",
            "; no findings; 1 rule about it off",
            id="one rule",
        ),
        pytest.param(
            "per-file-ignores = { '**/test_bad.py' = ['ALL'] }",
            "part",
            "; no findings; 7 rules about it off in some files",
            id="in the one file",
        ),
    ],
)
def test_rules_that_are_off_let_nothing_pass(
    clean: Path, run: Run, settings: str, status: str, said: str
) -> None:
    bad = BAD.replace("unittest.TestCase", "SSotBaseTestCase").replace("import unittest", "").lstrip()
    (clean / "tests/test_bad.py").write_text(f"from doubles.bases import SSotBaseTestCase\n\n\n{bad}")
    assert statuses(run)["base_classes"] == "fail"
    configure(clean, settings)
    found = section(read(run, "--no-cache"), "base_classes")
    assert (found["status"], found["verdict"].partition("base")[2]) == (status, said)
    assert statuses(run)["reading"] == "part"


def test_a_factory_that_is_not_found_is_no_nothing(clean: Path, run: Run) -> None:
    configure(clean, "factory = ['doubles.factory.NoSuchFactory']")
    found = section(read(run, "--no-cache"), "factory")
    assert (found["status"], found["verdict"]) == ("fail", "0 uses of 0 methods; 1 finding")


def test_a_reason_that_is_none_is_told_as_such(clean: Path, run: Run) -> None:
    path = clean / "tests/test_pay.py"
    path.write_text(path.read_text().replace("L1: the bank is closed at night", "faster"))
    assert statuses(run)["mocks"] == "fail"
    assert verdict(run, "mocks") == "the one double has a reason; 1 reason is none"
    assert read(run, "--no-cache")["metrics"]["score"] == 66.6
    configure(clean, "ignore = ['weak-justification']")
    assert statuses(run)["mocks"] == "part"
    assert verdict(run, "mocks") == "the one double has a reason; 1 rule about it off"


def test_what_settings_leave_out_is_counted(clean: Path, run: Run) -> None:
    mock = "from unittest.mock import Mock\n\nx = Mock()\n"
    lay_out(clean, {"tests/old/test_a.py": mock, "tests/old/deep/test_b.py": mock, "tests/test_c.py": mock})
    lay_out(clean, {"venv/pyvenv.cfg": "", "venv/tests/test_d.py": mock, ".gitignore": "test_e.py\nout/\n"})
    lay_out(clean, {"tests/test_e.py": mock, "out/test_f.py": mock})
    configure(clean, "exclude = ['tests/old/', 'test_c.py']")
    reading = section(read(run, "--no-cache"), "reading")
    assert reading["status"] == "part"
    assert reading["verdict"] == "1 test file looked at, 4 left out"
    assert [tuple(each.values())[1:] for each in reading["tables"]["left_out"]] == [
        (1, None, "out"),
        (1, 2, "tests/old"),
        (1, 1, "tests/test_c.py"),
        (1, 1, "tests/test_e.py"),
        (1, None, "venv"),
    ]
    assert reading["tables"]["left_out"][1]["why"] == (
        "`old` is left out by `tests/old/` in the setting `exclude`"
    )
    assert reading["tables"]["settings"] == [{"setting": "exclude", "value": "tests/old/, test_c.py"}]


def test_tests_that_the_settings_do_not_name_are_listed(clean: Path, run: Run) -> None:
    (clean / "tests/test_other.py").write_text("from unittest.mock import Mock\n\nx = Mock()\n")
    configure(clean, "test-files = ['tests/test_pay.py']")
    reading = section(read(run, "--no-cache"), "reading")
    assert reading["status"] == "part"
    assert reading["verdict"] == "1 test file looked at, 1 not named by `test-files`"
    assert reading["tables"]["unasked"] == [{"file": "tests/test_other.py"}]


def test_test_classes_are_counted_wherever_they_are(clean: Path, run: Run) -> None:
    lay_out(clean, {"tests/test_plain.py": "class TestPlain:\n    def test_a(self):\n        assert True\n"})
    assert verdict(run, "base_classes") == "1 of 2 test classes under an SSOT base; no findings"


def test_what_is_in_a_factory_is_counted(clean: Path, run: Run) -> None:
    configure(clean, "factory = ['SSotMockFactory', 'Doubles']")
    text = "from unittest.mock import Mock\n\n\nclass Doubles:\n    def make(self):\n        return Mock()\n"
    (clean / "tests/test_doubles.py").write_text(text)
    metrics = read(run, "--no-cache")["metrics"]
    assert (metrics["mocks.sites"], metrics["mocks.exempt"]) == (1, 1)


def test_a_double_without_a_name_is_one(clean: Path, run: Run) -> None:
    (clean / "tests/test_pay.py").write_text("from unittest.mock import Mock\n\nprint(Mock())\n")
    assert verdict(run, "shapes") == "1 double, none of which stands for anything that has a name"


def test_what_was_counted_is_counted_anew_when_a_base_changes(clean: Path, run: Run) -> None:
    configure(clean, "ignore = ['ALL']")
    assert read(run)["metrics"]["base_classes.ssot"] == 1
    (clean / "doubles/bases.py").write_text(
        "import unittest\n\n\nclass Other(unittest.TestCase):\n    pass\n"
    )
    assert read(run)["metrics"]["base_classes.ssot"] == 0


def test_nothing_to_look_at_passes_nothing(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    lay_out(tmp_path, {"shop/pay.py": "x = 1\n", "ssot-lsp.toml": ""})
    monkeypatch.chdir(tmp_path)
    report = read(run, "--no-cache")
    assert {each["status"] for each in report["sections"]} == {"nothing"}
    assert report["metrics"]["score"] is None
    assert run("--no-cache", "--fail-under", "0")[0] == 1


def test_an_empty_folder(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = run("--no-cache")
    assert code == 2
    assert "PASS" not in out
    assert "no Python file was found in this folder" in err


def test_before_and_after(root: Path, run: Run) -> None:
    (root / "before.json").write_text(run("--format", "json")[1])
    (root / "tests/live/test_live.py").unlink()
    code, out, _ = run("--compare", "before.json")
    assert code == 0
    assert re.search(r"mocks\.unjustified +4 +3 +-1\n", out)
    assert "mocks.justified " not in out
    assert "metrics are as they were" in out
    page = run("--compare", "before.json", "--format", "html")[1]
    assert '<td>mocks.unjustified</td><td class="number">4</td><td class="number">3</td>' in page
    assert "| mocks.unjustified | 4 | 3 | -1 |" in run("--compare", "before.json", "--format", "markdown")[1]
    assert read(run, "--compare", "before.json")["before"]["mocks.unjustified"] == 4


def test_fail_under(root: Path, run: Run) -> None:
    (root / "tests/unit/test_no.py").unlink()
    assert run("--fail-under", "54.5")[0] == 0
    code, _, err = run("--fail-under", "54.6")
    assert (code, err) == (1, "ssot-lsp: nothing to object to in 54.5 %, and --fail-under asks for 54.6 %\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("{", "it is no JSON", id="damaged"),
        pytest.param(
            '{"version": 9}', "it was written by a newer ssot-lsp (version 9, this one reads 1)", id="newer"
        ),
        pytest.param(
            '{"version": 1, "findings": []}',
            "it is no report of `ssot-lsp report --format json`",
            id="another",
        ),
        pytest.param(
            '{"version": 1, "metrics": {"score": "x"}}', "a metric in it is no number", id="no number"
        ),
        pytest.param(None, "No such file or directory", id="not there"),
    ],
)
def test_what_cannot_be_compared_with(root: Path, run: Run, text: str | None, message: str) -> None:
    if text is not None:
        (root / "before.json").write_text(text)
    assert run("--compare", "before.json") == (
        2,
        "",
        f"ssot-lsp: before.json cannot be compared with: {message}\n",
    )


def test_the_page_needs_nothing_and_names_break_nothing(root: Path, run: Run) -> None:
    mocks = "from unittest.mock import Mock\nx = Mock()\n"
    lay_out(root, {'tests/a:b <script>"&|*/test_x.py': mocks})
    page = run("--format", "html")[1]
    assert "<script" not in page
    assert not re.search(r"(?:src|href)=\"(?!\./|#)", page)
    assert "http" not in page
    assert 'href="./tests/a%3Ab%20%3Cscript%3E%22%26%7C%2A/test_x.py"' in page
    assert "prefers-color-scheme: dark" in page
    assert "<svg" in page
    markdown = run("--format", "markdown")[1]
    assert r'a:b \<script\>"&\|\*' in markdown


def test_a_long_table_says_what_it_leaves_out(root: Path, run: Run) -> None:
    lay_out(
        root,
        {
            f"tests/many/test_{number}.py": "from unittest.mock import Mock\nx = Mock()\n"
            for number in range(20)
        },
    )
    assert "and 8 more" in run()[1]
    assert "and 8 more" in run("--format", "html")[1]
    assert len(section(read(run), "files")["tables"]["worst"]) == 23
