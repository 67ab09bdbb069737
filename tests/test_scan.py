"""Many files: the same report whatever is skipped, remembered or done elsewhere, and nothing read without need."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from ssot_lsp import stamps
from ssot_lsp.files import Files
from ssot_lsp.scan import Options, check, check_text, checker, pool

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from ssot_lsp.files import SourceText
    from ssot_lsp.scan import Report

MOCK = "from unittest.mock import Mock\n\n\ndef test_pay():\n    gateway = Mock()\n"
CLEAN = "def test_pay():\n    assert True\n"
CACHED = Options()
PLAIN = Options(use_cache=False)

WORKSPACE: dict[str, str | bytes] = {
    "pyproject.toml": "[tool.ssot-lsp]\nfactory = []\n",
    "shop/doubles.py": "from unittest.mock import MagicMock as Stand\n",
    "shop/pay.py": "def pay() -> None: ...\n",
    "tests/conftest.py": "import pytest\nfrom unittest.mock import Mock\n\n\n@pytest.fixture\ndef bank():\n    return Mock()\n",
    "tests/test_mock.py": MOCK,
    "tests/test_clean.py": CLEAN,
    "tests/test_child.py": "from unittest.mock import Mock\n\n\ndef test_a():\n    m = Mock()\n    m.x = Mock()\n",
    "tests/test_fixture.py": "from unittest.mock import Mock\n\n\ndef test_a(bank):\n    bank.pay = Mock()\n",
    "tests/test_elsewhere.py": "from shop.doubles import Stand as Mocked\n\n\ndef test_a():\n    m = Mocked()\n",
    "tests/test_reason.py": "# Mock justification: no mock here\nx = 1\n",
    "tests/test_upper.py": "# MOCK JUSTIFICATION: NO MOCK HERE\nx = 1\n",
    "tests/test_hidden.py": MOCK.replace("Mock()\n", "Mock()  # ssot: ignore[unjustified-mock]\n"),
    "tests/test_stale.py": "x = 1  # ssot: ignore[unjustified-mock]\n",
    "tests/test_typo.py": "x = 1  # ssot: ignore[unjustified-mok]\n",
    "tests/test_latin.py": b"# coding: latin-1\nfrom unittest.mock import Mock\nx = '\xe9', Mock()\n",
    "tests/test_broken.py": MOCK + "def test_(:\n",
    "tests/test_empty.py": "",
    "tests/test_nul.py": b"x = '\0'\n",
    "tests/test_bytes.py": b"\xff\xfe",
}


def lay_out(root: Path, workspace: Mapping[str, str | bytes]) -> None:
    """Write files that look old enough to be remembered."""
    for name, content in workspace.items():
        write(root / name, content)


def write(path: Path, content: str | bytes, seconds: int = 1_000_000_000) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    os.utime(path, (seconds, seconds))


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SSOT_LSP_CACHE_DIR", str(tmp_path / "cache"))
    folder = tmp_path / "root"
    lay_out(folder, WORKSPACE)
    return folder


def run(root: Path, *paths: str, options: Options = PLAIN, files: Files | None = None) -> Report:
    return check(paths or ["."], options, str(root), files)


def found(report: Report) -> dict[str, list[str]]:
    """The rule and the 1-based line of each finding, per file that has some."""
    return {
        os.path.relpath(result.path, report.root).replace(os.sep, "/"): [
            f"{row.rule}:{row.start[0] + 1}" for row in result.rows
        ]
        for result in report.results
        if result.rows
    }


def comparable(report: Report) -> Report:
    """The report without what may differ from run to run."""
    results = [each._replace(dependencies=(), lookups=(), searches=()) for each in report.results]
    return replace(report, seconds=0, results=results)


def test_what_is_found(root: Path) -> None:
    report = run(root)
    assert found(report) == {
        "tests/conftest.py": ["unjustified-mock:7"],
        "tests/test_broken.py": ["unjustified-mock:5"],
        "tests/test_child.py": ["unjustified-mock:5"],
        "tests/test_elsewhere.py": ["unjustified-mock:5"],
        "tests/test_latin.py": ["unjustified-mock:3"],
        "tests/test_mock.py": ["unjustified-mock:5"],
        "tests/test_reason.py": ["unused-justification:1"],
        "tests/test_stale.py": ["unused-suppression:1"],
        "tests/test_typo.py": ["unknown-rule-in-suppression:1"],
        "tests/test_upper.py": ["unused-justification:1"],
    }
    assert report.failures == [
        (str(root / "tests" / "test_bytes.py"), "is not valid utf-8 at byte 0"),
        (str(root / "tests" / "test_nul.py"), "holds NUL bytes"),
    ]
    assert (report.files_checked, report.suppressed, report.files_excluded) == (14, 1, 0)
    assert (report.root, report.notes, report.errors) == (str(root), [], [])
    (child,) = [each.rows[0] for each in report.results if each.path.endswith("test_child.py")]
    assert (child.start, child.end, child.covers) == ((4, 8), (4, 12), ((5, 10),))
    assert (child.line, child.cut) == ("    m = Mock()", 0)


@pytest.mark.parametrize(
    "options",
    [
        pytest.param(replace(PLAIN, prefilter=False), id="nothing is skipped"),
        pytest.param(replace(PLAIN, jobs=3), id="several processes"),
        pytest.param(replace(PLAIN, use_cache=True), id="first with a cache, then from it"),
    ],
)
def test_the_report_is_the_same_however_it_is_made(
    root: Path, options: Options, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = run(root)
    monkeypatch.setattr(pool, "_POOL_FROM", 0)
    assert comparable(run(root, options=options)) == comparable(plain)
    assert comparable(run(root, options=options)) == comparable(plain)


def test_a_file_is_skipped_only_for_the_rules_that_are_on(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = record_parsed(monkeypatch)
    options = replace(PLAIN, select=("unknown-rule-in-suppression",))
    assert found(run(root, options=options)) == {"tests/test_typo.py": ["unknown-rule-in-suppression:1"]}
    assert (root / "tests" / "test_typo.py").read_text() in texts
    assert (root / "tests" / "test_mock.py").read_text() not in texts


def test_a_file_in_which_nothing_can_be_found_is_not_parsed(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = record_parsed(monkeypatch)
    run(root, options=PLAIN)
    assert (root / "tests" / "test_mock.py").read_text() in texts
    assert (root / "tests" / "test_clean.py").read_text() not in texts
    assert "" not in texts  # tests/test_empty.py


def record_parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that are parsed from now on."""
    import ssot_lsp.analysis  # noqa: F401 - which parses a text of its own
    from ssot_lsp.source import Source

    texts: list[str] = []
    real = Source.parse

    def parse(text: str, cancelled: Callable[[], bool] | None = None) -> Source:
        texts.append(text)
        return real(text, cancelled)

    monkeypatch.setattr(Source, "parse", parse)
    return texts


