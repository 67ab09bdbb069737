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
    "mocks.baselined": 0,
    "mocks.suppressed": 0,
    "base_classes.classes": 1,
    "base_classes.ssot": 1,
    "base_classes.ssot_share": 100.0,
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
    "reading.broken": 1,
    "reading.rules_off": 1,
}
STATUSES = {
    "mocks": "fail",
    "base_classes": "pass",
    "factory": "fail",
    "isolation": "pass",
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
    assert reading["off"] == [{"rule": "unused-justification"}]


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


def test_rules_that_are_off_make_nothing_pass(root: Path, run: Run) -> None:
    (root / "pyproject.toml").write_text("[tool.ssot-lsp]\nignore = ['ALL']\n")
    report = read(run)
    statuses = {each["key"]: each["status"] for each in report["sections"]}
    assert "pass" not in {statuses[each] for each in ("mocks", "factory", "isolation", "files", "shapes")}


def test_nothing_to_look_at_passes_nothing(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    lay_out(tmp_path, {"shop/pay.py": "x = 1\n", "ssot-lsp.toml": ""})
    monkeypatch.chdir(tmp_path)
    report = read(run, "--no-cache")
    assert {each["status"] for each in report["sections"]} == {"nothing"}
    assert report["metrics"]["score"] is None
    assert run("--no-cache", "--fail-under", "0")[0] == 1


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
    assert not re.search(r"(?:src|href)=\"(?!\./)", page)
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
