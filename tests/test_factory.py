"""The model of a factory: text in, what is known of its methods out."""

from __future__ import annotations

import json
import os
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ssot_lsp.analysis import Workspace
from ssot_lsp.cli import main
from ssot_lsp.files import Files
from ssot_lsp.index.factory import Product
from ssot_lsp.index.receivers import factory_of_receiver

if TYPE_CHECKING:
    from ssot_lsp.index.factory import Factory, FactoryMethod

SHARED_CONSTANTS = Path(__file__).parent / "fixtures" / "factories" / "shared_constants"
IMPORTS = "from unittest.mock import AsyncMock, MagicMock, Mock, create_autospec, seal\n"


@pytest.fixture
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh workspace folder."""
    return tmp_path_factory.mktemp("workspace")


def lay_out(root: Path, files: dict[str, str]) -> Workspace:
    """A workspace with these files on its disk."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip("\n"))
    return Workspace(Files(), [str(root)])


def factories(workspace: Workspace, root: Path) -> tuple[Factory, ...]:
    return workspace.snapshot().factories(str(root / "tests" / "test_it.py"))


def method_of(root: Path, method: str, *, before: str = "", name: str = "create") -> FactoryMethod:
    """The method `create` of a factory that has the statements of `method`."""
    body = textwrap.indent(textwrap.dedent(method).strip("\n"), "    ")
    text = f"{IMPORTS}{textwrap.dedent(before)}\nclass SSotMockFactory:\n{body}\n"
    (factory,) = factories(lay_out(root, {"factory.py": text}), root)
    return factory.methods[name]


def surface(method: FactoryMethod) -> list[str]:
    """Each item of the surface in a line: path, kind, value, parameter."""
    return [
        " ".join(
            filter(
                None, (".".join(each.path), each.kind, each.value, each.parameter and f"<{each.parameter}>")
            )
        )
        for each in method.surface
    ]


def products(method: FactoryMethod) -> str:
    return " ".join(each.value for each in Product if each in method.products)


# What a body sets


@pytest.mark.parametrize(
    ("body", "product", "expected"),
    [
        pytest.param("return MagicMock()", "MagicMock", [], id="a bare mock has no surface"),
        pytest.param(
            "m = AsyncMock()\nm.send = AsyncMock()\nm.add = MagicMock()\nreturn m",
            "AsyncMock",
            ["send async", "add sync"],
            id="attributes are set",
        ),
        pytest.param(
            "m = MagicMock()\nm.a.b.c = 1\nreturn m", "MagicMock", ["a.b.c value 1"], id="at any depth"
        ),
        pytest.param(
            "m = MagicMock()\nm.a.return_value.b.side_effect = [1, 2]\nreturn m",
            "MagicMock",
            ["a.return_value.b.side_effect value [1, 2]"],
            id="results of calls",
        ),
        pytest.param(
            "return MagicMock(x=1, y=AsyncMock(return_value='z'), **{'a.b.return_value': 2})",
            "MagicMock",
            ["x value 1", "y async", "y.return_value value 'z'", "a.b.return_value value 2"],
            id="keywords of the constructor, dotted ones too",
        ),
        pytest.param(
            "m = MagicMock(name='m')\nm.configure_mock(name='n', **{'f.return_value': 3})\nreturn m",
            "MagicMock",
            ["name value 'n'", "f.return_value value 3"],
            id="configure_mock; `name` is an attribute there and not in the constructor",
        ),
        pytest.param(
            "m = MagicMock()\nfor n in ('a', 'b'):\n    setattr(m, n, AsyncMock())\nreturn m",
            "MagicMock",
            ["a async", "b async"],
            id="setattr in a loop over literals",
        ),
        pytest.param(
            "m = MagicMock()\nfor e, v in {'a': 1, 'b': 2}.items():\n    setattr(m, f'on_{e}', v)\nreturn m",
            "MagicMock",
            ["on_a value 1", "on_b value 2"],
            id="pairs of a dictionary, names put together",
        ),
        pytest.param(
            "m = MagicMock()\nm.attach_mock(AsyncMock(), 'send')\nreturn m",
            "MagicMock",
            ["send async"],
            id="attach_mock",
        ),
        pytest.param(
            "m = MagicMock()\nif self.on:\n    m.a = AsyncMock()\n    m.b = Mock()\nreturn m",
            "MagicMock",
            ["a unknown", "b sync"],
            id="what may not be set is unknown where its kind would differ",
        ),
        pytest.param(
            "m = MagicMock()\nif self.on:\n    m.a = 1\nelse:\n    m.a = 2\nreturn m",
            "MagicMock",
            ["a unknown"],
            id="values that differ by branch are no value",
        ),
        pytest.param(
            "m = MagicMock()\ndef send(x):\n    return x\nasync def recv():\n    return 1\n"
            "m.send = send\nm.recv = recv\nm.f = lambda: 1\nreturn m",
            "MagicMock",
            ["send sync", "recv async", "f sync"],
            id="functions",
        ),
        pytest.param(
            "m = AsyncMock()\nm.__aenter__.return_value = m\nm.x.y = 1\nreturn m",
            "AsyncMock",
            ["__aenter__.return_value async", "x.y value 1"],
            id="a double that is its own context manager",
        ),
        pytest.param(
            "m = MagicMock()\nm.x = unknown_thing()\nreturn m",
            "MagicMock",
            ["x unknown"],
            id="what is unknown",
        ),
        pytest.param("return helper_of_nobody()", "unknown", [], id="an unknown product"),
        pytest.param(
            "if self.real:\n    return {}\nreturn AsyncMock(a=1)",
            "AsyncMock real",
            ["a value 1"],
            id="conditional returns",
        ),
        pytest.param(
            "m = MagicMock()\nm.a = 1\nseal(m)\nreturn m", "MagicMock sealed", ["a value 1"], id="sealed"
        ),
        pytest.param("return", "unknown", [], id="nothing is returned"),
        pytest.param("yield MagicMock()", "unknown", [], id="a generator is not what it yields"),
    ],
)
def test_the_surface_of(body: str, product: str, expected: list[str], root: Path) -> None:
    method = method_of(root, f"def create(self):\n{textwrap.indent(body, '    ')}")

    assert (products(method), surface(method)) == (product, expected)


