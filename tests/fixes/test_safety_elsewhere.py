"""Doubles that one file returns and another one looks into: what the swap of them is called."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ssot_lsp.analysis import Workspace

if TYPE_CHECKING:
    from pathlib import Path

FACTORY = """\
from unittest.mock import MagicMock


class SSotMockFactory:
    @staticmethod
    def create_queue_mock():
        queue = MagicMock()
        queue.put = MagicMock()
        return queue
"""
HEAD = "from unittest.mock import MagicMock\n\nimport pytest\n\n\n"
FIXTURE = HEAD + "@pytest.fixture\ndef queue():\n    queue = MagicMock()\n    return queue\n"
YIELDING = HEAD + "@pytest.fixture\ndef queue():\n    queue = MagicMock()\n    yield queue\n"
OF_MODULE = HEAD + "queue = MagicMock()\n"
SEALING = "def test_it(queue):\n    seal(queue)\n"
LISTING = "from tests.doubles import queue\n\n\ndef test_it():\n    assert dir(queue)\n"
OF_OTHERS = "it is returned, and `{}` uses `{}`, which tells that the factory sets `put`"


@pytest.mark.parametrize(
    ("name", "text", "files", "expected"),
    [
        pytest.param(
            "tests/conftest.py",
            FIXTURE,
            {"tests/unit/test_it.py": SEALING},
            OF_OTHERS.format("tests/unit/test_it.py", "seal"),
            id="a fixture for tests below",
        ),
        pytest.param(
            "tests/conftest.py",
            YIELDING,
            {"tests/test_it.py": SEALING},
            OF_OTHERS.format("tests/test_it.py", "seal").replace("returned", "yielded"),
            id="a fixture that yields",
        ),
        pytest.param(
            "tests/unit/conftest.py", FIXTURE, {"tests/other/test_it.py": SEALING}, "", id="tests elsewhere"
        ),
        pytest.param(
            "tests/conftest.py",
            FIXTURE,
            {"tests/test_it.py": "import os\nos.mkdir('vars')\n"},
            "",
            id="other words",
        ),
        pytest.param(
            "tests/doubles.py",
            FIXTURE,
            {"test_it.py": LISTING},
            OF_OTHERS.format("test_it.py", "dir"),
            id="a helper for who imports it",
        ),
        pytest.param(
            "tests/doubles.py",
            OF_MODULE,
            {"test_it.py": LISTING},
            OF_OTHERS.format("test_it.py", "dir").replace("returned", "a name of the module"),
            id="a name for who imports it",
        ),
        pytest.param(
            "tests/test_queue.py",
            FIXTURE,
            {"tests/test_it.py": SEALING},
            "",
            id="a fixture of a test file that nobody imports",
        ),
    ],
)
def test_who_gets_it_looks_into_it(
    name: str, text: str, files: dict[str, str], expected: str, tmp_path: Path
) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.ssot-lsp]\n", encoding="utf-8")
    for each, content in {"mock_factory.py": FACTORY, name: text, **files}.items():
        (tmp_path / each).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / each).write_text(content, encoding="utf-8")
    analysis = Workspace(folders=[str(tmp_path)]).snapshot()

    (finding,) = analysis.findings(str(tmp_path / name))
    (swap,) = (each for each in analysis.fixes(finding) if each.maker == "swap")

    assert swap.title.partition("; for review: ")[2] == expected
    assert (swap.kind == "safe") is (expected == "")


PRODUCT = HEAD + "def make_mocked_queue():\n    queue = MagicMock()\n    return queue\n"
NEEDED = "`shop.test_utils` holds no tests, and `shop` would need `test_framework.mock_factory`"


@pytest.mark.parametrize(
    ("name", "text", "files", "expected"),
    [
        pytest.param(
            "shop/test_utils.py", PRODUCT, ["shop/__init__.py"], NEEDED, id="a module of the product"
        ),
        pytest.param(
            "src/shop/test_utils.py",
            PRODUCT,
            ["src/shop/__init__.py"],
            NEEDED,
            id="a module of the product below `src`",
        ),
        pytest.param(
            "shop/test_utils.py",
            PRODUCT.replace(
                "import pytest\n", "import pytest\nfrom test_framework.mock_factory import SSotMockFactory\n"
            ),
            ["shop/__init__.py"],
            "",
            id="a module that needs the factory already",
        ),
        pytest.param(
            "shop/test_pay.py",
            PRODUCT + "def test_it(): ...\n",
            ["shop/__init__.py"],
            "",
            id="tests in the product",
        ),
        pytest.param(
            "shop/test_pay.py",
            PRODUCT + "class TestIt:\n    def test_it(self): ...\n",
            ["shop/__init__.py"],
            "",
            id="test classes in the product",
        ),
        pytest.param("shop/conftest.py", FIXTURE, ["shop/__init__.py"], "", id="a conftest in the product"),
        pytest.param("tests/helpers.py", PRODUCT, ["tests/__init__.py"], "", id="a helper of the tests"),
        pytest.param(
            "test_framework/helpers.py",
            PRODUCT,
            ["test_framework/__init__.py"],
            "",
            id="the factory's own package",
        ),
        pytest.param("shop/test_utils.py", PRODUCT, [], "", id="a module in no package"),
    ],
)
def test_a_product_that_would_need_the_factory(
    name: str, text: str, files: list[str], expected: str, tmp_path: Path
) -> None:
    for other, content in {"test_framework/mock_factory.py": FACTORY, **dict.fromkeys(files, "")}.items():
        place = tmp_path / other
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(content, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text("[tool.ssot-lsp]\n", encoding="utf-8")
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    workspace = Workspace(folders=[str(tmp_path)])
    workspace.write(str(path), text)
    analysis = workspace.snapshot()
    (finding,) = (each for each in analysis.findings(str(path)) if each.rule == "unjustified-mock")

    best = next(each for each in analysis.fixes(finding) if each.maker == "swap")

    assert best.title.partition("; for review: ")[2] == expected
