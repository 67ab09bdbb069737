"""What the rules about base classes say, held against what pytest and unittest do.

Each sample is run as it is and as its first fix leaves it, by pytest with both modes of pytest-asyncio and by unittest.
`dead` names tests that hold `assert False` somewhere on their way and pass all the same; the fix has to make them fail.
"""

from __future__ import annotations

import re
import subprocess
import sys
import venv
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from ssot_lsp.analysis import Workspace
from ssot_lsp.text import apply_edits
from tests.benchmarks.corpora import cache_folder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ssot_lsp.analysis import Analysis

Outcomes = dict[str, str]
"""passed, failed or error, by `Class.test`; a file that cannot be imported is an error by its own name."""


@dataclass(frozen=True)
class Sample:
    """A file of tests that has findings of `rule`; `bases` is the text of the module `bases_<name>`."""

    name: str
    rule: str
    text: str
    before: Mapping[str, str]
    after: Mapping[str, str] | None = None  # None: there is no fix
    bases: str = ""
    by_unittest: bool = True


SAMPLES = (
    Sample(
        "async_test",
        "async-test-never-awaited",
        "from unittest import TestCase\n\n\nclass TestIt(TestCase):\n    async def test_dead(self):\n        assert False\n",
        {"TestIt.test_dead": "passed"},
        {"TestIt.test_dead": "failed"},
    ),
    Sample(
        "async_test_decorated",
        "async-test-never-awaited",
        "import unittest\nfrom unittest import mock\n\nimport pytest\n\n\nclass TestIt(unittest.TestCase):\n"
        "    @pytest.mark.asyncio\n    @mock.patch('os.getcwd', str)\n    async def test_dead(self):\n        assert False\n",
        {"TestIt.test_dead": "passed"},
        {"TestIt.test_dead": "failed"},
    ),
    Sample(
        "async_test_below_a_base",
        "async-test-never-awaited",
        "from bases_async_test_below_a_base import Base\n\n\nclass TestIt(Base):\n    async def test_dead(self):\n"
        "        assert self.events != []\n",
        {"TestIt.test_dead": "passed"},
        {"TestIt.test_dead": "failed"},
        "import unittest\n\n\nclass Base(unittest.TestCase):\n    def setUp(self):\n        self.events = []\n",
    ),
    Sample(
        "async_set_up",
        "async-test-never-awaited",
        "from unittest import TestCase\n\n\nclass TestIt(TestCase):\n    async def setUp(self):\n        assert False\n\n"
        "    def test_dead(self): ...\n",
        {"TestIt.test_dead": "passed"},
        {"TestIt.test_dead": "failed"},
    ),
    Sample(
        "async_set_up_of_a_class_that_awaits_tests",
        "async-test-never-awaited",
        "from unittest import IsolatedAsyncioTestCase\n\n\nclass TestIt(IsolatedAsyncioTestCase):\n"
        "    async def setUp(self):\n        assert False\n\n    async def test_dead(self): ...\n",
        {"TestIt.test_dead": "passed"},
        {"TestIt.test_dead": "failed"},
    ),
    Sample(
        "async_set_up_of_pytest",
        "async-test-never-awaited",
        "class TestIt:\n    async def setup_method(self):\n        assert False\n\n    def test_dead(self): ...\n",
        {"TestIt.test_dead": "passed"},
        by_unittest=False,
    ),
    Sample(
        "set_up",
        "setup-never-called",
        "class TestIt:\n    def setUp(self):\n        assert False\n\n    def test_dead(self): ...\n",
        {"TestIt.test_dead": "passed"},
        {"TestIt.test_dead": "error"},
        by_unittest=False,
    ),
    Sample(
        "set_up_of_the_class",
        "setup-never-called",
        "class TestIt:\n    @classmethod\n    def setUpClass(cls):\n        assert False\n\n    def test_dead(self): ...\n",
        {"TestIt.test_dead": "passed"},
        {"TestIt.test_dead": "error"},
        by_unittest=False,
    ),
    Sample(
        "set_up_with_super",
        "setup-never-called",
        "class TestIt:\n    def setUp(self):\n        super().setUp()\n        self.x = 1\n\n    def test_it(self):\n"
        "        assert self.x == 1\n",
        {"TestIt.test_it": "failed"},
        {"TestIt.test_it": "passed"},
        by_unittest=False,
    ),
    Sample(
        "async_set_up_of_a_plain_test_case",
        "setup-never-called",
        "import unittest\n\n\nclass TestIt(unittest.TestCase):\n    async def asyncSetUp(self):\n        assert False\n\n"
        "    def test_dead(self): ...\n",
        {"TestIt.test_dead": "passed"},
        {"TestIt.test_dead": "failed"},
    ),
    Sample(
        "impossible",
        "mixed-base-classes",
        "from unittest import TestCase\n\nfrom bases_impossible import SSotBaseTestCase\n\n\n"
        "class TestIt(TestCase, SSotBaseTestCase):\n    def test_it(self): ...\n",
        {"test_impossible": "error"},
        {"TestIt.test_it": "passed"},
        "import unittest\n\n\nclass SSotBaseTestCase(unittest.TestCase): ...\n",
    ),
    Sample(
        "another_runner",
        "mixed-base-classes",
        "from unittest import TestCase\n\nfrom bases_another_runner import SSotBaseTestCase\n\n\n"
        "class TestIt(SSotBaseTestCase, TestCase):\n    def test_it(self, tmp_path): ...\n",
        {"TestIt.test_it": "failed"},
        {"TestIt.test_it": "passed"},
        "class SSotBaseTestCase:\n    def setup_method(self, method):\n        self.x = 1\n",
        by_unittest=False,
    ),
    Sample(
        "redundant",
        "mixed-base-classes",
        "from unittest import TestCase\n\nfrom bases_redundant import SSotBaseTestCase\n\n\n"
        "class TestIt(SSotBaseTestCase, TestCase):\n    def test_it(self):\n        self.assertEqual(self.x, 1)\n",
        {"TestIt.test_it": "passed"},
        {"TestIt.test_it": "passed"},
        "import unittest\n\n\nclass SSotBaseTestCase(unittest.TestCase):\n    x = 1\n",
    ),
    Sample(
        "no_super",
        "missing-super-setup",
        "from bases_no_super import SSotBaseTestCase\n\n\nclass TestIt(SSotBaseTestCase):\n    def setUp(self):\n"
        "        self.y = 2\n\n    def test_it(self):\n        assert self.x + self.y == 3\n",
        {"TestIt.test_it": "failed"},
        {"TestIt.test_it": "passed"},
        "import unittest\n\n\nclass SSotBaseTestCase(unittest.TestCase):\n    def setUp(self):\n        self.x = 1\n",
    ),
    Sample(
        "misspelt",
        "unresolved-base-class",
        "from bases_misspelt import PaymentCase\n\n\nclass TestIt(PaymentCase):\n    def test_it(self): ...\n",
        {"test_misspelt": "error"},
        {"TestIt.test_it": "passed"},
        "import unittest\n\n\nclass PaymentsCase(unittest.TestCase): ...\n",
    ),
    Sample(
        "to_pytest",
        "non-ssot-base-class",
        "from unittest import TestCase\n\n\nclass TestIt(TestCase):\n    def setUp(self):\n        super().setUp()\n"
        "        self.y = 2\n\n    def test_it(self):\n        assert self.y == 2\n",
        {"TestIt.test_it": "passed"},
        {"TestIt.test_it": "passed"},
        "class SSotBaseTestCase:\n    def setup_method(self, method=None):\n        self.x = 1\n",
        by_unittest=False,
    ),
    Sample(
        "to_async",
        "async-test-in-sync-base",
        "from bases_to_async import SSotBaseTestCase\n\n\nclass TestIt(SSotBaseTestCase):\n    async def test_it(self):\n"
        "        assert True\n",
        {"TestIt.test_it": "passed"},
        {"TestIt.test_it": "passed"},
        "import asyncio\nimport unittest\n\n\nclass SSotBaseTestCase(unittest.TestCase):\n"
        "    def _callTestMethod(self, method):\n        result = method()\n        if result is not None:\n"
        "            asyncio.run(result)\n\n\nclass SSotAsyncTestCase(unittest.IsolatedAsyncioTestCase): ...\n",
    ),
)