@pytest.mark.parametrize(
    ("signature", "body", "expected"),
    [
        pytest.param(
            "user_id='u'", "MagicMock(user_id=user_id)", ["user_id value 'u' <user_id>"], id="given on"
        ),
        pytest.param(
            "user_id=USER", "MagicMock(user_id=user_id)", ["user_id value 'u9' <user_id>"], id="a constant"
        ),
        pytest.param("x=None", "MagicMock(x=x or [])", ["x value [] <x>"], id="with `or`"),
        pytest.param(
            "x=None", "MagicMock(x=x if x is not None else 3)", ["x value 3 <x>"], id="with a conditional"
        ),
        pytest.param("x", "MagicMock(y=f'{x}!')", ["y value"], id="what is made of it is not it"),
        pytest.param(
            "**kwargs",
            "MagicMock(run=kwargs.get('run_id', 'r'))",
            ["run value 'r' <run_id>"],
            id="out of keywords",
        ),
    ],
)
def test_values_from_parameters(signature: str, body: str, expected: list[str], root: Path) -> None:
    method = method_of(root, f"def create(self, {signature}):\n    return {body}", before="USER = 'u9'")

    assert surface(method) == expected


def test_a_name_that_its_module_no_longer_has_is_anything(root: Path) -> None:
    files = {
        "values.py": "OTHER = 1\n",
        "factory.py": f"{IMPORTS}from values import NAME\n\n\nclass SSotMockFactory:\n    def create(self):\n"
        "        return MagicMock(name_of_it=NAME)\n",
    }
    (factory,) = factories(lay_out(root, files), root)

    assert surface(factory.methods["create"]) == ["name_of_it unknown"]


@pytest.mark.parametrize("typed", ["NAME, ,", ",", "NAME as ,", ", as NAME"])
def test_an_import_that_is_being_typed_is_read_to_its_end(typed: str, root: Path) -> None:
    files = {
        "values.py": "NAME = 1\n",
        "factory.py": f"from values import {typed}\nclass SSotMockFactory:\n    def create(self): return 1\n",
    }
    (factory,) = factories(lay_out(root, files), root)

    assert list(factory.methods) == ["create"]


def test_helpers_inside_the_factory_are_gone_into(root: Path) -> None:
    method = method_of(
        root,
        """
        EVENTS = ("started", "completed")

        @classmethod
        def create(cls, user_id="u"):
            m = cls._base(MagicMock, user_id)
            SSotMockFactory._events(m, prefix="emit_")
            m.lock = make_lock()
            return m

        @staticmethod
        def _base(kind, user_id):
            m = MagicMock()
            m.user_id = user_id
            return m

        @staticmethod
        def _events(target, prefix):
            for event in SSotMockFactory.EVENTS:
                setattr(target, prefix + event, AsyncMock())
        """,
        before="""
        def make_lock():
            return AsyncMock(locked=Mock(return_value=False))
        """,
    )

    assert surface(method) == [
        'user_id value "u" <user_id>',
        "emit_started async",
        "emit_completed async",
        "lock async",
        "lock.locked sync",
        "lock.locked.return_value value False",
    ]


SPEC = """
class Service:
    name = "s"
    async def fetch(self): ...
    def close(self): ...
    @property
    def state(self): ...
"""


@pytest.mark.parametrize(
    ("made", "product", "kinds"),
    [
        ("MagicMock()", "MagicMock", {"x": "sync", "x.y": "sync", "__aenter__": "async"}),
        ("AsyncMock()", "AsyncMock", {"x": "async", "x.y": "async", "x.return_value": "async"}),
        (
            "MagicMock(spec=Service)",
            "MagicMock spec'd",
            {"fetch": "async", "close": "sync", "other": "unknown"},
        ),
        (
            "AsyncMock(spec=Service)",
            "AsyncMock spec'd",
            {"fetch": "async", "close": "sync", "state": "value"},
        ),
        ("Mock(Service)", "Mock spec'd", {"fetch": "async", "close": "sync"}),
        ("create_autospec(Service, instance=True)", "MagicMock spec'd", {"fetch": "async", "close": "sync"}),
        ("MagicMock(spec=Nobody)", "MagicMock spec'd", {"fetch": "unknown"}),
    ],
)
def test_children_follow_the_documentation_of_mock(
    made: str, product: str, kinds: dict[str, str], root: Path
) -> None:
    method = method_of(root, f"def create(self):\n    return {made}", before=SPEC)

    assert products(method) == product
    assert {path: method.kind_of(tuple(path.split("."))) for path in kinds} == kinds


