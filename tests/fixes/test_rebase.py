"""Another base, with everything that must move along; what is safe and what is for review."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ssot_lsp.analysis import Workspace
from ssot_lsp.fixes import Withdrawn
from ssot_lsp.text import apply_edits

if TYPE_CHECKING:
    from pathlib import Path

    from ssot_lsp.fixes import Fix

PLAIN = "import unittest\nclass SSotBaseTestCase(unittest.TestCase): ...\n"
WITH_SET_UP = PLAIN.replace("...", "\n    def setUp(self):\n        self.events = []")
OF_PYTEST = "class SSotBaseTestCase:\n    def setup_method(self, method=None):\n        self.events = []\n"
BOTH = PLAIN + "class SSotAsyncTestCase(unittest.IsolatedAsyncioTestCase): ...\n"


class Suite:
    """A workspace of `bases.py` and `test_it.py`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.path = str(root / "test_it.py")

    def workspace(self, bases: str, text: str) -> Workspace:
        (self.root / "bases.py").write_text(bases)
        (self.root / "test_it.py").write_text(text)
        return Workspace(folders=[str(self.root)])

    def offered(self, bases: str, text: str, rule: str) -> tuple[Fix, ...]:
        analysis = self.workspace(bases, text).snapshot()
        finding = next(each for each in analysis.findings(self.path) if each.rule == rule)
        hiding = {"suppress", "add-to-baseline"}
        return tuple(fix for fix in analysis.fixes(finding) if fix.maker not in hiding)

    def fixed(self, bases: str, text: str, rule: str) -> str:
        fix = self.offered(bases, text, rule)[0]
        analysis = self.workspace(bases, text).snapshot()
        return apply_edits(text, analysis.edit(fix).edits)


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    return Suite(tmp_path)


@pytest.mark.parametrize(
    ("bases", "before", "after"),
    [
        pytest.param(
            PLAIN,
            "import unittest\n\n\nclass TestIt(unittest.TestCase):\n    def test_it(self): ...\n",
            "from bases import SSotBaseTestCase\n\n\nclass TestIt(SSotBaseTestCase):\n    def test_it(self): ...\n",
            id="the import goes with the last use",
        ),
        pytest.param(
            PLAIN,
            "import os\nimport unittest\n\nimport bases\n\n\nclass TestIt(unittest.TestCase):\n    def test_it(self):\n"
            "        unittest.main(os, bases)\n",
            "import os\nimport unittest\n\nimport bases\nfrom bases import SSotBaseTestCase\n\n\n"
            "class TestIt(SSotBaseTestCase):\n    def test_it(self):\n        unittest.main(os, bases)\n",
            id="and stays with another",
        ),
        pytest.param(
            PLAIN,
            "from unittest import TestCase\nfrom bases import SSotBaseTestCase as Base\n\n\n"
            "class Mixin: ...\n\n\nclass TestIt(Mixin, TestCase, metaclass=type):\n    def test_it(self): ...\n",
            "from bases import SSotBaseTestCase as Base\n\n\n"
            "class Mixin: ...\n\n\nclass TestIt(Mixin, Base, metaclass=type):\n    def test_it(self): ...\n",
            id="several bases keep their order, and an import that is there is used",
        ),
        pytest.param(
            WITH_SET_UP,
            "from unittest import TestCase\n\n\nclass TestIt(TestCase):\n    def setUp(self):\n        self.x = 1\n\n"
            "    def test_it(self): ...\n",
            "from bases import SSotBaseTestCase\n\n\nclass TestIt(SSotBaseTestCase):\n    def setUp(self):\n"
            "        super().setUp()\n        self.x = 1\n\n    def test_it(self): ...\n",
            id="what the new base does in set-up is called",
        ),
        pytest.param(
            OF_PYTEST,
            "from unittest import TestCase\n\n\nclass TestIt(TestCase):\n    @classmethod\n    def setUpClass(cls):\n"
            "        super().setUpClass()\n        cls.x = 1\n\n    def setUp(self):\n        super().setUp()\n"
            "        self.x = 1\n\n    def tearDown(self):\n        TestCase.tearDown(self)\n\n"
            "    def test_it(self):\n        assert self.x\n",
            "from bases import SSotBaseTestCase\n\n\nclass TestIt(SSotBaseTestCase):\n    @classmethod\n"
            "    def setup_class(cls):\n        cls.x = 1\n\n    def setup_method(self, method):\n"
            "        super().setup_method(method)\n        self.x = 1\n\n    def teardown_method(self, method):\n"
            "        pass\n\n    def test_it(self):\n        assert self.x\n",
            id="set-up gets the names and parameters of pytest, and super only where a base defines it",
        ),
    ],
)
def test_rebase(suite: Suite, bases: str, before: str, after: str) -> None:
    assert suite.fixed(bases, before, "non-ssot-base-class") == after