AWAITING = """
import unittest
{imports}

class TestIt({base}):
    {decorator}
    async def test_it(self):
        assert False
"""


@dataclass(frozen=True)
class Runs:
    """The folders with the samples as they are and as they are mended, and what every runner says of each."""

    found: Mapping[str, Mapping[str, Outcomes]]
    mended: Mapping[str, Mapping[str, Outcomes]]
    has_fix: Mapping[str, bool]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    found, mended = (tmp_path_factory.mktemp(name) for name in ("found", "mended"))
    has_fix: dict[str, bool] = {}
    for sample in SAMPLES:
        alone = tmp_path_factory.mktemp(sample.name)
        for folder in (alone, found, mended):
            (folder / f"bases_{sample.name}.py").write_text(sample.bases)
        test = f"test_{sample.name}.py"
        (alone / test).write_text(sample.text)
        (found / test).write_text(sample.text)
        analysis = Workspace(folders=[str(alone)]).snapshot()
        path = str(alone / test)
        finding = next(each for each in analysis.findings(path) if each.rule == sample.rule)
        fixes = [
            each for each in analysis.fixes(finding) if each.maker not in {"suppress", "add-to-baseline"}
        ]
        has_fix[sample.name] = bool(fixes)
        text = apply_edits(sample.text, analysis.edit(fixes[0]).edits) if fixes else sample.text
        (mended / test).write_text(text)
    return Runs(_all_runs(found), _all_runs(mended), has_fix)