@pytest.mark.parametrize(
    ("definition", "product"),
    [
        ("@dataclass(frozen=True)\nclass User:\n    user_id: str", "real frozen"),
        ("@dataclass\nclass User:\n    user_id: str", "real"),
        ("class User(NamedTuple):\n    user_id: str", "real frozen"),
        (
            "class User(BaseModel):\n    model_config = ConfigDict(frozen=True)\n    user_id: str",
            "real frozen",
        ),
        (
            "class User(Base):\n    pass\n@dataclass(frozen=True)\nclass Base:\n    user_id: str",
            "real frozen",
        ),
        ("class User(MagicMock):\n    pass", "MagicMock"),
    ],
)
def test_products_that_are_classes_of_the_workspace(definition: str, product: str, root: Path) -> None:
    workspace = lay_out(
        root,
        {
            "app/user.py": f"from dataclasses import dataclass\n{IMPORTS}{definition}\n",
            "factory.py": """
            class SSotMockFactory:
                @staticmethod
                def create(user_id):
                    from app.user import User
                    return User(user_id=user_id)
            """,
        },
    )
    (factory,) = factories(workspace, root)

    assert products(factory.methods["create"]) == product
    if product != "MagicMock":
        assert surface(factory.methods["create"]) == ["user_id value <user_id>"]


# What a call takes


def test_signatures_in_one_line(root: Path) -> None:
    method = method_of(
        root,
        '''
        @staticmethod
        async def create(
            a,
            /,
            b: int = 3,
            *args: str,
            c: "list[str]" = ("x",),
            **kwargs,
        ) -> MagicMock:
            """Make it.

            Well.
            """
            return MagicMock(b=b)
        ''',
    )

    assert method.signature == (
        'async create(a, /, b: int = 3, *args: str, c: "list[str]" = ("x",), **kwargs) -> MagicMock'
    )
    assert method.docstring == "Make it.\n\nWell."
    assert [each.name for each in method.parameters if not each.is_read] == ["a", "args", "c", "kwargs"]
    assert (method.is_static, method.is_class, method.is_async) == (True, False, True)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param("return 1", (), id="never read"),
        pytest.param(
            "return kwargs['a'], kwargs.get('b'), kwargs.pop('c', 1), 'd' in kwargs",
            ("a", "b", "c", "d"),
            id="read",
        ),
        pytest.param("return self.other(**kwargs)", ("x", "y", "z"), id="handed on to a method"),
        pytest.param("return MagicMock(**kwargs)", None, id="handed on to a mock, which takes any"),
        pytest.param("return unknown(**kwargs)", None, id="handed on to what is not known"),
        pytest.param("for k in kwargs:\n    print(k)", None, id="looked through"),
    ],
)
def test_keywords_that_are_read(body: str, expected: tuple[str, ...] | None, root: Path) -> None:
    method = method_of(
        root,
        f"def create(self, **kwargs):\n{textwrap.indent(body, '    ')}\n"
        "def other(self, x, *, y=1, **more):\n    return more.get('z')",
    )

    assert method.reads_keywords == expected


@pytest.mark.parametrize(
    ("body", "closed", "mentioned"),
    [
        pytest.param(
            "if kind == 'a':\n    return 1\nelif kind in ('b', 'c'):\n    return 2\nelse:\n    raise ValueError",
            ["a", "b", "c"],
            [],
            id="comparisons with an else that raises",
        ),
        pytest.param(
            "if kind == 'a':\n    return 1\nif 'b' == kind or kind == 'c':\n    return 2\nraise ValueError",
            ["a", "b", "c"],
            [],
            id="comparisons in a row and then a raise",
        ),
        pytest.param(
            "if kind not in {'a', 'b'}:\n    raise ValueError\nreturn MagicMock()",
            ["a", "b"],
            [],
            id="a guard",
        ),
        pytest.param(
            "match kind:\n    case 'a' | 'b':\n        return 1\n    case _:\n        raise ValueError",
            ["a", "b"],
            [],
            id="match",
        ),
        pytest.param("return {'a': 1, 'b': 2}[kind]", ["a", "b"], [], id="a literal dictionary"),
        pytest.param("return TABLE[kind]", ["t"], [], id="a dictionary of the module"),
        pytest.param("return self.KINDS[kind]()", ["k"], [], id="a dictionary of the class"),
        pytest.param(
            "if kind == 'a':\n    x = 1\nreturn MagicMock()", [], ["a"], id="one comparison closes nothing"
        ),
        pytest.param("return TABLE.get(kind, 0)", [], ["t"], id="a look-up with a default"),
        pytest.param(
            "if kind == 'a':\n    return 1\nelse:\n    return 2",
            [],
            ["a"],
            id="an else that has something to give",
        ),
        pytest.param("if kind == other:\n    return 1\nraise ValueError", [], [], id="no literal"),
    ],
)
def test_closed_sets_of_strings(body: str, closed: list[str], mentioned: list[str], root: Path) -> None:
    method = method_of(
        root,
        f"KINDS = {{'k': Mock}}\ndef create(self, kind, other=1):\n{textwrap.indent(body, '    ')}",
        before="TABLE = {'t': 1}",
    )

    assert list(method.literals.get("kind", ())) == closed
    assert list(method.mentioned.get("kind", ())) == mentioned


@pytest.mark.parametrize(
    "body",
    [
        "for kind in kinds:\n    if kind == 'a':\n        x = 1\n    elif kind == 'b':\n        x = 2",
        "return {kind: {'a': 1, 'b': 2}[kind] for kind in kinds}",
        "for kind in kinds:\n    if kind not in ('a', 'b'):\n        raise ValueError",
    ],
)
def test_strings_in_a_list(body: str, root: Path) -> None:
    method = method_of(root, f"def create(self, kinds):\n{textwrap.indent(body, '    ')}")

    assert method.literals == {"kinds": ("a", "b")}
    assert method.lists == {"kinds"}


# Which factory


def test_a_factory_is_found_by_its_name(root: Path) -> None:
    workspace = lay_out(
        root,
        {
            "lib/doubles.py": "class SSotMockFactory:\n    def create(self): ...\n",
            "lib/mentions.py": "# class SSotMockFactory\nclass SSotMockFactoryBase: ...\n",
            "node_modules/x.py": "class SSotMockFactory: ...\n",
            "lib/inner.py": "def f():\n    class SSotMockFactory: ...\n",
        },
    )

    assert [(each.name, each.module) for each in factories(workspace, root)] == [
        ("SSotMockFactory", "doubles")
    ]