def test_a_file_is_digested_once_however_often_it_is_read(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(
        root / "tests" / "test_searching.py",
        "class TestIt:\n    def setUp(self): ...\n\n    def test_it(self): ...\n",
    )
    digested: list[bytes] = []
    read: list[str] = []
    real_bytes = Files.bytes_of

    def digest_of(data: bytes) -> bytes:
        digested.append(data)
        return stamps.digest_of(data)

    def bytes_of(self: Files, path: str) -> bytes:
        read.append(path)
        return real_bytes(self, path)

    monkeypatch.setattr(checker, "digest_of", digest_of)
    monkeypatch.setattr(Files, "bytes_of", bytes_of)
    run(root, "tests", options=CACHED)

    tests = [path for path in read if path.endswith(".py")]
    assert len(tests) > len(set(tests))
    assert len(digested) <= len(set(read))


def test_a_file_is_read_once_to_be_checked(root: Path) -> None:
    read = Recording()
    run(root, "tests/test_mock.py", files=read)
    assert read.contents.count(str(root / "tests" / "test_mock.py")) == 1


class Recording(Files):
    """The disk, and what was asked of it."""

    def __init__(self) -> None:
        self.contents: list[str] = []
        self.folders: list[str] = []

    def bytes_of(self, path: str) -> bytes:
        self.contents.append(path)
        return super().bytes_of(path)

    def entries(self, folder: str) -> list[os.DirEntry[str]]:
        self.folders.append(folder)
        return super().entries(folder)


def test_one_file_is_checked_without_a_look_at_the_others(root: Path) -> None:
    read = Recording()
    report = run(root, "tests/test_elsewhere.py", files=read)
    assert found(report) == {"tests/test_elsewhere.py": ["unjustified-mock:5"]}
    touched = {os.path.relpath(path, root).replace(os.sep, "/") for path in read.contents}
    # A conftest may give it a factory.
    assert touched == {"pyproject.toml", "shop/doubles.py", "tests/conftest.py", "tests/test_elsewhere.py"}


@pytest.mark.parametrize("prefilter", [True, False])
def test_words_of_the_configuration_are_looked_for(root: Path, prefilter: bool) -> None:
    write(root / "pyproject.toml", "[tool.ssot-lsp.replacements]\n'time.sleep' = 'shop.clock.wait'\n")
    write(root / "tests" / "test_sleep.py", "import time\ntime.sleep(1)\n")
    write(root / "tests" / "test_spelling.py", "from shop.pay import SSOTMockFactory\n")
    options = replace(PLAIN, prefilter=prefilter, select=("bypassed-ssot", "non-canonical-factory"))

    assert found(run(root, options=options)) == {
        "tests/test_sleep.py": ["bypassed-ssot:2"],
        "tests/test_spelling.py": ["non-canonical-factory:1"],
    }


@pytest.mark.parametrize("name", ["gone.abi3.so", ".gitignore"])
def test_a_module_that_comes_to_be_without_a_source_is_noticed(root: Path, name: str) -> None:
    write(root / "shop" / "__init__.py", "")
    text = (
        "from shop.gone import SSotMockFactory, Base\n\n\nclass TestIt(Base):\n    def test_it(self): ...\n"
    )
    write(root / "tests" / "test_gone.py", text)
    write(root / "pyproject.toml", "")

    assert found(run(root, options=CACHED))["tests/test_gone.py"] == [
        "non-canonical-factory:1",
        "unresolved-base-class:4",
    ]
    write(root / "shop" / name, "gone.py\n")
    assert "tests/test_gone.py" not in found(run(root, options=CACHED))


@pytest.mark.parametrize("prefilter", [True, False])
def test_a_double_that_comes_through_a_package_is_found_with_and_without_the_cache(
    root: Path, prefilter: bool
) -> None:
    write(root / "face" / "__init__.py", "from .inner import Stand\n")
    write(root / "face" / "inner.py", "class Stand: ...\n")
    write(root / "tests" / "test_face.py", "import face\n\n\ndef test_it():\n    face.Stand()\n")
    write(root / "tests" / "test_star.py", "from face import *\n\n\ndef test_it():\n    Stand()\n")
    write(root / "tests" / "test_inner.py", "import face\n\n\ndef test_it():\n    face.inner.Stand()\n")
    options = replace(CACHED, prefilter=prefilter)
    names = {"tests/test_face.py", "tests/test_star.py", "tests/test_inner.py"}
    assert names.isdisjoint(found(run(root, options=options)))
    write(root / "face" / "inner.py", "from unittest.mock import Mock as Stand\n", 1_000_000_001)

    report = found(run(root, options=options))

    assert report["tests/test_face.py"] == ["unjustified-mock:5"]
    assert report["tests/test_star.py"] == ["unjustified-mock:5"]
    assert report["tests/test_inner.py"] == ["unjustified-mock:5"]


def test_the_places_that_findings_lead_to_move_with_their_files(root: Path) -> None:
    settings = "base-classes = ['shop.bases.Base']\nfactory = 'shop.made.Factory'\n"
    write(root / "pyproject.toml", f"[tool.ssot-lsp]\n{settings}")
    base, factory = "class Base: ...\n", "class Factory:\n    def create_bank_mock(self): ...\n"
    write(root / "shop" / "bases.py", base)
    write(root / "shop" / "made.py", factory)
    text = "from shop.pay import Base, Factory\n\n\nclass MockBank: ...\n\n\nclass TestLed(Base): ...\n"
    write(root / "tests" / "test_led.py", text)

    def lines() -> list[int]:
        (led,) = (each for each in run(root, options=CACHED).results if each.path.endswith("test_led.py"))
        return [start[0] for row in led.rows for _, start, _, _ in row.related]

    assert lines() == [0, 0, 1]
    write(root / "shop" / "bases.py", f"# moved\n{base}", 1_000_000_001)
    assert lines() == [1, 0, 1]
    write(root / "shop" / "made.py", f"# moved\n{factory}", 1_000_000_001)
    assert lines() == [1, 1, 2]


def test_where_pytest_looks_for_modules_counts_with_the_cache(root: Path) -> None:
    write(root / "one" / "doubles.py", "from unittest.mock import Mock as Double\n")
    write(root / "two" / "doubles.py", "class Double: ...\n")
    write(root / "tests" / "test_it.py", "from doubles import Double\n\n\ndef test_it():\n    Double()\n")
    for folders, expected in (("two one", None), ("one two", ["unjustified-mock:5"]), ("two", None)):
        write(root / "pytest.ini", f"[pytest]\npythonpath = {folders}\n")
        assert found(run(root, options=CACHED)).get("tests/test_it.py") == expected


HEADERS = [
    pytest.param("class TestIt(\n    # why\n    TestCase,\n):\n", id="a comment between the brackets"),
    pytest.param("class TestIt(  # (why:\n    TestCase):\n", id="a bracket in it"),
    pytest.param("class TestIt[T: int](TestCase):\n", id="parameters of types"),
    pytest.param("class TestIt \\\n    (TestCase):\n", id="on two lines"),
]


@pytest.mark.parametrize("prefilter", [True, False])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("header", HEADERS)
def test_classes_are_found_however_they_are_written(
    header: str, end: str, prefilter: bool, tmp_path: Path
) -> None:
    text = f"from unittest import TestCase\n{header}    async def test_it(self): ...\n"
    write(tmp_path / "test_it.py", text.replace("\n", end))

    report = run(tmp_path, options=replace(PLAIN, prefilter=prefilter))
    assert [each.partition(":")[0] for each in found(report)["test_it.py"]] == ["async-test-never-awaited"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("header", HEADERS)
def test_heirs_are_found_however_they_are_written(header: str, end: str, tmp_path: Path) -> None:
    """Its set-up is called after all, by way of them."""
    base = "class TestBase:\n    def setUp(self): ...\n\n    def test_it(self): ...\n"
    write(tmp_path / "test_base.py", base)
    assert found(run(tmp_path))["test_base.py"] == ["setup-never-called:2"]

    header = header.replace("TestCase", "TestBase, TestCase")
    text = f"from unittest import TestCase\nfrom test_base import TestBase\n{header}    x = 1\n"
    write(tmp_path / "test_heir.py", text.replace("\n", end))
    assert "test_base.py" not in found(run(tmp_path))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    ("imported", "base"),
    [
        pytest.param("from bases import Other, Base\n", "Base", id="by name"),
        pytest.param("from bases import Base as Renamed\n", "Renamed", id="by another name"),
        pytest.param("from bases import(Base)\n", "Base", id="in brackets"),
        pytest.param("from bases import (\n    Other,  # why\n    Base,\n)\n", "Base", id="below a comment"),
        pytest.param("from bases import (  # (why)\n    Base,\n)\n", "Base", id="a bracket in it"),
        pytest.param("from bases \\\n    import Base\n", "Base", id="on two lines"),
        pytest.param("from bases import Other, \\\n    Base\n", "Base", id="names on two lines"),
        pytest.param(
            "# C:\\\nfrom bases import Base\n", "Base", id="below a comment that ends in a backslash"
        ),
        pytest.param("import os; from bases import Base; x = 1\n", "Base", id="between other statements"),
        pytest.param("import os, bases\n", "bases.Base", id="by the module"),
        pytest.param("import bases as renamed\n", "renamed.Base", id="by the module, renamed"),
    ],
)
def test_imports_of_bases_are_found_however_they_are_written(
    imported: str, base: str, end: str, tmp_path: Path
) -> None:
    write(tmp_path / "bases.py", "class Other: ...\n")
    text = f"import os\n{imported}\nclass TestIt({base}):\n    def test_it(self): ...\n"
    write(tmp_path / "test_it.py", text.replace("\n", end))
    line = text.count("\n") - 1  # 1-based
    assert found(run(tmp_path)) == {"test_it.py": [f"unresolved-base-class:{line}"]}


def test_a_factory_that_is_not_found_is_said_of_a_whole_folder(root: Path) -> None:
    write(root / "pyproject.toml", "[tool.ssot-lsp]\nfactory = ['Doubles']\n")

    assert found(run(root))["pyproject.toml"] == ["factory-not-found:2"]
    assert found(run(root, "tests/test_elsewhere.py")).keys() == {"tests/test_elsewhere.py"}
    assert "pyproject.toml" not in found(run(root, "tests"))


def test_a_factory_that_comes_or_goes_is_noticed(root: Path) -> None:
    write(root / "pyproject.toml", "[tool.ssot-lsp]\nfactory = ['Doubles']\n")

    def is_missing(*paths: str) -> bool:
        return "pyproject.toml" in found(run(root, *paths, options=CACHED))

    assert is_missing()
    assert is_missing()
    write(root / "shop" / "factory.py", "class Doubles: ...\n")
    assert not is_missing()
    assert not is_missing("tests/test_elsewhere.py")
    write(root / "shop" / "factory.py", "class Others: ...\n", seconds=1_000_000_001)
    assert not is_missing("tests/test_elsewhere.py")
    assert is_missing()


@pytest.mark.parametrize(
    "head",
    [
        pytest.param("from doubles import SSotMockFactory\n\n", id="an import that led nowhere"),
        pytest.param("", id="a name that nothing bound"),
    ],
)
def test_the_first_factory_is_noticed_by_all_who_use_it(root: Path, head: str) -> None:
    write(root / "pyproject.toml", "[tool.ssot-lsp]\n")
    write(root / "tests" / "test_new.py", f"{head}def test_it():\n    SSotMockFactory.create_x()\n")

    def rules() -> list[str]:
        places = found(run(root, options=CACHED)).get("tests/test_new.py", [])
        return [each.partition(":")[0] for each in places]

    assert rules() == []
    assert rules() == []
    write(root / "doubles.py", "class SSotMockFactory:\n    def create_y(self): ...\n")
    assert rules() == ["unknown-factory-method"]


@pytest.mark.parametrize(
    ("factory", "checked"),
    [
        pytest.param("Doubles", [], id="by a name that is searched for"),
        pytest.param("shop.away.Doubles", ["pyproject.toml", "test_new.py"], id="by where it would be"),
    ],
)
def test_that_there_is_no_factory_is_remembered(
    root: Path, monkeypatch: pytest.MonkeyPatch, factory: str, checked: list[str]
) -> None:
    write(root / "pyproject.toml", f"[tool.ssot-lsp]\nfactory = ['{factory}']\n")
    write(root / "tests" / "test_new.py", "def test_it():\n    Doubles.create_x()\n")
    before = found(run(root, options=CACHED))
    asked = count_parsed(monkeypatch)

    assert found(run(root, options=CACHED)) == before
    assert [each for each in asked() if each not in {"test_bytes.py", "test_nul.py"}] == checked


# --- what is remembered


def count_parsed(monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """What a run had to look at, since the last time that this was asked."""
    from ssot_lsp.scan.checker import Checker

    checked: list[str] = []
    real = Checker.check

    def counting(self: Checker, path: str) -> object:
        checked.append(os.path.basename(path))
        return real(self, path)

    def asked() -> list[str]:
        names = sorted(checked)
        checked.clear()
        return names

    monkeypatch.setattr(Checker, "check", counting)
    return asked


def test_only_what_changed_is_checked_again(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checked = count_parsed(monkeypatch)
    first = run(root, options=CACHED)
    assert len(checked()) == 17
    assert comparable(run(root, options=CACHED)) == comparable(first)
    assert checked() == ["test_bytes.py", "test_nul.py"]
    write(root / "tests" / "test_clean.py", MOCK, 1_000_000_001)
    assert found(run(root, options=CACHED))["tests/test_clean.py"] == ["unjustified-mock:5"]
    assert checked() == ["test_bytes.py", "test_clean.py", "test_nul.py"]


def test_a_fresh_checkout_is_what_it_was(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = run(root, options=CACHED)
    checked = count_parsed(monkeypatch)
    for time in (1_100_000_000, 1_200_000_000):  # seconds
        for each in root.rglob("*"):
            if each.is_file():
                os.utime(each, (time, time))
        for _ in range(2):
            assert comparable(run(root, options=CACHED)) == comparable(first)
            assert checked() == ["test_bytes.py", "test_nul.py"]
    text = (root / "shop/doubles.py").read_text("utf-8").replace("Mock", "Mick")
    write(root / "shop/doubles.py", text, 1_100_000_000)
    run(root, options=CACHED)
    assert checked() == ["test_bytes.py", "test_elsewhere.py", "test_nul.py"]


@pytest.mark.parametrize(
    ("name", "content", "changed", "expected"),
    [
        pytest.param(
            "shop/doubles.py", "Stand = object\n", "tests/test_elsewhere.py", None, id="what it imports"
        ),
        pytest.param(
            "shop/doubles/__init__.py", "Stand = 1\n", "tests/test_elsewhere.py", None, id="a module hides it"
        ),
        pytest.param(
            "tests/conftest.py", "", "tests/test_fixture.py", None, id="a fixture that is none any more"
        ),
        pytest.param(
            "tests/deep/conftest.py",
            str(WORKSPACE["tests/conftest.py"]),
            "tests/deep/test_own.py",
            None,
            id="a fixture that comes to be",
        ),
        pytest.param(
            "pyproject.toml",
            "[tool.ssot-lsp]\nignore = ['unjustified-mock']\n",
            "tests/test_mock.py",
            None,
            id="the configuration",
        ),
    ],
)
def test_what_a_result_depends_on_is_noticed(
    root: Path, name: str, content: str, changed: str, expected: None
) -> None:
    own = "from unittest.mock import Mock\n\n\ndef test_a(bank2):\n    bank2.pay = Mock()\n"
    write(root / "tests" / "deep" / "test_own.py", own)
    if "deep" in name:
        content = content.replace("bank", "bank2")
    before = found(run(root, options=CACHED))
    write(root / name, content, 1_000_000_001)
    after = run(root, options=CACHED)
    assert comparable(after) == comparable(run(root)), "with the cache as without"
    if name != "tests/conftest.py":
        assert before[changed] == ["unjustified-mock:5"]
        assert found(after).get(changed) is expected
    else:
        assert changed not in before
        assert found(after)[changed] == ["unjustified-mock:5"]


_BASE = "import unittest\n\n\nclass SSotBaseTestCase(unittest.TestCase):\n    pass\n"
_OWN_BASE = "import unittest\n\n\nclass TestA(unittest.TestCase):\n    def test_a(self):\n        pass\n"
_SET_UP = "class TestOwn:\n    def setUp(self):\n        self.x = 1\n\n    def test_a(self):\n        pass\n"
_HEIR = "import unittest\n\nfrom tests.test_own import TestOwn\n\n\nclass Real(TestOwn, unittest.TestCase):\n    pass\n"
_FACTORY = "class Doubles:\n    def make_bank(self):\n        return object()\n"
_CALL = "from shop.away import Doubles\n\n\ndef test_a():\n    Doubles().make_bonk()\n"


@pytest.mark.parametrize(
    ("own", "name", "content", "rule"),
    [
        pytest.param(_OWN_BASE, "shop/bases.py", _BASE, "non-ssot-base-class", id="a base class"),
        pytest.param(_SET_UP, "shop/heir.py", _HEIR, "setup-never-called", id="a descendant"),
        pytest.param(_CALL, "shop/away.py", _FACTORY, "unknown-factory-method", id="a factory"),
    ],
)
@pytest.mark.parametrize("is_there", [True, False], ids=["in a file without it", "in a new file"])
def test_what_is_found_by_a_search_comes_and_goes(
    root: Path, own: str, name: str, content: str, rule: str, *, is_there: bool
) -> None:
    write(root / "pyproject.toml", "[tool.ssot-lsp]\nfactory = ['Doubles']\n")
    write(root / "tests" / "test_own.py", own)
    if is_there:
        write(root / name, "x = 1\n", 999_999_999)

    def speaks() -> bool:
        report = run(root, options=CACHED)
        assert comparable(report) == comparable(run(root)), "with the cache as without"
        return any(each.startswith(rule) for each in found(report).get("tests/test_own.py", ()))

    before = speaks()
    write(root / name, content)
    after = speaks()
    assert after is not before
    assert speaks() is after
    write(root / name, "x = 1\n", 1_000_000_001)
    assert speaks() is before
    write(root / name, content, 1_000_000_002)
    assert speaks() is after
    (root / name).unlink()
    assert speaks() is before


def test_a_base_with_its_module_is_found_where_it_comes_to_be(root: Path) -> None:
    write(root / "pyproject.toml", "[tool.ssot-lsp]\nbase-classes = ['shop.bases.SSotBaseTestCase']\n")
    write(root / "tests" / "test_own.py", _OWN_BASE)
    assert "tests/test_own.py" not in found(run(root, options=CACHED))
    write(root / "shop" / "bases.py", _BASE)
    assert found(run(root, options=CACHED))["tests/test_own.py"] == ["non-ssot-base-class:4"]
    (root / "shop" / "bases.py").unlink()
    assert "tests/test_own.py" not in found(run(root, options=CACHED))


def test_a_part_is_checked_after_what_a_search_finds_has_changed(root: Path) -> None:
    write(root / "tests" / "test_own.py", _OWN_BASE)
    write(root / "tests" / "test_other.py", _OWN_BASE)
    assert "tests/test_own.py" not in found(run(root, options=CACHED))
    write(root / "shop" / "bases.py", _BASE)
    assert "tests/test_other.py" in found(run(root, "tests/test_other.py", options=CACHED))
    assert comparable(run(root, options=CACHED)) == comparable(run(root))


def test_a_file_that_says_nothing_new_to_a_search_costs_no_other_its_result(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked = count_parsed(monkeypatch)
    write(root / "tests" / "test_own.py", _OWN_BASE)
    write(root / "shop" / "bases.py", _BASE)
    run(root, options=CACHED)
    write(root / "shop" / "more.py", "class SSotBaseTestCases: ...\n")
    checked()
    run(root, options=CACHED)
    assert checked() == ["test_bytes.py", "test_nul.py"]


def test_an_interrupted_run_is_taken_up_where_it_was(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(done: int, _: int) -> None:
        if done == 8:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check(["."], CACHED, str(root), progress=interrupt)
    checked = count_parsed(monkeypatch)
    assert comparable(run(root, options=CACHED)) == comparable(run(root))
    assert len(checked()) == 17 + 17 - 7, "all but one of the eight could be read"


def test_runs_over_parts_and_with_other_options_do_not_disturb_each_other(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = run(root, options=CACHED)
    checked = count_parsed(monkeypatch)
    part = run(root, "tests/test_mock.py", options=CACHED)
    assert found(part) == {"tests/test_mock.py": ["unjustified-mock:5"]}
    hints = run(root, options=replace(CACHED, select=("unused-justification",)))
    assert set(found(hints)) == {"tests/test_reason.py", "tests/test_upper.py"}
    checked()
    assert comparable(run(root, options=CACHED)) == comparable(whole)
    assert checked() == ["test_bytes.py", "test_nul.py"]


def test_a_deleted_file_is_gone(root: Path) -> None:
    run(root, options=CACHED)
    (root / "tests" / "test_mock.py").unlink()
    assert "tests/test_mock.py" not in found(run(root, options=CACHED))


# --- which files

NO_TESTS = (
    "shop: none of the 2 Python files in this folder is a test file (the setting `test-files` says which are)"
)
NO_TEST = "shop/pay.py is not checked: it is no test file"


@pytest.mark.parametrize(
    ("paths", "notes", "errors"),
    [
        pytest.param(["shop/pay.py"], [NO_TEST], [], id="no test"),
        pytest.param(["notes.txt"], ["notes.txt is not checked: it is no Python file"], [], id="no Python"),
        pytest.param(
            ["build/test_a.py"],
            ["build/test_a.py is excluded: `build` is a folder that is never looked at (`build/`)"],
            [],
            id="an excluded file",
        ),
        pytest.param(["nowhere"], [], ["nowhere: there is no such file or folder"], id="no such path"),
        pytest.param(
            ["empty"], [], ["empty: no Python file was found in this folder"], id="no Python in a folder"
        ),
        pytest.param(
            ["build"],
            [],
            ["build: the folder is excluded: `build` is a folder that is never looked at (`build/`)"],
            id="an excluded folder",
        ),
        pytest.param(
            ["shop"],
            [NO_TESTS],
            [],
            id="no test in a folder",
        ),
        pytest.param(
            ["tests/test_nul.py", "shop/pay.py"],
            [NO_TEST],
            ["nothing could be checked"],
            id="nothing readable",
        ),
    ],
)
def test_what_is_asked_for_and_not_done_is_said(
    root: Path, paths: list[str], notes: list[str], errors: list[str]
) -> None:
    lay_out(root, {"build/test_a.py": MOCK, "notes.txt": "", "empty/notes.txt": ""})
    report = run(root, *paths)
    assert (report.notes, report.errors, found(report)) == (notes, errors, {})
    report = run(root, *paths, "tests/test_mock.py")
    assert found(report) == {"tests/test_mock.py": ["unjustified-mock:5"]}, "the rest goes on"


def test_a_path_that_is_given_twice_counts_once(root: Path) -> None:
    write(root / ".gitignore", "test_child.py")
    report = run(
        root, "tests", ".", "tests/test_mock.py", str(root / "tests" / "test_mock.py"), "tests/test_child.py"
    )
    assert comparable(report).results == comparable(run(root)).results
    assert report.files_excluded == 1
    assert len(report.failures) == 2


def test_each_configuration_holds_for_its_own_folder(root: Path) -> None:
    nested = {
        "sub/pyproject.toml": "[tool.ssot-lsp]\nselect = ['unused-justification']\n",
        "sub/test_a.py": MOCK,
        "sub/test_b.py": "# Mock justification: none\n",
    }
    lay_out(root, nested)
    report = run(root)
    assert [name for name in found(report) if name.startswith("sub")] == ["sub/test_b.py"]
    assert run(root, "sub").root == str(root / "sub")
    assert run(root / "sub").root == str(root / "sub")
    assert run(root / "tests").root == str(root)


def test_without_a_configuration_the_current_folder_is_the_root(root: Path) -> None:
    (root / "pyproject.toml").unlink()
    assert run(root, "tests").root == str(root)
    assert run(root / "shop", str(root / "tests")).root == str(root / "shop")


BROKEN = "[tool.ssot-lsp\nfactory = 'X'\n"
WRONG_TYPE = "[tool.ssot-lsp]\nlevels = 3\n"


@pytest.mark.parametrize(("content", "place"), [(BROKEN, ":1:"), (WRONG_TYPE, ":2:10: ")])
def test_a_wrong_configuration_is_named_with_its_place_and_the_rest_goes_on(
    root: Path, content: str, place: str
) -> None:
    write(root / "pyproject.toml", content)
    for paths in (["."], ["tests/test_mock.py"]):
        report = run(root, *paths)
        (error,) = report.errors
        assert error.startswith(str(root / "pyproject.toml") + place)
        assert found(report)["tests/test_mock.py"] == ["unjustified-mock:5"]
        assert found(report)["pyproject.toml"] == [f"invalid-configuration:{place[1]}"]


def test_a_configuration_that_cannot_be_read_is_wrong_too(root: Path) -> None:
    write(root / "pyproject.toml", b"\xff")
    report = run(root)
    assert report.errors == [
        f"{root / 'pyproject.toml'}: the file cannot be read: is not valid utf-8 at byte 0"
    ]
    assert found(report)["tests/test_mock.py"] == ["unjustified-mock:5"]


def test_an_unknown_key_is_a_warning_and_no_wrong_usage(root: Path) -> None:
    write(root / "pyproject.toml", "[tool.ssot-lsp]\nfactorie = 'X'\n")
    report = run(root, "tests/test_clean.py")
    assert (report.errors, report.is_clean) == ([], False)
    assert found(report) == {"pyproject.toml": ["invalid-configuration:2"]}


def test_a_broken_file_that_is_not_ours_is_a_note_unless_we_were_sent_there(root: Path) -> None:
    write(root / "tests" / "data" / "pyproject.toml", "= what\n")
    write(root / "tests" / "data" / "test_a.py", CLEAN)
    report = run(root)
    assert report.errors == []
    assert [note.partition(":")[0] for note in report.notes] == [
        str(root / "tests" / "data" / "pyproject.toml")
    ]
    assert len(run(root, "tests/data/test_a.py").errors) == 1


@pytest.mark.parametrize(
    ("select", "ignore", "rules"),
    [
        pytest.param(
            ("unjustified-mock",), (), {"unjustified-mock"}, id="one, although the configuration ignores it"
        ),
        pytest.param(None, ("unused-justification",), {"unknown-rule-in-suppression"}, id="ignored besides"),
        pytest.param(
            ("ALL",), ("unjustified-mock",), {"unused-justification", "unknown-rule-in-suppression"}, id="ALL"
        ),
        pytest.param((), (), set(), id="none"),
    ],
)
def test_rules_are_chosen_for_a_run(
    root: Path, select: tuple[str, ...] | None, ignore: tuple[str, ...], rules: set[str]
) -> None:
    write(root / "pyproject.toml", "[tool.ssot-lsp]\nignore = ['unjustified-mock', 'unused-suppression']\n")
    report = run(root, options=replace(PLAIN, select=select, ignore=ignore))
    spoken = {row.rule for result in report.results for row in result.rows} - {"unused-suppression"}
    assert spoken == rules


# --- a text without a file


def test_a_text_is_checked_as_the_file_that_it_stands_for(root: Path) -> None:
    report = check_text(MOCK.encode(), "tests/test_new.py", PLAIN, str(root))
    assert found(report) == {"tests/test_new.py": ["unjustified-mock:5"]}
    assert check_text(MOCK.encode(), "shop/new.py", PLAIN, str(root)).notes == [
        "shop/new.py is not checked: it is no test file"
    ]
    failed = check_text(b"\0", "tests/test_new.py", PLAIN, str(root))
    assert failed.failures == [(str(root / "tests" / "test_new.py"), "holds NUL bytes")]
    assert failed.errors == ["nothing could be checked"]


# --- when something goes wrong inside


class Fragile(Files):
    """A disk on which one file brings down whoever reads it, and one is gone by then."""

    def read(self, path: str) -> SourceText:
        if path.endswith("test_mock.py"):
            message = "too deep"
            raise RecursionError(message)
        if path.endswith("test_child.py"):
            os.remove(path)
        return super().read(path)


def test_one_file_does_not_cost_the_others_theirs(root: Path) -> None:
    report = run(root, files=Fragile())
    failures = {os.path.basename(path): reason for path, reason in report.failures}
    assert report.errors == ["1 file could not be checked because of an internal error"]
    assert failures["test_mock.py"] == "internal error, please report it: RecursionError: too deep"
    assert failures["test_child.py"] == "No such file or directory"
    assert found(report)["tests/test_broken.py"] == ["unjustified-mock:5"]


def test_a_process_that_dies_is_named_and_does_not_hang(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "modules" / "dying_process.py", "import os\n\n\ndef die(paths):\n    os._exit(3)\n")
    monkeypatch.syspath_prepend(str(tmp_path / "modules"))
    import dying_process  # type: ignore[import-not-found]

    monkeypatch.setattr(pool, "_check_chunk", dying_process.die)
    monkeypatch.setattr(pool, "_POOL_FROM", 0)
    report = run(root, options=replace(PLAIN, jobs=2))
    assert {reason for _, reason in report.failures} == {"the process that checked it ended unexpectedly"}
    assert report.errors == [
        "17 files could not be checked because of an internal error",
        "nothing could be checked",
    ]


INTERRUPTED = """
import blocking
from ssot_lsp.scan import Options, check, pool

def interrupt(done, total):
    raise KeyboardInterrupt

if __name__ == "__main__":
    pool._POOL_FROM = 0
    pool._check_chunk = blocking.check_chunk
    try:
        check(["test_a.py", "test_b.py"], Options(use_cache=False, jobs=2), "root", progress=interrupt)
    except KeyboardInterrupt:
        print("interrupted")
"""
BLOCKING = """
import threading

def check_chunk(paths):
    if paths[0].endswith("test_b.py"):
        threading.Event().wait()
    return [], {}, {}, {}
"""


def test_an_interrupt_ends_processes_that_are_at_work(tmp_path: Path) -> None:
    lay_out(tmp_path, {"root/test_a.py": MOCK, "root/test_b.py": MOCK, "blocking.py": BLOCKING})
    write(tmp_path / "script.py", INTERRUPTED.replace('"root"', repr(str(tmp_path / "root"))))
    done = subprocess.run(
        [sys.executable, str(tmp_path / "script.py")],
        check=False,
        capture_output=True,
        encoding="utf-8",
        timeout=60,  # it would wait for ever
    )
    assert (done.stdout, done.stderr, done.returncode) == ("interrupted\n", "", 0)


def test_progress_is_told_to_its_end(root: Path) -> None:
    told: list[tuple[int, int]] = []
    check(["."], PLAIN, str(root), progress=lambda done, total: told.append((done, total)))
    assert told == [(number, 17) for number in range(1, 18)]


def test_chunks_hold_every_file_once_and_are_alike_in_size() -> None:
    from ssot_lsp.files import Found, Stamp

    sizes = [1, 500, 20, 0, 30, 5_000, 40, 10, 10, 10, 700, 3]
    files = [Found(f"/{number:02}", Stamp(0, size)) for number, size in enumerate(sizes)]
    chunks = list(pool.chunks_of(files, 4))
    assert sorted(path for chunk in chunks for path in chunk) == [each.path for each in files]
    assert chunks[0] == ("/05",), "the largest starts first"
    assert list(pool.chunks_of([], 4)) == []


# --- what is loaded

ENGINE_FREE = {"pygls", "lsprotocol", "rich", "libcst", "jedi", "parso", "asyncio", "attr", "cattrs"}


def loaded(code: str, root: Path) -> set[str]:
    """The top-level modules that are loaded after `code` ran in the folder `root`."""
    code = f"{code}\nimport sys\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, check=True, capture_output=True, encoding="utf-8", timeout=60
    )
    return set(done.stdout.splitlines()[-1].split())


def test_a_process_that_checks_loads_nothing_for_editors_or_fixes(root: Path) -> None:
    code = (
        "from ssot_lsp.scan.pool import _start_process, _check_chunk\n"
        "from ssot_lsp.scan import Options\n"
        f"_start_process(({str(root)!r},), Options())\n"
        f"(results, *_) = _check_chunk([{str(root / 'tests' / 'test_mock.py')!r}])\n"
        "assert len(results[0].rows) == 1\n"
    )
    modules = loaded(code, root)
    assert "tree_sitter" in modules
    assert not modules & {*ENGINE_FREE, "argparse"}


def test_a_run_that_knows_all_loads_no_engine(root: Path) -> None:
    for name in ("test_nul.py", "test_bytes.py"):
        (root / "tests" / name).unlink()
    code = "from ssot_lsp.cli import main\nassert main(['check', '--format', 'json']) == 1"
    assert "tree_sitter" in loaded(code, root)
    assert not loaded(code, root) & {*ENGINE_FREE, "tree_sitter", "multiprocessing", "concurrent"}


# What changes where others look for names.

BASE = "import unittest\n\n\nclass Base(unittest.TestCase):\n    def helper(self):\n        return 1\n\n\nclass Child(Base): ...\n\n\nclass Other: ...\n"
LINEAGE = {
    "pyproject.toml": "",
    "base.py": BASE,
    "test_child.py": "from base import Base\n\n\nclass TestChild(Base):\n    async def test_it(self): ...\n",
    "test_grandchild.py": "from test_child import TestChild\n\n\nclass TestGrandchild(TestChild): ...\n",
    "test_by_child.py": "import base\n\n\nclass TestByChild(base.Child):\n    async def test_it(self): ...\n",
    "test_other.py": "from base import Other\n\n\nclass TestOther(Other):\n    async def test_it(self): ...\n",
    "test_alone.py": MOCK,
}


@pytest.mark.parametrize(
    ("old", "new", "rechecked"),
    [
        pytest.param("return 1", "return 1 + 1", set(), id="a body"),
        pytest.param("import unittest", "import unittest\nx = 1", set(), id="a name that nobody has"),
        pytest.param(
            "Base(",
            "Root(",
            {"test_child.py", "test_grandchild.py", "test_by_child.py"},
            id="a base is renamed",
        ),
        pytest.param(
            "unittest.TestCase",
            "unittest.IsolatedAsyncioTestCase",
            {"test_child.py", "test_grandchild.py", "test_by_child.py"},
            id="a base has another base",
        ),
        pytest.param("class Other", "class Another", {"test_other.py"}, id="another class is renamed"),
    ],
)
def test_a_change_of_a_base_rechecks_its_descendants_alone(
    old: str, new: str, rechecked: set[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSOT_LSP_CACHE_DIR", str(tmp_path / "cache"))
    root = tmp_path / "root"
    lay_out(root, LINEAGE)
    run(root, options=CACHED)
    asked = count_parsed(monkeypatch)
    write(root / "base.py", BASE.replace(old, new), seconds=1_000_000_001)
    report = run(root, options=CACHED)

    assert set(asked()) == rechecked
    assert found(report) == found(run(root, options=PLAIN))
