"""The parts of `make prove` that can be tested without a project: faults, outcomes, factories, figures."""

from __future__ import annotations

import ast
import sys
from collections import Counter
from pathlib import Path

import pytest

from ssot_lsp.analysis import Workspace
from ssot_lsp.fixes.construction import construction

from . import report
from .executed import run_with_lines
from .faults import Trial, changed_files, subjects
from .faults import _any_changed as any_changed
from .mutations import Mutation, mutations
from .projects import PROJECTS, Project
from .proof import Proof
from .running import Suite, differing, failing, file_of
from .survey import Survey, grouped, survey


def test_each_kind_of_fault_stands_where_its_line_says(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_bytes(
        "LIMIT = 1\r\n\r\n\r\ndef pay(ä, b):\r\n    if ä == b:\r\n        log(ä)\r\n"
        "    return 'é', ä <= 3, True\r\n".encode()
    )

    found = mutations(tmp_path, "shop.py")

    data = (tmp_path / "shop.py").read_bytes()
    lines = [
        (each.line, each.kind, each.applied(data).decode().split("\r\n")[each.line - 1].strip())
        for each in found
    ]
    assert lines == [
        (5, "a condition is negated", "if not (ä == b):"),
        (5, "`==` becomes `!=`", "if ä != b:"),
        (6, "a call is left out", "pass"),
        (7, "`<=` becomes `>`", "return 'é', ä > 3, True"),
        (7, "`3` becomes `4`", "return 'é', ä <= 4, True"),
        (7, "`True` becomes `False`", "return 'é', ä <= 3, False"),
    ]


def test_every_fault_leaves_code_that_parses_and_differs(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(
        "def pay(a, b):\n    if (\n        a\n        is not  # of the same\n        b\n    ): return f'{a == 1}'\n"
        "    while a not in b: a += 1\n"
    )
    before = ast.dump(ast.parse((tmp_path / "shop.py").read_bytes()))

    found = mutations(tmp_path, "shop.py")

    assert found
    for each in found:
        assert ast.dump(ast.parse(each.applied((tmp_path / "shop.py").read_bytes()))) != before, each


def test_only_a_test_that_passed_can_be_lost() -> None:
    sound = {"a": ("passed",), "b": ("failure",), "c": ("passed",), "d": ("passed",)}
    broken = {"a": ("failure",), "b": ("failure",), "d": ("passed",)}

    assert failing(sound, broken) == {"a", "c"}
    assert differing(sound, broken) == ["a", "c"]


def test_a_test_is_found_by_its_name_in_the_results(tmp_path: Path) -> None:
    (tmp_path / "t" / "unit").mkdir(parents=True)
    (tmp_path / "t" / "unit" / "test_pay.py").touch()

    assert file_of("t.unit.test_pay.test_Pay::test_all[1.5]", tmp_path) == "t/unit/test_pay.py"
    assert not file_of("t.unit.test_gone::test_all", tmp_path)


_PROJECT = Project("shop", "1", (), ("tests",), (), "tests/factory.py", "src", "shop")


@pytest.fixture
def copies(tmp_path: Path) -> tuple[Suite, Suite]:
    for name in ("original", "fixed"):
        for path, text in {
            "src/shop/__init__.py": "",
            "src/shop/pay.py": "def pay(): return 1\n",
            "src/shop/ship.py": "def ship(): return 2\n",
            "tests/test_pay.py": "from shop.pay import pay\nfrom shop import ship\n\n\ndef test_pay():\n    x = Mock()\n",
            "tests/test_all.py": "from shop import pay, ship\nimport os\n\n\ndef test_all(): pass\n",
        }.items():
            (tmp_path / name / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name / path).write_text(text)
    original, fixed = (Suite(_PROJECT, tmp_path, tmp_path / name) for name in ("original", "fixed"))
    changed = fixed.folder / "tests/test_pay.py"
    changed.write_text(changed.read_text().replace("Mock()", "create_x_mock()"))
    return original, fixed


def test_a_test_is_about_the_module_of_its_name_else_about_all_that_it_imports(
    copies: tuple[Suite, Suite],
) -> None:
    original, _ = copies

    assert subjects(original, "tests/test_pay.py") == ["src/shop/pay.py"]
    assert subjects(original, "tests/test_all.py") == ["src/shop/pay.py", "src/shop/ship.py"]


def test_only_what_fixes_have_changed_counts(copies: tuple[Suite, Suite]) -> None:
    original, fixed = copies
    before, after = (each.folder / "tests/test_pay.py" for each in copies)

    assert changed_files(original, fixed) == ["tests/test_pay.py"]
    assert any_changed(["tests.test_pay::test_pay[1]"], before, after)
    assert not any_changed(["tests.test_pay::test_other"], before, after)
    after.write_text(after.read_text() + "\n\ndef set_up(): pass\n")
    before.write_text(before.read_text() + "\n\ndef set_up(): return 1\n")
    assert any_changed(["tests.test_pay::test_other"], before, after)


@pytest.mark.parametrize("project", PROJECTS.values(), ids=PROJECTS.keys())
def test_each_factory_configures_at_least_eight_of_its_doubles_and_is_read_to_the_end(
    project: Project, tmp_path: Path
) -> None:
    path = tmp_path / project.factory
    path.parent.mkdir(parents=True)
    path.write_bytes(project.factory_source.read_bytes())
    (tmp_path / "pyproject.toml").write_text(project.configuration)
    analysis = Workspace(folders=[str(tmp_path)]).snapshot()
    (factory,) = analysis.factories(str(path.parent / "test_it.py"))

    methods = factory.methods.values()
    built = {each.name: construction(analysis, factory, each) for each in methods}

    assert len(methods) >= 10
    assert sum(bool(each.items) for each in built.values()) >= 8
    assert sum(any(not item.double for item in each.items) for each in built.values()) >= 8


def test_the_survey_counts_each_mock_once_and_says_why(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.ssot-lsp]\nfactory = "factory.SSotMockFactory"\n')
    (tmp_path / "factory.py").write_text(
        "from unittest.mock import Mock\n\n\nclass SSotMockFactory:\n    @staticmethod\n    def create_pool_mock():\n"
        "        pool = Mock()\n        pool.size = 4\n        return pool\n"
    )
    test = tmp_path / "test_it.py"
    test.write_text(
        "from unittest.mock import Mock\n\n\ndef test_it(shop):\n    pool = Mock()\n    pool.size = 4\n    shop(pool)\n\n\n"
        "def test_other(shop):\n    pool = Mock()\n    shop(pool)\n    cat = Mock()\n    shop.pool = Mock()\n    cat(1)\n"
    )

    found = survey(tmp_path, [test])

    assert found.safe == 1
    assert found.review == {"it is passed on, and the factory sets …": 1}
    assert found.refused == {"no method of the factory fits it": 1, "it is an attribute of a real object": 1}
    assert found.total == 4


def test_reasons_are_alike_without_their_names() -> None:
    assert grouped("3 calls of `bridge.emit` are not awaited") == "N calls of … are not awaited"
    assert (
        grouped("the factory makes an `AsyncMock`, the test a `Mock`")
        == "the factory makes a …, the test a …"
    )


def test_a_lost_mutation_or_a_changed_outcome_does_not_hold() -> None:
    mutation = Mutation("shop.py", 3, "a call is left out", 0, 0, b"")
    found = Trial(mutation, "test_shop.py", 2, ())

    assert Proof("shop", "1", 1, trials=[found]).holds
    assert not Proof("shop", "1", 2, trials=[found]).holds
    assert not Proof("shop", "1", 1, trials=[found], changed=["a: passed before, failure after"]).holds
    assert not Proof("shop", "1", 1, trials=[Trial(mutation, "test_shop.py", 2, ("a",))]).holds


def test_what_must_not_be_is_told_by_name() -> None:
    mutation = Mutation("shop.py", 3, "a call is left out", 0, 0, b"")
    proof = Proof(
        "shop",
        "1",
        1,
        survey=Survey(2, Counter({"it is passed on": 3}), Counter({"no method of the factory fits it": 4})),
        changed=["tests.test_pay::test_pay: passed before, failure after"],
        trials=[Trial(mutation, "test_shop.py", 2, ("tests.test_shop::test_all",))],
    )

    lines = report.text(proof).splitlines()

    assert "| mocks that nothing justifies | 9 |" in lines
    assert "- tests.test_pay::test_pay: passed before, failure after" in lines
    assert "- shop.py:3, a call is left out: tests.test_shop::test_all" in lines
    assert "- 4: no method of the factory fits it" in lines


SHOP = Project("shop", "1", (), ("tests",), (), "", "", "shop")


def test_the_lines_are_told_that_each_test_runs(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "__init__.py").write_text(
        "def pay(a):\n    if a:\n        return 1\n    return 2\n\n\nasync def wait():\n    return 3\n"
    )
    (tmp_path / "test_shop.py").write_text(
        "import asyncio\n\nimport pytest\n\nfrom shop import pay, wait\n\n\n"
        "@pytest.mark.parametrize('a', [1, 2])\ndef test_pay(a):\n    assert pay(a) == 1\n\n\n"
        "def test_free():\n    assert pay(0) == 3\n\n\ndef test_wait():\n    assert asyncio.run(wait()) == 3\n"
    )
    suite = Suite(SHOP, Path(sys.executable), tmp_path)

    outcomes, lines = run_with_lines(suite, "test_shop.py", 60)

    assert Counter(how for each in outcomes.values() for how in each) == {"passed": 3, "failure": 1}
    assert lines == {
        "test_pay": {"shop/__init__.py": {2, 3}},
        "test_free": {"shop/__init__.py": {2, 4}},
        "test_wait": {"shop/__init__.py": {8}},
    }
    assert sorted(each.name for each in tmp_path.iterdir() if each.name != "__pycache__") == [
        "shop",
        "test_shop.py",
    ]