@pytest.mark.parametrize(
    ("bases", "text", "titles"),
    [
        pytest.param(
            PLAIN,
            "from unittest import TestCase\nclass TestIt(TestCase):\n    def test_it(self):\n        self.assertTrue(1)\n",
            [("Derive `TestIt` from `SSotBaseTestCase`", "safe")],
            id="safe: the same runner, and nothing in the base that runs",
        ),
        pytest.param(
            WITH_SET_UP,
            "from unittest import TestCase\nclass TestIt(TestCase):\n    def test_it(self): ...\n",
            [
                (
                    "Derive `TestIt` from `SSotBaseTestCase`; for review: `setUp` of `SSotBaseTestCase` runs for these tests then",
                    "review",
                )
            ],
            id="set-up of the base",
        ),
        pytest.param(
            OF_PYTEST,
            "from unittest import TestCase\nclass TestIt(TestCase):\n    def test_it(self): ...\n",
            [
                (
                    "Derive `TestIt` from `SSotBaseTestCase`; for review: pytest itself runs the tests then",
                    "review",
                )
            ],
            id="another runner",
        ),
        pytest.param(
            OF_PYTEST,
            "from unittest import TestCase\nclass TestIt(TestCase):\n    def test_it(self):\n        self.assertTrue(1)\n",
            [],
            id="nothing where the class uses what it would lose",
        ),
        pytest.param(
            PLAIN,
            "from unittest.mock import patch\nclass Base:\n    def setup_method(self):\n        self.x = 1\n"
            "class TestIt(Base):\n    @patch('a.b')\n    def test_it(self, b): ...\n",
            [
                (
                    "Derive `TestIt` from `SSotBaseTestCase`; for review: what `Base` does is lost",
                    "review",
                )
            ],
            id="what is lost comes before another runner",
        ),
        pytest.param(
            WITH_SET_UP,
            "from unittest import TestCase\nclass Base(TestCase):\n    def setUp(self):\n        self.x = 1\n"
            "class TestIt(Base):\n    def test_it(self): ...\n",
            [
                (
                    "Derive `TestIt` from `SSotBaseTestCase`; for review: what `Base` does is lost",
                    "review",
                )
            ],
            id="what is lost comes before what runs besides",
        ),
        pytest.param(
            PLAIN,
            "from unittest.mock import patch\nclass Base: ...\nclass TestIt(Base):\n"
            "    @patch('a.b')\n    @patch.object(Base, 'c')\n    def test_it(self, c, b, tmp_path): ...\n",
            [],
            id="nothing where a test takes a fixture besides what it patches",
        ),
        pytest.param(
            PLAIN,
            "from unittest.mock import patch\nclass Base: ...\n@patch('a.b')\nclass TestIt(Base):\n"
            "    @patch.multiple('a', b=1)\n    def test_it(self, c, b): ...\n",
            [
                (
                    "Derive `TestIt` from `SSotBaseTestCase`; for review: what `Base` does is lost",
                    "review",
                )
            ],
            id="what a patch of several hands in is not counted",
        ),
        pytest.param(
            PLAIN,
            "from unittest.mock import patch\nclass Base: ...\n@patch('a.b')\nclass TestIt(Base):\n"
            "    def test_it(self, b): ...\n    def test_that(self, b: int, x=1, *more: int): ...\n",
            [
                (
                    "Derive `TestIt` from `SSotBaseTestCase`; for review: what `Base` does is lost",
                    "review",
                )
            ],
            id="a patch of the class hands something in too",
        ),
        pytest.param(
            PLAIN,
            "from unittest import TestCase\nclass TestIt(TestCase):\n    def __init__(self, *a):\n"
            "        super().__init__(*a)\n    def test_it(self): ...\n",
            [("Derive `TestIt` from `SSotBaseTestCase`; for review: it has an `__init__`", "review")],
            id="an `__init__`",
        ),
        pytest.param(
            PLAIN.replace("...", "\n    def helper(self): ..."),
            "from unittest import TestCase\nclass TestIt(TestCase):\n    def helper(self): ...\n    def test_it(self): ...\n",
            [
                (
                    "Derive `TestIt` from `SSotBaseTestCase`; for review: `SSotBaseTestCase` has a `helper` too",
                    "review",
                )
            ],
            id="one name in both",
        ),
        pytest.param(
            PLAIN,
            "from unittest import TestCase\nclass Local(TestCase):\n    def helper(self): ...\n"
            "class TestIt(Local):\n    def test_it(self):\n        self.helper()\n",
            [],
            id="nothing where the old base's own is used",
        ),
        pytest.param(
            BOTH,
            "from unittest import IsolatedAsyncioTestCase\nclass TestIt(IsolatedAsyncioTestCase):\n"
            "    async def test_it(self): ...\n",
            [("Derive `TestIt` from `SSotAsyncTestCase`", "safe")],
            id="the async base for async tests",
        ),
    ],
)
def test_safe_and_for_review(suite: Suite, bases: str, text: str, titles: list[tuple[str, str]]) -> None:
    assert [(each.title, each.kind) for each in suite.offered(bases, text, "non-ssot-base-class")] == titles