def test_an_alias_elsewhere_is_another_definition(root: Path) -> None:
    workspace = lay_out(
        root,
        {
            "one.py": "class SSotMockFactory:\n    def create_a(self): ...\n",
            "two.py": "class OtherFactory:\n    def create_b(self): ...\n\nSSotMockFactory = OtherFactory\n",
            "three.py": "from one import SSotMockFactory as Base\nSSotMockFactory = Base\n",
        },
    )

    found = factories(workspace, root)

    assert [(each.known_as, each.name, list(each.methods)) for each in found] == [
        ("SSotMockFactory", "SSotMockFactory", ["create_a"]),
        ("SSotMockFactory", "OtherFactory", ["create_b"]),
    ]


@pytest.mark.parametrize(
    ("configured", "expected"),
    [
        ("pkg.doubles.Maker", [("Maker", ["create", "inherited"])]),
        ("pkg.Maker", [("Maker", ["create", "inherited"])]),
        ("pkg.functions", [("pkg.functions", ["make_socket", "Session", "Maker"])]),
        ("pkg.missing.Maker", []),
        ("Maker", [("Maker", ["create", "inherited"])]),
    ],
)
def test_configured_factories(configured: str, expected: list[tuple[str, list[str]]], root: Path) -> None:
    workspace = lay_out(
        root,
        {
            "pyproject.toml": f'[tool.ssot-lsp]\nfactory = ["{configured}"]\n',
            "pkg/__init__.py": "from .doubles import Maker\n",
            "pkg/base.py": "class Base:\n    def inherited(self): ...\n    def _private(self): ...\n",
            "pkg/doubles.py": "from .base import Base\nclass Maker(Base):\n    def create(self): ...\n",
            "pkg/functions.py": """
            from os import path
            from .doubles import *
            LIMIT = 3
            def make_socket(host): ...
            class Session:
                def __init__(self, url, timeout=1): ...
            def _hidden(): ...
            """,
        },
    )

    found = factories(workspace, root)

    assert [(each.name, list(each.methods)) for each in found] == expected
    if configured == "pkg.functions":
        assert found[0].methods["Session"].signature == "Session(url, timeout=1)"
        assert found[0].has("LIMIT")
        assert found[0].has("path")
        assert not found[0].has("make_sock")


# What cannot be known


@pytest.mark.parametrize(
    ("text", "is_open", "known"),
    [
        pytest.param("class SSotMockFactory: ...", False, [], id="empty class"),
        pytest.param(
            "class SSotMockFactory(ABC, Generic[T]):\n    def a(self): ...",
            False,
            ["a"],
            id="bases that bring nothing",
        ),
        pytest.param(
            "class SSotMockFactory(lib.Base):\n    def a(self): ...", True, ["a"], id="a base from elsewhere"
        ),
        pytest.param(
            "class SSotMockFactory:\n    def __getattr__(self, name): ...", True, [], id="__getattr__"
        ),
        pytest.param(
            "class SSotMockFactory: ...\nfor n in names():\n    setattr(SSotMockFactory, n, f)",
            True,
            [],
            id="setattr under names that are not written down",
        ),
        pytest.param(
            "class SSotMockFactory: ...\nSSotMockFactory.create_a = f\nsetattr(SSotMockFactory, 'create_b', f)",
            False,
            ["create_a", "create_b"],
            id="methods that are added by name",
        ),
        pytest.param(
            "class SSotMockFactory:\n    for n in names():\n        locals()[n] = f", True, [], id="locals()"
        ),
        pytest.param("@registers\nclass SSotMockFactory: ...", True, [], id="a decorator of the class"),
        pytest.param("class SSotMockFactory(metaclass=Meta): ...", True, [], id="a metaclass"),
        pytest.param(
            "class SSotMockFactory:\n    def a(self): ...\n    b = a\n    c = 1\n    class D: ...\n"
            "    @property\n    def e(self): ...",
            False,
            ["a", "b", "c", "D", "e"],
            id="aliases, values, classes and properties",
        ),
        pytest.param(
            "class SSotMockFactory(SSotMockFactory):\n    def a(self): ...", True, ["a"], id="its own base"
        ),
    ],
)
def test_methods_that_cannot_be_seen(text: str, is_open: bool, known: list[str], root: Path) -> None:
    (factory,) = factories(lay_out(root, {"factory.py": text + "\n"}), root)

    assert factory.has_unknown_methods == is_open
    assert all(name in factory.methods or name in factory.attributes for name in known)
    assert factory.has("create_z") == is_open
    if is_open:
        assert factory.notes


@pytest.mark.parametrize(
    ("decorator", "is_known", "product"),
    [
        ("@staticmethod", True, "MagicMock"),
        ("@functools.lru_cache(maxsize=None)", True, "MagicMock"),
        ("@contextlib.contextmanager", True, "unknown"),
        ("@keeping", True, "unknown"),
        ("@hiding", False, "unknown"),
        ("@lib.anything", False, "unknown"),
    ],
)
def test_decorators(decorator: str, is_known: bool, product: str, root: Path) -> None:
    before = """
    def keeping(function):
        @functools.wraps(function)
        def inner(*args, **kwargs):
            return function(*args, **kwargs)
        return inner
    def hiding(function):
        return lambda *args: function(*args)
    """
    method = method_of(root, f"{decorator}\ndef create(self, *, a=1):\n    return MagicMock()", before=before)

    assert (method.is_signature_known, products(method)) == (is_known, product)


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        pytest.param("", "", id="none"),
        pytest.param("user_id='u'", "", id="the decorator was forgotten"),
        pytest.param("**options", "options", id="keywords"),
    ],
)
def test_method_without_self_may_be_called_on_the_class(parameters: str, expected: str, root: Path) -> None:
    method = method_of(root, f"def create({parameters}):\n    return MagicMock()")

    assert not method.is_signature_known
    assert ", ".join(each.name for each in method.parameters) == expected