def _all_runs(folder: Path) -> dict[str, dict[str, Outcomes]]:
    return {
        "auto": by_pytest(folder, "auto"),
        "strict": by_pytest(folder, "strict"),
        "unittest": by_unittest(folder),
    }


def by_pytest(folder: Path, mode: str, *more: str, python: str = sys.executable) -> dict[str, Outcomes]:
    report = folder / f"{mode}.xml"
    (folder / "pytest.ini").write_text("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
    command = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--asyncio-mode={mode}"]
    command += [f"--junitxml={report}", "--continue-on-collection-errors", *more]
    subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=300)
    outcomes: dict[str, Outcomes] = {}
    for case in ET.parse(report).getroot().iter("testcase"):  # noqa: S314 - pytest has just written it
        kinds = {each.tag for each in case}
        outcome = "failed" if "failure" in kinds else "error" if "error" in kinds else "passed"
        module, _, cls = case.attrib["classname"].partition(".")
        name = case.attrib["name"]
        if not module:
            module = name  # the file itself
        outcomes.setdefault(module, {})[f"{cls}.{name}" if cls else name] = outcome
    return outcomes


def by_unittest(folder: Path) -> dict[str, Outcomes]:
    command = [sys.executable, "-m", "unittest", "discover", "-v"]
    told = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, timeout=300
    ).stderr
    outcomes: dict[str, Outcomes] = {}
    for test, place, said in re.findall(
        r"^(\w+) \(([\w.]+)\)[^\n]*? \.\.\. (?:[^\n]*\n)*?(ok|FAIL|ERROR)$", told, re.MULTILINE
    ):
        module, cls, *_ = place.split(".")
        if module == "unittest":  # what stands in for a file that cannot be imported
            outcomes[test] = {test: "error"}
        else:
            outcomes.setdefault(module, {})[f"{cls}.{test}"] = "passed" if said == "ok" else "failed"
    return outcomes


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_a_finding_is_true(sample: Sample, runs: Runs) -> None:
    for runner in _runners(sample):
        assert runs.found[runner][f"test_{sample.name}"] == sample.before, runner


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_what_is_mended_runs(sample: Sample, runs: Runs) -> None:
    assert runs.has_fix[sample.name] is (sample.after is not None)
    for runner in _runners(sample):
        assert runs.mended[runner][f"test_{sample.name}"] == (sample.after or sample.before), runner


def _runners(sample: Sample) -> tuple[str, ...]:
    return ("auto", "strict", "unittest") if sample.by_unittest else ("auto", "strict")