@pytest.mark.parametrize(
    ("bases", "before", "title", "after"),
    [
        pytest.param(
            "",
            "import unittest\nclass TestIt(unittest.TestCase):\n    async def test_a(self): ...\n"
            "    async def test_b(self): ...\n",
            "Derive `TestIt` from `IsolatedAsyncioTestCase`; for review: 2 tests that never ran will run",
            "import unittest\nclass TestIt(unittest.IsolatedAsyncioTestCase):\n    async def test_a(self): ...\n"
            "    async def test_b(self): ...\n",
            id="unittest's own",
        ),
        pytest.param(
            "",
            "from unittest import TestCase\nclass Local(TestCase): ...\nclass TestIt(Local):\n"
            "    async def setUp(self):\n        super().setUp()\n    async def test_a(self): ...\n",
            "Derive `TestIt` from `IsolatedAsyncioTestCase`; for review: a test that never ran will run",
            "from unittest import IsolatedAsyncioTestCase, TestCase\nclass Local(TestCase): ...\n"
            "class TestIt(Local, IsolatedAsyncioTestCase):\n    async def asyncSetUp(self):\n"
            "        await super().asyncSetUp()\n    async def test_a(self): ...\n",
            id="beside a local base, with async set-up",
        ),
        pytest.param(
            BOTH,
            "from bases import SSotBaseTestCase\nclass TestIt(SSotBaseTestCase):\n    async def test_a(self): ...\n",
            "Derive `TestIt` from `SSotAsyncTestCase`; for review: a test that never ran will run",
            "from bases import SSotAsyncTestCase\nclass TestIt(SSotAsyncTestCase):\n    async def test_a(self): ...\n",
            id="the SSOT base for async tests, which awaits",
        ),
    ],
)
def test_dead_tests_come_to_life_for_review(
    suite: Suite, bases: str, before: str, title: str, after: str
) -> None:
    assert [(each.title, each.kind) for each in suite.offered(bases, before, "async-test-never-awaited")][
        :1
    ] == [(title, "review")]
    assert suite.fixed(bases, before, "async-test-never-awaited") == after


@pytest.mark.parametrize(
    ("mode", "mark", "is_offered"),
    [
        pytest.param("auto", "", True, id="pytest awaits it"),
        pytest.param("strict", "    @pytest.mark.asyncio\n", True, id="pytest is told to await it"),
        pytest.param("strict", "", False, id="nobody would await it"),
    ],
)
def test_async_tests_go_where_they_are_awaited(suite: Suite, mode: str, mark: str, is_offered: bool) -> None:
    (suite.root / "pytest.ini").write_text(f"[pytest]\nasyncio_mode = {mode}\n")
    text = (
        "import unittest\nimport pytest\n\n\nclass TestIt(unittest.IsolatedAsyncioTestCase):\n"
        f"{mark}    async def test_it(self): ...\n"
    )

    offered = [each.title for each in suite.offered(OF_PYTEST, text, "non-ssot-base-class")]

    title = "Derive `TestIt` from `SSotBaseTestCase`; for review: pytest itself runs the tests then"
    assert (title in offered) is is_offered


def test_dead_tests_come_to_life_where_pytest_awaits_them(suite: Suite) -> None:
    (suite.root / "pytest.ini").write_text("[pytest]\nasyncio_mode = auto\n")
    bases = f"{PLAIN}class SSotAsyncTestCase:\n    async def async_setup(self): ...\n"
    text = (
        "from bases import SSotBaseTestCase\n\n\nclass TestIt(SSotBaseTestCase):\n"
        "    async def test_it(self):\n        assert False\n"
    )

    after = suite.fixed(bases, text, "async-test-never-awaited")

    assert after == text.replace("SSotBase", "SSotAsync")