def test_a_class_that_is_defined_twice_is_the_last_one(root: Path) -> None:
    text = "class SSotMockFactory:\n    def a(self): ...\nclass SSotMockFactory:\n    def b(self): ...\n"
    (factory,) = factories(lay_out(root, {"factory.py": text}), root)

    assert list(factory.methods) == ["b"]
    assert factory.notes == ("`SSotMockFactory` is defined 2 times, the last one counts",)


def test_a_class_under_if_may_be_either(root: Path) -> None:
    (factory,) = factories(
        lay_out(
            root,
            {
                "factory.py": """
                if FAST:
                    class SSotMockFactory:
                        def a(self, x): ...
                        def same(self): ...
                else:
                    class SSotMockFactory:
                        def a(self, y): ...
                        def b(self): ...
                        def same(self): ...
                """
            },
        ),
        root,
    )

    assert {name: each.is_signature_known for name, each in factory.methods.items()} == {
        "a": False,
        "b": True,
        "same": True,
    }


def test_a_circular_import_ends(root: Path) -> None:
    workspace = lay_out(
        root,
        {
            "one.py": "from two import Base\nclass SSotMockFactory(Base):\n    def a(self): ...\n",
            "two.py": "from one import SSotMockFactory\nclass Base(SSotMockFactory):\n    def b(self): ...\n",
        },
    )
    (factory,) = factories(workspace, root)

    assert set(factory.methods) >= {"a", "b"}
    assert factory.has_unknown_methods


def test_helpers_that_call_each_other_end(root: Path) -> None:
    method = method_of(
        root, "def create(self):\n    return self.other()\ndef other(self):\n    return self.create()"
    )

    assert products(method) == "unknown"


def test_nothing_is_run(root: Path) -> None:
    """A factory that writes a file at import and in each method leaves none."""
    witness = root / "witness"
    workspace = lay_out(
        root,
        {
            "factory.py": f"""
            open({str(witness)!r}, "w").write("ran")
            class SSotMockFactory:
                LEAK = open({str(witness)!r}, "w")
                def create(self, x=open({str(witness)!r}, "w")):
                    open({str(witness)!r}, "w").write("ran")
                    return __import__("os").system("touch {witness}")
            """
        },
    )
    (factory,) = factories(workspace, root)

    assert list(factory.methods) == ["create"]
    assert not witness.exists()


# Changes


def test_a_change_is_seen_at_once_saved_or_not(root: Path) -> None:
    workspace = lay_out(root, {"factory.py": "class SSotMockFactory:\n    def a(self): ...\n"})
    path = str(root / "factory.py")
    assert list(factories(workspace, root)[0].methods) == ["a"]

    workspace.write(path, "class SSotMockFactory:\n    def b(self): ...\n")
    assert list(factories(workspace, root)[0].methods) == ["b"]

    workspace.close(path)
    assert list(factories(workspace, root)[0].methods) == ["a"]

    (root / "factory.py").write_text("class SSotMockFactory:\n    def c(self): ...\n")
    workspace.changed([path])
    assert list(factories(workspace, root)[0].methods) == ["c"]

    (root / "factory.py").unlink()
    workspace.changed([path])
    assert factories(workspace, root) == ()

    workspace.write(str(root / "new.py"), "class SSotMockFactory:\n    def d(self): ...\n")
    assert list(factories(workspace, root)[0].methods) == ["d"]


def test_a_change_in_a_base_or_a_class_behind_a_product_is_seen(root: Path) -> None:
    workspace = lay_out(
        root,
        {
            "base.py": "class Base:\n    def a(self): ...\n",
            "user.py": "class User: ...\n",
            "factory.py": """
            from base import Base
            from user import User
            class SSotMockFactory(Base):
                def create(self):
                    return User()
            """,
        },
    )
    assert products(factories(workspace, root)[0].methods["create"]) == "real"

    workspace.write(str(root / "user.py"), "from typing import NamedTuple\nclass User(NamedTuple): ...\n")
    workspace.write(str(root / "base.py"), "class Base:\n    def b(self): ...\n")

    (factory,) = factories(workspace, root)
    assert list(factory.methods) == ["create", "b"]
    assert products(factory.methods["create"]) == "real frozen"


def test_typing_in_one_method_reads_that_one_alone(root: Path) -> None:
    methods = "".join(
        f"    def create_{n}(self):\n        m = {'self._help()' if n == 7 else 'MagicMock()'}\n        return m\n"
        for n in range(30)
    )
    text = f"{IMPORTS}class SSotMockFactory:\n{methods}    def _help(self):\n        return MagicMock(a=1)\n"
    workspace = lay_out(root, {"factory.py": text})
    factories(workspace, root)
    memory = workspace._disk.memory
    assert memory.reads == 30

    def reads_after(changed: str) -> int:
        before = memory.reads
        workspace.write(str(root / "factory.py"), changed)
        factories(workspace, root)
        return memory.reads - before

    assert reads_after(text) == 0
    edited = text.replace("create_3(self):\n", "create_3(self):\n        x = 1\n")
    assert reads_after(edited) == 1
    assert reads_after(edited.replace("a=1", "a=2")) == 1, "a helper's one user"
    assert reads_after(edited.replace("a=1", "a=2") + "\nX = 1\n") == 30, "what all may see"


