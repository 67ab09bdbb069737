"""Which identities are in scope at a `<CURSOR>`, and which names are those of different users."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pytest

from ssot_lsp.analysis import Workspace
from ssot_lsp.files import Files
from ssot_lsp.identities import different_users, identities

if TYPE_CHECKING:
    from pathlib import Path


def identities_at(root: Path, text: str, **others: str) -> dict[str, str]:
    """The identities at the cursor of `tests/test_it.py`, beside other modules of that folder."""
    text = textwrap.dedent(text).lstrip("\n")
    offset = text.index("<CURSOR>")
    path = root / "tests" / "test_it.py"
    path.parent.mkdir()
    path.write_text(text.replace("<CURSOR>", ""))
    for name, other in others.items():
        (root / "tests" / f"{name}.py").write_text(textwrap.dedent(other))
    analysis = Workspace(Files(), [str(root)]).snapshot()
    facts = analysis.facts(str(path))
    byte = facts.source.byte(offset)
    unit = facts.unit_at(byte)
    assert unit is not None
    return dict(identities(analysis, str(path), unit, unit.scope_at(byte - unit.start), offset))


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        pytest.param("def f():\n    user_id = 'a'\n    g(<CURSOR>)", {"user_id": "user_id"}, id="a local"),
        pytest.param("def f(user_id):\n    g(<CURSOR>)", {"user_id": "user_id"}, id="a parameter"),
        pytest.param("def f(*, thread_id):\n    g(<CURSOR>)", {"thread_id": "thread_id"}, id="a keyword"),
        pytest.param("def f():\n    g(<CURSOR>)\n    user_id = 'a'", {}, id="bound later"),
        pytest.param("def f():\n    user_id = g(<CURSOR>)", {}, id="its own value"),
        pytest.param(
            "def f():\n    x, user_id = 1, 'a'\n    g(<CURSOR>)", {"user_id": "user_id"}, id="a pattern"
        ),
        pytest.param(
            "def f():\n    for user_id in u:\n        g(<CURSOR>)",
            {"user_id": "user_id"},
            id="a loop variable",
        ),
        pytest.param(
            "def f():\n    for user_id in u:\n        pass\n    g(<CURSOR>)", {}, id="after the loop"
        ),
        pytest.param(
            "def f():\n    for user_id in g(<CURSOR>):\n        pass", {}, id="what it loops through"
        ),
        pytest.param(
            "def f():\n    for i, (user_id, r) in u:\n        g(<CURSOR>)",
            {"user_id": "user_id"},
            id="of a pattern",
        ),
        pytest.param("for user_id in u:\n    g(<CURSOR>)", {"user_id": "user_id"}, id="in the module"),
        pytest.param(
            "def f():\n    [g(<CURSOR>) for user_id in u]", {"user_id": "user_id"}, id="a comprehension"
        ),
        pytest.param("def f():\n    [user_id for user_id in g(<CURSOR>)]", {}, id="what it runs through"),
        pytest.param(
            "def f():\n    [x for user_id in u for x in g(<CURSOR>)]",
            {"user_id": "user_id"},
            id="an inner clause",
        ),
        pytest.param("def f():\n    h(lambda user_id: g(<CURSOR>))", {"user_id": "user_id"}, id="a lambda"),
        pytest.param("def f():\n    if x:\n        user_id = 'a'\n    g(<CURSOR>)", {}, id="another branch"),
        pytest.param(
            "def f():\n    if x:\n        user_id = 'a'\n        g(<CURSOR>)",
            {"user_id": "user_id"},
            id="this branch",
        ),
        pytest.param(
            "def f():\n    if x:\n        user_id = 'a'\n    else:\n        g(<CURSOR>)",
            {},
            id="the other branch",
        ),
        pytest.param(
            "def f():\n    try:\n        user_id = h()\n    except E:\n        g(<CURSOR>)", {}, id="a try"
        ),
        pytest.param(
            "def f():\n    with h() as user_id:\n        pass\n    g(<CURSOR>)",
            {"user_id": "user_id"},
            id="a with",
        ),
        pytest.param(
            "def f():\n    match x:\n        case user_id:\n            pass\n    g(<CURSOR>)",
            {},
            id="a case",
        ),
        pytest.param(
            "def f():\n    x and (user_id := h())\n    g(<CURSOR>)", {}, id="a walrus that may not run"
        ),
        pytest.param(
            "def f():\n    h(user_id := 'a')\n    g(<CURSOR>)",
            {"user_id": "user_id"},
            id="a walrus that runs",
        ),
        pytest.param(
            "def f():\n    user_id = 'a' if x else 'b'\n    g(<CURSOR>)",
            {"user_id": "user_id"},
            id="one of two values",
        ),
        pytest.param("def f():\n    user_id = None\n    g(<CURSOR>)", {}, id="nobody"),
        pytest.param("def f(user_id=None):\n    g(<CURSOR>)", {}, id="nobody by default"),
        pytest.param(
            "def f(user_id=None):\n    user_id = user_id or 'a'\n    g(<CURSOR>)",
            {"user_id": "user_id"},
            id="somebody after all",
        ),
        pytest.param(
            "def f(user_id='a'):\n    if x:\n        user_id = None\n    g(<CURSOR>)", {}, id="perhaps nobody"
        ),
        pytest.param(
            "def f(user_id):\n    def h():\n        g(<CURSOR>)",
            {"user_id": "user_id"},
            id="the function around",
        ),
        pytest.param(
            "def f():\n    def h():\n        g(<CURSOR>)\n    user_id = 'a'",
            {},
            id="bound behind the inner function",
        ),
        pytest.param("def user_id():\n    pass\ndef f():\n    g(<CURSOR>)", {}, id="a function of that name"),
        pytest.param("def f(test_user_id):\n    g(<CURSOR>)", {"user_id": "test_user_id"}, id="a test's"),
        pytest.param(
            "def f(test_user_id, user_id):\n    g(<CURSOR>)", {"user_id": "user_id"}, id="the exact name"
        ),
        pytest.param(
            "def f(other_user_id, mock_user_id, user_id_2):\n    g(<CURSOR>)", {}, id="somebody else's"
        ),
        pytest.param(
            "TEST_USER_ID = 'a'\ndef f():\n    g(<CURSOR>)",
            {"user_id": "TEST_USER_ID"},
            id="a constant of the module",
        ),
        pytest.param(
            "from c import TEST_USER_ID\ndef f():\n    g(<CURSOR>)",
            {"user_id": "TEST_USER_ID"},
            id="an imported constant",
        ),
        pytest.param("from c import user_id\ndef f():\n    g(<CURSOR>)", {}, id="an imported fixture"),
        pytest.param(
            "USER_ID = 'a'\ndef f(user_id):\n    g(<CURSOR>)", {"user_id": "user_id"}, id="the nearer one"
        ),
        pytest.param(
            "def f(user):\n    h(user.id)\n    g(<CURSOR>)", {"user_id": "user.id"}, id="an object's"
        ),
        pytest.param("def f(user):\n    h(user.idle)\n    g(<CURSOR>)", {}, id="an object without"),
        pytest.param(
            "def f(run_id, user_id, thread_id):\n    g(<CURSOR>)",
            {"user_id": "user_id", "thread_id": "thread_id", "run_id": "run_id"},
            id="several, in the configuration's order",
        ),
        pytest.param(
            "def f(é, user_id):\n    h('ü')\n    g(<CURSOR>)", {"user_id": "user_id"}, id="code points"
        ),
        pytest.param(
            "def f(user_id):\n    x = g(<CURSOR>\n    y = 1\n", {"user_id": "user_id"}, id="a half-typed line"
        ),
    ],
)
def test_identity_of_a_function(code: str, expected: dict[str, str], tmp_path: Path) -> None:
    found = identities_at(tmp_path, code)

    assert list(found.items()) == list(expected.items())


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param("def setUp(self):\n    self.user_id = 'a'", "self.user_id", id="setUp"),
        pytest.param(
            "def setup_method(self, m):\n    self.test_user_id = 'a'", "self.test_user_id", id="a test's"
        ),
        pytest.param("async def asyncSetUp(self):\n    self.user_id = h()", "self.user_id", id="asyncSetUp"),
        pytest.param(
            "@classmethod\ndef setUpClass(cls):\n    cls.user_id = 'a'", "self.user_id", id="setUpClass"
        ),
        pytest.param("user_id = 'a'", "self.user_id", id="the body"),
        pytest.param(
            "@pytest.fixture(autouse=True)\ndef prepare(self):\n    self.user_id = 'a'",
            "self.user_id",
            id="a fixture",
        ),
        pytest.param(
            "@pytest.fixture\ndef prepare(self):\n    self.user_id = 'a'", None, id="a fixture on demand"
        ),
        pytest.param("def other(self):\n    self.user_id = 'a'", None, id="any method"),
        pytest.param("def setUp(self):\n    if x:\n        self.user_id = 'a'", None, id="a branch"),
        pytest.param("def setUp(self):\n    self.user_id = None", None, id="nobody"),
        pytest.param("def setUp(self):\n    self.user.id = 'a'", None, id="another object"),
        pytest.param(
            "def setUp(self):\n    self.user_id = 'a' if x else 'b'", "self.user_id", id="one of two"
        ),
    ],
)
def test_identity_of_an_instance(body: str, expected: str | None, tmp_path: Path) -> None:
    code = f"class TestIt:\n{textwrap.indent(body, '    ')}\n    def test_it(self):\n        g(<CURSOR>)\n"

    assert identities_at(tmp_path, code).get("user_id") == expected


def test_what_the_method_itself_sets(tmp_path: Path) -> None:
    code = "class T:\n    def test_it(self):\n        self.user_id = 'a'\n        g(<CURSOR>)\n        self.run_id = 'b'"

    assert identities_at(tmp_path, code) == {"user_id": "self.user_id"}


def test_a_local_goes_before_an_attribute(tmp_path: Path) -> None:
    code = "class T:\n    user_id = 'a'\n    def test_it(self, user_id):\n        g(<CURSOR>)\n"

    assert identities_at(tmp_path, code) == {"user_id": "user_id"}


def test_set_up_sees_what_comes_before_it(tmp_path: Path) -> None:
    code = "class T:\n    def setUp(self):\n        g(<CURSOR>)\n    def setup_method(self):\n        self.user_id = 'a'"

    assert identities_at(tmp_path, code) == {}


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        pytest.param("def test_it(self):\n    g(<CURSOR>)", {"user_id": "self.user_id"}, id="in a test"),
        pytest.param("def setUp(self):\n    g(<CURSOR>)", {}, id="in its own set-up"),
        pytest.param(
            "def setUp(self):\n    super().setUp()\n    g(<CURSOR>)",
            {"user_id": "self.user_id"},
            id="behind super",
        ),
        pytest.param("@staticmethod\ndef test_it():\n    g(<CURSOR>)", {}, id="in a static method"),
        pytest.param("@classmethod\ndef make(cls):\n    g(<CURSOR>)", {}, id="in a class method"),
    ],
)
def test_identity_of_a_base_class(method: str, expected: dict[str, str], tmp_path: Path) -> None:
    code = f"from tests.base import Base\nclass T(Base):\n{textwrap.indent(method, '    ')}\n"
    ancestor = "class Root:\n    def setUp(self):\n        self.user_id = 'a'\n"
    base = "from tests.ancestor import Root\nclass Base(Root):\n    pass\n"

    assert identities_at(tmp_path, code, base=base, ancestor=ancestor, __init__="") == expected


def test_bases_that_lead_to_themselves_end(tmp_path: Path) -> None:
    code = "from tests.base import A\nclass T(A):\n    def test_it(self):\n        g(<CURSOR>)\n"

    assert identities_at(tmp_path, code, base="class A(B): pass\nclass B(A): pass\n", __init__="") == {}


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        pytest.param(["ws_a", "ws_b"], [("ws_a", "ws_b")], id="letters"),
        pytest.param(["ws1", "ws2", "ws3"], [("ws1", "ws2", "ws3")], id="digits"),
        pytest.param(["first_ws", "second_ws"], [("first_ws", "second_ws")], id="ordinals"),
        pytest.param(["user_x_ws", "user_y_ws"], [("user_x_ws", "user_y_ws")], id="in the middle"),
        pytest.param(["wsA", "wsB"], [("wsA", "wsB")], id="humps"),
        pytest.param(["alice", "bob"], [("alice", "bob")], id="people"),
        pytest.param(["ws_a", "bus_b"], [], id="other things"),
        pytest.param(["ws", "ws_2"], [], id="one without a marker"),
        pytest.param(["ws_a", "ws_1"], [], id="markers of two kinds"),
        pytest.param(["ws_old", "ws_new"], [], id="other words"),
        pytest.param(["x", "y"], [], id="nothing but the marker"),
        pytest.param(["ws_a", "ws_a"], [], id="the same"),
        pytest.param(
            ["user_a_ws_1", "user_a_ws_2", "user_b_ws_1"],
            [("user_a_ws_1", "user_b_ws_1")],
            id="two things of one user",
        ),
    ],
)
def test_different_users(names: list[str], expected: list[tuple[str, ...]]) -> None:
    assert list(different_users(names)) == expected