def test_async_set_up_of_a_class_that_awaits_tests_gets_the_name_that_is_awaited(suite: Suite) -> None:
    text = (
        "from unittest import IsolatedAsyncioTestCase\nclass TestIt(IsolatedAsyncioTestCase):\n"
        "    async def setUp(self):\n        await super().setUp()\n    async def test_it(self): ...\n"
    )

    after = text.replace("def setUp", "def asyncSetUp").replace("super().setUp", "super().asyncSetUp")
    assert suite.fixed("", text, "async-test-never-awaited") == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            "    def setUp(self): ...\n", "    def setup_method(self, method): ...\n", id="one line"
        ),
        pytest.param(
            "    @classmethod\n    def tearDownClass(cls):\n        del cls.x\n",
            "    @classmethod\n    def teardown_class(cls):\n        del cls.x\n",
            id="of the class",
        ),
        pytest.param(
            "    def setUp(self):\n        super().setUp()\n        self.x = 1\n",
            "    def setup_method(self, method):\n        self.x = 1\n",
            id="a call of what no base has",
        ),
    ],
)
def test_set_up_gets_the_name_that_pytest_calls(suite: Suite, before: str, after: str) -> None:
    text = "class TestIt:\n{}\n    def test_it(self): ...\n"

    assert suite.fixed("", text.format(before), "setup-never-called") == text.format(after)


@pytest.mark.parametrize(
    "method",
    [
        pytest.param("    async def setUp(self): ...\n", id="pytest would not await it"),
        pytest.param(
            "    def setUp(self): ...\n    def setup_method(self): ...\n", id="there is one already"
        ),
    ],
)
def test_set_up_that_cannot_be_renamed(suite: Suite, method: str) -> None:
    assert (
        suite.offered("", f"class TestIt:\n{method}    def test_it(self): ...\n", "setup-never-called") == ()
    )


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        pytest.param(
            "setUp", "        self.x = 1\n", "        {}\n        self.x = 1\n", id="first in set-up"
        ),
        pytest.param(
            "setUp",
            '        """Prepare."""\n        self.x = 1\n',
            '        """Prepare."""\n        {}\n        self.x = 1\n',
            id="behind the docstring",
        ),
        pytest.param(
            "tearDown",
            "        self.x = 1  # done\n",
            "        self.x = 1  # done\n        {}\n",
            id="last in tear-down",
        ),
        pytest.param("tearDown", "        pass\n", "        {}\n", id="in the place of nothing"),
    ],
)
def test_super_is_called(suite: Suite, name: str, before: str, after: str) -> None:
    for prefix in ("", "async "):
        called = name if not prefix else {"setUp": "asyncSetUp", "tearDown": "asyncTearDown"}[name]
        bases = f"import unittest\nclass SSotBaseTestCase(unittest.IsolatedAsyncioTestCase):\n    {prefix}def {called}(self):\n        self.y = 1\n"
        text = "from bases import SSotBaseTestCase\nclass TestIt(SSotBaseTestCase):\n    {}def {}(self):\n{}"
        call = f"{'await ' if prefix else ''}super().{called}()"

        expected = text.format(prefix, called, after.format(call))
        assert suite.fixed(bases, text.format(prefix, called, before), "missing-super-setup") == expected


@pytest.mark.parametrize(
    ("bases", "header", "kind", "after"),
    [
        pytest.param(PLAIN, "SSotBaseTestCase, TestCase", "safe", "SSotBaseTestCase", id="redundant"),
        pytest.param(PLAIN, "TestCase, SSotBaseTestCase", "review", "SSotBaseTestCase", id="impossible"),
        pytest.param(
            OF_PYTEST, "SSotBaseTestCase, TestCase", "review", "SSotBaseTestCase", id="another runner"
        ),
    ],
)
def test_the_base_that_is_too_much_is_dropped(
    suite: Suite, bases: str, header: str, kind: str, after: str
) -> None:
    text = "from unittest import TestCase\nfrom bases import SSotBaseTestCase\nclass TestIt({}):\n    def test_it(self): ...\n"
    expected = text.format(after).replace("from unittest import TestCase\n", "")

    assert [each.kind for each in suite.offered(bases, text.format(header), "mixed-base-classes")] == [kind]
    assert suite.fixed(bases, text.format(header), "mixed-base-classes") == expected


def test_a_base_that_is_not_there_is_replaced_by_the_one_that_was_meant(suite: Suite) -> None:
    text = (
        "from bases import PaymentCase\nclass TestIt(PaymentCase): ...\nprint('PaymentCase', PaymentCase)\n"
    )

    after = suite.fixed("class PaymentsCase: ...\nclass Other: ...\n", text, "unresolved-base-class")
    assert after == (
        "from bases import PaymentsCase\nclass TestIt(PaymentsCase): ...\nprint('PaymentCase', PaymentsCase)\n"
    )


def test_a_fix_that_was_offered_for_another_text_is_withdrawn(suite: Suite) -> None:
    text = "from unittest import TestCase\nclass TestIt(TestCase):\n    def test_it(self): ...\n"
    (fix,) = suite.offered(PLAIN, text, "non-ssot-base-class")
    moment = suite.workspace(PLAIN, text)
    moment.write(suite.path, text.replace("(TestCase)", ""))

    with pytest.raises(Withdrawn, match="no longer there"):
        moment.snapshot().edit(fix)