def test_what_is_noted_of_a_function_is_noted_of_the_module_that_hands_it_out(root: Path) -> None:
    files = {
        "doubles.py": "from made import create\n",
        "made.py": "@lib.anything\ndef create(): ...\n",
        "pyproject.toml": "[tool.ssot-lsp]\nfactory = ['doubles']\n",
    }
    (factory,) = factories(lay_out(root, files), root)

    assert not factory.methods["create"].is_signature_known
    assert factory.notes == ("the decorator `lib.anything` may change the signature of `create`",)


def test_what_is_noted_of_a_method_stays_while_another_one_is_typed(root: Path) -> None:
    text = """
    class SSotMockFactory:
        def create_a():
            return 1
        @lib.anything
        def create_b(self):
            return 2
        def create_c(self):
            return 3
    """
    workspace = lay_out(root, {"factory.py": text})
    notes = (
        "`create_a` takes no `self`: whether it is called on the class is not known",
        "the decorator `lib.anything` may change the signature of `create_b`",
    )
    assert factories(workspace, root)[0].notes == notes
    path = str(root / "factory.py")
    written = workspace.snapshot().text(path)

    for typed in ("return 3 + 1", "return 3 + 12"):
        workspace.write(path, written.replace("return 3", typed))

        assert factories(workspace, root)[0].notes == notes, typed


def test_a_decorator_that_begins_to_keep_the_signature_is_seen(root: Path) -> None:
    text = """
    import functools
    def counted(function):
        @functools.wraps(function)
        def inner(*args, **kwargs):
            return function(*args, **kwargs)
        return inner
    class SSotMockFactory:
        @counted
        def create(self):
            return 1
    """
    workspace = lay_out(root, {"factory.py": text})
    path = str(root / "factory.py")
    written = workspace.snapshot().text(path)
    assert factories(workspace, root)[0].methods["create"].is_signature_known

    workspace.write(path, written.replace("    @functools.wraps(function)\n", ""))
    assert not factories(workspace, root)[0].methods["create"].is_signature_known

    workspace.write(path, written)
    assert factories(workspace, root)[0].methods["create"].is_signature_known


def test_while_a_factory_does_not_parse_what_was_known_stays(root: Path) -> None:
    text = "class SSotMockFactory:\n    def a(self, x): ...\n    def b(self): ...\n"
    workspace = lay_out(root, {"factory.py": text})
    factories(workspace, root)

    workspace.write(
        str(root / "factory.py"), "class SSotMockFactory:\n    def new(self, (:\n    def b(self): ...\n"
    )

    (factory,) = factories(workspace, root)
    assert set(factory.methods) >= {"a", "b"}
    assert factory.has("new"), "it is being typed"
    assert not factory.has("other")
    assert any("does not parse" in note for note in factory.notes)


def test_another_workspace_takes_over_what_a_factory_had_when_it_was_whole(root: Path) -> None:
    workspace = lay_out(root, {"factory.py": "class SSotMockFactory:\n    def a(self, x): ...\n"})
    factories(workspace, root)
    broken = "class SSotMockFactory:\n    def (:\n"
    workspace.write(str(root / "factory.py"), broken)

    fresh, told = (lay_out(root, {"factory.py": broken}) for _ in range(2))
    told.take_what_was_whole(workspace)

    assert "a" not in factories(fresh, root)[0].methods
    assert "a" in factories(told, root)[0].methods


def test_an_older_moment_knows_no_factory_that_was_whole_only_later(root: Path) -> None:
    path = str(root / "factory.py")
    workspace = lay_out(root, {"factory.py": ""})
    workspace.write(path, "class SSotMockFactory:\n    def (:\n")
    older = workspace.snapshot()

    workspace.write(path, "class SSotMockFactory:\n    def a(self, x): ...\n")
    assert "a" in factories(workspace, root)[0].methods
    assert "a" not in older.factories(path)[0].methods

    workspace.write(path, "class SSotMockFactory:\n    def (:\n")
    assert "a" in factories(workspace, root)[0].methods


def test_a_factory_that_never_parsed_is_open(root: Path) -> None:
    (factory,) = factories(
        lay_out(root, {"factory.py": "class SSotMockFactory:\n    def a(self, x): ...\n    def b(:\n"}), root
    )

    assert factory.has_unknown_methods


def test_an_empty_factory_file_is_none(root: Path) -> None:
    workspace = lay_out(root, {"factory.py": "class SSotMockFactory:\n    def a(self): ...\n"})
    assert len(factories(workspace, root)) == 1

    workspace.write(str(root / "factory.py"), "")

    assert factories(workspace, root) == ()


def test_a_factory_of_twenty_thousand_lines(root: Path) -> None:
    method = "    def create_{n}(self):\n        m = MagicMock()\n{lines}        return m\n"
    lines = "".join(f"        m.a{n} = AsyncMock()\n" for n in range(37))
    text = f"{IMPORTS}class SSotMockFactory:\n" + "".join(method.format(n=n, lines=lines) for n in range(500))
    (factory,) = factories(lay_out(root, {"factory.py": text}), root)

    assert text.count("\n") >= 20_000
    assert len(factory.methods) == 500
    assert len(factory.methods["create_499"].surface) == 37


# Receivers

RECEIVERS = {
    "pkg/__init__.py": "from pkg.factory import SSotMockFactory\n",
    "pkg/factory.py": "class SSotMockFactory:\n    def create(self): ...\n",
    "pkg/base.py": """
    from pkg import SSotMockFactory
    class Base:
        def setup_method(self, method):
            self.mock_factory = SSotMockFactory()
        @property
        def made(self):
            return SSotMockFactory
        def make(self):
            return SSotMockFactory()
    """,
    "tests/conftest.py": """
    import pytest
    from pkg import SSotMockFactory
    @pytest.fixture
    def doubles():
        factory = SSotMockFactory()
        yield factory
    """,
}