@pytest.mark.skipif(
    sys.version_info < (3, 11), reason="unittest warns of tests that return something since 3.11"
)
def test_an_async_test_that_is_never_awaited_fails_where_warnings_are_errors(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(SAMPLES[0].text)

    assert by_pytest(tmp_path, "strict")["test_it"] == {"TestIt.test_dead": "passed"}
    assert by_pytest(tmp_path, "strict", "-W", "error")["test_it"] == {"TestIt.test_dead": "failed"}


def test_dead_tests_run_below_a_base_whose_tests_pytest_awaits(tmp_path: Path) -> None:
    text = "from bases import SSotBaseTestCase\n\n\nclass TestIt(SSotBaseTestCase):\n    async def test_dead(self):\n        assert False\n"
    (tmp_path / "pytest.ini").write_text("[pytest]\nasyncio_mode = auto\n")
    (tmp_path / "bases.py").write_text(
        "import unittest\n\n\nclass SSotBaseTestCase(unittest.TestCase): ...\n\n\nclass SSotAsyncTestCase: ...\n"
    )
    path = tmp_path / "test_it.py"
    path.write_text(text)
    analysis = Workspace(folders=[str(tmp_path)]).snapshot()
    (finding,) = analysis.findings(str(path))
    before = by_pytest(tmp_path, "auto")
    path.write_text(apply_edits(text, analysis.edit(analysis.fixes(finding)[0]).edits))

    assert before["test_it"] == {"TestIt.test_dead": "passed"}
    assert by_pytest(tmp_path, "auto")["test_it"] == {"TestIt.test_dead": "failed"}
    assert "SSotAsyncTestCase" in path.read_text()


def test_isolated_asyncio_test_case_awaits_and_is_silent(tmp_path: Path) -> None:
    text = AWAITING.format(imports="", base="unittest.IsolatedAsyncioTestCase", decorator="")
    (tmp_path / "test_it.py").write_text(text)

    assert _said(Workspace(folders=[str(tmp_path)]).snapshot(), tmp_path / "test_it.py") == []
    assert by_pytest(tmp_path, "strict")["test_it"] == {"TestIt.test_it": "failed"}


# The frameworks that await: their packages are fetched once into an environment of their own.

_FRAMEWORKS = ("django", "twisted", "tornado", "pytest", "pytest-asyncio")


@pytest.fixture
def frameworks(monkeypatch: pytest.MonkeyPatch) -> Path:
    """The environment with the frameworks, which is the active one."""
    folder = cache_folder() / "environments" / "frameworks"
    if not folder.is_dir():
        fresh = folder.with_name("frameworks.new")
        venv.create(fresh, clear=True, with_pip=True, symlinks=sys.platform != "win32")
        install = [_python(fresh), "-m", "pip", "install", "-qq", *_FRAMEWORKS]
        subprocess.run(install, check=True, timeout=900)
        fresh.rename(folder)
    monkeypatch.setenv("VIRTUAL_ENV", str(folder))
    return folder


def _python(environment: Path) -> str:
    return str(environment / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python"))


@pytest.mark.real
@pytest.mark.parametrize(
    ("imports", "base", "decorator"),
    [
        pytest.param(
            "from django.conf import settings\nsettings.configured or settings.configure()\n"
            "from django.test import SimpleTestCase",
            "SimpleTestCase",
            "",
            id="Django",
        ),
        pytest.param("from twisted.trial.unittest import TestCase", "TestCase", "", id="Twisted"),
        pytest.param(
            "from tornado.testing import AsyncTestCase, gen_test", "AsyncTestCase", "@gen_test", id="tornado"
        ),
    ],
)
def test_frameworks_that_await_are_silent(
    imports: str, base: str, decorator: str, tmp_path: Path, frameworks: Path
) -> None:
    path = tmp_path / "test_it.py"
    path.write_text(AWAITING.format(imports=imports, base=base, decorator=decorator))
    analysis = Workspace(folders=[str(tmp_path)]).snapshot()
    classes = analysis.classes(str(path))

    assert classes.order(classes.all()[0]).has("unittest.TestCase"), "it is not silent for want of knowledge"
    assert _said(analysis, path) == []
    assert by_pytest(tmp_path, "strict", python=_python(frameworks))["test_it"] == {
        "TestIt.test_it": "failed"
    }


def _said(analysis: Analysis, path: Path) -> list[str]:
    return [each.message for each in analysis.findings(str(path))]
