"""What classes derive from: text in, the order of classes out, or why it is not known."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from ssot_lsp.analysis import Workspace
from ssot_lsp.config import Configs
from ssot_lsp.files import Files
from ssot_lsp.index.classes import Classes
from ssot_lsp.index.heirs import Heirs, mentioned, mentions_in
from ssot_lsp.index.search import Search

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ssot_lsp.analysis import Analysis
    from ssot_lsp.index.classes import ClassKey
    from ssot_lsp.index.shapes import ClassInfo
    from ssot_lsp.index.things import Mro

UNITTEST = ["unittest.TestCase", "object"]


def lay_out(root: Path, files: Mapping[str, str]) -> Workspace:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Workspace(Files(), [str(root)])


def order(workspace: Workspace, path: Path, name: str) -> Mro:
    analysis = workspace.snapshot()
    classes = analysis.classes(str(path))
    (info,) = (each for each in classes.all() if each.name == name)
    return classes.order(info)


def names(mro: Mro) -> list[str] | str:
    return mro.unknown or [each.name.removeprefix("builtins.") for each in mro.classes]


# Known orders, each of which Python itself has to confirm


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param({"t.py": "class T: ...\n"}, ["T", "object"], id="no base"),
        pytest.param(
            {"t.py": "import unittest as u\nclass T(u.TestCase): ...\n"}, ["T", *UNITTEST], id="unittest"
        ),
        pytest.param(
            {"t.py": "from unittest import case\nclass T(case.TestCase): ...\n"},
            ["T", *UNITTEST],
            id="unittest by its inner module",
        ),
        pytest.param(
            {"t.py": "from unittest import IsolatedAsyncioTestCase as I\nclass T(I): ...\n"},
            ["T", "unittest.IsolatedAsyncioTestCase", *UNITTEST],
            id="an alias of an import",
        ),
        pytest.param(
            {
                "lib/base.py": "import unittest\nclass Base(unittest.TestCase): ...\n",
                "lib/__init__.py": "from .base import Base as Shared\n",
                "t.py": "from lib import Shared\nclass T(Shared): ...\n",
            },
            ["T", "Base", *UNITTEST],
            id="a re-export",
        ),
        pytest.param(
            {
                "space/deep/base.py": "class B: ...\n",
                "t.py": "import space.deep.base\nclass T(space.deep.base.B): ...\n",
            },
            ["T", "B", "object"],
            id="a namespace package",
        ),
        pytest.param(
            {"t.py": "class A: ...\nclass B: ...\nBase = A\nclass T(Base): ...\nBase = B\n"},
            ["T", "A", "object"],
            id="an alias as it was bound then",
        ),
        pytest.param(
            {"t.py": "class A: ...\nBase = A if 1 else A\nclass T(Base): ...\n"},
            ["T", "A", "object"],
            id="both alternatives are one",
        ),
        pytest.param(
            {"t.py": "class A: ...\nclass A(A): ...\nclass T(A): ...\n"},
            ["T", "A", "A", "object"],
            id="a class that derives from its namesake before",
        ),
        pytest.param(
            {"base.py": "class A: ...\n", "t.py": "from base import A\nclass A(A): ...\nclass T(A): ...\n"},
            ["T", "A", "A", "object"],
            id="a class that derives from its imported namesake",
        ),
        pytest.param(
            {
                "pack/__init__.py": "",
                "pack/a.py": "class A: ...\n",
                "t.py": "try:\n    from pack.gone import A\nexcept ImportError:\n    from pack.a import A\nclass T(A): ...\n",
            },
            ["T", "A", "object"],
            id="what is done without a module of the workspace",
        ),
        pytest.param(
            {
                "pack/__init__.py": "",
                "pack/a.py": "class A: ...\n",
                "t.py": "try:\n    from pack.a import A\nexcept ImportError:\n    A = object\nclass T(A): ...\n",
            },
            ["T", "A", "object"],
            id="what is there is not done without",
        ),
        pytest.param(
            {
                "pack/__init__.py": "",
                "pack/a.py": "class A: ...\n",
                "pack/b.py": "",
                "t.py": "try:\n    from pack import a\nexcept ImportError:\n    from pack import b as a\nclass T(a.A): ...\n",
            },
            ["T", "A", "object"],
            id="a module that is there is not done without",
        ),
        pytest.param(
            {
                "a.py": "__all__ = ['_A']\nclass _A: ...\nclass B: ...\n",
                "t.py": "class B: ...\nfrom a import *\nclass T(_A, B): ...\n",
            },
            ["T", "_A", "B", "object"],
            id="a star import takes what is listed",
        ),
        pytest.param(
            {
                "a.py": "class A: ...\n",
                "b.py": "from a import *\n",
                "t.py": "from b import *\nclass T(A): ...\n",
            },
            ["T", "A", "object"],
            id="a star import of a star import",
        ),
        pytest.param(
            {"t.py": "class O:\n    class A: ...\n    class T(A): ...\nclass U(O.T): ...\n"},
            ["U", "O.T", "O.A", "object"],
            id="nested classes",
        ),
        pytest.param(
            {
                "t.py": "from typing import Generic, TypeVar\nT1 = TypeVar('T1')\n"
                "class A(Generic[T1]): ...\nclass B: ...\nclass T(Generic[T1], A[T1], B): ...\n"
            },
            ["T", "A", "typing.Generic", "B", "object"],
            id="generics",
        ),
        pytest.param(
            {"t.py": "import abc\nclass A(metaclass=abc.ABCMeta): ...\nclass T(A, abc.ABC): ...\n"},
            ["T", "A", "abc.ABC", "object"],
            id="a metaclass that does nothing to the order",
        ),
        pytest.param(
            {"t.py": "class M(type):\n    def __call__(cls): ...\nclass T(metaclass=M): ...\n"},
            ["T", "object"],
            id="a metaclass of the workspace",
        ),
        pytest.param(
            {"t.py": "class A: ...\nclass B(A): ...\nclass C(A): ...\nclass T(B, C): ...\n"},
            ["T", "B", "C", "A", "object"],
            id="a diamond",
        ),
        pytest.param(
            {"t.py": "class T(KeyError): ...\n"},
            ["T", "KeyError", "LookupError", "Exception", "BaseException", "object"],
            id="a builtin",
        ),
        pytest.param(
            {
                "t.py": "from __future__ import annotations\nif 1:\n    class A: ...\nelse:\n    A = object\nclass T(A): ...\n"
            },
            "a base of `T` may be one of several classes",
            id="a condition",
        ),
    ],
)
def test_order(files: dict[str, str], expected: list[str] | str, tmp_path: Path) -> None:
    workspace = lay_out(tmp_path, files)

    last = expected[0] if isinstance(expected, list) else "T"
    assert names(order(workspace, tmp_path / "t.py", last)) == expected

    script = f"import t; print(*(each.__qualname__ for each in t.{last}.__mro__))"
    told = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    if isinstance(expected, list):
        assert told.stdout.split() == [
            each.removeprefix("unittest.").removeprefix("typing.").removeprefix("abc.") for each in expected
        ]


# What is not known, and why


@pytest.mark.parametrize(
    ("files", "cause"),
    [
        pytest.param({"t.py": "class T(make()): ...\n"}, "the base `make()` is an expression", id="a call"),
        pytest.param({"t.py": "class T(Base): ...\n"}, "`Base` is not defined", id="no such name"),
        pytest.param(
            {"t.py": "from nowhere import Base\nclass T(Base): ...\n"},
            "the module `nowhere` is not found",
            id="a module that is not found",
        ),
        pytest.param(
            {"a.py": "", "t.py": "from a import Base\nclass T(Base): ...\n"},
            "`a` does not define `Base`",
            id="a module that does not define it",
        ),
        pytest.param(
            {"a.py": "from nowhere import *\n", "t.py": "from a import Base\nclass T(Base): ...\n"},
            "a star import that leads elsewhere may bring `Base`",
            id="a star that leads elsewhere",
        ),
        pytest.param(
            {"a.py": "def __getattr__(name): ...\n", "t.py": "from a import Base\nclass T(Base): ...\n"},
            "`Base` may come to be in ways that are not looked into",
            id="a module with `__getattr__`",
        ),
        pytest.param(
            {"t.py": "def change(cls): return cls\n@change\nclass T: ...\n"},
            "the decorator `change` may make something else of `T`",
            id="a decorator",
        ),
        pytest.param(
            {"t.py": "class M(type):\n    def mro(cls): ...\nclass T(metaclass=M): ...\n"},
            "the metaclass `M` may make something else",
            id="a metaclass with an order of its own",
        ),
        pytest.param(
            {"t.py": "import unittest\nclass T(unittest.TestCase, unittest.IsolatedAsyncioTestCase): ...\n"},
            "`unittest.TestCase`, `unittest.IsolatedAsyncioTestCase` cannot be put into one order",
            id="an order that cannot exist",
        ),
        pytest.param({"t.py": "class T(T): ...\n"}, "`T` is not defined", id="a class that inherits itself"),
        pytest.param(
            {"a.py": "from t import T\nclass A(T): ...\n", "t.py": "from a import A\nclass T(A): ...\n"},
            "`T` inherits from itself",
            id="an inheritance cycle",
        ),
        pytest.param(
            {"a.py": "from t import A\n", "t.py": "from a import A\nclass T(A): ...\n"},
            "`A` is imported in a circle",
            id="an import cycle",
        ),
        pytest.param(
            {
                "t.py": "try:\n    from nowhere import A\nexcept ImportError:\n    A = object\nclass T(A): ...\n"
            },
            "a base of `T` may be one of several classes",
            id="an import that may fail",
        ),
        pytest.param(
            {
                "t.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from a import A\nclass T(A): ...\n",
                "a.py": "class A: ...\n",
            },
            "`A` is not defined",
            id="what is imported for type checkers alone",
        ),
        pytest.param({"t.py": "class T(A, *B): ...\n"}, "`A` is not defined", id="a starred base"),
    ],
)
def test_unknown(files: dict[str, str], cause: str, tmp_path: Path) -> None:
    mro = order(lay_out(tmp_path, files), tmp_path / "t.py", "T")

    assert mro.unknown == cause
    assert mro.classes[0].name == "T"


def test_a_chain_of_a_thousand_classes(tmp_path: Path) -> None:
    lines = ["class C0: ...", *(f"class C{number}(C{number - 1}): ..." for number in range(1, 1001))]
    workspace = lay_out(tmp_path, {"t.py": "\n".join(lines)})

    assert len(order(workspace, tmp_path / "t.py", "C1000").classes) == 1002


def test_two_modules_of_one_name_are_told_apart_by_who_asks(tmp_path: Path) -> None:
    files = {
        "one/pyproject.toml": "",
        "one/base.py": "class One: ...\nBase = One\n",
        "one/test_it.py": "from base import Base\nclass T(Base): ...\n",
        "two/pyproject.toml": "",
        "two/base.py": "class Two: ...\nBase = Two\n",
        "two/test_it.py": "from base import Base\nclass T(Base): ...\n",
    }
    workspace = lay_out(tmp_path, files)

    assert names(order(workspace, tmp_path / "one/test_it.py", "T")) == ["T", "One", "object"]
    assert names(order(workspace, tmp_path / "two/test_it.py", "T")) == ["T", "Two", "object"]


def test_installed_bases_are_found_by_path_and_read_only(tmp_path: Path) -> None:
    site = ".venv/lib/python3.11/site-packages"
    files = {
        ".venv/pyvenv.cfg": "",
        f"{site}/testlib/__init__.py": "from testlib.case import Case\nraise SystemExit('imported')\n",
        f"{site}/testlib/case.py": "import unittest\nclass Case(unittest.TestCase): ...\n",
        "t.py": "import testlib\nclass T(testlib.Case): ...\n",
    }
    workspace = lay_out(tmp_path, files)

    assert names(order(workspace, tmp_path / "t.py", "T")) == ["T", "Case", *UNITTEST]
    assert importlib.util.find_spec("testlib") is None


def test_a_decorator_between_installed_packages_goes_by_the_name_it_is_imported_by(tmp_path: Path) -> None:
    site = ".venv/lib/python3.11/site-packages"
    files = {
        ".venv/pyvenv.cfg": "",
        f"{site}/zope/__init__.py": "",
        f"{site}/zope/interface/__init__.py": "from zope.interface.declarations import implementer\n",
        f"{site}/zope/interface/declarations.py": "class implementer:\n    def __call__(self, ob): return ob\n",
        f"{site}/testlib.py": "import unittest\nfrom zope.interface import implementer\n"
        "@implementer(object)\nclass Case(unittest.TestCase): ...\n",
        "t.py": "import testlib\nclass T(testlib.Case): ...\n",
    }
    workspace = lay_out(tmp_path, files)

    assert names(order(workspace, tmp_path / "t.py", "T")) == ["T", "Case", *UNITTEST]


# Over time

BASE = "import unittest\nclass Base(unittest.TestCase):\n    def helper(self):\n        return 1\nclass Other: ...\n"
TEST = "from base import {0}\nclass Test{1}({0}):\n    async def test_it(self): ...\n"


def opened(root: Path, files: Mapping[str, str]) -> Workspace:
    workspace = lay_out(root, files)
    for name, text in files.items():
        workspace.write(str(root / name), text)
    return workspace


def test_typing_in_a_body_rechecks_nothing_and_renaming_a_base_its_descendants(tmp_path: Path) -> None:
    files = {
        "base.py": BASE,
        "test_a.py": TEST.format("Base", "A"),
        "test_b.py": "from test_a import TestA\nclass TestB(TestA): ...\n",
        "test_c.py": TEST.format("Other", "C"),
    }
    workspace = opened(tmp_path, files)
    analysis = workspace.snapshot()
    for name in files:
        order_of = analysis.classes(str(tmp_path / name))
        analysis.findings(str(tmp_path / name))
        [order_of.order(info) for info in order_of.all()]

    in_body = workspace.write(str(tmp_path / "base.py"), BASE.replace("return 1", "return 1 + 1"))
    renamed = workspace.write(str(tmp_path / "base.py"), BASE.replace("Base", "Root"))

    assert in_body == set()
    assert {each.rpartition("/")[2] for each in renamed} == {"test_a.py", "test_b.py"}


def test_an_edit_in_a_body_keeps_what_is_known_of_classes(tmp_path: Path) -> None:
    workspace = opened(tmp_path, {"base.py": BASE, "test_a.py": TEST.format("Base", "A")})
    order(workspace, tmp_path / "test_a.py", "TestA")
    before = workspace.snapshot().class_memory()

    workspace.write(str(tmp_path / "base.py"), BASE.replace("return 1", "return 2"))
    workspace.write(str(tmp_path / "test_a.py"), TEST.format("Base", "A").replace("...", "x = 1"))
    assert workspace.snapshot().class_memory() is before

    workspace.write(str(tmp_path / "base.py"), BASE.replace("class Other", "class Another"))
    assert workspace.snapshot().class_memory().bases == before.bases, "nobody asked about `Other`"

    workspace.write(str(tmp_path / "base.py"), BASE.replace("(unittest.TestCase)", ""))
    assert names(order(workspace, tmp_path / "test_a.py", "TestA")) == ["TestA", "Base", "object"]


def test_a_syntax_error_in_the_file_of_a_base_leaves_what_was_known(tmp_path: Path) -> None:
    workspace = opened(tmp_path, {"base.py": BASE, "test_a.py": TEST.format("Base", "A")})
    order(workspace, tmp_path / "test_a.py", "TestA")

    for broken in (
        BASE.replace("(unittest.TestCase)", "(unittest."),
        BASE.replace("import unittest", "import ("),
    ):
        workspace.write(str(tmp_path / "base.py"), broken)
        assert names(order(workspace, tmp_path / "test_a.py", "TestA")) == ["TestA", "Base", *UNITTEST]


def test_another_workspace_takes_over_what_a_broken_file_said_when_it_was_whole(tmp_path: Path) -> None:
    files = {"base.py": BASE, "test_a.py": TEST.format("Base", "A")}
    broken = {**files, "base.py": BASE.replace("(unittest.TestCase)", "(unittest.")}
    workspace = opened(tmp_path, files)
    order(workspace, tmp_path / "test_a.py", "TestA")
    workspace.write(str(tmp_path / "base.py"), broken["base.py"])

    fresh, told = opened(tmp_path, broken), opened(tmp_path, broken)
    told.take_what_was_whole(workspace)

    assert names(order(fresh, tmp_path / "test_a.py", "TestA")) != ["TestA", "Base", *UNITTEST]
    assert names(order(told, tmp_path / "test_a.py", "TestA")) == ["TestA", "Base", *UNITTEST]


@pytest.mark.parametrize("is_asked_first", [False, True])
def test_a_moment_asked_later_does_not_mix_with_the_next_one(is_asked_first: bool, tmp_path: Path) -> None:
    """The server asks about a moment in a thread, while somebody goes on typing."""
    path = tmp_path / "t.py"
    workspace = lay_out(tmp_path, {"t.py": ""})
    workspace.write(str(path), "import unittest\nclass T(unittest.TestCase): ...\n")
    earlier = workspace.snapshot()
    if is_asked_first:
        assert names(order(workspace, path, "T")) == ["T", *UNITTEST]
    workspace.write(str(path), "class T: ...\n")
    later = workspace.snapshot()

    def order_at(moment: Analysis) -> list[str] | str:
        classes = moment.classes(str(path))
        return names(classes.order(classes.all()[0]))

    assert order_at(later) == ["T", "object"]
    assert order_at(earlier) == ["T", *UNITTEST]
    assert order_at(workspace.snapshot()) == ["T", "object"]
    workspace.write(str(path), "class T: ...\n\n")
    assert order_at(workspace.snapshot()) == ["T", "object"]


def test_a_base_that_is_deleted(tmp_path: Path) -> None:
    workspace = opened(tmp_path, {"test_a.py": TEST.format("Base", "A")})
    (tmp_path / "base.py").write_text(BASE)
    workspace.changed([str(tmp_path / "base.py")])
    assert names(order(workspace, tmp_path / "test_a.py", "TestA")) == ["TestA", "Base", *UNITTEST]

    (tmp_path / "base.py").unlink()
    workspace.changed([str(tmp_path / "base.py")])

    assert names(order(workspace, tmp_path / "test_a.py", "TestA")) == "the module `base` is not found"


# Descendants


def test_a_package_that_begins_to_reach_further_than_its_folder(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("")
    package = tmp_path / "lib" / "__init__.py"
    package.parent.mkdir()
    package.write_text("")
    workspace, path = Workspace(Files(), [str(tmp_path)]), str(tmp_path / "test_it.py")
    workspace.write(path, "from lib.gone import SSotMockFactory, Base\n\n\nclass TestIt(Base): ...\n")

    def rules() -> list[str]:
        return [each.rule for each in workspace.snapshot().findings(path)]

    assert rules() == ["non-canonical-factory", "unresolved-base-class"]
    workspace.write(str(package), '__path__.append("elsewhere")\n')
    assert rules() == []
    workspace.write(str(package), "x = 1\n")
    assert rules() == ["non-canonical-factory", "unresolved-base-class"]


def test_descendants_are_found_through_aliases_in_closed_and_open_files(tmp_path: Path) -> None:
    files = {
        "base.py": "class Base: ...\nclass Near(Base): ...\n",
        "a.py": "from base import Base as B\nclass A(B): ...\n",
        "b.py": "from a import A\nRenamed = A\n",
        "c.py": "from b import Renamed\nclass C(\n    Renamed,\n): ...\nclass Base: ...\nclass No(Base): ...\n",
    }
    workspace = lay_out(tmp_path, files)
    workspace.write(str(tmp_path / "d.py"), "import base\nclass D(base.Near): ...\n")
    analysis = workspace.snapshot()
    classes = analysis.classes(str(tmp_path / "base.py"))
    base = classes.all()[0]

    assert {each.name for each in classes.descendants(base.key) or ()} == {"Near", "A", "C", "D"}


def test_descendants_of_a_namesake_that_is_found_later(tmp_path: Path) -> None:
    files = {
        "base.py": "class Base: ...\n",
        "a.py": "from base import Base\nclass A(Base): ...\n",
        "b.py": "from c import A\nclass B(A): ...\n",
        "c.py": "from base import Base\nclass Near(Base): ...\nclass A(Near): ...\n",
        "d.py": "from a import A\nclass Last(A): ...\n",
    }
    analysis = lay_out(tmp_path, files).snapshot()
    classes = analysis.classes(str(tmp_path / "base.py"))

    found = classes.descendants(classes.all()[0].key) or ()
    assert sorted(each.name for each in found) == ["A", "A", "B", "Last", "Near"]


def test_a_file_with_a_descendant_is_looked_at_a_few_times_however_many_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {
        f"test_{number}.py": f"from base import Base\nclass Test{number}(Base): ...\n" for number in range(40)
    }
    workspace = lay_out(tmp_path, {"base.py": "class Base: ...\n", **files})
    analysis = workspace.snapshot()
    classes = analysis.classes(str(tmp_path / "base.py"))
    looked_at: list[str] = []
    derives = Classes._derives

    def noted(self: Classes, info: ClassInfo, keys: set[ClassKey]) -> bool:
        looked_at.append(info.name)
        return derives(self, info, keys)

    monkeypatch.setattr(Classes, "_derives", noted)
    assert len(classes.descendants(classes.all()[0].key) or ()) == 40
    assert len(looked_at) <= 2 * 41


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("class Heir(first.Base, Generic[T]): ...\n", id="a header"),
        pytest.param("from a import Base as Other, Second as Third\n", id="imports"),
        pytest.param(
            "from a import (\n    Base\tas\tOther,\n    Base  as  Third,\n)\n", id="blanks and tabs"
        ),
        pytest.param("Other = bases.Base if x else None\n", id="an assignment"),
        pytest.param(" as x\nas y\n as  z", id="no word before it"),
    ],
)
def test_the_words_of_a_file_are_at_least_those_that_it_is_found_by(text: str) -> None:
    mentions = mentions_in(text.encode())
    assert {*mentions.headers, *mentions.renamed} <= {each.decode() for each in mentioned(text.encode())}


def test_only_files_that_may_mention_a_base_are_read_for_it(tmp_path: Path) -> None:
    (tmp_path / "base.py").write_text("class Base: ...\n")
    (tmp_path / "heir.py").write_text("from base import Base\nclass Heir(Base): ...\n")
    (tmp_path / "other.py").write_text("from base import Base\nclass Other: ...\n")
    files = Counting()
    heirs = Heirs(files, str(tmp_path), Configs(files, (str(tmp_path),)).of_folder)

    assert heirs.files("Missing") == []
    files.read_paths.clear()
    assert [path for path, _ in heirs.files("Base")] == [str(tmp_path / "heir.py")]
    assert files.read_paths == [str(tmp_path / "heir.py")]

    (tmp_path / "other.py").write_text("from heir import Heir as Base\nclass Other(Base): ...\n")
    heirs.changed([str(tmp_path / "other.py")])
    assert [path for path, _ in heirs.files("Base")] == [
        str(tmp_path / each) for each in ("heir.py", "other.py")
    ]
    (tmp_path / "heir.py").unlink()
    heirs.changed([str(tmp_path / "heir.py")])
    assert [path for path, _ in heirs.files("Base")] == [str(tmp_path / "other.py")]


class Counting(Files):
    """The disk, and the files that were read."""

    def __init__(self) -> None:
        self.read_paths: list[str] = []

    def bytes_of(self, path: str) -> bytes:
        self.read_paths.append(path)
        return super().bytes_of(path)


def test_a_search_tells_needles_apart_that_share_a_word(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("class Base: ...\n")
    (tmp_path / "b.py").write_text("\nBase = object\n")
    (tmp_path / "c.py").write_text("# Base\n")
    files = Counting()
    search = Search(files, str(tmp_path), Configs(files, (str(tmp_path),)).of_folder)

    wanted = (b"class Base", b"\nBase =", b"class Base", b"==")
    found = search.holders(wanted)
    names = {needle: [os.path.basename(path) for path in paths] for needle, paths in found.items()}
    assert names == {b"class Base": ["a.py"], b"\nBase =": ["b.py"], b"==": []}
    assert sorted(map(os.path.basename, files.read_paths)) == ["a.py", "b.py", "c.py"]