@pytest.mark.parametrize(
    ("body", "rest"),
    [
        pytest.param("SSotMockFactory.create", "create", id="the class"),
        pytest.param("SSotMockFactory().create()", "create ()", id="an instance"),
        pytest.param("pkg.SSotMockFactory.create", "create", id="through a module"),
        pytest.param("F.create", "create", id="an alias by import"),
        pytest.param("f = SSotMockFactory()\n        f.create", "create", id="a local"),
        pytest.param("f = g = F\n        g.create", "create", id="an alias of an alias"),
        pytest.param("m = F.create()\n        m.send.x", "create () send x", id="a product"),
        pytest.param("self.mock_factory.create", "create", id="an attribute that a base sets"),
        pytest.param("self.own.create", "create", id="an attribute that the class sets"),
        pytest.param("self.made.create", "create", id="a property"),
        pytest.param("self.make().create", "create", id="a method's result"),
        pytest.param("doubles.create", "create", id="a fixture"),
        pytest.param("annotated.create", "create", id="an annotated parameter"),
        pytest.param("later: SSotMockFactory\n        later.create", "create", id="an annotated local"),
        pytest.param("self.other.create", None, id="an attribute that nobody sets"),
        pytest.param("client.create", None, id="another fixture"),
        pytest.param("unbound.create", None, id="an unbound name"),
    ],
)
def test_receivers(body: str, rest: str | None, root: Path) -> None:
    workspace = lay_out(root, RECEIVERS)
    text = (
        "import pkg\nfrom pkg import SSotMockFactory, SSotMockFactory as F\nfrom pkg.base import Base\n"
        "class TestIt(Base):\n    def setup_method(self, method):\n        self.own = SSotMockFactory()\n"
        f"    def test_it(self, doubles, client, annotated: 'SSotMockFactory | None'):\n        {body}\n"
    )
    path = str(root / "tests" / "test_it.py")
    workspace.write(path, text)
    analysis = workspace.snapshot()
    facts = analysis.facts(path)
    expression = body.rsplit(maxsplit=1)[-1]
    start = text.rindex(expression)
    unit = facts.unit_at(start)
    assert unit is not None
    names = tuple(expression.replace("()", ".()").split("."))

    found = factory_of_receiver(analysis, path, unit, unit.scope_at(start - unit.start), names)

    if rest is None:
        assert found is None
    else:
        assert found is not None
        assert (found[0].path, " ".join(found[1])) == (str(root / "pkg" / "factory.py"), rest)


def test_a_receiver_from_outside_is_never_sure(root: Path) -> None:
    """The name is the factory's, the module is not of the workspace: its methods may be others."""
    workspace = lay_out(root, RECEIVERS)
    path = str(root / "tests" / "test_it.py")
    workspace.write(path, "from somewhere.installed import SSotMockFactory\nSSotMockFactory.create\n")
    analysis = workspace.snapshot()
    unit = analysis.facts(path).units[-1]

    found = factory_of_receiver(analysis, path, unit, 0, ("SSotMockFactory", "create"))

    assert found is not None
    assert found[0].has_unknown_methods


def test_a_receiver_by_an_alias_module_is_the_other_class(root: Path) -> None:
    workspace = lay_out(
        root, {**RECEIVERS, "other.py": "class Other:\n    def b(self): ...\nSSotMockFactory = Other\n"}
    )
    path = str(root / "tests" / "test_it.py")
    workspace.write(path, "from other import SSotMockFactory\nSSotMockFactory.b\n")
    analysis = workspace.snapshot()
    unit = analysis.facts(path).units[-1]

    found = factory_of_receiver(analysis, path, unit, 0, ("SSotMockFactory", "b"))

    assert found is not None
    assert (found[0].name, list(found[0].methods)) == ("Other", ["b"])


# The factory of a large code base


@pytest.fixture
def shared() -> Factory:
    """A factory as it grew in a large code base."""
    workspace = Workspace(Files(), [str(SHARED_CONSTANTS)])
    found = workspace.snapshot().factories(os.path.join(SHARED_CONSTANTS, "test_it.py"))
    return next(each for each in found if each.name == "SSotMockFactory")


@pytest.mark.parametrize(
    ("name", "product"),
    [
        ("create_agent_mock", "AsyncMock"),
        ("create_websocket_mock", "MagicMock"),
        ("create_database_session_mock", "AsyncMock"),
        ("create_execution_context_mock", "MagicMock"),
        ("create_mock_agent_websocket_bridge", "AsyncMock"),
        ("create_mock_user_context", "MagicMock real frozen"),
        ("create_mock_suite", "real"),
        ("create_sealed_token_mock", "MagicMock spec'd sealed"),
    ],
)
def test_products_of_a_real_factory(name: str, product: str, shared: Factory) -> None:
    assert products(shared.methods[name]) == product


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "create_websocket_mock",
            (
                "connection_id value 'test-connection' <connection_id>, user_id value 'test-user' <user_id>, "
                "client_state value 'CONNECTED', send_text async, send_json async, accept async, close async, "
                "receive_text async, receive_text.return_value value '', receive_bytes async, "
                "receive_bytes.return_value value '', receive_json async, "
                "receive_json.return_value value {'type': 'ping'}"
            ),
        ),
        (
            "create_llm_client_mock",
            (
                "generate.return_value value 'Mock LLM response' <response_text>, agenerate async, "
                "agenerate.return_value value 'Mock LLM response' <response_text>, count_tokens sync, "
                "count_tokens.return_value value 10, model value 'gpt-4'"
            ),
        ),
        (
            "create_configuration_mock",
            (
                "environment value 'test' <environment>, debug value True, "
                "database_url value 'sqlite:///:memory:', redis_url value 'redis://localhost:6379/0', "
                "get.side_effect sync"
            ),
        ),
    ],
)
def test_surfaces_of_a_real_factory(name: str, expected: str, shared: Factory) -> None:
    assert ", ".join(surface(shared.methods[name])).replace('"', "'") == expected


def test_identities_of_a_real_factory_are_read_through_its_constants(shared: Factory) -> None:
    method = shared.methods["create_mock_user_context"]

    assert {each.name: each.value for each in method.parameters if each.value} == {
        "user_id": '"test-user"',
        "thread_id": '"test-thread"',
        "run_id": '"test-run"',
        "request_id": '"test-request"',
        "websocket_client_id": "None",
        "connection_id": "None",
    }


def test_closed_sets_of_a_real_factory(shared: Factory) -> None:
    assert shared.methods["create_mock"].literals == {
        "mock_type": (
            "UserExecutionContext",
            "WebSocketManager",
            "UnifiedWebSocketManager",
            "WebSocketEmitter",
            "LLMManager",
            "LLMClient",
            "AgentWebSocketBridge",
        )
    }
    assert shared.methods["create_mock_suite"].lists == {"mock_types"}
    assert shared.methods["create_mock_websocket_emitter"].reads_keywords == ("emitted_events", "run_id")


@pytest.mark.parametrize(
    ("file", "text", "expected"),
    [
        pytest.param("doubles.py", "", ["make_helper", "make"], id="a module uses a class"),
        pytest.param("doubles.py", "__all__ = ['App']\n", ["App", "make_helper", "make"], id="it lists it"),
        pytest.param("doubles/__init__.py", "", ["App", "make_helper", "make"], id="a package imports it"),
    ],
)
def test_a_module_hands_out_what_it_defines(file: str, text: str, expected: list[str], root: Path) -> None:
    """And what it imports, but for classes that it just uses."""
    workspace = lay_out(
        root,
        {
            file: f"from app import App\nfrom app import make_helper\n{text}def make(): return App()\n",
            "app.py": "class App: ...\ndef make_helper(): ...\n",
            "pyproject.toml": "[tool.ssot-lsp]\nfactory = ['doubles']\n",
        },
    )
    (factory,) = factories(workspace, root)
    assert list(factory.methods) == expected
    assert factory.has("App")


# The command


def test_the_command_prints_what_a_factory_offers(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lay_out(
        root,
        {
            "factory.py": f"""
{IMPORTS}
class SSotMockFactory:
    def create(self, kind="a"):
        '''Make
        it.

        With care.
        '''
        if kind not in ("a", "b"):
            raise ValueError
        return MagicMock(send=AsyncMock(return_value=1), kind=kind)
""",
            "test_it.py": "from factory import SSotMockFactory\nSSotMockFactory().create()\nSSotMockFactory.create\n",
        },
    )
    monkeypatch.chdir(root)

    assert main(["factory"]) == 0
    assert capsys.readouterr().out == textwrap.dedent(
        """
        # SSotMockFactory

        A class from factory (factory.py), 1 method.

        ## create

        ```python
        SSotMockFactory.create(kind="a")
        ```

        Make it.

        - product: MagicMock
        - `kind` is one of `a`, `b`
        - `.send` async
        - `.send()` = `1`
        - `.kind` = `"a"` from `kind`
        - used 2 times

        """
    ).lstrip("\n")

    assert main(["factory", "--format", "json"]) == 0
    (factory,) = json.loads(capsys.readouterr().out)["factories"]
    assert (factory["path"], factory["methods"][0]["uses"]) == ("factory.py", 2)


def test_the_command_says_when_there_is_no_factory(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(root)

    assert main(["factory"]) == 2
    assert "no factory was found: `SSotMockFactory` is defined nowhere below" in capsys.readouterr().err


def test_doctor_says_what_cannot_be_known(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lay_out(root, {"factory.py": "class SSotMockFactory(lib.Base):\n    def a(self): ...\n"})
    monkeypatch.chdir(root)

    assert main(["doctor"]) == 0

    assert capsys.readouterr().out.endswith(
        f"factory SSotMockFactory in {root / 'factory.py'}: 1 method\n"
        "  the base `lib.Base` of `SSotMockFactory` is not in the workspace\n"
        "  it may have more methods than are written down, so none is called unknown\n"
    )


def test_strings_that_are_handed_on_are_those_of_the_method_that_gets_them(root: Path) -> None:
    text = """\
        class SSotMockFactory:
            @classmethod
            def create_mock(cls, kind):
                return {"agent": 1, "tool": 2}[kind]

            @classmethod
            def create_suite(cls, kinds):
                return {kind: cls.create_mock(kind) for kind in kinds}

            @classmethod
            def create_all(cls, kinds):
                return [cls.create_suite(kinds), cls.create_mock([kinds])]
        """
    workspace = lay_out(root, {"factory.py": text})
    (factory,) = factories(workspace, root)
    known = {name: (dict(each.literals), sorted(each.lists)) for name, each in factory.methods.items()}
    assert known == {
        "create_mock": ({"kind": ("agent", "tool")}, []),
        "create_suite": ({"kinds": ("agent", "tool")}, ["kinds"]),
        "create_all": ({}, []),
    }
    assert {name: dict(each.mentioned) for name, each in factory.methods.items() if each.mentioned} == {}
    workspace.write(str(root / "factory.py"), textwrap.dedent(text).replace('"tool"', '"clock"'))
    (factory,) = factories(workspace, root)
    assert factory.methods["create_suite"].literals == {"kinds": ("agent", "clock")}
